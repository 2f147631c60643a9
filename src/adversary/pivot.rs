//! Pivots: whose lateness would flip the answer.
//!
//! Gafni and Losa, *Time is not a healer, but it sure makes hindsight 20:20* (2023). Let everything go in lock-step
//! from here, without faults, and see what is decided; then once more with p left out. Where the two differ, p is a
//! pivot. That is n + 1 runs and no search, and it is how the picture explains bivalence.

use super::live::Live;
use crate::explorer::{Machine, NULL};
use std::collections::VecDeque;

/// When a lock-step run is given up.
const WAVES_MAX: usize = 64;

/// What is decided in lock-step from `live`, without `absent` if one is named: wave by wave everybody takes in what
/// waited when the wave began, that of the lowest-numbered sender first.
pub fn lockstep(machine: &mut Machine, live: &Live, absent: Option<usize>) -> Option<bool> {
    let mut live = live.clone();
    for _ in 0..WAVES_MAX {
        if let Some(value) = first_value(live.decided(machine)) {
            return Some(value);
        }
        let wave: Vec<VecDeque<u32>> = live.mail.clone();
        for (process, mail) in wave.into_iter().enumerate() {
            if Some(process) == absent {
                continue;
            }
            let mut mail: Vec<u32> = mail.into();
            mail.sort_by_key(|message| machine.mail(*message).from);
            if mail.is_empty() && live.null_matters(machine, process) {
                mail.push(NULL);
            }
            for cause in mail {
                let step = live.steps(machine, process, cause)[0];
                live.apply(machine, step);
            }
        }
    }
    None
}

fn first_value(decided: u8) -> Option<bool> {
    match decided & 3 {
        0 => None,
        mask => Some(mask & 1 == 0),
    }
}

/// The processes p for which lock-step with p and lock-step without p decide differently.
pub fn pivots(machine: &mut Machine, live: &Live) -> Vec<usize> {
    let Some(with) = lockstep(machine, live, None) else {
        return Vec::new();
    };
    let differs = |process: &usize, machine: &mut Machine| {
        lockstep(machine, live, Some(*process)).is_some_and(|without| without != with)
    };
    (0..live.locals.len()).filter(|process| differs(process, machine)).collect()
}
