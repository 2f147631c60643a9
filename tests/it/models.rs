//! The promises of the models, each checked on traces.

use bivalent::catalogue::{CATALOGUE, Inputs, find};
use bivalent::engine::{Choice, Engine, Fate, HEARD_MAX, MessageId, ProcessSet, Scheduled, Setup, Status, Step};
use bivalent::history::{Fact, History, Intervention, Scheduler, Stop};
use bivalent::model::{Behaviour, Change, Failures, LinkKind, Links, Models, Override, Rate, Timing, TimingKind};
use bivalent::process::{
    Layer, Local, LocalKnowledge, Out, Outcome, ProcessId, Protocol, Stack, Timer, UserMessage, Value,
};
use bivalent::property::{Monitors, Verdict};
use bivalent::scenario::{Fault, Link, Scenario, Setting, Topology};
use std::collections::BTreeMap;
use std::rc::Rc;

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
            if let (Choice::Deliver(_), Some((_, sent_us))) = (fact.choice, &fact.message) {
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
        let mut scenario = scenario("plain-messages", &["a", "", ""]);
        scenario.seed = *seed;
        scenario.models.timing.kind = TimingKind::Asynchronous;
        facts(&ended(&scenario))
            .iter()
            .any(|fact| fact.message.as_ref().is_some_and(|(_, sent_us)| fact.at_us - sent_us > 10 * 60_000))
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
                *row = if flight.fate == Fate::Lost { *row + 1 } else { 0 };
            }
        }
    }
    assert_eq!(longest, MOST, "the bound is reached in {messages} messages");
}

#[test]
fn fair_loss_loses_and_doubles_about_as_often_as_it_was_told_to() {
    let (mut sent, mut lost, mut doubled) = (0, 0, 0);
    for seed in 0..100 {
        let mut scenario = scenario("plain-messages", &["a b c d e", "f g h i j", ""]);
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
        let mut scenario = scenario("plain-messages", &["a b c d e", "f g h", ""]);
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
    let mut history = scenario("plain-messages", &["a", ""]).start().expect("valid");
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
        let mut scenario = scenario("plain-messages", &["a", "", "", "", ""]);
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
fn what_comes_while_its_recipient_is_down_is_lost_also_if_the_recipient_is_back_before_its_step() {
    let mut scenario = scenario("plain-messages", &["a", "", ""]);
    scenario.models.failures = Failures::CrashRecovery;
    // p1 is so slow that what comes to it waits at its door for long.
    let fault = |at_ms, choice| Fault { at_ms, choice };
    scenario.faults = vec![
        fault(0, Choice::Slow { process: P1, extra_ms: 5_000 }),
        fault(1, crash(P1, None)),
        fault(1_000, Choice::Recover(P1)),
    ];
    let id = MessageId { from: P0, to: P1, number: 0, copy: 0 };
    let mut history = scenario.start().expect("valid");
    while history.engine().now_us() < 1_000_000 {
        history.next().map(|_| ()).expect("it comes back");
    }
    assert_eq!(history.engine().flight(id).map(|flight| flight.fate), Some(Fate::Missed));
    let lost = history.tell().expect("the message is lost");
    assert_eq!((lost.choice, lost.at_us), (Choice::Lose(id), 1_000_000));
    assert_eq!(lost.reasons().collect::<Vec<_>>(), ["p1 was down when it came"]);
    assert_eq!(lost.way, 1.0, "it stood at the door");
    assert!(history.engine().process(P1).is_alive());

    // What is still on its way when the recipient comes back is received.
    scenario.faults = vec![fault(1, crash(P1, None)), fault(2, Choice::Recover(P1))];
    scenario.models.timing.kind = TimingKind::Asynchronous;
    assert!(received(&facts(&ended(&scenario))).contains_key(&id));
}

#[test]
fn reliable_links_owe_nothing_to_a_message_of_one_who_is_down() {
    let mut history = scenario("plain-messages", &["a", "", ""]).start().expect("valid");
    history.seek(3).expect("three starts");
    let lose = Choice::Lose(MessageId { from: P0, to: P1, number: 0, copy: 0 });
    assert_eq!(history.engine().forbids(&lose), Some("reliable links lose nothing"));
    history.act(crash(P0, None), None).expect("it is up");
    assert_eq!(history.engine().forbids(&lose), None);
}

#[test]
fn a_copy_begins_where_its_original_stands_and_no_name_is_given_twice() {
    let mut scenario = scenario("plain-messages", &["a", ""]);
    scenario.models.links.kind = LinkKind::FairLoss;
    let mut history = scenario.start().expect("valid");
    history.seek(2).expect("two starts");
    let id = MessageId { from: P0, to: P1, number: 0, copy: 0 };
    let flight = history.engine().flight(id).expect("it was sent").clone();
    let third_us = flight.sent_us + (flight.arrives_us - flight.sent_us) / 3;
    history.act(Choice::Duplicate(id), Some(third_us)).expect("it is on its way");
    let copy = MessageId { copy: 1, ..id };
    let begins = history.engine().flight(copy).expect("it sets out").way(third_us);
    assert!((begins - 1.0 / 3.0).abs() < 0.01, "{begins}");
    history.act(Choice::Lose(copy), None).expect("it is on its way");
    history.act(Choice::Duplicate(id), None).expect("it is on its way");
    assert!(history.engine().flight(copy).is_none() && history.engine().flight(MessageId { copy: 2, ..id }).is_some());
}

#[test]
fn what_is_lost_breaks_off_where_it_was() {
    let mut scenario = scenario("plain-messages", &["a b c d e f", "", "", ""]);
    scenario.models.links = Links { kind: LinkKind::FairLoss, loss: Rate(500_000), ..Links::default() };
    let lost: Vec<f32> = facts(&ended(&scenario))
        .iter()
        .filter(|fact| matches!(fact.choice, Choice::Lose(_)))
        .map(|fact| fact.way)
        .collect();
    assert!(lost.len() > 3 && lost.iter().all(|way| (way - 0.6).abs() < 0.01), "{lost:?}");
    // A cut loses a message half-way between where it is and its goal.
    scenario.models.links.loss = Rate(0);
    scenario.faults = vec![Fault { at_ms: 0, choice: Choice::Cut { from: P0, to: P1 } }];
    let cut = facts(&ended(&scenario)).into_iter().find(|fact| matches!(fact.choice, Choice::Lose(_)));
    assert!(cut.is_some_and(|fact| (fact.way - 0.5).abs() < 0.01));
}

#[test]
fn a_silent_process_takes_steps_and_nothing_leaves_it() {
    let mut scenario = scenario("reliable-broadcast", &["a", "b", ""]);
    scenario.models.failures = Failures::Byzantine;
    scenario.faults =
        vec![Fault { at_ms: 0, choice: Choice::Byzantine { process: P1, behaviour: Behaviour::silent() } }];
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
    let mut scenario = scenario("plain-messages", &["a", "", ""]);
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
fn breaking_a_promise_by_hand_puts_out_its_lamp_and_says_when() {
    let mut history = scenario("plain-messages", &["a", ""]).start().expect("valid");
    history.seek(2).expect("two starts");
    let id = MessageId { from: P0, to: P1, number: 0, copy: 0 };
    history.act(Choice::Lose(id), None).expect("it is on its way");
    let promises = history.monitors().promises(history.engine().models());
    let broken: Vec<_> = promises
        .iter()
        .filter_map(|promise| promise.broken.map(|event| (promise.text, event, promise.by_hand, promise.on)))
        .collect();
    assert_eq!(broken, [("reliable links lose nothing", 3, true, Some((P0, P1)))]);
}

#[test]
fn a_partition_breaks_the_promise_of_time_where_some_link_that_it_cuts_is_reliable() {
    let mut scenario = scenario("plain-messages", &["a", "", ""]);
    scenario.models.links.kind = LinkKind::FairLoss;
    let other = Override { from: P0, to: P1, one_way: false, links: Links::default() };
    scenario.models.overrides = vec![other];
    let history = scenario.start().expect("valid");
    let forbidden =
        |side: &[ProcessId]| history.engine().forbids(&Choice::Partition(ProcessSet::of(side.iter().copied())));
    assert_eq!(forbidden(&[P0]), Some("messages and steps keep their time bounds"));
    assert_eq!(forbidden(&[P0, P1]), None, "it cuts fair-loss links only");
}

/// Whether reliable links kept their promise in a run that has come to rest: every message between processes that stay
/// up is received once.
fn check_reliable(history: &History) -> Result<(), String> {
    let facts = facts(history);
    let received = received(&facts);
    let up = |process: ProcessId| history.engine().process(process).is_alive();
    for (id, payload) in facts.iter().flat_map(|fact| &fact.sent).filter(|(id, _)| up(id.from) && up(id.to)) {
        match received.get(id) {
            _ if id.copy > 0 || id.is_spoofed() => return Err(format!("nobody sent {id}: {payload:?}")),
            Some(1) => {}
            times => return Err(format!("{id} is received {} times", times.copied().unwrap_or(0))),
        }
    }
    Ok(())
}

#[test]
fn reliable_links_neither_lose_nor_repeat_and_a_saboteur_is_noticed() {
    for timing in TimingKind::ALL {
        for seed in 0..30 {
            let mut scenario = scenario("reliable-broadcast", &["a", "b", "", ""]);
            scenario.seed = seed;
            scenario.models.timing.kind = timing;
            scenario.models.links.reorder = Rate(300_000);
            scenario.until_ms = 1_000_000;
            assert_eq!(check_reliable(&ended(&scenario)), Ok(()), "{timing:?}, seed {seed}");
        }
    }
    let id = MessageId { from: P0, to: P1, number: 0, copy: 0 };
    let lost = Choice::Lose(id);
    let made_up = Choice::Inject { message: id, from: P2, to: P1, lie: Some(0) };
    for (sabotage, promise) in [
        (lost, "reliable links lose nothing"),
        (Choice::Duplicate(id), "reliable links double nothing"),
        (Choice::Replay(id), "reliable links double nothing"),
        (made_up, "messages arrive as they were written"),
    ] {
        let mut history = scenario("plain-messages", &["a", "", ""]).start().expect("valid");
        history.seek(3).expect("three starts");
        assert_eq!(history.engine().forbids(&sabotage), Some(promise));
        history.act(sabotage, None).expect("it is on its way");
        history.run(100).expect("it ends");
        assert!(check_reliable(&history).is_err(), "{sabotage:?} goes unnoticed");
        let promises = history.monitors().promises(history.engine().models());
        let broken: Vec<_> = promises.iter().filter(|promise| promise.broken.is_some()).collect();
        assert!(matches!(broken[..], [only] if only.text == promise && only.broken == Some(4) && only.by_hand));
    }
}

/// Three words and one, said again and again over links that lose this much, and at most so often in a row.
fn said_for_ever(seed: u32, loss: Rate, most: u32) -> Scenario {
    let mut scenario = scenario("stubborn-link", &["a b c", "d", ""]);
    scenario.seed = seed;
    scenario.until_ms = 20_000;
    scenario.models.links.kind = LinkKind::FairLoss;
    scenario.models.links.loss = loss;
    scenario.models.links.duplication = Rate(100_000);
    scenario.models.links.losses_in_a_row_max = most;
    scenario
}

/// Whether each word came to each peer as often as a link must let it through that loses at most `most` in a row.
fn check_fair(history: &History, most: u32) -> Result<(), String> {
    let mut sent: BTreeMap<(ProcessId, ProcessId, u64), (u32, u32)> = BTreeMap::new();
    for fact in facts(history) {
        for (id, payload) in &fact.sent {
            sent.entry((id.from, id.to, payload.digest())).or_default().0 += 1;
        }
        if let (Choice::Deliver(id), Some((payload, _))) = (fact.choice, &fact.message) {
            sent.entry((id.from, id.to, payload.digest())).or_default().1 += 1;
        }
    }
    assert_eq!(sent.len(), 8, "four words for two peers each");
    for (link, (sent, received)) in sent {
        assert!(sent > 20, "it is sent for ever: {sent}");
        // Some may still be on their way at the end.
        if received + 1 < sent / (most + 1) {
            return Err(format!("{link:?}: {received} of {sent}"));
        }
    }
    Ok(())
}

#[test]
fn fair_loss_delivers_in_the_end_what_is_sent_for_ever_payload_by_payload_always() {
    for (seed, loss) in (0..60).zip([200_000, 900_000, 1_000_000].into_iter().cycle()) {
        assert_eq!(check_fair(&ended(&said_for_ever(seed, Rate(loss), 3)), 3), Ok(()), "seed {seed}");
    }
}

#[test]
fn a_saboteur_who_loses_one_payload_for_ever_is_noticed_though_the_others_come() {
    // Every message from p0 to p1 that says what the first one says.
    let sabotage = |last_too: bool| {
        let mut history = said_for_ever(1, Rate(0), 3).start().expect("valid");
        let mut victim = None;
        while let Ok(step) = history.next() {
            for id in step.sent.clone() {
                let flight = history.engine().flight(id).expect("it was sent in this event");
                let payload = flight.payload.digest();
                if (id.from, id.to) == (P0, P1) && *victim.get_or_insert(payload) == payload {
                    let lose = Choice::Lose(id);
                    if last_too || history.engine().forbids(&lose).is_none() {
                        history.act(lose, None).expect("it is on its way");
                    }
                }
            }
        }
        history
    };
    let within = sabotage(false);
    assert_eq!(check_fair(&within, 3), Ok(()), "what the model allows is no sabotage");
    let beyond = sabotage(true);
    let found = check_fair(&beyond, 3).expect_err("one payload never comes");
    assert!(found.contains(": 0 of "), "{found}");
    let promises = beyond.monitors().promises(beyond.engine().models());
    let broken: Vec<&str> =
        promises.iter().filter(|promise| promise.broken.is_some()).map(|promise| promise.text).collect();
    assert_eq!(broken, ["what is sent again and again arrives in the end"]);
}

#[test]
fn a_person_who_loses_one_too_many_breaks_the_promise_of_fair_loss() {
    let mut scenario = scenario("stubborn-link", &["a", ""]);
    scenario.models.links.kind = LinkKind::FairLoss;
    scenario.models.links.loss = Rate(1_000_000);
    scenario.models.links.losses_in_a_row_max = 1;
    let mut history = scenario.start().expect("valid");
    let id = MessageId { from: P0, to: P1, number: 1, copy: 0 };
    while history.engine().flight(id).is_none() {
        history.next().map(|_| ()).expect("the second copy is sent");
    }
    assert_eq!(history.engine().forbids(&Choice::Lose(id)), Some("what is sent again and again arrives in the end"));
}

#[test]
fn one_link_or_one_direction_of_it_can_have_rules_of_its_own() {
    let lossy = Links { kind: LinkKind::FairLoss, loss: Rate(1_000_000), losses_in_a_row_max: 9, ..Links::default() };
    for (one_way, lost) in [(false, vec![(P0, P1), (P1, P0)]), (true, vec![(P0, P1)])] {
        let mut scenario = scenario("plain-messages", &["a", "b", "c"]);
        scenario.models.overrides = vec![Override { from: P0, to: P1, one_way, links: lossy }];
        let mut found: Vec<(ProcessId, ProcessId)> = facts(&ended(&scenario))
            .iter()
            .filter_map(|fact| match fact.choice {
                Choice::Lose(id) => Some((id.from, id.to)),
                _ => None,
            })
            .collect();
        found.sort();
        assert_eq!(found, lost);
        assert_eq!(Scenario::parse(&scenario.to_json()), Ok(scenario));
    }
}

#[test]
fn links_that_keep_the_order_keep_it_through_cuts_and_changes_and_tell_when_a_person_does_not() {
    let asynchronous = Timing { kind: TimingKind::Asynchronous, ..Timing::default() };
    for seed in 0..100 {
        let mut scenario = scenario("plain-messages", &["a b c d e f", "g h", ""]);
        scenario.parameters.insert("pause-ms".into(), Setting("30".into()));
        scenario.seed = seed;
        scenario.models.timing = asynchronous;
        scenario.models.links.fifo = true;
        let fault = |at_ms, choice| Fault { at_ms, choice };
        scenario.faults = vec![
            fault(40, Choice::Cut { from: P0, to: P1 }),
            fault(130, Choice::Heal),
            fault(160, Choice::Change(Change::Timing(Timing { delta_ms: 50, ..Timing::default() }))),
            fault(170, Choice::Change(Change::Timing(asynchronous))),
        ];
        let history = ended(&scenario);
        let mut last: BTreeMap<(ProcessId, ProcessId), u32> = BTreeMap::new();
        for fact in facts(&history) {
            if let Choice::Deliver(id) = fact.choice {
                let before = last.insert((id.from, id.to), id.number);
                assert!(before.is_none_or(|before| before < id.number), "seed {seed}: {id} after #{before:?}");
            }
        }
        let order = history.monitors().promises(history.engine().models());
        assert!(order.iter().any(|lamp| lamp.text == "messages do not overtake each other" && lamp.broken.is_none()));
    }
    let mut scenario = scenario("plain-messages", &["a b", ""]);
    scenario.models.links.fifo = true;
    let mut history = scenario.start().expect("valid");
    history.seek(2).expect("two starts");
    let second = Choice::Deliver(MessageId { from: P0, to: P1, number: 1, copy: 0 });
    assert_eq!(history.engine().forbids(&second), Some("messages do not overtake each other"));
}

/// Messages from p0 to p1 over arbitrary links with these rates.
fn intruded(links: Links) -> Scenario {
    let mut scenario = scenario("plain-messages", &["a b c d e f g h i j", "", ""]);
    scenario.models.links = Links { kind: LinkKind::Arbitrary, ..links };
    scenario
}

#[test]
fn an_intruder_changes_makes_up_and_repeats_about_as_often_as_it_was_told_to() {
    let rate = Rate(300_000);
    let links = Links { alter: rate, inject: rate, replay: rate, ..Links::default() };
    let (mut sent, mut counts) = (0, [0; 3]);
    for seed in 0..100 {
        let history = ended(&Scenario { seed, ..intruded(links) });
        sent += history.engine().totals().sent;
        for fact in facts(&history) {
            match fact.choice {
                Choice::Alter { message, .. } => {
                    let (said, _) = fact.message.as_ref().expect("it is about a message");
                    assert_eq!((said.text(), fact.reasons().count()), ("(forged)".to_owned(), 1), "{message}");
                    counts[0] += 1;
                }
                Choice::Inject { .. } => counts[1] += 1,
                Choice::Replay(_) => counts[2] += 1,
                _ => {}
            }
        }
    }
    assert_eq!(sent, 2_000, "what an intruder sends is sent by no process");
    assert!(counts.iter().all(|count| (500..700).contains(count)), "{counts:?}");
}

#[test]
fn what_an_intruder_hears_is_kept_and_bounded() {
    let mut scenario = intruded(Links::default());
    let history = ended(&scenario);
    let texts: Vec<String> = history.engine().heard().iter().map(|heard| heard.payload.text()).collect();
    assert_eq!((texts.len(), texts[0].as_str(), texts[19].as_str()), (20, "a", "j"));
    scenario.inputs[1] = Some(Value::from(vec!["x"; 400].join(" ").as_str()));
    assert_eq!(ended(&scenario).engine().heard().len(), HEARD_MAX);
    scenario.models.links = Links::default();
    assert!(ended(&scenario).engine().heard().is_empty(), "on other links nobody listens");
}

#[test]
fn authentication_turns_lies_into_losses_and_does_nothing_against_repetition() {
    let rate = Rate(300_000);
    for seed in 0..30 {
        let links = Links { authenticated: true, alter: rate, inject: rate, ..Links::default() };
        let history = ended(&Scenario { seed, ..intruded(links) });
        for fact in facts(&history) {
            if let (Choice::Deliver(_), Some((payload, _))) = (fact.choice, &fact.message) {
                assert_ne!(payload.text(), "(forged)");
            }
        }
        assert!(history.engine().totals().lost > 0);
        let verdict = |name: &str| {
            let judgements = history.monitors().judge(history.engine(), true);
            judgements.into_iter().find(|judgement| judgement.name == name).expect("a property of messages").verdict
        };
        assert_eq!((verdict("no-creation"), verdict("delivery")), (Verdict::HeldSoFar, Verdict::Violated));
    }
    let links = Links { authenticated: true, replay: Rate(1_000_000), ..Links::default() };
    assert_eq!(ended(&intruded(links)).engine().totals().delivered, 40, "everything arrives twice");
}

#[test]
fn messages_that_are_signed_from_now_on_are_checked_when_they_arrive() {
    let mut scenario = intruded(Links { alter: Rate(1_000_000), ..Links::default() });
    let signed = Links { authenticated: true, ..scenario.models.links };
    scenario.faults = vec![Fault { at_ms: 60, choice: Choice::Change(Change::Links(signed)) }];
    let history = ended(&scenario);
    let mut told = 0;
    for fact in facts(&history).iter().filter(|fact| fact.at_us >= 60_000) {
        assert!(!matches!(fact.choice, Choice::Deliver(_)), "{:?}", fact.choice);
        if let Choice::Lose(_) = fact.choice {
            told += fact.reasons().filter(|reason| reason.ends_with("did not write this, and throws it away")).count();
        }
    }
    assert!(told > 0);
    assert_eq!(history.engine().totals().lost, told as u64);
}

#[test]
fn what_does_not_belong_together_is_refused_with_the_reason() {
    let mut scenario = scenario("plain-messages", &["a", "", ""]);
    scenario.topology = Topology::Line;
    let mut history = scenario.start().expect("valid");
    history.seek(3).expect("three starts");
    let message = MessageId { from: P0, to: P1, number: 0, copy: 0 };
    let other = MessageId { number: 7, ..message };
    for (choice, reason) in [
        (Choice::Alter { message, lie: 1 }, "there are only 1 other things that it could say"),
        (Choice::Inject { message, from: P0, to: P2, lie: None }, "p0 has no link to p2"),
        (Choice::Inject { message, from: P1, to: P3, lie: None }, "there is no process p3"),
        (Choice::Inject { message, from: P1, to: P1, lie: None }, "p1 has no link to p1"),
        (Choice::Replay(other), "the message p0→p1 #7 is not on its way, and nobody has heard it"),
        (Choice::Change(Change::Timing(Timing::default())), "nothing would change"),
        (
            Choice::Change(Change::Timing(Timing { delta_ms: 0, ..Timing::default() })),
            "models.timing.delta_ms: 0 is not from 1 to 600000",
        ),
    ] {
        assert_eq!(history.engine().admissible(&choice).map_err(|refusal| refusal.0), Err(reason.into()));
    }
    history.act(Choice::Alter { message, lie: 0 }, None).expect("it is on its way");
    let refused = history.engine().admissible(&Choice::Alter { message, lie: 0 });
    assert_eq!(refused.map_err(|refusal| refusal.0), Err("it has been changed before".into()));
}

/// How long each message travelled and was handled, by its name.
fn delays(scenario: &Scenario) -> BTreeMap<MessageId, (u64, u64)> {
    let mut history = scenario.start().expect("valid");
    let mut delays = BTreeMap::new();
    while let Ok(step) = history.next() {
        for id in step.sent.clone() {
            let flight = history.engine().flight(id).expect("it was sent in this event");
            delays.insert(id, (flight.arrives_us - flight.sent_us, flight.due_us - flight.arrives_us));
        }
    }
    delays
}

#[test]
fn the_same_seed_under_two_models_agrees_on_all_draws_in_common() {
    for seed in 0..20 {
        let mut calm = scenario("plain-messages", &["a b c", "d e f", ""]);
        calm.seed = seed;
        let with = |change: &dyn Fn(&mut Scenario)| {
            let mut other = calm.clone();
            change(&mut other);
            delays(&other)
        };
        let synchronous = delays(&calm);
        let bounded = with(&|other| other.models.timing.kind = TimingKind::BoundedAsynchrony);
        let stable = with(&|other| {
            other.models.timing.kind = TimingKind::PartiallySynchronous;
            other.models.timing.gst_ms = Some(0);
        });
        let asynchronous = with(&|other| other.models.timing.kind = TimingKind::Asynchronous);
        let intruded = with(&|other| {
            let links = Links { kind: LinkKind::Arbitrary, ..Links::default() };
            other.models.links = Links { inject: Rate(500_000), replay: Rate(500_000), ..links };
        });
        assert_eq!(synchronous.len(), 12);
        assert_eq!(synchronous, stable, "a calm system is synchronous");
        for (id, (travels, handled)) in &synchronous {
            assert_eq!(bounded[id].0, *travels, "seed {seed}: {id}");
            assert_eq!(bounded[id].1, asynchronous[id].1, "seed {seed}: {id}");
            assert_eq!(intruded[id], (*travels, *handled), "seed {seed}: {id}");
        }
        assert!(intruded.len() > synchronous.len(), "the intruder's messages have names of their own");
    }
}

#[test]
fn a_new_bound_holds_for_what_is_on_its_way_counted_from_the_change() {
    for seed in 0..30 {
        let mut scenario = scenario("plain-messages", &["a b c", "d e f", "g"]);
        scenario.seed = seed;
        scenario.models.timing = Timing { kind: TimingKind::Asynchronous, typical_ms: 900, ..Timing::default() };
        let before = delays(&scenario);
        let change = Choice::Change(Change::Timing(Timing { delta_ms: 200, ..Timing::default() }));
        scenario.faults = vec![Fault { at_ms: 500, choice: change }];
        let history = ended(&scenario);
        let mut capped = 0;
        for fact in facts(&history) {
            if let Choice::Deliver(id) = fact.choice {
                let (travels, handled) = before[&id];
                assert!(fact.at_us <= 710_000, "seed {seed}: {id} at {}", fact.at_us);
                assert!(fact.at_us <= travels + handled, "seed {seed}: {id} keeps its time or comes sooner");
                capped += u32::from(fact.at_us < travels + handled);
            }
        }
        assert!(capped > 0, "seed {seed}");
        let promises = history.monitors().promises(history.engine().models());
        assert!(promises.iter().all(|promise| promise.broken.is_none()), "seed {seed}: {promises:?}");
    }
}

#[test]
fn after_the_stabilisation_time_bounds_hold_and_before_it_they_do_not() {
    let (mut late, mut after) = (0, 0);
    for seed in 0..20 {
        let mut scenario = scenario("plain-messages", &["a b c d e f g h i j k l", "", ""]);
        scenario.parameters.insert("pause-ms".into(), Setting("300".into()));
        scenario.seed = seed;
        scenario.models.timing = Timing {
            kind: TimingKind::PartiallySynchronous,
            typical_ms: 400,
            gst_ms: Some(2_000),
            ..Timing::default()
        };
        for fact in facts(&ended(&scenario)) {
            if let (Choice::Deliver(id), Some((_, sent_us))) = (fact.choice, &fact.message) {
                // A storm keeps messages back until it is over, at most; then both bounds hold.
                assert!(fact.at_us <= (*sent_us).max(2_000_000) + 110_000, "seed {seed}: {id} at {}", fact.at_us);
                late += u32::from(fact.at_us > sent_us + 110_000);
                after += u32::from(*sent_us >= 2_000_000);
            }
        }
    }
    assert!(late > 20, "storms delay messages: {late}");
    assert!(after > 100, "there were messages in the calm: {after}");
}

#[test]
fn bounded_asynchrony_keeps_its_bound_on_the_way_and_none_at_the_door() {
    let mut slow = 0;
    for seed in 0..50 {
        let mut scenario = scenario("plain-messages", &["a b c", "d", "e"]);
        scenario.seed = seed;
        scenario.models.timing = Timing { kind: TimingKind::BoundedAsynchrony, typical_ms: 300, ..Timing::default() };
        for (id, (travels, handled)) in delays(&scenario) {
            assert!(travels <= 100_000, "seed {seed}: {id} travels {travels} us");
            slow += u32::from(handled > 100_000);
        }
        let history = ended(&scenario);
        let promises = history.monitors().promises(history.engine().models());
        assert!(promises.iter().all(|promise| promise.broken.is_none()), "seed {seed}: {promises:?}");
    }
    assert!(slow > 10, "steps have no bound: {slow}");
}

/// The models that promise something of time, each with its promise.
const TIMELY: [(TimingKind, Option<u32>, &str); 3] = [
    (TimingKind::Synchronous, None, "messages and steps keep their time bounds"),
    (TimingKind::BoundedAsynchrony, None, "messages keep their time bound"),
    (TimingKind::PartiallySynchronous, Some(150), "after the stabilisation time messages and steps keep their bounds"),
];

#[test]
fn every_model_keeps_its_promise_of_time_whoever_lies_or_waits() {
    let late = Behaviour { delay_ms: 700, replays: Rate(300_000), ..Behaviour::default() };
    for (kind, gst_ms, text) in TIMELY {
        for seed in 0..100 {
            let mut scenario = with_liars(scenario("reliable-broadcast", &["a b c", "d", "", "e"]), &[(P3, late)]);
            scenario.seed = seed;
            (scenario.models.timing.kind, scenario.models.timing.gst_ms) = (kind, gst_ms);
            scenario.models.links.fifo = seed % 2 == 0;
            scenario.models.links.reorder = Rate(if seed % 2 == 0 { 0 } else { 300_000 });
            if kind == TimingKind::BoundedAsynchrony {
                scenario.faults.push(Fault { at_ms: 0, choice: Choice::Slow { process: P0, extra_ms: 900 } });
            }
            let history = ended(&scenario);
            let promises = history.monitors().promises(history.engine().models());
            assert!(promises.iter().any(|promise| promise.text == text), "{kind:?} promises something");
            let broken: Vec<_> = promises.iter().filter(|promise| promise.broken.is_some()).collect();
            assert!(broken.is_empty(), "{kind:?}, seed {seed}: {broken:?}");
        }
    }
}

#[test]
fn a_message_that_comes_late_is_noticed_on_the_trace_whatever_was_allowed() {
    // When it was sent, was on the link, stood at the door and was handled, in milliseconds; and who notices.
    let cases: [([u64; 4], &[TimingKind]); 7] = [
        ([200, 200, 300, 310], &[]),
        ([200, 200, 301, 305], &TimingKind::ALL[..3]),
        ([200, 200, 300, 311], &[TimingKind::Synchronous, TimingKind::PartiallySynchronous]),
        ([200, 900, 1_000, 1_010], &[TimingKind::Synchronous, TimingKind::PartiallySynchronous]),
        ([200, 900, 1_001, 1_001], &TimingKind::ALL[..3]),
        // Before the stabilisation time nothing is promised, and from then on it has the whole of the bounds.
        ([10, 10, 250, 260], &[TimingKind::Synchronous, TimingKind::BoundedAsynchrony]),
        ([10, 10, 251, 252], &TimingKind::ALL[..3]),
    ];
    for (kind, gst_ms, text) in TIMELY {
        let mut scenario = scenario("plain-messages", &["a", "", ""]);
        (scenario.models.timing.kind, scenario.models.timing.gst_ms) = (kind, gst_ms);
        let history = scenario.start().expect("valid");
        for (moments, noticed_by) in cases {
            let [sent_us, left_us, arrives_us, at_us] = moments.map(|ms| 1_000 * ms);
            let id = MessageId { from: P0, to: P1, number: 0, copy: 0 };
            let step = Step {
                choice: Some(Choice::Deliver(id)),
                event: 7,
                at_us,
                payload_sent_us: sent_us,
                payload_left_us: left_us,
                payload_arrives_us: arrives_us,
                ..Step::default()
            };
            let mut monitors = Monitors::new(&[], &[None, None, None]);
            monitors.observe(history.engine(), &step, false);
            let promises = monitors.promises(&scenario.models);
            let broken: Vec<_> = promises.iter().filter(|promise| promise.broken == Some(7)).collect();
            assert_eq!(!broken.is_empty(), noticed_by.contains(&kind), "{kind:?}: {moments:?}");
            assert!(broken.iter().all(|promise| promise.text == text && promise.on == Some((P0, P1))), "{broken:?}");
        }
    }
}

#[test]
fn who_was_slow_before_a_bound_came_into_force_breaks_it() {
    let mut scenario = scenario("heartbeat", &["", "", ""]);
    scenario.models.timing = Timing { kind: TimingKind::PartiallySynchronous, gst_ms: Some(400), ..Timing::default() };
    scenario.until_ms = 5_000;
    scenario.faults.push(Fault { at_ms: 100, choice: Choice::Slow { process: P0, extra_ms: 900 } });
    let history = ended(&scenario);
    let promises = history.monitors().promises(history.engine().models());
    let broken = promises.iter().find(|promise| promise.text == TIMELY[2].2).and_then(|promise| promise.broken);
    let late = facts(&history).swap_remove(broken.expect("p0 stays slow") as usize - 1);
    assert!(late.at_us > 510_000 && matches!(late.choice, Choice::Deliver(id) if [id.from, id.to].contains(&P0)));
}

#[test]
fn what_is_under_way_when_a_bound_comes_into_force_keeps_it_from_then_on() {
    for (kind, gst_ms, text) in TIMELY {
        for (seed, gst_ms) in (0..100).map(|seed| (seed, gst_ms.map(|gst_ms| gst_ms * (seed % 3) * 2))) {
            let mut scenario = scenario("reliable-broadcast", &["a b c", "d", "", "e"]);
            scenario.seed = seed;
            scenario.models.links.fifo = seed % 2 == 0;
            scenario.models.timing = Timing { kind: TimingKind::Asynchronous, typical_ms: 300, ..Timing::default() };
            let timing = Timing { kind, gst_ms, ..scenario.models.timing };
            scenario.faults.push(Fault { at_ms: 200, choice: Choice::Change(Change::Timing(timing)) });
            let history = ended(&scenario);
            let promises = history.monitors().promises(history.engine().models());
            let broken = promises.iter().find(|promise| promise.text == text).expect("it is made").broken;
            assert_eq!(broken, None, "{kind:?}, calm from {gst_ms:?}, seed {seed}");
        }
    }
}

#[test]
fn with_a_bound_on_delivery_alone_everybody_may_be_slow_and_no_message_may_be_held() {
    let mut scenario = scenario("plain-messages", &["a", "", ""]);
    scenario.models.timing.kind = TimingKind::BoundedAsynchrony;
    let mut history = scenario.start().expect("valid");
    history.seek(3).expect("three starts");
    let id = MessageId { from: P0, to: P1, number: 0, copy: 0 };
    let forbidden = |choice| history.engine().forbids(&choice);
    assert_eq!(forbidden(Choice::Slow { process: P0, extra_ms: 900 }), None);
    assert_eq!(forbidden(Choice::Hold(id)), Some(TIMELY[1].2));
}

#[test]
fn timers_run_on_clocks_that_drift_and_start_apart() {
    let periods = |drift, offset_ms| {
        let mut scenario = scenario("stubborn-link", &["a", "b", "c", "d"]);
        let timing = Timing { kind: TimingKind::BoundedAsynchrony, drift, offset_ms, ..Timing::default() };
        scenario.models.timing = timing;
        scenario.until_ms = 5_000;
        let facts = facts(&ended(&scenario));
        let last = |process| {
            let fired =
                facts.iter().filter(|fact| matches!(fact.choice, Choice::Timeout { process: p, .. } if p == process));
            fired.map(|fact| fact.at_us).collect::<Vec<u64>>()
        };
        ProcessId::all(4).map(last).collect::<Vec<_>>()
    };
    let steady = periods(Rate(0), 0);
    assert!(steady.iter().all(|times| *times == steady[0] && times[9] == 1_000_000), "{steady:?}");
    let drifting = periods(Rate(50_000), 0);
    let tenth: Vec<u64> = drifting.iter().map(|times| times[9]).collect();
    assert!(tenth.iter().all(|at| (950_000..=1_053_000).contains(at)), "{tenth:?}");
    assert!(tenth.iter().any(|at| *at != tenth[0]), "no two clocks need agree: {tenth:?}");
    // What a clock shows at first moves no timer: only its rate does.
    assert_eq!(periods(Rate(50_000), 700), drifting);
}

#[test]
fn a_clock_goes_on_from_where_it_stands_when_the_model_of_time_changes() {
    let mut scenario = scenario("plain-messages", &["a b c d e f g h", "", ""]);
    scenario.parameters.insert("pause-ms".into(), Setting("500".into()));
    scenario.models.timing.offset_ms = 3_000;
    let mut history = scenario.start().expect("valid");
    history.seek(20).expect("so many events");
    let clocks = |history: &History| [P0, P1, P2].map(|process| history.engine().local_us(process));
    for kind in [TimingKind::Asynchronous, TimingKind::Synchronous, TimingKind::BoundedAsynchrony] {
        let before = clocks(&history);
        let timing = Timing { kind, ..history.engine().models().timing };
        history.act(Choice::Change(Change::Timing(timing)), None).expect("another model");
        assert_eq!(clocks(&history), before, "{kind:?}");
        history.next().map(|_| ()).expect("there is more");
    }
}

#[test]
fn a_message_at_the_door_does_not_overtake_one_that_a_cut_holds_before_it() {
    let mut overtaken = 0;
    for seed in 0..200 {
        let mut scenario = scenario("plain-messages", &["a b c d", ""]);
        scenario.seed = seed;
        scenario.models.links.fifo = true;
        scenario.models.timing.kind = TimingKind::Asynchronous;
        let cut = |at_ms, choice| Fault { at_ms, choice };
        scenario.faults =
            vec![cut(60, Choice::Cut { from: P0, to: P1 }), cut(2_000, Choice::Mend { from: P0, to: P1 })];
        let mut history = scenario.start().expect("valid");
        while history.engine().now_us() < 60_000 {
            history.next().map(|_| ()).expect("the cut comes");
        }
        let at_door = |flight: &bivalent::engine::Flight| flight.held_us.is_some() && flight.arrives_us <= 60_000;
        overtaken += history.engine().flights().filter(|flight| at_door(flight)).count();
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
    assert!(overtaken > 0, "some message stood at the door behind one that was cut off");
}

#[test]
fn draws_after_a_change_use_the_new_model() {
    let mut scenario = scenario("plain-messages", &["a b c d e f g h", ""]);
    scenario.parameters.insert("pause-ms".into(), Setting("200".into()));
    let lossy = Links { kind: LinkKind::FairLoss, loss: Rate(1_000_000), losses_in_a_row_max: 9, ..Links::default() };
    let fault = |at_ms, choice| Fault { at_ms, choice };
    scenario.faults = vec![
        fault(500, Choice::Change(Change::Links(lossy))),
        fault(900, Choice::Change(Change::Link(Override { from: P0, to: P1, one_way: true, links: Links::default() }))),
    ];
    let numbers: Vec<u32> = received(&facts(&ended(&scenario))).keys().map(|id| id.number).collect();
    assert_eq!(numbers, [0, 1, 2, 5, 6, 7]);
}

#[test]
fn what_the_scenario_breaks_is_not_put_down_to_the_person() {
    let mut scenario = scenario("plain-messages", &["a", ""]);
    scenario.faults = vec![Fault { at_ms: 1, choice: Choice::Slow { process: P1, extra_ms: 500 } }];
    let history = ended(&scenario);
    let promises = history.monitors().promises(history.engine().models());
    let time = promises.iter().find(|promise| promise.text == "messages and steps keep their time bounds");
    let time = time.expect("a promise of synchrony");
    assert_eq!((time.broken, time.by_hand), (Some(3), false));
}

#[test]
fn a_link_with_a_latency_is_never_faster_and_keeps_the_bound() {
    let mut scenario = scenario("plain-messages", &["a b c d e", "f g h i j", ""]);
    let far = Links { latency_ms: 70, ..Links::default() };
    scenario.models.overrides = vec![Override { from: P0, to: P1, one_way: true, links: far }];
    for kind in TimingKind::ALL {
        scenario.models.timing.kind = kind;
        let delays = delays(&scenario);
        let of = |from, to| delays.iter().filter(move |(id, _)| (id.from, id.to) == (from, to)).map(|(_, (us, _))| *us);
        assert!(of(P0, P1).all(|us| us >= 70_000), "{kind:?}");
        assert!(of(P1, P0).chain(of(P0, P2)).any(|us| us < 70_000), "{kind:?}: the others are as before");
        if scenario.models.timing.holds_from_us() == Some(0) {
            assert!(delays.values().all(|(us, _)| *us <= 100_000), "{kind:?}");
        }
    }
    scenario.models.overrides[0].links.latency_ms = 101;
    scenario.models.timing.kind = TimingKind::Synchronous;
    let error = scenario.plan().map(|_| ()).expect_err("it cannot keep the bound");
    assert_eq!(error, "models.overrides[0].links.latency_ms: 101 is more than 100, models.timing.delta_ms");
    scenario.models.timing.kind = TimingKind::Asynchronous;
    assert!(scenario.plan().is_ok());
    let mut history = scenario.start().expect("valid");
    history.seek(3).expect("three starts");
    let synchrony = Change::Timing(Timing { kind: TimingKind::Synchronous, ..scenario.models.timing });
    assert!(history.act(Choice::Change(synchrony), None).is_err_and(|refusal| refusal.0.contains("latency_ms")));
}

#[test]
fn nothing_comes_faster_than_light_from_another_city() {
    for kind in TimingKind::ALL {
        let mut scenario = scenario("plain-messages", &["a", "b", "c"]);
        scenario.places = ["london", "sydney", "frankfurt"].map(String::from).into();
        scenario.models.timing.kind = kind;
        for (id, (travels, _)) in delays(&scenario) {
            let least = if [id.from, id.to].contains(&P1) { 82_000 } else { 3_000 };
            assert!(travels >= least, "{kind:?}: {id} takes {travels} us");
        }
        assert_eq!(Scenario::parse(&scenario.to_json()), Ok(scenario));
    }
}

#[test]
fn processes_start_when_the_scenario_says_or_with_the_first_message() {
    let started = |start_ms: &[u64]| {
        let mut scenario = scenario("plain-messages", &["a", "", ""]);
        scenario.start_ms = start_ms.to_vec();
        assert_eq!(Scenario::parse(&scenario.to_json()).as_ref(), Ok(&scenario));
        let facts = facts(&ended(&scenario));
        let first = |process| {
            let fact = facts.iter().find(|fact| fact.choice.process() == Some(process)).expect("it takes a step");
            (fact.at_us / 1_000, matches!(fact.choice, Choice::Start(_)))
        };
        [P0, P1, P2].map(first)
    };
    assert_eq!(started(&[]), [(0, true); 3]);
    assert_eq!(started(&[0, 7]), [(0, true), (7, true), (0, true)]);
    // A message takes at most 110 ms here.
    let [first, second, third] = started(&[50, 0, 5_000]);
    assert_eq!((first, second), ((50, true), (0, true)));
    assert!(!third.1 && (50..=160).contains(&third.0), "the message of p0 starts p2: {third:?}");
    let error = |change: &dyn Fn(&mut Scenario)| {
        let mut scenario = scenario("plain-messages", &["a", "", ""]);
        change(&mut scenario);
        scenario.plan().err().expect("refused")
    };
    assert!(error(&|scenario| scenario.start_ms = vec![0; 4]).contains("start_ms: there are 4 for 3"));
    assert!(error(&|scenario| scenario.start_ms = vec![0, u64::MAX]).contains("start_ms[1]: not from 0 to"));
    let untimed = error(&|scenario| (scenario.start_ms, scenario.scheduler) = (vec![1], Scheduler::ByHand));
    assert!(untimed.contains("start_ms") && untimed.contains("by-hand"), "{untimed}");
}

#[test]
fn a_crash_in_the_middle_of_a_broadcast_lets_the_first_messages_go_and_no_more() {
    for after_sends in 0..=2u16 {
        let mut scenario = scenario("best-effort-broadcast", &["a", "", "", ""]);
        scenario.faults = vec![Fault { at_ms: 0, choice: Choice::CrashSending { process: P0, after_sends } }];
        let history = ended(&scenario);
        let sent: Vec<ProcessId> = received(&facts(&history)).keys().map(|id| id.to).collect();
        assert_eq!(sent, (1..=after_sends).map(ProcessId).collect::<Vec<ProcessId>>());
        assert!(!history.engine().process(P0).is_alive());
    }
    // Where nothing is sent nothing happens: p1 starts, and crashes when it passes on what it heard.
    let mut scenario = scenario("reliable-broadcast", &["a", "", ""]);
    scenario.faults = vec![Fault { at_ms: 0, choice: Choice::CrashSending { process: P1, after_sends: 1 } }];
    let facts = facts(&ended(&scenario));
    let crash = facts.iter().find(|fact| fact.crashed).expect("it sends in the end");
    assert!(matches!(crash.choice, Choice::Deliver(id) if id.to == P1));
    assert_eq!(crash.sent.len(), 1);
}

fn byzantine(process: ProcessId, behaviour: Behaviour) -> Choice {
    Choice::Byzantine { process, behaviour }
}

/// A scenario in which these processes behave like that from the beginning.
fn with_liars(mut scenario: Scenario, liars: &[(ProcessId, Behaviour)]) -> Scenario {
    scenario.models.failures = Failures::Byzantine;
    let fault =
        |(process, behaviour): &(ProcessId, Behaviour)| Fault { at_ms: 0, choice: byzantine(*process, *behaviour) };
    scenario.faults = liars.iter().map(fault).collect();
    scenario
}

/// What was received: from whom, by whom, and what it says.
fn said(history: &History) -> Vec<(ProcessId, ProcessId, String)> {
    let message = |fact: &Fact| match (fact.choice, &fact.message) {
        (Choice::Deliver(id), Some((payload, _))) => Some((id.from, id.to, payload.text())),
        _ => None,
    };
    let mut said: Vec<_> = facts(history).iter().filter_map(message).collect();
    said.sort();
    said
}

#[test]
fn a_liar_says_what_is_well_formed_and_untrue() {
    let lies = Behaviour { lies: Rate(1_000_000), ..Behaviour::default() };
    let honest = said(&ended(&scenario("wait-for-all", &["0", "0", "0"])));
    let history = ended(&with_liars(scenario("wait-for-all", &["0", "0", "0"]), &[(P2, lies)]));
    for ((from, to, truth), (_, _, heard)) in honest.iter().zip(&said(&history)) {
        assert_eq!(truth != heard, *from == P2, "{from} to {to}: {heard}");
    }
    assert_eq!(honest.len(), 6);
    let half = Behaviour { lies: Rate(500_000), ..Behaviour::default() };
    let mut to_both = 0;
    for seed in 0..100 {
        let scenario = with_liars(Scenario { seed, ..scenario("wait-for-all", &["0", "0", "0"]) }, &[(P2, half)]);
        let heard: Vec<String> =
            said(&ended(&scenario)).into_iter().filter(|(from, ..)| *from == P2).map(|(.., text)| text).collect();
        to_both += u32::from(heard[0] == heard[1]);
    }
    assert!((30..70).contains(&to_both), "each message is a lie or not by itself: {to_both}");
}

#[test]
fn each_peer_of_an_equivocator_hears_one_of_its_twins() {
    let twin = Behaviour { twin: ProcessSet::of([P2]), ..Behaviour::default() };
    let history = ended(&with_liars(scenario("wait-for-all", &["0", "0", "0"]), &[(P0, twin)]));
    let heard: Vec<_> = said(&history).into_iter().filter(|(from, ..)| *from == P0).collect();
    let texts: Vec<&str> = heard.iter().map(|(_, _, text)| text.as_str()).collect();
    assert_eq!((heard[0].1, heard[1].1, texts[0] != texts[1]), (P1, P2, true));
    let judgements = history.monitors().judge(history.engine(), true);
    let agreement = judgements.iter().find(|judgement| judgement.name == "agreement").expect("of consensus");
    assert_eq!(agreement.verdict, Verdict::HeldSoFar, "the others decide 0 by the first input or the majority");
}

#[test]
fn a_twin_made_in_mid_run_is_where_it_would_be_had_it_run_from_the_start() {
    let twin = Behaviour { twin: ProcessSet::of([P1, P2]), ..Behaviour::default() };
    for seed in 0..20 {
        let mut one = scenario("flood-set", &["0", "1", "1", "1"]);
        one.seed = seed;
        let other = Scenario { inputs: vec![Some(Value::Bit(true)); 4], ..one.clone() };
        // In the first round nobody else's messages depend on what p0 said.
        let mut history = one.start().expect("valid");
        let mut straight = other.start().expect("valid");
        for events in [4, 6, 9, 12] {
            history.open(0, events);
            straight.seek(events).expect("within the run");
            history.act(byzantine(P0, twin), None).expect("it is honest");
            let layers = &straight.engine().process(P0).layers;
            let p0 = history.engine().process(P0);
            let core = p0.byzantine.as_ref().and_then(|byzantine| byzantine.twin()).expect("it has a twin");
            assert_eq!(core.len(), layers.len());
            for (twin, layer) in core.iter().zip(layers) {
                assert_eq!(twin.inspect(), layer.inspect(), "seed {seed}, after {events} events");
            }
        }
        // Both go on: in the second round p3 hears the first core and p1 and p2 the twin.
        history.run(1_000).expect("it ends");
        let second: Vec<_> = facts(&history)
            .into_iter()
            .filter(|fact| fact.at_us >= 110_000)
            .flat_map(|fact| fact.sent)
            .filter(|(id, _)| id.from == P0)
            .map(|(id, payload)| (id.to, payload.text()))
            .collect();
        let to: Vec<ProcessId> = second.iter().map(|(to, _)| *to).collect();
        assert_eq!(to, [P3, P1, P2], "seed {seed}: {second:?}");
        assert_ne!(second[0].1, second[1].1, "seed {seed}: {second:?}");
    }
}

#[test]
fn a_forger_needs_links_on_which_names_can_be_forged() {
    let forges = Behaviour { forges: Some(P1), ..Behaviour::default() };
    for (authenticated, verdict) in [(false, Verdict::Violated), (true, Verdict::HeldSoFar)] {
        let mut scenario = with_liars(scenario("plain-messages", &["", "b", "c"]), &[(P2, forges)]);
        scenario.models.links.authenticated = authenticated;
        let history = ended(&scenario);
        let heard: Vec<_> = said(&history).into_iter().filter(|(from, to, _)| (*from, *to) == (P1, P0)).collect();
        assert_eq!(heard.len(), if authenticated { 1 } else { 2 });
        let judgements = history.monitors().judge(history.engine(), true);
        let creation = judgements.iter().find(|judgement| judgement.name == "no-creation").expect("of messages");
        assert_eq!(creation.verdict, verdict);
        assert_eq!(history.engine().totals().lost, u64::from(authenticated));
    }
}

#[test]
fn a_byzantine_process_delays_and_repeats_its_own_messages() {
    let late = Behaviour { delay_ms: 700, ..Behaviour::default() };
    for (id, (travels, _)) in delays(&with_liars(scenario("plain-messages", &["a", "b", ""]), &[(P0, late)])) {
        assert_eq!(travels >= 700_000, id.from == P0, "{id}");
    }
    let again = Behaviour { replays: Rate(1_000_000), ..Behaviour::default() };
    let history = ended(&with_liars(scenario("plain-messages", &["a b", "c", ""]), &[(P0, again)]));
    assert_eq!(history.engine().totals().delivered, 10, "its four messages arrive twice, the others once");
    let judgements = history.monitors().judge(history.engine(), true);
    assert!(judgements.iter().all(|judgement| judgement.verdict == Verdict::HeldSoFar), "{judgements:?}");
    let promises = history.monitors().promises(history.engine().models());
    assert!(promises.iter().all(|promise| promise.broken.is_none()), "links did nothing: {promises:?}");
}

#[test]
fn accomplices_share_their_table_and_their_inboxes() {
    let leads = Behaviour { colludes: true, twin: ProcessSet::of([P1]), ..Behaviour::default() };
    let follows = Behaviour { colludes: true, ..Behaviour::default() };
    let history = ended(&with_liars(scenario("wait-for-all", &["0", "0", "0", "0"]), &[(P3, follows), (P2, leads)]));
    for liar in [P2, P3] {
        let from: Vec<_> =
            said(&history).into_iter().filter(|(from, to, _)| *from == liar && [P0, P1].contains(to)).collect();
        assert_ne!(from[0].2, from[1].2, "{liar} tells p0 and p1 different things");
    }
    for (one, other) in [(P2, P3), (P3, P2)] {
        let handed = |fact: &&Fact| matches!(fact.choice, Choice::Deliver(id) if id.to == one && id.is_spoofed());
        assert_eq!(facts(&history).iter().filter(handed).count(), 2, "what p0 and p1 wrote to {other}");
    }
}

#[test]
fn who_was_byzantine_counts_as_faulty_from_then_on() {
    let mut history = with_liars(scenario("wait-for-all", &["0", "1", "1"]), &[]).start().expect("valid");
    history.run(1_000).expect("it ends");
    let decided = |history: &History, name: &str| {
        let judgements = history.monitors().judge(history.engine(), true);
        judgements.into_iter().find(|judgement| judgement.name == name).expect("of consensus").verdict
    };
    assert_eq!(decided(&history, "termination"), Verdict::HeldSoFar);
    let mut history = with_liars(scenario("wait-for-all", &["0", "1", "1"]), &[]).start().expect("valid");
    history.act(byzantine(P2, Behaviour::silent()), None).expect("it is honest");
    history.act(byzantine(P2, Behaviour::default()), None).expect("it was silent");
    assert!(history.engine().process(P2).is_byzantine() && !history.engine().process(P2).is_correct());
    assert!(history.act(byzantine(P2, Behaviour::default()), None).is_err(), "nothing would change");
    history.run(1_000).expect("it ends");
    assert_eq!(history.engine().totals().delivered, 6, "it does what its program says");
}

#[test]
fn twins_flip_the_same_coins_and_the_process_flips_them_once() {
    let twin = Behaviour { twin: ProcessSet::of([P1]), ..Behaviour::default() };
    let (inputs, mut most) = (["0", "1", "1", "0"], 0);
    let flips = |scenario: &Scenario| {
        let history = ended(scenario);
        assert!(history.position() > 20);
        history.engine().process(P0).flips
    };
    for seed in 0..20 {
        let mut honest = Scenario { seed, ..scenario("ben-or", &inputs) };
        for (name, value) in [("coin", "random"), ("rounds", "20")] {
            honest.parameters.insert(name.into(), Setting(value.into()));
        }
        let mut scenario = with_liars(honest.clone(), &[(P0, twin)]);
        // A table with nobody in it that p0 talks to: the first core speaks to all, whatever the second one does.
        if let Choice::Byzantine { behaviour, .. } = &mut scenario.faults[0].choice {
            behaviour.twin = ProcessSet::of([P0]);
        }
        assert_eq!(flips(&scenario), flips(&honest), "seed {seed}");
        most = most.max(flips(&honest));
    }
    assert!(most > 0, "somebody flips");
}

/// Every new choice, at an event of [`busy`] at which it is possible.
fn new_choices() -> Vec<(u64, Choice)> {
    let message = MessageId { from: P0, to: P1, number: 0, copy: 0 };
    let behaviour = Behaviour {
        lies: Rate(300_000),
        twin: ProcessSet::of([P1]),
        forges: Some(P3),
        delay_ms: 30,
        replays: Rate(400_000),
        colludes: true,
        silent: false,
    };
    let links = Links { kind: LinkKind::Arbitrary, alter: Rate(500_000), ..Links::default() };
    let timing = Timing { kind: TimingKind::PartiallySynchronous, gst_ms: Some(900), ..Timing::default() };
    vec![
        (4, Choice::Alter { message, lie: 0 }),
        (4, Choice::Inject { message, from: P3, to: P2, lie: Some(0) }),
        (4, Choice::Replay(message)),
        (3, Choice::CrashSending { process: P2, after_sends: 1 }),
        (9, byzantine(P2, behaviour)),
        (9, byzantine(P2, Behaviour::silent())),
        (8, Choice::Change(Change::Failures(Failures::Byzantine))),
        (8, Choice::Change(Change::Links(links))),
        (8, Choice::Change(Change::Link(Override { from: P1, to: P2, one_way: true, links }))),
        (8, Choice::Change(Change::Timing(timing))),
    ]
}

/// Four processes that broadcast over links that lose and reorder.
fn busy() -> Scenario {
    let mut scenario = scenario("reliable-broadcast", &["a b", "c", "d", "e"]);
    scenario.models.links.kind = LinkKind::FairLoss;
    scenario.models.links.loss = Rate(100_000);
    scenario.models.links.reorder = Rate(100_000);
    scenario.models.timing.kind = TimingKind::Asynchronous;
    scenario
}

#[test]
fn every_new_choice_replays_from_its_permalink_with_the_same_hash() {
    let mut hashes = vec![ended(&busy()).engine().trace_hash()];
    for (after, choice) in new_choices() {
        let scenario = busy();
        let mut history = scenario.start().expect("valid");
        history.seek(after).expect("within the run");
        history.act(choice, None).unwrap_or_else(|refusal| panic!("{choice:?}: {}", refusal.0));
        history.run(100_000).expect("it ends");
        let (position, hash) = (history.position(), history.engine().trace_hash());
        let saved = Scenario { interventions: history.interventions().to_vec(), ..scenario };
        let text = Link { scenario: saved, position }.encode().expect("short");
        let link = Link::decode(&text).unwrap_or_else(|error| panic!("{choice:?}: {error}"));
        let again = ended(&link.scenario);
        assert_eq!((again.position(), again.engine().trace_hash()), (position, hash), "{choice:?}");
        // However one comes there, and whatever was looked at on the way.
        history.seek(after + 1).expect("within the run");
        history.run(100_000).expect("it ends");
        assert_eq!(history.engine().trace_hash(), hash, "{choice:?}");
        assert_eq!(history.facts(0, position).len() as u64, position);
        assert!(!hashes.contains(&hash), "{choice:?} changes something");
        hashes.push(hash);
    }
}

#[test]
fn several_new_choices_in_one_run_replay_too() {
    let mut history = busy().start().expect("valid");
    let behaviour = Behaviour { twin: ProcessSet::of([P1]), colludes: true, ..Behaviour::default() };
    for (after, choice) in [
        (8, byzantine(P0, behaviour)),
        (12, byzantine(P3, Behaviour { colludes: true, ..Behaviour::default() })),
        (20, Choice::Crash { process: P0, after_effects: None }),
        (22, Choice::Recover(P0)),
    ] {
        history.seek(after).expect("within the run");
        history.act(choice, None).unwrap_or_else(|refusal| panic!("{choice:?}: {}", refusal.0));
    }
    history.run(100_000).expect("it ends");
    let hash = history.engine().trace_hash();
    let again = Scenario { interventions: history.interventions().to_vec(), ..busy() };
    assert_eq!(ended(&again).engine().trace_hash(), hash);
    for position in (0..history.position()).rev().step_by(3) {
        history.seek(position).expect("within the run");
    }
    history.run(100_000).expect("it ends");
    assert_eq!(history.engine().trace_hash(), hash);
}

#[test]
fn what_cannot_be_is_answered_with_the_field_and_what_is_allowed() {
    let base = serde_json::json!({"version": 1, "name": "x", "protocol": "plain-messages", "processes": 3});
    for (field, value, error) in [
        (
            "models",
            serde_json::json!({"links": {"kind": "fair-loss", "loss": 1.5}}),
            "models.links.loss: 1.5 is not a rate from 0 to 1",
        ),
        (
            "models",
            serde_json::json!({"links": {"kind": "arbitrary", "alter": -0.1}}),
            "models.links.alter: -0.1 is not a rate from 0 to 1",
        ),
        (
            "models",
            serde_json::json!({"links": {"replay": 0.5}}),
            "models.links.replay: reliable links do not do that; set models.links.kind to \"arbitrary\"",
        ),
        (
            "models",
            serde_json::json!({"links": {"fifo": true, "reorder": 0.5}}),
            "models.links.reorder: on links that keep the order nothing is reordered",
        ),
        (
            "models",
            serde_json::json!({"overrides": [{"from": "p0", "to": "p1"}, {"from": "p0", "to": "p7"}]}),
            "models.overrides[1]: there is no process p7; the last one is p2",
        ),
        (
            "models",
            serde_json::json!({"overrides": [{"from": "p0", "to": "p0"}]}),
            "models.overrides[0]: a process has no link to itself",
        ),
        (
            "models",
            serde_json::json!({"overrides": [{"from": "p0", "to": "p1", "links": {"loss": 0.5}}]}),
            "models.overrides[0].links.loss: reliable links do not do that; set models.overrides[0].links.kind to \"fair-loss\"",
        ),
        ("models", serde_json::json!({"timing": {"delta_ms": 0}}), "models.timing.delta_ms: 0 is not from 1 to 600000"),
        (
            "models",
            serde_json::json!({"timing": {"gst_ms": 10}}),
            "models.timing.gst_ms: set models.timing.kind to \"partially-synchronous\"",
        ),
        (
            "models",
            serde_json::json!({"timing": {"kind": "sometimes"}}),
            "models.timing.kind: unknown variant `sometimes`, expected one of `synchronous`, `bounded-asynchrony`, `partially-synchronous`, `asynchronous`",
        ),
        (
            "places",
            serde_json::json!(["london", "oz", "tokyo"]),
            "places[1]: there is no city \"oz\"; there are london, frankfurt",
        ),
        ("places", serde_json::json!(["london"]), "places: there are 1 for 3 processes"),
        (
            "places",
            serde_json::json!(["london", "sydney", "auckland"]),
            "models.timing.delta_ms: 90 is too short: between the places farthest apart light needs 92 ms",
        ),
        (
            "faults",
            serde_json::json!([{"at_ms": 1, "choice": {"partition": []}}]),
            "faults[0]: a partition names at least one process",
        ),
        (
            "faults",
            serde_json::json!([{"at_ms": 1, "choice": {"byzantine": {"process": "p1", "behaviour": {"forges": "p5"}}}}]),
            "faults[0]: there is no process p5; the last one is p2",
        ),
        (
            "faults",
            serde_json::json!([{"at_ms": 1, "choice": {"byzantine": {"process": "p1", "behaviour": {"shouts": true}}}}]),
            "faults[0].choice.byzantine.behaviour.shouts: unknown field `shouts`",
        ),
        (
            "faults",
            serde_json::json!([{"at_ms": 1, "choice": {"byzantine": {"process": "p1", "behaviour": {"lies": 2}}}}]),
            "faults[0].choice.byzantine.behaviour.lies: 2 is not a rate from 0 to 1",
        ),
        (
            "faults",
            serde_json::json!([{"at_ms": 1, "choice": {"change": {"link": {"from": "p0", "to": "p9"}}}}]),
            "faults[0]: there is no process p9; the last one is p2",
        ),
        (
            "faults",
            serde_json::json!([{"at_ms": 1, "choice": {"change": {"timing": {"delta_ms": 0}}}}]),
            "faults[0]: models.timing.delta_ms: 0 is not from 1 to 600000",
        ),
    ] {
        let mut scenario = base.clone();
        scenario[field] = value;
        if error.contains("90 is too short") {
            scenario["models"] = serde_json::json!({"timing": {"delta_ms": 90}});
        }
        let found = Scenario::parse(&scenario.to_string()).expect_err(error);
        assert!(found.starts_with(error), "{found}\n{error}");
    }
}

/// A protocol that notes what its clock shows whenever something happens.
struct Clocked;

impl Protocol for Clocked {
    type State = Vec<u64>;
    type Message = UserMessage;

    fn init(&self, _local: &Local) -> Vec<u64> {
        Vec::new()
    }

    fn is_timed(&self) -> bool {
        true
    }

    fn on_start(&self, state: &mut Vec<u64>, out: &mut Out<'_, UserMessage>) {
        state.push(out.local_us());
        out.set_timer(Timer("later"), 1_000_000);
    }

    fn on_deliver(
        &self,
        _state: &mut Vec<u64>,
        _from: ProcessId,
        _message: &UserMessage,
        _out: &mut Out<'_, UserMessage>,
    ) {
    }

    fn on_timeout(&self, state: &mut Vec<u64>, _timer: Timer, out: &mut Out<'_, UserMessage>) {
        state.push(out.local_us());
    }
}

#[test]
fn a_handler_that_asks_is_told_what_its_own_clock_shows() {
    let knowledge = || ProcessId::all(3).map(|me| LocalKnowledge::from(Local::complete(me, 3, None))).collect();
    let run = |timing: Timing| {
        let setup = Setup {
            stack: Stack::new([Rc::new(Clocked) as Rc<dyn Layer>]),
            knowledge: knowledge(),
            others: knowledge(),
            light_us: Vec::new(),
            start_us: vec![0; 3],
            seed: 5,
            timed: true,
            faults: Vec::new(),
        };
        assert!(setup.stack.is_timed());
        let mut engine = Engine::new(Rc::new(setup), Models { timing, ..Models::default() });
        let mut step = Step::default();
        while let Some((at_us, choice)) = engine.due() {
            engine.apply(Scheduled { at_us: Some(at_us), ..choice.into() }, &mut step).expect("it is due");
        }
        let seen = |process| serde_json::from_value(engine.process(process).layers[0].inspect()).expect("two numbers");
        (engine.now_us(), ProcessId::all(3).map(seen).collect::<Vec<[u64; 2]>>())
    };
    assert_eq!(run(Timing::default()), (1_000_000, vec![[0, 1_000_000]; 3]));
    let loose = Timing { kind: TimingKind::Asynchronous, offset_ms: 300, ..Timing::default() };
    let (end_us, clocks) = run(loose);
    assert_ne!(end_us, 1_000_000, "clocks drift");
    assert!(clocks.iter().any(|[first, _]| *first > 0), "and are ahead: {clocks:?}");
    for [first, later] in clocks {
        assert!(
            first <= 300_000 && (later - first).abs_diff(1_000_000) <= 2,
            "a second of their own: {first}, {later}"
        );
    }
}

#[test]
fn no_protocol_panics_whatever_an_intruder_and_liars_do() {
    let rate = Rate(300_000);
    let links =
        Links { kind: LinkKind::Arbitrary, alter: rate, inject: rate, replay: rate, loss: rate, ..Links::default() };
    for entry in CATALOGUE {
        for seed in 0..20 {
            let n = entry.processes.1.min(4);
            let mut scenario = Scenario::of(entry, n);
            scenario.seed = seed;
            scenario.until_ms = 4_000;
            scenario.inputs = match entry.inputs {
                Inputs::None => Vec::new(),
                Inputs::Bits => (0..n).map(|index| Some(Value::Bit(index % 2 == 0))).collect(),
                Inputs::Values(_) => vec![Some(Value::from("a b")); n],
            };
            scenario.models.links = links;
            scenario.models.timing.kind = TimingKind::ALL[seed as usize % 4];
            let behaviour = Behaviour {
                lies: rate,
                twin: ProcessSet::of([P0, P2]),
                forges: Some(P0),
                replays: rate,
                colludes: true,
                ..Behaviour::default()
            };
            let fault = |at_ms, choice| Fault { at_ms, choice };
            scenario.faults = vec![
                fault(0, byzantine(P1, behaviour)),
                fault(150, byzantine(ProcessId::from(n - 1), Behaviour { forges: Some(P1), ..behaviour })),
                fault(400, crash(P1, Some(1))),
                fault(900, Choice::Recover(P1)),
            ];
            let mut history = scenario.start().unwrap_or_else(|error| panic!("{}: {error}", entry.name));
            history.run(20_000);
            assert!(history.position() > 4, "{}, seed {seed}", entry.name);
        }
    }
}

#[test]
fn liars_and_intruders_need_no_clock() {
    for scheduler in ["fair", "random"] {
        let behaviour = Behaviour { lies: Rate(1_000_000), forges: Some(P0), ..Behaviour::default() };
        let mut scenario = scenario("plain-messages", &["a", "", "c"]);
        scenario.scheduler = serde_json::from_value(scheduler.into()).expect("a scheduler");
        scenario.models.failures = Failures::Byzantine;
        scenario.schedule = [byzantine(P2, behaviour), Choice::Start(P0)].map(Scheduled::from).into();
        let message = MessageId { from: P0, to: P1, number: 0, copy: 0 };
        let mut history = scenario.start().expect("valid");
        history.seek(2).expect("two lines of the schedule");
        history.act(Choice::Alter { message, lie: 0 }, None).expect("it waits at the door");
        history.act(Choice::Replay(message), None).expect("it waits at the door");
        history.run(1_000).expect("it ends");
        let heard: Vec<_> = said(&history).into_iter().filter(|(_, to, _)| *to == P1).collect();
        let lie = || "(forged)".to_owned();
        assert_eq!(heard, [(P0, P1, lie()), (P0, P1, lie()), (P0, P1, lie()), (P2, P1, lie())], "{scheduler}");
        let mut again = scenario.clone();
        again.interventions = history.interventions().to_vec();
        assert_eq!(ended(&again).engine().trace_hash(), history.engine().trace_hash(), "{scheduler}");
    }
}

#[test]
fn without_times_a_process_that_may_lose_patience_is_not_at_rest() {
    let mut scenario = scenario("rotating-coordinator", &["0", "1", "1"]);
    scenario.scheduler = Scheduler::Fair;
    scenario.interventions = vec![Intervention { after: 0, choice: crash(P0, None), at_us: None }];
    let mut history = scenario.start().expect("valid");
    while history.position() < 1_000 && history.next().is_ok() {}
    assert_eq!(history.next().map(|_| ()), Err(Stop::Waits), "after {} events", history.position());
    let suspicion = Choice::Timeout { process: P1, layer: 0 };
    history.act(suspicion, None).expect("it waits for p0");
}

#[test]
fn without_times_a_twin_runs_out_of_patience_with_the_first_core() {
    let twin = Behaviour { twin: ProcessSet::of([P2]), ..Behaviour::default() };
    for early in [true, false] {
        let mut scenario = scenario("plain-messages", &["a b", "c d", ""]);
        scenario.parameters.insert("pause-ms".into(), Setting("50".into()));
        scenario.scheduler = Scheduler::ByHand;
        scenario.models.failures = Failures::Byzantine;
        let timeout = Choice::Timeout { process: P0, layer: 0 };
        let choices = [Choice::Start(P0), timeout];
        let at = if early { 0 } else { 2 };
        let mut schedule = choices.to_vec();
        schedule.insert(at, byzantine(P0, twin));
        scenario.schedule = schedule.into_iter().map(Scheduled::from).collect();
        let history = {
            let mut history = scenario.start().expect("valid");
            history.seek(3).expect("three lines");
            history
        };
        let p0 = history.engine().process(P0);
        let core = p0.byzantine.as_ref().and_then(|byzantine| byzantine.twin()).expect("it has a twin");
        let sent = |state: serde_json::Value| state["sent"].as_u64();
        assert_eq!(sent(core[0].inspect()), Some(2), "made {at} events in");
        assert_eq!(sent(p0.layers[0].inspect()), Some(2));
    }
}
