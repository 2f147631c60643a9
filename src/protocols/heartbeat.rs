//! A perfect failure detector, as long as time keeps its promises.
//!
//! **Problem.** Who has crashed? A process that says nothing may be down, or slow.
//! **Assumes** synchrony: `period-ms` is longer than a request and its reply take together. Reliable links,
//! crash-stop.
//! **Idea.** Every period ask everybody "are you there?" and answer at once when asked. Who has not answered by the
//! end of the period has crashed, as a live process would have had the time. What is detected is detected for good.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 2.5, Exclude on Timeout: the detector P.
//! **Promises** strong completeness and strong accuracy.
//! **Cost.** 2n(n-1) messages a period, without end. A crash is told at the end of the second period after it at the
//! latest.
//! **What breaks it.** A late reply: a live process is suspected, and P never takes that back. A shorter period finds
//! crashes sooner and is wrong sooner; outside synchrony no period is right.
//!
//! Messages of the layer above pass through in both directions.

use super::sent;
use crate::catalogue::{
    Assumption, Consequence, Domain, Entry, Exploration, Explorer, Parameter, Problem, Service, Timeout, Without,
    names, world,
};
use crate::engine::Choice;
use crate::process::{
    Indication, Kind, Local, Message, Out, Payload, ProcessId, Protocol, Request, Timer, Value, WhenOff,
};
use crate::property::Property;
use serde::Serialize;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The end of a period.
pub const PERIOD: Timer = Timer::new("period");

/// The messages of detectors.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub enum Beat {
    /// "Are you there?"
    Request,
    /// "I am."
    Reply,
    /// A message of the layer above, on its way through.
    Through(Payload),
}

impl Message for Beat {
    fn kind(&self) -> Kind {
        match self {
            Beat::Request => Kind { label: "HB", name: "heartbeat-request" },
            Beat::Reply => Kind { label: "OK", name: "heartbeat-reply" },
            Beat::Through(payload) => payload.kind(),
        }
    }
    fn value(&self) -> Option<Value> {
        match self {
            Beat::Request | Beat::Reply => None,
            Beat::Through(payload) => payload.value(),
        }
    }
    fn text(&self) -> String {
        match self {
            Beat::Request => "are you there?".to_owned(),
            Beat::Reply => "I am here".to_owned(),
            Beat::Through(payload) => payload.text(),
        }
    }
    fn lies(&self) -> Vec<Self> {
        match self {
            Beat::Request | Beat::Reply => Vec::new(),
            Beat::Through(payload) => payload.lies().into_iter().map(Beat::Through).collect(),
        }
    }
    fn written_by(&self, writer: ProcessId) -> Option<Self> {
        match self {
            Beat::Request | Beat::Reply => None,
            Beat::Through(payload) => payload.written_by(writer).map(Beat::Through),
        }
    }
}

/// The state of a process: its knowledge of the others.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HeartbeatState {
    /// True if the first step was taken, and periods run.
    pub started: bool,
    /// The processes that have answered in this period; in the first one, which asks nobody, all of them.
    pub alive: BTreeSet<ProcessId>,
    /// The processes found to have crashed; the set only grows.
    pub detected: BTreeSet<ProcessId>,
}

/// The protocol.
pub struct Heartbeat {
    /// The length of a period, in microseconds.
    period_us: u64,
    /// Planted bug: begins with nobody alive, and has asked nobody.
    mutant_starts_empty: bool,
    /// Planted bug: an answer counts for ever.
    mutant_never_clears: bool,
}

impl Protocol for Heartbeat {
    type State = HeartbeatState;
    type Message = Beat;

    fn init(&self, _local: &Local) -> HeartbeatState {
        HeartbeatState { started: false, alive: BTreeSet::default(), detected: BTreeSet::default() }
    }

    fn on_start(&self, state: &mut HeartbeatState, out: &mut Out<'_, Beat>) {
        state.started = true;
        if !self.mutant_starts_empty {
            state.alive = out.peers.iter().copied().collect();
        }
        out.set_timer(PERIOD, self.period_us);
        out.because(|| "it takes everybody for alive, and will begin to ask after one period");
    }

    fn on_request(&self, _state: &mut HeartbeatState, request: Request, out: &mut Out<'_, Beat>) {
        let (to, payload) = sent(request);
        out.send(to, Beat::Through(payload));
    }

    fn on_deliver(&self, state: &mut HeartbeatState, from: ProcessId, message: &Beat, out: &mut Out<'_, Beat>) {
        match message {
            Beat::Request => {
                out.send(from, Beat::Reply);
                out.because(|| format!("{from} asks whether it is there, and it is"));
            }
            Beat::Reply => {
                state.alive.insert(from);
                if state.detected.contains(&from) {
                    out.because(|| format!("{from} answers after all, but it was given up for good"));
                } else {
                    out.because(|| format!("{from} answers, so {from} was up a moment ago"));
                }
            }
            Beat::Through(payload) => {
                out.deliver(from, payload.clone());
                out.because(|| format!("the message from {from} is for the layer above"));
            }
        }
    }

    fn on_timeout(&self, state: &mut HeartbeatState, timer: Timer, out: &mut Out<'_, Beat>) {
        debug_assert_eq!(timer, PERIOD, "the only timer of this layer");
        let peers = Rc::clone(&out.peers);
        let mut anybody = false;
        for &peer in peers.iter() {
            if !state.alive.contains(&peer) && state.detected.insert(peer) {
                anybody = true;
                out.indicate(Indication::Suspect(peer));
                out.because(|| format!("{peer} did not answer in a whole period, so it takes {peer} for crashed"));
            }
        }
        if !anybody {
            out.because(|| "the period ends and nobody new is missing, so it asks everybody again");
        }
        out.send_to_peers(Beat::Request);
        if !self.mutant_never_clears {
            state.alive.clear();
        }
        out.set_timer(PERIOD, self.period_us);
    }

    fn timeout_enabled(&self, _local: &Local, state: &HeartbeatState) -> Option<Timer> {
        state.started.then_some(PERIOD)
    }

    fn label(&self, _local: &Local, state: &HeartbeatState) -> String {
        if state.detected.is_empty() {
            return String::new();
        }
        let names: Vec<String> = state.detected.iter().map(ProcessId::to_string).collect();
        format!("suspects {}", names.join(" "))
    }

    fn when_off(&self) -> WhenOff {
        WhenOff::Transparent("it asks nobody, and nobody hears of a crash".into())
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Heartbeat".into(),
        summary: "Asks everybody every period, and suspects for good who does not answer in time.".into(),
        cost: "2n(n-1) messages a period, without end.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 2.5 (Exclude on Timeout)".into(),
        problem: Problem::Detection,
        provides: vec![Service::Links, Service::PerfectDetector],
        assumptions: vec![Assumption::Synchrony, Assumption::ReliableLinks, Assumption::CrashStop],
        properties: vec![Property::STRONG_COMPLETENESS, Property::STRONG_ACCURACY],
        parameters: vec![Parameter::new(
            "period-ms",
            Domain::Integer(1, 60_000),
            "300",
            "The time that a process waits for answers before it suspects the others, in milliseconds of its clock.",
        )],
        exploration: Exploration::new(Explorer::Synchronous { faults: 2 }, 3),
        mutants: names(["starts-empty", "never-clears"]),
        // A request and a reply.
        timeout: Some(Timeout { parameter: "period-ms".into(), exchanges: 2 }),
        without: without(),
        ..Entry::new("heartbeat", |parameters| Heartbeat {
            period_us: parameters.integer("period-ms") * 1_000,
            mutant_starts_empty: parameters.mutant("starts-empty"),
            mutant_never_clears: parameters.mutant("never-clears"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::STRONG_ACCURACY), 1, world::lossy),
        Without::new(Assumption::Synchrony, Consequence::Violated(Property::STRONG_ACCURACY), 1, world::asynchronous),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::STRONG_ACCURACY), 1, |scenario| {
            world::at(scenario, 3_000, world::crash(world::P1));
            world::at(scenario, 3_100, Choice::Recover(world::P1));
        }),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    /// One period of everybody who is up, with all that is said in it.
    fn period(bench: &mut TestBench, up: &[usize]) {
        up.iter().for_each(|p| bench.fire(*p, "period"));
        bench.deliver_all();
    }

    #[test]
    fn a_period_costs_two_messages_for_each_ordered_pair() {
        let mut bench = on_bench("heartbeat", &[], None, &["", "", ""]);
        bench.start_all();
        assert_eq!((bench.sent, bench.timer(0, "period")), (0, Some(300_000)));
        period(&mut bench, &[0, 1, 2]);
        assert_eq!(bench.sent, 2 * 3 * 2);
        period(&mut bench, &[0, 1, 2]);
        assert_eq!(bench.sent, 2 * 2 * 3 * 2);
        (0..3).for_each(|p| assert!(bench.suspected(p).is_empty()));
    }

    #[test]
    fn a_crash_is_told_once_at_the_end_of_the_first_period_without_an_answer() {
        let mut bench = on_bench("heartbeat", &[], None, &["", "", ""]);
        bench.start_all();
        period(&mut bench, &[0, 1, 2]);
        bench.crash(2);
        period(&mut bench, &[0, 1]);
        assert!(bench.suspected(0).is_empty(), "p2 answered in the period before");
        period(&mut bench, &[0, 1]);
        period(&mut bench, &[0, 1]);
        assert_eq!((bench.suspected(0), bench.suspected(1)), (vec![2], vec![2]));
        assert_eq!(bench.label(0), "suspects p2");
    }

    #[test]
    fn a_late_reply_changes_nothing_any_more() {
        let mut bench = on_bench("heartbeat", &[], None, &["", ""]);
        bench.start_all();
        bench.fire(0, "period");
        bench.fire(0, "period");
        assert_eq!(bench.suspected(0), [1], "wrongly: p1 is only slow");
        bench.deliver_all();
        assert_eq!(bench.reason(0), "p1 answers after all, but it was given up for good");
        assert_eq!(bench.label(0), "suspects p1");
    }

    #[test]
    fn messages_of_the_layer_above_pass_through() {
        let mut bench = on_bench("plain-messages", &[], Some(&["heartbeat"]), &["hello", ""]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.delivered(1), ["p0:hello"]);
        bench.crash(1);
        bench.fire(0, "period");
        bench.deliver_all();
        bench.fire(0, "period");
        assert_eq!(bench.suspected(0), [1], "a layer that does not care passes suspicions on");
    }

    #[test]
    fn mutant_starts_empty_suspects_the_living() {
        let mut bench = on_bench("heartbeat", &[("mutant", "starts-empty")], None, &["", ""]);
        bench.start_all();
        bench.fire(0, "period");
        assert_eq!(bench.suspected(0), [1]);
    }

    #[test]
    fn mutant_never_clears_never_finds_a_crash() {
        let mut bench = on_bench("heartbeat", &[("mutant", "never-clears")], None, &["", ""]);
        bench.start_all();
        bench.crash(1);
        (0..5).for_each(|_| period(&mut bench, &[0]));
        assert!(bench.suspected(0).is_empty());
    }
}
