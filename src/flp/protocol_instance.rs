//! The subject of a view: a protocol with its parameters and inputs, as a person has written them.

use crate::adversary::{Adversary, Horn};
use crate::catalogue::{Catalogue, Entry, Inputs, Instance};
use crate::engine::Choice;
use crate::explorer::StrictEvent;
use crate::history::Scheduler;
use crate::process::{ProcessId, Value};
use crate::quote::quoted;
use crate::scenario::{Link, Scenario, Setting};

use super::choices;

/// The subject of the exploration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProtocolInstance {
    /// The catalogue in which its protocol and the layers below are found.
    pub catalogue: Catalogue,
    /// The protocol's name in the catalogue.
    pub protocol: String,
    /// Its parameters that are not as usual.
    pub parameters: Vec<(String, String)>,
    /// The inputs, a digit a process.
    pub inputs: String,
}

impl ProtocolInstance {
    /// Reads parameters as they are written on the command line, `NAME=VALUE` with spaces between them. The error says
    /// what is no parameter.
    pub fn new(
        catalogue: &Catalogue,
        protocol: &str,
        parameters: &str,
        inputs: &str,
    ) -> Result<ProtocolInstance, String> {
        let pair = |text: &str| match text.split_once('=') {
            Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
            None => Err(format!("{} is not NAME=VALUE", quoted(text))),
        };
        let parameters = parameters.split_whitespace().map(pair).collect::<Result<_, _>>()?;
        Ok(ProtocolInstance {
            catalogue: catalogue.clone(),
            protocol: protocol.into(),
            parameters,
            inputs: inputs.into(),
        })
    }

    /// The protocol with its parameters on its layers. The error names what does not fit.
    pub fn resolve(&self) -> Result<Instance, String> {
        let given = self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.catalogue.instance(&self.protocol, given, None)
    }

    /// The inputs, one bit a process. The error says what is allowed.
    pub fn bits(&self, entry: &Entry) -> Result<Vec<bool>, String> {
        let (least, most) = entry.processes;
        let most = most.min(8);
        let bits = self.inputs.chars().map(|digit| match digit {
            '0' => Ok(false),
            '1' => Ok(true),
            _ => Err(format!("inputs: {digit:?} is neither 0 nor 1")),
        });
        let bits: Vec<bool> = bits.collect::<Result<_, _>>()?;
        if entry.inputs != Inputs::Bits {
            return Err(format!("{} takes no bits", entry.name));
        }
        if !(least..=most).contains(&bits.len()) {
            return Err(format!("inputs: {} has from {least} to {most} processes here, a digit for each", entry.name));
        }
        Ok(bits)
    }

    /// The adversary against the instance. The error names what does not fit.
    pub fn adversary(&self) -> Result<Adversary, String> {
        let instance = self.resolve()?;
        let inputs: Vec<Value> = self.bits(&instance.entry)?.into_iter().map(Value::Bit).collect();
        Adversary::new(&instance, &inputs)
    }

    /// The run that `events` make from the instance's inputs, by hand, for the board.
    pub fn run(&self, events: &[StrictEvent]) -> Result<Scenario, String> {
        self.run_with_crash(events, None)
    }

    /// The same run, seen from after so many of its events.
    pub fn moment(&self, events: &[StrictEvent], after: usize) -> Result<Link, String> {
        let scenario = self.run(events)?;
        // NULL steps that change nothing are no events of the engine.
        let position = choices(&scenario.start(&self.catalogue)?, &events[..after])?.len() as u64;
        Ok(Link { scenario, position })
    }

    /// The same, with a crash after so many of the events.
    fn run_with_crash(&self, events: &[StrictEvent], crash: Option<(usize, ProcessId)>) -> Result<Scenario, String> {
        let Instance { entry, .. } = self.resolve()?;
        let bits = self.bits(&entry)?;
        let mut scenario = Scenario::of(&entry, bits.len());
        scenario.inputs = bits.into_iter().map(|bit| Some(Value::Bit(bit))).collect();
        let settings = self.parameters.iter().map(|(name, value)| (name.clone(), Setting(value.clone())));
        scenario.parameters = settings.collect();
        scenario.scheduler = Scheduler::ByHand;
        let history = scenario.start(&self.catalogue)?;
        let mut schedule = choices(&history, events)?;
        if let Some((place, process)) = crash {
            // NULL steps that change nothing are no choices of the engine, so the place is another there.
            let place = choices(&history, &events[..place])?.len();
            schedule.insert(place, Choice::Crash { process, after_effects: None }.into());
        }
        scenario.schedule = schedule;
        Ok(scenario)
    }

    /// The run of a horn, for the board: what breaks agreement, what blocks, or of the endless run in `schedule` the
    /// beginning and its loop gone round once.
    pub fn run_of(&self, horn: &Horn, schedule: &[StrictEvent]) -> Result<Scenario, String> {
        let from = |inputs: &String| ProtocolInstance { inputs: inputs.clone(), ..self.clone() };
        match horn {
            Horn::Unsafe { inputs, schedule } => from(inputs).run(schedule),
            Horn::Blocks { inputs, process, crash_after, schedule } => {
                from(inputs).run_with_crash(schedule, process.map(|process| (*crash_after, process)))
            }
            Horn::Endless { cycle, .. } => self.run(&schedule[..cycle.prefix + cycle.length]),
        }
    }
}
