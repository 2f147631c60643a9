//! The assumptions of its protocols that a scenario does not meet, known before it starts.
//!
//! The promises of links and time are read off the models, whatever their rates: a model that allows losses promises
//! nothing. Failures never come by themselves, so what is planned counts there: faults, schedule and interventions.

use super::{Assumption, Catalogue, ChannelEffect, Entry, Instance, Name, NeededNetwork, Parameters, Timeout};
use crate::engine::Choice;
use crate::history::Scheduler;
use crate::model::{Change, LinkKind, Links, Timing, TimingKind};
use crate::process::{Interface, ModuleGraph, ProcessId, Provider};
use crate::scenario::{Fault, Scenario};
use serde::Serialize;
use std::sync::Arc;

/// An assumption that does not hold in a scenario.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Unmet {
    /// The layers that make it, bottom first.
    pub layers: Vec<Name>,
    /// The assumption.
    pub assumption: Assumption,
    /// The fact in its place, in words.
    pub why: String,
}

impl Unmet {
    /// The whole thing as a sentence.
    pub fn text(&self) -> String {
        let (names, verb) = match &self.layers[..] {
            [only] => (only.to_string(), "assumes"),
            [first @ .., last] => (format!("{} and {last}", first.join(", ")), "assume"),
            [] => unreachable!("somebody assumes it"),
        };
        format!("{names} {verb} that {}; here {}", self.assumption.text(), self.why)
    }
}

/// The channel that a sender meets at a place in the stack: for each evil why it may happen, if it may.
#[derive(Clone, Default)]
struct ChannelPromises {
    lost: Option<String>,
    doubled: Option<String>,
    false_messages: Option<String>,
    false_names: Option<String>,
    overtaken: bool,
    /// For good: repeating does not help.
    stuck: Option<String>,
    /// True if a layer sends again what is lost.
    repeated: bool,
}

impl ChannelPromises {
    /// The channel that a layer with this effect makes of it for the layer above.
    fn above(mut self, effect: ChannelEffect) -> ChannelPromises {
        if effect.repeats {
            self.lost = None;
            self.doubled = Some("the layer below says everything again and again".to_owned());
            (self.overtaken, self.repeated) = (true, true);
        }
        if effect.drops_copies {
            self.doubled = None;
        }
        if effect.orders {
            self.overtaken = false;
        }
        if effect.drops_forgeries {
            (self.false_messages, self.false_names) = (None, None);
        }
        self
    }
}

/// The plans of a scenario, gathered.
struct Plans<'a> {
    scenario: &'a Scenario,
    timings: Vec<Timing>,
    way: ChannelPromises,
    crashed: Vec<ProcessId>,
    back: Option<ProcessId>,
    /// The processes that have crashed and do not come back, so far.
    down: Vec<ProcessId>,
    liars: Vec<ProcessId>,
    slow: Option<ProcessId>,
    cut: bool,
    /// True if some messages are not signed.
    unsigned: bool,
}

impl<'a> Plans<'a> {
    fn of(scenario: &'a Scenario) -> Self {
        let mut plans = Plans {
            scenario,
            timings: vec![scenario.models.timing],
            way: ChannelPromises::default(),
            crashed: Vec::new(),
            back: None,
            down: Vec::new(),
            liars: Vec::new(),
            slow: None,
            cut: false,
            unsigned: false,
        };
        scenario.models.all_links().for_each(|links| plans.rules(links));
        let mut cuts = Vec::new();
        let (mut parted, mut held) = (false, Vec::new());
        let mut forger = None;
        let mut faults: Vec<&Fault> = scenario.faults.iter().collect();
        faults.sort_by_key(|fault| fault.at_ms);
        let faults = faults.into_iter().map(|fault| fault.choice);
        let done = scenario.interventions.iter().map(|intervention| intervention.choice);
        for choice in faults.chain(scenario.schedule.iter().map(|scheduled| scheduled.choice)).chain(done) {
            let way = &mut plans.way;
            let note = |evil: &mut Option<String>, what: &str| {
                evil.get_or_insert_with(|| what.to_owned());
            };
            let add = |list: &mut Vec<ProcessId>, process| {
                if !list.contains(&process) {
                    list.push(process);
                }
            };
            match choice {
                Choice::Crash { process, .. } | Choice::CrashSending { process, .. } => {
                    add(&mut plans.crashed, process);
                    add(&mut plans.down, process);
                }
                Choice::Recover(process) => {
                    plans.back = plans.back.or(Some(process));
                    plans.down.retain(|down| *down != process);
                }
                Choice::Byzantine { process, behaviour } => {
                    add(&mut plans.liars, process);
                    forger = forger.or(behaviour.forges.map(|name| format!("{process} also writes as {name}")));
                }
                Choice::Slow { process, extra_ms } if extra_ms > 0 => plans.slow = plans.slow.or(Some(process)),
                // Links owe nothing to the messages of one who is down.
                Choice::Lose(message) if plans.crashed.contains(&message.from) => {}
                Choice::Lose(_) => note(&mut way.lost, "a message is lost"),
                Choice::Duplicate(_) | Choice::Replay(_) => note(&mut way.doubled, "a message comes twice"),
                Choice::Alter { .. } | Choice::Inject { .. } => note(&mut way.false_messages, "a message is forged"),
                Choice::Hold(message) => held.push(message),
                Choice::Release(message) => held.retain(|known| *known != message),
                Choice::Cut { from, to } => cuts.push((from, to)),
                Choice::Mend { from, to } => cuts.retain(|cut| *cut != (from, to)),
                Choice::Partition(_) => parted = true,
                Choice::Heal => {
                    cuts.clear();
                    parted = false;
                }
                Choice::Change(Change::Timing(timing)) => plans.timings.push(timing),
                Choice::Change(Change::Links(links)) => plans.rules(&links),
                Choice::Change(Change::Link(other)) => plans.rules(&other.links),
                _ => {}
            }
            plans.cut |= parted || !cuts.is_empty() || !held.is_empty();
        }
        plans.way.false_names = forger.filter(|_| plans.unsigned);
        if parted || !cuts.is_empty() {
            plans.way.stuck = Some("a cut is never mended".to_owned());
        } else if let Some(message) = held.first() {
            plans.way.stuck = Some(format!("{message} is held for good"));
        }
        plans
    }

    /// Takes note of what these rules allow.
    fn rules(&mut self, links: &Links) {
        self.way.overtaken |= !links.fifo;
        self.unsigned |= !links.authenticated;
        if links.kind == LinkKind::Reliable {
            return;
        }
        self.way.lost = Some("links may lose messages".to_owned());
        self.way.doubled = Some("links may double messages".to_owned());
        if links.kind == LinkKind::Arbitrary && !links.authenticated {
            self.way.false_messages = Some("an intruder may change messages and make some up".to_owned());
        }
    }

    /// Why `assumption` of `entry` does not hold for a layer that sends on this `way`.
    fn against(
        &self,
        entry: &Entry,
        parameters: &Parameters,
        assumption: Assumption,
        way: &ChannelPromises,
    ) -> Option<String> {
        let n = self.scenario.processes;
        let roles = entry.resilience.among.as_ref().zip(self.scenario.roles(entry).ok());
        let counted: Option<Vec<ProcessId>> = roles.map(|(role, roles)| roles.processes(role).to_vec());
        let counts = |process: &ProcessId| counted.as_ref().is_none_or(|counted| counted.contains(process));
        let crashed: Vec<ProcessId> = self.crashed.iter().copied().filter(counts).collect();
        let of = counted.as_ref().map_or(n, Vec::len);
        let crashes = || match &crashed[..] {
            [only] => format!("{only} crashes"),
            all => format!("{} of {of} crash", all.len()),
        };
        let more_than = |most: usize| (crashed.len() > most).then(crashes);
        let lies = || self.liars.first().map(|liar| format!("{liar} may do anything"));
        let unrepeated = way.lost.clone().filter(|_| !way.repeated && !entry.channel.repeats);
        match assumption {
            Assumption::ReliableLinks => {
                let evils = [&way.false_messages, &way.lost, &way.doubled, &way.stuck];
                evils.into_iter().find_map(Clone::clone)
            }
            Assumption::FairLossLinks => {
                let unrepeated = unrepeated.map(|lost| format!("{lost}, and no layer below says them again"));
                let made_up = way.false_messages.clone().or_else(|| way.false_names.clone());
                made_up.or_else(|| way.stuck.clone()).or(unrepeated)
            }
            Assumption::Intruder => {
                let unrepeated = unrepeated.map(|lost| format!("{lost}, and no layer below says them again"));
                way.stuck.clone().or(unrepeated)
            }
            Assumption::FifoLinks => way.overtaken.then(|| "messages may overtake each other".to_owned()),
            Assumption::CrashStop => {
                // Some take liars as well.
                let lies = || lies().filter(|_| !entry.assumes(Assumption::FewLiars));
                self.back.map(|process| format!("{process} comes back")).or_else(lies)
            }
            Assumption::CrashRecovery => lies(),
            Assumption::BackInTheEnd => self.down.first().map(|process| format!("{process} stays down")),
            Assumption::NoCrash => more_than(0).or_else(lies),
            Assumption::OneCrash => more_than(1).or_else(lies),
            Assumption::FewCrashes => more_than((entry.resilience.crashes)(n, parameters)),
            Assumption::FirstUp => self.crashed.contains(&ProcessId(0)).then(|| "p0 crashes".to_owned()),
            Assumption::ProposerUp => {
                let both = (0..2).all(|place| self.crashed.contains(&ProcessId(place)));
                both.then(|| "both crash".to_owned())
            }
            Assumption::CompleteNetwork => {
                let topology = self.scenario.topology;
                let gap = ProcessId::all(n).any(|process| topology.peers(process, n).len() < n - 1);
                gap.then(|| format!("the network is a {}", topology.name()))
            }
            Assumption::StarNetwork => {
                let topology = self.scenario.topology;
                let far =
                    ProcessId::all(n).skip(1).find(|process| !topology.peers(*process, n).contains(&ProcessId(0)));
                far.map(|process| format!("{process} has no link to p0"))
            }
            Assumption::MajorityUp => more_than((of - 1) / 2),
            Assumption::FewLiars => self.too_many(entry, parameters),
            Assumption::AuthenticatedLinks => way.false_names.clone().or_else(|| way.false_messages.clone()),
            Assumption::EventualSynchrony => self.never_synchronous(),
            Assumption::SteadyClocks => self
                .timings
                .iter()
                .any(|timing| timing.kind != TimingKind::Synchronous && timing.drift.0 > 0)
                .then(|| "clocks drift".to_owned()),
            Assumption::Synchrony => self.late(entry, parameters, way),
        }
    }

    /// That more are faulty than `entry` is made for, if so.
    fn too_many(&self, entry: &Entry, parameters: &Parameters) -> Option<String> {
        let n = self.scenario.processes;
        let faulty: Vec<_> = self.crashed.iter().filter(|process| !self.liars.contains(process)).collect();
        let faulty = faulty.len() + self.liars.len();
        let most = (entry.resilience.liars)(n, parameters);
        (faulty > most).then(|| format!("{faulty} of {n} may do anything, and it is made for {most}"))
    }

    fn never_synchronous(&self) -> Option<String> {
        let timing = self.timings.last().expect("the scenario's own is the first");
        let calm = match timing.kind {
            TimingKind::Synchronous => true,
            TimingKind::PartiallySynchronous => timing.gst_ms.is_some(),
            TimingKind::BoundedAsynchrony | TimingKind::Asynchronous => false,
        };
        if self.scenario.scheduler != Scheduler::Timed {
            return Some("messages have no times".to_owned());
        }
        (!calm).then(|| match timing.kind {
            TimingKind::PartiallySynchronous => "storms come for ever".to_owned(),
            kind => format!("the system is {}", adjective(kind)),
        })
    }

    fn late(&self, entry: &Entry, parameters: &Parameters, way: &ChannelPromises) -> Option<String> {
        if self.scenario.scheduler != Scheduler::Timed {
            return Some("messages have no times".to_owned());
        }
        if let Some(timing) = self.timings.iter().find(|timing| timing.kind != TimingKind::Synchronous) {
            return Some(format!("the system is {}", adjective(timing.kind)));
        }
        if let Some(process) = self.slow {
            return Some(format!("{process} is slow"));
        }
        let starts_us = self.scenario.start_us().unwrap_or_default();
        let latest = ProcessId::all(starts_us.len()).zip(&starts_us).max_by_key(|(_, at_us)| **at_us);
        if let (Some(first_us), Some((latest, at_us))) = (starts_us.iter().min(), latest)
            && at_us > first_us
        {
            return Some(format!("{latest} starts {} ms after the first", (at_us - first_us) / 1_000));
        }
        if self.cut {
            return Some("a cut keeps messages back".to_owned());
        }
        let mut networks = self.scenario.models.all_links();
        if way.repeated && networks.any(|links| links.kind != LinkKind::Reliable) {
            return Some("a lost message comes only when it is said again".to_owned());
        }
        let Timeout { parameter, exchanges } = entry.timeout.as_ref()?;
        let timeout_ms = parameters.integer(parameter);
        let rounds_us = self.timings.iter().filter_map(Timing::round_us);
        let needed_ms = exchanges * rounds_us.max()? / 1_000;
        (timeout_ms < needed_ms)
            .then(|| format!("\"{parameter}\" is {timeout_ms}, and what it waits for takes up to {needed_ms} ms"))
    }
}

fn adjective(kind: TimingKind) -> &'static str {
    match kind {
        TimingKind::Synchronous => "synchronous",
        TimingKind::BoundedAsynchrony => "asynchronous, with a bound on delivery only",
        TimingKind::PartiallySynchronous => "only partially synchronous",
        TimingKind::Asynchronous => "asynchronous",
    }
}

impl Scenario {
    /// The assumptions of its protocol and of the layers below that do not hold in it, each with the layers that make
    /// it, bottom first. The error is that of [`Scenario::plan`] where the scenario is not valid.
    pub fn unmet(&self, catalogue: &Catalogue) -> Result<Vec<Unmet>, String> {
        self.plan(catalogue)?;
        let plans = Plans::of(self);
        let mut found: Vec<Unmet> = Vec::new();
        let Instance { entry, parameters, program } = self.instance(catalogue)?;
        for (graph, role) in program.roles().iter().zip(&entry.roles) {
            let lines = self.roles.get(&*role.name).and_then(|role| role.modules.clone());
            let lines = lines.unwrap_or_else(|| self.under(catalogue));
            let below: Vec<Arc<Entry>> =
                lines.iter().map(|line| catalogue.find(&line.module)).collect::<Result<_, _>>()?;
            plans.unmet_in(graph, &below, (&entry, &parameters), &mut found);
        }
        Ok(found)
    }
}

impl Plans<'_> {
    /// Adds what does not hold for the modules of one role: those `below`, and the protocol on `top`.
    fn unmet_in(
        &self,
        graph: &ModuleGraph,
        below: &[Arc<Entry>],
        (top, parameters): (&Arc<Entry>, &Parameters),
        found: &mut Vec<Unmet>,
    ) {
        let entries: Vec<&Arc<Entry>> = below.iter().chain([top]).collect();
        // What each module makes of the channel that it sends on, for those that send on it.
        let mut ways: Vec<ChannelPromises> = Vec::new();
        for (place, (entry, module)) in entries.iter().zip(graph.modules()).enumerate() {
            let own = match parameters.below(&entry.name) {
                _ if place + 1 == entries.len() => parameters.clone(),
                Some(given) => given.clone(),
                None => Parameters::of(entry),
            };
            let carrier = [Interface::Broadcast, Interface::Links].iter().find_map(|kind| module.uses[*kind as usize]);
            let mut way = match carrier {
                Some(Provider::Module(carrier)) => ways[usize::from(carrier)].clone(),
                Some(Provider::Network) | None => self.way.clone(),
            };
            // If a module above drops false messages, those below may hand them on.
            let sealed = graph.above(place).any(|above| entries[above].channel.drops_forgeries);
            let false_messages = way.false_messages.take_if(|_| sealed);
            let network = match entry.network {
                NeededNetwork::Complete => Some(Assumption::CompleteNetwork),
                NeededNetwork::Star => Some(Assumption::StarNetwork),
                NeededNetwork::Connected => None,
            };
            for assumption in entry.assumptions.iter().copied().chain(network) {
                let Some(why) = self.against(entry, &own, assumption, &way) else { continue };
                match found.iter_mut().find(|known| known.assumption == assumption && known.why == why) {
                    Some(known) if known.layers.contains(&entry.name) => {}
                    Some(known) => known.layers.push(entry.name.clone()),
                    None => found.push(Unmet { layers: vec![entry.name.clone()], assumption, why }),
                }
            }
            way.false_messages = way.false_messages.or(false_messages);
            ways.push(way.above(entry.channel));
        }
    }
}
