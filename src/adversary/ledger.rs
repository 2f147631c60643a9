//! The ledger: what anybody can audit of a play.
//!
//! FLP's stages deliver every message sooner or later; the ledger shows when. Ages are counted in events and stages.

use crate::explorer::{NULL, StrictStep};

/// A message and what became of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LedgerEntry {
    /// Its number in the step_table.
    pub message: u32,
    /// The event that sent it, counted from 1, and its stage.
    pub sent: (usize, usize),
    /// The event that delivered it, and its stage.
    pub delivered: Option<(usize, usize)>,
}

/// The books of a play.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// All messages, in the order of sending.
    pub entries: Vec<LedgerEntry>,
    /// The number of steps that each process has taken.
    pub steps: Vec<usize>,
    /// The last event of each process; 0 if it has taken none.
    pub last_step: Vec<usize>,
    /// The number of events.
    pub events: usize,
    /// The stage of the last event.
    pub stage: usize,
    /// The number of messages that were delivered.
    pub delivered: usize,
    /// The most messages that waited at one time.
    pub buffer_max: usize,
    /// After which event so many waited for the first time.
    pub fullest: usize,
    /// The greatest age in events that any message has reached.
    pub oldest_ever: usize,
    /// The messages that wait, oldest first, as places in `entries`.
    waiting: Vec<usize>,
}

impl Ledger {
    /// The books of a play of `n` processes.
    pub fn new(n: usize) -> Self {
        Ledger { steps: vec![0; n], last_step: vec![0; n], ..Ledger::default() }
    }

    /// Enters an event of `stage` and the messages that it sent.
    pub fn enter(&mut self, step: StrictStep, stage: usize, sent: &[u32]) {
        self.events += 1;
        self.stage = stage;
        self.steps[usize::from(step.process)] += 1;
        self.last_step[usize::from(step.process)] = self.events;
        if step.cause != NULL {
            let place = self.waiting.iter().position(|entry| self.entries[*entry].message == step.cause);
            let entry = self.waiting.remove(place.expect("what is delivered was waiting"));
            self.entries[entry].delivered = Some((self.events, stage));
            self.delivered += 1;
        }
        for message in sent {
            self.waiting.push(self.entries.len());
            self.entries.push(LedgerEntry { message: *message, sent: (self.events, stage), delivered: None });
        }
        if self.waiting.len() > self.buffer_max {
            (self.buffer_max, self.fullest) = (self.waiting.len(), self.events);
        }
        self.oldest_ever = self.oldest_ever.max(self.oldest_waiting());
    }

    /// The messages that wait, oldest first.
    pub fn waiting(&self) -> impl ExactSizeIterator<Item = &LedgerEntry> {
        self.waiting.iter().map(|entry| &self.entries[*entry])
    }

    /// The age in events of the oldest message that waits; 0 if none does.
    pub fn oldest_waiting(&self) -> usize {
        self.waiting().next().map_or(0, |entry| self.events - entry.sent.0)
    }

    /// True if more messages waited in the second half of the play than ever in the first.
    pub fn grows(&self) -> bool {
        2 * self.fullest > self.events
    }

    /// True if the events after event `first` are fair to everybody: all have taken a step since, and all that waited
    /// then is delivered now.
    pub fn fair_since(&self, first: usize) -> bool {
        let steps = self.last_step.iter().all(|last| *last > first);
        steps && self.waiting().next().is_none_or(|entry| entry.sent.0 > first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Flips;

    fn step(process: u16, cause: u32) -> StrictStep {
        StrictStep { process, cause, coins: Flips::default() }
    }

    /// Two processes: p0 sends itself into a loop with message 0, while message 1 to p1 waits for ever.
    #[test]
    fn a_loop_that_starves_a_message_is_not_fair() {
        let mut ledger = Ledger::new(2);
        ledger.enter(step(0, NULL), 0, &[0, 1]);
        for _ in 0..5 {
            ledger.enter(step(0, 0), 0, &[0]);
            ledger.enter(step(1, NULL), 0, &[]);
        }
        assert!(!ledger.fair_since(1), "message 1 is as old as the loop");
        assert_eq!((ledger.oldest_waiting(), ledger.buffer_max, ledger.fullest), (10, 2, 1));
        assert!(!ledger.grows(), "two after the first event, and never more");
        ledger.enter(step(1, 1), 1, &[]);
        assert!(ledger.fair_since(1));
        assert_eq!(ledger.entries[1].delivered, Some((12, 1)));
    }

    #[test]
    fn a_loop_without_a_step_of_somebody_is_not_fair() {
        let mut ledger = Ledger::new(2);
        ledger.enter(step(1, NULL), 0, &[]);
        ledger.enter(step(0, NULL), 0, &[]);
        assert!(ledger.fair_since(0) && !ledger.fair_since(1));
    }
}
