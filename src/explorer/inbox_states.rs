//! InboxStates: a local state with the messages that wait for it, as one number.
//!
//! A configuration is a inbox state for each process. There are far fewer inbox states than configurations, which combine
//! them, so that what can happen at a inbox state is worked out once. A *move* is one thing that can happen: the inbox state
//! after it, and a *batch* for each recipient, which is all that the move sends to it. What a batch does to the
//! inbox state of its recipient is worked out once, too. The search over configurations then only looks things up: a move,
//! and one sum of a inbox state and a batch for each recipient.
//!
//! The numbers looked up for every edge lie apart from those needed to learn it: two words an inbox state for its
//! moves, three words a move, two a batch sent, and a table of sums.

use super::step_table::{Index, NULL, StepTable, hash_of, narrow};
use crate::draw::Flips;
use std::collections::BTreeMap;
use std::ops::Range;

struct InboxState {
    local: u32,
    /// The messages that wait, in the order of their ranks: equal ones beside each other.
    mail: Range<u32>,
}

/// A step of the strict model from a inbox_state.
#[derive(Clone, Copy)]
struct InboxMove {
    /// The inbox state after it.
    after: u32,
    /// The first and the last of what it sends, as places.
    sends: [u32; 2],
}

/// All that a move sends to one recipient.
#[derive(Clone, Copy)]
struct Sending {
    to: u32,
    batch: u32,
}

/// The inbox states met so far.
#[derive(Default)]
pub(super) struct InboxStates {
    /// True if the messages of one sender stay in the order of sending. Otherwise only which they are matters.
    fifo: bool,
    list: Vec<InboxState>,
    mail: Vec<u32>,
    decisions: Vec<u8>,
    index: Index,
    /// For each inbox state where its moves in the strict model begin and end, or twice [`UNKNOWN`].
    choices: Vec<[u32; 2]>,
    moves: Vec<InboxMove>,
    /// The message that each move takes in, or [`NULL`], and how its coins fall.
    causes: Vec<(u32, Flips)>,
    sendings: Vec<Sending>,
    /// The messages of each batch: in the order of sending where that is kept, else in the order of their numbers.
    batches: Vec<Vec<u32>>,
    batch_ids: BTreeMap<Vec<u32>, u32>,
    /// Open addressing: a inbox state, a batch, and the inbox state with the batch's messages.
    sums: Vec<[u32; 3]>,
    summed: usize,
}

const UNKNOWN: u32 = u32::MAX;

impl InboxStates {
    /// No inbox states yet, of links that keep the order or do not.
    pub fn new(fifo: bool) -> Self {
        InboxStates { fifo, ..InboxStates::default() }
    }

    /// The local state of a inbox_state.
    #[inline]
    pub fn local(&self, inbox_state: u32) -> u32 {
        self.list[inbox_state as usize].local
    }

    /// The messages that wait there.
    #[inline]
    pub fn mail(&self, inbox_state: u32) -> &[u32] {
        let range = &self.list[inbox_state as usize].mail;
        &self.mail[range.start as usize..range.end as usize]
    }

    /// The places of messages that can be received next: of equal messages one, and where the order is kept the oldest
    /// of each sender.
    pub fn receivable<'a>(
        &'a self,
        step_table: &'a StepTable,
        inbox_state: u32,
    ) -> impl Iterator<Item = (usize, u32)> + 'a {
        let mail = self.mail(inbox_state);
        let first = move |place: usize| {
            place == 0 || self.rank(step_table, mail[place - 1]) != self.rank(step_table, mail[place])
        };
        mail.iter().copied().enumerate().filter(move |(place, _)| first(*place))
    }

    /// The values decided in a configuration, as a mask.
    #[inline]
    pub fn decided(&self, configuration: &[u32]) -> u8 {
        configuration.iter().fold(0, |mask, inbox_state| mask | self.decisions[*inbox_state as usize])
    }

    fn rank(&self, step_table: &StepTable, message: u32) -> u32 {
        if self.fifo { u32::from(step_table.mail(message).from.0) } else { message }
    }

    /// The inbox state of this local state with these messages, if it was met before.
    pub fn find(&self, local: u32, mail: &[u32]) -> Option<u32> {
        self.index.find(hash_inbox_state(local, mail), |inbox_state| {
            self.local(inbox_state) == local && self.mail(inbox_state) == mail
        })
    }

    /// The same, met now if not before. The messages are in order.
    pub fn name(&mut self, step_table: &StepTable, local: u32, mail: &[u32]) -> u32 {
        if let Some(inbox_state) = self.find(local, mail) {
            return inbox_state;
        }
        let inbox_state = narrow(self.list.len());
        let start = narrow(self.mail.len());
        self.mail.extend_from_slice(mail);
        self.list.push(InboxState { local, mail: start..narrow(self.mail.len()) });
        self.choices.push([UNKNOWN; 2]);
        self.decisions.push(step_table.decision(local));
        self.index.insert(hash_inbox_state(local, mail), inbox_state);
        inbox_state
    }

    /// The inbox state with another local state, and without the message at `removed`.
    pub fn step(&mut self, step_table: &StepTable, inbox_state: u32, local: u32, removed: Option<usize>) -> u32 {
        let mut mail = self.mail(inbox_state).to_vec();
        removed.iter().for_each(|place| {
            mail.remove(*place);
        });
        self.name(step_table, local, &mail)
    }

    /// The batch of these messages to one recipient, in the order of sending.
    fn batch(&mut self, messages: &mut [u32]) -> u32 {
        if !self.fifo {
            messages.sort_unstable();
        }
        if let Some(batch) = self.batch_ids.get(messages) {
            return *batch;
        }
        let batch = narrow(self.batches.len());
        self.batches.push(messages.to_vec());
        self.batch_ids.insert(messages.to_vec(), batch);
        batch
    }

    /// The inbox state with one message more.
    pub fn add(&mut self, step_table: &StepTable, inbox_state: u32, message: u32) -> u32 {
        let batch = self.batch(&mut [message]);
        self.sum(step_table, inbox_state, batch)
    }

    /// The inbox state with the messages of a batch.
    #[inline]
    fn sum(&mut self, step_table: &StepTable, inbox_state: u32, batch: u32) -> u32 {
        let mask = self.sums.len().wrapping_sub(1);
        let mut slot = hash_sum(inbox_state, batch) & mask;
        while let Some([known, added, with]) = self.sums.get(slot) {
            if (*known, *added) == (inbox_state, batch) {
                return *with;
            }
            if *known == UNKNOWN {
                break;
            }
            slot = (slot + 1) & mask;
        }
        self.learn_sum(step_table, inbox_state, batch)
    }

    #[cold]
    fn learn_sum(&mut self, step_table: &StepTable, inbox_state: u32, batch: u32) -> u32 {
        let mut mail = self.mail(inbox_state).to_vec();
        for &message in &self.batches[batch as usize] {
            let rank = self.rank(step_table, message);
            let place = mail.partition_point(|earlier| self.rank(step_table, *earlier) <= rank);
            mail.insert(place, message);
        }
        let with = self.name(step_table, self.local(inbox_state), &mail);
        // At most a quarter full, so that what is looked for is nearly always at the first look.
        if (self.summed + 1) * 4 > self.sums.len() {
            let doubled = vec![[UNKNOWN; 3]; (self.sums.len() * 2).max(256)];
            let old = std::mem::replace(&mut self.sums, doubled);
            old.into_iter().filter(|entry| entry[0] != UNKNOWN).for_each(|entry| self.enter(entry));
        }
        self.enter([inbox_state, batch, with]);
        self.summed += 1;
        with
    }

    fn enter(&mut self, entry: [u32; 3]) {
        let mask = self.sums.len() - 1;
        let mut slot = hash_sum(entry[0], entry[1]) & mask;
        while self.sums[slot][0] != UNKNOWN {
            slot = (slot + 1) & mask;
        }
        self.sums[slot] = entry;
    }

    /// The moves of the strict model from a inbox_state: each message that waits, then NULL. A NULL that changes nothing is
    /// none.
    #[inline]
    pub fn moves(&mut self, step_table: &mut StepTable, inbox_state: u32) -> Range<u32> {
        match self.choices[inbox_state as usize] {
            [UNKNOWN, _] => self.learn_moves(step_table, inbox_state),
            [start, end] => start..end,
        }
    }

    #[cold]
    fn learn_moves(&mut self, step_table: &mut StepTable, inbox_state: u32) -> Range<u32> {
        let first = narrow(self.moves.len());
        let local = self.local(inbox_state);
        let mut causes: Vec<(u32, Option<usize>)> =
            self.receivable(step_table, inbox_state).map(|(place, message)| (message, Some(place))).collect();
        causes.push((NULL, None));
        for (cause, place) in causes {
            let branches = step_table.step(local, cause);
            for branch in step_table.branches(branches) {
                let start = narrow(self.sendings.len());
                let mut mail: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
                for message in step_table.sends(branch) {
                    mail.entry(step_table.recipient(*message)).or_default().push(*message);
                }
                for (to, mut messages) in mail {
                    let batch = self.batch(&mut messages);
                    self.sendings.push(Sending { to: narrow(to), batch });
                }
                let sends = [start, narrow(self.sendings.len())];
                let after = self.step(step_table, inbox_state, branch.local, place);
                if after != inbox_state || sends[0] != sends[1] {
                    self.moves.push(InboxMove { after, sends });
                    self.causes.push((cause, branch.coins));
                }
            }
        }
        let moves = [first, narrow(self.moves.len())];
        self.choices[inbox_state as usize] = moves;
        moves[0]..moves[1]
    }

    /// The message that a move takes in, and how its coins fall.
    #[inline]
    pub fn cause(&self, number: u32) -> (u32, Flips) {
        self.causes[number as usize]
    }

    /// Makes a move of one process: its inbox state changes, and what it sends comes to those of the recipients.
    #[inline]
    pub fn take(&mut self, step_table: &StepTable, number: u32, process: usize, inbox_states: &mut [u32]) {
        let InboxMove { after, sends: [start, end] } = self.moves[number as usize];
        inbox_states[process] = after;
        for place in start..end {
            let Sending { to, batch } = self.sendings[place as usize];
            inbox_states[to as usize] = self.sum(step_table, inbox_states[to as usize], batch);
        }
    }

    /// Bytes that it takes, but for the names of batches, of which there are few.
    pub fn bytes(&self) -> usize {
        let words = self.mail.capacity() + 2 * self.choices.capacity() + 3 * self.moves.capacity();
        let words = words + 2 * self.sendings.capacity() + 3 * self.sums.capacity();
        4 * words
            + self.list.capacity() * size_of::<InboxState>()
            + self.causes.capacity() * size_of::<(u32, Flips)>()
            + self.decisions.capacity()
            + self.index.bytes()
    }
}

/// One multiplication: this is looked up for every batch sent.
#[inline]
fn hash_sum(inbox_state: u32, batch: u32) -> usize {
    ((u64::from(inbox_state) << 32 | u64::from(batch)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
}

fn hash_inbox_state(local: u32, mail: &[u32]) -> u64 {
    hash_of(mail) ^ hash_of(&[local])
}
