//! Requests of users: planned ones, those that people make, and workloads.
//!
//! A request is a choice that names a process and a number; its content stands once, in the table of the run, or follows
//! from the workload and the seed. A process has one request open at a time. An operation is a request and its response.

use super::{Choice, Engine, Refusal, Setup, Status};
use crate::draw::{Purpose, below, draw};
use crate::process::{Invocation, Name, ProcessId, Value};
use std::rc::Rc;

/// The rule by which a value of a workload's request is made up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MadeUp {
    /// A text that no other request has: `p0.1`.
    Different,
    /// The same text for all.
    Equal,
    /// A whole number from the first to the second.
    Number(u64, u64),
    /// One of these words.
    Word(Vec<Name>),
}

/// A request of a workload, before its values are made up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// The name of the request.
    pub name: Rc<str>,
    /// The weight of this request beside the others: a request of weight 2 is made twice as often as one of weight 1.
    pub weight: u64,
    /// Its arguments.
    pub arguments: Vec<MadeUp>,
}

/// The habit of the user of one process: requests all the time, one after the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Habit {
    /// The number of requests.
    pub operations: u32,
    /// The mean time that the user thinks before each, in microseconds: it is drawn from 0 to twice as much.
    pub think_us: u64,
    /// The requests to draw from; their weights together are at least 1.
    pub templates: Rc<[Template]>,
}

impl Habit {
    /// The request of this number, from 1.
    pub fn request(&self, seed: u32, process: ProcessId, number: u32) -> Invocation {
        let bits = |place: u64| draw(seed, Purpose::Request, u64::from(process.0) << 8 | place, u64::from(number));
        let mut left = below(bits(0), self.templates.iter().map(|template| template.weight).sum());
        let chosen = self.templates.iter().find(|template| {
            let here = left < template.weight;
            left = left.saturating_sub(template.weight);
            here
        });
        let template = chosen.expect("what is left is below the sum of the weights");
        let value = |(place, made_up): (u64, &MadeUp)| match made_up {
            MadeUp::Different => Value::from(&*format!("{process}.{number}")),
            MadeUp::Equal => Value::from("same"),
            MadeUp::Number(least, most) => {
                let number = least + below(bits(place), (most - least).saturating_add(1));
                Value::from(&*number.to_string())
            }
            MadeUp::Word(words) => Value::from(&*words[below(bits(place), words.len() as u64) as usize]),
        };
        Invocation { name: Rc::clone(&template.name), arguments: (1..).zip(&template.arguments).map(value).collect() }
    }

    /// The time that the user thinks before the request of this number, in microseconds.
    fn think_us(&self, seed: u32, process: ProcessId, number: u32) -> u64 {
        below(draw(seed, Purpose::Think, u64::from(process.0), u64::from(number)), 2 * self.think_us + 1)
    }
}

/// The requests of one process's user.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Requests {
    /// The requests that are planned or made by people, by their number, from 1.
    pub table: Vec<Invocation>,
    /// The habit of its user.
    pub habit: Option<Habit>,
}

impl Requests {
    /// All of them in order, without times: those of the table, and then those of the workload.
    pub fn all(&self, seed: u32, process: ProcessId) -> Vec<Invocation> {
        let habit = self.habit.iter();
        let drawn = habit.flat_map(|habit| (1..=habit.operations).map(|number| habit.request(seed, process, number)));
        self.table.iter().cloned().chain(drawn).collect()
    }
}

/// A request that has not been answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenRequest {
    /// The request.
    pub invocation: Invocation,
    /// The event in which it was asked.
    pub event: u64,
    /// When, in microseconds.
    pub at_us: u64,
}

impl Setup {
    /// The invocation for which a choice asks a process, if it is a request that there is.
    pub fn invocation(&self, choice: &Choice) -> Option<Invocation> {
        match *choice {
            Choice::Request { process, number } => {
                let table = &self.requests.get(process.index())?.table;
                table.get((number as usize).checked_sub(1)?).cloned()
            }
            Choice::Workload { process, number } => {
                let habit = self.requests.get(process.index())?.habit.as_ref()?;
                (1..=habit.operations).contains(&number).then(|| habit.request(self.seed, process, number))
            }
            _ => None,
        }
    }

    /// When the user of a process makes the first request after `at_us`, being number `number` of the workload, in
    /// microseconds.
    pub(super) fn next_request_us(&self, process: ProcessId, number: u32, at_us: u64) -> Option<u64> {
        let habit = self.requests.get(process.index())?.habit.as_ref()?;
        (number <= habit.operations).then(|| at_us + habit.think_us(self.seed, process, number))
    }
}

impl Engine {
    /// Checks that the user of a process may ask for something now. The refusal says why not.
    pub fn may_ask(&self, process: ProcessId) -> Result<(), Refusal> {
        let state = self.known(process)?;
        if matches!(state.status, Status::Crashed(_)) {
            return Err(Refusal(format!("{process} has crashed")));
        }
        match &state.open {
            Some(open) => Err(Refusal(format!("the request “{}” of {process} is not answered yet", open.invocation))),
            None => Ok(()),
        }
    }

    /// Checks that the user of a process may ask for this now. The refusal says why not.
    pub(super) fn can_ask(&self, choice: &Choice, process: ProcessId) -> Result<(), Refusal> {
        self.may_ask(process)?;
        if self.setup.invocation(choice).is_none() {
            return Err(Refusal(format!("{process} has no request of this number")));
        }
        match *choice {
            Choice::Workload { number, .. } if number != self.process(process).asked + 1 => {
                let next = self.process(process).asked + 1;
                Err(Refusal(format!("the next request of the workload of {process} is number {next}")))
            }
            _ => Ok(()),
        }
    }

    /// The run's requests are these from now on: one more was made up by a person. Nothing that has happened changes.
    pub fn adopt_setup(&mut self, setup: Rc<Setup>) {
        self.setup = setup;
    }
}
