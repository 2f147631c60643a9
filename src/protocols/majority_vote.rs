//! One election, with a promise that has to outlive a crash.
//!
//! **Problem.** At most one of the candidates may lead.
//! **Assumes** crash-recovery: a process that stops may come back with what it stored, and votes are stored before they are
//! given. Links may lose, copy and reorder, and make nothing up; timing does not matter.
//! **Idea.** A candidate votes for itself and asks all others. Everybody votes once, for the first who asks, and
//! writes the vote down before it answers. Who has the votes of more than half leads. Two such halves have a voter in
//! common, and that voter voted once.
//! **Source.** The vote of Raft: Ongaro and Ousterhout 2014, section 5.2, reduced to one term, without timeouts.
//! **Promises** agreement (there is at most one leader) and integrity. Not termination: votes may be split.
//! **Cost.** 2(n-1) messages and two steps for each candidate.
//! **What breaks it.** A voter that forgets. With `remember=false` the vote is not written down, so a voter that
//! crashes and recovers votes again, and two candidates count it: as bad as a liar.

use crate::catalogue::{
    Assumption, Budget, Consequence, Domain, Entry, Exploration, Explorer, Inputs, Parameter, Problem, Without, names,
    world,
};
use crate::process::{Kind, Local, Message, Out, ProcessId, Protocol, Stored, Value};
use crate::property::Property;
use serde::Serialize;
use std::collections::BTreeSet;

/// The messages of candidates and voters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum Ballot {
    /// "Vote for me."
    Ask,
    /// "You have my vote."
    Vote,
    /// "My vote is given."
    Refusal,
}

impl Message for Ballot {
    fn kind(&self) -> Kind {
        match self {
            Ballot::Ask => Kind { label: "ASK", name: "vote-request" },
            Ballot::Vote => Kind { label: "YES", name: "vote" },
            Ballot::Refusal => Kind { label: "NO", name: "refusal" },
        }
    }
    fn text(&self) -> String {
        match self {
            Ballot::Ask => "vote for me".to_owned(),
            Ballot::Vote => "you have my vote".to_owned(),
            Ballot::Refusal => "my vote is given to another".to_owned(),
        }
    }
    fn lies(&self) -> Vec<Self> {
        match self {
            Ballot::Ask => Vec::new(),
            Ballot::Vote => vec![Ballot::Refusal],
            Ballot::Refusal => vec![Ballot::Vote],
        }
    }
}

/// The record of a process in stable storage.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct VoteRecord {
    /// The candidate that it voted for; always none without `remember`.
    pub vote: Option<ProcessId>,
    /// True if it was elected: a decision is never forgotten, or it would be made twice.
    pub leads: bool,
}

/// The state of a process: its promises and counts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MajorityVoteState {
    /// The candidate that it voted for: itself if it is one.
    pub vote: Option<ProcessId>,
    /// The processes that voted for it, itself included.
    pub votes: BTreeSet<ProcessId>,
    /// The decision register of a leader.
    pub leads: bool,
}

/// The protocol.
pub struct MajorityVote {
    /// True if the vote is stored.
    remember: bool,
    /// Planted bug: takes half of the votes for a majority.
    mutant_at_least_half: bool,
    /// Planted bug: answers before it writes the vote down.
    mutant_answers_first: bool,
}

impl MajorityVote {
    fn store(&self, state: &MajorityVoteState, out: &mut Out<'_, Ballot>) {
        let vote = if self.remember { state.vote } else { None };
        if vote.is_some() || state.leads {
            out.store(VoteRecord { vote, leads: state.leads });
        }
    }
}

/// The word that makes a process a candidate.
pub const CANDIDATE: &str = "candidate";

fn is_candidate(local: &Local) -> bool {
    local.input.as_ref().is_some_and(|input| *input == Value::from(CANDIDATE))
}

impl Protocol for MajorityVote {
    type State = MajorityVoteState;
    type Message = Ballot;

    fn init(&self, _local: &Local) -> MajorityVoteState {
        MajorityVoteState { vote: None, votes: BTreeSet::default(), leads: false }
    }

    fn on_start(&self, state: &mut MajorityVoteState, out: &mut Out<'_, Ballot>) {
        if !is_candidate(out) {
            out.because(|| "it is no candidate, so it waits until somebody asks for its vote");
            return;
        }
        let me = out.me;
        state.vote = Some(me);
        state.votes.insert(me);
        self.store(state, out);
        out.send_to_peers(Ballot::Ask);
        out.because(|| "it is a candidate: it votes for itself and asks everybody else");
    }

    fn on_deliver(&self, state: &mut MajorityVoteState, from: ProcessId, message: &Ballot, out: &mut Out<'_, Ballot>) {
        match message {
            Ballot::Ask => self.on_ask(state, from, out),
            Ballot::Vote => self.on_vote(state, from, out),
            Ballot::Refusal => out.because(|| format!("{from} has given its vote to another, so it gets none here")),
        }
    }

    fn on_recovery(&self, state: &mut MajorityVoteState, stored: Option<&Stored>, out: &mut Out<'_, Ballot>) {
        if let Some(stored) = stored {
            let record: &VoteRecord = stored.get();
            state.vote = record.vote;
            state.leads = record.leads;
        }
        match state.vote {
            _ if state.leads => {
                state.vote = Some(out.me);
                out.because(|| "it is back, and its notes say that it was elected");
            }
            Some(vote) if vote != out.me => {
                out.because(|| format!("it is back, and its notes say that it voted for {vote}"));
            }
            Some(_) => {
                // The votes for it were in memory only. Who voted for it answers the same again.
                out.because(|| "it is back; its notes say that it is a candidate, and it counts its votes anew");
                self.on_start(state, out);
            }
            None => {
                out.because(|| "it is back, and its notes say nothing of a vote: as far as it knows it has not voted");
                self.on_start(state, out);
            }
        }
    }

    fn label(&self, local: &Local, state: &MajorityVoteState) -> String {
        match state.vote {
            _ if state.leads => "leader".to_owned(),
            Some(vote) if vote == local.me => format!("votes {}/{}", state.votes.len(), local.n),
            Some(vote) => format!("for {vote}"),
            None => String::new(),
        }
    }
}

impl MajorityVote {
    fn on_ask(&self, state: &mut MajorityVoteState, from: ProcessId, out: &mut Out<'_, Ballot>) {
        match state.vote {
            Some(vote) if vote == from => {
                out.send(from, Ballot::Vote);
                out.because(|| format!("{from} asks again and gets the same answer: it has the vote"));
            }
            Some(vote) => {
                out.send(from, Ballot::Refusal);
                let me = out.me;
                out.because(|| match vote == me {
                    true => format!("it has voted for itself, so {from} is refused"),
                    false => format!("it has voted for {vote}, so {from} is refused"),
                });
            }
            None => {
                state.vote = Some(from);
                if self.mutant_answers_first {
                    out.send(from, Ballot::Vote);
                    self.store(state, out);
                } else {
                    self.store(state, out);
                    out.send(from, Ballot::Vote);
                }
                let remember = self.remember;
                out.because(|| match remember {
                    true => format!("{from} is the first who asks: it writes its vote down, then gives it"),
                    false => format!("{from} is the first who asks: it gives its vote and writes nothing down"),
                });
            }
        }
    }

    fn on_vote(&self, state: &mut MajorityVoteState, from: ProcessId, out: &mut Out<'_, Ballot>) {
        if state.leads {
            out.because(|| format!("it leads already, so the vote of {from} changes nothing"));
            return;
        }
        if state.vote != Some(out.me) {
            out.because(|| format!("it is no candidate, so the vote of {from} counts for nothing"));
            return;
        }
        state.votes.insert(from);
        let (votes, n) = (state.votes.len(), out.n);
        let elected = if self.mutant_at_least_half { 2 * votes >= n } else { 2 * votes > n };
        if !elected {
            out.because(|| format!("{votes} of {n} votes are not more than half, so it waits"));
            return;
        }
        state.leads = true;
        self.store(state, out);
        out.decide(Value::from(out.me.to_string().as_str()));
        out.because(|| format!("it has {votes} of {n} votes, more than half, so it leads"));
    }
}

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Majority vote".into(),
        summary: "Everybody votes once, for the first who asks; who has more than half of the votes leads.".into(),
        cost: "2(n-1) messages and two steps for each candidate.".into(),
        source: "Ongaro and Ousterhout 2014 (Raft), section 5.2, reduced to one term".into(),
        problem: Problem::Consensus,
        assumptions: vec![Assumption::CrashRecovery, Assumption::AuthenticatedLinks],
        properties: vec![Property::AGREEMENT, Property::INTEGRITY],
        parameters: vec![Parameter::new(
            "remember",
            Domain::Flag,
            "true",
            "True: a process writes its vote into stable storage before it gives it.",
        )],
        inputs: Inputs::Word(
            "candidate".into(),
            "“candidate” for a process that wants to lead; the others only vote".into(),
        ),
        exploration: Exploration::new(
            Explorer::Lossy(Budget { losses: 1, duplicates: 1, crashes: 1, recoveries: 1, ..Budget::NONE }),
            3,
        )
        .from(&["candidate", "candidate"]),
        mutants: names(["at-least-half", "answers-first"]),
        without: without(),
        ..Entry::new("majority-vote", |parameters| MajorityVote {
            remember: parameters.flag("remember"),
            mutant_at_least_half: parameters.mutant("at-least-half"),
            mutant_answers_first: parameters.mutant("answers-first"),
        })
    }
}

/// For each assumption a world that shows it to be needed.
fn without() -> Vec<Without> {
    vec![
        Without::new(Assumption::CrashRecovery, Consequence::Violated(Property::AGREEMENT), 6, |scenario| {
            world::at(scenario, 0, world::lies(world::P2, 500_000))
        }),
        Without::new(Assumption::AuthenticatedLinks, Consequence::Violated(Property::AGREEMENT), 4, world::tampered),
    ]
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;
    use crate::testing::TestBench;

    const TWO_OF_THREE: &[&str] = &["candidate", "", "candidate"];

    #[test]
    fn a_candidate_costs_2_times_n_minus_1_messages() {
        let mut bench = on_bench("majority-vote", &[], None, &["candidate", "", "", "", ""]);
        bench.start_all();
        bench.deliver_all();
        assert_eq!(bench.sent, 8);
        assert_eq!(bench.decisions(0), ["p0"]);
        assert_eq!((bench.label(0), bench.label(1)), ("leader".to_owned(), "for p0".to_owned()));
    }

    #[test]
    fn who_asks_second_is_refused() {
        let mut bench = on_bench("majority-vote", &[], None, TWO_OF_THREE);
        bench.start_all();
        bench.deliver(2, 1);
        bench.deliver_all();
        assert_eq!((bench.decisions(0), bench.decisions(2)), (vec![], vec!["p2".to_owned()]));
        assert_eq!(bench.sent, 8);
    }

    #[test]
    fn votes_may_be_split_so_that_nobody_leads() {
        let mut bench = on_bench("majority-vote", &[], None, &["candidate", "", "", "candidate"]);
        bench.start_all();
        bench.deliver(0, 1);
        bench.deliver(3, 2);
        bench.deliver_all();
        assert!((0..4).all(|p| bench.decisions(p).is_empty()));
    }

    /// p1 votes for p0, crashes, recovers, and is asked by p2.
    fn back_from_the_dead(parameters: &[(&str, &str)]) -> TestBench {
        let mut bench = on_bench("majority-vote", parameters, None, TWO_OF_THREE);
        bench.start_all();
        bench.deliver(0, 1);
        bench.deliver(1, 0);
        assert_eq!(bench.decisions(0), ["p0"]);
        bench.crash(1);
        bench.recover(1);
        bench.deliver_all();
        bench
    }

    #[test]
    fn a_voter_that_remembers_votes_once_whatever_happens_to_it() {
        let bench = back_from_the_dead(&[]);
        assert!(bench.decisions(2).is_empty());
        assert_eq!(bench.reason(1), "it has voted for p0, so p2 is refused");
    }

    #[test]
    fn a_voter_that_forgets_elects_two_leaders() {
        let bench = back_from_the_dead(&[("remember", "false")]);
        assert_eq!((bench.decisions(0), bench.decisions(2)), (vec!["p0".to_owned()], vec!["p2".to_owned()]));
    }

    #[test]
    fn a_candidate_that_recovers_counts_anew_and_a_leader_does_not_decide_twice() {
        let mut bench = on_bench("majority-vote", &[], None, &["candidate", "", ""]);
        bench.start_all();
        bench.deliver(0, 1);
        bench.crash(0);
        bench.deliver(1, 0);
        bench.recover(0);
        bench.deliver_all();
        assert_eq!(bench.decisions(0), ["p0"]);
        bench.crash(0);
        bench.recover(0);
        bench.deliver_all();
        assert_eq!((bench.decisions(0), bench.label(0)), (vec!["p0".to_owned()], "leader".to_owned()));
    }

    #[test]
    fn mutant_at_least_half_elects_two_leaders_of_four() {
        let parameters = [("mutant", "at-least-half")];
        let mut bench = on_bench("majority-vote", &parameters, None, &["candidate", "", "", "candidate"]);
        bench.start_all();
        bench.deliver(0, 1);
        bench.deliver(3, 2);
        bench.deliver_all();
        assert_eq!((bench.decisions(0), bench.decisions(3)), (vec!["p0".to_owned()], vec!["p3".to_owned()]));
    }

    /// p1 crashes after the first effect of the step in which it votes for p0.
    fn crash_while_voting(parameters: &[(&str, &str)]) -> TestBench {
        let mut bench = on_bench("majority-vote", parameters, None, TWO_OF_THREE);
        bench.start_all();
        bench.crash_after(1);
        bench.deliver(0, 1);
        bench.recover(1);
        bench.deliver_all();
        bench
    }

    #[test]
    fn a_crash_between_writing_and_answering_is_harmless() {
        let bench = crash_while_voting(&[]);
        assert!((0..3).all(|p| bench.decisions(p).is_empty()), "p0 never hears of its vote");
    }

    #[test]
    fn mutant_answers_first_elects_two_leaders_when_it_crashes_in_between() {
        let bench = crash_while_voting(&[("mutant", "answers-first")]);
        assert_eq!((bench.decisions(0), bench.decisions(2)), (vec!["p0".to_owned()], vec!["p2".to_owned()]));
    }
}
