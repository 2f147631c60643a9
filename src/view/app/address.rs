//! What the page opens with: from its address, from the gallery, or from the program before it.

use super::{FIRST_INSTEAD, INSPECTOR, LENS, View, target};
use crate::view::panels::Panel;
use crate::view::{document, reported, window};
use bivalent::lab::{Action, Lab};
use bivalent::scenario::{Link, Scenario, first, named};
use bivalent::scene::Land;
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
    /// The panel.
    pub panel: Panel,
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
    let (mut lab, banner) = match (link.strip_prefix("#s="), asked_for()) {
        (Some(text), _) => from_link(text),
        (None, Some(name)) if link != "#fresh" => match fetch(&name).await.and_then(Lab::new) {
            Ok(lab) => (lab, None),
            Err(error) => (first_lab(), Some(format!("scenario: {error}. {FIRST_INSTEAD}"))),
        },
        _ => (first_lab(), None),
    };
    let inspected = wanted.strip_prefix(INSPECTOR);
    if let Some(target) = inspected.and_then(target) {
        lab.act(Action::Select(Some(target)));
    }
    let panel = if inspected.is_some() { Panel::Inspector } else { Panel::Models };
    Opening { lab: Rc::new(RefCell::new(Some(lab))), banner, view: View::of(&wanted), panel, lens: wanted == LENS }
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
    match fetch_text(&format!("static/scenarios/{name}.json")).await {
        None => Err(format!("the scenario {name:?} could not be fetched; try again")),
        Some(None) => Err(format!("there is no scenario {name:?}")),
        Some(Some(text)) => Scenario::parse(&text).map_err(|error| format!("{name:?}: {error}")),
    }
}

/// The text of a file beside the page: nothing where the host was not reached, or has no such file.
async fn fetch_text(path: &str) -> Option<Option<String>> {
    // Newer files than the program's own would not fit it: ask the host each time.
    let options = RequestInit::new();
    options.set_cache(RequestCache::NoCache);
    let request = window().fetch_with_str_and_init(path, &options);
    let response: Response = JsFuture::from(request).await.ok()?.dyn_into().ok()?;
    if !response.ok() {
        return Some(None);
    }
    Some(Some(JsFuture::from(response.text().ok()?).await.ok()?.as_string()?))
}

/// The coasts behind scenarios with places: standalone.html holds them, others have a file.
pub(super) async fn land() -> Option<Land> {
    let text = match document().get_element_by_id("land") {
        Some(element) => element.text_content(),
        None => fetch_text("static/land.txt").await.flatten(),
    };
    Land::parse(&text?).ok()
}
