//! A rumour that goes from neighbour to neighbour.
//!
//! **Problem.** Somebody knows something, and all shall know it, though not everybody can talk to everybody.
//! **Assumes** reliable links, a connected network and that nobody crashes; timing does not matter.
//! **Idea.** Who hears a rumour for the first time tells every neighbour except the one who told it. Who hears it
//! again keeps quiet. There is no shared memory: a process knows something from the moment at which a message with it
//! arrives, and at no moment is there a "now" in which all of them learn it.
//! **Source.** Attiya and Welch, *Distributed Computing* (2nd ed., 2004), chapter 2, the flooding algorithm, without
//! the spanning tree; Lynch, *Distributed Algorithms* (1996), chapter 4, floods in rounds.
//! **Promises** delivery, no duplication, no creation.
//! **Cost.** Over e connections 2e-(n-1) messages for each rumour: n-1 in a line, (n-1)(n-1) where all are connected.
//! As many steps as the farthest process is away.
//! **What breaks it.** A crash that cuts the network in two, or a lost message where there is only one way.

use super::{IntervalSet, words};
use crate::catalogue::{
    Assumption, Consequence, Entry, Exploration, Explorer, Inputs, NeededNetwork, Problem, Without, names, world,
};
use crate::process::{Kind, Local, Message, Out, Payload, ProcessId, Protocol, Request, UserMessage, Value};
use crate::property::Property;
use crate::scenario::Topology;
use serde::Serialize;
use std::rc::Rc;

/// "Have you heard? …"
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Rumour {
    /// The process that knew it at the start.
    pub origin: ProcessId,
    /// 0 for the first rumour of that process.
    pub number: u32,
    /// The rumour.
    pub word: Value,
}

impl Message for Rumour {
    fn kind(&self) -> Kind {
        Kind { label: "R", name: "rumour" }
    }
    fn value(&self) -> Option<Value> {
        Some(self.word.clone())
    }
    fn text(&self) -> String {
        format!("have you heard from {}? {}", self.origin, self.word)
    }
    fn lies(&self) -> Vec<Self> {
        UserMessage(self.word.clone())
            .lies()
            .into_iter()
            .map(|UserMessage(word)| Rumour { word, ..self.clone() })
            .collect()
    }
}

/// The state of a process.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FloodingState {
    /// The numbers of the rumours heard that began at p0, p1, …
    pub heard: Vec<IntervalSet>,
    /// The rumours that it knows, in the order in which it learnt them.
    pub knows: Vec<Value>,
}

/// The protocol; it has no parameters.
pub struct Flooding {
    /// Planted bug: does not pass on what it hears.
    mutant_keeps_it: bool,
    /// Planted bug: delivers a rumour each time that it hears it.
    mutant_forgets: bool,
}

impl Protocol for Flooding {
    type State = FloodingState;
    type Message = Rumour;

    fn init(&self, local: &Local) -> FloodingState {
        FloodingState { heard: vec![IntervalSet::default(); local.n], knows: Vec::new() }
    }

    fn on_start(&self, state: &mut FloodingState, out: &mut Out<'_, Rumour>) {
        let words = words(out);
        let origin = out.me;
        for (number, word) in (0..).zip(&words) {
            state.heard[origin.index()].insert(number);
            state.knows.push(word.clone());
            out.deliver(origin, Payload::new(UserMessage(word.clone())));
            out.send_to_peers(Rumour { origin, number, word: word.clone() });
        }
        if let Some(word) = words.last() {
            let neighbours = out.peers.len();
            out.because(|| match neighbours {
                1 => format!("it knows “{word}”, and tells its only neighbour"),
                _ => format!("it knows “{word}”, and tells its {neighbours} neighbours"),
            });
        }
    }

    fn on_deliver(&self, state: &mut FloodingState, from: ProcessId, message: &Rumour, out: &mut Out<'_, Rumour>) {
        let Rumour { origin, number, word } = message;
        if !state.heard[origin.index()].insert(*number) {
            if self.mutant_forgets {
                out.deliver(*origin, Payload::new(UserMessage(word.clone())));
            }
            out.because(|| format!("it knows “{word}” already, so it need not tell anybody"));
            return;
        }
        state.knows.push(word.clone());
        out.deliver(*origin, Payload::new(UserMessage(word.clone())));
        if self.mutant_keeps_it {
            out.because(|| format!("it did not know “{word}” until {from} told it"));
            return;
        }
        let rumour = Payload::new(message.clone());
        let peers = Rc::clone(&out.peers);
        for &to in peers.iter().filter(|peer| **peer != from) {
            out.request(Request::Send { to, payload: rumour.clone() });
        }
        out.because(|| match peers.len() {
            0 | 1 => format!("it did not know “{word}” until {from} told it, and it has nobody else to tell"),
            _ => format!("it did not know “{word}” until {from} told it, and tells its other neighbours"),
        });
    }

    fn label(&self, _local: &Local, state: &FloodingState) -> String {
        state.knows.last().map(Value::to_string).unwrap_or_default()
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Word of mouth".into(),
        summary: "A process that hears a rumour for the first time tells every neighbour but the one it came from."
            .into(),
        cost:
            "Over e connections 2e-(n-1) messages for each rumour: n-1 in a line, (n-1)(n-1) where all are connected."
                .into(),
        source: "Attiya and Welch 2004, chapter 2; Lynch 1996, chapter 4".into(),
        problem: Problem::Broadcast,
        assumptions: vec![Assumption::ReliableLinks, Assumption::NoCrash],
        properties: vec![Property::DELIVERY, Property::NO_DUPLICATION, Property::NO_CREATION],
        inputs: Inputs::Words("the words that this process knows when it starts, separated by spaces".into()),
        processes: (2, 64),
        exploration: Exploration::new(Explorer::Strict, 3).from(&["a", "b"]),
        mutants: names(["keeps-it", "forgets"]),
        network: NeededNetwork::Connected,
        without: without(),
        ..Entry::new("flooding", |parameters| Flooding {
            mutant_keeps_it: parameters.mutant("keeps-it"),
            mutant_forgets: parameters.mutant("forgets"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::DELIVERY), 1, world::lossy),
        Without::new(Assumption::NoCrash, Consequence::Violated(Property::DELIVERY), 1, |scenario| {
            world::at(scenario, 0, world::crash(world::P1))
        })
        .on(|scenario| scenario.topology = Topology::Line),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;

    #[test]
    fn in_a_line_a_rumour_costs_n_minus_1_messages() {
        let mut bench = on_bench("flooding", &[], None, &["news", "", "", ""]).line();
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.sent, 3);
        (0..4).for_each(|p| assert_eq!(bench.delivered(p), ["p0:news"]));
    }

    #[test]
    fn where_all_are_connected_it_costs_n_minus_1_squared() {
        for n in [2, 3, 5, 8] {
            let mut inputs = vec![""; n];
            inputs[0] = "news";
            let mut bench = on_bench("flooding", &[], None, &inputs);
            bench.start_all();
            bench.deliver_all();
            assert_eq!(bench.sent, (n - 1) * (n - 1));
            (0..n).for_each(|p| assert_eq!(bench.delivered(p), ["p0:news"]));
        }
    }

    #[test]
    fn p2_knows_when_a_message_arrives_and_not_before() {
        let mut bench = on_bench("flooding", &[], None, &["news", "", ""]).line();
        bench.start_all();
        bench.deliver(0, 1);
        assert_eq!((bench.label(1), bench.label(2)), ("news".to_owned(), String::new()));
        bench.deliver(1, 2);
        assert_eq!(bench.label(2), "news");
        assert_eq!(bench.reason(2), "it did not know “news” until p1 told it, and it has nobody else to tell");
    }

    #[test]
    fn rumours_with_the_same_word_are_different_rumours() {
        let mut bench = on_bench("flooding", &[], None, &["news", "news"]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.delivered(0), ["p0:news", "p1:news"]);
        assert_eq!(bench.sent, 2);
    }

    #[test]
    fn mutant_keeps_it_leaves_the_end_of_the_line_without() {
        let mut bench = on_bench("flooding", &[("mutant", "keeps-it")], None, &["news", "", ""]).line();
        bench.start_all();
        bench.deliver_all();
        assert!(bench.delivered(2).is_empty());
    }

    #[test]
    fn mutant_forgets_delivers_what_comes_by_two_ways_twice() {
        let mut bench = on_bench("flooding", &[("mutant", "forgets")], None, &["news", "", ""]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.delivered(2), ["p0:news", "p0:news"]);
    }
}
