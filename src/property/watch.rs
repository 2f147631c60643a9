//! What a monitor of a family of properties is, and what it hears.

use super::{Detection, Property};
use crate::operation::RegisterWatch;
use crate::process::{Invocation, Outcome, ProcessId, Value};
use std::rc::Rc;

/// A family of properties, which share what has to be remembered of a run.
pub struct Family {
    /// Its name, different from those of the others.
    pub name: &'static str,
    /// Its monitor, at the beginning of a run.
    pub monitor: fn(&Promised) -> Box<dyn Monitor>,
}

/// The promises of a protocol, and what its processes want: all that is known before a run begins.
#[derive(Clone, Debug)]
pub struct Promised {
    /// The properties that the protocol promises.
    pub properties: Rc<[Property]>,
    /// Those of them that it keeps with a probability only: a run that misses one breaks nothing.
    pub chance: Rc<[Property]>,
    /// The inputs of each process: proposals, or the words that it sends, in order.
    pub inputs: Rc<[Vec<Value>]>,
    /// For each of these words the word that it answers, if it is an answer.
    pub causes: Rc<[Vec<Option<Value>>]>,
}

impl Promised {
    /// No promise to `n` processes, which have no inputs.
    pub fn nothing(n: usize) -> Self {
        Promised {
            properties: Rc::default(),
            chance: Rc::default(),
            inputs: vec![Vec::new(); n].into(),
            causes: vec![Vec::new(); n].into(),
        }
    }

    /// The number of processes.
    pub fn processes(&self) -> usize {
        self.inputs.len()
    }
}

/// Something that a monitor hears of a process.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// Its user asks for this.
    Asked(&'a Invocation),
    /// It tells its user something; an honest process, that is.
    Told(&'a Outcome),
    /// It crashes.
    Crashed,
}

/// The facts about the processes that a judgement needs besides what they told.
pub struct ProcessFacts<'a> {
    /// True if a process is correct so far.
    pub correct: &'a dyn Fn(ProcessId) -> bool,
    /// True if a process has not crashed, or has come back.
    pub up: &'a dyn Fn(ProcessId) -> bool,
    /// True if a process does what its program says, as long as it is up.
    pub honest: &'a dyn Fn(ProcessId) -> bool,
    /// The reading of the clock of a process, in microseconds.
    pub clock: &'a dyn Fn(ProcessId) -> u64,
    /// The money on all books, where there are books.
    pub books: Option<i64>,
}

/// What the monitors of all families may look at.
pub struct JudgedMoment<'a> {
    /// The facts about the processes.
    pub facts: &'a ProcessFacts<'a>,
    /// The suspicions of detectors so far.
    pub detection: &'a Detection,
}

/// The violations that monitors have found: the first of each property that is promised.
#[derive(Clone, Default)]
pub struct Violations {
    promised: Rc<[Property]>,
    found: Vec<(Property, u64, String)>,
    event: u64,
}

impl Violations {
    pub(super) fn of(promised: Rc<[Property]>) -> Self {
        Violations { promised, found: Vec::new(), event: 0 }
    }

    /// What is found from now on is found at this event.
    pub(super) fn at(&mut self, event: u64) -> &mut Self {
        self.event = event;
        self
    }

    /// Enters a violation, if the property is promised and not violated yet. `why` says what is wrong.
    pub fn enter(&mut self, property: Property, why: impl FnOnce() -> String) {
        if self.promised.contains(&property) && self.get(property).is_none() {
            self.found.push((property, self.event, why()));
        }
    }

    /// The violation of a property, if there is one: its event, and what is wrong.
    pub fn get(&self, property: Property) -> Option<(u64, &str)> {
        let found = self.found.iter().find(|(known, ..)| *known == property);
        found.map(|(_, event, why)| (*event, why.as_str()))
    }

    /// All of them, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = (Property, u64, &str)> {
        self.found.iter().map(|(property, event, why)| (*property, *event, why.as_str()))
    }
}

/// The part of a configuration that depends on the order of events at different processes.
pub struct OrderedPast<'a> {
    /// What the operations so far allow.
    pub register: &'a RegisterWatch,
    /// The processes whose users wait for an answer.
    pub waiting: &'a [ProcessId],
}

/// A monitor watches a run from outside and judges the properties of one family. Nothing in a run depends on it.
pub trait Monitor {
    /// Another monitor that knows the same.
    fn copy(&self) -> Box<dyn Monitor>;

    /// Takes note of the money on all books before anything has happened, where there are books.
    fn begin(&mut self, _books: Option<i64>) {}

    /// Takes note of what a process does, and enters the violations that this shows.
    fn hear(&mut self, me: ProcessId, heard: Notice<'_>, moment: &JudgedMoment<'_>, violations: &mut Violations);

    /// Takes over what an explorer knows of the order of events: it does not tell them one by one.
    fn take_over(&mut self, _past: &OrderedPast<'_>, _violations: &mut Violations) {}

    /// The event that is still missing for `property`, one of the family that speaks about the end, in words.
    fn missing(&self, _property: Property, _moment: &JudgedMoment<'_>) -> Option<String> {
        None
    }

    /// The reason why nobody knows whether `property` is violated, if that is so.
    fn unknown(&self, _property: Property) -> Option<String> {
        None
    }

    /// The bytes that a copy of it takes, about.
    fn bytes(&self) -> usize;
}
