//! The intruder on arbitrary links: what it hears, and what it does with that, by rates and by hand.

use super::byzantine::one_of;
use super::{Choice, Due, Engine, MessageId, Refusal, Step, refuse};
use crate::draw::{Purpose, draw};
use crate::model::LinkKind;
use crate::process::{Payload, ProcessId};

/// How many messages an intruder remembers: the latest.
pub const HEARD_MAX: usize = 256;

/// A message that somebody overheard.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Its name.
    pub id: MessageId,
    /// What it says.
    pub payload: Payload,
    /// When it was sent, in microseconds.
    pub at_us: u64,
    /// The Byzantine process that keeps it for later; `None` for the intruder on the link.
    pub by: Option<ProcessId>,
}

/// Something that will happen unless it becomes impossible.
#[derive(Clone, Copy)]
pub(super) struct PendingAttack {
    pub(super) serial: u64,
    pub(super) choice: Choice,
}

impl Engine {
    /// What intruders and Byzantine processes remember of what was sent, oldest first.
    pub fn heard(&self) -> &[Heard] {
        &self.heard[self.heard.len().saturating_sub(HEARD_MAX)..]
    }

    pub(super) fn hear(&mut self, id: MessageId, payload: &Payload, by: Option<ProcessId>) {
        // Half of the list goes at once, as all of what is left has to move.
        if self.heard.len() == 2 * HEARD_MAX {
            self.heard.drain(..HEARD_MAX);
        }
        self.heard.push(Heard { id, payload: payload.clone(), at_us: self.now_us, by });
    }

    /// The intruder hears a message that sets out, and makes its plans.
    pub(super) fn overhear(&mut self, id: MessageId, payload: &Payload, arrives_us: u64) {
        self.hear(id, payload, None);
        if !self.setup.timed {
            return;
        }
        let links = *self.models.between(id.from, id.to);
        let link = u64::from(id.from.0) << 16 | u64::from(id.to.0);
        let draw = |purpose| draw(self.setup.seed, purpose, link, u64::from(id.number));
        let (alter, inject, replay) = (draw(Purpose::Alter), draw(Purpose::Inject), draw(Purpose::Replay));
        let lies: Vec<u8> = if links.alter.0 | links.inject.0 > 0 {
            (0..=u8::MAX).zip(payload.lies()).map(|(lie, _)| lie).collect()
        } else {
            Vec::new()
        };
        if let (true, Some(lie)) = (links.alter.hits(alter), one_of(&lies, alter)) {
            let half_us = self.now_us + (arrives_us - self.now_us) / 2;
            self.plan_attack_at(half_us, Choice::Alter { message: id, lie: *lie });
        }
        if links.inject.hits(inject) {
            let (bits, knowledge) = (inject.rotate_left(16), &self.setup.knowledge);
            let way = one_of(knowledge, inject).map(|knowledge| &knowledge.below).and_then(|from| {
                let open = |to: &ProcessId| self.models.between(from.me, *to).kind == LinkKind::Arbitrary;
                let ways: Vec<ProcessId> = from.peers.iter().copied().filter(open).collect();
                one_of(&ways, bits).map(|to| (from.me, *to))
            });
            if let Some((from, to)) = way {
                let lie = one_of(&lies, bits.rotate_left(16)).copied();
                self.plan_attack(inject, Choice::Inject { message: id, from, to, lie });
            }
        }
        if links.replay.hits(replay) {
            self.plan_attack(replay, Choice::Replay(id));
        }
    }

    /// Something shall happen after a while: between one and nine typical delays, by drawn bits.
    pub(super) fn plan_attack(&mut self, bits: u64, choice: Choice) {
        let typical_us = 1_000 * u64::from(self.models.timing.typical_ms);
        let while_us = typical_us + (typical_us * 8 * (bits & 0xffff)) / 0x1_0000;
        self.plan_attack_at(self.now_us + while_us, choice);
    }

    fn plan_attack_at(&mut self, at_us: u64, choice: Choice) {
        self.serial += 1;
        self.attacks.push(PendingAttack { serial: self.serial, choice });
        self.queue.push(at_us, Due::Attack(self.serial));
    }

    /// Whether one process may send to the other.
    pub(super) fn connected(&self, from: ProcessId, to: ProcessId) -> bool {
        self.setup.knowledge.get(from.index()).is_some_and(|knowledge| knowledge.below.peers.contains(&to))
    }

    /// What a message says that is on its way or was heard, and whether that is forged.
    fn example(&self, id: MessageId) -> Result<(&Payload, bool), Refusal> {
        if let Some(heard) = self.heard().iter().rev().find(|heard| heard.id == id) {
            return Ok((&heard.payload, false));
        }
        let on_its_way = self.flight(id).map(|flight| (&flight.payload, flight.forged));
        on_its_way.ok_or_else(|| Refusal(format!("the message {id} is not on its way, and nobody has heard it")))
    }

    pub(super) fn can_alter(&self, id: MessageId, lie: u8) -> Result<(), Refusal> {
        let slot = self.slot(id)?;
        let flight = self.flights[slot].as_ref().expect("a slot that was found");
        if flight.forged {
            // Lies about lies would have no end.
            return refuse("it has been changed before");
        }
        has_lie(&flight.payload, lie)
    }

    pub(super) fn can_inject(
        &self,
        id: MessageId,
        from: ProcessId,
        to: ProcessId,
        lie: Option<u8>,
    ) -> Result<(), Refusal> {
        self.known(from)?;
        self.known(to)?;
        if !self.connected(from, to) {
            return refuse(format!("{from} has no link to {to}"));
        }
        let (example, _) = self.example(id)?;
        lie.map_or(Ok(()), |lie| has_lie(example, lie))
    }

    pub(super) fn alter(&mut self, id: MessageId, lie: u8, step: &mut Step) {
        let slot = self.slot(id).expect("admissible");
        let flight = self.flights[slot].as_mut().expect("admissible");
        let altered = flight.payload.lies().swap_remove(usize::from(lie));
        step.because(|| format!("it said “{}”", flight.payload.text()));
        flight.payload = altered;
        flight.forged = true;
        step.about(flight);
    }

    pub(super) fn inject(&mut self, id: MessageId, from: ProcessId, to: ProcessId, lie: Option<u8>, step: &mut Step) {
        let (example, was_forged) = self.example(id).expect("admissible");
        let payload = match lie {
            None => example.clone(),
            Some(lie) => example.lies().swap_remove(usize::from(lie)),
        };
        let payload = payload.written_by(from).unwrap_or(payload);
        let forged = was_forged || lie.is_some() || (from, to) != (id.from, id.to);
        step.payload = Some(payload.clone());
        step.payload_sent_us = self.now_us;
        step.payload_forged = forged;
        self.launch_spoofed(from, to, payload, forged, step);
    }

    /// Puts a message on a link that its sender did not send.
    pub(super) fn launch_spoofed(
        &mut self,
        from: ProcessId,
        to: ProcessId,
        payload: Payload,
        forged: bool,
        step: &mut Step,
    ) {
        let link = self.link(from, to);
        let number = MessageId::SPOOFED | self.links[link].spoofed;
        self.links[link].spoofed += 1;
        let id = MessageId { from, to, number, copy: 0 };
        self.hash.word(10 << 32 | u64::from(from.0) << 16 | u64::from(to.0));
        self.hash.word(payload.digest());
        step.sent.push(id);
        step.said.push(payload.clone());
        self.launch(id, payload, step.event, forged, 0.0);
    }
}

fn has_lie(payload: &Payload, lie: u8) -> Result<(), Refusal> {
    match payload.lies().len() {
        0 => refuse("there is nothing else that it could say"),
        lies if usize::from(lie) >= lies => refuse(format!("there are only {lies} other things that it could say")),
        _ => Ok(()),
    }
}
