//! Ben-Or's consensus as one writes a model for stateright: steps call the protocol's handlers.

use super::N;
use bivalent::catalogue::Parameters;
use bivalent::draw::Coins;
use bivalent::process::{Effect, Local, Out, ProcessId, Protocol, Request, Value};
use bivalent::protocols::Vote;
use bivalent::protocols::ben_or::{BenOr, BenOrMessage, State as Kept};
use stateright::{Model, Property};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

thread_local! {
    /// What processes know of themselves; made once, since a model must not hold it.
    static LOCALS: [Local; N] = [0, 1, 2].map(|me: usize| Local::complete(me.into(), N, None));
}

/// A local state, shared by all configurations that have it.
#[derive(Clone, PartialEq, Debug)]
pub struct Shared(Arc<Kept>);

impl Hash for Shared {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let Kept { started, x, phase, prop, inbox, decided } = &*self.0;
        let bits = [bit(Some(*x)), prop.map_or(3, |vote| bit(vote.0)), bit(*decided), u8::from(*started)];
        hasher.write_u64(u64::from(*phase) << 32 | u64::from(u32::from_le_bytes(bits)));
        for kept in inbox.iter() {
            hasher.write_u64(u64::from(kept.phase) << 32 | u64::from(kept.from.0) << 8 | u64::from(bit(kept.value.0)));
        }
    }
}

fn bit(value: Option<bool>) -> u8 {
    value.map_or(2, u8::from)
}

/// A message in the buffer: whose it is, and what it says, in one number that orders it.
type Mail = (u64, BenOrMessage);

fn mail(to: ProcessId, from: ProcessId, message: BenOrMessage) -> Mail {
    let (phase, value) = match message {
        BenOrMessage::Report { phase, value } => (phase, Vote(Some(value))),
        BenOrMessage::Proposal { phase, value } => (phase, value),
    };
    let key = u64::from(to.0) << 48 | u64::from(from.0) << 40 | u64::from(phase) << 8 | u64::from(bit(value.0));
    (key, message)
}

/// A configuration.
#[derive(Clone, PartialEq, Debug)]
pub struct Whole {
    locals: [Shared; N],
    /// In order, so that equal buffers are equal.
    buffer: Vec<Mail>,
}

impl Hash for Whole {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.locals.hash(hasher);
        self.buffer.iter().for_each(|(key, _)| hasher.write_u64(*key));
    }
}

/// The model: the protocol, and where it begins.
#[derive(Clone)]
pub struct Handlers {
    protocol: Arc<BenOr>,
    roots: Vec<Whole>,
}

impl Handlers {
    /// The protocol with these parameters, from these inputs.
    pub fn new(parameters: &Parameters, inputs: &[Vec<Option<Value>>]) -> Self {
        let protocol = Arc::new(BenOr::new(parameters));
        let root = |inputs: &Vec<Option<Value>>| {
            let local = |me: usize| Local::complete(me.into(), N, inputs[me].clone());
            let locals = [0, 1, 2].map(|me| Shared(Arc::new(protocol.init(&local(me)))));
            Whole { locals, buffer: Vec::new() }
        };
        let roots = inputs.iter().map(root).collect();
        Handlers { protocol, roots }
    }
}

impl Model for Handlers {
    type State = Whole;
    /// A process, and the place of the message that it takes in.
    type Action = (usize, Option<usize>);

    fn init_states(&self) -> Vec<Whole> {
        self.roots.clone()
    }

    fn actions(&self, state: &Whole, actions: &mut Vec<Self::Action>) {
        // No message of this protocol is in the buffer twice.
        actions.extend(state.buffer.iter().enumerate().map(|(place, (key, _))| ((key >> 48) as usize, Some(place))));
        // A step without a message does something only if it is the first.
        actions.extend((0..N).filter(|process| !state.locals[*process].0.started).map(|process| (process, None)));
    }

    fn next_state(&self, last: &Whole, (process, place): Self::Action) -> Option<Whole> {
        let mut local = (*last.locals[process].0).clone();
        let mut buffer = Vec::with_capacity(last.buffer.len() + 2 * N);
        buffer.extend_from_slice(&last.buffer);
        let taken = place.map(|place| buffer.remove(place));
        let (mut effects, mut coins) = (Vec::new(), Coins::default());
        LOCALS.with(|locals| {
            let mut out = Out::new(&locals[process], &mut effects, &mut coins, false);
            if !local.started {
                self.protocol.on_start(&mut local, &mut out);
            }
            if let Some((key, message)) = taken {
                self.protocol.on_deliver(&mut local, ProcessId((key >> 40) as u16 & 0xff), &message, &mut out);
            }
        });
        for effect in effects {
            if let Effect::Request(Request::Send { to, payload }) = effect {
                let sent = mail(to, process.into(), *payload.get());
                let place = buffer.partition_point(|(key, _)| *key < sent.0);
                buffer.insert(place, sent);
            }
        }
        let mut locals = last.locals.clone();
        locals[process] = Shared(Arc::new(local));
        Some(Whole { locals, buffer })
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("agreement", |_, state: &Whole| {
            let decided = |value| state.locals.iter().any(|local| local.0.decided == Some(value));
            !(decided(false) && decided(true))
        })]
    }
}
