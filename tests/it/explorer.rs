//! The explorers: exact numbers, and a second explorer that shares nothing with the first.

use crate::common::instance;
use bivalent::adversary::live::Live;
use bivalent::catalogue::{HeardOf, Realisable, hearing_both};
use bivalent::draw::{Coins, Flips};
use bivalent::explorer::heard_of::{self, LayeredGraph, Layering};
use bivalent::explorer::lossy::{Budget, Lossy};
use bivalent::explorer::strict::Strict;
use bivalent::explorer::synchronous::{Synchronous, SynchronousFaults};
use bivalent::explorer::valency::{Census, Valency};
use bivalent::explorer::{ConfigurationView, LIMIT, NULL, StepTable, Tracked};
use bivalent::process::{
    Indication, LayerState, Local, LocalKnowledge, Outcome, Payload, ProcessId, Program, StepContext, Value,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

fn program(protocol: &str, parameters: &[(&str, &str)]) -> Program {
    instance(protocol, parameters).program
}

fn bits(inputs: &str) -> Vec<Option<Value>> {
    inputs.chars().map(|bit| Some(Value::Bit(bit == '1'))).collect()
}

const ALL_INPUTS: [&str; 8] = ["000", "001", "010", "011", "100", "101", "110", "111"];

fn census(protocol: &str, parameters: &[(&str, &str)], inputs: &str) -> Census {
    let mut strict = Strict::new(&program(protocol, parameters), &[bits(inputs)], LIMIT);
    assert!(strict.run().done);
    strict.census(&strict.valencies(), false)
}

#[test]
fn wait_for_all_has_80_configurations_is_never_bivalent_and_everybody_blocks_7() {
    for inputs in ALL_INPUTS {
        let census = census("wait-for-all", &[], inputs);
        assert_eq!((census.configurations, census.edges, census.bivalent), (80, 255, 0), "{inputs}");
        assert_eq!(census.blocked, Some(vec![7, 7, 7]), "{inputs}");
    }
}

#[test]
fn wait_for_two_has_141_configurations_and_disagrees_where_the_inputs_allow() {
    for inputs in ALL_INPUTS {
        let census = census("wait-for-two", &[], inputs);
        assert_eq!((census.configurations, census.edges, census.blocked.clone()), (141, 363, Some(vec![0, 0, 0])));
        if ["011", "101", "110"].contains(&inputs) {
            assert_eq!((census.initial, census.bivalent), (Some(Valency::Bivalent), 121), "{inputs}");
            assert_eq!((census.undecided_bivalent, census.agreement_violations), (8, 72), "{inputs}");
            assert_eq!((census.shortest_violation, census.terminal, census.zero_valent), (Some(3), 8, 20), "{inputs}");
        } else {
            assert_eq!((census.bivalent, census.agreement_violations, census.shortest_violation), (0, 0, None));
        }
    }
}

#[test]
fn the_census_of_wait_for_two_prints_as_promised() {
    let text = serde_json::to_string(&census("wait-for-two", &[], "011")).expect("plain data");
    assert_eq!(
        text,
        r#"{"complete":true,"configurations":141,"edges":363,"terminal":8,"zero_valent":20,"one_valent":0,"#.to_owned()
            + r#""bivalent":121,"null_valent":0,"undecided_bivalent":8,"initial":"bivalent","#
            + r#""agreement_violations":72,"shortest_violation":3,"blocked":[0,0,0],"bivalent_components":0}"#
    );
}

#[test]
fn commit_2pc_with_votes_111_has_61_configurations() {
    let census = census("commit-2pc", &[], "111");
    assert_eq!((census.configurations, census.edges, census.initial), (61, 130, Some(Valency::Bivalent)));
    assert_eq!(census.agreement_violations, 0);
}

#[test]
fn ben_or_for_one_round_from_000_has_2228_configurations() {
    let census = census("ben-or", &[("rounds", "1")], "000");
    assert_eq!((census.configurations, census.edges), (2228, 11322));
}

#[test]
fn commit_3pc_disagrees_where_all_vote_1_and_blocks_nobody() {
    let refused = census("commit-3pc", &[], "011");
    assert_eq!((refused.configurations, refused.edges, refused.initial), (58, 187, Some(Valency::Zero)));
    let census = census("commit-3pc", &[], "111");
    assert_eq!((census.configurations, census.edges, census.blocked), (422, 1141, Some(vec![0, 0, 0])));
    assert_eq!((census.agreement_violations, census.shortest_violation), (120, Some(6)));
}

#[test]
fn rotating_coordinator_has_843_configurations_for_one_round_and_all_of_two_are_found() {
    for (rounds, configurations, edges) in [("1", 843, 3_070), ("2", 235_524, 1_497_899)] {
        let census = census("rotating-coordinator", &[("rounds", rounds)], "000");
        assert_eq!((census.configurations, census.edges, census.complete), (configurations, edges, true));
        assert_eq!((census.agreement_violations, census.one_valent, census.bivalent), (0, 0, 0));
    }
}

#[test]
fn paxos_has_1712_configurations_for_two_ballots_and_all_of_three_are_found() {
    for (ballots, configurations, edges) in [("2", 1_712, 6_102), ("3", 116_305, 644_033)] {
        let census = census("paxos", &[("max-ballot", ballots)], "000");
        assert_eq!((census.configurations, census.edges, census.complete), (configurations, edges, true));
        assert_eq!((census.agreement_violations, census.one_valent, census.bivalent), (0, 0, 0));
    }
}

#[test]
fn a_mutant_of_each_consensus_protocol_is_caught() {
    assert!(census("wait-for-all", &[("mutant", "hasty")], "011").agreement_violations > 0);
    assert!(census("commit-2pc", &[("mutant", "optimistic")], "101").agreement_violations > 0);
    assert!(census("commit-3pc", &[("mutant", "hasty")], "101").agreement_violations > 0);
    assert!(census("paxos", &[("mutant", "stubborn"), ("max-ballot", "2")], "011").agreement_violations > 0);
    let inverted = census("wait-for-two", &[("mutant", "inverted")], "111");
    assert_eq!(inverted.initial, Some(Valency::Zero), "0 is decided, which nobody proposed");
    let hasty = [("mutant", "hasty"), ("rounds", "2")];
    for protocol in ["ben-or", "rotating-coordinator"] {
        let mut strict = Strict::new(&program(protocol, &hasty), &[bits("011")], LIMIT);
        while strict.violation().is_none() && !strict.step(20_000).done {}
        let node = strict.violation().expect("a single value besides ⊥ is not enough for a decision");
        assert_eq!(strict.search().decided()[node as usize], 3);
        assert!(!strict.schedule(node).is_empty());
    }
}

#[test]
fn a_limit_leaves_what_was_found() {
    let mut strict = Strict::new(&program("ben-or", &[]), &[bits("011")], 1_000);
    assert!(strict.run().done);
    let census = strict.census(&strict.valencies(), false);
    assert_eq!((census.complete, census.configurations, census.blocked.clone()), (false, 1_000, None));
    // What was not found is unknown; that is not nothing, and not what was found.
    let printed = serde_json::to_value(&census).expect("plain data");
    for unknown in ["terminal", "zero_valent", "one_valent", "null_valent", "initial", "blocked"] {
        assert!(printed[unknown].is_null(), "{unknown}");
    }
    assert_eq!(printed["configurations"], 1_000);
}

#[test]
fn a_limit_leaves_what_was_found_of_a_layered_graph_too() {
    let inputs: Vec<[bool; 3]> = (0..8).map(|code| [code & 4 != 0, code & 2 != 0, code & 1 != 0]).collect();
    let find = |limit| {
        heard_of::explore(&instance("ben-or", &[]), &inputs, Layering::HeardOf, limit).expect("it has one").census
    };
    let (whole, cut) = (find(51), find(50));
    assert_eq!((whole.complete, whole.configurations), (true, 51));
    assert_eq!((cut.complete, cut.configurations), (false, 50));
    assert!(cut.bivalent <= whole.bivalent && cut.edges < whole.edges);
    assert!(serde_json::to_value(&cut).expect("plain data")["zero_valent"].is_null());
}

#[test]
fn slices_find_what_one_run_finds() {
    let mut sliced = Strict::new(&program("commit-2pc", &[]), &[bits("111")], LIMIT);
    while !sliced.step(1).done {}
    let mut valencies = sliced.unvalued();
    while !sliced.value(&mut valencies, 1).done {}
    assert_eq!(sliced.census(&valencies, false), census("commit-2pc", &[], "111"));
}

#[test]
fn the_union_over_all_inputs_has_no_initial_valency() {
    let inputs: Vec<Vec<Option<Value>>> = ALL_INPUTS.iter().map(|inputs| bits(inputs)).collect();
    let mut strict = Strict::new(&program("wait-for-all", &[]), &inputs, LIMIT);
    strict.run();
    let census = strict.census(&strict.valencies(), false);
    // Configurations of different inputs are different, since x is a variable of the protocol.
    assert_eq!((census.configurations, census.edges, census.initial), (8 * 80, 8 * 255, None));
}

// ---- a second explorer -------------------------------------------------------------------------------------------

/// A process, and what makes it equal to another.
#[derive(Clone)]
struct Naive {
    started: bool,
    layers: Vec<LayerState>,
    decided: Option<Value>,
}

/// A configuration, whole: processes, and the buffer as (recipient, sender, message).
#[derive(Clone)]
struct Whole {
    processes: Vec<Naive>,
    buffer: Vec<(ProcessId, ProcessId, Payload)>,
}

impl Whole {
    fn key(&self) -> Vec<u8> {
        let mut key = Vec::new();
        for process in &self.processes {
            key.extend(format!("{}{:?}|", process.started, process.decided).bytes());
            process.layers.iter().for_each(|layer| layer.encode(&mut key));
        }
        let message = |(to, from, payload): &(ProcessId, ProcessId, Payload)| (*to, *from, payload.bytes());
        let mut messages: Vec<(ProcessId, ProcessId, Vec<u8>)> = self.buffer.iter().map(message).collect();
        messages.sort();
        key.extend(format!("{messages:?}").bytes());
        key
    }

    fn decided(&self) -> [bool; 2] {
        [false, true].map(|bit| self.processes.iter().any(|process| process.decided == Some(Value::Bit(bit))))
    }

    /// One step: what the process takes in, by its place in the buffer, and how its coins fall. The flips made, too.
    fn step(
        &self,
        program: &Program,
        knowledge: &[LocalKnowledge],
        p: usize,
        mail: Option<usize>,
        coins: Flips,
    ) -> (Whole, Flips) {
        let mut next = self.clone();
        let mut context = StepContext::default();
        context.begin(Coins::fixed(coins));
        let (process, modules) = (&mut next.processes[p], program.of(&knowledge[p]));
        let first = !process.started;
        if first {
            process.started = true;
            modules.start(&mut context, &knowledge[p], &mut process.layers).expect("comes to rest");
        }
        match mail {
            Some(place) => {
                let (_, from, payload) = next.buffer.remove(place);
                modules
                    .deliver(&mut context, &knowledge[p], &mut process.layers, from, payload)
                    .expect("comes to rest");
            }
            None if !first => {
                if let Some((layer, timer)) = modules.timeout_enabled(&knowledge[p], &process.layers) {
                    modules
                        .timeout(&mut context, &knowledge[p], &mut process.layers, layer, timer)
                        .expect("comes to rest");
                }
            }
            None => {}
        }
        for outcome in context.outcomes {
            match outcome {
                Outcome::Send { to, payload } => next.buffer.push((to, p.into(), payload)),
                Outcome::Decide(value) => process.decided = process.decided.take().or(Some(value)),
                _ => {}
            }
        }
        (next, context.coins.flipped)
    }
}

/// The numbers of a census that follow from the model alone, by brute force.
#[derive(PartialEq, Eq, Debug)]
struct Brute {
    configurations: usize,
    edges: usize,
    terminal: usize,
    valent: [usize; 4],
    undecided_bivalent: usize,
    agreement_violations: usize,
    shortest_violation: Option<usize>,
    blocked: Vec<usize>,
    initial: [bool; 2],
    components: usize,
}

fn brute(program: &Program, inputs: &[Option<Value>]) -> Brute {
    let n = inputs.len();
    let knowledge =
        |(me, input): (ProcessId, &Option<Value>)| LocalKnowledge::from(Local::complete(me, n, input.clone()));
    let knowledge: Vec<LocalKnowledge> = ProcessId::all(n).zip(inputs).map(knowledge).collect();
    let process = |knowledge: &LocalKnowledge| Naive {
        started: false,
        layers: program.of(knowledge).init(knowledge),
        decided: None,
    };
    let root = Whole { processes: knowledge.iter().map(process).collect(), buffer: Vec::new() };
    let mut ids = BTreeMap::from([(root.key(), 0)]);
    let mut depth = vec![0];
    let mut all = vec![root.decided()];
    // Edges are triples, so that the event is part of one.
    let mut edges: Vec<(usize, usize, Vec<u8>, usize)> = Vec::new();
    let mut queue = VecDeque::from([root]);
    let mut from = 0;
    while let Some(whole) = queue.pop_front() {
        let here = whole.key();
        for p in 0..n {
            let places = (0..whole.buffer.len()).filter(|place| whole.buffer[*place].0.index() == p).map(Some);
            for mail in places.chain([None]) {
                let event = mail.map_or(Vec::new(), |place: usize| {
                    let (_, from, payload) = &whole.buffer[place];
                    [vec![1, from.0 as u8], payload.bytes()].concat()
                });
                // No step of these protocols flips more than two coins.
                for bits in 0..4 {
                    let (next, flipped) = whole.step(program, &knowledge, p, mail, Flips { count: 2, bits });
                    let key = next.key();
                    if bits >> flipped.count != 0 || key == here {
                        continue;
                    }
                    let new = ids.len();
                    let to = *ids.entry(key).or_insert(new);
                    if to == new {
                        depth.push(depth[from] + 1);
                        all.push(next.decided());
                        queue.push_back(next);
                    }
                    edges.push((from, p, event.clone(), to));
                }
            }
        }
        from += 1;
    }
    edges.sort();
    edges.dedup();
    // Values reachable without steps of `silent`, by going over all edges until nothing changes.
    let reach = |silent: Option<usize>| {
        let mut reach = all.clone();
        loop {
            let before = reach.clone();
            for (from, actor, _, to) in edges.iter().rev() {
                if Some(*actor) != silent {
                    reach[*from] = [0, 1].map(|bit| reach[*from][bit] || reach[*to][bit]);
                }
            }
            if reach == before {
                return reach;
            }
        }
    };
    let values = reach(None);
    let count = |holds: &dyn Fn(usize) -> bool| (0..all.len()).filter(|node| holds(*node)).count();
    let sources: BTreeSet<usize> = edges.iter().map(|(from, ..)| *from).collect();
    let valent = [[true, false], [false, true], [true, true], [false, false]];
    Brute {
        configurations: all.len(),
        edges: edges.len(),
        terminal: count(&|node| !sources.contains(&node)),
        valent: valent.map(|valency| count(&|node| values[node] == valency)),
        undecided_bivalent: count(&|node| values[node] == [true, true] && all[node] == [false, false]),
        agreement_violations: count(&|node| all[node] == [true, true]),
        shortest_violation: (0..all.len()).filter(|node| all[*node] == [true, true]).map(|node| depth[node]).min(),
        blocked: (0..n).map(|p| reach(Some(p)).iter().filter(|values| **values == [false, false]).count()).collect(),
        initial: values[0],
        components: cycles(&edges, |node| values[node] == [true, true] && all[node] == [false, false]),
    }
}

/// How many strongly connected components with an edge there are among the nodes that are `wanted`.
fn cycles(edges: &[(usize, usize, Vec<u8>, usize)], wanted: impl Fn(usize) -> bool) -> usize {
    let mut left: Vec<(usize, usize)> = edges.iter().map(|(from, _, _, to)| (*from, *to)).collect();
    left.retain(|(from, to)| wanted(*from) && wanted(*to));
    // What nothing leads to is on no cycle; what is left when that is taken away is on one, or behind one.
    loop {
        let entered: BTreeSet<usize> = left.iter().map(|(_, to)| *to).collect();
        let before = left.len();
        left.retain(|(from, _)| entered.contains(from));
        if left.len() == before {
            break;
        }
    }
    let reached = |from: usize| {
        let mut reached = BTreeSet::new();
        let mut next = vec![from];
        while let Some(node) = next.pop() {
            let new = left.iter().filter(|(source, to)| *source == node && !reached.contains(to)).map(|(_, to)| *to);
            let new: Vec<usize> = new.collect();
            reached.extend(new.iter().copied());
            next.extend(new);
        }
        reached
    };
    let nodes: BTreeSet<usize> = left.iter().map(|(from, _)| *from).collect();
    let on_a_cycle: Vec<usize> = nodes.into_iter().filter(|node| reached(*node).contains(node)).collect();
    // A component is counted at its first node.
    on_a_cycle
        .iter()
        .filter(|node| reached(**node).iter().filter(|other| reached(**other).contains(node)).min() == Some(node))
        .count()
}

#[test]
fn the_second_explorer_counts_cycles() {
    let edges = [(0, 1), (1, 2), (2, 1), (2, 3), (3, 3), (3, 4), (5, 0)].map(|(from, to)| (from, 0, Vec::new(), to));
    assert_eq!(cycles(&edges, |_| true), 2);
    assert_eq!(cycles(&edges, |node| node != 2), 1);
    assert_eq!(cycles(&edges, |node| node < 2), 0);
}

#[test]
fn a_second_explorer_agrees_on_everything_for_all_inputs() {
    let one_round = |coin| [("rounds", "1"), ("coin", coin)];
    let [zero, one, keep, adversary] = ["zero", "one", "keep", "adversary"].map(one_round);
    type LayeredGraph<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);
    let graphs: [LayeredGraph<'_>; 11] = [
        ("wait-for-all", &[], &ALL_INPUTS),
        ("wait-for-two", &[], &ALL_INPUTS),
        ("commit-2pc", &[], &ALL_INPUTS),
        ("commit-3pc", &[], &ALL_INPUTS),
        ("rotating-coordinator", &[("rounds", "1")], &ALL_INPUTS),
        ("paxos", &[("max-ballot", "1")], &ALL_INPUTS),
        ("paxos", &[("max-ballot", "2")], &ALL_INPUTS),
        ("ben-or", &zero, &ALL_INPUTS),
        ("ben-or", &one, &ALL_INPUTS),
        ("ben-or", &keep, &ALL_INPUTS),
        ("ben-or", &adversary, &ALL_INPUTS),
    ];
    for (protocol, parameters, inputs) in graphs {
        for inputs in inputs {
            let census = census(protocol, parameters, inputs);
            let expected = brute(&program(protocol, parameters), &bits(inputs));
            let found = Brute {
                configurations: census.configurations,
                edges: census.edges,
                terminal: census.terminal,
                valent: [census.zero_valent, census.one_valent, census.bivalent, census.null_valent],
                undecided_bivalent: census.undecided_bivalent,
                agreement_violations: census.agreement_violations,
                shortest_violation: census.shortest_violation,
                blocked: census.blocked.expect("claimed for complete graphs"),
                initial: match census.initial.expect("there is one initial configuration") {
                    Valency::Zero => [true, false],
                    Valency::One => [false, true],
                    Valency::Bivalent => [true, true],
                    Valency::Null => [false, false],
                },
                components: census.bivalent_components,
            };
            assert_eq!(found, expected, "{protocol} {parameters:?} {inputs}");
            if parameters.contains(&("coin", "keep")) {
                assert_eq!(found.valent[2], 0, "survivors that differ tie for ever, and nothing is bivalent");
            }
        }
    }
}

// ---- layered graphs ----------------------------------------------------------------------------------------------

fn layered(protocol: &str, coin: &str, layering: Layering) -> LayeredGraph {
    let settings: Vec<(&str, &str)> = [("coin", coin)].into_iter().filter(|_| protocol == "ben-or").collect();
    let inputs: Vec<[bool; 3]> = (0..8).map(|code| [code & 4 != 0, code & 2 != 0, code & 1 != 0]).collect();
    heard_of::explore(&instance(protocol, &settings), &inputs, layering, LIMIT).expect("has one")
}

/// The layered graphs: protocol, coin, boundaries, edges, 0-valent, 1-valent, bivalent ones, and cycles among these.
const LAYERED: [(&str, &str, Layering, [usize; 6]); 10] = [
    ("ben-or", "zero", Layering::HeardOf, [51, 144, 26, 19, 6, 1]),
    ("ben-or", "one", Layering::HeardOf, [51, 144, 19, 26, 6, 1]),
    ("ben-or", "keep", Layering::HeardOf, [86, 266, 43, 43, 0, 0]),
    ("ben-or", "adversary", Layering::HeardOf, [51, 160, 19, 19, 13, 1]),
    ("rotating-coordinator", "", Layering::HeardOf, [330, 786, 147, 147, 36, 1]),
    ("ben-or", "zero", Layering::SantoroWidmayer, [50, 119, 25, 19, 6, 1]),
    ("ben-or", "one", Layering::SantoroWidmayer, [50, 119, 19, 25, 6, 1]),
    ("ben-or", "keep", Layering::SantoroWidmayer, [74, 206, 37, 37, 0, 0]),
    ("ben-or", "adversary", Layering::SantoroWidmayer, [50, 128, 19, 19, 12, 1]),
    ("rotating-coordinator", "", Layering::SantoroWidmayer, [330, 786, 147, 147, 36, 1]),
];

#[test]
fn layered_graphs_have_the_numbers_that_another_program_found() {
    for (protocol, coin, layering, numbers) in LAYERED {
        let graph = layered(protocol, coin, layering);
        let census = &graph.census;
        let found = [census.configurations, census.edges, census.zero_valent, census.one_valent, census.bivalent];
        assert_eq!(found, numbers[..5], "{protocol} {coin} {layering:?}");
        assert_eq!((census.bivalent_components, graph.components.len()), (numbers[5], numbers[5]));
        assert_eq!((census.undecided_bivalent, census.agreement_violations), (numbers[4], 0));
        assert_eq!(graph.nodes.iter().filter(|node| node.initial).count(), 8);
    }
}

#[test]
fn every_arrow_has_a_strict_schedule_or_is_there_in_the_layered_model_only() {
    let layered_only = [0, 0, 0, 0, 0, 42, 42, 84, 36, 132];
    for ((protocol, coin, layering, _), expected) in LAYERED.into_iter().zip(layered_only) {
        let mut graph = layered(protocol, coin, layering);
        let strict_program = program(protocol, &if coin.is_empty() { vec![] } else { vec![("coin", coin)] });
        let mut only = 0;
        for arrow in 0..graph.arrows.len() {
            let Some((inputs, schedule)) = graph.strict(arrow) else {
                assert_eq!(graph.arrows[arrow].realisable, Realisable::LayeredOnly);
                only += 1;
                continue;
            };
            let mut replay = bivalent::adversary::replay::Replay::new(&strict_program, &inputs.map(Value::Bit));
            replay.run(&schedule).expect("a schedule replays");
            let end = &graph.nodes[graph.arrows[arrow].to as usize];
            assert_eq!(replay.decided(), end.decided.map(|value| value.map(Value::Bit)), "{protocol} {arrow}");
        }
        assert_eq!(only, expected, "{protocol} {coin} {layering:?}");
    }
}

#[test]
fn a_phase_has_27_choices_or_10() {
    let choices = Layering::HeardOf.choices();
    let both = |most| choices.iter().filter(|heard| hearing_both(heard) <= most).count();
    assert_eq!((choices.len(), both(1), both(0)), (27, 20, 8));
    assert_eq!(Layering::SantoroWidmayer.choices().len(), 10);
}

/// Who hears whom in which layer, in every strict run from 011: each vector as three masks of senders.
///
/// `reached` is the layer in which a process is, `said` the layer and the sender of a message or of an entry of an inbox.
fn vectors(
    protocol: &str,
    layers: usize,
    reached: impl Fn(&serde_json::Value) -> u64,
    said: impl Fn(&serde_json::Value) -> Option<(u64, u64)>,
) -> Vec<BTreeSet<[u8; 3]>> {
    let inputs = bits("011");
    let mut step_table = StepTable::new(&program(protocol, &[("rounds", "1")]), 3, Tracked::default());
    let locals = ProcessId::all(3).zip(inputs).map(|(p, input)| step_table.unstarted(p, input)).collect();
    let begin = (Live::initial(locals), vec![[None::<u8>; 3]; layers]);
    let mut seen = BTreeSet::from([(begin.0.packed(), begin.1.clone())]);
    let mut queue = VecDeque::from([begin]);
    let mut found = vec![BTreeSet::new(); layers];
    while let Some((live, heard)) = queue.pop_front() {
        for (vectors, heard) in found.iter_mut().zip(&heard) {
            if let [Some(first), Some(second), Some(third)] = heard {
                vectors.insert([*first, *second, *third]);
            }
        }
        if heard.iter().flatten().all(Option::is_some) {
            continue;
        }
        for p in 0..3 {
            // Every message, and NULL even where others wait: all that the strict model allows.
            for cause in live.mail[p].iter().copied().chain([NULL]).collect::<BTreeSet<u32>>() {
                for step in live.steps(&mut step_table, p, cause) {
                    let (mut after, mut told) = (live.clone(), heard.clone());
                    after.apply(&mut step_table, step);
                    let before = step_table.inspect(live.locals[p]).pop().expect("one layer");
                    let now = step_table.inspect(after.locals[p]).pop().expect("one layer");
                    let inbox = before["inbox"].as_array().expect("a list").iter().filter_map(&said);
                    let message = (cause != NULL).then(|| {
                        let mail = step_table.mail(cause);
                        let (mut words, from) = (mail.payload.inspect(), mail.from.to_string());
                        words["from"] = from.into();
                        words
                    });
                    let all: Vec<(u64, u64)> = inbox.chain(message.iter().filter_map(&said)).collect();
                    for layer in reached(&before)..reached(&now).min(layers as u64) {
                        let heard =
                            all.iter().filter(|(of, _)| *of == layer).fold(0u8, |mask, (_, from)| mask | 1 << from);
                        told[layer as usize][p] = Some(heard);
                    }
                    if seen.insert((after.packed(), told.clone())) {
                        queue.push_back((after, told));
                    }
                }
            }
        }
    }
    found
}

#[test]
fn the_strict_model_realises_just_the_vectors_that_arrows_may_have() {
    let number = |tree: &serde_json::Value| {
        tree.as_str().and_then(|name| name.strip_prefix('p')?.parse::<u64>().ok()).expect("a process")
    };
    let masks = |may: &dyn Fn(&HeardOf) -> bool| -> BTreeSet<[u8; 3]> {
        let choices = Layering::HeardOf.choices().into_iter().filter(|heard| may(heard));
        let mask = |others: Vec<ProcessId>| others.into_iter().fold(0u8, |mask, from| mask | 1 << from.index());
        choices.map(|heard| heard.map(mask)).collect()
    };
    let phases = vectors(
        "ben-or",
        2,
        |state| state["phase"].as_u64().expect("a count"),
        |entry| Some((entry["phase"].as_u64()?, number(&entry["from"]))),
    );
    assert_eq!((phases[0].len(), phases[1].len()), (8, 20));
    assert_eq!(phases[0], masks(&|heard| hearing_both(heard) == 0));
    assert_eq!(phases[1], masks(&|heard| hearing_both(heard) <= 1));
    // The exchange of the first round, in which p0 coordinates and speaks first: it cannot hear both.
    let exchange = vectors(
        "rotating-coordinator",
        1,
        |state| state["round"].as_u64().expect("a count"),
        |entry| {
            let words = if entry["message"].is_object() { &entry["message"] } else { entry };
            let auxiliary = words["kind"] == "auxiliary";
            Some((words["round"].as_u64().filter(|_| auxiliary)?, number(&entry["from"])))
        },
    );
    assert_eq!(exchange[0].len(), 16);
    assert_eq!(exchange[0], masks(&|heard| hearing_both(heard) <= 1 && heard[0].len() == 1));
}

#[test]
fn a_loop_of_the_layered_graph_is_gone_round_in_the_strict_model() {
    for (protocol, coin, layers) in [("ben-or", "zero", 2), ("ben-or", "adversary", 2), ("rotating-coordinator", "", 6)]
    {
        let mut graph = layered(protocol, coin, Layering::HeardOf);
        let (prefix, round) = graph.endless().expect("an endless run");
        let path: Vec<usize> =
            prefix.iter().copied().chain(round.iter().copied().cycle().take(round.len() * 20)).collect();
        let schedule = graph.schedule(&path).expect("each of its arrows can be realised in every phase");
        let root = graph.arrows[path[0]].from;
        let inputs = [root & 4 != 0, root & 2 != 0, root & 1 != 0].map(Value::Bit);
        let strict_program = program(protocol, &if coin.is_empty() { vec![] } else { vec![("coin", coin)] });
        let mut replay = bivalent::adversary::replay::Replay::new(&strict_program, &inputs);
        replay.run(&schedule).expect("a schedule replays");
        assert!(replay.undecided(), "{protocol}");
        assert_eq!((prefix.len(), round.len()), (0, layers), "{protocol}");
    }
    assert!(layered("ben-or", "keep", Layering::HeardOf).endless().is_none());
}

#[test]
fn paths_of_realisable_arrows_have_strict_schedules_that_lead_where_they_say() {
    let mut graph = layered("ben-or", "zero", Layering::HeardOf);
    let strict_program = program("ben-or", &[]);
    // Every path of three arrows from an initial node, the first of which must do without hearing both.
    let from = |graph: &LayeredGraph, node: u32, least: Realisable| -> Vec<usize> {
        let arrows = graph.arrows.iter().enumerate();
        arrows.filter(|(_, arrow)| arrow.from == node && arrow.realisable <= least).map(|(place, _)| place).collect()
    };
    let mut replayed = 0;
    for root in 0..8u32 {
        for first in from(&graph, root, Realisable::Always) {
            for second in from(&graph, graph.arrows[first].to, Realisable::NotFirst) {
                for third in from(&graph, graph.arrows[second].to, Realisable::NotFirst) {
                    let path = [first, second, third];
                    let schedule = graph.schedule(&path).expect("these paths have schedules");
                    let end = &graph.nodes[graph.arrows[third].to as usize];
                    let inputs = [root & 4 != 0, root & 2 != 0, root & 1 != 0].map(Value::Bit);
                    let mut replay = bivalent::adversary::replay::Replay::new(&strict_program, &inputs);
                    replay.run(&schedule).expect("a schedule replays");
                    let decided = end.decided.map(|value| value.map(Value::Bit));
                    assert_eq!(replay.decided(), decided, "{path:?}");
                    replayed += 1;
                }
            }
        }
    }
    assert!(replayed > 100, "{replayed} paths");
}

// ---- rounds ------------------------------------------------------------------------------------------------------

/// All runs of FloodSet from these inputs, with these many crashes.
fn rounds(parameters: &[(&str, &str)], inputs: &str, faults: usize) -> Synchronous {
    let mut synchronous =
        Synchronous::new(&program("flood-set", parameters), &bits(inputs), SynchronousFaults::Crashes(faults), LIMIT);
    assert!(synchronous.run().done);
    synchronous
}

/// A configuration with two decisions, from whatever inputs.
fn disagreement(parameters: &[(&str, &str)], n: usize, faults: usize) -> Option<(Synchronous, u32)> {
    (0..1u32 << n).find_map(|code| {
        let synchronous = rounds(parameters, &format!("{code:0n$b}"), faults);
        let node = synchronous.search().decided().iter().position(|decided| *decided == 3)?;
        Some((synchronous, node as u32))
    })
}

#[test]
fn flood_set_with_one_fault_needs_two_rounds() {
    // No crash, or one of three in one of two rounds with one of four subsets that still hear it.
    assert!(ALL_INPUTS.iter().all(|inputs| rounds(&[], inputs, 1).runs() == 1 + 3 * 2 * 4));
    assert!(disagreement(&[], 3, 1).is_none());
    let (mut one, node) = disagreement(&[("rounds", "1")], 3, 1).expect("one round is too few");
    assert_eq!(one.omissions(node).len(), 1);
}

#[test]
fn flood_set_with_two_faults_needs_three_rounds() {
    assert!(disagreement(&[("faults", "2")], 4, 2).is_none());
    assert!(disagreement(&[("faults", "2"), ("rounds", "2")], 4, 2).is_some());
    assert!(disagreement(&[("mutant", "no-relay")], 3, 1).is_some());
}

// ---- losses and copies -------------------------------------------------------------------------------------------

/// What is wrong if some process is told of the same message twice, or of one that nobody wrote.
fn twice_or_never_written(view: ConfigurationView<'_>) -> Option<String> {
    for process in 0..view.n() {
        let mut messages = Vec::new();
        for indication in view.told(process) {
            if let Outcome::Indicate(Indication::Deliver { from, payload }) = indication {
                if payload.text() != "hello" {
                    return Some(format!("p{process} delivers {payload:?}, which nobody wrote"));
                }
                if messages.contains(from) {
                    return Some(format!("p{process} delivers the message of {from} twice"));
                }
                messages.push(*from);
            }
        }
    }
    None
}

fn lossy(protocol: &str, n: usize, budget: Budget) -> Lossy {
    let mut inputs = vec![None; n];
    inputs[0] = Some("hello".into());
    Lossy::new(&program(protocol, &[]), &inputs, budget, false, 200_000)
}

#[test]
fn a_perfect_link_delivers_once_and_a_stubborn_link_does_not() {
    let budget = Budget { losses: 1, duplicates: 1, firings: 3, ..Budget::NONE };
    let mut perfect = lossy("perfect-link", 2, budget);
    perfect.run(&mut twice_or_never_written);
    assert!(perfect.search().is_complete());
    assert_eq!(perfect.violation(), None);
    let mut stubborn = lossy("stubborn-link", 2, budget);
    stubborn.run(&mut twice_or_never_written);
    let (node, wrong) = stubborn.violation().expect("it sends again and again");
    assert_eq!(wrong, "p1 delivers the message of p0 twice");
    assert!(stubborn.schedule(node).len() >= 3);
}

#[test]
fn a_crash_in_the_middle_of_a_best_effort_broadcast_tells_half_the_room() {
    // At rest, those who are up have delivered the same.
    let mut check = |view: ConfigurationView<'_>| {
        let told = |process: &usize| view.told(*process).len();
        let up: Vec<usize> = (0..view.n()).filter(|process| !view.crashed(*process)).collect();
        let differ = up.iter().any(|process| told(process) != told(&up[0]));
        (view.at_rest() && differ).then(|| "some have delivered it, some have not".to_owned())
    };
    for (crashes, whole) in [(0, true), (1, false)] {
        let mut half = lossy("best-effort-broadcast", 3, Budget { crashes, ..Budget::NONE });
        half.run(&mut check);
        assert_eq!(half.violation().is_none(), whole, "with {crashes} crashes");
    }
}
