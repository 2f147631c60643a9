//! Everybody delivers everything in the same order: one process says which.
//!
//! **Problem.** Copies of the same data that apply the same changes in different orders end up different.
//! **Assumes** that p0, the sequencer, stays up; any of the others may crash. Reliable links, crash-stop; timing does not
//! matter.
//! **Idea.** Whoever has something to broadcast sends it to the sequencer. The sequencer numbers what it gets and sends
//! it to all. Everybody delivers in the order of the numbers.
//! **Source.** The fixed sequencer in its variant “unicast, broadcast”: Défago, Schiper and Urbán, *Total order broadcast
//! and multicast algorithms: taxonomy and survey*, ACM Computing Surveys 36(4), 2004.
//! **Promises** delivery, no duplication, no creation, uniform agreement and total order.
//! **Cost.** n messages and two steps for each broadcast; of the sequencer's own n-1 and one.
//! **What breaks it.** The crash of the sequencer: some may have what others will never get, and nothing goes on. To live
//! with that takes consensus, on the next sequencer or on each next message. And all the work is done by one.
//!
//! Without a layer above, the process broadcasts each word of its input.

use super::reliable_broadcast::Data;
use super::turns::Turns;
use super::{broadcast, words};
use crate::catalogue::{
    Assumption, Consequence, Entry, Exploration, Explorer, NeededNetwork, Problem, Service, Without, names, world,
};
use crate::process::{Local, Out, Payload, ProcessId, Protocol, Request, UserMessage, WhenOff};
use crate::property::Property;

/// The process that says what comes first.
const SEQUENCER: ProcessId = ProcessId(0);

/// The protocol; it has no parameters. Its state has one line, that of the sequencer's numbers; the others number what
/// they ask for on it.
pub struct SequencerBroadcast {
    /// Planted bug: delivers what it has to say at once, and again it does not.
    mutant_own_first: bool,
}

impl SequencerBroadcast {
    fn broadcast(&self, state: &mut Turns, payload: Payload, out: &mut Out<'_, Data>) {
        let origin = out.me;
        if origin == SEQUENCER {
            return self.order(state, origin, payload, out);
        }
        if self.mutant_own_first {
            out.deliver(origin, payload.clone());
        }
        let number = state.number(0);
        out.send(SEQUENCER, Data { origin, number, payload });
    }

    /// The sequencer gives the next number, and delivers at once: it knows the order.
    fn order(&self, state: &mut Turns, origin: ProcessId, payload: Payload, out: &mut Out<'_, Data>) {
        let number = state.number(0);
        out.deliver(origin, payload.clone());
        out.send_to_peers(Data { origin, number, payload });
        out.because(|| format!("it says what comes when: this from {origin} is number {number}"));
    }
}

impl Protocol for SequencerBroadcast {
    type State = Turns;
    type Message = Data;

    fn init(&self, _local: &Local) -> Turns {
        Turns::new(1)
    }

    fn on_start(&self, state: &mut Turns, out: &mut Out<'_, Data>) {
        let words = words(out);
        for word in &words {
            self.broadcast(state, Payload::new(UserMessage(word.clone())), out);
        }
        if !words.is_empty() && out.me != SEQUENCER {
            out.because(|| format!("it asks {SEQUENCER} to broadcast its words"));
        }
    }

    fn on_request(&self, state: &mut Turns, request: Request, out: &mut Out<'_, Data>) {
        let payload = broadcast(request);
        self.broadcast(state, payload, out);
        if out.me != SEQUENCER {
            out.because(|| format!("it asks {SEQUENCER} to broadcast the message"));
        }
    }

    fn on_deliver(&self, state: &mut Turns, from: ProcessId, message: &Data, out: &mut Out<'_, Data>) {
        if out.me == SEQUENCER {
            return self.order(state, message.origin, message.payload.clone(), out);
        }
        if from != SEQUENCER {
            out.because(|| format!("{from} is not the one who says what comes when, so it throws this away"));
            return;
        }
        let number = message.number;
        let ready = state.take(0, number, message.origin, &message.payload);
        let count = ready.len();
        for (origin, payload) in ready {
            if !(self.mutant_own_first && origin == out.me) {
                out.deliver(origin, payload);
            }
        }
        out.because(|| state.reason(0, number, count));
    }

    fn label(&self, local: &Local, state: &Turns) -> String {
        if local.me == SEQUENCER { "sequencer".to_owned() } else { state.label() }
    }

    fn when_off(&self) -> WhenOff {
        WhenOff::Transparent("each process delivers in an order of its own".into())
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Total order by a sequencer".into(),
        summary: "p0 numbers all broadcasts and sends them to all, and everybody delivers in the order of the numbers."
            .into(),
        cost: "n messages and two steps for each broadcast; of the sequencer's own n-1 and one.".into(),
        source: "Défago, Schiper and Urbán, Total order broadcast and multicast algorithms, 2004: fixed sequencer"
            .into(),
        problem: Problem::Broadcast,
        provides: vec![Service::TotalOrderBroadcast],
        network: NeededNetwork::Star,
        assumptions: vec![Assumption::ReliableLinks, Assumption::CrashStop, Assumption::FirstUp],
        properties: vec![
            Property::DELIVERY,
            Property::NO_DUPLICATION,
            Property::NO_CREATION,
            Property::UNIFORM_DELIVERY_AGREEMENT,
            Property::TOTAL_ORDER,
        ],
        inputs: super::words_to_broadcast(),
        processes: (2, 64),
        exploration: Exploration::new(Explorer::Strict, 3).from(&["a", "b", "c"]),
        mutants: names(["own-first"]),
        without: without(),
        ..Entry::new("sequencer-broadcast", |parameters| SequencerBroadcast {
            mutant_own_first: parameters.mutant("own-first"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::DELIVERY), 1, world::lossy),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::DELIVERY), 1, world::misses_the_first),
        Without::new(Assumption::FirstUp, Consequence::Violated(Property::DELIVERY), 1, |scenario| {
            world::at(scenario, 0, world::crash(world::P0))
        })
        .on(|scenario| scenario.inputs = vec![None, Some("hello".into())]),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;

    #[test]
    fn all_deliver_in_one_order_however_messages_overtake_each_other() {
        let mut bench = on_bench("sequencer-broadcast", &[], None, &["a", "b", "c"]);
        bench.start_all();
        bench.deliver(2, 0);
        bench.deliver(1, 0);
        bench.deliver_youngest(0, 1);
        assert!(bench.delivered(1).is_empty());
        bench.deliver_all();
        (0..3).for_each(|p| assert_eq!(bench.delivered(p), ["p0:a", "p2:c", "p1:b"]));
    }

    #[test]
    fn who_is_not_the_sequencer_gives_no_numbers() {
        let mut bench = on_bench("sequencer-broadcast", &[], None, &["", "b", ""]);
        bench.start_all();
        bench.redirect((1, 0), (1, 2));
        bench.deliver(1, 2);
        assert!(bench.delivered(2).is_empty());
    }

    #[test]
    fn mutant_own_first_delivers_its_own_in_another_order() {
        let mut bench = on_bench("sequencer-broadcast", &[("mutant", "own-first")], None, &["a", "b", ""]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.delivered(1), ["p1:b", "p0:a"]);
        assert_eq!(bench.delivered(2), ["p0:a", "p1:b"]);
    }
}
