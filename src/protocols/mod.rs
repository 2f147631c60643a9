//! The protocols, one file each, and their one line in the catalogue.

use crate::catalogue::Entry;

pub mod wait_for_all;

/// A line for each protocol, in the order in which to meet them.
pub const ALL: &[Entry] = &[wait_for_all::ENTRY];
