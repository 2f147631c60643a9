//! The first screens: three processes on a board, and what can still be decided.

use super::parts::{base, board, disc, valency_words};
use crate::view::builtin::builtin;
use crate::view::canvas::{Pointed, Source};
use crate::view::sources::board_source;
use bivalent::engine::Choice;
use bivalent::explorer::valency::Valency;
use bivalent::flp::{Compass, choices};
use bivalent::history::Scheduler;
use bivalent::lab::{Action, Lab, Shared};
use bivalent::process::ProcessId;
use bivalent::property::Verdict;
use bivalent::scenario::{Fault, Link, Scenario};
use bivalent::scene::Target;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use yew::prelude::*;

/// The words of the tale.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    Agree,
    Quiet,
    Hasty,
    Futures,
}

/// The messages of the screen.
pub enum TaleMsg {
    Act(Action),
    Happened,
    Pointed(Pointed),
    Again,
    /// This process goes quiet.
    Quiet(ProcessId),
    /// It is dead, or just slow.
    World(bool),
    Future(bool),
}

/// The screen.
pub struct Tale {
    quiet: Option<ProcessId>,
    slow: bool,
    worlds_seen: [bool; 2],
    futures_seen: [bool; 2],
    lab: Shared,
    board: Source,
    compass: Option<Compass>,
    valency: Option<Valency>,
}

/// The properties of the screen.
#[derive(Properties, PartialEq)]
pub struct TaleProps {
    /// The words of the tale.
    pub tell: Tell,
    /// The viewer has done what the screen is about.
    pub on_done: Callback<()>,
    /// Opens a moment of a run in the laboratory.
    pub on_open: Callback<Link>,
}

fn scenario(tell: Tell, quiet: Option<ProcessId>, slow: bool) -> Scenario {
    let patient = base("wait-for-all");
    match tell {
        Tell::Agree => patient,
        Tell::Quiet => {
            let mut scenario = patient;
            scenario.until_ms = 3_000;
            scenario.faults.extend(quiet.map(|process| {
                let dead = Choice::Crash { process, after_effects: None };
                let choice = if slow { Choice::Slow { process, extra_ms: 3_600_000 } } else { dead };
                Fault { at_ms: 0, choice }
            }));
            scenario
        }
        Tell::Hasty | Tell::Futures => {
            let mut scenario = base("wait-for-two");
            scenario.scheduler = Scheduler::ByHand;
            scenario.schedule = ProcessId::all(3).map(|process| Choice::Start(process).into()).collect();
            scenario
        }
    }
}

/// Through whose eyes one looks: the first of those who are not quiet.
fn witness(quiet: Option<ProcessId>) -> ProcessId {
    ProcessId::all(3).find(|process| Some(*process) != quiet).expect("three processes, one of them quiet")
}

impl Tale {
    fn open(&mut self, tell: Tell) {
        let scenario = scenario(tell, self.quiet, self.slow);
        self.compass = match tell {
            Tell::Futures => Compass::new(builtin(), &scenario).ok(),
            Tell::Agree | Tell::Quiet | Tell::Hasty => None,
        };
        let mut lab = self.lab.borrow_mut();
        lab.act(Action::Open(Box::new(scenario)));
        match tell {
            Tell::Agree => lab.act(Action::Play(true)),
            Tell::Quiet if self.quiet.is_some() => {
                lab.act(Action::SeeAs(Some(witness(self.quiet))));
                lab.act(Action::Play(true));
            }
            Tell::Quiet => {}
            Tell::Hasty | Tell::Futures => lab.act(Action::Seek(3)),
        }
    }

    /// Asks the compass where the run stands, and notes what has been done.
    fn look(&mut self, ctx: &Context<Self>) {
        let lab = self.lab.borrow();
        let facts = lab.past();
        self.valency = self.compass.as_mut().and_then(|compass| {
            let node = compass.locate(facts)?;
            Some(compass.valency(node))
        });
        let done = match ctx.props().tell {
            Tell::Agree => lab.is_over(),
            Tell::Quiet => self.worlds_seen == [true; 2],
            Tell::Hasty => lab.judgements().iter().any(|judgement| judgement.verdict == Verdict::Violated),
            Tell::Futures => self.futures_seen == [true; 2],
        };
        if done {
            ctx.props().on_done.emit(());
        }
    }
}

impl Component for Tale {
    type Message = TaleMsg;
    type Properties = TaleProps;

    fn create(ctx: &Context<Self>) -> Self {
        let lab =
            Lab::new(builtin(), scenario(ctx.props().tell, None, false)).expect("the story's scenarios are valid");
        let lab: Shared = Rc::new(RefCell::new(lab));
        let board = board_source(&lab, &Rc::new(Cell::new(false)), ctx.link().callback(|()| TaleMsg::Happened));
        let mut tale = Tale {
            quiet: None,
            slow: false,
            worlds_seen: [false; 2],
            futures_seen: [false; 2],
            lab,
            board,
            compass: None,
            valency: None,
        };
        tale.open(ctx.props().tell);
        tale.look(ctx);
        tale
    }

    fn update(&mut self, ctx: &Context<Self>, msg: TaleMsg) -> bool {
        let tell = ctx.props().tell;
        match msg {
            TaleMsg::Act(action) => self.lab.borrow_mut().act(action),
            TaleMsg::Happened => {}
            TaleMsg::Pointed(Pointed::Click(Some(Target::Process(process)), _)) if tell == Tell::Quiet => {
                return Component::update(self, ctx, TaleMsg::Quiet(process));
            }
            TaleMsg::Pointed(Pointed::Click(target, _)) => {
                let action = self.lab.borrow().click(target);
                self.lab.borrow_mut().act(action);
            }
            TaleMsg::Pointed(_) => return false,
            TaleMsg::Again => self.open(tell),
            TaleMsg::Quiet(process) => {
                self.quiet = Some(process);
                self.worlds_seen[usize::from(self.slow)] = true;
                self.open(tell);
            }
            TaleMsg::World(slow) => {
                self.slow = slow;
                self.worlds_seen[usize::from(slow)] = true;
                let eyes = self.lab.borrow().see_as();
                self.open(tell);
                self.lab.borrow_mut().act(Action::SeeAs(eyes));
            }
            TaleMsg::Future(value) => {
                self.futures_seen[usize::from(value)] = true;
                self.open(tell);
                let future = self.compass.as_mut().and_then(|compass| {
                    let lab = self.lab.borrow();
                    let node = compass.locate(lab.past())?;
                    let events = compass.future(node, value)?;
                    let mut schedule = lab.scenario().schedule.clone();
                    schedule.extend(choices(lab.history(), &events).ok()?);
                    Some(Scenario { schedule, ..lab.scenario().clone() })
                });
                if let Some(future) = future {
                    let mut lab = self.lab.borrow_mut();
                    lab.act(Action::Open(Box::new(future)));
                    lab.act(Action::Seek(3));
                    lab.act(Action::Play(true));
                }
            }
        }
        self.look(ctx);
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let lab = self.lab.borrow();
        let here = Link { scenario: lab.saved(), position: lab.history().position() };
        let open = ctx.props().on_open.reform(move |_: MouseEvent| here.clone());
        let beside = self.valency.map(|valency| disc(valency, valency_words(valency)));
        html! {
            <>
                { self.controls(ctx, &lab) }
                { board(&self.board, "Board: three processes. The messages are listed below.".into(), link.callback(TaleMsg::Pointed), beside.unwrap_or_default()) }
                <p class="caption" aria-live="polite">{ lab.caption() }</p>
                { self.messages(ctx, &lab) }
                <div class="transport">
                    <button onclick={link.callback(|_| TaleMsg::Again)}>{ "Again" }</button>
                    <button onclick={link.callback(|_| TaleMsg::Act(Action::Back(1)))} disabled={lab.history().position() == 0}>{ "Back" }</button>
                    <button onclick={open}>{ "Open in the laboratory" }</button>
                </div>
            </>
        }
    }
}

impl Tale {
    fn controls(&self, ctx: &Context<Self>, lab: &Lab) -> Html {
        let link = ctx.link();
        match ctx.props().tell {
            Tell::Agree => html! {
                <p class="hint">{ if lab.is_over() { "All three decided the same. Now let one of them go quiet." } else { "Watch the messages." } }</p>
            },
            Tell::Quiet => {
                let quiet = self.quiet;
                let silence = ProcessId::all(3).map(|process| html! {
                    <button key={process.0} aria-pressed={(quiet == Some(process)).to_string()} onclick={link.callback(move |_| TaleMsg::Quiet(process))}>{ format!("{process} goes quiet") }</button>
                });
                let (eyes, witness) = (lab.see_as().is_some(), witness(quiet));
                let worlds = quiet.map(|process| html! {
                    <>
                        <div class="answers" role="group" aria-label="Two worlds">
                            <button aria-pressed={(!self.slow).to_string()} onclick={link.callback(|_| TaleMsg::World(false))}>{ format!("{process} is dead") }</button>
                            <button aria-pressed={self.slow.to_string()} onclick={link.callback(|_| TaleMsg::World(true))}>{ format!("{process} is just slow") }</button>
                            <button aria-pressed={eyes.to_string()} onclick={link.callback(move |_| TaleMsg::Act(Action::SeeAs((!eyes).then_some(witness))))}>{ format!("see as {witness}") }</button>
                        </div>
                        <p class="hint">{ match self.worlds_seen == [true; 2] {
                            true => html! { <strong>{ format!("{witness} sees exactly the same in both. If it waits, it may wait for ever; if it goes on, {process} may still be there.") }</strong> },
                            false => html! { { format!("{witness} hangs. Is {process} dead, or just slow? Try the other world.") } },
                        } }</p>
                    </>
                });
                html! {
                    <>
                        <div class="answers" role="group" aria-label="The process that goes quiet">{ for silence }</div>
                        { worlds.unwrap_or(html! { <p class="hint">{ "Click a process, or one of these." }</p> }) }
                    </>
                }
            }
            Tell::Hasty => {
                let violated = lab.judgements().into_iter().find(|judgement| judgement.verdict == Verdict::Violated);
                html! {
                    <p class="hint">{ match violated {
                        Some(judgement) => html! { <strong>{ format!("Two answers: {}. Wait, and you can hang. Don’t wait, and you can disagree. Can any program do better?", judgement.why) }</strong> },
                        None => html! { "Each message waits at its recipient’s door." },
                    } }</p>
                }
            }
            Tell::Futures => html! {
                <div class="answers">
                    <button aria-pressed={self.futures_seen[0].to_string()} onclick={link.callback(|_| TaleMsg::Future(false))}>{ "A future that ends in 0" }</button>
                    <button aria-pressed={self.futures_seen[1].to_string()} onclick={link.callback(|_| TaleMsg::Future(true))}>{ "A future that ends in 1" }</button>
                    if self.futures_seen == [true; 2] {
                        <p class="hint"><strong>{ "Nothing was settled at that moment: both ends were still possible. Such a moment is called bivalent. The disc keeps both colours as long as that is so." }</strong></p>
                    }
                </div>
            },
        }
    }

    /// The messages that can be delivered, as buttons: the same as a click on the board.
    fn messages(&self, ctx: &Context<Self>, lab: &Lab) -> Html {
        if lab.scenario().scheduler != Scheduler::ByHand {
            return html! {};
        }
        let buttons = lab.messages().into_iter().map(|(id, text)| {
            html! {
                <button key={id.to_string()} onclick={ctx.link().callback(move |_| TaleMsg::Act(Action::Choose(Choice::Deliver(id))))}>
                    { format!("Deliver {text}") }
                </button>
            }
        });
        html! { <div class="answers messages" role="group" aria-label="Messages that wait">{ for buttons }</div> }
    }
}
