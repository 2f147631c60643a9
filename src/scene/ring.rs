//! An endless run: the way into a loop, and the loop as a ring.

use super::graph::mark;
use super::{Align, Ink, Picture, Point, Shape, Valence, at, stroke};
use std::f32::consts::TAU;

/// The distance of the picture's contents from its edge.
const MARGIN: f32 = 24.0;

/// The content of the ring.
pub struct Ring<'a> {
    /// The number of events that lead to the loop.
    pub prefix: usize,
    /// The number of events that go round it once.
    pub length: usize,
    /// After which events of the loop the configuration is certified to be bivalent; 0 is where it begins.
    pub certified: &'a [usize],
    /// The text inside.
    pub words: &'a [String],
    /// The number of events that have happened: where the token is.
    pub token: f32,
    /// Width and height in pixels.
    pub size: (f32, f32),
}

impl Ring<'_> {
    fn radius(&self) -> f32 {
        (self.size.1 / 2.0 - MARGIN).min(self.size.0 * 0.3).max(10.0)
    }

    fn centre(&self) -> Point {
        let right = self.size.0 - self.radius() - MARGIN;
        at(right.min(self.size.0 * 0.62), self.size.1 / 2.0)
    }

    /// The place of the run after so many events: on the line that leads to the top of the ring, then on the ring.
    fn place(&self, events: f32) -> Point {
        let (centre, radius, prefix) = (self.centre(), self.radius(), self.prefix as f32);
        let top = centre.by(0.0, -radius);
        if events < prefix {
            return at(MARGIN, top.y).towards(top, events / prefix);
        }
        let turn = ((events - prefix) / self.length.max(1) as f32).fract() * TAU;
        centre.by(radius * turn.sin(), -radius * turn.cos())
    }

    /// The picture.
    pub fn picture(&self) -> Picture {
        let mut picture = Picture { size: self.size, ..Picture::default() };
        let (centre, radius) = (self.centre(), self.radius());
        let gap = TAU * radius / self.length.max(1) as f32;
        let disc = (gap * 0.42).clamp(3.0, 12.0);
        let (begin, top) = (self.place(0.0), self.place(self.prefix as f32));
        if self.prefix > 0 {
            picture.shapes.push(Shape::line(begin, top, stroke(Ink::Soft, 1.4)));
            let below = begin.by(0.0, 16.0);
            picture.shapes.push(Shape::text(below, "beginning", 12.0, Align::Start, Ink::Soft));
        }
        picture.shapes.push(Shape::Disc { centre, radius, fill: None, stroke: Some(stroke(Ink::Ink, 2.2)) });
        for quarter in [0.25, 0.5, 0.75] {
            // Half a gap on, so that an arrow stands between two discs.
            let turn = (((quarter * self.length as f32).floor() + 0.5) / self.length.max(1) as f32) * TAU;
            let tip = centre.by(radius * turn.sin(), -radius * turn.cos());
            let (dx, dy) = (turn.cos() * 7.0, turn.sin() * 7.0);
            let wings = [(-dx - dy * 0.6, -dy + dx * 0.6), (-dx + dy * 0.6, -dy - dx * 0.6)];
            for (x, y) in wings {
                picture.shapes.push(Shape::line(tip, tip.by(x, y), stroke(Ink::Ink, 1.8)));
            }
        }
        let dot = |centre: Point| Shape::Disc { centre, radius: 1.8, fill: Some(Ink::Soft), stroke: None };
        picture.shapes.extend((0..self.prefix + self.length).map(|event| dot(self.place(event as f32))));
        for event in self.certified.iter().filter(|event| **event < self.length) {
            mark(&mut picture, self.place((self.prefix + event) as f32), disc, Valence::Both);
        }
        for (line, words) in self.words.iter().enumerate() {
            let place = centre.by(0.0, 20.0 * (line as f32 - (self.words.len() - 1) as f32 / 2.0));
            picture.shapes.push(Shape::text(place, words.clone(), 14.0, Align::Middle, Ink::Ink));
        }
        let ring = Some(stroke(Ink::Focus, 3.0));
        picture.shapes.push(Shape::Disc {
            centre: self.place(self.token),
            radius: disc + 4.0,
            fill: None,
            stroke: ring,
        });
        picture
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(size: (f32, f32)) -> Ring<'static> {
        Ring { prefix: 5, length: 30, certified: &[0, 3, 30], words: &[], token: 0.0, size }
    }

    #[test]
    fn the_run_comes_back_to_where_the_loop_begins_and_stays_on_the_picture() {
        for size in [(320.0, 240.0), (900.0, 300.0)] {
            let ring = ring(size);
            assert!(ring.place(5.0).distance(ring.place(35.0)) < 0.1, "once round");
            assert!(ring.place(4.9).distance(ring.place(5.1)) < 20.0, "the way in ends where the ring begins");
            for event in 0..70 {
                let place = ring.place(event as f32);
                assert!((0.0..=size.0).contains(&place.x) && (0.0..=size.1).contains(&place.y), "{event}: {place:?}");
            }
        }
    }

    #[test]
    fn only_what_is_certified_has_both_colours() {
        let halves = |shape: &&Shape| matches!(shape, Shape::Arc { fill: Some(Ink::Zero), .. });
        let picture = ring((600.0, 300.0)).picture();
        // Event 30 is event 0 again.
        assert_eq!(picture.shapes.iter().filter(halves).count(), 2);
    }
}
