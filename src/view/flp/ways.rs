//! Ways out: the same programs, and one thing given back. A coin, a clock, a suspicion, a calm from some time on.

use super::ScreenProps;
use super::parts::{board, count, next_frame, progress, slice};
use crate::view::app::board_source;
use crate::view::canvas::Source;
use bivalent::adversary::Horn;
use bivalent::explorer::synchronous::Faults;
use bivalent::flp::calm::{CALM_MAX_MS, DOUBT_STAGES as STAGES, Outline, doubted, outline, stormy, trusting};
use bivalent::flp::clock::{CASES, Case, Clock, Found, Violation};
use bivalent::flp::coin::{Counts, Experiment};
use bivalent::flp::region::{Evidence, Region};
use bivalent::flp::trial::Trial;
use bivalent::lab::{Action, Lab, Shared};
use bivalent::process::ProcessId;
use bivalent::scenario::Scenario;
use gloo::render::AnimationFrame;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// What is given back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Coin,
    Clock,
    Suspicion,
    Calm,
}

const WAYS: [(Way, &str, &str); 4] = [
    (
        Way::Coin,
        "A coin",
        "Ben-Or’s program gets its coin back. A run without end still exists, but the coins would have to miss each other in every round of it, and the chance of that is 0. Seeds are run in a random order of letters, and against the strongest adversary of the layered model, who knows everything but how the next coins fall.",
    ),
    (
        Way::Clock,
        "A clock",
        "Rounds that end on time: what was sent and has not come by then never will. FloodSet tells everybody all it knows in every round. With f crashes f rounds are too few, since each crash can hide the news once more; f + 1 rounds are enough, because in one of them nobody crashes. That is not argued here but gone through, run by run.",
    ),
    (
        Way::Suspicion,
        "A suspicion",
        "The rotating coordinator suspects who is not heard. If nobody suspects a coordinator that is alive, the first one settles it. If the network may cause wrong suspicions for ever, every coordinator is doubted by somebody, and it never ends.",
    ),
    (
        Way::Calm,
        "A calm from some time on",
        "Nobody knows when it begins, but from then on letters are on time. p0 has crashed, and in the storm every letter comes later than patience lasts, so the others suspect each other in vain. You say when the calm begins.",
    ),
];

/// How many runs of each kind the experiment has.
const RUNS: usize = 5_000;

/// How many times the endless run of Ben-Or is gone round for its numbers.
const LOOPS: usize = 100;

/// From this number of rounds on, runs are shown together.
const ROUNDS_MAX: usize = 11;

/// What happens on the screen.
pub enum Msg {
    Go(usize),
    /// A share of a frame's time for what is being computed.
    Slice,
    Stop,
    Resume,
    Happened,
    /// The run with wrong suspicions, or the one without.
    Wrong(bool),
    /// When the calm begins, in milliseconds.
    Calm(u32),
    Again,
    Open(Box<Scenario>),
}

/// The screen.
pub struct Ways {
    way: usize,
    tried: [bool; 4],
    experiment: Experiment,
    clock: Clock,
    trial: Trial,
    wrong: bool,
    calm_ms: u32,
    outline: Outline,
    /// The endless run of Ben-Or, once it was asked for.
    endless: Option<(Scenario, Evidence)>,
    lab: Shared,
    board: Source,
    stopped: bool,
    frame: Option<AnimationFrame>,
}

impl Ways {
    fn way(&self) -> Way {
        WAYS[self.way].0
    }

    /// One piece of work. True if there is none left.
    fn work(&mut self) -> bool {
        match self.way() {
            Way::Coin => self.experiment.step(),
            Way::Clock => self.clock.step(),
            Way::Suspicion => self.trial.step(1),
            Way::Calm => true,
        }
    }

    /// The adversary's run against the rotating coordinator, once it is known: round its loop once.
    fn doubted(&self) -> Option<Scenario> {
        let report = self.trial.report()?.as_ref().ok()?;
        let endless = report.horns.iter().find(|horn| matches!(horn, Horn::Endless { .. }))?;
        self.trial.run_of(endless).ok()
    }

    /// Puts the run of this way on the board.
    fn show(&mut self) {
        let (scenario, speed) = match self.way() {
            Way::Coin | Way::Clock => return,
            Way::Suspicion if self.wrong => match self.doubted() {
                Some(scenario) => (scenario, 0),
                None => return,
            },
            Way::Suspicion => (trusting(), 0),
            // A storm takes its time.
            Way::Calm => (stormy(self.calm_ms), 3),
        };
        self.outline = outline(&scenario).unwrap_or_default();
        let mut lab = self.lab.borrow_mut();
        let faster = speed - lab.speed();
        lab.act(Action::Open(Box::new(scenario)));
        lab.act(Action::Speed(faster));
        lab.act(Action::Play(true));
    }

    fn wake(&mut self, ctx: &Context<Self>) {
        self.frame = (!self.stopped).then(|| next_frame(ctx.link(), Msg::Slice));
    }
}

impl Component for Ways {
    type Message = Msg;
    type Properties = ScreenProps;

    fn create(ctx: &Context<Self>) -> Self {
        let lab: Shared = Rc::new(RefCell::new(Lab::new(trusting()).expect("a valid scenario")));
        let board = board_source(&lab, &Rc::new(Cell::new(false)), ctx.link().callback(|()| Msg::Happened));
        let mut ways = Ways {
            way: 0,
            tried: [true, false, false, false],
            experiment: Experiment::new(RUNS),
            clock: Clock::default(),
            trial: doubted(),
            wrong: false,
            calm_ms: 4_000,
            outline: Outline::default(),
            endless: None,
            lab,
            board,
            stopped: false,
            frame: None,
        };
        ways.wake(ctx);
        ways
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Go(way) => {
                (self.way, self.tried[way], self.stopped) = (way, true, false);
                if self.way() == Way::Calm && self.endless.is_none() {
                    let mut region = Region::new();
                    self.endless = region.run(3).ok().zip(region.evidence(LOOPS).ok());
                }
                self.show();
                self.wake(ctx);
                if self.tried == [true; 4] {
                    ctx.props().on_done.emit(());
                }
            }
            Msg::Slice => {
                let done = slice(|| self.work());
                self.frame = (!done).then(|| next_frame(ctx.link(), Msg::Slice));
            }
            Msg::Stop => (self.stopped, self.frame) = (true, None),
            Msg::Resume => {
                self.stopped = false;
                self.wake(ctx);
            }
            Msg::Happened => {}
            Msg::Wrong(wrong) => {
                self.wrong = wrong;
                self.show();
            }
            Msg::Calm(calm_ms) => {
                self.calm_ms = calm_ms;
                self.show();
            }
            Msg::Again => self.show(),
            Msg::Open(scenario) => {
                ctx.props().on_open.emit(*scenario);
                return false;
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let ways = WAYS.iter().enumerate().map(|(index, (_, title, _))| {
            html! {
                <button key={index} aria-pressed={(index == self.way).to_string()}
                    onclick={link.callback(move |_| Msg::Go(index))}>{ title }</button>
            }
        });
        let body = match self.way() {
            Way::Coin => self.coin(ctx),
            Way::Clock => self.clock(ctx),
            Way::Suspicion => self.suspicion(ctx),
            Way::Calm => self.calm(ctx),
        };
        html! {
            <>
                <div class="answers" role="group" aria-label="What is given back">{ for ways }</div>
                <p>{ WAYS[self.way].2 }</p>
                { body }
                <h2>{ "The theorem, exactly" }</h2>
                <p>{ "Take any deterministic program for asynchronous processes whose letters are never lost: if no run of it holds two different decisions, and some run decides 0 and some run decides 1, then it has a run in which at most one process stops, every letter to the others is received, and nobody ever decides (Fischer, Lynch and Paterson, 1985)." }</p>
                <p>{ "It forbids a guarantee without clock or dice. Each way out takes away one word of it: deterministic, or asynchronous." }</p>
            </>
        }
    }
}

/// A number of hundredths, with its point.
fn hundredths(number: usize) -> String {
    format!("{}.{:02}", number / 100, number % 100)
}

fn names(processes: &[ProcessId]) -> String {
    match processes {
        [] => "nobody".into(),
        _ => processes.iter().map(ProcessId::to_string).collect::<Vec<_>>().join(" and "),
    }
}

impl Ways {
    /// Work that goes on, or that was stopped.
    fn working(&self, ctx: &Context<Self>, done: usize, all: usize, words: String) -> Html {
        if self.stopped {
            return html! { <p class="caption">{ words }<button onclick={ctx.link().callback(|_| Msg::Resume)}>{ "Go on" }</button></p> };
        }
        progress(done, all, words, ctx.link().callback(|_| Msg::Stop))
    }

    fn open(&self, ctx: &Context<Self>, scenario: Scenario, words: String) -> Html {
        let scenario = Box::new(scenario);
        html! { <button onclick={ctx.link().callback(move |_| Msg::Open(scenario.clone()))}>{ words }</button> }
    }

    fn coin(&self, ctx: &Context<Self>) -> Html {
        let Experiment { random, against, .. } = &self.experiment;
        let exact = self.experiment.exact();
        let exact_words = match exact.denominator {
            1 => exact.numerator.to_string(),
            under => format!("{}/{under}", exact.numerator),
        };
        let exact_hundredths = usize::try_from(100 * exact.numerator / exact.denominator).expect("few rounds");
        let done = random.runs;
        let words = format!("{done} of {RUNS} seeds, in both ways");
        let table = (1..random.by_rounds.len().max(against.by_rounds.len())).map(|rounds| {
            let of = |counts: &Counts| counts.by_rounds.get(rounds).copied().unwrap_or(0);
            html! { <tr key={rounds}><th scope="row">{ rounds }</th><td>{ of(random) }</td><td>{ of(against) }</td></tr> }
        });
        html! {
            <>
                { chart(random, against, exact_hundredths) }
                <ul class="key">
                    <li><span class="swatch random"></span>{ format!("random order: {} rounds on average", hundredths(random.mean_hundredths())) }</li>
                    <li><span class="swatch against"></span>{ format!("strongest adversary: {} rounds on average, measured", hundredths(against.mean_hundredths())) }</li>
                    <li><span class="swatch exact"></span>{ format!("strongest adversary: exactly {exact_words} rounds on average, computed") }</li>
                </ul>
                if done < RUNS { { self.working(ctx, done, RUNS, words) } } else { <p class="caption">{ words }</p> }
                <p>{ "Counted are the rounds until the first decision, from 0, 1, 1; until the last one the exact mean is the same. The adversary’s choice for every moment is the best there is: the equations of optimality hold exactly, in fractions." }</p>
                <details><summary>{ "The counts" }</summary>
                    <table><thead><tr><th scope="col">{ "rounds" }</th><th scope="col">{ "random order" }</th><th scope="col">{ "strongest adversary" }</th></tr></thead>
                    <tbody>{ for table }</tbody></table>
                </details>
                <div class="transport">{ self.open(ctx, self.experiment.scenario().clone(), "Open a random run in the laboratory".into()) }</div>
            </>
        }
    }

    fn clock(&self, ctx: &Context<Self>) -> Html {
        let found = self.clock.found();
        let rows =
            CASES.iter().zip(found).enumerate().map(|(place, (case, found))| self.case(ctx, place, *case, found));
        let done = (0..CASES.len()).take_while(|case| self.clock.is_done(*case)).count();
        html! {
            <>
                <ul class="ladder">{ for rows }</ul>
                if done < CASES.len() { { self.working(ctx, done, CASES.len(), format!("{done} of {} gone through", CASES.len())) } }
                <p>{ "When the fault moves, nobody crashes, and each round at most one process, another one each time if the adversary likes, fails to send some letters. In the runs above it did not even have to move. Then the clock does not help: no program at all can guarantee agreement (Santoro and Widmayer, 1989)." }</p>
            </>
        }
    }

    fn case(&self, ctx: &Context<Self>, place: usize, case: Case, found: &Found) -> Html {
        let what = match case.faults {
            Faults::Crashes(most) => {
                format!("{} processes, at most {most} crash{}", case.processes, if most == 1 { "" } else { "es" })
            }
            Faults::Moving => format!("{} processes, a fault that moves", case.processes),
        };
        let all = if self.clock.is_done(place) { "" } else { " so far" };
        let runs = format!(
            "{} from all inputs{all}, {}",
            count(found.runs as usize, "run"),
            count(found.configurations, "configuration")
        );
        let verdict = match &found.violation {
            Some(violation) => {
                let open = case
                    .run(violation)
                    .ok()
                    .map(|scenario| self.open(ctx, scenario, format!("Open case {}", place + 1)));
                html! { <p><strong>{ "Two answers. " }</strong>{ violation_words(case, violation) }{ " " }{ for open }</p> }
            }
            None if all.is_empty() => html! { <p><strong>{ "Agreement holds in every run." }</strong></p> },
            None => html! {},
        };
        html! {
            <li key={place}>
                <p>{ format!("{what}, {}: {runs}.", count(case.rounds, "round")) }</p>
                { verdict }
            </li>
        }
    }

    /// The board with its run, and how to play it again or open it.
    fn run(&self, ctx: &Context<Self>, label: &str) -> Html {
        let lab = self.lab.borrow();
        html! {
            <>
                { board(&self.board, label.into(), Callback::noop(), html! {}) }
                <p class="caption">{ lab.caption() }</p>
                <div class="transport">
                    <button onclick={ctx.link().callback(|_| Msg::Again)}>{ "Again" }</button>
                    { self.open(ctx, lab.saved(), "Open in the laboratory".into()) }
                </div>
            </>
        }
    }

    fn decided(&self) -> String {
        let decided = self.outline.decided_ms.iter().map(|(process, at_ms)| format!("{process} at {at_ms} ms"));
        decided.collect::<Vec<_>>().join(", ")
    }

    fn suspicion(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let stages = self.trial.adversary().stages().len();
        let horn = self.trial.report().and_then(|report| report.as_ref().ok()).and_then(|report| {
            let cycle = report.horns.iter().find_map(|horn| match horn {
                Horn::Endless { cycle, .. } => Some(cycle),
                _ => None,
            })?;
            Some((cycle, report.oldest_waiting))
        });
        let words = if self.wrong {
            format!(
                "{} until the loop has been gone round once, {}, decided: nobody.",
                count(self.outline.events as usize, "event"),
                count(self.outline.suspicions, "suspicion")
            )
        } else {
            format!("{}; decided in the first round: {}.", count(self.outline.suspicions, "suspicion"), self.decided())
        };
        let found = match (self.trial.report(), horn) {
            (None, _) => self.working(ctx, stages, STAGES, format!("The adversary: {}", count(stages, "stage"))),
            (_, Some((cycle, oldest))) => html! {
                <p>{ format!("With wrong suspicions: after {} the same moment comes back every {}, up to the round’s number. Nobody crashes, all letters arrive, the oldest waits for {}, and nobody decides in {}.", count(cycle.prefix, "event"), count(cycle.length, "event"), count(oldest, "event"), count(stages, "stage")) }</p>
            },
            (_, None) => html! { <p class="hint">{ "The adversary found no loop." }</p> },
        };
        html! {
            <>
                <div class="answers">
                    <button aria-pressed={(!self.wrong).to_string()} onclick={link.callback(|_| Msg::Wrong(false))}>{ "Nobody is suspected wrongly" }</button>
                    <button aria-pressed={self.wrong.to_string()} disabled={horn.is_none()} onclick={link.callback(|_| Msg::Wrong(true))}>{ "Wrong suspicions, for ever" }</button>
                </div>
                { self.run(ctx, "Board: the rotating coordinator.") }
                <p>{ words }</p>
                { found }
            </>
        }
    }

    fn calm(&self, ctx: &Context<Self>) -> Html {
        let calm_ms = self.calm_ms;
        let onchange = ctx.link().callback(|event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            Msg::Calm(input.value().parse().unwrap_or(CALM_MAX_MS).min(CALM_MAX_MS))
        });
        let last = self.outline.decided_ms.iter().map(|(_, at_ms)| *at_ms).max();
        let after = last.and_then(|last| last.checked_sub(u64::from(calm_ms)));
        let when = after.map_or("Nobody has decided.".to_owned(), |after| {
            format!(
                "Decided: {}. That is {after} ms after the calm began, and {} came before it.",
                self.decided(),
                count(self.outline.suspicions, "suspicion")
            )
        });
        html! {
            <>
                <label class="field"><span>{ format!("The calm begins at {calm_ms} ms") }</span>
                    <input type="range" min="500" max={CALM_MAX_MS.to_string()} step="500" value={calm_ms.to_string()} {onchange} />
                </label>
                <p><strong>{ when }</strong></p>
                { self.run(ctx, "Board: the rotating coordinator in a storm, then in a calm.") }
                if let Some((scenario, evidence)) = &self.endless {
                    <p>{ format!("Waiting is part of the cure. Ben-Or’s program without its coin never waits for anybody, so a bound on delays does not help it: in its endless run, just replayed for {}, no letter waited for more than {}, and nobody decided. It is also a run of a system whose delays are bounded.", count(evidence.events as usize, "event"), count(evidence.oldest_waiting as usize, "event")) }
                    { " " }{ self.open(ctx, scenario.clone(), "Open that run".into()) }</p>
                }
            </>
        }
    }
}

/// What goes wrong in a violation, in words.
fn violation_words(case: Case, violation: &Violation) -> String {
    let inputs: String = violation.inputs.iter().map(|bit| if *bit { '1' } else { '0' }).collect();
    let verb = if case.faults == Faults::Moving { "is" } else { "crashes and is" };
    let omissions = violation.omissions.iter().map(|omission| {
        format!(
            "in round {} {} {verb} heard by {} only",
            omission.exchange,
            omission.process,
            names(&omission.heard_by)
        )
        .replace("nobody only", "nobody")
    });
    format!("From {inputs}: {}.", omissions.collect::<Vec<_>>().join("; "))
}

/// The histogram's left end, the width of a number of rounds, the foot of the bars, and the height of all runs.
const LEFT: usize = 10;
const STEP: usize = 31;
const BASE: usize = 190;
const HIGH: usize = 140;

/// The histogram: for each number of rounds a bar of each kind, in per cent of the runs, and the means as lines.
fn chart(random: &Counts, against: &Counts, exact_hundredths: usize) -> Html {
    let share = |counts: &Counts, rounds: usize| {
        let places = if rounds == ROUNDS_MAX { rounds..counts.by_rounds.len().max(rounds) } else { rounds..rounds + 1 };
        let runs: usize = counts.by_rounds.get(places).unwrap_or_default().iter().sum();
        (100 * runs + counts.runs / 2) / counts.runs.max(1)
    };
    let bars = (1..=ROUNDS_MAX).map(|rounds| {
        let x = LEFT + STEP * (rounds - 1);
        let bar = |offset: usize, class: &'static str, counts: &Counts| {
            let percent = share(counts, rounds);
            let height = HIGH * percent / 100;
            html! {
                <>
                    <rect x={(x + offset).to_string()} y={(BASE - height).to_string()} width="13" height={height.to_string()} {class} />
                    if percent > 0 { <text x={(x + offset + 6).to_string()} y={(BASE - height - 3).to_string()}>{ percent }</text> }
                </>
            }
        };
        let name = if rounds == ROUNDS_MAX { format!("{rounds}+") } else { rounds.to_string() };
        html! {
            <g key={rounds}>{ bar(2, "random", random) }{ bar(16, "against", against) }
                <text x={(x + 15).to_string()} y={(BASE + 13).to_string()}>{ name }</text></g>
        }
    });
    let line = |hundredths: usize, class: &'static str, top: usize, words: String| {
        let x = (LEFT + 15 + STEP * hundredths.saturating_sub(100) / 100).to_string();
        html! {
            <g class={classes!("mean", class)}>
                <line x1={x.clone()} x2={x.clone()} y1={(top + 3).to_string()} y2={BASE.to_string()} />
                <text {x} y={top.to_string()}>{ words }</text>
            </g>
        }
    };
    let mean = |counts: &Counts| (counts.runs > 0).then(|| counts.mean_hundredths());
    let lines = [
        mean(random).map(|mean| line(mean, "random", 24, format!("mean {}", hundredths(mean)))),
        mean(against).map(|mean| line(mean, "against", 24, format!("mean {}", hundredths(mean)))),
        Some(line(exact_hundredths, "exact", 11, format!("exact {}", hundredths(exact_hundredths)))),
    ];
    html! {
        <svg class="histogram" viewBox="0 0 360 222" role="img"
            aria-label="Histogram of the rounds until the first decision, in per cent of the runs. The counts are listed below.">
            <path d="M10 190H352" class="axis" />
            { for bars }
            { for lines.into_iter().flatten() }
            <text x="180" y="218">{ "rounds until the first decision; per cent of the runs" }</text>
        </svg>
    }
}
