//! What the page opens with: from its address, from the gallery, or from the program before it.

use super::{FIRST_INSTEAD, INSPECTOR, LENS, PAIR, View, target};
use crate::view::panels::Panel;
use crate::view::{Report, document, load_whole, reported, window};
use bivalent::lab::{Action, Lab, Pair, Session};
use bivalent::scenario::{Link, NAMES, PairLink, Scenario, first, named};
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
    /// Two runs side by side.
    pub pair: Rc<RefCell<Option<Pair>>>,
    /// What this run is to be compared with.
    pub beside: Option<String>,
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

/// What the part of the address behind `#` holds, if it holds a run, or two side by side.
pub(super) fn from_hash(hash: &str) -> Option<Result<(Lab, Option<Pair>), String>> {
    if let Some(text) = hash.strip_prefix("#s=") {
        let link = Link::decode(text).map_err(|error| error.to_string());
        return Some(link.and_then(Lab::from_link).map(|lab| (lab, None)));
    }
    // The small program holds no view for two.
    let text = hash.strip_prefix(PAIR)?;
    let link = if crate::WHOLE { PairLink::decode(text) } else { return Some(Err(String::new())) };
    Some(link.map_err(|error| error.to_string()).and_then(|link| {
        let [scenario, _] = link.scenarios.clone();
        Ok((Lab::from_link(Link { scenario, position: link.positions[0] })?, Some(Pair::from_link(link)?)))
    }))
}

/// The first scenario.
pub(super) fn first_lab() -> Lab {
    Lab::new(first()).expect("the gallery is valid")
}

/// What to open with: what the program before this one left, or else what the address asks for. What the small program
/// cannot open may need a protocol that only the whole one has: then that gets the page, and there is nothing to open.
pub(in crate::view) async fn opening() -> Option<Opening> {
    let address = || Report { link: hash(), wanted: hash(), ..Report::default() };
    let Report { link, wanted, tree, file, .. } = reported().unwrap_or_else(address);
    let opened = match (from_hash(&link), asked_for()) {
        (Some(opened), _) => opened,
        (None, Some(name)) if link != "#fresh" => {
            let opened = match fetch(&name).await {
                Ok(scenario) => Lab::new(scenario),
                Err(Missing::File(error)) => Err(error),
                Err(Missing::Reader(_)) => {
                    Err(format!("{name:?} needs the rest of the laboratory, which could not be loaded"))
                }
            };
            opened.map(|lab| (lab, None)).map_err(|error| format!("scenario: {error}"))
        }
        _ => Ok((first_lab(), None)),
    };
    if opened.is_err() && !crate::WHOLE && load_whole().await.is_ok() {
        return None;
    }
    let (mut lab, pair, mut banner) = match opened {
        Ok((lab, pair)) => (lab, pair, None),
        Err(error) => (first_lab(), None, Some(format!("{error}. {FIRST_INSTEAD}"))),
    };
    if crate::WHOLE {
        // A link holds the run and the event; the session of the program before this one holds all.
        if let Ok(told) = Session::parse(&tree).and_then(Lab::resume) {
            lab = told;
        }
        if !file.is_empty() {
            match Scenario::parse(&file) {
                Ok(scenario) => lab.act(Action::Open(Box::new(scenario))),
                Err(error) => banner = Some(super::no_scenario(&error)),
            }
        }
    }
    banner = banner.or_else(strange);
    let inspected = wanted.strip_prefix(INSPECTOR);
    if let Some(target) = inspected.and_then(target) {
        lab.act(Action::Select(Some(target)));
    }
    Some(Opening {
        lab: Rc::new(RefCell::new(Some(lab))),
        banner,
        view: View::of(&wanted),
        panel: if inspected.is_some() { Panel::Inspector } else { Panel::Models },
        lens: wanted == LENS,
        pair: Rc::new(RefCell::new(pair)),
        beside: wanted.strip_prefix(View::Compare.hash()).map(|key| key.trim_start_matches('=').to_owned()),
    })
}

/// What the address says and nobody here understands, in words.
fn strange() -> Option<String> {
    let search = window().location().search().ok()?;
    let names = search.trim_start_matches('?').split('&').map(|part| part.split('=').next().unwrap_or_default());
    let strange: Vec<String> = names
        .filter(|name| !["", "scenario"].contains(name))
        .map(|name| format!("“{}”", name.chars().take(40).collect::<String>()))
        .take(5)
        .collect();
    let verb = if strange.len() == 1 { "means" } else { "mean" };
    (!strange.is_empty())
        .then(|| format!("In the address {} {verb} nothing here, and nothing was done with it.", strange.join(", ")))
}

/// The scenario that the address names.
fn asked_for() -> Option<String> {
    UrlSearchParams::new_with_str(&window().location().search().ok()?).ok()?.get("scenario")
}

/// Why there is no scenario to open.
pub(in crate::view) enum Missing {
    /// There is no such file.
    File(String),
    /// This is its text, and the whole program may be able to read it.
    Reader(String),
}

/// The scenario of the gallery with this name: the whole program has it, the small one fetches the file.
pub(super) async fn fetch(name: &str) -> Result<Scenario, Missing> {
    if crate::WHOLE {
        return named(name).map_err(Missing::File);
    }
    // The whole program knows more names, those of protocols; files there are for these.
    if !NAMES.contains(&name) {
        return Err(Missing::File(format!("there is no scenario {name:?}")));
    }
    match fetch_text(&format!("static/scenarios/{name}.json")).await {
        None => Err(Missing::File(format!("the scenario {name:?} could not be fetched; try again"))),
        Some(None) => Err(Missing::File(format!("there is no scenario {name:?}"))),
        Some(Some(text)) => Scenario::parse(&text).map_err(|_| Missing::Reader(text)),
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
