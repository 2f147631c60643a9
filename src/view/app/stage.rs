//! The board with its menu, the transport, and the space-time diagram.

use super::{App, Msg, title};
use crate::view::canvas::Canvas;
use crate::view::new_seed;
use bivalent::history::{Fact, Mark, Scheduler, Stop};
use bivalent::lab::{Action, Item, Lab};
use bivalent::process::ProcessId;
use bivalent::property::Suspicion;
use bivalent::scene::headline;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

impl App {
    pub(super) fn board(&self, ctx: &Context<Self>, lab: &Lab) -> Html {
        let link = ctx.link();
        let n = lab.scenario().processes;
        let selected = lab.selected().map(|target| format!(" Selected: {}.", title(target))).unwrap_or_default();
        let see = link.batch_callback(|event: Event| {
            let select: HtmlSelectElement = event.target()?.dyn_into().ok()?;
            Some(Msg::Act(Action::SeeAs(ProcessId::parse(&select.value()))))
        });
        let menu = self.menu.as_ref().map(|menu| {
            let style = format!("left: min({}px, calc(100% - 17rem)); top: {}px", menu.place.x as i32, menu.place.y as i32);
            let item = |(index, item): (usize, &Item)| {
                let action = item.action.clone();
                html! {
                    <li key={index}>
                        <button disabled={!item.enabled} onclick={link.callback(move |_| Msg::Act(action.clone()))}>
                            { item.label.clone() }
                        </button>
                    </li>
                }
            };
            let allowed = menu.items.iter().enumerate().filter(|(_, item)| item.breaks.is_none());
            let forbidden: Vec<Html> =
                menu.items.iter().enumerate().filter(|(_, item)| item.breaks.is_some()).map(item).collect();
            html! {
                <div class="menu" ref={self.menu_node.clone()} role="group" aria-label={format!("What to do with {}", menu.title)} {style}>
                    <p>{ menu.title.clone() }</p>
                    <ul>{ for allowed.map(item) }</ul>
                    if !forbidden.is_empty() {
                        <p class="breaks">{ "Break the promise" }</p>
                        <ul>{ for forbidden }</ul>
                    }
                    <button class="close" onclick={link.callback(|_| Msg::CloseMenu)}>{ "Close" }</button>
                </div>
            }
        });
        html! {
            <div class="board-frame">
                <Canvas class="board" source={Rc::clone(&self.board)}
                    label={format!("Board: {n} processes.{selected} The panel “Inspector” lists them and all messages, with their actions.")}
                    on_pointed={link.callback(Msg::Board)} on_key={link.callback(Msg::BoardKey)} />
                <label class="eyes">
                    <span>{ "see as" }</span>
                    <select id="see-as" onchange={see}>
                        <option value="" selected={lab.see_as().is_none()}>{ "everybody" }</option>
                        { for ProcessId::all(n).map(|process| html! {
                            <option key={process.to_string()} value={process.to_string()} selected={lab.see_as() == Some(process)}>
                                { process.to_string() }
                            </option>
                        }) }
                    </select>
                </label>
                { menu.unwrap_or_default() }
            </div>
        }
    }

    pub(super) fn transport(&self, ctx: &Context<Self>, lab: &Lab) -> Html {
        let link = ctx.link();
        let act = |action: Action| link.callback(move |_: MouseEvent| Msg::Act(action.clone()));
        let position = lab.history().position();
        let by_hand =
            lab.scenario().scheduler == Scheduler::ByHand && position as usize >= lab.scenario().schedule.len();
        let still = by_hand || lab.stop().is_some();
        let rounds = lab.scenario().models.timing.round_us().is_some() && lab.history().plan().setup.timed;
        let runs = lab.playing() || lab.hurries();
        let factor = 1u32 << lab.speed().unsigned_abs();
        let speed = if lab.speed() < 0 { format!("×1/{factor}") } else { format!("×{factor}") };
        html! {
            <div class="transport" role="toolbar" aria-label="Time">
                <button onclick={act(Action::Seek(0))} disabled={position == 0} aria-label="To the beginning" title="To the beginning (Home)">{ icon("M5 5v14M19 5l-10 7 10 7z") }</button>
                <button id="back" onclick={act(Action::Back(1))} disabled={position == 0} aria-label="One event back" title="Back (←)">{ icon("M17 5L7 12l10 7z") }</button>
                <button id="play" class="play" onclick={act(Action::Toggle)} disabled={by_hand}
                    aria-label={if runs { "Pause" } else { "Play" }} title="Play or pause (Space)">
                    { icon(if runs { "M8 5v14M16 5v14" } else { "M7 4l12 8-12 8z" }) }
                </button>
                <button id="next" onclick={act(Action::Next(1))} disabled={still} aria-label="Next event" title="Next (→)">{ icon("M6 5l10 7-10 7zM19 5v14") }</button>
                <button id="wave" onclick={act(Action::Wave)} disabled={still} title="Advance everybody once (W)">
                    { if rounds { "round" } else { "wave" } }
                </button>
                <button id="last-mark" onclick={act(Action::Mark(false))} disabled={position == 0}
                    aria-label="Previous mark" title="To the previous decision, fault or violation (Shift+J)">{ "‹ mark" }</button>
                <button id="next-mark" onclick={act(Action::Mark(true))} disabled={still}
                    aria-label="Next mark" title="To the next decision, fault or violation (J)">{ "mark ›" }</button>
                <span class="where" id="position" data-event={position.to_string()} data-hash={format!("{:016x}", lab.history().engine().trace_hash())}>
                    { format!("event {position}") }
                    if lab.hurries() { <span class="rest">{ " · on its way…" }</span> }
                    if let Some(stop) = lab.stop().filter(|stop| !by_hand || **stop != Stop::Waits) { <span class="rest">{ match stop {
                        Stop::Rest => " · at rest".to_owned(),
                        Stop::Until => " · end of the scenario".to_owned(),
                        Stop::Stuck(reason) => format!(" · stopped: {reason}"),
                        Stop::Waits => " · what is left is held or cut off".to_owned(),
                    } }</span> }
                </span>
                <span class="gap"></span>
                <span class="speed" role="group" aria-label="Speed">
                    <button onclick={act(Action::Speed(-1))} aria-label="Slower" title="Slower (−)">{ "−" }</button>
                    <span class="figure">{ speed }</span>
                    <button onclick={act(Action::Speed(1))} aria-label="Faster" title="Faster (+)">{ "+" }</button>
                </span>
                <span class="seed">
                    { format!("seed {}", lab.scenario().seed) }
                    <button id="new-seed" aria-label="New seed" title="Run with another seed" onclick={link.callback(|_| Msg::Act(Action::Seed(new_seed() % 10_000)))}>{ "↻" }</button>
                </span>
                <button id="keep" onclick={act(Action::Keep)} title="Keep this moment, to come back to it (M)">{ "keep" }</button>
                if let Some(kept) = lab.kept() {
                    <button id="return" onclick={act(Action::Return)} aria-label={format!("Back to the moment kept, event {kept}")}
                        title="Back to the moment kept (B)">{ format!("to {kept}") }</button>
                }
                <button id="undo" onclick={act(Action::Undo)} disabled={!lab.can_undo()} title="Undo (Ctrl+Z)">{ "undo" }</button>
                <button id="redo" onclick={act(Action::Redo)} disabled={!lab.can_redo()} title="Redo (Ctrl+Shift+Z)">{ "redo" }</button>
                if let Some(notice) = lab.notice() {
                    <p class="notice" role="status">{ notice }</p>
                }
            </div>
        }
    }

    pub(super) fn diagram(&self, ctx: &Context<Self>, lab: &Lab) -> Html {
        let link = ctx.link();
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
        label.push_str(" The panel “Log” tells everything in words.");
        let hidden = self.aids.sight.get().lens.hidden.processes().count();
        let rows = lab.scenario().processes.saturating_sub(hidden).clamp(2, 10);
        let open = self.tools;
        html! {
            <>
            <div class="diagram-frame">
                <Canvas class="diagram" source={Rc::clone(&self.diagram)} {label} style={format!("--rows: {rows}")}
                    on_pointed={link.callback(Msg::Diagram)} />
                <div class="diagram-tools">
                    <span class="peek">{ self.peek(lab) }</span>
                    <button id="tools" onclick={link.callback(move |_| Msg::Tools(!open))} aria-expanded={open.to_string()}>{ "clocks and causes" }</button>
                    <button onclick={link.callback(|_| Msg::Zoom(1))} aria-label="Show more time" title="Show more time">{ "−" }</button>
                    <button onclick={link.callback(|_| Msg::Zoom(-1))} aria-label="Show less time" title="Show less time">{ "+" }</button>
                </div>
                if open { { self.lens(ctx, lab) } }
            </div>
            { self.branches(ctx, lab) }
            </>
        }
    }

    /// The tree of branches, and the same as a list.
    fn branches(&self, ctx: &Context<Self>, lab: &Lab) -> Html {
        let lines = lab.lines();
        if lines.len() < 2 {
            return html! {};
        }
        let link = ctx.link();
        let rows = lines.len();
        let list = lines.into_iter().map(|(branch, _, summary)| {
            let open = branch == lab.history().current();
            let wrong = if summary.marks.iter().any(|(_, mark)| *mark == Mark::Violation) { ", violated" } else { "" };
            let key = format!("branch-{branch}");
            html! {
                <li key={branch}>
                    <button aria-pressed={open.to_string()} onclick={link.callback(move |_| Msg::Act(Action::Branch(branch)))}>
                        { format!("{} {}: {} events{wrong}", branch + 1, lab.branch_words(branch), summary.events) }
                    </button>
                    if !open {
                        <button aria-label={format!("Compare with branch {}", branch + 1)} onclick={link.callback(move |_| Msg::Compare(key.clone()))}>{ "compare" }</button>
                    }
                </li>
            }
        });
        html! {
            <div class="branches" style={format!("--rows: {rows}")}>
                <Canvas class="tree" source={Rc::clone(&self.tree)} label="Branches of the run, as in the list below" on_pointed={link.callback(Msg::Diagram)} />
                <ul id="branches" aria-label="Branches">{ for list }</ul>
            </div>
        }
    }

    /// The event that is pointed at, in words.
    fn peek(&self, lab: &Lab) -> String {
        let facts = lab.facts();
        let place =
            self.aids.sight.get().peeked.zip(facts.first()).and_then(|(event, first)| event.checked_sub(first.event));
        let fact = place.and_then(|place| facts.get(place as usize));
        let text = |fact: &Fact| {
            format!("event {}, {} ms: {}", fact.event, fact.at_us / 1_000, headline(lab.scenario(), fact))
        };
        fact.map(text).unwrap_or_default()
    }
}

/// A drawing of 24 by 24 units, for a button.
pub(super) fn icon(path: &'static str) -> Html {
    html! { <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d={path} /></svg> }
}
