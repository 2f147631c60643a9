//! The strict explorer: FLP's model, every order of steps and deliveries, nothing lost.
//!
//! A configuration is a local state for each process and the buffer, a multiset of messages. An event is a step of a
//! process with a message addressed to it or with NULL; its first step runs the start, too. A crash is no event: it is
//! a schedule that leaves a process out.

use super::inbox_states::InboxStates;
use super::search::{Edges, Rules, Search, Successors, Viewed};
use super::step_table::{StepTable, StrictEvent, StrictStep, Tracked};
use super::valency::{Census, Valencies};
use super::view::ConfigurationView;
use super::{SearchProgress, valency};
use crate::process::{ProcessId, Program, Value};
use std::collections::{BTreeMap, VecDeque};

/// The rules: a inbox state for each process.
pub struct Deliveries {
    /// The protocol's steps.
    pub step_table: StepTable,
    inbox_states: InboxStates,
}

impl Viewed for Deliveries {
    fn view<'a>(&'a self, configuration: &'a [u32]) -> ConfigurationView<'a> {
        ConfigurationView {
            step_table: &self.step_table,
            inbox_states: &self.inbox_states,
            words: configuration,
            register: None,
        }
    }
}

impl Rules for Deliveries {
    type Label = StrictStep;

    #[inline]
    fn successors(&mut self, from: &[u32], found: &mut Successors<StrictStep>) {
        for process in 0..from.len() {
            for number in self.inbox_states.moves(&mut self.step_table, from[process]) {
                let name = process as u16;
                let label = || {
                    let (cause, coins) = self.inbox_states.cause(number);
                    StrictStep { process: name, cause, coins }
                };
                let words = found.push(name as u8, label, from);
                self.inbox_states.take(&self.step_table, number, process, words);
            }
        }
    }

    #[inline]
    fn decided(&self, configuration: &[u32]) -> u8 {
        self.inbox_states.decided(configuration)
    }
}

/// A strict exploration.
pub struct Strict {
    search: Search<Deliveries>,
}

impl Strict {
    /// An exploration of this stack from one input vector, or from the union of several; it ends when `limit`
    /// configurations are found.
    pub fn new(program: &Program, inputs: &[Vec<Option<Value>>], limit: usize) -> Self {
        Strict::watching(program, inputs, limit, Tracked::default())
    }

    /// The same, with more to be seen in a configuration.
    pub fn watching(program: &Program, inputs: &[Vec<Option<Value>>], limit: usize, watch: Tracked) -> Self {
        let n = inputs.first().expect("an exploration begins somewhere").len();
        assert!(n <= valency::PROCESSES_MAX, "an exploration has at most {} processes", valency::PROCESSES_MAX);
        let (mut step_table, mut inbox_states) = (StepTable::new(program, n, watch), InboxStates::new(false));
        let roots: Vec<Vec<u32>> = inputs
            .iter()
            .map(|inputs| {
                let locals = ProcessId::all(n).zip(inputs).map(|(p, input)| step_table.unstarted(p, input.clone()));
                let locals: Vec<u32> = locals.collect();
                locals.into_iter().map(|local| inbox_states.name(&step_table, local, &[])).collect()
            })
            .collect();
        Strict { search: Search::new(Deliveries { step_table, inbox_states }, &roots, limit) }
    }

    /// The local states of a configuration.
    pub fn locals(&self, node: u32) -> Vec<u32> {
        let inbox_states = &self.search.rules.inbox_states;
        self.search.configuration(node).iter().map(|inbox_state| inbox_states.local(*inbox_state)).collect()
    }

    /// The messages that wait for each process in a configuration, in the order of their numbers.
    pub fn mail(&self, node: u32) -> impl Iterator<Item = &[u32]> {
        let inbox_states = &self.search.rules.inbox_states;
        self.search.configuration(node).iter().map(|inbox_state| inbox_states.mail(*inbox_state))
    }

    /// The configuration with these local states, in which these messages wait for each process, if it was found.
    pub fn find(&self, locals: &[u32], mail: &[Vec<u32>]) -> Option<u32> {
        let inbox_states = &self.search.rules.inbox_states;
        let words = locals.iter().zip(mail).map(|(local, mail)| {
            let mut mail = mail.clone();
            mail.sort_unstable();
            inbox_states.find(*local, &mail)
        });
        self.search.find(&words.collect::<Option<Vec<u32>>>()?)
    }

    /// Expands at most `budget` configurations.
    pub fn step(&mut self, budget: usize) -> SearchProgress {
        self.search.step(budget)
    }

    /// Works until all is found or the limit is hit.
    pub fn run(&mut self) -> SearchProgress {
        self.search.run()
    }

    /// The search as far as it has come: configurations, edges, decisions.
    pub fn search(&self) -> &Search<Deliveries> {
        &self.search
    }

    /// The protocol's steps.
    pub fn step_table(&self) -> &StepTable {
        &self.search.rules.step_table
    }

    /// The protocol's steps, to make more of them.
    pub fn step_table_mut(&mut self) -> &mut StepTable {
        &mut self.search.rules.step_table
    }

    /// Bytes that it keeps for its configurations and the inbox states that they are made of, without the edges.
    pub fn bytes(&self) -> usize {
        self.search.bytes() + self.search.rules.inbox_states.bytes()
    }

    /// The values that can still be decided from each configuration, in the graph as found so far.
    pub fn valencies(&self) -> Valencies {
        Valencies::new(self.search.edges(), self.search.decided(), self.step_table().n())
    }

    /// The same, to be worked on in slices with [`Strict::value`].
    pub fn unvalued(&self) -> Valencies {
        Valencies::begin(self.search.decided(), self.step_table().n())
    }

    /// Works on the valencies of the graph: looks at no more than `budget` configurations.
    pub fn value(&self, valencies: &mut Valencies, budget: usize) -> SearchProgress {
        valencies.step(self.search.edges(), budget)
    }

    /// The numbers that describe the graph as found so far. Where the protocol was `truncated` to some rounds,
    /// blocking is not claimed.
    pub fn census(&self, valencies: &Valencies, truncated: bool) -> Census {
        let mut census = Census::new(self.search.edges(), self.search.decided(), valencies, self.search.roots());
        census.shortest_violation = self.violation().map(|node| self.search.path(node).len() - 1);
        if truncated {
            census.blocked = None;
        }
        census.bound(self.search.is_complete());
        census
    }

    /// The configuration in which agreement is violated after the fewest events.
    pub fn violation(&self) -> Option<u32> {
        let decided = self.search.decided();
        (0u32..).zip(decided).find(|(_, decided)| decided.count_ones() > 1).map(|(node, _)| node)
    }

    /// A shortest schedule to `node` from the configuration that the search began with.
    pub fn schedule(&mut self, node: u32) -> Vec<StrictEvent> {
        let path = self.search.path(node);
        self.events(&path)
    }

    /// The events along a path of the graph.
    pub fn events(&mut self, path: &[u32]) -> Vec<StrictEvent> {
        let steps = self.steps(path);
        steps.into_iter().map(|step| self.step_table().event(step)).collect()
    }

    /// The same, with messages by their numbers.
    pub fn steps(&mut self, path: &[u32]) -> Vec<StrictStep> {
        self.search.labels(path)
    }

    /// A certificate: a shortest schedule from `node` to a configuration in which `value` is decided, in which no
    /// process of `silent` takes a step. `None` if there is no such configuration in the graph.
    pub fn certificate(&mut self, node: u32, value: bool, silent: Option<ProcessId>) -> Option<Vec<StrictEvent>> {
        let bit = 1 << u8::from(value);
        let path = self.path_to(node, silent, |node| self.search.decided()[node as usize] & bit != 0)?;
        Some(self.events(&path))
    }

    /// The nodes on a shortest path from `node` to one for which `wanted` holds, without steps of `silent`.
    pub fn path_to(&self, node: u32, silent: Option<ProcessId>, wanted: impl Fn(u32) -> bool) -> Option<Vec<u32>> {
        let edges: &Edges = self.search.edges();
        let mut before = BTreeMap::from([(node, node)]);
        let mut queue = VecDeque::from([node]);
        while let Some(last) = queue.pop_front() {
            if wanted(last) {
                let mut path = vec![last];
                while path.last() != Some(&node) {
                    let previous = path.last().and_then(|last| before.get(last));
                    path.push(*previous.expect("every node but the first was reached from another"));
                }
                path.reverse();
                return Some(path);
            }
            for (actor, target) in edges.from(last) {
                if silent.is_none_or(|silent| silent.index() != usize::from(actor)) && !before.contains_key(&target) {
                    before.insert(target, last);
                    queue.push_back(target);
                }
            }
        }
        None
    }
}
