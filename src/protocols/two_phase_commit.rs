//! All or nothing: the transfer with a coordinator and three logs.
//!
//! **Problem.** p0 shall pay an amount to p1: both books change, or neither does, whoever crashes in between.
//! **Assumes** crash-recovery: a process that stops comes back in the end with what it stored. Reliable links; timing does not
//! matter for safety, and decides only whether a slow vote leads to an abort.
//! **Idea.** p2 coordinates. It asks both banks to prepare. A bank that can do its part writes that down and says yes;
//! from then on it may neither commit nor abort by itself. With two yes p2 writes "commit" into its log, and that is
//! the decision; a no, or a vote that does not come in time, is an abort. Only then it tells the banks. Who comes back
//! goes on from its log: a bank that promised nothing aborts; a bank in doubt asks p2, every `retry-ms`, until it
//! answers; p2 without a decision in its log aborts, since it cannot have told anybody to commit.
//! **Source.** Gray 1978, *Notes on data base operating systems*; Bernstein, Hadzilacos and Goodman 1987, section 7.4.
//! **Promises** agreement on commit or abort, conservation, and termination if everybody who crashes comes back.
//! **Cost.** Six messages in three steps: two prepare, two votes, two decisions. No acknowledgements: p2 keeps its log.
//! **What breaks it.** No crash breaks agreement. But a bank that has said yes is blocked while p2 is down: it is *in
//! doubt*, and if p2 stays away it stays in doubt.

use super::naive_transfer::{AMOUNT, BALANCE, PAYEE, PAYER, payment, pounds};
use crate::catalogue::{
    Assumption, Budget, Consequence, Domain, Entry, Exploration, Explorer, NeededNetwork, Parameter, Problem, Without,
    names, world,
};
use crate::engine::Choice;
use crate::process::{Kind, Local, Message, Out, ProcessId, Protocol, Stored, Timer, Value};
use crate::property::{Holdings, Property};
use serde::Serialize;
use std::collections::BTreeSet;

/// The coordinator's patience for votes.
pub const VOTES: Timer = Timer::new("votes");
/// When a bank in doubt asks again.
pub const RETRY: Timer = Timer::new("retry");

/// The process that decides.
pub const COORDINATOR: ProcessId = ProcessId(2);
const BANKS: [ProcessId; 2] = [PAYER, PAYEE];

/// The messages of coordinator and banks, in the order of the phases.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum TransferStep {
    /// "Can you do your part?"
    Prepare,
    /// "I can, and will if you say so."
    Yes,
    /// "I will not."
    No,
    /// "Do it."
    Commit,
    /// "Do nothing."
    Abort,
    /// "What was decided?"
    Ask,
}

impl Message for TransferStep {
    fn kind(&self) -> Kind {
        match self {
            TransferStep::Prepare => Kind { label: "PRE", name: "prepare" },
            TransferStep::Yes => Kind { label: "YES", name: "yes" },
            TransferStep::No => Kind { label: "NO", name: "no" },
            TransferStep::Commit => Kind { label: "COM", name: "commit" },
            TransferStep::Abort => Kind { label: "ABO", name: "abort" },
            TransferStep::Ask => Kind { label: "ASK", name: "ask" },
        }
    }
    fn value(&self) -> Option<Value> {
        match self {
            TransferStep::Commit => Some(COMMIT.into()),
            TransferStep::Abort => Some(ABORT.into()),
            TransferStep::Prepare | TransferStep::Yes | TransferStep::No | TransferStep::Ask => None,
        }
    }
    fn text(&self) -> String {
        let text = match self {
            TransferStep::Prepare => "can you do your part of the transfer?",
            TransferStep::Yes => "yes, I can, and I wait for your word",
            TransferStep::No => "no, I will not",
            TransferStep::Commit => "it is decided: do it",
            TransferStep::Abort => "it is decided: do nothing",
            TransferStep::Ask => "what was decided?",
        };
        text.to_owned()
    }
    fn lies(&self) -> Vec<Self> {
        match self {
            TransferStep::Prepare | TransferStep::Ask => Vec::new(),
            TransferStep::Yes => vec![TransferStep::No],
            TransferStep::No => vec![TransferStep::Yes],
            TransferStep::Commit => vec![TransferStep::Abort],
            TransferStep::Abort => vec![TransferStep::Commit],
        }
    }
}

/// The decision where the transfer takes place.
pub const COMMIT: &str = "commit";
/// The decision where it does not.
pub const ABORT: &str = "abort";

/// The phase of a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommitPhase {
    /// It has promised nothing.
    Idle,
    /// The coordinator collects votes.
    Voting,
    /// A bank has said yes and does not know the decision.
    InDoubt,
    /// Decided: the transfer takes place.
    Committed,
    /// Decided: it does not.
    Aborted,
}

/// The log: what a process keeps in stable storage.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LogRecord {
    /// The money on a bank's book.
    pub book: Option<i64>,
    /// The last promise or decision.
    pub phase: CommitPhase,
}

/// A bank or the coordinator.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TwoPhaseCommitState {
    /// The money on a bank's book; the coordinator has none.
    pub book: Option<i64>,
    /// Its phase.
    pub phase: CommitPhase,
    /// The processes that said yes, as the coordinator has heard.
    pub yes: BTreeSet<ProcessId>,
}

/// The protocol.
pub struct TwoPhaseCommit {
    /// The amount to be paid.
    amount: i64,
    /// The balance of each bank at first.
    balance: i64,
    /// The coordinator's patience, in microseconds.
    timeout_us: u64,
    /// The time between two questions of a bank in doubt, in microseconds.
    retry_us: u64,
    /// Planted bug: a bank says yes without writing it down.
    mutant_forgets_vote: bool,
    /// Planted bug: the coordinator tells its decision before it writes it down.
    mutant_tells_first: bool,
    /// Planted bug: the coordinator is content with one yes.
    mutant_one_yes: bool,
}

impl Protocol for TwoPhaseCommit {
    type State = TwoPhaseCommitState;
    type Message = TransferStep;

    fn init(&self, local: &Local) -> TwoPhaseCommitState {
        let book = BANKS.contains(&local.me).then_some(self.balance);
        TwoPhaseCommitState { book, phase: CommitPhase::Idle, yes: BTreeSet::default() }
    }

    fn on_start(&self, state: &mut TwoPhaseCommitState, out: &mut Out<'_, TransferStep>) {
        if out.me != COORDINATOR {
            out.because(|| format!("it waits until {COORDINATOR} asks whether it can do its part"));
            return;
        }
        state.phase = CommitPhase::Voting;
        BANKS.iter().for_each(|bank| out.send(*bank, TransferStep::Prepare));
        out.set_timer(VOTES, self.timeout_us);
        out.because(|| "it asks both banks whether they can do their parts");
    }

    fn on_deliver(
        &self,
        state: &mut TwoPhaseCommitState,
        from: ProcessId,
        message: &TransferStep,
        out: &mut Out<'_, TransferStep>,
    ) {
        match (*message, out.me == COORDINATOR) {
            (TransferStep::Prepare, false) => self.on_prepare(state, out),
            (TransferStep::Yes, true) => self.on_yes(state, from, out),
            (TransferStep::No, true) => self.on_no(state, from, out),
            (TransferStep::Commit, false) => self.on_decision(state, true, out),
            (TransferStep::Abort, false) => self.on_decision(state, false, out),
            (TransferStep::Ask, true) => self.on_ask(state, from, out),
            _ => out.because(|| format!("the message from {from} is not for it, so it ignores it")),
        }
    }

    fn on_timeout(&self, state: &mut TwoPhaseCommitState, timer: Timer, out: &mut Out<'_, TransferStep>) {
        if timer == VOTES && state.phase == CommitPhase::Voting {
            let votes = state.yes.len();
            out.because(|| {
                format!("its time is up with {votes} of 2 yes: it writes down “abort” and tells both banks")
            });
            self.settle(state, false, &BANKS, out);
        } else if timer == RETRY && state.phase == CommitPhase::InDoubt {
            out.send(COORDINATOR, TransferStep::Ask);
            out.set_timer(RETRY, self.retry_us);
            out.because(|| {
                format!("it has said yes and may not decide alone, so it asks {COORDINATOR} again and waits")
            });
        }
    }

    fn timeout_enabled(&self, _local: &Local, state: &TwoPhaseCommitState) -> Option<Timer> {
        match state.phase {
            CommitPhase::Voting => Some(VOTES),
            CommitPhase::InDoubt => Some(RETRY),
            CommitPhase::Idle | CommitPhase::Committed | CommitPhase::Aborted => None,
        }
    }

    fn on_recovery(&self, state: &mut TwoPhaseCommitState, stored: Option<&Stored>, out: &mut Out<'_, TransferStep>) {
        let Some(stored) = stored else {
            return self.recover_without_log(state, out);
        };
        let record: &LogRecord = stored.get();
        state.book = record.book;
        state.phase = record.phase;
        match (state.phase, out.me == COORDINATOR) {
            (CommitPhase::InDoubt, _) => {
                out.send(COORDINATOR, TransferStep::Ask);
                out.set_timer(RETRY, self.retry_us);
                out.because(|| {
                    format!("its log says that it said yes, and not what was decided, so it asks {COORDINATOR}")
                });
            }
            (CommitPhase::Committed | CommitPhase::Aborted, coordinates) => {
                let commit = state.phase == CommitPhase::Committed;
                // The crash may have come between the log and the register.
                out.decide(word(commit));
                if coordinates {
                    BANKS.iter().for_each(|bank| out.send(*bank, verdict(commit)));
                    out.because(|| {
                        format!("its log says “{}”, so it tells both banks, who may not know", word(commit))
                    });
                } else {
                    out.because(|| format!("its log says “{}”, and its book shows it", word(commit)));
                }
            }
            (CommitPhase::Idle | CommitPhase::Voting, _) => unreachable!("only promises and decisions are stored"),
        }
    }

    fn label(&self, local: &Local, state: &TwoPhaseCommitState) -> String {
        match (state.phase, state.book) {
            (CommitPhase::InDoubt, _) => "in doubt".to_owned(),
            (CommitPhase::Voting, _) => format!("votes {}/{}", state.yes.len(), BANKS.len()),
            (_, Some(book)) => format!("£{book}"),
            (_, None) if local.me == COORDINATOR => "coordinator".to_owned(),
            (_, None) => String::new(),
        }
    }
}

/// The banks.
impl TwoPhaseCommit {
    fn on_prepare(&self, state: &mut TwoPhaseCommitState, out: &mut Out<'_, TransferStep>) {
        let book = state.book.unwrap_or_default();
        let (amount, pays) = (self.amount, out.me == PAYER);
        match state.phase {
            CommitPhase::Idle if pays && book < amount => {
                out.because(|| format!("it has £{book} and cannot pay £{amount}, so it aborts and says no"));
                self.apply(state, false, out);
                out.send(COORDINATOR, TransferStep::No);
            }
            CommitPhase::Idle => {
                state.phase = CommitPhase::InDoubt;
                if !self.mutant_forgets_vote {
                    out.store(LogRecord { book: state.book, phase: state.phase });
                }
                out.send(COORDINATOR, TransferStep::Yes);
                out.set_timer(RETRY, self.retry_us);
                let writes = if self.mutant_forgets_vote { "it" } else { "it writes its promise down and" };
                out.because(|| match pays {
                    true => {
                        format!("it can pay £{amount}: {writes} says yes, and from now on it waits for the decision")
                    }
                    false => {
                        format!("it can take £{amount}: {writes} says yes, and from now on it waits for the decision")
                    }
                });
            }
            CommitPhase::Aborted => {
                out.send(COORDINATOR, TransferStep::No);
                out.because(|| "it has aborted already, so it says no");
            }
            CommitPhase::InDoubt | CommitPhase::Voting | CommitPhase::Committed => {
                out.because(|| "it has given its vote, and one is enough");
            }
        }
    }

    fn on_decision(&self, state: &mut TwoPhaseCommitState, commit: bool, out: &mut Out<'_, TransferStep>) {
        match (state.phase, commit) {
            (CommitPhase::Committed | CommitPhase::Aborted, _) => {
                out.because(|| "it knows the decision already, so its book does not change again");
            }
            (CommitPhase::Idle, true) => out.because(|| "it never said yes, so nobody can have decided to commit"),
            _ => {
                let change = match (commit, out.me == PAYER) {
                    (true, true) => format!("takes £{} from its book", self.amount),
                    (true, false) => format!("adds £{} to its book", self.amount),
                    (false, _) => "leaves its book as it was".to_owned(),
                };
                out.because(|| format!("{COORDINATOR} decided “{}”, so it {change}; the doubt is over", word(commit)));
                self.apply(state, commit, out);
                out.cancel_timer(RETRY);
            }
        }
    }

    /// Book, log and decision change in one step, so that no crash can come between book and log.
    fn apply(&self, state: &mut TwoPhaseCommitState, commit: bool, out: &mut Out<'_, TransferStep>) {
        if commit {
            let change = if out.me == PAYER { -self.amount } else { self.amount };
            state.book = state.book.map(|book| book + change);
        }
        state.phase = if commit { CommitPhase::Committed } else { CommitPhase::Aborted };
        out.store(LogRecord { book: state.book, phase: state.phase });
        out.decide(word(commit));
    }
}

/// The coordinator.
impl TwoPhaseCommit {
    fn on_yes(&self, state: &mut TwoPhaseCommitState, from: ProcessId, out: &mut Out<'_, TransferStep>) {
        if state.phase != CommitPhase::Voting {
            out.because(|| format!("the yes of {from} comes after the decision and does not change it"));
            return;
        }
        state.yes.insert(from);
        let wanted = if self.mutant_one_yes { 1 } else { BANKS.len() };
        if state.yes.len() < wanted {
            out.because(|| format!("{from} says yes; it waits for the other bank's vote"));
            return;
        }
        out.because(|| match wanted {
            1 => format!("{from} says yes, which is enough for it: it writes down “commit” and tells both banks"),
            _ => "both banks say yes: it writes down “commit”, which decides it, and tells both".to_owned(),
        });
        self.settle(state, true, &BANKS, out);
    }

    fn on_no(&self, state: &mut TwoPhaseCommitState, from: ProcessId, out: &mut Out<'_, TransferStep>) {
        if state.phase != CommitPhase::Voting {
            out.because(|| format!("the no of {from} comes after the decision and does not change it"));
            return;
        }
        out.because(|| format!("{from} says no: it writes down “abort” and tells the other bank"));
        let others: Vec<ProcessId> = BANKS.into_iter().filter(|bank| *bank != from).collect();
        self.settle(state, false, &others, out);
    }

    fn on_ask(&self, state: &mut TwoPhaseCommitState, from: ProcessId, out: &mut Out<'_, TransferStep>) {
        match state.phase {
            CommitPhase::Committed | CommitPhase::Aborted => {
                let commit = state.phase == CommitPhase::Committed;
                out.send(from, verdict(commit));
                out.because(|| format!("{from} is in doubt; the log says “{}”, so it tells {from}", word(commit)));
            }
            CommitPhase::Idle | CommitPhase::Voting | CommitPhase::InDoubt => {
                out.because(|| format!("it has not decided yet, so {from} has to wait"));
            }
        }
    }

    /// Decides, writes it down, and only then tells `banks`.
    fn settle(
        &self,
        state: &mut TwoPhaseCommitState,
        commit: bool,
        banks: &[ProcessId],
        out: &mut Out<'_, TransferStep>,
    ) {
        state.phase = if commit { CommitPhase::Committed } else { CommitPhase::Aborted };
        if self.mutant_tells_first {
            banks.iter().for_each(|bank| out.send(*bank, verdict(commit)));
        }
        out.store(LogRecord { book: None, phase: state.phase });
        out.decide(word(commit));
        if !self.mutant_tells_first {
            banks.iter().for_each(|bank| out.send(*bank, verdict(commit)));
        }
        out.cancel_timer(VOTES);
    }

    /// An empty log is an answer, too: nothing was promised, and no commit was announced.
    fn recover_without_log(&self, state: &mut TwoPhaseCommitState, out: &mut Out<'_, TransferStep>) {
        if out.me == COORDINATOR {
            out.because(
                || "its log holds no decision, so it has told nobody to commit: it aborts and tells both banks",
            );
            self.settle(state, false, &BANKS, out);
        } else {
            out.because(|| "its log holds no promise, so it may abort by itself, and does");
            self.apply(state, false, out);
        }
    }
}

/// The decision as a word.
fn word(commit: bool) -> &'static str {
    if commit { COMMIT } else { ABORT }
}

/// The decision as a message.
fn verdict(commit: bool) -> TransferStep {
    if commit { TransferStep::Commit } else { TransferStep::Abort }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Two-phase commit".into(),
        summary: "A coordinator asks both banks to promise, writes its decision down, and only then tells them.".into(),
        cost: "Six messages in three steps: two prepare, two votes, two decisions.".into(),
        source: "Gray 1978; Bernstein, Hadzilacos and Goodman 1987, section 7.4".into(),
        problem: Problem::Commit,
        network: NeededNetwork::Star,
        assumptions: vec![Assumption::CrashRecovery, Assumption::BackInTheEnd, Assumption::ReliableLinks],
        properties: vec![Property::AGREEMENT, Property::CONSERVATION, Property::TERMINATION],
        holdings: Some(Holdings::new(|state: &TwoPhaseCommitState| state.book)),
        parameters: Vec::from_iter(payment().into_iter().chain([
            Parameter::new(
                "timeout-ms",
                Domain::Integer(1, 60_000),
                "400",
                "The time that p2 waits for both votes before it aborts, in milliseconds of its clock.",
            ),
            Parameter::new(
                "retry-ms",
                Domain::Integer(1, 60_000),
                "500",
                "The time that a bank in doubt waits before it asks p2 again, in milliseconds of its clock.",
            ),
        ])),
        processes: (3, 3),
        exploration: Exploration::new(
            Explorer::Lossy(Budget { firings: 1, crashes: 1, recoveries: 1, ..Budget::NONE }),
            3,
        ),
        mutants: names(["forgets-vote", "tells-first", "one-yes"]),
        without: without(),
        ..Entry::new("two-phase-commit", |parameters| TwoPhaseCommit {
            amount: pounds(parameters, AMOUNT),
            balance: pounds(parameters, BALANCE),
            timeout_us: parameters.integer("timeout-ms") * 1_000,
            retry_us: parameters.integer("retry-ms") * 1_000,
            mutant_forgets_vote: parameters.mutant("forgets-vote"),
            mutant_tells_first: parameters.mutant("tells-first"),
            mutant_one_yes: parameters.mutant("one-yes"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::ReliableLinks, Consequence::Violated(Property::AGREEMENT), 1, world::tampered),
        Without::new(Assumption::CrashRecovery, Consequence::Violated(Property::AGREEMENT), 2, |scenario| {
            world::at(scenario, 0, world::lies(world::P2, 500_000))
        }),
        Without::new(Assumption::BackInTheEnd, Consequence::Never(Property::CONSERVATION), 1, |scenario| {
            scenario.faults.truncate(1)
        })
        .on(|scenario| {
            world::at(scenario, 150, world::crash(world::P1));
            world::at(scenario, 1_000, Choice::Recover(world::P1));
        }),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    fn bench(parameters: &[(&str, &str)]) -> TestBench {
        let mut bench = on_bench("two-phase-commit", parameters, None, &["", "", ""]);
        bench.start_all();
        bench
    }

    /// The decisions of p0, p1 and p2, where all decisions of a process are the same.
    fn decisions(bench: &TestBench) -> Vec<String> {
        (0..3)
            .map(|p| {
                let mut decisions = bench.decisions(p);
                decisions.dedup();
                decisions.join(" then ")
            })
            .collect()
    }

    #[test]
    fn a_commit_costs_six_messages_and_moves_the_amount() {
        let mut bench = bench(&[]);
        assert_eq!((bench.sent, bench.timer(2, "votes")), (2, Some(400_000)));
        bench.deliver(2, 0);
        assert_eq!((bench.label(0), bench.timer(0, "retry")), ("in doubt".to_owned(), Some(500_000)));
        bench.deliver_all();
        assert_eq!(bench.sent, 6);
        assert_eq!(decisions(&bench), ["commit"; 3]);
        assert_eq!((bench.label(0), bench.label(1), bench.money()), ("£90".into(), "£110".into(), 200));
        assert_eq!((bench.timer(0, "retry"), bench.timer(1, "retry"), bench.timer(2, "votes")), (None, None, None));
    }

    #[test]
    fn a_bank_that_cannot_pay_says_no_and_nothing_happens() {
        let mut bench = bench(&[("balance", "5")]);
        bench.deliver_all();
        assert_eq!(bench.sent, 5, "a bank that said no need not be told");
        assert_eq!(decisions(&bench), ["abort"; 3]);
        assert_eq!(bench.money(), 10);
    }

    #[test]
    fn a_vote_that_does_not_come_in_time_leads_to_an_abort() {
        let mut bench = bench(&[]);
        bench.deliver(2, 0);
        bench.deliver(0, 2);
        bench.fire(2, "votes");
        bench.deliver_all();
        assert_eq!(decisions(&bench), ["abort"; 3]);
        assert_eq!(bench.money(), 200);
    }

    #[test]
    fn a_bank_in_doubt_is_blocked_until_the_coordinator_is_back() {
        let mut bench = bench(&[]);
        bench.deliver(2, 0);
        bench.deliver(2, 1);
        bench.crash(2);
        bench.deliver_all();
        for _ in 0..3 {
            bench.fire(0, "retry");
            bench.deliver_all();
            assert_eq!(bench.label(0), "in doubt");
        }
        assert_eq!(bench.reason(0), "it has said yes and may not decide alone, so it asks p2 again and waits");
        bench.recover(2);
        bench.deliver_all();
        assert_eq!(decisions(&bench), ["abort"; 3]);
        assert!(bench.timer(0, "retry").is_none());
    }

    #[test]
    fn a_bank_that_comes_back_in_doubt_asks_and_learns_the_decision() {
        for lost_decision in [false, true] {
            let mut bench = bench(&[]);
            bench.deliver(2, 0);
            bench.crash(0);
            if !lost_decision {
                bench.recover(0);
            }
            bench.deliver_all();
            if lost_decision {
                bench.recover(0);
                assert_eq!(bench.label(0), "in doubt");
                bench.deliver_all();
            }
            assert_eq!(decisions(&bench), ["commit"; 3]);
            assert_eq!(bench.money(), 200);
        }
    }

    #[test]
    fn a_bank_that_promised_nothing_aborts_when_it_comes_back() {
        let mut bench = bench(&[]);
        bench.crash(1);
        bench.deliver(2, 1);
        bench.recover(1);
        assert_eq!(bench.decisions(1), ["abort"]);
        bench.deliver(2, 0);
        bench.fire(2, "votes");
        bench.deliver_all();
        assert_eq!(decisions(&bench), ["abort"; 3]);
    }

    #[test]
    fn a_decision_that_comes_twice_changes_the_book_once() {
        let mut bench = bench(&[]);
        bench.deliver(2, 0);
        bench.deliver(2, 1);
        bench.deliver(0, 2);
        bench.deliver(1, 2);
        bench.duplicate(2, 0);
        bench.duplicate(2, 1);
        assert_eq!((bench.label(0), bench.label(1)), ("£90".into(), "£110".into()));
    }

    /// Both banks have said yes; p2 crashes after `effects` effects of the step that decides, and comes back.
    fn crash_while_deciding(parameters: &[(&str, &str)], effects: usize) -> TestBench {
        let mut bench = bench(parameters);
        bench.deliver(2, 0);
        bench.deliver(2, 1);
        bench.deliver(0, 2);
        bench.crash_after(effects);
        bench.deliver(1, 2);
        bench.deliver_all();
        bench.recover(2);
        bench.deliver_all();
        bench
    }

    #[test]
    fn wherever_the_coordinator_crashes_while_it_decides_all_agree() {
        for effects in 0..=4 {
            let bench = crash_while_deciding(&[], effects);
            let expected = if effects == 0 { "abort" } else { "commit" };
            assert_eq!(decisions(&bench), [expected; 3], "after {effects} effects");
            assert_eq!(bench.money(), 200);
        }
    }

    /// p0 says yes, crashes and comes back.
    fn crash_after_yes(parameters: &[(&str, &str)]) -> TestBench {
        let mut bench = bench(parameters);
        bench.deliver(2, 0);
        bench.crash(0);
        bench.recover(0);
        bench.deliver_all();
        bench
    }

    #[test]
    fn who_crashes_after_its_yes_keeps_its_promise() {
        assert_eq!(decisions(&crash_after_yes(&[])), ["commit"; 3]);
    }

    #[test]
    fn mutant_forgets_vote_aborts_what_the_others_commit_and_makes_money() {
        let bench = crash_after_yes(&[("mutant", "forgets-vote")]);
        assert_eq!(decisions(&bench), ["abort", "commit", "commit"]);
        assert_eq!(bench.money(), 210);
    }

    #[test]
    fn mutant_tells_first_takes_back_what_it_told() {
        let bench = crash_while_deciding(&[("mutant", "tells-first")], 1);
        assert_eq!(decisions(&bench), ["commit", "abort", "abort"]);
        assert_eq!(bench.money(), 190);
    }

    #[test]
    fn mutant_one_yes_commits_against_a_no() {
        let mut bench = bench(&[("mutant", "one-yes"), ("balance", "5")]);
        bench.deliver(2, 1);
        bench.deliver(1, 2);
        bench.deliver_all();
        assert_eq!(decisions(&bench), ["abort", "commit", "commit"]);
        assert_eq!(bench.money(), 20);
    }
}
