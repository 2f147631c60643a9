//! The requests of users and their answers, and whether a single register could have answered so.

use crate::operation::{OperationValue, RegisterVerdict, RegisterWatch};
use crate::process::{Invocation, ProcessId, Value};
use std::collections::BTreeSet;

/// A value of a request or of an answer, among the values of operations; none is null.
pub fn operation_value(value: Option<&Value>) -> OperationValue {
    value.map_or(OperationValue::Null, |value| value.to_string().as_str().into())
}

/// Tells the watch over a register that the user of a process asks for this: a write has an argument, and a read none.
pub fn ask(register: &mut RegisterWatch, process: ProcessId, invocation: &Invocation) {
    register.invoke(process.0.into(), invocation.arguments.first().map(|value| operation_value(Some(value))));
}

/// Tells the watch over a register that the user of a process gets this answer. The error is as [`RegisterWatch::respond`]
/// has it.
pub fn answer(
    register: &mut RegisterWatch,
    process: ProcessId,
    value: Option<&Value>,
) -> Result<RegisterVerdict, BTreeSet<OperationValue>> {
    register.respond(process.0.into(), &operation_value(value))
}

/// The watch over users and their answers.
#[derive(Clone, Default)]
pub(super) struct UserWatch {
    /// The processes whose user waits for an answer.
    pub waiting: BTreeSet<ProcessId>,
    /// The past of the register, where the protocol promises one.
    pub register: Option<RegisterWatch>,
}

impl UserWatch {
    /// A watch; over a register where the protocol promises one.
    pub fn new(over_register: bool) -> Self {
        UserWatch { waiting: BTreeSet::new(), register: over_register.then(RegisterWatch::default) }
    }

    /// The user of `process` asks for this.
    pub fn asked(&mut self, process: ProcessId, invocation: &Invocation) {
        self.waiting.insert(process);
        if let Some(register) = &mut self.register {
            ask(register, process, invocation);
        }
    }

    /// The user of `process` gets this answer. The error says what is wrong with it.
    pub fn answered(&mut self, process: ProcessId, value: Option<&Value>) -> Result<(), String> {
        self.waiting.remove(&process);
        let Some(register) = &mut self.register else { return Ok(()) };
        answer(register, process, value).map(|_| ()).map_err(|could| {
            let could: Vec<String> = could.iter().map(words).collect();
            format!(
                "{process} has read {}, and could only have read {}",
                words(&operation_value(value)),
                could.join(" or ")
            )
        })
    }

    /// `process` has crashed: its user gets no answer, and asks as somebody else when it comes back.
    pub fn crashed(&mut self, process: ProcessId) {
        if self.waiting.remove(&process)
            && let Some(register) = &mut self.register
        {
            register.forget(process.0.into());
        }
    }

    /// The reason why nobody knows whether the operations are linearisable, if that is so.
    pub fn unknown(&self) -> Option<String> {
        let register = self.register.as_ref()?;
        (register.verdict() == RegisterVerdict::Unknown).then(|| {
            let most = crate::operation::POSSIBILITIES_MAX;
            format!("the open operations could have gone in more than {most} ways")
        })
    }

    /// The bytes of a copy, about.
    pub fn bytes(&self) -> usize {
        8 * self.waiting.len() + self.register.as_ref().map_or(0, RegisterWatch::bytes)
    }
}

fn words(value: &OperationValue) -> String {
    match value.text() {
        Some(text) => format!("“{text}”"),
        None => "nothing".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_answer_is_told_with_all_that_could_have_been_read_while_it_was_open() {
        let (reader, writer) = (ProcessId(0), ProcessId(1));
        let mut users = UserWatch::new(true);
        users.asked(reader, &Invocation::of(&["read"]));
        users.asked(writer, &Invocation::of(&["write", "x"]));
        assert_eq!(users.answered(writer, None), Ok(()));
        let wrong = users.answered(reader, Some(&"y".into()));
        assert_eq!(wrong, Err("p0 has read “y”, and could only have read nothing or “x”".to_owned()));
        assert!(users.waiting.is_empty());
    }
}
