//! The operations of a run: each request of a user with its response.

use super::History;
use crate::engine::{Engine, Step};
use crate::operation::{OperationHistory, OperationMoment, OperationOutcome, OperationValue};
use crate::process::{Indication, Invocation, Outcome, ProcessId, Value};
use crate::property::users::operation_value;
use serde::{Serialize, Serializer};

/// A request of a user, and how it ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserOperation {
    /// The process that was asked.
    pub process: ProcessId,
    /// The request.
    pub invocation: Invocation,
    /// The event in which it was asked.
    pub event: u64,
    /// When, in microseconds.
    pub at_us: u64,
    /// Its end; none while it is open.
    pub end: Option<UserOperationEnd>,
}

/// The end of an operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserOperationEnd {
    /// The event in which it ended.
    pub event: u64,
    /// When, in microseconds.
    pub at_us: u64,
    /// The cause of its end.
    pub how: UserOperationEnding,
}

/// The cause of an operation's end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UserOperationEnding {
    /// The response, with what it returns, if anything.
    Answered(Option<Value>),
    /// The process was Byzantine when it answered: nobody can rely on the response.
    AnsweredByLiar(Option<Value>),
    /// The process crashed, so there is no response. The operation may have taken effect, or may still do so.
    Crashed,
}

impl UserOperation {
    /// The value that came back: none without a response, and nothing where a response has no value.
    pub fn response(&self) -> Option<Option<&Value>> {
        match &self.end.as_ref()?.how {
            UserOperationEnding::Answered(value) | UserOperationEnding::AnsweredByLiar(value) => Some(value.as_ref()),
            UserOperationEnding::Crashed => None,
        }
    }

    /// True if its user waits for the response.
    pub fn is_open(&self) -> bool {
        self.end.is_none()
    }

    /// The operation in words: `read → x`, `write x`, and `write x …` without a response.
    pub fn words(&self) -> String {
        match self.response() {
            Some(Some(value)) => format!("{} → {value}", self.invocation),
            // A write says nothing, and a read that says nothing has found nothing.
            Some(None) if self.invocation.arguments.is_empty() => format!("{} → nothing", self.invocation),
            Some(None) => self.invocation.to_string(),
            None => format!("{} …", self.invocation),
        }
    }

    /// The operation as it was after `event` events, if it had been invoked by then.
    pub fn at(&self, event: u64) -> Option<UserOperation> {
        let end = self.end.clone().filter(|end| end.event <= event);
        (self.event <= event).then(|| UserOperation { end, ..self.clone() })
    }
}

/// The operations of the branch shown, in the order of their invocations.
#[derive(Default)]
pub(super) struct UserOperations(Vec<UserOperation>);

impl UserOperations {
    /// Takes note of a step that was not known before.
    pub(super) fn enter(&mut self, engine: &Engine, step: &Step) {
        step.by_process().for_each(|(process, outcomes)| self.enter_step(engine, step, process, outcomes));
    }

    fn enter_step(&mut self, engine: &Engine, step: &Step, process: ProcessId, outcomes: &[Outcome]) {
        let (event, at_us) = (step.event, step.at_us);
        if let Some(invocation) = &step.asked {
            let invocation = invocation.clone();
            self.0.push(UserOperation { process, invocation, event, at_us, end: None });
        }
        let returned = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Indicate(Indication::Return(value)) => Some(value.as_deref().cloned()),
            _ => None,
        });
        let how = match returned {
            Some(value) if engine.process(process).is_byzantine() => UserOperationEnding::AnsweredByLiar(value),
            Some(value) => UserOperationEnding::Answered(value),
            None if step.crashed => UserOperationEnding::Crashed,
            None => return,
        };
        // The last operation of a process is the only one that can be open.
        let own = self.0.iter_mut().rfind(|operation| operation.process == process);
        if let Some(open) = own.filter(|operation| operation.is_open()) {
            open.end = Some(UserOperationEnd { event, at_us, how });
        }
    }

    /// Forgets what came after `event` events.
    pub(super) fn forget_after(&mut self, event: u64) {
        self.0.retain(|operation| operation.event <= event);
        for operation in &mut self.0 {
            operation.end.take_if(|end| end.event > event);
        }
    }
}

impl History {
    /// The operations of the branch shown, as far as it was run, in the order of their invocations.
    pub fn operations(&self) -> &[UserOperation] {
        &self.operations.0
    }

    /// The operations as they were after `event` events: those invoked by then, with the responses up to then.
    pub fn operations_at(&self, event: u64) -> impl DoubleEndedIterator<Item = UserOperation> {
        self.operations().iter().filter_map(move |operation| operation.at(event))
    }

    /// The operations after `event` events as a history that can be judged.
    ///
    /// The user of a process that crashed gets no response, and comes back as somebody else. Values are texts, and a
    /// response without a value is null.
    pub fn operation_history(&self, event: u64) -> OperationHistory {
        let operations: Vec<UserOperation> = self.operations_at(event).collect();
        let ends = |operation: &UserOperation| operation.end.as_ref().map(|end| end.event);
        // Of one event the response comes after the invocation, so a step that answers at once is one after the other.
        let mut moments: Vec<(u64, bool, usize)> = Vec::new();
        for (index, operation) in operations.iter().enumerate() {
            moments.push((operation.event, false, index));
            moments.extend(ends(operation).map(|end| (end, true, index)));
        }
        moments.sort_unstable();
        let mut history = OperationHistory::default();
        for (source, is_end, index) in moments {
            let UserOperation { process, invocation, at_us, end, .. } = &operations[index];
            let process = u64::from(process.0);
            let done = if let (true, Some(end)) = (is_end, end) {
                let outcome = match &end.how {
                    UserOperationEnding::Answered(value) => OperationOutcome::Ok(operation_value(value.as_ref())),
                    UserOperationEnding::AnsweredByLiar(_) | UserOperationEnding::Crashed => OperationOutcome::Unknown,
                };
                history.respond(process, outcome, OperationMoment { source, at_us: end.at_us })
            } else {
                let at = OperationMoment { source, at_us: *at_us };
                history.invoke(process, &*invocation.name, argument(invocation), at)
            };
            done.expect("a process has one open request at a time");
        }
        history
    }
}

/// The argument of an operation as a value: its one argument, or a list of several.
fn argument(invocation: &Invocation) -> OperationValue {
    match &*invocation.arguments {
        [] => OperationValue::Null,
        [argument] => operation_value(Some(argument)),
        several => several.iter().map(|value| operation_value(Some(value))).collect::<Vec<OperationValue>>().into(),
    }
}

/// An operation as the command line writes it.
#[derive(Serialize)]
struct OperationLine<'a> {
    process: ProcessId,
    request: &'a Invocation,
    event: u64,
    at_us: u64,
    returned: Option<ResponseLine<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    crashed: bool,
}

/// Its response.
#[derive(Serialize)]
struct ResponseLine<'a> {
    event: u64,
    at_us: u64,
    value: Option<&'a Value>,
}

impl Serialize for UserOperation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let UserOperation { process, invocation, event, at_us, end } = self;
        let returned = end.as_ref().zip(self.response());
        let line = OperationLine {
            process: *process,
            request: invocation,
            event: *event,
            at_us: *at_us,
            returned: returned.map(|(end, value)| ResponseLine { event: end.event, at_us: end.at_us, value }),
            crashed: end.as_ref().is_some_and(|end| end.how == UserOperationEnding::Crashed),
        };
        line.serialize(serializer)
    }
}
