//! The events that the log lists.

use crate::engine::Choice;
use crate::history::{History, Mark, Record};
use crate::process::ProcessId;

/// A kind of event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum EventKind {
    /// Everything.
    #[default]
    All,
    /// Decisions, and what violates a property.
    Decisions,
    /// Failures and repairs of processes and links, and changes of models.
    Faults,
    /// Messages that are received.
    Deliveries,
}

/// The events of a run that are of a kind, and about a process.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// The kind.
    pub kind: EventKind,
    /// The process; `None` for all.
    pub process: Option<ProcessId>,
    /// The number of records that have been looked at, and the trace's hash after the last of them.
    seen: (usize, u64),
    events: Vec<u64>,
}

impl EventFilter {
    /// A filter for this kind and process.
    pub fn new(kind: EventKind, process: Option<ProcessId>) -> Self {
        EventFilter { kind, process, ..EventFilter::default() }
    }

    fn passes(&self, Record { choice, mark, .. }: &Record) -> bool {
        let kind = match self.kind {
            EventKind::All => true,
            EventKind::Decisions => matches!(mark, Some(Mark::Decision | Mark::Violation)),
            EventKind::Faults => choice.is_fault() || *mark == Some(Mark::Fault),
            EventKind::Deliveries => matches!(choice, Choice::Deliver(_)),
        };
        let about = |process| match (choice.process(), choice.message()) {
            (Some(other), _) => other == process,
            (None, Some(message)) => [message.from, message.to].contains(&process),
            (None, None) => false,
        };
        kind && self.process.is_none_or(about)
    }

    /// The events of the branch shown that pass, in order, as far as it was run. Only what is new is looked at.
    pub fn events(&mut self, history: &History) -> &[u64] {
        let records = history.records();
        let (seen, hash) = self.seen;
        if seen > 0 && records.get(seen - 1).is_none_or(|record| record.hash != hash) {
            self.seen = (0, 0);
            self.events.clear();
        }
        for (event, record) in (1..).zip(records).skip(self.seen.0) {
            if self.passes(record) {
                self.events.push(event);
            }
        }
        self.seen = (records.len(), records.last().map_or(0, |record| record.hash));
        &self.events
    }
}
