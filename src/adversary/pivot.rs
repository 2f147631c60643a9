//! Pivots: whose lateness would flip the answer.
//!
//! Gafni and Losa, *Time is not a healer, but it sure makes hindsight 20:20* (2023). Let everything go in lock-step
//! from here, without faults, and see what is decided; then once more with p left out. Where the two differ, p is a
//! pivot. That is n + 1 runs and no search, and it is how the picture explains bivalence.

use super::live::Live;
use crate::explorer::{NULL, StepTable};
use crate::process::ProcessId;
use std::collections::VecDeque;

/// When a lock-step run is given up.
const WAVES_MAX: usize = 64;

/// The decision in lock-step from a configuration; none where nobody decides in a long time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lockstep {
    /// With everybody.
    pub all: Option<bool>,
    /// Without each process in turn; for one that has crashed, as with everybody.
    pub without: Vec<Option<bool>>,
}

impl Lockstep {
    /// The processes whose lateness would flip the answer.
    pub fn pivots(&self) -> Vec<ProcessId> {
        let flips = |value: &Option<bool>| matches!((self.all, value), (Some(with), Some(without)) if with != *without);
        let places = self.without.iter().enumerate().filter(|(_, value)| flips(value));
        places.map(|(process, _)| ProcessId::from(process)).collect()
    }
}

/// Lock-step runs from `live`, with everybody and without each; those who have `crashed` are left out of all of them.
pub fn compare(step_table: &mut StepTable, live: &Live, crashed: &[bool]) -> Lockstep {
    let all = lockstep(step_table, live, crashed);
    let without = |process: usize| {
        let mut absent = crashed.to_vec();
        absent[process] = true;
        lockstep(step_table, live, &absent)
    };
    Lockstep { all, without: (0..live.locals.len()).map(without).collect() }
}

/// The decision in lock-step from `live` without those who are absent: wave by wave everybody takes in what
/// waited when the wave began, that of the lowest-numbered sender first.
fn lockstep(step_table: &mut StepTable, live: &Live, absent: &[bool]) -> Option<bool> {
    let mut live = live.clone();
    for _ in 0..WAVES_MAX {
        let decided = live.decided(step_table) & 3;
        if decided != 0 {
            return Some(decided & 1 == 0);
        }
        let wave: Vec<VecDeque<u32>> = live.mail.clone();
        for (process, mail) in wave.into_iter().enumerate() {
            if absent[process] {
                continue;
            }
            let mut mail: Vec<u32> = mail.into();
            mail.sort_by_key(|message| step_table.mail(*message).from);
            if mail.is_empty() && live.null_matters(step_table, process) {
                mail.push(NULL);
            }
            for cause in mail {
                let step = live.steps(step_table, process, cause)[0];
                live.apply(step_table, step);
            }
        }
    }
    None
}
