//! The events before an event, those after it, and those beside it (Lamport 1978).
//!
//! The same order as that of [`crate::history::Clocks`], for the facts at hand alone: a chain of steps and messages
//! between two of them has no link outside.

use crate::engine::{Choice, MessageId};
use crate::history::Fact;
use crate::process::ProcessId;

/// The relation of a step to another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relation {
    /// It is that one.
    Itself,
    /// It happened before: that one may have been caused by it.
    Before,
    /// It happened after.
    After,
    /// Neither could know of the other.
    Concurrent,
}

/// The process whose step it is. An act of links, people and crashes is no step: nobody in the run knows of it.
fn step(fact: &Fact) -> Option<ProcessId> {
    fact.choice.woken()
}

/// The place of `event` among `facts`.
fn place_of(facts: &[Fact], event: u64) -> Option<usize> {
    let place = event.checked_sub(facts.first()?.event)? as usize;
    (place < facts.len()).then_some(place)
}

/// The place of the step from which the message came that the step at `place` receives.
pub(super) fn cause(facts: &[Fact], place: usize) -> Option<usize> {
    let Choice::Deliver(_) = facts[place].choice else { return None };
    let mut from = place_of(facts, facts[place].arrival.as_ref()?.sent_in)?;
    while step(&facts[from]).is_none() {
        // Somebody made it of another one, and comes from where that came from.
        let example: MessageId = facts[from].choice.message()?;
        from = facts[..from].iter().rposition(|fact| fact.sent.iter().any(|(id, _)| *id == example))?;
    }
    Some(from)
}

/// For each fact whether it is the step at `last`, or happened before it.
fn past(facts: &[Fact], last: usize, n: usize) -> Vec<bool> {
    let mut known = vec![false; facts.len()];
    let mut all_before = vec![false; n];
    known[last] = true;
    for place in (0..=last).rev() {
        let Some(process) = step(&facts[place]) else { continue };
        known[place] |= all_before[process.index()];
        if known[place] {
            all_before[process.index()] = true;
            if let Some(from) = cause(facts, place) {
                known[from] = true;
            }
        }
    }
    known
}

/// For each fact whether `eyes` can know of it after `position` events: whether it is in the past of its last step.
pub fn known_to(facts: &[Fact], eyes: ProcessId, position: u64, n: usize) -> Vec<bool> {
    let end = facts.partition_point(|fact| fact.event <= position);
    let last = facts[..end].iter().rposition(|fact| step(fact) == Some(eyes));
    last.map_or_else(|| vec![false; facts.len()], |last| past(facts, last, n))
}

/// The relation of each fact to `event`; `None` for what is no step of a process, and everywhere if that is none.
pub fn relations(facts: &[Fact], event: u64, n: usize) -> Vec<Option<Relation>> {
    let here = place_of(facts, event).filter(|place| step(&facts[*place]).is_some());
    let Some(here) = here else { return vec![None; facts.len()] };
    let before = past(facts, here, n);
    let mut after = vec![false; facts.len()];
    let mut reached = vec![false; n];
    let mut relations = Vec::new();
    for (place, fact) in facts.iter().enumerate() {
        let relation = step(fact).map(|process| {
            let from = cause(facts, place);
            if place == here {
                reached[process.index()] = true;
                return Relation::Itself;
            }
            after[place] = reached[process.index()] || from.is_some_and(|from| from == here || after[from]);
            reached[process.index()] |= after[place];
            match (before[place], after[place]) {
                (true, _) => Relation::Before,
                (_, true) => Relation::After,
                _ => Relation::Concurrent,
            }
        });
        relations.push(relation);
    }
    relations
}
