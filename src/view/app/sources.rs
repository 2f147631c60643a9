//! What the two canvases of the laboratory show.

use crate::view::canvas::Source;
use bivalent::lab::{Lab, Shared};
use bivalent::scene::{Board, Diagram, Land, Point};
use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use yew::Callback;

/// How much time the diagram shows across, in microseconds, at the middle zoom.
fn span_us(lab: &Lab, zoom: i32) -> u64 {
    let timed = lab.history().plan().setup.timed;
    let base: u64 = if timed { 800_000 } else { 32_000 };
    if zoom >= 0 { base << zoom } else { base >> -zoom }
}

/// How often the page beside the canvases follows a run that plays, in milliseconds.
pub(super) const FOLLOW_MS: f64 = 250.0;

/// What the board shows besides the run.
#[derive(Clone, Default)]
pub(super) struct Aids {
    /// The coasts behind processes in cities, once they are here.
    pub(super) land: Rc<OnceCell<Land>>,
    /// The line that is being drawn to part the processes.
    pub(super) knife: Rc<Cell<Option<(Point, Point)>>>,
    pub(super) projector: Rc<Cell<bool>>,
}

pub(in crate::view) fn board_source(lab: &Shared, projector: &Rc<Cell<bool>>, happened: Callback<()>) -> Source {
    let aids = Aids { projector: Rc::clone(projector), ..Aids::default() };
    source(lab, aids, happened, 0.0)
}

/// What the board shows. While the run plays, it tells what happened at most once in `follow_ms` milliseconds.
pub(super) fn source(lab: &Shared, aids: Aids, happened: Callback<()>, follow_ms: f64) -> Source {
    let lab = Rc::clone(lab);
    let shown = Cell::new(None);
    let (news, since_ms) = (Cell::new(false), Cell::new(0.0));
    Rc::new(move |ms, size| {
        news.set(lab.borrow_mut().tick(ms) || news.get());
        since_ms.set(since_ms.get() + ms);
        if news.get() && (since_ms.get() >= follow_ms || !lab.borrow().playing()) {
            news.set(false);
            since_ms.set(0.0);
            happened.emit(());
        }
        let lab = lab.borrow();
        let key = Some((lab.version(), size, aids.projector.get(), aids.knife.get(), aids.land.get().is_some()));
        if shown.replace(key) == key {
            return None;
        }
        Some(board(&lab, size, &aids).picture())
    })
}

pub(super) fn board<'a>(lab: &'a Lab, size: (f32, f32), aids: &'a Aids) -> Board<'a> {
    Board {
        scenario: lab.scenario(),
        engine: lab.history().engine(),
        monitors: lab.history().monitors(),
        now_us: lab.now_us(),
        facts: lab.past(),
        places: lab.places(),
        size,
        selected: lab.selected(),
        see_as: lab.see_as(),
        projector: aids.projector.get(),
        land: aids.land.get(),
        knife: aids.knife.get(),
    }
}

pub(super) fn diagram(lab: &Lab, size: (f32, f32), zoom: i32, projector: bool) -> Diagram<'_> {
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

pub(super) fn diagram_source(lab: &Shared, projector: &Rc<Cell<bool>>, zoom: &Rc<Cell<i32>>) -> Source {
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
