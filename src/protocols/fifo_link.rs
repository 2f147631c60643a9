//! Links that keep the order.
//!
//! **Problem.** A link that loses nothing may still let a later message overtake an earlier one.
//! **Assumes** perfect links below (the default), or any that deliver everything once. Crash-stop; timing does not
//! matter.
//! **Idea.** Number the messages to each process: 0, 1, 2, … The recipient delivers a number when all smaller ones are
//! delivered, and until then keeps the message. So what overtakes has to wait.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 2.11, Sequence Number.
//! **Promises** delivery, no duplication, no creation and first-in first-out order.
//! **Cost.** No message of its own: what the layer below needs. The price is time and memory: one late message holds up
//! all that were sent after it.
//! **What breaks it.** A lost message: nothing after it is ever delivered. A crash with recovery, as the numbers begin
//! again at 0.
//!
//! Without a layer above, the process sends each word of its input to every peer.

use super::perfect_link::Numbered;
use super::turns::Turns;
use super::{sent, words_to_peers};
use crate::catalogue::{
    Assumption, Budget, ChannelEffect, Consequence, Entry, Exploration, Explorer, Problem, Service, Without, names,
    world,
};
use crate::process::{Local, Out, Payload, ProcessId, Protocol, Request, WhenOff};
use crate::property::Property;
use crate::scenario::ModuleLine;

/// The protocol; it has no parameters. Its state has a line for each other process.
pub struct FifoLink {
    /// Planted bug: delivers whatever comes.
    mutant_no_wait: bool,
}

impl FifoLink {
    fn send(&self, state: &mut Turns, to: ProcessId, payload: Payload, out: &mut Out<'_, Numbered>) -> u32 {
        let number = state.number(to.index());
        out.send(to, Numbered { number, payload });
        number
    }
}

impl Protocol for FifoLink {
    type State = Turns;
    type Message = Numbered;

    fn init(&self, local: &Local) -> Turns {
        Turns::new(local.n)
    }

    fn on_start(&self, state: &mut Turns, out: &mut Out<'_, Numbered>) {
        let messages = words_to_peers(out);
        let any = !messages.is_empty();
        for (to, payload) in messages {
            self.send(state, to, payload, out);
        }
        if any {
            out.because(|| "it numbers its words in order and sends them");
        }
    }

    fn on_request(&self, state: &mut Turns, request: Request, out: &mut Out<'_, Numbered>) {
        let (to, payload) = sent(request);
        let number = self.send(state, to, payload, out);
        out.because(|| format!("it sends message number {number} to {to}; the number keeps its place"));
    }

    fn on_deliver(&self, state: &mut Turns, from: ProcessId, message: &Numbered, out: &mut Out<'_, Numbered>) {
        let (line, number) = (from.index(), message.number);
        let ready = if self.mutant_no_wait {
            vec![(from, message.payload.clone())]
        } else {
            state.take(line, number, from, &message.payload)
        };
        let count = ready.len();
        for (origin, payload) in ready {
            out.deliver(origin, payload);
        }
        out.because(|| state.reason(line, number, count));
    }

    fn label(&self, _local: &Local, state: &Turns) -> String {
        state.label()
    }

    fn when_off(&self) -> WhenOff {
        WhenOff::Transparent("messages may overtake one another".into())
    }

    fn on_switch(&self, state: &mut Turns, _on: bool, out: &mut Out<'_, Numbered>) {
        state.let_go(out);
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "FIFO link".into(),
        summary: "Numbers the messages and delivers them in the order of their numbers; what comes too early waits."
            .into(),
        cost: "No message of its own: what the layer below needs.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 2.11 (Sequence Number)".into(),
        problem: Problem::Link,
        provides: vec![Service::Links],
        under: ModuleLine::stack(["stubborn-link", "perfect-link"]),
        assumptions: vec![Assumption::FairLossLinks, Assumption::CrashStop],
        properties: vec![Property::DELIVERY, Property::NO_DUPLICATION, Property::NO_CREATION, Property::FIFO_ORDER],
        inputs: super::words_to_send(),
        exploration: Exploration::new(
            Explorer::Lossy(Budget { losses: 1, duplicates: 1, firings: 2, ..Budget::NONE }),
            2,
        )
        .from(&["a b"]),
        mutants: names(["no-wait"]),
        channel: ChannelEffect { drops_copies: true, orders: true, ..ChannelEffect::default() },
        without: without(),
        ..Entry::new("fifo-link", |parameters| FifoLink { mutant_no_wait: parameters.mutant("no-wait") })
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

    fn bench(parameters: &[(&str, &str)]) -> TestBench {
        let mut bench = on_bench("fifo-link", parameters, Some(&[]), &["a b c", ""]);
        bench.start_all();
        bench.deliver_youngest(0, 1);
        bench
    }

    #[test]
    fn what_overtakes_waits_for_what_was_sent_before_it() {
        let mut bench = bench(&[]);
        assert_eq!(bench.reason(1), "number 2 is too early: it keeps it until number 0 has come");
        assert_eq!((bench.delivered(1).len(), bench.label(1)), (0, "keeps 1".to_owned()));
        bench.deliver(0, 1);
        assert_eq!(bench.delivered(1), ["p0:a"]);
        bench.deliver(0, 1);
        assert_eq!(bench.delivered(1), ["p0:a", "p0:b", "p0:c"]);
        assert_eq!(bench.reason(1), "number 1 was missing: now it delivers it and the 1 after it");
    }

    #[test]
    fn a_copy_is_not_delivered_again() {
        let mut bench = on_bench("fifo-link", &[], Some(&[]), &["a", ""]);
        bench.start_all();
        bench.duplicate(0, 1);
        assert_eq!(bench.delivered(1), ["p0:a"]);
        assert_eq!(bench.reason(1), "it has delivered number 0 before");
    }

    #[test]
    fn mutant_no_wait_lets_a_word_overtake() {
        assert_eq!(bench(&[("mutant", "no-wait")]).delivered(1), ["p0:c"]);
    }
}
