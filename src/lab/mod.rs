//! The laboratory: a run, the seat from which a person looks at it, and the edits that were made.
//!
//! The page shows a [`Lab`] and sends [`Action`]s. There is no browser in here, so all of it is tested natively.

use crate::catalogue::Catalogue;
use crate::engine::{Choice, MessageId, Refusal};
use crate::history::{Fact, History, POOL_BYTES, Scheduler, Stamp, Stop};
use crate::model::{Change, LinkKind, Models};
use crate::process::{Invocation, ProcessId};
use crate::property::{Judgement, Meter};
use crate::scenario::{Link, LinkError, SPEED_MAX, Scenario};
use crate::scene::{Board, Point, Target, caption};
use edits::Edits;
use run::Run;
use seat::Seat;
use seek::HurryGoal;
use session::RunTree;
use std::cell::RefCell;
use std::rc::Rc;

mod ask;
mod branches;
mod clocks;
pub mod compare;
mod edits;
mod event_filter;
mod menu;
mod pair;
mod run;
mod seat;
mod seek;
mod session;
mod switches;
mod time;

pub use clocks::COUNTED_EVENTS_MAX;
pub use edits::{EDIT_BYTES_MAX, EDITS_MAX};
pub use event_filter::{EventFilter, EventKind};
pub use menu::Item;
pub use pair::{InStep, Pair};
pub use session::Session;
pub use switches::ModuleSwitch;
pub use time::PACE_US;

/// The events before the present whose details are at hand for diagram and log.
pub const WINDOW_EVENTS: u64 = 1_500;

/// The events after the present whose details are at hand, where the run has been there: the diagram shows a quarter of
/// its width of them.
pub const AHEAD_EVENTS: u64 = 500;

/// An action of a person.
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
    /// To a time, in microseconds; what has not been run yet up to there is run.
    SeekTime(u64),
    /// To the end, at most so many events further.
    End(u64),
    /// To the next or last decision, fault or violation.
    Mark(bool),
    /// Keeps this moment, to come back to it.
    Keep,
    /// To the moment that was kept; to the beginning where none was.
    Return,
    /// Faster or slower.
    Speed(i32),
    /// Another seed.
    Seed(u32),
    /// Changes the run: a person's intervention.
    Choose(Choice),
    /// The user of a process asks for something that nobody had planned: an intervention, too.
    Ask {
        /// The process that is asked.
        process: ProcessId,
        /// What it is asked for.
        invocation: Invocation,
    },
    /// Takes back the last edit: an intervention, a change of the scenario, another scenario. All is as it was then.
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
    /// Moves the selected process by so much.
    Nudge(f32, f32),
    /// Selects the next or the last thing on the board.
    Pick(bool),
    /// Changes a model: from now on, or from the beginning; see [`Lab::is_anew`].
    Adjust(Change),
    /// The way in which changes of models are made: the scenario anew, or from now on.
    Anew(bool),
    /// Another scenario.
    Open(Box<Scenario>),
    /// The same scenario with something changed.
    Change(Box<Scenario>),
    /// To another session: to its branch and its seat where it is of this run; else to its run, too, which is an edit.
    Resume(Box<Session>),
}

/// The laboratory.
pub struct Lab {
    run: Run,
    seat: Seat,
    edits: Edits,
    playing: bool,
    /// Real milliseconds since the last step, where steps have no times.
    waited_ms: f64,
    goal: Option<HurryGoal>,
    notice: Option<String>,
    version: u64,
}

impl Lab {
    /// The laboratory with this scenario open. The error names the field.
    pub fn new(catalogue: &Catalogue, scenario: Scenario) -> Result<Lab, String> {
        Lab::within(catalogue, POOL_BYTES, scenario)
    }

    /// As [`Lab::new`], with so many bytes of checkpoints for this scenario and those that are opened after it.
    pub(super) fn within(catalogue: &Catalogue, pool_bytes: usize, scenario: Scenario) -> Result<Lab, String> {
        let seat = Seat::first(&scenario);
        Ok(Lab::at(Run::new(catalogue, Rc::new(scenario), pool_bytes)?, seat))
    }

    fn at(run: Run, seat: Seat) -> Lab {
        Lab { run, seat, edits: Edits::default(), playing: false, waited_ms: 0.0, goal: None, notice: None, version: 0 }
    }

    /// The laboratory as a link left it.
    pub fn from_link(catalogue: &Catalogue, link: Link) -> Result<Lab, String> {
        let mut lab = Lab::new(catalogue, link.scenario).map_err(|error| LinkError::Invalid(error).to_string())?;
        lab.act(Action::Seek(link.position));
        Ok(lab)
    }

    /// The laboratory as a session left it, with nothing to undo.
    pub fn resume(catalogue: &Catalogue, session: Session) -> Result<Lab, String> {
        let mut run = Run::new(catalogue, Rc::clone(&session.run.scenario), POOL_BYTES)?;
        run.restore(&session.run, session.seat.event);
        Ok(Lab::at(run, session.seat))
    }

    /// The run and the seat, as data that leads back to them.
    pub fn session(&self) -> Session {
        Session { run: self.run.tree(), seat: self.seat.clone() }
    }

    /// The session that leads back to this moment.
    pub fn link(&self) -> Result<String, LinkError> {
        Link { scenario: self.saved(), position: self.history().position() }.encode()
    }

    /// The scenario with everything that was done to it.
    pub fn saved(&self) -> Scenario {
        self.run.saved()
    }

    /// The catalogue in which protocols are found.
    pub fn catalogue(&self) -> &Catalogue {
        &self.run.catalogue
    }

    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        &self.run.scenario
    }

    /// The run.
    pub fn history(&self) -> &History {
        &self.run.history
    }

    /// The moment that the picture shows, in microseconds: that of the last event or later.
    pub fn now_us(&self) -> u64 {
        self.seat.now_us
    }

    /// True if the run goes on by itself.
    pub fn playing(&self) -> bool {
        self.playing
    }

    /// The speed: each step is a factor of two.
    pub fn speed(&self) -> i32 {
        self.seat.speed
    }

    /// Why nothing more happens, at the end of the run.
    pub fn stop(&self) -> Option<&Stop> {
        self.run.stop.as_ref()
    }

    /// Details of the events around the present.
    pub fn facts(&self) -> &[Fact] {
        &self.run.facts
    }

    /// Details of the events up to the present.
    pub fn past(&self) -> &[Fact] {
        self.run.past()
    }

    /// The clocks of [`Lab::facts`], one for each; and after how many events the counting began.
    pub fn stamps(&self) -> (Vec<Option<Rc<Stamp>>>, u64) {
        self.run.stamps()
    }

    /// The place where the processes stand, from 0 to 1 in both directions.
    pub fn places(&self) -> &[Point] {
        &self.seat.places
    }

    /// The board of this moment, in a picture of this width and height, without land and projector.
    pub fn board(&self, size: (f32, f32)) -> Board<'_> {
        Board {
            scenario: self.scenario(),
            engine: self.history().engine(),
            monitors: self.history().monitors(),
            now_us: self.now_us(),
            facts: self.past(),
            places: self.places(),
            size,
            selected: self.selected(),
            see_as: self.see_as(),
            projector: false,
            land: None,
            knife: None,
        }
    }

    /// The reading of the clock of `process` at the moment that one looks at, in microseconds.
    pub fn local_us(&self, process: ProcessId) -> u64 {
        self.history().engine().local_at(process, self.seat.now_us)
    }

    /// The selected thing.
    pub fn selected(&self) -> Option<Target> {
        self.seat.selected
    }

    /// The process through whose eyes one looks.
    pub fn see_as(&self) -> Option<ProcessId> {
        self.seat.see_as
    }

    /// True if a change of a model runs the scenario anew with it. Otherwise it holds from now on, which is an
    /// intervention. Before anything has happened the two are the same, and the scenario is changed.
    pub fn is_anew(&self) -> bool {
        self.seat.anew || self.history().position() == 0
    }

    /// The models that a change would change: those of the beginning, or those in force.
    pub fn models(&self) -> &Models {
        if self.is_anew() { &self.scenario().models } else { self.history().engine().models() }
    }

    /// The answer that was given to the lesson's question.
    pub fn answer(&self) -> Option<usize> {
        self.seat.answer
    }

    /// The failure of the last action, and its reason.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// Changes whenever something that can be seen changes.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// True if the run is over, as far as it goes by itself, and the present is its end.
    pub fn is_over(&self) -> bool {
        self.stop().is_some_and(|stop| *stop != Stop::Waits)
    }

    /// True if the run goes on to somewhere as fast as it can.
    pub fn hurries(&self) -> bool {
        self.goal.is_some()
    }

    /// The moment that was kept: after how many events.
    pub fn kept(&self) -> Option<u64> {
        self.seat.bookmark.as_ref().map(|kept| kept.seat.event)
    }

    /// True if there is something to undo.
    pub fn can_undo(&self) -> bool {
        self.edits.can_undo()
    }

    /// True if there is something to redo.
    pub fn can_redo(&self) -> bool {
        self.edits.can_redo()
    }

    /// The quality of the failure detectors, where the stack has one.
    pub fn meter(&self) -> Option<Meter> {
        let history = self.history();
        let watched = self.scenario().detects(self.catalogue());
        let record = |event: u64| history.records().get(usize::try_from(event.checked_sub(1)?).ok()?);
        let at_us = |event: u64| record(event).map_or(0, |record| record.at_us);
        watched.then(|| history.monitors().detection().meter(history.engine(), at_us))
    }

    /// The verdicts at the present.
    pub fn judgements(&self) -> Vec<Judgement> {
        self.history().monitors().judge(self.history().engine(), self.run.at_rest)
    }

    /// True if whoever looks knows of an event of this choice: with the eyes of a process, of its own steps. All take
    /// one when a module is switched.
    pub fn sees(&self, choice: &Choice) -> bool {
        let switched = matches!(choice, Choice::Switch { .. });
        self.seat.see_as.is_none_or(|eyes| switched || choice.woken() == Some(eyes))
    }

    /// The last event and its reason, or the last that is known with the eyes of a process; at the beginning, what to
    /// do.
    pub fn caption(&self) -> String {
        let past = self.past();
        let known = || past.iter().rfind(|fact| self.sees(&fact.choice)).map(|fact| caption(self.scenario(), fact));
        match (past.last(), self.seat.see_as) {
            (Some(fact), Some(eyes)) if !self.sees(&fact.choice) => {
                let known = known().map(|known| format!(" The last that it knows: {known}")).unwrap_or_default();
                format!("{eyes} does not see what just happened.{known}")
            }
            (Some(fact), _) => caption(self.scenario(), fact),
            (None, _) if self.scenario().scheduler == Scheduler::ByHand => {
                "Nothing has happened yet. Click a process to start it, and then a message to deliver it.".into()
            }
            (None, _) => "Nothing has happened yet. Press play, or take one step.".into(),
        }
    }

    /// Does what a person wants.
    pub fn act(&mut self, action: Action) {
        self.version += 1;
        self.notice = None;
        let hurried = self.goal.take().is_some();
        match action {
            Action::Play(playing) => self.play(playing),
            Action::Toggle => self.play(!self.playing && !hurried),
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
                if self.run.history.wave() == 0 {
                    self.step();
                }
                self.settle();
            }
            Action::Seek(event) => self.seek(event),
            Action::SeekTime(at_us) => self.seek_time(at_us),
            Action::End(events) => {
                let goal = HurryGoal { event: self.history().position() + events, ..HurryGoal::default() };
                self.seek(goal.event.min(self.history().records().len() as u64));
                self.hurry(goal);
            }
            Action::Mark(forwards) => self.mark(forwards),
            Action::Keep => self.keep(),
            Action::Return => self.come_back(),
            Action::Speed(steps) => self.seat.speed = (self.seat.speed + steps).clamp(-SPEED_MAX, SPEED_MAX),
            Action::Seed(seed) => self.change(Scenario { seed, interventions: Vec::new(), ..self.scenario().clone() }),
            Action::Choose(choice) => self.choose(choice),
            Action::Ask { process, invocation } => self.ask(process, invocation),
            Action::Adjust(change) if self.is_anew() => {
                let models = self.scenario().models.changed(&change);
                self.change(Scenario { models, interventions: Vec::new(), ..self.scenario().clone() });
            }
            Action::Adjust(change) => self.choose(Choice::Change(change)),
            Action::Anew(anew) => self.seat.anew = anew,
            Action::Undo => self.undo(),
            Action::Redo => self.redo(),
            Action::Branch(branch) => {
                let position = self.history().position();
                if branch < self.history().branches().len() {
                    self.open_branch(branch, position);
                }
            }
            Action::Select(target) => self.seat.selected = target,
            Action::SeeAs(eyes) => self.seat.see_as = eyes,
            Action::Answer(answer) => self.seat.answer = Some(answer),
            Action::Move(process, place) => self.place(process, place),
            Action::Nudge(dx, dy) => match self.seat.selected {
                Some(Target::Process(process)) => {
                    let place = self.seat.places[process.index()].by(dx, dy);
                    self.place(process, place);
                }
                _ => self.notice = Some("Select a process first: with ↓ on the board, or in the Inspector.".into()),
            },
            Action::Pick(forwards) => {
                let things = self.things();
                let here = things.iter().position(|thing| Some(*thing) == self.seat.selected);
                let next = match (here, forwards) {
                    (None, true) => 0,
                    (None, false) => things.len() - 1,
                    (Some(here), true) => (here + 1) % things.len(),
                    (Some(here), false) => (here + things.len() - 1) % things.len(),
                };
                self.seat.selected = things.get(next).copied();
            }
            Action::Open(scenario) => self.open(*scenario),
            Action::Change(scenario) => self.change(*scenario),
            Action::Resume(session) => self.go(*session),
        }
    }

    fn choose(&mut self, choice: Choice) {
        if let Err(Refusal(reason)) = self.history().engine().admissible(&choice) {
            self.notice = Some(reason);
            return self.settle();
        }
        self.intervene(|_| Ok(choice));
    }

    /// A person changes the run, which is an edit. The error says why the choice cannot be made.
    fn intervene(&mut self, choice: impl FnOnce(&mut Run) -> Result<Choice, String>) {
        let before = self.session();
        // A future that was undone stays as a branch when something else is done instead.
        let undone = self.edits.undone_of(&before.run.scenario).and_then(|undone| self.run.joined(undone));
        let adopted = undone.map_or(Ok(()), |RunTree { scenario, branches, .. }| {
            self.run.adopt_requests(scenario)?;
            self.run.history.adopt(branches, before.run.current, before.seat.event);
            Ok(())
        });
        let chosen = adopted.and_then(|()| choice(&mut self.run));
        let act = |choice| self.run.act(choice, before.seat.now_us).map_err(|Refusal(reason)| reason);
        match chosen.and_then(act) {
            Ok(()) => self.edits.note(before),
            Err(reason) => self.notice = Some(reason),
        }
        self.settle();
    }

    fn place(&mut self, process: ProcessId, place: Point) {
        if !self.scenario().places.is_empty() {
            self.notice = Some(format!("{process} stands in its city. The panel “Models” puts it into another one."));
        } else if let Some(stands) = self.seat.places.get_mut(process.index()) {
            *stands = Point { x: place.x.clamp(0.0, 1.0), y: place.y.clamp(0.0, 1.0) };
        }
    }

    /// The things that can be selected on the board, in the order in which keys go through them: processes, messages,
    /// links.
    fn things(&self) -> Vec<Target> {
        let engine = self.history().engine();
        let intruded = engine.models().all_links().any(|links| links.kind == LinkKind::Arbitrary);
        let processes = ProcessId::all(engine.processes().len()).map(Target::Process);
        let messages = engine.flights_by_age().into_iter().map(|flight| Target::Message(flight.id));
        let links = self.links().into_iter().map(|(from, to)| Target::Link(from, to));
        processes.chain(intruded.then_some(Target::Intruder)).chain(messages).chain(links).collect()
    }

    /// The links that there are, each once.
    pub fn links(&self) -> Vec<(ProcessId, ProcessId)> {
        let (n, topology) = (self.scenario().processes, self.scenario().topology);
        let from = |from| topology.peers(from, n).into_iter().filter(move |to| *to > from).map(move |to| (from, to));
        ProcessId::all(n).flat_map(from).collect()
    }

    fn open(&mut self, scenario: Scenario) {
        let seat = self.seat.moved(&scenario);
        self.enter(scenario, seat);
    }

    /// Runs the scenario anew with something changed.
    fn change(&mut self, scenario: Scenario) {
        let seat = self.seat.carried(self.scenario(), &scenario);
        self.enter(scenario, seat);
    }

    /// Begins a run of another scenario, in this seat.
    fn enter(&mut self, scenario: Scenario, seat: Seat) {
        match self.run.replaced(Rc::new(scenario)) {
            Ok(run) => {
                self.edits.note(self.session());
                (self.run, self.seat) = (run, seat);
                self.playing = false;
            }
            Err(error) => self.notice = Some(error),
        }
    }

    /// The messages on their way, oldest first, in words.
    pub fn messages(&self) -> Vec<(MessageId, String)> {
        let engine = self.history().engine();
        let messages = engine.flights_by_age().into_iter().map(|flight| {
            let held = if flight.held_us.is_some() { ", held" } else { "" };
            (flight.id, format!("{} → {}: {}{held}", flight.id.from, flight.id.to, flight.payload.text()))
        });
        messages.collect()
    }
}

/// The laboratory, shared by the parts of the page.
pub type Shared = Rc<RefCell<Lab>>;
