//! `bivalent explore`: every schedule of a protocol at its smallest size, and what can still be decided where.

use super::bar;
use super::{Answer, End, Format, load, print, print_json};
use bivalent::adversary::endless::{self, Endless};
use bivalent::catalogue::{Catalogue, Entry, Exploration, Explorer, Inputs, Instance, Realisable, own_properties};
use bivalent::explorer::exhaustive::{self, ExploredSystem};
use bivalent::explorer::heard_of::{self, Layering};
use bivalent::explorer::strict::Strict;
use bivalent::explorer::valency::Census;
use bivalent::explorer::{LIMIT, SearchProgress, StrictEvent, operating, synchronous, valency};
use bivalent::process::{Invocation, ProcessId, Value};
use bivalent::property::Verdict;
use bivalent::quote::{quoted, shortened};
use bivalent::scenario::{PropertyText, Scenario};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The number of configurations that are expanded between two looks at the progress.
const SLICE: usize = 50_000;

/// The graphs.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphName {
    /// One event a step, as in the proof
    Strict,
    /// Phase by phase: everybody hears at least one other
    HeardOf,
    /// Phase by phase: at most one sender loses some of its messages
    SantoroWidmayer,
}

/// The arguments of `bivalent explore`.
#[derive(Args)]
pub struct Explore {
    /// The protocol, as `bivalent list` names it; or a scenario, a file or - for standard input: with its roles, network,
    /// modules, requests and workload, without its times, faults and models
    protocol: String,
    /// A bit for each process; 011 in a strict graph, all inputs together in a layered one
    #[arg(long)]
    inputs: Option<String>,
    /// The graph; by default the strict one where input bits lead to decisions, and otherwise an exploration with the
    /// faults that the protocol is made for
    #[arg(long, value_enum)]
    graph: Option<GraphName>,
    /// A parameter of the protocol
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// A property of one's own, judged in every configuration: what is true there, in the language
    #[arg(long = "invariant", value_name = "NAME=EXPRESSION")]
    invariants: Vec<String>,
    /// A property of one's own: what is true where nothing more can happen
    #[arg(long = "eventually", value_name = "NAME=EXPRESSION")]
    eventualities: Vec<String>,
    /// What the user of a process asks for, such as "p0 write x", in the order of its requests; instead of what the
    /// catalogue says
    #[arg(long = "ask", value_name = "PROCESS REQUEST")]
    asks: Vec<String>,
    /// The number of processes, where users ask for something
    #[arg(long, value_name = "N", requires = "asks")]
    processes: Option<usize>,
    /// The most configurations
    #[arg(long, default_value_t = LIMIT)]
    limit: usize,
    /// Print schedules, too, each a shortest one: to a decision of 0 and to one of 1, to two decisions, and for each
    /// process to where its crash would block the others; of a strict graph
    #[arg(long)]
    certificates: bool,
    /// The form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The JSON document.
#[derive(Serialize)]
struct Report<'a> {
    protocol: &'a str,
    inputs: Option<&'a str>,
    graph: &'a str,
    parameters: BTreeMap<&'a str, &'a str>,
    #[serde(flatten)]
    census: &'a Census,
    #[serde(flatten)]
    phases: Option<PhasesDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificates: Option<ExploreCertificates>,
}

/// Shortest schedules from the initial configuration; none where the graph has none.
#[derive(Serialize)]
struct ExploreCertificates {
    /// To a decision of 0.
    #[serde(rename = "0")]
    zero: Option<Vec<StrictEvent>>,
    /// To a decision of 1.
    #[serde(rename = "1")]
    one: Option<Vec<StrictEvent>>,
    /// To a configuration with both decisions.
    violation: Option<Vec<StrictEvent>>,
    /// For each process to a configuration in which its crash leaves the others unable to decide; none at all where
    /// that is not known.
    blocked: Option<Vec<Option<Vec<StrictEvent>>>>,
}

/// The figures of a layered graph besides.
#[derive(Serialize)]
struct PhasesDocument {
    /// Edges without a strict schedule.
    layered_only: usize,
    /// A run in which nobody ever decides, in the strict model; none if the graph has no loop for one.
    endless: Option<Endless>,
}

/// The JSON document of an exploration as the catalogue says.
#[derive(Serialize)]
struct Judged<'a> {
    protocol: &'a str,
    explorer: Explorer,
    processes: usize,
    inputs: Option<&'a str>,
    parameters: BTreeMap<&'a str, &'a str>,
    /// What users ask.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    requests: Vec<String>,
    #[serde(flatten)]
    report: &'a exhaustive::ExplorationReport,
}

/// The parameters of a command line, in pairs. The error names what is not `NAME=VALUE`.
pub(super) fn pairs(settings: &[String]) -> Result<Vec<(&str, &str)>, String> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for text in settings {
        let pair = text.split_once('=').ok_or_else(|| format!("--set {}: must be NAME=VALUE", quoted(text)))?;
        if pairs.iter().any(|(name, _)| *name == pair.0) {
            return Err(format!("--set {}: {} was given before; once is allowed", quoted(text), shortened(pair.0)));
        }
        pairs.push(pair);
    }
    Ok(pairs)
}

/// The properties of a command line. The error names what is not `NAME=EXPRESSION`.
fn property_texts(invariants: &[String], eventualities: &[String]) -> Result<Vec<PropertyText>, String> {
    let split = |option: &str, text: &str| {
        let (name, text) =
            text.split_once('=').ok_or_else(|| format!("{option} {}: must be NAME=EXPRESSION", quoted(text)))?;
        Ok::<_, String>((name.trim().to_owned(), Some(text.trim().to_owned())))
    };
    let mut texts = Vec::new();
    for text in invariants {
        let (name, invariant) = split("--invariant", text)?;
        texts.push(PropertyText { name, invariant, eventually: None });
    }
    for text in eventualities {
        let (name, eventually) = split("--eventually", text)?;
        texts.push(PropertyText { name, invariant: None, eventually });
    }
    Ok(texts)
}

/// One bit a process. The error says what is allowed.
pub(super) fn bits(entry: &Entry, text: &str) -> Result<Vec<Option<Value>>, String> {
    let (least, most) = entry.processes;
    let most = most.min(valency::PROCESSES_MAX);
    if !(least..=most).contains(&text.chars().count()) {
        return Err(format!(
            "--inputs {}: {} is explored with {least} to {most} processes, a bit for each",
            quoted(text),
            entry.name
        ));
    }
    let bit = |digit| match digit {
        '0' => Ok(Some(Value::Bit(false))),
        '1' => Ok(Some(Value::Bit(true))),
        _ => Err(format!("--inputs {}: {digit:?} is neither 0 nor 1", quoted(text))),
    };
    text.chars().map(bit).collect()
}

impl Explore {
    /// Explores and prints. A violation is in the graph, so it is known for sure.
    pub fn execute(self, catalogue: &Catalogue) -> Answer {
        if self.limit == 0 {
            return Err("--limit 0: at least 1".into());
        }
        if catalogue.find(&self.protocol).is_err() && (self.is_file() || catalogue.known(&self.protocol).is_some()) {
            return self.scenario(catalogue);
        }
        let entry = catalogue.find(&self.protocol)?;
        if !self.asks.is_empty() && !entry.takes_requests() {
            return Err(format!("--ask: {} takes no requests", entry.name));
        }
        let judges_own = !self.invariants.is_empty() || !self.eventualities.is_empty();
        if judges_own && (self.graph.is_some() || self.certificates) {
            return Err(
                "--invariant, --eventually: they are judged where neither --graph nor --certificates is given".into()
            );
        }
        if judges_own || entry.inputs != Inputs::Bits || entry.exploration.explorer != Explorer::Strict {
            if self.graph.is_none() && self.certificates {
                return Err(format!(
                    "--certificates: they are of protocols that go from input bits to a decision, and {} is none",
                    entry.name
                ));
            }
            if self.graph.is_none() {
                return self.as_the_catalogue_says(catalogue, &entry);
            }
            let known: Vec<&str> = catalogue
                .entries()
                .iter()
                .filter(|entry| entry.inputs == Inputs::Bits && entry.exploration.explorer == Explorer::Strict)
                .map(|entry| &*entry.name)
                .collect();
            return Err(format!(
                "{}: has no strict graph from input bits; these have: {}",
                entry.name,
                known.join(", ")
            ));
        }
        let settings = pairs(&self.settings)?;
        let instance = catalogue.instance(&self.protocol, settings.iter().copied(), None)?;
        let layered = |name, layering| {
            if self.certificates {
                return Err(format!(
                    "--certificates: a strict graph has them; the {name} graph's is the endless run that it prints"
                ));
            }
            let (census, phases) = self.layered(&instance, layering)?;
            Ok((name, self.inputs.as_deref(), census, phases, None))
        };
        let (graph, inputs, census, phases, certificates) = match self.graph.unwrap_or(GraphName::Strict) {
            GraphName::Strict => {
                let inputs = self.inputs.as_deref().unwrap_or("011");
                let (census, certificates) = self.strict(&instance, inputs)?;
                ("strict", Some(inputs), census, None, certificates)
            }
            GraphName::HeardOf => layered("heard-of", Layering::HeardOf)?,
            GraphName::SantoroWidmayer => layered("santoro-widmayer", Layering::SantoroWidmayer)?,
        };
        let parameters = settings.into_iter().collect();
        let report = Report { protocol: &entry.name, inputs, graph, parameters, census: &census, phases, certificates };
        match self.format {
            Format::Json => print_json(&report)?,
            Format::Text => print(&text(&report))?,
        }
        Ok(if census.agreement_violations > 0 { End::Violated } else { End::Fine })
    }

    /// The exploration that the entry describes, with each property judged in every configuration.
    fn as_the_catalogue_says(&self, catalogue: &Catalogue, entry: &Entry) -> Answer {
        let settings = pairs(&self.settings)?;
        let usual = entry.exploration.parameters.iter().map(|(name, value)| (&**name, &**value));
        let given: Vec<(&str, &str)> = usual.chain(settings).collect();
        let mut instance = catalogue.instance(&entry.name, given.iter().copied(), None)?;
        instance.entry = self.asked(&instance.entry)?;
        let entry = &*instance.entry;
        let inputs = match &self.inputs {
            None => exhaustive::inputs(entry),
            Some(_) if entry.inputs != Inputs::Bits => {
                return Err(format!("--inputs: {} takes no bits; leave it out", entry.name));
            }
            Some(text) if text.chars().count() > synchronous::PROCESSES_MAX => {
                return Err(format!("--inputs {}: at most {} processes", quoted(text), synchronous::PROCESSES_MAX));
            }
            Some(text) => vec![bits(entry, text)?],
        };
        let systems = inputs.iter().map(|inputs| ExploredSystem::of(entry, inputs)).collect::<Result<Vec<_>, _>>()?;
        self.judge(&instance, &systems, given.into_iter().collect(), None)
    }

    /// True if it is a scenario that stands in a file or comes on standard input.
    fn is_file(&self) -> bool {
        self.protocol == "-" || Path::new(&self.protocol).is_file()
    }

    /// The exploration of a scenario: of its processes, network, modules and requests, as far as they go without times.
    fn scenario(&self, catalogue: &Catalogue) -> Answer {
        for (given, option) in [
            (self.inputs.is_some(), "--inputs"),
            (self.graph.is_some(), "--graph"),
            (!self.settings.is_empty(), "--set"),
            (!self.asks.is_empty(), "--ask"),
            (self.certificates, "--certificates"),
        ] {
            if given {
                return Err(format!("{option}: a scenario says this itself; leave it out"));
            }
        }
        let scenario = load(catalogue, &self.protocol)?;
        let setup = scenario.plan(catalogue)?.setup;
        let asked = |process: ProcessId| match setup.requests.get(process.index()) {
            Some(own) => own.all(setup.seed, process),
            None => Vec::new(),
        };
        let requests = ProcessId::all(scenario.processes).map(asked).collect();
        let locals = setup.knowledge.iter().map(|knowledge| knowledge.top.clone()).collect();
        let parameters = scenario.parameters.iter().map(|(name, setting)| (&**name, &*setting.0)).collect();
        let instance = scenario.instance(catalogue)?;
        let system = ExploredSystem { locals, requests };
        self.judge(&instance, &[system], parameters, Some(&scenario))
    }

    /// Explores these systems, those of `scenario` if it is one, and judges what the protocol promises, the scenario's own
    /// properties and those of the command line.
    fn judge(
        &self,
        instance: &Instance,
        systems: &[ExploredSystem],
        parameters: BTreeMap<&str, &str>,
        scenario: Option<&Scenario>,
    ) -> Answer {
        let entry = &*instance.entry;
        let given = scenario.map_or(&[][..], |scenario| &scenario.properties);
        let texts = [given, &property_texts(&self.invariants, &self.eventualities)?].concat();
        let inputs: Vec<Option<Value>> = systems[0].locals.iter().map(|local| local.input.clone()).collect();
        let own = own_properties(instance, &inputs, &texts)?;
        let bar = bar::words();
        let report = exhaustive::explore_systems(instance, systems, &own, self.limit, &mut |progress| {
            bar.set_message(found(progress))
        })?;
        drop(bar);
        let requests = users(&systems[0]);
        match self.format {
            Format::Json => print_json(&Judged {
                protocol: &entry.name,
                explorer: entry.exploration.explorer,
                processes: inputs.len(),
                inputs: self.inputs.as_deref(),
                parameters,
                requests,
                report: &report,
            })?,
            Format::Text => {
                let mut text = judged(entry, inputs.len(), &requests, &report);
                if scenario.is_some() {
                    text.push_str("  of the scenario: processes, roles, network, modules and requests; ");
                    text.push_str("not its times, faults and models\n");
                }
                print(&text)?;
            }
        }
        let violated = report.findings.iter().any(|finding| finding.verdict == Verdict::Violated);
        Ok(if violated { End::Violated } else { End::Fine })
    }

    /// The entry, whose exploration is while users ask what the command line says.
    fn asked(&self, entry: &Arc<Entry>) -> Result<Arc<Entry>, String> {
        if self.asks.is_empty() {
            return Ok(Arc::clone(entry));
        }
        let mut exploration = Exploration { requests: Vec::new(), ..entry.exploration.clone() };
        exploration.processes = self.processes.unwrap_or(exploration.processes);
        let (least, most) = entry.processes;
        if !(least..=most.min(operating::PROCESSES_MAX)).contains(&exploration.processes) {
            return Err(format!("--processes {}: from {least} to {most}", exploration.processes));
        }
        let roles = entry.shares(exploration.processes)?;
        for text in &self.asks {
            let at = |error: String| format!("--ask {}: {error}", quoted(text));
            let (process, request) = text.split_once(' ').unwrap_or((text, ""));
            let process = ProcessId::parse(process).filter(|process| process.index() < exploration.processes);
            let process = process.ok_or_else(|| at("it begins with a process, such as \"p0 read\"".into()))?;
            let words: Vec<&str> = request.split_whitespace().collect();
            if words.is_empty() {
                return Err(at("after the process comes a request, such as \"p0 read\"".into()));
            }
            entry.roles[roles.of(process)].check(&Invocation::of(&words)).map_err(at)?;
            exploration.requests.push((process.0, words.join(" ").into()));
        }
        Ok(Arc::new(Entry { exploration, ..(**entry).clone() }))
    }

    /// A graph of phases, from the inputs given or from all of them together.
    fn layered(&self, instance: &Instance, layering: Layering) -> Result<(Census, Option<PhasesDocument>), String> {
        let all: Vec<String> = match &self.inputs {
            Some(inputs) => vec![inputs.clone()],
            None => (0..8u8).map(|number| format!("{number:03b}")).collect(),
        };
        let mut vectors: Vec<[bool; 3]> = Vec::new();
        for text in &all {
            let values = bits(&instance.entry, text)?;
            let values: Vec<bool> = values.iter().flatten().filter_map(Value::bit).collect();
            vectors.push(
                values
                    .try_into()
                    .map_err(|_| format!("--inputs {}: a layered graph has three processes", quoted(text)))?,
            );
        }
        let mut graph = heard_of::explore(instance, &vectors, layering, self.limit)?;
        let layered_only = graph.arrows.iter().filter(|arrow| arrow.realisable == Realisable::LayeredOnly).count();
        let endless = match (graph.endless(), &instance.entry.symmetry) {
            (Some(_), Some(symmetry)) => Some(endless::of_layers(&mut graph, &instance.program, symmetry)?),
            _ => None,
        };
        Ok((graph.census, Some(PhasesDocument { layered_only, endless })))
    }

    /// The strict graph from one vector of inputs, and the certificates if they are wanted.
    fn strict(&self, instance: &Instance, inputs: &str) -> Result<(Census, Option<ExploreCertificates>), String> {
        let Instance { entry, parameters, program } = instance;
        let inputs = bits(entry, inputs)?;
        let mut truncated = false;
        for (name, bound) in entry.bounds(parameters) {
            if bound.is_none() {
                return Err(format!("{}: its strict graph does not end; say --set {}=N", entry.name, name));
            }
            truncated = true;
        }
        let mut strict = Strict::new(program, &[inputs], self.limit);
        let bar = bar::words();
        while !strict.step(SLICE).done {
            bar.set_message(found(strict.search().progress()));
        }
        let mut valencies = strict.unvalued();
        while !strict.value(&mut valencies, SLICE).done {}
        drop(bar);
        let census = strict.census(&valencies, truncated);
        let certificates = self.certificates.then(|| {
            let [zero, one] = [false, true].map(|value| strict.certificate(0, value, None));
            let violation = strict.violation().map(|node| strict.schedule(node));
            let mut path = |process| {
                let path = strict.path_to(0, None, |node| valencies.blocks(process, node))?;
                Some(strict.events(&path))
            };
            let blocked = census.blocked.as_ref().map(|counts| (0..counts.len()).map(&mut path).collect());
            ExploreCertificates { zero, one, violation, blocked }
        });
        Ok((census, certificates))
    }
}

/// A schedule in a line.
pub(super) fn words(schedule: &[StrictEvent]) -> String {
    match schedule {
        [] => "at once".into(),
        _ => schedule.iter().map(StrictEvent::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn found(progress: SearchProgress) -> String {
    format!("{} configurations, {} expanded", progress.found, progress.expanded)
}

/// What users ask in an exploration, in words.
fn users(system: &ExploredSystem) -> Vec<String> {
    let all = ProcessId::all(system.locals.len()).zip(&system.requests);
    all.flat_map(|(process, own)| own.iter().map(move |request| format!("{process} {request}"))).collect()
}

fn judged(entry: &Entry, n: usize, users: &[String], report: &exhaustive::ExplorationReport) -> String {
    let explorer = match entry.exploration.explorer {
        Explorer::Timed => unreachable!("the explorer refuses it"),
        Explorer::Strict => "strict graph",
        Explorer::Lossy(_) => "lossy graph",
        Explorer::Synchronous { .. } => "synchronous graph",
    };
    let begins = match users.is_empty() {
        true => format!("inputs: {}", report.roots),
        false => format!("{} processes, users ask: {}", n, users.join(", ")),
    };
    let mut lines = vec![
        format!("{} ({explorer}, {begins})", entry.name),
        format!("  {} configurations, {} edges", report.configurations, report.edges),
    ];
    for finding in &report.findings {
        lines.push(format!("  {finding}"));
        if let Some(example) = finding.example.as_ref().filter(|example| !example.schedule.is_empty()) {
            lines.push(format!("    a shortest schedule to it: {}", example.schedule.join(", ")));
        }
    }
    if !report.complete {
        lines.push("  the limit was hit: what was not found is unknown".into());
    }
    lines.join("\n") + "\n"
}

fn text(report: &Report<'_>) -> String {
    let census = report.census;
    let exact = |count: usize| if census.complete { count.to_string() } else { "unknown".into() };
    let initial = match census.initial {
        Some(valency) => valency.to_string(),
        None if census.complete => "one of several".into(),
        None => "of unknown valency".into(),
    };
    let mut lines = vec![
        format!("{} from {} ({} graph)", report.protocol, report.inputs.unwrap_or("all inputs"), report.graph),
        format!(
            "  {} configurations, {} edges, terminal {}",
            census.configurations,
            census.edges,
            exact(census.terminal)
        ),
        format!(
            "  0-valent {}, 1-valent {}, bivalent {}{}, null-valent {}",
            exact(census.zero_valent),
            exact(census.one_valent),
            if census.complete { "" } else { "at least " },
            census.bivalent,
            exact(census.null_valent)
        ),
        format!("  the initial configuration is {initial}; {} bivalent ones are undecided", census.undecided_bivalent),
    ];
    lines.push(match census.shortest_violation {
        Some(events) => format!(
            "  agreement is violated in {} configurations, first after {events} events",
            census.agreement_violations
        ),
        None if census.complete => "  agreement is never violated".into(),
        None => "  agreement is violated in nothing that was found".into(),
    });
    if let Some(blocked) = &census.blocked {
        let blocked: Vec<String> =
            blocked.iter().enumerate().map(|(process, count)| format!("p{process} {count}")).collect();
        lines.push(format!("  configurations that one process blocks by crashing: {}", blocked.join(", ")));
    }
    if let Some(phases) = &report.phases {
        lines.push(format!("  {} edges are there in the layered model only", phases.layered_only));
        lines.push(match &phases.endless {
            Some(Endless { inputs, cycle, fair, .. }) => format!(
                "  from {inputs}, after {} events, {} events repeat for ever, {} rounds later each time, and nobody decides",
                cycle.prefix, cycle.length, fair.shift
            ),
            None => "  no loop of undecided ones was found whose edges all have a strict schedule in every phase".into(),
        });
    }
    if let Some(ExploreCertificates { zero, one, violation, blocked }) = &report.certificates {
        let mut tell = |what: String, schedule: &Option<Vec<StrictEvent>>| {
            let found = || if census.complete { "there is none".to_owned() } else { "none was found".into() };
            lines.push(format!("  {what}: {}", schedule.as_deref().map_or_else(found, words)));
        };
        tell("a decision of 0".into(), zero);
        tell("a decision of 1".into(), one);
        tell("two decisions".into(), violation);
        for (process, schedule) in blocked.iter().flatten().enumerate() {
            tell(format!("blocked by a crash of p{process}"), schedule);
        }
    }
    if !census.complete {
        lines.push("  the limit was hit: what was not found is unknown".into());
    }
    lines.join("\n") + "\n"
}
