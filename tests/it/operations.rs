//! Histories of operations: the search agrees with a naive one on all small histories, finds exactly the culprit, is fast
//! on long ones, and no text brings the readers down.

use bivalent::operation::{
    Bank, CasRegister, Culprit, Linearisability, Linearisation, Operation, OperationHistory, OperationMoment,
    OperationOutcome, OperationValue, Placed, Reading, Register, SearchLimits, Specification, judge, read,
};
use std::collections::BTreeMap;

const THEN: OperationMoment = OperationMoment { source: 0, at_us: 0 };

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
        let next: Vec<usize> =
            (0..waiting.len()).filter(|index| !waiting[*index].placed && waiting[*index].invoked < first).collect();
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
            // Of a call that was turned away at the door nothing is observed.
            let turned_away = history.operations()[operation].result() == Some(&"not-authorised".into());
            assert!(possible.is_some_and(|possible| turned_away || !possible.is_empty()), "{history:?}");
            false
        }
        other => panic!("{other:?} of {history:?}"),
    }
}

/// What a process may do: an operation, its argument, and how it ends.
type Wish = (&'static str, OperationValue, OperationOutcome);

/// Calls `visit` with every history of `left` more operations: every choice for each of them, and every order of
/// invocations and responses. What has an unknown outcome gets no response.
fn every(history: &OperationHistory, choices: &[Wish], left: usize, visit: &mut dyn FnMut(&OperationHistory)) {
    fn go(
        history: &OperationHistory,
        choices: &[Wish],
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

fn ok(name: &'static str, argument: impl Into<OperationValue>, result: impl Into<OperationValue>) -> Wish {
    (name, argument.into(), OperationOutcome::Ok(result.into()))
}

fn open(name: &'static str, argument: impl Into<OperationValue>) -> Wish {
    (name, argument.into(), OperationOutcome::Unknown)
}

fn failed(name: &'static str, argument: impl Into<OperationValue>) -> Wish {
    (name, argument.into(), OperationOutcome::Failed)
}

fn swap(old: i32, new: i32) -> OperationValue {
    OperationValue::from([old.into(), new.into()])
}

/// How many histories of so many operations there are, and how many of them are linearisable.
fn census<S: Specification + Clone>(specification: &S, choices: &[Wish], operations: usize) -> (usize, usize) {
    let (mut all, mut good) = (0, 0);
    every(&OperationHistory::default(), choices, operations, &mut |history| {
        all += 1;
        good += usize::from(agrees(specification, history));
    });
    (all, good)
}

#[test]
fn all_small_histories_of_a_register_are_judged_as_by_trying_every_order() {
    // Every history of up to four operations over the values null, 1 and 2: answered, open and failed ones.
    let register = Register::default();
    let answered = [ok("read", (), ()), ok("read", (), 1), ok("read", (), 2), ok("write", 1, 1), ok("write", 2, ())];
    let others = [open("write", 1), open("write", 2), open("read", ()), failed("write", 1), failed("read", ())];
    let choices = [&answered[..], &others[..]].concat();
    let found: Vec<(usize, usize)> = (0..=4).map(|operations| census(&register, &choices, operations)).collect();
    assert_eq!(found, [(1, 1), (10, 8), (219, 141), (7_755, 4_215), (381_966, 182_364)]);
}

#[test]
fn all_small_histories_of_a_cas_register_are_judged_as_by_trying_every_order() {
    // Every history of up to four operations over the values 0 and 1; swaps succeed, are refused, are open, or failed.
    let register = CasRegister { initial: 0.into() };
    let choices = [
        ok("read", (), 0),
        ok("read", (), 1),
        ok("write", 0, 0),
        ok("write", 1, 1),
        ok("cas", swap(0, 1), ()),
        ok("cas", swap(1, 0), swap(1, 0)),
        ok("cas", swap(1, 0), false),
        open("cas", swap(0, 1)),
        open("write", 0),
        failed("cas", swap(0, 1)),
    ];
    let found: Vec<(usize, usize)> = (0..=4).map(|operations| census(&register, &choices, operations)).collect();
    assert_eq!(found, [(1, 1), (10, 8), (244, 164), (9_800, 5_922), (549_776, 313_641)]);
}

/// The account of that number, and an argument list of it and more.
fn on(account: u64, more: &[i64]) -> OperationValue {
    let account = OperationValue::from(["a", "b", "c", "d", "e"][account as usize]);
    [account].into_iter().chain(more.iter().map(|number| OperationValue::from(*number))).collect::<Vec<_>>().into()
}

fn transfer(from: u64, to: u64, pence: i64) -> OperationValue {
    let [from, to] = [from, to].map(|account| on(account, &[]).list().expect("a list")[0].clone());
    OperationValue::from([from, to, pence.into()])
}

#[test]
fn small_histories_of_a_bank_are_judged_as_by_trying_every_order() {
    let bank = Bank::default();
    let mut choices = Vec::new();
    for account in 0..2 {
        choices.extend((0..3).map(|pence: i64| ok("balance", on(account, &[]), pence)));
        choices.extend([1, 2].map(|pence| ok("deposit", on(account, &[pence]), ())));
        choices.push(ok("deposit", on(account, &[1]), 2));
        choices.push(open("deposit", on(account, &[1])));
        choices.push(ok("withdraw", on(account, &[1]), on(account, &[1])));
        choices.push(ok("withdraw", on(account, &[2]), "insufficient-funds"));
        choices.push(open("withdraw", on(account, &[1])));
        choices.push(ok("balance", on(account, &[]), "no such account"));
        choices.push(ok("deposit", on(account, &[0]), "bad amount"));
        choices.push(ok("transfer", transfer(account, 1 - account, 1), ()));
        choices.push(ok("transfer", transfer(account, 1 - account, 1), "insufficient funds"));
        choices.push(ok("transfer", transfer(account, 1 - account, 1), "no such account"));
        choices.push(ok("transfer", transfer(account, 1 - account, 1), "unavailable"));
        choices.push(ok("deposit", on(account, &[1]), "not-authorised"));
    }
    choices.extend([0, 1, 2].map(|pence: i64| ok("audit", Vec::new(), pence)));
    // Of up to two operations all; of three to six a sample.
    let found: Vec<(usize, usize)> = (0..=2).map(|operations| census(&bank, &choices, operations)).collect();
    assert_eq!(found, [(1, 1), (37, 25), (3_679, 1_627)]);
    let mut numbers = Numbers(7);
    let mut good = 0;
    for round in 0..20_000 {
        let mut history = OperationHistory::default();
        let mut pending: Vec<(u64, OperationOutcome)> = Vec::new();
        let mut left = 3 + round % 4;
        while left > 0 || !pending.is_empty() {
            if left > 0 && (pending.is_empty() || numbers.below(2) == 0) {
                let (name, argument, outcome) = choices[numbers.below(choices.len() as u64) as usize].clone();
                history.invoke(left, name, argument, THEN).expect("it is free");
                pending.extend((outcome != OperationOutcome::Unknown).then_some((left, outcome)));
                left -= 1;
            } else {
                let (process, outcome) = pending.swap_remove(numbers.below(pending.len() as u64) as usize);
                history.respond(process, outcome, THEN).expect("it waits");
            }
        }
        good += usize::from(agrees(&bank, &history));
    }
    assert!((2_000..18_000).contains(&good), "{good} of 20000 are linearisable");
}

/// A history of clients of an atomic object: `draw` says what one of them wants, `apply` what it gets. Of a million
/// operations `unknown` are given up by their clients, before or after they took effect.
fn simulated<S>(
    seed: u64,
    (clients, operations, unknown): (usize, usize, u64),
    mut state: S,
    draw: impl Fn(&mut Numbers) -> (&'static str, OperationValue),
    apply: impl Fn(&mut S, &str, &OperationValue) -> OperationOutcome,
) -> OperationHistory {
    enum Client {
        Idle,
        Waiting(&'static str, OperationValue),
        Done(OperationOutcome),
    }
    let mut numbers = Numbers(seed);
    let mut history = OperationHistory::default();
    let mut all: Vec<Client> = (0..clients).map(|_| Client::Idle).collect();
    while history.operations().len() < operations || all.iter().any(|client| !matches!(client, Client::Idle)) {
        let process = numbers.below(clients as u64);
        let gives_up = numbers.below(1_000_000) < unknown;
        let client = &mut all[process as usize];
        *client = match std::mem::replace(client, Client::Idle) {
            Client::Idle if history.operations().len() == operations => Client::Idle,
            Client::Idle => {
                let (name, argument) = draw(&mut numbers);
                history.invoke(process, name, argument.clone(), THEN).expect("it is free");
                Client::Waiting(name, argument)
            }
            Client::Waiting(..) | Client::Done(_) if gives_up => {
                history.respond(process, OperationOutcome::Unknown, THEN).expect("it waits");
                Client::Idle
            }
            Client::Waiting(name, argument) => Client::Done(apply(&mut state, name, &argument)),
            Client::Done(outcome) => {
                history.respond(process, outcome, THEN).expect("it waits");
                Client::Idle
            }
        };
    }
    history
}

/// The first events of a history, with some outcomes changed.
fn rebuilt(
    history: &OperationHistory,
    events: usize,
    change: impl Fn(usize, &Operation) -> OperationOutcome,
) -> OperationHistory {
    let mut other = OperationHistory::default();
    for event in &history.events()[..events] {
        let index = event.operation();
        let operation = &history.operations()[index];
        let process = operation.process.number;
        match event {
            bivalent::operation::HistoryEvent::Invoke(_) => {
                other.invoke(process, operation.name.clone(), operation.argument.clone(), THEN).map(|_| ())
            }
            bivalent::operation::HistoryEvent::Respond(_) => {
                other.respond(process, change(index, operation), THEN).map(|_| ())
            }
        }
        .expect("it was well formed");
    }
    other
}

/// With another result of the operation `wrong` there is no order; with `certain`, its response is the culprit.
fn corrupted<S: Specification + Clone>(
    specification: &S,
    history: &OperationHistory,
    wrong: usize,
    result: OperationValue,
    certain: bool,
) {
    let other = rebuilt(history, history.events().len(), |index, operation| match index == wrong {
        true => OperationOutcome::Ok(result.clone()),
        false => operation.outcome.clone(),
    });
    let verdict = judge(specification.clone(), &other).expect("known operations");
    let Linearisability::NotLinearisable(Some(culprit)) = verdict else { panic!("{verdict:?}") };
    if certain {
        assert_eq!(culprit.operation, wrong);
        assert!(culprit.possible.is_none_or(|possible| !possible.is_empty()));
    }
    // The prefix has no order, and without its last event it has.
    let of = |events| {
        let prefix = rebuilt(&other, events, |_, operation| operation.outcome.clone());
        judge(specification.clone(), &prefix).expect("known operations")
    };
    assert!(matches!(of(culprit.event + 1), Linearisability::NotLinearisable(_)));
    assert!(matches!(of(culprit.event), Linearisability::Linearisable(_)));
}

/// The last operation of that name that was answered.
fn last(history: &OperationHistory, name: &str) -> usize {
    let wanted = |operation: &Operation| *operation.name == *name && operation.result().is_some();
    history.operations().iter().rposition(wanted).expect("there is one")
}

fn register(state: &mut OperationValue, name: &str, argument: &OperationValue) -> OperationOutcome {
    match (name, argument.list()) {
        ("read", _) => OperationOutcome::Ok(state.clone()),
        ("cas", Some([old, new])) if old == state => {
            *state = new.clone();
            OperationOutcome::Ok(argument.clone())
        }
        ("cas", _) => OperationOutcome::Failed,
        _ => {
            *state = argument.clone();
            OperationOutcome::Ok(argument.clone())
        }
    }
}

fn linearisable<S: Specification + Clone>(specification: &S, history: &OperationHistory) {
    match judge(specification.clone(), history).expect("known operations") {
        Linearisability::Linearisable(order) => shows(specification, history, &order),
        other => panic!("{other:?}"),
    }
}

#[test]
fn ten_clients_and_ten_thousand_operations_of_a_register() {
    for unknown in [0, 1_000] {
        let history = simulated(
            1,
            (10, 10_000, unknown),
            OperationValue::Null,
            |numbers| match numbers.below(2) {
                0 => ("read", ().into()),
                _ => ("write", (numbers.below(1_000_000) as i64).into()),
            },
            register,
        );
        assert_eq!(history.concurrency().min(10), 10);
        linearisable(&Register::default(), &history);
        if unknown == 0 {
            corrupted(&Register::default(), &history, last(&history, "read"), (-1).into(), true);
        }
    }
}

#[test]
fn ten_clients_and_ten_thousand_operations_of_a_cas_register() {
    let draw = |numbers: &mut Numbers| match numbers.below(3) {
        0 => ("read", OperationValue::Null),
        1 => ("write", (numbers.below(5) as i64).into()),
        _ => ("cas", swap(numbers.below(5) as i32, numbers.below(5) as i32)),
    };
    let history = simulated(2, (10, 10_000, 0), OperationValue::Null, draw, register);
    linearisable(&CasRegister::default(), &history);
    corrupted(&CasRegister::default(), &history, last(&history, "read"), 9.into(), true);
    // What is wrong in the middle is found there.
    let middle = history.operations()[..5_000].iter().rposition(|operation| *operation.name == *"read");
    corrupted(&CasRegister::default(), &history, middle.expect("there is one"), 9.into(), true);
    linearisable(&CasRegister::default(), &simulated(3, (10, 10_000, 1_000), OperationValue::Null, draw, register));
}

fn pay(books: &mut [i64; 5], name: &str, argument: &OperationValue) -> OperationOutcome {
    let parts = argument.list().expect("a list");
    let account = |index: usize| (parts[index].text().expect("a name").as_bytes()[0] - b'a') as usize;
    let pence = parts.last().and_then(OperationValue::integer).unwrap_or_default();
    let refused = OperationOutcome::Ok("insufficient funds".into());
    match name {
        "balance" => return OperationOutcome::Ok(books[account(0)].into()),
        "audit" => return OperationOutcome::Ok(books.iter().sum::<i64>().into()),
        "deposit" => books[account(0)] += pence,
        _ if books[account(0)] < pence => return refused,
        "withdraw" => books[account(0)] -= pence,
        _ => {
            books[account(0)] -= pence;
            books[account(1)] += pence;
        }
    }
    OperationOutcome::Ok(().into())
}

#[test]
fn ten_clients_and_ten_thousand_operations_of_a_bank() {
    let bank = Bank::default();
    let alone = |numbers: &mut Numbers| {
        let (account, pence) = (numbers.below(5), 1 + numbers.below(50) as i64);
        match numbers.below(3) {
            0 => ("balance", on(account, &[])),
            1 => ("deposit", on(account, &[pence])),
            _ => ("withdraw", on(account, &[pence])),
        }
    };
    let split = simulated(4, (10, 10_000, 500), [0; 5], alone, pay);
    linearisable(&bank, &split);
    corrupted(&bank, &split, last(&split, "balance"), (-1).into(), true);
    let together = |numbers: &mut Numbers| match numbers.below(4) {
        0 => ("transfer", transfer(numbers.below(5), numbers.below(5), 1 + numbers.below(50) as i64)),
        1 if numbers.below(4) == 0 => ("audit", Vec::new().into()),
        _ => alone(numbers),
    };
    let spanning = simulated(5, (10, 10_000, 0), [0; 5], together, pay);
    linearisable(&bank, &spanning);
    corrupted(&bank, &spanning, last(&spanning, "audit"), (-1).into(), true);
}

#[test]
fn accounts_are_judged_apart_and_the_culprit_is_the_first_of_all() {
    let mut history = OperationHistory::default();
    for (account, result) in [(0, 0), (1, 5), (2, 7), (3, 0)] {
        history.invoke(account, "balance", on(account, &[]), THEN).expect("it is free");
        history.respond(account, OperationOutcome::Ok(result.into()), THEN).expect("it waits");
    }
    let verdict = judge(Bank::default(), &history).expect("known operations");
    let possible = Some(vec![("balance of b".to_owned(), 0.into())]);
    assert_eq!(verdict, Linearisability::NotLinearisable(Some(Culprit { operation: 1, event: 3, possible })));
    // Who tells the accounts at the beginning says that there are no others.
    let told = Bank { accounts: Some(BTreeMap::from([("a".into(), 0), ("b".into(), 5), ("c".into(), 7)])) };
    let verdict = judge(told, &history).expect("known operations");
    let possible = Some(vec![("balance of d".to_owned(), "no such account".into())]);
    assert_eq!(verdict, Linearisability::NotLinearisable(Some(Culprit { operation: 3, event: 7, possible })));
}

#[test]
fn a_search_can_be_sliced_and_ends_at_its_limit() {
    let draw = |numbers: &mut Numbers| match numbers.below(2) {
        0 => ("read", OperationValue::Null),
        _ => ("write", (numbers.below(3) as i64).into()),
    };
    let history = simulated(6, (8, 400, 0), OperationValue::Null, draw, register);
    let whole = judge(Register::default(), &history).expect("known operations");
    let mut sliced = Linearisation::new(Register::default(), &history, SearchLimits::default()).expect("known");
    let mut slices = 0;
    let steps = loop {
        let progress = sliced.step(10);
        assert!(progress.reached <= progress.events);
        slices += 1;
        if progress.done {
            break progress.steps;
        }
    };
    assert!(slices > 20 && steps < 100_000, "{slices} slices, {steps} steps");
    assert_eq!(sliced.verdict(), Some(&whole));
    for limits in [
        SearchLimits { steps: steps - 1, ..SearchLimits::default() },
        SearchLimits { bytes: 1_000, ..SearchLimits::default() },
    ] {
        let mut search = Linearisation::new(Register::default(), &history, limits).expect("known");
        while !search.step(1_000).done {}
        assert_eq!(search.verdict(), Some(&Linearisability::Unknown), "{limits:?}");
    }
}

#[test]
fn no_text_brings_the_readers_down() {
    let seeds = [
        "{\"process\":0,\"type\":\"invoke\",\"f\":\"cas\",\"value\":[1,2]}\n{\"process\":0,\"type\":\"ok\",\"f\":\"cas\",\"value\":[1,2]}",
        "[{:process 0, :type :invoke, :f :transfer, :value [\"Zo\\u00eb £\" b 3N]} #_ {:a #{1 2}}\n\
         #jepsen.history.Op{:process 0 :type :info :f :transfer :value nil ; so\n}]",
    ];
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "\"",
        "\\",
        "\\u",
        ":",
        "#",
        "#_",
        "#{",
        "#a ",
        ";",
        "\n",
        ",",
        "ë",
        "\u{feff}",
        "9999999999999999999",
        "-",
        "1.5e3",
        "null",
        "nil",
        "\\newline",
        "{\"process\":",
        "nemesis",
    ];
    let mut numbers = Numbers(11);
    let mut read_well = 0;
    for round in 0..60_000 {
        let mut text: Vec<char> = seeds[round % 2].chars().collect();
        for _ in 0..=numbers.below(6) {
            let place = numbers.below(text.len() as u64 + 1) as usize;
            match numbers.below(3) {
                0 => {
                    let end = (place + numbers.below(12) as usize).min(text.len());
                    text.drain(place..end);
                }
                1 => {
                    let piece = pieces[numbers.below(pieces.len() as u64) as usize];
                    text.splice(place..place, piece.chars());
                }
                _ => text.truncate(place),
            }
        }
        let text: String = text.into_iter().collect();
        match read(&text) {
            Ok(history) => {
                read_well += 1;
                // What is read is judged or refused.
                let _ = judge(CasRegister::default(), &history);
                let _ = judge(Bank::default(), &history);
            }
            Err(error) => {
                assert!(error.starts_with("line ") && error.chars().count() < 600, "{text:?}: {error}");
            }
        }
    }
    assert!(read_well > 1_000, "{read_well}");
}
