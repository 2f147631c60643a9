//! Crashes, recoveries, and processes that are slow or start late.

use super::{P0, P1, P2, crash, ended, facts, received, scenario};
use crate::common::builtin;
use bivalent::engine::{Choice, Fate, MessageId, Status};
use bivalent::history::Scheduler;
use bivalent::model::{Failures, TimingKind};
use bivalent::process::ProcessId;
use bivalent::scenario::{Fault, Scenario};

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
    let mut history = voting.start(builtin()).expect("valid");
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
    let mut history = flooding.start(builtin()).expect("valid");
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
    // p1 is so slow that what comes to it waits in its input buffer for long.
    let fault = |at_ms, choice| Fault { at_ms, choice };
    scenario.faults = vec![
        fault(0, Choice::Slow { process: P1, extra_ms: 5_000 }),
        fault(1, crash(P1, None)),
        fault(1_000, Choice::Recover(P1)),
    ];
    let id = MessageId { from: P0, to: P1, number: 0, copy: 0 };
    let mut history = scenario.start(builtin()).expect("valid");
    while history.engine().now_us() < 1_000_000 {
        history.next().map(|_| ()).expect("it comes back");
    }
    assert_eq!(history.engine().flight(id).map(|flight| flight.fate), Some(Fate::Missed));
    let lost = history.tell().expect("the message is lost");
    assert_eq!((lost.choice, lost.at_us), (Choice::Lose(id), 1_000_000));
    assert_eq!(lost.reasons().collect::<Vec<_>>(), ["p1 was down when it came"]);
    assert_eq!(lost.arrival.expect("it is lost").progress, 1.0, "it was in the input buffer");
    assert!(history.engine().process(P1).is_alive());

    // What is still on its way when the recipient comes back is received.
    scenario.faults = vec![fault(1, crash(P1, None)), fault(2, Choice::Recover(P1))];
    scenario.models.timing.kind = TimingKind::Asynchronous;
    assert!(received(&facts(&ended(&scenario))).contains_key(&id));
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
fn processes_start_when_the_scenario_says_or_with_the_first_message() {
    let started = |start_ms: &[u64]| {
        let mut scenario = scenario("plain-messages", &["a", "", ""]);
        scenario.start_ms = start_ms.to_vec();
        assert_eq!(builtin().read(&scenario.to_json()).as_ref(), Ok(&scenario));
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
        scenario.plan(builtin()).err().expect("refused")
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
