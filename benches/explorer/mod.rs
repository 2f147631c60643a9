//! The explorer against stateright, a model checker: different configurations a second of the same graphs, on one
//! thread.
//!
//! The search runs the protocols' own code where a step is new, finds every configuration, keeps it, and keeps every
//! edge. Stateright keeps a fingerprint of each state and no edges, and looks at each state for agreement. Of its
//! breadth-first and its depth-first search the faster one counts. It explores two models:
//!
//! - *handlers*: what one writes for it, a state of local states and messages, whose steps call the protocol's
//!   handlers, the same ones that this search calls. Local states are shared until they change.
//! - *table*: it gets the table of all steps as a gift, so that its model has no protocol code to run, nothing to
//!   allocate, and small states to copy and to hash. This compares the two searches and nothing else.

use super::report;
use bivalent::catalogue::{Catalogue, Instance};
use bivalent::explorer::LIMIT;
use bivalent::explorer::strict::Strict;
use bivalent::explorer::{NULL, StepTable};
use bivalent::process::{Program, Value};
use bivalent::protocols::ben_or::BenOr;
use bivalent::protocols::paxos::Paxos;
use bivalent::protocols::rotating_coordinator::RotatingCoordinator;
use handlers::{Handlers, Modelled};
use stateright::{Checker, Model, Property};
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

mod handlers;

/// How often each side explores a graph, in turn, after one more time to warm up.
const RUNS: usize = 5;

/// How many processes there are.
const N: usize = 3;

/// The most messages in flight in these graphs.
const MAIL_MAX: usize = 24;

/// The graphs: protocol, parameter, inputs (all vectors together if none are named).
const GRAPHS: &[(&str, (&str, &str), Option<&str>)] = &[
    ("ben-or", ("rounds", "1"), None),
    ("ben-or", ("rounds", "2"), Some("000")),
    ("rotating-coordinator", ("rounds", "2"), Some("011")),
    ("paxos", ("max-ballot", "3"), Some("011")),
];

/// A step as plain data: where it leads and what it sends, in order.
struct Branch {
    local: u16,
    sends: Vec<u16>,
}

/// All steps of a graph: for each local state and cause the branches.
struct Table {
    /// Causes are messages, and one more for a step without.
    causes: usize,
    steps: Vec<Range<u32>>,
    branches: Vec<Branch>,
    recipients: Vec<u8>,
    decisions: Vec<u8>,
    initial: Vec<State>,
}

/// A configuration: local states, and the buffer in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct State {
    locals: [u16; N],
    mails: u16,
    mail: [u16; MAIL_MAX],
}

impl Hash for State {
    /// In whole words: what hashers are quickest with.
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let four = |words: &[u16]| words.iter().fold(0u64, |sum, word| sum << 16 | u64::from(*word));
        hasher.write_u64(four(&self.locals) << 16 | u64::from(self.mails));
        self.mail[..usize::from(self.mails)].chunks(4).for_each(|chunk| hasher.write_u64(four(chunk)));
    }
}

/// A step: whose it is, where its message lies in the buffer (its end is none), and which branch it takes.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Action {
    process: u8,
    place: u8,
    branch: u32,
}

fn small(number: usize) -> u16 {
    u16::try_from(number).expect("these graphs are small")
}

impl Table {
    /// The steps that a finished search has met, with the configurations that it began with.
    fn new(strict: &mut Strict) -> Table {
        let (locals, messages) = (strict.step_table().locals(), strict.step_table().messages());
        let causes = messages + 1;
        let mut table = Table {
            causes,
            steps: vec![0..0; locals * causes],
            branches: Vec::new(),
            recipients: (0..messages as u32).map(|message| strict.step_table().recipient(message) as u8).collect(),
            decisions: (0..locals as u32).map(|local| strict.step_table().decision(local)).collect(),
            initial: Vec::new(),
        };
        for root in 0..strict.search().roots() as u32 {
            let locals = strict.locals(root);
            let locals = [0, 1, 2].map(|process| small(locals[process] as usize));
            table.initial.push(State { locals, mails: 0, mail: [0; MAIL_MAX] });
        }
        for node in 0..strict.search().len() as u32 {
            let mail: Vec<Vec<u32>> = strict.mail(node).map(<[u32]>::to_vec).collect();
            for (local, mail) in strict.locals(node).into_iter().zip(mail) {
                let step_table = strict.step_table_mut();
                mail.into_iter().chain([NULL]).for_each(|cause| table.learn(step_table, local, cause));
            }
        }
        table
    }

    fn place(&self, local: u16, cause: Option<u16>) -> usize {
        usize::from(local) * self.causes + cause.map_or(self.causes - 1, usize::from)
    }

    fn learn(&mut self, step_table: &mut StepTable, local: u32, cause: u32) {
        let place = self.place(small(local as usize), (cause != NULL).then(|| small(cause as usize)));
        if !self.steps[place].is_empty() {
            return;
        }
        let first = self.branches.len() as u32;
        let branches = step_table.step(local, cause);
        for branch in step_table.branches(branches) {
            // A step without a message that changes nothing is no edge, and costs nobody anything.
            if cause != NULL || branch.local != local {
                let mut sends: Vec<u16> =
                    step_table.sends(branch).iter().map(|message| small(*message as usize)).collect();
                sends.sort_unstable();
                self.branches.push(Branch { local: small(branch.local as usize), sends });
            }
        }
        self.steps[place] = first..self.branches.len() as u32;
    }
}

/// What stateright explores.
#[derive(Clone)]
struct Steps(Arc<Table>);

impl Model for Steps {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        self.0.initial.clone()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let table = &*self.0;
        let mail = &state.mail[..usize::from(state.mails)];
        for (place, message) in mail.iter().enumerate() {
            if place == 0 || mail[place - 1] != *message {
                let process = table.recipients[usize::from(*message)];
                let steps = &table.steps[table.place(state.locals[usize::from(process)], Some(*message))];
                actions.extend(steps.clone().map(|branch| Action { process, place: place as u8, branch }));
            }
        }
        for process in 0..N {
            let steps = &table.steps[table.place(state.locals[process], None)];
            let place = mail.len() as u8;
            actions.extend(steps.clone().map(|branch| Action { process: process as u8, place, branch }));
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let branch = &self.0.branches[action.branch as usize];
        let mut next = State { locals: last.locals, mails: 0, mail: [0; MAIL_MAX] };
        next.locals[usize::from(action.process)] = branch.local;
        let mail = &last.mail[..usize::from(last.mails)];
        let (before, rest) = mail.split_at(usize::from(action.place));
        let (mut sends, mut mails) = (&branch.sends[..], 0);
        for &message in before.iter().chain(rest.get(1..).unwrap_or_default()) {
            while let Some((first, others)) = sends.split_first().filter(|(first, _)| **first < message) {
                next.mail[mails] = *first;
                mails += 1;
                sends = others;
            }
            next.mail[mails] = message;
            mails += 1;
        }
        next.mail[mails..mails + sends.len()].copy_from_slice(sends);
        next.mails = (mails + sends.len()) as u16;
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        // Without a property that stays open stateright has nothing to look for.
        vec![Property::always("agreement", |model: &Steps, state: &State| {
            let decisions = state.locals.iter().map(|local| model.0.decisions[usize::from(*local)]);
            decisions.fold(0, |all, decided| all | decided).count_ones() <= 1
        })]
    }
}

/// Configurations a second, and how many there are.
fn timed(run: impl FnOnce() -> usize) -> (f64, usize) {
    let begin = Instant::now();
    let found = run();
    (found as f64 / begin.elapsed().as_secs_f64(), found)
}

fn search(program: &Program, inputs: &[Vec<Option<Value>>]) -> usize {
    let mut strict = Strict::new(program, inputs, LIMIT);
    strict.run();
    assert!(strict.search().is_complete());
    black_box(strict.search().edges().len());
    strict.search().len()
}

fn vectors(inputs: Option<&str>) -> Vec<Vec<Option<Value>>> {
    let vector = |code: u32| (0..N).rev().map(|place| Some(Value::Bit(code >> place & 1 == 1))).collect();
    match inputs {
        Some(bits) => vec![vector(u32::from_str_radix(bits, 2).expect("a number in binary"))],
        None => (0..1 << N).map(vector).collect(),
    }
}

/// The graphs of the protocols that are wanted, and a line for each side.
pub fn against_stateright(wanted: impl Fn(&str) -> bool) {
    for (protocol, parameter, inputs) in GRAPHS.iter().filter(|(protocol, ..)| wanted(protocol)) {
        let instance = Catalogue::builtin().instance(protocol, [*parameter], None);
        let Instance { parameters, program, .. } = instance.expect("valid parameters");
        let inputs = vectors(*inputs);
        let mut strict = Strict::new(&program, &inputs, LIMIT);
        strict.run();
        let (edges, bytes) = (strict.search().edges().len(), strict.bytes() + strict.valencies().bytes());
        let model = Steps(Arc::new(Table::new(&mut strict)));
        let each = bytes as f64 / strict.search().len() as f64;
        assert!(each <= 120.0, "{each} bytes a configuration");
        println!(
            "\n{protocol} {}={}: {} configurations, {edges} edges; {each:.0} bytes a configuration without them",
            parameter.0,
            parameter.1,
            strict.search().len()
        );
        drop(strict);
        // Each side's name and its rates.
        let mut rates: Vec<(&str, Vec<f64>)> = Vec::new();
        for run in 0..=RUNS {
            let [table_breadth, table_depth] = both(&model);
            let [handlers_breadth, handlers_depth] = match *protocol {
                "ben-or" => by_handlers(BenOr::new(&parameters), &inputs),
                "rotating-coordinator" => by_handlers(RotatingCoordinator::new(&parameters), &inputs),
                _ => by_handlers(Paxos::new(&parameters), &inputs),
            };
            let sides = [
                ("this search", timed(|| search(&program, &inputs))),
                ("table, breadth", table_breadth),
                ("table, depth", table_depth),
                ("handlers, breadth", handlers_breadth),
                ("handlers, depth", handlers_depth),
            ];
            for (place, (name, (rate, found))) in sides.iter().enumerate() {
                assert_eq!(*found, sides[0].1.1, "{name}: the same graph");
                if run == 1 {
                    rates.push((name, Vec::new()));
                }
                if run > 0 {
                    rates[place].1.push(*rate);
                }
            }
        }
        let medians: Vec<f64> =
            rates.into_iter().map(|(name, rates)| report(name, "configurations", rates, None).0).collect();
        for (sides, name) in medians[1..].chunks(2).zip(["table", "handlers"]) {
            println!("{:.1} times the faster one of stateright ({name})", medians[0] / sides[0].max(sides[1]));
        }
    }
}

/// What stateright wants of a model, in one word.
trait Explorable:
    Model<State: Hash + Clone + PartialEq + Debug + Send + Sync, Action: Clone + PartialEq + Debug + Send + Sync>
    + Send
    + Sync
    + 'static
{
}

impl Explorable for Steps {}

impl<P: Modelled> Explorable for Handlers<P> {}

/// Breadth first, then depth first.
fn both(model: &(impl Explorable + Clone)) -> [(f64, usize); 2] {
    [timed(|| breadth(model.clone())), timed(|| depth(model.clone()))]
}

fn by_handlers(protocol: impl Modelled, inputs: &[Vec<Option<Value>>]) -> [(f64, usize); 2] {
    both(&Handlers::new(protocol, inputs))
}

fn breadth(model: impl Explorable) -> usize {
    model.checker().threads(1).spawn_bfs().join().unique_state_count()
}

fn depth(model: impl Explorable) -> usize {
    model.checker().threads(1).spawn_dfs().join().unique_state_count()
}
