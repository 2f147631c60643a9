//! A suspicion: the rotating coordinator where its failure detector is right, and where it may be wrong for ever.

use super::way::WayProps;
use crate::view::flp::parts::count;
use crate::view::flp::run::RunView;
use crate::view::work::Work;
use bivalent::adversary::{Horn, Loop};
use bivalent::flp::adversary_run::AdversaryRun;
use bivalent::flp::after_gst::{Outline, doubted, outline, trusting};
use bivalent::scenario::{Link, Scenario};
use std::rc::Rc;
use yew::prelude::*;

/// Its messages.
pub enum SuspicionWayMsg {
    /// A share of a frame's time.
    Slice,
    Stop,
    Resume,
    /// The run with wrong suspicions, or the one without.
    Wrong(bool),
}

/// A run and what it comes to.
struct OutlinedRun {
    run: Rc<Link>,
    outline: Outline,
}

impl OutlinedRun {
    fn new(scenario: Scenario) -> OutlinedRun {
        let outline = outline(&scenario).unwrap_or_default();
        OutlinedRun { run: Rc::new(Link { scenario, position: 0 }), outline }
    }
}

/// The component.
pub struct SuspicionWay {
    trial: AdversaryRun,
    trusting: OutlinedRun,
    /// The adversary's run, once round its loop, when it is found.
    doubted: Option<OutlinedRun>,
    wrong: bool,
    work: Work,
}

impl Component for SuspicionWay {
    type Message = SuspicionWayMsg;
    type Properties = WayProps;

    fn create(ctx: &Context<Self>) -> Self {
        let trusting = OutlinedRun::new(trusting());
        SuspicionWay {
            trial: doubted(),
            trusting,
            doubted: None,
            wrong: false,
            work: Work::begun(ctx.link(), SuspicionWayMsg::Slice),
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: SuspicionWayMsg) -> bool {
        match msg {
            SuspicionWayMsg::Slice => {
                if self.work.share(ctx.link(), SuspicionWayMsg::Slice, || self.trial.step(1)) {
                    let report = self.trial.report().and_then(|report| report.as_ref().ok());
                    let endless = |horn: &&Horn| matches!(horn, Horn::Endless { .. });
                    let horn = report.and_then(|report| report.horns.iter().find(endless));
                    self.doubted = horn.and_then(|horn| self.trial.run_of(horn).ok()).map(OutlinedRun::new);
                }
            }
            SuspicionWayMsg::Stop => self.work.stop(),
            SuspicionWayMsg::Resume => self.work = Work::begun(ctx.link(), SuspicionWayMsg::Slice),
            SuspicionWayMsg::Wrong(wrong) => self.wrong = wrong,
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let shown = self.doubted.as_ref().filter(|_| self.wrong).unwrap_or(&self.trusting);
        let suspicions = count(shown.outline.suspicions, "suspicion");
        let words = match self.trial.adversary().cycle().filter(|_| self.wrong) {
            Some(cycle) => format!("{suspicions}. {}", self.endless(cycle)),
            None => {
                let decided =
                    shown.outline.decided_ms.iter().map(|(process, at_ms)| format!("{process} at {at_ms} ms"));
                format!("{suspicions}; decided in the first round: {}.", decided.collect::<Vec<_>>().join(", "))
            }
        };
        let stages = count(self.trial.adversary().stages().len(), "stage");
        html! {
            <>
                <div class="answers">
                    <button aria-pressed={(!self.wrong).to_string()} onclick={link.callback(|_| SuspicionWayMsg::Wrong(false))}>{ "Nobody is suspected wrongly" }</button>
                    <button aria-pressed={self.wrong.to_string()} disabled={self.doubted.is_none()} onclick={link.callback(|_| SuspicionWayMsg::Wrong(true))}>{ "Wrong suspicions, for ever" }</button>
                </div>
                { match (self.trial.report(), &self.doubted) {
                    (None, _) => self.work.view(None, format!("The adversary looks for wrong suspicions without end: {stages}"), link.callback(|_| SuspicionWayMsg::Stop), link.callback(|_| SuspicionWayMsg::Resume)),
                    (Some(_), None) => html! { <p class="hint">{ format!("In {stages} the adversary found no loop: unknown.") }</p> },
                    _ => html! {},
                } }
                <p class="prose"><strong>{ words }</strong></p>
                <RunView run={Rc::clone(&shown.run)} play=true label="Board: the rotating coordinator." on_open={ctx.props().on_open.clone()} />
            </>
        }
    }
}

impl SuspicionWay {
    fn endless(&self, cycle: Loop) -> String {
        let oldest = self.trial.turn().map_or(0, |turn| turn.oldest);
        format!(
            "After {} the same moment comes back every {}, but for the number of the round. Nobody crashed, every message arrives, the oldest after {}, and nobody decides.",
            count(cycle.prefix, "event"),
            count(cycle.length, "event"),
            count(oldest, "event")
        )
    }
}
