//! A session: a run and the seat before it, as plain data. Undo, the moment that was kept, a reload of the page and a
//! way back from another view all hold one, whole, so that none of them can forget a part of it.

use super::Seat;
use crate::catalogue::Catalogue;
use crate::history::{Branch, Stop};
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// All that is needed to make a run again, at any of its moments.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunTree {
    /// Shared by all sessions of the run: the same one is the same run.
    pub scenario: Rc<Scenario>,
    /// Each with how far it was run, the open one included.
    pub branches: Vec<Rc<Branch>>,
    /// The number of the open branch.
    pub current: usize,
    /// Why nothing more happened.
    pub stop: Option<Stop>,
}

impl RunTree {
    /// The scenario with everything that was done to it on a branch.
    fn saved(&self, branch: usize) -> Scenario {
        Scenario { interventions: self.branches[branch].interventions.clone(), ..Scenario::clone(&self.scenario) }
    }
}

/// A run and the seat before it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    pub(super) run: RunTree,
    pub(super) seat: Seat,
}

impl Session {
    /// The session as text, for a page that is loaded again.
    pub fn to_json(&self) -> String {
        // As files and links are written: a second way of writing would not be small.
        serde_json::to_string_pretty(self).expect("a session is plain data")
    }

    /// Reads and checks such a text.
    pub fn parse(catalogue: &Catalogue, text: &str) -> Result<Session, String> {
        let session: Session = serde_json::from_str(text).map_err(|error| error.to_string())?;
        session.checked(catalogue)
    }

    fn checked(mut self, catalogue: &Catalogue) -> Result<Session, String> {
        let run = &self.run;
        if run.current >= run.branches.len() {
            return Err(format!("current: there is no branch {}", run.current));
        }
        for branch in 0..run.branches.len() {
            run.saved(branch).plan(catalogue).map_err(|error| format!("branches[{branch}]: {error}"))?;
        }
        let bookmark = self.seat.bookmark.take().map(Rc::unwrap_or_clone);
        self.seat.bookmark = match bookmark {
            Some(kept) if kept.seat.bookmark.is_some() => return Err("a moment that was kept has none itself".into()),
            Some(kept) => Some(Rc::new(kept.checked(catalogue)?)),
            None => None,
        };
        self.seat = self.seat.fitted(&self.run.scenario);
        Ok(self)
    }
}
