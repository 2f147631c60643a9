//! What the page opens with: from its address, from the gallery, or from the program before it.

use super::{FIRST_INSTEAD, LENS, View};
use crate::view::{reported, window};
use bivalent::lab::Lab;
use bivalent::scenario::{Link, Scenario, first, named};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCache, RequestInit, Response, UrlSearchParams};
use yew::Properties;

/// What the page opens with.
#[derive(Properties, Clone)]
pub struct Opening {
    /// The laboratory; the page takes it.
    pub lab: Rc<RefCell<Option<Lab>>>,
    /// What to tell about it.
    pub banner: Option<String>,
    /// The view.
    pub view: View,
    /// Whether clocks and causes are open.
    pub lens: bool,
}

impl PartialEq for Opening {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.lab, &other.lab)
    }
}

/// The part of the address behind `#`, with it.
pub(super) fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// What a link holds, or the first scenario and why.
pub(super) fn from_link(text: &str) -> (Lab, Option<String>) {
    match Link::decode(text).map_err(|error| error.to_string()).and_then(Lab::from_link) {
        Ok(lab) => (lab, None),
        Err(error) => (first_lab(), Some(format!("{error}. {FIRST_INSTEAD}"))),
    }
}

/// The first scenario.
pub(super) fn first_lab() -> Lab {
    Lab::new(first()).expect("the gallery is valid")
}

/// What to open with: what the program before this one left, or else what the address asks for.
pub(in crate::view) async fn opening() -> Opening {
    let (link, wanted) = reported().unwrap_or_else(|| (hash(), hash()));
    let (lab, banner) = match (link.strip_prefix("#s="), asked_for()) {
        (Some(text), _) => from_link(text),
        (None, Some(name)) if link != "#fresh" => match fetch(&name).await.and_then(Lab::new) {
            Ok(lab) => (lab, None),
            Err(error) => (first_lab(), Some(format!("scenario: {error}. {FIRST_INSTEAD}"))),
        },
        _ => (first_lab(), None),
    };
    Opening { lab: Rc::new(RefCell::new(Some(lab))), banner, view: View::of(&wanted), lens: wanted == LENS }
}

/// The scenario that the address names.
fn asked_for() -> Option<String> {
    UrlSearchParams::new_with_str(&window().location().search().ok()?).ok()?.get("scenario")
}

/// The scenario of the gallery with this name: the whole program has it, the small one fetches the file.
pub(super) async fn fetch(name: &str) -> Result<Scenario, String> {
    if crate::WHOLE {
        return named(name);
    }
    // No address but one beside the page's own can be made of these.
    if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return Err(format!("there is no scenario {name:?}"));
    }
    // Newer files than the program's own would not fit it: ask the host each time.
    let options = RequestInit::new();
    options.set_cache(RequestCache::NoCache);
    let request = window().fetch_with_str_and_init(&format!("static/scenarios/{name}.json"), &options);
    let response = JsFuture::from(request).await.ok().and_then(|response| response.dyn_into::<Response>().ok());
    let Some(response) = response else {
        return Err(format!("the scenario {name:?} could not be fetched; try again"));
    };
    if !response.ok() {
        return Err(format!("there is no scenario {name:?}"));
    }
    let text = match response.text() {
        Ok(text) => JsFuture::from(text).await.ok().and_then(|text| text.as_string()),
        Err(_) => None,
    };
    Scenario::parse(&text.unwrap_or_default()).map_err(|error| format!("{name:?}: {error}"))
}
