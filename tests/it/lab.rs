//! The laboratory: what a person changes in mid-run, from when on that holds, and what undo brings back.

use crate::common::{builtin, named};
use bivalent::draw::{Purpose, below, draw};
use bivalent::engine::{Choice, ProcessSet};
use bivalent::history::{Fact, Scheduler};
use bivalent::lab::compare::others;
use bivalent::lab::{Action, EDITS_MAX, Item, Lab, Pair, Session};
use bivalent::model::{Behaviour, Change, LinkKind, Links, Override, Rate};
use bivalent::process::ProcessId;
use bivalent::property::Judgement;
use bivalent::scenario::{Link, SPEED_MAX, Scenario};
use bivalent::scene::{Board, Ink, Land, Picture, Point, Shape, Target, at, caption};

const P0: ProcessId = ProcessId(0);
const P1: ProcessId = ProcessId(1);
const P2: ProcessId = ProcessId(2);
const P3: ProcessId = ProcessId(3);

fn opened(scenario: &str, events: u64) -> Lab {
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
    lab.board((900.0, 420.0))
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
    let mut lab = opened("in-step", 5);
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
    let mut lab = opened("in-step", 0);
    assert!(lab.is_anew());
    lab.act(Action::Adjust(Change::Links(fair_loss())));
    assert_eq!(lab.scenario().models.links, fair_loss());
    assert_eq!((lab.history().position(), lab.saved().interventions.len()), (0, 0));
    lab.act(Action::Undo);
    assert_eq!(lab.scenario().models.links.kind, LinkKind::Reliable);
}

#[test]
fn anew_runs_the_changed_scenario_from_the_beginning_and_undo_brings_back_what_was_done() {
    let mut lab = opened("in-step", 5);
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
    let mut lab = opened("in-step", 5);
    lab.act(Action::Choose(Choice::Slow { process: P2, extra_ms: 500 }));
    lab.act(Action::Undo);
    lab.act(Action::Choose(Choice::Recover(P1)));
    assert!(lab.saved().interventions.is_empty());
    lab.act(Action::Redo);
    assert_eq!(lab.saved().interventions.len(), 1);
}

#[test]
fn the_last_event_is_known_to_be_the_last() {
    let mut lab = opened("in-step", 0);
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
    let mut lab = opened("in-step", 4);
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
    let mut lab = opened("the-third-party", 0);
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
    let mut lab = opened("four-generals", 0);
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
    let mut lab = opened("four-generals", 3);
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
    let mut lab = opened("in-step", 3);
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
    let mut lab = opened("in-step", 3);
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
    let mut lab = opened("light-is-slow", 2);
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
    let mut lab = opened("in-step", 0);
    let share = board(&lab).share(at(300.0, 200.0));
    lab.act(Action::Move(P1, share));
    let there = spot(&board(&lab).picture(), Target::Process(P1));
    assert!(there.distance(at(300.0, 200.0)) < 0.5, "{there:?}");
}

#[test]
fn what_is_told_at_once_is_what_is_made_again_later() {
    for scenario in ["in-step", "four-generals", "the-third-party", "back-from-the-dead"] {
        let mut lab = opened(scenario, 0);
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
    let mut lab = opened("in-step", 6);
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

/// All that one can see of a laboratory; what plays, and the notice of the last action, aside.
#[derive(Clone, PartialEq, Debug)]
struct Visible {
    session: Session,
    hashes: Vec<u64>,
    verdicts: Vec<Judgement>,
    facts: Vec<u64>,
    caption: String,
    kept: Option<u64>,
}

fn visible(lab: &Lab) -> Visible {
    Visible {
        session: lab.session(),
        hashes: lab.history().records().iter().map(|record| record.hash).collect(),
        verdicts: lab.judgements(),
        facts: lab.facts().iter().map(|fact| fact.event).collect(),
        caption: lab.caption(),
        kept: lab.kept(),
    }
}

/// One of the things that a person can do, drawn: most often something small, now and then all else.
fn drawn_action(lab: &Lab, seed: u32, turn: u64) -> Action {
    let number = |entity: u64, bound: usize| below(draw(seed, Purpose::Schedule, entity, turn), bound as u64) as usize;
    let n = lab.scenario().processes;
    let process = ProcessId::from(number(1, n));
    let changed = |change: fn(&mut Scenario)| {
        let mut scenario = lab.saved();
        change(&mut scenario);
        Action::Change(Box::new(scenario))
    };
    match number(0, 38) {
        0..4 => Action::Next(1 + number(2, 6) as u64),
        4 => Action::Back(1 + number(2, 3) as u64),
        5 => Action::Seek(number(2, 30) as u64),
        6 => Action::SeekTime(number(2, 400_000) as u64),
        7 => Action::End(60),
        8 => Action::Wave,
        9 => Action::Mark(number(2, 2) == 0),
        10 => Action::Speed(number(2, 5) as i32 - 2),
        11 => Action::SeeAs((number(2, 3) > 0).then_some(process)),
        12 => Action::Pick(number(2, 2) == 0),
        13 => Action::Select(Some(Target::Process(process))),
        14 => Action::Answer(number(2, 3)),
        15 => Action::Move(process, at(number(2, 100) as f32 / 100.0, 0.25)),
        16 => Action::Keep,
        17 => Action::Return,
        18 => Action::Branch(number(2, 3)),
        19 => Action::Anew(number(2, 2) == 0),
        20 => Action::Choose(Choice::Crash { process, after_effects: None }),
        21 => Action::Choose(Choice::Slow { process, extra_ms: 100 * number(2, 5) as u32 }),
        22 => Action::Choose(Choice::Start(process)),
        23..26 => lab.messages().first().map_or(Action::Wave, |(id, _)| Action::Choose(Choice::Deliver(*id))),
        26 => lab.messages().last().map_or(Action::Wave, |(id, _)| Action::Choose(Choice::Hold(*id))),
        27 => Action::Adjust(Change::Links(if number(2, 2) == 0 { fair_loss() } else { Links::default() })),
        28 => Action::Seed(number(2, 5) as u32),
        29 => changed(|scenario| scenario.until_ms += 1_000),
        30 => changed(|scenario| scenario.processes = if scenario.processes == 3 { 4 } else { 3 }),
        31 => {
            let names = ["in-step", "word-of-mouth", "slow-or-dead", "three-generals"];
            Action::Open(Box::new(named(names[number(2, 4)])))
        }
        32..36 => Action::Undo,
        _ => Action::Redo,
    }
}

/// Whether coming back to the moment that was kept leads from this run to another one, which is an edit. `kept` is the
/// scenario that was open then.
fn leads_away(lab: &Lab, kept: &Option<Scenario>) -> bool {
    let plain = |scenario: &Scenario| Scenario { interventions: Vec::new(), ..scenario.clone() };
    kept.as_ref().is_some_and(|kept| {
        lab.history().branches().iter().all(|branch| branch.interventions != kept.interventions)
            || plain(lab.scenario()) != plain(kept)
    })
}

#[test]
fn undo_and_redo_bring_back_exactly_what_was_after_any_sequence_of_actions() {
    let (mut undone_edits, mut redone_edits) = (0, 0);
    for seed in 0..500 {
        let mut scenario = named("in-step");
        if seed % 3 == 0 {
            scenario.scheduler = Scheduler::ByHand;
            scenario.faults.clear();
        }
        let mut lab = Lab::new(builtin(), scenario).expect("valid");
        // The states to which undo and redo have to lead, each with the run in which the moment was kept.
        let (mut done, mut undone) = (Vec::new(), Vec::new());
        let mut kept: Option<Scenario> = None;
        for turn in 0..24 {
            let action = drawn_action(&lab, seed, turn);
            let before = (visible(&lab), kept.clone());
            let away = leads_away(&lab, &kept);
            lab.act(action.clone());
            let refused = lab.notice().is_some();
            let (from, to, count) = match action {
                Action::Undo => (&mut done, &mut undone, &mut undone_edits),
                Action::Redo => (&mut undone, &mut done, &mut redone_edits),
                _ => {
                    let edit = match action {
                        Action::Choose(_) | Action::Adjust(_) | Action::Seed(_) => !refused,
                        Action::Change(_) | Action::Open(_) => !refused,
                        Action::Return => away,
                        _ => false,
                    };
                    if edit {
                        done.push(before);
                        undone.clear();
                    } else if action == Action::Keep {
                        kept = Some(lab.scenario().clone());
                    }
                    continue;
                }
            };
            match from.pop() {
                Some((expected, then)) => {
                    assert_eq!(visible(&lab), expected, "seed {seed}, turn {turn}: {action:?}");
                    to.push(before);
                    kept = then;
                    *count += 1;
                }
                None => assert!(refused, "seed {seed}, turn {turn}: {action:?} has nothing to do"),
            }
            assert_eq!((lab.can_undo(), lab.can_redo()), (!done.is_empty(), !undone.is_empty()), "seed {seed}");
        }
    }
    assert!(undone_edits > 500 && redone_edits > 50, "{undone_edits} undone, {redone_edits} redone");
}

/// A laboratory with everything in its seat set, and a second branch.
fn lived_in() -> Lab {
    let mut lab = opened("in-step", 5);
    let crash = Choice::Crash { process: P3, after_effects: None };
    for action in [
        Action::Keep,
        Action::Choose(crash),
        Action::Next(4),
        Action::Back(1),
        Action::Speed(2),
        Action::SeeAs(Some(P1)),
        Action::Select(Some(Target::Process(P0))),
        Action::Answer(1),
        Action::Move(P0, at(0.3, 0.7)),
    ] {
        lab.act(action);
        assert_eq!(lab.notice(), None);
    }
    lab
}

#[test]
fn each_edit_is_undone_and_redone_whole() {
    let other = || Box::new(named("word-of-mouth"));
    let mut far = Lab::new(builtin(), *other()).expect("valid");
    far.act(Action::Next(3));
    let mut changed = lived_in().saved();
    changed.until_ms += 500;
    let late = Action::Choose(Choice::Slow { process: P1, extra_ms: 300 });
    let lossy = Action::Adjust(Change::Links(fair_loss()));
    for (anew, edits) in [
        (false, vec![late.clone()]),
        (false, vec![lossy.clone()]),
        (true, vec![lossy.clone()]),
        (false, vec![Action::Seed(99)]),
        (false, vec![Action::Change(Box::new(changed))]),
        (false, vec![Action::Open(other())]),
        (false, vec![Action::Resume(Box::new(far.session()))]),
        // One list for both kinds, in the order in which they were made.
        (false, vec![late.clone(), Action::Seed(3), late.clone(), Action::Open(other()), Action::Return]),
        (true, vec![Action::Seed(3), late, lossy]),
    ] {
        let mut lab = lived_in();
        lab.act(Action::Anew(anew));
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for edit in &edits {
            before.push(visible(&lab));
            lab.act(edit.clone());
            assert_eq!(lab.notice(), None, "{edit:?}");
            // Afterwards one looks from elsewhere: redo brings that back, too.
            lab.act(Action::Next(2));
            lab.act(Action::Speed(-1));
            lab.act(Action::SeeAs(None));
            after.push(visible(&lab));
        }
        for there in before.iter().rev() {
            lab.act(Action::Undo);
            assert_eq!(visible(&lab), *there, "undo of {edits:?}");
        }
        for there in &after {
            lab.act(Action::Redo);
            assert_eq!(visible(&lab), *there, "redo of {edits:?}");
        }
    }
}

#[test]
fn a_changed_run_keeps_what_still_has_a_meaning_in_it() {
    let kept = |lab: &Lab| (lab.speed(), lab.see_as(), lab.selected(), lab.answer(), lab.places()[0], lab.kept());
    let mut lab = lived_in();
    let before = kept(&lab);
    assert_eq!(before, (2, Some(P1), Some(Target::Process(P0)), Some(1), at(0.3, 0.7), Some(5)));
    lab.act(Action::Seed(99));
    assert_eq!((kept(&lab), lab.history().position()), (before, 0));
    // With another number of processes they stand elsewhere, and who is not there any more is not looked at.
    lab.act(Action::SeeAs(Some(P2)));
    lab.act(Action::Select(Some(Target::Process(P2))));
    let mut fewer = lab.saved();
    fewer.processes = 2;
    fewer.inputs.truncate(2);
    fewer.faults.clear();
    lab.act(Action::Change(Box::new(fewer)));
    assert_eq!((lab.notice(), lab.places().len()), (None, 2));
    assert_eq!((lab.speed(), lab.see_as(), lab.selected(), lab.answer()), (2, None, None, Some(1)));
    // A message of one run is none of another.
    let mut lab = opened("in-step", 4);
    let id = lab.messages()[0].0;
    lab.act(Action::Select(Some(Target::Message(id))));
    lab.act(Action::Seed(99));
    assert_eq!(lab.selected(), None);
    // A lesson has its own pace and its own question.
    let mut lab = lived_in();
    let lesson = named("word-of-mouth");
    lab.act(Action::Open(Box::new(lesson.clone())));
    assert_eq!((lab.speed(), lab.answer(), lab.see_as(), lab.kept()), (lesson.speed(), None, None, Some(5)));
}

#[test]
fn a_future_that_was_undone_is_a_branch_once_something_else_is_done_instead() {
    let mut lab = opened("in-step", 5);
    lab.act(Action::Choose(Choice::Crash { process: P1, after_effects: None }));
    lab.act(Action::Next(3));
    let crashed = lab.history().interventions().to_vec();
    lab.act(Action::Undo);
    assert_eq!(lab.history().branches().len(), 1, "as it was before");
    lab.act(Action::Choose(Choice::Crash { process: P3, after_effects: None }));
    assert!(!lab.can_redo());
    let branches = lab.history().branches();
    assert_eq!((branches.len(), lab.history().current()), (3, 2));
    assert_eq!((&branches[1].interventions, branches[1].summary.events), (&crashed, 9));
    lab.act(Action::Undo);
    assert_eq!(lab.history().branches().len(), 1);
}

#[test]
fn as_many_edits_can_be_undone_as_their_list_holds() {
    let mut lab = opened("in-step", 3);
    for seed in 0..EDITS_MAX as u32 + 50 {
        lab.act(Action::Seed(seed));
    }
    let mut undone = 0;
    while lab.can_undo() {
        lab.act(Action::Undo);
        undone += 1;
    }
    assert!((EDITS_MAX * 8 / 10..=EDITS_MAX).contains(&undone), "{undone}");
    assert_eq!(lab.scenario().seed, EDITS_MAX as u32 + 49 - undone as u32, "the oldest are forgotten, none between");
}

#[test]
fn the_text_of_a_session_brings_all_of_it_back_and_is_checked() {
    let mut lab = lived_in();
    lab.act(Action::SeekTime(lab.now_us() + 1_500));
    let text = lab.session().to_json();
    let again =
        Session::parse(builtin(), &text).and_then(|session| Lab::resume(builtin(), session)).expect("its own text");
    assert_eq!(visible(&again), visible(&lab));
    assert!(!again.can_undo() && !again.playing());
    // A seat that does not fit is made to; a run that does not hang together is refused.
    let odd = text.replace("\"see_as\": \"p1\"", "\"see_as\": \"p9\"").replace("\"speed\": 2", "\"speed\": 99");
    let odd = Session::parse(builtin(), &odd)
        .and_then(|session| Lab::resume(builtin(), session))
        .expect("the run is as it was");
    assert_eq!((odd.see_as(), odd.speed()), (None, SPEED_MAX));
    for (what, wrong) in
        [("current", "\"current\": 7"), ("seed", "\"seed\": \"x\""), ("protocol", "\"protocol\": \"none\"")]
    {
        let place = text.find(&format!("\"{what}\":")).expect("it is written");
        let end = place + text[place..].find([',', '\n']).expect("more follows");
        let broken = format!("{}{wrong}{}", &text[..place], &text[end..]);
        assert!(Session::parse(builtin(), &broken).is_err(), "{wrong}");
    }
}

#[test]
fn comparing_and_coming_back_changes_nothing_and_the_other_run_is_an_edit() {
    let mut lab = lived_in();
    let before = visible(&lab);
    let other = others(&lab).into_iter().find(|other| other.key.starts_with("timing")).expect("another timing");
    let mut pair = Pair::new(builtin(), [lab.saved(), other.scenario.clone()]).expect("valid");
    pair.seek_time(0, lab.now_us());
    pair.act(Action::SeeAs(Some(P2)));
    pair.act(Action::Next(2));
    assert_eq!(visible(&lab), before);
    // The run that one came from, opened there, is the one that is open here: its branches stay.
    let position = pair.labs()[0].history().position();
    lab.act(Action::Resume(Box::new(pair.labs()[0].session())));
    assert_eq!((lab.history().position(), lab.history().branches().len()), (position, 2));
    assert_eq!((lab.see_as(), lab.kept()), (Some(P2), Some(5)));
    let there = visible(&lab);
    lab.act(Action::Resume(Box::new(pair.labs()[1].session())));
    assert_eq!((lab.saved(), lab.see_as()), (other.scenario, Some(P2)));
    assert_eq!(lab.history().position(), pair.labs()[1].history().position());
    assert_eq!(lab.kept(), Some(5));
    lab.act(Action::Undo);
    assert_eq!(visible(&lab), there);
}

#[test]
fn another_moment_of_the_same_run_is_seen_as_it_was_and_no_branch_is_lost_on_the_way() {
    let mut lab = lived_in();
    let left = visible(&lab);
    lab.act(Action::Branch(0));
    lab.act(Action::Seek(3));
    lab.act(Action::SeeAs(None));
    lab.act(Action::Choose(Choice::Slow { process: P1, extra_ms: 300 }));
    let slow = lab.saved();
    lab.act(Action::Resume(Box::new(left.session.clone())));
    let seen = |lab: &Lab| (lab.history().position(), lab.now_us(), lab.see_as(), lab.saved(), lab.places().to_vec());
    let before = Session::clone(&left.session);
    assert_eq!(seen(&lab), seen(&Lab::resume(builtin(), before).expect("valid")));
    assert_eq!(
        (lab.history().branches().len(), &*lab.history().branches()[2].interventions),
        (3, &*slow.interventions)
    );
    // Where nothing of it is known, as after a reload, all of it comes back.
    let mut fresh = opened("in-step", 0);
    fresh.act(Action::Resume(Box::new(left.session.clone())));
    assert_eq!(visible(&fresh), left);
    assert!(!fresh.can_undo(), "it is the same run");
}
