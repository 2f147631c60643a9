//! The coasts of the world behind the board, and where cities stand on them.

use super::{Ink, Point, Shape, at, stroke};
use crate::model::CITIES;
use std::sync::LazyLock;

/// The most points of coast that are read.
const POINTS_MAX: usize = 20_000;

/// The least span of a map, in degrees: the neighbours of a single city are worth seeing too.
const SPAN_MIN: f32 = 24.0;

/// Coasts as lines. Longitude and latitude are in tenths of a degree, east and north.
#[derive(Debug)]
pub struct Land(Vec<Vec<(i16, i16)>>);

impl Land {
    /// The coasts of the world.
    pub fn world() -> &'static Land {
        static WORLD: LazyLock<Land> = LazyLock::new(|| {
            Land::parse(include_str!("../../static/land.txt")).expect("the file is valid: a test reads it")
        });
        &WORLD
    }

    /// Reads the file `land.txt`: each line has the longitude and latitude of a first point and then steps to the next
    /// ones, in tenths of a degree. The error names the line.
    pub fn parse(text: &str) -> Result<Land, String> {
        let mut points = 0;
        let line = |(index, line): (usize, &str)| {
            let wrong = || format!("line {}: not pairs of whole numbers within the globe", index + 1);
            let mut place = (0i16, 0i16);
            let mut coast = Vec::new();
            let mut words = line.split_ascii_whitespace().map(|word| word.parse::<i16>());
            while let Some(east) = words.next() {
                let (Ok(east), Some(Ok(north))) = (east, words.next()) else { return Err(wrong()) };
                place = (place.0.saturating_add(east), place.1.saturating_add(north));
                points += 1;
                if place.0.abs() > 1_800 || place.1.abs() > 900 || points > POINTS_MAX {
                    return Err(wrong());
                }
                coast.push(place);
            }
            Ok(coast)
        };
        text.lines().enumerate().map(line).collect::<Result<_, _>>().map(Land)
    }
}

/// The part of the world that a picture shows, in the plate carrée projection: a degree is as long in both directions.
#[derive(Clone, Copy, Debug)]
pub(super) struct LandRegion {
    middle: Point,
    origin: Point,
    scale: f32,
}

impl LandRegion {
    /// The smallest part that shows all these places of [`CITIES`] in a picture of this size, `margin` from its edge.
    pub(super) fn of(cities: &[usize], size: (f32, f32), margin: f32) -> LandRegion {
        let places = || cities.iter().map(|city| degrees(*city));
        let least = places().fold(at(180.0, 90.0), |one, other| at(one.x.min(other.x), one.y.min(other.y)));
        let most = places().fold(at(-180.0, -90.0), |one, other| at(one.x.max(other.x), one.y.max(other.y)));
        let span = at((most.x - least.x).max(SPAN_MIN), (most.y - least.y).max(SPAN_MIN));
        let room = ((size.0 - 2.0 * margin).max(1.0), (size.1 - 2.0 * margin).max(1.0));
        LandRegion {
            middle: least.towards(most, 0.5),
            origin: at(size.0 / 2.0, size.1 / 2.0),
            scale: (room.0 / span.x).min(room.1 / span.y),
        }
    }

    fn place(&self, degrees: Point) -> Point {
        self.origin.by((degrees.x - self.middle.x) * self.scale, (self.middle.y - degrees.y) * self.scale)
    }

    /// The place of one of [`CITIES`] in the picture.
    pub(super) fn city(&self, city: usize) -> Point {
        self.place(degrees(city))
    }

    /// The coasts, as far as they can be seen.
    pub(super) fn coasts(&self, land: &Land, size: (f32, f32)) -> Vec<Shape> {
        let line = |coast: &Vec<(i16, i16)>| {
            let point = |(east, north): &(i16, i16)| self.place(at(f32::from(*east) / 10.0, f32::from(*north) / 10.0));
            let points: Vec<Point> = coast.iter().map(point).collect();
            let seen = |point: &Point| (0.0..=size.0).contains(&point.x) && (0.0..=size.1).contains(&point.y);
            points.iter().any(seen).then_some(Shape::Line { points, stroke: stroke(Ink::Faint, 1.0) })
        };
        land.0.iter().filter_map(line).collect()
    }
}

/// Longitude and latitude of a place of [`CITIES`], in degrees.
fn degrees(city: usize) -> Point {
    let (north, east) = CITIES[city].place;
    at(east as f32 / 1_000.0, north as f32 / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::city;

    #[test]
    fn the_file_is_read_and_london_is_by_the_sea() {
        let land = Land::world();
        let (north, east) = CITIES[city("london").expect("listed")].place;
        let near =
            |(x, y): &&(i16, i16)| (i32::from(*x) * 100 - east).abs() + (i32::from(*y) * 100 - north).abs() < 2_000;
        assert!(land.0.iter().flatten().find(near).is_some());
        let leaps = |coast: &Vec<(i16, i16)>| coast.windows(2).any(|pair| (pair[0].0 - pair[1].0).abs() > 600);
        assert!(!land.0.iter().any(leaps), "a coast leaps over the edge of the paper");
    }

    #[test]
    fn a_broken_file_is_an_error_that_names_the_line() {
        for text in ["0 0 1 1\n1 x", "0 0\n5", "0 0\n1790 0 20 0", "0 0\n99999 0"] {
            let error = Land::parse(text).expect_err("broken");
            assert!(error.starts_with("line 2:"), "{error}");
        }
    }

    #[test]
    fn all_cities_are_within_the_margin_whatever_the_shape_of_the_picture() {
        let all: Vec<usize> = (0..CITIES.len()).collect();
        for (cities, size) in [(&all[..], (900.0, 400.0)), (&all[..], (320.0, 340.0)), (&all[..1], (900.0, 400.0))] {
            let region = LandRegion::of(cities, size, 40.0);
            for city in cities {
                let Point { x, y } = region.city(*city);
                assert!((39.9..=size.0 - 39.9).contains(&x) && (39.9..=size.1 - 39.9).contains(&y), "{x} {y}");
            }
        }
    }
}
