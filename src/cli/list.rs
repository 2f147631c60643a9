//! `bivalent list`: what there is to run.

use super::{Answer, End, Format, print, print_json};
use bivalent::catalogue::{Assumption, CATALOGUE, Entry};
use bivalent::property::Property;
use bivalent::scenario::without::{self, Consequence};
use bivalent::scenario::{self, GALLERY, Scenario};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The arguments of `bivalent list`.
#[derive(Args)]
pub struct List {
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The JSON document.
#[derive(Serialize)]
struct Listing {
    protocols: &'static [Entry],
    scenarios: Vec<Line>,
    without: Vec<Without>,
}

/// What the list says of a protocol without one of its assumptions.
#[derive(Serialize)]
struct Without {
    name: String,
    protocol: &'static str,
    assumption: Assumption,
    consequence: Consequence,
}

/// What the list says of a scenario.
#[derive(Serialize)]
struct Line {
    name: String,
    title: String,
    protocol: String,
    processes: usize,
    parameters: BTreeMap<String, scenario::Setting>,
    properties: &'static [Property],
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<String>,
}

impl From<Scenario> for Line {
    fn from(scenario: Scenario) -> Self {
        Line {
            properties: scenario.entry().expect("the gallery is valid: a test reads every file").properties,
            question: scenario.lesson.map(|lesson| lesson.question),
            name: scenario.name,
            title: scenario.title,
            protocol: scenario.protocol,
            processes: scenario.processes,
            parameters: scenario.parameters,
        }
    }
}

impl List {
    /// Writes the list.
    pub fn execute(&self) -> Answer {
        let mut scenarios = Vec::new();
        for (name, _) in GALLERY {
            scenarios.push(Line::from(scenario::named(name)?));
        }
        let without = without::all().map(|without| Without {
            name: without.name(),
            protocol: without.entry.name,
            assumption: without.assumption,
            consequence: without.consequence,
        });
        let listing = Listing { protocols: CATALOGUE, scenarios, without: without.collect() };
        match self.format {
            Format::Json => print_json(&listing)?,
            Format::Text => print(&text(&listing))?,
        }
        Ok(End::Fine)
    }
}

fn text(listing: &Listing) -> String {
    let mut text = String::from("Protocols\n");
    let mut line = |words: String| writeln!(text, "{words}").expect("a string takes any text");
    for entry in listing.protocols {
        let (least, most) = entry.processes;
        line(format!("\n  {}: {}", entry.name, entry.summary));
        line(format!("    {}, {least} to {most} processes", entry.title));
        for parameter in entry.parameters {
            let (name, domain, default) = (parameter.name, parameter.domain, parameter.default);
            line(format!("    {name} = {default}: {domain}. {}", parameter.meaning));
        }
        if !entry.mutants.is_empty() {
            line(format!("    mutant: a planted bug, one of {}", entry.mutants.join(", ")));
        }
        let properties: Vec<&str> = entry.properties.iter().map(|property| property.name()).collect();
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
