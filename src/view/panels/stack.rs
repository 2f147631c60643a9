//! The stack of a scenario, layer by layer: what each promises, what it costs, and what else fits.

use super::fields::read;
use bivalent::catalogue::{Catalogue, Entry};
use std::sync::Arc;
use yew::prelude::*;

/// The properties of the stack.
#[derive(Properties, PartialEq)]
pub(super) struct StackProps {
    /// The catalogue in which the layers are found.
    pub catalogue: Catalogue,
    /// The protocol on top.
    pub protocol: AttrValue,
    /// The layers under it, bottom first.
    pub under: Vec<String>,
    /// Other layers are wanted, bottom first.
    pub on_stack: Callback<Vec<String>>,
}

/// A change of the stack: what it is called, and the layers afterwards.
type StackStep = (String, Vec<String>);

/// The layers that can stand in the place of the one at `place`, which may be left out, or be put in under it.
fn steps(catalogue: &Catalogue, entry: &Entry, under: &[String], place: usize) -> [Vec<StackStep>; 2] {
    let layers = || catalogue.entries().iter().filter(|layer| !layer.provides.is_empty() && layer.name != entry.name);
    let (below, from) = under.split_at(place);
    let with = |name: Option<&str>, above: &[String]| -> Vec<String> {
        below.iter().cloned().chain(name.map(str::to_owned)).chain(above.iter().cloned()).collect()
    };
    let mut instead: Vec<StackStep> = Vec::new();
    if let [here, above @ ..] = from {
        instead.push(("take it away".into(), with(None, above)));
        let others = layers().filter(|layer| layer.name != *here);
        instead.extend(others.map(|layer| (format!("{} instead", layer.title), with(Some(&layer.name), above))));
    }
    let put = layers().filter(|layer| !under.iter().any(|name| *name == layer.name));
    let put = put.map(|layer| (format!("{} under it", layer.title), with(Some(&layer.name), from)));
    [instead, put.collect()].map(|steps| steps.into_iter().filter(|(_, under)| catalogue.fits(entry, under)).collect())
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
            Some(name) => props.catalogue.find(name).ok()?,
            None => Arc::clone(&entry),
        };
        let [instead, put] = all.get(place)?;
        let stacks: Vec<Vec<String>> = instead.iter().chain(put).map(|(_, under)| under.clone()).collect();
        let option = |(place, text): (usize, &String)| html! { <option key={place} value={place.to_string()}>{ text.clone() }</option> };
        let words: Vec<&String> = instead.iter().chain(put).map(|(text, _)| text).collect();
        let promises: Vec<&str> = layer.properties.iter().map(|property| property.text()).collect();
        let empty = words.is_empty();
        let onchange = read(&props.on_stack, move |text| stacks.get(text.parse::<usize>().ok()?).cloned());
        Some(html! {
            <li key={format!("{} {}", layer.name, under.join("+"))}>
                <strong>{ &*layer.title }</strong>
                <p>{ &*layer.summary }</p>
                <details>
                    <summary>{ "promise and cost" }</summary>
                    <ul class="plain">{ for promises.iter().map(|text| html! { <li key={*text}>{ *text }</li> }) }</ul>
                    <p class="soft">{ format!("Cost: {}", layer.cost) }</p>
                </details>
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
