//! `bivalent list`: what there is to run.

use super::{Answer, End, Format, print, print_json};
use bivalent::catalogue::{Assumption, Catalogue, Consequence, Entry, Parameter};
use bivalent::scenario::{self, GALLERY, Scenario};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// The arguments of `bivalent list`.
#[derive(Args)]
pub struct List {
    /// The form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The JSON document.
#[derive(Serialize)]
struct Listing<'a> {
    protocols: &'a [Arc<Entry>],
    scenarios: Vec<ScenarioLine>,
    without: Vec<WithoutLine>,
}

/// The line of the list on a protocol without one of its assumptions.
#[derive(Serialize)]
struct WithoutLine {
    name: String,
    protocol: String,
    assumption: Assumption,
    consequence: Consequence,
}

/// The line of the list on a scenario.
#[derive(Serialize)]
struct ScenarioLine {
    name: String,
    title: String,
    protocol: String,
    processes: usize,
    parameters: BTreeMap<String, scenario::Setting>,
    properties: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<String>,
}

impl ScenarioLine {
    fn of(catalogue: &Catalogue, scenario: Scenario) -> Result<Self, String> {
        let entry = scenario.entry(catalogue)?;
        let added = scenario.properties.iter().map(|property| property.name.clone());
        Ok(ScenarioLine {
            properties: entry.promises().map(|(name, _)| name.to_owned()).chain(added).collect(),
            question: scenario.lesson.map(|lesson| lesson.question),
            name: scenario.name,
            title: scenario.title,
            protocol: scenario.protocol,
            processes: scenario.processes,
            parameters: scenario.parameters,
        })
    }
}

impl List {
    /// Writes the list.
    pub fn execute(&self, catalogue: &Catalogue) -> Answer {
        let mut scenarios = Vec::new();
        for (name, _) in GALLERY {
            scenarios.push(ScenarioLine::of(catalogue, catalogue.scenario(name)?)?);
        }
        let without = catalogue.without().map(|(entry, without)| WithoutLine {
            name: without.name(entry),
            protocol: entry.name.to_string(),
            assumption: without.assumption,
            consequence: without.consequence,
        });
        let listing = Listing { protocols: catalogue.entries(), scenarios, without: without.collect() };
        match self.format {
            Format::Json => print_json(&listing)?,
            Format::Text => print(&text(&listing))?,
        }
        Ok(End::Fine)
    }
}

fn text(listing: &Listing<'_>) -> String {
    let mut text = String::from("Protocols\n");
    let mut line = |words: String| writeln!(text, "{words}").expect("a string takes any text");
    for entry in listing.protocols {
        let (least, most) = entry.processes;
        line(format!("\n  {}: {}", entry.name, entry.summary));
        line(format!("    {}, {least} to {most} processes", entry.title));
        for Parameter { name, domain, default, meaning } in &entry.parameters {
            line(format!("    {name} = {default}: {domain}. {meaning}"));
        }
        if !entry.mutants.is_empty() {
            line(format!("    mutant: a planted bug, one of {}", entry.mutants.join(", ")));
        }
        let properties: Vec<&str> = entry.promises().map(|(name, _)| name).collect();
        if !properties.is_empty() {
            line(format!("    promises {}", properties.join(", ")));
        }
        for without in listing.without.iter().filter(|without| without.protocol == entry.name) {
            line(format!("    assumes that {}", without.assumption.text()));
            line(format!("      otherwise {}: run {}", without.consequence.text(), without.name));
        }
    }
    line("\nScenarios\n".to_owned());
    for scenario in &listing.scenarios {
        line(format!("  {}: {} ({})", scenario.name, scenario.title, scenario.protocol));
    }
    text
}
