//! Properties that a protocol brings along: runs, sweeps and explorations judge them like those of the catalogue.

use bivalent::catalogue::{Catalogue, Entry, MUTANT, names, world};
use bivalent::explorer::exhaustive::explore_protocol;
use bivalent::process::{Local, Out, ProcessId, Protocol, UserMessage};
use bivalent::property::{OwnProperty, Property, Verdict};
use bivalent::scenario::{Scenario, Setting};
use bivalent::sweep::{Design, Sweep};

/// p0 has the lock. With the planted bug all have it.
struct Lock {
    mutant_all: bool,
}

impl Protocol for Lock {
    /// Whether the process has the lock.
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

static ONE_HOLDER: OwnProperty = OwnProperty::invariant("one-holder", "At most one process has the lock.", |system| {
    let holders: Vec<ProcessId> =
        system.states().filter(|(_, holds)| **holds).map(|(process, _): (_, &bool)| process).collect();
    (holders.len() > 1).then(|| format!("{holders:?} have it"))
});

static TAKEN: OwnProperty = OwnProperty::eventually("taken", "In the end some process has the lock.", |system| {
    (!system.states().any(|(_, holds)| *holds)).then(|| "nobody has it".to_owned())
});

fn entry() -> Entry {
    Entry {
        properties: vec![Property::Own(&ONE_HOLDER), Property::Own(&TAKEN)],
        mutants: names(["all"]),
        ..Entry::new("lock", |given| Lock { mutant_all: given.mutant("all") })
    }
}

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::builtin();
    catalogue.add(entry()).expect("a new name");
    catalogue
}

fn scenario() -> Scenario {
    Scenario::everyday(&entry())
}

fn mutant() -> Scenario {
    let mut scenario = scenario();
    scenario.parameters.insert(MUTANT.into(), Setting("all".into()));
    scenario
}

/// The verdicts at the end of a run, in words.
fn verdicts(scenario: &Scenario) -> Vec<String> {
    let mut history = scenario.start(&catalogue()).expect("valid");
    assert!(history.run(1_000).is_some(), "it ends");
    history.judgements().iter().map(ToString::to_string).collect()
}

#[test]
fn a_run_is_judged_by_them_and_says_at_which_event_one_is_violated() {
    assert_eq!(verdicts(&scenario()), ["one-holder held so far", "taken held so far"]);
    assert_eq!(verdicts(&mutant()), ["one-holder violated at event 2: [p0, p1] have it", "taken held so far"]);
}

#[test]
fn a_process_that_is_down_or_lies_has_no_state() {
    let mut crashed = scenario();
    world::at(&mut crashed, 1, world::crash(world::P0));
    assert_eq!(verdicts(&crashed)[1], "taken violated at event 4: nobody has it");
    let mut liars = mutant();
    world::at(&mut liars, 0, world::lies(world::P0, 0));
    assert_eq!(verdicts(&liars)[0], "one-holder violated at event 4: [p1, p2] have it");
}

#[test]
fn a_sweep_counts_their_violations() {
    let sweep = |scenario: &Scenario| {
        let mut sweep = Sweep::new(&catalogue(), scenario, Design::of(0..3)).expect("valid");
        let summary = sweep.run();
        assert!(sweep.header().expect("the first shard").contains(",one-holder,taken,"));
        summary.cells[0].violated.iter().map(|rate| rate.hits).collect::<Vec<u64>>()
    };
    assert_eq!(sweep(&scenario()), [0, 0]);
    assert_eq!(sweep(&mutant()), [3, 0]);
}

#[test]
fn an_exploration_judges_them_in_every_configuration() {
    let verdicts = |given: &[(&str, &str)]| {
        let report = explore_protocol(&catalogue(), "lock", given).expect("it can be explored");
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
fn their_names_are_in_kebab_case_and_differ() {
    static ODD: OwnProperty = OwnProperty::invariant("One, two", "It cannot be a column.", |_| None);
    static SAME: OwnProperty = OwnProperty::invariant("agreement", "Another one has this name.", |_| None);
    let refused = |properties: Vec<Property>| {
        let mut catalogue = Catalogue::builtin();
        catalogue.add(Entry { properties, ..entry() }).expect_err("it is refused")
    };
    assert_eq!(refused(vec![Property::Own(&ODD)]), "lock: the property \"One, two\" is no name in kebab-case");
    let twice = vec![Property::Agreement, Property::Own(&SAME)];
    assert_eq!(refused(twice), "lock: the property agreement is there twice");
}
