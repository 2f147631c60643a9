//! The rules of links for messages.

use super::{Timing, TimingKind};
use crate::draw::{Purpose, below, draw};
use crate::process::ProcessId;
use crate::quote::shortened;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A probability in parts per million. In files it is a number from 0 to 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Rate(pub u32);

impl Rate {
    /// True if a draw with these bits hits.
    pub fn hits(self, bits: u64) -> bool {
        self.0 > 0 && below(bits, 1_000_000) < u64::from(self.0)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_f64(f64::from(self.0) / 1e6)
        } else {
            serializer.serialize_u32(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        match value.as_f64() {
            // Rounding is the same everywhere, and the cast cannot overflow after the check.
            Some(number) if (0.0..=1.0).contains(&number) => Ok(Rate((number * 1e6 + 0.5) as u32)),
            _ => Err(de::Error::custom(format!("{} is not a rate from 0 to 1", shortened(&value.to_string())))),
        }
    }
}

/// The promises of links.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// Every message between processes that stay up is received once; order is not kept.
    #[default]
    Reliable,
    /// Messages may be lost, duplicated and reordered, but what is sent for ever is received for ever.
    FairLoss,
    /// An intruder has the link: it listens, and may change, lose, make up and repeat messages.
    Arbitrary,
}

impl LinkKind {
    /// All of them, mildest first.
    pub const ALL: [LinkKind; 3] = [LinkKind::Reliable, LinkKind::FairLoss, LinkKind::Arbitrary];

    /// The names in files, in the same order.
    pub const NAMES: [&str; 3] = ["reliable", "fair-loss", "arbitrary"];

    /// The name in files.
    pub fn name(self) -> &'static str {
        LinkKind::NAMES[self as usize]
    }
}

/// The model of the links.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Links {
    /// Their promises.
    pub kind: LinkKind,
    /// True if messages of one link arrive in the order of sending.
    pub fifo: bool,
    /// True if a recipient can tell who wrote a message and that nobody changed it. What fails the test is thrown
    /// away, so lies become losses; a message that is only repeated passes.
    pub authenticated: bool,
    /// Fair-loss and arbitrary: how likely a message is lost.
    pub loss: Rate,
    /// Fair-loss and arbitrary: how likely a message is duplicated.
    pub duplication: Rate,
    /// The probability that a message takes so long a way that later ones overtake it.
    pub reorder: Rate,
    /// Arbitrary: how likely a message is changed on its way.
    pub alter: Rate,
    /// Arbitrary: how likely it makes the intruder send one like it in somebody's name to somebody else.
    pub inject: Rate,
    /// Arbitrary: how likely it is sent once more, some time after.
    pub replay: Rate,
    /// Fair-loss: after this many losses in a row of the same payload on a link, its next copy is delivered.
    pub losses_in_a_row_max: u32,
    /// The least time of a message in milliseconds, whatever the model of time: from 0 to 600,000, and no longer
    /// than a bound on delivery. Where light needs longer, that counts.
    pub latency_ms: u32,
}

impl Default for Links {
    fn default() -> Self {
        let never = Rate(0);
        Links {
            kind: LinkKind::Reliable,
            fifo: false,
            authenticated: false,
            loss: never,
            duplication: never,
            reorder: never,
            alter: never,
            inject: never,
            replay: never,
            losses_in_a_row_max: 5,
            latency_ms: 0,
        }
    }
}

/// Other rules for the link between two processes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// One end; the sender's, if `one_way` is set.
    pub from: ProcessId,
    /// The other end.
    pub to: ProcessId,
    /// True if only messages from `from` to `to` are meant.
    #[serde(default)]
    pub one_way: bool,
    /// The rules.
    #[serde(default)]
    pub links: Links,
}

impl Override {
    /// True if it speaks about messages from `from` to `to`.
    pub fn covers(&self, from: ProcessId, to: ProcessId) -> bool {
        (self.from, self.to) == (from, to) || !self.one_way && (self.to, self.from) == (from, to)
    }
}

impl Links {
    /// Checks what the types cannot, and names the field after `path`.
    pub(super) fn check(&self, path: &str, timing: &Timing) -> Result<(), String> {
        let (fair, arbitrary) = (self.kind == LinkKind::FairLoss, self.kind == LinkKind::Arbitrary);
        for (rate, name, allowed, other) in [
            (self.loss, "loss", fair || arbitrary, "fair-loss"),
            (self.duplication, "duplication", fair || arbitrary, "fair-loss"),
            (self.alter, "alter", arbitrary, "arbitrary"),
            (self.inject, "inject", arbitrary, "arbitrary"),
            (self.replay, "replay", arbitrary, "arbitrary"),
        ] {
            if rate.0 > 0 && !allowed {
                return Err(format!(
                    "{path}.{name}: {} links do not do that; set {path}.kind to \"{other}\"",
                    self.kind.name()
                ));
            }
        }
        if self.fifo && self.reorder.0 > 0 {
            return Err(format!("{path}.reorder: on links that keep the order nothing is reordered"));
        }
        if !(1..=1_000).contains(&self.losses_in_a_row_max) {
            return Err(format!("{path}.losses_in_a_row_max: must be from 1 to 1000"));
        }
        let (most_ms, why) = match timing.kind {
            TimingKind::Asynchronous => (600_000, "the most that is allowed"),
            _ => (timing.delta_ms, "models.timing.delta_ms"),
        };
        if self.latency_ms > most_ms {
            return Err(format!("{path}.latency_ms: {} is more than {most_ms}, {why}", self.latency_ms));
        }
        Ok(())
    }

    /// The first rate or latency that is not 0, by name.
    pub fn drawn(&self) -> Option<&'static str> {
        let rates = [
            (self.loss.0, "loss"),
            (self.duplication.0, "duplication"),
            (self.reorder.0, "reorder"),
            (self.alter.0, "alter"),
            (self.inject.0, "inject"),
            (self.replay.0, "replay"),
            (self.latency_ms, "latency_ms"),
        ];
        rates.into_iter().find(|(rate, _)| *rate > 0).map(|(_, name)| name)
    }

    /// The promise of the model, in one sentence.
    pub fn promise(&self) -> &'static str {
        match (self.kind, self.fifo) {
            (LinkKind::Reliable, false) => "Every message between processes that stay up arrives once, in any order.",
            (LinkKind::Reliable, true) => {
                "Every message between processes that stay up arrives once, in the order of sending."
            }
            (LinkKind::FairLoss, false) => {
                "Messages may be lost, doubled and reordered; what is sent again and again arrives in the end."
            }
            (LinkKind::FairLoss, true) => "Messages may be lost and doubled, but do not overtake each other.",
            (LinkKind::Arbitrary, _) if self.authenticated => {
                "An intruder may read, lose and repeat messages; what it changes or makes up is noticed and thrown away."
            }
            (LinkKind::Arbitrary, _) => "Nothing: an intruder may read, change, lose, repeat and make up messages.",
        }
    }

    /// True if the message that was drawn with `key` is lost, after `losses` losses in a row of its payload.
    pub fn loses(&self, seed: u32, entity: u64, key: u64, losses: u32) -> bool {
        losses < self.losses_in_a_row_max && self.loss.hits(draw(seed, Purpose::Loss, entity, key))
    }

    /// True if it is duplicated.
    pub fn duplicates(&self, seed: u32, entity: u64, key: u64) -> bool {
        self.duplication.hits(draw(seed, Purpose::Duplication, entity, key))
    }

    /// True if it takes a long way.
    pub fn reorders(&self, seed: u32, entity: u64, key: u64) -> bool {
        self.reorder.0 > 0 && self.reorder.hits(draw(seed, Purpose::Reorder, entity, key))
    }
}
