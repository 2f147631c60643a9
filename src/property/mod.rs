//! What must hold, and the five verdicts.

use serde::Serialize;

/// A property of runs, by its name in the literature.
///
/// Who is *correct* is judged by who is faulty so far.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Property {
    /// Consensus: no two processes decide differently, faulty ones included (uniform agreement).
    Agreement,
    /// Consensus: a decided value was proposed by some process.
    Validity,
    /// Consensus: every correct process decides in the end.
    Termination,
    /// Consensus: no process decides twice.
    Integrity,
    /// Links and broadcasts: what a correct process sends arrives at every correct process in the end.
    Delivery,
    /// Links and broadcasts: nothing is delivered more often than it was sent.
    NoDuplication,
    /// Links and broadcasts: nothing is delivered that was not sent by the process it is said to be from.
    NoCreation,
    /// Links and broadcasts: what one process sends is delivered in the order of sending.
    FifoOrder,
    /// Broadcasts: what some correct process delivers, every correct process delivers in the end.
    DeliveryAgreement,
    /// Detectors: every crashed process is in the end suspected by every correct one, for good.
    StrongCompleteness,
    /// Detectors: nobody is suspected before it crashes.
    StrongAccuracy,
    /// Money: when everything has come to rest, as much is on the books as there was at first.
    Conservation,
}
