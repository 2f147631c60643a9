//! For ever: the bivalent region with its loop, the adversary at work, and the ladder of protocols.

use super::ScreenProps;
use super::parts::{count, next_frame, progress, slice};
use crate::view::canvas::{Canvas, Source};
use crate::view::window;
use bivalent::adversary::Horn;
use bivalent::catalogue::find;
use bivalent::flp::region::{Evidence, Region};
use bivalent::flp::trial::{LADDER, Rung, Trial};
use bivalent::scene::{Graph, Node, Valence, at};
use gloo::render::AnimationFrame;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use yew::prelude::*;

/// How many times the loop is replayed in the engine before its numbers are shown.
const ROUNDS: usize = 100;

/// How many stages the adversary plays against the protocol of the region.
const STAGES: usize = 1_000;

/// How many stages it plays against a rung of the ladder.
const RUNG_STAGES: usize = 200;

/// How long the token takes from disc to disc, in milliseconds.
const STRIDE_MS: f64 = 1_100.0;

/// What happens on the screen.
pub enum Msg {
    /// The adversary against a rung of the ladder.
    Try(usize),
    Stop,
    /// A share of a frame's time for what is being computed.
    Slice,
    /// The run of a rung's horn is to be opened.
    Open(usize, usize),
}

/// The screen.
pub struct Forever {
    region: Rc<RefCell<Region>>,
    evidence: Result<Evidence, String>,
    map: Source,
    play: Trial,
    rungs: Vec<Option<Result<Trial, String>>>,
    stopped: bool,
    frame: Option<AnimationFrame>,
}

impl Forever {
    /// One piece of work. True if there is none left.
    fn work(&mut self) -> bool {
        let mut trials = self.rungs.iter_mut().flatten().filter_map(|trial| trial.as_mut().ok());
        match trials.find(|trial| trial.report().is_none()) {
            Some(trial) => {
                trial.step(1);
                false
            }
            None => self.play.step(1),
        }
    }
}

impl Component for Forever {
    type Message = Msg;
    type Properties = ScreenProps;

    fn create(ctx: &Context<Self>) -> Self {
        ctx.props().on_done.emit(());
        let mut region = Region::new();
        let evidence = region.evidence(ROUNDS);
        let map = map_source(&region);
        let ben_or = LADDER.iter().find(|rung| rung.protocol == "ben-or").expect("a rung of the ladder");
        Forever {
            region: Rc::new(RefCell::new(region)),
            evidence,
            map,
            play: Trial::new(ben_or.subject(), STAGES).expect("a valid play"),
            rungs: LADDER.iter().map(|_| None).collect(),
            stopped: false,
            frame: Some(next_frame(ctx.link(), Msg::Slice)),
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Try(place) => {
                let rung = &LADDER[place];
                self.rungs[place] = Some(Trial::new(rung.subject(), RUNG_STAGES));
                self.stopped = false;
                self.frame = Some(next_frame(ctx.link(), Msg::Slice));
            }
            Msg::Stop => (self.stopped, self.frame) = (true, None),
            Msg::Slice => {
                let done = slice(|| self.work());
                self.frame = (!done).then(|| next_frame(ctx.link(), Msg::Slice));
            }
            Msg::Open(place, horn) => {
                let Some(Some(Ok(trial))) = self.rungs.get(place) else { return false };
                let Some(Ok(report)) = trial.report() else { return false };
                if let Ok(scenario) = trial.run_of(&report.horns[horn]) {
                    ctx.props().on_open.emit(scenario);
                }
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let numbers = match &self.evidence {
            Ok(evidence) => format!(
                "The loop was just replayed in the engine, {} times round: {} events, {} letters delivered, the oldest one waited {} events. Decided: {}.",
                evidence.rounds,
                evidence.events,
                evidence.delivered,
                evidence.oldest_waiting,
                if evidence.decided == 0 { "nobody".to_owned() } else { evidence.decided.to_string() },
            ),
            Err(reason) => format!("The loop could not be replayed: {reason}."),
        };
        let region = Rc::clone(&self.region);
        let open = ctx.props().on_open.clone();
        let open = Callback::from(move |_: MouseEvent| {
            if let Ok(scenario) = region.borrow_mut().run(3) {
                open.emit(scenario);
            }
        });
        let region = self.region.borrow();
        let (walk, knot) = region.walk();
        let steps = walk[knot..].iter().enumerate().map(|(index, place)| {
            html! { <li key={index}>{ region.words(*place) }</li> }
        });
        html! {
            <>
                <div class="board-frame">
                    <Canvas class="board" source={Rc::clone(&self.map)}
                        label="Six bivalent moments with arrows between them, a token that goes round among them for ever, and the shores of 0 and of 1 that it never reaches." />
                </div>
                <p class="caption">{ numbers }</p>
                <details><summary>{ "The loop in words: what p0, p1 and p2 are about to tell" }</summary><ol>{ for steps }</ol></details>
                <div class="transport"><button onclick={open}>{ "Open the run in the laboratory" }</button></div>
                <h2>{ "The adversary, stage by stage" }</h2>
                { self.counters(ctx) }
                <p>{ "Nobody crashed. Nothing was lost. Nobody decides. And whatever program you write, without clock or dice: there is such an order of letters, or a process whose silence stops it, or two answers." }</p>
                <h2>{ "Which of the three?" }</h2>
                <ol class="ladder">{ for LADDER.iter().enumerate().map(|(place, rung)| self.rung(ctx, place, rung)) }</ol>
            </>
        }
    }
}

impl Forever {
    /// What the adversary has done so far.
    fn counters(&self, ctx: &Context<Self>) -> Html {
        let (stages, ledger) = (self.play.adversary().stages().len(), self.play.adversary().ledger());
        let decided = "nobody";
        let words = format!(
            "{} of {STAGES}: {}, the oldest letter ever waited for {}. Decided: {decided}.",
            count(stages, "stage"),
            count(ledger.events, "event"),
            count(ledger.oldest_ever, "event"),
        );
        match self.play.report() {
            None if self.stopped => html! { <p class="caption">{ words }</p> },
            None => progress(stages, STAGES, words, ctx.link().callback(|_| Msg::Stop)),
            Some(Err(error)) => html! { <p class="caption">{ format!("The play could not be checked: {error}.") }</p> },
            Some(Ok(report)) => html! {
                <p class="caption">{ format!("{words} All of it was replayed, with two certificates for every stage: from each, one run decides 0 and another decides 1. {}.", count(report.messages_delivered, "letter delivered").replace("letter delivereds", "letters delivered")) }</p>
            },
        }
    }

    /// A rung of the ladder: what it tries, and what it falls on.
    fn rung(&self, ctx: &Context<Self>, place: usize, rung: &Rung) -> Html {
        let link = ctx.link();
        let title = find(rung.protocol).map_or(rung.protocol, |entry| entry.title);
        let found = match &self.rungs[place] {
            None => html! {},
            Some(Err(error)) => html! { <p class="hint">{ error.clone() }</p> },
            Some(Ok(trial)) => match trial.report() {
                None if self.stopped => html! { <p class="hint">{ "Stopped: unknown." }</p> },
                None => {
                    let stages = trial.adversary().stages().len();
                    progress(stages, RUNG_STAGES, count(stages, "stage"), link.callback(|_| Msg::Stop))
                }
                Some(Err(error)) => {
                    html! { <p class="hint">{ format!("The play could not be checked: {error}.") }</p> }
                }
                Some(Ok(report)) => {
                    let horns = report.horns.iter().enumerate().map(|(index, horn)| {
                        let (name, words) = horn_words(horn, report.oldest_waiting);
                        html! {
                            <li key={index}>
                                <strong>{ name }</strong>{ words }
                                <button onclick={link.callback(move |_| Msg::Open(place, index))}>{ "Open the run" }</button>
                            </li>
                        }
                    });
                    html! {
                        <>
                            <ul class="horns">{ for horns }</ul>
                            if let Some(stopped) = &report.stopped { <p class="soft">{ format!("The play ended at stage {}: {}.", stopped.stage, stopped.why) }</p> }
                        </>
                    }
                }
            },
        };
        html! {
            <li key={place}>
                <p><strong>{ title }</strong>{ format!(" — {} Inputs {}. ", rung.idea, rung.inputs) }
                    <button onclick={link.callback(move |_| Msg::Try(place))}
                        aria-label={format!("Find where {title} falls")}>{ "Where does it fall?" }</button>
                </p>
                { found }
            </li>
        }
    }
}

/// A horn in words.
pub fn horn_words(horn: &Horn, oldest: usize) -> (&'static str, String) {
    match horn {
        Horn::Unsafe { inputs, schedule } => (
            "Two answers. ",
            format!(
                "From {inputs}, after {} one process has decided 0 and another 1. ",
                count(schedule.len(), "event")
            ),
        ),
        Horn::Blocks { inputs, process: Some(process), crash_after, .. } => (
            "It blocks. ",
            format!(
                "From {inputs}, if {process} stops after {}, no order of the others’ letters ever leads to a decision. ",
                count(*crash_after, "event")
            ),
        ),
        Horn::Blocks { inputs, process: None, .. } => (
            "It blocks. ",
            format!("From {inputs} it comes to a moment after which nobody can decide, though nobody has crashed. "),
        ),
        Horn::Endless { cycle, .. } => (
            "For ever. ",
            format!(
                "After {} the same moment comes back every {}, up to the round’s number; all letters arrive, the oldest one waits for {}. ",
                count(cycle.prefix, "event"),
                count(cycle.length, "event"),
                count(oldest, "event"),
            ),
        ),
    }
}

/// The map: six bivalent discs in a ring, the two shores beside them, the token on its loop.
fn map_source(region: &Region) -> Source {
    let (walk, knot) = region.walk();
    let count = region.inside.len();
    let labels: Vec<String> = (0..count).map(|place| region.words(place)).collect();
    let (shores, exits, inner) = (region.shores, region.exits.clone(), region.edges.clone());
    let progress = Cell::new(0.0);
    let still = window()
        .match_media("(prefers-reduced-motion: reduce)")
        .is_ok_and(|query| query.is_some_and(|query| query.matches()));
    let shown = Cell::new(None);
    Rc::new(move |ms, (width, height)| {
        progress.set(progress.get() + ms.min(100.0) / STRIDE_MS);
        let (stride, part) = (progress.get() as usize, progress.get().fract() as f32);
        // Ease in and out; without motion the token jumps.
        let part = if still { 0.0 } else { part * part * (3.0 - 2.0 * part) };
        let key = Some((stride, (part * 500.0) as u32, width as u32, height as u32));
        if shown.replace(key) == key {
            return None;
        }
        let round = (walk.len() - 1 - knot).max(1);
        let index = |stride: usize| if stride < knot { stride } else { knot + (stride - knot) % round };
        let radius = (width.min(height) * 0.062).clamp(12.0, 26.0);
        let centre = at(width / 2.0, height / 2.0 - 6.0);
        let reach = (width * 0.2, height * 0.33);
        let mut nodes: Vec<Node> = (0..count)
            .map(|place| {
                let turn = place as f32 / count as f32 * std::f32::consts::TAU;
                let place_at = centre.by(reach.0 * turn.sin(), -reach.1 * turn.cos());
                Node { place: place_at, valence: Valence::Both, label: labels[place].clone() }
            })
            .collect();
        let shore =
            |x: f32, valence, count| Node { place: at(x, centre.y), valence, label: format!("{count} moments") };
        nodes.push(shore(width * 0.08 + radius, Valence::Zero, shores.0));
        nodes.push(shore(width * 0.92 - radius, Valence::One, shores.1));
        let on_loop: Vec<(usize, usize)> = walk[knot..].windows(2).map(|pair| (pair[0], pair[1])).collect();
        let mut edges: Vec<(usize, usize, bool)> =
            inner.iter().map(|(from, to)| (*from, *to, on_loop.contains(&(*from, *to)))).collect();
        for (value, places) in exits.iter().enumerate() {
            edges.extend(places.iter().map(|place| (*place, count + value, false)));
        }
        edges.sort_unstable_by_key(|(.., used)| *used);
        let token = Some((walk[index(stride)], walk[index(stride + 1)], part));
        Some(Graph { nodes: &nodes, edges: &edges, token, radius, size: (width, height) }.picture())
    })
}
