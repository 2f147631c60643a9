//! The lossy explorer: the strict one with faults within a budget.
//!
//! Messages may be lost and duplicated, timers fire, processes crash, also in the middle of a step, and come back with
//! what they had stored: so many times each. What a process has told its user is part of a configuration, so that a
//! check can look at it in every one. A process that has crashed keeps that and its decision; its mail is gone.
//! If links keep the order, only the oldest message of each can be received.

use super::SearchProgress;
use super::inbox_states::InboxStates;
use super::search::{Rules, Search, Successors, Viewed};
use super::step_table::{Mail, NULL, RECOVERY, StepTable, StrictEvent, StrictStep, Tracked};
use super::view::ConfigurationView;
pub use crate::catalogue::Budget;
use crate::process::{ProcessId, Program, Timer, Value};
use std::fmt;

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

/// The event that leads from a configuration to the next, with messages by their numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LossyStep {
    /// A step: a start, a delivery, a timer, or a recovery.
    Step(StrictStep),
    /// A message is lost.
    Lose(u32),
    /// A message is duplicated.
    Duplicate(u32),
    /// A process crashes in this step after so many of its effects; after none, the step did not happen at all.
    Crash(StrictStep, usize),
}

/// The same, for people.
#[derive(Clone, PartialEq, Debug)]
pub enum LossyEvent {
    /// A start or a delivery.
    Step(StrictEvent),
    /// A timer fires.
    Timeout(ProcessId, Timer),
    /// A process comes back.
    Recover(ProcessId),
    /// A message is lost.
    Lose(Mail),
    /// A message is duplicated.
    Duplicate(Mail),
    /// A process crashes in this step after so many of its effects; after none, between two steps.
    Crash(StrictEvent, usize),
}

/// In words: who takes in what from whom, and what goes wrong.
impl fmt::Display for LossyEvent {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LossyEvent::Step(event) => event.fmt(to),
            LossyEvent::Timeout(process, timer) => write!(to, "{process}’s timer {timer} fires"),
            LossyEvent::Recover(process) => write!(to, "{process} comes back"),
            LossyEvent::Lose(mail) => write!(to, "“{}” from {} to {} is lost", mail.payload.text(), mail.from, mail.to),
            LossyEvent::Duplicate(mail) => {
                write!(to, "“{}” from {} to {} is duplicated", mail.payload.text(), mail.from, mail.to)
            }
            LossyEvent::Crash(event, 0) => write!(to, "{} crashes", event.process),
            LossyEvent::Crash(event, effects) => write!(to, "{event}, and crashes after {effects} effects"),
        }
    }
}

/// The rules: a inbox state for each process, then the budget that is left.
pub struct LossyRules {
    step_table: StepTable,
    inbox_states: InboxStates,
}

impl LossyRules {
    /// The causes for which the process can take a step now, with the place of the message.
    fn causes(&self, inbox_state: u32, budget: Budget) -> Vec<(u32, Option<usize>)> {
        let local = self.inbox_states.local(inbox_state);
        let receivable = self.inbox_states.receivable(&self.step_table, inbox_state);
        let mut causes: Vec<(u32, Option<usize>)> = receivable.map(|(place, message)| (message, Some(place))).collect();
        if !self.step_table.started(local) {
            causes.push((NULL, None));
        } else if budget.firings > 0 {
            causes.extend(self.step_table.timers(local).map(|(cause, _)| (cause, None)));
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
        lossy_step: LossyStep,
        found: &mut Successors<LossyStep>,
    ) {
        let words = found.push(process as u8, || lossy_step, from);
        let (inbox_states, left) = words.split_at_mut(self.step_table.n());
        left[0] = pack(budget);
        inbox_states[process] = if self.step_table.crashed(local) {
            self.inbox_states.name(&self.step_table, local, &[])
        } else {
            self.inbox_states.step(&self.step_table, inbox_states[process], local, place)
        };
        for &message in sends {
            let to = self.step_table.recipient(message);
            if !self.step_table.crashed(self.inbox_states.local(inbox_states[to])) {
                inbox_states[to] = self.inbox_states.add(&self.step_table, inbox_states[to], message);
            }
        }
    }

    /// A step of one process for one cause, and the budget after it.
    fn step(
        &mut self,
        (from, process): (&[u32], usize),
        (cause, place): (u32, Option<usize>),
        after: Budget,
        found: &mut Successors<LossyStep>,
    ) {
        let branches = self.step_table.step(self.inbox_states.local(from[process]), cause);
        for branch in self.step_table.branches(branches).to_vec() {
            let step = StrictStep { process: process as u16, cause, coins: branch.coins };
            let sends = self.step_table.sends(&branch).to_vec();
            self.push(from, (process, branch.local), place, (after, &sends), LossyStep::Step(step), found);
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
        found: &mut Successors<LossyStep>,
    ) {
        let remains = self.step_table.crash(self.inbox_states.local(from[process]), cause);
        let remains = self.step_table.branches(remains).to_vec();
        let wanted = if between { 0..1 } else { 1..remains.len() };
        for effects in wanted {
            let branch = &remains[effects];
            let step = StrictStep { process: process as u16, cause, coins: branch.coins };
            let sends = self.step_table.sends(branch).to_vec();
            self.push(from, (process, branch.local), place, (after, &sends), LossyStep::Crash(step, effects), found);
        }
    }
}

impl Rules for LossyRules {
    type Label = LossyStep;

    fn successors(&mut self, from: &[u32], found: &mut Successors<LossyStep>) {
        let n = self.step_table.n();
        let budget = unpack(from[n]);
        for process in 0..n {
            if self.step_table.crashed(self.inbox_states.local(from[process])) {
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
            let (local, mail) =
                (self.inbox_states.local(from[process]), self.inbox_states.mail(from[process]).to_vec());
            for (place, message) in mail.iter().copied().enumerate() {
                if place > 0 && mail[place - 1] == message {
                    continue;
                }
                if budget.losses > 0 {
                    let after = Budget { losses: budget.losses - 1, ..budget };
                    self.push(from, (process, local), Some(place), (after, &[]), LossyStep::Lose(message), found);
                }
                if budget.duplicates > 0 {
                    let after = Budget { duplicates: budget.duplicates - 1, ..budget };
                    self.push(from, (process, local), None, (after, &[message]), LossyStep::Duplicate(message), found);
                }
            }
        }
    }

    fn decided(&self, configuration: &[u32]) -> u8 {
        self.inbox_states.decided(&configuration[..self.step_table.n()])
    }
}

impl Viewed for LossyRules {
    fn view<'a>(&'a self, configuration: &'a [u32]) -> ConfigurationView<'a> {
        ConfigurationView {
            step_table: &self.step_table,
            inbox_states: &self.inbox_states,
            words: &configuration[..self.step_table.n()],
            register: None,
        }
    }
}

/// A lossy exploration.
pub struct Lossy {
    search: Search<LossyRules>,
    checked: u32,
    violation: Option<(u32, String)>,
}

impl Lossy {
    /// An exploration of this stack from these inputs, over links that keep the order or do not; it ends when `limit`
    /// configurations are found.
    pub fn new(program: &Program, inputs: &[Option<Value>], budget: Budget, fifo: bool, limit: usize) -> Self {
        let n = inputs.len();
        assert_eq!(unpack(pack(budget)), budget, "at most {MOST} of each thing");
        let mut step_table =
            StepTable::new(program, n, Tracked { timers: true, user: true, storage: budget.recoveries > 0 });
        let mut inbox_states = InboxStates::new(fifo);
        let locals = ProcessId::all(n).zip(inputs).map(|(p, input)| step_table.unstarted(p, input.clone()));
        let locals: Vec<u32> = locals.collect();
        let mut root: Vec<u32> = locals.into_iter().map(|local| inbox_states.name(&step_table, local, &[])).collect();
        root.push(pack(budget));
        Lossy {
            search: Search::new(LossyRules { step_table, inbox_states }, &[root], limit),
            checked: 0,
            violation: None,
        }
    }

    /// Expands at most `expansions` configurations and checks each that is found; `check` returns what is wrong.
    pub fn step(
        &mut self,
        expansions: usize,
        check: &mut dyn FnMut(ConfigurationView<'_>) -> Option<String>,
    ) -> SearchProgress {
        let progress = self.search.step(expansions);
        while (self.checked as usize) < self.search.len() && self.violation.is_none() {
            let wrong = check(self.view(self.checked));
            self.violation = wrong.map(|wrong| (self.checked, wrong));
            self.checked += 1;
        }
        progress
    }

    /// Works until all is found or the limit is hit, or a check has found something wrong.
    pub fn run(&mut self, check: &mut dyn FnMut(ConfigurationView<'_>) -> Option<String>) -> SearchProgress {
        loop {
            let progress = self.step(4_096, check);
            if progress.done || self.violation.is_some() {
                return progress;
            }
        }
    }

    /// The search as far as it has come: configurations and edges.
    pub fn search(&self) -> &Search<LossyRules> {
        &self.search
    }

    /// A configuration.
    pub fn view(&self, node: u32) -> ConfigurationView<'_> {
        self.search.view(node)
    }

    /// The rest of the budget in a configuration.
    pub fn budget(&self, node: u32) -> Budget {
        unpack(self.search.configuration(node)[self.search.rules.step_table.n()])
    }

    /// The nearest configuration in which the check found something wrong, and what.
    pub fn violation(&self) -> Option<(u32, &str)> {
        self.violation.as_ref().map(|(node, wrong)| (*node, wrong.as_str()))
    }

    /// The events on a shortest way to a configuration.
    pub fn schedule(&mut self, node: u32) -> Vec<LossyEvent> {
        let path = self.search.path(node);
        let lossy_steps = self.search.labels(&path);
        let step_table = &self.search.rules.step_table;
        let lossy_event = |(place, lossy_step): (usize, LossyStep)| match lossy_step {
            LossyStep::Step(step) if step.cause == RECOVERY => LossyEvent::Recover(ProcessId(step.process)),
            LossyStep::Step(step) => {
                let inbox_state = self.search.configuration(path[place])[usize::from(step.process)];
                let local = self.search.rules.inbox_states.local(inbox_state);
                match step_table.timers(local).find(|(cause, _)| *cause == step.cause) {
                    Some((_, timer)) => LossyEvent::Timeout(ProcessId(step.process), timer),
                    None => LossyEvent::Step(step_table.event(step)),
                }
            }
            LossyStep::Lose(message) => LossyEvent::Lose(step_table.mail(message).clone()),
            LossyStep::Duplicate(message) => LossyEvent::Duplicate(step_table.mail(message).clone()),
            LossyStep::Crash(step, effects) => LossyEvent::Crash(step_table.event(step), effects),
        };
        lossy_steps.into_iter().enumerate().map(lossy_event).collect()
    }
}
