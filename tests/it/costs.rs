//! What protocols cost on the engine when nothing fails: messages by kind, and communication steps.
//!
//! Every protocol's file states its cost from its source; here the engine counts. A *message* goes from one process to
//! another: what a process hands to itself is none. A *communication step* is a message of the longest chain in which
//! each is sent in the step that receives the one before, or by a timer later, up to the last decision or delivery (or
//! up to the end, where nothing is decided or delivered). All start together and messages are received in the order of
//! sending, as if all took equally long; where a protocol needs its clock, delays are drawn, and no message is late.

use crate::common::{builtin, entries, find};
use bivalent::engine::{Choice, MessageId};
use bivalent::history::{History, Scheduler};
use bivalent::process::{Invocation, Outcome, ProcessId, Value};
use bivalent::scenario::{PlannedRequest, Scenario, Setting, Topology};
use std::collections::BTreeMap;

/// A protocol, how it is run, and what that costs.
struct Cost {
    protocol: &'static str,
    /// What is counted: the sentence of the protocol's file in other words.
    counting: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    /// The inputs of n processes; those that are left out have none.
    inputs: fn(usize) -> Vec<&'static str>,
    /// What users ask, by the numbers of the processes.
    requests: &'static [(u16, &'static [&'static str])],
    topology: Topology,
    /// For how many milliseconds, where the protocol needs its clock.
    until_ms: Option<u64>,
    sizes: &'static [usize],
    /// Kinds of messages and how many, with n processes.
    messages: fn(usize) -> Vec<(&'static str, usize)>,
    steps: fn(usize) -> usize,
}

const PLAIN: Cost = Cost {
    protocol: "",
    counting: "",
    parameters: &[],
    inputs: |_| Vec::new(),
    requests: &[],
    topology: Topology::Complete,
    until_ms: None,
    sizes: &[2, 3, 5, 8],
    messages: |_| Vec::new(),
    steps: |_| 1,
};

/// n processes with a word at the first: one broadcast.
fn one_word(_: usize) -> Vec<&'static str> {
    vec!["hello"]
}

fn ones(n: usize) -> Vec<&'static str> {
    vec!["1"; n]
}

const COSTS: &[Cost] = &[
    Cost {
        protocol: "flooding",
        counting: "one rumour, all connected: the origin tells n-1, each of them all but the one who told it",
        inputs: one_word,
        messages: |n| vec![("rumour", (n - 1) * (n - 1))],
        ..PLAIN
    },
    Cost {
        protocol: "flooding",
        counting: "one rumour in a line: every neighbour is told once, and the far end is n-1 steps away",
        inputs: one_word,
        topology: Topology::Line,
        messages: |n| vec![("rumour", n - 1)],
        steps: |n| n - 1,
        ..PLAIN
    },
    Cost {
        protocol: "plain-messages",
        counting: "two words of one process: n-1 messages each",
        inputs: |_| vec!["a b"],
        messages: |n| vec![("message", 2 * (n - 1))],
        ..PLAIN
    },
    Cost {
        protocol: "stubborn-link",
        counting: "two words of one process, sent at 0, 100, 200 and 300 ms: all that was ever sent, every period",
        inputs: |_| vec!["a b"],
        until_ms: Some(350),
        messages: |n| vec![("message", 4 * 2 * (n - 1))],
        ..PLAIN
    },
    Cost {
        protocol: "perfect-link",
        counting: "two words of one process within the first period of the stubborn link below: nothing of its own",
        inputs: |_| vec!["a b"],
        messages: |n| vec![("message", 2 * (n - 1))],
        ..PLAIN
    },
    Cost {
        protocol: "best-effort-broadcast",
        counting: "one broadcast: one message to each other process",
        inputs: one_word,
        messages: |n| vec![("message", n - 1)],
        ..PLAIN
    },
    Cost {
        protocol: "reliable-broadcast",
        counting: "one broadcast: everybody tells all others once; it is delivered before the relays come",
        inputs: one_word,
        messages: |n| vec![("message", n * (n - 1))],
        ..PLAIN
    },
    Cost {
        protocol: "fifo-link",
        counting: "two words of one process within the first period of the stubborn link below: nothing of its own",
        inputs: |_| vec!["a b"],
        messages: |n| vec![("message", 2 * (n - 1))],
        ..PLAIN
    },
    Cost {
        protocol: "authenticated-link",
        counting: "two words of one process within the first period of the stubborn link below: nothing of its own",
        inputs: |_| vec!["a b"],
        messages: |n| vec![("message", 2 * (n - 1))],
        ..PLAIN
    },
    Cost {
        protocol: "lazy-reliable-broadcast",
        counting: "one broadcast before the detector's first period: one message to each other process",
        inputs: one_word,
        messages: |n| vec![("message", n - 1)],
        ..PLAIN
    },
    Cost {
        protocol: "all-ack-broadcast",
        counting: "one broadcast before the detector's first period: everybody tells all others once, and then all know",
        inputs: one_word,
        sizes: &[3, 5, 8],
        messages: |n| vec![("message", n * (n - 1))],
        steps: |_| 2,
        ..PLAIN
    },
    Cost {
        protocol: "majority-ack-broadcast",
        counting: "one broadcast: everybody tells all others once, and the sender hears of more than half in two steps",
        inputs: one_word,
        sizes: &[3, 4, 5, 8],
        messages: |n| vec![("message", n * (n - 1))],
        steps: |_| 2,
        ..PLAIN
    },
    Cost {
        protocol: "fifo-broadcast",
        counting: "two broadcasts over reliable broadcast: nothing of its own",
        inputs: |_| vec!["a b"],
        messages: |n| vec![("message", 2 * n * (n - 1))],
        ..PLAIN
    },
    Cost {
        protocol: "causal-broadcast",
        counting: "a broadcast and, in the next step, an answer to it, over reliable broadcast: nothing of its own",
        inputs: |_| vec!["a", "a/b"],
        messages: |n| vec![("message", 2 * n * (n - 1))],
        steps: |_| 2,
        ..PLAIN
    },
    Cost {
        protocol: "conversation",
        counting: "a word and an answer: two broadcasts over causal and reliable broadcast",
        inputs: |_| vec!["a", "a/b"],
        messages: |n| vec![("message", 2 * n * (n - 1))],
        steps: |_| 2,
        ..PLAIN
    },
    Cost {
        protocol: "sequencer-broadcast",
        counting: "one broadcast of another than the sequencer: one message to it, and one from it to each other",
        inputs: |_| vec!["", "hello"],
        messages: |n| vec![("message", n)],
        steps: |_| 2,
        ..PLAIN
    },
    Cost {
        protocol: "sequencer-broadcast",
        counting: "one broadcast of the sequencer: one message to each other process",
        inputs: one_word,
        messages: |n| vec![("message", n - 1)],
        ..PLAIN
    },
    Cost {
        protocol: "echo-broadcast",
        counting: "one broadcast: the sender tells all others, and everybody echoes to all others",
        inputs: one_word,
        sizes: &[4, 5, 7, 10],
        messages: |n| vec![("echo", n * (n - 1)), ("send", n - 1)],
        steps: |_| 2,
        ..PLAIN
    },
    Cost {
        protocol: "bracha-broadcast",
        counting: "one broadcast: the sender tells all others, everybody echoes to all and is ready to all",
        inputs: one_word,
        sizes: &[4, 5, 7, 10],
        messages: |n| vec![("echo", n * (n - 1)), ("ready", n * (n - 1)), ("send", n - 1)],
        steps: |_| 3,
        ..PLAIN
    },
    Cost {
        protocol: "generals",
        counting: "m = 1: the commander tells n-1, and each of them tells the n-2 others",
        inputs: |_| vec!["1"],
        until_ms: Some(1_000),
        sizes: &[3, 4, 5, 7],
        messages: |n| vec![("order", (n - 1) + (n - 1) * (n - 2))],
        steps: |_| 2,
        ..PLAIN
    },
    Cost {
        protocol: "generals",
        counting: "m = 2: and each of those tells the n-3 who are left what it was told",
        parameters: &[("faults", "2")],
        inputs: |_| vec!["1"],
        until_ms: Some(1_000),
        sizes: &[4, 7, 8],
        messages: |n| vec![("order", (n - 1) + (n - 1) * (n - 2) + (n - 1) * (n - 2) * (n - 3))],
        steps: |_| 3,
        ..PLAIN
    },
    Cost {
        protocol: "phase-king",
        counting: "f = 1: in each of f+1 phases everybody tells everybody, and the king tells all others",
        inputs: ones,
        until_ms: Some(1_000),
        sizes: &[4, 5, 8],
        messages: |n| vec![("king", 2 * (n - 1)), ("value", 2 * n * (n - 1))],
        steps: |_| 4,
        ..PLAIN
    },
    Cost {
        protocol: "phase-king",
        counting: "f = 2: in each of f+1 phases everybody tells everybody, and the king tells all others",
        parameters: &[("faults", "2")],
        inputs: ones,
        until_ms: Some(1_000),
        sizes: &[9, 10],
        messages: |n| vec![("king", 3 * (n - 1)), ("value", 3 * n * (n - 1))],
        steps: |_| 6,
        ..PLAIN
    },
    Cost {
        protocol: "increasing-timeout",
        counting: "two periods that are long enough: a request and a reply for each ordered pair, and two steps, in each",
        parameters: &[("period-ms", "300")],
        until_ms: Some(890),
        sizes: &[2, 3, 5],
        messages: |n| vec![("heartbeat-reply", 2 * n * (n - 1)), ("heartbeat-request", 2 * n * (n - 1))],
        steps: |_| 4,
        ..PLAIN
    },
    Cost {
        protocol: "eventual-leader",
        counting: "two periods of the detector below that are long enough: what it sends, and nothing besides; all trust p0 \
                   before any message comes",
        parameters: &[("increasing-timeout.period-ms", "300")],
        until_ms: Some(890),
        sizes: &[2, 3, 5],
        messages: |n| vec![("heartbeat-reply", 2 * n * (n - 1)), ("heartbeat-request", 2 * n * (n - 1))],
        steps: |_| 0,
        ..PLAIN
    },
    Cost {
        protocol: "cristian",
        counting: "everybody but p0 asks, and p0 answers",
        messages: |n| vec![("ask", n - 1), ("time", n - 1)],
        steps: |_| 2,
        ..PLAIN
    },
    Cost {
        protocol: "berkeley",
        counting: "p0 asks all others, they answer, and it corrects them",
        messages: |n| vec![("ask", n - 1), ("correction", n - 1), ("time", n - 1)],
        steps: |_| 3,
        ..PLAIN
    },
    Cost {
        protocol: "snapshot",
        counting: "nobody pays: a marker on each link in each direction; all have theirs after two steps",
        parameters: &[("payments", "0"), ("after", "0")],
        messages: |n| vec![("marker", n * (n - 1))],
        steps: |_| 2,
        ..PLAIN
    },
    Cost {
        protocol: "snapshot",
        counting: "everybody pays three times besides",
        parameters: &[("payments", "3"), ("after", "0")],
        until_ms: Some(2_000),
        sizes: &[2],
        messages: |n| vec![("marker", n * (n - 1)), ("money", 3 * n)],
        steps: |_| 2,
        ..PLAIN
    },
    Cost {
        protocol: "gossip",
        counting: "one rumour, told six times by everybody; in a pair the other knows it after the first time",
        parameters: &[("rounds", "6")],
        inputs: one_word,
        until_ms: Some(5_000),
        sizes: &[2],
        messages: |n| vec![("message", 6 * n)],
        ..PLAIN
    },
    Cost {
        protocol: "naive-transfer",
        counting: "one transfer, whoever else there is",
        messages: |_| vec![("credit", 1)],
        ..PLAIN
    },
    Cost {
        protocol: "two-phase-commit",
        counting: "one transfer: prepare, yes and commit for each of the two banks",
        sizes: &[3],
        messages: |_| vec![("commit", 2), ("prepare", 2), ("yes", 2)],
        steps: |_| 3,
        ..PLAIN
    },
    Cost {
        protocol: "majority-vote",
        counting: "one candidate: a request to each other process and a vote back",
        inputs: |_| vec!["candidate"],
        messages: |n| vec![("vote", n - 1), ("vote-request", n - 1)],
        steps: |_| 2,
        ..PLAIN
    },
    Cost {
        protocol: "heartbeat",
        counting: "two periods: a request and a reply for each ordered pair, and two steps, in each",
        until_ms: Some(890),
        sizes: &[2, 3, 5],
        messages: |n| vec![("heartbeat-reply", 2 * n * (n - 1)), ("heartbeat-request", 2 * n * (n - 1))],
        steps: |_| 4,
        ..PLAIN
    },
    Cost {
        protocol: "flood-set",
        counting: "f = 1: everybody tells everybody in each of f+1 rounds",
        inputs: ones,
        until_ms: Some(1_000),
        messages: |n| vec![("values", n * (n - 1) * 2)],
        steps: |_| 2,
        ..PLAIN
    },
    Cost {
        protocol: "flood-set",
        counting: "f = 2: everybody tells everybody in each of f+1 rounds",
        parameters: &[("faults", "2")],
        inputs: ones,
        until_ms: Some(1_000),
        sizes: &[3, 4, 6],
        messages: |n| vec![("values", n * (n - 1) * 3)],
        steps: |_| 3,
        ..PLAIN
    },
    Cost {
        protocol: "wait-for-all",
        counting: "everybody tells everybody its input",
        inputs: ones,
        messages: |n| vec![("input", n * (n - 1))],
        ..PLAIN
    },
    Cost {
        protocol: "wait-for-two",
        counting: "everybody tells everybody its input",
        inputs: ones,
        sizes: &[3, 5, 8],
        messages: |n| vec![("input", n * (n - 1))],
        ..PLAIN
    },
    Cost {
        protocol: "commit-2pc",
        counting: "all vote 1: a vote from each participant and the outcome back",
        inputs: ones,
        messages: |n| vec![("decision", n - 1), ("vote", n - 1)],
        steps: |_| 2,
        ..PLAIN
    },
    Cost {
        protocol: "commit-3pc",
        counting: "all vote 1: a vote, a pre-commit, an acknowledgement and the outcome for each participant",
        inputs: ones,
        messages: |n| vec![("acknowledgement", n - 1), ("decision", n - 1), ("pre-commit", n - 1), ("vote", n - 1)],
        steps: |_| 4,
        ..PLAIN
    },
    Cost {
        protocol: "rotating-coordinator",
        counting: "one round: the coordinator's estimate, and an auxiliary value from everybody to everybody",
        parameters: &[("rounds", "1")],
        inputs: ones,
        sizes: &[3, 4, 5, 7],
        messages: |n| vec![("auxiliary", n * (n - 1)), ("estimate", n - 1)],
        steps: |_| 2,
        ..PLAIN
    },
    Cost {
        protocol: "hierarchical-consensus",
        counting: "p0 proposes, all acknowledge, and everybody passes the decision on once",
        inputs: ones,
        sizes: &[3, 4, 5, 8],
        messages: |n| vec![("acknowledgement", n - 1), ("decided", n * (n - 1)), ("proposal", n - 1)],
        steps: |_| 3,
        ..PLAIN
    },
    Cost {
        protocol: "consensus-broadcast",
        counting: "one broadcast of p0, which everybody passes on once, and one round of consensus",
        inputs: one_word,
        sizes: &[3, 4, 5, 8],
        messages: |n| {
            let all = n * (n - 1);
            vec![("acknowledgement", n - 1), ("decided", all), ("message", all), ("proposal", n - 1)]
        },
        steps: |_| 3,
        ..PLAIN
    },
    Cost {
        protocol: "abd-register",
        counting: "one read with n-2 servers: each is asked twice and answers twice",
        requests: &[(0, &["read"])],
        sizes: &[5, 6, 8],
        messages: |n| vec![("query", n - 2), ("reply", n - 2), ("store", n - 2), ("stored", n - 2)],
        steps: |_| 4,
        ..PLAIN
    },
    Cost {
        protocol: "abd-register-one-writer",
        counting: "one write with n-2 servers: each is asked once and answers once",
        requests: &[(0, &["write", "x"])],
        sizes: &[5, 6, 8],
        messages: |n| vec![("store", n - 2), ("stored", n - 2)],
        steps: |_| 2,
        ..PLAIN
    },
    Cost {
        protocol: "primary-backup",
        counting: "one write: to the primary, to the backup, and back",
        requests: &[(2, &["write", "x"])],
        sizes: &[3, 4, 5],
        messages: |_| vec![("update", 1), ("updated", 1), ("write", 1), ("written", 1)],
        steps: |_| 4,
        ..PLAIN
    },
    Cost {
        protocol: "paxos",
        counting: "one ballot: prepare and propose to each other process, and an answer to each",
        parameters: &[("max-ballot", "1")],
        inputs: ones,
        sizes: &[3, 4, 5, 7],
        messages: |n| vec![("accept", n - 1), ("prepare", n - 1), ("promise", n - 1), ("propose", n - 1)],
        steps: |_| 4,
        ..PLAIN
    },
    Cost {
        protocol: "ben-or",
        counting: "equal inputs: one round, in which everybody tells everybody a report and a proposal",
        parameters: &[("rounds", "1")],
        inputs: ones,
        sizes: &[3, 4, 5, 7],
        messages: |n| vec![("proposal", n * (n - 1)), ("report", n * (n - 1))],
        steps: |_| 2,
        ..PLAIN
    },
];

impl Cost {
    fn run(&self, n: usize) -> History {
        let mut scenario = Scenario::of(&find(self.protocol), n);
        let given = (self.inputs)(n);
        if !given.is_empty() {
            scenario.inputs = (0..n)
                .map(|place| given.get(place).filter(|input| !input.is_empty()).map(|input| Value::from(*input)))
                .collect();
        }
        for (name, value) in self.parameters {
            scenario.parameters.insert((*name).into(), Setting((*value).into()));
        }
        scenario.topology = self.topology;
        match self.until_ms {
            Some(until_ms) => scenario.until_ms = until_ms,
            None => {
                scenario.scheduler = Scheduler::Fair;
                scenario.schedule = ProcessId::all(n).map(|process| Choice::Start(process).into()).collect();
                for (process, words) in self.requests {
                    let process = ProcessId(*process);
                    scenario.requests.push(PlannedRequest { at_ms: None, process, request: Invocation::of(words) });
                    scenario.schedule.push(Choice::Request { process, number: 1 }.into());
                }
            }
        }
        let mut history = scenario.start(builtin()).unwrap_or_else(|error| panic!("{}: {error}", self.protocol));
        history.run(100_000);
        history
    }
}

/// How many messages of each kind a run sent, and how many communication steps it took.
fn counted(history: &History) -> (BTreeMap<&'static str, usize>, usize) {
    let n = history.engine().processes().len();
    let mut kinds = BTreeMap::new();
    // The longest chain that has come to each process, and that which ends in each message.
    let mut chains = vec![0; n];
    let mut carried: BTreeMap<MessageId, usize> = BTreeMap::new();
    let mut visible = None;
    for fact in history.facts(0, history.position()) {
        let process = fact.choice.process().expect("nothing but steps happens here").index();
        let mut cause = chains[process];
        if let Choice::Deliver(message) = fact.choice {
            cause = carried[&message];
            chains[process] = chains[process].max(cause);
        }
        for (message, payload) in &fact.sent {
            *kinds.entry(payload.kind().name).or_default() += 1;
            carried.insert(*message, cause + 1);
        }
        if fact.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Decide(_) | Outcome::Indicate(_))) {
            visible = visible.max(Some(chains[process]));
        }
    }
    (kinds, visible.unwrap_or(chains.into_iter().max().unwrap_or(0)))
}

#[test]
fn every_protocol_costs_on_the_engine_what_its_file_says() {
    for cost in COSTS {
        for &n in cost.sizes {
            let (kinds, steps) = counted(&cost.run(n));
            let expected: BTreeMap<&str, usize> = (cost.messages)(n).into_iter().collect();
            assert_eq!(kinds, expected, "{} with {n} processes: {}", cost.protocol, cost.counting);
            assert_eq!(steps, (cost.steps)(n), "steps of {} with {n} processes: {}", cost.protocol, cost.counting);
        }
    }
}

#[test]
fn every_protocol_has_a_cost() {
    for entry in entries() {
        let cost = COSTS.iter().find(|cost| cost.protocol == entry.name);
        assert!(cost.is_some_and(|cost| !cost.counting.is_empty()), "{} has no cost", entry.name);
    }
}

#[test]
fn every_cost_is_counted_for_several_n() {
    for entry in entries() {
        let rows = COSTS.iter().filter(|cost| cost.protocol == entry.name);
        let mut sizes: Vec<usize> = rows.flat_map(|cost| cost.sizes).copied().collect();
        sizes.sort_unstable();
        sizes.dedup();
        let (least, most) = entry.processes;
        // How far a rumour is at which time is a matter of chance: the test below has the mean for three n.
        let enough = if entry.name == "gossip" { 1 } else { 3.min(most - least + 1) };
        assert!(sizes.len() >= enough, "{}: only for {sizes:?}", entry.name);
    }
}

#[test]
fn every_protocol_states_its_cost_and_its_source() {
    for entry in entries() {
        let name = entry.name.replace('-', "_");
        let path = format!("{}/src/protocols/{name}.rs", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let head: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        let head = head.join(" ");
        for part in ["**Cost.**", "**Assumes**", "**Source.**"] {
            assert!(head.contains(part), "{name} has no {part}");
        }
    }
}

#[test]
fn a_rumour_costs_n_times_rounds_messages_and_reaches_all_in_about_log2_n_plus_ln_n_periods() {
    // log₂ n + ln n, times ten.
    for (n, expected) in [(10, 56), (30, 83), (100, 112)] {
        let runs = 40;
        let mut periods = 0;
        for seed in 0..runs {
            let mut scenario = Scenario::of(&find("gossip"), n);
            scenario.inputs = vec![Some("news".into())];
            scenario.seed = seed;
            scenario.until_ms = 200_000;
            // Messages are fast against a period.
            scenario.parameters.insert("period-ms".into(), Setting("2000".into()));
            let mut history = scenario.start(builtin()).expect("valid");
            history.run(100_000);
            assert_eq!(history.engine().totals().sent, 30 * n as u64);
            let facts = history.facts(0, history.position());
            let told = facts.iter().filter(|fact| fact.outcomes.iter().any(|one| matches!(one, Outcome::Indicate(_))));
            let last = told.map(|fact| fact.at_us).max().expect("somebody knows");
            assert_eq!(
                history.monitors().judge(history.engine(), true).iter().filter(|one| one.event.is_some()).count(),
                0
            );
            periods += last / 200_000;
        }
        let mean = periods / u64::from(runs);
        assert!((expected - 10..=expected + 20).contains(&mean), "{n} processes: {mean} tenths of a period");
    }
}
