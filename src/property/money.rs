//! Money that is moved, and photographs of where it is.

use super::{Family, JudgedMoment, Monitor, Notice, Promised, Property, Violations};
use crate::process::{LayerState, Outcome, ProcessId, Value};
use std::sync::Arc;

/// Money on books, and shares of it that processes decide.
static FAMILY: Family = Family { name: "money", monitor: |promised| Box::new(BookWatch::new(promised)) };

impl Property {
    /// The shares that all processes decide add up to all the money there was at first.
    pub const CONSISTENT_CUT: Property =
        Property::always(&FAMILY, "consistent-cut", "The shares add up to all the money there is.");
    /// When everything has come to rest, as much is on the books as there was at first.
    pub const CONSERVATION: Property =
        Property::in_the_end(&FAMILY, "conservation", "In the end there is as much money on the books as at first.");
}

/// The money at first, and the share that each process has decided.
#[derive(Clone)]
struct BookWatch {
    first: Option<i64>,
    shares: Vec<Option<Value>>,
}

impl BookWatch {
    fn new(promised: &Promised) -> Self {
        BookWatch { first: None, shares: vec![None; promised.processes()] }
    }
}

impl Monitor for BookWatch {
    fn copy(&self) -> Box<dyn Monitor> {
        Box::new(self.clone())
    }

    fn begin(&mut self, books: Option<i64>) {
        self.first = books;
    }

    fn hear(&mut self, me: ProcessId, heard: Notice<'_>, _moment: &JudgedMoment<'_>, violations: &mut Violations) {
        let Notice::Told(Outcome::Decide(value)) = heard else { return };
        self.shares[me.index()].get_or_insert_with(|| value.clone());
        let share = |share: &Option<Value>| share.as_ref()?.to_string().parse::<i64>().ok();
        if let (Some(shares), Some(first)) = (self.shares.iter().map(share).sum::<Option<i64>>(), self.first)
            && shares != first
        {
            violations.enter(Property::CONSISTENT_CUT, || format!("the shares add up to {shares}, and not to {first}"));
        }
    }

    fn missing(&self, _property: Property, moment: &JudgedMoment<'_>) -> Option<String> {
        let (now, first) = (moment.facts.books?, self.first?);
        (now != first).then(|| format!("{now} of {first} is on the books"))
    }

    fn bytes(&self) -> usize {
        16 + 24 * self.shares.len()
    }
}

/// The money of a process with this state in the protocol on top.
type ReadMoney = dyn Fn(&LayerState) -> Option<i64> + Send + Sync;

/// The way to read the money that a process holds from its state in the protocol on top.
#[derive(Clone)]
pub struct Holdings {
    read: Arc<ReadMoney>,
}

impl Holdings {
    /// Holdings of processes whose states in the protocol on top are of the type `S`. `money` is `None` where a process
    /// has no book.
    pub fn new<S: 'static>(money: impl Fn(&S) -> Option<i64> + Send + Sync + 'static) -> Self {
        Holdings { read: Arc::new(move |top| money((**top).as_any().downcast_ref()?)) }
    }

    /// The money of a process with this state in the protocol on top; `None` where it has no book.
    pub fn money(&self, top: &LayerState) -> Option<i64> {
        (self.read)(top)
    }
}
