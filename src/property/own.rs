//! Properties of one's own: conditions on states, as texts of the language or as closures.
//!
//! An *invariant* is judged after every event of a run and in every configuration that an explorer reaches; where it is
//! false, it is violated. What shall hold *in the end* is judged likewise, and violated where it is false and nothing
//! more can happen. All that a condition sees is a [`StateView`], so the same property is judged on the board, in sweeps
//! and by the explorers.

use crate::language::{Condition, Environment, Kinds, Signature, Term, TextErrors, TooLarge, Truth, Vocabulary};
use crate::process::{LayerState, Payload, ProcessId, Value};
use serde::{Serialize, Serializer};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::rc::Rc;
use std::sync::Arc;

/// A run at a moment, or a configuration of an explorer, as a property sees it.
pub trait StateView {
    /// The number of processes.
    fn processes(&self) -> usize;
    /// True if a process counts as correct so far: up, and no liar.
    fn is_correct(&self, process: ProcessId) -> bool;
    /// True if a process is up.
    fn is_up(&self, process: ProcessId) -> bool;
    /// The first decision of a process; none of a liar.
    fn decided(&self, process: ProcessId) -> Option<Value>;
    /// The state of a process in the protocol on top; `None` where there is none at all.
    fn top(&self, process: ProcessId) -> Option<&LayerState>;
    /// The state of each layer as the inspector shows it, bottom first; none before the first step of the process, and
    /// none of a liar. Of a process that has crashed it is what it left in a run, and none in a configuration.
    fn layers(&self, process: ProcessId) -> Rc<[serde_json::Value]>;
    /// The messages that a process has delivered to its user, in order, each with its sender.
    fn delivered(&self, process: ProcessId) -> Vec<(ProcessId, Payload)>;
    /// The messages on the way from one process to another: in a run in the order of sending, in a configuration in an
    /// order that is always the same.
    fn sent(&self, from: ProcessId, to: ProcessId) -> Vec<Payload>;
    /// The number of events so far; none in a configuration, to which many schedules lead.
    fn event(&self) -> Option<u64>;
    /// The time, in microseconds; none in a configuration.
    fn now_us(&self) -> Option<u64>;
    /// True if the property of this name, one of the literature that the protocol promises, is neither violated nor
    /// still to come.
    fn holds(&self, property: &str) -> bool;
}

impl dyn StateView + '_ {
    /// The state of `process` in the protocol on top, whose type of state is `S`. `None` where the process is down, where
    /// it is a liar, and where the state is of another type.
    pub fn state<S: 'static>(&self, process: ProcessId) -> Option<&S> {
        let state = self.top(process).filter(|_| self.is_correct(process))?;
        (**state).as_any().downcast_ref()
    }

    /// The processes that have a state of this type, in order, each with it.
    pub fn states<S: 'static>(&self) -> impl Iterator<Item = (ProcessId, &S)> {
        ProcessId::all(self.processes()).filter_map(|process| Some((process, self.state(process)?)))
    }
}

/// The verdict on a property at a moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StateVerdict {
    /// It is true.
    Holds,
    /// It is false; with the reason in words.
    Fails(String),
    /// It needs a value where there is none yet; with the place in words.
    Unknown(String),
    /// It cannot be judged: a limit was hit, or a value is of a wrong kind; with the reason in words.
    Failed(String),
}

/// The rule by which a property is judged at a moment.
type StateRule = Arc<dyn Fn(&dyn StateView) -> StateVerdict + Send + Sync>;

/// A property of one's own: a condition on the states of all processes at a moment. An entry of a catalogue brings it
/// along, or a scenario, or a command line, and it is judged beside the properties of the literature.
///
/// ```
/// use bivalent::property::OwnProperty;
///
/// // A process has the lock where its state is `true`.
/// let one_holder = OwnProperty::invariant("one-holder", "At most one process has the lock.", |system| {
///     let holders: Vec<_> = system.states::<bool>().filter(|(_, holds)| **holds).collect();
///     (holders.len() > 1).then(|| format!("{} and {} have the lock", holders[0].0, holders[1].0))
/// });
/// assert_eq!(one_holder.name(), "one-holder");
/// ```
#[derive(Clone)]
pub struct OwnProperty {
    name: Arc<str>,
    text: Arc<str>,
    in_the_end: bool,
    rule: StateRule,
}

/// The rule of a property that fails where `wrong` says what is wrong.
fn rule(wrong: impl Fn(&dyn StateView) -> Option<String> + Send + Sync + 'static) -> StateRule {
    Arc::new(move |state| wrong(state).map_or(StateVerdict::Holds, StateVerdict::Fails))
}

/// The names that such a text may use, besides the variables of processes.
const NAMES: &[(&str, Kinds)] = &[
    ("correct", Kinds::SET),
    ("crashed", Kinds::SET),
    // In a configuration of an explorer they are ⊥.
    ("event", Kinds::INTEGER),
    ("now", Kinds::INTEGER),
];

/// The functions that such a text may use.
const FUNCTIONS: &[Signature] = &[
    Signature { name: "delivered", form: "delivered(p)", arguments: &[Kinds::PROCESS], result: Kinds::TUPLE },
    Signature { name: "sent", form: "sent(p, q)", arguments: &[Kinds::PROCESS, Kinds::PROCESS], result: Kinds::TUPLE },
    Signature { name: "holds", form: "holds(\"agreement\")", arguments: &[Kinds::TEXT], result: Kinds::TRUTH },
];

/// The variable that is the decision of a process.
const DECIDED: &str = "decided";

/// The names for texts on processes whose layers begin in these states, with these properties of their protocol.
pub fn vocabulary<'a>(
    processes: usize,
    initial: &[LayerState],
    properties: impl IntoIterator<Item = &'a str>,
) -> Vocabulary {
    let mut variables = vec![DECIDED.to_owned()];
    for layer in initial.iter().rev() {
        let shown = layer.inspect();
        let names = shown.as_object().into_iter().flatten().map(|(name, _)| name);
        variables.extend(names.filter(|name| *name != DECIDED).cloned());
    }
    let texts = properties.into_iter().map(str::to_owned).collect();
    Vocabulary { processes, names: NAMES, functions: FUNCTIONS, variables, texts }
}

impl OwnProperty {
    /// A property whose condition is a text of the language: it must hold always, or in the end. The error tells all that
    /// is wrong with the text.
    pub fn read(name: &str, text: &str, in_the_end: bool, vocabulary: &Vocabulary) -> Result<Self, TextErrors> {
        let condition = Condition::read(text, vocabulary)?;
        let judge = move |state: &dyn StateView| match condition.truth(&ConditionView::of(state)) {
            Truth::True => StateVerdict::Holds,
            Truth::False(None) => StateVerdict::Fails("it is FALSE here".to_owned()),
            Truth::False(Some(names)) => StateVerdict::Fails(format!("it is FALSE for {names}")),
            Truth::Unknown(error) => StateVerdict::Unknown(error.message),
            Truth::Failed(error) => StateVerdict::Failed(error.message),
        };
        Ok(OwnProperty { name: name.into(), text: text.into(), in_the_end, rule: Arc::new(judge) })
    }

    /// A property that must hold after every event. `name` is in kebab-case, `text` one plain sentence, and `wrong` says
    /// what is wrong, if something is.
    pub fn invariant(
        name: &str,
        text: &str,
        wrong: impl Fn(&dyn StateView) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        OwnProperty { name: name.into(), text: text.into(), in_the_end: false, rule: rule(wrong) }
    }

    /// A property that must hold where nothing more can happen; until then `wrong` says what is still missing.
    pub fn eventually(
        name: &str,
        text: &str,
        wrong: impl Fn(&dyn StateView) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        OwnProperty { name: name.into(), text: text.into(), in_the_end: true, rule: rule(wrong) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its sentence, or its text in the language.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True if it has to hold in the end only.
    pub fn is_in_the_end(&self) -> bool {
        self.in_the_end
    }

    /// The verdict on it in this state.
    pub fn judge(&self, state: &dyn StateView) -> StateVerdict {
        (self.rule)(state)
    }
}

impl Debug for OwnProperty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Its name, as that of the properties of the literature.
impl Serialize for OwnProperty {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

/// A state as the texts of the language see it.
struct ConditionView<'a> {
    state: &'a dyn StateView,
    /// The layers that were looked at.
    shown: RefCell<BTreeMap<ProcessId, Rc<[serde_json::Value]>>>,
}

impl<'a> ConditionView<'a> {
    fn of(state: &'a dyn StateView) -> Self {
        ConditionView { state, shown: RefCell::default() }
    }

    fn processes_with(&self, has: impl Fn(ProcessId) -> bool) -> Result<Term, TooLarge> {
        Term::set(ProcessId::all(self.state.processes()).filter(|process| has(*process)).map(Term::Process).collect())
    }
}

impl Environment for ConditionView<'_> {
    fn processes(&self) -> usize {
        self.state.processes()
    }

    fn name(&self, name: &str) -> Result<Term, TooLarge> {
        let number = |number: Option<u64>| number.map_or(Ok(Term::Bottom), |number| Term::integer(number.into()));
        match name {
            "correct" => self.processes_with(|process| self.state.is_correct(process)),
            "crashed" => self.processes_with(|process| !self.state.is_up(process)),
            "event" => number(self.state.event()),
            "now" => number(self.state.now_us().map(|now_us| now_us / 1_000)),
            _ => unreachable!("the text was checked with the names above"),
        }
    }

    fn variable(&self, name: &str, process: ProcessId) -> Result<Term, TooLarge> {
        if process.index() >= self.state.processes() {
            return Ok(Term::Bottom);
        }
        if name == DECIDED {
            let decided = self.state.decided(process).map(|value| serde_json::Value::String(value.to_string()));
            return decided.map_or(Ok(Term::Bottom), |value| Term::try_from(&value));
        }
        let mut shown = self.shown.borrow_mut();
        let layers = shown.entry(process).or_insert_with(|| self.state.layers(process));
        let found = layers.iter().rev().find_map(|layer| layer.get(name));
        found.map_or(Ok(Term::Bottom), Term::try_from)
    }

    fn call(&self, function: &str, arguments: &[Term]) -> Result<Term, TooLarge> {
        let message = |payload: &Payload| match payload.value() {
            Some(value) => Term::try_from(&serde_json::Value::String(value.to_string())),
            None => Term::try_from(&payload.inspect()),
        };
        let known = |process: &ProcessId| process.index() < self.state.processes();
        match (function, arguments) {
            ("delivered", [Term::Process(process)]) if known(process) => {
                let pair =
                    |(from, payload): (ProcessId, Payload)| Term::tuple(vec![Term::Process(from), message(&payload)?]);
                Term::tuple(self.state.delivered(*process).into_iter().map(pair).collect::<Result<_, _>>()?)
            }
            ("sent", [Term::Process(from), Term::Process(to)]) if known(from) && known(to) => {
                let messages = self.state.sent(*from, *to);
                Term::tuple(
                    messages.iter().map(|payload| Term::try_from(&payload.inspect())).collect::<Result<_, _>>()?,
                )
            }
            ("holds", [Term::Text(property)]) => Ok(Term::Truth(self.state.holds(property))),
            _ => Ok(Term::Bottom),
        }
    }
}
