//! The page: it shows a [`Lab`] and sends it actions. It never writes state, so no picture can show a state that the
//! engine did not reach.

use crate::view::app::App;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use yew::AppHandle;

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

    /// Puts the program that holds everything in the place of this one.
    #[wasm_bindgen(js_name = bivalentWhole, catch)]
    async fn load_whole() -> Result<JsValue, JsValue>;
}

thread_local! {
    static APP: RefCell<Option<AppHandle<App>>> = const { RefCell::new(None) };
}

/// Whether whoever looks wants no motion.
fn still() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)");
    query.is_ok_and(|query| query.is_some_and(|query| query.matches()))
}

/// Ends this program, so that another can have the page.
#[wasm_bindgen]
pub fn leave() {
    if let Some(app) = APP.take() {
        app.destroy();
    }
}

/// What the overlay tells when everything else is gone, and what one program leaves to the next.
#[derive(serde::Serialize, Default)]
struct Report {
    seed: String,
    link: String,
    /// The part of the address of the view that is wanted.
    wanted: String,
    /// The branches of the run.
    tree: String,
    /// The text of a file that is to be opened.
    file: String,
}

/// What a program before this one has left.
fn reported() -> Option<Report> {
    let report = js_sys::Reflect::get(&js_sys::global(), &"bivalentReport".into()).ok()?;
    let text = |name: &str| js_sys::Reflect::get(&report, &name.into()).ok()?.as_string();
    let [seed, link, wanted, tree, file] = ["seed", "link", "wanted", "tree", "file"].map(text);
    Some(Report { seed: seed?, link: link?, wanted: wanted?, tree: tree?, file: file? })
}

impl Report {
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
    yew::platform::spawn_local(async {
        // None: another program has the page now.
        let Some(opening) = app::opening().await else { return };
        let root = document().get_element_by_id("app").expect("index.html has an element #app");
        root.set_inner_html("");
        APP.set(Some(yew::Renderer::<App>::with_root_and_props(root, opening).render()));
    });
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
