//! In the end all trust the same process, and it is up.
//!
//! **Problem.** Somebody has to coordinate, and all have to know who it is, although the one may crash.
//! **Assumes** a detector below that is right in the end (increasing-timeout, the default), and what that assumes.
//! Crash-stop.
//! **Idea.** Trust the first process that the detector does not suspect. When the detector makes no more mistakes, all
//! have the same list, and so the same first.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 2.8, Monarchical Eventual Leader Detection: the detector
//! Ω. The book trusts the process of the highest rank; here that is the one with the smallest number.
//! **Promises** that in the end all who stay up trust the same process, and that it is one of them.
//! **Cost.** No message of its own: what the detector below needs.
//! **What breaks it.** A detector that never comes to rest: leaders come and go. Until it does, there may be several at
//! once, and whoever relies on Ω has to live with that.
//!
//! Messages of the layer above pass through in both directions.

use super::{Envelope, sent};
use crate::catalogue::{
    Assumption, Consequence, Entry, Exploration, Explorer, Problem, Service, Without, names, world,
};
use crate::process::{Indication, Local, Out, ProcessId, Protocol, Request, WhenOff};
use crate::property::Property;
use crate::scenario::ModuleLine;
use serde::Serialize;

/// The state of a process: the processes that it suspects, and the one that it trusts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct EventualLeaderState {
    /// The processes that the detector suspects.
    pub suspected: Vec<ProcessId>,
    /// The process that it trusts; none before its start.
    pub leader: Option<ProcessId>,
    /// True while the module is switched off.
    pub off: bool,
}

/// The protocol; it has no parameters.
pub struct EventualLeader {
    /// Planted bug: a leader that was once suspected does not come back.
    mutant_no_return: bool,
}

impl EventualLeader {
    fn elect(&self, state: &mut EventualLeaderState, out: &mut Out<'_, Envelope>) {
        // It does not suspect itself, so there is one.
        if state.off {
            return out.because(|| "it is off, and elects nobody");
        }
        let first = ProcessId::all(out.n).find(|process| !state.suspected.contains(process));
        if first != state.leader
            && let Some(leader) = first
        {
            state.leader = first;
            out.indicate(Indication::Trust(leader));
            out.because(|| format!("{leader} is the first whom it does not suspect, so it trusts {leader}"));
        }
    }
}

impl Protocol for EventualLeader {
    type State = EventualLeaderState;
    type Message = Envelope;

    fn init(&self, _local: &Local) -> EventualLeaderState {
        EventualLeaderState { suspected: Vec::new(), leader: None, off: false }
    }

    fn on_start(&self, state: &mut EventualLeaderState, out: &mut Out<'_, Envelope>) {
        self.elect(state, out);
    }

    fn on_request(&self, _state: &mut EventualLeaderState, request: Request, out: &mut Out<'_, Envelope>) {
        let (to, payload) = sent(request);
        out.send(to, Envelope(payload));
    }

    fn on_deliver(
        &self,
        _state: &mut EventualLeaderState,
        from: ProcessId,
        message: &Envelope,
        out: &mut Out<'_, Envelope>,
    ) {
        out.deliver(from, message.0.clone());
    }

    fn on_suspicion(
        &self,
        state: &mut EventualLeaderState,
        process: ProcessId,
        suspected: bool,
        out: &mut Out<'_, Envelope>,
    ) {
        if suspected {
            out.indicate(Indication::Suspect(process));
            state.suspected.push(process);
            state.suspected.sort_unstable();
        } else {
            out.indicate(Indication::Restore(process));
            if self.mutant_no_return {
                return;
            }
            state.suspected.retain(|other| *other != process);
        }
        self.elect(state, out);
    }

    fn label(&self, _local: &Local, state: &EventualLeaderState) -> String {
        state.leader.map(|leader| format!("trusts {leader}")).unwrap_or_default()
    }

    fn when_off(&self) -> WhenOff {
        WhenOff::Own("it goes on trusting the same process, whatever the detector says".into())
    }

    fn on_switch(&self, state: &mut EventualLeaderState, on: bool, out: &mut Out<'_, Envelope>) {
        state.off = !on;
        self.elect(state, out);
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Eventual leader".into(),
        summary: "Trusts the first process that the detector does not suspect; so in the end all trust the same."
            .into(),
        cost: "No message of its own: what the detector below needs.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 2.8 (Monarchical Eventual Leader Detection)".into(),
        problem: Problem::Detection,
        needs: vec![Service::Links, Service::EventuallyPerfectDetector],
        provides: vec![Service::Links, Service::EventuallyPerfectDetector, Service::LeaderDetector],
        under: ModuleLine::stack(["increasing-timeout"]),
        assumptions: vec![Assumption::EventualSynchrony, Assumption::ReliableLinks, Assumption::CrashStop],
        properties: vec![Property::EVENTUAL_LEADERSHIP],
        exploration: Exploration::new(Explorer::Synchronous { faults: 2 }, 3),
        mutants: names(["no-return"]),
        without: without(),
        ..Entry::new("eventual-leader", |parameters| EventualLeader {
            mutant_no_return: parameters.mutant("no-return"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Never(Property::EVENTUAL_LEADERSHIP), 1, world::deaf),
        Without::new(
            Assumption::EventualSynchrony,
            Consequence::Never(Property::EVENTUAL_LEADERSHIP),
            1,
            world::slower_and_slower,
        ),
        Without::new(
            Assumption::CrashStop,
            Consequence::Never(Property::EVENTUAL_LEADERSHIP),
            1,
            world::comes_and_goes,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    /// p1 suspects p0, which is only slow, and hears from it after all.
    fn slow_leader(parameters: &[(&str, &str)]) -> TestBench {
        let mut bench = on_bench("eventual-leader", parameters, None, &["", "", ""]);
        bench.start_all();
        assert_eq!([0, 1, 2].map(|p| bench.label(p)), ["trusts p0", "trusts p0", "trusts p0"]);
        bench.fire(1, "period");
        bench.fire(1, "period");
        assert_eq!(bench.label(1), "trusts p1");
        bench.deliver_all();
        bench.fire(1, "period");
        bench
    }

    #[test]
    fn a_leader_that_was_wrongly_suspected_comes_back() {
        assert_eq!(slow_leader(&[]).label(1), "trusts p0");
    }

    #[test]
    fn when_the_leader_crashes_all_trust_the_next() {
        let mut bench = on_bench("eventual-leader", &[], None, &["", "", ""]);
        bench.start_all();
        bench.crash(0);
        for _ in 0..2 {
            bench.fire(1, "period");
            bench.fire(2, "period");
            bench.deliver_all();
        }
        assert_eq!([1, 2].map(|p| bench.label(p)), ["trusts p1", "trusts p1"]);
    }

    #[test]
    fn messages_of_the_layer_above_pass_through() {
        let mut bench =
            on_bench("plain-messages", &[], Some(&["increasing-timeout", "eventual-leader"]), &["hello", ""]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.delivered(1), ["p0:hello"]);
    }

    #[test]
    fn mutant_no_return_stays_with_the_second() {
        assert_eq!(slow_leader(&[("mutant", "no-return")]).label(1), "trusts p1");
    }
}
