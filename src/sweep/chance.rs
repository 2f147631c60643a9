//! Promises of chance, judged by many runs.

use super::{Proportion, Row, RunEnding, Sweep};
use crate::property::Verdict;
use serde::Serialize;

/// The verdict of many runs on a promise of chance.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChanceVerdict {
    /// The whole interval lies within the bound.
    Kept,
    /// The whole interval lies beyond the bound.
    Broken,
    /// The bound lies inside the interval: more runs would tell.
    TooFewRuns,
}

impl ChanceVerdict {
    /// The verdict in words.
    pub fn text(self) -> &'static str {
        match self {
            ChanceVerdict::Kept => "kept",
            ChanceVerdict::Broken => "broken",
            ChanceVerdict::TooFewRuns => "too few runs to tell",
        }
    }
}

/// A promise of chance, and what many runs say of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct JudgedChance {
    /// In how many of the runs that came to rest it was missed.
    pub missed: Proportion,
    /// The largest share of runs in which it may be missed, in parts per million.
    pub missed_ppm_max: u32,
    /// Whether it is kept.
    pub verdict: ChanceVerdict,
}

impl JudgedChance {
    fn new(missed: Proportion, missed_ppm_max: u32) -> Self {
        let verdict = if missed.of > 0 && missed.high_ppm <= missed_ppm_max {
            ChanceVerdict::Kept
        } else if missed.low_ppm > missed_ppm_max {
            ChanceVerdict::Broken
        } else {
            ChanceVerdict::TooFewRuns
        };
        JudgedChance { missed, missed_ppm_max, verdict }
    }
}

/// The judgement on each property of a sweep, over these of its rows; none on those that are not of chance.
pub(super) fn judge(sweep: &Sweep, rows: &[Row]) -> Vec<Option<JudgedChance>> {
    let judge = |(place, name): (usize, &str)| {
        let chance = sweep.entry().chance.iter().find(|chance| chance.property.name() == name)?;
        // Where more would happen nobody knows yet what is missed in the end.
        let ended =
            rows.iter().filter(|row| row.ending == RunEnding::Rest || row.verdicts[place] == Verdict::HeldSoFar);
        let (missed, of) = ended
            .fold((0, 0), |(missed, of), row| (missed + u64::from(row.verdicts[place] != Verdict::HeldSoFar), of + 1));
        Some(JudgedChance::new(Proportion::new(missed, of), chance.missed_ppm_max))
    };
    sweep.property_names().enumerate().map(judge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_held_against_the_bound() {
        let verdict = |missed, of| JudgedChance::new(Proportion::new(missed, of), 1_000).verdict;
        assert_eq!(verdict(0, 3_837), ChanceVerdict::TooFewRuns);
        assert_eq!(verdict(0, 3_838), ChanceVerdict::Kept);
        assert_eq!(verdict(1, 3_838), ChanceVerdict::TooFewRuns);
        assert_eq!(verdict(20, 3_838), ChanceVerdict::Broken);
        assert_eq!(verdict(0, 0), ChanceVerdict::TooFewRuns);
    }
}
