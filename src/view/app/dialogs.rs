//! Help, sharing, and requests that need to know something.

use super::ask::AskForm;
use super::message::{AppMsg, Dispatch};
use crate::view::keys::KEYS;
use bivalent::page::{Dialog, PageAction, Question};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The properties of a dialog.
#[derive(Properties, PartialEq)]
pub struct DialogProps {
    /// The dialog that is open.
    pub dialog: Dialog,
    /// The place where it is in the document.
    pub node: NodeRef,
    /// The request that is completed, if one is.
    pub question: Option<Question>,
    /// True if single keys mean something.
    pub single_keys: bool,
    /// The link, or why there is none.
    pub address: Result<String, String>,
    /// True if the link was copied; none before somebody tried.
    pub copied: Option<bool>,
    /// Tells what happened.
    pub dispatch: Dispatch,
}

/// The dialog that is open.
#[component]
pub fn DialogFrame(props: &DialogProps) -> Html {
    let dispatch = &props.dispatch;
    let close = dispatch.reform(|_: Event| AppMsg::Page(PageAction::Dialog(None)));
    html! {
        <dialog ref={props.node.clone()} oncancel={close.clone()} onclose={close}>
            { match props.dialog {
                Dialog::Help => help(props.single_keys, dispatch),
                Dialog::Share => share(&props.address, props.copied, dispatch),
                Dialog::Ask => props.question.clone().map(|question| html! {
                    <AskForm {question} dispatch={dispatch.clone()} />
                }).unwrap_or_default(),
            } }
            <p class="end"><button onclick={dispatch.reform(|_| AppMsg::Page(PageAction::Dialog(None)))}>{ "Close" }</button></p>
        </dialog>
    }
}

/// The input that an event is from.
fn input(event: &Event) -> Option<HtmlInputElement> {
    event.target()?.dyn_into().ok()
}

fn help(single_keys: bool, dispatch: &Dispatch) -> Html {
    let onchange = dispatch
        .reform(|event: Event| AppMsg::Page(PageAction::SingleKeys(input(&event).is_none_or(|input| input.checked()))));
    html! {
        <>
            <h2>{ "A laboratory of distributed systems" }</h2>
            <p>{ "Everything on this page is a run of real protocol code: processes that share nothing and send messages. Play it, step through it, break it: right-click a process, a message or a link, or choose “Actions” in the Inspector." }</p>
            <p>{ "Blue is 0 and orange is 1. A process that has not decided is blank. A cross marks what has crashed or was lost. “See as p0” shows what p0 can know." }</p>
            <table>
                <caption>{ "Keys" }</caption>
                <tbody>
                    { for KEYS.iter().map(|key| html! { <tr key={key.name}><th scope="row">{ key.name }</th><td>{ key.meaning }</td></tr> }) }
                </tbody>
            </table>
            <label class="check">
                <input type="checkbox" checked={single_keys} {onchange} />
                { "Single-key shortcuts" }
            </label>
        </>
    }
}

fn share(address: &Result<String, String>, copied: Option<bool>, dispatch: &Dispatch) -> Html {
    let load = {
        let dispatch = dispatch.clone();
        move |event: Event| {
            let input = input(&event);
            if let Some((input, file)) = input.and_then(|input| Some((input.clone(), input.files()?.get(0)?))) {
                // So that the same file can be chosen again.
                input.set_value("");
                dispatch.emit(AppMsg::Load(file));
            }
        }
    };
    html! {
        <>
            <h2>{ "Share this moment" }</h2>
            { match address {
                Ok(address) => html! {
                    <>
                        <label>{ "The link holds the scenario, everything that you did to it, and where you are." }
                            <input id="link" readonly=true value={address.clone()} />
                        </label>
                        <p>
                            <button id="copy" onclick={dispatch.reform(|_| AppMsg::Copy)}>{ "Copy the link" }</button>
                            <span role="status">{ match copied {
                                Some(true) => " Copied.",
                                Some(false) => " Not allowed here: select the link and copy it with your keyboard.",
                                None => "",
                            } }</span>
                        </p>
                    </>
                },
                Err(error) => html! { <p>{ error.clone() }</p> },
            } }
            <p><button onclick={dispatch.reform(|_| AppMsg::Save)}>{ "Save a file" }</button></p>
            <label>{ "Open a file " }<input id="file" type="file" accept=".json,application/json" onchange={load} /></label>
        </>
    }
}
