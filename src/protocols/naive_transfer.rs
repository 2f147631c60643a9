//! A transfer between two banks, with nobody to see it through.
//!
//! **Problem.** p0 shall pay an amount to p1. Each has its own book, and there is no book of both.
//! **Assumes** reliable links and that nobody crashes.
//! **Idea.** p0 takes the amount from its book and tells p1, which adds it to its own. Books are in stable storage.
//! Each of them does its part without fault; what no one has is the whole.
//! **Source.** Folklore: the way to do it before anybody has lost money. Gray 1978 is about what it lacks.
//! **Promises** conservation: when all is at rest, the books together hold what they held at first.
//! **Cost.** One message, one step.
//! **What breaks it.** Anything between the two halves: p0 crashes after it has taken the money (give it a `pause-ms`
//! to see it), p1 is down when the message comes, or the message is lost. p0 cannot ask again, as it cannot know whether
//! p1 was told; if it told p1 twice there might be too much money.

use crate::catalogue::{
    Assumption, Consequence, Domain, Entry, Exploration, Explorer, Parameter, Parameters, Without, names, world,
};
use crate::process::{Kind, Local, Message, Out, ProcessId, Protocol, Stored, Timer, Value};
use crate::property::{Holdings, Property};
use serde::Serialize;

/// When to tell the other bank.
pub const TELL: Timer = Timer::new("tell");

/// The process that pays.
pub const PAYER: ProcessId = ProcessId(0);
/// The process that is paid.
pub const PAYEE: ProcessId = ProcessId(1);

/// "I took this much from my book; add it to yours."
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Credit(pub i64);

impl Message for Credit {
    fn kind(&self) -> Kind {
        Kind { label: "CR", name: "credit" }
    }
    fn value(&self) -> Option<Value> {
        Some(Value::from(format!("£{}", self.0).as_str()))
    }
    fn text(&self) -> String {
        format!("I took £{} from my book, add it to yours", self.0)
    }
    fn lies(&self) -> Vec<Self> {
        vec![Credit(self.0 * 10)]
    }
}

/// A bank. All of it is in stable storage, so the record has the same form.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NaiveTransferState {
    /// The money on its book; none for processes that are no bank.
    pub book: Option<i64>,
    /// True if the payer has taken the amount from its book.
    pub taken: bool,
}

/// The protocol.
pub struct NaiveTransfer {
    /// The amount to be paid.
    amount: i64,
    /// The balance of each bank at first.
    balance: i64,
    /// The time that the payer waits between its book and its message, in microseconds.
    pause_us: u64,
    /// Planted bug: tells the payee without taking the amount from its own book.
    mutant_forgets_to_take: bool,
}

impl NaiveTransfer {
    fn tell(&self, out: &mut Out<'_, Credit>) {
        out.send(PAYEE, Credit(self.amount));
    }
}

impl Protocol for NaiveTransfer {
    type State = NaiveTransferState;
    type Message = Credit;

    fn init(&self, local: &Local) -> NaiveTransferState {
        let is_bank = local.me == PAYER || local.me == PAYEE;
        NaiveTransferState { book: is_bank.then_some(self.balance), taken: false }
    }

    fn on_start(&self, state: &mut NaiveTransferState, out: &mut Out<'_, Credit>) {
        let amount = self.amount;
        let Some(book) = state.book.filter(|_| out.me == PAYER) else {
            out.because(|| "it waits: it is not the one who pays");
            return;
        };
        if book < amount {
            out.because(|| format!("it has £{book} and cannot pay £{amount}, so there is no transfer"));
            return;
        }
        state.taken = true;
        if !self.mutant_forgets_to_take {
            state.book = Some(book - amount);
        }
        out.store(state.clone());
        if self.pause_us == 0 {
            self.tell(out);
            out.because(|| format!("it takes £{amount} from its book and tells {PAYEE} to add it"));
        } else {
            out.set_timer(TELL, self.pause_us);
            out.because(|| format!("it takes £{amount} from its book; next it will tell {PAYEE}"));
        }
    }

    fn on_deliver(&self, state: &mut NaiveTransferState, from: ProcessId, message: &Credit, out: &mut Out<'_, Credit>) {
        let Some(book) = state.book.filter(|_| out.me == PAYEE) else {
            out.because(|| format!("nobody pays it, so it does not believe {from}"));
            return;
        };
        let Credit(amount) = *message;
        state.book = Some(book + amount);
        out.store(state.clone());
        out.because(|| format!("{from} says that it took £{amount}, so it adds £{amount} to its book"));
    }

    fn on_timeout(&self, _state: &mut NaiveTransferState, timer: Timer, out: &mut Out<'_, Credit>) {
        debug_assert_eq!(timer, TELL, "the only timer of this layer");
        self.tell(out);
        out.because(|| format!("the money is off its book, so now it tells {PAYEE}"));
    }

    fn on_recovery(&self, state: &mut NaiveTransferState, stored: Option<&Stored>, out: &mut Out<'_, Credit>) {
        let Some(stored) = stored else {
            return self.on_start(state, out);
        };
        *state = stored.get::<NaiveTransferState>().clone();
        match (state.taken, state.book) {
            (true, _) => out.because(|| {
                format!("its book says that the money is taken, and not whether {PAYEE} was told; it does nothing")
            }),
            (false, Some(book)) => out.because(|| format!("it is back, and its book says £{book}")),
            (false, None) => out.because(|| "it is back, and it has no book"),
        }
    }

    fn label(&self, _local: &Local, state: &NaiveTransferState) -> String {
        state.book.map(|book| format!("£{book}")).unwrap_or_default()
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Half a transfer".into(),
        summary: "p0 takes money from its book and tells p1 to add it; if anything happens in between, it is gone."
            .into(),
        cost: "One message, one step.".into(),
        source: "folklore".into(),
        assumptions: vec![Assumption::ReliableLinks, Assumption::NoCrash],
        properties: vec![Property::CONSERVATION],
        holdings: Some(Holdings::new(|state: &NaiveTransferState| state.book)),
        parameters: Vec::from_iter(payment().into_iter().chain([Parameter::new(
            "pause-ms",
            Domain::Integer(0, 60_000),
            "0",
            "The time that p0 lets pass between its book and its message, in milliseconds of its clock.",
        )])),
        exploration: Exploration::new(Explorer::Strict, 2),
        mutants: names(["forgets-to-take"]),
        without: without(),
        ..Entry::new("naive-transfer", |parameters| NaiveTransfer {
            amount: pounds(parameters, AMOUNT),
            balance: pounds(parameters, BALANCE),
            pause_us: parameters.integer("pause-ms") * 1_000,
            mutant_forgets_to_take: parameters.mutant("forgets-to-take"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::CONSERVATION), 1, world::lossy),
        Without::new(Assumption::NoCrash, Consequence::Violated(Property::CONSERVATION), 1, |scenario| {
            world::at(scenario, 0, world::crash_after(world::P0, 1))
        }),
    ]
}

/// The parameters of a payment: what is to be paid, and what each bank has at first.
pub fn payment() -> [Parameter; 2] {
    let pounds = |least| Domain::Integer(least, 1_000_000);
    [
        Parameter::new(AMOUNT, pounds(1), "10", "The pounds that p0 pays to p1."),
        Parameter::new(BALANCE, pounds(0), "100", "The pounds on each of the two books at first."),
    ]
}

/// The name of the parameter for what is to be paid.
pub const AMOUNT: &str = "amount";

/// The name of the parameter for what each bank has at first.
pub const BALANCE: &str = "balance";

/// The value of a parameter that is an amount of money.
pub fn pounds(parameters: &Parameters, which: &str) -> i64 {
    i64::try_from(parameters.integer(which)).expect("a domain of money ends at a million")
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;

    #[test]
    fn without_faults_it_costs_one_message_and_keeps_the_money() {
        let mut bench = on_bench("naive-transfer", &[], None, &["", "", ""]);
        assert_eq!(bench.money(), 200);
        bench.start_all();
        assert_eq!(bench.money(), 190, "£10 are in flight");
        bench.deliver_all();
        assert_eq!((bench.sent, bench.money()), (1, 200));
        assert_eq!((bench.label(0), bench.label(1), bench.label(2)), ("£90".into(), "£110".into(), String::new()));
    }

    #[test]
    fn a_crash_between_book_and_message_loses_the_amount() {
        let mut bench = on_bench("naive-transfer", &[("pause-ms", "50")], None, &["", ""]);
        bench.start_all();
        assert_eq!((bench.sent, bench.timer(0, "tell")), (0, Some(50_000)));
        bench.crash(0);
        bench.recover(0);
        bench.deliver_all();
        assert_eq!((bench.sent, bench.money()), (0, 190));
        assert!(bench.reason(0).contains("not whether p1 was told"));
    }

    #[test]
    fn a_message_to_a_crashed_bank_loses_the_amount_and_a_copied_one_makes_money() {
        let mut bench = on_bench("naive-transfer", &[], None, &["", ""]);
        bench.start_all();
        bench.crash(1);
        bench.deliver_all();
        bench.recover(1);
        assert_eq!(bench.money(), 190);

        let mut bench = on_bench("naive-transfer", &[], None, &["", ""]);
        bench.start_all();
        bench.duplicate(0, 1);
        assert_eq!(bench.money(), 210);
    }

    #[test]
    fn books_survive_a_crash() {
        let mut bench = on_bench("naive-transfer", &[("pause-ms", "50")], None, &["", ""]);
        bench.start_all();
        bench.fire(0, "tell");
        bench.deliver_all();
        (0..2).for_each(|p| bench.crash(p));
        (0..2).for_each(|p| bench.recover(p));
        assert_eq!((bench.label(0), bench.label(1), bench.sent), ("£90".into(), "£110".into(), 1));
    }

    #[test]
    fn who_has_too_little_pays_nothing() {
        let mut bench = on_bench("naive-transfer", &[("balance", "5")], None, &["", ""]);
        bench.start_all();
        assert_eq!((bench.sent, bench.money()), (0, 10));
    }

    #[test]
    fn mutant_forgets_to_take_makes_money() {
        let mut bench = on_bench("naive-transfer", &[("mutant", "forgets-to-take")], None, &["", ""]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.money(), 210);
    }
}
