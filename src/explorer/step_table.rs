//! Local states and messages as numbers, and steps as a table.
//!
//! A step of a process depends on its local state, on the message that it takes in (or NULL) and on its coins, and on
//! nothing else. So each is run once, on the protocol's own code, and remembered; a search over millions of
//! configurations is then work on whole numbers.

use crate::canon::{self, Sink};
use crate::draw::{Coins, Flips};
use crate::process::{
    Indication, Invocation, LayerState, Local, LocalKnowledge, ModuleGraph, Outcome, Payload, ProcessId, Program,
    Request, StepContext, Stored, Timer, Value,
};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

/// The cause of a step in which a process takes in no message.
pub const NULL: u32 = u32::MAX;

/// The cause of the first step of a process that has crashed.
pub const RECOVERY: u32 = u32::MAX - 1;

/// The cause of a step in which the user of the process makes the next of its requests.
pub const REQUEST: u32 = u32::MAX - 2;

/// Causes above all messages, those three apart, are running timers: `TIMER - index`.
const TIMER: u32 = u32::MAX - 3;

/// The most timers that one process runs at a time.
const TIMERS_MAX: u32 = 1 << 10;

/// A message on its way.
#[derive(Clone, PartialEq, Debug)]
pub struct Mail {
    /// The sender.
    pub from: ProcessId,
    /// The recipient.
    pub to: ProcessId,
    /// Its content.
    pub payload: Payload,
}

/// In words for machines: `{"from": "p0", "kind": "report", "phase": 0, "value": "0"}`. Between kind and value stand the
/// whole numbers among the message's own fields.
impl Serialize for Mail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("from", &self.from)?;
        map.serialize_entry("kind", self.payload.kind().name)?;
        for (name, field) in self.payload.inspect().as_object().into_iter().flatten() {
            if field.is_u64() {
                map.serialize_entry(name, field)?;
            }
        }
        if let Some(value) = self.payload.value() {
            map.serialize_entry("value", &value)?;
        }
        map.end()
    }
}

/// An event of the strict model: one step of one process.
#[derive(Clone, PartialEq, Debug)]
pub struct StrictEvent {
    /// The process that takes the step.
    pub process: ProcessId,
    /// The message that it takes in; none is NULL.
    pub mail: Option<Mail>,
    /// The outcome of its coins.
    pub coins: Flips,
}

/// `{"step": "p0", "message": null}`, and `"coins": "01"` where coins are flipped.
impl Serialize for StrictEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("step", &self.process)?;
        map.serialize_entry("message", &self.mail)?;
        if self.coins.count > 0 {
            let coins: String = (0..self.coins.count)
                .map(|index| if self.coins.get(index) == Some(true) { '1' } else { '0' })
                .collect();
            map.serialize_entry("coins", &coins)?;
        }
        map.end()
    }
}

/// In words: who takes in what from whom.
impl fmt::Display for StrictEvent {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.mail {
            Some(mail) => write!(to, "{} takes in “{}” from {}", self.process, mail.payload.text(), mail.from),
            None => write!(to, "{} steps without a message", self.process),
        }
    }
}

/// An event whose message is a number of a [`StepTable`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct StrictStep {
    /// The process that takes the step.
    pub process: u16,
    /// The message that it takes in, or [`NULL`].
    pub cause: u32,
    /// The outcome of its coins.
    pub coins: Flips,
}

/// The parts of a local state besides those of the protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tracked {
    /// The timers that run. Without it, a NULL step fires the timer that the protocol says is enabled.
    pub timers: bool,
    /// The indications and decisions that the process has given its user.
    pub user: bool,
    /// Its stable storage, without which nobody could come back.
    pub storage: bool,
}

/// The state of one process, with what makes it differ from others.
struct LocalState {
    process: ProcessId,
    knowledge: u32,
    started: bool,
    crashed: bool,
    layers: Vec<LayerState>,
    decided: Option<Value>,
    timers: BTreeSet<(u8, Timer)>,
    told: Vec<Outcome>,
    stored: Vec<Option<Stored>>,
    /// The number of requests that its user has made.
    asked: u32,
    /// True if the last of them is not answered.
    waits: bool,
}

/// One outcome of a step: the local state it leads to and the messages it sends, in order.
#[derive(Clone, Debug)]
pub struct StepOutcome {
    /// The next local state.
    pub local: u32,
    /// The outcome of the coins.
    pub coins: Flips,
    /// In the order of sending.
    sends: Range<u32>,
    /// The answer to the user, by its number.
    pub answer: Option<u32>,
}

/// The numbers of a stack's local states and messages, and its steps so far.
///
/// Local states are told apart by process, started or not, layers' states and decision. The input of a process that
/// has started is no part of it: what a protocol still needs of it after its first step, it keeps in its state.
pub struct StepTable {
    program: Program,
    n: usize,
    watch: Tracked,
    knowledge: Vec<LocalKnowledge>,
    locals: Vec<LocalState>,
    local_ids: BTreeMap<Vec<u8>, u32>,
    decisions: Vec<u8>,
    texts: Vec<Value>,
    mail: Vec<Mail>,
    mail_ids: BTreeMap<Vec<u8>, u32>,
    recipients: Vec<u16>,
    steps: Vec<(u32, u32, Range<u32>)>,
    step_index: Index,
    crashes: BTreeMap<(u32, u32), Range<u32>>,
    branches: Vec<StepOutcome>,
    sends: Vec<u32>,
    /// What each process knows of itself, where that is not what a process of a complete network knows.
    known: Vec<Local>,
    /// What the user of each process asks for, in order; empty without users.
    requests: Vec<Vec<Invocation>>,
    answers: Vec<Option<Value>>,
}

/// The rule that a protocol must keep under an explorer.
const RUNAWAY: &str = "the modules of an explored process stop waking each other within one step";

impl StepTable {
    /// A step table for `n` processes with this stack each.
    pub fn new(program: &Program, n: usize, watch: Tracked) -> Self {
        assert!(
            !program.is_timed(),
            "time is no part of configurations: the catalogue calls no timed protocol explorable"
        );
        StepTable {
            program: program.clone(),
            n,
            watch,
            knowledge: Vec::new(),
            locals: Vec::new(),
            local_ids: BTreeMap::new(),
            decisions: Vec::new(),
            texts: vec![Value::Bit(false), Value::Bit(true)],
            mail: Vec::new(),
            mail_ids: BTreeMap::new(),
            recipients: Vec::new(),
            steps: Vec::new(),
            step_index: Index::default(),
            crashes: BTreeMap::new(),
            branches: Vec::new(),
            sends: Vec::new(),
            known: Vec::new(),
            requests: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// The same for processes that know this of themselves, with users that ask for this, in order.
    pub fn with_users(self, known: &[Local], requests: Vec<Vec<Invocation>>) -> Self {
        StepTable { known: known.to_vec(), requests, ..self }
    }

    /// The next request of the user of a process that is up, if none is open.
    pub fn next_request(&self, local: u32) -> Option<&Invocation> {
        let local = &self.locals[local as usize];
        let free = local.started && !local.crashed && !local.waits;
        self.requests.get(local.process.index())?.get(local.asked as usize).filter(|_| free)
    }

    /// True if a request of the user of the process is open.
    pub fn waits(&self, local: u32) -> bool {
        self.locals[local as usize].waits
    }

    /// An answer to a user, by its number.
    pub fn answer(&self, answer: u32) -> &Option<Value> {
        &self.answers[answer as usize]
    }

    /// The number of processes.
    pub fn n(&self) -> usize {
        self.n
    }

    /// The number of different local states that were met.
    pub fn locals(&self) -> usize {
        self.locals.len()
    }

    /// The number of different messages that were met.
    pub fn messages(&self) -> usize {
        self.mail.len()
    }

    /// The local state of a process that has not started, with this input.
    pub fn unstarted(&mut self, process: ProcessId, input: Option<Value>) -> u32 {
        let knowledge = self.knowledge(process, input);
        let layers = self.modules(knowledge).init(&self.knowledge[knowledge as usize]);
        self.adopt(knowledge, false, layers, None)
    }

    /// The local state of a process whose layers are as some run has left them.
    pub fn started_as(
        &mut self,
        process: ProcessId,
        input: Option<Value>,
        layers: Vec<LayerState>,
        decided: Option<Value>,
    ) -> u32 {
        let knowledge = self.knowledge(process, input);
        self.adopt(knowledge, true, layers, decided)
    }

    /// The modules of a process that knows this.
    fn modules(&self, knowledge: u32) -> &ModuleGraph {
        self.program.of(&self.knowledge[knowledge as usize])
    }

    fn knowledge(&mut self, process: ProcessId, input: Option<Value>) -> u32 {
        let known =
            self.knowledge.iter().position(|knowledge| knowledge.top.me == process && knowledge.top.input == input);
        narrow(known.unwrap_or_else(|| {
            let local = match self.known.get(process.index()) {
                Some(known) => Local { input, ..known.clone() },
                None => Local::complete(process, self.n, input),
            };
            self.knowledge.push(local.into());
            self.knowledge.len() - 1
        }))
    }

    fn adopt(&mut self, knowledge: u32, started: bool, layers: Vec<LayerState>, decided: Option<Value>) -> u32 {
        let process = self.knowledge[knowledge as usize].top.me;
        let (timers, told, stored) = (BTreeSet::new(), Vec::new(), vec![None; layers.len()]);
        self.name_local(LocalState {
            process,
            knowledge,
            started,
            crashed: false,
            stored,
            layers,
            decided,
            timers,
            told,
            asked: 0,
            waits: false,
        })
    }

    /// The process that receives a message.
    #[inline]
    pub fn recipient(&self, message: u32) -> usize {
        usize::from(self.recipients[message as usize])
    }

    /// A message by its number.
    pub fn mail(&self, message: u32) -> &Mail {
        &self.mail[message as usize]
    }

    /// The value that is decided in a local state, as a bit of a mask: 1 for 0, 2 for 1, 4, 8, … for others.
    #[inline]
    pub fn decision(&self, local: u32) -> u8 {
        self.decisions[local as usize]
    }

    /// The value that is decided in a local state.
    pub fn decided(&self, local: u32) -> Option<&Value> {
        self.locals[local as usize].decided.as_ref()
    }

    /// True if the first step was taken.
    pub fn started(&self, local: u32) -> bool {
        self.locals[local as usize].started
    }

    /// True if the process has crashed: only explorers with crashes make such states.
    pub fn crashed(&self, local: u32) -> bool {
        self.locals[local as usize].crashed
    }

    /// The indications and decisions that the process has given its user, if that is watched.
    pub fn told(&self, local: u32) -> &[Outcome] {
        &self.locals[local as usize].told
    }

    /// True if a timer of the process runs or, where they are not watched, is enabled.
    pub fn awaits_timer(&self, local: u32) -> bool {
        let local = &self.locals[local as usize];
        if self.watch.timers {
            !local.timers.is_empty()
        } else {
            self.modules(local.knowledge)
                .timeout_enabled(&self.knowledge[local.knowledge as usize], &local.layers)
                .is_some()
        }
    }

    /// The causes of timers that run, if they are watched.
    pub fn timers(&self, local: u32) -> impl Iterator<Item = (u32, Timer)> {
        (0..).map(|index| TIMER - index).zip(self.locals[local as usize].timers.iter().map(|(_, timer)| timer.clone()))
    }

    /// The layers' states, bottom first; none of a process that has crashed.
    pub fn layers(&self, local: u32) -> &[LayerState] {
        &self.locals[local as usize].layers
    }

    /// The layers' states, bottom first, as trees of named fields.
    pub fn inspect(&self, local: u32) -> Vec<serde_json::Value> {
        self.locals[local as usize].layers.iter().map(|layer| layer.inspect()).collect()
    }

    /// The process's label on the board.
    pub fn label(&self, local: u32) -> String {
        let local = &self.locals[local as usize];
        self.modules(local.knowledge).label(&self.knowledge[local.knowledge as usize], &local.layers)
    }

    /// The messages of a branch, in the order of sending.
    #[inline]
    pub fn sends(&self, branch: &StepOutcome) -> &[u32] {
        &self.sends[branch.sends.start as usize..branch.sends.end as usize]
    }

    /// The branches of [`StepTable::step`] and [`StepTable::crash`].
    #[inline]
    pub fn branches(&self, branches: Range<u32>) -> &[StepOutcome] {
        &self.branches[branches.start as usize..branches.end as usize]
    }

    /// The event that a step is.
    pub fn event(&self, step: StrictStep) -> StrictEvent {
        let mail = (step.cause < self.mail.len() as u32).then(|| self.mail(step.cause).clone());
        StrictEvent { process: ProcessId(step.process), mail, coins: step.coins }
    }

    /// The step of the process in `local` for `cause`: an outcome for each way in which its coins
    /// can fall, equal ones once.
    #[inline]
    pub fn step(&mut self, local: u32, cause: u32) -> Range<u32> {
        let hash = hash_of(&[local, cause]);
        let known = self.step_index.find(hash, |id| {
            let (known_local, known_cause, _) = self.steps[id as usize];
            (known_local, known_cause) == (local, cause)
        });
        match known {
            Some(id) => self.steps[id as usize].2.clone(),
            None => self.learn(local, cause, hash),
        }
    }

    #[cold]
    fn learn(&mut self, local: u32, cause: u32, hash: u64) -> Range<u32> {
        let first = self.branches.len();
        for (next, outcomes) in all_coins(|coins| self.run(local, cause, coins)) {
            self.add_branch(first, next, outcomes);
        }
        let range = narrow(first)..narrow(self.branches.len());
        let id = narrow(self.steps.len());
        self.steps.push((local, cause, range.clone()));
        self.step_index.insert(hash, id);
        range
    }

    /// The state left when the process in `local` crashes in its step for `cause` after some of the step's effects, but
    /// before the last; stores count where storage is watched. The crash between two steps is the first branch.
    pub fn crash(&mut self, local: u32, cause: u32) -> Range<u32> {
        if let Some(range) = self.crashes.get(&(local, cause)) {
            return range.clone();
        }
        let first = self.branches.len();
        let before = &self.locals[local as usize];
        let dead = || LocalState {
            process: before.process,
            knowledge: before.knowledge,
            started: true,
            crashed: true,
            layers: Vec::new(),
            decided: before.decided.clone(),
            timers: BTreeSet::new(),
            told: before.told.clone(),
            stored: before.stored.clone(),
            asked: before.asked,
            waits: before.waits,
        };
        let mut remains = vec![(dead(), (Flips::default(), Vec::new()))];
        for (_, (coins, outcomes)) in all_coins(|coins| self.run(local, cause, coins)) {
            let visible = |outcome: &&Outcome| match outcome {
                Outcome::Send { .. } | Outcome::Indicate(_) | Outcome::Decide(_) => true,
                Outcome::Store(..) => self.watch.storage,
                Outcome::SetTimer(..) | Outcome::CancelTimer(..) | Outcome::Because(_) => false,
            };
            let effects: Vec<&Outcome> = outcomes.iter().filter(visible).collect();
            for length in 1..effects.len() {
                let kept: Vec<Outcome> = effects[..length].iter().map(|effect| (*effect).clone()).collect();
                let mut state = dead();
                self.note(&mut state, &kept);
                remains.push((state, (coins, kept)));
            }
        }
        for (state, outcomes) in remains {
            self.add_branch(first, state, outcomes);
        }
        let range = narrow(first)..narrow(self.branches.len());
        self.crashes.insert((local, cause), range.clone());
        range
    }

    /// Runs the protocol's code on a copy of the state. Returns the state after, and what the step did.
    fn run(&self, local: u32, cause: u32, coins: Flips) -> Ran {
        let before = &self.locals[local as usize];
        let (knowledge, modules) = (&self.knowledge[before.knowledge as usize], self.modules(before.knowledge));
        // A context of its own: steps are learnt rarely, and this keeps `self` free to be read.
        let mut context = StepContext::default();
        context.begin(Coins::fixed(coins));
        let mut layers = before.layers.clone();
        if cause == RECOVERY {
            layers = modules.init(knowledge);
            modules.recover(&mut context, knowledge, &mut layers, &before.stored).expect(RUNAWAY);
        } else if !before.started {
            modules.start(&mut context, knowledge, &mut layers).expect(RUNAWAY);
        }
        let mut fired = None;
        if cause < TIMER - TIMERS_MAX {
            let mail = &self.mail[cause as usize];
            modules.deliver(&mut context, knowledge, &mut layers, mail.from, mail.payload.clone()).expect(RUNAWAY);
        } else if cause == REQUEST {
            let request = &self.requests[before.process.index()][before.asked as usize];
            let request = Request::Invoke(request.clone().into());
            modules.request(&mut context, knowledge, &mut layers, request).expect(RUNAWAY);
        } else if cause != NULL && cause != RECOVERY {
            fired = before.timers.iter().nth((TIMER - cause) as usize).cloned();
        } else if before.started && !self.watch.timers {
            fired = modules.timeout_enabled(knowledge, &layers);
        }
        if let Some((layer, timer)) = fired.clone() {
            modules.timeout(&mut context, knowledge, &mut layers, layer, timer).expect(RUNAWAY);
        }
        let mut after = LocalState {
            process: before.process,
            knowledge: before.knowledge,
            started: true,
            crashed: false,
            layers,
            decided: before.decided.clone(),
            timers: before.timers.clone(),
            told: before.told.clone(),
            stored: before.stored.clone(),
            asked: before.asked,
            waits: before.waits,
        };
        if let Some(timer) = fired {
            after.timers.remove(&timer);
        }
        if cause == REQUEST {
            (after.asked, after.waits) = (before.asked + 1, true);
        }
        self.note(&mut after, &context.outcomes);
        (after, (context.coins.flipped, context.outcomes))
    }

    /// Enters into `state` what outcomes do besides sending.
    fn note(&self, state: &mut LocalState, outcomes: &[Outcome]) {
        for outcome in outcomes {
            match outcome {
                // Responses are known to what watches the operations of all.
                Outcome::Indicate(Indication::Return(_)) => state.waits = false,
                Outcome::Indicate(_) | Outcome::Decide(_) if self.watch.user => state.told.push(outcome.clone()),
                _ => {}
            }
            match outcome {
                // The register is written once: a second decision does not change it.
                Outcome::Decide(value) if state.decided.is_none() => state.decided = Some(value.clone()),
                Outcome::Store(layer, record) if self.watch.storage => {
                    state.stored[usize::from(*layer)] = Some(record.clone());
                }
                Outcome::SetTimer(layer, timer, _) if self.watch.timers && !state.crashed => {
                    state.timers.insert((*layer, timer.clone()));
                }
                Outcome::CancelTimer(layer, timer) => {
                    state.timers.remove(&(*layer, timer.clone()));
                }
                _ => {}
            }
        }
    }

    fn add_branch(&mut self, first: usize, next: LocalState, (coins, outcomes): (Flips, Vec<Outcome>)) {
        let from = next.process;
        let start = self.sends.len();
        let mut answer = None;
        for outcome in outcomes {
            match outcome {
                Outcome::Send { to, payload } => {
                    let message = self.name_mail(Mail { from, to, payload });
                    self.sends.push(message);
                }
                Outcome::Indicate(Indication::Return(value)) => {
                    let value = value.map(|value| *value);
                    let known = self.answers.iter().position(|answer| *answer == value);
                    answer = Some(narrow(known.unwrap_or_else(|| {
                        self.answers.push(value);
                        self.answers.len() - 1
                    })));
                }
                _ => {}
            }
        }
        let local = self.name_local(next);
        let sent = &self.sends[start..];
        let same = |known: &StepOutcome| known.local == local && known.answer == answer && self.sends(known) == sent;
        if self.branches[first..].iter().any(same) {
            self.sends.truncate(start);
        } else {
            let sends = narrow(start)..narrow(self.sends.len());
            self.branches.push(StepOutcome { local, coins, sends, answer });
        }
    }

    /// The number of a message.
    pub fn name_mail(&mut self, mail: Mail) -> u32 {
        let mut key = Vec::new();
        canon::encode(&(mail.to, mail.from), &mut key);
        key.extend(mail.payload.bytes());
        *self.mail_ids.entry(key).or_insert_with(|| {
            let id = narrow(self.mail.len());
            assert!(id < TIMER - TIMERS_MAX, "an exploration has fewer than 2^32 messages");
            self.recipients.push(mail.to.0);
            self.mail.push(mail);
            id
        })
    }

    fn name_local(&mut self, local: LocalState) -> u32 {
        let mut key = Vec::new();
        canon::encode(&(local.process, local.started, local.crashed, &local.decided), &mut key);
        if !local.started || local.crashed {
            canon::encode(&local.knowledge, &mut key);
        }
        if !self.requests.is_empty() {
            canon::encode(&(local.asked, local.waits), &mut key);
        }
        local.layers.iter().for_each(|layer| layer.encode(&mut key));
        canon::encode(&local.timers, &mut key);
        local.told.iter().for_each(|outcome| encode_told(outcome, &mut key));
        for record in local.stored.iter() {
            canon::encode(&record.is_some(), &mut key);
            record.iter().for_each(|record| record.encode(&mut key));
        }
        if let Some(id) = self.local_ids.get(&key) {
            return *id;
        }
        let id = narrow(self.locals.len());
        self.local_ids.insert(key, id);
        self.decisions.push(match &local.decided {
            None => 0,
            Some(value) => {
                let known = self.texts.iter().position(|text| text == value);
                let place = known.unwrap_or_else(|| {
                    self.texts.push(value.clone());
                    self.texts.len() - 1
                });
                // The eighth stands for all further values: two of them are told apart from the first seven only.
                1 << place.min(7)
            }
        });
        self.locals.push(local);
        id
    }
}

/// The state after a step, and the coins and outcomes of it.
type Ran = (LocalState, (Flips, Vec<Outcome>));

/// Runs a step for each way in which its coins can fall. How many it flips is known only when it has run.
fn all_coins(mut run: impl FnMut(Flips) -> Ran) -> Vec<Ran> {
    let mut all = Vec::new();
    let mut next = Some(Flips::default());
    while let Some(fixed) = next {
        let ran = run(fixed);
        let flipped = ran.1.0;
        // Like counting in binary: the last coin that fell on 0 falls on 1, and those after it are open again.
        next = (0..flipped.count).rev().find(|index| flipped.get(*index) == Some(false)).map(|index| {
            let mut flips = Flips::default();
            (0..index).for_each(|earlier| flips.push(flipped.get(earlier) == Some(true)));
            flips.push(true);
            flips
        });
        all.push(ran);
    }
    all
}

fn encode_told(outcome: &Outcome, sink: &mut Vec<u8>) {
    match outcome {
        Outcome::Indicate(Indication::Deliver { from, payload }) => {
            canon::encode(&(0u8, from), sink);
            sink.write(&payload.bytes());
        }
        Outcome::Indicate(Indication::Suspect(process)) => canon::encode(&(1u8, process), sink),
        Outcome::Indicate(Indication::Restore(process)) => canon::encode(&(2u8, process), sink),
        Outcome::Decide(value) => canon::encode(&(3u8, value), sink),
        Outcome::Indicate(Indication::Trust(process)) => canon::encode(&(4u8, process), sink),
        Outcome::Indicate(Indication::Return(value)) => canon::encode(&(5u8, value), sink),
        _ => unreachable!("a process tells its user nothing else"),
    }
}

/// A count as a number of the step_table.
pub(super) fn narrow(count: usize) -> u32 {
    u32::try_from(count).expect("an exploration stays below 2^32 of anything")
}

/// A hash of whole numbers for tables of this run: quick rather than portable.
#[inline]
pub(super) fn hash_of(words: &[u32]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = words.len() as u64;
    for word in words {
        hash = (hash.rotate_left(5) ^ u64::from(*word)).wrapping_mul(ODD);
    }
    // The best bits of a product are its high ones, and tables look at the low ones.
    (hash ^ hash >> 32).wrapping_mul(ODD) >> 32
}

/// A table of numbers by the hash of what they stand for: open addressing, and the things themselves live elsewhere.
///
/// Half of the hash is kept beside each number, so that other things are looked at only where they are nearly certain
/// to be equal, and growing needs none of them.
#[derive(Default)]
pub(super) struct Index {
    slots: Vec<u64>,
    len: usize,
}

const EMPTY: u64 = u64::MAX;

impl Index {
    /// The number under `hash` for which `is` holds.
    #[inline]
    pub fn find(&self, hash: u64, is: impl FnMut(u32) -> bool) -> Option<u32> {
        self.seek(hash, is).ok()
    }

    /// The same; where there is none, the slot at which it can be [put](Index::put), if the table has room.
    #[inline]
    pub fn seek(&self, hash: u64, mut is: impl FnMut(u32) -> bool) -> Result<u32, usize> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut slot = hash as u32 as usize & mask;
        // The first look is outside of a table without slots, and finds nothing.
        while let Some(&entry) = self.slots.get(slot) {
            if entry == EMPTY {
                break;
            }
            if entry as u32 == hash as u32 && is((entry >> 32) as u32) {
                return Ok((entry >> 32) as u32);
            }
            slot = (slot + 1) & mask;
        }
        Err(slot)
    }

    /// Looks at the memory that [`Index::seek`] will look at first, and returns something of it. Done for many hashes
    /// in a row, without anything to decide in between, the processor fetches from many places at once; a large search
    /// waits for nothing else as long.
    #[inline]
    pub fn touch(&self, hash: u64) -> u64 {
        self.slots.get(hash as u32 as usize & self.slots.len().wrapping_sub(1)).copied().unwrap_or(EMPTY)
    }

    /// Makes room for so many more numbers, so that [slots](Index::seek) stay where they are until then.
    pub fn reserve(&mut self, more: usize) {
        // At most half full, so that what is looked for is near.
        let slots = ((self.len + more) * 2).next_power_of_two().max(64);
        if slots > self.slots.len() {
            let old = std::mem::replace(&mut self.slots, vec![EMPTY; slots]);
            for entry in old.into_iter().filter(|entry| *entry != EMPTY) {
                let slot = self.vacant(entry);
                self.slots[slot] = entry;
            }
        }
    }

    /// Puts a number that is not there yet into a slot that was [sought](Index::seek) for it.
    #[inline]
    pub fn put(&mut self, slot: usize, hash: u64, id: u32) {
        self.slots[slot] = u64::from(id) << 32 | u64::from(hash as u32);
        self.len += 1;
    }

    /// Adds a number that is not there yet.
    pub fn insert(&mut self, hash: u64, id: u32) {
        self.reserve(1);
        self.put(self.vacant(hash), hash, id);
    }

    fn vacant(&self, hash: u64) -> usize {
        self.seek(hash, |_| false).expect_err("no number is the one sought")
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        8 * self.slots.capacity()
    }
}
