//! The bar at the top: views, scenarios, share, theme.

use super::message::{AppMsg, Dispatch};
use crate::view::select::Select;
use bivalent::page::{Dialog, PageAction, Theme, View};
use bivalent::scenario::{LESSONS, LessonLine};
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

const VIEWS: [(View, &str); 5] = [
    (View::Laboratory, "Laboratory"),
    (View::Library, "Library"),
    (View::Compare, "Compare"),
    (View::Many, "Many runs"),
    (View::Flp, "FLP"),
];

/// The properties of the bar.
#[derive(Properties, PartialEq)]
pub struct HeaderProps {
    /// The view that is open.
    pub view: View,
    /// The theme.
    pub theme: Theme,
    /// True if the projector's layout is on.
    pub projector: bool,
    /// The name of the scenario that opens the lesson; of the scenario, if it is in none.
    pub lesson: AttrValue,
    /// The title of the scenario.
    pub called: AttrValue,
    /// Tells what happened.
    pub dispatch: Dispatch,
}

/// The bar.
#[component]
pub fn Header(props: &HeaderProps) -> Html {
    let HeaderProps { view: here, theme, projector, lesson, called, dispatch } = props;
    let page = |action: PageAction| dispatch.reform(move |_: MouseEvent| AppMsg::Page(action.clone()));
    let fresh = {
        let dispatch = dispatch.clone();
        move |event: MouseEvent| {
            // With a key held it is a link like any other, to another tab or window.
            if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                event.prevent_default();
                dispatch.emit(AppMsg::OpenNamed(LESSONS[0].name.to_owned()));
            }
        }
    };
    let dispatch = dispatch.clone();
    let open = move |event: Event| {
        let select: Option<HtmlSelectElement> = event.target().and_then(|target| target.dyn_into().ok());
        if let Some(select) = select {
            dispatch.emit(AppMsg::OpenNamed(select.value()));
        }
    };
    let known = LESSONS.iter().any(|line| *line.name == **lesson);
    html! {
        <header class="bar">
            <a class="brand" href="#fresh" onclick={fresh} title="Bivalent: the disc of both futures">
                <svg viewBox="0 0 32 32" aria-hidden="true" class="valency">
                    <path d="M16 3a13 13 0 0 0 0 26z" class="zero" />
                    <path d="M16 3a13 13 0 0 1 0 26z" class="one" />
                    <circle cx="16" cy="16" r="13" class="ring" />
                </svg>
                <span>{ "Bivalent" }</span>
            </a>
            <nav aria-label="Views">
                { for VIEWS.map(|(view, name)| html! {
                    <button key={name} aria-current={(view == *here).then_some("page")} onclick={page(PageAction::View(view))}>{ name }</button>
                }) }
            </nav>
            if *here == View::Laboratory {
                <label class="pick">
                    <span class="away">{ "Scenario" }</span>
                    <Select id="scenario" value={lesson.clone()} onchange={open}>
                        if !known {
                            <option value={lesson.clone()}>{ called.clone() }</option>
                        }
                        { for LESSONS.iter().map(|LessonLine { name, label }| html! {
                            <option key={*name} value={*name}>{ label }</option>
                        }) }
                    </Select>
                </label>
            }
            <span class="gap"></span>
            <button id="share" onclick={page(PageAction::Dialog(Some(Dialog::Share)))}>{ "Share" }</button>
            <button class="wide" onclick={page(PageAction::Projector)} aria-pressed={projector.to_string()}>{ "Projector" }</button>
            <button id="theme" onclick={page(PageAction::NextTheme)} aria-label={format!("Theme: {}", theme.name())}>
                { match theme { Theme::Auto => "◐", Theme::Light => "○", Theme::Dark => "●" } }
            </button>
            <button onclick={page(PageAction::Dialog(Some(Dialog::Help)))} aria-label="Help and keys">{ "?" }</button>
        </header>
    }
}
