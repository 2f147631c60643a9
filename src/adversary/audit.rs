//! The result of a play: its horns, everything run again, and the figures.

use super::horns::verify;
use super::replay::Replay;
use super::{Adversary, Horn, Stopped};
use crate::explorer::StrictEvent;
use serde::Serialize;

/// The figures of a play that are printed.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct AuditReport {
    /// True if bivalence was read off the whole graph; else each stage has its two certificates.
    pub exact: bool,
    /// Stages played.
    pub stages: usize,
    /// Events in the schedule.
    pub events: usize,
    /// Events that delivered a message.
    pub messages_delivered: usize,
    /// Phases that all processes have completed, where the protocol goes on in phases for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phases: Option<u64>,
    /// True if anybody has decided.
    pub decided: bool,
    /// The age in events of the oldest message that waits.
    pub oldest_waiting: usize,
    /// The greatest age in events that any message has reached.
    pub oldest_ever: usize,
    /// The most messages that waited at one time.
    pub buffer_max: usize,
    /// The horns found, in the order a, b, c.
    pub horns: Vec<Horn>,
    /// The events, from the initial configuration.
    pub schedule: Vec<StrictEvent>,
    /// The stage at which the play ended before it was stopped from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
}

/// A play on its way to be run again, stage by stage. The play does not go on meanwhile.
pub struct Audit {
    horns: Vec<Horn>,
    schedule: Vec<StrictEvent>,
    replay: Replay,
    /// The number of stages that were run again.
    stages: usize,
}

impl Adversary {
    /// The horns found, and nothing run again yet. An error would mean that the adversary itself is wrong.
    pub fn audit(&mut self) -> Result<Audit, String> {
        let horns = self.all_horns()?;
        Ok(Audit { horns, schedule: self.schedule(), replay: Replay::new(&self.program, &self.inputs), stages: 0 })
    }

    /// Runs the next stage again, with its certificates; after the last, the horns, and then it reports.
    pub fn check(&self, audit: &mut Audit) -> Result<Option<AuditReport>, String> {
        let number = audit.stages;
        let Some(stage) = self.stages().get(number) else {
            audit.horns.iter().try_for_each(|horn| verify(&self.program, horn))?;
            return Ok(Some(self.sum_up(audit)));
        };
        for event in &audit.schedule[stage.events.clone()] {
            audit.replay.apply(event).map_err(|error| format!("stage {number}: {error}"))?;
        }
        for (value, certificate) in [false, true].into_iter().zip(&stage.certificates) {
            let mut future = audit.replay.clone();
            let certificate = self.events(certificate);
            future.run(&certificate).map_err(|error| format!("a certificate of stage {number}: {error}"))?;
            if !future.has_decided(value) {
                return Err(format!("a certificate of stage {number} does not decide {}", u8::from(value)));
            }
        }
        audit.stages += 1;
        Ok(None)
    }

    /// Runs everything again and reports it. An error would mean that the adversary itself is wrong.
    pub fn report(&mut self) -> Result<AuditReport, String> {
        let mut audit = self.audit()?;
        loop {
            if let Some(report) = self.check(&mut audit)? {
                return Ok(report);
            }
        }
    }

    fn sum_up(&self, audit: &mut Audit) -> AuditReport {
        AuditReport {
            exact: self.valencies.is_some(),
            stages: self.stages.len(),
            events: self.schedule.len(),
            messages_delivered: self.ledger.delivered,
            phases: self.symmetry.as_ref().map(|_| self.phases),
            decided: self.decided() != 0,
            oldest_waiting: self.ledger.oldest_waiting(),
            oldest_ever: self.ledger.oldest_ever,
            buffer_max: self.ledger.buffer_max,
            horns: std::mem::take(&mut audit.horns),
            schedule: std::mem::take(&mut audit.schedule),
            stopped: self.stopped.clone(),
        }
    }
}
