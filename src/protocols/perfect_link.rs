//! Links that deliver every message exactly once.
//!
//! **Problem.** Stubborn links deliver the same message again and again.
//! **Assumes** stubborn links below (the default), or any that lose nothing for ever. Crash-stop; timing does not
//! matter.
//! **Idea.** Number the messages to each process: 0, 1, 2, … The recipient remembers the numbers that it has
//! delivered and throws away what comes with one of them. So equal messages with different numbers are both delivered,
//! and copies of one message are delivered once. Order is not kept: a later number may be delivered first.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 2.2, Eliminate Duplicates. The book takes messages to be
//! unique; the numbers make them so.
//! **Promises** delivery, no duplication, no creation.
//! **Cost.** No message of its own: what the layer below needs. The memory grows with gaps in the numbers only.
//! **What breaks it.** A crash with recovery: a sender begins again at number 0 and is taken for its own echo, and a
//! recipient has forgotten what it delivered.
//!
//! Without a layer above, the process sends each word of its input to every peer.

use super::{IntervalSet, sent, words_to_peers};
use crate::catalogue::{
    Assumption, Budget, ChannelEffect, Consequence, Entry, Exploration, Explorer, Problem, Service, Without, names,
    world,
};
use crate::process::{Kind, Local, Message, Out, Payload, ProcessId, Protocol, Request, Value, WhenOff};
use crate::property::Property;
use crate::scenario::ModuleLine;
use serde::Serialize;

/// A message with its number on the way from one process to one other.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Numbered {
    /// 0 for the first message from this sender to this recipient.
    pub number: u32,
    /// The message of the layer above.
    pub payload: Payload,
}

impl Message for Numbered {
    fn kind(&self) -> Kind {
        self.payload.kind()
    }
    fn value(&self) -> Option<Value> {
        self.payload.value()
    }
    fn text(&self) -> String {
        format!("{} (number {})", self.payload.text(), self.number)
    }
    fn lies(&self) -> Vec<Self> {
        self.payload.lies().into_iter().map(|payload| Numbered { payload, ..*self }).collect()
    }
    fn written_by(&self, writer: ProcessId) -> Option<Self> {
        self.payload.written_by(writer).map(|payload| Numbered { payload, ..*self })
    }
}

/// The state of a process towards each other process.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PerfectLinkState {
    /// The number of the next message to p0, p1, …
    pub next: Vec<u32>,
    /// The numbers delivered from p0, p1, …
    pub delivered: Vec<IntervalSet>,
}

/// The protocol; it has no parameters.
pub struct PerfectLink {
    /// Planted bug: remembers only the last number from each process.
    mutant_last_only: bool,
}

impl PerfectLink {
    fn send(&self, state: &mut PerfectLinkState, to: ProcessId, payload: Payload, out: &mut Out<'_, Numbered>) -> u32 {
        let number = state.next[to.index()];
        state.next[to.index()] += 1;
        out.send(to, Numbered { number, payload });
        number
    }
}

impl Protocol for PerfectLink {
    type State = PerfectLinkState;
    type Message = Numbered;

    fn init(&self, local: &Local) -> PerfectLinkState {
        PerfectLinkState { next: vec![0; local.n], delivered: vec![IntervalSet::default(); local.n] }
    }

    fn on_start(&self, state: &mut PerfectLinkState, out: &mut Out<'_, Numbered>) {
        let messages = words_to_peers(out);
        if !messages.is_empty() {
            out.because(|| "it numbers its words and sends them");
        }
        for (to, message) in messages {
            self.send(state, to, message, out);
        }
    }

    fn on_request(&self, state: &mut PerfectLinkState, request: Request, out: &mut Out<'_, Numbered>) {
        let (to, payload) = sent(request);
        let number = self.send(state, to, payload, out);
        out.because(|| format!("it sends message number {number} to {to}; the number tells copies apart"));
    }

    fn on_deliver(
        &self,
        state: &mut PerfectLinkState,
        from: ProcessId,
        message: &Numbered,
        out: &mut Out<'_, Numbered>,
    ) {
        let number = message.number;
        let delivered = &mut state.delivered[from.index()];
        if self.mutant_last_only && !delivered.contains(number) {
            *delivered = IntervalSet::default();
        }
        if delivered.insert(number) {
            out.deliver(from, message.payload.clone());
            out.because(|| format!("number {number} from {from} is new to it, so it delivers the message"));
        } else {
            out.because(|| format!("it has delivered number {number} from {from} before, so it throws the copy away"));
        }
    }

    fn when_off(&self) -> WhenOff {
        WhenOff::Transparent("a message may be delivered twice".into())
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Perfect link".into(),
        summary: "Numbers the messages and remembers the numbers, so that each message is delivered exactly once."
            .into(),
        cost: "No message of its own: what the layer below needs.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 2.2 (Eliminate Duplicates)".into(),
        problem: Problem::Link,
        provides: vec![Service::Links],
        under: ModuleLine::stack(["stubborn-link"]),
        assumptions: vec![Assumption::FairLossLinks, Assumption::CrashStop],
        properties: vec![Property::DELIVERY, Property::NO_DUPLICATION, Property::NO_CREATION],
        inputs: super::words_to_send(),
        exploration: Exploration::new(
            Explorer::Lossy(Budget { losses: 1, duplicates: 1, firings: 2, ..Budget::NONE }),
            2,
        )
        .from(&["a b"]),
        mutants: names(["last-only"]),
        channel: ChannelEffect { drops_copies: true, ..ChannelEffect::default() },
        without: without(),
        ..Entry::new("perfect-link", |parameters| PerfectLink { mutant_last_only: parameters.mutant("last-only") })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::FairLossLinks, Consequence::Violated(Property::NO_CREATION), 1, world::tampered)
            .on(world::lossy),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::NO_DUPLICATION), 1, world::forgets),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    /// p0 sends "a b"; p1 gets the first, the second, and a copy of the first.
    fn first_second_first(bench: &mut TestBench) {
        bench.start_all();
        bench.deliver(0, 1);
        bench.deliver(0, 1);
        bench.fire(0, "again");
        bench.deliver(0, 1);
    }

    #[test]
    fn copies_are_delivered_once() {
        let mut bench = on_bench("perfect-link", &[], None, &["a b", ""]);
        first_second_first(&mut bench);
        assert_eq!(bench.delivered(1), ["p0:a", "p0:b"]);
        assert_eq!(bench.reason(1), "it has delivered number 0 from p0 before, so it throws the copy away");
    }

    #[test]
    fn equal_words_are_not_copies_of_each_other() {
        let mut bench = on_bench("perfect-link", &[], None, &["a a", ""]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.delivered(1), ["p0:a", "p0:a"]);
    }

    #[test]
    fn what_is_lost_arrives_later_and_out_of_order() {
        let mut bench = on_bench("perfect-link", &[], None, &["a b", ""]);
        bench.start_all();
        bench.lose(0, 1);
        bench.deliver(0, 1);
        bench.fire(0, "again");
        bench.deliver_all();
        assert_eq!(bench.delivered(1), ["p0:b", "p0:a"]);
    }

    #[test]
    fn it_costs_no_message_of_its_own() {
        let mut bench = on_bench("perfect-link", &[], None, &["a", "b", ""]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.sent, 4);
    }

    #[test]
    fn mutant_last_only_delivers_the_first_again_after_the_second() {
        let mut bench = on_bench("perfect-link", &[("mutant", "last-only")], None, &["a b", ""]);
        first_second_first(&mut bench);
        assert_eq!(bench.delivered(1), ["p0:a", "p0:b", "p0:a"]);
    }
}
