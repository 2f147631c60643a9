//! `bivalent check`: are these files scenarios?

use super::{Answer, End, load, print, warn};
use clap::Args;

/// The arguments of `bivalent check`.
#[derive(Args)]
pub struct Check {
    /// Files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

impl Check {
    /// Reads every file, and says of each what is wrong with it.
    pub fn execute(&self) -> Answer {
        let mut invalid = 0;
        for file in &self.files {
            match load(file) {
                Ok(scenario) => print(&format!("{file}: {} is a valid scenario\n", scenario.name))?,
                Err(reason) => {
                    warn(&reason);
                    invalid += 1;
                }
            }
        }
        match invalid {
            0 => Ok(End::Fine),
            _ => Err(format!("{invalid} of {} are not valid scenarios", self.files.len())),
        }
    }
}
