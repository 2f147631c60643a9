//! Stations: a local state with the messages that wait for it, as one number.
//!
//! A configuration is a station for each process. There are far fewer stations than configurations, which combine
//! them, so that what can happen at a station is worked out once, and what a message does to the station of its
//! recipient, too. The search over configurations then only looks things up.

use super::machine::{Index, Machine, NULL, hash_of, narrow};
use crate::draw::Flips;
use std::ops::Range;

struct Station {
    local: u32,
    /// The messages that wait, in the order of their ranks: equal ones beside each other.
    mail: Range<u32>,
    /// What can happen in the strict model, once somebody has asked.
    moves: Option<Range<u32>>,
}

/// A step of the strict model from a station.
#[derive(Clone)]
struct Move {
    /// The station after it.
    after: u32,
    /// The messages sent.
    sends: Range<u32>,
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
    moves: Vec<Move>,
    /// What is taken in by each move, or [`NULL`], and how its coins fall.
    causes: Vec<(u32, Flips)>,
    /// Recipients and messages of moves.
    sends: Vec<(u32, u32)>,
    /// Open addressing: a station, a message, and the station with that message.
    additions: Vec<[u32; 3]>,
    added: usize,
}

const EMPTY: u32 = u32::MAX;

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
        self.list.push(Station { local, mail: start..narrow(self.mail.len()), moves: None });
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

    /// The station with one message more.
    #[inline]
    pub fn add(&mut self, machine: &Machine, station: u32, message: u32) -> u32 {
        let mask = self.additions.len().wrapping_sub(1);
        let mut slot = hash_addition(station, message) & mask;
        while let Some([known, added, with]) = self.additions.get(slot) {
            if (*known, *added) == (station, message) {
                return *with;
            }
            if *known == EMPTY {
                break;
            }
            slot = (slot + 1) & mask;
        }
        self.learn_addition(machine, station, message)
    }

    #[cold]
    fn learn_addition(&mut self, machine: &Machine, station: u32, message: u32) -> u32 {
        let mut mail = self.mail(station).to_vec();
        let rank = self.rank(machine, message);
        let place = mail.partition_point(|earlier| self.rank(machine, *earlier) <= rank);
        mail.insert(place, message);
        let with = self.name(machine, self.local(station), &mail);
        // At most half full, so that what is looked for is near.
        if (self.added + 1) * 2 > self.additions.len() {
            let doubled = vec![[EMPTY; 3]; (self.additions.len() * 2).max(256)];
            let old = std::mem::replace(&mut self.additions, doubled);
            old.into_iter().filter(|entry| entry[0] != EMPTY).for_each(|entry| self.enter(entry));
        }
        self.enter([station, message, with]);
        self.added += 1;
        with
    }

    fn enter(&mut self, entry: [u32; 3]) {
        let mask = self.additions.len() - 1;
        let mut slot = hash_addition(entry[0], entry[1]) & mask;
        while self.additions[slot][0] != EMPTY {
            slot = (slot + 1) & mask;
        }
        self.additions[slot] = entry;
    }

    /// The moves of the strict model from a station: each message that waits, then NULL. A NULL that changes nothing is
    /// none.
    #[inline]
    pub fn moves(&mut self, machine: &mut Machine, station: u32) -> Range<u32> {
        match &self.list[station as usize].moves {
            Some(moves) => moves.clone(),
            None => self.learn_moves(machine, station),
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
                let start = narrow(self.sends.len());
                let sends = machine.sends(branch).iter();
                self.sends.extend(sends.map(|message| (machine.recipient(*message) as u32, *message)));
                let sends = start..narrow(self.sends.len());
                let after = self.step(machine, station, branch.local, place);
                if after != station || !sends.is_empty() {
                    self.moves.push(Move { after, sends });
                    self.causes.push((cause, branch.coins));
                }
            }
        }
        let moves = first..narrow(self.moves.len());
        self.list[station as usize].moves = Some(moves.clone());
        moves
    }

    /// What a move takes in, and how its coins fall.
    #[inline]
    pub fn cause(&self, number: u32) -> (u32, Flips) {
        self.causes[number as usize]
    }

    /// Makes a move of one process: its station changes, and what it sends comes to those of the recipients.
    #[inline]
    pub fn take(&mut self, machine: &Machine, number: u32, process: usize, stations: &mut [u32]) {
        let Move { after, sends } = self.moves[number as usize].clone();
        stations[process] = after;
        for place in sends.start as usize..sends.end as usize {
            let (to, message) = self.sends[place];
            stations[to as usize] = self.add(machine, stations[to as usize], message);
        }
    }
}

/// One multiplication: this is looked up for every message sent.
#[inline]
fn hash_addition(station: u32, message: u32) -> usize {
    ((u64::from(station) << 32 | u64::from(message)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
}

fn hash_station(local: u32, mail: &[u32]) -> u64 {
    hash_of(mail) ^ hash_of(&[local])
}
