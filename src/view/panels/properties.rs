//! The properties, the promises of the models, and the assumptions of the protocol.

use super::props::SidePanelProps;
use bivalent::lab::{Action, Lab};
use bivalent::process::Interface;
use bivalent::process::ProcessId;
use bivalent::property::{Meter, Verdict};
use yew::prelude::*;

/// The panel.
pub(super) fn properties(lab: &Lab, props: &SidePanelProps) -> Html {
    let on_act = &props.on_act;
    let entry = lab.scenario().entry(lab.catalogue()).expect("the scenario of a laboratory is valid");
    let rows = lab.judgements().into_iter().map(|judgement| {
        let (mark, class) = match judgement.verdict {
            Verdict::Violated => ("✗", "lamp violated"),
            Verdict::Holds | Verdict::HeldSoFar => ("●", "lamp held"),
            Verdict::NotYet | Verdict::Unknown => ("○", "lamp open"),
        };
        let event = judgement.event;
        html! {
            <li key={judgement.name.to_string()} class={class}>
                <span class="mark" aria-hidden="true">{ mark }</span>
                <div>
                    <strong>{ judgement.name.replace('-', " ") }</strong>{ format!(" — {}", judgement.verdict.text()) }
                    <p class="soft">{ judgement.text.to_string() }</p>
                    if !judgement.why.is_empty() { <p>{ judgement.why.clone() }</p> }
                    if let Some(event) = event {
                        <button onclick={on_act.reform(move |_| Action::Seek(event))}>{ format!("go to event {event}") }</button>
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
                    if let Some(event) = promise.broken {
                        <strong>{ " — broken by " }{ if promise.by_hand { "you" } else { "the scenario" } }
                            { promise.on.map(|(from, to)| format!(" on the link {from} → {to}")).unwrap_or_default() }
                        </strong>{ " " }
                        <button onclick={on_act.reform(move |_| Action::Seek(event))}>{ format!("go to event {event}") }</button>
                    }
                </div>
            </li>
        }
    });
    html! {
        <>
            <h2>{ "Properties of the protocol" }</h2>
            if let Some(eyes) = lab.see_as() { <p class="soft">{ format!("As one sees from outside: {eyes} cannot tell.") }</p> }
            <ul class="lamps">{ for rows }</ul>
            <p class="soft">{ "A process counts as correct as long as it has not crashed or lied so far." }</p>
            if let Some(meter) = lab.meter() { { detectors(lab, &meter, on_act) } { trade(lab, props) } }
            <h3>{ "Promises of the models" }</h3>
            <ul class="lamps">{ for promises }</ul>
            <h3>{ format!("What {} needs", entry.title) }</h3>
            <ul class="plain">{ for entry.assumptions.iter().map(|assumption| html! { <li key={assumption.text()}>{ assumption.text() }</li> }) }</ul>
        </>
    }
}

/// The way to many runs, with timeouts from short to long, where the detector has one.
fn trade(lab: &Lab, props: &SidePanelProps) -> Html {
    let timeout = |name: &String| {
        let entry = lab.catalogue().find(name).ok().filter(|entry| entry.offers(Interface::Detector))?;
        let own = &entry.parameters.iter().find(|parameter| parameter.name.ends_with("-ms"))?.name;
        Some(if entry.name == lab.scenario().protocol { own.to_string() } else { format!("{name}.{own}") })
    };
    let Some(name) = lab.scenario().layers(lab.catalogue()).iter().rev().find_map(timeout).map(AttrValue::from) else {
        return html! {};
    };
    html! {
        <p><button id="trade" onclick={props.on_vary.reform(move |_| name.clone())}>{ "The price of a longer timeout" }</button></p>
    }
}

/// The quality of the failure detectors so far, and the suspicions.
fn detectors(lab: &Lab, meter: &Meter, on_act: &Callback<Action>) -> Html {
    let history = lab.history();
    let (found, wanted) = meter.completeness();
    let crashes = meter.crashes.iter().map(|crash| {
        let event = crash.event;
        let goes = on_act.reform(move |_: MouseEvent| Action::Seek(event));
        let rows = crash.found.iter().map(move |(observer, after_us)| {
            let time = after_us.map_or("not yet".to_owned(), |after_us| format!("{} ms", after_us / 1_000));
            html! { <span key={observer.to_string()}>{ format!("{observer} {time}") }</span> }
        });
        html! {
            <>
                <dt>{ crash.process }{ " down " }<button onclick={goes}>{ format!("event {event}") }</button></dt>
                <dd class="found">{ for rows }</dd>
            </>
        }
    });
    let n = lab.scenario().processes;
    let cell = |observer: ProcessId, other: ProcessId| {
        let since = history.monitors().detection().since(observer, other);
        let right = !history.engine().process(other).is_correct();
        match (since, right) {
            _ if observer == other => html! { <td key={other.to_string()}></td> },
            (None, _) => {
                html! { <td key={other.to_string()} class="soft"><span class="away">{ "trusts" }</span>{ "·" }</td> }
            }
            (Some(event), right) => html! {
                <td key={other.to_string()} class={if right { "" } else { "wrong" }}>
                    <button onclick={on_act.reform(move |_: MouseEvent| Action::Seek(event))}
                        aria-label={format!("{observer} suspects {other}, {}: go to event {event}", if right { "rightly" } else { "wrongly" })}>
                        { if right { "●" } else { "✗" } }
                    </button>
                </td>
            },
        }
    };
    html! {
        <>
            <h3>{ "Failure detectors so far" }</h3>
            <dl id="meter">
                <dt>{ "completeness" }</dt>
                <dd>{ if wanted == 0 { "nobody is down".to_owned() } else { format!("{found} of {wanted} pairs of a process that is up and one that is down") } }</dd>
                <dt>{ "accuracy" }</dt>
                <dd>{ match (meter.wrong, meter.wrong_now) {
                    (0, _) => "nobody was suspected who was up".to_owned(),
                    (_, 0) => "none is wrong now".to_owned(),
                    (_, now) => format!("{now} wrong now"),
                } }</dd>
                <dt>{ "suspicions" }</dt>
                <dd>{ format!("{} right, {} wrong", meter.right, meter.wrong) }</dd>
                { for crashes }
            </dl>
            if n <= 16 {
                <table class="suspects">
                    <caption>{ "Suspicions now: ● rightly, ✗ wrongly" }</caption>
                    <thead><tr><td></td>{ for ProcessId::all(n).map(|other| html! { <th key={other.to_string()} scope="col">{ other.to_string() }</th> }) }</tr></thead>
                    <tbody>{ for ProcessId::all(n).map(|observer| html! {
                        <tr key={observer.to_string()}>
                            <th scope="row">{ observer.to_string() }</th>
                            { for ProcessId::all(n).map(|other| cell(observer, other)) }
                        </tr>
                    }) }</tbody>
                </table>
            }
        </>
    }
}
