//! The page: it shows a [`Lab`] and sends it actions. It never writes state, so no picture can show a state that the
//! engine did not reach.

use crate::view::app::App;
use wasm_bindgen::prelude::*;

mod app;
mod canvas;
mod flp;
mod keys;
mod library;
mod many;
mod panels;
mod theme;
mod work;

#[wasm_bindgen]
extern "C" {
    /// The overlay of static HTML: nothing of this program may be trusted after a panic.
    #[wasm_bindgen(js_name = bivalentPanic)]
    fn show_panic(message: &str);
}

/// Whether whoever looks wants no motion.
fn still() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)");
    query.is_ok_and(|query| query.is_some_and(|query| query.matches()))
}

/// The seed and the link that the overlay tells when everything else is gone.
#[derive(serde::Serialize, Default)]
struct PanicReport {
    seed: String,
    link: String,
}

impl PanicReport {
    /// Keeps this where it survives a panic.
    fn keep(&self) {
        if let Ok(report) = serde_wasm_bindgen::to_value(self) {
            // A frozen global object is nothing to stop for.
            let _ = js_sys::Reflect::set(&js_sys::global(), &"bivalentReport".into(), &report);
        }
    }
}

/// Starts the page.
pub fn main() {
    std::panic::set_hook(Box::new(|info| show_panic(&info.to_string())));
    let root = document().get_element_by_id("app").expect("index.html has an element #app");
    root.set_inner_html("");
    yew::Renderer::<App>::with_root_and_props(root, app::opening()).render();
}

fn window() -> web_sys::Window {
    web_sys::window().expect("the page runs in a window")
}

fn document() -> web_sys::Document {
    window().document().expect("a window has a document")
}

/// 32 bits for a new seed: the only place where chance enters.
fn new_seed() -> u32 {
    getrandom::u32().unwrap_or(1)
}
