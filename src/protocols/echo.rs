//! Broadcasts that survive liars by echoing: what the consistent and the reliable one have in common.

use super::{broadcast, words};
use crate::process::{Kind, Local, Message, Out, Payload, ProcessId, Protocol, Request, UserMessage, Value};
use serde::Serialize;

/// The stage of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum EchoPhase {
    /// "I say."
    Send,
    /// "I have heard it say."
    Echo,
    /// "I know that enough have heard the same."
    Ready,
}

/// The messages about a broadcast.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Said {
    /// Its progress.
    pub phase: EchoPhase,
    /// The process whose broadcast it is about.
    pub origin: ProcessId,
    /// The number of the broadcast among those of that process: 0 is the first.
    pub number: u32,
    /// Its content.
    pub payload: Payload,
}

impl Message for Said {
    fn kind(&self) -> Kind {
        match self.phase {
            EchoPhase::Send => Kind { label: "SND", name: "send" },
            EchoPhase::Echo => Kind { label: "ECH", name: "echo" },
            EchoPhase::Ready => Kind { label: "RDY", name: "ready" },
        }
    }
    fn value(&self) -> Option<Value> {
        self.payload.value()
    }
    fn text(&self) -> String {
        let (origin, text) = (self.origin, self.payload.text());
        match self.phase {
            EchoPhase::Send => format!("I say: {text}"),
            EchoPhase::Echo => format!("{origin} said to me: {text}"),
            EchoPhase::Ready => format!("enough have heard {origin} say: {text}"),
        }
    }
    fn lies(&self) -> Vec<Self> {
        self.payload.lies().into_iter().map(|payload| Said { payload, ..*self }).collect()
    }
    fn written_by(&self, writer: ProcessId) -> Option<Self> {
        // Of the others only the link says who wrote them.
        (self.phase == EchoPhase::Send).then(|| Said { origin: writer, ..self.clone() })
    }
}

/// The state of one broadcast at a process.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct EchoInstance {
    /// The process whose broadcast it is.
    pub origin: ProcessId,
    /// The number of the broadcast among those of that process.
    pub number: u32,
    /// True if it has echoed. It does so even where it was ready before the sender's own word came: others may need it.
    pub echoed: bool,
    /// True if it has said that it is ready.
    pub ready: bool,
    /// The echoes heard: of each process, the first.
    pub echoes: Vec<(ProcessId, Payload)>,
    /// The ready messages heard: of each process, the first.
    pub readies: Vec<(ProcessId, Payload)>,
    /// True if it is delivered.
    pub delivered: bool,
}

/// The state of a process.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct EchoState {
    /// The number of its own next broadcast.
    pub next: u32,
    /// The broadcasts that it has heard of, in that order.
    pub instances: Vec<EchoInstance>,
}

/// The protocol. It takes n > 3f for granted, with the largest f of which that is true.
pub struct Echo {
    /// True if there is a second round, of the ready.
    pub double: bool,
    /// Planted bug: delivers a round earlier.
    pub mutant: bool,
}

/// Adds the first of each process; how many have said the same, if it is one.
fn enter(said: &mut Vec<(ProcessId, Payload)>, from: ProcessId, payload: &Payload) -> Option<usize> {
    if said.iter().any(|(known, _)| *known == from) {
        return None;
    }
    said.push((from, payload.clone()));
    Some(said.iter().filter(|(_, other)| other == payload).count())
}

impl Echo {
    fn start_broadcast(&self, state: &mut EchoState, payload: Payload, out: &mut Out<'_, Said>) {
        let said = Said { phase: EchoPhase::Send, origin: out.me, number: state.next, payload };
        state.next += 1;
        out.send_to_peers(said.clone());
        self.hear(state, out.me, said, out);
    }

    /// Hears what `from` said, and what it says itself because of that.
    fn hear(&self, state: &mut EchoState, from: ProcessId, said: Said, out: &mut Out<'_, Said>) {
        let f = (out.n - 1) / 3;
        let Said { origin, number, .. } = said;
        let known = state.instances.iter().position(|known| (known.origin, known.number) == (origin, number));
        let place = known.unwrap_or_else(|| {
            let (echoes, readies) = (Vec::new(), Vec::new());
            let (echoed, ready, delivered) = (false, false, false);
            state.instances.push(EchoInstance { origin, number, echoed, ready, echoes, readies, delivered });
            state.instances.len() - 1
        });
        let instance = &mut state.instances[place];
        let mut next = Some((from, said));
        while let Some((from, Said { phase, payload, .. })) = next.take() {
            // Its next message, and whether it delivers.
            let (speaks, delivers) = match phase {
                EchoPhase::Send if from != origin => {
                    out.because(|| format!("only {origin} itself says this first, so it drops it"));
                    (None, false)
                }
                EchoPhase::Send if instance.echoed => {
                    out.because(|| format!("it has echoed what {origin} says, and does so once"));
                    (None, false)
                }
                EchoPhase::Send => (Some(EchoPhase::Echo), self.mutant && !self.double),
                EchoPhase::Echo => {
                    let count = enter(&mut instance.echoes, from, &payload);
                    let enough = count.is_some_and(|count| 2 * count > out.n + f);
                    let speaks = enough && self.double && !instance.ready;
                    out.because(|| match (count, enough) {
                        (None, _) => format!("{from} has echoed before, and only the first time counts"),
                        (Some(count), true) => format!("{count} heard the same from {origin}, which is enough"),
                        (Some(count), false) => format!("{count} heard the same from {origin}, which is not enough"),
                    });
                    (speaks.then_some(EchoPhase::Ready), enough && (self.mutant || !self.double))
                }
                EchoPhase::Ready => {
                    let count = enter(&mut instance.readies, from, &payload);
                    let speaks = count.is_some_and(|count| count > f) && !instance.ready;
                    let delivers = count.is_some_and(|count| count > 2 * f);
                    out.because(|| match count {
                        None => format!("{from} was ready before, and only the first time counts"),
                        Some(count) if delivers => format!("{count} are ready, more than 2f"),
                        Some(count) if speaks => format!("{count} are ready, more than f, so an honest one is"),
                        Some(count) => format!("{count} are ready, which is not enough"),
                    });
                    (speaks.then_some(EchoPhase::Ready), delivers)
                }
            };
            if delivers && !instance.delivered {
                instance.delivered = true;
                out.deliver(origin, payload.clone());
                out.because(|| format!("so it delivers “{}” from {origin}", payload.text()));
            }
            if let Some(phase) = speaks {
                match phase {
                    EchoPhase::Ready => instance.ready = true,
                    EchoPhase::Send | EchoPhase::Echo => instance.echoed = true,
                }
                let said = Said { phase, origin, number, payload };
                out.send_to_peers(said.clone());
                next = Some((out.me, said));
            }
        }
    }
}

impl Protocol for Echo {
    type State = EchoState;
    type Message = Said;

    fn init(&self, _local: &Local) -> EchoState {
        EchoState { next: 0, instances: Vec::new() }
    }

    fn on_start(&self, state: &mut EchoState, out: &mut Out<'_, Said>) {
        for word in words(out) {
            self.start_broadcast(state, Payload::new(UserMessage(word)), out);
        }
    }

    fn on_request(&self, state: &mut EchoState, request: Request, out: &mut Out<'_, Said>) {
        self.start_broadcast(state, broadcast(request), out);
    }

    fn on_deliver(&self, state: &mut EchoState, from: ProcessId, message: &Said, out: &mut Out<'_, Said>) {
        // Only the consistent broadcast is without the second round, and then nobody honest is ready.
        if self.double || message.phase != EchoPhase::Ready {
            self.hear(state, from, message.clone(), out);
        } else {
            out.because(|| "here nobody is ever ready, so it drops this");
        }
    }

    fn label(&self, _local: &Local, state: &EchoState) -> String {
        match state.instances.iter().rev().find(|instance| !instance.delivered) {
            Some(instance) if instance.ready => "ready".to_owned(),
            Some(instance) if instance.echoed => "echoed".to_owned(),
            _ => String::new(),
        }
    }
}
