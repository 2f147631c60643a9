//! The synchronous explorer: exchange by exchange, who crashes and who still hears it.
//!
//! All processes start together. In an exchange everybody's messages are delivered, in the order of their senders;
//! then, unless somebody has answered, time passes until everybody's timers fire. Where nobody answers before a timer
//! fires, an exchange is a round. A process that crashes does so while it sends: some subset of those it sends to
//! still gets its messages of the exchange, and it does nothing after that. Every pattern of crashes with at most so
//! many faults is gone through. Coins fall on 0.
//!
//! Instead the fault can move: in every exchange one sender, another one each time if the adversary likes, fails to
//! send some of its messages, and nobody ever crashes (Santoro and Widmayer, *Time is not a healer*, 1989).

use super::SearchProgress;
use super::inbox_states::InboxStates;
use super::search::{EVERYBODY, Rules, Search, Successors, Viewed};
use super::step_table::{NULL, StepTable, Tracked};
use super::valency;
use super::view::ConfigurationView;
use crate::process::{ProcessId, Program, Value};
use serde::Serialize;

/// The most processes: a pattern of crashes has a bit for each pair.
pub const PROCESSES_MAX: usize = 8;

/// The faults that may happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SynchronousFaults {
    /// At most so many processes crash, each in the middle of sending.
    Crashes(usize),
    /// In each exchange at most one process fails to send some of its messages.
    Moving,
}

/// The messages that a crash in the middle of sending, or a fault that moves, leaves unsent.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Omission {
    /// The process whose fault it is.
    pub process: ProcessId,
    /// In which exchange, counted from 1.
    pub exchange: usize,
    /// The processes that still hear it in that exchange.
    pub heard_by: Vec<ProcessId>,
}

/// The process that is faulty in an exchange, and the processes that still hear it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pattern {
    /// A bit for each process that is.
    faulty: u8,
    /// Eight bits for each process: who still hears it.
    heard: u64,
}

impl Pattern {
    fn fails(self, process: usize) -> bool {
        self.faulty >> process & 1 == 1
    }

    /// True if `listener` hears `process` in this exchange.
    fn hears(self, listener: usize, process: usize) -> bool {
        !self.fails(process) || self.heard >> (8 * process + listener) & 1 == 1
    }
}

/// The rules: a inbox state for each process, where the messages of the exchange to come wait, by sender.
pub struct Exchanges {
    step_table: StepTable,
    inbox_states: InboxStates,
    faults: SynchronousFaults,
}

impl Exchanges {
    /// All faults of the exchange to come, none included.
    fn patterns(&self, from: &[u32]) -> Vec<Pattern> {
        let locals = || from.iter().map(|inbox_state| self.inbox_states.local(*inbox_state));
        let crashed = locals().filter(|local| self.step_table.crashed(*local)).count();
        let (most, moving) = match self.faults {
            SynchronousFaults::Crashes(most) => (most, false),
            SynchronousFaults::Moving => (1, true),
        };
        let mut patterns = vec![Pattern::default()];
        for (process, local) in locals().enumerate() {
            let sent = from.iter().flat_map(|inbox_state| self.inbox_states.mail(*inbox_state));
            let own = sent.filter(|message| self.step_table.mail(**message).from.index() == process);
            let to = own.fold(0u64, |mask, message| mask | 1 << self.step_table.recipient(*message));
            // The crash of a process that neither sends nor waits for anything makes no difference.
            if self.step_table.crashed(local) || to == 0 && !self.step_table.awaits_timer(local) {
                continue;
            }
            for place in 0..patterns.len() {
                let pattern = patterns[place];
                if crashed + pattern.faulty.count_ones() as usize == most {
                    continue;
                }
                // All subsets of `to`, from the empty one; who sends everything is faulty only if it crashes.
                let mut heard_by = 0u64;
                while !(moving && heard_by == to) {
                    let heard = pattern.heard | heard_by << (8 * process);
                    patterns.push(Pattern { faulty: pattern.faulty | 1 << process, heard });
                    heard_by = heard_by.wrapping_sub(to) & to;
                    if heard_by == 0 {
                        break;
                    }
                }
            }
        }
        patterns
    }

    /// The configuration after an exchange.
    fn play(&mut self, from: &[u32], pattern: Pattern) -> Vec<u32> {
        let n = self.step_table.n();
        let mut locals: Vec<u32> = from.iter().map(|inbox_state| self.inbox_states.local(*inbox_state)).collect();
        let crashes = self.faults != SynchronousFaults::Moving;
        for process in (0..n).filter(|process| crashes && pattern.fails(*process)) {
            let remains = self.step_table.crash(locals[process], NULL);
            locals[process] = self.step_table.branches(remains)[0].local;
        }
        let mut answers = vec![Vec::new(); n];
        for (process, inbox_state) in from.iter().enumerate() {
            for message in self.inbox_states.mail(*inbox_state).to_vec() {
                if pattern.hears(process, self.step_table.mail(message).from.index()) {
                    self.take(&mut locals, &mut answers, process, message);
                }
            }
        }
        if answers.iter().all(Vec::is_empty) {
            for process in 0..n {
                let timers: Vec<u32> = self.step_table.timers(locals[process]).map(|(cause, _)| cause).collect();
                // Firing one renames those after it, so that the last comes first.
                timers.iter().rev().for_each(|timer| self.take(&mut locals, &mut answers, process, *timer));
            }
        }
        self.wait(&locals, &answers)
    }

    /// The configuration in which these messages wait, except for who has crashed.
    fn wait(&mut self, locals: &[u32], sent: &[Vec<u32>]) -> Vec<u32> {
        let mut inbox_states: Vec<u32> =
            locals.iter().map(|local| self.inbox_states.name(&self.step_table, *local, &[])).collect();
        for message in sent.concat() {
            let to = self.step_table.recipient(message);
            if !self.step_table.crashed(locals[to]) {
                inbox_states[to] = self.inbox_states.add(&self.step_table, inbox_states[to], message);
            }
        }
        inbox_states
    }

    /// A step, unless the process has crashed.
    fn take(&mut self, locals: &mut [u32], answers: &mut [Vec<u32>], process: usize, cause: u32) {
        if !self.step_table.crashed(locals[process]) {
            let branches = self.step_table.step(locals[process], cause);
            let branch = &self.step_table.branches(branches)[0];
            answers[process].extend(self.step_table.sends(branch));
            locals[process] = branch.local;
        }
    }
}

impl Rules for Exchanges {
    type Label = Pattern;

    fn successors(&mut self, from: &[u32], found: &mut Successors<Pattern>) {
        if self.view(from).at_rest() {
            return;
        }
        for pattern in self.patterns(from) {
            let after = self.play(from, pattern);
            // Without a crash the edge belongs to all processes; else it is enough to name one that crashes.
            let actor = if pattern.faulty == 0 || self.faults == SynchronousFaults::Moving {
                EVERYBODY
            } else {
                pattern.faulty.trailing_zeros() as u8
            };
            found.push(actor, || pattern, &after);
        }
    }

    fn decided(&self, configuration: &[u32]) -> u8 {
        self.inbox_states.decided(configuration)
    }
}

impl Viewed for Exchanges {
    fn view<'a>(&'a self, configuration: &'a [u32]) -> ConfigurationView<'a> {
        ConfigurationView {
            step_table: &self.step_table,
            inbox_states: &self.inbox_states,
            words: configuration,
            register: None,
        }
    }
}

/// A synchronous exploration.
pub struct Synchronous {
    search: Search<Exchanges>,
}

impl Synchronous {
    /// An exploration of this stack from these inputs with these faults; it ends when `limit` configurations are found.
    pub fn new(program: &Program, inputs: &[Option<Value>], faults: SynchronousFaults, limit: usize) -> Self {
        let n = inputs.len();
        assert!(n <= PROCESSES_MAX, "a synchronous exploration has at most {PROCESSES_MAX} processes");
        let step_table = StepTable::new(program, n, Tracked { timers: true, user: true, storage: false });
        let mut rules = Exchanges { step_table, inbox_states: InboxStates::new(true), faults };
        let starts = ProcessId::all(n).zip(inputs).map(|(p, input)| rules.step_table.unstarted(p, input.clone()));
        let mut locals: Vec<u32> = starts.collect();
        let mut sent = vec![Vec::new(); n];
        (0..n).for_each(|process| rules.take(&mut locals, &mut sent, process, NULL));
        let root = rules.wait(&locals, &sent);
        Synchronous { search: Search::new(rules, &[root], limit) }
    }

    /// Expands at most `budget` configurations.
    pub fn step(&mut self, budget: usize) -> SearchProgress {
        self.search.step(budget)
    }

    /// Works until all is found or the limit is hit.
    pub fn run(&mut self) -> SearchProgress {
        self.search.run()
    }

    /// The search as far as it has come: configurations and edges.
    pub fn search(&self) -> &Search<Exchanges> {
        &self.search
    }

    /// For each configuration whether a run can stay there without another crash, at rest or in a circle: what has to
    /// happen in the end must have happened there.
    pub fn ends(&self) -> Vec<bool> {
        let edges = self.search.edges();
        let goes_on = |node: u32| edges.from(node).any(|(actor, _)| actor == EVERYBODY);
        let mut ends: Vec<bool> = (0..self.search.len() as u32).map(|node| !goes_on(node)).collect();
        // No circle holds a crash, since nobody comes back.
        for component in valency::components(edges, ends.len(), |_| true) {
            component.into_iter().for_each(|node| ends[node as usize] = true);
        }
        ends
    }

    /// In how many ways faults can happen in a run of a protocol that counts its exchanges and ends: how many ways
    /// lead from the beginning to an end.
    pub fn runs(&self) -> u64 {
        let edges = self.search.edges();
        let mut ways = vec![0; self.search.len()];
        // An exchange comes after those before it, and so does its number.
        for node in (0..ways.len()).rev() {
            let after = edges.from(node as u32).map(|(_, target)| ways[target as usize]);
            ways[node] = after.reduce(|sum, more| sum + more).unwrap_or(1);
        }
        ways[0]
    }

    /// The faults on a shortest way to a configuration.
    pub fn omissions(&mut self, node: u32) -> Vec<Omission> {
        let path = self.search.path(node);
        let mut omissions = Vec::new();
        for (exchange, pattern) in (1..).zip(self.search.labels(&path)) {
            let n = self.search.rules.step_table.n();
            for process in ProcessId::all(n).filter(|process| pattern.fails(process.index())) {
                let heard_by = ProcessId::all(n).filter(|other| pattern.hears(other.index(), process.index()));
                omissions.push(Omission { process, exchange, heard_by: heard_by.collect() });
            }
        }
        omissions
    }
}
