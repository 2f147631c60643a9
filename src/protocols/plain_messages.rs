//! Messages from everybody to everybody: an application to try links with.
//!
//! **Problem.** A process has a few words to say, in order, and the others want to know the last one: a balance, say.
//! **Assumes** reliable links that keep the order. Crash-stop; timing does not matter. Stand it on stubborn-link or
//! perfect-link to see what those mend, or on nothing to see what the network does to it.
//! **Idea.** Send each word of the input to every peer, all at once or one every `pause-ms`. Deliver whatever arrives
//! and take it for the newest, since a message does not say when it was written.
//! **Source.** Folklore: what everybody writes before they know about order and loss.
//! **Promises** delivery, no duplication, no creation and first-in first-out order: just what its links promise.
//! **Cost.** n-1 messages and one step for each word.
//! **What breaks it.** A lost message, a copy, and above all an older message that overtakes a newer one: the recipient
//! believes the old balance and has no way to notice.

use super::words;
use crate::catalogue::{
    Assumption, Budget, Consequence, Domain, Entry, Exploration, Explorer, Inputs, Parameter, Without, names, world,
};
use crate::process::{Local, Out, Payload, ProcessId, Protocol, Timer, UserMessage, Value};
use crate::property::Property;
use serde::Serialize;

/// When to send the next word.
pub const NEXT: Timer = Timer::new("next");

/// The state of a process: the words that it has sent and received.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PlainMessagesState {
    /// The number of its words that it has sent.
    pub sent: usize,
    /// The word that arrived last, which it takes for the newest.
    pub last: Option<Value>,
    /// The words that it has received, each with its sender, in the order of arrival.
    pub received: Vec<(ProcessId, Value)>,
}

/// The protocol.
pub struct PlainMessages {
    /// The time before the next word, in microseconds; 0 for none.
    pause_us: u64,
    /// Planted bug: sends its words from the last to the first.
    mutant_backwards: bool,
    /// Planted bug: delivers every message twice.
    mutant_echo: bool,
}

impl PlainMessages {
    /// Sends the next word, or all that are left where there is no pause.
    fn send(&self, state: &mut PlainMessagesState, out: &mut Out<'_, UserMessage>) {
        let mut words = words(out);
        if self.mutant_backwards {
            words.reverse();
        }
        let until = if self.pause_us == 0 { words.len() } else { words.len().min(state.sent + 1) };
        for word in &words[state.sent..until] {
            out.send_to_peers(UserMessage(word.clone()));
        }
        state.sent = until;
        let left = words.len() - until;
        if left > 0 {
            out.set_timer(NEXT, self.pause_us);
            out.because(|| format!("it sends “{}”, and has {left} more to send", words[until - 1]));
        } else if let Some(word) = words.last() {
            out.because(|| match self.pause_us {
                0 => "it sends all its words, in order".to_owned(),
                _ => format!("it sends “{word}”, its last word"),
            });
        }
    }
}

impl Protocol for PlainMessages {
    type State = PlainMessagesState;
    type Message = UserMessage;

    fn init(&self, _local: &Local) -> PlainMessagesState {
        PlainMessagesState { sent: 0, last: None, received: Vec::new() }
    }

    fn on_start(&self, state: &mut PlainMessagesState, out: &mut Out<'_, UserMessage>) {
        self.send(state, out);
    }

    fn on_deliver(
        &self,
        state: &mut PlainMessagesState,
        from: ProcessId,
        message: &UserMessage,
        out: &mut Out<'_, UserMessage>,
    ) {
        let word = &message.0;
        let before = state.received.iter().rev().find(|(sender, _)| *sender == from).map(|(_, word)| word);
        out.because(|| match before {
            None => format!("“{word}” is the first message from {from}"),
            Some(_) => {
                format!("“{word}” came last, so it takes it for the newest; a message does not say when it was written")
            }
        });
        state.last = Some(word.clone());
        state.received.push((from, word.clone()));
        for _ in 0..=usize::from(self.mutant_echo) {
            out.deliver(from, Payload::new(message.clone()));
        }
    }

    fn on_timeout(&self, state: &mut PlainMessagesState, timer: Timer, out: &mut Out<'_, UserMessage>) {
        debug_assert_eq!(timer, NEXT, "the only timer of this layer");
        self.send(state, out);
    }

    fn timeout_enabled(&self, local: &Local, state: &PlainMessagesState) -> Option<Timer> {
        (self.pause_us > 0 && state.sent > 0 && state.sent < words(local).len()).then_some(NEXT)
    }

    fn label(&self, _local: &Local, state: &PlainMessagesState) -> String {
        state.last.as_ref().map(Value::to_string).unwrap_or_default()
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Messages".into(),
        summary: "Sends its words to everybody, one message each, and believes the message that came last.".into(),
        cost: "n-1 messages and one step for each word.".into(),
        source: "folklore".into(),
        assumptions: vec![Assumption::ReliableLinks, Assumption::FifoLinks, Assumption::CrashStop],
        properties: vec![Property::DELIVERY, Property::NO_DUPLICATION, Property::NO_CREATION, Property::FIFO_ORDER],
        parameters: vec![Parameter::new(
            "pause-ms",
            Domain::Integer(0, 60_000),
            "0",
            "The time between two words of a process, in milliseconds of its clock; 0 sends all at the start.",
        )],
        inputs: Inputs::Words("the words that this process sends to every peer, in order, separated by spaces".into()),
        processes: (2, 64),
        exploration: Exploration::new(Explorer::Lossy(Budget { crashes: 1, ..Budget::NONE }), 2).from(&["a b", "c"]),
        mutants: names(["backwards", "echo"]),
        without: without(),
        ..Entry::new("plain-messages", |parameters| PlainMessages {
            pause_us: parameters.integer("pause-ms") * 1_000,
            mutant_backwards: parameters.mutant("backwards"),
            mutant_echo: parameters.mutant("echo"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::DELIVERY), 1, world::lossy),
        Without::new(Assumption::FifoLinks, Consequence::Violated(Property::FIFO_ORDER), 2, world::unordered),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::DELIVERY), 1, world::misses_the_first),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;

    #[test]
    fn each_word_costs_n_minus_1_messages_and_arrives_in_order() {
        let mut bench = on_bench("plain-messages", &[], None, &["£100 £50", "", ""]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.sent, 4);
        assert_eq!(bench.delivered(1), ["p0:£100", "p0:£50"]);
        assert_eq!((bench.label(0), bench.label(2)), (String::new(), "£50".to_owned()));
    }

    #[test]
    fn an_older_message_that_comes_later_is_believed() {
        let mut bench = on_bench("plain-messages", &[], None, &["£100 £50", ""]);
        bench.start_all();
        bench.deliver_youngest(0, 1);
        bench.deliver(0, 1);
        assert_eq!(bench.label(1), "£100");
        assert!(bench.reason(1).contains("does not say when it was written"));
    }

    #[test]
    fn with_a_pause_there_is_one_word_a_timeout() {
        let mut bench = on_bench("plain-messages", &[("pause-ms", "40")], None, &["a b c", ""]);
        assert_eq!(bench.timeout_enabled(0).as_deref(), None, "it has not started");
        bench.start_all();
        assert_eq!((bench.sent, bench.timer(0, "next"), bench.timer(1, "next")), (1, Some(40_000), None));
        bench.fire(0, "next");
        assert_eq!((bench.sent, bench.timeout_enabled(0).as_deref()), (2, Some("next")));
        bench.fire(0, "next");
        assert_eq!((bench.sent, bench.timer(0, "next"), bench.timeout_enabled(0).as_deref()), (3, None, None));
    }

    #[test]
    fn stubborn_links_make_copies_and_perfect_links_remove_them() {
        for (under, expected) in
            [(vec!["stubborn-link"], vec!["p0:a", "p0:a"]), (vec!["stubborn-link", "perfect-link"], vec!["p0:a"])]
        {
            let mut bench = on_bench("plain-messages", &[], Some(&under), &["a", ""]);
            bench.start_all();
            bench.deliver(0, 1);
            bench.fire(0, "again");
            bench.deliver(0, 1);
            assert_eq!(bench.delivered(1), expected, "over {under:?}");
        }
    }

    #[test]
    fn a_network_that_copies_shows() {
        let mut bench = on_bench("plain-messages", &[], None, &["a", ""]);
        bench.start_all();
        bench.duplicate(0, 1);
        assert_eq!(bench.delivered(1), ["p0:a", "p0:a"]);
    }

    #[test]
    fn mutant_backwards_delivers_the_last_word_first() {
        let mut bench = on_bench("plain-messages", &[("mutant", "backwards")], None, &["a b", ""]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.delivered(1), ["p0:b", "p0:a"]);
    }

    #[test]
    fn mutant_echo_delivers_twice_what_was_sent_once() {
        let mut bench = on_bench("plain-messages", &[("mutant", "echo")], None, &["a", ""]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.delivered(1), ["p0:a", "p0:a"]);
    }
}
