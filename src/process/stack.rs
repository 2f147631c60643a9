//! Layers joined at run time: protocols without their types, and what a step of a whole process does.

use super::{Effect, Indication, Local, Out, Payload, ProcessId, Protocol, Request, Stored, Timer, Value};
use crate::canon::Datum;
use crate::draw::Coins;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::rc::Rc;

/// What the layers of one process know of it: the user's input is for the top layer only.
#[derive(Clone, Debug)]
pub struct LocalKnowledge {
    /// What the top layer knows.
    pub top: Local,
    /// What the layers below know.
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
    /// Whether reasons are collected.
    pub explain: bool,
    /// The coins of the step.
    pub coins: Coins,
    /// What the process's clock shows, in microseconds; only a [`Protocol::is_timed`] one may look at it.
    pub local_us: u64,
    /// What the step did, in order.
    pub outcomes: Vec<Outcome>,
    effects: Vec<Effect>,
    queue: VecDeque<(usize, Input)>,
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
}

/// The state of a layer, type erased.
pub type LayerState = Box<dyn Datum>;

/// A protocol without its types: what a stack is made of.
pub trait Layer {
    /// The state of a process that has not started.
    fn init(&self, local: &Local) -> LayerState;
    /// Applies one event.
    fn handle(&self, local: &Local, state: &mut LayerState, input: Input, context: &mut StepContext);
    /// See [`Protocol::timeout_enabled`].
    fn timeout_enabled(&self, local: &Local, state: &LayerState) -> Option<Timer>;
    /// See [`Protocol::is_timed`].
    fn is_timed(&self) -> bool;
    /// See [`Protocol::label`].
    fn label(&self, local: &Local, state: &LayerState) -> String;
    /// See [`Protocol::holding`].
    fn holding(&self, state: &LayerState) -> Option<i64>;
}

const STATE: &str = "a layer's state is made by its own init and never exchanged";

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
            Input::Indication(Indication::Deliver { from, payload }) => {
                self.on_deliver(state, from, payload.get(), &mut out);
            }
            Input::Indication(Indication::Suspect(process)) => self.on_suspicion(state, process, true, &mut out),
            Input::Indication(Indication::Restore(process)) => self.on_suspicion(state, process, false, &mut out),
            Input::Indication(Indication::Trust(leader)) => self.on_trust(state, leader, &mut out),
            Input::Timeout(timer) => self.on_timeout(state, timer, &mut out),
        }
    }

    fn timeout_enabled(&self, local: &Local, state: &LayerState) -> Option<Timer> {
        Protocol::timeout_enabled(self, local, (**state).as_any().downcast_ref().expect(STATE))
    }

    fn is_timed(&self) -> bool {
        Protocol::is_timed(self)
    }

    fn label(&self, local: &Local, state: &LayerState) -> String {
        Protocol::label(self, local, (**state).as_any().downcast_ref().expect(STATE))
    }

    fn holding(&self, state: &LayerState) -> Option<i64> {
        Protocol::holding(self, (**state).as_any().downcast_ref().expect(STATE))
    }
}

/// One effect of a whole step, as the world outside the process sees it.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// A message for the network.
    Send {
        /// The process that shall get it.
        to: ProcessId,
        /// What it shall get.
        payload: Payload,
    },
    /// An indication of the top layer to its user.
    Indicate(Indication),
    /// A timer of a layer was started, in microseconds of the local clock.
    SetTimer(u8, Timer, u64),
    /// A timer of a layer was stopped.
    CancelTimer(u8, Timer),
    /// A layer stored a record.
    Store(u8, Stored),
    /// The decision register was written.
    Decide(Value),
    /// A reason in words.
    Because(Cow<'static, str>),
}

/// The most hand-overs between layers that one step may take.
pub const HANDOVERS_MAX: usize = 10_000;

/// A step whose layers kept waking each other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Runaway {
    /// The layer that was to be woken when the limit was hit, counted from the bottom.
    pub layer: usize,
}

/// The layers of a process, bottom first. All processes of a scenario have the same stack.
#[derive(Clone)]
pub struct Stack {
    layers: Rc<[Rc<dyn Layer>]>,
}

impl Stack {
    /// A stack of at least one layer, bottom first.
    pub fn new(layers: impl Into<Rc<[Rc<dyn Layer>]>>) -> Self {
        let layers = layers.into();
        assert!(!layers.is_empty(), "a stack has at least one layer");
        Stack { layers }
    }

    /// How many layers there are.
    pub fn height(&self) -> usize {
        self.layers.len()
    }

    /// The states of a process that has not started, bottom first. The input is for the top layer.
    pub fn init(&self, knowledge: &LocalKnowledge) -> Vec<LayerState> {
        self.layers.iter().enumerate().map(|(index, layer)| layer.init(self.local(knowledge, index))).collect()
    }

    /// What `layer` knows of the process.
    fn local<'a>(&self, knowledge: &'a LocalKnowledge, layer: usize) -> &'a Local {
        if layer + 1 == self.layers.len() { &knowledge.top } else { &knowledge.below }
    }

    /// See [`Protocol::timeout_enabled`]: the lowest layer that has one, and its timer.
    pub fn timeout_enabled(&self, knowledge: &LocalKnowledge, states: &[LayerState]) -> Option<(u8, Timer)> {
        (0u8..).zip(self.layers.iter().zip(states)).find_map(|(index, (layer, state))| {
            layer.timeout_enabled(self.local(knowledge, usize::from(index)), state).map(|timer| (index, timer))
        })
    }

    /// Whether a layer looks at the process's clock.
    pub fn is_timed(&self) -> bool {
        self.layers.iter().any(|layer| layer.is_timed())
    }

    /// The label of the top layer.
    pub fn label(&self, knowledge: &LocalKnowledge, states: &[LayerState]) -> String {
        let top = self.layers.len() - 1;
        self.layers[top].label(&knowledge.top, &states[top])
    }

    /// The money on the books of the top layer.
    pub fn holding(&self, states: &[LayerState]) -> Option<i64> {
        let top = self.layers.len() - 1;
        self.layers[top].holding(&states[top])
    }

    /// The first step: every layer starts, from the bottom up.
    pub fn start(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
    ) -> Result<(), Runaway> {
        (0..self.layers.len()).try_for_each(|index| self.run(context, knowledge, states, index, Input::Start))
    }

    /// The first step after a crash: every layer recovers, from the bottom up, with what it had stored.
    pub fn recover(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
        stored: &[Option<Stored>],
    ) -> Result<(), Runaway> {
        (0..self.layers.len())
            .try_for_each(|index| self.run(context, knowledge, states, index, Input::Recover(stored[index].clone())))
    }

    /// A message arrives from the network.
    pub fn deliver(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
        from: ProcessId,
        payload: Payload,
    ) -> Result<(), Runaway> {
        self.run(context, knowledge, states, 0, Input::Indication(Indication::Deliver { from, payload }))
    }

    /// A timer of `layer` fires.
    pub fn timeout(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
        layer: u8,
        timer: Timer,
    ) -> Result<(), Runaway> {
        self.run(context, knowledge, states, usize::from(layer), Input::Timeout(timer))
    }

    /// Hands `input` to a layer, and what it causes to its neighbours, first in, first out.
    fn run(
        &self,
        context: &mut StepContext,
        knowledge: &LocalKnowledge,
        states: &mut [LayerState],
        layer: usize,
        input: Input,
    ) -> Result<(), Runaway> {
        let top = self.layers.len() - 1;
        let mut next = Some((layer, input));
        let mut handovers = 0;
        while let Some((index, input)) = next.take().or_else(|| context.queue.pop_front()) {
            handovers += 1;
            if handovers > HANDOVERS_MAX {
                context.queue.clear();
                return Err(Runaway { layer: index });
            }
            self.layers[index].handle(self.local(knowledge, index), &mut states[index], input, context);
            let name = u8::try_from(index).expect("stacks are low");
            for effect in context.effects.drain(..) {
                match effect {
                    Effect::Request(Request::Send { to, payload }) if index == 0 => {
                        context.outcomes.push(Outcome::Send { to, payload });
                    }
                    Effect::Request(request) => {
                        let below = index.checked_sub(1).expect("the bottom layer asks the network to send, only");
                        context.queue.push_back((below, Input::Request(request)));
                    }
                    Effect::Indicate(indication) if index == top => {
                        context.outcomes.push(Outcome::Indicate(indication))
                    }
                    Effect::Indicate(indication) => context.queue.push_back((index + 1, Input::Indication(indication))),
                    Effect::SetTimer(timer, after_us) => {
                        context.outcomes.push(Outcome::SetTimer(name, timer, after_us))
                    }
                    Effect::CancelTimer(timer) => context.outcomes.push(Outcome::CancelTimer(name, timer)),
                    Effect::Store(record) => context.outcomes.push(Outcome::Store(name, record)),
                    Effect::Decide(value) => context.outcomes.push(Outcome::Decide(value)),
                    Effect::Because(reason) => context.outcomes.push(Outcome::Because(reason)),
                }
            }
        }
        Ok(())
    }
}
