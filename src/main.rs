//! On wasm32 the page; elsewhere the command line.

#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
mod cli;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
fn main() -> std::process::ExitCode {
    cli::main()
}

#[cfg(not(any(feature = "cli", target_arch = "wasm32")))]
fn main() -> std::process::ExitCode {
    eprintln!("error: this program was built without the feature \"cli\", which is its command line");
    std::process::ExitCode::from(2)
}

#[cfg(target_arch = "wasm32")]
fn main() {
    view::main();
}
