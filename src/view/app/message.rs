//! The messages of the page.

use crate::view::canvas::Pointed;
use bivalent::lab::{Action, Session};
use bivalent::page::PageAction;
use bivalent::scenario::{Link, Scenario};
use bivalent::scene::{Point, Target};
use web_sys::{File, KeyboardEvent};
use yew::Callback;

/// The messages of the page.
pub enum AppMsg {
    /// Something to the page's own state.
    Page(PageAction),
    /// Something to the run, or to both that stand side by side.
    Act(Action),
    /// Something happened in the run while a frame was made.
    Happened,
    /// On the board, on the diagram or on the tree of branches.
    Board(Pointed),
    Diagram(Pointed),
    /// A key, on the board or anywhere.
    BoardKey(KeyboardEvent),
    Key(KeyboardEvent),
    /// The menu of this target is wanted.
    OpenMenu(Target, Point),
    /// Another stabilisation time, in milliseconds.
    Gst(Option<u32>),
    /// Opens a scenario, one by its name, or a moment of a run.
    Open(Box<Scenario>),
    OpenNamed(String),
    OpenLink(Box<Link>),
    /// Opens a run in the laboratory as it stands elsewhere on the page.
    Resume(Box<Session>),
    /// Opens two scenarios side by side.
    OpenPair(Box<[Scenario; 2]>),
    /// Something to the two that stand side by side.
    Beside(BesideMsg),
    /// The link is to be copied, or the run saved as a file.
    Copy,
    Save,
    /// A file is to be opened; and its text.
    Load(File),
    Loaded(String),
    /// The browser shows another entry of its history, or another address was given.
    Moved,
    /// The page may go away.
    Leaving,
}

impl AppMsg {
    /// True if it may lead to another view or another scenario, which then has an entry of the browser's history.
    pub fn may_go(&self) -> bool {
        match self {
            AppMsg::Page(action) => matches!(action, PageAction::View(_) | PageAction::Vary(_)),
            AppMsg::Beside(message) => matches!(message, BesideMsg::With(_)),
            AppMsg::Open(_) | AppMsg::OpenNamed(_) | AppMsg::OpenLink(_) | AppMsg::OpenPair(_) => true,
            AppMsg::Resume(_) | AppMsg::Loaded(_) => true,
            _ => false,
        }
    }
}

/// The messages of two runs that stand side by side.
pub enum BesideMsg {
    /// The one on the right is to be the one of this key; the one that was there, if it is empty.
    With(String),
    /// On a canvas of the left or the right one.
    Pointed(usize, Pointed),
    /// They are to be kept in step by events, or by time.
    ByEvents(bool),
    /// To the first event in which they differ.
    ToDifference,
}

/// Tells the page what happened.
pub type Dispatch = Callback<AppMsg>;
