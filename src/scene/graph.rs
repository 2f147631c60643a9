//! Graphs of configurations: discs by valency, lines between them, a token where the run stands.

use super::{Align, Ink, Picture, Point, Shape, Stroke, Target, at, dashed, stroke};

/// The valency of a configuration, as it is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Valence {
    /// 0 only.
    Zero,
    /// 1 only.
    One,
    /// Both: the disc of both halves.
    Both,
    /// Nothing: stuck.
    Nothing,
    /// Nothing before the protocol is cut off: what comes after is not claimed.
    Horizon,
    /// It was looked at, and nobody knows.
    Unknown,
    /// Nobody has looked at it yet.
    Unseen,
}

/// A node.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// The place where it stands, in pixels.
    pub place: Point,
    /// Its valency.
    pub valence: Valence,
    /// The text beside it.
    pub label: String,
}

/// The content of the graph.
pub struct Graph<'a> {
    /// The nodes.
    pub nodes: &'a [Node],
    /// Edges, by the numbers of their nodes, and whether the run has used them.
    pub edges: &'a [(usize, usize, bool)],
    /// The place of the token: from a node towards another, and how far.
    pub token: Option<(usize, usize, f32)>,
    /// The radius of a node.
    pub radius: f32,
    /// Width and height in pixels.
    pub size: (f32, f32),
}

/// A disc by valency, with its outline and its digits.
fn disc(picture: &mut Picture, centre: Point, radius: f32, valence: Valence) {
    let outline = Some(stroke(Ink::Ink, 1.6));
    let full = |fill| Shape::Disc { centre, radius, fill: Some(fill), stroke: outline };
    let digit = |place: Point, text: &str, fill: Ink| Shape::Text {
        place,
        text: text.into(),
        size: radius * 0.9,
        align: Align::Middle,
        ink: fill.text_on(),
        bold: true,
    };
    match valence {
        Valence::Zero => picture.shapes.extend([full(Ink::Zero), digit(centre, "0", Ink::Zero)]),
        Valence::One => picture.shapes.extend([full(Ink::One), digit(centre, "1", Ink::One)]),
        Valence::Both => {
            let half = |turns, fill| Shape::Arc { centre, radius, turns, fill: Some(fill), stroke: None };
            let ring = Shape::Disc { centre, radius, fill: None, stroke: outline };
            picture.shapes.extend([half((0.5, 1.0), Ink::Zero), half((0.0, 0.5), Ink::One), ring]);
            picture.shapes.push(digit(centre.by(-radius * 0.46, 0.0), "0", Ink::Zero));
            picture.shapes.push(digit(centre.by(radius * 0.46, 0.0), "1", Ink::One));
        }
        Valence::Nothing => picture.shapes.push(hollow(centre, radius, stroke(Ink::Soft, 2.4))),
        Valence::Horizon => {
            let line = stroke(Ink::Soft, 2.4);
            picture.shapes.extend([hollow(centre, radius, line), horizon(centre, radius, line)]);
        }
        Valence::Unknown => picture.shapes.extend([full(Ink::Paper), digit(centre, "?", Ink::Paper)]),
        Valence::Unseen => picture.shapes.push(hollow(centre, radius, dashed(Ink::Ink, 1.6))),
    }
}

/// A disc with nothing in it.
fn hollow(centre: Point, radius: f32, line: Stroke) -> Shape {
    Shape::Disc { centre, radius, fill: Some(Ink::Paper), stroke: Some(line) }
}

/// The line of a horizon, from side to side.
fn horizon(centre: Point, radius: f32, line: Stroke) -> Shape {
    Shape::Line { points: vec![centre.by(-radius, 0.0), centre.by(radius, 0.0)], stroke: line }
}

impl Graph<'_> {
    /// The picture.
    pub fn picture(&self) -> Picture {
        let mut picture = Picture { size: self.size, ..Picture::default() };
        for (from, to, used) in self.edges {
            let (start, end) = (self.nodes[*from].place, self.nodes[*to].place);
            let line = if *used { stroke(Ink::Ink, 2.2) } else { stroke(Ink::Faint, 1.3) };
            arrow(&mut picture, (start, end), self.radius, line);
        }
        for (index, node) in self.nodes.iter().enumerate() {
            disc(&mut picture, node.place, self.radius, node.valence);
            let below = node.place.by(0.0, self.radius + 12.0);
            // Paper under the label, so that a line that has to pass there does not cross it.
            let half = (node.label.chars().count() as f32 * 3.4 + 3.0, 8.0);
            let (fill, line) = (Ink::Paper, stroke(Ink::Paper, 0.0));
            picture.shapes.push(Shape::Capsule { centre: below, half, fill, stroke: line });
            picture.shapes.push(Shape::text(below, node.label.clone(), 12.0, Align::Middle, Ink::Ink));
            picture.targets.push((Target::Node(index), node.place, self.radius.max(12.0)));
        }
        if let Some((from, to, part)) = self.token {
            let centre = self.nodes[from].place.towards(self.nodes[to].place, part);
            let ring = Some(stroke(Ink::Focus, 4.0));
            picture.shapes.push(Shape::Disc { centre, radius: self.radius * 1.32, fill: None, stroke: ring });
        }
        picture
    }
}

/// A bent line with a tip, from the disc at one place to that at the other; a ring above the disc if they are the same.
fn arrow(picture: &mut Picture, (start, end): (Point, Point), radius: f32, line: Stroke) {
    if start == end {
        let centre = start.by(0.0, -radius * 1.35);
        picture.shapes.push(Shape::Disc { centre, radius: radius * 0.7, fill: None, stroke: Some(line) });
        return;
    }
    let long = start.distance(end).max(1.0);
    let bend = long * 0.12;
    let (dx, dy) = ((end.y - start.y) / long * bend, (start.x - end.x) / long * bend);
    let middle = start.towards(end, 0.5).by(dx, dy);
    let curve = (0..=16).map(|step| {
        let part = step as f32 / 16.0;
        start.towards(middle, part).towards(middle.towards(end, part), part)
    });
    picture.shapes.push(Shape::Line { points: curve.collect(), stroke: line });
    let tip = end.towards(middle, radius * 1.08 / middle.distance(end).max(1.0));
    let back = tip.towards(middle, 9.0 / middle.distance(end).max(1.0));
    let (wx, wy) = ((tip.y - back.y) * 0.42, (back.x - tip.x) * 0.42);
    let points = vec![tip, back.by(wx, wy), back.by(-wx, -wy)];
    picture.shapes.push(Shape::Polygon { points, fill: line.ink, stroke: stroke(line.ink, 0.5) });
}

/// The largest radius of a disc of a map, in pixels.
const DISC_MAX: f32 = 18.0;

/// The look of an edge of a [`Chart`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct EdgeLine {
    /// Strong, with an arrow, and bent, so that the ways there and back are two.
    pub strong: bool,
    /// Dashed.
    pub broken: bool,
}

/// A map of many configurations: small discs between two shores, and lines for what leads where.
pub struct Chart<'a> {
    /// The place of each, from 0 to 1 in both directions, and what can be decided there.
    pub nodes: &'a [((f32, f32), Valence)],
    /// The edges, by places in `nodes`, and their look.
    pub edges: &'a [(usize, usize, EdgeLine)],
    /// The one that is looked at.
    pub selected: Option<usize>,
    /// Its magnification; 1 shows all.
    pub zoom: f32,
    /// The middle of the view, from 0 to 1 in both directions.
    pub middle: (f32, f32),
    /// The picture's size.
    pub size: (f32, f32),
}

impl Chart<'_> {
    /// The least distance between two discs of a row.
    fn gap(&self) -> f32 {
        let mut places: Vec<(f32, f32)> = self.nodes.iter().map(|((x, y), _)| (*y, *x)).collect();
        places.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
        let row = places.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| pair[1].1 - pair[0].1);
        row.fold(1.0, f32::min)
    }

    /// The picture.
    pub fn picture(&self) -> Picture {
        let mut picture = Picture { size: self.size, ..Picture::default() };
        let (width, height) = self.size;
        let share = (width * height / self.nodes.len().max(1) as f32).sqrt() * 0.22 * self.zoom.sqrt();
        // The room between the margins, at their widest.
        let room = (width - 4.0 * DISC_MAX).max(width / 2.0);
        let radius = share.min(0.45 * self.gap() * room * self.zoom).clamp(2.0, DISC_MAX);
        let place = |(x, y): (f32, f32)| {
            let across = |at: f32, middle: f32, all: f32| (at - middle) * self.zoom * (all - 4.0 * radius) + all / 2.0;
            at(across(x, self.middle.0, width), across(y, self.middle.1, height))
        };
        let seen = |point: Point| (-40.0..width + 40.0).contains(&point.x) && (-40.0..height + 40.0).contains(&point.y);
        for (from, to, EdgeLine { strong, broken }) in self.edges {
            let ends = [*from, *to].map(|node| place(self.nodes[node].0));
            let here = self.selected.is_some_and(|selected| selected == *from || selected == *to);
            if ends.iter().any(|end| seen(*end)) {
                let (ink, width) = match (here, *strong) {
                    (_, true) => (Ink::Ink, 2.2),
                    (true, _) => (Ink::Ink, 1.4),
                    _ => (Ink::Faint, 0.7),
                };
                let line = if *broken { dashed(ink, width) } else { stroke(ink, width) };
                if *strong {
                    arrow(&mut picture, (ends[0], ends[1]), radius, line);
                } else {
                    picture.shapes.push(Shape::Line { points: ends.to_vec(), stroke: line });
                }
            }
        }
        for (index, (unit, valence)) in self.nodes.iter().enumerate() {
            let centre = place(*unit);
            if !seen(centre) {
                continue;
            }
            mark(&mut picture, centre, radius, *valence);
            picture.targets.push((Target::Node(index), centre, radius.max(6.0)));
            if self.selected == Some(index) {
                let ring = Some(stroke(Ink::Focus, 3.0));
                picture.shapes.push(Shape::Disc { centre, radius: radius + 4.0, fill: None, stroke: ring });
            }
        }
        picture
    }
}

/// A disc by valency, with digits where there is room for them.
pub(super) fn mark(picture: &mut Picture, centre: Point, radius: f32, valence: Valence) {
    if radius >= 7.0 { disc(picture, centre, radius, valence) } else { speck(picture, centre, radius, valence) }
}

/// A disc too small for digits: its place between the shores says the same as its colour.
fn speck(picture: &mut Picture, centre: Point, radius: f32, valence: Valence) {
    let outline = Some(stroke(Ink::Ink, 0.8));
    let full = |fill| Shape::Disc { centre, radius, fill: Some(fill), stroke: outline };
    match valence {
        Valence::Zero => picture.shapes.push(full(Ink::Zero)),
        Valence::One => picture.shapes.push(full(Ink::One)),
        Valence::Nothing => picture.shapes.push(full(Ink::Paper)),
        Valence::Horizon => picture.shapes.extend([full(Ink::Paper), horizon(centre, radius, stroke(Ink::Ink, 0.8))]),
        Valence::Unknown => picture.shapes.push(full(Ink::Faint)),
        Valence::Unseen => picture.shapes.push(hollow(centre, radius, dashed(Ink::Ink, 0.8))),
        Valence::Both => {
            let half = Shape::Arc { centre, radius, turns: (0.5, 1.0), fill: Some(Ink::Zero), stroke: None };
            let ring = Shape::Disc { centre, radius, fill: None, stroke: outline };
            picture.shapes.extend([full(Ink::One), half, ring]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discs_of_a_row_do_not_touch_at_any_zoom_and_width() {
        let nodes: Vec<((f32, f32), Valence)> =
            (0..40).map(|place| (((place as f32 + 0.5) / 40.0, 0.5), Valence::Both)).collect();
        for (width, zoom) in [(328.0, 1.0), (328.0, 4.0), (900.0, 1.0), (900.0, 16.0)] {
            let (edges, size) = (&[], (width, 400.0));
            let chart = Chart { nodes: &nodes, edges, selected: None, zoom, middle: (0.5, 0.5), size };
            let targets = chart.picture().targets;
            let discs = chart.picture().shapes.into_iter().filter_map(|shape| match shape {
                Shape::Disc { centre, radius, .. } => Some((centre, radius)),
                _ => None,
            });
            let discs: Vec<(Point, f32)> = discs.collect();
            assert!(!targets.is_empty());
            for pair in discs.windows(2).filter(|pair| pair[0].0 != pair[1].0) {
                let room = pair[0].0.distance(pair[1].0) - pair[0].1 - pair[1].1;
                assert!(room >= 0.0, "{width} pixels, zoom {zoom}: {pair:?}");
            }
        }
    }
}
