//! Links on which nobody can speak in another's name.
//!
//! **Problem.** Somebody sits on the line and changes messages, repeats them, or writes some of their own.
//! **Assumes** stubborn links below (the default): what is sent again and again gets through unharmed in the end. Each
//! pair of processes has a key that nobody else has. Crash-stop, or processes that lie in their own name; timing does
//! not matter.
//! **Idea.** Every message carries a tag, computed from the key of the two, who sends to whom, the message and its
//! number. The recipient computes the tag again and throws away what does not fit: a message that was changed, moved to
//! another line or made up is as good as lost, and loss is what the layer below mends. The number makes a repeated
//! message recognisable.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 2.4, Authenticate and Filter. The book takes messages to
//! be unique; the numbers make them so.
//! **Promises** delivery, no duplication and authenticity, which is no creation although there is an intruder.
//! **Cost.** No message of its own: what the layer below needs.
//! **What breaks it.** A process that lies about what it seals: the tag says who wrote it, not whether it is true. A key that becomes known. An intruder who stops every copy: there is no tag against silence.
//!
//! The tag stands for a message authentication code as in symbolic models: it is a digest under a key that only the two
//! ends use, and no lie of a message comes with a new one. It is not cryptography.
//!
//! Without a layer above, the process sends each word of its input to every peer.

use super::perfect_link::PerfectLinkState;
use super::{IntervalSet, sent, words_to_peers};
use crate::canon;
use crate::catalogue::{
    Assumption, Budget, ChannelEffect, Consequence, Entry, Exploration, Explorer, Problem, Service, Without, names,
    world,
};
use crate::engine::Choice;
use crate::process::{Kind, Local, Message, Out, Payload, ProcessId, Protocol, Request, Value, WhenOff};
use crate::property::Property;
use crate::scenario::ModuleLine;
use serde::Serialize;

/// A message under a tag.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Sealed {
    /// 0 for the first message from this sender to this recipient.
    pub number: u32,
    /// The message of the layer above.
    pub payload: Payload,
    /// The tag, which only the two ends can compute.
    pub tag: u64,
}

impl Message for Sealed {
    fn kind(&self) -> Kind {
        self.payload.kind()
    }
    fn value(&self) -> Option<Value> {
        self.payload.value()
    }
    fn text(&self) -> String {
        format!("{} (number {}, sealed)", self.payload.text(), self.number)
    }
    /// A process without the key can change what is written, and keep the old tag.
    fn lies(&self) -> Vec<Self> {
        let renumbered = Sealed { number: self.number + 1, ..self.clone() };
        let altered = self.payload.lies().into_iter().map(|payload| Sealed { payload, ..*self });
        altered.chain([renumbered]).collect()
    }
}

/// The tag of a message from one process to another: their key is what comes first.
fn tag(from: ProcessId, to: ProcessId, number: u32, payload: &Payload) -> u64 {
    canon::digest(&("the key of these two", from, to, number, payload))
}

/// The protocol; it has no parameters. Its state is that of a perfect link.
pub struct AuthenticatedLink {
    /// Planted bug: does not look whether a message has come before.
    mutant_no_filter: bool,
    /// Planted bug: does not look at the tag.
    mutant_no_check: bool,
}

impl AuthenticatedLink {
    fn send(&self, state: &mut PerfectLinkState, to: ProcessId, payload: Payload, out: &mut Out<'_, Sealed>) {
        let number = state.next[to.index()];
        state.next[to.index()] += 1;
        let tag = tag(out.me, to, number, &payload);
        out.send(to, Sealed { number, payload, tag });
    }
}

impl Protocol for AuthenticatedLink {
    type State = PerfectLinkState;
    type Message = Sealed;

    fn init(&self, local: &Local) -> PerfectLinkState {
        PerfectLinkState { next: vec![0; local.n], delivered: vec![IntervalSet::default(); local.n] }
    }

    fn on_start(&self, state: &mut PerfectLinkState, out: &mut Out<'_, Sealed>) {
        let messages = words_to_peers(out);
        let any = !messages.is_empty();
        for (to, payload) in messages {
            self.send(state, to, payload, out);
        }
        if any {
            out.because(|| "it seals its words, each for its recipient, and sends them");
        }
    }

    fn on_request(&self, state: &mut PerfectLinkState, request: Request, out: &mut Out<'_, Sealed>) {
        let (to, payload) = sent(request);
        self.send(state, to, payload, out);
        out.because(|| format!("it seals the message with the key that it shares with {to}"));
    }

    fn on_deliver(&self, state: &mut PerfectLinkState, from: ProcessId, message: &Sealed, out: &mut Out<'_, Sealed>) {
        let (number, payload) = (message.number, &message.payload);
        if tag(from, out.me, number, payload) != message.tag && !self.mutant_no_check {
            out.because(|| format!("the tag does not fit: {from} did not write this, so it throws it away"));
        } else if state.delivered[from.index()].insert(number) || self.mutant_no_filter {
            out.deliver(from, payload.clone());
            out.because(|| format!("the tag fits and number {number} is new, so {from} wrote it, and it delivers it"));
        } else {
            out.because(|| format!("it has delivered number {number} from {from} before, so it throws the copy away"));
        }
    }

    fn when_off(&self) -> WhenOff {
        WhenOff::Transparent("anybody may write in the name of another".into())
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Authenticated link".into(),
        summary: "Seals each message with a key of the two ends, so that whatever an intruder writes counts as lost."
            .into(),
        cost: "No message of its own: what the layer below needs.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 2.4 (Authenticate and Filter)".into(),
        problem: Problem::Link,
        provides: vec![Service::Links],
        under: ModuleLine::stack(["stubborn-link"]),
        assumptions: vec![Assumption::Intruder, Assumption::CrashStop],
        properties: vec![Property::DELIVERY, Property::NO_DUPLICATION, Property::NO_CREATION],
        inputs: super::words_to_send(),
        exploration: Exploration::new(
            Explorer::Lossy(Budget { losses: 1, duplicates: 1, firings: 2, ..Budget::NONE }),
            2,
        )
        .from(&["a b"]),
        mutants: names(["no-filter", "no-check"]),
        channel: ChannelEffect { drops_copies: true, drops_forgeries: true, ..ChannelEffect::default() },
        without: without(),
        ..Entry::new("authenticated-link", |parameters| AuthenticatedLink {
            mutant_no_filter: parameters.mutant("no-filter"),
            mutant_no_check: parameters.mutant("no-check"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::Intruder, Consequence::Never(Property::DELIVERY), 1, |scenario| {
            world::at(scenario, 0, Choice::Cut { from: world::P0, to: world::P1 })
        })
        .on(world::tampered),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::NO_DUPLICATION), 1, world::forgets),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    fn bench(parameters: &[(&str, &str)]) -> TestBench {
        let mut bench = on_bench("authenticated-link", parameters, Some(&[]), &["£10", "", ""]);
        bench.start_all();
        bench
    }

    #[test]
    fn whatever_an_intruder_makes_of_a_message_is_thrown_away() {
        let mut altered = 0;
        while bench(&[]).alter(0, 1, altered) {
            let mut bench = bench(&[]);
            bench.alter(0, 1, altered);
            bench.deliver(0, 1);
            assert!(bench.delivered(1).is_empty(), "lie {altered}");
            assert_eq!(bench.reason(1), "the tag does not fit: p0 did not write this, so it throws it away");
            altered += 1;
        }
        assert_eq!(altered, 2, "another amount, another number");
    }

    #[test]
    fn a_message_that_is_moved_to_another_line_is_thrown_away() {
        for (from, to) in [(0, 2), (2, 1)] {
            let mut bench = bench(&[]);
            bench.redirect((0, 1), (from, to));
            bench.deliver_youngest(from, to);
            assert!(bench.delivered(to).is_empty());
        }
    }

    #[test]
    fn a_lie_is_a_loss_that_the_stubborn_link_below_mends() {
        let mut bench = on_bench("authenticated-link", &[], None, &["£10", ""]);
        bench.start_all();
        assert!(bench.alter(0, 1, 0));
        bench.deliver(0, 1);
        bench.fire(0, "again");
        bench.duplicate(0, 1);
        assert_eq!(bench.delivered(1), ["p0:£10"]);
    }

    #[test]
    fn mutant_no_check_believes_an_intruder() {
        let mut bench = bench(&[("mutant", "no-check")]);
        assert!(bench.alter(0, 1, 0));
        bench.deliver(0, 1);
        assert_eq!(bench.delivered(1), ["p0:(forged)"]);
    }

    #[test]
    fn mutant_no_filter_delivers_a_copy_again() {
        let mut bench = bench(&[("mutant", "no-filter")]);
        bench.duplicate(0, 1);
        assert_eq!(bench.delivered(1), ["p0:£10", "p0:£10"]);
    }
}
