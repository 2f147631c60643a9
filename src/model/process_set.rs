//! Sets of processes, small enough to be copied.

use crate::process::ProcessId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A set of processes, at most 128. In files it is a list of names.
///
/// Words of 32 bits: what holds one, and there is one in many choices, is then a word shorter.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct ProcessSet([u32; 4]);

impl ProcessSet {
    /// The set of these processes.
    pub fn of(processes: impl IntoIterator<Item = ProcessId>) -> Self {
        let mut set = ProcessSet::default();
        for process in processes {
            set.0[process.index() / 32] |= 1 << (process.index() % 32);
        }
        set
    }

    /// True if `process` belongs to it.
    pub fn contains(self, process: ProcessId) -> bool {
        self.0.get(process.index() / 32).is_some_and(|word| word >> (process.index() % 32) & 1 == 1)
    }

    /// True if nobody belongs to it.
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    /// The processes, in order.
    pub fn processes(self) -> impl Iterator<Item = ProcessId> {
        ProcessId::all(128).filter(move |process| self.contains(*process))
    }

    /// The set as two words, for the trace's hash.
    pub fn words(self) -> [u64; 2] {
        [0, 2].map(|low| u64::from(self.0[low]) | u64::from(self.0[low + 1]) << 32)
    }
}

impl Serialize for ProcessSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.processes())
    }
}

impl<'de> Deserialize<'de> for ProcessSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let processes = Vec::<ProcessId>::deserialize(deserializer)?;
        match processes.iter().find(|process| process.0 >= 128) {
            Some(process) => Err(de::Error::custom(format!("{process}: only p0 to p127 can be named here"))),
            None => Ok(ProcessSet::of(processes)),
        }
    }
}
