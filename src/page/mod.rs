//! The page's own state: all that it shows beside the run. Plain data and one pure [`PageState::reduce`]; the browser is
//! elsewhere, so all of this is tested natively.

mod address;
mod place;

pub use address::{AddressParameters, PAIR_HASH, address};
pub use place::{PairPlace, Place, Settings};

use crate::catalogue::RequestForm;
use crate::lab::Item;
use crate::process::ProcessId;
use crate::scene::{ClockKind, Lens, Point, Target};
use serde::{Deserialize, Serialize};

/// The views of the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// The laboratory.
    #[default]
    Laboratory,
    /// Every protocol, and the purpose of each of its assumptions.
    Library,
    /// Two runs side by side.
    Compare,
    /// Many runs, and their results.
    Many,
    /// The impossibility, told.
    Flp,
}

/// The panels beside the board.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Panel {
    /// The models: everything that may go wrong.
    #[default]
    Models,
    /// Processes and messages, one by one.
    Inspector,
    /// The properties: everything that must hold.
    Properties,
    /// The log of the run.
    Log,
}

/// The dialogs that open over the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialog {
    /// Keys, and a word about the page.
    Help,
    /// Link and file.
    Share,
    /// What a process is asked for needs to know something: see [`PageState::question`].
    Ask,
}

/// A request to a process whose arguments are still missing.
#[derive(Clone, PartialEq, Debug)]
pub struct Question {
    /// The process that is asked.
    pub process: ProcessId,
    /// What it is asked for, and what that needs to know.
    pub form: RequestForm,
}

/// The themes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// As the system says.
    #[default]
    Auto,
    /// Ink on paper.
    Light,
    /// Chalk on slate.
    Dark,
}

impl Theme {
    /// The next one, for a button.
    fn next(self) -> Theme {
        match self {
            Theme::Auto => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::Auto,
        }
    }

    /// Its name, also in the style sheet.
    pub fn name(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

/// An open menu of a process, a message or a link.
#[derive(Clone, PartialEq, Debug)]
pub struct Menu {
    /// The name of its target.
    pub title: String,
    /// Its entries, as they were when it was opened: they do not change under the pointer.
    pub items: Vec<Item>,
    /// Its place on the board, in pixels.
    pub place: Point,
}

/// The part of the diagram that is in sight, and the marks over it.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct DiagramSight {
    /// The scale of time: each step is a factor of two.
    pub zoom: i32,
    /// The event that is pointed at, in the diagram or in the log. It stands out on the board.
    pub peeked: Option<u64>,
    /// The clocks, causes and hidden processes.
    pub lens: Lens,
}

/// The least and the greatest zoom of the diagram.
pub const ZOOMS: (i32, i32) = (-6, 8);

/// The page's own state.
#[derive(Clone, PartialEq, Debug)]
pub struct PageState {
    /// The view that is open.
    pub view: View,
    /// The panel that is open.
    pub panel: Panel,
    /// The dialog that is open, if one is.
    pub dialog: Option<Dialog>,
    /// The request that [`Dialog::Ask`] completes.
    pub question: Option<Question>,
    /// The menu that is open, if one is.
    pub menu: Option<Menu>,
    /// The theme.
    pub theme: Theme,
    /// True if the page is made for a projector: board and caption, and large.
    pub projector: bool,
    /// The content of the diagram.
    pub sight: DiagramSight,
    /// True if the tools for clocks and causes are open.
    pub lens_open: bool,
    /// True if keys without Ctrl and Alt mean something.
    pub single_keys: bool,
    /// The variable with which the view of many runs begins; empty for none.
    pub vary: String,
    /// A sentence that the page has to say, until it is closed.
    pub banner: Option<String>,
    /// True if the link was copied; none before somebody tried.
    pub copied: Option<bool>,
}

impl Default for PageState {
    fn default() -> Self {
        PageState {
            view: View::default(),
            panel: Panel::default(),
            dialog: None,
            question: None,
            menu: None,
            theme: Theme::default(),
            projector: false,
            sight: DiagramSight::default(),
            lens_open: false,
            single_keys: true,
            vary: String::new(),
            banner: None,
            copied: None,
        }
    }
}

/// The changes of the page's own state.
#[derive(Clone, PartialEq, Debug)]
pub enum PageAction {
    /// Opens a view.
    View(View),
    /// Opens a panel.
    Panel(Panel),
    /// Opens a menu.
    Menu(Menu),
    /// Closes the menu.
    CloseMenu,
    /// Opens a dialog, or closes the open one.
    Dialog(Option<Dialog>),
    /// Opens the dialog that completes a request.
    Ask(Question),
    /// Closes the topmost thing: menu, dialog, or the projector's layout.
    Escape,
    /// Goes to the next theme.
    NextTheme,
    /// Switches the projector's layout on or off.
    Projector,
    /// Switches single keys on or off.
    SingleKeys(bool),
    /// Shows more time in the diagram, or less.
    Zoom(i32),
    /// Points at an event, or at none.
    Peek(Option<u64>),
    /// Opens or closes the tools for clocks and causes. Closed, they leave nothing over the diagram.
    LensOpen(bool),
    /// Lays something else over the diagram.
    Lens(Lens),
    /// Chooses the clocks in the diagram.
    Clocks(ClockKind),
    /// Switches past and future of the last event on or off, and opens the tools for them.
    Causes,
    /// Drags the stabilisation time to this moment, in microseconds, or lets it go.
    DragGst(Option<u64>),
    /// Opens the view of many runs, which begins with this variable.
    Vary(String),
    /// Something was done to the run, and it is not the link's any more.
    Acted,
    /// Something was selected on a canvas: the inspector shows it.
    Selected,
    /// Another run was opened.
    Opened(View),
    /// Shows a place that was kept, after going back or forth.
    Arrived(View),
    /// Takes over the settings of a page before it was loaded again.
    Restore(Settings),
    /// Says a sentence.
    Tell(String),
    /// Takes back the sentence.
    Dismiss,
    /// The link was copied, or could not be.
    Copied(bool),
}

impl PageState {
    /// The state after an action. Nothing else changes a page's state.
    pub fn reduce(mut self, action: PageAction) -> PageState {
        match action {
            PageAction::View(view) => self.open(view),
            PageAction::Panel(panel) => self.panel = panel,
            PageAction::Menu(menu) => self.menu = Some(menu),
            PageAction::CloseMenu => self.menu = None,
            PageAction::Dialog(dialog) => (self.dialog, self.copied) = (dialog, None),
            PageAction::Ask(question) => {
                (self.menu, self.dialog, self.question) = (None, Some(Dialog::Ask), Some(question));
            }
            PageAction::Escape => match (&self.menu, self.dialog) {
                (Some(_), _) => self.menu = None,
                (None, Some(_)) => (self.dialog, self.copied) = (None, None),
                (None, None) => self.projector = false,
            },
            PageAction::NextTheme => self.theme = self.theme.next(),
            PageAction::Projector => self.projector = !self.projector,
            PageAction::SingleKeys(single_keys) => self.single_keys = single_keys,
            PageAction::Zoom(steps) => self.sight.zoom = (self.sight.zoom + steps).clamp(ZOOMS.0, ZOOMS.1),
            PageAction::Peek(event) => self.sight.peeked = event,
            PageAction::LensOpen(open) => {
                self.lens_open = open;
                if !open {
                    self.sight.lens = Lens::default();
                }
            }
            PageAction::Lens(lens) => self.sight.lens = lens,
            PageAction::Clocks(clocks) => self.sight.lens.clocks = clocks,
            PageAction::Causes => {
                self.lens_open = true;
                self.sight.lens.causes = !self.sight.lens.causes;
            }
            PageAction::DragGst(gst_us) => self.sight.lens.gst_us = gst_us,
            PageAction::Vary(vary) => {
                self.open(View::Many);
                self.vary = vary;
            }
            PageAction::Acted => (self.menu, self.copied) = (None, None),
            PageAction::Selected => (self.menu, self.panel) = (None, Panel::Inspector),
            PageAction::Opened(view) => {
                self.open(view);
                self.uncover();
                self.sight.lens.hidden = Default::default();
            }
            PageAction::Arrived(view) => {
                self.open(view);
                self.uncover();
            }
            PageAction::Restore(settings) => {
                let Settings { panel, theme, projector, single_keys, zoom, lens, lens_open } = settings;
                (self.panel, self.theme, self.projector, self.single_keys) = (panel, theme, projector, single_keys);
                (self.sight.zoom, self.sight.lens, self.lens_open) = (zoom.clamp(ZOOMS.0, ZOOMS.1), lens, lens_open);
            }
            PageAction::Tell(sentence) => {
                // A banner under an open dialog could not be read.
                (self.banner, self.dialog) = (Some(sentence), None);
            }
            PageAction::Dismiss => self.banner = None,
            PageAction::Copied(done) => self.copied = Some(done),
        }
        self
    }

    fn open(&mut self, view: View) {
        (self.view, self.menu) = (view, None);
        if view != View::Many {
            self.vary.clear();
        }
    }

    /// Leaves nothing over the page, and nothing of the run that was open before.
    fn uncover(&mut self) {
        (self.dialog, self.copied, self.banner) = (None, None, None);
        (self.sight.peeked, self.sight.lens.gst_us) = (None, None);
    }

    /// The settings that a reload keeps.
    pub fn settings(&self) -> Settings {
        Settings {
            panel: self.panel,
            theme: self.theme,
            projector: self.projector,
            single_keys: self.single_keys,
            zoom: self.sight.zoom,
            lens: Lens { gst_us: None, ..self.sight.lens },
            lens_open: self.lens_open,
        }
    }

    /// The keys that mean something now: none, or all but single ones, or all.
    pub fn keys(&self) -> Option<bool> {
        matches!(self.view, View::Laboratory | View::Compare).then_some(self.single_keys)
    }
}

/// The name of a thing on the board or in the diagram, for people.
pub fn title(target: Target) -> String {
    match target {
        Target::Process(process) => process.to_string(),
        Target::Message(id) => format!("message {id}"),
        Target::Link(one, other) => format!("link {one} – {other}"),
        Target::Intruder => "the intruder".to_owned(),
        Target::Event(event) => format!("event {event}"),
        Target::Node(_) | Target::Gst => String::new(),
    }
}
