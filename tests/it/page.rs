//! The page's own state: what each action changes, and what it leaves alone.

use crate::common::{builtin, named};
use bivalent::engine::MessageId;
use bivalent::lab::{Action, InStep, Lab, Pair};
use bivalent::page::{
    AddressParameters, Dialog, Menu, PageAction, PageState, PairPlace, Panel, Place, Theme, View, ZOOMS, address, title,
};
use bivalent::process::ProcessId;
use bivalent::scenario::first;
use bivalent::scene::{ClockKind, Lens, Point, Target};

const P1: ProcessId = ProcessId(1);

/// The state after these actions, from the beginning.
fn after(actions: impl IntoIterator<Item = PageAction>) -> PageState {
    actions.into_iter().fold(PageState::default(), PageState::reduce)
}

fn menu() -> Menu {
    let lab = Lab::new(builtin(), first()).expect("the gallery is valid");
    let target = Target::Process(P1);
    Menu { title: title(target), items: lab.menu(target), place: Point { x: 24.0, y: 24.0 } }
}

#[test]
fn it_opens_calm() {
    let page = PageState::default();
    assert_eq!((page.view, page.panel, page.theme), (View::Laboratory, Panel::Models, Theme::Auto));
    assert_eq!((page.dialog, page.menu.is_none(), page.banner.is_none()), (None, true, true));
    assert!(page.single_keys && !page.projector && !page.lens_open);
}

#[test]
fn a_view_changes_nothing_but_the_view_and_closes_the_menu() {
    let before = after([
        PageAction::Panel(Panel::Log),
        PageAction::NextTheme,
        PageAction::Zoom(2),
        PageAction::Causes,
        PageAction::SingleKeys(false),
        PageAction::Menu(menu()),
    ]);
    for view in [View::Library, View::Compare, View::Many, View::Flp, View::Laboratory] {
        let there = before.clone().reduce(PageAction::View(view));
        assert_eq!(there, PageState { view, menu: None, ..before.clone() });
        let back = there.reduce(PageAction::View(View::Laboratory));
        assert_eq!(back, PageState { menu: None, ..before.clone() });
    }
}

#[test]
fn many_runs_begin_with_a_variable_only_if_they_were_asked_to() {
    let vary = PageAction::Vary("period-ms".into());
    let page = after([vary.clone()]);
    assert_eq!((page.view, &*page.vary), (View::Many, "period-ms"));
    let page = page.reduce(PageAction::View(View::Many));
    assert_eq!(page.vary, "period-ms");
    let page = after([vary, PageAction::View(View::Laboratory), PageAction::View(View::Many)]);
    assert_eq!(page.vary, "");
}

#[test]
fn escape_closes_the_topmost_thing_only() {
    let mut page = after([PageAction::Projector, PageAction::Dialog(Some(Dialog::Help)), PageAction::Menu(menu())]);
    for (menu, dialog, projector) in [(false, true, true), (false, false, true), (false, false, false)] {
        page = page.reduce(PageAction::Escape);
        assert_eq!((page.menu.is_some(), page.dialog.is_some(), page.projector), (menu, dialog, projector));
    }
    assert_eq!(page.clone().reduce(PageAction::Escape), page);
}

#[test]
fn a_selection_opens_the_inspector_and_an_action_the_menu_no_more() {
    let page = after([PageAction::Panel(Panel::Log), PageAction::Menu(menu()), PageAction::Acted]);
    assert_eq!((page.menu.is_none(), page.panel), (true, Panel::Log));
    let page = after([PageAction::Panel(Panel::Log), PageAction::Menu(menu()), PageAction::Selected]);
    assert_eq!((page.menu.is_none(), page.panel), (true, Panel::Inspector));
}

#[test]
fn the_theme_goes_round() {
    let names: Vec<&str> =
        std::iter::successors(Some(PageState::default()), |page| Some(page.clone().reduce(PageAction::NextTheme)))
            .map(|page| page.theme.name())
            .take(4)
            .collect();
    assert_eq!(names, ["auto", "light", "dark", "auto"]);
}

#[test]
fn the_diagram_is_zoomed_within_bounds() {
    assert_eq!(after(vec![PageAction::Zoom(1); 50]).sight.zoom, ZOOMS.1);
    assert_eq!(after(vec![PageAction::Zoom(-1); 50]).sight.zoom, ZOOMS.0);
}

#[test]
fn closed_tools_leave_nothing_over_the_diagram() {
    let lens = Lens { clocks: ClockKind::Vector, causes: true, ..Lens::default() };
    let open = after([PageAction::LensOpen(true), PageAction::Lens(lens), PageAction::Zoom(1)]);
    assert_eq!((open.lens_open, open.sight.lens), (true, lens));
    let closed = open.reduce(PageAction::LensOpen(false));
    assert_eq!((closed.lens_open, closed.sight.lens, closed.sight.zoom), (false, Lens::default(), 1));
    let causes = closed.reduce(PageAction::Causes);
    assert!(causes.lens_open && causes.sight.lens.causes);
    assert!(!causes.reduce(PageAction::Causes).sight.lens.causes);
}

#[test]
fn another_run_takes_along_how_it_is_shown_and_not_what_was_pointed_at() {
    let hidden = bivalent::engine::ProcessSet::of([P1]);
    let page = after([
        PageAction::Causes,
        PageAction::Lens(Lens { causes: true, clocks: ClockKind::Lamport, hidden, gst_us: Some(7) }),
        PageAction::Peek(Some(3)),
        PageAction::Panel(Panel::Properties),
        PageAction::Dialog(Some(Dialog::Share)),
        PageAction::View(View::Library),
        PageAction::Opened(View::Laboratory),
    ]);
    assert_eq!((page.view, page.panel, page.dialog, page.lens_open), (View::Laboratory, Panel::Properties, None, true));
    assert_eq!(page.sight.peeked, None);
    assert_eq!(page.sight.lens, Lens { causes: true, clocks: ClockKind::Lamport, ..Lens::default() });
}

#[test]
fn a_sentence_is_not_said_under_a_dialog_and_stays_until_it_is_closed() {
    let page = after([PageAction::Dialog(Some(Dialog::Share)), PageAction::Tell("No such file.".into())]);
    assert_eq!((page.dialog, page.banner.as_deref()), (None, Some("No such file.")));
    assert_eq!(page.clone().reduce(PageAction::View(View::Flp)).banner, page.banner);
    assert_eq!(page.reduce(PageAction::Dismiss).banner, None);
}

#[test]
fn a_link_is_not_copied_any_more_once_the_run_is_another_one() {
    let copied = after([PageAction::Dialog(Some(Dialog::Share)), PageAction::Copied(true)]);
    assert_eq!(copied.copied, Some(true));
    for action in [PageAction::Acted, PageAction::Dialog(None), PageAction::Dialog(Some(Dialog::Share))] {
        assert_eq!(copied.clone().reduce(action).copied, None);
    }
}

#[test]
fn keys_mean_something_where_there_is_a_run() {
    assert_eq!(PageState::default().keys(), Some(true));
    assert_eq!(after([PageAction::SingleKeys(false)]).keys(), Some(false));
    assert_eq!(after([PageAction::View(View::Compare)]).keys(), Some(true));
    for view in [View::Library, View::Many, View::Flp] {
        assert_eq!(after([PageAction::View(view)]).keys(), None);
    }
}

#[test]
fn every_view_has_its_address() {
    for view in [View::Laboratory, View::Library, View::Compare, View::Many, View::Flp] {
        assert_eq!(View::of(view.hash()), view);
    }
    assert_eq!(View::of("#s=1z.x"), View::Laboratory);
}

#[test]
fn parameters_are_read_and_unknown_ones_are_named() {
    let of = |pairs: &[(&str, &str)]| {
        AddressParameters::of(pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())))
    };
    assert_eq!(of(&[("scenario", "in-step")]).scenario.as_deref(), Some("in-step"));
    assert_eq!((of(&[]).notice(), of(&[("scenario", "x"), ("", "")]).notice()), (None, None));
    assert_eq!(
        of(&[("colour", "1")]).notice().as_deref(),
        Some("In the address “colour” means nothing here, and nothing was done with it.")
    );
    let long = "x".repeat(99);
    let many = of(&[("a", ""), (&long, ""), ("c", ""), ("d", ""), ("e", ""), ("f", "")]);
    assert_eq!(many.unknown.len(), 5);
    assert_eq!(many.unknown[1], "x".repeat(40));
    assert!(many.notice().expect("there are some").contains("mean nothing"));
}

#[test]
fn an_address_names_the_view_and_a_scenario_of_the_gallery_and_keeps_what_it_does_not_know() {
    assert_eq!(address(View::Laboratory, "in-step", ""), "?scenario=in-step");
    assert_eq!(address(View::Flp, "in-step", "?scenario=two-faces"), "?scenario=in-step#flp");
    assert_eq!(address(View::Library, "of mine", "?embed=1&scenario=two-faces"), "?embed=1#library");
    assert_eq!(address(View::Laboratory, "of mine", ""), "");
}

/// A laboratory in which everything is set.
fn set_up() -> Lab {
    let mut lab = Lab::new(builtin(), named("in-step")).expect("valid");
    for action in [
        Action::Next(2),
        Action::Keep,
        Action::Next(3),
        Action::Speed(1),
        Action::Answer(1),
        Action::SeeAs(Some(P1)),
        Action::Select(Some(Target::Process(P1))),
        Action::Move(P1, Point { x: 0.25, y: 0.75 }),
    ] {
        lab.act(action);
    }
    lab
}

#[test]
fn a_place_as_text_leads_back_to_the_whole_session_and_the_settings() {
    let lab = set_up();
    let page = after([
        PageAction::View(View::Flp),
        PageAction::Panel(Panel::Log),
        PageAction::NextTheme,
        PageAction::Projector,
        PageAction::SingleKeys(false),
        PageAction::Zoom(3),
        PageAction::Causes,
        PageAction::Clocks(ClockKind::Vector),
    ]);
    let place = Place::new(page.view, page.settings(), &lab.session(), None);
    let again = Place::parse(&place.to_json()).expect("its own text");
    assert_eq!(again, place);
    let resumed = Lab::resume(builtin(), again.session(builtin()).expect("valid")).expect("valid");
    assert_eq!(resumed.session(), lab.session());
    assert_eq!(resumed.history().engine().trace_hash(), lab.history().engine().trace_hash());
    assert_eq!(after([PageAction::Restore(again.settings), PageAction::Arrived(again.view)]), page);
}

#[test]
fn a_place_before_two_runs_leads_back_to_both() {
    let lab = set_up();
    let other = named("out-of-step");
    let mut pair = Pair::new(builtin(), [lab.saved(), other]).expect("valid");
    pair.keep(InStep::Events);
    for action in [Action::Next(7), Action::Speed(-1), Action::SeeAs(Some(P1))] {
        pair.act(action);
    }
    let there = PairPlace::of(&pair, "world-out-of-step");
    let place = Place::new(View::Compare, after([]).settings(), &lab.session(), Some(there.clone()));
    let again = Place::parse(&place.to_json()).expect("its own text").pair.expect("there are two");
    let found = again.pair(builtin()).expect("valid");
    assert_eq!(PairPlace::of(&found, &again.key), there);
    let hashes = |pair: &Pair| pair.labs().each_ref().map(|lab| lab.history().engine().trace_hash());
    assert_eq!(hashes(&found), hashes(&pair));
}

#[test]
fn a_place_that_is_damaged_is_refused() {
    let place = Place::new(View::Library, after([]).settings(), &set_up().session(), None).to_json();
    for wrong in
        ["", "{}", &place[..place.len() - 1], &place.replace("library", "attic"), &place.replacen('{', "{\"x\":1,", 1)]
    {
        assert!(Place::parse(wrong).is_err(), "{wrong}");
    }
    let damaged = Place::parse(&place.replace("flood-set", "flood-sat")).expect("the run is looked at later");
    assert!(damaged.session(builtin()).is_err());
}

#[test]
fn things_have_names() {
    let message = Target::Message(MessageId { from: P1, to: ProcessId(0), number: 2, copy: 0 });
    let names =
        [Target::Process(P1), Target::Link(ProcessId(0), P1), Target::Intruder, Target::Event(5), message].map(title);
    assert_eq!(names[..4], ["p1", "link p0 – p1", "the intruder", "event 5"]);
    assert!(names[4].starts_with("message "));
}
