//! The common part of two runs and their differences: for each process what it has seen, and for those who look from
//! outside decisions and verdicts.
//!
//! A process *has seen* everything that its program was ever given: what it knew of itself at the beginning,
//! and then step by step, in order, that it was started, each message with the name of its sender, each of its own
//! timers that ran out, how its coins fell, and what it found in stable storage when it came back. For a program that
//! reads its clock the reading belongs to each step. Nothing else is in it: neither what others know, nor what its
//! own program did, which follows from the rest. Two runs are *indistinguishable* to a process as long as it has seen
//! the same in both; its program is in the same state then, and cannot but do the same
//! (Halpern and Moses, "Knowledge and common knowledge in a distributed environment", 1990).

use super::{Lab, Pair};
use crate::canon::{self, Digest, Sink};
use crate::catalogue::Catalogue;
use crate::engine::{Arrival, Choice, Engine, Status, Step, TWIN};
use crate::history::{History, Intervention};
use crate::model::{LinkKind, Links, ProcessSet, Rate, Timing, TimingKind};
use crate::process::ProcessId;
use crate::property::Judgement;
use crate::scenario::{Fault, Scenario};
use crate::scene::{Align, Diagram, Ink, Picture, Point, Shape, at, choice_words, dashed, headline};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Something that a process has seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Observation {
    /// The event in which it saw it.
    pub event: u64,
    /// When that was, in microseconds.
    pub at_us: u64,
    /// The reading of the process's clock, in microseconds.
    pub local_us: u64,
    digest: u64,
}

impl Observation {
    /// The things that the process of an event has seen in it, if any: a crash is not seen by the one who crashes.
    fn of(engine: &Engine, step: &Step) -> Option<(ProcessId, Observation)> {
        let choice = step.choice.expect("a step that was applied");
        let process = choice.process()?;
        let mut digest = Digest::default();
        digest.word(u64::from(step.started));
        match choice {
            Choice::Start(_) => {}
            Choice::Deliver(id) => {
                let Arrival { payload, .. } = step.arrival.as_ref().expect("a delivery is about a message");
                digest.word(1 << 16 | u64::from(id.from.0));
                digest.word(payload.digest());
            }
            // The second core of an equivocator is no part of the process that others take it for.
            Choice::Timeout { layer: 0..TWIN, .. } => {
                let (layer, timer) = step.fired.as_ref().expect("a timeout has a timer");
                digest.word(2 << 16 | u64::from(*layer));
                digest.word(canon::digest(&timer));
            }
            Choice::Recover(_) => {
                // A crash in the middle of a step may have come before or after a store, which nothing above tells.
                let state = engine.process(process);
                digest.word(3 << 16);
                for record in &state.stored {
                    digest.word(u64::from(record.is_some()));
                    record.iter().for_each(|record| record.encode(&mut digest));
                }
                for layer in &state.layers {
                    layer.encode(&mut digest as &mut dyn Sink);
                }
            }
            _ => return None,
        }
        let coins = step.context.coins.flipped;
        digest.word(u64::from(coins.count));
        digest.word(coins.bits);
        let local_us = engine.local_us(process);
        Some((process, Observation { event: step.event, at_us: step.at_us, local_us, digest: digest.finish() }))
    }
}

/// The things that each process of a run has seen, as far as the run was run.
#[derive(Default)]
pub(super) struct Notes {
    upto: u64,
    seen: Vec<Vec<Observation>>,
}

impl Notes {
    /// Reads what is new.
    pub(super) fn take(&mut self, history: &History) {
        let length = history.records().len() as u64;
        self.seen.resize_with(history.engine().processes().len(), Vec::new);
        if self.upto < length {
            let seen = &mut self.seen;
            history.replay(self.upto, length, |engine, step, _| {
                if let Some((process, what)) = Observation::of(engine, step) {
                    seen[process.index()].push(what);
                }
            });
            self.upto = length;
        }
    }
}

/// The relation of two runs for one process, at the present.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProcessSight {
    /// Why it can tell them apart from the beginning, in words.
    pub apart: Option<String>,
    /// The number of steps that it has seen that are the same in both, from the beginning.
    pub common: usize,
    /// True if its clock showed the same in all of those.
    pub same_times: bool,
    /// The next thing that it has seen in each run, if there is one.
    pub next: [Option<Observation>; 2],
}

impl ProcessSight {
    /// True if it has seen something in one run that it has not seen in the other one in its place: from then on it
    /// can tell that it is in the one and not in the other.
    pub fn parted(&self) -> bool {
        self.apart.is_some() || self.next.iter().all(Option::is_some)
    }

    /// True if it has seen exactly the same in both, up to now.
    pub fn same(&self) -> bool {
        self.apart.is_none() && self.next == [None; 2]
    }
}

/// A thing in which two scenarios differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Its kind.
    pub what: String,
    /// Its value on the left and on the right; empty where there is none.
    pub sides: [String; 2],
}

/// A line of a table of two columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompareRow {
    /// Its subject.
    pub name: String,
    /// The texts on the left and on the right.
    pub sides: [String; 2],
}

impl CompareRow {
    /// True if both sides say the same.
    pub fn same(&self) -> bool {
        self.sides[0] == self.sides[1]
    }
}

impl Pair {
    /// The most processes that one of the two has.
    pub fn processes(&self) -> usize {
        self.labs.iter().map(|lab| lab.scenario().processes).max().expect("there are two")
    }

    /// The relation of the two runs for `process`; `None` if one of them is without it.
    pub fn sight(&self, process: ProcessId) -> Option<ProcessSight> {
        let seen = |side: usize| {
            let seen: &[Observation] = self.notes[side].seen.get(process.index())?;
            let position = self.labs[side].history().position();
            Some(&seen[..seen.partition_point(|what| what.event <= position)])
        };
        let (left, right) = (seen(0)?, seen(1)?);
        let timed = self.labs.iter().any(|lab| lab.history().plan().setup.program.is_timed());
        let same = |one: &Observation, other: &Observation| {
            one.digest == other.digest && (!timed || one.local_us == other.local_us)
        };
        let apart = self.apart(process);
        let common = match apart {
            Some(_) => 0,
            None => left.iter().zip(right).take_while(|(one, other)| same(one, other)).count(),
        };
        let mut steps = left.iter().zip(right).take(common);
        let same_times = steps.all(|(one, other)| one.local_us == other.local_us);
        let next = [left.get(common).copied(), right.get(common).copied()];
        Some(ProcessSight { apart, common, same_times, next })
    }

    /// Why a process could tell the two runs apart before anything has happened.
    fn apart(&self, process: ProcessId) -> Option<String> {
        let [left, right] = self.labs.each_ref().map(Lab::scenario);
        let program = |scenario| {
            let mut program = leaves(self.labs[0].catalogue(), scenario);
            program.retain(|name, _| ["protocol", "parameters", "modules"].contains(&first(name)));
            program
        };
        if program(left) != program(right) {
            return Some(format!(
                "{process} runs another program in each, so there is nothing to compare step by step"
            ));
        }
        let [here, there] =
            self.labs.each_ref().map(|lab| lab.history().plan().setup.knowledge[process.index()].top.clone());
        if here.n != there.n {
            return Some(format!("{process} knows from the beginning of {} processes or of {}", here.n, there.n));
        }
        if here.peers != there.peers {
            return Some(format!("{process} is linked with other processes in each"));
        }
        let input =
            |input: Option<crate::process::Value>| input.map_or("nothing".to_owned(), |value| value.to_string());
        (here.input != there.input).then(|| {
            format!("{process} is given {} on the left and {} on the right", input(here.input), input(there.input))
        })
    }

    /// The moments in which a process can tell the two runs apart, in microseconds, left and right, once it can: if
    /// they are kept in step by time, the first of the two for both.
    pub fn parting_us(&self, process: ProcessId) -> Option<[u64; 2]> {
        let sight = self.sight(process)?;
        let [left, right] = match sight {
            ProcessSight { apart: Some(_), .. } => return Some([0; 2]),
            ProcessSight { next: [Some(left), Some(right)], .. } => [left.at_us, right.at_us],
            _ => return None,
        };
        Some(match self.in_step() {
            super::InStep::Time => [left.min(right); 2],
            super::InStep::Events => [left, right],
        })
    }

    /// Shows the diagram of one of the runs, `width_us` of it across, to `look`.
    fn frame<T>(&self, side: usize, width_us: u64, size: (f32, f32), look: impl FnOnce(&Diagram<'_>) -> T) -> T {
        let lab = &self.labs[side];
        let timings = lab.history().timings();
        look(&Diagram {
            history: lab.history(),
            facts: lab.facts(),
            now_us: lab.now_us(),
            window_us: self.window_us(side, width_us),
            timings: &timings,
            size,
            see_as: lab.see_as(),
            selected: None,
            peeked: None,
            hidden: ProcessSet::default(),
        })
    }

    /// The moment at a place of a diagram of this size, in microseconds.
    pub fn moment_at(&self, side: usize, width_us: u64, size: (f32, f32), place: Point) -> u64 {
        self.frame(side, width_us, size, |diagram| diagram.moment_at(place))
    }

    /// The space-time diagram of one of the runs, `width_us` of it across, with the moment in which the process whose
    /// eyes one looks through can tell the two apart.
    pub fn diagram(&self, side: usize, width_us: u64, size: (f32, f32)) -> Picture {
        self.frame(side, width_us, size, |diagram| self.with_parting(side, diagram))
    }

    fn with_parting(&self, side: usize, diagram: &Diagram<'_>) -> Picture {
        let size = diagram.size;
        let (lab, window_us) = (&self.labs[side], diagram.window_us);
        let mut picture = diagram.picture();
        let parting_us = lab.see_as().and_then(|eyes| Some((eyes, self.parting_us(eyes)?[side])));
        if let Some((eyes, at_us)) = parting_us.filter(|(_, at_us)| (window_us.0..=window_us.1).contains(at_us)) {
            let x = diagram.x(at_us);
            picture.shapes.push(Shape::line(at(x, 2.0), at(x, size.1 - 16.0), dashed(Ink::Alarm, 1.6)));
            let align = if x < size.0 / 2.0 { Align::Start } else { Align::End };
            let place = at(if x < size.0 / 2.0 { x + 5.0 } else { x - 5.0 }, 8.0);
            picture.shapes.push(Shape::text(place, format!("the same to {eyes} until here"), 12.0, align, Ink::Ink));
        }
        picture
    }

    /// The things that a process has seen in an event, in words.
    fn seen_words(&self, side: usize, seen: Observation) -> String {
        let lab = &self.labs[side];
        let facts = lab.history().facts(seen.event - 1, seen.event);
        facts.first().map_or(String::new(), |fact| headline(lab.scenario(), fact))
    }

    /// The relation of the two runs for `process`, in words.
    pub fn sight_words(&self, process: ProcessId) -> String {
        const SIDES: [&str; 2] = ["left", "right"];
        let Some(sight) = self.sight(process) else {
            let side = usize::from(self.labs[0].scenario().processes > process.index());
            return format!("There is no {process} on the {}.", SIDES[side]);
        };
        if let Some(apart) = sight.apart {
            return format!("{apart}.");
        }
        let steps = |count: usize| if count == 1 { "1 step".to_owned() } else { format!("{count} steps") };
        let times = if sight.same_times { ", at the same times by its clock" } else { "" };
        match sight.next {
            [None, None] if sight.common == 0 => format!("{process} has seen nothing yet."),
            [None, None] => {
                let common = steps(sight.common);
                format!(
                    "To {process} both are the same so far: {common}, with the same messages in the same order{times}. \
                     Whatever it does, it does in both."
                )
            }
            [Some(left), Some(right)] => {
                let until = match sight.common {
                    0 => format!("{process} can tell the two apart from its first step on"),
                    common => {
                        let until_ms = self.parting_us(process).map_or(0, |us| us[0] / 1_000);
                        format!("To {process} both are the same until {until_ms} ms: {}{times}", steps(common))
                    }
                };
                let what = [self.seen_words(0, left), self.seen_words(1, right)];
                let at = [left, right].map(|seen| format!("at {} ms", seen.at_us / 1_000));
                format!("{until}. Then left, {}: {}. Right, {}: {}.", at[0], what[0], at[1], what[1])
            }
            next => {
                let more = usize::from(next[0].is_none());
                let less = 1 - more;
                let ended = if self.labs[less].is_over() { "will ever be" } else { "is, up to now" };
                format!(
                    "What {process} has seen on the {} is what it has seen on the {}, only that there is more of it: \
                     {} in common{times}, and all that there {ended} on the {}.",
                    SIDES[less],
                    SIDES[more],
                    steps(sight.common),
                    SIDES[less],
                )
            }
        }
    }

    /// The state of each process, in both runs.
    pub fn states(&self) -> Vec<CompareRow> {
        let state = |lab: &Lab, process: ProcessId| {
            if process.index() >= lab.scenario().processes {
                return "—".to_owned();
            }
            let engine = lab.history().engine();
            let state = engine.process(process);
            let mut words = match (&state.decided, state.status) {
                (Some(value), _) => format!("decided {value}"),
                (None, Status::Fresh) => "has not started".to_owned(),
                (None, _) => engine.label(process),
            };
            if !state.is_alive() {
                words.push_str(if words.is_empty() { "crashed" } else { ", crashed" });
            } else if words.is_empty() {
                words.push_str("up");
            }
            if state.is_byzantine() { format!("{words}, Byzantine") } else { words }
        };
        ProcessId::all(self.processes())
            .map(|process| CompareRow {
                name: process.to_string(),
                sides: self.labs.each_ref().map(|lab| state(lab, process)),
            })
            .collect()
    }

    /// The verdicts of both runs, property by property.
    pub fn verdicts(&self) -> Vec<(String, [Option<Judgement>; 2])> {
        let mut rows: Vec<(String, [Option<Judgement>; 2])> = Vec::new();
        for (side, lab) in self.labs.iter().enumerate() {
            for judgement in lab.judgements() {
                let name = judgement.name.to_string();
                let place = rows.iter().position(|(known, _)| *known == name).unwrap_or(rows.len());
                if place == rows.len() {
                    rows.push((name, [None, None]));
                }
                rows[place].1[side] = Some(judgement);
            }
        }
        rows
    }

    /// In what the two scenarios differ, the most telling first.
    pub fn differences(&self) -> Vec<Difference> {
        differences(self.labs[0].catalogue(), &self.labs[0].saved(), &self.labs[1].saved())
    }

    /// The name of a side: its label in the lesson, its title, or the difference in it.
    pub fn titles(&self) -> [String; 2] {
        let worlds = self.labs.each_ref().map(|lab| {
            let scenario = lab.scenario();
            let mut worlds = scenario.lesson.iter().flat_map(|lesson| &lesson.worlds);
            worlds.find(|world| world.scenario == scenario.name).map(|world| world.label.clone())
        });
        if let [Some(left), Some(right)] = worlds
            && left != right
        {
            return [left, right];
        }
        let titles = self.labs.each_ref().map(|lab| lab.scenario().called().to_owned());
        if titles[0] != titles[1] {
            return titles;
        }
        match self.differences().into_iter().next() {
            None => ["the same".to_owned(), "the same once more".to_owned()],
            Some(Difference { what, sides }) => sides.map(|side| match (&*what, &*side) {
                ("faults", "") => "without that".to_owned(),
                ("you", "") => "untouched".to_owned(),
                ("faults" | "you", _) => side,
                _ => format!("{what}: {side}"),
            }),
        }
    }
}

/// The first part of the name of a field.
fn first(name: &str) -> &str {
    name.split(": ").next().unwrap_or(name)
}

/// Everything that a run is made from but its faults, schedule and interventions, by name and in words.
fn leaves(catalogue: &Catalogue, scenario: &Scenario) -> BTreeMap<String, String> {
    fn walk(name: &str, value: &Json, found: &mut BTreeMap<String, String>) {
        match value {
            Json::Object(fields) => {
                for (field, value) in fields {
                    // The name of a model stands for the model.
                    let inner = match field.as_str() {
                        "kind" => name.to_owned(),
                        field if name.is_empty() || name == "models" => field.replace('_', " "),
                        field => format!("{name}: {}", field.replace(['_', '-'], " ")),
                    };
                    walk(&inner, value, found);
                }
            }
            Json::Array(values) => {
                let words: Vec<String> = values.iter().map(plain).collect();
                found.insert(name.to_owned(), words.join(", "));
            }
            value => {
                let unit = name.strip_suffix(" ms").map(|name| (name, " ms"));
                let (name, unit) = unit.unwrap_or((name, ""));
                found.insert(name.to_owned(), format!("{}{unit}", plain(value)));
            }
        }
    }
    let mut fields = serde_json::to_value(scenario).expect("a scenario is plain data");
    if let (Json::Object(fields), Ok(entry)) = (&mut fields, scenario.entry(catalogue)) {
        for told in ["version", "name", "title", "lesson", "faults", "schedule", "interventions"] {
            fields.remove(told);
        }
        // A field that is not named has its default, and that is no difference.
        let parameters: serde_json::Map<String, Json> = entry
            .parameters
            .iter()
            .map(|parameter| (parameter.name.to_string(), parameter.default.to_string()))
            .chain(scenario.parameters.iter().map(|(name, setting)| (name.clone(), setting.0.clone())))
            .map(|(name, text)| (name, text.into()))
            .collect();
        fields.insert("parameters".to_owned(), parameters.into());
        let under = serde_json::to_value(scenario.under(catalogue)).expect("lines of modules are plain data");
        fields.insert("modules".to_owned(), under);
    }
    let mut found = BTreeMap::new();
    walk("", &fields, &mut found);
    found
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => "nothing".to_owned(),
        Json::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        other => other.to_string(),
    }
}

/// The act of a person, in words.
pub fn intervention_words(scenario: &Scenario, intervention: &Intervention) -> String {
    format!("{}, by you after event {}", choice_words(scenario, &intervention.choice), intervention.after)
}

/// The first three in words, and how many more there are.
fn several<T>(all: &[T], words: impl Fn(&T) -> String) -> String {
    let mut told: Vec<String> = all.iter().take(3).map(words).collect();
    if all.len() > told.len() {
        told.push(format!("and {} more", all.len() - told.len()));
    }
    told.join("; ")
}

/// In what two scenarios differ, the most telling first. Titles and lessons do not count.
pub fn differences(catalogue: &Catalogue, left: &Scenario, right: &Scenario) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut note = |what: &str, sides: [String; 2]| {
        if sides[0] != sides[1] {
            found.push(Difference { what: what.to_owned(), sides });
        }
    };
    let faults = |one: &Scenario, other: &Scenario| {
        let own: Vec<&Fault> = one.faults.iter().filter(|fault| !other.faults.contains(fault)).collect();
        several(&own, |fault| format!("{} at {} ms", choice_words(one, &fault.choice), fault.at_ms))
    };
    note("faults", [faults(left, right), faults(right, left)]);
    let common = left.interventions.iter().zip(&right.interventions).take_while(|(one, other)| one == other).count();
    let acts =
        |scenario: &Scenario| several(&scenario.interventions[common..], |act| intervention_words(scenario, act));
    note("you", [acts(left), acts(right)]);
    let (here, there) = (leaves(catalogue, left), leaves(catalogue, right));
    let names = ["protocol", "timing", "links", "failures", "modules", "inputs"];
    let place = |name: &str| names.iter().position(|known| *known == first(name)).unwrap_or(names.len());
    let mut fields: Vec<&String> = here.keys().chain(there.keys().filter(|name| !here.contains_key(*name))).collect();
    fields.sort_by_key(|name| place(name));
    for name in fields {
        let side = |fields: &BTreeMap<String, String>| fields.get(name).map_or("—", String::as_str).to_owned();
        note(name, [side(&here), side(&there)]);
    }
    if left.schedule != right.schedule {
        let same = left.schedule.iter().zip(&right.schedule).take_while(|(one, other)| one == other).count();
        let words = |scenario: &Scenario| match scenario.schedule.get(same) {
            Some(next) => format!("{}, as choice {} of the schedule", choice_words(scenario, &next.choice), same + 1),
            None => format!("the schedule ends after {same} choices"),
        };
        note("schedule", [words(left), words(right)]);
    }
    found
}

/// Another run to compare one with.
#[derive(Clone, PartialEq, Debug)]
pub struct Other {
    /// A short name for it, that stays the same while nothing is done to the run.
    pub key: String,
    /// Its name, in words.
    pub label: String,
    /// The way in which it is run.
    pub scenario: Scenario,
}

/// By how much a process is slow where nothing says it, in milliseconds.
const SLOW_MS: u32 = 2_500;

/// The runs that the open one can be compared with, the most natural first: its other branches, the other worlds of its
/// lesson, and the same with one thing changed.
pub fn others(lab: &Lab) -> Vec<Other> {
    let here = lab.saved();
    let mut others = Vec::new();
    let mut offer = |key: String, label: String, scenario: Scenario| {
        if scenario.plan(lab.catalogue()).is_ok() {
            others.push(Other { key, label, scenario });
        }
    };
    let history = lab.history();
    let parent = history.branches()[history.current()].parent.map(|(parent, _)| parent);
    let rest = (0..history.branches().len()).filter(|branch| Some(*branch) != parent);
    for branch in parent.into_iter().chain(rest).filter(|branch| *branch != history.current()) {
        let interventions = history.branches()[branch].interventions.clone();
        let label = format!("branch {}: {}", branch + 1, lab.branch_words(branch));
        offer(format!("branch-{branch}"), label, Scenario { interventions, ..here.clone() });
    }
    if let Some(lesson) = &here.lesson {
        let place = lesson.worlds.iter().position(|world| world.scenario == here.name).map_or(0, |place| place + 1);
        let (before, after) = lesson.worlds.split_at(place.min(lesson.worlds.len()));
        for world in after.iter().chain(before).filter(|world| world.scenario != here.name) {
            if let Some(scenario) = lab.catalogue().known(&world.scenario) {
                offer(format!("world-{}", world.scenario), format!("the world “{}”", world.label), scenario);
            }
        }
    }
    let choices = |scenario: &Scenario| {
        let faults = scenario.faults.iter().map(|fault| fault.choice);
        faults.chain(scenario.interventions.iter().map(|act| act.choice)).collect::<Vec<Choice>>()
    };
    let slow = |choice: &Choice| match choice {
        Choice::Slow { extra_ms: extra_ms @ 1.., .. } => Some(*extra_ms),
        _ => None,
    };
    let slow_ms = choices(&here).iter().find_map(slow).unwrap_or(SLOW_MS);
    let swap = |choice: &mut Choice| match *choice {
        Choice::Crash { process, after_effects: None } => *choice = Choice::Slow { process, extra_ms: slow_ms },
        Choice::Slow { process, extra_ms: 1.. } => *choice = Choice::Crash { process, after_effects: None },
        _ => {}
    };
    let mut swapped = here.clone();
    swapped.faults.iter_mut().for_each(|fault| swap(&mut fault.choice));
    swapped.interventions.iter_mut().for_each(|act| swap(&mut act.choice));
    if choices(&swapped) != choices(&here) {
        offer("slow-for-dead".into(), "a dead process is slow, and a slow one is dead".into(), swapped);
    }
    for kind in TimingKind::ALL.into_iter().filter(|kind| *kind != here.models.timing.kind) {
        let mut scenario = here.clone();
        scenario.models.timing = Timing { kind, gst_ms: None, ..here.models.timing };
        offer(format!("timing-{}", kind.name()), format!("the same, {}", kind.name().replace('-', " ")), scenario);
    }
    for kind in LinkKind::ALL.into_iter().filter(|kind| *kind != here.models.links.kind) {
        let mut scenario = here.clone();
        let often = |when| if kind == when { Rate(200_000) } else { Rate(0) };
        let (loss, alter) = (often(LinkKind::FairLoss), often(LinkKind::Arbitrary));
        scenario.models.links = Links { kind, fifo: here.models.links.fifo, loss, alter, ..Links::default() };
        offer(format!("links-{}", kind.name()), format!("the same over {} links", kind.name()), scenario);
    }
    let seed = here.seed.wrapping_add(1);
    offer(format!("seed-{seed}"), format!("the same with seed {seed}"), Scenario { seed, ..here });
    others
}
