//! What many tests begin with: the protocols of this crate and the scenarios by name.

use bivalent::catalogue::{Catalogue, Entry, Instance};
use bivalent::scenario::Scenario;
use std::sync::{Arc, OnceLock};

/// The protocols of this crate.
pub fn builtin() -> &'static Catalogue {
    static BUILTIN: OnceLock<Catalogue> = OnceLock::new();
    BUILTIN.get_or_init(Catalogue::builtin)
}

/// All entries.
pub fn entries() -> &'static [Arc<Entry>] {
    builtin().entries()
}

/// The entry of a protocol.
pub fn find(name: &str) -> Arc<Entry> {
    builtin().find(name).expect("in the catalogue")
}

/// A protocol with these parameters on its usual layers.
pub fn instance(protocol: &str, parameters: &[(&str, &str)]) -> Instance {
    builtin().instance(protocol, parameters.iter().copied(), None).expect("valid parameters")
}

/// The scenario of that name.
pub fn named(name: &str) -> Scenario {
    builtin().scenario(name).expect("there is one of that name")
}
