//! The program as a user meets it: exit statuses, shapes of documents, and errors that help.

use crate::common::{builtin, entries};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

pub(crate) fn bivalent(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bivalent")).args(arguments).output().expect("the program can be started")
}

fn with_input(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_bivalent"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    // A program that refuses its arguments ends without reading.
    match child.stdin.take().expect("it is piped").write_all(input.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => panic!("the program reads its input: {error}"),
        _ => {}
    }
    child.wait_with_output().expect("the program ends")
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("the program writes UTF-8")
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("the program writes UTF-8")
}

pub(crate) fn json(output: &Output) -> serde_json::Value {
    serde_json::from_str(&out(output)).unwrap_or_else(|error| panic!("{error}: {}{}", out(output), err(output)))
}

/// A file of this test's own.
pub(crate) fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The scenario is refused with status 2, and the message says all of `words`.
fn refused(scenario: &str, words: &[&str]) {
    for command in ["run", "check"] {
        let output = with_input(&[command, "-"], scenario);
        assert_eq!(output.status.code(), Some(2), "{command} {scenario}: {}", out(&output));
        for word in words {
            assert!(err(&output).contains(word), "{command} {scenario}: no {word:?} in {}", err(&output));
        }
        assert_eq!(out(&output), "", "{command} {scenario}: nothing on standard output");
    }
}

#[test]
fn a_run_without_violations_ends_with_0_and_one_with_violations_with_1() {
    assert_eq!(bivalent(&["run", "in-step"]).status.code(), Some(0));
    assert_eq!(bivalent(&["run", "out-of-step"]).status.code(), Some(1));
}

#[test]
fn a_run_as_json_has_its_fields_in_their_order() {
    let output = bivalent(&["run", "in-step", "--format", "json"]);
    let text = out(&output);
    let names = [
        "protocol",
        "scenario",
        "seed",
        "end_us",
        "waves",
        "events",
        "messages",
        "sent",
        "delivered",
        "lost",
        "duplicated",
        "altered",
        "by_kind",
        "decisions",
        "properties",
        "trace_hash",
    ];
    let places: Vec<usize> =
        names.iter().map(|name| text.find(&format!("\"{name}\":")).unwrap_or_else(|| panic!("no {name}"))).collect();
    assert!(places.is_sorted(), "{text}");
    let run = json(&output);
    assert_eq!(run.as_object().expect("a document").len(), 10);
    assert_eq!(run["protocol"], "flood-set");
    assert_eq!(run["scenario"], "in-step");
    assert_eq!(run["seed"], 7);
    assert_eq!(run["messages"]["by_kind"]["values"], run["messages"]["sent"]);
    assert_eq!(run["decisions"]["p0"], "0");
    assert_eq!(run["decisions"]["p2"], serde_json::Value::Null, "p2 crashes");
    assert_eq!(run["properties"][0], serde_json::json!({"name": "agreement", "verdict": "held so far", "event": null}));
    let hash = run["trace_hash"].as_str().expect("a text");
    assert!(hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
}

#[test]
fn an_intervention_that_could_not_be_done_is_named() {
    let scenario = r#"{"version": 2, "name": "x", "protocol": "flooding", "processes": 3, "inputs": ["a"],
        "interventions": [{"after": 2, "choice": {"recover": "p1"}}]}"#;
    let output = with_input(&["run", "-", "--format", "json"], scenario);
    assert_eq!(json(&output)["missed"], serde_json::json!([{"after": 2, "choice": {"recover": "p1"}}]));
    assert!(err(&output).contains("after event 2, this could not be done: p1 comes back"), "{}", err(&output));
}

#[test]
fn a_run_for_people_says_what_was_violated_and_why() {
    let text = out(&bivalent(&["run", "overtaking"]));
    assert!(text.contains("fifo-order      violated at event 7: p1 delivers “£70” after “£45”"), "{text}");
    assert!(text.contains("trace hash"), "{text}");
}

#[test]
fn seed_and_end_can_be_chosen() {
    let hash = |arguments: &[&str]| json(&bivalent(arguments))["trace_hash"].clone();
    let base = ["run", "in-step", "--format", "json"];
    assert_eq!(hash(&base), hash(&[&base[..], &["--seed", "7"]].concat()));
    assert_ne!(hash(&base), hash(&[&base[..], &["--seed", "8"]].concat()));
    let short = json(&bivalent(&[&base[..], &["--until", "1"]].concat()));
    assert_eq!(short["end_us"], 0);
    let bad = bivalent(&["run", "in-step", "--until", "0"]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(err(&bad).contains("--until: until_ms: 0 is not from 1 to"), "{}", err(&bad));
}

#[test]
fn a_trace_has_a_line_for_each_event_and_ends_with_the_run_s_hash() {
    let path = file("trace.jsonl");
    let name = path.to_str().expect("a plain path");
    let run = json(&bivalent(&["run", "in-step", "--format", "json", "--trace", name]));
    let text = fs::read_to_string(&path).expect("the trace was written");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    assert_eq!(run["events"], lines.len());
    let sent: usize = lines.iter().map(|line| line["sent"].as_array().expect("a list").len()).sum();
    assert_eq!(run["messages"]["sent"], sent);
    for (event, line) in (1..).zip(&lines) {
        assert_eq!(line["event"], event);
        let mut names: Vec<&String> = line.as_object().expect("an object").keys().collect();
        names.sort();
        assert_eq!(names, ["at_us", "choice", "event", "hash", "lamport", "reasons", "sent", "vector"]);
    }
    assert_eq!(lines[lines.len() - 1]["hash"], run["trace_hash"]);
}

#[test]
fn a_trace_that_cannot_be_written_is_an_error() {
    let output = bivalent(&["run", "in-step", "--trace", "/no/such/folder/trace"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("/no/such/folder/trace"), "{}", err(&output));
}

#[test]
fn the_gallery_a_file_and_standard_input_give_the_same_run() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/static/scenarios/overtaking.json");
    let text = fs::read_to_string(path).expect("a file of the gallery");
    let named = out(&bivalent(&["run", "overtaking", "--format", "json"]));
    assert_eq!(named, out(&bivalent(&["run", path, "--format", "json"])));
    assert_eq!(named, out(&with_input(&["run", "-", "--format", "json"], &text)));
}

#[test]
fn the_list_has_all_protocols_and_scenarios() {
    let list = json(&bivalent(&["list", "--format", "json"]));
    assert_eq!(list["protocols"].as_array().map(Vec::len), Some(entries().len()));
    assert_eq!(list["scenarios"].as_array().map(Vec::len), Some(bivalent::scenario::GALLERY.len()));
    for part in ["protocols", "scenarios"] {
        for line in list[part].as_array().expect("a list") {
            assert!(line["name"].is_string() && line["properties"].is_array(), "{line}");
        }
    }
    let text = out(&bivalent(&["list"]));
    for entry in entries() {
        assert!(text.contains(&format!("  {}: ", entry.name)), "{}", entry.name);
    }
}

#[test]
fn check_says_of_each_file_whether_it_is_valid() {
    let good = concat!(env!("CARGO_MANIFEST_DIR"), "/static/scenarios/in-step.json");
    let bad = file("bad.json");
    fs::write(&bad, "{").expect("the folder of tests can be written");
    assert_eq!(bivalent(&["check", good]).status.code(), Some(0));
    let output = bivalent(&["check", good, bad.to_str().expect("a plain path")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(out(&output).contains("in-step is a valid scenario"), "{}", out(&output));
    assert!(err(&output).contains("bad.json: ") && err(&output).contains("1 of 2"), "{}", err(&output));
}

#[test]
fn bad_scenarios_are_refused_by_field_with_what_is_allowed() {
    let with = |rest: &str| format!(r#"{{"version": 2, "name": "x", "protocol": "flooding", "processes": 3{rest}}}"#);
    refused("{", &["standard input", "line 1"]);
    refused("[]", &["a list is not a scenario: an object with a field \"version\""]);
    refused("7", &["7 is not a scenario"]);
    refused(r#"{"version": "two"}"#, &[r#""two" is not a whole number"#]);
    refused(&with(r#", "colour": "red""#), &["unknown field `colour`", "expected one of"]);
    refused(
        &with(r#", "models": {"links": {"kind": "fair-loss", "loss": 1.5}}"#),
        &["models.links.loss", "a rate from 0 to 1"],
    );
    refused(r#"{"version": 2, "name": "x", "protocol": "flooding", "processes": 0}"#, &["processes: 0", "1 to 128"]);
    refused(r#"{"version": 2, "name": "x", "protocol": "flooding", "processes": 65}"#, &["processes:", "2 to 64"]);
    refused(
        r#"{"version": 9, "name": "x", "protocol": "flooding", "processes": 3}"#,
        &["version: 9", "versions 1 to 2"],
    );
    refused(
        r#"{"version": 2, "name": "x", "protocol": "hearsay", "processes": 3}"#,
        &["protocol: there is no protocol \"hearsay\"", "flood-set"],
    );
    refused(
        &with(r#", "scheduler": "fair", "faults": [{"at_ms": 1, "choice": {"crash": {"process": "p1"}}}]"#),
        &["faults: they happen at times", "\"interventions\""],
    );
    refused(
        &with(r#", "scheduler": "fair", "models": {"links": {"kind": "fair-loss", "loss": 0.5}}"#),
        &["models.links.loss: nothing is drawn"],
    );
    refused(
        &with(
            r#", "interventions": [{"after": 1, "at_us": 18446744073709551615, "choice": {"crash": {"process": "p1"}}}]"#,
        ),
        &["interventions[0].at_us: at most"],
    );
    refused(
        &with(r#", "schedule": [{"at_us": 18446744073709551615, "choice": {"start": "p1"}}]"#),
        &["schedule[0].at_us: at most"],
    );
    refused(
        &with(r#", "faults": [{"at_ms": 1, "choice": {"crash": {"process": "p3"}}}]"#),
        &["faults[0]", "no process p3", "the last one is p2"],
    );
    refused(
        &with(r#", "faults": [{"at_ms": 1, "choice": {"explode": "p1"}}]"#),
        &["faults[0].choice", "explode", "crash"],
    );
    refused(&with(r#", "parameters": {"speed": 1}"#), &["parameters.speed", "flooding has no parameters"]);
    refused(
        r#"{"version": 2, "name": "x", "protocol": "stubborn-link", "processes": 2, "parameters": {"period-ms": 0}}"#,
        &["parameters.period-ms", "a whole number from 1 to 60000"],
    );
    refused(
        r#"{"version": 2, "name": "x", "protocol": "flood-set", "processes": 3, "inputs": ["0", "1", "2"]}"#,
        &["inputs[2]", "neither 0 nor 1"],
    );
    refused(&with(r#", "modules": ["flood-set"]"#), &["modules: flood-set offers nothing"]);
    refused(&with(r#", "until_ms": 0"#), &["until_ms: 0"]);
}

#[test]
fn no_error_of_a_file_names_a_type_of_the_program() {
    // Every place of this file in turn holds something else.
    let file = r#"{"version": 2, "name": "x", "protocol": "flooding", "processes": 3, "inputs": ["a"], "seed": 1,
        "parameters": {}, "topology": "ring", "places": [], "start_ms": [0], "modules": [], "scheduler": "timed",
        "models": {"failures": "byzantine", "links": {"kind": "reliable", "loss": 0, "fifo": true},
            "timing": {"kind": "synchronous", "delta_ms": 1}, "overrides": [{"from": "p0", "to": "p1", "links": {}}]},
        "faults": [{"at_ms": 0, "choice": {"crash": {"process": "p0", "after_effects": 2}}},
            {"at_ms": 0, "choice": {"deliver": {"from": "p0", "to": "p1", "number": 0}}},
            {"at_ms": 0, "choice": {"byzantine": {"process": "p0", "behaviour": {"twin": ["p1"]}}}},
            {"at_ms": 0, "choice": {"change": {"links": {"kind": "reliable"}}}}],
        "schedule": [{"choice": {"start": "p0"}}], "interventions": [{"after": 1, "choice": {"start": "p0"}}],
        "lesson": {"question": "?", "answers": ["a"], "right": 0, "notes": {}, "worlds": [{}]}}"#;
    fn places(value: &serde_json::Value, at: &str, found: &mut Vec<String>) {
        found.push(at.to_owned());
        match value {
            serde_json::Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| places(value, &format!("{at}/{name}"), found));
            }
            serde_json::Value::Array(all) => {
                all.iter().enumerate().for_each(|(index, value)| places(value, &format!("{at}/{index}"), found));
            }
            _ => {}
        }
    }
    let file: serde_json::Value = serde_json::from_str(file).expect("it is JSON");
    let mut all = Vec::new();
    places(&file, "", &mut all);
    let mut refused = 0;
    for place in all {
        for wrong in ["3", "-3", "2.5", "true", "null", "[]", "[3]", "{}", r#"{"odd": 3}"#, r#""odd""#] {
            let mut changed = file.clone();
            *changed.pointer_mut(&place).expect("a place of the file") = serde_json::from_str(wrong).expect("JSON");
            let Err(error) = builtin().read(&changed.to_string()) else { continue };
            refused += 1;
            let words = error.split(|character: char| !character.is_alphanumeric());
            for word in words {
                let inner = ["struct", "enum", "variant", "sequence", "map", "u8", "u16", "u32", "u64", "i64", "f64"];
                assert!(!inner.contains(&word), "{place} is {wrong}: {error}");
            }
        }
    }
    assert!(refused > 400, "only {refused} files were refused");
}

#[test]
fn every_bad_input_is_refused_with_its_field_and_what_is_allowed() {
    for (field, value, words) in [
        (
            "models",
            r#"{"links": {"kind": "fair-loss", "loss": -0.5}}"#,
            "models.links.loss: -0.5 is not a rate from 0 to 1",
        ),
        (
            "models",
            r#"{"links": {"kind": "fair-loss", "loss": "often"}}"#,
            "models.links.loss: \"often\" is not a rate",
        ),
        (
            "models",
            r#"{"links": {"kind": "fair-loss", "duplication": 2}}"#,
            "models.links.duplication: 2 is not a rate",
        ),
        ("models", r#"{"links": {"reorder": 1.01}}"#, "models.links.reorder: 1.01 is not a rate from 0 to 1"),
        (
            "models",
            r#"{"links": {"kind": "arbitrary", "alter": 7}}"#,
            "models.links.alter: 7 is not a rate from 0 to 1",
        ),
        (
            "models",
            r#"{"links": {"kind": "arbitrary", "inject": 7}}"#,
            "models.links.inject: 7 is not a rate from 0 to 1",
        ),
        (
            "models",
            r#"{"links": {"kind": "arbitrary", "replay": 7}}"#,
            "models.links.replay: 7 is not a rate from 0 to 1",
        ),
        (
            "models",
            r#"{"links": {"losses_in_a_row_max": 0}}"#,
            "models.links.losses_in_a_row_max: must be from 1 to 1000",
        ),
        ("models", r#"{"links": {"kind": "copper"}}"#, "models.links.kind: unknown word `copper`, expected one of"),
        ("models", r#"{"timing": {"drift": 0.6}}"#, "models.timing.drift: a clock may be off by at most 0.5"),
        ("models", r#"{"timing": {"typical_ms": 0}}"#, "models.timing.typical_ms: 0 is not from 1 to 600000"),
        ("models", r#"{"failures": "fail-safe"}"#, "models.failures: unknown word `fail-safe`, expected one of"),
        ("places", r#"["london", "atlantis", "tokyo"]"#, "places[1]: there is no city \"atlantis\"; there are london"),
        ("places", r#"["london", "tokyo"]"#, "places: there are 2 for 3 processes"),
        ("parameters", r#"{"period-ms": 0}"#, "parameters.period-ms: \"0\" is not a whole number from 1 to 60000"),
        ("parameters", r#"{"period-ms": "never"}"#, "parameters.period-ms: \"never\" is not a whole number from 1"),
        ("parameters", r#"{"period-ms": null}"#, "a parameter is a number, a word, true or false"),
        (
            "parameters",
            r#"{"timeout-ms": 5}"#,
            "parameters.timeout-ms: heartbeat has no such parameter; it has period-ms",
        ),
        ("modules", r#"["carrier-pigeon"]"#, "modules: there is no protocol \"carrier-pigeon\"; there are"),
        (
            "modules",
            r#"["best-effort-broadcast"]"#,
            "modules: heartbeat needs links of the layers below, and best-effort-",
        ),
        ("modules", r#"["plain-messages"]"#, "modules: plain-messages offers nothing to a module above it"),
        (
            "faults",
            r#"[{"at_ms": 1, "choice": {"partition": []}}]"#,
            "faults[0]: a partition names at least one process",
        ),
        ("faults", r#"[{"at_ms": 1, "choice": {"partition": ["p7"]}}]"#, "faults[0]: there is no process p7"),
        ("faults", r#"[{"at_ms": 1, "choice": {"partition": ["p0", "p1", "p2"]}}]"#, "faults[0]: a partition of all"),
        (
            "faults",
            r#"[{"at_ms": 1, "choice": {"cut": {"from": "p0", "to": "p3"}}}]"#,
            "faults[0]: there is no process p3",
        ),
        (
            "faults",
            r#"[{"at_ms": 1, "choice": {"cut": {"from": "p1", "to": "p1"}}}]"#,
            "faults[0]: a process has no link to",
        ),
        (
            "faults",
            r#"[{"at_ms": 1, "choice": {"slow": {"process": "p9", "extra_ms": 1}}}]"#,
            "faults[0]: there is no process p9",
        ),
        ("faults", r#"[{"at_ms": -1, "choice": "heal"}]"#, "faults[0].at_ms: "),
        ("faults", r#"[{"at_ms": 86400001, "choice": "heal"}]"#, "faults[0].at_ms: at most 86400000"),
        ("interventions", r#"[{"after": 1, "choice": {"recover": "p4"}}]"#, "interventions[0]: there is no process p4"),
        ("schedule", r#"[{"choice": {"start": "p4"}}]"#, "schedule[0]: there is no process p4"),
        ("topology", r#""torus""#, "topology: unknown word `torus`, expected one of"),
        ("scheduler", r#""whim""#, "scheduler: unknown word `whim`, expected one of"),
        ("inputs", r#"[null, "x"]"#, "inputs: heartbeat takes none"),
        ("inputs", r#"[null, null, null, null]"#, "inputs: there are 4 for 3 processes"),
        ("seed", "4294967296", "seed: "),
        ("until_ms", "86400001", "until_ms: 86400001 is not from 1 to 86400000"),
        ("lesson", r#"{"answers": ["a", "b"], "right": 2}"#, "lesson.right: there are 2 answers"),
    ] {
        let file =
            format!(r#"{{"version": 2, "name": "x", "protocol": "heartbeat", "processes": 3, "{field}": {value}}}"#);
        refused(&file, &[words]);
    }
    refused(
        r#"{"version": 2, "name": "x", "protocol": "all-ack-broadcast", "processes": 3, "modules": ["best-effort-broadcast"]}"#,
        &[
            "modules: all-ack-broadcast needs a perfect failure detector of the layers below, and best-effort-broadcast offers none",
        ],
    );
}

#[test]
fn a_scenario_that_breaks_an_assumption_says_so_before_anything_happens() {
    let words = "flood-set assumes that messages and steps keep their time bounds; here the system is asynchronous";
    let text = out(&bivalent(&["run", "out-of-step"]));
    assert!(text.find(words).is_some_and(|place| place < text.find("agreement").expect("a verdict")), "{text}");
    let run = json(&bivalent(&["run", "out-of-step", "--format", "json"]));
    assert_eq!(
        run["unmet"],
        serde_json::json!([{"layers": ["flood-set"], "assumption": "synchrony", "why": "the system is asynchronous",
            "text": words}])
    );
    assert!(json(&bivalent(&["run", "in-step", "--format", "json"])).get("unmet").is_none(), "nothing to say");
    let checked = bivalent(&["check", "in-step", "out-of-step"]);
    assert_eq!(checked.status.code(), Some(0), "it is valid all the same");
    assert_eq!(
        out(&checked),
        format!("in-step: in-step is a valid scenario\nout-of-step: out-of-step is a valid scenario\n  {words}\n")
    );
    let checked = json(&bivalent(&["check", "in-step", "out-of-step", "--format", "json"]));
    assert_eq!((&checked[0]["unmet"], &checked[1]["unmet"]), (&serde_json::json!([]), &run["unmet"]));
}

#[test]
fn the_list_names_what_happens_without_each_assumption_and_it_runs_by_that_name() {
    let list = json(&bivalent(&["list", "--format", "json"]));
    let all = list["without"].as_array().expect("a list");
    let one = all.iter().find(|one| one["name"] == "flood-set-without-synchrony").expect("it is there");
    assert_eq!(
        *one,
        serde_json::json!({"name": "flood-set-without-synchrony", "protocol": "flood-set", "assumption": "synchrony",
            "consequence": {"violated": "agreement"}})
    );
    let run = bivalent(&["run", "flood-set-without-synchrony"]);
    assert_eq!(run.status.code(), Some(1), "{}", out(&run));
    let file = out(&bivalent(&["show", "flood-set-without-synchrony"]));
    assert_eq!(out(&with_input(&["run", "-"], &file)), out(&run), "as a file it is the same run");
    assert_eq!(bivalent(&["show", "flood-set-without-luck"]).status.code(), Some(2));
    let text = out(&bivalent(&["list"]));
    assert!(text.contains("otherwise agreement is violated: run flood-set-without-synchrony"), "{text}");
}

#[test]
fn a_schedule_that_cannot_be_followed_is_refused_by_its_line() {
    let scenario = r#"{"version": 2, "name": "x", "protocol": "flooding", "processes": 2, "scheduler": "by-hand",
        "schedule": [{"choice": {"start": "p0"}}, {"choice": {"start": "p0"}}]}"#;
    let output = with_input(&["run", "-"], scenario);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("schedule[1]: p0 has started before"), "{}", err(&output));
}

#[test]
fn an_error_quotes_at_most_80_characters_of_what_it_found() {
    let long = "x".repeat(9_999);
    let short = format!("{}…", "x".repeat(79));
    let with = |field: &str, value: &str| {
        format!(r#"{{"version": 2, "name": "x", "protocol": "heartbeat", "processes": 3, "{field}": {value}}}"#)
    };
    for (file, words) in [
        (with("topology", &format!("{long:?}")), format!("topology: unknown word `{short}`, expected one of")),
        (with("models", &format!("{{{long:?}: 1}}")), format!("unknown field `{short}`, expected one of")),
        (with("seed", &format!("{long:?}")), format!("seed: {short:?} is not a whole number from 0 to 4294967295")),
        (with("models", &format!(r#"{{"links": {{"loss": {long:?}}}}}"#)), "models.links.loss: \"xxx".into()),
        (with("places", &format!("[{long:?}]")), "places: there are 1 for 3 processes".into()),
        (with("modules", &format!("[{long:?}]")), format!("modules: there is no protocol {short:?}")),
        (with("parameters", &format!("{{{long:?}: 1}}")), format!("parameters.{short}: heartbeat has no such")),
        (
            with("parameters", &format!(r#"{{"period-ms": {long:?}}}"#)),
            format!("parameters.period-ms: {short:?} is not"),
        ),
    ] {
        refused(&file, &[&words]);
        let output = with_input(&["check", "-"], &file);
        assert!(!err(&output).contains(&long[..81]), "{}", err(&output));
    }
    for arguments in [["run", &long[..]], ["explore", &long[..]]] {
        let output = bivalent(&arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains(&short) && !err(&output).contains(&long[..81]), "{}", err(&output));
    }
    let output = bivalent(&["explore", "paxos", "--inputs", &long]);
    assert!(
        err(&output).starts_with(&format!("error: --inputs {short:?}: paxos is explored with")),
        "{}",
        err(&output)
    );
}

#[test]
fn what_is_too_large_is_not_read() {
    let output = with_input(&["check", "-"], &" ".repeat(bivalent::scenario::BYTES_MAX + 1));
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("262144 bytes"), "{}", err(&output));
}

#[test]
fn a_file_that_is_not_there_is_named_with_what_else_there_is() {
    let output = bivalent(&["run", "no-such-file.json"]);
    assert_eq!(output.status.code(), Some(2));
    for word in ["no-such-file.json", "word-of-mouth", "standard input"] {
        assert!(err(&output).contains(word), "{}", err(&output));
    }
}

#[test]
fn wrong_usage_and_commands_that_are_not_built_end_with_2() {
    for arguments in [
        &["rnu"][..],
        &[],
        &["run"],
        &["check"],
        &["run", "in-step", "--seed", "-1"],
        &["run", "in-step", "--seed", "4294967296"],
        &["run", "in-step", "--format", "xml"],
        &["list", "--all"],
    ] {
        assert_eq!(bivalent(arguments).status.code(), Some(2), "{arguments:?}");
    }
    let output = bivalent(&["schema"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("schema: this command is not built yet"), "{}", err(&output));
}

#[test]
fn a_protocol_is_explored_with_the_faults_that_it_is_made_for() {
    let whole = bivalent(&["explore", "flood-set", "--format", "json"]);
    assert_eq!((whole.status.code(), json(&whole)["complete"].as_bool()), (Some(0), Some(true)));
    let cut = bivalent(&["explore", "flood-set", "--set", "rounds=1", "--format", "json"]);
    assert_eq!(cut.status.code(), Some(1));
    let finding = &json(&cut)["findings"][0];
    assert_eq!((finding["property"].as_str(), finding["verdict"].as_str()), (Some("agreement"), Some("violated")));
    let limited = bivalent(&["explore", "reliable-broadcast", "--limit", "10", "--format", "json"]);
    assert_eq!((limited.status.code(), json(&limited)["complete"].as_bool()), (Some(0), Some(false)));
    let refused = bivalent(&["explore", "heartbeat", "--inputs", "01"]);
    assert!(err(&refused).contains("heartbeat takes no bits"), "{}", err(&refused));
    assert_eq!(bivalent(&["explore", "flooding", "--graph", "strict"]).status.code(), Some(2));
}

#[test]
fn a_protocol_with_users_is_explored_while_they_ask_what_the_command_line_says() {
    let asks = ["--ask", "p0 write x", "--ask", "p1 read", "--ask", "p1 read"];
    let explored = |mutant: &str, asks: &[&str]| {
        let setting = format!("mutant={mutant}");
        let given = ["explore", "abd-register-one-writer", "--format", "json", "--set", &setting];
        bivalent(&[&given, asks].concat())
    };
    let broken = explored("no-write-back", &asks);
    let finding = &json(&broken)["findings"][0];
    assert_eq!((finding["verdict"].as_str(), broken.status.code()), (Some("violated"), Some(1)));
    assert_eq!(finding["example"]["steps"], 12, "the fewest events to a new value and then an old one");
    let schedule = finding["example"]["schedule"].as_array().expect("a list");
    assert_eq!((schedule.len(), schedule[0].as_str()), (12, Some("the user of p0 asks “write x”")));
    assert_eq!(json(&broken)["requests"], serde_json::json!(["p0 write x", "p1 read", "p1 read"]));
    // One read cannot find an old value after a new one.
    assert_eq!(explored("no-write-back", &asks[..4]).status.code(), Some(0));
    for (ask, error) in [
        ("p9 read", "--ask \"p9 read\": it begins with a process"),
        ("p0 wite x", "\"wite\" is none of read, write"),
        ("p1 write x", "\"write\" is none of read"),
        ("p0", "after the process comes a request"),
    ] {
        let refused = explored("small-quorum", &["--ask", ask]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(err(&refused).contains(error), "{}", err(&refused));
    }
    assert!(err(&bivalent(&["explore", "paxos", "--ask", "p0 read"])).contains("paxos takes no requests"));
}

/// The names of a document's fields, in their order.
fn fields(output: &Output, names: &[&str]) {
    let text = out(output);
    let place = |name: &&str| text.find(&format!("\n  \"{name}\":")).unwrap_or_else(|| panic!("no {name}: {text}"));
    assert!(names.iter().map(place).collect::<Vec<usize>>().is_sorted(), "{text}");
}

#[test]
fn a_graph_as_json_has_its_fields_in_their_order_and_its_status_says_if_agreement_is_broken() {
    let output = bivalent(&["explore", "wait-for-two", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let names = [
        "protocol",
        "inputs",
        "graph",
        "parameters",
        "complete",
        "configurations",
        "edges",
        "terminal",
        "zero_valent",
        "one_valent",
        "bivalent",
        "null_valent",
        "undecided_bivalent",
        "initial",
        "agreement_violations",
        "shortest_violation",
        "blocked",
        "bivalent_components",
    ];
    fields(&output, &names);
    let found = json(&output);
    assert_eq!(found.as_object().map(serde_json::Map::len), Some(names.len()));
    assert_eq!(
        (&found["inputs"], &found["graph"], &found["initial"]),
        (&"011".into(), &"strict".into(), &"bivalent".into())
    );
    assert_eq!((found["terminal"].as_u64(), found["zero_valent"].as_u64()), (Some(8), Some(20)));
    let safe = bivalent(&["explore", "commit-2pc", "--inputs", "111", "--certificates", "--format", "json"]);
    assert_eq!((safe.status.code(), json(&safe)["shortest_violation"].is_null()), (Some(0), true));
    // The schedules: two decisions after three events; and a coordinator whose crash blocks before anything happens.
    let told = json(&bivalent(&["explore", "wait-for-two", "--certificates", "--format", "json"]));
    let length = |schedule: &serde_json::Value| schedule.as_array().map(Vec::len);
    assert_eq!(length(&told["certificates"]["violation"]), told["shortest_violation"].as_u64().map(|n| n as usize));
    assert_eq!(["0", "1"].map(|value| length(&told["certificates"][value])), [Some(2); 2]);
    let blocked = &json(&safe)["certificates"]["blocked"];
    assert_eq!([0, 1, 2].map(|process| length(&blocked[process])), [Some(0), None, None]);
    let cut = ["explore", "ben-or", "--set", "rounds=1", "--certificates", "--format", "json"];
    assert!(json(&bivalent(&cut))["certificates"]["blocked"].is_null(), "beyond the horizon nothing is claimed");
}

#[test]
fn a_play_tells_each_stage_with_its_certificates_when_asked() {
    let output = bivalent(&["adversary", "ben-or", "--stages", "9", "--certificates", "--format", "json"]);
    let play = json(&output);
    let stages = play["played"].as_array().expect("a list");
    assert_eq!(stages.len(), 9);
    let mut events = 0;
    for (number, stage) in stages.iter().enumerate() {
        assert_eq!((&stage["process"], &stage["first"]), (&format!("p{}", number % 3).into(), &(events + 1).into()));
        events += stage["events"].as_u64().expect("a number");
        assert_eq!(stage["tried"] == 0, stage["events"] == 1, "what comes before the event was searched for");
        assert!(["0", "1"].iter().all(|value| stage["certificates"][value].as_array().is_some_and(|c| !c.is_empty())));
    }
    assert_eq!(play["events"], events);
    let text = bivalent(&["adversary", "ben-or", "--stages", "3", "--certificates"]);
    let text = String::from_utf8(text.stdout).expect("text");
    assert!(text.contains("stage 2: p2, 2 events up to 4, 2 ways tried in vain\n    to 0: p0 takes in"), "{text}");
}

#[test]
fn a_layered_graph_is_the_union_over_all_inputs_and_tells_its_endless_run() {
    let output = bivalent(&["explore", "ben-or", "--graph", "heard-of", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let found = json(&output);
    assert!(found["inputs"].is_null() && found["initial"].is_null() && found["blocked"].is_null(), "{found}");
    assert_eq!((&found["configurations"], &found["bivalent"]), (&51.into(), &6.into()));
    let (run, fair) = (&found["endless"], &found["endless"]["fair"]);
    let ends = [&run["loop"]["prefix"], &run["loop"]["length"]].map(|number| number.as_u64().expect("a number"));
    assert_eq!(run["schedule"].as_array().map(Vec::len), Some((ends[0] + ends[1]) as usize));
    assert!(fair["crashed"].is_null() && fair["shift"] == 2, "{fair}");
    assert!(fair["leftovers"].as_array().is_some_and(|list| !list.is_empty()), "{fair}");
    let one = json(&bivalent(&["explore", "ben-or", "--graph", "heard-of", "--inputs", "000", "--format", "json"]));
    assert_eq!((&one["inputs"], &one["initial"], one["endless"].is_null()), (&"000".into(), &"0".into(), true));
    let cut = bivalent(&["explore", "ben-or", "--graph", "santoro-widmayer", "--limit", "20", "--format", "json"]);
    let found = json(&cut);
    assert_eq!((cut.status.code(), &found["complete"], &found["configurations"]), (Some(0), &false.into(), &20.into()));
    assert!(found["zero_valent"].is_null(), "unknown");
}

#[test]
fn a_play_as_json_has_its_horn_with_the_loop_and_why_it_is_fair() {
    let output = bivalent(&["adversary", "ben-or", "--stages", "40", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let names = [
        "protocol",
        "inputs",
        "parameters",
        "exact",
        "stages",
        "events",
        "messages_delivered",
        "phases",
        "decided",
        "oldest_waiting",
        "horns",
        "schedule",
    ];
    fields(&output, &names);
    let play = json(&output);
    assert_eq!((&play["stages"], &play["decided"]), (&40.into(), &false.into()));
    let horn = &play["horns"][0];
    assert_eq!((&horn["horn"], &horn["inputs"]), (&"c".into(), &"011".into()));
    let (prefix, length) = (horn["loop"]["prefix"].as_u64(), horn["loop"]["length"].as_u64());
    let (prefix, length) = (prefix.expect("a number"), length.expect("a number"));
    let steps = horn["fair"]["steps"].as_array().expect("a list").iter().filter_map(serde_json::Value::as_u64);
    assert_eq!(steps.sum::<u64>(), length);
    for part in ["waiting", "leftovers"] {
        for delivery in horn["fair"][part].as_array().expect("a list") {
            let event = delivery["event"].as_u64().expect("a place");
            assert!((prefix + 1..=prefix + length).contains(&event), "{delivery}");
            let told = &play["schedule"][event as usize - 1];
            assert_eq!((&told["step"], &told["message"]), (&delivery["to"], &delivery["message"]));
        }
    }
    assert_eq!(play["exact"], false, "an endless graph is not known as a whole");
    // An unsafe protocol is what the adversary is for: that is no failure.
    let caught = bivalent(&["adversary", "wait-for-two", "--format", "json"]);
    assert_eq!((caught.status.code(), &json(&caught)["horns"][0]["horn"]), (Some(0), &"a".into()));
    assert_eq!((&json(&caught)["exact"], json(&caught).get("phases")), (&true.into(), None));
    assert!(json(&caught)["stopped"]["stage"].is_u64() && json(&caught)["stopped"]["why"].is_string());
}

/// Explores a scenario that stands in standard input.
fn explored_scenario(scenario: serde_json::Value, options: &[&str]) -> Output {
    with_input(&[&["explore", "-"], options].concat(), &scenario.to_string())
}

#[test]
fn a_scenario_is_explored_with_its_own_network_modules_requests_and_properties() {
    let line = serde_json::json!({
        "version": 2, "name": "x", "protocol": "flooding", "processes": 4, "topology": "line", "inputs": ["a"],
        "properties": [{"name": "nobody-decides", "invariant": "forall p ∈ Π : decided@p = ⊥"}]
    });
    let output = explored_scenario(line, &["--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&out(&output)).expect("JSON");
    assert_eq!((output.status.code(), &report["configurations"]), (Some(0), &serde_json::json!(4)));
    let verdicts: Vec<&str> = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|finding| finding["verdict"].as_str().expect("a word"))
        .collect();
    assert!(verdicts.iter().all(|verdict| *verdict == "holds"), "{report}");
    // Over a broadcast that keeps no order an answer overtakes its question, and over a causal one it does not.
    let conversation = |modules: &[&str]| {
        let scenario = serde_json::json!({
            "version": 2, "name": "x", "protocol": "conversation", "processes": 3,
            "inputs": ["lunch?", "lunch?/noon"], "modules": modules
        });
        explored_scenario(scenario, &[]).status.code()
    };
    assert_eq!(conversation(&["best-effort-broadcast", "reliable-broadcast"]), Some(1));
    assert_eq!(conversation(&["best-effort-broadcast", "reliable-broadcast", "causal-broadcast"]), Some(0));
    // The workload is a finite list for each process, with the words that a run would draw.
    let register = serde_json::json!({
        "version": 2, "name": "x", "protocol": "abd-register-one-writer", "processes": 5, "workload": {"operations": 1}
    });
    let said = out(&explored_scenario(register, &[]));
    assert!(
        said.starts_with("abd-register-one-writer (strict graph, 5 processes, users ask: p0 write p0.1, p1 read)"),
        "{said}"
    );
    assert!(said.contains("linearisable: holds"), "{said}");
    assert!(said.contains("not its times, faults and models"), "{said}");
    // What such an exploration cannot do is said.
    let star = serde_json::json!({
        "version": 2, "name": "x", "protocol": "commit-3pc", "processes": 3, "topology": "star", "inputs": ["1", "1", "1"]
    });
    let said = out(&explored_scenario(star, &[]));
    assert!(
        said.contains("termination: unknown, judged in 1 configurations: whether a crash can leave the others"),
        "{said}"
    );
    let ring = serde_json::json!({"version": 2, "name": "x", "protocol": "flood-set", "processes": 4, "topology": "ring", "inputs": ["0", "1", "1", "0"]});
    assert!(
        err(&explored_scenario(ring.clone(), &[])).contains("flood-set is explored where all processes are connected")
    );
    assert!(err(&explored_scenario(ring, &["--inputs", "0110"])).contains("--inputs: a scenario says this itself"));
}

#[test]
fn explorers_and_the_adversary_refuse_what_does_not_fit_by_name() {
    let cases: [(&[&str], &[&str]); 26] = [
        (&["explore", "wait-for-two", "--inputs", "01"], &["--inputs \"01\"", "wait-for-two", "3 to 16"]),
        (&["explore", "wait-for-two", "--inputs", ""], &["--inputs \"\"", "3 to 16"]),
        (&["explore", "wait-for-two", "--inputs", "0x1"], &["--inputs", "'x' is neither 0 nor 1"]),
        (&["explore", "hearsay"], &["hearsay", "ben-or"]),
        (&["explore", "ben-or", "--set", "rounds=1", "--set", "speed=3"], &["speed", "coin, rounds"]),
        (&["explore", "ben-or", "--set", "rounds"], &["--set \"rounds\"", "NAME=VALUE"]),
        (&["explore", "ben-or", "--set", "rounds=1", "--set", "rounds=2"], &["rounds was given before"]),
        (&["adversary", "flood-set"], &["without a clock", "flood-set"]),
        (&["explore", "ben-or", "--set", "rounds=0"], &["parameters.rounds"]),
        (&["explore", "ben-or", "--set", "coin=edge"], &["parameters.coin", "adversary"]),
        (&["explore", "ben-or"], &["ben-or: its strict graph does not end", "--set rounds=N"]),
        (&["explore", "rotating-coordinator"], &["--set rounds=N"]),
        (&["explore", "paxos"], &["--set max-ballot=N"]),
        (&["explore", "paxos", "--graph", "heard-of"], &["paxos has no layered graph"]),
        (&["explore", "ben-or", "--graph", "heard-of", "--set", "rounds=1"], &["parameters.rounds", "layered graph"]),
        (
            &["explore", "ben-or", "--graph", "heard-of", "--certificates"],
            &["--certificates", "a strict graph has them"],
        ),
        (&["explore", "flood-set", "--certificates"], &["--certificates", "flood-set"]),
        (
            &["explore", "rotating-coordinator", "--graph", "santoro-widmayer", "--set", "rounds=2"],
            &["parameters.rounds", "layered graph"],
        ),
        (&["explore", "ben-or", "--graph", "heard-of", "--inputs", "0011"], &["--inputs \"0011\"", "three processes"]),
        (&["explore", "wait-for-two", "--limit", "0"], &["--limit 0"]),
        (&["adversary", "wait-for-two", "--inputs", "2"], &["--inputs \"2\""]),
        (&["adversary", "ben-or", "--set", "coin=random"], &["parameters.coin", "\"adversary\""]),
        (&["adversary", "paxos", "--stages", "0"], &["--stages 0"]),
        (&["adversary", "paxos", "--set", "max-ballot=-1"], &["parameters.max-ballot"]),
        (&["adversary", "perfect-link"], &["perfect-link"]),
        (&["adversary", "hearsay"], &["hearsay", "paxos"]),
    ];
    for (arguments, words) in cases {
        let output = bivalent(arguments);
        assert_eq!((output.status.code(), out(&output)), (Some(2), String::new()), "{arguments:?}");
        for word in words {
            assert!(err(&output).contains(word), "{arguments:?}: no {word:?} in {}", err(&output));
        }
    }
    for arguments in [
        &["explore", "wait-for-two", "--graph", "loose"][..],
        &["explore", "wait-for-two", "--limit", "many"],
        &["explore", "wait-for-two", "--limit", "-1"],
        &["adversary", "paxos", "--stages", "-1"],
        &["adversary", "paxos", "--limit", "3"],
    ] {
        assert_eq!(bivalent(arguments).status.code(), Some(2), "{arguments:?}");
    }
    // Over the limit: what was found is told, and what was not is unknown.
    let over = bivalent(&["explore", "ben-or", "--set", "rounds=1", "--limit", "100", "--format", "json"]);
    let found = json(&over);
    assert_eq!(
        (over.status.code(), &found["complete"], &found["configurations"]),
        (Some(0), &false.into(), &100.into())
    );
    assert!(found["null_valent"].is_null() && found["initial"].is_null() && found["blocked"].is_null(), "{found}");
    let text = out(&bivalent(&["explore", "ben-or", "--set", "rounds=1", "--limit", "100"]));
    assert!(text.contains("null-valent unknown") && text.contains("the limit was hit"), "{text}");
}

#[test]
fn help_and_version_end_with_0() {
    for arguments in [&["--help"][..], &["--version"], &["run", "--help"]] {
        assert_eq!(bivalent(arguments).status.code(), Some(0), "{arguments:?}");
    }
}

/// A history in which a read comes after a write and misses it.
const STALE: &str = r#"{"process":0,"type":"invoke","f":"write","value":1}
{"process":0,"type":"ok","f":"write","value":1}
{"process":1,"type":"invoke","f":"write","value":2}
{"process":2,"type":"invoke","f":"read","value":null}

{"process":2,"type":"ok","f":"read","value":null}
{"process":1,"type":"info","f":"write","value":2}
"#;

#[test]
fn a_history_is_judged_with_its_order_or_its_culprit() {
    let judged = |model: &str, input: &str| {
        let output = with_input(&["history", "-", "--model", model, "--format", "json"], input);
        (output.status.code(), json(&output))
    };
    let (status, document) = judged("register", STALE);
    assert_eq!(status, Some(1));
    assert_eq!((&document["linearisable"], &document["complete"]), (&false.into(), &true.into()));
    assert_eq!(document["order"], serde_json::Value::Null);
    let culprit = serde_json::json!({
        "line": 6, "invoked": 4, "process": 2, "f": "read", "value": null, "result": null, "prefix": 5,
        "possible": [{"what": "value", "value": 1}, {"what": "value", "value": 2}],
        "why": "the value can only have been 1 or 2",
    });
    assert_eq!(document["culprit"], culprit);
    assert_eq!((&document["unknown"], &document["concurrency"]), (&1.into(), &2.into()));
    let right = STALE.replace("\"read\",\"value\":null}\n{\"process\":1", "\"read\",\"value\":2}\n{\"process\":1");
    let (status, document) = judged("cas-register", &right);
    assert_eq!(status, Some(0));
    let order: Vec<u64> = document["order"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|operation| operation["line"].as_u64().expect("a number"))
        .collect();
    assert_eq!(order, [1, 3, 4]);
    assert_eq!((&document["linearisable"], &document["culprit"]), (&true.into(), &serde_json::Value::Null));
    let text = out(&with_input(&["history", "-", "--model", "register"], STALE));
    assert!(text.contains("line 6, invoked in line 4: process 2: read returned null"), "{text}");
    assert!(text.contains("the value can only have been 1 or 2"), "{text}");
}

#[test]
fn a_history_may_begin_anywhere_and_its_search_may_end_early() {
    let arguments = ["history", "-", "--model", "register", "--format", "json"];
    let read = r#"{"process":0,"type":"invoke","f":"read"}{"process":0,"type":"ok","f":"read","value":7}"#
        .replace("}{", "}\n{");
    assert_eq!(with_input(&arguments, &read).status.code(), Some(1));
    let told = with_input(&[&arguments[..], &["--initial", "7"]].concat(), &read);
    assert_eq!(told.status.code(), Some(0));
    let limited = with_input(&[&arguments[..], &["--limit", "1"]].concat(), STALE);
    assert_eq!(limited.status.code(), Some(0));
    let document = json(&limited);
    assert_eq!((&document["complete"], &document["linearisable"]), (&false.into(), &serde_json::Value::Null));
    let bank =
        "{:process 0 :type :invoke :f :withdraw :value [\"Zoë\" 60]}\n{:process 0 :type :ok :f :withdraw :value 40}";
    let arguments = ["history", "-", "--model", "bank", "--initial", "{\"Zoë\": 100}"];
    assert_eq!(with_input(&arguments, bank).status.code(), Some(0));
    let refused = with_input(&["history", "-", "--model", "bank", "--initial", "[1]"], bank);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("--initial [1]: allowed is an object"), "{}", err(&refused));
}

#[test]
fn what_is_no_history_ends_with_2_and_names_the_line() {
    let first = r#"{"process":0,"type":"invoke","f":"cas","value":[1]}"#;
    let long = format!("{first}\n{{\"process\":0,\"type\":\"ok\",\"f\":\"cas\",\"value\":\"{}\"}}", "x".repeat(500));
    for (input, words) in [
        (format!("{first}\n{first}"), "standard input: line 2: process 0 invokes an operation while"),
        ("{}\n".into(), "line 1: process is missing; allowed is one object a line"),
        (format!("\n{first}"), "line 2: \"cas\": its argument is [1]; allowed is a list [old, new]"),
        (long, "line 1: \"cas\": its argument is [1]"),
        ("{:process 0\n:type :invoke".into(), "line 2: no EDN: the end of the text where the '{' of line 1"),
        (
            first.replace("cas", "add"),
            "line 1: \"add\": a cas-register has no such operation; allowed are read, write and cas",
        ),
    ] {
        let output = with_input(&["history", "-", "--model", "cas-register"], &input);
        assert_eq!(output.status.code(), Some(2), "{input}: {}", out(&output));
        assert!(err(&output).contains(words), "{input}: {}", err(&output));
        assert!(err(&output).chars().count() < 400 && out(&output).is_empty(), "{input}: {}", err(&output));
    }
    let missing = bivalent(&["history", "no-such-file", "--model", "bank"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(err(&missing).contains("no-such-file: "), "{}", err(&missing));
}

#[test]
fn a_history_is_drawn_with_its_order_or_its_culprit() {
    let path = file("history.svg");
    let name = path.to_str().expect("a plain path");
    let arguments = ["history", "-", "--model", "register", "--out", name];
    assert_eq!(with_input(&arguments, STALE).status.code(), Some(1));
    let svg = fs::read_to_string(&path).expect("it was written");
    for words in [
        ">read → null</text>",
        ">fits nowhere</text>",
        ">write 2 ?</text>",
        "process 2: read returned null: this fits nowhere.",
    ] {
        assert!(svg.contains(words), "no {words} in {svg}");
    }
    let right =
        STALE.replace("\"type\":\"ok\",\"f\":\"read\",\"value\":null", "\"type\":\"ok\",\"f\":\"read\",\"value\":1");
    assert_eq!(with_input(&arguments, &right).status.code(), Some(0));
    let svg = fs::read_to_string(&path).expect("it was written");
    for words in [">1</text>", ">2</text>", "2. process 2: read returned 1."] {
        assert!(svg.contains(words), "no {words} in {svg}");
    }
    assert!(!svg.contains("nowhere"), "{svg}");
    let other = with_input(&["history", "-", "--model", "register", "--out", "history.gif"], &right);
    assert_eq!(other.status.code(), Some(2));
    assert!(err(&other).contains("it ends in .svg, .tex"), "{}", err(&other));
}
