//! It hangs on one: Lemma 2. Between two starts that differ in one process the ending changes.

use super::parts::{base, board, disc, mark, valency_words};
use super::screen::ScreenProps;
use crate::view::builtin::builtin;
use crate::view::canvas::Source;
use crate::view::sources::board_source;
use bivalent::engine::Choice;
use bivalent::explorer::valency::Valency;
use bivalent::flp::chain::Chain;
use bivalent::lab::{Action, Lab, Shared};
use bivalent::process::ProcessId;
use bivalent::scenario::{Fault, Link, Scenario};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use yew::prelude::*;

const PROTOCOL: &str = "wait-for-all";

/// The messages of the screen.
pub enum HingeMsg {
    Link(usize),
    Mute(bool),
    Happened,
}

/// The screen.
pub struct Hinge {
    chain: Chain,
    link: usize,
    muted: bool,
    seen: Vec<bool>,
    lab: Shared,
    board: Source,
}

impl Hinge {
    /// The process in which the two neighbours differ.
    fn process(&self) -> ProcessId {
        self.chain.hinge().expect("the ends of the row differ").1
    }

    fn scenario(&self) -> Scenario {
        let mut scenario = base(PROTOCOL);
        scenario.inputs = self.chain.inputs[self.link].iter().map(|bit| Some((*bit).into())).collect();
        if self.muted {
            let choice = Choice::Crash { process: self.process(), after_effects: None };
            scenario.faults = vec![Fault { at_ms: 0, choice }];
        }
        scenario
    }

    fn run(&mut self) {
        let scenario = self.scenario();
        let mut lab = self.lab.borrow_mut();
        lab.act(Action::Open(Box::new(scenario)));
        lab.act(Action::Play(true));
    }

    fn valency(&self, link: usize) -> Valency {
        if self.muted { self.chain.without(link, self.process()) } else { self.chain.valency(link) }
    }
}

fn digits(inputs: &[bool]) -> String {
    inputs.iter().map(|bit| if *bit { '1' } else { '0' }).collect()
}

impl Component for Hinge {
    type Message = HingeMsg;
    type Properties = ScreenProps;

    fn create(ctx: &Context<Self>) -> Self {
        let instance = builtin().instance(PROTOCOL, [], None).expect("defaults are valid");
        let chain = Chain::new(&instance.program, 3).expect("a small graph");
        let lab: Shared = Rc::new(RefCell::new(Lab::new(builtin(), base(PROTOCOL)).expect("a valid scenario")));
        let board = board_source(&lab, &Rc::new(Cell::new(false)), ctx.link().callback(|()| HingeMsg::Happened));
        let seen = vec![false; chain.inputs.len()];
        let mut hinge = Hinge { chain, link: 0, muted: false, seen, lab, board };
        hinge.seen[0] = true;
        hinge.run();
        hinge
    }

    fn update(&mut self, ctx: &Context<Self>, msg: HingeMsg) -> bool {
        match msg {
            HingeMsg::Link(link) => {
                self.link = link;
                self.seen[link] = true;
                self.run();
            }
            HingeMsg::Mute(muted) => {
                self.muted = muted;
                self.run();
            }
            HingeMsg::Happened => {}
        }
        let (place, _) = self.chain.hinge().expect("the ends of the row differ");
        if self.muted && self.seen[place] && self.seen[place + 1] {
            ctx.props().on_done.emit(());
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let lab = self.lab.borrow();
        let (place, process) = self.chain.hinge().expect("the ends of the row differ");
        let found = self.seen[place] && self.seen[place + 1];
        let starts = self.chain.inputs.iter().enumerate().map(|(index, inputs)| {
            let valency = self.valency(index);
            let known = self.seen[index];
            let words = if known { valency_words(valency) } else { "not tried" };
            html! {
                <button key={index} class="link" aria-pressed={(index == self.link).to_string()}
                    aria-label={format!("Start {}: {words}", digits(inputs))} onclick={link.callback(move |_| HingeMsg::Link(index))}>
                    <span class="figure">{ digits(inputs) }</span>
                    if known { { mark(valency) } } else { <span class="unknown">{ "?" }</span> }
                </button>
            }
        });
        let pair = [place, place + 1].map(|link| digits(&self.chain.inputs[link]));
        let muted = self.muted;
        let valency = self.valency(self.link);
        let run = Link { scenario: self.scenario(), position: 0 };
        let open = ctx.props().on_open.reform(move |_: MouseEvent| run.clone());
        html! {
            <>
                <div class="chain" role="group" aria-label="Starts, from all 0 to all 1">{ for starts }</div>
                <div class="answers">
                    <button aria-pressed={muted.to_string()} disabled={!found} onclick={link.callback(move |_| HingeMsg::Mute(!muted))}>
                        { if found { format!("{process} is silent") } else { "Silence the one in which they differ".into() } }
                    </button>
                    <p class="hint">
                        if !found {
                            { "Try the starts one after the other. The disc says how every run from there must end, in whatever order the messages come." }
                        } else if !muted {
                            <strong>{ format!("{} always ends in 0 and {} always in 1, and they differ only in what {process} thinks.", pair[0], pair[1]) }</strong>
                        } else {
                            <strong>{ format!("Without {process} the two starts are the same to everybody else. If the others decided, they would be wrong in one of the two; so this program waits, for ever. A program that does not wait must have a start from which both ends are possible.") }</strong>
                        }
                    </p>
                </div>
                { board(&self.board, format!("Board: a run from {}.", digits(&self.chain.inputs[self.link])), Callback::noop(), disc(valency, valency_words(valency))) }
                <p class="caption" aria-live="polite">{ lab.caption() }</p>
                <div class="transport"><button onclick={open}>{ "Open in the laboratory" }</button></div>
            </>
        }
    }
}
