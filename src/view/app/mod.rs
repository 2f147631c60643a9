//! The page's frame: header, views, dialogs, keys.

use super::canvas::{Pointed, Source};
use super::flp::Flp;
use super::keys::{self, Command};
use super::library::Library;
use super::many::Many;
use super::panels::{self, Panel};
use super::theme::{self, Theme};
use super::{Report, document, load_whole, window};
use bivalent::engine::Choice;
use bivalent::lab::{Action, Item, Shared};
use bivalent::process::ProcessId;
use bivalent::scenario::{Link, Scenario};
use bivalent::scene::{Land, Lens, Point, Target};
use gloo::events::{EventListener, EventListenerOptions};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlDialogElement, HtmlElement, KeyboardEvent};
use yew::prelude::*;

mod address;
mod compare;
mod dialog;
mod header;
mod lens;
mod lesson;
mod sources;
mod stage;

pub(super) use address::{Opening, opening};
pub(super) use dialog::save;
pub(super) use sources::board_source;

use address::{Missing, fetch, first_lab, from_hash, hash, land};
use compare::Compare;
use dialog::read;
use sources::{Aids, FOLLOW_MS, Sight, diagram_source, tree_source, with_diagram};

/// The views of the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum View {
    /// The laboratory.
    Laboratory,
    /// Every protocol, and what its assumptions are for.
    Library,
    /// Two runs side by side.
    Compare,
    /// Many runs, and what they come to.
    Many,
    /// The impossibility, told.
    Flp,
}

impl View {
    /// The part of the address that opens it, and what one program tells the next that is wanted.
    fn hash(self) -> &'static str {
        match self {
            View::Laboratory => "",
            View::Library => "#library",
            View::Compare => "#compare",
            View::Many => "#many",
            View::Flp => "#flp",
        }
    }

    /// The view that such a part of the address asks for.
    fn of(hash: &str) -> View {
        let beyond = [View::Library, View::Compare, View::Many, View::Flp];
        beyond.into_iter().find(|view| view.hash() == hash).unwrap_or(View::Laboratory)
    }

    /// Whether only the whole program holds it.
    fn is_beyond(self) -> bool {
        self != View::Laboratory
    }
}

/// What is open over the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialog {
    /// Keys, and what the page is.
    Help,
    /// Link and file.
    Share,
}

/// An open menu.
struct Menu {
    title: String,
    items: Vec<Item>,
    place: Point,
    /// What had the focus before.
    opener: Option<HtmlElement>,
}

/// What happens to the page.
pub enum Msg {
    /// To the laboratory.
    Act(Action),
    /// Something happened in the run while a frame was made.
    Happened,
    Board(Pointed),
    Diagram(Pointed),
    BoardKey(KeyboardEvent),
    Key(KeyboardEvent),
    OpenMenu(Target, Point),
    CloseMenu,
    Panel(Panel),
    View(View),
    /// Many runs of what is on the desk, with several values of this.
    Vary(AttrValue),
    /// These two, side by side.
    Pair(Box<[Scenario; 2]>),
    /// Side by side with the run of this key.
    Compare(String),
    /// What happened on a canvas of the left or the right run.
    Beside(usize, Pointed),
    /// Side by side by events, or by time.
    ByEvents(bool),
    ToDifference,
    /// What can be changed is wanted, in the panel that is open.
    Editors,
    /// The coasts of the map.
    Land(Land),
    Open(Box<Scenario>),
    /// The scenario of the gallery with this name is wanted.
    OpenNamed(String),
    /// Here is the one that was wanted under this name.
    Named(String, Result<Box<Scenario>, Missing>),
    Theme,
    Projector,
    SingleKeys(bool),
    Dialog(Option<Dialog>),
    Zoom(i32),
    /// The event that is pointed at, in the diagram or in the log.
    Peek(Option<u64>),
    /// Opens or closes clocks and causes.
    Tools(bool),
    /// What is laid over the diagram.
    Lens(Lens),
    /// Another stabilisation time, in milliseconds.
    Gst(Option<u32>),
    Copy,
    Copied(bool),
    Save,
    Load(web_sys::File),
    Loaded(String),
    Hash,
    Dismiss,
    /// The program that holds everything could not be loaded.
    Missing,
}

/// The page.
pub struct App {
    lab: Shared,
    view: View,
    panel: Panel,
    theme: Theme,
    projector: Rc<Cell<bool>>,
    aids: Aids,
    land_wanted: bool,
    tools: bool,
    single_keys: bool,
    /// What [`App::keys`] says, for whoever listens.
    keys: Rc<Cell<Option<bool>>>,
    /// What the view of many runs begins with: several values of this.
    vary: AttrValue,
    menu: Option<Menu>,
    dialog: Option<Dialog>,
    banner: Option<String>,
    copied: Option<bool>,
    board: Source,
    diagram: Source,
    /// The tree of branches; in the whole program.
    tree: Source,
    compare: Option<Compare>,
    /// The view that is being fetched.
    loading: Option<View>,
    /// The scenario of the gallery that was asked for last.
    asked: String,
    dialog_node: NodeRef,
    menu_node: NodeRef,
    menu_opened: bool,
    /// The view that was rendered last.
    rendered: View,
    /// Where somebody was in the library.
    library_place: Rc<Cell<Option<&'static str>>>,
    _listeners: Vec<EventListener>,
}

/// What something is called.
fn title(target: Target) -> String {
    match target {
        Target::Process(process) => process.to_string(),
        Target::Message(id) => format!("message {id}"),
        Target::Link(one, other) => format!("link {one} – {other}"),
        Target::Intruder => "the intruder".to_owned(),
        Target::Event(event) => format!("event {event}"),
        Target::Node(_) | Target::Gst => String::new(),
    }
}

/// How the part of the address begins that holds two runs side by side.
const PAIR: &str = "#c=";

/// Why a file was not opened.
fn no_scenario(error: &str) -> String {
    format!("This file is no scenario: {error}. Nothing was changed.")
}

/// What one program tells the next if the inspector is to be open; then comes what is selected.
const INSPECTOR: &str = "#inspector";

/// What one program tells the next if clocks and causes are wanted.
const LENS: &str = "#lens";

/// The process or link of that name.
fn target(name: &str) -> Option<Target> {
    match name.split_once('-') {
        Some((one, other)) => Some(Target::Link(ProcessId::parse(one)?, ProcessId::parse(other)?)),
        None => ProcessId::parse(name).map(Target::Process),
    }
}

/// What follows an error where something else opens.
const FIRST_INSTEAD: &str = "Here is the first scenario instead.";

impl App {
    fn act(&mut self, action: Action) -> bool {
        self.copied = None;
        if crate::WHOLE && self.view == View::Compare {
            return self.act_beside(action);
        }
        self.lab.borrow_mut().act(action);
        self.report(self.view.hash()).keep();
        true
    }

    /// Seed and link of the run on the desk, and what is wanted.
    fn report(&self, wanted: &str) -> Report {
        let lab = self.lab.borrow();
        let link = lab.link().map(|link| format!("#s={link}")).unwrap_or_default();
        Report { seed: lab.scenario().seed.to_string(), link, wanted: wanted.into(), ..Report::default() }
    }

    fn open_menu(&mut self, target: Target, place: Point) {
        let lab = self.lab.borrow();
        let items = lab.menu(target);
        if items.is_empty() {
            return;
        }
        let title = title(target);
        let opener = document().active_element().and_then(|element| element.dyn_into().ok());
        self.menu = Some(Menu { title, items, place, opener });
        self.menu_opened = true;
    }

    /// Closes the dialog, if one is open; returns whether one was. Closed before it goes, it gives the focus back.
    fn close_dialog(&mut self) -> bool {
        if let Some(dialog) = self.dialog_node.cast::<HtmlDialogElement>() {
            dialog.close();
        }
        self.dialog.take().is_some()
    }

    /// Closes the menu, if one is open; returns whether one was. The focus goes back to where it was.
    fn close_menu(&mut self) -> bool {
        let Some(menu) = self.menu.take() else { return false };
        if let Some(opener) = menu.opener {
            // What is gone by now cannot have it.
            let _ = opener.focus();
        }
        true
    }

    /// The keys that mean something now: none, or without single keys, or all.
    fn keys(&self) -> Option<bool> {
        matches!(self.view, View::Laboratory | View::Compare).then_some(self.single_keys)
    }

    fn command(&mut self, ctx: &Context<Self>, command: Command) -> bool {
        match command {
            Command::Act(action) => self.act(action),
            Command::Projector => {
                self.projector.set(!self.projector.get());
                self.act(Action::Speed(0))
            }
            Command::FullScreen => {
                let document = document();
                if document.fullscreen_element().is_some() {
                    document.exit_fullscreen();
                } else if let Some(root) = document.document_element() {
                    // A frame may not be allowed to; then nothing happens.
                    let _ = root.request_fullscreen();
                }
                false
            }
            Command::Causes if crate::WHOLE => {
                self.tools = true;
                self.see(|sight| sight.lens.causes = !sight.lens.causes)
            }
            Command::Causes => self.go_beyond(ctx, View::Laboratory, LENS),
            Command::Help => {
                self.dialog = Some(Dialog::Help);
                true
            }
            Command::Escape => {
                let open = self.close_menu() || self.close_dialog();
                let beside = crate::WHOLE && self.view == View::Compare;
                if !open && (beside || self.lab.borrow().see_as().is_some()) {
                    return self.act(Action::SeeAs(None));
                }
                if !open && self.projector.get() {
                    return self.command(ctx, Command::Projector);
                }
                true
            }
        }
    }

    /// Loads the program that holds everything, which then shows `wanted`.
    fn go_beyond(&mut self, ctx: &Context<Self>, view: View, wanted: &str) -> bool {
        self.act(Action::Play(false));
        let tree = self.lab.borrow().session().to_json();
        self.leave_to_whole(ctx, view, Report { tree, ..self.report(wanted) })
    }

    /// Loads the program that holds everything, and leaves it `report`.
    fn leave_to_whole(&mut self, ctx: &Context<Self>, view: View, report: Report) -> bool {
        let link = ctx.link().clone();
        report.keep();
        yew::platform::spawn_local(async move {
            // If it works out, this program is gone by then.
            if load_whole().await.is_err() {
                link.send_message(Msg::Missing);
            }
        });
        self.loading = Some(view);
        true
    }

    /// Changes what the diagram shows besides the run; returns whether it did.
    fn see(&mut self, change: impl FnOnce(&mut Sight)) -> bool {
        let before = self.aids.sight.get();
        let mut sight = before;
        change(&mut sight);
        self.aids.sight.set(sight);
        sight != before
    }

    /// The moment at a place of the diagram, in microseconds.
    fn moment_at(&self, place: Point) -> u64 {
        let (size, sight) = (App::size_of("canvas.diagram"), self.aids.sight.get());
        with_diagram(&self.lab.borrow(), size, &sight, |diagram| diagram.moment_at(place))
    }

    /// The size of a canvas on the page.
    fn size_of(canvas: &str) -> (f32, f32) {
        let node = document().query_selector(canvas).ok().flatten();
        node.map_or((1.0, 1.0), |node| (node.client_width() as f32, node.client_height() as f32))
    }

    fn address(&self) -> Result<String, String> {
        let link = match &self.compare {
            Some(compare) if crate::WHOLE && self.view == View::Compare => compare.address(),
            _ => self.lab.borrow().link().map(|link| format!("#s={link}")),
        };
        let link = link.map_err(|error| error.to_string())?;
        let href = window().location().href().unwrap_or_default();
        let page = href.split(['#', '?']).next().unwrap_or_default().to_owned();
        Ok(format!("{page}{link}"))
    }
}

impl Component for App {
    type Message = Msg;
    type Properties = Opening;

    fn create(ctx: &Context<Self>) -> Self {
        let Opening { lab, banner, view, panel, lens, pair, beside } = ctx.props().clone();
        let lab = lab.take().unwrap_or_else(first_lab);
        let lab: Shared = Rc::new(RefCell::new(lab));
        let projector = Rc::new(Cell::new(false));
        let link = ctx.link();
        let options = EventListenerOptions::enable_prevent_default();
        let keys = Rc::new(Cell::new(None));
        let mut listeners = vec![
            EventListener::new_with_options(&window(), "keydown", options, {
                let (link, keys) = (link.clone(), Rc::clone(&keys));
                move |event| {
                    if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                        link.send_message(Msg::Key(event.clone()));
                        // What means nothing here is the browser's: it scrolls, and goes back.
                        let meaning = |single_keys| keys::meaning(event, on_control(event), single_keys);
                        if keys.get().and_then(meaning).is_some() && event.key() != "Escape" {
                            event.prevent_default();
                        }
                    }
                }
            }),
            EventListener::new(&window(), "hashchange", {
                let link = link.clone();
                move |_| link.send_message(Msg::Hash)
            }),
        ];
        if let Ok(Some(dark)) = window().match_media("(prefers-color-scheme: dark)") {
            listeners.push(EventListener::new(&dark, "change", |_| theme::changed()));
        }
        let aids = Aids { projector: Rc::clone(&projector), ..Aids::default() };
        let board = sources::source(&lab, aids.clone(), link.callback(|()| Msg::Happened), FOLLOW_MS);
        let diagram = diagram_source(&lab, &aids);
        let tree: Source = if crate::WHOLE { tree_source(&lab, &aids) } else { Rc::new(|_, _| None) };
        let mut app = App {
            lab,
            view,
            loading: None,
            asked: String::new(),
            panel,
            theme: Theme::Auto,
            projector,
            aids,
            land_wanted: false,
            tools: crate::WHOLE && lens,
            single_keys: true,
            keys,
            vary: AttrValue::default(),
            menu: None,
            dialog: None,
            banner,
            copied: None,
            board,
            diagram,
            tree,
            compare: None,
            dialog_node: NodeRef::default(),
            menu_node: NodeRef::default(),
            menu_opened: false,
            rendered: View::Laboratory,
            library_place: Rc::default(),
            _listeners: listeners,
        };
        app.report(view.hash()).keep();
        if crate::WHOLE {
            if let Some(pair) = pair.take() {
                app.set_beside(ctx, pair, String::new());
            } else if let Some(key) = beside {
                app.open_beside(ctx, &key);
            }
        }
        app
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Act(action) => {
                if self.close_menu() && matches!(action, Action::Select(Some(_))) {
                    self.panel = Panel::Inspector;
                }
                self.act(action)
            }
            Msg::Happened => true,
            Msg::Board(Pointed::Click(target, _)) => {
                if self.close_menu() && target.is_none() {
                    return true;
                }
                let action = self.lab.borrow().click(target);
                if let Action::Select(Some(_)) = action {
                    self.panel = Panel::Inspector;
                }
                self.act(action)
            }
            Msg::Board(Pointed::Menu(target, place)) => {
                if let Some(target) = target {
                    self.lab.borrow_mut().act(Action::Select(Some(target)));
                    self.open_menu(target, place);
                }
                true
            }
            Msg::Board(Pointed::Drag(Target::Process(process), place)) => {
                let share = sources::board(&self.lab.borrow(), App::size_of("canvas.board"), &self.aids).share(place);
                self.act(Action::Move(process, share))
            }
            Msg::Board(Pointed::Scrub(from, to)) => {
                self.aids.knife.set(Some((from, to)));
                false
            }
            Msg::Board(Pointed::Stroke(from, to)) => {
                self.aids.knife.set(None);
                let side = sources::board(&self.lab.borrow(), App::size_of("canvas.board"), &self.aids).side(from, to);
                self.act(Action::Choose(Choice::Partition(side)))
            }
            Msg::Board(_) => {
                self.aids.knife.set(None);
                false
            }
            Msg::Diagram(pointed) => match pointed {
                Pointed::Click(Some(Target::Event(event)), _) => self.act(Action::Seek(event)),
                Pointed::Click(Some(Target::Node(branch)), _) => self.act(Action::Branch(branch)),
                Pointed::Click(target @ Some(Target::Process(_) | Target::Message(_)), _) => {
                    self.panel = Panel::Inspector;
                    self.act(Action::Select(target))
                }
                Pointed::Hover(Some(Target::Event(event))) => self.see(|sight| sight.peeked = Some(event)),
                Pointed::Hover(_) => self.see(|sight| sight.peeked = None),
                Pointed::Drag(Target::Gst, place) if crate::WHOLE => {
                    let gst_us = self.moment_at(Point { y: 0.0, ..place });
                    self.see(|sight| sight.lens.gst_us = Some(gst_us))
                }
                Pointed::Drop(Target::Gst, _) if crate::WHOLE => {
                    let gst_us = self.aids.sight.get().lens.gst_us.unwrap_or(0);
                    Component::update(self, ctx, Msg::Gst(Some((gst_us / 1_000) as u32)))
                }
                Pointed::Click(_, place) | Pointed::Scrub(_, place) => {
                    let at_us = self.moment_at(place);
                    self.act(Action::SeekTime(at_us))
                }
                _ => self.see(|sight| sight.lens.gst_us = None),
            },
            Msg::Peek(peeked) => self.see(|sight| sight.peeked = peeked),
            Msg::Tools(true) if !crate::WHOLE => self.go_beyond(ctx, View::Laboratory, LENS),
            Msg::Tools(open) => {
                self.tools = open;
                if !open {
                    self.see(|sight| sight.lens = Lens::default());
                }
                true
            }
            Msg::Lens(lens) => self.see(|sight| sight.lens = lens),
            Msg::Gst(gst_ms) => {
                if crate::WHOLE {
                    let (now_us, scenario) = {
                        let lab = self.lab.borrow();
                        (lab.now_us(), lab.with_gst(gst_ms))
                    };
                    self.see(|sight| sight.lens.gst_us = None);
                    // The run begins anew; one goes on looking at the same moment.
                    self.act(Action::Change(Box::new(scenario)));
                    self.act(Action::SeekTime(now_us));
                }
                true
            }
            Msg::BoardKey(event) => {
                let key = event.key();
                let plain = !event.alt_key() && !event.ctrl_key() && !event.meta_key() && !event.shift_key();
                if plain && (key == "ArrowDown" || key == "ArrowUp") {
                    event.prevent_default();
                    return self.act(Action::Pick(key == "ArrowDown"));
                }
                let menu = key == "ContextMenu" || (event.shift_key() && event.key() == "F10");
                let selected = self.lab.borrow().selected();
                match selected {
                    Some(target) if menu || event.key() == "Enter" => {
                        event.prevent_default();
                        self.open_menu(target, Point { x: 24.0, y: 24.0 });
                        true
                    }
                    _ => false,
                }
            }
            Msg::Key(event) => {
                let meaning = |single_keys| keys::meaning(&event, on_control(&event), single_keys);
                match self.keys().and_then(meaning) {
                    Some(command) => self.command(ctx, command),
                    None => false,
                }
            }
            Msg::OpenMenu(target, place) => {
                self.lab.borrow_mut().act(Action::Select(Some(target)));
                self.open_menu(target, place);
                true
            }
            Msg::CloseMenu => self.close_menu(),
            Msg::Panel(panel) => {
                self.panel = panel;
                true
            }
            Msg::View(View::Compare) => Component::update(self, ctx, Msg::Compare(String::new())),
            Msg::Compare(key) if crate::WHOLE => self.open_beside(ctx, &key),
            Msg::Compare(key) => self.go_beyond(ctx, View::Compare, &format!("{}={key}", View::Compare.hash())),
            Msg::Beside(side, pointed) => crate::WHOLE && self.point_beside(side, pointed),
            Msg::ByEvents(by_events) => crate::WHOLE && self.keep_beside(by_events),
            Msg::ToDifference => crate::WHOLE && self.seek_difference(),
            Msg::View(view) if view.is_beyond() && !crate::WHOLE => self.go_beyond(ctx, view, view.hash()),
            Msg::Editors if self.panel == Panel::Inspector => {
                let selected = match self.lab.borrow().selected() {
                    Some(Target::Process(process)) => process.to_string(),
                    Some(Target::Link(one, other)) => format!("{one}-{other}"),
                    _ => String::new(),
                };
                self.go_beyond(ctx, View::Laboratory, &format!("{INSPECTOR}{selected}"))
            }
            Msg::Editors => self.go_beyond(ctx, View::Laboratory, View::Laboratory.hash()),
            Msg::Land(land) => {
                // It is asked for once.
                let _ = self.aids.land.set(land);
                false
            }
            Msg::View(view) => {
                if crate::WHOLE {
                    self.act_beside(Action::Play(false));
                }
                self.lab.borrow_mut().act(Action::Play(false));
                if view != View::Many {
                    self.vary = AttrValue::default();
                }
                self.view = view;
                true
            }
            Msg::Missing => {
                self.loading = None;
                self.banner =
                    Some("The rest of the laboratory could not be loaded. Nothing was changed; try again.".into());
                true
            }
            Msg::Open(scenario) => {
                self.view = View::Laboratory;
                self.act(Action::Open(scenario))
            }
            Msg::Vary(name) => {
                self.vary = name;
                Component::update(self, ctx, Msg::View(View::Many))
            }
            Msg::Pair(pair) => crate::WHOLE && self.open_pair(ctx, *pair),
            Msg::OpenNamed(name) => {
                self.asked = name.clone();
                let link = ctx.link().clone();
                yew::platform::spawn_local(async move {
                    let scenario = fetch(&name).await.map(Box::new);
                    link.send_message(Msg::Named(name, scenario));
                });
                false
            }
            // Somebody was quicker than the host.
            Msg::Named(name, _) if name != self.asked => false,
            Msg::Named(_, Ok(scenario)) => {
                self.banner = None;
                self.act(Action::Open(scenario))
            }
            Msg::Named(_, Err(Missing::Reader(file))) => {
                let report = Report { file, ..self.report(View::Laboratory.hash()) };
                self.leave_to_whole(ctx, View::Laboratory, report)
            }
            Msg::Named(_, Err(Missing::File(error))) => {
                self.banner = Some(format!("{error}. Nothing was changed."));
                true
            }
            Msg::Theme => {
                self.theme = self.theme.next();
                self.theme.apply();
                true
            }
            Msg::Projector => self.command(ctx, Command::Projector),
            Msg::SingleKeys(single_keys) => {
                self.single_keys = single_keys;
                true
            }
            Msg::Dialog(dialog) => {
                self.close_dialog();
                self.dialog = dialog;
                self.copied = None;
                true
            }
            Msg::Zoom(steps) => self.see(|sight| sight.zoom = (sight.zoom + steps).clamp(-6, 8)),
            Msg::Copy => {
                let Ok(address) = self.address() else { return true };
                let promise = window().navigator().clipboard().write_text(&address);
                let link = ctx.link().clone();
                yew::platform::spawn_local(async move {
                    let done = JsFuture::from(promise).await.is_ok();
                    link.send_message(Msg::Copied(done));
                });
                false
            }
            Msg::Copied(done) => {
                self.copied = Some(done);
                true
            }
            Msg::Save => {
                let scenario = self.lab.borrow().saved();
                save(&format!("{}.json", scenario.name), &scenario.to_json());
                false
            }
            Msg::Load(file) => {
                let link = ctx.link().clone();
                yew::platform::spawn_local(async move {
                    if let Some(text) = read(&file).await {
                        link.send_message(Msg::Loaded(text));
                    }
                });
                false
            }
            Msg::Loaded(text) => {
                // A banner under an open dialog could not be read.
                self.close_dialog();
                match Scenario::parse(&text) {
                    Ok(scenario) => {
                        self.banner = None;
                        self.view = View::Laboratory;
                        self.act(Action::Open(Box::new(scenario)));
                    }
                    // The whole program has more protocols.
                    Err(_) if !crate::WHOLE => {
                        let report = Report { file: text, ..self.report(self.view.hash()) };
                        return self.leave_to_whole(ctx, View::Laboratory, report);
                    }
                    Err(error) => self.banner = Some(no_scenario(&error)),
                }
                true
            }
            Msg::Hash => {
                let wanted = View::of(&hash());
                if wanted.is_beyond() && self.view != wanted {
                    return Component::update(self, ctx, Msg::View(wanted));
                }
                let hash = hash();
                let opened = from_hash(&hash).or_else(|| (hash == "#fresh").then(|| Ok((first_lab(), None))));
                let (lab, pair) = match opened {
                    Some(Ok(opened)) => opened,
                    // The whole program has more to open it with, and tells if that is not enough.
                    Some(Err(_)) if !crate::WHOLE => {
                        let report = Report { link: hash, ..Report::default() };
                        return self.leave_to_whole(ctx, View::Laboratory, report);
                    }
                    Some(Err(error)) => {
                        self.banner = Some(format!("{error}. Nothing was changed."));
                        return true;
                    }
                    None => return true,
                };
                (self.view, self.banner) = (View::Laboratory, None);
                let version = self.lab.borrow().version();
                *self.lab.borrow_mut() = lab;
                while self.lab.borrow().version() <= version {
                    self.lab.borrow_mut().act(Action::Speed(0));
                }
                if crate::WHOLE
                    && let Some(pair) = pair
                {
                    self.set_beside(ctx, pair, String::new());
                }
                true
            }
            Msg::Dismiss => self.banner.take().is_some(),
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, _: bool) {
        self.keys.set(self.keys());
        // A new view begins at its top; the library knows better.
        if crate::WHOLE && std::mem::replace(&mut self.rendered, self.view) != self.view && self.view != View::Library {
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
        if !self.land_wanted && !self.lab.borrow().scenario().places.is_empty() {
            self.land_wanted = true;
            let link = ctx.link().clone();
            yew::platform::spawn_local(async move {
                // Without coasts the processes stand in their places all the same.
                if let Some(land) = land().await {
                    link.send_message(Msg::Land(land));
                }
            });
        }
        if let Some(dialog) = self.dialog_node.cast::<HtmlDialogElement>()
            && self.dialog.is_some()
            && !dialog.open()
        {
            // It is in the document and not open, so it can be shown.
            let _ = dialog.show_modal();
        }
        if std::mem::take(&mut self.menu_opened)
            && let Some(menu) = self.menu_node.cast::<Element>()
            && let Ok(Some(button)) = menu.query_selector("button:not([disabled])")
            && let Some(button) = button.dyn_ref::<HtmlElement>()
        {
            // A focus that is refused leaves the menu usable with the pointer.
            let _ = button.focus();
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let lab = self.lab.borrow();
        let class = if self.projector.get() { "page projector" } else { "page" };
        // A file may be dropped anywhere on the page; what else is dragged is the browser's.
        let ondragover = Callback::from(|event: DragEvent| {
            let files = |dragged: web_sys::DataTransfer| dragged.types().includes(&"Files".into(), 0);
            if event.data_transfer().is_some_and(files) {
                event.prevent_default();
            }
        });
        let ondrop = ctx.link().batch_callback(|event: DragEvent| {
            let file = event.data_transfer()?.files()?.get(0)?;
            event.prevent_default();
            Some(Msg::Load(file))
        });
        html! {
            <div class={class} {ondragover} {ondrop}>
                { self.header(ctx, &lab) }
                if let Some(banner) = &self.banner {
                    <div class="banner" role="alert">
                        <span>{ banner }</span>
                        <button onclick={ctx.link().callback(|_| Msg::Dismiss)}>{ "Close" }</button>
                    </div>
                }
                if crate::WHOLE && self.view == View::Compare {
                    { self.beside(ctx) }
                } else if crate::WHOLE && self.view == View::Library {
                    <Library on_open={ctx.link().callback(|scenario| Msg::Open(Box::new(scenario)))}
                        on_pair={ctx.link().callback(|pair| Msg::Pair(Box::new(pair)))}
                        place={Rc::clone(&self.library_place)} />
                } else if crate::WHOLE && self.view == View::Flp {
                    <Flp on_open={ctx.link().batch_callback(|Link { scenario, position }| {
                        vec![Msg::Open(Box::new(scenario)), Msg::Act(Action::Seek(position))]
                    })} />
                } else if crate::WHOLE && self.view == View::Many {
                    <Many lab={Rc::clone(&self.lab)} version={lab.version()} vary={self.vary.clone()}
                        on_open={ctx.link().callback(|scenario| Msg::Open(Box::new(scenario)))} />
                } else {
                <main class="lab">
                    <section class="stage" aria-label="Laboratory">
                        { self.lesson(ctx, &lab) }
                        { self.board(ctx, &lab) }
                        <p class="caption" id="caption" aria-live="polite">{ lab.caption() }</p>
                        { self.transport(ctx, &lab) }
                        { self.diagram(ctx, &lab) }
                    </section>
                    <panels::SidePanel
                        lab={Rc::clone(&self.lab)}
                        version={lab.version()}
                        panel={self.panel}
                        on_panel={ctx.link().callback(Msg::Panel)}
                        on_act={ctx.link().callback(Msg::Act)}
                        on_menu={ctx.link().callback(|target| Msg::OpenMenu(target, Point { x: 24.0, y: 24.0 }))}
                        peeked={self.aids.sight.get().peeked}
                        on_peek={ctx.link().callback(Msg::Peek)}
                        on_vary={ctx.link().callback(Msg::Vary)}
                        on_editors={ctx.link().callback(|()| Msg::Editors)}
                    />
                </main>
                }
                { self.dialog(ctx) }
            </div>
        }
    }
}
/// Whether the key belongs to something that one types into or presses.
fn on_control(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let name = target.map(|element| element.tag_name().to_ascii_lowercase()).unwrap_or_default();
    let typing = matches!(name.as_str(), "input" | "select" | "textarea" | "dialog");
    // On a button only the keys that press it are its own.
    typing || (matches!(name.as_str(), "button" | "a" | "summary") && matches!(event.key().as_str(), " " | "Enter"))
}
