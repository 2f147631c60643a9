//! How fast the laboratory is: events a second of the engine, against the same protocol code in the simplest loop
//! that could run it.
//!
//! Both sides run sixteen processes that broadcast four words each through reliable broadcast over best-effort
//! broadcast, with the same draws. The plain loop calls the handlers directly, keeps what is due in a heap, and
//! records nothing: no hash, no trace, no fates, nothing that a person could look at or change.
//!
//! Then the explorer: configurations a second in the strict graph of Ben-Or's consensus, valencies included.
//! At last the explorer against another one: see `explorer/mod.rs`.
//!
//! Arguments choose: `engine`, `explorer`, or the protocols whose graphs alone shall be compared.
#![allow(clippy::disallowed_types, reason = "a benchmark is the one place that needs a real clock")]

use bivalent::catalogue::Catalogue;
use bivalent::draw::Coins;
use bivalent::engine::{Engine, Scheduled, Step};
use bivalent::explorer::strict::Strict;
use bivalent::history::Plan;
use bivalent::model::{Departure, Timing};
use bivalent::process::{Effect, Indication, Local, Out, Payload, ProcessId, Protocol, Request, Value};
use bivalent::protocols::best_effort_broadcast::{self, BestEffortBroadcast};
use bivalent::protocols::reliable_broadcast::{self, ReliableBroadcast};
use bivalent::scenario::Scenario;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::hint::black_box;
use std::rc::Rc;
use std::time::Instant;

mod explorer;

/// How many processes there are.
const N: usize = 16;

/// What each of them broadcasts.
const WORDS: &str = "one two three four";

/// How often each side runs. The sides take turns, so that both meet the same disturbances.
const RUNS: usize = 201;

/// How a run went: its events, and when the last one happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Run {
    events: u64,
    end_us: u64,
}

fn scenario() -> Scenario {
    let mut scenario = Scenario::new("reliable-broadcast", "", N);
    scenario.inputs = vec![Some(Value::from(WORDS)); N];
    scenario
}

/// The engine, with or without monitors.
fn engine(plan: &Plan, watched: bool) -> Run {
    let mut engine = Engine::new(Rc::clone(&plan.setup), plan.models.clone());
    let mut monitors = plan.monitors.clone();
    let mut step = Step::default();
    while let Some((at_us, choice)) = engine.due() {
        engine.apply(Scheduled { at_us: Some(at_us), ..choice.into() }, &mut step).expect("what is due is possible");
        if watched {
            monitors.observe(&engine, &step, false);
        }
    }
    black_box((engine.trace_hash(), &monitors));
    Run { events: engine.events(), end_us: engine.now_us() }
}

/// A message in the plain loop.
struct InFlight {
    due_us: u64,
    age: u64,
    from: ProcessId,
    to: ProcessId,
    payload: Payload,
}

impl Ord for InFlight {
    fn cmp(&self, other: &Self) -> Ordering {
        // The heap's first is its greatest.
        (other.due_us, other.age).cmp(&(self.due_us, self.age))
    }
}

impl PartialOrd for InFlight {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for InFlight {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for InFlight {}

/// What one layer hands to the other within a step.
enum Handover {
    Down(Request),
    Up(ProcessId, Payload),
}

struct Plain {
    timing: Timing,
    seed: u32,
    top: ReliableBroadcast,
    bottom: BestEffortBroadcast,
    locals: Vec<(Local, Local)>,
    states: Vec<(reliable_broadcast::ReliableBroadcastState, best_effort_broadcast::BestEffortBroadcastState)>,
    heap: BinaryHeap<InFlight>,
    numbers: Vec<u64>,
    age: u64,
    now_us: u64,
    handovers: VecDeque<Handover>,
    effects: Vec<Effect>,
    delivered: u64,
}

impl Plain {
    fn new(scenario: &Scenario) -> Plain {
        let (top, bottom) = (ReliableBroadcast::default(), BestEffortBroadcast::default());
        let local = |me, input| Local::complete(me, N, input);
        let locals: Vec<(Local, Local)> =
            ProcessId::all(N).map(|me| (local(me, Some(Value::from(WORDS))), local(me, None))).collect();
        Plain {
            timing: scenario.models.timing,
            seed: scenario.seed,
            states: locals.iter().map(|(above, below)| (top.init(above), bottom.init(below))).collect(),
            top,
            bottom,
            locals,
            heap: BinaryHeap::new(),
            numbers: vec![0; N * N],
            age: 0,
            now_us: 0,
            handovers: VecDeque::new(),
            effects: Vec::new(),
            delivered: 0,
        }
    }

    fn run(mut self) -> Run {
        let mut coins = Coins::default();
        for me in ProcessId::all(N) {
            let (local, below) = self.locals[me.index()].clone();
            self.bottom
                .on_start(&mut self.states[me.index()].1, &mut Out::new(&below, &mut self.effects, &mut coins, false));
            self.below(me);
            self.top
                .on_start(&mut self.states[me.index()].0, &mut Out::new(&local, &mut self.effects, &mut coins, false));
            self.above();
            self.drain(me, &mut coins);
        }
        let mut events = N as u64;
        while let Some(message) = self.heap.pop() {
            events += 1;
            self.now_us = message.due_us;
            let me = message.to;
            self.bottom.on_deliver(
                &mut self.states[me.index()].1,
                message.from,
                message.payload.get(),
                &mut Out::new(&self.locals[me.index()].1, &mut self.effects, &mut coins, false),
            );
            self.below(me);
            self.drain(me, &mut coins);
        }
        black_box(self.delivered);
        Run { events, end_us: self.now_us }
    }

    /// Hands over until the step is done.
    fn drain(&mut self, me: ProcessId, coins: &mut Coins) {
        while let Some(handover) = self.handovers.pop_front() {
            let (above, below) = &self.locals[me.index()];
            let (top, bottom) = &mut self.states[me.index()];
            match handover {
                Handover::Down(request) => {
                    self.bottom.on_request(bottom, request, &mut Out::new(below, &mut self.effects, coins, false));
                    self.below(me);
                }
                Handover::Up(from, payload) => {
                    let mut out = Out::new(above, &mut self.effects, coins, false);
                    self.top.on_deliver(top, from, payload.get(), &mut out);
                    self.above();
                }
            }
        }
    }

    /// What the bottom layer did: messages go into the heap.
    fn below(&mut self, from: ProcessId) {
        for effect in self.effects.drain(..) {
            match effect {
                Effect::Request(Request::Send { to, payload }) => {
                    let number = &mut self.numbers[from.index() * N + to.index()];
                    let entity = u64::from(from.0) << 16 | u64::from(to.0);
                    let (delay_us, processing_us) = self.timing.delays_us(Departure {
                        seed: self.seed,
                        entity,
                        key: *number << 8,
                        now_us: self.now_us,
                        least_us: 0,
                        detour: false,
                    });
                    *number += 1;
                    let due_us = self.now_us + delay_us + processing_us;
                    self.heap.push(InFlight { due_us, age: self.age, from, to, payload });
                    self.age += 1;
                }
                Effect::Indicate(Indication::Deliver { from, payload }) => {
                    self.handovers.push_back(Handover::Up(from, payload));
                }
                other => unreachable!("a broadcast does not do this: {other:?}"),
            }
        }
    }

    /// What the top layer did.
    fn above(&mut self) {
        for effect in self.effects.drain(..) {
            match effect {
                Effect::Request(request) => self.handovers.push_back(Handover::Down(request)),
                Effect::Indicate(Indication::Deliver { payload, .. }) => {
                    black_box(payload);
                    self.delivered += 1;
                }
                other => unreachable!("a broadcast does not do this: {other:?}"),
            }
        }
    }
}

fn timed(run: impl FnOnce() -> Run) -> (Run, f64) {
    let begin = Instant::now();
    let run = run();
    (run, run.events as f64 / begin.elapsed().as_secs_f64())
}

/// How often the explorer runs.
const EXPLORATIONS: usize = 7;

/// How many configurations it finds.
const CONFIGURATIONS: usize = 500_000;

/// Configurations a second: the search alone, and with the valencies of all that was found.
fn explore() -> (f64, f64) {
    let instance = Catalogue::builtin().instance("ben-or", [("rounds", "20")], None);
    let program = instance.expect("valid parameters").program;
    let inputs = [false, true, true].map(|bit| Some(Value::Bit(bit))).to_vec();
    let begin = Instant::now();
    let mut strict = Strict::new(&program, &[inputs], CONFIGURATIONS);
    assert!(strict.run().done);
    let searched = begin.elapsed();
    black_box(strict.valencies());
    let found = strict.search().len() as f64;
    (found / searched.as_secs_f64(), found / begin.elapsed().as_secs_f64())
}

/// The median of some rates, and the best: on a busy machine longer runs are interrupted more often than short ones,
/// which the best of many does not notice.
fn median_and_best(mut rates: Vec<f64>) -> (f64, f64) {
    rates.sort_by(f64::total_cmp);
    (rates[rates.len() / 2], rates[rates.len() - 1])
}

fn report(name: &str, what: &str, rates: Vec<f64>, base: Option<(f64, f64)>) -> (f64, f64) {
    let (median, best) = median_and_best(rates);
    let ratio = |of: f64, base: f64| format!(" ({:.2})", of / base);
    let (beside_median, beside_best) = base.map_or_else(Default::default, |(one, other)| {
        // In brackets: as a part of the plain loop.
        (ratio(median, one), ratio(best, other))
    });
    println!("{name:22} median {median:>9.0}{beside_median}, best {best:>9.0}{beside_best} {what} a second");
    (median, best)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |part: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == part);
    if wanted("engine") {
        against_plain_loop();
    }
    if wanted("explorer") {
        let (searched, valued) = (0..EXPLORATIONS).map(|_| explore()).unzip();
        report("strict explorer", "configurations", searched, None);
        report("with valencies", "configurations", valued, None);
    }
    explorer::against_stateright(|protocol| wanted(protocol) || wanted("explorer"));
}

fn against_plain_loop() {
    let scenario = scenario();
    let plan = scenario.plan(&Catalogue::builtin()).expect("a valid scenario");
    let (mut plain, mut bare, mut watched) = (Vec::new(), Vec::new(), Vec::new());
    let mut events = 0;
    for _ in 0..RUNS {
        let (one, rate) = timed(|| Plain::new(&scenario).run());
        plain.push(rate);
        let (two, rate) = timed(|| engine(&plan, false));
        bare.push(rate);
        let (three, rate) = timed(|| engine(&plan, true));
        watched.push(rate);
        assert!(one == two && two == three, "all sides do the same work: {one:?}, {two:?}, {three:?}");
        events = one.events;
    }
    println!("{events} events a run, {RUNS} runs each; in brackets: of the plain loop");
    let base = report("plain loop", "events", plain, None);
    report("engine", "events", bare, Some(base));
    report("engine with monitors", "events", watched, Some(base));
}
