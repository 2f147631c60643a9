//! Scenarios: plain data from which a run is made. The file format, the permalink and the gallery are all this.

use crate::engine::{Choice, Scheduled};
use crate::history::{Intervention, Scheduler};
use crate::model::{CITIES, Models, city};
use crate::process::{ProcessId, Value};
use crate::quote::{plain_error, shortened};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::BTreeMap;

mod gallery;
mod link;
mod modules;
mod requests;
mod version;

pub use gallery::{GALLERY, LESSONS, LessonLine, first, names};
pub use link::{LINK_BYTES_MAX, Link, LinkError, PairLink};
pub use modules::{ModuleLine, NETWORK, RoleLine};
pub use requests::{OPERATIONS_MAX, PlannedRequest, Workload};

/// The version of the format that is written. Files of version 1 are still read.
pub const VERSION: u32 = 2;

/// The most processes of a scenario.
pub const PROCESSES_MAX: usize = 128;

/// The most choices in a schedule, and the most interventions and faults.
pub const CHOICES_MAX: usize = 20_000;

/// The largest scenario file, in bytes.
pub const BYTES_MAX: usize = 256 * 1024;

/// The longest input, in bytes.
pub const INPUT_BYTES_MAX: usize = 4 * 1024;

/// The longest run, in milliseconds: a day.
pub const UNTIL_MS_MAX: u64 = 86_400_000;

/// The links that there are.
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
    /// The choice.
    pub choice: Choice,
}

/// The same situation in another world, as another scenario of the gallery.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct World {
    /// The difference, in a word or two.
    pub label: String,
    /// The scenario's name.
    pub scenario: String,
}

/// A lecture note, and the exact truth beside it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Precisely {
    /// The short form that notes use.
    pub notes: String,
    /// The exact form.
    pub precisely: String,
}

/// A scenario's question and what it shows.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lesson {
    /// Its topic, as in a table of contents.
    pub topic: String,
    /// What will happen?
    pub question: String,
    /// Two or three answers to choose from.
    pub answers: Vec<String>,
    /// The place of the right one.
    pub right: usize,
    /// The thing to watch for.
    pub watch: String,
    /// The insight, once it has happened.
    pub aha: String,
    /// The simplifications of the simulation.
    pub simplifies: String,
    /// The worlds to switch between, this one included.
    pub worlds: Vec<World>,
    /// The point at which a lecture note is looser than the truth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<Precisely>,
    /// The names of the processes in the story, in order; `p0` … if empty.
    pub cast: Vec<String>,
    /// The speed at first: each step is a factor of two, from −[`SPEED_MAX`] to [`SPEED_MAX`].
    #[serde(skip_serializing_if = "is_usual")]
    pub speed: i32,
}

fn is_usual(speed: &i32) -> bool {
    *speed == 0
}

/// The number of steps of speed in each direction; each is a factor of two.
pub const SPEED_MAX: i32 = 5;

/// A property of one's own, as a text of the language: exactly one of `invariant` and `eventually`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PropertyText {
    /// Its name, in kebab-case.
    pub name: String,
    /// A condition that must hold after every event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invariant: Option<String>,
    /// A condition that must hold when nothing more can happen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eventually: Option<String>,
}

/// The most properties of one's own in a scenario.
pub const PROPERTIES_MAX: usize = 32;

/// The longest name of a property, in bytes.
pub const PROPERTY_NAME_BYTES_MAX: usize = 40;

/// A scenario.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The version of the format: always [`VERSION`], also of what was read from an older file.
    pub version: u32,
    /// Its name, in kebab-case.
    pub name: String,
    /// Its name for people.
    #[serde(default)]
    pub title: String,
    /// The protocol on top of the stack.
    pub protocol: String,
    /// The protocol's parameters; what is not named has its default.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Setting>,
    /// The number of processes.
    pub processes: usize,
    /// The inputs of the processes, in order; `null` and the missing ones are given nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Option<Value>>,
    /// The links that there are.
    #[serde(default)]
    pub topology: Topology,
    /// The city in which each process stands, in order. Nothing is faster than light between them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// When each process starts, in milliseconds, in order; the missing ones start at once. A message that comes earlier
    /// starts its recipient.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub start_ms: Vec<u64>,
    /// The modules under the protocol, each after those that it asks; the protocol's own choice if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modules: Option<Vec<ModuleLine>>,
    /// The roles of the protocol, where it has several: which processes have each, and the modules there; the protocol's
    /// own choice if empty.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, RoleLine>,
    /// What users ask, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<PlannedRequest>,
    /// What users do all the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<Workload>,
    /// What may go wrong.
    #[serde(default)]
    pub models: Models,
    /// The scheduler, which picks what happens next.
    #[serde(default)]
    pub scheduler: Scheduler,
    /// The seed of all draws.
    #[serde(default)]
    pub seed: u32,
    /// The failures and repairs at given times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// Choices that come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedule: Vec<Scheduled>,
    /// The choices of a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interventions: Vec<Intervention>,
    /// When the run ends, in milliseconds.
    #[serde(default = "ten_seconds")]
    pub until_ms: u64,
    /// The properties that are judged besides those of the protocol.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<PropertyText>,
    /// The question it asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesson: Option<Lesson>,
}

fn ten_seconds() -> u64 {
    10_000
}

/// An error of reading with the field that it is about.
fn with_path(error: serde_path_to_error::Error<serde_json::Error>) -> String {
    let (path, error) = (error.path().to_string(), plain_error(&error.inner().to_string()));
    // The path of the whole file is a dot.
    if path == "." { error } else { format!("{}: {error}", shortened(&path)) }
}

impl Scenario {
    /// A scenario of the protocol `protocol` with everything else at its default.
    pub fn new(protocol: &str, title: &str, processes: usize) -> Self {
        Scenario {
            version: VERSION,
            name: protocol.to_owned(),
            title: title.to_owned(),
            protocol: protocol.to_owned(),
            parameters: BTreeMap::default(),
            processes,
            inputs: Vec::new(),
            topology: Topology::default(),
            places: Vec::new(),
            start_ms: Vec::new(),
            modules: None,
            roles: BTreeMap::default(),
            requests: Vec::new(),
            workload: None,
            models: Models::default(),
            scheduler: Scheduler::default(),
            seed: 1,
            faults: Vec::new(),
            schedule: Vec::new(),
            interventions: Vec::new(),
            until_ms: ten_seconds(),
            properties: Vec::new(),
            lesson: None,
        }
    }

    /// Reads a file. The error names the field, what is wrong with it and what is allowed. Only a catalogue knows whether
    /// the protocols that it names are there and fit: see [`Scenario::plan`].
    pub fn parse(text: &str) -> Result<Scenario, String> {
        if text.len() > BYTES_MAX {
            return Err(format!("the file has {} bytes; at most {BYTES_MAX} are read", text.len()));
        }
        let scenario: Scenario = if version::version_of(text)? < VERSION {
            let mut old = serde_json::from_str(text).map_err(|error| plain_error(&error.to_string()))?;
            version::upgrade(&mut old);
            serde_path_to_error::deserialize(old).map_err(with_path)?
        } else {
            let mut json = serde_json::Deserializer::from_str(text);
            serde_path_to_error::deserialize(&mut json).map_err(with_path)?
        };
        scenario.check_sizes()?;
        Ok(scenario)
    }

    /// Checks how many processes there are. The error names the field.
    pub fn check_sizes(&self) -> Result<(), String> {
        let n = self.processes;
        if !(1..=PROCESSES_MAX).contains(&n) {
            return Err(format!("processes: {n} is not from 1 to {PROCESSES_MAX}"));
        }
        Ok(())
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a scenario is plain data")
    }

    /// Its title, or else its name.
    pub fn called(&self) -> &str {
        if self.title.is_empty() { &self.name } else { &self.title }
    }

    /// The name of a process in the story, or else that of its city.
    pub fn cast(&self, process: ProcessId) -> Option<&str> {
        let told = self.lesson.as_ref().and_then(|lesson| lesson.cast.get(process.index()));
        let city = || Some(CITIES[city(self.places.get(process.index())?).ok()?].title);
        told.map(String::as_str).or_else(city)
    }

    /// The speed at first: each step is a factor of two.
    pub fn speed(&self) -> i32 {
        self.lesson.as_ref().map_or(0, |lesson| lesson.speed)
    }
}
