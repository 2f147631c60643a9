//! Names of timers.

use super::Name;
use crate::canon;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::{self, Debug, Display};
use std::rc::Rc;

/// The name of a timer inside its module. Setting a timer that runs starts it anew.
#[derive(Clone)]
pub struct Timer(TimerName);

/// Nearly all timers are constants of a protocol's file. They stand in many effects of a run, so they are small.
#[derive(Clone)]
enum TimerName {
    Constant(&'static str),
    Made(Rc<(Name, Option<u32>)>),
}

impl Timer {
    /// A timer of this name.
    pub const fn new(name: &'static str) -> Self {
        Timer(TimerName::Constant(name))
    }

    /// The timer of the same name of this instance, where a module has several.
    pub fn of_instance(self, instance: Option<u32>) -> Self {
        Timer(TimerName::Made(Rc::new((Cow::Owned(self.name().to_owned()), instance))))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match &self.0 {
            TimerName::Constant(name) => name,
            TimerName::Made(made) => &made.0,
        }
    }

    /// The instance that it belongs to, where the module has several.
    pub fn instance(&self) -> Option<u32> {
        match &self.0 {
            TimerName::Constant(_) => None,
            TimerName::Made(made) => made.1,
        }
    }

    /// The bytes that go into the hash of a run.
    pub fn encode(&self, sink: &mut dyn canon::Sink) {
        sink.write(self.name().as_bytes());
        if let Some(instance) = self.instance() {
            sink.write(&instance.to_le_bytes());
        }
    }
}

impl From<Name> for Timer {
    fn from(name: Name) -> Self {
        Timer(TimerName::Made(Rc::new((name, None))))
    }
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Timer {}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.name(), self.instance()).cmp(&(other.name(), other.instance()))
    }
}

/// In words: its name, and the instance.
impl Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        self.instance().map_or(Ok(()), |instance| write!(f, ".{instance}"))
    }
}

impl Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Serialize for Timer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let instance = self.instance();
        let mut fields = serializer.serialize_struct("Timer", 1 + usize::from(instance.is_some()))?;
        fields.serialize_field("name", self.name())?;
        match instance {
            Some(instance) => fields.serialize_field("instance", &instance)?,
            None => fields.skip_field("instance")?,
        }
        fields.end()
    }
}
