//! The bivalent region of Ben-Or without its coin: small enough to draw whole, with a loop in it that never ends.

use super::choices;
use crate::adversary::endless;
use crate::catalogue::{Catalogue, Instance, Realisable};
use crate::explorer::LIMIT;
use crate::explorer::heard_of::{self, Arrow, LayeredGraph, Layering};
use crate::explorer::valency::Valency;
use crate::history::Scheduler;
use crate::model::{Rate, Timing, TimingKind};
use crate::process::Value;
use crate::scenario::Scenario;

/// The time that an event of the endless run takes where it has times, in milliseconds.
pub const EVENT_MS: u64 = 50;

/// The region of undecided bivalent boundaries of Ben-Or without its coin, and the loop in which it never ends.
///
/// Phases are told by who hears whom; the round's number is dropped, so that an endless run is a loop that one sees.
pub struct Region {
    graph: LayeredGraph,
    instance: Instance,
    /// The undecided bivalent boundaries, by their numbers in the layered graph.
    pub inside: Vec<u32>,
    /// Arrows between them, by their places in `inside`; each has a strict schedule.
    pub edges: Vec<(usize, usize)>,
    /// The numbers of boundaries that lead to 0 only, and to 1 only.
    pub shores: (usize, usize),
    /// Those of `inside` that have an arrow to the shore of 0, and those to that of 1.
    pub exits: [Vec<usize>; 2],
    /// The arrows from a beginning to the loop, and round it once.
    prefix: Vec<usize>,
    round: Vec<usize>,
}

impl Region {
    /// Computes the layered graph of Ben-Or whose coin always falls on 0, over all inputs.
    pub fn new() -> Region {
        let catalogue = Catalogue::builtin();
        let instance = catalogue.instance("ben-or", [("coin", "zero")], None).expect("valid parameters");
        let inputs: Vec<[bool; 3]> = (0..8u8).map(|bits| [bits & 4 > 0, bits & 2 > 0, bits & 1 > 0]).collect();
        let graph =
            heard_of::explore(&instance, &inputs, Layering::HeardOf, LIMIT).expect("Ben-Or has a layered graph");
        let undecided = |node: u32| graph.nodes[node as usize].decided == [None; 3];
        let of = |node: u32| graph.nodes[node as usize].valency;
        let numbers = || 0..u32::try_from(graph.nodes.len()).expect("a small graph");
        let inside: Vec<u32> = numbers().filter(|node| of(*node) == Valency::Bivalent && undecided(*node)).collect();
        let shores = [Valency::Zero, Valency::One].map(|value| numbers().filter(|node| of(*node) == value).count());
        let place = |node: u32| inside.iter().position(|known| *known == node);
        let strict = |arrow: &Arrow| arrow.realisable != Realisable::LayeredOnly;
        let edges: Vec<(usize, usize)> = graph
            .arrows
            .iter()
            .filter(|arrow| strict(arrow))
            .filter_map(|arrow| Some((place(arrow.from)?, place(arrow.to)?)))
            .collect();
        let exits = [Valency::Zero, Valency::One].map(|value| {
            let leaving = graph.arrows.iter().filter(|arrow| of(arrow.to) == value);
            let mut places: Vec<usize> = leaving.filter_map(|arrow| place(arrow.from)).collect();
            places.sort_unstable();
            places.dedup();
            places
        });
        let (prefix, round) = graph.endless().expect("the region has a loop that can be reached: a test replays it");
        Region { shores: (shores[0], shores[1]), inside, edges, exits, prefix, round, graph, instance }
    }

    /// The boundaries on the way into the loop and once round it, by their places in `inside`; and where the loop
    /// begins among them.
    pub fn walk(&self) -> (Vec<usize>, usize) {
        let place = |node: u32| self.inside.iter().position(|known| *known == node).expect("it stays inside");
        let arrows = self.prefix.iter().chain(&self.round).map(|arrow| &self.graph.arrows[*arrow]);
        let first = self.prefix.first().or(self.round.first()).map(|arrow| self.graph.arrows[*arrow].from);
        (first.into_iter().chain(arrows.map(|arrow| arrow.to)).map(place).collect(), self.prefix.len())
    }

    /// The next messages of the processes at a boundary, in words.
    pub fn words(&self, place: usize) -> String {
        self.graph.nodes[self.inside[place] as usize].words.join(", ")
    }

    /// The same in short: the values that are reported, or what is proposed.
    pub fn label(&self, place: usize) -> String {
        let words = &self.graph.nodes[self.inside[place] as usize].words;
        let values: Vec<&str> = words.iter().map(|word| word.rsplit(['=', ' ']).next().unwrap_or(word)).collect();
        let what = if words[0].starts_with("prop") { "propose" } else { "hold" };
        format!("{what} {}", values.join(" "))
    }

    /// The number of boundaries that the whole graph has.
    pub fn size(&self) -> usize {
        self.graph.nodes.len()
    }

    /// The strict schedule of the way into the loop and so many times round it, and its scenario.
    pub fn run(&mut self, rounds: usize) -> Result<Scenario, String> {
        let mut arrows = self.prefix.clone();
        arrows.extend(self.round.iter().copied().cycle().take(rounds * self.round.len()));
        let inputs = arrows.first().map(|arrow| self.graph.inputs(*arrow).map(Value::Bit)).ok_or("there is no loop")?;
        let events = self.graph.schedule(&arrows).ok_or("the path has no strict schedule")?;
        let mut scenario = Scenario::of(&self.instance.entry, 3);
        scenario.inputs = inputs.iter().cloned().map(Some).collect();
        scenario.scheduler = Scheduler::ByHand;
        scenario.title = "For ever: a prefix of the endless run".into();
        scenario.name = "for-ever".into();
        // In a phase a process takes in what it needs; what is left over is received a little later, and ignored.
        let events = endless::with_leftovers(&self.instance.program, &inputs, &events)?;
        scenario.schedule = choices(&scenario.start(&Catalogue::builtin())?, &events)?;
        Ok(scenario)
    }

    /// The same run with times, an event every [`EVENT_MS`], in a system of bounded asynchrony whose bound on delivery is
    /// what the slowest message of the run needs.
    pub fn bounded(&mut self, rounds: usize) -> Result<Scenario, String> {
        let mut scenario = self.run(rounds)?;
        let slowest = evidence(&scenario, rounds)?.oldest_waiting;
        scenario.scheduler = Scheduler::Timed;
        scenario.models.timing = Timing {
            kind: TimingKind::BoundedAsynchrony,
            delta_ms: u32::try_from(EVENT_MS * slowest).map_err(|_| "a message waits for too long")?,
            drift: Rate(0),
            // The time of a step has no bound: but for the schedule, nothing would be taken in before the end.
            typical_ms: 600_000,
            ..Timing::default()
        };
        for (scheduled, at) in scenario.schedule.iter_mut().zip(1..) {
            scheduled.at_us = Some(1_000 * EVENT_MS * at);
        }
        scenario.until_ms = EVENT_MS * scenario.schedule.len() as u64;
        Ok(scenario)
    }
}

/// The result of a replay of the endless run, as far as it was gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Evidence {
    /// The number of times that the loop was gone round.
    pub rounds: usize,
    /// The number of events that happened.
    pub events: u64,
    /// The number of messages that were received.
    pub delivered: u64,
    /// The most events for which a message waited until it was received, or waits at the end.
    pub oldest_waiting: u64,
    /// The number of processes that decided.
    pub decided: usize,
}

impl Region {
    /// Replays the endless run in the engine, so many times round the loop, and counts.
    pub fn evidence(&mut self, rounds: usize) -> Result<Evidence, String> {
        evidence(&self.run(rounds)?, rounds)
    }
}

fn evidence(scenario: &Scenario, rounds: usize) -> Result<Evidence, String> {
    let mut history = scenario.start(&Catalogue::builtin())?;
    let mut oldest_waiting = 0;
    while (history.position() as usize) < scenario.schedule.len() {
        let next = history.position() + 1;
        let ages = history.engine().flights().map(|flight| next - flight.sent_in);
        oldest_waiting = oldest_waiting.max(ages.max().unwrap_or(0));
        history.next().map_err(|stop| stop.to_string())?;
    }
    let engine = history.engine();
    let decided = engine.processes().iter().filter(|process| process.decided.is_some()).count();
    let (events, delivered) = (engine.events(), engine.totals().delivered);
    Ok(Evidence { rounds, events, delivered, oldest_waiting, decided })
}

impl Default for Region {
    fn default() -> Self {
        Region::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Choice, promise};

    #[test]
    fn the_region_has_six_boundaries_and_a_loop_that_decides_nothing_however_often_it_is_gone_round() {
        let mut region = Region::new();
        assert_eq!((region.size(), region.inside.len()), (51, 6));
        let (walk, knot) = region.walk();
        assert_eq!(walk.last(), Some(&walk[knot]), "it comes back to where the loop begins");
        let labels: Vec<String> = (0..6).map(|place| region.label(place)).collect();
        assert!(labels.contains(&"hold 0 1 1".into()) && labels.contains(&"propose ⊥ 1 ⊥".into()), "{labels:?}");
        let evidence = region.evidence(50).expect("it replays");
        assert_eq!(evidence.decided, 0);
        assert!(evidence.oldest_waiting <= 40, "fair: {evidence:?}");
        for rounds in [1, 5, 50] {
            let scenario = region.bounded(rounds).expect("it has times, too");
            let mut history = scenario.start(&Catalogue::builtin()).expect("valid");
            history.run(1_000_000);
            assert_eq!(history.position() as usize, scenario.schedule.len(), "every choice is applied, and no other");
            assert!(history.engine().processes().iter().all(|process| process.decided.is_none()));
            let promises = history.monitors().promises(history.engine().models());
            let bound = promises.iter().find(|made| made.text == promise::DELIVERY).expect("bounded asynchrony has it");
            assert!(bound.broken.is_none() && promises.iter().all(|made| made.broken.is_none()), "{promises:?}");
            let delta_us = 1_000 * u64::from(scenario.models.timing.delta_ms);
            history.seek(0).expect("the beginning");
            while let Ok(step) = history.next() {
                if let (Some(Choice::Deliver(_)), Some(arrival)) = (step.choice, &step.arrival) {
                    assert!(step.at_us - arrival.sent_us <= delta_us, "no message is late");
                }
            }
            let scenario = region.run(rounds).expect("the path has a strict schedule");
            let mut history = scenario.start(&Catalogue::builtin()).expect("valid");
            history.run(1_000_000);
            assert_eq!(history.position() as usize, scenario.schedule.len(), "every choice is applied");
            assert!(history.engine().processes().iter().all(|process| process.decided.is_none()));
        }
    }
}
