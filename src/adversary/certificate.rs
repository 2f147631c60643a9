//! Certificates of bivalence: a schedule to a decision of 0, and one to a decision of 1.
//!
//! In a graph that does not end, valency cannot be computed; but who holds both schedules knows that a configuration
//! is bivalent, and nobody has to believe more than the two. Not having found them means nothing.

use super::live::{Live, Names};
use crate::explorer::valency::Valency;
use crate::explorer::{StepTable, StrictStep};
use std::collections::BTreeMap;

/// Schedules from a configuration to a decision of 0 and of 1.
pub type Certificates = [Vec<StrictStep>; 2];

/// The number of rounds of silences that are tried.
const SILENT_ROUNDS: u32 = 3;

/// The number of random runs that are tried.
const RANDOM_RUNS: u64 = 60;

/// The number of configurations that the last search looks at.
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
    /// As the fair run, and who rests is not heard meanwhile: what it has sent already waits.
    Mute(Vec<Option<usize>>, bool),
}

impl Attempt {
    /// All of them, in order: every sequence of silences, random runs, the search; and those with mute processes, if they
    /// are wanted.
    fn all(n: usize, mute: bool) -> impl Iterator<Item = Attempt> {
        let sequence = move |code: usize, rounds: u32| -> Vec<Option<usize>> {
            (0..rounds).map(|round| (code / (n + 1).pow(round) % (n + 1)).checked_sub(1)).collect()
        };
        let sequences = (0..=SILENT_ROUNDS)
            .flat_map(move |rounds| (0..(n + 1).pow(rounds)).map(move |code| sequence(code, rounds)))
            // A last round in which nobody rests makes it a shorter sequence, which had its turn.
            .filter(|silences| silences.last() != Some(&None));
        let twice = |silences: Vec<Option<usize>>| [(silences.clone(), false), (silences, true)];
        let muted = sequences.clone().filter(move |silences| mute && !silences.is_empty()).flat_map(twice);
        let fair = sequences.flat_map(twice).map(|(silences, coin)| Attempt::Fair(silences, coin));
        let others = (0..RANDOM_RUNS).map(Attempt::Random).chain([false, true].map(Attempt::Search));
        fair.chain(others).chain(muted.map(|(silences, coin)| Attempt::Mute(silences, coin)))
    }

    /// The schedule that it finds, and the values decided at its end.
    fn make(&self, step_table: &mut StepTable, live: &Live, near: &mut Near) -> Option<(u8, Vec<StrictStep>)> {
        match self {
            Attempt::Fair(silences, coin) | Attempt::Mute(silences, coin) => {
                let mute = matches!(self, Attempt::Mute(..));
                live.fair_run(step_table, silences, mute, *coin).map(|(decided, steps, _)| (decided, steps))
            }
            Attempt::Random(run) => live.random_run(step_table, *run),
            Attempt::Search(value) => near.search(step_table, live, 1 << u8::from(*value)),
        }
    }
}

/// The certificate found for each value, and the search that found it.
type FoundDecisions = [Option<(Attempt, Vec<StrictStep>)>; 2];

/// Fair runs that were made: who rested in the rounds until the decision, and how coins fell, if any did.
#[derive(Default)]
struct Made(Vec<(Vec<Option<usize>>, Option<bool>)>);

impl Made {
    /// The process that rests in each of so many rounds; after the last of them none does.
    fn rests(silences: &[Option<usize>], rounds: usize) -> impl Iterator<Item = Option<usize>> {
        silences.iter().copied().chain(std::iter::repeat(None)).take(rounds)
    }

    /// True if a run would be one that was made: it decides before it comes to where they differ.
    fn has(&self, silences: &[Option<usize>], coin: bool) -> bool {
        let same = |rested: &[Option<usize>]| Made::rests(silences, rested.len()).eq(rested.iter().copied());
        self.0.iter().any(|(rested, fell)| fell.is_none_or(|fell| fell == coin) && same(rested))
    }
}

/// Makes all attempts until both values are found.
fn look(step_table: &mut StepTable, live: &Live, near: &mut Near, mute: bool) -> FoundDecisions {
    let mut found = FoundDecisions::default();
    let mut fair = Made::default();
    for attempt in Attempt::all(live.locals.len(), mute) {
        let made = match &attempt {
            Attempt::Fair(silences, coin) if fair.has(silences, *coin) => continue,
            Attempt::Fair(silences, coin) => {
                live.fair_run(step_table, silences, false, *coin).map(|(decided, steps, rounds)| {
                    let flipped = steps.iter().any(|step| step.coins.count > 0);
                    // A run may go on for long after the last silence, but no sequence of them is longer than this.
                    let rounds = rounds.min(SILENT_ROUNDS as usize);
                    fair.0.push((Made::rests(silences, rounds).collect(), flipped.then_some(*coin)));
                    (decided, steps)
                })
            }
            Attempt::Search(value) if found[usize::from(*value)].is_some() => continue,
            _ => attempt.make(step_table, live, near),
        };
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
pub fn schedules(step_table: &mut StepTable, live: &Live) -> [Option<Vec<StrictStep>>; 2] {
    look(step_table, live, &mut Near::default(), false).map(|found| found.map(|(_, steps)| steps))
}

/// Looks for certificates, and remembers what helped where: configurations that are equal up to a shift have the same
/// runs up to it.
#[derive(Default)]
pub struct Prover {
    known: BTreeMap<Vec<u32>, [Option<Attempt>; 2]>,
    near: Near,
    mute: bool,
}

impl Prover {
    /// One that also tries runs in which who rests is not heard. The adversary finds its stages without them, and looks
    /// at thousands of configurations in vain; a player stands wherever the last move led.
    pub fn thorough() -> Self {
        Prover { mute: true, ..Prover::default() }
    }

    /// Both certificates of a configuration. If they are not found, the error is what was.
    pub fn prove(
        &mut self,
        step_table: &mut StepTable,
        names: &mut Names,
        live: &Live,
    ) -> Result<Certificates, Valency> {
        let (name, mail) = names.name(step_table, live);
        // In the order of the name, so that what helps here helps wherever the name is the same.
        let live = &Live { locals: live.locals.clone(), mail };
        let found = match self.known.get(&name) {
            Some([Some(zero), Some(one)]) => {
                let made = [zero, one].map(|attempt| attempt.make(step_table, live, &mut self.near));
                made.map(|made| made.map(|(_, steps)| steps))
            }
            // Without the schedules, since nobody asks for one alone.
            Some(known) => return Err(valency(known)),
            None => {
                let found = look(step_table, live, &mut self.near, self.mute);
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

/// The values that can be decided, as far as they were found.
pub fn valency<T>(found: &[Option<T>; 2]) -> Valency {
    Valency::of(u8::from(found[0].is_some()) | u8::from(found[1].is_some()) << 1)
}

/// The nearest configurations, for the last search. Their memory is used again: thousands of searches find nothing.
#[derive(Default)]
struct Near {
    /// Each with the place of the one before it, and the step between. Beyond `len` they are old.
    found: Vec<(Live, usize, Option<StrictStep>)>,
    len: usize,
    /// Hashes of them without ages, and what was hashed.
    hashes: Vec<u64>,
    packed: Vec<u32>,
    ends: Vec<usize>,
    words: Vec<u32>,
    events: Vec<(usize, u32)>,
}

impl Near {
    /// Adds the configuration, unless the one in `words` is known.
    fn enter(&mut self, live: &Live, before: usize, step: Option<StrictStep>) -> bool {
        // For this search only; equal hashes are looked at again.
        let mix = |hash: u64, word: &u32| (hash.rotate_left(5) ^ u64::from(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let hash = self.words.iter().fold(0, mix);
        let known = |place: usize| {
            let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
            self.packed[start..self.ends[place]] == self.words
        };
        if (0..self.len).any(|place| self.hashes[place] == hash && known(place)) {
            return false;
        }
        self.hashes.push(hash);
        self.packed.extend_from_slice(&self.words);
        self.ends.push(self.packed.len());
        match self.found.get_mut(self.len) {
            Some(old) => {
                old.0.clone_from(live);
                (old.1, old.2) = (before, step);
            }
            None => self.found.push((live.clone(), before, step)),
        }
        self.len += 1;
        true
    }

    /// The first schedule that ends with a decision in `wanted`, breadth first.
    fn search(&mut self, step_table: &mut StepTable, live: &Live, wanted: u8) -> Option<(u8, Vec<StrictStep>)> {
        self.len = 0;
        self.hashes.clear();
        self.packed.clear();
        self.ends.clear();
        self.words = live.packed();
        self.enter(live, 0, None);
        let mut place = 0;
        let mut here = live.clone();
        while place < self.len {
            here.clone_from(&self.found[place].0);
            here.list_events(step_table, &mut self.events);
            for at in 0..self.events.len() {
                let (process, cause) = self.events[at];
                for number in step_table.step(here.locals[process], cause) {
                    let branch = &step_table.branches(number..number + 1)[0];
                    let process = u16::try_from(process).expect("few processes");
                    let step = StrictStep { process, cause, coins: branch.coins };
                    // Decisions stay: who steps keeps its own, and the others theirs.
                    let decided = here.decided(step_table) | step_table.decision(branch.local);
                    if decided & wanted != 0 {
                        return Some((decided, self.way(place, step)));
                    }
                    if decided == 0 && self.len < SEARCHED {
                        here.pack_after(step_table, step, branch, &mut self.words);
                        if self.enter(&here, place, Some(step)) {
                            self.found[self.len - 1].0.apply(step_table, step);
                        }
                    }
                }
            }
            place += 1;
        }
        None
    }

    /// The steps that led to the configuration at `place`, and the last.
    fn way(&self, mut place: usize, last: StrictStep) -> Vec<StrictStep> {
        let mut steps = vec![last];
        while let (_, before, Some(step)) = &self.found[place] {
            steps.push(*step);
            place = *before;
        }
        steps.reverse();
        steps
    }
}
