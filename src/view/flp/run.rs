//! A run on a board of its own: played, stepped through, and opened in the laboratory at the moment that is shown.

use super::parts::board;
use crate::view::app::board_source;
use crate::view::canvas::Source;
use bivalent::lab::{Action, Lab, Shared};
use bivalent::scenario::Link;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use yew::prelude::*;

/// What the component needs.
#[derive(Properties)]
pub struct Props {
    /// The run, and from where it is shown.
    pub run: Rc<Link>,
    /// Whether it plays at once.
    #[prop_or_default]
    pub play: bool,
    /// How much faster or slower than usual, in factors of two.
    #[prop_or_default]
    pub speed: i32,
    /// What the board is, for those who do not see it.
    pub label: AttrValue,
    /// Opens a moment in the laboratory.
    pub on_open: Callback<Link>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.run, &other.run) && (self.play, self.speed) == (other.play, other.speed)
    }
}

/// What happens in it.
pub enum Msg {
    Act(Action),
    Again,
    Happened,
    Open,
}

/// The component.
pub struct Run {
    lab: Shared,
    board: Source,
}

impl Run {
    fn begin(&self, props: &Props) {
        let mut lab = self.lab.borrow_mut();
        let faster = props.speed - lab.speed();
        lab.act(Action::Open(Box::new(props.run.scenario.clone())));
        lab.act(Action::Speed(faster));
        lab.act(Action::Seek(props.run.position));
        lab.act(Action::Play(props.play));
    }
}

impl Component for Run {
    type Message = Msg;
    type Properties = Props;

    fn create(ctx: &Context<Self>) -> Self {
        let lab = Lab::new(ctx.props().run.scenario.clone()).expect("who shows a run has made it");
        let lab: Shared = Rc::new(RefCell::new(lab));
        let board = board_source(&lab, &Rc::new(Cell::new(false)), ctx.link().callback(|()| Msg::Happened));
        let run = Run { lab, board };
        run.begin(ctx.props());
        run
    }

    fn changed(&mut self, ctx: &Context<Self>, _: &Props) -> bool {
        self.begin(ctx.props());
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Act(action) => self.lab.borrow_mut().act(action),
            Msg::Again => {
                self.begin(ctx.props());
                self.lab.borrow_mut().act(Action::Play(true));
            }
            Msg::Happened => {}
            Msg::Open => {
                let lab = self.lab.borrow();
                ctx.props().on_open.emit(Link { scenario: lab.saved(), position: lab.history().position() });
                return false;
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let lab = self.lab.borrow();
        let position = lab.history().position();
        let act = |make: fn() -> Action| link.callback(move |_: MouseEvent| Msg::Act(make()));
        html! {
            <div class="run">
                { board(&self.board, ctx.props().label.to_string(), Callback::noop(), html! {}) }
                <p class="caption">{ lab.caption() }</p>
                <div class="transport">
                    <button disabled={position == 0} onclick={act(|| Action::Back(1))}>{ "Back" }</button>
                    <button onclick={act(|| Action::Toggle)}>{ if lab.playing() { "Pause" } else { "Play" } }</button>
                    <button onclick={act(|| Action::Next(1))}>{ "Step" }</button>
                    <button onclick={link.callback(|_| Msg::Again)}>{ "Again" }</button>
                    <span class="where">{ format!("event {position}") }</span>
                    <button onclick={link.callback(|_| Msg::Open)}>{ "Open in the laboratory" }</button>
                </div>
            </div>
        }
    }
}
