//! Two runs side by side: kept in step, and what a process can tell of the two.

use bivalent::canon::Digest;
use bivalent::engine::Choice;
use bivalent::history::{History, Scheduler};
use bivalent::lab::compare::{Other, differences, others};
use bivalent::lab::{Action, InStep, Lab, Pair, Session};
use bivalent::model::{Behaviour, ProcessSet, TimingKind};
use bivalent::process::ProcessId;
use bivalent::scenario::{Fault, GALLERY, PairLink, Scenario, named};

const P0: ProcessId = ProcessId(0);
const P1: ProcessId = ProcessId(1);
const P2: ProcessId = ProcessId(2);

fn scenario(name: &str) -> Scenario {
    named(name).expect("in the gallery")
}

fn pair(left: Scenario, right: Scenario) -> Pair {
    Pair::new([left, right]).expect("valid")
}

fn other(lab: &Lab, key: &str) -> Scenario {
    let others = others(lab);
    let keys: Vec<String> = others.iter().map(|other| other.key.clone()).collect();
    others.into_iter().find(|other| other.key == key).unwrap_or_else(|| panic!("{key} is not in {keys:?}")).scenario
}

fn ended(mut pair: Pair) -> Pair {
    pair.act(Action::End(20_000));
    pair
}

/// The local states of a process, as a digest.
fn state(history: &History, events: u64, process: ProcessId) -> u64 {
    let mut digest = Digest::default();
    for layer in &history.engine_at(events).process(process).layers {
        layer.encode(&mut digest);
    }
    digest.finish()
}

#[test]
fn a_run_beside_itself_never_differs() {
    let pair = ended(pair(scenario("in-step"), scenario("in-step")));
    assert_eq!(pair.first_difference(), None);
    assert!(pair.is_over());
    for process in ProcessId::all(pair.processes()) {
        let sight = pair.sight(process).expect("both have it");
        assert!(sight.same() && sight.same_times && !sight.parted() && sight.common > 0, "{process}: {sight:?}");
    }
    assert!(pair.states().iter().all(|row| row.same()));
    assert!(pair.differences().is_empty());
}

#[test]
fn three_generals_cannot_tell_who_lies() {
    let mut pair = pair(scenario("three-generals"), scenario("three-generals-again"));
    pair = ended(pair);
    let sight = pair.sight(P1).expect("both have it");
    assert!(sight.same() && sight.same_times, "{sight:?}");
    assert!(sight.common >= 3, "its start, two messages and its timers: {sight:?}");
    assert_eq!(pair.parting_us(P1), None);
    let words = pair.sight_words(P1);
    assert!(words.starts_with("To p1 both are the same so far"), "{words}");
    // Whatever it does, it does in both; and from outside the two are not the same at all.
    assert!(pair.states()[1].same(), "{:?}", pair.states());
    assert!(pair.first_difference().is_some());
    let violated = |side: usize| {
        let verdicts = pair.verdicts();
        verdicts
            .iter()
            .any(|(_, sides)| sides[side].as_ref().is_some_and(|judgement| judgement.verdict.text() == "violated"))
    };
    assert!(violated(1) && !violated(0), "{:?}", pair.verdicts());
    assert_eq!(pair.titles(), ["three, the commander lies", "three, a general lies"]);
}

#[test]
fn slow_looks_like_dead_until_the_answer_comes() {
    let lab = Lab::new(scenario("slow-or-dead")).expect("valid");
    let mut pair = pair(lab.saved(), other(&lab, "slow-for-dead"));
    assert_eq!(
        pair.titles(),
        [
            "p1 crashes at 300 ms; p2 becomes slow, by 2500 ms a message at 350 ms",
            "p1 becomes slow, by 2500 ms a message at 300 ms; p2 crashes at 350 ms"
        ]
    );
    // It suspects both before it can tell the two worlds apart: the guess is made on the same grounds.
    let suspects = |pair: &Pair| {
        pair.labs().iter().all(|lab| {
            lab.facts().iter().any(|fact| {
                fact.event <= lab.history().position()
                    && fact.choice.process() == Some(P0)
                    && bivalent::scene::caption(lab.scenario(), fact).contains("p0 suspects")
            })
        })
    };
    let mut before = None;
    while !pair.sight(P0).expect("both have it").parted() && !pair.is_over() {
        before = Some(suspects(&pair));
        pair.act(Action::Next(1));
    }
    assert_eq!(before, Some(true), "it had to guess while both were the same to it");
    let sight = pair.sight(P0).expect("both have it");
    assert!(sight.common > 5 && sight.parted(), "{sight:?}");
    let [left, right] = sight.next.map(|next| next.expect("parted"));
    assert_eq!(pair.parting_us(P0), Some([left.at_us.min(right.at_us); 2]));
    let words = pair.sight_words(P0);
    assert!(words.contains("both are the same until") && words.contains("Then left, at"), "{words}");
}

/// Pairs that differ in many ways.
fn pairs() -> Vec<(String, Pair)> {
    let mut pairs = Vec::new();
    for (name, _) in GALLERY {
        let here = scenario(name);
        if here.scheduler == Scheduler::ByHand || *name == "nobody-decides" {
            continue;
        }
        let lab = Lab::new(here.clone()).expect("valid");
        for Other { key, scenario, .. } in others(&lab) {
            pairs.push((format!("{name}, {key}"), pair(here.clone(), scenario)));
        }
        let mut lying = here.clone();
        let behaviour = Behaviour { twin: ProcessSet::of([P1]), ..Behaviour::default() };
        lying.faults.push(Fault { at_ms: 150, choice: Choice::Byzantine { process: P0, behaviour } });
        pairs.push((format!("{name}, lying"), pair(here.clone(), lying)));
        let mut back = here.clone();
        back.faults.push(Fault { at_ms: 100, choice: Choice::Crash { process: P1, after_effects: Some(1) } });
        back.faults.push(Fault { at_ms: 400, choice: Choice::Recover(P1) });
        pairs.push((format!("{name}, back"), pair(here, back)));
    }
    pairs
}

/// What a process has seen determines its state: else something is missing in it.
#[test]
fn who_has_seen_the_same_is_in_the_same_state() {
    let (mut checked, mut parted) = (0, 0);
    for (name, mut pair) in pairs() {
        // Early, in the middle and late.
        for events in [4, 12, 60] {
            pair.act(Action::Next(events));
            for process in ProcessId::all(pair.processes()) {
                let Some(sight) = pair.sight(process).filter(|sight| sight.apart.is_none()) else { continue };
                parted += u32::from(sight.parted());
                if !sight.same() {
                    continue;
                }
                let [left, right] = pair.labs().each_ref().map(|lab| lab.history());
                // Who has crashed has lost its state, and has not seen that.
                if !left.engine().process(process).is_alive() || !right.engine().process(process).is_alive() {
                    continue;
                }
                let here = state(left, left.position(), process);
                assert_eq!(here, state(right, right.position(), process), "{name}, {process}: {sight:?}");
                checked += 1;
            }
        }
    }
    assert!(checked > 1_000 && parted > 300, "{checked} checked, {parted} parted");
}

#[test]
fn who_has_seen_something_else_is_told_apart_there_and_not_before() {
    // Who is given another input knows it at once, the others when they receive it.
    let here = scenario("in-step");
    let mut input = here.clone();
    let value = here.inputs[0].as_ref().and_then(|value| value.bit()).expect("a bit");
    input.inputs[0] = Some((!value).into());
    let mut pair = pair(here.clone(), input);
    assert!(pair.sight(P0).expect("both have it").apart.is_some());
    assert!(!pair.sight(P1).expect("both have it").parted());
    pair.act(Action::End(1_000));
    let sight = pair.sight(P1).expect("both have it");
    assert!(sight.parted(), "it has received another value: {sight:?}");
    let [left, right] = sight.next.map(|next| next.expect("parted"));
    for (lab, seen) in pair.labs().iter().zip([left, right]) {
        let fact = &lab.history().facts(seen.event - 1, seen.event)[0];
        assert_eq!(fact.choice.message().map(|id| (id.from, id.to)), Some((P0, P1)), "{fact:?}");
    }
}

#[test]
fn next_and_back_are_inverse_and_both_runs_keep_the_same_time() {
    for (name, mut pair) in pairs().into_iter().step_by(5) {
        let place = |pair: &Pair| {
            pair.labs().each_ref().map(|lab| (lab.history().position(), lab.history().engine().trace_hash()))
        };
        let mut places = vec![place(&pair)];
        for _ in 0..25 {
            pair.act(Action::Next(1));
            let now = pair.labs().each_ref().map(|lab| lab.now_us());
            assert_eq!(now[0], now[1], "{name}");
            if places.last() != Some(&place(&pair)) {
                places.push(place(&pair));
            }
        }
        while let Some(there) = places.pop() {
            assert_eq!(place(&pair), there, "{name}");
            pair.act(Action::Back(1));
        }
        assert_eq!(place(&pair).map(|(position, _)| position), [0, 0], "{name}");
    }
}

#[test]
fn by_time_no_event_is_missed_and_by_events_both_have_as_many() {
    let here = scenario("in-step");
    let lab = Lab::new(here.clone()).expect("valid");
    let mut pair = pair(here, other(&lab, "timing-asynchronous"));
    pair.seek_time(0, 150_000);
    for lab in pair.labs() {
        let (records, position) = (lab.history().records(), lab.history().position() as usize);
        assert!(records[..position].iter().all(|record| record.at_us <= 150_000));
        assert!(records[position..].iter().all(|record| record.at_us > 150_000));
        assert!(position > 0);
    }
    pair.act(Action::Seek(0));
    pair.keep(InStep::Events);
    pair.act(Action::Next(9));
    assert_eq!(pair.labs().each_ref().map(|lab| lab.history().position()), [9, 9]);
    pair.act(Action::Back(4));
    assert_eq!(pair.labs().each_ref().map(|lab| lab.history().position()), [5, 5]);
    pair.act(Action::Wave);
    let [left, right] = pair.labs().each_ref().map(|lab| lab.history().position());
    assert!(left == right && left > 5, "{left}, {right}");
}

#[test]
fn playing_ends_where_both_runs_end() {
    let lab = Lab::new(scenario("slow-or-dead")).expect("valid");
    let mut played = pair(lab.saved(), other(&lab, "slow-for-dead"));
    played.act(Action::Play(true));
    let frames = (0..20_000)
        .take_while(|_| {
            played.tick(50.0);
            played.playing()
        })
        .count();
    assert!(frames > 10 && played.is_over());
    let jumped = ended(pair(lab.saved(), other(&lab, "slow-for-dead")));
    let end =
        |pair: &Pair| pair.labs().each_ref().map(|lab| (lab.history().position(), lab.history().engine().trace_hash()));
    assert_eq!(end(&played), end(&jumped));
}

#[test]
fn the_first_difference_is_where_the_traces_part() {
    for (name, mut pair) in pairs().into_iter().step_by(7) {
        let found = pair.seek_difference();
        let [left, right] = pair.labs().each_ref().map(|lab| lab.history().records());
        match pair.first_difference() {
            Some(event) => {
                let common = event as usize - 1;
                assert!(left[..common].iter().zip(&right[..common]).all(|(one, other)| one == other), "{name}");
                assert_ne!(left.get(common), right.get(common), "{name}");
            }
            None => assert!(!found && left == right, "{name}"),
        }
    }
}

#[test]
fn a_branch_is_kept_named_and_compared_with_what_it_left() {
    let mut lab = Lab::new(scenario("in-step")).expect("valid");
    lab.act(Action::End(1_000));
    let whole = lab.history().position();
    lab.act(Action::Seek(10));
    lab.act(Action::Choose(Choice::Crash { process: P1, after_effects: None }));
    lab.act(Action::End(1_000));
    assert_eq!(lab.branches(), [0, 1]);
    assert_eq!([0, 1].map(|branch| lab.branch_words(branch)), ["untouched", "p1 crashes after event 10"]);
    assert_eq!(lab.summary(0).events, whole);
    let first = others(&lab).remove(0);
    assert_eq!((&*first.key, &*first.label), ("branch-0", "branch 1: untouched"));
    let mut pair = ended(pair(lab.saved(), first.scenario));
    assert_eq!(pair.titles(), ["p1 crashes, by you after event 10", "untouched"]);
    assert_eq!(pair.first_difference(), Some(11));
    assert!(pair.seek_difference());
    assert_eq!(pair.labs()[0].history().position(), 11);
    // What a page leaves to the next: the same branches, and nothing that does not fit.
    let text = lab.session().to_json();
    for wrong in ["", "[]", &text.replace("\"current\": 1", "\"current\": 2"), &text.replace("p1", "p99")] {
        assert!(Session::parse(wrong).is_err(), "{wrong}");
    }
    let mut next = Session::parse(&text).and_then(Lab::resume).expect("its own text");
    assert_eq!(next.session(), lab.session());
    assert_eq!(next.history().records(), lab.history().records());
    next.act(Action::Branch(0));
    next.act(Action::End(1_000));
    assert_eq!(next.history().position(), whole);
}

#[test]
fn choices_made_by_hand_are_one_line_until_one_is_taken_back() {
    let mut by_hand = Scenario { scheduler: Scheduler::ByHand, ..scenario("in-step") };
    by_hand.faults.clear();
    let mut lab = Lab::new(by_hand).expect("valid");
    for process in [P0, P1, P2] {
        lab.act(Action::Choose(Choice::Start(process)));
    }
    assert_eq!((lab.history().branches().len(), lab.branches()), (4, vec![3]));
    lab.act(Action::Back(2));
    lab.act(Action::Choose(Choice::Start(P2)));
    assert_eq!(lab.branches(), [3, 4], "the future that was left is kept");
}

#[test]
fn what_differs_is_said_in_words() {
    let here = scenario("in-step");
    let mut there = here.clone();
    there.models.timing.kind = TimingKind::Asynchronous;
    there.seed += 1;
    let found = differences(&here, &there);
    let words: Vec<String> =
        found.iter().map(|one| format!("{}: {} | {}", one.what, one.sides[0], one.sides[1])).collect();
    let seeds = format!("seed: {} | {}", here.seed, there.seed);
    assert_eq!(words, ["timing: synchronous | asynchronous", &*seeds]);
    // A default that is written out is no difference.
    let entry = here.entry().expect("in the catalogue");
    let mut named = here.clone();
    for parameter in entry.parameters {
        let setting = bivalent::scenario::Setting(parameter.default.to_owned());
        named.parameters.entry(parameter.name.to_owned(), setting);
    }
    assert_eq!(differences(&here, &named), []);
}

#[test]
fn a_link_leads_back_to_both_moments() {
    let lab = Lab::new(scenario("three-generals")).expect("valid");
    let mut pair = pair(lab.saved(), others(&lab).remove(0).scenario);
    pair.act(Action::Next(7));
    let text = pair.link().expect("short");
    assert!(text.len() < 3_000, "{}", text.len());
    let again = Pair::from_link(PairLink::decode(&text).expect("its own")).expect("valid");
    let place =
        |pair: &Pair| pair.labs().each_ref().map(|lab| (lab.history().position(), lab.history().engine().trace_hash()));
    assert_eq!(place(&again), place(&pair));
    assert_eq!(again.sight(P1), pair.sight(P1));
}
