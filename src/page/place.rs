//! A place: a person's whereabouts on the page, as plain data. It is kept for a reload, and for going back and forth.

use super::{Panel, Theme, View};
use crate::catalogue::Catalogue;
use crate::lab::{Action, InStep, Pair, Session};
use crate::process::ProcessId;
use crate::scenario::{PairLink, Scenario};
use crate::scene::Lens;
use serde::{Deserialize, Serialize};

/// The settings of the page that a reload keeps. Going back and forth leaves them alone.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The panel that is open.
    pub panel: Panel,
    /// The theme.
    pub theme: Theme,
    /// True if the projector's layout is on.
    pub projector: bool,
    /// True if single keys mean something.
    pub single_keys: bool,
    /// The zoom of the diagram.
    pub zoom: i32,
    /// The marks over the diagram.
    pub lens: Lens,
    /// True if the tools for clocks and causes are open.
    pub lens_open: bool,
}

/// Two runs that stand side by side.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairPlace {
    /// The scenarios as files, left and right, with their interventions.
    scenarios: [String; 2],
    /// The number of events that have happened in each.
    positions: [u64; 2],
    /// True if they are kept in step by events, and not by time.
    by_events: bool,
    /// The speed of both.
    speed: i32,
    /// The process with whose eyes one looks; `None` for everybody's.
    see_as: Option<ProcessId>,
    /// The key of the right one among those that the left one can be compared with; empty if it is none of them.
    pub key: String,
}

impl PairPlace {
    /// The place before two runs.
    pub fn of(pair: &Pair, key: &str) -> PairPlace {
        let [left, right] = pair.labs();
        PairPlace {
            scenarios: [left.saved().to_json(), right.saved().to_json()],
            positions: [left.history().position(), right.history().position()],
            by_events: pair.in_step() == InStep::Events,
            speed: pair.speed(),
            see_as: left.see_as(),
            key: key.to_owned(),
        }
    }

    /// The two runs. The error names the side and the field.
    pub fn pair(&self, catalogue: &Catalogue) -> Result<Pair, String> {
        let read = |text: &str, side| Scenario::parse(text).map_err(|error| format!("{side}: {error}"));
        let [left, right] = &self.scenarios;
        let scenarios = [read(left, "left")?, read(right, "right")?];
        let link = PairLink { scenarios, positions: self.positions, by_events: self.by_events };
        let mut pair = Pair::from_link(catalogue, link)?;
        pair.act(Action::Speed(self.speed - pair.speed()));
        pair.act(Action::SeeAs(self.see_as.filter(|process| process.index() < pair.processes())));
        Ok(pair)
    }
}

/// A place.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The view.
    pub view: View,
    /// The settings of the page.
    pub settings: Settings,
    /// The run in the laboratory and the seat before it, as text.
    session: String,
    /// The two runs that stand side by side, if any do.
    pub pair: Option<PairPlace>,
}

impl Place {
    /// The place of somebody who has this session open.
    pub fn new(view: View, settings: Settings, session: &Session, pair: Option<PairPlace>) -> Place {
        Place { view, settings, session: session.to_json(), pair }
    }

    /// The place as text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a place is plain data")
    }

    /// Reads such a text.
    pub fn parse(text: &str) -> Result<Place, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The session, checked.
    pub fn session(&self, catalogue: &Catalogue) -> Result<Session, String> {
        Session::parse(catalogue, &self.session)
    }
}
