//! The catalogue: a line for each protocol, and what an entry says about it.
//!
//! A protocol's file ends in an [`Entry`]. Everything that the page, the command line and the tests know about a
//! protocol they read here.

use crate::process::{Layer, Stack, Value};
use crate::property::Property;
use crate::protocols;
use crate::quote::{quoted, shortened};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::rc::Rc;

/// All protocols, in the order in which to meet them.
pub const CATALOGUE: &[Entry] = protocols::ALL;

/// What a layer offers to the layer above or needs of the layer below.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// ⟨Send⟩ and ⟨Deliver⟩ between two processes.
    Send,
    /// ⟨Broadcast⟩ and ⟨Deliver⟩ to all.
    Broadcast,
    /// ⟨Suspect⟩ and ⟨Restore⟩.
    Suspect,
    /// ⟨Trust⟩.
    Leader,
}

/// The problem that a protocol solves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// Getting messages from one process to another.
    Link,
    /// Getting messages to all.
    Broadcast,
    /// Telling who has crashed.
    Detection,
    /// Agreeing on a value.
    Consensus,
    /// All or nothing.
    Commit,
    /// Something that a user would run.
    Application,
}

/// What a protocol needs in order to keep its promises.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assumption {
    /// Every message between processes that stay up is received once.
    ReliableLinks,
    /// What is sent for ever arrives in the end.
    FairLossLinks,
    /// Messages of one link arrive in the order in which they were sent.
    FifoLinks,
    /// A process that stops never comes back.
    CrashStop,
    /// A process that stops may come back with what it stored.
    CrashRecovery,
    /// A process that stops comes back some day.
    BackInTheEnd,
    /// From some time on delivery and processing keep some bound.
    EventualSynchrony,
    /// All clocks go equally fast.
    SteadyClocks,
    /// Delivery and processing within the bounds that the protocol's timers were set for.
    Synchrony,
    /// Nobody crashes.
    NoCrash,
    /// p0 does not crash.
    FirstUp,
    /// One of p0 and p1 does not crash.
    ProposerUp,
    /// At most one process crashes.
    OneCrash,
    /// At most `faults` processes crash, a parameter of the protocol.
    FewCrashes,
    /// Fewer than half of the processes crash.
    MajorityUp,
    /// No more processes are faulty than the protocol is made for, and those may do anything.
    FewLiars,
    /// Whoever is named as a message's sender has sent it.
    AuthenticatedLinks,
    /// Somebody on the link changes, repeats and invents messages, and loses some.
    Intruder,
    /// There is a link between every two processes. All but a few need it, so no entry lists it.
    CompleteNetwork,
}

impl Assumption {
    /// The name in files, in kebab-case.
    pub fn name(self) -> &'static str {
        match self {
            Assumption::ReliableLinks => "reliable-links",
            Assumption::FairLossLinks => "fair-loss-links",
            Assumption::FifoLinks => "fifo-links",
            Assumption::CrashStop => "crash-stop",
            Assumption::CrashRecovery => "crash-recovery",
            Assumption::BackInTheEnd => "back-in-the-end",
            Assumption::EventualSynchrony => "eventual-synchrony",
            Assumption::SteadyClocks => "steady-clocks",
            Assumption::Synchrony => "synchrony",
            Assumption::NoCrash => "no-crash",
            Assumption::FirstUp => "first-up",
            Assumption::ProposerUp => "proposer-up",
            Assumption::OneCrash => "one-crash",
            Assumption::FewCrashes => "few-crashes",
            Assumption::MajorityUp => "majority-up",
            Assumption::FewLiars => "few-liars",
            Assumption::AuthenticatedLinks => "authenticated-links",
            Assumption::Intruder => "intruder",
            Assumption::CompleteNetwork => "complete-network",
        }
    }

    /// The assumption as a short sentence.
    pub fn text(self) -> &'static str {
        match self {
            Assumption::ReliableLinks => "links are reliable",
            Assumption::FairLossLinks => "what is sent again and again arrives in the end",
            Assumption::FifoLinks => "links keep the order",
            Assumption::CrashStop => "who stops never comes back",
            Assumption::CrashRecovery => "who stops may come back with what it stored",
            Assumption::BackInTheEnd => "who stops comes back in the end",
            Assumption::EventualSynchrony => "from some time on messages and steps keep a bound, which nobody knows",
            Assumption::SteadyClocks => "all clocks go equally fast",
            Assumption::Synchrony => "messages and steps keep their time bounds",
            Assumption::NoCrash => "nobody crashes",
            Assumption::FirstUp => "p0 stays up",
            Assumption::ProposerUp => "p0 or p1 stays up",
            Assumption::OneCrash => "at most one process crashes",
            Assumption::FewCrashes => "no more processes crash than the parameter “faults” says",
            Assumption::FewLiars => "no more processes lie than it is made for",
            Assumption::AuthenticatedLinks => "nobody writes in another's name",
            Assumption::CompleteNetwork => "everybody has a link to everybody",
            Assumption::Intruder => "an intruder may change, repeat, invent and lose messages",
            Assumption::MajorityUp => "more than half of the processes stay up",
        }
    }
}

/// What a parameter may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Domain {
    /// A whole number from the first to the second.
    Integer(u64, u64),
    /// A whole number from the first to the second, or no bound at all.
    Bound(u64, u64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
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
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Parameter {
    /// Its name, in kebab-case, with its unit last.
    pub name: &'static str,
    /// What it may be.
    pub domain: Domain,
    /// What it is unless said otherwise, written as on the command line.
    pub default: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
}

/// The inputs that a protocol takes, one a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inputs {
    /// None: a scenario has no `inputs`.
    None,
    /// A bit for each process.
    Bits,
    /// A value for some processes, with its meaning; the others have none.
    Values(&'static str),
}

/// How often each thing may happen in a lossy exploration; at most 63 times each.
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

/// What an exploration goes through.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Explorer {
    /// Every order of steps and deliveries, without losses.
    Strict,
    /// As strict, and messages are lost and duplicated, timers fire, processes crash and come back, within a budget.
    Lossy(Budget),
    /// Exchange by exchange: who crashes, and who still hears the crashing process.
    Synchronous {
        /// The most processes that crash.
        faults: usize,
    },
    /// Nothing: the protocol looks at its clock, and time is no part of configurations.
    Timed,
}

/// How a protocol is explored exhaustively, at the smallest size at which there is something to see.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Exploration {
    /// What it goes through.
    pub explorer: Explorer,
    /// How many processes there are.
    pub processes: usize,
    /// The inputs of the first processes; the others have none. Where inputs are bits, all vectors are gone through.
    pub inputs: &'static [&'static str],
    /// What the parameters are, where they are not as by default.
    pub parameters: &'static [(&'static str, &'static str)],
}

impl Exploration {
    /// From all vectors of input bits, or without inputs where the protocol takes none.
    pub const fn new(explorer: Explorer, processes: usize) -> Self {
        Exploration { explorer, processes, inputs: &[], parameters: &[] }
    }

    /// From these inputs.
    pub const fn from(self, inputs: &'static [&'static str]) -> Self {
        Exploration { inputs, ..self }
    }

    /// With these parameters.
    pub const fn with(self, parameters: &'static [(&'static str, &'static str)]) -> Self {
        Exploration { parameters, ..self }
    }
}

/// What the catalogue says of a protocol.
#[derive(Clone, Copy, Serialize)]
pub struct Entry {
    /// The name in files and on the command line, in kebab-case.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// What it costs in messages and steps without faults, in one sentence: that of its documentation.
    pub cost: &'static str,
    /// Where it is from: authors, work, page or algorithm number.
    pub source: &'static str,
    /// The problem that it solves.
    pub problem: Problem,
    /// What it needs of the layers below; a network offers [`Service::Send`] only.
    pub needs: &'static [Service],
    /// What it offers to a layer above.
    pub provides: &'static [Service],
    /// The layers that stand under it unless a scenario says otherwise, bottom first.
    pub under: &'static [&'static str],
    /// What must be true for it to keep its promises.
    pub assumptions: &'static [Assumption],
    /// What it promises.
    pub properties: &'static [Property],
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// The inputs that it takes when it stands on top.
    pub inputs: Inputs,
    /// The least and the most processes.
    pub processes: (usize, usize),
    /// How it is explored.
    pub exploration: Exploration,
    /// Variants with a planted bug that the properties catch, chosen by the parameter `mutant`.
    pub mutants: &'static [&'static str],
    /// Makes the layer.
    #[serde(skip)]
    pub build: fn(&Parameters) -> Rc<dyn Layer>,
}

/// The parameters of a protocol, complete and valid.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Parameters {
    values: BTreeMap<&'static str, String>,
    mutant: Option<&'static str>,
    /// What is given for layers below, by the layer's name.
    below: BTreeMap<&'static str, Parameters>,
}

/// The name of the parameter that chooses a mutant; every protocol with mutants takes it.
pub const MUTANT: &str = "mutant";

/// What "no bound" is called.
pub const UNBOUNDED: &str = "unbounded";

impl Parameters {
    /// Fills in defaults and checks names and domains. `LAYER.NAME` is the parameter of a layer below. The error names
    /// the parameter and what is allowed.
    pub fn resolve<'a>(
        entry: &Entry,
        given: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Parameters, String> {
        let mut parameters = Parameters {
            values: entry.parameters.iter().map(|parameter| (parameter.name, parameter.default.to_owned())).collect(),
            mutant: None,
            below: BTreeMap::default(),
        };
        let mut below: Vec<(&'static str, (&str, &str))> = Vec::new();
        for (name, text) in given {
            if let Some((layer, own)) = name.split_once('.') {
                let layer = find(layer).map_err(|error| format!("parameters.{}: {error}", shortened(name)))?.name;
                below.push((layer, (own, text)));
                continue;
            }
            if name == MUTANT && !entry.mutants.is_empty() {
                let mutant = entry.mutants.iter().find(|mutant| **mutant == text).copied();
                parameters.mutant = Some(mutant.ok_or_else(|| {
                    format!("parameters.{MUTANT}: {} is not one of {}", quoted(text), entry.mutants.join(", "))
                })?);
                continue;
            }
            let parameter = entry.parameters.iter().find(|parameter| parameter.name == name).ok_or_else(|| {
                let known: Vec<&str> = entry.parameters.iter().map(|parameter| parameter.name).collect();
                let name = shortened(name);
                if known.is_empty() {
                    format!("parameters.{name}: {} has no parameters", entry.name)
                } else {
                    format!("parameters.{name}: {} has no such parameter; it has {}", entry.name, known.join(", "))
                }
            })?;
            let fits = match parameter.domain {
                Domain::Bound(..) if text == UNBOUNDED => true,
                Domain::Integer(least, most) | Domain::Bound(least, most) => {
                    text.parse().is_ok_and(|number: u64| (least..=most).contains(&number))
                }
                Domain::Choice(words) => words.contains(&text),
                Domain::Flag => text == "true" || text == "false",
            };
            if !fits {
                return Err(format!("parameters.{name}: {} is not {}", quoted(text), parameter.domain));
            }
            parameters.values.insert(parameter.name, text.to_owned());
        }
        for &(layer, _) in &below {
            let prefix = |error: String| error.replacen("parameters.", &format!("parameters.{layer}."), 1);
            let own = below.iter().filter(|(known, _)| *known == layer).map(|(_, own)| *own).collect::<Vec<_>>();
            if let Some((own, _)) = own.iter().find(|(own, _)| own.contains('.')) {
                return Err(format!("parameters.{layer}.{own}: a layer has no layers of its own"));
            }
            parameters.below.insert(layer, Parameters::resolve(find(layer)?, own).map_err(prefix)?);
        }
        Ok(parameters)
    }

    fn text(&self, name: &str) -> &str {
        self.values.get(name).expect("a protocol reads only the parameters that its entry lists")
    }

    /// The value of an [`Domain::Integer`].
    pub fn integer(&self, name: &str) -> u64 {
        self.text(name).parse().expect("checked by resolve")
    }

    /// The value of a [`Domain::Bound`]; `None` is unbounded.
    pub fn bound(&self, name: &str) -> Option<u64> {
        self.text(name).parse().ok()
    }

    /// The value of a [`Domain::Choice`].
    pub fn choice(&self, name: &str) -> &str {
        self.text(name)
    }

    /// The value of a [`Domain::Flag`].
    pub fn flag(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    /// Whether the planted bug `name` is wanted.
    pub fn mutant(&self, name: &str) -> bool {
        self.mutant == Some(name)
    }
}

/// The entry of the protocol `name`. The error lists the names that there are.
pub fn find(name: &str) -> Result<&'static Entry, String> {
    CATALOGUE.iter().find(|entry| entry.name == name).ok_or_else(|| {
        let names: Vec<&str> = CATALOGUE.iter().map(|entry| entry.name).collect();
        format!("there is no protocol {}; there are {}", quoted(name), names.join(", "))
    })
}

impl Entry {
    /// Builds the stack: `under` bottom first (the entry's own choice if `None`), then this protocol with `parameters`.
    ///
    /// Layers below the top have the parameters that are given for them in `parameters`, or else their defaults. The
    /// error names the layer that does not fit.
    pub fn stack(&self, parameters: &Parameters, under: Option<&[String]>) -> Result<Stack, String> {
        let names: Vec<&str> = match under {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => self.under.to_vec(),
        };
        if let Some((layer, _)) = parameters.below.iter().find(|(layer, _)| !names.contains(layer)) {
            return Err(format!("parameters.{layer}: {layer} is no layer under {}", self.name));
        }
        let mut offered = vec![Service::Send];
        let mut below = "the network";
        let mut layers: Vec<Rc<dyn Layer>> = Vec::new();
        for name in names {
            let entry = find(name).map_err(|error| format!("stack: {error}"))?;
            fits(entry, below, &offered)?;
            if entry.provides.is_empty() {
                return Err(format!("stack: {} offers nothing to a layer above it", entry.name));
            }
            // What a detector tells goes up through the layers that do not care. Messages do not: each layer has its own.
            offered.retain(|service| matches!(service, Service::Suspect | Service::Leader));
            offered.extend(entry.provides);
            below = entry.name;
            let own = parameters.below.get(entry.name).cloned();
            let own = own.unwrap_or_else(|| Parameters::resolve(entry, []).expect("defaults are valid"));
            layers.push((entry.build)(&own));
        }
        fits(self, below, &offered)?;
        layers.push((self.build)(parameters));
        Ok(Stack::new(layers))
    }

    /// Its parameters that cut a run off, such as after so many rounds, with their values; `None` is unbounded.
    pub fn bounds<'a>(&'a self, parameters: &'a Parameters) -> impl Iterator<Item = (&'static str, Option<u64>)> + 'a {
        let bounds = self.parameters.iter().filter(|parameter| matches!(parameter.domain, Domain::Bound(..)));
        bounds.map(|parameter| (parameter.name, parameters.bound(parameter.name)))
    }

    /// Whether it runs over these layers, bottom first.
    pub fn fits(&self, under: &[&str]) -> bool {
        let names: Vec<String> = under.iter().map(|name| (*name).to_owned()).collect();
        let defaults = Parameters::resolve(self, []).expect("defaults are valid");
        self.stack(&defaults, Some(&names)).is_ok()
    }

    /// Checks one input a process. The error says which process and what is allowed.
    pub fn check_inputs(&self, inputs: &[Option<Value>]) -> Result<(), String> {
        for (index, input) in inputs.iter().enumerate() {
            match (self.inputs, input) {
                (Inputs::None, Some(_)) => return Err(format!("inputs: {} takes none", self.name)),
                (Inputs::Bits, None) => return Err(format!("inputs[{index}]: {} needs 0 or 1", self.name)),
                (Inputs::Bits, Some(value)) if value.bit().is_none() => {
                    return Err(format!("inputs[{index}]: {} is neither 0 nor 1", shortened(&format!("{value:?}"))));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn fits(entry: &Entry, below: &str, offered: &[Service]) -> Result<(), String> {
    match entry.needs.iter().find(|service| !offered.contains(service)) {
        None => Ok(()),
        Some(service) => {
            Err(format!("stack: {} needs {service:?} of the layer below, which {below} does not offer", entry.name))
        }
    }
}
