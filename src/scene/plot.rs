//! Plots: numbers against numbers, in ink.
//!
//! Several series are told apart by the words at their ends and by dashes, not by colour: colours belong to values.

use super::{Align, Ink, Picture, Point, Shape, at, dashed, stroke};

/// One thing that is plotted.
#[derive(Clone, PartialEq, Debug)]
pub struct Spot {
    /// Its place along the horizontal axis.
    pub x: f64,
    /// Its place along the vertical axis.
    pub y: f64,
    /// The two ends of the bar through it, if it has one: an interval or a pair of quantiles.
    pub bar: Option<(f64, f64)>,
    /// The text beside it.
    pub label: String,
}

/// Spots that belong together, in the order in which they are joined.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Series {
    /// The text at its end.
    pub label: String,
    /// The spots.
    pub spots: Vec<Spot>,
    /// True if a line joins them.
    pub joined: bool,
    /// True if each has a mark; a line of very many has none.
    pub marked: bool,
}

/// A plot.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Plot {
    /// Its content.
    pub title: String,
    /// The meaning of the horizontal axis, with its unit.
    pub across: String,
    /// The meaning of the vertical axis, with its unit.
    pub up: String,
    /// Words for places of the horizontal axis; numbers where there are none.
    pub names: Vec<(f64, String)>,
    /// The data of a plot.
    pub series: Vec<Series>,
    /// True if the vertical axis goes to 1 at least, as for shares.
    pub share: bool,
}

/// The width of a character, about, as a part of its height.
const CHARACTER: f32 = 0.55;

const SIZE: f32 = 12.0;

/// An axis: what it shows, and where.
struct Axis {
    least: f64,
    most: f64,
    from: f32,
    to: f32,
}

impl Axis {
    /// From `least` or 0 to beyond `most`, on these pixels.
    fn over(numbers: impl Iterator<Item = f64>, zero: bool, (from, to): (f32, f32)) -> Axis {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for number in numbers {
            (least, most) = (least.min(number), most.max(number));
        }
        if least > most {
            (least, most) = (0.0, 1.0);
        }
        if zero || least < 0.25 * most {
            least = least.min(0.0);
        }
        if least == most {
            (least, most) = (if least > 0.0 { least - 1.0 } else { least }, most + 1.0);
        }
        Axis { least, most, from, to }
    }

    fn place(&self, number: f64) -> f32 {
        let part = (number - self.least) / (self.most - self.least);
        self.from + (self.to - self.from) * part as f32
    }

    /// Round numbers on the axis, at most about `count`, and how they are written.
    fn ticks(&self, count: usize) -> Vec<(f64, String)> {
        let span = self.most - self.least;
        let (mut step, mut decimals) = (1e-6, 6);
        let mut factors = [2.0, 2.5, 2.0].into_iter().cycle();
        let mut turn = 0;
        // 1, 2, 5, 10, …: a step of which no more than `count` fit.
        while span / step > count as f64 + 1e-9 {
            step *= factors.next().expect("it goes round");
            turn += 1;
            decimals = 6usize.saturating_sub(turn / 3);
        }
        let first = (self.least / step - 1e-9).ceil() as i64;
        let last = (self.most / step + 1e-9).floor() as i64;
        (first..=last).map(|index| (index as f64 * step, format!("{:.decimals$}", index as f64 * step))).collect()
    }
}

/// True if a word of this half width would touch one of those that are there.
fn touches(taken: &[(Point, f32)], centre: Point, half: f32) -> bool {
    taken
        .iter()
        .any(|(other, theirs)| (centre.x - other.x).abs() < theirs + half + 4.0 && (centre.y - other.y).abs() < 13.0)
}

impl Plot {
    /// Draws it into `picture`, in the rectangle at `corner` of `size` pixels.
    pub fn draw(&self, picture: &mut Picture, corner: Point, size: (f32, f32)) {
        let text = |place: Point, words: &str, align, ink| Shape::text(place, words, SIZE, align, ink);
        let (left, right, top, bottom) =
            (corner.x + 58.0, corner.x + size.0 - 14.0, corner.y + 44.0, corner.y + size.1 - 44.0);
        let title = at(corner.x + 10.0, corner.y + 13.0);
        let bold = true;
        picture.shapes.push(Shape::Text {
            place: title,
            text: self.title.clone(),
            size: 14.0,
            align: Align::Start,
            ink: Ink::Ink,
            bold,
        });
        picture.shapes.push(text(at(corner.x + 10.0, corner.y + 31.0), &self.up, Align::Start, Ink::Soft));
        picture.shapes.push(text(at(right, bottom + 34.0), &self.across, Align::End, Ink::Soft));
        let spots = || self.series.iter().flat_map(|series| &series.spots);
        // Room for the words at the ends of the series.
        let longest = self.series.iter().map(|series| series.label.chars().count()).max().unwrap_or(0);
        let room = (longest as f32 * SIZE * CHARACTER + 14.0).min(0.4 * size.0) * f32::from(longest > 0);
        let across = self.names.iter().map(|(x, _)| *x).chain(spots().map(|spot| spot.x));
        let mut x = Axis::over(across, false, (left + 10.0, right - 10.0 - room));
        if !self.names.is_empty() {
            // Words need room on both sides.
            let half = (x.most - x.least) / (2.0 * self.names.len() as f64);
            (x.least, x.most) = (x.least - half, x.most + half);
        }
        let heights = spots().flat_map(|spot| [Some(spot.y), spot.bar.map(|bar| bar.0), spot.bar.map(|bar| bar.1)]);
        let heights = heights.flatten().chain(self.share.then_some(1.0));
        let y = Axis::over(heights, true, (bottom - 4.0, top + 6.0));
        for (number, words) in y.ticks(5) {
            let place = y.place(number);
            picture.shapes.push(Shape::line(at(left, place), at(right - room, place), stroke(Ink::Faint, 0.8)));
            picture.shapes.push(text(at(left - 8.0, place), &words, Align::End, Ink::Soft));
        }
        picture.shapes.push(Shape::line(at(left, bottom), at(right - room, bottom), stroke(Ink::Ink, 1.2)));
        let numbers = if self.names.is_empty() { x.ticks(6) } else { self.names.clone() };
        let mut free = f32::NEG_INFINITY;
        for (number, words) in &numbers {
            let (place, half) = (x.place(*number), words.chars().count() as f32 * SIZE * CHARACTER / 2.0);
            picture.shapes.push(Shape::line(at(place, bottom), at(place, bottom + 4.0), stroke(Ink::Ink, 1.0)));
            // A word that would touch the one before is left out; its tick stays.
            if place - half > free {
                picture.shapes.push(text(at(place, bottom + 15.0), words, Align::Middle, Ink::Soft));
                free = place + half + 6.0;
            }
        }
        let mut taken: Vec<(Point, f32)> = Vec::new();
        for (index, series) in self.series.iter().enumerate() {
            let ink = if self.series.len() > 1 && index % 2 == 1 { Ink::Soft } else { Ink::Ink };
            let line = if index % 3 == 2 { dashed(ink, 1.6) } else { stroke(ink, 1.6) };
            let places: Vec<Point> = series.spots.iter().map(|spot| at(x.place(spot.x), y.place(spot.y))).collect();
            if series.joined && places.len() > 1 {
                picture.shapes.push(Shape::Line { points: places.clone(), stroke: line });
            }
            for (spot, place) in series.spots.iter().zip(&places) {
                if let Some((low, high)) = spot.bar {
                    let ends = [low, high].map(|end| at(place.x, y.place(end)));
                    picture.shapes.push(Shape::line(ends[0], ends[1], stroke(ink, 1.4)));
                    for end in ends {
                        picture.shapes.push(Shape::line(end.by(-4.0, 0.0), end.by(4.0, 0.0), stroke(ink, 1.4)));
                    }
                }
                if series.marked {
                    let (fill, outline) =
                        (Some(if index % 2 == 0 { Ink::Ink } else { Ink::Paper }), Some(stroke(ink, 1.4)));
                    picture.shapes.push(Shape::Disc { centre: *place, radius: 3.4, fill, stroke: outline });
                }
            }
            if let (Some(last), false) = (places.last(), series.label.is_empty()) {
                // Two series may end at one place; then their words stand one above the other.
                let half = series.label.chars().count() as f32 * SIZE * CHARACTER / 2.0;
                let mut place = last.by(10.0, 0.0);
                while touches(&taken, place.by(half, 0.0), half) {
                    place = place.by(0.0, -2.0);
                }
                picture.shapes.push(text(place, &series.label, Align::Start, ink));
                taken.push((place.by(half, 0.0), half));
            }
        }
        // The texts beside single spots come last, where there is still room.
        for (index, series) in self.series.iter().enumerate() {
            let ink = if index % 2 == 1 { Ink::Soft } else { Ink::Ink };
            for spot in series.spots.iter().filter(|spot| !spot.label.is_empty()) {
                let half = spot.label.chars().count() as f32 * 11.0 * CHARACTER / 2.0;
                let place = at(x.place(spot.x), y.place(spot.y));
                let around = [place.by(8.0 + half, -9.0), place.by(-8.0 - half, 9.0)];
                // Of several series each has its own side, so that nobody takes one's words for another's.
                let around = if self.series.len() > 1 { &around[(index + 1) % 2..][..1] } else { &around[..] };
                let fits =
                    |centre: &&Point| centre.x - half > left && centre.x + half < right && centre.y < bottom - 4.0;
                if let Some(centre) = around.iter().find(|centre| fits(centre) && !touches(&taken, **centre, half)) {
                    picture.shapes.push(Shape::text(*centre, spot.label.clone(), 11.0, Align::Middle, ink));
                    taken.push((*centre, half));
                }
            }
        }
    }

    /// The plot alone.
    pub fn picture(&self, size: (f32, f32)) -> Picture {
        let mut picture = Picture { size, ..Picture::default() };
        self.draw(&mut picture, at(0.0, 0.0), size);
        picture
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        let words = |least, most| -> Vec<String> {
            Axis { least, most, from: 0.0, to: 1.0 }.ticks(5).into_iter().map(|(_, words)| words).collect()
        };
        assert_eq!(words(0.0, 1.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(words(0.0, 1_234.0), ["0", "500", "1000"]);
        assert_eq!(words(95.0, 105.0), ["96", "98", "100", "102", "104"]);
        assert_eq!(words(0.0, 0.004), ["0.000", "0.001", "0.002", "0.003", "0.004"]);
    }

    #[test]
    fn an_empty_plot_is_a_picture_too() {
        let picture = Plot::default().picture((300.0, 200.0));
        assert!(!picture.shapes.is_empty());
    }
}
