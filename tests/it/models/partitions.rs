//! Cuts, partitions, and messages that a person holds.

use super::{P0, P1, P2, P3, ended, facts, received, scenario};
use crate::common::builtin;
use bivalent::engine::{Choice, MessageId, ProcessSet, Scheduled};
use bivalent::model::{LinkKind, Links, Override, TimingKind};
use bivalent::process::ProcessId;
use bivalent::scenario::Fault;

#[test]
fn a_cut_holds_messages_on_reliable_links_until_it_is_mended() {
    let mut scenario = scenario("plain-messages", &["a b", "", ""]);
    scenario.faults = vec![
        Fault { at_ms: 0, choice: Choice::Cut { from: P0, to: P1 } },
        Fault { at_ms: 5_000, choice: Choice::Mend { from: P0, to: P1 } },
    ];
    let history = ended(&scenario);
    let facts = facts(&history);
    assert_eq!(received(&facts).len(), 4);
    for fact in &facts {
        match fact.choice {
            Choice::Deliver(id) if id.to == P1 => assert!((5_000_000..5_110_001).contains(&fact.at_us)),
            Choice::Deliver(_) => assert!(fact.at_us <= 110_000),
            _ => {}
        }
    }
    assert_eq!(history.engine().totals().lost, 0);
}

#[test]
fn a_cut_loses_messages_on_fair_loss_links() {
    let mut scenario = scenario("plain-messages", &["a b", "", ""]);
    scenario.models.links.kind = LinkKind::FairLoss;
    scenario.faults = vec![
        Fault { at_ms: 10, choice: Choice::Cut { from: P0, to: P1 } },
        Fault { at_ms: 5_000, choice: Choice::Heal },
    ];
    let history = ended(&scenario);
    let received = received(&facts(&history));
    assert_eq!(received.keys().map(|id| id.to).collect::<Vec<ProcessId>>(), [P2, P2]);
    assert_eq!(history.engine().totals().lost, 2);
}

#[test]
fn a_partition_cuts_between_its_sides_in_both_directions_and_nowhere_else() {
    let mut scenario = scenario("plain-messages", &["a", "b", "c", "d"]);
    scenario.faults = vec![Fault { at_ms: 0, choice: Choice::Partition(ProcessSet::of([P0, P2])) }];
    let mut history = ended(&scenario);
    let pairs: Vec<(ProcessId, ProcessId)> = received(&facts(&history)).keys().map(|id| (id.from, id.to)).collect();
    assert_eq!(pairs, [(P0, P2), (P1, P3), (P2, P0), (P3, P1)]);
    assert!(!history.is_at_rest(), "the messages between the sides are held");
    assert_eq!(history.engine().flights().count(), 8);
    assert!(history.engine().is_cut(P0, P1) && history.engine().is_cut(P1, P0) && !history.engine().is_cut(P0, P2));
}

#[test]
fn a_message_that_a_person_holds_waits_and_goes_on_when_it_is_released() {
    let mut history = scenario("plain-messages", &["a", ""]).start(builtin()).expect("valid");
    history.seek(2).expect("two starts");
    let id = MessageId { from: P0, to: P1, number: 0, copy: 0 };
    let due_us = history.engine().flight(id).expect("it was sent").due_us;
    history.act(Choice::Hold(id), None).expect("it is on its way");
    assert_eq!(history.act(Choice::Hold(id), None).map_err(|refusal| refusal.0), Err("it is held already".into()));
    history.run(100).expect("it ends");
    assert_eq!(history.engine().totals().delivered, 0);
    assert!(!history.is_at_rest(), "somebody holds a message");
    history.act(Choice::Release(id), Some(700_000)).expect("it is held");
    history.run(100).expect("it ends");
    assert_eq!(history.engine().totals().delivered, 1);
    assert_eq!(history.engine().now_us(), 700_000 + due_us, "it is received as much later as it was held");
    assert!(history.is_at_rest());
}

#[test]
fn without_times_a_cut_loses_on_fair_loss_links_and_holds_on_reliable_ones() {
    for (kind, lost) in [(LinkKind::FairLoss, 2), (LinkKind::Reliable, 0)] {
        for scheduler in ["fair", "random"] {
            let mut scenario = scenario("plain-messages", &["a b", "", ""]);
            scenario.scheduler = serde_json::from_value(scheduler.into()).expect("a scheduler");
            scenario.models.links.kind = kind;
            scenario.schedule = [Choice::Start(P0), Choice::Cut { from: P0, to: P1 }].map(Scheduled::from).into();
            let history = ended(&scenario);
            assert_eq!(history.engine().totals().lost, lost, "{kind:?}, {scheduler}");
            assert_eq!(history.engine().totals().delivered, 2, "{kind:?}, {scheduler}");
        }
    }
}

#[test]
fn a_partition_breaks_the_promise_of_time_where_some_link_that_it_cuts_is_reliable() {
    let mut scenario = scenario("plain-messages", &["a", "", ""]);
    scenario.models.links.kind = LinkKind::FairLoss;
    let other = Override { from: P0, to: P1, one_way: false, links: Links::default() };
    scenario.models.overrides = vec![other];
    let history = scenario.start(builtin()).expect("valid");
    let forbidden =
        |side: &[ProcessId]| history.engine().forbids(&Choice::Partition(ProcessSet::of(side.iter().copied())));
    assert_eq!(forbidden(&[P0]), Some("messages and steps keep their time bounds"));
    assert_eq!(forbidden(&[P0, P1]), None, "it cuts fair-loss links only");
}

#[test]
fn a_message_in_the_input_buffer_does_not_overtake_one_that_a_cut_holds_before_it() {
    let mut overtaken = 0;
    for seed in 0..200 {
        let mut scenario = scenario("plain-messages", &["a b c d", ""]);
        scenario.seed = seed;
        scenario.models.links.fifo = true;
        scenario.models.timing.kind = TimingKind::Asynchronous;
        let cut = |at_ms, choice| Fault { at_ms, choice };
        scenario.faults =
            vec![cut(60, Choice::Cut { from: P0, to: P1 }), cut(2_000, Choice::Mend { from: P0, to: P1 })];
        let mut history = scenario.start(builtin()).expect("valid");
        while history.engine().now_us() < 60_000 {
            history.next().map(|_| ()).expect("the cut comes");
        }
        let waits = |flight: &bivalent::engine::Flight| flight.held_us.is_some() && flight.arrives_us <= 60_000;
        overtaken += history.engine().flights().filter(|flight| waits(flight)).count();
        history.run(1_000).expect("it ends");
        let order: Vec<u32> = facts(&history)
            .iter()
            .filter_map(|fact| match fact.choice {
                Choice::Deliver(id) => Some(id.number),
                _ => None,
            })
            .collect();
        assert_eq!(order, [0, 1, 2, 3], "seed {seed}");
    }
    assert!(overtaken > 0, "some message was in the input buffer behind one that was cut off");
}
