//! Broadcasts that pass messages on and count who has them: what the lazy and the uniform ones have in common.
//!
//! They differ in two points only: when a process passes on what it hears, and when it delivers it. A [`Rule`] says so.

use super::reliable_broadcast::Data;
use super::{broadcast, words};
use crate::process::{Indication, Local, Out, Payload, ProcessId, Protocol, Request, UserMessage, WhenOff};
use serde::Serialize;
use std::collections::BTreeSet;

/// When to pass on, and when to deliver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// Delivers at once, and passes on what is from a process that has crashed.
    Lazy,
    /// Passes on at once, and delivers when all have it who have not crashed.
    AllUp,
    /// Passes on at once, and delivers when more than half have it.
    Majority,
}

/// A message that a process knows.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RelayedMessage {
    /// The message, and whose it is.
    pub data: Data,
    /// The processes that are known to have it.
    pub have: BTreeSet<ProcessId>,
    /// True if it is delivered.
    pub delivered: bool,
}

/// The state of a process.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RelayState {
    /// The number of its own next broadcast.
    pub next: u32,
    /// The processes that have crashed, as the detector below says.
    pub crashed: Vec<ProcessId>,
    /// The messages that it knows, in the order in which it heard of them.
    pub heard: Vec<RelayedMessage>,
}

/// The protocol.
pub struct Relay {
    /// When to pass on, and when to deliver.
    pub rule: Rule,
    /// Planted bug: leaves out what the rule is about. It does not pass on, or does not wait before it delivers.
    pub mutant: bool,
}

impl Relay {
    fn start_broadcast(&self, state: &mut RelayState, payload: Payload, out: &mut Out<'_, Data>) {
        let data = Data { origin: out.me, number: state.next, payload };
        state.next += 1;
        self.hear(state, data, out);
    }

    /// A message that is new to the process, which passes it on unless it is lazy. It hears its own broadcast back from
    /// the layer below in the same step, as it hears those of others, and so counts itself.
    fn hear(&self, state: &mut RelayState, data: Data, out: &mut Out<'_, Data>) -> usize {
        let hasty = self.mutant && self.rule != Rule::Lazy;
        if hasty {
            out.deliver(data.origin, data.payload.clone());
        }
        let passes_on = match self.rule {
            Rule::Lazy => data.origin == out.me || !self.mutant && state.crashed.contains(&data.origin),
            Rule::AllUp | Rule::Majority => true,
        };
        if passes_on {
            out.broadcast(data.clone());
        }
        state.heard.push(RelayedMessage { data, have: BTreeSet::new(), delivered: hasty });
        state.heard.len() - 1
    }

    /// Delivers the message in this place if the rule allows it.
    fn deliver(&self, state: &mut RelayState, place: usize, out: &mut Out<'_, Data>) -> bool {
        let heard = &mut state.heard[place];
        let enough = match self.rule {
            Rule::Lazy => true,
            Rule::AllUp => {
                ProcessId::all(out.n).all(|process| heard.have.contains(&process) || state.crashed.contains(&process))
            }
            Rule::Majority => 2 * heard.have.len() > out.n,
        };
        let now = enough && !heard.delivered;
        if now {
            heard.delivered = true;
            out.deliver(heard.data.origin, heard.data.payload.clone());
            let (rule, origin, have) = (self.rule, heard.data.origin, heard.have.len());
            out.because(|| match rule {
                Rule::Lazy => format!("this from {origin} is new, so it delivers it"),
                Rule::AllUp => format!("all who are up have this from {origin}, so it delivers it"),
                Rule::Majority => format!("{have} have this from {origin}, more than half, so it delivers it"),
            });
        }
        now
    }
}

impl Protocol for Relay {
    type State = RelayState;
    type Message = Data;

    fn init(&self, _local: &Local) -> RelayState {
        RelayState { next: 0, crashed: Vec::new(), heard: Vec::new() }
    }

    fn on_start(&self, state: &mut RelayState, out: &mut Out<'_, Data>) {
        let words = words(out);
        for word in &words {
            self.start_broadcast(state, Payload::new(UserMessage(word.clone())), out);
        }
        if !words.is_empty() {
            out.because(|| "it broadcasts its words");
        }
    }

    fn on_request(&self, state: &mut RelayState, request: Request, out: &mut Out<'_, Data>) {
        let payload = broadcast(request);
        self.start_broadcast(state, payload, out);
        out.because(|| "it broadcasts the message");
    }

    fn on_deliver(&self, state: &mut RelayState, from: ProcessId, message: &Data, out: &mut Out<'_, Data>) {
        let (origin, number) = (message.origin, message.number);
        let known = state.heard.iter().position(|heard| (heard.data.origin, heard.data.number) == (origin, number));
        let place = known.unwrap_or_else(|| self.hear(state, message.clone(), out));
        let have = &mut state.heard[place].have;
        have.insert(from);
        let have = have.len();
        if !self.deliver(state, place, out) && from != out.me {
            let (delivered, n) = (state.heard[place].delivered, out.n);
            out.because(|| match (delivered, known) {
                (true, Some(_)) => format!("it has delivered this from {origin} before"),
                (true, None) => format!("this from {origin} is new, so it delivers it at once"),
                (false, Some(_)) => format!("now it knows of {have} of {n} that have this from {origin}"),
                (false, None) => format!("this from {origin} is new: it passes it on, and waits until enough have it"),
            });
        }
    }

    fn on_suspicion(&self, state: &mut RelayState, process: ProcessId, suspected: bool, out: &mut Out<'_, Data>) {
        if suspected && !state.crashed.contains(&process) {
            state.crashed.push(process);
            out.indicate(Indication::Suspect(process));
            for place in 0..state.heard.len() {
                let heard = &state.heard[place];
                if self.rule == Rule::Lazy && heard.data.origin == process && !self.mutant {
                    out.broadcast(heard.data.clone());
                    out.because(|| {
                        format!("{process} may not have told all, so it passes on what it has from {process}")
                    });
                }
                self.deliver(state, place, out);
            }
        }
    }

    fn label(&self, _local: &Local, state: &RelayState) -> String {
        match state.heard.iter().filter(|heard| !heard.delivered).count() {
            0 => String::new(),
            count => format!("waits with {count}"),
        }
    }

    fn when_off(&self) -> WhenOff {
        let text = match self.rule {
            Rule::Lazy => "a message of one that crashes may reach some and not others",
            Rule::AllUp | Rule::Majority => "a process that crashes may have delivered what no other ever will",
        };
        WhenOff::Transparent(text.into())
    }
}
