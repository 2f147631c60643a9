//! Properties, which must hold, and the five verdicts.
//!
//! A property belongs to a family, one file each, whose monitor remembers what the properties of the family are about. A
//! family is open: whoever uses the library states properties of a family of their own in the same way, with
//! [`Property::always`] and [`Property::in_the_end`], and names them in an entry. A condition on states alone needs no
//! monitor: see [`OwnProperty`].

use serde::{Serialize, Serializer};
use std::fmt::{self, Debug};

mod watch;
mod consensus;
mod broadcast;
mod detector;
mod clocks;
mod money;
pub mod users;
mod detection;
mod promises;
mod own;
mod monitors;

pub use detection::{Crash, Detection, Meter, Suspicion};
pub use money::Holdings;
pub use monitors::{Judgement, Monitors};
pub use own::{OwnProperty, StateVerdict, StateView, vocabulary};
pub use promises::Promise;
pub use watch::{Family, JudgedMoment, Monitor, Notice, OrderedPast, ProcessFacts, Promised, Violations};

/// A property of runs, by its name in the literature. The properties of a family are stated in the family's file.
///
/// A process is *correct* as long as it has not failed so far.
#[derive(Clone, Copy)]
pub struct Property {
    name: &'static str,
    text: &'static str,
    family: &'static Family,
    in_the_end: bool,
    wants_decision: bool,
    when_repeated: bool,
}

impl Property {
    /// A property that a finite run can violate, with its name in kebab-case and its meaning in one plain sentence.
    pub const fn always(family: &'static Family, name: &'static str, text: &'static str) -> Self {
        Property { name, text, family, in_the_end: false, wants_decision: false, when_repeated: false }
    }

    /// A property that speaks about what happens in the end.
    pub const fn in_the_end(family: &'static Family, name: &'static str, text: &'static str) -> Self {
        Property { in_the_end: true, ..Property::always(family, name, text) }
    }

    /// The same, promising a decision: a protocol that is cut off after some rounds cannot keep it.
    pub const fn of_decisions(self) -> Self {
        Property { wants_decision: true, ..self }
    }

    /// The same, judged also where all that is sent again has been sent more often than it can be lost.
    pub const fn of_repeated(self) -> Self {
        Property { when_repeated: true, ..self }
    }

    /// The name in files, in kebab-case.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Its meaning, in one plain sentence.
    pub fn text(self) -> &'static str {
        self.text
    }

    /// Its family.
    pub fn family(self) -> &'static Family {
        self.family
    }

    /// True if it promises a decision. A protocol that is cut off after some rounds cannot keep it.
    pub fn wants_decision(self) -> bool {
        self.wants_decision
    }

    /// True if it is judged also where all that is sent again has been sent more often than it can be lost.
    pub fn is_of_repeated(self) -> bool {
        self.when_repeated
    }

    /// True if a finite run can violate it; the others speak about what happens in the end.
    pub fn is_safety(self) -> bool {
        !self.in_the_end
    }
}

/// Names are those of the literature, and no two properties share one.
impl PartialEq for Property {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Property {}

/// Its name.
impl Debug for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Its name.
impl Serialize for Property {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

/// The five verdicts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum Verdict {
    /// It does not hold, and an event shows it.
    #[serde(rename = "violated")]
    Violated,
    /// It holds in every run: explored exhaustively.
    #[serde(rename = "holds")]
    Holds,
    /// It holds in this run, up to now.
    #[serde(rename = "held so far")]
    HeldSoFar,
    /// The promised event has not happened yet.
    #[serde(rename = "not yet")]
    NotYet,
    /// A limit was hit.
    #[serde(rename = "unknown")]
    Unknown,
}

impl Verdict {
    /// The verdict in words.
    pub fn text(self) -> &'static str {
        match self {
            Verdict::Violated => "violated",
            Verdict::Holds => "holds",
            Verdict::HeldSoFar => "held so far",
            Verdict::NotYet => "not yet",
            Verdict::Unknown => "unknown",
        }
    }
}
