//! A suspicion, and a calm from some time on: the rotating coordinator where its failure detector is right, and where
//! it becomes right once messages are on time. And Ben-Or without its coin, if it waits for messages that are on time.

use super::adversary_run::{AdversaryRun, Goal};
use super::protocol_instance::ProtocolInstance;
use crate::catalogue::Catalogue;
use crate::engine::Choice;
use crate::history::{History, Scheduler};
use crate::model::{Timing, TimingKind};
use crate::process::{Outcome, ProcessId};
use crate::scenario::{Fault, Scenario, Setting};

/// The latest calm that [`stormy`] takes, in milliseconds: until then its storm lasts.
pub const CALM_MAX_MS: u32 = 10_000;

/// A seed whose storm begins before the first coordinator that is up speaks.
const STORM_SEED: u32 = 327;

fn rotating(timeout_ms: u32, timing: Timing) -> Scenario {
    let mut scenario = super::scenario_of("rotating-coordinator", 3);
    scenario.inputs = [false, true, true].map(|bit| Some(bit.into())).into();
    scenario.parameters.insert("timeout-ms".into(), Setting(timeout_ms.to_string()));
    scenario.models.timing = timing;
    scenario.scheduler = Scheduler::Timed;
    scenario
}

/// Nobody suspects wrongly: everybody waits far longer than a message takes.
pub fn trusting() -> Scenario {
    Scenario { until_ms: 900, ..rotating(1_000, Timing::default()) }
}

/// After how many stages against the rotating coordinator the adversary gives up: its loop is found in far fewer.
pub const DOUBT_STAGES: usize = 200;

/// The adversary against the rotating coordinator, which makes somebody suspect every coordinator.
pub fn doubted() -> AdversaryRun {
    let instance =
        ProtocolInstance::new(&Catalogue::builtin(), "rotating-coordinator", "", "011").expect("well written");
    AdversaryRun::new(instance, Goal::Horn(DOUBT_STAGES)).expect("a valid play")
}

/// The first coordinator has crashed, and a storm blows in which every message is later than patience lasts; until it is
/// calm for good, `calm_ms` after the beginning.
pub fn stormy(calm_ms: u32) -> Scenario {
    let calm_ms = calm_ms.min(CALM_MAX_MS);
    let timing = Timing {
        kind: TimingKind::PartiallySynchronous,
        typical_ms: 2_500,
        stretch_ms: CALM_MAX_MS,
        gst_ms: Some(calm_ms),
        ..Timing::default()
    };
    let choice = Choice::Crash { process: ProcessId(0), after_effects: None };
    let until_ms = 2 * u64::from(CALM_MAX_MS);
    Scenario { seed: STORM_SEED, faults: vec![Fault { at_ms: 0, choice }], until_ms, ..rotating(100, timing) }
}

/// Ben-Or without its coin, where messages are on time and everybody waits for them before it counts: as long as a
/// message and its processing may take.
pub fn patient() -> Scenario {
    let mut scenario = super::scenario_of("ben-or", 3);
    scenario.inputs = [false, true, true].map(|bit| Some(bit.into())).into();
    let Timing { delta_ms, phi_ms, .. } = scenario.models.timing;
    scenario.parameters.insert("wait-ms".into(), Setting((delta_ms + phi_ms).to_string()));
    Scenario { seed: 2, until_ms: 900, scheduler: Scheduler::Timed, ..scenario }
}

/// The result of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outline {
    /// The processes that decided, and when, in milliseconds.
    pub decided_ms: Vec<(ProcessId, u64)>,
    /// The number of times that somebody suspected a coordinator before the last decision.
    pub suspicions: usize,
    /// The number of events until then.
    pub events: u64,
}

/// Runs a scenario until everybody who is up has decided, or to its end.
pub fn outline(scenario: &Scenario) -> Result<Outline, String> {
    let mut history: History = scenario.start(&Catalogue::builtin())?;
    let mut outline = Outline::default();
    let open = |history: &History| {
        history.engine().processes().iter().any(|process| process.is_alive() && process.decided.is_none())
    };
    while open(&history) {
        let Ok(step) = history.next() else { break };
        outline.suspicions += usize::from(matches!(step.choice, Some(Choice::Timeout { .. })));
        outline.events = step.event;
        let decides = step.outcomes().iter().any(|outcome| matches!(outcome, Outcome::Decide(_)));
        if let Some(process) = step.choice.and_then(|choice| choice.process()).filter(|_| decides) {
            outline.decided_ms.push((process, step.at_us / 1_000));
        }
    }
    Ok(outline)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adversary::Horn;
    use crate::protocols::rotating_coordinator::Round;

    #[test]
    fn wrong_suspicions_keep_the_same_program_from_ever_deciding() {
        let mut trial = doubted();
        while !trial.step(4) {}
        let report = trial.report().expect("it is done").as_ref().expect("it replays");
        let endless = report.horns.iter().find(|horn| matches!(horn, Horn::Endless { .. })).expect("there is a loop");
        let outline = outline(&trial.run_of(endless).expect("it can be shown")).expect("valid");
        assert!(outline.decided_ms.is_empty() && outline.suspicions > 0, "{outline:?}");
    }

    #[test]
    fn a_coordinator_whom_nobody_suspects_decides_in_the_first_round() {
        let outline = outline(&trusting()).expect("valid");
        assert_eq!((outline.decided_ms.len(), outline.suspicions), (3, 0));
        let mut history = trusting().start(&Catalogue::builtin()).expect("valid");
        while history.position() < outline.events {
            let step = history.next().expect("it has run before");
            if step.outcomes().iter().any(|outcome| matches!(outcome, Outcome::Decide(_))) {
                let told = step.arrival.as_ref().expect("who decides was told something").payload.get::<Round>();
                assert!(matches!(told, Round::Auxiliary { round: 0, .. }), "{told:?}");
            }
        }
    }

    #[test]
    fn who_waits_for_messages_that_are_on_time_decides_in_the_first_round_without_a_coin() {
        for seed in 0..200 {
            let scenario = Scenario { seed, ..patient() };
            let outline = outline(&scenario).expect("valid");
            let (one, all) = (110, outline.decided_ms.iter().map(|(_, at_ms)| *at_ms));
            // Two phases, each of them as long as the wait, and the time that a step takes.
            assert!(
                outline.decided_ms.len() == 3 && all.clone().all(|at| (2 * one..3 * one).contains(&at)),
                "{outline:?}"
            );
        }
    }

    #[test]
    fn it_is_decided_soon_after_the_calm_and_not_before() {
        for calm_ms in (500..=CALM_MAX_MS).step_by(500) {
            let outline = outline(&stormy(calm_ms)).expect("valid");
            let calm = u64::from(calm_ms);
            assert_eq!(outline.decided_ms.len(), 2, "{calm_ms}");
            assert!(outline.decided_ms.iter().all(|(_, at)| (calm..calm + 2_500).contains(at)), "{outline:?}");
            assert!(outline.suspicions >= 2, "{outline:?}");
        }
    }
}
