//! A failure detector that is right in the end, whatever bound time keeps.
//!
//! **Problem.** Who has crashed, where nobody knows how long an answer may take?
//! **Assumes** partial synchrony: from some time on messages and steps keep a bound, which nobody knows. Nothing is lost
//! between processes that stay up; crash-stop.
//! **Idea.** As heartbeat: ask everybody every period, and suspect who has not answered by its end. But a suspicion is
//! not for good: who answers after all is restored, and the period becomes longer. Each false alarm makes the next one
//! less likely, until the period is longer than the bound.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 2.7, Increasing Timeout: the detector ◇P.
//! **Promises** strong completeness and eventual strong accuracy.
//! **Cost.** 2n(n-1) messages a period, without end; the periods become longer.
//! **What breaks it.** Delays that grow without end: there is always one more false alarm.
//!
//! Messages of the layer above pass through in both directions.

use super::heartbeat::{Beat, PERIOD};
use super::sent;
use crate::catalogue::{
    Assumption, Consequence, Domain, Entry, Exploration, Explorer, Parameter, Problem, Service, Without, names, world,
};
use crate::process::{Indication, Local, Out, ProcessId, Protocol, Request, Timer, WhenOff};
use crate::property::Property;
use serde::Serialize;
use std::rc::Rc;

/// The state of a process: its knowledge of the others.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct IncreasingTimeoutState {
    /// The length of a period now, in microseconds; 0 before the first step.
    pub period_us: u64,
    /// The processes that have answered in this period; in the first one, which asks nobody, all of them.
    pub alive: Vec<ProcessId>,
    /// The processes that are suspected.
    pub suspected: Vec<ProcessId>,
}

/// The protocol.
pub struct IncreasingTimeout {
    /// The length of the first period, and how much longer it becomes each time, in microseconds.
    period_us: u64,
    /// Planted bug: a suspicion is for good.
    mutant_never_restores: bool,
}

impl Protocol for IncreasingTimeout {
    type State = IncreasingTimeoutState;
    type Message = Beat;

    fn init(&self, _local: &Local) -> IncreasingTimeoutState {
        IncreasingTimeoutState { period_us: 0, alive: Vec::new(), suspected: Vec::new() }
    }

    fn on_start(&self, state: &mut IncreasingTimeoutState, out: &mut Out<'_, Beat>) {
        state.period_us = self.period_us;
        state.alive = out.peers.to_vec();
        out.set_timer(PERIOD, state.period_us);
        out.because(|| "it takes everybody for alive, and will begin to ask after one period");
    }

    fn on_request(&self, _state: &mut IncreasingTimeoutState, request: Request, out: &mut Out<'_, Beat>) {
        let (to, payload) = sent(request);
        out.send(to, Beat::Through(payload));
    }

    fn on_deliver(&self, state: &mut IncreasingTimeoutState, from: ProcessId, message: &Beat, out: &mut Out<'_, Beat>) {
        match message {
            Beat::Request => {
                out.send(from, Beat::Reply);
                out.because(|| format!("{from} asks whether it is there, and it is"));
            }
            Beat::Reply => {
                if !state.alive.contains(&from) {
                    state.alive.push(from);
                    state.alive.sort_unstable();
                }
                out.because(|| format!("{from} answers, so {from} was up a moment ago"));
            }
            Beat::Through(payload) => {
                out.deliver(from, payload.clone());
                out.because(|| format!("the message from {from} is for the layer above"));
            }
        }
    }

    fn on_timeout(&self, state: &mut IncreasingTimeoutState, timer: Timer, out: &mut Out<'_, Beat>) {
        debug_assert_eq!(timer, PERIOD, "the only timer of this layer");
        let peers = Rc::clone(&out.peers);
        if state.suspected.iter().any(|process| state.alive.contains(process)) {
            state.period_us += self.period_us;
            let period_ms = state.period_us / 1_000;
            out.because(|| format!("it has raised a false alarm, so from now on it waits {period_ms} ms"));
        }
        for &peer in peers.iter() {
            let place = state.suspected.iter().position(|process| *process == peer);
            match (state.alive.contains(&peer), place) {
                (false, None) => {
                    state.suspected.push(peer);
                    state.suspected.sort_unstable();
                    out.indicate(Indication::Suspect(peer));
                    out.because(|| format!("{peer} did not answer in a whole period, so it suspects {peer} for now"));
                }
                (true, Some(place)) if !self.mutant_never_restores => {
                    state.suspected.remove(place);
                    out.indicate(Indication::Restore(peer));
                    out.because(|| format!("{peer} has answered after all, so it suspects {peer} no more"));
                }
                _ => {}
            }
        }
        out.send_to_peers(Beat::Request);
        out.because(|| "the period is over, so it asks everybody again");
        state.alive.clear();
        out.set_timer(PERIOD, state.period_us);
    }

    fn timeout_enabled(&self, _local: &Local, state: &IncreasingTimeoutState) -> Option<Timer> {
        (state.period_us > 0).then_some(PERIOD)
    }

    fn label(&self, _local: &Local, state: &IncreasingTimeoutState) -> String {
        if state.suspected.is_empty() {
            return String::new();
        }
        let names: Vec<String> = state.suspected.iter().map(ProcessId::to_string).collect();
        format!("suspects {}", names.join(" "))
    }

    fn when_off(&self) -> WhenOff {
        WhenOff::Transparent("it asks nobody, takes its suspicions back, and nobody hears of a crash".into())
    }

    fn on_switch(&self, state: &mut IncreasingTimeoutState, _on: bool, out: &mut Out<'_, Beat>) {
        for process in state.suspected.drain(..) {
            out.indicate(Indication::Restore(process));
        }
        out.because(|| "it asks nobody any more, so it suspects nobody");
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Increasing timeout".into(),
        summary: "Suspects who does not answer in time, takes it back when an answer comes, and then waits longer."
            .into(),
        cost: "2n(n-1) messages a period, without end; the periods become longer.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 2.7 (Increasing Timeout)".into(),
        problem: Problem::Detection,
        provides: vec![Service::Links, Service::EventuallyPerfectDetector],
        assumptions: vec![Assumption::EventualSynchrony, Assumption::ReliableLinks, Assumption::CrashStop],
        properties: vec![Property::STRONG_COMPLETENESS, Property::EVENTUAL_STRONG_ACCURACY],
        parameters: vec![Parameter::new(
            "period-ms",
            Domain::Integer(1, 60_000),
            "100",
            "The length of the first period, and what each later one is longer, in milliseconds of the process's clock.",
        )],
        exploration: Exploration::new(Explorer::Synchronous { faults: 2 }, 3),
        mutants: names(["never-restores"]),
        without: without(),
        ..Entry::new("increasing-timeout", |parameters| IncreasingTimeout {
            period_us: parameters.integer("period-ms") * 1_000,
            mutant_never_restores: parameters.mutant("never-restores"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Never(Property::EVENTUAL_STRONG_ACCURACY), 1, world::deaf),
        Without::new(
            Assumption::EventualSynchrony,
            Consequence::Never(Property::EVENTUAL_STRONG_ACCURACY),
            1,
            world::slower_and_slower,
        ),
        Without::new(
            Assumption::CrashStop,
            Consequence::Never(Property::EVENTUAL_STRONG_ACCURACY),
            1,
            world::comes_and_goes,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    /// p1 answers too late for two periods.
    fn slow(parameters: &[(&str, &str)]) -> TestBench {
        let mut bench = on_bench("increasing-timeout", parameters, None, &["", ""]);
        bench.start_all();
        bench.fire(0, "period");
        bench.fire(0, "period");
        assert_eq!((bench.label(0), bench.timer(0, "period")), ("suspects p1".to_owned(), Some(100_000)));
        bench.deliver_all();
        bench.fire(0, "period");
        bench
    }

    #[test]
    fn a_false_alarm_is_taken_back_and_the_next_period_is_longer() {
        let mut bench = slow(&[]);
        assert_eq!((bench.label(0), bench.timer(0, "period")), (String::new(), Some(200_000)));
        assert!(bench.gave(0, "it has raised a false alarm, so from now on it waits 200 ms"));
        bench.deliver_all();
        bench.fire(0, "period");
        assert_eq!(bench.timer(0, "period"), Some(200_000), "nobody was late");
    }

    #[test]
    fn a_crash_is_told_and_stays_told() {
        let mut bench = on_bench("increasing-timeout", &[], None, &["", "", ""]);
        bench.start_all();
        bench.crash(2);
        for _ in 0..4 {
            bench.fire(0, "period");
            bench.deliver_all();
        }
        assert_eq!((bench.suspected(0), bench.label(0)), (vec![2], "suspects p2".to_owned()));
    }

    #[test]
    fn mutant_never_restores_goes_on_suspecting_the_living() {
        assert_eq!(slow(&[("mutant", "never-restores")]).label(0), "suspects p1");
    }
}
