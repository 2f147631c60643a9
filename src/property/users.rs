//! Operations of users: their requests and the answers, and whether a single register could have answered so.

use super::{Family, JudgedMoment, Monitor, Notice, OrderedPast, Promised, Property, Violations};
use crate::operation::{OperationValue, RegisterVerdict, RegisterWatch};
use crate::process::{Indication, Invocation, Outcome, ProcessId, Value};
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

/// Operations of users.
static FAMILY: Family = Family { name: "operations", monitor: |promised| Box::new(UserWatch::of(promised)) };

impl Property {
    /// There is an order of the operations on a register, in which each comes between its request and its response, that
    /// a single register could have followed.
    pub const LINEARISABLE: Property = Property::always(
        &FAMILY,
        "linearisable",
        "Operations happen as if one after the other, each while it is open.",
    );
    /// Every request of a user is answered in the end where its process stays up.
    pub const RESPONSE: Property =
        Property::in_the_end(&FAMILY, "response", "Every request is answered if its process stays up.");
}

/// The watch over users and their answers.
#[derive(Clone, Default)]
struct UserWatch {
    /// The processes whose user waits for an answer.
    waiting: BTreeSet<ProcessId>,
    /// The past of the register, where the protocol promises one.
    register: Option<RegisterWatch>,
}

impl UserWatch {
    fn of(promised: &Promised) -> Self {
        UserWatch::new(promised.properties.contains(&Property::LINEARISABLE))
    }

    /// A watch; over a register where the protocol promises one.
    fn new(over_register: bool) -> Self {
        UserWatch { waiting: BTreeSet::new(), register: over_register.then(RegisterWatch::default) }
    }

    /// The user of `process` asks for this.
    fn asked(&mut self, process: ProcessId, invocation: &Invocation) {
        self.waiting.insert(process);
        if let Some(register) = &mut self.register {
            ask(register, process, invocation);
        }
    }

    /// The user of `process` gets this answer. The error says what is wrong with it.
    fn answered(&mut self, process: ProcessId, value: Option<&Value>) -> Result<(), String> {
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
    fn crashed(&mut self, process: ProcessId) {
        if self.waiting.remove(&process)
            && let Some(register) = &mut self.register
        {
            register.forget(process.0.into());
        }
    }
}

impl Monitor for UserWatch {
    fn copy(&self) -> Box<dyn Monitor> {
        Box::new(self.clone())
    }

    fn hear(&mut self, me: ProcessId, heard: Notice<'_>, _moment: &JudgedMoment<'_>, violations: &mut Violations) {
        match heard {
            Notice::Asked(invocation) => self.asked(me, invocation),
            Notice::Told(Outcome::Indicate(Indication::Return(value))) => {
                if let Err(why) = self.answered(me, value.as_deref()) {
                    violations.enter(Property::LINEARISABLE, || why);
                }
            }
            Notice::Told(_) => {}
            Notice::Crashed => self.crashed(me),
        }
    }

    fn take_over(&mut self, past: &OrderedPast<'_>, violations: &mut Violations) {
        *self = UserWatch { waiting: past.waiting.iter().copied().collect(), register: Some(past.register.clone()) };
        if past.register.verdict() == RegisterVerdict::NotLinearisable {
            violations.enter(Property::LINEARISABLE, || "no order of the operations explains what was read".to_owned());
        }
    }

    fn missing(&self, _property: Property, moment: &JudgedMoment<'_>) -> Option<String> {
        let waits = self.waiting.iter().find(|process| (moment.facts.correct)(**process))?;
        Some(format!("the request of {waits} is not answered"))
    }

    fn unknown(&self, property: Property) -> Option<String> {
        let register = self.register.as_ref().filter(|_| property == Property::LINEARISABLE)?;
        (register.verdict() == RegisterVerdict::Unknown).then(|| {
            let most = crate::operation::POSSIBILITIES_MAX;
            format!("the open operations could have gone in more than {most} ways")
        })
    }

    fn bytes(&self) -> usize {
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
