//! The page's address: the views that it names, and its parameters.

use super::View;
use crate::scenario::names;

/// The part of the address that opens each view, with its `#`. The laboratory needs none.
const VIEW_HASHES: [(View, &str); 5] = [
    (View::Laboratory, ""),
    (View::Library, "#library"),
    (View::Compare, "#compare"),
    (View::Many, "#many"),
    (View::Flp, "#flp"),
];

/// The beginning of the part of the address that holds two runs side by side.
pub const PAIR_HASH: &str = "#c=";

impl View {
    /// The part of the address that opens it.
    pub fn hash(self) -> &'static str {
        VIEW_HASHES.iter().find(|(view, _)| *view == self).map_or("", |(_, hash)| hash)
    }

    /// The view that such a part of the address names; any other part is the laboratory's.
    pub fn of(hash: &str) -> View {
        VIEW_HASHES.iter().find(|(_, known)| *known == hash).map_or(View::Laboratory, |(view, _)| *view)
    }
}

/// The most characters of an unknown name, and the most unknown names, that the page repeats.
const NAME_MAX: usize = 40;
const NAMES_MAX: usize = 5;

/// The parameters of the address, between `?` and `#`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AddressParameters {
    /// The scenario that is to be opened.
    pub scenario: Option<String>,
    /// The names that mean nothing, as far as the page repeats them.
    pub unknown: Vec<String>,
}

impl AddressParameters {
    /// Reads names and values. Of several values of one name the first counts.
    pub fn of(pairs: impl IntoIterator<Item = (String, String)>) -> AddressParameters {
        let mut parameters = AddressParameters::default();
        for (name, value) in pairs {
            match name.as_str() {
                "" => {}
                "scenario" => parameters.scenario = parameters.scenario.or(Some(value)),
                _ if parameters.unknown.len() < NAMES_MAX => {
                    parameters.unknown.push(name.chars().take(NAME_MAX).collect());
                }
                _ => {}
            }
        }
        parameters
    }

    /// A sentence about the names that mean nothing, if there are any.
    pub fn notice(&self) -> Option<String> {
        let names: Vec<String> = self.unknown.iter().map(|name| format!("“{name}”")).collect();
        let verb = if names.len() == 1 { "means" } else { "mean" };
        (!names.is_empty())
            .then(|| format!("In the address {} {verb} nothing here, and nothing was done with it.", names.join(", ")))
    }
}

/// The address of a view and a scenario, without the page's own part. A scenario that comes without the gallery has no
/// name that could be looked up.
pub fn address(view: View, scenario: &str, search: &str) -> String {
    let others =
        search.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("scenario="));
    let scenario = names().any(|name| name == scenario).then(|| format!("scenario={scenario}"));
    let pairs: Vec<String> = scenario.into_iter().chain(others.map(str::to_owned)).collect();
    let question = if pairs.is_empty() { "" } else { "?" };
    format!("{question}{}{}", pairs.join("&"), view.hash())
}
