//! A clock: FloodSet in rounds, all crash patterns from all inputs; and the fault that moves, which no number of
//! rounds is enough for.

use crate::catalogue::Catalogue;
use crate::engine::Choice;
use crate::explorer::synchronous::{Omission, Synchronous, SynchronousFaults};
use crate::explorer::valency::Valency;
use crate::model::{LinkKind, Links};
use crate::process::{ProcessId, Program, Value};
use crate::protocols::flood_set::Values;
use crate::scenario::{Fault, Scenario, Setting};

use super::CONFIGURATIONS_MAX;

/// A case: FloodSet with so many processes and rounds under these faults.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// The number of processes.
    pub processes: usize,
    /// The number of rounds that are run.
    pub rounds: usize,
    /// The faults that may happen.
    pub faults: SynchronousFaults,
}

const fn case(processes: usize, rounds: usize, faults: SynchronousFaults) -> Case {
    Case { processes, rounds, faults }
}

/// The cases: f rounds and f + 1 for one crash and for two; then the fault that moves, for more and more rounds.
pub const CASES: [Case; 8] = [
    case(3, 1, SynchronousFaults::Crashes(1)),
    case(3, 2, SynchronousFaults::Crashes(1)),
    case(4, 2, SynchronousFaults::Crashes(2)),
    case(4, 3, SynchronousFaults::Crashes(2)),
    case(3, 1, SynchronousFaults::Moving),
    case(3, 2, SynchronousFaults::Moving),
    case(3, 3, SynchronousFaults::Moving),
    case(3, 4, SynchronousFaults::Moving),
];

/// A run in which two decide differently.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// The inputs with which all begin.
    pub inputs: Vec<bool>,
    /// The faults in it.
    pub omissions: Vec<Omission>,
}

/// The result of a case.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClockFindings {
    /// From how many vectors of inputs all runs were gone through.
    pub inputs: usize,
    /// The number of runs: vectors of inputs and patterns of faults.
    pub runs: u64,
    /// The number of different configurations that they meet.
    pub configurations: usize,
    /// The first run found that violates agreement.
    pub violation: Option<Violation>,
}

impl Case {
    fn program(self) -> Program {
        let rounds = self.rounds.to_string();
        let instance = Catalogue::builtin().instance("flood-set", [("rounds", &*rounds)], None);
        instance.expect("valid parameters").program
    }

    fn scenario(self, inputs: &[bool]) -> Scenario {
        let mut scenario = super::scenario_of("flood-set", self.processes);
        scenario.parameters.insert("rounds".into(), Setting(self.rounds.to_string()));
        scenario.inputs = inputs.iter().map(|bit| Some((*bit).into())).collect();
        scenario
    }

    /// The run of a violation, for the board. The error says why it cannot be shown.
    pub fn run(self, violation: &Violation) -> Result<Scenario, String> {
        let mut scenario = self.scenario(&violation.inputs);
        let peers = |process: ProcessId| ProcessId::all(self.processes).filter(move |peer| *peer != process);
        if let SynchronousFaults::Crashes(_) = self.faults {
            let round_us = scenario.models.timing.round_us().ok_or("rounds are of synchronous systems")?;
            let mut crashed: Vec<ProcessId> = Vec::new();
            for Omission { process, exchange, heard_by } in &violation.omissions {
                // A process sends to its peers in order, so that a crash among its sends cuts the last ones off. Those
                // who have crashed before it do not matter.
                let sent = |last: &ProcessId| peers(*process).position(|peer| peer == *last).map_or(0, |at| at + 1);
                let sends = heard_by.last().map_or(0, sent);
                if peers(*process).take(sends).any(|peer| !heard_by.contains(&peer) && !crashed.contains(&peer)) {
                    return Err("a crash among the sends of a step cuts the last ones off".into());
                }
                let at_ms = (*exchange as u64 - 1) * round_us / 1_000;
                let after_effects = u16::try_from(sends).ok();
                scenario.faults.push(Fault { at_ms, choice: Choice::Crash { process: *process, after_effects } });
                crashed.push(*process);
            }
            return Ok(scenario);
        }
        scenario.models.links = Links { kind: LinkKind::FairLoss, ..scenario.models.links };
        let mut history = scenario.start(&Catalogue::builtin())?;
        loop {
            let lost = history.engine().flights().find(|flight| {
                let round = usize::try_from(flight.payload.get::<Values>().round);
                let omitted = |fault: &Omission| {
                    Ok(fault.exchange) == round
                        && fault.process == flight.id.from
                        && !fault.heard_by.contains(&flight.id.to)
                };
                violation.omissions.iter().any(omitted)
            });
            match lost.map(|flight| flight.id) {
                Some(id) => history.act(Choice::Lose(id), None).map_err(|refusal| refusal.0)?,
                None if history.next().is_err() => break,
                None => {}
            }
        }
        scenario.interventions = history.interventions().to_vec();
        Ok(scenario)
    }
}

/// The cases being gone through, one vector of inputs at a time.
#[derive(Default)]
pub struct RoundClock {
    found: Vec<ClockFindings>,
}

impl RoundClock {
    /// All runs from one more vector of inputs. True when there is no more to do.
    pub fn step(&mut self) -> bool {
        let done = |found: &ClockFindings, case: &Case| found.inputs == 1 << case.processes;
        if self.found.last().is_none_or(|found| done(found, &CASES[self.found.len() - 1])) {
            if self.found.len() == CASES.len() {
                return true;
            }
            self.found.push(ClockFindings::default());
        }
        let case = CASES[self.found.len() - 1];
        let found = self.found.last_mut().expect("there is one now");
        let inputs: Vec<bool> = (0..case.processes).rev().map(|place| found.inputs >> place & 1 == 1).collect();
        let values: Vec<Option<Value>> = inputs.iter().map(|bit| Some((*bit).into())).collect();
        let mut search = Synchronous::new(&case.program(), &values, case.faults, CONFIGURATIONS_MAX);
        search.run();
        assert!(search.search().is_complete(), "the cases are small");
        found.inputs += 1;
        found.runs += search.runs();
        found.configurations += search.search().len();
        if found.violation.is_none() {
            let both = |decided: &u8| Valency::of(*decided) == Valency::Bivalent;
            let node = search.search().decided().iter().position(both);
            found.violation = node.map(|node| {
                let omissions = search.omissions(u32::try_from(node).expect("a small graph"));
                Violation { inputs, omissions }
            });
        }
        false
    }

    /// The results so far, case by case; the last may not have been gone through yet.
    pub fn found(&self) -> &[ClockFindings] {
        &self.found
    }

    /// True if all runs of a case have been gone through.
    pub fn is_done(&self, case: usize) -> bool {
        self.found.get(case).is_some_and(|found| found.inputs == 1 << CASES[case].processes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::{Property, Verdict};

    #[test]
    fn one_round_more_than_crashes_is_enough_and_nothing_is_if_the_fault_moves() {
        let mut clock = RoundClock::default();
        while !clock.step() {}
        for (index, (case, found)) in CASES.iter().zip(clock.found()).enumerate() {
            assert!(clock.is_done(index));
            let holds = matches!(case.faults, SynchronousFaults::Crashes(f) if case.rounds > f);
            assert_eq!(found.violation.is_none(), holds, "{case:?}");
            if case.processes == 3 {
                let patterns = match case.faults {
                    // Nobody, or one of three in one of the rounds, heard by one of four sets.
                    SynchronousFaults::Crashes(_) => 1 + 12 * case.rounds as u64,
                    // Every round nobody, or one of three, heard by one of three sets.
                    SynchronousFaults::Moving => 10u64.pow(case.rounds as u32),
                };
                assert_eq!(found.runs, 8 * patterns, "{case:?}");
            }
        }
    }

    #[test]
    fn the_violations_are_runs_of_the_engine() {
        let mut clock = RoundClock::default();
        while !clock.step() {}
        for place in [0, 2, 4, 5, 6, 7] {
            let violation = clock.found()[place].violation.clone().expect("it is violated");
            let scenario = CASES[place].run(&violation).expect("it can be shown");
            let mut history = scenario.start(&Catalogue::builtin()).expect("valid");
            history.run(1_000);
            let judgements = history.monitors().judge(history.engine(), true);
            let agreement = judgements.iter().find(|judgement| judgement.name == Property::AGREEMENT.name());
            assert_eq!(agreement.map(|judgement| judgement.verdict), Some(Verdict::Violated), "{violation:?}");
        }
    }
}
