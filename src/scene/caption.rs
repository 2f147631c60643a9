//! Captions: an event in plain words, and why.

use crate::engine::{Choice, MessageId};
use crate::history::Fact;
use crate::model::{Change, Override};
use crate::process::{Indication, Invocation, Outcome, ProcessId};
use crate::scenario::Scenario;

/// A count with its noun.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn name(scenario: &Scenario, process: ProcessId) -> String {
    match scenario.cast(process) {
        Some(name) => format!("{process} ({name})"),
        None => process.to_string(),
    }
}

fn message(scenario: &Scenario, fact: &Fact, id: MessageId) -> String {
    let text = fact.arrival.as_ref().map(|arrival| arrival.payload.text()).unwrap_or_default();
    format!("“{text}” from {}", name(scenario, id.from))
}

/// The outcomes of an event, each with the process that it belongs to.
fn told(fact: &Fact) -> impl Iterator<Item = (ProcessId, &Outcome)> {
    fact.by_process().flat_map(|(process, outcomes)| outcomes.iter().map(move |outcome| (process, outcome)))
}

/// The event without reasons: one short clause.
pub fn headline(scenario: &Scenario, fact: &Fact) -> String {
    let who = |process: ProcessId| name(scenario, process);
    let mut text = match fact.choice {
        Choice::Start(process) => format!("{} starts", who(process)),
        Choice::Deliver(id) => {
            let starts = if fact.started { "starts and " } else { "" };
            format!("{} {starts}receives {}", who(id.to), message(scenario, fact, id))
        }
        Choice::Timeout { process, .. } => match &fact.fired {
            Some((_, timer)) => format!("The timer “{}” of {} runs out", timer, who(process)),
            None => format!("A timer of {} runs out", who(process)),
        },
        Choice::Request { process, .. } | Choice::Workload { process, .. } => {
            let asked = fact.asked.as_ref().map(Invocation::to_string).unwrap_or_default();
            format!("The user of {} asks: “{asked}”", who(process))
        }
        Choice::Lose(id) => format!("The message {} to {} is lost", message(scenario, fact, id), who(id.to)),
        Choice::Alter { message: id, .. } => {
            format!("On its way to {} a message becomes {}", who(id.to), message(scenario, fact, id))
        }
        Choice::Switch { on, .. } => {
            let module = fact.switched.as_deref().unwrap_or_default();
            format!("The module {module} is switched {}, at every process that has it", if on { "on" } else { "off" })
        }
        choice => choice_words(scenario, &choice),
    };
    for (process, outcome) in told(fact) {
        if let Outcome::Indicate(Indication::Return(value)) = outcome {
            let value = value.as_ref().map(|value| format!(" “{value}”")).unwrap_or_default();
            text.push_str(&format!(", and {} answers its user{value}", who(process)));
        }
    }
    if fact.crashed && !matches!(fact.choice, Choice::Crash { .. }) {
        text.push_str(", and crashes in the middle of the step");
    }
    text
}

/// A choice of a person, in words.
pub fn choice_words(scenario: &Scenario, choice: &Choice) -> String {
    let who = |process: ProcessId| name(scenario, process);
    let link = |id: MessageId| format!("from {} to {}", who(id.from), who(id.to));
    match *choice {
        Choice::Start(process) => format!("{} starts", who(process)),
        Choice::Deliver(id) => format!("The message {} is delivered", link(id)),
        Choice::Timeout { process, .. } => format!("A timer of {} runs out", who(process)),
        Choice::Lose(id) => format!("The message {} is lost", link(id)),
        Choice::Duplicate(id) => format!("The message {} is doubled", link(id)),
        Choice::Alter { message: id, .. } => format!("The message {} is changed on its way", link(id)),
        Choice::Inject { from, to, .. } => {
            format!("Somebody writes to {} in the name of {}", who(to), who(from))
        }
        Choice::Replay(id) => format!("An old message {} is sent once more", link(id)),
        Choice::Hold(id) => format!("The message {} is held", link(id)),
        Choice::Release(id) => format!("The message {} travels on", link(id)),
        Choice::Crash { process, after_effects: None } => format!("{} crashes", who(process)),
        Choice::Crash { process, after_effects: Some(effects) } => {
            let effects = count(effects.into(), "effect");
            format!("{} will crash after {effects} of its next step", who(process))
        }
        Choice::CrashSending { process, after_sends } => {
            let messages = count(after_sends.into(), "message");
            format!("{} will crash after {messages} of its next sending", who(process))
        }
        Choice::Recover(process) => format!("{} comes back", who(process)),
        Choice::Byzantine { process, behaviour } => format!("{} is Byzantine: it {}", who(process), behaviour.text()),
        Choice::Slow { process, extra_ms: 0 } => format!("{} is as fast as before", who(process)),
        Choice::Slow { process, extra_ms } => format!("{} becomes slow, by {extra_ms} ms a message", who(process)),
        Choice::Cut { from, to } => format!("The link from {} to {} is cut", who(from), who(to)),
        Choice::Mend { from, to } => format!("The link from {} to {} is mended", who(from), who(to)),
        Choice::Partition(side) => {
            let names: Vec<String> = side.processes().map(who).collect();
            format!("{} {} cut off from the others", names.join(", "), if names.len() == 1 { "is" } else { "are" })
        }
        Choice::Heal => "All links are mended".into(),
        Choice::Request { process, number } => {
            let own = scenario.requests.iter().filter(|line| line.process == process);
            let asked = own.map(|line| &line.request).nth((number as usize).saturating_sub(1));
            let asked = asked.map_or_else(|| format!("for request {number}"), |request| format!("“{request}”"));
            format!("The user of {} asks {asked}", who(process))
        }
        Choice::Workload { process, number } => {
            format!("The user of {} makes request {number} of its workload", who(process))
        }
        Choice::Switch { layer, on } => {
            let name = scenario.modules.as_ref().and_then(|lines| Some(&*lines.get(usize::from(layer))?.name));
            let number = || format!("number {layer} from the bottom");
            format!(
                "The module {} is switched {}",
                name.map_or_else(number, str::to_owned),
                if on { "on" } else { "off" }
            )
        }
        Choice::Change(change) => match change {
            Change::Failures(failures) => format!("From now on: {}", failures.promise()),
            Change::Links(links) => format!("From now on: {}", links.promise()),
            Change::Link(Override { from, to, one_way, links }) => {
                let way = if one_way { "from" } else { "between" };
                let to = if one_way { format!("to {}", who(to)) } else { format!("and {}", who(to)) };
                format!("From now on, {way} {} {to}: {}", who(from), links.promise())
            }
            Change::Timing(timing) => format!("From now on: {}", timing.promise()),
        }
        .trim_end_matches('.')
        .to_owned(),
    }
}

/// The event and its reason, in one or two sentences.
pub fn caption(scenario: &Scenario, fact: &Fact) -> String {
    let mut text = headline(scenario, fact);
    let mut reasons: Vec<&str> = Vec::new();
    for reason in fact.reasons() {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    if !reasons.is_empty() {
        text = format!("{text}: {}", reasons.join("; "));
    }
    text.push('.');
    for (process, outcome) in told(fact) {
        match outcome {
            Outcome::Decide(value) => text.push_str(&format!(" {process} decides {value}.")),
            Outcome::Indicate(Indication::Trust(other)) => text.push_str(&format!(" {process} trusts {other}.")),
            Outcome::Indicate(Indication::Restore(other)) => {
                text.push_str(&format!(" {process} no longer suspects {other}."));
            }
            Outcome::Indicate(Indication::Suspect(other)) => text.push_str(&format!(" {process} suspects {other}.")),
            _ => {}
        }
    }
    let suffix = if fact.by_hand { " (By you.)" } else { "" };
    format!("{text}{suffix}")
}
