//! The page's frame: header, views, dialogs, keys.

use super::canvas::{Canvas, Pointed, Source};
use super::flp::Flp;
use super::keys::{self, Command, KEYS};
use super::theme::{self, Theme};
use super::{document, load_whole, new_seed, panels, report, reported_link, window};
use crate::view::panels::Panel;
use bivalent::engine::{Mark, Scheduler};
use bivalent::lab::{Action, Item, Lab, Shared};
use bivalent::process::ProcessId;
use bivalent::scenario::{GALLERY, Link, Scenario, lessons, named};
use bivalent::scene::{Board, Diagram, Point, Target};
use gloo::events::{EventListener, EventListenerOptions};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlDialogElement, HtmlElement, HtmlInputElement, HtmlSelectElement, KeyboardEvent};
use yew::prelude::*;

/// The views of the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum View {
    /// The laboratory.
    Laboratory,
    /// The impossibility, told.
    Flp,
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

/// How much time the diagram shows across, in microseconds, at the middle zoom.
fn span_us(lab: &Lab, zoom: i32) -> u64 {
    let timed = lab.history().plan().setup.timed;
    let base: u64 = if timed { 800_000 } else { 32_000 };
    if zoom >= 0 { base << zoom } else { base >> -zoom }
}

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
        report(lab.scenario().seed, link);
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
        let before = reported_link();
        let (lab, banner) = from_address(before.as_deref().unwrap_or(&hash()));
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
        report(lab.borrow().scenario().seed, hash());
        App {
            lab,
            // Whoever has left this one the page was asked for more than the laboratory.
            view: if hash() == "#flp" || before.is_some() { View::Flp } else { View::Laboratory },
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
            Msg::View(View::Flp) if !crate::WHOLE => {
                let link = ctx.link().clone();
                yew::platform::spawn_local(async move {
                    // If it works out, this program is gone by then.
                    if load_whole().await.is_err() {
                        link.send_message(Msg::Missing);
                    }
                });
                self.act(Action::Play(false));
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
                if hash() == "#flp" && self.view != View::Flp {
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
                    <Flp on_open={ctx.link().callback(|scenario| Msg::Open(Box::new(scenario)))} />
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

impl App {
    fn header(&self, ctx: &Context<Self>, lab: &Lab) -> Html {
        let link = ctx.link();
        let open = link.batch_callback(|event: Event| {
            let select: HtmlSelectElement = event.target()?.dyn_into().ok()?;
            Some(Msg::Act(Action::OpenNamed(select.value())))
        });
        let lesson = lab.scenario().lesson.as_ref();
        let here =
            lesson.and_then(|lesson| lesson.worlds.first()).map_or(&lab.scenario().name, |world| &world.scenario);
        let known = GALLERY.iter().any(|(name, _)| name == here);
        html! {
            <header class="bar">
                <a class="brand" href="#fresh" title="Bivalent: the disc of both futures">
                    <svg viewBox="0 0 32 32" aria-hidden="true" class="valency">
                        <path d="M16 3a13 13 0 0 0 0 26z" class="zero" />
                        <path d="M16 3a13 13 0 0 1 0 26z" class="one" />
                        <circle cx="16" cy="16" r="13" class="ring" />
                    </svg>
                    <span>{ "Bivalent" }</span>
                </a>
                <nav aria-label="Views">
                    { for [(View::Laboratory, "Laboratory"), (View::Flp, "FLP")].map(|(view, name)| html! {
                        <button key={name} aria-current={(view == self.view).then_some("page")}
                            aria-busy={(self.loading && view == View::Flp).then_some("true")}
                            onclick={link.callback(move |_| Msg::View(view))}>{ name }</button>
                    }) }
                </nav>
                if self.view == View::Laboratory {
                <label class="pick">
                    <span class="away">{ "Scenario" }</span>
                    <select id="scenario" onchange={open}>
                        if !known {
                            <option selected=true value={lab.scenario().name.clone()}>{ lab.scenario().title.clone() }</option>
                        }
                        { for lessons().map(|scenario| html! {
                            <option key={scenario.name.clone()} value={scenario.name.clone()} selected={scenario.name == *here}>
                                { format!("{} — {}", scenario.title, scenario.lesson.map(|lesson| lesson.topic).unwrap_or_default()) }
                            </option>
                        }) }
                    </select>
                </label>
                }
                <span class="gap"></span>
                <button id="share" onclick={link.callback(|_| Msg::Dialog(Some(Dialog::Share)))}>{ "Share" }</button>
                <button class="wide" onclick={link.callback(|_| Msg::Projector)} aria-pressed={self.projector.get().to_string()}>{ "Projector" }</button>
                <button id="theme" onclick={link.callback(|_| Msg::Theme)} aria-label={format!("Theme: {}", self.theme.name())}>
                    { match self.theme { Theme::Auto => "◐", Theme::Light => "○", Theme::Dark => "●" } }
                </button>
                <button onclick={link.callback(|_| Msg::Dialog(Some(Dialog::Help)))} aria-label="Help and keys">{ "?" }</button>
            </header>
        }
    }

    fn lesson(&self, ctx: &Context<Self>, lab: &Lab) -> Html {
        let Some(lesson) = &lab.scenario().lesson else {
            return html! { <div class="lesson"><h1>{ lab.scenario().title.clone() }</h1></div> };
        };
        let link = ctx.link();
        let over = lab.is_over();
        let answers = lesson.answers.iter().enumerate().map(|(index, answer)| {
            let chosen = lab.answer() == Some(index);
            let class = match (over, chosen, index == lesson.right) {
                (true, _, true) => "answer right",
                (true, true, false) => "answer wrong",
                (_, true, _) => "answer chosen",
                _ => "answer",
            };
            let mark = match class {
                "answer right" => "✓ ",
                "answer wrong" => "✗ ",
                _ => "",
            };
            html! {
                <button key={index} {class} aria-pressed={chosen.to_string()}
                    onclick={link.callback(move |_| Msg::Act(Action::Answer(index)))}>
                    { format!("{mark}{answer}") }
                </button>
            }
        });
        let worlds = lesson.worlds.iter().map(|world| {
            let here = world.scenario == lab.scenario().name;
            let name = world.scenario.clone();
            html! {
                <button key={world.scenario.clone()} aria-pressed={here.to_string()}
                    onclick={link.callback(move |_| Msg::Act(Action::OpenNamed(name.clone())))}>
                    { world.label.clone() }
                </button>
            }
        });
        html! {
            <div class="lesson">
                <h1>{ lab.scenario().title.split([':', ',']).next().unwrap_or_default().to_owned() }</h1>
                <p class="question">{ lesson.question.clone() }</p>
                <div class="answers" role="group" aria-label="What will happen?">{ for answers }</div>
                if !lesson.worlds.is_empty() {
                    <div class="worlds" role="group" aria-label="The same in another world">{ for worlds }</div>
                }
                <p class="hint">
                    if over { <strong>{ lesson.aha.clone() }</strong> } else { { lesson.watch.clone() } }
                </p>
            </div>
        }
    }

    fn board(&self, ctx: &Context<Self>, lab: &Lab) -> Html {
        let link = ctx.link();
        let n = lab.scenario().processes;
        let see = link.batch_callback(|event: Event| {
            let select: HtmlSelectElement = event.target()?.dyn_into().ok()?;
            Some(Msg::Act(Action::SeeAs(ProcessId::parse(&select.value()))))
        });
        let menu = self.menu.as_ref().map(|menu| {
            let style = format!("left: min({}px, calc(100% - 17rem)); top: {}px", menu.place.x as i32, menu.place.y as i32);
            let item = |(index, item): (usize, &Item)| {
                let action = item.action.clone();
                html! {
                    <li key={index}>
                        <button disabled={!item.enabled} onclick={link.callback(move |_| Msg::Act(action.clone()))}>
                            { item.label.clone() }
                        </button>
                    </li>
                }
            };
            let allowed = menu.items.iter().enumerate().filter(|(_, item)| item.breaks.is_none());
            let forbidden: Vec<Html> =
                menu.items.iter().enumerate().filter(|(_, item)| item.breaks.is_some()).map(item).collect();
            html! {
                <div class="menu" ref={self.menu_node.clone()} role="group" aria-label={format!("What to do with {}", menu.title)} {style}>
                    <p>{ menu.title.clone() }</p>
                    <ul>{ for allowed.map(item) }</ul>
                    if !forbidden.is_empty() {
                        <p class="breaks">{ "Break the promise" }</p>
                        <ul>{ for forbidden }</ul>
                    }
                    <button class="close" onclick={link.callback(|_| Msg::CloseMenu)}>{ "Close" }</button>
                </div>
            }
        });
        html! {
            <div class="board-frame">
                <Canvas class="board" source={Rc::clone(&self.board)}
                    label={format!("Board: {n} processes. The panel “Inspector” lists them and all letters, with their actions.")}
                    on_pointed={link.callback(Msg::Board)} on_key={link.callback(Msg::BoardKey)} />
                <label class="eyes">
                    <span>{ "see as" }</span>
                    <select id="see-as" onchange={see}>
                        <option value="" selected={lab.see_as().is_none()}>{ "everybody" }</option>
                        { for ProcessId::all(n).map(|process| html! {
                            <option key={process.to_string()} value={process.to_string()} selected={lab.see_as() == Some(process)}>
                                { process.to_string() }
                            </option>
                        }) }
                    </select>
                </label>
                { menu.unwrap_or_default() }
            </div>
        }
    }

    fn transport(&self, ctx: &Context<Self>, lab: &Lab) -> Html {
        let link = ctx.link();
        let act = |action: Action| link.callback(move |_: MouseEvent| Msg::Act(action.clone()));
        let position = lab.history().position();
        let by_hand =
            lab.scenario().scheduler == Scheduler::ByHand && position as usize >= lab.scenario().schedule.len();
        let rounds = lab.scenario().models.timing.round_us().is_some() && lab.history().plan().setup.timed;
        let factor = 1u32 << lab.speed().unsigned_abs();
        let speed = if lab.speed() < 0 { format!("×1/{factor}") } else { format!("×{factor}") };
        html! {
            <div class="transport" role="toolbar" aria-label="Time">
                <button onclick={act(Action::Seek(0))} disabled={position == 0} aria-label="To the beginning" title="To the beginning (Home)">{ icon("M5 5v14M19 5l-10 7 10 7z") }</button>
                <button id="back" onclick={act(Action::Back(1))} disabled={position == 0} aria-label="One event back" title="Back (←)">{ icon("M17 5L7 12l10 7z") }</button>
                <button id="play" class="play" onclick={act(Action::Toggle)} disabled={by_hand}
                    aria-label={if lab.playing() { "Pause" } else { "Play" }} title="Play or pause (Space)">
                    { icon(if lab.playing() { "M8 5v14M16 5v14" } else { "M7 4l12 8-12 8z" }) }
                </button>
                <button id="next" onclick={act(Action::Next(1))} disabled={by_hand || lab.is_over()} aria-label="Next event" title="Next (→)">{ icon("M6 5l10 7-10 7zM19 5v14") }</button>
                <button id="wave" onclick={act(Action::Wave)} disabled={by_hand || lab.is_over()} title="Advance everybody once (W)">
                    { if rounds { "round" } else { "wave" } }
                </button>
                <button onclick={act(Action::Mark(true))} disabled={by_hand || lab.is_over()} title="To the next decision, fault or violation (J)">{ "next mark" }</button>
                <span class="where" id="position" data-event={position.to_string()} data-hash={format!("{:016x}", lab.history().engine().trace_hash())}>
                    { format!("event {position}") }
                    if lab.is_over() { <span class="rest">{ match lab.stop() {
                        Some(bivalent::engine::Stop::Rest) => " · at rest".to_owned(),
                        Some(bivalent::engine::Stop::Until) => " · end of the scenario".to_owned(),
                        Some(bivalent::engine::Stop::Stuck(reason)) => format!(" · stopped: {reason}"),
                        _ => String::new(),
                    } }</span> }
                </span>
                <span class="gap"></span>
                <span class="speed" role="group" aria-label="Speed">
                    <button onclick={act(Action::Speed(-1))} aria-label="Slower" title="Slower (−)">{ "−" }</button>
                    <span class="figure">{ speed }</span>
                    <button onclick={act(Action::Speed(1))} aria-label="Faster" title="Faster (+)">{ "+" }</button>
                </span>
                <span class="seed">
                    { format!("seed {}", lab.scenario().seed) }
                    <button id="new-seed" aria-label="New seed" title="Run with another seed" onclick={link.callback(|_| Msg::Act(Action::Seed(new_seed() % 10_000)))}>{ "↻" }</button>
                </span>
                <button id="undo" onclick={act(Action::Undo)} title="Undo (Ctrl+Z)">{ "undo" }</button>
                if let Some(notice) = lab.notice() {
                    <p class="notice" role="status">{ notice }</p>
                }
            </div>
        }
    }

    fn diagram(&self, ctx: &Context<Self>, lab: &Lab) -> Html {
        let link = ctx.link();
        let branches = lab.history().branches().len();
        let marks = lab.marks().collect::<Vec<_>>();
        let count = |wanted: Mark| marks.iter().filter(|(.., mark)| *mark == wanted).count();
        let label = format!(
            "Space-time diagram: {} events, {} decisions, {} faults, {} violations so far. The panel “Log” says the same in words.",
            lab.history().records().len(),
            count(Mark::Decision),
            count(Mark::Fault),
            count(Mark::Violation),
        );
        let rows = lab.scenario().processes.clamp(2, 10);
        html! {
            <div class="diagram-frame" style={format!("--rows: {rows}")}>
                <Canvas class="diagram" source={Rc::clone(&self.diagram)} {label} on_pointed={link.callback(Msg::Diagram)} />
                <div class="diagram-tools">
                    <button onclick={link.callback(|_| Msg::Zoom(1))} aria-label="Show more time" title="Show more time">{ "−" }</button>
                    <button onclick={link.callback(|_| Msg::Zoom(-1))} aria-label="Show less time" title="Show less time">{ "+" }</button>
                    if branches > 1 {
                        <label>
                            <span class="away">{ "Branch" }</span>
                            <select id="branch" onchange={link.batch_callback(|event: Event| {
                                let select: HtmlSelectElement = event.target()?.dyn_into().ok()?;
                                Some(Msg::Act(Action::Branch(select.value().parse().ok()?)))
                            })}>
                                { for (0..branches).map(|branch| html! {
                                    <option key={branch} value={branch.to_string()} selected={branch == lab.history().current()}>
                                        { if branch == 0 { "untouched".to_owned() } else { format!("branch {branch}") } }
                                    </option>
                                }) }
                            </select>
                        </label>
                    }
                </div>
            </div>
        }
    }

    fn dialog(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let Some(dialog) = self.dialog else { return html! {} };
        let close = link.callback(|_: Event| Msg::Dialog(None));
        let body = match dialog {
            Dialog::Help => html! {
                <>
                    <h2>{ "A laboratory of distributed systems" }</h2>
                    <p>{ "Everything on this page is a run of real protocol code: processes that share nothing and send letters. Play it, step through it, break it: right-click a process, a letter or a link, or choose “Actions” in the Inspector." }</p>
                    <p>{ "Blue is 0 and orange is 1. A process that has not decided is blank. A cross marks what has crashed or was lost. “See as p0” shows what p0 can know." }</p>
                    <table>
                        <caption>{ "Keys" }</caption>
                        <tbody>
                            { for KEYS.iter().map(|key| html! { <tr key={key.name}><th scope="row">{ key.name }</th><td>{ key.meaning }</td></tr> }) }
                        </tbody>
                    </table>
                    <label class="check">
                        <input type="checkbox" checked={self.letters} onchange={link.callback(|event: Event| {
                            Msg::Letters(event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()).is_none_or(|input| input.checked()))
                        })} />
                        { "Single letters are keys" }
                    </label>
                </>
            },
            Dialog::Share => {
                let load = link.batch_callback(|event: Event| {
                    let input: HtmlInputElement = event.target()?.dyn_into().ok()?;
                    let file = input.files()?.get(0)?;
                    input.set_value("");
                    Some(Msg::Load(file))
                });
                html! {
                    <>
                        <h2>{ "Share this moment" }</h2>
                        { match self.address() {
                            Ok(address) => html! {
                                <>
                                    <label>{ "The link holds the scenario, everything that you did to it, and where you are." }
                                        <input id="link" readonly=true value={address} />
                                    </label>
                                    <p>
                                        <button id="copy" onclick={link.callback(|_| Msg::Copy)}>{ "Copy the link" }</button>
                                        <span role="status">{ match self.copied {
                                            Some(true) => " Copied.",
                                            Some(false) => " Not allowed here: select the link and copy it with your keyboard.",
                                            None => "",
                                        } }</span>
                                    </p>
                                </>
                            },
                            Err(error) => html! { <p>{ error }</p> },
                        } }
                        <p><button onclick={link.callback(|_| Msg::Save)}>{ "Save a file" }</button></p>
                        <label>{ "Open a file " }<input id="file" type="file" accept=".json,application/json" onchange={load} /></label>
                    </>
                }
            }
        };
        html! {
            <dialog ref={self.dialog_node.clone()} oncancel={close.clone()} onclose={close}>
                { body }
                <p class="end"><button onclick={link.callback(|_| Msg::Dialog(None))}>{ "Close" }</button></p>
            </dialog>
        }
    }
}

/// A drawing of 24 by 24 units, for a button.
fn icon(path: &'static str) -> Html {
    html! { <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d={path} /></svg> }
}

/// Whether the key belongs to something that one types into or presses.
fn on_control(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let name = target.map(|element| element.tag_name().to_ascii_lowercase()).unwrap_or_default();
    let typing = matches!(name.as_str(), "input" | "select" | "textarea" | "dialog");
    // On a button only the keys that press it are its own.
    typing || (matches!(name.as_str(), "button" | "a" | "summary") && matches!(event.key().as_str(), " " | "Enter"))
}

pub(super) fn board_source(lab: &Shared, projector: &Rc<Cell<bool>>, happened: Callback<()>) -> Source {
    let (lab, projector) = (Rc::clone(lab), Rc::clone(projector));
    let shown = Cell::new(None);
    Rc::new(move |ms, size| {
        if lab.borrow_mut().tick(ms) {
            happened.emit(());
        }
        let lab = lab.borrow();
        let key = Some((lab.version(), size, projector.get()));
        if shown.replace(key) == key {
            return None;
        }
        let board = Board {
            scenario: lab.scenario(),
            engine: lab.history().engine(),
            monitors: lab.history().monitors(),
            now_us: lab.now_us(),
            facts: lab.past(),
            places: lab.places(),
            size,
            selected: lab.selected(),
            see_as: lab.see_as(),
            projector: projector.get(),
        };
        Some(board.picture())
    })
}

fn diagram(lab: &Lab, size: (f32, f32), zoom: i32, projector: bool) -> Diagram<'_> {
    Diagram {
        engine: lab.history().engine(),
        facts: lab.facts(),
        position: lab.history().position(),
        now_us: lab.now_us(),
        window_us: lab.window_us(span_us(lab, zoom)),
        size,
        see_as: lab.see_as(),
        selected: None,
        projector,
    }
}

fn diagram_source(lab: &Shared, projector: &Rc<Cell<bool>>, zoom: &Rc<Cell<i32>>) -> Source {
    let (lab, projector, zoom) = (Rc::clone(lab), Rc::clone(projector), Rc::clone(zoom));
    let shown = Cell::new(None);
    Rc::new(move |_, size| {
        let lab = lab.borrow();
        let key = Some((lab.version(), size, projector.get(), zoom.get()));
        if shown.replace(key) == key {
            return None;
        }
        Some(diagram(&lab, size, zoom.get(), projector.get()).picture())
    })
}

/// The text of a file; none where it cannot be read.
async fn read(file: &web_sys::File) -> Option<String> {
    JsFuture::from(file.text()).await.ok()?.as_string()
}

/// Offers `text` as a file.
fn save(name: &str, text: &str) {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let Ok(blob) = web_sys::Blob::new_with_str_sequence(&parts) else { return };
    let Ok(url) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
    if let Some(anchor) = document().create_element("a").ok().and_then(|anchor| anchor.dyn_into::<HtmlElement>().ok()) {
        // A detached link with plain attributes: neither can fail.
        let _ = anchor.set_attribute("href", &url);
        let _ = anchor.set_attribute("download", name);
        anchor.click();
    }
    let _ = web_sys::Url::revoke_object_url(&url);
}
