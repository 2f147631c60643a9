//! Two runs side by side: what differs, both boards, what a process can tell of the two, and one transport.

use super::sources::{Aids, board, pass, span_us};
use super::stage::icon;
use super::{App, Msg, View};
use crate::view::Report;
use crate::view::canvas::{Canvas, Pointed, Source};
use crate::view::still;
use bivalent::lab::compare::{CompareRow, others};
use bivalent::lab::{Action, InStep, Pair};
use bivalent::process::ProcessId;
use bivalent::property::{Judgement, Verdict};
use bivalent::scenario::{LinkError, Scenario};
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
    /// What the right one is to the run on the desk; empty if a link or the library brought both.
    key: String,
    /// What else it could be: names and words.
    options: Vec<(String, String)>,
    boards: [Source; 2],
    diagrams: [Source; 2],
}

impl Compare {
    /// The part of the address that leads back to both.
    pub(super) fn address(&self) -> Result<String, LinkError> {
        self.pair.borrow().link().map(|link| format!("{}{link}", super::PAIR))
    }
}

/// The value of the list that an event is from.
fn selected(event: &Event) -> Option<String> {
    let select: HtmlSelectElement = event.target()?.dyn_into().ok()?;
    Some(select.value())
}

impl App {
    /// The run on the desk beside the one that it can be compared with under this name; the first, if the name is
    /// empty.
    pub(super) fn open_beside(&mut self, ctx: &Context<Self>, key: &str) -> bool {
        let lab = self.lab.borrow();
        let same = |compare: &Compare| compare.pair.borrow().labs()[0].saved() == lab.saved();
        if key.is_empty() && self.compare.as_ref().is_some_and(same) {
            drop(lab);
            self.lab.borrow_mut().act(Action::Play(false));
            self.view = View::Compare;
            return true;
        }
        let others = others(&lab);
        let wanted = if key.is_empty() { self.compare.as_ref().map_or("", |compare| &compare.key) } else { key };
        let other = others.iter().find(|other| other.key == wanted).or(others.first());
        let (pair, key) = match other {
            Some(other) => (Pair::new([lab.saved(), other.scenario.clone()]), other.key.clone()),
            None => (Err("there is nothing to compare this run with".into()), String::new()),
        };
        let (begun, now_us, eyes) = (lab.history().position() > 0, lab.now_us(), lab.see_as());
        drop(lab);
        self.lab.borrow_mut().act(Action::Play(false));
        match pair {
            Ok(mut pair) => {
                if begun {
                    pair.seek_time(0, now_us);
                }
                pair.act(Action::SeeAs(eyes));
                self.set_beside(ctx, pair, key);
            }
            Err(error) => self.banner = Some(error),
        }
        true
    }

    /// Puts the first of these on the desk, and both side by side.
    pub(super) fn open_pair(&mut self, ctx: &Context<Self>, pair: [Scenario; 2]) -> bool {
        self.view = View::Laboratory;
        self.act(Action::Open(Box::new(pair[0].clone())));
        match Pair::new(pair) {
            Ok(pair) => self.set_beside(ctx, pair, String::new()),
            Err(error) => self.banner = Some(error),
        }
        true
    }

    /// Consequence these two.
    pub(super) fn set_beside(&mut self, ctx: &Context<Self>, mut pair: Pair, key: String) {
        self.view = View::Compare;
        let options = others(&self.lab.borrow()).into_iter().map(|other| (other.key, other.label)).collect();
        if let Some(compare) = &mut self.compare {
            let version = compare.pair.borrow().version();
            pair.outdate(version);
            *compare.pair.borrow_mut() = pair;
            (compare.key, compare.options) = (key, options);
            return;
        }
        let pair = Rc::new(RefCell::new(pair));
        let happened = ctx.link().callback(|()| Msg::Happened);
        // As on the desk: without motion time that passes is not worth a picture.
        let (still, passed) = (still(), Rc::new(Cell::new(0)));
        let boards = [0, 1].map(|side| -> Source {
            let (pair, happened) = (Rc::clone(&pair), happened.clone());
            let passed = Rc::clone(&passed);
            let aids = Aids { sight: Rc::default(), knife: Rc::default(), ..self.aids.clone() };
            let shown = Cell::new(None);
            Rc::new(move |ms, size| {
                // One of the two lets time pass for both.
                if side == 0 && pass(&passed, still, || pair.borrow().version(), || pair.borrow_mut().tick(ms)) {
                    happened.emit(());
                }
                let pair = pair.borrow();
                let key = Some((pair.version() - passed.get(), size, aids.projector.get(), aids.land.get().is_some()));
                (shown.replace(key) != key).then(|| board(&pair.labs()[side], size, &aids).picture())
            })
        });
        let diagrams = [0, 1].map(|side| -> Source {
            let (pair, sight, passed) = (Rc::clone(&pair), Rc::clone(&self.aids.sight), Rc::clone(&passed));
            let shown = Cell::new(None);
            Rc::new(move |_, size| {
                let pair = pair.borrow();
                let zoom = sight.get().zoom;
                let key = Some((pair.version() - passed.get(), size, zoom));
                let width_us = span_us(&pair.labs()[side], zoom);
                (shown.replace(key) != key).then(|| pair.diagram(side, width_us, size))
            })
        });
        self.compare = Some(Compare { pair, key, options, boards, diagrams });
    }

    /// Does what a person wants with both.
    pub(super) fn act_beside(&mut self, action: Action) -> bool {
        if let Some(compare) = &self.compare {
            compare.pair.borrow_mut().act(action);
            let seed = compare.pair.borrow().labs()[0].scenario().seed;
            let link = compare.address().unwrap_or_default();
            let wanted = View::Compare.hash().to_owned();
            Report { seed: seed.to_string(), link, wanted, ..Report::default() }.keep();
        }
        true
    }

    /// What happened on a canvas of one of the two.
    pub(super) fn point_beside(&mut self, side: usize, pointed: Pointed) -> bool {
        let Some(compare) = &self.compare else { return false };
        let mut pair = compare.pair.borrow_mut();
        let place = match pointed {
            Pointed::Click(Some(Target::Process(process)), _) => {
                let seen = pair.labs()[side].see_as() == Some(process);
                pair.act(Action::SeeAs((!seen).then_some(process)));
                return true;
            }
            Pointed::Drag(Target::Process(process), place) => {
                let share =
                    board(&pair.labs()[side], App::size_of(&format!("#board-{} canvas", SIDES[side])), &self.aids)
                        .share(place);
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
        let size = App::size_of(&format!("#diagram-{} canvas", SIDES[side]));
        let width_us = span_us(&pair.labs()[side], self.aids.sight.get().zoom);
        let at_us = pair.moment_at(side, width_us, size, place);
        pair.seek_time(side, at_us);
        true
    }

    /// Keeps both in step by events, or by time.
    pub(super) fn keep_beside(&mut self, by_events: bool) -> bool {
        if let Some(compare) = &self.compare {
            compare.pair.borrow_mut().keep(if by_events { InStep::Events } else { InStep::Time });
        }
        true
    }

    /// To the first event in which the two differ.
    pub(super) fn seek_difference(&mut self) -> bool {
        if let Some(compare) = &self.compare {
            compare.pair.borrow_mut().seek_difference();
        }
        true
    }

    pub(super) fn beside(&self, ctx: &Context<Self>) -> Html {
        let Some(compare) = &self.compare else { return html! {} };
        let link = ctx.link();
        let pair = compare.pair.borrow();
        let titles = pair.titles();
        let n = pair.processes();
        let eyes = pair.labs()[0].see_as();
        let choose = link.batch_callback(|event: Event| Some(Msg::Compare(selected(&event)?)));
        let see =
            link.batch_callback(|event: Event| Some(Msg::Act(Action::SeeAs(ProcessId::parse(&selected(&event)?)))));
        let sides = [0, 1].map(|side| {
            let lab = &pair.labs()[side];
            let session = lab.session();
            let title = titles[side].clone();
            html! {
                <section key={side} aria-label={format!("{}: {title}", SIDES[side])}>
                    <h2>{ title }</h2>
                    <div class="board-frame" id={format!("board-{}", SIDES[side])}>
                        <Canvas class="board" source={Rc::clone(&compare.boards[side])}
                            label={format!("Board, {}. A click on a process looks through its eyes, on both sides.", SIDES[side])}
                            on_pointed={link.callback(move |pointed| Msg::Beside(side, pointed))} />
                    </div>
                    <p class="caption" id={format!("caption-{}", SIDES[side])}>{ lab.caption() }</p>
                    <button aria-label={format!("Open the {} one in the laboratory", SIDES[side])}
                        onclick={link.batch_callback(move |_| {
                            vec![Msg::View(View::Laboratory), Msg::Act(Action::Resume(Box::new(session.clone())))]
                        })}>{ "Open in the laboratory" }</button>
                </section>
            }
        });
        let rows = n.clamp(2, 10);
        let diagrams = [0, 1].map(|side| html! {
            <div key={side} class="diagram-frame" style={format!("--rows: {rows}")}>
                <p class="soft">{ format!("{}: {}", SIDES[side], titles[side]) }</p>
                <div id={format!("diagram-{}", SIDES[side])}>
                    <Canvas class="diagram" source={Rc::clone(&compare.diagrams[side])}
                        label={format!("Space-time diagram, {}: {} events so far.", SIDES[side], pair.labs()[side].history().records().len())}
                        on_pointed={link.callback(move |pointed| Msg::Beside(side, pointed))} />
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
                            if compare.key.is_empty() { <option selected=true value="">{ "the one beside it" }</option> }
                            { for compare.options.iter().map(|(key, label)| html! {
                                <option key={key.clone()} selected={*key == compare.key} value={key.clone()}>{ label.clone() }</option>
                            }) }
                        </select>
                    </label>
                    { differences(&pair, &titles) }
                </div>
                <div class="sides">{ for sides }</div>
                <div class="sight">
                    <label>
                        <span>{ "see as " }</span>
                        <select id="see-as" onchange={see}>
                            <option value="" selected={eyes.is_none()}>{ "everybody" }</option>
                            { for ProcessId::all(n).map(|process| html! {
                                <option key={process.to_string()} value={process.to_string()} selected={eyes == Some(process)}>{ process.to_string() }</option>
                            }) }
                        </select>
                    </label>
                    <p id="sight" aria-live="polite">{ match eyes {
                        Some(process) => pair.sight_words(process),
                        None => "From outside one sees both. Choose a process, and see what it can tell of the two.".into(),
                    } }</p>
                </div>
                { self.transport_beside(ctx, &pair) }
                { for diagrams }
                { tables(&pair, &titles) }
            </main>
        }
    }

    fn transport_beside(&self, ctx: &Context<Self>, pair: &Pair) -> Html {
        let link = ctx.link();
        let act = |action: Action| link.callback(move |_: MouseEvent| Msg::Act(action.clone()));
        let [left, right] = pair.labs().each_ref().map(|lab| lab.history().position());
        let (begin, over) = (left + right == 0, pair.is_over());
        let factor = 1u32 << pair.speed().unsigned_abs();
        let speed = if pair.speed() < 0 { format!("×1/{factor}") } else { format!("×{factor}") };
        let step = link.batch_callback(|event: Event| Some(Msg::ByEvents(selected(&event)? == "events")));
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
                <button id="difference" onclick={link.callback(|_| Msg::ToDifference)}>{ "first difference" }</button>
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
                    <span class="figure">{ speed }</span>
                    <button onclick={act(Action::Speed(1))} aria-label="Faster" title="Faster (+)">{ "+" }</button>
                </span>
                <span class="speed" role="group" aria-label="Time shown">
                    <button onclick={link.callback(|_| Msg::Zoom(1))} aria-label="Show more time" title="Show more time">{ "⇔" }</button>
                    <button onclick={link.callback(|_| Msg::Zoom(-1))} aria-label="Show less time" title="Show less time">{ "⇹" }</button>
                </span>
            </div>
        }
    }
}

/// In what the two differ, in a line.
fn differences(pair: &Pair, titles: &[String; 2]) -> Html {
    let differences = pair.differences();
    let first = match pair.first_difference() {
        Some(event) => format!("They part at event {event}."),
        None => "Up to here nothing differs.".into(),
    };
    // What the titles say already is not said again.
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
        _ => format!("What differs: {}. ", more.join("; ")),
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
            <tr key={name} class={(!same).then_some("differs")}>
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
            <table id="states"><caption>{ "What each has come to" }</caption>{ head("process") }<tbody>{ for states }</tbody></table>
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
