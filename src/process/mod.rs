//! Protocols, and the processes that run them.
//!
//! A process is a deterministic state machine in the vocabulary of Cachin, Guerraoui and Rodrigues,
//! *Introduction to Reliable and Secure Distributed Programming* (2nd ed., 2011): requests come from the layer
//! above, indications go up to it, messages and timers go down. A handler gets a state and one event and
//! *collects* its effects in an [`Out`]. It has no clock, no randomness and no environment, so that the same code
//! can run on the board and under the explorer.
//!
//! A protocol is typed ([`Protocol`]); at the boundary to its neighbours it is a [`Layer`], and what it sends is a
//! [`Payload`] whose type is erased. Any protocol can therefore run over any others chosen at run time, in a
//! [`ModuleGraph`].

mod message;
mod local;
mod interface;
mod timer;
mod switch;
mod protocol;
mod layer;
mod address;
mod graph;
mod indexed;

pub use graph::{HANDOVERS_MAX, MODULES_MAX, Module, ModuleGraph, Outcome, Program, Provider, Runaway};
pub use indexed::Indexed;
pub use interface::{Indication, Interface, Invocation, Request};
pub use layer::{Input, Layer, LayerState, LocalKnowledge, StepContext};
pub use local::{Local, Roles};
pub use message::{Kind, Message, Payload, ProcessId, UserMessage, Value};
pub use protocol::{Effect, Name, Out, Protocol, Stored};
pub use switch::WhenOff;
pub use timer::Timer;
