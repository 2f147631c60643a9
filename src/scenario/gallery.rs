//! The gallery: scenarios that come with the laboratory, in the order in which to meet them.

use super::{Scenario, usual, without};
use crate::catalogue;
use crate::quote::quoted;

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
    ("light-is-slow", include_str!("../../static/scenarios/light-is-slow.json")),
    ("in-step", include_str!("../../static/scenarios/in-step.json")),
    ("out-of-breath", include_str!("../../static/scenarios/out-of-breath.json")),
    ("storm-and-calm", include_str!("../../static/scenarios/storm-and-calm.json")),
    ("out-of-step", include_str!("../../static/scenarios/out-of-step.json")),
    ("nobody-decides", include_str!("../../static/scenarios/nobody-decides.json")),
];

/// The names of the files, for whoever does not hold them.
pub const NAMES: [&str; GALLERY.len()] = {
    let mut names = [""; GALLERY.len()];
    let mut place = 0;
    while place < names.len() {
        names[place] = GALLERY[place].0;
        place += 1;
    }
    names
};

/// The scenarios that open a lesson (the first of their worlds, or without others), each with its title and topic: a
/// table of contents for whoever does not hold the files.
pub const LESSONS: &[(&str, &str)] = &[
    ("word-of-mouth", "Word of mouth — No shared memory"),
    ("half-a-transfer", "Half a transfer — Partially completed operations"),
    ("told-half-the-room", "Told half the room — Crash-stop, in the middle of a broadcast"),
    ("back-from-the-dead", "Back from the dead — Crash-recovery"),
    ("overtaking", "Overtaking — Reliable links reorder"),
    ("answer-first", "The answer first — Order"),
    ("say-it-once", "Say it again: said once — Fair-loss links"),
    ("slow-or-dead", "Slow or dead? — Timeouts"),
    ("timeout-dial", "The timeout dial — Timeouts"),
    ("for-good", "Suspected for good — Failure detectors"),
    ("the-third-party", "The third party — Arbitrary links"),
    ("brick-by-brick", "Brick by brick — A stack of links"),
    ("two-faces", "Two faces — Byzantine failures"),
    ("three-generals", "Three generals, four generals — Byzantine failures"),
    ("three-in-the-room", "Three in the room — Byzantine failures"),
    ("photograph", "A photograph of money — A global state"),
    ("light-is-slow", "Light is slow — Geographical limits"),
    ("in-step", "Same code, four clocks — System models"),
    ("nobody-decides", "Nobody decides — FLP"),
];

/// The scenario that opens when nothing else is asked for.
pub fn first() -> Scenario {
    let text = include_str!("../../static/scenarios/word-of-mouth.json");
    Scenario::parse(text).expect("the gallery is valid: a test reads every file")
}

/// The scenario of that name: of the gallery, or the everyday world of a protocol, or that protocol without one of its
/// assumptions.
pub fn known(name: &str) -> Option<Scenario> {
    let (of_gallery, of_protocol) = (GALLERY.iter().find(|(known, _)| *known == name), catalogue::find(name).ok());
    let parse =
        |(_, text): &(&str, &str)| Scenario::parse(text).expect("the gallery is valid: a test reads every file");
    of_gallery.map(parse).or_else(|| of_protocol.map(usual)).or_else(|| without::named(name))
}

/// As [`known`]. The error lists the names that there are.
pub fn named(name: &str) -> Result<Scenario, String> {
    known(name).ok_or_else(|| {
        let names = NAMES.join(", ");
        format!("there is no scenario {}; a protocol's name is one, and the gallery has {names}", quoted(name))
    })
}
