//! For ever: the bivalent region with its loop, the adversary at work, and the ladder of protocols.

use super::horns::Horns;
use super::parts::{buffer_words, count};
use super::screen::ScreenProps;
use crate::view::browser::still;
use crate::view::builtin::builtin;
use crate::view::canvas::{Canvas, Source};
use crate::view::work::Work;
use bivalent::catalogue::{Entry, Name};
use bivalent::flp::adversary_run::{AdversaryRun, Goal, ladder};
use bivalent::flp::protocol_instance::ProtocolInstance;
use bivalent::flp::region::{Evidence, Region};
use bivalent::scenario::Link;
use bivalent::scene::{Graph, Node, Valence, at};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use yew::prelude::*;

/// The number of times that the loop is replayed in the engine before its numbers are shown.
const ROUNDS: usize = 100;

/// The number of stages that the adversary plays against the protocol of the region.
const STAGES: usize = 1_000;

/// The time that the token takes from disc to disc, in milliseconds.
const STRIDE_MS: f64 = 1_100.0;

/// The messages of the screen.
pub enum ForeverMsg {
    Stop,
    Resume,
    /// A share of a frame's time for what is being computed.
    Slice,
}

/// The screen.
pub struct Forever {
    region: Rc<RefCell<Region>>,
    evidence: Result<Evidence, String>,
    map: Source,
    ladder: Vec<(ProtocolInstance, Name)>,
    play: AdversaryRun,
    work: Work,
}

impl Component for Forever {
    type Message = ForeverMsg;
    type Properties = ScreenProps;

    fn create(ctx: &Context<Self>) -> Self {
        let mut region = Region::new();
        let evidence = region.evidence(ROUNDS);
        let map = map_source(&region);
        let ladder = ladder(builtin());
        // The region is one of a protocol whose rounds are layers; so is what the adversary plays against.
        let is_layered = |(instance, _): &&(ProtocolInstance, Name)| entry(instance).layered.is_some();
        let (layered, _) = ladder.iter().find(is_layered).expect("a contender in layers");
        let play = AdversaryRun::new(layered.clone(), Goal::Stages(STAGES)).expect("a valid play");
        Forever {
            region: Rc::new(RefCell::new(region)),
            evidence,
            map,
            ladder,
            play,
            work: Work::begun(ctx.link(), ForeverMsg::Slice),
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: ForeverMsg) -> bool {
        match msg {
            ForeverMsg::Stop => self.work.stop(),
            ForeverMsg::Resume => self.work = Work::begun(ctx.link(), ForeverMsg::Slice),
            ForeverMsg::Slice => {
                self.work.share(ctx.link(), ForeverMsg::Slice, || self.play.step(1));
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let numbers = match &self.evidence {
            Ok(evidence) => format!(
                "The loop was just replayed in the engine, {} times round: {} events, {} messages delivered, the oldest one waited {} events. Decided: {}.",
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
                open.emit(Link { scenario, position: 0 });
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
                <h2>{ "Whatever program you write" }</h2>
                <p class="prose">{ "Nobody crashed. Nothing was lost. Nobody decides. And without clock or dice no program does better: there is such an order of messages, or a process whose silence stops it, or two answers. Which of the three is it for each of these? Each mends what the one before fell over." }</p>
                <ol class="ladder">{ for self.ladder.iter().map(|(instance, idea)| contender(ctx.props(), instance, idea)) }</ol>
            </>
        }
    }
}

impl Forever {
    /// The stages that the adversary has played so far.
    fn counters(&self, ctx: &Context<Self>) -> Html {
        let (stages, ledger) = (self.play.adversary().stages().len(), self.play.adversary().ledger());
        let words = format!(
            "{} of {STAGES}: {}, {} of {} completed by everybody. The oldest message ever waited for {}; {}. Decided: {}.",
            count(stages, "stage"),
            count(ledger.events, "event"),
            count(self.play.adversary().phases() as usize, "phase"),
            entry(&self.play.instance).title,
            count(ledger.oldest_ever, "event"),
            buffer_words(ledger.buffer_max, ledger.grows()),
            if self.play.adversary().decided() == 0 { "nobody" } else { "somebody" },
        );
        match self.play.report() {
            None => self.work.view(
                Some((stages, STAGES)),
                words,
                ctx.link().callback(|_| ForeverMsg::Stop),
                ctx.link().callback(|_| ForeverMsg::Resume),
            ),
            Some(Err(error)) => html! { <p class="prose">{ format!("The play could not be checked: {error}.") }</p> },
            Some(Ok(report)) => html! {
                <p class="prose">{ format!("{words} {} delivered. All of it was replayed, with two certificates for every stage: from each, one run decides 0 and another decides 1.", count(report.messages_delivered, "message")) }</p>
            },
        }
    }
}

/// The entry of a contender in the catalogue.
fn entry(instance: &ProtocolInstance) -> Arc<Entry> {
    instance.catalogue.find(&instance.protocol).expect("the ladder is of the catalogue")
}

/// A contender of the ladder: what it tries, and what it falls on. Somebody that has seen one fall may go on.
fn contender(props: &ScreenProps, instance: &ProtocolInstance, idea: &Name) -> Html {
    let title = AttrValue::from(entry(instance).title.clone());
    let ScreenProps { on_done, on_open } = props;
    html! {
        <li key={instance.protocol.as_str()}>
            <p><strong>{ &title }</strong>{ format!(". {idea} Inputs {}.", instance.inputs) }</p>
            <Horns instance={instance.clone()} {title} on_found={on_done} {on_open} />
        </li>
    }
}

/// The map: six bivalent discs in a ring, the two shores beside them, the token on its loop.
fn map_source(region: &Region) -> Source {
    let (walk, knot) = region.walk();
    let count = region.inside.len();
    let labels: Vec<String> = (0..count).map(|place| region.label(place)).collect();
    let (shores, exits, inner) = (region.shores, region.exits.clone(), region.edges.clone());
    let progress = Cell::new(0.0);
    let still = still();
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
        let reach = (width * if width < 500.0 { 0.27 } else { 0.2 }, height * 0.35);
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
