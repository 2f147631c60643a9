//! Byzantine processes: silence, lies, twins, forged names, accomplices.

use super::{P0, P1, P2, P3, byzantine, delays, ended, facts, said, scenario, with_liars};
use crate::common::builtin;
use bivalent::engine::{Choice, ProcessSet, Scheduled};
use bivalent::history::{Fact, History, Scheduler};
use bivalent::model::{Behaviour, Failures, Rate};
use bivalent::process::{Outcome, ProcessId, Value};
use bivalent::property::Verdict;
use bivalent::scenario::{Fault, Scenario, Setting};

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
        let mut history = one.start(builtin()).expect("valid");
        let mut straight = other.start(builtin()).expect("valid");
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
    let mut history = with_liars(scenario("wait-for-all", &["0", "1", "1"]), &[]).start(builtin()).expect("valid");
    history.run(1_000).expect("it ends");
    let decided = |history: &History, name: &str| {
        let judgements = history.monitors().judge(history.engine(), true);
        judgements.into_iter().find(|judgement| judgement.name == name).expect("of consensus").verdict
    };
    assert_eq!(decided(&history, "termination"), Verdict::HeldSoFar);
    let mut history = with_liars(scenario("wait-for-all", &["0", "1", "1"]), &[]).start(builtin()).expect("valid");
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
            let mut history = scenario.start(builtin()).expect("valid");
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
