//! The space-time diagram: a line for each process, a slanted line for each message (Lamport 1978, figure 1).

use super::{Align, Ink, Picture, Point, Shape, Target, at, dashed, stroke};
use crate::engine::{Choice, Engine, Fact, MessageId};
use crate::process::{Outcome, ProcessId};
use std::collections::BTreeMap;

/// What the diagram shows.
pub struct Diagram<'a> {
    /// The world at the present.
    pub engine: &'a Engine,
    /// The events of the window, past and future, in order.
    pub facts: &'a [Fact],
    /// How many events have happened; later facts are the future.
    pub position: u64,
    /// The moment of the present, in microseconds.
    pub now_us: u64,
    /// The first and the last moment shown, in microseconds.
    pub window_us: (u64, u64),
    /// Width and height in pixels.
    pub size: (f32, f32),
    /// Whose eyes one looks through: what is not in its past is faint.
    pub see_as: Option<ProcessId>,
    /// The selected event.
    pub selected: Option<u64>,
    /// Larger marks, for a projector.
    pub projector: bool,
}

/// The messages that were sent, in order: each with the event that sent it, when, and whether its line is drawn.
#[derive(Default)]
struct Sends {
    list: Vec<(MessageId, u64, u64, bool)>,
    places: BTreeMap<(usize, u64), u32>,
}

impl Sends {
    /// The same kind of key as the engine's own, so that the page carries one tree for both.
    fn key(id: MessageId) -> (usize, u64) {
        (usize::from(id.from.0) << 16 | usize::from(id.to.0), u64::from(id.number) << 8 | u64::from(id.copy))
    }

    fn note(&mut self, fact: &Fact) {
        for (id, _) in &fact.sent {
            self.places.insert(Sends::key(*id), u32::try_from(self.list.len()).expect("few messages are in view"));
            self.list.push((*id, fact.event, fact.at_us, false));
        }
    }

    fn get(&mut self, id: MessageId) -> Option<&mut (MessageId, u64, u64, bool)> {
        let place = *self.places.get(&Sends::key(id))?;
        self.list.get_mut(place as usize)
    }
}

/// For each process, the number of its last event that `eyes` can know of after `position` events, plus one: its
/// causal past (Lamport's happened-before).
pub fn past_of(facts: &[Fact], eyes: ProcessId, position: u64, n: usize) -> Vec<u64> {
    let mut known = vec![0; n];
    known[eyes.index()] = position;
    let mut sends = Sends::default();
    facts.iter().for_each(|fact| sends.note(fact));
    for fact in facts.iter().rev().filter(|fact| fact.event < position) {
        if let Choice::Deliver(id) = fact.choice
            && fact.event < known[id.to.index()]
        {
            let original = sends.get(MessageId { copy: 0, ..id });
            let sender = &mut known[id.from.index()];
            *sender = (*sender).max(original.map_or(0, |(_, event, ..)| *event + 1));
        }
    }
    known
}

impl Diagram<'_> {
    /// Where the lines begin: the names stand to the left.
    pub const LEFT: f32 = 44.0;
    const RIGHT: f32 = 16.0;

    /// The moment at the horizontal place `x`, in microseconds.
    pub fn moment_at(&self, x: f32) -> u64 {
        let (from, to) = self.window_us;
        let part = ((x - Self::LEFT) / (self.size.0 - Self::LEFT - Self::RIGHT)).clamp(0.0, 1.0);
        from + (part * (to - from) as f32) as u64
    }

    /// The horizontal place of the moment `at_us`, in microseconds.
    pub fn x(&self, at_us: u64) -> f32 {
        let (from, to) = self.window_us;
        let part = (at_us as f64 - from as f64) / (to.saturating_sub(from)).max(1) as f64;
        Self::LEFT + part as f32 * (self.size.0 - Self::LEFT - Self::RIGHT)
    }

    fn y(&self, process: ProcessId) -> f32 {
        let n = self.engine.processes().len() as f32;
        let gap = (self.size.1 - 22.0) / n;
        8.0 + gap * (process.index() as f32 + 0.5)
    }

    fn spot(&self, process: ProcessId, at_us: u64) -> Point {
        at(self.x(at_us), self.y(process))
    }

    /// The picture.
    pub fn picture(&self) -> Picture {
        let mut picture = Picture { size: self.size, ..Picture::default() };
        let n = self.engine.processes().len();
        let past = self.see_as.map(|eyes| past_of(self.facts, eyes, self.position, n));
        let width = if self.projector { 3.0 } else { 1.4 };
        let tone = |process: ProcessId, event: u64| match &past {
            _ if event >= self.position => Ink::Faint,
            Some(past) if event >= past[process.index()] => Ink::Faint,
            _ => Ink::Ink,
        };
        self.lines(&mut picture, width);
        self.letters(&mut picture, width, &tone);
        for fact in self.facts {
            self.event(fact, &mut picture, &tone);
        }
        let x = self.x(self.now_us);
        picture.shapes.push(Shape::line(at(x, 2.0), at(x, self.size.1 - 16.0), stroke(Ink::Focus, width)));
        let time = format!("{} ms", self.now_us / 1_000);
        let align = if x > self.size.0 - 60.0 { Align::End } else { Align::Middle };
        picture.shapes.push(Shape::text(at(x, self.size.1 - 8.0), time, 12.0, align, Ink::Soft));
        picture
    }

    /// The lines of the processes; gaps where one is down.
    fn lines(&self, picture: &mut Picture, width: f32) {
        let right = self.size.0 - Self::RIGHT;
        let gap = (self.size.1 - 22.0) / self.engine.processes().len().max(1) as f32;
        for process in ProcessId::all(self.engine.processes().len()) {
            let y = self.y(process);
            if gap >= 11.0 {
                let size = if self.projector { 20.0 } else { 13.0 };
                picture.shapes.push(Shape::text(at(12.0, y), process.to_string(), size, Align::Start, Ink::Ink));
            }
            let mut from = Self::LEFT;
            let mut up = true;
            for fact in self.facts.iter().filter(|fact| fact.choice.process() == Some(process)) {
                let x = self.x(fact.at_us);
                if fact.crashed && up {
                    picture.shapes.push(Shape::line(at(from, y), at(x, y), stroke(Ink::Faint, width)));
                    (from, up) = (x, false);
                } else if matches!(fact.choice, Choice::Recover(_)) && !up {
                    picture.shapes.push(Shape::line(at(from, y), at(x, y), dashed(Ink::Faint, width)));
                    (from, up) = (x, true);
                }
            }
            let rest = if up { stroke(Ink::Faint, width) } else { dashed(Ink::Faint, width) };
            picture.shapes.push(Shape::line(at(from, y), at(right, y), rest));
        }
    }

    /// Solid when delivered, dashed in flight, broken off with a cross when lost.
    fn letters(&self, picture: &mut Picture, width: f32, tone: &impl Fn(ProcessId, u64) -> Ink) {
        let mut sent = Sends::default();
        for fact in self.facts {
            sent.note(fact);
            let (id, received) = match fact.choice {
                Choice::Deliver(id) => (id, true),
                Choice::Lose(id) => (id, false),
                _ => continue,
            };
            let before = fact.letter.as_ref().map_or(fact.at_us, |(_, sent_us)| *sent_us);
            let sent_us = sent.get(id).map_or(before, |(_, _, sent_us, drawn)| {
                *drawn = true;
                *sent_us
            });
            let (start, end) = (self.spot(id.from, sent_us), self.spot(id.to, fact.at_us));
            let ink = tone(id.to, fact.event);
            let value = fact.letter.as_ref().and_then(|(payload, _)| payload.value());
            if received {
                picture.shapes.push(Shape::line(start, end, stroke(ink, width * 0.9)));
                arrow(picture, start, end, ink);
                self.bead(picture, start.towards(end, 0.5), value.as_ref(), ink);
            } else {
                let broken = start.towards(end, 0.6);
                picture.shapes.push(Shape::line(start, broken, stroke(ink, width * 0.9)));
                let cross = if ink == Ink::Ink { Ink::Alarm } else { ink };
                picture.shapes.extend(Shape::cross(broken, 4.5, stroke(cross, width * 1.3)));
            }
        }
        for (id, event, sent_us, drawn) in sent.list {
            if drawn || event >= self.position {
                continue;
            }
            let start = self.spot(id.from, sent_us);
            let due_us = self.engine.flight(id).map_or(self.now_us, |flight| flight.due_us.max(self.now_us));
            let whole = due_us.saturating_sub(sent_us).max(1) as f32;
            let part = (self.now_us.saturating_sub(sent_us) as f32 / whole).clamp(0.06, 1.0);
            let end = start.towards(self.spot(id.to, due_us), part);
            picture.shapes.push(Shape::line(start, end, dashed(tone(id.from, event), width * 0.9)));
        }
    }

    /// A dot in the middle of a letter's line, in the colour of its value.
    fn bead(&self, picture: &mut Picture, centre: Point, value: Option<&crate::process::Value>, ink: Ink) {
        let fill = Ink::of(value);
        if fill != Ink::Paper && ink == Ink::Ink {
            picture.shapes.push(Shape::Disc { centre, radius: 3.2, fill: Some(fill), stroke: Some(stroke(ink, 0.9)) });
        }
    }

    fn event(&self, fact: &Fact, picture: &mut Picture, tone: &impl Fn(ProcessId, u64) -> Ink) {
        let Some(process) = fact.choice.process() else { return };
        let centre = self.spot(process, fact.at_us);
        let ink = tone(process, fact.event);
        picture.targets.push((Target::Event(fact.event), centre, 9.0));
        if self.selected == Some(fact.event) {
            let ring = Some(stroke(Ink::Focus, 2.0));
            picture.shapes.push(Shape::Disc { centre, radius: 9.0, fill: None, stroke: ring });
        }
        let decided = fact.outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Decide(value) => Some(value),
            _ => None,
        });
        let outline = Some(stroke(ink, 1.4));
        match decided {
            Some(value) if ink == Ink::Ink => {
                let fill = Ink::of(Some(value));
                picture.shapes.push(Shape::Disc { centre, radius: 7.5, fill: Some(fill), stroke: outline });
                if value.bit().is_some() {
                    let text = value.to_string();
                    let (align, ink) = (Align::Middle, fill.text_on());
                    picture.shapes.push(Shape::Text { place: centre, text, size: 11.0, align, ink, bold: true });
                }
            }
            _ => picture.shapes.push(Shape::Disc { centre, radius: 2.6, fill: Some(ink), stroke: None }),
        }
        if fact.crashed {
            let cross = if ink == Ink::Ink { Ink::Alarm } else { ink };
            picture.shapes.extend(Shape::cross(centre, 6.5, stroke(cross, 2.2)));
        }
        if matches!(fact.choice, Choice::Recover(_)) {
            picture.shapes.push(Shape::Disc { centre, radius: 5.5, fill: Some(Ink::Paper), stroke: outline });
        }
    }
}

fn arrow(picture: &mut Picture, start: Point, end: Point, ink: Ink) {
    let long = start.distance(end);
    if long < 10.0 {
        return;
    }
    let back = end.towards(start, 7.0 / long);
    let (dx, dy) = ((end.y - start.y) / long * 2.8, (start.x - end.x) / long * 2.8);
    let points = vec![end.towards(start, 2.0 / long), back.by(dx, dy), back.by(-dx, -dy)];
    picture.shapes.push(Shape::Polygon { points, fill: ink, stroke: stroke(ink, 0.5) });
}
