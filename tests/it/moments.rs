//! Moments of a run, as the laboratory finds them: marks, times, the one that was kept; clocks, rows of the log, the meter of
//! failure detectors.

use bivalent::catalogue::find;
use bivalent::engine::Choice;
use bivalent::history::{Clocks, Mark, Stop};
use bivalent::lab::{Action, COUNTED_EVENTS_MAX, EventFilter, EventKind, Lab};
use bivalent::model::{Change, Timing, TimingKind};
use bivalent::process::{ProcessId, Value};
use bivalent::scenario::{Scenario, named};
use std::collections::BTreeMap;

const P0: ProcessId = ProcessId(0);
const P1: ProcessId = ProcessId(1);
const P2: ProcessId = ProcessId(2);

fn open(name: &str) -> Lab {
    named(name).and_then(Lab::new).expect("in the gallery")
}

fn position(lab: &Lab) -> u64 {
    lab.history().position()
}

fn hash(lab: &Lab) -> u64 {
    lab.history().engine().trace_hash()
}

/// Heartbeats without end.
fn long(until_ms: u64) -> Scenario {
    let mut scenario = Scenario::of(find("heartbeat").expect("in the catalogue"), 6);
    scenario.until_ms = until_ms;
    scenario
}

const CRASH: Action = Action::Choose(Choice::Crash { process: P1, after_effects: None });

#[test]
fn marks_are_visited_one_by_one_in_both_directions() {
    let mut lab = open("out-of-step");
    lab.act(Action::End(100_000));
    let marked = |lab: &Lab| lab.history().marked().map(|(event, _)| event).collect::<Vec<u64>>();
    let marks = marked(&lab);
    let kinds = [Mark::Decision, Mark::Fault, Mark::Violation].map(|mark| lab.marks(mark));
    assert!(kinds.iter().all(|count| *count > 0), "{kinds:?}");
    assert_eq!(kinds.iter().sum::<usize>(), marks.len());
    let records = (1..).zip(lab.history().records());
    let naive: Vec<u64> = records.filter(|(_, record)| record.mark.is_some()).map(|(event, _)| event).collect();
    assert_eq!(marks, naive);
    lab.act(Action::Seek(0));
    let there: Vec<u64> = marks
        .iter()
        .map(|_| {
            lab.act(Action::Mark(true));
            position(&lab)
        })
        .collect();
    assert_eq!(there, marks);
    let back: Vec<u64> = marks
        .iter()
        .map(|_| {
            lab.act(Action::Mark(false));
            position(&lab)
        })
        .collect();
    let expected: Vec<u64> = marks.iter().rev().skip(1).copied().chain([0]).collect();
    assert_eq!(back, expected);
    // The first time there, nothing is known yet.
    let mut fresh = open("out-of-step");
    fresh.act(Action::Mark(true));
    assert_eq!(position(&fresh), marks[0]);
}

#[test]
fn a_branch_has_the_marks_of_its_own_run() {
    let mut lab = open("in-step");
    lab.act(Action::End(100_000));
    let marked = |lab: &Lab| lab.history().marked().map(|(event, _)| event).collect::<Vec<u64>>();
    let before = marked(&lab);
    lab.act(Action::Seek(5));
    lab.act(Action::Choose(Choice::Crash { process: P0, after_effects: None }));
    lab.act(Action::End(100_000));
    assert!(marked(&lab).contains(&6));
    lab.act(Action::Undo);
    lab.act(Action::End(100_000));
    assert_eq!(marked(&lab), before);
}

#[test]
fn a_far_end_is_reached_in_parts_and_can_be_stopped() {
    let mut straight = long(60_000).start().expect("valid");
    assert_eq!(straight.run(1_000_000), Some(Stop::Until));
    assert!(straight.position() > 10_000, "long enough: {}", straight.position());
    let mut lab = Lab::new(long(60_000)).expect("valid");
    lab.act(Action::End(1_000_000));
    assert!(lab.hurries() && position(&lab) < straight.position());
    let mut frames = 0;
    while lab.hurries() {
        assert!(lab.tick(16.0), "every part can be seen");
        frames += 1;
    }
    assert!(frames > 1);
    assert_eq!((position(&lab), hash(&lab)), (straight.position(), straight.engine().trace_hash()));
    let mut lab = Lab::new(long(60_000)).expect("valid");
    lab.act(Action::End(1_000_000));
    lab.act(Action::Toggle);
    assert!(!lab.hurries() && !lab.playing());
    let there = position(&lab);
    lab.tick(16.0);
    assert_eq!(position(&lab), there);
}

#[test]
fn a_time_that_has_not_come_yet_is_run_up_to() {
    let mut lab = Lab::new(long(60_000)).expect("valid");
    lab.act(Action::SeekTime(2_345_678));
    let records = lab.history().records();
    assert!(records.last().is_some_and(|record| record.at_us <= 2_345_678));
    assert_eq!(lab.now_us(), 2_345_678);
    let there = position(&lab);
    lab.act(Action::Next(1));
    assert!(lab.history().records()[there as usize].at_us > 2_345_678);
    lab.act(Action::SeekTime(1_000_000));
    assert!(position(&lab) < there && lab.now_us() == 1_000_000);
    // After the end there is no time.
    let mut short = open("in-step");
    short.act(Action::SeekTime(900_000_000));
    assert!(short.now_us() < 4_000_001);
}

#[test]
fn one_comes_back_to_the_moment_that_was_kept() {
    let mut lab = open("in-step");
    assert_eq!(lab.kept(), None);
    lab.act(Action::Next(7));
    lab.act(Action::Keep);
    let there = (position(&lab), hash(&lab));
    let back = |lab: &mut Lab| {
        lab.act(Action::Return);
        assert_eq!((position(lab), hash(lab)), there);
        assert_eq!(lab.kept(), Some(7));
    };
    lab.act(Action::End(1_000));
    back(&mut lab);
    // From another branch: that stays there.
    lab.act(Action::Seek(3));
    lab.act(CRASH);
    lab.act(Action::End(1_000));
    back(&mut lab);
    assert_eq!(lab.history().branches().len(), 2);
    // From another seed, and undo leads there again.
    lab.act(Action::Seed(99));
    lab.act(Action::Next(2));
    back(&mut lab);
    lab.act(Action::Undo);
    assert_eq!(lab.scenario().seed, 99);
    // From another scenario.
    lab.act(Action::Open(Box::new(named("overtaking").expect("in the gallery"))));
    assert_eq!(lab.kept(), Some(7));
    back(&mut lab);
    assert_eq!(lab.scenario().name, "in-step");
}

#[test]
fn undo_and_redo_say_whether_they_would_do_anything() {
    let mut lab = open("in-step");
    assert!(!lab.can_undo() && !lab.can_redo());
    lab.act(CRASH);
    assert!(lab.can_undo() && !lab.can_redo());
    lab.act(Action::Undo);
    assert!(!lab.can_undo() && lab.can_redo());
    lab.act(Action::Redo);
    assert!(lab.can_undo() && !lab.can_redo());
    lab.act(Action::Seed(3));
    lab.act(Action::Undo);
    assert!(lab.can_redo());
}

fn stormy() -> Scenario {
    let mut scenario = long(20_000);
    scenario.models.timing = Timing { kind: TimingKind::PartiallySynchronous, ..Timing::default() };
    scenario
}

#[test]
fn the_models_of_time_are_listed_with_since_when_they_are_in_force() {
    let mut lab = Lab::new(stormy()).expect("valid");
    lab.act(Action::SeekTime(5_000_000));
    let calm = Timing { gst_ms: Some(9_000), ..stormy().models.timing };
    assert_eq!(lab.history().timings(), [(0, stormy().models.timing)]);
    lab.act(Action::Choose(Choice::Change(Change::Timing(calm))));
    assert_eq!(lab.history().timings(), [(0, stormy().models.timing), (5_000_000, calm)]);
    lab.act(Action::SeekTime(8_000_000));
    assert_eq!(lab.history().timings().len(), 2);
    lab.act(Action::Undo);
    assert_eq!(lab.history().timings().len(), 1);
}

#[test]
fn another_stabilisation_time_is_another_scenario_with_the_same_beginning() {
    let mut lab = Lab::new(stormy()).expect("valid");
    lab.act(Action::SeekTime(4_000_000));
    lab.act(CRASH);
    lab.act(Action::SeekTime(6_000_000));
    let with = lab.with_gst(Some(10_500));
    assert_eq!(with.models.timing.gst_ms, Some(10_500));
    assert_eq!(with.interventions, lab.saved().interventions);
    let before: Vec<u64> = lab.history().records().iter().map(|record| record.hash).collect();
    lab.act(Action::Change(Box::new(with)));
    lab.act(Action::SeekTime(6_000_000));
    let after: Vec<u64> = lab.history().records().iter().map(|record| record.hash).collect();
    assert_eq!(after, before, "what comes later changes nothing of what came before");
    assert!(lab.can_undo());
    // Where the model was changed in mid-run, the one in force is meant.
    let mut changed = Lab::new(stormy()).expect("valid");
    changed.act(Action::SeekTime(2_000_000));
    let other = Timing { delta_ms: 50, ..stormy().models.timing };
    changed.act(Action::Choose(Choice::Change(Change::Timing(other))));
    let with = changed.with_gst(Some(3_000));
    assert_eq!(with.models.timing.gst_ms, None);
    assert_eq!(with.interventions[0].choice, Choice::Change(Change::Timing(Timing { gst_ms: Some(3_000), ..other })));
    assert_eq!(open("in-step").with_gst(Some(5)), open("in-step").saved(), "synchrony has none");
}

/// The clocks of the facts at hand, counted in one go from the beginning.
fn counted(lab: &Lab) -> Vec<Option<(u64, Vec<u32>)>> {
    let last = lab.facts().last().map_or(0, |fact| fact.event);
    let mut clocks = Clocks::new(lab.history().engine().processes().len());
    let all = lab.history().facts(0, last);
    let stamps: Vec<_> = all.iter().map(|fact| clocks.enter(fact)).collect();
    let skipped = all.len() - lab.facts().len();
    stamps[skipped..].iter().map(|stamp| stamp.as_ref().map(|stamp| (stamp.lamport, stamp.vector.clone()))).collect()
}

#[test]
fn clocks_at_hand_are_those_of_the_whole_run_however_one_came_there() {
    let mut lab = Lab::new(long(60_000)).expect("valid");
    let check = |lab: &Lab| {
        let (stamps, since) = lab.stamps();
        let told: Vec<_> =
            stamps.iter().map(|stamp| stamp.as_ref().map(|stamp| (stamp.lamport, stamp.vector.clone()))).collect();
        assert_eq!(told, counted(lab));
        assert_eq!(since, 0);
    };
    check(&lab);
    for action in [
        Action::Next(10),
        Action::Next(3_000),
        Action::Back(1),
        Action::Back(2_000),
        Action::Next(7_000),
        Action::Seek(500),
        CRASH,
        Action::Next(2_500),
        Action::Undo,
        Action::Next(800),
    ] {
        lab.act(action);
        check(&lab);
    }
}

#[test]
fn clocks_of_a_very_long_run_say_from_where_they_are_counted() {
    let mut lab = Lab::new(long(400_000)).expect("valid");
    lab.act(Action::End(COUNTED_EVENTS_MAX + 1_000));
    while lab.hurries() {
        lab.tick(16.0);
    }
    assert!(position(&lab) > COUNTED_EVENTS_MAX);
    let (stamps, since) = lab.stamps();
    assert_eq!((since, stamps.len()), (lab.facts()[0].event - 1, lab.facts().len()));
}

#[test]
fn the_log_lists_what_passes_and_notices_another_branch() {
    let mut lab = open("out-of-step");
    let mut sieves = Vec::new();
    for kind in [EventKind::All, EventKind::Decisions, EventKind::Faults, EventKind::Deliveries] {
        sieves.extend([None, Some(P0), Some(P2)].map(|process| EventFilter::new(kind, process)));
    }
    let mut check = |lab: &Lab| {
        let mut lengths = Vec::new();
        for filter in &mut sieves {
            let fresh = EventFilter::new(filter.kind, filter.process).events(lab.history()).to_vec();
            let (kind, process) = (filter.kind, filter.process);
            assert_eq!(filter.events(lab.history()), fresh, "{kind:?} of {process:?}");
            lengths.push(fresh.len());
        }
        lengths
    };
    lab.act(Action::Next(5));
    check(&lab);
    lab.act(Action::End(1_000));
    let untouched = check(&lab);
    assert_eq!(untouched[0], lab.history().records().len());
    assert_eq!(untouched[3], lab.marks(Mark::Decision) + lab.marks(Mark::Violation));
    // The first of three is of all processes.
    assert!(untouched.iter().step_by(3).all(|length| *length > 0), "{untouched:?}");
    lab.act(Action::Seek(9));
    lab.act(CRASH);
    lab.act(Action::End(1_000));
    assert_eq!(check(&lab)[6], untouched[6] + 1, "the crash is one more fault");
    lab.act(Action::Undo);
    lab.act(Action::End(1_000));
    assert_eq!(check(&lab), untouched);
}

#[test]
fn the_meter_tells_the_dead_from_the_slow() {
    let mut lab = open("slow-or-dead");
    let calm = lab.meter().expect("heartbeat is a detector");
    assert_eq!((calm.right, calm.wrong, calm.completeness()), (0, 0, (0, 0)));
    lab.act(Action::End(100_000));
    let meter = lab.meter().expect("heartbeat is a detector");
    let crash = &meter.crashes[0];
    assert_eq!((meter.crashes.len(), crash.process), (1, P1));
    assert_eq!(lab.history().record(crash.event).map(|record| record.at_us), Some(300_000));
    assert_eq!(meter.completeness(), (2, 2));
    assert!(meter.wrong > 0 && meter.wrong_now > 0, "P suspects the slow one, and never takes that back: {meter:?}");
    // By hand from the captions of the facts: when each began to suspect p1.
    let mut began = BTreeMap::new();
    for fact in lab.history().facts(0, position(&lab)) {
        let text = bivalent::scene::caption(lab.scenario(), &fact);
        if let Some(me) = fact.choice.process().filter(|_| text.contains("suspects p1")) {
            began.entry(me).or_insert(fact.at_us - 300_000);
        }
    }
    let found: BTreeMap<ProcessId, u64> =
        crash.found.iter().map(|(observer, after_us)| (*observer, after_us.expect("found"))).collect();
    assert_eq!(found, began);
    assert!(open("word-of-mouth").meter().is_none(), "there is nothing to measure");
}

#[test]
fn a_suspicion_that_was_taken_back_is_counted_and_is_over() {
    let mut scenario = Scenario::of(find("increasing-timeout").expect("in the catalogue"), 3);
    scenario.models.timing.kind = TimingKind::Asynchronous;
    scenario.models.timing.typical_ms = 150;
    scenario.until_ms = 20_000;
    let mut lab = Lab::new(scenario).expect("valid");
    lab.act(Action::End(100_000));
    let meter = lab.meter().expect("a detector");
    assert!(meter.wrong > 0, "messages are late at first");
    assert!(meter.wrong_now < meter.wrong as usize, "it waits longer after each mistake: {meter:?}");
    assert_eq!((meter.right, meter.crashes.len()), (0, 0));
}

#[test]
fn who_crashes_and_comes_back_suspects_nobody() {
    let mut scenario = named("slow-or-dead").expect("in the gallery");
    scenario.models.failures = bivalent::model::Failures::CrashRecovery;
    let mut lab = Lab::new(scenario).expect("valid");
    lab.act(Action::SeekTime(2_500_000));
    let suspects = |lab: &Lab| {
        let all = lab.history().monitors().detection().suspicions().to_vec();
        all.iter().filter(|known| known.observer == P0).count()
    };
    assert!(suspects(&lab) > 0);
    lab.act(Action::Choose(Choice::Crash { process: P0, after_effects: None }));
    assert_eq!(suspects(&lab), 0);
    lab.act(Action::Choose(Choice::Recover(P0)));
    assert_eq!(suspects(&lab), 0);
}

#[test]
fn a_detector_under_other_layers_is_measured_too() {
    let mut scenario = Scenario::of(find("all-ack-broadcast").expect("in the catalogue"), 3);
    scenario.inputs = vec![Some(Value::from("a"))];
    assert!(scenario.detects());
    scenario.faults = named("slow-or-dead").expect("in the gallery").faults;
    let mut lab = Lab::new(scenario).expect("valid");
    lab.act(Action::End(5_000));
    let meter = lab.meter().expect("a detector below");
    assert_eq!(meter.completeness(), (2, 2), "{meter:?}");
}
