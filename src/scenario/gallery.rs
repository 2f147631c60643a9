//! The gallery: scenarios that come with the laboratory, in the order in which to meet them.

use super::Scenario;
use std::sync::LazyLock;

/// The files, by name.
pub const GALLERY: &[(&str, &str)] = &[
    ("word-of-mouth", include_str!("../../static/scenarios/word-of-mouth.json")),
    ("half-a-transfer", include_str!("../../static/scenarios/half-a-transfer.json")),
    ("whole-transfer", include_str!("../../static/scenarios/whole-transfer.json")),
    ("told-half-the-room", include_str!("../../static/scenarios/told-half-the-room.json")),
    ("told-the-whole-room", include_str!("../../static/scenarios/told-the-whole-room.json")),
    ("told-who-died-too", include_str!("../../static/scenarios/told-who-died-too.json")),
    ("back-from-the-dead", include_str!("../../static/scenarios/back-from-the-dead.json")),
    ("back-with-a-diary", include_str!("../../static/scenarios/back-with-a-diary.json")),
    ("overtaking", include_str!("../../static/scenarios/overtaking.json")),
    ("in-order", include_str!("../../static/scenarios/in-order.json")),
    ("answer-first", include_str!("../../static/scenarios/answer-first.json")),
    ("question-first", include_str!("../../static/scenarios/question-first.json")),
    ("say-it-once", include_str!("../../static/scenarios/say-it-once.json")),
    ("say-it-again", include_str!("../../static/scenarios/say-it-again.json")),
    ("say-it-again-and-remember", include_str!("../../static/scenarios/say-it-again-and-remember.json")),
    ("slow-or-dead", include_str!("../../static/scenarios/slow-or-dead.json")),
    ("both-dead", include_str!("../../static/scenarios/both-dead.json")),
    ("timeout-dial", include_str!("../../static/scenarios/timeout-dial.json")),
    ("timeout-dial-middle", include_str!("../../static/scenarios/timeout-dial-middle.json")),
    ("timeout-dial-long", include_str!("../../static/scenarios/timeout-dial-long.json")),
    ("for-good", include_str!("../../static/scenarios/for-good.json")),
    ("taken-back", include_str!("../../static/scenarios/taken-back.json")),
    ("one-to-trust", include_str!("../../static/scenarios/one-to-trust.json")),
    ("the-third-party", include_str!("../../static/scenarios/the-third-party.json")),
    ("signed-and-lost", include_str!("../../static/scenarios/signed-and-lost.json")),
    ("brick-by-brick", include_str!("../../static/scenarios/brick-by-brick.json")),
    ("brick-not-repeated", include_str!("../../static/scenarios/brick-not-repeated.json")),
    ("brick-not-sealed", include_str!("../../static/scenarios/brick-not-sealed.json")),
    ("brick-not-ordered", include_str!("../../static/scenarios/brick-not-ordered.json")),
    ("two-faces", include_str!("../../static/scenarios/two-faces.json")),
    ("one-face", include_str!("../../static/scenarios/one-face.json")),
    ("three-generals", include_str!("../../static/scenarios/three-generals.json")),
    ("three-generals-again", include_str!("../../static/scenarios/three-generals-again.json")),
    ("four-generals-again", include_str!("../../static/scenarios/four-generals-again.json")),
    ("four-generals", include_str!("../../static/scenarios/four-generals.json")),
    ("three-in-the-room", include_str!("../../static/scenarios/three-in-the-room.json")),
    ("three-in-the-room-again", include_str!("../../static/scenarios/three-in-the-room-again.json")),
    ("four-in-the-room", include_str!("../../static/scenarios/four-in-the-room.json")),
    ("photograph", include_str!("../../static/scenarios/photograph.json")),
    ("blurred-photograph", include_str!("../../static/scenarios/blurred-photograph.json")),
    ("near-copy", include_str!("../../static/scenarios/near-copy.json")),
    ("far-copy", include_str!("../../static/scenarios/far-copy.json")),
    ("light-is-slow", include_str!("../../static/scenarios/light-is-slow.json")),
    ("in-step", include_str!("../../static/scenarios/in-step.json")),
    ("out-of-breath", include_str!("../../static/scenarios/out-of-breath.json")),
    ("storm-and-calm", include_str!("../../static/scenarios/storm-and-calm.json")),
    ("out-of-step", include_str!("../../static/scenarios/out-of-step.json")),
    ("nobody-decides", include_str!("../../static/scenarios/nobody-decides.json")),
];

/// The names of the files.
pub fn names() -> impl Iterator<Item = &'static str> {
    GALLERY.iter().map(|(name, _)| *name)
}

/// A line of the table of contents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LessonLine {
    /// The scenario that opens the lesson.
    pub name: &'static str,
    /// Its title and its topic.
    pub label: String,
}

/// The lessons: the scenarios that are the first of their worlds, or have no others.
pub static LESSONS: LazyLock<Vec<LessonLine>> = LazyLock::new(|| {
    let of = |(name, text): &(&'static str, &str)| {
        let scenario = parse(text);
        let lesson = scenario.lesson?;
        let opens = lesson.worlds.first().is_none_or(|world| world.scenario == *name);
        opens.then(|| LessonLine { name, label: format!("{} — {}", scenario.title, lesson.topic) })
    };
    GALLERY.iter().filter_map(of).collect()
});

fn parse(text: &str) -> Scenario {
    Scenario::parse(text).expect("the gallery is valid: a test reads every file")
}

/// The scenario that opens when nothing else is asked for.
pub fn first() -> Scenario {
    let (_, text) = GALLERY[0];
    parse(text)
}
