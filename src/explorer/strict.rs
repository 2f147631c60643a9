//! The strict explorer: FLP's model, every order of steps and deliveries, nothing lost.
//!
//! A configuration is a local state for each process and the buffer, a multiset of messages. An event is a step of a
//! process with a message addressed to it or with NULL; its first step runs the start, too. A crash is no event: it is
//! a schedule that leaves a process out.

use super::machine::{Event, Machine, Step, Watch};
use super::search::{Edges, Found, Rules, Search};
use super::stations::Stations;
use super::valency::{Census, Valencies};
use super::view::{View, Viewed};
use super::{Progress, valency};
use crate::process::{ProcessId, Stack, Value};
use std::collections::{BTreeMap, VecDeque};

/// The rules: a station for each process.
pub struct Deliveries {
    /// The protocol's steps.
    pub machine: Machine,
    stations: Stations,
}

impl Viewed for Deliveries {
    fn view<'a>(&'a self, configuration: &'a [u32]) -> View<'a> {
        View { machine: &self.machine, stations: &self.stations, words: configuration }
    }
}

impl Rules for Deliveries {
    type Label = Step;

    #[inline]
    fn successors(&mut self, from: &[u32], found: &mut Found<Step>) {
        for process in 0..from.len() {
            for number in self.stations.moves(&mut self.machine, from[process]) {
                let name = process as u16;
                let label = || {
                    let (cause, coins) = self.stations.cause(number);
                    Step { process: name, cause, coins }
                };
                let words = found.push(name as u8, label, from);
                self.stations.take(&self.machine, number, process, words);
            }
        }
    }

    #[inline]
    fn decided(&self, configuration: &[u32]) -> u8 {
        self.stations.decided(configuration)
    }
}

/// A strict exploration.
pub struct Strict {
    search: Search<Deliveries>,
}

impl Strict {
    /// An exploration of this stack from one input vector, or from the union of several; it ends when `limit`
    /// configurations are found.
    pub fn new(stack: &Stack, inputs: &[Vec<Option<Value>>], limit: usize) -> Self {
        Strict::watching(stack, inputs, limit, Watch::default())
    }

    /// The same, with more to be seen in a configuration.
    pub fn watching(stack: &Stack, inputs: &[Vec<Option<Value>>], limit: usize, watch: Watch) -> Self {
        let n = inputs.first().expect("an exploration begins somewhere").len();
        assert!(n <= valency::PROCESSES_MAX, "an exploration has at most {} processes", valency::PROCESSES_MAX);
        let (mut machine, mut stations) = (Machine::new(stack, n, watch), Stations::new(false));
        let roots: Vec<Vec<u32>> = inputs
            .iter()
            .map(|inputs| {
                let locals = ProcessId::all(n).zip(inputs).map(|(p, input)| machine.unstarted(p, input.clone()));
                let locals: Vec<u32> = locals.collect();
                locals.into_iter().map(|local| stations.name(&machine, local, &[])).collect()
            })
            .collect();
        Strict { search: Search::new(Deliveries { machine, stations }, &roots, limit) }
    }

    /// The local states of a configuration.
    pub fn locals(&self, node: u32) -> Vec<u32> {
        let stations = &self.search.rules.stations;
        self.search.configuration(node).iter().map(|station| stations.local(*station)).collect()
    }

    /// The messages that wait for each process in a configuration, in the order of their numbers.
    pub fn mail(&self, node: u32) -> impl Iterator<Item = &[u32]> {
        let stations = &self.search.rules.stations;
        self.search.configuration(node).iter().map(|station| stations.mail(*station))
    }

    /// The configuration with these local states, in which these messages wait for each process, if it was found.
    pub fn find(&self, locals: &[u32], mail: &[Vec<u32>]) -> Option<u32> {
        let stations = &self.search.rules.stations;
        let words = locals.iter().zip(mail).map(|(local, mail)| {
            let mut mail = mail.clone();
            mail.sort_unstable();
            stations.find(*local, &mail)
        });
        self.search.find(&words.collect::<Option<Vec<u32>>>()?)
    }

    /// Expands at most `budget` configurations.
    pub fn step(&mut self, budget: usize) -> Progress {
        self.search.step(budget)
    }

    /// Works until all is found or the limit is hit.
    pub fn run(&mut self) -> Progress {
        self.search.run()
    }

    /// The search as far as it has come: configurations, edges, decisions.
    pub fn search(&self) -> &Search<Deliveries> {
        &self.search
    }

    /// The protocol's steps.
    pub fn machine(&self) -> &Machine {
        &self.search.rules.machine
    }

    /// The protocol's steps, to make more of them.
    pub fn machine_mut(&mut self) -> &mut Machine {
        &mut self.search.rules.machine
    }

    /// Bytes that it keeps for its configurations and the stations that they are made of, without the edges.
    pub fn bytes(&self) -> usize {
        self.search.bytes() + self.search.rules.stations.bytes()
    }

    /// What can still be decided from where, in the graph as found so far.
    pub fn valencies(&self) -> Valencies {
        Valencies::new(self.search.edges(), self.search.decided(), self.machine().n())
    }

    /// The same, to be worked on in slices with [`Strict::value`].
    pub fn unvalued(&self) -> Valencies {
        Valencies::begin(self.search.decided(), self.machine().n())
    }

    /// Works on the valencies of the graph: looks at no more than `budget` configurations.
    pub fn value(&self, valencies: &mut Valencies, budget: usize) -> Progress {
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
    pub fn schedule(&mut self, node: u32) -> Vec<Event> {
        let path = self.search.path(node);
        self.events(&path)
    }

    /// The events along a path of the graph.
    pub fn events(&mut self, path: &[u32]) -> Vec<Event> {
        let steps = self.steps(path);
        steps.into_iter().map(|step| self.machine().event(step)).collect()
    }

    /// The same, with messages by their numbers.
    pub fn steps(&mut self, path: &[u32]) -> Vec<Step> {
        self.search.labels(path)
    }

    /// A certificate: a shortest schedule from `node` to a configuration in which `value` is decided, in which no
    /// process of `silent` takes a step. `None` if there is no such configuration in the graph.
    pub fn certificate(&mut self, node: u32, value: bool, silent: Option<ProcessId>) -> Option<Vec<Event>> {
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
