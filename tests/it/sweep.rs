//! Sweeps: the same rows however they come about, sums that are right, and errors that help.

use crate::cli::{bivalent, err, file, json, out};
use crate::common::{builtin, named};
use bivalent::engine::Choice;
use bivalent::history::History;
use bivalent::process::{Indication, Outcome, ProcessId};
use bivalent::property::Verdict;
use bivalent::scenario::{Scenario, Setting};
use bivalent::sweep::{ChanceVerdict, Design, Factor, Measure, Shard, Sweep};
use expect_test::expect_file;
use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::process::{Command, Output};

fn design(seeds: Range<u64>, factors: &[&str]) -> Design {
    let factors = factors.iter().map(|text| Factor::parse(text).expect("a valid factor"));
    Design { factors: factors.collect(), ..Design::of(seeds) }
}

fn sweep(scenario: &str, design: Design) -> Sweep {
    Sweep::new(builtin(), &named(scenario), design).expect("a valid sweep")
}

/// The scenario of the example: a detector, and a crash after five seconds.
fn timeout() -> Scenario {
    builtin().read(include_str!("../../examples/sweep/timeout.json")).expect("the example is valid")
}

/// Does all of it in slices of so many events; the text is what a file would hold.
fn text(sweep: &mut Sweep, budget: u64) -> String {
    while !sweep.step(budget).done {}
    let lines = sweep.header().into_iter().chain(sweep.rows().iter().map(|row| sweep.line(row)));
    lines.map(|line| line + "\n").collect()
}

/// The folder of the examples, and a file in it.
fn example(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/sweep").join(name)
}

/// A file of this test's own that is not there yet.
fn fresh(name: &str) -> PathBuf {
    let path = file(name);
    let _ = fs::remove_file(&path);
    path
}

#[test]
fn a_small_sweep_is_as_it_was() {
    let factors = ["rounds=1,2", "models.timing.kind=synchronous,asynchronous"];
    let text = text(&mut sweep("in-step", design(0..3, &factors)), 1_000);
    expect_file![concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/sweep.csv")].assert_eq(&text);
}

#[test]
fn shards_one_after_the_other_are_the_whole_whatever_their_number() {
    let whole = design(3..10, &["rounds=1,2,3"]);
    let wanted = text(&mut sweep("out-of-step", whole.clone()), 100_000);
    assert_eq!(wanted.lines().count(), 1 + 21);
    for count in [1, 2, 3, 5, 21, 40] {
        let shards = (1..=count).map(|index| {
            let shard = Shard { index, count };
            text(&mut sweep("out-of-step", Design { shard, ..whole.clone() }), 100_000)
        });
        assert_eq!(shards.collect::<String>(), wanted, "{count} shards");
    }
}

#[test]
fn neither_slices_nor_workers_show_in_the_rows() {
    let design = design(0..6, &["period-ms=200,600"]);
    let wanted = text(&mut sweep("slow-or-dead", design.clone()), u64::MAX);
    for budget in [1, 7, 1_000] {
        assert_eq!(text(&mut sweep("slow-or-dead", design.clone()), budget), wanted, "slices of {budget}");
    }
    // Two workers, the later runs first.
    let mut worker = sweep("slow-or-dead", design.clone());
    let mut parts = BTreeMap::new();
    for part in [7..12, 5..7, 0..5] {
        worker.assign(part.clone());
        while !worker.step(500).done {}
        parts.insert(part.start, worker.take_rows());
    }
    let mut all = sweep("slow-or-dead", design);
    parts.into_values().flatten().for_each(|row| all.enter(row));
    assert!(all.progress().done);
    assert_eq!(text(&mut all, 1), wanted);
}

#[test]
fn a_row_says_what_the_run_alone_says() {
    for (name, seed) in [("out-of-step", 2), ("say-it-again", 5), ("the-third-party", 1), ("two-faces", 3)] {
        let run = json(&bivalent(&["run", name, "--seed", &seed.to_string(), "--format", "json"]));
        let mut sweep = sweep(name, design(seed..seed + 1, &[]));
        while !sweep.step(1_000).done {}
        let row = &sweep.rows()[0];
        for (measure, place) in [
            (Measure::EndUs, "/end_us"),
            (Measure::Events, "/events"),
            (Measure::Waves, "/waves"),
            (Measure::Sent, "/messages/sent"),
            (Measure::Delivered, "/messages/delivered"),
            (Measure::Lost, "/messages/lost"),
            (Measure::Duplicated, "/messages/duplicated"),
            (Measure::Altered, "/messages/altered"),
        ] {
            assert_eq!(row.get(measure), run.pointer(place).and_then(|value| value.as_u64()), "{name}: {place}");
        }
        assert_eq!(format!("{:016x}", row.trace_hash), run["trace_hash"].as_str().expect("a text"));
        let verdicts: Vec<&str> = row.verdicts.iter().map(|verdict| verdict.text()).collect();
        let properties = run["properties"].as_array().expect("a list").iter();
        let wanted: Vec<&str> = properties.map(|property| property["verdict"].as_str().expect("a text")).collect();
        assert_eq!(verdicts, wanted, "{name}");
    }
}

/// What a run's facts say of decisions and of suspicions, worked out in another way than the sweep does: from the whole
/// list of facts, looked at again and again.
fn told(history: &History) -> [Option<u64>; 6] {
    let facts = history.facts(0, history.position());
    let n = history.engine().processes().len();
    let down = |process: ProcessId, before: u64| {
        facts
            .iter()
            .filter(|fact| fact.event < before && fact.choice.process() == Some(process))
            .fold(false, |down, fact| (down || fact.crashed) && !matches!(fact.choice, Choice::Recover(_)))
    };
    let decided = facts.iter().filter(|fact| fact.outcomes.iter().any(|what| matches!(what, Outcome::Decide(_))));
    let decided: Vec<u64> = decided.map(|fact| fact.at_us).collect();
    let (mut right, mut wrong, mut undetected, mut longest) = (0, 0, 0, None);
    for fact in &facts {
        for outcome in &fact.outcomes {
            if let Outcome::Indicate(Indication::Suspect(process)) = outcome {
                *if down(*process, fact.event) { &mut right } else { &mut wrong } += 1;
            }
        }
    }
    for crashed in ProcessId::all(n).filter(|process| down(*process, u64::MAX)) {
        let crash_us = facts.iter().rfind(|fact| fact.crashed && fact.choice.process() == Some(crashed));
        let crash_us = crash_us.expect("it is down").at_us;
        for observer in ProcessId::all(n).filter(|process| !down(*process, u64::MAX)) {
            let own = facts.iter().filter(|fact| fact.choice.process() == Some(observer));
            let words = own.flat_map(|fact| fact.outcomes.iter().map(|outcome| (fact.at_us, outcome)));
            let mut last = words.filter_map(|(at_us, outcome)| match outcome {
                Outcome::Indicate(Indication::Suspect(process)) if *process == crashed => Some(Some(at_us)),
                Outcome::Indicate(Indication::Restore(process)) if *process == crashed => Some(None),
                _ => None,
            });
            match last.next_back().flatten() {
                Some(since_us) => longest = longest.max(Some(since_us.saturating_sub(crash_us))),
                None => undetected += 1,
            }
        }
    }
    let longest = longest.filter(|_| undetected == 0);
    [decided.first().copied(), decided.last().copied(), Some(right), Some(wrong), Some(undetected), longest]
}

#[test]
fn decisions_and_suspicions_are_counted_as_the_facts_have_them() {
    let mut undetected = 0;
    for protocol in ["heartbeat", "increasing-timeout"] {
        let scenario = Scenario { protocol: protocol.into(), ..timeout() };
        for period in ["period-ms=100", "period-ms=400", "period-ms=4000"] {
            let design = design(0..8, &[period]);
            let mut sweep = Sweep::new(builtin(), &scenario, design).expect("a valid sweep");
            while !sweep.step(1_000).done {}
            for row in sweep.rows() {
                let (_, seed) = sweep.design().cell_and_seed(row.run);
                let mut scenario = Scenario { seed, ..scenario.clone() };
                let (name, level) = period.split_once('=').expect("a pair");
                scenario.parameters.insert(name.into(), Setting(level.into()));
                let mut history = scenario.start(builtin()).expect("valid");
                history.run(100_000).expect("the run ends");
                let measures = [
                    Measure::FirstDecisionUs,
                    Measure::LastDecisionUs,
                    Measure::RightSuspicions,
                    Measure::FalseSuspicions,
                    Measure::Undetected,
                    Measure::DetectionUs,
                ];
                assert_eq!(measures.map(|measure| row.get(measure)), told(&history), "{protocol} {period} {seed}");
                undetected += row.get(Measure::Undetected).unwrap_or(0);
            }
        }
    }
    assert!(undetected > 0, "who asks every four seconds may not know within five");
}

#[test]
fn a_protocol_without_a_detector_tells_no_suspicions_and_one_above_it_may() {
    let one = |scenario: &Scenario| {
        let mut sweep = Sweep::new(builtin(), scenario, design(0..1, &[])).expect("a valid sweep");
        while !sweep.step(1_000).done {}
        sweep.rows()[0].get(Measure::FalseSuspicions)
    };
    assert_eq!(one(&named("in-step")), None);
    let messages = r#"{"version": 1, "name": "x", "protocol": "plain-messages", "processes": 2, "inputs": ["hello"],
        "modules": ["heartbeat"]}"#;
    assert_eq!(one(&builtin().read(messages).expect("valid")), Some(0));
}

/// A sweep of the example with these rows, as if it had been run: false suspicions, undetected crashes, detection time,
/// and whether accuracy was violated.
fn made_up(factors: &[&str], seeds: Range<u64>, rows: &[(u64, u64, Option<u64>, bool)]) -> Sweep {
    let mut made = Sweep::new(builtin(), &timeout(), design(seeds, factors)).expect("a valid sweep");
    let mut real = Sweep::new(builtin(), &timeout(), made.design().clone()).expect("a valid sweep");
    for (wrong, undetected, detection_us, violated) in rows {
        real.assign(made.progress().runs..made.progress().runs + 1);
        while !real.step(u64::MAX).done {}
        let mut row = real.take_rows().remove(0);
        row.measures[Measure::FalseSuspicions as usize] = Some(*wrong);
        row.measures[Measure::Undetected as usize] = Some(*undetected);
        row.measures[Measure::DetectionUs as usize] = *detection_us;
        row.verdicts[1] = if *violated { Verdict::Violated } else { Verdict::HeldSoFar };
        made.enter(row);
    }
    made
}

#[test]
fn rates_quantiles_and_the_curve_of_known_rows_are_those_of_a_pocket_calculator() {
    let rows = [
        // period-ms=100: three of four violated; detection 4, 1, 3, 2.
        (7, 0, Some(4_000), true),
        (1, 0, Some(1_000), true),
        (0, 0, Some(3_000), false),
        (3, 0, Some(2_000), true),
        // period-ms=200: two of four do not detect.
        (0, 1, None, false),
        (1, 0, Some(9_000), true),
        (0, 2, None, false),
        (0, 0, Some(8_000), false),
        // period-ms=300: most do not detect, so there is no median.
        (0, 1, None, false),
        (0, 1, None, false),
        (0, 1, None, false),
        (0, 0, Some(20_000), false),
    ];
    let sweep = made_up(&["period-ms=100,200,300"], 0..4, &rows);
    let summary = sweep.summary();
    assert!(summary.is_violated());
    assert_eq!(summary.cells.iter().map(|cell| cell.runs).collect::<Vec<u64>>(), [4, 4, 4]);
    let accuracy = summary.properties.iter().position(|name| *name == "strong-accuracy").expect("it has it");
    let rates: Vec<_> = summary.cells.iter().map(|cell| cell.violated[accuracy]).collect();
    assert_eq!(rates.iter().map(|rate| (rate.hits, rate.of)).collect::<Vec<_>>(), [(3, 4), (1, 4), (0, 4)]);
    // 3 of 4: 0.300642 to 0.954413.
    assert_eq!((rates[0].ppm, rates[0].low_ppm, rates[0].high_ppm), (750_000, 300_641, 954_413));
    assert_eq!(summary.cells[1].first_seed[accuracy], Some(1));
    let wrong = summary.cells[0].quantiles[Measure::FalseSuspicions as usize].expect("numbers");
    assert_eq!((wrong.count, wrong.min, wrong.p50, wrong.p75, wrong.max), (4, 0, 1, 3, 7));
    let curve = sweep.curve().expect("there is one");
    assert_eq!((curve.factor.as_str(), curve.series.len()), ("period-ms", 1));
    let points = curve.series[0].points.iter();
    let points: Vec<_> =
        points.map(|point| (&*point.level, point.detection_us, point.undetected, point.false_per_run_milli)).collect();
    assert_eq!(points, [("100", Some(2_000), 0, 2_750), ("200", Some(9_000), 2, 250), ("300", None, 3, 0)]);
}

#[test]
fn what_never_comes_is_counted_and_has_a_seed_to_look_at() {
    let mut sweep = sweep("paxos-without-eventual-synchrony", design(5..8, &[]));
    text(&mut sweep, 1_000_000);
    let summary = sweep.summary();
    let progress = summary.properties.iter().position(|name| *name == "progress").expect("it promises that");
    let cell = &summary.cells[0];
    assert_eq!((cell.violated[progress].hits, cell.not_yet[progress], cell.first_seed[progress]), (0, 3, Some(5)));
    assert!(!summary.is_violated());
    let said = out(&bivalent(&["sweep", "paxos-without-eventual-synchrony", "--seeds", "5..8", "--summary"]));
    assert!(said.contains("not yet in 3, first with seed 5"), "{said}");
}

#[test]
fn a_longer_timeout_means_fewer_false_alarms_and_a_longer_wait() {
    for protocol in ["heartbeat", "increasing-timeout"] {
        let scenario = Scenario { protocol: protocol.into(), ..timeout() };
        let mut sweep =
            Sweep::new(builtin(), &scenario, design(0..60, &["period-ms=150,300,600,1200"])).expect("a valid sweep");
        while !sweep.step(100_000).done {}
        let curve = sweep.curve().expect("there is one");
        let points = &curve.series[0].points;
        assert!(points.windows(2).all(|pair| pair[0].false_suspicions > pair[1].false_suspicions), "{points:?}");
        // Who was given up for good before it crashed is found at once: that is no merit.
        let later = &points[1..];
        assert!(later.windows(2).all(|pair| pair[0].detection_us < pair[1].detection_us), "{points:?}");
    }
}

#[test]
fn what_cannot_be_swept_is_refused_with_what_is_allowed() {
    let refused = |scenario: &Scenario, design: Design, words: &[&str]| {
        let error = Sweep::new(builtin(), scenario, design).err().unwrap_or_else(|| panic!("not refused: {words:?}"));
        words.iter().for_each(|word| assert!(error.contains(word), "no {word:?} in {error}"));
    };
    let base = named("in-step");
    refused(&base, design(0..1_000_001, &[]), &["1000001 runs", "at most 1000000", "2 shards"]);
    refused(&base, design(0..1 << 32, &[]), &["a sweep has at most 1000000000"]);
    refused(&base, design(0..1, &["rounds=1", "rounds=2"]), &["rounds", "set twice"]);
    let levels: Vec<String> = (1..=1_001).map(|level| level.to_string()).collect();
    refused(&base, design(0..1, &[&format!("round-ms={}", levels.join(","))]), &["1000 combinations"]);
    let many: Vec<String> = (0..9).map(|place| format!("x{place}=1")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    refused(&base, design(0..1, &many), &["9 things are varied; at most 8"]);
    refused(&base, design(0..1, &["models.links.loss=0.5"]), &["models.links.loss", "fair-loss"]);
    refused(&base, design(0..1, &["rounds=1,none"]), &["with rounds=none", "parameters.rounds", "none"]);
    refused(&base, design(0..1, &["processes=1"]), &["with processes=1", "2 to"]);
    refused(&base, Design { shard: Shard { index: 3, count: 2 }, ..design(0..1, &[]) }, &["shard", "1/2 to 2/2"]);
    // In range, and a whole that is too large for one shard.
    let shard = Shard { index: 500, count: 1_000 };
    assert!(Sweep::new(builtin(), &base, Design { shard, ..design(0..100_000_000, &[]) }).is_ok());
}

fn run(arguments: &[&str]) -> Output {
    bivalent(&[&["sweep"], arguments].concat())
}

#[test]
fn bad_arguments_end_with_2_and_say_what_is_allowed() {
    let seeds = ["in-step", "--seeds", "0..2"];
    for (arguments, words) in [
        (&["in-step"][..], &["--seeds"][..]),
        (&["no-such-scenario", "--seeds", "0..1"], &["no-such-scenario", "word-of-mouth"]),
        (&["in-step", "--seeds", "5..5"], &["--seeds 5..5", "no seed", "5..6"]),
        (&["in-step", "--seeds", "9..3"], &["--seeds 9..3", "backwards"]),
        (&["in-step", "--seeds", "0..4294967297"], &["seeds are below 4294967296"]),
        (&["in-step", "--seeds", "7"], &["--seeds 7", "A..B"]),
        (&["in-step", "--seeds", "-1..3"], &["-1..3"]),
        (&["in-step", "--seeds", "0..99999999"], &["99999999 runs in one shard", "100 shards"]),
        (&[&seeds[..], &["--shard", "0/4"]].concat(), &["--shard 0/4", "1/4 to 4/4"]),
        (&[&seeds[..], &["--shard", "5/4"]].concat(), &["--shard 5/4", "1/4 to 4/4"]),
        (&[&seeds[..], &["--shard", "1/0"]].concat(), &["--shard 1/0", "from 1 to"]),
        (&[&seeds[..], &["--shard", "half"]].concat(), &["--shard half", "I/N"]),
        (&[&seeds[..], &["--jobs", "0"]].concat(), &["--jobs 0", "from 1 to 256"]),
        (&[&seeds[..], &["--jobs", "257"]].concat(), &["--jobs 257"]),
        (&[&seeds[..], &["--set", "rounds"]].concat(), &["--set rounds", "NAME=VALUE"]),
        (&[&seeds[..], &["--set", "=1"]].concat(), &["no name"]),
        (&[&seeds[..], &["--set", "rounds=1,,2"]].concat(), &["rounds", "empty"]),
        (&[&seeds[..], &["--set", "rounds=1,1"]].concat(), &["rounds", "twice"]),
        (&[&seeds[..], &["--set", "speed=1"]].concat(), &["speed", "flood-set", "rounds", "models.links.loss"]),
        (&[&seeds[..], &["--set", "seed=1"]].concat(), &["seed", "no such parameter"]),
        (&[&seeds[..], &["--set", "models.links.loss=2"]].concat(), &["models.links.loss=2", "rate from 0 to 1"]),
        (&[&seeds[..], &["--set", "models.timing.kind=fast"]].concat(), &["models.timing.kind=fast", "asynchronous"]),
        (&[&seeds[..], &["--out", "/no/such/folder/x.csv"]].concat(), &["--out /no/such/folder/x.csv"]),
        (&[&seeds[..], &["--plot", "/no/such/folder/x.svg"]].concat(), &["/no/such/folder/x.svg"]),
        (&[&seeds[..], &["--plot", "x.png"]].concat(), &["x.png", ".svg", ".tex"]),
        (&[&seeds[..], &["--curve", "x.svg"]].concat(), &["--curve", "several values"]),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", out(&output));
        assert_eq!(out(&output), "", "{arguments:?}");
        words
            .iter()
            .for_each(|word| assert!(err(&output).contains(word), "{arguments:?}: no {word:?} in {}", err(&output)));
    }
    let path = fresh("no-detector.svg");
    let name = path.to_str().expect("a plain path");
    let output = run(&[&seeds[..], &["--set", "rounds=1,2", "--curve", name]].concat());
    assert!(err(&output).contains("flood-set tells no suspicions"), "{}", err(&output));
}

#[test]
fn threads_do_not_show_and_the_status_says_whether_something_was_violated() {
    let arguments = ["out-of-step", "--seeds", "0..50", "--set", "rounds=1,2"];
    let one = run(&[&arguments[..], &["--jobs", "1"]].concat());
    assert_eq!(one.status.code(), Some(1));
    assert_eq!(out(&one).lines().count(), 101);
    for jobs in ["2", "7"] {
        assert_eq!(out(&run(&[&arguments[..], &["--jobs", jobs]].concat())), out(&one), "{jobs} threads");
    }
    assert_eq!(run(&["in-step", "--seeds", "0..10"]).status.code(), Some(0));
    let parts: String =
        ["1/3", "2/3", "3/3"].map(|shard| out(&run(&[&arguments[..], &["--shard", shard]].concat()))).concat();
    assert_eq!(parts, out(&one));
}

#[test]
fn an_interrupted_sweep_goes_on_as_if_nothing_had_happened() {
    let path = fresh("resumed.csv");
    let name = path.to_str().expect("a plain path");
    for shard in ["1/1", "2/2"] {
        let arguments =
            ["slow-or-dead", "--seeds", "0..9", "--set", "period-ms=300,600", "--shard", shard, "--out", name];
        let _ = fs::remove_file(&path);
        assert_eq!(out(&run(&arguments)), "");
        let whole = fs::read_to_string(&path).expect("it was written");
        assert_eq!(whole.lines().count(), if shard == "1/1" { 19 } else { 9 });
        let second = whole.find('\n').expect("lines") + 1;
        for cut in [0, 5, second - 1, second, second + 3, second + 40, whole.len() - 1, whole.len()] {
            fs::write(&path, &whole[..cut]).expect("the folder of tests can be written");
            assert_eq!(run(&arguments).status.code(), Some(1), "cut at {cut}");
            assert_eq!(fs::read_to_string(&path).expect("it is there"), whole, "shard {shard} cut at {cut}");
        }
    }
}

#[test]
fn the_file_of_something_else_is_refused_and_left_alone() {
    let path = fresh("foreign.csv");
    let name = path.to_str().expect("a plain path");
    let arguments = ["in-step", "--seeds", "0..4", "--out", name];
    run(&arguments);
    let own = fs::read_to_string(&path).expect("it was written");
    let other = out(&run(&["in-step", "--seeds", "0..5"]));
    let third = own.replacen(",2,2,", ",3,3,", 1);
    let damaged = own.replace("held so far", "held so fat");
    let hash = own.lines().last().and_then(|line| line.rsplit(',').next()).expect("a row");
    let changed = own.replace(hash, "0123456789abcdef");
    let more = format!("{own}{}\n", own.lines().last().expect("a row"));
    for (text, words) in [
        (other.as_str(), &["line 2", "another sweep"][..]),
        ("Dear diary", &["line 1", "header"]),
        ("Dear diary\n", &["line 1", "header"]),
        (&third, &["line 4", "run 2"]),
        (&damaged, &["line 2", "damaged"]),
        (&changed, &["line 5", "another version"]),
        (&more, &["line 6", "more lines"]),
        (&format!("{own}Dear diary"), &["line 6", "no part of this sweep"]),
    ] {
        fs::write(&path, text).expect("the folder of tests can be written");
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(2), "{text}");
        words.iter().for_each(|word| assert!(err(&output).contains(word), "no {word:?} in {}", err(&output)));
        assert_eq!(fs::read_to_string(&path).expect("it is there"), text);
    }
    fs::write(&path, [0xff, 0xfe, b'\n']).expect("the folder of tests can be written");
    assert!(err(&run(&arguments)).contains("no text in UTF-8"));
    let folder = file("");
    assert_eq!(run(&["in-step", "--seeds", "0..4", "--out", folder.to_str().expect("plain")]).status.code(), Some(2));
}

#[test]
fn the_summary_is_for_people_or_one_document() {
    let arguments = ["out-of-step", "--seeds", "0..40", "--set", "rounds=1,2"];
    let text = out(&run(&[&arguments[..], &["--summary"]].concat()));
    for words in ["80 runs", "rounds=1", "agreement    violated in", "95 %:", "first with seed", "messages sent"] {
        assert!(text.contains(words), "no {words:?} in {text}");
    }
    let output = run(&[&arguments[..], &["--format", "json"]].concat());
    let document = json(&output);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!((document["runs"].as_u64(), document["complete"].as_bool()), (Some(80), Some(true)));
    let cell = &document["cells"][1];
    assert_eq!(cell["levels"], serde_json::json!({"rounds": "2"}));
    let agreement = &cell["properties"][0];
    assert_eq!((agreement["name"].as_str(), agreement["violated"]["of"].as_u64()), (Some("agreement"), Some(40)));
    assert!(cell["measures"]["sent"]["p50"].is_u64() && cell["measures"]["detection_us"].is_null());
    assert!(document.get("curve").is_none(), "there is no detector");
}

/// Whether every tag is closed by its own, and no attribute is left open: what a reader of XML asks first.
pub(crate) fn is_well_formed(text: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find('<') {
        let Some(length) = rest[begin..].find('>') else { return false };
        let tag = &rest[begin + 1..begin + length];
        rest = &rest[begin + length + 1..];
        if tag.matches('"').count() % 2 == 1 || tag.contains('<') {
            return false;
        }
        match tag.strip_prefix('/') {
            Some(name) if open.pop() == Some(name) => {}
            Some(_) => return false,
            None if tag.ends_with('/') => {}
            None => open.push(tag.split_whitespace().next().unwrap_or_default()),
        }
    }
    open.is_empty()
}

#[test]
fn plots_are_pictures_of_what_was_found() {
    let scenario = example("timeout.json");
    let scenario = scenario.to_str().expect("a plain path");
    let paths = ["plot.svg", "curve.svg", "curve.tex", "plain.svg"].map(fresh);
    let [plot, curve, tex, plain] = paths.each_ref().map(|path| path.to_str().expect("a plain path"));
    let arguments = [scenario, "--seeds", "0..10", "--set", "period-ms=200,400,800"];
    run(&[&arguments[..], &["--summary", "--plot", plot, "--curve", curve]].concat());
    run(&[&arguments[..], &["--summary", "--curve", tex]].concat());
    run(&["in-step", "--seeds", "0..10", "--summary", "--plot", plain]);
    let read = |path: &str| fs::read_to_string(path).expect("it was written");
    for (path, words) in [
        (plot, &["Violations", "strong-accuracy", "Detection against false alarms", "messages sent", "waves"][..]),
        (curve, &["Detection against false alarms", ">200<", ">400<", ">800<", "prefers-color-scheme: dark"]),
        (plain, &["Violations", "share of the runs with at most so much", "last decision"]),
    ] {
        let text = read(path);
        assert!(text.starts_with("<svg ") && is_well_formed(&text), "{text}");
        words.iter().for_each(|word| assert!(text.contains(word), "no {word:?} in {path}"));
    }
    let text = read(tex);
    assert!(text.contains("\\begin{tikzpicture}") && text.contains("{800};"), "{text}");
}

/// A script of the examples, with the program that is tested.
fn script(name: &str, folder: &str, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    let folder = file(folder);
    fs::create_dir_all(&folder).expect("the folder of tests can be written");
    Command::new(example(name))
        .args(arguments)
        .current_dir(folder)
        .env("BIVALENT", env!("CARGO_BIN_EXE_bivalent"))
        .envs(environment.iter().copied())
        .output()
        .expect("bash is there")
}

/// The sweep of these tests, and its file made in one go.
fn small() -> (Vec<String>, String) {
    let scenario = example("timeout.json").to_str().expect("a plain path").to_owned();
    let words = ["--seeds", "0..6", "--set", "period-ms=200,400"].map(str::to_owned);
    let arguments: Vec<String> = [scenario].into_iter().chain(words).collect();
    let plain: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let whole = out(&run(&plain));
    (arguments, whole)
}

/// Whether GNU parallel is installed, which `scripts/test` sees to where it may.
fn gnu_parallel() -> bool {
    let version = Command::new("parallel").arg("--version").output();
    version.is_ok_and(|version| out(&version).contains("GNU parallel"))
}

#[test]
fn gnu_parallel_and_xargs_come_to_the_same_file() {
    let (sweep, whole) = small();
    for with in ["parallel", "xargs"] {
        let folder = format!("parallel with {with}");
        let _ = fs::remove_dir_all(file(&folder));
        let mut arguments = vec!["5", "out file.csv"];
        arguments.extend(sweep.iter().map(String::as_str));
        let output = script("parallel.sh", &folder, &[("WITH", with)], &arguments);
        if with == "parallel" && !gnu_parallel() {
            assert_eq!(output.status.code(), Some(2));
            assert!(err(&output).contains("there is no GNU parallel here"), "{}", err(&output));
            continue;
        }
        assert_eq!(output.status.code(), Some(1), "{with}: {}", err(&output));
        assert!(out(&output).contains("12 runs"), "{}", out(&output));
        let joined = fs::read_to_string(file(&folder).join("out file.csv")).expect("it was joined");
        assert_eq!(joined, whole, "{with}");
        // What cannot work is not passed over.
        arguments.push("--nonsense");
        assert_ne!(script("parallel.sh", &folder, &[("WITH", with)], &arguments).status.code(), Some(0));
    }
}

#[test]
fn the_tasks_of_a_slurm_array_come_to_the_same_file() {
    let (sweep, whole) = small();
    let _ = fs::remove_dir_all(file("slurm"));
    let arguments: Vec<&str> = sweep.iter().map(String::as_str).collect();
    for task in ["3", "1", "2"] {
        let environment = [
            ("SLURM_ARRAY_TASK_ID", task),
            ("SLURM_ARRAY_TASK_COUNT", "3"),
            ("SLURM_CPUS_PER_TASK", "2"),
            ("SLURM_SUBMIT_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sweep")),
        ];
        let output = script("slurm.sh", "slurm", &environment, &arguments);
        assert_eq!(output.status.code(), Some(0), "a violation is no failure: {}", err(&output));
    }
    let output = script("join.sh", "slurm", &[], &[&["sweep.csv"], &arguments[..]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert_eq!(fs::read_to_string(file("slurm").join("sweep.csv")).expect("it was joined"), whole);
}

#[test]
fn the_command_of_the_kubernetes_job_runs_its_shard() {
    let manifest = fs::read_to_string(example("kubernetes.yaml")).expect("it is there");
    let begin = manifest.find("exec /sweep/shard.sh").expect("the command");
    let end = begin + manifest[begin..].find("volumeMounts").expect("what comes after");
    let command = manifest[begin..end].split_whitespace().collect::<Vec<&str>>().join(" ");
    assert!(manifest.contains("completions: 100\n") && command.contains(")) 100 "), "{command}");
    let folder = file("kubernetes");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder of tests can be written");
    let results = folder.to_str().expect("a plain path");
    let sweep = example("");
    let command = command
        .replace("/sweep/timeout", &format!("{}timeout", sweep.display()))
        .replace("/sweep/shard", &format!("{}shard", sweep.display()))
        .replace("/results", results)
        .replace("0..100000", "0..50");
    let output = Command::new("bash")
        .args(["-c", &command])
        .env("JOB_COMPLETION_INDEX", "99")
        .env("BIVALENT", env!("CARGO_BIN_EXE_bivalent"))
        .output()
        .expect("bash is there");
    assert_eq!(output.status.code(), Some(0), "{command}: {}", err(&output));
    let rows = fs::read_to_string(folder.join("sweep.csv.0000100")).expect("the last shard's file");
    assert_eq!(rows.lines().count(), 2, "{rows}");
    assert!(rows.lines().last().is_some_and(|line| line.contains(",199,49,800,")), "{rows}");
}

#[test]
fn a_promise_of_chance_is_judged_by_many_runs_and_no_run_alone_breaks_it() {
    let judged = |rounds: u32, runs: u32| {
        let mut scenario = Scenario::of(&builtin().find("gossip").expect("it is there"), 8);
        scenario.inputs = vec![Some("news".into())];
        scenario.until_ms = 60_000;
        scenario.parameters.insert("rounds".into(), Setting(rounds.to_string()));
        let mut sweep = Sweep::new(builtin(), &scenario, design(0..u64::from(runs), &[])).expect("a valid sweep");
        let summary = sweep.run();
        assert!(!summary.is_violated());
        let place = summary.properties.iter().position(|name| name == "delivery").expect("it is promised");
        let cell = &summary.cells[0];
        assert_eq!(summary.properties.iter().zip(&cell.chance).filter(|(_, judged)| judged.is_some()).count(), 2);
        let judged = cell.chance[place].expect("it is one of chance");
        assert_eq!((cell.runs, judged.missed.of), (u64::from(runs), u64::from(runs)));
        assert_eq!(judged.missed.hits, cell.not_yet[place]);
        assert_eq!(summary.is_broken(), judged.verdict == ChanceVerdict::Broken);
        judged.verdict
    };
    assert_eq!(judged(2, 100), ChanceVerdict::Broken);
    assert_eq!(judged(30, 100), ChanceVerdict::TooFewRuns);
    assert_eq!(judged(30, 4_000), ChanceVerdict::Kept);
}
