//! Failures of a process: the behaviour of a Byzantine one, and the moment of a crash.

use super::fields::{choice, crowd, flag, number, read, slider};
use bivalent::engine::{Choice, ProcessSet};
use bivalent::lab::{Action, Lab};
use bivalent::model::Behaviour;
use bivalent::process::ProcessId;
use yew::prelude::*;

/// The most processes of which single ones can be ticked.
pub(super) const TICKED_MAX: usize = 32;

/// The editor of what a Byzantine process does. Every change holds from now on.
pub(super) fn behaviour(lab: &Lab, process: ProcessId, on_act: &Callback<Action>) -> Html {
    let state = lab.history().engine().process(process);
    let now = state.byzantine.as_ref().map(|byzantine| byzantine.behaviour);
    let here = now.unwrap_or_default();
    let on = on_act.reform(move |behaviour| Action::Choose(Choice::Byzantine { process, behaviour }));
    let others = || ProcessId::all(lab.scenario().processes).filter(move |other| *other != process);
    let mut names = vec![(String::new(), "nobody else".to_owned())];
    names.extend(others().map(|other| (other.to_string(), other.to_string())));
    let forges = here.forges.map(|name| name.to_string()).unwrap_or_default();
    let toggled = on.reform(move |other: ProcessId| {
        let members = ProcessId::all(128).filter(|known| here.twin.contains(*known) != (*known == other));
        Behaviour { twin: ProcessSet::of(members), ..here }
    });
    html! {
        <details open={now.is_some()}>
            <summary>{ match now {
                Some(now) => format!("Byzantine: {}", now.text()),
                None => "Make it Byzantine".to_owned(),
            } }</summary>
            <p class="soft">{ "It runs its program and lies around it, from now on. Your choice is not capped at what the protocol was made for." }</p>
            { flag("silent", "messages", ["leave", "never leave: silent"], here.silent, on.reform(move |silent| Behaviour { silent, ..here })) }
            { slider("lies", "lies", here.lies, on.reform(move |lies| Behaviour { lies, ..here })) }
            { slider("replays", "repeats", here.replays, on.reform(move |replays| Behaviour { replays, ..here })) }
            { number("late", "sends late, ms", (0, 600_000), here.delay_ms, on.reform(move |delay_ms| Behaviour { delay_ms, ..here })) }
            { choice("forges", "also writes as", &names, &forges, read(&on, move |text| {
                let forges = ProcessId::parse(text);
                (forges.is_some() || text.is_empty()).then_some(Behaviour { forges, ..here })
            })) }
            if lab.scenario().processes <= TICKED_MAX {
                { crowd("processes that hear its twin, which has another input", others(), |other| here.twin.contains(other), toggled) }
            }
            { flag("colludes", "plays", ["alone", "with the others who do"], here.colludes, on.reform(move |colludes| Behaviour { colludes, ..here })) }
        </details>
    }
}

/// The properties of the editor of a crash.
#[derive(Properties, PartialEq)]
pub(super) struct CrashProps {
    /// The process that crashes.
    pub process: ProcessId,
    /// Something is to be done.
    pub on_act: Callback<Action>,
}

/// A crash in the middle of a step: after how many effects, or messages.
#[component]
pub(super) fn Crash(props: &CrashProps) -> Html {
    let after = use_state(|| 1u32);
    let messages = use_state(|| true);
    let process = props.process;
    let count = u16::try_from(*after).unwrap_or(u16::MAX);
    let choice = if *messages {
        Choice::CrashSending { process, after_sends: count }
    } else {
        Choice::Crash { process, after_effects: Some(count) }
    };
    let set = |messages: &UseStateHandle<bool>| {
        let messages = messages.clone();
        Callback::from(move |chosen| messages.set(chosen))
    };
    let count = {
        let after = after.clone();
        Callback::from(move |chosen| after.set(chosen))
    };
    html! {
        <details>
            <summary>{ "Crash in the middle of a step" }</summary>
            <p class="soft">{ "In its next step that does so, the first ones still happen and the rest do not. An effect is a message, a store, an indication or a decision." }</p>
            { number("crash-after", "after", (0, 1_000), *after, count) }
            { flag("crash-what", "of its", ["effects", "messages"], *messages, set(&messages)) }
            <p><button id="crash-later" onclick={props.on_act.reform(move |_| Action::Choose(choice))}>{ format!("Let {process} crash so") }</button></p>
        </details>
    }
}
