//! Operations of clients, and histories of them.

use super::value::OperationValue;
use crate::quote::quoted;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::rc::Rc;

/// When something was, and where that is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct OperationMoment {
    /// The event of a run, or the line of a file, both from 1.
    pub source: u64,
    /// The time in microseconds; 0 where there is none.
    pub at_us: u64,
}

/// The client that invokes an operation.
///
/// An operation whose outcome is unknown stays open for ever. Its process, which can have only one open operation, comes
/// back as another one: with the same number and the next life. Jepsen gives it another number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ProcessName {
    /// Its number.
    pub number: u64,
    /// The number of operations with an unknown outcome that it had before.
    pub life: u32,
}

impl Display for ProcessName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.life {
            0 => write!(f, "{}", self.number),
            life => write!(f, "{}/{}", self.number, life + 1),
        }
    }
}

/// The outcome of an operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OperationOutcome {
    /// It took effect, with this result. A refusal is a result.
    Ok(OperationValue),
    /// It did not take effect, for certain.
    Failed,
    /// It may have taken effect, or may still do so at any later moment.
    Unknown,
}

/// An operation of a history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operation {
    /// Its client.
    pub process: ProcessName,
    /// The name of the operation, such as `read`.
    pub name: Rc<str>,
    /// Its argument.
    pub argument: OperationValue,
    /// The index of its invocation among the events of the history, from 0.
    pub invoked: usize,
    /// When it was invoked.
    pub invoked_at: OperationMoment,
    /// The index of its response among the events of the history, and when it came; none without a response.
    pub responded: Option<(usize, OperationMoment)>,
    /// Its outcome; unknown without a response.
    pub outcome: OperationOutcome,
}

impl Operation {
    /// The result, where there is one.
    pub fn result(&self) -> Option<&OperationValue> {
        match &self.outcome {
            OperationOutcome::Ok(result) => Some(result),
            OperationOutcome::Failed | OperationOutcome::Unknown => None,
        }
    }
}

/// An operation with its argument, such as `cas [1,2]`.
impl Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.argument {
            OperationValue::Null => f.write_str(&self.name),
            argument => write!(f, "{} {argument}", self.name),
        }
    }
}

/// An event of a history.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HistoryEvent {
    /// The operation of this index is invoked.
    Invoke(usize),
    /// The operation of this index ends.
    Respond(usize),
}

impl HistoryEvent {
    /// The index of its operation.
    pub fn operation(self) -> usize {
        match self {
            HistoryEvent::Invoke(operation) | HistoryEvent::Respond(operation) => operation,
        }
    }
}

/// The reason for which a sequence of invocations and responses is no history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotWellFormed {
    /// A process invokes an operation while it waits for another one.
    Busy {
        /// The process.
        process: u64,
        /// When it invoked the other one.
        since: OperationMoment,
        /// The name of the other one.
        name: Rc<str>,
    },
    /// A response to a process that waits for none.
    Idle {
        /// The process.
        process: u64,
    },
}

impl Display for NotWellFormed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotWellFormed::Busy { process, since, name } => write!(
                f,
                "process {process} invokes an operation while its {} of {} has no response; a process has at most one \
                 open operation, and after \"info\" it begins anew",
                quoted(name),
                since.source
            ),
            NotWellFormed::Idle { process } => write!(
                f,
                "process {process} has no open operation that this could be the response to; each response follows \
                 its \"invoke\""
            ),
        }
    }
}

impl std::error::Error for NotWellFormed {}

/// A well-formed history: invocations and responses in the order in which they happened, in which no process has more
/// than one open operation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OperationHistory {
    operations: Vec<Operation>,
    events: Vec<HistoryEvent>,
    /// Of each process its life, and its operation that waits for a response.
    processes: BTreeMap<u64, (u32, Option<usize>)>,
}

impl OperationHistory {
    /// Appends an invocation, and returns the index of the operation. The error says that the process is waiting.
    pub fn invoke(
        &mut self,
        process: u64,
        name: impl Into<Rc<str>>,
        argument: impl Into<OperationValue>,
        at: OperationMoment,
    ) -> Result<usize, NotWellFormed> {
        let (life, open) = self.processes.entry(process).or_default();
        if let Some(open) = open {
            let Operation { invoked_at, name, .. } = &self.operations[*open];
            return Err(NotWellFormed::Busy { process, since: *invoked_at, name: name.clone() });
        }
        let operation = self.operations.len();
        *open = Some(operation);
        self.operations.push(Operation {
            process: ProcessName { number: process, life: *life },
            name: name.into(),
            argument: argument.into(),
            invoked: self.events.len(),
            invoked_at: at,
            responded: None,
            outcome: OperationOutcome::Unknown,
        });
        self.events.push(HistoryEvent::Invoke(operation));
        Ok(operation)
    }

    /// Appends the end of the open operation of `process`, and returns its index. The error says that there is none.
    pub fn respond(
        &mut self,
        process: u64,
        outcome: OperationOutcome,
        at: OperationMoment,
    ) -> Result<usize, NotWellFormed> {
        let known = self.processes.get_mut(&process);
        let Some((life, Some(operation))) = known.map(|(life, open)| (life, open.take())) else {
            return Err(NotWellFormed::Idle { process });
        };
        *life += u32::from(outcome == OperationOutcome::Unknown);
        let known = &mut self.operations[operation];
        known.outcome = outcome;
        known.responded = Some((self.events.len(), at));
        self.events.push(HistoryEvent::Respond(operation));
        Ok(operation)
    }

    /// The operation for which `process` waits.
    pub fn open(&self, process: u64) -> Option<&Operation> {
        self.processes.get(&process)?.1.map(|operation| &self.operations[operation])
    }

    /// The operations, in the order of their invocations.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Invocations and responses, in the order in which they happened.
    pub fn events(&self) -> &[HistoryEvent] {
        &self.events
    }

    /// The most operations that were open at the same moment, those with an unknown outcome included.
    pub fn concurrency(&self) -> usize {
        let (mut open, mut most) = (0, 0usize);
        for event in &self.events {
            match event {
                HistoryEvent::Invoke(_) => open += 1,
                HistoryEvent::Respond(operation) => {
                    open -= usize::from(self.operations[*operation].outcome != OperationOutcome::Unknown);
                }
            }
            most = most.max(open);
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEN: OperationMoment = OperationMoment { source: 7, at_us: 0 };

    #[test]
    fn a_process_has_one_open_operation() {
        let mut history = OperationHistory::default();
        history.invoke(3, "read", (), THEN).expect("free");
        let busy = history.invoke(3, "write", 1, THEN).expect_err("busy").to_string();
        assert!(busy.contains("process 3 invokes an operation while its \"read\" of 7 has no response"), "{busy}");
        history.respond(3, OperationOutcome::Ok(1.into()), THEN).expect("it waits");
        let idle = history.respond(3, OperationOutcome::Failed, THEN).expect_err("idle").to_string();
        assert!(idle.contains("process 3 has no open operation"), "{idle}");
        assert_eq!(history.respond(4, OperationOutcome::Failed, THEN), Err(NotWellFormed::Idle { process: 4 }));
        assert_eq!(history.events(), [HistoryEvent::Invoke(0), HistoryEvent::Respond(0)]);
    }

    #[test]
    fn a_process_whose_operation_has_an_unknown_outcome_comes_back_as_another_one() {
        let mut history = OperationHistory::default();
        for outcome in [OperationOutcome::Unknown, OperationOutcome::Failed, OperationOutcome::Unknown] {
            history.invoke(0, "write", 1, THEN).expect("free");
            history.respond(0, outcome, THEN).expect("it waits");
        }
        history.invoke(0, "write", 1, THEN).expect("free");
        let names: Vec<String> = history.operations().iter().map(|operation| operation.process.to_string()).collect();
        assert_eq!(names, ["0", "0/2", "0/2", "0/3"]);
        assert_eq!(history.concurrency(), 3);
    }
}
