//! How processes fail.

use serde::{Deserialize, Serialize};

/// How processes fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failures {
    /// A process may stop, and takes no step after that.
    #[default]
    CrashStop,
    /// A process may stop and come back later with what it had stored; the rest of its state, its timers and the
    /// messages that arrived in between are gone.
    CrashRecovery,
    /// A process may do anything. Here a Byzantine process can be silent: it takes steps, and nothing leaves it.
    Byzantine,
}

impl Failures {
    /// All of them, mildest first.
    pub const ALL: [Failures; 3] = [Failures::CrashStop, Failures::CrashRecovery, Failures::Byzantine];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Failures::CrashStop => "crash-stop",
            Failures::CrashRecovery => "crash-recovery",
            Failures::Byzantine => "byzantine",
        }
    }

    /// What the model promises, in one sentence.
    pub fn promise(self) -> &'static str {
        match self {
            Failures::CrashStop => "A process may stop for good. Until then it does what its program says.",
            Failures::CrashRecovery => "A process may stop and come back, with what it had stored and nothing else.",
            Failures::Byzantine => "A faulty process may do anything; here it can fall silent while it looks alive.",
        }
    }
}
