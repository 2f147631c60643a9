//! The page's frame: header, views, dialogs, keys.

use super::canvas::{Pointed, Source};
use super::flp::Flp;
use super::keys::{self, Command};
use super::panels::{self, Panel};
use super::theme::{self, Theme};
use super::{document, load_whole, report, reported, window};
use bivalent::lab::{Action, Item, Lab, Shared};
use bivalent::scenario::{Link, Scenario, named};
use bivalent::scene::{Point, Target};
use gloo::events::{EventListener, EventListenerOptions};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlDialogElement, HtmlElement, KeyboardEvent};
use yew::prelude::*;

mod dialog;
mod header;
mod lesson;
mod sources;
mod stage;

pub(super) use sources::board_source;

use dialog::{read, save};
use sources::{diagram, diagram_source};

/// The views of the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum View {
    /// The laboratory.
    Laboratory,
    /// The impossibility, told.
    Flp,
}

impl View {
    /// The part of the address that opens it, and what one program tells the next that is wanted.
    fn hash(self) -> &'static str {
        match self {
            View::Laboratory => "",
            View::Flp => "#flp",
        }
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
    Open(Box<Scenario>),
    Theme,
    Projector,
    Letters(bool),
    Dialog(Option<Dialog>),
    Zoom(i32),
    Copy,
    Copied(bool),
    Save,
    Load(web_sys::File),
    Loaded(String),
    Hash,
    Dismiss,
    /// What holds the FLP laboratory could not be loaded.
    Missing,
}

/// The page.
pub struct App {
    lab: Shared,
    view: View,
    panel: Panel,
    theme: Theme,
    projector: Rc<Cell<bool>>,
    zoom: Rc<Cell<i32>>,
    letters: bool,
    menu: Option<Menu>,
    dialog: Option<Dialog>,
    banner: Option<String>,
    copied: Option<bool>,
    board: Source,
    diagram: Source,
    loading: bool,
    dialog_node: NodeRef,
    menu_node: NodeRef,
    menu_opened: bool,
    _listeners: Vec<EventListener>,
}

/// The scenario that opens when nothing else is asked for.
const FIRST: &str = "word-of-mouth";

fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// What the address asks for, or the first scenario and why.
fn from_address(hash: &str) -> (Lab, Option<String>) {
    let first = || named(FIRST).and_then(Lab::new).expect("the gallery is valid");
    if let Some(text) = hash.strip_prefix("#s=") {
        return match Link::decode(text).map_err(|error| error.to_string()).and_then(Lab::from_link) {
            Ok(lab) => (lab, None),
            Err(error) => (first(), Some(format!("{error}. Here is the first scenario instead."))),
        };
    }
    let query = web_sys::UrlSearchParams::new_with_str(&window().location().search().unwrap_or_default());
    match query.ok().and_then(|query| query.get("scenario")) {
        Some(name) => match named(&name).and_then(Lab::new) {
            Ok(lab) => (lab, None),
            Err(error) => (first(), Some(format!("scenario: {error}. Here is the first one instead."))),
        },
        None => (first(), None),
    }
}

impl App {
    fn act(&mut self, action: Action) -> bool {
        self.copied = None;
        self.lab.borrow_mut().act(action);
        let lab = self.lab.borrow();
        let link = lab.link().map(|link| format!("#s={link}")).unwrap_or_default();
        report(lab.scenario().seed, link, self.view.hash());
        true
    }

    fn open_menu(&mut self, target: Target, place: Point) {
        let lab = self.lab.borrow();
        let items = lab.menu(target);
        if items.is_empty() {
            return;
        }
        let title = match target {
            Target::Process(process) => process.to_string(),
            Target::Message(id) => format!("letter {id}"),
            Target::Link(one, other) => format!("link {one} – {other}"),
            Target::Event(event) => format!("event {event}"),
            Target::Node(node) => format!("configuration {node}"),
        };
        self.menu = Some(Menu { title, items, place });
        self.menu_opened = true;
    }

    fn command(&mut self, command: Command) -> bool {
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
            Command::Help => {
                self.dialog = Some(Dialog::Help);
                true
            }
            Command::Escape => {
                let open = self.menu.take().is_some() || self.dialog.take().is_some();
                if !open && self.lab.borrow().see_as().is_some() {
                    return self.act(Action::SeeAs(None));
                }
                if !open && self.projector.get() {
                    return self.command(Command::Projector);
                }
                true
            }
        }
    }

    fn address(&self) -> Result<String, String> {
        let link = self.lab.borrow().link().map_err(|error| error.to_string())?;
        let href = window().location().href().unwrap_or_default();
        let page = href.split(['#', '?']).next().unwrap_or_default().to_owned();
        Ok(format!("{page}#s={link}"))
    }
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let before = reported();
        let (lab, banner) = from_address(before.as_ref().map_or(&hash(), |(link, _)| link));
        let lab: Shared = Rc::new(RefCell::new(lab));
        let projector = Rc::new(Cell::new(false));
        let zoom = Rc::new(Cell::new(0));
        let link = ctx.link();
        let options = EventListenerOptions::enable_prevent_default();
        let mut listeners = vec![
            EventListener::new_with_options(&window(), "keydown", options, {
                let link = link.clone();
                move |event| {
                    if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                        link.send_message(Msg::Key(event.clone()));
                        if keys::meaning(event, on_control(event), true).is_some() && event.key() != "Escape" {
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
        let board = board_source(&lab, &projector, link.callback(|()| Msg::Happened));
        let diagram = diagram_source(&lab, &projector, &zoom);
        let wanted = before.map_or_else(hash, |(_, wanted)| wanted);
        report(lab.borrow().scenario().seed, hash(), View::Laboratory.hash());
        App {
            lab,
            view: if wanted == View::Flp.hash() { View::Flp } else { View::Laboratory },
            loading: false,
            panel: Panel::Models,
            theme: Theme::Auto,
            projector,
            zoom,
            letters: true,
            menu: None,
            dialog: None,
            banner,
            copied: None,
            board,
            diagram,
            dialog_node: NodeRef::default(),
            menu_node: NodeRef::default(),
            menu_opened: false,
            _listeners: listeners,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Act(action) => {
                self.menu = None;
                self.act(action)
            }
            Msg::Happened => true,
            Msg::Board(Pointed::Click(target, _)) => {
                if self.menu.take().is_some() && target.is_none() {
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
            Msg::Board(Pointed::Drag(Target::Process(process), place)) => self.act(Action::Move(process, place)),
            Msg::Board(_) => false,
            Msg::Diagram(Pointed::Click(Some(Target::Event(event)), _)) => self.act(Action::Seek(event + 1)),
            Msg::Diagram(Pointed::Click(_, place) | Pointed::Scrub(place) | Pointed::Drag(_, place)) => {
                let node = document().query_selector("canvas.diagram").ok().flatten();
                let size = node.map_or((1.0, 1.0), |node| (node.client_width() as f32, node.client_height() as f32));
                let at_us = diagram(&self.lab.borrow(), size, self.zoom.get(), false).moment_at(place.x);
                self.act(Action::SeekTime(at_us))
            }
            Msg::Diagram(Pointed::Menu(..)) => false,
            Msg::BoardKey(event) => {
                let menu = event.key() == "ContextMenu" || (event.shift_key() && event.key() == "F10");
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
            Msg::Key(_) if self.view == View::Flp => false,
            Msg::Key(event) => match keys::meaning(&event, on_control(&event), self.letters) {
                Some(command) => self.command(command),
                None => false,
            },
            Msg::OpenMenu(target, place) => {
                self.lab.borrow_mut().act(Action::Select(Some(target)));
                self.open_menu(target, place);
                true
            }
            Msg::CloseMenu => self.menu.take().is_some(),
            Msg::Panel(panel) => {
                self.panel = panel;
                true
            }
            Msg::View(view) if view.is_beyond() && !crate::WHOLE => {
                let link = ctx.link().clone();
                self.act(Action::Play(false));
                let lab = self.lab.borrow();
                report(
                    lab.scenario().seed,
                    lab.link().map(|link| format!("#s={link}")).unwrap_or_default(),
                    view.hash(),
                );
                yew::platform::spawn_local(async move {
                    // If it works out, this program is gone by then.
                    if load_whole().await.is_err() {
                        link.send_message(Msg::Missing);
                    }
                });
                self.loading = true;
                true
            }
            Msg::View(view) => {
                self.lab.borrow_mut().act(Action::Play(false));
                self.view = view;
                true
            }
            Msg::Missing => {
                self.loading = false;
                self.banner = Some("The FLP laboratory could not be loaded. Nothing was changed; try again.".into());
                true
            }
            Msg::Open(scenario) => {
                self.view = View::Laboratory;
                self.act(Action::Open(scenario))
            }
            Msg::Theme => {
                self.theme = self.theme.next();
                self.theme.apply();
                true
            }
            Msg::Projector => self.command(Command::Projector),
            Msg::Letters(letters) => {
                self.letters = letters;
                true
            }
            Msg::Dialog(dialog) => {
                self.dialog = dialog;
                self.copied = None;
                true
            }
            Msg::Zoom(steps) => {
                self.zoom.set((self.zoom.get() + steps).clamp(-6, 8));
                self.act(Action::Speed(0))
            }
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
                self.dialog = None;
                match Scenario::parse(&text) {
                    Ok(scenario) => {
                        self.banner = None;
                        self.act(Action::Open(Box::new(scenario)));
                    }
                    Err(error) => {
                        self.banner = Some(format!("This file is no scenario: {error}. Nothing was changed."))
                    }
                }
                true
            }
            Msg::Hash => {
                if hash() == View::Flp.hash() && self.view != View::Flp {
                    return Component::update(self, ctx, Msg::View(View::Flp));
                }
                if hash().starts_with("#s=") || hash() == "#fresh" {
                    self.view = View::Laboratory;
                    let (lab, banner) = from_address(&hash());
                    self.banner = banner;
                    let version = self.lab.borrow().version();
                    *self.lab.borrow_mut() = lab;
                    while self.lab.borrow().version() <= version {
                        self.lab.borrow_mut().act(Action::Speed(0));
                    }
                }
                true
            }
            Msg::Dismiss => self.banner.take().is_some(),
        }
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
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
        html! {
            <div class={class}>
                { self.header(ctx, &lab) }
                if let Some(banner) = &self.banner {
                    <div class="banner" role="alert">
                        <span>{ banner }</span>
                        <button onclick={ctx.link().callback(|_| Msg::Dismiss)}>{ "Close" }</button>
                    </div>
                }
                if crate::WHOLE && self.view == View::Flp {
                    <Flp on_open={ctx.link().batch_callback(|Link { scenario, position }| {
                        vec![Msg::Open(Box::new(scenario)), Msg::Act(Action::Seek(position))]
                    })} />
                } else {
                <main class="lab">
                    <section class="stage" aria-label="Laboratory">
                        { self.lesson(ctx, &lab) }
                        { self.board(ctx, &lab) }
                        <p class="caption" id="caption" aria-live="polite">{ lab.caption() }</p>
                        { self.transport(ctx, &lab) }
                        { self.diagram(ctx, &lab) }
                    </section>
                    <panels::Side
                        lab={Rc::clone(&self.lab)}
                        version={lab.version()}
                        panel={self.panel}
                        on_panel={ctx.link().callback(Msg::Panel)}
                        on_act={ctx.link().callback(Msg::Act)}
                        on_menu={ctx.link().callback(|target| Msg::OpenMenu(target, Point { x: 24.0, y: 24.0 }))}
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
