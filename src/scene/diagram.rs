//! The space-time diagram: a line for each process, a slanted line for each message (Lamport 1978, figure 1), and below
//! them the whole run at a glance.

use super::doubts::Doubts;
use super::{Align, Ink, Picture, Point, Shape, Stroke, Target, at, dashed, known_to, stroke};
use crate::engine::{Arrival, Choice, Engine, Fate, MessageId, ProcessSet};
use crate::history::{Fact, History, Mark};
use crate::model::Timing;
use crate::process::{Outcome, ProcessId, Value};

/// The content of the diagram.
pub struct Diagram<'a> {
    /// The run, at the present.
    pub history: &'a History,
    /// The events of the window, past and future, in order.
    pub facts: &'a [Fact],
    /// The moment of the present, in microseconds.
    pub now_us: u64,
    /// The first and the last moment shown, in microseconds.
    pub window_us: (u64, u64),
    /// The model of time, and since when it is in force, in microseconds.
    pub timings: &'a [(u64, Timing)],
    /// Width and height in pixels.
    pub size: (f32, f32),
    /// The process through whose eyes one looks: everything that is not in its past is faint.
    pub see_as: Option<ProcessId>,
    /// The selected thing, on the board or here.
    pub selected: Option<Target>,
    /// The event that is pointed at, here or in the log.
    pub peeked: Option<u64>,
    /// The processes that are not shown.
    pub hidden: ProcessSet,
}

/// The state of a process, as it is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) up: bool,
    /// Since when it is drawn like this.
    since_us: u64,
}

impl Diagram<'_> {
    /// The place where the lines begin: the names stand to the left.
    pub const LEFT: f32 = 44.0;
    /// The height of the strip that shows the whole run.
    pub const STRIP: f32 = 22.0;
    const RIGHT: f32 = 16.0;
    /// The least distance of lines of processes that have names, and room for thick strokes.
    const ROOMY: f32 = 11.0;
    /// The height below the lines: of the time, and of the strip.
    const BELOW: f32 = 18.0 + Self::STRIP;

    fn width(&self) -> f32 {
        self.size.0 - Self::LEFT - Self::RIGHT
    }

    pub(super) fn position(&self) -> u64 {
        self.history.position()
    }

    pub(super) fn engine(&self) -> &Engine {
        self.history.engine()
    }

    pub(super) fn n(&self) -> usize {
        self.engine().processes().len()
    }

    /// The end of what has been run, in microseconds.
    fn end_us(&self) -> u64 {
        self.history.records().last().map_or(0, |record| record.at_us).max(self.now_us).max(1)
    }

    /// The moment at `place`, in microseconds: in the strip one of the whole run.
    pub fn moment_at(&self, place: Point) -> u64 {
        let (from, to) = if place.y > self.size.1 - Self::STRIP { (0, self.end_us()) } else { self.window_us };
        let part = ((place.x - Self::LEFT) / self.width()).clamp(0.0, 1.0);
        from + (part * (to - from) as f32) as u64
    }

    /// The horizontal place of the moment `at_us`, in microseconds.
    pub fn x(&self, at_us: u64) -> f32 {
        let (from, to) = self.window_us;
        let part = (at_us as f64 - from as f64) / to.saturating_sub(from).max(1) as f64;
        Self::LEFT + part as f32 * self.width()
    }

    pub(super) fn gap(&self) -> f32 {
        (self.bottom() - 10.0) / self.shown_of(self.n()).max(1) as f32
    }

    /// A stroke of this width, but no more than a pixel where lines are close: they would run together, and thousands of
    /// them take a browser several times as long.
    fn pen(&self, ink: Ink, width: f32) -> Stroke {
        stroke(ink, if self.gap() < Self::ROOMY { width.min(1.0) } else { width })
    }

    /// The number of the first `n` processes that are shown.
    fn shown_of(&self, n: usize) -> usize {
        if self.hidden.is_empty() {
            return n;
        }
        ProcessId::all(n).filter(|process| !self.hidden.contains(*process)).count()
    }

    /// The place where the lines of the processes end.
    pub(super) fn bottom(&self) -> f32 {
        self.size.1 - Self::BELOW
    }

    /// The place where the line of `process` is, if it is shown.
    pub(super) fn y(&self, process: ProcessId) -> Option<f32> {
        let above = self.shown_of(process.index()) as f32;
        (!self.hidden.contains(process)).then(|| 10.0 + self.gap() * (above + 0.5))
    }

    pub(super) fn spot(&self, process: ProcessId, at_us: u64) -> Option<Point> {
        Some(at(self.x(at_us), self.y(process)?))
    }

    /// True if this moment is to be seen.
    pub(super) fn shows(&self, at_us: u64) -> bool {
        (self.window_us.0..=self.window_us.1).contains(&at_us)
    }

    /// When `event` happened, in microseconds.
    fn time_of(&self, event: u64) -> Option<u64> {
        self.history.record(event).map(|record| record.at_us)
    }

    /// The whole of a run, whose events are `facts`, as a file shows it: as wide as it has events, within bounds.
    pub fn whole(history: &History, facts: &[Fact]) -> Picture {
        let (n, end_us) = (history.engine().processes().len(), history.engine().now_us());
        let diagram = Diagram {
            history,
            facts,
            now_us: end_us,
            window_us: (0, end_us.max(1)),
            size: ((history.position() as f32 * 18.0).clamp(480.0, 4_000.0), 30.0 + 54.0 * n as f32),
            timings: &history.timings(),
            see_as: None,
            selected: None,
            peeked: None,
            hidden: ProcessSet::default(),
        };
        diagram.picture()
    }

    /// The picture.
    pub fn picture(&self) -> Picture {
        let mut picture = Picture { size: self.size, ..Picture::default() };
        let known = self.see_as.map(|eyes| known_to(self.facts, eyes, self.position(), self.n()));
        let first = self.facts.first().map_or(0, |fact| fact.event);
        let tone = |event: u64| match &known {
            _ if event > self.position() => Ink::Faint,
            Some(known) if event < first || !known[(event - first) as usize] => Ink::Faint,
            _ => Ink::Ink,
        };
        if self.see_as.is_none() {
            self.weather(&mut picture);
        }
        self.rounds(&mut picture);
        let bars = self.bars();
        self.draw_bars(&bars, &mut picture);
        self.lines(&mut picture, &tone);
        self.messages(&mut picture, &tone);
        // Timeouts below what else happened: alike comes after alike, so that a painter has less to do.
        let is_timeout = |fact: &&Fact| matches!(fact.choice, Choice::Timeout { .. });
        let shown = || self.facts.iter().filter(|fact| self.shows(fact.at_us));
        for fact in shown().filter(is_timeout).chain(shown().filter(|fact| !is_timeout(fact))) {
            self.event(fact, &mut picture, tone(fact.event));
        }
        self.draw_bar_labels(bars, &mut picture);
        let x = self.x(self.now_us);
        picture.shapes.push(Shape::line(at(x, 2.0), at(x, self.bottom() + 2.0), stroke(Ink::Focus, 1.4)));
        let time = format!("{} ms", self.now_us / 1_000);
        let align = if x > self.size.0 - 60.0 { Align::End } else { Align::Middle };
        picture.shapes.push(Shape::text(at(x, self.bottom() + 9.0), time, 12.0, align, Ink::Soft));
        self.strip(&mut picture);
        picture
    }

    /// Storms, as the simulation had them: no process knows.
    fn weather(&self, picture: &mut Picture) {
        let (from, to) = self.window_us;
        for (index, (since_us, timing)) in self.timings.iter().enumerate() {
            let until_us = self.timings.get(index + 1).map_or(to, |(next_us, _)| *next_us).min(to);
            for (begin, end) in
                timing.asynchronous_periods_us(self.engine().setup().seed, (*since_us).max(from), until_us)
            {
                let (left, right) = (self.x(begin), self.x(end));
                let points = vec![at(left, 2.0), at(right, 2.0), at(right, self.bottom()), at(left, self.bottom())];
                picture.shapes.push(Shape::Polygon { points, fill: Ink::Wash, stroke: stroke(Ink::Wash, 1.0) });
                if right - left > 34.0 {
                    let place = at(left + 4.0, self.bottom() - 6.0);
                    picture.shapes.push(Shape::text(place, "storm", 11.0, Align::Start, Ink::Soft));
                }
            }
        }
    }

    /// Rounds that all clocks agree on.
    fn rounds(&self, picture: &mut Picture) {
        let round_us = self.engine().models().timing.round_us().filter(|_| self.engine().setup().timed);
        let (from, to) = self.window_us;
        let Some(round_us) = round_us.filter(|round_us| (to - from) / round_us < 40) else { return };
        for round in from.div_ceil(round_us).max(1)..=to / round_us {
            let x = self.x(round * round_us);
            picture.shapes.push(Shape::line(at(x, 4.0), at(x, self.bottom()), dashed(Ink::Faint, 0.8)));
        }
    }

    /// The states of the processes when the window began: from those of now, back through what happened.
    fn lives(&self) -> Vec<Life> {
        let since_us = self.window_us.0;
        let mut lives: Vec<Life> =
            self.engine().processes().iter().map(|process| Life { up: process.is_alive(), since_us }).collect();
        for fact in self.facts.iter().rev().filter(|fact| fact.event <= self.position()) {
            if let Some(process) = fact.choice.process() {
                let up = &mut lives[process.index()].up;
                *up = (*up || fact.crashed) && !matches!(fact.choice, Choice::Recover(_));
            }
        }
        lives
    }

    /// The lines of the processes: dashed where one is down, jagged where one does not keep to its program.
    fn lines(&self, picture: &mut Picture, tone: &impl Fn(u64) -> Ink) {
        let mut lives = self.lives();
        let mut doubts = Doubts::new(self);
        for process in ProcessId::all(self.n()) {
            let Some(y) = self.y(process) else { continue };
            if self.gap() >= Self::ROOMY {
                let chosen = self.selected == Some(Target::Process(process));
                let ink = if chosen { Ink::Focus } else { Ink::Ink };
                let (place, text) = (at(12.0, y), process.to_string());
                picture.shapes.push(Shape::Text { place, text, size: 13.0, align: Align::Start, ink, bold: chosen });
                picture.targets.push((Target::Process(process), at(20.0, y), 15.0));
            }
        }
        for fact in self.facts.iter().filter(|fact| fact.at_us <= self.window_us.1) {
            for step in fact.by_process() {
                doubts.enter(fact, step, &lives, tone(fact.event), picture);
            }
            let Some(process) = fact.choice.process() else { continue };
            let life = lives[process.index()];
            if fact.crashed || matches!(fact.choice, Choice::Recover(_)) {
                self.stretch(process, life, fact.at_us, picture);
                lives[process.index()] = Life { up: !fact.crashed, since_us: fact.at_us.max(self.window_us.0) };
            }
        }
        for process in ProcessId::all(self.n()) {
            self.stretch(process, lives[process.index()], self.window_us.1, picture);
        }
        doubts.close(picture);
    }

    /// A part of a line on which nothing changes.
    fn stretch(&self, process: ProcessId, life: Life, until_us: u64, picture: &mut Picture) {
        let (Some(y), true) = (self.y(process), until_us > life.since_us) else { return };
        let (start, end) = (at(self.x(life.since_us), y), at(self.x(until_us), y));
        // Nobody knows how another one fares.
        let seen = self.see_as.is_none_or(|eyes| eyes == process);
        if seen && !life.up {
            picture.shapes.push(Shape::line(start, end, Stroke { dashed: true, ..self.pen(Ink::Faint, 1.4) }));
            return;
        }
        picture.shapes.push(Shape::line(start, end, self.pen(Ink::Faint, 1.4)));
        let lies_us = self.lies_us(process).unwrap_or(u64::MAX).max(life.since_us);
        let past_us = until_us.min(self.now_us);
        let middle = |at_us: u64| at(self.x(at_us), y);
        if seen && lies_us < past_us {
            picture.shapes.extend(jagged(middle(lies_us), middle(past_us), self.pen(Ink::Soft, 1.2)));
        }
        if seen && past_us > life.since_us {
            picture.shapes.push(Shape::line(start, middle(past_us.min(lies_us)), self.pen(Ink::Soft, 1.2)));
        }
    }

    /// Since when `process` is Byzantine, in microseconds, if it is: by plan, or by somebody's hand.
    pub(super) fn lies_us(&self, process: ProcessId) -> Option<u64> {
        let here = |choice: &Choice| matches!(choice, Choice::Byzantine { process: liar, .. } if *liar == process);
        if !self.engine().process(process).is_byzantine() {
            return None;
        }
        let planned =
            self.history.plan().setup.faults.iter().filter(|(_, choice)| here(choice)).map(|(at_us, _)| *at_us);
        let acts = self.history.interventions().iter().filter(|act| here(&act.choice));
        Some(planned.chain(acts.filter_map(|act| self.time_of(act.after))).min().unwrap_or(0))
    }

    /// Solid when delivered, dashed in flight, broken off with a cross when lost, double when it is a copy, jagged when
    /// it is not what its sender wrote.
    fn messages(&self, picture: &mut Picture, tone: &impl Fn(u64) -> Ink) {
        let (from, to) = self.window_us;
        // Alike comes after alike, so that a painter has less to do.
        let (mut arrows, mut beads) = (Vec::new(), Vec::new());
        for fact in self.facts.iter().filter(|fact| fact.at_us >= from) {
            let (id, received) = match fact.choice {
                Choice::Deliver(id) => (id, true),
                Choice::Lose(id) => (id, false),
                _ => continue,
            };
            let Some(Arrival { payload, sent_in, forged, progress, .. }) = &fact.arrival else { continue };
            let sent_us = self.time_of(*sent_in).unwrap_or(fact.at_us);
            if sent_us > to {
                continue;
            }
            let (Some(start), Some(end)) = (self.origin(id, *sent_in, sent_us), self.spot(id.to, fact.at_us)) else {
                continue;
            };
            let (ink, start) = (tone(fact.event), from_edge(start, end));
            let line = MessageLine { id, forged: *forged, start, ink };
            if received {
                line.draw(end, self.pen(ink, 1.3), picture);
                arrows.extend(arrow(start, end, ink));
                beads.extend(bead(start.towards(end, 0.5), payload.value().as_ref(), ink));
            } else {
                // It never reached the recipient's line, though it may have been in its input buffer.
                let broken = at(end.x, start.y + (end.y - start.y) * progress.clamp(0.1, 0.85));
                line.draw(broken, self.pen(ink, 1.3), picture);
                let cross = if ink == Ink::Ink { Ink::Alarm } else { ink };
                picture.shapes.extend(Shape::cross(broken, 4.5, stroke(cross, 1.8)));
            }
            // Its sender knows that it sent it, and not what became of it.
            if ink == Ink::Faint && tone(*sent_in) == Ink::Ink && self.see_as.is_some() {
                line.draw(start.towards(end, 0.3), Stroke { dashed: true, ..self.pen(Ink::Ink, 1.3) }, picture);
            }
        }
        picture.shapes.extend(arrows.into_iter().chain(beads));
        for flight in self.engine().flights() {
            let id = flight.id;
            let sent_us = self.time_of(flight.sent_in).unwrap_or(flight.sent_us);
            // A message that will be lost sets out like any other.
            let lost = flight.fate == Fate::Lost;
            let due_us = if lost { flight.arrives_us } else { flight.due_us }.max(self.now_us);
            let ends = (self.origin(id, flight.sent_in, sent_us), self.spot(id.to, due_us));
            let (Some(start), Some(door), true) = (ends.0, ends.1, due_us >= from) else { continue };
            let whole = due_us.saturating_sub(sent_us).max(1) as f32;
            let mut part = (self.now_us.saturating_sub(sent_us) as f32 / whole).clamp(0.06, 1.0);
            let ink = match self.selected {
                Some(Target::Message(selected)) if selected == id => Ink::Focus,
                _ => tone(flight.sent_in),
            };
            if self.see_as.is_some() {
                part = part.min(0.3);
            }
            let tip = start.towards(door, part);
            let start = from_edge(start, tip);
            let line = Stroke { dashed: true, ..self.pen(ink, 1.3) };
            MessageLine { id, forged: flight.forged, start, ink }.draw(tip, line, picture);
            picture.targets.push((Target::Message(id), tip, 8.0));
        }
    }

    /// The place where the line of a message begins: with whoever wrote it, or, where that was nobody in the run, on
    /// the way.
    fn origin(&self, id: MessageId, sent_in: u64, sent_us: u64) -> Option<Point> {
        let record = self.history.record(sent_in);
        match record.map(|record| record.choice.process()) {
            Some(None) => Some(self.spot(id.from, sent_us)?.towards(self.spot(id.to, sent_us)?, 0.4)),
            writer => self.spot(writer.flatten().unwrap_or(id.from), sent_us),
        }
    }

    fn event(&self, fact: &Fact, picture: &mut Picture, ink: Ink) {
        let process = fact.choice.process();
        let mark = self.history.record(fact.event).and_then(|record| record.mark);
        let spot = match process {
            Some(process) => self.spot(process, fact.at_us),
            // Events of links stand above all lines.
            None => mark.map(|_| at(self.x(fact.at_us), 6.0)),
        };
        let Some(centre) = spot else { return };
        let alarm = if ink == Ink::Ink { Ink::Alarm } else { ink };
        picture.targets.push((Target::Event(fact.event), centre, 9.0));
        if self.peeked == Some(fact.event) {
            let ring = Some(stroke(Ink::Focus, 2.0));
            picture.shapes.push(Shape::Disc { centre, radius: 10.0, fill: None, stroke: ring });
        }
        if mark == Some(Mark::Violation) {
            picture.shapes.push(diamond(centre, 11.0, Ink::Paper, stroke(alarm, 1.8)));
        }
        let decided = fact.outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Decide(value) => Some(value),
            _ => None,
        });
        let outline = Some(stroke(ink, 1.4));
        match (decided, fact.choice) {
            (Some(value), _) if ink == Ink::Ink => {
                let fill = Ink::of(Some(value));
                picture.shapes.push(Shape::Disc { centre, radius: 7.5, fill: Some(fill), stroke: outline });
                if value.bit().is_some() {
                    let text = value.to_string();
                    let (align, ink) = (Align::Middle, fill.text_on());
                    picture.shapes.push(Shape::Text { place: centre, text, size: 11.0, align, ink, bold: true });
                }
            }
            // Each process has its own clock: where its timers run out is where its rounds end.
            (_, Choice::Timeout { .. }) => {
                picture.shapes.push(Shape::line(centre.by(0.0, -5.0), centre.by(0.0, 5.0), self.pen(ink, 1.6)));
            }
            (_, Choice::Recover(_)) => {
                picture.shapes.push(Shape::Disc { centre, radius: 5.5, fill: Some(Ink::Paper), stroke: outline });
            }
            (_, Choice::Byzantine { .. }) => {
                picture.shapes.push(diamond(centre, 5.0, alarm, stroke(alarm, 1.0)));
            }
            _ if process.is_some() => {
                picture.shapes.push(Shape::Disc { centre, radius: 2.6, fill: Some(ink), stroke: None });
            }
            _ => picture.shapes.extend(Shape::cross(centre, 3.5, stroke(alarm, 1.8))),
        }
        if fact.crashed {
            picture.shapes.extend(Shape::cross(centre, 6.5, stroke(alarm, 2.2)));
        }
    }

    /// The whole run in a line, with its marks, the window and the present.
    fn strip(&self, picture: &mut Picture) {
        let y = self.size.1 - Self::STRIP / 2.0 + 2.0;
        let end_us = self.end_us();
        let x = |at_us: u64| Self::LEFT + self.width() * (at_us as f64 / end_us as f64).min(1.0) as f32;
        picture.shapes.push(Shape::line(at(x(0), y), at(x(end_us), y), stroke(Ink::Faint, 1.4)));
        let (from, to) = self.window_us;
        if from > 0 || to < end_us {
            picture.shapes.push(Shape::line(at(x(from), y + 5.0), at(x(to), y + 5.0), stroke(Ink::Soft, 1.4)));
        }
        // Of marks of a kind that would lie upon each other, one stands for all.
        let mut last = [f32::MIN; 3];
        for (event, record) in self.history.marked() {
            let Some(mark) = record.mark else { continue };
            let x = x(record.at_us);
            if x - last[mark as usize] < 4.0 {
                continue;
            }
            last[mark as usize] = x;
            let past = event <= self.position();
            let (ink, alarm) = if past { (Ink::Ink, Ink::Alarm) } else { (Ink::Soft, Ink::Soft) };
            match mark {
                Mark::Decision => picture.shapes.push(Shape::Disc {
                    centre: at(x, y),
                    radius: 3.6,
                    fill: Some(Ink::Paper),
                    stroke: Some(stroke(ink, 1.6)),
                }),
                Mark::Fault => picture.shapes.extend(Shape::cross(at(x, y), 3.2, stroke(alarm, 1.8))),
                Mark::Violation => picture.shapes.push(diamond(at(x, y), 5.0, alarm, stroke(alarm, 1.0))),
            }
        }
        let handle = at(x(self.now_us), y);
        picture.shapes.push(Shape::Disc {
            centre: handle,
            radius: 5.0,
            fill: Some(Ink::Focus),
            stroke: Some(stroke(Ink::Paper, 1.5)),
        });
    }
}

/// A message's line.
struct MessageLine {
    id: MessageId,
    forged: bool,
    start: Point,
    ink: Ink,
}

impl MessageLine {
    fn draw(&self, end: Point, line: Stroke, picture: &mut Picture) {
        let start = self.start;
        let long = start.distance(end).max(1.0);
        let (dx, dy) = ((end.y - start.y) / long * 1.7, (start.x - end.x) / long * 1.7);
        match (self.forged, self.id.copy) {
            (true, _) => picture.shapes.extend(jagged(start, end, line)),
            (_, 0) => picture.shapes.push(Shape::line(start, end, line)),
            _ => {
                for side in [1.0, -1.0] {
                    let line = Stroke { ink: self.ink, width: 0.9, ..line };
                    picture.shapes.push(Shape::line(
                        start.by(dx * side, dy * side),
                        end.by(dx * side, dy * side),
                        line,
                    ));
                }
            }
        }
    }
}

/// The place where a line enters the window that begins before it.
fn from_edge(start: Point, end: Point) -> Point {
    let before = (Diagram::LEFT - start.x) / (end.x - start.x).max(1.0);
    start.towards(end, before.clamp(0.0, 1.0))
}

/// A line of small teeth: what is not as its sender or its program would have it.
fn jagged(start: Point, end: Point, stroke: Stroke) -> Option<Shape> {
    let long = start.distance(end);
    let teeth = (long / 6.0) as usize;
    let (dx, dy) = ((end.y - start.y) / long.max(1.0) * 2.6, (start.x - end.x) / long.max(1.0) * 2.6);
    let tooth = |index: usize| {
        let side = if index.is_multiple_of(2) { 1.0 } else { -1.0 };
        start.towards(end, (index as f32 + 0.5) / teeth as f32).by(dx * side, dy * side)
    };
    let points = [start].into_iter().chain((0..teeth).map(tooth)).chain([end]).collect();
    (long > 0.5).then_some(Shape::Line { points, stroke })
}

pub(super) fn diamond(centre: Point, radius: f32, fill: Ink, stroke: Stroke) -> Shape {
    let corners = [(0.0, -radius), (radius, 0.0), (0.0, radius), (-radius, 0.0)];
    Shape::Polygon { points: corners.map(|(dx, dy)| centre.by(dx, dy)).to_vec(), fill, stroke }
}

/// A dot in the middle of a message's line, in the colour of its value.
fn bead(centre: Point, value: Option<&Value>, ink: Ink) -> Option<Shape> {
    let fill = Ink::of(value);
    let outline = Some(stroke(ink, 0.9));
    (fill != Ink::Paper && ink == Ink::Ink).then_some(Shape::Disc {
        centre,
        radius: 3.2,
        fill: Some(fill),
        stroke: outline,
    })
}

fn arrow(start: Point, end: Point, ink: Ink) -> Option<Shape> {
    let long = start.distance(end);
    let back = end.towards(start, 7.0 / long);
    let (dx, dy) = ((end.y - start.y) / long * 2.8, (start.x - end.x) / long * 2.8);
    let points = vec![end.towards(start, 2.0 / long), back.by(dx, dy), back.by(-dx, -dy)];
    (long >= 10.0).then_some(Shape::Polygon { points, fill: ink, stroke: stroke(ink, 0.5) })
}
