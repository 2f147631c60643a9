//! The lesson's question, its answers and its worlds.

use super::{App, Msg};
use bivalent::lab::{Action, Lab};
use yew::prelude::*;

impl App {
    pub(super) fn lesson(&self, ctx: &Context<Self>, lab: &Lab) -> Html {
        let Some(lesson) = &lab.scenario().lesson else {
            return html! { <div class="lesson"><h1>{ lab.scenario().called().to_owned() }</h1></div> };
        };
        let link = ctx.link();
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
                    onclick={link.callback(move |_| Msg::Act(Action::Answer(index)))}>
                    { format!("{mark}{answer}") }
                </button>
            }
        });
        let another = lesson.worlds.iter().find(|world| world.scenario != lab.scenario().name);
        let beside = another.map(|world| {
            let key = format!("world-{}", world.scenario);
            html! { <button onclick={link.callback(move |_| Msg::Compare(key.clone()))}>{ "side by side" }</button> }
        });
        let worlds = lesson.worlds.iter().map(|world| {
            let here = world.scenario == lab.scenario().name;
            let name = world.scenario.clone();
            html! {
                <button key={world.scenario.clone()} aria-pressed={here.to_string()}
                    onclick={link.callback(move |_| Msg::OpenNamed(name.clone()))}>
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
}
