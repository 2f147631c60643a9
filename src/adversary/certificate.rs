//! Certificates of bivalence: a schedule to a decision of 0, and one to a decision of 1.
//!
//! In a graph that does not end, valency cannot be computed; but who holds both schedules knows that a configuration
//! is bivalent, and nobody has to believe more than the two. Not having found them means nothing.

use super::live::{Live, Names};
use crate::explorer::valency::Valency;
use crate::explorer::{Machine, Step};
use std::collections::{BTreeMap, BTreeSet};

/// Schedules from a configuration to a decision of 0 and of 1.
pub type Certificates = [Vec<Step>; 2];

/// How many rounds of silences are tried.
const SILENT_ROUNDS: u32 = 3;

/// How many random runs are tried.
const RANDOM_RUNS: u64 = 60;

/// How many configurations the last search looks at.
const SEARCHED: usize = 200;

/// A way to look for a decision.
#[derive(Clone, Debug)]
enum Attempt {
    /// A fair run in which one process at a time rests, and in which coins fall like this.
    Fair(Vec<Option<usize>>, bool),
    /// Random run number so and so.
    Random(u64),
    /// A short breadth-first search for this value.
    Search(bool),
}

impl Attempt {
    /// All of them, in order: every sequence of silences, random runs, the search.
    fn all(n: usize) -> impl Iterator<Item = Attempt> {
        let sequence = move |code: usize, rounds: u32| -> Vec<Option<usize>> {
            (0..rounds).map(|round| (code / (n + 1).pow(round) % (n + 1)).checked_sub(1)).collect()
        };
        let sequences = (0..=SILENT_ROUNDS)
            .flat_map(move |rounds| (0..(n + 1).pow(rounds)).map(move |code| sequence(code, rounds)))
            // A last round in which nobody rests makes it a shorter sequence, which had its turn.
            .filter(|silences| silences.last() != Some(&None));
        let fair = sequences.flat_map(|silences| [false, true].map(|coin| Attempt::Fair(silences.clone(), coin)));
        fair.chain((0..RANDOM_RUNS).map(Attempt::Random)).chain([false, true].map(Attempt::Search))
    }

    /// The schedule that it finds, and the values decided at its end.
    fn make(&self, machine: &mut Machine, live: &Live) -> Option<(u8, Vec<Step>)> {
        match self {
            Attempt::Fair(silences, coin) => live.fair_run(machine, silences, *coin),
            Attempt::Random(run) => live.random_run(machine, *run),
            Attempt::Search(value) => breadth_first(machine, live, 1 << u8::from(*value)),
        }
    }
}

/// What was found for each value, and how.
type Found = [Option<(Attempt, Vec<Step>)>; 2];

/// Makes all attempts until both values are found.
fn look(machine: &mut Machine, live: &Live) -> Found {
    let mut found = Found::default();
    let mut coins_matter = true;
    for attempt in Attempt::all(live.locals.len()) {
        match attempt {
            // Without a coin in it, the run before was this one.
            Attempt::Fair(_, true) if !coins_matter => continue,
            Attempt::Search(value) if found[usize::from(value)].is_some() => continue,
            _ => {}
        }
        let made = attempt.make(machine, live);
        coins_matter = made.as_ref().is_none_or(|(_, steps)| steps.iter().any(|step| step.coins.count > 0));
        let Some((decided, steps)) = made else {
            continue;
        };
        for (value, known) in found.iter_mut().enumerate() {
            if decided >> value & 1 == 1 && known.is_none() {
                *known = Some((attempt.clone(), steps.clone()));
            }
        }
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    found
}

/// The schedules that are found to a decision of 0 and of 1.
pub fn schedules(machine: &mut Machine, live: &Live) -> [Option<Vec<Step>>; 2] {
    look(machine, live).map(|found| found.map(|(_, steps)| steps))
}

/// Looks for certificates, and remembers what helped where: configurations that are equal up to a shift have the same
/// runs up to it.
#[derive(Default)]
pub struct Prover {
    known: BTreeMap<Vec<u32>, [Option<Attempt>; 2]>,
}

impl Prover {
    /// Both certificates of a configuration. If they are not found, the error is what was.
    pub fn prove(&mut self, machine: &mut Machine, names: &mut Names, live: &Live) -> Result<Certificates, Valency> {
        let (name, mail) = names.name(machine, live);
        // In the order of the name, so that what helps here helps wherever the name is the same.
        let live = &Live { locals: live.locals.clone(), mail };
        let found = match self.known.get(&name) {
            Some([Some(zero), Some(one)]) => {
                let make = |attempt: &Attempt, machine: &mut Machine| attempt.make(machine, live);
                [make(zero, machine), make(one, machine)].map(|made| made.map(|(_, steps)| steps))
            }
            // Without the schedules, since nobody asks for one alone.
            Some(known) => return Err(valency(known)),
            None => {
                let found = look(machine, live);
                self.known.insert(name, [0, 1].map(|value| found[value].as_ref().map(|(attempt, _)| attempt.clone())));
                found.map(|found| found.map(|(_, steps)| steps))
            }
        };
        match found {
            [Some(zero), Some(one)] => Ok([zero, one]),
            found => Err(valency(&found)),
        }
    }
}

/// What can be decided, as far as it was found.
pub fn valency<T>(found: &[Option<T>; 2]) -> Valency {
    Valency::of(u8::from(found[0].is_some()) | u8::from(found[1].is_some()) << 1)
}

/// The first schedule that ends with a decision in `wanted`, breadth first among the nearest configurations.
fn breadth_first(machine: &mut Machine, live: &Live, wanted: u8) -> Option<(u8, Vec<Step>)> {
    let mut seen = BTreeSet::from([live.packed()]);
    // Each with the place of the one before it, and the step between.
    let mut found: Vec<(Live, usize, Option<Step>)> = vec![(live.clone(), 0, None)];
    let mut place = 0;
    while let Some((live, ..)) = found.get(place) {
        let live = live.clone();
        for (process, cause) in live.events(machine) {
            for step in live.steps(machine, process, cause) {
                let mut next = live.clone();
                next.apply(machine, step);
                let decided = next.decided(machine);
                if decided & wanted != 0 {
                    return Some((decided, way(&found, place, step)));
                }
                if decided == 0 && seen.len() < SEARCHED && seen.insert(next.packed()) {
                    found.push((next, place, Some(step)));
                }
            }
        }
        place += 1;
    }
    None
}

/// The steps that led to the configuration at `place`, and the last.
fn way(found: &[(Live, usize, Option<Step>)], mut place: usize, last: Step) -> Vec<Step> {
    let mut steps = vec![last];
    while let (_, before, Some(step)) = &found[place] {
        steps.push(*step);
        place = *before;
    }
    steps.reverse();
    steps
}
