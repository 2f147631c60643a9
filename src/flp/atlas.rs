//! The atlas: the whole graph of a protocol, explored in slices, and maps of it.

use crate::catalogue::Domain;
use crate::explorer::Progress;
use crate::explorer::heard_of::{self, Layering};
use crate::explorer::strict::Strict;
use crate::explorer::valency::{Census, Valencies, Valency};
use crate::process::Value;
use crate::scenario::Scenario;

use super::subject::Subject;

/// The most configurations that an atlas holds.
pub const CONFIGURATIONS_MAX: usize = 1_000_000;

/// The most configurations of a map; a larger graph is shown around one of them.
pub const MAP_MAX: usize = 2_500;

/// How many configurations a map shows around one.
const AROUND: usize = 160;

/// A graph on its way to be explored.
pub struct Atlas {
    /// What is explored.
    pub subject: Subject,
    strict: Strict,
    valencies: Option<Valencies>,
    truncated: bool,
    census: Option<Census>,
}

impl Atlas {
    /// The strict graph of a subject, still empty. The error names what does not fit.
    pub fn new(subject: Subject) -> Result<Atlas, String> {
        let (entry, parameters) = subject.resolve()?;
        let bits = subject.bits(entry)?;
        let mut truncated = false;
        for parameter in entry.parameters.iter().filter(|parameter| matches!(parameter.domain, Domain::Bound(..))) {
            if parameters.bound(parameter.name).is_none() {
                return Err(format!("the strict graph of {} does not end: say {}=1", entry.name, parameter.name));
            }
            truncated = true;
        }
        let values = bits.into_iter().map(|bit| Some(Value::Bit(bit))).collect();
        let strict = Strict::new(&entry.stack(&parameters, None)?, &[values], CONFIGURATIONS_MAX);
        Ok(Atlas { subject, strict, valencies: None, truncated, census: None })
    }

    /// Goes on with at most `budget` configurations. True when there is no more to do.
    pub fn step(&mut self, budget: usize) -> bool {
        if self.census.is_some() {
            return true;
        }
        match &mut self.valencies {
            None => {
                if self.strict.step(budget).done {
                    self.valencies = Some(self.strict.unvalued());
                }
            }
            Some(valencies) => {
                if self.strict.value(valencies, budget).done {
                    self.census = Some(self.strict.census(valencies, self.truncated));
                }
            }
        }
        self.census.is_some()
    }

    /// Ends the work here: what was found stays, and what was not is unknown.
    pub fn stop(&mut self) {
        let valencies = self.valencies.take().unwrap_or_else(|| self.strict.unvalued());
        let mut census = self.strict.census(&valencies, self.truncated);
        census.bound(false);
        (self.valencies, self.census) = (Some(valencies), Some(census));
    }

    /// How far the search has come.
    pub fn progress(&self) -> Progress {
        self.strict.search().progress()
    }

    /// Bytes that the graph takes, without its edges.
    pub fn bytes(&self) -> usize {
        self.strict.search().bytes()
    }

    /// The numbers of the graph, once there is no more to do.
    pub fn census(&self) -> Option<&Census> {
        self.census.as_ref()
    }

    /// What can be decided from a configuration; `None` where that is not known.
    pub fn valency(&self, node: u32) -> Option<Valency> {
        let known = self.census.as_ref().is_some_and(|census| census.complete);
        self.valencies.as_ref().filter(|_| known).map(|valencies| valencies.of(node))
    }

    /// A configuration in words: each process, then the messages that wait.
    pub fn words(&self, node: u32) -> Vec<String> {
        let machine = self.strict.machine();
        let locals = self.strict.locals(node);
        let mut lines: Vec<String> = Vec::new();
        for (p, local) in locals.into_iter().enumerate() {
            let state = if machine.started(local) { machine.label(local) } else { "not started".into() };
            let decided = machine.decided(local).map(|value| format!(", has decided {value}")).unwrap_or_default();
            lines.push(format!("p{p}: {state}{decided}"));
        }
        for (p, mail) in self.strict.mail(node).enumerate() {
            for message in mail {
                let mail = machine.mail(*message);
                lines.push(format!("{} → p{p}: {}", mail.from, mail.payload.text()));
            }
        }
        lines
    }

    /// The run that leads to a configuration.
    pub fn run_to(&mut self, node: u32) -> Result<Scenario, String> {
        let events = self.strict.schedule(node);
        self.subject.run(&events)
    }

    /// The run that leads to a configuration and from there to a decision of `value`. The error says if there is none.
    pub fn run_on(&mut self, node: u32, value: bool) -> Result<Scenario, String> {
        let mut events = self.strict.schedule(node);
        let future = self.strict.certificate(node, value, None);
        events.extend(future.ok_or_else(|| format!("no run from there decides {}", u8::from(value)))?);
        self.subject.run(&events)
    }

    /// Whether a map shows the whole graph.
    pub fn fits_a_map(&self) -> bool {
        self.strict.search().len() <= MAP_MAX
    }

    /// The whole graph, or what is around `centre` if it is large.
    pub fn map(&self, centre: u32) -> Map {
        let edges = self.strict.search().edges();
        let (start, most) = if self.fits_a_map() { (0, MAP_MAX) } else { (centre, AROUND) };
        let next = |node: u32| edges.from(node).map(|(_, target)| target).collect();
        let valency = |node: u32| self.valency(node).unwrap_or(Valency::Null);
        Map::new(&[start], most, next, valency)
    }
}

/// A map: configurations at places between 0 and 1, from where it begins at the top to where it ends.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Map {
    /// The configurations, by their numbers in the graph.
    pub nodes: Vec<u32>,
    /// What can be decided from each.
    pub valencies: Vec<Valency>,
    /// Where each stands: to the right, downwards.
    pub places: Vec<(f32, f32)>,
    /// Edges, by places in `nodes`, and whether each is part of a loop in which nothing is ever decided.
    pub edges: Vec<(usize, usize, bool)>,
}

/// The columns of a map, from left to right: the two shores, and between them what is open or stuck.
const COLUMNS: [Valency; 4] = [Valency::Zero, Valency::Bivalent, Valency::Null, Valency::One];

impl Map {
    /// Lays out what is reached from `roots`, at most `most` of it, level by level.
    pub fn new(roots: &[u32], most: usize, next: impl Fn(u32) -> Vec<u32>, valency: impl Fn(u32) -> Valency) -> Map {
        let mut map = Map { nodes: roots.to_vec(), ..Map::default() };
        let mut depths: Vec<usize> = roots.iter().map(|_| 0).collect();
        let mut places: std::collections::BTreeMap<u32, usize> =
            (0..).zip(roots).map(|(at, node)| (*node, at)).collect();
        let mut at = 0;
        while at < map.nodes.len() {
            for target in next(map.nodes[at]) {
                let known = places.get(&target).copied();
                let Some(to) = known.or_else(|| (map.nodes.len() < most).then_some(map.nodes.len())) else { continue };
                if known.is_none() {
                    places.insert(target, to);
                    map.nodes.push(target);
                    depths.push(depths[at] + 1);
                }
                map.edges.push((at, to, false));
            }
            at += 1;
        }
        map.valencies = map.nodes.iter().map(|node| valency(*node)).collect();
        map.place(&depths);
        map
    }

    /// Each level is a row, each valency a column as wide as its fullest row; within both, nodes stand in the order of
    /// where they are reached from, so that edges cross little.
    fn place(&mut self, depths: &[usize]) {
        let rows = depths.iter().max().map_or(1, |deepest| deepest + 1);
        let column = |valency: Valency| COLUMNS.iter().position(|known| *known == valency).expect("all are columns");
        let mut cells: Vec<Vec<usize>> = vec![Vec::new(); rows * COLUMNS.len()];
        for (node, depth) in depths.iter().enumerate() {
            cells[depth * COLUMNS.len() + column(self.valencies[node])].push(node);
        }
        let widest = |column: usize| (0..rows).map(|row| cells[row * COLUMNS.len() + column].len()).max().unwrap_or(0);
        // A wide column is squeezed: what matters is between the shores.
        let widths: Vec<f32> = (0..COLUMNS.len()).map(|column| (widest(column) as f32).sqrt()).collect();
        let all: f32 = widths.iter().sum();
        let mut heard = vec![(0.0f32, 0.0f32); self.nodes.len()];
        self.places = vec![(0.5, 0.0); self.nodes.len()];
        let mut outgoing: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        self.edges.iter().for_each(|(from, to, _)| outgoing[*from].push(*to));
        for row in 0..rows {
            let mut left = 0.0;
            for column in 0..COLUMNS.len() {
                let cell = &mut cells[row * COLUMNS.len() + column];
                let from = |node: &usize| if heard[*node].1 > 0.0 { heard[*node].0 / heard[*node].1 } else { 0.5 };
                cell.sort_by(|one, other| from(one).total_cmp(&from(other)));
                let width = widths[column] / all.max(1.0);
                for (index, node) in cell.iter().enumerate() {
                    let x = left + width * (index as f32 + 0.5) / cell.len() as f32;
                    self.places[*node] = (x, (row as f32 + 0.5) / rows as f32);
                }
                left += width;
            }
            for column in 0..COLUMNS.len() {
                for node in &cells[row * COLUMNS.len() + column] {
                    for to in &outgoing[*node] {
                        heard[*to].0 += self.places[*node].0;
                        heard[*to].1 += 1.0;
                    }
                }
            }
        }
    }
}

/// A layered graph with its map.
pub struct Layers {
    /// The graph.
    pub graph: heard_of::Graph,
    /// Its map.
    pub map: Map,
}

impl Layers {
    /// The layered graph of a subject over all inputs. The error says why there is none.
    pub fn new(subject: &Subject, layering: Layering) -> Result<Layers, String> {
        let (entry, parameters) = subject.resolve()?;
        let inputs: Vec<[bool; 3]> = (0..8u8).map(|bits| [bits & 4 > 0, bits & 2 > 0, bits & 1 > 0]).collect();
        let graph = heard_of::explore(
            entry.name,
            &parameters,
            &entry.stack(&parameters, None)?,
            &inputs,
            layering,
            CONFIGURATIONS_MAX,
        )?;
        let roots: Vec<u32> = (0u32..).zip(&graph.nodes).filter(|(_, node)| node.initial).map(|(at, _)| at).collect();
        let next = |node: u32| {
            let leaving = graph.arrows.iter().filter(|arrow| arrow.from == node);
            leaving.map(|arrow| arrow.to).collect()
        };
        let mut map = Map::new(&roots, MAP_MAX, next, |node| graph.nodes[node as usize].valency);
        for (from, to, looped) in &mut map.edges {
            let ends = [map.nodes[*from], map.nodes[*to]];
            *looped = graph.components.iter().any(|component| ends.iter().all(|end| component.contains(end)));
        }
        Ok(Layers { graph, map })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atlas(protocol: &str, parameters: &str, inputs: &str) -> Atlas {
        let subject = Subject::new(protocol, parameters, inputs).expect("well written");
        let mut atlas = Atlas::new(subject).expect("it can be explored");
        while !atlas.step(1_000) {}
        atlas
    }

    #[test]
    fn a_map_shows_the_whole_of_a_small_graph_between_its_shores() {
        let atlas = atlas("wait-for-two", "", "011");
        let map = atlas.map(0);
        assert_eq!((map.nodes.len(), map.edges.len()), (141, 363));
        let mean = |wanted: Valency| {
            let places = (0..map.nodes.len()).filter(|node| map.valencies[*node] == wanted);
            let xs: Vec<f32> = places.map(|node| map.places[node].0).collect();
            xs.iter().sum::<f32>() / xs.len() as f32
        };
        assert!(mean(Valency::Zero) < mean(Valency::Bivalent), "the shore of 0 is on the left");
        assert!(map.places.iter().all(|(x, y)| (0.0..=1.0).contains(x) && (0.0..=1.0).contains(y)));
    }

    #[test]
    fn a_configuration_of_the_map_opens_as_a_run_and_so_do_its_futures() {
        let mut atlas = atlas("wait-for-two", "", "011");
        let node = (0..141).rfind(|node| atlas.valency(*node) == Some(Valency::Bivalent)).expect("there are");
        for value in [false, true] {
            let mut history = atlas.run_on(node, value).and_then(|scenario| scenario.start()).expect("it runs");
            history.run(100);
            let decided = history.engine().processes().iter().find_map(|process| process.decided.clone());
            assert!(decided.is_some());
        }
        assert!(!atlas.words(node).is_empty());
        assert!(atlas.run_to(node).is_ok());
    }

    #[test]
    fn stopped_work_leaves_what_was_found_and_calls_the_rest_unknown() {
        let mut atlas = Atlas::new(Subject::new("ben-or", "rounds=1", "000").expect("well written")).expect("finite");
        assert!(!atlas.step(100));
        atlas.stop();
        let census = atlas.census().expect("there is one");
        assert!(!census.complete && census.configurations >= 100);
        assert_eq!((atlas.valency(0), census.blocked.clone()), (None, None));
    }

    #[test]
    fn what_cannot_be_explored_is_named() {
        let error = |protocol, parameters, inputs| {
            let subject = Subject::new(protocol, parameters, inputs);
            subject.and_then(Atlas::new).err().expect("refused")
        };
        assert!(error("ben-or", "", "011").contains("rounds=1"));
        assert!(error("wait-for-two", "", "01").contains("inputs"));
        assert!(error("wait-for-two", "x", "011").contains("NAME=VALUE"));
        assert!(error("wait-for-two", "x=1", "011").contains("parameters"));
    }
}
