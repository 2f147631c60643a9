//! On wasm32 the page, without what only `whole.rs` holds; elsewhere the command line.

#[cfg(not(target_arch = "wasm32"))]
mod cli;
#[cfg(target_arch = "wasm32")]
mod view;

/// Whether this program holds the FLP laboratory.
#[cfg(target_arch = "wasm32")]
const WHOLE: bool = false;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    cli::main()
}

#[cfg(target_arch = "wasm32")]
fn main() {
    view::main();
}
