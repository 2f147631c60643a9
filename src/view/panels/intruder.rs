//! The intruder on arbitrary links: what it heard, and what it can do with that by hand.

use super::fields::{choice, read};
use bivalent::engine::{Choice, Heard, MessageId};
use bivalent::lab::{Action, Lab};
use bivalent::process::{Payload, ProcessId};
use std::rc::Rc;
use yew::prelude::*;

/// The most messages that are listed at once.
const HEARD: usize = 40;

/// The panel's part.
pub(super) fn intruder(lab: &Lab, on_act: &Callback<Action>) -> Html {
    let engine = lab.history().engine();
    let heard: Vec<&Heard> = engine.heard().iter().rev().filter(|heard| heard.by.is_none()).collect();
    let rows = heard.iter().take(HEARD).map(|heard| {
        let id = heard.id;
        let choice = Choice::Replay(id);
        let words = format!("{} → {}: {}", id.from, id.to, heard.payload.text());
        html! {
            <li key={id.to_string()} class="row">
                <span>{ format!("{words} ({} ms)", heard.at_us / 1_000) }</span>
                <button class="act" disabled={engine.admissible(&choice).is_err()} aria-label={format!("Send once more: {words}")}
                    onclick={on_act.reform(move |_| Action::Choose(choice))}>{ "Again" }</button>
            </li>
        }
    });
    let examples = heard.iter().take(HEARD).map(|heard| (heard.id, heard.payload.clone())).collect();
    html! {
        <>
            <h2>{ "The intruder" }</h2>
            <p>{ "It has the arbitrary links: it hears every message there, and may change, drop, repeat and make up messages. The panel “Models” says how often it does so by itself." }</p>
            <h3>{ format!("Messages that it has heard, latest first: {}", heard.len()) }</h3>
            if heard.is_empty() { <p class="soft">{ "Nothing yet." }</p> }
            <ul class="rows">{ for rows }</ul>
            if !heard.is_empty() {
                <Forge examples={Examples(Rc::new(examples))} processes={lab.scenario().processes} on_act={on_act} />
            }
        </>
    }
}

/// The messages heard. Messages of one name are the same message.
#[derive(Clone)]
struct Examples(Rc<Vec<(MessageId, Payload)>>);

impl PartialEq for Examples {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().map(|(id, _)| id).eq(other.0.iter().map(|(id, _)| id))
    }
}

#[derive(Properties, PartialEq)]
struct ForgeProps {
    examples: Examples,
    processes: usize,
    on_act: Callback<Action>,
}

/// A message that nobody wrote: after which example, in whose name, to whom, and what it says.
#[component]
fn Forge(props: &ForgeProps) -> Html {
    let example = use_state(|| None::<MessageId>);
    let from = use_state(|| None::<ProcessId>);
    let to = use_state(|| None::<ProcessId>);
    let lie = use_state(|| None::<u8>);
    let examples = &props.examples.0;
    let (message, payload) = examples
        .iter()
        .find(|(id, _)| Some(*id) == *example)
        .unwrap_or_else(|| examples.first().expect("something was heard"));
    let message = *message;
    let sender = from.unwrap_or(message.from);
    let recipient = to.filter(|to| *to != sender).or((message.to != sender).then_some(message.to));
    let recipient =
        recipient.or_else(|| ProcessId::all(props.processes).find(|other| *other != sender)).unwrap_or(sender);
    let said: Vec<(Option<u8>, String)> = [(None, payload.text())]
        .into_iter()
        .chain((0..=u8::MAX).zip(payload.lies()).map(|(lie, payload)| (Some(lie), payload.text())))
        .collect();
    let spoken = if said.iter().any(|(known, _)| *known == *lie) { *lie } else { None };
    let name = |lie: Option<u8>| lie.map(|lie| lie.to_string()).unwrap_or_default();
    let messages: Vec<(String, String)> = examples
        .iter()
        .map(|(id, payload)| (id.to_string(), format!("{} → {}: {}", id.from, id.to, payload.text())))
        .collect();
    let processes = |without: Option<ProcessId>| -> Vec<(String, String)> {
        let all = ProcessId::all(props.processes).filter(|process| Some(*process) != without);
        all.map(|process| (process.to_string(), process.to_string())).collect()
    };
    let sayings: Vec<(String, String)> = said.into_iter().map(|(lie, text)| (name(lie), text)).collect();
    let choose = {
        let example = example.clone();
        let known = Rc::clone(examples);
        read(&Callback::from(move |id| example.set(Some(id))), move |text| {
            known.iter().map(|(id, _)| *id).find(|id| id.to_string() == text)
        })
    };
    let process = |state: &UseStateHandle<Option<ProcessId>>| {
        let state = state.clone();
        read(&Callback::from(move |process| state.set(Some(process))), ProcessId::parse)
    };
    let says = {
        let lie = lie.clone();
        read(&Callback::from(move |chosen| lie.set(chosen)), |text| Some(text.parse().ok()))
    };
    let inject = Choice::Inject { message, from: sender, to: recipient, lie: spoken };
    html! {
        <>
            <h3>{ "Make up a message" }</h3>
            { choice("forge-like", "like", &messages, &message.to_string(), choose) }
            { choice("forge-from", "in the name of", &processes(None), &sender.to_string(), process(&from)) }
            { choice("forge-to", "to", &processes(Some(sender)), &recipient.to_string(), process(&to)) }
            { choice("forge-says", "it says", &sayings, &name(spoken), says) }
            <p><button id="forge" onclick={props.on_act.reform(move |_| Action::Choose(inject))}>{ "Send it" }</button></p>
        </>
    }
}
