//! The bar at the top: views, scenarios, share, theme.

use super::{App, Dialog, Msg, View};
use crate::view::theme::Theme;
use bivalent::lab::Lab;
use bivalent::scenario::{LESSONS, LessonLine};
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

impl App {
    pub(super) fn header(&self, ctx: &Context<Self>, lab: &Lab) -> Html {
        let link = ctx.link();
        let open = link.batch_callback(|event: Event| {
            let select: HtmlSelectElement = event.target()?.dyn_into().ok()?;
            Some(Msg::OpenNamed(select.value()))
        });
        let lesson = lab.scenario().lesson.as_ref();
        let here =
            lesson.and_then(|lesson| lesson.worlds.first()).map_or(&lab.scenario().name, |world| &world.scenario);
        let known = LESSONS.iter().any(|line| line.name == here);
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
                    { for [(View::Laboratory, "Laboratory"), (View::Library, "Library"), (View::Compare, "Compare"), (View::Many, "Many runs"), (View::Flp, "FLP")].map(|(view, name)| html! {
                        <button key={name} aria-current={(view == self.view).then_some("page")}
                            onclick={link.callback(move |_| Msg::View(view))}>{ name }</button>
                    }) }
                </nav>
                if self.view == View::Laboratory {
                <label class="pick">
                    <span class="away">{ "Scenario" }</span>
                    <select id="scenario" onchange={open}>
                        if !known {
                            <option selected=true value={lab.scenario().name.clone()}>{ lab.scenario().called().to_owned() }</option>
                        }
                        { for LESSONS.iter().map(|LessonLine { name, label }| html! {
                            <option key={*name} value={*name} selected={name == here}>{ label }</option>
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
}
