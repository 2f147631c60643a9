//! Rounds: what an entry says of a protocol that works in rounds, for the graphs and the adversary that use it.

use super::Name;
use crate::draw::{Coins, Flips};
use crate::process::{Local, Out, ProcessId, Protocol, Value};
use std::sync::Arc;

/// The number of processes that a layered graph has.
pub const LAYERED_PROCESSES: usize = 3;

use LAYERED_PROCESSES as N;

/// The processes heard in a phase: for each process the others that it hears, in order.
pub type HeardOf = [Vec<ProcessId>; N];

/// The answer whether an edge has a strict schedule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Realisable {
    /// In every phase.
    Always,
    /// In every phase but the very first.
    NotFirst,
    /// Not at all: it is there in the layered model only.
    LayeredOnly,
}

/// The two others.
pub fn peers(me: ProcessId) -> [ProcessId; 2] {
    let all: Vec<ProcessId> = ProcessId::all(N).filter(|peer| *peer != me).collect();
    all.try_into().expect("three processes but one")
}

/// The number of processes that hear both others.
pub fn hearing_both(heard: &HeardOf) -> usize {
    heard.iter().filter(|others| others.len() > 1).count()
}

/// The way in which a process gets through a layer in the strict model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trigger {
    /// In the step in which it enters it, without hearing anything.
    AtOnce,
    /// By a step without a message.
    Timeout,
    /// By hearing this process.
    Hears(usize),
    /// In the step in which it enters it, with the messages of both others in its inbox.
    HearsBoth,
}

impl Trigger {
    /// For a layer in which everybody goes on with what it hears.
    pub fn of(heard: &[ProcessId]) -> Trigger {
        if let [one] = heard { Trigger::Hears(one.index()) } else { Trigger::HearsBoth }
    }
}

/// A protocol whose runs can be told layer by layer: who speaks tells all others one thing, and everybody goes on with
/// some of what it hears.
pub trait Layered: Protocol {
    /// After how many layers the same roles come back.
    const LAYERS: u32;

    /// A process goes through a layer in which it hears these.
    fn listen(
        &self,
        layer: u32,
        state: &mut Self::State,
        all: &[&Self::State; N],
        heard: &[ProcessId],
        out: &mut Out<'_, Self::Message>,
    );

    /// Drops the round's number, and what makes no difference any more.
    fn forget(&self, state: &mut Self::State);

    /// The decision register.
    fn decided(&self, state: &Self::State) -> Option<bool>;

    /// The values that the process holds at the beginning of a layer, in a word or two.
    fn words(&self, layer: u32, state: &Self::State) -> String;

    /// True if a process speaks in a layer.
    fn speaks(&self, layer: u32, me: usize) -> bool;

    /// The way in which a process gets through a layer.
    fn trigger(&self, layer: u32, me: usize, heard: &[ProcessId]) -> Trigger;

    /// The answer whether a choice has a strict schedule.
    fn realisable(&self, layer: u32, all: &[&Self::State; N], heard: &HeardOf) -> Realisable;
}

/// A layered protocol without its types, so that there is one search for all of them: local states are numbers.
pub trait LayeredState {
    /// See [`Layered::LAYERS`].
    fn layers(&self) -> u32;
    /// The state after the first step of a process with this input.
    fn initial(&mut self, me: ProcessId, input: bool) -> u32;
    /// The state after a layer, for each way in which the coin can fall.
    fn hear(&mut self, layer: u32, me: ProcessId, all: [u32; N], heard: &[ProcessId]) -> Vec<(u32, Flips)>;
    /// See [`Layered::decided`].
    fn decided(&self, local: u32) -> Option<bool>;
    /// See [`Layered::words`].
    fn words(&self, layer: u32, local: u32) -> String;
    /// See [`Layered::speaks`].
    fn speaks(&self, layer: u32, me: usize) -> bool;
    /// See [`Layered::trigger`].
    fn trigger(&self, layer: u32, me: usize, heard: &[ProcessId]) -> Trigger;
    /// See [`Layered::realisable`].
    fn realisable(&self, layer: u32, all: [u32; N], heard: &HeardOf) -> Realisable;
}

/// The local states of a layered protocol, by their numbers.
pub struct LayeredStates<P: Layered> {
    protocol: P,
    known: Vec<P::State>,
}

impl<P: Layered> LayeredStates<P> {
    /// Those of `protocol`; none is known yet.
    pub fn new(protocol: P) -> Self {
        LayeredStates { protocol, known: Vec::new() }
    }

    fn name(&mut self, mut state: P::State) -> u32 {
        self.protocol.forget(&mut state);
        let known = self.known.iter().position(|known| *known == state);
        number(known.unwrap_or_else(|| {
            self.known.push(state);
            self.known.len() - 1
        }))
    }

    fn all(&self, all: [u32; N]) -> [&P::State; N] {
        all.map(|local| &self.known[local as usize])
    }
}

impl<P: Layered> LayeredState for LayeredStates<P> {
    fn layers(&self) -> u32 {
        P::LAYERS
    }

    fn initial(&mut self, me: ProcessId, input: bool) -> u32 {
        let local = Local::complete(me, N, Some(Value::Bit(input)));
        let mut state = self.protocol.init(&local);
        let (mut effects, mut coins) = (Vec::new(), Coins::default());
        self.protocol.on_start(&mut state, &mut Out::new(&local, &mut effects, &mut coins, false));
        self.name(state)
    }

    fn hear(&mut self, layer: u32, me: ProcessId, all: [u32; N], heard: &[ProcessId]) -> Vec<(u32, Flips)> {
        let local = Local::complete(me, N, None);
        let run = |fixed: Flips| {
            let all = self.all(all);
            let mut state = all[me.index()].clone();
            let (mut effects, mut coins) = (Vec::new(), Coins::fixed(fixed));
            let mut out = Out::new(&local, &mut effects, &mut coins, false);
            self.protocol.listen(layer, &mut state, &all, heard, &mut out);
            (state, coins.flipped)
        };
        let first = run(Flips::default());
        let second = (first.1.count > 0).then(|| run(Flips { count: 1, bits: 1 }));
        [first].into_iter().chain(second).map(|(state, coins)| (self.name(state), coins)).collect()
    }

    fn decided(&self, local: u32) -> Option<bool> {
        self.protocol.decided(&self.known[local as usize])
    }

    fn words(&self, layer: u32, local: u32) -> String {
        self.protocol.words(layer, &self.known[local as usize])
    }

    fn speaks(&self, layer: u32, me: usize) -> bool {
        self.protocol.speaks(layer, me)
    }

    fn trigger(&self, layer: u32, me: usize, heard: &[ProcessId]) -> Trigger {
        self.protocol.trigger(layer, me, heard)
    }

    fn realisable(&self, layer: u32, all: [u32; N], heard: &HeardOf) -> Realisable {
        self.protocol.realisable(layer, &self.all(all), heard)
    }
}

/// The counts of a protocol that grow for ever: rounds or ballots. Configurations that differ in nothing else are the
/// same up to a shift.
///
/// A count that everybody has left behind matters, if at all, by its order: an old ballot is only ever compared. So
/// counts from the least that all have reached are kept as distances from it, and those below as ranks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoundSymmetry {
    /// The names of the counts in states and messages; the first is what a process has reached itself.
    pub fields: Arc<[Name]>,
    /// By how much they may be shifted: two phases are a round of Ben-Or's.
    pub unit: u64,
    /// The number of phases that a count stands for.
    pub phases: u64,
}

impl RoundSymmetry {
    /// A protocol that counts in these fields, the first of which is what a process has reached itself.
    pub fn new(fields: &[&'static str], unit: u64, phases: u64) -> Self {
        RoundSymmetry { fields: fields.iter().map(|field| Name::Borrowed(field)).collect(), unit, phases }
    }

    /// The round or ballot that a process has reached, from the states of its layers.
    pub fn reached(&self, layers: &[serde_json::Value]) -> Option<u64> {
        layers.iter().filter_map(|layer| layer.get(&*self.fields[0])?.as_u64()).min()
    }

    /// Takes the counts out of a tree, in order.
    pub fn take(&self, tree: &mut serde_json::Value, counts: &mut Vec<u64>) {
        match tree {
            serde_json::Value::Object(fields) => {
                for (name, field) in fields {
                    match field.as_u64().filter(|_| self.fields.iter().any(|field| field == name)) {
                        Some(count) => {
                            counts.push(count);
                            *field = serde_json::Value::Null;
                        }
                        None => self.take(field, counts),
                    }
                }
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.take(item, counts)),
            _ => {}
        }
    }
}

fn number(place: usize) -> u32 {
    u32::try_from(place).expect("few local states")
}
