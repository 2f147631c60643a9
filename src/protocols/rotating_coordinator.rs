//! Consensus with a rotating coordinator that anybody may suspect.
//!
//! **Problem.** Uniform consensus on a bit.
//! **Assumes** reliable links and that f < n/2 processes crash, one of three. To end it needs a failure detector of
//! class ◇S: from some time on somebody who is up is suspected by nobody. Here that is a time-out which grows by
//! `timeout-ms` every round, so that it is long enough some day, if delays have a bound from some time on.
//! **Idea.** Rounds, and in round r the coordinator is process r mod n. It tells its estimate. Who hears it takes it
//! for its *auxiliary* value, who suspects the coordinator takes ⊥. Then everybody tells its auxiliary value and goes
//! on with those of a majority, its own included. All of them are some v or ⊥, as only the coordinator had a say. If
//! some is v, v becomes the estimate; if all are v, v is decided, since every other majority meets this one.
//! **Source.** Mostéfaoui and Raynal, *Solving consensus using Chandra-Toueg's unreliable failure detectors: a
//! general quorum-based approach* (DISC 1999). A decided process goes on taking part instead of telling
//! everybody, and of each phase whatever has arrived is used.
//! **Properties.** Agreement, validity, integrity whoever suspects whom. Termination once a coordinator is not
//! suspected.
//! **Cost.** (n+1)(n-1) messages and two communication steps a round; one round if nobody suspects its coordinator.
//! **What breaks it.** A scheduler that makes every coordinator suspected by somebody, for ever (horn c of FLP).
//! Nobody has to crash for that, and what was sent all arrives.

use crate::catalogue::{
    Assumption, Consequence, Contender, Domain, Entry, Exploration, Explorer, HeardOf, Inputs, LAYERED_PROCESSES as N,
    Layered, LayeredStates, Parameter, Parameters, Problem, Realisable, RoundSymmetry, Trigger, Without, hearing_both,
    names, peers, world,
};
use crate::process::{Kind, Local, Message, Out, ProcessId, Protocol, Timer, Value};
use crate::property::Property;
use crate::protocols::{Vote, bit};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The messages, in the order of the phases.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Round {
    /// EST(r, v), the coordinator: "my estimate is …"
    Estimate {
        /// The round.
        round: u32,
        /// The coordinator's estimate.
        value: bool,
    },
    /// AUX(r, v or ⊥): "the coordinator told me …", or "I suspect it".
    Auxiliary {
        /// The round.
        round: u32,
        /// The coordinator's estimate, or ⊥.
        value: Vote,
    },
}

impl Message for Round {
    fn kind(&self) -> Kind {
        match self {
            Round::Estimate { .. } => Kind { label: "EST", name: "estimate" },
            Round::Auxiliary { .. } => Kind { label: "AUX", name: "auxiliary" },
        }
    }
    fn value(&self) -> Option<Value> {
        Some(match self {
            Round::Estimate { value, .. } => (*value).into(),
            Round::Auxiliary { value, .. } => (&*value.to_string()).into(),
        })
    }
    fn text(&self) -> String {
        match self {
            Round::Estimate { round, value } => format!("round {round}: I coordinate, with {}", u8::from(*value)),
            Round::Auxiliary { round, value: Vote(Some(value)) } => {
                format!("round {round}: the coordinator says {}", u8::from(*value))
            }
            Round::Auxiliary { round, .. } => format!("round {round}: I suspect the coordinator"),
        }
    }
    fn lies(&self) -> Vec<Self> {
        match *self {
            Round::Estimate { round, value } => vec![Round::Estimate { round, value: !value }],
            Round::Auxiliary { round, value } => {
                let votes = [Some(false), Some(true), None].map(Vote).into_iter();
                votes.filter(|vote| *vote != value).map(|value| Round::Auxiliary { round, value }).collect()
            }
        }
    }
}

/// A message kept for later. The order is that of the set that it is kept in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct KeptMessage {
    /// The sender.
    pub from: ProcessId,
    /// Its content.
    pub message: Round,
}

/// The phase of a process, what it holds, and what it has heard for later.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RotatingCoordinatorState {
    /// True if the first step was taken.
    pub started: bool,
    /// Its estimate of the decision.
    pub est: bool,
    /// The round.
    pub round: u32,
    /// Its report on the coordinator, once it waits for those of the others: in the second phase only.
    pub aux: Option<Vote>,
    /// The messages that arrived for later.
    pub inbox: BTreeSet<KeptMessage>,
    /// The decision register.
    pub decided: Option<bool>,
}

/// The time that a process waits for its coordinator.
pub const SUSPECT: Timer = Timer::new("suspect");

/// The protocol and its parameters.
pub struct RotatingCoordinator {
    /// By how much the wait for a coordinator grows every round, in microseconds of the local clock.
    timeout_us: u64,
    /// The horizon, in rounds; none is unbounded.
    rounds: Option<u32>,
    /// Planted bug: a single value that is not ⊥ is enough for a decision.
    mutant_hasty: bool,
}

/// The process that coordinates this round.
pub fn coordinator(round: u32, n: usize) -> ProcessId {
    ProcessId::from(round as usize % n)
}

impl RotatingCoordinator {
    /// The protocol with these parameters.
    pub fn new(parameters: &Parameters) -> Self {
        RotatingCoordinator {
            timeout_us: 1_000 * parameters.integer("timeout-ms"),
            rounds: parameters.bound("rounds").map(|rounds| u32::try_from(rounds).expect("at most a million")),
            mutant_hasty: parameters.mutant("hasty"),
        }
    }

    fn at_horizon(&self, state: &RotatingCoordinatorState) -> bool {
        self.rounds.is_some_and(|rounds| state.round == rounds)
    }

    /// Begins the present round: the coordinator speaks, the others wait for it.
    fn enter(&self, state: &mut RotatingCoordinatorState, out: &mut Out<'_, Round>) {
        if self.at_horizon(state) {
            state.inbox.clear();
        } else if coordinator(state.round, out.n) == out.me {
            let (round, value) = (state.round, state.est);
            out.send_to_peers(Round::Estimate { round, value });
            self.tell(state, Vote(Some(value)), out);
            out.because(|| format!("round {round}: it coordinates, and tells its estimate {}", u8::from(value)));
        } else {
            // One more measure of patience a round; a day of it is enough for everybody.
            out.set_timer(SUSPECT, self.timeout_us.saturating_mul(u64::from(state.round) + 1).min(86_400_000_000));
        }
    }

    /// The second phase begins with what the process says of the coordinator.
    fn tell(&self, state: &mut RotatingCoordinatorState, value: Vote, out: &mut Out<'_, Round>) {
        state.aux = Some(value);
        out.send_to_peers(Round::Auxiliary { round: state.round, value });
    }

    /// Uses what the inbox holds for the present phase, and goes on while there is something for the next one.
    ///
    /// Public because a heard-of layer is this function with an inbox of its choice.
    pub fn advance(&self, state: &mut RotatingCoordinatorState, out: &mut Out<'_, Round>) {
        while !self.at_horizon(state) {
            let now = state.round;
            let estimate = state.inbox.iter().find_map(|kept| match kept.message {
                Round::Estimate { round, value } if round == now => Some((*kept, value)),
                _ => None,
            });
            match (state.aux, estimate) {
                (None, None) => return,
                (None, Some((kept, value))) => {
                    state.inbox.remove(&kept);
                    out.cancel_timer(SUSPECT);
                    self.tell(state, Vote(Some(value)), out);
                    let from = kept.from;
                    out.because(|| {
                        format!("round {now}: it hears its coordinator {from}, who says {}", u8::from(value))
                    });
                }
                (Some(own), _) => {
                    let heard = state.inbox.iter().filter_map(|kept| match kept.message {
                        Round::Auxiliary { round, value } if round == now => Some(value),
                        _ => None,
                    });
                    let votes: Vec<Vote> = [own].into_iter().chain(heard).collect();
                    // A majority; with three, itself and one other.
                    if votes.len() <= out.n / 2 {
                        return;
                    }
                    state.inbox.retain(|kept| {
                        let (Round::Estimate { round, .. } | Round::Auxiliary { round, .. }) = kept.message;
                        round > now
                    });
                    self.count(state, &votes, out);
                    state.aux = None;
                    state.round += 1;
                    self.enter(state, out);
                }
            }
        }
    }

    /// The end of a round: some v becomes the estimate, nothing but v is decided.
    fn count(&self, state: &mut RotatingCoordinatorState, votes: &[Vote], out: &mut Out<'_, Round>) {
        let round = state.round;
        let Some(value) = votes.iter().find_map(|vote| vote.0) else {
            out.because(|| format!("round {round}: nobody whom it heard has heard the coordinator"));
            return;
        };
        state.est = value;
        let all = self.mutant_hasty || votes.iter().all(|vote| vote.0 == Some(value));
        let bit = u8::from(value);
        if all && state.decided.is_none() {
            state.decided = Some(value);
            out.decide(value);
            out.because(|| format!("round {round}: a majority has heard {bit} from the coordinator: it decides {bit}"));
        } else {
            out.because(|| format!("round {round}: it takes over {bit}, which the coordinator has told somebody"));
        }
    }
}

impl Protocol for RotatingCoordinator {
    type State = RotatingCoordinatorState;
    type Message = Round;

    fn init(&self, local: &Local) -> RotatingCoordinatorState {
        let est = bit(local);
        RotatingCoordinatorState { started: false, est, round: 0, aux: None, inbox: BTreeSet::default(), decided: None }
    }

    fn on_start(&self, state: &mut RotatingCoordinatorState, out: &mut Out<'_, Round>) {
        state.started = true;
        self.enter(state, out);
    }

    fn on_deliver(
        &self,
        state: &mut RotatingCoordinatorState,
        from: ProcessId,
        message: &Round,
        out: &mut Out<'_, Round>,
    ) {
        let (Round::Estimate { round, .. } | Round::Auxiliary { round, .. }) = *message;
        let late = matches!(message, Round::Estimate { .. }) && round == state.round && state.aux.is_some();
        if round < state.round || late || self.at_horizon(state) {
            out.because(|| format!("{from} said this in round {round}: it comes too late to make a difference"));
            return;
        }
        state.inbox.insert(KeptMessage { from, message: *message });
        let before = (state.round, state.aux);
        self.advance(state, out);
        if (state.round, state.aux) == before {
            out.because(|| format!("{from} is ahead, in round {round}: it keeps this for later"));
        }
    }

    fn on_timeout(&self, state: &mut RotatingCoordinatorState, _timer: Timer, out: &mut Out<'_, Round>) {
        if state.aux.is_none() && !self.at_horizon(state) {
            let round = state.round;
            out.because(|| format!("round {round}: it has waited long enough, and suspects its coordinator"));
            self.tell(state, Vote(None), out);
            self.advance(state, out);
        }
    }

    fn timeout_enabled(&self, _local: &Local, state: &RotatingCoordinatorState) -> Option<Timer> {
        (state.started && state.aux.is_none() && !self.at_horizon(state)).then_some(SUSPECT)
    }

    fn label(&self, _local: &Local, state: &RotatingCoordinatorState) -> String {
        let (round, est) = (state.round, u8::from(state.est));
        match state.aux {
            _ if !state.started => String::new(),
            _ if self.at_horizon(state) => "horizon".into(),
            None => format!("r{round} est={est}"),
            Some(vote) => format!("r{round} aux {vote}"),
        }
    }
}

/// Two layers a round: who hears the coordinator, and who hears whose auxiliary value.
impl Layered for RotatingCoordinator {
    const LAYERS: u32 = 2 * N as u32;

    fn listen(
        &self,
        layer: u32,
        state: &mut RotatingCoordinatorState,
        all: &[&RotatingCoordinatorState; N],
        heard: &[ProcessId],
        out: &mut Out<'_, Round>,
    ) {
        let round = state.round;
        let message = |from: &ProcessId| match all[from.index()].aux {
            Some(value) if layer % 2 == 1 => Round::Auxiliary { round, value },
            _ => Round::Estimate { round, value: all[from.index()].est },
        };
        let kept = |from: &ProcessId| KeptMessage { from: *from, message: message(from) };
        let speaker = |from: &&ProcessId| self.speaks(layer, from.index());
        if layer.is_multiple_of(2) && state.aux.is_some() {
            // It is the coordinator, which has gone on already.
            return;
        }
        state.inbox.extend(heard.iter().filter(speaker).map(kept));
        if state.inbox.is_empty() {
            self.on_timeout(state, SUSPECT, out);
        } else {
            self.advance(state, out);
        }
    }

    fn forget(&self, state: &mut RotatingCoordinatorState) {
        state.round %= N as u32;
    }

    fn decided(&self, state: &RotatingCoordinatorState) -> Option<bool> {
        state.decided
    }

    fn words(&self, layer: u32, state: &RotatingCoordinatorState) -> String {
        let est = u8::from(state.est);
        match state.aux {
            Some(vote) if layer % 2 == 1 => format!("aux {vote} est={est}"),
            _ => format!("est={est}"),
        }
    }

    fn speaks(&self, layer: u32, me: usize) -> bool {
        layer % 2 == 1 || coordinator(layer / 2, N).index() == me
    }

    fn trigger(&self, layer: u32, me: usize, heard: &[ProcessId]) -> Trigger {
        let coordinator = coordinator(layer / 2, N);
        if layer % 2 == 1 {
            Trigger::of(heard)
        } else if coordinator.index() == me {
            Trigger::AtOnce
        } else if heard.contains(&coordinator) {
            Trigger::Hears(coordinator.index())
        } else {
            Trigger::Timeout
        }
    }

    fn realisable(&self, layer: u32, all: &[&RotatingCoordinatorState; N], heard: &HeardOf) -> Realisable {
        let coordinator = coordinator(layer / 2, N).index();
        match hearing_both(heard) {
            _ if layer.is_multiple_of(2) => Realisable::Always,
            0 => Realisable::Always,
            // It lets the others go first: what they say waits for it before it hears the coordinator, or suspects it.
            1 if heard[coordinator].len() == 1 => Realisable::Always,
            // The coordinator itself comes last only if nobody has waited for it.
            1 if peers(coordinator.into()).iter().all(|peer| all[peer.index()].aux == Some(Vote(None))) => {
                Realisable::NotFirst
            }
            _ => Realisable::LayeredOnly,
        }
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Rotating coordinator".into(),
        summary: "Round by round another process proposes its estimate, and is heard, or suspected.".into(),
        cost: "(n+1)(n-1) messages and two communication steps a round; one round if nobody suspects its coordinator."
            .into(),
        source: "Mostéfaoui and Raynal 1999".into(),
        problem: Problem::Consensus,
        assumptions: vec![
            Assumption::ReliableLinks,
            Assumption::CrashStop,
            Assumption::MajorityUp,
            Assumption::EventualSynchrony,
        ],
        properties: vec![Property::AGREEMENT, Property::VALIDITY, Property::TERMINATION, Property::INTEGRITY],
        parameters: vec![
            Parameter::new(
                "rounds",
                Domain::Bound(1, 1_000_000),
                "unbounded",
                "After how many rounds everybody stops taking part.",
            ),
            Parameter::new(
                "timeout-ms",
                Domain::Integer(1, 3_600_000),
                "100",
                "By how many milliseconds of its own clock a process waits longer for its coordinator every round.",
            ),
        ],
        inputs: Inputs::Bits,
        processes: (3, 9),
        exploration: Exploration::new(Explorer::Strict, 3).with(&[("rounds", "1")]),
        mutants: names(["hasty"]),
        layered: Some(Arc::new(|parameters| Box::new(LayeredStates::new(RotatingCoordinator::new(parameters))))),
        symmetry: Some(RoundSymmetry::new(&["round"], 3, 2)),
        without: without(),
        contender: Some(Contender {
            idea: "Take turns in leading, and suspect a leader who is not heard.".into(),
            inputs: "011".into(),
            parameters: Vec::new(),
        }),
        ..Entry::new("rotating-coordinator", RotatingCoordinator::new)
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::TERMINATION), 1, world::lossy)
            .on(|scenario| world::set(scenario, "rounds", "20")),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::TERMINATION), 1, world::misses_the_first)
            .on(|scenario| world::set(scenario, "rounds", "20")),
        Without::new(Assumption::MajorityUp, Consequence::Violated(Property::TERMINATION), 1, |scenario| {
            world::at(scenario, 0, world::crash(world::P2))
        })
        .on(|scenario| world::at(scenario, 0, world::crash(world::P1))),
        Without::new(
            Assumption::EventualSynchrony,
            Consequence::Never(Property::TERMINATION),
            1,
            world::all_slower_and_slower,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;

    #[test]
    fn a_round_costs_n_plus_1_times_n_minus_1_messages_and_is_enough() {
        let mut bench = on_bench("rotating-coordinator", &[("rounds", "1")], None, &["1", "0", "0"]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.sent, 4 * 2);
        (0..3)
            .for_each(|p| assert_eq!((bench.decisions(p), bench.label(p).as_str()), (vec!["1".to_owned()], "horizon")));
    }

    #[test]
    fn patience_grows_with_the_rounds() {
        let mut bench = on_bench("rotating-coordinator", &[("timeout-ms", "50")], None, &["0", "1", "1"]);
        bench.start_all();
        assert_eq!((bench.timer(0, "suspect"), bench.timer(2, "suspect")), (None, Some(50_000)));
        bench.crash(0);
        bench.fire(1, "suspect");
        bench.fire(2, "suspect");
        bench.deliver(1, 2);
        assert_eq!((bench.timer(2, "suspect"), bench.label(2).as_str()), (Some(100_000), "r1 est=1"));
        assert_eq!(bench.reason(2), "round 0: nobody whom it heard has heard the coordinator");
    }

    #[test]
    fn a_coordinator_that_comes_too_late_makes_no_difference() {
        let mut bench = on_bench("rotating-coordinator", &[], None, &["0", "1", "1"]);
        bench.start_all();
        bench.fire(1, "suspect");
        bench.deliver(0, 1);
        assert_eq!(bench.label(1), "r0 aux ⊥");
        // p0's own auxiliary value decides nothing together with ⊥, but p1 takes it over, and coordinates with it.
        bench.deliver(0, 1);
        assert_eq!((bench.label(1).as_str(), bench.decisions(1).len()), ("r1 aux 0", 0));
    }

    #[test]
    fn what_comes_before_the_coordinator_is_used_in_the_step_that_hears_it() {
        let mut bench = on_bench("rotating-coordinator", &[], None, &["1", "0", "0"]);
        bench.start_all();
        bench.deliver_youngest(0, 2);
        assert_eq!(bench.reason(2), "p0 is ahead, in round 0: it keeps this for later");
        bench.deliver(0, 2);
        assert_eq!((bench.decisions(2), bench.label(2).as_str()), (vec!["1".to_owned()], "r1 est=1"));
    }
}
