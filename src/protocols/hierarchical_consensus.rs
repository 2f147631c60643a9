//! Uniform consensus with a perfect failure detector: the first process that is up imposes its proposal.
//!
//! **Problem.** Uniform consensus on any value, although any number of processes may crash.
//! **Assumes** a perfect failure detector and a reliable broadcast below, reliable links, and synchrony, which the detector
//! needs. Crash-stop.
//! **Idea.** Processes have ranks: p0 is first. The first process proposes its value to all, and waits until each has
//! acknowledged it or has crashed. So each process that is still up has the value, and it is safe to broadcast it as the
//! decision. When the detector says that the first one has crashed, the next one takes over, with the proposal of its
//! predecessor if it has got that.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 5.4, Hierarchical Uniform Consensus. Its best-effort
//! broadcast is written as sending to all.
//! **Promises** agreement, validity, termination, integrity.
//! **Cost.** 2(n-1) messages and two steps for the proposal, and a reliable broadcast for the decision. The detector's messages come on top, and a crash costs its detection and another proposal.
//! **What breaks it.** A detector that suspects a live process: two processes impose their proposals. One that misses a
//! crash: the first process waits for ever.

use super::bit;
use crate::catalogue::{
    Assumption, Consequence, Entry, Exploration, Explorer, Inputs, Problem, Service, Without, names, world,
};
use crate::process::{Kind, Local, Message, Out, Payload, ProcessId, Protocol, Request, UserMessage, Value};
use crate::property::Property;
use crate::scenario::ModuleLine;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A message of a process.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub enum HierarchicalMessage {
    /// “This is to be decided.”
    Proposal(Payload),
    /// “I have your proposal.”
    Acknowledgement,
    /// “This is decided”, to the broadcast below.
    Decided(Payload),
}

impl Message for HierarchicalMessage {
    fn kind(&self) -> Kind {
        match self {
            HierarchicalMessage::Proposal(_) => Kind { label: "PR", name: "proposal" },
            HierarchicalMessage::Acknowledgement => Kind { label: "AC", name: "acknowledgement" },
            HierarchicalMessage::Decided(_) => Kind { label: "DE", name: "decided" },
        }
    }
    fn value(&self) -> Option<Value> {
        match self {
            HierarchicalMessage::Proposal(value) | HierarchicalMessage::Decided(value) => value.value(),
            HierarchicalMessage::Acknowledgement => None,
        }
    }
    fn text(&self) -> String {
        match self {
            HierarchicalMessage::Proposal(value) => format!("I propose {}", value.text()),
            HierarchicalMessage::Acknowledgement => "I have your proposal".to_owned(),
            HierarchicalMessage::Decided(value) => format!("decided: {}", value.text()),
        }
    }
    fn lies(&self) -> Vec<Self> {
        match self {
            HierarchicalMessage::Proposal(value) => {
                value.lies().into_iter().map(HierarchicalMessage::Proposal).collect()
            }
            HierarchicalMessage::Acknowledgement => Vec::new(),
            HierarchicalMessage::Decided(value) => value.lies().into_iter().map(HierarchicalMessage::Decided).collect(),
        }
    }
}

/// The state of a process.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct HierarchicalState {
    /// The process whose turn it is.
    pub turn: ProcessId,
    /// The value that this process would propose.
    pub proposal: Option<Payload>,
    /// True if it has proposed it to all.
    pub proposed: bool,
    /// The processes that have crashed, as the detector says.
    pub crashed: BTreeSet<ProcessId>,
    /// The processes that have its proposal.
    pub acknowledged: BTreeSet<ProcessId>,
    /// The proposals of others.
    pub heard: BTreeMap<ProcessId, Payload>,
    /// True if it has broadcast the decision.
    pub announced: bool,
    /// True if it has decided.
    pub decided: bool,
}

/// The protocol.
pub struct HierarchicalConsensus {
    /// Planted bug: decides its proposal as soon as it makes it.
    mutant_hasty: bool,
}

impl HierarchicalConsensus {
    /// Does what is possible now: passes over processes that have crashed, proposes when it is its turn, announces.
    fn go_on(&self, state: &mut HierarchicalState, out: &mut Out<'_, HierarchicalMessage>) {
        while state.turn.index() < out.n && state.crashed.contains(&state.turn) {
            let gone = state.turn;
            if let Some(value) = state.heard.get(&gone) {
                state.proposal = Some(value.clone());
                out.because(|| format!("{gone} has crashed, and its proposal may be decided, so it takes that over"));
            }
            state.turn = ProcessId::from(gone.index() + 1);
        }
        if let Some(value) = state.proposal.clone()
            && state.turn == out.me
            && !state.proposed
            && !state.decided
        {
            state.proposed = true;
            state.acknowledged.insert(out.me);
            out.because(|| "it is the first that is up, so it proposes its value to all");
            if self.mutant_hasty {
                state.decided = true;
                out.decide_payload(value.clone());
            }
            out.send_to_peers(HierarchicalMessage::Proposal(value));
        }
        let accounted = |process: ProcessId| state.crashed.contains(&process) || state.acknowledged.contains(&process);
        if state.proposed && !state.announced && ProcessId::all(out.n).all(accounted) {
            state.announced = true;
            let value = state.proposal.clone().expect("it has been proposed");
            out.because(|| "all that are up have its proposal, so it is safe to decide it");
            out.broadcast(HierarchicalMessage::Decided(value));
        }
    }

    fn propose(&self, state: &mut HierarchicalState, value: Payload, out: &mut Out<'_, HierarchicalMessage>) {
        if state.proposal.is_none() {
            state.proposal = Some(value);
            self.go_on(state, out);
        }
    }
}

impl Protocol for HierarchicalConsensus {
    type State = HierarchicalState;
    type Message = HierarchicalMessage;

    fn init(&self, _local: &Local) -> HierarchicalState {
        HierarchicalState {
            turn: ProcessId(0),
            proposal: None,
            proposed: false,
            crashed: BTreeSet::new(),
            acknowledged: BTreeSet::new(),
            heard: BTreeMap::new(),
            announced: false,
            decided: false,
        }
    }

    fn on_start(&self, state: &mut HierarchicalState, out: &mut Out<'_, HierarchicalMessage>) {
        if out.input.is_some() {
            let value = bit(out);
            self.propose(state, Payload::new(UserMessage(value.into())), out);
        }
    }

    fn on_request(&self, state: &mut HierarchicalState, request: Request, out: &mut Out<'_, HierarchicalMessage>) {
        match request {
            Request::Propose(value) => self.propose(state, value, out),
            other => out.because(|| format!("it only takes proposals, and drops {other:?}")),
        }
    }

    fn on_deliver(
        &self,
        state: &mut HierarchicalState,
        from: ProcessId,
        message: &HierarchicalMessage,
        out: &mut Out<'_, HierarchicalMessage>,
    ) {
        match message {
            HierarchicalMessage::Proposal(value) => {
                state.heard.insert(from, value.clone());
                if from >= state.turn {
                    out.send(from, HierarchicalMessage::Acknowledgement);
                    out.because(|| format!("it keeps the proposal of {from}, and says so"));
                } else {
                    out.because(|| format!("{from} has crashed, so its proposal comes too late"));
                }
            }
            HierarchicalMessage::Acknowledgement => {
                state.acknowledged.insert(from);
                let (have, n) = (state.acknowledged.len(), out.n);
                out.because(|| format!("{have} of {n} have its proposal"));
                self.go_on(state, out);
            }
            HierarchicalMessage::Decided(value) if !state.decided => {
                state.decided = true;
                out.because(|| format!("{from} says that this is decided"));
                out.decide_payload(value.clone());
            }
            HierarchicalMessage::Decided(_) => out.because(|| "it has decided before"),
        }
    }

    fn on_suspicion(
        &self,
        state: &mut HierarchicalState,
        process: ProcessId,
        suspected: bool,
        out: &mut Out<'_, HierarchicalMessage>,
    ) {
        if suspected && state.crashed.insert(process) {
            self.go_on(state, out);
        }
    }

    fn label(&self, _local: &Local, state: &HierarchicalState) -> String {
        match () {
            () if state.decided => "decided".to_owned(),
            () if state.proposed => format!("proposed {}", state.acknowledged.len()),
            () => String::new(),
        }
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Hierarchical uniform consensus".into(),
        summary: "The first process that is up proposes its value, and it is decided when all that are up have it."
            .into(),
        cost: "2(n-1) messages and two steps for the proposal, and a reliable broadcast for the decision.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 5.4 (Hierarchical Uniform Consensus)".into(),
        problem: Problem::Consensus,
        needs: vec![Service::Links, Service::ReliableBroadcast, Service::PerfectDetector],
        provides: vec![Service::UniformConsensus],
        under: vec![
            ModuleLine::new("heartbeat").using(&["network"]),
            ModuleLine::new("best-effort-broadcast").using(&["network"]),
            ModuleLine::new("reliable-broadcast").using(&["best-effort-broadcast"]),
        ],
        assumptions: vec![Assumption::Synchrony, Assumption::ReliableLinks, Assumption::CrashStop],
        properties: vec![Property::AGREEMENT, Property::VALIDITY, Property::TERMINATION, Property::INTEGRITY],
        inputs: Inputs::Bits,
        exploration: Exploration::new(Explorer::Synchronous { faults: 1 }, 3),
        mutants: names(["hasty"]),
        without: without(),
        ..Entry::new("hierarchical-consensus", |parameters| HierarchicalConsensus {
            mutant_hasty: parameters.mutant("hasty"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::AGREEMENT), 1, world::lossy),
        Without::new(Assumption::CrashStop, Consequence::Never(Property::TERMINATION), 1, world::misses_the_first),
        Without::new(Assumption::Synchrony, Consequence::Violated(Property::AGREEMENT), 1, |scenario| {
            world::asynchronous(scenario);
            scenario.models.timing.typical_ms = 1_000;
        }),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;

    #[test]
    fn the_first_one_decides_when_all_have_acknowledged() {
        let mut bench = on_bench("hierarchical-consensus", &[], None, &["0", "1", "1"]);
        bench.start_all();
        bench.deliver_all();
        (0..3).for_each(|p| assert_eq!(bench.decisions(p), ["0"], "p{p}"));
    }

    #[test]
    fn the_next_one_takes_over_the_proposal_that_it_has_got() {
        let mut bench = on_bench("hierarchical-consensus", &[], None, &["0", "1", "1"]);
        bench.start_all();
        bench.deliver(0, 1);
        bench.crash(0);
        bench.fire(1, "period");
        bench.deliver_all();
        bench.fire(1, "period");
        bench.fire(2, "period");
        bench.deliver_all();
        bench.fire(1, "period");
        bench.fire(2, "period");
        bench.deliver_all();
        assert_eq!((bench.decisions(1), bench.decisions(2)), (vec!["0".to_owned()], vec!["0".to_owned()]));
    }
}
