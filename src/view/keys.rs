//! The keys: one list for the listener and for the help.

use bivalent::lab::Action;
use bivalent::page::{Dialog, PageAction};
use web_sys::KeyboardEvent;

/// The action of a key.
#[derive(Clone, PartialEq, Debug)]
pub enum KeyCommand {
    /// Something to the run.
    Act(Action),
    /// Something to the page.
    Page(PageAction),
    /// Full screen on or off.
    FullScreen,
    /// Leaves the topmost thing: menu, dialog, the eyes of a process, the projector's layout.
    Escape,
}

/// A line of the list: the key as people call it, what it does, whether it is a single character, and how to know it.
pub struct Key {
    /// As people call it.
    pub name: &'static str,
    /// Its action.
    pub meaning: &'static str,
    matches: fn(&KeyboardEvent) -> Option<KeyCommand>,
}

fn plain(event: &KeyboardEvent) -> bool {
    !event.ctrl_key() && !event.meta_key() && !event.alt_key()
}

fn single_key(event: &KeyboardEvent, wanted: &str) -> bool {
    plain(event) && event.key().eq_ignore_ascii_case(wanted)
}

fn command(event: &KeyboardEvent, wanted: &str) -> bool {
    (event.ctrl_key() || event.meta_key()) && !event.alt_key() && event.key().eq_ignore_ascii_case(wanted)
}

/// The distance that a key moves a process: a share of the board.
const NUDGE: f32 = 0.04;

fn nudge(event: &KeyboardEvent) -> Option<KeyCommand> {
    let (dx, dy) = match event.key().as_str() {
        "ArrowLeft" => (-NUDGE, 0.0),
        "ArrowRight" => (NUDGE, 0.0),
        "ArrowUp" => (0.0, -NUDGE),
        "ArrowDown" => (0.0, NUDGE),
        _ => return None,
    };
    let held = event.alt_key() && event.shift_key() && !event.ctrl_key() && !event.meta_key();
    held.then_some(KeyCommand::Act(Action::Nudge(dx, dy)))
}

/// All keys.
pub const KEYS: &[Key] = &[
    Key {
        name: "Space or K",
        meaning: "play or pause",
        matches: |event| (single_key(event, " ") || single_key(event, "k")).then_some(KeyCommand::Act(Action::Toggle)),
    },
    Key {
        name: "→",
        meaning: "next event (with Shift: ten; with Alt: of the selected process)",
        matches: |event| {
            (event.key() == "ArrowRight" && !event.ctrl_key() && !event.meta_key() && nudge(event).is_none()).then(
                || {
                    KeyCommand::Act(match (event.alt_key(), event.shift_key()) {
                        (true, _) => Action::Along(true),
                        (_, true) => Action::Next(10),
                        _ => Action::Next(1),
                    })
                },
            )
        },
    },
    Key {
        name: "←",
        meaning: "one event back (with Shift: ten; with Alt: of the selected process)",
        matches: |event| {
            (event.key() == "ArrowLeft" && !event.ctrl_key() && !event.meta_key() && nudge(event).is_none()).then(
                || {
                    KeyCommand::Act(match (event.alt_key(), event.shift_key()) {
                        (true, _) => Action::Along(false),
                        (_, true) => Action::Back(10),
                        _ => Action::Back(1),
                    })
                },
            )
        },
    },
    Key {
        name: "W",
        meaning: "a wave: everybody takes a turn; a round, where there are rounds",
        matches: |event| single_key(event, "w").then_some(KeyCommand::Act(Action::Wave)),
    },
    Key {
        name: "Home and End",
        meaning: "the beginning and the end",
        matches: |event| match event.key().as_str() {
            "Home" if plain(event) => Some(KeyCommand::Act(Action::Seek(0))),
            "End" if plain(event) => Some(KeyCommand::Act(Action::End(100_000))),
            _ => None,
        },
    },
    Key {
        name: "J and Shift+J",
        meaning: "the next and the previous decision, fault or violation",
        matches: |event| single_key(event, "j").then(|| KeyCommand::Act(Action::Mark(!event.shift_key()))),
    },
    Key {
        name: "M and B",
        meaning: "keep this moment, and back to it",
        matches: |event| match () {
            () if single_key(event, "m") => Some(KeyCommand::Act(Action::Keep)),
            () if single_key(event, "b") => Some(KeyCommand::Act(Action::Return)),
            () => None,
        },
    },
    Key {
        name: "C",
        meaning: "causes: past and future of the last event",
        matches: |event| single_key(event, "c").then_some(KeyCommand::Page(PageAction::Causes)),
    },
    Key {
        name: "+ and −",
        meaning: "faster and slower",
        matches: |event| match event.key().as_str() {
            "+" | "=" if plain(event) => Some(KeyCommand::Act(Action::Speed(1))),
            "-" if plain(event) => Some(KeyCommand::Act(Action::Speed(-1))),
            _ => None,
        },
    },
    Key {
        name: "P",
        meaning: "projector",
        matches: |event| single_key(event, "p").then_some(KeyCommand::Page(PageAction::Projector)),
    },
    Key {
        name: "F",
        meaning: "full screen",
        matches: |event| single_key(event, "f").then_some(KeyCommand::FullScreen),
    },
    Key {
        name: "Ctrl+Z and Ctrl+Shift+Z",
        meaning: "undo and redo",
        matches: |event| {
            command(event, "z").then(|| KeyCommand::Act(if event.shift_key() { Action::Redo } else { Action::Undo }))
        },
    },
    Key {
        name: "↑ and ↓ on the board",
        meaning: "select: processes, messages, links",
        matches: |_| None, // The board listens for it: elsewhere these keys scroll.
    },
    Key { name: "Alt+Shift+arrows", meaning: "move the selected process on the board", matches: nudge },
    Key {
        name: "Menu, or Shift+F10",
        meaning: "the actions for the selection",
        matches: |_| None, // The board listens for it: it knows what is selected.
    },
    Key {
        name: "?",
        meaning: "this help",
        matches: |event| single_key(event, "?").then_some(KeyCommand::Page(PageAction::Dialog(Some(Dialog::Help)))),
    },
    Key { name: "Esc", meaning: "close", matches: |event| (event.key() == "Escape").then_some(KeyCommand::Escape) },
];

/// The meaning of the key; never while one types, chooses in a form or stands on a button.
pub fn meaning(event: &KeyboardEvent, on_control: bool, single_keys: bool) -> Option<KeyCommand> {
    let found = KEYS.iter().find_map(|key| (key.matches)(event))?;
    let single = event.key().chars().count() == 1 && !event.ctrl_key() && !event.meta_key();
    let allowed = match found {
        KeyCommand::Escape => true,
        _ if on_control => false,
        _ => single_keys || !single,
    };
    allowed.then_some(found)
}
