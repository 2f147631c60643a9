//! The roles of processes and the requests of users: read off a scenario and checked.

use super::{Catalogue, Domain, Entry, RequestForm, Role, Share};
use crate::engine::{Choice, Habit, MadeUp, Requests, Template};
use crate::process::{Invocation, Name, ProcessId, Roles};
use crate::quote::quoted;
use crate::scenario::{CHOICES_MAX, OPERATIONS_MAX, Scenario, UNTIL_MS_MAX, Workload};
use std::rc::Rc;

impl Scenario {
    /// The roles of its protocol, each with its processes. The error names the field.
    pub fn roles(&self, entry: &Entry) -> Result<Roles, String> {
        let n = self.processes;
        if self.roles.is_empty() {
            return entry.shares(n);
        }
        if let Some(name) = self.roles.keys().find(|name| !entry.roles.iter().any(|role| role.name == **name)) {
            let known: Vec<&str> = entry.roles.iter().map(|role| &*role.name).filter(|name| !name.is_empty()).collect();
            let known = if known.is_empty() { "it has none".to_owned() } else { known.join(", ") };
            return Err(format!("roles: {} is no role of {}: {known}", quoted(name), entry.name));
        }
        let mut roles: Vec<(Name, Vec<ProcessId>)> = Vec::new();
        for role in &entry.roles {
            let mut processes = self.roles.get(&*role.name).map(|line| line.processes.clone()).unwrap_or_default();
            processes.sort_unstable();
            roles.push((role.name.clone(), processes));
        }
        for process in ProcessId::all(n) {
            let count = roles.iter().flat_map(|(_, processes)| processes).filter(|other| **other == process).count();
            if count != 1 {
                let count = if count == 0 { "no role".to_owned() } else { format!("{count} roles") };
                return Err(format!("roles: {process} has {count}, and each process has one"));
            }
        }
        if let Some(beyond) = roles.iter().flat_map(|(_, processes)| processes).find(|process| process.index() >= n) {
            return Err(format!("roles: there is no process {beyond}; the last one is p{}", n - 1));
        }
        match roles.iter().find(|(_, processes)| processes.is_empty()) {
            Some((name, _)) => Err(format!("roles: nobody is {}", quoted(name))),
            None => Ok(Roles::new(roles)),
        }
    }

    /// The requests that a process takes in its role. The error names the field.
    pub fn request_forms(&self, catalogue: &Catalogue, process: ProcessId) -> Result<Vec<RequestForm>, String> {
        let entry = self.entry(catalogue)?;
        Ok(role_of(&entry, &self.roles(&entry)?, process, self.processes)?.requests.clone())
    }

    /// Checks a request to a process. The error says what is allowed.
    pub fn check_request(&self, catalogue: &Catalogue, process: ProcessId, request: &Invocation) -> Result<(), String> {
        let entry = self.entry(catalogue)?;
        role_of(&entry, &self.roles(&entry)?, process, self.processes)?.check(request)
    }

    /// The requests of users to each process; empty where they ask nothing. The error names the field.
    pub(super) fn users(&self, entry: &Entry, roles: &Roles, timed: bool) -> Result<Vec<Requests>, String> {
        if self.requests.is_empty() && self.workload.is_none() && !entry.takes_requests() {
            return Ok(Vec::new());
        }
        let mut users = vec![Requests::default(); self.processes];
        if self.requests.len() > CHOICES_MAX {
            return Err(format!("requests: {} of them; at most {CHOICES_MAX} are read", self.requests.len()));
        }
        for (index, line) in self.requests.iter().enumerate() {
            let at = |error: String| format!("requests[{index}]: {error}");
            let role = role_of(entry, roles, line.process, self.processes).map_err(at)?;
            role.check(&line.request).map_err(at)?;
            match line.at_ms {
                Some(at_ms) if at_ms > UNTIL_MS_MAX => return Err(at(format!("at_ms: at most {UNTIL_MS_MAX}"))),
                Some(_) if !timed => {
                    return Err(at(format!(
                        "at_ms: with \"scheduler\": \"{}\" nothing has a time",
                        self.scheduler.name()
                    )));
                }
                _ => users[line.process.index()].table.push(line.request.clone()),
            }
        }
        if let Some(workload) = &self.workload {
            self.habits(entry, roles, workload, &mut users).map_err(|error| format!("workload: {error}"))?;
        }
        Ok(users)
    }

    /// The requests that happen at given times, in microseconds.
    pub(super) fn planned_requests(&self) -> impl Iterator<Item = (u64, Choice)> {
        let mut numbers = vec![0; self.processes];
        self.requests.iter().filter_map(move |line| {
            let number: &mut u32 = &mut numbers[line.process.index()];
            *number += 1;
            Some((1_000 * line.at_ms?, Choice::Request { process: line.process, number: *number }))
        })
    }

    fn habits(&self, entry: &Entry, roles: &Roles, workload: &Workload, users: &mut [Requests]) -> Result<(), String> {
        if workload.operations > OPERATIONS_MAX {
            return Err(format!("operations: {} is not from 0 to {OPERATIONS_MAX}", workload.operations));
        }
        if workload.think_ms > UNTIL_MS_MAX {
            return Err(format!("think_ms: not from 0 to {UNTIL_MS_MAX}"));
        }
        let all: Vec<ProcessId> = ProcessId::all(self.processes).collect();
        let processes = if workload.processes.is_empty() { &all } else { &workload.processes };
        for process in processes {
            let role = role_of(entry, roles, *process, self.processes)?;
            if role.requests.is_empty() && workload.processes.is_empty() {
                continue;
            }
            let forms = || role.requests.iter();
            if let Some(name) = workload.mix.keys().find(|name| !forms().any(|form| form.name == **name)) {
                let known: Vec<&str> = forms().map(|form| &*form.name).collect();
                return Err(format!(
                    "mix: {} is none of the requests of {process}: {}",
                    quoted(name),
                    known.join(", ")
                ));
            }
            let weight = |form: &RequestForm| {
                let given = workload.mix.get(&*form.name).copied();
                u64::from(given.unwrap_or(u32::from(workload.mix.is_empty())))
            };
            let template = |form: &RequestForm| Template {
                name: Rc::from(&*form.name),
                weight: weight(form),
                arguments: form.arguments.iter().map(|argument| made_up(argument.domain.as_ref(), workload)).collect(),
            };
            let templates: Rc<[Template]> = forms().map(template).collect();
            if templates.iter().all(|template| template.weight == 0) {
                return Err(format!("there is nothing to ask {process} for"));
            }
            users[process.index()].habit =
                Some(Habit { operations: workload.operations, think_us: 1_000 * workload.think_ms, templates });
        }
        if users.iter().all(|user| user.habit.is_none()) {
            return Err(format!("{} takes no requests", entry.name));
        }
        Ok(())
    }
}

impl Entry {
    /// Its roles among `n` processes, unless a scenario says otherwise. The error says which role nobody is left for.
    pub fn shares(&self, n: usize) -> Result<Roles, String> {
        let mut left = ProcessId::all(n);
        let share = |role: &Role| {
            let processes: Vec<ProcessId> = match role.share {
                Share::Next(count) => left.by_ref().take(count).collect(),
                Share::Rest => left.by_ref().collect(),
            };
            (role.name.clone(), processes)
        };
        let roles: Vec<(Name, Vec<ProcessId>)> = self.roles.iter().map(share).collect();
        match roles.iter().find(|(_, processes)| processes.is_empty()) {
            Some((name, _)) => Err(format!("processes: {n} are too few: nobody is left for the role {}", quoted(name))),
            None => Ok(Roles::new(roles)),
        }
    }
}

fn role_of<'a>(entry: &'a Entry, roles: &Roles, process: ProcessId, n: usize) -> Result<&'a Role, String> {
    if process.index() >= n {
        return Err(format!("there is no process {process}; the last one is p{}", n - 1));
    }
    Ok(&entry.roles[roles.of(process)])
}

fn made_up(domain: Option<&Domain>, workload: &Workload) -> MadeUp {
    match domain {
        None if workload.equal => MadeUp::Equal,
        None => MadeUp::Different,
        Some(Domain::Integer(least, most) | Domain::Bound(least, most)) => MadeUp::Number(*least, *most),
        Some(Domain::Choice(words)) => MadeUp::Word(words.clone()),
        Some(Domain::Flag) => MadeUp::Word(super::names(["false", "true"])),
    }
}
