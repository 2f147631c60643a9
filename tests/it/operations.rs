//! Histories of operations: the search agrees with a naive one on all small histories, finds exactly the culprit, is fast
//! on long ones, and no text brings the readers down.

use bivalent::operation::{
    Bank, CasRegister, Culprit, Linearisability, Linearisation, Moment, Operation, OperationHistory, OperationOutcome,
    OperationValue, Placed, Reading, Register, SearchLimits, Specification, judge, read,
};
use std::collections::BTreeMap;

const THEN: Moment = Moment { source: 0, at_us: 0 };

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// The call of an operation in the prefix of so many events, whether it has an answer there, and when that came.
fn call<S: Specification>(specification: &S, operation: &Operation, events: usize) -> Option<(S::Call, Option<usize>)> {
    let answered = operation.responded.map(|(event, _)| event).filter(|event| *event < events);
    let reading = match (&operation.outcome, answered) {
        (OperationOutcome::Failed, _) => return None,
        (OperationOutcome::Ok(result), Some(_)) => {
            specification.read(&operation.name, &operation.argument, Some(result))
        }
        _ => specification.read(&operation.name, &operation.argument, None),
    };
    match reading.expect("the operations of these tests are known") {
        Reading::Answered(call) => Some((call, answered)),
        Reading::Unanswered(call) => Some((call, None)),
    }
}

/// Tries every order of the operations of a prefix, without any memory.
fn naive<S: Specification>(specification: &S, history: &OperationHistory, events: usize) -> bool {
    struct Waiting<C> {
        call: C,
        invoked: usize,
        responded: Option<usize>,
        placed: bool,
    }
    fn search<S: Specification>(specification: &S, waiting: &mut [Waiting<S::Call>], state: &S::State) -> bool {
        let left = || waiting.iter().filter(|one| !one.placed);
        let Some(first) = left().filter_map(|one| one.responded).min() else { return true };
        let next: Vec<usize> = (0..waiting.len())
            .filter(|index| !waiting[*index].placed && waiting[*index].invoked < first)
            .collect();
        for index in next {
            let mut states = Vec::new();
            specification.step(state, &waiting[index].call, &mut states);
            waiting[index].placed = true;
            if states.iter().any(|state| search(specification, waiting, state)) {
                return true;
            }
            waiting[index].placed = false;
        }
        false
    }
    let operations = history.operations().iter().filter(|operation| operation.invoked < events);
    let mut waiting: Vec<Waiting<S::Call>> = operations
        .filter_map(|operation| {
            let (call, responded) = call(specification, operation, events)?;
            Some(Waiting { call, invoked: operation.invoked, responded, placed: false })
        })
        .collect();
    search(specification, &mut waiting, &specification.initial())
}

/// The order has every answered operation once, each between its invocation and its response, and the specification
/// allows it.
fn shows<S: Specification>(specification: &S, history: &OperationHistory, order: &[Placed]) {
    assert!(order.is_sorted_by_key(|placed| placed.after), "{order:?}");
    let mut left: BTreeMap<usize, (S::Call, Option<usize>)> = BTreeMap::new();
    for (index, operation) in history.operations().iter().enumerate() {
        left.extend(call(specification, operation, usize::MAX).map(|call| (index, call)));
    }
    let mut states = vec![specification.initial()];
    for Placed { operation, after } in order {
        let (call, responded) = left.remove(operation).expect("it is there once, and did not fail");
        assert!(history.operations()[*operation].invoked <= *after, "{operation} in {history:?}");
        assert!(responded.is_none_or(|responded| *after < responded), "{operation} in {history:?}");
        let mut next = Vec::new();
        states.iter().for_each(|state| specification.step(state, &call, &mut next));
        assert!(!next.is_empty(), "{order:?} in {history:?}");
        states = next;
    }
    assert!(left.values().all(|(_, responded)| responded.is_none()), "{order:?} in {history:?}");
}

/// The search and the naive one say the same of a history. Returns whether it is linearisable.
fn agrees<S: Specification + Clone>(specification: &S, history: &OperationHistory) -> bool {
    match judge(specification.clone(), history).expect("the operations of these tests are known") {
        Linearisability::Linearisable(order) => {
            assert!(naive(specification, history, history.events().len()), "{history:?}");
            shows(specification, history, &order);
            true
        }
        Linearisability::NotLinearisable(Some(Culprit { event, operation, possible })) => {
            assert_eq!(history.events()[event].operation(), operation);
            assert!(!naive(specification, history, event + 1), "{history:?}: the prefix has an order");
            assert!(naive(specification, history, event), "{history:?}: a shorter prefix has no order");
            assert!(possible.is_some_and(|possible| !possible.is_empty()), "{history:?}");
            false
        }
        other => panic!("{other:?} of {history:?}"),
    }
}

/// What a process may do: an operation, its argument, and how it ends.
type Choice = (&'static str, OperationValue, OperationOutcome);

/// Calls `visit` with every history of `left` more operations: every choice for each of them, and every order of
/// invocations and responses. What has an unknown outcome gets no response.
fn every(history: &OperationHistory, choices: &[Choice], left: usize, visit: &mut dyn FnMut(&OperationHistory)) {
    fn go(
        history: &OperationHistory,
        choices: &[Choice],
        pending: &[(u64, &OperationOutcome)],
        left: usize,
        visit: &mut dyn FnMut(&OperationHistory),
    ) {
        if left == 0 && pending.is_empty() {
            return visit(history);
        }
        for (index, (process, outcome)) in pending.iter().enumerate() {
            let mut longer = history.clone();
            longer.respond(*process, (*outcome).clone(), THEN).expect("it waits");
            let mut rest = pending.to_vec();
            rest.remove(index);
            go(&longer, choices, &rest, left, visit);
        }
        if left > 0 {
            for (name, argument, outcome) in choices {
                let mut longer = history.clone();
                let process = left as u64;
                longer.invoke(process, *name, argument.clone(), THEN).expect("it is free");
                let mut rest = pending.to_vec();
                rest.extend((*outcome != OperationOutcome::Unknown).then_some((process, outcome)));
                go(&longer, choices, &rest, left - 1, visit);
            }
        }
    }
    go(history, choices, &[], left, visit);
}

fn ok(name: &'static str, argument: impl Into<OperationValue>, result: impl Into<OperationValue>) -> Choice {
    (name, argument.into(), OperationOutcome::Ok(result.into()))
}

fn open(name: &'static str, argument: impl Into<OperationValue>) -> Choice {
    (name, argument.into(), OperationOutcome::Unknown)
}

fn failed(name: &'static str, argument: impl Into<OperationValue>) -> Choice {
    (name, argument.into(), OperationOutcome::Failed)
}

fn swap(old: i32, new: i32) -> OperationValue {
    OperationValue::from([old.into(), new.into()])
}

/// How many histories of so many operations there are, and how many of them are linearisable.
fn census<S: Specification + Clone>(specification: &S, choices: &[Choice], operations: usize) -> (usize, usize) {
    let (mut all, mut good) = (0, 0);
    every(&OperationHistory::default(), choices, operations, &mut |history| {
        all += 1;
        good += usize::from(agrees(specification, history));
    });
    (all, good)
}

#[test]
fn all_small_histories_of_a_register_are_judged_as_by_trying_every_order() {
    // Up to three operations with every outcome over two values, and four that are answered or open over one of them.
    let register = Register::default();
    let one = [ok("read", (), ()), ok("read", (), 1), ok("write", 1, 1), open("write", 1), open("read", ())];
    let two = [ok("read", (), 2), ok("write", 2, ()), open("write", 2), failed("write", 1), failed("read", ())];
    let both = [&one[..], &two[..]].concat();
    let found: Vec<(usize, usize)> = (0..=3).map(|operations| census(&register, &both, operations)).collect();
    assert_eq!(found, [(1, 1), (10, 8), (0, 0), (0, 0)]);
    let four = [&both[..4], &both[5..8]].concat();
    assert_eq!(census(&register, &four, 4), (0, 0));
}

#[test]
fn all_small_histories_of_a_cas_register_are_judged_as_by_trying_every_order() {
    let register = CasRegister { initial: 0.into() };
    let answered =
        [ok("read", (), 0), ok("read", (), 1), ok("write", 0, 0), ok("cas", swap(0, 1), ()), ok("cas", swap(1, 0), swap(1, 0))];
    let others = [
        open("cas", swap(0, 1)),
        open("write", 1),
        ok("cas", swap(1, 0), false),
        failed("cas", swap(0, 1)),
        open("read", ()),
    ];
    let both = [&answered[..], &others[..]].concat();
    let found: Vec<(usize, usize)> = (0..=3).map(|operations| census(&register, &both, operations)).collect();
    assert_eq!(found, [(1, 1), (0, 0), (0, 0), (0, 0)]);
    assert_eq!(census(&register, &both[..7], 4), (0, 0));
}
