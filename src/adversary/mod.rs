//! The adversary: FLP's proof, played.
//!
//! It picks the order of all steps and deliveries, and nothing else. A stage serves the process at the head of a
//! queue: its oldest message is delivered at the end of the stage, after as few other events as keep the configuration
//! bivalent. So every process steps for ever, every message arrives, and nobody decides. Where a stage cannot be
//! played, the proof says which process to crash instead, or that agreement is broken.
//!
//! Bivalence is exact where the graph is finite, else it has [`certificate`]s. The [`ledger`] is kept as the play goes,
//! and before anything is reported it is all run again by [`replay`].
//!
//! Source: Fischer, Lynch and Paterson, *Impossibility of distributed consensus with one faulty process* (JACM 1985).

use crate::catalogue::{Explorer, Inputs, Instance, RoundSymmetry};
use crate::explorer::strict::Strict;
use crate::explorer::valency::{Valencies, Valency};
use crate::explorer::{StepTable, StrictEvent, StrictStep};
use crate::process::{ProcessId, Program, Value};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

pub mod live;

pub mod certificate;
mod stage_search;

pub mod ledger;
pub mod pivot;

pub mod endless;
pub mod replay;

mod account;
mod audit;
mod horns;

pub use account::{Account, InitialConfiguration, InputPath, LedgerSummary, TRIALS_MAX, Tried, Waiting};
pub use audit::{Audit, AuditReport};
use certificate::{Certificates, Prover};
pub use horns::Horn;
use ledger::Ledger;
use live::{Live, Names};
use stage_search::{Memo, StageSearch, Try};

/// The largest graph whose valencies are computed; where there are more configurations, certificates are looked for.
const EXACT_MAX: usize = 200_000;

/// The number of configurations of the graph that are looked at in the time of one try of a stage.
const CONFIGURATIONS_A_TRY: usize = 200;

/// The parameter that says whose a protocol's coins are.
const COIN: &str = "coin";

/// One stage of the play.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stage {
    /// The process that was served.
    pub process: ProcessId,
    /// Its events, as places in the schedule; the last is the one that the stage is about.
    pub events: Range<usize>,
    /// The number of ways to play it that were tried in vain before: after them the event led to what is not known to
    /// be bivalent.
    pub tried: usize,
    /// Schedules to a decision of 0 and of 1 from the configuration in which the stage ended.
    pub certificates: Certificates,
}

/// A configuration that comes back, up to a shift of rounds: going round for ever is an endless fair run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Loop {
    /// The number of events that come before it.
    pub prefix: usize,
    /// The number of its events.
    pub length: usize,
}

/// The end of a play, and its reason.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Stopped {
    /// The stage that could not be played, counted from 0.
    pub stage: usize,
    /// The reason in words.
    pub why: String,
}

/// A play, stage by stage.
pub struct Adversary {
    program: Program,
    /// The inputs that the play is about.
    inputs: Vec<Value>,
    /// The graph from all initial configurations considered, or only its step table where it is not finite.
    strict: Strict,
    valencies: Option<Valencies>,
    roots: Vec<Vec<Value>>,
    truncated: bool,
    symmetry: Option<RoundSymmetry>,
    prover: Prover,
    names: Names,
    live: Live,
    queue: VecDeque<usize>,
    search: Option<StageSearch>,
    /// The moves played so far, by the name of the configuration and the head of the queue.
    memos: BTreeMap<Vec<u32>, Memo>,
    schedule: Vec<StrictStep>,
    stages: Vec<Stage>,
    ledger: Ledger,
    phases: u64,
    seen: BTreeMap<Vec<u32>, usize>,
    cycle: Option<Loop>,
    horns: Vec<Horn>,
    opening: Option<OpeningMove>,
    stopped: Option<Stopped>,
}

/// The knowledge that the first stage needs, and how much of it is there.
enum OpeningMove {
    /// The whole graph, if it ends within bounds.
    Explore,
    /// The values that can be decided from each configuration of it.
    Value(Valencies),
    /// The values that can be decided from each initial configuration, one after the other.
    Corners(Vec<Valency>),
}

/// The progress of a slice of a play.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// Before the first stage: the next slice goes on to find out what can be decided from the initial configurations.
    Opening,
    /// In the middle of a stage: the next slice goes on there.
    Searching,
    /// A stage has ended: it is the last of [`Adversary::stages`].
    Stage,
    /// The play has ended: see [`Adversary::stopped`].
    Stopped,
}

impl Adversary {
    /// A play against a consensus protocol, of which nothing is known yet. The error names what does not fit.
    pub fn new(instance: &Instance, inputs: &[Value]) -> Result<Self, String> {
        let Instance { entry, parameters, program } = instance;
        let optional: Vec<Option<Value>> = inputs.iter().cloned().map(Some).collect();
        entry.check_inputs(&optional)?;
        let n = inputs.len();
        if entry.inputs != Inputs::Bits || entry.exploration.explorer != Explorer::Strict {
            return Err(format!(
                "protocol: the adversary plays against consensus and commit without a clock, and {} is neither",
                entry.name
            ));
        }
        if !(entry.processes.0..=entry.processes.1).contains(&n) {
            let (least, most) = entry.processes;
            return Err(format!("inputs: {} has from {least} to {most} processes, not {n}", entry.name));
        }
        if entry.parameters.iter().any(|parameter| parameter.name == COIN) && parameters.choice(COIN) == "random" {
            return Err(format!(
                "parameters.{COIN}: nobody chooses how random coins fall, so no order of messages keeps them from an \
                 end; \"adversary\" lets the adversary choose"
            ));
        }
        let bounds: Vec<Option<u64>> = entry.bounds(parameters).map(|(_, bound)| bound).collect();
        let finite = bounds.iter().all(Option::is_some);
        let mut roots = vec![inputs.to_vec()];
        roots.extend(initial_vectors(n).into_iter().filter(|vector| vector != inputs));
        let vectors: Vec<Vec<Option<Value>>> =
            roots.iter().map(|vector| vector.iter().cloned().map(Some).collect()).collect();
        let strict = Strict::new(program, &vectors, EXACT_MAX);
        let symmetry = entry.symmetry.clone().filter(|_| !finite);
        let live = Live::initial(strict.locals(0));
        Ok(Adversary {
            program: program.clone(),
            inputs: inputs.to_vec(),
            strict,
            valencies: None,
            roots,
            truncated: !bounds.is_empty() && finite,
            symmetry: symmetry.clone(),
            prover: Prover::default(),
            names: Names::new(symmetry),
            live,
            queue: (0..n).collect(),
            search: None,
            memos: BTreeMap::new(),
            schedule: Vec::new(),
            stages: Vec::new(),
            ledger: Ledger::new(n),
            phases: 0,
            seen: BTreeMap::new(),
            cycle: None,
            horns: Vec::new(),
            opening: Some(if finite { OpeningMove::Explore } else { OpeningMove::Corners(Vec::new()) }),
            stopped: None,
        })
    }

    /// Plays on, with at most `budget` tries of where a stage's event leads, and not beyond the end of the stage.
    ///
    /// A caller that has seen enough just stops calling; the findings stay, and can be reported.
    pub fn step(&mut self, budget: usize) -> Pace {
        if self.stopped.is_some() {
            return Pace::Stopped;
        }
        if self.opening.is_some() {
            self.open(budget);
            return Pace::Opening;
        }
        let process = self.queue[0];
        let mut name = self.names.name_by_age(self.strict.step_table(), &self.live);
        name.push(u32::try_from(process).expect("few processes"));
        if let Some((steps, certificates, tried)) = self.recall(&name) {
            return self.play(steps, certificates, tried);
        }
        let mut search = self.search.take().unwrap_or_else(|| {
            let live = self.live.clone();
            self.stage_search(&live, process, live.oldest(process))
        });
        for _ in 0..budget {
            match self.attempt(&mut search) {
                Try::Failed(..) => continue,
                Try::Found(mut steps, last, certificates) => {
                    steps.push(last);
                    self.note_down(name, &steps, search.failed);
                    return self.play(steps, certificates, search.failed);
                }
                Try::Exhausted => self.lemma_3(process, search.cause, &search.reached),
                Try::Unknown => {
                    self.stop(format!(
                        "no certificates were found after delivering to p{process}, which proves nothing"
                    ));
                }
            }
            return Pace::Stopped;
        }
        self.search = Some(search);
        Pace::Searching
    }

    /// Plays the events that a stage needs.
    fn play(&mut self, steps: Vec<StrictStep>, certificates: Certificates, tried: usize) -> Pace {
        let start = self.schedule.len();
        steps.into_iter().for_each(|step| self.take(step));
        let (process, events) = (self.queue[0].into(), start..self.schedule.len());
        self.stages.push(Stage { process, events, tried, certificates });
        self.queue.rotate_left(1);
        if self.decided() != 0 {
            self.stop("a process has decided in a configuration that is still bivalent".into());
        }
        Pace::Stage
    }

    /// Plays a stage. False if the play has ended: see [`Adversary::stopped`].
    pub fn next_stage(&mut self) -> bool {
        self.open_all();
        self.step(usize::MAX) == Pace::Stage && self.stopped.is_none()
    }

    /// The end of the play, if it has ended.
    pub fn stopped(&self) -> Option<&Stopped> {
        self.stopped.as_ref()
    }

    /// The queue of processes; the head is served in the present stage.
    pub fn queue(&self) -> Vec<ProcessId> {
        self.queue.iter().copied().map(ProcessId::from).collect()
    }

    /// The stages played.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The books.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Phases that all processes have completed.
    pub fn phases(&self) -> u64 {
        self.phases
    }

    /// The loop that was found, if one was.
    pub fn cycle(&self) -> Option<Loop> {
        self.cycle
    }

    /// The present configuration.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// The step table that numbers in stages, ledger and configuration belong to.
    pub fn step_table(&self) -> &StepTable {
        self.strict.step_table()
    }

    /// The events of some steps.
    pub fn events(&self, steps: &[StrictStep]) -> Vec<StrictEvent> {
        steps.iter().map(|step| self.step_table().event(*step)).collect()
    }

    /// The schedule so far.
    pub fn schedule(&self) -> Vec<StrictEvent> {
        self.events(&self.schedule)
    }

    fn stop(&mut self, why: String) {
        self.stopped = Some(Stopped { stage: self.stages.len(), why });
    }

    /// Applies a step of the play.
    fn take(&mut self, step: StrictStep) {
        let sent = self.live.apply(self.strict.step_table_mut(), step);
        self.schedule.push(step);
        self.ledger.enter(step, self.stages.len(), sent);
        self.remember();
    }

    /// Notes where the play is, and whether it was there before.
    fn remember(&mut self) {
        self.phases = self.names.phases(self.strict.step_table(), &self.live);
        if self.cycle.is_some() || self.valencies.is_some() {
            // The exact graphs have no cycles, and one loop is enough.
            return;
        }
        let (name, _) = self.names.name(self.strict.step_table(), &self.live);
        let now = self.schedule.len();
        let first = *self.seen.entry(name).or_insert(now);
        // Nothing is left of the early part of a loop in what waits now, so that going round again is fair again.
        if first < now && self.ledger.fair_since(first) && self.decided() == 0 {
            self.cycle = Some(Loop { prefix: first, length: now - first });
        }
    }

    /// Goes on with what must be known before the first stage.
    fn open(&mut self, budget: usize) {
        let configurations = budget.saturating_mul(CONFIGURATIONS_A_TRY);
        self.opening = match self.opening.take() {
            None => None,
            Some(OpeningMove::Explore) => Some(if !self.strict.step(configurations).done {
                OpeningMove::Explore
            } else if self.strict.search().is_complete() {
                OpeningMove::Value(self.strict.unvalued())
            } else {
                OpeningMove::Corners(Vec::new())
            }),
            Some(OpeningMove::Value(mut valencies)) => {
                Some(if self.strict.value(&mut valencies, configurations).done {
                    self.valencies = Some(valencies);
                    OpeningMove::Corners(Vec::new())
                } else {
                    OpeningMove::Value(valencies)
                })
            }
            Some(OpeningMove::Corners(mut valencies)) => {
                valencies.push(self.initial_valency(valencies.len()));
                if valencies[0] == Valency::Bivalent {
                    self.remember();
                    None
                } else if valencies.len() == self.roots.len() {
                    self.refuse(&valencies);
                    None
                } else {
                    Some(OpeningMove::Corners(valencies))
                }
            }
        };
    }

    /// Does all that must be done before the first stage.
    fn open_all(&mut self) {
        while self.opening.is_some() {
            self.open(usize::MAX);
        }
    }

    /// Ends a play that cannot begin: its initial configuration is not bivalent.
    fn refuse(&mut self, valencies: &[Valency]) {
        let given = text(&self.inputs);
        let what = match self.valencies {
            Some(_) => format!("the initial configuration is {}", valencies[0]),
            None => "no certificates of bivalence were found for the initial configuration".to_owned(),
        };
        if let Some(root) = valencies.iter().position(|valency| *valency == Valency::Bivalent) {
            self.stop(format!("with the inputs {given} {what}; with {} it is bivalent", text(&self.roots[root])));
            return;
        }
        self.stop(format!("with the inputs {given} {what}, and so it is with all inputs"));
        self.lemma_2(valencies);
    }

    /// The values decided where the play stands, as a mask: 1 for 0, 2 for 1.
    pub fn decided(&self) -> u8 {
        self.live.decided(self.step_table())
    }

    /// The values that can be decided from an initial configuration; where the graph is not finite, those that were
    /// found.
    fn initial_valency(&mut self, root: usize) -> Valency {
        if let Some(valencies) = &self.valencies {
            return valencies.of(u32::try_from(root).expect("few initial configurations"));
        }
        let live = self.initial(root);
        certificate::valency(&certificate::schedules(self.strict.step_table_mut(), &live))
    }

    fn initial(&self, root: usize) -> Live {
        let root = u32::try_from(root).expect("few initial configurations");
        Live::initial(self.strict.locals(root))
    }

    /// The certificates of a configuration, if it is known to be bivalent; if not, what is known.
    fn bivalent(&mut self, live: &Live) -> Result<Certificates, Valency> {
        if self.valencies.is_none() {
            return match live.decided(self.strict.step_table()) {
                0 => self.prover.prove(self.strict.step_table_mut(), &mut self.names, live),
                decided => Err(Valency::of(decided)),
            };
        }
        let node = self.node(live);
        match self.valency(node) {
            Valency::Bivalent => Ok([1, 2].map(|bit| self.way_to(node, bit))),
            valency => Err(valency),
        }
    }

    /// A shortest schedule from a configuration of the exact graph to a decision that is known to be reachable: 1 for
    /// 0, 2 for 1.
    fn way_to(&mut self, node: u32, bit: u8) -> Vec<StrictStep> {
        let decided = |node: u32| self.strict.search().decided()[node as usize] & bit != 0;
        let path = self.strict.path_to(node, None, decided).expect("the value can be decided from there");
        self.strict.steps(&path)
    }

    /// The number of a configuration of the exact graph.
    fn node(&self, live: &Live) -> u32 {
        live.find(&self.strict).expect("the graph holds all that can be reached")
    }

    fn valency(&self, node: u32) -> Valency {
        self.valencies.as_ref().expect("asked of exact graphs only").of(node)
    }

    /// The configuration to which a step of `process` for `cause` leads, for each way in which its coins can fall.
    fn successors(&mut self, live: &Live, process: usize, cause: u32) -> Vec<(Live, StrictStep)> {
        let step_table = self.strict.step_table_mut();
        let steps = live.steps(step_table, process, cause).into_iter();
        let apply = |step| {
            let mut after = live.clone();
            after.apply(step_table, step);
            (after, step)
        };
        steps.map(apply).collect()
    }
}

/// The initial vectors of interest: all of them for few processes, else those of Lemma 2's walk.
fn initial_vectors(n: usize) -> Vec<Vec<Value>> {
    if n <= 4 {
        let bit = |code: usize, p: usize| Value::Bit(code >> (n - 1 - p) & 1 == 1);
        (0..1 << n).map(|code| (0..n).map(|p| bit(code, p)).collect()).collect()
    } else {
        (0..=n).map(|ones| (0..n).map(|p| Value::Bit(p >= n - ones)).collect()).collect()
    }
}

fn text(inputs: &[Value]) -> String {
    inputs.iter().map(Value::to_string).collect()
}
