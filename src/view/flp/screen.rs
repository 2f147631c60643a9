//! The properties of every screen of the FLP view.

use bivalent::scenario::Link;
use yew::{Callback, Properties};

/// The properties of every screen.
#[derive(Properties, PartialEq)]
pub struct ScreenProps {
    /// The viewer has done what the screen is about.
    pub on_done: Callback<()>,
    /// Opens a moment of a run in the laboratory.
    pub on_open: Callback<Link>,
}
