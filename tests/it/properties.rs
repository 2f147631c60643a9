//! Properties of one's own, of a scenario or of a protocol: on runs, in sweeps, by the explorers, and in the list of the page.

use crate::cli::{bivalent, err, file, json, out};
use crate::common::{builtin, named};
use bivalent::catalogue::{Catalogue, Entry, Instance, MUTANT, names, own_properties, world};
use bivalent::explorer::exhaustive::{self, ExplorationReport, Finding, explore_protocol};
use bivalent::history::History;
use bivalent::lab::Lab;
use bivalent::process::{Local, Out, ProcessId, Protocol, UserMessage};
use bivalent::property::{OwnProperty, Property, StateView, Verdict};
use bivalent::scenario::{PropertyText, Scenario, Setting};
use bivalent::sweep::{Design, Sweep, SweepSummary};
use expect_test::expect;

fn invariant(name: &str, text: &str) -> PropertyText {
    PropertyText { name: name.to_owned(), invariant: Some(text.to_owned()), eventually: None }
}

fn eventually(name: &str, text: &str) -> PropertyText {
    PropertyText { name: name.to_owned(), invariant: None, eventually: Some(text.to_owned()) }
}

/// Three processes that wait for the inputs of all, with these properties.
fn scenario(properties: Vec<PropertyText>) -> Scenario {
    let inputs = ["0", "1", "1"].map(|input| Some(input.into())).to_vec();
    Scenario { inputs, properties, ..Scenario::new("wait-for-all", "Three wait", 3) }
}

/// A run to its end.
fn ended(scenario: &Scenario) -> History {
    let mut history = scenario.start(builtin()).unwrap_or_else(|error| panic!("{error}"));
    history.run(10_000).expect("it ends");
    history
}

/// The finding on the last property now: the verdict, the event and the reason.
fn last(history: &mut History) -> (Verdict, Option<u64>, String) {
    let at_rest = history.is_at_rest();
    let judgement = history.monitors().judge(history.engine(), at_rest).pop().expect("there is one");
    (judgement.verdict, judgement.event, judgement.why)
}

#[test]
fn an_invariant_is_violated_at_the_first_event_after_which_it_is_false() {
    let mut history = ended(&scenario(vec![invariant("nobody-knows-all", "forall p ∈ Π : #(rec@p) < N")]));
    let (verdict, event, why) = last(&mut history);
    assert_eq!(verdict, Verdict::Violated);
    assert!(why.starts_with("it is FALSE for p = p"), "{why}");
    let event = event.expect("a violation has an event");
    let knows = |history: &History| {
        ProcessId::all(3).any(|process| {
            let state = history.engine().process(process).layers.last().expect("there is a layer").inspect();
            state["rec"].as_object().expect("a map").len() == 3
        })
    };
    history.seek(event - 1).expect("it was there before");
    assert!(!knows(&history));
    assert_eq!(last(&mut history), (Verdict::HeldSoFar, None, String::new()));
    history.seek(event).expect("it was there before");
    assert!(knows(&history));
    assert_eq!(last(&mut history).0, Verdict::Violated);
    assert_eq!(history.record(event).and_then(|record| record.mark), Some(bivalent::history::Mark::Violation));
}

#[test]
fn what_holds_in_a_run_holds() {
    for text in [
        "forall p ∈ Π : p ∈ keys(rec@p)",
        "forall p, q ∈ Π : decided@p ≠ ⊥ ∧ decided@q ≠ ⊥ ⇒ decided@p = decided@q",
        "holds(\"agreement\") ∧ holds(\"validity\") ∧ correct = Π ∧ crashed = ∅",
        "forall p, q ∈ Π : len(sent(p, q)) ≤ 1",
        "event ≥ 1 ∧ now ≥ 0 ∧ forall p ∈ Π : delivered(p) = []",
        // Before its first step nothing is known of a process.
        "forall p ∈ Π : rec@p = ⊥ ∨ #(rec@p) ≥ 1",
    ] {
        let found = last(&mut ended(&scenario(vec![invariant("mine", text)])));
        assert_eq!(found, (Verdict::HeldSoFar, None, String::new()), "{text}");
    }
}

#[test]
fn what_shall_hold_in_the_end_is_not_yet_and_then_held_or_violated() {
    let scenario = scenario(vec![
        eventually("all-decide", "forall p ∈ Π : decided@p ≠ ⊥"),
        eventually("nobody-decides", "forall p ∈ Π : decided@p = ⊥"),
    ]);
    let mut history = scenario.start(builtin()).expect("it is valid");
    let verdicts = |history: &mut History| {
        let at_rest = history.is_at_rest();
        let judgements = history.monitors().judge(history.engine(), at_rest);
        let own = judgements.into_iter().rev().take(2).map(|one| (one.name.to_string(), one.verdict));
        own.collect::<Vec<_>>()
    };
    let pair = |one, other| vec![("nobody-decides".to_owned(), one), ("all-decide".to_owned(), other)];
    history.seek(1).expect("something happens");
    assert_eq!(verdicts(&mut history), pair(Verdict::HeldSoFar, Verdict::NotYet));
    history.run(10_000).expect("it ends");
    assert_eq!(verdicts(&mut history), pair(Verdict::Violated, Verdict::HeldSoFar));
}

#[test]
fn a_property_that_takes_long_or_cannot_be_judged_is_unknown() {
    let slow = "forall a, b, c ∈ 1..1000 : a + b + c > 0";
    for (text, why) in [
        (slow, "took more than 100,000 operations"),
        ("forall p ∈ Π : rec@p + 1 = 2", "+ takes an integer, and this is a map: {p0 ↦ FALSE}"),
    ] {
        let (verdict, event, said) = last(&mut ended(&scenario(vec![invariant("mine", text)])));
        assert_eq!((verdict, event, &*said), (Verdict::Unknown, Some(1), why), "{text}");
        let (verdict, _, said) = last(&mut ended(&scenario(vec![eventually("mine", text)])));
        assert_eq!((verdict, said.starts_with(&why[..10])), (Verdict::Unknown, true), "{text}: {said}");
    }
}

#[test]
fn watching_changes_no_run() {
    let plain = ended(&scenario(Vec::new()));
    let watched = ended(&scenario(vec![invariant("mine", "forall p, q ∈ Π : len(sent(p, q)) < 9")]));
    assert_eq!(plain.engine().trace_hash(), watched.engine().trace_hash());
}

#[test]
fn what_is_wrong_is_told_with_its_field_and_its_place() {
    let error = |properties| scenario(properties).plan(builtin()).err().expect("it is wrong");
    expect![[r#"
        properties[1].invariant: line 1, column 15: no variable reg@p: rec@p
          forall p ∈ Π: reg@p = ⊥ ∧ N + "a" > 2
                        ^^^^^
        line 1, column 31: + takes an integer, and this is a text
          forall p ∈ Π: reg@p = ⊥ ∧ N + "a" > 2
                                        ^^^"#]]
    .assert_eq(&error(vec![invariant("fine", "TRUE"), invariant("mine", "forall p ∈ Π: reg@p = ⊥ ∧ N + \"a\" > 2")]));
    for (properties, expected) in [
        (vec![eventually("mine", "#(Π)")], "properties[0].eventually: line 1, column 1: a condition is TRUE or FALSE"),
        (vec![invariant("agreement", "TRUE")], "properties[0].name: \"agreement\" is the name of another property"),
        (vec![invariant("mine", "TRUE"), eventually("mine", "TRUE")], "properties[1].name: \"mine\" is the name of"),
        (vec![invariant("Mine", "TRUE")], "properties[0].name: \"Mine\" is not in kebab-case"),
        (vec![invariant("", "TRUE")], "properties[0].name: \"\" is not in kebab-case"),
        (vec![invariant(&"m".repeat(41), "TRUE")], "properties[0].name: "),
        (vec![PropertyText { name: "mine".into(), ..PropertyText::default() }], "properties[0]: one of \"invariant\""),
        (vec![invariant("mine", "holds(\"agrement\")")], "properties[0].invariant: line 1, column 7: no property"),
        (vec![invariant("mine", "p3 = p0")], "properties[0].invariant: line 1, column 1: there is no p3"),
        (vec![invariant("mine", "TRUE"); 33], "properties: there are 33; at most 32 are read"),
    ] {
        let error = error(properties);
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn the_command_line_checks_and_judges_them() {
    let path = file("own-properties.json");
    let write = |scenario: &Scenario| std::fs::write(&path, scenario.to_json()).expect("the folder is there");
    let name = path.to_str().expect("a path in UTF-8");
    write(&scenario(vec![invariant("mine", "rec@p9 = 1 ∧")]));
    let checked = bivalent(&["check", name]);
    assert_eq!(checked.status.code(), Some(2));
    for line in ["properties[0].invariant: line 1, column 5: there is no p9", "  rec@p9 = 1 ∧", "      ^^"] {
        assert!(err(&checked).contains(line), "{}", err(&checked));
    }
    write(&scenario(vec![invariant("nobody-decides", "forall p ∈ Pi : decided@p = bot")]));
    assert_eq!(bivalent(&["check", name]).status.code(), Some(0));
    let run = bivalent(&["run", name, "--format", "json"]);
    assert_eq!(run.status.code(), Some(1));
    let found = json(&run)["properties"].as_array().expect("a list").last().expect("there is one").clone();
    assert_eq!((found["name"].as_str(), found["verdict"].as_str()), (Some("nobody-decides"), Some("violated")));
    let unknown = scenario(Vec::new()).to_json().replace("\"title\"", "\"properties\": [{\"nam\": 1}], \"title\"");
    std::fs::write(&path, unknown).expect("the folder is there");
    let checked = bivalent(&["check", name]);
    assert!(err(&checked).contains("properties[0].nam: unknown field `nam`"), "{}", err(&checked));
}

#[test]
fn a_user_of_the_library_gives_a_closure() {
    let undecided = |state: &dyn StateView| {
        let decided = ProcessId::all(state.processes()).find(|process| state.decided(*process).is_some());
        decided.map(|process| format!("{process} has decided"))
    };
    let mut plan = scenario(Vec::new()).plan(builtin()).expect("it is valid");
    plan.monitors.watch(vec![OwnProperty::invariant("undecided", "Nobody decides.", undecided)]);
    let mut history = History::new(plan, Vec::new());
    history.run(10_000).expect("it ends");
    let (verdict, event, why) = last(&mut history);
    assert_eq!(verdict, Verdict::Violated);
    let event = event.expect("a violation has an event");
    let decided = history.facts(event - 1, event).remove(0).choice.process().expect("a process decides");
    assert_eq!(why, format!("{decided} has decided"));
}

#[test]
fn the_page_lists_them() {
    let text = "forall p ∈ Π : decided@p = ⊥";
    let lab = Lab::new(builtin(), scenario(vec![invariant("nobody-decides", text)])).expect("it is valid");
    let judgement = lab.judgements().pop().expect("there are some");
    assert_eq!((&*judgement.name, &*judgement.text, judgement.verdict), ("nobody-decides", text, Verdict::HeldSoFar));
}

#[test]
fn in_a_sweep_they_have_columns() {
    let base = scenario(vec![
        invariant("nobody-decides", "forall p ∈ Π : decided@p = ⊥"),
        invariant("slow", "forall a, b, c ∈ 1..1000 : a + b + c > 0"),
    ]);
    let design = || Design::of(0..3);
    let mut sweep = Sweep::new(builtin(), &base, design()).expect("a valid sweep");
    while !sweep.step(1_000).done {}
    assert!(sweep.header().expect("the first shard has one").contains(",nobody-decides,slow,"));
    for row in sweep.rows() {
        assert_eq!(row.verdicts[row.verdicts.len() - 2..], [Verdict::Violated, Verdict::Unknown]);
        assert!(sweep.line(row).contains(",violated,unknown,"));
    }
    let summary = sweep.summary();
    let place = summary.properties.iter().position(|name| name == "nobody-decides").expect("it is there");
    assert_eq!((summary.cells[0].violated[place].hits, summary.cells[0].runs), (3, 3));
    let column = scenario(vec![invariant("events", "TRUE")]);
    let error = Sweep::new(builtin(), &column, design()).err().expect("a column has that name");
    assert_eq!(error, "properties[0].name: \"events\" is the name of another column");
}

/// The exploration of a protocol with three processes from these inputs, and these properties.
fn explored(protocol: &str, inputs: [&str; 3], texts: &[PropertyText]) -> ExplorationReport {
    let instance: Instance = builtin().instance(protocol, [], None).expect("it is there");
    let inputs = inputs.map(|input| Some(input.into())).to_vec();
    let own = own_properties(&instance, &inputs, texts).unwrap_or_else(|error| panic!("{error}"));
    exhaustive::explore(&instance, &[inputs], &own, 100_000, &mut |_| {}).expect("it is explored")
}

#[test]
fn explored_a_true_one_holds_and_a_false_one_is_violated_with_a_shortest_schedule() {
    let plain = explored("wait-for-all", ["0", "1", "1"], &[]);
    let report = explored(
        "wait-for-all",
        ["0", "1", "1"],
        &[
            invariant("all-the-same", "forall p, q ∈ Π : decided@p = ⊥ ∨ decided@q = ⊥ ∨ decided@p = decided@q"),
            invariant("nobody-knows-two", "forall p ∈ Π : #(rec@p) < 2"),
            eventually("all-know-all", "forall p ∈ Π : #(rec@p) = N"),
            eventually("somebody-waits", "exists p ∈ Π : #(rec@p) < N"),
            invariant("slow", "forall a, b, c ∈ 1..1000 : a + b + c > 0"),
            invariant("timeless", "now < 0"),
        ],
    );
    assert_eq!((plain.configurations, plain.edges), (report.configurations, report.edges));
    let count = plain.findings.len();
    assert_eq!(plain.findings, report.findings[..count]);
    let own: Vec<&Finding> = report.findings[count..].iter().collect();
    let verdicts: Vec<(&str, Verdict)> = own.iter().map(|finding| (&*finding.property, finding.verdict)).collect();
    assert_eq!(
        verdicts,
        [
            ("all-the-same", Verdict::Holds),
            ("nobody-knows-two", Verdict::Violated),
            ("all-know-all", Verdict::Holds),
            ("somebody-waits", Verdict::Violated),
            ("slow", Verdict::Unknown),
            // Time is no part of a configuration.
            ("timeless", Verdict::Unknown),
        ]
    );
    assert_eq!(own[0].judged, report.configurations);
    // One has to start before another can hear of it, which may start with that.
    let example = own[1].example.as_ref().expect("a violation has an example");
    assert_eq!((example.steps, example.schedule.len()), (2, 2), "{:?}", example.schedule);
    assert_eq!(own[4].unjudged.as_deref(), Some("took more than 100,000 operations"));
}

#[test]
fn other_explorers_judge_them_too() {
    // Lossy, with deliveries and crashes.
    let instance = builtin().instance("reliable-broadcast", [], None).expect("it is there");
    let inputs = exhaustive::inputs(&instance.entry);
    let texts = [
        invariant("nobody-delivers", "forall p ∈ Π : delivered(p) = []"),
        invariant("from-somebody", "forall p ∈ Π : forall [q, _] ∈ delivered(p) : q ∈ Π"),
        invariant("nobody-crashes", "crashed = ∅"),
    ];
    let own = own_properties(&instance, &inputs[0], &texts).unwrap_or_else(|error| panic!("{error}"));
    let report = exhaustive::explore(&instance, &inputs, &own, 100_000, &mut |_| {}).expect("it is explored");
    let own = &report.findings[report.findings.len() - 3..];
    let verdicts: Vec<Verdict> = own.iter().map(|finding| finding.verdict).collect();
    assert_eq!(verdicts, [Verdict::Violated, Verdict::Holds, Verdict::Violated]);
    for place in [0, 2] {
        let example = own[place].example.as_ref().expect("a violation has an example");
        assert_eq!(example.schedule.len(), example.steps, "{:?}", example.schedule);
    }
    // By exchanges of messages.
    let output =
        bivalent(&["explore", "flood-set", "--eventually", "all-decide=forall p in correct : decided@p != bot"]);
    assert!(out(&output).contains("all-decide: holds"), "{}{}", out(&output), err(&output));
    let output = bivalent(&[
        "explore",
        "wait-for-two",
        "--inputs",
        "011",
        "--invariant",
        "same=#({decided@p | p ∈ Π} ∖ {⊥}) ≤ 1",
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(out(&output).contains("same: violated in"), "{}", out(&output));
    assert!(out(&output).contains("a shortest schedule to it: "), "{}", out(&output));
    let output = bivalent(&["explore", "wait-for-two", "--invariant", "same"]);
    assert_eq!(err(&output).trim(), "error: --invariant \"same\": must be NAME=EXPRESSION");
}

/// p0 has the lock. With the planted bug all have it.
struct Lock {
    mutant_all: bool,
}

impl Protocol for Lock {
    /// True if the process has the lock.
    type State = bool;
    type Message = UserMessage;

    fn init(&self, _: &Local) -> bool {
        false
    }
    fn on_start(&self, holds: &mut bool, out: &mut Out<'_, UserMessage>) {
        *holds = self.mutant_all || out.me == ProcessId(0);
    }
    fn on_deliver(&self, _: &mut bool, _: ProcessId, _: &UserMessage, _: &mut Out<'_, UserMessage>) {
        unreachable!("nobody sends anything");
    }
}

fn one_holder(system: &dyn StateView) -> Option<String> {
    let holders: Vec<ProcessId> =
        system.states().filter(|(_, holds)| **holds).map(|(process, _): (_, &bool)| process).collect();
    (holders.len() > 1).then(|| format!("{holders:?} have it"))
}

fn taken(system: &dyn StateView) -> Option<String> {
    (!system.states().any(|(_, holds)| *holds)).then(|| "nobody has it".to_owned())
}

fn lock() -> Entry {
    Entry {
        own: vec![
            OwnProperty::invariant("one-holder", "At most one process has the lock.", one_holder),
            OwnProperty::eventually("taken", "In the end some process has the lock.", taken),
        ],
        mutants: names(["all"]),
        ..Entry::new("lock", |given| Lock { mutant_all: given.mutant("all") })
    }
}

fn with_lock() -> Catalogue {
    let mut catalogue = Catalogue::builtin();
    catalogue.add(lock()).expect("a new name");
    catalogue
}

fn locked() -> Scenario {
    Scenario::everyday(&lock())
}

fn mutant() -> Scenario {
    let mut scenario = locked();
    scenario.parameters.insert(MUTANT.into(), Setting("all".into()));
    scenario
}

/// The verdicts at the end of a run, in words.
fn verdicts(scenario: &Scenario) -> Vec<String> {
    let mut history = scenario.start(&with_lock()).expect("valid");
    assert!(history.run(1_000).is_some(), "it ends");
    history.judgements().iter().map(ToString::to_string).collect()
}

#[test]
fn a_run_is_judged_by_what_a_protocol_brings_along() {
    assert_eq!(verdicts(&locked()), ["one-holder held so far", "taken held so far"]);
    assert_eq!(verdicts(&mutant()), ["one-holder violated at event 2: [p0, p1] have it", "taken held so far"]);
}

#[test]
fn a_process_that_is_down_or_lies_has_no_state() {
    let mut crashed = locked();
    world::at(&mut crashed, 1, world::crash(world::P0));
    assert_eq!(verdicts(&crashed)[1], "taken violated at event 4: nobody has it");
    let mut liars = mutant();
    world::at(&mut liars, 0, world::lies(world::P0, 0));
    assert_eq!(verdicts(&liars)[0], "one-holder violated at event 4: [p1, p2] have it");
}

#[test]
fn a_sweep_counts_the_violations_of_what_a_protocol_brings_along() {
    let sweep = |scenario: &Scenario| {
        let mut sweep = Sweep::new(&with_lock(), scenario, Design::of(0..3)).expect("valid");
        let summary = sweep.run();
        assert!(sweep.header().expect("the first shard").contains(",one-holder,taken,"));
        summary.cells[0].violated.iter().map(|rate| rate.hits).collect::<Vec<u64>>()
    };
    assert_eq!(sweep(&locked()), [0, 0]);
    assert_eq!(sweep(&mutant()), [3, 0]);
}

#[test]
fn an_exploration_judges_what_a_protocol_brings_along_in_every_configuration() {
    let verdicts = |given: &[(&str, &str)]| {
        let report = explore_protocol(&with_lock(), "lock", given).expect("it can be explored");
        assert_eq!((report.complete, report.configurations), (true, 8), "started or not, of three processes");
        ["one-holder", "taken"].map(|name| report.finding(name).expect("a property of its own").clone())
    };
    let [one, taken] = verdicts(&[]);
    assert_eq!((one.verdict, one.judged, taken.verdict, taken.judged), (Verdict::Holds, 8, Verdict::Holds, 1));
    let [one, _] = verdicts(&[(MUTANT, "all")]);
    assert_eq!((one.verdict, one.violated), (Verdict::Violated, 4), "two of them hold it, or three");
    assert_eq!(one.to_string(), "one-holder: violated in 4 of 8 configurations, first after 2 steps: [p0, p1] have it");
}

#[test]
fn the_names_of_what_a_protocol_promises_are_in_kebab_case_and_differ() {
    let refused = |name: &str| {
        let own = vec![OwnProperty::invariant(name, "It always holds.", |_| None)];
        let entry = Entry { properties: vec![Property::AGREEMENT], own, ..lock() };
        Catalogue::builtin().add(entry).expect_err("it is refused")
    };
    assert_eq!(refused("One, two"), "lock: the property \"One, two\" is no name in kebab-case");
    assert_eq!(refused("agreement"), "lock: the property agreement is there twice");
    let mut scenario = locked();
    scenario.properties = vec![invariant("one-holder", "TRUE")];
    let error = scenario.plan(&with_lock()).err().expect("the lock has one of that name");
    assert_eq!(error, "properties[0].name: \"one-holder\" is the name of another property");
    let mut catalogue = Catalogue::builtin();
    let own = vec![OwnProperty::invariant("events", "It always holds.", |_| None)];
    catalogue.add(Entry { own, ..lock() }).expect("a new name");
    let error = Sweep::new(&catalogue, &locked(), Design::of(0..3)).err().expect("a column has that name");
    assert_eq!(error, "lock: the property \"events\" has the name of another column");
}

#[test]
fn a_scenario_adds_to_what_a_protocol_brings_along() {
    let mut scenario = mutant();
    scenario.properties = vec![eventually("all-are-up", "crashed = ∅")];
    let found = verdicts(&scenario);
    assert_eq!(found[1..], ["taken held so far", "all-are-up held so far"]);
    assert!(found[0].starts_with("one-holder violated at event 2"), "{}", found[0]);
    let mut sweep = Sweep::new(&with_lock(), &scenario, Design::of(0..3)).expect("valid");
    let hits = |summary: SweepSummary| summary.cells[0].violated.iter().map(|rate| rate.hits).collect::<Vec<u64>>();
    assert_eq!(hits(sweep.run()), [3, 0, 0]);
}

#[test]
fn the_list_of_promises_has_both_kinds() {
    let entry = Entry { properties: vec![Property::AGREEMENT], ..lock() };
    let names: Vec<&str> = entry.promises().map(|(name, _)| name).collect();
    assert_eq!(names, ["agreement", "one-holder", "taken"]);
    assert_eq!(serde_json::to_value(&entry).expect("plain data")["own"], serde_json::json!(["one-holder", "taken"]));
}

#[test]
fn a_text_may_speak_of_the_variables_of_all_roles() {
    let mut scenario = named("abd-register");
    // A client has trips, and a server has a stamp.
    let text = "(exists p ∈ Π : trip@p > 0) ∧ (exists p ∈ Π : stamp@p[\"number\"] > 0)";
    scenario.properties = vec![eventually("both-worked", text)];
    let mut history = ended(&scenario);
    let found = history.judgements().into_iter().find(|one| one.name == "both-worked").expect("it is judged");
    assert_eq!(found.verdict, Verdict::HeldSoFar, "{}", found.why);
}
