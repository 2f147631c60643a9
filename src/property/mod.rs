//! Properties, which must hold, and the five verdicts.

use serde::{Serialize, Serializer};

mod detection;
mod holdings;
mod monitor;
mod own;
pub mod users;

pub use detection::{Crash, Detection, Meter, Suspicion};
pub use holdings::Holdings;
pub use monitor::{Judgement, Monitors, ProcessFacts, Promise};
pub use own::{OwnProperty, StateVerdict, StateView, vocabulary};

/// A property of runs, by its name in the literature.
///
/// A process is *correct* as long as it has not failed so far.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Property {
    /// Consensus: no two processes decide differently, faulty ones included (uniform agreement).
    Agreement,
    /// Consensus: a decided value was proposed by some process.
    Validity,
    /// Consensus: if all correct processes propose the same, no correct process decides anything else.
    StrongValidity,
    /// Generals: if p0 is correct, no correct process decides anything but its input.
    Obedience,
    /// Consensus: every correct process decides in the end.
    Termination,
    /// Consensus: some process decides in the end.
    Progress,
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
    /// Broadcasts: what any process delivers, one that crashes included, every correct process delivers in the end.
    UniformDeliveryAgreement,
    /// Broadcasts: no two correct processes deliver different things from one sender, where each has one thing to
    /// say.
    Consistency,
    /// Broadcasts: nothing is delivered before what it was said to follow: an answer before its question, or a word
    /// before an earlier one of the same sender.
    CausalOrder,
    /// Broadcasts: what two processes both deliver they deliver in the same order.
    TotalOrder,
    /// Detectors: every crashed process is in the end suspected by every correct one, for good.
    StrongCompleteness,
    /// Detectors: nobody is suspected before it crashes.
    StrongAccuracy,
    /// Detectors: in the end no correct process is suspected by a correct one.
    EventualStrongAccuracy,
    /// Leaders: in the end all correct processes trust the same one, which is correct.
    EventualLeadership,
    /// Clocks: two of them, corrected as their processes decided, differ by no more than the errors of the two.
    Precision,
    /// Snapshots: the shares that all processes decide add up to all the money there was at first.
    ConsistentCut,
    /// Money: when everything has come to rest, as much is on the books as there was at first.
    Conservation,
    /// Operations on a register: there is an order of them, in which each comes between its request and its response,
    /// that a single register could have followed.
    Linearisable,
    /// Operations: every request of a user is answered in the end where its process stays up.
    Response,
}

/// Its name.
impl Serialize for Property {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Property {
    /// The name in files, in kebab-case.
    pub fn name(self) -> &'static str {
        match self {
            Property::Agreement => "agreement",
            Property::Validity => "validity",
            Property::StrongValidity => "strong-validity",
            Property::Obedience => "obedience",
            Property::Termination => "termination",
            Property::Progress => "progress",
            Property::Integrity => "integrity",
            Property::Delivery => "delivery",
            Property::NoDuplication => "no-duplication",
            Property::NoCreation => "no-creation",
            Property::FifoOrder => "fifo-order",
            Property::DeliveryAgreement => "delivery-agreement",
            Property::UniformDeliveryAgreement => "uniform-delivery-agreement",
            Property::Consistency => "consistency",
            Property::CausalOrder => "causal-order",
            Property::TotalOrder => "total-order",
            Property::StrongCompleteness => "strong-completeness",
            Property::StrongAccuracy => "strong-accuracy",
            Property::EventualStrongAccuracy => "eventual-strong-accuracy",
            Property::EventualLeadership => "eventual-leadership",
            Property::Precision => "precision",
            Property::ConsistentCut => "consistent-cut",
            Property::Conservation => "conservation",
            Property::Linearisable => "linearisable",
            Property::Response => "response",
        }
    }

    /// Its meaning, in one plain sentence.
    pub fn text(self) -> &'static str {
        match self {
            Property::Agreement => "No two processes decide differently, crashed ones included.",
            Property::Validity => "Every decision is what some process wanted.",
            Property::StrongValidity => "If all honest processes want the same, they decide it.",
            Property::Obedience => "If p0 is honest, all honest processes decide what it says.",
            Property::Termination => "Every process that stays up decides in the end.",
            Property::Progress => "Somebody decides in the end.",
            Property::Integrity => "Nobody decides twice.",
            Property::Delivery => "A message between two processes that stay up arrives.",
            Property::NoDuplication => "Nothing is delivered twice.",
            Property::NoCreation => "Nothing is delivered that was not sent.",
            Property::FifoOrder => "Messages of one sender are delivered in the order of sending.",
            Property::DeliveryAgreement => "If one process that stays up delivers a message, all of them do.",
            Property::UniformDeliveryAgreement => "If any process delivers a message, all that stay up do.",
            Property::Consistency => "No two honest processes hear different things from one sender.",
            Property::CausalOrder => "No process delivers an answer before its question.",
            Property::TotalOrder => "All deliver in the same order.",
            Property::StrongCompleteness => "A process that crashes is suspected by all in the end.",
            Property::StrongAccuracy => "Nobody is suspected while it is up.",
            Property::EventualStrongAccuracy => "In the end no process is suspected that is up.",
            Property::EventualLeadership => "In the end all trust the same process, and it is up.",
            Property::Precision => "Corrected clocks differ by no more than their errors.",
            Property::ConsistentCut => "The shares add up to all the money there is.",
            Property::Conservation => "In the end there is as much money on the books as at first.",
            Property::Linearisable => "Operations happen as if one after the other, each while it is open.",
            Property::Response => "Every request is answered if its process stays up.",
        }
    }

    /// True if it promises a decision. A protocol that is cut off after some rounds cannot keep it.
    pub fn wants_decision(self) -> bool {
        matches!(self, Property::Termination | Property::Progress)
    }

    /// True if a finite run can violate it; the others speak about what happens in the end.
    pub fn is_safety(self) -> bool {
        !matches!(
            self,
            Property::Termination
                | Property::Progress
                | Property::Delivery
                | Property::DeliveryAgreement
                | Property::UniformDeliveryAgreement
                | Property::StrongCompleteness
                | Property::EventualStrongAccuracy
                | Property::EventualLeadership
                | Property::Conservation
                | Property::Response
        )
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
