//! Tests of a protocol's handlers: a few processes, their stored records and timers, and the messages in flight, which
//! the test moves by hand. The bench calls the layers directly and knows nothing of the engine.
//!
//! ```
//! use bivalent::catalogue::Catalogue;
//! use bivalent::testing::TestBench;
//!
//! let instance = Catalogue::builtin().instance("wait-for-all", [], None).expect("in the catalogue");
//! let mut bench = TestBench::new(&instance, &["0", "1", "1"]);
//! bench.start_all();
//! bench.deliver(1, 0);
//! assert_eq!((bench.label(0).as_str(), bench.decisions(0).len()), ("2/3", 0));
//! bench.deliver(2, 0);
//! assert_eq!(bench.decisions(0), ["1"]);
//! assert_eq!(bench.reason(0), "it knows all the inputs, and most of them are 1");
//! ```
//!
//! Processes are given by their numbers. A call that cannot be meant, such as the delivery of a message that is not there,
//! panics: it is the test that is wrong. So does a step that decides or indicates something without a
//! [reason](crate::process::Out::because), and one that sends to a process that is not its peer.

use crate::catalogue::Instance;
use crate::draw::Coins;
use crate::process::{
    Indication, Invocation, LayerState, Local, LocalKnowledge, ModuleGraph, Outcome, Payload, ProcessId, Program,
    Request, Runaway, StepContext, Stored, Timer, Value,
};
use crate::property::Holdings;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A message between two processes.
struct BenchFlight {
    from: usize,
    to: usize,
    payload: Payload,
}

/// A process as the test bench sees it.
struct BenchProcess {
    knowledge: LocalKnowledge,
    states: Vec<LayerState>,
    stored: Vec<Option<Stored>>,
    up: bool,
    timers: BTreeMap<(u8, Timer), u64>,
    indications: Vec<Indication>,
    decisions: Vec<Value>,
    reasons: Vec<String>,
}

/// Processes of one protocol, and everything that happens to them by hand.
pub struct TestBench {
    program: Program,
    holdings: Option<Holdings>,
    processes: Vec<BenchProcess>,
    context: StepContext,
    flights: Vec<BenchFlight>,
    cut: Option<usize>,
    /// The number of messages sent so far.
    pub sent: usize,
}

impl TestBench {
    /// One process for each input, in a complete network; `""` is no input.
    pub fn new(instance: &Instance, inputs: &[&str]) -> TestBench {
        let Instance { entry, program, .. } = instance;
        let inputs: Vec<Option<Value>> =
            inputs.iter().map(|input| (!input.is_empty()).then(|| Value::from(*input))).collect();
        entry.check_inputs(&inputs).expect("the test's inputs fit");
        let n = inputs.len();
        let roles = Rc::new(entry.shares(n).expect("there are enough processes for each role"));
        let processes = inputs.into_iter().zip(ProcessId::all(n)).map(|(input, me)| {
            let local = Local { role: roles.of(me), roles: Rc::clone(&roles), ..Local::complete(me, n, input) };
            let knowledge = LocalKnowledge::from(local);
            let modules = program.of(&knowledge);
            BenchProcess {
                states: modules.init(&knowledge),
                knowledge,
                stored: vec![None; modules.modules().len()],
                up: true,
                timers: BTreeMap::new(),
                indications: Vec::new(),
                decisions: Vec::new(),
                reasons: Vec::new(),
            }
        });
        let mut context = StepContext::default();
        context.explain = true;
        TestBench {
            processes: processes.collect(),
            program: program.clone(),
            holdings: entry.holdings.clone(),
            context,
            flights: Vec::new(),
            cut: None,
            sent: 0,
        }
    }

    /// Connects the processes in a line instead of all with all; before the start.
    pub fn line(mut self) -> TestBench {
        let n = self.processes.len();
        for (index, process) in self.processes.iter_mut().enumerate() {
            let near = (0..n).filter(|other| index.abs_diff(*other) == 1).map(ProcessId::from).collect();
            process.knowledge.below.peers = near;
            process.knowledge.top.peers = process.knowledge.below.peers.clone();
        }
        self
    }

    /// The next step crashes after its first `effects` effects; timers and reasons are not counted.
    pub fn crash_after(&mut self, effects: usize) {
        self.cut = Some(effects);
    }

    /// Takes the first step of `p`. No message takes it: the test says when a process starts.
    pub fn start(&mut self, p: usize) {
        self.step(p, |modules, context, knowledge, states, _| modules.start(context, knowledge, states));
    }

    /// Takes the first step of every process, in order.
    pub fn start_all(&mut self) {
        (0..self.processes.len()).for_each(|p| self.start(p));
    }

    /// Delivers the oldest message in flight from `from` to `to`; a process that is down loses it.
    pub fn deliver(&mut self, from: usize, to: usize) {
        let flight = self.take(from, to);
        self.hand_over(flight);
    }

    /// Delivers the youngest message in flight from `from` to `to`.
    pub fn deliver_youngest(&mut self, from: usize, to: usize) {
        let place = self.flights.iter().rposition(|flight| (flight.from, flight.to) == (from, to));
        let flight = self.flights.remove(place.expect("the test expects a message on this link"));
        self.hand_over(flight);
    }

    /// Delivers everything in flight, and what that causes, oldest first.
    pub fn deliver_all(&mut self) {
        while !self.flights.is_empty() {
            let flight = self.flights.remove(0);
            self.hand_over(flight);
        }
    }

    /// Delivers the oldest message on the link twice.
    pub fn duplicate(&mut self, from: usize, to: usize) {
        let flight = self.take(from, to);
        self.hand_over(BenchFlight { payload: flight.payload.clone(), ..flight });
        self.hand_over(flight);
    }

    /// Puts the lie number `lie` in place of the oldest message on the link; false if it has no such lie.
    pub fn alter(&mut self, from: usize, to: usize, lie: usize) -> bool {
        let flight = self.flights.iter_mut().find(|flight| (flight.from, flight.to) == (from, to));
        let flight = flight.expect("the test expects a message on this link");
        let Some(payload) = flight.payload.lies().into_iter().nth(lie) else { return false };
        flight.payload = payload;
        true
    }

    /// Moves the oldest message of one link to another link, where it is the youngest.
    pub fn redirect(&mut self, (from, to): (usize, usize), link: (usize, usize)) {
        let flight = self.take(from, to);
        self.flights.push(BenchFlight { from: link.0, to: link.1, ..flight });
    }

    /// Loses the oldest message on the link.
    pub fn lose(&mut self, from: usize, to: usize) {
        self.take(from, to);
    }

    /// Fires the timer `name` of `p`, which must be running.
    pub fn fire(&mut self, p: usize, name: &str) {
        let running = self.processes[p].timers.keys().find(|(_, timer)| timer.name() == name).cloned();
        let (layer, timer) = running.expect("the test expects this timer to run");
        self.processes[p].timers.remove(&(layer, timer.clone()));
        self.step(p, |modules, context, knowledge, states, _| {
            modules.timeout(context, knowledge, states, layer, timer)
        });
    }

    /// Crashes `p`: what it did not store is gone.
    pub fn crash(&mut self, p: usize) {
        let process = &mut self.processes[p];
        process.up = false;
        process.timers.clear();
    }

    /// Brings `p` back with what it had stored.
    pub fn recover(&mut self, p: usize) {
        let process = &mut self.processes[p];
        process.up = true;
        process.states = self.program.of(&process.knowledge).init(&process.knowledge);
        self.step(p, |modules, context, knowledge, states, stored| modules.recover(context, knowledge, states, stored));
    }

    /// The time for which the timer `name` of `p` was set, in microseconds, if it runs.
    pub fn timer(&self, p: usize, name: &str) -> Option<u64> {
        self.processes[p].timers.iter().find(|((_, timer), _)| timer.name() == name).map(|(_, after_us)| *after_us)
    }

    /// The user of `p` asks for `request`: its name, then what it needs to know, with spaces between them.
    pub fn ask(&mut self, p: usize, request: &str) {
        let invocation = Invocation::of(&request.split(' ').collect::<Vec<&str>>());
        self.step(p, |modules, context, knowledge, states, _| {
            modules.request(context, knowledge, states, Request::Invoke(invocation.into()))
        });
    }

    /// The responses of `p` to its user, in order; one without a value is an empty text.
    pub fn responses(&self, p: usize) -> Vec<String> {
        let responses = self.processes[p].indications.iter().filter_map(|indication| match indication {
            Indication::Return(value) => Some(value.as_ref().map_or_else(String::new, |value| value.to_string())),
            _ => None,
        });
        responses.collect()
    }

    fn modules(&self, p: usize) -> &ModuleGraph {
        self.program.of(&self.processes[p].knowledge)
    }

    /// The number of messages in flight from `from` to `to`.
    pub fn flying(&self, from: usize, to: usize) -> usize {
        self.flights.iter().filter(|flight| (flight.from, flight.to) == (from, to)).count()
    }

    /// The messages that `p` delivered to its user, as "p0:word", in order.
    pub fn delivered(&self, p: usize) -> Vec<String> {
        let deliveries = self.processes[p].indications.iter().filter_map(|indication| match indication {
            Indication::Deliver { from, payload } => Some(format!("{from}:{}", payload.text())),
            _ => None,
        });
        deliveries.collect()
    }

    /// The processes that `p` has come to suspect, as it told its user, in order.
    pub fn suspected(&self, p: usize) -> Vec<usize> {
        let suspicions = self.processes[p].indications.iter().filter_map(|indication| match indication {
            Indication::Suspect(process) => Some(process.index()),
            _ => None,
        });
        suspicions.collect()
    }

    /// The decisions of `p`, in order.
    pub fn decisions(&self, p: usize) -> Vec<String> {
        self.processes[p].decisions.iter().map(Value::to_string).collect()
    }

    /// The label of `p`.
    pub fn label(&self, p: usize) -> String {
        self.modules(p).label(&self.processes[p].knowledge, &self.processes[p].states)
    }

    /// The money on the books of all processes.
    pub fn money(&self) -> i64 {
        let held = |process: &BenchProcess| self.holdings.as_ref()?.money(process.states.last()?);
        self.processes.iter().filter_map(held).sum()
    }

    /// The last reason that `p` gave.
    pub fn reason(&self, p: usize) -> &str {
        self.processes[p].reasons.last().expect("the process has taken a step with a reason")
    }

    /// True if `p` gave this reason.
    pub fn gave(&self, p: usize, reason: &str) -> bool {
        self.processes[p].reasons.iter().any(|given| given == reason)
    }

    /// The timer that a NULL step of `p` fires.
    pub fn timeout_enabled(&self, p: usize) -> Option<String> {
        self.modules(p)
            .timeout_enabled(&self.processes[p].knowledge, &self.processes[p].states)
            .map(|(_, timer)| timer.to_string())
    }

    fn take(&mut self, from: usize, to: usize) -> BenchFlight {
        let place = self.flights.iter().position(|flight| (flight.from, flight.to) == (from, to));
        self.flights.remove(place.expect("the test expects a message on this link"))
    }

    fn hand_over(&mut self, flight: BenchFlight) {
        if self.processes[flight.to].up {
            let (from, payload) = (ProcessId::from(flight.from), flight.payload);
            self.step(flight.to, |modules, context, knowledge, states, _| {
                modules.deliver(context, knowledge, states, from, payload)
            });
        }
    }

    /// Takes a step of `p` and applies its outcomes, up to a crash in the middle.
    fn step(
        &mut self,
        p: usize,
        call: impl FnOnce(
            &ModuleGraph,
            &mut StepContext,
            &LocalKnowledge,
            &mut [LayerState],
            &[Option<Stored>],
        ) -> Result<(), Runaway>,
    ) {
        let process = &mut self.processes[p];
        assert!(process.up, "only a process that is up takes steps");
        self.context.begin(Coins::default());
        call(
            self.program.of(&process.knowledge),
            &mut self.context,
            &process.knowledge,
            &mut process.states,
            &process.stored,
        )
        .expect("no layers wake each other for ever");
        let (mut visible, mut explained, mut effects) = (false, false, 0);
        for outcome in self.context.outcomes.drain(..) {
            if let Outcome::Because(reason) = outcome {
                explained = true;
                process.reasons.push(reason.into_owned());
                continue;
            }
            if self.cut.is_some_and(|limit| effects >= limit) {
                continue;
            }
            // As in the engine: what nobody else can notice does not count.
            effects += usize::from(!matches!(outcome, Outcome::SetTimer(..) | Outcome::CancelTimer(..)));
            match outcome {
                Outcome::Send { to, payload } => {
                    assert!(process.knowledge.below.peers.contains(&to), "p{p} sends only to its peers");
                    self.sent += 1;
                    self.flights.push(BenchFlight { from: p, to: to.index(), payload });
                }
                Outcome::Indicate(indication) => {
                    visible = true;
                    process.indications.push(indication);
                }
                Outcome::SetTimer(layer, timer, after_us) => {
                    process.timers.insert((layer, timer), after_us);
                }
                Outcome::CancelTimer(layer, timer) => {
                    process.timers.remove(&(layer, timer));
                }
                Outcome::Store(layer, record) => process.stored[usize::from(layer)] = Some(record),
                Outcome::Decide(value) => {
                    visible = true;
                    process.decisions.push(value);
                }
                Outcome::Because(_) => unreachable!("reasons are no effects and were taken out above"),
            }
        }
        assert!(explained || !visible, "p{p} indicates or decides without a reason");
        if self.cut.take().is_some() {
            self.crash(p);
        }
    }
}
