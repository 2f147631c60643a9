//! The promises of the models, each in words.

use crate::model::{Timing, TimingKind};

/// Of reliable links.
pub const NO_LOSS: &str = "reliable links lose nothing";
/// Of reliable links.
pub const NO_COPIES: &str = "reliable links double nothing";
/// Of fair-loss links.
pub const FAIRNESS: &str = "a message that is sent again and again arrives in the end";
/// Of links that keep the order.
pub const ORDER: &str = "messages do not overtake each other";
/// Of links without an intruder.
pub const TRUE_MESSAGES: &str = "messages arrive as they were written";
/// Of the crash-stop model.
pub const NO_RETURN: &str = "a process that stops never comes back";
/// Of all but the Byzantine model.
pub const NO_LIES: &str = "processes do not lie";
/// Of every world: what was put together stays together.
pub const ALL_ON: &str = "every module stays on";
/// Of synchrony.
pub const TIME: &str = "messages and steps keep their time bounds";
/// Of partial synchrony with a stabilisation time.
pub const AFTER_GST: &str = "after the stabilisation time messages and steps keep their bounds";
/// Of bounded asynchrony.
pub const DELIVERY: &str = "messages keep their time bound";

/// The promise of a model of time, in words, if it promises anything.
pub fn of_time(timing: &Timing) -> Option<&'static str> {
    match timing.kind {
        TimingKind::Synchronous => Some(TIME),
        TimingKind::BoundedAsynchrony => Some(DELIVERY),
        TimingKind::PartiallySynchronous => timing.gst_ms.map(|_| AFTER_GST),
        TimingKind::Asynchronous => None,
    }
}
