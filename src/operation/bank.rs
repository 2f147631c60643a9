//! A bank: accounts that hold whole pence, from 0 to 2⁶³ − 1.
//!
//! | operation | arguments | result | effect |
//! |---|---|---|---|
//! | `balance` | account | pence | none |
//! | `deposit` | account, pence | null, the arguments again, or the balance after it | the account holds more |
//! | `withdraw` | account, pence | null, the arguments again, or the balance after it | the account holds less |
//! | `transfer` | from, to, pence | null, or the arguments again | one holds less, the other more |
//! | `audit` | none | pence | none: the sum of all accounts, read at once |
//!
//! Arguments are a list. An account is a text, or a whole number, which is then its text. A refusal is a result, and
//! changes nothing; its words may be joined by spaces or hyphens:
//!
//! - `no such account`: one of the accounts does not exist;
//! - `insufficient funds`: the account that pays holds less than the amount, which is positive;
//! - `bad amount`: the amount is 0 or negative, or the account that is paid cannot hold as much;
//! - `not authorised`, `malformed`, `unsupported version`: always right here, for reasons that are no part of the books;
//! - `unavailable`: nobody answered, so the outcome is unknown.
//!
//! Where several reasons hold, each is right. Accounts neither come nor go. If those of the beginning are told, there are
//! no others. If not, every account begins with 0 pence, and which names are accounts is for the results to tell: the
//! first one in the order that shows it settles it.

use super::model::{CallObservation, Reading, Specification};
use super::value::OperationValue;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The bank.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bank {
    /// The accounts and their pence at the beginning; none if that is not told.
    pub accounts: Option<BTreeMap<Rc<str>, i64>>,
}

/// A call of the bank.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct BankCall {
    action: BankAction,
    answer: BankAnswer,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum BankAction {
    Balance(Rc<str>),
    Deposit(Rc<str>, i64),
    Withdraw(Rc<str>, i64),
    Transfer(Rc<str>, Rc<str>, i64),
    Audit,
    /// Refused before it came to the books.
    TurnedAway,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum BankAnswer {
    /// Nobody knows.
    Missing,
    Done,
    /// Done, with the balance after it of the account that pays or is paid; or what was asked for.
    Pence(i64),
    NoSuchAccount,
    InsufficientFunds,
    BadAmount,
}

/// The state of an account, as far as the books say; where they say nothing, results will tell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum AccountState {
    Holds(i64),
    Absent,
}

/// The books: what is known of each account, by name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Books(Vec<(Rc<str>, AccountState)>);

impl Books {
    fn find(&self, account: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(name, _)| (**name).cmp(account))
    }

    fn get(&self, account: &str) -> Option<AccountState> {
        self.find(account).ok().map(|place| self.0[place].1)
    }

    /// The pence of an account, if there may be such an account.
    fn pence(&self, account: &str) -> Option<i64> {
        match self.get(account) {
            Some(AccountState::Holds(pence)) => Some(pence),
            Some(AccountState::Absent) => None,
            None => Some(0),
        }
    }

    fn set(&mut self, account: &Rc<str>, state: AccountState) {
        match self.find(account) {
            Ok(place) => self.0[place].1 = state,
            Err(place) => self.0.insert(place, (account.clone(), state)),
        }
    }

    /// These books with some accounts changed.
    fn with(&self, changes: &[(&Rc<str>, AccountState)]) -> Books {
        let mut books = self.clone();
        changes.iter().for_each(|(account, state)| books.set(account, *state));
        books
    }

    fn sum(&self) -> i128 {
        let pence = |state: &AccountState| if let AccountState::Holds(pence) = state { i128::from(*pence) } else { 0 };
        self.0.iter().map(|(_, state)| pence(state)).sum()
    }
}

impl BankAction {
    /// The accounts that it names.
    fn accounts(&self) -> impl Iterator<Item = &Rc<str>> {
        self.paying().into_iter().chain(self.paid()).chain(match self {
            BankAction::Balance(account) => Some(account),
            _ => None,
        })
    }

    fn paying(&self) -> Option<&Rc<str>> {
        match self {
            BankAction::Withdraw(account, _) | BankAction::Transfer(account, ..) => Some(account),
            _ => None,
        }
    }

    fn paid(&self) -> Option<&Rc<str>> {
        match self {
            BankAction::Deposit(account, _) | BankAction::Transfer(_, account, _) => Some(account),
            _ => None,
        }
    }

    fn amount(&self) -> Option<i64> {
        match self {
            BankAction::Deposit(_, pence) | BankAction::Withdraw(_, pence) | BankAction::Transfer(.., pence) => {
                Some(*pence)
            }
            _ => None,
        }
    }

    /// The books after it, if it can be done.
    fn effect(&self, books: &Books) -> Option<Books> {
        let amount = self.amount().filter(|amount| *amount > 0)?;
        let mut after = books.clone();
        if let Some(account) = self.paying() {
            let pence = after.pence(account)?.checked_sub(amount).filter(|rest| *rest >= 0)?;
            after.set(account, AccountState::Holds(pence));
        }
        if let Some(account) = self.paid() {
            let pence = after.pence(account)?.checked_add(amount)?;
            after.set(account, AccountState::Holds(pence));
        }
        Some(after)
    }
}

impl BankCall {
    /// Takes effect on the books.
    fn changes_books(&self) -> bool {
        self.action.amount().is_some()
            && matches!(self.answer, BankAnswer::Missing | BankAnswer::Done | BankAnswer::Pence(_))
    }
}

/// A refusal in the words of the contract.
enum BankRefusal {
    Books(BankAnswer),
    Elsewhere,
    Unavailable,
}

fn refusal(text: &str) -> Option<BankRefusal> {
    Some(match &*text.replace('-', " ") {
        "no such account" => BankRefusal::Books(BankAnswer::NoSuchAccount),
        "insufficient funds" => BankRefusal::Books(BankAnswer::InsufficientFunds),
        "bad amount" => BankRefusal::Books(BankAnswer::BadAmount),
        "not authorised" | "malformed" | "unsupported version" => BankRefusal::Elsewhere,
        "unavailable" => BankRefusal::Unavailable,
        _ => return None,
    })
}

fn account(value: &OperationValue) -> Option<Rc<str>> {
    match value {
        OperationValue::Text(text) => Some(text.clone()),
        OperationValue::Integer(number) => Some(number.to_string().into()),
        _ => None,
    }
}

fn action(name: &str, argument: &OperationValue) -> Result<BankAction, String> {
    let parts = argument.list().unwrap_or_default();
    let pence = |value: &OperationValue| value.integer();
    let (read, allowed) = match (name, parts) {
        ("balance", [whose]) => (account(whose).map(BankAction::Balance), "[account]"),
        ("balance", _) => (None, "[account]"),
        ("deposit", [whose, amount]) => (
            account(whose).zip(pence(amount)).map(|(whose, pence)| BankAction::Deposit(whose, pence)),
            "[account, pence]",
        ),
        ("withdraw", [whose, amount]) => (
            account(whose).zip(pence(amount)).map(|(whose, pence)| BankAction::Withdraw(whose, pence)),
            "[account, pence]",
        ),
        ("deposit" | "withdraw", _) => (None, "[account, pence]"),
        ("transfer", [from, to, amount]) => {
            let accounts = account(from).zip(account(to)).zip(pence(amount));
            (accounts.map(|((from, to), pence)| BankAction::Transfer(from, to, pence)), "[from, to, pence]")
        }
        ("transfer", _) => (None, "[from, to, pence]"),
        ("audit", []) if argument.list().is_some() || *argument == OperationValue::Null => {
            (Some(BankAction::Audit), "[]")
        }
        ("audit", _) => (None, "[] and null"),
        _ => {
            return Err(
                "a bank has no such operation; allowed are balance, deposit, withdraw, transfer and audit".into()
            );
        }
    };
    read.ok_or_else(|| {
        format!(
            "its argument is {}; allowed is {allowed}, with an account as a text or a whole number and pence as a whole \
             number of 64 bits",
            argument.quoted()
        )
    })
}

impl Specification for Bank {
    type State = Books;
    type Call = BankCall;

    fn initial(&self) -> Books {
        let accounts = self.accounts.iter().flatten();
        Books(accounts.map(|(name, pence)| (name.clone(), AccountState::Holds(*pence))).collect())
    }

    fn read(
        &self,
        name: &str,
        argument: &OperationValue,
        result: Option<&OperationValue>,
    ) -> Result<Reading<BankCall>, String> {
        let refusal = result.and_then(OperationValue::text).and_then(refusal);
        if let Some(BankRefusal::Elsewhere) = refusal {
            return Ok(Reading::Answered(BankCall { action: BankAction::TurnedAway, answer: BankAnswer::Done }));
        }
        let action = action(name, argument)?;
        let answer = match (refusal, result) {
            (Some(BankRefusal::Books(answer)), _) => answer,
            (Some(_), _) | (_, None) => {
                return Ok(Reading::Unanswered(BankCall { action, answer: BankAnswer::Missing }));
            }
            (None, Some(result)) => {
                let only_pence = action.amount().is_none();
                let transfer = matches!(action, BankAction::Transfer(..));
                match result {
                    OperationValue::Integer(pence) if !transfer => BankAnswer::Pence(*pence),
                    OperationValue::Null if !only_pence => BankAnswer::Done,
                    value if !only_pence && value == argument => BankAnswer::Done,
                    value => {
                        let allowed = match (only_pence, transfer) {
                            (true, _) => "pence",
                            (false, true) => "null, the arguments again",
                            (false, false) => "null, the arguments again, the pence after it",
                        };
                        return Err(format!(
                            "its result is {}; allowed are {allowed}, and the refusals: no such account, insufficient \
                             funds, bad amount, not authorised, malformed, unsupported version, unavailable",
                            value.quoted()
                        ));
                    }
                }
            }
        };
        Ok(Reading::Answered(BankCall { action, answer }))
    }

    fn step(&self, books: &Books, call: &BankCall, next: &mut Vec<Books>) {
        let BankCall { action, answer } = call;
        let closed = self.accounts.is_some();
        let known = |account: &Rc<str>| match books.get(account) {
            None if closed => Some(AccountState::Absent),
            known => known,
        };
        let pence = |account: &Rc<str>| match known(account) {
            Some(AccountState::Absent) => None,
            _ => books.pence(account),
        };
        match answer {
            BankAnswer::NoSuchAccount => {
                for account in action.accounts() {
                    match known(account) {
                        Some(AccountState::Absent) => next.push(books.clone()),
                        None => next.push(books.with(&[(account, AccountState::Absent)])),
                        Some(AccountState::Holds(_)) => {}
                    }
                }
            }
            BankAnswer::InsufficientFunds => {
                let amount = action.amount().filter(|amount| *amount > 0);
                if let (Some(account), Some(amount)) = (action.paying(), amount)
                    && let Some(held) = pence(account).filter(|held| *held < amount)
                {
                    next.push(books.with(&[(account, AccountState::Holds(held))]));
                }
            }
            BankAnswer::BadAmount => {
                let full = |amount: i64| {
                    let account = action.paid().filter(|account| action.paying() != Some(account))?;
                    let held = pence(account).filter(|held| held.checked_add(amount).is_none())?;
                    Some(books.with(&[(account, AccountState::Holds(held))]))
                };
                next.extend(match action.amount() {
                    Some(..=0) => Some(books.clone()),
                    Some(amount) => full(amount),
                    None => None,
                });
            }
            BankAnswer::Missing | BankAnswer::Done | BankAnswer::Pence(_) => match action {
                BankAction::TurnedAway => next.push(books.clone()),
                BankAction::Audit => {
                    let right = !matches!(answer, BankAnswer::Pence(sum) if i128::from(*sum) != books.sum());
                    next.extend(right.then(|| books.clone()));
                }
                BankAction::Balance(account) => {
                    let right = |held: &i64| !matches!(answer, BankAnswer::Pence(pence) if pence != held);
                    let held = pence(account).filter(right);
                    next.extend(held.map(|held| books.with(&[(account, AccountState::Holds(held))])));
                }
                BankAction::Deposit(..) | BankAction::Withdraw(..) | BankAction::Transfer(..) => {
                    if action.accounts().any(|account| known(account) == Some(AccountState::Absent)) {
                        return;
                    }
                    let right = |after: &Books| match (answer, action.paying().or(action.paid())) {
                        (BankAnswer::Pence(pence), Some(account)) => after.pence(account) == Some(*pence),
                        _ => true,
                    };
                    next.extend(action.effect(books).filter(right));
                }
            },
        }
        // Where both accounts of a transfer are missing, either is the reason, and it is the same state.
        next.dedup();
    }

    fn is_query(&self, call: &BankCall) -> bool {
        !call.changes_books()
    }

    /// Payments to an account commute, and so do payments from it, as long as nobody is told the balance. A deposit and a
    /// withdrawal do not: the one may be what the other needs.
    fn commute(&self, one: &BankCall, other: &BankCall) -> bool {
        if self.is_query(one) && self.is_query(other) {
            return true;
        }
        if one.action == BankAction::Audit || other.action == BankAction::Audit {
            return one.action == BankAction::TurnedAway || other.action == BankAction::TurnedAway;
        }
        let silent = |call: &BankCall| call.changes_books() && !matches!(call.answer, BankAnswer::Pence(_));
        let silent = silent(one) && silent(other);
        let meets = |first: Option<&Rc<str>>, second: Option<&Rc<str>>| first.is_some() && first == second;
        let (one, other) = (&one.action, &other.action);
        if silent {
            return !meets(one.paying(), other.paid()) && !meets(one.paid(), other.paying());
        }
        !one.accounts().any(|account| other.accounts().any(|theirs| theirs == account))
    }

    fn keys(&self, call: &BankCall) -> Option<Vec<OperationValue>> {
        if call.action == BankAction::Audit {
            return None;
        }
        Some(call.action.accounts().map(|account| OperationValue::Text(account.clone())).collect())
    }

    fn bytes(&self, books: &Books) -> usize {
        size_of::<Books>() + books.0.len() * size_of::<(Rc<str>, AccountState)>()
    }

    fn observe(&self, books: &Books, call: &BankCall) -> Option<CallObservation<BankCall>> {
        let action = &call.action;
        if *action == BankAction::Audit {
            let sum = i64::try_from(books.sum()).ok()?;
            let call = BankCall { action: BankAction::Audit, answer: BankAnswer::Pence(sum) };
            return Some(CallObservation { call, name: "sum of all accounts".into(), value: sum.into() });
        }
        let account = action.accounts().next()?;
        let name = format!("balance of {account}");
        let closed = self.accounts.is_some() && books.get(account).is_none();
        let Some(held) = books.pence(account).filter(|_| !closed) else {
            let call = BankCall { action: BankAction::Balance(account.clone()), answer: BankAnswer::NoSuchAccount };
            return Some(CallObservation { call, name, value: "no such account".into() });
        };
        // With the balance after it as a result, a payment is right only where this is the balance before it.
        let after = action.effect(books).and_then(|after| after.pence(account));
        let (action, pence) = match after {
            Some(after) => (action.clone(), after),
            None => (BankAction::Balance(account.clone()), held),
        };
        let call = BankCall { action, answer: BankAnswer::Pence(pence) };
        Some(CallObservation { call, name, value: held.into() })
    }
}
