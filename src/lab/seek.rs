//! Where in the run one looks: steps, leaps, branches, and what is at hand of the events around.

use super::{AHEAD_EVENTS, Action, Lab, WINDOW_EVENTS};
use crate::history::Stop;
use crate::scenario::Scenario;
use crate::scene::Target;

/// How many events the run takes at once where it hurries: a frame's time and not much more.
const HURRY_EVENTS: u64 = 4_000;

/// The most events that are run to find a mark.
const MARK_EVENTS_MAX: u64 = 100_000;

/// Where the run goes on to as fast as it can: whatever comes first.
#[derive(Clone, Copy)]
pub(super) struct HurryGoal {
    /// After so many events.
    pub event: u64,
    /// At this time, in microseconds.
    pub at_us: u64,
    /// At the next mark.
    pub mark: bool,
}

impl Default for HurryGoal {
    fn default() -> Self {
        HurryGoal { event: u64::MAX, at_us: u64::MAX, mark: false }
    }
}

impl Lab {
    /// One event; false at the end.
    pub(super) fn step(&mut self) -> bool {
        let known = self.facts.last().map_or(0, |fact| fact.event + 1);
        let result = if known == self.history().position() {
            if self.facts.len() as u64 >= 3 * WINDOW_EVENTS {
                self.facts.drain(..WINDOW_EVENTS as usize);
            }
            self.sheet.history.tell().map(|fact| self.facts.push(fact))
        } else {
            self.sheet.history.next().map(|_| ())
        };
        match result {
            Ok(()) => {
                self.stop = None;
                true
            }
            Err(stop) => {
                self.stop = Some(stop);
                self.playing = false;
                false
            }
        }
    }

    pub(super) fn seek(&mut self, event: u64) {
        self.playing = false;
        let begin = event.saturating_sub(WINDOW_EVENTS);
        let end = self.facts.last().map_or(0, |fact| fact.event + 1);
        if self.facts.first().is_some_and(|fact| (fact.event..=end).contains(&begin)) {
            self.stop = self.sheet.history.seek(event).err();
        } else {
            // Nothing near is at hand: the details are taken down on the way.
            (self.facts, self.stop) = self.sheet.history.visit(event, begin, event + AHEAD_EVENTS);
        }
        self.settle();
    }

    /// The picture shows the moment of the last event.
    pub(super) fn settle(&mut self) {
        self.now_us = self.history().engine().now_us();
        self.refresh();
    }

    pub(super) fn along(&mut self, forwards: bool) {
        let Some(Target::Process(process)) = self.selected else {
            return self.act(if forwards { Action::Next(1) } else { Action::Back(1) });
        };
        if forwards {
            self.playing = false;
            while self.step() {
                let last = self.history().records()[self.history().position() as usize - 1].choice.process();
                if last == Some(process) {
                    break;
                }
            }
            self.settle();
        } else {
            let before = self.history().position().saturating_sub(1) as usize;
            let records = &self.history().records()[..before];
            let event = records.iter().rposition(|record| record.choice.process() == Some(process));
            self.seek(event.map_or(0, |event| event as u64 + 1));
        }
    }

    /// Goes on towards `goal`; where that is far, in parts: the clock asks for the next one.
    pub(super) fn hurry(&mut self, goal: HurryGoal) {
        self.playing = false;
        let begin = self.history().position();
        self.goal = None;
        loop {
            let position = self.history().position();
            let late = |lab: &mut Lab| lab.sheet.history.next_us().is_some_and(|next_us| next_us > goal.at_us);
            let marked =
                goal.mark && self.history().marked().next_back().is_some_and(|(event, _)| event + 1 == position);
            if position >= goal.event || position > begin && marked || goal.at_us < u64::MAX && late(self) {
                break;
            }
            if position - begin == HURRY_EVENTS {
                self.goal = Some(goal);
                break;
            }
            if !self.step() {
                break;
            }
        }
        self.settle();
    }

    pub(super) fn mark(&mut self, forwards: bool) {
        let position = self.history().position();
        let (before, after) = {
            let marks = || self.history().marked().map(|(event, _)| event + 1);
            // The mark on which one stands is neither.
            (marks().rfind(|mark| *mark < position), marks().find(|mark| *mark > position))
        };
        if !forwards {
            return self.seek(before.unwrap_or(0));
        }
        match after {
            Some(after) => self.seek(after),
            None => {
                self.seek(self.history().records().len() as u64);
                let event = self.history().position() + MARK_EVENTS_MAX;
                self.hurry(HurryGoal { event, mark: true, ..HurryGoal::default() });
            }
        }
    }

    pub(super) fn seek_time(&mut self, at_us: u64) {
        let records = self.history().records();
        let event = records.partition_point(|record| record.at_us <= at_us);
        let known = event < records.len();
        self.seek(event as u64);
        if !known {
            self.hurry(HurryGoal { at_us, ..HurryGoal::default() });
        }
        // After the last event there is no time any more.
        let next_us = self.sheet.history.next_us().filter(|_| self.goal.is_none());
        self.now_us = self.now_us.max(next_us.map_or(0, |next_us| at_us.min(next_us)));
    }

    /// To the moment that was kept: of this run, or of the one that it was kept in.
    pub(super) fn come_back(&mut self) {
        let Some(kept) = self.kept.as_deref() else { return self.seek(0) };
        let (scenario, event) = kept.clone();
        let interventions = &scenario.interventions;
        let branch = self.history().branches().iter().position(|branch| branch.interventions == *interventions);
        let here = Scenario { interventions: interventions.clone(), ..self.scenario().clone() };
        match branch {
            Some(branch) if here == scenario => self.open_branch(branch, event),
            _ => {
                self.change(scenario);
                self.seek(event);
            }
        }
    }

    pub(super) fn undo(&mut self) {
        let here = (self.history().current(), self.history().position());
        if self.sheet.history.undo() {
            self.redo.push(here);
            self.facts.clear();
            self.stop = None;
            self.playing = false;
            self.settle();
        } else if let Some(old) = self.changed.pop() {
            let new = self.saved();
            let changed = std::mem::take(&mut self.changed);
            let mut undone = std::mem::take(&mut self.undone);
            undone.push(new);
            self.open(old);
            (self.changed, self.undone) = (changed, undone);
        } else {
            self.notice = Some("There is nothing to undo.".into());
        }
    }

    pub(super) fn redo(&mut self) {
        if let Some((branch, event)) = self.redo.pop() {
            self.open_branch(branch, event);
        } else if let Some(new) = self.undone.pop() {
            let undone = std::mem::take(&mut self.undone);
            self.change(new);
            self.undone = undone;
        } else {
            self.notice = Some("There is nothing to redo.".into());
        }
    }

    pub(super) fn open_branch(&mut self, branch: usize, event: u64) {
        self.playing = false;
        self.sheet.history.open(branch, event);
        self.facts.clear();
        self.stop = None;
        self.settle();
    }

    /// Brings the details of the events around the present up to date.
    pub(super) fn refresh(&mut self) {
        let at_rest = self.sheet.history.is_at_rest();
        self.at_rest.set(at_rest);
        // It is known without asking for one event too many.
        if at_rest && self.stop.is_none() && self.sheet.history.next_us().is_none() {
            self.stop = Some(Stop::Rest);
        }
        let position = self.history().position();
        let end = (self.history().records().len() as u64).min(position + AHEAD_EVENTS);
        let begin = position.saturating_sub(WINDOW_EVENTS);
        let known = self.facts.first().map(|fact| fact.event)..self.facts.last().map(|fact| fact.event + 1);
        match (known.start, known.end) {
            (Some(first), Some(last)) if first <= begin && (begin..=end).contains(&last) => {
                if last < end {
                    let more = self.history().facts(last, end);
                    self.facts.extend(more);
                }
                self.facts.drain(..(begin - first) as usize);
            }
            (Some(first), Some(last)) if first <= begin && last >= end => {}
            _ => self.facts = self.history().facts(begin, end),
        }
        if let Some(Target::Message(id)) = self.selected
            && self.history().engine().flight(id).is_none()
        {
            self.selected = None;
        }
    }
}
