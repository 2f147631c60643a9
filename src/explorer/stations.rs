//! Stations: a local state with the messages that wait for it, as one number.
//!
//! A configuration is a station for each process. There are far fewer stations than configurations, which combine
//! them, so that what can happen at a station is worked out once. A *move* is one thing that can happen: the station
//! after it, and a *parcel* for each recipient, which is all that the move sends to it. What a parcel does to the
//! station of its recipient is worked out once, too. The search over configurations then only looks things up: a move,
//! and one sum of a station and a parcel for each recipient.
//!
//! What is looked up for every edge lies apart from what is needed to learn it: two words a station for its moves,
//! three words a move, two a parcel sent, and a table of sums.

use super::machine::{Index, Machine, NULL, hash_of, narrow};
use crate::draw::Flips;
use std::collections::BTreeMap;
use std::ops::Range;

struct Station {
    local: u32,
    /// The messages that wait, in the order of their ranks: equal ones beside each other.
    mail: Range<u32>,
}

/// A step of the strict model from a station.
#[derive(Clone, Copy)]
struct Move {
    /// The station after it.
    after: u32,
    /// Where what it sends begins, and where it ends.
    sends: [u32; 2],
}

/// All that a move sends to one recipient.
#[derive(Clone, Copy)]
struct Sending {
    to: u32,
    parcel: u32,
}

/// The stations met so far.
#[derive(Default)]
pub(super) struct Stations {
    /// Whether the messages of one sender stay in the order of sending. Otherwise only which they are matters.
    fifo: bool,
    list: Vec<Station>,
    mail: Vec<u32>,
    decisions: Vec<u8>,
    index: Index,
    /// For each station where its moves in the strict model begin and end, or twice [`UNKNOWN`].
    choices: Vec<[u32; 2]>,
    moves: Vec<Move>,
    /// What is taken in by each move, or [`NULL`], and how its coins fall.
    causes: Vec<(u32, Flips)>,
    sendings: Vec<Sending>,
    /// The messages of each parcel: in the order of sending where that is kept, else in the order of their numbers.
    parcels: Vec<Vec<u32>>,
    parcel_ids: BTreeMap<Vec<u32>, u32>,
    /// Open addressing: a station, a parcel, and the station with the parcel's messages.
    sums: Vec<[u32; 3]>,
    summed: usize,
}

const UNKNOWN: u32 = u32::MAX;

impl Stations {
    /// No stations yet, of links that keep the order or do not.
    pub fn new(fifo: bool) -> Self {
        Stations { fifo, ..Stations::default() }
    }

    /// The local state of a station.
    #[inline]
    pub fn local(&self, station: u32) -> u32 {
        self.list[station as usize].local
    }

    /// The messages that wait there.
    #[inline]
    pub fn mail(&self, station: u32) -> &[u32] {
        let range = &self.list[station as usize].mail;
        &self.mail[range.start as usize..range.end as usize]
    }

    /// The places of messages that can be received next: of equal messages one, and where the order is kept the oldest
    /// of each sender.
    pub fn receivable<'a>(&'a self, machine: &'a Machine, station: u32) -> impl Iterator<Item = (usize, u32)> + 'a {
        let mail = self.mail(station);
        let first =
            move |place: usize| place == 0 || self.rank(machine, mail[place - 1]) != self.rank(machine, mail[place]);
        mail.iter().copied().enumerate().filter(move |(place, _)| first(*place))
    }

    /// The values decided in a configuration, as a mask.
    #[inline]
    pub fn decided(&self, configuration: &[u32]) -> u8 {
        configuration.iter().fold(0, |mask, station| mask | self.decisions[*station as usize])
    }

    fn rank(&self, machine: &Machine, message: u32) -> u32 {
        if self.fifo { u32::from(machine.mail(message).from.0) } else { message }
    }

    /// The station of this local state with these messages, if it was met before.
    pub fn find(&self, local: u32, mail: &[u32]) -> Option<u32> {
        self.index.find(hash_station(local, mail), |station| self.local(station) == local && self.mail(station) == mail)
    }

    /// The same, met now if not before. The messages are in order.
    pub fn name(&mut self, machine: &Machine, local: u32, mail: &[u32]) -> u32 {
        if let Some(station) = self.find(local, mail) {
            return station;
        }
        let station = narrow(self.list.len());
        let start = narrow(self.mail.len());
        self.mail.extend_from_slice(mail);
        self.list.push(Station { local, mail: start..narrow(self.mail.len()) });
        self.choices.push([UNKNOWN; 2]);
        self.decisions.push(machine.decision(local));
        self.index.insert(hash_station(local, mail), station);
        station
    }

    /// The station with another local state, and without the message at `removed`.
    pub fn step(&mut self, machine: &Machine, station: u32, local: u32, removed: Option<usize>) -> u32 {
        let mut mail = self.mail(station).to_vec();
        removed.iter().for_each(|place| {
            mail.remove(*place);
        });
        self.name(machine, local, &mail)
    }

    /// The parcel of these messages to one recipient, in the order of sending.
    fn parcel(&mut self, messages: &mut [u32]) -> u32 {
        if !self.fifo {
            messages.sort_unstable();
        }
        if let Some(parcel) = self.parcel_ids.get(messages) {
            return *parcel;
        }
        let parcel = narrow(self.parcels.len());
        self.parcels.push(messages.to_vec());
        self.parcel_ids.insert(messages.to_vec(), parcel);
        parcel
    }

    /// The station with one message more.
    pub fn add(&mut self, machine: &Machine, station: u32, message: u32) -> u32 {
        let parcel = self.parcel(&mut [message]);
        self.sum(machine, station, parcel)
    }

    /// The station with the messages of a parcel.
    #[inline]
    fn sum(&mut self, machine: &Machine, station: u32, parcel: u32) -> u32 {
        let mask = self.sums.len().wrapping_sub(1);
        let mut slot = hash_sum(station, parcel) & mask;
        while let Some([known, added, with]) = self.sums.get(slot) {
            if (*known, *added) == (station, parcel) {
                return *with;
            }
            if *known == UNKNOWN {
                break;
            }
            slot = (slot + 1) & mask;
        }
        self.learn_sum(machine, station, parcel)
    }

    #[cold]
    fn learn_sum(&mut self, machine: &Machine, station: u32, parcel: u32) -> u32 {
        let mut mail = self.mail(station).to_vec();
        for &message in &self.parcels[parcel as usize] {
            let rank = self.rank(machine, message);
            let place = mail.partition_point(|earlier| self.rank(machine, *earlier) <= rank);
            mail.insert(place, message);
        }
        let with = self.name(machine, self.local(station), &mail);
        // At most a quarter full, so that what is looked for is nearly always at the first look.
        if (self.summed + 1) * 4 > self.sums.len() {
            let doubled = vec![[UNKNOWN; 3]; (self.sums.len() * 2).max(256)];
            let old = std::mem::replace(&mut self.sums, doubled);
            old.into_iter().filter(|entry| entry[0] != UNKNOWN).for_each(|entry| self.enter(entry));
        }
        self.enter([station, parcel, with]);
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

    /// The moves of the strict model from a station: each message that waits, then NULL. A NULL that changes nothing is
    /// none.
    #[inline]
    pub fn moves(&mut self, machine: &mut Machine, station: u32) -> Range<u32> {
        match self.choices[station as usize] {
            [UNKNOWN, _] => self.learn_moves(machine, station),
            [start, end] => start..end,
        }
    }

    #[cold]
    fn learn_moves(&mut self, machine: &mut Machine, station: u32) -> Range<u32> {
        let first = narrow(self.moves.len());
        let local = self.local(station);
        let mut causes: Vec<(u32, Option<usize>)> =
            self.receivable(machine, station).map(|(place, message)| (message, Some(place))).collect();
        causes.push((NULL, None));
        for (cause, place) in causes {
            let branches = machine.step(local, cause);
            for branch in machine.branches(branches) {
                let start = narrow(self.sendings.len());
                let mut mail: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
                for message in machine.sends(branch) {
                    mail.entry(machine.recipient(*message)).or_default().push(*message);
                }
                for (to, mut messages) in mail {
                    let parcel = self.parcel(&mut messages);
                    self.sendings.push(Sending { to: narrow(to), parcel });
                }
                let sends = [start, narrow(self.sendings.len())];
                let after = self.step(machine, station, branch.local, place);
                if after != station || sends[0] != sends[1] {
                    self.moves.push(Move { after, sends });
                    self.causes.push((cause, branch.coins));
                }
            }
        }
        let moves = [first, narrow(self.moves.len())];
        self.choices[station as usize] = moves;
        moves[0]..moves[1]
    }

    /// What a move takes in, and how its coins fall.
    #[inline]
    pub fn cause(&self, number: u32) -> (u32, Flips) {
        self.causes[number as usize]
    }

    /// Makes a move of one process: its station changes, and what it sends comes to those of the recipients.
    #[inline]
    pub fn take(&mut self, machine: &Machine, number: u32, process: usize, stations: &mut [u32]) {
        let Move { after, sends: [start, end] } = self.moves[number as usize];
        stations[process] = after;
        for place in start..end {
            let Sending { to, parcel } = self.sendings[place as usize];
            stations[to as usize] = self.sum(machine, stations[to as usize], parcel);
        }
    }

    /// Bytes that it takes, but for the names of parcels, of which there are few.
    pub fn bytes(&self) -> usize {
        let words = self.mail.capacity() + 2 * self.choices.capacity() + 3 * self.moves.capacity();
        let words = words + 2 * self.sendings.capacity() + 3 * self.sums.capacity();
        4 * words
            + self.list.capacity() * size_of::<Station>()
            + self.causes.capacity() * size_of::<(u32, Flips)>()
            + self.decisions.capacity()
            + self.index.bytes()
    }
}

/// One multiplication: this is looked up for every parcel sent.
#[inline]
fn hash_sum(station: u32, parcel: u32) -> usize {
    ((u64::from(station) << 32 | u64::from(parcel)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
}

fn hash_station(local: u32, mail: &[u32]) -> u64 {
    hash_of(mail) ^ hash_of(&[local])
}
