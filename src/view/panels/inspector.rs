//! Processes and messages, one by one, and what is inside the selected one.

use super::behaviour::{Crash, behaviour};
use super::intruder::intruder;
use super::links::{One, whence};
use super::props::SidePanelProps;
use bivalent::catalogue::Name;
use bivalent::engine::{Flight, Status};
use bivalent::lab::{Action, Lab};
use bivalent::model::LinkKind;
use bivalent::process::ProcessId;
use bivalent::scene::Target;
use yew::prelude::*;

/// The most messages that the inspector lists at once.
const MESSAGES: usize = 40;

/// The most messages at a door that are named.
const DOOR: usize = 4;

/// The most operations of a process that are listed.
const OPERATIONS: usize = 12;

/// The panel.
pub(super) fn inspector(lab: &Lab, props: &SidePanelProps) -> Html {
    let engine = lab.history().engine();
    let n = engine.processes().len();
    let target = lab.selected();
    let select = |target: Target| props.on_act.reform(move |_: MouseEvent| Action::Select(Some(target)));
    let menu = |target: Target| props.on_menu.reform(move |_: MouseEvent| target);
    // Nobody looks into another one, or into a message on its way.
    let eyes = lab.see_as();
    let hidden = |id: ProcessId| eyes.is_some_and(|eyes| eyes != id);
    let processes = ProcessId::all(n).map(|id| {
        let process = engine.process(id);
        let state = match process.status {
            _ if hidden(id) => "not seen".to_owned(),
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
    let messages = if eyes.is_some() { Vec::new() } else { lab.messages() };
    let more = messages.len().saturating_sub(MESSAGES);
    let rows = messages.into_iter().take(MESSAGES).map(|(id, text)| {
        let target_here = Target::Message(id);
        html! {
            <li key={format!("{id}")} class={if target == Some(target_here) { "row chosen" } else { "row" }}>
                <span>{ text }</span>
                <button class="act" aria-label={format!("Actions on message {id}")} onclick={menu(target_here)}>{ "Actions" }</button>
            </li>
        }
    });
    html! {
        <>
            { match target {
                Some(Target::Process(id)) if hidden(id) => unseen(eyes, format!("into {id}")),
                Some(Target::Message(_)) if eyes.is_some() => unseen(eyes, "into messages on their way".to_owned()),
                Some(Target::Process(id)) => process(lab, id, props),
                Some(Target::Link(one, other)) => link(lab, (one, other), props),
                Some(Target::Intruder) => intruder(lab, &props.on_act),
                Some(Target::Message(id)) => match engine.flight(id) {
                    Some(flight) => html! {
                        <>
                            <h2>{ format!("Message {id}") }</h2>
                            <p>{ flight.payload.text() }</p>
                            <dl>
                                <dt>{ "kind" }</dt><dd>{ flight.payload.kind().name }</dd>
                                <dt>{ "sent" }</dt><dd>{ format!("in event {}, at {} ms", flight.sent_in, flight.sent_us / 1_000) }</dd>
                                <dt>{ "on the wire" }</dt><dd class="bytes">{ format!("{} bytes: {}", flight.payload.bytes().len(), hex(&flight.payload.bytes())) }</dd>
                            </dl>
                            <pre>{ pretty(&flight.payload.inspect()) }</pre>
                        </>
                    },
                    None => html! { <p>{ "That message has arrived." }</p> },
                },
                _ => html! { <p class="soft">{ "Choose a process, a message or a link, here or on the board, to look inside." }</p> },
            } }
            <h3>{ "Processes" }</h3>
            <ul class="rows">{ for processes }</ul>
            <h3>{ "Messages on their way" }</h3>
            if let Some(eyes) = eyes { <p class="soft">{ format!("{eyes} does not see them.") }</p> }
            <ul class="rows">{ for rows }</ul>
            if more > 0 { <p class="soft">{ format!("and {more} more") }</p> }
            { links(lab, props) }
        </>
    }
}

/// The things hidden from a viewer who sees as a process.
fn unseen(eyes: Option<ProcessId>, what: String) -> Html {
    let eyes = eyes.map(|eyes| eyes.to_string()).unwrap_or_default();
    html! { <p>{ format!("{eyes} cannot look {what}. See as everybody, and you can.") }</p> }
}

/// The links, and who listens there.
fn links(lab: &Lab, props: &SidePanelProps) -> Html {
    let engine = lab.history().engine();
    let models = engine.models();
    let links = lab.links();
    let more = links.len().saturating_sub(MESSAGES);
    let intruded = models.all_links().any(|links| links.kind == LinkKind::Arbitrary);
    let select = |target: Target| props.on_act.reform(move |_: MouseEvent| Action::Select(Some(target)));
    let rows = links.into_iter().take(MESSAGES).map(|(one, other)| {
        let target = Target::Link(one, other);
        let state = match (engine.is_cut(one, other), engine.is_cut(other, one)) {
            (true, true) => "cut".to_owned(),
            (true, false) => format!("cut from {one} to {other}"),
            (false, true) => format!("cut from {other} to {one}"),
            (false, false) => models.between(one, other).kind.name().to_owned(),
        };
        let pressed = lab.selected() == Some(target);
        html! {
            <li key={format!("{one}-{other}")} class={if pressed { "row chosen" } else { "row" }}>
                <button class="name" aria-pressed={pressed.to_string()} onclick={select(target)}>{ format!("{one} – {other}") }</button>
                <span>{ state }</span>
                <button class="act" aria-label={format!("Actions on the link {one} – {other}")} onclick={props.on_menu.reform(move |_: MouseEvent| target)}>{ "Actions" }</button>
            </li>
        }
    });
    html! {
        <>
            <h3>{ "Links" }</h3>
            <ul class="rows">
                if intruded {
                    <li key="intruder" class="row">
                        <button class="name" aria-pressed={(lab.selected() == Some(Target::Intruder)).to_string()} onclick={select(Target::Intruder)}>{ "intruder" }</button>
                        <span>{ format!("heard {} messages", engine.heard().iter().filter(|heard| heard.by.is_none()).count()) }</span>
                    </li>
                }
                { for rows }
            </ul>
            if more > 0 { <p class="soft">{ format!("and {more} more: choose them in the panel “Models”.") }</p> }
        </>
    }
}

/// A link: its rules, which can be changed.
fn link(lab: &Lab, ends: (ProcessId, ProcessId), props: &SidePanelProps) -> Html {
    let (one, other) = ends;
    let models = lab.models();
    let here = (*models.between(one, other), *models.between(other, one));
    html! {
        <>
            <h2>{ format!("Link {one} – {other}") }</h2>
            { whence(lab, &props.on_act) }
            <One key={format!("{one}-{other}")} {ends} {here} general={models.links} on_act={&props.on_act} />
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
fn process(lab: &Lab, id: ProcessId, props: &SidePanelProps) -> Html {
    let engine = lab.history().engine();
    let process = engine.process(id);
    let before = lab.history().engine_at(lab.history().position().saturating_sub(1));
    let titles: Vec<Name> = (lab.scenario().layers(lab.catalogue()).iter())
        .filter_map(|name| lab.catalogue().find(name).ok())
        .map(|entry| entry.title.clone())
        .collect();
    let off = |index: usize| if process.off >> index & 1 == 1 { " (off)" } else { "" };
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
                if process.layers.len() > 1 { <h3>{ titles.get(index).cloned().unwrap_or_default() }{ off(index) }</h3> }
                <dl>{ for rows }</dl>
            </div>
        }
    });
    let stored = process.stored.iter().flatten().map(|record| html! { <pre>{ pretty(&record.inspect()) }</pre> });
    let timed = engine.setup().timed;
    let at_door = |flight: &&Flight| !timed || flight.held_us.is_none() && flight.arrives_us <= lab.now_us();
    let mine = engine.flights_by_age().into_iter().filter(|flight| flight.id.to == id);
    let door: Vec<String> = mine.filter(at_door).map(|flight| flight.payload.text()).collect();
    html! {
        <>
            <h2>{ format!("Inside {id}") }</h2>
            { for layers }
            <dl id="surroundings">
                if timed && process.is_alive() { <><dt>{ "its clock" }</dt><dd>{ ms(lab.local_us(id)) }</dd></> }
                <dt>{ "at its door" }</dt>
                <dd>{ match &door[..] {
                    [] => "nothing".to_owned(),
                    few if few.len() <= DOOR => few.join("; "),
                    many => format!("{}; and {} more", many[..DOOR].join("; "), many.len() - DOOR),
                } }</dd>
            </dl>
            { operations(lab, id) }
            if !process.timers.is_empty() {
                <h3>{ "Timers" }</h3>
                <dl>{ for process.timers.iter().map(|timer| html! {
                    <><dt>{ timer.timer.to_string() }</dt><dd>{ format!("at {} ms", timer.due_us / 1_000) }</dd></>
                }) }</dl>
            }
            if process.stored.iter().any(Option::is_some) {
                <h3>{ "Stable storage" }</h3>
                { for stored }
            }
            { distances(lab, id) }
            <h3>{ format!("How {id} fails") }</h3>
            { behaviour(lab, id, &props.on_act) }
            <Crash key={id.to_string()} process={id} on_act={&props.on_act} />
        </>
    }
}

/// The latest operations of the user of a process, up to the present.
fn operations(lab: &Lab, id: ProcessId) -> Html {
    let all = lab.history().operations_at(lab.history().position());
    let own: Vec<_> = all.rev().filter(|operation| operation.process == id).take(OPERATIONS).collect();
    if own.is_empty() {
        return html! {};
    }
    let rows = own.iter().map(|operation| {
        let asked = format!("asked at {} ms", operation.at_us / 1_000);
        let ended = match (operation.response(), &operation.end) {
            (Some(_), Some(end)) => format!("{asked}, answered at {} ms", end.at_us / 1_000),
            (None, Some(_)) => format!("{asked}, never answered: {id} crashed"),
            (_, None) => format!("{asked}, not answered yet"),
        };
        html! { <><dt>{ operation.words() }</dt><dd>{ ended }</dd></> }
    });
    html! {
        <>
            <h3>{ "Operations, latest first" }</h3>
            <dl id="operations">{ for rows }</dl>
        </>
    }
}

/// A time in milliseconds, with a tenth.
fn ms(us: u64) -> String {
    format!("{}.{} ms", us / 1_000, us % 1_000 / 100)
}

/// The time that light needs from the city of a process to the others.
fn distances(lab: &Lab, id: ProcessId) -> Html {
    let (places, light_us) = (&lab.scenario().places, &lab.history().engine().setup().light_us);
    let Some(city) = places.get(id.index()) else { return html! {} };
    let n = places.len();
    let rows = ProcessId::all(n).filter(|other| *other != id).map(|other| {
        let us = light_us.get(id.index() * n + other.index()).copied().unwrap_or_default();
        html! {
            <><dt>{ format!("{other}, {}", places[other.index()]) }</dt><dd>{ ms(us) }</dd></>
        }
    });
    html! {
        <>
            <h3>{ format!("It stands in {city}; light needs to") }</h3>
            <dl>{ for rows }</dl>
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
