//! A play, told to people: what a stage was about, what was tried, and the books after it. Plain data, made when
//! somebody asks, by going through the schedule once more.

use super::certificate;
use super::ledger::Ledger;
use super::live::Live;
use super::pivot::{self, Lockstep};
use super::stage_search::Try;
use super::{Adversary, text};
use crate::explorer::valency::Valency;
use crate::explorer::{Mail, NULL, StrictEvent};
use crate::process::ProcessId;

/// The most tries of a stage that are told one by one.
pub const TRIALS_MAX: usize = 200;

/// Something that was tried in a stage: e after these events.
#[derive(Clone, PartialEq, Debug)]
pub struct Tried {
    /// σ: the events before e.
    pub before: Vec<StrictEvent>,
    /// The values that can be decided after e; in a graph that does not end, those that were found.
    pub leads_to: Valency,
}

/// A message that waits.
#[derive(Clone, PartialEq, Debug)]
pub struct Waiting {
    /// The message.
    pub mail: Mail,
    /// Its age in events.
    pub events: usize,
    /// Its age in stages.
    pub stages: usize,
}

/// The books after a stage.
#[derive(Clone, PartialEq, Debug)]
pub struct LedgerSummary {
    /// The messages that wait, oldest first.
    pub waiting: Vec<Waiting>,
    /// The number of steps that each process has taken.
    pub steps: Vec<usize>,
    /// The number of events.
    pub events: usize,
    /// The number of messages that were delivered.
    pub delivered: usize,
    /// The most messages that waited at one time.
    pub buffer_max: usize,
    /// True if more messages waited in the second half of the play than ever in the first.
    pub grows: bool,
    /// The greatest age in events that any message has reached.
    pub oldest_ever: usize,
}

/// A stage, told in full.
#[derive(Clone, PartialEq, Debug)]
pub struct Account {
    /// Its number, counted from 0.
    pub stage: usize,
    /// The queue of processes when it began; the head is served.
    pub queue: Vec<ProcessId>,
    /// e: the oldest message to the head, or NULL if it has none.
    pub event: StrictEvent,
    /// The number of events for which the message had waited when the stage began; none for NULL.
    pub age: Option<usize>,
    /// True if valencies are exact. If not, what is not bivalent is unknown, and a value not found may exist.
    pub exact: bool,
    /// The configuration to which e would have led at once. If that is bivalent, nothing else was tried.
    pub at_once: Valency,
    /// The tries before σ was found, in that order; the first is e at once. At most [`TRIALS_MAX`] of them.
    pub tried: Vec<Tried>,
    /// The number of things that were tried in all.
    pub tries: usize,
    /// σ: the events that come before e.
    pub before: Vec<StrictEvent>,
    /// Schedules to a decision of 0 and of 1 from the configuration after e.
    pub certificates: [Vec<StrictEvent>; 2],
    /// The decisions in lock-step from there, with everybody and without each process.
    pub lockstep: Lockstep,
    /// The books.
    pub books: LedgerSummary,
}

/// An initial configuration of Lemma 2's walk.
#[derive(Clone, PartialEq, Debug)]
pub struct InitialConfiguration {
    /// The inputs.
    pub inputs: String,
    /// The values that can be decided; in a graph that does not end, those that were found.
    pub valency: Valency,
    /// A schedule to a decision of 0 and one to a decision of 1, if there are.
    pub certificates: [Option<Vec<StrictEvent>>; 2],
}

/// Lemma 2: the walk 000, 001, 011, 111, in which neighbours differ in the input of one process.
#[derive(Clone, PartialEq, Debug)]
pub struct InputPath {
    /// True if valencies are exact.
    pub exact: bool,
    /// The initial configurations.
    pub initial_configurations: Vec<InitialConfiguration>,
    /// The first neighbours of opposite valency, by the place of the one before, and the process in which they differ;
    /// none if a bivalent initial configuration comes first, which is what the lemma promises.
    pub pair: Option<(usize, ProcessId)>,
    /// The place of the first bivalent initial_configuration.
    pub bivalent: Option<usize>,
}

impl Adversary {
    /// Tells a stage that was played. `None` if it was not.
    pub fn account(&mut self, stage: usize) -> Option<Account> {
        let played = self.stages.get(stage)?.clone();
        let n = self.inputs.len();
        let (mut live, mut ledger) = (self.initial(0), Ledger::new(n));
        self.go(&mut live, &mut ledger, 0..played.events.start);
        let process = played.process.index();
        let cause = live.oldest(process);
        let oldest = ledger.waiting().find(|entry| entry.message == cause);
        let age = oldest.map(|entry| ledger.events - entry.sent.0);
        let mut search = self.stage_search(&live, process, cause);
        let mut tried = Vec::new();
        let mut at_once = Valency::Bivalent;
        while let Try::Failed(before, leads_to) = self.attempt(&mut search) {
            if search.failed == 1 {
                at_once = leads_to;
            }
            if tried.len() < TRIALS_MAX {
                tried.push(Tried { before: self.events(&before), leads_to });
            }
        }
        self.go(&mut live, &mut ledger, played.events.clone());
        let steps = &self.schedule[played.events.clone()];
        let (last, before) = steps.split_last().expect("a stage has at least one event");
        let lockstep = pivot::compare(self.strict.step_table_mut(), &live, &vec![false; n]);
        Some(Account {
            stage,
            queue: (0..n).map(|place| ProcessId::from((process + place) % n)).collect(),
            event: self.step_table().event(*last),
            age: age.filter(|_| cause != NULL),
            exact: self.valencies.is_some(),
            at_once,
            tried,
            tries: search.failed,
            before: self.events(before),
            certificates: [0, 1].map(|value| self.events(&played.certificates[value])),
            lockstep,
            books: self.books(&ledger),
        })
    }

    /// The books of the play as it stands.
    pub fn present_summary(&self) -> LedgerSummary {
        self.books(&self.ledger)
    }

    fn books(&self, ledger: &Ledger) -> LedgerSummary {
        let stage = ledger.stage;
        let waiting = ledger.waiting().map(|entry| Waiting {
            mail: self.step_table().mail(entry.message).clone(),
            events: ledger.events - entry.sent.0,
            stages: stage - entry.sent.1,
        });
        LedgerSummary {
            waiting: waiting.collect(),
            steps: ledger.steps.clone(),
            events: ledger.events,
            delivered: ledger.delivered,
            buffer_max: ledger.buffer_max,
            grows: ledger.grows(),
            oldest_ever: ledger.oldest_ever,
        }
    }

    /// Goes through a part of the schedule.
    fn go(&mut self, live: &mut Live, ledger: &mut Ledger, events: std::ops::Range<usize>) {
        for place in events {
            let step = self.schedule[place];
            let sent = live.apply(self.strict.step_table_mut(), step);
            let stage = self.stages.partition_point(|stage| stage.events.end <= place);
            ledger.enter(step, stage, sent);
        }
    }

    /// The decision in lock-step from the present configuration.
    pub fn lockstep(&mut self) -> Lockstep {
        let crashed = vec![false; self.inputs.len()];
        pivot::compare(self.strict.step_table_mut(), &self.live, &crashed)
    }

    /// Lemma 2's walk for this protocol, whatever the inputs of the play.
    pub fn input_path(&mut self) -> InputPath {
        self.open_all();
        let n = self.inputs.len();
        let initial_configurations: Vec<InitialConfiguration> =
            self.input_path_roots().into_iter().map(|root| self.initial_configuration(root)).collect();
        let value = |initial_configuration: &InitialConfiguration| initial_configuration.valency.value();
        let opposite = |pair: &[InitialConfiguration]| matches!((value(&pair[0]), value(&pair[1])), (Some(before), Some(after)) if before != after);
        let bivalent = initial_configurations
            .iter()
            .position(|initial_configuration| initial_configuration.valency == Valency::Bivalent);
        let pair = initial_configurations
            .windows(2)
            .position(opposite)
            .filter(|place| bivalent.is_none_or(|first| *place < first));
        let pair = pair.map(|place| (place, ProcessId::from(n - 1 - place)));
        InputPath { exact: self.valencies.is_some(), initial_configurations, pair, bivalent }
    }

    fn initial_configuration(&mut self, root: usize) -> InitialConfiguration {
        let inputs = text(&self.roots[root]);
        let live = self.initial(root);
        let found = match &self.valencies {
            Some(valencies) => {
                let node = self.node(&live);
                let values = valencies.values(node);
                [1, 2].map(|bit| (values & bit != 0).then(|| self.way_to(node, bit)))
            }
            None => certificate::schedules(self.strict.step_table_mut(), &live),
        };
        let valency = certificate::valency(&found);
        let certificates = found.map(|steps| steps.map(|steps| self.events(&steps)));
        InitialConfiguration { inputs, valency, certificates }
    }
}
