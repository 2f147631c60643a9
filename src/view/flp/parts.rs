//! The parts that several screens of the FLP view share.

use crate::view::builtin::builtin;
use crate::view::canvas::{Canvas, Pointed, Source};
use bivalent::explorer::valency::Valency;
use bivalent::flp::game::Open;
use bivalent::model::{Timing, TimingKind};
use bivalent::scenario::Scenario;
use bivalent::scene::Valence;
pub use bivalent::scene::count;
use std::rc::Rc;
use yew::prelude::*;

/// A scenario of three processes in which nothing is timed as one would like.
pub fn base(protocol: &str) -> Scenario {
    let mut scenario = Scenario::of(&builtin().find(protocol).expect("in the catalogue"), 3);
    scenario.inputs = [false, true, true].map(|bit| Some(bit.into())).into();
    scenario.models.timing = Timing { kind: TimingKind::Asynchronous, ..Timing::default() };
    scenario.seed = 2;
    scenario
}

/// The way in which an exact valency is drawn; without one nobody knows.
pub fn valence(valency: impl Into<Option<Valency>>) -> Valence {
    match valency.into() {
        Some(Valency::Zero) => Valence::Zero,
        Some(Valency::One) => Valence::One,
        Some(Valency::Bivalent) => Valence::Both,
        Some(Valency::Null) => Valence::Nothing,
        None => Valence::Unknown,
    }
}

/// The mark of a moment by what is known of it.
pub fn mark(valency: impl Into<Option<Valency>>) -> Html {
    figure(valence(valency))
}

/// The mark of a moment: both colours, one, a hollow ring, a question mark where it is not known.
pub fn figure(valence: Valence) -> Html {
    let (left, right) = match valence {
        Valence::Zero => ("zero", "zero"),
        Valence::One => ("one", "one"),
        Valence::Both => ("zero", "one"),
        Valence::Nothing | Valence::Horizon | Valence::Unknown | Valence::Unseen => ("none", "none"),
    };
    html! {
        <svg viewBox="0 0 64 64" aria-hidden="true" class="valency">
            <path d="M32 4a28 28 0 0 0 0 56z" class={left} />
            <path d="M32 4a28 28 0 0 1 0 56z" class={right} />
            <circle cx="32" cy="32" r="28" class="ring" stroke-dasharray={(valence == Valence::Unseen).then_some("6 5")} />
            if left == "zero" { <text x="19" y="40" class="on-zero">{ "0" }</text> }
            if right == "one" { <text x="45" y="40" class="on-one">{ "1" }</text> }
            if valence == Valence::Horizon { <path d="M4 32h56" class="ring" /> }
            if valence == Valence::Unknown { <text x="32" y="40">{ "?" }</text> }
        </svg>
    }
}

/// An exact valency, in words.
pub fn valency_words(valency: Valency) -> &'static str {
    match valency {
        Valency::Zero => "only 0 is still possible",
        Valency::One => "only 1 is still possible",
        Valency::Bivalent => "bivalent: 0 and 1 are both still possible",
        Valency::Null => "stuck: nothing can be decided any more",
    }
}

/// The disc beside the board.
pub fn disc(valency: impl Into<Option<Valency>>, words: &str) -> Html {
    html! { <figure class="disc">{ mark(valency) }<figcaption>{ words }</figcaption></figure> }
}

/// The values known to be possible, as a valency; without the whole graph only bivalence can be known.
pub fn known(open: Open) -> Option<Valency> {
    let valency = Valency::of(u8::from(open.values[0]) | u8::from(open.values[1]) << 1);
    Some(valency).filter(|valency| open.exact || *valency == Valency::Bivalent)
}

/// The same in words: what was not found is not called impossible, unless the graph is exact.
pub fn open_words(open: Open) -> &'static str {
    match (open.values, open.exact) {
        ([true, true], true) => "0 and 1 are both still possible (exact)",
        ([true, true], false) => "0 and 1 are both still possible (certified: a run to each is known)",
        ([true, false], true) => "only 0 is still possible (exact)",
        ([false, true], true) => "only 1 is still possible (exact)",
        ([false, false], true) => "stuck: nothing can be decided any more (exact)",
        ([true, false], false) => "unknown: a run to 0 is known, none to 1 was found",
        ([false, true], false) => "unknown: a run to 1 is known, none to 0 was found",
        ([false, false], false) => "unknown: no run to a decision was found",
    }
}

/// A board with something beside it.
pub fn board(source: &Source, label: String, on_pointed: Callback<Pointed>, beside: Html) -> Html {
    html! {
        <div class="board-frame">
            <Canvas class="board" source={Rc::clone(source)} {label} {on_pointed} />
            { beside }
        </div>
    }
}

/// The fullest buffer in words, and its growth.
pub fn buffer_words(most: usize, grows: bool) -> String {
    let trend = if grows { "and the buffer is still growing" } else { "and the buffer does not grow" };
    format!("at most {} waited at once, {trend}", count(most, "message"))
}
