//! What the canvases of the laboratory show.

use crate::view::canvas::Source;
use crate::view::still;
use bivalent::lab::{Lab, Shared};
use bivalent::scene::{Board, Branches, ClockKind, Diagram, Land, Lens, Point, Target};
use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use yew::Callback;

/// How much time the diagram shows across, in microseconds, at the middle zoom.
pub(super) fn span_us(lab: &Lab, zoom: i32) -> u64 {
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
    /// The diagram: whose event is pointed at there, or in the log, stands out on the board.
    pub(super) sight: Rc<Cell<Sight>>,
    /// How many changes of the desk are not worth a picture: where no motion is wanted, all those that are nothing but
    /// time that passes.
    pub(super) passed: Rc<Cell<u64>>,
}

impl Aids {
    /// Changes whenever another picture is due.
    fn version(&self, lab: &Lab) -> u64 {
        lab.version() - self.passed.get()
    }
}

pub(in crate::view) fn board_source(lab: &Shared, projector: &Rc<Cell<bool>>, happened: Callback<()>) -> Source {
    let aids = Aids { projector: Rc::clone(projector), ..Aids::default() };
    source(lab, aids, happened, 0.0)
}

/// Lets time pass by `tick`, which says whether something happened. Where no motion is wanted and nothing did, what the
/// `version` has grown by goes to `passed`. Returns what `tick` says.
pub(super) fn pass(passed: &Cell<u64>, still: bool, version: impl Fn() -> u64, tick: impl FnOnce() -> bool) -> bool {
    let before = version();
    let happened = tick();
    if still && !happened {
        passed.set(passed.get() + version() - before);
    }
    happened
}

/// What the board shows. While the run plays, it tells what happened at most once in `follow_ms` milliseconds.
pub(super) fn source(lab: &Shared, aids: Aids, happened: Callback<()>, follow_ms: f64) -> Source {
    let lab = Rc::clone(lab);
    let shown = Cell::new(None);
    let (news, since_ms) = (Cell::new(false), Cell::new(0.0));
    let still = still();
    Rc::new(move |ms, size| {
        let new = pass(&aids.passed, still, || lab.borrow().version(), || lab.borrow_mut().tick(ms));
        news.set(new || news.get());
        since_ms.set(since_ms.get() + ms);
        if news.get() && (since_ms.get() >= follow_ms || !lab.borrow().playing()) {
            news.set(false);
            since_ms.set(0.0);
            happened.emit(());
        }
        let lab = lab.borrow();
        let key = Some((
            aids.version(&lab),
            size,
            aids.projector.get(),
            aids.knife.get(),
            aids.land.get().is_some(),
            aids.sight.get().peeked,
        ));
        if shown.replace(key) == key {
            return None;
        }
        Some(board(&lab, size, &aids).picture())
    })
}

pub(super) fn board<'a>(lab: &'a Lab, size: (f32, f32), aids: &'a Aids) -> Board<'a> {
    let peeked = aids.sight.get().peeked.and_then(|event| lab.history().record(event));
    let peeked = peeked.and_then(|record| record.choice.process()).map(Target::Process);
    Board {
        scenario: lab.scenario(),
        engine: lab.history().engine(),
        monitors: lab.history().monitors(),
        now_us: lab.now_us(),
        facts: lab.past(),
        places: lab.places(),
        size,
        selected: peeked.or(lab.selected()),
        see_as: lab.see_as(),
        projector: aids.projector.get(),
        land: aids.land.get(),
        knife: aids.knife.get(),
    }
}

/// What the diagram shows besides the run.
#[derive(Clone, Copy, PartialEq, Default)]
pub(super) struct Sight {
    /// How much time: each step is a factor of two.
    pub(super) zoom: i32,
    /// The event that is pointed at, here or in the log.
    pub(super) peeked: Option<u64>,
    /// What is laid over it.
    pub(super) lens: Lens,
}

/// Consequence the diagram to `look`, at this size.
pub(super) fn with_diagram<T>(lab: &Lab, size: (f32, f32), sight: &Sight, look: impl FnOnce(&Diagram<'_>) -> T) -> T {
    let timings = lab.history().timings();
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

pub(super) fn diagram_source(lab: &Shared, aids: &Aids) -> Source {
    let (lab, aids) = (Rc::clone(lab), aids.clone());
    let shown = Cell::new(None);
    Rc::new(move |_, size| {
        let (lab, sight) = (lab.borrow(), aids.sight.get());
        let key = Some((aids.version(&lab), size, sight));
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

/// The tree of branches, with the same time across as the diagram.
pub(super) fn tree_source(lab: &Shared, aids: &Aids) -> Source {
    let (lab, aids) = (Rc::clone(lab), aids.clone());
    let shown = Cell::new(None);
    Rc::new(move |_, size| {
        let (lab, sight) = (lab.borrow(), aids.sight.get());
        let key = Some((aids.version(&lab), size, sight.zoom));
        if shown.replace(key) == key {
            return None;
        }
        let (lines, current) = (lab.lines(), lab.history().current());
        Some(with_diagram(&lab, size, &sight, |diagram| {
            Branches { lines: &lines, current, x: &|at_us| diagram.x(at_us), left: Diagram::LEFT, size }.picture()
        }))
    })
}
