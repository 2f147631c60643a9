//! Clocks of runs: they say exactly what the paths of steps and messages say.

use crate::common::{builtin, find};
use bivalent::engine::{Choice, MessageId};
use bivalent::history::{Clocks, Fact, Stamp};
use bivalent::model::{LinkKind, Rate};
use bivalent::process::{ProcessId, Value};
use bivalent::scenario::{Fault, Scenario};
use bivalent::scene::{Relation, relations};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The facts of a run of some protocol, with the clocks of each.
fn run(protocol: &str, n: usize, seed: u32, change: impl Fn(&mut Scenario)) -> Vec<(Fact, Option<Rc<Stamp>>)> {
    let entry = find(protocol);
    let mut scenario = Scenario::of(&entry, n);
    scenario.seed = seed;
    scenario.until_ms = 900;
    change(&mut scenario);
    let mut history = scenario.start(builtin()).expect("valid");
    history.run(1_000);
    let mut clocks = Clocks::new(n);
    let stamped = history.facts(0, history.position()).into_iter().map(|fact| {
        let stamp = clocks.enter(&fact);
        (fact, stamp)
    });
    stamped.collect()
}

/// For each pair of facts whether a path leads from one to the other: in one process, or along a message.
fn paths(facts: &[(Fact, Option<Rc<Stamp>>)]) -> Vec<Vec<bool>> {
    let mut reaches: Vec<Vec<bool>> = Vec::new();
    let mut origin: BTreeMap<MessageId, usize> = BTreeMap::new();
    let mut last: BTreeMap<ProcessId, usize> = BTreeMap::new();
    for (place, (fact, stamp)) in facts.iter().enumerate() {
        let mut before = vec![false; facts.len()];
        let cause = fact.choice.message().and_then(|message| origin.get(&message)).copied();
        let Some(stamp) = stamp else {
            for (id, _) in &fact.sent {
                origin.extend(cause.map(|cause| (*id, cause)));
            }
            reaches.push(before);
            continue;
        };
        let cause = cause.filter(|_| matches!(fact.choice, Choice::Deliver(_)));
        for from in [cause, last.get(&stamp.process).copied()].into_iter().flatten() {
            before[from] = true;
            (0..place).for_each(|other| before[other] |= reaches[from][other]);
        }
        last.insert(stamp.process, place);
        origin.extend(fact.sent.iter().map(|(id, _)| (*id, place)));
        reaches.push(before);
    }
    reaches
}

fn check(facts: &[(Fact, Option<Rc<Stamp>>)]) -> usize {
    let reaches = paths(facts);
    let mut concurrent = 0;
    let bare: Vec<Fact> = facts.iter().map(|(fact, _)| fact.clone()).collect();
    let n = facts.iter().find_map(|(_, stamp)| Some(stamp.as_ref()?.vector.len())).unwrap_or(0);
    for (here, (fact, stamp)) in facts.iter().enumerate() {
        // The diagram tells the same, without clocks.
        for (there, relation) in relations(&bare, fact.event, n).into_iter().enumerate() {
            let told = stamp.as_ref().zip(facts[there].1.as_ref()).map(|(here_stamp, there_stamp)| match () {
                () if here == there => Relation::Itself,
                () if there_stamp.is_before(here_stamp) => Relation::Before,
                () if here_stamp.is_before(there_stamp) => Relation::After,
                () => Relation::Concurrent,
            });
            assert_eq!(relation, told, "events {here} and {there}");
        }
    }
    for (later, (_, after)) in facts.iter().enumerate() {
        for (earlier, (_, before)) in facts[..later].iter().enumerate() {
            let (Some(before), Some(after)) = (before, after) else { continue };
            assert_eq!(before.is_before(after), reaches[later][earlier], "events {earlier} and {later}");
            assert!(!after.is_before(before), "the trace is in an order that is possible");
            assert_eq!(before.is_concurrent(after), !reaches[later][earlier]);
            assert!(!before.is_before(after) || before.lamport < after.lamport, "the clock condition");
            concurrent += usize::from(before.is_concurrent(after));
        }
    }
    concurrent
}

#[test]
fn vector_clocks_say_exactly_what_paths_say_and_lamports_never_the_contrary() {
    let mut concurrent = 0;
    for seed in 0..20 {
        concurrent += check(&run("heartbeat", 4, seed, |_| ()));
        concurrent += check(&run("perfect-link", 3, seed, |scenario| {
            scenario.inputs = vec![Some("a b".into()), Some("c".into())];
            scenario.models.links.kind = LinkKind::FairLoss;
            (scenario.models.links.loss, scenario.models.links.duplication) = (Rate(200_000), Rate(300_000));
        }));
        concurrent += check(&run("authenticated-link", 3, seed, |scenario| {
            scenario.inputs = vec![Some("a".into()), Some("c".into())];
            let links = &mut scenario.models.links;
            links.kind = LinkKind::Arbitrary;
            (links.alter, links.inject, links.replay) = (Rate(300_000), Rate(300_000), Rate(300_000));
        }));
        concurrent += check(&run("reliable-broadcast", 4, seed, |scenario| {
            scenario.inputs = vec![Some("a".into()), Some(Value::from("b"))];
            let choice = Choice::Crash { process: ProcessId(1), after_effects: Some(2) };
            scenario.faults.push(Fault { at_ms: 0, choice });
        }));
    }
    assert!(concurrent > 1_000, "there is something to tell: {concurrent}");
}

#[test]
fn what_an_answer_follows_is_in_its_vector() {
    let facts = run("conversation", 3, 1, |scenario| {
        scenario.inputs = vec![Some("lunch?".into()), Some("lunch?/noon".into())];
    });
    let stamp = |place: usize| facts[place].1.clone().expect("a step");
    let asked =
        (0..facts.len()).find(|place| facts[*place].0.choice == Choice::Start(ProcessId(0))).expect("p0 starts");
    let answers = |fact: &Fact| fact.sent.iter().any(|(_, payload)| payload.text().contains("noon"));
    let answered = (0..facts.len()).find(|place| answers(&facts[*place].0)).expect("p1 answers");
    assert!(stamp(asked).is_before(&stamp(answered)));
    assert_eq!((stamp(asked).lamport, stamp(asked).vector.clone()), (1, vec![1, 0, 0]));
    assert_eq!(stamp(answered).vector[0], 1);
}
