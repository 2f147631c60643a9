//! Choices: what a scheduler picks, and what a person may do to a run. Schedules are lists of them.

use crate::draw::Flips;
use crate::process::ProcessId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt::{self, Display};

/// The name of a message: who sent it to whom, which number it has on that link, and which copy it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageId {
    /// The sender.
    pub from: ProcessId,
    /// The recipient.
    pub to: ProcessId,
    /// How many messages the sender had sent on this link before.
    pub number: u32,
    /// 0 for the message itself, 1, 2, … for duplicates.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub copy: u8,
}

fn is_zero(copy: &u8) -> bool {
    *copy == 0
}

impl Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}→{} #{}", self.from, self.to, self.number)?;
        if self.copy > 0 { write!(f, " (copy {})", self.copy) } else { Ok(()) }
    }
}

/// A set of processes, at most 128.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Side(u128);

impl Side {
    /// The set of these processes.
    pub fn of(processes: impl IntoIterator<Item = ProcessId>) -> Self {
        Side(processes.into_iter().fold(0, |set, process| set | 1 << process.0))
    }

    /// Whether `process` belongs to it.
    pub fn contains(self, process: ProcessId) -> bool {
        process.0 < 128 && self.0 >> process.0 & 1 == 1
    }

    /// The processes, in order.
    pub fn processes(self) -> impl Iterator<Item = ProcessId> {
        ProcessId::all(128).filter(move |process| self.contains(*process))
    }

    /// The set as two words, for the trace's hash.
    pub fn words(self) -> [u64; 2] {
        [self.0 as u64, (self.0 >> 64) as u64]
    }
}

impl Serialize for Side {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.processes())
    }
}

impl<'de> Deserialize<'de> for Side {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let processes = Vec::<ProcessId>::deserialize(deserializer)?;
        match processes.iter().find(|process| process.0 >= 128) {
            Some(process) => Err(de::Error::custom(format!("{process}: only p0 to p127 can be named here"))),
            None if processes.is_empty() => Err(de::Error::custom("a partition names at least one process")),
            None => Ok(Side::of(processes)),
        }
    }
}

/// What a scheduler picks, and what a person may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// A process takes its first step.
    Start(ProcessId),
    /// A message is received.
    Deliver(MessageId),
    /// The timer of a layer that is due first fires; without times, the one that the protocol says is enabled.
    Timeout {
        /// The process whose timer it is.
        process: ProcessId,
        /// The layer, counted from the bottom.
        #[serde(default)]
        layer: u8,
    },
    /// A message is lost.
    Lose(MessageId),
    /// A message is duplicated; the copy travels on its own.
    Duplicate(MessageId),
    /// A message is held until it is released.
    Hold(MessageId),
    /// A held message travels on.
    Release(MessageId),
    /// A process crashes: now, or in its next step after so many effects (messages, stores, indications, decisions).
    Crash {
        /// The process.
        process: ProcessId,
        /// The effects that still happen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_effects: Option<u16>,
    },
    /// A crashed process comes back with what it had stored.
    Recover(ProcessId),
    /// A process becomes Byzantine: it takes steps, and nothing leaves it.
    Silence(ProcessId),
    /// A process becomes slow: its messages leave, and messages to it are handled, so much later. 0 makes it as fast
    /// as before.
    Slow {
        /// The process.
        process: ProcessId,
        /// By how much, in milliseconds.
        extra_ms: u32,
    },
    /// One direction of a link is cut.
    Cut {
        /// The sender's end.
        from: ProcessId,
        /// The recipient's end.
        to: ProcessId,
    },
    /// One direction of a link is mended.
    Mend {
        /// The sender's end.
        from: ProcessId,
        /// The recipient's end.
        to: ProcessId,
    },
    /// All links between these processes and the others are cut.
    Partition(Side),
    /// All cuts are mended.
    Heal,
}

impl Choice {
    /// The process whose line the event stands on, if it is one process's event.
    pub fn process(&self) -> Option<ProcessId> {
        match *self {
            Choice::Start(process)
            | Choice::Timeout { process, .. }
            | Choice::Crash { process, .. }
            | Choice::Recover(process)
            | Choice::Silence(process)
            | Choice::Slow { process, .. } => Some(process),
            Choice::Deliver(message) => Some(message.to),
            _ => None,
        }
    }

    /// Whether something fails, comes back, is cut or is mended.
    pub fn is_fault(&self) -> bool {
        !matches!(self, Choice::Start(_) | Choice::Timeout { .. }) && self.message().is_none()
    }

    /// The message that it is about.
    pub fn message(&self) -> Option<MessageId> {
        match *self {
            Choice::Deliver(message)
            | Choice::Lose(message)
            | Choice::Duplicate(message)
            | Choice::Hold(message)
            | Choice::Release(message) => Some(message),
            _ => None,
        }
    }

    /// The choice as words of the trace's hash.
    pub(super) fn words(&self) -> [u64; 3] {
        let one = |tag: u64, process: ProcessId| [tag, u64::from(process.0), 0];
        let link = |tag: u64, from: ProcessId, to: ProcessId| [tag, u64::from(from.0), u64::from(to.0)];
        let message = |tag: u64, id: MessageId| {
            let MessageId { from, to, number, copy } = id;
            [tag | u64::from(copy) << 8, u64::from(from.0) << 16 | u64::from(to.0), u64::from(number)]
        };
        match *self {
            Choice::Start(process) => one(1, process),
            Choice::Deliver(id) => message(2, id),
            Choice::Timeout { process, layer } => [3, u64::from(process.0), u64::from(layer)],
            Choice::Lose(id) => message(4, id),
            Choice::Duplicate(id) => message(5, id),
            Choice::Hold(id) => message(6, id),
            Choice::Release(id) => message(7, id),
            Choice::Crash { process, after_effects } => {
                [8, u64::from(process.0), after_effects.map_or(0, |effects| 1 + u64::from(effects))]
            }
            Choice::Recover(process) => one(9, process),
            Choice::Silence(process) => one(10, process),
            Choice::Slow { process, extra_ms } => [11, u64::from(process.0), u64::from(extra_ms)],
            Choice::Cut { from, to } => link(12, from, to),
            Choice::Mend { from, to } => link(13, from, to),
            Choice::Partition(side) => {
                let [low, high] = side.words();
                [14, low, high]
            }
            Choice::Heal => [15, 0, 0],
        }
    }
}

/// One line of a schedule.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheduled {
    /// What happens.
    pub choice: Choice,
    /// When, in microseconds. Without it the step takes a millisecond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_us: Option<u64>,
    /// How the coins of the step fall, as a string of 0 and 1; coins beyond it are drawn from the seed.
    #[serde(default, skip_serializing_if = "no_flips")]
    pub coins: Flips,
}

fn no_flips(flips: &Flips) -> bool {
    flips.count == 0
}

impl From<Choice> for Scheduled {
    fn from(choice: Choice) -> Self {
        Scheduled { choice, at_us: None, coins: Flips::default() }
    }
}

impl Serialize for Flips {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text: String = (0..self.count).map(|index| if self.get(index) == Some(true) { '1' } else { '0' }).collect();
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Flips {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut flips = Flips::default();
        if text.len() > usize::from(Flips::MAX) {
            return Err(de::Error::custom(format!("at most {} coins a step", Flips::MAX)));
        }
        for letter in text.chars() {
            match letter {
                '0' => flips.push(false),
                '1' => flips.push(true),
                _ => return Err(de::Error::custom(format!("{text:?} is not a string of 0 and 1"))),
            }
        }
        Ok(flips)
    }
}
