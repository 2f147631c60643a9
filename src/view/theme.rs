//! Light and dark: the tokens of the style sheet, as colours for the painter.

use super::browser::{document, window};
use bivalent::page::Theme;
use bivalent::scene::Ink;
use std::cell::Cell;

/// Puts a theme in force.
pub fn apply(theme: Theme) {
    if let Some(root) = document().document_element() {
        // Setting an attribute of the document's own element cannot fail.
        let _ = root.set_attribute("data-theme", theme.name());
    }
    changed();
}

thread_local! {
    static VERSION: Cell<u64> = const { Cell::new(0) };
}

/// The colours are others now.
pub fn changed() {
    VERSION.set(VERSION.get() + 1);
}

/// Grows whenever the colours change.
pub fn version() -> u64 {
    VERSION.get()
}

/// The colours of the theme in force.
#[derive(Clone, Default)]
pub struct Palette {
    version: u64,
    colours: Vec<String>,
    font: String,
}

const TOKENS: [(Ink, &str); 10] = [
    (Ink::Paper, "--paper"),
    (Ink::Ink, "--ink"),
    (Ink::Soft, "--soft"),
    (Ink::Faint, "--faint"),
    (Ink::Zero, "--zero"),
    (Ink::One, "--one"),
    (Ink::Alarm, "--alarm"),
    (Ink::Focus, "--focus"),
    (Ink::Wash, "--line"),
    (Ink::OnValue, "--on-value"),
];

impl Palette {
    /// Reads the tokens again if they have changed.
    pub fn refresh(&mut self) {
        if !self.colours.is_empty() && self.version == version() {
            return;
        }
        let root = document().document_element();
        let style = root.and_then(|root| window().get_computed_style(&root).ok().flatten());
        let read = |name: &str| {
            let value = style.as_ref().and_then(|style| style.get_property_value(name).ok());
            value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        self.colours = TOKENS.iter().map(|(_, name)| read(name).unwrap_or_else(|| "#808080".into())).collect();
        self.font = read("--font").unwrap_or_else(|| "sans-serif".into());
        self.version = version();
    }

    /// The colour of an ink.
    pub fn colour(&self, ink: Ink) -> &str {
        let index = TOKENS.iter().position(|(known, _)| *known == ink).expect("every ink has a token");
        &self.colours[index]
    }

    /// The family of type.
    pub fn font(&self) -> &str {
        &self.font
    }
}
