//! What goes wrong without an assumption: one scenario for each protocol and each of its assumptions, beside one in
//! which it holds.

use crate::common::{builtin, entries, named};
use bivalent::catalogue::{Consequence, Entry, Without};
use bivalent::history::Stop;
use bivalent::property::{Property, Verdict};
use bivalent::scenario::{Link, Scenario, names};
use std::collections::BTreeSet;

/// The properties with their verdicts at the end, and whether everything has come to rest.
fn verdicts(scenario: &Scenario) -> (Vec<(String, Verdict)>, bool) {
    let mut history = scenario.start(builtin()).unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
    let stop = history.run(100_000).unwrap_or_else(|| panic!("{}: it does not end", scenario.name));
    assert!(!matches!(stop, Stop::Stuck(_)), "{}: {stop}", scenario.name);
    assert_eq!(history.missed(), [], "{}", scenario.name);
    let at_rest = history.is_at_rest();
    let judgements = history.monitors().judge(history.engine(), at_rest);
    (judgements.into_iter().map(|one| (one.name.to_string(), one.verdict)).collect(), at_rest)
}

fn shown(scenario: &Scenario, property: Property, verdict: Verdict) -> bool {
    verdicts(scenario).0.contains(&(property.name().to_owned(), verdict))
}

/// Whether the pair of worlds shows what it says; with what is wrong, and with which seed it would be right.
fn check(entry: &Entry, without: &Without) -> Result<(), String> {
    let (with, removed) = (without.with(entry), without.scenario(entry));
    let name = without.name(entry);
    let unmet = |scenario: &Scenario| scenario.unmet(builtin()).map_err(|error| format!("{name}: {error}"));
    if let Some(unmet) = unmet(&with)?.first() {
        return Err(format!("{name}: beside it: {}", unmet.text()));
    }
    // The layers below may lack the same thing under another name, for the same reason.
    let lacking = unmet(&removed)?;
    let own = lacking.iter().find(|unmet| unmet.assumption == without.assumption);
    let own = own.filter(|unmet| unmet.layers.contains(&entry.name));
    if own.is_none_or(|own| lacking.iter().any(|unmet| unmet.why != own.why)) {
        return Err(format!("{name}: lacks {lacking:?}"));
    }
    let bad = |scenario: &Scenario| {
        let (verdicts, _) = verdicts(scenario);
        verdicts.into_iter().filter(|(_, verdict)| *verdict != Verdict::HeldSoFar).collect::<Vec<_>>()
    };
    if entry.name != "wait-for-two" && !bad(&with).is_empty() {
        return Err(format!("{name}: where it holds, {:?}", bad(&with)));
    }
    let (property, verdict) = match without.consequence {
        Consequence::Violated(property) => (property, Verdict::Violated),
        Consequence::Never(property) => (property, Verdict::NotYet),
    };
    if shown(&removed, property, verdict) {
        return Ok(());
    }
    let seeds: Vec<u32> = (0..500)
        .filter(|seed| shown(&Scenario { seed: *seed, ..removed.clone() }, property, verdict))
        .take(3)
        .collect();
    let others: BTreeSet<String> =
        (0..200).flat_map(|seed| bad(&Scenario { seed, ..removed.clone() })).map(|bad| format!("{bad:?}")).collect();
    Err(format!("{name}: shows {:?}; seeds {seeds:?} would do; others show {others:?}", bad(&removed)))
}

#[test]
fn each_assumption_removed_and_nothing_else_shows_what_it_was_for() {
    let wrong: Vec<String> = builtin().without().filter_map(|(entry, without)| check(entry, without).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_assumption_of_every_protocol_has_its_scenario() {
    let all: Vec<(&str, &str)> =
        builtin().without().map(|(entry, without)| (&*entry.name, without.assumption.name())).collect();
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len(), "each once");
    let wanted: BTreeSet<(&str, &str)> = entries()
        .iter()
        .flat_map(|entry| entry.assumptions.iter().map(|assumption| (&*entry.name, assumption.name())))
        .collect();
    let missing: Vec<_> = wanted.iter().filter(|pair| !distinct.contains(pair)).collect();
    assert!(missing.is_empty(), "without a scenario: {missing:?}");
    assert_eq!(wanted.len(), all.len(), "none for what nobody assumes");
}

#[test]
fn they_can_be_named_written_down_and_linked() {
    for (entry, without) in builtin().without() {
        let scenario = named(&without.name(entry));
        assert_eq!(scenario.protocol, entry.name);
        assert_eq!(builtin().read(&scenario.to_json()).as_ref(), Ok(&scenario));
        let link = Link { scenario, position: 0 };
        assert_eq!(Link::decode(&link.encode().expect("it fits a link")), Ok(link));
    }
    assert!(builtin().known("flood-set-without-luck").is_none());
}

#[test]
fn every_protocol_has_an_everyday_world_by_its_name() {
    for entry in entries() {
        assert!(!names().any(|name| name == entry.name), "{}: the gallery has one of that name", entry.name);
        let usual = named(&entry.name);
        assert_eq!(usual.protocol, entry.name);
        assert_eq!(usual.unmet(builtin()), Ok(Vec::new()), "{}", entry.name);
        let mut history = usual.start(builtin()).expect("valid");
        history.run(1_000);
        assert!(history.position() > 0, "{}: nothing happens", entry.name);
    }
}
