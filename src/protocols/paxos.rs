//! Single-decree Paxos, with two proposers and without leaders.
//!
//! **Problem.** Uniform consensus on a bit.
//! **Assumes** reliable links. To make progress it also needs that f < n/2 processes crash, one of three, that one of
//! the proposers p0 and p1 stays up, and that the other leaves it alone for one ballot. Here each waits `timeout-ms`
//! times the ballot's number before it begins the next, so that one of them is left alone some day, if delays have a
//! bound from some time on. Nobody learns but the proposers.
//! **Idea.** Ballots, p0's odd and p1's even. *Prepare*: a proposer asks everybody to promise not to take part in
//! lower ballots; who promises also says what it has accepted last. A majority of promises: of what was accepted the
//! proposer takes the value of the highest ballot, else its own. *Accept*: it asks everybody to accept that value in
//! its ballot. Who has not promised a higher ballot accepts. A majority accepts: it is decided, since every later
//! majority of promises holds somebody who says so.
//! **Source.** Lamport, *Paxos made simple* (ACM SIGACT News 32(4), 2001), section 2; progress
//! is its section 2.4, with growing time-outs in the place of an elected proposer.
//! **Properties.** Agreement, validity, integrity, whatever happens in time. Progress once a proposer is left alone.
//! **Cost.** 4(n-1) messages and four communication steps a ballot.
//! **What breaks it.** Two proposers that outbid each other for ever: each ballot is prepared before the other's is
//! accepted (horn c of FLP). A time-out that always fires too early does the same on the board.

use super::bit;
use crate::catalogue::{
    Assumption, Consequence, Contender, Domain, Entry, Exploration, Explorer, Inputs, Parameter, Parameters, Problem,
    RoundSymmetry, Without, names, world,
};
use crate::engine::Choice;
use crate::process::{Kind, Local, Message, Out, ProcessId, Protocol, Timer, Value};
use crate::property::Property;
use serde::Serialize;
use std::collections::BTreeSet;

/// The messages, in the order of the phases.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Synod {
    /// P1a(b), a proposer: "promise!"
    Prepare {
        /// The ballot.
        ballot: u32,
    },
    /// P1b(b, accepted ballot, accepted value), an acceptor: "I promise".
    Promise {
        /// The ballot.
        ballot: u32,
        /// The ballot in which it has accepted last; 0 is none.
        accepted: u32,
        /// The value that it has accepted in it.
        value: Option<bool>,
    },
    /// P2a(b, v), a proposer: "accept!"
    Propose {
        /// The ballot.
        ballot: u32,
        /// The value.
        value: bool,
    },
    /// P2b(b), an acceptor: "I have accepted".
    Accept {
        /// The ballot.
        ballot: u32,
    },
}

impl Message for Synod {
    fn kind(&self) -> Kind {
        match self {
            Synod::Prepare { .. } => Kind { label: "P1a", name: "prepare" },
            Synod::Promise { .. } => Kind { label: "P1b", name: "promise" },
            Synod::Propose { .. } => Kind { label: "P2a", name: "propose" },
            Synod::Accept { .. } => Kind { label: "P2b", name: "accept" },
        }
    }
    fn value(&self) -> Option<Value> {
        match *self {
            Synod::Promise { value, .. } => value.map(Value::Bit),
            Synod::Propose { value, .. } => Some(value.into()),
            Synod::Prepare { .. } | Synod::Accept { .. } => None,
        }
    }
    fn text(&self) -> String {
        match self {
            Synod::Prepare { ballot } => format!("promise me ballot {ballot}"),
            Synod::Promise { ballot, accepted, value: Some(value) } => {
                format!("ballot {ballot}: promised; in {accepted} I have accepted {}", u8::from(*value))
            }
            Synod::Promise { ballot, .. } => format!("ballot {ballot}: promised; I have accepted nothing"),
            Synod::Propose { ballot, value } => format!("ballot {ballot}: accept {}", u8::from(*value)),
            Synod::Accept { ballot } => format!("ballot {ballot}: accepted"),
        }
    }
    fn lies(&self) -> Vec<Self> {
        match *self {
            Synod::Promise { ballot, accepted, value: Some(value) } => vec![
                Synod::Promise { ballot, accepted, value: Some(!value) },
                Synod::Promise { ballot, accepted: 0, value: None },
            ],
            Synod::Propose { ballot, value } => vec![Synod::Propose { ballot, value: !value }],
            Synod::Prepare { .. } | Synod::Promise { .. } | Synod::Accept { .. } => Vec::new(),
        }
    }
}

/// The phase of a proposer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaxosPhase {
    /// Nothing: it has begun no ballot, or is no proposer.
    Idle,
    /// It collects promises.
    Prepare,
    /// It has a value accepted.
    Accept,
    /// A majority has accepted.
    Done,
}

/// The value accepted in the highest ballot that a proposer was told of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Best {
    /// The ballot.
    pub ballot: u32,
    /// The value.
    pub value: bool,
}

/// An acceptor and, in p0 and p1, a proposer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PaxosState {
    /// True if the first step was taken.
    pub started: bool,
    /// The input.
    pub x: bool,
    /// Acceptor: it takes part in no ballot below this one.
    pub promised: u32,
    /// Acceptor: the ballot in which it has accepted last; 0 is none.
    pub accepted: u32,
    /// Acceptor: what it has accepted in it.
    pub value: Option<bool>,
    /// Proposer: its present ballot, 0 before the first; none for who is no proposer.
    pub ballot: Option<u32>,
    /// Proposer: what it is doing.
    pub phase: PaxosPhase,
    /// Proposer: who has answered in this phase.
    pub heard: BTreeSet<ProcessId>,
    /// Proposer: the best that it was told in this ballot.
    pub best: Option<Best>,
    /// Proposer: the value that it has accepted.
    pub v: Option<bool>,
    /// The decision register.
    pub decided: Option<bool>,
}

/// The number of processes that propose: p0 and p1.
const PROPOSERS: u32 = 2;

/// The time that a proposer waits for the end of its ballot.
const RETRY: Timer = Timer::new("retry");

/// The protocol and its parameters.
pub struct Paxos {
    /// The time that a proposer waits in ballot 1, in microseconds of its clock; in ballot b it waits b times that.
    timeout_us: u64,
    /// The last ballot; none is unbounded.
    ballot_max: Option<u32>,
    /// Planted bug: a proposer sticks to its own input, whatever was accepted before.
    mutant_stubborn: bool,
}

impl Paxos {
    /// The protocol with these parameters.
    pub fn new(parameters: &Parameters) -> Self {
        Paxos {
            timeout_us: 1_000 * parameters.integer("timeout-ms"),
            ballot_max: parameters.bound("max-ballot").map(|most| u32::try_from(most).expect("at most a million")),
            mutant_stubborn: parameters.mutant("stubborn"),
        }
    }

    /// The number of the proposer's next ballot, if it begins one.
    fn next_ballot(&self, me: ProcessId, state: &PaxosState) -> Option<u32> {
        let ballot = match state.ballot? {
            0 => u32::from(me.0) + 1,
            ballot => ballot.checked_add(PROPOSERS)?,
        };
        (state.phase != PaxosPhase::Done && self.ballot_max.is_none_or(|most| ballot <= most)).then_some(ballot)
    }

    fn begin_ballot(&self, state: &mut PaxosState, out: &mut Out<'_, Synod>) {
        let Some(ballot) = self.next_ballot(out.me, state) else {
            return;
        };
        (state.ballot, state.phase) = (Some(ballot), PaxosPhase::Prepare);
        state.heard.clear();
        (state.best, state.v) = (None, None);
        out.send_to_peers(Synod::Prepare { ballot });
        if ballot > state.promised {
            state.promised = ballot;
            state.heard.insert(out.me);
            state.best = state.value.map(|value| Best { ballot: state.accepted, value });
        }
        // Longer every time, and different for the two; a day of it is enough for everybody.
        out.set_timer(RETRY, self.timeout_us.saturating_mul(u64::from(ballot)).min(86_400_000_000));
        out.because(|| format!("it begins ballot {ballot} and asks everybody for a promise"));
    }

    /// Enough promises: the proposer chooses, and asks for acceptance.
    fn propose(&self, state: &mut PaxosState, ballot: u32, out: &mut Out<'_, Synod>) {
        let best = state.best.take().filter(|_| !self.mutant_stubborn);
        let value = best.map_or(state.x, |best| best.value);
        (state.v, state.phase) = (Some(value), PaxosPhase::Accept);
        state.heard.clear();
        out.send_to_peers(Synod::Propose { ballot, value });
        if ballot >= state.promised {
            state.accept(ballot, value);
            state.heard.insert(out.me);
        }
        let bit = u8::from(value);
        out.because(|| match best {
            Some(best) => {
                format!(
                    "ballot {ballot}: a majority promises, and {bit} was accepted in {}: it proposes {bit}",
                    best.ballot
                )
            }
            None => format!("ballot {ballot}: a majority promises and has accepted nothing: it proposes its own {bit}"),
        });
    }
}

impl PaxosState {
    fn accept(&mut self, ballot: u32, value: bool) {
        (self.promised, self.accepted, self.value) = (ballot, ballot, Some(value));
    }
}

impl Protocol for Paxos {
    type State = PaxosState;
    type Message = Synod;

    fn init(&self, local: &Local) -> PaxosState {
        let x = bit(local);
        PaxosState {
            started: false,
            x,
            promised: 0,
            accepted: 0,
            value: None,
            ballot: (u32::from(local.me.0) < PROPOSERS).then_some(0),
            phase: PaxosPhase::Idle,
            heard: BTreeSet::default(),
            best: None,
            v: None,
            decided: None,
        }
    }

    fn on_start(&self, state: &mut PaxosState, out: &mut Out<'_, Synod>) {
        state.started = true;
        self.begin_ballot(state, out);
    }

    fn on_deliver(&self, state: &mut PaxosState, from: ProcessId, message: &Synod, out: &mut Out<'_, Synod>) {
        let majority = out.n / 2 + 1;
        match *message {
            Synod::Prepare { ballot } if ballot > state.promised => {
                state.promised = ballot;
                out.send(from, Synod::Promise { ballot, accepted: state.accepted, value: state.value });
                out.because(|| format!("it promises {from} to take part in no ballot below {ballot}"));
            }
            Synod::Promise { ballot, accepted, value }
                if state.ballot == Some(ballot) && state.phase == PaxosPhase::Prepare =>
            {
                state.heard.insert(from);
                state.best = state.best.max(value.map(|value| Best { ballot: accepted, value }));
                if state.heard.len() >= majority {
                    self.propose(state, ballot, out);
                }
            }
            Synod::Propose { ballot, value } if ballot >= state.promised => {
                state.accept(ballot, value);
                out.send(from, Synod::Accept { ballot });
                out.because(|| format!("it has promised no higher ballot, so it accepts {}", u8::from(value)));
            }
            Synod::Accept { ballot } if state.ballot == Some(ballot) && state.phase == PaxosPhase::Accept => {
                state.heard.insert(from);
                if let Some(value) = state.v.filter(|_| state.heard.len() >= majority) {
                    state.phase = PaxosPhase::Done;
                    state.heard.clear();
                    (state.best, state.v) = (None, None);
                    state.decided = Some(value);
                    out.cancel_timer(RETRY);
                    out.decide(value);
                    out.because(|| format!("ballot {ballot}: a majority has accepted {}, for ever", u8::from(value)));
                }
            }
            _ => out.because(|| "a higher ballot, or a majority, has made this pointless"),
        }
    }

    fn on_timeout(&self, state: &mut PaxosState, _timer: Timer, out: &mut Out<'_, Synod>) {
        self.begin_ballot(state, out);
    }

    fn timeout_enabled(&self, local: &Local, state: &PaxosState) -> Option<Timer> {
        (state.started && self.next_ballot(local.me, state).is_some()).then_some(RETRY)
    }

    fn label(&self, _local: &Local, state: &PaxosState) -> String {
        let ballot = state.ballot.unwrap_or(0);
        match state.phase {
            PaxosPhase::Prepare => format!("b{ballot} prepare"),
            PaxosPhase::Accept => format!("b{ballot} accept {}", u8::from(state.v == Some(true))),
            PaxosPhase::Idle | PaxosPhase::Done if state.promised > 0 => format!("promised {}", state.promised),
            PaxosPhase::Idle | PaxosPhase::Done => String::new(),
        }
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Paxos".into(),
        summary: "Two proposers, ballots that outbid each other, and majorities that remember.".into(),
        cost: "4(n-1) messages and four communication steps a ballot.".into(),
        source: "Lamport 2001, section 2".into(),
        problem: Problem::Consensus,
        assumptions: vec![
            Assumption::ReliableLinks,
            Assumption::CrashStop,
            Assumption::MajorityUp,
            Assumption::ProposerUp,
            Assumption::EventualSynchrony,
        ],
        // Progress and no termination: no message tells the decision on, so that acceptors never learn it.
        properties: vec![Property::AGREEMENT, Property::VALIDITY, Property::PROGRESS, Property::INTEGRITY],
        parameters: vec![
            Parameter::new(
                "max-ballot",
                Domain::Bound(1, 1_000_000),
                "unbounded",
                "The last ballot that anybody begins.",
            ),
            Parameter::new(
                "timeout-ms",
                Domain::Integer(1, 3_600_000),
                "300",
                "In ballot b a proposer waits b times so many milliseconds of its own clock for the end of it.",
            ),
        ],
        inputs: Inputs::Bits,
        processes: (3, 9),
        exploration: Exploration::new(Explorer::Strict, 3).with(&[("max-ballot", "2")]),
        mutants: names(["stubborn"]),
        // The first ballots of the proposers are 1 and 2, and both count in twos.
        symmetry: Some(RoundSymmetry::new(&["ballot", "promised", "accepted"], 2, 1)),
        without: without(),
        contender: Some(Contender {
            idea: "Number the attempts, and let the highest number win.".into(),
            inputs: "011".into(),
            parameters: Vec::new(),
        }),
        ..Entry::new("paxos", Paxos::new)
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::AGREEMENT), 4, world::tampered),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::AGREEMENT), 1, |scenario| {
            for at_ms in (100..2_000).step_by(100) {
                world::at(scenario, at_ms, world::crash(world::P2));
                world::at(scenario, at_ms, Choice::Recover(world::P2));
            }
            scenario.faults.sort_by_key(|fault| fault.at_ms);
        })
        .on(|scenario| {
            // The proposers hear of each other only through p2.
            world::at(scenario, 0, Choice::Cut { from: world::P0, to: world::P1 });
            world::at(scenario, 0, Choice::Cut { from: world::P1, to: world::P0 });
            world::at(scenario, 8_000, Choice::Heal);
        }),
        Without::new(Assumption::MajorityUp, Consequence::Never(Property::PROGRESS), 1, |scenario| {
            world::at(scenario, 0, world::crash(world::P2))
        })
        .on(|scenario| world::at(scenario, 0, world::crash(world::P1))),
        Without::new(Assumption::ProposerUp, Consequence::Violated(Property::PROGRESS), 1, |scenario| {
            world::at(scenario, 0, world::crash(world::P0))
        })
        .on(|scenario| {
            scenario.processes = 5;
            scenario.inputs.resize(5, Some(Value::Bit(true)));
            world::at(scenario, 0, world::crash(world::P1));
        }),
        Without::new(
            Assumption::EventualSynchrony,
            Consequence::Never(Property::PROGRESS),
            1,
            world::all_slower_and_slower,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;

    #[test]
    fn a_ballot_costs_four_messages_for_each_other_process() {
        let mut bench = on_bench("paxos", &[], None, &["1", "0", "0"]);
        bench.start(0);
        bench.deliver_all();
        // Those to p1 wake nobody up: the bench starts a process only when it is told to.
        assert_eq!((bench.sent, bench.decisions(0)), (4 * 2, vec!["1".to_owned()]));
        assert_eq!((bench.label(0).as_str(), bench.timer(0, "retry")), ("promised 1", None));
    }

    #[test]
    fn a_later_ballot_finds_what_a_majority_has_accepted() {
        let mut bench = on_bench("paxos", &[], None, &["1", "0", "0"]);
        bench.start(0);
        bench.deliver_all();
        bench.start(1);
        bench.deliver_all();
        assert_eq!(bench.decisions(1), ["1"]);
        let mut bench = on_bench("paxos", &[("mutant", "stubborn")], None, &["1", "0", "0"]);
        bench.start(0);
        bench.deliver_all();
        bench.start(1);
        bench.deliver_all();
        assert_eq!(bench.decisions(1), ["0"], "the planted bug");
    }

    #[test]
    fn two_proposers_can_outbid_each_other_as_long_as_they_like() {
        let mut bench = on_bench("paxos", &[("timeout-ms", "100")], None, &["0", "1", "1"]);
        bench.start_all();
        bench.deliver(0, 2);
        for ballot in 1..6 {
            let (low, high) = ((ballot + 1) % 2, ballot % 2);
            assert_eq!(bench.timer(low, "retry"), Some(ballot as u64 * 100_000));
            // The lower ballot is prepared; then the higher one is, before anybody accepts in the lower one.
            bench.deliver_youngest(2, low);
            bench.deliver_youngest(high, 2);
            bench.deliver_youngest(low, 2);
            assert_eq!(bench.reason(2), "a higher ballot, or a majority, has made this pointless");
            bench.fire(low, "retry");
        }
        (0..3).for_each(|p| assert!(bench.decisions(p).is_empty()));
    }
}
