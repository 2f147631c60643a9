//! Everybody delivers everything in the same order: one consensus after the other says which.
//!
//! **Problem.** Copies of the same data that apply the same changes in different orders end up different.
//! **Assumes** a reliable broadcast and a uniform consensus below, with an instance for each round, and what these assume:
//! here reliable links, crash-stop and synchrony.
//! **Idea.** A message is broadcast to all, and waits there without an order. Whoever has such messages proposes them to
//! the consensus of the next round. What is decided there is delivered, in an order that follows from the messages
//! themselves, and everybody goes on to the next round.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 6.1, Consensus-Based Total-Order Broadcast; with uniform
//! consensus the order is uniform too. The idea is that of Chandra and Toueg, *Unreliable failure detectors for reliable
//! distributed systems*, JACM 43(2), 1996.
//! **Promises** delivery, no duplication, no creation, agreement and total order.
//! **Cost.** One reliable broadcast for each message and one consensus for each round. Under load many messages share a
//! round.
//! **What breaks it.** What breaks the consensus: then two processes decide different messages for a round.
//!
//! Without a module above, the process broadcasts each word of its input.

use super::reliable_broadcast::Data;
use super::{broadcast, words};
use crate::catalogue::{
    Assumption, Consequence, Entry, Exploration, Explorer, Problem, Service, Without, names, world,
};
use crate::process::{Kind, Local, Message, Out, Payload, ProcessId, Protocol, Request, UserMessage, WhenOff};
use crate::property::Property;
use crate::scenario::ModuleLine;
use serde::Serialize;
use std::collections::BTreeMap;

/// The messages of a round, in the order in which they are delivered.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Batch(pub Vec<Data>);

impl Message for Batch {
    fn kind(&self) -> Kind {
        Kind { label: "BA", name: "batch" }
    }
    fn text(&self) -> String {
        let words: Vec<String> = self.0.iter().map(|data| data.payload.text()).collect();
        format!("[{}]", words.join(", "))
    }
}

/// The state of a process.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ConsensusBroadcastState {
    /// The number of its own next message.
    pub next: u32,
    /// The round of which the decision comes next.
    pub round: u32,
    /// True if it has proposed something for this round.
    pub proposed: bool,
    /// The messages that have no order yet, by sender and number.
    pub unordered: BTreeMap<(ProcessId, u32), Payload>,
    /// The numbers of the messages that it has delivered, for each sender.
    pub delivered: BTreeMap<ProcessId, Vec<u32>>,
    /// Decisions of rounds to come.
    pub early: BTreeMap<u32, Batch>,
}

/// The protocol.
pub struct ConsensusBroadcast {
    /// Planted bug: delivers a message as soon as it is there, without waiting for its round.
    mutant_eager: bool,
}

impl ConsensusBroadcast {
    fn start_broadcast(&self, state: &mut ConsensusBroadcastState, payload: Payload, out: &mut Out<'_, Data>) {
        let data = Data { origin: out.me, number: state.next, payload };
        state.next += 1;
        out.broadcast(data);
    }

    fn has(state: &ConsensusBroadcastState, origin: ProcessId, number: u32) -> bool {
        state.delivered.get(&origin).is_some_and(|numbers| numbers.contains(&number))
    }

    fn deliver(&self, state: &mut ConsensusBroadcastState, data: Data, out: &mut Out<'_, Data>) {
        let Data { origin, number, payload } = data;
        state.unordered.remove(&(origin, number));
        if !Self::has(state, origin, number) {
            state.delivered.entry(origin).or_default().push(number);
            out.deliver(origin, payload);
        }
    }

    /// Proposes what has no order yet for the next round, unless it has done so.
    fn propose(&self, state: &mut ConsensusBroadcastState, out: &mut Out<'_, Data>) {
        if state.proposed || state.unordered.is_empty() {
            return;
        }
        state.proposed = true;
        let data = |((origin, number), payload): (&(ProcessId, u32), &Payload)| Data {
            origin: *origin,
            number: *number,
            payload: payload.clone(),
        };
        let batch = Batch(state.unordered.iter().map(data).collect());
        let (round, count) = (state.round, batch.0.len());
        out.because(|| match count {
            1 => format!("one message has no order yet, so it proposes it for round {round}"),
            count => format!("{count} messages have no order yet, so it proposes them for round {round}"),
        });
        out.propose(round, Payload::new(batch));
    }
}

impl Protocol for ConsensusBroadcast {
    type State = ConsensusBroadcastState;
    type Message = Data;

    fn init(&self, _local: &Local) -> ConsensusBroadcastState {
        ConsensusBroadcastState {
            next: 0,
            round: 1,
            proposed: false,
            unordered: BTreeMap::new(),
            delivered: BTreeMap::new(),
            early: BTreeMap::new(),
        }
    }

    fn on_start(&self, state: &mut ConsensusBroadcastState, out: &mut Out<'_, Data>) {
        let words = words(out);
        for word in &words {
            self.start_broadcast(state, Payload::new(UserMessage(word.clone())), out);
        }
        if !words.is_empty() {
            out.because(|| "it broadcasts its words, which have no order yet");
        }
    }

    fn on_request(&self, state: &mut ConsensusBroadcastState, request: Request, out: &mut Out<'_, Data>) {
        let payload = broadcast(request);
        self.start_broadcast(state, payload, out);
        out.because(|| "it broadcasts the message, which has no order yet");
    }

    fn on_deliver(
        &self,
        state: &mut ConsensusBroadcastState,
        _from: ProcessId,
        message: &Data,
        out: &mut Out<'_, Data>,
    ) {
        let Data { origin, number, payload } = message.clone();
        if Self::has(state, origin, number) {
            out.because(|| format!("it has delivered this from {origin} before"));
            return;
        }
        if self.mutant_eager {
            out.because(|| "it is there, so it delivers it");
            return self.deliver(state, message.clone(), out);
        }
        state.unordered.insert((origin, number), payload);
        if state.proposed {
            let round = state.round;
            out.because(|| {
                format!("this from {origin} is for a later round: it has proposed for round {round} before")
            });
        }
        self.propose(state, out);
    }

    fn on_decide(
        &self,
        state: &mut ConsensusBroadcastState,
        instance: Option<u32>,
        value: &Payload,
        out: &mut Out<'_, Data>,
    ) {
        let (Some(round), Some(batch)) = (instance, value.try_get::<Batch>()) else {
            return out.because(|| format!("it drops “{}”, which is no batch of a round", value.text()));
        };
        state.early.insert(round, batch.clone());
        while let Some(Batch(batch)) = state.early.remove(&state.round) {
            let (round, count) = (state.round, batch.len());
            out.because(|| format!("round {round} is decided, so it delivers its messages, {count} in all, in order"));
            batch.into_iter().for_each(|data| self.deliver(state, data, out));
            state.round += 1;
            state.proposed = false;
        }
        self.propose(state, out);
    }

    fn label(&self, _local: &Local, state: &ConsensusBroadcastState) -> String {
        match state.unordered.len() {
            0 => format!("round {}", state.round),
            count => format!("round {}, waits with {count}", state.round),
        }
    }

    fn when_off(&self) -> WhenOff {
        WhenOff::Transparent("each process delivers in an order of its own".into())
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Total order by consensus".into(),
        summary: "Everybody proposes the messages that have no order yet, and delivers what each round decides.".into(),
        cost: "One reliable broadcast for each message and one consensus for each round.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 6.1 (Consensus-Based Total-Order Broadcast)".into(),
        problem: Problem::Broadcast,
        needs: vec![Service::ReliableBroadcast, Service::UniformConsensus],
        indexed: vec![Service::UniformConsensus],
        provides: vec![Service::TotalOrderBroadcast],
        under: vec![
            ModuleLine::new("heartbeat").using(&["network"]),
            ModuleLine::new("best-effort-broadcast").using(&["network"]),
            ModuleLine::new("reliable-broadcast").using(&["best-effort-broadcast"]),
            ModuleLine::new("hierarchical-consensus").using(&["network", "reliable-broadcast", "heartbeat"]),
        ],
        assumptions: vec![Assumption::Synchrony, Assumption::ReliableLinks, Assumption::CrashStop],
        properties: vec![
            Property::DELIVERY,
            Property::NO_DUPLICATION,
            Property::NO_CREATION,
            Property::DELIVERY_AGREEMENT,
            Property::TOTAL_ORDER,
        ],
        inputs: super::words_to_broadcast(),
        exploration: Exploration::new(Explorer::Synchronous { faults: 1 }, 3).from(&["a", "b"]),
        mutants: names(["eager"]),
        without: without(),
        ..Entry::new("consensus-broadcast", |parameters| ConsensusBroadcast {
            mutant_eager: parameters.mutant("eager"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Never(Property::DELIVERY), 33, world::lossy),
        Without::new(Assumption::CrashStop, Consequence::Never(Property::DELIVERY), 1, world::misses_the_first),
        Without::new(Assumption::Synchrony, Consequence::Violated(Property::TOTAL_ORDER), 1, |scenario| {
            world::asynchronous(scenario);
            scenario.models.timing.typical_ms = 1_000;
        })
        .on(|scenario| scenario.inputs = vec![Some("a b".into()), Some("c d".into()), Some("e".into())]),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;

    #[test]
    fn all_deliver_in_one_order_however_messages_overtake_each_other() {
        let mut bench = on_bench("consensus-broadcast", &[], None, &["a", "b", "c"]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.delivered(0).len(), 3);
        (1..3).for_each(|p| assert_eq!(bench.delivered(p), bench.delivered(0)));
    }

    #[test]
    fn mutant_eager_delivers_its_own_first() {
        let mut bench = on_bench("consensus-broadcast", &[("mutant", "eager")], None, &["a", "b", ""]);
        bench.start_all();
        bench.deliver_all();
        assert_ne!(bench.delivered(0), bench.delivered(1));
    }
}
