//! The FLP view: a theorem in a few screens, each live and with one new idea; and a door for theorists.

mod forever;
mod hinge;
mod horns;
mod network;
pub(super) mod parts;
mod run;
mod screen;
mod tale;
mod theory;
mod ways;

use bivalent::scenario::Link;
use yew::prelude::*;

use forever::Forever;
use hinge::Hinge;
use network::NetworkGame;
use tale::{Tale, Tell};
use theory::Theory;
use ways::Ways;

/// A screen of the story.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Screen {
    Tale(Tell),
    Hinge,
    Network,
    Forever,
    Ways,
    Theory,
}

const SCREENS: &[(Screen, &str, &str)] = &[
    (
        Screen::Tale(Tell::Agree),
        "Three must agree",
        "Each of the three starts with 0 or 1, and all must settle on one of the two. Here everybody waits for everybody, and then takes the majority. It works, as long as nothing happens.",
    ),
    (
        Screen::Tale(Tell::Quiet),
        "One goes quiet",
        "The same program, and one of the three says nothing: you choose which. Look at it through the eyes of another, and switch between two worlds. How long should it wait?",
    ),
    (
        Screen::Tale(Tell::Hasty),
        "So do not wait for all",
        "Now each waits for one other, and decides 0 if it has seen a 0, else 1. Nobody hangs. You choose which message comes first: click messages to deliver them, and look for two different answers.",
    ),
    (
        Screen::Tale(Tell::Futures),
        "Both futures",
        "This moment has not decided anything yet. From here the messages can come in an order that ends in 0, and in one that ends in 1. Play both.",
    ),
    (
        Screen::Hinge,
        "It hangs on one",
        "Four ways to start, from all 0 to all 1; each differs from its neighbour in what one process thinks. Somewhere on the way the ending changes. Find the two neighbours, and then silence the one in which they differ.",
    ),
    (
        Screen::Network,
        "You are the network",
        "Every message must be delivered in the end; you only choose the order. Keep both colours in the disc.",
    ),
    (
        Screen::Forever,
        "For ever",
        "Now the computer chooses the order. Each disc is a moment between two phases of Ben-Or’s program, and what can still be decided from it. Six of them keep both colours, and a run can go round among them without end.",
    ),
    (
        Screen::Ways,
        "Ways out",
        "The theorem needs all of its words. Give back one thing, and agreement comes back with it. Try each of the four.",
    ),
    (
        Screen::Theory,
        "For theorists",
        "Any of the seven protocols, with its parameters and inputs: its graph with exact valencies, the horn on which it falls, and the proof played stage by stage.",
    ),
];

/// The messages of the view.
pub enum FlpMsg {
    Go(usize),
    Done(usize),
    ShowAll,
}

/// The FLP view.
pub struct Flp {
    screen: usize,
    reached: usize,
    all: bool,
}

/// The properties of the view: a way to open its run in the laboratory.
#[derive(Properties, PartialEq)]
pub struct FlpProps {
    /// Opens a moment of the run that is shown in the laboratory.
    pub on_open: Callback<Link>,
}

impl Component for Flp {
    type Message = FlpMsg;
    type Properties = FlpProps;

    fn create(_: &Context<Self>) -> Self {
        Flp { screen: 0, reached: 0, all: false }
    }

    fn update(&mut self, _: &Context<Self>, msg: FlpMsg) -> bool {
        match msg {
            FlpMsg::Go(screen) => self.screen = screen,
            FlpMsg::Done(screen) if self.reached > screen => return false,
            FlpMsg::Done(screen) => self.reached = screen + 1,
            FlpMsg::ShowAll => self.all = true,
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let here = self.screen;
        let (screen, title, text) = SCREENS[here];
        let steps = SCREENS.iter().enumerate().map(|(index, (_, title, _))| {
            let open = self.all || index <= self.reached;
            html! {
                <li key={index}>
                    <button disabled={!open} aria-current={(index == here).then_some("step")}
                        onclick={link.callback(move |_| FlpMsg::Go(index))}>
                        { index + 1 }<span class="title">{ format!(" {title}") }</span>
                    </button>
                </li>
            }
        });
        let on_done = link.callback(move |()| FlpMsg::Done(here));
        let on_open = ctx.props().on_open.clone();
        let body = match screen {
            Screen::Tale(tell) => html! { <Tale key={here} {tell} {on_done} {on_open} /> },
            Screen::Hinge => html! { <Hinge {on_done} {on_open} /> },
            Screen::Network => html! { <NetworkGame {on_done} {on_open} /> },
            Screen::Forever => html! { <Forever {on_done} {on_open} /> },
            Screen::Ways => html! { <Ways {on_done} {on_open} /> },
            Screen::Theory => html! { <Theory {on_done} {on_open} /> },
        };
        let may_go_on = self.all || self.reached > here;
        html! {
            <main class="flp">
                <nav aria-label="The story"><ol class="steps">{ for steps }</ol>
                    if !self.all {
                        <button class="quiet" onclick={link.callback(|_| FlpMsg::ShowAll)}>{ "Show everything" }</button>
                    }
                </nav>
                <section class="stage" aria-label={title}>
                    <h1>{ title }</h1>
                    <p class="question">{ text }</p>
                    { body }
                    { honesty(screen == Screen::Theory) }
                    if here + 1 < SCREENS.len() {
                        <div class="transport">
                            <span class="gap"></span>
                            <button class="play" disabled={!may_go_on} onclick={link.callback(move |_| FlpMsg::Go(here + 1))}>
                                { format!("Next: {}", SCREENS[here + 1].1) }
                            </button>
                        </div>
                    }
                </section>
            </main>
        }
    }
}

/// The model in a box, and what the words for what is known mean; on every screen.
fn honesty(open: bool) -> Html {
    html! {
        <details class="honesty" {open}>
            <summary>{ "Exact and bounded here" }</summary>
            <p>{ "The model is that of Fischer, Lynch and Paterson: a step of one process takes in one message or none, nothing is lost, at most one process stops. Each way out changes one word of it. Whatever is shown is a run of the engine." }</p>
            <ul>
                <li>{ "Exact: all of a graph was explored." }</li>
                <li>{ "Certified: two schedules, one to 0 and one to 1, were found and replayed. That proves a moment bivalent, however far the graph goes on." }</li>
                <li>{ "Unknown: the search was stopped, or no certificates were found. That proves nothing, and nothing is claimed." }</li>
                <li>{ "Bounded: a protocol cut off after some rounds is another protocol. Its graph is exact for that one. Where it is cut, nothing can be decided any more: that is a horizon, and it blocks nobody." }</li>
            </ul>
        </details>
    }
}
