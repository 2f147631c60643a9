//! Consensus by waiting for everybody.
//!
//! **Problem.** Uniform consensus on a bit.
//! **Assumes** reliable links and that *nobody* crashes; timing does not matter.
//! **Idea.** Everybody tells everybody its input. Who has heard all of them decides the majority. All see the same
//! inputs, so all decide the same. One silent process, and the others wait for ever.
//! **Source.** Folklore: the protocol that everybody writes first.
//! **Cost.** Without faults n(n-1) messages, one communication step.
//! **What breaks it.** A crash before everybody has heard from the crashed process: it blocks (horn b of FLP).

use crate::catalogue::{Assumption, Entry, Exploration, Inputs, Parameters, Problem, Service};
use crate::process::{Kind, Layer, Local, Message, Out, ProcessId, Protocol, Value};
use crate::property::Property;
use serde::Serialize;
use std::collections::BTreeMap;
use std::rc::Rc;

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

/// What a process has heard, and whether it has decided.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct State {
    /// Whether the first step was taken.
    pub started: bool,
    /// The process's own input.
    pub x: bool,
    /// The inputs known, its own included.
    pub rec: BTreeMap<ProcessId, bool>,
    /// The decision register.
    pub decided: Option<bool>,
}

/// The protocol; it has no parameters.
pub struct WaitForAll {
    /// Planted bug: does not wait for the last one.
    mutant_hasty: bool,
}

impl Protocol for WaitForAll {
    type State = State;
    type Message = In;

    fn init(&self, local: &Local) -> State {
        let x = local.input.as_ref().and_then(Value::bit).expect("the catalogue checks that inputs are bits");
        State { started: false, x, rec: BTreeMap::new(), decided: None }
    }

    fn on_start(&self, state: &mut State, out: &mut Out<'_, In>) {
        state.started = true;
        state.rec.insert(out.me, state.x);
        out.send_to_peers(In(state.x));
        out.because(|| "it starts by telling everybody its input");
    }

    fn on_deliver(&self, state: &mut State, from: ProcessId, message: &In, out: &mut Out<'_, In>) {
        if state.decided.is_some() {
            out.because(|| "it has decided, so the letter changes nothing");
            return;
        }
        state.rec.insert(from, message.0);
        let wanted = if self.mutant_hasty { out.n - 1 } else { out.n };
        if state.rec.len() < wanted {
            let (heard, n) = (state.rec.len(), out.n);
            out.because(|| format!("it knows {heard} of {n} inputs, so it waits for the rest"));
            return;
        }
        let ones = state.rec.values().filter(|input| **input).count();
        let value = 2 * ones > state.rec.len();
        state.decided = Some(value);
        out.decide(value);
        out.because(|| format!("it knows all the inputs, and most of them are {}", u8::from(value)));
    }

    fn label(&self, local: &Local, state: &State) -> String {
        if state.decided.is_some() || !state.started {
            String::new()
        } else {
            format!("{}/{}", state.rec.len(), local.n)
        }
    }
}

/// The line of the catalogue.
pub const ENTRY: Entry = Entry {
    name: "wait-for-all",
    title: "Wait for all",
    summary: "Everybody tells everybody its input and decides the majority of all of them.",
    source: "folklore",
    problem: Problem::Consensus,
    needs: &[Service::Send],
    provides: &[],
    under: &[],
    assumptions: &[Assumption::ReliableLinks, Assumption::NoCrash],
    properties: &[Property::Agreement, Property::Validity, Property::Termination, Property::Integrity],
    parameters: &[],
    inputs: Inputs::Bits,
    processes: (2, 16),
    exploration: Exploration::Strict,
    mutants: &["hasty"],
    build: |parameters: &Parameters| -> Rc<dyn Layer> {
        Rc::new(WaitForAll { mutant_hasty: parameters.mutant("hasty") })
    },
};
