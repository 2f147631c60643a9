//! The operations of users in the space-time diagram: a bar on the line of its process from invocation to response.

use super::diagram::Diagram;
use super::{Align, Ink, Picture, Shape, at, clipped, stroke, text_width};
use crate::history::UserOperation;
use crate::process::ProcessId;
use std::collections::BTreeMap;

/// The most characters of an operation that stand in the diagram.
const CHARACTERS_MAX: usize = 28;

/// The height of a label, in pixels.
const LABEL: f32 = 12.0;

/// The least distance of lines between which labels have room, in pixels.
const ROOMY: f32 = 34.0;

/// A bar: its place, and which of its ends are those of the operation.
pub(super) struct Bar {
    process: ProcessId,
    y: f32,
    left: f32,
    right: f32,
    begins: bool,
    ends: bool,
    ink: Ink,
    words: String,
}

impl Diagram<'_> {
    /// The bars below all else, each open at the end where its operation goes on; their words come later.
    pub(super) fn draw_bars(&self, bars: &[Bar], picture: &mut Picture) {
        let half = self.bar_half();
        for Bar { y, left, right, begins, ends, ink, .. } in bars {
            let (y, left, right) = (*y, *left, *right);
            let outline = stroke(*ink, 1.2);
            let corners = [at(right, y - half), at(left, y - half), at(left, y + half), at(right, y + half)];
            picture.shapes.push(Shape::Polygon {
                points: corners.to_vec(),
                fill: Ink::Wash,
                stroke: stroke(Ink::Wash, 0.5),
            });
            picture.shapes.push(Shape::line(corners[0], corners[1], outline));
            picture.shapes.push(Shape::line(corners[2], corners[3], outline));
            if *begins {
                picture.shapes.push(Shape::line(corners[1], corners[2], outline));
            }
            if *ends {
                picture.shapes.push(Shape::line(corners[3], corners[0], outline));
            }
        }
    }

    /// The words of the operations, above their bars and over all lines; those without room are left out.
    pub(super) fn draw_bar_labels(&self, bars: Vec<Bar>, picture: &mut Picture) {
        if self.gap() < ROOMY {
            return;
        }
        let above = self.bar_half() + LABEL * 0.5 + 3.0;
        let mut free: BTreeMap<ProcessId, f32> = BTreeMap::new();
        for Bar { process, y, left, ink, words, .. } in bars {
            let width = text_width(&words, LABEL);
            let last = free.entry(process).or_insert(Self::LEFT);
            if left < *last || left + width > self.size.0 {
                continue;
            }
            *last = left + width + 6.0;
            let (top, bottom) = (y - above - LABEL * 0.5, y - above + LABEL * 0.5);
            let points = vec![at(left, top), at(left + width, top), at(left + width, bottom), at(left, bottom)];
            picture.shapes.push(Shape::Polygon { points, fill: Ink::Paper, stroke: stroke(Ink::Paper, 0.5) });
            let ink = if ink == Ink::Faint { Ink::Soft } else { ink };
            picture.shapes.push(Shape::text(at(left + 2.0, y - above), words, LABEL, Align::Start, ink));
        }
    }

    /// Half of the height of a bar.
    fn bar_half(&self) -> f32 {
        (self.gap() * 0.16).clamp(2.0, 7.0)
    }

    /// The bars in sight. A viewer who sees as a process sees its own.
    pub(super) fn bars(&self) -> Vec<Bar> {
        let (from, to) = self.window_us;
        let (position, now_us) = (self.position(), self.now_us);
        let bar = |operation: &UserOperation| {
            let process = operation.process;
            let over = operation.end.as_ref().is_some_and(|end| end.event <= position && end.at_us < from);
            if over || self.see_as.is_some_and(|eyes| eyes != process) {
                return None;
            }
            let past = operation.event <= position;
            // An operation whose response is still to come is open at the present.
            let shown = if past { operation.at(position)? } else { operation.clone() };
            let reached_us = if past { now_us } else { to };
            let end_us = shown.end.as_ref().map_or(reached_us, |end| end.at_us);
            (end_us >= from).then_some(())?;
            Some(Bar {
                process,
                y: self.y(process)?,
                left: self.x(operation.at_us.max(from)),
                right: self.x(end_us.min(to)),
                begins: operation.at_us >= from,
                ends: shown.response().is_some() && end_us <= to,
                ink: if past { Ink::Ink } else { Ink::Faint },
                words: clipped(shown.words(), CHARACTERS_MAX),
            })
        };
        // They are in the order of their invocations.
        self.history.operations().iter().take_while(|operation| operation.at_us <= to).filter_map(bar).collect()
    }
}
