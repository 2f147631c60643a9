//! The pictures of the laboratory's canvases.

use super::browser::still;
use super::canvas::Source;
use bivalent::lab::{Lab, Shared};
use bivalent::page::DiagramSight;
use bivalent::scene::{Board, Branches, ClockKind, Diagram, Land, Point, Target};
use std::cell::{Cell, Ref};
use std::rc::Rc;
use yew::Callback;

/// The time that the diagram shows across, in microseconds, at the middle zoom.
pub fn span_us(lab: &Lab, zoom: i32) -> u64 {
    let timed = lab.history().plan().setup.timed;
    let base: u64 = if timed { 800_000 } else { 32_000 };
    if zoom >= 0 { base << zoom } else { base >> -zoom }
}

/// The period in which the page beside the canvases follows a run that plays, in milliseconds.
pub const FOLLOW_MS: f64 = 250.0;

/// The laboratory as a component shows it: another version is another picture.
#[derive(Clone)]
pub struct ShownLab {
    lab: Shared,
    version: u64,
}

impl ShownLab {
    /// The laboratory as it is now.
    pub fn of(lab: &Shared) -> ShownLab {
        ShownLab { version: lab.borrow().version(), lab: Rc::clone(lab) }
    }

    /// The laboratory.
    pub fn borrow(&self) -> Ref<'_, Lab> {
        self.lab.borrow()
    }
}

impl PartialEq for ShownLab {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.lab, &other.lab) && self.version == other.version
    }
}

/// The pictures of the canvases of the laboratory.
pub struct Canvases {
    /// The board.
    pub board: Source,
    /// The space-time diagram.
    pub diagram: Source,
    /// The tree of branches.
    pub tree: Source,
}

/// They are made once, so equal ones are the same ones.
impl PartialEq for Canvases {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// The things on the board besides the run.
#[derive(Clone, Default)]
pub struct Aids {
    /// The line that is being drawn to part the processes.
    pub knife: Rc<Cell<Option<(Point, Point)>>>,
    pub projector: Rc<Cell<bool>>,
    /// The diagram: whose event is pointed at there, or in the log, stands out on the board.
    pub sight: Rc<Cell<DiagramSight>>,
    /// The changes of the seat that are not worth a picture: where no motion is wanted, all those that are nothing but
    /// time that passes.
    pub passed: Rc<Cell<u64>>,
}

impl Aids {
    /// Changes whenever another picture is due.
    fn version(&self, lab: &Lab) -> u64 {
        lab.version() - self.passed.get()
    }
}

pub fn board_source(lab: &Shared, projector: &Rc<Cell<bool>>, happened: Callback<()>) -> Source {
    let aids = Aids { projector: Rc::clone(projector), ..Aids::default() };
    source(lab, aids, happened, 0.0)
}

/// Lets time pass by `tick`, which says whether something happened. Where no motion is wanted and nothing did, what the
/// `version` has grown by goes to `passed`. Returns what `tick` says.
pub fn pass(passed: &Cell<u64>, still: bool, version: impl Fn() -> u64, tick: impl FnOnce() -> bool) -> bool {
    let before = version();
    let happened = tick();
    if still && !happened {
        passed.set(passed.get() + version() - before);
    }
    happened
}

/// The picture of the board. While the run plays, it tells what happened at most once in `follow_ms` milliseconds.
pub fn source(lab: &Shared, aids: Aids, happened: Callback<()>, follow_ms: f64) -> Source {
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
        let key = Some((aids.version(&lab), size, aids.projector.get(), aids.knife.get(), aids.sight.get().peeked));
        if shown.replace(key) == key {
            return None;
        }
        Some(board_picture(&lab, size, &aids).picture())
    })
}

pub fn board_picture<'a>(lab: &'a Lab, size: (f32, f32), aids: &'a Aids) -> Board<'a> {
    let peeked = aids.sight.get().peeked.and_then(|event| lab.history().record(event));
    let peeked = peeked.and_then(|record| record.choice.process()).map(Target::Process);
    Board {
        selected: peeked.or(lab.selected()),
        projector: aids.projector.get(),
        land: Some(Land::world()),
        knife: aids.knife.get(),
        ..lab.board(size)
    }
}

/// Shows the diagram to `look`, at this size.
pub fn with_diagram<T>(lab: &Lab, size: (f32, f32), sight: &DiagramSight, look: impl FnOnce(&Diagram<'_>) -> T) -> T {
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

pub fn diagram_source(lab: &Shared, aids: &Aids) -> Source {
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
            let stamps = if sight.lens.clocks == ClockKind::None { Vec::new() } else { lab.stamps().0 };
            sight.lens.lay(diagram, &stamps, Some(lab.history().position()).filter(|event| *event > 0), &mut picture);
            picture
        }))
    })
}

/// The tree of branches, with the same time across as the diagram.
pub fn tree_source(lab: &Shared, aids: &Aids) -> Source {
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
