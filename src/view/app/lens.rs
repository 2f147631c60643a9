//! Clocks and causes: what is laid over the diagram, and the processes that it shows.

use super::message::{AppMsg, Dispatch};
use crate::view::sources::ShownLab;
use bivalent::engine::ProcessSet;
use bivalent::lab::Lab;
use bivalent::model::TimingKind;
use bivalent::page::PageAction;
use bivalent::process::ProcessId;
use bivalent::scene::{ClockKind, Lens, Relation, Tally, relations};
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

const CLOCKS: [(ClockKind, &str, &str); 3] = [
    (ClockKind::None, "none", "no clocks"),
    (ClockKind::Lamport, "lamport", "Lamport's clocks"),
    (ClockKind::Vector, "vector", "vector clocks"),
];

/// The properties of the tools.
#[derive(Properties, PartialEq)]
pub struct LensProps {
    /// The laboratory.
    pub lab: ShownLab,
    /// The tools laid over the diagram.
    pub lens: Lens,
    /// Tells what happened.
    pub dispatch: Dispatch,
}

/// The tools.
#[component]
pub fn LensTools(props: &LensProps) -> Html {
    let LensProps { lab, lens, dispatch } = props;
    let (lab, lens) = (lab.borrow(), *lens);
    let set = |lens: Lens| dispatch.reform(move |_: MouseEvent| AppMsg::Page(PageAction::Lens(lens)));
    let clocks = {
        let dispatch = dispatch.clone();
        move |event: Event| {
            let select: Option<HtmlSelectElement> = event.target().and_then(|target| target.dyn_into().ok());
            let value = select.map(|select| select.value());
            if let Some((clocks, ..)) = CLOCKS.into_iter().find(|(_, name, _)| Some(*name) == value.as_deref()) {
                dispatch.emit(AppMsg::Page(PageAction::Clocks(clocks)));
            }
        }
    };
    let processes = ProcessId::all(lab.scenario().processes).map(|process| {
        let hidden = lens.hidden.contains(process);
        let others = lens.hidden.processes().filter(|other| *other != process);
        let toggled = ProcessSet::of(others.chain((!hidden).then_some(process)));
        html! {
            <button key={process.to_string()} aria-pressed={(!hidden).to_string()}
                onclick={set(Lens { hidden: toggled, ..lens })}>{ process.to_string() }</button>
        }
    });
    html! {
        <div class="lens" role="group" aria-label="Clocks and causes">
            <select id="clocks" aria-label="Clocks" onchange={clocks}>
                { for CLOCKS.iter().map(|(kind, value, text)| html! {
                    <option key={*value} value={*value} selected={*kind == lens.clocks}>{ *text }</option>
                }) }
            </select>
            <button id="causes" aria-pressed={lens.causes.to_string()} onclick={set(Lens { causes: !lens.causes, ..lens })}
                title="Past and future of the last event (C)">{ "its past and future" }</button>
            <span role="group" aria-label="Processes shown" class="shown">
                { for processes }
                if !lens.hidden.is_empty() {
                    <button onclick={set(Lens { hidden: ProcessSet::default(), ..lens })}>{ "all" }</button>
                }
            </span>
            { gst(&lab, dispatch) }
            <p id="tally" role="status">{ tally(&lab, &lens) }</p>
        </div>
    }
}

/// The stabilisation time, for those who do not drag.
fn gst(lab: &Lab, dispatch: &Dispatch) -> Html {
    let timing = lab.history().engine().models().timing;
    if timing.kind != TimingKind::PartiallySynchronous {
        return html! {};
    }
    let dispatch = dispatch.clone();
    let onchange = move |event: Event| {
        let input: Option<HtmlInputElement> = event.target().and_then(|target| target.dyn_into().ok());
        match input.map(|input| input.value()) {
            // An empty field means never; what is no number changes nothing.
            Some(text) if text.is_empty() => dispatch.emit(AppMsg::Gst(None)),
            Some(text) => text.parse().ok().into_iter().for_each(|gst_ms| dispatch.emit(AppMsg::Gst(Some(gst_ms)))),
            None => {}
        }
    };
    html! {
        <label class="calm">
            { "calm for good from" }
            <input id="gst" type="number" min="0" max={lab.scenario().until_ms.to_string()} step="10" placeholder="never"
                value={timing.gst_ms.map(|gst_ms| gst_ms.to_string()).unwrap_or_default()} {onchange} />
            { "ms" }
        </label>
    }
}

/// The last event's clock, and how many steps are before it, after it and beside it, in words.
fn tally(lab: &Lab, lens: &Lens) -> Html {
    let event = lab.history().position();
    if event == 0 {
        return html! { "Take a step: clocks and causes are those of the last event." };
    }
    let (facts, n) = (lab.facts(), lab.history().engine().processes().len());
    let place = facts.iter().position(|fact| fact.event == event);
    let clock = (lens.clocks != ClockKind::None).then(|| lab.stamps());
    let stamp = clock.as_ref().zip(place).and_then(|((stamps, _), place)| stamps[place].clone());
    let counted = clock.map_or(0, |(_, since)| since);
    let related = if lens.causes { relations(facts, event, n) } else { Vec::new() };
    let is_step = related.contains(&Some(Relation::Itself));
    let Tally { before, after, concurrent } = Tally::of(&related);
    html! {
        <>
            { format!("Event {event}") }
            if let Some(stamp) = stamp {
                { format!(", clock {}", stamp.text(lens.clocks)) }
                if counted > 0 { { format!(" (counted after event {counted})") } }
            }
            if is_step {
                { ": " }
                <span class="past">{ format!("● {before} before") }</span>
                <span class="future">{ format!("○ {after} after") }</span>
                <span class="beside">{ format!("◇ {concurrent} concurrent") }</span>
                if facts.first().is_some_and(|fact| fact.event > 1) {
                    { format!(", of the events from {} on", facts[0].event) }
                }
            } else if lens.causes {
                { " is no step of a process: nobody in the run knows of it" }
            }
            if !is_step { { "." } }
        </>
    }
}
