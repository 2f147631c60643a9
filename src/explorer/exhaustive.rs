//! Every protocol explored as its entry in the catalogue says, and judged in every configuration.
//!
//! Safety is judged everywhere. A promise for the end is judged where a run can end: where
//! nothing is on its way and no timer runs, or, under the synchronous explorer, in a circle. Delivery is judged also
//! where the budget of timers is spent: what is sent once more than it can be lost must have arrived. A run in which
//! somebody would still come back has not ended, and where a protocol is cut off after some rounds there is a horizon
//! and no end: termination is not judged there.
//!
//! The strict explorer has no crashes; who is left out of a schedule has crashed. So termination also means, where one
//! process may crash, that no process blocks any configuration.

use super::lossy::Lossy;
use super::operating::OperatingSearch;
use super::search::{Search, Viewed};
use super::strict::Strict;
use super::synchronous::{Synchronous, SynchronousFaults};
use super::view::ConfigurationView;
use super::{LIMIT, SearchProgress, Tracked};
use crate::catalogue::{Assumption, Catalogue, Entry, Explorer, Inputs, Instance};
use crate::process::{Invocation, Local, ProcessId, Program, Value};
use crate::property::{Monitors, ProcessFacts, Property, Verdict};
use serde::Serialize;
use std::fmt::{self, Display};
use std::rc::Rc;

/// The finding on one property.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// The property.
    pub property: Property,
    /// The verdict over all of the exploration.
    pub verdict: Verdict,
    /// In how many configurations it was judged.
    pub judged: usize,
    /// In how many of them it does not hold.
    pub violated: usize,
    /// The nearest of them.
    pub example: Option<Example>,
}

/// In a line: `agreement: violated in 3 of 26 configurations, first after 7 steps: p0 decided 0, and p1 decides 1`.
impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, verdict) = (self.property.name(), self.verdict.text());
        match &self.example {
            None => write!(f, "{name}: {verdict}, judged in {} configurations", self.judged),
            Some(Example { steps, why, .. }) => write!(
                f,
                "{name}: {verdict} in {} of {} configurations, first after {steps} steps: {why}",
                self.violated, self.judged
            ),
        }
    }
}

/// A configuration in which a property does not hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Example {
    /// The inputs.
    pub inputs: Vec<Option<Value>>,
    /// After how many events, or exchanges of messages.
    pub steps: usize,
    /// The violation, in words.
    pub why: String,
}

/// The findings of an exploration, from all its inputs together.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ExplorationReport {
    /// True if nothing was left out.
    pub complete: bool,
    /// From how many vectors of inputs it began.
    pub roots: usize,
    /// Configurations, those of different inputs apart.
    pub configurations: usize,
    /// Edges from one configuration to another.
    pub edges: usize,
    /// The protocol's properties, in its order.
    pub findings: Vec<Finding>,
}

/// The vectors of inputs that the entry's exploration begins from: all vectors of bits, or the one that it names.
pub fn inputs(entry: &Entry) -> Vec<Vec<Option<Value>>> {
    let exploration = &entry.exploration;
    let n = exploration.processes;
    match entry.inputs {
        Inputs::Bits => (0..1u32 << n)
            .map(|code| (0..n).rev().map(|place| Some(Value::Bit(code >> place & 1 == 1))).collect())
            .collect(),
        _ => {
            let given = (0..n).map(|place| exploration.inputs.get(place).filter(|input| !input.is_empty()));
            vec![given.map(|input| input.map(|input| Value::from(&**input))).collect()]
        }
    }
}

/// Explores a protocol as its entry says, from these inputs; from each vector of inputs until
/// `limit` configurations are found. `watch` hears of the progress. The error names what does not fit.
pub fn explore(
    instance: &Instance,
    inputs: &[Vec<Option<Value>>],
    limit: usize,
    watch: &mut dyn FnMut(SearchProgress),
) -> Result<ExplorationReport, String> {
    let Instance { entry, parameters, program } = instance;
    let horizon = entry.bounds(parameters).any(|(_, bound)| bound.is_some());
    let finding = |property: &Property| Finding {
        property: *property,
        verdict: Verdict::Unknown,
        judged: 0,
        violated: 0,
        example: None,
    };
    let findings = entry.properties.iter().map(finding).collect();
    let mut explorer = entry.exploration.explorer;
    if program.is_timed() {
        return Err(format!("{} looks at its clock, and time is no part of configurations", entry.name));
    }
    if let Explorer::Synchronous { faults } = &mut explorer
        && entry.assumptions.contains(&Assumption::FewCrashes)
    {
        // As many as the protocol was made for.
        *faults = usize::try_from(parameters.integer("faults")).expect("a small number");
    }
    let mut report = ExplorationReport { complete: true, roots: inputs.len(), configurations: 0, edges: 0, findings };
    for inputs in inputs {
        entry.check_inputs(inputs)?;
        let judge = Judge { entry, inputs, horizon, report: &mut report };
        explore_from(explorer, program, limit, watch, judge);
    }
    for finding in &mut report.findings {
        finding.verdict = match finding.violated {
            0 if finding.judged > 0 && report.complete => Verdict::Holds,
            0 => Verdict::Unknown,
            _ => Verdict::Violated,
        };
    }
    Ok(report)
}

/// Explores the protocol `name` of `catalogue` as its entry says, with `given` parameters besides, such as
/// `("mutant", "hasty")`, from each of its [`inputs`] until [`LIMIT`] configurations are found. The error names what does
/// not fit.
pub fn explore_protocol(
    catalogue: &Catalogue,
    name: &str,
    given: &[(&str, &str)],
) -> Result<ExplorationReport, String> {
    let entry = catalogue.find(name)?;
    let usual = entry.exploration.parameters.iter().map(|(name, value)| (&**name, &**value));
    let instance = catalogue.instance(name, usual.chain(given.iter().copied()), None)?;
    explore(&instance, &inputs(&entry), LIMIT, &mut |_| ())
}

/// The exploration of an entry with users that ask what it says.
pub fn operating(
    entry: &Entry,
    program: &Program,
    inputs: &[Option<Value>],
    limit: usize,
) -> Result<OperatingSearch, String> {
    let n = inputs.len();
    let roles = Rc::new(entry.shares(n)?);
    let local = |(me, input): (ProcessId, &Option<Value>)| Local {
        role: roles.of(me),
        roles: Rc::clone(&roles),
        ..Local::complete(me, n, input.clone())
    };
    let locals: Vec<Local> = ProcessId::all(n).zip(inputs).map(local).collect();
    let mut requests = vec![Vec::new(); n];
    for (process, words) in &entry.exploration.requests {
        let words: Vec<&str> = words.split(' ').collect();
        requests[usize::from(*process)].push(Invocation::of(&words));
    }
    OperatingSearch::new(program, &locals, requests, limit)
}

/// The number of configurations that are expanded between two looks at the progress.
const SLICE: usize = 50_000;

fn explore_from(
    explorer: Explorer,
    program: &Program,
    limit: usize,
    watch: &mut dyn FnMut(SearchProgress),
    mut judge: Judge<'_>,
) {
    let (entry, inputs) = (judge.entry, judge.inputs);
    let mut work = |step: &mut dyn FnMut() -> SearchProgress| {
        loop {
            let progress = step();
            watch(progress);
            if progress.done {
                return;
            }
        }
    };
    match explorer {
        Explorer::Timed => unreachable!("refused before"),
        Explorer::Strict if !entry.exploration.requests.is_empty() => {
            let mut operating = match operating(entry, program, inputs, limit) {
                Ok(operating) => operating,
                Err(error) => unreachable!("an entry's own exploration fits: {error}"),
            };
            work(&mut || operating.step(SLICE));
            judge.all(operating.search(), &|_, view| if view.at_rest() { SearchEnd::Rest } else { SearchEnd::No });
        }
        Explorer::Strict => {
            let watched = Tracked { user: true, ..Tracked::default() };
            let mut strict = Strict::watching(program, &[inputs.to_vec()], limit, watched);
            work(&mut || strict.step(SLICE));
            judge.all(strict.search(), &|_, view| if view.at_rest() { SearchEnd::Rest } else { SearchEnd::No });
            let may_crash = !entry.assumptions.contains(&Assumption::NoCrash);
            let wanted = entry.properties.iter().find(|property| property.wants_decision());
            if let Some(&wanted) = wanted.filter(|_| may_crash && !judge.horizon) {
                let valencies = strict.valencies();
                for node in 0..strict.search().len() as u32 {
                    let blocks = (0..inputs.len()).find(|process| valencies.blocks(*process, node));
                    let why = blocks.map(|process| format!("nobody can decide any more if p{process} crashes"));
                    judge.enter(strict.search(), node, wanted, why);
                }
            }
        }
        Explorer::Lossy(budget) => {
            let fifo = entry.assumptions.contains(&Assumption::FifoLinks);
            let mut lossy = Lossy::new(program, inputs, budget, fifo, limit);
            work(&mut || lossy.step(SLICE, &mut |_| None));
            judge.all(lossy.search(), &|node, view| {
                if view.at_rest() {
                    SearchEnd::Rest
                } else if view.is_quiet() && lossy.budget(node).firings == 0 {
                    SearchEnd::Spent
                } else {
                    SearchEnd::No
                }
            });
        }
        Explorer::Synchronous { faults } => {
            let mut synchronous = Synchronous::new(program, inputs, SynchronousFaults::Crashes(faults), limit);
            work(&mut || synchronous.step(SLICE));
            let ends = synchronous.ends();
            judge.all(synchronous.search(), &|node, _| {
                if ends[node as usize] { SearchEnd::Rest } else { SearchEnd::No }
            });
        }
    }
}

impl ExplorationReport {
    /// The finding on the property of that name, if the protocol has one of that name.
    pub fn finding(&self, property: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.property.name() == property)
    }
}

/// The way in which a run can end in a configuration.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SearchEnd {
    No,
    /// Nothing more happens, or the same again and again.
    Rest,
    /// Timers run, but the budget does not let them fire.
    Spent,
}

struct Judge<'a> {
    entry: &'a Entry,
    inputs: &'a [Option<Value>],
    /// True if the protocol is cut off after some rounds.
    horizon: bool,
    report: &'a mut ExplorationReport,
}

impl Judge<'_> {
    /// Judges every configuration that a search has found.
    fn all<R: Viewed>(&mut self, search: &Search<R>, end: &dyn Fn(u32, ConfigurationView<'_>) -> SearchEnd) {
        self.report.complete &= search.is_complete();
        self.report.configurations += search.len();
        self.report.edges += search.edges().len();
        let mut before = Monitors::new(&self.entry.properties, self.inputs);
        before.begin_with(search.view(0).books());
        for node in 0..search.len() as u32 {
            let view = search.view(node);
            let end = end(node, view);
            for (property, why) in judged(self.entry, before.clone(), view, end, self.horizon) {
                self.enter(search, node, property, why);
            }
        }
    }

    fn enter<R: Viewed>(&mut self, search: &Search<R>, node: u32, property: Property, why: Option<String>) {
        let findings = &mut self.report.findings;
        let finding = findings.iter_mut().find(|finding| finding.property == property);
        let finding = finding.expect("only the protocol's own properties are judged");
        finding.judged += 1;
        let Some(why) = why else { return };
        finding.violated += 1;
        let steps = search.path(node).len() - 1;
        if finding.example.as_ref().is_none_or(|nearest| steps < nearest.steps) {
            finding.example = Some(Example { inputs: self.inputs.to_vec(), steps, why });
        }
    }
}

/// The properties that can be judged in a configuration, each with what is wrong.
fn judged(
    entry: &Entry,
    mut monitors: Monitors,
    view: ConfigurationView<'_>,
    end: SearchEnd,
    horizon: bool,
) -> Vec<(Property, Option<String>)> {
    let up = |process: ProcessId| !view.crashed(process.index());
    let facts =
        ProcessFacts { correct: &up, up: &up, honest: &|_| true, clock: &|_| 0, states: &view, books: view.books() };
    for me in ProcessId::all(view.n()) {
        view.told(me.index()).iter().for_each(|outcome| monitors.hear(me, outcome, 0, &facts));
    }
    monitors.look(0, &facts);
    if let Some(register) = view.register() {
        monitors.watch_register(register, ProcessId::all(view.n()).filter(|process| view.waits(process.index())));
    }
    let comes_back = entry.assumptions.contains(&Assumption::CrashRecovery);
    let sleeping = comes_back && !ProcessId::all(view.n()).all(up);
    let mut judged = Vec::new();
    for &property in &entry.properties {
        let why = if property.is_safety() {
            monitors.violated().find(|(violated, _)| *violated == property).map(|(_, why)| why.to_owned())
        } else {
            let ends = match (end, property) {
                (SearchEnd::No, _) => false,
                (SearchEnd::Rest, _) => !sleeping,
                (SearchEnd::Spent, _) => property == Property::Delivery && !sleeping,
            };
            if !ends || horizon && property.wants_decision() {
                continue;
            }
            monitors.missing(property, &facts)
        };
        judged.push((property, why));
    }
    judged
}
