//! The intruder, which listens on arbitrary links, as a figure.

use super::Drawn;
use crate::scene::{Align, Ink, Picture, Point, Shape, Target, at, stroke};

impl Drawn<'_> {
    /// The place of the intruder.
    pub(super) fn hideout(&self) -> Point {
        let middle = at(self.size.0 / 2.0, self.size.1 / 2.0);
        match (self.n(), self.scenario.places.is_empty()) {
            (..=2, true) => at(middle.x, self.size.1 * 0.17),
            (3, true) => {
                let sum = self.places.iter().fold(Point::default(), |sum, place| sum.by(place.x, place.y));
                at(sum.x / 3.0, sum.y / 3.0 - 8.0)
            }
            _ => at(44.0, 46.0),
        }
    }

    /// The intruder, which listens on arbitrary links.
    pub(super) fn intruder(&self, picture: &mut Picture) {
        if !self.has_intruder() {
            return;
        }
        let centre = self.hideout();
        let line = stroke(Ink::Ink, self.width() * 0.9);
        if self.selected == Some(Target::Intruder) {
            let ring = Some(stroke(Ink::Focus, self.width() * 1.4));
            picture.shapes.push(Shape::Disc { centre: centre.by(0.0, -5.0), radius: 28.0, fill: None, stroke: ring });
        }
        let crown = [(-11.0, -7.0), (-8.0, -21.0), (8.0, -21.0), (11.0, -7.0)];
        let points = crown.iter().map(|(dx, dy)| centre.by(*dx, *dy)).collect();
        picture.shapes.extend([
            Shape::Disc { centre, radius: 12.0, fill: Some(Ink::Paper), stroke: Some(line) },
            Shape::Polygon { points, fill: Ink::Ink, stroke: line },
            Shape::line(centre.by(-19.0, -7.0), centre.by(19.0, -7.0), stroke(Ink::Ink, self.width() * 1.4)),
            // Sunglasses.
            Shape::line(centre.by(-7.0, -1.0), centre.by(-2.0, -1.0), stroke(Ink::Ink, 4.0)),
            Shape::line(centre.by(2.0, -1.0), centre.by(7.0, -1.0), stroke(Ink::Ink, 4.0)),
        ]);
        picture.shapes.extend(ear(centre.by(20.0, 4.0), 1.0));
        let heard = self.engine.heard().iter().filter(|heard| heard.by.is_none()).count();
        let size = self.text_size();
        for (row, text) in ["intruder".to_owned(), format!("heard {heard}")].into_iter().enumerate() {
            let place = centre.by(34.0, size * (1.2 * row as f32 - 0.6));
            picture.shapes.push(Shape::text(place, text, size, Align::Start, Ink::Soft));
        }
        picture.targets.push((Target::Intruder, centre, 24.0));
    }
}

/// An ear: somebody has heard this.
pub(super) fn ear(centre: Point, scale: f32) -> [Shape; 2] {
    const OUTER: &[(i8, i8)] =
        &[(-35, -10), (-30, -45), (0, -65), (32, -50), (40, -15), (24, 15), (12, 35), (6, 58), (-16, 68), (-30, 52)];
    const INNER: &[(i8, i8)] = &[(-10, -12), (-6, -30), (10, -34), (18, -18), (6, 4), (-4, 16)];
    [OUTER, INNER].map(|curve| {
        let place = |(dx, dy): &(i8, i8)| centre.by(f32::from(*dx) * scale / 10.0, f32::from(*dy) * scale / 10.0);
        Shape::Line { points: curve.iter().map(place).collect(), stroke: stroke(Ink::Ink, 1.3 * scale) }
    })
}
