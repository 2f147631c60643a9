//! Sweeps: many runs of one scenario, over seeds and over values of what is varied, and what they come to together.
//!
//! A [`Design`] says what a sweep goes through, and numbers its runs. [`Sweep::step`] works on them in slices; each run
//! gives a [`Row`]. A row depends on the scenario, the levels and the seed alone, so it does not matter who makes it:
//! a sweep can be cut into shards, given to many workers ([`Sweep::assign`]), interrupted and continued
//! ([`Sweep::read_line`]), and comes out the same.
//!
//! **The file.** Comma-separated, a line for each run, in the order of their numbers, each ended by a newline; no field
//! is ever quoted. The columns are
//!
//! | column | meaning |
//! |---|---|
//! | `sweep` | 16 hexadecimal digits that name the scenario, the seeds and everything that is varied |
//! | `run` | the run's number in the whole sweep, from 0 |
//! | `seed` | the seed |
//! | one for each factor | its level in this run |
//! | `end` | how the run ended: `rest`, `waits`, `until`, `stuck`, `limit`; see [`RunEnding`] |
//! | one for each measure | a whole number, or nothing; see [`Measure`] |
//! | one for each property | `violated`, `held so far` or `not yet` |
//! | `trace_hash` | 16 hexadecimal digits: the run's |
//!
//! The header is the first line of the first shard, and of no other: so the files of all shards, one after the other,
//! are exactly the file of the whole sweep. The first column keeps rows of different sweeps apart.

mod chance;
mod curve;
mod design;
mod plot;
mod row;
mod summary;
mod watch;

pub use chance::{ChanceVerdict, JudgedChance};
pub use curve::{Curve, CurvePoint, CurveSeries};
pub use design::{
    CELLS_MAX, Design, FACTORS_MAX, FIELDS, Factor, RUNS_MAX, SHARD_RUNS_MAX, SHARDS_MAX, Shard, suggestion, variables,
};
pub use row::{Measure, Row, RunEnding};
pub use summary::{Cell, Proportion, Quantiles, SweepSummary, wilson_ppm};

use crate::canon::digest;
use crate::catalogue::{Catalogue, Entry};
use crate::history::History;
use crate::process::Interface;
use crate::quote::quoted;
use crate::scenario::Scenario;
use std::ops::Range;
use std::sync::Arc;
use watch::Watch;

/// The most events of a run: one that has more is not complete.
pub const RUN_EVENTS_MAX: u64 = 1_000_000;

/// The version of the columns: a file of another one is another sweep's.
const FORMAT: u32 = 1;

/// The progress of a sweep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SweepProgress {
    /// The runs that are over.
    pub runs: u64,
    /// The runs that there are.
    pub of: u64,
    /// Nothing is left to do.
    pub done: bool,
}

/// A run that is under way.
struct RunningSweep {
    history: History,
    watch: Watch,
    waves: u64,
}

/// A sweep, or a shard of one.
pub struct Sweep {
    base: Scenario,
    catalogue: Catalogue,
    entry: Arc<Entry>,
    design: Design,
    id: u64,
    /// The runs that are wanted.
    part: Range<u64>,
    rows: Vec<Row>,
    running: Option<RunningSweep>,
    /// The scenario of the combination of levels that is at work.
    scenario: Option<(usize, Scenario)>,
}

/// Checks that no property of one's own has the name of another column. The error names the property.
fn check_columns(entry: &Entry, scenario: &Scenario, design: &Design) -> Result<(), String> {
    let factors = design.factors.iter().map(|factor| factor.name.as_str());
    let columns: Vec<&str> = row::FIXED.into_iter().chain(Measure::ALL.map(Measure::name)).chain(factors).collect();
    let is_column = |name: &str| columns.contains(&name);
    if let Some(own) = entry.own.iter().find(|own| is_column(own.name())) {
        return Err(format!("{}: the property {} has the name of another column", entry.name, quoted(own.name())));
    }
    match scenario.properties.iter().position(|property| is_column(&property.name)) {
        Some(place) => {
            let name = quoted(&scenario.properties[place].name);
            Err(format!("properties[{place}].name: {name} is the name of another column"))
        }
        None => Ok(()),
    }
}

impl Sweep {
    /// The sweep of `scenario` over `design`, before its first run. Every combination of levels is checked; the error
    /// names what does not fit.
    pub fn new(catalogue: &Catalogue, scenario: &Scenario, design: Design) -> Result<Sweep, String> {
        design.check()?;
        let entry = scenario.entry(catalogue)?;
        check_columns(&entry, scenario, &design)?;
        // Its own seed is never used, and what it is called changes no run.
        let base = Scenario { name: String::new(), title: String::new(), lesson: None, seed: 0, ..scenario.clone() };
        for cell in 0..design.cells() {
            design.scenario(catalogue, &base, cell)?;
        }
        let factors: Vec<_> = design.factors.iter().map(|factor| (&factor.name, &factor.levels)).collect();
        let id = digest(&(FORMAT, base.to_json(), design.seeds.start, design.seeds.end, factors));
        let part = design.part();
        Ok(Sweep {
            base,
            catalogue: catalogue.clone(),
            entry,
            design,
            id,
            part,
            rows: Vec::new(),
            running: None,
            scenario: None,
        })
    }

    /// Its design: the runs that it has.
    pub fn design(&self) -> &Design {
        &self.design
    }

    /// The protocol on top of the stack.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The digest that tells it from other sweeps.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The numbers of the runs that are wanted.
    pub fn part(&self) -> Range<u64> {
        self.part.clone()
    }

    /// The rows so far, in the order of their runs.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Takes the rows away.
    pub fn take_rows(&mut self) -> Vec<Row> {
        self.part.start = self.next_run();
        std::mem::take(&mut self.rows)
    }

    /// Its progress.
    pub fn progress(&self) -> SweepProgress {
        let (runs, of) = (self.rows.len() as u64, self.part.end - self.part.start);
        SweepProgress { runs, of, done: runs == of }
    }

    fn next_run(&self) -> u64 {
        self.part.start + self.rows.len() as u64
    }

    /// Makes these runs the ones that are wanted, and forgets the rows so far: how a worker gets its share.
    pub fn assign(&mut self, runs: Range<u64>) {
        assert!(runs.start <= runs.end && runs.end <= self.design.runs(), "runs of this sweep");
        self.part = runs;
        self.rows.clear();
        self.running = None;
    }

    /// Enters a row that another worker made. It has to be the next one.
    pub fn enter(&mut self, row: Row) {
        assert_eq!(row.run, self.next_run(), "rows come in the order of their runs");
        assert!(row.run < self.part.end, "a run that is wanted");
        self.running = None;
        self.rows.push(row);
    }

    /// Works until about `events` events have happened, or nothing is left to do. A wave is never cut, so it may be
    /// [`crate::history::WAVE_EVENTS_MAX`] events more.
    pub fn step(&mut self, events: u64) -> SweepProgress {
        let mut left = events;
        while left > 0 && self.next_run() < self.part.end {
            let mut running = self.running.take().unwrap_or_else(|| self.begin());
            let RunningSweep { history, watch, waves } = &mut running;
            let happened = if history.position() < RUN_EVENTS_MAX {
                history.wave_seen(&mut |engine, step| watch.see(engine, step))
            } else {
                0
            };
            // A run without events is work, too.
            left = left.saturating_sub(happened.max(1));
            if happened > 0 {
                *waves += 1;
                self.running = Some(running);
                continue;
            }
            let stop = if history.position() < RUN_EVENTS_MAX { history.next().err() } else { None };
            let ending = RunEnding::of(history, stop);
            let row = Row::of(self.next_run(), history, ending, *waves, watch);
            self.rows.push(row);
        }
        self.progress()
    }

    /// Works until nothing is left to do, and says what it comes to.
    pub fn run(&mut self) -> SweepSummary {
        while !self.step(u64::MAX).done {}
        self.summary()
    }

    /// The next run at its beginning.
    fn begin(&mut self) -> RunningSweep {
        let (cell, seed) = self.design.cell_and_seed(self.next_run());
        if self.scenario.as_ref().is_none_or(|(known, _)| *known != cell) {
            let scenario =
                self.design.scenario(&self.catalogue, &self.base, cell).expect("every combination was checked");
            self.scenario = Some((cell, scenario));
        }
        let (_, scenario) = self.scenario.as_mut().expect("made a moment ago");
        scenario.seed = seed;
        // Nobody goes back in these runs, so two checkpoints are enough.
        let history = scenario.start(&self.catalogue).expect("every combination was checked").with_pool_bytes(0);
        RunningSweep { history, watch: Watch::new(detects(&self.catalogue, scenario)), waves: 0 }
    }

    /// The first line of the file: of the first shard only.
    pub fn header(&self) -> Option<String> {
        (self.design.shard.index == 1).then(|| {
            let [sweep, run, seed, end, trace_hash] = row::FIXED;
            let mut names: Vec<&str> = vec![sweep, run, seed];
            names.extend(self.design.factors.iter().map(|factor| factor.name.as_str()));
            names.push(end);
            names.extend(Measure::ALL.map(Measure::name));
            names.extend(self.property_names());
            names.push(trace_hash);
            names.join(",")
        })
    }

    /// The names of the properties that are judged: the protocol's, then those of one's own.
    pub fn property_names(&self) -> impl Iterator<Item = &str> {
        let own = self.base.properties.iter().map(|property| property.name.as_str());
        self.entry.promises().map(|(name, _)| name).chain(own)
    }

    /// The line of a row, without its newline.
    pub fn line(&self, row: &Row) -> String {
        row.line(&self.prefix(row.run))
    }

    /// The beginning of a line: the run that it is of, without its results.
    fn prefix(&self, run: u64) -> String {
        let (cell, seed) = self.design.cell_and_seed(run);
        let mut prefix = format!("{:016x},{run},{seed},", self.id);
        for level in self.design.levels(cell) {
            prefix.push_str(level);
            prefix.push(',');
        }
        prefix
    }

    /// Enters the next row from a line of a file, without its newline. The error says what is wrong with the line.
    pub fn read_line(&mut self, line: &str) -> Result<(), String> {
        let run = self.next_run();
        if run >= self.part.end {
            return Err("there are more lines than this sweep has runs".into());
        }
        let prefix = self.prefix(run);
        let Some(rest) = line.strip_prefix(&prefix) else {
            let id = format!("{:016x}", self.id);
            return Err(match line.split_once(',') {
                Some((first, _)) if first == id => {
                    format!("it is not the line of run {run}, which begins with {prefix:?}")
                }
                _ => format!("it is of another sweep: lines of this one begin with {id:?}"),
            });
        };
        let row = Row::parse(run, rest, self.property_names().count());
        self.enter(row.ok_or_else(|| format!("it is damaged after {prefix:?}"))?);
        Ok(())
    }

    /// True if this text, which no newline ends, can be the beginning of the next line: what an interruption leaves.
    pub fn is_torn(&self, text: &str) -> bool {
        let run = self.next_run();
        run < self.part.end && {
            let prefix = self.prefix(run);
            text.starts_with(&prefix) || prefix.starts_with(text)
        }
    }

    /// True if the program still makes of a run what its row says.
    pub fn repeats(&self, row: &Row) -> bool {
        let mut again = Sweep {
            base: self.base.clone(),
            catalogue: self.catalogue.clone(),
            entry: Arc::clone(&self.entry),
            design: self.design.clone(),
            part: row.run..row.run + 1,
            rows: Vec::new(),
            running: None,
            scenario: None,
            ..*self
        };
        again.run();
        again.rows[0] == *row
    }

    /// The summary of the rows so far, for each combination of levels.
    pub fn summary(&self) -> SweepSummary {
        SweepSummary::of(self)
    }

    /// The relation of detection time and false suspicions over the levels of the first factor: the trade-off of a
    /// timeout. The error says why there is no such curve.
    pub fn curve(&self) -> Result<Curve, String> {
        Curve::of(self)
    }
}

/// True if suspicions of a detector reach the user of this stack.
fn detects(catalogue: &Catalogue, scenario: &Scenario) -> bool {
    scenario.layers(catalogue).iter().fold(false, |told, name| {
        let layer = catalogue.find(name).expect("the scenario was checked");
        let kept = told && !layer.needs.iter().any(|service| service.interface() == Interface::Detector);
        kept || layer.offers(Interface::Detector)
    })
}
