//! The promises of the models, and who broke them.

use crate::engine::{Arrival, Choice, Engine, Step, promise};
use crate::model::{Failures, LinkKind, Models, TimingKind};
use crate::process::ProcessId;

/// A guarantee of a model, and who broke it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Promise {
    /// The promise, in words.
    pub text: &'static str,
    /// The event at which it was broken.
    pub broken: Option<u64>,
    /// True if a person had acted by then; else the scenario planned it so.
    pub by_hand: bool,
    /// The link on which it was broken, sender first, if it was on one.
    pub on: Option<(ProcessId, ProcessId)>,
}

/// A promise that was not kept.
#[derive(Clone, Copy)]
struct Broken {
    text: &'static str,
    event: u64,
    by_hand: bool,
    on: Option<(ProcessId, ProcessId)>,
}

/// The promises that were not kept so far.
#[derive(Clone, Default)]
pub(super) struct Promises {
    broken: Vec<Broken>,
    /// True if a person has acted so far.
    touched: bool,
}

impl Promises {
    /// Takes note of what `step` did.
    pub(super) fn observe(&mut self, engine: &Engine, step: &Step, by_hand: bool) {
        let choice = step.choice.expect("a step that was applied");
        self.touched |= by_hand;
        if let Some(text) = step.breaks.or_else(|| late(engine, step))
            && !self.broken.iter().any(|broken| broken.text == text)
        {
            self.broken.push(Broken { text, event: step.event, by_hand: self.touched, on: choice.link() });
        }
    }

    /// The promises of the models, lit or broken.
    pub(super) fn judge(&self, models: &Models) -> Vec<Promise> {
        let kinds: Vec<LinkKind> = models.all_links().map(|links| links.kind).collect();
        let texts = [
            (models.failures != Failures::Byzantine, promise::NO_LIES),
            (models.failures == Failures::CrashStop, promise::NO_RETURN),
            (kinds.contains(&LinkKind::Reliable), promise::NO_LOSS),
            (kinds.contains(&LinkKind::Reliable), promise::NO_COPIES),
            (kinds.contains(&LinkKind::FairLoss), promise::FAIRNESS),
            (kinds.iter().any(|kind| *kind != LinkKind::Arbitrary), promise::TRUE_MESSAGES),
            (models.all_links().any(|links| links.fifo), promise::ORDER),
        ];
        let judged = |text| {
            let broken = self.broken.iter().find(|broken| broken.text == text);
            let by_hand = broken.is_some_and(|broken| broken.by_hand);
            Promise {
                text,
                broken: broken.map(|broken| broken.event),
                by_hand,
                on: broken.and_then(|broken| broken.on),
            }
        };
        let made = texts.into_iter().filter(|(made, _)| *made).map(|(_, text)| text);
        // Told only where it is broken: elsewhere nobody thinks of it.
        let off = self.broken.iter().map(|broken| broken.text).filter(|text| *text == promise::ALL_ON);
        made.chain(promise::of_time(&models.timing)).chain(off).map(judged).collect()
    }
    /// The bytes that a copy of it takes, about.
    pub(super) fn bytes(&self) -> usize {
        24 * self.broken.len()
    }
}

/// The promise of time that a message breaks which is received in `step`, if it breaks one.
fn late(engine: &Engine, step: &Step) -> Option<&'static str> {
    let Some(Choice::Deliver(id)) = step.choice else { return None };
    let Arrival { sent_us, left_us, arrives_us, .. } = *step.arrival.as_ref()?;
    let timing = &engine.models().timing;
    let from_us = timing.holds_from_us().filter(|_| engine.setup().timed)?.max(engine.timing_since_us());
    let (delta_us, phi_us) = timing.bounds_us();
    // A message that was under way when the bounds came into force has had the whole of them since.
    let bound_us = |since_us: u64| since_us.max(from_us) + delta_us;
    let on_the_link = arrives_us.min(step.at_us) > bound_us(left_us);
    // A liar may begin when it likes.
    let liar = engine.process(id.from).is_byzantine();
    let begun_us = if liar { left_us } else { sent_us };
    let in_all = timing.kind != TimingKind::BoundedAsynchrony && step.at_us > bound_us(begun_us) + phi_us;
    promise::of_time(timing).filter(|_| on_the_link || in_all)
}
