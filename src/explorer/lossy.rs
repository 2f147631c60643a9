//! The lossy explorer: the strict one with faults within a budget.
//!
//! Messages may be lost and duplicated, timers fire, processes crash, also in the middle of a step: so many times each.
//! What a process has told its user is part of a configuration, so that a check can look at it in every one.
//! A process that has crashed keeps that and its decision; its mail is gone.

use super::Progress;
use super::machine::{Event, Machine, Mail, NULL, Step, Watch};
use super::search::{Found, Rules, Search};
use super::strict::successor;
use crate::process::{Indication, ProcessId, Stack, Timer, Value};

/// How often each thing may happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Budget {
    /// Messages lost.
    pub losses: u8,
    /// Messages duplicated.
    pub duplicates: u8,
    /// Timers fired.
    pub firings: u8,
    /// Processes crashed.
    pub crashes: u8,
}

impl Budget {
    fn pack(self) -> u32 {
        u32::from_le_bytes([self.losses, self.duplicates, self.firings, self.crashes])
    }

    fn unpack(word: u32) -> Self {
        let [losses, duplicates, firings, crashes] = word.to_le_bytes();
        Budget { losses, duplicates, firings, crashes }
    }
}

/// What leads from a configuration to the next, with messages by their numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// A step: a start, a delivery, or a timer.
    Step(Step),
    /// A message is lost.
    Lose(u32),
    /// A message is duplicated.
    Duplicate(u32),
    /// A process crashes in this step after so many of its effects; after none, the step did not happen at all.
    Crash(Step, usize),
}

/// The same, for people.
#[derive(Clone, PartialEq, Debug)]
pub enum Happening {
    /// A start or a delivery.
    Step(Event),
    /// A timer fires.
    Timeout(ProcessId, Timer),
    /// A message is lost.
    Lose(Mail),
    /// A message is duplicated.
    Duplicate(Mail),
    /// A process crashes in this step after so many of its effects; after none, between two steps.
    Crash(Event, usize),
}

/// The rules: local states, then the budget that is left, then the numbers of the messages in order.
pub struct Faults {
    machine: Machine,
}

impl Faults {
    /// The causes for which the process can take a step now, with the place of the message.
    fn causes(&self, from: &[u32], process: usize, budget: Budget) -> Vec<(u32, Option<usize>)> {
        let n = self.machine.n();
        let local = from[process];
        let mut causes = Vec::new();
        for place in n + 1..from.len() {
            let first_of_its_kind = place == n + 1 || from[place - 1] != from[place];
            if first_of_its_kind && self.machine.recipient(from[place]) == process {
                causes.push((from[place], Some(place)));
            }
        }
        if !self.machine.started(local) {
            causes.push((NULL, None));
        } else if budget.firings > 0 {
            causes.extend(self.machine.timers(local).map(|(cause, _)| (cause, None)));
        }
        causes
    }

    /// Adds what is left when one process steps or crashes for `cause`.
    fn push(
        &self,
        from: &[u32],
        (process, local): (usize, u32),
        place: Option<usize>,
        (budget, sends): (Budget, &[u32]),
        deed: Deed,
        found: &mut Found<Deed>,
    ) {
        let n = self.machine.n();
        let gone = |to: usize| if to == process { self.machine.crashed(local) } else { self.machine.crashed(from[to]) };
        let sends: Vec<u32> = sends.iter().copied().filter(|sent| !gone(self.machine.recipient(*sent))).collect();
        found.push(process as u8, deed, |words| {
            let start = words.len();
            successor(n + 1, from, (process, local), place, &sends, words);
            words[start + n] = budget.pack();
            if self.machine.crashed(local) {
                let mail = words.split_off(start + n + 1);
                words.extend(mail.into_iter().filter(|message| self.machine.recipient(*message) != process));
            }
        });
    }
}

impl Rules for Faults {
    type Label = Deed;

    fn successors(&mut self, from: &[u32], found: &mut Found<Deed>) {
        let n = self.machine.n();
        let budget = Budget::unpack(from[n]);
        for process in (0..n).filter(|process| !self.machine.crashed(from[*process])).collect::<Vec<usize>>() {
            let mut crashed_before = false;
            for (cause, place) in self.causes(from, process, budget) {
                let fires = u8::from(place.is_none() && cause != NULL);
                let after = Budget { firings: budget.firings - fires, ..budget };
                let name = u16::try_from(process).expect("few processes");
                let branches = self.machine.step(from[process], cause);
                for branch in self.machine.branches(branches) {
                    let deed = Deed::Step(Step { process: name, cause, coins: branch.coins });
                    self.push(
                        from,
                        (process, branch.local),
                        place,
                        (after, self.machine.sends_sorted(branch)),
                        deed,
                        found,
                    );
                }
                if budget.crashes == 0 {
                    continue;
                }
                let remains = self.machine.crash(from[process], cause);
                for (effects, branch) in self.machine.branches(remains).iter().enumerate() {
                    let step = Step { process: name, cause, coins: branch.coins };
                    // The first is the crash between two steps, which is the same for all causes.
                    let (place, after) = if effects == 0 { (None, budget) } else { (place, after) };
                    if effects == 0 && std::mem::replace(&mut crashed_before, true) {
                        continue;
                    }
                    let after = Budget { crashes: after.crashes - 1, ..after };
                    let sends = self.machine.sends_sorted(branch);
                    self.push(from, (process, branch.local), place, (after, sends), Deed::Crash(step, effects), found);
                }
            }
            if budget.crashes > 0 && !crashed_before {
                // Nothing waits for it: it can crash all the same.
                let remains = self.machine.crash(from[process], NULL);
                let branch = self.machine.branches(remains)[0].clone();
                let name = u16::try_from(process).expect("few processes");
                let step = Step { process: name, cause: NULL, coins: branch.coins };
                let after = Budget { crashes: budget.crashes - 1, ..budget };
                self.push(from, (process, branch.local), None, (after, &[]), Deed::Crash(step, 0), found);
            }
        }
        for place in n + 1..from.len() {
            let message = from[place];
            if place > n + 1 && from[place - 1] == message {
                continue;
            }
            let process = self.machine.recipient(message);
            let local = from[process];
            if budget.losses > 0 {
                let after = Budget { losses: budget.losses - 1, ..budget };
                self.push(from, (process, local), Some(place), (after, &[]), Deed::Lose(message), found);
            }
            if budget.duplicates > 0 {
                let after = Budget { duplicates: budget.duplicates - 1, ..budget };
                self.push(from, (process, local), None, (after, &[message]), Deed::Duplicate(message), found);
            }
        }
    }

    fn decided(&self, configuration: &[u32]) -> u8 {
        configuration[..self.machine.n()].iter().fold(0, |mask, local| mask | self.machine.decision(*local))
    }
}

/// A configuration, for a check.
#[derive(Clone, Copy)]
pub struct View<'a> {
    machine: &'a Machine,
    words: &'a [u32],
}

impl<'a> View<'a> {
    /// How many processes there are.
    pub fn n(&self) -> usize {
        self.machine.n()
    }

    /// What a process has told its user so far, in order.
    pub fn told(&self, process: usize) -> &'a [Indication] {
        self.machine.told(self.words[process])
    }

    /// What a process has decided.
    pub fn decided(&self, process: usize) -> Option<&'a Value> {
        self.machine.decided(self.words[process])
    }

    /// Whether a process has crashed.
    pub fn crashed(&self, process: usize) -> bool {
        self.machine.crashed(self.words[process])
    }

    /// The messages on their way.
    pub fn in_flight(&self) -> impl Iterator<Item = &'a Mail> + use<'a> {
        let machine = self.machine;
        self.words[machine.n() + 1..].iter().map(|message| machine.mail(*message))
    }

    /// What is left of the budget.
    pub fn budget(&self) -> Budget {
        Budget::unpack(self.words[self.machine.n()])
    }

    /// Whether nothing can happen any more of itself: all have started, no message is on its way, no timer runs.
    pub fn at_rest(&self) -> bool {
        let n = self.machine.n();
        let rests = |local: &u32| {
            let awake = self.machine.started(*local) && self.machine.timers(*local).next().is_none();
            awake || self.machine.crashed(*local)
        };
        self.words.len() == n + 1 && self.words[..n].iter().all(rests)
    }
}

/// A lossy exploration.
pub struct Lossy {
    search: Search<Faults>,
    checked: u32,
    violation: Option<(u32, String)>,
}

impl Lossy {
    /// An exploration of this stack from these inputs; it ends when `limit` configurations are found.
    pub fn new(stack: &Stack, inputs: &[Option<Value>], budget: Budget, limit: usize) -> Self {
        let n = inputs.len();
        let mut machine = Machine::new(stack, n, Watch { timers: true, indications: true });
        let locals = ProcessId::all(n).zip(inputs).map(|(p, input)| machine.unstarted(p, input.clone()));
        let root: Vec<u32> = locals.collect::<Vec<u32>>().into_iter().chain([budget.pack()]).collect();
        Lossy { search: Search::new(Faults { machine }, &[root], limit), checked: 0, violation: None }
    }

    /// Expands at most `expansions` configurations and checks each that is found; `check` returns what is wrong.
    pub fn step(&mut self, expansions: usize, check: &mut dyn FnMut(View<'_>) -> Option<String>) -> Progress {
        let progress = self.search.step(expansions);
        while (self.checked as usize) < self.search.len() && self.violation.is_none() {
            let wrong = check(self.view(self.checked));
            self.violation = wrong.map(|wrong| (self.checked, wrong));
            self.checked += 1;
        }
        progress
    }

    /// Works until all is found or the limit is hit, or a check has found something wrong.
    pub fn run(&mut self, check: &mut dyn FnMut(View<'_>) -> Option<String>) -> Progress {
        loop {
            let progress = self.step(4_096, check);
            if progress.done || self.violation.is_some() {
                return progress;
            }
        }
    }

    /// The search as far as it has come: configurations and edges.
    pub fn search(&self) -> &Search<Faults> {
        &self.search
    }

    /// A configuration.
    pub fn view(&self, node: u32) -> View<'_> {
        View { machine: &self.search.rules.machine, words: self.search.configuration(node) }
    }

    /// The nearest configuration in which the check found something wrong, and what.
    pub fn violation(&self) -> Option<(u32, &str)> {
        self.violation.as_ref().map(|(node, wrong)| (*node, wrong.as_str()))
    }

    /// What happens on a shortest way to a configuration.
    pub fn schedule(&mut self, node: u32) -> Vec<Happening> {
        let path = self.search.path(node);
        let deeds = self.search.labels(&path);
        let machine = &self.search.rules.machine;
        let happening = |(place, deed): (usize, Deed)| match deed {
            Deed::Step(step) => {
                let local = self.search.configuration(path[place])[usize::from(step.process)];
                match machine.timers(local).find(|(cause, _)| *cause == step.cause) {
                    Some((_, timer)) => Happening::Timeout(ProcessId(step.process), timer),
                    None => Happening::Step(machine.event(step)),
                }
            }
            Deed::Lose(message) => Happening::Lose(machine.mail(message).clone()),
            Deed::Duplicate(message) => Happening::Duplicate(machine.mail(message).clone()),
            Deed::Crash(step, effects) => Happening::Crash(machine.event(step), effects),
        };
        deeds.into_iter().enumerate().map(happening).collect()
    }
}
