//! A coin: Ben-Or with its coin, seed after seed, and the strongest adversary exactly.

use super::way::{WayProps, open};
use crate::view::work::Work;
use bivalent::flp::coin::{Counts, Experiment};
use yew::prelude::*;

/// The number of runs of each kind in the experiment.
const RUNS: usize = 5_000;

/// From this number of rounds on, runs are shown together.
const ROUNDS_MAX: usize = 11;

/// Its messages.
pub enum CoinWayMsg {
    /// A share of a frame's time.
    Slice,
    Stop,
    Resume,
}

/// The component.
pub struct Coin {
    experiment: Experiment,
    work: Work,
}

impl Component for Coin {
    type Message = CoinWayMsg;
    type Properties = WayProps;

    fn create(ctx: &Context<Self>) -> Self {
        Coin { experiment: Experiment::new(RUNS), work: Work::begun(ctx.link(), CoinWayMsg::Slice) }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: CoinWayMsg) -> bool {
        match msg {
            CoinWayMsg::Slice => {
                self.work.share(ctx.link(), CoinWayMsg::Slice, || self.experiment.step());
            }
            CoinWayMsg::Stop => self.work.stop(),
            CoinWayMsg::Resume => self.work = Work::begun(ctx.link(), CoinWayMsg::Slice),
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
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
                if done < RUNS {
                    { self.work.view(Some((done, RUNS)), words, link.callback(|_| CoinWayMsg::Stop), link.callback(|_| CoinWayMsg::Resume)) }
                } else {
                    <p class="soft">{ words }</p>
                }
                <p class="prose">{ "Counted are the rounds until the first decision, from 0, 1, 1. The strongest adversary of the layered model knows everything but how the next coins fall. It is computed, not guessed: its choice for every moment satisfies the equations of optimality, in exact fractions." }</p>
                <details><summary>{ "The counts" }</summary>
                    <table class="ledger"><thead><tr><th scope="col">{ "rounds" }</th><th scope="col">{ "random order" }</th><th scope="col">{ "strongest adversary" }</th></tr></thead>
                    <tbody>{ for table }</tbody></table>
                </details>
                <div class="transport">{ open(ctx.props(), self.experiment.scenario(), "Open a random run in the laboratory".into()) }</div>
            </>
        }
    }
}

/// A number of hundredths, with its point.
fn hundredths(number: usize) -> String {
    format!("{}.{:02}", number / 100, number % 100)
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
