//! The catalogue: everything that others know of protocols.
//!
//! A protocol's file ends in an [`Entry`], which says all that the page, the command line, the explorers and the tests
//! know of it. A [`Catalogue`] is a value: [`Catalogue::builtin`] has the protocols of this crate, and anybody adds
//! entries of their own at run time. What a scenario means depends on a catalogue, because it names protocols: so
//! checking a scenario ([`Scenario::plan`](crate::scenario::Scenario::plan)) and finding one by its name ([`Catalogue::scenario`]) belong here.

mod assumption;
mod entry;
mod instance;
mod named;
mod own;
mod parameters;
mod plan;
mod rounds;
mod unmet;
mod users;
pub mod world;

pub use crate::process::Name;
pub use assumption::Assumption;
pub use entry::{
    Argument, Budget, ByChance, ChannelEffect, Contender, Domain, Entry, Exploration, Explorer, Inputs, NeededNetwork,
    Parameter, Problem, RequestForm, Resilience, Role, Service, Share, Timeout,
};
pub use instance::Instance;
pub use own::own_properties;
pub use parameters::{MUTANT, Parameters, UNBOUNDED};

pub use rounds::{
    HeardOf, LAYERED_PROCESSES, Layered, LayeredState, LayeredStates, Realisable, RoundSymmetry, Trigger, hearing_both,
    peers,
};
pub use unmet::Unmet;
pub use world::{Consequence, Without};

use crate::quote::quoted;
use std::borrow::Cow;
use std::fmt::{self, Debug};
use std::sync::Arc;

/// Constants as names.
pub fn names<const N: usize>(names: [&'static str; N]) -> Vec<Name> {
    names.map(Cow::Borrowed).into()
}

/// True if a name is in kebab-case: small letters, digits and hyphens between them.
fn is_kebab(name: &str) -> bool {
    let small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.bytes().all(small) && !name.starts_with('-') && !name.ends_with('-')
}

/// Protocols by name, in the order in which to meet them. It is cheap to clone.
#[derive(Clone, Default)]
pub struct Catalogue {
    entries: Arc<Vec<Arc<Entry>>>,
}

impl Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries.iter().map(|entry| &entry.name)).finish()
    }
}

/// The same entries, and not only entries of the same names.
impl PartialEq for Catalogue {
    fn eq(&self, other: &Self) -> bool {
        self.entries.len() == other.entries.len()
            && self.entries.iter().zip(&*other.entries).all(|(one, two)| Arc::ptr_eq(one, two))
    }
}

impl Eq for Catalogue {}

impl Catalogue {
    /// A catalogue without entries.
    pub fn new() -> Self {
        Catalogue::default()
    }

    /// Adds an entry at the end. The error says what is wrong with it: a name, of it or of a property, that is taken or
    /// not in kebab-case, or a default that its own domain does not allow.
    pub fn add(&mut self, entry: Entry) -> Result<(), String> {
        if !is_kebab(&entry.name) {
            return Err(format!("{} is no name in kebab-case", quoted(&entry.name)));
        }
        if self.entries.iter().any(|known| known.name == entry.name) {
            return Err(format!("there is a protocol {} already", quoted(&entry.name)));
        }
        for (place, (name, _)) in entry.promises().enumerate() {
            if !is_kebab(name) {
                return Err(format!("{}: the property {} is no name in kebab-case", entry.name, quoted(name)));
            }
            if entry.promises().take(place).any(|(other, _)| other == name) {
                return Err(format!("{}: the property {name} is there twice", entry.name));
            }
        }
        for parameter in &entry.parameters {
            if !parameter.domain.allows(&parameter.default) {
                let (name, domain) = (&parameter.name, &parameter.domain);
                return Err(format!("{}: the default of {name} is not {domain}", entry.name));
            }
        }
        Arc::make_mut(&mut self.entries).push(Arc::new(entry));
        Ok(())
    }

    /// All entries, in order.
    pub fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    /// The entry of the protocol `name`. The error lists the names that there are.
    pub fn find(&self, name: &str) -> Result<Arc<Entry>, String> {
        self.entries.iter().find(|entry| entry.name == name).cloned().ok_or_else(|| {
            let names: Vec<&str> = self.entries.iter().map(|entry| &*entry.name).collect();
            format!("there is no protocol {}; there are {}", quoted(name), names.join(", "))
        })
    }
}
