//! A run on a board of its own: played, stepped through, and opened in the laboratory at the moment that is shown.

use super::parts::board;
use crate::view::builtin::builtin;
use crate::view::canvas::Source;
use crate::view::sources::board_source;
use bivalent::lab::{Action, Lab, Shared};
use bivalent::scenario::Link;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use yew::prelude::*;

/// The properties of the component.
#[derive(Properties)]
pub struct RunProps {
    /// The run, and from where it is shown.
    pub run: Rc<Link>,
    /// True if it plays at once.
    #[prop_or_default]
    pub play: bool,
    /// The speed against the usual one, in factors of two.
    #[prop_or_default]
    pub speed: i32,
    /// A description of the board, for those who do not see it.
    pub label: AttrValue,
    /// Opens a moment in the laboratory.
    pub on_open: Callback<Link>,
}

impl PartialEq for RunProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.run, &other.run) && (self.play, self.speed) == (other.play, other.speed)
    }
}

/// Its messages.
pub enum RunMsg {
    Act(Action),
    Again,
    Happened,
    Open,
}

/// The component.
pub struct RunView {
    lab: Shared,
    board: Source,
}

impl RunView {
    fn begin(&self, props: &RunProps) {
        let mut lab = self.lab.borrow_mut();
        let faster = props.speed - lab.speed();
        lab.act(Action::Open(Box::new(props.run.scenario.clone())));
        lab.act(Action::Speed(faster));
        lab.act(Action::Seek(props.run.position));
        lab.act(Action::Play(props.play));
    }
}

impl Component for RunView {
    type Message = RunMsg;
    type Properties = RunProps;

    fn create(ctx: &Context<Self>) -> Self {
        let lab = Lab::new(builtin(), ctx.props().run.scenario.clone()).expect("who shows a run has made it");
        let lab: Shared = Rc::new(RefCell::new(lab));
        let board = board_source(&lab, &Rc::new(Cell::new(false)), ctx.link().callback(|()| RunMsg::Happened));
        let run = RunView { lab, board };
        run.begin(ctx.props());
        run
    }

    fn changed(&mut self, ctx: &Context<Self>, _: &RunProps) -> bool {
        self.begin(ctx.props());
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: RunMsg) -> bool {
        match msg {
            RunMsg::Act(action) => self.lab.borrow_mut().act(action),
            RunMsg::Again => {
                self.begin(ctx.props());
                self.lab.borrow_mut().act(Action::Play(true));
            }
            RunMsg::Happened => {}
            RunMsg::Open => {
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
        let act = |make: fn() -> Action| link.callback(move |_: MouseEvent| RunMsg::Act(make()));
        html! {
            <div class="run">
                { board(&self.board, ctx.props().label.to_string(), Callback::noop(), html! {}) }
                <p class="caption">{ lab.caption() }</p>
                <div class="transport">
                    <button disabled={position == 0} onclick={act(|| Action::Back(1))}>{ "Back" }</button>
                    <button onclick={act(|| Action::Toggle)}>{ if lab.playing() { "Pause" } else { "Play" } }</button>
                    <button onclick={act(|| Action::Next(1))}>{ "Step" }</button>
                    <button onclick={link.callback(|_| RunMsg::Again)}>{ "Again" }</button>
                    <span class="where">{ format!("event {position}") }</span>
                    <button onclick={link.callback(|_| RunMsg::Open)}>{ "Open in the laboratory" }</button>
                </div>
            </div>
        }
    }
}
