//! A module with an instance for each number: `c.0`, `c.1`, …
//!
//! An algorithm that agrees on one thing after the other uses one consensus for each. An instance arises at its first
//! request or message, with its start, timers and storage of its own. What the detector below has said before, it is told
//! then: for it the past has just begun.

use super::address::{Address, Addressed};
use super::layer::STATE;
use super::{
    Effect, Indication, Input, Layer, LayerState, Local, ProcessId, Request, StepContext, Stored, Timer, WhenOff,
};
use crate::canon;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The most instances that one process keeps.
pub const INSTANCES_MAX: usize = 10_000;

/// The state of an instance, in its place among the others.
#[derive(Clone, Debug)]
struct InstanceState(LayerState);

impl PartialEq for InstanceState {
    fn eq(&self, other: &Self) -> bool {
        (*self.0).equals(&*other.0)
    }
}

/// Named fields for people, canonical bytes for machines.
impl Serialize for InstanceState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        canon::embed(serializer, || self.0.inspect(), |bytes| self.0.encode(bytes))
    }
}

/// The state of the module: its instances, and what the detectors below have said.
#[derive(Clone, PartialEq, Debug, Serialize)]
struct IndexedState {
    instances: BTreeMap<u32, InstanceState>,
    stored: BTreeMap<u32, Stored>,
    suspected: BTreeSet<ProcessId>,
    trusted: Option<ProcessId>,
}

/// The module, of instances that all run the same protocol.
pub struct Indexed(pub Rc<dyn Layer>);

impl Indexed {
    fn state(state: &LayerState) -> &IndexedState {
        (**state).as_any().downcast_ref().expect(STATE)
    }

    /// Gives an input to an instance, which arises if it is new, and puts its number on everything that it does.
    fn give(&self, local: &Local, state: &mut IndexedState, number: u32, input: Input, context: &mut StepContext) {
        if !state.instances.contains_key(&number) {
            if state.instances.len() >= INSTANCES_MAX {
                return because(context, || format!("there are {INSTANCES_MAX} instances, and it begins no other one"));
            }
            state.instances.insert(number, InstanceState(self.0.init(local)));
            let suspected: Vec<ProcessId> = state.suspected.iter().copied().collect();
            let said = suspected.into_iter().map(Indication::Suspect).chain(state.trusted.map(Indication::Trust));
            let past: Vec<Input> = std::iter::once(Input::Start).chain(said.map(Input::Indication)).collect();
            past.into_iter().for_each(|input| self.give(local, state, number, input, context));
        }
        let InstanceState(instance) = state.instances.get_mut(&number).expect("it has just been made");
        // The effects that the module itself has asked for so far stay in front.
        let before = std::mem::take(&mut context.effects);
        self.0.handle(local, instance, input, context);
        let own = std::mem::replace(&mut context.effects, before);
        for effect in own {
            let effect = match effect {
                Effect::Request(Request::Send { to, payload }) => Effect::Request(Request::Send {
                    to,
                    payload: Addressed::payload(Address::Instance(number), payload),
                }),
                Effect::Request(Request::Broadcast(payload)) => {
                    Effect::Request(Request::Broadcast(Addressed::payload(Address::Instance(number), payload)))
                }
                Effect::Indicate(indication) => Effect::Indicate(Indication::OfInstance(number, Box::new(indication))),
                Effect::SetTimer(timer, after_us) => Effect::SetTimer(timer.of_instance(Some(number)), after_us),
                Effect::CancelTimer(timer) => Effect::CancelTimer(timer.of_instance(Some(number))),
                Effect::Store(record) => {
                    state.stored.insert(number, record);
                    Effect::Store(Stored::new(state.stored.clone()))
                }
                other => other,
            };
            context.effects.push(effect);
        }
    }

    /// Gives what concerns all of them to every instance.
    fn give_all(&self, local: &Local, state: &mut IndexedState, indication: &Indication, context: &mut StepContext) {
        let numbers: Vec<u32> = state.instances.keys().copied().collect();
        for number in numbers {
            self.give(local, state, number, Input::Indication(indication.clone()), context);
        }
    }
}

fn because(context: &mut StepContext, reason: impl FnOnce() -> String) {
    if context.explain {
        context.effects.push(Effect::Because(reason().into()));
    }
}

impl Layer for Indexed {
    fn init(&self, _local: &Local) -> LayerState {
        Box::new(IndexedState {
            instances: BTreeMap::new(),
            stored: BTreeMap::new(),
            suspected: BTreeSet::new(),
            trusted: None,
        })
    }

    fn handle(&self, local: &Local, state: &mut LayerState, input: Input, context: &mut StepContext) {
        let state: &mut IndexedState = (**state).as_any_mut().downcast_mut().expect(STATE);
        match input {
            Input::Start | Input::Recover(None) => {}
            // Instances that never stored anything are as if they had never been.
            Input::Recover(Some(stored)) => {
                state.stored = stored.get::<BTreeMap<u32, Stored>>().clone();
                for (number, stored) in state.stored.clone() {
                    state.instances.insert(number, InstanceState(self.0.init(local)));
                    self.give(local, state, number, Input::Recover(Some(stored)), context);
                }
            }
            Input::Request(Request::OfInstance(number, request)) => {
                self.give(local, state, number, Input::Request(*request), context);
            }
            Input::Request(request) => because(context, || format!("{request:?} is for no instance, and is dropped")),
            Input::Indication(Indication::Deliver { from, payload }) => match payload.try_get() {
                Some(Addressed { address: Address::Instance(instance), payload }) => {
                    let indication = Indication::Deliver { from, payload: payload.clone() };
                    self.give(local, state, *instance, Input::Indication(indication), context);
                }
                _ => because(context, || format!("“{}” is for no instance, and is dropped", payload.text())),
            },
            Input::Indication(indication) => {
                match indication {
                    Indication::Suspect(process) => {
                        state.suspected.insert(process);
                    }
                    Indication::Restore(process) => {
                        state.suspected.remove(&process);
                    }
                    Indication::Trust(leader) => state.trusted = Some(leader),
                    _ => return because(context, || format!("{indication:?} is for no instance, and is dropped")),
                }
                self.give_all(local, state, &indication, context);
            }
            Input::Switch(_) => because(context, || "it has instances, and stays on".to_owned()),
            Input::Timeout(timer) => {
                if let Some(number) = timer.instance().filter(|number| state.instances.contains_key(number)) {
                    self.give(local, state, number, Input::Timeout(timer.of_instance(None)), context);
                }
            }
        }
    }

    fn timeout_enabled(&self, local: &Local, state: &LayerState) -> Option<Timer> {
        Indexed::state(state).instances.iter().find_map(|(number, InstanceState(instance))| {
            let timer = self.0.timeout_enabled(local, instance)?;
            Some(timer.of_instance(Some(*number)))
        })
    }

    fn when_off(&self) -> WhenOff {
        WhenOff::StaysOn("its instances would not know one another's messages".into())
    }

    fn is_timed(&self) -> bool {
        self.0.is_timed()
    }

    fn label(&self, local: &Local, state: &LayerState) -> String {
        let last = Indexed::state(state).instances.iter().next_back();
        last.map_or_else(String::new, |(number, InstanceState(instance))| {
            format!("{number}: {}", self.0.label(local, instance))
        })
    }
}
