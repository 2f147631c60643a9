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
use crate::process::{Indication, Invocation, LayerState, Local, Outcome, Payload, ProcessId, Program, Value};
use crate::property::{Monitors, OrderedPast, OwnProperty, ProcessFacts, StateVerdict, StateView, Verdict};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::rc::Rc;

/// The finding on one property.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// The property.
    pub property: String,
    /// The verdict over all of the exploration.
    pub verdict: Verdict,
    /// In how many configurations it was judged.
    pub judged: usize,
    /// In how many of them it does not hold.
    pub violated: usize,
    /// The nearest of them.
    pub example: Option<Example>,
    /// The reason that it could not be judged in some configuration; missing where it could be judged in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unjudged: Option<String>,
}

/// In a line: `agreement: violated in 3 of 26 configurations, first after 7 steps: p0 decided 0, and p1 decides 1`.
impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, verdict) = (&self.property, self.verdict.text());
        match &self.example {
            None => {
                write!(f, "{name}: {verdict}, judged in {} configurations", self.judged)?;
                self.unjudged.as_ref().map_or(Ok(()), |why| write!(f, ": {why}"))
            }
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
    /// A shortest schedule to it, event by event; empty where the explorer goes by exchanges of messages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schedule: Vec<String>,
    /// The configuration, while its search is at hand.
    #[serde(skip)]
    node: Option<u32>,
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
    /// Those on the properties that the protocol promises, in its order, and then on the properties that were given besides.
    pub findings: Vec<Finding>,
}

/// The system that is explored: processes, and what their users ask.
#[derive(Clone, Debug)]
pub struct ExploredSystem {
    /// The knowledge that each process has of itself: its input, its peers and its role.
    pub locals: Vec<Local>,
    /// What the user of each process asks, in order; empty where nobody asks for anything.
    pub requests: Vec<Vec<Invocation>>,
}

impl ExploredSystem {
    /// The system of an entry's exploration, with these inputs. The error says that it has too few processes for its roles.
    pub fn of(entry: &Entry, inputs: &[Option<Value>]) -> Result<Self, String> {
        let n = inputs.len();
        let roles = Rc::new(entry.shares(n)?);
        let local = |(me, input): (ProcessId, &Option<Value>)| Local {
            role: roles.of(me),
            roles: Rc::clone(&roles),
            ..Local::complete(me, n, input.clone())
        };
        let mut requests = vec![Vec::new(); n];
        for (process, words) in &entry.exploration.requests {
            let words: Vec<&str> = words.split(' ').collect();
            requests[usize::from(*process)].push(Invocation::of(&words));
        }
        Ok(ExploredSystem { locals: ProcessId::all(n).zip(inputs).map(local).collect(), requests })
    }

    /// True if some user asks for something.
    fn has_users(&self) -> bool {
        self.requests.iter().any(|requests| !requests.is_empty())
    }

    /// True if all processes are alike: connected with all others, and of one role.
    fn is_uniform(&self) -> bool {
        let n = self.locals.len();
        self.locals.iter().all(|local| local.peers.len() + 1 == n && local.role == 0)
    }
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

/// Explores a protocol as its entry says, from these inputs, and judges `own` besides what it promises; from each vector
/// of inputs until `limit` configurations are found. `watch` hears of the progress. The error names what does not fit.
pub fn explore(
    instance: &Instance,
    inputs: &[Vec<Option<Value>>],
    own: &[OwnProperty],
    limit: usize,
    watch: &mut dyn FnMut(SearchProgress),
) -> Result<ExplorationReport, String> {
    let systems =
        inputs.iter().map(|inputs| ExploredSystem::of(&instance.entry, inputs)).collect::<Result<Vec<_>, _>>()?;
    explore_systems(instance, &systems, own, limit, watch)
}

/// The same from these systems, which need not be those of the entry: others may be connected or ask.
pub fn explore_systems(
    instance: &Instance,
    systems: &[ExploredSystem],
    own: &[OwnProperty],
    limit: usize,
    watch: &mut dyn FnMut(SearchProgress),
) -> Result<ExplorationReport, String> {
    let Instance { entry, parameters, program } = instance;
    let horizon = entry.bounds(parameters).any(|(_, bound)| bound.is_some());
    let finding = |property: &str| Finding {
        property: property.to_owned(),
        verdict: Verdict::Unknown,
        judged: 0,
        violated: 0,
        example: None,
        unjudged: None,
    };
    let own: Vec<OwnProperty> = entry.own.iter().chain(own).cloned().collect();
    let names = entry.properties.iter().map(|property| property.name()).chain(own.iter().map(OwnProperty::name));
    let findings = names.map(finding).collect();
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
    let mut report = ExplorationReport { complete: true, roots: systems.len(), configurations: 0, edges: 0, findings };
    for system in systems {
        let inputs: Vec<Option<Value>> = system.locals.iter().map(|local| local.input.clone()).collect();
        entry.check_inputs(&inputs)?;
        let judge = Judge { entry, inputs: &inputs, own: &own, horizon, report: &mut report };
        explore_from(explorer, program, system, limit, watch, judge)?;
    }
    let by_chance = |name: &str| entry.chance.iter().any(|chance| chance.property.name() == name);
    for finding in &mut report.findings {
        finding.verdict = match finding.violated {
            // A schedule that misses it says nothing of how likely that is.
            1.. if by_chance(&finding.property) => Verdict::Unknown,
            0 if finding.judged > 0 && finding.unjudged.is_none() && report.complete => Verdict::Holds,
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
    explore(&instance, &inputs(&entry), &[], LIMIT, &mut |_| ())
}

/// The number of configurations that are expanded between two looks at the progress.
const SLICE: usize = 50_000;

fn explore_from(
    explorer: Explorer,
    program: &Program,
    system: &ExploredSystem,
    limit: usize,
    watch: &mut dyn FnMut(SearchProgress),
    mut judge: Judge<'_>,
) -> Result<(), String> {
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
        Explorer::Lossy(_) | Explorer::Synchronous { .. } if system.has_users() || !system.is_uniform() => {
            return Err(format!(
                "{} is explored where all processes are connected, have one role, and nobody asks for anything",
                entry.name
            ));
        }
        Explorer::Strict if system.has_users() || !system.is_uniform() => {
            let mut operating = OperatingSearch::new(program, &system.locals, system.requests.clone(), limit)?;
            work(&mut || operating.step(SLICE));
            judge.all(operating.search(), &|_, view| if view.at_rest() { SearchEnd::Rest } else { SearchEnd::No });
            if let Some(wanted) = judge.wants_decision_in_spite_of_crashes() {
                // A schedule that leaves somebody out shows no more than that it waits.
                let unjudged =
                    "whether a crash can leave the others unable to decide is judged only where all are connected";
                judge.report.findings[wanted].unjudged = Some(unjudged.to_owned());
            }
            judge.tell_schedules(&mut |node| operating.schedule(node));
        }
        Explorer::Strict => {
            let watched = Tracked { user: true, ..Tracked::default() };
            let mut strict = Strict::watching(program, &[inputs.to_vec()], limit, watched);
            work(&mut || strict.step(SLICE));
            judge.all(strict.search(), &|_, view| if view.at_rest() { SearchEnd::Rest } else { SearchEnd::No });
            if let Some(wanted) = judge.wants_decision_in_spite_of_crashes() {
                let valencies = strict.valencies();
                for node in 0..strict.search().len() as u32 {
                    let blocks = (0..inputs.len()).find(|process| valencies.blocks(*process, node));
                    let why = blocks.map(|process| format!("nobody can decide any more if p{process} crashes"));
                    judge.enter(strict.search(), node, wanted, why);
                }
            }
            judge.tell_schedules(&mut |node| strict.schedule(node).iter().map(ToString::to_string).collect());
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
            judge.tell_schedules(&mut |node| lossy.schedule(node).iter().map(ToString::to_string).collect());
        }
        Explorer::Synchronous { faults } => {
            let mut synchronous = Synchronous::new(program, inputs, SynchronousFaults::Crashes(faults), limit);
            work(&mut || synchronous.step(SLICE));
            let ends = synchronous.ends();
            judge.all(synchronous.search(), &|node, _| {
                if ends[node as usize] { SearchEnd::Rest } else { SearchEnd::No }
            });
            judge.tell_schedules(&mut |_| Vec::new());
        }
    }
    Ok(())
}

impl ExplorationReport {
    /// The finding on the property of that name, if the protocol has one of that name.
    pub fn finding(&self, property: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.property == property)
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
    own: &'a [OwnProperty],
    /// True if the protocol is cut off after some rounds.
    horizon: bool,
    report: &'a mut ExplorationReport,
}

impl Judge<'_> {
    /// The place of the property that promises a decision, where it promises one whoever crashes.
    fn wants_decision_in_spite_of_crashes(&self) -> Option<usize> {
        let may_crash = !self.entry.assumptions.contains(&Assumption::NoCrash);
        let wanted = self.entry.properties.iter().position(|property| property.wants_decision());
        wanted.filter(|_| may_crash && !self.horizon)
    }

    /// Judges every configuration that a search has found.
    fn all<R: Viewed>(&mut self, search: &Search<R>, end: &dyn Fn(u32, ConfigurationView<'_>) -> SearchEnd) {
        self.report.complete &= search.is_complete();
        self.report.configurations += search.len();
        self.report.edges += search.edges().len();
        let mut before = Monitors::new(self.entry.promised(self.inputs));
        if let Some(holdings) = &self.entry.holdings {
            before.count(holdings.clone());
        }
        before.begin_with(money(search.view(0), &before));
        let inspected = RefCell::default();
        for node in 0..search.len() as u32 {
            let view = search.view(node);
            let end = end(node, view);
            let mut monitors = before.clone();
            for (place, why) in judged(self.entry, &mut monitors, view, end, self.horizon) {
                match monitors.unknown(self.entry.properties[place]) {
                    Some(unknown) => self.report.findings[place].unjudged = Some(unknown),
                    None => self.enter(search, node, place, why),
                }
            }
            if !self.own.is_empty() {
                let state = ConfigurationState { view, monitors: &monitors, inspected: &inspected };
                self.judge_own(search, node, end, &state);
            }
        }
    }

    /// Judges the properties of one's own in a configuration.
    fn judge_own<R: Viewed>(&mut self, search: &Search<R>, node: u32, end: SearchEnd, state: &ConfigurationState<'_>) {
        let ends = end == SearchEnd::Rest && !self.horizon && !sleeps(self.entry, state.view);
        for (place, property) in self.own.iter().enumerate() {
            let place = self.entry.properties.len() + place;
            if self.report.findings[place].unjudged.is_some() || property.is_in_the_end() && !ends {
                continue;
            }
            match property.judge(state) {
                StateVerdict::Holds => self.enter(search, node, place, None),
                StateVerdict::Fails(why) => self.enter(search, node, place, Some(why)),
                StateVerdict::Unknown(_) => {}
                StateVerdict::Failed(why) => self.report.findings[place].unjudged = Some(why),
            }
        }
    }

    fn enter<R: Viewed>(&mut self, search: &Search<R>, node: u32, place: usize, why: Option<String>) {
        let finding = &mut self.report.findings[place];
        finding.judged += 1;
        let Some(why) = why else { return };
        finding.violated += 1;
        let steps = search.path(node).len() - 1;
        if finding.example.as_ref().is_none_or(|nearest| steps < nearest.steps) {
            let inputs = self.inputs.to_vec();
            finding.example = Some(Example { inputs, steps, why, schedule: Vec::new(), node: Some(node) });
        }
    }

    /// Tells how the examples of this search are come to.
    fn tell_schedules(&mut self, schedule: &mut dyn FnMut(u32) -> Vec<String>) {
        for example in self.report.findings.iter_mut().filter_map(|finding| finding.example.as_mut()) {
            if let Some(node) = example.node.take() {
                example.schedule = schedule(node);
            }
        }
    }
}

/// A configuration, as properties of one's own see it.
struct ConfigurationState<'a> {
    view: ConfigurationView<'a>,
    monitors: &'a Monitors,
    /// The local states that were looked at, by their numbers.
    inspected: &'a RefCell<BTreeMap<u32, Rc<[serde_json::Value]>>>,
}

impl StateView for ConfigurationState<'_> {
    fn processes(&self) -> usize {
        self.view.n()
    }

    fn is_correct(&self, process: ProcessId) -> bool {
        self.is_up(process)
    }

    fn is_up(&self, process: ProcessId) -> bool {
        !self.view.crashed(process.index())
    }

    fn decided(&self, process: ProcessId) -> Option<Value> {
        self.view.decided(process.index()).cloned()
    }

    fn top(&self, process: ProcessId) -> Option<&LayerState> {
        self.view.top(process.index())
    }

    fn layers(&self, process: ProcessId) -> Rc<[serde_json::Value]> {
        let local = self.view.local(process.index());
        let mut inspected = self.inspected.borrow_mut();
        let found = inspected.entry(local).or_insert_with(|| self.view.inspect(process.index()).into());
        Rc::clone(found)
    }

    fn delivered(&self, process: ProcessId) -> Vec<(ProcessId, Payload)> {
        let delivery = |outcome: &Outcome| match outcome {
            Outcome::Indicate(Indication::Deliver { from, payload }) => Some((*from, payload.clone())),
            _ => None,
        };
        self.view.told(process.index()).iter().filter_map(delivery).collect()
    }

    fn sent(&self, from: ProcessId, to: ProcessId) -> Vec<Payload> {
        let on_the_way = self.view.in_flight().filter(|mail| (mail.from, mail.to) == (from, to));
        let mut sent: Vec<Payload> = on_the_way.map(|mail| mail.payload.clone()).collect();
        sent.sort_by_cached_key(Payload::bytes);
        sent
    }

    fn event(&self) -> Option<u64> {
        None
    }

    fn now_us(&self) -> Option<u64> {
        None
    }

    fn holds(&self, property: &str) -> bool {
        with_facts(self.view, money(self.view, self.monitors), |facts| self.monitors.holds(property, facts))
    }
}

/// Calls `judge` with the facts of a configuration.
fn with_facts<R>(view: ConfigurationView<'_>, books: Option<i64>, judge: impl FnOnce(&ProcessFacts<'_>) -> R) -> R {
    let up = |process: ProcessId| !view.crashed(process.index());
    judge(&ProcessFacts { correct: &up, up: &up, honest: &|_| true, clock: &|_| 0, books })
}

/// The money on the books of all who are up; none where there are no books.
fn money(view: ConfigurationView<'_>, monitors: &Monitors) -> Option<i64> {
    let tops = (0..view.n()).filter_map(|process| view.top(process));
    tops.filter_map(|top| monitors.money(top)).reduce(|sum, holding| sum + holding)
}

/// True if somebody has crashed who would come back.
fn sleeps(entry: &Entry, view: ConfigurationView<'_>) -> bool {
    entry.assumptions.contains(&Assumption::CrashRecovery) && (0..view.n()).any(|process| view.crashed(process))
}

/// The protocol's properties that can be judged in a configuration, by their places, each with what is wrong.
fn judged(
    entry: &Entry,
    monitors: &mut Monitors,
    view: ConfigurationView<'_>,
    end: SearchEnd,
    horizon: bool,
) -> Vec<(usize, Option<String>)> {
    let sleeping = sleeps(entry, view);
    with_facts(view, money(view, monitors), |facts| {
        for me in ProcessId::all(view.n()) {
            view.told(me.index()).iter().for_each(|outcome| monitors.hear(me, outcome, 0, facts));
        }
        if let Some(register) = view.register() {
            let waiting: Vec<ProcessId> =
                ProcessId::all(view.n()).filter(|process| view.waits(process.index())).collect();
            monitors.take_over(&OrderedPast { register, waiting: &waiting });
        }
        let mut judged = Vec::new();
        for (place, &property) in entry.properties.iter().enumerate() {
            let why = if property.is_safety() {
                monitors.violated().find(|(violated, _)| *violated == property).map(|(_, why)| why.to_owned())
            } else {
                let ends = match (end, property) {
                    (SearchEnd::No, _) => false,
                    (SearchEnd::Rest, _) => !sleeping,
                    (SearchEnd::Spent, _) => property.is_of_repeated() && !sleeping,
                };
                if !ends || horizon && property.wants_decision() {
                    continue;
                }
                monitors.missing(property, facts)
            };
            judged.push((place, why));
        }
        judged
    })
}
