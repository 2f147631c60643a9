//! The knowledge of the FLP view beyond a run: where it stands, what can still be decided, and how it could be kept
//! open.
//!
//! The compass is about the strict graph of a protocol. It follows a run of the engine through the explorer's graph
//! event by event, so that what the page says about a moment is what the explorer computed for exactly that
//! configuration. The [`game`] does the same where there is no end to explore to. [`chain`] is Lemma 2, [`region`] the
//! loop of Ben-Or without its coin, [`adversary_run`] the adversary against any of the protocols. What is drawn as a [`map`]
//! comes from the [`atlas`] of a graph that ends, from [`layers`], or from the [`vicinity`] of a moment.

use crate::adversary::live::Live;
use crate::adversary::pivot::{self, Lockstep};
use crate::catalogue::Catalogue;
use crate::engine::{Choice, Engine, Flight, Scheduled, Status, Step};
use crate::explorer::strict::Strict;
use crate::explorer::valency::{Valencies, Valency};
use crate::explorer::{Mail, StepTable, StrictEvent, Tracked};
use crate::history::{Fact, History};
use crate::process::{ProcessId, Value};
use crate::scenario::Scenario;

pub mod adversary_run;
pub mod after_gst;
pub mod atlas;
pub mod chain;
pub mod clock;
pub mod coin;
pub mod game;
pub mod layers;
pub mod map;
pub mod protocol_instance;
pub mod region;
pub mod vicinity;

/// The most configurations that a compass explores.
pub const CONFIGURATIONS_MAX: usize = 50_000;

/// A scenario of a protocol of this crate.
fn scenario_of(protocol: &str, processes: usize) -> Scenario {
    Scenario::of(&Catalogue::builtin().find(protocol).expect("in the catalogue"), processes)
}

/// The strict graph of a scenario's protocol from its inputs, explored completely.
pub struct Compass {
    strict: Strict,
    valencies: Valencies,
}

impl Compass {
    /// Explores. The error says why there is no exact answer.
    pub fn new(catalogue: &Catalogue, scenario: &Scenario) -> Result<Compass, String> {
        let plan = scenario.plan(catalogue)?;
        let inputs: Vec<Option<Value>> =
            plan.setup.knowledge.iter().map(|knowledge| knowledge.top.input.clone()).collect();
        let mut strict = Strict::new(&plan.setup.program, &[inputs], CONFIGURATIONS_MAX);
        strict.run();
        if !strict.search().is_complete() {
            return Err(format!("more than {CONFIGURATIONS_MAX} configurations: what is left open is unknown"));
        }
        let valencies = strict.valencies();
        Ok(Compass { strict, valencies })
    }

    /// The configuration after these facts, which begin with the run's first event. `None` if the run left the
    /// strict model, for instance by losing a message.
    pub fn locate(&mut self, facts: &[Fact]) -> Option<u32> {
        facts.iter().try_fold(0, |node, fact| match fact.choice {
            Choice::Start(_) | Choice::Deliver(_) | Choice::Timeout { .. } => self.follow(node, fact),
            Choice::Crash { after_effects: None, .. } => Some(node),
            _ => None,
        })
    }

    fn follow(&mut self, node: u32, fact: &Fact) -> Option<u32> {
        let process = fact.choice.process()?;
        let targets: Vec<u32> = self.strict.search().edges().from(node).map(|(_, target)| target).collect();
        targets.into_iter().find(|target| {
            let event = self.strict.events(&[node, *target]).pop();
            event.is_some_and(|event| {
                let same = match (&event.mail, fact.choice, &fact.arrival) {
                    (Some(mail), Choice::Deliver(id), Some(arrival)) => {
                        mail.from == id.from && mail.payload == arrival.payload
                    }
                    (None, Choice::Start(_) | Choice::Timeout { .. }, _) => true,
                    _ => false,
                };
                event.process == process && event.coins == fact.coins && same
            })
        })
    }

    /// The values that can still be decided from a configuration.
    pub fn valency(&self, node: u32) -> Valency {
        self.valencies.of(node)
    }

    /// True if some process has decided in it.
    pub fn is_decided(&self, node: u32) -> bool {
        self.strict.search().decided()[node as usize] != 0
    }

    /// A shortest future of a configuration in which `value` is decided.
    pub fn future(&mut self, node: u32, value: bool) -> Option<Vec<StrictEvent>> {
        self.strict.certificate(node, value, None)
    }
}

/// The decision in lock-step from the present moment of a run, with everybody who is up and without each process:
/// where the two differ, the process is a pivot.
pub fn lockstep(engine: &Engine) -> Lockstep {
    let setup = engine.setup();
    let n = setup.knowledge.len();
    let mut step_table = StepTable::new(&setup.program, n, Tracked::default());
    let mut locals = Vec::new();
    for (me, process) in ProcessId::all(n).zip(engine.processes()) {
        let input = setup.knowledge[me.index()].top.input.clone();
        locals.push(match process.status {
            Status::Fresh => step_table.unstarted(me, input),
            _ => step_table.started_as(me, input, process.layers.clone(), process.decided.clone()),
        });
    }
    let crashed: Vec<bool> = engine.processes().iter().map(|process| !process.is_alive()).collect();
    let mut live = Live::initial(locals);
    for flight in engine.flights_by_age() {
        let (from, to) = (flight.id.from, flight.id.to);
        let message = step_table.name_mail(Mail { from, to, payload: flight.payload.clone() });
        live.mail[to.index()].push_back(message);
    }
    pivot::compare(&mut step_table, &live, &crashed)
}

/// The choices of the engine that make `events` happen after the present of `history`. The error says which event
/// has no counterpart.
pub fn choices(history: &History, events: &[StrictEvent]) -> Result<Vec<Scheduled>, String> {
    let mut engine = history.engine().clone();
    let mut step = Step::default();
    let mut schedule = Vec::new();
    for (number, event) in (1..).zip(events) {
        let Some(choice) = choice_of(&engine, event) else {
            if event.mail.is_none() {
                // A NULL step that changes nothing is a step of the model, and nothing to the engine.
                continue;
            }
            return Err(format!("event {number}: the run has no such step"));
        };
        let scheduled = Scheduled { choice, at_us: None, coins: event.coins };
        engine.apply(scheduled, &mut step).map_err(|refusal| format!("event {number}: {}", refusal.0))?;
        schedule.push(scheduled);
    }
    Ok(schedule)
}

/// The choice of the engine that makes `event` happen now.
fn choice_of(engine: &Engine, event: &StrictEvent) -> Option<Choice> {
    let process = event.process;
    let Some(mail) = &event.mail else {
        let mut timeouts =
            (0..engine.modules(process).modules().len() as u8).map(|layer| Choice::Timeout { process, layer });
        return if engine.process(process).status == Status::Fresh {
            Some(Choice::Start(process))
        } else {
            timeouts.find(|choice| engine.admissible(choice).is_ok())
        };
    };
    let messages = engine.flights_by_age();
    let same =
        |flight: &&&Flight| flight.id.to == process && flight.id.from == mail.from && flight.payload == mail.payload;
    messages.iter().find(same).map(|flight| Choice::Deliver(flight.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Scheduler;

    fn scenario() -> Scenario {
        let mut scenario = scenario_of("wait-for-two", 3);
        scenario.inputs = [false, true, true].map(|bit| Some(bit.into())).into();
        scenario.scheduler = Scheduler::ByHand;
        scenario
    }

    #[test]
    fn both_futures_of_a_bivalent_moment_can_be_played() {
        let scenario = scenario();
        let mut compass = Compass::new(&Catalogue::builtin(), &scenario).expect("small");
        assert_eq!(compass.valency(0), Valency::Bivalent);
        for value in [false, true] {
            let events = compass.future(0, value).expect("it is bivalent");
            let schedule =
                choices(&scenario.start(&Catalogue::builtin()).expect("valid"), &events).expect("the same protocol");
            let mut history = Scenario { schedule, ..scenario.clone() }.start(&Catalogue::builtin()).expect("valid");
            history.run(100);
            let decided = history.engine().processes().iter().find_map(|process| process.decided.clone());
            assert_eq!(decided, Some(Value::Bit(value)));
            let node = compass.locate(&history.facts(0, history.position())).expect("a strict run");
            assert!(compass.is_decided(node));
        }
    }

    #[test]
    fn a_pivot_is_whose_lateness_would_flip_the_answer() {
        let mut scenario = scenario();
        let engine = scenario.start(&Catalogue::builtin()).expect("valid").engine().clone();
        let found = lockstep(&engine);
        // In lock-step p0 hears p1 first, and the two hold 0 and 1; without p0 there are two ones.
        assert_eq!((found.all, found.without.clone()), (Some(false), vec![Some(true), Some(false), Some(false)]));
        assert_eq!(found.pivots(), [0.into()]);
        // Once p0's 0 has decided something, nobody's lateness can change it.
        scenario.scheduler = Scheduler::Fair;
        let mut history = scenario.start(&Catalogue::builtin()).expect("valid");
        history.run(1_000);
        assert!(lockstep(history.engine()).pivots().is_empty());
    }

    #[test]
    fn a_run_that_leaves_the_strict_model_is_lost_sight_of() {
        let scenario = scenario();
        let mut compass = Compass::new(&Catalogue::builtin(), &scenario).expect("small");
        let mut history = scenario.start(&Catalogue::builtin()).expect("valid");
        history.act(Choice::Start(0.into()), None).expect("fresh");
        let id = history.engine().flights_by_age()[0].id;
        history.act(Choice::Lose(id), None).expect("on its way");
        assert_eq!(compass.locate(&history.facts(0, 2)), None);
    }
}
