//! The lesson's question, its answers and its worlds.

use super::message::{AppMsg, BesideMsg, Dispatch};
use crate::view::sources::ShownLab;
use bivalent::lab::Action;
use yew::prelude::*;

/// The properties of the lesson.
#[derive(Properties, PartialEq)]
pub struct LessonProps {
    /// The laboratory.
    pub lab: ShownLab,
    /// Tells what happened.
    pub dispatch: Dispatch,
}

/// The lesson; of a scenario that is none, its title.
#[component]
pub fn LessonText(props: &LessonProps) -> Html {
    let LessonProps { lab, dispatch } = props;
    let lab = lab.borrow();
    let Some(lesson) = &lab.scenario().lesson else {
        return html! { <div class="lesson"><h1>{ lab.scenario().called().to_owned() }</h1></div> };
    };
    let over = lab.is_over();
    let answers = lesson.answers.iter().enumerate().map(|(index, answer)| {
        let chosen = lab.answer() == Some(index);
        let class = match (over, chosen, index == lesson.right) {
            (true, _, true) => "answer right",
            (true, true, false) => "answer wrong",
            (_, true, _) => "answer chosen",
            _ => "answer",
        };
        let mark = match class {
            "answer right" => "✓ ",
            "answer wrong" => "✗ ",
            _ => "",
        };
        html! {
            <button key={index} {class} aria-pressed={chosen.to_string()}
                onclick={dispatch.reform(move |_| AppMsg::Act(Action::Answer(index)))}>
                { format!("{mark}{answer}") }
            </button>
        }
    });
    let another = lesson.worlds.iter().find(|world| world.scenario != lab.scenario().name);
    let beside = another.map(|world| {
        let key = format!("world-{}", world.scenario);
        let onclick = dispatch.reform(move |_| AppMsg::Beside(BesideMsg::With(key.clone())));
        html! { <button {onclick}>{ "side by side" }</button> }
    });
    let worlds = lesson.worlds.iter().map(|world| {
        let here = world.scenario == lab.scenario().name;
        let name = world.scenario.clone();
        html! {
            <button key={world.scenario.clone()} aria-pressed={here.to_string()}
                onclick={dispatch.reform(move |_| AppMsg::OpenNamed(name.clone()))}>
                { world.label.clone() }
            </button>
        }
    });
    html! {
        <div class="lesson">
            <h1>{ lab.scenario().called().split([':', ',']).next().unwrap_or_default().to_owned() }</h1>
            <p class="question">{ lesson.question.clone() }</p>
            <div class="answers" role="group" aria-label="What will happen?">{ for answers }</div>
            if !lesson.worlds.is_empty() {
                <div class="worlds" role="group" aria-label="The same in another world">{ for worlds }{ for beside }</div>
            }
            <p class="hint">
                if over { <strong>{ lesson.aha.clone() }</strong> } else { { lesson.watch.clone() } }
            </p>
        </div>
    }
}
