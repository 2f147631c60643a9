//! A clock: FloodSet in rounds, all patterns of crashes; and the fault that moves.

use super::way::{WayProps, open};
use crate::view::flp::parts::count;
use crate::view::work::Work;
use bivalent::explorer::synchronous::SynchronousFaults;
use bivalent::flp::clock::{CASES, Case, ClockFindings, RoundClock, Violation};
use bivalent::process::ProcessId;
use yew::prelude::*;

/// Its messages.
pub enum ClockWayMsg {
    /// A share of a frame's time.
    Slice,
    Stop,
    Resume,
}

/// The component.
pub struct Rounds {
    clock: RoundClock,
    work: Work,
}

impl Component for Rounds {
    type Message = ClockWayMsg;
    type Properties = WayProps;

    fn create(ctx: &Context<Self>) -> Self {
        Rounds { clock: RoundClock::default(), work: Work::begun(ctx.link(), ClockWayMsg::Slice) }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: ClockWayMsg) -> bool {
        match msg {
            ClockWayMsg::Slice => {
                self.work.share(ctx.link(), ClockWayMsg::Slice, || self.clock.step());
            }
            ClockWayMsg::Stop => self.work.stop(),
            ClockWayMsg::Resume => self.work = Work::begun(ctx.link(), ClockWayMsg::Slice),
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let cases = CASES.iter().zip(self.clock.found()).enumerate();
        let (crashes, moving): (Vec<_>, Vec<_>) =
            cases.partition(|(_, (case, _))| matches!(case.faults, SynchronousFaults::Crashes(_)));
        let rows = |cases: Vec<(usize, (&Case, &ClockFindings))>| {
            let rows = cases.into_iter().map(|(place, (case, found))| self.case(ctx, place, *case, found));
            html! { <ul class="cases">{ for rows }</ul> }
        };
        let done = (0..CASES.len()).take_while(|case| self.clock.is_done(*case)).count();
        html! {
            <>
                { rows(crashes) }
                if done < CASES.len() {
                    { self.work.view(Some((done, CASES.len())), format!("{done} of {} gone through", CASES.len()), link.callback(|_| ClockWayMsg::Stop), link.callback(|_| ClockWayMsg::Resume)) }
                }
                if !moving.is_empty() {
                    <h2>{ "The fault that moves" }</h2>
                    <p class="prose">{ "Now nobody crashes. In each round one process, another one each time if the adversary likes, fails to send some messages. No number of rounds is enough, for no program at all (Santoro and Widmayer, 1989). Against FloodSet the fault need not even move: nobody has crashed, so the answer of the one who is never heard counts, too." }</p>
                    { rows(moving) }
                }
            </>
        }
    }
}

impl Rounds {
    fn case(&self, ctx: &Context<Self>, place: usize, case: Case, found: &ClockFindings) -> Html {
        let what = match case.faults {
            SynchronousFaults::Crashes(most) => {
                format!("{} processes, at most {most} crash{}", case.processes, if most == 1 { "" } else { "es" })
            }
            SynchronousFaults::Moving => format!("{} processes", case.processes),
        };
        let done = self.clock.is_done(place);
        let runs =
            format!("{} from all inputs{}", count(found.runs as usize, "run"), if done { "" } else { " so far" });
        let verdict = match &found.violation {
            Some(violation) => {
                let words = format!("Open case {}", place + 1);
                let run = case.run(violation).ok().map(|scenario| open(ctx.props(), &scenario, words));
                html! { <p><span class="cross" aria-hidden="true">{ "✕" }</span><strong>{ " Two answers. " }</strong>{ violation_words(case, violation) }{ " " }{ for run }</p> }
            }
            None if done => html! { <p><strong>{ "✓ Agreement holds in every run." }</strong></p> },
            None => html! {},
        };
        html! {
            <li key={place}>
                <p>{ format!("{what}, {}: {runs}.", count(case.rounds, "round")) }</p>
                { verdict }
            </li>
        }
    }
}

fn names(processes: &[ProcessId]) -> String {
    match processes {
        [] => "nobody".into(),
        _ => processes.iter().map(ProcessId::to_string).collect::<Vec<_>>().join(" and "),
    }
}

/// A violation, in words.
fn violation_words(case: Case, violation: &Violation) -> String {
    let inputs: String = violation.inputs.iter().map(|bit| if *bit { '1' } else { '0' }).collect();
    let verb = if case.faults == SynchronousFaults::Moving { "is" } else { "crashes and is" };
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
