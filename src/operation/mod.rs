//! Histories of operations on one shared object, and whether they are linearisable.
//!
//! Clients invoke operations and get responses; what lies between the two is an interval in which the operation took
//! effect, if the object is **linearisable**: then there is an order of all operations that a single computer could have
//! followed, one operation after the other, with the same results, and in which whatever ended before something else
//! began comes before it (Herlihy and Wing, *Linearizability: A Correctness Condition for Concurrent Objects*, TOPLAS
//! 12(3), 1990).
//!
//! ```
//! use bivalent::operation::{Linearisability, OperationMoment, OperationHistory, OperationOutcome, Register, judge};
//!
//! let mut history = OperationHistory::default();
//! history.invoke(0, "write", 1, OperationMoment::default()).expect("process 0 is free");
//! history.respond(0, OperationOutcome::Ok(1.into()), OperationMoment::default()).expect("it is waiting");
//! history.invoke(1, "read", (), OperationMoment::default()).expect("process 1 is free");
//! history.respond(1, OperationOutcome::Ok(().into()), OperationMoment::default()).expect("it is waiting");
//! let verdict = judge(Register::default(), &history).expect("reads and writes");
//! assert!(matches!(verdict, Linearisability::NotLinearisable(_)), "the read came after the write and missed it");
//! ```

mod value;
mod history;
mod model;
mod register;
mod bank;
mod visited;
mod wing_gong;
mod linearise;
mod watch;
mod words;
mod edn;
mod foreign;

pub use bank::{Bank, BankCall};
pub use foreign::{BYTES_MAX, OPERATIONS_MAX, read};
pub use history::{
    HistoryEvent, NotWellFormed, Operation, OperationHistory, OperationMoment, OperationOutcome, ProcessName,
};
pub use linearise::{Culprit, Linearisability, Linearisation, LinearisationProgress, NotSpecified, Placed, judge};
pub use model::{CallObservation, Reading, Specification};
pub use register::{CasRegister, Register, RegisterCall};
pub use value::{NESTING_MAX, OperationValue};
pub use watch::{POSSIBILITIES_MAX, RegisterVerdict, RegisterWatch};
pub use wing_gong::SearchLimits;
pub use words::{clause, label, sentence, why};
