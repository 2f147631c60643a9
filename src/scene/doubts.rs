//! Suspicions in the space-time diagram.

use super::diagram::Life;
use super::{Align, Diagram, Ink, Picture, Point, Shape, stroke};
use crate::history::Fact;
use crate::process::{Indication, Outcome, ProcessId};

/// A suspicion.
#[derive(Clone, Copy)]
struct Doubt {
    observer: ProcessId,
    suspect: ProcessId,
    /// True if the suspect was correct when it began; not told to those who look with somebody's eyes.
    wrong: bool,
    since_us: u64,
    /// Its look up to now.
    ink: Ink,
}

/// Suspicions, above the line of the observer: an eye where one begins, struck through where it is wrong, and a line
/// as long as it lasts.
pub(super) struct Doubts<'a> {
    diagram: &'a Diagram<'a>,
    open: Vec<Doubt>,
    /// The eyes, each with the names of all whom it stands for.
    eyes: Vec<(Doubt, String)>,
}

impl<'a> Doubts<'a> {
    /// Those that are older than the window's facts.
    pub(super) fn new(diagram: &'a Diagram<'a>) -> Self {
        let first = diagram.facts.first().map_or(0, |fact| fact.event);
        let mut doubts = Doubts { diagram, open: Vec::new(), eyes: Vec::new() };
        for known in diagram.history.monitors().detection().suspicions().iter().filter(|known| known.event < first) {
            let up = diagram.engine().process(known.suspect).is_correct();
            doubts.open.push(doubts.doubt(known.observer, known.suspect, up, 0, Ink::Ink));
        }
        doubts
    }

    fn doubt(&self, observer: ProcessId, suspect: ProcessId, up: bool, since_us: u64, ink: Ink) -> Doubt {
        // A viewer with somebody's eyes knows what that one thinks, and of nobody whether it is right.
        let seen = self.diagram.see_as.is_none_or(|eyes| eyes == observer);
        let ink = if seen { ink } else { Ink::Faint };
        Doubt { observer, suspect, wrong: up && self.diagram.see_as.is_none(), since_us, ink }
    }

    /// The processes that `me` begins and ceases to suspect in the step of `fact`.
    pub(super) fn enter(
        &mut self,
        fact: &Fact,
        (me, outcomes): (ProcessId, &[Outcome]),
        lives: &[Life],
        ink: Ink,
        picture: &mut Picture,
    ) {
        for outcome in outcomes {
            match outcome {
                Outcome::Indicate(Indication::Suspect(other)) => {
                    let lies = self.diagram.lies_us(*other).is_some_and(|lies_us| lies_us <= fact.at_us);
                    let doubt = self.doubt(me, *other, lives[other.index()].up && !lies, fact.at_us, ink);
                    self.open.push(doubt);
                    let kind = |doubt: &Doubt| (doubt.observer, doubt.wrong, doubt.since_us);
                    match self.eyes.last_mut() {
                        Some((known, names)) if kind(known) == kind(&doubt) => names.push_str(&format!(" {other}")),
                        _ => self.eyes.push((doubt, other.to_string())),
                    }
                }
                Outcome::Indicate(Indication::Restore(other)) => self.end(me, Some(*other), fact.at_us, picture),
                _ => {}
            }
        }
        if fact.crashed {
            self.end(me, None, fact.at_us, picture);
        }
    }

    /// The place where it stands at a moment: right ones next to the line, wrong ones above them.
    fn place(&self, doubt: &Doubt, at_us: u64) -> Option<Point> {
        let spot = self.diagram.spot(doubt.observer, at_us).filter(|_| self.diagram.gap() >= 16.0)?;
        Some(spot.by(0.0, if doubt.wrong { -15.0 } else { -8.0 }))
    }

    /// The line, up to now as it is, and faint from then on.
    fn bar(&self, doubt: &Doubt, until_us: u64, picture: &mut Picture) {
        let now_us = self.diagram.now_us.clamp(doubt.since_us, until_us.max(doubt.since_us));
        let ink = if doubt.wrong && doubt.ink == Ink::Ink { Ink::Alarm } else { doubt.ink };
        for (from_us, to_us, ink) in [(doubt.since_us, now_us, ink), (now_us, until_us, Ink::Faint)] {
            let from_us = from_us.max(self.diagram.window_us.0);
            let ends = (self.place(doubt, from_us), self.place(doubt, to_us));
            if let ((Some(start), Some(end)), true) = (ends, to_us > from_us) {
                picture.shapes.push(Shape::line(start, end, stroke(ink, 1.2)));
            }
        }
    }

    /// `me` no longer suspects `other`, or has crashed, and all that it thought is gone.
    fn end(&mut self, me: ProcessId, other: Option<ProcessId>, at_us: u64, picture: &mut Picture) {
        let over = |doubt: &Doubt| doubt.observer == me && other.is_none_or(|other| doubt.suspect == other);
        for doubt in self.open.iter().filter(|doubt| over(doubt)) {
            self.bar(doubt, at_us, picture);
            if let (Some(end), true) = (self.place(doubt, at_us), self.diagram.shows(at_us)) {
                let ink = if at_us > self.diagram.now_us { Ink::Faint } else { doubt.ink };
                picture.shapes.push(Shape::line(end.by(0.0, -3.5), end.by(0.0, 3.5), stroke(ink, 1.4)));
            }
        }
        self.open.retain(|doubt| !over(doubt));
    }

    /// A suspicion that goes on is drawn up to now; and the eyes.
    pub(super) fn close(self, picture: &mut Picture) {
        for doubt in &self.open {
            self.bar(doubt, self.diagram.now_us.min(self.diagram.window_us.1), picture);
        }
        for (doubt, names) in &self.eyes {
            let shown = self.diagram.shows(doubt.since_us);
            let Some(place) = self.place(doubt, doubt.since_us).filter(|_| shown) else { continue };
            picture.shapes.extend(eye(place, doubt.ink));
            let ink = match (doubt.ink, doubt.wrong) {
                (Ink::Ink, true) => Ink::Alarm,
                (Ink::Ink, false) => Ink::Soft,
                (ink, _) => ink,
            };
            if doubt.wrong {
                picture.shapes.push(Shape::line(place.by(-7.0, 5.0), place.by(7.0, -5.0), stroke(ink, 1.8)));
            }
            picture.shapes.push(Shape::text(place.by(10.0, -1.0), names.as_str(), 11.0, Align::Start, ink));
        }
    }
}

fn eye(centre: Point, ink: Ink) -> [Shape; 2] {
    let lid = |sign: f32| {
        (0..=6).map(move |step| {
            let across = step as f32 / 3.0 - 1.0;
            centre.by(7.0 * across, sign * 4.0 * (1.0 - across * across))
        })
    };
    let points = lid(-1.0).chain(lid(1.0).rev()).collect();
    [
        Shape::Polygon { points, fill: Ink::Paper, stroke: stroke(ink, 1.2) },
        Shape::Disc { centre, radius: 1.9, fill: Some(ink), stroke: None },
    ]
}
