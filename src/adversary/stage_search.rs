//! The search of one stage: which events must come before e, so that e leads to a bivalent configuration.
//!
//! Breadth first over schedules σ without e that decide nothing. Of the shortest that will do it takes the one that
//! leaves the fewest messages, then the first in order. It goes one try at a time, so that a page can do something
//! else in between.

use super::Adversary;
use super::certificate::Certificates;
use super::live::Live;
use crate::draw::Flips;
use crate::explorer::valency::Valency;
use crate::explorer::{NULL, StrictStep};
use std::collections::BTreeSet;

/// The most configurations that the search of one stage looks at in a graph that does not end.
const STAGE_MAX: usize = 5_000;

/// The result of a try of e: the configuration, the schedule of the level that came before it, and e with its coins.
type Candidate = (Live, usize, StrictStep);

/// A search, as far as it has come.
pub(super) struct StageSearch {
    /// The process at the head of the queue.
    pub process: usize,
    /// The message that e delivers to it, or NULL.
    pub cause: u32,
    /// The configurations of the levels above, with the schedules to them: only where the whole graph is known.
    pub reached: Vec<(Live, Vec<StrictStep>)>,
    seen: BTreeSet<Vec<u32>>,
    level: Vec<(Live, Vec<StrictStep>)>,
    candidates: Vec<Candidate>,
    next: usize,
    /// The number of tries that led to what is not known to be bivalent.
    pub failed: usize,
}

/// The result of one try.
pub(super) enum Try {
    /// e after these events leads to what is not known to be bivalent.
    Failed(Vec<StrictStep>, Valency),
    /// The events before e, e, and the certificates after it.
    Found(Vec<StrictStep>, StrictStep, Certificates),
    /// Nothing is left to try, and everything was tried.
    Exhausted,
    /// Too much is left to try.
    Unknown,
}

/// The events of a stage, told so that they fit wherever the configuration is the same up to the shift: who takes a
/// step, the place of the message in its queue, and the coins.
pub(super) struct Memo {
    steps: Vec<(u16, Option<usize>, Flips)>,
    failed: usize,
}

impl Adversary {
    /// The stage that was found in an equal configuration: its steps, the certificates after it, and how many tries
    /// had failed before.
    pub(super) fn recall(&mut self, name: &[u32]) -> Option<(Vec<StrictStep>, Certificates, usize)> {
        let mut live = self.live.clone();
        let memo = self.memos.get(name)?;
        let failed = memo.failed;
        let steps: Vec<StrictStep> = memo
            .steps
            .iter()
            .map(|(process, place, coins)| {
                let cause = place.map_or(NULL, |place| live.mail[usize::from(*process)][place]);
                let step = StrictStep { process: *process, cause, coins: *coins };
                live.apply(self.strict.step_table_mut(), step);
                step
            })
            .collect();
        Some((steps, self.bivalent(&live).ok()?, failed))
    }

    /// Keeps a stage for equal configurations.
    pub(super) fn note_down(&mut self, name: Vec<u32>, steps: &[StrictStep], failed: usize) {
        let mut live = self.live.clone();
        let steps = steps.iter().map(|step| {
            let mut queue = live.mail[usize::from(step.process)].iter();
            let place = queue.position(|message| *message == step.cause);
            live.apply(self.strict.step_table_mut(), *step);
            (step.process, place, step.coins)
        });
        let steps = steps.collect();
        self.memos.insert(name, Memo { steps, failed });
    }

    /// A search from `live` for what must come before that event.
    pub(super) fn stage_search(&mut self, live: &Live, process: usize, cause: u32) -> StageSearch {
        let mut search = StageSearch {
            process,
            cause,
            reached: Vec::new(),
            seen: BTreeSet::from([self.names.name(self.strict.step_table(), live).0]),
            level: vec![(live.clone(), Vec::new())],
            candidates: Vec::new(),
            next: 0,
            failed: 0,
        };
        self.line_up(&mut search);
        search
    }

    /// The next try.
    pub(super) fn attempt(&mut self, search: &mut StageSearch) -> Try {
        while search.next == search.candidates.len() {
            let exact = self.valencies.is_some();
            if !exact && search.seen.len() > STAGE_MAX {
                return Try::Unknown;
            }
            let next = self.next_level(search);
            let level = std::mem::replace(&mut search.level, next);
            if exact {
                search.reached.extend(level);
            }
            if search.level.is_empty() {
                return if exact { Try::Exhausted } else { Try::Unknown };
            }
            self.line_up(search);
        }
        let (after, place, step) = &search.candidates[search.next];
        search.next += 1;
        let before = search.level[*place].1.clone();
        match self.bivalent(after) {
            Ok(certificates) => Try::Found(before, *step, certificates),
            Err(valency) => {
                search.failed += 1;
                Try::Failed(before, valency)
            }
        }
    }

    /// Lets e follow every schedule of the level.
    fn line_up(&mut self, search: &mut StageSearch) {
        search.next = 0;
        search.candidates.clear();
        for (place, (live, _)) in search.level.iter().enumerate() {
            let after = self.successors(live, search.process, search.cause).into_iter();
            search.candidates.extend(after.map(|(after, step)| (after, place, step)));
        }
        // The sort is stable, and the level is in order.
        search.candidates.sort_by_key(|(after, _, _)| after.waiting());
    }

    fn next_level(&mut self, search: &mut StageSearch) -> Vec<(Live, Vec<StrictStep>)> {
        let (step_table, names) = (self.strict.step_table_mut(), &mut self.names);
        let mut next = Vec::new();
        for (live, before) in &search.level {
            let without = (search.process, search.cause);
            for event in live.events(step_table).into_iter().filter(|event| *event != without) {
                for step in live.steps(step_table, event.0, event.1) {
                    let mut after = live.clone();
                    after.apply(step_table, step);
                    if after.decided(step_table) == 0 && search.seen.insert(names.name(step_table, &after).0) {
                        next.push((after, before.iter().copied().chain([step]).collect()));
                    }
                }
            }
        }
        next
    }
}
