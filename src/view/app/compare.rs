//! Two runs side by side: what differs, both boards, what a process can tell of the two, and one transport.

use super::message::{AppMsg, BesideMsg, Dispatch};
use super::transport::{icon, speed_words};
use crate::view::browser::{PanicReport, size_of, still};
use crate::view::canvas::{Canvas, Pointed, Source};
use crate::view::select::Select;
use crate::view::sources::{Aids, board_picture, pass, span_us};
use bivalent::lab::compare::{CompareRow, others};
use bivalent::lab::{Action, InStep, Lab, Pair};
use bivalent::page::{PAIR_HASH, PageAction, PairPlace};
use bivalent::process::ProcessId;
use bivalent::property::{Judgement, Verdict};
use bivalent::scenario::LinkError;
use bivalent::scene::Target;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

const SIDES: [&str; 2] = ["left", "right"];

/// The most processes that the table lists; of more it lists those that differ.
const ROWS: usize = 12;

/// Two runs side by side, and what shows them.
pub(super) struct Compare {
    pair: Rc<RefCell<Pair>>,
    /// The relation of the right one to the run in the laboratory; empty if a link or the library brought both.
    key: String,
    /// The alternatives: names and words.
    options: Rc<Vec<(String, String)>>,
    canvases: Rc<PairCanvases>,
    aids: Aids,
}

/// The pictures of both, left and right.
pub struct PairCanvases {
    boards: [Source; 2],
    diagrams: [Source; 2],
}

/// They are made once, so equal ones are the same ones.
impl PartialEq for PairCanvases {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// The value of the list that an event is from.
fn selected(event: &Event) -> Option<String> {
    let select: HtmlSelectElement = event.target()?.dyn_into().ok()?;
    Some(select.value())
}

impl Compare {
    /// The run in the laboratory beside the one that it can be compared with under this key; the first, if the key is
    /// empty. The error says why there is none.
    pub(super) fn open(&mut self, lab: &Lab, key: &str) -> Result<(), String> {
        if key.is_empty() && self.pair.borrow().labs()[0].saved() == lab.saved() {
            return Ok(());
        }
        let wanted = if key.is_empty() { self.key.clone() } else { key.to_owned() };
        let (pair, key) = beside(lab, &wanted)?;
        self.set(lab, pair, key);
        Ok(())
    }

    /// As [`Compare::open`], for the first time.
    pub(super) fn opened(lab: &Lab, key: &str, aids: &Aids, happened: Callback<()>) -> Result<Compare, String> {
        let (pair, key) = beside(lab, key)?;
        Ok(Compare::new(lab, pair, key, aids, happened))
    }

    /// These two, which are kept in step.
    pub(super) fn new(lab: &Lab, pair: Pair, key: String, aids: &Aids, happened: Callback<()>) -> Compare {
        let pair = Rc::new(RefCell::new(pair));
        let aids = Aids { knife: Rc::default(), passed: Rc::default(), ..aids.clone() };
        let canvases = Rc::new(canvases(&pair, &aids, happened));
        Compare { pair, key, options: options(lab), canvases, aids }
    }

    /// These two in the place of those that are there.
    pub(super) fn set(&mut self, lab: &Lab, mut pair: Pair, key: String) {
        let version = self.pair.borrow().version();
        pair.outdate(version);
        *self.pair.borrow_mut() = pair;
        (self.key, self.options) = (key, options(lab));
    }

    /// Both, as a place to come back to.
    pub(super) fn place(&self) -> PairPlace {
        PairPlace::of(&self.pair.borrow(), &self.key)
    }

    /// The part of the address that leads back to both.
    pub(super) fn address(&self) -> Result<String, LinkError> {
        self.pair.borrow().link().map(|link| format!("{PAIR_HASH}{link}"))
    }

    /// Seed and link of both.
    pub(super) fn report(&self) -> PanicReport {
        let seed = self.pair.borrow().labs()[0].scenario().seed;
        PanicReport { seed: seed.to_string(), link: self.address().unwrap_or_default() }
    }

    /// Does something to both.
    pub(super) fn act(&self, action: Action) {
        self.pair.borrow_mut().act(action);
    }

    /// Keeps both in step by events, or by time.
    pub(super) fn keep(&self, by_events: bool) {
        self.pair.borrow_mut().keep(if by_events { InStep::Events } else { InStep::Time });
    }

    /// To the first event in which the two differ.
    pub(super) fn seek_difference(&self) {
        self.pair.borrow_mut().seek_difference();
    }

    /// An event on a canvas of one of the two; true if that shows.
    pub(super) fn point(&self, side: usize, pointed: Pointed) -> bool {
        let mut pair = self.pair.borrow_mut();
        let place = match pointed {
            Pointed::Click(Some(Target::Process(process)), _) => {
                let seen = pair.labs()[side].see_as() == Some(process);
                pair.act(Action::SeeAs((!seen).then_some(process)));
                return true;
            }
            Pointed::Drag(Target::Process(process), place) => {
                let size = size_of(&format!("#board-{} canvas", SIDES[side]));
                let share = board_picture(&pair.labs()[side], size, &self.aids).share(place);
                pair.act(Action::Move(process, share));
                return true;
            }
            Pointed::Click(Some(Target::Event(event)), _) => {
                let at_us = pair.labs()[side].history().record(event).map(|record| record.at_us);
                at_us.into_iter().for_each(|at_us| pair.seek_time(side, at_us));
                return true;
            }
            Pointed::Click(None, place) | Pointed::Scrub(_, place) => place,
            _ => return false,
        };
        let size = size_of(&format!("#diagram-{} canvas", SIDES[side]));
        let width_us = span_us(&pair.labs()[side], self.aids.sight.get().zoom);
        let at_us = pair.moment_at(side, width_us, size, place);
        pair.seek_time(side, at_us);
        true
    }

    /// The view.
    pub(super) fn view(&self, dispatch: &Dispatch) -> Html {
        html! {
            <SideBySide pair={Rc::clone(&self.pair)} version={self.pair.borrow().version()} chosen={self.key.clone()}
                options={Rc::clone(&self.options)} canvases={Rc::clone(&self.canvases)} dispatch={dispatch.clone()} />
        }
    }
}

/// The run in the laboratory and the one of this key, or the first one; and its key.
fn beside(lab: &Lab, key: &str) -> Result<(Pair, String), String> {
    let others = others(lab);
    let other = others.iter().find(|other| other.key == key).or(others.first());
    let other = other.ok_or("there is nothing to compare this run with")?;
    let mut pair = Pair::new(lab.catalogue(), [lab.saved(), other.scenario.clone()])?;
    if lab.history().position() > 0 {
        pair.seek_time(0, lab.now_us());
    }
    pair.act(Action::SeeAs(lab.see_as()));
    Ok((pair, other.key.clone()))
}

/// The runs that the one in the laboratory can be compared with.
fn options(lab: &Lab) -> Rc<Vec<(String, String)>> {
    Rc::new(others(lab).into_iter().map(|other| (other.key, other.label)).collect())
}

fn canvases(pair: &Rc<RefCell<Pair>>, aids: &Aids, happened: Callback<()>) -> PairCanvases {
    let still = still();
    let boards = [0, 1].map(|side| -> Source {
        let (pair, aids, happened) = (Rc::clone(pair), aids.clone(), happened.clone());
        let shown = Cell::new(None);
        Rc::new(move |ms, size| {
            // One of the two lets time pass for both.
            if side == 0 && pass(&aids.passed, still, || pair.borrow().version(), || pair.borrow_mut().tick(ms)) {
                happened.emit(());
            }
            let pair = pair.borrow();
            let key = Some((pair.version() - aids.passed.get(), size, aids.projector.get()));
            // The thing that is pointed at belongs to the run in the laboratory.
            let aids = Aids { sight: Rc::default(), ..aids.clone() };
            (shown.replace(key) != key).then(|| board_picture(&pair.labs()[side], size, &aids).picture())
        })
    });
    let diagrams = [0, 1].map(|side| -> Source {
        let (pair, aids) = (Rc::clone(pair), aids.clone());
        let shown = Cell::new(None);
        Rc::new(move |_, size| {
            let pair = pair.borrow();
            let zoom = aids.sight.get().zoom;
            let key = Some((pair.version() - aids.passed.get(), size, zoom));
            let width_us = span_us(&pair.labs()[side], zoom);
            (shown.replace(key) != key).then(|| pair.diagram(side, width_us, size))
        })
    });
    PairCanvases { boards, diagrams }
}

/// The properties of the view.
#[derive(Properties)]
pub struct SideBySideProps {
    /// The two.
    pub pair: Rc<RefCell<Pair>>,
    /// Their version.
    pub version: u64,
    /// The key of the right one.
    pub chosen: String,
    /// The alternatives: keys and words.
    pub options: Rc<Vec<(String, String)>>,
    /// The pictures.
    pub canvases: Rc<PairCanvases>,
    /// Tells what happened.
    pub dispatch: Dispatch,
}

impl PartialEq for SideBySideProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.pair, &other.pair)
            && (self.version, &self.chosen) == (other.version, &other.chosen)
            && Rc::ptr_eq(&self.options, &other.options)
    }
}

/// The view.
#[component]
pub fn SideBySide(props: &SideBySideProps) -> Html {
    let SideBySideProps { chosen, options, canvases, dispatch, .. } = props;
    let pair = props.pair.borrow();
    let titles = pair.titles();
    let n = pair.processes();
    let eyes = pair.labs()[0].see_as();
    let tell = |message: fn(String) -> AppMsg| {
        let dispatch = dispatch.clone();
        move |event: Event| selected(&event).into_iter().for_each(|value| dispatch.emit(message(value)))
    };
    let choose = tell(|key| AppMsg::Beside(BesideMsg::With(key)));
    let see = tell(|name| AppMsg::Act(Action::SeeAs(ProcessId::parse(&name))));
    let sides = [0, 1].map(|side| {
        let lab = &pair.labs()[side];
        let session = lab.session();
        let title = titles[side].clone();
        html! {
            <section key={side} aria-label={format!("{}: {title}", SIDES[side])}>
                <h2>{ title }</h2>
                <div class="board-frame" id={format!("board-{}", SIDES[side])}>
                    <Canvas class="board" source={Rc::clone(&canvases.boards[side])}
                        label={format!("Board, {}. A click on a process looks through its eyes, on both sides.", SIDES[side])}
                        on_pointed={dispatch.reform(move |pointed| AppMsg::Beside(BesideMsg::Pointed(side, pointed)))} />
                </div>
                <p class="caption" id={format!("caption-{}", SIDES[side])}>{ lab.caption() }</p>
                <button aria-label={format!("Open the {} one in the laboratory", SIDES[side])}
                    onclick={dispatch.reform(move |_| AppMsg::Resume(Box::new(session.clone())))}>{ "Open in the laboratory" }</button>
            </section>
        }
    });
    let rows = n.clamp(2, 10);
    let diagrams = [0, 1].map(|side| html! {
        <div key={side} class="diagram-frame" style={format!("--rows: {rows}")}>
            <p class="soft">{ format!("{}: {}", SIDES[side], titles[side]) }</p>
            <div id={format!("diagram-{}", SIDES[side])}>
                <Canvas class="diagram" source={Rc::clone(&canvases.diagrams[side])}
                    label={format!("Space-time diagram, {}: {} events so far.", SIDES[side], pair.labs()[side].history().records().len())}
                    on_pointed={dispatch.reform(move |pointed| AppMsg::Beside(BesideMsg::Pointed(side, pointed)))} />
            </div>
        </div>
    });
    html! {
        <main class="compare stage">
            <div class="versus">
                <h1>{ "Side by side" }</h1>
                <label>
                    <span>{ "this run, and " }</span>
                    <select id="other" onchange={choose}>
                        if chosen.is_empty() { <option selected=true value="">{ "the one beside it" }</option> }
                        { for options.iter().map(|(key, label)| html! {
                            <option key={key.clone()} selected={key == chosen} value={key.clone()}>{ label.clone() }</option>
                        }) }
                    </select>
                </label>
                { differences(&pair, &titles) }
            </div>
            <div class="sides">{ for sides }</div>
            <div class="sight">
                <label>
                    <span>{ "see as " }</span>
                    <Select id="see-as" value={eyes.map(|eyes| eyes.to_string()).unwrap_or_default()} onchange={see}>
                        <option value="">{ "everybody" }</option>
                        { for ProcessId::all(n).map(|process| html! {
                            <option key={process.to_string()} value={process.to_string()}>{ process.to_string() }</option>
                        }) }
                    </Select>
                </label>
                <p id="sight" aria-live="polite">{ match eyes {
                    Some(process) => pair.sight_words(process),
                    None => "From outside one sees both. Choose a process, and see what it can tell of the two.".into(),
                } }</p>
            </div>
            { transport(&pair, dispatch) }
            { for diagrams }
            { tables(&pair, &titles) }
        </main>
    }
}

fn transport(pair: &Pair, dispatch: &Dispatch) -> Html {
    let act = |action: Action| dispatch.reform(move |_: MouseEvent| AppMsg::Act(action.clone()));
    let [left, right] = pair.labs().each_ref().map(|lab| lab.history().position());
    let (begin, over) = (left + right == 0, pair.is_over());
    let step = {
        let dispatch = dispatch.clone();
        move |event: Event| {
            let value = selected(&event);
            value.into_iter().for_each(|value| dispatch.emit(AppMsg::Beside(BesideMsg::ByEvents(value == "events"))));
        }
    };
    let by_events = pair.in_step() == InStep::Events;
    let hashes = pair.labs().each_ref().map(|lab| format!("{:016x}", lab.history().engine().trace_hash()));
    html! {
        <div class="transport" role="toolbar" aria-label="Time, for both">
            <button onclick={act(Action::Seek(0))} disabled={begin} aria-label="To the beginning" title="To the beginning (Home)">{ icon("M5 5v14M19 5l-10 7 10 7z") }</button>
            <button id="back" onclick={act(Action::Back(1))} disabled={begin} aria-label="One event back" title="Back (←)">{ icon("M17 5L7 12l10 7z") }</button>
            <button id="play" class="play" onclick={act(Action::Toggle)} aria-label={if pair.playing() { "Pause" } else { "Play" }} title="Play or pause (Space)">
                { icon(if pair.playing() { "M8 5v14M16 5v14" } else { "M7 4l12 8-12 8z" }) }
            </button>
            <button id="next" onclick={act(Action::Next(1))} disabled={over} aria-label="Next event" title="Next (→)">{ icon("M6 5l10 7-10 7zM19 5v14") }</button>
            <button id="wave" onclick={act(Action::Wave)} disabled={over} title="Advance everybody once (W)">{ "wave" }</button>
            <button onclick={act(Action::Mark(true))} disabled={over} title="To the next decision, fault or violation (J)">{ "next mark" }</button>
            <button id="difference" onclick={dispatch.reform(|_| AppMsg::Beside(BesideMsg::ToDifference))}>{ "first difference" }</button>
            <span class="where" id="position" data-left={left.to_string()} data-right={right.to_string()}
                data-hash={hashes.join(" ")}>
                { format!("event {left} and {right}") }
                if let Some(rest) = pair.rest().filter(|_| over) { <span class="rest">{ format!(" · {rest}") }</span> }
            </span>
            <span class="gap"></span>
            <label class="seed">{ "in step by " }
                <select id="in-step" onchange={step}>
                    <option value="time" selected={!by_events}>{ "time" }</option>
                    <option value="events" selected={by_events}>{ "events" }</option>
                </select>
            </label>
            <span class="speed" role="group" aria-label="Speed">
                <button onclick={act(Action::Speed(-1))} aria-label="Slower" title="Slower (−)">{ "−" }</button>
                <span class="figure">{ speed_words(pair.speed()) }</span>
                <button onclick={act(Action::Speed(1))} aria-label="Faster" title="Faster (+)">{ "+" }</button>
            </span>
            <span class="speed" role="group" aria-label="Time shown">
                <button onclick={dispatch.reform(|_| AppMsg::Page(PageAction::Zoom(1)))} aria-label="Show more time" title="Show more time">{ "⇔" }</button>
                <button onclick={dispatch.reform(|_| AppMsg::Page(PageAction::Zoom(-1)))} aria-label="Show less time" title="Show less time">{ "⇹" }</button>
            </span>
        </div>
    }
}

/// In what the two differ, in a line.
fn differences(pair: &Pair, titles: &[String; 2]) -> Html {
    let differences = pair.differences();
    let first = match pair.first_difference() {
        Some(event) => format!("They part at event {event}."),
        None => "Up to here nothing differs.".into(),
    };
    // The words of the titles are not said again.
    let told = |side: &String| side.is_empty() || titles.contains(side);
    let side = |side: &str| if side.is_empty() { "none".to_owned() } else { side.to_owned() };
    let more: Vec<String> = differences
        .iter()
        .filter(|one| !(matches!(&*one.what, "faults" | "you") && one.sides.iter().all(told)))
        .map(|one| format!("{}: {} / {}", one.what, side(&one.sides[0]), side(&one.sides[1])))
        .collect();
    let what = match (differences.is_empty(), more.is_empty()) {
        (true, _) => "The two scenarios are the same. ".to_owned(),
        (_, true) => String::new(),
        _ => format!("The differences: {}. ", more.join("; ")),
    };
    html! { <p class="soft" id="differences">{ what }{ first }</p> }
}

fn tables(pair: &Pair, titles: &[String; 2]) -> Html {
    let head = |first: &'static str| {
        html! {
            <thead><tr><th scope="col">{ first }</th>{ for titles.iter().map(|title| html! { <th scope="col">{ title.clone() }</th> }) }</tr></thead>
        }
    };
    let verdicts = pair.verdicts().into_iter().map(|(name, sides)| {
        let same = sides[0].as_ref().map(|judgement| judgement.verdict) == sides[1].as_ref().map(|judgement| judgement.verdict);
        html! {
            <tr key={name.clone()} class={(!same).then_some("differs")}>
                <th scope="row">{ name.replace('-', " ") }</th>
                { for sides.iter().map(|judgement| html! { <td>{ judgement.as_ref().map_or("—".into(), verdict) }</td> }) }
            </tr>
        }
    });
    let mut states = pair.states();
    let all = states.len();
    if all > ROWS {
        states.retain(|row| !row.same());
        states.truncate(ROWS);
    }
    let left_out = all - states.len();
    let states = states.iter().map(|row: &CompareRow| {
        html! {
            <tr key={row.name.clone()} class={(!row.same()).then_some("differs")}>
                <th scope="row">{ row.name.clone() }</th>
                { for row.sides.iter().map(|side| html! { <td>{ side.clone() }</td> }) }
            </tr>
        }
    });
    html! {
        <div class="outcomes">
            <table id="verdicts"><caption>{ "Verdicts" }</caption>{ head("property") }<tbody>{ for verdicts }</tbody></table>
            <table id="states"><caption>{ "States of the two runs" }</caption>{ head("process") }<tbody>{ for states }</tbody></table>
            if left_out > 0 { <p class="soft">{ format!("and {left_out} more, the same on both sides or not listed") }</p> }
        </div>
    }
}

/// A verdict with its mark.
fn verdict(judgement: &Judgement) -> Html {
    let (mark, class) = match judgement.verdict {
        Verdict::Violated => ("✗", "violated"),
        Verdict::Holds | Verdict::HeldSoFar => ("●", "held"),
        Verdict::NotYet | Verdict::Unknown => ("○", "open"),
    };
    let event = judgement.event.map_or(String::new(), |event| format!(", at event {event}"));
    html! { <span {class}><span aria-hidden="true">{ format!("{mark} ") }</span>{ judgement.verdict.text() }{ event }</span> }
}
