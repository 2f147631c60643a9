//! The lossy explorer: the strict one with faults within a budget.
//!
//! Messages may be lost and duplicated, timers fire, processes crash, also in the middle of a step, and come back with
//! what they had stored: so many times each. What a process has told its user is part of a configuration, so that a
//! check can look at it in every one. A process that has crashed keeps that and its decision; its mail is gone.
//! Where links keep the order, only the oldest message of each can be received.

use super::Progress;
use super::machine::{Event, Machine, Mail, NULL, RECOVERY, Step, Watch};
use super::search::{Found, Rules, Search};
use super::stations::Stations;
use super::view::{View, Viewed};
pub use crate::catalogue::Budget;
use crate::process::{ProcessId, Stack, Timer, Value};

/// A budget in one word of a configuration: six bits for each of its numbers.
fn pack(budget: Budget) -> u32 {
    let Budget { losses, duplicates, firings, crashes, recoveries } = budget;
    [losses, duplicates, firings, crashes, recoveries].iter().fold(0, |word, number| word << 6 | u32::from(*number))
}

fn unpack(word: u32) -> Budget {
    let number = |place: u32| (word >> (6 * place) & MOST) as u8;
    Budget { losses: number(4), duplicates: number(3), firings: number(2), crashes: number(1), recoveries: number(0) }
}

/// The most of each thing that a budget allows.
const MOST: u32 = 63;

/// What leads from a configuration to the next, with messages by their numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// A step: a start, a delivery, a timer, or a recovery.
    Step(Step),
    /// A message is lost.
    Lose(u32),
    /// A message is duplicated.
    Duplicate(u32),
    /// A process crashes in this step after so many of its effects; after none, the step did not happen at all.
    Crash(Step, usize),
}

/// The same, for people.
#[derive(Clone, PartialEq, Debug)]
pub enum Happening {
    /// A start or a delivery.
    Step(Event),
    /// A timer fires.
    Timeout(ProcessId, Timer),
    /// A process comes back.
    Recover(ProcessId),
    /// A message is lost.
    Lose(Mail),
    /// A message is duplicated.
    Duplicate(Mail),
    /// A process crashes in this step after so many of its effects; after none, between two steps.
    Crash(Event, usize),
}

/// The rules: a station for each process, then the budget that is left.
pub struct Faults {
    machine: Machine,
    stations: Stations,
}

impl Faults {
    /// The causes for which the process can take a step now, with the place of the message.
    fn causes(&self, station: u32, budget: Budget) -> Vec<(u32, Option<usize>)> {
        let local = self.stations.local(station);
        let receivable = self.stations.receivable(&self.machine, station);
        let mut causes: Vec<(u32, Option<usize>)> = receivable.map(|(place, message)| (message, Some(place))).collect();
        if !self.machine.started(local) {
            causes.push((NULL, None));
        } else if budget.firings > 0 {
            causes.extend(self.machine.timers(local).map(|(cause, _)| (cause, None)));
        }
        causes
    }

    /// Adds what is left when one process steps or crashes: its local state, the message that it has taken in, what it
    /// sends, and the budget.
    fn push(
        &mut self,
        from: &[u32],
        (process, local): (usize, u32),
        place: Option<usize>,
        (budget, sends): (Budget, &[u32]),
        deed: Deed,
        found: &mut Found<Deed>,
    ) {
        let words = found.push(process as u8, || deed, from);
        let (stations, left) = words.split_at_mut(self.machine.n());
        left[0] = pack(budget);
        stations[process] = if self.machine.crashed(local) {
            self.stations.name(&self.machine, local, &[])
        } else {
            self.stations.step(&self.machine, stations[process], local, place)
        };
        for &message in sends {
            let to = self.machine.recipient(message);
            if !self.machine.crashed(self.stations.local(stations[to])) {
                stations[to] = self.stations.add(&self.machine, stations[to], message);
            }
        }
    }

    /// A step of one process for one cause, and the budget after it.
    fn step(
        &mut self,
        (from, process): (&[u32], usize),
        (cause, place): (u32, Option<usize>),
        after: Budget,
        found: &mut Found<Deed>,
    ) {
        let branches = self.machine.step(self.stations.local(from[process]), cause);
        for branch in self.machine.branches(branches).to_vec() {
            let step = Step { process: process as u16, cause, coins: branch.coins };
            let sends = self.machine.sends(&branch).to_vec();
            self.push(from, (process, branch.local), place, (after, &sends), Deed::Step(step), found);
        }
    }

    /// The crash of one process in its step for one cause: after some of its effects or, `between` two steps, after
    /// none.
    fn crash(
        &mut self,
        (from, process): (&[u32], usize),
        (cause, place): (u32, Option<usize>),
        after: Budget,
        between: bool,
        found: &mut Found<Deed>,
    ) {
        let remains = self.machine.crash(self.stations.local(from[process]), cause);
        let remains = self.machine.branches(remains).to_vec();
        let wanted = if between { 0..1 } else { 1..remains.len() };
        for effects in wanted {
            let branch = &remains[effects];
            let step = Step { process: process as u16, cause, coins: branch.coins };
            let sends = self.machine.sends(branch).to_vec();
            self.push(from, (process, branch.local), place, (after, &sends), Deed::Crash(step, effects), found);
        }
    }
}

impl Rules for Faults {
    type Label = Deed;

    fn successors(&mut self, from: &[u32], found: &mut Found<Deed>) {
        let n = self.machine.n();
        let budget = unpack(from[n]);
        for process in 0..n {
            if self.machine.crashed(self.stations.local(from[process])) {
                if budget.recoveries > 0 {
                    let after = Budget { recoveries: budget.recoveries - 1, ..budget };
                    self.step((from, process), (RECOVERY, None), after, found);
                }
                continue;
            }
            for (cause, place) in self.causes(from[process], budget) {
                let fires = u8::from(place.is_none() && cause != NULL);
                let after = Budget { firings: budget.firings - fires, ..budget };
                self.step((from, process), (cause, place), after, found);
                if budget.crashes > 0 {
                    let after = Budget { crashes: budget.crashes - 1, ..after };
                    self.crash((from, process), (cause, place), after, false, found);
                }
            }
            if budget.crashes > 0 {
                let after = Budget { crashes: budget.crashes - 1, ..budget };
                self.crash((from, process), (NULL, None), after, true, found);
            }
        }
        for process in 0..n {
            let (local, mail) = (self.stations.local(from[process]), self.stations.mail(from[process]).to_vec());
            for (place, message) in mail.iter().copied().enumerate() {
                if place > 0 && mail[place - 1] == message {
                    continue;
                }
                if budget.losses > 0 {
                    let after = Budget { losses: budget.losses - 1, ..budget };
                    self.push(from, (process, local), Some(place), (after, &[]), Deed::Lose(message), found);
                }
                if budget.duplicates > 0 {
                    let after = Budget { duplicates: budget.duplicates - 1, ..budget };
                    self.push(from, (process, local), None, (after, &[message]), Deed::Duplicate(message), found);
                }
            }
        }
    }

    fn decided(&self, configuration: &[u32]) -> u8 {
        self.stations.decided(&configuration[..self.machine.n()])
    }
}

impl Viewed for Faults {
    fn view<'a>(&'a self, configuration: &'a [u32]) -> View<'a> {
        View { machine: &self.machine, stations: &self.stations, words: &configuration[..self.machine.n()] }
    }
}

/// A lossy exploration.
pub struct Lossy {
    search: Search<Faults>,
    checked: u32,
    violation: Option<(u32, String)>,
}

impl Lossy {
    /// An exploration of this stack from these inputs, over links that keep the order or do not; it ends when `limit`
    /// configurations are found.
    pub fn new(stack: &Stack, inputs: &[Option<Value>], budget: Budget, fifo: bool, limit: usize) -> Self {
        let n = inputs.len();
        assert_eq!(unpack(pack(budget)), budget, "at most {MOST} of each thing");
        let mut machine = Machine::new(stack, n, Watch { timers: true, user: true, storage: budget.recoveries > 0 });
        let mut stations = Stations::new(fifo);
        let locals = ProcessId::all(n).zip(inputs).map(|(p, input)| machine.unstarted(p, input.clone()));
        let locals: Vec<u32> = locals.collect();
        let mut root: Vec<u32> = locals.into_iter().map(|local| stations.name(&machine, local, &[])).collect();
        root.push(pack(budget));
        Lossy { search: Search::new(Faults { machine, stations }, &[root], limit), checked: 0, violation: None }
    }

    /// Expands at most `expansions` configurations and checks each that is found; `check` returns what is wrong.
    pub fn step(&mut self, expansions: usize, check: &mut dyn FnMut(View<'_>) -> Option<String>) -> Progress {
        let progress = self.search.step(expansions);
        while (self.checked as usize) < self.search.len() && self.violation.is_none() {
            let wrong = check(self.view(self.checked));
            self.violation = wrong.map(|wrong| (self.checked, wrong));
            self.checked += 1;
        }
        progress
    }

    /// Works until all is found or the limit is hit, or a check has found something wrong.
    pub fn run(&mut self, check: &mut dyn FnMut(View<'_>) -> Option<String>) -> Progress {
        loop {
            let progress = self.step(4_096, check);
            if progress.done || self.violation.is_some() {
                return progress;
            }
        }
    }

    /// The search as far as it has come: configurations and edges.
    pub fn search(&self) -> &Search<Faults> {
        &self.search
    }

    /// A configuration.
    pub fn view(&self, node: u32) -> View<'_> {
        self.search.view(node)
    }

    /// What is left of the budget in a configuration.
    pub fn budget(&self, node: u32) -> Budget {
        unpack(self.search.configuration(node)[self.search.rules.machine.n()])
    }

    /// The nearest configuration in which the check found something wrong, and what.
    pub fn violation(&self) -> Option<(u32, &str)> {
        self.violation.as_ref().map(|(node, wrong)| (*node, wrong.as_str()))
    }

    /// What happens on a shortest way to a configuration.
    pub fn schedule(&mut self, node: u32) -> Vec<Happening> {
        let path = self.search.path(node);
        let deeds = self.search.labels(&path);
        let machine = &self.search.rules.machine;
        let happening = |(place, deed): (usize, Deed)| match deed {
            Deed::Step(step) if step.cause == RECOVERY => Happening::Recover(ProcessId(step.process)),
            Deed::Step(step) => {
                let station = self.search.configuration(path[place])[usize::from(step.process)];
                let local = self.search.rules.stations.local(station);
                match machine.timers(local).find(|(cause, _)| *cause == step.cause) {
                    Some((_, timer)) => Happening::Timeout(ProcessId(step.process), timer),
                    None => Happening::Step(machine.event(step)),
                }
            }
            Deed::Lose(message) => Happening::Lose(machine.mail(message).clone()),
            Deed::Duplicate(message) => Happening::Duplicate(machine.mail(message).clone()),
            Deed::Crash(step, effects) => Happening::Crash(machine.event(step), effects),
        };
        deeds.into_iter().enumerate().map(happening).collect()
    }
}
