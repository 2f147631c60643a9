//! `bivalent history`: judges a history of operations that somebody recorded.

use super::bar;
use super::diagram::DrawingKind;
use super::{Answer, End, Format, print, print_json, read, save};
use bivalent::export::{About, svg, tikz};
use bivalent::operation::{
    self, Bank, CasRegister, Culprit, Linearisability, Linearisation, Operation, OperationHistory, OperationOutcome,
    OperationValue, Register, SearchLimits, Specification,
};
use bivalent::quote::{quoted, shortened};
use bivalent::scene::OperationDiagram;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::rc::Rc;

/// How many steps are taken between two looks at the progress.
const SLICE: u64 = 200_000;

/// The most operations that a picture holds.
const DRAWN_MAX: usize = 1_000;

/// How many events before and after the culprit's response are drawn.
const AROUND: (usize, usize) = (200, 20);

/// The endings of pictures.
const PICTURES: &[(&str, DrawingKind)] = &[(".svg", DrawingKind::Svg), (".tex", DrawingKind::Tikz)];

/// The specifications.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModelName {
    /// read, write
    Register,
    /// read, write, cas [old, new]
    CasRegister,
    /// balance, deposit, withdraw, transfer, audit
    Bank,
}

/// The arguments of `bivalent history`.
#[derive(Args)]
pub struct JudgeHistory {
    /// A file, or - for standard input: JSON lines or EDN, as Jepsen writes them
    file: String,
    /// What the operations are done on
    #[arg(long, value_enum)]
    model: ModelName,
    /// The value of a register at the beginning, or the pence of each account such as {"Zoë": 100}, as JSON; by default
    /// null, and accounts with 0 pence
    #[arg(long, value_name = "JSON")]
    initial: Option<String>,
    /// The most steps of the search: operations that are tried in a state
    #[arg(long, value_name = "N", default_value_t = SearchLimits::default().steps)]
    limit: u64,
    /// Draws the history with its order, or around the operation that fits nowhere, as .svg or .tex
    #[arg(short, long, value_name = "FILE")]
    out: Option<String>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The JSON document.
#[derive(Serialize)]
struct HistoryDocument<'a> {
    model: String,
    operations: usize,
    processes: usize,
    concurrency: usize,
    failed: usize,
    unknown: usize,
    steps: u64,
    complete: bool,
    linearisable: Option<bool>,
    order: Option<Vec<OrderLine<'a>>>,
    culprit: Option<CulpritDocument<'a>>,
}

/// An operation of the order.
#[derive(Serialize)]
struct OrderLine<'a> {
    line: u64,
    process: u64,
    f: &'a str,
    value: &'a OperationValue,
    result: Option<&'a OperationValue>,
}

/// The operation that fits nowhere.
#[derive(Serialize)]
struct CulpritDocument<'a> {
    /// The line of its response.
    line: u64,
    invoked: u64,
    process: u64,
    f: &'a str,
    value: &'a OperationValue,
    result: Option<&'a OperationValue>,
    /// How many lines of invocations and responses the shortest prefix without an order has.
    prefix: usize,
    /// Null where that is not known.
    possible: Option<Vec<Possible<'a>>>,
    why: String,
}

/// Something that the culprit could have found.
#[derive(Serialize)]
struct Possible<'a> {
    what: &'a str,
    value: &'a OperationValue,
}

impl JudgeHistory {
    /// Reads, judges and prints.
    pub fn execute(&self) -> Answer {
        if self.limit == 0 {
            return Err("--limit 0: at least 1".into());
        }
        if let Some(path) = &self.out {
            DrawingKind::of(path, PICTURES)?;
        }
        let initial = self.initial()?;
        let name = if self.file == "-" { "standard input".to_owned() } else { shortened(&self.file).into_owned() };
        let text = match &*self.file {
            "-" => read(io::stdin().lock(), operation::BYTES_MAX),
            _ => self.open().and_then(|file| read(file, operation::BYTES_MAX)),
        };
        let history = text.and_then(|text| operation::read(&text)).map_err(|error| format!("{name}: {error}"))?;
        let (verdict, steps) = match self.model {
            ModelName::Register => self.judge(Register { initial: initial.unwrap_or_default() }, &history),
            ModelName::CasRegister => self.judge(CasRegister { initial: initial.unwrap_or_default() }, &history),
            ModelName::Bank => self.judge(Bank { accounts: initial.map(accounts).transpose()? }, &history),
        }
        .map_err(|error| format!("{name}: {error}"))?;
        if let Some(path) = &self.out {
            self.draw(path, &name, &history, &verdict)?;
        }
        match self.format {
            Format::Json => print_json(&self.document(&history, &verdict, steps))?,
            Format::Text => print(&self.text(&name, &history, &verdict))?,
        }
        Ok(if matches!(verdict, Linearisability::NotLinearisable(_)) { End::Violated } else { End::Fine })
    }

    fn open(&self) -> Result<File, String> {
        File::open(&self.file).map_err(|error| format!("{error}; a history is a file, or - for standard input"))
    }

    fn initial(&self) -> Result<Option<OperationValue>, String> {
        let Some(text) = &self.initial else { return Ok(None) };
        let value = serde_json::from_str(text);
        value.map(Some).map_err(|error| format!("--initial {}: no JSON: {error}", quoted(text)))
    }

    /// Searches, and returns the verdict and the steps that it took. The error names the line.
    fn judge<S: Specification>(
        &self,
        specification: S,
        history: &OperationHistory,
    ) -> Result<(Linearisability, u64), String> {
        let limits = SearchLimits { steps: self.limit, ..SearchLimits::default() };
        let mut search = Linearisation::new(specification, history, limits)
            .map_err(|error| format!("line {}: {error}", error.at.source))?;
        let bar = bar::share(history.events().len() as u64, "events");
        loop {
            let progress = search.step(SLICE);
            bar.set_position(progress.reached as u64);
            if progress.done {
                let verdict = search.into_verdict().expect("it is done");
                return Ok((verdict, progress.steps));
            }
        }
    }

    fn model(&self) -> String {
        let value = self.model.to_possible_value().expect("no model is hidden");
        value.get_name().to_owned()
    }

    fn draw(
        &self,
        path: &str,
        name: &str,
        history: &OperationHistory,
        verdict: &Linearisability,
    ) -> Result<(), String> {
        let events = history.events().len();
        let window: Range<usize> = match verdict {
            Linearisability::NotLinearisable(Some(Culprit { event, .. })) => {
                event.saturating_sub(AROUND.0)..(event + 1 + AROUND.1).min(events)
            }
            _ => 0..events,
        };
        let diagram = OperationDiagram { history, verdict, window };
        let drawn = diagram.shown().count();
        if drawn > DRAWN_MAX {
            return Err(format!("--out {path}: a picture holds {DRAWN_MAX} operations, and these are {drawn}"));
        }
        let picture = diagram.picture();
        let title = format!("{name}, as operations of a {}", self.model());
        let description = diagram.words().join("\n");
        let about = About { title: &title, description: &description, source: "" };
        let file = match DrawingKind::of(path, PICTURES)? {
            DrawingKind::Tikz => tikz(&picture),
            _ => svg(&picture, about),
        };
        save(path, &file)
    }

    fn document<'a>(
        &self,
        history: &'a OperationHistory,
        verdict: &'a Linearisability,
        steps: u64,
    ) -> HistoryDocument<'a> {
        let operations = history.operations();
        let line = |operation: &'a Operation| OrderLine {
            line: operation.invoked_at.source,
            process: operation.process.number,
            f: &operation.name,
            value: &operation.argument,
            result: operation.result(),
        };
        let (linearisable, order, culprit) = match verdict {
            Linearisability::Linearisable(order) => {
                let order = order.iter().map(|placed| line(&operations[placed.operation]));
                (Some(true), Some(order.collect()), None)
            }
            Linearisability::NotLinearisable(culprit) => (Some(false), None, culprit.as_ref()),
            Linearisability::Unknown => (None, None, None),
        };
        let complete = match verdict {
            Linearisability::Linearisable(_) => true,
            Linearisability::NotLinearisable(culprit) => culprit.is_some(),
            Linearisability::Unknown => false,
        };
        HistoryDocument {
            model: self.model(),
            operations: operations.len(),
            processes: processes(history),
            concurrency: history.concurrency(),
            failed: count(history, &OperationOutcome::Failed),
            unknown: count(history, &OperationOutcome::Unknown),
            steps,
            complete,
            linearisable,
            order,
            culprit: culprit.map(|culprit| {
                let operation = &operations[culprit.operation];
                let OrderLine { line, process, f, value, result } = line(operation);
                let possible = culprit
                    .possible
                    .as_ref()
                    .map(|possible| possible.iter().map(|(what, value)| Possible { what, value }).collect());
                CulpritDocument {
                    line: response_line(operation),
                    invoked: line,
                    process,
                    f,
                    value,
                    result,
                    prefix: culprit.event + 1,
                    possible,
                    why: operation::why(culprit),
                }
            }),
        }
    }

    fn text(&self, name: &str, history: &OperationHistory, verdict: &Linearisability) -> String {
        let model = self.model();
        let mut lines = match verdict {
            Linearisability::Linearisable(_) => vec![format!("{name}: linearisable as a {model}")],
            Linearisability::NotLinearisable(Some(culprit)) => {
                let operation = &history.operations()[culprit.operation];
                vec![
                    format!("{name}: not linearisable as a {model}"),
                    format!(
                        "  line {}, invoked in line {}: {}",
                        response_line(operation),
                        operation.invoked_at.source,
                        operation::clause(operation)
                    ),
                    format!("  {}; what ends before that line has an order", operation::why(culprit)),
                ]
            }
            Linearisability::NotLinearisable(None) => vec![
                format!("{name}: not linearisable as a {model}"),
                "  the limit was hit: the operation that fits nowhere is unknown".into(),
            ],
            Linearisability::Unknown => vec![
                format!("{name}: unknown whether it is linearisable as a {model}"),
                format!(
                    "  the limit was hit: {} steps, or {} MiB for what was visited",
                    self.limit,
                    SearchLimits::default().bytes >> 20
                ),
            ],
        };
        lines.push(format!(
            "  {} operations of {} processes, at most {} at once; {} failed, of {} the outcome is unknown",
            history.operations().len(),
            processes(history),
            history.concurrency(),
            count(history, &OperationOutcome::Failed),
            count(history, &OperationOutcome::Unknown)
        ));
        lines.join("\n") + "\n"
    }
}

/// The pence of each account at the beginning.
fn accounts(initial: OperationValue) -> Result<BTreeMap<Rc<str>, i64>, String> {
    let wrong = || {
        let allowed = "allowed is an object with whole pence from 0 for each account, such as {\"Zoë\": 100}";
        format!("--initial {}: {allowed}", initial.quoted())
    };
    let OperationValue::Map(accounts) = &initial else { return Err(wrong()) };
    let account = |(name, pence): (&Rc<str>, &OperationValue)| {
        let pence = pence.integer().filter(|pence| *pence >= 0);
        pence.map(|pence| (name.clone(), pence)).ok_or_else(wrong)
    };
    accounts.iter().map(account).collect()
}

fn response_line(operation: &Operation) -> u64 {
    operation.responded.map_or(operation.invoked_at.source, |(_, at)| at.source)
}

fn processes(history: &OperationHistory) -> usize {
    history.operations().iter().map(|operation| operation.process.number).collect::<BTreeSet<u64>>().len()
}

fn count(history: &OperationHistory, outcome: &OperationOutcome) -> usize {
    history.operations().iter().filter(|operation| operation.outcome == *outcome).count()
}
