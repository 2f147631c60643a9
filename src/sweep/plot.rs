//! Pictures of what a sweep came to.

use super::{Cell, Curve, Measure, Proportion, Sweep, SweepSummary};
use crate::scene::{Picture, Plot, Series, Spot, at};

/// The size of one plot in an overview, in pixels.
const PANEL: (f32, f32) = (460.0, 300.0);

/// The combinations of levels in a plot: the first factor goes across, and each combination of the others is a series.
struct Across<'a> {
    label: String,
    names: Vec<(f64, String)>,
    /// The words for the other levels, and each cell with its place.
    series: Vec<(String, Vec<(f64, &'a Cell)>)>,
}

impl Across<'_> {
    fn of(summary: &SweepSummary) -> Across<'_> {
        let mut series: Vec<(String, Vec<(f64, &Cell)>)> = Vec::new();
        let mut levels: Vec<&str> = Vec::new();
        for cell in &summary.cells {
            let level = cell.levels.first().map_or("", String::as_str);
            let place = levels.iter().position(|known| *known == level).unwrap_or_else(|| {
                levels.push(level);
                levels.len() - 1
            });
            let others = summary.factors.iter().map(String::as_str).zip(cell.levels.iter().map(String::as_str)).skip(1);
            let label = short(others);
            match series.iter_mut().find(|(known, _)| *known == label) {
                Some((_, cells)) => cells.push((place as f64, cell)),
                None => series.push((label, vec![(place as f64, cell)])),
            }
        }
        let numbers = levels.iter().map(|level| level.parse::<f64>().ok().filter(|number| number.is_finite()));
        let mut names = Vec::new();
        match numbers.collect::<Option<Vec<f64>>>() {
            Some(numbers) => {
                for (place, _) in series.iter_mut().flat_map(|(_, cells)| cells) {
                    *place = numbers[*place as usize];
                }
            }
            None => names = levels.iter().enumerate().map(|(place, level)| (place as f64, (*level).into())).collect(),
        }
        Across { label: summary.factors.first().cloned().unwrap_or_default(), names, series }
    }
}

/// Levels in few words: of a field only its last name.
fn short<'a>(levels: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let words = levels.map(|(name, level)| format!("{}={level}", name.rsplit('.').next().unwrap_or(name)));
    words.collect::<Vec<String>>().join(" ")
}

fn share(rate: Proportion) -> (f64, Option<(f64, f64)>) {
    let part = |ppm: u32| f64::from(ppm) / 1e6;
    (part(rate.ppm), Some((part(rate.low_ppm), part(rate.high_ppm))))
}

/// A number as it is shown: times in milliseconds.
fn shown(measure: Measure, number: u64) -> f64 {
    if measure.is_time() { number as f64 / 1e3 } else { number as f64 }
}

fn unit(measure: Measure) -> &'static str {
    if measure.is_time() { " (ms)" } else { "" }
}

impl SweepSummary {
    /// In which part of the runs properties were violated, with 95 % intervals: against what is varied, a series for
    /// each property that was violated at all; and where nothing is varied, all properties side by side.
    pub fn plot_of_rates(&self) -> Plot {
        let mut plot = Plot {
            title: "Violations".into(),
            up: "share of the runs, with 95 % intervals".into(),
            share: true,
            ..Plot::default()
        };
        let spot = |x, rate| {
            let (y, bar) = share(rate);
            Spot { x, y, bar, label: String::new() }
        };
        if self.factors.is_empty() {
            let spots = self.cells.iter().flat_map(|cell| &cell.violated).enumerate();
            let spots = spots.map(|(place, rate)| spot(place as f64, *rate)).collect();
            plot.names = self.properties.iter().enumerate().map(|(place, name)| (place as f64, name.clone())).collect();
            plot.series = vec![Series { spots, marked: true, ..Series::default() }];
            return plot;
        }
        let seen = |place: &usize| self.cells.iter().any(|cell| cell.violated[*place].hits > 0);
        let mut places: Vec<usize> = (0..self.properties.len()).filter(seen).collect();
        if places.is_empty() && !self.properties.is_empty() {
            // The intervals say how much that is worth; they are the same for all properties.
            plot.title = "Violations: none".into();
            places.push(0);
        }
        let across = Across::of(self);
        for place in places {
            let name = if seen(&place) { self.properties[place].as_str() } else { "" };
            for (others, cells) in &across.series {
                let spots = cells.iter().map(|(x, cell)| spot(*x, cell.violated[place])).collect();
                let label = format!("{name} {others}").trim().to_owned();
                plot.series.push(Series { label, spots, joined: true, marked: true });
            }
        }
        (plot.across, plot.names) = (across.label, across.names);
        plot
    }

    /// The median of a measure with a bar from 5 to 95 %, against what is varied. `None` where there is nothing to see.
    pub fn plot_of(&self, measure: Measure) -> Option<Plot> {
        let across = Across::of(self);
        let spot = |(x, cell): &(f64, &Cell)| {
            let found = cell.quantiles[measure as usize]?;
            let [low, y, high] = [found.p5, found.p50, found.p95].map(|number| shown(measure, number));
            Some(Spot { x: *x, y, bar: Some((low, high)), label: String::new() })
        };
        let series = across.series.into_iter().map(|(label, cells)| Series {
            label,
            spots: cells.iter().filter_map(spot).collect(),
            joined: true,
            marked: true,
        });
        let series: Vec<Series> = series.filter(|series| !series.spots.is_empty()).collect();
        (!series.is_empty()).then(|| Plot {
            title: measure.title().into(),
            up: format!("median and 5 to 95 % of the runs{}", unit(measure)),
            across: across.label,
            names: across.names,
            series,
            share: false,
        })
    }
}

impl Curve {
    /// Detection time across, false suspicions up, and each point's level beside it.
    pub fn plot(&self) -> Plot {
        let series = self.series.iter().map(|series| {
            let spots = series.points.iter().filter_map(|point| {
                let (x, y) = (point.detection_us? as f64 / 1e3, point.false_per_run_milli as f64 / 1e3);
                Some(Spot { x, y, bar: None, label: point.level.clone() })
            });
            let others = series.label.split(' ').filter_map(|pair| pair.split_once('='));
            Series { label: short(others), spots: spots.collect(), joined: true, marked: true }
        });
        Plot {
            title: format!("Detection against false alarms, by {}", self.factor),
            up: "false suspicions a run, on average".into(),
            across: "time until a crash is detected, median (ms)".into(),
            series: series.collect(),
            ..Plot::default()
        }
    }
}

impl Sweep {
    /// The distribution of a measure over all runs: the share of them with at most so much. `None` where there is
    /// nothing to see.
    pub fn plot_of_distribution(&self, measure: Measure) -> Option<Plot> {
        let mut numbers: Vec<u64> = self.rows().iter().filter_map(|row| row.get(measure)).collect();
        numbers.sort_unstable();
        let count = numbers.len() as f64;
        let mut spots: Vec<Spot> = Vec::new();
        let mut below = 0;
        for same in numbers.chunk_by(|one, other| one == other) {
            let x = shown(measure, same[0]);
            // A step: up at the number itself.
            for y in [below, below + same.len()] {
                spots.push(Spot { x, y: y as f64 / count, bar: None, label: String::new() });
            }
            below += same.len();
        }
        (!spots.is_empty()).then(|| Plot {
            title: measure.title().into(),
            up: "share of the runs with at most so much".into(),
            across: format!("{}{}", measure.title(), unit(measure)),
            series: vec![Series { spots, joined: true, ..Series::default() }],
            share: true,
            ..Plot::default()
        })
    }

    /// All that there is to see: violations, the trade-off of a timeout, messages, waves, times.
    pub fn plots(&self) -> Vec<Plot> {
        let summary = self.summary();
        let rates = (!summary.properties.is_empty()).then(|| summary.plot_of_rates());
        let mut plots: Vec<Plot> = rates.into_iter().collect();
        plots.extend(self.curve().ok().map(|curve| curve.plot()));
        for measure in [
            Measure::Sent,
            Measure::Waves,
            Measure::LastDecisionUs,
            Measure::LastDeliveryUs,
            Measure::DetectionUs,
            Measure::FalseSuspicions,
            Measure::EndUs,
        ] {
            plots.extend(if summary.factors.is_empty() {
                self.plot_of_distribution(measure)
            } else {
                summary.plot_of(measure)
            });
        }
        plots
    }

    /// All [`plots`](Sweep::plots) side by side.
    pub fn overview(&self) -> Picture {
        let plots = self.plots();
        let columns = plots.len().min(2);
        let rows = plots.len().div_ceil(2);
        let mut picture = Picture { size: (PANEL.0 * columns as f32, PANEL.1 * rows as f32), ..Picture::default() };
        for (place, plot) in plots.iter().enumerate() {
            let corner = at(PANEL.0 * (place % 2) as f32, PANEL.1 * (place / 2) as f32);
            plot.draw(&mut picture, corner, PANEL);
        }
        picture
    }
}
