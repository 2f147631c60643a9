//! From a scenario to a run: everything in it is checked, and the run is made.

use super::{Catalogue, Entry, Instance, own_properties};
use crate::engine::{Choice, Setup, check_light};
use crate::history::{History, Plan, Scheduler};
use crate::model::{Change, city, light_us};
use crate::process::{Interface, Local, LocalKnowledge, Message, ProcessId, Program, UserMessage, Value};
use crate::property::Monitors;
use crate::scenario::{CHOICES_MAX, INPUT_BYTES_MAX, ModuleLine, SPEED_MAX, Scenario, UNTIL_MS_MAX};
use std::rc::Rc;
use std::sync::Arc;

impl Scenario {
    /// The protocol on top of the stack.
    pub fn entry(&self, catalogue: &Catalogue) -> Result<Arc<Entry>, String> {
        catalogue.find(&self.protocol).map_err(|error| format!("protocol: {error}"))
    }

    /// The modules under the protocol, each after those that it asks, where no role has others.
    pub fn under(&self, catalogue: &Catalogue) -> Vec<ModuleLine> {
        match (&self.modules, self.entry(catalogue)) {
            (Some(modules), _) => modules.clone(),
            (None, Ok(entry)) => entry.under.clone(),
            (None, Err(_)) => Vec::new(),
        }
    }

    /// What runs at some process: the modules under the protocol, those of roles with others included, and the protocol.
    pub fn layers(&self, catalogue: &Catalogue) -> Vec<String> {
        let mut layers: Vec<String> = Vec::new();
        let own = self.roles.values().filter_map(|role| role.modules.clone()).flatten();
        for line in self.under(catalogue).into_iter().chain(own) {
            if !layers.contains(&line.module.to_string()) {
                layers.push(line.module.into_owned());
            }
        }
        layers.push(self.protocol.clone());
        layers
    }

    /// True if some layer of the stack is a failure detector.
    pub fn detects(&self, catalogue: &Catalogue) -> bool {
        let detects = |name: &String| catalogue.find(name).is_ok_and(|entry| entry.offers(Interface::Detector));
        self.layers(catalogue).iter().any(detects)
    }

    /// The protocol with its parameters on its layers. The error names the field.
    pub fn instance(&self, catalogue: &Catalogue) -> Result<Instance, String> {
        let entry = self.entry(catalogue)?;
        let settings = self.parameters.iter().map(|(name, setting)| (name.as_str(), setting.0.as_str()));
        let parameters = catalogue.parameters(&entry, settings)?;
        let own = |role: &str| self.roles.get(role).and_then(|role| role.modules.as_deref());
        let program = catalogue.program(&entry, &parameters, |role| own(role).or(self.modules.as_deref()))?;
        Ok(Instance { entry, parameters, program })
    }

    /// One input a process.
    fn inputs(&self) -> Vec<Option<Value>> {
        let mut inputs = self.inputs.clone();
        inputs.resize(self.processes, None);
        inputs
    }

    /// Checks everything and says what the run is made from. The error names the field.
    pub fn plan(&self, catalogue: &Catalogue) -> Result<Plan, String> {
        let (n, timed) = (self.processes, self.scheduler == Scheduler::Timed);
        self.check_sizes()?;
        let entry = self.entry(catalogue)?;
        let (least, most) = entry.processes;
        if !(least..=most).contains(&n) {
            return Err(format!("processes: {} runs with {least} to {most} processes, not {n}", entry.name));
        }
        if self.inputs.len() > n {
            return Err(format!("inputs: there are {} for {n} processes", self.inputs.len()));
        }
        let inputs = self.inputs();
        let long =
            |input: &Option<Value>| input.as_ref().is_some_and(|value| value.to_string().len() > INPUT_BYTES_MAX);
        if let Some(index) = inputs.iter().position(long) {
            return Err(format!("inputs[{index}]: longer than {INPUT_BYTES_MAX} bytes"));
        }
        entry.check_inputs(&inputs)?;
        let instance = self.instance(catalogue)?;
        let roles = Rc::new(self.roles(&entry)?);
        let requests = self.users(&entry, &roles, timed)?;
        self.models.check(n)?;
        let light_us = self.light_us()?;
        check_light(&self.models.timing, &light_us)?;
        if !(1..=UNTIL_MS_MAX).contains(&self.until_ms) {
            return Err(format!("until_ms: {} is not from 1 to {UNTIL_MS_MAX}", self.until_ms));
        }
        self.check_choices(timed, &light_us, &instance.program)?;
        let start_us = self.start_us()?;
        if !timed {
            self.models.check_untimed()?;
            if start_us.iter().any(|at_us| *at_us > 0) {
                return Err(format!("start_ms: with \"scheduler\": \"{}\" nothing has a time", self.scheduler.name()));
            }
            if !self.faults.is_empty() {
                return Err(format!(
                    "faults: they happen at times, and with \"scheduler\": \"{}\" nothing has one; \
                     put them into \"interventions\"",
                    self.scheduler.name()
                ));
            }
        }
        self.check_lesson()?;
        let mut monitors = Monitors::new(entry.promised(&inputs));
        if let Some(holdings) = &entry.holdings {
            monitors.count(holdings.clone());
        }
        let added = own_properties(&instance, &inputs, &self.properties)?;
        monitors.watch(entry.own.iter().cloned().chain(added).collect());
        let knowledge = |inputs: &[Option<Value>]| {
            let knowledge = |(me, input): (ProcessId, &Option<Value>)| {
                let (peers, roles) = (self.topology.peers(me, n).into(), Rc::clone(&roles));
                LocalKnowledge::from(Local { me, n, input: input.clone(), peers, role: roles.of(me), roles })
            };
            ProcessId::all(n).zip(inputs).map(knowledge).collect()
        };
        let faults = self.faults.iter().map(|fault| (1_000 * fault.at_ms, fault.choice));
        let setup = Setup {
            program: instance.program,
            knowledge: knowledge(&inputs),
            others: knowledge(&other_inputs(&entry, &inputs)),
            light_us,
            start_us,
            seed: self.seed,
            timed,
            faults: faults.chain(self.planned_requests()).collect(),
            requests,
        };
        Ok(Plan {
            setup: Rc::new(setup),
            models: self.models.clone(),
            schedule: self.schedule.clone().into(),
            scheduler: self.scheduler,
            until_us: 1_000 * self.until_ms,
            monitors,
        })
    }

    /// Checks faults, schedule and interventions.
    fn check_choices(&self, timed: bool, light_us: &[u64], program: &Program) -> Result<(), String> {
        let n = self.processes;
        for (length, name) in [
            (self.faults.len(), "faults"),
            (self.schedule.len(), "schedule"),
            (self.interventions.len(), "interventions"),
        ] {
            if length > CHOICES_MAX {
                return Err(format!("{name}: {length} choices; at most {CHOICES_MAX} are read"));
            }
        }
        let check = |choice: &Choice, name: &str, index: usize| {
            let checked = names_exist(choice, n).and_then(|()| match choice {
                Choice::Change(change) => {
                    let models = self.models.changed(change);
                    models.check(n)?;
                    if !timed {
                        models.check_untimed()?;
                    }
                    check_light(&models.timing, light_us)
                }
                Choice::Switch { layer, .. } => program.can_switch(usize::from(*layer)),
                _ => Ok(()),
            });
            checked.map_err(|error| format!("{name}[{index}]: {error}"))
        };
        let latest = |at_us: Option<u64>, name: &str, index: usize| match at_us {
            Some(at_us) if at_us > 1_000 * UNTIL_MS_MAX => {
                Err(format!("{name}[{index}].at_us: at most {}", 1_000 * UNTIL_MS_MAX))
            }
            _ => Ok(()),
        };
        for (index, fault) in self.faults.iter().enumerate() {
            check(&fault.choice, "faults", index)?;
            if fault.at_ms > UNTIL_MS_MAX {
                return Err(format!("faults[{index}].at_ms: at most {UNTIL_MS_MAX}"));
            }
        }
        for (index, intervention) in self.interventions.iter().enumerate() {
            check(&intervention.choice, "interventions", index)?;
            latest(intervention.at_us, "interventions", index)?;
        }
        for (index, scheduled) in self.schedule.iter().enumerate() {
            check(&scheduled.choice, "schedule", index)?;
            latest(scheduled.at_us, "schedule", index)?;
        }
        Ok(())
    }

    /// Checks the question and its worlds.
    fn check_lesson(&self) -> Result<(), String> {
        let worlds = self.lesson.iter().flat_map(|lesson| &lesson.worlds);
        if worlds.clone().any(|world| world.label.is_empty() || world.scenario.is_empty()) {
            return Err("lesson.worlds: each has a \"label\" and a \"scenario\"".into());
        }
        if let Some(lesson) = &self.lesson
            && !lesson.answers.is_empty()
            && lesson.right >= lesson.answers.len()
        {
            return Err(format!("lesson.right: there are {} answers", lesson.answers.len()));
        }
        if self.speed().abs() > SPEED_MAX {
            return Err(format!("lesson.speed: {} is not from -{SPEED_MAX} to {SPEED_MAX}", self.speed()));
        }
        Ok(())
    }

    /// When each process starts, in microseconds.
    pub(super) fn start_us(&self) -> Result<Vec<u64>, String> {
        if self.start_ms.len() > self.processes {
            return Err(format!("start_ms: there are {} for {} processes", self.start_ms.len(), self.processes));
        }
        if let Some(index) = self.start_ms.iter().position(|at_ms| *at_ms > UNTIL_MS_MAX) {
            return Err(format!("start_ms[{index}]: not from 0 to {UNTIL_MS_MAX}"));
        }
        let mut start_us: Vec<u64> = self.start_ms.iter().map(|at_ms| 1_000 * at_ms).collect();
        start_us.resize(self.processes, 0);
        Ok(start_us)
    }

    /// The time that light needs from each process to each other, in microseconds; empty where they stand nowhere.
    fn light_us(&self) -> Result<Vec<u64>, String> {
        if self.places.is_empty() {
            return Ok(Vec::new());
        }
        if self.places.len() != self.processes {
            return Err(format!("places: there are {} for {} processes", self.places.len(), self.processes));
        }
        let mut cities = Vec::new();
        for (index, name) in self.places.iter().enumerate() {
            cities.push(city(name).map_err(|error| format!("places[{index}]: {error}"))?);
        }
        Ok(cities.iter().flat_map(|from| cities.iter().map(|to| light_us(*from, *to))).collect())
    }

    /// The run at its beginning.
    pub fn start(&self, catalogue: &Catalogue) -> Result<History, String> {
        Ok(History::new(self.plan(catalogue)?, self.interventions.clone()))
    }
}

/// For each process the input that its twin has: the other bit, or what somebody else was given, or a lie.
fn other_inputs(entry: &Entry, inputs: &[Option<Value>]) -> Vec<Option<Value>> {
    let mut others = inputs.to_vec();
    for (input, other) in inputs.iter().zip(&mut others) {
        let Some(value) = input else { continue };
        let somebodys = inputs.iter().flatten().find(|theirs| *theirs != value && theirs.bit().is_none());
        let lie = UserMessage(value.clone()).lies().into_iter().next().map(|UserMessage(lie)| lie);
        *other = somebodys.filter(|_| value.bit().is_none()).cloned().or(lie);
    }
    // If a lie would be no input at all, twins are equal.
    if entry.check_inputs(&others).is_ok() { others } else { inputs.to_vec() }
}

/// Checks that every process that `choice` names exists.
fn names_exist(choice: &Choice, n: usize) -> Result<(), String> {
    let mut named: Vec<ProcessId> = choice.process().into_iter().collect();
    if let Some(message) = choice.message() {
        named.extend([message.from, message.to]);
    }
    match choice {
        Choice::Cut { from, to } | Choice::Mend { from, to } if from == to => {
            return Err("a process has no link to itself".into());
        }
        Choice::Cut { from, to } | Choice::Mend { from, to } => named.extend([*from, *to]),
        Choice::Partition(side) if side.is_empty() => return Err("a partition names at least one process".into()),
        Choice::Partition(side) if side.processes().count() == n => {
            return Err("a partition of all processes cuts nothing".into());
        }
        Choice::Partition(side) => named.extend(side.processes()),
        Choice::Inject { from, to, .. } => named.extend([*from, *to]),
        Choice::Byzantine { behaviour, .. } => named.extend(behaviour.twin.processes().chain(behaviour.forges)),
        Choice::Change(Change::Link(other)) => named.extend([other.from, other.to]),
        _ => {}
    }
    match named.iter().find(|process| process.index() >= n) {
        Some(process) => Err(format!("there is no process {process}; the last one is p{}", n - 1)),
        None => Ok(()),
    }
}
