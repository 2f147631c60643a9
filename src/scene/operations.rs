//! A history of operations: a lane for each process, a bar from each invocation to its response, and on the bars the
//! order that was found, or the operation that fits nowhere.

use super::{Align, Ink, Picture, Shape, Stroke, Target, at, clipped, dashed, stroke, text_width};
use crate::operation::{
    Culprit, HistoryEvent, Linearisability, Operation, OperationHistory, OperationOutcome, Placed, ProcessName, clause,
    label, sentence, why,
};
use crate::quote::shortened;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What the picture shows.
pub struct OperationDiagram<'a> {
    /// The history.
    pub history: &'a OperationHistory,
    /// What is known of it.
    pub verdict: &'a Linearisability,
    /// The events that are shown, by their indices: the operations that are under way in them.
    pub window: Range<usize>,
}

/// The height of text.
const SIZE: f32 = 12.0;
/// The most characters on a bar.
const LABEL_MAX: usize = 46;
/// How far apart two events are at least.
const GAP: f32 = 18.0;
/// How far apart lanes are, and what is above the first one and below the last one.
const LANE: f32 = 54.0;
const ABOVE: f32 = 58.0;
const BELOW: f32 = 16.0;
/// Half of the height of a bar, and how far below its middle the mark stands.
const BAR: f32 = 11.0;
const MARK: f32 = 26.0;
const MARGIN: f32 = 18.0;

/// Where everything is.
struct Layout {
    /// The place of each event of the window.
    x: Vec<f32>,
    lanes: BTreeMap<ProcessName, f32>,
    left: f32,
    size: (f32, f32),
}

/// The number of an operation in the order, and where its mark is.
struct OrderMark {
    number: usize,
    after: usize,
    /// Of the marks in the same gap between two events: which one it is, of how many.
    share: (usize, usize),
}

/// The words on a bar.
fn written(operation: &Operation) -> String {
    clipped(label(operation), LABEL_MAX)
}

/// Half of the width of a mark.
fn half_of(number: usize) -> f32 {
    (text_width(&number.to_string(), 11.0) / 2.0 + 4.0).max(9.0)
}

impl OperationDiagram<'_> {
    /// The indices of the operations that are shown.
    pub fn shown(&self) -> impl Iterator<Item = usize> {
        let under_way = |operation: &Operation| {
            let ended = operation.outcome != OperationOutcome::Unknown;
            let end = operation.responded.filter(|_| ended).map_or(usize::MAX, |(event, _)| event);
            operation.invoked < self.window.end && end >= self.window.start
        };
        self.history.operations().iter().enumerate().filter(move |(_, one)| under_way(one)).map(|(index, _)| index)
    }

    fn culprit(&self) -> Option<&Culprit> {
        match self.verdict {
            Linearisability::NotLinearisable(culprit) => culprit.as_ref(),
            _ => None,
        }
    }

    /// The marks of the window, by operation.
    fn marks(&self) -> BTreeMap<usize, OrderMark> {
        let Linearisability::Linearisable(order) = self.verdict else { return BTreeMap::new() };
        let mut shares: BTreeMap<usize, usize> = BTreeMap::new();
        let mut marks = BTreeMap::new();
        for (number, Placed { operation, after }) in
            (1..).zip(order).filter(|(_, one)| self.window.contains(&one.after))
        {
            let share = shares.entry(*after).or_default();
            *share += 1;
            marks.insert(*operation, OrderMark { number, after: *after, share: (*share, 0) });
        }
        for mark in marks.values_mut() {
            mark.share.1 = shares[&mark.after];
        }
        marks
    }

    fn layout(&self, marks: &BTreeMap<usize, OrderMark>) -> Layout {
        let operations = self.history.operations();
        let names: BTreeSet<ProcessName> = self.shown().map(|index| operations[index].process).collect();
        let longest = names.iter().map(|name| text_width(&format!("process {name}"), SIZE)).fold(0.0, f32::max);
        let left = MARGIN + longest + 14.0;
        // How much room the marks behind an event need.
        let mut rooms: BTreeMap<usize, f32> = BTreeMap::new();
        for mark in marks.values() {
            let room = rooms.entry(mark.after).or_default();
            *room = ((2.0 * half_of(mark.number) + 4.0) * (mark.share.1 + 1) as f32).max(*room);
        }
        let (mut x, mut end): (Vec<f32>, f32) = (Vec::new(), left + GAP);
        for event in self.window.clone() {
            let mut place = end;
            if let HistoryEvent::Respond(operation) = self.history.events()[event] {
                // A bar is long enough for what is written on it.
                let one = &operations[operation];
                let begin = one.invoked.checked_sub(self.window.start).map_or(left, |index| x[index]);
                if one.outcome != OperationOutcome::Unknown {
                    place = place.max(begin + text_width(&written(one), SIZE) + 2.0 * BAR);
                }
            }
            x.push(place);
            end = place + GAP.max(rooms.get(&event).copied().unwrap_or_default());
        }
        // Whatever is open goes on to the right edge, which is far enough for what is written on it.
        for index in self.shown() {
            let one = &operations[index];
            let begin = one.invoked.checked_sub(self.window.start).map_or(left, |index| x[index]);
            end = end.max(begin + text_width(&written(one), SIZE) + 2.0 * BAR + GAP);
        }
        let words = self.headline().iter().map(|line| text_width(line, SIZE + 1.0)).fold(0.0, f32::max);
        let size = ((end + MARGIN).max(words + 2.0 * MARGIN), ABOVE + LANE * names.len() as f32 + BELOW);
        let lanes = (0..).zip(names).map(|(lane, name)| (name, ABOVE + LANE * (lane as f32 + 0.4))).collect();
        Layout { x, lanes, left, size }
    }

    /// What stands above the lanes.
    fn headline(&self) -> [String; 2] {
        let second = match self.verdict {
            Linearisability::Linearisable(_) => "The numbers are the order in which the operations took effect.".into(),
            Linearisability::NotLinearisable(Some(culprit)) => {
                format!("Up to the dashed line there is no order: {}.", why(culprit))
            }
            Linearisability::NotLinearisable(None) | Linearisability::Unknown => String::new(),
        };
        let first = match self.culprit() {
            Some(culprit) => {
                let operation = &self.history.operations()[culprit.operation];
                format!("Not linearisable: {} fits nowhere.", shortened(&label(operation)))
            }
            None => sentence(self.history, self.verdict),
        };
        [first, second]
    }

    /// The picture in words: the verdict, and a sentence for each operation that is shown, in the order found or in that
    /// of the invocations.
    pub fn words(&self) -> Vec<String> {
        let operations = self.history.operations();
        let marks = self.marks();
        let mut shown: Vec<usize> = self.shown().collect();
        shown.sort_by_key(|index| marks.get(index).map_or(usize::MAX, |mark| mark.number));
        let one = |index: usize| {
            let clause = clause(&operations[index]);
            match (marks.get(&index), self.culprit()) {
                (Some(mark), _) => format!("{}. {clause}.", mark.number),
                (None, Some(culprit)) if culprit.operation == index => format!("{clause}: this fits nowhere."),
                (None, Some(culprit)) if operations[index].invoked > culprit.event => format!("Later: {clause}."),
                _ => format!("{clause}."),
            }
        };
        [sentence(self.history, self.verdict)].into_iter().chain(shown.into_iter().map(one)).collect()
    }

    /// The picture.
    pub fn picture(&self) -> Picture {
        let marks = self.marks();
        let layout = self.layout(&marks);
        let mut picture = Picture { size: layout.size, ..Picture::default() };
        let [first, second] = self.headline();
        let first = Shape::Text {
            place: at(MARGIN, 18.0),
            text: first,
            size: SIZE + 1.0,
            align: Align::Start,
            ink: if self.culprit().is_some() { Ink::Alarm } else { Ink::Ink },
            bold: true,
        };
        picture.shapes.push(first);
        picture.shapes.push(Shape::text(at(MARGIN, 37.0), second, SIZE + 1.0, Align::Start, Ink::Soft));
        for (name, y) in &layout.lanes {
            let words = format!("process {name}");
            picture.shapes.push(Shape::text(at(layout.left - 14.0, *y), words, SIZE, Align::End, Ink::Ink));
            let (begin, end) = (at(layout.left, *y), at(layout.size.0 - MARGIN, *y));
            picture.shapes.push(Shape::line(begin, end, stroke(Ink::Faint, 1.0)));
        }
        if let Some(x) = self.culprit().and_then(|culprit| layout.x.get(culprit.event.checked_sub(self.window.start)?))
        {
            let (begin, end) = (at(x + 5.0, ABOVE - 6.0), at(x + 5.0, layout.size.1 - 6.0));
            picture.shapes.push(Shape::line(begin, end, dashed(Ink::Alarm, 1.4)));
        }
        for index in self.shown() {
            self.bar(index, &layout, &mut picture);
        }
        for (index, mark) in &marks {
            let y = layout.lanes[&self.history.operations()[*index].process];
            let place = mark.after - self.window.start;
            let from = layout.x[place];
            let to = layout.x.get(place + 1).copied().unwrap_or(layout.size.0 - MARGIN);
            let x = from + (to - from) * mark.share.0 as f32 / (mark.share.1 + 1) as f32;
            let line = stroke(Ink::Ink, 1.4);
            picture.shapes.push(Shape::line(at(x, y + BAR), at(x, y + MARK - 9.0), line));
            let half = (half_of(mark.number), 9.0);
            picture.shapes.push(Shape::Capsule { centre: at(x, y + MARK), half, fill: Ink::Paper, stroke: line });
            let number = mark.number.to_string();
            picture.shapes.push(Shape::text(at(x, y + MARK), number, 11.0, Align::Middle, Ink::Ink));
        }
        picture
    }

    /// An operation: a bar with its words on it. What has no known outcome is open to the right.
    fn bar(&self, index: usize, layout: &Layout, picture: &mut Picture) {
        let operation = &self.history.operations()[index];
        let is_culprit = self.culprit().is_some_and(|culprit| culprit.operation == index);
        let is_later = self.culprit().is_some_and(|culprit| operation.invoked > culprit.event);
        let y = layout.lanes[&operation.process];
        let place = |event: usize| event.checked_sub(self.window.start).map(|index| layout.x.get(index).copied());
        let (edge, open_left) = (layout.size.0 - MARGIN, operation.invoked < self.window.start);
        let left = place(operation.invoked).flatten().unwrap_or(layout.left);
        let ended = operation.responded.filter(|_| operation.outcome != OperationOutcome::Unknown);
        let right = ended.and_then(|(event, _)| place(event).flatten());
        let pen: Stroke = match &operation.outcome {
            _ if is_culprit => stroke(Ink::Alarm, 2.4),
            _ if is_later => stroke(Ink::Faint, 1.4),
            OperationOutcome::Failed => dashed(Ink::Soft, 1.2),
            OperationOutcome::Ok(_) | OperationOutcome::Unknown => stroke(Ink::Ink, 1.4),
        };
        match (open_left, right) {
            (false, Some(right)) => {
                let (centre, half) = (at((left + right) / 2.0, y), ((right - left) / 2.0, BAR));
                picture.shapes.push(Shape::Capsule { centre, half, fill: Ink::Paper, stroke: pen });
            }
            _ => {
                // Without an end on that side: it began before the picture, or goes on behind it.
                let end = right.unwrap_or(edge);
                let ground = stroke(Ink::Paper, 0.0);
                let corners = vec![at(left, y - BAR), at(end, y - BAR), at(end, y + BAR), at(left, y + BAR)];
                picture.shapes.push(Shape::Polygon { points: corners, fill: Ink::Paper, stroke: ground });
                let cut = BAR * 0.5;
                let begin = if open_left { vec![] } else { vec![at(left, y - BAR + cut), at(left, y + BAR - cut)] };
                let mut top = vec![at(end, y - BAR), at(left + if open_left { 0.0 } else { cut }, y - BAR)];
                let mut bottom = vec![at(left + if open_left { 0.0 } else { cut }, y + BAR), at(end, y + BAR)];
                if right.is_some() {
                    top[0] = at(end - cut, y - BAR);
                    bottom[1] = at(end - cut, y + BAR);
                    top.insert(0, at(end, y - BAR + cut));
                    bottom.push(at(end, y + BAR - cut));
                    bottom.push(at(end, y - BAR + cut));
                }
                if open_left {
                    picture.shapes.push(Shape::Line { points: top, stroke: pen });
                    picture.shapes.push(Shape::Line { points: bottom, stroke: pen });
                } else {
                    let points = top.into_iter().chain(begin).chain(bottom).collect();
                    picture.shapes.push(Shape::Line { points, stroke: pen });
                }
            }
        }
        let ink = match &operation.outcome {
            _ if is_culprit => Ink::Alarm,
            _ if is_later => Ink::Soft,
            OperationOutcome::Failed => Ink::Soft,
            OperationOutcome::Ok(_) | OperationOutcome::Unknown => Ink::Ink,
        };
        let (middle, align) = match right {
            Some(right) => (at((left + right) / 2.0, y), Align::Middle),
            None => (at(left + BAR, y), Align::Start),
        };
        picture.shapes.push(Shape::Text {
            place: middle,
            text: written(operation),
            size: SIZE,
            align,
            ink,
            bold: is_culprit,
        });
        if is_culprit {
            // Its end is the end of the prefix, so there is room before it.
            let end = at(right.unwrap_or(edge) - 2.0, y + MARK - 6.0);
            let words = "fits nowhere";
            let cross = end.by(-text_width(words, SIZE) - 8.0, 0.0);
            picture.shapes.extend(Shape::cross(cross, 4.5, stroke(Ink::Alarm, 2.0)));
            picture.shapes.push(Shape::text(end, words, SIZE, Align::End, Ink::Alarm));
        }
        let radius = (right.unwrap_or(edge) - left) / 2.0;
        picture.targets.push((Target::Node(index), at(left + radius, y), radius.max(BAR)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{OperationMoment, Register, judge, read};

    const STALE: &str = r#"{"process":0,"type":"invoke","f":"write","value":1}
{"process":1,"type":"invoke","f":"write","value":"a text that is much longer than any bar should be"}
{"process":0,"type":"ok","f":"write","value":1}
{"process":2,"type":"invoke","f":"read"}
{"process":1,"type":"info","f":"write"}
{"process":2,"type":"ok","f":"read","value":null}
{"process":1,"type":"invoke","f":"read"}
{"process":0,"type":"invoke","f":"write","value":4}
{"process":1,"type":"ok","f":"read","value":1}
{"process":0,"type":"fail","f":"write","value":4}"#;

    fn texts(picture: &Picture) -> Vec<(&str, f32, f32, f32)> {
        let text = |shape| match shape {
            &Shape::Text { ref text, place, size, align, .. } => {
                let wide = text_width(text, size);
                let left = match align {
                    Align::Start => place.x,
                    Align::Middle => place.x - wide / 2.0,
                    Align::End => place.x - wide,
                };
                Some((text.as_str(), left, left + wide, place.y))
            }
            _ => None,
        };
        picture.shapes.iter().filter_map(text).collect()
    }

    /// Every text is on the picture, and none touches another one.
    fn is_legible(picture: &Picture) {
        let texts = texts(picture);
        for (index, (text, left, right, y)) in texts.iter().enumerate() {
            assert!(*left >= 0.0 && *right <= picture.size.0 && *y > 0.0 && *y < picture.size.1, "{text}");
            for (other, from, to, height) in &texts[..index] {
                assert!(right < from || to < left || (y - height).abs() > 11.0, "{text} and {other}");
            }
        }
    }

    /// Bars that are closed on both sides are as wide as what is written in their middle.
    fn bars_hold_their_labels(picture: &Picture) {
        let texts = texts(picture);
        let mut bars = 0;
        for shape in &picture.shapes {
            let Shape::Capsule { centre, half, .. } = shape else { continue };
            let inside = |(_, left, right, y): &&(&str, f32, f32, f32)| {
                (y - centre.y).abs() < 1.0 && ((left + right) / 2.0 - centre.x).abs() < 1.0
            };
            let (text, left, right, _) = texts.iter().find(inside).expect("something is written on it");
            assert!(right - left <= 2.0 * half.0, "{text}");
            bars += 1;
        }
        assert!(bars > 3);
    }

    #[test]
    fn the_culprit_has_a_mark_and_all_that_came_later_is_faint() {
        let history = read(STALE).expect("it is well formed");
        let verdict = judge(Register::default(), &history).expect("reads and writes");
        let diagram = OperationDiagram { history: &history, verdict: &verdict, window: 0..history.events().len() };
        let picture = diagram.picture();
        is_legible(&picture);
        bars_hold_their_labels(&picture);
        let inks = |wanted: &str| {
            let ink = |shape: &Shape| match shape {
                Shape::Text { text, ink, .. } if text == wanted => Some(*ink),
                _ => None,
            };
            picture.shapes.iter().filter_map(ink).collect::<Vec<Ink>>()
        };
        assert_eq!(inks("read → null"), [Ink::Alarm]);
        assert_eq!((inks("read → 1"), inks("write 4 failed")), (vec![Ink::Soft], vec![Ink::Soft]));
        assert_eq!(inks("process 1/2"), [Ink::Ink]);
        let words = diagram.words();
        assert_eq!(words[3], "process 2: read returned null: this fits nowhere.");
        assert_eq!(words[4], "Later: process 1/2: read returned 1.");
        assert_eq!(picture.targets.len(), history.operations().len());
    }

    #[test]
    fn every_operation_of_the_order_has_its_number_under_its_bar() {
        let mut history = OperationHistory::default();
        // Many operations that begin together: their marks share a gap.
        for process in 0..20 {
            history.invoke(process, "write", process as i64, OperationMoment::default()).expect("it is free");
        }
        for process in (0..20).rev() {
            let done = OperationOutcome::Ok((process as i64).into());
            history.respond(process, done, OperationMoment::default()).expect("it waits");
            history.invoke(process, "read", (), OperationMoment::default()).expect("it is free");
        }
        let verdict = judge(Register::default(), &history).expect("reads and writes");
        let Linearisability::Linearisable(order) = &verdict else { panic!("{verdict:?}") };
        for window in [0..history.events().len(), 15..30] {
            let diagram = OperationDiagram { history: &history, verdict: &verdict, window: window.clone() };
            let picture = diagram.picture();
            is_legible(&picture);
            let numbers = texts(&picture).iter().filter(|(text, ..)| text.parse::<usize>().is_ok()).count();
            assert_eq!(numbers, order.iter().filter(|placed| window.contains(&placed.after)).count());
        }
    }
}
