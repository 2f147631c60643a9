//! Messages on the board: on their way, at a door, changed, doubled, lost.

use super::intruder::ear;
use super::{CROWD, Drawn, NEIGHBOURS};
use crate::engine::{Arrival, Choice, Flight, Heard, MessageId};
use crate::scene::{Align, Ink, Picture, Point, Shape, Target, at, dashed, stroke};

/// The time that the cross of a lost message stays, in microseconds of virtual time.
const CROSS_US: u64 = 120_000;

impl Drawn<'_> {
    pub(super) fn messages(&self, picture: &mut Picture) {
        if self.see_as.is_some() {
            return; // Nobody sees a message on its way.
        }
        let timed = self.engine.setup().timed;
        if timed && self.n() > CROWD {
            return self.dots(picture);
        }
        let mut doors = vec![0usize; self.n()];
        for flight in self.engine.flights_by_age() {
            let part = flight.progress(self.now_us);
            let place = if part >= 1.0 {
                let door = &mut doors[flight.id.to.index()];
                *door += 1;
                self.door(flight, *door - 1)
            } else {
                self.on_the_way(flight.id, part)
            };
            self.capsule(flight, place, picture);
        }
    }

    /// Messages of a crowd: dots, those of one colour together, so that a painter need not change its pen.
    fn dots(&self, picture: &mut Picture) {
        let grounds = [Ink::Paper, Ink::Zero, Ink::One];
        let mut dots: [Vec<Shape>; 3] = Default::default();
        for flight in self.engine.flights() {
            let centre = self.on_the_way(flight.id, flight.progress(self.now_us));
            let fill = Ink::of(flight.payload.value().as_ref());
            let pile = grounds.iter().position(|ground| *ground == fill).unwrap_or(0);
            let stroke = Some(stroke(Ink::Ink, 0.8));
            dots[pile].push(Shape::Disc { centre, radius: 3.0, fill: Some(fill), stroke });
            picture.targets.push((Target::Message(flight.id), centre, 8.0));
        }
        picture.shapes.extend(dots.into_iter().flatten());
    }

    /// The place where a message sets out, and its distance from there: what an intruder sends comes from the intruder.
    fn source(&self, id: MessageId) -> (Point, f32) {
        if id.is_spoofed() && self.is_tapped(id.from, id.to) {
            (self.hideout(), 20.0)
        } else {
            (self.place(id.from), self.radius() + 4.0)
        }
    }

    /// The place `part` of the way along the link, a little to the right of its middle line, so that the two
    /// directions do not meet, and a copy beside its original.
    fn on_the_way(&self, id: MessageId, part: f32) -> Point {
        let ((start, leave), end) = (self.source(id), self.place(id.to));
        let long = start.distance(end).max(1.0);
        let (leave, arrive) = (leave / long, (self.radius() + 4.0) / long);
        let lane = (7.0 + 5.0 * (id.number % 3) as f32 + 14.0 * f32::from(id.copy.min(3))) * self.scale();
        let (dx, dy) = ((start.y - end.y) / long * lane, (end.x - start.x) / long * lane);
        start.towards(end, leave + part * (1.0 - leave - arrive)).by(dx, dy)
    }

    /// The place of the `index`-th message that waits at its recipient's door: oldest nearest.
    fn door(&self, flight: &Flight, index: usize) -> Point {
        let door = self.place(flight.id.to);
        let centre = at(self.size.0 / 2.0, self.size.1 / 2.0);
        let long = door.distance(centre).max(1.0);
        let scale = self.scale();
        let reach = (self.radius() + 24.0 * scale) / long;
        let (dx, dy) = ((centre.y - door.y) / long, (door.x - centre.x) / long);
        let column = (index % 4) as f32 - if index < 4 { 0.0 } else { 0.5 };
        let row = (index / 4) as f32;
        let aside = column * 38.0 * scale;
        door.towards(centre, reach + row * 24.0 * scale / long).by(dx * aside, dy * aside)
    }

    fn capsule(&self, flight: &Flight, centre: Point, picture: &mut Picture) {
        let value = flight.payload.value();
        let fill = Ink::of(value.as_ref());
        let picked = self.selected == Some(Target::Message(flight.id));
        let line = match (picked, flight.held_us.is_some()) {
            (true, _) => stroke(Ink::Focus, self.width() * 1.4),
            (_, true) => dashed(Ink::Alarm, self.width()),
            _ => stroke(Ink::Ink, self.width() * 0.8),
        };
        let label = flight.payload.kind().label;
        let text = match &value {
            Some(value) if value.bit().is_some() => format!("{label} {value}"),
            Some(value) if value.to_string().chars().count() <= 5 => value.to_string(),
            _ => label.to_owned(),
        };
        let size = 12.0 * self.scale();
        let half = (size * 0.33 * text.chars().count() as f32 + size * 0.55, size * 0.82);
        let outline = |centre: Point, fill: Ink| {
            // A message that was changed on the way, or was never written by its sender, is torn at the edge.
            if flight.forged {
                Shape::Polygon { points: torn(centre, half), fill, stroke: line }
            } else {
                Shape::Capsule { centre, half, fill, stroke: line }
            }
        };
        if flight.id.copy > 0 || flight.splits_us.is_some_and(|splits_us| splits_us <= self.now_us) {
            picture.shapes.push(outline(centre.by(4.0, -4.0), Ink::Paper));
        }
        picture.shapes.push(outline(centre, fill));
        let ink = fill.text_on();
        picture.shapes.push(Shape::Text { place: centre, text, size, align: Align::Middle, ink, bold: true });
        if self.has_intruder() && self.n() <= NEIGHBOURS {
            let heard = |other: &Heard| other.by.is_none() && other.id == flight.id;
            if self.engine.heard().iter().any(heard) {
                picture.shapes.extend(ear(centre.by(half.0 + 3.0, -half.1), 0.8));
            }
        }
        picture.targets.push((Target::Message(flight.id), centre, 16.0));
    }

    /// The way of a message that was lost a moment ago breaks off with a cross.
    pub(super) fn losses(&self, picture: &mut Picture) {
        if self.see_as.is_some() {
            return;
        }
        let recent = self.facts.iter().rev().take_while(|fact| fact.at_us + CROSS_US >= self.now_us);
        for fact in recent {
            if let (Choice::Lose(id), Some(Arrival { progress, .. })) = (fact.choice, &fact.arrival) {
                let spot = self.on_the_way(id, *progress);
                if self.n() <= CROWD {
                    let from = self.on_the_way(id, (progress - 0.2).max(0.0));
                    picture.shapes.push(Shape::line(from, spot, dashed(Ink::Soft, self.width() * 0.7)));
                }
                picture.shapes.extend(Shape::cross(spot, 8.0 * self.scale(), stroke(Ink::Alarm, self.width() * 1.4)));
            }
        }
    }
}

/// The outline of a capsule with torn edges.
fn torn(centre: Point, half: (f32, f32)) -> Vec<Point> {
    let teeth = (half.0 / 3.0).max(3.0) as usize;
    let edge = |sign: f32| {
        (0..=teeth).map(move |tooth| {
            let across = sign * (1.0 - 2.0 * tooth as f32 / teeth as f32);
            let out = if tooth % 2 == 0 { 2.0 } else { -1.5 };
            centre.by(across * half.0, sign * (half.1 + out))
        })
    };
    edge(1.0).chain(edge(-1.0)).collect()
}
