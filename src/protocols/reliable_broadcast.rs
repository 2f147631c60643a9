//! Telling everybody or nobody, among those who stay up.
//!
//! **Problem.** A sender that crashes in the middle of a broadcast leaves some who know and some who do not.
//! **Assumes** reliable links and a best-effort broadcast below. Crash-stop, any number of crashes; timing does not
//! matter.
//! **Idea.** Who hears something for the first time delivers it and tells everybody at once, before anything can
//! happen to it. Who hears it again throws it away. So if one process that stays up delivers, it has told all the
//! others, whatever became of the sender. Nobody has to notice a crash.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.3, Eager Reliable Broadcast. One thing differs: the
//! sender delivers at its request and does not relay its own message, which it has just sent to all.
//! **Promises** delivery, no duplication, no creation, and that those who stay up deliver the same.
//! **Cost.** n(n-1) messages for each broadcast; everybody has delivered after one step, and after f+1 steps if f
//! processes crash in a row.
//! **What breaks it.** Lost messages. And it is not uniform: a process that delivers and crashes before its copies
//! are out may have delivered what nobody else will.
//!
//! Without a layer above, the process broadcasts each word of its input.

use super::{IntervalSet, broadcast, words};
use crate::catalogue::{
    Assumption, Budget, Consequence, Entry, Exploration, Explorer, Problem, Service, Without, names, world,
};
use crate::process::{Kind, Local, Message, Out, Payload, ProcessId, Protocol, Request, UserMessage, Value, WhenOff};
use crate::property::Property;
use crate::scenario::ModuleLine;
use serde::Serialize;

/// A broadcast message, which anyone may have passed on: it says itself whose it is.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Data {
    /// The process that broadcast it.
    pub origin: ProcessId,
    /// 0 for the first broadcast of that process.
    pub number: u32,
    /// The message that it broadcast.
    pub payload: Payload,
}

impl Message for Data {
    fn kind(&self) -> Kind {
        self.payload.kind()
    }
    fn value(&self) -> Option<Value> {
        self.payload.value()
    }
    fn text(&self) -> String {
        format!("{} said: {}", self.origin, self.payload.text())
    }
    fn lies(&self) -> Vec<Self> {
        self.payload.lies().into_iter().map(|payload| Data { payload, ..*self }).collect()
    }
}

/// The state of a process: its deliveries.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReliableBroadcastState {
    /// The number of its own next broadcast.
    pub next: u32,
    /// The numbers delivered of the broadcasts of p0, p1, …
    pub delivered: Vec<IntervalSet>,
}

/// The protocol; it has no parameters.
#[derive(Default)]
pub struct ReliableBroadcast {
    /// Planted bug: delivers what it hears and does not pass it on.
    mutant_no_relay: bool,
}

impl ReliableBroadcast {
    fn start_broadcast(&self, state: &mut ReliableBroadcastState, payload: Payload, out: &mut Out<'_, Data>) {
        let (origin, number) = (out.me, state.next);
        state.next += 1;
        // Delivered from here on, so that hearing it back causes nothing.
        state.delivered[origin.index()].insert(number);
        out.broadcast(Data { origin, number, payload: payload.clone() });
        out.deliver(origin, payload);
    }
}

impl Protocol for ReliableBroadcast {
    type State = ReliableBroadcastState;
    type Message = Data;

    fn init(&self, local: &Local) -> ReliableBroadcastState {
        ReliableBroadcastState { next: 0, delivered: vec![IntervalSet::default(); local.n] }
    }

    fn on_start(&self, state: &mut ReliableBroadcastState, out: &mut Out<'_, Data>) {
        let words = words(out);
        for word in &words {
            self.start_broadcast(state, Payload::new(UserMessage(word.clone())), out);
        }
        if !words.is_empty() {
            out.because(|| "it broadcasts its words and delivers them itself; whoever hears them will pass them on");
        }
    }

    fn on_request(&self, state: &mut ReliableBroadcastState, request: Request, out: &mut Out<'_, Data>) {
        let payload = broadcast(request);
        self.start_broadcast(state, payload, out);
        out.because(|| "it broadcasts the message and delivers it itself; whoever hears it will pass it on");
    }

    fn on_deliver(&self, state: &mut ReliableBroadcastState, from: ProcessId, message: &Data, out: &mut Out<'_, Data>) {
        let origin = message.origin;
        if !state.delivered[origin.index()].insert(message.number) {
            // Its own relay comes back in the same step, which is no news to anybody.
            if from != out.me {
                out.because(|| format!("it has delivered this from {origin} before, so it throws the copy away"));
            }
            return;
        }
        out.deliver(origin, message.payload.clone());
        if self.mutant_no_relay {
            out.because(|| format!("it hears this from {origin} for the first time, so it delivers it"));
            return;
        }
        out.broadcast(message.clone());
        out.because(|| format!("this from {origin} is new: it delivers it, and tells all in case {origin} could not"));
    }

    fn when_off(&self) -> WhenOff {
        WhenOff::Transparent("a message of one that crashes may reach some and not others".into())
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Reliable broadcast".into(),
        summary: "Everybody passes on what it hears for the first time, so that either all deliver it or nobody does.".into(),
        cost: "n(n-1) messages for each broadcast; everybody has delivered after one step, and after f+1 steps if f processes crash in a row.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.3 (Eager Reliable Broadcast)".into(),
        problem: Problem::Broadcast,
        needs: vec![Service::BestEffortBroadcast],
        provides: vec![Service::ReliableBroadcast],
        under: ModuleLine::stack(["best-effort-broadcast"]),
        assumptions: vec![Assumption::ReliableLinks, Assumption::CrashStop],
        properties: vec![Property::DELIVERY, Property::NO_DUPLICATION, Property::NO_CREATION, Property::DELIVERY_AGREEMENT],
        inputs: super::words_to_broadcast(),
        processes: (2, 64),
        exploration: Exploration::new(Explorer::Lossy(Budget { crashes: 2, ..Budget::NONE }), 3).from(&["a"]),
        mutants: names(["no-relay"]),
        without: without(),
        ..Entry::new("reliable-broadcast", |parameters| ReliableBroadcast { mutant_no_relay: parameters.mutant("no-relay") })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::DELIVERY), 1, world::lossy),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::NO_DUPLICATION), 3, world::forgets),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    #[test]
    fn a_broadcast_costs_n_times_n_minus_1_messages_and_everybody_delivers_once() {
        for n in [2, 4, 16] {
            let mut inputs = vec![""; n];
            inputs[0] = "hello";
            let mut bench = on_bench("reliable-broadcast", &[], None, &inputs);
            bench.start_all();
            bench.deliver_all();
            assert_eq!(bench.sent, n * (n - 1));
            (0..n).for_each(|p| assert_eq!(bench.delivered(p), ["p0:hello"]));
        }
    }

    /// p0 crashes when it has told p1 only; then everything arrives.
    fn half_the_room(parameters: &[(&str, &str)]) -> TestBench {
        let mut bench = on_bench("reliable-broadcast", parameters, None, &["hello", "", ""]);
        // The delivery of p0 to itself comes first, then the message to p1.
        bench.crash_after(2);
        bench.start(0);
        bench.start(1);
        bench.start(2);
        assert_eq!((bench.flying(0, 1), bench.flying(0, 2)), (1, 0));
        bench.deliver_all();
        bench
    }

    #[test]
    fn who_was_told_tells_the_others_when_the_sender_crashes() {
        let bench = half_the_room(&[]);
        assert_eq!(bench.delivered(1), ["p0:hello"]);
        assert_eq!(bench.delivered(2), ["p0:hello"], "p1 passed it on, and it is still from p0");
    }

    #[test]
    fn copies_are_thrown_away_in_whatever_order_they_come() {
        let mut bench = on_bench("reliable-broadcast", &[], None, &["a b", "", ""]);
        bench.start_all();
        bench.deliver_youngest(0, 1);
        bench.deliver(1, 2);
        bench.deliver_all();
        assert_eq!(bench.delivered(1), ["p0:b", "p0:a"]);
        assert_eq!(bench.delivered(2), ["p0:b", "p0:a"]);
        assert_eq!(bench.sent, 2 * 6);
    }

    #[test]
    fn mutant_no_relay_leaves_half_the_room_without() {
        let bench = half_the_room(&[("mutant", "no-relay")]);
        assert_eq!(bench.delivered(1), ["p0:hello"]);
        assert!(bench.delivered(2).is_empty());
    }
}
