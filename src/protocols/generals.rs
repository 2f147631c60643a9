//! The Byzantine generals.
//!
//! **Problem.** A commander sends an order to lieutenants: attack (1) or retreat (0). Some of them all are traitors, the
//! commander perhaps. All loyal ones shall do the same, and if the commander is loyal, what he says.
//! **Assumes** n > 3m with at most m traitors, the parameter `faults`. Synchrony: what is sent in a round arrives before
//! it ends, so `round-ms` is at least the bound on delivery plus that on processing. Nothing is lost, and who sent a
//! message is known.
//! **Idea.** Nobody believes a single messenger. What the commander told a lieutenant, he tells the others, each as if he
//! were the commander of that; m rounds deep. So everybody has a tree of who said that who said what. From the leaves
//! up, a node counts for what most of its children say; a tie, and what never came, counts for retreat.
//! **Source.** Lamport, Shostak and Pease, *The Byzantine generals problem*, ACM Transactions on Programming Languages
//! and Systems 4(3), 1982: algorithm OM(m). The tree is that of Lynch 1996, section 6.3, EIGByz.
//! **Promises** agreement and obedience (the paper's IC1 and IC2), termination, integrity.
//! **Cost.** (n-1) + (n-1)(n-2) + … + (n-1)(n-2)…(n-1-m) messages, one for each branch of the tree, and m+1 rounds.
//! **What breaks it.** Three generals and one traitor: a lieutenant hears “attack” from one and “he said retreat” from the
//! other, and cannot tell which of the two lies. More traitors than a third, always.
//!
//! p0 is the commander, and only its input counts.

use crate::catalogue::{
    Assumption, Consequence, Domain, Entry, Exploration, Explorer, Inputs, Parameter, Parameters, Problem, Resilience,
    Timeout, Without, names, world,
};
use crate::model::Behaviour;
use crate::model::Rate;
use crate::process::{Kind, Local, Message, Out, ProcessId, Protocol, Timer, Value};
use crate::property::Property;
use serde::Serialize;
use std::rc::Rc;
use std::sync::Arc;

/// The end of a round.
pub const ROUND: Timer = Timer::new("round");

/// The process that gives the order.
const COMMANDER: ProcessId = ProcessId(0);

/// "He told me that he told him that …"
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Order {
    /// Through whom the order came: the commander first, the sender last.
    pub path: Vec<ProcessId>,
    /// The order.
    pub attack: bool,
}

impl Message for Order {
    fn kind(&self) -> Kind {
        Kind { label: "OM", name: "order" }
    }
    fn value(&self) -> Option<Value> {
        Some(Value::Bit(self.attack))
    }
    fn text(&self) -> String {
        let order = word(self.attack);
        match self.path.split_last() {
            Some((_, through)) if !through.is_empty() => format!("{} said: {order}", path_names(through)),
            _ => format!("my order: {order}"),
        }
    }
    fn lies(&self) -> Vec<Self> {
        vec![Order { attack: !self.attack, path: self.path.clone() }]
    }
    fn written_by(&self, writer: ProcessId) -> Option<Self> {
        let (_, through) = self.path.split_last()?;
        Some(Order { path: [through, &[writer]].concat(), attack: self.attack })
    }
}

fn word(attack: bool) -> &'static str {
    if attack { "attack" } else { "retreat" }
}

fn path_names(path: &[ProcessId]) -> String {
    let names: Vec<String> = path.iter().rev().map(ProcessId::to_string).collect();
    names.join(" said that ")
}

/// The state of a general.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct GeneralsState {
    /// The round it is in: 0 before its start, 1 in the first.
    pub round: usize,
    /// The nodes of the tree that have come: through whom, and the order; sorted.
    pub tree: Vec<(Vec<ProcessId>, bool)>,
    /// The decision register.
    pub decided: Option<bool>,
}

/// The protocol.
pub struct Generals {
    /// The number of traitors that it is made for: m.
    faults: usize,
    /// The length of a round, in microseconds.
    round_us: u64,
    /// Planted bug: believes the commander.
    mutant_believes: bool,
}

impl Generals {
    /// The value that the general holds a node of the tree for.
    fn resolve(&self, local: &Local, state: &GeneralsState, path: &[ProcessId]) -> bool {
        let found = state.tree.binary_search_by(|(known, _)| known[..].cmp(path));
        let told = found.is_ok_and(|place| state.tree[place].1);
        if path.len() > self.faults || self.mutant_believes {
            return told;
        }
        // His own order has one voice, and so has the order that each of the others says that he was told.
        let (mut attack, mut voices) = (usize::from(told), 1);
        for other in ProcessId::all(local.n).filter(|other| *other != local.me && !path.contains(other)) {
            let longer = [path, &[other]].concat();
            attack += usize::from(self.resolve(local, state, &longer));
            voices += 1;
        }
        2 * attack > voices
    }
}

impl Protocol for Generals {
    type State = GeneralsState;
    type Message = Order;

    fn init(&self, _local: &Local) -> GeneralsState {
        GeneralsState { round: 0, tree: Vec::new(), decided: None }
    }

    fn on_start(&self, state: &mut GeneralsState, out: &mut Out<'_, Order>) {
        state.round = 1;
        out.set_timer(ROUND, self.round_us);
        if out.me == COMMANDER {
            let attack = out.input.as_ref().and_then(Value::bit).unwrap_or(false);
            state.tree.push((vec![COMMANDER], attack));
            out.send_to_peers(Order { path: vec![COMMANDER], attack });
            out.because(|| format!("it is the commander, and orders to {}", word(attack)));
        } else {
            out.because(|| "it waits for the order of p0");
        }
    }

    fn on_deliver(&self, state: &mut GeneralsState, from: ProcessId, message: &Order, out: &mut Out<'_, Order>) {
        let (path, me) = (&message.path, out.me);
        let distinct = path.iter().enumerate().all(|(place, name)| !path[..place].contains(name) && *name != me);
        let proper = distinct && path.first() == Some(&COMMANDER) && path.last() == Some(&from);
        if !proper || me == COMMANDER {
            out.because(|| format!("{from} cannot have been told this way, so it does not count"));
            return;
        }
        if path.len() < state.round || path.len() > self.faults + 1 || state.decided.is_some() {
            out.because(|| format!("{from} says this in another round than it belongs to, so it does not count"));
            return;
        }
        match state.tree.binary_search_by(|(known, _)| known.cmp(path)) {
            Ok(_) => out.because(|| format!("{from} has said this before, and only the first time counts")),
            Err(place) => {
                state.tree.insert(place, (path.clone(), message.attack));
                out.because(|| format!("it takes note: {} said {}", path_names(path), word(message.attack)));
            }
        }
    }

    fn on_timeout(&self, state: &mut GeneralsState, timer: Timer, out: &mut Out<'_, Order>) {
        debug_assert_eq!(timer, ROUND, "the only timer of this layer");
        let ended = state.round;
        if ended <= self.faults {
            state.round += 1;
            out.set_timer(ROUND, self.round_us);
            if out.me == COMMANDER {
                return;
            }
            let (me, peers) = (out.me, Rc::clone(&out.peers));
            for (path, attack) in state.tree.iter().filter(|(path, _)| path.len() == ended) {
                let longer = [&path[..], &[me]].concat();
                for &to in peers.iter().filter(|to| !longer.contains(to)) {
                    out.send(to, Order { path: longer.clone(), attack: *attack });
                }
            }
            out.because(|| format!("round {ended} is over: it tells the others what it was told"));
            return;
        }
        let attack = if out.me == COMMANDER {
            state.tree.first().is_some_and(|(_, attack)| *attack)
        } else {
            self.resolve(out, state, &[COMMANDER])
        };
        state.decided = Some(attack);
        out.decide(attack);
        let commander = out.me == COMMANDER;
        out.because(|| match commander {
            true => "the last round is over, and it does what it ordered".to_owned(),
            false => format!("the last round is over, and most of what it was told says: {}", word(attack)),
        });
    }

    fn label(&self, local: &Local, state: &GeneralsState) -> String {
        match state.decided {
            Some(attack) => word(attack).to_owned(),
            None if local.me == COMMANDER => "commander".to_owned(),
            None => String::new(),
        }
    }
}

/// The number of liars that OM(m) bears: so many at so many levels (the paper's Lemma 1).
fn liars_borne(n: usize, parameters: &Parameters) -> usize {
    let levels = usize::try_from(parameters.integer("faults")).expect("a small number");
    (0..=levels).rev().find(|liars| n > 2 * liars + levels).unwrap_or(0)
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Byzantine generals".into(),
        summary:
            "Everybody tells everybody what it was told, m rounds deep, and believes the majority at every branch."
                .into(),
        cost: "(n-1) + (n-1)(n-2) + … + (n-1)(n-2)…(n-1-m) messages, one for each branch of the tree, and m+1 rounds."
            .into(),
        source: "Lamport, Shostak and Pease 1982, algorithm OM(m); the tree is that of Lynch 1996, section 6.3".into(),
        problem: Problem::Consensus,
        assumptions: vec![
            Assumption::FewLiars,
            Assumption::AuthenticatedLinks,
            Assumption::Synchrony,
            Assumption::ReliableLinks,
            Assumption::CrashStop,
        ],
        properties: vec![Property::AGREEMENT, Property::OBEDIENCE, Property::TERMINATION, Property::INTEGRITY],
        parameters: vec![
            Parameter::new("faults", Domain::Integer(0, 3), "1", "The number of traitors that there may be: m."),
            super::round_ms(),
        ],
        inputs: Inputs::FirstBit("p0: the order, 1 to attack or 0 to retreat; the others have none".into()),
        processes: (3, 10),
        exploration: Exploration::new(Explorer::Synchronous { faults: 1 }, 4).from(&["1"]),
        mutants: names(["believes"]),
        timeout: Some(Timeout { parameter: "round-ms".into(), exchanges: 1 }),
        resilience: Resilience { liars: Arc::new(liars_borne), ..Resilience::default() },
        without: without(),
        ..Entry::new("generals", |parameters| Generals {
            faults: usize::try_from(parameters.integer("faults")).expect("at most 3"),
            round_us: parameters.integer("round-ms") * 1_000,
            mutant_believes: parameters.mutant("believes"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::AGREEMENT), 1, world::lossy),
        Without::new(Assumption::CrashStop, Consequence::Violated(Property::AGREEMENT), 1, world::away_from_the_start),
        Without::new(Assumption::Synchrony, Consequence::Violated(Property::AGREEMENT), 1, world::asynchronous),
        Without::new(Assumption::AuthenticatedLinks, Consequence::Violated(Property::OBEDIENCE), 2, world::unsigned)
            .on(|scenario| {
                world::signed(scenario, world::P2, Behaviour { lies: Rate(1_000_000), ..world::forger(world::P1) })
            }),
        Without::new(Assumption::FewLiars, Consequence::Violated(Property::OBEDIENCE), 1, |scenario| {
            scenario.processes = 3
        })
        .on(|scenario| world::at(scenario, 0, world::lies(world::P2, 1_000_000))),
    ]
}

#[cfg(test)]
mod tests {
    use super::Order;
    use crate::process::{Message, Payload, ProcessId};
    use crate::protocols::Envelope;
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    fn end_round(bench: &mut TestBench, n: usize) {
        bench.deliver_all();
        (0..n).for_each(|p| bench.fire(p, "round"));
    }

    /// p0 orders p1 to attack and all others to retreat.
    fn two_orders(n: usize, parameters: &[(&str, &str)]) -> TestBench {
        let mut inputs = vec![""; n];
        inputs[0] = "0";
        let mut bench = on_bench("generals", parameters, None, &inputs);
        bench.start_all();
        assert!(bench.alter(0, 1, 0));
        end_round(&mut bench, n);
        bench
    }

    #[test]
    fn four_generals_agree_although_the_commander_says_two_things() {
        let mut bench = two_orders(4, &[]);
        end_round(&mut bench, 4);
        assert_eq!([1, 2, 3].map(|p| bench.decisions(p)), [["0"], ["0"], ["0"]]);
        assert!(bench.gave(2, "it takes note: p1 said that p0 said attack"));
    }

    #[test]
    fn four_generals_obey_although_a_lieutenant_lies() {
        let mut bench = on_bench("generals", &[], None, &["1", "", "", ""]);
        bench.start_all();
        end_round(&mut bench, 4);
        assert!(bench.alter(3, 1, 0) && bench.alter(3, 2, 0));
        end_round(&mut bench, 4);
        assert_eq!([1, 2].map(|p| bench.decisions(p)), [["1"], ["1"]]);
    }

    #[test]
    fn three_generals_are_told_the_same_messages_whoever_lies() {
        // The commander says two things …
        let mut bench = two_orders(3, &[]);
        end_round(&mut bench, 3);
        let messages = ["it takes note: p0 said attack", "it takes note: p2 said that p0 said retreat"];
        assert!(messages.iter().all(|message| bench.gave(1, message)));
        // … or the commander says one thing and p2 another.
        let mut bench = on_bench("generals", &[], None, &["1", "", ""]);
        bench.start_all();
        end_round(&mut bench, 3);
        assert!(bench.alter(2, 1, 0));
        end_round(&mut bench, 3);
        assert!(messages.iter().all(|message| bench.gave(1, message)));
        assert_eq!(bench.decisions(1), ["0"], "it does not obey a loyal commander");
    }

    #[test]
    fn a_forger_changes_the_name_inside_and_nothing_else() {
        let order = Order { path: vec![ProcessId(0), ProcessId(2)], attack: true };
        let forged = Order { path: vec![ProcessId(0), ProcessId(1)], attack: true };
        assert_eq!(order.written_by(ProcessId(1)), Some(forged.clone()));
        // Through the layers of links, too, for these do not look inside.
        let carried = Envelope(Payload::new(order)).written_by(ProcessId(1));
        assert_eq!(carried, Some(Envelope(Payload::new(forged))));
    }

    #[test]
    fn what_nobody_can_have_been_told_does_not_count() {
        let mut bench = on_bench("generals", &[], None, &["1", "", "", ""]);
        bench.start_all();
        bench.redirect((0, 1), (2, 1));
        bench.deliver(2, 1);
        assert_eq!(bench.reason(1), "p2 cannot have been told this way, so it does not count");
    }

    #[test]
    fn mutant_believes_lets_a_lying_commander_split_them() {
        let mut bench = two_orders(4, &[("mutant", "believes")]);
        end_round(&mut bench, 4);
        assert_eq!([1, 2].map(|p| bench.decisions(p)), [["1"], ["0"]]);
    }
}
