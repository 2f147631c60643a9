//! The vicinity: what can happen next from a configuration of a protocol whose graph does not end.
//!
//! Around it a few configurations are found, breadth first, and for each certificates are looked for. With both a
//! configuration is certified to be bivalent; without both nothing is known of it.

use crate::adversary::certificate::Prover;
use crate::adversary::live::{Live, Names};
use crate::catalogue::Instance;
use crate::explorer::strict::Strict;
use crate::explorer::valency::Valency;
use crate::explorer::{NULL, StrictEvent, StrictStep};
use crate::process::Value;
use crate::scenario::Link;
use std::collections::BTreeMap;

use super::atlas::words;
use super::map::Map;
use super::protocol_instance::ProtocolInstance;

/// The most configurations of a vicinity.
pub const VICINITY_MAX: usize = 60;

/// A configuration, how it was reached, and what is known of it.
struct Surveyed {
    live: Live,
    /// The place before it, and the step between; none for the middle.
    before: Option<(usize, StrictStep)>,
    next: Vec<u32>,
    /// Both certificates, or the values to which a way was found. None as long as nobody has looked.
    proof: Option<Result<[Vec<StrictStep>; 2], Valency>>,
}

/// The surroundings of a configuration.
pub struct Vicinity {
    instance: ProtocolInstance,
    /// The events that lead to the middle.
    reached: Vec<StrictEvent>,
    /// For its step_table: nothing is explored.
    strict: Strict,
    names: Names,
    prover: Prover,
    places: Vec<Surveyed>,
    known: BTreeMap<Vec<u32>, u32>,
    expanded: usize,
}

impl Vicinity {
    /// The surroundings of where these events lead from the instance's inputs. The error names what does not fit.
    pub fn new(instance: ProtocolInstance, reached: Vec<StrictEvent>) -> Result<Vicinity, String> {
        let Instance { entry, program, .. } = instance.resolve()?;
        let values = instance.bits(&entry)?.into_iter().map(|bit| Some(Value::Bit(bit))).collect();
        let mut strict = Strict::new(&program, &[values], 1);
        let mut live = Live::initial(strict.locals(0));
        for (number, event) in (1..).zip(&reached) {
            let step = step_of(&mut strict, &live, event).ok_or_else(|| format!("event {number} cannot happen"))?;
            live.apply(strict.step_table_mut(), step);
        }
        let mut names = Names::new(entry.symmetry.clone());
        let known = BTreeMap::from([(names.name(strict.step_table(), &live).0, 0)]);
        let middle = Surveyed { live, before: None, next: Vec::new(), proof: None };
        let (places, prover) = (vec![middle], Prover::default());
        Ok(Vicinity { instance, reached, strict, names, prover, places, known, expanded: 0 })
    }

    /// Expands one configuration, or looks for the certificates of one. True when there is no more to do.
    pub fn step(&mut self) -> bool {
        if self.expanded < self.places.len() {
            self.expand();
            return false;
        }
        let Some(place) = self.places.iter().position(|place| place.proof.is_none()) else { return true };
        let live = &self.places[place].live;
        let proof = self.prover.prove(self.strict.step_table_mut(), &mut self.names, live);
        self.places[place].proof = Some(proof);
        false
    }

    fn expand(&mut self) {
        let (at, step_table) = (self.expanded, self.strict.step_table_mut());
        self.expanded += 1;
        let live = self.places[at].live.clone();
        for (process, cause) in live.events(step_table) {
            for step in live.steps(step_table, process, cause) {
                let mut after = live.clone();
                after.apply(step_table, step);
                let name = self.names.name(step_table, &after).0;
                let fresh = u32::try_from(self.places.len()).expect("few places");
                let to = match self.known.get(&name) {
                    Some(to) => *to,
                    None if self.places.len() < VICINITY_MAX => {
                        self.known.insert(name, fresh);
                        self.places.push(Surveyed {
                            live: after,
                            before: Some((at, step)),
                            next: Vec::new(),
                            proof: None,
                        });
                        fresh
                    }
                    None => continue,
                };
                if !self.places[at].next.contains(&to) {
                    self.places[at].next.push(to);
                }
            }
        }
    }

    /// For how many of how many configurations certificates were looked for.
    pub fn progress(&self) -> (usize, usize) {
        (self.places.iter().filter(|place| place.proof.is_some()).count(), VICINITY_MAX.min(self.places.len()))
    }

    /// The map of what was found; what has no two certificates is unknown.
    pub fn map(&self) -> Map {
        let next = |node: u32| self.places[node as usize].next.clone();
        let certified = |node: u32| matches!(self.places[node as usize].proof, Some(Ok(_)));
        Map::new(&[0], VICINITY_MAX, next, |node| certified(node).then_some(Valency::Bivalent))
    }

    /// To which values a way is known, if anybody has looked.
    pub fn found(&self, node: u32) -> Option<Valency> {
        let proof = self.places[node as usize].proof.as_ref()?;
        Some(proof.as_ref().map_or_else(|found| *found, |_| Valency::Bivalent))
    }

    /// A configuration in words.
    pub fn words(&self, node: u32) -> Vec<String> {
        let live = &self.places[node as usize].live;
        words(self.strict.step_table(), &live.locals, live.mail.iter().flatten())
    }

    /// The run that leads to a configuration, seen from there.
    pub fn run_to(&self, node: u32) -> Result<Link, String> {
        let events = self.events(node);
        self.instance.moment(&events, events.len())
    }

    /// The same run, and its certificate for `value`. The error says if none is known.
    pub fn run_on(&self, node: u32, value: bool) -> Result<Link, String> {
        let Some(Ok(certificates)) = &self.places[node as usize].proof else {
            return Err("no certificates are known for this configuration".into());
        };
        let mut events = self.events(node);
        let reached = events.len();
        events.extend(certificates[usize::from(value)].iter().map(|step| self.strict.step_table().event(*step)));
        self.instance.moment(&events, reached)
    }

    fn events(&self, node: u32) -> Vec<StrictEvent> {
        let mut steps = Vec::new();
        let mut place = node as usize;
        while let Some((before, step)) = self.places[place].before {
            steps.push(self.strict.step_table().event(step));
            place = before;
        }
        self.reached.iter().cloned().chain(steps.into_iter().rev()).collect()
    }
}

/// The step of this machine that an event is.
fn step_of(strict: &mut Strict, live: &Live, event: &StrictEvent) -> Option<StrictStep> {
    let process = event.process.index();
    let cause = match &event.mail {
        None => NULL,
        Some(mail) => {
            let mut waiting = live.mail[process].iter().copied();
            waiting.find(|message| strict.step_table().mail(*message) == mail)?
        }
    };
    let steps = live.steps(strict.step_table_mut(), process, cause);
    steps.into_iter().find(|step| step.coins == event.coins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn around_where_the_adversary_stands_what_is_certified_can_be_played_and_the_rest_is_unknown() {
        let instance = ProtocolInstance::new(&Catalogue::builtin(), "paxos", "", "011").expect("well written");
        let mut adversary = instance.adversary().expect("it can be played");
        while adversary.stages().len() < 5 {
            adversary.step(64);
        }
        let mut vicinity = Vicinity::new(instance, adversary.schedule()).expect("the schedule can happen");
        while !vicinity.step() {}
        let map = vicinity.map();
        assert_eq!((map.nodes.len(), map.nodes[0]), (VICINITY_MAX, 0));
        assert_eq!(map.valencies[0], Some(Valency::Bivalent), "the adversary keeps it open");
        assert!(map.valencies.iter().all(|valency| matches!(valency, None | Some(Valency::Bivalent))));
        for value in [false, true] {
            let link = vicinity.run_on(0, value).expect("it is certified");
            let mut history = link.scenario.start(&Catalogue::builtin()).expect("valid");
            history.run(10_000);
            let decided: Vec<Value> =
                history.engine().processes().iter().filter_map(|process| process.decided.clone()).collect();
            assert!(decided.contains(&Value::Bit(value)), "{decided:?}");
        }
        let last = map.nodes.len() as u32 - 1;
        assert!(vicinity.run_to(last).is_ok() && vicinity.words(last).len() > 3);
    }
}
