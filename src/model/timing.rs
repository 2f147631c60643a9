//! What is known about time: bounds, and clocks.

use super::Rate;
use crate::draw::{Purpose, below, draw};
use crate::process::ProcessId;
use serde::{Deserialize, Serialize};

/// What is known about time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimingKind {
    /// Delivery within a known Δ, processing within a known Φ, clocks agree.
    #[default]
    Synchronous,
    /// Delays and processing times are finite and unbounded, clocks drift.
    Asynchronous,
}

/// The model of time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timing {
    /// What is known.
    pub kind: TimingKind,
    /// Synchronous: the bound Δ on delivery, in milliseconds.
    pub delta_ms: u32,
    /// Synchronous: the bound Φ on processing, in milliseconds.
    pub phi_ms: u32,
    /// Asynchronous: the middle of the delays, in milliseconds. There is no largest one.
    pub typical_ms: u32,
    /// Asynchronous: how far a clock's rate may be off.
    pub drift: Rate,
}

impl Default for Timing {
    fn default() -> Self {
        Timing { kind: TimingKind::Synchronous, delta_ms: 100, phi_ms: 10, typical_ms: 60, drift: Rate(50_000) }
    }
}

/// 1.5 to the power of its index, in thousandths: the heavy tail of the asynchronous delays. The index is the number
/// of heads before the first tail, so the chance of a delay over t falls like t^-1.7: the mean is finite, the
/// variance is not.
const TAIL_THOUSANDTHS: [u64; 33] = {
    let mut table = [1_000; 33];
    let mut index = 1;
    while index < table.len() {
        table[index] = table[index - 1] * 3 / 2;
        index += 1;
    }
    table
};

impl Timing {
    pub(super) fn check(&self) -> Result<(), String> {
        for (number, least, name) in
            [(self.delta_ms, 1, "delta_ms"), (self.phi_ms, 0, "phi_ms"), (self.typical_ms, 1, "typical_ms")]
        {
            if !(least..=600_000).contains(&number) {
                return Err(format!("models.timing.{name}: {number} is not from {least} to 600000"));
            }
        }
        if self.drift.0 > 500_000 {
            return Err("models.timing.drift: a clock may be off by at most 0.5".into());
        }
        Ok(())
    }

    /// What the model promises, in one sentence.
    pub fn promise(&self) -> String {
        match self.kind {
            TimingKind::Synchronous => format!(
                "A letter takes at most {} ms, a step at most {} ms, and all clocks agree.",
                self.delta_ms, self.phi_ms
            ),
            TimingKind::Asynchronous => {
                "Letters and steps take as long as they take: in the end they come, and no clock can be trusted.".into()
            }
        }
    }

    /// The length of a round, Δ + Φ, in microseconds; `None` where there are no rounds.
    pub fn round_us(&self) -> Option<u64> {
        (self.kind == TimingKind::Synchronous).then(|| 1_000 * u64::from(self.delta_ms + self.phi_ms))
    }

    /// How long a message travels, and then waits until its recipient has handled it, in microseconds.
    pub fn delays_us(&self, seed: u32, entity: u64, key: u64) -> (u64, u64) {
        let delay = draw(seed, Purpose::Delay, entity, key);
        let processing = draw(seed, Purpose::Processing, entity, key);
        match self.kind {
            TimingKind::Synchronous => {
                let (delta, phi) = (1_000 * u64::from(self.delta_ms), 1_000 * u64::from(self.phi_ms));
                let least = delta / 5;
                (least + below(delay, delta - least + 1), below(processing, phi + 1))
            }
            TimingKind::Asynchronous => {
                let typical = 1_000 * u64::from(self.typical_ms);
                (heavy(delay, typical), heavy(processing, typical / 10))
            }
        }
    }

    /// How long `local_us` of the clock of `process` really takes.
    pub fn real_us(&self, seed: u32, process: ProcessId, local_us: u64) -> u64 {
        match self.kind {
            TimingKind::Synchronous => local_us,
            TimingKind::Asynchronous => {
                let span = u64::from(self.drift.0);
                let drift = below(draw(seed, Purpose::Drift, u64::from(process.0), 0), 2 * span + 1);
                // A clock that gains `drift - span` parts per million reaches its mark that much earlier.
                local_us * 1_000_000 / (1_000_000 + drift - span)
            }
        }
    }
}

/// From half of `typical` up, without a largest value that matters: see [`TAIL_THOUSANDTHS`].
fn heavy(bits: u64, typical_us: u64) -> u64 {
    let body = 500 + below(bits, 1_000);
    let tail = TAIL_THOUSANDTHS[(bits as u32).leading_zeros() as usize];
    typical_us * body / 1_000 * tail / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synchronous_delays_keep_their_bounds() {
        let timing = Timing::default();
        for key in 0..1_000 {
            let (delay, processing) = timing.delays_us(1, 2, key);
            assert!(delay <= 100_000 && processing <= 10_000);
        }
    }

    #[test]
    fn asynchronous_delays_have_no_bound_that_a_protocol_could_use() {
        let timing = Timing { kind: TimingKind::Asynchronous, ..Timing::default() };
        let mut delays: Vec<u64> = (0..10_000).map(|key| timing.delays_us(1, 2, key).0).collect();
        delays.sort_unstable();
        assert!((60_000..100_000).contains(&delays[5_000]), "the middle is near the typical delay: {}", delays[5_000]);
        assert!(delays[9_999] > 20 * delays[5_000], "the tail is heavy: {}", delays[9_999]);
    }

    #[test]
    fn clocks_drift_only_without_synchrony() {
        let drifting = Timing { kind: TimingKind::Asynchronous, ..Timing::default() };
        let marks: Vec<u64> = ProcessId::all(8).map(|process| drifting.real_us(1, process, 1_000_000)).collect();
        assert!(marks.iter().any(|mark| *mark != 1_000_000));
        assert!(marks.iter().all(|mark| (950_000..=1_053_000).contains(mark)), "{marks:?}");
        assert_eq!(Timing::default().real_us(1, ProcessId(3), 1_000_000), 1_000_000);
    }
}
