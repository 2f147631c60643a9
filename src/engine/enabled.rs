//! The choices that can come next where nothing has a time: schedulers without a clock pick from them.

use super::{Choice, Engine, Status};
use crate::process::ProcessId;

impl Engine {
    /// The delivery of the oldest message of a process; without any its start, or the next request of its workload.
    pub fn oldest(&self, process: ProcessId) -> Option<Choice> {
        if !self.process(process).is_alive() {
            return None;
        }
        let waiting = self.flights().filter(|flight| flight.id.to == process && flight.held_us.is_none());
        let oldest = waiting.min_by_key(|flight| flight.serial).map(|flight| self.outcome_of(flight));
        let fresh = self.process(process).status == Status::Fresh;
        oldest.or(fresh.then_some(Choice::Start(process))).or_else(|| self.next_request(process))
    }

    /// The next request of the workload of a process, if its user may make it now.
    pub(super) fn next_request(&self, process: ProcessId) -> Option<Choice> {
        let choice = Choice::Workload { process, number: self.process(process).asked + 1 };
        self.admissible(&choice).is_ok().then_some(choice)
    }

    /// Every start, delivery and request of a workload that may happen next without times, oldest message first; messages that a cut has
    /// lost are among them, as losses.
    pub fn deliverable(&self) -> Vec<Choice> {
        let starts = ProcessId::all(self.processes.len())
            .filter(|process| self.process(*process).status == Status::Fresh)
            .map(Choice::Start);
        let messages = self
            .flights_by_age()
            .into_iter()
            .filter(|flight| flight.held_us.is_none() && self.process(flight.id.to).is_alive());
        let requests = ProcessId::all(self.processes.len()).filter_map(|process| self.next_request(process));
        starts.chain(messages.map(|flight| self.outcome_of(flight))).chain(requests).collect()
    }

    /// True if something is enabled at a live process: its start, a message, a timer.
    pub fn is_busy(&self, process: ProcessId) -> bool {
        let state = self.process(process);
        state.is_alive()
            && (state.status == Status::Fresh
                || !state.timers.is_empty()
                || self.flights().any(|flight| flight.id.to == process && flight.held_us.is_none()))
    }
}
