//! Files and links of older versions open for ever, and their runs are what they were: the same hash at the same moment.
//!
//! `tests/data/version-1` has every scenario of the gallery as it was written in version 1, and a line for each with a
//! moment, the trace's hash there, and a link to it, all made by the last program that wrote version 1.

use crate::common::builtin;
use bivalent::lab::Lab;
use bivalent::scenario::{Link, ModuleLine, Scenario, VERSION};
use std::fs;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/version-1")
}

#[test]
fn files_and_links_of_version_1_open_and_run_as_they_did() {
    let text = fs::read_to_string(folder().join("links.txt")).expect("it is there");
    let mut seen = 0;
    for line in text.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let [name, event, hash, link] = fields[..] else { panic!("{line}") };
        let event: u64 = event.parse().expect("a number");
        let file = fs::read_to_string(folder().join(format!("{name}.json"))).expect("it is there");
        let scenario = builtin().read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(scenario.version, VERSION, "{name} is read as a scenario of today");
        let link = Link::decode(link).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((&link.scenario, link.position), (&scenario, event), "{name}: file and link say the same");
        let lab = Lab::from_link(builtin(), link).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(lab.history().position(), event, "{name}");
        if event > 0 {
            assert_eq!(format!("{:016x}", lab.history().engine().trace_hash()), hash, "{name} after event {event}");
            seen += 1;
        }
        // What is written from it is of today's version, and the same.
        assert_eq!(builtin().read(&scenario.to_json()).as_ref(), Ok(&scenario), "{name}");
    }
    assert!(seen > 40, "nearly every one has events: {seen}");
}

#[test]
fn what_version_1_called_otherwise_is_understood_there_and_refused_today() {
    let file = |version: u32, rest: &str| {
        Scenario::parse(&format!(r#"{{"version": {version}, "name": "x", "processes": 2, {rest}}}"#))
    };
    let old = file(1, r#""protocol": "letters", "stack": ["perfect-link"]"#).expect("of version 1");
    assert_eq!((&*old.protocol, old.modules.clone()), ("plain-messages", Some(ModuleLine::stack(["perfect-link"]))));
    assert_eq!(file(2, r#""protocol": "plain-messages", "modules": ["perfect-link"]"#), Ok(old));
    let error = file(2, r#""protocol": "plain-messages", "stack": []"#).expect_err("the name is of version 1");
    assert!(error.contains("unknown field `stack`"), "{error}");
    let error = file(3, r#""protocol": "plain-messages""#).expect_err("from the future");
    assert_eq!(error, "version: 3 is not known; this laboratory reads versions 1 to 2");
    let error = file(2, r#""protocol": "plain-messages", "program": []"#).expect_err("kept for later");
    assert!(error.starts_with("program: this field is kept for later"), "{error}");
    let error = file(1, r#""protocol": "letters", "models": {"links": {"loss": 7}}"#).expect_err("a rate");
    assert!(error.starts_with("models.links.loss:"), "{error}");
}
