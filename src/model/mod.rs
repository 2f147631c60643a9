//! What may go wrong: the models of failures, links and timing that a scenario chooses.

use serde::{Deserialize, Serialize};

mod failures;
mod links;
mod timing;

pub use failures::Failures;
pub use links::{LinkKind, Links, Rate};
pub use timing::{Timing, TimingKind};

/// The three models of a scenario.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Models {
    /// How processes fail.
    pub failures: Failures,
    /// What links do to messages.
    pub links: Links,
    /// What is known about time.
    pub timing: Timing,
}

impl Models {
    /// Checks what the types cannot. The error names the field and what is allowed.
    pub fn check(&self) -> Result<(), String> {
        self.links.check()?;
        self.timing.check()
    }
}
