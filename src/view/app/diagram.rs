//! The space-time diagram with its tools, and the branches of the run.

use super::lens::LensTools;
use super::message::{AppMsg, BesideMsg, Dispatch};
use crate::view::canvas::Canvas;
use crate::view::sources::{Canvases, ShownLab};
use bivalent::history::{Fact, Mark, UserOperation};
use bivalent::lab::{Action, Lab};
use bivalent::page::{DiagramSight, PageAction};
use bivalent::property::Suspicion;
use bivalent::scene::headline;
use std::rc::Rc;
use yew::prelude::*;

/// The properties of the diagram.
#[derive(Properties, PartialEq)]
pub struct DiagramProps {
    /// The laboratory.
    pub lab: ShownLab,
    /// The content of the diagram.
    pub sight: DiagramSight,
    /// True if the tools for clocks and causes are open.
    pub lens_open: bool,
    /// The pictures.
    pub canvases: Rc<Canvases>,
    /// Tells what happened.
    pub dispatch: Dispatch,
}

/// The diagram.
#[component]
pub fn DiagramFrame(props: &DiagramProps) -> Html {
    let DiagramProps { lab: shown, sight, lens_open, canvases, dispatch } = props;
    let lab = shown.borrow();
    let page = |action: PageAction| dispatch.reform(move |_: MouseEvent| AppMsg::Page(action.clone()));
    let hidden = sight.lens.hidden.processes().count();
    let rows = lab.scenario().processes.saturating_sub(hidden).clamp(2, 10);
    html! {
        <>
            <div class="diagram-frame">
                <Canvas class="diagram" source={Rc::clone(&canvases.diagram)} label={label(&lab)} style={format!("--rows: {rows}")}
                    on_pointed={dispatch.reform(AppMsg::Diagram)} />
                <div class="diagram-tools">
                    <span class="peek">{ peek(&lab, sight.peeked) }</span>
                    <button id="tools" onclick={page(PageAction::LensOpen(!lens_open))} aria-expanded={lens_open.to_string()}>{ "clocks and causes" }</button>
                    <button onclick={page(PageAction::Zoom(1))} aria-label="Show more time" title="Show more time">{ "−" }</button>
                    <button onclick={page(PageAction::Zoom(-1))} aria-label="Show less time" title="Show less time">{ "+" }</button>
                </div>
                if *lens_open {
                    <LensTools lab={shown.clone()} lens={sight.lens} dispatch={dispatch.clone()} />
                }
            </div>
            { branches(&lab, canvases, dispatch) }
        </>
    }
}

/// The diagram in words.
fn label(lab: &Lab) -> String {
    let mut label = format!(
        "Space-time diagram: {} events, {} decisions, {} faults, {} violations so far.",
        lab.history().records().len(),
        lab.marks(Mark::Decision),
        lab.marks(Mark::Fault),
        lab.marks(Mark::Violation),
    );
    for Suspicion { observer, suspect, .. } in lab.history().monitors().detection().suspicions().iter().take(8) {
        let wrong = lab.see_as().is_none() && lab.history().engine().process(*suspect).is_correct();
        label.push_str(&format!(" {observer} suspects {suspect}{}.", if wrong { ", wrongly" } else { "" }));
    }
    let operations = lab.history().operations_at(lab.history().position());
    let seen = |operation: &UserOperation| lab.see_as().is_none_or(|eyes| eyes == operation.process);
    for operation in operations.rev().filter(seen).take(8) {
        label.push_str(&format!(" Operation of {}: {}.", operation.process, operation.words()));
    }
    label.push_str(" The panel “Log” tells everything in words.");
    label
}

/// The tree of branches, and the same as a list.
fn branches(lab: &Lab, canvases: &Canvases, dispatch: &Dispatch) -> Html {
    let lines = lab.lines();
    if lines.len() < 2 {
        return html! {};
    }
    let rows = lines.len();
    let list = lines.into_iter().map(|(branch, _, summary)| {
        let open = branch == lab.history().current();
        let wrong = if summary.marks.iter().any(|(_, mark)| *mark == Mark::Violation) { ", violated" } else { "" };
        let key = format!("branch-{branch}");
        html! {
            <li key={branch}>
                <button aria-pressed={open.to_string()} onclick={dispatch.reform(move |_| AppMsg::Act(Action::Branch(branch)))}>
                    { format!("{} {}: {} events{wrong}", branch + 1, lab.branch_words(branch), summary.events) }
                </button>
                if !open {
                    <button aria-label={format!("Compare with branch {}", branch + 1)}
                        onclick={dispatch.reform(move |_| AppMsg::Beside(BesideMsg::With(key.clone())))}>{ "compare" }</button>
                }
            </li>
        }
    });
    html! {
        <div class="branches" style={format!("--rows: {rows}")}>
            <Canvas class="tree" source={Rc::clone(&canvases.tree)} label="Branches of the run, as in the list below"
                on_pointed={dispatch.reform(AppMsg::Diagram)} />
            <ul id="branches" aria-label="Branches">{ for list }</ul>
        </div>
    }
}

/// The event that is pointed at, in words.
fn peek(lab: &Lab, peeked: Option<u64>) -> String {
    let facts = lab.facts();
    let place = peeked.zip(facts.first()).and_then(|(event, first)| event.checked_sub(first.event));
    let fact = place.and_then(|place| facts.get(place as usize));
    let text =
        |fact: &Fact| format!("event {}, {} ms: {}", fact.event, fact.at_us / 1_000, headline(lab.scenario(), fact));
    fact.map(text).unwrap_or_default()
}
