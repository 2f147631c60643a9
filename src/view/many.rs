//! Many runs of the scenario on the desk: how often what is violated, and what it costs, over seeds and over the values
//! of one thing.

use super::builtin::builtin;
use super::canvas::{Canvas, Source};
use super::files::save;
use super::panels::fields::value;
use crate::view::work::Work;
use bivalent::export::{About, svg};
use bivalent::history::Scheduler;
use bivalent::lab::Shared;
use bivalent::scenario::Scenario;
use bivalent::scene::{Picture, Plot, at};
use bivalent::sweep::{Cell, Design, Factor, Measure, Proportion, Sweep, SweepSummary, suggestion, variables};
use std::cell::Cell as Slot;
use std::rc::Rc;
use yew::prelude::*;

/// The most runs on the page; the command line has room for more.
const RUNS_MAX: u64 = 100_000;

/// The number of events that are worked on between two looks at the clock.
const SLICE_EVENTS: u64 = 2_000;

/// The properties of the view. `version` says when the laboratory has changed.
#[derive(Properties)]
pub struct ManyProps {
    /// The laboratory: its scenario is what runs.
    pub lab: Shared,
    /// Its version.
    pub version: u64,
    /// The name that is varied at first; empty for none.
    pub vary: AttrValue,
    /// Opens a run in the laboratory.
    pub on_open: Callback<Scenario>,
}

impl PartialEq for ManyProps {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

/// The messages of the view.
pub enum ManyMsg {
    Seeds(String),
    Vary(String),
    Values(String),
    Start,
    Slice,
    Stop,
    Resume,
    /// A run with this seed of this combination of values.
    Open(usize, u32),
    SaveTable,
    SavePicture,
}

/// The view.
pub struct Many {
    /// As they stand in the form.
    seeds: String,
    vary: String,
    values: String,
    error: Option<String>,
    /// The scenario that is swept, as it was when the sweep began.
    scenario: Scenario,
    sweep: Option<Sweep>,
    work: Work,
    /// The summary of the runs so far; made anew whenever they have doubled, so that showing costs less than running.
    summary: Option<SweepSummary>,
    plots: Vec<(String, Source)>,
    shown: u64,
}

impl Many {
    fn begin(&mut self, scenario: Scenario) -> Result<(), String> {
        if scenario.scheduler == Scheduler::ByHand {
            return Err("in this scenario a person picks what happens; choose one that runs by itself".into());
        }
        let seeds = self.seeds.trim().parse::<u64>().ok().filter(|seeds| (1..=RUNS_MAX).contains(seeds));
        let seeds = seeds.ok_or(format!("seeds: must be a whole number from 1 to {RUNS_MAX}"))?;
        let mut design = Design::of(0..seeds);
        if !self.vary.is_empty() {
            design.factors.push(Factor::parse(&format!("{}={}", self.vary, self.values))?);
        }
        if design.runs() > RUNS_MAX {
            return Err(format!("{} runs; on the page at most {RUNS_MAX}", design.runs()));
        }
        self.sweep = Some(Sweep::new(builtin(), &scenario, design)?);
        self.scenario = scenario;
        Ok(())
    }

    fn refresh(&mut self) {
        let Some(sweep) = &self.sweep else { return };
        self.shown = sweep.progress().runs;
        self.summary = Some(sweep.summary());
        self.plots = sweep.plots().into_iter().map(|plot| (plot.title.clone(), source(plot))).collect();
    }

    fn is_running(&self) -> bool {
        self.work.is_on()
    }
}

/// A canvas's source for a plot that does not change.
fn source(plot: Plot) -> Source {
    let shown = Slot::new(None);
    Rc::new(move |_, size| {
        if shown.replace(Some(size)) == Some(size) {
            return None;
        }
        let mut picture = Picture { size, ..Picture::default() };
        plot.draw(&mut picture, at(0.0, 0.0), size);
        Some(picture)
    })
}

fn percent(ppm: u32) -> String {
    let tenths = (ppm + 500) / 1_000;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

fn number(measure: Measure, number: u64) -> String {
    if measure.is_time() { format!("{}.{} ms", number / 1_000, number % 1_000 / 100) } else { number.to_string() }
}

impl Component for Many {
    type Message = ManyMsg;
    type Properties = ManyProps;

    fn create(ctx: &Context<Self>) -> Self {
        let (scenario, vary) = (ctx.props().lab.borrow().scenario().clone(), ctx.props().vary.clone());
        Many {
            seeds: "200".into(),
            vary: vary.to_string(),
            values: suggestion(builtin(), &scenario, &vary).join(","),
            error: None,
            scenario,
            sweep: None,
            work: Work::default(),
            summary: None,
            plots: Vec::new(),
            shown: 0,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: ManyMsg) -> bool {
        match msg {
            ManyMsg::Seeds(text) => self.seeds = text,
            ManyMsg::Vary(name) => {
                self.values = suggestion(builtin(), ctx.props().lab.borrow().scenario(), &name).join(",");
                self.vary = name;
            }
            ManyMsg::Values(text) => self.values = text,
            ManyMsg::Start => {
                let scenario = ctx.props().lab.borrow().saved();
                match self.begin(scenario) {
                    Ok(()) => {
                        (self.error, self.summary, self.shown) = (None, None, 0);
                        self.plots.clear();
                        self.work = Work::begun(ctx.link(), ManyMsg::Slice);
                    }
                    Err(error) => self.error = Some(error),
                }
            }
            ManyMsg::Resume => self.work = Work::begun(ctx.link(), ManyMsg::Slice),
            ManyMsg::Slice => {
                let Some(sweep) = &mut self.sweep else { return false };
                let done = self.work.share(ctx.link(), ManyMsg::Slice, || sweep.step(SLICE_EVENTS).done);
                if done || sweep.progress().runs >= (2 * self.shown).max(1) {
                    self.refresh();
                }
            }
            ManyMsg::Stop => {
                self.work.stop();
                self.refresh();
            }
            ManyMsg::Open(cell, seed) => {
                let Some(sweep) = &self.sweep else { return false };
                if let Ok(scenario) = sweep.design().scenario(builtin(), &self.scenario, cell) {
                    ctx.props().on_open.emit(Scenario { seed, ..scenario });
                }
            }
            ManyMsg::SaveTable => {
                let Some(sweep) = &self.sweep else { return false };
                let lines = sweep.header().into_iter().chain(sweep.rows().iter().map(|row| sweep.line(row)));
                let text: String = lines.map(|line| line + "\n").collect();
                save(&format!("{}-runs.csv", self.scenario.name), &text);
                return false;
            }
            ManyMsg::SavePicture => {
                let Some(sweep) = &self.sweep else { return false };
                let title = format!("{}: {} runs", self.scenario.called(), sweep.progress().runs);
                let about = About { title: &title, source: &self.scenario.to_json(), ..About::default() };
                save(&format!("{}-runs.svg", self.scenario.name), &svg(&sweep.overview(), about));
                return false;
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let lab = ctx.props().lab.borrow();
        let link = ctx.link();
        let field = |make: fn(String) -> ManyMsg| link.batch_callback(move |event: Event| value(&event).map(make));
        // While one types: what stands in a field is never older than what is shown.
        let typed = |make: fn(String) -> ManyMsg| link.batch_callback(move |event: InputEvent| value(&event).map(make));
        html! {
            <main class="many">
                <h1>{ "Many runs" }</h1>
                <p>{ format!("One run shows what can happen; many show how often. {}, with every seed in turn, and if you like with several values of one thing.", lab.scenario().called()) }</p>
                if !lab.history().interventions().is_empty() {
                    <p class="soft" id="many-acts">{ "Interventions by hand are repeated in every run, after as many events; where the message or process is not there, they count as missed." }</p>
                }
                <form onsubmit={link.callback(|event: SubmitEvent| { event.prevent_default(); ManyMsg::Start })}>
                    <label class="field"><span>{ "seeds" }</span>
                        <input id="many-seeds" type="text" inputmode="numeric" value={self.seeds.clone()} oninput={typed(ManyMsg::Seeds)} />
                    </label>
                    <label class="field"><span>{ "vary" }</span>
                        <select id="many-vary" onchange={field(ManyMsg::Vary)}>
                            <option value="" selected={self.vary.is_empty()}>{ "nothing else" }</option>
                            { for variables(lab.catalogue(), lab.scenario()).into_iter().map(|name| html! {
                                <option key={name.clone()} value={name.clone()} selected={self.vary == name}>{ name.trim_start_matches("models.").replace(['.', '-', '_'], " ") }</option>
                            }) }
                        </select>
                    </label>
                    if !self.vary.is_empty() {
                        <label class="field"><span>{ "values" }</span>
                            <input id="many-values" type="text" value={self.values.clone()} oninput={typed(ManyMsg::Values)} aria-describedby="many-hint" />
                        </label>
                        <p id="many-hint" class="soft">{ "With commas between them." }</p>
                    }
                    <button id="many-start" disabled={self.is_running()}>{ "Run them" }</button>
                </form>
                if let Some(error) = &self.error {
                    <p class="notice" role="alert">{ error }</p>
                }
                { self.results(ctx) }
            </main>
        }
    }
}

impl Many {
    fn results(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let Some(sweep) = &self.sweep else {
            return html! { <p class="soft">{ "Choose how many seeds, and run them. Nothing leaves your computer." }</p> };
        };
        let done = sweep.progress();
        let words = format!("{} of {} runs", done.runs, done.of);
        html! {
            <>
                if done.done {
                    <p role="status">{ words }{ "." }</p>
                } else {
                    { self.work.view(Some((done.runs as usize, done.of as usize)), words, link.callback(|_| ManyMsg::Stop), link.callback(|_| ManyMsg::Resume)) }
                }
                if let Some(summary) = &self.summary {
                    { self.rates(ctx, summary) }
                    <div class="plots">
                        { for self.plots.iter().enumerate().map(|(place, (title, source))| html! {
                            <Canvas key={format!("{place} {}", self.shown)} class="plot" source={Rc::clone(source)} label={format!("Plot: {title}. The tables say the same in numbers.")} />
                        }) }
                    </div>
                    { quantiles(summary) }
                    <p>
                        <button onclick={link.callback(|_| ManyMsg::SaveTable)}>{ "Save the table (CSV)" }</button>
                        { " " }
                        <button onclick={link.callback(|_| ManyMsg::SavePicture)}>{ "Save the picture (SVG)" }</button>
                    </p>
                }
            </>
        }
    }

    /// The violations of each property.
    fn rates(&self, ctx: &Context<Self>, summary: &SweepSummary) -> Html {
        let link = ctx.link();
        let rows = summary.cells.iter().enumerate().map(|(cell, found)| {
            let rates = (0..found.violated.len()).map(|place| {
                let (rate, not_yet) = (&found.violated[place], &found.not_yet[place]);
                let (chance, seed) = (&found.chance[place], found.first_seed[place]);
                html! {
                    <td>
                        if let Some(judged) = chance {
                            { format!("{}: missed {}, promised at most {}",
                                judged.verdict.text(), share(judged.missed), percent(judged.missed_ppm_max)) }
                        } else {
                            { share(*rate) }
                            if *not_yet > 0 { { format!(", not yet in {not_yet}") } }
                        }
                        if let Some(seed) = seed {
                            { " " }<button onclick={link.callback(move |_| ManyMsg::Open(cell, seed))} title="Open this run in the laboratory">{ format!("seed {seed}") }</button>
                        }
                    </td>
                }
            });
            html! {
                <tr key={cell}><th scope="row">{ name(found) }</th><td>{ found.runs }</td>{ for rates }</tr>
            }
        });
        table(
            "Violations of each property, with the 95 % interval (Wilson)",
            html! {
                <>
                    <thead><tr>
                        <th scope="col">{ summary.factors.first().cloned().unwrap_or_default() }</th><th scope="col">{ "runs" }</th>
                        { for summary.properties.iter().map(|name| html! { <th scope="col" key={name.clone()}>{ name.replace('-', " ") }</th> }) }
                    </tr></thead>
                    <tbody>{ for rows }</tbody>
                </>
            },
        )
    }
}

/// A table that may be wider than the page; its title is not.
fn table(title: &'static str, content: Html) -> Html {
    html! {
        <figure class="table">
            <figcaption>{ title }</figcaption>
            <div tabindex="0" role="region" aria-label={title}><table aria-label={title}>{ content }</table></div>
        </figure>
    }
}

fn share(rate: Proportion) -> String {
    format!("{} ({} – {})", percent(rate.ppm), percent(rate.low_ppm), percent(rate.high_ppm))
}

fn name(cell: &Cell) -> String {
    if cell.levels.is_empty() { "all".into() } else { cell.levels.join(", ") }
}

/// Medians and tails of what was counted.
fn quantiles(summary: &SweepSummary) -> Html {
    // A measure that is nothing in all runs is not worth a column.
    let seen = |measure: &Measure| {
        let most = |cell: &Cell| cell.quantiles[*measure as usize].is_some_and(|found| found.max > 0);
        summary.cells.iter().any(most)
    };
    let measures: Vec<Measure> = Measure::ALL.into_iter().filter(seen).collect();
    let rows = measures.iter().map(|measure| {
        let cells = summary.cells.iter().map(|cell| {
            let text = cell.quantiles[*measure as usize].map_or("–".to_owned(), |found| {
                let [low, middle, high] = [found.p5, found.p50, found.p95].map(|count| number(*measure, count));
                format!("{middle} ({low} – {high})")
            });
            html! { <td>{ text }</td> }
        });
        html! { <tr key={measure.name()}><th scope="row">{ measure.title() }</th>{ for cells }</tr> }
    });
    table(
        "Median of the runs, and from 5 to 95 % of them",
        html! {
            <>
                <thead><tr><th scope="col"><span class="away">{ "what" }</span></th>{ for summary.cells.iter().enumerate().map(|(place, cell)| html! { <th scope="col" key={place}>{ name(cell) }</th> }) }</tr></thead>
                <tbody>{ for rows }</tbody>
            </>
        },
    )
}
