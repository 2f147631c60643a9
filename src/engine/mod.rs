//! The engine: it applies a choice to the world, or refuses it with the reason.
//!
//! The engine knows every rule and picks nothing. Who picks is a scheduler: the clock ([`Engine::due`]), a list, a
//! person, an adversary. Everything that is drawn for a message is drawn when it is sent and kept with it, so that the
//! picture can show where it is, and so that a person may still change it.

use crate::canon::{Count, Digest, Sink};
use crate::draw::{Coins, Flips};
use crate::model::{Change, Models};
use crate::process::{
    Indication, Invocation, LayerState, LocalKnowledge, ModuleGraph, Name, Outcome, Payload, ProcessId, Program,
    StepContext, Stored, Timer, Value,
};
use byzantine::{Core, Woken};
use network::{Launch, Network, Surroundings};
use queue::{Due, Queue};
use std::rc::Rc;

mod byzantine;
mod choice;
mod enabled;
mod intruder;
mod network;
pub mod promise;
mod queue;
mod requests;
mod rules;

pub use crate::model::ProcessSet;
pub use byzantine::{Byzantine, Past, TWIN};
pub use choice::{Choice, MessageId, Scheduled};
pub use intruder::{HEARD_MAX, Heard};
pub use network::{Arrival, FLIGHTS_MAX, Fate, Flight};
pub use requests::{Habit, MadeUp, OpenRequest, Requests, Template};
pub use rules::{Refusal, check_light};

/// The duration of a step when the schedule has no times, in microseconds.
pub const UNTIMED_STEP_US: u64 = 1_000;

/// The setup that a run is made from. It never changes.
pub struct Setup {
    /// The program that runs.
    pub program: Program,
    /// The knowledge that each process has of itself.
    pub knowledge: Vec<LocalKnowledge>,
    /// The knowledge that each process would have of itself if its input were another one: for its twin. One for each
    /// process.
    pub others: Vec<LocalKnowledge>,
    /// The time that light needs from each process to each other, in microseconds, senders first; empty where places do
    /// not matter.
    pub light_us: Vec<u64>,
    /// When each process starts, in microseconds, unless a message starts it earlier.
    pub start_us: Vec<u64>,
    /// The seed: everything that is drawn is keyed by it.
    pub seed: u32,
    /// True if messages and timers have times. Without, they wait until somebody picks them.
    pub timed: bool,
    /// Faults that happen at given times, in microseconds, and requests.
    pub faults: Vec<(u64, Choice)>,
    /// The requests of users to each process; empty where they ask nothing.
    pub requests: Vec<Requests>,
}

/// The status of a process, which says if it takes steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// It has not taken its first step.
    Fresh,
    /// It takes steps.
    Up,
    /// It has crashed, at this event.
    Crashed(u64),
}

/// A timer that runs.
#[derive(Clone, PartialEq, Debug)]
pub struct RunningTimer {
    /// The layer that set it, counted from the bottom; a twin's layers are counted from 128.
    pub layer: u8,
    /// Its name.
    pub timer: Timer,
    /// When it was set, in microseconds.
    pub set_us: u64,
    /// When it fires, in microseconds.
    pub due_us: u64,
    serial: u64,
}

/// A process, as the engine sees it.
#[derive(Clone)]
pub struct Process {
    /// The status, which says if it takes steps.
    pub status: Status,
    /// Its behaviour as a Byzantine process, if it ever became one.
    pub byzantine: Option<Box<Byzantine>>,
    /// The point of its next step at which it crashes.
    pub crash_after: Option<Cutoff>,
    /// The delay with which its messages leave and messages to it are handled, in microseconds.
    pub slow_us: u64,
    /// The states of its layers, bottom first.
    pub layers: Vec<LayerState>,
    /// The records that its layers have in stable storage.
    pub stored: Vec<Option<Stored>>,
    /// Its timers.
    pub timers: Vec<RunningTimer>,
    /// The decision register.
    pub decided: Option<Value>,
    /// The number of steps that it has taken.
    pub steps: u64,
    /// The number of coins that it has flipped.
    pub flips: u64,
    /// The request that its user has made and that is not answered.
    pub open: Option<Box<OpenRequest>>,
    /// The number of requests of the workload that its user has made.
    pub asked: u32,
    /// Its modules that are switched off: a bit for each, that of the lowest first.
    pub off: u32,
}

impl Process {
    /// True if it takes steps, or may take its first one.
    pub fn is_alive(&self) -> bool {
        !matches!(self.status, Status::Crashed(_))
    }

    /// True if it is faulty in another way than by crashing: Byzantine, now or before.
    pub fn is_byzantine(&self) -> bool {
        self.byzantine.is_some()
    }

    /// True if it counts as correct so far: alive, and not Byzantine.
    pub fn is_correct(&self) -> bool {
        self.is_alive() && !self.is_byzantine()
    }
}

/// The part of its step that a process still does before it crashes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cutoff {
    /// So many effects that somebody else could notice.
    Effects(u16),
    /// So many messages; a step without any is done in full, and the crash waits for the next.
    Sends(u16),
}

/// The numbers of messages so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Sent by processes.
    pub sent: u64,
    /// Received.
    pub delivered: u64,
    /// Lost.
    pub lost: u64,
    /// Copies made by links.
    pub duplicated: u64,
}

/// The workplace of events, and the description of the last one. It is kept from event to event.
#[derive(Default)]
pub struct Step {
    /// The number of the event; the first one is 1.
    pub event: u64,
    /// When it happened, in microseconds.
    pub at_us: u64,
    /// The choice that was made.
    pub choice: Option<Choice>,
    /// The message, if the choice was about one.
    pub arrival: Option<Arrival>,
    /// The timer that fired, and its layer.
    pub fired: Option<(u8, Timer)>,
    /// The request of the process's user.
    pub asked: Option<Invocation>,
    /// The module that was switched off or on.
    pub switched: Option<Name>,
    /// True if the process took its first step in it.
    pub started: bool,
    /// True if the process crashed in it.
    pub crashed: bool,
    /// The messages sent in it, one for each [`Outcome::Send`] that left an honest process.
    pub sent: Vec<MessageId>,
    /// The contents of those messages, where they differ from what the outcomes say: one for each, or empty.
    pub said: Vec<Payload>,
    /// The promise of the models that the choice broke.
    pub breaks: Option<&'static str>,
    /// Where several processes take a step in the event, the number of outcomes after the step of each.
    pub parts: Vec<(ProcessId, usize)>,
    /// The causes that woke each process so far. Steps that have a list are entered there; where a
    /// [`Choice::Byzantine`] needs a twin it is caught up with it. Without a list a twin knows nothing of what came
    /// before it.
    pub past: Option<Past>,
    /// Coins, reasons and outcomes. Set [`StepContext::explain`] to collect reasons.
    pub context: StepContext,
}

impl Step {
    /// The outcomes of the step, in order.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.context.outcomes
    }

    /// The processes that took a step, in order, each with its outcomes.
    pub fn by_process(&self) -> impl Iterator<Item = (ProcessId, &[Outcome])> {
        parts_of(self.choice.and_then(|choice| choice.process()), &self.parts, self.outcomes())
    }

    /// Says why something happened that no handler did, if somebody listens.
    fn because(&mut self, reason: impl FnOnce() -> String) {
        if self.context.explain {
            self.context.outcomes.push(Outcome::Because(reason().into()));
        }
    }

    fn begin(&mut self, event: u64, at_us: u64, choice: Choice) {
        self.event = event;
        self.at_us = at_us;
        self.choice = Some(choice);
        self.arrival = None;
        self.fired = None;
        self.asked = None;
        self.switched = None;
        self.started = false;
        self.crashed = false;
        self.sent.clear();
        self.said.clear();
        self.breaks = None;
        self.parts.clear();
        self.context.begin(Coins::default());
    }
}

/// The parts of an event's outcomes: of the process whose event it is, or of each of those that took a step.
pub fn parts_of<'a>(
    one: Option<ProcessId>,
    parts: &'a [(ProcessId, usize)],
    outcomes: &'a [Outcome],
) -> impl Iterator<Item = (ProcessId, &'a [Outcome])> {
    let starts = std::iter::once(0).chain(parts.iter().map(|(_, end)| *end));
    let several = parts.iter().zip(starts).map(|((process, end), start)| (*process, &outcomes[start..*end]));
    one.map(|process| (process, outcomes)).into_iter().chain(several)
}

/// The world at one moment.
#[derive(Clone)]
pub struct Engine {
    setup: Rc<Setup>,
    models: Rc<Models>,
    now_us: u64,
    events: u64,
    hash: Digest,
    processes: Vec<Process>,
    network: Network,
    queue: Queue,
    /// The number of timers that were set so far.
    timers: u64,
    /// Since when the model of time is in force, in microseconds.
    timing_since_us: u64,
    /// The distance of each clock from what the model in force would have made it show from the start, in microseconds;
    /// empty until the model of time changes. A clock goes on from where it stands.
    slips_us: Vec<i64>,
    /// True if handlers look at clocks.
    clocked: bool,
    totals: Totals,
    /// The planned requests, by their places among the faults, that came while another one was open.
    waiting: Vec<u32>,
    runaway: Option<String>,
}

impl Engine {
    /// The world before anything has happened.
    pub fn new(setup: Rc<Setup>, models: Models) -> Self {
        let n = setup.knowledge.len();
        let processes = setup
            .knowledge
            .iter()
            .map(|knowledge| Process {
                status: Status::Fresh,
                byzantine: None,
                crash_after: None,
                slow_us: 0,
                layers: setup.program.of(knowledge).init(knowledge),
                stored: vec![None; setup.program.of(knowledge).modules().len()],
                timers: Vec::new(),
                decided: None,
                steps: 0,
                flips: 0,
                open: None,
                asked: 0,
                off: 0,
            })
            .collect();
        let mut queue = Queue::default();
        if setup.timed {
            for (process, at_us) in ProcessId::all(n).zip(&setup.start_us) {
                queue.push(*at_us, Due::Start(process));
            }
        }
        for (index, (at_us, _)) in (0u32..).zip(&setup.faults) {
            queue.push(*at_us, Due::Fault(index));
        }
        if setup.timed {
            for (process, start_us) in ProcessId::all(n).zip(&setup.start_us) {
                if let Some(at_us) = setup.next_request_us(process, 1, *start_us) {
                    queue.push(at_us, Due::Workload(process));
                }
            }
        }
        Engine {
            models: Rc::new(models),
            now_us: 0,
            events: 0,
            hash: Digest::default(),
            processes,
            network: Network::new(n),
            queue,
            timers: 0,
            timing_since_us: 0,
            slips_us: Vec::new(),
            clocked: setup.program.is_timed(),
            totals: Totals::default(),
            waiting: Vec::new(),
            runaway: None,
            setup,
        }
    }

    /// The setup that the run is made from.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The models in force.
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// The time of the last event, in microseconds.
    pub fn now_us(&self) -> u64 {
        self.now_us
    }

    /// The number of events.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The hash of everything that happened so far.
    pub fn trace_hash(&self) -> u64 {
        self.hash.finish()
    }

    /// All processes, in order.
    pub fn processes(&self) -> &[Process] {
        &self.processes
    }

    /// One process.
    pub fn process(&self, process: ProcessId) -> &Process {
        &self.processes[process.index()]
    }

    /// The messages on their way, in no order that means anything.
    pub fn flights(&self) -> impl Iterator<Item = &Flight> {
        self.network.flights()
    }

    /// The messages on their way, oldest first.
    pub fn flights_by_age(&self) -> Vec<&Flight> {
        self.network.flights_by_age()
    }

    /// The message of that name, if it is on its way.
    pub fn flight(&self, id: MessageId) -> Option<&Flight> {
        self.network.flight(id, &self.queue)
    }

    /// True if this direction of the link is cut.
    pub fn is_cut(&self, from: ProcessId, to: ProcessId) -> bool {
        self.network.is_cut(from, to)
    }

    /// The numbers of messages so far.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// The time on a process's clock, in microseconds.
    pub fn local_us(&self, process: ProcessId) -> u64 {
        self.local_at(process, self.now_us)
    }

    /// The time on its clock at `now_us`, in microseconds, if nothing changes until then.
    pub fn local_at(&self, process: ProcessId, now_us: u64) -> u64 {
        let slip_us = self.slips_us.get(process.index()).copied().unwrap_or(0);
        self.models.timing.local_us(self.setup.seed, process, now_us).saturating_add_signed(slip_us)
    }

    /// Since when the model of time is in force, in microseconds.
    pub fn timing_since_us(&self) -> u64 {
        self.timing_since_us
    }

    /// Why the run stopped for good, if a limit was hit.
    pub fn runaway(&self) -> Option<&str> {
        self.runaway.as_deref()
    }

    /// The modules of a process.
    pub fn modules(&self, process: ProcessId) -> &ModuleGraph {
        self.setup.program.of(&self.setup.knowledge[process.index()])
    }

    /// The label of a process, as its top module gives it.
    pub fn label(&self, process: ProcessId) -> String {
        let knowledge = &self.setup.knowledge[process.index()];
        self.setup.program.of(knowledge).label(knowledge, &self.process(process).layers)
    }

    /// Looks at the state of a process in the protocol on top: of one that is down, at the one that it would come back with.
    pub fn look_at_top<T>(&self, process: ProcessId, look: impl FnOnce(&LayerState) -> T) -> T {
        const TOP: &str = "a process has a module on top";
        let (knowledge, state) = (&self.setup.knowledge[process.index()], self.process(process));
        let modules = self.setup.program.of(knowledge);
        if state.is_alive() {
            return look(state.layers.last().expect(TOP));
        }
        let mut layers = modules.init(knowledge);
        // The outcomes of the recovery are of no interest here, and neither is a recovery that would not end.
        let mut context = StepContext::default();
        context.off = state.off;
        let _ = modules.recover(&mut context, knowledge, &mut layers, &state.stored);
        look(layers.last().expect(TOP))
    }

    /// The bytes that a copy of it takes, about.
    pub fn bytes(&self) -> usize {
        // Lists and trees have room to grow, and each state has a place of its own.
        let state = |layer: &LayerState| {
            let mut count = Count::default();
            layer.encode(&mut count);
            64 + 2 * count.0
        };
        let process = |process: &Process| {
            let twin = process.byzantine.as_deref().and_then(Byzantine::twin).unwrap_or_default();
            let cores = process.layers.iter().chain(twin);
            size_of::<Process>()
                + cores.map(state).sum::<usize>()
                + process.stored.len() * 16
                + process.timers.len() * size_of::<RunningTimer>()
        };
        size_of::<Engine>()
            + self.processes.iter().map(process).sum::<usize>()
            + self.network.bytes()
            + self.queue.bytes()
    }

    /// The choice that the clock brings next, and its time: `None` at rest. Never anything that somebody holds.
    pub fn due(&mut self) -> Option<(u64, Choice)> {
        loop {
            let (at_us, due) = self.queue.first()?;
            if let Some(choice) = self.stands(due) {
                return Some((at_us.max(self.now_us), choice));
            }
            self.queue.pop();
            match due {
                Due::Attack(serial) => self.network.intruder.drop_plan(serial),
                // A planned request waits until the one before it is answered.
                Due::Fault(index) if self.setup.faults[index as usize].1.asks().is_some() => self.waiting.push(index),
                _ => {}
            }
        }
    }

    /// The choice that a queue entry stands for, if it still does.
    fn stands(&self, due: Due) -> Option<Choice> {
        match due {
            Due::Start(process) => (self.process(process).status == Status::Fresh).then_some(Choice::Start(process)),
            Due::Fault(index) => {
                let (_, choice) = self.setup.faults[index as usize];
                self.admissible(&choice).is_ok().then_some(choice)
            }
            Due::Workload(process) => self.next_request(process),
            Due::Message { slot, serial } => {
                let flight = self.network.in_slot(slot as usize)?;
                if flight.serial != serial || flight.held_us.is_some() {
                    return None;
                }
                let (at_us, _) = self.queue.first()?;
                if flight.splits_us == Some(at_us) {
                    let copy = Choice::Duplicate(flight.id);
                    return self.admissible(&copy).is_ok().then_some(copy);
                }
                if flight.due_us > at_us {
                    return None;
                }
                let alive = self.process(flight.id.to).is_alive();
                Some(if alive { self.outcome_of(flight) } else { Choice::Lose(flight.id) })
            }
            Due::Timer { process, layer, serial } => {
                let timers = &self.process(process).timers;
                timers.iter().any(|running| running.serial == serial).then_some(Choice::Timeout { process, layer })
            }
            Due::Attack(serial) => {
                let attack = self.network.intruder.planned(serial)?;
                // Where the intruder has been driven from the link since, nothing comes of it.
                let possible = self.forbids(&attack).is_none() && self.admissible(&attack).is_ok();
                possible.then_some(attack)
            }
        }
    }

    /// Nothing will happen unless somebody acts, and nobody holds anything back.
    pub fn is_at_rest(&mut self) -> bool {
        if self.setup.timed {
            self.due().is_none() && self.flights().next().is_none()
        } else {
            let Setup { program, knowledge, .. } = &*self.setup;
            let idle = |(process, knowledge): (&Process, &LocalKnowledge)| match process.status {
                Status::Fresh => false,
                Status::Up => program.of(knowledge).timeout_enabled(knowledge, &process.layers).is_none(),
                Status::Crashed(_) => true,
            };
            ProcessId::all(self.processes.len()).all(|process| self.next_request(process).is_none())
                && self.processes.iter().zip(knowledge).all(idle)
                && self.flights().all(|flight| !self.process(flight.id.to).is_alive())
        }
    }

    /// The choice that ends the way of a message when its time has come and its recipient is up.
    fn outcome_of(&self, flight: &Flight) -> Choice {
        match flight.fate {
            Fate::Received if !self.is_void(flight) => Choice::Deliver(flight.id),
            _ => Choice::Lose(flight.id),
        }
    }

    /// The timer that [`Choice::Timeout`] fires.
    fn timer(&self, process: ProcessId, layer: u8) -> Option<Timer> {
        let state = self.process(process);
        let running = state.timers.iter().filter(|running| running.layer == layer).min_by_key(|running| running.due_us);
        running.map(|running| running.timer.clone()).or_else(|| {
            let knowledge = &self.setup.knowledge[process.index()];
            let enabled = (!self.setup.timed)
                .then(|| self.setup.program.of(knowledge).timeout_enabled(knowledge, &state.layers))
                .flatten();
            enabled.filter(|(enabled, _)| *enabled == layer).map(|(_, timer)| timer)
        })
    }

    /// Applies a choice and describes it in `step`. Nothing has changed if it is refused.
    ///
    /// Without `at_us` it happens now, or, where there are no times, a millisecond later. Time never runs backwards.
    pub fn apply(&mut self, scheduled: Scheduled, step: &mut Step) -> Result<(), Refusal> {
        self.admissible(&scheduled.choice)?;
        let pause_us = if self.setup.timed { 0 } else { UNTIMED_STEP_US };
        self.now_us = scheduled.at_us.unwrap_or(self.now_us + pause_us).max(self.now_us);
        step.begin(self.events + 1, self.now_us, scheduled.choice);
        step.breaks = self.forbids(&scheduled.choice);
        // The only entries that do not lapse by themselves.
        match self.queue.first() {
            Some((_, Due::Fault(index))) if self.setup.faults[index as usize].1 == scheduled.choice => self.queue.pop(),
            Some((_, Due::Attack(serial))) if self.network.intruder.planned(serial) == Some(scheduled.choice) => {
                self.network.intruder.drop_plan(serial);
                self.queue.pop();
            }
            _ => {}
        }
        self.hash.word(self.now_us);
        for word in scheduled.choice.words() {
            self.hash.word(word);
        }
        match scheduled.choice {
            Choice::Start(process) => self.local_step(process, scheduled.coins, step, None),
            Choice::Deliver(id) => {
                let flight = self.network.take(id, &self.queue);
                self.totals.delivered += 1;
                step.arrival = Some(flight.arrival(self.now_us));
                if self.processes[id.to.index()].is_byzantine() {
                    self.hand_on(id, &flight.payload, step);
                }
                self.local_step(id.to, scheduled.coins, step, Some(Wake::Message(id.from, flight.payload)));
            }
            Choice::Timeout { process, layer } => {
                let timer = self.timer(process, layer).expect("admissible");
                self.processes[process.index()].timers.retain(|run| run.layer != layer || run.timer != timer);
                step.fired = Some((layer, timer.clone()));
                self.local_step(process, scheduled.coins, step, Some(Wake::Timer(layer, timer)));
            }
            Choice::Lose(id) => {
                let flight = self.network.take(id, &self.queue);
                self.totals.lost += 1;
                if flight.fate == Fate::Received {
                    self.network.count_loss(id, &flight.payload, flight.losses_before, &self.models);
                }
                step.because(|| {
                    let MessageId { from, to, .. } = id;
                    if !self.process(to).is_alive() {
                        format!("{to} has crashed")
                    } else if flight.fate == Fate::Missed {
                        format!("{to} was down when it came")
                    } else if self.is_void(&flight) {
                        format!("{to} notices that {from} did not write this, and throws it away")
                    } else {
                        "the link loses it".to_owned()
                    }
                });
                step.arrival = Some(flight.arrival(self.now_us));
            }
            Choice::Duplicate(id) => {
                let (copy, original) = self.in_network(|network, around| network.duplicate(id, around));
                self.totals.duplicated += 1;
                step.sent.push(copy);
                step.said.push(original.payload.clone());
                step.arrival = Some(original);
            }
            Choice::Hold(id) => {
                step.arrival = Some(self.in_network(|network, around| network.hold(id, around)));
            }
            Choice::Release(id) => {
                step.arrival = Some(self.in_network(|network, around| network.release(id, around)));
            }
            Choice::Crash { process, after_effects: None } => self.crash(process, step),
            Choice::Crash { process, after_effects } => {
                self.processes[process.index()].crash_after = after_effects.map(Cutoff::Effects);
            }
            Choice::CrashSending { process, after_sends } => {
                self.processes[process.index()].crash_after = Some(Cutoff::Sends(after_sends));
            }
            Choice::Alter { message, lie } => self.alter(message, lie, step),
            Choice::Inject { message, from, to, lie } => self.inject(message, from, to, lie, step),
            Choice::Replay(id) => self.inject(id, id.from, id.to, None, step),
            Choice::Recover(process) => {
                self.in_network(|network, around| network.miss(process, around));
                self.local_step(process, scheduled.coins, step, Some(Wake::Recovery));
                if self.setup.timed && self.process(process).open.is_none() {
                    self.users_go_on(process);
                }
            }
            Choice::Byzantine { process, behaviour } => self.corrupt(process, behaviour, step),
            Choice::Change(change) => self.change(&change),
            Choice::Switch { layer, on } => self.switch(usize::from(layer), on, scheduled.coins, step),
            Choice::Slow { process, extra_ms } => {
                self.processes[process.index()].slow_us = 1_000 * u64::from(extra_ms);
            }
            Choice::Cut { from, to } => self.in_network(|network, around| network.cut(from, to, around)),
            Choice::Mend { from, to } => self.in_network(|network, around| network.mend(from, to, around)),
            Choice::Partition(side) => self.in_network(|network, around| network.partition(side, around)),
            Choice::Heal => self.in_network(Network::heal),
            Choice::Request { process, .. } | Choice::Workload { process, .. } => {
                let invocation = self.setup.invocation(&scheduled.choice).expect("admissible");
                let state = &mut self.processes[process.index()];
                state.asked += u32::from(matches!(scheduled.choice, Choice::Workload { .. }));
                let (event, at_us) = (step.event, step.at_us);
                state.open = Some(Box::new(OpenRequest { invocation: invocation.clone(), event, at_us }));
                self.hash.write(invocation.to_string().as_bytes());
                step.asked = Some(invocation.clone());
                self.local_step(process, scheduled.coins, step, Some(Wake::Request(invocation.into())));
            }
        }
        self.events += 1;
        if self.network.on_their_way() > FLIGHTS_MAX {
            self.runaway = Some(format!("more than {FLIGHTS_MAX} messages are on their way"));
        }
        Ok(())
    }

    /// One atomic step of a process: its start, if it is its first, then what woke it.
    fn local_step(&mut self, id: ProcessId, coins: Flips, step: &mut Step, wake: Option<Wake>) {
        let setup = Rc::clone(&self.setup);
        if self.clocked {
            step.context.local_us = self.local_us(id);
        }
        let process = &mut self.processes[id.index()];
        let coins = Coins::given(coins, setup.seed, u64::from(id.0), process.flips);
        let before = process.crash_after.map(|_| process.layers.clone());
        let fresh = process.status == Status::Fresh;
        if let Some(past) = &mut step.past {
            let local_us = step.context.local_us;
            past.0.push(Woken { process: id, fresh, wake: wake.clone(), coins, local_us, off: process.off });
        }
        let twin_wake = process.byzantine.as_ref().and_then(|byzantine| byzantine.twin.as_ref()).map(|_| wake.clone());
        let is_twins = matches!(wake, Some(Wake::Timer(TWIN.., _)));
        step.started = fresh;
        process.status = Status::Up;
        step.context.coins = coins;
        step.context.off = process.off;
        let mut result = Ok(());
        if !is_twins {
            let core = Core { setup: &setup, knowledge: &setup.knowledge[id.index()], fresh };
            result = core.step(&mut step.context, &mut process.layers, &process.stored, wake);
        }
        if let (Ok(()), Some(wake)) = (&result, twin_wake) {
            result = self.twin_step(id, fresh, coins, step, wake);
        }
        if let Err(runaway) = result {
            self.runaway = Some(format!("layer {} of {id} was woken without end in one step", runaway.layer));
        }
        let process = &mut self.processes[id.index()];
        let context = &mut step.context;
        process.steps += 1;
        process.flips += u64::from(context.coins.flipped.count);
        self.hash.word(u64::from(context.coins.flipped.count) << 56 ^ context.coins.flipped.bits);
        let mut cutoff = process.crash_after.take();
        if let Some(Cutoff::Sends(_)) = cutoff
            && !context.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Send { .. }))
        {
            process.crash_after = cutoff.take();
        }
        if let Some(cutoff) = cutoff {
            cut_short(&mut context.outcomes, cutoff);
        }
        self.effects(id, step);
        if cutoff.is_some() {
            // The changes that the step made to volatile state never became visible.
            self.processes[id.index()].layers = before.expect("kept because a crash was planned");
            self.crash(id, step);
        }
    }

    /// The module of this number among all names is switched off or on, at all processes that have it: those that have
    /// started take a step each. A crash that is planned for the middle of a step waits for the next one.
    fn switch(&mut self, layer: usize, on: bool, coins: Flips, step: &mut Step) {
        let setup = Rc::clone(&self.setup);
        let name = &setup.program.names()[layer];
        let mut outcomes = Vec::new();
        for id in ProcessId::all(self.processes.len()) {
            for place in setup.program.of(&setup.knowledge[id.index()]).places(name) {
                let process = &mut self.processes[id.index()];
                if process.status == Status::Up {
                    process.timers.retain(|running| usize::from(running.layer % TWIN) != place);
                    let crash_after = process.crash_after.take();
                    self.local_step(id, coins, step, Some(Wake::Switch(place as u8, on)));
                    self.processes[id.index()].crash_after = crash_after;
                    outcomes.append(&mut step.context.outcomes);
                    step.parts.push((id, outcomes.len()));
                }
                let bit = 1 << place;
                let off = &mut self.processes[id.index()].off;
                *off = if on { *off & !bit } else { *off | bit };
            }
        }
        step.context.outcomes = outcomes;
        step.switched = Some(name.clone());
    }

    /// True if the module of this number among the names of the program's modules is on.
    pub fn is_on(&self, layer: usize) -> bool {
        let name = &self.setup.program.names()[layer];
        let on = |id: ProcessId| self.modules(id).places(name).all(|place| self.process(id).off >> place & 1 == 0);
        ProcessId::all(self.processes.len()).all(on)
    }

    /// Makes the outcomes of a step happen.
    fn effects(&mut self, id: ProcessId, step: &mut Step) {
        let outcomes = std::mem::take(&mut step.context.outcomes);
        for outcome in &outcomes {
            match outcome {
                Outcome::Send { to, payload } => {
                    self.hash.word(1 << 32 | u64::from(to.0));
                    self.hash.word(payload.digest());
                    if self.processes[id.index()].is_byzantine() {
                        self.send_as_liar(id, *to, payload, step);
                    } else {
                        self.send(id, *to, payload.clone(), step);
                    }
                }
                Outcome::Indicate(indication) => match indication {
                    Indication::Deliver { from, payload } => {
                        self.hash.word(2 << 32 | u64::from(from.0));
                        self.hash.word(payload.digest());
                    }
                    Indication::Suspect(process) => self.hash.word(3 << 32 | u64::from(process.0)),
                    Indication::Restore(process) => self.hash.word(4 << 32 | u64::from(process.0)),
                    Indication::Trust(process) => self.hash.word(10 << 32 | u64::from(process.0)),
                    Indication::Return(value) => {
                        self.hash.word(11 << 32 | u64::from(value.is_some()));
                        self.hash.write(value.as_ref().map_or_else(String::new, |value| value.to_string()).as_bytes());
                        self.answered(id);
                    }
                    Indication::Decide(_) | Indication::OfInstance(..) => {
                        unreachable!("the top module decides, and has no instances")
                    }
                },
                Outcome::SetTimer(layer, timer, after_us) => {
                    self.hash.word(5 << 32 | u64::from(*layer));
                    timer.encode(&mut self.hash);
                    self.hash.word(*after_us);
                    self.set_timer(id, *layer, timer.clone(), *after_us);
                }
                Outcome::CancelTimer(layer, timer) => {
                    self.hash.word(6 << 32 | u64::from(*layer));
                    timer.encode(&mut self.hash);
                    self.processes[id.index()].timers.retain(|run| run.layer != *layer || run.timer != *timer);
                }
                Outcome::Store(layer, record) => {
                    self.hash.word(7 << 32 | u64::from(*layer));
                    record.encode(&mut self.hash);
                    self.processes[id.index()].stored[usize::from(*layer)] = Some(record.clone());
                }
                Outcome::Decide(value) => {
                    self.hash.word(8 << 32);
                    self.hash.write(value.to_string().as_bytes());
                    self.processes[id.index()].decided = Some(value.clone());
                }
                Outcome::Because(_) => {}
            }
        }
        step.context.outcomes = outcomes;
    }

    /// The open request of a process is answered: its user thinks about the next.
    fn answered(&mut self, id: ProcessId) {
        self.processes[id.index()].open = None;
        if self.setup.timed {
            self.users_go_on(id);
        }
    }

    /// The user of a process thinks about the next request of the workload, and planned requests that have waited for an
    /// answer are made.
    fn users_go_on(&mut self, id: ProcessId) {
        for index in std::mem::take(&mut self.waiting) {
            self.queue.push(self.now_us, Due::Fault(index));
        }
        let number = self.process(id).asked + 1;
        if let Some(at_us) = self.setup.next_request_us(id, number, self.now_us) {
            self.queue.push(at_us, Due::Workload(id));
        }
    }

    fn set_timer(&mut self, id: ProcessId, layer: u8, timer: Timer, after_us: u64) {
        let due_us = self.now_us + self.models.timing.real_us(self.setup.seed, id, after_us);
        self.start_timer(id, layer, timer, due_us);
    }

    fn start_timer(&mut self, id: ProcessId, layer: u8, timer: Timer, due_us: u64) {
        if !self.setup.timed {
            return;
        }
        self.timers += 1;
        let serial = self.timers;
        let timers = &mut self.processes[id.index()].timers;
        timers.retain(|run| run.layer != layer || run.timer != timer);
        timers.push(RunningTimer { layer, timer, set_us: self.now_us, due_us, serial });
        self.queue.push(due_us, Due::Timer { process: id, layer, serial });
    }

    /// A process sends a message.
    fn send(&mut self, from: ProcessId, to: ProcessId, payload: Payload, step: &mut Step) {
        self.totals.sent += 1;
        let id = self.network.next_name(from, to);
        step.sent.push(id);
        self.launch(Launch { id, payload, sent_in: step.event, forged: false, begins: 0.0 });
    }

    fn launch(&mut self, launch: Launch) {
        self.in_network(|network, around| network.launch(launch, around));
    }

    /// Something happens in the network, and in the world as it is now.
    fn in_network<T>(&mut self, act: impl FnOnce(&mut Network, &mut Surroundings<'_>) -> T) -> T {
        let Engine { setup, models, processes, now_us, queue, network, .. } = self;
        act(network, &mut Surroundings { setup, models, processes, now_us: *now_us, queue })
    }

    /// Another model is in force.
    fn change(&mut self, change: &Change) {
        let models = Rc::new(self.models.changed(change));
        if !matches!(change, Change::Timing(_)) {
            self.models = models;
            return;
        }
        let clocks = |engine: &Engine| -> Vec<u64> {
            ProcessId::all(engine.processes.len()).map(|process| engine.local_us(process)).collect()
        };
        let before = clocks(self);
        self.models = models;
        self.slips_us.clear();
        let after = clocks(self);
        self.slips_us = before.iter().zip(&after).map(|(before, after)| before.wrapping_sub(*after) as i64).collect();
        self.timing_since_us = self.now_us;
        self.in_network(Network::keep_bounds);
    }

    fn crash(&mut self, id: ProcessId, step: &mut Step) {
        let process = &mut self.processes[id.index()];
        process.status = Status::Crashed(step.event);
        process.timers.clear();
        process.open = None;
        process.crash_after = None;
        step.crashed = true;
        self.hash.word(9 << 32);
    }
}

/// A cause that wakes a process, besides its start.
#[derive(Clone)]
enum Wake {
    Message(ProcessId, Payload),
    Timer(u8, Timer),
    Recovery,
    Request(Rc<Invocation>),
    Switch(u8, bool),
}

/// Keeps the part of a step before the cutoff: effects that somebody else could notice, and the timers between them.
/// Reasons stay where some effect does: they explain what the step was about.
fn cut_short(outcomes: &mut Vec<Outcome>, cutoff: Cutoff) {
    let (Cutoff::Effects(mut left) | Cutoff::Sends(mut left)) = cutoff;
    let all = left;
    let only_sends = matches!(cutoff, Cutoff::Sends(_));
    outcomes.retain(|outcome| match outcome {
        Outcome::Send { .. } if left > 0 => {
            left -= 1;
            true
        }
        Outcome::Indicate(_) | Outcome::Store(..) | Outcome::Decide(_) if left > 0 => {
            left -= u16::from(!only_sends);
            true
        }
        Outcome::Because(_) => all > 0,
        Outcome::SetTimer(..) | Outcome::CancelTimer(..) => left > 0,
        _ => false,
    });
}
