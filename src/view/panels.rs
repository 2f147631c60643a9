//! The side panel: models, inspector, properties, log. Everything that the canvas shows stands here in words too.

use bivalent::catalogue::{Domain, Entry, find};
use bivalent::engine::Status;
use bivalent::lab::{Action, Lab, Shared};
use bivalent::model::{Failures, LinkKind, Links, Rate, Timing, TimingKind};
use bivalent::process::ProcessId;
use bivalent::property::Verdict;
use bivalent::scenario::{Scenario, Setting};
use bivalent::scene::{Target, caption};
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// The most lines that the log shows at once.
const LOG_LINES: usize = 120;

/// The most letters that the inspector lists at once.
const LETTERS: usize = 40;

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
#[derive(Properties)]
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
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version && self.panel == other.panel
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
                    Panel::Models => models(&lab, &props.on_act),
                    Panel::Inspector => inspector(&lab, props),
                    Panel::Properties => properties(&lab, &props.on_act),
                    Panel::Log => log(&lab, &props.on_act),
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
        let tab = super::document().get_element_by_id(&format!("tab-{name}"));
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

fn models(lab: &Lab, on_act: &Callback<Action>) -> Html {
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

fn inspector(lab: &Lab, props: &Props) -> Html {
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

fn properties(lab: &Lab, on_act: &Callback<Action>) -> Html {
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

fn log(lab: &Lab, on_act: &Callback<Action>) -> Html {
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
