//! Links on the board: their rules, cuts and partitions.

use super::intruder::ear;
use super::{CROWD, Drawn, NEIGHBOURS};
use crate::model::ProcessSet;
use crate::process::ProcessId;
use crate::scene::{Align, Ink, Picture, Point, Shape, Target, at, dashed, stroke};

impl Drawn<'_> {
    pub(super) fn links(&self, picture: &mut Picture) {
        if self.n() > CROWD {
            return;
        }
        let parted = self.parted().map(|(side, _)| side);
        for from in ProcessId::all(self.n()) {
            let peers = self.scenario.topology.peers(from, self.n());
            for to in ProcessId::all(self.n()).filter(|to| *to > from && peers.contains(to)) {
                let (start, end) = (self.place(from), self.place(to));
                let selected = self.selected == Some(Target::Link(from, to));
                let line = stroke(if selected { Ink::Focus } else { Ink::Faint }, self.width() * 0.7);
                picture.shapes.push(Shape::line(start, end, line));
                let crosses = parted.is_some_and(|side| side.contains(from) != side.contains(to));
                let cuts = [(from, to, 0.42), (to, from, 0.58)];
                let bars = cuts.iter().filter(|(from, to, _)| !crosses && self.engine.is_cut(*from, *to));
                for (.., part) in bars.filter(|_| self.see_as.is_none()) {
                    let spot = start.towards(end, *part);
                    let long = start.distance(end).max(1.0);
                    let (dx, dy) = ((end.y - start.y) / long * 9.0, (start.x - end.x) / long * 9.0);
                    let bar = stroke(Ink::Alarm, self.width() * 1.6);
                    picture.shapes.push(Shape::line(spot.by(dx, dy), spot.by(-dx, -dy), bar));
                }
                if self.see_as.is_none() && self.n() <= NEIGHBOURS {
                    self.rules(from, to, picture);
                }
                // Lines that cross in their middles differ before and after.
                for part in [0.5, 0.35, 0.65] {
                    picture.targets.push((Target::Link(from, to), start.towards(end, part), 13.0));
                }
            }
        }
    }

    /// The marks of a link: that somebody listens, and rules of its own.
    fn rules(&self, from: ProcessId, to: ProcessId, picture: &mut Picture) {
        let models = self.engine.models();
        let (start, end) = (self.place(from), self.place(to));
        let long = start.distance(end).max(1.0);
        let beside = |part: f32, off: f32| {
            start.towards(end, part).by((end.y - start.y) / long * off, (start.x - end.x) / long * off)
        };
        for (from, to, part, off) in [(from, to, 0.3, -13.0), (to, from, 0.7, 13.0)] {
            if self.is_tapped(from, to) {
                picture.shapes.extend(ear(beside(part, off), 1.0));
            }
            let rules = models.between(from, to);
            if *rules != models.links {
                let text = format!("→{to} {}", rules.kind.name());
                let place = beside(if part < 0.5 { 0.62 } else { 0.38 }, off * 1.2);
                picture.shapes.push(Shape::text(place, text, 12.0, Align::Middle, Ink::Soft));
            }
        }
    }

    /// If the processes are in two groups without a link between them that works, the group without p0, and a line
    /// between the two where one fits.
    fn parted(&self) -> Option<(ProcessSet, [Point; 2])> {
        let n = self.n();
        if self.see_as.is_some() || !(2..=CROWD).contains(&n) {
            return None;
        }
        let mut reached = vec![ProcessId(0)];
        let mut next = 0;
        while let Some(from) = reached.get(next).copied() {
            next += 1;
            for to in self.scenario.topology.peers(from, n) {
                let works = !self.engine.is_cut(from, to) || !self.engine.is_cut(to, from);
                if works && !reached.contains(&to) {
                    reached.push(to);
                }
            }
        }
        let others: Vec<ProcessId> = ProcessId::all(n).filter(|process| !reached.contains(process)).collect();
        if others.is_empty() {
            return None;
        }
        let centre = |group: &[ProcessId]| {
            let sum = group.iter().fold(Point::default(), |sum, id| sum.by(self.place(*id).x, self.place(*id).y));
            at(sum.x / group.len() as f32, sum.y / group.len() as f32)
        };
        let (one, other) = (centre(&reached), centre(&others));
        let long = one.distance(other);
        if long < 1.0 {
            return None;
        }
        let along = |id: &ProcessId| {
            let place = self.place(*id);
            ((place.x - one.x) * (other.x - one.x) + (place.y - one.y) * (other.y - one.y)) / long
        };
        let near = reached.iter().map(along).fold(f32::MIN, f32::max);
        let far = others.iter().map(along).fold(f32::MAX, f32::min);
        if near >= far {
            return None;
        }
        let middle = one.towards(other, (near + far) / 2.0 / long);
        let line = self.across(middle, middle.by(one.y - other.y, other.x - one.x))?;
        Some((ProcessSet::of(others), line))
    }

    pub(super) fn cut(&self, picture: &mut Picture) {
        if let Some((_, [from, to])) = self.parted() {
            picture.shapes.push(Shape::line(from, to, dashed(Ink::Alarm, self.width() * 1.3)));
        }
    }
}
