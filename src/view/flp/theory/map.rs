//! The map of a graph, its census, and the configuration that one looks at: in words and on a board.

use super::graph_kind::GraphKind;
use crate::view::canvas::{Canvas, Pointed, Source};
use crate::view::flp::parts::{count, figure, valence, valency_words};
use crate::view::flp::run::RunView;
use crate::view::work::Work;
use bivalent::explorer::StrictEvent;
use bivalent::explorer::valency::{Census, Valency};
use bivalent::flp::atlas::{Atlas, CONFIGURATIONS_MAX};
use bivalent::flp::layers::Layers;
use bivalent::flp::map::{Edge, Map};
use bivalent::flp::protocol_instance::ProtocolInstance;
use bivalent::flp::vicinity::Vicinity;
use bivalent::scenario::Link;
use bivalent::scene::{Chart, EdgeLine, Picture, Point, Target, Valence, at};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::{HtmlCanvasElement, KeyboardEvent, PointerEvent};
use yew::prelude::*;

/// The number of configurations that a slice asks for at a time.
const BUDGET: usize = 400;

/// The magnification of a press, and the distance of a press, as a share of what is shown.
const CLOSER: f32 = 1.6;
const MOVE: f32 = 0.2;

/// The properties of the component.
#[derive(Properties, PartialEq)]
pub struct LandscapeProps {
    /// The content of the picture.
    pub instance: ProtocolInstance,
    /// The graph, of those that it has.
    pub graph: GraphKind,
    /// The number of times that it was asked for: a new number begins anew.
    pub asked: usize,
    /// The events that lead to where the adversary stands.
    pub standing: Rc<Vec<StrictEvent>>,
    /// Opens a moment in the laboratory.
    pub on_open: Callback<Link>,
}

/// Its messages.
pub enum LandscapeMsg {
    /// A share of a frame's time for what is being computed.
    Slice,
    Stop,
    Pointed(Pointed),
    /// The pointer is over this disc, or over none.
    Hover(Option<usize>),
    Zoom(f32),
    /// By so much of what is shown.
    Pan(f32, f32),
    Select(usize),
    /// To the next disc in this direction.
    Go(f32, f32),
    /// The neighbourhood of what is chosen, where the whole is too large.
    Around,
    /// A future of what is chosen that ends in this value.
    Future(bool),
}

/// The content of the picture, and its origin.
enum ExploredGraph {
    Strict(Atlas),
    Layered(Layers),
    Around(Vicinity),
}

impl ExploredGraph {
    fn new(props: &LandscapeProps) -> Result<ExploredGraph, String> {
        let instance = props.instance.clone();
        Ok(match props.graph {
            GraphKind::Strict => ExploredGraph::Strict(Atlas::new(instance)?),
            GraphKind::Layered(layering) => ExploredGraph::Layered(Layers::new(&instance, layering)?),
            GraphKind::Around => ExploredGraph::Around(Vicinity::new(instance, props.standing.to_vec())?),
        })
    }

    /// One piece of work. True if there is none left.
    fn step(&mut self) -> bool {
        match self {
            ExploredGraph::Strict(atlas) => atlas.step(BUDGET),
            ExploredGraph::Layered(_) => true,
            ExploredGraph::Around(vicinity) => vicinity.step(),
        }
    }

    fn map(&self) -> Map {
        match self {
            ExploredGraph::Strict(atlas) => atlas.map(0),
            ExploredGraph::Layered(layers) => layers.map.clone(),
            ExploredGraph::Around(vicinity) => vicinity.map(),
        }
    }

    fn census(&self) -> Option<&Census> {
        match self {
            ExploredGraph::Strict(atlas) => atlas.census(),
            ExploredGraph::Layered(layers) => Some(&layers.graph.census),
            ExploredGraph::Around(_) => None,
        }
    }

    fn words(&self, node: u32) -> Vec<String> {
        match self {
            ExploredGraph::Strict(atlas) => atlas.words(node),
            ExploredGraph::Layered(layers) => layers.words(node),
            ExploredGraph::Around(vicinity) => vicinity.words(node),
        }
    }

    /// The values that can be decided from a configuration, in words that say how one knows.
    fn verdict(&self, node: u32) -> String {
        match self {
            ExploredGraph::Strict(atlas) => match atlas.valency(node) {
                None if atlas.is_seen(node) => "unknown: the search ended before all that can follow was found".into(),
                None => "found, but not looked at before the search ended".into(),
                Some(Valency::Null) if atlas.is_truncated() => {
                    "horizon: the protocol is cut off here, and nothing is decided before".into()
                }
                Some(valency) => format!("{} (exact)", valency_words(valency)),
            },
            ExploredGraph::Layered(layers) => {
                format!("{} (exact, in the layered model)", valency_words(layers.graph.nodes[node as usize].valency))
            }
            ExploredGraph::Around(vicinity) => match vicinity.found(node) {
                Some(Valency::Bivalent) => "bivalent (certified: a run to 0 and one to 1 are known)".into(),
                Some(Valency::Zero) => "unknown: a run to 0 is known, none to 1 was found".into(),
                Some(Valency::One) => "unknown: a run to 1 is known, none to 0 was found".into(),
                Some(Valency::Null) => "unknown: no run to a decision was found".into(),
                None => "not looked at before the search was stopped".into(),
            },
        }
    }

    /// The look of a configuration.
    fn valence(&self, node: u32) -> Valence {
        match self {
            ExploredGraph::Strict(atlas) => match atlas.valency(node) {
                Some(Valency::Null) if atlas.is_truncated() => Valence::Horizon,
                None if !atlas.is_seen(node) => Valence::Unseen,
                valency => valence(valency),
            },
            ExploredGraph::Layered(layers) => valence(layers.graph.nodes[node as usize].valency),
            ExploredGraph::Around(vicinity) => match vicinity.found(node) {
                Some(Valency::Bivalent) => Valence::Both,
                Some(_) => Valence::Unknown,
                None => Valence::Unseen,
            },
        }
    }

    fn run_to(&mut self, node: u32) -> Result<Link, String> {
        match self {
            ExploredGraph::Strict(atlas) => atlas.run_to(node),
            ExploredGraph::Layered(layers) => layers.run_to(node),
            ExploredGraph::Around(vicinity) => vicinity.run_to(node),
        }
    }

    /// The futures that can be shown.
    fn futures(&self, node: u32) -> [bool; 2] {
        match self {
            ExploredGraph::Strict(atlas) => [false, true].map(|value| {
                let valency = atlas.valency(node);
                valency.is_some_and(|valency| valency == Valency::Bivalent || valency.value() == Some(value))
            }),
            ExploredGraph::Layered(_) => [false; 2],
            ExploredGraph::Around(vicinity) => [vicinity.found(node) == Some(Valency::Bivalent); 2],
        }
    }

    fn run_on(&mut self, node: u32, value: bool) -> Result<Link, String> {
        match self {
            ExploredGraph::Strict(atlas) => atlas.run_on(node, value),
            ExploredGraph::Layered(_) => Err("a layered graph has no certificates".into()),
            ExploredGraph::Around(vicinity) => vicinity.run_on(node, value),
        }
    }
}

/// The content of the map, shared with the canvas.
#[derive(Default)]
struct MapSheet {
    map: Map,
    /// The look of each of its configurations.
    valences: Vec<Valence>,
    /// The configuration that is chosen, or under the pointer.
    looked: Option<usize>,
    zoom: f32,
    middle: (f32, f32),
    version: u64,
    /// The picture that was painted last: the place of each disc.
    picture: Picture,
}

/// The component.
pub struct Landscape {
    land: Result<ExploredGraph, String>,
    done: bool,
    sheet: Rc<RefCell<MapSheet>>,
    source: Source,
    selected: Option<usize>,
    hovered: Option<usize>,
    /// The run to what is looked at, or why there is none.
    run: Option<Result<Rc<Link>, String>>,
    playing: bool,
    work: Work,
}

fn source(sheet: &Rc<RefCell<MapSheet>>) -> Source {
    let sheet = Rc::clone(sheet);
    let shown = Cell::new(None);
    Rc::new(move |_, size| {
        let mut sheet = sheet.borrow_mut();
        let key = Some((sheet.version, size));
        if shown.replace(key) == key {
            return None;
        }
        let nodes: Vec<((f32, f32), Valence)> =
            sheet.map.places.iter().copied().zip(sheet.valences.iter().copied()).collect();
        let line = |edge: &Edge| (edge.from, edge.to, EdgeLine { strong: edge.looped, broken: edge.layered_only });
        let edges: Vec<(usize, usize, EdgeLine)> = sheet.map.edges.iter().map(line).collect();
        let (selected, zoom, middle) = (sheet.looked, sheet.zoom, sheet.middle);
        let picture = Chart { nodes: &nodes, edges: &edges, selected, zoom, middle, size }.picture();
        sheet.picture = Picture { targets: picture.targets.clone(), ..Picture::default() };
        Some(picture)
    })
}

impl Landscape {
    fn begin(ctx: &Context<Self>, sheet: Rc<RefCell<MapSheet>>, source: Source) -> Landscape {
        let land = ExploredGraph::new(ctx.props());
        let work = if land.is_ok() { Work::begun(ctx.link(), LandscapeMsg::Slice) } else { Work::default() };
        Landscape { land, done: false, sheet, source, selected: None, hovered: None, run: None, playing: false, work }
    }

    /// Shows a map, and its first configuration.
    fn show(&mut self, map: Map) {
        (self.done, self.hovered) = (true, None);
        self.selected = (!map.nodes.is_empty()).then_some(0);
        let valence = |node: &u32| self.land.as_ref().map_or(Valence::Unseen, |land| land.valence(*node));
        let valences = map.nodes.iter().map(valence).collect();
        let mut sheet = self.sheet.borrow_mut();
        let version = sheet.version + 1;
        *sheet = MapSheet { map, valences, zoom: 1.0, middle: (0.5, 0.5), version, ..MapSheet::default() };
        drop(sheet);
        self.look();
    }

    fn change(&mut self, change: impl FnOnce(&mut MapSheet)) {
        let mut sheet = self.sheet.borrow_mut();
        change(&mut sheet);
        sheet.version += 1;
    }

    fn node(&self, place: Option<usize>) -> Option<u32> {
        self.sheet.borrow().map.nodes.get(place?).copied()
    }

    /// Turns to what is under the pointer, or else to what is chosen.
    fn look(&mut self) {
        let looked = self.hovered.or(self.selected);
        self.change(|sheet| sheet.looked = looked);
        self.playing = false;
        let node = self.node(looked);
        self.run = node.zip(self.land.as_mut().ok()).map(|(node, land)| land.run_to(node).map(Rc::new));
    }

    fn select(&mut self, place: usize) {
        (self.selected, self.hovered) = (Some(place), None);
        self.look();
        self.change(|sheet| {
            if sheet.zoom > 1.0 {
                sheet.middle = sheet.map.places[place];
            }
        });
    }
}

impl Component for Landscape {
    type Message = LandscapeMsg;
    type Properties = LandscapeProps;

    fn create(ctx: &Context<Self>) -> Self {
        let sheet: Rc<RefCell<MapSheet>> = Rc::default();
        let source = source(&sheet);
        Landscape::begin(ctx, sheet, source)
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &LandscapeProps) -> bool {
        let props = ctx.props();
        // The adversary's place matters when the map is drawn anew, not before.
        if (&props.instance, props.graph, props.asked) != (&old.instance, old.graph, old.asked) {
            *self = Landscape::begin(ctx, Rc::clone(&self.sheet), Rc::clone(&self.source));
        }
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: LandscapeMsg) -> bool {
        match msg {
            LandscapeMsg::Slice => {
                let Ok(land) = &mut self.land else { return true };
                if self.work.share(ctx.link(), LandscapeMsg::Slice, || land.step()) {
                    let map = land.map();
                    self.show(map);
                }
            }
            LandscapeMsg::Stop => {
                self.work.stop();
                let Ok(land) = &mut self.land else { return true };
                if let ExploredGraph::Strict(atlas) = land {
                    atlas.stop();
                }
                let map = land.map();
                self.show(map);
            }
            LandscapeMsg::Pointed(Pointed::Click(Some(Target::Node(place)), _)) => self.select(place),
            LandscapeMsg::Pointed(_) => return false,
            LandscapeMsg::Hover(hovered) if self.hovered == hovered => return false,
            LandscapeMsg::Hover(hovered) => {
                self.hovered = hovered;
                self.look();
            }
            LandscapeMsg::Select(place) => self.select(place),
            LandscapeMsg::Go(x, y) => {
                let next = match self.selected {
                    Some(place) => self.sheet.borrow().map.towards(place, (x, y)),
                    None => Some(0),
                };
                match next {
                    Some(place) => self.select(place),
                    None => return false,
                }
            }
            LandscapeMsg::Zoom(factor) => {
                let selected = self.selected;
                self.change(|sheet| {
                    sheet.zoom = (sheet.zoom * factor).clamp(1.0, 32.0);
                    let chosen = selected.and_then(|place| sheet.map.places.get(place).copied());
                    sheet.middle = if sheet.zoom > 1.0 { chosen.unwrap_or(sheet.middle) } else { (0.5, 0.5) };
                });
            }
            LandscapeMsg::Pan(x, y) => self.change(|sheet| {
                if sheet.zoom > 1.0 {
                    sheet.middle.0 = (sheet.middle.0 + x / sheet.zoom).clamp(0.0, 1.0);
                    sheet.middle.1 = (sheet.middle.1 + y / sheet.zoom).clamp(0.0, 1.0);
                }
            }),
            LandscapeMsg::Around => {
                let node = self.node(self.selected);
                if let (Some(node), Ok(ExploredGraph::Strict(atlas))) = (node, &self.land) {
                    let map = atlas.map(node);
                    self.show(map);
                }
            }
            LandscapeMsg::Future(value) => {
                let node = self.node(self.selected);
                self.hovered = None;
                self.run = node.zip(self.land.as_mut().ok()).map(|(node, land)| land.run_on(node, value).map(Rc::new));
                self.playing = true;
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let land = match &self.land {
            Ok(land) => land,
            Err(error) => return html! { <p class="notice" role="alert">{ error.clone() }</p> },
        };
        if !self.done {
            let (done_of, words) = match land {
                ExploredGraph::Strict(atlas) => {
                    let seen = atlas.progress();
                    let words = format!("{} found, {} expanded", count(seen.found, "configuration"), seen.expanded);
                    ((seen.expanded, seen.found.min(CONFIGURATIONS_MAX)), words)
                }
                ExploredGraph::Around(vicinity) => {
                    let (done, all) = vicinity.progress();
                    ((done, all), format!("Certificates for {done} of {all}"))
                }
                ExploredGraph::Layered(_) => ((0, 1), "Drawing".into()),
            };
            return self.work.view(Some(done_of), words, link.callback(|_| LandscapeMsg::Stop), Callback::noop());
        }
        html! {
            <>
                { match land.census() {
                    Some(census) => self.census(census),
                    None => html! { <p class="soft">{ "This graph does not end, so there is no census. Drawn is what can happen next from where the adversary stands; play stages below, and the map follows." }</p> },
                } }
                { legend(land, &self.sheet.borrow()) }
                <div class="atlas">
                    { self.map(ctx, land) }
                    { self.looked(ctx, land) }
                </div>
            </>
        }
    }
}

/// The disc that the pointer is over.
fn under(sheet: &RefCell<MapSheet>, event: &PointerEvent) -> Option<usize> {
    let place: Point = at(event.offset_x() as f32, event.offset_y() as f32);
    match sheet.borrow().picture.hit(place) {
        Some(Target::Node(place)) => Some(place),
        _ => None,
    }
}

/// The action of a key on the map.
fn key_of(event: &KeyboardEvent) -> Option<LandscapeMsg> {
    let direction = match event.key().as_str() {
        "ArrowLeft" => (-1.0, 0.0),
        "ArrowRight" => (1.0, 0.0),
        "ArrowUp" => (0.0, -1.0),
        "ArrowDown" => (0.0, 1.0),
        "+" | "=" => return Some(LandscapeMsg::Zoom(CLOSER)),
        "-" => return Some(LandscapeMsg::Zoom(1.0 / CLOSER)),
        "0" => return Some(LandscapeMsg::Zoom(0.0)),
        _ => return None,
    };
    let (x, y) = direction;
    Some(if event.shift_key() { LandscapeMsg::Pan(x * MOVE, y * MOVE) } else { LandscapeMsg::Go(x, y) })
}

/// The meaning of the marks on the map.
fn legend(land: &ExploredGraph, sheet: &MapSheet) -> Html {
    let layered_only = sheet.map.edges.iter().any(|edge| edge.layered_only);
    let all = [
        (Valence::Both, "bivalent"),
        (Valence::Zero, "0-valent"),
        (Valence::One, "1-valent"),
        (Valence::Nothing, "stuck"),
        (Valence::Horizon, "horizon"),
        (Valence::Unknown, "unknown"),
        (Valence::Unseen, "not looked at"),
    ];
    let there = all.into_iter().filter(|(valence, _)| sheet.valences.contains(valence));
    html! {
        <ul class="legend" aria-label="Marks">
            { for there.map(|(valence, words)| html! { <li key={words}>{ figure(valence) }{ words }</li> }) }
            if matches!(land, ExploredGraph::Layered(_)) { <li><span class="loop-line"></span>{ "part of a loop without a decision" }</li> }
            if layered_only { <li><span class="layered-line"></span>{ "layered only: no order of single deliveries does the same" }</li> }
        </ul>
    }
}

impl Landscape {
    fn map(&self, ctx: &Context<Self>, land: &ExploredGraph) -> Html {
        let link = ctx.link();
        let sheet = self.sheet.borrow();
        let (shown, zoomed) = (sheet.map.nodes.len(), sheet.zoom > 1.0);
        let all = land.census().map_or(shown, |census| census.configurations);
        let of = if shown < all { format!("{shown} of {all} configurations") } else { count(shown, "configuration") };
        let label = format!(
            "Map of {of}, from the beginning at the top down to the ends; 0-valent ones on the left, 1-valent ones on the right, bivalent ones between. Arrow keys go from disc to disc, plus and minus zoom, RoundSymmetry with arrows moves."
        );
        let pan = |x: f32, y: f32| link.callback(move |_: MouseEvent| LandscapeMsg::Pan(x * MOVE, y * MOVE));
        let (over, scope) = (Rc::clone(&self.sheet), link.clone());
        let moved = Callback::from(move |event: PointerEvent| {
            let Some(canvas) = event.target_dyn_into::<HtmlCanvasElement>() else { return };
            if event.buttons() & 1 == 0 {
                scope.send_message(LandscapeMsg::Hover(under(&over, &event)));
            } else {
                let share = |pixels: i32, size: i32| -(pixels as f32) / size.max(1) as f32;
                let (width, height) = (canvas.client_width(), canvas.client_height());
                scope.send_message(LandscapeMsg::Pan(
                    share(event.movement_x(), width),
                    share(event.movement_y(), height),
                ));
            }
        });
        let on_key = link.batch_callback(|event: KeyboardEvent| {
            let message = key_of(&event).filter(|_| !event.ctrl_key() && !event.alt_key() && !event.meta_key());
            if message.is_some() {
                event.prevent_default();
            }
            message
        });
        html! {
            <figure class="map">
                <div class="map-frame" onpointermove={moved} onpointerleave={link.callback(|_| LandscapeMsg::Hover(None))}>
                    <Canvas class="board" source={Rc::clone(&self.source)} {label} on_pointed={link.callback(LandscapeMsg::Pointed)} {on_key} />
                    <div class="map-tools" role="group" aria-label="The map">
                        if zoomed {
                            <button onclick={pan(-1.0, 0.0)} aria-label="To the left">{ "←" }</button>
                            <button onclick={pan(1.0, 0.0)} aria-label="To the right">{ "→" }</button>
                            <button onclick={pan(0.0, -1.0)} aria-label="Up">{ "↑" }</button>
                            <button onclick={pan(0.0, 1.0)} aria-label="Down">{ "↓" }</button>
                        }
                        <button onclick={link.callback(|_| LandscapeMsg::Zoom(1.0 / CLOSER))} disabled={!zoomed} aria-label="Farther">{ "−" }</button>
                        <button onclick={link.callback(|_| LandscapeMsg::Zoom(CLOSER))} aria-label="Closer">{ "+" }</button>
                    </div>
                </div>
                <figcaption class="soft">
                    { if shown < all { format!("Too many to draw: these are the {shown} nearest of {all}. ") } else { String::new() } }
                    { "Point at a disc, or go from disc to disc with the arrow keys. + and − zoom; drag, or RoundSymmetry with an arrow key, to move." }
                </figcaption>
            </figure>
        }
    }

    /// The configuration that one looks at, in words and on a board.
    fn looked(&self, ctx: &Context<Self>, land: &ExploredGraph) -> Html {
        let link = ctx.link();
        let shown = self.sheet.borrow().map.nodes.len();
        let place = self.hovered.or(self.selected);
        let Some(node) = self.node(place) else { return html! {} };
        let step = |by: isize| {
            let next =
                self.selected.map_or(0, |place| (place as isize + by).rem_euclid(shown.max(1) as isize) as usize);
            link.callback(move |_: MouseEvent| LandscapeMsg::Select(next))
        };
        let large = matches!(land, ExploredGraph::Strict(atlas) if !atlas.fits_a_map());
        let futures = land.futures(node);
        let future = |value: bool| {
            html! {
                <button disabled={!futures[usize::from(value)]} onclick={link.callback(move |_| LandscapeMsg::Future(value))}>
                    { format!("A future that decides {}", u8::from(value)) }
                </button>
            }
        };
        html! {
            <section class="looked" aria-label="The configuration">
                <div class="answers">
                    <button onclick={step(-1)} aria-label="Previous configuration">{ "Previous" }</button>
                    <button onclick={step(1)} aria-label="Next configuration">{ "Next one" }</button>
                    if large { <button onclick={link.callback(|_| LandscapeMsg::Around)}>{ "Its neighbourhood" }</button> }
                </div>
                <p class="verdict">{ figure(land.valence(node)) }<span>{ format!("Configuration {node}: {}.", land.verdict(node)) }</span></p>
                { match &self.run {
                    Some(Ok(run)) => html! { <RunView run={Rc::clone(run)} play={self.playing} label="Board: the configuration." on_open={ctx.props().on_open.clone()} /> },
                    Some(Err(error)) => html! { <p class="hint">{ error.clone() }</p> },
                    None => html! {},
                } }
                if !matches!(land, ExploredGraph::Layered(_)) { <div class="answers">{ future(false) }{ future(true) }</div> }
                <ul class="plain">{ for land.words(node).into_iter().enumerate().map(|(index, line)| html! { <li key={index}>{ line }</li> }) }</ul>
            </section>
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
        let truncated = matches!(&self.land, Ok(ExploredGraph::Strict(atlas)) if atlas.is_truncated());
        let several = matches!(&self.land, Ok(ExploredGraph::Layered(_)));
        let rows = [
            ("configurations", census.configurations.to_string()),
            ("edges", census.edges.to_string()),
            ("terminal", number(census.terminal)),
            (
                "it begins",
                census.initial.map_or_else(
                    || if several { "in several" } else { "unknown" }.to_owned(),
                    |valency| valency.to_string(),
                ),
            ),
            ("0-valent", number(census.zero_valent)),
            ("1-valent", number(census.one_valent)),
            (
                "bivalent",
                if census.complete { census.bivalent.to_string() } else { format!("at least {}", census.bivalent) },
            ),
            ("bivalent and undecided", census.undecided_bivalent.to_string()),
            (if truncated { "horizon" } else { "stuck" }, number(census.null_valent)),
            ("with two decisions", census.agreement_violations.to_string()),
            (
                "the first of them",
                census
                    .shortest_violation
                    .map_or(if census.complete { "none" } else { "none found" }.into(), |events| {
                        format!("after {}", count(events, "event"))
                    }),
            ),
            ("blocked without", blocked),
            ("cycles of bivalent ones", number(census.bivalent_components)),
        ];
        let complete = match (census.complete, truncated) {
            (true, true) => "complete: exact for the bounded protocol",
            (true, false) => "complete: exact",
            (false, _) => "stopped: what was not found is unknown",
        };
        html! {
            <dl class="census" id="census" data-complete={census.complete.to_string()}>
                <div><dt>{ "search" }</dt><dd>{ complete }</dd></div>
                { for rows.into_iter().map(|(name, value)| html! { <div key={name}><dt>{ name }</dt><dd>{ value }</dd></div> }) }
                if let Ok(ExploredGraph::Strict(atlas)) = &self.land {
                    <div><dt>{ "memory" }</dt><dd>{ format!("{} bytes a configuration", atlas.bytes() / census.configurations.max(1)) }</dd></div>
                }
            </dl>
        }
    }
}
