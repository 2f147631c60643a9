//! The graphs that the theorists' door can draw.

use bivalent::explorer::heard_of::Layering;

/// A kind of graph.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GraphKind {
    /// Event by event.
    Strict,
    /// Phase by phase.
    Layered(Layering),
    /// The vicinity of the adversary's configuration, without an end.
    Around,
}
