//! The suspicions of failure detectors so far, and their quality.
//!
//! Completeness and accuracy as Chandra and Toueg, *Unreliable failure detectors for reliable distributed systems*,
//! Journal of the ACM 43(2), 1996; the detection time as Chen, Toueg and Aguilera, *On the quality of service of failure
//! detectors*, IEEE Transactions on Computers 51(5), 2002: from the crash to the suspicion that lasts.

use crate::engine::{Engine, Status};
use crate::process::ProcessId;

/// A suspicion that has not been taken back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Suspicion {
    /// The observer.
    pub observer: ProcessId,
    /// The suspect.
    pub suspect: ProcessId,
    /// The event since which it does.
    pub event: u64,
}

/// The suspicions of detectors so far.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Detection {
    suspicions: Vec<Suspicion>,
    right: u32,
    wrong: u32,
}

impl Detection {
    /// `observer` suspects `suspect`, who is correct at that moment or not.
    pub(super) fn suspect(&mut self, observer: ProcessId, suspect: ProcessId, event: u64, correct: bool) {
        if self.since(observer, suspect).is_none() {
            self.suspicions.push(Suspicion { observer, suspect, event });
            *if correct { &mut self.wrong } else { &mut self.right } += 1;
        }
    }

    /// `observer` takes it back.
    pub(super) fn restore(&mut self, observer: ProcessId, suspect: ProcessId) {
        self.suspicions.retain(|known| (known.observer, known.suspect) != (observer, suspect));
    }

    /// `observer` has crashed, and what it thought is gone.
    pub(super) fn forget(&mut self, observer: ProcessId) {
        self.suspicions.retain(|known| known.observer != observer);
    }

    /// The suspicions of this moment, oldest first.
    pub fn suspicions(&self) -> &[Suspicion] {
        &self.suspicions
    }

    /// The event since which `observer` suspects `suspect`, if it does.
    pub fn since(&self, observer: ProcessId, suspect: ProcessId) -> Option<u64> {
        let same = |known: &&Suspicion| (known.observer, known.suspect) == (observer, suspect);
        self.suspicions.iter().find(same).map(|known| known.event)
    }

    /// The quality of the detectors at this moment; `at_us` says when an event of the run happened, in microseconds.
    pub fn meter(&self, engine: &Engine, at_us: impl Fn(u64) -> u64) -> Meter {
        let all = || ProcessId::all(engine.processes().len());
        let correct = |process: &ProcessId| engine.process(*process).is_correct();
        let crashes = all().filter_map(|process| match engine.process(process).status {
            Status::Crashed(event) => {
                let since_us = at_us(event);
                let seen = |observer| {
                    let found = self.since(observer, process).map(|event| at_us(event).saturating_sub(since_us));
                    (observer, found)
                };
                Some(Crash { process, event, found: all().filter(correct).map(seen).collect() })
            }
            _ => None,
        });
        let doubted = |known: &&Suspicion| correct(&known.observer) && correct(&known.suspect);
        Meter {
            right: self.right,
            wrong: self.wrong,
            wrong_now: self.suspicions.iter().filter(doubted).count(),
            crashes: crashes.collect(),
        }
    }
}

/// The quality of failure detectors at a moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Meter {
    /// The number of suspicions of a process that had crashed, or was Byzantine, by then.
    pub right: u32,
    /// The number of suspicions of a correct process: strong accuracy allows none.
    pub wrong: u32,
    /// The number of correct processes that are suspected by correct ones now, each pair counted: in the end eventual
    /// strong accuracy allows none.
    pub wrong_now: usize,
    /// The processes that are down, in order.
    pub crashes: Vec<Crash>,
}

impl Meter {
    /// The number of pairs of a correct process and a crashed one, and of those in which the one suspects the
    /// other: strong completeness wants all.
    pub fn completeness(&self) -> (usize, usize) {
        let found = self.crashes.iter().flat_map(|crash| &crash.found);
        (found.clone().filter(|(_, after_us)| after_us.is_some()).count(), found.count())
    }
}

/// A process that is down, and who knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Crash {
    /// The process that crashed.
    pub process: ProcessId,
    /// The event at which it did.
    pub event: u64,
    /// For each correct process, how long after the crash its suspicion began, in microseconds: 0 if it suspected it
    /// before, `None` as long as it does not.
    pub found: Vec<(ProcessId, Option<u64>)>,
}
