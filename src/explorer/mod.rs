//! Explorers: every run that a model allows, not just one.
//!
//! All of them stand on a [`Machine`], which gives numbers to the local states and messages of a stack and runs the
//! protocol's code once for each step that is really new. On top of it the *strict* and the *lossy* explorer are
//! rules for one [`Search`]; the *synchronous* explorer goes round by round; the *heard-of* graph goes phase by phase.
//!
//! A search is worked in slices: `step(budget)` expands at most so many configurations and reports its [`Progress`].
//! Whoever has seen enough just stops calling; what was found stays.

mod machine;
mod search;

pub mod strict;
pub mod valency;

pub mod heard_of;
pub mod synchronous;

pub mod lossy;

pub use machine::{Branch, Event, Machine, Mail, NULL, Step, Watch};
pub use search::{EVERYBODY, Edges, Found, Rules, Search};

/// The most configurations that a search finds unless told otherwise.
pub const LIMIT: usize = 5_000_000;

/// How far a search has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Configurations found.
    pub found: usize,
    /// Configurations whose successors are known.
    pub expanded: usize,
    /// Nothing is left to do: all was found, or the limit was hit.
    pub done: bool,
}
