//! The stack of a scenario, layer by layer: what each promises, what it costs, and what else fits.

use super::fields::read;
use bivalent::catalogue::{Catalogue, Entry, Name};
use bivalent::engine::Choice;
use bivalent::lab::ModuleSwitch;
use bivalent::process::WhenOff;
use bivalent::scenario::ModuleLine;
use std::sync::Arc;
use yew::prelude::*;

/// The properties of the stack.
#[derive(Properties, PartialEq)]
pub(super) struct StackProps {
    /// The catalogue in which the layers are found.
    pub catalogue: Catalogue,
    /// The protocol on top.
    pub protocol: AttrValue,
    /// The modules under it, each after those that it asks.
    pub under: Vec<ModuleLine>,
    /// The switches of the modules that run.
    pub switches: Vec<ModuleSwitch>,
    /// A module is to be switched off or on.
    pub on_switch: Callback<Choice>,
    /// Other modules are wanted.
    pub on_stack: Callback<Vec<ModuleLine>>,
}

/// A change of the stack: what it is called, and the layers afterwards.
type StackStep = (String, Vec<ModuleLine>);

/// What can stand in the place of the layer at `place`, which may be left out, or be put in under it.
fn steps(catalogue: &Catalogue, entry: &Entry, under: &[ModuleLine], place: usize) -> [Vec<StackStep>; 2] {
    let layers = || catalogue.entries().iter().filter(|layer| !layer.provides.is_empty() && layer.name != entry.name);
    let (below, from) = under.split_at(place);
    let with = |name: Option<&Name>, above: &[ModuleLine]| -> Vec<ModuleLine> {
        below.iter().cloned().chain(name.cloned().map(ModuleLine::new)).chain(above.iter().cloned()).collect()
    };
    let mut instead: Vec<StackStep> = Vec::new();
    if let [here, above @ ..] = from {
        instead.push(("take it away".into(), with(None, above)));
        let others = layers().filter(|layer| layer.name != here.module);
        instead.extend(others.map(|layer| (format!("{} instead", layer.title), with(Some(&layer.name), above))));
    }
    let put = layers().filter(|layer| !under.iter().any(|line| line.module == layer.name));
    let put = put.map(|layer| (format!("{} under it", layer.title), with(Some(&layer.name), from)));
    [instead, put.collect()].map(|steps| steps.into_iter().filter(|(_, under)| catalogue.fits(entry, under)).collect())
}

/// The switch of the module `name`; one that always stays on has none.
fn switch(props: &StackProps, name: &Name) -> Option<Html> {
    let found = props.switches.iter().find(|switch| switch.name == *name)?;
    if let WhenOff::StaysOn(_) = found.when_off {
        return None;
    }
    let ModuleSwitch { on, choice, .. } = *found;
    let onclick = props.on_switch.reform(move |_: MouseEvent| choice);
    let text = if on { "Without it:" } else { "It is off:" };
    Some(html! {
        <p class="switch">
            <button role="switch" aria-checked={on.to_string()} aria-label={format!("The module {name}")}
                disabled={found.refused.is_some()} title={found.refused.clone()} {onclick}>
                { if on { "on" } else { "off" } }
            </button>
            <span class="soft">{ format!("{text} {}.", found.when_off.text()) }</span>
        </p>
    })
}

/// The stack.
#[component]
pub(super) fn Stack(props: &StackProps) -> Html {
    let entry = props.catalogue.find(&props.protocol).expect("the scenario of a laboratory is valid");
    let under = &props.under;
    // The layers that fit are found by putting them together, which is too much work for every picture of a run.
    let all = use_memo((props.catalogue.clone(), props.protocol.clone(), under.clone()), |(catalogue, _, under)| {
        (0..=under.len()).map(|place| steps(catalogue, &entry, under, place)).collect::<Vec<_>>()
    });
    let rows = (0..=under.len()).rev().filter_map(|place| {
        let layer = match under.get(place) {
            Some(line) => props.catalogue.find(&line.module).ok()?,
            None => Arc::clone(&entry),
        };
        let [instead, put] = all.get(place)?;
        let stacks: Vec<Vec<ModuleLine>> = instead.iter().chain(put).map(|(_, under)| under.clone()).collect();
        let option = |(place, text): (usize, &String)| html! { <option key={place} value={place.to_string()}>{ text.clone() }</option> };
        let words: Vec<&String> = instead.iter().chain(put).map(|(text, _)| text).collect();
        let promises: Vec<&str> = layer.promises().map(|(_, text)| text).collect();
        let empty = words.is_empty();
        // A module that names those that it asks does not simply stand on the one below.
        let asked = under.get(place).and_then(|line| line.uses.as_ref().map(|uses| {
            format!(" {}: asks {}", line.name, uses.join(", "))
        }));
        let onchange = read(&props.on_stack, move |text| stacks.get(text.parse::<usize>().ok()?).cloned());
        Some(html! {
            <li key={format!("{} {}", layer.name, under.iter().map(|line| &*line.name).collect::<Vec<_>>().join("+"))}>
                <strong>{ &*layer.title }</strong>
                if let Some(asked) = asked { <span class="soft">{ asked }</span> }
                <p>{ &*layer.summary }</p>
                <details>
                    <summary>{ "promise and cost" }</summary>
                    <ul class="plain">{ for promises.iter().map(|text| html! { <li key={*text}>{ *text }</li> }) }</ul>
                    <p class="soft">{ format!("Cost: {}", layer.cost) }</p>
                </details>
                { switch(props, under.get(place).map_or(&layer.name, |line| &line.name)) }
                if !empty {
                    <select aria-label={format!("Change the stack at {}", layer.title)} {onchange}>
                        <option value="" selected=true>{ "change…" }</option>
                        { for words.into_iter().enumerate().map(option) }
                    </select>
                }
            </li>
        })
    });
    html! { <ol class="stack">{ for rows }<li key="network"><strong>{ "the network" }</strong></li></ol> }
}
