//! Two-phase commit.
//!
//! **Problem.** Atomic commit: everybody votes, 1 (yes) or 0 (no). All decide the same; 1 only if all voted 1.
//! **Assumes** reliable links, and for termination that nobody crashes. Timing matters to the coordinator only, and
//! to its benefit: a time-out that comes too early aborts what could have been committed, and breaks nothing.
//! **Idea.** Participants send their vote to the coordinator p0. All votes 1: it decides 1 and says so. A vote 0, or
//! one that does not come in time: it decides 0 and says so. Who votes 0 knows the outcome at once. Who has voted 1
//! is *uncertain*: it may neither commit nor abort on its own, so it waits for p0's word and never times out.
//! **Source.** Gray, *Notes on data base operating systems* (LNCS 60, 1978); Bernstein, Hadzilacos and Goodman,
//! *Concurrency Control and Recovery in Database Systems* (1987), section 7.4.
//! **Properties.** Uniform agreement; 1 only if all voted 1; integrity; termination while nobody crashes.
//! **Cost.** 2(n-1) messages, two communication steps.
//! **What breaks it.** A coordinator that crashes before its word is out, when all the others have voted 1: they
//! are uncertain for ever (horn b of FLP).

use super::bit;
use crate::catalogue::{
    Assumption, Consequence, Contender, Domain, Entry, Exploration, Explorer, Inputs, NeededNetwork, Parameter,
    Problem, Without, names, world,
};
use crate::process::{Kind, Local, Message, Out, ProcessId, Protocol, Timer, Value};
use crate::property::Property;
use serde::Serialize;
use std::collections::BTreeMap;

/// The messages, in the order of the phases.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub enum Commit2pcMessage {
    /// V(x), a participant to the coordinator: "I vote …"
    Vote(bool),
    /// D(v), the coordinator to the participants: "the outcome is …"
    Outcome(bool),
}

impl Message for Commit2pcMessage {
    fn kind(&self) -> Kind {
        match self {
            Commit2pcMessage::Vote(_) => Kind { label: "V", name: "vote" },
            Commit2pcMessage::Outcome(_) => Kind { label: "D", name: "decision" },
        }
    }
    fn value(&self) -> Option<Value> {
        let (Commit2pcMessage::Vote(value) | Commit2pcMessage::Outcome(value)) = self;
        Some((*value).into())
    }
    fn text(&self) -> String {
        match self {
            Commit2pcMessage::Vote(true) => "I vote 1, commit".into(),
            Commit2pcMessage::Vote(false) => "I vote 0, abort".into(),
            Commit2pcMessage::Outcome(true) => "the outcome is 1, commit".into(),
            Commit2pcMessage::Outcome(false) => "the outcome is 0, abort".into(),
        }
    }
    fn lies(&self) -> Vec<Self> {
        match self {
            Commit2pcMessage::Vote(value) => vec![Commit2pcMessage::Vote(!value)],
            Commit2pcMessage::Outcome(value) => vec![Commit2pcMessage::Outcome(!value)],
        }
    }
}

/// The process that counts the votes.
const COORDINATOR: ProcessId = ProcessId(0);

/// The time that the coordinator waits for votes.
const VOTES: Timer = Timer::new("votes");

/// The state of a process in the transaction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Commit2pcState {
    /// True if the first step was taken.
    pub started: bool,
    /// The process's own vote.
    pub x: bool,
    /// The coordinator's record of the others' votes.
    pub votes: BTreeMap<ProcessId, bool>,
    /// The decision register.
    pub decided: Option<bool>,
}

/// The protocol and its parameters.
pub struct Commit2pc {
    /// The time that the coordinator waits for votes, in microseconds of its clock.
    timeout_us: u64,
    /// Planted bug: a coordinator that runs out of patience takes silence for consent.
    mutant_optimistic: bool,
}

impl Commit2pc {
    /// The coordinator makes up its mind, and everybody else's.
    fn announce(&self, state: &mut Commit2pcState, value: bool, out: &mut Out<'_, Commit2pcMessage>) {
        state.decided = Some(value);
        out.decide(value);
        out.send_to_peers(Commit2pcMessage::Outcome(value));
    }
}

impl Protocol for Commit2pc {
    type State = Commit2pcState;
    type Message = Commit2pcMessage;

    fn init(&self, local: &Local) -> Commit2pcState {
        let x = bit(local);
        Commit2pcState { started: false, x, votes: BTreeMap::default(), decided: None }
    }

    fn on_start(&self, state: &mut Commit2pcState, out: &mut Out<'_, Commit2pcMessage>) {
        state.started = true;
        if out.me == COORDINATOR {
            if state.x {
                out.set_timer(VOTES, self.timeout_us);
                out.because(|| "it coordinates and votes 1 itself, so it waits for the votes of the others");
            } else {
                self.announce(state, false, out);
                out.because(|| "it coordinates and votes 0 itself: that settles it, and it tells the others");
            }
            return;
        }
        out.send(COORDINATOR, Commit2pcMessage::Vote(state.x));
        if state.x {
            out.because(|| "it votes 1, and from now on it is uncertain: only the coordinator can release it");
        } else {
            state.decided = Some(false);
            out.decide(false);
            out.because(|| "it votes 0, so the outcome can only be 0 and it need not wait");
        }
    }

    fn on_deliver(
        &self,
        state: &mut Commit2pcState,
        from: ProcessId,
        message: &Commit2pcMessage,
        out: &mut Out<'_, Commit2pcMessage>,
    ) {
        if state.decided.is_some() {
            out.because(|| "it has decided, so the message changes nothing");
            return;
        }
        match message {
            Commit2pcMessage::Vote(vote) if out.me == COORDINATOR => {
                state.votes.insert(from, *vote);
                if !vote {
                    out.cancel_timer(VOTES);
                    self.announce(state, false, out);
                    out.because(|| format!("{from} votes 0, so it aborts and tells the others"));
                } else if state.votes.len() == out.n - 1 {
                    out.cancel_timer(VOTES);
                    self.announce(state, true, out);
                    out.because(|| "everybody has voted 1, so it commits and tells the others");
                } else {
                    let missing = out.n - 1 - state.votes.len();
                    out.because(|| format!("{from} votes 1; votes still missing: {missing}"));
                }
            }
            Commit2pcMessage::Vote(_) => out.because(|| "votes are the coordinator's business"),
            Commit2pcMessage::Outcome(value) => {
                let value = *value;
                state.decided = Some(value);
                out.decide(value);
                out.because(|| format!("the coordinator says {}, and that is the outcome", u8::from(value)));
            }
        }
    }

    fn on_timeout(&self, state: &mut Commit2pcState, _timer: Timer, out: &mut Out<'_, Commit2pcMessage>) {
        if state.decided.is_none() {
            self.announce(state, self.mutant_optimistic, out);
            out.because(|| "a vote has not come in time, so it decides without it and tells the others");
        }
    }

    fn timeout_enabled(&self, local: &Local, state: &Commit2pcState) -> Option<Timer> {
        (local.me == COORDINATOR && state.started && state.decided.is_none()).then_some(VOTES)
    }

    fn label(&self, local: &Local, state: &Commit2pcState) -> String {
        if state.decided.is_some() || !state.started {
            String::new()
        } else if local.me == COORDINATOR {
            format!("votes {}/{}", state.votes.len() + 1, local.n)
        } else {
            "uncertain".into()
        }
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Two-phase commit".into(),
        summary: "A coordinator collects votes and announces the outcome; whoever voted 1 must wait for its word."
            .into(),
        cost: "2(n-1) messages, two communication steps.".into(),
        source: "Gray 1978; Bernstein, Hadzilacos and Goodman 1987, section 7.4".into(),
        problem: Problem::Commit,
        network: NeededNetwork::Star,
        assumptions: vec![Assumption::ReliableLinks, Assumption::NoCrash],
        properties: vec![Property::AGREEMENT, Property::TERMINATION, Property::INTEGRITY],
        parameters: vec![Parameter::new(
            "timeout-ms",
            Domain::Integer(1, 3_600_000),
            "1000",
            "The time that the coordinator waits for votes, in milliseconds of its own clock.",
        )],
        inputs: Inputs::Bits,
        exploration: Exploration::new(Explorer::Strict, 3),
        mutants: names(["optimistic"]),
        without: without(),
        contender: Some(Contender {
            idea: "Let one of them collect the votes and announce the result.".into(),
            inputs: "111".into(),
            parameters: Vec::new(),
        }),
        ..Entry::new("commit-2pc", |parameters| Commit2pc {
            timeout_us: 1_000 * parameters.integer("timeout-ms"),
            mutant_optimistic: parameters.mutant("optimistic"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::TERMINATION), 1, world::lossy),
        Without::new(Assumption::NoCrash, Consequence::Violated(Property::TERMINATION), 1, |scenario| {
            world::at(scenario, 0, world::crash(world::P0))
        })
        .on(world::all_ones),
    ]
}
