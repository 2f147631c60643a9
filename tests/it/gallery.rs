//! The gallery: every lesson runs, ends, and shows what it says it consequence.

use crate::common::{builtin, named};
use crate::summary;
use bivalent::engine::Choice;
use bivalent::history::{Fact, Mark};
use bivalent::lab::PACE_US;
use bivalent::process::{Indication, Outcome, ProcessId};
use bivalent::property::Verdict;
use bivalent::scenario::{GALLERY, LESSONS, Link, Scenario, first};
use expect_test::expect_file;
use std::collections::BTreeSet;

/// The moment that a lesson is about comes while people still look, at the speed at which it opens: the first violation,
/// or else the first decision, or else the first thing that fails, or else the end.
#[test]
fn what_is_interesting_comes_within_twenty_seconds() {
    for (name, _) in VIOLATED.iter().filter(|(name, _)| *name != "nobody-decides") {
        let scenario = named(name);
        let mut history = scenario.start(builtin()).expect("valid");
        history.run(100_000);
        let first = |wanted: Mark| {
            let mut marked = history.marked();
            marked.find(|(_, record)| record.mark == Some(wanted)).map(|(_, record)| record.at_us)
        };
        let marks = [Mark::Violation, Mark::Decision, Mark::Fault].into_iter().find_map(first);
        let moment_us = marks.unwrap_or(history.engine().now_us()) as f64;
        let seconds = moment_us / (1_000.0 * PACE_US * 2f64.powi(scenario.speed()));
        assert!(seconds <= 20.0, "{name}: {seconds:.1} s, in a lesson that opens at speed {}", scenario.speed());
    }
}

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
    ("both-dead", &[]),
    ("timeout-dial", &["strong-accuracy"]),
    ("timeout-dial-middle", &["strong-accuracy"]),
    ("timeout-dial-long", &[]),
    ("for-good", &["strong-accuracy"]),
    ("taken-back", &[]),
    ("one-to-trust", &[]),
    ("the-third-party", &["conservation"]),
    ("signed-and-lost", &["conservation"]),
    ("brick-by-brick", &[]),
    ("brick-not-repeated", &["delivery"]),
    ("brick-not-sealed", &["no-creation"]),
    ("brick-not-ordered", &["fifo-order"]),
    ("two-faces", &["agreement"]),
    ("one-face", &[]),
    ("three-generals", &[]),
    ("three-generals-again", &["agreement", "obedience"]),
    ("four-generals-again", &[]),
    ("four-generals", &[]),
    ("three-in-the-room", &["consistency", "delivery-agreement"]),
    ("three-in-the-room-again", &[]),
    ("four-in-the-room", &[]),
    ("photograph", &[]),
    ("blurred-photograph", &["consistent-cut"]),
    ("near-copy", &["linearisable"]),
    ("far-copy", &[]),
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
        let scenario = builtin().read(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(scenario.name, *name);
        assert_eq!(builtin().read(&scenario.to_json()), Ok(scenario.clone()), "{name}");
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

/// The scenarios that open a lesson.
fn lessons() -> impl Iterator<Item = Scenario> {
    LESSONS.iter().map(|line| named(line.name))
}

#[test]
fn the_first_scenario_opens_the_first_lesson() {
    assert_eq!(first().name, LESSONS[0].name);
    assert_eq!(LESSONS[0].label, "Word of mouth — No shared memory");
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
        assert!(builtin().known(name).is_some(), "a lesson has a world {name}, which is not in the gallery");
    }
}

#[test]
fn every_scenario_says_what_the_notes_say_and_what_is_true() {
    for (name, _) in GALLERY {
        let lesson = named(name).lesson.expect("a lesson, or a world of one");
        let notes = lesson.notes.unwrap_or_else(|| panic!("{name} has no notes"));
        assert!(!notes.notes.is_empty() && notes.precisely.len() > 40, "{name}");
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
        let mut history = named(name).start(builtin()).expect("valid");
        history.run(100_000).expect("it ends");
        let judgements = history.judgements();
        let violations = judgements.iter().filter(|judgement| judgement.verdict == Verdict::Violated);
        let found: Vec<&str> = violations.map(|judgement| &*judgement.name).collect();
        assert_eq!(found, *violated, "{name}");
    }
}

#[test]
fn nothing_a_person_did_is_missed_in_the_gallery() {
    for (name, _) in GALLERY {
        let mut history = named(name).start(builtin()).expect("valid");
        history.run(100_000).expect("it ends");
        assert_eq!(history.missed(), [], "{name}");
    }
}

/// The messages that come to `me` in a scenario of the gallery, with their times.
fn messages(name: &str, me: ProcessId) -> Vec<(u64, String)> {
    let mut history = named(name).start(builtin()).expect("valid");
    history.run(1_000).expect("it ends");
    let facts = history.facts(0, history.position());
    let received = facts.iter().filter(|fact| matches!(fact.choice, Choice::Deliver(message) if message.to == me));
    let text = |fact: &Fact| {
        let payload = &fact.arrival.as_ref().expect("a delivery is about a message").payload;
        (fact.at_us, format!("{:?} {}", fact.choice, payload.text()))
    };
    received.map(text).collect()
}

#[test]
fn one_of_three_gets_literally_the_same_messages_whoever_lies() {
    for (one, other, count) in
        [("three-generals", "three-generals-again", 2), ("three-in-the-room", "three-in-the-room-again", 5)]
    {
        assert_eq!(messages(one, ProcessId(1)), messages(other, ProcessId(1)), "{one} and {other}");
        assert_eq!(messages(one, ProcessId(1)).len(), count, "{one}");
    }
}

#[test]
fn slow_and_dead_look_the_same_until_p0_has_decided_and_then_the_answer_comes_too_late() {
    // What p0 has seen up to its suspicion of p2, and what comes after.
    let seen = |name: &str| {
        let mut history = named(name).start(builtin()).expect("valid");
        history.run(1_000).expect("it ends");
        let mine = history.facts(0, history.position());
        let mine: Vec<Fact> = mine.into_iter().filter(|fact| fact.choice.process() == Some(ProcessId(0))).collect();
        let suspects = |fact: &Fact| {
            fact.outcomes
                .iter()
                .any(|one| matches!(one, Outcome::Indicate(Indication::Suspect(process)) if process.0 == 2))
        };
        let place = mine.iter().position(suspects).expect("p2 is suspected");
        let text = |fact: &Fact| {
            (fact.at_us, format!("{:?}", fact.choice), fact.arrival.as_ref().map(|arrival| arrival.payload.text()))
        };
        let before: Vec<_> = mine[..=place].iter().map(text).collect();
        let from_p2 = |fact: &&Fact| fact.choice.message().is_some_and(|message| message.from.0 == 2);
        let after = mine[place + 1..].iter().filter(from_p2).count();
        (before, after)
    };
    let ((slow, late), (dead, never)) = (seen("slow-or-dead"), seen("both-dead"));
    assert_eq!(slow, dead);
    assert!(slow.len() >= 3 && late > 0 && never == 0, "{} events, then {late} and {never} messages", slow.len());
}

#[test]
fn wherever_the_dial_stands_there_is_a_price() {
    // The first false suspicion, and the time at which p1 suspects p2, which crashes after a second.
    let price = |name: &str| {
        let mut history = named(name).start(builtin()).expect("valid");
        history.run(10_000).expect("it ends");
        let facts = history.facts(0, history.position());
        let mut suspicions = facts.iter().flat_map(|fact| {
            fact.outcomes.iter().filter_map(|one| match one {
                Outcome::Indicate(Indication::Suspect(process)) => Some((fact.at_us / 1_000, process.0)),
                _ => None,
            })
        });
        let wrong = suspicions.clone().filter(|(at_ms, process)| *process < 2 || *at_ms < 1_000).count();
        (wrong, suspicions.rfind(|(at_ms, process)| *process == 2 && *at_ms >= 1_000).map(|(at_ms, _)| at_ms))
    };
    let (short, middle, long) = (price("timeout-dial"), price("timeout-dial-middle"), price("timeout-dial-long"));
    assert!(short.0 > middle.0 && middle.0 > 0 && long.0 == 0, "false alarms: {short:?}, {middle:?}, {long:?}");
    let waited = long.1.expect("in the end it is suspected") - 1_000;
    assert!(waited > 3_000, "with a long timeout it takes {waited} ms");
    assert!(middle.1.is_none_or(|at_ms| (1_000..4_000).contains(&at_ms)), "{middle:?}");
}

#[test]
fn worlds_of_a_lesson_differ_in_one_thing() {
    /// The names under which two scenarios say different things.
    fn different(one: &Scenario, other: &Scenario) -> Vec<String> {
        let plain = |scenario: &Scenario| {
            let mut scenario = scenario.clone();
            (scenario.name, scenario.title, scenario.lesson) = (String::new(), String::new(), None);
            serde_json::to_value(scenario).expect("plain data")
        };
        let (one, other) = (plain(one), plain(other));
        let fields = |value: &serde_json::Value| value.as_object().expect("an object").clone();
        let names: BTreeSet<String> = fields(&one).keys().chain(fields(&other).keys()).cloned().collect();
        names.into_iter().filter(|name| one.get(name) != other.get(name)).collect()
    }
    // What has to change together: another protocol has its own parameters and processes; more processes, more people.
    const TOGETHER: &[&str] = &["protocol", "parameters", "processes", "stack", "until_ms"];
    for lesson in lessons() {
        for world in lesson.lesson.iter().flat_map(|text| &text.worlds) {
            let other = named(&world.scenario);
            let mut names = different(&lesson, &other);
            if other.protocol != lesson.protocol || other.processes != lesson.processes {
                names.retain(|name| !TOGETHER.contains(&name.as_str()));
            } else {
                names.retain(|name| name != "until_ms");
            }
            assert!(names.len() <= 1, "{} and {}: {names:?}", lesson.name, other.name);
        }
    }
}

#[test]
fn a_link_to_a_scenario_that_is_none_is_refused_by_field() {
    let mut scenario = named("in-step");
    scenario.places = vec!["atlantis".into(); scenario.processes];
    let text = Link { scenario, position: 3 }.encode().expect("it fits a link");
    let error = builtin().link(&text).expect_err("there is no such city");
    assert!(error.contains("places[0]: there is no city \"atlantis\""), "{error}");
    let text = Link { scenario: named("in-step"), position: 3 }.encode().expect("it fits a link");
    assert_eq!(builtin().link(&text).map(|link| link.position), Ok(3));
}

#[test]
fn the_near_copy_answers_with_the_old_value_after_somebody_has_read_the_new_one() {
    let answers = |name: &str| {
        let mut history = named(name).start(builtin()).expect("valid");
        history.run(1_000).expect("it ends");
        let operations = history.operations().iter().map(|operation| (operation.process.0, operation.words()));
        let mut operations: Vec<(u16, String)> = operations.collect();
        operations.sort_by_key(|(process, _)| *process);
        let [_, write, near, far] = &operations[..] else { panic!("four operations") };
        let of = |process| history.operations().iter().rfind(|operation| operation.process == ProcessId(process));
        let (first, then) = (of(4).expect("it reads"), of(3).expect("it reads"));
        assert!(first.end.as_ref().expect("answered").event < then.event, "one read ends before the other begins");
        let written = of(2).expect("it writes").end.as_ref().expect("answered");
        assert!(written.at_us > 8_000_000, "the write waits for the second copy");
        [write.1.clone(), near.1.clone(), far.1.clone()]
    };
    assert_eq!(answers("near-copy"), ["write new", "read → old", "read → new"]);
    assert_eq!(answers("far-copy"), ["write new", "read → new", "read → new"]);
}
