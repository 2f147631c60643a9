//! The engine: it applies a choice to the world, or refuses it with the reason.
//!
//! The engine knows every rule and picks nothing. Who picks is a scheduler: the clock ([`Engine::due`]), a list, a
//! person, an adversary. Everything that is drawn for a message is drawn when it is sent and kept with it, so that the
//! picture can show where it is, and so that a person may still change it.

use crate::canon::{Digest, Sink};
use crate::draw::{Coins, Flips};
use crate::model::{Failures, LinkKind, Models};
use crate::process::{Desk, Indication, LayerState, Outcome, Payload, Person, ProcessId, Stack, Stored, Timer, Value};
use queue::{Due, Queue};
use std::collections::BTreeMap;
use std::rc::Rc;

mod choice;
mod history;
mod queue;

pub use choice::{Choice, MessageId, Scheduled, Side};
pub use history::{Branch, Fact, History, Intervention, Mark, Plan, Record, Scheduler, Stop};

/// How long a step takes when the schedule has no times, in microseconds.
pub const UNTIMED_STEP_US: u64 = 1_000;

/// The most messages in flight: a run that goes past it stops.
pub const FLIGHTS_MAX: usize = 200_000;

/// What a run is made from. It never changes.
pub struct Setup {
    /// The layers of every process.
    pub stack: Stack,
    /// What each process knows of itself.
    pub persons: Vec<Person>,
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
pub struct Running {
    /// The layer that set it, counted from the bottom.
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
    /// Whether it is Byzantine: nothing leaves it.
    pub silent: bool,
    /// In its next step it crashes after so many effects.
    pub crash_after: Option<u16>,
    /// How much later its letters leave and letters to it are handled, in microseconds.
    pub slow_us: u64,
    /// The states of its layers, bottom first.
    pub layers: Vec<LayerState>,
    /// What its layers have in stable storage.
    pub stored: Vec<Option<Stored>>,
    /// Its timers.
    pub timers: Vec<Running>,
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

    /// Whether it counts as correct so far: alive, and not Byzantine.
    pub fn is_correct(&self) -> bool {
        self.is_alive() && !self.silent
    }
}

/// What will become of a message, as drawn when it was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It is received.
    Received,
    /// The link loses it.
    Lost,
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
    /// When it stands at its recipient's door, in microseconds.
    pub arrives_us: u64,
    /// When its fate happens, in microseconds: the recipient may take a while to handle it.
    pub due_us: u64,
    /// What will become of it.
    pub fate: Fate,
    /// When it splits, in microseconds, if it was drawn to.
    pub splits_us: Option<u64>,
    /// The moment since which it is held: by a person, or by a cut.
    pub held_us: Option<u64>,
    /// Whether a person holds it.
    pub held_by_hand: bool,
    /// The event that sent it.
    pub sent_in: u64,
    serial: u64,
}

/// One direction of a link.
#[derive(Clone, Copy, Default)]
struct Link {
    sent: u32,
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

fn refuse<T>(reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(reason.into()))
}

/// The workplace of events, and the description of the last one. It is kept from event to event.
#[derive(Default)]
pub struct Step {
    /// The number of the event.
    pub event: u64,
    /// When it happened, in microseconds.
    pub at_us: u64,
    /// What was chosen.
    pub choice: Option<Choice>,
    /// What the message carried, if the choice was about one.
    pub payload: Option<Payload>,
    /// When that message was sent, in microseconds.
    pub payload_sent_us: u64,
    /// The timer that fired, and its layer.
    pub fired: Option<(u8, Timer)>,
    /// Whether the process took its first step in it.
    pub started: bool,
    /// Whether the process crashed in it.
    pub crashed: bool,
    /// The messages sent in it, one for each [`Outcome::Send`] that left the process.
    pub sent: Vec<MessageId>,
    /// Coins, reasons and outcomes. Set [`Desk::explain`] to collect reasons.
    pub desk: Desk,
}

impl Step {
    /// What it did, in order.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.desk.outcomes
    }

    fn begin(&mut self, event: u64, at_us: u64, choice: Choice) {
        self.event = event;
        self.at_us = at_us;
        self.choice = Some(choice);
        self.payload = None;
        self.payload_sent_us = 0;
        self.fired = None;
        self.started = false;
        self.crashed = false;
        self.sent.clear();
        self.desk.begin(Coins::default());
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
    links: Vec<Link>,
    flights: Vec<Option<Flight>>,
    free: Vec<u32>,
    serial: u64,
    queue: Queue,
    losses: BTreeMap<(usize, u64), u32>,
    totals: Totals,
    runaway: Option<String>,
}

impl Engine {
    /// The world before anything has happened.
    pub fn new(setup: Rc<Setup>, models: Models) -> Self {
        let n = setup.persons.len();
        let processes = setup
            .persons
            .iter()
            .map(|person| Process {
                status: Status::Fresh,
                silent: false,
                crash_after: None,
                slow_us: 0,
                layers: setup.stack.init(person),
                stored: vec![None; setup.stack.height()],
                timers: Vec::new(),
                decided: None,
                steps: 0,
                flips: 0,
            })
            .collect();
        let mut queue = Queue::default();
        if setup.timed {
            for process in ProcessId::all(n) {
                queue.push(0, Due::Start(process));
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
            links: vec![Link::default(); n * n],
            flights: Vec::new(),
            free: Vec::new(),
            serial: 0,
            queue,
            losses: BTreeMap::new(),
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
        let mut flights: Vec<&Flight> = self.flights().collect();
        flights.sort_unstable_by_key(|flight| flight.serial);
        flights
    }

    /// The message of that name, if it is on its way.
    pub fn flight(&self, id: MessageId) -> Option<&Flight> {
        self.flights().find(|flight| flight.id == id)
    }

    /// Whether this direction of the link is cut.
    pub fn is_cut(&self, from: ProcessId, to: ProcessId) -> bool {
        self.links[from.index() * self.processes.len() + to.index()].cut
    }

    /// How many messages there were.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Why the run stopped for good, if a limit was hit.
    pub fn runaway(&self) -> Option<&str> {
        self.runaway.as_deref()
    }

    /// The label of a process, as its top layer gives it.
    pub fn label(&self, process: ProcessId) -> String {
        self.setup.stack.label(&self.setup.persons[process.index()], &self.process(process).layers)
    }

    /// The money on the books of a process: of one that is down, on those that it would find when it comes back.
    pub fn holding(&self, process: ProcessId) -> Option<i64> {
        let Setup { stack, persons, .. } = &*self.setup;
        let state = self.process(process);
        if state.is_alive() {
            return stack.holding(&state.layers);
        }
        let person = &persons[process.index()];
        let mut layers = stack.init(person);
        // What it would do on coming back is of no interest here, nor whether that would end.
        let _ = stack.recover(&mut Desk::default(), person, &mut layers, &state.stored);
        stack.holding(&layers)
    }

    /// How many bytes a copy of it takes, about.
    pub fn bytes(&self) -> usize {
        let process = size_of::<Process>() + 256 * self.setup.stack.height();
        size_of::<Engine>()
            + self.processes.len() * process
            + self.links.len() * size_of::<Link>()
            + self.flights.len() * size_of::<Option<Flight>>()
            + self.losses.len() * 48
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
                    return Some(Choice::Duplicate(flight.id));
                }
                if flight.due_us > at_us {
                    return None;
                }
                let received = flight.fate == Fate::Received && self.process(flight.id.to).is_alive();
                Some(if received { Choice::Deliver(flight.id) } else { Choice::Lose(flight.id) })
            }
            Due::Timer { process, layer, serial } => {
                let timers = &self.process(process).timers;
                timers.iter().any(|running| running.serial == serial).then_some(Choice::Timeout { process, layer })
            }
        }
    }

    /// Nothing will happen unless somebody acts, and nobody holds anything back.
    pub fn is_at_rest(&mut self) -> bool {
        if self.setup.timed {
            self.due().is_none() && self.flights().next().is_none()
        } else {
            self.processes.iter().all(|process| process.status != Status::Fresh)
                && self.flights().all(|flight| !self.process(flight.id.to).is_alive())
        }
    }

    /// What becomes of a message where nobody asks when: it is received, or a cut has lost it.
    fn outcome_of(flight: &Flight) -> Choice {
        match flight.fate {
            Fate::Received => Choice::Deliver(flight.id),
            Fate::Lost => Choice::Lose(flight.id),
        }
    }

    fn slot(&self, id: MessageId) -> Result<usize, Refusal> {
        // The message that the clock brings is the one that is asked for nearly always.
        if let Some((_, Due::Message { slot, .. })) = self.queue.first()
            && let Some(Some(flight)) = self.flights.get(slot as usize)
            && flight.id == id
        {
            return Ok(slot as usize);
        }
        let found = self.flights.iter().position(|flight| flight.as_ref().is_some_and(|flight| flight.id == id));
        found.ok_or_else(|| Refusal(format!("the message {id} is not on its way")))
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
                self.slot(id).map(|_| ())
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
                self.slot(id)?;
                if id.copy == 0 { Ok(()) } else { refuse("a copy is not copied again") }
            }
            Choice::Crash { process, .. } => {
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
            Choice::Silence(process) => {
                if self.known(process)?.silent {
                    refuse(format!("{process} is silent already"))
                } else {
                    Ok(())
                }
            }
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
            let person = &self.setup.persons[process.index()];
            let enabled =
                (!self.setup.timed).then(|| self.setup.stack.timeout_enabled(person, &state.layers)).flatten();
            enabled.filter(|(enabled, _)| *enabled == layer).map(|(_, timer)| timer)
        })
    }

    /// The promise of the models that `choice` would break, in words, if it breaks one.
    pub fn forbids(&self, choice: &Choice) -> Option<&'static str> {
        let reliable = self.models.links.kind == LinkKind::Reliable;
        match choice {
            Choice::Lose(id) if reliable && self.process(id.to).is_alive() => Some("reliable links lose nothing"),
            Choice::Duplicate(_) if reliable => Some("reliable links double nothing"),
            Choice::Recover(_) if self.models.failures == Failures::CrashStop => Some("who stops never comes back"),
            Choice::Silence(_) if self.models.failures != Failures::Byzantine => Some("processes do not lie"),
            Choice::Hold(_) | Choice::Cut { .. } | Choice::Partition(_) | Choice::Slow { .. }
                if self.models.timing.round_us().is_some() =>
            {
                Some("letters and steps keep their time bounds")
            }
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
        step.begin(self.events, self.now_us, scheduled.choice);
        if let Some((_, Due::Fault(index))) = self.queue.first()
            && self.setup.faults[index as usize].1 == scheduled.choice
        {
            self.queue.pop(); // The only entry that does not lapse by itself.
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
                step.payload = Some(flight.payload.clone());
                step.payload_sent_us = flight.sent_us;
                self.local_step(id.to, scheduled.coins, step, Some(Wake::Letter(id.from, flight.payload)));
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
                    self.count_loss(self.link(id.from, id.to), &flight.payload);
                }
                if step.desk.explain {
                    let dead = !self.process(id.to).is_alive();
                    let reason = if dead { format!("{} has crashed", id.to) } else { "the link loses it".to_owned() };
                    step.desk.outcomes.push(Outcome::Because(reason.into()));
                }
                step.payload_sent_us = flight.sent_us;
                step.payload = Some(flight.payload);
            }
            Choice::Duplicate(id) => self.duplicate(id, step),
            Choice::Hold(id) => self.hold(id, step),
            Choice::Release(id) => self.release(id, step),
            Choice::Crash { process, after_effects: None } => self.crash(process, step),
            Choice::Crash { process, after_effects } => {
                self.processes[process.index()].crash_after = after_effects;
            }
            Choice::Recover(process) => self.local_step(process, scheduled.coins, step, Some(Wake::Recovery)),
            Choice::Silence(process) => self.processes[process.index()].silent = true,
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
        self.flights[slot].take().expect("found a moment ago")
    }

    /// One atomic step of a process: its start, if it is its first, then what woke it.
    fn local_step(&mut self, id: ProcessId, coins: Flips, step: &mut Step, wake: Option<Wake>) {
        let setup = Rc::clone(&self.setup);
        let person = &setup.persons[id.index()];
        let process = &mut self.processes[id.index()];
        step.desk.coins = Coins::given(coins, setup.seed, u64::from(id.0), process.flips);
        let before = process.crash_after.map(|_| process.layers.clone());
        let desk = &mut step.desk;
        let mut result = Ok(());
        if process.status == Status::Fresh {
            process.status = Status::Up;
            step.started = true;
            result = setup.stack.start(desk, person, &mut process.layers);
        }
        if result.is_ok() {
            result = match wake {
                None => Ok(()),
                Some(Wake::Letter(from, payload)) => {
                    setup.stack.deliver(desk, person, &mut process.layers, from, payload)
                }
                Some(Wake::Timer(layer, timer)) => setup.stack.timeout(desk, person, &mut process.layers, layer, timer),
                Some(Wake::Recovery) => {
                    process.status = Status::Up;
                    process.layers = setup.stack.init(person);
                    setup.stack.recover(desk, person, &mut process.layers, &process.stored)
                }
            };
        }
        if let Err(runaway) = result {
            self.runaway = Some(format!("layer {} of {id} was woken without end in one step", runaway.layer));
        }
        process.steps += 1;
        process.flips += u64::from(desk.coins.flipped.count);
        self.hash.word(u64::from(desk.coins.flipped.count) << 56 ^ desk.coins.flipped.bits);
        let crashes_after = process.crash_after.take();
        if let Some(effects) = crashes_after {
            cut_short(&mut desk.outcomes, effects);
        }
        self.effects(id, step);
        if crashes_after.is_some() {
            // What the step did to volatile state never became visible.
            self.processes[id.index()].layers = before.expect("kept because a crash was planned");
            self.crash(id, step);
        }
    }

    /// Makes the outcomes of a step happen.
    fn effects(&mut self, id: ProcessId, step: &mut Step) {
        let outcomes = std::mem::take(&mut step.desk.outcomes);
        for outcome in &outcomes {
            match outcome {
                Outcome::Send { to, payload } => {
                    self.hash.word(1 << 32 | u64::from(to.0));
                    self.hash.word(payload.digest());
                    if !self.processes[id.index()].silent {
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
        step.desk.outcomes = outcomes;
    }

    fn set_timer(&mut self, id: ProcessId, layer: u8, timer: Timer, after_us: u64) {
        if !self.setup.timed {
            return;
        }
        let due_us = self.now_us + self.models.timing.real_us(self.setup.seed, id, after_us);
        self.serial += 1;
        let serial = self.serial;
        let timers = &mut self.processes[id.index()].timers;
        timers.retain(|run| run.layer != layer || run.timer != timer);
        timers.push(Running { layer, timer, set_us: self.now_us, due_us, serial });
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
        self.launch(id, payload, step.event);
    }

    fn launch(&mut self, id: MessageId, payload: Payload, sent_in: u64) {
        let link = self.link(id.from, id.to);
        let (mut arrives_us, mut due_us) = (self.now_us, self.now_us);
        let mut fate = Fate::Received;
        let mut splits_us = None;
        if self.setup.timed {
            let (entity, key) =
                (u64::from(id.from.0) << 16 | u64::from(id.to.0), u64::from(id.number) << 8 | u64::from(id.copy));
            let seed = self.setup.seed;
            let (delay_us, processing_us) = self.models.timing.delays_us(seed, entity, key);
            arrives_us += delay_us + self.processes[id.from.index()].slow_us;
            due_us = arrives_us + processing_us + self.processes[id.to.index()].slow_us;
            let links = &self.models.links;
            if links.fifo {
                due_us = due_us.max(self.links[link].last_due_us);
                self.links[link].last_due_us = due_us;
            }
            if links.kind == LinkKind::FairLoss {
                let losses = self.losses.get(&(link, payload.digest())).copied().unwrap_or(0);
                if links.loses(seed, entity, key, losses) {
                    fate = Fate::Lost;
                    // It breaks off on the way, where one can see it.
                    arrives_us = self.now_us + delay_us * 3 / 5;
                    due_us = arrives_us;
                } else if id.copy == 0 && links.duplicates(seed, entity, key) {
                    splits_us = Some(self.now_us + delay_us / 2);
                }
            }
        }
        let mut held_us = None;
        if self.links[link].cut {
            match self.models.links.kind {
                LinkKind::Reliable => held_us = Some(self.now_us),
                LinkKind::FairLoss => {
                    fate = Fate::Lost;
                    due_us = self.now_us + (arrives_us - self.now_us) / 2;
                    splits_us = None;
                }
            }
        }
        match fate {
            Fate::Lost => self.count_loss(link, &payload),
            Fate::Received if self.losses.is_empty() => {}
            Fate::Received => {
                self.losses.remove(&(link, payload.digest()));
            }
        }
        self.serial += 1;
        let flight = Flight {
            id,
            payload,
            sent_us: self.now_us,
            arrives_us,
            due_us,
            fate,
            splits_us,
            held_us,
            held_by_hand: false,
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
        self.schedule(slot);
    }

    /// One more loss in a row of this payload on a link. They are counted when they are drawn, not when they happen:
    /// so the row has its bound even where many copies are on their way at once.
    fn count_loss(&mut self, link: usize, payload: &Payload) {
        if self.models.links.kind == LinkKind::FairLoss {
            *self.losses.entry((link, payload.digest())).or_default() += 1;
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
        let copy =
            self.flights().filter(|flight| MessageId { copy: 0, ..flight.id } == id).map(|flight| flight.id.copy);
        let copy = copy.max().unwrap_or(0).saturating_add(1);
        let flight = self.flights[slot].as_mut().expect("admissible");
        flight.splits_us = None;
        let (payload, sent_in, sent_us) = (flight.payload.clone(), flight.sent_in, flight.sent_us);
        self.totals.duplicated += 1;
        step.payload = Some(payload.clone());
        step.payload_sent_us = sent_us;
        let twin = MessageId { copy, ..id };
        step.sent.push(twin);
        self.launch(twin, payload, sent_in);
    }

    fn hold(&mut self, id: MessageId, step: &mut Step) {
        let slot = self.slot(id).expect("admissible");
        let now_us = self.now_us;
        let flight = self.flights[slot].as_mut().expect("admissible");
        flight.held_us.get_or_insert(now_us);
        flight.held_by_hand = true;
        step.payload = Some(flight.payload.clone());
        step.payload_sent_us = flight.sent_us;
    }

    fn release(&mut self, id: MessageId, step: &mut Step) {
        let slot = self.slot(id).expect("admissible");
        let cut = self.is_cut(id.from, id.to) && self.models.links.kind == LinkKind::Reliable;
        let flight = self.flights[slot].as_mut().expect("admissible");
        flight.held_by_hand = false;
        step.payload = Some(flight.payload.clone());
        step.payload_sent_us = flight.sent_us;
        if !cut {
            self.go_on(slot);
        }
    }

    /// A held message travels on from where it stands: it is received as much later as it was held.
    fn go_on(&mut self, slot: usize) {
        let now_us = self.now_us;
        let flight = self.flights[slot].as_mut().expect("a message that was held");
        if let Some(held_us) = flight.held_us.take() {
            let lost_us = now_us - held_us;
            flight.sent_us += lost_us;
            flight.arrives_us += lost_us;
            flight.due_us += lost_us;
            flight.splits_us = flight.splits_us.map(|splits_us| splits_us + lost_us);
            self.schedule(slot);
        }
    }

    fn cut(&mut self, from: ProcessId, to: ProcessId) {
        let link = self.link(from, to);
        self.links[link].cut = true;
        let (now_us, kind) = (self.now_us, self.models.links.kind);
        for slot in 0..self.flights.len() {
            let Some(flight) =
                self.flights[slot].as_mut().filter(|flight| flight.id.from == from && flight.id.to == to)
            else {
                continue;
            };
            if flight.arrives_us <= now_us && self.setup.timed {
                continue; // It stands at the door already.
            }
            match kind {
                LinkKind::Reliable => {
                    flight.held_us.get_or_insert(now_us);
                }
                LinkKind::FairLoss => {
                    let before = std::mem::replace(&mut flight.fate, Fate::Lost);
                    flight.due_us = now_us + flight.arrives_us.saturating_sub(now_us) / 2;
                    flight.splits_us = None;
                    if before == Fate::Received {
                        let payload = flight.payload.clone();
                        self.count_loss(link, &payload);
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
        for slot in 0..self.flights.len() {
            let waits = self.flights[slot]
                .as_ref()
                .is_some_and(|flight| flight.id.from == from && flight.id.to == to && !flight.held_by_hand);
            if waits {
                self.go_on(slot);
            }
        }
    }

    fn crash(&mut self, id: ProcessId, step: &mut Step) {
        let event = self.events;
        let process = &mut self.processes[id.index()];
        process.status = Status::Crashed(event);
        process.timers.clear();
        process.crash_after = None;
        step.crashed = true;
        self.hash.word(9 << 32);
    }
}

/// What wakes a process besides its start.
enum Wake {
    Letter(ProcessId, Payload),
    Timer(u8, Timer),
    Recovery,
}

/// Keeps the first `effects` effects that somebody else could notice, and the timers between them. Reasons stay where
/// some effect does: they explain what the step was about.
fn cut_short(outcomes: &mut Vec<Outcome>, effects: u16) {
    let mut left = effects;
    outcomes.retain(|outcome| match outcome {
        Outcome::Send { .. } | Outcome::Indicate(_) | Outcome::Store(..) | Outcome::Decide(_) if left > 0 => {
            left -= 1;
            true
        }
        Outcome::Send { .. } | Outcome::Indicate(_) | Outcome::Store(..) | Outcome::Decide(_) => false,
        Outcome::Because(_) => effects > 0,
        Outcome::SetTimer(..) | Outcome::CancelTimer(..) => left > 0,
    });
}
