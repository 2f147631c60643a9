//! `bivalent run`: one run of a scenario, from its beginning to its end.

use super::{Answer, End, Format, Lack, lacks, load, print, print_json, warn};
use bivalent::catalogue::Catalogue;
use bivalent::engine::{Choice, Engine, MessageId};
use bivalent::history::{Clocks, Fact, History, Intervention, Stamp, Stop, UserOperation};
use bivalent::operation::{Linearisability, Register, judge};
use bivalent::process::{ProcessId, Value};
use bivalent::property::{Judgement, Property, Verdict};
use bivalent::scenario::Scenario;
use bivalent::scene::{choice_words, count};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write};

/// The most events of a run.
const EVENTS_MAX: u64 = 10_000_000;

/// The number of events that are run again at a time to be described.
const FACTS_AT_ONCE: u64 = 4_096;

/// The arguments of `bivalent run`.
#[derive(Args)]
pub struct RunCommand {
    /// A file, - for standard input, or the name of a scenario of the gallery
    scenario: String,
    /// The seed of the draws, in place of the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u32>,
    /// When the run ends, in milliseconds of virtual time, in place of the scenario's
    #[arg(long, value_name = "MS")]
    until: Option<u64>,
    /// Writes every event to FILE, one JSON object a line
    #[arg(long, value_name = "FILE")]
    trace: Option<String>,
    /// The form of the summary
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The numbers of messages sent, and what became of them.
#[derive(Serialize)]
struct Messages {
    sent: u64,
    delivered: u64,
    lost: u64,
    duplicated: u64,
    altered: u64,
    by_kind: BTreeMap<&'static str, u64>,
}

/// The JSON document.
#[derive(Serialize)]
struct Summary {
    protocol: String,
    scenario: String,
    seed: u32,
    end_us: u64,
    waves: u64,
    events: u64,
    messages: Messages,
    decisions: Decisions,
    /// The operations of users; missing where nobody asked for anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    operations: Option<OperationCounts>,
    properties: Vec<Judgement>,
    trace_hash: String,
    /// The interventions whose target was not there any more when their turn came; missing where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missed: Vec<Intervention>,
    /// The assumptions that the scenario does not meet; missing where it meets them all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unmet: Vec<Lack>,
    /// Missing where the run is complete: where it is not, a limit was hit.
    #[serde(skip_serializing_if = "is_true")]
    complete: bool,
}

/// The operations of users.
#[derive(Serialize)]
struct OperationCounts {
    invoked: usize,
    returned: usize,
    /// Those without a response, the ones whose process crashed included.
    open: usize,
    /// Whether they are linearisable; null where the protocol does not promise it, or a search came to a limit.
    linearisable: Option<bool>,
    list: Vec<UserOperation>,
}

impl OperationCounts {
    /// The operations of a run of a protocol with these properties, if there are any.
    fn of(history: &History, properties: &[Property]) -> Option<OperationCounts> {
        let list = history.operations().to_vec();
        if list.is_empty() {
            return None;
        }
        let returned = list.iter().filter(|operation| operation.response().is_some()).count();
        let linearisable = properties.contains(&Property::LINEARISABLE).then(|| {
            let judged = judge(Register::default(), &history.operation_history(history.position()));
            match judged.expect("a protocol that promises it reads and writes a register") {
                Linearisability::Linearisable(_) => Some(true),
                Linearisability::NotLinearisable(_) => Some(false),
                Linearisability::Unknown => None,
            }
        });
        let (invoked, open) = (list.len(), list.len() - returned);
        Some(OperationCounts { invoked, returned, open, linearisable: linearisable.flatten(), list })
    }

    /// Them in a line.
    fn text(&self) -> String {
        let open = match self.open {
            0 => "all answered".to_owned(),
            open => format!("{open} without a response"),
        };
        let linearisable = match self.linearisable {
            Some(true) => "; linearisable",
            Some(false) => "; not linearisable",
            None => "",
        };
        format!("{}, {open}{linearisable}", count(self.invoked, "operation"))
    }
}

fn is_true(complete: &bool) -> bool {
    *complete
}

/// The decision of each process, in the order of the processes: p2 before p10.
struct Decisions(Vec<Option<Value>>);

impl Serialize for Decisions {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(ProcessId::all(self.0.len()).zip(&self.0))
    }
}

/// One line of a trace.
#[derive(Serialize)]
struct TraceLine<'a> {
    event: u64,
    at_us: u64,
    choice: Choice,
    sent: Vec<Sent>,
    reasons: Vec<&'a str>,
    /// Lamport's clock, where it is a step of a process.
    lamport: Option<u64>,
    /// The vector clock, likewise.
    vector: Option<&'a [u32]>,
    hash: String,
}

/// A message, as a trace shows it.
#[derive(Serialize)]
struct Sent {
    #[serde(flatten)]
    id: MessageId,
    kind: &'static str,
    text: String,
}

/// The end of a run.
enum Ending {
    Rest,
    Waits,
    Until,
    Limit(String),
}

impl RunCommand {
    /// Runs the scenario and writes what happened.
    pub fn execute(&self, catalogue: &Catalogue) -> Answer {
        let mut scenario = load(catalogue, &self.scenario)?;
        scenario.seed = self.seed.unwrap_or(scenario.seed);
        if let Some(until_ms) = self.until {
            scenario.until_ms = until_ms;
            scenario.plan(catalogue).map_err(|error| format!("--until: {error}"))?;
        }
        let unmet = lacks(catalogue, &scenario)?;
        // A trace that cannot be written is known before the run, not after.
        let trace = match &self.trace {
            Some(path) => Some(File::create(path).map_err(|error| format!("{path}: {error}"))?),
            None => None,
        };
        let mut history = scenario.start(catalogue)?;
        let mut waves = 0;
        while history.position() < EVENTS_MAX && history.wave() > 0 {
            waves += 1;
        }
        let ending = ending(&mut history).map_err(|reason| format!("{}: {reason}", self.scenario))?;
        let by_kind = describe(&history, trace).map_err(|error| {
            format!("{}: {error}", self.trace.as_deref().expect("only a trace is written to a file here"))
        })?;
        for missed in history.missed() {
            let what = choice_words(&scenario, &missed.choice);
            warn(&format!("note: after event {}, this could not be done: {what}", missed.after));
        }
        let properties = history.judgements();
        let engine = history.engine();
        let violated = properties.iter().any(|judgement| judgement.verdict == Verdict::Violated);
        let totals = engine.totals();
        let altered = history.records().iter().filter(|record| matches!(record.choice, Choice::Alter { .. })).count();
        let summary = Summary {
            protocol: scenario.protocol.clone(),
            scenario: scenario.name.clone(),
            seed: scenario.seed,
            end_us: engine.now_us(),
            waves,
            events: engine.events(),
            messages: Messages {
                sent: totals.sent,
                delivered: totals.delivered,
                lost: totals.lost,
                duplicated: totals.duplicated,
                altered: altered as u64,
                by_kind,
            },
            operations: OperationCounts::of(&history, &scenario.entry(catalogue)?.properties),
            decisions: Decisions(engine.processes().iter().map(|process| process.decided.clone()).collect()),
            properties,
            trace_hash: format!("{:016x}", engine.trace_hash()),
            missed: history.missed().to_vec(),
            unmet,
            complete: !matches!(ending, Ending::Limit(_)),
        };
        match self.format {
            Format::Json => print_json(&summary)?,
            Format::Text => print(&text(&summary, &scenario, engine, &ending))?,
        }
        Ok(if violated { End::Violated } else { End::Fine })
    }
}

/// Why nothing more happens. The error is a line of the schedule that cannot be applied.
fn ending(history: &mut History) -> Result<Ending, String> {
    if history.position() >= EVENTS_MAX {
        return Ok(Ending::Limit(format!("a run has at most {EVENTS_MAX} events")));
    }
    match history.next().map(|_| ()) {
        Err(Stop::Rest) => Ok(Ending::Rest),
        Err(Stop::Waits) => Ok(Ending::Waits),
        Err(Stop::Until) => Ok(Ending::Until),
        Err(Stop::Stuck(reason)) if history.engine().runaway().is_some() => Ok(Ending::Limit(reason)),
        Err(Stop::Stuck(reason)) => Err(reason),
        Ok(()) => unreachable!("a wave is empty only where nothing more happens"),
    }
}

/// Goes through all events again: counts what was sent, and writes the trace if there is one to write.
fn describe(history: &History, trace: Option<File>) -> io::Result<BTreeMap<&'static str, u64>> {
    let mut trace = trace.map(BufWriter::new);
    let mut by_kind = BTreeMap::new();
    let mut clocks = Clocks::new(history.engine().processes().len());
    let events = history.position();
    let mut from = 0;
    while from < events {
        let to = (from + FACTS_AT_ONCE).min(events);
        for (fact, record) in history.facts(from, to).iter().zip(&history.records()[from as usize..]) {
            // Copies that a link makes and what an intruder makes up are not sent by any process.
            if matches!(fact.choice, Choice::Deliver(_)) || fact.choice.message().is_none() {
                for (_, payload) in &fact.sent {
                    *by_kind.entry(payload.kind().name).or_default() += 1;
                }
            }
            if let Some(trace) = &mut trace {
                let stamp = clocks.enter(fact);
                serde_json::to_writer(&mut *trace, &line(fact, stamp.as_deref(), record.hash))?;
                trace.write_all(b"\n")?;
            }
        }
        from = to;
    }
    if let Some(mut trace) = trace {
        trace.flush()?;
    }
    Ok(by_kind)
}

fn line<'a>(fact: &'a Fact, stamp: Option<&'a Stamp>, hash: u64) -> TraceLine<'a> {
    let sent = fact.sent.iter().map(|(id, payload)| Sent { id: *id, kind: payload.kind().name, text: payload.text() });
    TraceLine {
        event: fact.event,
        at_us: fact.at_us,
        choice: fact.choice,
        sent: sent.collect(),
        reasons: fact.reasons().collect(),
        lamport: stamp.map(|stamp| stamp.lamport),
        vector: stamp.map(|stamp| &stamp.vector[..]),
        hash: format!("{hash:016x}"),
    }
}

/// The summary for people.
fn text(summary: &Summary, scenario: &Scenario, engine: &Engine, ending: &Ending) -> String {
    let mut text = String::new();
    let mut line = |words: String| writeln!(text, "{words}").expect("a string takes any text");
    let models = engine.models();
    line(if scenario.title.is_empty() {
        summary.scenario.clone()
    } else {
        format!("{}: {}", summary.scenario, scenario.title)
    });
    line(format!("{} with {} processes, seed {}", summary.protocol, scenario.processes, summary.seed));
    line(models.timing.promise());
    line(models.links.promise().to_owned());
    line(models.failures.promise().to_owned());
    for lack in &summary.unmet {
        line(format!("! {}", lack.text));
    }
    line(String::new());
    let width = summary.properties.iter().map(|judgement| judgement.name.len()).max().unwrap_or(0);
    for Judgement { name, verdict, event, why, .. } in &summary.properties {
        let shown = event.map(|event| format!(" at event {event}")).unwrap_or_default();
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        line(format!("{name:width$}  {}{shown}{why}", verdict.text()));
    }
    if !summary.properties.is_empty() {
        line(String::new());
    }
    if summary.decisions.0.iter().any(Option::is_some) {
        let decisions: Vec<String> = ProcessId::all(summary.decisions.0.len())
            .zip(&summary.decisions.0)
            .map(|(process, decision)| match decision {
                Some(value) => format!("{process} {value}"),
                None => format!("{process} none"),
            })
            .collect();
        line(format!("decisions   {}", decisions.join(", ")));
    }
    if let Some(operations) = &summary.operations {
        line(format!("operations  {}", operations.text()));
    }
    let Messages { sent, delivered, lost, duplicated, altered, by_kind } = &summary.messages;
    line(format!(
        "messages    {sent} sent, {delivered} delivered, {lost} lost, {duplicated} duplicated, {altered} altered"
    ));
    let kinds: Vec<String> = by_kind.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    if !kinds.is_empty() {
        line(format!("by kind     {}", kinds.join(", ")));
    }
    let milliseconds = format!("{}.{:03} ms", summary.end_us / 1_000, summary.end_us % 1_000);
    let waves = if summary.waves == 1 { "wave" } else { "waves" };
    line(format!("events      {} in {} {waves} and {milliseconds} of virtual time", summary.events, summary.waves));
    line(match ending {
        Ending::Rest => "the end     everything has come to rest".to_owned(),
        Ending::Waits => "the end     what is left waits for a person".to_owned(),
        Ending::Until => format!("the end     more would happen after {} ms", scenario.until_ms),
        Ending::Limit(reason) => format!("the end     not complete: {reason}"),
    });
    line(format!("trace hash  {}", summary.trace_hash));
    text
}
