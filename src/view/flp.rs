//! The FLP view: a theorem in a few screens. Each is live and has one new idea.

use super::app::board_source;
use super::canvas::{Canvas, Pointed, Source};
use super::window;
use bivalent::catalogue::find;
use bivalent::engine::{Choice, Scheduler};
use bivalent::explorer::valency::Valency;
use bivalent::flp::region::{Evidence, Region};
use bivalent::flp::{Compass, choices};
use bivalent::lab::{Action, Lab, Shared};
use bivalent::model::{Timing, TimingKind};
use bivalent::process::ProcessId;
use bivalent::property::Verdict;
use bivalent::scenario::{Fault, Scenario};
use bivalent::scene::{Graph, Node, Valence, at};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use yew::prelude::*;

/// A screen of the story.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Screen {
    Agree,
    Quiet,
    Hasty,
    Futures,
    Forever,
}

const SCREENS: [(Screen, &str, &str); 5] = [
    (
        Screen::Agree,
        "Three must agree",
        "Each of the three starts with 0 or 1, and all must settle on one of the two. Here everybody waits for everybody, and then takes the majority. It works, as long as nothing happens.",
    ),
    (
        Screen::Quiet,
        "One goes quiet",
        "The same program, and p2 says nothing. Is it dead, or just slow? Look through the eyes of p0 and switch between the two worlds. How long should it wait?",
    ),
    (
        Screen::Hasty,
        "So do not wait for all",
        "Now each waits for one other, and decides 0 if it has seen a 0, else 1. Nobody hangs. You choose which letter comes first: click letters to deliver them, and look for two different answers.",
    ),
    (
        Screen::Futures,
        "Both futures",
        "This moment has not decided anything yet. From here the letters can come in an order that ends in 0, and in one that ends in 1. Play both.",
    ),
    (
        Screen::Forever,
        "For ever",
        "A better program, Ben-Or’s, with its coin replaced by 0. Each disc is a moment between two phases, and what can still be decided from it. Six of them keep both colours, and a run can go round among them without end.",
    ),
];

/// How many times the loop is replayed in the engine before its numbers are shown.
const ROUNDS: usize = 100;

/// How long the token takes from disc to disc, in milliseconds.
const STRIDE_MS: f64 = 1_100.0;

/// What happens in the view.
pub enum Msg {
    Act(Action),
    Happened,
    Pointed(Pointed),
    Go(usize),
    ShowAll,
    World(bool),
    Future(bool),
}

/// The FLP view.
pub struct Flp {
    screen: usize,
    reached: usize,
    all: bool,
    slow: bool,
    worlds_seen: [bool; 2],
    futures_seen: [bool; 2],
    lab: Shared,
    board: Source,
    compass: Option<Compass>,
    valency: Option<Valency>,
    region: Option<Rc<RefCell<Region>>>,
    evidence: Option<Result<Evidence, String>>,
    map: Option<Source>,
}

/// What the view needs: a way to open its run in the laboratory.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Opens the run that is shown in the laboratory.
    pub on_open: Callback<Scenario>,
}

fn base(protocol: &str) -> Scenario {
    let mut scenario = Scenario::of(find(protocol).expect("in the catalogue"), 3);
    scenario.inputs = [false, true, true].map(|bit| Some(bit.into())).into();
    scenario.models.timing = Timing { kind: TimingKind::Asynchronous, ..Timing::default() };
    scenario.seed = 2;
    scenario
}

fn scenario(screen: Screen, slow: bool) -> Scenario {
    let p2 = ProcessId(2);
    match screen {
        Screen::Agree => base("wait-for-all"),
        Screen::Quiet => {
            let choice = if slow {
                Choice::Slow { process: p2, extra_ms: 3_600_000 }
            } else {
                Choice::Crash { process: p2, after_effects: None }
            };
            let mut scenario = base("wait-for-all");
            scenario.faults = vec![Fault { at_ms: 0, choice }];
            scenario.until_ms = 3_000;
            scenario
        }
        Screen::Hasty | Screen::Futures | Screen::Forever => {
            let mut scenario = base("wait-for-two");
            scenario.scheduler = Scheduler::ByHand;
            scenario.schedule = ProcessId::all(3).map(|process| Choice::Start(process).into()).collect();
            scenario
        }
    }
}

impl Flp {
    fn open(&mut self, screen: usize) {
        let (kind, ..) = SCREENS[screen];
        self.screen = screen;
        if kind == Screen::Forever {
            self.lab.borrow_mut().act(Action::Play(false));
            if self.region.is_none() {
                let mut region = Region::new();
                self.evidence = Some(region.evidence(ROUNDS));
                self.map = Some(map_source(&region));
                self.region = Some(Rc::new(RefCell::new(region)));
            }
            self.reached = self.reached.max(screen + 1);
            return;
        }
        let scenario = scenario(kind, self.slow);
        self.compass = match kind {
            Screen::Hasty | Screen::Futures => Compass::new(&scenario).ok(),
            Screen::Agree | Screen::Quiet | Screen::Forever => None,
        };
        let mut lab = self.lab.borrow_mut();
        lab.act(Action::Open(Box::new(scenario)));
        match kind {
            Screen::Agree => lab.act(Action::Play(true)),
            Screen::Quiet => {
                lab.act(Action::SeeAs(Some(ProcessId(0))));
                lab.act(Action::Play(true));
            }
            Screen::Hasty | Screen::Futures => lab.act(Action::Seek(3)),
            Screen::Forever => {}
        }
        drop(lab);
        self.look();
    }

    /// Asks the compass where the run stands, and notes what has been done.
    fn look(&mut self) {
        let lab = self.lab.borrow();
        let facts = lab.past();
        self.valency = self.compass.as_mut().and_then(|compass| {
            let node = compass.locate(facts)?;
            Some(compass.valency(node))
        });
        let (kind, ..) = SCREENS[self.screen];
        let done = match kind {
            Screen::Agree => lab.is_over(),
            Screen::Quiet => self.worlds_seen == [true; 2],
            Screen::Hasty => lab.judgements().iter().any(|judgement| judgement.verdict == Verdict::Violated),
            Screen::Futures => self.futures_seen == [true; 2],
            Screen::Forever => true,
        };
        if done {
            self.reached = self.reached.max(self.screen + 1);
        }
    }

    fn may_go_on(&self) -> bool {
        self.screen + 1 < SCREENS.len() && (self.all || self.reached > self.screen)
    }
}

impl Component for Flp {
    type Message = Msg;
    type Properties = Props;

    fn create(ctx: &Context<Self>) -> Self {
        let lab = Lab::new(scenario(Screen::Agree, false)).expect("the story's scenarios are valid");
        let lab: Shared = Rc::new(RefCell::new(lab));
        let board = board_source(&lab, &Rc::new(Cell::new(false)), ctx.link().callback(|()| Msg::Happened));
        let mut view = Flp {
            screen: 0,
            reached: 0,
            all: false,
            slow: false,
            worlds_seen: [true, false],
            futures_seen: [false; 2],
            lab,
            board,
            compass: None,
            valency: None,
            region: None,
            evidence: None,
            map: None,
        };
        view.open(0);
        view
    }

    fn update(&mut self, _: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Act(action) => self.lab.borrow_mut().act(action),
            Msg::Happened => {}
            Msg::Pointed(Pointed::Click(target, _)) => {
                let action = self.lab.borrow().click(target);
                self.lab.borrow_mut().act(action);
            }
            Msg::Pointed(_) => return false,
            Msg::Go(screen) => {
                self.open(screen);
                return true;
            }
            Msg::ShowAll => {
                self.all = true;
                return true;
            }
            Msg::World(slow) => {
                self.slow = slow;
                self.worlds_seen[usize::from(slow)] = true;
                let eyes = self.lab.borrow().see_as();
                self.open(self.screen);
                self.lab.borrow_mut().act(Action::SeeAs(eyes));
            }
            Msg::Future(value) => {
                self.futures_seen[usize::from(value)] = true;
                self.open(self.screen);
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
        self.look();
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let (kind, title, text) = SCREENS[self.screen];
        let lab = self.lab.borrow();
        let steps = SCREENS.iter().enumerate().map(|(index, (_, title, _))| {
            let open = self.all || index <= self.reached;
            html! {
                <li key={index}>
                    <button disabled={!open} aria-current={(index == self.screen).then_some("step")}
                        onclick={link.callback(move |_| Msg::Go(index))}>
                        { format!("{} {title}", index + 1) }
                    </button>
                </li>
            }
        });
        let scenario = lab.saved();
        let open = ctx.props().on_open.reform(move |_: MouseEvent| scenario.clone());
        html! {
            <main class="flp">
                <nav aria-label="The story"><ol class="steps">{ for steps }</ol>
                    if !self.all {
                        <button class="quiet" onclick={link.callback(|_| Msg::ShowAll)}>{ "Show everything" }</button>
                    }
                </nav>
                <section class="stage" aria-label={title}>
                    <h1>{ title }</h1>
                    <p class="question">{ text }</p>
                    if let (Screen::Forever, Some(map)) = (kind, &self.map) {
                        { self.forever(ctx, map) }
                    } else {
                    { self.controls(ctx, kind, &lab) }
                    <div class="board-frame">
                        <Canvas class="board" source={Rc::clone(&self.board)} label={format!("Board: {title}. The letters are listed below.")}
                            on_pointed={link.callback(Msg::Pointed)} />
                        { self.disc() }
                    </div>
                    <p class="caption" aria-live="polite">{ lab.caption() }</p>
                    { self.letters(ctx, &lab) }
                    <div class="transport">
                        <button onclick={link.callback({ let screen = self.screen; move |_| Msg::Go(screen) })}>{ "Again" }</button>
                        <button onclick={link.callback(|_| Msg::Act(Action::Back(1)))} disabled={lab.history().position() == 0}>{ "Back" }</button>
                        <button onclick={open}>{ "Open in the laboratory" }</button>
                        <span class="gap"></span>
                        if self.screen + 1 < SCREENS.len() {
                            <button class="play" disabled={!self.may_go_on()} onclick={link.callback({ let next = self.screen + 1; move |_| Msg::Go(next) })}>
                                { "Next" }
                            </button>
                        }
                    </div>
                    }
                </section>
            </main>
        }
    }
}

impl Flp {
    fn controls(&self, ctx: &Context<Self>, kind: Screen, lab: &Lab) -> Html {
        let link = ctx.link();
        match kind {
            Screen::Agree => html! {
                <p class="hint">{ if lab.is_over() { "All three decided the same. Now let one of them go quiet." } else { "Watch the letters." } }</p>
            },
            Screen::Quiet => {
                let eyes = lab.see_as().is_some();
                html! {
                    <div class="answers">
                        <button aria-pressed={(!self.slow).to_string()} onclick={link.callback(|_| Msg::World(false))}>{ "p2 is dead" }</button>
                        <button aria-pressed={self.slow.to_string()} onclick={link.callback(|_| Msg::World(true))}>{ "p2 is just slow" }</button>
                        <button aria-pressed={eyes.to_string()} onclick={link.callback(move |_| Msg::Act(Action::SeeAs((!eyes).then_some(ProcessId(0)))))}>{ "see as p0" }</button>
                        <p class="hint">{ "p0 sees exactly the same in both. If it waits, it may wait for ever; if it goes on, p2 may still be there." }</p>
                    </div>
                }
            }
            Screen::Hasty => {
                let violated = lab.judgements().into_iter().find(|judgement| judgement.verdict == Verdict::Violated);
                html! {
                    <p class="hint">{ match violated {
                        Some(judgement) => html! { <strong>{ format!("Two answers: {}. Wait, and you can hang. Don’t wait, and you can disagree. Can any program do better?", judgement.why) }</strong> },
                        None => html! { "Each letter waits at its recipient’s door." },
                    } }</p>
                }
            }
            Screen::Forever => html! {},
            Screen::Futures => html! {
                <div class="answers">
                    <button aria-pressed={self.futures_seen[0].to_string()} onclick={link.callback(|_| Msg::Future(false))}>{ "A future that ends in 0" }</button>
                    <button aria-pressed={self.futures_seen[1].to_string()} onclick={link.callback(|_| Msg::Future(true))}>{ "A future that ends in 1" }</button>
                    if self.futures_seen == [true; 2] {
                        <p class="hint"><strong>{ "Nothing was settled at that moment: both ends were still possible. Such a moment is called bivalent. The disc keeps both colours as long as that is so." }</strong></p>
                    }
                </div>
            },
        }
    }

    /// The map of the bivalent region with the token on its loop, and what the replay counted.
    fn forever(&self, ctx: &Context<Self>, map: &Source) -> Html {
        let numbers = match &self.evidence {
            Some(Ok(evidence)) => format!(
                "The loop was just replayed in the engine, {} times round: {} events, {} letters delivered, the oldest one waited {} events. Decided: {}.",
                evidence.rounds,
                evidence.events,
                evidence.delivered,
                evidence.oldest_waiting,
                if evidence.decided == 0 { "nobody".to_owned() } else { evidence.decided.to_string() },
            ),
            Some(Err(reason)) => format!("The loop could not be replayed: {reason}."),
            None => String::new(),
        };
        let region = self.region.clone();
        let open = ctx.props().on_open.clone();
        let open = Callback::from(move |_: MouseEvent| {
            if let Some(Ok(scenario)) = region.as_ref().map(|region| region.borrow_mut().run(3)) {
                open.emit(scenario);
            }
        });
        let list = self.region.as_ref().map(|region| {
            let region = region.borrow();
            let (walk, knot) = region.walk();
            let steps = walk[knot..].iter().enumerate().map(|(index, place)| {
                html! { <li key={index}>{ region.words(*place) }</li> }
            });
            html! { <details><summary>{ "The loop in words: what p0, p1 and p2 are about to tell" }</summary><ol>{ for steps }</ol></details> }
        });
        html! {
            <>
                <div class="board-frame">
                    <Canvas class="board" source={Rc::clone(map)}
                        label="Six bivalent moments with arrows between them, a token that goes round among them for ever, and the shores of 0 and of 1 that it never reaches." />
                </div>
                <p class="caption">{ numbers }</p>
                <p>{ "Nobody crashed. Nothing was lost. Nobody decides. Every letter arrives; only the order is against them. Fischer, Lynch and Paterson proved that for every program without clock or dice there is such an order, or a process whose silence stops it, or two answers." }</p>
                { list.unwrap_or_default() }
                <div class="transport"><button onclick={open}>{ "Open the run in the laboratory" }</button></div>
            </>
        }
    }

    /// What can still be decided, as the explorer computed it for this very configuration.
    fn disc(&self) -> Html {
        let Some(valency) = self.valency else { return html! {} };
        let (left, right, words) = match valency {
            Valency::Zero => ("zero", "zero", "only 0 is still possible"),
            Valency::One => ("one", "one", "only 1 is still possible"),
            Valency::Bivalent => ("zero", "one", "bivalent: 0 and 1 are both still possible"),
            Valency::Null => ("none", "none", "stuck: nothing can be decided any more"),
        };
        html! {
            <figure class="disc">
                <svg viewBox="0 0 64 64" aria-hidden="true">
                    <path d="M32 4a28 28 0 0 0 0 56z" class={left} />
                    <path d="M32 4a28 28 0 0 1 0 56z" class={right} />
                    <circle cx="32" cy="32" r="28" class="ring" />
                    if left == "zero" { <text x="19" y="38" class="on-zero">{ "0" }</text> }
                    if right == "one" { <text x="45" y="38" class="on-one">{ "1" }</text> }
                </svg>
                <figcaption>{ words }</figcaption>
            </figure>
        }
    }

    /// The letters that can be delivered, as buttons: the same as a click on the board.
    fn letters(&self, ctx: &Context<Self>, lab: &Lab) -> Html {
        if lab.scenario().scheduler != Scheduler::ByHand {
            return html! {};
        }
        let buttons = lab.letters().into_iter().map(|(id, text)| {
            html! {
                <button key={id.to_string()} onclick={ctx.link().callback(move |_| Msg::Act(Action::Choose(Choice::Deliver(id))))}>
                    { format!("Deliver {text}") }
                </button>
            }
        });
        html! { <div class="answers letters" role="group" aria-label="Letters that wait">{ for buttons }</div> }
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
