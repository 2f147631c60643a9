//! The gallery: every lesson runs, ends, and shows what it says it shows.

use crate::summary;
use bivalent::engine::{Choice, Fact};
use bivalent::process::ProcessId;
use bivalent::property::Verdict;
use bivalent::scenario::{GALLERY, LESSONS, Link, Scenario, first, named};
use expect_test::expect_file;
use std::collections::BTreeSet;

/// What is violated in each scenario, for its lesson's sake.
const VIOLATED: &[(&str, &[&str])] = &[
    ("word-of-mouth", &[]),
    ("half-a-transfer", &["conservation"]),
    ("whole-transfer", &[]),
    ("told-half-the-room", &[]),
    ("told-the-whole-room", &[]),
    ("told-who-died-too", &[]),
    ("back-from-the-dead", &["agreement"]),
    ("back-with-a-diary", &[]),
    ("overtaking", &["fifo-order"]),
    ("in-order", &[]),
    ("answer-first", &["causal-order"]),
    ("question-first", &[]),
    ("say-it-once", &["delivery"]),
    ("say-it-again", &["no-duplication"]),
    ("say-it-again-and-remember", &[]),
    ("slow-or-dead", &["strong-accuracy"]),
    ("the-third-party", &["conservation"]),
    ("signed-and-lost", &["conservation"]),
    ("two-faces", &["agreement"]),
    ("one-face", &[]),
    ("three-generals", &[]),
    ("three-generals-again", &["agreement", "obedience"]),
    ("four-generals", &[]),
    ("photograph", &[]),
    ("blurred-photograph", &["consistent-cut"]),
    ("light-is-slow", &[]),
    ("in-step", &[]),
    ("out-of-breath", &["agreement"]),
    ("storm-and-calm", &["agreement"]),
    ("out-of-step", &["agreement"]),
    ("nobody-decides", &[]),
];

#[test]
fn every_run_of_the_gallery_is_as_it_was_written_down() {
    expect_file!["../data/gallery.txt"].assert_eq(&summary::gallery());
}

#[test]
fn every_file_is_named_as_its_scenario_and_reads_back_as_it_was_written() {
    for (name, text) in GALLERY {
        let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(scenario.name, *name);
        assert_eq!(Scenario::parse(&scenario.to_json()), Ok(scenario.clone()), "{name}");
        let link = Link { scenario, position: 3 };
        assert_eq!(Link::decode(&link.encode().expect("a scenario of the gallery fits a link")), Ok(link), "{name}");
    }
}

#[test]
fn every_file_of_the_folder_is_in_the_gallery() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/static/scenarios");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the folder of scenarios is there")
        .map(|file| file.expect("a readable folder").file_name().to_string_lossy().into_owned())
        .collect();
    let names: BTreeSet<String> = GALLERY.iter().map(|(name, _)| format!("{name}.json")).collect();
    assert_eq!(files, names);
}

/// The scenarios that open a lesson: those that are the first of their worlds, or have none.
fn lessons() -> impl Iterator<Item = Scenario> {
    GALLERY.iter().map(|(name, _)| named(name).expect("in the gallery")).filter(|scenario| {
        let worlds = scenario.lesson.as_ref().map(|lesson| &lesson.worlds);
        worlds.is_some_and(|worlds| worlds.first().is_none_or(|world| world.scenario == scenario.name))
    })
}

#[test]
fn the_table_of_contents_says_what_the_files_say() {
    let contents: Vec<(String, String)> = lessons()
        .map(|scenario| {
            let topic = scenario.lesson.expect("it is a lesson").topic;
            (scenario.name, format!("{} — {topic}", scenario.title))
        })
        .collect();
    let told: Vec<(String, String)> = LESSONS.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
    assert_eq!(told, contents);
    assert_eq!(first().name, LESSONS[0].0);
}

#[test]
fn every_scenario_is_a_lesson_or_a_world_of_one() {
    let mut reached = BTreeSet::new();
    for lesson in lessons() {
        reached.extend(lesson.lesson.iter().flat_map(|text| &text.worlds).map(|world| world.scenario.clone()));
        reached.insert(lesson.name);
    }
    for (name, _) in GALLERY {
        assert!(reached.contains(*name), "{name} cannot be reached from a lesson");
    }
    for name in &reached {
        assert!(named(name).is_ok(), "a lesson has a world {name}, which is not in the gallery");
    }
}

#[test]
fn every_lesson_asks_a_question_and_tells_what_one_has_seen() {
    for scenario in lessons() {
        let name = &scenario.name;
        let lesson = scenario.lesson.as_ref().expect("it is a lesson");
        assert!((2..=3).contains(&lesson.answers.len()), "{name}: two or three answers");
        for (text, what) in [
            (&lesson.topic, "topic"),
            (&lesson.question, "question"),
            (&lesson.watch, "what to watch"),
            (&lesson.aha, "what one has seen"),
            (&lesson.simplifies, "what is simplified"),
            (&scenario.title, "title"),
        ] {
            assert!(!text.trim().is_empty(), "{name} has no {what}");
        }
        assert!(lesson.cast.len() <= scenario.processes, "{name}: more people than processes");
    }
}

#[test]
fn every_scenario_violates_what_its_lesson_is_about_and_nothing_else() {
    let names: Vec<&str> = GALLERY.iter().map(|(name, _)| *name).collect();
    let told: Vec<&str> = VIOLATED.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, told);
    for (name, violated) in VIOLATED {
        let mut history = named(name).expect("in the gallery").start().expect("valid");
        history.run(100_000).expect("it ends");
        let at_rest = history.is_at_rest();
        let found: Vec<&str> = history
            .monitors()
            .judge(history.engine(), at_rest)
            .iter()
            .filter(|judgement| judgement.verdict == Verdict::Violated)
            .map(|judgement| judgement.name)
            .collect();
        assert_eq!(found, *violated, "{name}");
    }
}

#[test]
fn nothing_a_person_did_is_missed_in_the_gallery() {
    for (name, _) in GALLERY {
        let mut history = named(name).expect("in the gallery").start().expect("valid");
        history.run(100_000).expect("it ends");
        assert_eq!(history.missed(), [], "{name}");
    }
}

#[test]
fn one_of_three_generals_gets_the_same_letters_whoever_lies() {
    let letters = |name: &str| {
        let mut history = named(name).expect("in the gallery").start().expect("valid");
        history.run(1_000).expect("it ends");
        let facts = history.facts(0, history.position());
        let received = facts.iter().filter(|fact| match fact.choice {
            Choice::Deliver(message) => message.to == ProcessId(1),
            _ => false,
        });
        let text = |fact: &Fact| fact.letter.as_ref().map(|(payload, _)| (fact.at_us, payload.text()));
        received.map(text).collect::<Vec<_>>()
    };
    assert_eq!(letters("three-generals"), letters("three-generals-again"));
    assert_eq!(letters("three-generals").len(), 2);
}
