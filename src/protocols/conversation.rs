//! Question and answer: an application to try broadcasts with.
//!
//! **Problem.** People talk in a group. Some words are answers, and make no sense to who has not heard the question.
//! **Assumes** a causal broadcast below (the default). Stand it on another broadcast to see what that lets through.
//! Crash-stop; timing does not matter.
//! **Idea.** Say the words that answer nothing at the start, and an answer as soon as one has heard what it answers.
//! Believe that the others hear it in the same order.
//! **Source.** The usual example for causal order: Birman, Schiper and Stephenson, *Lightweight causal and atomic group
//! multicast*, ACM Transactions on Computer Systems 9(3), 1991.
//! **Promises** delivery, no duplication, no creation, agreement and causal order: what its broadcast promises.
//! **Cost.** One broadcast for each word: over causal and reliable broadcast n(n-1) messages.
//! **What breaks it.** A broadcast that does not keep causal order: somebody hears “noon” and then “when is lunch?”.

use super::talk::{self, Talk};
use crate::catalogue::{Assumption, Consequence, Entry, Exploration, Explorer, Inputs, Service, Without, names, world};
use crate::process::{Local, Message, Out, Payload, ProcessId, Protocol, Request, UserMessage, Value};
use crate::property::Property;
use crate::scenario::ModuleLine;
use serde::Serialize;

/// The state of a process: the words that it has heard and said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ConversationState {
    /// The words that it has heard, each with its sender, in order.
    pub heard: Vec<(ProcessId, Value)>,
    /// The answers that it gave.
    pub talk: Talk,
}

/// The protocol; it has no parameters.
pub struct Conversation {
    /// Planted bug: answers before it is asked.
    mutant_hasty: bool,
}

impl Protocol for Conversation {
    type State = ConversationState;
    type Message = UserMessage;

    fn init(&self, _local: &Local) -> ConversationState {
        ConversationState { heard: Vec::new(), talk: Talk::default() }
    }

    fn on_start(&self, state: &mut ConversationState, out: &mut Out<'_, UserMessage>) {
        let mut said = talk::openings(out);
        if self.mutant_hasty {
            for word in super::words(out) {
                let cause = word.to_string().split_once('/').map(|(cause, _)| cause.into());
                said.extend(state.talk.answers(out, cause));
            }
        }
        if !said.is_empty() {
            out.because(|| "it says what it has to say of its own accord");
        }
        said.into_iter().for_each(|payload| out.request(Request::Broadcast(payload)));
    }

    fn on_deliver(
        &self,
        state: &mut ConversationState,
        from: ProcessId,
        message: &UserMessage,
        out: &mut Out<'_, UserMessage>,
    ) {
        state.heard.push((from, message.0.clone()));
        out.deliver(from, Payload::new(message.clone()));
        let answers = state.talk.answers(out, message.value());
        let text = message.text();
        out.because(|| match answers.first() {
            Some(answer) => format!("it hears “{text}” from {from}, and answers “{}”", answer.text()),
            None => format!("it hears “{text}” from {from}"),
        });
        answers.into_iter().for_each(|payload| out.request(Request::Broadcast(payload)));
    }

    fn label(&self, _local: &Local, state: &ConversationState) -> String {
        state.heard.last().map(|(_, word)| word.to_string()).unwrap_or_default()
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Conversation".into(),
        summary: "Everybody says words to all, and some of them answer others.".into(),
        cost: "One broadcast for each word: over causal and reliable broadcast n(n-1) messages.".into(),
        source:
            "Birman, Schiper and Stephenson, Lightweight causal and atomic group multicast, 1991: the usual example"
                .into(),
        needs: vec![Service::CausalBroadcast],
        under: ModuleLine::stack(["best-effort-broadcast", "reliable-broadcast", "causal-broadcast"]),
        assumptions: vec![Assumption::ReliableLinks, Assumption::CrashStop],
        properties: vec![
            Property::DELIVERY,
            Property::NO_DUPLICATION,
            Property::NO_CREATION,
            Property::DELIVERY_AGREEMENT,
            Property::CAUSAL_ORDER,
        ],
        inputs: Inputs::Conversation(talk::MEANING.into()),
        processes: (2, 64),
        exploration: Exploration::new(Explorer::Strict, 3).from(&["a", "a/b"]),
        mutants: names(["hasty"]),
        without: without(),
        ..Entry::new("conversation", |parameters| Conversation { mutant_hasty: parameters.mutant("hasty") })
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

    const TALK: &[&str] = &["lunch?", "lunch?/noon", ""];

    #[test]
    fn an_answer_is_given_once_and_can_be_heard_first_over_reliable_broadcast() {
        let mut bench = on_bench("conversation", &[], Some(&["best-effort-broadcast", "reliable-broadcast"]), TALK);
        bench.start_all();
        bench.deliver(0, 1);
        assert_eq!(bench.reason(1), "it hears “noon” from p1");
        // The word that p1 passes on comes before its answer, unless the answer overtakes it.
        bench.deliver_youngest(1, 2);
        assert_eq!(bench.delivered(2), ["p1:noon"]);
        bench.deliver_all();
        assert_eq!(bench.delivered(2), ["p1:noon", "p0:lunch?"]);
    }

    #[test]
    fn over_causal_broadcast_the_question_is_heard_first() {
        let mut bench = on_bench("conversation", &[], None, TALK);
        bench.start_all();
        bench.deliver(0, 1);
        bench.deliver_youngest(1, 2);
        bench.deliver_all();
        (0..3).for_each(|p| assert_eq!(bench.delivered(p), ["p0:lunch?", "p1:noon"]));
    }

    #[test]
    fn mutant_hasty_answers_before_it_is_asked() {
        let mut bench = on_bench("conversation", &[("mutant", "hasty")], None, TALK);
        bench.start_all();
        assert_eq!(bench.delivered(1), ["p1:noon"]);
    }
}
