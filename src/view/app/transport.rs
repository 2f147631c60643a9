//! The transport: time, speed, seed, undo.

use super::message::{AppMsg, Dispatch};
use crate::view::browser::new_seed;
use crate::view::sources::ShownLab;
use bivalent::history::{Scheduler, Stop};
use bivalent::lab::Action;
use yew::prelude::*;

/// The properties of the transport.
#[derive(Properties, PartialEq)]
pub struct TransportProps {
    /// The laboratory.
    pub lab: ShownLab,
    /// Tells what happened.
    pub dispatch: Dispatch,
}

/// The transport.
#[component]
pub fn Transport(props: &TransportProps) -> Html {
    let TransportProps { lab, dispatch } = props;
    let lab = lab.borrow();
    let act = |action: Action| dispatch.reform(move |_: MouseEvent| AppMsg::Act(action.clone()));
    let position = lab.history().position();
    let by_hand = lab.scenario().scheduler == Scheduler::ByHand && position as usize >= lab.scenario().schedule.len();
    let still = by_hand || lab.stop().is_some();
    let rounds = lab.scenario().models.timing.round_us().is_some() && lab.history().plan().setup.timed;
    let runs = lab.playing() || lab.hurries();
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
                <span class="figure">{ speed_words(lab.speed()) }</span>
                <button onclick={act(Action::Speed(1))} aria-label="Faster" title="Faster (+)">{ "+" }</button>
            </span>
            <span class="seed">
                { format!("seed {}", lab.scenario().seed) }
                <button id="new-seed" aria-label="New seed" title="Run with another seed" onclick={dispatch.reform(|_| AppMsg::Act(Action::Seed(new_seed() % 10_000)))}>{ "↻" }</button>
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

/// A speed, as a factor.
pub(super) fn speed_words(speed: i32) -> String {
    let factor = 1u32 << speed.unsigned_abs();
    if speed < 0 { format!("×1/{factor}") } else { format!("×{factor}") }
}

/// A drawing of 24 by 24 units, for a button.
pub(super) fn icon(path: &'static str) -> Html {
    html! { <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d={path} /></svg> }
}
