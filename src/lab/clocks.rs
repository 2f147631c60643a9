//! The clocks of the events at hand.

use super::WINDOW_EVENTS;
use super::run::Run;
use crate::history::{Clocks, Stamp};
use std::rc::Rc;

/// The number of events that clocks are counted over. In a longer run they begin anew with the window, and say so.
pub const COUNTED_EVENTS_MAX: u64 = 50_000;

/// The number of facts that are made at once where the past is only passed through.
const CHUNK: u64 = 1_024;

/// Clocks of a stretch of the run.
#[derive(Default)]
pub(super) struct Counted {
    /// After how many events the counting began.
    since: u64,
    /// After how many events the list begins.
    first: u64,
    list: Vec<Option<Rc<Stamp>>>,
    /// The trace's hash after the last one that is listed: so another branch is noticed.
    hash: u64,
    clocks: Clocks,
}

impl Counted {
    /// After how many events the list ends.
    fn end(&self) -> u64 {
        self.first + self.list.len() as u64
    }
}

impl Run {
    /// The clocks of the facts at hand, one for each; and after how many events the counting began.
    pub(super) fn stamps(&self) -> (Vec<Option<Rc<Stamp>>>, u64) {
        let (Some(first), Some(last)) = (self.facts.first(), self.facts.last()) else { return (Vec::new(), 0) };
        let (begin, end) = (first.event - 1, last.event);
        let mut counted = self.counted.borrow_mut();
        let same = counted.list.is_empty()
            || self.history.record(counted.end()).is_some_and(|record| record.hash == counted.hash);
        let long = end - counted.since.min(end) > COUNTED_EVENTS_MAX;
        if !same || long || counted.clocks.is_empty() || !(counted.first..=counted.end()).contains(&begin) {
            let since = if end <= COUNTED_EVENTS_MAX { 0 } else { begin };
            let mut clocks = Clocks::new(self.history.engine().processes().len());
            for from in (since..begin).step_by(CHUNK as usize) {
                let facts = self.history.facts(from, begin.min(from + CHUNK));
                facts.iter().for_each(|fact| {
                    clocks.enter(fact);
                });
            }
            *counted = Counted { since, first: begin, list: Vec::new(), hash: 0, clocks };
        }
        let known = counted.end();
        for fact in self.facts.iter().filter(|fact| fact.event > known) {
            let stamp = counted.clocks.enter(fact);
            counted.list.push(stamp);
        }
        counted.hash = self.history.record(counted.end()).map_or(0, |record| record.hash);
        if counted.list.len() as u64 > 4 * WINDOW_EVENTS {
            let old = (begin - counted.first) as usize;
            counted.list.drain(..old);
            counted.first = begin;
        }
        let place = |position: u64| (position - counted.first) as usize;
        (counted.list[place(begin)..place(end)].to_vec(), counted.since)
    }
}
