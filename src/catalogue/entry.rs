//! The entry of a protocol: everything that others must know of it, and it stands nowhere else.

use super::{Assumption, LayeredState, Parameters, RoundSymmetry, Without};
use crate::process::{Interface, Invocation, Layer, Name, Value};
use crate::property::{Holdings, OwnProperty, Promised, Property};
use crate::quote::{quoted, shortened};
use crate::scenario::{ModuleLine, Scenario};
use serde::Serialize;
use std::fmt::{self, Display};
use std::rc::Rc;
use std::sync::Arc;

/// A service that a module offers to those above or needs of those below: the modules of the textbook.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Links between two processes; what they promise is said by assumptions.
    Links,
    /// A message reaches all that stay up, if its sender stays up.
    BestEffortBroadcast,
    /// And what one correct process delivers, all do.
    ReliableBroadcast,
    /// And what any process delivers, one that crashes included, all correct ones do.
    UniformReliableBroadcast,
    /// A reliable broadcast that keeps the order of each sender.
    FifoBroadcast,
    /// A reliable broadcast that delivers nothing before what it may depend on.
    CausalBroadcast,
    /// A reliable broadcast that delivers in the same order everywhere.
    TotalOrderBroadcast,
    /// A broadcast that reaches all with high probability.
    ProbabilisticBroadcast,
    /// No two correct processes deliver different things from one sender, liars included.
    ByzantineConsistentBroadcast,
    /// And what one correct process delivers, all do.
    ByzantineReliableBroadcast,
    /// A failure detector that suspects every process that crashes, and no other.
    PerfectDetector,
    /// A failure detector that makes mistakes until some time.
    EventuallyPerfectDetector,
    /// From some time on all trust the same process, which is up.
    LeaderDetector,
    /// All that decide and stay up decide the same, which somebody has proposed.
    Consensus,
    /// And those that crash afterwards too.
    UniformConsensus,
    /// A value that is read and written.
    Register,
}

impl Service {
    /// Its interface. A layer runs over any other of the same interface; whether that keeps its promises is
    /// another question.
    pub fn interface(self) -> Interface {
        match self {
            Service::Links => Interface::Links,
            Service::PerfectDetector | Service::EventuallyPerfectDetector => Interface::Detector,
            Service::LeaderDetector => Interface::Leader,
            Service::Consensus | Service::UniformConsensus => Interface::Consensus,
            Service::Register => Interface::Operations,
            _ => Interface::Broadcast,
        }
    }

    /// Its name in words, with an article.
    pub fn text(self) -> &'static str {
        match self {
            Service::Links => "links",
            Service::BestEffortBroadcast => "a best-effort broadcast",
            Service::ReliableBroadcast => "a reliable broadcast",
            Service::UniformReliableBroadcast => "a uniform reliable broadcast",
            Service::FifoBroadcast => "a broadcast that keeps the order of each sender",
            Service::CausalBroadcast => "a causal broadcast",
            Service::TotalOrderBroadcast => "a total-order broadcast",
            Service::ProbabilisticBroadcast => "a probabilistic broadcast",
            Service::ByzantineConsistentBroadcast => "a Byzantine consistent broadcast",
            Service::ByzantineReliableBroadcast => "a Byzantine reliable broadcast",
            Service::PerfectDetector => "a perfect failure detector",
            Service::EventuallyPerfectDetector => "an eventually perfect failure detector",
            Service::LeaderDetector => "a leader detector",
            Service::Consensus => "a consensus",
            Service::UniformConsensus => "a uniform consensus",
            Service::Register => "a register",
        }
    }
}

/// The problem that a protocol solves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// Getting messages from one process to another.
    Link,
    /// Getting messages to all.
    Broadcast,
    /// Telling which processes have crashed.
    Detection,
    /// Agreeing on a value.
    Consensus,
    /// All or nothing.
    Commit,
    /// Data that users read and write.
    Storage,
    /// Something that a user would run.
    Application,
}

/// The links without which a protocol cannot do its work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NeededNetwork {
    /// A link between every two processes.
    Complete,
    /// A link between p0 and every other process.
    Star,
    /// A way from every process to every other.
    Connected,
}

/// The values that a parameter may have.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Domain {
    /// A whole number from the first to the second.
    Integer(u64, u64),
    /// A whole number from the first to the second, or no bound at all.
    Bound(u64, u64),
    /// One of these words.
    Choice(Vec<Name>),
    /// `true` or `false`.
    Flag,
}

impl Domain {
    /// True if `text`, written as on the command line, is a value of it.
    pub fn allows(&self, text: &str) -> bool {
        match self {
            Domain::Bound(..) if text == super::UNBOUNDED => true,
            Domain::Integer(least, most) | Domain::Bound(least, most) => {
                text.parse().is_ok_and(|number: u64| (least..=most).contains(&&number))
            }
            Domain::Choice(words) => words.iter().any(|word| word == text),
            Domain::Flag => text == "true" || text == "false",
        }
    }
}

impl Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Domain::Integer(least, most) => write!(f, "a whole number from {least} to {most}"),
            Domain::Bound(least, most) => write!(f, "a whole number from {least} to {most}, or \"unbounded\""),
            Domain::Choice(words) => write!(f, "one of {}", words.join(", ")),
            Domain::Flag => f.write_str("true or false"),
        }
    }
}

/// A parameter of a protocol.
#[derive(Clone, Debug, Serialize)]
pub struct Parameter {
    /// Its name, in kebab-case, with its unit last.
    pub name: Name,
    /// The values that it may have.
    pub domain: Domain,
    /// Its value unless said otherwise, written as on the command line.
    pub default: Name,
    /// Its meaning, in one sentence.
    pub meaning: Name,
}

impl Parameter {
    /// A parameter with this name, domain, default and meaning.
    pub fn new(name: impl Into<Name>, domain: Domain, default: impl Into<Name>, meaning: impl Into<Name>) -> Self {
        Parameter { name: name.into(), domain, default: default.into(), meaning: meaning.into() }
    }
}

/// The inputs that a protocol takes, one a process.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inputs {
    /// None: a scenario has no `inputs`.
    None,
    /// A bit for each process.
    Bits,
    /// A bit for p0 and nothing for the others, with its meaning.
    FirstBit(Name),
    /// This word for some processes and nothing for the others, with its meaning.
    Word(Name, Name),
    /// Words separated by spaces for some processes, with their meaning.
    Words(Name),
    /// Words separated by spaces for some processes, with their meaning; `a/b` says b when a has been heard.
    Conversation(Name),
}

impl Inputs {
    /// Its meaning for people, where the inputs are no plain bits.
    pub fn meaning(&self) -> Option<&str> {
        match self {
            Inputs::None | Inputs::Bits => None,
            Inputs::FirstBit(meaning)
            | Inputs::Word(_, meaning)
            | Inputs::Words(meaning)
            | Inputs::Conversation(meaning) => Some(meaning),
        }
    }

    /// The words of an input, in order, each with the word that it answers, if it is an answer. Answers come after what is
    /// said at the start.
    fn words(&self, input: Option<&Value>) -> Vec<(Value, Option<Value>)> {
        let text = input.map(Value::to_string).unwrap_or_default();
        let answers = matches!(self, Inputs::Conversation(_));
        let word = |word: &str| match word.split_once('/').filter(|_| answers) {
            Some((cause, said)) => (Value::from(said), Some(Value::from(cause))),
            None => (Value::from(word), None),
        };
        let mut words: Vec<(Value, Option<Value>)> = text.split_whitespace().map(word).collect();
        words.sort_by_key(|(_, cause)| cause.is_some());
        words
    }

    /// Checks one input a process of the protocol `name`. The error says which process and what is allowed.
    pub fn check(&self, name: &str, inputs: &[Option<Value>]) -> Result<(), String> {
        for (index, input) in inputs.iter().enumerate() {
            let is_bit = input.as_ref().is_some_and(|value| value.bit().is_some());
            let said =
                || input.as_ref().map_or("nothing".to_owned(), |value| shortened(&value.to_string()).into_owned());
            match self {
                Inputs::None if input.is_some() => return Err(format!("inputs: {name} takes none")),
                Inputs::Bits if input.is_none() => return Err(format!("inputs[{index}]: {name} needs 0 or 1")),
                Inputs::Bits if !is_bit => return Err(format!("inputs[{index}]: {} is neither 0 nor 1", said())),
                Inputs::FirstBit(_) if index == 0 && !is_bit => {
                    return Err(format!("inputs[0]: {name} needs 0 or 1 for p0, and not {}", said()));
                }
                Inputs::FirstBit(_) if index > 0 && input.is_some() => {
                    return Err(format!("inputs[{index}]: {name} takes an input for p0 only"));
                }
                Inputs::Word(word, _) if input.as_ref().is_some_and(|value| value.to_string() != **word) => {
                    return Err(format!("inputs[{index}]: {} is not \"{word}\"", said()));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The number of times that each thing may happen in a lossy exploration; at most 63 times each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Budget {
    /// Messages lost.
    pub losses: u8,
    /// Messages duplicated.
    pub duplicates: u8,
    /// Timers fired.
    pub firings: u8,
    /// Processes crashed.
    pub crashes: u8,
    /// Processes that come back.
    pub recoveries: u8,
}

impl Budget {
    /// Nothing goes wrong and no timer fires.
    pub const NONE: Budget = Budget { losses: 0, duplicates: 0, firings: 0, crashes: 0, recoveries: 0 };
}

/// The kind of an exploration.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Explorer {
    /// Every order of steps and deliveries, without losses.
    Strict,
    /// As strict, and messages are lost and duplicated, timers fire, processes crash and come back, within a budget.
    Lossy(Budget),
    /// Exchange by exchange: which processes crash, and which still hear a process that crashes.
    Synchronous {
        /// The most processes that crash.
        faults: usize,
    },
    /// Nothing: the protocol looks at its clock, and time is no part of configurations.
    Timed,
}

/// A promise of chance: a run that misses it breaks nothing, and many runs together judge it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct ByChance {
    /// The property, one of the entry's own that speak about the end.
    pub property: Property,
    /// The largest share of runs in which it may be missed, in parts per million.
    pub missed_ppm_max: u32,
}

/// The exhaustive exploration of a protocol, at the smallest size at which there is something to see.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Exploration {
    /// The kind of the exploration.
    pub explorer: Explorer,
    /// The number of processes.
    pub processes: usize,
    /// The inputs of the first processes, with an empty text for none; the others have none. Where inputs are bits, all
    /// vectors are gone through.
    pub inputs: Vec<Name>,
    /// The parameters that are not as by default, with their values.
    pub parameters: Vec<(Name, Name)>,
    /// What users ask, in order: the number of a process, and its request with spaces between its words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<(u16, Name)>,
}

impl Exploration {
    /// From all vectors of input bits, or without inputs where the protocol takes none.
    pub fn new(explorer: Explorer, processes: usize) -> Self {
        Exploration { explorer, processes, inputs: Vec::new(), parameters: Vec::new(), requests: Vec::new() }
    }

    /// While users ask this, in this order at each process: its number, and the words of the request.
    pub fn asking(self, requests: &[(u16, &'static str)]) -> Self {
        let requests = requests.iter().map(|(process, request)| (*process, Name::Borrowed(*request))).collect();
        Exploration { requests, ..self }
    }

    /// From these inputs.
    pub fn from(self, inputs: &[&'static str]) -> Self {
        Exploration { inputs: inputs.iter().map(|input| (*input).into()).collect(), ..self }
    }

    /// With these parameters.
    pub fn with(self, parameters: &[(&'static str, &'static str)]) -> Self {
        let parameters = parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Exploration { parameters, ..self }
    }
}

/// The effect of a layer on the channel below it, as the layer above sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ChannelEffect {
    /// A lost message is sent again, so that nothing is lost and much comes twice.
    pub repeats: bool,
    /// A copy is dropped.
    pub drops_copies: bool,
    /// Messages that overtook others are put back in order.
    pub orders: bool,
    /// A message that its sender did not write is dropped.
    pub drops_forgeries: bool,
}

/// A timer that has to outlast some exchanges of messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Timeout {
    /// The parameter that says how long it is, in milliseconds.
    pub parameter: Name,
    /// The number of exchanges that it waits for, each of Δ and Φ.
    pub exchanges: u64,
}

/// The number of processes, of `n`, that may be faulty.
type Bears = Arc<dyn Fn(usize, &Parameters) -> usize + Send + Sync>;

/// The number of faulty processes that a protocol bears.
#[derive(Clone)]
pub struct Resilience {
    /// Processes that crash, where it assumes [`Assumption::FewCrashes`].
    pub crashes: Bears,
    /// Processes that may do anything, where it assumes [`Assumption::FewLiars`].
    pub liars: Bears,
    /// The role whose crashes count; all count if none is named.
    pub among: Option<Name>,
}

impl Default for Resilience {
    /// Any number of crashes, and fewer than a third of liars.
    fn default() -> Self {
        Resilience { crashes: Arc::new(|n, _| n), liars: Arc::new(|n, _| n.saturating_sub(1) / 3), among: None }
    }
}

/// The attempt of a protocol against the theorem of Fischer, Lynch and Paterson, where it is one of those that are
/// shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contender {
    /// Its idea, in one sentence.
    pub idea: Name,
    /// The inputs to begin with, a digit a process.
    pub inputs: Name,
    /// Parameters that are not as usual.
    pub parameters: Vec<(Name, Name)>,
}

/// A layer from its parameters.
type Build = Arc<dyn Fn(&Parameters) -> Rc<dyn Layer> + Send + Sync>;

/// What an argument of a request may be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Argument {
    /// What it is called.
    pub name: Name,
    /// What it may be; `None` is any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<Domain>,
}

impl Argument {
    /// The longest text, in bytes.
    pub const BYTES_MAX: usize = 100;

    /// Any text of at most [`Argument::BYTES_MAX`] bytes.
    pub fn text(name: impl Into<Name>) -> Self {
        Argument { name: name.into(), domain: None }
    }

    /// Checks a value. The error names the argument and says what is allowed.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let text = value.to_string();
        match &self.domain {
            Some(domain) if !domain.allows(&text) => {
                Err(format!("{}: {} is not {domain}", self.name, shortened(&text)))
            }
            None if text.is_empty() || text.len() > Argument::BYTES_MAX => {
                Err(format!("{}: a text of 1 to {} bytes", self.name, Argument::BYTES_MAX))
            }
            _ => Ok(()),
        }
    }
}

/// A request that users may make.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RequestForm {
    /// Its name: `write`.
    pub name: Name,
    /// What it needs to know, in order.
    pub arguments: Vec<Argument>,
    /// What it does, in one sentence.
    pub meaning: Name,
}

impl RequestForm {
    /// A request with this name, arguments and meaning.
    pub fn new(name: impl Into<Name>, arguments: Vec<Argument>, meaning: impl Into<Name>) -> Self {
        RequestForm { name: name.into(), arguments, meaning: meaning.into() }
    }
}

/// The processes that have a role unless a scenario says otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// So many, in order, after those of the roles before it.
    Next(usize),
    /// All that are left.
    Rest,
}

/// A role of a protocol: what a process with it runs, and what users may ask it for.
#[derive(Clone, Serialize)]
pub struct Role {
    /// Its name; empty where the protocol has one role only.
    pub name: Name,
    /// The processes that have it unless a scenario says otherwise.
    pub share: Share,
    /// The requests that it takes.
    pub requests: Vec<RequestForm>,
    /// Makes the layer.
    #[serde(skip)]
    pub build: Build,
}

impl Role {
    /// A role of this name whose layers `build` makes, and that takes no requests.
    pub fn new<L: Layer + 'static>(
        name: impl Into<Name>,
        share: Share,
        build: impl Fn(&Parameters) -> L + Send + Sync + 'static,
    ) -> Self {
        let build: Build = Arc::new(move |parameters| Rc::new(build(parameters)));
        Role { name: name.into(), share, requests: Vec::new(), build }
    }

    /// The same, taking these requests.
    pub fn taking(self, requests: Vec<RequestForm>) -> Self {
        Role { requests, ..self }
    }

    /// Checks a request. The error says what is allowed.
    pub fn check(&self, request: &Invocation) -> Result<(), String> {
        let Some(form) = self.requests.iter().find(|form| form.name == *request.name) else {
            let known: Vec<&str> = self.requests.iter().map(|form| &*form.name).collect();
            return Err(match &known[..] {
                [] => "it takes no requests".to_owned(),
                known => format!("{} is none of {}", quoted(&request.name), known.join(", ")),
            });
        };
        if form.arguments.len() != request.arguments.len() {
            let names: Vec<&str> = form.arguments.iter().map(|argument| &*argument.name).collect();
            let wanted = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            return Err(format!("{} needs {wanted}, and not {} values", form.name, request.arguments.len()));
        }
        form.arguments.iter().zip(&*request.arguments).try_for_each(|(argument, value)| argument.check(value))
    }
}

/// A layered protocol from its parameters.
type BuildLayered = Arc<dyn Fn(&Parameters) -> Box<dyn LayeredState> + Send + Sync>;

/// The entry of a protocol in the catalogue.
#[derive(Clone, Serialize)]
pub struct Entry {
    /// The name in files and on the command line, in kebab-case.
    pub name: Name,
    /// The name for people.
    pub title: Name,
    /// Its summary, in one sentence.
    pub summary: Name,
    /// Its cost in messages and steps without faults, in one sentence: that of its documentation.
    pub cost: Name,
    /// Its source: authors, work, page or algorithm number.
    pub source: Name,
    /// The problem that it solves.
    pub problem: Problem,
    /// The services that it needs of the layers below; a network offers [`Service::Links`] only.
    pub needs: Vec<Service>,
    /// The services that it offers to a layer above.
    pub provides: Vec<Service>,
    /// Those of them that have an instance for each number.
    pub indexed: Vec<Service>,
    /// Those of its properties that it keeps with a probability only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chance: Vec<ByChance>,
    /// The modules that stand under it unless a scenario says otherwise, each after those that it asks.
    pub under: Vec<ModuleLine>,
    /// The links that it needs.
    pub network: NeededNetwork,
    /// The conditions for it to keep its promises.
    pub assumptions: Vec<Assumption>,
    /// The properties of the literature that it promises.
    pub properties: Vec<Property>,
    /// The properties of its own that it promises besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<OwnProperty>,
    /// The money that its processes hold, where they are banks.
    #[serde(skip)]
    pub holdings: Option<Holdings>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The inputs that it takes when it stands on top.
    pub inputs: Inputs,
    /// The least and the most processes.
    pub processes: (usize, usize),
    /// Its exploration.
    pub exploration: Exploration,
    /// Variants with a planted bug that the properties catch, chosen by the parameter `mutant`.
    pub mutants: Vec<Name>,
    /// Its roles, at least one.
    pub roles: Vec<Role>,
    /// Its effect on the channel below.
    #[serde(skip)]
    pub channel: ChannelEffect,
    /// The timer that has to outlast exchanges of messages, where it assumes [`Assumption::Synchrony`].
    #[serde(skip)]
    pub timeout: Option<Timeout>,
    /// The number of faulty processes that it bears.
    #[serde(skip)]
    pub resilience: Resilience,
    /// The differences of its everyday world, in which all that it assumes holds, from what follows from its inputs
    /// and assumptions.
    #[serde(skip)]
    pub everyday: Arc<dyn Fn(&mut Scenario) + Send + Sync>,
    /// For each assumption a world without it.
    #[serde(skip)]
    pub without: Vec<Without>,
    /// Its rounds as layers, where its runs can be told so.
    #[serde(skip)]
    pub layered: Option<BuildLayered>,
    /// The counts that grow for ever, where configurations are the same but for them.
    #[serde(skip)]
    pub symmetry: Option<RoundSymmetry>,
    /// Its attempt against the theorem.
    #[serde(skip)]
    pub contender: Option<Contender>,
}

impl Entry {
    /// An entry of this name whose layers `build` makes, without anything else: it stands on reliable links of a
    /// complete network of 2 to 16 processes, takes no inputs, and promises nothing.
    pub fn new<L: Layer + 'static>(
        name: impl Into<Name>,
        build: impl Fn(&Parameters) -> L + Send + Sync + 'static,
    ) -> Self {
        let name = name.into();
        Entry {
            title: name.clone(),
            name,
            summary: Name::default(),
            cost: Name::default(),
            source: Name::default(),
            problem: Problem::Application,
            needs: vec![Service::Links],
            provides: Vec::new(),
            indexed: Vec::new(),
            chance: Vec::new(),
            under: Vec::new(),
            network: NeededNetwork::Complete,
            assumptions: Vec::new(),
            properties: Vec::new(),
            own: Vec::new(),
            holdings: None,
            parameters: Vec::new(),
            inputs: Inputs::None,
            processes: (2, 16),
            exploration: Exploration::new(Explorer::Strict, 3),
            mutants: Vec::new(),
            roles: vec![Role::new("", Share::Rest, build)],
            channel: ChannelEffect::default(),
            timeout: None,
            resilience: Resilience::default(),
            everyday: Arc::new(|_| ()),
            without: Vec::new(),
            layered: None,
            symmetry: None,
            contender: None,
        }
    }

    /// The names of all properties that it promises, each with its sentence: those of the literature, then its own.
    pub fn promises(&self) -> impl Iterator<Item = (&str, &str)> {
        let known = self.properties.iter().map(|property| (property.name(), property.text()));
        known.chain(self.own.iter().map(|own| (own.name(), own.text())))
    }

    /// True if it assumes this.
    pub fn assumes(&self, assumption: Assumption) -> bool {
        self.assumptions.contains(&assumption)
    }

    /// The promises of a run from these inputs: its properties, and what each process has to say.
    pub fn promised(&self, inputs: &[Option<Value>]) -> Promised {
        let words = inputs.iter().map(|input| self.inputs.words(input.as_ref()).into_iter().unzip());
        let (inputs, causes): (Vec<Vec<_>>, Vec<Vec<_>>) = words.unzip();
        Promised {
            properties: self.properties.as_slice().into(),
            chance: self.chance.iter().map(|chance| chance.property).collect(),
            inputs: inputs.into(),
            causes: causes.into(),
        }
    }

    /// True if it offers something with this interface.
    pub fn offers(&self, interface: Interface) -> bool {
        self.provides.iter().any(|service| service.interface() == interface)
    }

    /// Its parameters that cut a run off, such as after so many rounds, with their values; `None` is unbounded.
    pub fn bounds<'a>(&'a self, parameters: &'a Parameters) -> impl Iterator<Item = (&'a str, Option<u64>)> + 'a {
        let bounds = self.parameters.iter().filter(|parameter| matches!(parameter.domain, Domain::Bound(..)));
        bounds.map(|parameter| (&*parameter.name, parameters.bound(&parameter.name)))
    }

    /// Whether users may ask some process for something.
    pub fn takes_requests(&self) -> bool {
        self.roles.iter().any(|role| !role.requests.is_empty())
    }

    /// Checks one input a process. The error says which process and what is allowed.
    pub fn check_inputs(&self, inputs: &[Option<Value>]) -> Result<(), String> {
        self.inputs.check(&self.name, inputs)
    }
}
