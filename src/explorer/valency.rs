//! Valency: what can still be decided from where.
//!
//! V(C) is the set of values decided in configurations reachable from C, C included; silent(p, C) the same for runs in
//! which p takes no step. Both are computed for all configurations at once, against the direction of the edges, in
//! slices like the search. p *blocks* C if silent(p, C) is empty: if p crashed now, nobody would ever decide.
//!
//! Sources: Fischer, Lynch and Paterson (JACM 1985), section 3; Völzer (IPL 2004) for silent decision values.

use super::SearchProgress;
use super::search::{EVERYBODY, Edges};
use super::step_table::narrow;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::fmt;

/// The most processes whose silence is computed.
pub const PROCESSES_MAX: usize = 31;

/// The values that can be decided from a configuration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub enum Valency {
    /// 0 only.
    #[serde(rename = "0")]
    Zero,
    /// 1 only.
    #[serde(rename = "1")]
    One,
    /// Both.
    #[serde(rename = "bivalent")]
    Bivalent,
    /// Neither: stuck, or at the horizon of a truncated graph.
    #[serde(rename = "null")]
    Null,
}

impl Valency {
    /// The valency of a set of values: 1 for 0, 2 for 1.
    pub fn of(mask: u8) -> Self {
        match mask & 3 {
            0 => Valency::Null,
            1 => Valency::Zero,
            2 => Valency::One,
            _ => Valency::Bivalent,
        }
    }

    /// The only value, if there is just one.
    pub fn value(self) -> Option<bool> {
        match self {
            Valency::Zero => Some(false),
            Valency::One => Some(true),
            Valency::Bivalent | Valency::Null => None,
        }
    }
}

/// The word of the theory.
impl fmt::Display for Valency {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Valency::Zero => "0-valent",
            Valency::One => "1-valent",
            Valency::Bivalent => "bivalent",
            Valency::Null => "null-valent",
        })
    }
}

/// V and silent of all configurations of a graph, as far as they are known.
///
/// They only grow: until the work is done, what they hold can be decided, and more may be.
pub struct Valencies {
    n: usize,
    /// Two bits for V, then two bits for the silence of each process.
    reach: Vec<u64>,
    /// The number of configurations that this pass has looked at.
    looked_at: usize,
    /// True if this pass has learnt anything.
    learnt: bool,
    done: bool,
}

impl Valencies {
    /// Computes them for a graph, from what is decided in each configuration.
    pub fn new(edges: &Edges, decided: &[u8], n: usize) -> Self {
        let mut valencies = Valencies::begin(decided, n);
        valencies.step(edges, usize::MAX);
        valencies
    }

    /// The knowledge before the edges are looked at.
    pub fn begin(decided: &[u8], n: usize) -> Self {
        assert!(n <= PROCESSES_MAX, "two bits a process in 64");
        let every = (0..=n).fold(0u64, |mask, place| mask | 1 << (2 * place));
        let reach = decided.iter().map(|mask| every * u64::from(mask & 3)).collect();
        Valencies { n, reach, looked_at: 0, learnt: false, done: false }
    }

    /// Looks at no more than `budget` configurations. The edges must be those of the same graph every time.
    ///
    /// A search finds what an event leads to after what it leads from, but for the few short cuts. So going from the
    /// last configuration to the first settles nearly all of them at once, without the edges reversed; it is done again
    /// until a whole pass learns nothing: two to six passes in the graphs of this laboratory.
    pub fn step(&mut self, edges: &Edges, mut budget: usize) -> SearchProgress {
        let all = edges.nodes().min(self.reach.len());
        while !self.done && budget > 0 {
            let pass = budget.min(all - self.looked_at);
            let end = all - self.looked_at;
            for node in (narrow(end - pass)..narrow(end)).rev() {
                let before = self.reach[node as usize];
                let after = edges.from(node).fold(before, |known, (actor, target)| {
                    let silence = if actor == EVERYBODY { !3 } else { 3 << (2 * (u32::from(actor) + 1)) };
                    known | self.reach[target as usize] & !silence
                });
                self.learnt |= after != before;
                self.reach[node as usize] = after;
            }
            self.looked_at += pass;
            budget -= pass;
            if self.looked_at == all {
                self.done = !std::mem::replace(&mut self.learnt, false);
                self.looked_at = if self.done { all } else { 0 };
            }
        }
        SearchProgress { found: all, expanded: self.looked_at, done: self.done }
    }

    /// Bytes that they take.
    pub fn bytes(&self) -> usize {
        8 * self.reach.capacity()
    }

    /// V as a mask: 1 for 0, 2 for 1.
    pub fn values(&self, node: u32) -> u8 {
        (self.reach[node as usize] & 3) as u8
    }

    /// The valency of a configuration.
    pub fn of(&self, node: u32) -> Valency {
        Valency::of(self.values(node))
    }

    /// silent(p, C) as a mask.
    pub fn silent(&self, process: usize, node: u32) -> u8 {
        assert!(process < self.n, "one of the graph's processes");
        (self.reach[node as usize] >> (2 * (process + 1)) & 3) as u8
    }

    /// True if a crash of the process in this configuration would leave the others unable to decide, ever.
    pub fn blocks(&self, process: usize, node: u32) -> bool {
        self.silent(process, node) == 0
    }
}

/// The figures of a graph that are printed.
///
/// If something was left out, the counts are of what was found: what is bivalent there is so for sure, and every
/// violation is one. What is not, is unknown, so that the counts of univalent, stuck and terminal configurations are
/// printed as null.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Census {
    /// True if nothing was left out.
    pub complete: bool,
    /// The number of configurations.
    pub configurations: usize,
    /// The number of edges that lead from one configuration to another.
    pub edges: usize,
    /// Configurations that no edge leaves.
    pub terminal: usize,
    /// 0-valent configurations.
    pub zero_valent: usize,
    /// 1-valent configurations.
    pub one_valent: usize,
    /// Bivalent configurations.
    pub bivalent: usize,
    /// Configurations from which nobody can decide.
    pub null_valent: usize,
    /// Bivalent configurations in which nobody has decided.
    pub undecided_bivalent: usize,
    /// The valency of the initial configuration, if there is only one, and it is known.
    pub initial: Option<Valency>,
    /// Configurations that hold two decisions.
    pub agreement_violations: usize,
    /// The fewest events to such a configuration.
    pub shortest_violation: Option<usize>,
    /// For each process the configurations that it blocks; none where that is not claimed.
    pub blocked: Option<Vec<usize>>,
    /// Strongly connected components of undecided bivalent configurations that hold at least one edge.
    pub bivalent_components: usize,
}

impl Serialize for Census {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let exact = |count: usize| self.complete.then_some(count);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("complete", &self.complete)?;
        map.serialize_entry("configurations", &self.configurations)?;
        map.serialize_entry("edges", &self.edges)?;
        map.serialize_entry("terminal", &exact(self.terminal))?;
        map.serialize_entry("zero_valent", &exact(self.zero_valent))?;
        map.serialize_entry("one_valent", &exact(self.one_valent))?;
        map.serialize_entry("bivalent", &self.bivalent)?;
        map.serialize_entry("null_valent", &exact(self.null_valent))?;
        map.serialize_entry("undecided_bivalent", &self.undecided_bivalent)?;
        map.serialize_entry("initial", &self.initial)?;
        map.serialize_entry("agreement_violations", &self.agreement_violations)?;
        map.serialize_entry("shortest_violation", &self.shortest_violation)?;
        map.serialize_entry("blocked", &self.blocked)?;
        map.serialize_entry("bivalent_components", &self.bivalent_components)?;
        map.end()
    }
}

impl Census {
    /// Counts; the caller adds what depends on how the graph was made.
    pub(super) fn new(edges: &Edges, decided: &[u8], valencies: &Valencies, roots: usize) -> Self {
        let nodes = 0..narrow(decided.len());
        let count = |holds: &dyn Fn(u32) -> bool| nodes.clone().filter(|node| holds(*node)).count();
        let valent = |valency| count(&|node| valencies.of(node) == valency);
        let critical = |node: u32| decided[node as usize] == 0 && valencies.of(node) == Valency::Bivalent;
        Census {
            complete: true,
            configurations: decided.len(),
            edges: edges.len(),
            terminal: count(&|node| (node as usize) < edges.nodes() && edges.from(node).next().is_none()),
            zero_valent: valent(Valency::Zero),
            one_valent: valent(Valency::One),
            bivalent: valent(Valency::Bivalent),
            null_valent: valent(Valency::Null),
            undecided_bivalent: count(&critical),
            initial: (roots == 1).then(|| valencies.of(0)),
            agreement_violations: count(&|node| decided[node as usize].count_ones() > 1),
            shortest_violation: None,
            blocked: Some((0..valencies.n).map(|process| count(&|node| valencies.blocks(process, node))).collect()),
            bivalent_components: components(edges, decided.len(), critical).len(),
        }
    }

    /// Takes back what is not known where something was left out.
    pub(crate) fn bound(&mut self, complete: bool) {
        self.complete = complete;
        if !complete {
            self.blocked = None;
            self.initial = self.initial.filter(|valency| *valency == Valency::Bivalent);
        }
    }
}

/// The strongly connected components with at least one edge among the nodes for which `wanted` holds.
///
/// Tarjan's algorithm (1972) with an explicit stack: graphs are deeper than call stacks.
pub fn components(edges: &Edges, nodes: usize, wanted: impl Fn(u32) -> bool) -> Vec<Vec<u32>> {
    const UNSEEN: u32 = u32::MAX;
    let mut order = vec![UNSEEN; nodes];
    let mut low = vec![0u32; nodes];
    let mut on_stack = vec![false; nodes];
    let mut stack = Vec::new();
    let mut found = Vec::new();
    let mut counter = 0;
    for root in 0..narrow(nodes) {
        if order[root as usize] != UNSEEN || !wanted(root) {
            continue;
        }
        let mut calls = vec![(root, 0usize)];
        while let Some((node, done)) = calls.last_mut() {
            let node = *node;
            if *done == 0 && order[node as usize] == UNSEEN {
                order[node as usize] = counter;
                low[node as usize] = counter;
                counter += 1;
                stack.push(node);
                on_stack[node as usize] = true;
            }
            let next = edges.from(node).map(|(_, target)| target).enumerate().skip(*done).find(|(_, to)| wanted(*to));
            match next {
                Some((place, target)) => {
                    *done = place + 1;
                    if order[target as usize] == UNSEEN {
                        calls.push((target, 0));
                    } else if on_stack[target as usize] {
                        low[node as usize] = low[node as usize].min(order[target as usize]);
                    }
                }
                None => {
                    calls.pop();
                    if let Some((caller, _)) = calls.last() {
                        low[*caller as usize] = low[*caller as usize].min(low[node as usize]);
                    }
                    if low[node as usize] == order[node as usize] {
                        let start = stack.iter().rposition(|other| *other == node).expect("a node stays until now");
                        let component = stack.split_off(start);
                        component.iter().for_each(|member| on_stack[*member as usize] = false);
                        if component.len() > 1 || edges.from(node).any(|(_, target)| target == node) {
                            found.push(component);
                        }
                    }
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(lists: &[&[(u8, u32)]]) -> Edges {
        let mut edges = Edges::default();
        for list in lists {
            list.iter().for_each(|(actor, target)| edges.push(*actor, *target));
            edges.close();
        }
        edges
    }

    #[test]
    fn a_fork_is_bivalent_and_its_only_walker_blocks_it() {
        let edges = graph(&[&[(0, 1), (0, 2)], &[], &[(1, 2)]]);
        let valencies = Valencies::new(&edges, &[0, 1, 2], 2);
        assert_eq!([0, 1, 2].map(|node| valencies.of(node)), [Valency::Bivalent, Valency::Zero, Valency::One]);
        assert!(valencies.blocks(0, 0) && !valencies.blocks(1, 0) && !valencies.blocks(0, 1));
    }

    #[test]
    fn slices_and_backward_edges_make_no_difference() {
        // A chain in which each configuration leads to the one found before it: the worst case.
        let back: Vec<Vec<(u8, u32)>> =
            (0..40u32).map(|node| (1..=node.min(1)).map(|one| (0, node - one)).collect()).collect();
        let edges = graph(&back.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let mut decided = vec![0; 40];
        decided[0] = 2;
        let whole = Valencies::new(&edges, &decided, 2);
        let mut sliced = Valencies::begin(&decided, 2);
        let mut slices = 0;
        while !sliced.step(&edges, 7).done {
            slices += 1;
        }
        assert!(slices > 40 * 40 / 8, "{slices} slices");
        for node in 0..40 {
            assert_eq!((whole.of(node), sliced.of(node)), (Valency::One, Valency::One));
            assert_eq!((whole.blocks(0, node), sliced.blocks(0, node)), (node > 0, node > 0));
        }
    }

    #[test]
    fn components_with_an_edge_are_cycles_and_loops_only() {
        let edges = graph(&[&[(0, 1)], &[(0, 2)], &[(0, 1), (0, 3)], &[(0, 3), (0, 4)], &[]]);
        let found = components(&edges, 5, |_| true);
        assert_eq!(found, [vec![3], vec![1, 2]]);
        assert_eq!(components(&edges, 5, |node| node != 2), [vec![3]]);
    }
}
