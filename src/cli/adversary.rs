//! `bivalent adversary`: the scheduler of FLP's proof against a protocol. It never ends with 1: to keep a protocol
//! undecided, or to find its horn, is what it is for.

use super::bar;
use super::explore::{bits, pairs};
use super::{Answer, End, Format, print, print_json};
use bivalent::adversary::endless::Fairness;
use bivalent::adversary::{Adversary, AuditReport, Horn, Stage};
use bivalent::catalogue::Catalogue;
use bivalent::explorer::StrictEvent;
use bivalent::process::ProcessId;
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The most stages: each keeps its two certificates.
const STAGES_MAX: usize = 1_000_000;

/// The arguments of `bivalent adversary`.
#[derive(Args)]
pub struct Play {
    /// The protocol, as `bivalent list` names it
    protocol: String,
    /// A bit for each process
    #[arg(long, default_value = "011")]
    inputs: String,
    /// The number of stages to play
    #[arg(long, default_value_t = 1_000)]
    stages: usize,
    /// A parameter of the protocol
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// Tell every stage, too: its process, its events, how many ways were tried in vain, and two schedules from its end,
    /// to a decision of 0 and to one of 1
    #[arg(long)]
    certificates: bool,
    /// The form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The JSON document.
#[derive(Serialize)]
struct AdversaryDocument<'a> {
    protocol: &'a str,
    inputs: &'a str,
    parameters: BTreeMap<&'a str, &'a str>,
    #[serde(flatten)]
    report: &'a AuditReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    played: Option<Vec<Played>>,
}

/// A stage, with what shows that it ended in a bivalent configuration.
#[derive(Serialize)]
struct Played {
    /// The process that was served.
    process: ProcessId,
    /// Its first event, by its place in the schedule, and how many they are; the last is what the stage is about.
    first: usize,
    events: usize,
    /// The number of ways that were tried in vain before.
    tried: usize,
    certificates: StageCertificates,
}

/// Schedules to a decision of 0 and to one of 1, from the end of a stage.
#[derive(Serialize)]
struct StageCertificates {
    #[serde(rename = "0")]
    zero: Vec<StrictEvent>,
    #[serde(rename = "1")]
    one: Vec<StrictEvent>,
}

impl Played {
    fn tell(&self, number: usize, text: &mut String) {
        let after = match self.tried {
            0 => String::new(),
            tried => format!(", {tried} ways tried in vain"),
        };
        // Writing to a String cannot fail.
        let (last, events) = (self.first + self.events - 1, if self.events == 1 { "event" } else { "events" });
        let _ = writeln!(text, "  stage {number}: {}, {} {events} up to {last}{after}", self.process, self.events);
        for (value, schedule) in [&self.certificates.zero, &self.certificates.one].into_iter().enumerate() {
            let _ = writeln!(text, "    to {value}: {}", super::explore::words(schedule));
        }
    }
}

fn played(adversary: &Adversary) -> Vec<Played> {
    let tell = |stage: &Stage| {
        let [zero, one] = [0, 1].map(|value| adversary.events(&stage.certificates[value]));
        Played {
            process: stage.process,
            first: stage.events.start + 1,
            events: stage.events.len(),
            tried: stage.tried,
            certificates: StageCertificates { zero, one },
        }
    };
    adversary.stages().iter().map(tell).collect()
}

impl Play {
    /// Plays, replays and prints.
    pub fn execute(self, catalogue: &Catalogue) -> Answer {
        let entry = catalogue.find(&self.protocol)?;
        if !(1..=STAGES_MAX).contains(&self.stages) {
            return Err(format!("--stages {}: from 1 to {STAGES_MAX}", self.stages));
        }
        let inputs: Vec<_> = bits(&entry, &self.inputs)?.into_iter().flatten().collect();
        let settings = pairs(&self.settings)?;
        let instance = catalogue.instance(&self.protocol, settings.iter().copied(), None)?;
        let mut adversary = Adversary::new(&instance, &inputs)?;
        let bar = bar::share(self.stages as u64, "stages");
        for stage in 0..self.stages {
            if !adversary.next_stage() {
                break;
            }
            bar.set_position(stage as u64);
        }
        drop(bar);
        let report = adversary.report()?;
        let played = self.certificates.then(|| played(&adversary));
        match self.format {
            Format::Json => print_json(&AdversaryDocument {
                protocol: &entry.name,
                inputs: &self.inputs,
                parameters: settings.into_iter().collect(),
                report: &report,
                played,
            })?,
            Format::Text => {
                let mut text = text(&entry.name, &self.inputs, &report, adversary.ledger().grows());
                played.iter().flatten().enumerate().for_each(|(number, stage)| stage.tell(number, &mut text));
                print(&text)?;
            }
        }
        Ok(End::Fine)
    }
}

/// Why a loop is fair, in a sentence.
fn fairness(fair: &Fairness) -> String {
    let steps = fair.steps.iter().enumerate().map(|(process, steps)| format!("p{process} takes {steps} steps"));
    let shift =
        if fair.shift > 0 { format!(", {} rounds or ballots later each time", fair.shift) } else { String::new() };
    format!(
        "fair: in it {}; all {} messages that wait where it begins are received in it; {} deliveries come too late to \
         matter{shift}",
        steps.collect::<Vec<_>>().join(", "),
        fair.waiting.len(),
        fair.leftovers.len()
    )
}

fn text(protocol: &str, inputs: &str, report: &AuditReport, grows: bool) -> String {
    let mut text = format!(
        "{protocol} from {inputs}: {} stages, {} events, {} messages delivered{}\n",
        report.stages,
        report.events,
        report.messages_delivered,
        report.phases.map(|phases| format!(", {phases} phases")).unwrap_or_default()
    );
    let decided = if report.decided { "somebody decided" } else { "nobody decided" };
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "  {decided}; the oldest message waiting has waited {} events, none ever more than {}, and at most {} waited at \
         once{}",
        report.oldest_waiting,
        report.oldest_ever,
        report.buffer_max,
        if grows { ": the buffer is still growing" } else { "" }
    );
    let known = if report.exact {
        "exact: what can still be decided is read off the whole graph"
    } else {
        "certified: each stage ends where one run is known that decides 0 and one that decides 1, replayed"
    };
    let _ = writeln!(text, "  {known}");
    for horn in &report.horns {
        let _ = match horn {
            Horn::Unsafe { inputs, schedule } => {
                writeln!(text, "  horn a: from {inputs}, agreement is broken after {} events", schedule.len())
            }
            Horn::Blocks { inputs, process, crash_after, .. } => {
                let who = process.map_or("nobody".to_owned(), |process| process.to_string());
                writeln!(
                    text,
                    "  horn b: from {inputs}, {who} crashes after {crash_after} events, and the others block"
                )
            }
            Horn::Endless { inputs, cycle, fair } => writeln!(
                text,
                "  horn c: from {inputs}, after {} events, {} events repeat for ever, and nobody decides\n    {}",
                cycle.prefix,
                cycle.length,
                fairness(fair)
            ),
        };
    }
    if let Some(stopped) = &report.stopped {
        let _ = writeln!(text, "  stopped at stage {}: {}", stopped.stage, stopped.why);
    }
    text
}
