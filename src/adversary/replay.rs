//! Schedules, run again on the protocol itself.
//!
//! Nothing here knows the explorer's numbers or tables: states are fresh, handlers are called event by event, and an
//! event whose message does not wait is refused. A certificate is worth what this says of it.

use super::live::{Frame, Shift};
use crate::draw::Coins;
use crate::explorer::{Event, Mail};
use crate::process::{Desk, LayerState, Local, Outcome, Person, ProcessId, Stack, Value};

/// A configuration, made by running a schedule.
#[derive(Clone)]
pub struct Replay {
    stack: Stack,
    people: Vec<Person>,
    started: Vec<bool>,
    states: Vec<Vec<LayerState>>,
    decided: Vec<Option<Value>>,
    /// What waits, in the order of sending, and the number of each on its link.
    buffer: Vec<(Mail, u32)>,
    sent: Vec<u32>,
}

impl Replay {
    /// The configuration in which nobody has started.
    pub fn new(stack: &Stack, inputs: &[Value]) -> Self {
        let n = inputs.len();
        let person = |(me, input): (ProcessId, &Value)| Person::from(Local::complete(me, n, Some(input.clone())));
        let people: Vec<Person> = ProcessId::all(n).zip(inputs).map(person).collect();
        Replay {
            stack: stack.clone(),
            started: vec![false; n],
            states: people.iter().map(|person| stack.init(person)).collect(),
            decided: vec![None; n],
            people,
            buffer: Vec::new(),
            sent: vec![0; n * n],
        }
    }

    /// Applies an event. Returns the number of its message on its link, which is how a board names it; the error says
    /// why the event cannot happen here.
    pub fn apply(&mut self, event: &Event) -> Result<Option<u32>, String> {
        let p = event.process.index();
        let (person, states) = (&self.people[p], &mut self.states[p]);
        let number = match &event.mail {
            None => None,
            Some(mail) if mail.to != event.process => {
                return Err(format!("{} takes in what is for {}", event.process, mail.to));
            }
            Some(mail) => {
                let place = self.buffer.iter().position(|(waiting, _)| waiting == mail);
                let place = place.ok_or_else(|| {
                    format!("{:?} from {} does not wait for {}", mail.payload, mail.from, event.process)
                })?;
                Some(self.buffer.remove(place).1)
            }
        };
        let runaway = |runaway| format!("{}: {runaway:?}", event.process);
        let mut desk = Desk::default();
        desk.begin(Coins::fixed(event.coins));
        let first = !std::mem::replace(&mut self.started[p], true);
        if first {
            self.stack.start(&mut desk, person, states).map_err(runaway)?;
        }
        if let Some(mail) = &event.mail {
            self.stack.deliver(&mut desk, person, states, mail.from, mail.payload.clone()).map_err(runaway)?;
        } else if let Some((layer, timer)) = self.stack.timeout_enabled(person, states).filter(|_| !first) {
            self.stack.timeout(&mut desk, person, states, layer, timer).map_err(runaway)?;
        }
        for outcome in desk.outcomes {
            match outcome {
                Outcome::Send { to, payload } => {
                    let link = &mut self.sent[p * self.people.len() + to.index()];
                    self.buffer.push((Mail { from: event.process, to, payload }, *link));
                    *link += 1;
                }
                Outcome::Decide(value) if self.decided[p].is_none() => self.decided[p] = Some(value),
                _ => {}
            }
        }
        Ok(number)
    }

    /// Applies a schedule.
    pub fn run(&mut self, schedule: &[Event]) -> Result<(), String> {
        for (place, event) in schedule.iter().enumerate() {
            self.apply(event).map_err(|error| format!("event {}: {error}", place + 1))?;
        }
        Ok(())
    }

    /// What each process has decided.
    pub fn decided(&self) -> &[Option<Value>] {
        &self.decided
    }

    /// Whether some process has decided this.
    pub fn has_decided(&self, value: bool) -> bool {
        self.decided.contains(&Some(Value::Bit(value)))
    }

    /// Whether nobody has decided.
    pub fn undecided(&self) -> bool {
        self.decided.iter().all(Option::is_none)
    }

    /// The configuration in words that are equal for configurations that are equal up to the shift.
    pub fn form(&self, shift: Option<Shift>) -> String {
        let layers: Vec<Vec<serde_json::Value>> =
            self.states.iter().map(|states| states.iter().map(|state| state.inspect()).collect()).collect();
        let reached: Vec<u64> = layers.iter().filter_map(|layers| shift?.reached(layers)).collect();
        let split = |mut tree: serde_json::Value| {
            let mut counts = Vec::new();
            if let Some(shift) = shift {
                shift.take(&mut tree, &mut counts);
            }
            (tree.to_string(), counts)
        };
        let locals: Vec<(String, Vec<u64>)> = layers.into_iter().flatten().map(split).collect();
        let letters = self.buffer.iter().map(|(mail, _)| {
            let (words, counts) = split(mail.payload.inspect());
            (format!("{}→{} {} {words}", mail.from, mail.to, mail.payload.kind().name), counts)
        });
        let letters: Vec<(String, Vec<u64>)> = letters.collect();
        let counts = locals.iter().chain(&letters).flat_map(|(_, counts)| counts.iter().copied());
        let frame = shift.map(|shift| Frame::new(shift, reached.into_iter(), counts));
        let line = |(words, counts): &(String, Vec<u64>)| {
            let counts: Vec<u32> = counts.iter().filter_map(|count| Some(frame.as_ref()?.place(*count))).collect();
            format!("{words} {counts:?}")
        };
        let mut lines: Vec<String> = locals.iter().chain(&letters).map(line).collect();
        lines[locals.len()..].sort_unstable();
        lines.push(format!("{:?} {:?}", self.started, self.decided));
        lines.join("\n")
    }
}
