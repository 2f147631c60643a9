//! The strict explorer with users: each process has a list of requests, and its user makes the next one at any moment at
//! which none is open.
//!
//! All processes have started, and nothing fails; a process that crashes is one that takes no more steps, and such runs are
//! among those that are gone through. The linearisability of operations depends on the order of events at different
//! processes, which no local state knows. So a configuration has one word more than processes: what the past allows, as
//! [`RegisterWatch`] keeps it.

use super::SearchProgress;
use super::inbox_states::InboxStates;
use super::search::{Rules, Search, Successors, Viewed};
use super::step_table::{NULL, REQUEST, StepTable, StrictStep, Tracked, narrow};
use super::view::ConfigurationView;
use crate::canon;
use crate::operation::{RegisterVerdict, RegisterWatch};
use crate::process::{Invocation, Local, ProcessId, Program, Value};
use crate::property::users;
use std::collections::BTreeMap;

/// The most processes of such an exploration.
pub const PROCESSES_MAX: usize = 16;

/// The watches that were met, by number.
#[derive(Default)]
struct Watches {
    list: Vec<RegisterWatch>,
    ids: BTreeMap<Vec<u8>, u32>,
}

impl Watches {
    fn name(&mut self, watch: RegisterWatch) -> u32 {
        let mut key = Vec::new();
        canon::encode(&watch, &mut key);
        *self.ids.entry(key).or_insert_with(|| {
            self.list.push(watch);
            narrow(self.list.len() - 1)
        })
    }
}

/// The rules: an inbox state for each process, then the number of a watch.
pub struct Operating {
    step_table: StepTable,
    inbox_states: InboxStates,
    watches: Watches,
}

impl Operating {
    /// The watch after the step of a process: it may have been asked, and may have answered.
    fn watched(
        &mut self,
        watch: u32,
        process: usize,
        asked: Option<&Invocation>,
        answer: Option<&Option<Value>>,
    ) -> u32 {
        if asked.is_none() && answer.is_none() {
            return watch;
        }
        let mut after = self.watches.list[watch as usize].clone();
        let process = ProcessId::from(process);
        if let Some(invocation) = asked {
            users::ask(&mut after, process, invocation);
        }
        if let Some(value) = answer {
            // The watch keeps what is wrong with it.
            let _ = users::answer(&mut after, process, value.as_ref());
        }
        self.watches.name(after)
    }
}

impl Rules for Operating {
    type Label = StrictStep;

    fn successors(&mut self, from: &[u32], found: &mut Successors<StrictStep>) {
        let n = self.step_table.n();
        for process in 0..n {
            let local = self.inbox_states.local(from[process]);
            let receivable = self.inbox_states.receivable(&self.step_table, from[process]);
            let mut causes: Vec<(u32, Option<usize>)> =
                receivable.map(|(place, message)| (message, Some(place))).collect();
            let asked = self.step_table.next_request(local).cloned();
            causes.extend(asked.is_some().then_some((REQUEST, None)));
            for (cause, place) in causes {
                let branches = self.step_table.step(local, cause);
                for branch in self.step_table.branches(branches).to_vec() {
                    let asked = asked.as_ref().filter(|_| cause == REQUEST);
                    let answer = branch.answer.map(|answer| self.step_table.answer(answer).clone());
                    let watch = self.watched(from[n], process, asked, answer.as_ref());
                    let label = || StrictStep { process: process as u16, cause, coins: branch.coins };
                    let words = found.push(process as u8, label, from);
                    words[n] = watch;
                    words[process] = self.inbox_states.step(&self.step_table, words[process], branch.local, place);
                    for &message in self.step_table.sends(&branch) {
                        let to = self.step_table.recipient(message);
                        words[to] = self.inbox_states.add(&self.step_table, words[to], message);
                    }
                }
            }
        }
    }

    fn decided(&self, configuration: &[u32]) -> u8 {
        self.inbox_states.decided(&configuration[..self.step_table.n()])
    }
}

impl Viewed for Operating {
    fn view<'a>(&'a self, configuration: &'a [u32]) -> ConfigurationView<'a> {
        let (words, watch) = configuration.split_at(self.step_table.n());
        ConfigurationView {
            step_table: &self.step_table,
            inbox_states: &self.inbox_states,
            words,
            register: Some(&self.watches.list[watch[0] as usize]),
        }
    }
}

/// An exploration with users.
pub struct OperatingSearch {
    search: Search<Operating>,
}

impl OperatingSearch {
    /// An exploration of this program at processes that know this of themselves, each with the list of what its user asks;
    /// it ends when `limit` configurations are found. The error says that there are too many processes.
    pub fn new(
        program: &Program,
        locals: &[Local],
        requests: Vec<Vec<Invocation>>,
        limit: usize,
    ) -> Result<Self, String> {
        if locals.len() > PROCESSES_MAX {
            return Err(format!("{} processes; an exploration with users has at most {PROCESSES_MAX}", locals.len()));
        }
        let mut step_table = StepTable::new(program, locals.len(), Tracked { user: true, ..Tracked::default() })
            .with_users(locals, requests);
        let mut inbox_states = InboxStates::new(false);
        let mut sent = Vec::new();
        let mut root = Vec::new();
        for local in locals {
            let fresh = step_table.unstarted(local.me, local.input.clone());
            let started = step_table.step(fresh, NULL);
            let [branch] = step_table.branches(started) else {
                return Err(format!("{} flips a coin when it starts", local.me));
            };
            let branch = branch.clone();
            sent.extend_from_slice(step_table.sends(&branch));
            root.push(inbox_states.name(&step_table, branch.local, &[]));
        }
        for message in sent {
            let to = step_table.recipient(message);
            root[to] = inbox_states.add(&step_table, root[to], message);
        }
        let mut watches = Watches::default();
        root.push(watches.name(RegisterWatch::default()));
        let rules = Operating { step_table, inbox_states, watches };
        Ok(OperatingSearch { search: Search::new(rules, &[root], limit) })
    }

    /// Expands at most `budget` configurations.
    pub fn step(&mut self, budget: usize) -> SearchProgress {
        self.search.step(budget)
    }

    /// The search as far as it has come: configurations and edges.
    pub fn search(&self) -> &Search<Operating> {
        &self.search
    }

    /// The configuration that is not linearisable after the fewest events, among those found so far.
    pub fn violation(&self) -> Option<u32> {
        let broken = |node: &u32| {
            let watch = self.search.view(*node).register.expect("every configuration has one");
            watch.verdict() == RegisterVerdict::NotLinearisable
        };
        (0..narrow(self.search.len())).find(broken)
    }

    /// The events on a shortest way to a configuration, after all have started, in words.
    pub fn schedule(&mut self, node: u32) -> Vec<String> {
        let path = self.search.path(node);
        let steps = self.search.labels(&path);
        let (step_table, inbox_states) = (&self.search.rules.step_table, &self.search.rules.inbox_states);
        let words = |(place, step): (usize, StrictStep)| {
            let process = usize::from(step.process);
            let local = inbox_states.local(self.search.configuration(path[place])[process]);
            match step_table.next_request(local).filter(|_| step.cause == REQUEST) {
                Some(request) => format!("the user of p{process} asks “{request}”"),
                None => step_table.event(step).to_string(),
            }
        };
        steps.into_iter().enumerate().map(words).collect()
    }
}
