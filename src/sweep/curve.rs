//! The trade-off of a timeout: how long a crash stays unnoticed, and how often somebody is suspected who is up.
//!
//! These are two of the measures of quality of Chen, Toueg and Aguilera, *On the Quality of Service of Failure
//! Detectors*, 2002: detection time, and how often mistakes are made.

use super::summary::rank;
use super::{Measure, Row, Sweep};
use serde::Serialize;

/// A value of the timeout, and what comes of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CurvePoint {
    /// The level of the factor.
    pub level: String,
    /// The number of runs.
    pub runs: u64,
    /// The median of the detection times over the runs with a crash, in microseconds. A run in which a crash was not
    /// detected in the end counts as longer than all others; nothing if that is the median, or nobody crashed.
    pub detection_us: Option<u64>,
    /// The runs in which some crash was not detected in the end.
    pub undetected: u64,
    /// False suspicions in all runs together.
    pub false_suspicions: u64,
    /// False suspicions a run, on average, in thousandths, rounded to the nearest.
    pub false_per_run_milli: u64,
}

/// The curve for one combination of the other factors' levels.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CurveSeries {
    /// The levels of the other factors, such as `models.timing.typical_ms=60`; empty where there are none.
    pub label: String,
    /// In the order of the levels.
    pub points: Vec<CurvePoint>,
}

/// The trade-off over the levels of one factor, the first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Curve {
    /// The factor: a timeout, as a rule.
    pub factor: String,
    /// One for each combination of the other factors' levels.
    pub series: Vec<CurveSeries>,
}

impl Curve {
    pub(super) fn of(sweep: &Sweep) -> Result<Curve, String> {
        let design = sweep.design();
        let factor = design.factors.first().filter(|factor| factor.levels.len() > 1);
        let factor =
            factor.ok_or("a curve goes over several values of what is varied first, such as period-ms=100,200")?;
        let Some(row) = sweep.rows().first() else { return Err("there are no runs yet".into()) };
        if row.get(Measure::FalseSuspicions).is_none() {
            return Err(format!("a curve needs a failure detector, and {} tells no suspicions", sweep.entry().name));
        }
        let mut series: Vec<CurveSeries> = Vec::new();
        let cells =
            sweep.rows().chunk_by(|one, other| design.cell_and_seed(one.run).0 == design.cell_and_seed(other.run).0);
        for rows in cells {
            let levels = design.levels(design.cell_and_seed(rows[0].run).0);
            let others = design.factors.iter().zip(&levels).skip(1);
            let label: Vec<String> = others.map(|(factor, level)| format!("{}={level}", factor.name)).collect();
            let (label, point) = (label.join(" "), CurvePoint::of(levels[0], rows));
            match series.iter_mut().find(|series| series.label == label) {
                Some(known) => known.points.push(point),
                None => series.push(CurveSeries { label, points: vec![point] }),
            }
        }
        Ok(Curve { factor: factor.name.clone(), series })
    }
}

impl CurvePoint {
    fn of(level: &str, rows: &[Row]) -> CurvePoint {
        let undetected = |row: &&Row| row.get(Measure::Undetected).is_some_and(|pairs| pairs > 0);
        let undetected = rows.iter().filter(undetected).count();
        let mut times: Vec<u64> = rows.iter().filter_map(|row| row.get(Measure::DetectionUs)).collect();
        times.sort_unstable();
        let crashes = times.len() + undetected;
        let median = (crashes > 0).then(|| rank(crashes, 50)).and_then(|place| times.get(place).copied());
        let false_suspicions: u64 = rows.iter().filter_map(|row| row.get(Measure::FalseSuspicions)).sum();
        let runs = rows.len() as u64;
        CurvePoint {
            level: level.to_owned(),
            runs,
            detection_us: median,
            undetected: undetected as u64,
            false_suspicions,
            false_per_run_milli: (1_000 * false_suspicions + runs / 2) / runs,
        }
    }
}
