//! The ways in which processes fail.

use super::{ProcessSet, Rate};
use crate::process::ProcessId;
use serde::{Deserialize, Serialize};

/// The ways in which processes fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failures {
    /// A process may stop, and takes no step after that.
    #[default]
    CrashStop,
    /// A process may stop and come back later with what it had stored; the rest of its state, its timers and the
    /// messages that arrived in between are gone.
    CrashRecovery,
    /// A process may do anything: see [`Behaviour`].
    Byzantine,
}

impl Failures {
    /// All of them, mildest first.
    pub const ALL: [Failures; 3] = [Failures::CrashStop, Failures::CrashRecovery, Failures::Byzantine];

    /// The names in files, in the same order.
    pub const NAMES: [&str; 3] = ["crash-stop", "crash-recovery", "byzantine"];

    /// The name in files.
    pub fn name(self) -> &'static str {
        Failures::NAMES[self as usize]
    }

    /// The promise of the model, in one sentence.
    pub fn promise(self) -> &'static str {
        match self {
            Failures::CrashStop => "A process may stop for good. Until then it does what its program says.",
            Failures::CrashRecovery => "A process may stop and come back, with what it had stored and nothing else.",
            Failures::Byzantine => {
                "A faulty process may do anything: be silent, lie, tell each another story, or use another's name."
            }
        }
    }
}

/// The behaviour of a Byzantine process besides running its program, all at once. The default is nothing: it does what
/// its program says, for now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Behaviour {
    /// It takes steps, and nothing leaves it.
    pub silent: bool,
    /// The probability that a message that it sends says something else, well-formed and untrue.
    pub lies: Rate,
    /// The processes to which its *twin* talks, if any: a second core of the same program, with another input. Both hear
    /// everything, and each peer hears one of them.
    #[serde(skip_serializing_if = "ProcessSet::is_empty")]
    pub twin: ProcessSet,
    /// The name that it uses: each of its messages it sends once more as if that process had said something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forges: Option<ProcessId>,
    /// The delay with which its messages leave, in milliseconds.
    pub delay_ms: u32,
    /// The probability that a message that it sends is sent once more, some time after.
    pub replays: Rate,
    /// True if it plays together with the others of whom this is true: their twins talk to the same processes, and what
    /// one receives it hands on to them.
    pub colludes: bool,
}

impl Behaviour {
    /// Takes steps, and nothing leaves it.
    pub fn silent() -> Self {
        Behaviour { silent: true, ..Behaviour::default() }
    }

    /// Its behaviour, in words.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut add = |does: bool, words: &str| {
            if does {
                text.push_str(if text.is_empty() { "" } else { ", " });
                text.push_str(words);
            }
        };
        add(self.silent, "is silent");
        add(self.lies.0 > 0, "lies");
        add(!self.twin.is_empty(), "tells each another story");
        add(self.forges.is_some(), "uses another's name");
        add(self.delay_ms > 0, "sends late");
        add(self.replays.0 > 0, "repeats old messages");
        add(self.colludes, "has accomplices");
        if text.is_empty() { "behaves, for now".to_owned() } else { text }
    }
}
