//! The properties of every way out.

use bivalent::scenario::{Link, Scenario};
use yew::prelude::*;

/// The properties of each way.
#[derive(Properties, PartialEq)]
pub struct WayProps {
    /// Opens a moment in the laboratory.
    pub on_open: Callback<Link>,
}

/// A button that opens a run at its beginning.
pub fn open(props: &WayProps, scenario: &Scenario, words: String) -> Html {
    let link = Link { scenario: scenario.clone(), position: 0 };
    html! { <button onclick={props.on_open.reform(move |_: MouseEvent| link.clone())}>{ words }</button> }
}
