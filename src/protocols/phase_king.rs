//! Agreement although some lie, with short messages: in every phase somebody else is king.
//!
//! **Problem.** Consensus on a bit although up to f processes lie, without the generals' growing trees.
//! **Assumes** n > 4f with at most f liars, the parameter `faults`. Synchrony: what is sent in a round arrives before it
//! ends, so `round-ms` is at least the bound on delivery plus that on processing. Nothing is lost, and who sent a message
//! is known.
//! **Idea.** A phase has two rounds. In the first everybody tells its value and counts. In the second the phase's king
//! tells which value it heard most. Who heard its majority more than n/2+f times keeps it: then every honest process
//! heard it most, the king too. Everybody else takes the king's word. Among f+1 kings one is honest; after its phase
//! all honest ones have one value, and nothing changes that any more.
//! **Source.** Berman, Garay and Perry, *Towards optimal distributed consensus*, FOCS 1989; as in Kshemkalyani and
//! Singhal, *Distributed Computing*, 2008, Figure 14.11. p0 is the first king.
//! **Promises** agreement, strong validity (if all honest inputs are equal, that value), termination, integrity.
//! **Cost.** (f+1)(n-1)(n+1) messages and 2(f+1) rounds.
//! **What breaks it.** A quarter of liars: an honest king may have heard another value most than one of those who need no
//! king. Too few kings: they may all lie.

use super::bit;
use super::generals::ROUND;
use crate::catalogue::{
    Assumption, Consequence, Domain, Entry, Exploration, Explorer, Inputs, Parameter, Parameters, Problem, Resilience,
    Timeout, Without, names, world,
};
use crate::model::Behaviour;
use crate::model::ProcessSet;
use crate::model::Rate;
use crate::process::{Kind, Local, Message, Out, ProcessId, Protocol, Timer, Value};
use crate::property::Property;
use serde::Serialize;
use std::sync::Arc;

/// A value, told in a round.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Told {
    /// The round: odd ones are everybody's, even ones the king's.
    pub round: u64,
    /// The value.
    pub value: bool,
}

impl Message for Told {
    fn kind(&self) -> Kind {
        match self.round % 2 {
            1 => Kind { label: "VAL", name: "value" },
            _ => Kind { label: "KNG", name: "king" },
        }
    }
    fn value(&self) -> Option<Value> {
        Some(Value::Bit(self.value))
    }
    fn text(&self) -> String {
        let value = u8::from(self.value);
        match self.round % 2 {
            1 => format!("round {}: mine is {value}", self.round),
            _ => format!("round {}: the king says {value}", self.round),
        }
    }
    fn lies(&self) -> Vec<Self> {
        vec![Told { value: !self.value, ..*self }]
    }
}

/// The state of a process.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PhaseKingState {
    /// The round it is in: 0 before its start, 1 in the first.
    pub round: u64,
    /// Its value; between the two rounds of a phase the one that it heard most.
    pub value: bool,
    /// The number of times that it heard that one, itself included.
    pub times: usize,
    /// The messages of this round or a later one: of each process and round, the first.
    pub told: Vec<(ProcessId, Told)>,
    /// The decision register.
    pub decided: Option<bool>,
}

/// The protocol.
pub struct PhaseKing {
    /// The number of liars that it is made for: f.
    faults: usize,
    /// The length of a round, in microseconds.
    round_us: u64,
    /// Planted bug: believes nobody, kings included.
    mutant_no_king: bool,
}

impl PhaseKing {
    fn begin_round(&self, state: &mut PhaseKingState, out: &mut Out<'_, Told>) {
        state.round += 1;
        if state.round % 2 == 1 || out.me == king(state.round) {
            out.send_to_peers(Told { round: state.round, value: state.value });
        }
        out.set_timer(ROUND, self.round_us);
    }
}

/// The king of the phase of this round.
fn king(round: u64) -> ProcessId {
    ProcessId(u16::try_from((round - 1) / 2).expect("there are few phases"))
}

impl Protocol for PhaseKing {
    type State = PhaseKingState;
    type Message = Told;

    fn init(&self, local: &Local) -> PhaseKingState {
        PhaseKingState { round: 0, value: bit(local), times: 0, told: Vec::new(), decided: None }
    }

    fn on_start(&self, state: &mut PhaseKingState, out: &mut Out<'_, Told>) {
        self.begin_round(state, out);
        out.because(|| "it tells everybody its value");
    }

    fn on_deliver(&self, state: &mut PhaseKingState, from: ProcessId, message: &Told, out: &mut Out<'_, Told>) {
        let Told { round, value } = *message;
        let known = state.told.iter().any(|(other, told)| (*other, told.round) == (from, round));
        if round < state.round || known || state.decided.is_some() {
            out.because(|| format!("{from} says this too late or again, so it does not count"));
        } else if round % 2 == 0 && from != king(round) {
            out.because(|| format!("{from} is not the king of this phase, so it does not count"));
        } else {
            state.told.push((from, message.clone()));
            out.because(|| format!("it takes note of {} from {from}", u8::from(value)));
        }
    }

    fn on_timeout(&self, state: &mut PhaseKingState, timer: Timer, out: &mut Out<'_, Told>) {
        debug_assert_eq!(timer, ROUND, "the only timer of this layer");
        let (ended, n) = (state.round, out.n);
        let heard: Vec<bool> =
            state.told.iter().filter(|(_, told)| told.round == ended).map(|(_, told)| told.value).collect();
        state.told.retain(|(_, told)| told.round > ended);
        if ended % 2 == 1 {
            // A process that said nothing is taken to have said 0.
            let ones = heard.iter().filter(|value| **value).count() + usize::from(state.value);
            state.value = 2 * ones > n;
            state.times = ones.max(n - ones);
            let (value, times) = (u8::from(state.value), state.times);
            out.because(|| format!("it heard {value} most, {times} times"));
        } else {
            let (sure, king) = (2 * state.times > n + 2 * self.faults, king(ended));
            if !sure && !self.mutant_no_king && out.me != king {
                state.value = heard.first().is_some_and(|value| *value);
            }
            let value = u8::from(state.value);
            out.because(|| match sure {
                true => format!("enough said {value}, so it needs no king"),
                false => format!("too few said the same, so it takes the word of {king}: {value}"),
            });
            if ended == 2 * (self.faults as u64 + 1) {
                state.decided = Some(state.value);
                out.decide(state.value);
                out.because(|| "one of the kings was honest, so now all honest ones have one value");
                return;
            }
        }
        self.begin_round(state, out);
    }

    fn label(&self, local: &Local, state: &PhaseKingState) -> String {
        let reigns = state.decided.is_none() && state.round > 0 && local.me == king(state.round);
        if reigns { "king".to_owned() } else { String::new() }
    }
}

/// The number of liars that it bears. It counts a liar's vote twice: once in each of two honest processes. Its guards
/// are set for all the liars that it is made for, whether they are there or not.
fn liars_borne(n: usize, parameters: &Parameters) -> usize {
    let faults = usize::try_from(parameters.integer("faults")).expect("at most 3");
    if n > 4 * faults { faults } else { 0 }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Phase king".into(),
        summary: "In each of f+1 phases all count values, and who is not sure takes the word of the phase's king."
            .into(),
        cost: "(f+1)(n-1)(n+1) messages and 2(f+1) rounds.".into(),
        source: "Berman, Garay and Perry 1989; Kshemkalyani and Singhal 2008, Figure 14.11".into(),
        problem: Problem::Consensus,
        assumptions: vec![
            Assumption::FewLiars,
            Assumption::AuthenticatedLinks,
            Assumption::Synchrony,
            Assumption::ReliableLinks,
            Assumption::CrashStop,
        ],
        properties: vec![Property::AGREEMENT, Property::STRONG_VALIDITY, Property::TERMINATION, Property::INTEGRITY],
        parameters: vec![
            Parameter::new("faults", Domain::Integer(0, 3), "1", "The number of processes that may lie: f."),
            super::round_ms(),
        ],
        inputs: Inputs::Bits,
        processes: (4, 16),
        exploration: Exploration::new(Explorer::Synchronous { faults: 1 }, 5),
        mutants: names(["no-king"]),
        timeout: Some(Timeout { parameter: "round-ms".into(), exchanges: 1 }),
        resilience: Resilience { liars: Arc::new(liars_borne), ..Resilience::default() },
        everyday: Arc::new(|scenario| scenario.processes = 5),
        without: without(),
        ..Entry::new("phase-king", |parameters| PhaseKing {
            faults: usize::try_from(parameters.integer("faults")).expect("at most 3"),
            round_us: parameters.integer("round-ms") * 1_000,
            mutant_no_king: parameters.mutant("no-king"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::AGREEMENT), 1, world::lossy),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::AGREEMENT), 1, world::away_from_the_start),
        Without::new(Assumption::Synchrony, Consequence::Violated(Property::AGREEMENT), 3, world::asynchronous),
        Without::new(Assumption::AuthenticatedLinks, Consequence::Violated(Property::AGREEMENT), 4, world::unsigned)
            .on(|scenario| {
                world::torn(scenario);
                let liar =
                    Behaviour { twin: ProcessSet::of([world::P2]), lies: Rate(500_000), ..world::forger(world::P0) };
                world::signed(scenario, ProcessId(4), liar);
            }),
        Without::new(Assumption::FewLiars, Consequence::Violated(Property::AGREEMENT), 3, |scenario| {
            world::at(scenario, 0, world::lies(world::P1, 500_000))
        })
        .on(|scenario| {
            world::torn(scenario);
            world::at(scenario, 0, world::lies(world::P0, 500_000));
        }),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    fn end_round(bench: &mut TestBench) {
        bench.deliver_all();
        (0..5).for_each(|p| bench.fire(p, "round"));
    }

    /// p4 lies in the first round: it tells p0 and p1 that it has 1, and the others that it has 0. Then all is as it
    /// should be, but that p4 says 0 as it did at first.
    fn split(parameters: &[(&str, &str)]) -> TestBench {
        let mut bench = on_bench("phase-king", parameters, None, &["1", "1", "0", "0", "0"]);
        bench.start_all();
        assert!(bench.alter(4, 0, 0) && bench.alter(4, 1, 0));
        end_round(&mut bench);
        assert!(bench.gave(1, "it heard 1 most, 3 times") && bench.gave(2, "it heard 0 most, 3 times"));
        assert_eq!(bench.label(0), "king");
        end_round(&mut bench);
        bench
    }

    #[test]
    fn who_is_not_sure_takes_the_kings_word() {
        let mut bench = split(&[]);
        assert!(bench.gave(2, "too few said the same, so it takes the word of p0: 1"));
        end_round(&mut bench);
        end_round(&mut bench);
        (0..5).for_each(|p| assert_eq!(bench.decisions(p), ["1"]));
    }

    #[test]
    fn who_is_sure_needs_no_king_and_equal_inputs_stay() {
        let mut bench = on_bench("phase-king", &[], None, &["1"; 5]);
        bench.start_all();
        end_round(&mut bench);
        (1..5).for_each(|p| assert!(bench.alter(0, p, 0), "the king lies"));
        end_round(&mut bench);
        end_round(&mut bench);
        end_round(&mut bench);
        (1..5).for_each(|p| assert_eq!(bench.decisions(p), ["1"]));
        assert!(bench.gave(3, "enough said 1, so it needs no king"));
    }

    #[test]
    fn mutant_no_king_stays_split() {
        let mut bench = split(&[("mutant", "no-king")]);
        assert!(bench.alter(4, 0, 0) && bench.alter(4, 1, 0));
        end_round(&mut bench);
        end_round(&mut bench);
        assert_ne!(bench.decisions(1), bench.decisions(2));
    }
}
