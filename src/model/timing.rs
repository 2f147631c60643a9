//! The model of time: bounds, and clocks.

use super::Rate;
use crate::draw::{Purpose, below, draw};
use crate::process::ProcessId;
use serde::{Deserialize, Serialize};

/// The model of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimingKind {
    /// Delivery within a known Δ, processing within a known Φ, clocks agree.
    #[default]
    Synchronous,
    /// Delivery within a known Δ, while processing times have no bound and clocks are off.
    BoundedAsynchrony,
    /// Synchronous for a while and asynchronous for a while; nobody knows when that changes.
    PartiallySynchronous,
    /// Delays and processing times are finite and unbounded, clocks are off.
    Asynchronous,
}

impl TimingKind {
    /// All of them, the most that is known first.
    pub const ALL: [TimingKind; 4] = [
        TimingKind::Synchronous,
        TimingKind::BoundedAsynchrony,
        TimingKind::PartiallySynchronous,
        TimingKind::Asynchronous,
    ];

    /// The names in files, in the same order.
    pub const NAMES: [&str; 4] = ["synchronous", "bounded-asynchrony", "partially-synchronous", "asynchronous"];

    /// The name in files.
    pub fn name(self) -> &'static str {
        TimingKind::NAMES[self as usize]
    }
}

/// The model of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timing {
    /// The kind of the model.
    pub kind: TimingKind,
    /// The bound Δ on delivery, in milliseconds; of a partially synchronous system, while it is calm.
    pub delta_ms: u32,
    /// The bound Φ on processing, in milliseconds, where there is one.
    pub phi_ms: u32,
    /// Without a bound: the middle of the delays, in milliseconds. There is no largest one.
    pub typical_ms: u32,
    /// Not synchronous: how far a clock's rate may be off.
    pub drift: Rate,
    /// Not synchronous: how far a clock may be ahead at the beginning, in milliseconds.
    pub offset_ms: u32,
    /// Partially synchronous: how long a stretch of calm or of storm lasts, about, in milliseconds.
    pub stretch_ms: u32,
    /// Partially synchronous: from this moment on it is calm for good, in milliseconds; no process knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gst_ms: Option<u32>,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            kind: TimingKind::Synchronous,
            delta_ms: 100,
            phi_ms: 10,
            typical_ms: 60,
            drift: Rate(50_000),
            offset_ms: 0,
            stretch_ms: 1_000,
            gst_ms: None,
        }
    }
}

/// A message that is about to travel: what its delays are drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Departure {
    /// The seed of all draws.
    pub seed: u32,
    /// The link.
    pub entity: u64,
    /// The message on it.
    pub key: u64,
    /// When it leaves, in microseconds.
    pub now_us: u64,
    /// The least time of the way, in microseconds.
    pub least_us: u64,
    /// True if it takes a long way, so that others overtake it.
    pub detour: bool,
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
        for (number, least, name) in [
            (self.delta_ms, 1, "delta_ms"),
            (self.phi_ms, 0, "phi_ms"),
            (self.typical_ms, 1, "typical_ms"),
            (self.offset_ms, 0, "offset_ms"),
            (self.stretch_ms, 1, "stretch_ms"),
        ] {
            if !(least..=600_000).contains(&number) {
                return Err(format!("models.timing.{name}: {number} is not from {least} to 600000"));
            }
        }
        if self.drift.0 > 500_000 {
            return Err("models.timing.drift: a clock may be off by at most 0.5".into());
        }
        if self.gst_ms.is_some() && self.kind != TimingKind::PartiallySynchronous {
            return Err("models.timing.gst_ms: set models.timing.kind to \"partially-synchronous\"".into());
        }
        Ok(())
    }

    /// The promise of the model, in one sentence.
    pub fn promise(&self) -> String {
        match (self.kind, self.gst_ms) {
            (TimingKind::Synchronous, _) => format!(
                "A message takes at most {} ms, a step at most {} ms, and all clocks agree.",
                self.delta_ms, self.phi_ms
            ),
            (TimingKind::BoundedAsynchrony, _) => format!(
                "A message takes at most {} ms; steps take as long as they take, and no clock can be trusted.",
                self.delta_ms
            ),
            (TimingKind::PartiallySynchronous, None) => format!(
                "In calm times a message takes at most {} ms and a step {} ms; nobody knows when a storm comes or goes.",
                self.delta_ms, self.phi_ms
            ),
            (TimingKind::PartiallySynchronous, Some(_)) => format!(
                "From some moment on, which nobody knows, a message takes at most {} ms and a step {} ms.",
                self.delta_ms, self.phi_ms
            ),
            (TimingKind::Asynchronous, _) => {
                "Messages and steps take as long as they take: in the end they come, and no clock can be trusted."
                    .into()
            }
        }
    }

    /// The length of a round, Δ + Φ, in microseconds; `None` where there are no rounds.
    pub fn round_us(&self) -> Option<u64> {
        (self.kind == TimingKind::Synchronous).then(|| 1_000 * u64::from(self.delta_ms + self.phi_ms))
    }

    /// From when on the bounds that it has hold for good, in microseconds, if they ever do.
    pub fn holds_from_us(&self) -> Option<u64> {
        match self.kind {
            TimingKind::Synchronous | TimingKind::BoundedAsynchrony => Some(0),
            TimingKind::PartiallySynchronous => self.gst_ms.map(|gst_ms| 1_000 * u64::from(gst_ms)),
            TimingKind::Asynchronous => None,
        }
    }

    /// Δ and Φ in microseconds, where and while they hold.
    pub fn bounds_us(&self) -> (u64, u64) {
        (1_000 * u64::from(self.delta_ms), 1_000 * u64::from(self.phi_ms))
    }

    /// The time that a message travels, and then waits until its recipient has handled it, in microseconds. A detour
    /// takes all the time that there is, and four times as long where there is no bound.
    ///
    /// The same draws make the delay in every model, so that one can compare them.
    pub fn delays_us(&self, departure: Departure) -> (u64, u64) {
        let Departure { seed, entity, key, now_us, least_us, detour } = departure;
        let delay = draw(seed, Purpose::Delay, entity, key);
        let processing = draw(seed, Purpose::Processing, entity, key);
        let (delta, phi) = self.bounds_us();
        let least = (delta / 5).max(least_us).min(delta);
        let (short, quick) = (least + below(delay, delta - least + 1), below(processing, phi + 1));
        let typical = 1_000 * u64::from(self.typical_ms);
        // A storm keeps things back until it is over, at most.
        let through =
            |at_us: u64, calm: u64, stormy: &dyn Fn() -> u64| match self.synchronous_from_us(seed, at_us) - at_us {
                0 => calm,
                storm => stormy().min(storm + calm),
            };
        let (long, slow) = (|| least_us + heavy(delay, typical), || heavy(processing, typical / 10));
        let travels = match self.kind {
            TimingKind::Synchronous | TimingKind::BoundedAsynchrony => short,
            TimingKind::PartiallySynchronous => through(now_us, short, &long),
            TimingKind::Asynchronous => long(),
        };
        let travels = match self.arrives_by_us(seed, now_us) {
            Some(by_us) if detour => by_us - now_us,
            None if detour => 4 * travels,
            _ => travels,
        };
        let handled = match self.kind {
            TimingKind::Synchronous => quick,
            TimingKind::PartiallySynchronous => through(now_us + travels, quick, &slow),
            TimingKind::BoundedAsynchrony | TimingKind::Asynchronous => slow(),
        };
        (travels, handled)
    }

    /// The first moment from `at_us` on at which it is calm: `at_us` itself, unless a storm blows.
    pub fn synchronous_from_us(&self, seed: u32, at_us: u64) -> u64 {
        let (begin, end) = self.asynchronous_period_us(seed, at_us);
        if (begin..end).contains(&at_us) { end } else { at_us }
    }

    /// The storms between two moments, where the model has storms: when each begins and ends, in microseconds.
    pub fn asynchronous_periods_us(&self, seed: u32, from_us: u64, to_us: u64) -> Vec<(u64, u64)> {
        let mut periods = Vec::new();
        let mut at_us = from_us;
        while self.kind == TimingKind::PartiallySynchronous && at_us < to_us {
            let (begin, end) = self.asynchronous_period_us(seed, at_us);
            let (begin, end) = (begin.max(from_us), end.min(to_us));
            if begin < end {
                periods.push((begin, end));
            }
            let stretch = 2_000 * u64::from(self.stretch_ms);
            at_us = (at_us / stretch + 1) * stretch;
        }
        periods
    }

    /// The storm of the stretch around `at_us`; it may be over before it begins, where it is calm for good.
    ///
    /// There is one storm in every stretch of twice `stretch_ms`. It begins somewhere in the first half and ends
    /// somewhere in the second.
    fn asynchronous_period_us(&self, seed: u32, at_us: u64) -> (u64, u64) {
        let gst_us = self.gst_ms.map_or(u64::MAX, |gst_ms| 1_000 * u64::from(gst_ms));
        let half = 1_000 * u64::from(self.stretch_ms);
        let stretch = at_us / (2 * half);
        let moment = |end: u64| {
            let drawn = below(draw(seed, Purpose::Weather, stretch, end), half);
            (2 * stretch + end) * half + drawn
        };
        (moment(0), moment(1).min(gst_us))
    }

    /// By when a message that is on its way at `now_us` arrives, if there is a bound.
    pub fn arrives_by_us(&self, seed: u32, now_us: u64) -> Option<u64> {
        let from_us = match self.kind {
            TimingKind::Asynchronous => return None,
            TimingKind::PartiallySynchronous => self.synchronous_from_us(seed, now_us),
            TimingKind::Synchronous | TimingKind::BoundedAsynchrony => now_us,
        };
        Some(from_us + self.bounds_us().0)
    }

    /// The time that a message that is in the input buffer at `at_us` waits at most until it is handled, if there is a
    /// bound.
    pub fn handled_within_us(&self, seed: u32, at_us: u64) -> Option<u64> {
        let (_, phi_us) = self.bounds_us();
        match self.kind {
            TimingKind::Synchronous => Some(phi_us),
            TimingKind::PartiallySynchronous => Some(self.synchronous_from_us(seed, at_us) - at_us + phi_us),
            TimingKind::BoundedAsynchrony | TimingKind::Asynchronous => None,
        }
    }

    /// The gain of the clock of `process` in parts per million, plus a million: from half a million up.
    fn rate(&self, seed: u32, process: ProcessId) -> u64 {
        let span = u64::from(self.drift.0);
        1_000_000 + below(draw(seed, Purpose::Drift, u64::from(process.0), 0), 2 * span + 1) - span
    }

    /// The true length of `local_us` of the clock of `process`.
    pub fn real_us(&self, seed: u32, process: ProcessId, local_us: u64) -> u64 {
        match self.kind {
            TimingKind::Synchronous => local_us,
            // A clock that gains reaches its mark that much earlier.
            _ => local_us * 1_000_000 / self.rate(seed, process),
        }
    }

    /// The reading of the clock of `process`, in microseconds.
    pub fn local_us(&self, seed: u32, process: ProcessId, now_us: u64) -> u64 {
        match self.kind {
            TimingKind::Synchronous => now_us,
            _ => {
                let ahead = 1_000 * u64::from(self.offset_ms) + 1;
                let rate = self.rate(seed, process);
                // In two parts, as a run may be longer than the product would allow.
                let gained = now_us / 1_000_000 * rate + now_us % 1_000_000 * rate / 1_000_000;
                below(draw(seed, Purpose::Offset, u64::from(process.0), 0), ahead) + gained
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

    fn departure(key: u64) -> Departure {
        Departure { seed: 1, entity: 2, key, now_us: 0, least_us: 0, detour: false }
    }

    fn of(kind: TimingKind) -> Timing {
        Timing { kind, ..Timing::default() }
    }

    #[test]
    fn synchronous_delays_keep_their_bounds() {
        let timing = Timing::default();
        for key in 0..1_000 {
            let (delay, processing) = timing.delays_us(departure(key));
            assert!(delay <= 100_000 && processing <= 10_000);
        }
    }

    #[test]
    fn asynchronous_delays_have_no_bound_that_a_protocol_could_use() {
        let timing = Timing { kind: TimingKind::Asynchronous, ..Timing::default() };
        let mut delays: Vec<u64> = (0..10_000).map(|key| timing.delays_us(departure(key)).0).collect();
        delays.sort_unstable();
        assert!((60_000..100_000).contains(&delays[5_000]), "the middle is near the typical delay: {}", delays[5_000]);
        assert!(delays[9_999] > 20 * delays[5_000], "the tail is heavy: {}", delays[9_999]);
    }

    #[test]
    fn with_a_bound_on_delivery_alone_only_processing_takes_long() {
        let timing = of(TimingKind::BoundedAsynchrony);
        let delays: Vec<(u64, u64)> = (0..10_000).map(|key| timing.delays_us(departure(key))).collect();
        assert!(delays.iter().all(|(travels, _)| *travels <= 100_000));
        assert!(delays.iter().any(|(_, handled)| *handled > 10 * 10_000));
        assert_eq!(
            ((timing.arrives_by_us(1, 0), timing.handled_within_us(1, 0)), timing.round_us()),
            ((Some(100_000), None), None)
        );
    }

    #[test]
    fn storms_come_and_go_and_nothing_outlasts_one_by_more_than_its_bound() {
        let timing = of(TimingKind::PartiallySynchronous);
        let (mut calm, mut late, mut changes, mut before) = (0, 0, 0, true);
        for at in 0..100_000u64 {
            let now_us = at * 1_000;
            let synchronous_us = timing.synchronous_from_us(1, now_us);
            assert!(synchronous_us >= now_us && timing.synchronous_from_us(1, synchronous_us) == synchronous_us);
            let is_calm = synchronous_us == now_us;
            changes += u32::from(is_calm != before);
            before = is_calm;
            let (travels, _) = timing.delays_us(Departure { now_us, ..departure(at) });
            assert!(now_us + travels <= synchronous_us + 100_000);
            calm += u32::from(is_calm);
            late += u32::from(travels > 100_000);
        }
        assert!((40_000..60_000).contains(&calm), "about half of the time is calm: {calm}");
        assert!(late > 10_000, "in storms messages are late: {late}");
        assert!((90..=100).contains(&changes), "one storm in two seconds begins and ends: {changes}");
    }

    #[test]
    fn the_storms_listed_are_those_that_blow() {
        let stormy = Timing { stretch_ms: 300, ..of(TimingKind::PartiallySynchronous) };
        for timing in [stormy, Timing { gst_ms: Some(4_100), ..stormy }] {
            let periods = timing.asynchronous_periods_us(3, 450_000, 9_000_000);
            assert!(!periods.is_empty());
            for at_us in (450_000..9_000_000).step_by(1_000) {
                let listed = periods.iter().any(|(begin, end)| (*begin..*end).contains(&at_us));
                assert_eq!(listed, timing.synchronous_from_us(3, at_us) > at_us, "{at_us}");
            }
        }
        assert!(of(TimingKind::Asynchronous).asynchronous_periods_us(3, 0, 9_000_000).is_empty());
    }

    #[test]
    fn after_the_stabilisation_time_it_is_calm_for_good() {
        let timing = Timing { gst_ms: Some(30_300), ..of(TimingKind::PartiallySynchronous) };
        assert!((0..30_300).any(|at| timing.synchronous_from_us(1, at * 1_000) > at * 1_000));
        assert!((0..30_300).all(|at| timing.synchronous_from_us(1, at * 1_000) <= 30_300_000));
        assert!((30_300..90_000).all(|at| timing.synchronous_from_us(1, at * 1_000) == at * 1_000));
    }

    #[test]
    fn nothing_is_faster_than_light() {
        for kind in TimingKind::ALL {
            for key in 0..1_000 {
                let (travels, _) = of(kind).delays_us(Departure { least_us: 84_000, ..departure(key) });
                assert!(travels >= 84_000, "{kind:?}: {travels}");
                assert!(kind != TimingKind::Synchronous || travels <= 100_000);
            }
        }
    }

    #[test]
    fn a_clock_shows_its_offset_and_what_it_gained() {
        let timing = Timing { offset_ms: 200, ..of(TimingKind::Asynchronous) };
        for process in ProcessId::all(8) {
            let (first, later) = (timing.local_us(1, process, 0), timing.local_us(1, process, 10_000_000));
            assert!(first <= 200_000);
            assert!((9_500_000..=10_500_000).contains(&(later - first)));
            let real = timing.real_us(1, process, later - first);
            assert!(real.abs_diff(10_000_000) <= 1, "timers run on the same clock: {real}");
        }
        assert_eq!(Timing::default().local_us(1, ProcessId(3), 77), 77);
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
