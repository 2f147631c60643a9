//! The trilemma: choose a protocol, and see on which of the three horns it falls.

use crate::adversary::{Adversary, Horn, Pace, Report};
use crate::catalogue::{self, Parameters};
use crate::engine::{Choice, Scheduled, Scheduler};
use crate::explorer::Event;
use crate::process::Value;
use crate::scenario::{Scenario, Setting};

use super::choices;

/// A protocol of the ladder: each mends what the one before fell over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rung {
    /// Its name in the catalogue.
    pub protocol: &'static str,
    /// Parameters that are not as usual.
    pub parameters: &'static [(&'static str, &'static str)],
    /// The inputs, a digit a process.
    pub inputs: &'static str,
    /// What it tries.
    pub idea: &'static str,
}

/// The ladder.
pub const LADDER: &[Rung] = &[
    Rung {
        protocol: "wait-for-all",
        parameters: &[],
        inputs: "011",
        idea: "Wait for everybody, then take the majority.",
    },
    Rung { protocol: "wait-for-two", parameters: &[], inputs: "011", idea: "Do not wait for the last one." },
    Rung {
        protocol: "commit-2pc",
        parameters: &[],
        inputs: "111",
        idea: "Let one of them collect the votes and announce the result.",
    },
    Rung {
        protocol: "commit-3pc",
        parameters: &[],
        inputs: "111",
        idea: "Announce it twice, and go on alone when nothing comes.",
    },
    Rung {
        protocol: "ben-or",
        parameters: &[("coin", "zero")],
        inputs: "011",
        idea: "Ask again, round after round, until a majority is seen by a majority.",
    },
    Rung {
        protocol: "rotating-coordinator",
        parameters: &[],
        inputs: "011",
        idea: "Take turns in leading, and suspect a leader who is not heard.",
    },
    Rung {
        protocol: "paxos",
        parameters: &[],
        inputs: "011",
        idea: "Number the attempts, and let the highest number win.",
    },
];

/// The adversary at work on a protocol, a few stages at a time.
pub struct Trial {
    adversary: Adversary,
    protocol: String,
    given: Vec<(String, String)>,
    inputs: Vec<Value>,
    stages: usize,
    report: Option<Result<Report, String>>,
}

impl Trial {
    /// The adversary against a protocol, for at most so many stages. The error names what does not fit.
    pub fn new(protocol: &str, given: &[(String, String)], inputs: &str, stages: usize) -> Result<Trial, String> {
        let entry = catalogue::find(protocol)?;
        let parameters = Parameters::resolve(entry, given.iter().map(|(name, text)| (name.as_str(), text.as_str())))?;
        let inputs: Vec<Value> = inputs.chars().map(|digit| Value::from(&*digit.to_string())).collect();
        let adversary = Adversary::new(entry, &parameters, &inputs)?;
        Ok(Trial { adversary, protocol: protocol.into(), given: given.to_vec(), inputs, stages, report: None })
    }

    /// Plays on, with at most `budget` tries and not beyond the end of a stage; the last step replays everything and
    /// reports. True when there is no more to do.
    pub fn step(&mut self, budget: usize) -> bool {
        if self.report.is_none()
            && (self.adversary.stages().len() >= self.stages || self.adversary.step(budget) == Pace::Stopped)
        {
            self.report = Some(self.adversary.report());
        }
        self.report.is_some()
    }

    /// The adversary as far as it has come.
    pub fn adversary(&self) -> &Adversary {
        &self.adversary
    }

    /// The same, to ask it for pivots.
    pub fn adversary_mut(&mut self) -> &mut Adversary {
        &mut self.adversary
    }

    /// What came out, once there is no more to do. An error would mean that the adversary itself is wrong.
    pub fn report(&self) -> Option<&Result<Report, String>> {
        self.report.as_ref()
    }

    /// The run that `events` and then, if one is named, a crash make, as a scenario by hand.
    fn scenario(&self, inputs: &str, events: &[Event], crash: Option<(usize, Choice)>) -> Result<Scenario, String> {
        let mut scenario = Scenario::of(catalogue::find(&self.protocol)?, self.inputs.len());
        scenario.inputs = inputs.chars().map(|digit| Some(Value::from(&*digit.to_string()))).collect();
        for (name, text) in &self.given {
            scenario.parameters.insert(name.clone(), Setting(text.clone()));
        }
        scenario.scheduler = Scheduler::ByHand;
        let history = scenario.start()?;
        let mut schedule = choices(&history, events)?;
        if let Some((place, crash)) = crash {
            let place = choices(&history, &events[..place])?.len();
            schedule.insert(place, Scheduled::from(crash));
        }
        scenario.schedule = schedule;
        Ok(scenario)
    }

    /// The run of a horn, for the board: what breaks agreement, what blocks, or the endless run with its loop gone
    /// round once.
    pub fn run_of(&self, horn: &Horn) -> Result<Scenario, String> {
        match horn {
            Horn::Unsafe { inputs, schedule } => self.scenario(inputs, schedule, None),
            Horn::Blocks { inputs, process, crash_after, schedule } => {
                let crash = |process| Choice::Crash { process, after_effects: None };
                self.scenario(inputs, schedule, process.map(|process| (*crash_after, crash(process))))
            }
            Horn::Endless { cycle } => {
                let inputs: String = self.inputs.iter().map(Value::to_string).collect();
                self.scenario(&inputs, &self.adversary.schedule()[..cycle.prefix + cycle.length], None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every rung falls on a horn, and its run is one of the engine.
    #[test]
    fn every_rung_of_the_ladder_falls_on_a_horn_that_the_engine_can_run() {
        for rung in LADDER {
            let given: Vec<(String, String)> =
                rung.parameters.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
            let mut trial = Trial::new(rung.protocol, &given, rung.inputs, 200).expect("the ladder's rungs are valid");
            while !trial.step(4) {}
            let report = trial.report().expect("it is done").clone().expect("it replays");
            assert!(!report.horns.is_empty(), "{} falls on none", rung.protocol);
            for horn in &report.horns {
                let mut history = trial
                    .run_of(horn)
                    .and_then(|scenario| scenario.start())
                    .unwrap_or_else(|error| panic!("{}: {error} {horn:?}", rung.protocol));
                history.run(1_000_000);
                let decided = || history.engine().processes().iter().filter_map(|process| process.decided.clone());
                let values: Vec<Value> = decided().collect();
                match horn {
                    Horn::Unsafe { .. } => assert!(values.iter().any(|value| *value != values[0]), "{}", rung.protocol),
                    Horn::Blocks { .. } | Horn::Endless { .. } => assert!(values.is_empty(), "{}", rung.protocol),
                }
            }
        }
    }
}
