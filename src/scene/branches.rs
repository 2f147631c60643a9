//! The branches of a run: a line for each, from where it leaves its parent to where it was left.

use super::{Align, Ink, Picture, Shape, Target, at, stroke};
use crate::history::{BranchSummary, Mark};

/// The content of the picture.
pub struct Branches<'a> {
    /// Each branch's number, its parent's, and how far it was run; parents come before their children.
    pub lines: &'a [(usize, Option<usize>, BranchSummary)],
    /// The branch that is open.
    pub current: usize,
    /// The horizontal place of a moment, in microseconds: that of the space-time diagram above.
    pub x: &'a dyn Fn(u64) -> f32,
    /// The place where the lines begin: their numbers stand to the left.
    pub left: f32,
    /// Width and height in pixels.
    pub size: (f32, f32),
}

impl Branches<'_> {
    /// The picture.
    pub fn picture(&self) -> Picture {
        let mut picture = Picture { size: self.size, ..Picture::default() };
        let gap = self.size.1 / self.lines.len().max(1) as f32;
        let y = |row: usize| gap * (row as f32 + 0.5);
        let x = |at_us: u64| (self.x)(at_us).min(self.size.0 - 8.0).max(self.left);
        for (row, (branch, parent, summary)) in self.lines.iter().enumerate() {
            let open = *branch == self.current;
            let (ink, width) = if open { (Ink::Ink, 2.6) } else { (Ink::Soft, 1.4) };
            let above = self.lines.iter().position(|(known, ..)| Some(*known) == *parent);
            let (from, end) = (x(summary.from_us), x(summary.end_us).max(x(summary.from_us) + 6.0));
            if let Some(above) = above {
                let corner = [at(from, y(above)), at(from, y(row))];
                picture.shapes.push(Shape::line(corner[0], corner[1], stroke(Ink::Soft, 1.4)));
            }
            picture.shapes.push(Shape::line(at(from, y(row)), at(end, y(row)), stroke(ink, width)));
            for (at_us, mark) in &summary.marks {
                let centre = at(x(*at_us), y(row));
                match mark {
                    Mark::Decision => {
                        let outline = Some(stroke(ink, 1.4));
                        picture.shapes.push(Shape::Disc {
                            centre,
                            radius: 4.0,
                            fill: Some(Ink::Paper),
                            stroke: outline,
                        });
                    }
                    Mark::Fault => {
                        picture.shapes.push(Shape::line(centre.by(0.0, -4.5), centre.by(0.0, 4.5), stroke(ink, 2.0)))
                    }
                    Mark::Violation => picture.shapes.extend(Shape::cross(centre, 4.5, stroke(Ink::Alarm, 2.2))),
                }
            }
            let (place, text) = (at(12.0, y(row)), (branch + 1).to_string());
            picture.shapes.push(Shape::Text { place, text, size: 13.0, align: Align::Start, ink, bold: open });
            // A target is a disc: a line is a row of them.
            let discs = ((end - from) / gap) as usize + 1;
            let along = (0..discs).map(|disc| at((from + gap * disc as f32).min(end), y(row)));
            let discs = along.chain([place]).map(|centre| (Target::Node(*branch), centre, gap / 2.0));
            picture.targets.extend(discs);
        }
        picture
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::lab::{Action, Lab};
    use crate::{engine::Choice, process::ProcessId};

    #[test]
    fn a_branch_hangs_on_its_parent_at_the_moment_in_which_it_left_it() {
        let mut lab = Lab::new(&Catalogue::builtin(), Catalogue::builtin().known("in-step").expect("in the gallery"))
            .expect("valid");
        lab.act(Action::End(1_000));
        let whole = lab.history().position();
        lab.act(Action::Seek(8));
        let fork_us = lab.now_us();
        lab.act(Action::Choose(Choice::Crash { process: ProcessId(1), after_effects: None }));
        lab.act(Action::Next(2));
        let lines: Vec<_> = lab
            .branches()
            .into_iter()
            .map(|branch| {
                (branch, lab.history().branches()[branch].parent.map(|(parent, _)| parent), lab.summary(branch))
            })
            .collect();
        assert_eq!(lines.iter().map(|(_, _, summary)| summary.events).collect::<Vec<_>>(), [whole, 11]);
        let x = |at_us: u64| 44.0 + at_us as f32 / 1_000.0;
        let branches = Branches { lines: &lines, current: 1, x: &x, left: 44.0, size: (600.0, 40.0) };
        let picture = branches.picture();
        let down = [at(x(fork_us), 10.0), at(x(fork_us), 30.0)];
        let joint = Shape::line(down[0], down[1], stroke(Ink::Soft, 1.4));
        assert!(picture.shapes.contains(&joint), "{:?}", picture.shapes);
        // The crash has its mark, on the line of the branch that it began.
        let mark = Shape::line(at(x(fork_us), 25.5), at(x(fork_us), 34.5), stroke(Ink::Ink, 2.0));
        assert!(picture.shapes.contains(&mark), "{:?}", picture.shapes);
        let hits = [at(50.0, 10.0), at(x(fork_us) + 1.0, 32.0), at(50.0, 32.0)].map(|place| picture.hit(place));
        assert_eq!(hits, [Some(Target::Node(0)), Some(Target::Node(1)), None]);
    }
}
