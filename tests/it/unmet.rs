//! Which assumptions a scenario does not meet, in words.

use crate::common::{builtin, entries, find, named};
use bivalent::catalogue::Inputs;
use bivalent::engine::Choice;
use bivalent::history::{Intervention, Scheduler};
use bivalent::model::{Behaviour, Change, Failures, LinkKind, Links, Override, ProcessSet, Rate, Timing, TimingKind};
use bivalent::process::{ProcessId, Value};
use bivalent::scenario::{Fault, ModuleLine, Scenario, Setting, Topology};

const P0: ProcessId = ProcessId(0);
const P1: ProcessId = ProcessId(1);
const P2: ProcessId = ProcessId(2);

/// Four processes of `protocol`, changed by `change`; and the sentences.
fn said(protocol: &str, change: impl Fn(&mut Scenario)) -> Vec<String> {
    let entry = find(protocol);
    let mut scenario = Scenario::of(&entry, 4.clamp(entry.processes.0, entry.processes.1));
    scenario.inputs = match entry.inputs {
        Inputs::Bits => vec![Some(Value::Bit(true)); scenario.processes],
        Inputs::FirstBit(_) => vec![Some(Value::Bit(true))],
        _ => Vec::new(),
    };
    change(&mut scenario);
    let unmet = scenario.unmet(builtin()).unwrap_or_else(|error| panic!("{protocol}: {error}"));
    unmet.iter().map(|unmet| unmet.text()).collect()
}

fn fault(scenario: &mut Scenario, choice: Choice) {
    scenario.faults.push(Fault { at_ms: 5, choice });
}

fn crash(process: ProcessId) -> Choice {
    Choice::Crash { process, after_effects: None }
}

fn liar(process: ProcessId) -> Choice {
    Choice::Byzantine { process, behaviour: Behaviour::silent() }
}

#[test]
fn in_the_usual_world_every_assumption_but_order_is_met() {
    for entry in entries() {
        assert_eq!(said(&entry.name, |scenario| scenario.models.links.fifo = true), [""; 0], "{}", entry.name);
    }
}

#[test]
fn what_does_not_hold_is_said_of_whom_and_what_is_so_instead() {
    type Case = (&'static str, fn(&mut Scenario), &'static [&'static str]);
    let cases: &[Case] = &[
        (
            "flood-set",
            |scenario| scenario.models.timing.kind = TimingKind::Asynchronous,
            &["flood-set assumes that messages and steps keep their time bounds; here the system is asynchronous"],
        ),
        (
            "flood-set",
            |scenario| scenario.models.timing.kind = TimingKind::BoundedAsynchrony,
            &[
                "flood-set assumes that messages and steps keep their time bounds; here the system is asynchronous, with a \
               bound on delivery only",
            ],
        ),
        (
            "flood-set",
            |scenario| scenario.models.timing.delta_ms = 200,
            &[
                "flood-set assumes that messages and steps keep their time bounds; here \"round-ms\" is 110, and what it \
               waits for takes up to 210 ms",
            ],
        ),
        (
            "flood-set",
            |scenario| fault(scenario, Choice::Slow { process: P1, extra_ms: 5 }),
            &["flood-set assumes that messages and steps keep their time bounds; here p1 is slow"],
        ),
        (
            "flood-set",
            |scenario| scenario.scheduler = Scheduler::Random,
            &["flood-set assumes that messages and steps keep their time bounds; here messages have no times"],
        ),
        (
            "flood-set",
            |scenario| {
                fault(scenario, crash(P1));
                fault(scenario, crash(P1));
            },
            &[],
        ),
        (
            "flood-set",
            |scenario| {
                fault(scenario, crash(P1));
                scenario.interventions.push(Intervention { after: 3, choice: crash(P2), at_us: None });
            },
            &["flood-set assumes that no more processes crash than the parameter “faults” says; here 2 of 4 crash"],
        ),
        (
            "flood-set",
            |scenario| {
                scenario.parameters.insert("faults".into(), Setting("2".into()));
                fault(scenario, crash(P1));
                fault(scenario, crash(P2));
            },
            &[],
        ),
        (
            "flood-set",
            |scenario| {
                scenario.models.failures = Failures::CrashRecovery;
                fault(scenario, crash(P1));
                fault(scenario, Choice::Recover(P1));
            },
            &["flood-set assumes that a process that stops never comes back; here p1 comes back"],
        ),
        (
            "flood-set",
            |scenario| {
                scenario.models.failures = Failures::Byzantine;
                fault(scenario, liar(P2));
            },
            &["flood-set assumes that a process that stops never comes back; here p2 may do anything"],
        ),
        (
            "fifo-broadcast",
            |scenario| scenario.models.links.kind = LinkKind::FairLoss,
            &[
                "best-effort-broadcast, reliable-broadcast and fifo-broadcast assume that links are reliable; here links \
               may lose messages",
            ],
        ),
        (
            "fifo-broadcast",
            |scenario| {
                scenario.models.links.kind = LinkKind::FairLoss;
                let under = ["stubborn-link", "perfect-link", "best-effort-broadcast", "reliable-broadcast"];
                scenario.modules = Some(ModuleLine::stack(under));
            },
            &[],
        ),
        (
            "plain-messages",
            |scenario| {
                let links = Links { kind: LinkKind::FairLoss, ..Links::default() };
                scenario.models.links.fifo = true;
                scenario.models.overrides.push(Override { from: P0, to: P1, one_way: true, links });
            },
            &[
                "plain-messages assumes that links are reliable; here links may lose messages",
                "plain-messages assumes that links keep the order; here messages may overtake each other",
            ],
        ),
        ("plain-messages", |scenario| scenario.modules = Some(ModuleLine::stack(["stubborn-link", "fifo-link"])), &[]),
        (
            "plain-messages",
            |scenario| scenario.modules = Some(ModuleLine::stack(["stubborn-link"])),
            &[
                "plain-messages assumes that links are reliable; here the layer below says everything again and again",
                "plain-messages assumes that links keep the order; here messages may overtake each other",
            ],
        ),
        (
            "perfect-link",
            |scenario| {
                scenario.models.links.kind = LinkKind::FairLoss;
                scenario.modules = Some(Vec::new());
            },
            &[
                "perfect-link assumes that a message that is sent again and again arrives in the end; here links may lose messages, \
               and no layer below says them again",
            ],
        ),
        (
            "stubborn-link",
            |scenario| scenario.models.links.kind = LinkKind::Arbitrary,
            &[
                "stubborn-link assumes that a message that is sent again and again arrives in the end; here an intruder may change \
               messages and make some up",
            ],
        ),
        (
            "stubborn-link",
            |scenario| {
                scenario.models.links.kind = LinkKind::Arbitrary;
                scenario.models.links.authenticated = true;
            },
            &[],
        ),
        (
            "reliable-broadcast",
            |scenario| fault(scenario, Choice::Partition(ProcessSet::of([P1]))),
            &[
                "best-effort-broadcast and reliable-broadcast assume that links are reliable; here a cut is never mended",
            ],
        ),
        (
            "reliable-broadcast",
            |scenario| {
                fault(scenario, Choice::Cut { from: P0, to: P1 });
                fault(scenario, Choice::Heal);
            },
            &[],
        ),
        (
            "reliable-broadcast",
            |scenario| {
                let links = Links { kind: LinkKind::FairLoss, loss: Rate(1), ..Links::default() };
                fault(scenario, Choice::Change(Change::Links(links)));
            },
            &[
                "best-effort-broadcast and reliable-broadcast assume that links are reliable; here links may lose messages",
            ],
        ),
        (
            "all-ack-broadcast",
            |scenario| {
                scenario.models.links.kind = LinkKind::FairLoss;
                let under = ["stubborn-link", "perfect-link", "heartbeat", "best-effort-broadcast"];
                scenario.modules = Some(ModuleLine::stack(under));
            },
            &[
                "heartbeat and all-ack-broadcast assume that messages and steps keep their time bounds; here a lost message \
               comes only when it is said again",
            ],
        ),
        (
            "increasing-timeout",
            |scenario| scenario.models.timing.kind = TimingKind::PartiallySynchronous,
            &[
                "increasing-timeout assumes that from some time on messages and steps keep a bound, which nobody knows; \
               here storms come for ever",
            ],
        ),
        (
            "increasing-timeout",
            |scenario| {
                let kind = TimingKind::PartiallySynchronous;
                scenario.models.timing = Timing { kind, gst_ms: Some(9), ..Timing::default() };
            },
            &[],
        ),
        (
            "cristian",
            |scenario| {
                scenario.models.timing.kind = TimingKind::Asynchronous;
                fault(scenario, crash(P0));
            },
            &[
                "cristian assumes that p0 stays up; here p0 crashes",
                "cristian assumes that all clocks go equally fast; here clocks drift",
            ],
        ),
        (
            "paxos",
            |scenario| {
                fault(scenario, crash(P0));
                fault(scenario, crash(P1));
            },
            &[
                "paxos assumes that more than half of the processes stay up; here 2 of 4 crash",
                "paxos assumes that p0 or p1 stays up; here both crash",
            ],
        ),
        (
            "bracha-broadcast",
            |scenario| {
                scenario.processes = 3;
                scenario.models.failures = Failures::Byzantine;
                fault(scenario, liar(P2));
            },
            &[
                "bracha-broadcast assumes that no more processes lie than it is made for; here 1 of 3 may do anything, and \
               it is made for 0",
            ],
        ),
        (
            "generals",
            |scenario| {
                scenario.models.failures = Failures::Byzantine;
                fault(scenario, liar(P2));
            },
            &[],
        ),
        (
            // Made for two, it has guards that four processes cannot pass.
            "generals",
            |scenario| {
                scenario.models.failures = Failures::Byzantine;
                scenario.parameters.insert("faults".into(), Setting("2".into()));
                fault(scenario, liar(P2));
            },
            &[
                "generals assumes that no more processes lie than it is made for; here 1 of 4 may do anything, and it is \
               made for 0",
            ],
        ),
        (
            "phase-king",
            |scenario| {
                scenario.models.failures = Failures::Byzantine;
                (scenario.processes, scenario.inputs) = (8, vec![Some(Value::Bit(true)); 8]);
                scenario.parameters.insert("faults".into(), Setting("2".into()));
                fault(scenario, liar(P2));
            },
            &[
                "phase-king assumes that no more processes lie than it is made for; here 1 of 8 may do anything, and it is \
               made for 0",
            ],
        ),
        (
            "bracha-broadcast",
            |scenario| {
                scenario.models.failures = Failures::CrashRecovery;
                fault(scenario, crash(P1));
                fault(scenario, Choice::Recover(P1));
            },
            &["bracha-broadcast assumes that a process that stops never comes back; here p1 comes back"],
        ),
        (
            "two-phase-commit",
            |scenario| {
                scenario.models.failures = Failures::CrashRecovery;
                scenario.processes = 3;
                scenario.inputs.truncate(3);
                fault(scenario, crash(P1));
                fault(scenario, Choice::Recover(P1));
                fault(scenario, crash(P1));
            },
            &["two-phase-commit assumes that a process that stops comes back in the end; here p1 stays down"],
        ),
        (
            "flood-set",
            |scenario| {
                scenario.parameters.insert("rounds".into(), Setting("1".into()));
                fault(scenario, crash(P1));
            },
            &["flood-set assumes that no more processes crash than the parameter “faults” says; here p1 crashes"],
        ),
        (
            "conversation",
            |scenario| scenario.topology = Topology::Star,
            &[
                "best-effort-broadcast, reliable-broadcast, causal-broadcast and conversation assume that everybody has a \
               link to everybody; here the network is a star",
            ],
        ),
        ("flooding", |scenario| scenario.topology = Topology::Line, &[]),
    ];
    for (protocol, change, sentences) in cases {
        assert_eq!(said(protocol, change), *sentences);
    }
}

#[test]
fn rounds_need_a_common_start() {
    let late = said("flood-set", |scenario| scenario.start_ms = vec![40, 40, 65, 40]);
    assert!(late.iter().any(|text| text.contains("p2 starts 25 ms after the first")), "{late:?}");
    assert!(said("flood-set", |scenario| scenario.start_ms = vec![40; 4]).is_empty(), "together is in time");
}

#[test]
fn a_scenario_that_is_not_valid_is_refused_and_not_judged() {
    let mut scenario = named("in-step");
    scenario.processes = 0;
    assert_eq!(scenario.unmet(builtin()), Err("processes: 0 is not from 1 to 128".to_owned()));
}
