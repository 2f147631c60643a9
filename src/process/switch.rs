//! Modules that are switched off while a process runs.

use super::Name;

/// What it means that a module is switched off, as its own file says. A module that is switched on again recovers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WhenOff {
    /// The module is transparent: it asks what is asked of it of the module below, and passes up what comes from there.
    /// It forgets its state, after [`Protocol::on_switch`](super::Protocol::on_switch). The text says, in a sentence,
    /// what is lost by that.
    Transparent(Name),
    /// The module keeps its state and its handlers, which behave in another way; the text says, in a sentence, in which.
    Own(Name),
    /// The module cannot be switched off. The text says why not: "nothing else would …".
    StaysOn(Name),
}

impl WhenOff {
    /// The sentence that says what it means.
    pub fn text(&self) -> &str {
        let (WhenOff::Transparent(text) | WhenOff::Own(text) | WhenOff::StaysOn(text)) = self;
        text
    }
}
