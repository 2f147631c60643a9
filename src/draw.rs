//! Keyed draws: `draw(seed, purpose, entity, counter)`.
//!
//! Nothing is drawn from a sequence. A draw depends on what it is for, on whom it concerns and on how often that was
//! drawn before, so that two runs which differ in one thing agree on everything that they have in common.

use crate::canon::Digest;

/// The purpose of a draw.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Purpose {
    /// The time that a message travels.
    Delay = 1,
    /// The time that its recipient takes to handle it.
    Processing = 2,
    /// Its loss.
    Loss = 3,
    /// Its duplication.
    Duplication = 4,
    /// The drift of a process's clock.
    Drift = 5,
    /// A coin that a protocol flips.
    Coin = 6,
    /// The choices of a random schedule.
    Schedule = 7,
    /// The choice of a long way for a message.
    Reorder = 8,
    /// Its change on the way.
    Alter = 9,
    /// A forgery after its example: its recipient and the name that it bears.
    Inject = 10,
    /// Its repetition, and when.
    Replay = 11,
    /// When calm gives way to a storm, and back.
    Weather = 12,
    /// The lead of a process's clock at the beginning.
    Offset = 13,
    /// The lie of a liar, if it lies.
    Lie = 14,
    /// What the user of a process asks for, and with which values.
    Request = 15,
    /// How long the user of a process thinks.
    Think = 16,
}

/// 64 uniform bits, the same on every machine.
pub fn draw(seed: u32, purpose: Purpose, entity: u64, counter: u64) -> u64 {
    let mut digest = Digest::default();
    digest.word(u64::from(seed) << 8 | purpose as u64);
    digest.word(entity);
    digest.word(counter);
    digest.word(0x2545_f491_4f6c_dd1d);
    digest.finish()
}

/// A uniform whole number below `bound`, by the high half of a product, out of 32 of the drawn bits.
///
/// The bias is below `bound` / 2^32.
pub fn below(bits: u64, bound: u64) -> u64 {
    debug_assert!(bound <= 1 << 32, "32 bits are drawn");
    ((bits >> 32) * bound) >> 32
}

/// The outcomes of a list of coin flips: at most 64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Flips {
    /// Their number.
    pub count: u8,
    /// The first is the lowest bit.
    pub bits: u64,
}

impl Flips {
    /// The most flips that one step may make; further coins fall on 0.
    pub const MAX: u8 = 64;

    /// The outcome of flip `index`, if there is one.
    pub fn get(self, index: u8) -> Option<bool> {
        (index < self.count).then(|| self.bits >> index & 1 == 1)
    }

    /// Adds an outcome.
    pub fn push(&mut self, outcome: bool) {
        if self.count < Self::MAX {
            self.bits |= u64::from(outcome) << self.count;
            self.count += 1;
        }
    }
}

/// The coins of one step: first those that its choice fixes, then those drawn from the seed, else 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Coins {
    fixed: Flips,
    source: Option<(u32, u64, u64)>,
    /// The coins flipped so far.
    pub flipped: Flips,
}

impl Coins {
    /// Coins whose outcomes are given; further ones fall on 0.
    pub fn fixed(fixed: Flips) -> Self {
        Coins { fixed, ..Coins::default() }
    }

    /// Coins whose first outcomes are given; further ones are drawn for process `entity`, which has flipped `counter`
    /// before this step.
    pub fn given(fixed: Flips, seed: u32, entity: u64, counter: u64) -> Self {
        Coins { fixed, source: Some((seed, entity, counter)), ..Coins::default() }
    }

    /// Flips one.
    pub fn flip(&mut self) -> bool {
        let index = self.flipped.count;
        let outcome = self.fixed.get(index).unwrap_or_else(|| {
            self.source.is_some_and(|(seed, entity, counter)| {
                draw(seed, Purpose::Coin, entity, counter + u64::from(index)) >> 63 == 1
            })
        });
        self.flipped.push(outcome);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_for_different_ends_are_different() {
        let base = draw(7, Purpose::Delay, 1, 1);
        assert_ne!(base, draw(8, Purpose::Delay, 1, 1));
        assert_ne!(base, draw(7, Purpose::Loss, 1, 1));
        assert_ne!(base, draw(7, Purpose::Delay, 2, 1));
        assert_ne!(base, draw(7, Purpose::Delay, 1, 2));
    }

    #[test]
    fn a_thousand_draws_below_ten_hit_each_number_about_as_often() {
        let mut counts = [0; 10];
        for counter in 0..1_000 {
            counts[usize::try_from(below(draw(1, Purpose::Loss, 0, counter), 10)).expect("below ten")] += 1;
        }
        assert!(counts.iter().all(|count| (60..140).contains(count)), "{counts:?}");
    }

    #[test]
    fn coins_are_fixed_first_then_drawn_then_zero() {
        let mut fixed = Flips::default();
        fixed.push(true);
        let mut coins = Coins::fixed(fixed);
        assert_eq!((coins.flip(), coins.flip()), (true, false));
        assert_eq!(coins.flipped, Flips { count: 2, bits: 1 });
        let mut drawn = Coins::given(Flips::default(), 3, 1, 0);
        let outcomes: Vec<bool> = (0..64).map(|_| drawn.flip()).collect();
        assert!(outcomes.contains(&true) && outcomes.contains(&false));
    }
}
