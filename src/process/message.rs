//! The vocabulary of messages: names of processes, values, and messages whose type is erased.

use crate::canon;
use crate::quote::quoted;
use serde::{Serialize, Serializer};
use std::any::Any;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt::{self, Debug, Display};
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
        ProcessId::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("{} is not the name of a process, such as \"p0\"", quoted(&text)))
        })
    }
}

/// A value that processes propose, deliver or decide: a bit, which has a colour everywhere, or a short text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// 0 (blue) or 1 (orange).
    Bit(bool),
    /// Anything else, such as a message or an amount.
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

/// The kind of a message: its names on the capsule, and in logs and counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// Two or three characters, for the capsule: `RP`.
    pub label: &'static str,
    /// The whole word, for logs and counts: `report`.
    pub name: &'static str,
}

/// A message describes itself, so that the page can draw it without knowing the protocol.
pub trait Message: Clone + PartialEq + Debug + Serialize + 'static {
    /// The kind of this message.
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

struct TypedBody<M> {
    message: M,
    digest: OnceCell<u64>,
}

impl<M: Message> Body for TypedBody<M> {
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
        Payload(Rc::new(TypedBody { message, digest: OnceCell::new() }))
    }

    /// The message, where it is of this type.
    pub fn try_get<M: Message>(&self) -> Option<&M> {
        self.0.message().downcast_ref()
    }

    /// The message, for a caller that knows its type.
    pub fn get<M: Message>(&self) -> &M {
        self.try_get().expect("the caller knows what sort of message this is")
    }

    /// The kind of this message.
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
        canon::embed(serializer, || self.inspect(), |bytes| self.0.encode(bytes))
    }
}

/// A message that a user hands to a broadcast or a link that has no protocol above it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct UserMessage(pub Value);

impl Message for UserMessage {
    fn kind(&self) -> Kind {
        Kind { label: "m", name: "message" }
    }
    fn value(&self) -> Option<Value> {
        Some(self.0.clone())
    }
    fn text(&self) -> String {
        self.0.to_string()
    }
    fn lies(&self) -> Vec<Self> {
        match &self.0 {
            Value::Bit(bit) => vec![UserMessage(Value::Bit(!bit))],
            Value::Text(_) => vec![UserMessage("(forged)".into())],
        }
    }
}
