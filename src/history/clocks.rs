//! The order of causes: Lamport's clocks and vector clocks of a run.
//!
//! They are worked out from what happened, and not by a layer that sends them along. So every protocol has them, and no
//! run, hash or message changes because somebody looks. Only steps of processes have clocks: losses, cuts and crashes
//! are not events of a process, as nobody in the run knows of them.
//!
//! Sources: Lamport, *Time, clocks, and the ordering of events in a distributed system*, Communications of the ACM 21(7),
//! 1978, rules IR1 and IR2; vector clocks as in Mattern, *Virtual time and global states of distributed systems*, 1989.

use super::Fact;
use crate::engine::{Choice, MessageId};
use crate::process::ProcessId;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The clocks of one step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// The process whose step it is.
    pub process: ProcessId,
    /// Lamport's clock: one more than the largest of all steps before it.
    pub lamport: u64,
    /// The vector clock: how many steps of p0, p1, … there are up to this one, as far as it can know.
    pub vector: Vec<u32>,
}

impl Stamp {
    /// True if this step happened before `other`: a chain of steps and messages leads there.
    pub fn is_before(&self, other: &Stamp) -> bool {
        let own = self.process.index();
        self.vector[own] <= other.vector[own] && self.vector != other.vector
    }

    /// True if neither of two steps happened before the other.
    pub fn is_concurrent(&self, other: &Stamp) -> bool {
        self != other && !self.is_before(other) && !other.is_before(self)
    }
}

/// The clocks of a run, read from its facts from the first one on.
#[derive(Clone, Debug, Default)]
pub struct Clocks {
    last: Vec<Option<Rc<Stamp>>>,
    /// The step in which each message was sent, or that which it is made of was.
    sent: BTreeMap<MessageId, Rc<Stamp>>,
}

impl Clocks {
    /// The clocks of `n` processes before anything has happened.
    pub fn new(n: usize) -> Self {
        Clocks { last: vec![None; n], sent: BTreeMap::new() }
    }

    /// True if they are of no process at all.
    pub fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    /// The clocks of the next fact, if it is a step of a process.
    pub fn enter(&mut self, fact: &Fact) -> Option<Rc<Stamp>> {
        let cause = fact.choice.message().and_then(|message| self.sent.get(&message)).cloned();
        let stamp = match fact.choice {
            Choice::Deliver(message) => self.step(message.to, cause),
            Choice::Switch { .. } => {
                // Each process takes a step of its own in it.
                for (process, _) in &fact.parts {
                    let stamp = self.step(*process, None);
                    let own = fact.sent.iter().filter(|(id, _)| id.from == *process);
                    self.sent.extend(own.map(|(id, _)| (*id, Rc::clone(&stamp))));
                }
                return None;
            }
            choice if let Some(process) = choice.woken() => self.step(process, None),
            _ => {
                // Copies, and what somebody made of a message, come from where that one came from.
                if let Some(cause) = cause {
                    self.sent.extend(fact.sent.iter().map(|(id, _)| (*id, Rc::clone(&cause))));
                }
                return None;
            }
        };
        self.sent.extend(fact.sent.iter().map(|(id, _)| (*id, Rc::clone(&stamp))));
        Some(stamp)
    }

    fn step(&mut self, process: ProcessId, cause: Option<Rc<Stamp>>) -> Rc<Stamp> {
        let n = self.last.len();
        let mut stamp = Stamp { process, lamport: 0, vector: vec![0; n] };
        for before in [self.last[process.index()].clone(), cause].into_iter().flatten() {
            stamp.lamport = stamp.lamport.max(before.lamport);
            for (count, before) in stamp.vector.iter_mut().zip(&before.vector) {
                *count = (*count).max(*before);
            }
        }
        stamp.lamport += 1;
        stamp.vector[process.index()] += 1;
        let stamp = Rc::new(stamp);
        self.last[process.index()] = Some(Rc::clone(&stamp));
        stamp
    }
}
