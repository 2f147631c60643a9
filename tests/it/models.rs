//! The promises of the models, each checked on traces.

use bivalent::catalogue::find;
use bivalent::engine::{Choice, Fact, History, MessageId, Side, Status};
use bivalent::model::{Failures, LinkKind, Rate, TimingKind};
use bivalent::process::{Outcome, ProcessId, Value};
use bivalent::scenario::{Fault, Scenario};
use std::collections::BTreeMap;

const P0: ProcessId = ProcessId(0);
const P1: ProcessId = ProcessId(1);
const P2: ProcessId = ProcessId(2);
const P3: ProcessId = ProcessId(3);

fn scenario(protocol: &str, inputs: &[&str]) -> Scenario {
    let mut scenario = Scenario::of(find(protocol).expect("in the catalogue"), inputs.len());
    scenario.inputs = inputs.iter().map(|input| (!input.is_empty()).then(|| Value::from(*input))).collect();
    scenario
}

fn ended(scenario: &Scenario) -> History {
    let mut history = scenario.start().expect("a valid scenario");
    history.run(1_000_000).expect("it ends");
    history
}

fn facts(history: &History) -> Vec<Fact> {
    history.facts(0, history.position())
}

fn crash(process: ProcessId, after_effects: Option<u16>) -> Choice {
    Choice::Crash { process, after_effects }
}

/// How often each message was received.
fn received(facts: &[Fact]) -> BTreeMap<MessageId, u32> {
    let mut received = BTreeMap::new();
    for fact in facts {
        if let Choice::Deliver(id) = fact.choice {
            *received.entry(id).or_default() += 1;
        }
    }
    received
}

#[test]
fn synchronous_every_message_is_handled_within_delta_and_phi() {
    for seed in 0..50 {
        let mut scenario = scenario("reliable-broadcast", &["a b c", "d", "", "e"]);
        scenario.seed = seed;
        let (mut least, mut most) = (u64::MAX, 0);
        for fact in facts(&ended(&scenario)) {
            if let (Choice::Deliver(_), Some((_, sent_us))) = (fact.choice, &fact.letter) {
                least = least.min(fact.at_us - sent_us);
                most = most.max(fact.at_us - sent_us);
            }
        }
        assert!(most <= 110_000, "seed {seed}: a message took {most} us");
        assert!(most > least, "seed {seed}: delays differ");
    }
}

#[test]
fn asynchronous_some_messages_take_longer_than_any_bound_that_one_might_try() {
    let late = (0..200).filter(|seed| {
        let mut scenario = scenario("letters", &["a", "", ""]);
        scenario.seed = *seed;
        scenario.models.timing.kind = TimingKind::Asynchronous;
        facts(&ended(&scenario))
            .iter()
            .any(|fact| fact.letter.as_ref().is_some_and(|(_, sent_us)| fact.at_us - sent_us > 10 * 60_000))
    });
    assert!(late.count() > 0);
}

#[test]
fn reliable_every_message_between_processes_that_stay_up_is_received_exactly_once() {
    for seed in 0..200 {
        let mut scenario = scenario("reliable-broadcast", &["a", "b", "", ""]);
        scenario.seed = seed;
        scenario.models.timing.kind = TimingKind::Asynchronous;
        scenario.faults = vec![Fault { at_ms: 50, choice: crash(P3, None) }];
        scenario.until_ms = 1_000_000;
        let mut history = ended(&scenario);
        assert!(history.is_at_rest(), "seed {seed}");
        let facts = facts(&history);
        let received = received(&facts);
        for (id, _) in facts.iter().flat_map(|fact| &fact.sent).filter(|(id, _)| id.to != P3) {
            assert_eq!(received.get(id), Some(&1), "seed {seed}: {id}");
        }
    }
}

#[test]
fn fair_loss_after_so_many_losses_in_a_row_the_next_copy_is_received() {
    const MOST: u32 = 3;
    let (mut longest, mut messages) = (0, 0);
    for seed in 0..100 {
        // The stubborn link says the same again and again, in copies that overlap on their way.
        let mut scenario = scenario("stubborn-link", &["a b", "", ""]);
        scenario.seed = seed;
        scenario.until_ms = 3_000;
        scenario.models.timing.kind = TimingKind::Asynchronous;
        scenario.models.links.kind = LinkKind::FairLoss;
        scenario.models.links.loss = Rate(800_000);
        scenario.models.links.losses_in_a_row_max = MOST;
        let history = ended(&scenario);
        let facts = facts(&history);
        let lost: Vec<MessageId> = facts
            .iter()
            .filter_map(|fact| match fact.choice {
                Choice::Lose(id) => Some(id),
                _ => None,
            })
            .collect();
        let received = received(&facts);
        // Losses in a row, in the order of sending, by link and payload.
        let mut rows: BTreeMap<(ProcessId, ProcessId, u64), u32> = BTreeMap::new();
        for (id, payload) in facts.iter().flat_map(|fact| &fact.sent) {
            let row = rows.entry((id.from, id.to, payload.digest())).or_default();
            messages += 1;
            if lost.contains(id) {
                *row += 1;
                assert!(*row <= MOST, "seed {seed}: {id} is loss {row} in a row");
                longest = longest.max(*row);
            } else if received.contains_key(id) {
                *row = 0;
            } else {
                // Still on its way at the end: it counts neither as lost nor as received.
                let flight = history.engine().flight(*id).expect("neither lost nor received");
                *row = if flight.fate == bivalent::engine::Fate::Lost { *row + 1 } else { 0 };
            }
        }
    }
    assert_eq!(longest, MOST, "the bound is reached in {messages} messages");
}

#[test]
fn fair_loss_loses_and_doubles_about_as_often_as_it_was_told_to() {
    let (mut sent, mut lost, mut doubled) = (0, 0, 0);
    for seed in 0..100 {
        let mut scenario = scenario("letters", &["a b c d e", "f g h i j", ""]);
        scenario.seed = seed;
        scenario.models.links.kind = LinkKind::FairLoss;
        scenario.models.links.loss = Rate(250_000);
        scenario.models.links.duplication = Rate(100_000);
        scenario.models.links.losses_in_a_row_max = 1_000;
        let totals = ended(&scenario).engine().totals();
        sent += totals.sent;
        lost += totals.lost;
        doubled += totals.duplicated;
    }
    assert_eq!(sent, 2_000);
    // What is lost is not doubled, and copies may be lost as well.
    assert!((420..640).contains(&lost) && (110..190).contains(&doubled), "{lost} lost, {doubled} doubled");
}

#[test]
fn fifo_links_keep_the_order_of_each_link() {
    for seed in 0..100 {
        let mut scenario = scenario("letters", &["a b c d e", "f g h", ""]);
        scenario.seed = seed;
        scenario.models.timing.kind = TimingKind::Asynchronous;
        scenario.models.links.fifo = true;
        let mut last: BTreeMap<(ProcessId, ProcessId), u32> = BTreeMap::new();
        for fact in facts(&ended(&scenario)) {
            if let Choice::Deliver(id) = fact.choice {
                let before = last.insert((id.from, id.to), id.number);
                assert!(before.is_none_or(|before| before < id.number), "seed {seed}: {id} after #{before:?}");
            }
        }
    }
}

#[test]
fn a_cut_holds_messages_on_reliable_links_until_it_is_mended() {
    let mut scenario = scenario("letters", &["a b", "", ""]);
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
    let mut scenario = scenario("letters", &["a b", "", ""]);
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
    let mut scenario = scenario("letters", &["a", "b", "c", "d"]);
    scenario.faults = vec![Fault { at_ms: 0, choice: Choice::Partition(Side::of([P0, P2])) }];
    let mut history = ended(&scenario);
    let pairs: Vec<(ProcessId, ProcessId)> = received(&facts(&history)).keys().map(|id| (id.from, id.to)).collect();
    assert_eq!(pairs, [(P0, P2), (P1, P3), (P2, P0), (P3, P1)]);
    assert!(!history.is_at_rest(), "the messages between the sides are held");
    assert_eq!(history.engine().flights().count(), 8);
    assert!(history.engine().is_cut(P0, P1) && history.engine().is_cut(P1, P0) && !history.engine().is_cut(P0, P2));
}

#[test]
fn a_message_that_a_person_holds_waits_and_goes_on_when_it_is_released() {
    let mut history = scenario("letters", &["a", ""]).start().expect("valid");
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
fn a_crash_after_k_effects_lets_the_first_k_happen_and_no_more() {
    for k in 0..=4u16 {
        let mut scenario = scenario("letters", &["a", "", "", "", ""]);
        scenario.faults = vec![Fault { at_ms: 0, choice: crash(P0, Some(k)) }];
        let history = ended(&scenario);
        let sent: Vec<ProcessId> = received(&facts(&history)).keys().map(|id| id.to).collect();
        assert_eq!(sent, (1..=k).map(ProcessId).collect::<Vec<ProcessId>>());
        assert!(matches!(history.engine().process(P0).status, Status::Crashed(_)), "after {k} effects");
    }
}

#[test]
fn what_is_sent_to_a_crashed_process_is_lost_and_it_takes_no_step() {
    let mut scenario = scenario("reliable-broadcast", &["a", "", ""]);
    scenario.faults = vec![Fault { at_ms: 1, choice: crash(P1, None) }];
    let history = ended(&scenario);
    for fact in facts(&history) {
        if fact.at_us > 1_000 && fact.choice.process() == Some(P1) {
            assert!(matches!(fact.choice, Choice::Crash { .. }), "{:?}", fact.choice);
        }
        if let Choice::Lose(id) = fact.choice {
            assert_eq!(id.to, P1);
        }
    }
    assert!(history.engine().totals().lost > 0);
}

#[test]
fn recovery_loses_volatile_state_timers_and_mail_and_keeps_what_was_stored() {
    let mut voting = scenario("majority-vote", &["candidate", "", ""]);
    voting.models.failures = Failures::CrashRecovery;
    let mut history = voting.start().expect("valid");
    // Until p1 has stored its vote.
    while history.engine().process(P1).stored.iter().all(Option::is_none) {
        history.next().map(|_| ()).expect("p1 votes before the run ends");
    }
    let stored = history.engine().process(P1).stored.clone();
    history.act(crash(P1, None), None).expect("it is up");
    assert!(history.engine().process(P1).timers.is_empty());
    history.act(Choice::Recover(P1), None).expect("it has crashed");
    assert_eq!(history.engine().process(P1).status, Status::Up);
    assert_eq!(history.engine().process(P1).stored, stored);

    let mut flooding = scenario("flooding", &["a", "", ""]);
    flooding.models.failures = Failures::CrashRecovery;
    let mut history = flooding.start().expect("valid");
    history.seek(3).expect("three starts");
    let fresh = history.engine().process(P1).layers[0].inspect();
    history.run(100).expect("it ends");
    assert_ne!(history.engine().process(P1).layers[0].inspect(), fresh, "it has heard the rumour");
    history.act(crash(P1, None), None).expect("it is up");
    history.act(Choice::Recover(P1), None).expect("it has crashed");
    assert_eq!(history.engine().process(P1).layers[0].inspect(), fresh, "it has forgotten the rumour");
}

#[test]
fn a_silent_process_takes_steps_and_nothing_leaves_it() {
    let mut scenario = scenario("reliable-broadcast", &["a", "b", ""]);
    scenario.models.failures = Failures::Byzantine;
    scenario.faults = vec![Fault { at_ms: 0, choice: Choice::Silence(P1) }];
    let history = ended(&scenario);
    let facts = facts(&history);
    assert!(facts.iter().flat_map(|fact| &fact.sent).all(|(id, _)| id.from != P1));
    let delivered = |fact: &&Fact| matches!(fact.choice, Choice::Deliver(id) if id.to == P1);
    assert!(facts.iter().filter(delivered).count() > 0);
    assert!(facts.iter().filter(delivered).any(|fact| {
        fact.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Send { .. } | Outcome::Indicate(_)))
    }));
}

#[test]
fn a_slow_process_handles_its_mail_so_much_later() {
    let mut scenario = scenario("letters", &["a", "", ""]);
    scenario.faults = vec![Fault { at_ms: 0, choice: Choice::Slow { process: P1, extra_ms: 3_000 } }];
    for fact in facts(&ended(&scenario)) {
        match fact.choice {
            Choice::Deliver(id) if id.to == P1 => assert!((3_000_000..3_110_001).contains(&fact.at_us)),
            Choice::Deliver(_) => assert!(fact.at_us <= 110_000),
            _ => {}
        }
    }
}

#[test]
fn without_times_a_cut_loses_on_fair_loss_links_and_holds_on_reliable_ones() {
    for (kind, lost) in [(LinkKind::FairLoss, 2), (LinkKind::Reliable, 0)] {
        for scheduler in ["fair", "random"] {
            let mut scenario = scenario("letters", &["a b", "", ""]);
            scenario.scheduler = serde_json::from_value(scheduler.into()).expect("a scheduler");
            scenario.models.links.kind = kind;
            scenario.schedule =
                [Choice::Start(P0), Choice::Cut { from: P0, to: P1 }].map(bivalent::engine::Scheduled::from).into();
            let history = ended(&scenario);
            assert_eq!(history.engine().totals().lost, lost, "{kind:?}, {scheduler}");
            assert_eq!(history.engine().totals().delivered, 2, "{kind:?}, {scheduler}");
        }
    }
}

#[test]
fn breaking_a_promise_by_hand_puts_out_its_lamp_and_says_when() {
    let mut history = scenario("letters", &["a", ""]).start().expect("valid");
    history.seek(2).expect("two starts");
    let id = MessageId { from: P0, to: P1, number: 0, copy: 0 };
    history.act(Choice::Lose(id), None).expect("it is on its way");
    let promises = history.monitors().promises(history.engine().models());
    let broken: Vec<(&str, u64)> =
        promises.iter().filter_map(|promise| promise.broken.map(|event| (promise.text, event))).collect();
    assert_eq!(broken, [("reliable links lose nothing", 2)]);
}
