//! Ben-Or's consensus, with or without its coin.
//!
//! **Problem.** Uniform consensus on a bit.
//! **Assumes** reliable links and that f < n/2 processes crash, one of three; timing does not matter at all.
//! **Idea.** Rounds of two phases. *Report*: everybody tells its x and hears f fewer than all; a majority for v makes v
//! its proposal, else it proposes nothing (⊥). Two majorities overlap, so nobody proposes the other value. *Proposal*:
//! everybody tells its proposal; one v makes v the new x, and f + 1 of them decide v, since then everybody hears one.
//! A process that hears nothing but ⊥ flips a coin for x. Sooner or later enough coins fall alike.
//! **Source.** Ben-Or, *Another advantage of free choice* (PODC 1983), the protocol for crashes. Values are used phase
//! by phase: whatever of the present phase has arrived, at least n - f with one's own.
//! **Properties.** Agreement, validity, integrity. Termination with probability 1 with `coin=random`; without a coin
//! there is an endless run in which every message arrives, as there must be.
//! **Cost.** 2n(n-1) messages and two communication steps a round; one round if all inputs are equal.
//! **Waiting.** With `wait-ms` at least the bound on delays, and messages on time, everybody hears everybody in every
//! phase, and where those who are up are an odd number, all who begin a round together decide in it, coin or not.
//! **What breaks it.** `coin=zero`, `one`, `adversary`: a scheduler that keeps the decision open for ever (horn c of
//! FLP). `coin=keep`: a tie, such as a crash leaves of three who differ (horn b).

use crate::catalogue::{
    Assumption, Consequence, Contender, Domain, Entry, Exploration, Explorer, HeardOf, Inputs, LAYERED_PROCESSES as N,
    Layered, LayeredStates, Parameter, Parameters, Problem, Realisable, RoundSymmetry, Trigger, Without, hearing_both,
    names, world,
};
use crate::process::{Kind, Local, Message, Out, ProcessId, Protocol, Timer, Value};
use crate::property::Property;
use crate::protocols::{Vote, bit};
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The messages, in the order of the phases. Phases are counted through: even ones report, odd ones propose.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum BenOrMessage {
    /// "My x is …"
    Report {
        /// An even number.
        phase: u32,
        /// The sender's x.
        value: bool,
    },
    /// "I saw a majority for …", or for neither.
    Proposal {
        /// An odd number.
        phase: u32,
        /// The sender's proposal.
        value: Vote,
    },
}

impl BenOrMessage {
    /// The message of this phase.
    fn new(phase: u32, value: Vote) -> Self {
        if phase.is_multiple_of(2) {
            BenOrMessage::Report { phase, value: value.0.expect("who reports has a value") }
        } else {
            BenOrMessage::Proposal { phase, value }
        }
    }

    /// Its phase and value.
    fn parts(self) -> (u32, Vote) {
        match self {
            BenOrMessage::Report { phase, value } => (phase, Vote(Some(value))),
            BenOrMessage::Proposal { phase, value } => (phase, value),
        }
    }
}

impl Message for BenOrMessage {
    fn kind(&self) -> Kind {
        match self {
            BenOrMessage::Report { .. } => Kind { label: "RP", name: "report" },
            BenOrMessage::Proposal { .. } => Kind { label: "PR", name: "proposal" },
        }
    }
    fn value(&self) -> Option<Value> {
        Some((&*self.parts().1.to_string()).into())
    }
    fn text(&self) -> String {
        match self {
            BenOrMessage::Report { phase, value } => format!("phase {phase}: my value is {}", u8::from(*value)),
            BenOrMessage::Proposal { phase, value: Vote(Some(value)) } => {
                format!("phase {phase}: most that I heard say {}, so I propose it", u8::from(*value))
            }
            BenOrMessage::Proposal { phase, value: Vote(None) } => {
                format!("phase {phase}: I saw no majority, I propose nothing")
            }
        }
    }
    fn lies(&self) -> Vec<Self> {
        let (phase, value) = self.parts();
        let votes = [Vote(Some(false)), Vote(Some(true)), Vote(None)];
        let fitting = &votes[..if phase.is_multiple_of(2) { 2 } else { 3 }];
        fitting.iter().filter(|vote| **vote != value).map(|vote| BenOrMessage::new(phase, *vote)).collect()
    }
}

/// A message kept for its phase. The order is that of the set that it is kept in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct KeptVote {
    /// The phase in which it will be used.
    pub phase: u32,
    /// The sender.
    pub from: ProcessId,
    /// Its content.
    pub value: Vote,
}

/// The phase of a process, what it holds, and what it has heard for the phases to come.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BenOrState {
    /// True if the first step was taken.
    pub started: bool,
    /// The value it holds; it stays while it proposes.
    pub x: bool,
    /// The phase: even ones report, odd ones propose.
    pub phase: u32,
    /// Its proposal, in a proposal phase only.
    pub prop: Option<Vote>,
    /// The messages that arrived for this phase and later ones.
    pub inbox: BTreeSet<KeptVote>,
    /// The decision register.
    pub decided: Option<bool>,
    /// True if it still waits before it counts. Without a wait it never does, and this is no part of its state.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
}

/// The time that a process waits in a phase before it counts.
pub const WAIT: Timer = Timer::new("wait");

/// The value of x after a phase in which all that is heard is ⊥.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CoinRule {
    /// 0, always.
    Zero,
    /// 1, always.
    One,
    /// The x that it holds.
    Keep,
    /// A coin of the step: drawn on the board, every outcome in an exploration, the adversary's choice in its play.
    Flip,
}

/// The protocol and its parameters.
pub struct BenOr {
    /// The value of x after a phase in which all that is heard is ⊥.
    pub coin: CoinRule,
    /// The horizon, in rounds of two phases; none is unbounded.
    rounds: Option<u32>,
    /// The time that it waits in every phase before it counts, in microseconds of the local clock.
    wait_us: u64,
    /// Planted bug: a single proposal is enough for a decision.
    mutant_hasty: bool,
}

impl BenOr {
    /// The protocol with these parameters.
    pub fn new(parameters: &Parameters) -> Self {
        BenOr {
            coin: match parameters.choice("coin") {
                "zero" => CoinRule::Zero,
                "one" => CoinRule::One,
                "keep" => CoinRule::Keep,
                _ => CoinRule::Flip,
            },
            rounds: parameters.bound("rounds").map(|rounds| u32::try_from(rounds).expect("at most a million")),
            wait_us: 1_000 * parameters.integer("wait-ms"),
            mutant_hasty: parameters.mutant("hasty"),
        }
    }

    /// The protocol with its coin, without a horizon.
    pub fn flipping() -> Self {
        BenOr { coin: CoinRule::Flip, rounds: None, wait_us: 0, mutant_hasty: false }
    }

    /// Uses what the inbox holds for the present phase, and goes on while there is something for the next one.
    ///
    /// Public because a heard-of layer is this function with an inbox of its choice.
    pub fn advance(&self, state: &mut BenOrState, out: &mut Out<'_, BenOrMessage>) {
        let faults = (out.n - 1) / 2;
        loop {
            let heard: Vec<Vote> =
                state.inbox.iter().take_while(|kept| kept.phase == state.phase).map(|kept| kept.value).collect();
            if heard.len() + 1 < out.n - faults || self.at_horizon(state) {
                return;
            }
            let phase = state.phase;
            state.inbox.retain(|kept| kept.phase > phase);
            match state.prop.take() {
                None => self.count_reports(state, &heard, out),
                Some(own) => self.count_proposals(state, own, &heard, faults, out),
            }
            state.phase += 1;
            if self.at_horizon(state) {
                state.inbox.clear();
            } else {
                let value = state.prop.unwrap_or(Vote(Some(state.x)));
                out.send_to_peers(BenOrMessage::new(state.phase, value));
                self.wait(state, out);
            }
            if state.waits {
                return;
            }
        }
    }

    /// A phase begins: if it waits before it counts, it begins to.
    fn wait(&self, state: &mut BenOrState, out: &mut Out<'_, BenOrMessage>) {
        if self.wait_us > 0 {
            state.waits = true;
            out.set_timer(WAIT, self.wait_us);
        }
    }

    fn at_horizon(&self, state: &BenOrState) -> bool {
        self.rounds.is_some_and(|rounds| state.phase == 2 * rounds)
    }

    /// The end of a report phase: a majority becomes the proposal.
    fn count_reports(&self, state: &mut BenOrState, heard: &[Vote], out: &mut Out<'_, BenOrMessage>) {
        let count = |value| usize::from(state.x == value) + heard.iter().filter(|vote| vote.0 == Some(value)).count();
        let majority = out.n / 2 + 1;
        let proposal = [false, true].into_iter().find(|value| count(*value) >= majority);
        state.prop = Some(Vote(proposal));
        let (others, phase) = (heard.len(), state.phase);
        out.because(|| match proposal {
            Some(value) => {
                format!(
                    "phase {phase}: with {others} besides its own it counts {} for {}, a majority, and proposes it",
                    count(value),
                    u8::from(value)
                )
            }
            None => format!("phase {phase}: with {others} besides its own it sees no majority, and proposes ⊥"),
        });
    }

    /// The end of a proposal phase: some v, enough of v, or the coin.
    fn count_proposals(
        &self,
        state: &mut BenOrState,
        own: Vote,
        heard: &[Vote],
        faults: usize,
        out: &mut Out<'_, BenOrMessage>,
    ) {
        let votes = || heard.iter().copied().chain([own]);
        let phase = state.phase;
        let Some(value) = votes().find_map(|vote| vote.0) else {
            state.x = match self.coin {
                CoinRule::Zero => false,
                CoinRule::One => true,
                CoinRule::Keep => state.x,
                CoinRule::Flip => out.coin(),
            };
            let (x, coin) = (u8::from(state.x), self.coin);
            out.because(|| match coin {
                CoinRule::Keep => format!("phase {phase}: nobody whom it heard proposes anything, so it keeps its {x}"),
                CoinRule::Flip => {
                    format!("phase {phase}: nobody whom it heard proposes anything; its coin falls on {x}")
                }
                CoinRule::Zero | CoinRule::One => {
                    format!("phase {phase}: nobody whom it heard proposes anything, so it takes {x}, as it always does")
                }
            });
            return;
        };
        state.x = value;
        let count = votes().filter(|vote| vote.0 == Some(value)).count();
        let enough = if self.mutant_hasty { 1 } else { faults + 1 };
        let decides = count >= enough && state.decided.is_none();
        if decides {
            state.decided = Some(value);
            out.decide(value);
        }
        let bit = u8::from(value);
        out.because(|| match (decides, count >= enough) {
            (true, _) => {
                format!("phase {phase}: {count} propose {bit}: everybody will hear one of them, so it decides {bit}")
            }
            (_, true) => format!("phase {phase}: {count} propose {bit}, which it has decided before"),
            _ => format!(
                "phase {phase}: only {count} proposes {bit}: it takes it over, but others may not have heard it"
            ),
        });
    }
}

impl Protocol for BenOr {
    type State = BenOrState;
    type Message = BenOrMessage;

    fn init(&self, local: &Local) -> BenOrState {
        let x = bit(local);
        BenOrState { started: false, x, phase: 0, prop: None, inbox: BTreeSet::default(), decided: None, waits: false }
    }

    fn on_start(&self, state: &mut BenOrState, out: &mut Out<'_, BenOrMessage>) {
        state.started = true;
        out.send_to_peers(BenOrMessage::new(0, Vote(Some(state.x))));
        self.wait(state, out);
        out.because(|| "it starts by reporting its input");
    }

    fn on_deliver(
        &self,
        state: &mut BenOrState,
        from: ProcessId,
        message: &BenOrMessage,
        out: &mut Out<'_, BenOrMessage>,
    ) {
        let (phase, value) = message.parts();
        if self.at_horizon(state) {
            out.because(|| "it has come to its last round and takes part no more");
            return;
        }
        if phase < state.phase {
            out.because(|| format!("{from} said this in phase {phase}, which it has left, so it ignores it"));
            return;
        }
        state.inbox.insert(KeptVote { phase, from, value });
        if state.waits {
            out.because(|| format!("phase {phase}: it keeps this, and waits for more before it counts"));
            return;
        }
        let before = state.phase;
        self.advance(state, out);
        if state.phase == before {
            out.because(|| match phase.cmp(&before) {
                Ordering::Equal => format!("phase {phase}: it needs to hear from more of the others"),
                _ => format!("{from} is ahead, in phase {phase}: it keeps this for later"),
            });
        }
    }

    fn on_timeout(&self, state: &mut BenOrState, _timer: Timer, out: &mut Out<'_, BenOrMessage>) {
        if state.waits {
            state.waits = false;
            self.advance(state, out);
        }
    }

    fn timeout_enabled(&self, _local: &Local, state: &BenOrState) -> Option<Timer> {
        state.waits.then_some(WAIT)
    }

    fn label(&self, _local: &Local, state: &BenOrState) -> String {
        if !state.started {
            return String::new();
        }
        let round = state.phase / 2;
        match state.prop {
            _ if self.at_horizon(state) => "horizon".into(),
            None => format!("r{round} x={}", u8::from(state.x)),
            Some(vote) => format!("r{round} prop {vote}"),
        }
    }
}

impl Layered for BenOr {
    const LAYERS: u32 = 2;

    fn listen(
        &self,
        _: u32,
        state: &mut BenOrState,
        all: &[&BenOrState; N],
        heard: &[ProcessId],
        out: &mut Out<'_, BenOrMessage>,
    ) {
        let phase = state.phase;
        state.inbox.extend(heard.iter().map(|from| {
            let theirs = all[from.index()];
            KeptVote { phase, from: *from, value: theirs.prop.unwrap_or(Vote(Some(theirs.x))) }
        }));
        self.advance(state, out);
    }

    fn forget(&self, state: &mut BenOrState) {
        state.phase %= Self::LAYERS;
        if state.prop.is_some() && self.coin != CoinRule::Keep {
            // The proposal phase gives x a new value, so that the old one makes no difference.
            state.x = false;
        }
    }

    fn decided(&self, state: &BenOrState) -> Option<bool> {
        state.decided
    }

    fn words(&self, _: u32, state: &BenOrState) -> String {
        state.prop.map_or_else(|| format!("x={}", u8::from(state.x)), |vote| format!("prop {vote}"))
    }

    fn speaks(&self, _: u32, _: usize) -> bool {
        true
    }

    fn trigger(&self, _: u32, _: usize, heard: &[ProcessId]) -> Trigger {
        Trigger::of(heard)
    }

    fn realisable(&self, _: u32, _: &[&BenOrState; N], heard: &HeardOf) -> Realisable {
        match hearing_both(heard) {
            0 => Realisable::Always,
            1 => Realisable::NotFirst,
            _ => Realisable::LayeredOnly,
        }
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Ben-Or".into(),
        summary: "Report, propose, and if nobody proposes anything, flip a coin; or see what happens without one."
            .into(),
        cost: "2n(n-1) messages and two communication steps a round; one round if all inputs are equal.".into(),
        source: "Ben-Or 1983, the protocol for crashes".into(),
        problem: Problem::Consensus,
        assumptions: vec![Assumption::ReliableLinks, Assumption::CrashStop, Assumption::MajorityUp],
        properties: vec![Property::AGREEMENT, Property::VALIDITY, Property::TERMINATION, Property::INTEGRITY],
        parameters: vec![
            Parameter::new(
                "coin",
                Domain::Choice(names(["zero", "one", "keep", "adversary", "random"])),
                "zero",
                "The value of x after a phase in which all that is heard is ⊥: 0, 1, itself, the scheduler's choice, or chance.",
            ),
            Parameter::new(
                "rounds",
                Domain::Bound(1, 1_000_000),
                "unbounded",
                "After how many rounds of two phases everybody stops taking part.",
            ),
            Parameter::new(
                "wait-ms",
                Domain::Integer(0, 3_600_000),
                "0",
                "The time that a process waits in every phase before it counts, in milliseconds of its own clock.",
            ),
        ],
        inputs: Inputs::Bits,
        processes: (3, 9),
        exploration: Exploration::new(Explorer::Strict, 3).with(&[("rounds", "1")]),
        mutants: names(["hasty"]),
        everyday: Arc::new(|scenario| world::set(scenario, "coin", "random")),
        layered: Some(Arc::new(|parameters| Box::new(LayeredStates::new(BenOr::new(parameters))))),
        symmetry: Some(RoundSymmetry::new(&["phase"], 2, 1)),
        without: without(),
        contender: Some(Contender {
            idea: "Ask again, round after round, until a majority is seen by a majority.".into(),
            inputs: "011".into(),
            parameters: vec![("coin".into(), "zero".into())],
        }),
        ..Entry::new("ben-or", BenOr::new)
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::TERMINATION), 1, world::lossy),
        Without::new(Assumption::MajorityUp, Consequence::Violated(Property::TERMINATION), 1, |scenario| {
            world::at(scenario, 0, world::crash(world::P2))
        })
        .on(|scenario| world::at(scenario, 0, world::crash(world::P1))),
        Without::new(Assumption::CrashStop, Consequence::Never(Property::TERMINATION), 1, world::misses_the_first),
    ]
}
