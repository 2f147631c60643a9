//! `bivalent diagram`: a run as a picture in a file: its space-time diagram, or the board at one moment.

use super::{Answer, End, load, save};
use bivalent::catalogue::Catalogue;
use bivalent::export::{About, svg, text, tikz};
use bivalent::history::{Fact, History, Stop};
use bivalent::scenario::Scenario;
use bivalent::scene::{Board, Diagram, Land, Picture, places};
use clap::Args;

/// The most events that a picture holds.
const EVENTS_MAX: u64 = 2_000;

/// Width and height of the board, in pixels: about what the page gives it on a laptop.
const BOARD_SIZE: (f32, f32) = (900.0, 380.0);

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
    /// The board in place of the diagram: before the first event, or after --event
    #[arg(long)]
    board: bool,
    /// The moment of the board, in events
    #[arg(long, value_name = "N", requires = "board")]
    event: Option<u64>,
    /// When the run ends, in milliseconds of virtual time, in place of the scenario's
    #[arg(long, value_name = "MS")]
    until: Option<u64>,
}

/// The kinds of files of pictures.
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
        let kinds = [(".svg", DrawingKind::Svg), (".tex", DrawingKind::Tikz), (".txt", DrawingKind::Text)];
        // The text tells a whole run.
        let kind = DrawingKind::of(&self.out, if self.board { &kinds[..2] } else { &kinds })?;
        let mut scenario = load(catalogue, &self.scenario)?;
        scenario.seed = self.seed.unwrap_or(scenario.seed);
        if let Some(until_ms) = self.until {
            scenario.until_ms = until_ms;
            scenario.plan(catalogue).map_err(|error| format!("--until: {error}"))?;
        }
        let mut history = scenario.start(catalogue)?;
        let file = if self.board {
            self.run_to(&mut history, self.event.unwrap_or(0))?;
            write(kind, &scenario, &history, board, "Board")
        } else {
            self.run_to_end(&mut history)?;
            write(kind, &scenario, &history, |_, history, facts| Diagram::whole(history, facts), "Space-time diagram")
        };
        save(&self.out, &file)?;
        Ok(End::Fine)
    }

    /// Runs to the moment after so many events.
    fn run_to(&self, history: &mut History, event: u64) -> Result<(), String> {
        let stop = history.run(event);
        match stop {
            Some(Stop::Stuck(reason)) => Err(format!("{}: {reason}", self.scenario)),
            _ if history.position() < event => {
                Err(format!("--event: {} has {} events", self.scenario, history.position()))
            }
            _ => Ok(()),
        }
    }

    /// Runs to the end, which must not be too far.
    fn run_to_end(&self, history: &mut History) -> Result<(), String> {
        match history.run(EVENTS_MAX + 1) {
            None => {
                let ms = history.engine().now_us() / 1_000;
                Err(format!(
                    "{}: a picture holds {EVENTS_MAX} events, and this run has more; it has come to {ms} ms: say --until",
                    self.scenario
                ))
            }
            Some(Stop::Stuck(reason)) => Err(format!("{}: {reason}", self.scenario)),
            Some(_) => Ok(()),
        }
    }
}

/// The file's text, for a picture that `draw` makes of the run.
fn write(
    kind: DrawingKind,
    scenario: &Scenario,
    history: &History,
    draw: fn(&Scenario, &History, &[Fact]) -> Picture,
    what: &str,
) -> String {
    let facts = history.facts(0, history.position());
    let description = format!(
        "{what} of {} with {} processes, seed {}: {} events in {} ms.",
        scenario.protocol,
        scenario.processes,
        scenario.seed,
        history.position(),
        history.engine().now_us() / 1_000
    );
    let about = About { title: scenario.called(), description: &description, source: &scenario.to_json() };
    match kind {
        DrawingKind::Svg => svg(&draw(scenario, history, &facts), about),
        DrawingKind::Tikz => tikz(&draw(scenario, history, &facts)),
        DrawingKind::Text => text(scenario, &facts),
    }
}

/// The present.
fn board(scenario: &Scenario, history: &History, facts: &[Fact]) -> Picture {
    let board = Board {
        scenario,
        engine: history.engine(),
        monitors: history.monitors(),
        now_us: history.engine().now_us(),
        facts,
        places: &places(scenario.topology, scenario.processes),
        size: BOARD_SIZE,
        selected: None,
        see_as: None,
        projector: false,
        land: Some(Land::world()),
        knife: None,
    };
    board.picture()
}
