//! The roles of a protocol, and what its users ask for all the time.

use super::fields::number;
use bivalent::catalogue::{Entry, Role};
use bivalent::lab::{Action, Lab};
use bivalent::process::ProcessId;
use bivalent::scenario::{OPERATIONS_MAX, PlannedRequest, Scenario, UNTIL_MS_MAX, Workload};
use bivalent::scene::count;
use yew::prelude::*;

/// The greatest weight of a request beside the others.
const WEIGHT_MAX: u32 = 100;

/// The roles with their processes, where there are several.
pub(super) fn roles(lab: &Lab, entry: &Entry) -> Html {
    if entry.roles.len() < 2 {
        return html! {};
    }
    let roles = lab.scenario().roles(entry).expect("the scenario of a laboratory is valid");
    let rows = entry.roles.iter().enumerate().map(|(place, role)| {
        let own = ProcessId::all(lab.scenario().processes).filter(|process| roles.of(*process) == place);
        html! { <><dt>{ role.name.to_string() }</dt><dd>{ listed(own.map(|process| process.to_string())) }</dd></> }
    });
    html! {
        <>
            <h3>{ "Roles" }</h3>
            <dl id="roles">{ for rows }</dl>
        </>
    }
}

/// The workload in words, and the numbers in it, where the protocol takes requests.
pub(super) fn workload(lab: &Lab, on_act: &Callback<Action>) -> Html {
    let scenario = lab.scenario();
    let entry = scenario.entry(lab.catalogue()).expect("the scenario of a laboratory is valid");
    if !entry.takes_requests() {
        return html! {};
    }
    let here = scenario.workload.clone().unwrap_or(Workload { think_ms: 500, ..Workload::default() });
    let plain = Scenario { interventions: Vec::new(), ..scenario.clone() };
    let change = move |workload: Workload| {
        let workload = (workload.operations > 0).then_some(workload);
        Action::Change(Box::new(Scenario { workload, ..plain.clone() }))
    };
    let on = |edit: fn(&mut Workload, u32)| {
        let (here, change) = (here.clone(), change.clone());
        on_act.reform(move |number| {
            let mut workload = here.clone();
            edit(&mut workload, number);
            change(workload)
        })
    };
    let think_max = u32::try_from(UNTIL_MS_MAX).unwrap_or(u32::MAX);
    let think_ms = u32::try_from(here.think_ms).unwrap_or(think_max);
    let weights = names(&entry).into_iter().map(|name| {
        let weight = here.mix.get(&name).copied().unwrap_or(u32::from(here.mix.is_empty()));
        let (here, change, all, own) = (here.clone(), change.clone(), names(&entry), name.clone());
        let on = on_act.reform(move |weight| {
            let mut workload = here.clone();
            for name in &all {
                workload.mix.entry(name.clone()).or_insert(u32::from(here.mix.is_empty()));
            }
            workload.mix.insert(own.clone(), weight);
            change(workload)
        });
        number(format!("mix-{name}"), &format!("weight of {name}"), (0, WEIGHT_MAX), weight, on)
    });
    html! {
        <>
            <h3>{ "Requests of users" }</h3>
            <p class="soft" id="workload">{ words(scenario, &entry) }</p>
            { number("operations", "requests of each", (0, OPERATIONS_MAX), here.operations, on(|workload, number| workload.operations = number)) }
            if here.operations > 0 {
                { number("think", "thinks for about, ms", (0, think_max), think_ms, on(|workload, number| workload.think_ms = number.into())) }
                { for weights }
            }
        </>
    }
}

/// The requests that may be weighed: all processes that are asked must take all of them.
fn names(entry: &Entry) -> Vec<String> {
    let of = |role: &Role| role.requests.iter().map(|form| form.name.to_string()).collect::<Vec<String>>();
    let mut taking = entry.roles.iter().filter(|role| !role.requests.is_empty()).map(of);
    let first = taking.next().unwrap_or_default();
    if first.len() > 1 && taking.all(|names| names == first) { first } else { Vec::new() }
}

/// The planned requests that are listed; there may be thousands.
const PLANNED: usize = 6;

/// The requests that users make at planned times.
fn planned(scenario: &Scenario) -> Option<String> {
    let timed = |line: &PlannedRequest| Some(format!("“{}” of {} at {} ms", line.request, line.process, line.at_ms?));
    let all: Vec<String> = scenario.requests.iter().filter_map(timed).collect();
    let more = all.len().saturating_sub(PLANNED);
    let more = (more > 0).then(|| format!("{more} more"));
    (!all.is_empty()).then(|| format!("Planned requests: {}.", listed(all.into_iter().take(PLANNED).chain(more))))
}

fn words(scenario: &Scenario, entry: &Entry) -> String {
    let planned = planned(scenario);
    let Some(workload) = &scenario.workload else {
        let nobody = || "No user asks for anything by itself. The menu of a process asks it.".to_owned();
        return planned.unwrap_or_else(nobody);
    };
    let Ok(roles) = scenario.roles(entry) else { return String::new() };
    let taking = |process: &ProcessId| !entry.roles[roles.of(*process)].requests.is_empty();
    let all: Vec<ProcessId> = ProcessId::all(scenario.processes).filter(taking).collect();
    let asked = if workload.processes.is_empty() { &all } else { &workload.processes };
    let asked = listed(asked.iter().map(|process| process.to_string()));
    let requests = count(workload.operations as usize, "request");
    let most_ms = 2 * workload.think_ms;
    let planned = planned.map(|planned| format!(" {planned}")).unwrap_or_default();
    format!("The user of each of {asked} makes {requests}, and thinks for 0 to {most_ms} ms before each.{planned}")
}

fn listed(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    match &words[..] {
        [others @ .., last] if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        words => words.concat(),
    }
}
