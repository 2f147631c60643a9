//! What happened, event by event.

use bivalent::lab::{Action, Lab};
use bivalent::scene::caption;
use yew::prelude::*;

/// The most lines that the log shows at once.
const LOG_LINES: usize = 120;

/// The panel.
pub(super) fn log(lab: &Lab, on_act: &Callback<Action>) -> Html {
    let past = lab.past();
    let earlier = past.len().saturating_sub(LOG_LINES);
    let rows = past[earlier..].iter().rev().map(|fact| {
        let event = fact.event;
        html! {
            <li key={event}>
                <button onclick={on_act.reform(move |_| Action::Seek(event + 1))} aria-label={format!("Go to event {event}")}>
                    { format!("{event}") }
                </button>
                <span class="time">{ format!("{} ms", fact.at_us / 1_000) }</span>
                <span>{ caption(lab.scenario(), fact) }</span>
            </li>
        }
    });
    html! {
        <>
            <h2>{ "What happened, latest first" }</h2>
            if past.is_empty() { <p class="soft">{ "Nothing yet. Press play." }</p> }
            <ol class="log" reversed=true>{ for rows }</ol>
            if earlier > 0 { <p class="soft">{ "Step back to see what happened earlier." }</p> }
        </>
    }
}
