//! The page's entries in the browser's history: views and scenarios. What is left is kept under a key that stands in
//! the entry, so that going back, going forth and a reload find it, however long it is.
//!
//! In a frame nothing is added to the history, which is the one of the page around it; a reload finds its place all the
//! same. Storage may be forbidden: then only this page's memory knows the places.

use crate::view::browser::{new_seed, window};
use std::collections::BTreeMap;
use web_sys::Storage;

/// The most places that are kept; of those far back the address is left.
const PLACES_MAX: u32 = 50;

const PREFIX: &str = "bivalent";

/// The entries that this page has made.
pub(super) struct Entries {
    /// Tells the entries of one tab from those of another that was copied from it.
    page: u32,
    /// The number of the entry that is shown.
    here: u32,
    kept: BTreeMap<u32, String>,
    framed: bool,
}

/// The key of an entry, and what it says.
fn key(page: u32, number: u32) -> String {
    format!("{PREFIX}-{page:08x}-{number}")
}

fn read_key(key: &str) -> Option<(u32, u32)> {
    let (page, number) = key.strip_prefix(PREFIX)?.strip_prefix('-')?.split_once('-')?;
    Some((u32::from_str_radix(page, 16).ok()?, number.parse().ok()?))
}

/// The key in the entry that is shown.
fn state() -> Option<(u32, u32)> {
    read_key(&window().history().ok()?.state().ok()?.as_string()?)
}

/// None where storage is forbidden.
fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

impl Entries {
    /// The entries of this page, and the text of the place that a reload comes back to.
    pub(super) fn begin() -> (Entries, Option<String>) {
        let framed = window().parent().ok().flatten().is_none_or(|parent| parent != window());
        let (page, here) = state().unwrap_or_else(|| (new_seed(), 0));
        let entries = Entries { page, here, kept: BTreeMap::new(), framed };
        let place = entries.find();
        entries.mark();
        (entries, place)
    }

    /// Writes the key into the entry that is shown.
    fn mark(&self) {
        if let Ok(history) = window().history() {
            // A frame may have no history; then nothing leads back there.
            let _ = history.replace_state(&key(self.page, self.here).into(), "");
        }
    }

    /// The place of the entry that is shown.
    fn find(&self) -> Option<String> {
        let stored = || storage()?.get_item(&key(self.page, self.here)).ok().flatten();
        self.kept.get(&self.here).cloned().or_else(stored)
    }

    /// Keeps the place of the entry that is shown.
    pub(super) fn keep(&mut self, place: String) {
        if let Some(storage) = storage() {
            // It may be full; memory has it too.
            let _ = storage.set_item(&key(self.page, self.here), &place);
        }
        self.kept.insert(self.here, place);
    }

    fn forget(&mut self, number: u32) {
        self.kept.remove(&number);
        if let Some(storage) = storage() {
            // An entry that is not there needs not be removed.
            let _ = storage.remove_item(&key(self.page, number));
        }
    }

    /// Goes on to a new entry with this address; the place of the one that is left is kept. What was in front of it is
    /// gone, as with any page.
    pub(super) fn go(&mut self, left: String, address: &str) {
        if self.framed {
            return;
        }
        self.keep(left);
        self.here += 1;
        for number in self.kept.split_off(&self.here).into_keys() {
            self.forget(number);
        }
        if let Some(number) = self.here.checked_sub(PLACES_MAX) {
            self.forget(number);
        }
        self.forget(self.here);
        if let Ok(history) = window().history() {
            let state = key(self.page, self.here).into();
            // A file may not change its address; the entry is there without it.
            if history.push_state_with_url(&state, "", Some(address)).is_err() {
                let _ = history.push_state(&state, "");
            }
        }
    }

    /// The browser shows another entry: the place that was left is kept, and that of the other one is found. None if it
    /// is new, and its address says what is wanted.
    pub(super) fn arrive(&mut self, left: String) -> Option<String> {
        self.keep(left);
        match state() {
            Some((page, number)) if page == self.page => {
                self.here = number;
                self.find()
            }
            _ => {
                self.here += 1;
                self.forget(self.here);
                self.mark();
                None
            }
        }
    }
}
