//! A configuration as a check sees it, whichever explorer found it.

use super::machine::{Machine, Mail};
use super::search::Rules;
use super::stations::Stations;
use crate::process::{Outcome, Value};

/// A configuration, for a check.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub(super) machine: &'a Machine,
    pub(super) stations: &'a Stations,
    /// A station for each process.
    pub(super) words: &'a [u32],
}

/// Rules whose configurations can be looked at.
pub trait Viewed: Rules {
    /// What a configuration holds.
    fn view<'a>(&'a self, configuration: &'a [u32]) -> View<'a>;
}

impl<'a> View<'a> {
    /// How many processes there are.
    pub fn n(&self) -> usize {
        self.words.len()
    }

    /// The local state of a process.
    fn local(&self, process: usize) -> u32 {
        self.stations.local(self.words[process])
    }

    fn locals(&self) -> impl Iterator<Item = u32> + use<'a> {
        let stations = self.stations;
        self.words.iter().map(|station| stations.local(*station))
    }

    /// What a process has told its user so far, in order: indications and decisions.
    pub fn told(&self, process: usize) -> &'a [Outcome] {
        self.machine.told(self.local(process))
    }

    /// What a process has decided.
    pub fn decided(&self, process: usize) -> Option<&'a Value> {
        self.machine.decided(self.local(process))
    }

    /// Whether a process has crashed.
    pub fn crashed(&self, process: usize) -> bool {
        self.machine.crashed(self.local(process))
    }

    /// The money on the books of all who are up; none where there are no books.
    pub fn books(&self) -> Option<i64> {
        self.locals().filter_map(|local| self.machine.holding(local)).reduce(|sum, holding| sum + holding)
    }

    /// The messages on their way.
    pub fn in_flight(&self) -> impl Iterator<Item = &'a Mail> + use<'a> {
        let (machine, stations) = (self.machine, self.stations);
        self.words.iter().flat_map(|station| stations.mail(*station)).map(|message| machine.mail(*message))
    }

    /// Whether everybody who is up has started, and no message is on its way. Timers may run.
    pub fn is_quiet(&self) -> bool {
        let quiet = |station: &u32| self.stations.mail(*station).is_empty();
        self.words.iter().all(quiet) && self.locals().all(|local| self.machine.started(local))
    }

    /// Whether nothing can happen any more of itself: it is quiet, and no timer runs.
    pub fn at_rest(&self) -> bool {
        let waits = |local| !self.machine.crashed(local) && self.machine.awaits_timer(local);
        self.is_quiet() && !self.locals().any(waits)
    }
}
