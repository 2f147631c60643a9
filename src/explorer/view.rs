//! A configuration as a check sees it, whichever explorer found it.

use super::machine::{Machine, Mail};
use super::search::Rules;
use crate::process::{Outcome, Value};

/// A configuration, for a check.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub(super) machine: &'a Machine,
    pub(super) locals: &'a [u32],
    pub(super) mail: &'a [u32],
}

/// Rules whose configurations can be looked at.
pub trait Viewed: Rules {
    /// What a configuration holds.
    fn view<'a>(&'a self, configuration: &'a [u32]) -> View<'a>;
}

impl<'a> View<'a> {
    /// How many processes there are.
    pub fn n(&self) -> usize {
        self.locals.len()
    }

    /// What a process has told its user so far, in order: indications and decisions.
    pub fn told(&self, process: usize) -> &'a [Outcome] {
        self.machine.told(self.locals[process])
    }

    /// What a process has decided.
    pub fn decided(&self, process: usize) -> Option<&'a Value> {
        self.machine.decided(self.locals[process])
    }

    /// Whether a process has crashed.
    pub fn crashed(&self, process: usize) -> bool {
        self.machine.crashed(self.locals[process])
    }

    /// The money on the books of all who are up; none where there are no books.
    pub fn books(&self) -> Option<i64> {
        self.locals.iter().filter_map(|local| self.machine.holding(*local)).reduce(|sum, holding| sum + holding)
    }

    /// The messages on their way.
    pub fn in_flight(&self) -> impl Iterator<Item = &'a Mail> + use<'a> {
        let machine = self.machine;
        self.mail.iter().map(|message| machine.mail(*message))
    }

    /// Whether everybody who is up has started, and no message is on its way. Timers may run.
    pub fn is_quiet(&self) -> bool {
        self.mail.is_empty() && self.locals.iter().all(|local| self.machine.started(*local))
    }

    /// Whether nothing can happen any more of itself: it is quiet, and no timer runs.
    pub fn at_rest(&self) -> bool {
        let waits = |local: &u32| !self.machine.crashed(*local) && self.machine.awaits_timer(*local);
        self.is_quiet() && !self.locals.iter().any(waits)
    }
}
