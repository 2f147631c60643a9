//! Registers: one value that is read and written.
//!
//! `read` returns the value. `write v` makes it `v`; its result is empty, or `v` again as Jepsen writes it.
//! `cas [old, new]` makes it `new` if it is `old`, at once: as a result it has nothing, its argument again, or true. A
//! swap that found another value has the result false, or it failed, as Jepsen writes it; a swap that failed is left out.
//! A register begins with `null` unless it is told otherwise, so a read that comes before all writes returns `null`.

use super::model::{CallObservation, Reading, Specification};
use super::value::OperationValue;

/// A call of a register.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum RegisterCall {
    /// Reads, and gets this; nothing if nobody knows.
    Read(Option<OperationValue>),
    /// Writes this.
    Write(OperationValue),
    /// Writes the second if the first is there.
    Swap(OperationValue, OperationValue),
    /// Would have written the second, and is refused since the first is not there.
    SwapRefused(OperationValue, OperationValue),
}

/// A register with reads and writes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Register {
    /// The value at the beginning.
    pub initial: OperationValue,
}

/// A register with reads, writes and compare-and-swap.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CasRegister {
    /// The value at the beginning.
    pub initial: OperationValue,
}

fn read_or_write(
    name: &str,
    argument: &OperationValue,
    result: Option<&OperationValue>,
) -> Option<Result<Reading<RegisterCall>, String>> {
    match name {
        "read" => Some(Ok(match result {
            Some(value) => Reading::Answered(RegisterCall::Read(Some(value.clone()))),
            None => Reading::Unanswered(RegisterCall::Read(None)),
        })),
        "write" => Some(answered(RegisterCall::Write(argument.clone()), argument, result)),
        _ => None,
    }
}

/// A call without a result of its own: an answer says nothing, or repeats the argument.
fn answered(
    call: RegisterCall,
    argument: &OperationValue,
    result: Option<&OperationValue>,
) -> Result<Reading<RegisterCall>, String> {
    match result {
        None => Ok(Reading::Unanswered(call)),
        Some(OperationValue::Null) => Ok(Reading::Answered(call)),
        Some(value) if value == argument => Ok(Reading::Answered(call)),
        Some(value) => Err(format!(
            "its result is {}; allowed are null and its argument again, which is {}",
            value.quoted(),
            argument.quoted()
        )),
    }
}

fn swap(argument: &OperationValue, result: Option<&OperationValue>) -> Result<Reading<RegisterCall>, String> {
    let Some([old, new]) = argument.list() else {
        return Err(format!("its argument is {}; allowed is a list [old, new]", argument.quoted()));
    };
    match result {
        Some(OperationValue::Bool(false)) => Ok(Reading::Answered(RegisterCall::SwapRefused(old.clone(), new.clone()))),
        Some(OperationValue::Bool(true)) => Ok(Reading::Answered(RegisterCall::Swap(old.clone(), new.clone()))),
        _ => answered(RegisterCall::Swap(old.clone(), new.clone()), argument, result)
            .map_err(|error| format!("{error}, true, and false if it was refused")),
    }
}

fn step(state: &OperationValue, call: &RegisterCall, next: &mut Vec<OperationValue>) {
    next.extend(match call {
        RegisterCall::Read(Some(value)) => (value == state).then(|| state.clone()),
        RegisterCall::Read(None) => Some(state.clone()),
        RegisterCall::Write(value) => Some(value.clone()),
        RegisterCall::Swap(old, new) => (old == state).then(|| new.clone()),
        RegisterCall::SwapRefused(old, _) => (old != state).then(|| state.clone()),
    });
}

fn is_query(call: &RegisterCall) -> bool {
    matches!(call, RegisterCall::Read(_) | RegisterCall::SwapRefused(..))
}

fn commute(one: &RegisterCall, other: &RegisterCall) -> bool {
    is_query(one) && is_query(other) || matches!(one, RegisterCall::Write(_)) && one == other
}

fn observe(state: &OperationValue, call: &RegisterCall) -> Option<CallObservation<RegisterCall>> {
    let call = match call {
        // A swap that was refused where it should not have been.
        RegisterCall::SwapRefused(old, new) if old == state => RegisterCall::Swap(old.clone(), new.clone()),
        _ => RegisterCall::Read(Some(state.clone())),
    };
    Some(CallObservation { call, name: "value".into(), value: state.clone() })
}

/// Both registers do the same, with other names for their operations.
macro_rules! register {
    ($type:ty, |$name:ident, $argument:ident, $result:ident| $read:expr) => {
        impl Specification for $type {
            type State = OperationValue;
            type Call = RegisterCall;

            fn initial(&self) -> OperationValue {
                self.initial.clone()
            }
            fn read(
                &self,
                $name: &str,
                $argument: &OperationValue,
                $result: Option<&OperationValue>,
            ) -> Result<Reading<RegisterCall>, String> {
                $read
            }
            fn step(&self, state: &OperationValue, call: &RegisterCall, next: &mut Vec<OperationValue>) {
                step(state, call, next);
            }
            fn is_query(&self, call: &RegisterCall) -> bool {
                is_query(call)
            }
            fn commute(&self, one: &RegisterCall, other: &RegisterCall) -> bool {
                commute(one, other)
            }
            fn observe(&self, state: &OperationValue, call: &RegisterCall) -> Option<CallObservation<RegisterCall>> {
                observe(state, call)
            }
        }
    };
}

register!(Register, |name, argument, result| read_or_write(name, argument, result)
    .unwrap_or_else(|| Err("a register has no such operation; allowed are read and write".into())));

register!(CasRegister, |name, argument, result| match name {
    "cas" => swap(argument, result),
    _ => read_or_write(name, argument, result)
        .unwrap_or_else(|| Err("a cas-register has no such operation; allowed are read, write and cas".into())),
});

#[cfg(test)]
mod tests {
    use super::*;

    fn next(state: i32, name: &str, argument: OperationValue, result: Option<OperationValue>) -> Vec<OperationValue> {
        let register = CasRegister::default();
        let call = match register.read(name, &argument, result.as_ref()).expect("an operation") {
            Reading::Answered(call) | Reading::Unanswered(call) => call,
        };
        let mut next = Vec::new();
        register.step(&state.into(), &call, &mut next);
        next
    }

    #[test]
    fn a_register_holds_what_was_written_last() {
        assert_eq!(next(1, "read", ().into(), Some(1.into())), [1.into()]);
        assert_eq!(next(1, "read", ().into(), Some(2.into())), []);
        assert_eq!(next(1, "write", 2.into(), Some(().into())), [2.into()]);
        assert_eq!(next(1, "write", 2.into(), Some(2.into())), [2.into()]);
        assert_eq!(next(1, "write", 2.into(), None), [2.into()]);
    }

    #[test]
    fn a_swap_needs_the_old_value_and_a_refused_one_another() {
        let swap = || OperationValue::from([1.into(), 2.into()]);
        for result in [swap(), ().into(), true.into()] {
            assert_eq!(next(1, "cas", swap(), Some(result.clone())), [2.into()]);
            assert_eq!(next(3, "cas", swap(), Some(result)), []);
        }
        assert_eq!(next(1, "cas", swap(), Some(false.into())), []);
        assert_eq!(next(3, "cas", swap(), Some(false.into())), [3.into()]);
    }

    #[test]
    fn errors_say_what_is_allowed() {
        let error = |register: &dyn Fn() -> Result<Reading<RegisterCall>, String>| register().expect_err("wrong");
        let (plain, swaps) = (Register::default(), CasRegister::default());
        let null = OperationValue::Null;
        assert!(error(&|| plain.read("cas", &null, None)).ends_with("allowed are read and write"));
        assert!(error(&|| swaps.read("add", &null, None)).ends_with("allowed are read, write and cas"));
        assert!(error(&|| swaps.read("cas", &1.into(), None)).ends_with("allowed is a list [old, new]"));
        let result = error(&|| plain.read("write", &1.into(), Some(&2.into())));
        assert_eq!(result, "its result is 2; allowed are null and its argument again, which is 1");
    }
}
