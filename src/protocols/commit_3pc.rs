//! Three-phase commit, with time-outs for everybody.
//!
//! **Problem.** Atomic commit: everybody votes, 1 (yes) or 0 (no). All decide the same; 1 only if all voted 1.
//! **Assumes** synchrony: `timeout-ms` is longer than any wait for somebody who is up. Reliable links. And it
//! assumes a coordinator that stays up: one that crashes between telling one participant and telling the next is the
//! end of agreement. Crash-stop: who comes back has forgotten what it said.
//! **Idea.** Two-phase commit waits for ever because who is uncertain does not know whether somebody has committed.
//! So the coordinator p0 first tells everybody that all votes are 1 (*pre-commit*), and commits when all have
//! acknowledged that. Nobody commits while anybody is uncertain. So silence means something: who is uncertain and
//! hears nothing decides 0, who is pre-committed and hears nothing decides 1.
//! **Source.** Skeen, *Nonblocking commit protocols* (SIGMOD 1981); the time-out transitions are those of
//! Skeen and Stonebraker, *A formal model of crash recovery in a distributed system* (IEEE TSE 9(3), 1983).
//! **Properties.** Agreement; 1 only if all voted 1; integrity; termination.
//! **Cost.** 4(n-1) messages, four communication steps.
//! **What breaks it.** A message that is late, not lost: one participant is pre-committed and takes p0 for dead, the
//! other is still uncertain and does the same (horn a of FLP). A p0 that crashes with half of the pre-commits sent
//! does the same without any delay; a real system then elects a new coordinator, which asks around first.

use super::bit;
use crate::catalogue::{
    Assumption, Consequence, Contender, Domain, Entry, Exploration, Explorer, Inputs, NeededNetwork, Parameter,
    Problem, Timeout, Without, names, world,
};
use crate::engine::Choice;
use crate::process::{Kind, Local, Message, Out, ProcessId, Protocol, Timer, Value};
use crate::property::Property;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The messages, in the order of the phases.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub enum Commit3pcMessage {
    /// V(x), a participant to the coordinator: "I vote …"
    Vote(bool),
    /// PC, the coordinator to the participants: "all votes are 1".
    PreCommit,
    /// ACK, a participant to the coordinator: "I know that all votes are 1".
    Acknowledge,
    /// D(v), the coordinator to the participants: "the outcome is …"
    Outcome(bool),
}

impl Message for Commit3pcMessage {
    fn kind(&self) -> Kind {
        match self {
            Commit3pcMessage::Vote(_) => Kind { label: "V", name: "vote" },
            Commit3pcMessage::PreCommit => Kind { label: "PC", name: "pre-commit" },
            Commit3pcMessage::Acknowledge => Kind { label: "ACK", name: "acknowledgement" },
            Commit3pcMessage::Outcome(_) => Kind { label: "D", name: "decision" },
        }
    }
    fn value(&self) -> Option<Value> {
        match self {
            Commit3pcMessage::Vote(value) | Commit3pcMessage::Outcome(value) => Some((*value).into()),
            Commit3pcMessage::PreCommit | Commit3pcMessage::Acknowledge => None,
        }
    }
    fn text(&self) -> String {
        match self {
            Commit3pcMessage::Vote(value) => format!("I vote {}", u8::from(*value)),
            Commit3pcMessage::PreCommit => "all votes are 1".into(),
            Commit3pcMessage::Acknowledge => "I know that all votes are 1".into(),
            Commit3pcMessage::Outcome(value) => format!("the outcome is {}", u8::from(*value)),
        }
    }
    fn lies(&self) -> Vec<Self> {
        match self {
            Commit3pcMessage::Vote(value) => vec![Commit3pcMessage::Vote(!value)],
            Commit3pcMessage::PreCommit => vec![Commit3pcMessage::Outcome(false)],
            Commit3pcMessage::Acknowledge => Vec::new(),
            Commit3pcMessage::Outcome(value) => vec![Commit3pcMessage::Outcome(!value)],
        }
    }
}

/// The process that counts the votes.
const COORDINATOR: ProcessId = ProcessId(0);

/// The time that anybody waits for the next message.
const PATIENCE: Timer = Timer::new("patience");

/// The state of a process in the transaction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Commit3pcState {
    /// True if the first step was taken.
    pub started: bool,
    /// The process's own vote.
    pub x: bool,
    /// The coordinator's record of the others' votes.
    pub votes: BTreeMap<ProcessId, bool>,
    /// The coordinator's record of who is pre-committed.
    pub acknowledged: BTreeSet<ProcessId>,
    /// 1 once the process knows that all votes are 1.
    pub phase: u8,
    /// The decision register.
    pub decided: Option<bool>,
}

/// The protocol and its parameters.
pub struct Commit3pc {
    /// The time that anybody waits for the next message, in microseconds of its clock.
    timeout_us: u64,
    /// Planted bug: the coordinator takes the first vote of 1 for all of them.
    mutant_hasty: bool,
}

impl Commit3pc {
    /// Writes the register; the coordinator also tells everybody else.
    fn decide(&self, state: &mut Commit3pcState, value: bool, out: &mut Out<'_, Commit3pcMessage>) {
        state.decided = Some(value);
        out.cancel_timer(PATIENCE);
        out.decide(value);
        if out.me == COORDINATOR {
            out.send_to_peers(Commit3pcMessage::Outcome(value));
        }
    }

    /// All votes are 1, and the process knows.
    fn pre_commit(&self, state: &mut Commit3pcState, out: &mut Out<'_, Commit3pcMessage>) {
        state.phase = 1;
        out.set_timer(PATIENCE, self.timeout_us);
    }
}

impl Protocol for Commit3pc {
    type State = Commit3pcState;
    type Message = Commit3pcMessage;

    fn init(&self, local: &Local) -> Commit3pcState {
        let x = bit(local);
        Commit3pcState {
            started: false,
            x,
            votes: BTreeMap::default(),
            acknowledged: BTreeSet::default(),
            phase: 0,
            decided: None,
        }
    }

    fn on_start(&self, state: &mut Commit3pcState, out: &mut Out<'_, Commit3pcMessage>) {
        state.started = true;
        if out.me != COORDINATOR {
            out.send(COORDINATOR, Commit3pcMessage::Vote(state.x));
        }
        if state.x {
            out.set_timer(PATIENCE, self.timeout_us);
            out.because(|| "it votes 1, and waits for a time");
        } else {
            self.decide(state, false, out);
            out.because(|| "it votes 0, so the outcome can only be 0 and it need not wait");
        }
    }

    fn on_deliver(
        &self,
        state: &mut Commit3pcState,
        from: ProcessId,
        message: &Commit3pcMessage,
        out: &mut Out<'_, Commit3pcMessage>,
    ) {
        if state.decided.is_some() {
            out.because(|| "it has decided, so the message changes nothing");
            return;
        }
        let coordinates = out.me == COORDINATOR;
        match message {
            Commit3pcMessage::Vote(vote) if coordinates && state.phase == 0 => {
                state.votes.insert(from, *vote);
                let missing = out.n - 1 - state.votes.len();
                if !vote {
                    self.decide(state, false, out);
                    out.because(|| format!("{from} votes 0, so it aborts and tells the others"));
                } else if missing == 0 || self.mutant_hasty {
                    self.pre_commit(state, out);
                    out.send_to_peers(Commit3pcMessage::PreCommit);
                    out.because(|| "everybody has voted 1: it tells the others, and commits when all of them know");
                } else {
                    out.because(|| format!("{from} votes 1; votes still missing: {missing}"));
                }
            }
            Commit3pcMessage::Acknowledge if coordinates => {
                state.acknowledged.insert(from);
                let missing = out.n - 1 - state.acknowledged.len();
                if missing == 0 {
                    self.decide(state, true, out);
                    out.because(|| "nobody is uncertain any more, so it commits and tells the others");
                } else {
                    out.because(|| format!("{from} knows; acknowledgements still missing: {missing}"));
                }
            }
            Commit3pcMessage::PreCommit => {
                self.pre_commit(state, out);
                out.send(COORDINATOR, Commit3pcMessage::Acknowledge);
                out.because(|| "it is uncertain no more: all votes are 1, and it says that it knows");
            }
            Commit3pcMessage::Outcome(value) => {
                self.decide(state, *value, out);
                out.because(|| format!("the coordinator says {}, and that is the outcome", u8::from(*value)));
            }
            Commit3pcMessage::Vote(_) | Commit3pcMessage::Acknowledge => {
                out.because(|| "this changes nothing any more")
            }
        }
    }

    fn on_timeout(&self, state: &mut Commit3pcState, _timer: Timer, out: &mut Out<'_, Commit3pcMessage>) {
        if state.decided.is_none() {
            let value = state.phase == 1;
            self.decide(state, value, out);
            out.because(|| match value {
                true => "it hears nothing more, and it knows that all votes are 1, so it decides 1",
                false => "it hears nothing more and is uncertain; so nobody can have committed, and it decides 0",
            });
        }
    }

    fn timeout_enabled(&self, _local: &Local, state: &Commit3pcState) -> Option<Timer> {
        (state.started && state.decided.is_none()).then_some(PATIENCE)
    }

    fn label(&self, _local: &Local, state: &Commit3pcState) -> String {
        match (state.started && state.decided.is_none(), state.phase) {
            (false, _) => String::new(),
            (true, 0) => "uncertain".into(),
            (true, _) => "pre-committed".into(),
        }
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Three-phase commit".into(),
        summary: "Nobody commits before everybody knows that all will; so silence has a meaning, if it never lies."
            .into(),
        cost: "4(n-1) messages, four communication steps.".into(),
        source: "Skeen 1981; Skeen and Stonebraker 1983".into(),
        problem: Problem::Commit,
        network: NeededNetwork::Star,
        assumptions: vec![Assumption::Synchrony, Assumption::ReliableLinks, Assumption::CrashStop, Assumption::FirstUp],
        properties: vec![Property::AGREEMENT, Property::TERMINATION, Property::INTEGRITY],
        parameters: vec![Parameter::new(
            "timeout-ms",
            Domain::Integer(1, 3_600_000),
            "1000",
            "The time that a process waits for the next message, in milliseconds of its own clock.",
        )],
        inputs: Inputs::Bits,
        exploration: Exploration::new(Explorer::Strict, 3),
        mutants: names(["hasty"]),
        // From a pre-commit through the last acknowledgement to the outcome, after the slowest vote.
        timeout: Some(Timeout { parameter: "timeout-ms".into(), exchanges: 3 }),
        without: without(),
        contender: Some(Contender {
            idea: "Announce it twice, and go on alone when nothing comes.".into(),
            inputs: "111".into(),
            parameters: Vec::new(),
        }),
        ..Entry::new("commit-3pc", |parameters| Commit3pc {
            timeout_us: 1_000 * parameters.integer("timeout-ms"),
            mutant_hasty: parameters.mutant("hasty"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::INTEGRITY), 1, |scenario| {
            world::at(scenario, 2_000, world::crash(world::P1));
            world::at(scenario, 2_001, Choice::Recover(world::P1));
        })
        .on(world::all_ones),
        Without::new(Assumption::FirstUp, Consequence::Violated(Property::AGREEMENT), 1, |scenario| {
            world::at(scenario, 0, Choice::CrashSending { process: world::P0, after_sends: 1 })
        })
        .on(world::all_ones),
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::AGREEMENT), 1, world::lossy)
            .on(world::all_ones),
        Without::new(Assumption::Synchrony, Consequence::Violated(Property::AGREEMENT), 1, |scenario| {
            world::asynchronous(scenario);
            scenario.models.timing.typical_ms = 500;
        })
        .on(world::all_ones),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    #[test]
    fn a_commit_costs_four_messages_for_each_participant() {
        let mut bench = on_bench("commit-3pc", &[], None, &["1", "1", "1"]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.sent, 4 * 2);
        (0..3).for_each(|p| assert_eq!(bench.decisions(p), ["1"]));
        assert_eq!(bench.timer(1, "patience"), None);
    }

    /// p0 has collected the votes; of its pre-commits this many leave before it crashes.
    fn crash_in_pre_commit(effects: usize) -> TestBench {
        let mut bench = on_bench("commit-3pc", &[], None, &["1", "1", "1"]);
        bench.start_all();
        bench.deliver(1, 0);
        if effects < 2 {
            bench.crash_after(effects);
        }
        bench.deliver(2, 0);
        bench.crash(0);
        bench.deliver_all();
        (1..3).for_each(|p| bench.fire(p, "patience"));
        bench
    }

    #[test]
    fn a_coordinator_that_crashes_between_steps_blocks_nobody() {
        let bench = crash_in_pre_commit(2);
        assert_eq!((bench.decisions(1), bench.decisions(2)), (vec!["1".to_owned()], vec!["1".to_owned()]));
        let bench = crash_in_pre_commit(0);
        assert_eq!((bench.decisions(1), bench.decisions(2)), (vec!["0".to_owned()], vec!["0".to_owned()]));
    }

    #[test]
    fn a_coordinator_that_crashes_having_told_one_of_two_splits_them() {
        let bench = crash_in_pre_commit(1);
        assert_eq!((bench.decisions(1), bench.decisions(2)), (vec!["1".to_owned()], vec!["0".to_owned()]));
    }

    #[test]
    fn one_late_message_breaks_agreement_though_nobody_crashes() {
        let mut bench = on_bench("commit-3pc", &[], None, &["1", "1", "1"]);
        bench.start_all();
        bench.deliver(1, 0);
        bench.deliver(2, 0);
        bench.deliver(0, 1);
        bench.fire(2, "patience");
        bench.deliver_all();
        assert_eq!((bench.decisions(2), bench.label(1).as_str()), (vec!["0".to_owned()], "pre-committed"));
        bench.fire(0, "patience");
        bench.deliver_all();
        assert_eq!((bench.decisions(0), bench.decisions(1)), (vec!["1".to_owned()], vec!["1".to_owned()]));
    }
}
