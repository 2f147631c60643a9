//! What may go wrong, and what the lesson's notes say about it.

use super::{change, choice};
use bivalent::catalogue::{Domain, Entry};
use bivalent::lab::{Action, Lab};
use bivalent::model::{Failures, LinkKind, Links, Rate, Timing, TimingKind};
use bivalent::scenario::Setting;
use yew::prelude::*;

/// The panel.
pub(super) fn models(lab: &Lab, on_act: &Callback<Action>) -> Html {
    let scenario = lab.scenario();
    let models = &scenario.models;
    let entry = scenario.entry().expect("the scenario on the desk is valid");
    let failures: Vec<(&str, &str)> = Failures::ALL.iter().map(|model| (model.name(), model.name())).collect();
    let kinds = LinkKind::ALL.map(|kind| (kind.name(), kind.name()));
    let timings = TimingKind::ALL.map(|kind| (kind.name(), kind.name()));
    let percent = |rate: Rate| (rate.0 / 10_000).to_string();
    let rate = |id: &'static str, label: &'static str, rate: Rate, onchange: Callback<Event>| {
        html! {
            <label class="field"><span>{ format!("{label} {} %", percent(rate)) }</span>
                <input {id} type="range" min="0" max="100" step="5" value={percent(rate)} {onchange} />
            </label>
        }
    };
    let parts = |text: &str| Rate(text.parse::<u32>().unwrap_or(0).min(100) * 10_000);
    let parameters = entry.parameters.iter().map(|parameter| {
        let here = scenario.parameters.get(parameter.name).map_or(parameter.default, |setting| setting.0.as_str());
        let name = parameter.name;
        let onchange = change(lab, on_act, move |scenario, text| {
            scenario.parameters.insert(name.to_owned(), Setting(text.to_owned()));
        });
        let control = match parameter.domain {
            Domain::Choice(words) => html! {
                <select {onchange}>{ for words.iter().map(|word| html! { <option key={*word} selected={*word == here}>{ *word }</option> }) }</select>
            },
            Domain::Flag => html! {
                <select {onchange}>{ for ["true", "false"].iter().map(|word| html! {
                    <option key={*word} value={*word} selected={*word == here}>{ if *word == "true" { "yes" } else { "no" } }</option>
                }) }</select>
            },
            Domain::Integer(..) | Domain::Bound(..) => html! { <input type="text" inputmode="numeric" value={here.to_owned()} {onchange} /> },
        };
        html! {
            <label class="field" key={name} title={parameter.meaning}><span>{ name.replace('-', " ") }</span>{ control }</label>
        }
    });
    let stack: Vec<String> =
        scenario.stack.clone().unwrap_or_else(|| entry.under.iter().map(|name| name.to_string()).collect());
    let stacks: Vec<(String, String)> = stacks_for(entry)
        .into_iter()
        .map(|layers| {
            let text = if layers.is_empty() {
                "straight on the links".to_owned()
            } else {
                format!("on {}", layers.iter().rev().copied().collect::<Vec<_>>().join(", on "))
            };
            (layers.join("+"), text)
        })
        .collect();
    let stacks: Vec<(&str, &str)> = stacks.iter().map(|(value, text)| (value.as_str(), text.as_str())).collect();
    html! {
        <>
            <h2>{ entry.title }</h2>
            <p>{ entry.summary } <span class="soft">{ format!(" ({})", entry.source) }</span></p>
            if stacks.len() > 1 {
                { choice("stack", "Stack", &stacks, &stack.join("+"), change(lab, on_act, |scenario, text| {
                    scenario.stack = Some(text.split('+').filter(|name| !name.is_empty()).map(str::to_owned).collect());
                })) }
            }
            { for parameters }
            <label class="field"><span>{ "processes" }</span>
                <input id="processes" type="number" min={entry.processes.0.to_string()} max={entry.processes.1.to_string()}
                    value={scenario.processes.to_string()} onchange={change(lab, on_act, |scenario, text| {
                        scenario.processes = text.parse().unwrap_or(0);
                        let bits = scenario.entry().is_ok_and(|entry| entry.inputs == bivalent::catalogue::Inputs::Bits);
                        scenario.inputs.resize(scenario.processes.min(128), bits.then(|| false.into()));
                        if let Some(lesson) = &mut scenario.lesson { lesson.cast.clear(); }
                    })} />
            </label>
            <h3>{ "Failures" }</h3>
            { choice("failures", "processes", &failures, models.failures.name(), change(lab, on_act, |scenario, text| {
                if let Some(model) = Failures::ALL.iter().find(|model| model.name() == text) {
                    scenario.models.failures = *model;
                }
            })) }
            <p class="soft">{ models.failures.promise() }</p>
            <h3>{ "Links" }</h3>
            { choice("links", "links", &kinds, models.links.kind.name(), change(lab, on_act, |scenario, text| {
                let kind = LinkKind::ALL.into_iter().find(|kind| kind.name() == text).unwrap_or_default();
                let often = |when| if kind == when { Rate(200_000) } else { Rate(0) };
                let fifo = scenario.models.links.fifo;
                let (loss, alter) = (often(LinkKind::FairLoss), often(LinkKind::Arbitrary));
                scenario.models.links = Links { kind, fifo, loss, alter, ..Links::default() };
            })) }
            <p class="soft">{ models.links.promise() }</p>
            if models.links.kind != LinkKind::Reliable {
                { rate("loss", "loss", models.links.loss, change(lab, on_act, move |scenario, text| scenario.models.links.loss = parts(text))) }
                { rate("duplication", "duplication", models.links.duplication, change(lab, on_act, move |scenario, text| scenario.models.links.duplication = parts(text))) }
            }
            if models.links.kind == LinkKind::Arbitrary {
                { rate("alter", "changed on the way", models.links.alter, change(lab, on_act, move |scenario, text| scenario.models.links.alter = parts(text))) }
                { choice("authenticated", "letters are", &[("false", "not signed"), ("true", "signed")], if models.links.authenticated { "true" } else { "false" },
                    change(lab, on_act, |scenario, text| scenario.models.links.authenticated = text == "true")) }
            }
            { choice("fifo", "order", &[("false", "may overtake"), ("true", "first in, first out")], if models.links.fifo { "true" } else { "false" },
                change(lab, on_act, |scenario, text| scenario.models.links.fifo = text == "true")) }
            <h3>{ "Timing" }</h3>
            { choice("timing", "system", &timings, models.timing.kind.name(), change(lab, on_act, |scenario, text| {
                let kind = TimingKind::ALL.into_iter().find(|kind| kind.name() == text).unwrap_or_default();
                scenario.models.timing = Timing { kind, gst_ms: None, ..scenario.models.timing };
            })) }
            <p class="soft">{ models.timing.promise() }</p>
            { notes(lab) }
        </>
    }
}

/// Stacks that offer what the protocol needs, lowest layer first: its own, and some others that fit.
fn stacks_for(entry: &Entry) -> Vec<Vec<&'static str>> {
    const STACKS: &[&[&str]] = &[
        &[],
        &["stubborn-link"],
        &["stubborn-link", "perfect-link"],
        &["stubborn-link", "perfect-link", "fifo-link"],
        &["stubborn-link", "authenticated-link"],
        &["best-effort-broadcast"],
        &["stubborn-link", "perfect-link", "best-effort-broadcast"],
        &["best-effort-broadcast", "reliable-broadcast"],
        &["best-effort-broadcast", "majority-ack-broadcast"],
        &["best-effort-broadcast", "reliable-broadcast", "fifo-broadcast"],
        &["best-effort-broadcast", "reliable-broadcast", "causal-broadcast"],
        &["sequencer-broadcast"],
        &["heartbeat"],
        &["heartbeat", "best-effort-broadcast"],
        &["increasing-timeout"],
    ];
    let fitting = STACKS.iter().copied().filter(|stack| *stack != entry.under && entry.fits(stack));
    [entry.under].into_iter().chain(fitting).map(<[&str]>::to_vec).collect()
}

fn notes(lab: &Lab) -> Html {
    let Some(lesson) = &lab.scenario().lesson else { return html! {} };
    html! {
        <>
            if let Some(notes) = &lesson.notes {
                <h3>{ "In your notes" }</h3>
                <p>{ notes.notes.clone() }</p>
                <h3>{ "Precisely" }</h3>
                <p>{ notes.precisely.clone() }</p>
            }
            if !lesson.simplifies.is_empty() {
                <h3>{ "What this leaves out" }</h3>
                <p class="soft">{ lesson.simplifies.clone() }</p>
            }
        </>
    }
}
