//! The engine: it applies a choice to the world, or refuses it with the reason.
//!
//! The engine knows every rule and picks nothing. Who picks is a scheduler: the clock ([`Engine::due`]), a list, a
//! person, an adversary. Everything that is drawn for a message is drawn when it is sent and kept with it, so that the
//! picture can show where it is, and so that a person may still change it.

use crate::canon::{Count, Digest, Sink};
use crate::draw::{Coins, Flips};
use crate::model::{Change, Departure, Failures, LinkKind, Links, Models, Timing, TimingKind};
use crate::process::{
    Indication, LayerState, LocalKnowledge, Outcome, Payload, ProcessId, Stack, StepContext, Stored, Timer, Value,
};
use byzantine::{Core, Woken};
use intruder::PendingAttack;
use queue::{Due, Queue};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

mod byzantine;
mod choice;
mod enabled;
mod intruder;
mod queue;

pub use crate::model::ProcessSet;
pub use byzantine::{Byzantine, Past, TWIN};
pub use choice::{Choice, MessageId, Scheduled};
pub use intruder::{HEARD_MAX, Heard};

/// How long a step takes when the schedule has no times, in microseconds.
pub const UNTIMED_STEP_US: u64 = 1_000;

/// The most messages in flight: a run that goes past it stops.
pub const FLIGHTS_MAX: usize = 200_000;

/// Up to so many messages in flight, one is found by its name by looking at all.
const FEW_FLIGHTS: usize = 64;

/// What a run is made from. It never changes.
pub struct Setup {
    /// The layers of every process.
    pub stack: Stack,
    /// What each process knows of itself.
    pub knowledge: Vec<LocalKnowledge>,
    /// What each process would know of itself if its input were another one: for its twin. One for each person.
    pub others: Vec<LocalKnowledge>,
    /// What light needs from each process to each other, in microseconds, senders first; empty where places do not
    /// matter.
    pub light_us: Vec<u64>,
    /// When each process starts, in microseconds, unless a message starts it earlier.
    pub start_us: Vec<u64>,
    /// What draws are keyed by.
    pub seed: u32,
    /// Whether messages and timers have times. Without, they wait until somebody picks them.
    pub timed: bool,
    /// Faults that happen at given times, in microseconds.
    pub faults: Vec<(u64, Choice)>,
}

/// Whether a process takes steps.
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
#[derive(Clone, Copy, PartialEq, Debug)]
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
    /// Whether it takes steps.
    pub status: Status,
    /// What it does as a Byzantine process, if it ever became one.
    pub byzantine: Option<Box<Byzantine>>,
    /// Where in its next step it crashes.
    pub crash_after: Option<Cutoff>,
    /// How much later its messages leave and messages to it are handled, in microseconds.
    pub slow_us: u64,
    /// The states of its layers, bottom first.
    pub layers: Vec<LayerState>,
    /// What its layers have in stable storage.
    pub stored: Vec<Option<Stored>>,
    /// Its timers.
    pub timers: Vec<RunningTimer>,
    /// The decision register.
    pub decided: Option<Value>,
    /// How many steps it has taken.
    pub steps: u64,
    /// How many coins it has flipped.
    pub flips: u64,
}

impl Process {
    /// Whether it takes steps, or may take its first one.
    pub fn is_alive(&self) -> bool {
        !matches!(self.status, Status::Crashed(_))
    }

    /// Whether it is faulty in another way than by crashing: Byzantine, now or before.
    pub fn is_byzantine(&self) -> bool {
        self.byzantine.is_some()
    }

    /// Whether it counts as correct so far: alive, and not Byzantine.
    pub fn is_correct(&self) -> bool {
        self.is_alive() && !self.is_byzantine()
    }
}

/// How much of its step a process still does before it crashes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cutoff {
    /// So many effects that somebody else could notice.
    Effects(u16),
    /// So many messages; a step without any is done in full, and the crash waits for the next.
    Sends(u16),
}

/// What will become of a message, as drawn when it was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It is received.
    Received,
    /// The link loses it.
    Lost,
    /// It stood at its recipient's door while the recipient was down: nobody took it in.
    Missed,
}

/// A message on its way.
#[derive(Clone, Debug)]
pub struct Flight {
    /// Its name.
    pub id: MessageId,
    /// What it carries.
    pub payload: Payload,
    /// When it was sent, in microseconds.
    pub sent_us: u64,
    /// When it is on the link, in microseconds: a slow sender or a liar takes a while.
    pub left_us: u64,
    /// When it stands at its recipient's door, in microseconds, or would if nothing happened to it on the way.
    pub arrives_us: u64,
    /// When its fate happens, in microseconds: the recipient may take a while to handle it.
    pub due_us: u64,
    /// What will become of it.
    pub fate: Fate,
    /// When it splits, in microseconds, if it was drawn to.
    pub splits_us: Option<u64>,
    /// How many copies of it were made.
    pub copies: u8,
    /// Which share of the way was behind it when it set out: a copy begins where the original stood.
    pub begins: f32,
    /// The moment since which it is held: by a person, or by a cut.
    pub held_us: Option<u64>,
    /// Whether a person holds it.
    pub held_by_hand: bool,
    /// Whether it is not what its sender wrote: changed, made up, or written in another's name.
    pub forged: bool,
    /// How many messages with the same payload the link lost in a row before it.
    pub losses_before: u32,
    /// The event that sent it.
    pub sent_in: u64,
    serial: u64,
}

impl Flight {
    /// Which share of its way is behind it at `now_us`: 0 with its sender, 1 at its recipient's door, where it stands at
    /// once if there are no times. For pictures: no rule asks.
    pub fn way(&self, now_us: u64) -> f32 {
        let whole_us = self.arrives_us.saturating_sub(self.sent_us);
        if whole_us == 0 {
            return 1.0;
        }
        let moment_us = self.held_us.unwrap_or(now_us).min(now_us);
        let part = (moment_us.saturating_sub(self.sent_us) as f32 / whole_us as f32).min(1.0);
        self.begins + (1.0 - self.begins) * part
    }
}

/// One direction of a link.
#[derive(Clone, Copy, Default)]
struct LinkState {
    sent: u32,
    spoofed: u32,
    last_due_us: u64,
    cut: bool,
}

/// How many messages there were so far.
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

/// Why the engine does not apply a choice, as a sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal(pub String);

/// What the models promise, each in words.
pub mod promise {
    use crate::model::{Timing, TimingKind};

    /// Of reliable links.
    pub const NO_LOSS: &str = "reliable links lose nothing";
    /// Of reliable links.
    pub const NO_COPIES: &str = "reliable links double nothing";
    /// Of fair-loss links.
    pub const FAIRNESS: &str = "what is sent again and again arrives in the end";
    /// Of links that keep the order.
    pub const ORDER: &str = "messages do not overtake each other";
    /// Of links without an intruder.
    pub const TRUE_MESSAGES: &str = "messages arrive as they were written";
    /// Of the crash-stop model.
    pub const NO_RETURN: &str = "who stops never comes back";
    /// Of all but the Byzantine model.
    pub const NO_LIES: &str = "processes do not lie";
    /// Of synchrony.
    pub const TIME: &str = "messages and steps keep their time bounds";
    /// Of partial synchrony with a stabilisation time.
    pub const AFTER_GST: &str = "after the stabilisation time messages and steps keep their bounds";
    /// Of bounded asynchrony.
    pub const DELIVERY: &str = "messages keep their time bound";

    /// What a model of time promises, in words, if it promises anything.
    pub fn of_time(timing: &Timing) -> Option<&'static str> {
        match timing.kind {
            TimingKind::Synchronous => Some(TIME),
            TimingKind::BoundedAsynchrony => Some(DELIVERY),
            TimingKind::PartiallySynchronous => timing.gst_ms.map(|_| AFTER_GST),
            TimingKind::Asynchronous => None,
        }
    }
}

fn refuse<T>(reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(reason.into()))
}

/// The workplace of events, and the description of the last one. It is kept from event to event.
#[derive(Default)]
pub struct Step {
    /// The number of the event; the first one is 1.
    pub event: u64,
    /// When it happened, in microseconds.
    pub at_us: u64,
    /// What was chosen.
    pub choice: Option<Choice>,
    /// What the message carried, if the choice was about one.
    pub payload: Option<Payload>,
    /// When that message was sent, in microseconds; what was held counts from when it went on.
    pub payload_sent_us: u64,
    /// When it was on the link, in microseconds.
    pub payload_left_us: u64,
    /// When it stood at its recipient's door, in microseconds, or would have.
    pub payload_arrives_us: u64,
    /// The event that sent it.
    pub payload_sent_in: u64,
    /// Whether it is not what its sender wrote.
    pub payload_forged: bool,
    /// Which share of its way was behind it: 0 with its sender, 1 at its recipient's door.
    pub payload_way: f32,
    /// The timer that fired, and its layer.
    pub fired: Option<(u8, Timer)>,
    /// Whether the process took its first step in it.
    pub started: bool,
    /// Whether the process crashed in it.
    pub crashed: bool,
    /// The messages sent in it, one for each [`Outcome::Send`] that left an honest process.
    pub sent: Vec<MessageId>,
    /// What those messages say, where that is not what the outcomes say: one for each, or empty.
    pub said: Vec<Payload>,
    /// The promise of the models that the choice broke.
    pub breaks: Option<&'static str>,
    /// What woke each process so far. Steps that have a list are entered there; where a [`Choice::Byzantine`] needs a
    /// twin it is caught up with it. Without a list a twin knows nothing of what came before it.
    pub past: Option<Past>,
    /// Coins, reasons and outcomes. Set [`StepContext::explain`] to collect reasons.
    pub context: StepContext,
}

impl Step {
    /// What it did, in order.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.context.outcomes
    }

    /// Takes note of the message that it is about.
    fn about(&mut self, flight: &Flight) {
        self.payload = Some(flight.payload.clone());
        self.payload_sent_us = flight.sent_us;
        self.payload_left_us = flight.left_us;
        self.payload_arrives_us = flight.arrives_us;
        self.payload_sent_in = flight.sent_in;
        self.payload_forged = flight.forged;
        self.payload_way = flight.way(self.at_us);
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
        self.payload = None;
        self.payload_sent_us = 0;
        self.payload_left_us = 0;
        self.payload_arrives_us = 0;
        self.payload_sent_in = event;
        self.payload_forged = false;
        self.payload_way = 0.0;
        self.fired = None;
        self.started = false;
        self.crashed = false;
        self.sent.clear();
        self.said.clear();
        self.breaks = None;
        self.context.begin(Coins::default());
    }
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
    links: Vec<LinkState>,
    flights: Vec<Option<Flight>>,
    free: Vec<u32>,
    /// The slot of each message by its name, once somebody has asked for one among many. The clock asks for none: it
    /// knows slots. So a timed run that is only watched never pays for it.
    names: OnceCell<BTreeMap<(usize, u64), u32>>,
    serial: u64,
    queue: Queue,
    losses: BTreeMap<(usize, u64), u32>,
    heard: Vec<Heard>,
    attacks: Vec<PendingAttack>,
    /// Since when the model of time is in force, in microseconds.
    timing_since_us: u64,
    /// How far each clock is from what the model in force would have made it show from the start, in microseconds;
    /// empty until the model of time changes. A clock goes on from where it stands.
    slips_us: Vec<i64>,
    /// Whether handlers look at clocks.
    clocked: bool,
    totals: Totals,
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
                layers: setup.stack.init(knowledge),
                stored: vec![None; setup.stack.height()],
                timers: Vec::new(),
                decided: None,
                steps: 0,
                flips: 0,
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
        Engine {
            models: Rc::new(models),
            now_us: 0,
            events: 0,
            hash: Digest::default(),
            processes,
            links: vec![LinkState::default(); n * n],
            flights: Vec::new(),
            free: Vec::new(),
            names: OnceCell::new(),
            serial: 0,
            queue,
            losses: BTreeMap::new(),
            heard: Vec::new(),
            attacks: Vec::new(),
            timing_since_us: 0,
            slips_us: Vec::new(),
            clocked: setup.stack.is_timed(),
            totals: Totals::default(),
            runaway: None,
            setup,
        }
    }

    /// What the run is made from.
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

    /// How many events there were.
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
        self.flights.iter().flatten()
    }

    /// The messages on their way, oldest first.
    pub fn flights_by_age(&self) -> Vec<&Flight> {
        self.slots_by_age(None).into_iter().filter_map(|slot| self.flights[slot].as_ref()).collect()
    }

    /// The message of that name, if it is on its way.
    pub fn flight(&self, id: MessageId) -> Option<&Flight> {
        self.flights[self.slot_of(id)?].as_ref()
    }

    /// Whether this direction of the link is cut.
    pub fn is_cut(&self, from: ProcessId, to: ProcessId) -> bool {
        self.links[from.index() * self.processes.len() + to.index()].cut
    }

    /// How many messages there were.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// What a process's clock shows, in microseconds.
    pub fn local_us(&self, process: ProcessId) -> u64 {
        self.local_at(process, self.now_us)
    }

    /// What its clock shows at `now_us`, if nothing changes until then.
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

    /// The label of a process, as its top layer gives it.
    pub fn label(&self, process: ProcessId) -> String {
        self.setup.stack.label(&self.setup.knowledge[process.index()], &self.process(process).layers)
    }

    /// The money on the books of a process: of one that is down, on those that it would find when it comes back.
    pub fn holding(&self, process: ProcessId) -> Option<i64> {
        let Setup { stack, knowledge, .. } = &*self.setup;
        let state = self.process(process);
        if state.is_alive() {
            return stack.holding(&state.layers);
        }
        let knowledge = &knowledge[process.index()];
        let mut layers = stack.init(knowledge);
        // What it would do on coming back is of no interest here, nor whether that would end.
        let _ = stack.recover(&mut StepContext::default(), knowledge, &mut layers, &state.stored);
        stack.holding(&layers)
    }

    /// How many bytes a copy of it takes, about.
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
            + self.links.len() * size_of::<LinkState>()
            + self.flights.len() * size_of::<Option<Flight>>()
            + self.names.get().map_or(0, BTreeMap::len) * 32
            + self.losses.len() * 48
            + self.heard.len() * size_of::<Heard>()
            + self.attacks.len() * size_of::<PendingAttack>()
            + self.queue.bytes()
    }

    /// What the clock brings next, and when: `None` at rest. Never anything that somebody holds.
    pub fn due(&mut self) -> Option<(u64, Choice)> {
        loop {
            let (at_us, due) = self.queue.first()?;
            if let Some(choice) = self.stands(due) {
                return Some((at_us.max(self.now_us), choice));
            }
            self.queue.pop();
            if let Due::Attack(serial) = due {
                self.attacks.retain(|attack| attack.serial != serial);
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
            Due::Message { slot, serial } => {
                let flight = self.flights[slot as usize].as_ref()?;
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
                let attack = self.attacks.iter().find(|attack| attack.serial == serial)?;
                // Where the intruder has been driven from the link since, nothing comes of it.
                let possible = self.forbids(&attack.choice).is_none() && self.admissible(&attack.choice).is_ok();
                possible.then_some(attack.choice)
            }
        }
    }

    /// Nothing will happen unless somebody acts, and nobody holds anything back.
    pub fn is_at_rest(&mut self) -> bool {
        if self.setup.timed {
            self.due().is_none() && self.flights().next().is_none()
        } else {
            let Setup { stack, knowledge, .. } = &*self.setup;
            let idle = |(process, knowledge): (&Process, &LocalKnowledge)| match process.status {
                Status::Fresh => false,
                Status::Up => stack.timeout_enabled(knowledge, &process.layers).is_none(),
                Status::Crashed(_) => true,
            };
            self.processes.iter().zip(knowledge).all(idle)
                && self.flights().all(|flight| !self.process(flight.id.to).is_alive())
        }
    }

    /// What becomes of a message when its time has come and its recipient is up.
    fn outcome_of(&self, flight: &Flight) -> Choice {
        match flight.fate {
            Fate::Received if !self.is_void(flight) => Choice::Deliver(flight.id),
            _ => Choice::Lose(flight.id),
        }
    }

    /// Whether the recipient would notice that the message is not what its sender wrote.
    fn is_void(&self, flight: &Flight) -> bool {
        flight.forged && self.models.between(flight.id.from, flight.id.to).authenticated
    }

    fn slot(&self, id: MessageId) -> Result<usize, Refusal> {
        // The message that the clock brings is the one that is asked for nearly always.
        if let Some((_, Due::Message { slot, .. })) = self.queue.first()
            && let Some(Some(flight)) = self.flights.get(slot as usize)
            && flight.id == id
        {
            return Ok(slot as usize);
        }
        self.slot_of(id).ok_or_else(|| Refusal(format!("the message {id} is not on its way")))
    }

    fn slot_of(&self, id: MessageId) -> Option<usize> {
        if self.flights.len() <= FEW_FLIGHTS {
            return self.flights.iter().position(|flight| flight.as_ref().is_some_and(|flight| flight.id == id));
        }
        let names = self.names.get_or_init(|| {
            let mut names = BTreeMap::new();
            for (slot, flight) in (0..).zip(&self.flights) {
                if let Some(flight) = flight {
                    names.insert(Engine::key(flight.id), slot);
                }
            }
            names
        });
        names.get(&Engine::key(id)).map(|slot| *slot as usize)
    }

    /// A message's name among `names`, also if there are no such processes. The same kind of key as that of `losses`,
    /// so that the page carries one tree.
    fn key(id: MessageId) -> (usize, u64) {
        (usize::from(id.from.0) << 16 | usize::from(id.to.0), u64::from(id.number) << 8 | u64::from(id.copy))
    }

    fn known(&self, process: ProcessId) -> Result<&Process, Refusal> {
        self.processes.get(process.index()).ok_or_else(|| Refusal(format!("there is no process {process}")))
    }

    /// Whether the engine would apply `choice`; if not, why.
    pub fn admissible(&self, choice: &Choice) -> Result<(), Refusal> {
        if let Some(reason) = &self.runaway {
            return refuse(reason.clone());
        }
        match *choice {
            Choice::Start(process) => match self.known(process)?.status {
                Status::Fresh => Ok(()),
                Status::Up => refuse(format!("{process} has started before")),
                Status::Crashed(_) => refuse(format!("{process} has crashed")),
            },
            Choice::Deliver(id) => {
                if !self.known(id.to)?.is_alive() {
                    return refuse(format!("{} has crashed", id.to));
                }
                let slot = self.slot(id)?;
                if self.flights[slot].as_ref().is_some_and(|flight| self.is_void(flight)) {
                    return refuse(format!("{} would notice that {} did not write this", id.to, id.from));
                }
                Ok(())
            }
            Choice::Timeout { process, layer } => {
                let state = self.known(process)?;
                if state.status != Status::Up {
                    return refuse(format!("{process} does not run"));
                }
                if self.timer(process, layer).is_some() {
                    Ok(())
                } else {
                    refuse(format!("no timer of layer {layer} of {process} runs"))
                }
            }
            Choice::Lose(id) | Choice::Release(id) => self.slot(id).map(|_| ()),
            Choice::Hold(id) => {
                let slot = self.slot(id)?;
                let held = self.flights[slot].as_ref().is_some_and(|flight| flight.held_by_hand);
                if held { refuse("it is held already") } else { Ok(()) }
            }
            Choice::Duplicate(id) => {
                let slot = self.slot(id)?;
                if id.copy > 0 {
                    refuse("a copy is not copied again")
                } else if self.flights[slot].as_ref().is_some_and(|flight| flight.copies == u8::MAX) {
                    refuse("there are too many copies of it")
                } else {
                    Ok(())
                }
            }
            Choice::Alter { message, lie } => self.can_alter(message, lie),
            Choice::Inject { message, from, to, lie } => self.can_inject(message, from, to, lie),
            Choice::Replay(id) => self.can_inject(id, id.from, id.to, None),
            Choice::Crash { process, .. } | Choice::CrashSending { process, .. } => {
                let status = self.known(process)?.status;
                if matches!(status, Status::Crashed(_)) {
                    refuse(format!("{process} has crashed before"))
                } else {
                    Ok(())
                }
            }
            Choice::Recover(process) => {
                let status = self.known(process)?.status;
                if matches!(status, Status::Crashed(_)) { Ok(()) } else { refuse(format!("{process} has not crashed")) }
            }
            Choice::Byzantine { process, behaviour } => {
                let before = self.known(process)?.byzantine.as_ref();
                behaviour
                    .twin
                    .processes()
                    .chain(behaviour.forges)
                    .try_for_each(|other| self.known(other).map(|_| ()))?;
                if before.is_some_and(|before| before.behaviour == behaviour) {
                    refuse("nothing would change")
                } else {
                    Ok(())
                }
            }
            Choice::Change(change) => self.can_change(&change),
            Choice::Slow { process, extra_ms } => {
                if self.known(process)?.slow_us == 1_000 * u64::from(extra_ms) {
                    refuse("nothing would change")
                } else {
                    Ok(())
                }
            }
            Choice::Cut { from, to } | Choice::Mend { from, to } => {
                self.known(from)?;
                self.known(to)?;
                let wanted = matches!(choice, Choice::Cut { .. });
                if from == to {
                    refuse("a process has no link to itself")
                } else if self.is_cut(from, to) == wanted {
                    refuse("nothing would change")
                } else {
                    Ok(())
                }
            }
            Choice::Partition(side) => {
                side.processes().try_for_each(|process| self.known(process).map(|_| ()))?;
                let inside = side.processes().count();
                if inside == 0 || inside == self.processes.len() {
                    refuse("a partition has processes on both sides")
                } else {
                    Ok(())
                }
            }
            Choice::Heal => {
                if self.links.iter().any(|link| link.cut) {
                    Ok(())
                } else {
                    refuse("no link is cut")
                }
            }
        }
    }

    /// The timer that [`Choice::Timeout`] fires.
    fn timer(&self, process: ProcessId, layer: u8) -> Option<Timer> {
        let state = self.process(process);
        let running = state.timers.iter().filter(|running| running.layer == layer).min_by_key(|running| running.due_us);
        running.map(|running| running.timer).or_else(|| {
            let knowledge = &self.setup.knowledge[process.index()];
            let enabled =
                (!self.setup.timed).then(|| self.setup.stack.timeout_enabled(knowledge, &state.layers)).flatten();
            enabled.filter(|(enabled, _)| *enabled == layer).map(|(_, timer)| timer)
        })
    }

    /// The promise of the models that `choice` would break, in words, if it breaks one.
    pub fn forbids(&self, choice: &Choice) -> Option<&'static str> {
        let links = |id: MessageId| self.models.between(id.from, id.to);
        let found = |id| self.slot(id).ok().and_then(|slot| self.flights[slot].as_ref());
        // A Byzantine process may say what it likes, and as often.
        let liar = |process: ProcessId| self.processes.get(process.index()).is_some_and(Process::is_byzantine);
        let timing = &self.models.timing;
        let late =
            || promise::of_time(timing).filter(|_| timing.holds_from_us().is_some_and(|from| from <= self.now_us));
        match *choice {
            // What was drawn under another model keeps its fate, and breaks nothing.
            Choice::Lose(id) => {
                let flight = found(id).filter(|flight| flight.fate == Fate::Received && !self.is_void(flight))?;
                let links = links(id);
                match links.kind {
                    // Links owe nothing to who is down, and to a message of one who is.
                    _ if ![id.from, id.to].into_iter().all(|end| self.process(end).is_alive()) => None,
                    LinkKind::Reliable => Some(promise::NO_LOSS),
                    LinkKind::FairLoss => {
                        (flight.losses_before >= links.losses_in_a_row_max).then_some(promise::FAIRNESS)
                    }
                    LinkKind::Arbitrary => None,
                }
            }
            Choice::Duplicate(id) => {
                let drawn = found(id).is_some_and(|flight| flight.splits_us.is_some());
                (links(id).kind == LinkKind::Reliable && !drawn).then_some(promise::NO_COPIES)
            }
            Choice::Replay(id) => {
                (links(id).kind == LinkKind::Reliable && !liar(id.from)).then_some(promise::NO_COPIES)
            }
            Choice::Alter { message: id, .. } => {
                (links(id).kind != LinkKind::Arbitrary).then_some(promise::TRUE_MESSAGES)
            }
            Choice::Inject { from, to, .. } => {
                let intruded = self.models.between(from, to).kind == LinkKind::Arbitrary;
                (!intruded && !liar(from)).then_some(promise::TRUE_MESSAGES)
            }
            Choice::Deliver(id) if links(id).fifo && !id.is_spoofed() => {
                let serial = found(id)?.serial;
                let overtaken = self.flights().any(|flight| {
                    let (other, earlier) = (flight.id, flight.serial < serial && flight.fate == Fate::Received);
                    (other.from, other.to, other.copy) == (id.from, id.to, 0) && earlier && !other.is_spoofed()
                });
                overtaken.then_some(promise::ORDER)
            }
            Choice::Recover(_) => (self.models.failures == Failures::CrashStop).then_some(promise::NO_RETURN),
            Choice::Byzantine { .. } => (self.models.failures != Failures::Byzantine).then_some(promise::NO_LIES),
            Choice::Hold(_) => late(),
            Choice::Cut { from, to } => late().filter(|_| self.models.between(from, to).kind == LinkKind::Reliable),
            Choice::Partition(side) => {
                let all = || ProcessId::all(self.processes.len());
                let (here, there) =
                    (|| all().filter(|one| side.contains(*one)), || all().filter(|one| !side.contains(*one)));
                let mut ways = here().flat_map(|one| there().flat_map(move |other| [(one, other), (other, one)]));
                late().filter(|_| ways.any(|(from, to)| self.models.between(from, to).kind == LinkKind::Reliable))
            }
            // With a bound on delivery alone everybody may be as slow as it likes.
            Choice::Slow { extra_ms, .. } => late().filter(|text| extra_ms > 0 && *text != promise::DELIVERY),
            _ => None,
        }
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
            Some((_, Due::Attack(serial))) => {
                let attack =
                    self.attacks.iter().position(|attack| attack.serial == serial && attack.choice == scheduled.choice);
                if let Some(attack) = attack {
                    self.attacks.remove(attack);
                    self.queue.pop();
                }
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
                let flight = self.take(id);
                self.totals.delivered += 1;
                step.about(&flight);
                if self.processes[id.to.index()].is_byzantine() {
                    self.hand_on(id, &flight.payload, step);
                }
                self.local_step(id.to, scheduled.coins, step, Some(Wake::Message(id.from, flight.payload)));
            }
            Choice::Timeout { process, layer } => {
                let timer = self.timer(process, layer).expect("admissible");
                self.processes[process.index()].timers.retain(|run| run.layer != layer || run.timer != timer);
                step.fired = Some((layer, timer));
                self.local_step(process, scheduled.coins, step, Some(Wake::Timer(layer, timer)));
            }
            Choice::Lose(id) => {
                let flight = self.take(id);
                self.totals.lost += 1;
                if flight.fate == Fate::Received {
                    self.count_loss(self.link(id.from, id.to), &flight.payload, flight.losses_before);
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
                step.about(&flight);
            }
            Choice::Duplicate(id) => self.duplicate(id, step),
            Choice::Hold(id) => self.hold(id, step),
            Choice::Release(id) => self.release(id, step),
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
                self.miss(process);
                self.local_step(process, scheduled.coins, step, Some(Wake::Recovery));
            }
            Choice::Byzantine { process, behaviour } => self.corrupt(process, behaviour, step),
            Choice::Change(change) => self.change(&change),
            Choice::Slow { process, extra_ms } => {
                self.processes[process.index()].slow_us = 1_000 * u64::from(extra_ms);
            }
            Choice::Cut { from, to } => self.cut(from, to),
            Choice::Mend { from, to } => self.mend(from, to),
            Choice::Partition(side) => {
                for from in ProcessId::all(self.processes.len()) {
                    for to in ProcessId::all(self.processes.len()) {
                        if side.contains(from) != side.contains(to) {
                            self.cut(from, to);
                        }
                    }
                }
            }
            Choice::Heal => {
                for from in ProcessId::all(self.processes.len()) {
                    for to in ProcessId::all(self.processes.len()) {
                        self.mend(from, to);
                    }
                }
            }
        }
        self.events += 1;
        if self.flights.len() - self.free.len() > FLIGHTS_MAX {
            self.runaway = Some(format!("more than {FLIGHTS_MAX} messages are on their way"));
        }
        Ok(())
    }

    fn link(&self, from: ProcessId, to: ProcessId) -> usize {
        from.index() * self.processes.len() + to.index()
    }

    fn take(&mut self, id: MessageId) -> Flight {
        let slot = self.slot(id).expect("admissible");
        self.free.push(u32::try_from(slot).expect("bounded by FLIGHTS_MAX"));
        if let Some(names) = self.names.get_mut() {
            names.remove(&Engine::key(id));
        }
        self.flights[slot].take().expect("found a moment ago")
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
            past.0.push(Woken { process: id, fresh, wake: wake.clone(), coins, local_us });
        }
        let twin_wake = process.byzantine.as_ref().and_then(|byzantine| byzantine.twin.as_ref()).map(|_| wake.clone());
        let is_twins = matches!(wake, Some(Wake::Timer(TWIN.., _)));
        step.started = fresh;
        process.status = Status::Up;
        step.context.coins = coins;
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
            // What the step did to volatile state never became visible.
            self.processes[id.index()].layers = before.expect("kept because a crash was planned");
            self.crash(id, step);
        }
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
                },
                Outcome::SetTimer(layer, timer, after_us) => {
                    self.hash.word(5 << 32 | u64::from(*layer));
                    self.hash.write(timer.0.as_bytes());
                    self.hash.word(*after_us);
                    self.set_timer(id, *layer, *timer, *after_us);
                }
                Outcome::CancelTimer(layer, timer) => {
                    self.hash.word(6 << 32 | u64::from(*layer));
                    self.hash.write(timer.0.as_bytes());
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

    fn set_timer(&mut self, id: ProcessId, layer: u8, timer: Timer, after_us: u64) {
        let due_us = self.now_us + self.models.timing.real_us(self.setup.seed, id, after_us);
        self.start_timer(id, layer, timer, due_us);
    }

    fn start_timer(&mut self, id: ProcessId, layer: u8, timer: Timer, due_us: u64) {
        if !self.setup.timed {
            return;
        }
        self.serial += 1;
        let serial = self.serial;
        let timers = &mut self.processes[id.index()].timers;
        timers.retain(|run| run.layer != layer || run.timer != timer);
        timers.push(RunningTimer { layer, timer, set_us: self.now_us, due_us, serial });
        self.queue.push(due_us, Due::Timer { process: id, layer, serial });
    }

    /// Puts a message on its link and draws what will become of it.
    fn send(&mut self, from: ProcessId, to: ProcessId, payload: Payload, step: &mut Step) {
        let link = self.link(from, to);
        let number = self.links[link].sent;
        self.links[link].sent += 1;
        self.totals.sent += 1;
        let id = MessageId { from, to, number, copy: 0 };
        step.sent.push(id);
        self.launch(id, payload, step.event, false, 0.0);
    }

    /// Puts a message on its link, with the share `begins` of the way behind it; `forged` if it is not what its sender
    /// wrote.
    fn launch(&mut self, id: MessageId, payload: Payload, sent_in: u64, forged: bool, begins: f32) {
        let link = self.link(id.from, id.to);
        let (mut left_us, mut arrives_us, mut due_us) = (self.now_us, self.now_us, self.now_us);
        let mut fate = Fate::Received;
        let mut splits_us = None;
        let links = self.models.between(id.from, id.to);
        let kind = links.kind;
        let losses_before = match kind {
            LinkKind::Reliable => 0,
            _ => self.losses.get(&(link, payload.digest())).copied().unwrap_or(0),
        };
        if self.setup.timed {
            let (entity, key) =
                (u64::from(id.from.0) << 16 | u64::from(id.to.0), u64::from(id.number) << 8 | u64::from(id.copy));
            let seed = self.setup.seed;
            let light_us = self.setup.light_us.get(link).copied().unwrap_or(0);
            let least_us = light_us.max(1_000 * u64::from(links.latency_ms));
            if !id.is_spoofed() {
                let sender = &self.processes[id.from.index()];
                left_us += sender.slow_us + sender.byzantine.as_ref().map_or(0, |byzantine| byzantine.delay_us());
            }
            let detour = links.reorders(seed, entity, key);
            let departure = Departure { seed, entity, key, now_us: left_us, least_us, detour };
            let (delay_us, processing_us) = self.models.timing.delays_us(departure);
            arrives_us = left_us + delay_us;
            due_us = arrives_us + processing_us + self.processes[id.to.index()].slow_us;
            if links.fifo && !id.is_spoofed() {
                due_us = due_us.max(self.links[link].last_due_us);
                self.links[link].last_due_us = due_us;
            }
            if kind != LinkKind::Reliable {
                if links.loses(seed, entity, key, losses_before) {
                    fate = Fate::Lost;
                    // It breaks off on the way, where one can see it.
                    due_us = self.now_us + delay_us * 3 / 5;
                } else if id.copy == 0 && links.duplicates(seed, entity, key) {
                    splits_us = Some(self.now_us + delay_us / 2);
                }
            }
        }
        let mut held_us = None;
        if self.links[link].cut {
            match kind {
                LinkKind::Reliable => held_us = Some(self.now_us),
                LinkKind::FairLoss | LinkKind::Arbitrary => {
                    // Half-way, unless it would have been lost before.
                    due_us = due_us.min(self.now_us + (arrives_us - self.now_us) / 2);
                    fate = Fate::Lost;
                    splits_us = None;
                }
            }
        }
        if kind == LinkKind::Arbitrary && id.copy == 0 && !id.is_spoofed() {
            self.overhear(id, &payload, arrives_us);
        }
        if fate == Fate::Lost {
            self.count_loss(link, &payload, losses_before);
        } else if !self.losses.is_empty() {
            self.losses.remove(&(link, payload.digest()));
        }
        self.serial += 1;
        let flight = Flight {
            id,
            payload,
            sent_us: self.now_us,
            left_us,
            arrives_us,
            due_us,
            fate,
            splits_us,
            copies: 0,
            begins,
            held_us,
            held_by_hand: false,
            forged,
            losses_before,
            sent_in,
            serial: self.serial,
        };
        let slot = match self.free.pop() {
            Some(slot) => slot as usize,
            None => {
                self.flights.push(None);
                self.flights.len() - 1
            }
        };
        self.flights[slot] = Some(flight);
        if let Some(names) = self.names.get_mut() {
            names.insert(Engine::key(id), u32::try_from(slot).expect("bounded by FLIGHTS_MAX"));
        }
        self.schedule(slot);
    }

    /// One more loss in a row of this payload on a link. They are counted when they are drawn, not when they happen:
    /// so the row has its bound even where many copies are on their way at once. One that was to be received ended the row
    /// of the `losses_before` it; lost all the same, it goes on with that row.
    fn count_loss(&mut self, link: usize, payload: &Payload, losses_before: u32) {
        let n = self.processes.len();
        let (from, to) = (ProcessId::from(link / n), ProcessId::from(link % n));
        if self.models.between(from, to).kind == LinkKind::FairLoss {
            let row = self.losses.entry((link, payload.digest())).or_default();
            *row = 1 + losses_before.max(*row);
        }
    }

    /// Puts what will happen to the message in `slot` into the queue.
    fn schedule(&mut self, slot: usize) {
        let flight = self.flights[slot].as_ref().expect("a slot that was just filled");
        if !self.setup.timed || flight.held_us.is_some() {
            return;
        }
        let due = Due::Message { slot: u32::try_from(slot).expect("bounded by FLIGHTS_MAX"), serial: flight.serial };
        let (due_us, splits_us) = (flight.due_us, flight.splits_us);
        self.queue.push(due_us, due);
        if let Some(splits_us) = splits_us {
            self.queue.push(splits_us, due);
        }
    }

    fn duplicate(&mut self, id: MessageId, step: &mut Step) {
        let slot = self.slot(id).expect("admissible");
        let flight = self.flights[slot].as_mut().expect("admissible");
        flight.splits_us = None;
        flight.copies += 1;
        let twin = MessageId { copy: flight.copies, ..id };
        let (payload, sent_in, forged) = (flight.payload.clone(), flight.sent_in, flight.forged);
        step.about(flight);
        self.totals.duplicated += 1;
        step.sent.push(twin);
        step.said.push(payload.clone());
        self.launch(twin, payload, sent_in, forged, step.payload_way);
    }

    /// What came while `process` was down is lost as it comes back: nobody was there to take it in. Where there are no
    /// times nothing comes before it is received.
    fn miss(&mut self, process: ProcessId) {
        if !self.setup.timed {
            return;
        }
        let now_us = self.now_us;
        for slot in self.slots_by_age(None) {
            let flight = self.flights[slot].as_mut().expect("listed a moment ago");
            let came = flight.id.to == process && flight.arrives_us <= now_us && flight.held_us.is_none();
            if came && flight.fate == Fate::Received {
                flight.fate = Fate::Missed;
                flight.due_us = now_us;
                flight.splits_us = None;
                self.schedule(slot);
            }
        }
    }

    fn hold(&mut self, id: MessageId, step: &mut Step) {
        let slot = self.slot(id).expect("admissible");
        let now_us = self.now_us;
        let flight = self.flights[slot].as_mut().expect("admissible");
        flight.held_us.get_or_insert(now_us);
        flight.held_by_hand = true;
        step.about(flight);
    }

    fn release(&mut self, id: MessageId, step: &mut Step) {
        let slot = self.slot(id).expect("admissible");
        let cut = self.is_cut(id.from, id.to) && self.models.between(id.from, id.to).kind == LinkKind::Reliable;
        let flight = self.flights[slot].as_mut().expect("admissible");
        flight.held_by_hand = false;
        step.about(flight);
        if !cut {
            self.go_on(slot);
        }
    }

    /// A held message travels on from where it stands: it is received as much later as it was held.
    fn go_on(&mut self, slot: usize) {
        let now_us = self.now_us;
        let flight = self.flights[slot].as_mut().expect("a message that may be held");
        if let Some(held_us) = flight.held_us.take() {
            let lost_us = now_us - held_us;
            let (from, to) = (flight.id.from, flight.id.to);
            flight.sent_us += lost_us;
            flight.left_us += lost_us;
            flight.arrives_us += lost_us;
            flight.due_us += lost_us;
            flight.splits_us = flight.splits_us.map(|splits_us| splits_us + lost_us);
            if self.models.between(from, to).fifo {
                let last_due_us = &mut self.links[from.index() * self.processes.len() + to.index()].last_due_us;
                flight.due_us = flight.due_us.max(*last_due_us);
                *last_due_us = flight.due_us;
            }
            self.schedule(slot);
        }
    }

    fn cut(&mut self, from: ProcessId, to: ProcessId) {
        let link = self.link(from, to);
        self.links[link].cut = true;
        let now_us = self.now_us;
        let Links { kind, fifo, .. } = *self.models.between(from, to);
        let mut blocked = false;
        for slot in self.slots_by_age(Some((from, to))) {
            let flight = self.flights[slot].as_mut().expect("listed a moment ago");
            // Who stands at the door already is let in, unless it has to wait for one that is cut off.
            let waits = fifo && blocked && !flight.id.is_spoofed();
            if flight.arrives_us <= now_us && self.setup.timed && !waits {
                continue;
            }
            match kind {
                LinkKind::Reliable => {
                    flight.held_us.get_or_insert(now_us);
                    blocked |= !flight.id.is_spoofed();
                }
                LinkKind::FairLoss | LinkKind::Arbitrary => {
                    let before = std::mem::replace(&mut flight.fate, Fate::Lost);
                    flight.due_us = flight.due_us.min(now_us + flight.arrives_us.saturating_sub(now_us) / 2);
                    flight.splits_us = None;
                    if before == Fate::Received {
                        let (payload, losses_before) = (flight.payload.clone(), flight.losses_before);
                        self.count_loss(link, &payload, losses_before);
                    }
                    self.schedule(slot);
                }
            }
        }
    }

    fn mend(&mut self, from: ProcessId, to: ProcessId) {
        let link = self.link(from, to);
        if !std::mem::take(&mut self.links[link].cut) {
            return;
        }
        for slot in self.slots_by_age(Some((from, to))) {
            if self.flights[slot].as_ref().is_some_and(|flight| !flight.held_by_hand) {
                self.go_on(slot);
            }
        }
    }

    /// The slots with messages, those of one link or all, oldest first: what happens to all of them happens in the
    /// order of sending, for links that keep it.
    fn slots_by_age(&self, link: Option<(ProcessId, ProcessId)>) -> Vec<usize> {
        let mut slots: Vec<(u64, usize)> = Vec::new();
        for (slot, flight) in self.flights.iter().enumerate() {
            if let Some(flight) = flight
                && link.is_none_or(|link| link == (flight.id.from, flight.id.to))
            {
                slots.push((flight.serial, slot));
            }
        }
        slots.sort_unstable();
        slots.into_iter().map(|(_, slot)| slot).collect()
    }

    fn can_change(&self, change: &Change) -> Result<(), Refusal> {
        let models = self.models.changed(change);
        models.check(self.processes.len()).map_err(Refusal)?;
        if !self.setup.timed {
            models.check_untimed().map_err(Refusal)?;
        }
        if models == *self.models {
            return refuse("nothing would change");
        }
        check_light(&models.timing, &self.setup.light_us).map_err(Refusal)
    }

    /// Another model is in force. What is on its way keeps its time, except that a bound on delivery holds for it too,
    /// counted from now.
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
        let timing = self.models.timing;
        let (Some(by_us), true) = (timing.arrives_by_us(self.setup.seed, self.now_us), self.setup.timed) else {
            return;
        };
        let rest_us = by_us - self.now_us;
        let n = self.processes.len();
        for link in &mut self.links {
            link.last_due_us = 0;
        }
        for slot in self.slots_by_age(None) {
            let flight = self.flights[slot].as_mut().expect("listed a moment ago");
            if flight.fate == Fate::Lost {
                continue;
            }
            // What is held stands still: its time begins when it goes on.
            let since_us = flight.held_us.unwrap_or(self.now_us);
            let handling_us = flight.due_us - flight.arrives_us;
            flight.arrives_us = flight.arrives_us.min(since_us + rest_us);
            let slow_us = self.processes[flight.id.to.index()].slow_us;
            let bound_us = timing.handled_within_us(self.setup.seed, flight.arrives_us.max(self.now_us));
            let bound_us = bound_us.map_or(u64::MAX, |bound_us| bound_us + slow_us);
            let mut due_us = flight.due_us.min(flight.arrives_us + handling_us.min(bound_us));
            let (from, to) = (flight.id.from, flight.id.to);
            if self.models.between(from, to).fifo && !flight.id.is_spoofed() && flight.held_us.is_none() {
                // Those before it on the link have been seen to, so they are still before it.
                let last_due_us = &mut self.links[from.index() * n + to.index()].last_due_us;
                due_us = due_us.max(*last_due_us);
                *last_due_us = due_us;
            }
            if due_us != flight.due_us {
                flight.due_us = due_us;
                flight.splits_us = flight.splits_us.map(|splits_us| splits_us.min(due_us));
                self.schedule(slot);
            }
        }
    }

    fn crash(&mut self, id: ProcessId, step: &mut Step) {
        let process = &mut self.processes[id.index()];
        process.status = Status::Crashed(step.event);
        process.timers.clear();
        process.crash_after = None;
        step.crashed = true;
        self.hash.word(9 << 32);
    }
}

/// What wakes a process besides its start.
#[derive(Clone)]
enum Wake {
    Message(ProcessId, Payload),
    Timer(u8, Timer),
    Recovery,
}

/// Whether light is fast enough for the bound on delivery. The error names the field.
pub fn check_light(timing: &Timing, light_us: &[u64]) -> Result<(), String> {
    let (least_us, bound_us) = (light_us.iter().copied().max().unwrap_or(0), 1_000 * u64::from(timing.delta_ms));
    if timing.kind != TimingKind::Asynchronous && least_us > bound_us {
        return Err(format!(
            "models.timing.delta_ms: {} is too short: between the places farthest apart light needs {} ms",
            timing.delta_ms,
            least_us.div_ceil(1_000)
        ));
    }
    Ok(())
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
