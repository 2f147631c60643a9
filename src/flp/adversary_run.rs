//! The trilemma: choose a protocol, and see on which of the three horns it falls.

use crate::adversary::{Adversary, Audit, AuditReport, Horn, Pace};
use crate::catalogue::{Catalogue, Contender, Entry, Name};
use crate::scenario::Scenario;
use std::sync::Arc;

use super::protocol_instance::ProtocolInstance;

/// The ladder: the protocols of a catalogue that try something against the theorem, in order. Each mends what the one
/// before fell over. Each stands with its idea.
pub fn ladder(catalogue: &Catalogue) -> Vec<(ProtocolInstance, Name)> {
    let contenders = catalogue.entries().iter().filter_map(|entry| Some((entry, entry.contender.as_ref()?)));
    let instance = |(entry, contender): (&Arc<Entry>, &Contender)| {
        let given = contender.parameters.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        let instance = ProtocolInstance {
            catalogue: catalogue.clone(),
            protocol: entry.name.to_string(),
            parameters: given.collect(),
            inputs: contender.inputs.to_string(),
        };
        (instance, contender.idea.clone())
    };
    contenders.map(instance).collect()
}

/// The goal of a trial.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// So many stages.
    Stages(usize),
    /// A horn: it ends with the loop that shows one, or after so many stages without.
    Horn(usize),
}

impl Goal {
    /// The most stages that are played.
    pub fn stages(self) -> usize {
        let (Goal::Stages(most) | Goal::Horn(most)) = self;
        most
    }
}

/// Once round the loop of an endless run: what its certificate of fairness leaves out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Turn {
    /// The number of messages that are delivered in it.
    pub delivered: usize,
    /// The greatest age in events that one of them has reached.
    pub oldest: usize,
    /// At which of its events a stage ends, so that certificates are known; 0 is where the loop begins.
    pub certified: Vec<usize>,
}

/// The adversary at work on a protocol, a few stages at a time.
pub struct AdversaryRun {
    /// Its opponent.
    pub instance: ProtocolInstance,
    adversary: Adversary,
    goal: Goal,
    audit: Option<Audit>,
    report: Option<Result<AuditReport, String>>,
}

impl AdversaryRun {
    /// The adversary against an instance. The error names what does not fit.
    pub fn new(instance: ProtocolInstance, goal: Goal) -> Result<AdversaryRun, String> {
        let adversary = instance.adversary()?;
        Ok(AdversaryRun { instance, adversary, goal, audit: None, report: None })
    }

    fn is_reached(&self) -> bool {
        let looped = matches!(self.goal, Goal::Horn(_)) && self.adversary.cycle().is_some();
        looped || self.adversary.stages().len() >= self.goal.stages()
    }

    /// Plays on, with at most `budget` tries and not beyond the end of a stage; then everything is run again, a stage
    /// at a time, and reported. True when there is no more to do.
    pub fn step(&mut self, budget: usize) -> bool {
        if self.report.is_some() {
            return true;
        }
        if let Some(audit) = &mut self.audit {
            self.report = self.adversary.check(audit).transpose();
        } else if self.is_reached() || self.adversary.step(budget) == Pace::Stopped {
            match self.adversary.audit() {
                Ok(audit) => self.audit = Some(audit),
                Err(error) => self.report = Some(Err(error)),
            }
        }
        self.report.is_some()
    }

    /// The adversary as far as it has come.
    pub fn adversary(&self) -> &Adversary {
        &self.adversary
    }

    /// The result, once there is no more to do. An error would mean that the adversary itself is wrong.
    pub fn report(&self) -> Option<&Result<AuditReport, String>> {
        self.report.as_ref()
    }

    /// The loop that was found, counted; none if there is none.
    pub fn turn(&self) -> Option<Turn> {
        let cycle = self.adversary.cycle()?;
        let (first, last) = (cycle.prefix, cycle.prefix + cycle.length);
        let entries = &self.adversary.ledger().entries;
        let delivered = entries.iter().filter_map(|entry| Some((entry.delivered?.0, entry.sent.0)));
        let ages: Vec<usize> =
            delivered.filter(|(at, _)| (first + 1..=last).contains(at)).map(|(at, sent)| at - sent).collect();
        let ends = self.adversary.stages().iter().map(|stage| stage.events.end);
        let certified = ends.filter(|end| (first..=last).contains(end)).map(|end| end - first).collect();
        Some(Turn { delivered: ages.len(), oldest: ages.into_iter().max().unwrap_or(0), certified })
    }

    /// The run of a horn of the report, for the board.
    pub fn run_of(&self, horn: &Horn) -> Result<Scenario, String> {
        self.instance.run_of(horn, &self.adversary.schedule())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Value;

    /// Every contender falls on a horn, and its run is one of the engine.
    #[test]
    fn every_rung_of_the_ladder_falls_on_a_horn_that_the_engine_can_run() {
        for (contender, _) in ladder(&Catalogue::builtin()) {
            let mut trial =
                AdversaryRun::new(contender.clone(), Goal::Horn(200)).expect("the ladder's contenders are valid");
            while !trial.step(4) {}
            let report = trial.report().expect("it is done").clone().expect("it replays");
            assert!(!report.horns.is_empty(), "{} falls on none", contender.protocol);
            let endless = report.horns.iter().any(|horn| matches!(horn, Horn::Endless { .. }));
            let turn = trial.turn();
            assert_eq!(turn.is_some(), endless);
            if let Some(turn) = turn {
                assert!(turn.oldest <= 40 && turn.delivered > 0 && !turn.certified.is_empty(), "{turn:?}");
                assert!(trial.adversary().stages().len() < 200, "it ends with the loop");
            }
            for horn in &report.horns {
                let mut history = trial
                    .run_of(horn)
                    .and_then(|scenario| scenario.start(&Catalogue::builtin()))
                    .unwrap_or_else(|error| panic!("{}: {error} {horn:?}", contender.protocol));
                history.run(1_000_000);
                let decided = || history.engine().processes().iter().filter_map(|process| process.decided.clone());
                let values: Vec<Value> = decided().collect();
                match horn {
                    Horn::Unsafe { .. } => {
                        assert!(values.iter().any(|value| *value != values[0]), "{}", contender.protocol)
                    }
                    Horn::Blocks { .. } | Horn::Endless { .. } => assert!(values.is_empty(), "{}", contender.protocol),
                }
            }
        }
    }
}
