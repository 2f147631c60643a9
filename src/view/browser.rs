//! The browser, as far as several parts of the page use it.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The overlay of static HTML: nothing of this program may be trusted after a panic.
    #[wasm_bindgen(js_name = bivalentPanic)]
    pub fn show_panic(message: &str);
}

/// The window.
pub fn window() -> web_sys::Window {
    web_sys::window().expect("the page runs in a window")
}

/// The document.
pub fn document() -> web_sys::Document {
    window().document().expect("a window has a document")
}

/// True if the system asks for no motion.
pub fn still() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)");
    query.is_ok_and(|query| query.is_some_and(|query| query.matches()))
}

/// The size of the element that a selector finds, in pixels.
pub fn size_of(selector: &str) -> (f32, f32) {
    let node = document().query_selector(selector).ok().flatten();
    node.map_or((1.0, 1.0), |node| (node.client_width() as f32, node.client_height() as f32))
}

/// 32 bits for a new seed: the only place where chance enters.
pub fn new_seed() -> u32 {
    getrandom::u32().unwrap_or(1)
}

/// The seed and the link that the overlay tells when everything else is gone.
#[derive(serde::Serialize, Default)]
pub struct PanicReport {
    /// The seed of the run.
    pub seed: String,
    /// The part of the address that leads back to it, with its `#`.
    pub link: String,
}

impl PanicReport {
    /// Keeps this where it survives a panic.
    pub fn keep(&self) {
        if let Ok(report) = serde_wasm_bindgen::to_value(self) {
            // A frozen global object is nothing to stop for.
            let _ = js_sys::Reflect::set(&js_sys::global(), &"bivalentReport".into(), &report);
        }
    }
}
