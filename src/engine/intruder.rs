//! The intruder on arbitrary links: what it hears, and what it does with that, by rates and by hand.

use super::byzantine::one_of;
use super::network::{Arrival, Launch, Surroundings};
use super::queue::{Due, Queue};
use super::rules::{Refusal, refuse};
use super::{Choice, Engine, MessageId, Step};
use crate::draw::{Purpose, draw};
use crate::model::LinkKind;
use crate::process::{Payload, ProcessId};

/// The most messages that an intruder remembers: the latest.
pub const HEARD_MAX: usize = 256;

/// A message that somebody overheard.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Its name.
    pub id: MessageId,
    /// The content of the message.
    pub payload: Payload,
    /// When it was sent, in microseconds.
    pub at_us: u64,
    /// The Byzantine process that keeps it for later; `None` for the intruder on the link.
    pub by: Option<ProcessId>,
}

/// Something that will happen unless it becomes impossible.
#[derive(Clone, Copy)]
struct PendingAttack {
    serial: u64,
    choice: Choice,
}

/// The messages that intruders and Byzantine processes remember, and the attacks that they have in mind.
#[derive(Clone, Default)]
pub(super) struct Intruder {
    heard: Vec<Heard>,
    attacks: Vec<PendingAttack>,
    serial: u64,
}

impl Intruder {
    /// The messages that were heard, oldest first.
    pub(super) fn heard(&self) -> &[Heard] {
        &self.heard[self.heard.len().saturating_sub(HEARD_MAX)..]
    }

    /// Remembers a message.
    pub(super) fn hear(&mut self, heard: Heard) {
        // Half of the list goes at once, as all of what is left has to move.
        if self.heard.len() == 2 * HEARD_MAX {
            self.heard.drain(..HEARD_MAX);
        }
        self.heard.push(heard);
    }

    /// The intruder hears a message that sets out, and makes its plans.
    pub(super) fn overhear(
        &mut self,
        id: MessageId,
        payload: &Payload,
        arrives_us: u64,
        around: &mut Surroundings<'_>,
    ) {
        let Surroundings { setup, models, now_us, .. } = *around;
        self.hear(Heard { id, payload: payload.clone(), at_us: now_us, by: None });
        if !setup.timed {
            return;
        }
        let links = *models.between(id.from, id.to);
        let link = u64::from(id.from.0) << 16 | u64::from(id.to.0);
        let draw = |purpose| draw(setup.seed, purpose, link, u64::from(id.number));
        let (alter, inject, replay) = (draw(Purpose::Alter), draw(Purpose::Inject), draw(Purpose::Replay));
        let lies: Vec<u8> = if links.alter.0 | links.inject.0 > 0 {
            (0..=u8::MAX).zip(payload.lies()).map(|(lie, _)| lie).collect()
        } else {
            Vec::new()
        };
        if let (true, Some(lie)) = (links.alter.hits(alter), one_of(&lies, alter)) {
            let half_us = now_us + (arrives_us - now_us) / 2;
            self.plan_at(half_us, Choice::Alter { message: id, lie: *lie }, around.queue);
        }
        if links.inject.hits(inject) {
            let bits = inject.rotate_left(16);
            let link = one_of(&setup.knowledge, inject).map(|knowledge| &knowledge.below).and_then(|from| {
                let open = |to: &ProcessId| models.between(from.me, *to).kind == LinkKind::Arbitrary;
                let peers: Vec<ProcessId> = from.peers.iter().copied().filter(open).collect();
                one_of(&peers, bits).map(|to| (from.me, *to))
            });
            if let Some((from, to)) = link {
                let lie = one_of(&lies, bits.rotate_left(16)).copied();
                self.plan(inject, Choice::Inject { message: id, from, to, lie }, around);
            }
        }
        if links.replay.hits(replay) {
            self.plan(replay, Choice::Replay(id), around);
        }
    }

    /// Something shall happen after a while: between one and nine typical delays, by drawn bits.
    pub(super) fn plan(&mut self, bits: u64, choice: Choice, around: &mut Surroundings<'_>) {
        let typical_us = 1_000 * u64::from(around.models.timing.typical_ms);
        let while_us = typical_us + (typical_us * 8 * (bits & 0xffff)) / 0x1_0000;
        self.plan_at(around.now_us + while_us, choice, around.queue);
    }

    fn plan_at(&mut self, at_us: u64, choice: Choice, queue: &mut Queue) {
        self.serial += 1;
        self.attacks.push(PendingAttack { serial: self.serial, choice });
        queue.push(at_us, Due::Attack(self.serial));
    }

    /// The attack with this serial number, if it is still planned.
    pub(super) fn planned(&self, serial: u64) -> Option<Choice> {
        self.attacks.iter().find(|attack| attack.serial == serial).map(|attack| attack.choice)
    }

    /// The attack with this serial number is planned no longer.
    pub(super) fn drop_plan(&mut self, serial: u64) {
        self.attacks.retain(|attack| attack.serial != serial);
    }

    /// The bytes that a copy of it takes, about.
    pub(super) fn bytes(&self) -> usize {
        self.heard.len() * size_of::<Heard>() + self.attacks.len() * size_of::<PendingAttack>()
    }
}

impl Engine {
    /// The sent messages that intruders and Byzantine processes remember, oldest first.
    pub fn heard(&self) -> &[Heard] {
        self.network.intruder.heard()
    }

    /// True if the first process may send to the second.
    pub(super) fn connected(&self, from: ProcessId, to: ProcessId) -> bool {
        self.setup.knowledge.get(from.index()).is_some_and(|knowledge| knowledge.below.peers.contains(&to))
    }

    /// The content of a message that is on its way or was heard, and `true` if that is forged.
    fn example(&self, id: MessageId) -> Result<(&Payload, bool), Refusal> {
        if let Some(heard) = self.heard().iter().rev().find(|heard| heard.id == id) {
            return Ok((&heard.payload, false));
        }
        let on_its_way = self.flight(id).map(|flight| (&flight.payload, flight.forged));
        on_its_way.ok_or_else(|| Refusal(format!("the message {id} is not on its way, and nobody has heard it")))
    }

    pub(super) fn can_alter(&self, id: MessageId, lie: u8) -> Result<(), Refusal> {
        let flight = self.message(id)?;
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
        let flight = self.network.flight_mut(id, &self.queue).expect("admissible");
        let altered = flight.payload.lies().swap_remove(usize::from(lie));
        step.because(|| format!("it said “{}”", flight.payload.text()));
        flight.payload = altered;
        flight.forged = true;
        step.arrival = Some(flight.arrival(self.now_us));
    }

    pub(super) fn inject(&mut self, id: MessageId, from: ProcessId, to: ProcessId, lie: Option<u8>, step: &mut Step) {
        let (example, was_forged) = self.example(id).expect("admissible");
        let payload = match lie {
            None => example.clone(),
            Some(lie) => example.lies().swap_remove(usize::from(lie)),
        };
        let payload = payload.written_by(from).unwrap_or(payload);
        let forged = was_forged || lie.is_some() || (from, to) != (id.from, id.to);
        step.arrival = Some(Arrival {
            payload: payload.clone(),
            sent_us: self.now_us,
            left_us: self.now_us,
            arrives_us: self.now_us,
            sent_in: step.event,
            forged,
            progress: 0.0,
        });
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
        let id = self.network.next_spoofed_name(from, to);
        self.hash.word(10 << 32 | u64::from(from.0) << 16 | u64::from(to.0));
        self.hash.word(payload.digest());
        step.sent.push(id);
        step.said.push(payload.clone());
        self.launch(Launch { id, payload, sent_in: step.event, forged, begins: 0.0 });
    }
}

fn has_lie(payload: &Payload, lie: u8) -> Result<(), Refusal> {
    match payload.lies().len() {
        0 => refuse("there is nothing else that it could say"),
        lies if usize::from(lie) >= lies => refuse(format!("there are only {lies} other things that it could say")),
        _ => Ok(()),
    }
}
