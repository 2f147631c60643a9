//! History: a run that can be sought in, stepped back and branched.
//!
//! A branch is data: where it leaves its parent, and the interventions of a person. The branch shown has a short
//! record of every event; everything else about an event is made again from the nearest checkpoint when it is asked
//! for. Going back therefore never undoes anything: it runs the past again.

use crate::draw::{Flips, Purpose, below, draw};
use crate::engine::{
    Arrival, Choice, Engine, MessageId, Past, Refusal, Scheduled, Setup, Step, UNTIMED_STEP_US, parts_of,
};
use crate::model::{Change, Models, Timing};
use crate::process::{Invocation, Name, Outcome, Payload, ProcessId, Timer};
use crate::property::{Judgement, Monitors};
use operations::UserOperations;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};
use std::rc::Rc;

mod clocks;
mod operations;

pub use clocks::{Clocks, Stamp};
pub use operations::{UserOperation, UserOperationEnd, UserOperationEnding};

/// The source of the next choice where neither a schedule nor a person makes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheduler {
    /// The clock: what is due first, with times drawn from the seed.
    #[default]
    Timed,
    /// No times: each live process in turn receives its oldest message.
    Fair,
    /// No times: any process and any of its messages, drawn from the seed.
    Random,
    /// No times: nothing happens until a person picks it.
    ByHand,
}

impl Scheduler {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Scheduler::Timed => "timed",
            Scheduler::Fair => "fair",
            Scheduler::Random => "random",
            Scheduler::ByHand => "by-hand",
        }
    }
}

/// A choice of a person, in the place where it was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intervention {
    /// The number of events that had happened before it.
    pub after: u64,
    /// The choice of the person.
    pub choice: Choice,
    /// When, in microseconds, if later than the last event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_us: Option<u64>,
}

/// The part that all branches of a run have in common.
#[derive(Clone)]
pub struct Plan {
    /// Processes, layers, seed, planned faults.
    pub setup: Rc<Setup>,
    /// The models at the beginning.
    pub models: Models,
    /// Choices that come first, in order.
    pub schedule: Rc<[Scheduled]>,
    /// The scheduler after that.
    pub scheduler: Scheduler,
    /// The run ends at this time, in microseconds.
    pub until_us: u64,
    /// The monitors of the run.
    pub monitors: Monitors,
}

/// An alternative: where it leaves its parent, and all interventions from the beginning.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Branch {
    /// The parent's number and the event after which this one differs; `None` for the first.
    pub parent: Option<(usize, u64)>,
    /// In the order in which they apply.
    pub interventions: Vec<Intervention>,
    /// The extent to which it had been run when it was left; of the branch shown, see [`History::summary`].
    pub summary: BranchSummary,
}

/// The extent to which a branch was run, and what stands out on it after it has left its parent.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct BranchSummary {
    /// The number of events that it has, those in common with its parent included.
    pub events: u64,
    /// When it leaves its parent, in microseconds.
    pub from_us: u64,
    /// When its last event happened, in microseconds.
    pub end_us: u64,
    /// The first [`BranchSummary::MARKS_MAX`] marks, each with its time in microseconds.
    pub marks: Vec<(u64, Mark)>,
}

impl BranchSummary {
    /// The most marks that are kept of a branch that is not shown.
    pub const MARKS_MAX: usize = 32;
}

/// The record that is kept of every event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// When it happened, in microseconds.
    pub at_us: u64,
    /// The trace's hash after it.
    pub hash: u64,
    /// The choice.
    pub choice: Choice,
    /// True if a person chose it.
    pub by_hand: bool,
    /// Its mark on the timeline, if it is worth one: a decision, a crash or recovery, a violation.
    pub mark: Option<Mark>,
}

const _: () = assert!(size_of::<Record>() <= 64, "a run of a million events has as many of them");

/// Why an event has a mark on the timeline.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Mark {
    /// A process decided.
    Decision,
    /// Something failed, recovered, was cut or mended.
    Fault,
    /// A property was violated.
    Violation,
}

/// Everything about one event.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Its number; the first event is 1, and so many events have happened after it.
    pub event: u64,
    /// When it happened, in microseconds.
    pub at_us: u64,
    /// The choice.
    pub choice: Choice,
    /// True if a person chose it.
    pub by_hand: bool,
    /// The message, if the choice was about one.
    pub arrival: Option<Arrival>,
    /// The timer that fired.
    pub fired: Option<(u8, Timer)>,
    /// What the user of the process asked for.
    pub asked: Option<Invocation>,
    /// The module that was switched off or on.
    pub switched: Option<Name>,
    /// How the coins fell that it flipped.
    pub coins: Flips,
    /// True if the process took its first step.
    pub started: bool,
    /// True if the process crashed.
    pub crashed: bool,
    /// The messages that were sent.
    pub sent: Vec<(MessageId, Payload)>,
    /// The effects of the step, reasons included.
    pub outcomes: Vec<Outcome>,
    /// Where several processes took a step, the number of outcomes after the step of each.
    pub parts: Vec<(ProcessId, usize)>,
}

/// Why nothing more happens.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Stop {
    /// Nothing is enabled any more.
    Rest,
    /// Nothing happens by itself, but a person may choose.
    Waits,
    /// The scenario's end is reached.
    Until,
    /// A line of the schedule cannot be applied, or a limit was hit; with the reason.
    Stuck(String),
}

impl Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stop::Rest => "everything has come to rest",
            Stop::Waits => "nothing happens until somebody chooses",
            Stop::Until => "the scenario's end is reached",
            Stop::Stuck(reason) => reason,
        })
    }
}

/// A moment of a run, with everything that its future depends on.
#[derive(Clone)]
struct Moment {
    engine: Engine,
    monitors: Monitors,
    /// The next line of the schedule.
    script: usize,
    /// The next intervention.
    acts: usize,
    /// The process whose turn it is, under the fair scheduler.
    turn: usize,
}

/// A moment that is kept, and how many bytes it takes, about.
struct Checkpoint {
    moment: Moment,
    bytes: usize,
}

impl Checkpoint {
    fn of(moment: &Moment) -> Self {
        Checkpoint { moment: moment.clone(), bytes: moment.engine.bytes() + moment.monitors.bytes() }
    }

    fn events(&self) -> u64 {
        self.moment.engine.events()
    }
}

/// The bytes of checkpoints that a history keeps unless told otherwise.
pub const POOL_BYTES: usize = 16 << 20;

/// The most events of one wave.
pub const WAVE_EVENTS_MAX: u64 = 10_000;

/// A run and its branches.
pub struct History {
    plan: Plan,
    branches: Vec<Rc<Branch>>,
    current: usize,
    missed: Vec<Intervention>,
    records: Vec<Record>,
    /// The events of the records with a mark.
    marked: Vec<u64>,
    /// The operations of the records' events.
    operations: UserOperations,
    now: Moment,
    checkpoints: Vec<Checkpoint>,
    every: u64,
    pool_bytes: usize,
    step: Step,
}

impl History {
    /// The run at its beginning. `interventions` are those of a file or a link.
    pub fn new(plan: Plan, interventions: Vec<Intervention>) -> Self {
        let now = Moment::first(&plan);
        History {
            branches: vec![Rc::new(Branch { interventions, ..Branch::default() })],
            current: 0,
            missed: Vec::new(),
            records: Vec::new(),
            marked: Vec::new(),
            operations: UserOperations::default(),
            checkpoints: vec![Checkpoint::of(&now)],
            now,
            every: 32,
            pool_bytes: POOL_BYTES,
            step: Step::default(),
            plan,
        }
    }

    /// Bounds the bytes of checkpoints; the beginning is always kept.
    pub fn with_pool_bytes(mut self, bytes: usize) -> Self {
        self.pool_bytes = bytes;
        self
    }

    /// The bytes of checkpoints, about.
    pub fn checkpoint_bytes(&self) -> usize {
        self.checkpoints.iter().map(|checkpoint| checkpoint.bytes).sum()
    }

    /// The part that all branches have in common.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The world at the present position.
    pub fn engine(&self) -> &Engine {
        &self.now.engine
    }

    /// True if nothing more will happen at the present position unless somebody acts.
    pub fn is_at_rest(&mut self) -> bool {
        self.now.engine.is_at_rest()
    }

    /// The monitors of the run, at the present position.
    pub fn monitors(&self) -> &Monitors {
        &self.now.monitors
    }

    /// The number of events that have happened at the present position.
    pub fn position(&self) -> u64 {
        self.now.engine.events()
    }

    /// The records of the branch shown, as far as it was run.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The record of an event, if the branch shown was run as far as that.
    pub fn record(&self, event: u64) -> Option<&Record> {
        self.records.get(usize::try_from(event.checked_sub(1)?).ok()?)
    }

    /// The records with a mark on the timeline, each with its event.
    pub fn marked(&self) -> impl DoubleEndedIterator<Item = (u64, &Record)> {
        self.marked.iter().filter_map(|event| Some((*event, self.record(*event)?)))
    }

    /// All branches; the first is the run without interventions, or as it was loaded.
    pub fn branches(&self) -> &[Rc<Branch>] {
        &self.branches
    }

    /// The number of the branch shown.
    pub fn current(&self) -> usize {
        self.current
    }

    /// The extent to which the branch shown was run.
    pub fn summary(&self) -> BranchSummary {
        let (_, from) = self.branches[self.current].parent.unwrap_or_default();
        let (common, own) = self.records.split_at(self.records.len().min(from as usize));
        let us = |records: &[Record]| records.last().map(|record| record.at_us);
        let from_us = us(common).unwrap_or(0);
        let marks = own.iter().filter_map(|record| Some((record.at_us, record.mark?)));
        BranchSummary {
            events: self.records.len() as u64,
            from_us,
            end_us: us(own).unwrap_or(from_us),
            marks: marks.take(BranchSummary::MARKS_MAX).collect(),
        }
    }

    /// Takes over other branches of the same run, and shows `current` of them after `event` events, run as far as its
    /// summary says. Refused, with nothing changed, if they do not hang together.
    pub fn adopt(&mut self, branches: Vec<Rc<Branch>>, current: usize, event: u64) -> bool {
        let sound = |(index, branch): (usize, &Rc<Branch>)| match branch.parent {
            Some((parent, _)) => parent < index,
            None => index == 0,
        };
        let fits = current < branches.len() && branches.iter().enumerate().all(sound);
        if fits {
            self.forget_unlike(&branches[current].interventions);
            (self.branches, self.current) = (branches, current);
            let reached = self.branches[current].summary.events;
            if reached < self.records.len() as u64 {
                self.forget_after(reached);
            }
            // The run ends where it ends, whatever a text says that was read.
            let _ = self.seek(reached);
            let _ = self.seek(event);
        }
        fits
    }

    /// The interventions of the branch shown.
    pub fn interventions(&self) -> &[Intervention] {
        &self.branches[self.current].interventions
    }

    /// The interventions whose target did not exist any more when their turn came.
    pub fn missed(&self) -> &[Intervention] {
        &self.missed
    }

    /// The models of time, each with the moment since which it is in force, in microseconds, as far as the branch was
    /// run.
    pub fn timings(&self) -> Vec<(u64, Timing)> {
        let plan = self.plan();
        let mut timings = vec![(0, plan.models.timing)];
        let of = |choice: &Choice| match choice {
            Choice::Change(Change::Timing(timing)) => Some(*timing),
            _ => None,
        };
        let faults = plan.setup.faults.iter().map(|(_, choice)| choice);
        let acts = self.interventions().iter().map(|act| &act.choice);
        // Most runs never change it, and need not be searched.
        if faults.chain(plan.schedule.iter().map(|line| &line.choice)).chain(acts).any(|choice| of(choice).is_some()) {
            let records = self.records().iter();
            timings.extend(records.filter_map(|record| of(&record.choice).map(|timing| (record.at_us, timing))));
        }
        timings
    }

    /// When the next event happens, in microseconds, if something happens by itself.
    pub fn next_us(&mut self) -> Option<u64> {
        let position = self.position();
        if let Some(record) = self.record(position + 1) {
            return Some(record.at_us);
        }
        let interventions = &self.branches[self.current].interventions;
        let act = interventions.get(self.now.acts);
        if let Some(intervention) = act.filter(|intervention| intervention.after <= position) {
            return Some(intervention.at_us.unwrap_or(0).max(self.now.engine.now_us()));
        }
        let pick = self.now.pick(&self.plan).ok()??;
        let untimed = self.now.engine.now_us() + UNTIMED_STEP_US;
        Some(pick.at_us.unwrap_or(untimed))
    }

    /// Lets one event happen.
    #[allow(clippy::should_implement_trait, reason = "it lends its step, which an iterator cannot")]
    pub fn next(&mut self) -> Result<&Step, Stop> {
        let interventions = &self.branches[self.current].interventions;
        let by_hand = self.now.advance(&self.plan, interventions, &mut self.missed, &mut self.step)?;
        let hash = self.now.engine.trace_hash();
        if let Some(record) = self.record(self.step.event) {
            assert_eq!(record.hash, hash, "a run that is repeated is the same: event {}", self.step.event);
        } else {
            let step = &self.step;
            let choice = step.choice.expect("a step that was applied");
            let decided = step.outcomes().iter().any(|outcome| matches!(outcome, Outcome::Decide(_)));
            let fault = step.crashed || choice.is_fault();
            let mark = match () {
                () if self.now.monitors.violated_at(step.event) => Some(Mark::Violation),
                () if fault => Some(Mark::Fault),
                () if decided => Some(Mark::Decision),
                () => None,
            };
            self.marked.extend(mark.map(|_| step.event));
            self.operations.enter(&self.now.engine, step);
            self.records.push(Record { at_us: step.at_us, hash, choice, by_hand, mark });
        }
        let last = self.checkpoints.last().map_or(0, Checkpoint::events);
        if self.position() >= last + self.every {
            self.keep();
        }
        Ok(&self.step)
    }

    /// Lets one event happen, and tells all about it at once, which [`History::facts`] would have to make again.
    pub fn tell(&mut self) -> Result<Fact, Stop> {
        self.step.context.explain = true;
        let result = self.next().map(|_| ());
        self.step.context.explain = false;
        result?;
        Ok(self.fact())
    }

    /// Everything about the event that happened last.
    fn fact(&self) -> Fact {
        let by_hand = self.record(self.step.event).is_some_and(|record| record.by_hand);
        Fact::new(&self.step, by_hand)
    }

    /// Makes a checkpoint of the present; where the pool is full, every second one goes.
    fn keep(&mut self) {
        self.checkpoints.push(Checkpoint::of(&self.now));
        if self.checkpoint_bytes() > self.pool_bytes && self.checkpoints.len() > 2 {
            let mut index = 0;
            self.checkpoints.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.every *= 2;
        }
    }

    /// Goes to the moment after `events` events, or as far as the run goes.
    pub fn seek(&mut self, events: u64) -> Result<(), Stop> {
        let nearest = self.nearest(events);
        if events < self.position() || nearest.engine.events() >= self.position() + self.every {
            self.now = nearest.clone();
        }
        while self.position() < events {
            self.next()?;
        }
        Ok(())
    }

    fn nearest(&self, events: u64) -> &Moment {
        let after = self.checkpoints.partition_point(|checkpoint| checkpoint.events() <= events);
        &self.checkpoints[after - 1].moment
    }

    /// The same, and everything about the events after the first `from`, up to event `to`, as far as they were run: one
    /// walk through the past instead of two.
    pub fn visit(&mut self, events: u64, from: u64, to: u64) -> (Vec<Fact>, Option<Stop>) {
        let mut facts = Vec::new();
        let mut stop = self.seek(from.min(events)).err();
        self.step.context.explain = true;
        while stop.is_none() && self.position() < events {
            stop = self.next().err();
            if stop.is_none() {
                facts.push(self.fact());
            }
        }
        self.step.context.explain = false;
        facts.extend(self.facts(self.position(), to));
        (facts, stop)
    }

    /// One event back. At the beginning nothing happens.
    pub fn back(&mut self) {
        let before = self.position().saturating_sub(1);
        self.seek(before).expect("the past has been run before");
    }

    /// Runs until nothing happens any more, at most `events_max` events. `None`: there would be more.
    pub fn run(&mut self, events_max: u64) -> Option<Stop> {
        (0..events_max).find_map(|_| self.next().err())
    }

    /// The verdicts at the present, in the order of the protocol's properties.
    pub fn judgements(&mut self) -> Vec<Judgement> {
        let at_rest = self.is_at_rest();
        self.monitors().judge(self.engine(), at_rest)
    }

    /// Advances everybody once; see [`WAVE_EVENTS_MAX`] for the bound. Returns how many events it took.
    ///
    /// Under synchrony a wave is a round and ends with it. Elsewhere it ends when every message that was in flight at
    /// its beginning is received, lost, held, or addressed to a crashed process, and every live process that had
    /// something enabled has taken a step.
    pub fn wave(&mut self) -> u64 {
        self.wave_seen(&mut |_, _| {})
    }

    /// As [`History::wave`], and `see` is shown every event of it with the world after it.
    pub fn wave_seen(&mut self, see: &mut dyn FnMut(&Engine, &Step)) -> u64 {
        let begin = self.position();
        let round_us = self.engine().models().timing.round_us().filter(|_| self.plan.setup.timed);
        if let Some(round_us) = round_us {
            // A round ends with the timers at its very end; what they send is for the next one.
            let end_us = self.next_us().unwrap_or(0).div_ceil(round_us).max(1) * round_us;
            while self.position() - begin < WAVE_EVENTS_MAX
                && self.next_us().is_some_and(|at_us| at_us <= end_us)
                && self.next_seen(see)
            {}
            return self.position() - begin;
        }
        let engine = &self.now.engine;
        let wanted: Vec<MessageId> = engine.flights().map(|flight| flight.id).collect();
        let busy: Vec<(ProcessId, u64)> = ProcessId::all(engine.processes().len())
            .filter(|process| engine.is_busy(*process))
            .map(|process| (process, engine.process(process).steps))
            .collect();
        // The place of one that had not arrived when all were last looked at: as a rule it tells the same again.
        let mut late = 0;
        let mut done = |engine: &Engine| {
            let on_its_way = |id: &MessageId| {
                let flight = engine.flight(*id);
                flight.is_some_and(|flight| flight.held_us.is_none() && engine.process(id.to).is_alive())
            };
            if wanted.get(late).is_some_and(on_its_way) {
                return false;
            }
            late = wanted.iter().position(on_its_way).unwrap_or(wanted.len());
            let arrived = late == wanted.len();
            let stepped = busy.iter().all(|(process, steps)| {
                !engine.process(*process).is_alive() || engine.process(*process).steps > *steps
            });
            arrived && stepped
        };
        while self.position() - begin < WAVE_EVENTS_MAX && self.next_seen(see) {
            if done(&self.now.engine) {
                break;
            }
        }
        self.position() - begin
    }

    fn next_seen(&mut self, see: &mut dyn FnMut(&Engine, &Step)) -> bool {
        let happened = self.next().is_ok();
        if happened {
            see(&self.now.engine, &self.step);
        }
        happened
    }

    /// A person acts now, or at a later time before the next event. The future is kept as another branch.
    pub fn act(&mut self, choice: Choice, at_us: Option<u64>) -> Result<(), Refusal> {
        self.now.engine.admissible(&choice)?;
        let position = self.position();
        let mut interventions = self.branches[self.current].interventions[..self.now.acts].to_vec();
        let at_us = at_us.filter(|_| self.plan.setup.timed);
        interventions.push(Intervention { after: position, choice, at_us });
        self.keep_summary();
        let parent = Some((self.current, position));
        self.branches.push(Rc::new(Branch { parent, interventions, ..Branch::default() }));
        self.forget_after(position);
        self.current = self.branches.len() - 1;
        self.next().map(|_| ()).map_err(|stop| Refusal(stop.to_string()))
    }

    /// Shows another branch, at the moment after `event` events.
    pub fn open(&mut self, branch: usize, event: u64) {
        self.keep_summary();
        let shown = Rc::clone(&self.branches[branch]);
        self.forget_unlike(&shown.interventions);
        self.current = branch;
        // If the run ends before the event, its end is as near as one gets.
        let _ = self.seek(event);
    }

    /// The branch shown is left: how far it was run is kept with it.
    fn keep_summary(&mut self) {
        let summary = self.summary();
        Rc::make_mut(&mut self.branches[self.current]).summary = summary;
    }

    /// Forgets what is not the same in a branch with these interventions, before that one is shown.
    fn forget_unlike(&mut self, there: &[Intervention]) {
        let here = self.interventions();
        let differ = here.iter().zip(there).position(|(one, other)| one != other);
        let first = differ.unwrap_or(here.len().min(there.len()));
        let own = here.get(first).into_iter().chain(there.get(first));
        if let Some(common) = own.map(|intervention| intervention.after).min() {
            self.forget_after(common);
        }
    }

    /// Forgets records and checkpoints after `events`, before the branch changes.
    fn forget_after(&mut self, events: u64) {
        self.records.truncate(usize::try_from(events).expect("records fit in memory"));
        self.marked.retain(|event| *event <= events);
        self.operations.forget_after(events);
        self.missed.retain(|intervention| intervention.after < events);
        // A checkpoint at the very event may already have passed an intervention that is to come.
        self.checkpoints.retain(|checkpoint| checkpoint.events() < events.max(1));
        if self.position() > events {
            self.now = self.nearest(events).clone();
            self.seek(events).expect("the past has been run before");
        }
    }

    /// More requests are known from now on than when the run began: a person has made one up. Nothing that has happened
    /// changes, as the requests that were known before keep their numbers.
    pub fn adopt_requests(&mut self, setup: Rc<Setup>) {
        let known = self.plan.setup.requests.iter().zip(&setup.requests);
        assert!(
            known.into_iter().all(|(before, after)| after.table.starts_with(&before.table)),
            "a request keeps its number"
        );
        let hash = self.now.engine.trace_hash();
        self.now.engine.adopt_setup(Rc::clone(&setup));
        for checkpoint in &mut self.checkpoints {
            checkpoint.moment.engine.adopt_setup(Rc::clone(&setup));
        }
        self.plan.setup = setup;
        assert_eq!(self.now.engine.trace_hash(), hash, "nothing that has happened changes");
    }

    /// The world after `events` events of the branch shown, which must have been run before.
    pub fn engine_at(&self, events: u64) -> Engine {
        let mut moment = self.nearest(events).clone();
        let mut step = Step::default();
        let interventions = &self.branches[self.current].interventions;
        while moment.engine.events() < events {
            let advanced = moment.advance(&self.plan, interventions, &mut Vec::new(), &mut step);
            advanced.expect("the past has been run before");
        }
        moment.engine
    }

    /// Runs the events after the first `from`, up to event `to`, again, as far as they were run before, with reasons.
    /// Each is shown to `visit` with the world after it; the last argument says whether a person chose it.
    pub fn replay(&self, from: u64, to: u64, mut visit: impl FnMut(&Engine, &Step, bool)) {
        let (kept, now) = (self.nearest(from), &self.now);
        let at_hand = (kept.engine.events()..=from).contains(&now.engine.events());
        let mut moment = if at_hand { now } else { kept }.clone();
        let mut step = Step::default();
        let interventions = &self.branches[self.current].interventions;
        while moment.engine.events() < to.min(self.records.len() as u64) {
            step.context.explain = moment.engine.events() >= from;
            let Ok(by_hand) = moment.advance(&self.plan, interventions, &mut Vec::new(), &mut step) else { break };
            if step.event > from {
                visit(&moment.engine, &step, by_hand);
            }
        }
    }

    /// Everything about the events after the first `from`, up to event `to`, run again with reasons.
    pub fn facts(&self, from: u64, to: u64) -> Vec<Fact> {
        let mut facts = Vec::new();
        self.replay(from, to, |_, step, by_hand| facts.push(Fact::new(step, by_hand)));
        facts
    }
}

impl Fact {
    fn new(step: &Step, by_hand: bool) -> Self {
        let mut sent = step.sent.iter().copied();
        let choice = step.choice.expect("a step that was applied");
        let sent = match &step.said[..] {
            [_, ..] => sent.zip(step.said.iter().cloned()).collect(),
            [] => step
                .outcomes()
                .iter()
                .filter_map(|outcome| match outcome {
                    Outcome::Send { payload, .. } => sent.next().map(|id| (id, payload.clone())),
                    _ => None,
                })
                .collect(),
        };
        Fact {
            event: step.event,
            at_us: step.at_us,
            choice,
            by_hand,
            arrival: step.arrival.clone(),
            fired: step.fired.clone(),
            asked: step.asked.clone(),
            switched: step.switched.clone(),
            coins: step.context.coins.flipped,
            started: step.started,
            crashed: step.crashed,
            sent,
            outcomes: step.outcomes().to_vec(),
            parts: step.parts.clone(),
        }
    }

    /// The processes that took a step, in order, each with its outcomes.
    pub fn by_process(&self) -> impl Iterator<Item = (ProcessId, &[Outcome])> {
        parts_of(self.choice.process(), &self.parts, &self.outcomes)
    }

    /// The reasons that the handlers gave, in order.
    pub fn reasons(&self) -> impl Iterator<Item = &str> {
        self.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Because(reason) => Some(&**reason),
            _ => None,
        })
    }
}

impl Moment {
    fn first(plan: &Plan) -> Moment {
        let engine = Engine::new(Rc::clone(&plan.setup), plan.models.clone());
        let mut monitors = plan.monitors.clone();
        monitors.begin(&engine);
        Moment { engine, monitors, script: 0, acts: 0, turn: 0 }
    }

    /// Lets one event happen; says whether a person chose it.
    fn advance(
        &mut self,
        plan: &Plan,
        interventions: &[Intervention],
        missed: &mut Vec<Intervention>,
        step: &mut Step,
    ) -> Result<bool, Stop> {
        while let Some(intervention) = interventions.get(self.acts) {
            if intervention.after > self.engine.events() {
                break;
            }
            self.acts += 1;
            let scheduled = Scheduled { at_us: intervention.at_us, ..intervention.choice.into() };
            match self.apply(scheduled, plan, interventions, step) {
                Ok(()) => {
                    self.monitors.observe(&self.engine, step, true);
                    return Ok(true);
                }
                Err(_) if missed.contains(intervention) => {}
                Err(_) => missed.push(*intervention),
            }
        }
        let Some(pick) = self.pick(plan)? else {
            return Err(if self.engine.is_at_rest() { Stop::Rest } else { Stop::Waits });
        };
        let at_us = pick.at_us.unwrap_or(self.engine.now_us());
        if at_us > plan.until_us {
            return Err(Stop::Until);
        }
        let scripted = self.script < plan.schedule.len();
        self.apply(pick, plan, interventions, step).map_err(|Refusal(reason)| {
            if scripted { Stop::Stuck(format!("schedule[{}]: {reason}", self.script)) } else { Stop::Stuck(reason) }
        })?;
        self.script += usize::from(scripted);
        if let (Scheduler::Fair, Some(process)) = (plan.scheduler, pick.choice.process()) {
            self.turn = process.index() + 1;
        }
        self.monitors.observe(&self.engine, step, false);
        Ok(false)
    }

    /// Applies a choice. Who becomes an equivocator in mid-run gets a twin, which has to be told what happened so far:
    /// nobody takes notes for that, so the past is run again.
    fn apply(
        &mut self,
        scheduled: Scheduled,
        plan: &Plan,
        interventions: &[Intervention],
        step: &mut Step,
    ) -> Result<(), Refusal> {
        let twins = match scheduled.choice {
            Choice::Byzantine { behaviour, .. } => behaviour.colludes || !behaviour.twin.is_empty(),
            _ => false,
        };
        let wanted = twins && step.past.is_none();
        if wanted {
            let mut moment = Moment::first(plan);
            let mut again = Step { past: Some(Past::default()), ..Step::default() };
            while moment.engine.events() < self.engine.events() {
                let advanced = moment.advance(plan, interventions, &mut Vec::new(), &mut again);
                advanced.expect("the past has been run before");
            }
            step.past = again.past;
        }
        let applied = self.engine.apply(scheduled, step);
        if wanted {
            step.past = None;
        }
        applied
    }

    /// The event that happens next by itself.
    fn pick(&mut self, plan: &Plan) -> Result<Option<Scheduled>, Stop> {
        if let Some(reason) = self.engine.runaway() {
            return Err(Stop::Stuck(reason.to_owned()));
        }
        if let Some(scheduled) = plan.schedule.get(self.script) {
            return Ok(Some(*scheduled));
        }
        Ok(match plan.scheduler {
            Scheduler::Timed => {
                self.engine.due().map(|(at_us, choice)| Scheduled { at_us: Some(at_us), ..choice.into() })
            }
            Scheduler::Fair => {
                let n = self.engine.processes().len();
                let mut turns = (0..n).map(|offset| ProcessId::from((self.turn + offset) % n));
                turns.find_map(|process| self.engine.oldest(process)).map(Scheduled::from)
            }
            Scheduler::Random => {
                let choices = self.engine.deliverable();
                let count = choices.len() as u64;
                let bits = draw(plan.setup.seed, Purpose::Schedule, 0, self.engine.events());
                (count > 0).then(|| choices[below(bits, count) as usize].into())
            }
            Scheduler::ByHand => None,
        })
    }
}
