//! Notes on a run while it runs. The run does not depend on them.

use crate::engine::{Choice, Engine, Status, Step};
use crate::process::{Indication, Outcome, ProcessId};

/// Notes on one run.
#[derive(Default)]
pub(super) struct Watch {
    /// True if suspicions reach the user, so that their absence means something.
    detects: bool,
    /// Messages changed on their way.
    pub(super) altered: u64,
    /// The processes that have decided.
    pub(super) decided: Vec<ProcessId>,
    /// When the first one decided, in microseconds.
    pub(super) first_decision_us: Option<u64>,
    /// When the last one decided, in microseconds.
    pub(super) last_decision_us: Option<u64>,
    /// When something was last delivered to a user, in microseconds.
    pub(super) last_delivery_us: Option<u64>,
    /// The number of times that a faulty process came to be suspected.
    pub(super) right: u64,
    /// The number of times that a correct process came to be suspected.
    pub(super) wrong: u64,
    /// The suspicions of today: observer, suspect, and since when, in microseconds.
    suspicions: Vec<(ProcessId, ProcessId, u64)>,
    /// The moments of crashes, in microseconds; the last crash of each process counts.
    crashes: Vec<(ProcessId, u64)>,
}

impl Watch {
    pub(super) fn new(detects: bool) -> Self {
        Watch { detects, ..Watch::default() }
    }

    /// True if there are suspicions to speak of.
    pub(super) fn is_told(&self) -> bool {
        self.detects
    }

    /// Takes note of an event.
    pub(super) fn see(&mut self, engine: &Engine, step: &Step) {
        let choice = step.choice.expect("a step that was applied");
        self.altered += u64::from(matches!(choice, Choice::Alter { .. }));
        step.by_process().for_each(|(me, outcomes)| self.see_step(engine, step, me, outcomes));
    }

    /// Takes note of the step of one process in an event.
    fn see_step(&mut self, engine: &Engine, step: &Step, me: ProcessId, outcomes: &[Outcome]) {
        let at_us = step.at_us;
        if step.crashed {
            self.crashes.retain(|(process, _)| *process != me);
            self.crashes.push((me, at_us));
        }
        if let Some(Choice::Recover(_)) = step.choice {
            // Its knowledge of the others is gone.
            self.suspicions.retain(|(observer, ..)| *observer != me);
        }
        if engine.process(me).is_byzantine() {
            return;
        }
        for outcome in outcomes {
            match outcome {
                Outcome::Decide(_) if !self.decided.contains(&me) => {
                    self.decided.push(me);
                    self.first_decision_us.get_or_insert(at_us);
                    self.last_decision_us = Some(at_us);
                }
                Outcome::Indicate(Indication::Deliver { .. }) => self.last_delivery_us = Some(at_us),
                Outcome::Indicate(Indication::Suspect(other)) if self.since_us(me, *other).is_none() => {
                    self.suspicions.push((me, *other, at_us));
                    let wrong = engine.process(*other).is_correct();
                    *if wrong { &mut self.wrong } else { &mut self.right } += 1;
                }
                Outcome::Indicate(Indication::Restore(other)) => {
                    self.suspicions.retain(|(observer, process, _)| (*observer, *process) != (me, *other));
                }
                _ => {}
            }
        }
    }

    /// Since when one suspects the other, in microseconds, if it does.
    fn since_us(&self, observer: ProcessId, process: ProcessId) -> Option<u64> {
        let found = self.suspicions.iter().find(|(one, other, _)| (*one, *other) == (observer, process));
        found.map(|(.., since_us)| *since_us)
    }

    /// At the end of the run: how many pairs of a correct process and a crashed one there are in which the first does
    /// not suspect the second, and where there is none, the longest time that it took, in microseconds.
    pub(super) fn detection(&self, engine: &Engine) -> (u64, Option<u64>) {
        let (mut undetected, mut longest_us) = (0, None);
        for (crashed, crash_us) in &self.crashes {
            if !matches!(engine.process(*crashed).status, Status::Crashed(_)) {
                continue;
            }
            for observer in ProcessId::all(engine.processes().len()) {
                if !engine.process(observer).is_correct() {
                    continue;
                }
                match self.since_us(observer, *crashed) {
                    Some(since_us) => longest_us = longest_us.max(Some(since_us.saturating_sub(*crash_us))),
                    None => undetected += 1,
                }
            }
        }
        (undetected, longest_us.filter(|_| self.detects && undetected == 0))
    }
}
