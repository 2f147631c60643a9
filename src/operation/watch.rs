//! Linearisability of the operations on a register so far, step by step: for monitors and explorers.
//!
//! [`super::Linearisation`] judges a whole history. This one is told of each invocation and response when it happens, and
//! keeps what the past allows: every value that the register may have, with what each open operation has done by then. It
//! is the subset construction on the specification, so its state depends on the past only as far as the future does. That
//! is why an explorer can keep it in its configurations. Where a response leaves nothing, the history is not linearisable
//! from there on, and that response is the culprit.

use super::value::OperationValue;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The most possibilities that are kept. Beyond that the watch gives up.
pub const POSSIBILITIES_MAX: usize = 20_000;

/// An operation without a response.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
enum OpenCall {
    Read,
    Write(OperationValue),
}

/// One way in which the past may have gone: the value, and the open operations that have taken effect, each with what it
/// returns.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
struct Possibility {
    value: OperationValue,
    done: BTreeMap<u32, OperationValue>,
}

/// The verdict so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegisterVerdict {
    /// There is an order.
    Linearisable,
    /// There is none.
    NotLinearisable,
    /// There were too many possibilities to follow.
    Unknown,
}

/// The watch over one register.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RegisterWatch {
    open: BTreeMap<u32, OpenCall>,
    possible: BTreeSet<Possibility>,
    gave_up: bool,
}

impl Default for RegisterWatch {
    /// A register that has never been written, and has the value null.
    fn default() -> Self {
        let first = Possibility { value: OperationValue::Null, done: BTreeMap::new() };
        RegisterWatch { open: BTreeMap::new(), possible: BTreeSet::from([first]), gave_up: false }
    }
}

impl RegisterWatch {
    /// The client `client` invokes an operation: a read, or a write of this value.
    ///
    /// An operation of it that is still open stays open for ever: nobody could rely on its response.
    pub fn invoke(&mut self, client: u32, written: Option<OperationValue>) {
        self.forget(client);
        self.open.insert(client, written.map_or(OpenCall::Read, OpenCall::Write));
    }

    /// The open operation of `client`, if there is one, will never be answered: the client has crashed. It may still take
    /// effect, under a name that nobody else has.
    pub fn forget(&mut self, client: u32) {
        if let Some(call) = self.open.remove(&client) {
            let free = (0..=u32::MAX).rev().find(|name| !self.open.contains_key(name));
            let gone = free.expect("fewer operations than numbers");
            self.open.insert(gone, call);
            let renamed = std::mem::take(&mut self.possible).into_iter().map(|mut possibility| {
                if let Some(result) = possibility.done.remove(&client) {
                    possibility.done.insert(gone, result);
                }
                possibility
            });
            self.possible = renamed.collect();
        }
    }

    /// The open operation of `client` returns `result`; what a write returns means nothing. The verdict after it; where it
    /// is this response that no order explains, the values that the operation could have returned instead.
    pub fn respond(
        &mut self,
        client: u32,
        result: &OperationValue,
    ) -> Result<RegisterVerdict, BTreeSet<OperationValue>> {
        let Some(call) = self.open.get(&client).cloned() else { return Ok(self.verdict()) };
        let mut could = BTreeSet::new();
        if !self.gave_up {
            for mut possibility in self.reached(client) {
                let Some(found) = possibility.done.remove(&client) else { continue };
                if call != OpenCall::Read || found == *result {
                    self.possible.insert(possibility);
                } else {
                    could.insert(found);
                }
            }
        }
        self.open.remove(&client);
        if self.possible.is_empty() && !could.is_empty() { Err(could) } else { Ok(self.verdict()) }
    }

    /// The verdict so far.
    pub fn verdict(&self) -> RegisterVerdict {
        match () {
            () if self.gave_up => RegisterVerdict::Unknown,
            () if self.possible.is_empty() => RegisterVerdict::NotLinearisable,
            () => RegisterVerdict::Linearisable,
        }
    }

    /// The bytes of a copy, about.
    pub fn bytes(&self) -> usize {
        let done: usize = self.possible.iter().map(|possibility| 64 * possibility.done.len()).sum();
        size_of::<RegisterWatch>() + 64 * self.open.len() + 96 * self.possible.len() + done
    }

    /// Everything that is possible once open operations have taken effect, up to that of `client`.
    fn reached(&mut self, client: u32) -> BTreeSet<Possibility> {
        let mut reached = std::mem::take(&mut self.possible);
        let mut frontier: Vec<Possibility> = reached.iter().cloned().collect();
        while let Some(possibility) = frontier.pop() {
            // Effects after that of the operation in question can wait for the next response.
            if possibility.done.contains_key(&client) {
                continue;
            }
            for (other, call) in self.open.iter().filter(|(other, _)| !possibility.done.contains_key(other)) {
                let mut next = possibility.clone();
                let result = match call {
                    OpenCall::Read => next.value.clone(),
                    OpenCall::Write(value) => {
                        next.value = value.clone();
                        OperationValue::Null
                    }
                };
                next.done.insert(*other, result);
                if reached.insert(next.clone()) {
                    frontier.push(next);
                }
            }
            if reached.len() > POSSIBILITIES_MAX {
                self.gave_up = true;
                return BTreeSet::new();
            }
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Linearisability, OperationHistory, OperationMoment, OperationOutcome, Register, judge};
    use super::*;
    use crate::draw::{Purpose, below, draw};

    fn number(value: u64) -> OperationValue {
        OperationValue::from(value as i64)
    }

    #[test]
    fn a_read_after_a_newer_one_must_not_return_the_older_value() {
        let mut watch = RegisterWatch::default();
        watch.invoke(0, Some(number(1)));
        watch.invoke(1, None);
        assert_eq!(watch.respond(1, &number(1)), Ok(RegisterVerdict::Linearisable));
        watch.invoke(1, None);
        assert_eq!(watch.respond(1, &OperationValue::Null), Err([number(1)].into()));
        assert_eq!(watch.verdict(), RegisterVerdict::NotLinearisable);
        assert_eq!(
            watch.respond(0, &OperationValue::Null),
            Ok(RegisterVerdict::NotLinearisable),
            "the culprit was named"
        );
    }

    #[test]
    fn a_read_that_began_before_a_write_could_have_returned_the_value_before_it() {
        let mut watch = RegisterWatch::default();
        watch.invoke(1, None);
        watch.invoke(0, Some(number(1)));
        assert_eq!(watch.respond(0, &OperationValue::Null), Ok(RegisterVerdict::Linearisable));
        assert_eq!(watch.respond(1, &number(2)), Err([OperationValue::Null, number(1)].into()));
    }

    #[test]
    fn where_too_much_is_possible_it_gives_up_and_says_so() {
        let mut watch = RegisterWatch::default();
        for client in 0..16 {
            watch.invoke(client, Some(number(client.into())));
        }
        watch.invoke(16, None);
        assert_eq!(watch.respond(16, &number(3)), Ok(RegisterVerdict::Unknown));
        watch.invoke(16, None);
        assert_eq!(watch.respond(16, &number(99)), Ok(RegisterVerdict::Unknown));
    }

    #[test]
    fn the_write_of_a_client_that_is_gone_may_still_take_effect() {
        let mut watch = RegisterWatch::default();
        watch.invoke(0, Some(number(1)));
        watch.forget(0);
        watch.invoke(1, None);
        assert_eq!(watch.respond(1, &OperationValue::Null), Ok(RegisterVerdict::Linearisable));
        watch.invoke(0, None);
        assert_eq!(watch.respond(0, &number(1)), Ok(RegisterVerdict::Linearisable));
        watch.invoke(1, None);
        assert_eq!(watch.respond(1, &OperationValue::Null), Err([number(1)].into()));
    }

    #[test]
    fn it_finds_the_same_as_the_search_over_the_whole_history() {
        let mut wrong = 0;
        for seed in 0..2_000 {
            let choose = |place: u64, bound: u64| below(draw(seed, Purpose::Request, 1, place), bound);
            let (mut watch, mut history) = (RegisterWatch::default(), OperationHistory::default());
            let mut open = [false; 3];
            let mut broken = false;
            for place in 0..14 {
                let at = OperationMoment { source: place, at_us: 0 };
                let client = choose(3 * place, 3);
                open[client as usize] = !open[client as usize];
                if !open[client as usize] {
                    let is_read = history.open(client).expect("open").name.as_ref() == "read";
                    let result = if is_read { number(choose(3 * place + 1, 3)) } else { OperationValue::Null };
                    history.respond(client, OperationOutcome::Ok(result.clone()), at).expect("it is open");
                    broken |= watch.respond(client as u32, &result) != Ok(RegisterVerdict::Linearisable);
                } else if choose(3 * place + 1, 2) == 0 {
                    history.invoke(client, "read", (), at).expect("it is free");
                    watch.invoke(client as u32, None);
                } else {
                    let value = number(choose(3 * place + 2, 3));
                    history.invoke(client, "write", value.clone(), at).expect("it is free");
                    watch.invoke(client as u32, Some(value));
                }
                let whole = judge(Register::default(), &history).expect("operations of a register");
                assert_eq!(broken, matches!(whole, Linearisability::NotLinearisable(_)), "seed {seed}, event {place}");
            }
            wrong += u64::from(broken);
        }
        assert!((200..1_800).contains(&wrong), "both kinds are there: {wrong} of 2,000 are not linearisable");
    }
}
