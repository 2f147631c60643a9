//! Parameters of a protocol and of the layers below it, complete and valid.

use super::{Catalogue, Entry, Name};
use crate::quote::{quoted, shortened};
use std::collections::BTreeMap;

/// The parameters of a protocol, complete and valid.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Parameters {
    values: BTreeMap<Name, String>,
    mutant: Option<Name>,
    /// Those that are given for layers below, by the layer's name.
    below: BTreeMap<Name, Parameters>,
}

/// The name of the parameter that chooses a mutant; every protocol with mutants takes it.
pub const MUTANT: &str = "mutant";

/// The name of "no bound".
pub const UNBOUNDED: &str = "unbounded";

impl Parameters {
    /// The defaults of a protocol.
    pub fn of(entry: &Entry) -> Parameters {
        let value = |parameter: &super::Parameter| (parameter.name.clone(), parameter.default.clone().into_owned());
        Parameters { values: entry.parameters.iter().map(value).collect(), ..Parameters::default() }
    }

    /// Gives one of the protocol's own parameters a value. The error names it and what is allowed.
    fn set(&mut self, entry: &Entry, name: &str, text: &str) -> Result<(), String> {
        if name == MUTANT && !entry.mutants.is_empty() {
            let mutant = entry.mutants.iter().find(|mutant| *mutant == text).cloned();
            self.mutant = Some(mutant.ok_or_else(|| {
                format!("parameters.{MUTANT}: {} is not one of {}", quoted(text), entry.mutants.join(", "))
            })?);
            return Ok(());
        }
        let parameter = entry.parameters.iter().find(|parameter| parameter.name == name).ok_or_else(|| {
            let known: Vec<&str> = entry.parameters.iter().map(|parameter| &*parameter.name).collect();
            let name = shortened(name);
            if known.is_empty() {
                format!("parameters.{name}: {} has no parameters", entry.name)
            } else {
                format!("parameters.{name}: {} has no such parameter; it has {}", entry.name, known.join(", "))
            }
        })?;
        if !parameter.domain.allows(text) {
            return Err(format!("parameters.{name}: {} is not {}", quoted(text), parameter.domain));
        }
        self.values.insert(parameter.name.clone(), text.to_owned());
        Ok(())
    }

    fn text(&self, name: &str) -> &str {
        self.values.get(name).expect("a protocol reads only the parameters that its entry lists")
    }

    /// The value of a [`super::Domain::Integer`].
    pub fn integer(&self, name: &str) -> u64 {
        self.text(name).parse().expect("checked when it was set")
    }

    /// The value of a [`super::Domain::Bound`]; `None` is unbounded.
    pub fn bound(&self, name: &str) -> Option<u64> {
        self.text(name).parse().ok()
    }

    /// The value of a [`super::Domain::Choice`].
    pub fn choice(&self, name: &str) -> &str {
        self.text(name)
    }

    /// The value of a [`super::Domain::Flag`].
    pub fn flag(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    /// True if the planted bug `name` is wanted.
    pub fn mutant(&self, name: &str) -> bool {
        self.mutant.as_deref() == Some(name)
    }

    /// Those of the layer `name` below, where some are given.
    pub fn below(&self, name: &str) -> Option<&Parameters> {
        self.below.get(name)
    }

    /// The modules below for which parameters are given.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        self.below.keys().map(|name| &**name)
    }
}

impl Catalogue {
    /// The parameters of `entry` with those that are given, and defaults for the others. `LAYER.NAME` is the parameter
    /// of a layer below. The error names the parameter and what is allowed.
    pub fn parameters<'a>(
        &self,
        entry: &Entry,
        given: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Parameters, String> {
        let mut parameters = Parameters::of(entry);
        for (name, text) in given {
            let Some((layer, own)) = name.split_once('.') else {
                parameters.set(entry, name, text)?;
                continue;
            };
            let below = self.find(layer).map_err(|error| format!("parameters.{}: {error}", shortened(name)))?;
            if own.contains('.') {
                return Err(format!("parameters.{name}: a layer has no layers of its own"));
            }
            let set = parameters.below.entry(below.name.clone()).or_insert_with(|| Parameters::of(&below));
            let prefix = |error: String| error.replacen("parameters.", &format!("parameters.{layer}."), 1);
            set.set(&below, own, text).map_err(prefix)?;
        }
        Ok(parameters)
    }
}
