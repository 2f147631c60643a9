//! Ways to another moment: steps, leaps, branches, the moment that was kept, and back to what was before an edit.

use super::{Action, Lab, Seat, Session};
use crate::scene::Target;
use std::rc::Rc;

/// The number of events that the run takes at once where it hurries: a frame's time and not much more.
const HURRY_EVENTS: u64 = 4_000;

/// The most events that are run to find a mark.
const MARK_EVENTS_MAX: u64 = 100_000;

/// The goal to which the run goes on as fast as it can: whatever comes first.
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
        let happened = self.run.step();
        self.playing &= happened;
        happened
    }

    pub(super) fn seek(&mut self, event: u64) {
        self.playing = false;
        self.run.seek(event);
        self.settle();
    }

    /// The picture shows the moment of the last event.
    pub(super) fn settle(&mut self) {
        self.seat.now_us = self.history().engine().now_us();
        self.refresh();
    }

    /// Brings what is at hand up to the present, and the seat with it.
    pub(super) fn refresh(&mut self) {
        self.run.refresh();
        self.seat.event = self.history().position();
        if let Some(Target::Message(id)) = self.seat.selected
            && self.history().engine().flight(id).is_none()
        {
            self.seat.selected = None;
        }
    }

    pub(super) fn along(&mut self, forwards: bool) {
        let Some(Target::Process(process)) = self.seat.selected else {
            return self.act(if forwards { Action::Next(1) } else { Action::Back(1) });
        };
        if forwards {
            self.playing = false;
            while self.step() {
                let last = self.history().record(self.history().position());
                if last.is_some_and(|record| record.choice.process() == Some(process)) {
                    break;
                }
            }
            self.settle();
        } else {
            let before = self.history().position().saturating_sub(1) as usize;
            let records = &self.history().records()[..before];
            let own = (1..).zip(records).filter(|(_, record)| record.choice.process() == Some(process));
            self.seek(own.last().map_or(0, |(event, _)| event));
        }
    }

    /// Goes on towards `goal`; where that is far, in parts: the clock asks for the next one.
    pub(super) fn hurry(&mut self, goal: HurryGoal) {
        self.playing = false;
        let begin = self.history().position();
        self.goal = None;
        loop {
            let position = self.history().position();
            let late = |lab: &mut Lab| lab.run.history.next_us().is_some_and(|next_us| next_us > goal.at_us);
            let marked = goal.mark && self.history().marked().next_back().is_some_and(|(event, _)| event == position);
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
            let marks = || self.history().marked().map(|(event, _)| event);
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
        let next_us = self.run.history.next_us().filter(|_| self.goal.is_none());
        self.seat.now_us = self.seat.now_us.max(next_us.map_or(0, |next_us| at_us.min(next_us)));
    }

    /// Keeps this moment, to come back to it.
    pub(super) fn keep(&mut self) {
        let Session { run, seat } = self.session();
        self.seat.bookmark = Some(Rc::new(Session { run, seat: Seat { bookmark: None, ..seat } }));
    }

    /// To the moment that was kept; to the beginning where none was. In the same run one looks from there as one does
    /// now; another run is entered with the seat of that moment.
    pub(super) fn come_back(&mut self) {
        let Some(kept) = self.seat.bookmark.as_deref().cloned() else { return self.seek(0) };
        match self.run.joined(&kept.run) {
            Some(run) => {
                self.playing = false;
                self.run.restore(&run, kept.seat.event);
                self.refresh();
                self.seat.now_us = kept.seat.now_us;
            }
            None => self.go(kept),
        }
    }

    /// To the branch and the seat of a session, where it is of this run; else to its run, too, which is an edit.
    pub(super) fn go(&mut self, session: Session) {
        let Session { run: tree, mut seat } = session;
        match self.run.joined(&tree) {
            Some(run) => self.run.restore(&run, seat.event),
            None => match self.run.replaced(Rc::clone(&tree.scenario)) {
                Ok(run) => {
                    self.edits.note(self.session());
                    self.run = run;
                    self.run.restore(&tree, seat.event);
                }
                Err(error) => {
                    self.notice = Some(error);
                    return;
                }
            },
        }
        self.playing = false;
        seat.bookmark = seat.bookmark.or_else(|| self.seat.bookmark.take());
        self.seat = seat;
    }

    pub(super) fn undo(&mut self) {
        match self.edits.undo(self.session()) {
            Some(before) => self.restore(before),
            None => self.notice = Some("There is nothing to undo.".into()),
        }
    }

    pub(super) fn redo(&mut self) {
        match self.edits.redo(self.session()) {
            Some(after) => self.restore(after),
            None => self.notice = Some("There is nothing to redo.".into()),
        }
    }

    /// Brings a session of before back, whole.
    fn restore(&mut self, session: Session) {
        self.playing = false;
        if !Rc::ptr_eq(&session.run.scenario, &self.run.scenario) {
            let run = self.run.replaced(Rc::clone(&session.run.scenario));
            self.run = run.expect("what has been run before can be run again");
        }
        self.run.restore(&session.run, session.seat.event);
        self.seat = session.seat;
    }

    pub(super) fn open_branch(&mut self, branch: usize, event: u64) {
        self.playing = false;
        self.run.open(branch, event);
        self.settle();
    }
}
