//! Bounds, clocks, and the promises of the models of time.

use super::{P0, P1, P2, P3, crash, delays, ended, facts, received, scenario, with_liars};
use crate::common::builtin;
use bivalent::engine::{Arrival, Choice, Engine, MessageId, Scheduled, Setup, Step};
use bivalent::history::{History, Intervention, Scheduler, Stop};
use bivalent::model::{Behaviour, Change, LinkKind, Links, Models, Override, Rate, Timing, TimingKind};
use bivalent::process::{
    Layer, Local, LocalKnowledge, ModuleGraph, Out, Payload, ProcessId, Program, Protocol, Timer, UserMessage, Value,
};
use bivalent::property::{Monitors, Promised};
use bivalent::scenario::{Fault, Scenario, Setting};
use std::rc::Rc;

#[test]
fn synchronous_every_message_is_handled_within_delta_and_phi() {
    for seed in 0..50 {
        let mut scenario = scenario("reliable-broadcast", &["a b c", "d", "", "e"]);
        scenario.seed = seed;
        let (mut least, mut most) = (u64::MAX, 0);
        for fact in facts(&ended(&scenario)) {
            if let (Choice::Deliver(_), Some(arrival)) = (fact.choice, &fact.arrival) {
                least = least.min(fact.at_us - arrival.sent_us);
                most = most.max(fact.at_us - arrival.sent_us);
            }
        }
        assert!(most <= 110_000, "seed {seed}: a message took {most} us");
        assert!(most > least, "seed {seed}: delays differ");
    }
}

#[test]
fn asynchronous_some_messages_take_longer_than_any_bound_that_one_might_try() {
    let late = (0..200).filter(|seed| {
        let mut scenario = scenario("plain-messages", &["a", "", ""]);
        scenario.seed = *seed;
        scenario.models.timing.kind = TimingKind::Asynchronous;
        facts(&ended(&scenario))
            .iter()
            .any(|fact| fact.arrival.as_ref().is_some_and(|arrival| fact.at_us - arrival.sent_us > 10 * 60_000))
    });
    assert!(late.count() > 0);
}

#[test]
fn the_same_seed_under_two_models_agrees_on_all_draws_in_common() {
    for seed in 0..20 {
        let mut calm = scenario("plain-messages", &["a b c", "d e f", ""]);
        calm.seed = seed;
        let with = |change: &dyn Fn(&mut Scenario)| {
            let mut other = calm.clone();
            change(&mut other);
            delays(&other)
        };
        let synchronous = delays(&calm);
        let bounded = with(&|other| other.models.timing.kind = TimingKind::BoundedAsynchrony);
        let stable = with(&|other| {
            other.models.timing.kind = TimingKind::PartiallySynchronous;
            other.models.timing.gst_ms = Some(0);
        });
        let asynchronous = with(&|other| other.models.timing.kind = TimingKind::Asynchronous);
        let intruded = with(&|other| {
            let links = Links { kind: LinkKind::Arbitrary, ..Links::default() };
            other.models.links = Links { inject: Rate(500_000), replay: Rate(500_000), ..links };
        });
        assert_eq!(synchronous.len(), 12);
        assert_eq!(synchronous, stable, "a calm system is synchronous");
        for (id, (travels, handled)) in &synchronous {
            assert_eq!(bounded[id].0, *travels, "seed {seed}: {id}");
            assert_eq!(bounded[id].1, asynchronous[id].1, "seed {seed}: {id}");
            assert_eq!(intruded[id], (*travels, *handled), "seed {seed}: {id}");
        }
        assert!(intruded.len() > synchronous.len(), "the intruder's messages have names of their own");
    }
}

#[test]
fn a_new_bound_holds_for_what_is_on_its_way_counted_from_the_change() {
    for seed in 0..30 {
        let mut scenario = scenario("plain-messages", &["a b c", "d e f", "g"]);
        scenario.seed = seed;
        scenario.models.timing = Timing { kind: TimingKind::Asynchronous, typical_ms: 900, ..Timing::default() };
        let before = delays(&scenario);
        let change = Choice::Change(Change::Timing(Timing { delta_ms: 200, ..Timing::default() }));
        scenario.faults = vec![Fault { at_ms: 500, choice: change }];
        let history = ended(&scenario);
        let mut capped = 0;
        for fact in facts(&history) {
            if let Choice::Deliver(id) = fact.choice {
                let (travels, handled) = before[&id];
                assert!(fact.at_us <= 710_000, "seed {seed}: {id} at {}", fact.at_us);
                assert!(fact.at_us <= travels + handled, "seed {seed}: {id} keeps its time or comes sooner");
                capped += u32::from(fact.at_us < travels + handled);
            }
        }
        assert!(capped > 0, "seed {seed}");
        let promises = history.monitors().promises(history.engine().models());
        assert!(promises.iter().all(|promise| promise.broken.is_none()), "seed {seed}: {promises:?}");
    }
}

#[test]
fn after_the_stabilisation_time_bounds_hold_and_before_it_they_do_not() {
    let (mut late, mut after) = (0, 0);
    for seed in 0..20 {
        let mut scenario = scenario("plain-messages", &["a b c d e f g h i j k l", "", ""]);
        scenario.parameters.insert("pause-ms".into(), Setting("300".into()));
        scenario.seed = seed;
        scenario.models.timing = Timing {
            kind: TimingKind::PartiallySynchronous,
            typical_ms: 400,
            gst_ms: Some(2_000),
            ..Timing::default()
        };
        for fact in facts(&ended(&scenario)) {
            if let (Choice::Deliver(id), Some(Arrival { sent_us, .. })) = (fact.choice, &fact.arrival) {
                // A storm keeps messages back until it is over, at most; then both bounds hold.
                assert!(fact.at_us <= (*sent_us).max(2_000_000) + 110_000, "seed {seed}: {id} at {}", fact.at_us);
                late += u32::from(fact.at_us > sent_us + 110_000);
                after += u32::from(*sent_us >= 2_000_000);
            }
        }
    }
    assert!(late > 20, "storms delay messages: {late}");
    assert!(after > 100, "there were messages in the calm: {after}");
}

#[test]
fn bounded_asynchrony_keeps_its_bound_on_the_way_and_none_in_the_input_buffer() {
    let mut slow = 0;
    for seed in 0..50 {
        let mut scenario = scenario("plain-messages", &["a b c", "d", "e"]);
        scenario.seed = seed;
        scenario.models.timing = Timing { kind: TimingKind::BoundedAsynchrony, typical_ms: 300, ..Timing::default() };
        for (id, (travels, handled)) in delays(&scenario) {
            assert!(travels <= 100_000, "seed {seed}: {id} travels {travels} us");
            slow += u32::from(handled > 100_000);
        }
        let history = ended(&scenario);
        let promises = history.monitors().promises(history.engine().models());
        assert!(promises.iter().all(|promise| promise.broken.is_none()), "seed {seed}: {promises:?}");
    }
    assert!(slow > 10, "steps have no bound: {slow}");
}

/// The models that promise something of time, each with its promise.
const TIMELY: [(TimingKind, Option<u32>, &str); 3] = [
    (TimingKind::Synchronous, None, "messages and steps keep their time bounds"),
    (TimingKind::BoundedAsynchrony, None, "messages keep their time bound"),
    (TimingKind::PartiallySynchronous, Some(150), "after the stabilisation time messages and steps keep their bounds"),
];

#[test]
fn every_model_keeps_its_promise_of_time_whoever_lies_or_waits() {
    let late = Behaviour { delay_ms: 700, replays: Rate(300_000), ..Behaviour::default() };
    for (kind, gst_ms, text) in TIMELY {
        for seed in 0..100 {
            let mut scenario = with_liars(scenario("reliable-broadcast", &["a b c", "d", "", "e"]), &[(P3, late)]);
            scenario.seed = seed;
            (scenario.models.timing.kind, scenario.models.timing.gst_ms) = (kind, gst_ms);
            scenario.models.links.fifo = seed % 2 == 0;
            scenario.models.links.reorder = Rate(if seed % 2 == 0 { 0 } else { 300_000 });
            if kind == TimingKind::BoundedAsynchrony {
                scenario.faults.push(Fault { at_ms: 0, choice: Choice::Slow { process: P0, extra_ms: 900 } });
            }
            let history = ended(&scenario);
            let promises = history.monitors().promises(history.engine().models());
            assert!(promises.iter().any(|promise| promise.text == text), "{kind:?} promises something");
            let broken: Vec<_> = promises.iter().filter(|promise| promise.broken.is_some()).collect();
            assert!(broken.is_empty(), "{kind:?}, seed {seed}: {broken:?}");
        }
    }
}

#[test]
fn a_message_that_comes_late_is_noticed_on_the_trace_whatever_was_allowed() {
    // When it was sent, was on the link, was in the input buffer and was handled, in milliseconds; and who notices.
    let cases: [([u64; 4], &[TimingKind]); 7] = [
        ([200, 200, 300, 310], &[]),
        ([200, 200, 301, 305], &TimingKind::ALL[..3]),
        ([200, 200, 300, 311], &[TimingKind::Synchronous, TimingKind::PartiallySynchronous]),
        ([200, 900, 1_000, 1_010], &[TimingKind::Synchronous, TimingKind::PartiallySynchronous]),
        ([200, 900, 1_001, 1_001], &TimingKind::ALL[..3]),
        // Before the stabilisation time nothing is promised, and from then on it has the whole of the bounds.
        ([10, 10, 250, 260], &[TimingKind::Synchronous, TimingKind::BoundedAsynchrony]),
        ([10, 10, 251, 252], &TimingKind::ALL[..3]),
    ];
    for (kind, gst_ms, text) in TIMELY {
        let mut scenario = scenario("plain-messages", &["a", "", ""]);
        (scenario.models.timing.kind, scenario.models.timing.gst_ms) = (kind, gst_ms);
        let history = scenario.start(builtin()).expect("valid");
        for (moments, noticed_by) in cases {
            let [sent_us, left_us, arrives_us, at_us] = moments.map(|ms| 1_000 * ms);
            let id = MessageId { from: P0, to: P1, number: 0, copy: 0 };
            let step = Step {
                choice: Some(Choice::Deliver(id)),
                event: 7,
                at_us,
                arrival: Some(Arrival {
                    payload: Payload::new(UserMessage(Value::Text("a".into()))),
                    sent_us,
                    left_us,
                    arrives_us,
                    sent_in: 0,
                    forged: false,
                    progress: 1.0,
                }),
                ..Step::default()
            };
            let mut monitors = Monitors::new(Promised::nothing(3));
            monitors.observe(history.engine(), &step, false);
            let promises = monitors.promises(&scenario.models);
            let broken: Vec<_> = promises.iter().filter(|promise| promise.broken == Some(7)).collect();
            assert_eq!(!broken.is_empty(), noticed_by.contains(&kind), "{kind:?}: {moments:?}");
            assert!(broken.iter().all(|promise| promise.text == text && promise.on == Some((P0, P1))), "{broken:?}");
        }
    }
}

#[test]
fn who_was_slow_before_a_bound_came_into_force_breaks_it() {
    let mut scenario = scenario("heartbeat", &["", "", ""]);
    scenario.models.timing = Timing { kind: TimingKind::PartiallySynchronous, gst_ms: Some(400), ..Timing::default() };
    scenario.until_ms = 5_000;
    scenario.faults.push(Fault { at_ms: 100, choice: Choice::Slow { process: P0, extra_ms: 900 } });
    let history = ended(&scenario);
    let promises = history.monitors().promises(history.engine().models());
    let broken = promises.iter().find(|promise| promise.text == TIMELY[2].2).and_then(|promise| promise.broken);
    let late = facts(&history).swap_remove(broken.expect("p0 stays slow") as usize - 1);
    assert!(late.at_us > 510_000 && matches!(late.choice, Choice::Deliver(id) if [id.from, id.to].contains(&P0)));
}

#[test]
fn what_is_under_way_when_a_bound_comes_into_force_keeps_it_from_then_on() {
    for (kind, gst_ms, text) in TIMELY {
        for (seed, gst_ms) in (0..100).map(|seed| (seed, gst_ms.map(|gst_ms| gst_ms * (seed % 3) * 2))) {
            let mut scenario = scenario("reliable-broadcast", &["a b c", "d", "", "e"]);
            scenario.seed = seed;
            scenario.models.links.fifo = seed % 2 == 0;
            scenario.models.timing = Timing { kind: TimingKind::Asynchronous, typical_ms: 300, ..Timing::default() };
            let timing = Timing { kind, gst_ms, ..scenario.models.timing };
            scenario.faults.push(Fault { at_ms: 200, choice: Choice::Change(Change::Timing(timing)) });
            let history = ended(&scenario);
            let promises = history.monitors().promises(history.engine().models());
            let broken = promises.iter().find(|promise| promise.text == text).expect("it is made").broken;
            assert_eq!(broken, None, "{kind:?}, calm from {gst_ms:?}, seed {seed}");
        }
    }
}

#[test]
fn with_a_bound_on_delivery_alone_everybody_may_be_slow_and_no_message_may_be_held() {
    let mut scenario = scenario("plain-messages", &["a", "", ""]);
    scenario.models.timing.kind = TimingKind::BoundedAsynchrony;
    let mut history = scenario.start(builtin()).expect("valid");
    history.seek(3).expect("three starts");
    let id = MessageId { from: P0, to: P1, number: 0, copy: 0 };
    let forbidden = |choice| history.engine().forbids(&choice);
    assert_eq!(forbidden(Choice::Slow { process: P0, extra_ms: 900 }), None);
    assert_eq!(forbidden(Choice::Hold(id)), Some(TIMELY[1].2));
}

#[test]
fn timers_run_on_clocks_that_drift_and_start_apart() {
    let periods = |drift, offset_ms| {
        let mut scenario = scenario("stubborn-link", &["a", "b", "c", "d"]);
        let timing = Timing { kind: TimingKind::BoundedAsynchrony, drift, offset_ms, ..Timing::default() };
        scenario.models.timing = timing;
        scenario.until_ms = 5_000;
        let facts = facts(&ended(&scenario));
        let last = |process| {
            let fired =
                facts.iter().filter(|fact| matches!(fact.choice, Choice::Timeout { process: p, .. } if p == process));
            fired.map(|fact| fact.at_us).collect::<Vec<u64>>()
        };
        ProcessId::all(4).map(last).collect::<Vec<_>>()
    };
    let steady = periods(Rate(0), 0);
    assert!(steady.iter().all(|times| *times == steady[0] && times[9] == 1_000_000), "{steady:?}");
    let drifting = periods(Rate(50_000), 0);
    let tenth: Vec<u64> = drifting.iter().map(|times| times[9]).collect();
    assert!(tenth.iter().all(|at| (950_000..=1_053_000).contains(at)), "{tenth:?}");
    assert!(tenth.iter().any(|at| *at != tenth[0]), "no two clocks need agree: {tenth:?}");
    // What a clock shows at first moves no timer: only its rate does.
    assert_eq!(periods(Rate(50_000), 700), drifting);
}

#[test]
fn a_clock_goes_on_from_where_it_stands_when_the_model_of_time_changes() {
    let mut scenario = scenario("plain-messages", &["a b c d e f g h", "", ""]);
    scenario.parameters.insert("pause-ms".into(), Setting("500".into()));
    scenario.models.timing.offset_ms = 3_000;
    let mut history = scenario.start(builtin()).expect("valid");
    history.seek(20).expect("so many events");
    let clocks = |history: &History| [P0, P1, P2].map(|process| history.engine().local_us(process));
    for kind in [TimingKind::Asynchronous, TimingKind::Synchronous, TimingKind::BoundedAsynchrony] {
        let before = clocks(&history);
        let timing = Timing { kind, ..history.engine().models().timing };
        history.act(Choice::Change(Change::Timing(timing)), None).expect("another model");
        assert_eq!(clocks(&history), before, "{kind:?}");
        history.next().map(|_| ()).expect("there is more");
    }
}

#[test]
fn draws_after_a_change_use_the_new_model() {
    let mut scenario = scenario("plain-messages", &["a b c d e f g h", ""]);
    scenario.parameters.insert("pause-ms".into(), Setting("200".into()));
    let lossy = Links { kind: LinkKind::FairLoss, loss: Rate(1_000_000), losses_in_a_row_max: 9, ..Links::default() };
    let fault = |at_ms, choice| Fault { at_ms, choice };
    scenario.faults = vec![
        fault(500, Choice::Change(Change::Links(lossy))),
        fault(900, Choice::Change(Change::Link(Override { from: P0, to: P1, one_way: true, links: Links::default() }))),
    ];
    let numbers: Vec<u32> = received(&facts(&ended(&scenario))).keys().map(|id| id.number).collect();
    assert_eq!(numbers, [0, 1, 2, 5, 6, 7]);
}

/// A protocol that notes what its clock shows whenever something happens.
struct Clocked;

impl Protocol for Clocked {
    type State = Vec<u64>;
    type Message = UserMessage;

    fn init(&self, _local: &Local) -> Vec<u64> {
        Vec::new()
    }

    fn is_timed(&self) -> bool {
        true
    }

    fn on_start(&self, state: &mut Vec<u64>, out: &mut Out<'_, UserMessage>) {
        state.push(out.local_us());
        out.set_timer(Timer::new("later"), 1_000_000);
    }

    fn on_deliver(
        &self,
        _state: &mut Vec<u64>,
        _from: ProcessId,
        _message: &UserMessage,
        _out: &mut Out<'_, UserMessage>,
    ) {
    }

    fn on_timeout(&self, state: &mut Vec<u64>, _timer: Timer, out: &mut Out<'_, UserMessage>) {
        state.push(out.local_us());
    }
}

#[test]
fn a_handler_that_asks_is_told_what_its_own_clock_shows() {
    let knowledge = || ProcessId::all(3).map(|me| LocalKnowledge::from(Local::complete(me, 3, None))).collect();
    let run = |timing: Timing| {
        let setup = Setup {
            program: Program::from(ModuleGraph::stack([("clocked".into(), Rc::new(Clocked) as Rc<dyn Layer>)])),
            knowledge: knowledge(),
            others: knowledge(),
            light_us: Vec::new(),
            start_us: vec![0; 3],
            seed: 5,
            timed: true,
            faults: Vec::new(),
            requests: Vec::new(),
        };
        assert!(setup.program.is_timed());
        let mut engine = Engine::new(Rc::new(setup), Models { timing, ..Models::default() });
        let mut step = Step::default();
        while let Some((at_us, choice)) = engine.due() {
            engine.apply(Scheduled { at_us: Some(at_us), ..choice.into() }, &mut step).expect("it is due");
        }
        let seen = |process| serde_json::from_value(engine.process(process).layers[0].inspect()).expect("two numbers");
        (engine.now_us(), ProcessId::all(3).map(seen).collect::<Vec<[u64; 2]>>())
    };
    assert_eq!(run(Timing::default()), (1_000_000, vec![[0, 1_000_000]; 3]));
    let loose = Timing { kind: TimingKind::Asynchronous, offset_ms: 300, ..Timing::default() };
    let (end_us, clocks) = run(loose);
    assert_ne!(end_us, 1_000_000, "clocks drift");
    assert!(clocks.iter().any(|[first, _]| *first > 0), "and are ahead: {clocks:?}");
    for [first, later] in clocks {
        assert!(
            first <= 300_000 && (later - first).abs_diff(1_000_000) <= 2,
            "a second of their own: {first}, {later}"
        );
    }
}

#[test]
fn without_times_a_process_that_may_lose_patience_is_not_at_rest() {
    let mut scenario = scenario("rotating-coordinator", &["0", "1", "1"]);
    scenario.scheduler = Scheduler::Fair;
    scenario.interventions = vec![Intervention { after: 0, choice: crash(P0, None), at_us: None }];
    let mut history = scenario.start(builtin()).expect("valid");
    while history.position() < 1_000 && history.next().is_ok() {}
    assert_eq!(history.next().map(|_| ()), Err(Stop::Waits), "after {} events", history.position());
    let suspicion = Choice::Timeout { process: P1, layer: 0 };
    history.act(suspicion, None).expect("it waits for p0");
}
