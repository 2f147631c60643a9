//! Scenes: pure functions from a run and a time to shapes. No browser in here; a painter or a file shows the shapes.
//!
//! Every mark has an ink outline and carries its digit or label, so that colour never says anything alone.

mod bars;
mod board;
mod branches;
mod caption;
mod causes;
mod diagram;
mod doubts;
mod graph;
mod land;
mod lens;
mod operations;
mod plot;
mod ring;

pub use board::{Board, places};
pub use branches::Branches;
pub use caption::{caption, choice_words, count, headline};
pub use causes::{Relation, known_to, relations};
pub use diagram::Diagram;
pub use graph::{Chart, EdgeLine, Graph, Node, Valence};
pub use land::Land;
pub use lens::{ClockKind, Lens, Tally};
pub use operations::OperationDiagram;
pub use plot::{Plot, Series, Spot};
pub use ring::Ring;

use crate::engine::MessageId;
use crate::process::{ProcessId, Value};
use serde::{Deserialize, Serialize};

/// A place in pixels of the picture; y grows downwards.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// The width of a text of this height, in pixels, about. A character beyond the alphabets of Europe counts as two.
fn text_width(text: &str, size: f32) -> f32 {
    let characters = text.chars().map(|character| if character < '\u{1100}' { 1.0 } else { 2.0 });
    characters.sum::<f32>() * size * 0.58
}

/// A text of at most `most` characters: a longer one ends in an ellipsis.
fn clipped(text: String, most: usize) -> String {
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// A place.
pub const fn at(x: f32, y: f32) -> Point {
    Point { x, y }
}

impl Point {
    /// The place that is `part` of the way to `other`.
    pub fn towards(self, other: Point, part: f32) -> Point {
        at(self.x + (other.x - self.x) * part, self.y + (other.y - self.y) * part)
    }

    /// The distance to `other`.
    pub fn distance(self, other: Point) -> f32 {
        (other.x - self.x).hypot(other.y - self.y)
    }

    /// The place `dx` to the right and `dy` down.
    pub fn by(self, dx: f32, dy: f32) -> Point {
        at(self.x + dx, self.y + dy)
    }
}

/// The colours, by what they mean. A theme says what they are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ink {
    /// The ground.
    Paper,
    /// Lines and text.
    Ink,
    /// Less important things.
    Soft,
    /// Things for orientation only: links, the future.
    Faint,
    /// The value 0.
    Zero,
    /// The value 1.
    One,
    /// Something failed.
    Alarm,
    /// The selected thing.
    Focus,
    /// A light ground behind everything: where something else is the case.
    Wash,
    /// Text on [`Ink::Zero`] and [`Ink::One`]: the same in all themes.
    OnValue,
}

impl Ink {
    /// The colour of a value; paper for what has none.
    pub fn of(value: Option<&Value>) -> Ink {
        match value.and_then(Value::bit) {
            Some(false) => Ink::Zero,
            Some(true) => Ink::One,
            None => Ink::Paper,
        }
    }

    /// The ink for text on this ground.
    pub fn text_on(self) -> Ink {
        match self {
            Ink::One => Ink::OnValue,
            Ink::Zero => Ink::Paper,
            _ => Ink::Ink,
        }
    }
}

/// The look of a line.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stroke {
    /// Its colour.
    pub ink: Ink,
    /// Its width in pixels.
    pub width: f32,
    /// True if it is dashed.
    pub dashed: bool,
}

/// A plain line of this colour and width.
pub const fn stroke(ink: Ink, width: f32) -> Stroke {
    Stroke { ink, width, dashed: false }
}

/// A dashed line of this colour and width.
pub const fn dashed(ink: Ink, width: f32) -> Stroke {
    Stroke { ink, width, dashed: true }
}

/// The side of its place on which a text stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// The shapes of a picture, drawn in order.
#[derive(Clone, PartialEq, Debug)]
pub enum Shape {
    /// A line through places.
    Line {
        /// The places.
        points: Vec<Point>,
        /// Its look.
        stroke: Stroke,
    },
    /// A closed figure.
    Polygon {
        /// Its corners.
        points: Vec<Point>,
        /// Its ground.
        fill: Ink,
        /// Its outline.
        stroke: Stroke,
    },
    /// A disc.
    Disc {
        /// Its centre.
        centre: Point,
        /// Its radius.
        radius: f32,
        /// Its ground; none for a ring.
        fill: Option<Ink>,
        /// Its outline.
        stroke: Option<Stroke>,
    },
    /// A part of a disc or of a ring, from one turn to another; 0 is up, clockwise, 1 is all the way round.
    Arc {
        /// The centre.
        centre: Point,
        /// The radius.
        radius: f32,
        /// The place where it begins and ends.
        turns: (f32, f32),
        /// The ground of the sector, if it is filled.
        fill: Option<Ink>,
        /// The line along the arc.
        stroke: Option<Stroke>,
    },
    /// A rectangle with round ends.
    Capsule {
        /// Its centre.
        centre: Point,
        /// Half of its width and of its height.
        half: (f32, f32),
        /// Its ground.
        fill: Ink,
        /// Its outline.
        stroke: Stroke,
    },
    /// A line of text.
    Text {
        /// Its place; its middle line.
        place: Point,
        /// The text.
        text: String,
        /// Its height in pixels.
        size: f32,
        /// On which side of the place it is.
        align: Align,
        /// Its colour.
        ink: Ink,
        /// True if it is bold.
        bold: bool,
    },
}

impl Shape {
    /// A straight line.
    pub fn line(from: Point, to: Point, stroke: Stroke) -> Shape {
        Shape::Line { points: vec![from, to], stroke }
    }

    /// A line of text.
    pub fn text(place: Point, text: impl Into<String>, size: f32, align: Align, ink: Ink) -> Shape {
        Shape::Text { place, text: text.into(), size, align, ink, bold: false }
    }

    /// Its ground and its outline.
    pub fn look(&self) -> (Option<Ink>, Option<Stroke>) {
        match self {
            Shape::Line { stroke, .. } => (None, Some(*stroke)),
            Shape::Polygon { fill, stroke, .. } | Shape::Capsule { fill, stroke, .. } => (Some(*fill), Some(*stroke)),
            Shape::Disc { fill, stroke, .. } | Shape::Arc { fill, stroke, .. } => (*fill, *stroke),
            Shape::Text { ink, .. } => (Some(*ink), None),
        }
    }

    /// A cross, for what has failed.
    pub fn cross(centre: Point, radius: f32, stroke: Stroke) -> [Shape; 2] {
        [
            Shape::line(centre.by(-radius, -radius), centre.by(radius, radius), stroke),
            Shape::line(centre.by(-radius, radius), centre.by(radius, -radius), stroke),
        ]
    }
}

/// A thing that a person can point at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Target {
    /// A process.
    Process(ProcessId),
    /// A message on its way.
    Message(MessageId),
    /// A link, in both directions.
    Link(ProcessId, ProcessId),
    /// The intruder, which listens on arbitrary links.
    Intruder,
    /// An event.
    Event(u64),
    /// A node of a graph, a branch of a run, or an operation of a history.
    Node(usize),
    /// The moment from which on it is calm for good.
    Gst,
}

/// A picture: its shapes, and what can be pointed at where.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Picture {
    /// Width and height in pixels.
    pub size: (f32, f32),
    /// In the order of drawing.
    pub shapes: Vec<Shape>,
    /// Discs that stand for something; the last one that is hit wins.
    pub targets: Vec<(Target, Point, f32)>,
}

impl Picture {
    /// The thing at `place`, links last.
    pub fn hit(&self, place: Point) -> Option<Target> {
        let near = self.targets.iter().rev().filter(|(_, centre, radius)| centre.distance(place) <= *radius);
        near.map(|(target, ..)| *target).next()
    }
}
