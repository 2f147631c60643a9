//! Ways out: the same programs, and one thing given back. A clock, a calm from some time on, a suspicion, a coin.

mod after_gst;
mod clock;
mod coin;
mod suspicion;
mod way;

use crate::view::flp::screen::ScreenProps;
use after_gst::Calm;
use clock::Rounds;
use coin::Coin;
use suspicion::SuspicionWay;
use yew::prelude::*;

/// The ways out, and the idea of each.
const WAYS: [(&str, &str); 4] = [
    (
        "A clock",
        "Rounds that end on time: what has not come by then never will. FloodSet tells everybody all it knows in every round. Each crash can hide the news for one round more, so f rounds are too few for f crashes; in one of f + 1 rounds nobody crashes. Not argued here but gone through, run by run.",
    ),
    (
        "A calm from some time on",
        "Nobody knows when it begins, but from then on messages are on time. p0 has crashed, and in the storm every message comes later than patience lasts, so the others suspect each other in vain. You say when the calm begins.",
    ),
    (
        "A suspicion",
        "The rotating coordinator suspects who is not heard. If nobody suspects a coordinator that is alive, the first one settles it. If suspicions may be wrong for ever, every coordinator is doubted by somebody, and it never ends.",
    ),
    (
        "A coin",
        "Ben-Or’s program gets its coin back. A run without end still exists, but the coins would have to miss each other in every round of it, and the chance of that is 0.",
    ),
];

/// The messages of the screen.
pub enum WaysMsg {
    Go(usize),
}

/// The screen.
pub struct Ways {
    way: usize,
    tried: [bool; WAYS.len()],
}

impl Component for Ways {
    type Message = WaysMsg;
    type Properties = ScreenProps;

    fn create(_: &Context<Self>) -> Self {
        Ways { way: 0, tried: [true, false, false, false] }
    }

    fn update(&mut self, ctx: &Context<Self>, WaysMsg::Go(way): WaysMsg) -> bool {
        (self.way, self.tried[way]) = (way, true);
        if self.tried.iter().all(|tried| *tried) {
            ctx.props().on_done.emit(());
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let ways = WAYS.iter().enumerate().map(|(way, (title, _))| {
            html! {
                <button key={way} aria-pressed={(way == self.way).to_string()}
                    onclick={ctx.link().callback(move |_| WaysMsg::Go(way))}>{ *title }</button>
            }
        });
        let on_open = ctx.props().on_open.clone();
        // A result that was counted once need not be counted again: these two stay when others are looked at.
        let kept = |way: usize, body: Html| {
            html! { if self.tried[way] { <div hidden={self.way != way}>{ body }</div> } }
        };
        html! {
            <>
                <div class="answers" role="group" aria-label="Ways out">{ for ways }</div>
                <p class="prose">{ WAYS[self.way].1 }</p>
                { kept(0, html! { <Rounds on_open={on_open.clone()} /> }) }
                if self.way == 1 { <Calm on_open={on_open.clone()} /> }
                if self.way == 2 { <SuspicionWay on_open={on_open.clone()} /> }
                { kept(3, html! { <Coin {on_open} /> }) }
                <aside class="theorem">
                    <h2>{ "The theorem, exactly" }</h2>
                    <p>{ "Take any deterministic program for asynchronous processes whose messages are never lost. If no run of it holds two different decisions, and some run decides 0 and some run decides 1, then it has a run in which at most one process stops, every message to the others is received, and nobody ever decides." }</p>
                    <p class="soft">{ "Fischer, Lynch and Paterson, 1985. It forbids a guarantee without clock or dice: each way out takes away one of its words." }</p>
                </aside>
            </>
        }
    }
}
