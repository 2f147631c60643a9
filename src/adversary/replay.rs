//! Schedules, run again on the protocol itself.
//!
//! Nothing here knows the explorer's numbers or tables: states are fresh, handlers are called event by event, and an
//! event whose message does not wait is refused. A certificate is worth what this says of it.

use super::live::CanonicalForm;
use crate::catalogue::RoundSymmetry;
use crate::draw::{Coins, Flips};
use crate::explorer::{Mail, StrictEvent};
use crate::process::{LayerState, Local, LocalKnowledge, Outcome, ProcessId, Program, StepContext, Value};

/// A configuration, made by running a schedule.
#[derive(Clone)]
pub struct Replay {
    program: Program,
    knowledge: Vec<LocalKnowledge>,
    started: Vec<bool>,
    states: Vec<Vec<LayerState>>,
    decided: Vec<Option<Value>>,
    /// The messages that wait, in the order of sending.
    buffer: Vec<BufferedMail>,
    sent: Vec<u32>,
    events: usize,
}

/// A message that waits.
#[derive(Clone)]
struct BufferedMail {
    mail: Mail,
    /// Its number on its link.
    number: u32,
    /// After how many events it was sent, its own included.
    sent_in: usize,
}

impl Replay {
    /// The configuration in which nobody has started.
    pub fn new(program: &Program, inputs: &[Value]) -> Self {
        let n = inputs.len();
        let knowledge =
            |(me, input): (ProcessId, &Value)| LocalKnowledge::from(Local::complete(me, n, Some(input.clone())));
        let knowledge: Vec<LocalKnowledge> = ProcessId::all(n).zip(inputs).map(knowledge).collect();
        Replay {
            program: program.clone(),
            started: vec![false; n],
            states: knowledge.iter().map(|knowledge| program.of(knowledge).init(knowledge)).collect(),
            decided: vec![None; n],
            knowledge,
            buffer: Vec::new(),
            sent: vec![0; n * n],
            events: 0,
        }
    }

    /// Applies an event. Returns the number of its message on its link, which is how a board names it; the error says
    /// why the event cannot happen here.
    pub fn apply(&mut self, event: &StrictEvent) -> Result<Option<u32>, String> {
        let p = event.process.index();
        let (knowledge, states) = (&self.knowledge[p], &mut self.states[p]);
        let number = match &event.mail {
            None => None,
            Some(mail) if mail.to != event.process => {
                return Err(format!("{} takes in what is for {}", event.process, mail.to));
            }
            Some(mail) => {
                let place = self.buffer.iter().position(|buffered| buffered.mail == *mail);
                let place = place.ok_or_else(|| {
                    format!("{:?} from {} does not wait for {}", mail.payload, mail.from, event.process)
                })?;
                Some(self.buffer.remove(place).number)
            }
        };
        let runaway = |runaway| format!("{}: {runaway:?}", event.process);
        let mut context = StepContext::default();
        context.begin(Coins::fixed(event.coins));
        let modules = self.program.of(knowledge);
        let first = !std::mem::replace(&mut self.started[p], true);
        if first {
            modules.start(&mut context, knowledge, states).map_err(runaway)?;
        }
        if let Some(mail) = &event.mail {
            modules.deliver(&mut context, knowledge, states, mail.from, mail.payload.clone()).map_err(runaway)?;
        } else if let Some((layer, timer)) = modules.timeout_enabled(knowledge, states).filter(|_| !first) {
            modules.timeout(&mut context, knowledge, states, layer, timer).map_err(runaway)?;
        }
        self.events += 1;
        for outcome in context.outcomes {
            match outcome {
                Outcome::Send { to, payload } => {
                    let link = &mut self.sent[p * self.knowledge.len() + to.index()];
                    let mail = Mail { from: event.process, to, payload };
                    self.buffer.push(BufferedMail { mail, number: *link, sent_in: self.events });
                    *link += 1;
                }
                Outcome::Decide(value) if self.decided[p].is_none() => self.decided[p] = Some(value),
                _ => {}
            }
        }
        Ok(number)
    }

    /// Applies a schedule.
    pub fn run(&mut self, schedule: &[StrictEvent]) -> Result<(), String> {
        for (number, event) in (1..).zip(schedule) {
            self.apply(event).map_err(|error| format!("event {number}: {error}"))?;
        }
        Ok(())
    }

    /// The decision of each process.
    pub fn decided(&self) -> &[Option<Value>] {
        &self.decided
    }

    /// True if some process has decided this.
    pub fn has_decided(&self, value: bool) -> bool {
        self.decided.contains(&Some(Value::Bit(value)))
    }

    /// True if nobody has decided.
    pub fn undecided(&self) -> bool {
        self.decided.iter().all(Option::is_none)
    }

    /// The messages that wait, in the order of sending.
    pub fn waiting(&self) -> impl Iterator<Item = &Mail> {
        self.buffer.iter().map(|buffered| &buffered.mail)
    }

    /// The layers of a process, and whether it has started.
    pub fn process(&self, process: ProcessId) -> (bool, &[LayerState]) {
        (self.started[process.index()], &self.states[process.index()])
    }

    /// True if an event changes nothing, but that a message which it takes in waits no longer.
    pub fn ignores(&self, event: &StrictEvent) -> bool {
        let mut after = self.clone();
        let p = event.process.index();
        after.apply(event).is_ok()
            && self.started[p]
            && after.sent == self.sent
            && (&after.states[p], &after.decided[p]) == (&self.states[p], &self.decided[p])
    }

    /// The receipt of the oldest message that changes nothing, if one has waited for so many events.
    pub fn leftover(&self, age: usize) -> Option<StrictEvent> {
        let old = self.buffer.iter().filter(|buffered| self.events - buffered.sent_in >= age);
        let mut receipts = old.map(|BufferedMail { mail, .. }| StrictEvent {
            process: mail.to,
            mail: Some(mail.clone()),
            coins: Flips::default(),
        });
        receipts.find(|event| self.ignores(event))
    }

    /// The progress of all but `without`, as a multiple of the shift's unit.
    pub fn base(&self, symmetry: &RoundSymmetry, without: Option<ProcessId>) -> u64 {
        self.canonical_form(symmetry, without).base
    }

    fn inspect(&self, without: Option<ProcessId>) -> Vec<Vec<serde_json::Value>> {
        let others = ProcessId::all(self.knowledge.len()).filter(|process| Some(*process) != without);
        others.map(|process| self.states[process.index()].iter().map(|state| state.inspect()).collect()).collect()
    }

    fn canonical_form(&self, symmetry: &RoundSymmetry, without: Option<ProcessId>) -> CanonicalForm {
        let layers = self.inspect(without);
        let reached: Vec<u64> = layers.iter().filter_map(|layers| symmetry.reached(layers)).collect();
        let mut counts = Vec::new();
        layers.into_iter().flatten().for_each(|mut layer| symmetry.take(&mut layer, &mut counts));
        for mail in self.waiting().filter(|mail| Some(mail.to) != without) {
            symmetry.take(&mut mail.payload.inspect(), &mut counts);
        }
        CanonicalForm::new(symmetry, reached.into_iter(), counts.into_iter())
    }

    /// The configuration in words that are equal for configurations that are equal up to the shift. What concerns
    /// `without` alone is left out: nobody else can see it.
    pub fn form(&self, symmetry: Option<&RoundSymmetry>, without: Option<ProcessId>) -> String {
        let canonical = symmetry.map(|symmetry| (symmetry, self.canonical_form(symmetry, without)));
        let mut lines: Vec<String> = self
            .inspect(without)
            .into_iter()
            .flatten()
            .map(|layer| in_canonical_form(layer, canonical.as_ref()))
            .collect();
        let locals = lines.len();
        let mails = self.waiting().filter(|mail| Some(mail.to) != without);
        lines.extend(mails.map(|mail| name(mail, canonical.as_ref())));
        lines[locals..].sort_unstable();
        let others = ProcessId::all(self.knowledge.len()).filter(|process| Some(*process) != without);
        lines.extend(others.map(|p| format!("{} {:?}", self.started[p.index()], self.decided[p.index()])));
        lines.join("\n")
    }

    /// The name of the message of an event up to the shift, as things are now for all but `without`.
    pub fn name_of(
        &self,
        event: &StrictEvent,
        symmetry: Option<&RoundSymmetry>,
        without: Option<ProcessId>,
    ) -> Option<String> {
        let canonical = symmetry.map(|symmetry| (symmetry, self.canonical_form(symmetry, without)));
        event.mail.as_ref().map(|mail| name(mail, canonical.as_ref()))
    }

    /// The event of the same process and coins whose message is called like that now.
    pub fn named(
        &self,
        event: &StrictEvent,
        called: Option<&str>,
        symmetry: Option<&RoundSymmetry>,
        without: Option<ProcessId>,
    ) -> Option<StrictEvent> {
        let canonical = symmetry.map(|symmetry| (symmetry, self.canonical_form(symmetry, without)));
        let mail = match called {
            Some(called) => Some(self.waiting().find(|mail| name(mail, canonical.as_ref()) == called)?.clone()),
            None => None,
        };
        Some(StrictEvent { mail, ..event.clone() })
    }
}

/// A message in words, up to the shift.
fn name(mail: &Mail, canonical: Option<&(&RoundSymmetry, CanonicalForm)>) -> String {
    let words = in_canonical_form(mail.payload.inspect(), canonical);
    format!("{}→{} {} {words}", mail.from, mail.to, mail.payload.kind().name)
}

/// A tree in words, with its counts as they are in the frame.
fn in_canonical_form(mut tree: serde_json::Value, canonical: Option<&(&RoundSymmetry, CanonicalForm)>) -> String {
    let mut counts = Vec::new();
    if let Some((symmetry, _)) = canonical {
        symmetry.take(&mut tree, &mut counts);
    }
    let counts: Vec<u32> = counts.iter().filter_map(|count| Some(canonical?.1.place(*count))).collect();
    format!("{tree} {counts:?}")
}
