//! Links that never give up.
//!
//! **Problem.** Fair-loss links lose some messages. What is sent once may never arrive.
//! **Assumes** fair-loss links: what is sent again and again arrives in the end. Timing does not matter. Who comes back
//! from a crash has forgotten what it was to say again, but its user begins anew as well, and says it anew.
//! **Idea.** Keep everything that was ever sent. Every `period_ms` send all of it again, for ever. Nobody confirms
//! anything, so the sender never learns that it may stop. The other side passes up every copy that arrives.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 2.1, Retransmit Forever. The book runs the timer from
//! the start; here it starts with the first message, as before that it would have nothing to do.
//! **Promises** delivery (in fact, delivery without end) and no creation.
//! **Cost.** One message and one step for each period and each message ever sent: without end.
//! **What breaks it.** A link that loses everything. It does what it promises and still surprises its user, who gets
//! the same message many times; perfect-link mends that.
//!
//! Without a layer above, the process sends each word of its input to every peer.

use super::{Envelope, sent, words_to_peers};
use crate::catalogue::{
    Assumption, Budget, ChannelEffect, Consequence, Domain, Entry, Exploration, Explorer, Parameter, Problem, Service,
    Without, names, world,
};
use crate::process::{Local, Out, Payload, ProcessId, Protocol, Request, Timer, WhenOff};
use crate::property::Property;
use serde::Serialize;

/// When to send everything again.
pub const AGAIN: Timer = Timer::new("again");

/// The state of a process: the messages that it has sent.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct StubbornLinkState {
    /// Every message ever sent and its recipient, in the order of sending; it only grows.
    pub sent: Vec<(ProcessId, Payload)>,
}

/// The protocol.
pub struct StubbornLink {
    /// The time that it waits before it sends everything again, in microseconds.
    period_us: u64,
    /// Planted bug: sends once and never again.
    mutant_once: bool,
}

impl StubbornLink {
    fn send(&self, state: &mut StubbornLinkState, to: ProcessId, payload: Payload, out: &mut Out<'_, Envelope>) {
        // One envelope for all copies, so that links and digests see the same message again.
        let payload = Payload::new(Envelope(payload));
        if state.sent.is_empty() {
            out.set_timer(AGAIN, self.period_us);
        }
        state.sent.push((to, payload.clone()));
        out.request(Request::Send { to, payload });
    }
}

impl Protocol for StubbornLink {
    type State = StubbornLinkState;
    type Message = Envelope;

    fn init(&self, _local: &Local) -> StubbornLinkState {
        StubbornLinkState { sent: Vec::new() }
    }

    fn on_start(&self, state: &mut StubbornLinkState, out: &mut Out<'_, Envelope>) {
        for (to, message) in words_to_peers(out) {
            self.send(state, to, message, out);
        }
        if !state.sent.is_empty() {
            out.because(|| "it sends its words, and keeps them to send them again");
        }
    }

    fn on_request(&self, state: &mut StubbornLinkState, request: Request, out: &mut Out<'_, Envelope>) {
        let (to, payload) = sent(request);
        self.send(state, to, payload, out);
        out.because(|| format!("a message to {to} may get lost, so it keeps a copy to send again"));
    }

    fn on_deliver(
        &self,
        _state: &mut StubbornLinkState,
        from: ProcessId,
        message: &Envelope,
        out: &mut Out<'_, Envelope>,
    ) {
        out.deliver(from, message.0.clone());
        out.because(|| "it passes on whatever arrives, whether for the first time or again");
    }

    fn on_timeout(&self, state: &mut StubbornLinkState, timer: Timer, out: &mut Out<'_, Envelope>) {
        debug_assert_eq!(timer, AGAIN, "the only timer of this layer");
        if self.mutant_once {
            out.because(|| "it sent everything once, and leaves it at that");
            return;
        }
        for (to, payload) in &state.sent {
            out.request(Request::Send { to: *to, payload: payload.clone() });
        }
        out.set_timer(AGAIN, self.period_us);
        let count = state.sent.len();
        out.because(|| match count {
            1 => "it cannot know whether its message arrived, so it sends it again".to_owned(),
            _ => format!("it cannot know which of its {count} messages arrived, so it sends them all again"),
        });
    }

    fn timeout_enabled(&self, _local: &Local, state: &StubbornLinkState) -> Option<Timer> {
        (!state.sent.is_empty()).then_some(AGAIN)
    }

    fn label(&self, _local: &Local, state: &StubbornLinkState) -> String {
        if state.sent.is_empty() { String::new() } else { format!("repeats {}", state.sent.len()) }
    }

    fn when_off(&self) -> WhenOff {
        WhenOff::Transparent("each message is sent once, and may be lost".into())
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Stubborn link".into(),
        summary: "Sends everything again and again, for ever, so that every message arrives, and more than once."
            .into(),
        cost: "One message and one step for each period and each message ever sent: without end.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 2.1 (Retransmit Forever)".into(),
        problem: Problem::Link,
        provides: vec![Service::Links],
        assumptions: vec![Assumption::FairLossLinks],
        properties: vec![Property::DELIVERY, Property::NO_CREATION],
        parameters: vec![Parameter::new(
            "period-ms",
            Domain::Integer(1, 60_000),
            "100",
            "The time after which a process sends everything again, in milliseconds of its clock.",
        )],
        inputs: super::words_to_send(),
        exploration: Exploration::new(
            Explorer::Lossy(Budget { losses: 1, duplicates: 1, firings: 2, ..Budget::NONE }),
            2,
        )
        .from(&["a"]),
        mutants: names(["once"]),
        channel: ChannelEffect { repeats: true, ..ChannelEffect::default() },
        without: without(),
        ..Entry::new("stubborn-link", |parameters| StubbornLink {
            period_us: parameters.integer("period-ms") * 1_000,
            mutant_once: parameters.mutant("once"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::FairLossLinks, Consequence::Violated(Property::NO_CREATION), 1, world::tampered)
            .on(world::lossy),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;

    #[test]
    fn a_lost_message_arrives_when_it_is_sent_again_and_then_again_and_again() {
        let mut bench = on_bench("stubborn-link", &[], None, &["hello", ""]);
        bench.start_all();
        assert_eq!(bench.timer(0, "again"), Some(100_000));
        assert_eq!(bench.timer(1, "again"), None, "it has sent nothing");
        bench.lose(0, 1);
        assert!(bench.delivered(1).is_empty());
        for copies in 1..=3 {
            bench.fire(0, "again");
            bench.deliver(0, 1);
            assert_eq!(bench.delivered(1), vec!["p0:hello"; copies]);
        }
    }

    #[test]
    fn every_period_costs_a_message_for_each_that_was_ever_sent() {
        let mut bench = on_bench("stubborn-link", &[("period-ms", "20")], None, &["a b", "", ""]);
        bench.start_all();
        assert_eq!((bench.sent, bench.timer(0, "again")), (4, Some(20_000)));
        bench.fire(0, "again");
        bench.fire(0, "again");
        assert_eq!(bench.sent, 12);
        assert_eq!(bench.timeout_enabled(0).as_deref(), Some("again"));
        assert_eq!(bench.timeout_enabled(1).as_deref(), None);
    }

    #[test]
    fn mutant_once_leaves_a_lost_message_lost() {
        let mut bench = on_bench("stubborn-link", &[("mutant", "once")], None, &["hello", ""]);
        bench.start_all();
        bench.lose(0, 1);
        bench.fire(0, "again");
        assert_eq!((bench.flying(0, 1), bench.timer(0, "again")), (0, None));
        assert!(bench.delivered(1).is_empty());
    }
}
