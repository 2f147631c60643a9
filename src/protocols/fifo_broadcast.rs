//! Broadcasts of one sender in the order in which it made them.
//!
//! **Problem.** A later broadcast may be delivered before an earlier one of the same sender.
//! **Assumes** a reliable broadcast below (the default), or any that delivers everything once, and what that assumes.
//! Crash-stop; timing does not matter.
//! **Idea.** Number one's broadcasts: 0, 1, 2, … Whoever receives a number delivers it when all smaller ones of the same
//! sender are delivered, and until then keeps it.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.12, Broadcast with Sequence Number.
//! **Promises** what the broadcast below promises, and first-in first-out order.
//! **Cost.** No message of its own: over reliable broadcast n(n-1) for each broadcast, and one step.
//! **What breaks it.** A broadcast below that leaves something out: nothing after it is delivered. And it says nothing of
//! different senders: an answer may be delivered before its question.
//!
//! Without a layer above, the process broadcasts each word of its input.

use super::perfect_link::Numbered;
use super::turns::Turns;
use super::{broadcast, words};
use crate::catalogue::{
    Assumption, Consequence, Entry, Exploration, Explorer, Problem, Service, Without, names, world,
};
use crate::process::{Local, Out, Payload, ProcessId, Protocol, Request, UserMessage, WhenOff};
use crate::property::Property;
use crate::scenario::ModuleLine;

/// The protocol; it has no parameters. Its state has a line for each process.
pub struct FifoBroadcast {
    /// Planted bug: delivers whatever comes.
    mutant_no_wait: bool,
}

impl FifoBroadcast {
    fn broadcast(&self, state: &mut Turns, payload: Payload, out: &mut Out<'_, Numbered>) {
        let number = state.number(out.me.index());
        out.broadcast(Numbered { number, payload });
    }
}

impl Protocol for FifoBroadcast {
    type State = Turns;
    type Message = Numbered;

    fn init(&self, local: &Local) -> Turns {
        Turns::new(local.n)
    }

    fn on_start(&self, state: &mut Turns, out: &mut Out<'_, Numbered>) {
        let words = words(out);
        for word in &words {
            self.broadcast(state, Payload::new(UserMessage(word.clone())), out);
        }
        if !words.is_empty() {
            out.because(|| "it numbers its words in order and broadcasts them");
        }
    }

    fn on_request(&self, state: &mut Turns, request: Request, out: &mut Out<'_, Numbered>) {
        let payload = broadcast(request);
        self.broadcast(state, payload, out);
        out.because(|| "it numbers the message, so that it keeps its place among its others");
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
        WhenOff::Transparent("messages of one sender may overtake one another".into())
    }

    fn on_switch(&self, state: &mut Turns, _on: bool, out: &mut Out<'_, Numbered>) {
        state.let_go(out);
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "FIFO broadcast".into(),
        summary: "Numbers its broadcasts and delivers those of each sender in the order of their numbers.".into(),
        cost: "No message of its own: over reliable broadcast n(n-1) for each broadcast, and one step.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.12 (Broadcast with Sequence Number)".into(),
        problem: Problem::Broadcast,
        needs: vec![Service::ReliableBroadcast],
        provides: vec![Service::FifoBroadcast],
        under: ModuleLine::stack(["best-effort-broadcast", "reliable-broadcast"]),
        assumptions: vec![Assumption::ReliableLinks, Assumption::CrashStop],
        properties: vec![
            Property::DELIVERY,
            Property::NO_DUPLICATION,
            Property::NO_CREATION,
            Property::DELIVERY_AGREEMENT,
            Property::FIFO_ORDER,
        ],
        inputs: super::words_to_broadcast(),
        processes: (2, 64),
        exploration: Exploration::new(Explorer::Strict, 3).from(&["a b"]),
        mutants: names(["no-wait"]),
        without: without(),
        ..Entry::new("fifo-broadcast", |parameters| FifoBroadcast { mutant_no_wait: parameters.mutant("no-wait") })
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

    /// p1 gets the second word first.
    fn overtaken(parameters: &[(&str, &str)]) -> TestBench {
        let mut bench = on_bench("fifo-broadcast", parameters, Some(&["best-effort-broadcast"]), &["a b", "c", ""]);
        bench.start_all();
        bench.deliver_youngest(0, 1);
        bench
    }

    #[test]
    fn what_overtakes_waits_and_other_senders_do_not() {
        let mut bench = overtaken(&[]);
        assert_eq!((bench.delivered(1), bench.label(1)), (vec!["p1:c".to_owned()], "keeps 1".to_owned()));
        bench.deliver(0, 1);
        assert_eq!(bench.delivered(1), ["p1:c", "p0:a", "p0:b"]);
    }

    #[test]
    fn mutant_no_wait_delivers_out_of_order() {
        assert_eq!(overtaken(&[("mutant", "no-wait")]).delivered(1), ["p1:c", "p0:b"]);
    }
}
