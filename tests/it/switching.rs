//! Modules that are switched off and on while a run goes on, and messages that a module does not know.

use crate::common::{builtin, named};
use bivalent::catalogue::world;
use bivalent::draw::Coins;
use bivalent::engine::{Choice, promise};
use bivalent::history::History;
use bivalent::lab::{Action, Lab};
use bivalent::process::{Outcome, Payload, ProcessId, StepContext, WhenOff};
use bivalent::property::Verdict;
use bivalent::scenario::{ModuleLine, Scenario};
use bivalent::scene::caption;
use std::collections::{BTreeMap, BTreeSet};

fn switch(layer: u8, on: bool) -> Choice {
    Choice::Switch { layer, on }
}

/// The run of a scenario to its end.
fn ran(scenario: &Scenario) -> History {
    let mut history = scenario.start(builtin()).expect("a valid scenario");
    history.run(20_000);
    history
}

fn judged(history: &mut History, property: &str) -> Verdict {
    history.judgements().iter().find(|judgement| judgement.name == property).expect("it is judged").verdict
}

fn captions(scenario: &Scenario, history: &mut History) -> Vec<String> {
    let facts = history.facts(0, history.position());
    facts.iter().map(|fact| caption(scenario, fact)).collect()
}

#[test]
fn a_detector_that_is_off_tells_nothing_and_takes_its_suspicions_back() {
    let mut scenario = named("eventual-leader");
    world::at(&mut scenario, 400, world::crash(ProcessId(0)));
    let mut with = ran(&scenario);
    assert_eq!(judged(&mut with, "eventual-leadership"), Verdict::HeldSoFar);
    world::at(&mut scenario, 300, switch(0, false));
    let mut without = ran(&scenario);
    assert_ne!(judged(&mut without, "eventual-leadership"), Verdict::HeldSoFar);
    let said = captions(&scenario, &mut without);
    assert!(
        said.iter()
            .any(|caption| caption.starts_with("The module increasing-timeout is switched off, at every process"))
    );
    // Switched on again it starts anew, and finds the crash.
    world::at(&mut scenario, 2_000, switch(0, true));
    let mut again = ran(&scenario);
    assert_eq!(judged(&mut again, "eventual-leadership"), Verdict::HeldSoFar);
    let broken: Vec<_> = again
        .monitors()
        .promises(again.engine().models())
        .into_iter()
        .filter(|promise| promise.broken.is_some())
        .collect();
    assert!(broken.iter().any(|promise| promise.text == promise::ALL_ON && !promise.by_hand));
}

#[test]
fn a_module_that_keeps_an_order_lets_go_of_what_waits_when_it_is_switched_off() {
    let mut scenario = Scenario::new("best-effort-broadcast", "", 3);
    scenario.inputs = vec![Some("a b c d e f".into())];
    scenario.modules = Some(ModuleLine::stack(["fifo-link"]));
    let on = ran(&scenario);
    let end_ms = on.engine().now_us() / 1_000;
    let waits = |history: &History, p: usize| {
        let layers = &history.engine().processes()[p].layers;
        layers[0].inspect()["waiting"].as_array().map_or(0, Vec::len)
    };
    // A moment at which something waits for its turn.
    let mut history = scenario.start(builtin()).expect("valid");
    let moment = loop {
        assert!(history.run(1).is_none(), "nothing ever waits");
        if (1..3).any(|p| waits(&history, p) > 0) {
            break history.engine().now_us() / 1_000;
        }
    };
    assert!(moment < end_ms);
    world::at(&mut scenario, moment + 1, switch(0, false));
    let mut off = ran(&scenario);
    let facts = off.facts(0, off.position());
    let switched = facts.iter().find(|fact| fact.switched.is_some()).expect("it is switched off");
    let released = switched.by_process().flat_map(|(_, outcomes)| outcomes);
    assert!(released.filter(|outcome| matches!(outcome, Outcome::Indicate(_))).count() > 0);
    assert!((1..3).all(|p| waits(&off, p) == 0));
    // What was sent before it was off and comes after is of a kind that nobody knows any more, and is told.
    let said = captions(&scenario, &mut off).concat();
    assert!(said.contains("drops it") && said.contains("is off, and passes it on"));
}

#[test]
fn a_run_with_switches_is_the_same_however_one_comes_to_a_moment() {
    let mut scenario = named("reliable-broadcast");
    scenario.modules = Some(ModuleLine::stack(["stubborn-link", "perfect-link", "best-effort-broadcast"]));
    for (at_ms, layer, on) in [(30, 0, false), (60, 1, false), (90, 0, true), (120, 1, true)] {
        world::at(&mut scenario, at_ms, switch(layer, on));
    }
    let history = ran(&scenario);
    let hashes: Vec<u64> = history.records().iter().map(|record| record.hash).collect();
    let mut other = scenario.start(builtin()).expect("valid");
    other.run(20_000);
    for event in [hashes.len() / 2, 3, hashes.len() - 1] {
        other.seek(event as u64).expect("it was there");
        assert_eq!(other.engine().trace_hash(), hashes[event - 1]);
    }
    assert_eq!(history.records().iter().filter(|record| matches!(record.choice, Choice::Switch { .. })).count(), 4);
}

#[test]
fn what_stays_on_is_refused_in_files_and_by_hand() {
    for (layer, why) in [
        (0, "best-effort-broadcast cannot be switched off: nothing else would do what the module above asks for"),
        (1, "reliable-broadcast cannot be switched off: it is what the run is about"),
        (2, "there is no module 2: they are counted from the bottom, from 0"),
    ] {
        let mut scenario = named("reliable-broadcast");
        world::at(&mut scenario, 10, switch(layer, false));
        assert_eq!(scenario.plan(builtin()).err().expect("refused"), format!("faults[0]: {why}"));
        let lab = Lab::new(builtin(), named("reliable-broadcast")).expect("valid");
        let refused = lab.history().engine().admissible(&switch(layer, false)).err();
        assert_eq!(refused.map(|refusal| refusal.0).as_deref(), Some(why));
    }
    let mut scenario = named("reliable-broadcast");
    scenario.modules = Some(ModuleLine::stack(["perfect-link", "best-effort-broadcast"]));
    let mut lab = Lab::new(builtin(), scenario).expect("valid");
    assert!(lab.switches()[0].refused.is_none() && lab.switches()[0].on);
    lab.act(Action::Choose(lab.switches()[0].choice));
    assert!(!lab.switches()[0].on);
    lab.act(Action::Undo);
    assert!(lab.switches()[0].on);
}

#[test]
fn every_layer_says_what_off_means() {
    let mut kinds = BTreeMap::new();
    for entry in builtin().entries().iter().filter(|entry| !entry.provides.is_empty()) {
        let instance = builtin().instance(&entry.name, [], None).expect("its own modules fit");
        let modules = instance.program.roles()[0].modules();
        let when_off = modules.last().expect("it has modules").layer.when_off();
        assert!(!when_off.text().is_empty() && !when_off.text().ends_with('.'), "{}", entry.name);
        let kind = match when_off {
            WhenOff::Transparent(_) => "transparent",
            WhenOff::Own(_) => "own",
            WhenOff::StaysOn(_) => "stays on",
        };
        kinds.entry(kind).or_insert_with(Vec::new).push(entry.name.to_string());
    }
    assert_eq!(kinds["own"], ["eventual-leader"]);
    assert!(kinds["transparent"].len() >= 14, "{kinds:?}");
}

/// Messages of all protocols: what is on its way in their everyday worlds, a few of each kind.
fn messages() -> Vec<(String, Payload)> {
    let mut found: BTreeMap<String, Vec<Payload>> = BTreeMap::new();
    for entry in builtin().entries() {
        let mut history = named(&entry.name).start(builtin()).expect("valid");
        for _ in 0..400 {
            for flight in history.engine().flights() {
                let several = found.entry(format!("{} {}", entry.name, flight.payload.kind().name)).or_default();
                if several.len() < 4 && !several.contains(&flight.payload) {
                    several.push(flight.payload.clone());
                }
            }
            if history.run(1).is_some() {
                break;
            }
        }
    }
    found.into_iter().flat_map(|(name, some)| some.into_iter().map(move |one| (name.clone(), one))).collect()
}

/// Throws every message at every module: at the lowest one that is on, after the world has run a while.
#[test]
fn every_message_thrown_at_every_module_is_told() {
    let messages = messages();
    assert!(messages.len() > 100, "{}", messages.len());
    let (mut thrown, mut silent) = (0, BTreeSet::new());
    for entry in builtin().entries() {
        for events in [0, 60] {
            let mut history = named(&entry.name).start(builtin()).expect("valid");
            history.run(events);
            let engine = history.engine();
            for knowledge in &engine.setup().knowledge[..2] {
                let modules = engine.setup().program.of(knowledge);
                let state = engine.process(knowledge.top.me);
                for below in 0..modules.modules().len() {
                    let transparent =
                        |place: &usize| matches!(modules.modules()[*place].when_off, WhenOff::Transparent(_));
                    let off = (0..below).filter(transparent).map(|place| 1 << place).sum();
                    for (name, payload) in &messages {
                        let mut context = StepContext::default();
                        context.explain = true;
                        context.begin(Coins::default());
                        context.off = off;
                        let mut layers = state.layers.clone();
                        if state.steps == 0 {
                            modules.start(&mut context, knowledge, &mut layers).expect("it starts");
                            context.outcomes.clear();
                        }
                        let from = ProcessId(u16::from(knowledge.top.me == ProcessId(0)));
                        let ended = modules.deliver(&mut context, knowledge, &mut layers, from, payload.clone());
                        assert!(ended.is_ok(), "{name} at {}: no end", entry.name);
                        let told = context.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Because(_)));
                        if !told {
                            silent.insert(format!("{name} at {} with {off:b} off", entry.name));
                        }
                        thrown += 1;
                    }
                }
            }
        }
    }
    assert!(silent.is_empty(), "nothing is told of {silent:?}");
    assert!(thrown > 10_000, "{thrown}");
}
