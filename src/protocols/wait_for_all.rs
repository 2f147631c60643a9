//! Consensus by waiting for everybody.
//!
//! **Problem.** Uniform consensus on a bit.
//! **Assumes** reliable links and that *nobody* crashes; timing does not matter.
//! **Idea.** Everybody tells everybody its input. Who has heard all of them decides the majority. All see the same
//! inputs, so all decide the same. One silent process, and the others wait for ever.
//! **Source.** Folklore: the protocol that everybody writes first.
//! **Cost.** Without faults n(n-1) messages, one communication step.
//! **What breaks it.** A crash before everybody has heard from the crashed process: it blocks (horn b of FLP).

use super::bit;
use crate::catalogue::{
    Assumption, Consequence, Contender, Entry, Exploration, Explorer, Inputs, Problem, Without, names, world,
};
use crate::process::{Kind, Local, Message, Out, ProcessId, Protocol, Value};
use crate::property::Property;
use serde::Serialize;
use std::collections::BTreeMap;

/// "My input is …"
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct In(pub bool);

impl Message for In {
    fn kind(&self) -> Kind {
        Kind { label: "IN", name: "input" }
    }
    fn value(&self) -> Option<Value> {
        Some(self.0.into())
    }
    fn text(&self) -> String {
        format!("my input is {}", u8::from(self.0))
    }
    fn lies(&self) -> Vec<Self> {
        vec![In(!self.0)]
    }
}

/// The state of a process: the inputs that it has heard, and its decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WaitForAllState {
    /// True if the first step was taken.
    pub started: bool,
    /// The process's own input.
    pub x: bool,
    /// The inputs known, its own included.
    pub rec: BTreeMap<ProcessId, bool>,
    /// The decision register.
    pub decided: Option<bool>,
}

impl WaitForAllState {
    /// A process that has not started.
    pub fn new(local: &Local) -> Self {
        WaitForAllState { started: false, x: bit(local), rec: BTreeMap::default(), decided: None }
    }

    /// The first step: it knows its own input and tells everybody.
    pub fn start(&mut self, out: &mut Out<'_, In>) {
        self.started = true;
        self.rec.insert(out.me, self.x);
        out.send_to_peers(In(self.x));
        out.because(|| "it starts by telling everybody its input");
    }

    /// Takes note of an input. False if it has decided, so that this changes nothing.
    pub fn hear(&mut self, from: ProcessId, message: &In, out: &mut Out<'_, In>) -> bool {
        if self.decided.is_some() {
            out.because(|| "it has decided, so the message changes nothing");
            return false;
        }
        self.rec.insert(from, message.0);
        true
    }

    /// Writes the decision register.
    pub fn decide(&mut self, value: bool, out: &mut Out<'_, In>) {
        self.decided = Some(value);
        out.decide(value);
    }

    /// The number of inputs that it knows of those that it waits for.
    pub fn label(&self, wanted: usize) -> String {
        let waits = self.started && self.decided.is_none();
        if waits { format!("{}/{wanted}", self.rec.len()) } else { String::new() }
    }
}

/// The protocol; it has no parameters.
pub struct WaitForAll {
    /// Planted bug: does not wait for the last one.
    mutant_hasty: bool,
}

impl Protocol for WaitForAll {
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
        let wanted = if self.mutant_hasty { out.n - 1 } else { out.n };
        if state.rec.len() < wanted {
            let (heard, n) = (state.rec.len(), out.n);
            out.because(|| format!("it knows {heard} of {n} inputs, so it waits for the rest"));
            return;
        }
        let ones = state.rec.values().filter(|input| **input).count();
        let value = 2 * ones > state.rec.len();
        state.decide(value, out);
        out.because(|| format!("it knows all the inputs, and most of them are {}", u8::from(value)));
    }

    fn label(&self, local: &Local, state: &WaitForAllState) -> String {
        state.label(local.n)
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Wait for all".into(),
        summary: "Everybody tells everybody its input and decides the majority of all of them.".into(),
        cost: "Without faults n(n-1) messages, one communication step.".into(),
        source: "folklore".into(),
        problem: Problem::Consensus,
        assumptions: vec![Assumption::ReliableLinks, Assumption::NoCrash],
        properties: vec![Property::AGREEMENT, Property::VALIDITY, Property::TERMINATION, Property::INTEGRITY],
        inputs: Inputs::Bits,
        exploration: Exploration::new(Explorer::Strict, 3),
        mutants: names(["hasty"]),
        without: without(),
        contender: Some(Contender {
            idea: "Wait for everybody, then take the majority.".into(),
            inputs: "011".into(),
            parameters: Vec::new(),
        }),
        ..Entry::new("wait-for-all", |parameters| WaitForAll { mutant_hasty: parameters.mutant("hasty") })
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
