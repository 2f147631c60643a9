//! Explorers: every run that a model allows, not just one.
//!
//! All of them stand on a [`StepTable`], which gives numbers to the local states and messages of a stack and runs the
//! protocol's code once for each step that is really new. On top of it every explorer is rules for one [`Search`]:
//! *strict* and *lossy* go event by event, *synchronous* exchange by exchange, the *heard-of* graph phase by phase.
//! [`exhaustive`] explores a protocol as its entry in the catalogue says, and judges every configuration.
//!
//! A search is worked in slices: `step(budget)` expands at most so many configurations and reports its [`SearchProgress`].
//! A caller that has seen enough just stops calling; the findings stay.

mod inbox_states;
mod search;
mod step_table;
mod view;

pub mod strict;
pub mod valency;

pub mod heard_of;
pub mod synchronous;

pub mod lossy;

pub mod operating;

pub mod exhaustive;

pub use search::{EVERYBODY, Edges, Rules, Search, Successors, Viewed};
pub use step_table::{Mail, NULL, RECOVERY, REQUEST, StepOutcome, StepTable, StrictEvent, StrictStep, Tracked};
pub use view::ConfigurationView;

/// The most configurations that a search finds unless told otherwise.
pub const LIMIT: usize = 5_000_000;

/// The progress of a search.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SearchProgress {
    /// Configurations found.
    pub found: usize,
    /// Configurations whose successors are known.
    pub expanded: usize,
    /// Nothing is left to do: all was found, or the limit was hit.
    pub done: bool,
}
