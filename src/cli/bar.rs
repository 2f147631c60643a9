//! Progress of long work: shown on a terminal only, and wiped away in the end.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// The line of progress.
pub struct Bar {
    watched: bool,
}

impl Bar {
    /// Nothing is shown yet.
    pub fn new() -> Self {
        Bar { watched: io::stderr().is_terminal() }
    }

    /// Consequence this in place of what was shown.
    pub fn show(&self, text: impl Display) {
        if self.watched {
            // A terminal that is gone needs no progress.
            let _ = write!(io::stderr(), "\r\x1b[K{text}");
        }
    }

    /// Consequence how much of `of` is done, as a bar.
    pub fn share(&self, done: u64, of: u64, what: &str) {
        const WIDTH: u64 = 30;
        let full = (WIDTH * done).checked_div(of).unwrap_or(WIDTH) as usize;
        self.show(format_args!("[{}{}] {done} of {of} {what}", "█".repeat(full), "·".repeat(WIDTH as usize - full)));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.watched {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
