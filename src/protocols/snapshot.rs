//! A photograph of money that moves.
//!
//! **Problem.** How much is there, while processes go on paying each other? Who asks one after the other counts some
//! money twice and some not at all.
//! **Assumes** reliable links that keep the order, and that nobody crashes; timing does not matter.
//! **Idea.** Who begins writes down what it has, and at once sends a marker to everybody. Who gets its first marker does
//! the same. From then on it writes down what comes on each link until that link's marker: that was on its way. So the
//! markers cut the run in a before and an after, and no money is received before it was sent.
//! **Source.** Chandy and Lamport, *Distributed snapshots: determining global states of distributed systems*, ACM
//! Transactions on Computer Systems 3(1), 1985: the marker-sending and the marker-receiving rule.
//! **Promises** termination, and that the recorded cut is consistent: the shares, each what was on a book and on its way
//! to it, add up to all the money there is.
//! **Cost.** n(n-1) markers, one on each link in each direction, and two steps. Payments come on top.
//! **What breaks it.** A marker that overtakes money, or is overtaken: an amount is in two shares or in none.
//!
//! The process decides its share.

use crate::catalogue::{
    Assumption, Consequence, Domain, Entry, Exploration, Explorer, NeededNetwork, Parameter, Without, names, world,
};
use crate::process::{Kind, Local, Message, Out, ProcessId, Protocol, Timer};
use crate::property::{Holdings, Property};
use serde::Serialize;

/// When to pay somebody.
pub const PAY: Timer = Timer::new("pay");

/// The process that begins.
const FIRST: ProcessId = ProcessId(0);

/// The amount of each payment.
const AMOUNT: i64 = 10;

/// The messages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub enum SnapshotMessage {
    /// So much money.
    Money(i64),
    /// "What I sent before this was before the photograph."
    Marker,
}

impl Message for SnapshotMessage {
    fn kind(&self) -> Kind {
        match self {
            SnapshotMessage::Money(_) => Kind { label: "£", name: "money" },
            SnapshotMessage::Marker => Kind { label: "MRK", name: "marker" },
        }
    }
    fn text(&self) -> String {
        match self {
            SnapshotMessage::Money(amount) => format!("£{amount} for you"),
            SnapshotMessage::Marker => "photograph, now".to_owned(),
        }
    }
    fn lies(&self) -> Vec<Self> {
        match self {
            SnapshotMessage::Money(amount) => vec![SnapshotMessage::Money(10 * amount)],
            SnapshotMessage::Marker => Vec::new(),
        }
    }
}

/// The state of a process: its money, and the shares that it wrote down.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SnapshotState {
    /// Its balance.
    pub balance: i64,
    /// The number of times that it has paid.
    pub paid: u64,
    /// The record so far, once the photograph has begun here: its book, and the money on its way.
    pub share: Option<i64>,
    /// The links of which it still writes down what comes.
    pub open: Vec<ProcessId>,
}

/// The protocol.
pub struct Snapshot {
    /// The balance of each at first.
    balance: i64,
    /// The number of times that each pays.
    payments: u64,
    /// After how many payments p0 begins.
    after: u64,
    /// The time that each waits between two payments, in microseconds.
    pause_us: u64,
    /// Planted bug: forgets what is on its way.
    mutant_forgets: bool,
}

impl Snapshot {
    /// Writes down the book and sends the markers; `source` is the link whose marker has come.
    fn record(&self, state: &mut SnapshotState, source: Option<ProcessId>, out: &mut Out<'_, SnapshotMessage>) {
        state.share = Some(state.balance);
        state.open = out.peers.iter().copied().filter(|peer| Some(*peer) != source).collect();
        out.send_to_peers(SnapshotMessage::Marker);
        let balance = state.balance;
        out.because(|| match source {
            None => format!("it begins: it writes down its £{balance}, and sends markers before anything else"),
            Some(source) => {
                format!("the first marker, from {source}: it writes down its £{balance}, and sends markers")
            }
        });
    }

    /// Hands in its share when the last link is closed.
    fn finish(&self, state: &SnapshotState, out: &mut Out<'_, SnapshotMessage>) {
        if let Some(share) = state.share
            && state.open.is_empty()
        {
            out.decide(&*share.to_string());
            out.because(|| format!("all markers have come: £{share} is its share"));
        }
    }
}

impl Protocol for Snapshot {
    type State = SnapshotState;
    type Message = SnapshotMessage;

    fn init(&self, _local: &Local) -> SnapshotState {
        SnapshotState { balance: self.balance, paid: 0, share: None, open: Vec::new() }
    }

    fn on_start(&self, state: &mut SnapshotState, out: &mut Out<'_, SnapshotMessage>) {
        if self.payments > 0 {
            out.set_timer(PAY, self.pause_us);
        }
        if out.me == FIRST && self.after == 0 {
            self.record(state, None, out);
        }
    }

    fn on_deliver(
        &self,
        state: &mut SnapshotState,
        from: ProcessId,
        message: &SnapshotMessage,
        out: &mut Out<'_, SnapshotMessage>,
    ) {
        match message {
            SnapshotMessage::Money(amount) => {
                state.balance += amount;
                let on_its_way = state.open.contains(&from);
                if on_its_way && !self.mutant_forgets {
                    state.share = state.share.map(|share| share + amount);
                }
                out.because(|| match on_its_way {
                    true => format!("£{amount} from {from}, which were on their way at the photograph: it notes them"),
                    false => format!("£{amount} from {from}"),
                });
            }
            SnapshotMessage::Marker if state.share.is_none() => {
                self.record(state, Some(from), out);
                self.finish(state, out);
            }
            SnapshotMessage::Marker => {
                state.open.retain(|open| *open != from);
                out.because(|| format!("a message from {from} after this marker is after the photograph"));
                self.finish(state, out);
            }
        }
    }

    fn on_timeout(&self, state: &mut SnapshotState, timer: Timer, out: &mut Out<'_, SnapshotMessage>) {
        debug_assert_eq!(timer, PAY, "the only timer of this layer");
        let place = usize::try_from(state.paid % out.peers.len() as u64).expect("smaller than a length");
        let to = out.peers[(place + out.me.index()) % out.peers.len()];
        state.paid += 1;
        if state.balance >= AMOUNT {
            state.balance -= AMOUNT;
            out.send(to, SnapshotMessage::Money(AMOUNT));
            out.because(|| format!("it pays £{AMOUNT} to {to}"));
        }
        if state.paid < self.payments {
            out.set_timer(PAY, self.pause_us);
        }
        if out.me == FIRST && state.paid == self.after {
            self.record(state, None, out);
        }
    }

    fn timeout_enabled(&self, _local: &Local, state: &SnapshotState) -> Option<Timer> {
        (state.paid < self.payments).then_some(PAY)
    }

    fn label(&self, _local: &Local, state: &SnapshotState) -> String {
        match state.share {
            Some(share) => format!("£{} ({share})", state.balance),
            None => format!("£{}", state.balance),
        }
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Snapshot".into(),
        summary: "Markers cut a run in a before and an after, and what each wrote down adds up to all the money."
            .into(),
        cost: "n(n-1) markers, one on each link in each direction, and two steps.".into(),
        source: "Chandy and Lamport, Distributed snapshots, 1985: marker-sending rule and marker-receiving rule".into(),
        network: NeededNetwork::Connected,
        assumptions: vec![Assumption::ReliableLinks, Assumption::FifoLinks, Assumption::NoCrash],
        properties: vec![Property::CONSISTENT_CUT, Property::TERMINATION, Property::INTEGRITY],
        holdings: Some(Holdings::new(|state: &SnapshotState| Some(state.balance))),
        parameters: vec![
            Parameter::new(
                "balance",
                Domain::Integer(0, 1_000_000),
                "100",
                "The pounds that each process has at first.",
            ),
            Parameter::new(
                "payments",
                Domain::Integer(0, 1_000),
                "8",
                "The number of times that each process pays £10 to another.",
            ),
            Parameter::new(
                "after",
                Domain::Integer(0, 1_000),
                "4",
                "After how many payments of its own p0 begins the photograph, at the latest after its last.",
            ),
            Parameter::new(
                "pause-ms",
                Domain::Integer(1, 60_000),
                "40",
                "The time between two payments of a process, in milliseconds of its clock.",
            ),
        ],
        exploration: Exploration::new(Explorer::Synchronous { faults: 0 }, 3)
            .with(&[("payments", "3"), ("after", "1")]),
        mutants: names(["forgets"]),
        without: without(),
        ..Entry::new("snapshot", |parameters| Snapshot {
            balance: i64::try_from(parameters.integer("balance")).expect("at most a million"),
            payments: parameters.integer("payments"),
            after: parameters.integer("after").min(parameters.integer("payments")),
            pause_us: parameters.integer("pause-ms") * 1_000,
            mutant_forgets: parameters.mutant("forgets"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::TERMINATION), 1, world::lossy),
        Without::new(Assumption::FifoLinks, Consequence::Violated(Property::CONSISTENT_CUT), 1, world::unordered),
        Without::new(Assumption::NoCrash, Consequence::Violated(Property::TERMINATION), 1, |scenario| {
            world::at(scenario, 0, world::crash(world::P0))
        }),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    /// p1 pays p0, and p0 begins before that has come.
    fn money_on_its_way(parameters: &[(&str, &str)]) -> TestBench {
        let given = [&[("payments", "2"), ("after", "1")], parameters].concat();
        let mut bench = on_bench("snapshot", &given, None, &["", ""]);
        bench.start_all();
        bench.fire(1, "pay");
        bench.fire(0, "pay");
        assert_eq!([0, 1].map(|p| bench.label(p)), ["£90 (90)", "£90"]);
        bench.deliver_all();
        bench
    }

    #[test]
    fn what_was_on_its_way_is_in_the_share_of_who_gets_it() {
        let bench = money_on_its_way(&[]);
        assert_eq!([0, 1].map(|p| bench.decisions(p)), [["100"], ["100"]]);
        assert!(bench.gave(0, "£10 from p1, which were on their way at the photograph: it notes them"));
        assert_eq!(bench.money(), 200);
    }

    #[test]
    fn what_is_paid_after_the_marker_is_in_no_share_of_the_other() {
        let mut bench = on_bench("snapshot", &[("payments", "2"), ("after", "1")], None, &["", ""]);
        bench.start_all();
        bench.fire(0, "pay");
        bench.deliver_all();
        bench.fire(0, "pay");
        bench.fire(1, "pay");
        bench.deliver_all();
        assert_eq!([0, 1].map(|p| bench.decisions(p)), [["90"], ["110"]]);
    }

    #[test]
    fn who_has_nothing_pays_nothing() {
        let mut bench = on_bench("snapshot", &[("balance", "5")], None, &["", ""]);
        bench.start_all();
        bench.fire(0, "pay");
        assert_eq!((bench.sent, bench.money()), (0, 10));
    }

    #[test]
    fn mutant_forgets_loses_what_was_on_its_way() {
        let bench = money_on_its_way(&[("mutant", "forgets")]);
        assert_eq!([0, 1].map(|p| bench.decisions(p)), [["90"], ["100"]]);
    }
}
