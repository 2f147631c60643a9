//! A configuration that remembers the age of its messages, and runs from it.

use crate::catalogue::RoundSymmetry;
use crate::draw::{Purpose, below, draw};
use crate::explorer::strict::Strict;
use crate::explorer::{NULL, StepOutcome, StepTable, StrictStep};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A configuration whose messages wait in their recipients' input buffers, oldest first.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Live {
    /// The local state of each process, by its number in the step_table.
    pub locals: Vec<u32>,
    /// The messages that wait for each process.
    pub mail: Vec<VecDeque<u32>>,
}

impl Clone for Live {
    fn clone(&self) -> Self {
        Live { locals: self.locals.clone(), mail: self.mail.clone() }
    }

    /// Into the memory of a configuration that is no longer needed.
    fn clone_from(&mut self, source: &Self) {
        self.locals.clone_from(&source.locals);
        self.mail.clone_from(&source.mail);
    }
}

impl Live {
    /// The configuration in which nobody has started.
    pub fn initial(locals: Vec<u32>) -> Self {
        let mail = vec![VecDeque::new(); locals.len()];
        Live { locals, mail }
    }

    /// The configuration in numbers that are equal for equal configurations: without ages.
    pub fn packed(&self) -> Vec<u32> {
        let mut words = self.locals.clone();
        words.extend(self.mail.iter().flatten());
        words[self.locals.len()..].sort_unstable();
        words
    }

    /// The same of the configuration to which `branch` of a step leads, without making it: most of what a search comes
    /// to it knows already.
    pub fn pack_after(&self, step_table: &StepTable, step: StrictStep, branch: &StepOutcome, words: &mut Vec<u32>) {
        words.clone_from(&self.locals);
        words[usize::from(step.process)] = branch.local;
        words.extend(self.mail.iter().flatten());
        let mail = self.locals.len();
        if step.cause != NULL {
            let place = words[mail..].iter().position(|message| *message == step.cause);
            words.swap_remove(mail + place.expect("a message that is received is in the input buffer"));
        }
        words.extend(step_table.sends(branch));
        words[mail..].sort_unstable();
    }

    /// The same configuration in a strict graph, which knows no ages.
    pub fn find(&self, strict: &Strict) -> Option<u32> {
        let mail: Vec<Vec<u32>> = self.mail.iter().map(|queue| queue.iter().copied().collect()).collect();
        strict.find(&self.locals, &mail)
    }

    /// The number of messages that wait.
    pub fn waiting(&self) -> usize {
        self.mail.iter().map(VecDeque::len).sum()
    }

    /// The values decided, as a mask.
    pub fn decided(&self, step_table: &StepTable) -> u8 {
        self.locals.iter().fold(0, |mask, local| mask | step_table.decision(*local))
    }

    /// The ways in which a step of `process` for `cause` can go: one for each way in which coins fall.
    pub fn steps(&self, step_table: &mut StepTable, process: usize, cause: u32) -> Vec<StrictStep> {
        let branches = step_table.step(self.locals[process], cause);
        let name = u16::try_from(process).expect("few processes");
        let branches = step_table.branches(branches).iter();
        branches.map(|branch| StrictStep { process: name, cause, coins: branch.coins }).collect()
    }

    /// One of those ways: `pick` says which, given how many there are.
    fn pick_step(
        &self,
        step_table: &mut StepTable,
        process: usize,
        cause: u32,
        pick: impl FnOnce(usize) -> usize,
    ) -> StrictStep {
        let branches = step_table.step(self.locals[process], cause);
        let branches = step_table.branches(branches);
        let coins = branches[pick(branches.len())].coins;
        StrictStep { process: u16::try_from(process).expect("few processes"), cause, coins }
    }

    /// Applies a step. Of equal messages the oldest is taken. Returns the messages sent.
    pub fn apply<'a>(&mut self, step_table: &'a mut StepTable, step: StrictStep) -> &'a [u32] {
        let process = usize::from(step.process);
        if step.cause != NULL {
            let queue = &mut self.mail[process];
            let place = queue.iter().position(|message| *message == step.cause);
            queue.remove(place.expect("a message that is received is in the input buffer"));
        }
        let branches = step_table.step(self.locals[process], step.cause);
        let step_table: &'a StepTable = step_table;
        let branch = step_table.branches(branches).iter().find(|branch| branch.coins == step.coins);
        let branch = branch.expect("a step's coins are those of one of its branches");
        self.locals[process] = branch.local;
        let sends = step_table.sends(branch);
        sends.iter().for_each(|message| self.mail[step_table.recipient(*message)].push_back(*message));
        sends
    }

    /// The message that a process takes in next if it takes the oldest first; NULL if nothing waits.
    pub fn oldest(&self, process: usize) -> u32 {
        self.mail[process].front().copied().unwrap_or(NULL)
    }

    /// True if a NULL step of the process changes anything.
    pub fn null_matters(&self, step_table: &mut StepTable, process: usize) -> bool {
        let local = self.locals[process];
        let branches = step_table.step(local, NULL);
        step_table.branches(branches).iter().any(|branch| branch.local != local || !step_table.sends(branch).is_empty())
    }

    /// The events of a level of a breadth-first search, in order: messages by recipient and age, then NULL steps, of
    /// processes without mail only.
    pub fn events(&self, step_table: &mut StepTable) -> Vec<(usize, u32)> {
        let mut events = Vec::new();
        self.list_events(step_table, &mut events);
        events
    }

    /// The same, into a list that is used again: random runs ask for it at every step.
    pub fn list_events(&self, step_table: &mut StepTable, events: &mut Vec<(usize, u32)>) {
        events.clear();
        for (process, queue) in self.mail.iter().enumerate() {
            let first = events.len();
            for message in queue {
                if !events[first..].iter().any(|(_, earlier)| earlier == message) {
                    events.push((process, *message));
                }
            }
        }
        for process in 0..self.locals.len() {
            if self.mail[process].is_empty() && self.null_matters(step_table, process) {
                events.push((process, NULL));
            }
        }
    }

    /// One step of a fair run: the oldest message that is not from the `mute` process, else a NULL step if it changes
    /// anything. `coin` says how coins fall.
    fn fair_step(
        &mut self,
        step_table: &mut StepTable,
        process: usize,
        mute: Option<usize>,
        coin: bool,
        taken: &mut Vec<StrictStep>,
    ) -> bool {
        let heard = |message: &&u32| mute.is_none_or(|mute| step_table.mail(**message).from.index() != mute);
        let cause = self.mail[process].iter().find(heard).copied().unwrap_or(NULL);
        if cause == NULL && !self.null_matters(step_table, process) {
            return false;
        }
        let step = self.pick_step(step_table, process, cause, |ways| if coin { ways - 1 } else { 0 });
        self.apply(step_table, step);
        taken.push(step);
        true
    }

    /// A fair run from here to the first decision: everybody in turn takes its oldest message, except that in each of
    /// the first rounds the process that `silences` names rests, and if it is `mute` then, nobody hears of it either:
    /// what it has sent waits. Returns the values decided, the steps, and in how many rounds it mattered who rests.
    /// `None` if nobody decides within the bound.
    pub fn fair_run(
        &self,
        step_table: &mut StepTable,
        silences: &[Option<usize>],
        mute: bool,
        coin: bool,
    ) -> Option<(u8, Vec<StrictStep>, usize)> {
        let mut live = self.clone();
        let mut taken = Vec::new();
        for turn in 0..silences.len() * TURNS_A_ROUND + TURNS_MAX {
            let round = turn / TURNS_A_ROUND;
            let silent = silences.get(round).copied().flatten();
            let unheard = silent.filter(|_| mute);
            let mut moved = false;
            for process in 0..live.locals.len() {
                let decided = live.decided(step_table);
                if decided != 0 {
                    return Some((decided, taken, round + 1));
                }
                moved |= silent != Some(process) && live.fair_step(step_table, process, unheard, coin, &mut taken);
            }
            if !moved && round >= silences.len() {
                break;
            }
        }
        let decided = live.decided(step_table);
        (decided != 0).then_some((decided, taken, usize::MAX))
    }

    /// A run from here to the first decision in which every step takes a message at random.
    pub fn random_run(&self, step_table: &mut StepTable, run: u64) -> Option<(u8, Vec<StrictStep>)> {
        let mut live = self.clone();
        let (mut taken, mut events) = (Vec::new(), Vec::new());
        for counter in 0..RANDOM_EVENTS_MAX {
            let decided = live.decided(step_table);
            if decided != 0 {
                return Some((decided, taken));
            }
            live.list_events(step_table, &mut events);
            let pick = |size: usize, salt: u64| {
                let bits = draw(RANDOM_SEED, Purpose::Schedule, run, 2 * counter + salt);
                usize::try_from(below(bits, size as u64)).expect("below a size")
            };
            if events.is_empty() {
                return None;
            }
            let (process, cause) = events[pick(events.len(), 0)];
            // Most steps can go in one way only.
            let step = live.pick_step(step_table, process, cause, |ways| if ways > 1 { pick(ways, 1) } else { 0 });
            live.apply(step_table, step);
            taken.push(step);
        }
        None
    }
}

/// The number of messages that a process takes in during one round of silence.
const TURNS_A_ROUND: usize = 4;

/// The number of turns of a fair run in which nobody rests before it is given up.
const TURNS_MAX: usize = 60;

/// When a random run is given up.
const RANDOM_EVENTS_MAX: u64 = 300;

/// The seed of all random runs: a play is the same whenever it is played.
const RANDOM_SEED: u32 = 1985;

/// The relation of the counts of one configuration to each other.
pub struct CanonicalForm {
    /// The least that all have reached, as a multiple of the shift's unit.
    pub base: u64,
    past: Vec<u64>,
}

impl CanonicalForm {
    /// The frame of a configuration, from what each process has reached and from all its counts.
    pub fn new(
        symmetry: &RoundSymmetry,
        reached: impl Iterator<Item = u64>,
        counts: impl Iterator<Item = u64>,
    ) -> CanonicalForm {
        let base = reached.min().unwrap_or(0) / symmetry.unit * symmetry.unit;
        let mut past: Vec<u64> = counts.filter(|count| *count < base).collect();
        past.sort_unstable();
        past.dedup();
        CanonicalForm { base, past }
    }

    /// A count as it is in this frame: the same number in configurations that are equal up to the shift.
    pub fn place(&self, count: u64) -> u32 {
        let place = match count.checked_sub(self.base) {
            Some(distance) => distance + (1 << 16),
            None => self.past.partition_point(|earlier| *earlier < count) as u64,
        };
        u32::try_from(place).expect("nobody is four billion rounds ahead")
    }
}

/// A local state or message without its counts, and the counts.
struct Uncounted {
    template: u32,
    counts: Vec<u64>,
    reached: Option<u64>,
}

/// Names for configurations up to a shift: equal names, equal but for the shift.
pub struct Names {
    symmetry: Option<RoundSymmetry>,
    /// By number in the step_table: local states, then messages.
    uncounted: [Vec<Option<Uncounted>>; 2],
    templates: BTreeMap<String, u32>,
}

impl Names {
    /// Names up to this shift; without one, a configuration is equal to itself only.
    pub fn new(symmetry: Option<RoundSymmetry>) -> Self {
        Names { symmetry, uncounted: [Vec::new(), Vec::new()], templates: BTreeMap::new() }
    }

    /// Phases that all processes have completed.
    pub fn phases(&mut self, step_table: &StepTable, live: &Live) -> u64 {
        let Some(symmetry) = self.symmetry.clone() else {
            return 0;
        };
        live.locals.iter().for_each(|local| self.learn(step_table, &symmetry, false, *local));
        let reached = live.locals.iter().filter_map(|local| self.uncounted(false, *local).reached);
        reached.min().unwrap_or(0) * symmetry.phases
    }

    /// The name of a configuration, and the messages of each process in the order in which the name has them: it is
    /// the same for equal names, whatever their ages are.
    pub fn name(&mut self, step_table: &StepTable, live: &Live) -> (Vec<u32>, Vec<VecDeque<u32>>) {
        self.name_in_order(step_table, live, false)
    }

    /// The name of a configuration in which the ages of messages matter.
    pub fn name_by_age(&mut self, step_table: &StepTable, live: &Live) -> Vec<u32> {
        self.name_in_order(step_table, live, true).0
    }

    fn name_in_order(&mut self, step_table: &StepTable, live: &Live, by_age: bool) -> (Vec<u32>, Vec<VecDeque<u32>>) {
        let Some(symmetry) = self.symmetry.clone() else {
            let mail = live.mail.iter().map(|queue| {
                let mut queue: Vec<u32> = queue.iter().copied().collect();
                if !by_age {
                    queue.sort_unstable();
                }
                queue.into()
            });
            let mail: Vec<VecDeque<u32>> = mail.collect();
            let lengths = mail.iter().map(|queue| queue.len() as u32);
            let name = live.locals.iter().copied().chain(lengths).chain(mail.iter().flatten().copied());
            return (name.collect(), mail);
        };
        live.locals.iter().for_each(|local| self.learn(step_table, &symmetry, false, *local));
        live.mail.iter().flatten().for_each(|message| self.learn(step_table, &symmetry, true, *message));
        let locals = || live.locals.iter().map(|local| self.uncounted(false, *local));
        let messages = live.mail.iter().flatten().map(|message| self.uncounted(true, *message));
        let counts = locals().chain(messages).flat_map(|template| template.counts.iter().copied());
        let form = CanonicalForm::new(&symmetry, locals().filter_map(|template| template.reached), counts);
        let mut name = Vec::with_capacity(4 * (live.locals.len() + live.waiting()));
        let write = |template: &Uncounted, name: &mut Vec<u32>| {
            name.push(template.template);
            name.extend(template.counts.iter().map(|count| form.place(*count)));
        };
        locals().for_each(|template| write(template, &mut name));
        let mut mail = Vec::with_capacity(live.mail.len());
        for queue in &live.mail {
            let mut named: Vec<(Vec<u32>, u32)> = queue
                .iter()
                .map(|message| {
                    let mut name = Vec::new();
                    write(self.uncounted(true, *message), &mut name);
                    (name, *message)
                })
                .collect();
            if !by_age {
                named.sort();
            }
            // The borders between queues are part of the name.
            name.push(u32::try_from(queue.len()).expect("few messages wait"));
            named.iter().for_each(|(words, _)| name.extend(words));
            mail.push(named.into_iter().map(|(_, message)| message).collect());
        }
        (name, mail)
    }

    /// The name of a configuration for those who go on without `silent`: its state and mail are no part of it.
    pub fn name_without(&mut self, step_table: &StepTable, live: &Live, silent: Option<usize>) -> Vec<u32> {
        let mut rest = live.clone();
        if let Some(silent) = silent {
            rest.locals.remove(silent);
            rest.mail.remove(silent);
        }
        self.name(step_table, &rest).0
    }

    fn uncounted(&self, message: bool, id: u32) -> &Uncounted {
        self.uncounted[usize::from(message)][id as usize].as_ref().expect("learnt before it is asked for")
    }

    fn learn(&mut self, step_table: &StepTable, symmetry: &RoundSymmetry, message: bool, id: u32) {
        let forms = &mut self.uncounted[usize::from(message)];
        if forms.len() <= id as usize {
            forms.resize_with(id as usize + 1, || None);
        }
        if forms[id as usize].is_some() {
            return;
        }
        let (mut tree, reached) = if message {
            let mail = step_table.mail(id);
            let (from, to) = (mail.from.to_string(), mail.to.to_string());
            (serde_json::Value::Array(vec![from.into(), to.into(), mail.payload.inspect()]), None)
        } else {
            let mut layers = step_table.inspect(id);
            let reached = symmetry.reached(&layers);
            layers.push(format!("{:?}", step_table.decided(id)).into());
            (serde_json::Value::Array(layers), reached)
        };
        let mut counts = Vec::new();
        symmetry.take(&mut tree, &mut counts);
        let next = u32::try_from(self.templates.len()).expect("few forms");
        let template = *self.templates.entry(tree.to_string()).or_insert(next);
        self.uncounted[usize::from(message)][id as usize] = Some(Uncounted { template, counts, reached });
    }
}

/// True if anybody can still decide when `silent` takes no more steps: an exhaustive search, up to the shift. `None` if
/// it would be too large.
pub fn survivors_decide(
    step_table: &mut StepTable,
    names: &mut Names,
    live: &Live,
    silent: Option<usize>,
    limit: usize,
) -> Option<bool> {
    let mut start = live.clone();
    if let Some(silent) = silent {
        // Nobody will take this in, and nobody else can see it.
        start.mail[silent].clear();
    }
    let mut seen = BTreeSet::from([names.name_without(step_table, &start, silent)]);
    let mut queue = VecDeque::from([start]);
    let mut events = Vec::new();
    while let Some(live) = queue.pop_front() {
        if live.decided(step_table) != 0 {
            return Some(true);
        }
        live.list_events(step_table, &mut events);
        // That nobody ever decides is said of all schedules, those included in which somebody leaves its mail waiting.
        let patient = (0..live.locals.len()).filter(|process| !live.mail[*process].is_empty());
        events.extend(patient.map(|process| (process, NULL)));
        for (process, cause) in events.iter().copied() {
            if Some(process) == silent {
                continue;
            }
            for step in live.steps(step_table, process, cause) {
                let mut next = live.clone();
                next.apply(step_table, step);
                if let Some(silent) = silent {
                    next.mail[silent].clear();
                }
                if seen.insert(names.name_without(step_table, &next, silent)) {
                    if seen.len() > limit {
                        return None;
                    }
                    queue.push_back(next);
                }
            }
        }
    }
    Some(false)
}
