//! Two runs side by side, kept in step: one transport for both.
//!
//! Nothing can be done to the runs here: they are looked at. What one wants to do is done in the laboratory, where
//! either of them can be opened.

use super::compare::Notes;
use super::time::{PACE_US, TAIL_US, UNTIMED_PACE_MS, window_us};
use super::{Action, Lab};
use crate::catalogue::Catalogue;
use crate::history::{POOL_BYTES, Stop};
use crate::scenario::SPEED_MAX;
use crate::scenario::{LinkError, PairLink, Scenario};

/// The most events that one action lets happen.
const EVENTS_MAX: u64 = 100_000;

/// The common part of the two runs while they go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum InStep {
    /// The moment in virtual time.
    #[default]
    Time,
    /// The number of events that have happened.
    Events,
}

/// When an event's turn is. By time: its time in microseconds, and how many of its own run have the same time and
/// come before it. By events: its number.
type Rank = (u64, u64);

/// Two runs side by side.
pub struct Pair {
    pub(super) labs: [Lab; 2],
    pub(super) notes: [Notes; 2],
    /// The one that was run to its end.
    ended: [bool; 2],
    in_step: InStep,
    playing: bool,
    waited_ms: f64,
    speed: i32,
    version: u64,
}

impl Pair {
    /// The two runs at their beginning. The error says which of them, and names the field.
    pub fn new(catalogue: &Catalogue, scenarios: [Scenario; 2]) -> Result<Pair, String> {
        let [left, right] = scenarios;
        let speed = left.speed();
        // Both together have the room of one run: with the one that stays behind them, the page's 32 MiB.
        let open = |scenario, side: &str| {
            Lab::within(catalogue, POOL_BYTES / 2, scenario).map_err(|error| format!("{side}: {error}"))
        };
        let mut pair = Pair {
            labs: [open(left, "left")?, open(right, "right")?],
            notes: Default::default(),
            ended: [false; 2],
            in_step: InStep::default(),
            playing: false,
            waited_ms: 0.0,
            speed,
            version: 0,
        };
        pair.settle();
        Ok(pair)
    }

    /// As a link left it.
    pub fn from_link(catalogue: &Catalogue, link: PairLink) -> Result<Pair, String> {
        let mut pair = Pair::new(catalogue, link.scenarios).map_err(|error| LinkError::Invalid(error).to_string())?;
        pair.in_step = if link.by_events { InStep::Events } else { InStep::Time };
        for (lab, position) in pair.labs.iter_mut().zip(link.positions) {
            lab.seek(position);
        }
        pair.settle();
        Ok(pair)
    }

    /// The sessions that lead back to this moment of both.
    pub fn link(&self) -> Result<String, LinkError> {
        let [left, right] = &self.labs;
        let positions = [left, right].map(|lab| lab.history().position());
        let scenarios = [left.saved(), right.saved()];
        PairLink { scenarios, positions, by_events: self.in_step == InStep::Events }.encode()
    }

    /// The two runs, left and right.
    pub fn labs(&self) -> &[Lab; 2] {
        &self.labs
    }

    /// The common part of the runs.
    pub fn in_step(&self) -> InStep {
        self.in_step
    }

    /// True if they go on by themselves.
    pub fn playing(&self) -> bool {
        self.playing
    }

    /// The speed: each step is a factor of two.
    pub fn speed(&self) -> i32 {
        self.speed
    }

    /// Changes whenever something that can be seen changes.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The viewer has seen `version` of something else in the same place.
    pub fn outdate(&mut self, version: u64) {
        self.version = self.version.max(version + 1);
    }

    /// True if both are over, as far as they go by themselves.
    pub fn is_over(&self) -> bool {
        self.labs.iter().all(|lab| lab.run.stop.is_some())
    }

    /// Keeps the runs in step in this way from now on.
    pub fn keep(&mut self, in_step: InStep) {
        self.in_step = in_step;
        self.align();
        self.settle();
    }

    /// When the next event of a run has its turn, if it has one.
    fn next_rank(&mut self, side: usize) -> Option<Rank> {
        let lab = &mut self.labs[side];
        if lab.run.stop.is_some() {
            return None;
        }
        let position = lab.history().position();
        match self.in_step {
            InStep::Events => Some((position + 1, 0)),
            InStep::Time => {
                // A run that is about to end may not know it yet: its turn is now.
                let at_us = lab.run.history.next_us().unwrap_or(lab.history().engine().now_us());
                let past = &lab.history().records()[..position as usize];
                let same = past.iter().rev().take_while(|record| record.at_us == at_us).count();
                Some((at_us, same as u64))
            }
        }
    }

    /// The turn of an event that has happened.
    fn rank(&self, side: usize, event: u64) -> Rank {
        match self.in_step {
            InStep::Events => (event, 0),
            InStep::Time => {
                let records = &self.labs[side].history().records()[..event as usize];
                let (record, before) = records.split_last().expect("an event has a record");
                let (at_us, before) = (record.at_us, before.iter().rev());
                (at_us, before.take_while(|record| record.at_us == at_us).count() as u64)
            }
        }
    }

    /// The number of events of a run that have their turn at `rank` or before, as far as it was run.
    fn upto(&self, side: usize, rank: Rank) -> u64 {
        let records = self.labs[side].history().records();
        match self.in_step {
            InStep::Events => rank.0.min(records.len() as u64),
            InStep::Time => {
                let before = records.partition_point(|record| record.at_us < rank.0);
                let same = records[before..].iter().take_while(|record| record.at_us == rank.0);
                (before + same.take(rank.1 as usize + 1).count()) as u64
            }
        }
    }

    /// The next event; in both runs, if it has the same turn in both. False where both are over.
    fn step(&mut self) -> bool {
        loop {
            let ranks = [self.next_rank(0), self.next_rank(1)];
            let Some(least) = ranks.into_iter().flatten().min() else { return false };
            let mut happened = false;
            for (lab, rank) in self.labs.iter_mut().zip(ranks) {
                if rank == Some(least) {
                    happened |= lab.step();
                }
            }
            self.note_ends();
            if happened {
                return true;
            }
        }
    }

    /// A run that has come to its end has no more events, wherever one looks at it later.
    fn note_ends(&mut self) {
        for (ended, lab) in self.ended.iter_mut().zip(&self.labs) {
            *ended |= lab.run.stop.is_some();
        }
    }

    /// Goes back, or forwards within what has been run, to the moment after all events up to `rank`.
    fn seek(&mut self, rank: Option<Rank>) {
        let targets = [0, 1].map(|side| rank.map_or(0, |rank| self.upto(side, rank)));
        for (lab, target) in self.labs.iter_mut().zip(targets) {
            lab.run.stop = lab.run.history.seek(target).err();
        }
    }

    /// The turn of the last event before the present that `wanted` picks, and that is not the very last.
    fn earlier(&self, wanted: impl Fn(usize, u64) -> bool) -> Option<Rank> {
        let position = |side: usize| self.labs[side].history().position();
        let last = [0, 1].into_iter().filter(|side| position(*side) > 0).map(|side| self.rank(side, position(side)));
        let last = last.max()?;
        let before = |side: usize| {
            let events = (1..=position(side)).rev().map(move |event| (side, event));
            let events = events.filter(|(side, event)| wanted(*side, *event));
            let mut ranks = events.map(|(side, event)| self.rank(side, event));
            ranks.find(|rank| *rank < last)
        };
        before(0).max(before(1))
    }

    /// To the moment `at_us`, in microseconds; in both runs, or if they keep step by events in the one of that side,
    /// and the other follows.
    pub fn seek_time(&mut self, side: usize, at_us: u64) {
        self.playing = false;
        match self.in_step {
            InStep::Time => {
                for lab in &mut self.labs {
                    until(lab, at_us);
                }
            }
            InStep::Events => {
                let records = self.labs[side].history().records();
                let events = records.partition_point(|record| record.at_us <= at_us) as u64;
                self.seek((events > 0).then_some((events, 0)));
            }
        }
        self.settle();
        if self.in_step == InStep::Time {
            let next_us = self.labs.iter_mut().filter_map(|lab| lab.run.history.next_us()).min();
            let now_us = at_us.min(next_us.unwrap_or(u64::MAX));
            for lab in &mut self.labs {
                lab.seat.now_us = lab.seat.now_us.max(now_us);
            }
        }
    }

    /// The run that is behind catches up.
    fn align(&mut self) {
        match self.in_step {
            InStep::Time => {
                let now_us = self.labs.iter().map(|lab| lab.history().engine().now_us()).max().unwrap_or(0);
                for lab in &mut self.labs {
                    until(lab, now_us);
                }
            }
            InStep::Events => {
                let events = self.labs.iter().map(|lab| lab.history().position()).max().unwrap_or(0);
                for lab in &mut self.labs {
                    lab.run.stop = lab.run.history.seek(events).err();
                }
            }
        }
    }

    /// The pictures show the moment of the last event, by time the same moment in both.
    fn settle(&mut self) {
        self.version += 1;
        self.note_ends();
        let common_us = self.labs.iter().map(|lab| lab.history().engine().now_us()).max().unwrap_or(0);
        for lab in &mut self.labs {
            lab.seat.now_us = if self.in_step == InStep::Time { common_us } else { lab.history().engine().now_us() };
        }
        self.refresh();
    }

    fn refresh(&mut self) {
        for (lab, notes) in self.labs.iter_mut().zip(&mut self.notes) {
            lab.refresh();
            notes.take(lab.history());
        }
    }

    /// Does what a person wants with both. What would change a run is for the laboratory.
    pub fn act(&mut self, action: Action) {
        self.version += 1;
        match action {
            Action::Toggle => return self.act(Action::Play(!self.playing)),
            Action::Play(playing) => {
                if playing && self.is_over() {
                    self.seek(None);
                    self.settle();
                }
                (self.playing, self.waited_ms) = (playing, f64::MAX);
                return;
            }
            Action::Speed(steps) => {
                self.speed = (self.speed + steps).clamp(-SPEED_MAX, SPEED_MAX);
                return;
            }
            Action::SeeAs(_) | Action::Select(_) | Action::Move(..) => {
                for lab in &mut self.labs {
                    lab.act(action.clone());
                }
                return;
            }
            Action::SeekTime(at_us) => return self.seek_time(0, at_us),
            Action::Next(events) | Action::End(events) => {
                for _ in 0..events.min(EVENTS_MAX) {
                    if !self.step() {
                        break;
                    }
                }
            }
            Action::Along(true) => return self.act(Action::Next(1)),
            Action::Along(false) => return self.act(Action::Back(1)),
            Action::Back(events) => {
                for _ in 0..events {
                    let before = self.earlier(|_, _| true);
                    self.seek(before);
                }
            }
            Action::Seek(event) => {
                let known = self.labs[0].history().records().len() as u64;
                let event = event.min(known);
                let rank = (event > 0).then(|| self.rank(0, event));
                self.seek(rank);
            }
            Action::Wave => {
                for lab in &mut self.labs {
                    if lab.run.history.wave() == 0 {
                        lab.step();
                    }
                }
                self.align();
            }
            Action::Mark(true) => {
                for _ in 0..EVENTS_MAX {
                    let before = [0, 1].map(|side| self.labs[side].history().position());
                    let happened = self.step();
                    let marked = self.labs.iter().zip(before).any(|(lab, before)| {
                        let fresh = before as usize..lab.history().position() as usize;
                        lab.history().records()[fresh].iter().any(|record| record.mark.is_some())
                    });
                    if marked || !happened {
                        break;
                    }
                }
            }
            Action::Mark(false) => {
                let marked = self.earlier(|side, event| {
                    self.labs[side].history().record(event).is_some_and(|record| record.mark.is_some())
                });
                self.seek(marked);
            }
            _ => return,
        }
        self.playing = false;
        self.settle();
    }

    /// Goes to just after the first event in which the runs differ, and on to it where it is still to come. False if
    /// they do not differ, as far as they go.
    pub fn seek_difference(&mut self) -> bool {
        self.playing = false;
        for _ in 0..EVENTS_MAX {
            if self.first_difference().is_some() || !self.step() {
                break;
            }
        }
        let first = self.first_difference();
        if let Some(event) = first {
            let known = |side: &usize| event <= self.labs[*side].history().records().len() as u64;
            let rank = [0, 1].into_iter().filter(known).map(|side| self.rank(side, event)).min();
            self.seek(rank);
        }
        self.settle();
        first.is_some()
    }

    /// The number of the first event in which the runs differ, as far as they were run: in what happened, when, or
    /// what it did.
    pub fn first_difference(&self) -> Option<u64> {
        let [left, right] = self.labs.each_ref().map(|lab| lab.history().records());
        let common = left.len().min(right.len());
        // The hash is of everything up to there: runs that have parted do not meet again.
        let (mut same, mut differ) = (0, common);
        while same < differ {
            let middle = (same + differ) / 2;
            if left[middle].hash == right[middle].hash { same = middle + 1 } else { differ = middle }
        }
        let shorter = usize::from(left.len() > right.len());
        let ended = left.len() != right.len() && self.ended[shorter];
        (differ < common || ended).then_some(differ as u64 + 1)
    }

    /// Lets `ms` real milliseconds pass. Returns whether the page has to be told.
    pub fn tick(&mut self, ms: f64) -> bool {
        if !self.playing {
            return false;
        }
        self.version += 1;
        let factor = 2f64.powi(self.speed);
        let timed = self.labs.iter().all(|lab| lab.history().plan().setup.timed);
        let mut happened = false;
        if timed && self.in_step == InStep::Time {
            let now_us = self.labs[0].seat.now_us.max(self.labs[1].seat.now_us);
            let target_us = now_us + (ms.min(100.0) * PACE_US * factor) as u64;
            let mut budget = 2_000;
            while budget > 0 && (0..2).filter_map(|side| self.next_rank(side)).any(|(at_us, _)| at_us <= target_us) {
                happened |= self.step();
                budget -= 1;
            }
            for lab in &mut self.labs {
                lab.seat.now_us = target_us;
            }
            let end_us = self.labs.iter().map(|lab| lab.history().engine().now_us()).max().unwrap_or(0) + TAIL_US;
            let still = |lab: &mut Lab| lab.run.history.next_us().is_none();
            if target_us >= end_us && self.labs.iter_mut().all(still) {
                self.playing = self.step();
            }
        } else {
            self.waited_ms += ms.min(100.0);
            if self.waited_ms >= UNTIMED_PACE_MS / factor {
                self.waited_ms = 0.0;
                happened = self.step();
                self.playing = happened;
                self.settle();
            }
        }
        self.playing &= !self.is_over();
        if happened || !self.playing {
            self.refresh();
        }
        happened || !self.playing
    }

    /// The span of time that a diagram shows, in microseconds. By time it is the same for both, so that they can
    /// stand one above the other.
    pub fn window_us(&self, side: usize, width_us: u64) -> (u64, u64) {
        let end = |lab: &Lab| lab.history().records().last().map_or(0, |record| record.at_us);
        let (now_us, end_us) = match self.in_step {
            InStep::Time => {
                (self.labs[0].seat.now_us.max(self.labs[1].seat.now_us), end(&self.labs[0]).max(end(&self.labs[1])))
            }
            InStep::Events => (self.labs[side].seat.now_us, end(&self.labs[side])),
        };
        window_us(now_us, end_us, width_us)
    }

    /// Why both stand still, in words.
    pub fn rest(&self) -> Option<String> {
        let words = |lab: &Lab| lab.run.stop.as_ref().map(Stop::to_string);
        let [left, right] = self.labs.each_ref().map(words);
        let (left, right) = (left?, right?);
        Some(if left == right { left } else { format!("left: {left}; right: {right}") })
    }
}

/// Brings a run to the moment `at_us`, back or forwards, further than it was run if need be.
fn until(lab: &mut Lab, at_us: u64) {
    let known = lab.history().records().partition_point(|record| record.at_us <= at_us) as u64;
    if known != lab.history().position() {
        lab.run.stop = lab.run.history.seek(known).err();
    }
    for _ in 0..EVENTS_MAX {
        let due = lab.run.stop.is_none() && lab.run.history.next_us().is_some_and(|next_us| next_us <= at_us);
        if !due || !lab.step() {
            break;
        }
    }
}
