//! Certificates of bivalence: a schedule to a decision of 0, and one to a decision of 1.
//!
//! In a graph that does not end, valency cannot be computed; but who holds both schedules knows that a configuration
//! is bivalent, and nobody has to believe more than the two. Not having found them means nothing.

use super::live::{Live, Names};
use crate::explorer::{Machine, Step};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Schedules from a configuration to a decision of 0 and of 1.
pub type Certificates = [Vec<Step>; 2];

/// How many rounds of silences are tried.
const SILENT_ROUNDS: u32 = 3;

/// How many random runs are tried.
const RANDOM_RUNS: u64 = 60;

/// How many configurations the last search looks at.
const SEARCHED: usize = 2_000;

/// Looks for certificates, and remembers where it found none.
#[derive(Default)]
pub struct Prover {
    unproved: BTreeSet<Vec<u32>>,
}

/// What was found so far.
type Found = [Option<Vec<Step>>; 2];

impl Prover {
    /// Both certificates of a configuration, if they are found.
    pub fn prove(&mut self, machine: &mut Machine, names: &mut Names, live: &Live) -> Option<Certificates> {
        let name = names.name(machine, live, true);
        if self.unproved.contains(&name) {
            return None;
        }
        let mut found = Found::default();
        look(machine, live, &mut found);
        match found {
            [Some(zero), Some(one)] => Some([zero, one]),
            _ => {
                self.unproved.insert(name);

                None
            }
        }
    }
}

/// The values for which a schedule is found, as a mask.
pub fn values(machine: &mut Machine, live: &Live) -> u8 {
    let mut found = Found::default();
    look(machine, live, &mut found);
    (0..2).fold(0, |mask, value| mask | u8::from(found[value].is_some()) << value)
}

/// Fair runs under every sequence of silences, then random runs, then a bounded search, until both values are found.
fn look(machine: &mut Machine, live: &Live, found: &mut Found) {
    let n = live.locals.len();
    for rounds in 0..=SILENT_ROUNDS {
        for code in 0..(n + 1).pow(rounds) {
            let silences = silences(code, rounds, n);
            // A last round in which nobody rests makes it a shorter sequence, which had its turn.
            if silences.last().is_some_and(Option::is_none) {
                continue;
            }
            let run = live.fair_run(machine, &silences, false);
            let flips = run.as_ref().is_some_and(|(_, steps)| steps.iter().any(|step| step.coins.count > 0));
            if note(found, run) || flips && note(found, live.fair_run(machine, &silences, true)) {
                eprintln!("found k{rounds}");
                return;
            }
        }
    }
    for run in 0..RANDOM_RUNS {
        if note(found, live.random_run(machine, run)) {
            eprintln!("found random");
            return;
        }
    }
    eprintln!("bfs");
    breadth_first(machine, live, found);
}

/// Sequence number `code` of those in which in each round one process rests, or nobody.
fn silences(code: usize, rounds: u32, n: usize) -> Vec<Option<usize>> {
    (0..rounds).map(|round| (code / (n + 1).pow(round) % (n + 1)).checked_sub(1)).collect()
}

/// Keeps what a run shows; true if both values are known now.
fn note(found: &mut Found, run: Option<(u8, Vec<Step>)>) -> bool {
    if let Some((decided, steps)) = run {
        for (value, known) in found.iter_mut().enumerate() {
            if decided >> value & 1 == 1 && known.is_none() {
                *known = Some(steps.clone());
            }
        }
    }
    found.iter().all(Option::is_some)
}

fn breadth_first(machine: &mut Machine, live: &Live, found: &mut Found) {
    let mut seen = BTreeMap::from([(live.packed(), None)]);
    let mut queue = VecDeque::from([(live.clone(), live.packed())]);
    while let Some((live, name)) = queue.pop_front() {
        let decided = live.decided(machine);
        if decided != 0 {
            if note(found, Some((decided, way(&seen, name)))) {
                return;
            }
            continue;
        }
        for (process, cause) in live.events(machine) {
            for step in live.steps(machine, process, cause) {
                let mut next = live.clone();
                next.apply(machine, step);
                let next_name = next.packed();
                if seen.len() < SEARCHED && !seen.contains_key(&next_name) {
                    seen.insert(next_name.clone(), Some((name.clone(), step)));
                    queue.push_back((next, next_name));
                }
            }
        }
    }
}

/// The steps that led to `name`.
fn way(seen: &BTreeMap<Vec<u32>, Option<(Vec<u32>, Step)>>, mut name: Vec<u32>) -> Vec<Step> {
    let mut steps = Vec::new();
    while let Some(Some((before, step))) = seen.get(&name) {
        steps.push(*step);
        name = before.clone();
    }
    steps.reverse();
    steps
}
