//! Scenarios by name: those of the gallery, the everyday worlds of protocols, and the worlds without an assumption.

use super::Catalogue;
use crate::quote::quoted;
use crate::scenario::{GALLERY, Link, LinkError, Scenario, names};

impl Catalogue {
    /// The scenario of that name, if there is one: of the gallery, or the everyday world of a protocol, or that protocol
    /// without one of its assumptions.
    pub fn known(&self, name: &str) -> Option<Scenario> {
        if let Some((_, text)) = GALLERY.iter().find(|(known, _)| *known == name) {
            return Some(Scenario::parse(text).expect("the gallery is valid: a test reads every file"));
        }
        if let Ok(entry) = self.find(name) {
            return Some(Scenario::everyday(&entry));
        }
        let mut all = self.without();
        all.find(|(entry, without)| without.name(entry) == name).map(|(entry, without)| without.scenario(entry))
    }

    /// As [`Catalogue::known`]. The error lists the names that there are.
    pub fn scenario(&self, name: &str) -> Result<Scenario, String> {
        self.known(name).ok_or_else(|| {
            let gallery: Vec<&str> = names().collect();
            format!(
                "there is no scenario {}; a protocol's name is one, and the gallery has {}",
                quoted(name),
                gallery.join(", ")
            )
        })
    }

    /// Reads and checks a file. The error names the field, what is wrong with it and what is allowed.
    pub fn read(&self, text: &str) -> Result<Scenario, String> {
        let scenario = Scenario::parse(text)?;
        scenario.plan(self)?;
        Ok(scenario)
    }

    /// Reads and checks the part of an address after `#s=`. The error says that it is damaged, or names the field.
    pub fn link(&self, text: &str) -> Result<Link, String> {
        let link = Link::decode(text).map_err(|error| error.to_string())?;
        link.scenario.plan(self).map_err(|error| LinkError::Invalid(error).to_string())?;
        Ok(link)
    }
}
