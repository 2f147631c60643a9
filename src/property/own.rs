//! Properties of one's own: a protocol brings them along where this crate does not have them.

use super::monitor::ProcessFacts;
use crate::process::{ProcessId, Value};
use std::cmp::Ordering;
use std::fmt::{self, Debug};

/// A property of one's own: a predicate over the states of all processes at one moment. It is a constant of the program
/// that uses it, and stands in an entry beside the others as [`Property::Own`](super::Property::Own). Runs, sweeps and
/// explorations judge it as they judge those.
///
/// ```
/// use bivalent::property::OwnProperty;
///
/// /// A process has the lock where its state is `true`.
/// static ONE_HOLDER: OwnProperty = OwnProperty::invariant("one-holder", "At most one process has the lock.", |system| {
///     let holders: Vec<_> = system.states::<bool>().filter(|(_, holds)| **holds).collect();
///     (holders.len() > 1).then(|| format!("{} and {} have the lock", holders[0].0, holders[1].0))
/// });
/// ```
pub struct OwnProperty {
    name: &'static str,
    text: &'static str,
    is_safety: bool,
    wrong: Wrong,
}

/// The violation in a global state, in words; `None` where there is none.
type Wrong = fn(&GlobalState<'_>) -> Option<String>;

impl OwnProperty {
    /// A property that must hold after every event. `name` is in kebab-case, `text` one plain sentence, and `wrong` says
    /// what is wrong, if something is.
    pub const fn invariant(name: &'static str, text: &'static str, wrong: Wrong) -> Self {
        OwnProperty { name, text, is_safety: true, wrong }
    }

    /// A property that must hold when nothing more can happen; until then `wrong` says what is still missing.
    pub const fn eventually(name: &'static str, text: &'static str, wrong: Wrong) -> Self {
        OwnProperty { name, text, is_safety: false, wrong }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its sentence.
    pub fn text(&self) -> &'static str {
        self.text
    }

    /// True if a finite run can violate it.
    pub fn is_safety(&self) -> bool {
        self.is_safety
    }

    /// The violation in this global state, in words; `None` where there is none.
    pub fn wrong(&self, system: &GlobalState<'_>) -> Option<String> {
        (self.wrong)(system)
    }
}

// The name is the property: an entry has no two of one name.
impl PartialEq for OwnProperty {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for OwnProperty {}

impl PartialOrd for OwnProperty {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OwnProperty {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(other.name)
    }
}

impl Debug for OwnProperty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The states of all processes at one moment of a run, or in one configuration of an exploration.
#[derive(Clone, Copy)]
pub struct GlobalState<'a> {
    facts: &'a ProcessFacts<'a>,
    decisions: &'a [Vec<Value>],
}

impl<'a> GlobalState<'a> {
    pub(super) fn new(facts: &'a ProcessFacts<'a>, decisions: &'a [Vec<Value>]) -> Self {
        GlobalState { facts, decisions }
    }

    /// All processes, in order.
    pub fn processes(&self) -> impl DoubleEndedIterator<Item = ProcessId> + Clone + use<> {
        ProcessId::all(self.decisions.len())
    }

    /// The state of `process` in the protocol on top, whose type of state is `S`. `None` where the process is down, where
    /// it is a liar, and where the state is of another type.
    pub fn state<S: 'static>(&self, process: ProcessId) -> Option<&'a S> {
        let state = self.facts.states.state(process).filter(|_| (self.facts.correct)(process))?;
        (**state).as_any().downcast_ref()
    }

    /// The processes that have a [state](GlobalState::state), in order.
    pub fn states<S: 'static>(&self) -> impl Iterator<Item = (ProcessId, &'a S)> {
        self.processes().filter_map(|process| Some((process, self.state(process)?)))
    }

    /// True if `process` is up and no liar.
    pub fn is_correct(&self, process: ProcessId) -> bool {
        (self.facts.correct)(process)
    }

    /// The first decision of `process`, if it has decided.
    pub fn decided(&self, process: ProcessId) -> Option<&'a Value> {
        self.decisions[process.index()].first()
    }
}
