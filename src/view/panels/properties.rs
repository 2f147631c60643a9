//! What must hold, what the models promise, and what the protocol needs.

use bivalent::catalogue::find;
use bivalent::lab::{Action, Lab};
use bivalent::property::Verdict;
use yew::prelude::*;

/// The panel.
pub(super) fn properties(lab: &Lab, on_act: &Callback<Action>) -> Html {
    let entry = find(&lab.scenario().protocol).expect("the scenario on the desk is valid");
    let rows = lab.judgements().into_iter().zip(entry.properties).map(|(judgement, property)| {
        let (mark, class) = match judgement.verdict {
            Verdict::Violated => ("✗", "lamp violated"),
            Verdict::Holds | Verdict::HeldSoFar => ("●", "lamp held"),
            Verdict::NotYet | Verdict::Unknown => ("○", "lamp open"),
        };
        let event = judgement.event;
        html! {
            <li key={judgement.name} class={class}>
                <span class="mark" aria-hidden="true">{ mark }</span>
                <div>
                    <strong>{ judgement.name.replace('-', " ") }</strong>{ format!(" — {}", judgement.verdict.text()) }
                    <p class="soft">{ property.text() }</p>
                    if !judgement.why.is_empty() { <p>{ judgement.why.clone() }</p> }
                    if let Some(event) = event {
                        <button onclick={on_act.reform(move |_| Action::Seek(event + 1))}>{ format!("go to event {event}") }</button>
                    }
                </div>
            </li>
        }
    });
    let models = lab.history().engine().models();
    let promises = lab.history().monitors().promises(models).into_iter().map(|promise| {
        let class = if promise.broken.is_some() { "lamp violated" } else { "lamp held" };
        html! {
            <li key={promise.text} {class}>
                <span class="mark" aria-hidden="true">{ if promise.broken.is_some() { "✗" } else { "●" } }</span>
                <div>{ promise.text }
                    if let Some(event) = promise.broken { <strong>{ format!(" — broken by {}, at event {event}", if promise.by_hand { "you" } else { "the scenario" }) }</strong> }
                </div>
            </li>
        }
    });
    html! {
        <>
            <h2>{ "What must hold" }</h2>
            <ul class="lamps">{ for rows }</ul>
            <h3>{ "What the models promise" }</h3>
            <ul class="lamps">{ for promises }</ul>
            <h3>{ format!("What {} needs", entry.title) }</h3>
            <ul class="plain">{ for entry.assumptions.iter().map(|assumption| html! { <li key={assumption.text()}>{ assumption.text() }</li> }) }</ul>
        </>
    }
}
