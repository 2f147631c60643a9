//! Processes and letters, one by one, and what is inside the selected one.

use super::Props;
use bivalent::engine::Status;
use bivalent::lab::{Action, Lab};
use bivalent::process::ProcessId;
use bivalent::scene::Target;
use yew::prelude::*;

/// The most letters that the inspector lists at once.
const LETTERS: usize = 40;

/// The panel.
pub(super) fn inspector(lab: &Lab, props: &Props) -> Html {
    let engine = lab.history().engine();
    let n = engine.processes().len();
    let target = lab.selected();
    let select = |target: Target| props.on_act.reform(move |_: MouseEvent| Action::Select(Some(target)));
    let menu = |target: Target| props.on_menu.reform(move |_: MouseEvent| target);
    let processes = ProcessId::all(n).map(|id| {
        let process = engine.process(id);
        let state = match process.status {
            Status::Fresh => "has not started".to_owned(),
            Status::Crashed(event) => format!("crashed at event {event}"),
            Status::Up => match &process.decided {
                Some(value) => format!("decided {value}"),
                None => engine.label(id),
            },
        };
        let target_here = Target::Process(id);
        html! {
            <li key={id.to_string()} class={if target == Some(target_here) { "row chosen" } else { "row" }}>
                <button class="name" aria-pressed={(target == Some(target_here)).to_string()} onclick={select(target_here)}>
                    { match lab.scenario().cast(id) { Some(name) => format!("{id} {name}"), None => id.to_string() } }
                </button>
                <span>{ state }</span>
                <button class="act" aria-label={format!("Actions on {id}")} onclick={menu(target_here)}>{ "Actions" }</button>
            </li>
        }
    });
    let letters = lab.letters();
    let more = letters.len().saturating_sub(LETTERS);
    let rows = letters.into_iter().take(LETTERS).map(|(id, text)| {
        let target_here = Target::Message(id);
        html! {
            <li key={format!("{id}")} class={if target == Some(target_here) { "row chosen" } else { "row" }}>
                <span>{ text }</span>
                <button class="act" aria-label={format!("Actions on letter {id}")} onclick={menu(target_here)}>{ "Actions" }</button>
            </li>
        }
    });
    html! {
        <>
            { match target {
                Some(Target::Process(id)) => process(lab, id),
                Some(Target::Message(id)) => match engine.flight(id) {
                    Some(flight) => html! {
                        <>
                            <h2>{ format!("Letter {id}") }</h2>
                            <p>{ flight.payload.text() }</p>
                            <dl>
                                <dt>{ "kind" }</dt><dd>{ flight.payload.kind().name }</dd>
                                <dt>{ "sent" }</dt><dd>{ format!("in event {}, at {} ms", flight.sent_in, flight.sent_us / 1_000) }</dd>
                                <dt>{ "on the wire" }</dt><dd class="bytes">{ format!("{} bytes: {}", flight.payload.bytes().len(), hex(&flight.payload.bytes())) }</dd>
                            </dl>
                            <pre>{ pretty(&flight.payload.inspect()) }</pre>
                        </>
                    },
                    None => html! { <p>{ "That letter has arrived." }</p> },
                },
                _ => html! { <p class="soft">{ "Choose a process or a letter, here or on the board, to look inside." }</p> },
            } }
            <h3>{ "Processes" }</h3>
            <ul class="rows">{ for processes }</ul>
            <h3>{ "Letters on their way" }</h3>
            <ul class="rows">{ for rows }</ul>
            if more > 0 { <p class="soft">{ format!("and {more} more") }</p> }
        </>
    }
}

fn hex(bytes: &[u8]) -> String {
    let text: Vec<String> = bytes.iter().take(48).map(|byte| format!("{byte:02x}")).collect();
    format!("{}{}", text.join(" "), if bytes.len() > 48 { " …" } else { "" })
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// The state of a process, layer by layer, with what the last step changed.
fn process(lab: &Lab, id: ProcessId) -> Html {
    let engine = lab.history().engine();
    let process = engine.process(id);
    let before = lab.history().engine_at(lab.history().position().saturating_sub(1));
    let layers = process.layers.iter().zip(&before.process(id).layers).enumerate().rev().map(|(index, (state, old))| {
        let (state, old) = (state.inspect(), old.inspect());
        let rows: Vec<Html> = match &state {
            serde_json::Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| {
                    let changed = old.get(name) != Some(value);
                    html! {
                        <>
                            <dt>{ name.replace('_', " ") }</dt>
                            <dd class={if changed { "changed" } else { "" }}>
                                { short(value) } if changed { <span class="away">{ " (changed in the last step)" }</span> }
                            </dd>
                        </>
                    }
                })
                .collect(),
            other => vec![html! { <><dt>{ "state" }</dt><dd>{ short(other) }</dd></> }],
        };
        html! {
            <div key={index}>
                if process.layers.len() > 1 { <h3>{ format!("Layer {index}") }</h3> }
                <dl>{ for rows }</dl>
            </div>
        }
    });
    let stored = process.stored.iter().flatten().map(|record| html! { <pre>{ pretty(&record.inspect()) }</pre> });
    html! {
        <>
            <h2>{ format!("Inside {id}") }</h2>
            { for layers }
            if !process.timers.is_empty() {
                <h3>{ "Timers" }</h3>
                <dl>{ for process.timers.iter().map(|timer| html! {
                    <><dt>{ timer.timer.0 }</dt><dd>{ format!("at {} ms", timer.due_us / 1_000) }</dd></>
                }) }</dl>
            }
            if process.stored.iter().any(Option::is_some) {
                <h3>{ "Stable storage" }</h3>
                { for stored }
            }
        </>
    }
}

fn short(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "—".into(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Object(fields) if fields.is_empty() => "nothing".into(),
        serde_json::Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{name}: {}", short(value))).collect::<Vec<_>>().join(", ")
        }
        serde_json::Value::Array(values) if values.is_empty() => "nothing".into(),
        serde_json::Value::Array(values) => values.iter().map(short).collect::<Vec<_>>().join(", "),
        serde_json::Value::Bool(flag) => {
            if *flag {
                "yes".into()
            } else {
                "no".into()
            }
        }
        other => other.to_string(),
    }
}
