//! The same runs in WebAssembly as natively: equal trace hashes, verdicts and decisions.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test;

#[path = "it/summary.rs"]
mod summary;

#[wasm_bindgen_test]
fn every_run_of_the_gallery_is_as_it_is_natively() {
    assert_eq!(summary::gallery(), include_str!("data/gallery.txt"));
}
