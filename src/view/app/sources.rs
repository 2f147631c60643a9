//! What the canvases of the laboratory show.

use crate::view::canvas::Source;
use bivalent::lab::{Lab, Shared};
use bivalent::scene::{Board, Branches, Diagram};
use std::cell::Cell;
use std::rc::Rc;
use yew::Callback;

/// How much time the diagram shows across, in microseconds, at the middle zoom.
pub(super) fn span_us(lab: &Lab, zoom: i32) -> u64 {
    let timed = lab.history().plan().setup.timed;
    let base: u64 = if timed { 800_000 } else { 32_000 };
    if zoom >= 0 { base << zoom } else { base >> -zoom }
}

pub(in crate::view) fn board_source(lab: &Shared, projector: &Rc<Cell<bool>>, happened: Callback<()>) -> Source {
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
        Some(board(&lab, size, projector.get()).picture())
    })
}

pub(super) fn board(lab: &Lab, size: (f32, f32), projector: bool) -> Board<'_> {
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
        projector,
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

/// The space-time diagram, or with the same time across the tree of branches.
pub(super) fn diagram_source(lab: &Shared, projector: &Rc<Cell<bool>>, zoom: &Rc<Cell<i32>>, tree: bool) -> Source {
    let (lab, projector, zoom) = (Rc::clone(lab), Rc::clone(projector), Rc::clone(zoom));
    let shown = Cell::new(None);
    Rc::new(move |_, size| {
        let lab = lab.borrow();
        let key = Some((lab.version(), size, projector.get(), zoom.get()));
        if shown.replace(key) == key {
            return None;
        }
        let diagram = diagram(&lab, size, zoom.get(), projector.get());
        if !tree {
            return Some(diagram.picture());
        }
        let (lines, current) = (lab.lines(), lab.history().current());
        let x = |at_us| diagram.x(at_us);
        Some(Branches { lines: &lines, current, x: &x, left: Diagram::LEFT, size }.picture())
    })
}
