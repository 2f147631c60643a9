//! Help and sharing, and files in and out.

use super::{App, Dialog, Msg};
use crate::view::document;
use crate::view::keys::KEYS;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

impl App {
    pub(super) fn dialog(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let Some(dialog) = self.dialog else { return html! {} };
        let close = link.callback(|_: Event| Msg::Dialog(None));
        let body = match dialog {
            Dialog::Help => html! {
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
                        <input type="checkbox" checked={self.single_keys} onchange={link.callback(|event: Event| {
                            Msg::SingleKeys(event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()).is_none_or(|input| input.checked()))
                        })} />
                        { "Single-key shortcuts" }
                    </label>
                </>
            },
            Dialog::Share => {
                let load = link.batch_callback(|event: Event| {
                    let input: HtmlInputElement = event.target()?.dyn_into().ok()?;
                    let file = input.files()?.get(0)?;
                    input.set_value("");
                    Some(Msg::Load(file))
                });
                html! {
                    <>
                        <h2>{ "Share this moment" }</h2>
                        { match self.address() {
                            Ok(address) => html! {
                                <>
                                    <label>{ "The link holds the scenario, everything that you did to it, and where you are." }
                                        <input id="link" readonly=true value={address} />
                                    </label>
                                    <p>
                                        <button id="copy" onclick={link.callback(|_| Msg::Copy)}>{ "Copy the link" }</button>
                                        <span role="status">{ match self.copied {
                                            Some(true) => " Copied.",
                                            Some(false) => " Not allowed here: select the link and copy it with your keyboard.",
                                            None => "",
                                        } }</span>
                                    </p>
                                </>
                            },
                            Err(error) => html! { <p>{ error }</p> },
                        } }
                        <p><button onclick={link.callback(|_| Msg::Save)}>{ "Save a file" }</button></p>
                        <label>{ "Open a file " }<input id="file" type="file" accept=".json,application/json" onchange={load} /></label>
                    </>
                }
            }
        };
        html! {
            <dialog ref={self.dialog_node.clone()} oncancel={close.clone()} onclose={close}>
                { body }
                <p class="end"><button onclick={link.callback(|_| Msg::Dialog(None))}>{ "Close" }</button></p>
            </dialog>
        }
    }
}

/// The text of a file; none where it cannot be read.
pub(super) async fn read(file: &web_sys::File) -> Option<String> {
    JsFuture::from(file.text()).await.ok()?.as_string()
}

/// Offers `text` as a file.
pub(in crate::view) fn save(name: &str, text: &str) {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let Ok(blob) = web_sys::Blob::new_with_str_sequence(&parts) else { return };
    let Ok(url) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
    if let Some(anchor) = document().create_element("a").ok().and_then(|anchor| anchor.dyn_into::<HtmlElement>().ok()) {
        // A detached link with plain attributes: neither can fail.
        let _ = anchor.set_attribute("href", &url);
        let _ = anchor.set_attribute("download", name);
        anchor.click();
    }
    let _ = web_sys::Url::revoke_object_url(&url);
}
