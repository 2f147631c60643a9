//! The page's frame. It turns what happens in the browser into actions of the laboratory and of the page's own state,
//! and does what needs a browser: focus, full screen, clipboard, files, the address.

mod address;
mod ask;
mod board;
mod compare;
mod diagram;
mod dialogs;
mod entries;
mod header;
mod lens;
mod lesson;
mod message;
mod transport;

use super::browser::{PanicReport, document, size_of, window};
use super::canvas::Pointed;
use super::files::{read, save};
use super::flp::Flp;
use super::keys::{KeyCommand, meaning};
use super::library::Library;
use super::many::Many;
use super::panels::SidePanel;
use super::sources::{
    self, Aids, Canvases, FOLLOW_MS, ShownLab, board_picture, diagram_source, tree_source, with_diagram,
};
use super::theme;
use crate::view::builtin::builtin;
use address::Opening;
use bivalent::catalogue::Name;
use bivalent::engine::Choice;
use bivalent::lab::{Action, Lab, Pair, Shared};
use bivalent::page::{self, Dialog, Menu, PageAction, PageState, Place, View, title};
use bivalent::scenario::{Link, Scenario};
use bivalent::scene::{Point, Target};
use board::BoardFrame;
use compare::Compare;
use diagram::DiagramFrame;
use dialogs::DialogFrame;
use entries::Entries;
use gloo::events::{EventListener, EventListenerOptions};
use header::Header;
use lesson::LessonText;
use message::{AppMsg, BesideMsg, Dispatch};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use transport::Transport;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlDialogElement, HtmlElement, KeyboardEvent};
use yew::prelude::*;

/// The page.
pub struct App {
    lab: Shared,
    page: PageState,
    compare: Option<Compare>,
    entries: Entries,
    /// The number of scenarios that were opened: each has an entry of the browser's history.
    opened: u64,
    aids: Aids,
    canvases: Rc<Canvases>,
    dispatch: Dispatch,
    /// The answer of [`PageState::keys`], for the listener, which must answer at once.
    keys: Rc<Cell<Option<bool>>>,
    dialog_node: NodeRef,
    menu_node: NodeRef,
    /// The element that had the focus before the menu was opened.
    opener: Option<HtmlElement>,
    /// The menu was opened, and its first button does not have the focus yet.
    menu_opened: bool,
    /// The view that was rendered last.
    rendered: View,
    /// The entry at which the library was left.
    library_place: Rc<RefCell<Option<Name>>>,
    _listeners: Vec<EventListener>,
}

impl App {
    /// Changes the page's own state, and does what the change needs of the browser. Returns whether it is another one.
    fn page(&mut self, action: PageAction) -> bool {
        let before = self.page.clone();
        self.page = before.clone().reduce(action);
        let after = &self.page;
        if before.dialog.is_some()
            && before.dialog != after.dialog
            && let Some(dialog) = self.dialog_node.cast::<HtmlDialogElement>()
        {
            // Closed before it goes, it gives the focus back.
            dialog.close();
        }
        if before.menu.is_some()
            && after.menu.is_none()
            && let Some(opener) = self.opener.take()
        {
            // An element that is gone by now cannot have the focus.
            let _ = opener.focus();
        }
        if before.theme != after.theme {
            theme::apply(after.theme);
        }
        self.aids.projector.set(after.projector);
        self.aids.sight.set(after.sight);
        self.keys.set(after.keys());
        before != *after
    }

    /// Does something to the run, or to both that stand side by side.
    fn act(&mut self, action: Action) -> bool {
        self.page(PageAction::Acted);
        match &self.compare {
            Some(compare) if self.page.view == View::Compare => {
                compare.act(action);
                compare.report().keep();
            }
            _ => {
                self.lab.borrow_mut().act(action);
                self.report().keep();
            }
        }
        true
    }

    /// Seed and link of the run in the laboratory.
    fn report(&self) -> PanicReport {
        let lab = self.lab.borrow();
        let link = lab.link().map(|link| format!("#s={link}")).unwrap_or_default();
        PanicReport { seed: lab.scenario().seed.to_string(), link }
    }

    /// Lets nothing play that is not in sight any more.
    fn pause(&mut self) {
        self.lab.borrow_mut().act(Action::Play(false));
        if let Some(compare) = &self.compare {
            compare.act(Action::Play(false));
        }
    }

    fn open_view(&mut self, ctx: &Context<Self>, view: View) -> bool {
        if view == View::Compare {
            return self.open_beside(ctx, "");
        }
        self.pause();
        self.page(PageAction::View(view))
    }

    fn open_scenario(&mut self, scenario: Scenario) -> bool {
        self.pause();
        self.opened += 1;
        self.page(PageAction::Opened(View::Laboratory));
        self.act(Action::Open(Box::new(scenario)))
    }

    fn open_link(&mut self, Link { scenario, position }: Link) -> bool {
        self.open_scenario(scenario);
        self.act(Action::Seek(position))
    }

    /// The run in the laboratory beside the one of this key.
    fn open_beside(&mut self, ctx: &Context<Self>, key: &str) -> bool {
        self.pause();
        let lab = self.lab.borrow();
        let opened = match &mut self.compare {
            Some(compare) => compare.open(&lab, key),
            none => {
                let happened = ctx.link().callback(|()| AppMsg::Happened);
                Compare::opened(&lab, key, &self.aids, happened).map(|compare| *none = Some(compare))
            }
        };
        drop(lab);
        match opened {
            Ok(()) => self.page(PageAction::View(View::Compare)),
            Err(error) => self.page(PageAction::Tell(error)),
        }
    }

    /// These two side by side.
    fn set_beside(&mut self, ctx: &Context<Self>, pair: Pair, key: String) {
        let lab = self.lab.borrow();
        match &mut self.compare {
            Some(compare) => compare.set(&lab, pair, key),
            none => {
                let happened = ctx.link().callback(|()| AppMsg::Happened);
                *none = Some(Compare::new(&lab, pair, key, &self.aids, happened));
            }
        }
        drop(lab);
        self.page(PageAction::View(View::Compare));
    }

    fn beside(&mut self, ctx: &Context<Self>, message: BesideMsg) -> bool {
        if let BesideMsg::With(key) = message {
            return self.open_beside(ctx, &key);
        }
        let Some(compare) = &self.compare else { return false };
        match message {
            BesideMsg::Pointed(side, pointed) => return compare.point(side, pointed),
            BesideMsg::ByEvents(by_events) => compare.keep(by_events),
            BesideMsg::With(_) | BesideMsg::ToDifference => compare.seek_difference(),
        }
        true
    }

    fn open_menu(&mut self, target: Target, place: Point) {
        let items = self.lab.borrow().menu(target);
        if !items.is_empty() {
            self.opener = document().active_element().and_then(|element| element.dyn_into().ok());
            self.page(PageAction::Menu(Menu { title: title(target), items, place }));
            self.menu_opened = true;
        }
    }

    /// Selects a thing on a canvas.
    fn select(&mut self, target: Option<Target>) -> bool {
        self.act(Action::Select(target));
        if target.is_some() {
            self.page(PageAction::Selected);
        }
        true
    }

    /// The moment at a place of the diagram, in microseconds.
    fn moment_at(&self, place: Point) -> u64 {
        let size = size_of("canvas.diagram");
        with_diagram(&self.lab.borrow(), size, &self.page.sight, |diagram| diagram.moment_at(place))
    }

    fn point_on_board(&mut self, pointed: Pointed) -> bool {
        self.aids.knife.set(None);
        match pointed {
            Pointed::Click(None, _) if self.page.menu.is_some() => self.page(PageAction::CloseMenu),
            Pointed::Click(target, _) => {
                let action = self.lab.borrow().click(target);
                match action {
                    Action::Select(target) => self.select(target),
                    action => self.act(action),
                }
            }
            Pointed::Menu(target, place) => {
                if let Some(target) = target {
                    self.lab.borrow_mut().act(Action::Select(Some(target)));
                    self.open_menu(target, place);
                }
                true
            }
            Pointed::Drag(Target::Process(process), place) => {
                let share = board_picture(&self.lab.borrow(), size_of("canvas.board"), &self.aids).share(place);
                self.act(Action::Move(process, share))
            }
            Pointed::Scrub(from, to) => {
                self.aids.knife.set(Some((from, to)));
                false
            }
            Pointed::Stroke(from, to) => {
                let side = board_picture(&self.lab.borrow(), size_of("canvas.board"), &self.aids).side(from, to);
                self.act(Action::Choose(Choice::Partition(side)))
            }
            _ => false,
        }
    }

    fn point_on_diagram(&mut self, pointed: Pointed) -> bool {
        match pointed {
            Pointed::Click(Some(Target::Event(event)), _) => self.act(Action::Seek(event)),
            Pointed::Click(Some(Target::Node(branch)), _) => self.act(Action::Branch(branch)),
            Pointed::Click(target @ Some(Target::Process(_) | Target::Message(_)), _) => self.select(target),
            Pointed::Hover(Some(Target::Event(event))) => self.page(PageAction::Peek(Some(event))),
            Pointed::Hover(_) => self.page(PageAction::Peek(None)),
            Pointed::Drag(Target::Gst, place) => {
                let gst_us = self.moment_at(Point { y: 0.0, ..place });
                self.page(PageAction::DragGst(Some(gst_us)))
            }
            Pointed::Drop(Target::Gst, _) => {
                let gst_us = self.page.sight.lens.gst_us.unwrap_or(0);
                self.set_gst(Some((gst_us / 1_000) as u32))
            }
            Pointed::Click(_, place) | Pointed::Scrub(_, place) => {
                let at_us = self.moment_at(place);
                self.act(Action::SeekTime(at_us))
            }
            _ => self.page(PageAction::DragGst(None)),
        }
    }

    /// The run begins anew with this stabilisation time; one goes on looking at the same moment.
    fn set_gst(&mut self, gst_ms: Option<u32>) -> bool {
        let (now_us, scenario) = {
            let lab = self.lab.borrow();
            (lab.now_us(), lab.with_gst(gst_ms))
        };
        self.page(PageAction::DragGst(None));
        self.act(Action::Change(Box::new(scenario)));
        self.act(Action::SeekTime(now_us))
    }

    fn key_on_board(&mut self, event: &KeyboardEvent) -> bool {
        let key = event.key();
        let plain = !event.alt_key() && !event.ctrl_key() && !event.meta_key() && !event.shift_key();
        if plain && (key == "ArrowDown" || key == "ArrowUp") {
            event.prevent_default();
            return self.act(Action::Pick(key == "ArrowDown"));
        }
        let menu = key == "ContextMenu" || (event.shift_key() && key == "F10");
        let selected = self.lab.borrow().selected();
        match selected {
            Some(target) if menu || key == "Enter" => {
                event.prevent_default();
                self.open_menu(target, MENU_PLACE);
                true
            }
            _ => false,
        }
    }

    fn command(&mut self, command: KeyCommand) -> bool {
        match command {
            KeyCommand::Act(action) => self.act(action),
            KeyCommand::Page(action) => self.page(action),
            KeyCommand::FullScreen => {
                let document = document();
                if document.fullscreen_element().is_some() {
                    document.exit_fullscreen();
                } else if let Some(root) = document.document_element() {
                    // A frame may not be allowed to; then nothing happens.
                    let _ = root.request_fullscreen();
                }
                false
            }
            KeyCommand::Escape => {
                let covered = self.page.menu.is_some() || self.page.dialog.is_some();
                let seen_by = self.page.view == View::Compare || self.lab.borrow().see_as().is_some();
                if !covered && seen_by { self.act(Action::SeeAs(None)) } else { self.page(PageAction::Escape) }
            }
        }
    }

    /// The whereabouts of whoever looks at the page.
    fn place(&self) -> Place {
        let pair = self.compare.as_ref().filter(|_| self.page.view == View::Compare).map(Compare::place);
        Place::new(self.page.view, self.page.settings(), &self.lab.borrow().session(), pair)
    }

    /// Shows a place that was kept. The error says what is wrong with it.
    fn show(&mut self, ctx: &Context<Self>, place: &Place) -> Result<(), String> {
        let session = place.session(self.lab.borrow().catalogue())?;
        let pair =
            place.pair.as_ref().map(|pair| pair.pair(builtin()).map(|runs| (runs, pair.key.clone()))).transpose()?;
        self.pause();
        self.lab.borrow_mut().act(Action::Resume(Box::new(session)));
        if let Some((pair, key)) = pair {
            self.set_beside(ctx, pair, key);
        }
        self.page(PageAction::Arrived(place.view));
        self.report().keep();
        Ok(())
    }

    /// The browser shows another entry of its history.
    fn arrive(&mut self, ctx: &Context<Self>) -> bool {
        let left = self.place().to_json();
        let kept = self.entries.arrive(left).map(|text| Place::parse(&text));
        match kept.map(|place| place.and_then(|place| self.show(ctx, &place))) {
            Some(Ok(())) => true,
            Some(Err(_)) | None => self.follow_address(ctx),
        }
    }

    /// The address that leads back to this moment.
    fn address(&self) -> Result<String, String> {
        let link = match &self.compare {
            Some(compare) if self.page.view == View::Compare => compare.address(),
            _ => self.lab.borrow().link().map(|link| format!("#s={link}")),
        };
        let link = link.map_err(|error| error.to_string())?;
        let href = window().location().href().unwrap_or_default();
        let page = href.split(['#', '?']).next().unwrap_or_default().to_owned();
        Ok(format!("{page}{link}"))
    }

    /// Opens what the address asks for.
    fn follow_address(&mut self, ctx: &Context<Self>) -> bool {
        match address::hash_opening() {
            None => {
                let wanted = View::of(&address::hash());
                wanted != View::Laboratory && wanted != self.page.view && self.open_view(ctx, wanted)
            }
            Some(Ok(Opening { link, pair })) => {
                self.open_link(link);
                if let Some(pair) = pair {
                    self.set_beside(ctx, pair, String::new());
                }
                true
            }
            Some(Err(error)) => self.page(PageAction::Tell(format!("{error}. Nothing was changed."))),
        }
    }

    fn load(&mut self, text: &str) -> bool {
        match builtin().read(text) {
            Ok(scenario) => self.open_scenario(scenario),
            Err(error) => {
                self.page(PageAction::Tell(format!("This file is no scenario: {error}. Nothing was changed.")))
            }
        }
    }
}

/// The place where a menu opens that no pointer asked for.
const MENU_PLACE: Point = Point { x: 24.0, y: 24.0 };

impl Component for App {
    type Message = AppMsg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let (entries, kept) = Entries::begin();
        let resumed = kept.and_then(|text| {
            let place = Place::parse(&text).ok()?;
            Some((Lab::resume(builtin(), place.session(builtin()).ok()?).ok()?, place))
        });
        let (lab, pair, place, banner) = match resumed {
            Some((lab, place)) => {
                let pair = place.pair.as_ref().and_then(|pair| Some((pair.pair(builtin()).ok()?, pair.key.clone())));
                (lab, pair, Some(place), None)
            }
            None => {
                let (Opening { link, pair }, banner) = address::opening();
                let lab = Lab::from_link(builtin(), link).expect("what was opened was read, and so checked");
                (lab, pair.map(|pair| (pair, String::new())), None, banner)
            }
        };
        let lab: Shared = Rc::new(RefCell::new(lab));
        let link = ctx.link();
        let keys = Rc::new(Cell::new(None));
        let mut listeners = vec![key_listener(link, &keys)];
        let tell = |target: &web_sys::EventTarget, event: &'static str, message: fn() -> AppMsg| {
            let link = link.clone();
            EventListener::new(target, event, move |_| link.send_message(message()))
        };
        listeners.push(tell(&window(), "popstate", || AppMsg::Moved));
        // A page that is hidden may be gone without another word.
        listeners.push(tell(&window(), "pagehide", || AppMsg::Leaving));
        listeners.push(tell(&document(), "visibilitychange", || AppMsg::Leaving));
        if let Ok(Some(dark)) = window().match_media("(prefers-color-scheme: dark)") {
            listeners.push(EventListener::new(&dark, "change", |_| theme::changed()));
        }
        let aids = Aids::default();
        let happened = link.callback(|()| AppMsg::Happened);
        let canvases = Canvases {
            board: sources::source(&lab, aids.clone(), happened, FOLLOW_MS),
            diagram: diagram_source(&lab, &aids),
            tree: tree_source(&lab, &aids),
        };
        let mut app = App {
            lab,
            page: PageState { banner, ..PageState::default() },
            compare: None,
            entries,
            opened: 0,
            aids,
            canvases: Rc::new(canvases),
            dispatch: link.callback(|message| message),
            keys,
            dialog_node: NodeRef::default(),
            menu_node: NodeRef::default(),
            opener: None,
            menu_opened: false,
            rendered: View::Laboratory,
            library_place: Rc::default(),
            _listeners: listeners,
        };
        app.report().keep();
        let view = place.as_ref().map_or_else(|| View::of(&address::hash()), |place| place.view);
        match pair {
            Some((pair, key)) => app.set_beside(ctx, pair, key),
            None => {
                app.open_view(ctx, view);
            }
        }
        if let Some(place) = place {
            app.page(PageAction::Restore(place.settings));
        }
        app
    }

    fn update(&mut self, ctx: &Context<Self>, message: AppMsg) -> bool {
        if !message.may_go() {
            return self.handle(ctx, message);
        }
        let (left, opened) = (self.place(), self.opened);
        let changed = self.handle(ctx, message);
        if (self.page.view, self.opened) != (left.view, opened) {
            let search = window().location().search().unwrap_or_default();
            let address = page::address(self.page.view, &self.lab.borrow().scenario().name, &search);
            self.entries.go(left.to_json(), &address);
        }
        changed
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        // A new view begins at its top; the library knows better.
        if std::mem::replace(&mut self.rendered, self.page.view) != self.page.view && self.page.view != View::Library {
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
        if let Some(dialog) = self.dialog_node.cast::<HtmlDialogElement>()
            && self.page.dialog.is_some()
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
        let PageState { view, projector, theme, .. } = self.page;
        let dispatch = &self.dispatch;
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
            Some(AppMsg::Load(file))
        });
        let (lesson, called) = {
            let lab = self.lab.borrow();
            let scenario = lab.scenario();
            let opens = scenario.lesson.as_ref().and_then(|lesson| lesson.worlds.first());
            let lesson = opens.map_or(&scenario.name, |world| &world.scenario).clone();
            (lesson, scenario.called().to_owned())
        };
        html! {
            <div class={if projector { "page projector" } else { "page" }} {ondragover} {ondrop}>
                <Header {view} {theme} {projector} {lesson} {called} dispatch={dispatch.clone()} />
                if let Some(banner) = &self.page.banner {
                    <div class="banner" role="alert">
                        <span>{ banner }</span>
                        <button onclick={dispatch.reform(|_| AppMsg::Page(PageAction::Dismiss))}>{ "Close" }</button>
                    </div>
                }
                { match view {
                    View::Laboratory => self.laboratory(),
                    View::Library => html! {
                        <Library on_open={dispatch.reform(|scenario| AppMsg::Open(Box::new(scenario)))}
                            on_pair={dispatch.reform(|pair| AppMsg::OpenPair(Box::new(pair)))}
                            place={Rc::clone(&self.library_place)} />
                    },
                    View::Compare => self.compare.as_ref().map(|compare| compare.view(dispatch)).unwrap_or_default(),
                    View::Many => html! {
                        <Many lab={Rc::clone(&self.lab)} version={self.lab.borrow().version()} vary={self.page.vary.clone()}
                            on_open={dispatch.reform(|scenario| AppMsg::Open(Box::new(scenario)))} />
                    },
                    View::Flp => html! { <Flp on_open={dispatch.reform(|link| AppMsg::OpenLink(Box::new(link)))} /> },
                } }
                if let Some(dialog) = self.page.dialog {
                    <DialogFrame {dialog} question={self.page.question.clone()} node={self.dialog_node.clone()} single_keys={self.page.single_keys}
                        address={if dialog == Dialog::Share { self.address() } else { Ok(String::new()) }}
                        copied={self.page.copied} dispatch={dispatch.clone()} />
                }
            </div>
        }
    }
}

impl App {
    fn handle(&mut self, ctx: &Context<Self>, message: AppMsg) -> bool {
        match message {
            AppMsg::Page(PageAction::View(view)) => self.open_view(ctx, view),
            AppMsg::Page(PageAction::Vary(vary)) => {
                self.pause();
                self.page(PageAction::Vary(vary))
            }
            AppMsg::Page(action) => self.page(action),
            AppMsg::Act(Action::Select(target)) if self.page.menu.is_some() => self.select(target),
            AppMsg::Act(action) => self.act(action),
            AppMsg::Happened => true,
            AppMsg::Board(pointed) => self.point_on_board(pointed),
            AppMsg::Diagram(pointed) => self.point_on_diagram(pointed),
            AppMsg::BoardKey(event) => self.key_on_board(&event),
            AppMsg::Key(event) => {
                let meaning = |single_keys| meaning(&event, on_control(&event), single_keys);
                self.page.keys().and_then(meaning).is_some_and(|command| self.command(command))
            }
            AppMsg::OpenMenu(target, place) => {
                self.lab.borrow_mut().act(Action::Select(Some(target)));
                self.open_menu(target, place);
                true
            }
            AppMsg::Gst(gst_ms) => self.set_gst(gst_ms),
            AppMsg::Open(scenario) => self.open_scenario(*scenario),
            AppMsg::OpenNamed(name) => match builtin().scenario(&name) {
                Ok(scenario) => self.open_scenario(scenario),
                Err(error) => self.page(PageAction::Tell(format!("{error}. Nothing was changed."))),
            },
            AppMsg::OpenLink(link) => self.open_link(*link),
            AppMsg::Resume(session) => {
                self.open_view(ctx, View::Laboratory);
                self.act(Action::Resume(session))
            }
            AppMsg::OpenPair(pair) => {
                self.open_scenario(pair[0].clone());
                match Pair::new(builtin(), *pair) {
                    Ok(pair) => self.set_beside(ctx, pair, String::new()),
                    Err(error) => {
                        self.page(PageAction::Tell(error));
                    }
                }
                true
            }
            AppMsg::Beside(message) => self.beside(ctx, message),
            AppMsg::Copy => {
                if let Ok(address) = self.address() {
                    let promise = window().navigator().clipboard().write_text(&address);
                    ctx.link().send_future(async move {
                        AppMsg::Page(PageAction::Copied(JsFuture::from(promise).await.is_ok()))
                    });
                }
                false
            }
            AppMsg::Save => {
                let scenario = self.lab.borrow().saved();
                save(&format!("{}.json", scenario.name), &scenario.to_json());
                false
            }
            AppMsg::Load(file) => {
                let link = ctx.link().clone();
                yew::platform::spawn_local(async move {
                    if let Some(text) = read(&file).await {
                        link.send_message(AppMsg::Loaded(text));
                    }
                });
                false
            }
            AppMsg::Loaded(text) => self.load(&text),
            AppMsg::Moved => self.arrive(ctx),
            AppMsg::Leaving => {
                let place = self.place().to_json();
                self.entries.keep(place);
                false
            }
        }
    }

    fn laboratory(&self) -> Html {
        let PageState { menu, panel, sight, lens_open, .. } = &self.page;
        let (lab, dispatch, canvases) = (ShownLab::of(&self.lab), &self.dispatch, &self.canvases);
        let caption = lab.borrow().caption();
        html! {
            <main class="lab">
                <section class="stage" aria-label="Laboratory">
                    <LessonText lab={lab.clone()} dispatch={dispatch.clone()} />
                    <BoardFrame lab={lab.clone()} menu={menu.clone()} menu_node={self.menu_node.clone()}
                        canvases={Rc::clone(canvases)} dispatch={dispatch.clone()} />
                    <p class="caption" id="caption" aria-live="polite">{ caption }</p>
                    <Transport lab={lab.clone()} dispatch={dispatch.clone()} />
                    <DiagramFrame lab={lab.clone()} sight={*sight} lens_open={*lens_open} canvases={Rc::clone(canvases)}
                        dispatch={dispatch.clone()} />
                </section>
                <SidePanel {lab} panel={*panel} peeked={sight.peeked}
                    on_panel={dispatch.reform(|panel| AppMsg::Page(PageAction::Panel(panel)))}
                    on_act={dispatch.reform(AppMsg::Act)}
                    on_menu={dispatch.reform(|target| AppMsg::OpenMenu(target, MENU_PLACE))}
                    on_vary={dispatch.reform(|vary: AttrValue| AppMsg::Page(PageAction::Vary(vary.to_string())))}
                    on_peek={dispatch.reform(|event| AppMsg::Page(PageAction::Peek(event)))} />
            </main>
        }
    }
}

/// Listens to all keys. Those that mean nothing here are the browser's: they scroll, and go back.
fn key_listener(link: &html::Scope<App>, keys: &Rc<Cell<Option<bool>>>) -> EventListener {
    let (link, keys) = (link.clone(), Rc::clone(keys));
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&window(), "keydown", options, move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        let meaning = |single_keys| meaning(event, on_control(event), single_keys);
        if keys.get().and_then(meaning).is_some() && event.key() != "Escape" {
            event.prevent_default();
        }
        link.send_message(AppMsg::Key(event.clone()));
    })
}

/// True if the key belongs to something that one types into or presses.
fn on_control(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let name = target.map(|element| element.tag_name().to_ascii_lowercase()).unwrap_or_default();
    let typing = matches!(name.as_str(), "input" | "select" | "textarea" | "dialog");
    // On a button only the keys that press it are its own.
    typing || (matches!(name.as_str(), "button" | "a" | "summary") && matches!(event.key().as_str(), " " | "Enter"))
}
