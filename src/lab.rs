//! The laboratory's desk: a scenario, its run, the moment one looks at, and what a person does with them.
//!
//! The page shows a [`Lab`] and sends [`Action`]s. There is no browser in here, so all of it is tested natively.

use crate::engine::{Choice, Fact, History, Mark, MessageId, Refusal, Scheduler, Side, Status, Stop};
use crate::model::{Behaviour, Rate};
use crate::process::ProcessId;
use crate::property::Judgement;
use crate::scenario::{Link, LinkError, Scenario, named};
use crate::scene::{Point, Target, caption, places};
use std::cell::Cell;
use std::rc::Rc;

/// The events around the present whose details are at hand for diagram and log.
pub const WINDOW_EVENTS: u64 = 1_500;

/// How many steps of speed there are in each direction; each is a factor of two.
pub const SPEED_MAX: i32 = 5;

/// Virtual microseconds a real millisecond at the middle speed: a tenth of real time.
const PACE_US: f64 = 100.0;

/// Real milliseconds a step at the middle speed, where steps have no times.
const UNTIMED_PACE_MS: f64 = 900.0;

/// How far the clock runs on after the last event, so that its marks can be seen.
const TAIL_US: u64 = 60_000;

/// What a person does.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// Lets the run go on by itself, or stops it.
    Play(bool),
    /// Plays if paused, and the other way round.
    Toggle,
    /// So many events on.
    Next(u64),
    /// So many events back.
    Back(u64),
    /// The next or last event of the selected process.
    Along(bool),
    /// Advances everybody once.
    Wave,
    /// To the moment after so many events.
    Seek(u64),
    /// To a time, in microseconds, within what has been run.
    SeekTime(u64),
    /// To the end, at most so many events further.
    End(u64),
    /// To the next or last decision, fault or violation.
    Mark(bool),
    /// Faster or slower.
    Speed(i32),
    /// Another seed.
    Seed(u32),
    /// Changes the run: a person's intervention.
    Choose(Choice),
    /// Takes back the last intervention or change of the scenario.
    Undo,
    /// Does again what was taken back.
    Redo,
    /// Another branch of the run.
    Branch(usize),
    /// Selects.
    Select(Option<Target>),
    /// Looks through the eyes of a process, or of nobody.
    SeeAs(Option<ProcessId>),
    /// Answers the lesson's question.
    Answer(usize),
    /// Moves a process on the board; from 0 to 1 in both directions.
    Move(ProcessId, Point),
    /// Another scenario.
    Open(Box<Scenario>),
    /// The scenario of the gallery with this name.
    OpenNamed(String),
    /// The same scenario with something changed.
    Change(Box<Scenario>),
}

/// An entry of the menu of a process, a message or a link.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// What it does.
    pub label: String,
    /// How.
    pub action: Action,
    /// Whether it would change anything.
    pub enabled: bool,
    /// The promise of the models that it would break.
    pub breaks: Option<&'static str>,
}

/// A scenario and its run, as a person left them.
struct Sheet {
    scenario: Scenario,
    history: History,
}

/// The laboratory's desk.
pub struct Lab {
    sheet: Sheet,
    now_us: u64,
    playing: bool,
    waited_ms: f64,
    speed: i32,
    stop: Option<Stop>,
    facts: Vec<Fact>,
    places: Vec<Point>,
    selected: Option<Target>,
    see_as: Option<ProcessId>,
    answer: Option<usize>,
    notice: Option<String>,
    undone: Vec<Scenario>,
    changed: Vec<Scenario>,
    redo: Vec<(usize, u64)>,
    version: u64,
    at_rest: Cell<bool>,
}

impl Lab {
    /// The desk with this scenario on it. The error names the field.
    pub fn new(scenario: Scenario) -> Result<Lab, String> {
        let history = scenario.start()?;
        let places = places(scenario.topology, scenario.processes);
        let mut lab = Lab {
            sheet: Sheet { scenario, history },
            now_us: 0,
            playing: false,
            waited_ms: 0.0,
            speed: 0,
            stop: None,
            facts: Vec::new(),
            places,
            selected: None,
            see_as: None,
            answer: None,
            notice: None,
            undone: Vec::new(),
            changed: Vec::new(),
            redo: Vec::new(),
            version: 0,
            at_rest: Cell::new(false),
        };
        lab.refresh();
        Ok(lab)
    }

    /// The desk as a link left it.
    pub fn from_link(link: Link) -> Result<Lab, String> {
        let mut lab = Lab::new(link.scenario)?;
        lab.act(Action::Seek(link.position));
        Ok(lab)
    }

    /// What leads back to this moment.
    pub fn link(&self) -> Result<String, LinkError> {
        Link { scenario: self.saved(), position: self.history().position() }.encode()
    }

    /// The scenario with everything that was done to it.
    pub fn saved(&self) -> Scenario {
        let interventions = self.history().interventions().to_vec();
        Scenario { interventions, ..self.scenario().clone() }
    }

    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        &self.sheet.scenario
    }

    /// The run.
    pub fn history(&self) -> &History {
        &self.sheet.history
    }

    /// The moment that the picture shows, in microseconds: that of the last event or later.
    pub fn now_us(&self) -> u64 {
        self.now_us
    }

    /// Whether the run goes on by itself.
    pub fn playing(&self) -> bool {
        self.playing
    }

    /// The speed: each step is a factor of two.
    pub fn speed(&self) -> i32 {
        self.speed
    }

    /// Why nothing more happens, at the end of the run.
    pub fn stop(&self) -> Option<&Stop> {
        self.stop.as_ref()
    }

    /// Details of the events around the present.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// Details of the events up to the present.
    pub fn past(&self) -> &[Fact] {
        let position = self.history().position();
        &self.facts[..self.facts.partition_point(|fact| fact.event < position)]
    }

    /// Where the processes stand, from 0 to 1 in both directions.
    pub fn places(&self) -> &[Point] {
        &self.places
    }

    /// What is selected.
    pub fn selected(&self) -> Option<Target> {
        self.selected
    }

    /// Whose eyes one looks through.
    pub fn see_as(&self) -> Option<ProcessId> {
        self.see_as
    }

    /// The answer that was given to the lesson's question.
    pub fn answer(&self) -> Option<usize> {
        self.answer
    }

    /// What the last action could not do, and why.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// Changes whenever something that can be seen changes.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether the run is over, as far as it goes by itself, and the present is its end.
    pub fn is_over(&self) -> bool {
        self.stop.is_some() && self.stop != Some(Stop::Waits)
    }

    /// The verdicts at the present.
    pub fn judgements(&self) -> Vec<Judgement> {
        self.history().monitors().judge(self.history().engine(), self.at_rest.get())
    }

    /// What just happened and why; at the beginning, what to do.
    pub fn caption(&self) -> String {
        match self.past().last() {
            Some(fact) => caption(self.scenario(), fact),
            None if self.scenario().scheduler == Scheduler::ByHand => {
                "Nothing has happened yet. Click a process to start it, and then a letter to deliver it.".into()
            }
            None => "Nothing has happened yet. Press play, or take one step.".into(),
        }
    }

    /// Tells why the engine refused, where it did.
    fn note(&mut self, result: Result<(), Refusal>) {
        if let Err(Refusal(reason)) = result {
            self.notice = Some(reason);
        }
    }

    /// Does what a person wants.
    pub fn act(&mut self, action: Action) {
        self.version += 1;
        self.notice = None;
        match action {
            Action::Play(playing) => self.play(playing),
            Action::Toggle => self.play(!self.playing),
            Action::Next(events) => {
                self.playing = false;
                for _ in 0..events {
                    if !self.step() {
                        break;
                    }
                }
                self.settle();
            }
            Action::Back(events) => {
                let position = self.history().position();
                self.seek(position.saturating_sub(events));
            }
            Action::Along(forwards) => self.along(forwards),
            Action::Wave => {
                self.playing = false;
                if self.sheet.history.wave() == 0 {
                    self.step();
                }
                self.settle();
            }
            Action::Seek(event) => self.seek(event),
            Action::SeekTime(at_us) => {
                let event = self.history().records().partition_point(|record| record.at_us <= at_us) as u64;
                self.seek(event);
                let next_us = self.sheet.history.next_us().unwrap_or(u64::MAX);
                self.now_us = self.now_us.max(at_us.min(next_us));
            }
            Action::End(events) => {
                let ahead = self.history().position() + events;
                self.seek(ahead);
            }
            Action::Mark(forwards) => self.mark(forwards),
            Action::Speed(steps) => self.speed = (self.speed + steps).clamp(-SPEED_MAX, SPEED_MAX),
            Action::Seed(seed) => self.change(Scenario { seed, interventions: Vec::new(), ..self.scenario().clone() }),
            Action::Choose(choice) => {
                let at_us = Some(self.now_us);
                let result = self.sheet.history.act(choice, at_us);
                self.redo.clear();
                let position = self.history().position();
                self.facts.retain(|fact| fact.event + 1 < position);
                self.stop = None;
                self.note(result);
                self.settle();
            }
            Action::Undo => self.undo(),
            Action::Redo => self.redo(),
            Action::Branch(branch) => {
                let position = self.history().position();
                if branch < self.history().branches().len() {
                    self.open_branch(branch, position);
                }
            }
            Action::Select(target) => self.selected = target,
            Action::SeeAs(eyes) => self.see_as = eyes,
            Action::Answer(answer) => self.answer = Some(answer),
            Action::Move(process, place) => {
                if let Some(stands) = self.places.get_mut(process.index()) {
                    *stands = Point { x: place.x.clamp(0.0, 1.0), y: place.y.clamp(0.0, 1.0) };
                }
            }
            Action::Open(scenario) => {
                self.open(*scenario);
            }
            Action::OpenNamed(name) => match named(&name) {
                Ok(scenario) => self.open(scenario),
                Err(error) => self.notice = Some(error),
            },
            Action::Change(scenario) => self.change(*scenario),
        }
    }

    fn open(&mut self, scenario: Scenario) {
        match Lab::new(scenario) {
            Ok(lab) => *self = Lab { version: self.version, speed: self.speed, ..lab },
            Err(error) => self.notice = Some(error),
        }
    }

    /// Runs the scenario anew with something changed; the old one can be brought back.
    fn change(&mut self, scenario: Scenario) {
        let old = self.saved();
        let same = scenario.processes == old.processes && scenario.topology == old.topology;
        match Lab::new(scenario) {
            Ok(lab) => {
                let mut changed = std::mem::take(&mut self.changed);
                changed.push(old);
                let places = if same { self.places.clone() } else { lab.places.clone() };
                let answer = self.answer;
                *self = Lab { version: self.version, speed: self.speed, changed, places, answer, ..lab };
            }
            Err(error) => self.notice = Some(error),
        }
    }

    fn play(&mut self, playing: bool) {
        if playing && self.is_over() {
            self.seek(0);
        }
        self.playing = playing;
        self.waited_ms = f64::MAX;
    }

    /// One event; false at the end.
    fn step(&mut self) -> bool {
        match self.sheet.history.next() {
            Ok(_) => {
                self.stop = None;
                true
            }
            Err(stop) => {
                self.stop = Some(stop);
                self.playing = false;
                false
            }
        }
    }

    fn seek(&mut self, event: u64) {
        self.playing = false;
        self.stop = self.sheet.history.seek(event).err();
        self.settle();
    }

    /// The picture shows the moment of the last event.
    fn settle(&mut self) {
        self.now_us = self.history().engine().now_us();
        self.refresh();
    }

    fn along(&mut self, forwards: bool) {
        let Some(Target::Process(process)) = self.selected else {
            return self.act(if forwards { Action::Next(1) } else { Action::Back(1) });
        };
        if forwards {
            self.playing = false;
            while self.step() {
                let last = self.history().records()[self.history().position() as usize - 1].choice.process();
                if last == Some(process) {
                    break;
                }
            }
            self.settle();
        } else {
            let before = self.history().position().saturating_sub(1) as usize;
            let records = &self.history().records()[..before];
            let event = records.iter().rposition(|record| record.choice.process() == Some(process));
            self.seek(event.map_or(0, |event| event as u64 + 1));
        }
    }

    fn mark(&mut self, forwards: bool) {
        let position = self.history().position();
        if forwards {
            self.playing = false;
            let begin = position;
            while self.history().position() - begin < 100_000 && self.step() {
                let last = self.history().position() as usize - 1;
                if self.history().records()[last].mark.is_some() {
                    break;
                }
            }
            self.settle();
        } else {
            let before = &self.history().records()[..position.saturating_sub(1) as usize];
            let event = before.iter().rposition(|record| record.mark.is_some());
            self.seek(event.map_or(0, |event| event as u64 + 1));
        }
    }

    fn undo(&mut self) {
        let here = (self.history().current(), self.history().position());
        if self.sheet.history.undo() {
            self.redo.push(here);
            self.facts.clear();
            self.stop = None;
            self.playing = false;
            self.settle();
        } else if let Some(old) = self.changed.pop() {
            let new = self.saved();
            let changed = std::mem::take(&mut self.changed);
            let mut undone = std::mem::take(&mut self.undone);
            undone.push(new);
            self.open(old);
            (self.changed, self.undone) = (changed, undone);
        } else {
            self.notice = Some("There is nothing to undo.".into());
        }
    }

    fn redo(&mut self) {
        if let Some((branch, event)) = self.redo.pop() {
            self.open_branch(branch, event);
        } else if let Some(new) = self.undone.pop() {
            let undone = std::mem::take(&mut self.undone);
            self.change(new);
            self.undone = undone;
        } else {
            self.notice = Some("There is nothing to redo.".into());
        }
    }

    fn open_branch(&mut self, branch: usize, event: u64) {
        self.playing = false;
        self.sheet.history.open(branch, event);
        self.facts.clear();
        self.stop = None;
        self.settle();
    }

    /// Lets `ms` real milliseconds pass. Returns whether an event happened.
    pub fn tick(&mut self, ms: f64) -> bool {
        if !self.playing {
            return false;
        }
        self.version += 1;
        let factor = 2f64.powi(self.speed);
        let before = self.history().position();
        if self.history().plan().setup.timed {
            // A page that slept does not make up for it.
            let target_us = self.now_us + (ms.min(100.0) * PACE_US * factor) as u64;
            let mut budget = 2_000;
            while self.playing && budget > 0 && self.sheet.history.next_us().is_some_and(|at_us| at_us <= target_us) {
                self.step();
                budget -= 1;
            }
            self.now_us = target_us;
            if self.playing && self.sheet.history.next_us().is_none() {
                let end_us = self.history().engine().now_us() + TAIL_US;
                if self.now_us >= end_us {
                    self.step();
                }
            }
        } else {
            self.waited_ms += ms.min(100.0);
            if self.waited_ms >= UNTIMED_PACE_MS / factor {
                self.waited_ms = 0.0;
                self.step();
            }
            self.now_us = self.history().engine().now_us();
        }
        let happened = self.history().position() != before;
        if happened || !self.playing {
            self.refresh();
        }
        happened || !self.playing
    }

    /// Brings the details of the events around the present up to date.
    fn refresh(&mut self) {
        self.at_rest.set(self.sheet.history.is_at_rest());
        let position = self.history().position();
        let end = (self.history().records().len() as u64).min(position + WINDOW_EVENTS);
        let begin = position.saturating_sub(WINDOW_EVENTS);
        let known = self.facts.first().map(|fact| fact.event)..self.facts.last().map(|fact| fact.event + 1);
        match (known.start, known.end) {
            (Some(first), Some(last)) if first <= begin && (begin..=end).contains(&last) => {
                if last < end {
                    let more = self.history().facts(last, end);
                    self.facts.extend(more);
                }
                self.facts.drain(..(begin - first) as usize);
            }
            (Some(first), Some(last)) if first <= begin && last >= end => {}
            _ => self.facts = self.history().facts(begin, end),
        }
        if let Some(Target::Message(id)) = self.selected
            && self.history().engine().flight(id).is_none()
        {
            self.selected = None;
        }
    }

    /// What a person may do to `target`.
    pub fn menu(&self, target: Target) -> Vec<Item> {
        let engine = self.history().engine();
        let item = |label: &str, choice: Choice| Item {
            label: label.to_owned(),
            enabled: engine.admissible(&choice).is_ok(),
            breaks: engine.forbids(&choice),
            action: Action::Choose(choice),
        };
        match target {
            Target::Process(process) => {
                let state = engine.process(process);
                let mut items = Vec::new();
                if state.status == Status::Fresh {
                    items.push(item("Start", Choice::Start(process)));
                }
                for layer in 0..engine.setup().stack.height() as u8 {
                    let choice = Choice::Timeout { process, layer };
                    if engine.admissible(&choice).is_ok() {
                        items.push(item("Time out now", choice));
                    }
                }
                items.push(item("Crash now", Choice::Crash { process, after_effects: None }));
                items.push(item("Crash after 1 more effect", Choice::Crash { process, after_effects: Some(1) }));
                items.push(item("Crash after 2 more effects", Choice::Crash { process, after_effects: Some(2) }));
                let after_sends = 1;
                items.push(item("Crash after 1 more letter", Choice::CrashSending { process, after_sends }));
                items.push(item("Recover", Choice::Recover(process)));
                let slow = state.slow_us > 0;
                let extra_ms = if slow { 0 } else { 2_000 };
                let label = if slow { "As fast as before" } else { "Make slow" };
                items.push(item(label, Choice::Slow { process, extra_ms }));
                // Half of the others hear the twin.
                let others = ProcessId::all(engine.processes().len()).filter(|other| *other != process);
                let twin = Side::of(others.skip(1).step_by(2));
                let honest = Behaviour::default();
                for (label, behaviour) in [
                    ("silent", Behaviour::silent()),
                    ("lies", Behaviour { lies: Rate(1_000_000), ..honest }),
                    ("tells each another story", Behaviour { twin, ..honest }),
                    ("sends late", Behaviour { delay_ms: 2_000, ..honest }),
                    ("repeats itself", Behaviour { replays: Rate(1_000_000), ..honest }),
                ] {
                    let label = format!("Make Byzantine: {label}");
                    items.push(item(&label, Choice::Byzantine { process, behaviour }));
                }
                items.push(item("Cut off from the others", Choice::Partition(Side::of([process]))));
                items.push(item("Mend all links", Choice::Heal));
                let seeing = self.see_as == Some(process);
                items.push(Item {
                    label: if seeing { "See everything".into() } else { format!("See as {process}") },
                    action: Action::SeeAs((!seeing).then_some(process)),
                    enabled: true,
                    breaks: None,
                });
                items
            }
            Target::Message(id) => vec![
                item("Deliver now", Choice::Deliver(id)),
                item("Hold", Choice::Hold(id)),
                item("Let it go on", Choice::Release(id)),
                item("Drop", Choice::Lose(id)),
                item("Duplicate", Choice::Duplicate(id)),
                item("Change what it says", Choice::Alter { message: id, lie: 0 }),
                item("Send it once more", Choice::Replay(id)),
            ],
            Target::Link(one, other) => {
                let mut items = Vec::new();
                for (from, to) in [(one, other), (other, one)] {
                    if engine.is_cut(from, to) {
                        items.push(item(&format!("Mend {from} → {to}"), Choice::Mend { from, to }));
                    } else {
                        items.push(item(&format!("Cut {from} → {to}"), Choice::Cut { from, to }));
                    }
                }
                items.push(item("Mend all links", Choice::Heal));
                items
            }
            Target::Event(_) | Target::Node(_) => Vec::new(),
        }
    }

    /// What a plain click on `target` does: where a person schedules, it is the next step; else it selects.
    pub fn click(&self, target: Option<Target>) -> Action {
        let by_hand = self.scenario().scheduler == Scheduler::ByHand;
        let engine = self.history().engine();
        match target {
            Some(Target::Message(id)) if by_hand => Action::Choose(Choice::Deliver(id)),
            Some(Target::Process(process)) if by_hand && engine.process(process).status == Status::Fresh => {
                Action::Choose(Choice::Start(process))
            }
            Some(Target::Event(event)) => Action::Seek(event + 1),
            target => Action::Select(target),
        }
    }

    /// The marks of the timeline: event, time and kind.
    pub fn marks(&self) -> impl Iterator<Item = (u64, u64, Mark)> {
        let records = self.history().records().iter().enumerate();
        records.filter_map(|(event, record)| record.mark.map(|mark| (event as u64, record.at_us, mark)))
    }

    /// The span of time that the diagram shows, in microseconds: the present is in it, and what comes has room.
    pub fn window_us(&self, width_us: u64) -> (u64, u64) {
        let end_us = self.history().records().last().map_or(0, |record| record.at_us).max(self.now_us);
        if end_us <= width_us {
            return (0, width_us);
        }
        let middle = self.now_us.saturating_sub(width_us * 3 / 4);
        let from = middle.min(end_us - width_us * 3 / 4);
        (from, from + width_us)
    }

    /// The messages on their way, oldest first, in words.
    pub fn letters(&self) -> Vec<(MessageId, String)> {
        let engine = self.history().engine();
        let letters = engine.flights_by_age().into_iter().map(|flight| {
            let held = if flight.held_us.is_some() { ", held" } else { "" };
            (flight.id, format!("{} → {}: {}{held}", flight.id.from, flight.id.to, flight.payload.text()))
        });
        letters.collect()
    }
}

/// The laboratory, shared by the parts of the page.
pub type Shared = Rc<std::cell::RefCell<Lab>>;
