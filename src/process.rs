//! What a protocol is.
//!
//! A process is a deterministic state machine in the vocabulary of Cachin, Guerraoui and Rodrigues,
//! *Introduction to Reliable and Secure Distributed Programming* (2nd ed., 2011): requests come from the layer
//! above, indications go up to it, messages and timers go down. A handler gets a state and one event and
//! *collects* its effects in an [`Out`]. It has no clock, no randomness and no environment, so that the same code
//! can run on the board and under the explorer.
//!
//! A protocol is typed ([`Protocol`]); at the boundary to its neighbours it is a [`Layer`], and what it sends is a
//! [`Payload`] whose type is erased. Any protocol can therefore run over any stack chosen at run time.

use crate::canon::{self, Datum};
use crate::draw::Coins;
use serde::{Serialize, Serializer};
use std::any::Any;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::VecDeque;
use std::fmt::{self, Debug, Display};
use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;

/// The name of a process: `p0`, `p1`, …
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(pub u16);

impl ProcessId {
    /// The process's place in every table that has a line for each process.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The processes p0 … p(n-1), in order.
    pub fn all(n: usize) -> impl DoubleEndedIterator<Item = ProcessId> + Clone {
        (0..n).map(ProcessId::from)
    }

    /// Reads `p0`, `p1`, …; `None` for anything else.
    pub fn parse(text: &str) -> Option<ProcessId> {
        let digits = text.strip_prefix('p')?;
        let plain = digits == "0" || !digits.starts_with('0');
        (plain && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.parse().ok().map(ProcessId))
            .flatten()
    }
}

impl From<usize> for ProcessId {
    fn from(index: usize) -> Self {
        ProcessId(u16::try_from(index).expect("a scenario has at most 65,536 processes"))
    }
}

impl Display for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", self.0)
    }
}

impl Debug for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", self.0)
    }
}

impl Serialize for ProcessId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_u16(self.0) }
    }
}

impl<'de> serde::Deserialize<'de> for ProcessId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        ProcessId::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is not the name of a process, such as \"p0\"")))
    }
}

/// What processes propose, deliver and decide: a bit, which has a colour everywhere, or a short text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// 0 (blue) or 1 (orange).
    Bit(bool),
    /// Anything else, such as a letter or an amount.
    Text(Rc<str>),
}

impl Value {
    /// The bit, where the value is one.
    pub fn bit(&self) -> Option<bool> {
        match self {
            Value::Bit(bit) => Some(*bit),
            Value::Text(_) => None,
        }
    }
}

impl From<bool> for Value {
    fn from(bit: bool) -> Self {
        Value::Bit(bit)
    }
}

/// `"0"` and `"1"` are bits, everything else is a text.
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        match text {
            "0" => Value::Bit(false),
            "1" => Value::Bit(true),
            _ => Value::Text(text.into()),
        }
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bit(bit) => write!(f, "{}", u8::from(*bit)),
            Value::Text(text) => f.write_str(text),
        }
    }
}

impl Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Cow<'de, str>>::deserialize(deserializer).map(|text| Value::from(&*text))
    }
}

/// How a message is called: on its capsule, and in logs and counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// Two or three letters, for the capsule: `RP`.
    pub label: &'static str,
    /// The whole word, for logs and counts: `report`.
    pub name: &'static str,
}

/// A message describes itself, so that the page can draw it without knowing the protocol.
pub trait Message: Clone + PartialEq + Debug + Serialize + 'static {
    /// What sort of message this is.
    fn kind(&self) -> Kind;

    /// The value it carries, where one is worth a colour.
    fn value(&self) -> Option<Value> {
        None
    }

    /// One line in words.
    fn text(&self) -> String;

    /// The well-formed messages that a liar could send in its place.
    fn lies(&self) -> Vec<Self> {
        Vec::new()
    }

    /// The message as `writer` would have written it, where it says inside who wrote it: what a forger has to change
    /// besides the name on the envelope. `None` where it says nothing of the kind.
    fn written_by(&self, _writer: ProcessId) -> Option<Self> {
        None
    }
}

/// The object-safe side of a [`Message`], with its digest kept beside it.
trait Body {
    fn kind(&self) -> Kind;
    fn value(&self) -> Option<Value>;
    fn text(&self) -> String;
    fn lies(&self) -> Vec<Payload>;
    fn written_by(&self, writer: ProcessId) -> Option<Payload>;
    fn digest(&self) -> u64;
    fn equals(&self, other: &dyn Body) -> bool;
    fn encode(&self, sink: &mut dyn canon::Sink);
    fn inspect(&self) -> serde_json::Value;
    fn message(&self) -> &dyn Any;
}

struct Cell<M> {
    message: M,
    digest: OnceCell<u64>,
}

impl<M: Message> Body for Cell<M> {
    fn kind(&self) -> Kind {
        self.message.kind()
    }
    fn value(&self) -> Option<Value> {
        self.message.value()
    }
    fn text(&self) -> String {
        self.message.text()
    }
    fn lies(&self) -> Vec<Payload> {
        self.message.lies().into_iter().map(Payload::new).collect()
    }
    fn written_by(&self, writer: ProcessId) -> Option<Payload> {
        self.message.written_by(writer).map(Payload::new)
    }
    fn digest(&self) -> u64 {
        *self.digest.get_or_init(|| canon::digest(&self.message))
    }
    fn equals(&self, other: &dyn Body) -> bool {
        other.message().downcast_ref::<M>().is_some_and(|message| *message == self.message)
    }
    fn encode(&self, sink: &mut dyn canon::Sink) {
        canon::encode(&self.message, sink);
    }
    fn inspect(&self) -> serde_json::Value {
        canon::inspect(&self.message)
    }
    fn message(&self) -> &dyn Any {
        &self.message
    }
}

/// A message whose type is erased: what layers hand to each other and what links carry.
///
/// Cheap to clone. Its canonical encoding and its digest are made when they are first asked for.
#[derive(Clone)]
pub struct Payload(Rc<dyn Body>);

impl Payload {
    /// Erases the type of `message`.
    pub fn new<M: Message>(message: M) -> Self {
        Payload(Rc::new(Cell { message, digest: OnceCell::new() }))
    }

    /// The message, for the layer whose peer sent it.
    pub fn get<M: Message>(&self) -> &M {
        self.0
            .message()
            .downcast_ref()
            .expect("a layer receives only what its own peer layer sent: stacks are equal at all processes")
    }

    /// What sort of message this is.
    pub fn kind(&self) -> Kind {
        self.0.kind()
    }

    /// The value it carries, where one is worth a colour.
    pub fn value(&self) -> Option<Value> {
        self.0.value()
    }

    /// One line in words.
    pub fn text(&self) -> String {
        self.0.text()
    }

    /// The well-formed messages that a liar could send in its place.
    pub fn lies(&self) -> Vec<Payload> {
        self.0.lies()
    }

    /// The message as `writer` would have written it, where it says inside who wrote it.
    pub fn written_by(&self, writer: ProcessId) -> Option<Payload> {
        self.0.written_by(writer)
    }

    /// 64 bits over the canonical encoding: equal for equal messages, on every machine.
    pub fn digest(&self) -> u64 {
        self.0.digest()
    }

    /// The canonical encoding: the bytes that marshalling would put on the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0.encode(&mut bytes);
        bytes
    }

    /// The message as a tree of named fields, for the inspector.
    pub fn inspect(&self) -> serde_json::Value {
        self.0.inspect()
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || self.0.equals(&*other.0)
    }
}

impl Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text())
    }
}

/// A payload inside a message of the layer below: named fields for people, canonical bytes for machines.
impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            self.inspect().serialize(serializer)
        } else {
            serializer.serialize_bytes(&self.bytes())
        }
    }
}

/// What a user hands to a broadcast or a link that has no protocol above it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Letter(pub Value);

impl Message for Letter {
    fn kind(&self) -> Kind {
        Kind { label: "m", name: "letter" }
    }
    fn value(&self) -> Option<Value> {
        Some(self.0.clone())
    }
    fn text(&self) -> String {
        self.0.to_string()
    }
    fn lies(&self) -> Vec<Self> {
        match &self.0 {
            Value::Bit(bit) => vec![Letter(Value::Bit(!bit))],
            Value::Text(_) => vec![Letter("(forged)".into())],
        }
    }
}

/// The name of a timer inside its layer. Setting a timer that runs starts it anew.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Timer(pub &'static str);

/// What a layer asks of the layer below.
#[derive(Clone, PartialEq, Debug)]
pub enum Request {
    /// ⟨Send | q, m⟩
    Send {
        /// The process that shall get it.
        to: ProcessId,
        /// What it shall get.
        payload: Payload,
    },
    /// ⟨Broadcast | m⟩
    Broadcast(Payload),
}

/// What a layer tells the layer above.
#[derive(Clone, PartialEq, Debug)]
pub enum Indication {
    /// ⟨Deliver | p, m⟩
    Deliver {
        /// The process that sent or broadcast it.
        from: ProcessId,
        /// What it sent.
        payload: Payload,
    },
    /// ⟨Suspect | p⟩
    Suspect(ProcessId),
    /// ⟨Restore | p⟩
    Restore(ProcessId),
    /// ⟨Trust | p⟩
    Trust(ProcessId),
}

/// What a process knows about itself before anything has happened.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its own name.
    pub me: ProcessId,
    /// How many processes there are.
    pub n: usize,
    /// What its user gave it. Only the top layer of a stack sees it.
    pub input: Option<Value>,
    /// The processes it may send to, itself excluded, in order.
    pub peers: Rc<[ProcessId]>,
}

impl Local {
    /// A process that is connected with all others.
    pub fn complete(me: ProcessId, n: usize, input: Option<Value>) -> Self {
        Local { me, n, input, peers: ProcessId::all(n).filter(|peer| *peer != me).collect() }
    }
}

/// What the layers of one process know of it: the user's input is for the top layer only.
#[derive(Clone, Debug)]
pub struct Person {
    /// What the top layer knows.
    pub top: Local,
    /// What the layers below know.
    pub below: Local,
}

impl From<Local> for Person {
    fn from(local: Local) -> Self {
        Person { below: Local { input: None, ..local.clone() }, top: local }
    }
}

/// One effect of a handler, as its layer makes it.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Ask the layer below.
    Request(Request),
    /// Tell the layer above.
    Indicate(Indication),
    /// Start a timer, in microseconds of the local clock.
    SetTimer(Timer, u64),
    /// Stop a timer.
    CancelTimer(Timer),
    /// Replace what the layer has in stable storage.
    Store(Stored),
    /// Write the decision register.
    Decide(Value),
    /// The reason in words, outside state and hash.
    Because(Cow<'static, str>),
}

/// What a layer keeps in stable storage, type erased.
#[derive(Clone)]
pub struct Stored(Rc<dyn Datum>);

impl Stored {
    /// Erases the type of `record`.
    pub fn new<T: Clone + PartialEq + Debug + Serialize + 'static>(record: T) -> Self {
        Stored(Rc::new(record))
    }

    /// What the same layer stored before.
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

impl Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.inspect(), f)
    }
}

/// The workplace of steps: what a step has to hand besides states, and where its outcomes are collected. It is kept
/// from step to step so that a step allocates as little as possible.
#[derive(Default)]
pub struct Desk {
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

impl Desk {
    /// Clears what the last step left, before a step with these coins.
    pub fn begin(&mut self, coins: Coins) {
        self.coins = coins;
        self.outcomes.clear();
        self.queue.clear();
    }
}

/// Where a handler of a protocol with messages `M` collects its effects. It knows what the process knows of itself.
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
    fn at(self, local_us: u64) -> Self {
        Out { local_us, ..self }
    }

    /// What the process's own clock shows, in microseconds: with the model's drift and offset. Only for protocols that
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

    /// Writes the decision register.
    pub fn decide(&mut self, value: impl Into<Value>) {
        self.effects.push(Effect::Decide(value.into()));
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

/// One function for all protocols: their copies would be carried by the page.
fn unasked(request: &Request) -> ! {
    unreachable!("no layer above may ask this protocol for {request:?}: the catalogue checks what it provides");
}

/// A protocol: one deterministic state machine a process, in handlers named as in the literature.
///
/// The implementing type holds the parameters, equal at all processes.
pub trait Protocol: 'static {
    /// The local state. Its fields are what the inspector shows and what makes configurations equal.
    type State: Clone + PartialEq + Debug + Serialize + 'static;
    /// What it sends to the same layer of other processes.
    type Message: Message;

    /// The state of a process that has not started.
    fn init(&self, local: &Local) -> Self::State;

    /// ⟨Init⟩: the first step.
    fn on_start(&self, _state: &mut Self::State, _out: &mut Out<'_, Self::Message>) {}

    /// A request of the layer above.
    fn on_request(&self, _state: &mut Self::State, request: Request, _out: &mut Out<'_, Self::Message>) {
        unasked(&request);
    }

    /// ⟨Deliver | from, message⟩ of the layer below, or of the link.
    fn on_deliver(
        &self,
        state: &mut Self::State,
        from: ProcessId,
        message: &Self::Message,
        out: &mut Out<'_, Self::Message>,
    );

    /// ⟨Suspect | p⟩ (`true`) or ⟨Restore | p⟩ of the detector below. A layer that does not care passes it on.
    fn on_suspicion(
        &self,
        _state: &mut Self::State,
        process: ProcessId,
        suspected: bool,
        out: &mut Out<'_, Self::Message>,
    ) {
        out.indicate(if suspected { Indication::Suspect(process) } else { Indication::Restore(process) });
    }

    /// ⟨Trust | p⟩ of the leader detector below. A layer that does not care passes it on.
    fn on_trust(&self, _state: &mut Self::State, leader: ProcessId, out: &mut Out<'_, Self::Message>) {
        out.indicate(Indication::Trust(leader));
    }

    /// ⟨Timeout⟩.
    fn on_timeout(&self, _state: &mut Self::State, _timer: Timer, _out: &mut Out<'_, Self::Message>) {}

    /// Which timer a NULL step of the strict model fires in `state`, if any: durations stay out of configurations.
    fn timeout_enabled(&self, _local: &Local, _state: &Self::State) -> Option<Timer> {
        None
    }

    /// Whether handlers look at the process's clock. Such a protocol has no finite strict graph: time is no part of
    /// configurations.
    fn is_timed(&self) -> bool {
        false
    }

    /// ⟨Recovery⟩: `state` is as [`Protocol::init`] made it, `stored` what this layer last stored.
    fn on_recovery(&self, state: &mut Self::State, _stored: Option<&Stored>, out: &mut Out<'_, Self::Message>) {
        self.on_start(state, out);
    }

    /// The role or phase in one or two words, for the label beside the process.
    fn label(&self, _local: &Local, _state: &Self::State) -> String {
        String::new()
    }

    /// The money on the process's books, for the property "conservation".
    fn holding(&self, _state: &Self::State) -> Option<i64> {
        None
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
    fn handle(&self, local: &Local, state: &mut LayerState, input: Input, desk: &mut Desk);
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

    fn handle(&self, local: &Local, state: &mut LayerState, input: Input, desk: &mut Desk) {
        let state = (**state).as_any_mut().downcast_mut::<P::State>().expect(STATE);
        let mut out = Out::new(local, &mut desk.effects, &mut desk.coins, desk.explain).at(desk.local_us);
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
    pub fn init(&self, person: &Person) -> Vec<LayerState> {
        self.layers.iter().enumerate().map(|(index, layer)| layer.init(self.local(person, index))).collect()
    }

    /// What `layer` knows of the process.
    fn local<'a>(&self, person: &'a Person, layer: usize) -> &'a Local {
        if layer + 1 == self.layers.len() { &person.top } else { &person.below }
    }

    /// See [`Protocol::timeout_enabled`]: the lowest layer that has one, and its timer.
    pub fn timeout_enabled(&self, person: &Person, states: &[LayerState]) -> Option<(u8, Timer)> {
        (0u8..).zip(self.layers.iter().zip(states)).find_map(|(index, (layer, state))| {
            layer.timeout_enabled(self.local(person, usize::from(index)), state).map(|timer| (index, timer))
        })
    }

    /// Whether a layer looks at the process's clock.
    pub fn is_timed(&self) -> bool {
        self.layers.iter().any(|layer| layer.is_timed())
    }

    /// The label of the top layer.
    pub fn label(&self, person: &Person, states: &[LayerState]) -> String {
        let top = self.layers.len() - 1;
        self.layers[top].label(&person.top, &states[top])
    }

    /// The money on the books of the top layer.
    pub fn holding(&self, states: &[LayerState]) -> Option<i64> {
        let top = self.layers.len() - 1;
        self.layers[top].holding(&states[top])
    }

    /// The first step: every layer starts, from the bottom up.
    pub fn start(&self, desk: &mut Desk, person: &Person, states: &mut [LayerState]) -> Result<(), Runaway> {
        (0..self.layers.len()).try_for_each(|index| self.run(desk, person, states, index, Input::Start))
    }

    /// The first step after a crash: every layer recovers, from the bottom up, with what it had stored.
    pub fn recover(
        &self,
        desk: &mut Desk,
        person: &Person,
        states: &mut [LayerState],
        stored: &[Option<Stored>],
    ) -> Result<(), Runaway> {
        (0..self.layers.len())
            .try_for_each(|index| self.run(desk, person, states, index, Input::Recover(stored[index].clone())))
    }

    /// A message arrives from the network.
    pub fn deliver(
        &self,
        desk: &mut Desk,
        person: &Person,
        states: &mut [LayerState],
        from: ProcessId,
        payload: Payload,
    ) -> Result<(), Runaway> {
        self.run(desk, person, states, 0, Input::Indication(Indication::Deliver { from, payload }))
    }

    /// A timer of `layer` fires.
    pub fn timeout(
        &self,
        desk: &mut Desk,
        person: &Person,
        states: &mut [LayerState],
        layer: u8,
        timer: Timer,
    ) -> Result<(), Runaway> {
        self.run(desk, person, states, usize::from(layer), Input::Timeout(timer))
    }

    /// Hands `input` to a layer, and what it causes to its neighbours, first in, first out.
    fn run(
        &self,
        desk: &mut Desk,
        person: &Person,
        states: &mut [LayerState],
        layer: usize,
        input: Input,
    ) -> Result<(), Runaway> {
        let top = self.layers.len() - 1;
        let mut next = Some((layer, input));
        let mut handovers = 0;
        while let Some((index, input)) = next.take().or_else(|| desk.queue.pop_front()) {
            handovers += 1;
            if handovers > HANDOVERS_MAX {
                desk.queue.clear();
                return Err(Runaway { layer: index });
            }
            self.layers[index].handle(self.local(person, index), &mut states[index], input, desk);
            let name = u8::try_from(index).expect("stacks are low");
            for effect in desk.effects.drain(..) {
                match effect {
                    Effect::Request(Request::Send { to, payload }) if index == 0 => {
                        desk.outcomes.push(Outcome::Send { to, payload });
                    }
                    Effect::Request(request) => {
                        let below = index.checked_sub(1).expect("the bottom layer asks the network to send, only");
                        desk.queue.push_back((below, Input::Request(request)));
                    }
                    Effect::Indicate(indication) if index == top => desk.outcomes.push(Outcome::Indicate(indication)),
                    Effect::Indicate(indication) => desk.queue.push_back((index + 1, Input::Indication(indication))),
                    Effect::SetTimer(timer, after_us) => desk.outcomes.push(Outcome::SetTimer(name, timer, after_us)),
                    Effect::CancelTimer(timer) => desk.outcomes.push(Outcome::CancelTimer(name, timer)),
                    Effect::Store(record) => desk.outcomes.push(Outcome::Store(name, record)),
                    Effect::Decide(value) => desk.outcomes.push(Outcome::Decide(value)),
                    Effect::Because(reason) => desk.outcomes.push(Outcome::Because(reason)),
                }
            }
        }
        Ok(())
    }
}
