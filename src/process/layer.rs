//! A layer: a protocol without its types, and what a step of it has to hand.

use super::{Effect, Indication, Local, Out, Outcome, Protocol, Request, Stored, Timer, WhenOff};
use crate::canon::Datum;
use crate::draw::Coins;
use std::collections::VecDeque;

/// The knowledge that the modules of one process have of it: the user's input is for the top one only.
#[derive(Clone, Debug)]
pub struct LocalKnowledge {
    /// The knowledge of the top module.
    pub top: Local,
    /// The knowledge of the modules below it.
    pub below: Local,
}

impl From<Local> for LocalKnowledge {
    fn from(local: Local) -> Self {
        LocalKnowledge { below: Local { input: None, ..local.clone() }, top: local }
    }
}

/// The workplace of steps: what a step has to hand besides states, and where its outcomes are collected. It is kept
/// from step to step so that a step allocates as little as possible.
#[derive(Default)]
pub struct StepContext {
    /// True if reasons are collected.
    pub explain: bool,
    /// The coins of the step.
    pub coins: Coins,
    /// The time on the process's clock, in microseconds; only a [`Protocol::is_timed`] one may look at it.
    pub local_us: u64,
    /// The modules that are switched off: a bit for each place, that of the lowest first.
    pub off: u32,
    /// The outcomes of the step, in order.
    pub outcomes: Vec<Outcome>,
    pub(super) effects: Vec<Effect>,
    pub(super) queue: VecDeque<(usize, Input)>,
}

impl StepContext {
    /// Clears what the last step left, before a step with these coins.
    pub fn begin(&mut self, coins: Coins) {
        self.coins = coins;
        self.outcomes.clear();
        self.queue.clear();
    }
}

/// An event on its way to a layer.
#[derive(Clone, Debug)]
pub enum Input {
    /// The first step.
    Start,
    /// The first step after a crash, with what the layer had stored.
    Recover(Option<Stored>),
    /// From the layer above.
    Request(Request),
    /// From the layer below, or from the link.
    Indication(Indication),
    /// One of the layer's own timers fired.
    Timeout(Timer),
    /// The layer is switched off (`false`); where it keeps its state, also on again.
    Switch(bool),
}

/// The state of a layer, type erased.
pub type LayerState = Box<dyn Datum>;

/// A protocol without its types: what a graph of modules is made of.
pub trait Layer {
    /// The state of a process that has not started.
    fn init(&self, local: &Local) -> LayerState;
    /// Applies one event.
    fn handle(&self, local: &Local, state: &mut LayerState, input: Input, context: &mut StepContext);
    /// See [`Protocol::timeout_enabled`].
    fn timeout_enabled(&self, local: &Local, state: &LayerState) -> Option<Timer>;
    /// See [`Protocol::when_off`].
    fn when_off(&self) -> WhenOff;
    /// See [`Protocol::is_timed`].
    fn is_timed(&self) -> bool;
    /// See [`Protocol::label`].
    fn label(&self, local: &Local, state: &LayerState) -> String;
}

pub(super) const STATE: &str = "a layer's state is made by its own init and never exchanged";

impl<P: Protocol> Layer for P {
    fn init(&self, local: &Local) -> LayerState {
        Box::new(Protocol::init(self, local))
    }

    fn handle(&self, local: &Local, state: &mut LayerState, input: Input, context: &mut StepContext) {
        let state = (**state).as_any_mut().downcast_mut::<P::State>().expect(STATE);
        let mut out = Out::new(local, &mut context.effects, &mut context.coins, context.explain).at(context.local_us);
        match input {
            Input::Start => self.on_start(state, &mut out),
            Input::Recover(stored) => self.on_recovery(state, stored.as_ref(), &mut out),
            Input::Request(request) => self.on_request(state, request, &mut out),
            Input::Indication(indication) => {
                let (instance, indication) = indication.of_instance();
                match indication {
                    Indication::Deliver { from, payload } => match payload.try_get() {
                        Some(message) => self.on_deliver(state, from, message, &mut out),
                        None => {
                            out.because(|| format!("it does not know the message “{}”, and drops it", payload.text()))
                        }
                    },
                    Indication::Suspect(process) => self.on_suspicion(state, process, true, &mut out),
                    Indication::Restore(process) => self.on_suspicion(state, process, false, &mut out),
                    Indication::Trust(leader) => self.on_trust(state, leader, &mut out),
                    Indication::Decide(value) => self.on_decide(state, instance, &value, &mut out),
                    Indication::Return(value) => self.on_return(state, value.map(|value| *value), &mut out),
                    Indication::OfInstance(..) => unreachable!("instances have no instances"),
                }
            }
            Input::Timeout(timer) => self.on_timeout(state, timer, &mut out),
            Input::Switch(on) => self.on_switch(state, on, &mut out),
        }
    }

    fn timeout_enabled(&self, local: &Local, state: &LayerState) -> Option<Timer> {
        Protocol::timeout_enabled(self, local, (**state).as_any().downcast_ref().expect(STATE))
    }

    fn when_off(&self) -> WhenOff {
        Protocol::when_off(self)
    }

    fn is_timed(&self) -> bool {
        Protocol::is_timed(self)
    }

    fn label(&self, local: &Local, state: &LayerState) -> String {
        Protocol::label(self, local, (**state).as_any().downcast_ref().expect(STATE))
    }
}
