//! The synchronous explorer: round by round, who crashes and who still hears it.
//!
//! All processes start together. In a round everybody's messages are delivered, in the order of their senders, and
//! then everybody's timer `round` fires. A process that crashes does so while it sends: some subset of those it sends
//! to still gets its messages of the round, and it does nothing after that. Every pattern of crashes with at most so
//! many faults is gone through, with every input vector given; states that are equal are gone through once, with the
//! number of patterns that lead to them.

use super::machine::{Machine, NULL, Watch};
use crate::process::{ProcessId, Stack, Timer, Value};
use crate::property::Property;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The timer that ends a round.
const ROUND: Timer = Timer("round");

/// Bounds of an exploration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// The most processes that crash.
    pub faults: usize,
    /// After how many rounds it is given up.
    pub rounds_max: usize,
}

/// A crash in the middle of sending.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Crash {
    /// Who crashes.
    pub process: ProcessId,
    /// In which round, counted from 1.
    pub round: usize,
    /// Who still hears it in that round.
    pub heard_by: Vec<ProcessId>,
}

/// A run in which a property does not hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Violation {
    /// The property: agreement, validity or termination.
    pub property: Property,
    /// The inputs.
    pub inputs: Vec<Option<Value>>,
    /// The crashes.
    pub crashes: Vec<Crash>,
    /// What each process has decided in the end.
    pub decided: Vec<Option<Value>>,
}

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Report {
    /// Whether every run came to its end within the bound on rounds.
    pub complete: bool,
    /// Patterns of crashes, times inputs.
    pub patterns: u64,
    /// Different states at ends of rounds, by inputs.
    pub configurations: usize,
    /// Rounds played: one for each state and each way to crash in it.
    pub edges: usize,
    /// How many patterns violate each property.
    pub violated: BTreeMap<Property, u64>,
    /// An example for each property violated.
    pub examples: Vec<Violation>,
}

/// The local states, and what each process has sent for the round to come.
type State = (Vec<u32>, Vec<Vec<u32>>);

/// For each process whether it crashes in this round, and who still hears it.
type Pattern = Vec<Option<Vec<ProcessId>>>;

/// Goes through all patterns of crashes, from each of these input vectors.
pub fn explore(stack: &Stack, inputs: &[Vec<Option<Value>>], options: Options) -> Report {
    let mut report = Report {
        complete: true,
        patterns: 0,
        configurations: 0,
        edges: 0,
        violated: BTreeMap::new(),
        examples: Vec::new(),
    };
    for inputs in inputs {
        explore_from(stack, inputs, options, &mut report);
    }
    report
}

fn explore_from(stack: &Stack, inputs: &[Option<Value>], options: Options, report: &mut Report) {
    let n = inputs.len();
    let mut machine = Machine::new(stack, n, Watch { timers: true, indications: false });
    let mut start: State = (Vec::new(), vec![Vec::new(); n]);
    for (process, input) in ProcessId::all(n).zip(inputs) {
        start.0.push(machine.unstarted(process, input.clone()));
    }
    (0..n).for_each(|process| take(&mut machine, &mut start, process, NULL));
    let mut level: BTreeMap<State, (u64, Vec<Crash>)> = BTreeMap::from([(start, (1, Vec::new()))]);
    for round in 1.. {
        report.configurations += level.len();
        let mut next: BTreeMap<State, (u64, Vec<Crash>)> = BTreeMap::new();
        for (state, (patterns, crashes)) in level {
            if (0..n).all(|process| !is_active(&machine, &state, process)) {
                judge(&machine, &state, inputs, (patterns, crashes), report);
                continue;
            }
            if round > options.rounds_max {
                report.complete = false;
                report.patterns += patterns;
                continue;
            }
            for pattern in patterns_of(&machine, &state, options.faults) {
                report.edges += 1;
                let after = play(&mut machine, &state, &pattern);
                let entry = next.entry(after).or_insert_with(|| {
                    let new = ProcessId::all(n).zip(&pattern).filter_map(|(process, heard_by)| {
                        heard_by.as_ref().map(|heard_by| Crash { process, round, heard_by: heard_by.clone() })
                    });
                    (0, crashes.iter().cloned().chain(new).collect())
                });
                entry.0 += patterns;
            }
        }
        if next.is_empty() {
            return;
        }
        level = next;
    }
}

/// Whether the process still has something to send or a round to end.
fn is_active(machine: &Machine, (locals, sends): &State, process: usize) -> bool {
    let local = locals[process];
    !machine.crashed(local) && (!sends[process].is_empty() || machine.timers(local).any(|(_, timer)| timer == ROUND))
}

/// A step; what it sends waits for the next round. Coins fall on 0.
fn take(machine: &mut Machine, state: &mut State, process: usize, cause: u32) {
    let branches = machine.step(state.0[process], cause);
    let branch = machine.branches(branches)[0].clone();
    state.1[process].extend(machine.sends(&branch));
    state.0[process] = branch.local;
}

/// All ways in which processes can crash in the round to come, none of them included.
fn patterns_of(machine: &Machine, state: &State, faults: usize) -> Vec<Pattern> {
    let crashed = state.0.iter().filter(|local| machine.crashed(**local)).count();
    let mut patterns: Vec<Pattern> = vec![Vec::new()];
    for process in 0..state.0.len() {
        let to: BTreeSet<usize> = state.1[process].iter().map(|message| machine.recipient(*message)).collect();
        let to: Vec<ProcessId> = to.into_iter().map(ProcessId::from).collect();
        let mut longer = Vec::new();
        for pattern in patterns {
            let used = crashed + pattern.iter().flatten().count();
            if used < faults && is_active(machine, state, process) {
                for code in 0..1u32 << to.len() {
                    let heard = to.iter().enumerate().filter(|(place, _)| code >> place & 1 == 1).map(|(_, p)| *p);
                    longer.push(pattern.iter().cloned().chain([Some(heard.collect())]).collect());
                }
            }
            longer.push(pattern.into_iter().chain([None]).collect());
        }
        patterns = longer;
    }
    patterns
}

/// Plays a round.
fn play(machine: &mut Machine, (locals, sent): &State, pattern: &Pattern) -> State {
    let n = locals.len();
    let mut after: State = (locals.clone(), vec![Vec::new(); n]);
    for process in (0..n).filter(|process| pattern[*process].is_some()) {
        let remains = machine.crash(locals[process], NULL);
        after.0[process] = machine.branches(remains)[0].local;
    }
    for process in 0..n {
        if machine.crashed(after.0[process]) {
            continue;
        }
        for sender in 0..n {
            let heard = pattern[sender].as_ref().is_none_or(|heard_by| heard_by.contains(&process.into()));
            for message in &sent[sender] {
                if heard && machine.recipient(*message) == process {
                    take(machine, &mut after, process, *message);
                }
            }
        }
        let timer = machine.timers(after.0[process]).find(|(_, timer)| *timer == ROUND);
        if let Some((cause, _)) = timer {
            take(machine, &mut after, process, cause);
        }
    }
    after
}

/// Judges a run that has come to its end.
fn judge(
    machine: &Machine,
    (locals, _): &State,
    inputs: &[Option<Value>],
    (patterns, crashes): (u64, Vec<Crash>),
    report: &mut Report,
) {
    report.patterns += patterns;
    let decided: Vec<Option<Value>> = locals.iter().map(|local| machine.decided(*local).cloned()).collect();
    let values: BTreeSet<&Value> = decided.iter().flatten().collect();
    let undecided = locals.iter().any(|local| !machine.crashed(*local) && machine.decided(*local).is_none());
    let violated = [
        (Property::Agreement, values.len() > 1),
        (Property::Validity, values.iter().any(|value| !inputs.iter().flatten().any(|input| input == *value))),
        (Property::Termination, undecided),
    ];
    for (property, _) in violated.into_iter().filter(|(_, violated)| *violated) {
        *report.violated.entry(property).or_default() += patterns;
        if !report.examples.iter().any(|example| example.property == property) {
            let (inputs, crashes, decided) = (inputs.to_vec(), crashes.clone(), decided.clone());
            report.examples.push(Violation { property, inputs, crashes, decided });
        }
    }
}
