//! `bivalent diagram`: the space-time diagram of a run as a file.

use super::{Answer, End, load, save};
use bivalent::catalogue::Catalogue;
use bivalent::engine::ProcessSet;
use bivalent::export::{About, svg, text, tikz};
use bivalent::history::Stop;
use bivalent::scene::Diagram;
use clap::Args;

/// The most events that a picture holds.
const EVENTS_MAX: u64 = 2_000;

/// The arguments of `bivalent diagram`.
#[derive(Args)]
pub struct Draw {
    /// A file, - for standard input, or the name of a scenario of the gallery
    scenario: String,
    /// The file to write; its ending says what: .svg, .tex (TikZ, for \input) or .txt
    #[arg(short, long, value_name = "FILE")]
    out: String,
    /// The seed of the draws, in place of the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u32>,
    /// When the run ends, in milliseconds of virtual time, in place of the scenario's
    #[arg(long, value_name = "MS")]
    until: Option<u64>,
}

/// What a file of pictures can be.
#[derive(Clone, Copy)]
pub(super) enum DrawingKind {
    Svg,
    Tikz,
    Text,
}

impl DrawingKind {
    /// By the ending of a file's name; the error lists those that there are.
    pub(super) fn of(path: &str, kinds: &[(&str, DrawingKind)]) -> Result<DrawingKind, String> {
        let lower = path.to_ascii_lowercase();
        kinds.iter().find(|(ending, _)| lower.ends_with(ending)).map(|(_, kind)| *kind).ok_or_else(|| {
            let endings: Vec<&str> = kinds.iter().map(|(ending, _)| *ending).collect();
            format!("{path}: the file's name says what is written: it ends in {}", endings.join(", "))
        })
    }
}

impl Draw {
    /// Runs the scenario and draws what happened.
    pub fn execute(&self, catalogue: &Catalogue) -> Answer {
        let kind = DrawingKind::of(
            &self.out,
            &[(".svg", DrawingKind::Svg), (".tex", DrawingKind::Tikz), (".txt", DrawingKind::Text)],
        )?;
        let mut scenario = load(catalogue, &self.scenario)?;
        scenario.seed = self.seed.unwrap_or(scenario.seed);
        if let Some(until_ms) = self.until {
            scenario.until_ms = until_ms;
            scenario.plan(catalogue).map_err(|error| format!("--until: {error}"))?;
        }
        let mut history = scenario.start(catalogue)?;
        match history.run(EVENTS_MAX + 1) {
            None => {
                let ms = history.engine().now_us() / 1_000;
                return Err(format!(
                    "{}: a picture holds {EVENTS_MAX} events, and this run has more; it has come to {ms} ms: say --until",
                    self.scenario
                ));
            }
            Some(Stop::Stuck(reason)) => return Err(format!("{}: {reason}", self.scenario)),
            Some(_) => {}
        }
        let facts = history.facts(0, history.position());
        let end_us = history.engine().now_us();
        let rows = scenario.processes as f32;
        let timings = history.timings();
        let diagram = Diagram {
            history: &history,
            facts: &facts,
            now_us: end_us,
            window_us: (0, end_us.max(1)),
            size: ((history.position() as f32 * 18.0).clamp(480.0, 4_000.0), 30.0 + 54.0 * rows),
            timings: &timings,
            see_as: None,
            selected: None,
            peeked: None,
            hidden: ProcessSet::default(),
        };
        let title = scenario.called();
        let description = format!(
            "Space-time diagram of {} with {} processes, seed {}: {} events in {} ms.",
            scenario.protocol,
            scenario.processes,
            scenario.seed,
            history.position(),
            end_us / 1_000
        );
        let file = match kind {
            DrawingKind::Svg => {
                svg(&diagram.picture(), About { title, description: &description, source: &scenario.to_json() })
            }
            DrawingKind::Tikz => tikz(&diagram.picture()),
            DrawingKind::Text => text(&scenario, &facts),
        };
        save(&self.out, &file)?;
        Ok(End::Fine)
    }
}
