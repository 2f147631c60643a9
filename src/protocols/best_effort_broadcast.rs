//! Telling everybody, as well as one can in one attempt.
//!
//! **Problem.** A process wants all to deliver what it says.
//! **Assumes** reliable links. Crash-stop; timing does not matter.
//! **Idea.** Send it to everybody else, one after the other, and deliver it oneself. That is all: nobody helps the
//! sender, so a sender that crashes half-way has told half the room.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.1, Basic Broadcast.
//! **Promises** delivery by all if the sender stays up, no duplication, no creation. It does *not* promise that those
//! who stay up deliver the same.
//! **Cost.** n-1 messages and one step for each broadcast. The sender delivers its own in the same step.
//! **What breaks it.** A crash in the middle of the broadcast: some know, others do not, and never will.
//!
//! Without a layer above, the process broadcasts each word of its input.

use super::{Envelope, broadcast, words};
use crate::catalogue::{
    Assumption, Budget, Consequence, Entry, Exploration, Explorer, Problem, Service, Without, names, world,
};
use crate::process::{Local, Out, Payload, ProcessId, Protocol, Request, UserMessage};
use crate::property::Property;
use serde::Serialize;
use std::rc::Rc;

/// A broadcast needs no memory.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BestEffortBroadcastState {}

/// The protocol; it has no parameters.
#[derive(Default)]
pub struct BestEffortBroadcast {
    /// Planted bug: leaves out the last peer.
    mutant_skips_last: bool,
}

impl BestEffortBroadcast {
    fn broadcast(&self, payload: Payload, out: &mut Out<'_, Envelope>) {
        let envelope = Payload::new(Envelope(payload.clone()));
        let peers = Rc::clone(&out.peers);
        let told = peers.len() - usize::from(self.mutant_skips_last);
        for &to in &peers[..told] {
            out.request(Request::Send { to, payload: envelope.clone() });
        }
        out.deliver(out.me, payload);
    }
}

impl Protocol for BestEffortBroadcast {
    type State = BestEffortBroadcastState;
    type Message = Envelope;

    fn init(&self, _local: &Local) -> BestEffortBroadcastState {
        BestEffortBroadcastState {}
    }

    fn on_start(&self, _state: &mut BestEffortBroadcastState, out: &mut Out<'_, Envelope>) {
        let words = words(out);
        for word in &words {
            self.broadcast(Payload::new(UserMessage(word.clone())), out);
        }
        if !words.is_empty() {
            out.because(|| "it tells everybody else, one after the other, and delivers its own words at once");
        }
    }

    fn on_request(&self, _state: &mut BestEffortBroadcastState, request: Request, out: &mut Out<'_, Envelope>) {
        let payload = broadcast(request);
        self.broadcast(payload, out);
        out.because(|| "it sends the message to everybody else, one after the other");
    }

    fn on_deliver(
        &self,
        _state: &mut BestEffortBroadcastState,
        from: ProcessId,
        message: &Envelope,
        out: &mut Out<'_, Envelope>,
    ) {
        out.deliver(from, message.0.clone());
        out.because(|| format!("{from} told it, so it delivers; it tells nobody else"));
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Best-effort broadcast".into(),
        summary: "Sends a message to everybody, once; who crashes half-way has told half the room.".into(),
        cost: "n-1 messages and one step for each broadcast.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.1 (Basic Broadcast)".into(),
        problem: Problem::Broadcast,
        provides: vec![Service::BestEffortBroadcast],
        assumptions: vec![Assumption::ReliableLinks, Assumption::CrashStop],
        properties: vec![Property::DELIVERY, Property::NO_DUPLICATION, Property::NO_CREATION],
        inputs: super::words_to_broadcast(),
        processes: (2, 64),
        exploration: Exploration::new(Explorer::Lossy(Budget { crashes: 2, ..Budget::NONE }), 3).from(&["a", "b"]),
        mutants: names(["skips-last"]),
        without: without(),
        ..Entry::new("best-effort-broadcast", |parameters| BestEffortBroadcast {
            mutant_skips_last: parameters.mutant("skips-last"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::DELIVERY), 1, world::lossy),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::DELIVERY), 1, world::misses_the_first),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;

    #[test]
    fn a_broadcast_costs_n_minus_1_messages_and_everybody_delivers_once() {
        let mut bench = on_bench("best-effort-broadcast", &[], None, &["hello", "", "", ""]);
        bench.start_all();
        assert_eq!(bench.delivered(0), ["p0:hello"], "its own, in the same step");
        bench.deliver_all();
        assert_eq!(bench.sent, 3);
        (0..4).for_each(|p| assert_eq!(bench.delivered(p), ["p0:hello"]));
    }

    #[test]
    fn every_word_is_a_broadcast() {
        let mut bench = on_bench("best-effort-broadcast", &[], None, &["a b", "c", ""]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.sent, 6);
        assert_eq!(bench.delivered(2), ["p0:a", "p0:b", "p1:c"]);
    }

    #[test]
    fn a_crash_in_the_middle_tells_half_the_room() {
        let mut bench = on_bench("best-effort-broadcast", &[], None, &["hello", "", ""]);
        bench.crash_after(1);
        bench.start(0);
        bench.start(1);
        bench.start(2);
        bench.deliver_all();
        assert_eq!(bench.delivered(1), ["p0:hello"]);
        assert!(bench.delivered(2).is_empty());
    }

    #[test]
    fn mutant_skips_last_never_tells_the_last_process() {
        let mut bench = on_bench("best-effort-broadcast", &[("mutant", "skips-last")], None, &["hello", "", ""]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.delivered(1), ["p0:hello"]);
        assert!(bench.delivered(2).is_empty());
    }
}
