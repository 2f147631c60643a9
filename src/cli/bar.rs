//! Progress of long work: shown on a terminal only, and wiped away in the end.

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// A line of words, for work of unknown length.
pub fn words() -> ProgressBar {
    with_template(ProgressBar::no_length(), "{msg}")
}

/// A bar that fills while `of` things are done, with a word for them.
pub fn share(of: u64, things: &'static str) -> ProgressBar {
    with_template(ProgressBar::new(of).with_message(things), "[{bar:30}] {pos} of {len} {msg}")
}

fn with_template(bar: ProgressBar, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("a template of this file");
    bar.with_style(style.progress_chars("█·")).with_finish(ProgressFinish::AndClear)
}
