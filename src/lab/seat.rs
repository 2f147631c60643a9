//! The seat: from where a person looks at a run.

use super::Session;
use crate::process::ProcessId;
use crate::scenario::{SPEED_MAX, Scenario};
use crate::scene::{Point, Target, places};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// From where a person looks at a run, and what a person has set there.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seat {
    /// The position in the run: so many events have happened.
    pub event: u64,
    /// The moment that the picture shows, in microseconds: that of the last event or later.
    pub now_us: u64,
    /// The speed: each step is a factor of two, from −[`SPEED_MAX`] to [`SPEED_MAX`].
    pub speed: i32,
    /// The process with whose eyes one looks; `None` for everybody's.
    pub see_as: Option<ProcessId>,
    /// The thing that is selected.
    pub selected: Option<Target>,
    /// The answer that was given to the lesson's question.
    pub answer: Option<usize>,
    /// The place where the processes stand on the board, one place each, from 0 to 1 in both directions.
    pub places: Vec<Point>,
    /// True if changes of models run the scenario anew.
    pub anew: bool,
    /// The moment that was kept, to come back to it. In its own seat there is none.
    pub bookmark: Option<Rc<Session>>,
}

impl Seat {
    /// The seat at the beginning of a run of `scenario`, with nothing set.
    pub(super) fn first(scenario: &Scenario) -> Seat {
        Seat {
            event: 0,
            now_us: 0,
            speed: scenario.speed(),
            see_as: None,
            selected: None,
            answer: None,
            places: places(scenario.topology, scenario.processes),
            anew: false,
            bookmark: None,
        }
    }

    /// The seat before another scenario: the moment that was kept stays, and so does the speed, unless the other one is
    /// a lesson, which has its own pace.
    pub(super) fn moved(&self, to: &Scenario) -> Seat {
        let first = Seat::first(to);
        let speed = if to.lesson.is_some() { first.speed } else { self.speed };
        Seat { speed, bookmark: self.bookmark.clone(), ..first }
    }

    /// The seat before a changed scenario, at its beginning: all stays that has the same meaning in both.
    pub(super) fn carried(&self, from: &Scenario, to: &Scenario) -> Seat {
        let same_processes = from.processes == to.processes && from.topology == to.topology;
        let Seat { places, .. } = Seat::first(to);
        let seat = Seat {
            event: 0,
            now_us: 0,
            // Messages and events of one run are not those of the other.
            selected: self.selected.filter(|target| !matches!(target, Target::Message(_) | Target::Event(_))),
            answer: self.answer.filter(|_| from.name == to.name && from.lesson == to.lesson),
            places: if same_processes { self.places.clone() } else { places },
            ..self.clone()
        };
        seat.fitted(to)
    }

    /// Without what cannot be before a run of `scenario`.
    pub(super) fn fitted(mut self, scenario: &Scenario) -> Seat {
        let n = scenario.processes;
        let here = |target: &Target| match target {
            Target::Process(process) => process.index() < n,
            Target::Link(one, other) => one.index().max(other.index()) < n,
            Target::Node(_) | Target::Gst => false,
            Target::Message(_) | Target::Event(_) | Target::Intruder => true,
        };
        self.speed = self.speed.clamp(-SPEED_MAX, SPEED_MAX);
        self.see_as = self.see_as.filter(|process| process.index() < n);
        self.selected = self.selected.filter(here);
        if self.places.len() != n {
            self.places = places(scenario.topology, n);
        }
        self
    }
}
