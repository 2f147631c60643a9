//! Scenarios: plain data from which a run is made. The file format, the permalink and the gallery are all this.

use crate::catalogue::{self, Entry, Parameters, Service};
use crate::engine::{Choice, Scheduled, Setup, check_light};
use crate::history::{History, Intervention, Plan, Scheduler};
use crate::model::{CITIES, Change, Models, city, fields, light_us};
use crate::process::{Local, LocalKnowledge, Message, ProcessId, UserMessage, Value};
use crate::property::Monitors;
use crate::sorted::Map;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::rc::Rc;

mod gallery;
mod link;
mod path;
mod unmet;
pub mod without;

pub use gallery::{GALLERY, LESSONS, LessonLine, first, known, named, names};
pub use link::{Link, LinkError, PairLink};
pub use unmet::Unmet;
pub use without::usual;

/// The version of the format that is written. Older ones are still read; there is none yet.
pub const VERSION: u32 = 1;

/// The most processes of a scenario.
pub const PROCESSES_MAX: usize = 128;

/// The most choices in a schedule, and the most interventions and faults.
pub const CHOICES_MAX: usize = 20_000;

/// The largest scenario file, in bytes.
pub const BYTES_MAX: usize = 256 * 1024;

/// The longest input, in bytes.
pub const INPUT_BYTES_MAX: usize = 4 * 1024;

/// The longest run, in milliseconds: a day.
const UNTIL_MS_MAX: u64 = 86_400_000;

/// Who is connected with whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// Everybody with everybody.
    #[default]
    Complete,
    /// p0 – p1 – p2 – …
    Line,
    /// A line whose ends are connected.
    Ring,
    /// p0 with everybody.
    Star,
}

impl Topology {
    /// All of them.
    pub const ALL: [Topology; 4] = [Topology::Complete, Topology::Line, Topology::Ring, Topology::Star];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Topology::Complete => "complete",
            Topology::Line => "line",
            Topology::Ring => "ring",
            Topology::Star => "star",
        }
    }

    /// The processes that `me` may send to, in order.
    pub fn peers(self, me: ProcessId, n: usize) -> Vec<ProcessId> {
        let (me, mut peers) = (me.index(), Vec::new());
        for other in (0..n).filter(|other| *other != me) {
            let gap = me.abs_diff(other);
            let connected = match self {
                Topology::Complete => true,
                Topology::Line => gap == 1,
                Topology::Ring => gap == 1 || gap == n - 1,
                Topology::Star => me == 0 || other == 0,
            };
            if connected {
                peers.push(ProcessId::from(other));
            }
        }
        peers
    }
}

/// A value of a parameter, as in a file: a number, `true` or `false`, or a word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting(pub String);

impl Serialize for Setting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0.parse::<u64>(), self.0.parse::<bool>()) {
            (Ok(number), _) => serializer.serialize_u64(number),
            (_, Ok(flag)) => serializer.serialize_bool(flag),
            _ => serializer.serialize_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Setting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Setting(text)),
            serde_json::Value::Bool(flag) => Ok(Setting(flag.to_string())),
            serde_json::Value::Number(number) => Ok(Setting(number.to_string())),
            _ => Err(de::Error::custom("a parameter is a number, a word, true or false")),
        }
    }
}

/// Something that fails or is repaired at a given time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// When, in milliseconds.
    pub at_ms: u64,
    /// What.
    pub choice: Choice,
}

/// The same situation in another world, as another scenario of the gallery.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct World {
    /// What is different, in a word or two.
    pub label: String,
    /// The scenario's name.
    pub scenario: String,
}

fields!(World { label, scenario });

/// What a lecture note says, and what is exactly true.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Precisely {
    /// The short form that notes use.
    pub notes: String,
    /// The exact form.
    pub precisely: String,
}

fields!(Precisely { notes, precisely });

/// A scenario's question and what it shows.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Lesson {
    /// What it is about, as in a table of contents.
    pub topic: String,
    /// What will happen?
    pub question: String,
    /// Two or three answers to choose from.
    pub answers: Vec<String>,
    /// The place of the right one.
    pub right: usize,
    /// What to watch for.
    pub watch: String,
    /// What one has seen, once it has happened.
    pub aha: String,
    /// What the simulation simplifies.
    pub simplifies: String,
    /// The worlds to switch between, this one included.
    pub worlds: Vec<World>,
    /// Where a lecture note is looser than the truth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<Precisely>,
    /// What each process is called in the story, in order; `p0` … if empty.
    pub cast: Vec<String>,
    /// How fast it plays at first: each step is a factor of two, from −[`SPEED_MAX`] to [`SPEED_MAX`].
    #[serde(skip_serializing_if = "is_usual")]
    pub speed: i32,
}

fields!(Lesson { topic, question, answers, right, watch, aha, simplifies, worlds, notes, cast, speed });

fn is_usual(speed: &i32) -> bool {
    *speed == 0
}

/// How many steps of speed there are in each direction; each is a factor of two.
pub const SPEED_MAX: i32 = 5;

/// A scenario.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The version of the format: 1.
    pub version: u32,
    /// Its name, in kebab-case.
    pub name: String,
    /// Its name for people.
    #[serde(default)]
    pub title: String,
    /// The protocol on top of the stack.
    pub protocol: String,
    /// The protocol's parameters; what is not named has its default.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Setting>,
    /// How many processes.
    pub processes: usize,
    /// What each process is given, in order; `null` and the missing ones are given nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Option<Value>>,
    /// Who is connected with whom.
    #[serde(default)]
    pub topology: Topology,
    /// The city in which each process stands, in order. Nothing is faster than light between them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// When each process starts, in milliseconds, in order; the missing ones start at once. A message that comes earlier
    /// starts its recipient.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub start_ms: Vec<u64>,
    /// The layers under the protocol, bottom first; the protocol's own choice if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<Vec<String>>,
    /// What may go wrong.
    #[serde(default)]
    pub models: Models,
    /// Who picks what happens next.
    #[serde(default)]
    pub scheduler: Scheduler,
    /// What draws are keyed by.
    #[serde(default)]
    pub seed: u32,
    /// What fails at given times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// Choices that come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedule: Vec<Scheduled>,
    /// What a person did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interventions: Vec<Intervention>,
    /// When the run ends, in milliseconds.
    #[serde(default = "ten_seconds")]
    pub until_ms: u64,
    /// The question it asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesson: Option<Lesson>,
}

fn ten_seconds() -> u64 {
    10_000
}

impl Scenario {
    /// A scenario of this protocol with everything else at its default.
    pub fn of(entry: &Entry, processes: usize) -> Self {
        Scenario {
            version: VERSION,
            name: entry.name.to_owned(),
            title: entry.title.to_owned(),
            protocol: entry.name.to_owned(),
            parameters: Map::default(),
            processes,
            inputs: Vec::new(),
            topology: Topology::default(),
            places: Vec::new(),
            start_ms: Vec::new(),
            stack: None,
            models: Models::default(),
            scheduler: Scheduler::default(),
            seed: 1,
            faults: Vec::new(),
            schedule: Vec::new(),
            interventions: Vec::new(),
            until_ms: ten_seconds(),
            lesson: None,
        }
    }

    /// Reads and checks a file. The error names the field, what is wrong with it and what is allowed.
    pub fn parse(text: &str) -> Result<Scenario, String> {
        if text.len() > BYTES_MAX {
            return Err(format!("the file has {} bytes; at most {BYTES_MAX} are read", text.len()));
        }
        let scenario: Scenario = serde_json::from_str(text).map_err(|error| {
            let inside = !error.to_string().starts_with("missing field");
            let path = path::path_at(text, error.line(), error.column(), inside);
            if path.is_empty() { error.to_string() } else { format!("{path}: {error}") }
        })?;
        scenario.plan()?;
        Ok(scenario)
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a scenario is plain data")
    }

    /// The protocol on top of the stack.
    pub fn entry(&self) -> Result<&'static Entry, String> {
        catalogue::find(&self.protocol).map_err(|error| format!("protocol: {error}"))
    }

    /// The names of the layers under the protocol, bottom first.
    pub fn under(&self) -> Vec<&str> {
        match (&self.stack, self.entry()) {
            (Some(stack), _) => stack.iter().map(String::as_str).collect(),
            (None, Ok(entry)) => entry.under.to_vec(),
            (None, Err(_)) => Vec::new(),
        }
    }

    /// The names of all layers, bottom first: those under the protocol, and the protocol.
    pub fn layers(&self) -> Vec<&str> {
        self.under().into_iter().chain([self.protocol.as_str()]).collect()
    }

    /// Whether some layer of the stack is a failure detector.
    pub fn detects(&self) -> bool {
        let detects = |entry: &Entry| entry.provides.contains(&Service::Suspect);
        self.layers().into_iter().any(|name| catalogue::find(name).is_ok_and(detects))
    }

    /// What it is called: its title, or else its name.
    pub fn called(&self) -> &str {
        if self.title.is_empty() { &self.name } else { &self.title }
    }

    /// What a process is called in the story, or else by the city that it is in.
    pub fn cast(&self, process: ProcessId) -> Option<&str> {
        let told = self.lesson.as_ref().and_then(|lesson| lesson.cast.get(process.index()));
        let city = || Some(CITIES[city(self.places.get(process.index())?).ok()?].title);
        told.map(String::as_str).or_else(city)
    }

    /// How fast it plays at first: each step is a factor of two.
    pub fn speed(&self) -> i32 {
        self.lesson.as_ref().map_or(0, |lesson| lesson.speed)
    }

    /// One input a process.
    fn inputs(&self) -> Vec<Option<Value>> {
        let mut inputs = self.inputs.clone();
        inputs.resize(self.processes, None);
        inputs
    }

    /// Checks everything and says what the run is made from. The error names the field.
    pub fn plan(&self) -> Result<Plan, String> {
        let n = self.processes;
        if self.version != VERSION {
            return Err(format!("version: {} is not known; this laboratory reads version {VERSION}", self.version));
        }
        if !(1..=PROCESSES_MAX).contains(&n) {
            return Err(format!("processes: {n} is not from 1 to {PROCESSES_MAX}"));
        }
        let entry = self.entry()?;
        let (least, most) = entry.processes;
        if !(least..=most).contains(&n) {
            return Err(format!("processes: {} runs with {least} to {most} processes, not {n}", entry.name));
        }
        if self.inputs.len() > n {
            return Err(format!("inputs: there are {} for {n} processes", self.inputs.len()));
        }
        let inputs = self.inputs();
        let long =
            |input: &Option<Value>| input.as_ref().is_some_and(|value| value.to_string().len() > INPUT_BYTES_MAX);
        if let Some(index) = inputs.iter().position(long) {
            return Err(format!("inputs[{index}]: longer than {INPUT_BYTES_MAX} bytes"));
        }
        entry.check_inputs(&inputs)?;
        let settings = self.parameters.iter().map(|(name, setting)| (name.as_str(), setting.0.as_str()));
        let parameters = Parameters::resolve(entry, settings)?;
        let stack = entry.stack(&parameters, self.stack.as_deref())?;
        self.models.check(n)?;
        let timed = self.scheduler == Scheduler::Timed;
        let light_us = self.light_us()?;
        check_light(&self.models.timing, &light_us)?;
        if !(1..=UNTIL_MS_MAX).contains(&self.until_ms) {
            return Err(format!("until_ms: {} is not from 1 to {UNTIL_MS_MAX}", self.until_ms));
        }
        for (length, name) in [
            (self.faults.len(), "faults"),
            (self.schedule.len(), "schedule"),
            (self.interventions.len(), "interventions"),
        ] {
            if length > CHOICES_MAX {
                return Err(format!("{name}: {length} choices; at most {CHOICES_MAX} are read"));
            }
        }
        let check = |choice: &Choice, name: &str, index: usize| {
            let checked = names_exist(choice, n).and_then(|()| match choice {
                Choice::Change(change) => {
                    let models = self.models.changed(change);
                    models.check(n)?;
                    if !timed {
                        models.check_untimed()?;
                    }
                    check_light(&models.timing, &light_us)
                }
                _ => Ok(()),
            });
            checked.map_err(|error| format!("{name}[{index}]: {error}"))
        };
        let latest = |at_us: Option<u64>, name: &str, index: usize| match at_us {
            Some(at_us) if at_us > 1_000 * UNTIL_MS_MAX => {
                Err(format!("{name}[{index}].at_us: at most {}", 1_000 * UNTIL_MS_MAX))
            }
            _ => Ok(()),
        };
        for (index, fault) in self.faults.iter().enumerate() {
            check(&fault.choice, "faults", index)?;
            if fault.at_ms > UNTIL_MS_MAX {
                return Err(format!("faults[{index}].at_ms: at most {UNTIL_MS_MAX}"));
            }
        }
        for (index, intervention) in self.interventions.iter().enumerate() {
            check(&intervention.choice, "interventions", index)?;
            latest(intervention.at_us, "interventions", index)?;
        }
        for (index, scheduled) in self.schedule.iter().enumerate() {
            check(&scheduled.choice, "schedule", index)?;
            latest(scheduled.at_us, "schedule", index)?;
        }
        let start_us = self.start_us()?;
        if !timed {
            self.models.check_untimed()?;
            if start_us.iter().any(|at_us| *at_us > 0) {
                return Err(format!("start_ms: with \"scheduler\": \"{}\" nothing has a time", self.scheduler.name()));
            }
            if !self.faults.is_empty() {
                return Err(format!(
                    "faults: they happen at times, and with \"scheduler\": \"{}\" nothing has one; \
                     put them into \"interventions\"",
                    self.scheduler.name()
                ));
            }
        }
        let worlds = self.lesson.iter().flat_map(|lesson| &lesson.worlds);
        if worlds.clone().any(|world| world.label.is_empty() || world.scenario.is_empty()) {
            return Err("lesson.worlds: each has a \"label\" and a \"scenario\"".into());
        }
        if let Some(lesson) = &self.lesson
            && !lesson.answers.is_empty()
            && lesson.right >= lesson.answers.len()
        {
            return Err(format!("lesson.right: there are {} answers", lesson.answers.len()));
        }
        if self.speed().abs() > SPEED_MAX {
            return Err(format!("lesson.speed: {} is not from -{SPEED_MAX} to {SPEED_MAX}", self.speed()));
        }
        let knowledge = |inputs: &[Option<Value>]| {
            let knowledge = |(me, input): (ProcessId, &Option<Value>)| {
                LocalKnowledge::from(Local { me, n, input: input.clone(), peers: self.topology.peers(me, n).into() })
            };
            ProcessId::all(n).zip(inputs).map(knowledge).collect()
        };
        let setup = Setup {
            stack,
            knowledge: knowledge(&inputs),
            others: knowledge(&other_inputs(entry, &inputs)),
            light_us,
            start_us,
            seed: self.seed,
            timed,
            faults: self.faults.iter().map(|fault| (1_000 * fault.at_ms, fault.choice)).collect(),
        };
        Ok(Plan {
            setup: Rc::new(setup),
            models: self.models.clone(),
            schedule: self.schedule.clone().into(),
            scheduler: self.scheduler,
            until_us: 1_000 * self.until_ms,
            monitors: Monitors::new(entry.properties, &inputs),
        })
    }

    /// When each process starts, in microseconds.
    fn start_us(&self) -> Result<Vec<u64>, String> {
        if self.start_ms.len() > self.processes {
            return Err(format!("start_ms: there are {} for {} processes", self.start_ms.len(), self.processes));
        }
        if let Some(index) = self.start_ms.iter().position(|at_ms| *at_ms > UNTIL_MS_MAX) {
            return Err(format!("start_ms[{index}]: not from 0 to {UNTIL_MS_MAX}"));
        }
        let mut start_us: Vec<u64> = self.start_ms.iter().map(|at_ms| 1_000 * at_ms).collect();
        start_us.resize(self.processes, 0);
        Ok(start_us)
    }

    /// What light needs from each process to each other, in microseconds; empty where they stand nowhere.
    fn light_us(&self) -> Result<Vec<u64>, String> {
        if self.places.is_empty() {
            return Ok(Vec::new());
        }
        if self.places.len() != self.processes {
            return Err(format!("places: there are {} for {} processes", self.places.len(), self.processes));
        }
        let mut cities = Vec::new();
        for (index, name) in self.places.iter().enumerate() {
            cities.push(city(name).map_err(|error| format!("places[{index}]: {error}"))?);
        }
        Ok(cities.iter().flat_map(|from| cities.iter().map(|to| light_us(*from, *to))).collect())
    }

    /// The run at its beginning.
    pub fn start(&self) -> Result<History, String> {
        Ok(History::new(self.plan()?, self.interventions.clone()))
    }
}

/// For each process the input that its twin has: the other bit, or what somebody else was given, or a lie.
fn other_inputs(entry: &Entry, inputs: &[Option<Value>]) -> Vec<Option<Value>> {
    let mut others = inputs.to_vec();
    for (input, other) in inputs.iter().zip(&mut others) {
        let Some(value) = input else { continue };
        let somebodys = inputs.iter().flatten().find(|theirs| *theirs != value && theirs.bit().is_none());
        let lie = UserMessage(value.clone()).lies().into_iter().next().map(|UserMessage(lie)| lie);
        *other = somebodys.filter(|_| value.bit().is_none()).cloned().or(lie);
    }
    // Where a lie would be no input at all, twins are equal.
    if entry.check_inputs(&others).is_ok() { others } else { inputs.to_vec() }
}

/// Whether every process that `choice` names exists.
fn names_exist(choice: &Choice, n: usize) -> Result<(), String> {
    let mut named: Vec<ProcessId> = choice.process().into_iter().collect();
    if let Some(message) = choice.message() {
        named.extend([message.from, message.to]);
    }
    match choice {
        Choice::Cut { from, to } | Choice::Mend { from, to } if from == to => {
            return Err("a process has no link to itself".into());
        }
        Choice::Cut { from, to } | Choice::Mend { from, to } => named.extend([*from, *to]),
        Choice::Partition(side) if side.is_empty() => return Err("a partition names at least one process".into()),
        Choice::Partition(side) if side.processes().count() == n => {
            return Err("a partition of all processes cuts nothing".into());
        }
        Choice::Partition(side) => named.extend(side.processes()),
        Choice::Inject { from, to, .. } => named.extend([*from, *to]),
        Choice::Byzantine { behaviour, .. } => named.extend(behaviour.twin.processes().chain(behaviour.forges)),
        Choice::Change(Change::Link(other)) => named.extend([other.from, other.to]),
        _ => {}
    }
    match named.iter().find(|process| process.index() >= n) {
        Some(process) => Err(format!("there is no process {process}; the last one is p{}", n - 1)),
        None => Ok(()),
    }
}
