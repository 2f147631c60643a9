//! The side panel: models, inspector, properties, log. Everything that the canvas shows stands here in words too.

use bivalent::page::Panel;
use wasm_bindgen::JsCast;
use yew::prelude::*;

mod behaviour;
pub(super) mod fields;
mod inspector;
mod intruder;
mod links;
mod log;
mod models;
mod partition;
mod properties;
mod props;
mod stack;
mod workload;

use props::SidePanelProps;

const PANELS: [(Panel, &str); 4] = [
    (Panel::Models, "Models"),
    (Panel::Inspector, "Inspector"),
    (Panel::Properties, "Properties"),
    (Panel::Log, "Log"),
];

/// The side panel.
#[component]
pub fn SidePanel(props: &SidePanelProps) -> Html {
    let lab = props.lab.borrow();
    let tabs = PANELS.iter().map(|(panel, name)| {
        let (panel, selected) = (*panel, *panel == props.panel);
        html! {
            <button key={*name} role="tab" id={format!("tab-{name}")} aria-selected={selected.to_string()} aria-controls="panel"
                tabindex={if selected { "0" } else { "-1" }}
                onclick={props.on_panel.reform(move |_| panel)}
                onkeydown={arrows(panel, &props.on_panel)}>
                { *name }
            </button>
        }
    });
    let (_, name) = PANELS.iter().find(|(panel, _)| *panel == props.panel).expect("every panel is listed");
    html! {
        <aside class="side" aria-label="Panels">
            <div class="tabs" role="tablist" aria-label="Panels">{ for tabs }</div>
            <div class="panel" id="panel" role="tabpanel" aria-labelledby={format!("tab-{name}")} tabindex="0">
                { match props.panel {
                    Panel::Models => models::models(&lab, props),
                    Panel::Inspector => inspector::inspector(&lab, props),
                    Panel::Properties => properties::properties(&lab, props),
                    Panel::Log => html! { <log::Log ..props.clone() /> },
                } }
            </div>
        </aside>
    }
}

/// The arrow keys go from tab to tab.
fn arrows(panel: Panel, on_panel: &Callback<Panel>) -> Callback<KeyboardEvent> {
    let on_panel = on_panel.clone();
    Callback::from(move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowRight" => 1,
            "ArrowLeft" => PANELS.len() - 1,
            _ => return,
        };
        event.stop_propagation();
        let place = PANELS.iter().position(|(known, _)| *known == panel).expect("every panel is listed");
        let (next, name) = PANELS[(place + step) % PANELS.len()];
        let tab = crate::view::browser::document().get_element_by_id(&format!("tab-{name}"));
        if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<web_sys::HtmlElement>().ok()) {
            // The tab is on the page; focus that is refused is no loss.
            let _ = tab.focus();
        }
        on_panel.emit(next);
    })
}
