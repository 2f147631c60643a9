//! Runs without end, and why they are fair.
//!
//! If a configuration comes back, up to a shift of rounds or ballots, the events in between are a *loop*: going
//! round it for ever is an endless run. That proves something only if the run is admissible. [`judge`] says so if, but
//! for at most one crashed process that takes no step in the loop, every process takes a step in it, or its NULL step
//! changes nothing somewhere in it, and every message to it is received in it, or absent somewhere in it.
//!
//! A layered graph has its loops in what is left of phases, and leaves out the messages that come too late to matter.
//! [`of_layers`] delivers them a phase later and makes a run of the strict model of it, which is judged like any other.

use super::Loop;
use super::replay::Replay;
use crate::catalogue::RoundSymmetry;
use crate::draw::Flips;
use crate::explorer::heard_of::LayeredGraph;
use crate::explorer::{Mail, StrictEvent};
use crate::process::{ProcessId, Program, Value};
use serde::Serialize;
use std::collections::BTreeMap;

/// After how many events a message is delivered that changes nothing any more: about a phase.
const LEFTOVER_AGE: usize = 10;

/// The number of times that a loop is gone round before it is believed.
const ROUNDS: usize = 3;

/// The number of times that a loop of phases is gone round so that its leftovers, too, come at the same places again.
const LAYERED_ROUNDS: usize = 8;

/// A message that is taken in.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Delivery {
    /// The event, by its place in the schedule; the first one is 1.
    pub event: usize,
    /// The process that takes it in.
    pub to: ProcessId,
    /// The message.
    pub message: Mail,
}

/// A process that need not step.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Idle {
    /// Its number.
    pub process: ProcessId,
    /// Before this event, by its place in the schedule, its NULL step would change nothing.
    pub before: usize,
}

/// The argument that going round a loop for ever is fair.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Fairness {
    /// The process that has crashed; none if nobody has to.
    pub crashed: Option<ProcessId>,
    /// The number of rounds or ballots by which everything is later each time round; 0 where nothing counts.
    pub shift: u64,
    /// The number of steps that each process takes in the loop.
    pub steps: Vec<usize>,
    /// Those who take none, and have not crashed.
    pub idle: Vec<Idle>,
    /// The messages that wait where the loop begins, each with the event of the loop that delivers it; equal ones once.
    pub waiting: Vec<Delivery>,
    /// The deliveries of the loop that change nothing: what they say came too late.
    pub leftovers: Vec<Delivery>,
}

/// An endless run: its beginning, and the loop once.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Endless {
    /// The inputs.
    pub inputs: String,
    /// The loop that is gone round.
    #[serde(rename = "loop")]
    pub cycle: Loop,
    /// Why that is fair.
    pub fair: Fairness,
    /// The events up to the end of the loop.
    pub schedule: Vec<StrictEvent>,
}

/// Judges a loop of a schedule. Nobody may decide in it or before, it must come back to where it begins, also when it
/// is gone round again, and it must be fair if `crashed` has crashed. The error says what is wrong with it.
pub fn judge(
    program: &Program,
    inputs: &[Value],
    symmetry: Option<&RoundSymmetry>,
    schedule: &[StrictEvent],
    cycle: Loop,
    crashed: Option<ProcessId>,
) -> Result<Fairness, String> {
    let round = schedule.get(cycle.prefix..cycle.prefix + cycle.length).filter(|round| !round.is_empty());
    let round = round.ok_or("the loop is no part of the schedule")?;
    let mut replay = Replay::new(program, inputs);
    replay.run(&schedule[..cycle.prefix])?;
    let begin = replay.clone();
    let mut steps = vec![0; inputs.len()];
    let mut idle: Vec<Idle> = Vec::new();
    let (mut received, mut leftovers) = (Vec::new(), Vec::new());
    // The names of the events' messages up to the shift, by which they are found when the loop is gone round again.
    let mut names = Vec::new();
    for (number, event) in (cycle.prefix + 1..).zip(round) {
        if Some(event.process) == crashed {
            return Err(format!("{} has crashed, and takes a step in event {number}", event.process));
        }
        for process in ProcessId::all(inputs.len()) {
            let known = idle.iter().any(|idle| idle.process == process);
            if !known && replay.ignores(&StrictEvent { process, mail: None, coins: Flips::default() }) {
                idle.push(Idle { process, before: number });
            }
        }
        steps[event.process.index()] += 1;
        if let Some(message) = event.mail.clone() {
            let delivery = Delivery { event: number, to: event.process, message };
            if replay.ignores(event) {
                leftovers.push(delivery.clone());
            }
            received.push(delivery);
        }
        names.push(replay.name_of(event, symmetry, crashed));
        replay.apply(event).map_err(|error| format!("event {number}: {error}"))?;
    }
    let form = begin.form(symmetry, crashed);
    if replay.form(symmetry, crashed) != form {
        let end = cycle.prefix + cycle.length;
        return Err(format!("the configurations after {} and {end} events differ", cycle.prefix));
    }
    idle.retain(|idle| steps[idle.process.index()] == 0 && Some(idle.process) != crashed);
    for process in ProcessId::all(inputs.len()).filter(|process| Some(*process) != crashed) {
        if steps[process.index()] == 0 && !idle.iter().any(|idle| idle.process == process) {
            return Err(format!("{process} takes no step in the loop, though one would change something all the time"));
        }
    }
    // A message that is sent in the loop and not received in it waits where it begins again, so that these are all
    // messages.
    let mut waiting: Vec<Delivery> = Vec::new();
    for mail in begin.waiting().filter(|mail| Some(mail.to) != crashed) {
        let delivery = received.iter().find(|delivery| delivery.message == *mail);
        let delivery = delivery.ok_or_else(|| {
            format!("{:?} from {} waits for {} all the time, and is never received", mail.payload, mail.from, mail.to)
        })?;
        if !waiting.contains(delivery) {
            waiting.push(delivery.clone());
        }
    }
    let shift_by = symmetry.map_or(0, |symmetry| replay.base(symmetry, crashed) - begin.base(symmetry, crashed));
    for again in 1..ROUNDS {
        for (event, name) in round.iter().zip(&names) {
            let event = replay.named(event, name.as_deref(), symmetry, crashed);
            let event = event.ok_or_else(|| format!("the loop cannot be gone round {} times", again + 1))?;
            replay.apply(&event)?;
        }
        if replay.form(symmetry, crashed) != form {
            return Err(format!("the loop does not come back when it is gone round {} times", again + 1));
        }
    }
    if !replay.undecided() {
        return Err("somebody decides in the endless run".into());
    }
    Ok(Fairness { crashed, shift: shift_by, steps, idle, waiting, leftovers })
}

/// The same run, in which messages whose receipt changes nothing any more are received about a phase later. The error
/// says which event cannot happen.
pub fn with_leftovers(program: &Program, inputs: &[Value], events: &[StrictEvent]) -> Result<Vec<StrictEvent>, String> {
    let mut replay = Replay::new(program, inputs);
    let mut all = Vec::new();
    for (number, event) in (1..).zip(events) {
        let mut next = Some(event.clone());
        while let Some(event) = next {
            replay.apply(&event).map_err(|error| format!("event {number}: {error}"))?;
            all.push(event);
            next = replay.leftover(LEFTOVER_AGE);
        }
    }
    Ok(all)
}

/// The endless run in a layered graph, as one of the strict model. The error says why there is none.
pub fn of_layers(graph: &mut LayeredGraph, program: &Program, symmetry: &RoundSymmetry) -> Result<Endless, String> {
    let (prefix, round) = graph.endless().ok_or("no loop of undecided bivalent boundaries can be realised")?;
    let path: Vec<usize> =
        prefix.into_iter().chain(round.iter().copied().cycle().take(LAYERED_ROUNDS * round.len())).collect();
    let events = graph.schedule(&path).ok_or("the loop has no strict schedule")?;
    let inputs = graph.inputs(path[0]).map(Value::Bit);
    let mut schedule = with_leftovers(program, &inputs, &events)?;
    let mut seen = BTreeMap::new();
    let mut replay = Replay::new(program, &inputs);
    for place in 0..schedule.len() {
        let first = *seen.entry(replay.form(Some(symmetry), None)).or_insert(place);
        let cycle = Loop { prefix: first, length: place - first };
        // One that comes too early may leave something waiting all the way round.
        if let Ok(fair) = judge(program, &inputs, Some(symmetry), &schedule, cycle, None) {
            schedule.truncate(place);
            let inputs = inputs.iter().map(Value::to_string).collect();
            return Ok(Endless { inputs, cycle, fair, schedule });
        }
        replay.apply(&schedule[place])?;
    }
    Err("the loop does not come back with its leftovers".into())
}
