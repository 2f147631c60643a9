//! The keys that a search has been through, of some words each, in one block of memory.

use crate::canon::Digest;

/// A set of keys, which only grows. A key is remembered whole, so that none is ever taken for another.
#[derive(Default)]
pub(super) struct Visited {
    /// Each key behind its length.
    words: Vec<u64>,
    /// The place in `words` where each key begins, plus one; 0 where there is none. At most half of them are used.
    slots: Vec<u32>,
    len: usize,
}

fn hash(key: &[u64]) -> u64 {
    let mut digest = Digest::default();
    key.iter().for_each(|word| digest.word(*word));
    digest.finish()
}

impl Visited {
    /// The bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.words.capacity() * 8 + self.slots.len() * 4
    }

    /// Adds a key, and says whether it is new.
    pub(super) fn insert(&mut self, key: &[u64]) -> bool {
        if self.slots.len() < 2 * (self.len + 1) {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash(key) as usize & mask;
        while self.slots[slot] != 0 {
            let start = self.slots[slot] as usize - 1;
            if self.words[start] as usize == key.len() && self.words[start + 1..][..key.len()] == *key {
                return false;
            }
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = u32::try_from(self.words.len() + 1).expect("the limit of bytes is below 32 GiB");
        self.words.push(key.len() as u64);
        self.words.extend_from_slice(key);
        self.len += 1;
        true
    }

    fn grow(&mut self) {
        let mask = (self.slots.len() * 2).max(64) - 1;
        self.slots = vec![0; mask + 1];
        let mut start = 0;
        while start < self.words.len() {
            let length = self.words[start] as usize;
            let mut slot = hash(&self.words[start + 1..][..length]) as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = u32::try_from(start + 1).expect("it was a place before");
            start += 1 + length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_new_once() {
        let mut visited = Visited::default();
        for round in [true, false] {
            for number in 0..1_000u64 {
                assert_eq!(visited.insert(&[number]), round);
                assert_eq!(visited.insert(&[number % 7, number]), round);
            }
            assert_eq!(visited.insert(&[]), round);
        }
        assert!(visited.bytes() < 200_000);
    }
}
