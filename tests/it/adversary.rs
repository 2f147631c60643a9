//! The adversary: it wins where FLP says so, and what it claims replays.

use crate::common::instance;
use bivalent::adversary::endless::{self, Fairness, Idle};
use bivalent::adversary::replay::Replay;
use bivalent::adversary::{Adversary, AuditReport, Horn, Loop, Pace};
use bivalent::catalogue::Instance;
use bivalent::draw::Flips;
use bivalent::explorer::valency::Valency;
use bivalent::explorer::{Mail, StrictEvent};
use bivalent::process::{
    Kind, Layer, Local, Message, ModuleGraph, Out, Payload, ProcessId, Program, Protocol, Timer, Value,
};
use serde::Serialize;
use std::rc::Rc;

fn play(protocol: &str, parameters: &[(&str, &str)], inputs: &str, stages: usize) -> (Adversary, AuditReport) {
    let inputs: Vec<Value> = inputs.chars().map(|bit| Value::Bit(bit == '1')).collect();
    let mut adversary = Adversary::new(&instance(protocol, parameters), &inputs).expect("a consensus protocol");
    while adversary.stages().len() < stages && adversary.next_stage() {}
    // The report is made of what was run again, certificates of every stage included.
    let report = adversary.report().expect("the adversary's own schedules replay");
    (adversary, report)
}

#[test]
fn ben_or_without_a_coin_never_decides_in_1000_stages_and_no_message_waits_long() {
    for (coin, inputs) in [("zero", "011"), ("zero", "101"), ("one", "001"), ("adversary", "010")] {
        let (adversary, report) = play("ben-or", &[("coin", coin)], inputs, 1_000);
        assert_eq!((report.stages, report.decided, &report.stopped), (1_000, false, &None), "coin={coin} {inputs}");
        assert!(report.oldest_waiting <= 40 && adversary.ledger().oldest_ever <= 40, "coin={coin} {inputs}");
        assert!(report.phases > Some(100) && adversary.ledger().buffer_max < 20, "coin={coin} {inputs}");
        assert!(adversary.ledger().steps.iter().all(|steps| *steps > 300), "coin={coin} {inputs}");
        let [Horn::Endless { cycle, .. }] = report.horns.as_slice() else {
            panic!("coin={coin} {inputs}: {:?}", report.horns);
        };
        assert!(cycle.length > 0 && cycle.prefix + cycle.length <= report.events);
    }
}

#[test]
fn each_endless_protocol_is_kept_undecided_for_10_000_stages_and_the_oldest_message_is_told() {
    for (protocol, parameters, inputs, oldest) in [
        ("ben-or", &[][..], "011", 11),
        ("ben-or", &[("coin", "one")][..], "001", 8),
        ("ben-or", &[("coin", "adversary")][..], "011", 10),
        ("rotating-coordinator", &[][..], "011", 13),
        ("paxos", &[][..], "011", 9),
    ] {
        let (adversary, report) = play(protocol, parameters, inputs, 10_000);
        assert_eq!((report.stages, report.decided, &report.stopped), (10_000, false, &None), "{protocol}");
        assert_eq!(adversary.ledger().oldest_ever, oldest, "{protocol} {parameters:?}");
    }
}

#[test]
fn every_stage_of_a_play_serves_the_head_of_the_queue() {
    let (adversary, _) = play("ben-or", &[], "011", 30);
    for (number, stage) in adversary.stages().iter().enumerate() {
        assert_eq!(stage.process, ProcessId::from(number % 3));
        let last = &adversary.schedule()[stage.events.end - 1];
        assert_eq!(last.process, stage.process);
    }
}

/// The horns found, as messages, and the process of horn b.
fn horns(report: &AuditReport) -> (String, Option<ProcessId>) {
    let mut process = None;
    let messages = report.horns.iter().map(|horn| match horn {
        Horn::Unsafe { .. } => 'a',
        Horn::Blocks { process: crashed, .. } => {
            process = *crashed;
            'b'
        }
        Horn::Endless { .. } => 'c',
    });
    (messages.collect(), process)
}

#[test]
fn wait_for_all_blocks_by_the_process_in_which_two_initial_configurations_differ() {
    let (_, report) = play("wait-for-all", &[], "011", 100);
    assert_eq!(horns(&report), ("b".into(), Some(ProcessId(1))));
    assert_eq!(
        report.stopped.expect("no initial configuration is bivalent").why,
        "001 is 0-valent and 011 is 1-valent; they differ in p1 only, which is left out from the start"
    );
}

#[test]
fn wait_for_two_breaks_agreement() {
    let (_, report) = play("wait-for-two", &[], "011", 100);
    assert_eq!(horns(&report), ("a".into(), None));
    let (_, report) = play("wait-for-two", &[], "000", 100);
    assert_eq!(horns(&report), (String::new(), None), "with these inputs it is right");
}

#[test]
fn commit_2pc_blocks_by_its_coordinator() {
    for inputs in ["111", "011"] {
        let (_, report) = play("commit-2pc", &[], inputs, 100);
        assert_eq!(horns(&report), ("b".into(), Some(ProcessId(0))), "{inputs}");
        let why = report.stopped.expect("a finite play ends").why;
        match inputs {
            "111" => assert!(
                why.starts_with("the order of ") && why.contains(" and another step of p0 settles the decision"),
                "{why}"
            ),
            _ => assert_eq!(why, "with the inputs 011 the initial configuration is 0-valent; with 111 it is bivalent"),
        }
    }
}

#[test]
fn ben_or_that_keeps_its_value_blocks_where_two_survivors_differ() {
    let (_, report) = play("ben-or", &[("coin", "keep")], "011", 100);
    assert_eq!(horns(&report), ("b".into(), Some(ProcessId(1))));
    let [Horn::Blocks { crash_after: 0, schedule, .. }] = report.horns.as_slice() else {
        panic!("{:?}", report.horns);
    };
    assert!(schedule.len() > 4, "the survivors go through a round before they repeat themselves");
}

#[test]
fn a_report_prints_as_promised() {
    let (_, report) = play("ben-or", &[], "011", 2);
    let text = serde_json::to_string(&report).expect("plain data");
    assert_eq!(
        text,
        r#"{"exact":false,"stages":2,"events":2,"messages_delivered":1,"phases":0,"decided":false,"oldest_waiting":1,"#
            .to_owned()
            + r#""oldest_ever":1,"buffer_max":5,"horns":[],"#
            + r#""schedule":[{"step":"p0","message":null},"#
            + r#"{"step":"p1","message":{"from":"p0","kind":"report","phase":0,"value":"0"}}]}"#
    );
}

#[test]
fn links_and_wrong_inputs_are_refused_by_name() {
    assert!(Adversary::new(&instance("perfect-link", &[]), &[]).is_err_and(|error| error.contains("perfect-link")));
    assert!(Adversary::new(&instance("ben-or", &[]), &["1".into()]).is_err_and(|error| error.contains("not 1")));
}

// ---- told to people ----------------------------------------------------------------------------------------------

fn begin(protocol: &str, inputs: &str) -> Adversary {
    let inputs: Vec<Value> = inputs.chars().map(|bit| Value::Bit(bit == '1')).collect();
    Adversary::new(&instance(protocol, &[]), &inputs).expect("a consensus protocol")
}

#[test]
fn slices_play_what_whole_stages_play_and_a_play_that_is_left_keeps_what_was_found() {
    let (whole, _) = play("ben-or", &[], "011", 40);
    let mut sliced = begin("ben-or", "011");
    let mut slices = 0;
    while sliced.stages().len() < 40 {
        assert_ne!(sliced.step(1), Pace::Stopped);
        slices += 1;
    }
    assert!(slices > 40, "some stage needs more than one try");
    assert_eq!((sliced.stages(), sliced.schedule()), (whole.stages(), whole.schedule()));
    // What can be decided from the beginning is found in slices, too.
    let (whole, report) = play("wait-for-all", &[], "011", 40);
    let mut sliced = begin("wait-for-all", "011");
    let opening = std::iter::repeat_with(|| sliced.step(1)).take_while(|pace| *pace == Pace::Opening).count();
    assert!(opening > 8, "the graph, its valencies, and eight initial configurations took {opening} slices");
    assert_eq!((sliced.report(), sliced.schedule()), (Ok(report), whole.schedule()));
    // Left in the middle of a stage.
    let mut sliced = begin("ben-or", "011");
    while sliced.step(1) == Pace::Opening {}
    while sliced.step(1) == Pace::Stage {}
    let stages = sliced.stages().len();
    assert_eq!(sliced.report().expect("it replays").stages, stages);
}

#[test]
fn an_account_tells_a_stage_as_it_was_played() {
    let (mut adversary, _) = play("ben-or", &[], "011", 60);
    let schedule = adversary.schedule();
    let mut waited = 0;
    for stage in 0..60 {
        let played = adversary.stages()[stage].clone();
        let account = adversary.account(stage).expect("it was played");
        assert_eq!((account.queue[0], account.event.process), (played.process, played.process));
        assert_eq!(&schedule[played.events.clone()], [account.before.clone(), vec![account.event]].concat());
        assert_eq!(account.tries == 0, account.before.is_empty(), "e at once, or it was tried first");
        assert_eq!(account.tries, played.tried, "a stage that was recalled was as hard the first time");
        if let Some(first) = account.tried.first() {
            assert!(first.before.is_empty() && first.leads_to == account.at_once, "stage {stage}");
            assert!(account.tried.iter().all(|trial| trial.leads_to != Valency::Bivalent));
            waited += 1;
        }
        let sent: usize = account.books.waiting.len() + account.books.delivered;
        assert_eq!((account.books.events, sent % 2), (played.events.end, 0), "everything is sent to two others");
        assert_eq!(account.certificates.len(), 2);
    }
    assert!(waited > 5, "{waited} stages had to wait");
    assert_eq!(adversary.account(59).map(|account| account.books), Some(adversary.present_summary()));
    assert!(adversary.account(60).is_none());
}

#[test]
fn the_walk_of_lemma_2_jumps_at_one_process_or_meets_a_bivalent_corner() {
    let walk = begin("wait-for-all", "000").input_path();
    let valencies: Vec<Valency> =
        walk.initial_configurations.iter().map(|initial_configuration| initial_configuration.valency).collect();
    assert_eq!(valencies, [Valency::Zero, Valency::Zero, Valency::One, Valency::One]);
    assert_eq!((walk.exact, walk.pair, walk.bivalent), (true, Some((1, ProcessId(1))), None));
    for (protocol, exact) in [("wait-for-two", true), ("ben-or", false), ("paxos", false)] {
        let walk = begin(protocol, "000").input_path();
        assert_eq!((walk.exact, walk.pair), (exact, None), "{protocol}");
        let initial_configuration = &walk.initial_configurations[walk.bivalent.expect("Lemma 2")];
        let inputs: Vec<Value> = initial_configuration.inputs.chars().map(|bit| Value::Bit(bit == '1')).collect();
        for (value, certificate) in [false, true].into_iter().zip(&initial_configuration.certificates) {
            let Instance { program, .. } = instance(protocol, &[]);
            let mut replay = Replay::new(&program, &inputs);
            replay.run(certificate.as_ref().expect("bivalent")).expect("a certificate replays");
            assert!(replay.has_decided(value));
        }
    }
}

// ---- endless runs, judged ----------------------------------------------------------------------------------------

/// p0 and p1 play ball for ever. p0 has also written a message to each of the others, and nobody answers.
struct Ball {
    /// Whether a NULL step makes the others do something.
    restless: bool,
}

#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Thrown {
    Ball,
    Message,
}

impl Message for Thrown {
    fn kind(&self) -> Kind {
        match self {
            Thrown::Ball => Kind { label: "B", name: "ball" },
            Thrown::Message => Kind { label: "L", name: "message" },
        }
    }
    fn text(&self) -> String {
        self.kind().name.into()
    }
}

#[derive(Clone, PartialEq, Debug, Serialize)]
struct Player {
    messages: u8,
    moved: bool,
}

const MOVE: Timer = Timer::new("move");

impl Protocol for Ball {
    type State = Player;
    type Message = Thrown;

    fn init(&self, _: &Local) -> Player {
        Player { messages: 0, moved: false }
    }
    fn on_start(&self, _: &mut Player, out: &mut Out<'_, Thrown>) {
        if out.me == ProcessId(0) {
            out.send(ProcessId(1), Thrown::Ball);
            (2..out.n).for_each(|p| out.send(p.into(), Thrown::Message));
        }
    }
    fn on_deliver(&self, state: &mut Player, from: ProcessId, message: &Thrown, out: &mut Out<'_, Thrown>) {
        match message {
            Thrown::Ball => out.send(from, Thrown::Ball),
            Thrown::Message => state.messages += 1,
        }
    }
    fn on_timeout(&self, state: &mut Player, _: Timer, _: &mut Out<'_, Thrown>) {
        state.moved = true;
    }
    fn timeout_enabled(&self, local: &Local, state: &Player) -> Option<Timer> {
        (self.restless && local.me.index() > 1 && !state.moved).then_some(MOVE)
    }
}

/// Judges the loop of two throws after everybody has started and those who are `read` have read their messages.
fn judged(n: usize, restless: bool, read: &[usize], length: usize, crashed: Option<usize>) -> Result<Fairness, String> {
    let layer: Rc<dyn Layer> = Rc::new(Ball { restless });
    let program = Program::from(ModuleGraph::stack([("ball".into(), layer)]));
    let event = |p: usize, mail: Option<(usize, Thrown)>| {
        let mail = mail.map(|(from, message)| Mail { from: from.into(), to: p.into(), payload: Payload::new(message) });
        StrictEvent { process: p.into(), mail, coins: Flips::default() }
    };
    let mut schedule: Vec<StrictEvent> = (0..n).map(|p| event(p, None)).collect();
    schedule.extend(read.iter().map(|p| event(*p, Some((0, Thrown::Message)))));
    let prefix = schedule.len();
    schedule.extend([event(1, Some((0, Thrown::Ball))), event(0, Some((1, Thrown::Ball)))]);
    let inputs = vec![Value::Bit(false); n];
    endless::judge(&program, &inputs, None, &schedule, Loop { prefix, length }, crashed.map(ProcessId::from))
}

#[test]
fn a_loop_that_starves_a_message_or_a_process_is_not_fair() {
    let whole = judged(3, false, &[2], 2, None).expect("p2 has read its message, and has nothing to do");
    assert_eq!((whole.steps, whole.shift, whole.leftovers.len()), (vec![1, 1, 0], 0, 0));
    assert_eq!(whole.idle, [Idle { process: ProcessId(2), before: 5 }]);
    assert_eq!(whole.waiting.iter().map(|delivery| delivery.event).collect::<Vec<_>>(), [5]);
    let why = |result: Result<Fairness, String>| result.expect_err("it is not fair");
    let starved = why(judged(3, false, &[], 2, None));
    assert!(starved.contains("waits for p2 all the time"), "{starved}");
    let stopped = why(judged(3, true, &[2], 2, None));
    assert!(stopped.contains("p2 takes no step in the loop"), "{stopped}");
    // Whoever has crashed is owed nothing, but only one may have, and not one of those who play.
    assert!(judged(3, false, &[], 2, Some(2)).is_ok_and(|fair| fair.crashed == Some(ProcessId(2))));
    assert!(judged(3, true, &[], 2, Some(2)).is_ok());
    assert!(why(judged(3, false, &[2], 2, Some(1))).contains("p1 has crashed, and takes a step"));
    for crashed in [None, Some(0), Some(1), Some(2), Some(3)] {
        assert!(judged(4, false, &[], 2, crashed).is_err(), "two messages wait, whoever has crashed");
        assert!(judged(4, true, &[2, 3], 2, crashed).is_err(), "two processes are starved, whoever has crashed");
    }
    assert!(judged(4, false, &[3], 2, Some(2)).is_ok());
}

#[test]
fn a_part_of_a_run_that_does_not_come_back_is_no_loop() {
    let differ = judged(3, false, &[2], 1, None).expect_err("the ball is elsewhere");
    assert!(differ.contains("the configurations after 4 and 5 events differ"), "{differ}");
    assert!(judged(3, false, &[2], 0, None).is_err() && judged(3, false, &[2], 3, None).is_err());
}

#[test]
fn horn_c_says_why_its_loop_is_fair_and_a_starved_copy_of_it_is_refused() {
    for (protocol, unit) in [("ben-or", 2), ("rotating-coordinator", 3), ("paxos", 2)] {
        let (adversary, report) = play(protocol, &[], "011", 60);
        let [Horn::Endless { inputs, cycle, fair }] = report.horns.as_slice() else {
            panic!("{protocol}: {:?}", report.horns);
        };
        assert_eq!((inputs.as_str(), fair.crashed, fair.idle.len()), ("011", None, 0), "{protocol}");
        assert_eq!(fair.steps.iter().sum::<usize>(), cycle.length, "{protocol}");
        assert!(fair.shift > 0 && fair.shift.is_multiple_of(unit), "{protocol}: {}", fair.shift);
        // Everything that waits where the loop begins is delivered by the event that the certificate names.
        let schedule = adversary.schedule();
        let Instance { entry, program, .. } = instance(protocol, &[]);
        let values: Vec<Value> = inputs.chars().map(|bit| Value::Bit(bit == '1')).collect();
        let mut replay = Replay::new(&program, &values);
        replay.run(&schedule[..cycle.prefix]).expect("it replays");
        for mail in replay.waiting() {
            let delivery = fair.waiting.iter().find(|delivery| delivery.message == *mail).expect("it is in the list");
            assert_eq!(schedule[delivery.event - 1].mail.as_ref(), Some(mail), "{protocol}");
            assert!((cycle.prefix + 1..=cycle.prefix + cycle.length).contains(&delivery.event), "{protocol}");
        }
        // Half of the loop is none, and neither is a loop in which p0 should have crashed.
        let symmetry = entry.symmetry.as_ref();
        let half = Loop { length: cycle.length / 2, ..*cycle };
        assert!(endless::judge(&program, &values, symmetry, &schedule, half, None).is_err(), "{protocol}");
        assert!(
            endless::judge(&program, &values, symmetry, &schedule, *cycle, Some(ProcessId(0))).is_err(),
            "{protocol}"
        );
    }
}
