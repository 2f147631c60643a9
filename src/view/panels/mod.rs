//! The side panel: models, inspector, properties, log. Everything that the canvas shows stands here in words too.

use bivalent::lab::{Action, Lab, Shared};
use bivalent::scenario::Scenario;
use bivalent::scene::Target;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

mod inspector;
mod log;
mod models;
mod properties;

/// The panels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Panel {
    /// What may go wrong.
    Models,
    /// Processes and letters, one by one.
    Inspector,
    /// What must hold.
    Properties,
    /// What happened.
    Log,
}

const PANELS: [(Panel, &str); 4] = [
    (Panel::Models, "Models"),
    (Panel::Inspector, "Inspector"),
    (Panel::Properties, "Properties"),
    (Panel::Log, "Log"),
];

/// What the side panel needs. `version` says when to show anew.
#[derive(Properties, Clone)]
pub struct Props {
    /// The laboratory.
    pub lab: Shared,
    /// Its version.
    pub version: u64,
    /// The panel shown.
    pub panel: Panel,
    /// Another panel is wanted.
    pub on_panel: Callback<Panel>,
    /// Something is to be done.
    pub on_act: Callback<Action>,
    /// A menu is wanted.
    pub on_menu: Callback<Target>,
    /// The event that is pointed at, in the diagram or in the log.
    pub peeked: Option<u64>,
    /// Another event is pointed at in the log, or none.
    pub on_peek: Callback<Option<u64>>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version && self.panel == other.panel && self.peeked == other.peeked
    }
}

/// The side panel.
#[component]
pub fn Side(props: &Props) -> Html {
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
                    Panel::Models => models::models(&lab, &props.on_act),
                    Panel::Inspector => inspector::inspector(&lab, props),
                    Panel::Properties => properties::properties(&lab, &props.on_act),
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
        let tab = crate::view::document().get_element_by_id(&format!("tab-{name}"));
        if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<web_sys::HtmlElement>().ok()) {
            // The tab is on the page; focus that is refused is no loss.
            let _ = tab.focus();
        }
        on_panel.emit(next);
    })
}

/// The value of the control that an event is from.
fn value(event: &Event) -> Option<String> {
    let target = event.target()?;
    match target.dyn_into::<HtmlSelectElement>() {
        Ok(select) => Some(select.value()),
        Err(target) => target.dyn_into::<HtmlInputElement>().ok().map(|input| input.value()),
    }
}

/// A change of the scenario by the text of a control. Interventions belong to the old run.
fn change(lab: &Lab, on_act: &Callback<Action>, edit: impl Fn(&mut Scenario, &str) + 'static) -> Callback<Event> {
    let scenario = Scenario { interventions: Vec::new(), ..lab.scenario().clone() };
    let on_act = on_act.clone();
    Callback::from(move |event: Event| {
        if let Some(text) = value(&event) {
            let mut scenario = scenario.clone();
            edit(&mut scenario, &text);
            on_act.emit(Action::Change(Box::new(scenario)));
        }
    })
}

fn choice(id: &'static str, label: &str, options: &[(&str, &str)], here: &str, onchange: Callback<Event>) -> Html {
    html! {
        <label class="field"><span>{ label.to_owned() }</span>
            <select {id} {onchange}>
                { for options.iter().map(|(value, text)| html! {
                    <option key={value.to_string()} value={value.to_string()} selected={*value == here}>{ text.to_string() }</option>
                }) }
            </select>
        </label>
    }
}
