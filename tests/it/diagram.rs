//! The space-time diagram: what its marks say is what happened.

use crate::common::{builtin, find, named};
use bivalent::engine::{Choice, Fate, ProcessSet};
use bivalent::lab::{Action, Lab};
use bivalent::model::{LinkKind, Rate, Timing, TimingKind};
use bivalent::process::{Indication, Outcome, ProcessId, Value};
use bivalent::scenario::Scenario;
use bivalent::scene::{ClockKind, Diagram, Ink, Lens, Picture, Point, Shape, Target, known_to};

const SIZE: (f32, f32) = (900.0, 220.0);

fn open(name: &str) -> Lab {
    Lab::new(builtin(), named(name)).expect("valid")
}

/// The diagram of the whole run, or of `window_us`.
fn with<T>(lab: &Lab, window_us: Option<(u64, u64)>, hidden: ProcessSet, look: impl FnOnce(&Diagram<'_>) -> T) -> T {
    let end_us = lab.history().records().last().map_or(1, |record| record.at_us).max(lab.now_us());
    let timings = lab.history().timings();
    look(&Diagram {
        history: lab.history(),
        facts: lab.facts(),
        now_us: lab.now_us(),
        window_us: window_us.unwrap_or((0, end_us)),
        timings: &timings,
        size: SIZE,
        see_as: lab.see_as(),
        selected: None,
        peeked: None,
        hidden,
    })
}

fn picture(lab: &Lab) -> Picture {
    with(lab, None, ProcessSet::default(), |diagram| diagram.picture())
}

fn lines(picture: &Picture) -> impl Iterator<Item = (&[Point], Ink, bool, f32)> {
    picture.shapes.iter().filter_map(|shape| match shape {
        Shape::Line { points, stroke } => Some((&points[..], stroke.ink, stroke.dashed, stroke.width)),
        _ => None,
    })
}

/// Straight lines from one row to another: messages.
fn slanted(picture: &Picture, wanted: impl Fn(Ink, bool, f32) -> bool) -> usize {
    // Timers are upright.
    let across = |points: &[Point]| (points[0].x - points[1].x).abs() > 0.01;
    let slants = |points: &[Point]| points.len() == 2 && across(points) && (points[0].y - points[1].y).abs() > 8.0;
    lines(picture).filter(|(points, ink, dashed, width)| slants(points) && wanted(*ink, *dashed, *width)).count()
}

fn texts(picture: &Picture) -> Vec<(&str, Ink)> {
    let texts = picture.shapes.iter().filter_map(|shape| match shape {
        Shape::Text { text, ink, .. } => Some((text.as_str(), *ink)),
        _ => None,
    });
    texts.collect()
}

fn count(lab: &Lab, wanted: impl Fn(&Choice) -> bool) -> usize {
    lab.past().iter().filter(|fact| wanted(&fact.choice)).count()
}

#[test]
fn messages_are_solid_when_delivered_broken_when_lost_and_double_when_copied() {
    let mut scenario = Scenario::of(&find("perfect-link"), 2);
    scenario.inputs = vec![Some(Value::from("a b c d e f"))];
    scenario.models.links.kind = LinkKind::FairLoss;
    (scenario.models.links.loss, scenario.models.links.duplication) = (Rate(300_000), Rate(300_000));
    scenario.until_ms = 1_500;
    let mut lab = Lab::new(builtin(), scenario).expect("valid");
    lab.act(Action::End(10_000));
    let picture = picture(&lab);
    let copies = count(&lab, |choice| matches!(choice, Choice::Deliver(id) if id.copy > 0));
    let plain = count(&lab, |choice| matches!(choice, Choice::Deliver(id) if id.copy == 0));
    let lost = count(&lab, |choice| matches!(choice, Choice::Lose(id) if id.copy == 0));
    let lost_copies = count(&lab, |choice| matches!(choice, Choice::Lose(id) if id.copy > 0));
    assert!(copies > 0 && plain > 0 && lost > 0, "{copies}, {plain}, {lost}");
    assert_eq!(slanted(&picture, |ink, dashed, width| ink == Ink::Ink && !dashed && width == 1.3), plain + lost);
    assert_eq!(
        slanted(&picture, |ink, dashed, width| ink == Ink::Ink && !dashed && width == 0.9),
        2 * (copies + lost_copies)
    );
}

#[test]
fn what_is_on_its_way_is_dashed_and_can_be_chosen() {
    let mut lab = open("in-step");
    lab.act(Action::SeekTime(20_000));
    let flights = lab.history().engine().flights().count();
    assert!(flights > 0);
    let picture = picture(&lab);
    let targets = picture.targets.iter().filter(|(target, ..)| matches!(target, Target::Message(_))).count();
    assert_eq!(targets, flights);
    let received = lab.history().engine().flights().filter(|flight| flight.fate == Fate::Received).count();
    assert!(
        lines(&picture).filter(|(points, ink, dashed, _)| points.len() == 2 && *ink == Ink::Ink && *dashed).count()
            >= received
    );
}

#[test]
fn a_held_message_begins_where_it_was_sent() {
    let mut lab = open("overtaking");
    lab.act(Action::Next(3));
    let id = lab.history().engine().flights().next().expect("a message").id;
    let sent_us = lab.history().engine().flight(id).expect("on its way").sent_us;
    lab.act(Action::Choose(Choice::Hold(id)));
    lab.act(Action::Next(2));
    lab.act(Action::Choose(Choice::Release(id)));
    let moved_us = lab.history().engine().flight(id).expect("on its way").sent_us;
    assert!(moved_us > sent_us, "the board shows it as if it had left later");
    lab.act(Action::End(1_000));
    let x = with(&lab, None, ProcessSet::default(), |diagram| {
        let share = sent_us as f32 / diagram.window_us.1 as f32;
        Diagram::LEFT + share * (SIZE.0 - Diagram::LEFT - 16.0)
    });
    let begins = |points: &[Point]| points.len() == 2 && (points[0].x - x).abs() < 1.0;
    assert!(lines(&picture(&lab)).any(|(points, _, dashed, _)| begins(points) && !dashed && points[1].x > x + 20.0));
}

#[test]
fn what_is_not_as_its_sender_wrote_it_is_jagged() {
    let jags = |name: &str| {
        let mut lab = open(name);
        lab.act(Action::End(1_000));
        lines(&picture(&lab)).filter(|(points, ink, ..)| points.len() > 4 && *ink == Ink::Ink).count()
    };
    assert!(jags("the-third-party") > 0);
    assert_eq!(jags("overtaking"), 0);
    // Whoever is Byzantine has a jagged line of its own.
    let mut lab = open("two-faces");
    lab.act(Action::End(1_000));
    assert_eq!(lines(&picture(&lab)).filter(|(points, ink, ..)| points.len() > 4 && *ink == Ink::Soft).count(), 1);
}

#[test]
fn suspicions_stand_with_who_suspects_and_wrong_ones_are_struck_through() {
    let mut lab = open("slow-or-dead");
    lab.act(Action::End(100_000));
    let told = |lab: &Lab, wanted: fn(&Indication) -> bool| {
        let outcomes = lab.past().iter().flat_map(|fact| &fact.outcomes);
        outcomes.filter(|outcome| matches!(outcome, Outcome::Indicate(told) if wanted(told))).count()
    };
    let suspicions = told(&lab, |told| matches!(told, Indication::Suspect(_)));
    assert!(suspicions >= 4);
    let picture = picture(&lab);
    let named: Vec<(&str, Ink)> =
        texts(&picture).into_iter().filter(|(_, ink)| [Ink::Soft, Ink::Alarm].contains(ink)).collect();
    let right = named.iter().any(|(text, ink)| text.contains("p1") && *ink == Ink::Soft);
    let wrong = named.iter().any(|(text, ink)| text.contains("p2") && *ink == Ink::Alarm);
    assert!(right && wrong, "{named:?}");
    // Who looks with somebody's eyes cannot tell right from wrong.
    lab.act(Action::SeeAs(Some(ProcessId(0))));
    assert!(texts(&self::picture(&lab)).iter().all(|(_, ink)| *ink != Ink::Alarm));
}

#[test]
fn with_somebodys_eyes_everything_that_it_cannot_know_is_faint() {
    let mut lab = open("word-of-mouth");
    lab.act(Action::End(1_000));
    let n = lab.scenario().processes;
    for eyes in ProcessId::all(n) {
        for events in [1, 4, lab.history().records().len() as u64] {
            lab.act(Action::Seek(events));
            lab.act(Action::SeeAs(Some(eyes)));
            let known = known_to(lab.facts(), eyes, events, n);
            let picture = picture(&lab);
            let dots = picture.shapes.iter().filter(|shape| matches!(shape, Shape::Disc { fill: Some(Ink::Ink), .. }));
            assert_eq!(dots.count(), known.iter().filter(|known| **known).count(), "{eyes} after {events}");
            let delivered = lab
                .facts()
                .iter()
                .zip(&known)
                .filter(|(fact, known)| **known && matches!(fact.choice, Choice::Deliver(_)));
            assert_eq!(
                slanted(&picture, |ink, dashed, _| ink == Ink::Ink && !dashed),
                delivered.count(),
                "{eyes} after {events}"
            );
            assert!(texts(&picture).iter().all(|(_, ink)| *ink != Ink::Alarm));
        }
    }
    // The rumour goes from hand to hand: at the far end one knows in the end what p0 did, and p0 nothing of that.
    let records = lab.history().records().len() as u64;
    let of = |eyes| known_to(lab.facts(), eyes, records, n);
    assert!(of(ProcessId::from(n - 1)).iter().all(|known| *known));
    assert!(of(ProcessId(0)).iter().any(|known| !known));
}

#[test]
fn storms_are_drawn_where_they_blew_and_the_calm_has_a_handle() {
    let mut scenario = named("storm-and-calm");
    scenario.models.timing.gst_ms = Some(300);
    let mut lab = Lab::new(builtin(), scenario).expect("valid");
    lab.act(Action::SeekTime(200_000));
    let timing: Timing = lab.scenario().models.timing;
    assert_eq!(timing.kind, TimingKind::PartiallySynchronous);
    let window = (0, 1_000_000);
    let storms = timing.asynchronous_periods_us(lab.scenario().seed, window.0, window.1);
    assert!(!storms.is_empty() && storms.iter().all(|(_, end)| *end <= 300_000));
    let washed = |picture: &Picture| {
        picture.shapes.iter().filter(|shape| matches!(shape, Shape::Polygon { fill: Ink::Wash, .. })).count()
    };
    with(&lab, Some(window), ProcessSet::default(), |diagram| {
        let mut picture = diagram.picture();
        assert_eq!(washed(&picture), storms.len());
        Lens::default().lay(diagram, &[], None, &mut picture);
        let (_, place, _) = picture.targets.iter().find(|(target, ..)| *target == Target::Gst).expect("a handle");
        assert!(diagram.moment_at(*place).abs_diff(300_000) < 2_000);
    });
    // No process knows of the weather.
    lab.act(Action::SeeAs(Some(ProcessId(0))));
    assert_eq!(with(&lab, Some(window), ProcessSet::default(), |diagram| washed(&diagram.picture())), 0);
}

#[test]
fn a_process_can_be_left_out_with_its_messages() {
    let mut lab = open("in-step");
    lab.act(Action::End(1_000));
    let hidden = ProcessSet::of([ProcessId(1), ProcessId(2)]);
    with(&lab, None, hidden, |diagram| {
        let picture = diagram.picture();
        let names: Vec<&str> =
            texts(&picture).into_iter().map(|(text, _)| text).filter(|text| text.starts_with('p')).collect();
        assert_eq!(names, ["p0", "p3"]);
        let shown = |id: bivalent::engine::MessageId| !hidden.contains(id.from) && !hidden.contains(id.to);
        let messages = lab.past().iter().filter(|fact| matches!(fact.choice, Choice::Deliver(id) if shown(id))).count();
        assert_eq!(slanted(&picture, |ink, dashed, _| ink == Ink::Ink && !dashed), messages);
    });
}

#[test]
fn past_future_and_the_rest_have_marks_of_their_own() {
    let mut lab = open("in-step");
    lab.act(Action::End(1_000));
    let facts = lab.facts();
    let event = facts[facts.len() / 2].event;
    let related = bivalent::scene::relations(facts, event, 4);
    let tally = bivalent::scene::Tally::of(&related);
    assert!(tally.before > 0 && tally.after > 0 && tally.concurrent > 0, "{tally:?}");
    let steps = related.iter().flatten().count();
    assert_eq!(tally.before + tally.after + tally.concurrent + 1, steps);
    let lens = Lens { causes: true, ..Lens::default() };
    with(&lab, None, ProcessSet::default(), |diagram| {
        let mut picture = Picture::default();
        lens.lay(diagram, &[], Some(event), &mut picture);
        let marks = |wanted: fn(&Shape) -> bool| picture.shapes.iter().filter(|shape| wanted(shape)).count();
        assert_eq!(marks(|shape| matches!(shape, Shape::Disc { fill: Some(Ink::Focus), .. })), tally.before);
        assert_eq!(marks(|shape| matches!(shape, Shape::Disc { fill: Some(Ink::Paper), .. })), tally.after);
        assert_eq!(marks(|shape| matches!(shape, Shape::Polygon { .. })), tally.concurrent);
    });
}

#[test]
fn clocks_stand_beside_the_events() {
    let mut lab = open("word-of-mouth");
    lab.act(Action::End(1_000));
    let (stamps, _) = lab.stamps();
    with(&lab, None, ProcessSet::default(), |diagram| {
        for (clocks, first) in [(ClockKind::Lamport, "1"), (ClockKind::Vector, "(1 0 0 0)")] {
            let mut picture = Picture::default();
            Lens { clocks, ..Lens::default() }.lay(diagram, &stamps, None, &mut picture);
            assert!(texts(&picture).iter().any(|(text, _)| *text == first), "{:?}", texts(&picture));
        }
    });
}

#[test]
fn a_long_run_has_a_small_picture_and_all_of_it_in_the_strip() {
    let mut scenario = Scenario::of(&find("heartbeat"), 6);
    scenario.until_ms = 120_000;
    let mut lab = Lab::new(builtin(), scenario).expect("valid");
    lab.act(Action::End(1_000_000));
    while lab.hurries() {
        lab.tick(16.0);
    }
    assert!(lab.history().records().len() > 20_000);
    let window = lab.window_us(800_000);
    with(&lab, Some(window), ProcessSet::default(), |diagram| {
        let picture = diagram.picture();
        let inside = lab.facts().iter().filter(|fact| fact.at_us >= window.0).count();
        assert!(picture.shapes.len() < 12 * inside + 100, "{} shapes for {inside} events", picture.shapes.len());
        // The strip leads anywhere in the run, the lines within the window.
        let end_us = lab.now_us().max(lab.history().records().last().expect("long").at_us);
        let right = SIZE.0 - 16.0;
        assert_eq!(diagram.moment_at(Point { x: Diagram::LEFT, y: SIZE.1 - 4.0 }), 0);
        assert!(diagram.moment_at(Point { x: right, y: SIZE.1 - 4.0 }).abs_diff(end_us) < 10_000);
        assert_eq!(diagram.moment_at(Point { x: Diagram::LEFT, y: 40.0 }), window.0);
    });
}
