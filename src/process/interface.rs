//! Requests and indications: how modules, and users, speak with a module.

use super::{Payload, ProcessId, Value};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt::{self, Display};
use std::rc::Rc;

/// The way in which a module speaks with those that use it: the kinds of requests and indications.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interface {
    /// ⟨Send⟩ and ⟨Deliver⟩ between two processes.
    Links,
    /// ⟨Broadcast⟩ and ⟨Deliver⟩ to all.
    Broadcast,
    /// ⟨Suspect⟩ and ⟨Restore⟩.
    Detector,
    /// ⟨Trust⟩.
    Leader,
    /// ⟨Propose⟩ and ⟨Decide⟩.
    Consensus,
    /// An invocation and its response: what users ask for.
    Operations,
}

impl Interface {
    /// The number of interfaces.
    pub const COUNT: usize = 6;

    /// All of them, in the order of their numbers.
    pub const ALL: [Interface; Interface::COUNT] = [
        Interface::Links,
        Interface::Broadcast,
        Interface::Detector,
        Interface::Leader,
        Interface::Consensus,
        Interface::Operations,
    ];
}

/// A request of a user, or of a module above, for an operation: the first half of the operation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Invocation {
    /// The name of the request, in the words of the module that answers: `read`.
    pub name: Rc<str>,
    /// The arguments of the request, in the order that the module says.
    pub arguments: Rc<[Value]>,
}

impl Invocation {
    /// The request of this name, the first word, with what it needs to know.
    pub fn of(words: &[&str]) -> Self {
        let (name, arguments) = words.split_first().expect("a request has a name");
        Invocation { name: Rc::from(*name), arguments: arguments.iter().map(|word| Value::from(*word)).collect() }
    }
}

/// In words: `write 1`.
impl Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {argument}"))
    }
}

/// A list of words: `["write", "1"]`.
impl<'de> Deserialize<'de> for Invocation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = Vec::<Word>::deserialize(deserializer)?;
        let [Word(name), arguments @ ..] = &words[..] else {
            return Err(de::Error::custom("a request begins with its name, such as [\"read\"]"));
        };
        let arguments: Rc<[Value]> = arguments.iter().map(|Word(value)| value.clone()).collect();
        Ok(Invocation { name: name.to_string().into(), arguments })
    }
}

impl Serialize for Invocation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = Value::Text(Rc::clone(&self.name));
        serializer.collect_seq(std::iter::once(&name).chain(&*self.arguments))
    }
}

/// A word of a request: a text, a whole number, `true` or `false`.
struct Word(Value);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::Bool(flag) => flag.to_string(),
            _ => return Err(de::Error::custom("a request is a list of words and numbers")),
        };
        Ok(Word(Value::from(&*text)))
    }
}

/// A request of a module to another one.
#[derive(Clone, PartialEq, Debug)]
pub enum Request {
    /// ⟨Send | q, m⟩
    Send {
        /// The process that shall get it.
        to: ProcessId,
        /// The content of the message.
        payload: Payload,
    },
    /// ⟨Broadcast | m⟩
    Broadcast(Payload),
    /// ⟨Propose | v⟩
    Propose(Payload),
    /// ⟨Read⟩, ⟨Write | v⟩, and whatever else the module offers.
    Invoke(Rc<Invocation>),
    /// The same to one instance of a module that has several, which arises with it.
    OfInstance(u32, Box<Request>),
}

impl Request {
    /// The kind of module that it is for.
    pub fn interface(&self) -> Interface {
        match self {
            Request::Send { .. } => Interface::Links,
            Request::Broadcast(_) => Interface::Broadcast,
            Request::Propose(_) => Interface::Consensus,
            Request::Invoke(_) => Interface::Operations,
            Request::OfInstance(_, request) => request.interface(),
        }
    }
}

/// Something that a module tells those that use it.
#[derive(Clone, PartialEq, Debug)]
pub enum Indication {
    /// ⟨Deliver | p, m⟩
    Deliver {
        /// The process that sent or broadcast it.
        from: ProcessId,
        /// The content of the message.
        payload: Payload,
    },
    /// ⟨Suspect | p⟩
    Suspect(ProcessId),
    /// ⟨Restore | p⟩
    Restore(ProcessId),
    /// ⟨Trust | p⟩
    Trust(ProcessId),
    /// ⟨Decide | v⟩
    Decide(Payload),
    /// The response to an invocation: what comes back, if anything does.
    Return(Option<Box<Value>>),
    /// The same from one instance of a module that has several.
    OfInstance(u32, Box<Indication>),
}

impl Indication {
    /// The kind of module that it is from. What is delivered may come from links as well.
    pub fn interface(&self) -> Interface {
        match self {
            Indication::Deliver { .. } => Interface::Broadcast,
            Indication::Suspect(_) | Indication::Restore(_) => Interface::Detector,
            Indication::Trust(_) => Interface::Leader,
            Indication::Decide(_) => Interface::Consensus,
            Indication::Return(_) => Interface::Operations,
            Indication::OfInstance(_, indication) => indication.interface(),
        }
    }

    /// The instance that it is from, where the module has several, and what it says.
    pub fn of_instance(self) -> (Option<u32>, Indication) {
        match self {
            Indication::OfInstance(instance, indication) => (Some(instance), *indication),
            indication => (None, indication),
        }
    }
}
