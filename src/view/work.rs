//! Long work on the page: a share of it in each frame, how far it came, and a way to stop it and to go on.

use super::browser::window;
use gloo::render::{AnimationFrame, request_animation_frame};
use yew::html::Scope;
use yew::prelude::*;

/// The time for which work may hold up a frame, in milliseconds.
const SHARE_MS: f64 = 9.0;

/// Work that goes on in the frames of the page. Dropped, it stops.
#[derive(Default)]
pub struct Work(Option<AnimationFrame>);

impl Work {
    /// Work that goes on: with the next frame `message` comes, and [`Work::share`] is what it asks for.
    pub fn begun<C: Component>(link: &Scope<C>, message: C::Message) -> Work
    where
        C::Message: 'static,
    {
        let link = link.clone();
        Work(Some(request_animation_frame(move |_| link.send_message(message))))
    }

    /// True if it goes on.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Stops it; what was done stays.
    pub fn stop(&mut self) {
        self.0 = None;
    }

    /// A frame's share: calls `step` until it says that there is no more to do, or the time is over. True if it is
    /// done; if not, `message` comes again with the next frame.
    pub fn share<C: Component>(&mut self, link: &Scope<C>, message: C::Message, mut step: impl FnMut() -> bool) -> bool
    where
        C::Message: 'static,
    {
        // It was stopped when the message was already on its way.
        if !self.is_on() {
            return false;
        }
        let now = || window().performance().map_or(f64::INFINITY, |clock| clock.now());
        let end = now() + SHARE_MS;
        let done = loop {
            if step() {
                break true;
            }
            if now() >= end {
                break false;
            }
        };
        *self = if done { Work::default() } else { Work::begun(link, message) };
        done
    }

    /// The progress of unfinished work, in words and, if it is known how much there is, as a share. While it goes on
    /// there is a button that stops it; then one that goes on.
    pub fn view(
        &self,
        done_of: Option<(usize, usize)>,
        words: String,
        on_stop: Callback<MouseEvent>,
        on_go: Callback<MouseEvent>,
    ) -> Html {
        if !self.is_on() {
            return html! { <p class="progress" role="status">{ format!("Stopped: {words}. ") }<button onclick={on_go}>{ "Go on" }</button></p> };
        }
        let (value, max) = done_of.map(|(done, all)| (done.to_string(), all.max(1).to_string())).unzip();
        html! {
            <div class="progress" role="status">
                <progress {value} {max} aria-label={words.clone()}></progress>
                <span>{ words }</span>
                <button onclick={on_stop}>{ "Stop" }</button>
            </div>
        }
    }
}
