//! What time is it? Nobody knows, but all can agree on the mean.
//!
//! **Problem.** No clock is better than the others. They shall show the same, whatever that is.
//! **Assumes** that p0 stays up, that clocks go equally fast, and that nothing is lost. Crash-stop; messages may take as
//! long as they like.
//! **Idea.** p0 asks all for their clocks, and works out how far each is ahead of its own, as in Cristian's method. It
//! takes the mean of those that are close together, so that one mad clock spoils nothing, and tells each by how much to
//! correct itself. Who answers only after `wait-ms` has no part in the mean, and is told as well.
//! **Source.** Gusella and Zatti, *The accuracy of the clock synchronization achieved by TEMPO in Berkeley UNIX 4.3BSD*,
//! IEEE Transactions on Software Engineering 15(7), 1989.
//! **Promises** precision: two clocks, each corrected by what its process decided, differ by no more than the errors that
//! the two gave; termination.
//! **Cost.** 3(n-1) messages, and three steps.
//! **What breaks it.** Clocks that go at different speeds: they agree at first and drift apart; so it is done again every
//! now and then. A majority of mad clocks, or a p0 that lies.
//!
//! The process decides its correction and the error, in microseconds: `+1200±340`.

use super::cristian::{ClockMessage, SERVER, ahead, correction, now};
use crate::catalogue::{
    Assumption, Consequence, Domain, Entry, Exploration, Explorer, NeededNetwork, Parameter, Without, names, world,
};
use crate::process::{Local, Out, ProcessId, Protocol, Timer};
use crate::property::Property;
use serde::Serialize;

/// When p0 waits no longer for answers.
pub const WAIT: Timer = Timer::new("wait");

/// The state of a process.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BerkeleyState {
    /// The reading of the clock of p0 when it asked.
    pub asked: Option<i64>,
    /// For each process, how far it is ahead of p0, and how wrong that may be.
    pub ahead: Vec<(ProcessId, i64, i64)>,
    /// The lead of the mean over p0, when that is worked out.
    pub mean: Option<i64>,
    /// True if it has corrected its clock.
    pub corrected: bool,
}

/// The protocol.
pub struct Berkeley {
    /// The time that p0 waits for answers, in microseconds.
    wait_us: u64,
    /// The most that clocks may be apart to be close together, in microseconds.
    close_us: i64,
    /// Planted bug: does not count itself among those that are corrected.
    mutant_keeps_own: bool,
}

impl Berkeley {
    /// The mean of the largest group of clocks of which no two are further apart than `close_us`, the clock of p0, which
    /// is 0 ahead of itself, among them or not.
    fn mean(&self, state: &BerkeleyState) -> i64 {
        let mut clocks: Vec<i64> = state.ahead.iter().map(|(_, ahead, _)| *ahead).chain([0]).collect();
        clocks.sort_unstable();
        let mut best = &clocks[..1];
        for (place, first) in clocks.iter().enumerate() {
            let group = &clocks[place..clocks.partition_point(|clock| *clock <= first + self.close_us)];
            if group.len() > best.len() {
                best = group;
            }
        }
        best.iter().sum::<i64>() / i64::try_from(best.len()).expect("there are few clocks")
    }

    fn finish(&self, state: &mut BerkeleyState, out: &mut Out<'_, ClockMessage>) {
        let mean = self.mean(state);
        state.mean = Some(mean);
        state.corrected = true;
        for &(process, ahead, error) in &state.ahead {
            out.send(process, ClockMessage::Correct(mean - ahead, error));
        }
        out.decide(&*correction(if self.mutant_keeps_own { 0 } else { mean }, 0));
        let count = state.ahead.len();
        out.because(|| format!("it has {count} answers: the mean is {mean} µs ahead of it, and it tells each"));
    }
}

impl Protocol for Berkeley {
    type State = BerkeleyState;
    type Message = ClockMessage;

    fn init(&self, _local: &Local) -> BerkeleyState {
        BerkeleyState { asked: None, ahead: Vec::new(), mean: None, corrected: false }
    }

    fn on_start(&self, state: &mut BerkeleyState, out: &mut Out<'_, ClockMessage>) {
        if out.me == SERVER {
            state.asked = Some(now(out));
            out.send_to_peers(ClockMessage::Ask);
            out.set_timer(WAIT, self.wait_us);
            out.because(|| "it looks at its clock and asks all for theirs");
        }
    }

    fn on_deliver(
        &self,
        state: &mut BerkeleyState,
        from: ProcessId,
        message: &ClockMessage,
        out: &mut Out<'_, ClockMessage>,
    ) {
        match (*message, state.asked) {
            (ClockMessage::Ask, _) => {
                out.send(from, ClockMessage::Tell(now(out)));
                out.because(|| format!("it tells {from} what its clock shows"));
            }
            (ClockMessage::Tell(shown), Some(asked)) if state.ahead.iter().all(|(known, ..)| *known != from) => {
                let (by, error) = ahead(asked, now(out), shown);
                state.ahead.push((from, by, error));
                if let Some(mean) = state.mean {
                    out.send(from, ClockMessage::Correct(mean - by, error));
                    out.because(|| format!("{from} answers late; it tells {from} the mean of the others"));
                } else if state.ahead.len() == out.peers.len() {
                    out.cancel_timer(WAIT);
                    self.finish(state, out);
                } else {
                    out.because(|| format!("the clock of {from} is {by} µs ahead, give or take {error}"));
                }
            }
            (ClockMessage::Correct(by, error), _) if from == SERVER && !state.corrected => {
                state.corrected = true;
                out.decide(&*correction(by, error));
                out.because(|| format!("{from} has worked out the mean"));
            }
            _ => out.because(|| format!("it did not ask {from} for that")),
        }
    }

    fn on_timeout(&self, state: &mut BerkeleyState, timer: Timer, out: &mut Out<'_, ClockMessage>) {
        debug_assert_eq!(timer, WAIT, "the only timer of this layer");
        self.finish(state, out);
    }

    fn is_timed(&self) -> bool {
        true
    }

    fn label(&self, _local: &Local, state: &BerkeleyState) -> String {
        if state.corrected { "corrected".to_owned() } else { String::new() }
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Berkeley clocks".into(),
        summary: "p0 asks all for their clocks, and tells each how far it is from the mean.".into(),
        cost: "3(n-1) messages, and three steps.".into(),
        source: "Gusella and Zatti, The accuracy of the clock synchronization achieved by TEMPO, 1989".into(),
        network: NeededNetwork::Star,
        assumptions: vec![
            Assumption::ReliableLinks,
            Assumption::CrashStop,
            Assumption::FirstUp,
            Assumption::SteadyClocks,
        ],
        properties: vec![Property::PRECISION, Property::TERMINATION, Property::INTEGRITY],
        parameters: vec![
            Parameter::new(
                "wait-ms",
                Domain::Integer(1, 60_000),
                "500",
                "The time that p0 waits for answers, in milliseconds of its clock.",
            ),
            Parameter::new(
                "close-ms",
                Domain::Integer(0, 600_000),
                "1000",
                "The most that clocks may be apart to count for the mean, in milliseconds.",
            ),
        ],
        processes: (2, 32),
        exploration: Exploration::new(Explorer::Timed, 2),
        mutants: names(["keeps-own"]),
        without: without(),
        ..Entry::new("berkeley", |parameters| Berkeley {
            wait_us: parameters.integer("wait-ms") * 1_000,
            close_us: i64::try_from(parameters.integer("close-ms") * 1_000).expect("at most ten minutes"),
            mutant_keeps_own: parameters.mutant("keeps-own"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::TERMINATION), 1, world::lossy),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::TERMINATION), 1, world::misses_the_first),
        Without::new(Assumption::SteadyClocks, Consequence::Violated(Property::PRECISION), 5, world::drifting)
            .on(world::steady),
        Without::new(Assumption::FirstUp, Consequence::Violated(Property::TERMINATION), 1, |scenario| {
            world::at(scenario, 0, world::crash(world::P0))
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(ahead: &[i64]) -> i64 {
        let berkeley = Berkeley { wait_us: 1, close_us: 100, mutant_keeps_own: false };
        let ahead = ahead.iter().map(|ahead| (ProcessId(1), *ahead, 0)).collect();
        berkeley.mean(&BerkeleyState { asked: Some(0), ahead, mean: None, corrected: false })
    }

    #[test]
    fn a_mad_clock_spoils_nothing_and_the_masters_may_be_it() {
        assert_eq!(mean(&[30, 60]), 30);
        assert_eq!(mean(&[30, 60, 1_000_000]), 30);
        assert_eq!(mean(&[-5_000, -5_010]), -5_005);
        assert_eq!(mean(&[]), 0);
    }
}
