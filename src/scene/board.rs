//! The board: processes, links and the messages between them at one moment.

use super::{Align, Ink, Picture, Point, Shape, Target, at, dashed, stroke};
use crate::engine::{Choice, Engine, Fact, Fate, Flight, MessageId, Status};
use crate::process::ProcessId;
use crate::property::Monitors;
use crate::scenario::{Scenario, Topology};
use std::f32::consts::TAU;

/// How long the cross of a lost message stays, in microseconds of virtual time.
const CROSS_US: u64 = 120_000;

/// What the board shows.
pub struct Board<'a> {
    /// What is run.
    pub scenario: &'a Scenario,
    /// The world.
    pub engine: &'a Engine,
    /// What watches it.
    pub monitors: &'a Monitors,
    /// The moment, in microseconds: that of the world's last event or later.
    pub now_us: u64,
    /// What happened up to now, as far as it is known; the last one is the last event.
    pub facts: &'a [Fact],
    /// Where the processes stand, from 0 to 1 in both directions.
    pub places: &'a [Point],
    /// Width and height in pixels.
    pub size: (f32, f32),
    /// What is selected.
    pub selected: Option<Target>,
    /// Whose eyes one looks through; `None` for everything.
    pub see_as: Option<ProcessId>,
    /// Larger and fewer marks, for a projector.
    pub projector: bool,
}

/// Where `n` processes stand unless somebody moves them, from 0 to 1 in both directions.
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
        self.links(&mut picture);
        // Letters come out from under their sender and go in under their recipient.
        self.messages(&mut picture);
        for process in ProcessId::all(self.engine.processes().len()) {
            self.process(process, &mut picture);
        }
        self.losses(&mut picture);
        picture
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
        base.clamp(5.0, if self.projector { 64.0 } else { 44.0 })
    }

    fn text_size(&self) -> f32 {
        if self.projector { 26.0 } else { 14.0 }
    }

    fn width(&self) -> f32 {
        if self.projector { 3.5 } else { 1.75 }
    }

    fn place(&self, process: ProcessId) -> Point {
        let Point { x, y } = self.places[process.index()];
        let margin = (self.radius() * 2.1).min(self.size.0 * 0.2);
        at(margin + x * (self.size.0 - 2.0 * margin), margin + y * (self.size.1 - 2.0 * margin))
    }

    /// Whether the viewer, who sees with the eyes of one process, cannot see `process`.
    fn hidden(&self, process: ProcessId) -> bool {
        self.see_as.is_some_and(|eyes| eyes != process)
    }

    fn links(&self, picture: &mut Picture) {
        if self.n() > 24 {
            return;
        }
        for from in ProcessId::all(self.n()) {
            for to in ProcessId::all(self.n()).filter(|to| *to > from) {
                if !self.scenario.topology.peers(from, self.n()).contains(&to) {
                    continue;
                }
                let (start, end) = (self.place(from), self.place(to));
                let middle = start.towards(end, 0.5);
                let selected = self.selected == Some(Target::Link(from, to));
                let line = stroke(if selected { Ink::Focus } else { Ink::Faint }, self.width() * 0.7);
                picture.shapes.push(Shape::line(start, end, line));
                let cuts = [(from, to, 0.42), (to, from, 0.58)];
                for (_, _, part) in cuts.iter().filter(|(from, to, _)| self.engine.is_cut(*from, *to)) {
                    if self.see_as.is_none() {
                        let spot = start.towards(end, *part);
                        let long = start.distance(end).max(1.0);
                        let (dx, dy) = ((end.y - start.y) / long * 9.0, (start.x - end.x) / long * 9.0);
                        let bar = stroke(Ink::Alarm, self.width() * 1.6);
                        picture.shapes.push(Shape::line(spot.by(dx, dy), spot.by(-dx, -dy), bar));
                    }
                }
                picture.targets.push((Target::Link(from, to), middle, 14.0));
            }
        }
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
                self.below(picture, id, vec![(self.heard(id), Ink::Soft)]);
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
        if radius > 8.0 {
            self.below(picture, id, self.captions(id));
        }
        self.eyes(id, picture);
    }

    /// What stands beside a process: its name in the story, its label, and how it fares.
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
        if let Some(holding) = self.engine.holding(id) {
            lines.push((format!("£{holding}"), Ink::Ink));
        }
        let label = self.engine.label(id);
        if process.is_alive() && !label.is_empty() {
            lines.push((label, Ink::Soft));
        }
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

    fn below(&self, picture: &mut Picture, id: ProcessId, lines: Vec<(String, Ink)>) {
        let mut place = self.place(id).by(0.0, self.radius() + self.text_size() + 3.0);
        for (text, ink) in lines.into_iter().filter(|(text, _)| !text.is_empty()) {
            picture.shapes.push(Shape::text(place, text, self.text_size(), Align::Middle, ink));
            place = place.by(0.0, self.text_size() * 1.25);
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
            let centre = self.place(id).by(self.radius() + 16.0, -self.radius() + 4.0 + 18.0 * index as f32);
            let lid = |sign: f32| {
                (0..=8).map(move |step| {
                    let across = step as f32 / 4.0 - 1.0;
                    centre.by(9.0 * across, sign * 5.0 * (1.0 - across * across))
                })
            };
            let points = lid(-1.0).chain(lid(1.0).rev()).collect();
            picture.shapes.push(Shape::Polygon { points, fill: Ink::Paper, stroke: stroke(Ink::Ink, 1.4) });
            picture.shapes.push(Shape::Disc { centre, radius: 2.6, fill: Some(Ink::Ink), stroke: None });
            if self.see_as.is_none() && self.engine.process(id).is_alive() {
                let strike = stroke(Ink::Alarm, 2.2);
                picture.shapes.push(Shape::line(centre.by(-9.0, 7.0), centre.by(9.0, -7.0), strike));
            }
            picture.shapes.push(Shape::text(centre.by(14.0, 0.0), observer.to_string(), 12.0, Align::Start, Ink::Soft));
        }
    }

    fn messages(&self, picture: &mut Picture) {
        if self.see_as.is_some() {
            return; // Nobody sees a letter on its way.
        }
        let timed = self.engine.setup().timed;
        let mut doors = vec![0usize; self.n()];
        for flight in self.engine.flights_by_age() {
            let part = if timed { part_of_way(flight, self.now_us) } else { 1.0 };
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

    /// The place `part` of the way along the link, a little to the right of its middle line, so that the two
    /// directions do not meet.
    fn on_the_way(&self, id: MessageId, part: f32) -> Point {
        let (start, end) = (self.place(id.from), self.place(id.to));
        let long = start.distance(end).max(1.0);
        let gap = (self.radius() + 4.0) / long;
        let lane = 7.0 + 5.0 * (id.number % 3) as f32;
        let (dx, dy) = ((start.y - end.y) / long * lane, (end.x - start.x) / long * lane);
        start.towards(end, gap + part * (1.0 - 2.0 * gap)).by(dx, dy)
    }

    /// The place of the `index`-th message that waits at its recipient's door: oldest nearest.
    fn door(&self, flight: &Flight, index: usize) -> Point {
        let door = self.place(flight.id.to);
        let centre = at(self.size.0 / 2.0, self.size.1 / 2.0);
        let long = door.distance(centre).max(1.0);
        let reach = (self.radius() + 24.0) / long;
        let (dx, dy) = ((centre.y - door.y) / long, (door.x - centre.x) / long);
        let column = (index % 4) as f32 - if index < 4 { 0.0 } else { 0.5 };
        let row = (index / 4) as f32;
        door.towards(centre, reach + row * 24.0 / long).by(dx * column * 38.0, dy * column * 38.0)
    }

    fn capsule(&self, flight: &Flight, centre: Point, picture: &mut Picture) {
        let small = self.n() > 24;
        let value = flight.payload.value();
        let fill = Ink::of(value.as_ref());
        let picked = self.selected == Some(Target::Message(flight.id));
        let line = match (picked, flight.held_us.is_some()) {
            (true, _) => stroke(Ink::Focus, 2.5),
            (_, true) => dashed(Ink::Alarm, 1.8),
            _ => stroke(Ink::Ink, self.width() * 0.8),
        };
        if small {
            picture.shapes.push(Shape::Disc {
                centre,
                radius: 3.0,
                fill: Some(fill),
                stroke: Some(stroke(Ink::Ink, 0.8)),
            });
        } else {
            let text = match &value {
                Some(value) if value.to_string().chars().count() <= 5 => value.to_string(),
                _ => flight.payload.kind().label.to_owned(),
            };
            let text = match flight.payload.kind().label {
                label if value.as_ref().is_some_and(|value| value.bit().is_some()) => format!("{label} {text}"),
                _ => text,
            };
            let size = if self.projector { 19.0 } else { 12.0 };
            let half = (size * 0.33 * text.chars().count() as f32 + size * 0.55, size * 0.82);
            picture.shapes.push(Shape::Capsule { centre, half, fill, stroke: line });
            let ink = fill.text_on();
            picture.shapes.push(Shape::Text { place: centre, text, size, align: Align::Middle, ink, bold: true });
        }
        picture.targets.push((Target::Message(flight.id), centre, 16.0));
    }

    /// A cross where a message was lost a moment ago.
    fn losses(&self, picture: &mut Picture) {
        if self.see_as.is_some() {
            return;
        }
        let recent = self.facts.iter().rev().take_while(|fact| fact.at_us + CROSS_US >= self.now_us);
        for fact in recent {
            if let Choice::Lose(id) = fact.choice {
                let dead = !self.engine.process(id.to).is_alive();
                let spot = self.on_the_way(id, if dead { 1.0 } else { 0.6 });
                picture.shapes.extend(Shape::cross(spot, 8.0, stroke(Ink::Alarm, self.width() * 1.4)));
            }
        }
    }
}

/// How far a message has come at `now_us`: from 0 to 1.
fn part_of_way(flight: &Flight, now_us: u64) -> f32 {
    let moment_us = flight.held_us.unwrap_or(now_us).min(now_us);
    let whole = flight.arrives_us.saturating_sub(flight.sent_us).max(1) as f32;
    let part = (moment_us.saturating_sub(flight.sent_us) as f32 / whole).min(1.0);
    match (flight.fate, flight.id.copy) {
        (Fate::Lost, _) => 0.6 * part,
        (Fate::Received, 0) => part,
        // A copy begins where the message split.
        (Fate::Received, _) => 0.5 + 0.5 * part,
    }
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
