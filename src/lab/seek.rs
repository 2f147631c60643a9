//! Where in the run one looks: steps, leaps, branches, and what is at hand of the events around.

use super::{AHEAD_EVENTS, Action, Lab, WINDOW_EVENTS};
use crate::scene::Target;

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

    pub(super) fn mark(&mut self, forwards: bool) {
        let position = self.history().position();
        if forwards {
            self.playing = false;
            let begin = position;
            while self.history().position() - begin < 100_000 && self.step() {
                let last = self.history().position() as usize - 1;
                if self.history().records()[last].mark.is_some() {
                    break;
                }
            }
            self.settle();
        } else {
            let event = self.history().marked().map(|(event, _)| event + 1).rfind(|after| *after < position);
            self.seek(event.unwrap_or(0));
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
        self.at_rest.set(self.sheet.history.is_at_rest());
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
