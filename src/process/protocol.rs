//! A protocol: a typed state machine whose handlers collect effects.

use super::{Indication, Local, Message, Payload, ProcessId, Request, Timer, UserMessage, Value, WhenOff};
use crate::canon::{self, Datum};
use crate::draw::Coins;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::fmt::{self, Debug, Display};
use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;

/// A name or a sentence: a constant of a protocol's file, or a text that was read at run time.
pub type Name = Cow<'static, str>;

/// One effect of a handler, as its module makes it.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Ask a module below.
    Request(Request),
    /// Tell those that use the module; what the top module tells is for the user.
    Indicate(Indication),
    /// Start a timer, in microseconds of the local clock.
    SetTimer(Timer, u64),
    /// Stop a timer.
    CancelTimer(Timer),
    /// Replace what the module has in stable storage.
    Store(Stored),
    /// The reason in words, outside state and hash.
    Because(Name),
}

/// The record that a module keeps in stable storage, type erased.
#[derive(Clone)]
pub struct Stored(Rc<dyn Datum>);

impl Stored {
    /// Erases the type of `record`.
    pub fn new<T: Clone + PartialEq + Debug + Serialize + 'static>(record: T) -> Self {
        Stored(Rc::new(record))
    }

    /// The record that the same layer stored before.
    pub fn get<T: 'static>(&self) -> &T {
        self.0.as_any().downcast_ref().expect("a layer reads only what it stored itself, of one type")
    }

    /// The canonical encoding goes into `sink`.
    pub fn encode(&self, sink: &mut dyn canon::Sink) {
        self.0.encode(sink);
    }

    /// The record as a tree of named fields, for the inspector.
    pub fn inspect(&self) -> serde_json::Value {
        self.0.inspect()
    }
}

impl PartialEq for Stored {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(&*other.0)
    }
}

/// A record inside another one: named fields for people, canonical bytes for machines.
impl Serialize for Stored {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        canon::embed(serializer, || self.inspect(), |bytes| self.encode(bytes))
    }
}

impl Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.inspect(), f)
    }
}

/// A collector of the effects of a handler, for a protocol with messages `M`. It knows what the process knows of
/// itself.
pub struct Out<'a, M> {
    local: &'a Local,
    effects: &'a mut Vec<Effect>,
    coins: &'a mut Coins,
    explain: bool,
    local_us: u64,
    messages: PhantomData<M>,
}

impl<M> Deref for Out<'_, M> {
    type Target = Local;
    fn deref(&self) -> &Local {
        self.local
    }
}

impl<'a, M: Message> Out<'a, M> {
    /// Collects the effects of handlers that are called directly, without a stack around them.
    pub fn new(local: &'a Local, effects: &'a mut Vec<Effect>, coins: &'a mut Coins, explain: bool) -> Self {
        Out { local, effects, coins, explain, local_us: 0, messages: PhantomData }
    }

    /// The same, while the process's clock shows `local_us`.
    pub(super) fn at(self, local_us: u64) -> Self {
        Out { local_us, ..self }
    }

    /// The time on the process's own clock, in microseconds: with the model's drift and offset. Only for protocols that
    /// say that they are [timed](Protocol::is_timed).
    pub fn local_us(&self) -> u64 {
        self.local_us
    }

    /// Sends `message` to `to`, which must be another process.
    pub fn send(&mut self, to: ProcessId, message: M) {
        debug_assert_ne!(to, self.local.me, "a message to oneself never exists");
        self.request(Request::Send { to, payload: Payload::new(message) });
    }

    /// Sends `message` to every peer, in order.
    pub fn send_to_peers(&mut self, message: M) {
        let payload = Payload::new(message);
        for &to in self.local.peers.iter() {
            self.request(Request::Send { to, payload: payload.clone() });
        }
    }

    /// Hands `message` to the broadcast below.
    pub fn broadcast(&mut self, message: M) {
        self.request(Request::Broadcast(Payload::new(message)));
    }

    /// Asks the layer below; [`Out::send`] and [`Out::broadcast`] make the request from a typed message.
    pub fn request(&mut self, request: Request) {
        self.effects.push(Effect::Request(request));
    }

    /// ⟨Deliver | from, payload⟩ to the layer above, or to the user.
    pub fn deliver(&mut self, from: ProcessId, payload: Payload) {
        self.indicate(Indication::Deliver { from, payload });
    }

    /// Tells the layer above, or the user.
    pub fn indicate(&mut self, indication: Indication) {
        self.effects.push(Effect::Indicate(indication));
    }

    /// Starts `timer`, anew if it runs; it fires after `after_us` microseconds of the local clock.
    pub fn set_timer(&mut self, timer: Timer, after_us: u64) {
        self.effects.push(Effect::SetTimer(timer, after_us));
    }

    /// Stops `timer`, if it runs.
    pub fn cancel_timer(&mut self, timer: Timer) {
        self.effects.push(Effect::CancelTimer(timer));
    }

    /// Puts `record` in stable storage, in place of what this layer had there; durable with this step.
    pub fn store<T: Clone + PartialEq + Debug + Serialize + 'static>(&mut self, record: T) {
        self.effects.push(Effect::Store(Stored::new(record)));
    }

    /// ⟨Decide | value⟩. At the top it writes the decision register.
    pub fn decide(&mut self, value: impl Into<Value>) {
        self.decide_payload(Payload::new(UserMessage(value.into())));
    }

    /// The same with whatever was proposed; in the register stands its value, or else its text.
    pub fn decide_payload(&mut self, value: Payload) {
        self.indicate(Indication::Decide(value));
    }

    /// ⟨Propose | value⟩ to this instance of the consensus below.
    pub fn propose(&mut self, instance: u32, value: Payload) {
        self.request(Request::OfInstance(instance, Box::new(Request::Propose(value))));
    }

    /// The response to the invocation that is open.
    pub fn respond(&mut self, value: Option<Value>) {
        self.indicate(Indication::Return(value.map(Box::new)));
    }

    /// Flips a coin: an outcome of the step that its choice fixes.
    pub fn coin(&mut self) -> bool {
        self.coins.flip()
    }

    /// Says why, for the caption. `reason` is called only when somebody listens.
    pub fn because<T: Into<Cow<'static, str>>>(&mut self, reason: impl FnOnce() -> T) {
        if self.explain {
            self.effects.push(Effect::Because(reason().into()));
        }
    }
}

/// A protocol: one deterministic state machine a process, in handlers named as in the literature.
///
/// The implementing type holds the parameters, equal at all processes.
pub trait Protocol: 'static {
    /// The local state. Its fields are what the inspector shows and what makes configurations equal.
    type State: Clone + PartialEq + Debug + Serialize + 'static;
    /// The messages that it sends to the same layer of other processes.
    type Message: Message;

    /// The state of a process that has not started.
    fn init(&self, local: &Local) -> Self::State;

    /// ⟨Init⟩: the first step.
    fn on_start(&self, _state: &mut Self::State, _out: &mut Out<'_, Self::Message>) {}

    /// A request of a module above, or of the user. One that the protocol does not know is dropped.
    fn on_request(&self, _state: &mut Self::State, request: Request, out: &mut Out<'_, Self::Message>) {
        out.because(|| format!("it does not know the request {request:?}, and drops it"));
    }

    /// ⟨Deliver | from, message⟩ of the layer below, or of the link.
    fn on_deliver(
        &self,
        state: &mut Self::State,
        from: ProcessId,
        message: &Self::Message,
        out: &mut Out<'_, Self::Message>,
    );

    /// ⟨Suspect | p⟩ (`true`) or ⟨Restore | p⟩ of the detector below. A module that does not care passes it on.
    fn on_suspicion(
        &self,
        _state: &mut Self::State,
        process: ProcessId,
        suspected: bool,
        out: &mut Out<'_, Self::Message>,
    ) {
        out.indicate(if suspected { Indication::Suspect(process) } else { Indication::Restore(process) });
    }

    /// ⟨Trust | p⟩ of the leader detector below. A module that does not care passes it on.
    fn on_trust(&self, _state: &mut Self::State, leader: ProcessId, out: &mut Out<'_, Self::Message>) {
        out.indicate(Indication::Trust(leader));
    }

    /// ⟨Decide | value⟩ of the consensus below, of this instance where it has several.
    fn on_decide(
        &self,
        _state: &mut Self::State,
        _instance: Option<u32>,
        value: &Payload,
        out: &mut Out<'_, Self::Message>,
    ) {
        out.because(|| format!("it has asked for no decision, and drops “{}”", value.text()));
    }

    /// The response of a module below to an invocation.
    fn on_return(&self, _state: &mut Self::State, value: Option<Value>, out: &mut Out<'_, Self::Message>) {
        out.because(|| format!("it has asked for nothing, and drops the response {value:?}"));
    }

    /// ⟨Timeout⟩.
    fn on_timeout(&self, _state: &mut Self::State, _timer: Timer, _out: &mut Out<'_, Self::Message>) {}

    /// The timer that a NULL step of the strict model fires in `state`, if any: durations stay out of configurations.
    fn timeout_enabled(&self, _local: &Local, _state: &Self::State) -> Option<Timer> {
        None
    }

    /// True if handlers look at the process's clock. Such a protocol has no finite strict graph: time is no part of
    /// configurations.
    fn is_timed(&self) -> bool {
        false
    }

    /// ⟨Recovery⟩: `state` is as [`Protocol::init`] made it, `stored` what this layer last stored.
    fn on_recovery(&self, state: &mut Self::State, _stored: Option<&Stored>, out: &mut Out<'_, Self::Message>) {
        self.on_start(state, out);
    }

    /// What it means that the module is switched off while the process runs. The algorithm on top, which the run is about,
    /// never is.
    fn when_off(&self) -> WhenOff {
        WhenOff::StaysOn("nothing else would do what the module above asks for".into())
    }

    /// The module is switched off (`on` is false): it lets go of what it keeps. Its timers have been cancelled. One whose
    /// behaviour is its own then ([`WhenOff::Own`]) hears as well that it is on again; the others recover.
    fn on_switch(&self, _state: &mut Self::State, _on: bool, _out: &mut Out<'_, Self::Message>) {}

    /// The role or phase in one or two words, for the label beside the process.
    fn label(&self, _local: &Local, _state: &Self::State) -> String {
        String::new()
    }
}
