//! The search for an order: Wing and Gong's, with Lowe's memory.
//!
//! An order is built from its beginning. The next operation is one that was invoked before the first response among
//! those that are not in the order yet; nothing else may come next, and if none of these can be done, the search goes
//! back (Wing and Gong, *Testing and Verifying Concurrent Objects*, JPDC 17, 1993). Two orders of the same operations
//! that lead to the same state have the same future, so the set of operations and the state are remembered, and no pair
//! is gone into twice (Lowe, *Testing for linearizability*, Concurrency and Computation 29(4), 2017). Invocations and
//! responses are a linked list, from which an operation is lifted when it joins the order.
//!
//! Three things keep the search from trying what it need not:
//!
//! - An answered query that can be done now is done now. It changes nothing, so it is in nobody's way.
//! - Otherwise only those operations are tried that can matter to the one whose response comes first: that one, and
//!   whatever does not commute with one of these (persistent sets, Godefroid, LNCS 1032, 1996). The first of them in any
//!   order can be exchanged with all that stands before it.
//! - Of equal unanswered operations the one that was invoked first is taken first.

use super::model::{CallObservation, Specification};
use super::visited::Visited;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The limits at which a search gives up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SearchLimits {
    /// The most steps: operations that were tried in a state.
    pub steps: u64,
    /// The most bytes for what was visited, at most 4 GiB.
    pub bytes: usize,
}

impl Default for SearchLimits {
    /// A hundred million steps, which take some seconds, and 512 MiB.
    fn default() -> Self {
        SearchLimits { steps: 100_000_000, bytes: 512 << 20 }
    }
}

/// The most different values that are observed of one operation.
pub(super) const OBSERVED_MAX: usize = 24;

/// An operation that may be in the order.
#[derive(Clone, Debug)]
pub(super) struct OrderItem<C> {
    /// Its index in the history.
    pub(super) operation: usize,
    /// The index of its invocation among the events.
    pub(super) invoked: usize,
    /// The index of its response among the events, and the call with its result; none if the outcome is unknown.
    pub(super) answered: Option<(usize, C)>,
    /// The call without its result; none if it would make no difference.
    pub(super) unanswered: Option<C>,
}

/// An item in a search.
struct SearchItem<C> {
    item: usize,
    call: C,
    /// The index of its response among the events; none if it is open.
    responded: Option<usize>,
    /// Its number among the answered ones, or among the open ones.
    bit: usize,
    /// Of an open one: the open one before it that is equal.
    twin: Option<usize>,
    /// Its places in the list.
    entries: (u32, Option<u32>),
}

/// A place in the list of invocations and responses.
#[derive(Clone, Copy)]
struct EventLink {
    before: u32,
    after: u32,
    owner: u32,
    is_response: bool,
}

/// Nobody: the owner of the ends of the list.
const NOBODY: u32 = u32::MAX;

/// A set of numbers that grows from below, as it is with operations that join an order.
struct BitSet {
    words: Vec<u64>,
    /// The first word that is not full.
    base: usize,
    /// Behind the last word that is not empty.
    end: usize,
}

impl BitSet {
    fn new(len: usize) -> Self {
        BitSet { words: vec![0; len / 64 + 1], base: 0, end: 0 }
    }

    fn contains(&self, bit: usize) -> bool {
        self.words[bit / 64] >> (bit % 64) & 1 == 1
    }

    fn insert(&mut self, bit: usize) {
        self.words[bit / 64] |= 1 << (bit % 64);
        self.end = self.end.max(bit / 64 + 1);
        while self.words[self.base] == u64::MAX {
            self.base += 1;
        }
    }

    fn remove(&mut self, bit: usize) {
        self.words[bit / 64] &= !(1 << (bit % 64));
        self.base = self.base.min(bit / 64);
        while self.end > 0 && self.words[self.end - 1] == 0 {
            self.end -= 1;
        }
    }

    /// The words that tell the set, behind where they begin and their number.
    fn write(&self, key: &mut Vec<u64>) {
        let words = self.words.get(self.base..self.end).unwrap_or_default();
        key.push((self.base as u64) << 32 | words.len() as u64);
        key.extend_from_slice(words);
    }
}

/// An order that is being built: the operation that joined last, the state after it, and where the choices begin that
/// are left for the next.
struct Frame {
    contender: u32,
    state: u32,
    choices: usize,
}

/// The end of a part of a search.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum OrderSearchEnd {
    /// There is more to do.
    Paused,
    /// An order was found.
    Found,
    /// There is none.
    Exhausted,
    /// The limit of memory was hit.
    Full,
}

/// The watch over an operation that cannot be done.
pub(super) struct CallWatch<C> {
    contender: usize,
    /// The results that it could have returned, at some place in some order; at most one more than [`OBSERVED_MAX`].
    pub(super) seen: BTreeSet<CallObservation<C>>,
}

/// A search for an order of some items, as they are in a prefix of the history.
pub(super) struct OrderSearch<S: Specification> {
    contenders: Vec<SearchItem<S::Call>>,
    list: Vec<EventLink>,
    /// The number of answered ones that are not in the order yet.
    left: usize,
    answered: BitSet,
    open: BitSet,
    states: Vec<Rc<S::State>>,
    numbers: BTreeMap<Rc<S::State>, u32>,
    state_bytes: usize,
    /// The state before the first operation.
    root: u32,
    /// The order, behind the root; nothing before the first step.
    frames: Vec<Frame>,
    choices: Vec<(u32, u32)>,
    visited: Visited,
    /// The first response that was missing in the order that came furthest; an index among the events.
    furthest: usize,
    watch: Option<CallWatch<S::Call>>,
    key: Vec<u64>,
    candidates: Vec<u32>,
    next: Vec<S::State>,
}

impl<S: Specification> OrderSearch<S> {
    /// A search over those of `items` that `members` lists in the order of their invocations, in the prefix that ends
    /// with the event `upto`. The call of `replaced` is another one.
    pub(super) fn new(
        specification: &S,
        items: &[OrderItem<S::Call>],
        members: &[usize],
        upto: usize,
        replaced: Option<(usize, S::Call)>,
    ) -> Self {
        let mut contenders: Vec<SearchItem<S::Call>> = Vec::new();
        let mut places: Vec<(usize, u32, bool)> = Vec::new();
        let (mut answered, mut open) = (0, 0);
        let mut twins: BTreeMap<S::Call, usize> = BTreeMap::new();
        for member in members {
            let item = &items[*member];
            if item.invoked > upto {
                break;
            }
            let number = contenders.len();
            let (call, responded) = match (&item.answered, &item.unanswered) {
                (Some((responded, call)), _) if *responded <= upto => {
                    let other = replaced.as_ref().filter(|(other, _)| other == member).map(|(_, call)| call);
                    (other.unwrap_or(call).clone(), Some(*responded))
                }
                (_, Some(call)) => (call.clone(), None),
                (_, None) => continue,
            };
            places.push((item.invoked, number as u32, false));
            places.extend(responded.map(|responded| (responded, number as u32, true)));
            let count = if responded.is_some() { &mut answered } else { &mut open };
            let bit = *count;
            *count += 1;
            let twin = if responded.is_none() { twins.insert(call.clone(), number) } else { None };
            contenders.push(SearchItem { item: *member, call, responded, bit, twin, entries: (0, None) });
        }
        places.sort_unstable();
        let end = places.len() as u32 + 1;
        let mut list = vec![EventLink { before: 0, after: 1, owner: NOBODY, is_response: false }];
        for (place, (_, owner, is_response)) in (1..).zip(places) {
            list.push(EventLink { before: place - 1, after: place + 1, owner, is_response });
            let entries = &mut contenders[owner as usize].entries;
            if is_response { entries.1 = Some(place) } else { entries.0 = place }
        }
        list.push(EventLink { before: end - 1, after: end, owner: NOBODY, is_response: true });
        let mut search = OrderSearch {
            contenders,
            list,
            left: answered,
            answered: BitSet::new(answered),
            open: BitSet::new(open),
            states: Vec::new(),
            numbers: BTreeMap::new(),
            state_bytes: 0,
            root: 0,
            frames: Vec::new(),
            choices: Vec::new(),
            visited: Visited::default(),
            furthest: 0,
            watch: None,
            key: Vec::new(),
            candidates: Vec::new(),
            next: Vec::new(),
        };
        search.root = search.number(specification, specification.initial());
        search
    }

    /// The same search, in which the answered item `watched` is never done, and all that it could have returned is kept.
    pub(super) fn watching(mut self, watched: usize) -> Self {
        let contender = self.contenders.iter().position(|contender| contender.item == watched);
        let contender = contender.expect("the prefix ends with its response");
        self.watch = Some(CallWatch { contender, seen: BTreeSet::new() });
        self
    }

    /// The observations of the watch.
    pub(super) fn seen(&self) -> &BTreeSet<CallObservation<S::Call>> {
        &self.watch.as_ref().expect("asked of a search that watches").seen
    }

    /// The event up to which every response has a place in some order that was tried, this one not included.
    pub(super) fn furthest(&self) -> usize {
        self.furthest
    }

    /// The items in the order that was found.
    pub(super) fn order(&self) -> Vec<usize> {
        let joined = self.frames.iter().filter(|frame| frame.contender != NOBODY);
        joined.map(|frame| self.contenders[frame.contender as usize].item).collect()
    }

    /// The number of a state.
    fn number(&mut self, specification: &S, state: S::State) -> u32 {
        if let Some(number) = self.numbers.get(&state) {
            return *number;
        }
        // Beside the state: its two counts, and its places in the list and in the tree.
        self.state_bytes += specification.bytes(&state) + 48;
        let number = u32::try_from(self.states.len()).expect("the limit of bytes is below 32 GiB");
        let state = Rc::new(state);
        self.states.push(state.clone());
        self.numbers.insert(state, number);
        number
    }

    fn lift(&mut self, contender: u32) {
        let SearchItem { entries, responded, bit, .. } = &self.contenders[contender as usize];
        for place in [Some(entries.0), entries.1].into_iter().flatten() {
            let EventLink { before, after, .. } = self.list[place as usize];
            self.list[before as usize].after = after;
            self.list[after as usize].before = before;
        }
        match responded {
            Some(_) => {
                self.answered.insert(*bit);
                self.left -= 1;
            }
            None => self.open.insert(*bit),
        }
    }

    fn put_back(&mut self, contender: u32) {
        let SearchItem { entries, responded, bit, .. } = &self.contenders[contender as usize];
        // In the opposite order, so that each finds its neighbours as they were.
        for place in [entries.1, Some(entries.0)].into_iter().flatten() {
            let EventLink { before, after, .. } = self.list[place as usize];
            self.list[before as usize].after = place;
            self.list[after as usize].before = place;
        }
        match responded {
            Some(_) => {
                self.answered.remove(*bit);
                self.left += 1;
            }
            None => self.open.remove(*bit),
        }
    }

    /// True if the operations that are in the order, with the state after them, are a pair that was not there before.
    fn is_new(&mut self, state: u32) -> bool {
        self.key.clear();
        self.key.push(u64::from(state));
        self.answered.write(&mut self.key);
        if self.open.end > 0 {
            self.open.write(&mut self.key);
        }
        self.visited.insert(&self.key)
    }

    /// Lists the operations that may come next, and takes down how far the order has come.
    fn list_candidates(&mut self) {
        self.candidates.clear();
        let mut place = self.list[0].after as usize;
        while !self.list[place].is_response {
            let owner = self.list[place].owner;
            let twin = self.contenders[owner as usize].twin;
            if twin.is_none_or(|twin| self.open.contains(self.contenders[twin].bit)) {
                self.candidates.push(owner);
            }
            place = self.list[place].after as usize;
        }
        let first = self.list[place].owner;
        if first != NOBODY {
            let responded = self.contenders[first as usize].responded.expect("a response in the list is one");
            self.furthest = self.furthest.max(responded);
        }
        // Whose response comes first is tried first, and what need not be done at all last.
        let contenders = &self.contenders;
        self.candidates.sort_by_key(|owner| contenders[*owner as usize].responded.unwrap_or(usize::MAX));
    }

    /// Leaves only those candidates that can matter to the first.
    fn reduce(&mut self, specification: &S) {
        let mut chosen = 1;
        let mut next = 0;
        while next < chosen && chosen < self.candidates.len() {
            let call = &self.contenders[self.candidates[next] as usize].call;
            let mut other = chosen;
            while other < self.candidates.len() {
                if !specification.commute(call, &self.contenders[self.candidates[other] as usize].call) {
                    self.candidates.swap(chosen, other);
                    chosen += 1;
                }
                other += 1;
            }
            next += 1;
        }
        self.candidates.truncate(chosen);
        let contenders = &self.contenders;
        self.candidates.sort_by_key(|owner| contenders[*owner as usize].responded.unwrap_or(usize::MAX));
    }

    /// Lists what can be done next in the order that is there, and returns how many operations were tried.
    fn expand(&mut self, specification: &S) -> u64 {
        let state = self.frames.last().expect("the root stays").state;
        let from = self.states[state as usize].clone();
        self.list_candidates();
        let mut tried = 0;
        if let Some(watch) = &mut self.watch {
            if self.candidates.contains(&(watch.contender as u32)) && watch.seen.len() <= OBSERVED_MAX {
                watch.seen.extend(specification.observe(&from, &self.contenders[watch.contender].call));
            }
            // The operation that is watched may matter to all that it could have been, and it is never done.
            self.candidates.retain(|owner| *owner as usize != watch.contender);
        }
        for place in 0..self.candidates.len() {
            let owner = self.candidates[place];
            let SearchItem { call, responded, .. } = &self.contenders[owner as usize];
            if responded.is_none() || !specification.is_query(call) {
                continue;
            }
            tried += 1;
            self.next.clear();
            specification.step(&from, call, &mut self.next);
            if let [next] = &self.next[..]
                && *next == *from
            {
                self.choices.push((owner, state));
                return tried;
            }
        }
        if self.watch.is_none() {
            self.reduce(specification);
        }
        // The last choice is taken first.
        for place in (0..self.candidates.len()).rev() {
            let owner = self.candidates[place];
            tried += 1;
            let mut next = std::mem::take(&mut self.next);
            next.clear();
            specification.step(&from, &self.contenders[owner as usize].call, &mut next);
            for state in next.drain(..) {
                let number = self.number(specification, state);
                self.choices.push((owner, number));
            }
            self.next = next;
        }
        tried
    }

    /// Searches for about `budget` steps, or to the end, and takes what was used from `budget`.
    pub(super) fn step(&mut self, specification: &S, bytes_max: usize, budget: &mut u64) -> OrderSearchEnd {
        if self.frames.is_empty() {
            self.frames.push(Frame { contender: NOBODY, state: self.root, choices: 0 });
            if self.left == 0 {
                return OrderSearchEnd::Found;
            }
            *budget = budget.saturating_sub(self.expand(specification));
        }
        while *budget > 0 {
            let frame = self.frames.last().expect("the root stays");
            if self.choices.len() == frame.choices {
                if frame.contender == NOBODY {
                    return OrderSearchEnd::Exhausted;
                }
                let contender = frame.contender;
                self.frames.pop();
                self.put_back(contender);
                continue;
            }
            let (contender, state) = self.choices.pop().expect("there are more than at the frame");
            self.lift(contender);
            if !self.is_new(state) {
                *budget -= 1;
                self.put_back(contender);
                continue;
            }
            self.frames.push(Frame { contender, state, choices: self.choices.len() });
            if self.left == 0 {
                return OrderSearchEnd::Found;
            }
            let used = self.expand(specification);
            *budget = budget.saturating_sub(used.max(1));
            if self.visited.bytes() + self.state_bytes + self.choices.len() * 8 > bytes_max {
                return OrderSearchEnd::Full;
            }
        }
        OrderSearchEnd::Paused
    }
}
