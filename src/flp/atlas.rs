//! The atlas: the whole graph of a protocol, explored in slices, and maps of it.

use crate::catalogue::Instance;
use crate::explorer::strict::Strict;
use crate::explorer::valency::{Census, Valencies, Valency};
use crate::explorer::{SearchProgress, StepTable};
use crate::process::Value;
use crate::scenario::Link;

use super::map::{MAP_MAX, Map};
use super::protocol_instance::ProtocolInstance;

/// The most configurations that an atlas holds.
pub const CONFIGURATIONS_MAX: usize = 1_000_000;

/// The number of configurations that a map shows around one.
const AROUND: usize = 160;

/// A graph on its way to be explored.
pub struct Atlas {
    /// The subject of the exploration.
    pub instance: ProtocolInstance,
    strict: Strict,
    valencies: Option<Valencies>,
    truncated: bool,
    census: Option<Census>,
}

impl Atlas {
    /// The strict graph of an instance, still empty. The error names what does not fit.
    pub fn new(instance: ProtocolInstance) -> Result<Atlas, String> {
        let Instance { entry, parameters, program } = instance.resolve()?;
        let bits = instance.bits(&entry)?;
        let mut truncated = false;
        for (name, bound) in entry.bounds(&parameters) {
            if bound.is_none() {
                return Err(format!("the strict graph of {} does not end: say {}=1", entry.name, name));
            }
            truncated = true;
        }
        let values = bits.into_iter().map(|bit| Some(Value::Bit(bit))).collect();
        let strict = Strict::new(&program, &[values], CONFIGURATIONS_MAX);
        Ok(Atlas { instance, strict, valencies: None, truncated, census: None })
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

    /// The progress of the search.
    pub fn progress(&self) -> SearchProgress {
        self.strict.search().progress()
    }

    /// Bytes that the graph takes, without its edges.
    pub fn bytes(&self) -> usize {
        self.strict.bytes()
    }

    /// The numbers of the graph, once there is no more to do.
    pub fn census(&self) -> Option<&Census> {
        self.census.as_ref()
    }

    /// The values that can be decided from a configuration; `None` where that is not known. Where something was left
    /// out, what was found to be bivalent is so for sure.
    pub fn valency(&self, node: u32) -> Option<Valency> {
        let complete = self.census.as_ref()?.complete;
        let valency = self.valencies.as_ref()?.of(node);
        Some(valency).filter(|valency| complete || *valency == Valency::Bivalent)
    }

    /// True if the search has looked at what can happen next from a configuration that it found.
    pub fn is_seen(&self, node: u32) -> bool {
        (node as usize) < self.progress().expanded
    }

    /// True if the protocol was cut off after some rounds: what decides nothing is a horizon then.
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// A configuration in words: each process, then the messages that wait.
    pub fn words(&self, node: u32) -> Vec<String> {
        let mail = self.strict.mail(node).flatten();
        words(self.strict.step_table(), &self.strict.locals(node), mail)
    }

    /// The run that leads to a configuration, seen from there.
    pub fn run_to(&mut self, node: u32) -> Result<Link, String> {
        let events = self.strict.schedule(node);
        self.instance.moment(&events, events.len())
    }

    /// The same run, and what leads from there to a decision of `value`. The error says if there is none.
    pub fn run_on(&mut self, node: u32, value: bool) -> Result<Link, String> {
        let mut events = self.strict.schedule(node);
        let reached = events.len();
        let future = self.strict.certificate(node, value, None);
        events.extend(future.ok_or_else(|| format!("no run from there decides {}", u8::from(value)))?);
        self.instance.moment(&events, reached)
    }

    /// True if a map shows the whole graph.
    pub fn fits_a_map(&self) -> bool {
        self.strict.search().len() <= MAP_MAX
    }

    /// The whole graph, or what is around `centre` if it is large.
    pub fn map(&self, centre: u32) -> Map {
        let edges = self.strict.search().edges();
        let (start, most) = if self.fits_a_map() { (0, MAP_MAX) } else { (centre, AROUND) };
        let next = |node: u32| edges.from(node).map(|(_, target)| target).collect();
        Map::new(&[start], most, next, |node| self.valency(node))
    }
}

/// A configuration in words: each process, then the messages that wait.
pub(super) fn words<'a>(step_table: &StepTable, locals: &[u32], mail: impl Iterator<Item = &'a u32>) -> Vec<String> {
    let of = |(p, local): (usize, &u32)| {
        let state = if step_table.started(*local) { step_table.label(*local) } else { "not started".into() };
        let decided = step_table.decided(*local).map(|value| format!(", has decided {value}")).unwrap_or_default();
        format!("p{p}: {state}{decided}")
    };
    let messages = mail.map(|message| {
        let mail = step_table.mail(*message);
        format!("{} → {}: {}", mail.from, mail.to, mail.payload.text())
    });
    locals.iter().enumerate().map(of).chain(messages).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    fn atlas(protocol: &str, parameters: &str, inputs: &str) -> Atlas {
        let instance =
            ProtocolInstance::new(&Catalogue::builtin(), protocol, parameters, inputs).expect("well written");
        let mut atlas = Atlas::new(instance).expect("it can be explored");
        while !atlas.step(1_000) {}
        atlas
    }

    #[test]
    fn a_map_shows_the_whole_of_a_small_graph_between_its_shores() {
        let atlas = atlas("wait-for-two", "", "011");
        let map = atlas.map(0);
        assert_eq!((map.nodes.len(), map.edges.len()), (141, 363));
        let mean = |wanted: Valency| {
            let places = (0..map.nodes.len()).filter(|node| map.valencies[*node] == Some(wanted));
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
            let future = atlas.run_on(node, value).expect("it runs");
            assert_eq!(future.position, atlas.run_to(node).expect("it runs").position, "it is seen from there");
            let mut history = future.scenario.start(&Catalogue::builtin()).expect("it runs");
            history.run(100);
            let decided = history.engine().processes().iter().find_map(|process| process.decided.clone());
            assert!(decided.is_some());
        }
        assert!(!atlas.words(node).is_empty());
    }

    #[test]
    fn stopped_work_leaves_what_was_found_and_calls_the_rest_unknown() {
        let mut atlas = Atlas::new(
            ProtocolInstance::new(&Catalogue::builtin(), "ben-or", "rounds=1", "000").expect("well written"),
        )
        .expect("finite");
        assert!(!atlas.step(100));
        atlas.stop();
        let census = atlas.census().expect("there is one");
        assert!(!census.complete && census.configurations >= 100);
        assert_eq!((atlas.valency(0), census.blocked.clone()), (None, None));
        assert!(atlas.map(0).valencies.iter().all(Option::is_none), "the map claims nothing either");
    }

    #[test]
    fn what_cannot_be_explored_is_named() {
        let error = |protocol, parameters, inputs| {
            let instance = ProtocolInstance::new(&Catalogue::builtin(), protocol, parameters, inputs);
            instance.and_then(Atlas::new).err().expect("refused")
        };
        assert!(error("ben-or", "", "011").contains("rounds=1"));
        assert!(error("wait-for-two", "", "01").contains("inputs"));
        assert!(error("wait-for-two", "x", "011").contains("NAME=VALUE"));
        assert!(error("wait-for-two", "x=1", "011").contains("parameters"));
    }
}
