//! A configuration as a check sees it, whichever explorer found it.

use super::inbox_states::InboxStates;
use super::step_table::{Mail, StepTable};
use crate::operation::RegisterWatch;
use crate::process::{LayerState, Outcome, Value};

/// A configuration, for a check.
#[derive(Clone, Copy)]
pub struct ConfigurationView<'a> {
    pub(super) step_table: &'a StepTable,
    pub(super) inbox_states: &'a InboxStates,
    /// A inbox state for each process.
    pub(super) words: &'a [u32],
    /// What the operations so far allow, where users ask for something.
    pub(super) register: Option<&'a RegisterWatch>,
}

impl<'a> ConfigurationView<'a> {
    /// The number of processes.
    pub fn n(&self) -> usize {
        self.words.len()
    }

    /// The number of the local state of a process.
    pub(super) fn local(&self, process: usize) -> u32 {
        self.inbox_states.local(self.words[process])
    }

    fn locals(&self) -> impl Iterator<Item = u32> + use<'a> {
        let inbox_states = self.inbox_states;
        self.words.iter().map(|inbox_state| inbox_states.local(*inbox_state))
    }

    /// The indications and decisions that a process has given its user so far, in order.
    pub fn told(&self, process: usize) -> &'a [Outcome] {
        self.step_table.told(self.local(process))
    }

    /// The state of each layer of a process as the inspector shows it, bottom first; none before its first step.
    pub fn inspect(&self, process: usize) -> Vec<serde_json::Value> {
        let local = self.local(process);
        if self.step_table.started(local) { self.step_table.inspect(local) } else { Vec::new() }
    }

    /// The state of a process in the protocol on top; none of one that has crashed.
    pub fn top(&self, process: usize) -> Option<&'a LayerState> {
        self.step_table.layers(self.local(process)).last()
    }

    /// The decision of a process.
    pub fn decided(&self, process: usize) -> Option<&'a Value> {
        self.step_table.decided(self.local(process))
    }

    /// True if a process has crashed.
    pub fn crashed(&self, process: usize) -> bool {
        self.step_table.crashed(self.local(process))
    }

    /// What the operations so far allow, where users ask for something.
    pub fn register(&self) -> Option<&'a RegisterWatch> {
        self.register
    }

    /// True if a request of the user of a process is open.
    pub fn waits(&self, process: usize) -> bool {
        self.step_table.waits(self.local(process))
    }

    /// The messages on their way.
    pub fn in_flight(&self) -> impl Iterator<Item = &'a Mail> + use<'a> {
        let (step_table, inbox_states) = (self.step_table, self.inbox_states);
        self.words
            .iter()
            .flat_map(|inbox_state| inbox_states.mail(*inbox_state))
            .map(|message| step_table.mail(*message))
    }

    /// True if everybody who is up has started, and no message is on its way. Timers may run.
    pub fn is_quiet(&self) -> bool {
        let quiet = |inbox_state: &u32| self.inbox_states.mail(*inbox_state).is_empty();
        self.words.iter().all(quiet) && self.locals().all(|local| self.step_table.started(local))
    }

    /// True if nothing can happen any more of itself: it is quiet, and no timer runs.
    pub fn at_rest(&self) -> bool {
        let waits = |local| {
            let timer = !self.step_table.crashed(local) && self.step_table.awaits_timer(local);
            timer || self.step_table.next_request(local).is_some()
        };
        self.is_quiet() && !self.locals().any(waits)
    }
}
