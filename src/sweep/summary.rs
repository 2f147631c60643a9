//! The summary of many runs: rates with their intervals, and quantiles.

use super::chance::{self, ChanceVerdict, JudgedChance};
use super::{Measure, Row, RunEnding, Sweep};
use crate::property::Verdict;
use serde::Serialize;
use serde::ser::SerializeMap;

/// The square of the 97.5 % quantile of the normal distribution, 1.959964, in millionths.
const Z_SQUARED_PPM: u128 = 3_841_459;

/// The 95 % interval of Wilson (1927) for the probability of what was seen in `hits` of `of` runs, in parts per
/// million. The lower end is rounded down and the upper end up.
///
/// With k hits in n it is (k + z²/2 ∓ z √(k(n-k)/n + z²/4)) / (n + z²). Unlike k/n ± z √(…) it says something where
/// nothing was seen, too: after n quiet runs the probability may still be z² / (n + z²).
///
/// # Panics
///
/// If `hits` is more than `of`, or `of` is more than 2^32.
pub fn wilson_ppm(hits: u64, of: u64) -> (u32, u32) {
    assert!(hits <= of && of <= 1 << 32, "a part of not too many");
    if of == 0 {
        return (0, 1_000_000);
    }
    (wilson_low_ppm(hits, of), 1_000_000 - wilson_low_ppm(of - hits, of))
}

/// The lower end. All is doubled and in millionths, the root in billionths, so that nothing is lost that counts.
fn wilson_low_ppm(hits: u64, of: u64) -> u32 {
    if hits == 0 {
        return 0;
    }
    let (k, n) = (u128::from(hits), u128::from(of));
    let under_root = Z_SQUARED_PPM * (4_000_000 * k * (n - k) + Z_SQUARED_PPM * n) * 1_000_000 / n;
    let root = under_root.isqrt() + 1;
    let numerator = ((2_000_000 * k + Z_SQUARED_PPM) * 1_000).saturating_sub(root);
    let low = 1_000_000 * numerator / (2 * (1_000_000 * n + Z_SQUARED_PPM) * 1_000);
    u32::try_from(low).expect("a rate is at most 1")
}

/// A rate: the times that something was seen, and the interval in which it may be expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Proportion {
    /// In how many runs it was seen.
    pub hits: u64,
    /// In how many it could have been.
    pub of: u64,
    /// The rate, in parts per million, rounded to the nearest; 0 of 0 is 0.
    pub ppm: u32,
    /// The lower end of the 95 % interval, in parts per million; see [`wilson_ppm`].
    pub low_ppm: u32,
    /// The upper end.
    pub high_ppm: u32,
}

impl Proportion {
    /// `hits` of `of`.
    pub fn new(hits: u64, of: u64) -> Proportion {
        let (low_ppm, high_ppm) = wilson_ppm(hits, of);
        let ppm = (1_000_000 * u128::from(hits) + u128::from(of) / 2).checked_div(of.into()).unwrap_or(0);
        Proportion { hits, of, ppm: u32::try_from(ppm).expect("a rate is at most 1"), low_ppm, high_ppm }
    }
}

/// Quantiles by nearest rank: the smallest of the numbers with at least that share of all at or below it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Quantiles {
    /// The number of numbers.
    pub count: u64,
    /// The smallest.
    pub min: u64,
    /// 5 % are at most this.
    pub p5: u64,
    /// A quarter.
    pub p25: u64,
    /// Half: the median.
    pub p50: u64,
    /// Three quarters.
    pub p75: u64,
    /// 95 %.
    pub p95: u64,
    /// The largest.
    pub max: u64,
}

impl Quantiles {
    /// Of these numbers, in any order; `None` of none.
    pub fn of(mut numbers: Vec<u64>) -> Option<Quantiles> {
        numbers.sort_unstable();
        let (min, max) = (*numbers.first()?, *numbers.last()?);
        let at = |percent| numbers[rank(numbers.len(), percent)];
        Some(Quantiles {
            count: numbers.len() as u64,
            min,
            p5: at(5),
            p25: at(25),
            p50: at(50),
            p75: at(75),
            p95: at(95),
            max,
        })
    }
}

/// The place, from 0, of the quantile of so many percent among `count` sorted numbers.
pub(super) fn rank(count: usize, percent: usize) -> usize {
    (count * percent).div_ceil(100).max(1) - 1
}

/// The summary of the runs of one combination of levels.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    /// The levels, one for each factor.
    pub levels: Vec<String>,
    /// The number of runs.
    pub runs: u64,
    /// Those that a limit ended, or a line of the schedule that could not be applied: for them what is not violated is
    /// unknown.
    pub incomplete: u64,
    /// For each property of the protocol, in its order: how often it was violated.
    pub violated: Vec<Proportion>,
    /// Likewise: in how many runs what it promises had not happened by the end.
    pub not_yet: Vec<u64>,
    /// Likewise: the judgement of the runs together, on those that are promised by chance.
    pub chance: Vec<Option<JudgedChance>>,
    /// Likewise: the first seed that violates it, or else the first with which it had not happened by the end.
    pub first_seed: Vec<Option<u32>>,
    /// For each of [`Measure::ALL`], its quantiles over the runs in which there is something to measure.
    pub quantiles: Vec<Option<Quantiles>>,
}

/// The summary of the runs of a sweep.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SweepSummary {
    /// The names of what is varied.
    pub factors: Vec<String>,
    /// The names of the properties: the protocol's, then those of one's own.
    pub properties: Vec<String>,
    /// A line for each combination of levels of which there are runs, in order.
    pub cells: Vec<Cell>,
}

impl SweepSummary {
    pub(super) fn of(sweep: &Sweep) -> SweepSummary {
        let design = sweep.design();
        let properties: Vec<String> = sweep.property_names().map(str::to_owned).collect();
        // Rows are in the order of their runs, so those of a cell stand together.
        let cells =
            sweep.rows().chunk_by(|one, other| design.cell_and_seed(one.run).0 == design.cell_and_seed(other.run).0);
        let cells = cells.map(|rows| {
            let (cell, _) = design.cell_and_seed(rows[0].run);
            let count = |verdict, place: usize| rows.iter().filter(|row| row.verdicts[place] == verdict).count() as u64;
            let with = |verdict, place: usize| rows.iter().find(move |row| row.verdicts[place] == verdict);
            let shown_by = |place| with(Verdict::Violated, place).or_else(|| with(Verdict::NotYet, place));
            let places = 0..properties.len();
            Cell {
                levels: design.levels(cell).into_iter().map(str::to_owned).collect(),
                runs: rows.len() as u64,
                incomplete: rows.iter().filter(|row| is_incomplete(row)).count() as u64,
                violated: places
                    .clone()
                    .map(|place| Proportion::new(count(Verdict::Violated, place), rows.len() as u64))
                    .collect(),
                not_yet: places.clone().map(|place| count(Verdict::NotYet, place)).collect(),
                chance: chance::judge(sweep, rows),
                first_seed: places.map(|place| Some(design.cell_and_seed(shown_by(place)?.run).1)).collect(),
                quantiles: Measure::ALL
                    .into_iter()
                    .map(|measure| Quantiles::of(rows.iter().filter_map(|row| row.get(measure)).collect()))
                    .collect(),
            }
        });
        SweepSummary {
            factors: design.factors.iter().map(|factor| factor.name.clone()).collect(),
            cells: cells.collect(),
            properties,
        }
    }

    /// True if some property was violated in some run.
    pub fn is_violated(&self) -> bool {
        self.cells.iter().flat_map(|cell| &cell.violated).any(|rate| rate.hits > 0)
    }

    /// True if some promise of chance is broken in some cell.
    pub fn is_broken(&self) -> bool {
        let judged = self.cells.iter().flat_map(|cell| &cell.chance).flatten();
        judged.into_iter().any(|judged| judged.verdict == ChanceVerdict::Broken)
    }
}

fn is_incomplete(row: &Row) -> bool {
    matches!(row.ending, RunEnding::Limit | RunEnding::Stuck)
}

impl Serialize for SweepSummary {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.cells.iter().map(|cell| CellOf { summary: self, cell }))
    }
}

/// A cell with the names of what its numbers are.
struct CellOf<'a> {
    summary: &'a SweepSummary,
    cell: &'a Cell,
}

/// The summary of a property.
#[derive(Serialize)]
struct PropertyOf<'a> {
    name: &'a str,
    violated: Proportion,
    not_yet: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    chance: Option<JudgedChance>,
    first_seed: Option<u32>,
}

/// Pairs of names and values as an object, in their order.
struct Object<I>(I);

impl<K: Serialize, V: Serialize, I: Iterator<Item = (K, V)> + Clone> Serialize for Object<I> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.clone())
    }
}

impl Serialize for CellOf<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let CellOf { summary, cell } = self;
        let properties: Vec<PropertyOf<'_>> = (0..summary.properties.len())
            .map(|place| PropertyOf {
                name: &summary.properties[place],
                violated: cell.violated[place],
                not_yet: cell.not_yet[place],
                chance: cell.chance[place],
                first_seed: cell.first_seed[place],
            })
            .collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("levels", &Object(summary.factors.iter().zip(&cell.levels)))?;
        map.serialize_entry("runs", &cell.runs)?;
        map.serialize_entry("incomplete", &cell.incomplete)?;
        map.serialize_entry("properties", &properties)?;
        map.serialize_entry("measures", &Object(Measure::ALL.map(Measure::name).iter().zip(&cell.quantiles)))?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Newcombe, Statistics in Medicine 17 (1998), Table I: the score method without continuity correction.
    #[test]
    fn intervals_are_those_of_the_literature() {
        for (hits, of, low, high) in
            [(81, 263, 2_553, 3_662), (15, 148, 624, 1_605), (0, 20, 0, 1_611), (1, 29, 61, 1_718)]
        {
            let (low_ppm, high_ppm) = wilson_ppm(hits, of);
            let rounded = |ppm: u32| (ppm + 50) / 100;
            assert_eq!((rounded(low_ppm), rounded(high_ppm)), (low, high), "{hits} of {of}");
        }
    }

    #[test]
    fn intervals_hold_the_rate_are_symmetric_and_know_their_ends() {
        assert_eq!(wilson_ppm(0, 0), (0, 1_000_000));
        assert_eq!(wilson_ppm(7, 7).1, 1_000_000);
        for of in [1, 2, 10, 999, 1_000_000, 1 << 32] {
            for hits in [0, 1, of / 3, of / 2, of - 1, of] {
                let (rate, (low, high)) = (Proportion::new(hits, of), wilson_ppm(of - hits, of));
                assert!(rate.low_ppm <= rate.ppm && rate.ppm <= rate.high_ppm, "{rate:?}");
                assert_eq!((rate.low_ppm, rate.high_ppm), (1_000_000 - high, 1_000_000 - low), "{rate:?}");
            }
        }
        // Nothing in n runs: z² / (n + z²).
        assert_eq!(wilson_ppm(0, 1_000), (0, 3_827));
    }

    #[test]
    fn quantiles_are_numbers_that_were_there() {
        let of = |numbers: &[u64]| {
            let Quantiles { count, min, p5, p25, p50, p75, p95, max } = Quantiles::of(numbers.to_vec())?;
            Some((count, [min, p5, p25, p50, p75, p95, max]))
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[4]), Some((1, [4; 7])));
        assert_eq!(of(&[2, 1]), Some((2, [1, 1, 1, 1, 2, 2, 2])));
        let hundred: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(of(&hundred), Some((100, [1, 5, 25, 50, 75, 95, 100])));
    }
}
