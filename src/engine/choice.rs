//! Choices: what a scheduler picks, and what a person may do to a run. Schedules are lists of them.

use crate::canon::{self, Digest};
use crate::draw::Flips;
use crate::model::{Behaviour, Change, ProcessSet};
use crate::process::ProcessId;
use crate::quote::quoted;
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
    /// The number of messages that the sender had sent on this link before; from [`MessageId::SPOOFED`] on, the number
    /// that others had sent in its name.
    pub number: u32,
    /// 0 for the message itself, 1, 2, … for duplicates.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub copy: u8,
}

fn is_zero(copy: &u8) -> bool {
    *copy == 0
}

impl MessageId {
    /// The first number of messages that their sender did not send. They have numbers of their own, so that those of
    /// its own messages, and with them everything that is drawn, do not depend on what others do.
    pub const SPOOFED: u32 = 1 << 31;

    /// True if somebody else than the sender sent it.
    pub fn is_spoofed(self) -> bool {
        self.number >= MessageId::SPOOFED
    }
}

impl Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (spoofed, number) = (if self.is_spoofed() { "spoofed " } else { "" }, self.number % MessageId::SPOOFED);
        write!(f, "{}→{} {spoofed}#{number}", self.from, self.to)?;
        if self.copy > 0 { write!(f, " (copy {})", self.copy) } else { Ok(()) }
    }
}

/// A choice of a scheduler, or of a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
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
    /// A message becomes one of its well-formed lies on the way.
    Alter {
        /// The message.
        message: MessageId,
        /// The number of the lie, from 0.
        lie: u8,
    },
    /// A message is made up after the example of one that is on its way or was heard.
    Inject {
        /// The example.
        message: MessageId,
        /// In whose name.
        from: ProcessId,
        /// For whom.
        to: ProcessId,
        /// The number of the example's lie that it says, from 0; without, it says what the example says.
        #[serde(skip_serializing_if = "Option::is_none")]
        lie: Option<u8>,
    },
    /// A message that is on its way or was heard is sent once more, as it was.
    Replay(MessageId),
    /// A message is held until it is released.
    Hold(MessageId),
    /// A held message travels on.
    Release(MessageId),
    /// A process crashes: now, or in its next step after so many effects (messages, stores, indications, decisions).
    Crash {
        /// The process.
        process: ProcessId,
        /// The effects that still happen.
        #[serde(skip_serializing_if = "Option::is_none")]
        after_effects: Option<u16>,
    },
    /// A process crashes in its next step that sends, after so many messages: in the middle of a broadcast.
    CrashSending {
        /// The process.
        process: ProcessId,
        /// The messages that it still sends.
        after_sends: u16,
    },
    /// A crashed process comes back with what it had stored.
    Recover(ProcessId),
    /// A process becomes Byzantine, or changes what it does as such. It counts as faulty from then on.
    Byzantine {
        /// The process.
        process: ProcessId,
        /// The behaviour that it adds to running its program.
        #[serde(default)]
        behaviour: Behaviour,
    },
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
    Partition(ProcessSet),
    /// All cuts are mended.
    Heal,
    /// A module is switched off or on, at all processes that have it.
    Switch {
        /// The module, counted from the bottom; where there are roles, in [`Program::names`](crate::process::Program::names).
        layer: u8,
        /// True if it is switched on.
        on: bool,
    },
    /// Another model is in force from now on.
    Change(Change),
    /// The user of a process makes a request that is planned or made up by a person.
    Request {
        /// The process that is asked.
        process: ProcessId,
        /// The number of the request among those of the process, from 1.
        number: u32,
    },
    /// The user of a process makes the next request of the workload.
    Workload {
        /// The process that is asked.
        process: ProcessId,
        /// The number of the request in the process's workload, from 1.
        number: u32,
    },
}

impl Choice {
    /// The process whose line the event stands on, if it is one process's event.
    pub fn process(&self) -> Option<ProcessId> {
        match *self {
            Choice::Start(process)
            | Choice::Timeout { process, .. }
            | Choice::Crash { process, .. }
            | Choice::CrashSending { process, .. }
            | Choice::Recover(process)
            | Choice::Byzantine { process, .. }
            | Choice::Slow { process, .. }
            | Choice::Request { process, .. }
            | Choice::Workload { process, .. } => Some(process),
            Choice::Deliver(message) => Some(message.to),
            _ => None,
        }
    }

    /// The process whose user asks for something.
    pub fn asks(&self) -> Option<ProcessId> {
        match *self {
            Choice::Request { process, .. } | Choice::Workload { process, .. } => Some(process),
            _ => None,
        }
    }

    /// The process that takes a step in the event, and so knows of it.
    pub fn woken(&self) -> Option<ProcessId> {
        match *self {
            Choice::Start(process) | Choice::Timeout { process, .. } | Choice::Recover(process) => Some(process),
            Choice::Deliver(message) => Some(message.to),
            _ => self.asks(),
        }
    }

    /// True if something fails, comes back, is cut or is mended.
    pub fn is_fault(&self) -> bool {
        let usual = matches!(self, Choice::Start(_) | Choice::Timeout { .. }) || self.asks().is_some();
        !usual && self.message().is_none()
    }

    /// The message that it is about.
    pub fn message(&self) -> Option<MessageId> {
        match *self {
            Choice::Deliver(message)
            | Choice::Lose(message)
            | Choice::Duplicate(message)
            | Choice::Alter { message, .. }
            | Choice::Inject { message, .. }
            | Choice::Replay(message)
            | Choice::Hold(message)
            | Choice::Release(message) => Some(message),
            _ => None,
        }
    }

    /// The link that it is about, sender first.
    pub fn link(&self) -> Option<(ProcessId, ProcessId)> {
        match *self {
            Choice::Inject { from, to, .. } | Choice::Cut { from, to } | Choice::Mend { from, to } => Some((from, to)),
            _ => self.message().map(|message| (message.from, message.to)),
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
            Choice::Byzantine { process, behaviour } => {
                let [low, high] = behaviour.twin.words();
                let mut digest = Digest::default();
                for word in [
                    u64::from(behaviour.silent) | u64::from(behaviour.colludes) << 1,
                    u64::from(behaviour.lies.0),
                    low,
                    high,
                    behaviour.forges.map_or(0, |name| 1 + u64::from(name.0)),
                    u64::from(behaviour.delay_ms),
                    u64::from(behaviour.replays.0),
                ] {
                    digest.word(word);
                }
                [10, u64::from(process.0), digest.finish()]
            }
            Choice::Slow { process, extra_ms } => [11, u64::from(process.0), u64::from(extra_ms)],
            Choice::Cut { from, to } => link(12, from, to),
            Choice::Mend { from, to } => link(13, from, to),
            Choice::Partition(side) => {
                let [low, high] = side.words();
                [14, low, high]
            }
            Choice::Heal => [15, 0, 0],
            Choice::CrashSending { process, after_sends } => [16, u64::from(process.0), u64::from(after_sends)],
            Choice::Alter { message: id, lie } => message(17 | u64::from(lie) << 16, id),
            Choice::Replay(id) => message(18, id),
            Choice::Inject { message: id, from, to, lie } => {
                let [tag, link, number] = message(19, id);
                let said = lie.map_or(0, |lie| 1 + u64::from(lie));
                [tag | said << 16, link | u64::from(from.0) << 32 | u64::from(to.0) << 48, number]
            }
            Choice::Change(change) => [20, canon::digest(&change), 0],
            Choice::Request { process, number } => [21, u64::from(process.0), u64::from(number)],
            Choice::Workload { process, number } => [22, u64::from(process.0), u64::from(number)],
            Choice::Switch { layer, on } => [23, u64::from(layer), u64::from(on)],
        }
    }
}

/// One line of a schedule.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheduled {
    /// The choice that is made.
    pub choice: Choice,
    /// When, in microseconds. Without it the step takes a millisecond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_us: Option<u64>,
    /// The coins of the step, as a string of 0 and 1; coins beyond it are drawn from the seed.
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
        for character in text.chars() {
            match character {
                '0' => flips.push(false),
                '1' => flips.push(true),
                _ => return Err(de::Error::custom(format!("{} is not a string of 0 and 1", quoted(&text)))),
            }
        }
        Ok(flips)
    }
}
