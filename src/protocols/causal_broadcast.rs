//! Nobody hears an answer before the question.
//!
//! **Problem.** p1 hears p0's question and answers it. p2 may hear the answer first, and not know what it is about.
//! **Assumes** a reliable broadcast below (the default), or any that delivers everything once, and what that assumes.
//! Crash-stop; timing does not matter.
//! **Idea.** Everybody counts the broadcasts that it has delivered, one count for each sender: a vector clock. A
//! broadcast carries the vector of its sender at that moment, which is its whole past. Whoever receives it keeps it
//! until its own vector has caught up, as then everything of that past is delivered.
//! **Source.** Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.15, Waiting Causal Broadcast.
//! **Promises** what the broadcast below promises, and causal order, which includes the order of each sender.
//! **Cost.** No message of its own: over reliable broadcast n(n-1) for each broadcast, and one step. Every message
//! carries n counts.
//! **What breaks it.** A broadcast below that leaves something out: whatever has it in its past is never delivered.
//!
//! Without a layer above, the process says the words of its input, and answers.

use super::broadcast;
use super::talk::{self, Talk};
use crate::catalogue::{
    Assumption, Consequence, Entry, Exploration, Explorer, Inputs, Problem, Service, Without, names, world,
};
use crate::process::{Kind, Local, Message, Out, Payload, ProcessId, Protocol, Request, Value, WhenOff};
use crate::property::Property;
use crate::scenario::ModuleLine;
use serde::Serialize;

/// A message with its past.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct WithPast {
    /// The numbers of broadcasts of p0, p1, … that were before it.
    pub past: Vec<u32>,
    /// The message that was broadcast.
    pub payload: Payload,
}

impl Message for WithPast {
    fn kind(&self) -> Kind {
        self.payload.kind()
    }
    fn value(&self) -> Option<Value> {
        self.payload.value()
    }
    fn text(&self) -> String {
        format!("{} (after {})", self.payload.text(), list(&self.past))
    }
    fn lies(&self) -> Vec<Self> {
        let forgotten = WithPast { past: vec![0; self.past.len()], payload: self.payload.clone() };
        let altered = self.payload.lies().into_iter().map(|payload| WithPast { payload, past: self.past.clone() });
        altered.chain((forgotten != *self).then_some(forgotten)).collect()
    }
}

fn list(counts: &[u32]) -> String {
    let counts: Vec<String> = counts.iter().map(u32::to_string).collect();
    counts.join(" ")
}

/// The state of a process: its deliveries, and the messages that it keeps.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct CausalBroadcastState {
    /// The numbers of broadcasts of p0, p1, … that it has delivered.
    pub delivered: Vec<u32>,
    /// The number of broadcasts that it has made.
    pub made: u32,
    /// The messages that came before their past, in the order of arrival.
    pub waiting: Vec<(ProcessId, WithPast)>,
    /// The answers given, where there is no layer above.
    pub talk: Talk,
}

/// The protocol; it has no parameters.
pub struct CausalBroadcast {
    /// Planted bug: delivers whatever comes.
    mutant_no_wait: bool,
}

impl CausalBroadcast {
    fn broadcast(&self, state: &mut CausalBroadcastState, payload: Payload, out: &mut Out<'_, WithPast>) {
        let mut past = state.delivered.clone();
        past[out.me.index()] = state.made;
        state.made += 1;
        out.broadcast(WithPast { past, payload });
    }
}

impl Protocol for CausalBroadcast {
    type State = CausalBroadcastState;
    type Message = WithPast;

    fn init(&self, local: &Local) -> CausalBroadcastState {
        CausalBroadcastState { delivered: vec![0; local.n], made: 0, waiting: Vec::new(), talk: Talk::default() }
    }

    fn on_start(&self, state: &mut CausalBroadcastState, out: &mut Out<'_, WithPast>) {
        for payload in talk::openings(out) {
            self.broadcast(state, payload, out);
        }
        if state.made > 0 {
            out.because(|| "it broadcasts its words, each with all that it follows");
        }
    }

    fn on_request(&self, state: &mut CausalBroadcastState, request: Request, out: &mut Out<'_, WithPast>) {
        let payload = broadcast(request);
        self.broadcast(state, payload, out);
        out.because(|| "it broadcasts the message with all that it follows");
    }

    fn on_deliver(
        &self,
        state: &mut CausalBroadcastState,
        from: ProcessId,
        message: &WithPast,
        out: &mut Out<'_, WithPast>,
    ) {
        state.waiting.push((from, message.clone()));
        let mut count = 0;
        while let Some(place) = state.waiting.iter().position(|(_, stamped)| {
            self.mutant_no_wait || stamped.past.iter().zip(&state.delivered).all(|(past, delivered)| past <= delivered)
        }) {
            let (origin, stamped) = state.waiting.remove(place);
            state.delivered[origin.index()] += 1;
            let answers = state.talk.answers(out, stamped.payload.value());
            out.deliver(origin, stamped.payload);
            for answer in answers {
                self.broadcast(state, answer, out);
            }
            count += 1;
        }
        let delivered = &state.delivered;
        out.because(|| match count {
            0 => format!("this follows {}, and it has only {}: it keeps it", list(&message.past), list(delivered)),
            1 => "it has all that this follows, so it delivers it".to_owned(),
            _ => format!("it has all that this follows, and what waited for it: it delivers {count}"),
        });
    }

    fn label(&self, _local: &Local, state: &CausalBroadcastState) -> String {
        list(&state.delivered)
    }

    fn when_off(&self) -> WhenOff {
        WhenOff::Transparent("an answer may be delivered before its question".into())
    }

    fn on_switch(&self, state: &mut CausalBroadcastState, _on: bool, out: &mut Out<'_, WithPast>) {
        let count = state.waiting.len();
        for (origin, stamped) in state.waiting.drain(..) {
            out.deliver(origin, stamped.payload);
        }
        if count > 0 {
            out.because(|| format!("it waits for no past any more, and delivers the {count} that it kept"));
        }
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Causal broadcast".into(),
        summary:
            "Sends its vector clock along, and keeps what comes before its past; so no answer precedes its question."
                .into(),
        cost: "No message of its own: over reliable broadcast n(n-1) for each broadcast, and one step.".into(),
        source: "Cachin, Guerraoui and Rodrigues 2011, Algorithm 3.15 (Waiting Causal Broadcast)".into(),
        problem: Problem::Broadcast,
        needs: vec![Service::ReliableBroadcast],
        provides: vec![Service::CausalBroadcast],
        under: ModuleLine::stack(["best-effort-broadcast", "reliable-broadcast"]),
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
        mutants: names(["no-wait"]),
        without: without(),
        ..Entry::new("causal-broadcast", |parameters| CausalBroadcast { mutant_no_wait: parameters.mutant("no-wait") })
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

    /// p1 answers p0, and p2 gets the answer first.
    fn answered(parameters: &[(&str, &str)]) -> TestBench {
        let under = Some(&["best-effort-broadcast"] as &[_]);
        let mut bench = on_bench("causal-broadcast", parameters, under, &["lunch?", "lunch?/noon", ""]);
        bench.start_all();
        bench.deliver(0, 1);
        assert_eq!(bench.delivered(1), ["p0:lunch?", "p1:noon"], "its own answer comes after what it answers");
        bench.deliver(1, 2);
        bench
    }

    #[test]
    fn an_answer_waits_for_its_question() {
        let mut bench = answered(&[]);
        assert!(bench.delivered(2).is_empty());
        assert_eq!(bench.reason(2), "this follows 1 0 0, and it has only 0 0 0: it keeps it");
        bench.deliver(0, 2);
        assert_eq!(bench.delivered(2), ["p0:lunch?", "p1:noon"]);
        assert_eq!(bench.reason(2), "it has all that this follows, and what waited for it: it delivers 2");
    }

    #[test]
    fn words_that_know_nothing_of_each_other_do_not_wait() {
        let mut bench = on_bench("causal-broadcast", &[], Some(&["best-effort-broadcast"]), &["a b", "c", ""]);
        bench.start_all();
        bench.deliver(1, 2);
        bench.deliver_youngest(0, 2);
        assert_eq!(bench.delivered(2), ["p1:c"], "b waits for a, and c for nobody");
        bench.deliver(0, 2);
        assert_eq!(bench.delivered(2), ["p1:c", "p0:a", "p0:b"]);
    }

    #[test]
    fn mutant_no_wait_delivers_the_answer_first() {
        assert_eq!(answered(&[("mutant", "no-wait")]).delivered(2), ["p1:noon"]);
    }
}
