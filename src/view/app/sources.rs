//! What the two canvases of the laboratory show.

use crate::view::canvas::Source;
use bivalent::lab::{Lab, Shared};
use bivalent::scene::{Board, ClockKind, Diagram, Lens, Target};
use std::cell::Cell;
use std::rc::Rc;
use yew::Callback;

/// How much time the diagram shows across, in microseconds, at the middle zoom.
fn span_us(lab: &Lab, zoom: i32) -> u64 {
    let timed = lab.history().plan().setup.timed;
    let base: u64 = if timed { 800_000 } else { 32_000 };
    if zoom >= 0 { base << zoom } else { base >> -zoom }
}

/// A board on its own.
pub(in crate::view) fn board_source(lab: &Shared, projector: &Rc<Cell<bool>>, happened: Callback<()>) -> Source {
    linked_board_source(lab, projector, &Rc::default(), happened)
}

/// The board: whose event is pointed at in the diagram or the log stands out.
pub(super) fn linked_board_source(
    lab: &Shared,
    projector: &Rc<Cell<bool>>,
    sight: &Rc<Cell<Sight>>,
    happened: Callback<()>,
) -> Source {
    let (lab, projector, sight) = (Rc::clone(lab), Rc::clone(projector), Rc::clone(sight));
    let shown = Cell::new(None);
    Rc::new(move |ms, size| {
        if lab.borrow_mut().tick(ms) {
            happened.emit(());
        }
        let lab = lab.borrow();
        let peeked = sight.get().peeked.and_then(|event| lab.history().records().get(event as usize));
        let peeked = peeked.and_then(|record| record.choice.process()).map(Target::Process);
        let key = Some((lab.version(), size, projector.get(), peeked));
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
            selected: peeked.or(lab.selected()),
            see_as: lab.see_as(),
            projector: projector.get(),
        };
        Some(board.picture())
    })
}

/// What the diagram shows besides the run.
#[derive(Clone, Copy, PartialEq, Default)]
pub(in crate::view) struct Sight {
    /// How much time: each step is a factor of two.
    pub zoom: i32,
    /// The event that is pointed at, here or in the log.
    pub peeked: Option<u64>,
    /// What is laid over it.
    pub lens: Lens,
}

/// Shows the diagram to `look`, at this size.
pub(super) fn with_diagram<T>(lab: &Lab, size: (f32, f32), sight: &Sight, look: impl FnOnce(&Diagram<'_>) -> T) -> T {
    let timings = lab.timings();
    look(&Diagram {
        history: lab.history(),
        facts: lab.facts(),
        now_us: lab.now_us(),
        window_us: lab.window_us(span_us(lab, sight.zoom)),
        timings: &timings,
        size,
        see_as: lab.see_as(),
        selected: lab.selected(),
        peeked: sight.peeked,
        hidden: sight.lens.hidden,
    })
}

pub(super) fn diagram_source(lab: &Shared, sight: &Rc<Cell<Sight>>) -> Source {
    let (lab, sight) = (Rc::clone(lab), Rc::clone(sight));
    let shown = Cell::new(None);
    Rc::new(move |_, size| {
        let (lab, sight) = (lab.borrow(), sight.get());
        let key = Some((lab.version(), size, sight));
        if shown.replace(key) == key {
            return None;
        }
        Some(with_diagram(&lab, size, &sight, |diagram| {
            let mut picture = diagram.picture();
            if crate::WHOLE {
                let stamps = if sight.lens.clocks == ClockKind::None { Vec::new() } else { lab.stamps().0 };
                sight.lens.lay(diagram, &stamps, lab.history().position().checked_sub(1), &mut picture);
            }
            picture
        }))
    })
}
