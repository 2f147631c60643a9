//! The page with everything in it: loaded when something beyond the laboratory is wanted, and by standalone.html.

mod view;

/// Whether this program holds the FLP laboratory.
const WHOLE: bool = true;

fn main() {
    view::main();
}
