//! The door for theorists: the whole graph with its map, and the proof stage by stage.

use super::ScreenProps;
use super::parts::{board, count, mark, next_frame, progress, slice, valency_words};
use crate::view::canvas::{Pointed, Source};
use bivalent::adversary::{Account, Adversary, Horn, Pace, Walk};
use bivalent::explorer::Event;
use bivalent::explorer::heard_of::{Layering, Realisable};
use bivalent::explorer::valency::{Census, Valency};
use bivalent::flp::atlas::{Atlas, CONFIGURATIONS_MAX, Layers, Map};
use bivalent::flp::subject::Subject;
use bivalent::flp::trial::LADDER;
use bivalent::scenario::Scenario;
use bivalent::scene::{Chart, Target, Valence};
use gloo::render::AnimationFrame;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// How many configurations a slice asks for at a time.
const BUDGET: usize = 400;

/// How many letters the ledger lists.
const LETTERS: usize = 6;

/// How many tries of a stage are listed.
const TRIES: usize = 8;

/// Which graph is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Graph {
    Strict,
    HeardOf,
    SantoroWidmayer,
}

const GRAPHS: [(Graph, &str); 3] =
    [(Graph::Strict, "strict"), (Graph::HeardOf, "heard-of"), (Graph::SantoroWidmayer, "santoro-widmayer")];

/// What happens on the screen.
pub enum Msg {
    Protocol(String),
    Parameters(String),
    Inputs(String),
    Graph(String),
    Explore,
    Stop,
    /// A share of a frame's time for what is being computed.
    Slice,
    Pointed(Pointed),
    Zoom(f32),
    Pan(f32, f32),
    Select(usize),
    /// The neighbourhood of what is chosen, where the whole is too large.
    Around,
    Open(Option<bool>),
    Stages(usize),
    Told(usize),
    Certificate(bool),
    Horn(usize),
}

/// What the map shows, shared with the canvas.
#[derive(Default)]
struct Sheet {
    map: Map,
    selected: Option<usize>,
    zoom: f32,
    middle: (f32, f32),
    version: u64,
}

/// The screen.
pub struct Theory {
    protocol: String,
    parameters: String,
    inputs: String,
    graph: Graph,
    error: Option<String>,
    atlas: Option<Atlas>,
    layers: Option<Layers>,
    sheet: Rc<RefCell<Sheet>>,
    source: Source,
    adversary: Option<Adversary>,
    /// How many stages are wanted in all, and which one is told.
    wanted: usize,
    told: usize,
    account: Option<Account>,
    walk: Option<Walk>,
    horns: Option<Result<Vec<Horn>, String>>,
    frame: Option<AnimationFrame>,
}

/// Parameters with which the strict graph of a protocol ends.
fn bounded(protocol: &str) -> &'static str {
    match protocol {
        "ben-or" | "rotating-coordinator" => "rounds=1",
        "paxos" => "max-ballot=2",
        _ => "",
    }
}

fn source(sheet: &Rc<RefCell<Sheet>>) -> Source {
    let sheet = Rc::clone(sheet);
    let shown = Cell::new(None);
    Rc::new(move |_, size| {
        let sheet = sheet.borrow();
        let key = Some((sheet.version, size));
        if shown.replace(key) == key {
            return None;
        }
        let valence = |valency: &Valency| match valency {
            Valency::Zero => Valence::Zero,
            Valency::One => Valence::One,
            Valency::Bivalent => Valence::Both,
            Valency::Null => Valence::Nothing,
        };
        let nodes: Vec<((f32, f32), Valence)> =
            sheet.map.places.iter().copied().zip(sheet.map.valencies.iter().map(valence)).collect();
        let (selected, zoom, middle) = (sheet.selected, sheet.zoom, sheet.middle);
        Some(Chart { nodes: &nodes, edges: &sheet.map.edges, selected, zoom, middle, size }.picture())
    })
}

impl Theory {
    fn subject(&self) -> Result<Subject, String> {
        Subject::new(&self.protocol, &self.parameters, &self.inputs)
    }

    /// The play is about the protocol without a bound on its rounds.
    fn played(&self) -> Result<Subject, String> {
        let mut subject = self.subject()?;
        subject.parameters.retain(|(name, _)| name != "rounds" && name != "max-ballot");
        Ok(subject)
    }

    fn show(&mut self, map: Map) {
        let mut sheet = self.sheet.borrow_mut();
        let version = sheet.version + 1;
        *sheet = Sheet { map, selected: None, zoom: 1.0, middle: (0.5, 0.5), version };
    }

    fn explore(&mut self) -> Result<(), String> {
        (self.atlas, self.layers) = (None, None);
        let subject = self.subject()?;
        match self.graph {
            Graph::Strict => self.atlas = Some(Atlas::new(subject)?),
            graph => {
                let layering = if graph == Graph::HeardOf { Layering::HeardOf } else { Layering::SantoroWidmayer };
                let layers = Layers::new(&subject, layering)?;
                self.show(layers.map.clone());
                self.layers = Some(layers);
            }
        }
        Ok(())
    }

    fn forget(&mut self) {
        (self.adversary, self.account, self.wanted, self.horns) = (None, None, 0, None);
    }

    fn begin_play(&mut self) -> Result<(), String> {
        let subject = self.played()?;
        let mut adversary = subject.adversary()?;
        self.walk = Some(adversary.walk());
        self.adversary = Some(adversary);
        Ok(())
    }

    /// One piece of work. True if there is none left.
    fn work(&mut self) -> bool {
        if let Some(atlas) = &mut self.atlas
            && atlas.census().is_none()
        {
            if atlas.step(BUDGET) {
                let map = atlas.map(0);
                self.show(map);
            }
            return false;
        }
        match &mut self.adversary {
            Some(adversary) if adversary.stages().len() < self.wanted => {
                if adversary.step(1) == Pace::Stopped {
                    self.wanted = adversary.stages().len();
                    self.horns = Some(adversary.report().map(|report| report.horns));
                }
                let played = adversary.stages().len();
                if played >= self.wanted && played > 0 {
                    self.told = played - 1;
                    self.account = adversary.account(self.told);
                }
                false
            }
            _ => true,
        }
    }

    fn selected(&self) -> Option<u32> {
        let sheet = self.sheet.borrow();
        sheet.selected.and_then(|place| sheet.map.nodes.get(place).copied())
    }

    fn change(&mut self, change: impl FnOnce(&mut Sheet)) {
        let mut sheet = self.sheet.borrow_mut();
        change(&mut sheet);
        sheet.version += 1;
    }

    fn open(&self, ctx: &Context<Self>, scenario: Result<Scenario, String>) -> Option<String> {
        scenario.map(|scenario| ctx.props().on_open.emit(scenario)).err()
    }
}

impl Component for Theory {
    type Message = Msg;
    type Properties = ScreenProps;

    fn create(ctx: &Context<Self>) -> Self {
        ctx.props().on_done.emit(());
        let sheet = Rc::new(RefCell::new(Sheet { zoom: 1.0, middle: (0.5, 0.5), ..Sheet::default() }));
        let source = source(&sheet);
        let mut theory = Theory {
            protocol: "wait-for-two".into(),
            parameters: String::new(),
            inputs: "011".into(),
            graph: Graph::Strict,
            error: None,
            atlas: None,
            layers: None,
            sheet,
            source,
            adversary: None,
            wanted: 0,
            told: 0,
            account: None,
            walk: None,
            horns: None,
            frame: None,
        };
        theory.error = theory.explore().err();
        theory.frame = Some(next_frame(ctx.link(), Msg::Slice));
        theory
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Protocol(protocol) => {
                self.parameters = bounded(&protocol).into();
                self.protocol = protocol;
                self.forget();
            }
            Msg::Parameters(text) => {
                self.parameters = text;
                self.forget();
            }
            Msg::Inputs(text) => {
                self.inputs = text;
                self.forget();
            }
            Msg::Graph(name) => {
                if let Some((graph, _)) = GRAPHS.iter().find(|(_, known)| *known == name) {
                    self.graph = *graph;
                }
            }
            Msg::Explore => self.error = self.explore().err(),
            Msg::Stop => {
                if let Some(atlas) = &mut self.atlas
                    && atlas.census().is_none()
                {
                    atlas.stop();
                    let map = atlas.map(0);
                    self.show(map);
                }
                if let Some(adversary) = &mut self.adversary {
                    self.wanted = adversary.stages().len();
                    self.told = self.wanted.saturating_sub(1);
                    self.account = adversary.account(self.told);
                }
            }
            Msg::Slice => {
                self.frame = None;
                if slice(|| self.work()) {
                    return true;
                }
            }
            Msg::Pointed(Pointed::Click(Some(Target::Node(place)), _)) => {
                self.change(|sheet| sheet.selected = Some(place))
            }
            Msg::Pointed(_) => return false,
            Msg::Select(place) => self.change(|sheet| {
                sheet.selected = Some(place);
                sheet.middle = if sheet.zoom > 1.0 { sheet.map.places[place] } else { sheet.middle };
            }),
            Msg::Around => {
                let around = self.selected().zip(self.atlas.as_ref()).map(|(node, atlas)| atlas.map(node));
                if let Some(map) = around {
                    self.show(map);
                    self.change(|sheet| sheet.selected = Some(0));
                }
            }
            Msg::Zoom(factor) => self.change(|sheet| {
                sheet.zoom = (sheet.zoom * factor).clamp(1.0, 32.0);
                let chosen = sheet.selected.and_then(|place| sheet.map.places.get(place).copied());
                sheet.middle = if sheet.zoom > 1.0 { chosen.unwrap_or(sheet.middle) } else { (0.5, 0.5) };
            }),
            Msg::Pan(x, y) => self.change(|sheet| {
                sheet.middle.0 = (sheet.middle.0 + x / sheet.zoom).clamp(0.0, 1.0);
                sheet.middle.1 = (sheet.middle.1 + y / sheet.zoom).clamp(0.0, 1.0);
            }),
            Msg::Open(value) => {
                let Some(node) = self.selected() else { return false };
                let Some(atlas) = &mut self.atlas else { return false };
                let run = match value {
                    None => atlas.run_to(node),
                    Some(value) => atlas.run_on(node, value),
                };
                self.error = self.open(ctx, run);
            }
            Msg::Stages(more) => {
                if self.adversary.is_none() {
                    self.error = self.begin_play().err();
                }
                if let Some(adversary) = &self.adversary {
                    self.wanted = adversary.stages().len() + more;
                }
            }
            Msg::Told(stage) => {
                self.told = stage;
                self.account = self.adversary.as_mut().and_then(|adversary| adversary.account(stage));
            }
            Msg::Certificate(value) => {
                let told = self.told;
                let Ok(subject) = self.played() else { return false };
                let Some(adversary) = &mut self.adversary else { return false };
                let Some(stage) = adversary.stages().get(told).cloned() else { return false };
                let mut events: Vec<Event> = adversary.schedule()[..stage.events.end].to_vec();
                events.extend(adversary.events(&stage.certificates[usize::from(value)]));
                let run = subject.run(&events);
                self.error = self.open(ctx, run);
            }
            Msg::Horn(place) => {
                let Some(Ok(horns)) = &self.horns else { return false };
                let schedule = self.adversary.as_ref().map(|adversary| adversary.schedule()).unwrap_or_default();
                let run = self.played().and_then(|subject| subject.run_of(&horns[place], &schedule));
                self.error = self.open(ctx, run);
            }
        }
        if self.frame.is_none() {
            self.frame = Some(next_frame(ctx.link(), Msg::Slice));
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        html! {
            <>
                { self.form(ctx) }
                if let Some(error) = &self.error { <p class="notice" role="alert">{ error }</p> }
                { self.graph(ctx) }
                <h2>{ "The proof, stage by stage" }</h2>
                { self.stages(ctx) }
                <details class="honesty" open=true>
                    <summary>{ "What is exact here, and what is not" }</summary>
                    <p>{ "The model is that of Fischer, Lynch and Paterson: a step of one process takes in one message or none, nothing is lost, at most one process stops. A graph that was explored completely is exact. In a run without a bound on its rounds, “bivalent” is certified by two schedules that were replayed; what has no certificates is unknown, and never called univalent. A graph cut off after some rounds is exact for the cut protocol only; moments at its edge from which nothing is decided are a horizon, and blocking is not claimed." }</p>
                </details>
            </>
        }
    }
}

fn value_of(event: &Event_) -> Option<String> {
    event.target()?.dyn_into::<HtmlInputElement>().ok().map(|input| input.value())
}

fn choice_of(event: &Event_) -> Option<String> {
    event.target()?.dyn_into::<HtmlSelectElement>().ok().map(|select| select.value())
}

/// The browser's event, not a protocol's.
type Event_ = web_sys::Event;

impl Theory {
    fn form(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let working = self.atlas.as_ref().is_some_and(|atlas| atlas.census().is_none());
        let graph = GRAPHS.iter().find(|(graph, _)| *graph == self.graph).map_or("strict", |(_, name)| name);
        let settings: String = self.parameters.split_whitespace().map(|pair| format!(" --set {pair}")).collect();
        let inputs = if self.graph == Graph::Strict { format!(" --inputs {}", self.inputs) } else { String::new() };
        let command = format!("bivalent explore {} --graph {graph}{inputs}{settings}", self.protocol);
        html! {
            <>
                <div class="answers">
                    <label>{ "Protocol " }
                        <select id="protocol" onchange={link.batch_callback(|event: Event_| choice_of(&event).map(Msg::Protocol))}>
                            { for LADDER.iter().map(|rung| html! {
                                <option key={rung.protocol} value={rung.protocol} selected={rung.protocol == self.protocol}>{ rung.protocol }</option>
                            }) }
                        </select>
                    </label>
                    <label>{ "Parameters " }
                        <input id="parameters" size="18" value={self.parameters.clone()} placeholder="NAME=VALUE"
                            onchange={link.batch_callback(|event: Event_| value_of(&event).map(Msg::Parameters))} />
                    </label>
                    <label>{ "Inputs " }
                        <input id="inputs" size="6" value={self.inputs.clone()}
                            onchange={link.batch_callback(|event: Event_| value_of(&event).map(Msg::Inputs))} />
                    </label>
                    <label>{ "Graph " }
                        <select id="graph" onchange={link.batch_callback(|event: Event_| choice_of(&event).map(Msg::Graph))}>
                            { for GRAPHS.iter().map(|(graph, name)| html! { <option key={*name} value={*name} selected={*graph == self.graph}>{ *name }</option> }) }
                        </select>
                    </label>
                    <button id="explore" class="play" disabled={working} onclick={link.callback(|_| Msg::Explore)}>{ "Explore" }</button>
                </div>
                <p class="soft">{ "The same natively: " }<code>{ command }</code></p>
            </>
        }
    }

    fn graph(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        if let Some(atlas) = self.atlas.as_ref().filter(|atlas| atlas.census().is_none()) {
            let seen = atlas.progress();
            let words = format!("{} found, {} expanded", count(seen.found, "configuration"), seen.expanded);
            return progress(seen.expanded, seen.found.min(CONFIGURATIONS_MAX), words, link.callback(|_| Msg::Stop));
        }
        let census = match (&self.atlas, &self.layers) {
            (Some(atlas), _) => atlas.census(),
            (_, Some(layers)) => Some(&layers.graph.census),
            _ => None,
        };
        let Some(census) = census else { return html! {} };
        let sheet = self.sheet.borrow();
        let pan = |x: f32, y: f32| link.callback(move |_: MouseEvent| Msg::Pan(x, y));
        let zoomed = sheet.zoom > 1.0;
        let beside = html! {
            <div class="map-tools" role="group" aria-label="The map">
                <button onclick={link.callback(|_| Msg::Zoom(1.6))} aria-label="Closer">{ "+" }</button>
                <button onclick={link.callback(|_| Msg::Zoom(0.625))} disabled={!zoomed} aria-label="Farther">{ "−" }</button>
                if zoomed {
                    <button onclick={pan(-0.2, 0.0)} aria-label="To the left">{ "←" }</button>
                    <button onclick={pan(0.2, 0.0)} aria-label="To the right">{ "→" }</button>
                    <button onclick={pan(0.0, -0.2)} aria-label="Up">{ "↑" }</button>
                    <button onclick={pan(0.0, 0.2)} aria-label="Down">{ "↓" }</button>
                }
            </div>
        };
        let shown = sheet.map.nodes.len();
        let label = format!(
            "Map of {} of {}: from the beginning at the top down to the ends, those that lead to 0 only on the left, to 1 only on the right, bivalent ones between.",
            shown, census.configurations
        );
        drop(sheet);
        html! {
            <>
                { self.census(census) }
                { board(&self.source, label, link.callback(Msg::Pointed), beside) }
                <p class="soft">{ if shown < census.configurations { format!("{} is too much to draw: this is the neighbourhood of one of them.", count(census.configurations, "configuration")) } else { "Click a disc, or step through them, to see the configuration in words.".to_owned() } }</p>
                { self.chosen(ctx, shown) }
            </>
        }
    }

    fn census(&self, census: &Census) -> Html {
        let number = |count: usize| if census.complete { count.to_string() } else { "unknown".into() };
        let blocked = match &census.blocked {
            Some(blocked) => {
                blocked.iter().enumerate().map(|(p, count)| format!("p{p} {count}")).collect::<Vec<_>>().join(", ")
            }
            None => "unknown".into(),
        };
        let rows = [
            ("configurations", census.configurations.to_string()),
            ("edges", census.edges.to_string()),
            ("0-valent", number(census.zero_valent)),
            ("1-valent", number(census.one_valent)),
            ("bivalent", number(census.bivalent)),
            ("stuck or horizon", number(census.null_valent)),
            ("with two decisions", census.agreement_violations.to_string()),
            ("blocked without", blocked),
            ("cycles of bivalent ones", number(census.bivalent_components)),
        ];
        let complete = if census.complete { "complete: exact" } else { "stopped: what was not found is unknown" };
        html! {
            <dl class="census" id="census" data-complete={census.complete.to_string()}>
                <div><dt>{ "search" }</dt><dd>{ complete }</dd></div>
                { for rows.into_iter().map(|(name, value)| html! { <div key={name}><dt>{ name }</dt><dd>{ value }</dd></div> }) }
                if let Some(atlas) = &self.atlas {
                    <div><dt>{ "memory" }</dt><dd>{ format!("{} bytes a configuration", atlas.bytes() / census.configurations.max(1)) }</dd></div>
                }
            </dl>
        }
    }

    /// The configuration that was chosen, in words, with what can be done with it.
    fn chosen(&self, ctx: &Context<Self>, shown: usize) -> Html {
        let link = ctx.link();
        let place = self.sheet.borrow().selected;
        let step = |by: isize| {
            let next = place.map_or(0, |place| place as isize + by).rem_euclid(shown.max(1) as isize) as usize;
            link.callback(move |_: MouseEvent| Msg::Select(next))
        };
        let Some(node) = self.selected() else {
            return html! { <div class="answers"><button onclick={step(0)}>{ "Look at the first" }</button></div> };
        };
        let (valency, words) = match (&self.atlas, &self.layers) {
            (Some(atlas), _) => (atlas.valency(node), atlas.words(node)),
            (_, Some(layers)) => {
                let boundary = &layers.graph.nodes[node as usize];
                let told = boundary.words.iter().zip(&boundary.decided).enumerate().map(|(p, (word, decided))| {
                    let decided = decided.map(|bit| format!(", has decided {}", u8::from(bit))).unwrap_or_default();
                    format!("p{p}: {word}{decided}")
                });
                let leaving = layers.graph.arrows.iter().filter(|arrow| arrow.from == node);
                let only = leaving.clone().filter(|arrow| arrow.realisable == Realisable::LayeredOnly).count();
                let edges =
                    format!("{} leave it, {only} of them in the layered model only", count(leaving.count(), "edge"));
                (Some(boundary.valency), told.chain([edges]).collect())
            }
            _ => (None, Vec::new()),
        };
        html! {
            <div class="chosen">
                <div class="answers">
                    <button onclick={step(-1)}>{ "Previous" }</button>
                    <button onclick={step(1)}>{ "Next one" }</button>
                    if self.atlas.is_some() {
                        if !self.atlas.as_ref().is_some_and(|atlas| atlas.fits_a_map()) {
                            <button onclick={link.callback(|_| Msg::Around)}>{ "Its neighbourhood" }</button>
                        }
                        <button onclick={link.callback(|_| Msg::Open(None))}>{ "Open it on the board" }</button>
                        { for [false, true].map(|value| html! {
                            <button onclick={link.callback(move |_| Msg::Open(Some(value)))}
                                disabled={valency.is_none_or(|valency| valency != Valency::Bivalent && valency.value() != Some(value))}>
                                { format!("Open a future that ends in {}", u8::from(value)) }
                            </button>
                        }) }
                    }
                </div>
                <p role="status">{ mark(valency.unwrap_or(Valency::Null)) }
                    { format!(" Configuration {node}: {}", valency.map_or("what can be decided is unknown", valency_words)) }</p>
                <ul class="plain">{ for words.into_iter().enumerate().map(|(index, line)| html! { <li key={index}>{ line }</li> }) }</ul>
            </div>
        }
    }

    fn stages(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let played = self.adversary.as_ref().map_or(0, |adversary| adversary.stages().len());
        let working = played < self.wanted;
        let buttons = [1, 10, 100].map(|more| {
            html! {
                <button key={more} disabled={working} onclick={link.callback(move |_| Msg::Stages(more))}>
                    { format!("Play {}", count(more, "stage")) }
                </button>
            }
        });
        html! {
            <>
                <p>{ "A stage serves the process at the head of the queue: its oldest message must be delivered, after as few other events as keep both ends possible. The rounds are not bounded here." }</p>
                <div class="answers">{ for buttons }</div>
                if working { { progress(played, self.wanted, count(played, "stage"), link.callback(|_| Msg::Stop)) } }
                { self.lemma_2() }
                { self.told(ctx) }
            </>
        }
    }

    /// Lemma 2: the row of initial configurations, and where it turns.
    fn lemma_2(&self) -> Html {
        let Some(walk) = self.walk.as_ref().filter(|_| self.adversary.is_some()) else { return html! {} };
        let corners = walk.corners.iter().map(|corner| {
            let words = found_words(corner.valency, walk.exact);
            html! { <li key={corner.inputs.clone()}><span class="figure">{ &corner.inputs }</span>{ mark(corner.valency) }<span class="soft">{ words }</span></li> }
        });
        let turn = match (walk.bivalent, walk.pair) {
            (Some(place), _) => {
                format!("Lemma 2 holds: {} is bivalent, so the play can begin there.", walk.corners[place].inputs)
            }
            (None, Some((place, process))) => format!(
                "Lemma 2 fails: {} and {} differ in {process} only and end differently.",
                walk.corners[place].inputs,
                walk.corners[place + 1].inputs
            ),
            (None, None) => "No bivalent start was found, and no two neighbours that end differently.".to_owned(),
        };
        html! { <><ol class="corners">{ for corners }</ol><p class="soft">{ turn }</p></> }
    }

    /// One stage of the proof, and how the play ended if it did.
    fn told(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let Some(adversary) = &self.adversary else {
            return html! { <p class="hint">{ "Play a stage to see it told in full." }</p> };
        };
        let ended = adversary.stopped().map(|stopped| {
            let horns = match &self.horns {
                Some(Ok(horns)) => horns.iter().enumerate().map(|(place, horn)| {
                    let (name, words) = super::forever::horn_words(horn, adversary.ledger().oldest_ever);
                    html! { <li key={place}><strong>{ name }</strong>{ words }<button onclick={link.callback(move |_| Msg::Horn(place))}>{ "Open the run" }</button></li> }
                }).collect::<Html>(),
                Some(Err(error)) => html! { <li>{ format!("The play could not be checked: {error}.") }</li> },
                None => html! {},
            };
            html! { <><p><strong>{ format!("The play ended at stage {}: {}.", stopped.stage, stopped.why) }</strong></p><ul class="horns">{ horns }</ul></> }
        });
        let Some(account) = &self.account else { return ended.unwrap_or_default() };
        let event = |event: &Event| match &event.mail {
            Some(mail) => format!("{} ← {}: {}", event.process, mail.from, mail.payload.text()),
            None => format!("{}: NULL", event.process),
        };
        let queue: Vec<String> = account.queue.iter().map(|process| process.to_string()).collect();
        let tries = account.tried.iter().take(TRIES).enumerate().map(|(index, tried)| {
            let before: Vec<String> = tried.before.iter().map(event).collect();
            let before =
                if before.is_empty() { "at once".to_owned() } else { format!("after {}", before.join(", then ")) };
            html! { <li key={index}>{ format!("e {before}: {}", found_words(tried.leads_to, account.exact)) }</li> }
        });
        let sigma: Vec<String> = account.before.iter().map(event).collect();
        let pivots: Vec<String> = account.lockstep.pivots().iter().map(|process| process.to_string()).collect();
        let books = &account.books;
        let letters = books.waiting.iter().take(LETTERS).enumerate().map(|(index, letter)| html! {
            <tr key={index}><td>{ format!("{} → {}", letter.mail.from, letter.mail.to) }</td><td>{ letter.mail.payload.text() }</td><td>{ letter.events }</td><td>{ letter.stages }</td></tr>
        });
        let (stage, last) = (account.stage, adversary.stages().len() - 1);
        html! {
            <section aria-label="A stage of the proof">
                <div class="answers">
                    <button disabled={stage == 0} onclick={link.callback(move |_| Msg::Told(stage - 1))}>{ "Stage before" }</button>
                    <span class="figure" id="stage">{ format!("stage {} of {}", stage + 1, last + 1) }</span>
                    <button disabled={stage == last} onclick={link.callback(move |_| Msg::Told(stage + 1))}>{ "Stage after" }</button>
                </div>
                <dl class="proof">
                    <div><dt>{ "queue" }</dt><dd>{ format!("{} — {} is served", queue.join(", "), account.queue[0]) }</dd></div>
                    <div><dt>{ "e" }</dt><dd>{ format!("{}{}", event(&account.event), account.age.map(|age| format!(" (has waited {})", count(age, "event"))).unwrap_or_default()) }</dd></div>
                    <div><dt>{ "e at once" }</dt><dd>{ found_words(account.at_once, account.exact) }</dd></div>
                    if account.tries > 0 {
                        <div><dt>{ "tried" }</dt><dd>{ format!("{} before σ was found", count(account.tries, "way")) }<ul>{ for tries }</ul></dd></div>
                    }
                    <div><dt>{ "σ" }</dt><dd>{ if sigma.is_empty() { "empty: e may come at once".to_owned() } else { sigma.join(", then ") } }</dd></div>
                    <div><dt>{ "certificates" }</dt><dd>
                        { for [false, true].map(|value| html! {
                            <button onclick={link.callback(move |_| Msg::Certificate(value))}>
                                { format!("How it could still decide {} ({})", u8::from(value), count(account.certificates[usize::from(value)].len(), "event")) }
                            </button>
                        }) }
                    </dd></div>
                    <div><dt>{ "pivots" }</dt><dd>{ if pivots.is_empty() { "none: in lock-step nobody’s lateness changes the answer".to_owned() } else { format!("{}: in lock-step, the answer flips without it", pivots.join(", ")) } }</dd></div>
                    <div><dt>{ "ledger" }</dt><dd>{ format!("{}, {} delivered, steps {:?}, at most {} waiting at a time, the oldest ever {}", count(books.events, "event"), books.delivered, books.steps, books.buffer_max, count(books.oldest_ever, "event")) }</dd></div>
                </dl>
                <table class="ledger">
                    <caption>{ format!("The oldest of {} that wait", count(books.waiting.len(), "letter")) }</caption>
                    <thead><tr><th scope="col">{ "link" }</th><th scope="col">{ "letter" }</th><th scope="col">{ "events" }</th><th scope="col">{ "stages" }</th></tr></thead>
                    <tbody>{ for letters }</tbody>
                </table>
                { ended.unwrap_or_default() }
            </section>
        }
    }
}

/// What a try leads to; what has no certificates is unknown unless the graph is exact.
fn found_words(valency: Valency, exact: bool) -> &'static str {
    match (valency, exact) {
        (Valency::Bivalent, _) => "bivalent",
        (Valency::Zero, true) => "0-valent",
        (Valency::One, true) => "1-valent",
        (Valency::Null, true) => "stuck",
        (Valency::Zero, false) => "unknown: only ways to 0 were found",
        (Valency::One, false) => "unknown: only ways to 1 were found",
        (Valency::Null, false) => "unknown: no way to a decision was found",
    }
}
