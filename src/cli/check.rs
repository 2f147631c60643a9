//! `bivalent check`: are these files scenarios, and do they meet what their protocols assume?

use super::{Answer, End, Format, Lack, lacks, load, print, print_json, warn};
use bivalent::catalogue::Catalogue;
use clap::Args;
use serde::Serialize;

/// The arguments of `bivalent check`.
#[derive(Args)]
pub struct Check {
    /// Files, names of scenarios, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// The form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The report on a valid file.
#[derive(Serialize)]
struct Valid {
    file: String,
    scenario: String,
    /// The assumptions that it does not meet; it is valid all the same.
    unmet: Vec<Lack>,
}

impl Check {
    /// Reads every file, and says of each what is wrong with it.
    pub fn execute(&self, catalogue: &Catalogue) -> Answer {
        let mut valid = Vec::new();
        for file in &self.files {
            match load(catalogue, file).and_then(|scenario| Ok((lacks(catalogue, &scenario)?, scenario.name))) {
                Ok((unmet, scenario)) => valid.push(Valid { file: file.clone(), scenario, unmet }),
                Err(reason) => warn(&reason),
            }
        }
        match self.format {
            Format::Json => print_json(&valid)?,
            Format::Text => valid.iter().try_for_each(|valid| print(&text(valid)))?,
        }
        match self.files.len() - valid.len() {
            0 => Ok(End::Fine),
            invalid => Err(format!("{invalid} of {} are not valid scenarios", self.files.len())),
        }
    }
}

fn text(valid: &Valid) -> String {
    let mut text = format!("{}: {} is a valid scenario\n", valid.file, valid.scenario);
    for lack in &valid.unmet {
        text.push_str(&format!("  {}\n", lack.text));
    }
    text
}
