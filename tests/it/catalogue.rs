//! Every protocol of the catalogue: documented, explained, true to its promises, and with mutants that are caught.

use crate::common::{builtin, entries, find, instance};
use bivalent::catalogue::{Assumption, Entry, Explorer, Inputs, MUTANT, Problem};
use bivalent::draw::{Purpose, below, draw};
use bivalent::engine::Choice;
use bivalent::explorer::exhaustive::{self, ExplorationReport};
use bivalent::history::{History, Intervention};
use bivalent::model::{Behaviour, Change, Failures, LinkKind, Models, ProcessSet, Rate, Timing, TimingKind};
use bivalent::process::{Interface, Outcome, ProcessId, Value};
use bivalent::property::{Property, Verdict};
use bivalent::scenario::{Fault, ModuleLine, Scenario, Setting, Topology, Workload};
use expect_test::expect_file;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Seeds that each honest protocol runs with, and which protocols: these, or what `scripts/soak` asks for.
#[allow(clippy::disallowed_methods, reason = "how long a test runs is not part of any run")]
fn asked_for() -> (u32, Option<String>) {
    const USUAL: u32 = 300;
    let seeds = std::env::var("BIVALENT_SEEDS");
    let seeds = seeds.map_or(USUAL, |text| text.parse().expect("BIVALENT_SEEDS is a number of seeds"));
    (seeds, std::env::var("BIVALENT_PROTOCOL").ok())
}

/// Seeds among which each mutant must be caught.
const SEEDS_MAX: u32 = 5_000;

/// How long what a protocol promises may take in the worst case, in milliseconds.
const LONG_MS: u64 = 600_000;

/// Protocols that break their promises within their assumptions, which is what they are there to show.
const BREAKABLE: &[&str] = &["wait-for-two"];

/// A number below `bound` that depends on the seed and on what it is for.
fn number(seed: u32, purpose: u64, bound: u64) -> u64 {
    below(draw(seed, Purpose::Schedule, 77, purpose), bound)
}

/// Everything that may go wrong within the assumptions of `entry`, differently for each seed.
fn hard_day(entry: &Entry, seed: u32) -> Scenario {
    let assumes = |assumption| entry.assumptions.contains(&assumption);
    let below = entry.under.iter().map(|line| find(&line.module));
    let in_time = assumes(Assumption::Synchrony) || below.into_iter().any(|layer| layer.assumes(Assumption::Synchrony));
    let (least, most) = entry.processes;
    // Among fewer than 3f+1, or in one case 4f+1, a liar is one too many.
    let least = match &*entry.name {
        "phase-king" => 5,
        _ if assumes(Assumption::FewLiars) => 4,
        _ => least,
    };
    let many = if number(seed, 11, 4) == 0 { 7 } else { 4 };
    let n = least + number(seed, 0, (most.min(many).max(least) - least) as u64 + 1) as usize;
    let mut scenario = Scenario::of(entry, n);
    scenario.seed = seed;
    scenario.until_ms = 20_000;
    scenario.inputs = ProcessId::all(n)
        .map(|process| match &entry.inputs {
            Inputs::None => None,
            Inputs::Bits => Some(Value::Bit(number(seed, 100 + u64::from(process.0), 2) == 1)),
            Inputs::Word(word, _) => (process.0 < 2).then(|| (&**word).into()),
            Inputs::FirstBit(_) => (process.0 == 0).then(|| Value::Bit(number(seed, 100, 2) == 1)),
            Inputs::Conversation(_) => [None, Some("a"), Some("b c a/e"), Some("a/x d b/y c/z")]
                [number(seed, 100 + u64::from(process.0), 4) as usize]
                .map(Value::from),
            Inputs::Words(_) if entry.properties.contains(&Property::CONSISTENCY) && number(seed, 10, 4) > 0 => {
                [None, Some("a"), Some("b"), Some("c")][number(seed, 100 + u64::from(process.0), 4) as usize]
                    .map(Value::from)
            }
            Inputs::Words(_) => [None, Some("a"), Some("b c"), Some("d e f d")]
                [number(seed, 100 + u64::from(process.0), 4) as usize]
                .map(Value::from),
        })
        .collect();
    if entry.parameters.iter().any(|parameter| parameter.name == "coin") {
        scenario.parameters.insert("coin".into(), Setting("random".into()));
    }
    if entry.name == "gossip" {
        // Its promise is one of chance: so many rounds that no day of these should see it fail.
        scenario.parameters.insert("rounds".into(), Setting("100".into()));
    }
    if entry.takes_requests() {
        scenario.workload = Some(Workload { operations: 20, think_ms: 1, ..Workload::default() });
    }
    if entry.name == "flooding" {
        scenario.topology = [Topology::Complete, Topology::Line, Topology::Ring][number(seed, 1, 3) as usize];
    }
    let timing = &mut scenario.models.timing;
    if assumes(Assumption::EventualSynchrony) {
        timing.kind = TimingKind::PartiallySynchronous;
        timing.gst_ms = Some(1 + number(seed, 2, 4_000) as u32);
    } else if !in_time && number(seed, 2, 2) == 1 {
        timing.kind = TimingKind::Asynchronous;
    }
    if assumes(Assumption::SteadyClocks) {
        (timing.drift, timing.offset_ms) = (Rate(0), 3_000);
    }
    let links = &mut scenario.models.links;
    links.fifo = assumes(Assumption::FifoLinks);
    if assumes(Assumption::FairLossLinks) || !assumes(Assumption::ReliableLinks) && number(seed, 4, 2) == 1 {
        links.kind = LinkKind::FairLoss;
        links.loss = Rate(300_000);
        links.duplication = Rate(200_000);
    }
    if assumes(Assumption::Intruder) {
        links.kind = LinkKind::Arbitrary;
        (links.alter, links.inject, links.replay) = (Rate(200_000), Rate(200_000), Rate(200_000));
    }
    if assumes(Assumption::FewLiars) {
        scenario.models.failures = Failures::Byzantine;
        let process = ProcessId::from(number(seed, 5, n as u64) as usize);
        let others = ProcessId::all(n).filter(|other| *other != process);
        let twin = ProcessSet::of(others.filter(|other| number(seed, 1_000 + u64::from(other.0), 2) == 1));
        let honest = Behaviour::default();
        let behaviour = match number(seed, 6, 8) {
            0 => Behaviour::silent(),
            1 => Behaviour { lies: Rate(500_000), ..honest },
            2 => Behaviour { lies: Rate(500_000), delay_ms: 90, replays: Rate(500_000), ..honest },
            3 => Behaviour { twin, lies: Rate(200_000), replays: Rate(200_000), ..honest },
            _ => Behaviour { twin, ..honest },
        };
        let at_ms = if number(seed, 7, 4) == 0 { number(seed, 8, 200) } else { 0 };
        if number(seed, 9, 8) > 0 && behaviour != honest {
            scenario.faults.push(Fault { at_ms, choice: Choice::Byzantine { process, behaviour } });
        }
    }
    let crashes = if assumes(Assumption::NoCrash) || assumes(Assumption::FewLiars) {
        0
    } else if assumes(Assumption::MajorityUp) {
        let among = entry.resilience.among.as_ref().map(|role| entry.shares(n).expect("enough").processes(role).len());
        (among.unwrap_or(n) - 1) / 2
    } else if assumes(Assumption::OneCrash) || assumes(Assumption::FewCrashes) {
        1
    } else {
        n - 1
    };
    let recover = assumes(Assumption::CrashRecovery);
    if recover {
        scenario.models.failures = Failures::CrashRecovery;
    }
    for crash in 0..number(seed, 3, crashes as u64 + 1) {
        let spared = usize::from(assumes(Assumption::FirstUp));
        let process = ProcessId::from(spared + ((u64::from(seed) + crash) % (n - spared) as u64) as usize);
        if assumes(Assumption::ProposerUp) && process.0 < 2 && scenario.faults.iter().any(crashes_proposer) {
            continue;
        }
        // Half of the crashes are in the middle of a step, and half of those in that of the first.
        let after_effects = (number(seed, 400 + crash, 2) == 1).then(|| number(seed, 300 + crash, 4) as u16);
        let first = after_effects.is_some() && number(seed, 600 + crash, 2) == 1;
        let at_ms = if first { 0 } else { number(seed, 200 + crash, [60, 400][number(seed, 700 + crash, 2) as usize]) };
        scenario.faults.push(Fault { at_ms, choice: Choice::Crash { process, after_effects } });
        if recover {
            let at_ms = at_ms + 1 + number(seed, 500 + crash, [30, 1_000][number(seed, 800 + crash, 2) as usize]);
            scenario.faults.push(Fault { at_ms, choice: Choice::Recover(process) });
        }
    }
    for evil in 0..number(seed, 12, 4) {
        let worse = worsened(scenario.clone(), seed, 2_000 + 20 * evil);
        if worse.unmet(builtin()).is_ok_and(|unmet| unmet.is_empty()) {
            scenario = worse;
        }
    }
    scenario.faults.sort_by_key(|fault| fault.at_ms);
    scenario
}

/// Whether one of those who propose in Paxos crashes.
fn crashes_proposer(fault: &Fault) -> bool {
    matches!(fault.choice, Choice::Crash { process, .. } if process.0 < 2)
}

/// The scenario with one more evil, whether the protocol is made for it or not.
fn worsened(mut scenario: Scenario, seed: u32, purpose: u64) -> Scenario {
    let n = scenario.processes;
    let draw = |which: u64, below: u64| number(seed, purpose + which, below);
    let process = ProcessId::from(draw(1, n as u64) as usize);
    let (at_ms, later_ms) = (draw(2, 400), 1 + draw(3, 1_500));
    let mut add = |at_ms, choice| scenario.faults.push(Fault { at_ms, choice });
    match draw(0, 8) {
        0 => {
            let side =
                ProcessSet::of(ProcessId::all(n).filter(|other| *other == process || draw(4, 2) == 1 && other.0 > 1));
            if side.processes().count() < n {
                add(at_ms, Choice::Partition(side));
                add(at_ms + later_ms, Choice::Heal);
            }
        }
        1 => {
            let other = ProcessId::from((process.index() + 1 + draw(4, n as u64 - 1) as usize) % n);
            add(at_ms, Choice::Cut { from: process, to: other });
            add(at_ms + later_ms, Choice::Mend { from: process, to: other });
        }
        2 => {
            add(at_ms, Choice::Slow { process, extra_ms: 1 + draw(4, 800) as u32 });
            add(at_ms + later_ms, Choice::Slow { process, extra_ms: 0 });
        }
        3 => {
            let kinds = [TimingKind::Asynchronous, TimingKind::BoundedAsynchrony, TimingKind::PartiallySynchronous];
            let kind = kinds[draw(4, 3) as usize];
            let calm = kind == TimingKind::PartiallySynchronous;
            let gst_ms = calm.then(|| (at_ms + later_ms) as u32);
            add(at_ms, Choice::Change(Change::Timing(Timing { kind, gst_ms, ..scenario.models.timing })));
        }
        4 => scenario.models.links.reorder = Rate(if scenario.models.links.fifo { 0 } else { 300_000 }),
        5 => add(at_ms, Choice::CrashSending { process, after_sends: draw(4, n as u64) as u16 }),
        6 => scenario.models.links.latency_ms = 1 + draw(4, 99) as u32,
        _ => {
            // A liar among messages that are signed may try another's name.
            scenario.models.links.authenticated = true;
            let name = ProcessId::from(draw(4, n as u64) as usize);
            for fault in &mut scenario.faults {
                if let Choice::Byzantine { behaviour, .. } = &mut fault.choice {
                    (behaviour.forges, behaviour.colludes) = (Some(name), true);
                }
            }
        }
    }
    scenario
}

/// The scenario with one crash in the middle of some step of its run, instead of its faults; where processes recover,
/// this one does so a moment later.
fn hard_moment(entry: &Entry, mut scenario: Scenario) -> Scenario {
    scenario.faults.clear();
    if entry.assumptions.contains(&Assumption::NoCrash) {
        return scenario;
    }
    let history = ended(&scenario);
    let (seed, events) = (scenario.seed, history.position().min(200));
    let after = number(seed, 900, events);
    let Some(process) = history.records()[after as usize].choice.process() else { return scenario };
    if entry.assumptions.contains(&Assumption::FirstUp) && process.0 == 0 {
        return scenario;
    }
    let choice = Choice::Crash { process, after_effects: Some(number(seed, 901, 3) as u16) };
    scenario.interventions.push(Intervention { after, choice, at_us: None });
    if entry.assumptions.contains(&Assumption::CrashRecovery) {
        let after = after + 2 + number(seed, 902, 3);
        scenario.interventions.push(Intervention { after, choice: Choice::Recover(process), at_us: None });
    }
    scenario
}

fn ended(scenario: &Scenario) -> History {
    let mut history = scenario.start(builtin()).unwrap_or_else(|error| panic!("{}: {error}", scenario.to_json()));
    history.run(20_000);
    history
}

/// The properties with one of these verdicts at the end.
fn judged(history: &mut History, verdicts: &[Verdict]) -> BTreeSet<String> {
    let judgements = history.judgements().into_iter().filter(|one| verdicts.contains(&one.verdict));
    judgements.map(|one| one.name.into_owned()).collect()
}

#[test]
fn every_entry_says_what_one_must_know() {
    let mut names = BTreeSet::new();
    for entry in entries() {
        let name = &entry.name;
        assert!(names.insert(name), "{name} is there twice");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{name}");
        assert!(!entry.title.is_empty(), "{name} has no title");
        assert!(entry.summary.ends_with('.'), "{name}: a summary is a sentence");
        assert!(!entry.source.is_empty(), "{name} has no source");
        assert!(!entry.assumptions.is_empty(), "{name} has no assumptions");
        assert!(!entry.properties.is_empty(), "{name} promises nothing");
        assert!(!entry.mutants.is_empty(), "{name} has no mutant");
        assert!(entry.processes.0 <= entry.processes.1 && entry.processes.0 >= 1, "{name}: number of processes");
        for parameter in &entry.parameters {
            assert!(!parameter.meaning.is_empty(), "{name}: {} has no meaning", parameter.name);
            assert_ne!(&*parameter.name, MUTANT, "{name}: the name is taken");
            assert!(parameter.domain.allows(&parameter.default), "{name}: a default does not fit");
        }
    }
}

#[test]
fn every_file_explains_its_protocol_before_the_first_line_of_code() {
    for entry in entries() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("src/protocols")
            .join(format!("{}.rs", entry.name.replace('-', "_")));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let explained = text.lines().take_while(|line| line.starts_with("//!")).count();
        assert!(explained >= 8, "{}: {explained} lines before the code", path.display());
        assert!(text.contains("What breaks it"), "{} does not say what breaks it", path.display());
    }
}

#[test]
fn the_cost_of_an_entry_begins_what_its_file_says_of_costs() {
    for entry in entries() {
        let path = format!("{}/src/protocols/{}.rs", env!("CARGO_MANIFEST_DIR"), entry.name.replace('-', "_"));
        let text = std::fs::read_to_string(&path).expect("its file has its name");
        let lines = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
        let documentation = lines.collect::<Vec<_>>().join(" ");
        let costs = documentation.split("**Cost.** ").nth(1).unwrap_or_default();
        assert!(
            costs.starts_with(entry.cost.trim_end_matches('.')) && !entry.cost.is_empty(),
            "{}: {costs}",
            entry.name
        );
    }
}

/// Runs `entry` on the hard days of all seeds, up to the first that breaks a promise. Answers how many events there
/// were, and what was broken.
fn hard_days(entry: &Entry, seeds: u32) -> (u64, Option<String>) {
    let mut events = 0;
    for seed in 0..seeds {
        let mut scenario = hard_day(entry, seed);
        if seed % 4 > 0 {
            let moment = hard_moment(entry, scenario.clone());
            // Where nobody may crash, such a moment would be too hard.
            scenario = if moment.unmet(builtin()).is_ok_and(|unmet| unmet.is_empty()) { moment } else { scenario };
        }
        assert_eq!(
            scenario.unmet(builtin()),
            Ok(Vec::new()),
            "{}, seed {seed}: the day is harder than it is made for",
            entry.name
        );
        let mut history = ended(&scenario);
        events += history.position();
        let mut violated = judged(&mut history, &[Verdict::Violated]);
        let open = judged(&mut history, &[Verdict::NotYet]);
        // A crash in the middle of a step may come after the moment at which its process was to come back.
        let down = history.engine().processes().iter().any(|process| !process.is_alive());
        let waits = down && entry.assumptions.contains(&Assumption::BackInTheEnd);
        if !open.is_empty() && !waits {
            // What is still to come is given time.
            scenario.until_ms = LONG_MS;
            history = scenario.start(builtin()).expect("only its end is later");
            history.run(200_000);
            violated = judged(&mut history, &[Verdict::Violated, Verdict::NotYet]);
        }
        if !violated.is_empty() || history.engine().runaway().is_some() {
            return (events, Some(format!("{}, seed {seed}: {violated:?} in {}", entry.name, scenario.to_json())));
        }
    }
    (events, None)
}

#[test]
fn every_protocol_keeps_its_promises_on_hard_days() {
    let (seeds, only) = asked_for();
    let wanted = |entry: &&Arc<Entry>| only.as_deref().is_none_or(|only| only == entry.name);
    let honest: Vec<&Arc<Entry>> =
        entries().iter().filter(|entry| !BREAKABLE.contains(&&*entry.name)).filter(wanted).collect();
    assert!(!honest.is_empty(), "there is no such protocol: {only:?}");
    let (next, broken) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(entry) = honest.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (events, found) = hard_days(entry, seeds);
            let what = found.as_deref().map_or("all promises kept", |_| "BROKEN");
            println!("{}: {seeds} seeds, {events} events, {what}", entry.name);
            broken.lock().expect("nobody panics while holding it").extend(found);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let broken = broken.into_inner().expect("nobody panics while holding it");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn who_needs_a_bound_on_time_only_in_the_end_is_never_wrong_without_one() {
    let mut tried = Vec::new();
    for entry in entries().iter().filter(|entry| entry.assumptions.contains(&Assumption::EventualSynchrony)) {
        tried.push(&*entry.name);
        for seed in 0..300 {
            let mut day = hard_day(entry, seed);
            (day.models.timing.kind, day.models.timing.gst_ms) = (TimingKind::Asynchronous, None);
            let mut history = ended(&day);
            let violated = judged(&mut history, &[Verdict::Violated]);
            let wrong = entry.properties.iter().find(|one| one.is_safety() && violated.contains(one.name()));
            assert_eq!(wrong, None, "{}, seed {seed}", entry.name);
        }
    }
    assert!(tried.contains(&"paxos") && tried.contains(&"rotating-coordinator"), "{tried:?}");
}

#[test]
fn every_mutant_is_caught_where_the_original_keeps_its_promises() {
    const MISSING: &[Verdict] = &[Verdict::Violated, Verdict::NotYet];
    for entry in entries() {
        for mutant in &entry.mutants {
            let caught = (0..SEEDS_MAX).find(|seed| {
                let mut planted = hard_day(entry, *seed);
                planted.parameters.insert(MUTANT.into(), Setting(mutant.to_string()));
                if seed % 4 > 0 {
                    planted = hard_moment(entry, planted);
                }
                let mut honest = planted.clone();
                honest.parameters.remove(MUTANT);
                let found = judged(&mut ended(&planted), MISSING);
                !found.is_empty() && !found.is_subset(&judged(&mut ended(&honest), MISSING))
            });
            assert!(caught.is_some(), "{}: {mutant} is not caught in {SEEDS_MAX} runs", entry.name);
        }
    }
}

/// The most configurations of one exploration: a test that is waited for.
const EXPLORATION_MAX: usize = 100_000;

/// The exploration of an entry, with a planted bug or without.
fn explored(entry: &Entry, mutant: Option<&str>) -> ExplorationReport {
    let usual = entry.exploration.parameters.iter().map(|(name, value)| (&**name, &**value));
    let given: Vec<(&str, &str)> = usual.chain(mutant.map(|mutant| (MUTANT, mutant))).collect();
    exhaustive::explore(&instance(&entry.name, &given), &exhaustive::inputs(entry), &[], EXPLORATION_MAX, &mut |_| {})
        .unwrap_or_else(|error| panic!("{}: {error}", entry.name))
}

/// What an exploration is of, in words: explorer, bounds, processes, inputs, parameters.
fn bounds(entry: &Entry) -> String {
    let exploration = &entry.exploration;
    let mut text = match exploration.explorer {
        Explorer::Timed => unreachable!("it is not explored"),
        Explorer::Strict => "strict".to_owned(),
        Explorer::Synchronous { faults } => format!("synchronous, {faults} faults"),
        Explorer::Lossy(budget) => {
            let all = [
                (budget.losses, "losses"),
                (budget.duplicates, "duplicates"),
                (budget.firings, "firings"),
                (budget.crashes, "crashes"),
                (budget.recoveries, "recoveries"),
            ];
            let all = all.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!(", {number} {what}"));
            format!("lossy{}", all.collect::<String>())
        }
    };
    write!(text, "; {} processes", exploration.processes).expect("a string takes anything");
    match entry.inputs {
        Inputs::None => {}
        Inputs::Bits => text.push_str(", all inputs"),
        _ => write!(text, ", inputs {:?}", exploration.inputs).expect("a string takes anything"),
    }
    for (name, value) in &exploration.parameters {
        write!(text, ", {name}={value}").expect("a string takes anything");
    }
    for (process, request) in &exploration.requests {
        write!(text, ", p{process} asks to {request}").expect("a string takes anything");
    }
    text
}

/// A line for an exploration, then one for each property and each mutant.
fn described(entry: &Entry) -> String {
    let report = explored(entry, None);
    let complete = if report.complete { "complete" } else { "not complete" };
    let (states, edges) = (report.configurations, report.edges);
    let mut text = format!("{}: {}: {states} configurations, {edges} edges, {complete}\n", entry.name, bounds(entry));
    for finding in &report.findings {
        let (name, judged) = (&finding.property, finding.judged);
        let verdict = finding.verdict.text();
        match &finding.example {
            None => writeln!(text, "  {name}: {verdict}, judged in {judged}"),
            Some(example) => writeln!(
                text,
                "  {name}: {verdict} in {} of {judged}, first after {} steps: {}",
                finding.violated, example.steps, example.why
            ),
        }
        .expect("a string takes anything");
    }
    for mutant in &entry.mutants {
        let planted = explored(entry, Some(mutant));
        let caught = planted
            .findings
            .iter()
            .zip(&report.findings)
            .find(|(planted, honest)| planted.verdict == Verdict::Violated && honest.verdict != Verdict::Violated);
        match caught.and_then(|(planted, _)| planted.example.as_ref().map(|example| (planted, example))) {
            Some((finding, example)) => writeln!(
                text,
                "  mutant {mutant}: {} is violated after {} steps: {}",
                finding.property, example.steps, example.why
            ),
            None => writeln!(text, "  mutant {mutant}: not caught at this size"),
        }
        .expect("a string takes anything");
    }
    text
}

#[test]
fn every_exploration_is_as_it_was_written_down_and_finds_that_the_properties_hold() {
    let mut text = String::new();
    for entry in entries() {
        if entry.exploration.explorer == Explorer::Timed {
            assert!(
                instance(&entry.name, &[]).program.is_timed(),
                "{}: it has no clock, so it can be explored",
                entry.name
            );
            text.push_str(&format!("{}: looks at its clock: not explored\n", entry.name));
            continue;
        }
        text.push_str(&described(entry));
        let report = explored(entry, None);
        assert!(report.complete, "{}: an exploration at the smallest size ends", entry.name);
        let violated: Vec<&str> = report
            .findings
            .iter()
            .filter(|finding| finding.verdict == Verdict::Violated)
            .map(|finding| finding.property.as_str())
            .collect();
        // The strict explorer knows no time, so that who relies on it can be seen to fail.
        let timeless =
            entry.exploration.explorer == Explorer::Strict && entry.assumptions.contains(&Assumption::Synchrony);
        let expected: &[&str] = if BREAKABLE.contains(&&*entry.name) || timeless { &["agreement"] } else { &[] };
        assert_eq!(violated, expected, "{}", entry.name);
        for (finding, property) in report.findings.iter().zip(&entry.properties) {
            // Behind a horizon nothing is known of what happens in the end.
            let cut_off = property.wants_decision() && !entry.exploration.parameters.is_empty();
            assert!(finding.judged > 0 || cut_off, "{}: {:?} is never judged", entry.name, property);
        }
    }
    expect_file!["../data/explorations.txt"].assert_eq(&text);
}

#[test]
fn every_decision_and_indication_has_a_reason() {
    for entry in entries() {
        let mut explained = 0;
        for seed in 0..20 {
            let history = ended(&hard_day(entry, seed));
            for fact in history.facts(0, history.position()) {
                let visible =
                    fact.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Decide(_) | Outcome::Indicate(_)));
                if visible {
                    explained += 1;
                    assert!(
                        fact.reasons().next().is_some(),
                        "{}, seed {seed}: event {} gives no reason: {:?}",
                        entry.name,
                        fact.event,
                        fact.outcomes
                    );
                }
                for reason in fact.reasons() {
                    assert!(!reason.is_empty() && !reason.contains("{}"), "{}: {reason:?}", entry.name);
                }
            }
        }
        // A transfer shows in its books only.
        let shows = entry.name != "naive-transfer";
        assert!(!shows || explained > 0, "{}: nothing ever became visible", entry.name);
    }
}

#[test]
fn agreement_can_be_lost_without_a_fault_where_two_are_enough() {
    let entry = find("wait-for-two");
    let violated = (0..SEEDS_MAX).any(|seed| {
        let mut scenario = hard_day(&entry, seed);
        scenario.faults.clear();
        judged(&mut ended(&scenario), &[Verdict::Violated]).contains("agreement")
    });
    assert!(violated);
}

#[test]
fn every_protocol_runs_over_every_stack_of_two_layers_that_fits() {
    let layers: Vec<String> =
        entries().iter().filter(|entry| !entry.provides.is_empty()).map(|entry| entry.name.to_string()).collect();
    let mut stacks: Vec<Vec<ModuleLine>> = vec![Vec::new()];
    for bottom in &layers {
        stacks.push(ModuleLine::stack([bottom.clone()]));
        stacks.extend(layers.iter().map(|top| ModuleLine::stack([bottom.clone(), top.clone()])));
    }
    for entry in entries() {
        assert!(builtin().fits(entry, &entry.under), "{}: its own modules", entry.name);
        for under in stacks.iter().filter(|under| builtin().fits(entry, under)) {
            let mut scenario = hard_day(entry, 1);
            scenario.faults.clear();
            scenario.models = Models::default();
            scenario.models.links.fifo = true;
            scenario.modules = Some(under.clone());
            scenario.until_ms = 700;
            let mut history = ended(&scenario);
            assert_eq!(history.engine().runaway(), None, "{} over {under:?}", entry.name);
            assert!(history.position() > 0);
            let violated = judged(&mut history, &[Verdict::Violated]);
            assert!(!violated.contains("no-creation"), "{} over {under:?}", entry.name);
        }
    }
}

#[test]
fn a_protocol_for_a_problem_promises_what_the_problem_asks() {
    for entry in entries() {
        let names: Vec<&str> = entry.properties.iter().map(|property| property.name()).collect();
        let asked: &[&str] = match entry.problem {
            Problem::Link | Problem::Broadcast => &["delivery", "no-creation"],
            Problem::Detection if entry.offers(Interface::Leader) => &["eventual-leadership"],
            Problem::Detection => &["strong-completeness"],
            Problem::Consensus | Problem::Commit => &["agreement"],
            Problem::Storage | Problem::Application => &[],
        };
        for property in asked {
            assert!(names.contains(property), "{} does not promise {property}", entry.name);
        }
    }
}
