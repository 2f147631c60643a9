//! A protocol as one writes a model for stateright: steps call the protocol's handlers.
//!
//! A state is a local state for each process, shared by all states that have it, and the buffer in order. What a
//! message says is one number, so that the buffer is quick to order, to compare and to hash.

use super::N;
use bivalent::draw::Coins;
use bivalent::process::{Effect, Local, Out, ProcessId, Protocol, Request, Timer, Value};
use bivalent::protocols::ben_or::{BenOr, BenOrMessage};
use bivalent::protocols::paxos::{Paxos, PaxosPhase, Synod};
use bivalent::protocols::rotating_coordinator::{RotatingCoordinator, Round};
use bivalent::protocols::{Vote, ben_or, paxos, rotating_coordinator};
use stateright::{Model, Property};
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

thread_local! {
    /// What processes know of themselves; made once, since a model must not hold it.
    static LOCALS: [Local; N] = [0, 1, 2].map(|me: usize| Local::complete(me.into(), N, None));
}

/// What a model needs of a protocol besides its handlers.
pub trait Modelled:
    Protocol<State: Clone + PartialEq + Debug + Send + Sync, Message: Copy + PartialEq + Debug + Send + Sync>
    + Send
    + Sync
    + 'static
{
    /// A message as a number of its own, below 2^32.
    fn number(message: &Self::Message) -> u64;
    /// The state in whole words: what hashers are quickest with.
    fn hash(state: &Self::State, hasher: &mut impl Hasher);
    /// Whether the first step was taken.
    fn started(state: &Self::State) -> bool;
    /// The decision register.
    fn decided(state: &Self::State) -> Option<bool>;
}

fn bit(value: Option<bool>) -> u8 {
    value.map_or(2, u8::from)
}

fn word(high: u32, bytes: [u8; 4]) -> u64 {
    u64::from(high) << 32 | u64::from(u32::from_le_bytes(bytes))
}

impl Modelled for BenOr {
    fn number(message: &BenOrMessage) -> u64 {
        let (phase, value) = match *message {
            BenOrMessage::Report { phase, value } => (phase, Vote(Some(value))),
            BenOrMessage::Proposal { phase, value } => (phase, value),
        };
        u64::from(phase) << 8 | u64::from(bit(value.0))
    }

    fn hash(state: &ben_or::BenOrState, hasher: &mut impl Hasher) {
        // Nobody waits in these graphs.
        let ben_or::BenOrState { started, x, phase, prop, inbox, decided, waits: _ } = state;
        let bits = [bit(Some(*x)), prop.map_or(3, |vote| bit(vote.0)), bit(*decided), u8::from(*started)];
        hasher.write_u64(word(*phase, bits));
        for kept in inbox.iter() {
            hasher.write_u64(word(kept.phase, [kept.from.0 as u8, bit(kept.value.0), 0, 0]));
        }
    }

    fn started(state: &ben_or::BenOrState) -> bool {
        state.started
    }

    fn decided(state: &ben_or::BenOrState) -> Option<bool> {
        state.decided
    }
}

impl Modelled for RotatingCoordinator {
    fn number(message: &Round) -> u64 {
        match *message {
            Round::Estimate { round, value } => u64::from(round) << 8 | u64::from(bit(Some(value))),
            Round::Auxiliary { round, value } => u64::from(round) << 8 | 4 | u64::from(bit(value.0)),
        }
    }

    fn hash(state: &rotating_coordinator::RotatingCoordinatorState, hasher: &mut impl Hasher) {
        let rotating_coordinator::RotatingCoordinatorState { started, est, round, aux, inbox, decided } = state;
        let bits = [bit(Some(*est)), aux.map_or(3, |vote| bit(vote.0)), bit(*decided), u8::from(*started)];
        hasher.write_u64(word(*round, bits));
        for kept in inbox.iter() {
            hasher.write_u64(u64::from(kept.from.0) << 48 | RotatingCoordinator::number(&kept.message));
        }
    }

    fn started(state: &rotating_coordinator::RotatingCoordinatorState) -> bool {
        state.started
    }

    fn decided(state: &rotating_coordinator::RotatingCoordinatorState) -> Option<bool> {
        state.decided
    }
}

impl Modelled for Paxos {
    fn number(message: &Synod) -> u64 {
        match *message {
            Synod::Prepare { ballot } => u64::from(ballot) << 16,
            Synod::Promise { ballot, accepted, value } => {
                u64::from(ballot) << 16 | 1 << 8 | u64::from(accepted) << 4 | u64::from(bit(value))
            }
            Synod::Propose { ballot, value } => u64::from(ballot) << 16 | 2 << 8 | u64::from(value),
            Synod::Accept { ballot } => u64::from(ballot) << 16 | 3 << 8,
        }
    }

    fn hash(state: &paxos::PaxosState, hasher: &mut impl Hasher) {
        let paxos::PaxosState { started, x, promised, accepted, value, ballot, phase, heard, best, v, decided } = state;
        let phase = match phase {
            PaxosPhase::Idle => 0,
            PaxosPhase::Prepare => 1,
            PaxosPhase::Accept => 2,
            PaxosPhase::Done => 3,
        };
        let heard = heard.iter().fold(0u8, |set, process| set | 1 << process.0);
        let best = best.map_or((0, 2), |best| (best.ballot, u8::from(best.value)));
        hasher.write_u64(word(*promised, [u8::from(*started), u8::from(*x), bit(*value), phase]));
        hasher.write_u64(word(*accepted, [heard, best.1, bit(*v), bit(*decided)]));
        hasher.write_u64(u64::from(ballot.map_or(0, |ballot| ballot + 1)) << 32 | u64::from(best.0));
    }

    fn started(state: &paxos::PaxosState) -> bool {
        state.started
    }

    fn decided(state: &paxos::PaxosState) -> Option<bool> {
        state.decided
    }
}

/// A local state, shared by all configurations that have it.
pub struct Shared<P: Modelled>(Arc<P::State>);

impl<P: Modelled> Clone for Shared<P> {
    fn clone(&self) -> Self {
        Shared(Arc::clone(&self.0))
    }
}

impl<P: Modelled> PartialEq for Shared<P> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<P: Modelled> Debug for Shared<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<P: Modelled> Hash for Shared<P> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        P::hash(&self.0, hasher);
    }
}

/// A message in the buffer: whose it is, and what it says, in one number that orders it.
type Mail<P> = (u64, <P as Protocol>::Message);

fn mail<P: Modelled>(to: ProcessId, from: ProcessId, message: P::Message) -> Mail<P> {
    (u64::from(to.0) << 48 | u64::from(from.0) << 40 | P::number(&message), message)
}

/// A configuration.
pub struct Whole<P: Modelled> {
    locals: [Shared<P>; N],
    /// In order, so that equal buffers are equal.
    buffer: Vec<Mail<P>>,
}

impl<P: Modelled> Clone for Whole<P> {
    fn clone(&self) -> Self {
        Whole { locals: self.locals.clone(), buffer: self.buffer.clone() }
    }
}

impl<P: Modelled> PartialEq for Whole<P> {
    fn eq(&self, other: &Self) -> bool {
        self.locals == other.locals && self.buffer == other.buffer
    }
}

impl<P: Modelled> Debug for Whole<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (&self.locals, &self.buffer).fmt(f)
    }
}

impl<P: Modelled> Hash for Whole<P> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.locals.hash(hasher);
        self.buffer.iter().for_each(|(key, _)| hasher.write_u64(*key));
    }
}

/// The model: the protocol, and where it begins.
pub struct Handlers<P: Modelled> {
    protocol: Arc<P>,
    roots: Vec<Whole<P>>,
}

impl<P: Modelled> Clone for Handlers<P> {
    fn clone(&self) -> Self {
        Handlers { protocol: Arc::clone(&self.protocol), roots: self.roots.clone() }
    }
}

impl<P: Modelled> Handlers<P> {
    /// The protocol from these inputs.
    pub fn new(protocol: P, inputs: &[Vec<Option<Value>>]) -> Self {
        let root = |inputs: &Vec<Option<Value>>| {
            let local = |me: usize| Local::complete(me.into(), N, inputs[me].clone());
            let locals = [0, 1, 2].map(|me| Shared(Arc::new(protocol.init(&local(me)))));
            Whole { locals, buffer: Vec::new() }
        };
        let roots = inputs.iter().map(root).collect();
        Handlers { protocol: Arc::new(protocol), roots }
    }

    /// What a step without a message does besides the start.
    fn timer(&self, process: usize, state: &P::State) -> Option<Timer> {
        LOCALS.with(|locals| self.protocol.timeout_enabled(&locals[process], state))
    }
}

impl<P: Modelled> Model for Handlers<P> {
    type State = Whole<P>;
    /// A process, and the place of the message that it takes in.
    type Action = (usize, Option<usize>);

    fn init_states(&self) -> Vec<Whole<P>> {
        self.roots.clone()
    }

    fn actions(&self, state: &Whole<P>, actions: &mut Vec<Self::Action>) {
        // No message of these protocols is in the buffer twice.
        actions.extend(state.buffer.iter().enumerate().map(|(place, (key, _))| ((key >> 48) as usize, Some(place))));
        // A step without a message does something only if it is the first, or if a timer is enabled.
        let idle = |process: usize| {
            let local = &state.locals[process].0;
            P::started(local) && self.timer(process, local).is_none()
        };
        actions.extend((0..N).filter(|process| !idle(*process)).map(|process| (process, None)));
    }

    fn next_state(&self, last: &Whole<P>, (process, place): Self::Action) -> Option<Whole<P>> {
        let mut local = (*last.locals[process].0).clone();
        let mut buffer = Vec::with_capacity(last.buffer.len() + 2 * N);
        buffer.extend_from_slice(&last.buffer);
        let taken = place.map(|place| buffer.remove(place));
        let (mut effects, mut coins) = (Vec::new(), Coins::default());
        LOCALS.with(|locals| {
            let mut out = Out::new(&locals[process], &mut effects, &mut coins, false);
            if !P::started(&local) {
                self.protocol.on_start(&mut local, &mut out);
            } else if taken.is_none()
                && let Some(timer) = self.protocol.timeout_enabled(&locals[process], &local)
            {
                self.protocol.on_timeout(&mut local, timer, &mut out);
            }
            if let Some((key, message)) = taken {
                self.protocol.on_deliver(&mut local, ProcessId((key >> 40) as u16 & 0xff), &message, &mut out);
            }
        });
        for effect in effects {
            if let Effect::Request(Request::Send { to, payload }) = effect {
                let sent = mail::<P>(to, process.into(), *payload.get());
                let place = buffer.partition_point(|(key, _)| *key < sent.0);
                buffer.insert(place, sent);
            }
        }
        let mut locals = last.locals.clone();
        locals[process] = Shared(Arc::new(local));
        Some(Whole { locals, buffer })
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("agreement", |_, state: &Whole<P>| {
            let decided = |value| state.locals.iter().any(|local| P::decided(&local.0) == Some(value));
            !(decided(false) && decided(true))
        })]
    }
}
