//! The same run, however one comes to a moment of it: straight, by seeking, stepping back and branching.

use crate::common::{builtin, find, named};
use bivalent::draw::{Purpose, below, draw};
use bivalent::engine::{Choice, Engine, Fate, MessageId, ProcessSet};
use bivalent::history::{History, Intervention, POOL_BYTES, Scheduler, Stop};
use bivalent::model::{Behaviour, LinkKind, Links, Rate, TimingKind};
use bivalent::process::{ProcessId, Value};
use bivalent::scenario::{Fault, GALLERY, Scenario};
use std::collections::{BTreeMap, BTreeSet};

const P0: ProcessId = ProcessId(0);
const P1: ProcessId = ProcessId(1);
const P2: ProcessId = ProcessId(2);

/// Four processes that broadcast two words each, over links that lose and double.
fn busy() -> Scenario {
    let mut scenario = Scenario::of(&find("reliable-broadcast"), 4);
    scenario.inputs = vec![Some(Value::from("a b")); 4];
    scenario.models.links.kind = LinkKind::FairLoss;
    scenario.models.links.loss = Rate(200_000);
    scenario.models.links.duplication = Rate(200_000);
    scenario.models.timing.kind = TimingKind::Asynchronous;
    scenario
}

fn scenarios() -> Vec<Scenario> {
    let gallery = GALLERY.iter().map(|(name, _)| named(name));
    gallery.filter(|scenario| scenario.name != "nobody-decides").chain([busy()]).collect()
}

fn start(scenario: &Scenario) -> History {
    scenario.start(builtin()).expect("a valid scenario")
}

/// The hash after each event, the beginning included.
fn straight(scenario: &Scenario) -> Vec<u64> {
    let mut history = start(scenario);
    let mut hashes = vec![history.engine().trace_hash()];
    while history.next().is_ok() {
        hashes.push(history.engine().trace_hash());
    }
    hashes
}

#[test]
fn equal_scenarios_have_equal_runs_and_other_seeds_have_others() {
    for scenario in scenarios() {
        let hashes = straight(&scenario);
        assert_eq!(hashes, straight(&scenario), "{}", scenario.name);
        let other = Scenario { seed: scenario.seed + 1, ..scenario.clone() };
        // Where nothing is drawn, seeds do not matter.
        if hashes.len() > 5 {
            assert_ne!(hashes.last(), straight(&other).last(), "{}", scenario.name);
        }
    }
}

#[test]
fn every_position_is_the_same_straight_by_seeking_and_by_stepping_back() {
    for scenario in scenarios() {
        let hashes = straight(&scenario);
        let mut history = start(&scenario);
        history.run(hashes.len() as u64);
        for position in (0..hashes.len()).rev() {
            assert_eq!(history.engine().trace_hash(), hashes[position], "{} back to {position}", scenario.name);
            assert_eq!(history.position(), position as u64);
            history.back();
        }
        assert_eq!(history.position(), 0, "before the beginning there is nothing");
        for jump in 0..hashes.len() as u64 {
            let position = below(draw(9, Purpose::Schedule, 0, jump), hashes.len() as u64);
            history.seek(position).expect("within the run");
            assert_eq!(history.engine().trace_hash(), hashes[position as usize], "{} to {position}", scenario.name);
            let other = below(draw(9, Purpose::Schedule, 1, jump), hashes.len() as u64);
            assert_eq!(history.engine_at(other).trace_hash(), hashes[other as usize], "{} at {other}", scenario.name);
            assert_eq!(history.position(), position, "looking elsewhere moves nothing");
        }
    }
}

#[test]
fn verdicts_are_the_same_after_going_back_and_forth() {
    for scenario in scenarios() {
        let mut history = start(&scenario);
        history.run(100_000);
        let end = history.position();
        let at_rest = history.is_at_rest();
        let verdicts = history.judgements();
        history.seek(end / 2).expect("within the run");
        history.seek(end).expect("within the run");
        assert_eq!(history.is_at_rest(), at_rest, "{}", scenario.name);
        assert_eq!(history.monitors().judge(history.engine(), at_rest), verdicts, "{}", scenario.name);
    }
}

#[test]
fn waves_take_the_same_events_as_single_steps() {
    for scenario in scenarios() {
        let hashes = straight(&scenario);
        let mut history = start(&scenario);
        while history.wave() > 0 {
            assert_eq!(history.engine().trace_hash(), hashes[history.position() as usize], "{}", scenario.name);
        }
        assert_eq!(history.position() as usize, hashes.len() - 1, "{}: waves reach the end", scenario.name);
    }
}

#[test]
fn a_wave_of_a_synchronous_run_is_a_round_and_ends_with_it() {
    let scenario = named("in-step");
    let round_us = scenario.models.timing.round_us().expect("it is synchronous");
    let mut history = start(&scenario);
    for round in 1..=2 {
        assert!(history.wave() > 0);
        assert_eq!(history.engine().now_us(), round * round_us, "the timers of round {round} have fired");
    }
    let up = history.engine().processes().iter().filter(|process| process.is_alive());
    assert!(up.map(|process| &process.decided).all(Option::is_some));
    assert_eq!(history.wave(), 0, "f + 1 rounds for f = 1, and no third");
}

#[test]
fn facts_tell_of_each_event_what_its_record_says() {
    for scenario in scenarios() {
        let mut history = start(&scenario);
        history.run(100_000);
        let facts = history.facts(0, history.position());
        assert_eq!(facts.len(), history.records().len());
        for (event, (fact, record)) in (1..).zip(facts.iter().zip(history.records())) {
            assert_eq!((fact.event, fact.at_us, fact.choice), (event, record.at_us, record.choice));
            assert_eq!(history.record(event), Some(record));
        }
        let third = history.position() / 3;
        let some = history.facts(third, third + 2);
        assert_eq!(some.first().map(|fact| fact.event), Some(third + 1), "{}", scenario.name);
        assert_eq!(history.record(0), None, "0 is before the first");
    }
}

/// What was drawn for each message, by its name: how long it takes, what becomes of it, and when it splits.
fn drawn(scenario: &Scenario) -> BTreeMap<MessageId, (u64, Fate, Option<u64>)> {
    let mut history = start(scenario);
    let mut drawn = BTreeMap::new();
    while let Ok(step) = history.next() {
        let sent = step.sent.clone();
        for id in sent {
            // A message to a crashed process is on its way too.
            let flight = history.engine().flight(id).expect("it was sent in this event");
            let splits = flight.splits_us.map(|splits_us| splits_us - flight.sent_us);
            drawn.insert(id, (flight.due_us - flight.sent_us, flight.fate, splits));
        }
    }
    drawn
}

#[test]
fn runs_that_differ_in_one_fault_agree_on_every_draw_they_have_in_common() {
    let fault = |at_ms, choice| Fault { at_ms, choice };
    for choice in [
        Choice::Crash { process: P2, after_effects: None },
        Choice::Crash { process: P1, after_effects: Some(2) },
        Choice::Byzantine { process: P0, behaviour: Behaviour::silent() },
    ] {
        for seed in 0..20 {
            let mut one = busy();
            one.seed = seed;
            // So that the fate of a message depends on no other one.
            one.models.links.losses_in_a_row_max = 1_000;
            let mut other = one.clone();
            other.faults = vec![fault(40, choice)];
            let (one, other) = (drawn(&one), drawn(&other));
            let common = one.keys().filter(|id| other.contains_key(id)).count();
            assert!(common >= 12, "{choice:?}, seed {seed}: {common} messages in common");
            for (id, drawn) in &one {
                if let Some(again) = other.get(id) {
                    assert_eq!(drawn, again, "{choice:?}, seed {seed}: {id}");
                }
            }
        }
    }
}

#[test]
fn an_intervention_makes_a_branch_and_its_parent_is_the_run_without_it() {
    for scenario in scenarios() {
        let hashes = straight(&scenario);
        let mut history = start(&scenario);
        let at = hashes.len() as u64 / 2;
        history.seek(at).expect("within the run");
        // Somebody is up in every scenario, halfway.
        let process = ProcessId::all(scenario.processes)
            .find(|process| history.engine().process(*process).is_alive())
            .expect("somebody is up");
        history.act(Choice::Crash { process, after_effects: None }, None).expect("it is up");
        assert_eq!((history.current(), history.branches().len()), (1, 2));
        assert_eq!(history.branches()[1].parent, Some((0, at)));
        assert!(history.records()[at as usize].by_hand);
        history.run(100_000);
        let (end, hash) = (history.position(), history.engine().trace_hash());
        assert_ne!(hash, hashes[hashes.len() - 1], "{}", scenario.name);

        history.open(0, at);
        assert_eq!((history.current(), history.position()), (0, at));
        assert_eq!(history.engine().trace_hash(), hashes[at as usize]);
        history.run(100_000);
        assert_eq!(history.engine().trace_hash(), hashes[hashes.len() - 1], "{}", scenario.name);

        history.open(1, end);
        assert_eq!((history.position(), history.engine().trace_hash()), (end, hash), "{}", scenario.name);

        let (branches, whole) = (history.branches().to_vec(), history.records().len());
        let mut other = start(&scenario);
        assert!(other.adopt(branches.clone(), 1, at));
        assert_eq!((other.current(), other.position(), other.branches()), (1, at, &*branches), "{}", scenario.name);
        assert!(other.records().len() <= whole);
        other.seek(end).expect("within the run");
        assert_eq!(other.engine().trace_hash(), hash, "{}", scenario.name);
        assert!(!other.adopt(branches, 2, 0), "there are two branches");
    }
}

#[test]
fn interventions_of_a_file_give_the_run_of_the_branch_that_they_were_made_in() {
    let scenario = busy();
    let mut history = start(&scenario);
    for (at, choice) in [
        (6, Choice::Partition(ProcessSet::of([P0, P1]))),
        (9, Choice::Slow { process: P2, extra_ms: 500 }),
        (14, Choice::Heal),
        (15, Choice::Crash { process: P1, after_effects: Some(1) }),
    ] {
        history.seek(at).expect("within the run");
        history.act(choice, None).expect("possible at this moment");
    }
    history.run(100_000);
    let mut again = scenario.clone();
    again.interventions = history.interventions().to_vec();
    assert_eq!(again.interventions.len(), 4);
    let read = builtin().read(&again.to_json()).expect("what is written can be read");
    assert_eq!(straight(&read).last(), Some(&history.engine().trace_hash()));
}

#[test]
fn an_intervention_whose_target_has_vanished_is_reported_and_changes_nothing() {
    let scenario = busy();
    let vanished = MessageId { from: P0, to: P1, number: 999, copy: 0 };
    let lost = Intervention { after: 5, choice: Choice::Lose(vanished), at_us: None };
    let back = Intervention { after: 8, choice: Choice::Recover(P2), at_us: None };
    let mut edited = scenario.clone();
    edited.interventions = vec![lost, back];
    let mut history = start(&edited);
    history.run(100_000);
    assert_eq!(history.missed(), [lost, back]);
    assert_eq!(Some(&history.engine().trace_hash()), straight(&scenario).last());
    history.seek(3).expect("within the run");
    history.run(100_000);
    assert_eq!(history.missed(), [lost, back], "each is reported once, however often one passes it");
}

#[test]
fn what_the_engine_refuses_changes_nothing() {
    let mut history = start(&busy());
    history.seek(10).expect("within the run");
    let hash = history.engine().trace_hash();
    let refusal = history.act(Choice::Recover(P2), None).expect_err("it has not crashed");
    assert_eq!(refusal.0, "p2 has not crashed");
    assert_eq!((history.branches().len(), history.engine().trace_hash()), (1, hash));
}

#[test]
fn checkpoints_stay_within_their_pool_in_a_long_run() {
    let mut scenario = Scenario::of(&find("heartbeat"), 8);
    scenario.until_ms = 60_000;
    let hashes = straight(&scenario);
    let pool_bytes = 256 * 1024;
    let mut history = start(&scenario).with_pool_bytes(pool_bytes);
    let mut most = 0;
    assert!(
        loop {
            if let Err(stop) = history.next().map(|_| ()) {
                break stop;
            }
            most = most.max(history.checkpoint_bytes());
        } == Stop::Until
    );
    assert!(hashes.len() > 10_000, "a long run: {} events", hashes.len());
    assert!(most <= pool_bytes, "{most} bytes of checkpoints");
    for position in [hashes.len() - 1, 1, hashes.len() / 2, 100, 0] {
        history.seek(position as u64).expect("within the run");
        assert_eq!(history.engine().trace_hash(), hashes[position], "at {position}");
    }
}

#[test]
fn a_run_of_a_million_events_has_its_memory_bounded_and_every_moment_in_reach() {
    let mut scenario = Scenario::of(&find("heartbeat"), 8);
    scenario.until_ms = 2_600_000;
    let hashes = straight(&scenario);
    assert!(hashes.len() > 1_000_000, "{} events", hashes.len());
    let mut history = start(&scenario);
    while history.run(1_000).is_none() {
        let bytes = history.checkpoint_bytes();
        assert!(bytes <= POOL_BYTES, "{bytes} bytes of checkpoints after {} events", history.position());
    }
    let checkpoints = history.checkpoint_bytes();
    assert!(checkpoints > POOL_BYTES / 4, "room that is not used makes seeking slow: {checkpoints} bytes");
    assert_eq!(history.records().len() + 1, hashes.len());
    for number in 0..100 {
        let position = draw(7, Purpose::Schedule, 0, number) % hashes.len() as u64;
        history.seek(position).expect("within the run");
        assert_eq!(history.engine().trace_hash(), hashes[position as usize], "at {position}");
    }
}

#[test]
fn a_message_is_found_by_its_name_among_few_and_among_many() {
    let mut scenario = busy();
    scenario.processes = 9;
    scenario.inputs = vec![Some(Value::from("a b c")); 9];
    scenario.models.links = Links { fifo: true, kind: LinkKind::FairLoss, ..Links::default() };
    scenario.scheduler = Scheduler::Random;
    let names = |engine: &Engine| engine.flights().map(|flight| flight.id).collect::<BTreeSet<MessageId>>();
    let mut history = start(&scenario);
    let (mut before, mut most, mut doubled) = (BTreeSet::new(), 0, 0);
    for event in 0u64.. {
        let now = names(history.engine());
        for id in before.union(&now) {
            let found = history.engine().flight(*id).map(|flight| flight.id);
            assert_eq!(found, now.contains(id).then_some(*id), "after {event} events");
        }
        most = most.max(now.len());
        let any = now.iter().nth(event as usize % now.len().max(1));
        if let Some(id) = any.filter(|id| event % 10 == 5 && id.copy == 0) {
            let last = history.engine().flight(*id).expect("it is on its way").copies;
            history.act(Choice::Duplicate(*id), None).expect("it is on its way");
            assert!(history.engine().flight(MessageId { copy: last + 1, ..*id }).is_some(), "the next copy of {id}");
            doubled += 1;
        } else if history.next().is_err() {
            break;
        }
        before = now;
    }
    assert!(most > 200 && doubled > 20 && before.len() < 10, "{most}, {doubled}, {}", before.len());
}
