//! The queue of what is due: a heap of moments, ordered by time, then by class, then by age.

use crate::process::ProcessId;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Something that is due. Entries are never taken out early: the engine asks whether an entry still stands when it
/// comes up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Due {
    /// A process takes its first step.
    Start(ProcessId),
    /// A fault that the scenario plans, by its place in the list.
    Fault(u32),
    /// Something happens to the message in `slot`, if it is still the one with this serial number.
    Message { slot: u32, serial: u64 },
    /// A timer fires, if it was not set anew since.
    Timer { process: ProcessId, layer: u8, serial: u64 },
    /// Something that an intruder or a liar has in mind happens.
    Attack(u64),
    /// The user of a process makes the next request of the workload.
    Workload(ProcessId),
}

impl Due {
    /// At one moment processes start first, and messages are received before timers fire: so every message of a
    /// synchronous round arrives before the round ends.
    fn class(self) -> u8 {
        match self {
            Due::Fault(_) => 0,
            Due::Start(_) => 1,
            Due::Message { .. } | Due::Attack(_) | Due::Workload(_) => 2,
            Due::Timer { .. } => 3,
        }
    }
}

/// The moments to come.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<(u64, u8, u64, Due)>>,
    age: u64,
}

impl Queue {
    pub(super) fn push(&mut self, at_us: u64, due: Due) {
        self.heap.push(Reverse((at_us, due.class(), self.age, due)));
        self.age += 1;
    }

    pub(super) fn first(&self) -> Option<(u64, Due)> {
        self.heap.peek().map(|Reverse((at_us, _, _, due))| (*at_us, *due))
    }

    pub(super) fn pop(&mut self) {
        self.heap.pop();
    }

    /// The bytes that a copy of it takes, about.
    pub(super) fn bytes(&self) -> usize {
        self.heap.len() * size_of::<Reverse<(u64, u8, u64, Due)>>()
    }
}
