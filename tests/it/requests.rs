//! Requests of users: the operations of a run, whether they are linearisable, and those that a person makes up.

use crate::common::{builtin, named};
use bivalent::catalogue::{MUTANT, world};
use bivalent::engine::Choice;
use bivalent::history::{History, UserOperationEnding};
use bivalent::lab::{Action, Lab, Session};
use bivalent::model::{Behaviour, Rate};
use bivalent::operation::{Linearisability, Register, judge};
use bivalent::process::{Invocation, ProcessId};
use bivalent::property::Verdict;
use bivalent::scenario::{Link, PlannedRequest, RoleLine, Scenario, Setting, Workload};
use bivalent::scene::{Diagram, Point, Shape, Target};

const P0: ProcessId = ProcessId(0);
const P1: ProcessId = ProcessId(1);
const SERVER: ProcessId = ProcessId(2);

fn request(words: &[&str]) -> Invocation {
    serde_json::from_value(serde_json::json!(words)).expect("a list of words")
}

fn ask(process: ProcessId, words: &[&str]) -> Action {
    Action::Ask { process, invocation: request(words) }
}

/// The replicated register, in which nobody asks for anything by plan.
fn quiet() -> Scenario {
    Scenario { workload: None, ..named("abd-register") }
}

fn opened(scenario: Scenario) -> Lab {
    Lab::new(builtin(), scenario).expect("a valid scenario")
}

fn words(history: &History) -> Vec<String> {
    history.operations().iter().map(|operation| format!("{} {}", operation.process, operation.words())).collect()
}

#[test]
fn the_property_and_the_search_over_the_whole_history_agree() {
    let mut verdicts = [0; 2];
    for protocol in ["abd-register", "abd-register-one-writer", "primary-backup"] {
        let entry = builtin().find(protocol).expect("it is there");
        let mutants = entry.mutants.iter().map(|name| Some(name.to_string()));
        for mutant in [None].into_iter().chain(mutants) {
            for seed in 0..60 {
                let mut scenario = Scenario { seed, ..named(protocol) };
                // Short pauses, so that operations overlap.
                scenario.workload = Some(Workload { operations: 8, think_ms: 10, ..Workload::default() });
                if let Some(mutant) = &mutant {
                    scenario.parameters.insert(MUTANT.to_owned(), Setting(mutant.clone()));
                }
                // A client that crashes and comes back is somebody else to the register.
                world::at(&mut scenario, 400, world::crash(P0));
                world::at(&mut scenario, 700, Choice::Recover(P0));
                let mut history = scenario.start(builtin()).expect("valid");
                assert!(history.run(100_000).is_some(), "{protocol} comes to an end");
                let judged = judge(Register::default(), &history.operation_history(history.position()));
                let searched = match judged.expect("reads and writes") {
                    Linearisability::Linearisable(_) => true,
                    Linearisability::NotLinearisable(_) => false,
                    Linearisability::Unknown => panic!("{protocol}, seed {seed}: the search came to a limit"),
                };
                let judgements = history.judgements();
                let property = judgements.iter().find(|judgement| judgement.name == "linearisable").expect("promised");
                let broken = property.verdict == Verdict::Violated;
                assert_eq!(broken, !searched, "{protocol}, mutant {mutant:?}, seed {seed}: {}", property.why);
                verdicts[usize::from(searched)] += 1;
            }
        }
    }
    assert!(verdicts.iter().all(|count| *count >= 20), "both verdicts are there: {verdicts:?}");
}

#[test]
fn at_a_moment_one_sees_the_operations_invoked_by_then_with_the_responses_up_to_then() {
    let mut history = named("abd-register").start(builtin()).expect("valid");
    history.run(100_000);
    let all = history.operations().to_vec();
    assert_eq!(all.len(), 8);
    let first = &all[0];
    let end = first.end.clone().expect("answered");
    assert_eq!(history.operations_at(first.event - 1).count(), 0);
    let [open] = &history.operations_at(first.event).collect::<Vec<_>>()[..] else {
        panic!("the first one is invoked")
    };
    assert!(open.is_open() && open.words().ends_with('…'));
    assert_eq!(history.operations_at(end.event).next().as_ref(), Some(first));
    assert_eq!(history.operations_at(history.position()).collect::<Vec<_>>(), all);
    // Going back forgets nothing; a branch forgets what it leaves.
    history.seek(first.event).expect("it was there");
    assert_eq!(history.operations(), all);
    history.act(Choice::Crash { process: first.process, after_effects: None }, None).expect("it is up");
    let own: Vec<_> = history.operations().iter().filter(|operation| operation.process == first.process).collect();
    assert_eq!(own.len(), 1);
    assert_eq!(
        own[0].end.as_ref().map(|end| (end.event, &end.how)),
        Some((first.event + 1, &UserOperationEnding::Crashed))
    );
    history.open(0, history.position());
    history.run(100_000);
    assert_eq!(history.operations(), all, "the other branch is as it was");
}

#[test]
fn a_person_asks_and_everything_keeps_it() {
    let mut lab = opened(quiet());
    lab.act(Action::End(1_000));
    let (hash, position) = (lab.history().engine().trace_hash(), lab.history().position());
    let records = lab.history().records().to_vec();
    lab.act(ask(P0, &["write", "x"]));
    assert_eq!(lab.notice(), None);
    let line = |process, words: &[&str]| PlannedRequest { at_ms: None, process, request: request(words) };
    assert_eq!(lab.scenario().requests, [line(P0, &["write", "x"])]);
    assert_eq!(lab.history().records()[..position as usize], records, "nothing that has happened changes");
    lab.act(Action::End(1_000));
    lab.act(ask(P1, &["read"]));
    lab.act(Action::End(1_000));
    assert_eq!(words(lab.history()), ["p0 write x", "p1 read → x"]);
    let after = lab.history().engine().trace_hash();

    // A file and a link.
    let text = lab.saved().to_json();
    let mut again = opened(Scenario::parse(&text).expect("its own file"));
    again.act(Action::End(10_000));
    assert_eq!(again.history().engine().trace_hash(), after);
    let link = Link::decode(&lab.link().expect("short")).expect("its own link");
    let linked = Lab::from_link(builtin(), link).expect("valid");
    assert_eq!((linked.history().engine().trace_hash(), words(linked.history())), (after, words(lab.history())));

    // A reload.
    let session = Session::parse(builtin(), &lab.session().to_json()).expect("its own session");
    let resumed = Lab::resume(builtin(), session).expect("valid");
    assert_eq!(resumed.history().engine().trace_hash(), after);
    assert_eq!(resumed.session(), lab.session());

    // Undo and redo, and back through all moments.
    lab.act(Action::Undo);
    assert_eq!((words(lab.history()), lab.scenario().requests.len()), (vec!["p0 write x".to_owned()], 1));
    lab.act(Action::Undo);
    assert_eq!((lab.history().engine().trace_hash(), lab.history().position()), (hash, position));
    assert!(lab.scenario().requests.is_empty() && lab.history().operations().is_empty());
    lab.act(Action::Redo);
    lab.act(Action::Redo);
    lab.act(Action::End(1_000));
    assert_eq!(lab.history().engine().trace_hash(), after);
    for event in (0..lab.history().position()).rev() {
        lab.act(Action::Seek(event));
    }
}

#[test]
fn the_same_request_stands_once_and_is_made_twice() {
    let mut lab = opened(quiet());
    for _ in 0..2 {
        lab.act(ask(P0, &["read"]));
        lab.act(Action::End(1_000));
    }
    assert_eq!((lab.scenario().requests.len(), lab.history().operations().len()), (1, 2));
    assert_eq!(words(lab.history()), ["p0 read → nothing"; 2]);
}

#[test]
fn asking_goes_on_from_an_undone_future_and_from_another_moment_of_the_run() {
    let mut lab = opened(quiet());
    lab.act(ask(P0, &["write", "x"]));
    lab.act(Action::End(1_000));
    let (session, kept) = (lab.session(), lab.history().engine().trace_hash());
    lab.act(Action::Undo);
    lab.act(ask(P0, &["write", "y"]));
    lab.act(Action::End(1_000));
    assert_eq!(words(lab.history()), ["p0 write y"]);
    assert_eq!(lab.scenario().requests.len(), 2, "the future that was undone is a branch, with its request");
    let branches = lab.history().branches().len();
    lab.act(Action::Resume(Box::new(session)));
    assert_eq!((lab.history().engine().trace_hash(), words(lab.history())), (kept, vec!["p0 write x".to_owned()]));
    assert_eq!(lab.history().branches().len(), branches, "it is the same run");
    for branch in 0..branches {
        lab.act(Action::Branch(branch));
        lab.act(Action::End(1_000));
    }
    lab.act(Action::Undo);
    assert_eq!(lab.notice(), None);
}

#[test]
fn what_cannot_be_asked_is_refused_with_the_reason() {
    let mut lab = opened(quiet());
    let refused = |lab: &mut Lab, action: Action| {
        let (before, version) = (lab.session(), lab.scenario().requests.len());
        lab.act(action);
        assert_eq!((lab.session(), lab.scenario().requests.len()), (before, version));
        lab.notice().expect("a reason").to_owned()
    };
    assert_eq!(refused(&mut lab, ask(SERVER, &["read"])), "it takes no requests");
    assert_eq!(refused(&mut lab, ask(P0, &["swap", "x"])), "\"swap\" is none of read, write");
    assert_eq!(refused(&mut lab, ask(P0, &["write"])), "write needs value, and not 0 values");
    assert_eq!(refused(&mut lab, ask(P0, &["write", ""])), "value: a text of 1 to 100 bytes");
    assert!(refused(&mut lab, ask(ProcessId(9), &["read"])).contains("there is no process p9"));
    lab.act(ask(P0, &["read"]));
    assert_eq!(refused(&mut lab, ask(P0, &["write", "x"])), "the request “read” of p0 is not answered yet");
    lab.act(Action::Choose(Choice::Crash { process: P0, after_effects: None }));
    assert_eq!(refused(&mut lab, ask(P0, &["read"])), "p0 has crashed");
    let items = lab.menu(Target::Process(P0));
    let asking: Vec<_> = items.iter().filter(|item| item.label.starts_with("Ask")).collect();
    assert_eq!(asking.iter().map(|item| &*item.label).collect::<Vec<_>>(), ["Ask p0 to read", "Ask p0 to write…"]);
    assert!(asking.iter().all(|item| !item.enabled && item.reason.as_deref() == Some("p0 has crashed")));
    assert_eq!(asking.iter().map(|item| item.form.is_some()).collect::<Vec<_>>(), [false, true]);
    assert!(!lab.menu(Target::Process(SERVER)).iter().any(|item| item.label.starts_with("Ask")));
}

#[test]
fn the_response_of_a_byzantine_process_is_no_evidence() {
    let mut scenario = named("abd-register");
    let behaviour = Behaviour { lies: Rate(1_000_000), ..Behaviour::default() };
    world::at(&mut scenario, 0, Choice::Byzantine { process: P0, behaviour });
    let mut history = scenario.start(builtin()).expect("valid");
    assert!(history.run(100_000).is_some());
    let ended = history.operations().iter().filter(|operation| operation.process == P0);
    let mut ended = ended.filter_map(|operation| operation.end.as_ref());
    assert!(ended.all(|end| matches!(end.how, UserOperationEnding::AnsweredByLiar(_))));
}

#[test]
fn the_diagram_has_the_words_of_operations_and_none_over_another() {
    let mut lab = opened(named("abd-register"));
    lab.act(Action::End(100_000));
    let picture = Diagram::whole(lab.history(), lab.facts());
    let labels: Vec<(Point, &str)> = picture
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Text { place, text, .. } if text.starts_with("read") || text.starts_with("write") => {
                Some((*place, text.as_str()))
            }
            _ => None,
        })
        .collect();
    let operations = lab.history().operations();
    assert!(labels.iter().all(|(_, text)| operations.iter().any(|operation| operation.words() == *text)));
    assert!(labels.len() >= 4, "{labels:?}");
    for (index, (place, text)) in labels.iter().enumerate() {
        let end = place.x + 6.0 * text.chars().count() as f32;
        let apart = |(other, _): &(Point, &str)| other.y != place.y || other.x > end || other.x < place.x;
        assert!(labels[index + 1..].iter().all(apart), "{text} runs into another one");
    }
}

#[test]
fn a_caption_with_a_response_is_one_sentence() {
    let mut lab = opened(named("abd-register"));
    while lab.history().operations().iter().all(|operation| operation.is_open()) {
        lab.act(Action::Next(1));
    }
    let caption = lab.caption();
    assert!(caption.contains(" answers its user") && caption.matches(". ").count() == 0, "{caption}");
}

#[test]
fn with_too_many_operations_at_once_nobody_claims_that_they_are_linearisable() {
    let clients: Vec<ProcessId> = ProcessId::all(18).collect();
    let role = |processes: Vec<ProcessId>| RoleLine { processes, modules: None };
    let servers = ProcessId::all(20).skip(18).collect();
    let mut scenario = Scenario { processes: 20, until_ms: 60_000, ..quiet() };
    scenario.roles = [("client".to_owned(), role(clients)), ("server".to_owned(), role(servers))].into();
    scenario.workload = Some(Workload { operations: 2, think_ms: 0, ..Workload::default() });
    let mut history = scenario.start(builtin()).expect("valid");
    history.run(100_000);
    let judgements = history.judgements();
    let linearisable = judgements.iter().find(|one| one.name == "linearisable").expect("it is promised");
    assert_eq!((linearisable.verdict, linearisable.event), (Verdict::Unknown, None));
    assert_eq!(linearisable.why, "the open operations could have gone in more than 20000 ways");
    // The search over the whole history is told all responses at once, and need not follow every way.
    let judged = judge(Register::default(), &history.operation_history(history.position()));
    assert!(matches!(judged, Ok(Linearisability::Linearisable(_))), "{judged:?}");
}
