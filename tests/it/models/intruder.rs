//! The intruder on arbitrary links, and what authentication does against it.

use super::{P0, P1, P2, byzantine, crash, ended, facts, said, scenario};
use crate::common::{builtin, entries};
use bivalent::catalogue::Inputs;
use bivalent::engine::{Choice, HEARD_MAX, MessageId, ProcessSet, Scheduled};
use bivalent::model::{Behaviour, Change, Failures, LinkKind, Links, Rate, TimingKind};
use bivalent::process::{ProcessId, Value};
use bivalent::property::Verdict;
use bivalent::scenario::{Fault, Scenario};

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
                    let said = &fact.arrival.as_ref().expect("it is about a message").payload;
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
            if let (Choice::Deliver(_), Some(arrival)) = (fact.choice, &fact.arrival) {
                assert_ne!(arrival.payload.text(), "(forged)");
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
fn no_protocol_panics_whatever_an_intruder_and_liars_do() {
    let rate = Rate(300_000);
    let links =
        Links { kind: LinkKind::Arbitrary, alter: rate, inject: rate, replay: rate, loss: rate, ..Links::default() };
    for entry in entries() {
        for seed in 0..20 {
            let n = entry.processes.1.min(4);
            let mut scenario = Scenario::of(entry, n);
            scenario.seed = seed;
            scenario.until_ms = 4_000;
            scenario.inputs = match entry.inputs {
                Inputs::Bits => (0..n).map(|index| Some(Value::Bit(index % 2 == 0))).collect(),
                Inputs::Words(_) | Inputs::Conversation(_) => vec![Some(Value::from("a b")); n],
                _ => Scenario::everyday(entry).inputs,
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
            let mut history = scenario.start(builtin()).unwrap_or_else(|error| panic!("{}: {error}", entry.name));
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
        let mut history = scenario.start(builtin()).expect("valid");
        history.seek(2).expect("two lines of the schedule");
        history.act(Choice::Alter { message, lie: 0 }, None).expect("it is in the input buffer");
        history.act(Choice::Replay(message), None).expect("it is in the input buffer");
        history.run(1_000).expect("it ends");
        let heard: Vec<_> = said(&history).into_iter().filter(|(_, to, _)| *to == P1).collect();
        let lie = || "(forged)".to_owned();
        assert_eq!(heard, [(P0, P1, lie()), (P0, P1, lie()), (P0, P1, lie()), (P2, P1, lie())], "{scheduler}");
        let mut again = scenario.clone();
        again.interventions = history.interventions().to_vec();
        assert_eq!(ended(&again).engine().trace_hash(), history.engine().trace_hash(), "{scheduler}");
    }
}
