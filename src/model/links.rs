//! What links do to messages.

use crate::draw::{Purpose, below, draw};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A probability in parts per million. In files it is a number from 0 to 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Rate(pub u32);

impl Rate {
    /// Whether a draw with these bits hits.
    pub fn hits(self, bits: u64) -> bool {
        self.0 > 0 && below(bits, 1_000_000) < u64::from(self.0)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 1e6)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The JSON value prints itself: nothing else on the page prints floating-point numbers.
        let value = serde_json::Value::deserialize(deserializer)?;
        match value.as_f64() {
            // Rounding is the same everywhere, and the cast cannot overflow after the check.
            Some(number) if (0.0..=1.0).contains(&number) => Ok(Rate((number * 1e6 + 0.5) as u32)),
            _ => Err(de::Error::custom(format!("{value} is not a rate from 0 to 1"))),
        }
    }
}

/// What links promise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// Every message between processes that stay up is received once; order is not kept.
    #[default]
    Reliable,
    /// Messages may be lost, duplicated and reordered, but what is sent for ever is received for ever.
    FairLoss,
}

/// The model of the links.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Links {
    /// What they promise.
    pub kind: LinkKind,
    /// Whether messages of one link arrive in the order of sending.
    pub fifo: bool,
    /// Fair-loss: how likely a message is lost.
    pub loss: Rate,
    /// Fair-loss: how likely a message is duplicated.
    pub duplication: Rate,
    /// Fair-loss: after this many losses in a row of the same payload on a link, its next copy is delivered.
    pub losses_in_a_row_max: u32,
}

impl Default for Links {
    fn default() -> Self {
        Links { kind: LinkKind::Reliable, fifo: false, loss: Rate(0), duplication: Rate(0), losses_in_a_row_max: 5 }
    }
}

impl Links {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.kind == LinkKind::Reliable {
            for (rate, name) in [(self.loss, "loss"), (self.duplication, "duplication")] {
                if rate.0 > 0 {
                    return Err(format!(
                        "models.links.{name}: reliable links do not do that; set models.links.kind to \"fair-loss\""
                    ));
                }
            }
        }
        if !(1..=1_000).contains(&self.losses_in_a_row_max) {
            return Err("models.links.losses_in_a_row_max: must be from 1 to 1000".into());
        }
        Ok(())
    }

    /// What the model promises, in one sentence.
    pub fn promise(&self) -> &'static str {
        match (self.kind, self.fifo) {
            (LinkKind::Reliable, false) => "Every letter between processes that stay up arrives once, in any order.",
            (LinkKind::Reliable, true) => {
                "Every letter between processes that stay up arrives once, in the order of sending."
            }
            (LinkKind::FairLoss, false) => {
                "Letters may be lost, doubled and reordered; what is sent again and again arrives in the end."
            }
            (LinkKind::FairLoss, true) => "Letters may be lost and doubled, but do not overtake each other.",
        }
    }

    /// Whether the message that was drawn with `key` is lost, after `losses` losses in a row of its payload.
    pub fn loses(&self, seed: u32, entity: u64, key: u64, losses: u32) -> bool {
        losses < self.losses_in_a_row_max && self.loss.hits(draw(seed, Purpose::Loss, entity, key))
    }

    /// Whether it is duplicated.
    pub fn duplicates(&self, seed: u32, entity: u64, key: u64) -> bool {
        self.duplication.hits(draw(seed, Purpose::Duplication, entity, key))
    }
}
