//! The rules of links: one editor for all links, for one link, and for one direction of it; and when a change holds.

use super::fields::{choice, flag, number, read, slider};
use bivalent::lab::{Action, Lab};
use bivalent::model::{Change, LinkKind, Links, Override, Rate};
use bivalent::process::ProcessId;
use yew::prelude::*;

/// When a change of a model holds: the one control that says so, for all editors of models.
pub(super) fn whence(lab: &Lab, on_act: &Callback<Action>) -> Html {
    let position = lab.history().position();
    if position == 0 {
        return html! { <p class="soft">{ "Nothing has happened yet: what you change here, you change in the scenario." }</p> };
    }
    let radio = |id: &'static str, anew: bool, text: String| {
        html! {
            <label>
                <input type="radio" name="whence" {id} checked={lab.is_anew() == anew} onchange={on_act.reform(move |_: Event| Action::Anew(anew))} />
                { text }
            </label>
        }
    };
    html! {
        <fieldset class="whence">
            <legend>{ "A change here" }</legend>
            { radio("from-now", false, format!("holds from now on, after event {position}")) }
            { radio("from-start", true, "runs the scenario anew with it".into()) }
        </fieldset>
    }
}

/// The editor of rules of links.
pub(super) fn rules(links: Links, on: &Callback<Links>) -> Html {
    let with = |edit: fn(&mut Links, Rate)| {
        on.reform(move |rate| {
            let mut links = links;
            edit(&mut links, rate);
            links
        })
    };
    let kinds = LinkKind::ALL.map(|kind| (kind.name(), kind.name()));
    let kind = read(on, move |text| {
        let kind = LinkKind::ALL.into_iter().find(|kind| kind.name() == text)?;
        // Something of what the kind is about shall happen.
        let often = |when| if kind == when { Rate(200_000) } else { Rate(0) };
        let (loss, alter) = (often(LinkKind::FairLoss), often(LinkKind::Arbitrary));
        let Links { fifo, authenticated, latency_ms, .. } = links;
        Some(Links { kind, fifo, authenticated, latency_ms, loss, alter, ..Links::default() })
    });
    html! {
        <>
            { choice("links", "links", &kinds, links.kind.name(), kind) }
            <p class="soft">{ links.promise() }</p>
            if links.kind != LinkKind::Reliable {
                { slider("loss", "loss", links.loss, with(|links, rate| links.loss = rate)) }
                { slider("duplication", "duplication", links.duplication, with(|links, rate| links.duplication = rate)) }
            }
            if links.kind == LinkKind::FairLoss {
                { number("losses", "losses in a row", (1, 1_000), links.losses_in_a_row_max,
                    on.reform(move |losses_in_a_row_max| Links { losses_in_a_row_max, ..links })) }
            }
            if !links.fifo {
                { slider("reorder", "long ways", links.reorder, with(|links, rate| links.reorder = rate)) }
            }
            if links.kind == LinkKind::Arbitrary {
                { slider("alter", "changed", links.alter, with(|links, rate| links.alter = rate)) }
                { slider("inject", "made up", links.inject, with(|links, rate| links.inject = rate)) }
                { slider("replay", "sent again", links.replay, with(|links, rate| links.replay = rate)) }
            }
            { number("latency", "at least, ms", (0, 600_000), links.latency_ms, on.reform(move |latency_ms| Links { latency_ms, ..links })) }
            { flag("authenticated", "messages are", ["not signed", "signed"], links.authenticated,
                on.reform(move |authenticated| Links { authenticated, ..links })) }
            { flag("fifo", "order", ["may overtake", "first in, first out"], links.fifo, on.reform(move |fifo| {
                let reorder = if fifo { Rate(0) } else { links.reorder };
                Links { fifo, reorder, ..links }
            })) }
        </>
    }
}

/// The properties of the editor of one link.
#[derive(Properties, PartialEq)]
pub(super) struct OneProps {
    /// The ends.
    pub ends: (ProcessId, ProcessId),
    /// The rules there, and back.
    pub here: (Links, Links),
    /// The rules of links without their own.
    pub general: Links,
    /// Something is to be done.
    pub on_act: Callback<Action>,
}

/// The editor of one link, or one direction of it.
#[component]
pub(super) fn One(props: &OneProps) -> Html {
    let way = use_state(|| 0usize);
    let (one, other) = props.ends;
    let (from, to, links) = if *way == 2 { (other, one, props.here.1) } else { (one, other, props.here.0) };
    let one_way = *way > 0;
    let on = props.on_act.reform(move |links| Action::Adjust(Change::Link(Override { from, to, one_way, links })));
    let ways = [("0", "both ways".to_owned()), ("1", format!("{one} → {other}")), ("2", format!("{other} → {one}"))];
    let general = props.general;
    html! {
        <>
            { choice("way", "messages", &ways, &way.to_string(), {
                let way = way.clone();
                read(&Callback::from(move |chosen| way.set(chosen)), |text| text.parse().ok())
            }) }
            if !one_way && props.here.0 != props.here.1 {
                <p class="soft">{ format!("The two directions differ; these are the rules from {one} to {other}.") }</p>
            }
            { rules(links, &on) }
            if links != general {
                <p><button id="as-all" onclick={on.reform(move |_| general)}>{ "As all other links" }</button></p>
            }
        </>
    }
}
