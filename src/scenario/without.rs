//! What goes wrong without an assumption: for each protocol and each of its assumptions a scenario in which this one
//! does not hold and all others do.
//!
//! The scenarios are made, not stored: the everyday world of the protocol, in which everything holds, and then one
//! thing that is different. So the pair differs in nothing else, and the table below is the whole collection. The
//! command line lists and runs them by name; they are no part of the gallery, which the page carries from the start.

use super::{Fault, Scenario, Setting, Topology};
use crate::catalogue::{Assumption, CATALOGUE, Entry, Inputs};
use crate::engine::{Choice, MessageId};
use crate::model::{Behaviour, Failures, LinkKind, ProcessSet, Rate, TimingKind};
use crate::process::{ProcessId, Value};
use crate::property::Property;
use serde::Serialize;

/// What one sees without an assumption.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consequence {
    /// This property is violated.
    Violated(Property),
    /// What this property promises never happens: the run goes on for ever, and at its end it is “not yet”.
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

/// A protocol without one of its assumptions.
#[derive(Clone, Copy)]
pub struct Without {
    /// The protocol.
    pub entry: &'static Entry,
    /// The assumption that does not hold.
    pub assumption: Assumption,
    /// What comes of it.
    pub consequence: Consequence,
    seed: u32,
    /// What is different in both worlds, so that there is something to see.
    stage: fn(&mut Scenario),
    /// What is different in the world without the assumption.
    remove: fn(&mut Scenario),
}

impl Without {
    /// The name on the command line: the protocol's, “without”, the assumption's.
    pub fn name(&self) -> String {
        format!("{}-without-{}", self.entry.name, self.assumption.name())
    }

    /// The world in which everything holds that the protocol assumes.
    pub fn with(&self) -> Scenario {
        let mut scenario = usual(self.entry);
        scenario.seed = self.seed;
        (self.stage)(&mut scenario);
        scenario
    }

    /// The world in which all holds but the one.
    pub fn scenario(&self) -> Scenario {
        let mut scenario = self.with();
        scenario.name = self.name();
        scenario.title = format!("{} without “{}”", self.entry.title, self.assumption.text());
        (self.remove)(&mut scenario);
        scenario
    }
}

/// All of them, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = Without> {
    CATALOGUE.iter().flat_map(of)
}

/// Those of one protocol.
pub fn of(entry: &'static Entry) -> impl Iterator<Item = Without> {
    let rows = TABLE.iter().flat_map(|row| row.protocols.iter().map(move |protocol| (row, protocol)));
    rows.filter(|(_, (name, _))| *name == entry.name).map(move |(row, (_, seed))| Without {
        entry,
        assumption: row.assumption,
        consequence: row.consequence,
        seed: *seed,
        stage: row.stage,
        remove: row.remove,
    })
}

/// The scenario of that name, if there is one.
pub fn named(name: &str) -> Option<Scenario> {
    all().find(|without| without.name() == name).map(|without| without.scenario())
}

/// A small world in which everything holds that `entry` assumes.
pub fn usual(entry: &Entry) -> Scenario {
    let assumes = |assumption| entry.assumptions.contains(&assumption);
    let n = match entry.name {
        "phase-king" => 5,
        _ if assumes(Assumption::FewLiars) => 4,
        _ => 3,
    };
    let mut scenario = Scenario::of(entry, n.max(entry.processes.0));
    scenario.inputs = match entry.inputs {
        Inputs::None => Vec::new(),
        Inputs::Bits => (0..n).map(|place| Some(Value::Bit(place > 0))).collect(),
        Inputs::Values(meaning) if meaning.contains("candidate") => vec![Some("candidate".into()); 2],
        Inputs::Values(meaning) if meaning.contains("p0: the order") => vec![Some(Value::Bit(true))],
        Inputs::Values(meaning) if meaning.contains("a/b") => vec![Some("ask".into()), Some("ask/answer".into())],
        Inputs::Values(_) if entry.properties.contains(&Property::FifoOrder) => vec![Some("one two".into())],
        Inputs::Values(_) => vec![Some("hello".into())],
    };
    if entry.name == "ben-or" {
        set(&mut scenario, "coin", "random");
    }
    scenario.models.links.fifo = assumes(Assumption::FifoLinks);
    if assumes(Assumption::EventualSynchrony) {
        scenario.models.timing.kind = TimingKind::PartiallySynchronous;
        scenario.models.timing.gst_ms = Some(1_000);
    }
    scenario
}

fn set(scenario: &mut Scenario, name: &str, value: &str) {
    scenario.parameters.insert(name.into(), Setting(value.into()));
}

/// A row of the table: some protocols, each with the seed with which one sees it.
struct Row {
    protocols: &'static [(&'static str, u32)],
    assumption: Assumption,
    consequence: Consequence,
    stage: fn(&mut Scenario),
    remove: fn(&mut Scenario),
}

const P0: ProcessId = ProcessId(0);
const P1: ProcessId = ProcessId(1);
const P2: ProcessId = ProcessId(2);

fn as_usual(_: &mut Scenario) {}

fn at(scenario: &mut Scenario, at_ms: u64, choice: Choice) {
    match choice {
        Choice::Byzantine { .. } => scenario.models.failures = Failures::Byzantine,
        Choice::Recover(_) => scenario.models.failures = Failures::CrashRecovery,
        _ => {}
    }
    scenario.faults.push(Fault { at_ms, choice });
}

fn crash(process: ProcessId) -> Choice {
    Choice::Crash { process, after_effects: None }
}

fn crash_after(process: ProcessId, effects: u16) -> Choice {
    Choice::Crash { process, after_effects: Some(effects) }
}

/// Half of all messages are lost.
fn lossy(scenario: &mut Scenario) {
    scenario.models.links.kind = LinkKind::FairLoss;
    scenario.models.links.loss = Rate(500_000);
}

/// All messages are lost, for longer than the run lasts.
fn deaf(scenario: &mut Scenario) {
    lossy(scenario);
    scenario.models.links.loss = Rate(1_000_000);
    scenario.models.links.losses_in_a_row_max = 1_000;
}

/// Half of all messages say something else when they arrive.
fn tampered(scenario: &mut Scenario) {
    scenario.models.links.kind = LinkKind::Arbitrary;
    scenario.models.links.alter = Rate(500_000);
}

fn unordered(scenario: &mut Scenario) {
    scenario.models.links.fifo = false;
}

fn asynchronous(scenario: &mut Scenario) {
    scenario.models.timing.kind = TimingKind::Asynchronous;
    scenario.models.timing.gst_ms = None;
}

/// p1 is down while the first messages arrive.
fn misses_the_first(scenario: &mut Scenario) {
    at(scenario, 5, crash(P1));
    at(scenario, 130, Choice::Recover(P1));
}

/// p1 is down while everybody does its work, and comes back when that is done.
fn away_from_the_start(scenario: &mut Scenario) {
    at(scenario, 5, crash(P1));
    at(scenario, 700, Choice::Recover(P1));
}

/// p1 is down for a moment, after the first messages have arrived, and has forgotten them.
fn forgets(scenario: &mut Scenario) {
    at(scenario, 90, crash(P1));
    at(scenario, 91, Choice::Recover(P1));
}

/// It says something untrue so often, in parts per million.
fn lies(process: ProcessId, rate: u32) -> Choice {
    Choice::Byzantine { process, behaviour: Behaviour { lies: Rate(rate), ..Behaviour::default() } }
}

/// It tells one of the others another story.
fn two_faced(process: ProcessId, hears_the_twin: ProcessId) -> Choice {
    let behaviour = Behaviour { twin: ProcessSet::of([hears_the_twin]), ..Behaviour::default() };
    Choice::Byzantine { process, behaviour }
}

const TABLE: &[Row] = &[
    Row {
        protocols: &[
            ("flooding", 1),
            ("plain-messages", 1),
            ("best-effort-broadcast", 1),
            ("reliable-broadcast", 1),
            ("majority-ack-broadcast", 1),
            ("fifo-broadcast", 1),
            ("causal-broadcast", 1),
            ("conversation", 1),
            ("sequencer-broadcast", 1),
            ("echo-broadcast", 1),
        ],
        assumption: Assumption::ReliableLinks,
        consequence: Consequence::Violated(Property::Delivery),
        stage: as_usual,
        remove: lossy,
    },
    Row {
        protocols: &[("bracha-broadcast", 24)],
        assumption: Assumption::ReliableLinks,
        consequence: Consequence::Violated(Property::DeliveryAgreement),
        stage: as_usual,
        remove: lossy,
    },
    Row {
        protocols: &[("lazy-reliable-broadcast", 1), ("all-ack-broadcast", 1), ("gossip", 1)],
        assumption: Assumption::ReliableLinks,
        consequence: Consequence::Violated(Property::NoCreation),
        stage: as_usual,
        remove: tampered,
    },
    Row {
        protocols: &[("naive-transfer", 1)],
        assumption: Assumption::ReliableLinks,
        consequence: Consequence::Violated(Property::Conservation),
        stage: as_usual,
        remove: lossy,
    },
    Row {
        protocols: &[("heartbeat", 1)],
        assumption: Assumption::ReliableLinks,
        consequence: Consequence::Violated(Property::StrongAccuracy),
        stage: as_usual,
        remove: lossy,
    },
    Row {
        protocols: &[("increasing-timeout", 1)],
        assumption: Assumption::ReliableLinks,
        consequence: Consequence::Never(Property::EventualStrongAccuracy),
        stage: as_usual,
        remove: deaf,
    },
    Row {
        protocols: &[("eventual-leader", 1)],
        assumption: Assumption::ReliableLinks,
        consequence: Consequence::Never(Property::EventualLeadership),
        stage: as_usual,
        remove: deaf,
    },
    Row {
        protocols: &[
            ("cristian", 1),
            ("berkeley", 1),
            ("snapshot", 1),
            ("wait-for-all", 1),
            ("commit-2pc", 1),
            ("ben-or", 1),
        ],
        assumption: Assumption::ReliableLinks,
        consequence: Consequence::Violated(Property::Termination),
        stage: as_usual,
        remove: lossy,
    },
    Row {
        protocols: &[("wait-for-two", 1)],
        assumption: Assumption::ReliableLinks,
        consequence: Consequence::Violated(Property::Termination),
        stage: all_ones,
        remove: deaf,
    },
    Row {
        protocols: &[("rotating-coordinator", 1)],
        assumption: Assumption::ReliableLinks,
        consequence: Consequence::Violated(Property::Termination),
        stage: |scenario| set(scenario, "rounds", "20"),
        remove: lossy,
    },
    Row {
        protocols: &[("flood-set", 1), ("generals", 1), ("phase-king", 1)],
        assumption: Assumption::ReliableLinks,
        consequence: Consequence::Violated(Property::Agreement),
        stage: as_usual,
        remove: lossy,
    },
    Row {
        protocols: &[("paxos", 4), ("two-phase-commit", 1)],
        assumption: Assumption::ReliableLinks,
        consequence: Consequence::Violated(Property::Agreement),
        stage: as_usual,
        remove: tampered,
    },
    Row {
        protocols: &[("stubborn-link", 1), ("perfect-link", 1), ("fifo-link", 1)],
        assumption: Assumption::FairLossLinks,
        consequence: Consequence::Violated(Property::NoCreation),
        stage: lossy,
        remove: tampered,
    },
    Row {
        protocols: &[("authenticated-link", 1)],
        assumption: Assumption::Intruder,
        consequence: Consequence::Never(Property::Delivery),
        stage: tampered,
        remove: |scenario| at(scenario, 0, Choice::Cut { from: P0, to: P1 }),
    },
    Row {
        protocols: &[("plain-messages", 2)],
        assumption: Assumption::FifoLinks,
        consequence: Consequence::Violated(Property::FifoOrder),
        stage: as_usual,
        remove: unordered,
    },
    Row {
        protocols: &[("snapshot", 1)],
        assumption: Assumption::FifoLinks,
        consequence: Consequence::Violated(Property::ConsistentCut),
        stage: as_usual,
        remove: unordered,
    },
    Row {
        protocols: &[("plain-messages", 1), ("best-effort-broadcast", 1), ("sequencer-broadcast", 1)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Violated(Property::Delivery),
        stage: as_usual,
        remove: misses_the_first,
    },
    Row {
        protocols: &[
            ("perfect-link", 1),
            ("fifo-link", 1),
            ("authenticated-link", 1),
            ("reliable-broadcast", 3),
            ("majority-ack-broadcast", 3),
            ("fifo-broadcast", 3),
            ("causal-broadcast", 3),
            ("conversation", 3),
        ],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Violated(Property::NoDuplication),
        stage: as_usual,
        remove: forgets,
    },
    Row {
        protocols: &[("berkeley", 1)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Violated(Property::Termination),
        stage: as_usual,
        remove: misses_the_first,
    },
    Row {
        protocols: &[("rotating-coordinator", 1)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Violated(Property::Termination),
        stage: |scenario| set(scenario, "rounds", "20"),
        remove: misses_the_first,
    },
    Row {
        protocols: &[("paxos", 1)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Violated(Property::Agreement),
        stage: |scenario| {
            // The proposers hear of each other only through p2.
            at(scenario, 0, Choice::Cut { from: P0, to: P1 });
            at(scenario, 0, Choice::Cut { from: P1, to: P0 });
            at(scenario, 8_000, Choice::Heal);
        },
        remove: |scenario| {
            for at_ms in (100..2_000).step_by(100) {
                at(scenario, at_ms, crash(P2));
                at(scenario, at_ms, Choice::Recover(P2));
            }
            scenario.faults.sort_by_key(|fault| fault.at_ms);
        },
    },
    Row {
        protocols: &[("majority-vote", 6)],
        assumption: Assumption::CrashRecovery,
        consequence: Consequence::Violated(Property::Agreement),
        stage: as_usual,
        remove: |scenario| at(scenario, 0, lies(P2, 500_000)),
    },
    Row {
        protocols: &[("two-phase-commit", 2)],
        assumption: Assumption::CrashRecovery,
        consequence: Consequence::Violated(Property::Agreement),
        stage: as_usual,
        remove: |scenario| at(scenario, 0, lies(P2, 500_000)),
    },
    Row {
        protocols: &[("two-phase-commit", 1)],
        assumption: Assumption::BackInTheEnd,
        consequence: Consequence::Never(Property::Conservation),
        stage: |scenario| {
            at(scenario, 150, crash(P1));
            at(scenario, 1_000, Choice::Recover(P1));
        },
        remove: |scenario| scenario.faults.truncate(1),
    },
    Row {
        protocols: &[("majority-vote", 4)],
        assumption: Assumption::AuthenticatedLinks,
        consequence: Consequence::Violated(Property::Agreement),
        stage: as_usual,
        remove: tampered,
    },
    Row {
        protocols: &[("generals", 1), ("phase-king", 1)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Violated(Property::Agreement),
        stage: as_usual,
        remove: away_from_the_start,
    },
    Row {
        protocols: &[("echo-broadcast", 1), ("bracha-broadcast", 1)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Violated(Property::Delivery),
        stage: as_usual,
        remove: away_from_the_start,
    },
    Row {
        protocols: &[("wait-for-two", 4)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Violated(Property::Integrity),
        stage: all_ones,
        remove: |scenario| {
            at(scenario, 75, crash(P1));
            at(scenario, 76, Choice::Recover(P1));
        },
    },
    Row {
        protocols: &[("commit-3pc", 1)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Violated(Property::Integrity),
        stage: all_ones,
        remove: |scenario| {
            at(scenario, 2_000, crash(P1));
            at(scenario, 2_001, Choice::Recover(P1));
        },
    },
    Row {
        protocols: &[("increasing-timeout", 1)],
        assumption: Assumption::EventualSynchrony,
        consequence: Consequence::Never(Property::EventualStrongAccuracy),
        stage: as_usual,
        remove: slower_and_slower,
    },
    Row {
        protocols: &[("eventual-leader", 1)],
        assumption: Assumption::EventualSynchrony,
        consequence: Consequence::Never(Property::EventualLeadership),
        stage: as_usual,
        remove: slower_and_slower,
    },
    Row {
        protocols: &[("cristian", 29), ("berkeley", 5)],
        assumption: Assumption::SteadyClocks,
        consequence: Consequence::Violated(Property::Precision),
        stage: |scenario| {
            asynchronous(scenario);
            scenario.models.timing.drift = Rate(0);
        },
        remove: |scenario| scenario.models.timing.drift = Rate(200_000),
    },
    Row {
        protocols: &[("heartbeat", 1)],
        assumption: Assumption::Synchrony,
        consequence: Consequence::Violated(Property::StrongAccuracy),
        stage: as_usual,
        remove: asynchronous,
    },
    Row {
        protocols: &[("flood-set", 5), ("generals", 1), ("phase-king", 3)],
        assumption: Assumption::Synchrony,
        consequence: Consequence::Violated(Property::Agreement),
        stage: as_usual,
        remove: asynchronous,
    },
    Row {
        protocols: &[("flooding", 1)],
        assumption: Assumption::NoCrash,
        consequence: Consequence::Violated(Property::Delivery),
        stage: |scenario| scenario.topology = Topology::Line,
        remove: |scenario| at(scenario, 0, crash(P1)),
    },
    Row {
        protocols: &[("naive-transfer", 1)],
        assumption: Assumption::NoCrash,
        consequence: Consequence::Violated(Property::Conservation),
        stage: as_usual,
        remove: |scenario| at(scenario, 0, crash_after(P0, 1)),
    },
    Row {
        protocols: &[("commit-2pc", 1), ("wait-for-all", 1), ("snapshot", 1)],
        assumption: Assumption::NoCrash,
        consequence: Consequence::Violated(Property::Termination),
        stage: |scenario| {
            if scenario.protocol != "snapshot" {
                scenario.inputs = vec![Some(Value::Bit(true)); 3];
            }
        },
        remove: |scenario| at(scenario, 0, crash(P0)),
    },
    Row {
        protocols: &[("commit-3pc", 1)],
        assumption: Assumption::FirstUp,
        consequence: Consequence::Violated(Property::Agreement),
        stage: all_ones,
        remove: |scenario| at(scenario, 0, Choice::CrashSending { process: P0, after_sends: 1 }),
    },
    Row {
        protocols: &[("wait-for-two", 1)],
        assumption: Assumption::OneCrash,
        consequence: Consequence::Violated(Property::Termination),
        stage: |scenario| {
            scenario.inputs = vec![Some(Value::Bit(true)); 3];
            at(scenario, 0, crash(P1));
        },
        remove: |scenario| at(scenario, 0, crash(P2)),
    },
    Row {
        protocols: &[("flood-set", 1)],
        assumption: Assumption::FewCrashes,
        consequence: Consequence::Violated(Property::Agreement),
        stage: |scenario| {
            scenario.processes = 4;
            scenario.inputs.push(Some(Value::Bit(true)));
            at(scenario, 0, Choice::CrashSending { process: P0, after_sends: 1 });
        },
        remove: |scenario| at(scenario, 100, Choice::CrashSending { process: P1, after_sends: 2 }),
    },
    Row {
        protocols: &[("sequencer-broadcast", 1)],
        assumption: Assumption::FirstUp,
        consequence: Consequence::Violated(Property::Delivery),
        stage: |scenario| scenario.inputs = vec![None, Some("hello".into())],
        remove: |scenario| at(scenario, 0, crash(P0)),
    },
    Row {
        protocols: &[("cristian", 1), ("berkeley", 1)],
        assumption: Assumption::FirstUp,
        consequence: Consequence::Violated(Property::Termination),
        stage: as_usual,
        remove: |scenario| at(scenario, 0, crash(P0)),
    },
    Row {
        protocols: &[("majority-ack-broadcast", 1)],
        assumption: Assumption::MajorityUp,
        consequence: Consequence::Violated(Property::Delivery),
        stage: |scenario| at(scenario, 0, crash(P1)),
        remove: |scenario| {
            scenario.processes = 4;
            at(scenario, 0, crash(P2));
        },
    },
    Row {
        protocols: &[("ben-or", 1), ("rotating-coordinator", 1)],
        assumption: Assumption::MajorityUp,
        consequence: Consequence::Violated(Property::Termination),
        stage: |scenario| at(scenario, 0, crash(P1)),
        remove: |scenario| at(scenario, 0, crash(P2)),
    },
    Row {
        protocols: &[("paxos", 1)],
        assumption: Assumption::MajorityUp,
        consequence: Consequence::Never(Property::Progress),
        stage: |scenario| at(scenario, 0, crash(P1)),
        remove: |scenario| at(scenario, 0, crash(P2)),
    },
    Row {
        protocols: &[("paxos", 1)],
        assumption: Assumption::ProposerUp,
        consequence: Consequence::Violated(Property::Progress),
        stage: |scenario| {
            scenario.processes = 5;
            scenario.inputs.resize(5, Some(Value::Bit(true)));
            at(scenario, 0, crash(P1));
        },
        remove: |scenario| at(scenario, 0, crash(P0)),
    },
    Row {
        protocols: &[("paxos", 1)],
        assumption: Assumption::EventualSynchrony,
        consequence: Consequence::Never(Property::Progress),
        stage: as_usual,
        remove: all_slower_and_slower,
    },
    Row {
        protocols: &[("rotating-coordinator", 1)],
        assumption: Assumption::EventualSynchrony,
        consequence: Consequence::Never(Property::Termination),
        stage: as_usual,
        remove: all_slower_and_slower,
    },
    Row {
        protocols: &[("lazy-reliable-broadcast", 1), ("all-ack-broadcast", 1)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Never(Property::Delivery),
        stage: as_usual,
        remove: misses_the_first,
    },
    Row {
        protocols: &[("gossip", 1)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Violated(Property::NoDuplication),
        stage: as_usual,
        remove: |scenario| {
            at(scenario, 1_000, crash(P1));
            at(scenario, 1_001, Choice::Recover(P1));
        },
    },
    Row {
        protocols: &[("heartbeat", 1)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Violated(Property::StrongAccuracy),
        stage: as_usual,
        remove: |scenario| {
            at(scenario, 3_000, crash(P1));
            at(scenario, 3_100, Choice::Recover(P1));
        },
    },
    Row {
        protocols: &[("increasing-timeout", 1)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Never(Property::EventualStrongAccuracy),
        stage: as_usual,
        remove: comes_and_goes,
    },
    Row {
        protocols: &[("eventual-leader", 1)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Never(Property::EventualLeadership),
        stage: as_usual,
        remove: comes_and_goes,
    },
    Row {
        protocols: &[("cristian", 1)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Violated(Property::Precision),
        stage: as_usual,
        remove: |scenario| {
            // It asks again, and takes the answer to its first question for one to its second.
            at(scenario, 60, crash(P1));
            at(scenario, 61, Choice::Recover(P1));
        },
    },
    Row {
        protocols: &[("flood-set", 1)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Violated(Property::Agreement),
        stage: as_usual,
        remove: |scenario| {
            at(scenario, 5, crash(P1));
            at(scenario, 500, Choice::Recover(P1));
        },
    },
    Row {
        protocols: &[("ben-or", 1)],
        assumption: Assumption::CrashStop,
        consequence: Consequence::Never(Property::Termination),
        stage: as_usual,
        remove: misses_the_first,
    },
    Row {
        protocols: &[("all-ack-broadcast", 1)],
        assumption: Assumption::Synchrony,
        consequence: Consequence::Never(Property::UniformDeliveryAgreement),
        stage: forgotten,
        remove: |scenario| {
            asynchronous(scenario);
            scenario.models.timing.typical_ms = 1_000;
        },
    },
    Row {
        protocols: &[("commit-3pc", 1)],
        assumption: Assumption::ReliableLinks,
        consequence: Consequence::Violated(Property::Agreement),
        stage: all_ones,
        remove: lossy,
    },
    Row {
        protocols: &[("commit-3pc", 1)],
        assumption: Assumption::Synchrony,
        consequence: Consequence::Violated(Property::Agreement),
        stage: all_ones,
        remove: |scenario| {
            asynchronous(scenario);
            scenario.models.timing.typical_ms = 500;
        },
    },
    Row {
        protocols: &[("echo-broadcast", 1), ("bracha-broadcast", 1)],
        assumption: Assumption::FewLiars,
        consequence: Consequence::Violated(Property::Consistency),
        stage: |scenario| at(scenario, 0, two_faced(P0, P2)),
        remove: |scenario| scenario.processes = 3,
    },
    Row {
        protocols: &[("echo-broadcast", 1)],
        assumption: Assumption::AuthenticatedLinks,
        consequence: Consequence::Violated(Property::Consistency),
        stage: |scenario| signed(scenario, P0, Behaviour { twin: ProcessSet::of([P2]), ..forger(P1) }),
        remove: unsigned,
    },
    Row {
        protocols: &[("bracha-broadcast", 1)],
        assumption: Assumption::AuthenticatedLinks,
        consequence: Consequence::Violated(Property::DeliveryAgreement),
        stage: |scenario| {
            signed(scenario, P0, Behaviour { twin: ProcessSet::of([P2]), lies: Rate(500_000), ..forger(P1) });
        },
        remove: unsigned,
    },
    Row {
        protocols: &[("phase-king", 4)],
        assumption: Assumption::AuthenticatedLinks,
        consequence: Consequence::Violated(Property::Agreement),
        stage: |scenario| {
            torn(scenario);
            let liar = Behaviour { twin: ProcessSet::of([P2]), lies: Rate(500_000), ..forger(P0) };
            signed(scenario, ProcessId(4), liar);
        },
        remove: unsigned,
    },
    Row {
        protocols: &[("generals", 2)],
        assumption: Assumption::AuthenticatedLinks,
        consequence: Consequence::Violated(Property::Obedience),
        stage: |scenario| signed(scenario, P2, Behaviour { lies: Rate(1_000_000), ..forger(P1) }),
        remove: unsigned,
    },
    Row {
        protocols: &[("generals", 1)],
        assumption: Assumption::FewLiars,
        consequence: Consequence::Violated(Property::Obedience),
        stage: |scenario| at(scenario, 0, lies(P2, 1_000_000)),
        remove: |scenario| scenario.processes = 3,
    },
    Row {
        protocols: &[("phase-king", 3)],
        assumption: Assumption::FewLiars,
        consequence: Consequence::Violated(Property::Agreement),
        stage: |scenario| {
            torn(scenario);
            at(scenario, 0, lies(P0, 500_000));
        },
        remove: |scenario| at(scenario, 0, lies(P1, 500_000)),
    },
];

/// Writes once more in the name of `name` whatever it writes.
fn forger(name: ProcessId) -> Behaviour {
    Behaviour { forges: Some(name), ..Behaviour::default() }
}

/// `process` does this over links on which messages are signed.
fn signed(scenario: &mut Scenario, process: ProcessId, behaviour: Behaviour) {
    scenario.models.links.authenticated = true;
    at(scenario, 0, Choice::Byzantine { process, behaviour });
}

/// Messages are not signed.
fn unsigned(scenario: &mut Scenario) {
    scenario.models.links.authenticated = false;
}

/// p0 crashes, and with it goes what it has sent and nobody has got so far: reliable links owe nothing to the messages of
/// one who is down.
fn forgotten(scenario: &mut Scenario) {
    at(scenario, 600, crash(P0));
    for (to, number) in [P1, P2].into_iter().flat_map(|to| (0..8).map(move |number| (to, number))) {
        at(scenario, 600, Choice::Lose(MessageId { from: P0, to, number, copy: 0 }));
    }
}

/// Two of five want 0.
fn torn(scenario: &mut Scenario) {
    scenario.inputs = [0, 1, 0, 1, 1].map(|bit| Some(Value::Bit(bit == 1))).into();
}

/// Everybody wants 1.
fn all_ones(scenario: &mut Scenario) {
    scenario.inputs = vec![Some(Value::Bit(true)); scenario.processes];
}

/// p0 is away for nearly two seconds in every two, for ever.
fn comes_and_goes(scenario: &mut Scenario) {
    scenario.until_ms = 9_950;
    for at_ms in (0..10_000).step_by(2_000) {
        at(scenario, at_ms + 10, crash(P0));
        at(scenario, at_ms + 1_900, Choice::Recover(P0));
    }
}

/// Everybody answers later and later.
fn all_slower_and_slower(scenario: &mut Scenario) {
    asynchronous(scenario);
    scenario.until_ms = 40_000;
    for (at_ms, extra_ms) in [(0, 1_000), (4_000, 8_000), (16_000, 32_000)] {
        for process in ProcessId::all(scenario.processes) {
            at(scenario, at_ms, Choice::Slow { process, extra_ms });
        }
    }
}

/// p0 answers later and later: whatever timeout its observers have come to, it is too short.
fn slower_and_slower(scenario: &mut Scenario) {
    asynchronous(scenario);
    scenario.until_ms = 40_000;
    for (at_ms, extra_ms) in [(1_000, 2_000), (10_000, 8_000), (20_000, 32_000)] {
        at(scenario, at_ms, Choice::Slow { process: P0, extra_ms });
    }
}
