//! `bivalent sweep`: many runs of a scenario, in parallel, to a file of rows, and what they come to.

use super::bar;
use super::diagram::DrawingKind;
use super::{Answer, End, Format, load, print, print_json, print_on, save};
use bivalent::catalogue::Catalogue;
use bivalent::export::{About, svg, tikz};
use bivalent::scene::Picture;
use bivalent::sweep::{Cell, Curve, Design, Factor, JudgedChance, Measure, Quantiles, Row, Shard, Sweep, SweepSummary};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

/// The most threads.
const JOBS_MAX: usize = 256;

/// The most runs that a thread does before it hands in their rows.
const CHUNK_MAX: u64 = 64;

/// The number of events that a thread lets happen in one slice.
const SLICE: u64 = 1_000_000;

/// The longest line of a sweep's file, in bytes.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// The endings of pictures.
const PICTURES: &[(&str, DrawingKind)] = &[(".svg", DrawingKind::Svg), (".tex", DrawingKind::Tikz)];

/// The arguments of `bivalent sweep`.
#[derive(Args)]
pub struct Survey {
    /// A file, - for standard input, or the name of a scenario of the gallery
    scenario: String,
    /// The seeds, from A to before B
    #[arg(long, value_name = "A..B", allow_hyphen_values = true)]
    seeds: String,
    /// Varies a parameter of the protocol, or a field of the scenario such as models.links.loss; all combinations are run
    #[arg(long = "set", value_name = "NAME=VALUE,…")]
    settings: Vec<String>,
    /// Runs only part I of N, from 1; the files of all parts, one after the other, are the file of the whole
    #[arg(long, value_name = "I/N", default_value = "1/1", allow_hyphen_values = true)]
    shard: String,
    /// The number of threads; all processors by default. The rows do not depend on it
    #[arg(long, value_name = "J")]
    jobs: Option<usize>,
    /// Writes the rows to FILE, or continues it after an interruption; without, to standard output
    #[arg(long, value_name = "FILE.csv")]
    out: Option<String>,
    /// Prints what the runs come to: rates of violation with 95 % intervals, and quantiles
    #[arg(long)]
    summary: bool,
    /// Draws what the runs come to, as .svg or .tex
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<String>,
    /// Draws detection time against false suspicions over the first --set, as .svg or .tex
    #[arg(long, value_name = "FILE.svg")]
    curve: Option<String>,
    /// The form of the summary; json implies it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The JSON document.
#[derive(Serialize)]
struct SweepDocument<'a> {
    protocol: &'a str,
    scenario: &'a str,
    sweep: String,
    seeds: [u64; 2],
    factors: &'a [Factor],
    runs: u64,
    complete: bool,
    cells: &'a SweepSummary,
    /// Missing where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    curve: Option<Curve>,
}

impl Survey {
    /// Runs what is not yet in the file, and tells what all comes to.
    pub fn execute(&self, catalogue: &Catalogue) -> Answer {
        let design = Design {
            seeds: Design::seeds(&self.seeds).map_err(|error| format!("--seeds {}: {error}", self.seeds))?,
            factors: self
                .settings
                .iter()
                .map(|text| Factor::parse(text).map_err(|error| format!("--set {text}: {error}")))
                .collect::<Result<_, _>>()?,
            shard: Shard::parse(&self.shard).map_err(|error| format!("--shard {}: {error}", self.shard))?,
        };
        let jobs = self.jobs.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from).min(JOBS_MAX));
        if !(1..=JOBS_MAX).contains(&jobs) {
            return Err(format!("--jobs {jobs}: from 1 to {JOBS_MAX}"));
        }
        for path in [&self.plot, &self.curve].into_iter().flatten() {
            DrawingKind::of(path, PICTURES)?;
        }
        let scenario = load(catalogue, &self.scenario)?;
        let mut sweep = Sweep::new(catalogue, &scenario, design.clone())?;
        if let (true, Range { start, end }) = (self.curve.is_some(), sweep.part())
            && start < end
        {
            // A plot that cannot be drawn is known from the first run, before all the others.
            let mut first = Sweep::new(catalogue, &scenario, design.clone())?;
            first.assign(start..start + 1);
            while !first.step(SLICE).done {}
            first.curve().map_err(|error| format!("--curve: {error}"))?;
        }
        let mut out = match &self.out {
            Some(path) => Some(open(path, &mut sweep).map_err(|error| format!("--out {path}: {error}"))?),
            None => None,
        };
        for path in [&self.plot, &self.curve].into_iter().flatten() {
            // A file that cannot be written is known before the runs, and a refusal leaves no file behind.
            let opened = OpenOptions::new().write(true).create(true).truncate(false).open(path);
            opened.map_err(|error| format!("{path}: {error}"))?;
        }
        let rows_to_print = self.out.is_none() && !self.summary && self.format == Format::Text;
        if let (true, Some(header)) = (rows_to_print, sweep.header()) {
            print(&(header + "\n"))?;
        }
        // Threads share plain text: a scenario's values are counted without locks.
        let text = scenario.to_json();
        let worker = || {
            Sweep::new(catalogue, &serde_json::from_str(&text).expect("it was written a moment ago"), design.clone())
        };
        run(&mut sweep, jobs, &|| worker().expect("it was checked a moment ago"), &mut |sweep, rows| {
            let mut lines = String::new();
            for row in rows {
                lines.push_str(&sweep.line(row));
                lines.push('\n');
            }
            if let (Some(file), Some(path)) = (&mut out, &self.out) {
                file.write_all(lines.as_bytes())
                    .and_then(|()| file.flush())
                    .map_err(|error| format!("--out {path}: {error}"))?;
            }
            if rows_to_print { print_on(&lines) } else { Ok(true) }
        })?;
        let summary = sweep.summary();
        self.tell(&sweep, &summary, &scenario.name)?;
        let violated = sweep.rows().iter().any(Row::is_violated) || summary.is_broken();
        Ok(if violated { End::Violated } else { End::Fine })
    }

    /// Prints and draws what was found.
    fn tell(&self, sweep: &Sweep, summary: &SweepSummary, name: &str) -> Result<(), String> {
        let about = format!("{} {} over {} runs", sweep.entry().name, name, sweep.rows().len());
        let picture = |path: &str, picture: &Picture, title: &str| {
            let file = match DrawingKind::of(path, PICTURES)? {
                DrawingKind::Tikz => tikz(picture),
                _ => svg(picture, About { title, description: &about, source: "" }),
            };
            save(path, &file)
        };
        if let Some(path) = &self.plot {
            picture(path, &sweep.overview(), "What the runs come to")?;
        }
        if let Some(path) = &self.curve {
            let plot = sweep.curve().map_err(|error| format!("--curve: {error}"))?.plot();
            picture(path, &plot.picture((640.0, 420.0)), &plot.title)?;
        }
        if self.format == Format::Json {
            let design = sweep.design();
            return print_json(&SweepDocument {
                protocol: &sweep.entry().name,
                scenario: name,
                sweep: format!("{:016x}", sweep.id()),
                seeds: [design.seeds.start, design.seeds.end],
                factors: &design.factors,
                runs: sweep.rows().len() as u64,
                complete: sweep.rows().len() as u64 == design.runs(),
                cells: summary,
                curve: sweep.curve().ok(),
            });
        }
        if self.summary { print(&text(sweep, summary, name)) } else { Ok(()) }
    }
}

/// Opens the file of a sweep to append to it. What it already holds is entered into the sweep; a last line that was
/// torn off is dropped. A file of anything else is an error, and is left as it is.
fn open(path: &str, sweep: &mut Sweep) -> Result<BufWriter<File>, String> {
    let io = |error: std::io::Error| error.to_string();
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(io)?;
    let mut reader = BufReader::new(&file);
    let mut header = sweep.header();
    let (mut line, mut whole, mut number) = (Vec::new(), 0, 0);
    let foreign = |number: u64, error: String| {
        format!("line {number}: {error}. Nothing was changed; name another file, or remove this one")
    };
    loop {
        line.clear();
        // A foreign file may have no lines at all.
        let read = reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(io)?;
        if read == 0 {
            break;
        }
        number += 1;
        let text = std::str::from_utf8(&line).map_err(|_| foreign(number, "it is no text in UTF-8".into()))?;
        match (text.strip_suffix('\n'), header.take()) {
            (Some(text), Some(wanted)) if text == wanted => {}
            (None, Some(wanted)) if wanted.starts_with(text) => break,
            (_, Some(wanted)) => {
                return Err(foreign(number, format!("it is not the header of this sweep, which is {wanted:?}")));
            }
            (Some(text), None) => sweep.read_line(text).map_err(|error| foreign(number, error))?,
            (None, None) if sweep.is_torn(text) => break,
            (None, None) => return Err(foreign(number, "it is no part of this sweep".into())),
        }
        whole += read as u64;
    }
    if let Some(row) = sweep.rows().last()
        && !sweep.repeats(row)
    {
        let error = "the run has come out differently now; the file is of another version of this program";
        return Err(foreign(number, error.into()));
    }
    file.set_len(whole).map_err(io)?;
    file.seek(SeekFrom::Start(whole)).map_err(io)?;
    if let (0, Some(header)) = (whole, sweep.header()) {
        file.write_all((header + "\n").as_bytes()).map_err(io)?;
    }
    Ok(BufWriter::new(file))
}

/// Takes the rows that were just made, and says whether more are wanted.
type Done<'a> = dyn FnMut(&Sweep, &[Row]) -> Result<bool, String> + 'a;

/// Does the runs that are not done yet, on so many threads, and hands over their rows in the order of the runs, until
/// nobody wants more.
fn run(
    sweep: &mut Sweep,
    jobs: usize,
    worker: &(impl Fn() -> Sweep + Sync),
    done: &mut Done<'_>,
) -> Result<(), String> {
    let Range { start, end } = sweep.part();
    let first = start + sweep.rows().len() as u64;
    if first == end {
        return Ok(());
    }
    let bar = bar::share(end - start, "runs");
    // Large enough to be worth handing over, and so small that no thread is left alone with the last ones.
    let chunk = ((end - first) / (8 * jobs as u64)).clamp(1, CHUNK_MAX);
    let taken = AtomicU64::new(first);
    let (sender, receiver) = mpsc::channel::<Vec<Row>>();
    thread::scope(|scope| {
        for _ in 0..jobs.min((end - first).div_ceil(chunk) as usize) {
            let (sender, taken) = (sender.clone(), &taken);
            scope.spawn(move || {
                let mut part = worker();
                loop {
                    let from = taken.fetch_add(chunk, Ordering::Relaxed);
                    if from >= end {
                        break;
                    }
                    part.assign(from..(from + chunk).min(end));
                    while !part.step(SLICE).done {}
                    // Nobody listens any more where the rows could not be written, or nobody reads them.
                    if sender.send(part.take_rows()).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut early: BTreeMap<u64, Vec<Row>> = BTreeMap::new();
        let mut next = first;
        let mut finished = first - start;
        for rows in receiver {
            finished += rows.len() as u64;
            bar.set_position(finished);
            early.insert(rows[0].run, rows);
            while let Some(rows) = early.remove(&next) {
                next += rows.len() as u64;
                let wanted = done(sweep, &rows)?;
                rows.into_iter().for_each(|row| sweep.enter(row));
                if !wanted {
                    return Ok(());
                }
            }
        }
        Ok(())
    })
}

/// A part of all as a percentage with two digits.
fn percent(ppm: u32) -> String {
    let hundredths = (ppm + 50) / 100;
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

/// The summary for people.
fn text(sweep: &Sweep, summary: &SweepSummary, name: &str) -> String {
    let progress = sweep.progress();
    let design = sweep.design();
    let mut text = String::new();
    let mut line = |words: String| writeln!(text, "{words}").expect("a string takes any text");
    let shard = design.shard;
    let part = if shard.count > 1 { format!(", shard {}/{}", shard.index, shard.count) } else { String::new() };
    let seeds = format!("seeds {}..{}", design.seeds.start, design.seeds.end);
    line(format!("{name}: {} over {seeds}, {} runs{part}", sweep.entry().name, progress.runs));
    for cell in &summary.cells {
        line(String::new());
        let levels: Vec<String> =
            summary.factors.iter().zip(&cell.levels).map(|(name, level)| format!("{name}={level}")).collect();
        if !levels.is_empty() {
            line(levels.join(" "));
        }
        cell_lines(summary, cell).into_iter().for_each(&mut line);
    }
    if let Ok(curve) = sweep.curve() {
        line(String::new());
        line(format!("the trade-off of {}: detection time (median) and false suspicions a run", curve.factor));
        for series in &curve.series {
            if !series.label.is_empty() {
                line(format!("  {}", series.label));
            }
            let width = series.points.iter().map(|point| point.level.len()).max().unwrap_or(0);
            for point in &series.points {
                let time = point.detection_us.map_or("not detected".into(), milliseconds);
                let mistakes = point.false_per_run_milli;
                line(format!("  {:>width$}  {time:>14}  {:>4}.{:03}", point.level, mistakes / 1_000, mistakes % 1_000));
            }
        }
    }
    text
}

fn cell_lines(summary: &SweepSummary, cell: &Cell) -> Vec<String> {
    let mut lines = Vec::new();
    if cell.incomplete > 0 {
        lines.push(format!("  {} of {} runs are not complete: a limit was hit", cell.incomplete, cell.runs));
    }
    let width = summary.properties.iter().map(|name| name.len()).max().unwrap_or(0);
    for (place, name) in summary.properties.iter().enumerate() {
        let rate = cell.violated[place];
        let interval = format!("{} to {}", percent(rate.low_ppm), percent(rate.high_ppm));
        let seed = cell.first_seed[place].map(|seed| format!(", first with seed {seed}")).unwrap_or_default();
        let open = match cell.not_yet[place] {
            0 => String::new(),
            open => format!(", not yet in {open}"),
        };
        // The seed shows what stands before it.
        let shown = if rate.hits > 0 { seed + &open } else { open + &seed };
        lines.push(format!(
            "  {name:width$}  violated in {} of {} ({}; 95 %: {interval}){shown}",
            rate.hits,
            rate.of,
            percent(rate.ppm)
        ));
        if let Some(JudgedChance { missed, missed_ppm_max, verdict }) = cell.chance[place] {
            let interval = format!("{} to {}", percent(missed.low_ppm), percent(missed.high_ppm));
            let bound = percent(missed_ppm_max);
            let (hits, of, verdict) = (missed.hits, missed.of, verdict.text());
            lines.push(format!(
                "  {:width$}  missed in {hits} of {of} that ended (95 %: {interval}), promised in at most {bound}: {verdict}",
                "by chance:"
            ));
        }
    }
    lines.push(format!("  {:24}{:>14}{:>14}{:>14}{:>14}{:>14}", "", "least", "5 %", "median", "95 %", "most"));
    for measure in Measure::ALL {
        // A measure that is nothing in all runs is not worth a line.
        let Some(found) = cell.quantiles[measure as usize].filter(|found| found.max > 0) else { continue };
        let Quantiles { min, p5, p50, p95, max, .. } = found;
        let numbers = [min, p5, p50, p95, max].map(|number| {
            let text = if measure.is_time() { milliseconds(number) } else { number.to_string() };
            format!("{text:>14}")
        });
        lines.push(format!("  {:24}{}", measure.title(), numbers.join("")));
    }
    lines
}

fn milliseconds(us: u64) -> String {
    format!("{}.{:03} ms", us / 1_000, us % 1_000)
}
