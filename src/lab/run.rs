//! The run: a scenario, its history, and what is at hand of it around the present.

use super::ask::same_run;
use super::clocks::Counted;
use super::session::RunTree;
use super::{AHEAD_EVENTS, WINDOW_EVENTS};
use crate::catalogue::Catalogue;
use crate::engine::{Choice, Refusal};
use crate::history::{Branch, Fact, History, Stop};
use crate::scenario::Scenario;
use std::cell::RefCell;
use std::rc::Rc;

/// A run.
pub(super) struct Run {
    pub(super) catalogue: Catalogue,
    pub(super) scenario: Rc<Scenario>,
    pub(super) history: History,
    /// Details of the events around the present, without a gap.
    pub(super) facts: Vec<Fact>,
    /// Why nothing more happens, where one has tried.
    pub(super) stop: Option<Stop>,
    pub(super) at_rest: bool,
    pub(super) counted: RefCell<Counted>,
    pool_bytes: usize,
}

impl Run {
    /// The run at its beginning, with so many bytes of checkpoints. The error names the field.
    pub(super) fn new(catalogue: &Catalogue, scenario: Rc<Scenario>, pool_bytes: usize) -> Result<Run, String> {
        let history = scenario.start(catalogue)?.with_pool_bytes(pool_bytes);
        let mut run = Run {
            catalogue: catalogue.clone(),
            scenario,
            history,
            facts: Vec::new(),
            stop: None,
            at_rest: false,
            counted: RefCell::default(),
            pool_bytes,
        };
        run.refresh();
        Ok(run)
    }

    /// Another run in the place of this one, with the same room.
    pub(super) fn replaced(&self, scenario: Rc<Scenario>) -> Result<Run, String> {
        Run::new(&self.catalogue, scenario, self.pool_bytes)
    }

    /// All that is needed to make it again.
    pub(super) fn tree(&self) -> RunTree {
        let (mut branches, current) = (self.history.branches().to_vec(), self.history.current());
        let summary = self.history.summary();
        if branches[current].summary != summary {
            branches[current] = Rc::new(Branch { summary, ..Branch::clone(&branches[current]) });
        }
        RunTree { scenario: Rc::clone(&self.scenario), branches, current, stop: self.stop.clone() }
    }

    /// Takes over the branches of the same run as they were, with the requests that they know, and goes to the moment
    /// after `event` events.
    pub(super) fn restore(&mut self, tree: &RunTree, event: u64) {
        self.adopt_requests(Rc::clone(&tree.scenario)).expect("the scenario of a session is valid");
        self.facts.clear();
        if self.history.adopt(tree.branches.clone(), tree.current, event) {
            self.refresh();
            self.stop.clone_from(&tree.stop);
        }
    }

    /// The branches of this run and those of `other` that are not known here, with the one open that is open in `other`.
    /// `None` if that is another run: one of another scenario, or one that began with other interventions.
    pub(super) fn joined(&self, other: &RunTree) -> Option<RunTree> {
        let mut tree = self.tree();
        tree.scenario = Rc::clone(same_run(&tree.scenario, &other.scenario)?);
        let mut places = Vec::new();
        for branch in &other.branches {
            let known = tree.branches.iter().position(|here| here.interventions == branch.interventions);
            places.push(match known {
                Some(place) => {
                    // Whichever was run further tells more.
                    if tree.branches[place].summary.events < branch.summary.events {
                        let summary = branch.summary.clone();
                        Rc::make_mut(&mut tree.branches[place]).summary = summary;
                    }
                    place
                }
                None => {
                    let (parent, event) = branch.parent?;
                    let parent = Some((*places.get(parent)?, event));
                    tree.branches.push(Rc::new(Branch { parent, ..Branch::clone(branch) }));
                    tree.branches.len() - 1
                }
            });
        }
        let current = *places.get(other.current)?;
        Some(RunTree { current, stop: other.stop.clone(), ..tree })
    }

    /// The scenario with everything that was done to it on the open branch.
    pub(super) fn saved(&self) -> Scenario {
        let interventions = self.history.interventions().to_vec();
        Scenario { interventions, ..Scenario::clone(&self.scenario) }
    }

    /// Details of the events up to the present.
    pub(super) fn past(&self) -> &[Fact] {
        let position = self.history.position();
        &self.facts[..self.facts.partition_point(|fact| fact.event <= position)]
    }

    /// One event; false at the end.
    pub(super) fn step(&mut self) -> bool {
        let known = self.facts.last().map_or(0, |fact| fact.event);
        let result = if known == self.history.position() {
            if self.facts.len() as u64 >= 3 * WINDOW_EVENTS {
                self.facts.drain(..WINDOW_EVENTS as usize);
            }
            self.history.tell().map(|fact| self.facts.push(fact))
        } else {
            self.history.next().map(|_| ())
        };
        self.stop = result.err();
        self.stop.is_none()
    }

    /// The positions before and after the events whose details are at hand.
    fn at_hand(&self) -> Option<(u64, u64)> {
        Some((self.facts.first()?.event - 1, self.facts.last()?.event))
    }

    /// Goes to the moment after `event` events, or as far as the run goes.
    pub(super) fn seek(&mut self, event: u64) {
        let begin = event.saturating_sub(WINDOW_EVENTS);
        if self.at_hand().is_some_and(|(from, to)| (from..=to).contains(&begin)) {
            self.stop = self.history.seek(event).err();
        } else {
            // Nothing near is at hand: the details are taken down on the way.
            (self.facts, self.stop) = self.history.visit(event, begin, event + AHEAD_EVENTS);
        }
    }

    /// A person acts at this moment, in microseconds, on a branch of its own.
    pub(super) fn act(&mut self, choice: Choice, at_us: u64) -> Result<(), Refusal> {
        self.history.act(choice, Some(at_us))?;
        let position = self.history.position();
        self.facts.retain(|fact| fact.event < position);
        self.stop = None;
        Ok(())
    }

    /// Opens another branch, at the moment after `event` events.
    pub(super) fn open(&mut self, branch: usize, event: u64) {
        self.history.open(branch, event);
        self.facts.clear();
        self.stop = None;
    }

    /// Brings what is at hand up to the present.
    pub(super) fn refresh(&mut self) {
        self.at_rest = self.history.is_at_rest();
        // It is known without asking for one event too many.
        if self.at_rest && self.stop.is_none() && self.history.next_us().is_none() {
            self.stop = Some(Stop::Rest);
        }
        let position = self.history.position();
        let end = (self.history.records().len() as u64).min(position + AHEAD_EVENTS);
        let begin = position.saturating_sub(WINDOW_EVENTS);
        match self.at_hand() {
            Some((from, to)) if from <= begin && (begin..=end).contains(&to) => {
                if to < end {
                    let more = self.history.facts(to, end);
                    self.facts.extend(more);
                }
                self.facts.drain(..(begin - from) as usize);
            }
            Some((from, to)) if from <= begin && to >= end => {}
            _ => self.facts = self.history.facts(begin, end),
        }
    }
}
