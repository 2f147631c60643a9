//! `bivalent show`: a scenario as a file, to change it or to drop it on the page.

use super::{Answer, End, load, print};
use bivalent::catalogue::Catalogue;
use clap::Args;

/// The arguments of `bivalent show`.
#[derive(Args)]
pub struct Show {
    /// The name of a scenario of the gallery or of one that `list` names beside an assumption; a file, or -
    scenario: String,
}

impl Show {
    /// Writes the scenario.
    pub fn execute(&self, catalogue: &Catalogue) -> Answer {
        print(&format!("{}\n", load(catalogue, &self.scenario)?.to_json()))?;
        Ok(End::Fine)
    }
}
