//! What the page opens with: from its address, or from the gallery.

use super::{FIRST_INSTEAD, PAIR, View};
use crate::view::window;
use bivalent::lab::{Lab, Pair};
use bivalent::scenario::{Link, PairLink, first, named};
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::UrlSearchParams;
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
    /// Two runs side by side.
    pub pair: Rc<RefCell<Option<Pair>>>,
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
    let link = PairLink::decode(hash.strip_prefix(PAIR)?);
    Some(link.map_err(|error| error.to_string()).and_then(|link| {
        let [scenario, _] = link.scenarios.clone();
        Ok((Lab::from_link(Link { scenario, position: link.positions[0] })?, Some(Pair::from_link(link)?)))
    }))
}

/// The first scenario.
pub(super) fn first_lab() -> Lab {
    Lab::new(first()).expect("the gallery is valid")
}

/// What the address asks for.
pub(in crate::view) fn opening() -> Opening {
    let hash = hash();
    let opened = match (from_hash(&hash), asked_for()) {
        (Some(opened), _) => opened,
        (None, Some(name)) if hash != "#fresh" => {
            let opened = named(&name).and_then(Lab::new);
            opened.map(|lab| (lab, None)).map_err(|error| format!("scenario: {error}"))
        }
        _ => Ok((first_lab(), None)),
    };
    let (lab, pair, banner) = match opened {
        Ok((lab, pair)) => (lab, pair, None),
        Err(error) => (first_lab(), None, Some(format!("{error}. {FIRST_INSTEAD}"))),
    };
    Opening {
        lab: Rc::new(RefCell::new(Some(lab))),
        banner: banner.or_else(strange),
        view: View::of(&hash),
        pair: Rc::new(RefCell::new(pair)),
    }
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
