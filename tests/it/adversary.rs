//! The adversary: it wins where FLP says so, and what it claims replays.

use bivalent::adversary::replay::Replay;
use bivalent::adversary::{Adversary, Horn, Pace, Report};
use bivalent::catalogue::{self, Parameters};
use bivalent::explorer::valency::Valency;
use bivalent::process::{ProcessId, Value};

fn play(protocol: &str, parameters: &[(&str, &str)], inputs: &str, stages: usize) -> (Adversary, Report) {
    let entry = catalogue::find(protocol).expect("in the catalogue");
    let parameters = Parameters::resolve(entry, parameters.iter().copied()).expect("valid parameters");
    let inputs: Vec<Value> = inputs.chars().map(|bit| Value::Bit(bit == '1')).collect();
    let mut adversary = Adversary::new(entry, &parameters, &inputs).expect("a consensus protocol");
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
        assert!(report.phases > 100 && adversary.ledger().buffer_max < 20, "coin={coin} {inputs}");
        assert!(adversary.ledger().steps.iter().all(|steps| *steps > 300), "coin={coin} {inputs}");
        let [Horn::Endless { cycle }] = report.horns.as_slice() else {
            panic!("coin={coin} {inputs}: {:?}", report.horns);
        };
        assert!(cycle.length > 0 && cycle.prefix + cycle.length <= report.events);
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

/// The horns found, as letters, and the process of horn b.
fn horns(report: &Report) -> (String, Option<ProcessId>) {
    let mut process = None;
    let letters = report.horns.iter().map(|horn| match horn {
        Horn::Unsafe { .. } => 'a',
        Horn::Blocks { process: crashed, .. } => {
            process = *crashed;
            'b'
        }
        Horn::Endless { .. } => 'c',
    });
    (letters.collect(), process)
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
            "111" => assert!(why.starts_with("whether p0 takes another step before"), "{why}"),
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
        r#"{"stages":2,"events":2,"messages_delivered":1,"phases":0,"decided":false,"oldest_waiting":1,"horns":[],"#
            .to_owned()
            + r#""schedule":[{"step":"p0","message":null},"#
            + r#"{"step":"p1","message":{"from":"p0","kind":"report","phase":0,"value":"0"}}]}"#
    );
}

#[test]
fn links_and_wrong_inputs_are_refused_by_name() {
    let entry = catalogue::find("perfect-link").expect("in the catalogue");
    let parameters = Parameters::resolve(entry, []).expect("defaults");
    assert!(Adversary::new(entry, &parameters, &[]).is_err_and(|error| error.contains("perfect-link")));
    let entry = catalogue::find("ben-or").expect("in the catalogue");
    let parameters = Parameters::resolve(entry, []).expect("defaults");
    assert!(Adversary::new(entry, &parameters, &["1".into()]).is_err_and(|error| error.contains("not 1")));
}

// ---- told to people ----------------------------------------------------------------------------------------------

fn begin(protocol: &str, inputs: &str) -> Adversary {
    let entry = catalogue::find(protocol).expect("in the catalogue");
    let parameters = Parameters::resolve(entry, []).expect("defaults");
    let inputs: Vec<Value> = inputs.chars().map(|bit| Value::Bit(bit == '1')).collect();
    Adversary::new(entry, &parameters, &inputs).expect("a consensus protocol")
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
    // Left in the middle of a stage.
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
    assert_eq!(adversary.account(59).map(|account| account.books), Some(adversary.present_books()));
    assert!(adversary.account(60).is_none());
}

#[test]
fn the_walk_of_lemma_2_jumps_at_one_process_or_meets_a_bivalent_corner() {
    let walk = begin("wait-for-all", "000").walk();
    let valencies: Vec<Valency> = walk.corners.iter().map(|corner| corner.valency).collect();
    assert_eq!(valencies, [Valency::Zero, Valency::Zero, Valency::One, Valency::One]);
    assert_eq!((walk.exact, walk.pair, walk.bivalent), (true, Some((1, ProcessId(1))), None));
    for (protocol, exact) in [("wait-for-two", true), ("ben-or", false), ("paxos", false)] {
        let walk = begin(protocol, "000").walk();
        assert_eq!((walk.exact, walk.pair), (exact, None), "{protocol}");
        let corner = &walk.corners[walk.bivalent.expect("Lemma 2")];
        let inputs: Vec<Value> = corner.inputs.chars().map(|bit| Value::Bit(bit == '1')).collect();
        for (value, certificate) in [false, true].into_iter().zip(&corner.certificates) {
            let entry = catalogue::find(protocol).expect("in the catalogue");
            let stack = entry.stack(&Parameters::resolve(entry, []).expect("defaults"), None).expect("fits");
            let mut replay = Replay::new(&stack, &inputs);
            replay.run(certificate.as_ref().expect("bivalent")).expect("a certificate replays");
            assert!(replay.has_decided(value));
        }
    }
}
