//! Tools over the space-time diagram: clocks, the past and the future of an event, and the moment from which
//! on it is calm.

use super::causes::cause;
use super::diagram::diamond;
use super::{Align, Diagram, Ink, Picture, Relation, Shape, Target, at, dashed, relations, stroke};
use crate::engine::ProcessSet;
use crate::history::Stamp;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// The clocks that stand beside the events.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockKind {
    /// None.
    #[default]
    None,
    /// Lamport's.
    Lamport,
    /// Vector clocks.
    Vector,
}

/// The tools laid over the diagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lens {
    /// The clocks.
    pub clocks: ClockKind,
    /// True if past, future and what is beside both are told apart.
    pub causes: bool,
    /// The processes that are not shown.
    pub hidden: ProcessSet,
    /// The place where the handle of the stabilisation time is while somebody drags it, in microseconds.
    pub gst_us: Option<u64>,
}

/// The numbers of steps that are related to a step in each way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Before it.
    pub before: usize,
    /// After it.
    pub after: usize,
    /// Neither.
    pub concurrent: usize,
}

impl Tally {
    /// Counts them.
    pub fn of(relations: &[Option<Relation>]) -> Tally {
        let count = |wanted| relations.iter().filter(|relation| **relation == Some(wanted)).count();
        Tally {
            before: count(Relation::Before),
            after: count(Relation::After),
            concurrent: count(Relation::Concurrent),
        }
    }
}

impl Stamp {
    /// The clock's value, as it stands beside an event.
    pub fn text(&self, kind: ClockKind) -> String {
        match kind {
            ClockKind::None => String::new(),
            ClockKind::Lamport => self.lamport.to_string(),
            ClockKind::Vector => {
                let counts: Vec<String> = self.vector.iter().map(u32::to_string).collect();
                format!("({})", counts.join(" "))
            }
        }
    }
}

impl Lens {
    /// Lays it over the picture of `diagram`. `stamps` are the clocks of its facts, `event` is the one that past and
    /// future are told of.
    pub fn lay(&self, diagram: &Diagram<'_>, stamps: &[Option<Rc<Stamp>>], event: Option<u64>, picture: &mut Picture) {
        if let Some(event) = event.filter(|_| self.causes) {
            self.causes(diagram, event, picture);
        }
        if self.clocks != ClockKind::None {
            self.clocks(diagram, stamps, picture);
        }
        self.gst(diagram, picture);
    }

    /// The past is full, the future is hollow, what neither can know of the other is a diamond.
    fn causes(&self, diagram: &Diagram<'_>, event: u64, picture: &mut Picture) {
        let relations = relations(diagram.facts, event, diagram.n());
        for (place, fact) in diagram.facts.iter().enumerate() {
            let (Some(here), Some(from)) = (relations[place], cause(diagram.facts, place)) else { continue };
            let line = match (relations[from], here) {
                (Some(Relation::Before), Relation::Before | Relation::Itself) => stroke(Ink::Focus, 2.2),
                (Some(Relation::After | Relation::Itself), Relation::After) => dashed(Ink::Focus, 1.8),
                _ => continue,
            };
            let writer = &diagram.facts[from];
            let writer = writer.choice.process().and_then(|process| diagram.spot(process, writer.at_us));
            let reader = fact.choice.process().and_then(|process| diagram.spot(process, fact.at_us));
            if let (Some(start), Some(end)) = (writer, reader) {
                picture.shapes.push(Shape::line(start, end, line));
            }
        }
        for (relation, fact) in relations.iter().zip(diagram.facts) {
            let spot = fact.choice.process().and_then(|process| diagram.spot(process, fact.at_us));
            let (Some(relation), Some(centre), true) = (relation, spot, diagram.shows(fact.at_us)) else { continue };
            let disc = |radius, fill, width| Shape::Disc {
                centre,
                radius,
                fill,
                stroke: Some(stroke(if fill == Some(Ink::Focus) { Ink::Paper } else { Ink::Focus }, width)),
            };
            picture.shapes.push(match relation {
                Relation::Before => disc(5.0, Some(Ink::Focus), 1.0),
                Relation::After => disc(4.5, Some(Ink::Paper), 2.0),
                Relation::Concurrent => diamond(centre, 5.0, Ink::Paper, stroke(Ink::Soft, 1.4)),
                Relation::Itself => disc(10.0, None, 2.4),
            });
        }
    }

    /// Beside each event its clock, as far as there is room.
    fn clocks(&self, diagram: &Diagram<'_>, stamps: &[Option<Rc<Stamp>>], picture: &mut Picture) {
        let mut ends = vec![f32::MIN; diagram.n()];
        for (stamp, fact) in stamps.iter().zip(diagram.facts).filter(|(_, fact)| diagram.shows(fact.at_us)) {
            let Some(stamp) = stamp else { continue };
            let Some(spot) = diagram.spot(stamp.process, fact.at_us) else { continue };
            let text = stamp.text(self.clocks);
            let half = text.len() as f32 * 3.0;
            let end = &mut ends[stamp.process.index()];
            if spot.x - half > *end + 3.0 {
                *end = spot.x + half;
                let ink = if fact.event <= diagram.history.position() { Ink::Ink } else { Ink::Soft };
                picture.shapes.push(Shape::text(spot.by(0.0, 12.0), text, 11.0, Align::Middle, ink));
            }
        }
    }

    /// The moment from which on it is calm for good, as a handle.
    fn gst(&self, diagram: &Diagram<'_>, picture: &mut Picture) {
        let in_force =
            diagram.timings.last().and_then(|(_, timing)| timing.gst_ms).map(|gst_ms| 1_000 * u64::from(gst_ms));
        let Some(gst_us) = in_force.map(|gst_us| self.gst_us.unwrap_or(gst_us)) else { return };
        // Beyond the window the handle waits at its edge.
        let (from, to) = diagram.window_us;
        let x = diagram.x(gst_us.clamp(from, to));
        let (top, bottom) = (at(x, 8.0), at(x, diagram.bottom()));
        let line = if diagram.shows(gst_us) { stroke(Ink::Soft, 1.6) } else { dashed(Ink::Soft, 1.2) };
        picture.shapes.push(Shape::line(top, bottom, line));
        let points = vec![top.by(-6.0, -6.0), top.by(6.0, -6.0), top.by(0.0, 5.0)];
        picture.shapes.push(Shape::Polygon { points, fill: Ink::Focus, stroke: stroke(Ink::Paper, 1.0) });
        let (side, align) = if x > diagram.size.0 / 2.0 { (-9.0, Align::End) } else { (9.0, Align::Start) };
        picture.shapes.push(Shape::text(top.by(side, 0.0), "calm for good", 11.0, align, Ink::Soft));
        picture.targets.push((Target::Gst, top, 14.0));
    }
}
