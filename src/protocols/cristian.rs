//! What time is it? Asking somebody who knows.
//!
//! **Problem.** p0 has a good clock. The others want to show the same, though a message takes a while, and who knows how
//! long.
//! **Assumes** that p0 stays up, that clocks go equally fast, and that nothing is lost. Crash-stop; messages may take as
//! long as they like.
//! **Idea.** Ask, and look at one's own clock before and after. The answer was written at some moment in between; take
//! the middle. So one is wrong by at most half the time that it took to get the answer, and knows it.
//! **Source.** Cristian, *Probabilistic clock synchronization*, Distributed Computing 3, 1989, in its simplest form: one
//! attempt, and no least delay is known.
//! **Promises** precision: two clocks, each corrected by what its process decided, differ by no more than the errors that
//! the two gave; termination.
//! **Cost.** 2(n-1) messages, and two steps.
//! **What breaks it.** Clocks that go at different speeds: they are right at first and drift apart; who asks again every
//! now and then bounds that. A p0 that lies.
//!
//! The process decides its correction and the error, in microseconds: `+1200±340`.

use crate::catalogue::{Assumption, Consequence, Entry, Exploration, Explorer, NeededNetwork, Without, names, world};
use crate::engine::Choice;
use crate::process::{Kind, Local, Message, Out, ProcessId, Protocol};
use crate::property::Property;
use serde::Serialize;

/// The process whose clock counts, or that works out the mean.
pub(super) const SERVER: ProcessId = ProcessId(0);

/// The messages about clocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum ClockMessage {
    /// "What does your clock show?"
    Ask,
    /// "My clock shows so many microseconds."
    Tell(i64),
    /// "Correct yours by so many microseconds, which may be wrong by so many."
    Correct(i64, i64),
}

impl Message for ClockMessage {
    fn kind(&self) -> Kind {
        match self {
            ClockMessage::Ask => Kind { label: "ASK", name: "ask" },
            ClockMessage::Tell(_) => Kind { label: "TIM", name: "time" },
            ClockMessage::Correct(..) => Kind { label: "COR", name: "correction" },
        }
    }
    fn text(&self) -> String {
        match self {
            ClockMessage::Ask => "what does your clock show?".to_owned(),
            ClockMessage::Tell(us) => format!("mine shows {us} µs"),
            ClockMessage::Correct(by, error) => format!("correct yours by {}", correction(*by, *error)),
        }
    }
    fn lies(&self) -> Vec<Self> {
        match *self {
            ClockMessage::Ask => Vec::new(),
            ClockMessage::Tell(us) => vec![ClockMessage::Tell(us + 1_000_000)],
            ClockMessage::Correct(by, error) => vec![ClockMessage::Correct(by + 1_000_000, error)],
        }
    }
}

/// A correction and its error, as they are decided.
pub(super) fn correction(by: i64, error: i64) -> String {
    let sign = if by < 0 { '-' } else { '+' };
    format!("{sign}{}±{error}", by.unsigned_abs())
}

/// The reading of one's own clock, with a sign.
pub(super) fn now<M: Message>(out: &Out<'_, M>) -> i64 {
    i64::try_from(out.local_us()).expect("times stay below 2^53")
}

/// The lead of the other clock, and how wrong that may be: it was read between `asked` and `now`.
pub(super) fn ahead(asked: i64, now: i64, shown: i64) -> (i64, i64) {
    let round_trip = now - asked;
    // Half of an odd number is rounded down once.
    (shown - (asked + round_trip / 2), (round_trip + 1) / 2)
}

/// The state of a process.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CristianState {
    /// The reading of its own clock when it asked.
    pub asked: Option<i64>,
    /// True if it has corrected its clock.
    pub corrected: bool,
}

/// The protocol; it has no parameters.
pub struct Cristian {
    /// Planted bug: takes the answer for the time at which it arrives.
    mutant_no_delay: bool,
}

impl Protocol for Cristian {
    type State = CristianState;
    type Message = ClockMessage;

    fn init(&self, _local: &Local) -> CristianState {
        CristianState { asked: None, corrected: false }
    }

    fn on_start(&self, state: &mut CristianState, out: &mut Out<'_, ClockMessage>) {
        if out.me == SERVER {
            state.corrected = true;
            out.decide(&*correction(0, 0));
            out.because(|| "its clock is the one that counts");
        } else {
            state.asked = Some(now(out));
            out.send(SERVER, ClockMessage::Ask);
            out.because(|| format!("it looks at its clock and asks {SERVER}"));
        }
    }

    fn on_deliver(
        &self,
        state: &mut CristianState,
        from: ProcessId,
        message: &ClockMessage,
        out: &mut Out<'_, ClockMessage>,
    ) {
        match (message, state.asked) {
            (ClockMessage::Ask, _) => {
                out.send(from, ClockMessage::Tell(now(out)));
                out.because(|| format!("it tells {from} what its clock shows"));
            }
            (ClockMessage::Tell(shown), Some(asked)) if from == SERVER && !state.corrected => {
                state.corrected = true;
                let now = now(out);
                let (mut by, mut error) = ahead(asked, now, *shown);
                if self.mutant_no_delay {
                    (by, error) = (shown - now, 0);
                }
                out.decide(&*correction(by, error));
                let took = now - asked;
                out.because(|| format!("asking took {took} µs, so it takes the answer to be half as old"));
            }
            _ => out.because(|| format!("it did not ask {from} for that")),
        }
    }

    fn is_timed(&self) -> bool {
        true
    }

    fn label(&self, local: &Local, state: &CristianState) -> String {
        match (local.me == SERVER, state.corrected) {
            (true, _) => "time server".to_owned(),
            (_, true) => "corrected".to_owned(),
            _ => String::new(),
        }
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Cristian's clocks".into(),
        summary: "Asks p0 for the time, and takes the answer to be half as old as it took to get it.".into(),
        cost: "2(n-1) messages, and two steps.".into(),
        source: "Cristian, Probabilistic clock synchronization, Distributed Computing 3, 1989".into(),
        network: NeededNetwork::Star,
        assumptions: vec![
            Assumption::ReliableLinks,
            Assumption::CrashStop,
            Assumption::FirstUp,
            Assumption::SteadyClocks,
        ],
        properties: vec![Property::PRECISION, Property::TERMINATION, Property::INTEGRITY],
        processes: (2, 32),
        exploration: Exploration::new(Explorer::Timed, 2),
        mutants: names(["no-delay"]),
        without: without(),
        ..Entry::new("cristian", |parameters| Cristian { mutant_no_delay: parameters.mutant("no-delay") })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::TERMINATION), 1, world::lossy),
        Without::new(Assumption::SteadyClocks, Consequence::Violated(Property::PRECISION), 29, world::drifting)
            .on(world::steady),
        Without::new(Assumption::FirstUp, Consequence::Violated(Property::TERMINATION), 1, |scenario| {
            world::at(scenario, 0, world::crash(world::P0))
        }),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::PRECISION), 1, |scenario| {
            // It asks again, and takes the answer to its first question for one to its second.
            world::at(scenario, 60, world::crash(world::P1));
            world::at(scenario, 61, Choice::Recover(world::P1));
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_truth_is_within_the_error_wherever_the_answer_was_written() {
        for took in [0, 1, 10, 11] {
            for written in 0..=took {
                // The other clock is 500 ahead, and was read so long after the question.
                let (by, error) = ahead(100, 100 + took, 100 + written + 500);
                assert!((by - 500).abs() <= error, "{took} {written}: {by} {error}");
            }
        }
    }

    #[test]
    fn a_correction_has_a_sign_and_an_error() {
        assert_eq!([correction(1_200, 340), correction(-7, 0)], ["+1200±340", "-7±0"]);
    }
}
