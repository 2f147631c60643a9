//! The page: it shows a [`Lab`](bivalent::lab::Lab) and sends it actions. It never writes state, so no picture can show
//! a state that the engine did not reach. Its own state is in [`bivalent::page`], tested without a browser.

mod browser;
mod builtin;
mod canvas;
mod files;
mod keys;
mod select;
mod sources;
mod theme;
mod work;

mod flp;
mod library;
mod many;
mod panels;

mod app;

use app::App;
use browser::{document, show_panic};

/// Starts the page.
pub fn main() {
    std::panic::set_hook(Box::new(|info| show_panic(&info.to_string())));
    let root = document().get_element_by_id("app").expect("index.html has an element #app");
    root.set_inner_html("");
    yew::Renderer::<App>::with_root(root).render();
}
