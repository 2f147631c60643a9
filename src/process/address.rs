//! Messages that say which module, or which instance of a module, they are for.

use super::{Kind, Message, Name, Payload, ProcessId, Value};
use serde::Serialize;

/// The place at a process from which a message comes, and to which it goes at the other end.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Address {
    /// One module among several that share a module below, or the network.
    Module(Name),
    /// One instance of a module that has an instance for each number.
    Instance(u32),
}

/// A message with its address.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(super) struct Addressed {
    /// The sender's place, and the recipient's.
    pub address: Address,
    /// The content of the message.
    pub payload: Payload,
}

impl Addressed {
    /// `payload` with this address.
    pub fn payload(address: Address, payload: Payload) -> Payload {
        Payload::new(Addressed { address, payload })
    }
}

impl Message for Addressed {
    fn kind(&self) -> Kind {
        self.payload.kind()
    }
    fn value(&self) -> Option<Value> {
        self.payload.value()
    }
    fn text(&self) -> String {
        match &self.address {
            Address::Module(name) => format!("{name}: {}", self.payload.text()),
            Address::Instance(number) => format!("no. {number}: {}", self.payload.text()),
        }
    }
    fn lies(&self) -> Vec<Self> {
        self.payload.lies().into_iter().map(|payload| Addressed { payload, ..self.clone() }).collect()
    }
    fn written_by(&self, writer: ProcessId) -> Option<Self> {
        self.payload.written_by(writer).map(|payload| Addressed { payload, ..self.clone() })
    }
}
