//! Time: the way in which it passes in the laboratory, and in which it is laid out.

use super::Lab;
use crate::engine::Choice;
use crate::history::Mark;
use crate::model::{Change, TimingKind};
use crate::scenario::Scenario;

/// Virtual microseconds a real millisecond at the middle speed: a tenth of real time.
pub const PACE_US: f64 = 100.0;

/// Real milliseconds a step at the middle speed, where steps have no times.
pub(super) const UNTIMED_PACE_MS: f64 = 900.0;

/// The time that the clock runs on after the last event, so that its marks can be seen.
pub(super) const TAIL_US: u64 = 60_000;

impl Lab {
    pub(super) fn play(&mut self, playing: bool) {
        if playing && self.is_over() {
            self.seek(0);
        }
        self.playing = playing;
        self.waited_ms = f64::MAX;
    }

    /// Lets `ms` real milliseconds pass. Returns whether an event happened.
    pub fn tick(&mut self, ms: f64) -> bool {
        if let Some(goal) = self.goal {
            self.version += 1;
            self.hurry(goal);
            return true;
        }
        if !self.playing {
            return false;
        }
        self.version += 1;
        let factor = 2f64.powi(self.seat.speed);
        let before = self.history().position();
        if self.history().plan().setup.timed {
            // A page that slept does not make up for it.
            let target_us = self.seat.now_us + (ms.min(100.0) * PACE_US * factor) as u64;
            let mut budget = 2_000;
            while self.playing && budget > 0 && self.run.history.next_us().is_some_and(|at_us| at_us <= target_us) {
                self.step();
                budget -= 1;
            }
            self.seat.now_us = target_us;
            if self.playing && self.run.history.next_us().is_none() {
                let end_us = self.history().engine().now_us() + TAIL_US;
                if self.seat.now_us >= end_us {
                    self.step();
                }
            }
        } else {
            self.waited_ms += ms.min(100.0);
            if self.waited_ms >= UNTIMED_PACE_MS / factor {
                self.waited_ms = 0.0;
                self.step();
            }
            self.seat.now_us = self.history().engine().now_us();
        }
        let happened = self.history().position() != before;
        if happened || !self.playing {
            self.refresh();
        }
        happened || !self.playing
    }

    /// The span of time that the diagram shows, in microseconds: the present is in it, and what comes has room.
    pub fn window_us(&self, width_us: u64) -> (u64, u64) {
        window_us(self.seat.now_us, self.history().records().last().map_or(0, |record| record.at_us), width_us)
    }

    /// The number of marks of a kind on the timeline.
    pub fn marks(&self, wanted: Mark) -> usize {
        let history = self.history();
        history.marked().filter(|(_, record)| record.mark == Some(wanted)).count()
    }

    /// The scenario with everything that was done to it, and another stabilisation time, in milliseconds: in the model
    /// that is in force.
    pub fn with_gst(&self, gst_ms: Option<u32>) -> Scenario {
        let mut scenario = self.saved();
        let position = self.history().position();
        let changed = scenario.interventions.iter_mut().rev().find_map(|act| match &mut act.choice {
            Choice::Change(Change::Timing(timing)) if act.after < position => Some(timing),
            _ => None,
        });
        let timing = changed.unwrap_or(&mut scenario.models.timing);
        if timing.kind == TimingKind::PartiallySynchronous {
            timing.gst_ms = gst_ms;
        }
        scenario
    }
}

/// A span of `width_us` around the present of a run that was run up to `end_us`.
pub(super) fn window_us(now_us: u64, end_us: u64, width_us: u64) -> (u64, u64) {
    let end_us = end_us.max(now_us);
    if end_us <= width_us {
        return (0, width_us);
    }
    let middle = now_us.saturating_sub(width_us * 3 / 4);
    let from = middle.min(end_us - width_us * 3 / 4);
    (from, from + width_us)
}
