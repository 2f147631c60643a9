//! The network: links, the messages on their way, and what becomes of them.
//!
//! Everything that is drawn for a message is drawn when it is launched and kept with it. The network knows nothing of
//! the engine: what it needs of the world stands in [`Surroundings`].

use super::intruder::Intruder;
use super::queue::{Due, Queue};
use super::{MessageId, Process, ProcessSet, Setup};
use crate::model::{Departure, LinkKind, Links, Models};
use crate::process::{Payload, ProcessId};
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// The most messages in flight: a run that goes past it stops.
pub const FLIGHTS_MAX: usize = 200_000;

/// Up to so many messages in flight, one is found by its name by looking at all.
const FEW_FLIGHTS: usize = 64;

/// The fate of a message, as drawn when it was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It is received.
    Received,
    /// The link loses it.
    Lost,
    /// It reached its recipient while the recipient was down: nobody took it in.
    Missed,
}

/// A message on its way.
#[derive(Clone, Debug)]
pub struct Flight {
    /// Its name.
    pub id: MessageId,
    /// The content of the message.
    pub payload: Payload,
    /// When it was sent, in microseconds.
    pub sent_us: u64,
    /// When it is on the link, in microseconds: a slow sender or a liar takes a while.
    pub left_us: u64,
    /// When it is in its recipient's input buffer, in microseconds, or would be if nothing happened to it on the way.
    pub arrives_us: u64,
    /// When its fate happens, in microseconds: the recipient may take a while to handle it.
    pub due_us: u64,
    /// Its fate.
    pub fate: Fate,
    /// When it splits, in microseconds, if it was drawn to.
    pub splits_us: Option<u64>,
    /// The number of copies that were made of it.
    pub copies: u8,
    /// Its progress when it set out: a copy begins where the original was.
    pub begins: f32,
    /// The moment since which it is held: by a person, or by a cut.
    pub held_us: Option<u64>,
    /// True if a person holds it.
    pub held_by_hand: bool,
    /// True if it is not what its sender wrote: changed, made up, or written in another's name.
    pub forged: bool,
    /// The number of messages with the same payload that the link lost in a row before it.
    pub losses_before: u32,
    /// The event that sent it.
    pub sent_in: u64,
    pub(super) serial: u64,
}

impl Flight {
    /// The share of its way that is behind it at `now_us`: 0 with its sender, 1 in its recipient's input buffer, where
    /// it is at once if there are no times. For pictures: no rule asks.
    pub fn progress(&self, now_us: u64) -> f32 {
        let whole_us = self.arrives_us.saturating_sub(self.sent_us);
        if whole_us == 0 {
            return 1.0;
        }
        let moment_us = self.held_us.unwrap_or(now_us).min(now_us);
        let part = (moment_us.saturating_sub(self.sent_us) as f32 / whole_us as f32).min(1.0);
        self.begins + (1.0 - self.begins) * part
    }

    /// The description of it for an event at `now_us` that is about it.
    pub(super) fn arrival(&self, now_us: u64) -> Arrival {
        Arrival {
            payload: self.payload.clone(),
            sent_us: self.sent_us,
            left_us: self.left_us,
            arrives_us: self.arrives_us,
            sent_in: self.sent_in,
            forged: self.forged,
            progress: self.progress(now_us),
        }
    }
}

/// The message that an event is about, with the way that it came.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The content of the message.
    pub payload: Payload,
    /// When it was sent, in microseconds; what was held counts from when it went on.
    pub sent_us: u64,
    /// When it was on the link, in microseconds.
    pub left_us: u64,
    /// When it was in its recipient's input buffer, in microseconds, or would have been.
    pub arrives_us: u64,
    /// The event that sent it.
    pub sent_in: u64,
    /// True if it is not what its sender wrote: changed, made up, or written in another's name.
    pub forged: bool,
    /// The share of its way that was behind it: 0 with its sender, 1 in its recipient's input buffer.
    pub progress: f32,
}

/// A message that sets out.
pub(super) struct Launch {
    pub(super) id: MessageId,
    pub(super) payload: Payload,
    /// The event that sends it.
    pub(super) sent_in: u64,
    /// True if it is not what its sender wrote.
    pub(super) forged: bool,
    /// The share of its way that is behind it.
    pub(super) begins: f32,
}

/// One direction of a link.
#[derive(Clone, Copy, Default)]
struct LinkState {
    sent: u32,
    spoofed: u32,
    last_due_us: u64,
    cut: bool,
}

/// The surroundings of the network at one moment, with the queue to which it adds what is due.
pub(super) struct Surroundings<'a> {
    pub(super) setup: &'a Setup,
    pub(super) models: &'a Models,
    pub(super) processes: &'a [Process],
    pub(super) now_us: u64,
    pub(super) queue: &'a mut Queue,
}

/// All links, and all messages on their way.
#[derive(Clone)]
pub(super) struct Network {
    processes: usize,
    links: Vec<LinkState>,
    flights: Vec<Option<Flight>>,
    /// The slots of `flights` that are free.
    free: Vec<u32>,
    /// The slot of each message by its name, once somebody has asked for one among many. The clock asks for none: it
    /// knows slots. So a timed run that is only watched never pays for it.
    names: OnceCell<BTreeMap<MessageId, u32>>,
    /// The number of messages with the same payload that a link has lost in a row, by the link and the payload's
    /// digest.
    losses: BTreeMap<(usize, u64), u32>,
    serial: u64,
    /// The messages that are heard on arbitrary links, and the attacks that are pending there.
    pub(super) intruder: Intruder,
}

impl Network {
    /// The links between so many processes, with nothing on its way.
    pub(super) fn new(processes: usize) -> Self {
        Network {
            processes,
            links: vec![LinkState::default(); processes * processes],
            flights: Vec::new(),
            free: Vec::new(),
            names: OnceCell::new(),
            losses: BTreeMap::new(),
            serial: 0,
            intruder: Intruder::default(),
        }
    }

    fn link(&self, from: ProcessId, to: ProcessId) -> usize {
        from.index() * self.processes + to.index()
    }

    /// The number of messages on their way.
    pub(super) fn on_their_way(&self) -> usize {
        self.flights.len() - self.free.len()
    }

    /// The messages on their way, in no order that means anything.
    pub(super) fn flights(&self) -> impl Iterator<Item = &Flight> {
        self.flights.iter().flatten()
    }

    /// The messages on their way, oldest first.
    pub(super) fn flights_by_age(&self) -> Vec<&Flight> {
        self.slots_by_age(None).into_iter().filter_map(|slot| self.flights[slot].as_ref()).collect()
    }

    /// The message of that name, if it is on its way.
    pub(super) fn flight(&self, id: MessageId, queue: &Queue) -> Option<&Flight> {
        self.in_slot(self.slot(id, queue)?)
    }

    /// The message of that name, to be changed.
    pub(super) fn flight_mut(&mut self, id: MessageId, queue: &Queue) -> Option<&mut Flight> {
        let slot = self.slot(id, queue)?;
        self.flights[slot].as_mut()
    }

    /// The message in a slot, if there is one.
    pub(super) fn in_slot(&self, slot: usize) -> Option<&Flight> {
        self.flights.get(slot)?.as_ref()
    }

    fn expect_in(&mut self, slot: usize) -> &mut Flight {
        self.flights[slot].as_mut().expect("the slot was found a moment ago")
    }

    fn slot(&self, id: MessageId, queue: &Queue) -> Option<usize> {
        // The message that the clock brings is the one that is asked for nearly always.
        if let Some((_, Due::Message { slot, .. })) = queue.first()
            && self.in_slot(slot as usize).is_some_and(|flight| flight.id == id)
        {
            return Some(slot as usize);
        }
        if self.flights.len() <= FEW_FLIGHTS {
            return self.flights.iter().position(|flight| flight.as_ref().is_some_and(|flight| flight.id == id));
        }
        let names = self.names.get_or_init(|| {
            let named = (0..).zip(&self.flights).filter_map(|(slot, flight)| Some((flight.as_ref()?.id, slot)));
            named.collect()
        });
        names.get(&id).map(|slot| *slot as usize)
    }

    /// The slots with messages, those of one link or all, oldest first: what happens to all of them happens in the
    /// order of sending, for links that keep it.
    fn slots_by_age(&self, link: Option<(ProcessId, ProcessId)>) -> Vec<usize> {
        let mut slots: Vec<(u64, usize)> = Vec::new();
        for (slot, flight) in self.flights.iter().enumerate() {
            if let Some(flight) = flight
                && link.is_none_or(|link| link == (flight.id.from, flight.id.to))
            {
                slots.push((flight.serial, slot));
            }
        }
        slots.sort_unstable();
        slots.into_iter().map(|(_, slot)| slot).collect()
    }

    /// True if this direction of the link is cut.
    pub(super) fn is_cut(&self, from: ProcessId, to: ProcessId) -> bool {
        self.links[self.link(from, to)].cut
    }

    /// True if some link is cut.
    pub(super) fn has_cuts(&self) -> bool {
        self.links.iter().any(|link| link.cut)
    }

    /// The number of messages that `from` has sent to `to`: also the number of the next one.
    pub(super) fn sent(&self, from: ProcessId, to: ProcessId) -> u32 {
        self.links[self.link(from, to)].sent
    }

    /// The name of the next message that `from` sends to `to`.
    pub(super) fn next_name(&mut self, from: ProcessId, to: ProcessId) -> MessageId {
        let link = self.link(from, to);
        let number = self.links[link].sent;
        self.links[link].sent += 1;
        MessageId { from, to, number, copy: 0 }
    }

    /// The name of the next message on this link that its sender does not send.
    pub(super) fn next_spoofed_name(&mut self, from: ProcessId, to: ProcessId) -> MessageId {
        let link = self.link(from, to);
        let number = MessageId::SPOOFED | self.links[link].spoofed;
        self.links[link].spoofed += 1;
        MessageId { from, to, number, copy: 0 }
    }

    /// Puts a message on its link and draws what will become of it.
    pub(super) fn launch(&mut self, launch: Launch, around: &mut Surroundings<'_>) {
        let Launch { id, payload, sent_in, forged, begins } = launch;
        let now_us = around.now_us;
        let link = self.link(id.from, id.to);
        let (mut left_us, mut arrives_us, mut due_us) = (now_us, now_us, now_us);
        let mut fate = Fate::Received;
        let mut splits_us = None;
        let links = around.models.between(id.from, id.to);
        let kind = links.kind;
        let losses_before = match kind {
            LinkKind::Reliable => 0,
            _ => self.losses.get(&(link, payload.digest())).copied().unwrap_or(0),
        };
        if around.setup.timed {
            let (entity, key) =
                (u64::from(id.from.0) << 16 | u64::from(id.to.0), u64::from(id.number) << 8 | u64::from(id.copy));
            let seed = around.setup.seed;
            let light_us = around.setup.light_us.get(link).copied().unwrap_or(0);
            let least_us = light_us.max(1_000 * u64::from(links.latency_ms));
            if !id.is_spoofed() {
                let sender = &around.processes[id.from.index()];
                left_us += sender.slow_us + sender.byzantine.as_ref().map_or(0, |byzantine| byzantine.delay_us());
            }
            let detour = links.reorders(seed, entity, key);
            let departure = Departure { seed, entity, key, now_us: left_us, least_us, detour };
            let (delay_us, processing_us) = around.models.timing.delays_us(departure);
            arrives_us = left_us + delay_us;
            due_us = arrives_us + processing_us + around.processes[id.to.index()].slow_us;
            if links.fifo && !id.is_spoofed() {
                due_us = self.after_the_last(link, due_us);
            }
            if kind != LinkKind::Reliable {
                if links.loses(seed, entity, key, losses_before) {
                    fate = Fate::Lost;
                    // It breaks off on the way, where one can see it.
                    due_us = now_us + delay_us * 3 / 5;
                } else if id.copy == 0 && links.duplicates(seed, entity, key) {
                    splits_us = Some(now_us + delay_us / 2);
                }
            }
        }
        let mut held_us = None;
        if self.links[link].cut {
            match kind {
                LinkKind::Reliable => held_us = Some(now_us),
                LinkKind::FairLoss | LinkKind::Arbitrary => {
                    // Half-way, unless it would have been lost before.
                    due_us = due_us.min(now_us + (arrives_us - now_us) / 2);
                    fate = Fate::Lost;
                    splits_us = None;
                }
            }
        }
        if kind == LinkKind::Arbitrary && id.copy == 0 && !id.is_spoofed() {
            self.intruder.overhear(id, &payload, arrives_us, around);
        }
        if fate == Fate::Lost {
            self.count_loss(id, &payload, losses_before, around.models);
        } else if !self.losses.is_empty() {
            self.losses.remove(&(link, payload.digest()));
        }
        self.serial += 1;
        let flight = Flight {
            id,
            payload,
            sent_us: now_us,
            left_us,
            arrives_us,
            due_us,
            fate,
            splits_us,
            copies: 0,
            begins,
            held_us,
            held_by_hand: false,
            forged,
            losses_before,
            sent_in,
            serial: self.serial,
        };
        let slot = match self.free.pop() {
            Some(slot) => slot as usize,
            None => {
                self.flights.push(None);
                self.flights.len() - 1
            }
        };
        self.flights[slot] = Some(flight);
        if let Some(names) = self.names.get_mut() {
            names.insert(id, u32::try_from(slot).expect("bounded by FLIGHTS_MAX"));
        }
        self.schedule(slot, around);
    }

    /// On a link that keeps the order: `due_us`, or the moment at which the message before is due. The next one comes
    /// no earlier.
    fn after_the_last(&mut self, link: usize, due_us: u64) -> u64 {
        let last_due_us = &mut self.links[link].last_due_us;
        *last_due_us = due_us.max(*last_due_us);
        *last_due_us
    }

    /// One more loss in a row of this payload on the link of `id`. They are counted when they are drawn, not when they
    /// happen: so the row has its bound even where many copies are on their way at once. One that was to be received
    /// ended the row of the `losses_before` it; lost all the same, it goes on with that row.
    pub(super) fn count_loss(&mut self, id: MessageId, payload: &Payload, losses_before: u32, models: &Models) {
        if models.between(id.from, id.to).kind == LinkKind::FairLoss {
            let row = self.losses.entry((self.link(id.from, id.to), payload.digest())).or_default();
            *row = 1 + losses_before.max(*row);
        }
    }

    /// Puts what will happen to the message in `slot` into the queue.
    fn schedule(&self, slot: usize, around: &mut Surroundings<'_>) {
        let flight = self.in_slot(slot).expect("a slot that was just filled");
        if !around.setup.timed || flight.held_us.is_some() {
            return;
        }
        let due = Due::Message { slot: u32::try_from(slot).expect("bounded by FLIGHTS_MAX"), serial: flight.serial };
        around.queue.push(flight.due_us, due);
        if let Some(splits_us) = flight.splits_us {
            around.queue.push(splits_us, due);
        }
    }

    /// Takes a message off its link: it is received or lost.
    pub(super) fn take(&mut self, id: MessageId, queue: &Queue) -> Flight {
        let slot = self.slot(id, queue).expect("admissible");
        self.free.push(u32::try_from(slot).expect("bounded by FLIGHTS_MAX"));
        if let Some(names) = self.names.get_mut() {
            names.remove(&id);
        }
        self.flights[slot].take().expect("found a moment ago")
    }

    /// A copy of a message sets out from where the message is. The name of the copy, and the message.
    pub(super) fn duplicate(&mut self, id: MessageId, around: &mut Surroundings<'_>) -> (MessageId, Arrival) {
        let flight = self.flight_mut(id, around.queue).expect("admissible");
        flight.splits_us = None;
        flight.copies += 1;
        let copy = MessageId { copy: flight.copies, ..id };
        let original = flight.arrival(around.now_us);
        let Arrival { ref payload, sent_in, forged, progress, .. } = original;
        self.launch(Launch { id: copy, payload: payload.clone(), sent_in, forged, begins: progress }, around);
        (copy, original)
    }

    /// The messages that came while `process` was down are lost as it comes back: nobody was there to take them in.
    /// Without times nothing comes before it is received.
    pub(super) fn miss(&mut self, process: ProcessId, around: &mut Surroundings<'_>) {
        if !around.setup.timed {
            return;
        }
        for slot in self.slots_by_age(None) {
            let flight = self.expect_in(slot);
            let came = flight.id.to == process && flight.arrives_us <= around.now_us && flight.held_us.is_none();
            if came && flight.fate == Fate::Received {
                flight.fate = Fate::Missed;
                flight.due_us = around.now_us;
                flight.splits_us = None;
                self.schedule(slot, around);
            }
        }
    }

    /// A person holds a message.
    pub(super) fn hold(&mut self, id: MessageId, around: &mut Surroundings<'_>) -> Arrival {
        let flight = self.flight_mut(id, around.queue).expect("admissible");
        flight.held_us.get_or_insert(around.now_us);
        flight.held_by_hand = true;
        flight.arrival(around.now_us)
    }

    /// A person holds a message no longer. A cut may still do so.
    pub(super) fn release(&mut self, id: MessageId, around: &mut Surroundings<'_>) -> Arrival {
        let slot = self.slot(id, around.queue).expect("admissible");
        let cut = self.is_cut(id.from, id.to) && around.models.between(id.from, id.to).kind == LinkKind::Reliable;
        let flight = self.expect_in(slot);
        flight.held_by_hand = false;
        let arrival = flight.arrival(around.now_us);
        if !cut {
            self.go_on(slot, around);
        }
        arrival
    }

    /// A held message travels on from where it is: it is received as much later as it was held.
    fn go_on(&mut self, slot: usize, around: &mut Surroundings<'_>) {
        let flight = self.expect_in(slot);
        let Some(held_us) = flight.held_us.take() else { return };
        let lost_us = around.now_us - held_us;
        let id = flight.id;
        flight.sent_us += lost_us;
        flight.left_us += lost_us;
        flight.arrives_us += lost_us;
        flight.due_us += lost_us;
        flight.splits_us = flight.splits_us.map(|splits_us| splits_us + lost_us);
        if around.models.between(id.from, id.to).fifo {
            let due_us = flight.due_us;
            let due_us = self.after_the_last(self.link(id.from, id.to), due_us);
            self.expect_in(slot).due_us = due_us;
        }
        self.schedule(slot, around);
    }

    /// One direction of a link is cut: reliable links hold what is on it, others lose it.
    pub(super) fn cut(&mut self, from: ProcessId, to: ProcessId, around: &mut Surroundings<'_>) {
        let link = self.link(from, to);
        self.links[link].cut = true;
        let now_us = around.now_us;
        let Links { kind, fifo, .. } = *around.models.between(from, to);
        let mut blocked = false;
        for slot in self.slots_by_age(Some((from, to))) {
            let flight = self.expect_in(slot);
            // A message that is in the input buffer already is received, unless it has to wait for one that is cut off.
            let waits = fifo && blocked && !flight.id.is_spoofed();
            if flight.arrives_us <= now_us && around.setup.timed && !waits {
                continue;
            }
            match kind {
                LinkKind::Reliable => {
                    flight.held_us.get_or_insert(now_us);
                    blocked |= !flight.id.is_spoofed();
                }
                LinkKind::FairLoss | LinkKind::Arbitrary => {
                    let before = std::mem::replace(&mut flight.fate, Fate::Lost);
                    flight.due_us = flight.due_us.min(now_us + flight.arrives_us.saturating_sub(now_us) / 2);
                    flight.splits_us = None;
                    if before == Fate::Received {
                        let (id, payload, losses_before) = (flight.id, flight.payload.clone(), flight.losses_before);
                        self.count_loss(id, &payload, losses_before, around.models);
                    }
                    self.schedule(slot, around);
                }
            }
        }
    }

    /// One direction of a link is mended: what the cut held goes on.
    pub(super) fn mend(&mut self, from: ProcessId, to: ProcessId, around: &mut Surroundings<'_>) {
        let link = self.link(from, to);
        if !std::mem::take(&mut self.links[link].cut) {
            return;
        }
        for slot in self.slots_by_age(Some((from, to))) {
            if self.in_slot(slot).is_some_and(|flight| !flight.held_by_hand) {
                self.go_on(slot, around);
            }
        }
    }

    /// All links between these processes and the others are cut.
    pub(super) fn partition(&mut self, side: ProcessSet, around: &mut Surroundings<'_>) {
        for from in ProcessId::all(self.processes) {
            for to in ProcessId::all(self.processes) {
                if side.contains(from) != side.contains(to) {
                    self.cut(from, to, around);
                }
            }
        }
    }

    /// All cuts are mended.
    pub(super) fn heal(&mut self, around: &mut Surroundings<'_>) {
        for from in ProcessId::all(self.processes) {
            for to in ProcessId::all(self.processes) {
                self.mend(from, to, around);
            }
        }
    }

    /// Another model of time is in force. What is on its way keeps its time, except that a bound on delivery holds for
    /// it too, counted from now.
    pub(super) fn keep_bounds(&mut self, around: &mut Surroundings<'_>) {
        let Surroundings { setup, models, processes, now_us, .. } = *around;
        let (seed, timing) = (setup.seed, &models.timing);
        let (Some(by_us), true) = (timing.arrives_by_us(seed, now_us), setup.timed) else { return };
        let rest_us = by_us - now_us;
        for link in &mut self.links {
            link.last_due_us = 0;
        }
        for slot in self.slots_by_age(None) {
            let flight = self.expect_in(slot);
            if flight.fate == Fate::Lost {
                continue;
            }
            // A message that is held stands still: its time begins when it goes on.
            let since_us = flight.held_us.unwrap_or(now_us);
            let handling_us = flight.due_us - flight.arrives_us;
            flight.arrives_us = flight.arrives_us.min(since_us + rest_us);
            let slow_us = processes[flight.id.to.index()].slow_us;
            let bound_us = timing.handled_within_us(seed, flight.arrives_us.max(now_us));
            let bound_us = bound_us.map_or(u64::MAX, |bound_us| bound_us + slow_us);
            let before_us = flight.due_us;
            let mut due_us = before_us.min(flight.arrives_us + handling_us.min(bound_us));
            let MessageId { from, to, .. } = flight.id;
            if models.between(from, to).fifo && !flight.id.is_spoofed() && flight.held_us.is_none() {
                // Those before it on the link have been seen to, so they are still before it.
                due_us = self.after_the_last(self.link(from, to), due_us);
            }
            if due_us != before_us {
                let flight = self.expect_in(slot);
                flight.due_us = due_us;
                flight.splits_us = flight.splits_us.map(|splits_us| splits_us.min(due_us));
                self.schedule(slot, around);
            }
        }
    }

    /// The bytes that a copy of it takes, about.
    pub(super) fn bytes(&self) -> usize {
        self.links.len() * size_of::<LinkState>()
            + self.flights.len() * size_of::<Option<Flight>>()
            + self.names.get().map_or(0, BTreeMap::len) * 32
            + self.losses.len() * 48
            + self.intruder.bytes()
    }
}
