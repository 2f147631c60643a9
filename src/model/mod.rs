//! The models of failures, links and timing that a scenario chooses: everything that may go wrong.

use crate::process::ProcessId;
use serde::{Deserialize, Serialize};

mod failures;
mod links;
mod places;
mod process_set;
mod timing;

pub use failures::{Behaviour, Failures};
pub use links::{LinkKind, Links, Override, Rate};
pub use places::{CITIES, City, city, kilometres, light_us};
pub use process_set::ProcessSet;
pub use timing::{Departure, Timing, TimingKind};

/// The most links that have rules of their own.
pub const OVERRIDES_MAX: usize = 256;

/// The three models of a scenario.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Models {
    /// The ways in which processes fail.
    pub failures: Failures,
    /// The rules of links for messages.
    pub links: Links,
    /// Links that are different; where several speak about a link, the last one counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// The model of time.
    pub timing: Timing,
}

/// A change of one model, as a whole. What keeps its old value says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The ways in which processes fail, from now on.
    Failures(Failures),
    /// The rules of all links that have none of their own.
    Links(Links),
    /// The rules of one link, in both directions or in one.
    Link(Override),
    /// The model of time.
    Timing(Timing),
}

impl Models {
    /// Checks what the types cannot, for `n` processes. The error names the field and what is allowed.
    pub fn check(&self, n: usize) -> Result<(), String> {
        self.timing.check()?;
        self.links.check("models.links", &self.timing)?;
        if self.overrides.len() > OVERRIDES_MAX {
            return Err(format!("models.overrides: at most {OVERRIDES_MAX} links have rules of their own"));
        }
        for (index, Override { from, to, links, .. }) in self.overrides.iter().enumerate() {
            let path = format!("models.overrides[{index}]");
            if let Some(process) = [from, to].into_iter().find(|process| process.index() >= n) {
                return Err(format!("{path}: there is no process {process}; the last one is p{}", n - 1));
            }
            if from == to {
                return Err(format!("{path}: a process has no link to itself"));
            }
            links.check(&format!("{path}.links"), &self.timing)?;
        }
        Ok(())
    }

    /// Refuses what is drawn for messages with times, where they have none: it would be said and never happen. The
    /// error names the field.
    pub fn check_untimed(&self) -> Result<(), String> {
        for (index, links) in self.all_links().enumerate() {
            let path = if index == 0 { "links".into() } else { format!("overrides[{}].links", index - 1) };
            if let Some(rate) = links.drawn() {
                return Err(format!(
                    "models.{path}.{rate}: nothing is drawn for messages that have no times; \
                     set scheduler to \"timed\", or lose, double and change single messages"
                ));
            }
        }
        Ok(())
    }

    /// The rules for messages from `from` to `to`.
    pub fn between(&self, from: ProcessId, to: ProcessId) -> &Links {
        let own = self.overrides.iter().rev().find(|other| other.covers(from, to));
        own.map_or(&self.links, |other| &other.links)
    }

    /// The rules of all links: those of most, then the others.
    pub fn all_links(&self) -> impl Iterator<Item = &Links> {
        [&self.links].into_iter().chain(self.overrides.iter().map(|other| &other.links))
    }

    /// The models after `change`.
    pub fn changed(&self, change: &Change) -> Models {
        let mut models = self.clone();
        match *change {
            Change::Failures(failures) => models.failures = failures,
            Change::Links(links) => models.links = links,
            Change::Link(other) => {
                let key = |known: &Override| (known.from, known.to, known.one_way);
                models.overrides.retain(|known| key(known) != key(&other));
                models.overrides.push(other);
            }
            Change::Timing(timing) => models.timing = timing,
        }
        models
    }
}
