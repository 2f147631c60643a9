//! Worlds: the everyday world of a protocol, in which all holds that it assumes, and for each of its assumptions a world
//! in which this one does not hold and all others do.
//!
//! The worlds without an assumption are made, not stored: the everyday world, and then one thing that is different. So
//! the pair differs in nothing else. Each protocol's file has its own rows; what several rows do stands here.

use super::{Assumption, Catalogue, Entry, Inputs};
use crate::engine::{Choice, MessageId};
use crate::model::{Behaviour, Failures, LinkKind, ProcessSet, Rate, TimingKind};
use crate::process::{ProcessId, Value};
use crate::property::Property;
use crate::scenario::{Fault, Scenario, Setting};
use serde::Serialize;
use std::sync::Arc;

/// The consequence of a missing assumption.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consequence {
    /// This property is violated.
    Violated(Property),
    /// The promise of this property is never kept: the run goes on for ever, and at its end it is “not yet”.
    Never(Property),
}

impl Consequence {
    /// In words, as what follows “otherwise”.
    pub fn text(self) -> String {
        match self {
            Consequence::Violated(property) => format!("{} is violated", property.name()),
            Consequence::Never(property) => format!("{} is never reached", property.name()),
        }
    }
}

/// A change of a scenario.
type WorldChange = Arc<dyn Fn(&mut Scenario) + Send + Sync>;

/// A protocol without one of its assumptions: a row of its entry.
#[derive(Clone)]
pub struct Without {
    /// The assumption that does not hold.
    pub assumption: Assumption,
    /// Its consequence.
    pub consequence: Consequence,
    seed: u32,
    /// The change of both worlds, so that there is something to see.
    stage: WorldChange,
    /// The change that takes the assumption away.
    remove: WorldChange,
}

impl Without {
    /// The everyday world with this seed, and `remove` takes the assumption away.
    pub fn new(
        assumption: Assumption,
        consequence: Consequence,
        seed: u32,
        remove: impl Fn(&mut Scenario) + Send + Sync + 'static,
    ) -> Self {
        Without { assumption, consequence, seed, stage: Arc::new(|_| ()), remove: Arc::new(remove) }
    }

    /// In both worlds this is different from the everyday one.
    pub fn on(self, stage: impl Fn(&mut Scenario) + Send + Sync + 'static) -> Self {
        Without { stage: Arc::new(stage), ..self }
    }

    /// The name on the command line: the protocol's, “without”, the assumption's.
    pub fn name(&self, entry: &Entry) -> String {
        format!("{}-without-{}", entry.name, self.assumption.name())
    }

    /// The world in which everything holds that the protocol assumes.
    pub fn with(&self, entry: &Entry) -> Scenario {
        let mut scenario = Scenario::everyday(entry);
        scenario.seed = self.seed;
        (self.stage)(&mut scenario);
        scenario
    }

    /// The world in which all holds but the one.
    pub fn scenario(&self, entry: &Entry) -> Scenario {
        let mut scenario = self.with(entry);
        scenario.name = self.name(entry);
        scenario.title = format!("{} without “{}”", entry.title, self.assumption.text());
        (self.remove)(&mut scenario);
        scenario
    }
}

impl Catalogue {
    /// The worlds without an assumption of all protocols, each with its entry, in the order of the catalogue.
    pub fn without(&self) -> impl Iterator<Item = (&Arc<Entry>, &Without)> {
        self.entries().iter().flat_map(|entry| entry.without.iter().map(move |without| (entry, without)))
    }
}

impl Scenario {
    /// A scenario of this protocol with everything else at its default.
    pub fn of(entry: &Entry, processes: usize) -> Self {
        Scenario::new(&entry.name, &entry.title, processes)
    }

    /// A small world in which everything holds that `entry` assumes.
    pub fn everyday(entry: &Entry) -> Self {
        let n = if entry.assumes(Assumption::FewLiars) { 4 } else { 3 };
        let mut scenario = Scenario::of(entry, n.max(entry.processes.0));
        (entry.everyday)(&mut scenario);
        scenario.inputs = match &entry.inputs {
            Inputs::None => Vec::new(),
            Inputs::Bits => (0..scenario.processes).map(|place| Some(Value::Bit(place > 0))).collect(),
            Inputs::FirstBit(_) => vec![Some(Value::Bit(true))],
            Inputs::Word(word, _) => vec![Some((&**word).into()); 2],
            Inputs::Conversation(_) => vec![Some("ask".into()), Some("ask/answer".into())],
            Inputs::Words(_) if entry.properties.contains(&Property::FIFO_ORDER) => vec![Some("one two".into())],
            Inputs::Words(_) => vec![Some("hello".into())],
        };
        scenario.models.links.fifo = entry.assumes(Assumption::FifoLinks);
        if entry.assumes(Assumption::EventualSynchrony) {
            scenario.models.timing.kind = TimingKind::PartiallySynchronous;
            scenario.models.timing.gst_ms = Some(1_000);
        }
        scenario
    }
}

/// Gives a parameter of the protocol a value, written as on the command line.
pub fn set(scenario: &mut Scenario, name: &str, value: &str) {
    scenario.parameters.insert(name.into(), Setting(value.into()));
}

/// The first process.
pub const P0: ProcessId = ProcessId(0);
/// The second process.
pub const P1: ProcessId = ProcessId(1);
/// The third process.
pub const P2: ProcessId = ProcessId(2);

/// At this time, in milliseconds, this happens; the model of failures allows it.
pub fn at(scenario: &mut Scenario, at_ms: u64, choice: Choice) {
    match choice {
        Choice::Byzantine { .. } => scenario.models.failures = Failures::Byzantine,
        Choice::Recover(_) => scenario.models.failures = Failures::CrashRecovery,
        _ => {}
    }
    scenario.faults.push(Fault { at_ms, choice });
}

/// A process crashes.
pub fn crash(process: ProcessId) -> Choice {
    Choice::Crash { process, after_effects: None }
}

/// A process crashes in its next step, after so many effects.
pub fn crash_after(process: ProcessId, effects: u16) -> Choice {
    Choice::Crash { process, after_effects: Some(effects) }
}

/// Half of all messages are lost.
pub fn lossy(scenario: &mut Scenario) {
    scenario.models.links.kind = LinkKind::FairLoss;
    scenario.models.links.loss = Rate(500_000);
}

/// All messages are lost, for longer than the run lasts.
pub fn deaf(scenario: &mut Scenario) {
    lossy(scenario);
    scenario.models.links.loss = Rate(1_000_000);
    scenario.models.links.losses_in_a_row_max = 1_000;
}

/// Half of all messages say something else when they arrive.
pub fn tampered(scenario: &mut Scenario) {
    scenario.models.links.kind = LinkKind::Arbitrary;
    scenario.models.links.alter = Rate(500_000);
}

/// Messages may overtake each other.
pub fn unordered(scenario: &mut Scenario) {
    scenario.models.links.fifo = false;
}

/// Nothing is promised of time.
pub fn asynchronous(scenario: &mut Scenario) {
    scenario.models.timing.kind = TimingKind::Asynchronous;
    scenario.models.timing.gst_ms = None;
}

/// Nothing is promised of time, but that clocks run alike.
pub fn steady(scenario: &mut Scenario) {
    asynchronous(scenario);
    scenario.models.timing.drift = Rate(0);
}

/// Clocks run up to a fifth too fast or too slow.
pub fn drifting(scenario: &mut Scenario) {
    scenario.models.timing.drift = Rate(200_000);
}

/// p1 is down while the first messages arrive.
pub fn misses_the_first(scenario: &mut Scenario) {
    at(scenario, 5, crash(P1));
    at(scenario, 130, Choice::Recover(P1));
}

/// p1 is down while everybody does its work, and comes back when that is done.
pub fn away_from_the_start(scenario: &mut Scenario) {
    at(scenario, 5, crash(P1));
    at(scenario, 700, Choice::Recover(P1));
}

/// p1 is down for a moment, after the first messages have arrived, and has forgotten them.
pub fn forgets(scenario: &mut Scenario) {
    at(scenario, 90, crash(P1));
    at(scenario, 91, Choice::Recover(P1));
}

/// A process says something untrue so often, in parts per million.
pub fn lies(process: ProcessId, rate: u32) -> Choice {
    Choice::Byzantine { process, behaviour: Behaviour { lies: Rate(rate), ..Behaviour::default() } }
}

/// A process tells one of the others another story.
pub fn two_faced(process: ProcessId, hears_the_twin: ProcessId) -> Choice {
    let behaviour = Behaviour { twin: ProcessSet::of([hears_the_twin]), ..Behaviour::default() };
    Choice::Byzantine { process, behaviour }
}

/// A liar that writes once more in the name of `name` whatever it writes.
pub fn forger(name: ProcessId) -> Behaviour {
    Behaviour { forges: Some(name), ..Behaviour::default() }
}

/// `process` does this over links on which messages are signed.
pub fn signed(scenario: &mut Scenario, process: ProcessId, behaviour: Behaviour) {
    scenario.models.links.authenticated = true;
    at(scenario, 0, Choice::Byzantine { process, behaviour });
}

/// Messages are not signed.
pub fn unsigned(scenario: &mut Scenario) {
    scenario.models.links.authenticated = false;
}

/// p0 crashes, and with it goes what it has sent and nobody has got so far: reliable links owe nothing to the messages of
/// one who is down.
pub fn forgotten(scenario: &mut Scenario) {
    at(scenario, 600, crash(P0));
    for (to, number) in [P1, P2].into_iter().flat_map(|to| (0..8).map(move |number| (to, number))) {
        at(scenario, 600, Choice::Lose(MessageId { from: P0, to, number, copy: 0 }));
    }
}

/// Two of five want 0.
pub fn torn(scenario: &mut Scenario) {
    scenario.inputs = [0, 1, 0, 1, 1].map(|bit| Some(Value::Bit(bit == 1))).into();
}

/// Everybody wants 1.
pub fn all_ones(scenario: &mut Scenario) {
    scenario.inputs = vec![Some(Value::Bit(true)); scenario.processes];
}

/// p0 is away for nearly two seconds in every two, for ever.
pub fn comes_and_goes(scenario: &mut Scenario) {
    scenario.until_ms = 9_950;
    for at_ms in (0..10_000).step_by(2_000) {
        at(scenario, at_ms + 10, crash(P0));
        at(scenario, at_ms + 1_900, Choice::Recover(P0));
    }
}

/// Everybody answers later and later.
pub fn all_slower_and_slower(scenario: &mut Scenario) {
    asynchronous(scenario);
    scenario.until_ms = 40_000;
    for (at_ms, extra_ms) in [(0, 1_000), (4_000, 8_000), (16_000, 32_000)] {
        for process in ProcessId::all(scenario.processes) {
            at(scenario, at_ms, Choice::Slow { process, extra_ms });
        }
    }
}

/// p0 answers later and later: whatever timeout its observers have come to, it is too short.
pub fn slower_and_slower(scenario: &mut Scenario) {
    asynchronous(scenario);
    scenario.until_ms = 40_000;
    for (at_ms, extra_ms) in [(1_000, 2_000), (10_000, 8_000), (20_000, 32_000)] {
        at(scenario, at_ms, Choice::Slow { process: P0, extra_ms });
    }
}
