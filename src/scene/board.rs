//! The board: processes, links and the messages between them at one moment.

use super::land::LandRegion;
use super::{Align, Ink, Land, Picture, Point, Shape, Target, at, dashed, stroke};
use crate::engine::{Choice, Engine, Status};
use crate::history::Fact;
use crate::model::{LinkKind, ProcessSet, city};
use crate::process::ProcessId;
use crate::property::Monitors;
use crate::scenario::{Scenario, Topology};
use std::f32::consts::TAU;
use std::mem::discriminant;
use std::ops::Deref;

mod intruder;
mod links;
mod messages;

/// The most processes whose names, captions and links are drawn; more of them are a crowd of dots.
const CROWD: usize = 24;

/// The room that the name of a city needs, in pixels.
const EDGE: f32 = 90.0;

/// The most processes between which the links' own rules and listeners are drawn.
const NEIGHBOURS: usize = 8;

/// The content of the board.
pub struct Board<'a> {
    /// The scenario that is run.
    pub scenario: &'a Scenario,
    /// The world.
    pub engine: &'a Engine,
    /// Its monitors.
    pub monitors: &'a Monitors,
    /// The moment, in microseconds: that of the world's last event or later.
    pub now_us: u64,
    /// The events up to now, as far as they are known; the last one is the last event.
    pub facts: &'a [Fact],
    /// The place where the processes stand, from 0 to 1 in both directions.
    pub places: &'a [Point],
    /// Width and height in pixels.
    pub size: (f32, f32),
    /// The selected thing.
    pub selected: Option<Target>,
    /// The process through whose eyes one looks; `None` for everything.
    pub see_as: Option<ProcessId>,
    /// Larger and fewer marks, for a projector.
    pub projector: bool,
    /// The map behind processes that stand in cities, once it is at hand.
    pub land: Option<&'a Land>,
    /// The line that a person is drawing, to part the processes.
    pub knife: Option<(Point, Point)>,
}

/// The place where `n` processes stand unless somebody moves them, from 0 to 1 in both directions.
pub fn places(topology: Topology, n: usize) -> Vec<Point> {
    (0..n)
        .map(|index| {
            let part = index as f32 / n as f32;
            match topology {
                Topology::Line if n <= 12 => {
                    let across = if n == 1 { 0.5 } else { index as f32 / (n - 1) as f32 };
                    at(0.02 + 0.96 * across, 0.5 + if index % 2 == 0 { 0.1 } else { -0.1 })
                }
                _ if n == 1 => at(0.5, 0.5),
                _ if n == 2 => at(if index == 0 { 0.16 } else { 0.84 }, 0.5),
                Topology::Star if index == 0 => at(0.5, 0.5),
                _ => {
                    // p0 at the left below, then clockwise: three make the triangle of the textbooks.
                    let turn = part * TAU + if n == 3 { TAU * 8.0 / 12.0 } else { TAU * 0.625 };
                    at(0.5 + 0.38 * turn.sin(), 0.5 - 0.38 * turn.cos() + if n == 3 { 0.07 } else { 0.0 })
                }
            }
        })
        .collect()
}

impl Board<'_> {
    /// The picture.
    pub fn picture(&self) -> Picture {
        let mut picture = Picture { size: self.size, ..Picture::default() };
        if let (Some(land), Some(region)) = (self.land, self.region()) {
            picture.shapes.extend(region.coasts(land, self.size));
        }
        let places: Vec<Point> = ProcessId::all(self.n()).map(|process| self.place(process)).collect();
        let drawn = Drawn { board: self, places };
        drawn.links(&mut picture);
        drawn.cut(&mut picture);
        // Messages come out from under their sender and go in under their recipient.
        drawn.messages(&mut picture);
        let processes = picture.shapes.len();
        for process in ProcessId::all(self.n()) {
            drawn.process(process, &mut picture);
        }
        if self.n() > CROWD {
            // They do not overlap, and a painter has less to do where alike comes after alike.
            let mut shapes = picture.shapes.split_off(processes);
            let texts: Vec<Shape> = shapes.extract_if(.., |shape| matches!(shape, Shape::Text { .. })).collect();
            let look = |shape: &Shape| (discriminant(shape), shape.look());
            while let Some(first) = shapes.first().map(look) {
                picture.shapes.extend(shapes.extract_if(.., |shape| look(shape) == first));
            }
            picture.shapes.extend(texts);
        }
        drawn.losses(&mut picture);
        drawn.intruder(&mut picture);
        if let Some((from, to)) = self.knife
            && let Some([from, to]) = self.across(from, to)
        {
            picture.shapes.push(Shape::line(from, to, dashed(Ink::Alarm, self.width() * 1.3)));
        }
        picture
    }

    /// The place where a process would stand that is put at this place of the picture; from 0 to 1 in both directions.
    pub fn share(&self, place: Point) -> Point {
        let margin = self.margin();
        let part = |place: f32, whole: f32| (place - margin) / (whole - 2.0 * margin).max(1.0);
        at(part(place.x, self.size.0), part(place.y, self.size.1))
    }

    /// The processes on the smaller side of the line through two places of the picture, without p0 where both are equal;
    /// nobody if all are on one side.
    pub fn side(&self, from: Point, to: Point) -> ProcessSet {
        let left = |process: &ProcessId| left_of(from, to, self.place(*process)) > 0.0;
        let (one, other): (Vec<ProcessId>, Vec<ProcessId>) = ProcessId::all(self.n()).partition(left);
        let smaller = one.len() < other.len() || one.len() == other.len() && !one.contains(&ProcessId(0));
        ProcessSet::of(if smaller { one } else { other })
    }

    /// The line through two places, as long as the picture: its ends.
    fn across(&self, from: Point, to: Point) -> Option<[Point; 2]> {
        let long = from.distance(to);
        let reach = self.size.0 + self.size.1;
        (long > 8.0).then(|| [from.towards(to, -reach / long), from.towards(to, 1.0 + reach / long)])
    }

    /// The part of the world that is behind the processes, if they stand in cities.
    fn region(&self) -> Option<LandRegion> {
        let cities: Vec<usize> = self.scenario.places.iter().filter_map(|name| city(name).ok()).collect();
        (!cities.is_empty()).then(|| LandRegion::of(&cities, self.size, self.margin().max(34.0)))
    }

    fn n(&self) -> usize {
        self.engine.processes().len()
    }

    fn radius(&self) -> f32 {
        let room = self.size.0.min(self.size.1);
        let base = match self.n() {
            0..=5 => room * 0.1,
            6..=12 => room * 0.06,
            13..=40 => room * 0.035,
            _ => room * 0.018,
        };
        // Cities are close to each other.
        let base = if self.scenario.places.is_empty() { base } else { base * 0.35 };
        base.clamp(5.0, if self.projector { 64.0 } else { 44.0 })
    }

    fn text_size(&self) -> f32 {
        if self.projector { 26.0 } else { 14.0 }
    }

    fn width(&self) -> f32 {
        if self.projector { 4.5 } else { 1.75 }
    }

    /// The size of small things, against their size on a desk: the smallest text is 12 pixels there, and 24 for a
    /// projector.
    fn scale(&self) -> f32 {
        if self.projector { 2.0 } else { 1.0 }
    }

    fn margin(&self) -> f32 {
        (self.radius() * 2.1).min(self.size.0 * 0.2)
    }

    /// The place where a process stands in the picture.
    fn place(&self, process: ProcessId) -> Point {
        if let (Some(region), Some(name)) = (self.region(), self.scenario.places.get(process.index())) {
            return region.city(city(name).unwrap_or_default());
        }
        let Point { x, y } = self.places[process.index()];
        let margin = self.margin();
        at(margin + x * (self.size.0 - 2.0 * margin), margin + y * (self.size.1 - 2.0 * margin))
    }

    /// True if somebody listens on the link between two processes.
    fn is_tapped(&self, from: ProcessId, to: ProcessId) -> bool {
        self.engine.models().between(from, to).kind == LinkKind::Arbitrary
    }

    /// True if somebody listens anywhere.
    fn has_intruder(&self) -> bool {
        self.see_as.is_none() && self.engine.models().all_links().any(|links| links.kind == LinkKind::Arbitrary)
    }
}

/// A board while it is drawn, with what is asked for again and again.
struct Drawn<'a> {
    board: &'a Board<'a>,
    places: Vec<Point>,
}

impl<'a> Deref for Drawn<'a> {
    type Target = Board<'a>;

    fn deref(&self) -> &Board<'a> {
        self.board
    }
}

impl Drawn<'_> {
    fn place(&self, process: ProcessId) -> Point {
        self.places[process.index()]
    }

    /// True if the viewer, who sees with the eyes of one process, cannot see `process`.
    fn hidden(&self, process: ProcessId) -> bool {
        self.see_as.is_some_and(|eyes| eyes != process)
    }

    fn process(&self, id: ProcessId, picture: &mut Picture) {
        let (place, radius) = (self.place(id), self.radius());
        let process = self.engine.process(id);
        let hidden = self.hidden(id);
        let outline = stroke(if hidden { Ink::Faint } else { Ink::Ink }, self.width());
        picture.targets.push((Target::Process(id), place, radius.max(14.0) + 4.0));
        if self.selected == Some(Target::Process(id)) {
            let ring = Some(stroke(Ink::Focus, self.width() * 1.4));
            picture.shapes.push(Shape::Disc { centre: place, radius: radius + 9.0, fill: None, stroke: ring });
        }
        let size = (radius * 0.62).clamp(9.0, 30.0);
        if hidden {
            picture.shapes.push(Shape::Disc {
                centre: place,
                radius,
                fill: Some(Ink::Paper),
                stroke: Some(dashed(Ink::Faint, self.width())),
            });
            if radius > 8.0 {
                picture.shapes.push(Shape::text(place, id.to_string(), size, Align::Middle, Ink::Soft));
                self.words(picture, id, vec![(self.heard(id), Ink::Soft)]);
            }
            return;
        }
        let crashed = !process.is_alive();
        let fill = if crashed { Ink::Paper } else { Ink::of(process.decided.as_ref()) };
        if process.is_byzantine() {
            picture.shapes.push(Shape::Polygon { points: jagged(place, radius), fill, stroke: outline });
        } else {
            let line = if process.status == Status::Fresh || crashed {
                dashed(if crashed { Ink::Soft } else { Ink::Ink }, self.width())
            } else {
                outline
            };
            picture.shapes.push(Shape::Disc { centre: place, radius, fill: Some(fill), stroke: Some(line) });
        }
        if let Some(timer) = process.timers.iter().min_by_key(|timer| timer.due_us) {
            let whole = (timer.due_us - timer.set_us).max(1) as f32;
            let left = timer.due_us.saturating_sub(self.now_us) as f32 / whole;
            picture.shapes.push(Shape::Arc {
                centre: place,
                radius: radius + 5.0,
                turns: (0.0, left.clamp(0.0, 1.0)),
                fill: None,
                stroke: Some(stroke(Ink::Soft, self.width() * 1.3)),
            });
        }
        if radius > 8.0 {
            let name = match (&process.decided, crashed) {
                (Some(value), false) if value.bit().is_some() => value.to_string(),
                _ => id.to_string(),
            };
            let ink = if crashed { Ink::Soft } else { fill.text_on() };
            let bold = fill != Ink::Paper;
            picture.shapes.push(Shape::Text { place, text: name, size, align: Align::Middle, ink, bold });
        }
        if crashed {
            picture.shapes.extend(Shape::cross(place, radius * 0.8, stroke(Ink::Alarm, self.width() * 1.3)));
        }
        if radius > 8.0 && self.n() <= CROWD {
            self.words(picture, id, self.captions(id));
        }
        self.eyes(id, picture);
    }

    /// The words beside a process: its name in the story, its label, and how it fares.
    fn captions(&self, id: ProcessId) -> Vec<(String, Ink)> {
        let process = self.engine.process(id);
        let mut lines = Vec::new();
        let decided = process.decided.as_ref().map(|value| match value.bit() {
            Some(_) => format!("{id} decided"),
            None => format!("decided {value}"),
        });
        lines.extend(self.scenario.cast(id).map(|name| (name.to_owned(), Ink::Ink)));
        lines.extend(decided.map(|text| (text, Ink::Ink)));
        let input = self.scenario.inputs.get(id.index()).cloned().flatten();
        if let Some(input) = input.filter(|input| process.decided.is_none() && input.bit().is_some()) {
            lines.push((format!("input {input}"), Ink::Soft));
        }
        if let Some(holding) = self.monitors.holding(self.engine, id) {
            lines.push((format!("£{holding}"), Ink::Ink));
        }
        let label = self.engine.label(id);
        // Some say themselves what they hold.
        if process.is_alive() && lines.iter().all(|(text, _)| *text != label) {
            lines.push((label, Ink::Soft));
        }
        lines.extend(process.open.as_ref().map(|open| (format!("asked: {}", open.invocation), Ink::Focus)));
        match process.status {
            Status::Crashed(_) => lines.push(("crashed".into(), Ink::Alarm)),
            _ if process.is_byzantine() => {
                lines.extend(process.byzantine.as_ref().map(|byzantine| (byzantine.behaviour.text(), Ink::Alarm)));
            }
            _ if process.slow_us > 0 => lines.push(("slow".into(), Ink::Alarm)),
            _ => {}
        }
        lines
    }

    fn words(&self, picture: &mut Picture, id: ProcessId, lines: Vec<(String, Ink)>) {
        let lines: Vec<(String, Ink)> = lines.into_iter().filter(|(text, _)| !text.is_empty()).collect();
        let step = self.text_size() * 1.25;
        let here = self.place(id);
        let mut place = here.by(0.0, self.radius() + self.text_size() + 3.0);
        let mut align = Align::Middle;
        // Messages and others stand inwards, so words go outwards where there is room.
        let above =
            here.y - self.radius() - (5.0 + 0.5 * self.text_size()) - step * lines.len().saturating_sub(1) as f32;
        if here.y < 0.45 * self.size.1 && above > self.text_size() * 0.6 {
            place = at(here.x, above);
        }
        if !self.scenario.places.is_empty() {
            // Cities are close to each other: what is said of one stands on the side away from the nearest other.
            let others = self.places.iter().filter(|other| **other != here);
            let nearest = others.min_by(|one, other| here.distance(**one).total_cmp(&here.distance(**other)));
            let left = nearest.is_some_and(|other| other.x > here.x);
            // But not over the edge.
            let left = (left && here.x > EDGE) || here.x > self.size.0 - EDGE;
            align = if left { Align::End } else { Align::Start };
            place = here.by((self.radius() + 6.0) * if left { -1.0 } else { 1.0 }, 0.0);
        }
        for (text, ink) in lines {
            picture.shapes.push(Shape::text(place, text, self.text_size(), align, ink));
            place = place.by(0.0, step);
        }
    }

    /// When the one who looks last heard from `id`.
    fn heard(&self, id: ProcessId) -> String {
        let Some(eyes) = self.see_as else { return String::new() };
        let last = self.facts.iter().rev().find_map(|fact| match fact.choice {
            Choice::Deliver(message) if message.from == id && message.to == eyes => Some(fact.at_us),
            _ => None,
        });
        match last {
            Some(at_us) => format!("heard {} ms ago", self.now_us.saturating_sub(at_us) / 1_000),
            None => "never heard".into(),
        }
    }

    /// An eye for everybody who suspects `id`, struck through where that is wrong.
    fn eyes(&self, id: ProcessId, picture: &mut Picture) {
        let suspects = |observer: &ProcessId| self.monitors.suspects(*observer, id);
        let seen = ProcessId::all(self.n()).filter(|observer| self.see_as.is_none_or(|eyes| eyes == *observer));
        for (index, observer) in seen.filter(suspects).enumerate() {
            let scale = self.scale();
            let down = (4.0 + 18.0 * index as f32) * scale;
            let centre = self.place(id).by(self.radius() + 16.0 * scale, -self.radius() + down);
            let lid = |sign: f32| {
                (0..=8).map(move |step| {
                    let across = step as f32 / 4.0 - 1.0;
                    centre.by(9.0 * across * scale, sign * 5.0 * (1.0 - across * across) * scale)
                })
            };
            let points = lid(-1.0).chain(lid(1.0).rev()).collect();
            picture.shapes.push(Shape::Polygon {
                points,
                fill: Ink::Paper,
                stroke: stroke(Ink::Ink, self.width() * 0.8),
            });
            picture.shapes.push(Shape::Disc { centre, radius: 2.6 * scale, fill: Some(Ink::Ink), stroke: None });
            if self.see_as.is_none() && self.engine.process(id).is_alive() {
                let strike = stroke(Ink::Alarm, self.width() * 1.25);
                let (dx, dy) = (9.0 * scale, 7.0 * scale);
                picture.shapes.push(Shape::line(centre.by(-dx, dy), centre.by(dx, -dy), strike));
            }
            let name = centre.by(14.0 * scale, 0.0);
            picture.shapes.push(Shape::text(name, observer.to_string(), 12.0 * scale, Align::Start, Ink::Soft));
        }
    }
}

/// The distance of a third place to the left of the line through two others, as an area.
fn left_of(from: Point, to: Point, place: Point) -> f32 {
    (to.x - from.x) * (place.y - from.y) - (to.y - from.y) * (place.x - from.x)
}

fn jagged(centre: Point, radius: f32) -> Vec<Point> {
    (0..24)
        .map(|corner| {
            let turn = corner as f32 / 24.0 * TAU;
            let reach = radius * if corner % 2 == 0 { 1.1 } else { 0.92 };
            centre.by(reach * turn.sin(), -reach * turn.cos())
        })
        .collect()
}
