//! A calm from some time on: its beginning is a handle. And why a bound on delays alone does not help who never waits.

use super::way::{WayProps, open};
use crate::view::flp::parts::count;
use crate::view::flp::run::RunView;
use bivalent::flp::after_gst::{CALM_MAX_MS, Outline, outline, patient, stormy};
use bivalent::flp::region::{EVENT_MS, Evidence, Region};
use bivalent::scenario::{Link, Scenario};
use std::rc::Rc;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The number of times that the endless run of Ben-Or is gone round for its numbers.
const LOOPS: usize = 100;

/// When the calm begins at first, in milliseconds.
const CALM_MS: u32 = 4_000;

/// A storm takes its time: it is shown so many factors of two faster.
const FASTER: i32 = 3;

/// Its messages.
pub enum AfterGstMsg {
    /// When the calm begins, in milliseconds.
    Calm(u32),
}

/// The component.
pub struct Calm {
    calm_ms: u32,
    run: Rc<Link>,
    outline: Outline,
    /// The endless run of Ben-Or and what a replay of it showed.
    endless: Option<(Scenario, Evidence)>,
    /// The same program where it waits, and what that comes to.
    patient: (Rc<Link>, Outline),
}

/// The run with this beginning of the calm, and what it comes to.
fn storm(calm_ms: u32) -> (Rc<Link>, Outline) {
    shown(stormy(calm_ms))
}

fn shown(scenario: Scenario) -> (Rc<Link>, Outline) {
    let outline = outline(&scenario).unwrap_or_default();
    (Rc::new(Link { scenario, position: 0 }), outline)
}

impl Component for Calm {
    type Message = AfterGstMsg;
    type Properties = WayProps;

    fn create(_: &Context<Self>) -> Self {
        let (run, outline) = storm(CALM_MS);
        let mut region = Region::new();
        let endless = region.bounded(3).ok().zip(region.evidence(LOOPS).ok());
        Calm { calm_ms: CALM_MS, run, outline, endless, patient: shown(patient()) }
    }

    fn update(&mut self, _: &Context<Self>, AfterGstMsg::Calm(calm_ms): AfterGstMsg) -> bool {
        self.calm_ms = calm_ms;
        (self.run, self.outline) = storm(calm_ms);
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let calm_ms = self.calm_ms;
        let onchange = ctx.link().callback(|event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            AfterGstMsg::Calm(input.value().parse().unwrap_or(CALM_MAX_MS).min(CALM_MAX_MS))
        });
        let decided = &self.outline.decided_ms;
        let last = decided.iter().map(|(_, at_ms)| *at_ms).max();
        let when = match last.and_then(|last| last.checked_sub(u64::from(calm_ms))) {
            None => "Nobody has decided.".to_owned(),
            Some(after) => {
                let suspicions = count(self.outline.suspicions, "suspicion");
                format!("{suspicions}, then {}. That is {after} ms after the calm began.", decided_words(&self.outline))
            }
        };
        html! {
            <>
                <label class="field handle"><span>{ format!("The calm begins at {calm_ms} ms") }</span>
                    <input type="range" min="500" max={CALM_MAX_MS.to_string()} step="500" value={calm_ms.to_string()} {onchange} />
                </label>
                <p class="prose"><strong>{ when }</strong></p>
                <RunView run={Rc::clone(&self.run)} play=true speed={FASTER} label="Board: the rotating coordinator in a storm, then in a calm." on_open={ctx.props().on_open.clone()} />
                if let Some((scenario, evidence)) = &self.endless {
                    <h2>{ "A bound on delays is not enough" }</h2>
                    <p class="prose">{ format!("Ben-Or’s program without its coin never waits longer than it must, so it never notices that messages are on time. In its endless run, just replayed for {}, no message waited for more than {}, and nobody decided. Let an event take {EVENT_MS} ms, and it is a run of bounded asynchrony with Δ = {} ms: the bound is kept, and of no use to who does not wait for it.", count(evidence.events as usize, "event"), count(evidence.oldest_waiting as usize, "event"), scenario.models.timing.delta_ms) }</p>
                    <div class="transport">{ open(ctx.props(), scenario, "Open it in the laboratory, with the bound".into()) }</div>
                }
                <p class="prose"><strong>{ format!("Now it waits Δ before it counts, and messages are on time: {}.", decided_words(&self.patient.1)) }</strong>{ " Everybody hears everybody, three values have a majority, and the first round settles it. Nothing else has changed." }</p>
                <RunView run={Rc::clone(&self.patient.0)} play=true label="Board: Ben-Or, which waits before it counts." on_open={ctx.props().on_open.clone()} />
            </>
        }
    }
}

fn decided_words(outline: &Outline) -> String {
    let who = outline.decided_ms.iter().map(|(process, at_ms)| format!("{process} at {at_ms} ms"));
    format!("decided: {}", who.collect::<Vec<_>>().join(", "))
}
