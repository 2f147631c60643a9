//! The rules for choices: which may be applied, and which promise of the models one breaks.

use super::{Choice, Engine, Fate, Flight, MessageId, Process, Status, promise};
use crate::model::{Change, Failures, LinkKind, Timing, TimingKind};
use crate::process::ProcessId;

/// Why the engine does not apply a choice, as a sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal(pub String);

pub(super) fn refuse<T>(reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(reason.into()))
}

impl Engine {
    /// The process, if there is one of that name.
    pub(super) fn known(&self, process: ProcessId) -> Result<&Process, Refusal> {
        self.processes.get(process.index()).ok_or_else(|| Refusal(format!("there is no process {process}")))
    }

    /// The message, if it is on its way.
    pub(super) fn message(&self, id: MessageId) -> Result<&Flight, Refusal> {
        let flight = self.network.flight(id, &self.queue);
        flight.ok_or_else(|| Refusal(format!("the message {id} is not on its way")))
    }

    /// Checks that the engine would apply `choice`. The refusal says why not.
    pub fn admissible(&self, choice: &Choice) -> Result<(), Refusal> {
        if let Some(reason) = &self.runaway {
            return refuse(reason.clone());
        }
        match *choice {
            Choice::Start(process) => match self.known(process)?.status {
                Status::Fresh => Ok(()),
                Status::Up => refuse(format!("{process} has started before")),
                Status::Crashed(_) => refuse(format!("{process} has crashed")),
            },
            Choice::Deliver(id) => {
                if !self.known(id.to)?.is_alive() {
                    return refuse(format!("{} has crashed", id.to));
                }
                if self.is_void(self.message(id)?) {
                    return refuse(format!("{} would notice that {} did not write this", id.to, id.from));
                }
                Ok(())
            }
            Choice::Timeout { process, layer } => {
                let state = self.known(process)?;
                if state.status != Status::Up {
                    return refuse(format!("{process} does not run"));
                }
                if self.timer(process, layer).is_some() {
                    Ok(())
                } else {
                    refuse(format!("no timer of layer {layer} of {process} runs"))
                }
            }
            Choice::Lose(id) | Choice::Release(id) => self.message(id).map(|_| ()),
            Choice::Hold(id) => {
                if self.message(id)?.held_by_hand {
                    refuse("it is held already")
                } else {
                    Ok(())
                }
            }
            Choice::Duplicate(id) => {
                let flight = self.message(id)?;
                if id.copy > 0 {
                    refuse("a copy is not copied again")
                } else if flight.copies == u8::MAX {
                    refuse("there are too many copies of it")
                } else {
                    Ok(())
                }
            }
            Choice::Alter { message, lie } => self.can_alter(message, lie),
            Choice::Inject { message, from, to, lie } => self.can_inject(message, from, to, lie),
            Choice::Replay(id) => self.can_inject(id, id.from, id.to, None),
            Choice::Crash { process, .. } | Choice::CrashSending { process, .. } => {
                let status = self.known(process)?.status;
                if matches!(status, Status::Crashed(_)) {
                    refuse(format!("{process} has crashed before"))
                } else {
                    Ok(())
                }
            }
            Choice::Recover(process) => {
                let status = self.known(process)?.status;
                if matches!(status, Status::Crashed(_)) { Ok(()) } else { refuse(format!("{process} has not crashed")) }
            }
            Choice::Byzantine { process, behaviour } => {
                let before = self.known(process)?.byzantine.as_ref();
                behaviour
                    .twin
                    .processes()
                    .chain(behaviour.forges)
                    .try_for_each(|other| self.known(other).map(|_| ()))?;
                if before.is_some_and(|before| before.behaviour == behaviour) {
                    refuse("nothing would change")
                } else {
                    Ok(())
                }
            }
            Choice::Change(change) => self.can_change(&change),
            Choice::Request { process, .. } | Choice::Workload { process, .. } => self.can_ask(choice, process),
            Choice::Slow { process, extra_ms } => {
                if self.known(process)?.slow_us == 1_000 * u64::from(extra_ms) {
                    refuse("nothing would change")
                } else {
                    Ok(())
                }
            }
            Choice::Switch { layer, on } => self.can_switch(usize::from(layer), on),
            Choice::Cut { from, to } | Choice::Mend { from, to } => {
                self.known(from)?;
                self.known(to)?;
                let wanted = matches!(choice, Choice::Cut { .. });
                if from == to {
                    refuse("a process has no link to itself")
                } else if self.is_cut(from, to) == wanted {
                    refuse("nothing would change")
                } else {
                    Ok(())
                }
            }
            Choice::Partition(side) => {
                side.processes().try_for_each(|process| self.known(process).map(|_| ()))?;
                let inside = side.processes().count();
                if inside == 0 || inside == self.processes.len() {
                    refuse("a partition has processes on both sides")
                } else {
                    Ok(())
                }
            }
            Choice::Heal => {
                if self.network.has_cuts() {
                    Ok(())
                } else {
                    refuse("no link is cut")
                }
            }
        }
    }

    fn can_change(&self, change: &Change) -> Result<(), Refusal> {
        let models = self.models.changed(change);
        models.check(self.processes.len()).map_err(Refusal)?;
        if !self.setup.timed {
            models.check_untimed().map_err(Refusal)?;
        }
        if models == *self.models {
            return refuse("nothing would change");
        }
        check_light(&models.timing, &self.setup.light_us).map_err(Refusal)
    }

    fn can_switch(&self, layer: usize, on: bool) -> Result<(), Refusal> {
        self.setup.program.can_switch(layer).map_err(Refusal)?;
        if self.is_on(layer) == on { refuse("nothing would change") } else { Ok(()) }
    }

    /// The promise of the models that `choice` would break, in words, if it breaks one.
    pub fn forbids(&self, choice: &Choice) -> Option<&'static str> {
        let links = |id: MessageId| self.models.between(id.from, id.to);
        let found = |id| self.network.flight(id, &self.queue);
        // A Byzantine process may say what it likes, and as often.
        let liar = |process: ProcessId| self.processes.get(process.index()).is_some_and(Process::is_byzantine);
        let timing = &self.models.timing;
        let late =
            || promise::of_time(timing).filter(|_| timing.holds_from_us().is_some_and(|from| from <= self.now_us));
        match *choice {
            // A message that was drawn under another model keeps its fate, and breaks nothing.
            Choice::Lose(id) => {
                let flight = found(id).filter(|flight| flight.fate == Fate::Received && !self.is_void(flight))?;
                let links = links(id);
                match links.kind {
                    // Links owe nothing to who is down, and to a message of one who is.
                    _ if ![id.from, id.to].into_iter().all(|end| self.process(end).is_alive()) => None,
                    LinkKind::Reliable => Some(promise::NO_LOSS),
                    LinkKind::FairLoss => {
                        (flight.losses_before >= links.losses_in_a_row_max).then_some(promise::FAIRNESS)
                    }
                    LinkKind::Arbitrary => None,
                }
            }
            Choice::Duplicate(id) => {
                let drawn = found(id).is_some_and(|flight| flight.splits_us.is_some());
                (links(id).kind == LinkKind::Reliable && !drawn).then_some(promise::NO_COPIES)
            }
            Choice::Replay(id) => {
                (links(id).kind == LinkKind::Reliable && !liar(id.from)).then_some(promise::NO_COPIES)
            }
            Choice::Alter { message: id, .. } => {
                (links(id).kind != LinkKind::Arbitrary).then_some(promise::TRUE_MESSAGES)
            }
            Choice::Inject { from, to, .. } => {
                let intruded = self.models.between(from, to).kind == LinkKind::Arbitrary;
                (!intruded && !liar(from)).then_some(promise::TRUE_MESSAGES)
            }
            Choice::Deliver(id) if links(id).fifo && !id.is_spoofed() => {
                let serial = found(id)?.serial;
                let overtaken = self.flights().any(|flight| {
                    let (other, earlier) = (flight.id, flight.serial < serial && flight.fate == Fate::Received);
                    (other.from, other.to, other.copy) == (id.from, id.to, 0) && earlier && !other.is_spoofed()
                });
                overtaken.then_some(promise::ORDER)
            }
            Choice::Recover(_) => (self.models.failures == Failures::CrashStop).then_some(promise::NO_RETURN),
            Choice::Byzantine { .. } => (self.models.failures != Failures::Byzantine).then_some(promise::NO_LIES),
            Choice::Hold(_) => late(),
            Choice::Cut { from, to } => late().filter(|_| self.models.between(from, to).kind == LinkKind::Reliable),
            Choice::Partition(side) => {
                let all = || ProcessId::all(self.processes.len());
                let (here, there) =
                    (|| all().filter(|one| side.contains(*one)), || all().filter(|one| !side.contains(*one)));
                let mut ways = here().flat_map(|one| there().flat_map(move |other| [(one, other), (other, one)]));
                late().filter(|_| ways.any(|(from, to)| self.models.between(from, to).kind == LinkKind::Reliable))
            }
            Choice::Switch { on: false, .. } => Some(promise::ALL_ON),
            // With a bound on delivery alone everybody may be as slow as it likes.
            Choice::Slow { extra_ms, .. } => late().filter(|text| extra_ms > 0 && *text != promise::DELIVERY),
            _ => None,
        }
    }

    /// True if the recipient would notice that the message is not what its sender wrote.
    pub(super) fn is_void(&self, flight: &Flight) -> bool {
        flight.forged && self.models.between(flight.id.from, flight.id.to).authenticated
    }
}

/// Checks that light is fast enough for the bound on delivery. The error names the field.
pub fn check_light(timing: &Timing, light_us: &[u64]) -> Result<(), String> {
    let (least_us, bound_us) = (light_us.iter().copied().max().unwrap_or(0), 1_000 * u64::from(timing.delta_ms));
    if timing.kind != TimingKind::Asynchronous && least_us > bound_us {
        return Err(format!(
            "models.timing.delta_ms: {} is too short: between the places farthest apart light needs {} ms",
            timing.delta_ms,
            least_us.div_ceil(1_000)
        ));
    }
    Ok(())
}
