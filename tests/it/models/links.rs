//! What links promise: reliable ones, fair-loss ones, those that keep the order, and those with rules of their own.

use super::{P0, P1, P2, P3, crash, delays, ended, facts, received, scenario};
use crate::common::builtin;
use bivalent::engine::{Choice, Fate, MessageId};
use bivalent::history::History;
use bivalent::model::{Change, LinkKind, Links, Override, Rate, Timing, TimingKind};
use bivalent::process::ProcessId;
use bivalent::scenario::{Fault, Scenario, Setting};
use std::collections::BTreeMap;

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
fn reliable_links_owe_nothing_to_a_message_of_one_who_is_down() {
    let mut history = scenario("plain-messages", &["a", "", ""]).start(builtin()).expect("valid");
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
    let mut history = scenario.start(builtin()).expect("valid");
    history.seek(2).expect("two starts");
    let id = MessageId { from: P0, to: P1, number: 0, copy: 0 };
    let flight = history.engine().flight(id).expect("it was sent").clone();
    let third_us = flight.sent_us + (flight.arrives_us - flight.sent_us) / 3;
    history.act(Choice::Duplicate(id), Some(third_us)).expect("it is on its way");
    let copy = MessageId { copy: 1, ..id };
    let begins = history.engine().flight(copy).expect("it sets out").progress(third_us);
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
        .filter_map(|fact| Some(fact.arrival.as_ref()?.progress))
        .collect();
    assert!(lost.len() > 3 && lost.iter().all(|progress| (progress - 0.6).abs() < 0.01), "{lost:?}");
    // A cut loses a message half-way between where it is and its goal.
    scenario.models.links.loss = Rate(0);
    scenario.faults = vec![Fault { at_ms: 0, choice: Choice::Cut { from: P0, to: P1 } }];
    let cut = facts(&ended(&scenario)).into_iter().find(|fact| matches!(fact.choice, Choice::Lose(_)));
    let broken_off = cut.and_then(|fact| fact.arrival).expect("it is lost").progress;
    assert!((broken_off - 0.5).abs() < 0.01, "{broken_off}");
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
        let mut history = scenario("plain-messages", &["a", "", ""]).start(builtin()).expect("valid");
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
        if let (Choice::Deliver(id), Some(arrival)) = (fact.choice, &fact.arrival) {
            sent.entry((id.from, id.to, arrival.payload.digest())).or_default().1 += 1;
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
        let mut history = said_for_ever(1, Rate(0), 3).start(builtin()).expect("valid");
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
    assert_eq!(broken, ["a message that is sent again and again arrives in the end"]);
}

#[test]
fn a_person_who_loses_one_too_many_breaks_the_promise_of_fair_loss() {
    let mut scenario = scenario("stubborn-link", &["a", ""]);
    scenario.models.links.kind = LinkKind::FairLoss;
    scenario.models.links.loss = Rate(1_000_000);
    scenario.models.links.losses_in_a_row_max = 1;
    let mut history = scenario.start(builtin()).expect("valid");
    let id = MessageId { from: P0, to: P1, number: 1, copy: 0 };
    while history.engine().flight(id).is_none() {
        history.next().map(|_| ()).expect("the second copy is sent");
    }
    assert_eq!(
        history.engine().forbids(&Choice::Lose(id)),
        Some("a message that is sent again and again arrives in the end")
    );
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
        assert_eq!(builtin().read(&scenario.to_json()), Ok(scenario));
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
        assert!(
            order
                .iter()
                .any(|promise| promise.text == "messages do not overtake each other" && promise.broken.is_none())
        );
    }
    let mut scenario = scenario("plain-messages", &["a b", ""]);
    scenario.models.links.fifo = true;
    let mut history = scenario.start(builtin()).expect("valid");
    history.seek(2).expect("two starts");
    let second = Choice::Deliver(MessageId { from: P0, to: P1, number: 1, copy: 0 });
    assert_eq!(history.engine().forbids(&second), Some("messages do not overtake each other"));
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
    let error = scenario.plan(builtin()).map(|_| ()).expect_err("it cannot keep the bound");
    assert_eq!(error, "models.overrides[0].links.latency_ms: 101 is more than 100, models.timing.delta_ms");
    scenario.models.timing.kind = TimingKind::Asynchronous;
    assert!(scenario.plan(builtin()).is_ok());
    let mut history = scenario.start(builtin()).expect("valid");
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
        assert_eq!(builtin().read(&scenario.to_json()), Ok(scenario));
    }
}
