//! The promises of the models, each checked on traces: what the files on single models share.

use crate::common::{builtin, find};
use bivalent::engine::{Choice, MessageId};
use bivalent::history::{Fact, History};
use bivalent::model::{Behaviour, Failures};
use bivalent::process::{ProcessId, Value};
use bivalent::scenario::{Fault, Scenario};
use std::collections::BTreeMap;

mod byzantine;
mod choices;
mod failures;
mod intruder;
mod links;
mod partitions;
mod timing;

const P0: ProcessId = ProcessId(0);
const P1: ProcessId = ProcessId(1);
const P2: ProcessId = ProcessId(2);
const P3: ProcessId = ProcessId(3);

fn scenario(protocol: &str, inputs: &[&str]) -> Scenario {
    let mut scenario = Scenario::of(&find(protocol), inputs.len());
    scenario.inputs = inputs.iter().map(|input| (!input.is_empty()).then(|| Value::from(*input))).collect();
    scenario
}

fn ended(scenario: &Scenario) -> History {
    let mut history = scenario.start(builtin()).expect("a valid scenario");
    history.run(1_000_000).expect("it ends");
    history
}

fn facts(history: &History) -> Vec<Fact> {
    history.facts(0, history.position())
}

fn crash(process: ProcessId, after_effects: Option<u16>) -> Choice {
    Choice::Crash { process, after_effects }
}

/// How often each message was received.
fn received(facts: &[Fact]) -> BTreeMap<MessageId, u32> {
    let mut received = BTreeMap::new();
    for fact in facts {
        if let Choice::Deliver(id) = fact.choice {
            *received.entry(id).or_default() += 1;
        }
    }
    received
}

/// How long each message travelled and was handled, by its name.
fn delays(scenario: &Scenario) -> BTreeMap<MessageId, (u64, u64)> {
    let mut history = scenario.start(builtin()).expect("valid");
    let mut delays = BTreeMap::new();
    while let Ok(step) = history.next() {
        for id in step.sent.clone() {
            let flight = history.engine().flight(id).expect("it was sent in this event");
            delays.insert(id, (flight.arrives_us - flight.sent_us, flight.due_us - flight.arrives_us));
        }
    }
    delays
}

fn byzantine(process: ProcessId, behaviour: Behaviour) -> Choice {
    Choice::Byzantine { process, behaviour }
}

/// A scenario in which these processes behave like that from the beginning.
fn with_liars(mut scenario: Scenario, liars: &[(ProcessId, Behaviour)]) -> Scenario {
    scenario.models.failures = Failures::Byzantine;
    let fault =
        |(process, behaviour): &(ProcessId, Behaviour)| Fault { at_ms: 0, choice: byzantine(*process, *behaviour) };
    scenario.faults = liars.iter().map(fault).collect();
    scenario
}

/// What was received: from whom, by whom, and what it says.
fn said(history: &History) -> Vec<(ProcessId, ProcessId, String)> {
    let message = |fact: &Fact| match (fact.choice, &fact.arrival) {
        (Choice::Deliver(id), Some(arrival)) => Some((id.from, id.to, arrival.payload.text())),
        _ => None,
    };
    let mut said: Vec<_> = facts(history).iter().filter_map(message).collect();
    said.sort();
    said
}
