//! The address of the page, and what it opens.

use crate::view::browser::window;
use crate::view::builtin::builtin;
use bivalent::lab::Pair;
use bivalent::page::{AddressParameters, PAIR_HASH};
use bivalent::scenario::{Link, PairLink, first};
use wasm_bindgen::JsCast;
use web_sys::UrlSearchParams;

/// A moment of a run, and perhaps another run beside it.
pub(super) struct Opening {
    /// The run in the laboratory.
    pub link: Link,
    /// It and another one side by side.
    pub pair: Option<Pair>,
}

/// The words after an error where something else opens.
const FIRST_INSTEAD: &str = "Here is the first scenario instead.";

impl Opening {
    /// The first scenario at its beginning.
    fn first() -> Opening {
        Opening { link: Link { scenario: first(), position: 0 }, pair: None }
    }
}

/// The part of the address behind `#`, with it.
pub(super) fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// The run in the part of the address behind `#`, or the two side by side, if it holds them.
pub(super) fn hash_opening() -> Option<Result<Opening, String>> {
    let hash = hash();
    if hash == "#fresh" {
        return Some(Ok(Opening::first()));
    }
    if let Some(text) = hash.strip_prefix("#s=") {
        let link = builtin().link(text);
        return Some(link.map(|link| Opening { link, pair: None }));
    }
    let link = PairLink::decode(hash.strip_prefix(PAIR_HASH)?).map_err(|error| error.to_string());
    Some(link.and_then(|link| {
        let [scenario, _] = link.scenarios.clone();
        Ok(Opening {
            link: Link { scenario, position: link.positions[0] },
            pair: Some(Pair::from_link(builtin(), link)?),
        })
    }))
}

/// The content that the address asks for, and a sentence about what it asks for in vain.
pub(super) fn opening() -> (Opening, Option<String>) {
    let parameters = parameters();
    let by_name = || {
        let scenario = builtin().scenario(parameters.scenario.as_ref()?).map_err(|error| format!("scenario: {error}"));
        Some(scenario.map(|scenario| Opening { link: Link { scenario, position: 0 }, pair: None }))
    };
    match hash_opening().or_else(by_name).unwrap_or_else(|| Ok(Opening::first())) {
        Ok(opening) => (opening, parameters.notice()),
        Err(error) => (Opening::first(), Some(format!("{error}. {FIRST_INSTEAD}"))),
    }
}

/// The parameters of the address.
fn parameters() -> AddressParameters {
    let search = window().location().search().unwrap_or_default();
    let pairs = UrlSearchParams::new_with_str(&search).ok().and_then(|pairs| js_sys::try_iter(&pairs).ok().flatten());
    let pairs = pairs.into_iter().flatten().filter_map(|pair| {
        let pair: js_sys::Array = pair.ok()?.dyn_into().ok()?;
        Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
    });
    AddressParameters::of(pairs)
}
