//! The properties of the side panel and of each of its panels.

use crate::view::sources::ShownLab;
use bivalent::lab::Action;
use bivalent::page::Panel;
use bivalent::scene::Target;
use yew::{AttrValue, Callback, Properties};

/// The properties of the side panel.
#[derive(Properties, Clone, PartialEq)]
pub struct SidePanelProps {
    /// The laboratory.
    pub lab: ShownLab,
    /// The panel that is open.
    pub panel: Panel,
    /// The event that is pointed at, in the diagram or in the log.
    pub peeked: Option<u64>,
    /// Opens another panel.
    pub on_panel: Callback<Panel>,
    /// Does something to the run.
    pub on_act: Callback<Action>,
    /// Opens a menu.
    pub on_menu: Callback<Target>,
    /// Opens many runs with several values of this variable.
    pub on_vary: Callback<AttrValue>,
    /// Points at an event of the log, or at none.
    pub on_peek: Callback<Option<u64>>,
}
