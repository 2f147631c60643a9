//! Choices of a person: which promises they break, what is refused, and that links keep them.

use super::{P0, P1, P2, P3, byzantine, ended, scenario};
use crate::common::builtin;
use bivalent::engine::{Choice, MessageId, ProcessSet};
use bivalent::model::{Behaviour, Change, Failures, LinkKind, Links, Override, Rate, Timing, TimingKind};
use bivalent::scenario::{Fault, Link, Scenario, Topology};

#[test]
fn breaking_a_promise_by_hand_is_said_with_its_event() {
    let mut history = scenario("plain-messages", &["a", ""]).start(builtin()).expect("valid");
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
fn what_does_not_belong_together_is_refused_with_the_reason() {
    let mut scenario = scenario("plain-messages", &["a", "", ""]);
    scenario.topology = Topology::Line;
    let mut history = scenario.start(builtin()).expect("valid");
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
        let mut history = scenario.start(builtin()).expect("valid");
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
    let mut history = busy().start(builtin()).expect("valid");
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
    let base = serde_json::json!({"version": 2, "name": "x", "protocol": "plain-messages", "processes": 3});
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
            "models.timing.kind: unknown word `sometimes`, expected one of `synchronous`, `bounded-asynchrony`, `partially-synchronous`, `asynchronous`",
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
        let found = builtin().read(&scenario.to_string()).expect_err(error);
        assert!(found.starts_with(error), "{found}\n{error}");
    }
}
