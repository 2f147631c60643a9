//! The trilemma: the adversary at work on a protocol until it falls on one of the three horns, and the run that shows
//! it.

use super::parts::count;
use super::run::RunView;
use crate::view::browser::still;
use crate::view::canvas::{Canvas, Source};
use crate::view::work::Work;
use bivalent::adversary::endless::Fairness;
use bivalent::adversary::{AuditReport, Horn, Loop};
use bivalent::flp::adversary_run::{AdversaryRun, Goal, Turn};
use bivalent::flp::protocol_instance::ProtocolInstance;
use bivalent::scenario::Link;
use bivalent::scene::Ring;
use std::cell::Cell;
use std::rc::Rc;
use yew::prelude::*;

/// After how many stages without a horn the adversary gives up.
const STAGES_MAX: usize = 500;

/// The time that the token takes for an event, in milliseconds.
const STRIDE_MS: f64 = 260.0;

/// The properties of the component.
#[derive(Properties, PartialEq)]
pub struct HornsProps {
    /// The opponent of the adversary.
    pub instance: ProtocolInstance,
    /// Its name.
    pub title: AttrValue,
    /// A horn was found.
    #[prop_or_default]
    pub on_found: Callback<()>,
    /// Opens a moment in the laboratory.
    pub on_open: Callback<Link>,
}

/// Its messages.
pub enum HornsMsg {
    Try,
    Stop,
    Resume,
    /// A share of a frame's time.
    Slice,
    /// The run of a horn is shown, or no longer.
    Show(usize),
}

/// The component.
pub struct Horns {
    trial: Option<Result<AdversaryRun, String>>,
    shown: Option<(usize, Rc<Link>)>,
    /// The loop of the endless run as a picture.
    ring: Option<Source>,
    work: Work,
}

impl Component for Horns {
    type Message = HornsMsg;
    type Properties = HornsProps;

    fn create(_: &Context<Self>) -> Self {
        Horns { trial: None, shown: None, ring: None, work: Work::default() }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &HornsProps) -> bool {
        if ctx.props().instance != old.instance {
            *self = Component::create(ctx);
        }
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: HornsMsg) -> bool {
        match msg {
            HornsMsg::Try => {
                self.trial = Some(AdversaryRun::new(ctx.props().instance.clone(), Goal::Horn(STAGES_MAX)));
                self.work = Work::begun(ctx.link(), HornsMsg::Slice);
            }
            HornsMsg::Stop => self.work.stop(),
            HornsMsg::Resume => self.work = Work::begun(ctx.link(), HornsMsg::Slice),
            HornsMsg::Slice => {
                let Some(Ok(trial)) = &mut self.trial else { return false };
                if self.work.share(ctx.link(), HornsMsg::Slice, || trial.step(1)) {
                    self.ring = trial.adversary().cycle().zip(trial.turn()).map(|(cycle, turn)| ring(cycle, turn));
                    if matches!(trial.report(), Some(Ok(report)) if !report.horns.is_empty()) {
                        ctx.props().on_found.emit(());
                    }
                }
            }
            HornsMsg::Show(place) => {
                let hidden = self.shown.take().is_some_and(|(shown, _)| shown == place);
                let Some(Ok(trial)) = self.trial.as_ref().filter(|_| !hidden) else { return true };
                let Some(Ok(report)) = trial.report() else { return true };
                let run = report.horns.get(place).and_then(|horn| trial.run_of(horn).ok());
                self.shown = run.map(|scenario| (place, Rc::new(Link { scenario, position: 0 })));
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let title = &ctx.props().title;
        let result = match &self.trial {
            None => html! {},
            Some(Err(error)) => html! { <p class="notice" role="alert">{ error.clone() }</p> },
            Some(Ok(trial)) => {
                let stages = count(trial.adversary().stages().len(), "stage");
                match trial.report() {
                    None => {
                        let decided = if trial.adversary().decided() == 0 { "nobody" } else { "somebody" };
                        let words =
                            format!("{title}: {stages} so far, and {decided} has decided; what comes is unknown");
                        self.work.view(
                            None,
                            words,
                            link.callback(|_| HornsMsg::Stop),
                            link.callback(|_| HornsMsg::Resume),
                        )
                    }
                    Some(Err(error)) => {
                        html! { <p class="hint">{ format!("The play could not be checked: {error}.") }</p> }
                    }
                    Some(Ok(report)) => self.report(ctx, trial, report),
                }
            }
        };
        let words = "Where does it fall?";
        html! {
            <>
                if self.trial.is_none() {
                    <button class="ask" onclick={link.callback(|_| HornsMsg::Try)} aria-label={format!("{words} {title}")}>{ words }</button>
                }
                { result }
            </>
        }
    }
}

impl Horns {
    fn report(&self, ctx: &Context<Self>, trial: &AdversaryRun, report: &AuditReport) -> Html {
        let horns = report.horns.iter().enumerate().map(|(place, horn)| {
            let shown = self.shown.as_ref().filter(|(shown, _)| *shown == place);
            let (name, words) = horn_words(horn);
            let fair = match horn {
                Horn::Endless { fair, .. } => Some(fair),
                _ => None,
            };
            let argument = fair.zip(trial.turn()).map(|(fair, turn)| fair_words(fair, &turn));
            html! {
                <li key={place}>
                    <p><strong>{ name }</strong>{ " " }{ words }{ " " }{ argument }</p>
                    if let Some(source) = self.ring.as_ref().filter(|_| fair.is_some()) {
                        <Canvas class="ring" source={Rc::clone(source)}
                            label="The endless run: a line of events that leads to a ring, and a token that goes round it. Both colours where both ends are certified." />
                    }
                    <button aria-expanded={shown.is_some().to_string()} onclick={ctx.link().callback(move |_| HornsMsg::Show(place))}>
                        { if shown.is_some() { "Hide the run" } else { "Show the run" } }
                    </button>
                    if let Some((_, run)) = shown {
                        <RunView run={Rc::clone(run)} play=true label="Board: the run that shows it." on_open={ctx.props().on_open.clone()} />
                    }
                </li>
            }
        });
        let stages = count(report.stages, "stage");
        let ended = match &report.stopped {
            Some(stopped) => format!("The play ended at stage {}: {}.", stopped.stage, stopped.why),
            None if report.horns.is_empty() => format!("After {stages} nothing was found: unknown."),
            None => format!("Found in {stages}, and replayed."),
        };
        html! { <><ul class="horns">{ for horns }</ul><p class="soft">{ ended }</p></> }
    }
}

/// A horn in words.
fn horn_words(horn: &Horn) -> (&'static str, String) {
    match horn {
        Horn::Unsafe { inputs, schedule } => (
            "Two answers.",
            format!("From {inputs}, after {} one process has decided 0 and another 1.", count(schedule.len(), "event")),
        ),
        Horn::Blocks { inputs, process: Some(process), crash_after, .. } => (
            "It blocks.",
            format!(
                "From {inputs}: if {process} stops after {}, no order of the others’ messages ever leads to a decision.",
                count(*crash_after, "event")
            ),
        ),
        Horn::Blocks { inputs, process: None, .. } => (
            "It blocks.",
            format!("From {inputs} it comes to a moment after which nobody can decide, though nobody has crashed."),
        ),
        Horn::Endless { cycle, .. } => (
            "For ever.",
            format!(
                "After {} the same moment comes back every {}, only with higher numbers of rounds or ballots.",
                count(cycle.prefix, "event"),
                count(cycle.length, "event"),
            ),
        ),
    }
}

/// Why going round for ever is fair.
fn fair_words(fair: &Fairness, turn: &Turn) -> String {
    let steps = fair.steps.iter().enumerate().map(|(p, steps)| format!("p{p} {steps}"));
    let waiting = match fair.waiting.as_slice() {
        [] => "nothing waits where the round begins".to_owned(),
        waiting => format!("all that wait where the round begins, {}, are among them", count(waiting.len(), "message")),
    };
    let late = match fair.leftovers.len() {
        0 => String::new(),
        late => format!(" {late} of them come too late to change anything."),
    };
    let crashed = fair.crashed.map_or("nobody crashes".to_owned(), |process| format!("only {process} has crashed"));
    format!(
        "Why it is fair: once round, everybody takes steps ({}) and {} are delivered; {waiting}, and none gets older than {}.{late} So {crashed}, every message arrives, and nobody decides.",
        steps.collect::<Vec<_>>().join(", "),
        count(turn.delivered, "message"),
        count(turn.oldest, "event"),
    )
}

/// The ring of a loop, with a token that goes round; without motion it rests where the loop begins.
fn ring(cycle: Loop, turn: Turn) -> Source {
    let still = still();
    let words = [count(cycle.length, "event"), "and the same again".to_owned()];
    let (passed, shown) = (Cell::new(if still { cycle.prefix as f64 } else { 0.0 }), Cell::new(None));
    Rc::new(move |ms, size| {
        if !still {
            let next = passed.get() + ms.min(100.0) / STRIDE_MS;
            let round = cycle.length as f64;
            passed.set(if next > cycle.prefix as f64 + round { next - round } else { next });
        }
        let token = passed.get() as f32;
        let key = Some(((token * 20.0) as u32, size));
        if shown.replace(key) == key {
            return None;
        }
        let (prefix, length) = (cycle.prefix, cycle.length);
        Some(Ring { prefix, length, certified: &turn.certified, words: &words, token, size }.picture())
    })
}
