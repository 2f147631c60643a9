//! Every schedule that the explorers or the adversary report is a run of the simulation, and leads to the same states.

use crate::common::{builtin, find, instance};
use bivalent::adversary::live::Live;
use bivalent::adversary::{Horn, endless};
use bivalent::catalogue::Realisable;
use bivalent::engine::Status;
use bivalent::explorer::heard_of::{self, LayeredGraph, Layering};
use bivalent::explorer::strict::Strict;
use bivalent::explorer::{LIMIT, NULL, StepTable, StrictEvent, StrictStep, Tracked};
use bivalent::flp::protocol_instance::ProtocolInstance;
use bivalent::history::History;
use bivalent::process::{ProcessId, Program, Value};

/// A protocol with parameters, and inputs.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

fn written((protocol, parameters, inputs): Case<'_>) -> ProtocolInstance {
    let given: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    ProtocolInstance::new(builtin(), protocol, &given.join(" "), inputs).expect("well written")
}

fn program((protocol, parameters, _): Case<'_>) -> Program {
    instance(protocol, parameters).program
}

fn bits(inputs: &str) -> Vec<Option<Value>> {
    inputs.chars().map(|bit| Some(Value::Bit(bit == '1'))).collect()
}

/// The states and messages of the simulation are those of the explorer's step_table.
fn assert_same(history: &History, step_table: &StepTable, live: &Live, case: Case<'_>, events: usize) {
    let engine = history.engine();
    for (p, local) in ProcessId::all(live.locals.len()).zip(&live.locals) {
        let process = engine.process(p);
        assert_eq!(process.status != Status::Fresh, step_table.started(*local), "{case:?}: {p} after {events} events");
        assert_eq!(process.decided.as_ref(), step_table.decided(*local), "{case:?}: {p} after {events} events");
        let layers: Vec<serde_json::Value> = process.layers.iter().map(|layer| layer.inspect()).collect();
        assert_eq!(layers, step_table.inspect(*local), "{case:?}: {p} after {events} events");
    }
    let mut simulated: Vec<(ProcessId, ProcessId, Vec<u8>)> =
        engine.flights().map(|flight| (flight.id.from, flight.id.to, flight.payload.bytes())).collect();
    let mail = live.mail.iter().flatten().map(|message| step_table.mail(*message));
    let mut explored: Vec<(ProcessId, ProcessId, Vec<u8>)> =
        mail.map(|mail| (mail.from, mail.to, mail.payload.bytes())).collect();
    simulated.sort();
    explored.sort();
    assert_eq!(simulated, explored, "{case:?}: the messages after {events} events");
}

/// Runs the events in the simulation and in the explorer's step table, side by side, and compares after each.
fn replay(case: Case<'_>, events: &[StrictEvent]) -> History {
    let scenario = written(case).run(events).unwrap_or_else(|error| panic!("{case:?}: {error}"));
    let mut history = scenario.start(builtin()).expect("a valid scenario");
    let inputs = bits(case.2);
    let mut step_table = StepTable::new(&program(case), inputs.len(), Tracked::default());
    let locals = ProcessId::all(inputs.len()).zip(inputs).map(|(p, input)| step_table.unstarted(p, input)).collect();
    let mut live = Live::initial(locals);
    for (place, event) in events.iter().enumerate() {
        let p = event.process.index();
        let cause = event.mail.as_ref().map_or(NULL, |mail| step_table.name_mail(mail.clone()));
        // A NULL step that changes nothing is a step of the model, and nothing to the simulation.
        let idle = cause == NULL && step_table.started(live.locals[p]) && !live.null_matters(&mut step_table, p);
        live.apply(&mut step_table, StrictStep { process: event.process.0, cause, coins: event.coins });
        if !idle {
            history.next().unwrap_or_else(|stop| panic!("{case:?}: event {place}: {stop}"));
        }
        assert_same(&history, &step_table, &live, case, place + 1);
    }
    assert_eq!(history.position() as usize, scenario.schedule.len(), "{case:?}");
    history
}

fn decided(history: &History) -> Vec<bool> {
    history.engine().processes().iter().filter_map(|process| process.decided.as_ref().and_then(Value::bit)).collect()
}

const SMALL: [Case<'_>; 8] = [
    ("wait-for-all", &[], "011"),
    ("wait-for-two", &[], "011"),
    ("commit-2pc", &[], "111"),
    ("commit-3pc", &[], "111"),
    ("ben-or", &[("rounds", "1"), ("coin", "adversary")], "011"),
    ("rotating-coordinator", &[("rounds", "1")], "011"),
    ("paxos", &[("max-ballot", "2")], "011"),
    ("paxos", &[("max-ballot", "2"), ("mutant", "stubborn")], "011"),
];

fn explored(case: Case<'_>) -> Strict {
    let mut strict = Strict::new(&program(case), &[bits(case.2)], LIMIT);
    assert!(strict.run().done && strict.search().is_complete());
    strict
}

#[test]
fn the_shortest_violation_is_as_long_as_the_census_says_and_ends_in_two_answers() {
    let mut unsafe_ones = 0;
    for case in SMALL {
        let mut strict = explored(case);
        let census = strict.census(&strict.valencies(), false);
        let Some(node) = strict.violation() else {
            assert_eq!((census.agreement_violations, census.shortest_violation), (0, None), "{case:?}");
            continue;
        };
        let schedule = strict.schedule(node);
        assert_eq!(Some(schedule.len()), census.shortest_violation, "{case:?}");
        let answers = decided(&replay(case, &schedule));
        assert!(answers.contains(&false) && answers.contains(&true), "{case:?}");
        unsafe_ones += 1;
    }
    assert_eq!(unsafe_ones, 3, "wait-for-two, three-phase commit, and the mutant");
}

#[test]
fn configurations_that_a_process_blocks_and_certificates_of_values_are_runs_of_the_simulation() {
    for case in SMALL {
        let mut strict = explored(case);
        let valencies = strict.valencies();
        let nodes = strict.search().len() as u32;
        let census = strict.census(&valencies, false);
        for p in ProcessId::all(3) {
            let blocked = (0..nodes).find(|node| valencies.blocks(p.index(), *node));
            assert_eq!(blocked.is_some(), census.blocked.as_ref().expect("a whole graph")[p.index()] > 0, "{case:?}");
            if let Some(node) = blocked {
                let schedule = strict.schedule(node);
                assert!(decided(&replay(case, &schedule)).is_empty(), "{case:?}: {p} blocks nobody who has decided");
                assert!([false, true].iter().all(|value| strict.certificate(node, *value, Some(p)).is_none()));
            }
        }
        for node in (0..nodes).step_by(nodes as usize / 12) {
            let way = strict.schedule(node);
            for silent in [None, Some(ProcessId(0)), Some(ProcessId(2))] {
                for value in [false, true] {
                    let mask = silent.map_or(valencies.values(node), |p| valencies.silent(p.index(), node));
                    let certificate = strict.certificate(node, value, silent);
                    assert_eq!(certificate.is_some(), mask >> u8::from(value) & 1 == 1, "{case:?} {node}");
                    let Some(certificate) = certificate else { continue };
                    assert!(certificate.iter().all(|event| Some(event.process) != silent), "{case:?} {node}");
                    let history = replay(case, &[way.as_slice(), &certificate].concat());
                    assert!(decided(&history).contains(&value), "{case:?} {node}");
                }
            }
        }
    }
}

#[test]
fn plays_their_certificates_and_their_horns_are_runs_of_the_simulation() {
    let cases: [Case<'_>; 12] = [
        ("wait-for-all", &[], "011"),
        ("wait-for-all", &[], "000"),
        ("wait-for-two", &[], "011"),
        ("commit-2pc", &[], "111"),
        ("commit-2pc", &[], "011"),
        ("commit-3pc", &[], "111"),
        ("ben-or", &[], "011"),
        ("ben-or", &[("coin", "adversary")], "010"),
        ("ben-or", &[("coin", "keep")], "011"),
        ("ben-or", &[("rounds", "1")], "011"),
        ("rotating-coordinator", &[], "011"),
        ("paxos", &[], "011"),
    ];
    let mut horns_found = String::new();
    for case in cases {
        let mut adversary = written(case).adversary().expect("a consensus protocol");
        while adversary.stages().len() < 60 && adversary.next_stage() {}
        let report = adversary.report().expect("it replays");
        let schedule = adversary.schedule();
        replay(case, &schedule);
        for stage in adversary.stages().iter().step_by(5) {
            for (value, certificate) in [false, true].into_iter().zip(&stage.certificates) {
                let future = [&schedule[..stage.events.end], &adversary.events(certificate)].concat();
                assert!(decided(&replay(case, &future)).contains(&value), "{case:?}");
            }
        }
        for horn in &report.horns {
            horns_found.push(match horn {
                Horn::Unsafe { inputs, schedule } => {
                    let answers = decided(&replay((case.0, case.1, inputs), schedule));
                    assert!(answers.contains(&false) && answers.contains(&true), "{case:?}");
                    'a'
                }
                Horn::Blocks { inputs, process, crash_after, schedule } => {
                    assert!(decided(&replay((case.0, case.1, inputs), schedule)).is_empty(), "{case:?}");
                    assert!(schedule[*crash_after..].iter().all(|event| Some(event.process) != *process), "{case:?}");
                    'b'
                }
                Horn::Endless { inputs, cycle, fair } => {
                    assert_eq!(inputs, case.2);
                    assert!(decided(&replay(case, &schedule[..cycle.prefix + cycle.length])).is_empty(), "{case:?}");
                    assert!(fair.steps.iter().all(|steps| *steps > 0) && fair.crashed.is_none(), "{case:?}");
                    'c'
                }
            });
        }
        for initial_configuration in adversary.input_path().initial_configurations {
            for (value, certificate) in [false, true].into_iter().zip(&initial_configuration.certificates) {
                if let Some(certificate) = certificate {
                    let history = replay((case.0, case.1, &initial_configuration.inputs), certificate);
                    assert!(decided(&history).contains(&value), "{case:?} from {}", initial_configuration.inputs);
                }
            }
        }
    }
    assert_eq!(horns_found, "bbabbaccbcc", "{horns_found}");
}

fn layered(case: Case<'_>, layering: Layering) -> LayeredGraph {
    let inputs: Vec<[bool; 3]> = (0..8).map(|code| [code & 4 != 0, code & 2 != 0, code & 1 != 0]).collect();
    heard_of::explore(&instance(case.0, case.1), &inputs, layering, LIMIT).expect("has one")
}

/// With one sender who loses messages, and everybody else heard by all, two processes hear both others in most phases:
/// one delivery at a time cannot do that.
#[test]
fn where_one_sender_loses_messages_the_loops_are_of_the_layered_model_only() {
    for protocol in ["ben-or", "rotating-coordinator"] {
        let graph = layered((protocol, &[], ""), Layering::SantoroWidmayer);
        assert!(graph.census.bivalent_components > 0 && !graph.components.is_empty(), "{protocol} has loops");
        assert_eq!(graph.endless(), None, "{protocol}: none that can be realised all the way round");
    }
}

fn digits(inputs: [bool; 3]) -> String {
    inputs.map(|bit| if bit { '1' } else { '0' }).iter().collect()
}

#[test]
fn phases_with_a_strict_schedule_are_runs_of_the_simulation() {
    let cases: [(Case<'_>, Layering, usize); 5] = [
        (("ben-or", &[("coin", "zero")], ""), Layering::HeardOf, 1),
        (("ben-or", &[("coin", "adversary")], ""), Layering::HeardOf, 1),
        (("rotating-coordinator", &[], ""), Layering::HeardOf, 9),
        (("ben-or", &[("coin", "zero")], ""), Layering::SantoroWidmayer, 1),
        (("rotating-coordinator", &[], ""), Layering::SantoroWidmayer, 9),
    ];
    for (case, layering, every) in cases {
        let mut graph = layered(case, layering);
        let mut replayed = 0;
        for place in (0..graph.arrows.len()).step_by(every) {
            let arrow = graph.arrows[place].clone();
            let Some((inputs, schedule)) = graph.strict(place) else {
                assert_eq!(arrow.realisable, Realisable::LayeredOnly);
                continue;
            };
            let history = replay((case.0, case.1, &digits(inputs)), &schedule);
            let now: Vec<Option<bool>> =
                history.engine().processes().iter().map(|p| p.decided.as_ref().and_then(Value::bit)).collect();
            assert_eq!(now, graph.nodes[arrow.to as usize].decided, "{case:?} {place}");
            replayed += 1;
        }
        assert!(replayed > 60, "{case:?} {layering:?}: {replayed} phases");
    }
}

#[test]
fn the_endless_runs_of_layered_graphs_are_fair_with_their_leftovers_and_run_in_the_simulation() {
    let cases: [(Case<'_>, u64); 4] = [
        (("ben-or", &[("coin", "zero")], ""), 2),
        (("ben-or", &[("coin", "one")], ""), 2),
        (("ben-or", &[("coin", "adversary")], ""), 2),
        (("rotating-coordinator", &[], ""), 3),
    ];
    for (case, unit) in cases {
        let mut graph = layered(case, Layering::HeardOf);
        let entry = find(case.0);
        let symmetry = entry.symmetry.as_ref().expect("it counts rounds");
        let run = endless::of_layers(&mut graph, &program(case), symmetry).expect("a loop");
        assert!(run.fair.shift > 0 && run.fair.shift.is_multiple_of(unit), "{case:?}: {:?}", run.fair.shift);
        assert!(!run.fair.leftovers.is_empty() && run.fair.crashed.is_none(), "{case:?}");
        assert_eq!(run.schedule.len(), run.cycle.prefix + run.cycle.length, "{case:?}");
        // What is a leftover is received in the loop, and was sent in an earlier phase.
        let places = run.cycle.prefix + 1..=run.schedule.len();
        assert!(run.fair.leftovers.iter().all(|leftover| places.contains(&leftover.event)), "{case:?}");
        assert!(decided(&replay((case.0, case.1, &run.inputs), &run.schedule)).is_empty(), "{case:?}");
        // Without them nothing comes back: the messages pile up.
        let (prefix, round) = graph.endless().expect("a loop");
        let path: Vec<usize> = prefix.iter().chain(round.iter()).chain(round.iter()).copied().collect();
        let bare = graph.schedule(&path).expect("it can be realised");
        let inputs: Vec<Value> = run.inputs.chars().map(|bit| Value::Bit(bit == '1')).collect();
        for begin in 0..bare.len() {
            for end in begin + 1..=bare.len() {
                let cycle = bivalent::adversary::Loop { prefix: begin, length: end - begin };
                assert!(
                    endless::judge(&program(case), &inputs, Some(symmetry), &bare, cycle, None).is_err(),
                    "{case:?}"
                );
            }
        }
    }
    let mut keep = layered(("ben-or", &[("coin", "keep")], ""), Layering::HeardOf);
    let entry = find("ben-or");
    let symmetry = entry.symmetry.as_ref().expect("it counts rounds");
    assert!(endless::of_layers(&mut keep, &program(("ben-or", &[("coin", "keep")], "")), symmetry).is_err());
}
