//! Byzantine processes. They run their program, and lie around it.
//!
//! An equivocator has two cores of the same program, *twins*, which differ in their input. Both hear everything, and
//! the table of its behaviour says which peer hears which of them. A twin that comes about in mid-run is caught up: it
//! runs from its start on everything that woke the process so far, and what it would have sent is forgotten.

use super::{Choice, Engine, Heard, MessageId, ProcessSet, RunningTimer, Setup, Status, Step, Wake};
use crate::draw::{Coins, Purpose, draw};
use crate::model::Behaviour;
use crate::process::{
    LayerState, LocalKnowledge, Outcome, Payload, ProcessId, Request, Runaway, StepContext, Stored, Timer,
};
use std::rc::Rc;

/// The layers of twins are counted from here in timers.
pub const TWIN: u8 = 128;

/// The part of a process that makes it Byzantine.
#[derive(Clone)]
pub struct Byzantine {
    /// The behaviour that it adds to running its program.
    pub behaviour: Behaviour,
    pub(super) twin: Option<Twin>,
}

impl Byzantine {
    /// The delay of its messages before they leave, in microseconds.
    pub(super) fn delay_us(&self) -> u64 {
        1_000 * u64::from(self.behaviour.delay_ms)
    }

    /// The states of its second core, bottom first, if it has one.
    pub fn twin(&self) -> Option<&[LayerState]> {
        self.twin.as_ref().map(|twin| &twin.layers[..])
    }
}

/// The second core.
#[derive(Clone)]
pub(super) struct Twin {
    layers: Vec<LayerState>,
    stored: Vec<Option<Stored>>,
}

/// The causes that woke each process so far, in order.
#[derive(Clone, Default)]
pub struct Past(pub(super) Vec<Woken>);

/// The cause of a step of a process, with the coins and the time on the clock in it.
#[derive(Clone)]
pub(super) struct Woken {
    pub(super) process: ProcessId,
    pub(super) fresh: bool,
    pub(super) wake: Option<Wake>,
    pub(super) coins: Coins,
    pub(super) local_us: u64,
    pub(super) off: u32,
}

/// One run of a program, as one of the two cores of a process, in one step.
pub(super) struct Core<'a> {
    pub(super) setup: &'a Setup,
    pub(super) knowledge: &'a LocalKnowledge,
    pub(super) fresh: bool,
}

impl Core<'_> {
    /// The start, if it is the first step, then what woke the process.
    pub(super) fn step(
        &self,
        context: &mut StepContext,
        layers: &mut Vec<LayerState>,
        stored: &[Option<Stored>],
        wake: Option<Wake>,
    ) -> Result<(), Runaway> {
        let Core { setup, knowledge, fresh } = *self;
        let modules = setup.program.of(knowledge);
        if fresh {
            modules.start(context, knowledge, layers)?;
        }
        match wake {
            None => Ok(()),
            Some(Wake::Message(from, payload)) => modules.deliver(context, knowledge, layers, from, payload),
            Some(Wake::Timer(layer, timer)) => modules.timeout(context, knowledge, layers, layer % TWIN, timer),
            Some(Wake::Request(invocation)) => modules.request(context, knowledge, layers, Request::Invoke(invocation)),
            Some(Wake::Switch(layer, on)) => {
                let layer = usize::from(layer);
                modules.switch(context, knowledge, layers, (layer, on), stored[layer].as_ref())
            }
            Some(Wake::Recovery) => {
                *layers = modules.init(knowledge);
                modules.recover(context, knowledge, layers, stored)
            }
        }
    }
}

impl Engine {
    /// The processes that the twin of `process` talks to: accomplices have one table, that of the first who has any.
    fn table(&self, process: ProcessId) -> ProcessSet {
        let Some(byzantine) = &self.process(process).byzantine else { return ProcessSet::default() };
        let shared = || {
            let accomplices = self.processes.iter().filter_map(|other| other.byzantine.as_ref());
            accomplices.map(|other| other.behaviour).find(|other| other.colludes && !other.twin.is_empty())
        };
        let own = byzantine.behaviour;
        if own.colludes { shared().map_or(own.twin, |other| other.twin) } else { own.twin }
    }

    /// A process does `behaviour` from now on.
    pub(super) fn corrupt(&mut self, process: ProcessId, behaviour: Behaviour, step: &mut Step) {
        let twin = self.processes[process.index()].byzantine.take().and_then(|before| before.twin);
        self.processes[process.index()].byzantine = Some(Box::new(Byzantine { behaviour, twin }));
        // Accomplices get the table as well.
        for id in ProcessId::all(self.processes.len()) {
            let without = self.process(id).byzantine.as_ref().is_some_and(|byzantine| byzantine.twin.is_none());
            if without && !self.table(id).is_empty() {
                self.catch_up(id, step);
            }
        }
    }

    /// Makes the twin of `id`: a run of the program with the other input, on what woke the process so far.
    fn catch_up(&mut self, id: ProcessId, step: &mut Step) {
        let setup = Rc::clone(&self.setup);
        let knowledge = &setup.others[id.index()];
        let modules = setup.program.of(knowledge);
        let mut layers = modules.init(knowledge);
        let mut stored: Vec<Option<Stored>> = vec![None; modules.modules().len()];
        let mut timers: Vec<(u8, Timer, u64)> = Vec::new();
        let mut context = StepContext::default();
        let past = step.past.iter().flat_map(|past| &past.0);
        for Woken { fresh, wake, coins, local_us, off, .. } in past.filter(|woken| woken.process == id) {
            if let Some(Wake::Timer(layer, timer)) = wake {
                // It fired for the first core. For this one it means something only if it runs here too.
                let before = timers.len();
                timers.retain(|(other, running, _)| (other, running) != (layer, timer));
                if timers.len() == before {
                    continue;
                }
            }
            match wake {
                Some(Wake::Recovery) => timers.clear(),
                Some(Wake::Switch(switched, _)) => timers.retain(|(layer, ..)| layer != switched),
                _ => {}
            }
            context.begin(*coins);
            context.local_us = *local_us;
            context.off = *off;
            let core = Core { setup: &setup, knowledge, fresh: *fresh };
            if core.step(&mut context, &mut layers, &stored, wake.clone()).is_err() {
                break;
            }
            for outcome in &context.outcomes {
                match outcome {
                    Outcome::SetTimer(layer, timer, after_us) => {
                        timers.retain(|(other, running, _)| (other, running) != (layer, timer));
                        timers.push((*layer, timer.clone(), *after_us));
                    }
                    Outcome::CancelTimer(layer, timer) => {
                        timers.retain(|(other, running, _)| (other, running) != (layer, timer));
                    }
                    Outcome::Store(layer, record) => stored[usize::from(*layer)] = Some(record.clone()),
                    _ => {}
                }
            }
        }
        if self.process(id).status != Status::Up {
            timers.clear();
        }
        for (layer, timer, after_us) in timers {
            // Where both cores wait for the same, they wait together.
            let same = |running: &&RunningTimer| (running.layer, &running.timer) == (layer, &timer);
            let due_us = self.process(id).timers.iter().find(same).map(|running| running.due_us);
            let real_us = self.models.timing.real_us(setup.seed, id, after_us);
            self.start_timer(id, TWIN | layer, timer, due_us.unwrap_or(self.now_us + real_us));
        }
        let byzantine = self.processes[id.index()].byzantine.as_mut().expect("only a Byzantine process has a twin");
        byzantine.twin = Some(Twin { layers, stored });
    }

    /// The second core's part of a step: each peer hears the core that the table gives it.
    pub(super) fn twin_step(
        &mut self,
        id: ProcessId,
        fresh: bool,
        coins: Coins,
        step: &mut Step,
        wake: Option<Wake>,
    ) -> Result<(), Runaway> {
        let setup = Rc::clone(&self.setup);
        let table = self.table(id);
        let off = self.process(id).off;
        let Byzantine { twin: Some(twin), .. } =
            &mut **self.processes[id.index()].byzantine.as_mut().expect("only a Byzantine process has a twin")
        else {
            return Ok(());
        };
        let context = &mut step.context;
        let mut outcomes = std::mem::take(&mut context.outcomes);
        outcomes.retain(|outcome| !matches!(outcome, Outcome::Send { to, .. } if table.contains(*to)));
        let mut result = Ok(());
        // A timer that is not the twin's own is none of its business; without times they have one in common.
        let others = match &wake {
            Some(Wake::Timer(layer @ 0..TWIN, timer)) => {
                let knowledge = &setup.others[id.index()];
                let enabled = setup.program.of(knowledge).timeout_enabled(knowledge, &twin.layers);
                setup.timed || enabled.is_none_or(|enabled| enabled != (*layer, timer.clone()))
            }
            _ => false,
        };
        if !others {
            // Both flip the same coins; how often the process flipped is how often its first core did, if that ran.
            let first = context.coins;
            context.begin(coins);
            context.off = off;
            let explain = std::mem::take(&mut context.explain);
            let core = Core { setup: &setup, knowledge: &setup.others[id.index()], fresh };
            result = core.step(context, &mut twin.layers, &twin.stored, wake.clone());
            context.explain = explain;
            if !matches!(wake, Some(Wake::Timer(TWIN.., _))) {
                context.coins = first;
            }
            for outcome in context.outcomes.drain(..) {
                match outcome {
                    Outcome::Send { to, .. } if table.contains(to) => outcomes.push(outcome),
                    Outcome::SetTimer(layer, timer, after_us) => {
                        outcomes.push(Outcome::SetTimer(TWIN | layer, timer, after_us));
                    }
                    Outcome::CancelTimer(layer, timer) => outcomes.push(Outcome::CancelTimer(TWIN | layer, timer)),
                    Outcome::Store(layer, record) => twin.stored[usize::from(layer)] = Some(record),
                    // Nobody hears what it tells its user, and no register is twice there.
                    _ => {}
                }
            }
        }
        context.outcomes = outcomes;
        result
    }

    /// A Byzantine process sends: perhaps nothing, perhaps something else, perhaps once more in another's name.
    pub(super) fn send_as_liar(&mut self, from: ProcessId, to: ProcessId, payload: &Payload, step: &mut Step) {
        let Some(byzantine) = &self.processes[from.index()].byzantine else { return };
        let behaviour = byzantine.behaviour;
        if behaviour.silent {
            return;
        }
        let (seed, link) = (self.setup.seed, u64::from(from.0) << 16 | u64::from(to.0));
        let number = self.network.sent(from, to);
        let bits = draw(seed, Purpose::Lie, link, u64::from(number));
        let said = if behaviour.lies.hits(bits) { one_of(&payload.lies(), bits).cloned() } else { None };
        let said = said.unwrap_or_else(|| payload.clone());
        self.hash.word(said.digest());
        step.said.push(said.clone());
        self.send(from, to, said.clone(), step);
        let bits = draw(seed, Purpose::Replay, link, u64::from(number));
        if behaviour.replays.hits(bits) && self.setup.timed {
            let id = MessageId { from, to, number, copy: 0 };
            self.in_network(|network, around| {
                network.intruder.hear(Heard { id, payload: said, at_us: around.now_us, by: Some(from) });
                network.intruder.plan(bits, Choice::Replay(id), around);
            });
        }
        if let Some(name) = behaviour.forges.filter(|name| ![from, to].contains(name))
            && self.connected(name, to)
        {
            let forged = payload.lies().into_iter().next().unwrap_or_else(|| payload.clone());
            let forged = forged.written_by(name).unwrap_or(forged);
            self.totals.sent += 1;
            self.launch_spoofed(name, to, forged, true, step);
        }
    }

    /// A message that a process with accomplices receives is received by the accomplices as well.
    pub(super) fn hand_on(&mut self, id: MessageId, payload: &Payload, step: &mut Step) {
        let colludes = |process: ProcessId, engine: &Engine| {
            let byzantine = engine.process(process).byzantine.as_ref();
            byzantine.is_some_and(|byzantine| byzantine.behaviour.colludes && !byzantine.behaviour.silent)
        };
        if id.is_spoofed() || !colludes(id.to, self) {
            return;
        }
        for other in ProcessId::all(self.processes.len()) {
            if ![id.from, id.to].contains(&other) && colludes(other, self) && self.connected(id.from, other) {
                self.totals.sent += 1;
                self.launch_spoofed(id.from, other, payload.clone(), false, step);
            }
        }
    }
}

/// One of these, by drawn bits other than those that [`crate::model::Rate::hits`] looks at.
pub(super) fn one_of<T>(all: &[T], bits: u64) -> Option<&T> {
    let place = ((bits & 0xffff_ffff) * all.len() as u64) >> 32;
    all.get(usize::try_from(place).expect("smaller than a length"))
}
