//! The horns: the places where the proof's lemmas fail, and what that says of the protocol.
//!
//! (a) agreement breaks; (b) a crash leaves the others undecided for ever; (c) an endless fair run in which nobody
//! decides. The third is what a play shows as long as it goes on; the first two are why it cannot.

use super::endless::{self, Fairness};
use super::live::{self, Live, Names};
use super::replay::Replay;
use super::{Adversary, Loop, text};
use crate::explorer::valency::Valency;
use crate::explorer::{NULL, StepTable, StrictEvent, StrictStep};
use crate::process::{ProcessId, Program, Value};
use serde::Serialize;
use std::collections::BTreeSet;

/// The most configurations that are searched to show that survivors never decide.
const SURVIVORS_MAX: usize = 50_000;

/// A way in which the protocol fails, with a schedule that anybody can replay.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "horn")]
pub enum Horn {
    /// A reachable configuration holds both decisions.
    #[serde(rename = "a")]
    Unsafe {
        /// The inputs.
        inputs: String,
        /// The events that lead there.
        schedule: Vec<StrictEvent>,
    },
    /// A crash leaves the others unable to decide, ever.
    #[serde(rename = "b")]
    Blocks {
        /// The inputs.
        inputs: String,
        /// The process that crashes; none if the others need no crash to be stuck.
        process: Option<ProcessId>,
        /// After how many events of the schedule it crashes. It takes no step after that.
        crash_after: usize,
        /// The events before the crash, and then those of the others: until they rest, or repeat themselves.
        schedule: Vec<StrictEvent>,
    },
    /// An endless run in which every message arrives and nobody decides.
    #[serde(rename = "c")]
    Endless {
        /// The inputs.
        inputs: String,
        /// A part of the schedule that can be repeated for ever.
        #[serde(rename = "loop")]
        cycle: Loop,
        /// Why that is fair.
        fair: Fairness,
    },
}

impl Adversary {
    /// Lemma 2 fails: no initial configuration is bivalent. Then two that differ in one process are of opposite
    /// valency, and without that process nobody can tell them apart.
    pub(super) fn lemma_2(&mut self, valencies: &[Valency]) {
        let n = self.inputs.len();
        let walk = self.input_path_roots();
        for (place, pair) in walk.windows(2).enumerate() {
            let value = |root: usize| valencies[root].value();
            let (Some(before), Some(after)) = (value(pair[0]), value(pair[1])) else {
                continue;
            };
            if before == after {
                continue;
            }
            let process = n - 1 - place;
            // Of the two, the one that the play is about, if it is among them: it is the first root.
            let root = if pair.contains(&0) { 0 } else { pair[0] };
            let [first, second] = [(pair[0], before), (pair[1], after)].map(|(root, value)| {
                let (inputs, value) = (text(&self.roots[root]), u8::from(value));
                // Without the whole graph, that only one value was found does not make it the only one.
                let is = if self.valencies.is_some() { "is" } else { "seems" };
                format!("{inputs} {is} {value}-valent")
            });
            let mut why =
                format!("{first} and {second}; they differ in p{process} only, which is left out from the start");
            if self.truncated {
                why += "; whether the others block is not claimed, since the rounds are bounded";
            }
            if let Some(stopped) = &mut self.stopped {
                stopped.why = why;
            }
            let live = self.initial(root);
            self.crash(root, Vec::new(), live, Some(process));
            return;
        }
    }

    /// The walk of the lemma, 000, 001, 011, 111, by its places among the roots.
    pub(super) fn input_path_roots(&self) -> Vec<usize> {
        let n = self.inputs.len();
        let place = |ones| {
            let vector: Vec<Value> = (0..n).map(|p| Value::Bit(p >= n - ones)).collect();
            self.roots.iter().position(|root| *root == vector).expect("the walk's vectors are among the roots")
        };
        (0..=n).map(place).collect()
    }

    /// Lemma 3 fails: after no schedule does the event lead to a bivalent configuration.
    pub(super) fn lemma_3(&mut self, process: usize, cause: u32, reached: &[(Live, Vec<StrictStep>)]) {
        let event = if cause == NULL {
            format!("the NULL step of p{process}")
        } else {
            format!("{:?} to p{process}", self.step_table().mail(cause).payload)
        };
        let here = self.node(&self.live);
        if let Some(horn) = self.disagreement(here, self.schedule.clone()) {
            self.horns.push(horn);
            self.stop(format!("no order of events keeps both decisions open after {event}, since agreement is broken"));
            return;
        }
        for (live, before) in reached {
            for (after, step) in self.successors(live, process, cause) {
                if self.valency(self.node(&after)) == Valency::Null {
                    let prefix = self.schedule.iter().chain(before).copied().chain([step]).collect();
                    // Beyond a horizon there may be more, so that nothing is said of it.
                    let why =
                        if self.truncated { "before the horizon" } else { "any more, although nobody has crashed" };
                    self.stop(format!("after {event} nobody can decide {why}"));
                    self.crash(0, prefix, after, None);
                    return;
                }
            }
        }
        // Some step flips where the event leads, and the lemma says that it is a step of the same process.
        for (live, before) in reached {
            let from = self.leads_to(live, process, cause);
            let others = live.mail[process].iter().copied().chain([NULL]).filter(|other| *other != cause);
            for other in others.collect::<Vec<u32>>() {
                for (after, _) in self.successors(live, process, other) {
                    let to = self.leads_to(&after, process, cause);
                    if from | to == 3 && from & to == 0 {
                        let prefix = self.schedule.iter().chain(before).copied().collect();
                        self.stop(format!(
                            "the order of {event} and another step of p{process} settles the decision, \
                             and only p{process} can know"
                        ));
                        self.crash(0, prefix, live.clone(), Some(process));
                        return;
                    }
                }
            }
        }
        self.stop(format!("no order of events keeps both decisions open after {event}"));
    }

    /// The values that can be decided after that step, in an exact graph.
    fn leads_to(&mut self, live: &Live, process: usize, cause: u32) -> u8 {
        let valencies = self.successors(live, process, cause).into_iter().map(|(after, _)| self.node(&after));
        let values = self.valencies.as_ref().expect("asked of exact graphs only");
        valencies.fold(0, |mask, node| mask | values.values(node))
    }

    /// Horn b, if the others cannot decide without `process`: `live` is where the steps lead from `root`.
    fn crash(&mut self, root: usize, mut steps: Vec<StrictStep>, live: Live, process: Option<usize>) {
        let step_table = self.strict.step_table_mut();
        let names = &mut self.names;
        if self.truncated || live::survivors_decide(step_table, names, &live, process, SURVIVORS_MAX) != Some(false) {
            return;
        }
        let crash_after = steps.len();
        steps.extend(survivors_run(step_table, names, live, process));
        let schedule = self.events(&steps);
        let inputs = text(&self.roots[root]);
        self.horns.push(Horn::Blocks { inputs, process: process.map(ProcessId::from), crash_after, schedule });
    }

    /// Horn a, if a configuration with both decisions can be reached from `node`, to which `steps` lead.
    fn disagreement(&mut self, node: u32, mut steps: Vec<StrictStep>) -> Option<Horn> {
        let both = |node: u32| self.strict.search().decided()[node as usize].count_ones() > 1;
        let path = self.strict.path_to(node, None, both)?;
        steps.extend(self.strict.steps(&path));
        Some(Horn::Unsafe { inputs: text(&self.inputs), schedule: self.events(&steps) })
    }

    /// The horns that the play has shown, and, where the graph is finite, those that it did not come to. The error says
    /// why the loop that was found is none.
    pub(super) fn all_horns(&mut self) -> Result<Vec<Horn>, String> {
        if self.valencies.is_some() {
            if !self.horns.iter().any(|horn| matches!(horn, Horn::Unsafe { .. })) {
                let horn = self.disagreement(0, Vec::new());
                self.horns.extend(horn);
            }
            if !self.truncated && !self.horns.iter().any(|horn| matches!(horn, Horn::Blocks { .. })) {
                self.find_block();
            }
        }
        if let Some(cycle) = self.cycle.filter(|_| !self.horns.iter().any(|horn| matches!(horn, Horn::Endless { .. })))
        {
            let schedule = self.events(&self.schedule[..cycle.prefix + cycle.length]);
            let fair = endless::judge(&self.program, &self.inputs, self.symmetry.as_ref(), &schedule, cycle, None)?;
            self.horns.push(Horn::Endless { inputs: text(&self.inputs), cycle, fair });
        }
        self.horns.sort_by_key(|horn| match horn {
            Horn::Unsafe { .. } => 0,
            Horn::Blocks { .. } => 1,
            Horn::Endless { .. } => 2,
        });
        Ok(self.horns.clone())
    }

    /// The nearest configuration that some process blocks, in the graph of the inputs that the play is about.
    fn find_block(&mut self) {
        let n = self.inputs.len();
        let valencies = self.valencies.as_ref().expect("asked of exact graphs only");
        let blocked = |node: u32| (0..n).find(|process| valencies.blocks(*process, node));
        let Some(path) = self.strict.path_to(0, None, |node| blocked(node).is_some()) else {
            return;
        };
        // If nobody can decide at all, nobody has to crash for it.
        let process = path.last().and_then(|node| blocked(*node).filter(|_| valencies.values(*node) != 0));
        let steps = self.strict.steps(&path);
        let mut live = self.initial(0);
        for step in &steps {
            live.apply(self.strict.step_table_mut(), *step);
        }
        self.crash(0, steps, live, process);
    }
}

/// Replays what a horn shows of itself. That survivors never decide is shown by search, not by replay.
pub(super) fn verify(program: &Program, horn: &Horn) -> Result<(), String> {
    match horn {
        Horn::Unsafe { inputs, schedule } => {
            let mut replay = Replay::new(program, &values(inputs));
            replay.run(schedule)?;
            if replay.has_decided(false) && replay.has_decided(true) {
                Ok(())
            } else {
                Err("the schedule of horn a does not end in two decisions".into())
            }
        }
        Horn::Blocks { inputs, process, crash_after, schedule } => {
            let mut replay = Replay::new(program, &values(inputs));
            replay.run(schedule)?;
            let after = &schedule[*crash_after..];
            if process.is_some_and(|process| after.iter().any(|event| event.process == process)) {
                return Err("a crashed process takes a step in the schedule of horn b".into());
            }
            if replay.undecided() { Ok(()) } else { Err("somebody decides in the schedule of horn b".into()) }
        }
        // Judged when it was found.
        Horn::Endless { .. } => Ok(()),
    }
}

/// The run of the survivors of a crash, oldest message first, until they rest or are where they were, up to a shift.
fn survivors_run(
    step_table: &mut StepTable,
    names: &mut Names,
    mut live: Live,
    silent: Option<usize>,
) -> Vec<StrictStep> {
    let mut steps = Vec::new();
    let mut seen = BTreeSet::new();
    loop {
        if let Some(silent) = silent {
            live.mail[silent].clear();
        }
        if !seen.insert(names.name_without(step_table, &live, silent)) {
            return steps;
        }
        let length = steps.len();
        for process in (0..live.locals.len()).filter(|process| Some(*process) != silent) {
            let cause = live.oldest(process);
            if cause != NULL || live.null_matters(step_table, process) {
                let step = live.steps(step_table, process, cause)[0];
                live.apply(step_table, step);
                steps.push(step);
            }
        }
        if steps.len() == length {
            return steps;
        }
    }
}

fn values(inputs: &str) -> Vec<Value> {
    inputs.chars().map(|bit| Value::Bit(bit == '1')).collect()
}
