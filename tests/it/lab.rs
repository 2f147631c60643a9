//! The desk: what a person changes in mid-run, from when on that holds, and what undo brings back.

use crate::common::{builtin, named};
use bivalent::engine::{Choice, ProcessSet};
use bivalent::history::Fact;
use bivalent::lab::{Action, Item, Lab};
use bivalent::model::{Behaviour, Change, LinkKind, Links, Override, Rate};
use bivalent::process::ProcessId;
use bivalent::scenario::Link;
use bivalent::scene::{Board, Ink, Land, Picture, Point, Shape, Target, at, caption};

const P0: ProcessId = ProcessId(0);
const P1: ProcessId = ProcessId(1);
const P2: ProcessId = ProcessId(2);

fn desk(scenario: &str, events: u64) -> Lab {
    let mut lab = Lab::new(builtin(), named(scenario)).expect("a valid scenario");
    lab.act(Action::Next(events));
    assert_eq!(lab.history().position(), events);
    lab
}

fn fair_loss() -> Links {
    Links { kind: LinkKind::FairLoss, loss: Rate(300_000), ..Links::default() }
}

fn kind(lab: &Lab) -> LinkKind {
    lab.history().engine().models().links.kind
}

fn item(lab: &Lab, target: Target, label: &str) -> Item {
    let items = lab.menu(target);
    let found = items.iter().find(|item| item.label.starts_with(label)).cloned();
    found.unwrap_or_else(|| panic!("no {label:?} in {items:?}"))
}

fn board(lab: &Lab) -> Board<'_> {
    Board {
        scenario: lab.scenario(),
        engine: lab.history().engine(),
        monitors: lab.history().monitors(),
        now_us: lab.now_us(),
        facts: lab.past(),
        places: lab.places(),
        size: (900.0, 420.0),
        selected: lab.selected(),
        see_as: lab.see_as(),
        projector: false,
        land: None,
        knife: None,
    }
}

fn texts(picture: &Picture) -> Vec<&str> {
    let texts = picture.shapes.iter().filter_map(|shape| match shape {
        Shape::Text { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// Where something can be pointed at.
fn spot(picture: &Picture, target: Target) -> Point {
    picture.targets.iter().find(|(known, ..)| *known == target).map(|(_, place, _)| *place).expect("it is drawn")
}

#[test]
fn a_change_in_mid_run_holds_from_now_on_and_undo_takes_it_back() {
    let mut lab = desk("in-step", 5);
    let hash = lab.history().engine().trace_hash();
    lab.act(Action::Adjust(Change::Links(fair_loss())));
    assert_eq!((lab.history().position(), kind(&lab)), (6, LinkKind::FairLoss));
    assert_eq!(lab.scenario().models.links.kind, LinkKind::Reliable, "the beginning is as it was");
    assert_eq!(lab.saved().interventions.len(), 1);
    let again =
        Lab::from_link(builtin(), Link::decode(&lab.link().expect("short")).expect("its own link")).expect("valid");
    assert_eq!(again.history().engine().trace_hash(), lab.history().engine().trace_hash());
    assert_eq!(kind(&again), LinkKind::FairLoss);
    lab.act(Action::Undo);
    assert_eq!((lab.history().engine().trace_hash(), kind(&lab)), (hash, LinkKind::Reliable));
    lab.act(Action::Redo);
    assert_eq!(kind(&lab), LinkKind::FairLoss);
}

#[test]
fn before_anything_has_happened_a_change_is_one_of_the_scenario() {
    let mut lab = desk("in-step", 0);
    assert!(lab.is_anew());
    lab.act(Action::Adjust(Change::Links(fair_loss())));
    assert_eq!(lab.scenario().models.links, fair_loss());
    assert_eq!((lab.history().position(), lab.saved().interventions.len()), (0, 0));
    lab.act(Action::Undo);
    assert_eq!(lab.scenario().models.links.kind, LinkKind::Reliable);
}

#[test]
fn anew_runs_the_changed_scenario_from_the_beginning_and_undo_brings_back_what_was_done() {
    let mut lab = desk("in-step", 5);
    lab.act(Action::Select(Some(Target::Process(P1))));
    lab.act(Action::Choose(Choice::Slow { process: P2, extra_ms: 500 }));
    assert_eq!(lab.saved().interventions.len(), 1);
    lab.act(Action::Anew(true));
    lab.act(Action::Adjust(Change::Links(fair_loss())));
    assert_eq!((lab.history().position(), lab.scenario().models.links), (0, fair_loss()));
    assert!(lab.saved().interventions.is_empty());
    assert_eq!(lab.selected(), Some(Target::Process(P1)));
    lab.act(Action::Undo);
    assert_eq!(lab.saved().interventions.len(), 1);
    assert_eq!(lab.scenario().models.links.kind, LinkKind::Reliable);
}

#[test]
fn what_is_refused_leaves_what_was_undone_within_reach() {
    let mut lab = desk("in-step", 5);
    lab.act(Action::Choose(Choice::Slow { process: P2, extra_ms: 500 }));
    lab.act(Action::Undo);
    lab.act(Action::Choose(Choice::Recover(P1)));
    assert!(lab.saved().interventions.is_empty());
    lab.act(Action::Redo);
    assert_eq!(lab.saved().interventions.len(), 1);
}

#[test]
fn the_last_event_is_known_to_be_the_last() {
    let mut lab = desk("in-step", 0);
    lab.act(Action::Seek(1_000));
    let end = lab.history().position();
    assert!(lab.is_over());
    lab.act(Action::Back(1));
    assert!(!lab.is_over());
    lab.act(Action::Next(1));
    assert_eq!((lab.history().position(), lab.is_over()), (end, true));
}

#[test]
fn one_direction_of_one_link_gets_rules_of_its_own() {
    let mut lab = desk("in-step", 4);
    let change = Change::Link(Override { from: P0, to: P1, one_way: true, links: fair_loss() });
    lab.act(Action::Adjust(change));
    let models = lab.history().engine().models();
    assert_eq!(models.between(P0, P1).kind, LinkKind::FairLoss);
    assert_eq!(models.between(P1, P0).kind, LinkKind::Reliable);
    assert_eq!(models.between(P0, P2).kind, LinkKind::Reliable);
    assert!(texts(&board(&lab).picture()).contains(&"→p1 fair-loss"));
    // The same once more would change nothing, and is refused with the reason.
    lab.act(Action::Adjust(change));
    assert_eq!(lab.notice(), Some("nothing would change"));
}

#[test]
fn the_intruder_hears_repeats_and_makes_up_messages() {
    let mut lab = desk("the-third-party", 0);
    lab.act(Action::Adjust(Change::Links(Links { kind: LinkKind::Arbitrary, ..Links::default() })));
    while lab.history().engine().heard().is_empty() {
        lab.act(Action::Next(1));
    }
    let heard = lab.history().engine().heard()[0].clone();
    let picture = board(&lab).picture();
    assert!(texts(&picture).contains(&"intruder") && texts(&picture).contains(&"heard 1"));
    let hideout = spot(&picture, Target::Intruder);

    let again = item(&lab, Target::Intruder, "Send once more");
    assert!(again.enabled && again.breaks.is_none());
    lab.act(again.action);
    let foreign = |lab: &Lab| lab.messages().into_iter().map(|(id, _)| id).filter(|id| id.is_spoofed()).count();
    assert_eq!(foreign(&lab), 1);
    // What it sends comes from where it is.
    let sent = lab.messages().into_iter().map(|(id, _)| id).find(|id| id.is_spoofed()).expect("sent");
    assert!(spot(&board(&lab).picture(), Target::Message(sent)).distance(hideout) < 50.0);

    let made_up = Choice::Inject { message: heard.id, from: heard.id.to, to: heard.id.from, lie: Some(0) };
    lab.act(Action::Choose(made_up));
    assert_eq!(lab.notice(), None);
    assert_eq!(foreign(&lab), 2);
    let forged = lab.history().engine().flights().filter(|flight| flight.forged).count();
    assert_eq!(forged, 1);
}

#[test]
fn a_message_can_be_changed_into_each_of_its_lies_and_its_edge_turns_jagged() {
    let mut lab = desk("four-generals", 0);
    while lab.messages().is_empty() {
        lab.act(Action::Next(1));
    }
    let (id, _) = lab.messages()[0];
    let lies = lab.history().engine().flight(id).expect("on its way").payload.lies().len();
    let offers = lab.menu(Target::Message(id)).into_iter().filter(|item| item.label.starts_with("Change it into"));
    let offers: Vec<Item> = offers.collect();
    assert_eq!(offers.len(), lies.min(5));
    let jagged = |lab: &Lab| {
        let polygon = |shape: &&Shape| matches!(shape, Shape::Polygon { fill, .. } if *fill != Ink::Ink);
        board(lab).picture().shapes.iter().filter(polygon).count()
    };
    let before = jagged(&lab);
    let last = offers.last().expect("it could say something else");
    assert!(last.breaks.is_some(), "these links promise true messages");
    lab.act(last.action.clone());
    assert_eq!(jagged(&lab), before + 1);
    let Choice::Alter { lie, .. } = lab.past().last().expect("it happened").choice else { panic!("not altered") };
    assert_eq!(usize::from(lie), offers.len() - 1);
}

#[test]
fn what_a_byzantine_process_does_can_be_changed_while_it_runs() {
    let mut lab = desk("four-generals", 3);
    for behaviour in [
        Behaviour { lies: Rate(500_000), delay_ms: 20, ..Behaviour::default() },
        Behaviour { twin: ProcessSet::of([P1]), forges: Some(P2), colludes: true, ..Behaviour::default() },
        Behaviour { replays: Rate(1_000_000), ..Behaviour::default() },
    ] {
        for process in [P0, P1, P2] {
            lab.act(Action::Choose(Choice::Byzantine { process, behaviour }));
            assert_eq!(lab.notice(), None, "never capped");
            let state = lab.history().engine().process(process).byzantine.as_ref().expect("it is Byzantine now");
            assert_eq!(state.behaviour, behaviour);
        }
    }
}

#[test]
fn keys_go_through_everything_on_the_board_and_move_what_is_selected() {
    let mut lab = desk("in-step", 3);
    let mut seen = Vec::new();
    loop {
        lab.act(Action::Pick(true));
        let target = lab.selected().expect("something is selected");
        if seen.first() == Some(&target) {
            break;
        }
        seen.push(target);
    }
    let n = lab.scenario().processes;
    assert_eq!(seen.len(), n + lab.messages().len() + n * (n - 1) / 2);
    lab.act(Action::Pick(false));
    assert_eq!(lab.selected(), seen.last().copied());

    lab.act(Action::Nudge(0.1, 0.0));
    assert!(lab.notice().is_some_and(|notice| notice.contains("Select a process first")));
    lab.act(Action::Select(Some(Target::Process(P1))));
    let before = lab.places()[1];
    lab.act(Action::Nudge(0.1, -0.05));
    assert_eq!(lab.places()[1], before.by(0.1, -0.05));
    for _ in 0..50 {
        lab.act(Action::Nudge(0.1, 0.0));
    }
    assert_eq!(lab.places()[1].x, 1.0);
}

#[test]
fn a_line_across_the_board_parts_the_processes_on_its_sides() {
    let mut lab = desk("in-step", 3);
    let n = lab.scenario().processes;
    let picture = board(&lab).picture();
    let places: Vec<Point> = ProcessId::all(n).map(|process| spot(&picture, Target::Process(process))).collect();
    // Just above p1, from left to right or from right to left.
    let least = places.iter().map(|place| place.y).fold(f32::MAX, f32::min);
    let side = ProcessSet::of(ProcessId::all(n).filter(|process| places[process.index()].y < least + 1.0));
    let (left, right) = (at(100.0, least + 30.0), at(300.0, least + 30.0));
    assert_eq!(board(&lab).side(left, right), side);
    assert_eq!(board(&lab).side(right, left), side);
    let nobody = board(&lab).side(at(0.0, 1.0), at(900.0, 1.0));
    assert!(nobody.is_empty());
    lab.act(Action::Choose(Choice::Partition(nobody)));
    assert_eq!(lab.notice(), Some("a partition has processes on both sides"));

    let alarms = |lab: &Lab| {
        let line =
            |shape: &&Shape| matches!(shape, Shape::Line { stroke, .. } if stroke.ink == Ink::Alarm && stroke.dashed);
        board(lab).picture().shapes.iter().filter(line).count()
    };
    assert_eq!(alarms(&lab), 0);
    lab.act(Action::Choose(Choice::Partition(side)));
    assert_eq!(alarms(&lab), 1, "the cut is drawn");
    lab.act(Action::Choose(Choice::Heal));
    assert_eq!(alarms(&lab), 0);

    let here = item(&lab, Target::Link(P0, P1), "Partition here");
    lab.act(here.action);
    assert!(lab.history().engine().is_cut(P0, P1) && lab.history().engine().is_cut(P1, P0));
}

#[test]
fn in_cities_processes_stand_where_their_cities_are_on_the_map() {
    let mut lab = desk("light-is-slow", 2);
    let land = Land::parse(include_str!("../../static/land.txt")).expect("the file is valid");
    let bare = board(&lab).picture();
    let picture = Board { land: Some(&land), ..board(&lab) }.picture();
    let place = |process| spot(&picture, Target::Process(ProcessId(process)));
    let (london, frankfurt, new_york, sydney) = (place(0), place(1), place(2), place(3));
    assert!(new_york.x < london.x && london.x < frankfurt.x && frankfurt.x < sydney.x);
    assert!(sydney.y > london.y);
    for process in 0..4 {
        assert_eq!(place(process), spot(&bare, Target::Process(ProcessId(process))), "with or without the map");
    }
    assert!(picture.shapes.len() > bare.shapes.len() + 10, "coasts are drawn");
    lab.act(Action::Move(P0, at(0.5, 0.5)));
    assert!(lab.notice().is_some_and(|notice| notice.contains("its city")));
}

#[test]
fn a_place_of_the_picture_is_the_share_that_puts_a_process_there() {
    let mut lab = desk("in-step", 0);
    let share = board(&lab).share(at(300.0, 200.0));
    lab.act(Action::Move(P1, share));
    let there = spot(&board(&lab).picture(), Target::Process(P1));
    assert!(there.distance(at(300.0, 200.0)) < 0.5, "{there:?}");
}

#[test]
fn what_is_told_at_once_is_what_is_made_again_later() {
    for scenario in ["in-step", "four-generals", "the-third-party", "back-from-the-dead"] {
        let mut lab = desk(scenario, 0);
        while !lab.is_over() && lab.history().position() < 200 {
            lab.act(Action::Next(1));
        }
        let words = |facts: &[Fact]| facts.iter().map(|fact| caption(lab.scenario(), fact)).collect::<Vec<_>>();
        let again = lab.history().facts(0, lab.history().position());
        assert!(!again.is_empty());
        assert_eq!(words(lab.past()), words(&again), "{scenario}");
    }
}

#[test]
fn with_the_eyes_of_a_process_one_reads_its_own_steps_only() {
    let mut lab = desk("in-step", 6);
    let last = lab.past().last().expect("six events").choice;
    let (me, other) = match last.woken() {
        Some(P1) => (P1, P2),
        Some(process) => (process, P1),
        None => panic!("{last:?} is no step"),
    };
    let said = lab.caption();
    lab.act(Action::SeeAs(Some(me)));
    assert_eq!((lab.caption(), lab.sees(&last)), (said.clone(), true));
    lab.act(Action::SeeAs(Some(other)));
    assert!(!lab.sees(&last) && !lab.caption().contains(&said), "{}", lab.caption());
    assert!(lab.caption().starts_with(&format!("{other} does not see what just happened.")), "{}", lab.caption());
}
