//! Controls with a label, each with a callback that gets a value rather than an event.

use crate::view::select::Select;
use bivalent::lab::{Action, Lab};
use bivalent::model::Rate;
use bivalent::process::ProcessId;
use bivalent::scenario::Scenario;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// The value of the control that an event is from.
pub(in crate::view) fn value(event: &Event) -> Option<String> {
    let target = event.target()?;
    match target.dyn_into::<HtmlSelectElement>() {
        Ok(select) => Some(select.value()),
        Err(target) => target.dyn_into::<HtmlInputElement>().ok().map(|input| input.value()),
    }
}

/// A callback for a control whose text means a `T`; what means nothing changes nothing.
pub(super) fn read<T: 'static>(on: &Callback<T>, meaning: impl Fn(&str) -> Option<T> + 'static) -> Callback<Event> {
    let on = on.clone();
    Callback::from(move |event: Event| {
        if let Some(found) = value(&event).and_then(|text| meaning(&text)) {
            on.emit(found);
        }
    })
}

/// A callback that runs the scenario anew with something changed by the text of a control. Interventions belong to
/// the old run.
pub(super) fn edit(
    lab: &Lab,
    on_act: &Callback<Action>,
    edit: impl Fn(&mut Scenario, &str) + 'static,
) -> Callback<Event> {
    let scenario = Scenario { interventions: Vec::new(), ..lab.scenario().clone() };
    read(on_act, move |text| {
        let mut scenario = scenario.clone();
        edit(&mut scenario, text);
        Some(Action::Change(Box::new(scenario)))
    })
}

/// One of several words.
pub(super) fn choice<V: AsRef<str>, T: AsRef<str>>(
    id: impl Into<AttrValue>,
    label: &str,
    options: &[(V, T)],
    here: &str,
    onchange: Callback<Event>,
) -> Html {
    html! {
        <label class="field"><span>{ label.to_owned() }</span>
            <Select id={id.into()} value={here.to_owned()} {onchange}>
                { for options.iter().map(|(value, text)| html! {
                    <option key={value.as_ref().to_owned()} value={value.as_ref().to_owned()}>{ text.as_ref().to_owned() }</option>
                }) }
            </Select>
        </label>
    }
}

/// One of two, told apart by words.
pub(super) fn flag(id: &'static str, label: &str, words: [&str; 2], here: bool, on: Callback<bool>) -> Html {
    let options = [("false", words[0]), ("true", words[1])];
    choice(id, label, &options, if here { "true" } else { "false" }, read(&on, |text| Some(text == "true")))
}

/// A rate from 0 to 100 percent.
pub(super) fn slider(id: &'static str, label: &str, here: Rate, on: Callback<Rate>) -> Html {
    let percent = (here.0 / 10_000).to_string();
    let onchange = read(&on, |text| Some(Rate(text.parse::<u32>().ok()?.min(100) * 10_000)));
    html! {
        <label class="field"><span>{ format!("{label} {percent} %") }</span>
            <input {id} type="range" min="0" max="100" step="1" value={percent} {onchange} />
        </label>
    }
}

/// A whole number within bounds; what is no such number becomes the nearest, or what was there.
pub(super) fn number(id: impl Into<AttrValue>, label: &str, bounds: (u32, u32), here: u32, on: Callback<u32>) -> Html {
    let id = id.into();
    let onchange = Callback::from(move |event: Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        let number = input.value_as_number();
        // The conversion saturates, so that the bounds have the last word.
        let number = if number.fract() == 0.0 { (number as u32).clamp(bounds.0, bounds.1) } else { here };
        input.set_value(&number.to_string());
        if number != here {
            on.emit(number);
        }
    });
    html! {
        <label class="field"><span>{ label.to_owned() }</span>
            <input {id} type="number" min={bounds.0.to_string()} max={bounds.1.to_string()} value={here.to_string()} {onchange} />
        </label>
    }
}

/// Some of the processes.
pub(super) fn crowd(
    legend: &str,
    processes: impl Iterator<Item = ProcessId>,
    chosen: impl Fn(ProcessId) -> bool,
    on: Callback<ProcessId>,
) -> Html {
    html! {
        <fieldset class="crowd">
            <legend>{ legend.to_owned() }</legend>
            { for processes.map(|process| html! {
                <label key={process.to_string()}>
                    <input type="checkbox" checked={chosen(process)} onchange={on.reform(move |_: Event| process)} />
                    { process.to_string() }
                </label>
            }) }
        </fieldset>
    }
}
