//! Consensus by waiting for one answer only.
//!
//! **Problem.** Uniform consensus on a bit.
//! **Assumes** reliable links; at most one of three processes crashes; timing does not matter. It terminates under
//! these assumptions, and that is all it does.
//! **Idea.** Everybody tells everybody its input. Whoever crashed cannot be waited for, so a process waits for one
//! input besides its own and decides the AND of the two. Nobody ever blocks. But two processes may have heard
//! different pairs, and different pairs may have different ANDs.
//! **Source.** Folklore: the second protocol that everybody writes.
//! **Properties.** Validity, integrity, and termination with one crash. Not agreement, unless the inputs are all
//! equal or have at most one 1.
//! **Cost.** n(n-1) messages, one communication step.
//! **What breaks it.** Nothing but the order of the messages: with the inputs 011, p1 and p2 hear each other first
//! and one of them p0 (horn a of FLP).

use super::wait_for_all::{In, WaitForAllState};
use crate::catalogue::{
    Assumption, Consequence, Contender, Entry, Exploration, Explorer, Inputs, Problem, Without, names, world,
};
use crate::engine::Choice;
use crate::process::Value;
use crate::process::{Local, Out, ProcessId, Protocol};
use crate::property::Property;

/// The number of inputs that a process wants to know before it decides, its own included.
const ENOUGH: usize = 2;

/// The protocol; it has no parameters.
pub struct WaitForTwo {
    /// Planted bug: NAND in place of AND, so that equal inputs may lead to a value that nobody proposed.
    mutant_inverted: bool,
}

impl Protocol for WaitForTwo {
    type State = WaitForAllState;
    type Message = In;

    fn init(&self, local: &Local) -> WaitForAllState {
        WaitForAllState::new(local)
    }

    fn on_start(&self, state: &mut WaitForAllState, out: &mut Out<'_, In>) {
        state.start(out);
    }

    fn on_deliver(&self, state: &mut WaitForAllState, from: ProcessId, message: &In, out: &mut Out<'_, In>) {
        if !state.hear(from, message, out) {
            return;
        }
        debug_assert_eq!(state.rec.len(), ENOUGH, "its own input and the first that arrives");
        let value = state.rec.values().all(|input| *input) != self.mutant_inverted;
        state.decide(value, out);
        out.because(|| {
            let (mine, theirs, value) = (u8::from(state.x), u8::from(message.0), u8::from(value));
            format!("it knows two inputs, its own {mine} and {from}'s {theirs}, and does not wait: it decides {value}")
        });
    }

    fn label(&self, _local: &Local, state: &WaitForAllState) -> String {
        state.label(ENOUGH)
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Wait for two".into(),
        summary: "Everybody tells everybody its input and decides the AND of its own and the first that it hears. \
              It is wrong on purpose: see which promise breaks."
            .into(),
        cost: "n(n-1) messages, one communication step.".into(),
        source: "folklore".into(),
        problem: Problem::Consensus,
        assumptions: vec![Assumption::ReliableLinks, Assumption::CrashStop, Assumption::OneCrash],
        properties: vec![Property::AGREEMENT, Property::VALIDITY, Property::TERMINATION, Property::INTEGRITY],
        inputs: Inputs::Bits,
        processes: (3, 16),
        exploration: Exploration::new(Explorer::Strict, 3),
        mutants: names(["inverted"]),
        without: without(),
        contender: Some(Contender {
            idea: "Do not wait for the last one.".into(),
            inputs: "011".into(),
            parameters: Vec::new(),
        }),
        ..Entry::new("wait-for-two", |parameters| WaitForTwo { mutant_inverted: parameters.mutant("inverted") })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::TERMINATION), 1, world::deaf)
            .on(world::all_ones),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::INTEGRITY), 4, |scenario| {
            world::at(scenario, 75, world::crash(world::P1));
            world::at(scenario, 76, Choice::Recover(world::P1));
        })
        .on(world::all_ones),
        Without::new(Assumption::OneCrash, Consequence::Violated(Property::TERMINATION), 1, |scenario| {
            world::at(scenario, 0, world::crash(world::P2))
        })
        .on(|scenario| {
            scenario.inputs = vec![Some(Value::Bit(true)); 3];
            world::at(scenario, 0, world::crash(world::P1));
        }),
    ]
}
