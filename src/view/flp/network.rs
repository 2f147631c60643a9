//! You are the network: the viewer picks the order of deliveries and tries to keep both ends possible.

use super::parts::{base, board, count, disc, known, mark, open_words};
use super::screen::ScreenProps;
use crate::view::builtin::builtin;
use crate::view::canvas::{Pointed, Source};
use crate::view::sources::board_source;
use crate::view::work::Work;
use bivalent::engine::Choice;
use bivalent::flp::adversary_run::{AdversaryRun, Goal};
use bivalent::flp::game::{Game, Move, Open};
use bivalent::flp::protocol_instance::ProtocolInstance;
use bivalent::history::Scheduler;
use bivalent::lab::{Action, Lab, Shared};
use bivalent::process::ProcessId;
use bivalent::scenario::{Link, Scenario, Setting};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// A message that has waited so many events calls the player out.
const STARVED: usize = 14;

/// A message that has waited so many events ends the game: the order was not fair.
const UNFAIR: usize = 40;

/// The number of deliveries that win the first level, and of stages that win the others.
const GOAL: usize = 10;

/// The number of stages that the computed adversary plays for comparison.
const RIVAL_STAGES: usize = 300;

/// A level of the game.
struct Level {
    title: &'static str,
    protocol: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    /// Two messages are offered at a time, one of which keeps both ends possible.
    two: bool,
    text: &'static str,
}

const LEVELS: &[Level] = &[
    Level {
        title: "Two envelopes",
        protocol: "ben-or",
        parameters: &[("coin", "zero")],
        two: true,
        text: "A better program, Ben-Or’s, with its coin replaced by 0. Which of the two shall be delivered first? Ten deliveries win.",
    },
    Level {
        title: "All envelopes",
        protocol: "ben-or",
        parameters: &[("coin", "zero")],
        two: false,
        text: "Ben-Or’s again, and every message that waits is yours to deliver. Serve everybody in turn: ten fair stages win.",
    },
    Level {
        title: "A leader who changes",
        protocol: "rotating-coordinator",
        parameters: &[],
        two: false,
        text: "A leader proposes; who loses patience suspects it. You choose who loses patience. Ten fair stages win.",
    },
    Level {
        title: "Paxos",
        protocol: "paxos",
        parameters: &[],
        two: false,
        text: "Two proposers number their attempts. Ten fair stages win.",
    },
    Level {
        title: "Wait for two",
        protocol: "wait-for-two",
        parameters: &[],
        two: false,
        text: "How long can you keep this one open? Exactly computed: not for long, and see what it costs instead.",
    },
    Level {
        title: "With its coin back",
        protocol: "ben-or",
        parameters: &[("coin", "random")],
        two: false,
        text: "The same program flips real coins, and you cannot choose how they fall. Nobody keeps this one undecided for ever.",
    },
];

/// The messages of the screen.
pub enum NetworkMsg {
    Level(usize),
    Play(usize),
    Hints,
    Back,
    Again,
    Pointed(Pointed),
    Happened,
    /// A share of a frame's time for what is being computed.
    Slice,
    Rival,
}

/// The screen.
pub struct NetworkGame {
    level: usize,
    lab: Shared,
    board: Source,
    game: Game,
    open: Option<Open>,
    moves: Vec<(Move, Option<Open>)>,
    offered: Vec<usize>,
    hints: bool,
    best: usize,
    /// The score when both ends were last known to be possible.
    kept: usize,
    lost: Option<String>,
    rival: Option<Result<AdversaryRun, String>>,
    work: Work,
}

fn scenario(level: &Level) -> Scenario {
    let mut scenario = base(level.protocol);
    for (name, text) in level.parameters {
        scenario.parameters.insert((*name).into(), Setting((*text).into()));
    }
    scenario.scheduler = Scheduler::ByHand;
    scenario.schedule = ProcessId::all(3).map(|process| Choice::Start(process).into()).collect();
    scenario
}

impl NetworkGame {
    /// The level from its beginning. What was best in it is kept.
    fn begin(&mut self) {
        let scenario = scenario(&LEVELS[self.level]);
        self.game = Game::new(builtin(), &scenario).expect("the levels are valid");
        let mut lab = self.lab.borrow_mut();
        lab.act(Action::Open(Box::new(scenario)));
        lab.act(Action::Seek(3));
        drop(lab);
        (self.rival, self.kept) = (None, 0);
        self.look();
    }

    /// Takes over where the run stands; what can be decided from there is computed in slices.
    fn look(&mut self) {
        self.open = None;
        self.offered.clear();
        self.lost = self.game.follow(self.lab.borrow().past()).err();
        self.moves = self.game.moves().into_iter().map(|next| (next, None)).collect();
    }

    /// One piece of work. True if there is none left.
    fn step(&mut self) -> bool {
        if self.open.is_none() {
            self.open = Some(self.game.open());
            return false;
        }
        if let Some((next, open)) = self.moves.iter_mut().find(|(_, open)| open.is_none()) {
            *open = Some(self.game.open_after(next));
            return false;
        }
        if self.offered.is_empty() && !self.moves.is_empty() {
            self.offer();
        }
        self.rival.as_mut().and_then(|rival| rival.as_mut().ok()).is_none_or(|rival| rival.step(1))
    }

    /// Chooses what the player may pick from: all, or two of which one keeps both ends possible and, if there is
    /// such a one, the other does not.
    fn offer(&mut self) {
        let all = 0..self.moves.len();
        if !LEVELS[self.level].two {
            self.offered = all.collect();
            return;
        }
        let keeps = |place: &usize| self.moves[*place].1.is_some_and(Open::is_kept);
        let good = all.clone().find(keeps);
        let bad = all.clone().find(|place| !keeps(place)).or_else(|| all.clone().rfind(|place| Some(*place) != good));
        self.offered = good.into_iter().chain(bad).collect();
        // In the order of their names, so that their places give nothing away.
        self.offered.sort_by_key(|place| {
            let event = &self.moves[*place].0.event;
            (event.process, event.mail.as_ref().map(|mail| mail.from))
        });
    }

    fn is_lost(&self) -> Option<String> {
        if let Some(reason) = &self.lost {
            return Some(reason.clone());
        }
        if self.game.ledger().oldest_waiting() >= UNFAIR {
            return Some(format!("A message has waited for {UNFAIR} events. That is not fair any more."));
        }
        if self.game.decided() != 0 {
            return Some("Somebody has decided.".into());
        }
        self.open.filter(|open| !open.is_kept()).map(|open| match open.exact {
            true => format!("One colour is gone: {}.", open_words(open)),
            // Without the whole graph nobody can say that it is gone, but neither that it is there.
            false => format!("Both colours cannot be certified any more: {}.", open_words(open)),
        })
    }

    /// The score: deliveries in the first level, stages in the others; and whether the goal is reached.
    fn score(&self) -> (usize, bool) {
        let score = if LEVELS[self.level].two { self.game.ledger().delivered } else { self.game.stages() };
        (score, score >= GOAL)
    }

    fn play(&mut self, place: usize) {
        let choice = self.game.choice(self.lab.borrow().history().engine(), &self.moves[place].0);
        if let Some(choice) = choice {
            self.lab.borrow_mut().act(Action::Choose(choice));
            self.look();
        }
    }

    fn wake(&mut self, ctx: &Context<Self>) {
        if !self.work.is_on() {
            self.work = Work::begun(ctx.link(), NetworkMsg::Slice);
        }
    }
}

impl Component for NetworkGame {
    type Message = NetworkMsg;
    type Properties = ScreenProps;

    fn create(ctx: &Context<Self>) -> Self {
        let start = scenario(&LEVELS[0]);
        let lab: Shared = Rc::new(RefCell::new(Lab::new(builtin(), start.clone()).expect("the levels are valid")));
        let board = board_source(&lab, &Rc::new(Cell::new(false)), ctx.link().callback(|()| NetworkMsg::Happened));
        let mut network = NetworkGame {
            level: 0,
            lab,
            board,
            game: Game::new(builtin(), &start).expect("the levels are valid"),
            open: None,
            moves: Vec::new(),
            offered: Vec::new(),
            hints: false,
            best: 0,
            kept: 0,
            lost: None,
            rival: None,
            work: Work::default(),
        };
        network.begin();
        network.wake(ctx);
        network
    }

    fn update(&mut self, ctx: &Context<Self>, msg: NetworkMsg) -> bool {
        match msg {
            NetworkMsg::Level(level) => {
                (self.level, self.best) = (level, 0);
                self.begin();
            }
            NetworkMsg::Again => self.begin(),
            NetworkMsg::Back => {
                self.lab.borrow_mut().act(Action::Undo);
                self.look();
            }
            NetworkMsg::Hints => self.hints = !self.hints,
            NetworkMsg::Play(place) => self.play(place),
            NetworkMsg::Pointed(Pointed::Click(target, _)) => {
                // A message on the board is as good as its button, if it is offered.
                let wanted = self.lab.borrow().click(target);
                let lab = Rc::clone(&self.lab);
                let same = |place: &usize| {
                    let choice = self.game.choice(lab.borrow().history().engine(), &self.moves[*place].0);
                    choice.is_some_and(|choice| wanted == Action::Choose(choice))
                };
                match self.offered.iter().copied().find(same).filter(|_| self.is_lost().is_none()) {
                    Some(place) => self.play(place),
                    None => return false,
                }
            }
            NetworkMsg::Pointed(_) => return false,
            NetworkMsg::Happened => return true,
            NetworkMsg::Slice => {
                let mut work = std::mem::take(&mut self.work);
                let done = work.share(ctx.link(), NetworkMsg::Slice, || self.step());
                self.work = work;
                if done {
                    if self.open.is_some_and(Open::is_kept) && self.lost.is_none() {
                        let (score, won) = self.score();
                        (self.kept, self.best) = (score, self.best.max(score));
                        if won {
                            ctx.props().on_done.emit(());
                        }
                    }
                    return true;
                }
            }
            NetworkMsg::Rival => {
                let level = &LEVELS[self.level];
                let given = level.parameters.iter().map(|(name, text)| ((*name).into(), (*text).into()));
                let instance = ProtocolInstance {
                    catalogue: builtin().clone(),
                    protocol: level.protocol.into(),
                    parameters: given.collect(),
                    inputs: "011".into(),
                };
                self.rival = Some(AdversaryRun::new(instance, Goal::Stages(RIVAL_STAGES)));
            }
        }
        self.wake(ctx);
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let lab = self.lab.borrow();
        let level = &LEVELS[self.level];
        let pick = link.batch_callback(|event: Event| {
            let select: HtmlSelectElement = event.target()?.dyn_into().ok()?;
            Some(NetworkMsg::Level(select.value().parse().ok()?))
        });
        let (score, won) = self.score();
        let lost = self.is_lost();
        let thinking = self.open.is_none() || self.offered.is_empty() && !self.moves.is_empty();
        let unit = if level.two { "delivery" } else { "fair stage" };
        // The move that loses counts for nothing.
        let told = if lost.is_some() { self.kept } else { score };
        let units = match (told, level.two) {
            (1, _) => format!("1 {unit}"),
            (_, true) => format!("{told} deliveries"),
            (_, false) => format!("{told} fair stages"),
        };
        let verdict = match &lost {
            Some(reason) => {
                html! { <strong>{ format!("{reason} Kept open until then: {units}. Take it back, or begin again.") }</strong> }
            }
            None if won => {
                html! { <strong>{ format!("{units}, and both colours are still there. You could go on like this for ever: nobody crashed, nothing was lost.") }</strong> }
            }
            None => html! { { format!("{} So far: {units}.", level.text) } },
        };
        let starved = self.game.ledger().waiting().next().map(|message| self.game.ledger().events - message.sent.0);
        let starved = starved.filter(|age| *age >= STARVED).and_then(|age| {
            let (oldest, _) = self.moves.iter().find(|(next, _)| next.waited == Some(age))?;
            let mail = oldest.event.mail.as_ref()?;
            Some(format!(
                "“I am a message from {} to {}, and I have waited for {age} events. Deliver me, or it is not fair.”",
                mail.from, mail.to
            ))
        });
        let here = Link { scenario: lab.saved(), position: lab.history().position() };
        let open = ctx.props().on_open.reform(move |_: MouseEvent| here.clone());
        let beside = match self.open {
            Some(now) => disc(known(now), open_words(now)),
            None => html! { <figure class="disc"><figcaption>{ "looking ahead…" }</figcaption></figure> },
        };
        html! {
            <>
                <div class="answers">
                    <label>{ "Level " }
                        <select id="level" onchange={pick}>
                            { for LEVELS.iter().enumerate().map(|(index, level)| html! {
                                <option key={index} value={index.to_string()} selected={index == self.level}>{ format!("{} {}", index + 1, level.title) }</option>
                            }) }
                        </select>
                    </label>
                    <button aria-pressed={self.hints.to_string()} onclick={link.callback(|_| NetworkMsg::Hints)}>{ "Show what each would do" }</button>
                    <p class="hint" role="status">{ verdict }</p>
                </div>
                { board(&self.board, "Board: three processes. The list below has all that can happen next.".into(), link.callback(NetworkMsg::Pointed), beside) }
                if let Some(words) = starved { <p class="caption starved">{ words }</p> }
                <div class="answers envelopes" role="group" aria-label="Possible next events">
                    if thinking { <p class="hint">{ "Looking ahead…" }</p> }
                    if lost.is_none() { { for self.offered.iter().map(|place| self.envelope(ctx, *place)) } }
                </div>
                <p class="soft">{ self.books() }</p>
                <div class="transport">
                    <button onclick={link.callback(|_| NetworkMsg::Back)} disabled={lab.history().position() <= 3}>{ "Take it back" }</button>
                    <button onclick={link.callback(|_| NetworkMsg::Again)}>{ "Again" }</button>
                    <button id="rival" onclick={link.callback(|_| NetworkMsg::Rival)} disabled={self.rival.is_some()}>{ "How far does the computer come?" }</button>
                    <button onclick={open}>{ "Open in the laboratory" }</button>
                </div>
                if let Some(words) = self.rival_words() { <p class="caption" role="status">{ words }</p> }
            </>
        }
    }
}

impl NetworkGame {
    /// Something that can happen, as a button.
    fn envelope(&self, ctx: &Context<Self>, place: usize) -> Html {
        let (next, after) = &self.moves[place];
        let what = match &next.event.mail {
            Some(mail) => format!("{} → {}: {}", mail.from, mail.to, mail.payload.text()),
            None => format!("{}: its timer runs out", next.event.process),
        };
        let waited = next.waited.map(|events| format!("waits for {}", count(events, "event")));
        html! {
            <button key={place} class="envelope" onclick={ctx.link().callback(move |_| NetworkMsg::Play(place))}>
                <span>{ what }</span>
                if let Some(waited) = waited { <span class="soft">{ waited }</span> }
                if next.flips() { <span class="soft">{ "a coin will fall" }</span> }
                if let Some(after) = after.filter(|_| self.hints) {
                    <span class="soft">{ mark(known(after)) }{ if after.decided { "somebody decides" } else { open_words(after) } }</span>
                }
            </button>
        }
    }

    fn books(&self) -> String {
        let ledger = self.game.ledger();
        let queue: Vec<String> = self.game.queue().map(|process| process.to_string()).collect();
        format!(
            "{} delivered, {} waiting, the oldest for {}. To be served next: {}. Best so far: {}.",
            ledger.delivered,
            ledger.waiting().len(),
            count(ledger.oldest_waiting(), "event"),
            queue.join(", "),
            self.best,
        )
    }

    fn rival_words(&self) -> Option<String> {
        let rival = match self.rival.as_ref()? {
            Ok(rival) => rival,
            Err(error) => return Some(format!("The computer cannot play this one. {error}.")),
        };
        let (stages, ledger) = (rival.adversary().stages().len(), rival.adversary().ledger());
        Some(match (rival.report(), rival.adversary().stopped()) {
            (None, _) => format!("The computer plays: {} so far.", count(stages, "stage")),
            (Some(Err(error)), _) => format!("The computer’s play could not be checked: {error}."),
            (_, Some(stopped)) => format!("The computer comes to stage {}: {}.", stopped.stage, stopped.why),
            _ => format!(
                "The computer played {} in {} and could go on; the oldest message ever waited for {}. It replayed all of it before saying so.",
                count(stages, "stage"),
                count(ledger.events, "event"),
                count(ledger.oldest_ever, "event"),
            ),
        })
    }
}
