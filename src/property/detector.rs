//! Failure and leader detectors: whom processes suspect, and whom they trust.

use super::{Family, JudgedMoment, Monitor, Notice, Promised, Property, Violations};
use crate::process::{Indication, Outcome, ProcessId};

/// Detectors and leaders.
static FAMILY: Family = Family { name: "detector", monitor: |promised| Box::new(Detectors::new(promised)) };

impl Property {
    /// Every crashed process is in the end suspected by every correct one, for good.
    pub const STRONG_COMPLETENESS: Property =
        Property::in_the_end(&FAMILY, "strong-completeness", "A process that crashes is suspected by all in the end.");
    /// Nobody is suspected before it crashes.
    pub const STRONG_ACCURACY: Property =
        Property::always(&FAMILY, "strong-accuracy", "Nobody is suspected while it is up.");
    /// In the end no correct process is suspected by a correct one.
    pub const EVENTUAL_STRONG_ACCURACY: Property =
        Property::in_the_end(&FAMILY, "eventual-strong-accuracy", "In the end no process is suspected that is up.");
    /// In the end all correct processes trust the same one, which is correct.
    pub const EVENTUAL_LEADERSHIP: Property =
        Property::in_the_end(&FAMILY, "eventual-leadership", "In the end all trust the same process, and it is up.");
}

/// The process that each process trusts. Suspicions are at hand in every moment.
#[derive(Clone)]
struct Detectors {
    trusts: Vec<Option<ProcessId>>,
}

impl Detectors {
    fn new(promised: &Promised) -> Self {
        Detectors { trusts: vec![None; promised.processes()] }
    }
}

impl Monitor for Detectors {
    fn copy(&self) -> Box<dyn Monitor> {
        Box::new(self.clone())
    }

    fn hear(&mut self, me: ProcessId, heard: Notice<'_>, moment: &JudgedMoment<'_>, violations: &mut Violations) {
        match heard {
            Notice::Told(Outcome::Indicate(Indication::Suspect(process))) if (moment.facts.correct)(*process) => {
                violations.enter(Property::STRONG_ACCURACY, || format!("{me} suspects {process}, which is up"));
            }
            Notice::Told(Outcome::Indicate(Indication::Trust(leader))) => self.trusts[me.index()] = Some(*leader),
            _ => {}
        }
    }

    fn missing(&self, property: Property, moment: &JudgedMoment<'_>) -> Option<String> {
        let JudgedMoment { facts, detection } = moment;
        let all = || ProcessId::all(self.trusts.len());
        let mut correct = all().filter(|process| (facts.correct)(*process));
        let suspects = |observer, process| detection.since(observer, process).is_some();
        if property == Property::STRONG_COMPLETENESS {
            return correct.find_map(|observer| {
                let unknown =
                    all().filter(|process| !(facts.up)(*process)).find(|process| !suspects(observer, *process))?;
                Some(format!("{observer} does not suspect {unknown}, which has crashed"))
            });
        }
        if property == Property::EVENTUAL_STRONG_ACCURACY {
            return correct.find_map(|observer| {
                let up = |process: &ProcessId| (facts.correct)(*process);
                let wrong = all().filter(up).find(|process| suspects(observer, *process))?;
                Some(format!("{observer} suspects {wrong}, which is up"))
            });
        }
        let first = all().find(|process| (facts.correct)(*process));
        let leader = first.and_then(|first| self.trusts[first.index()]);
        let shared = leader.filter(|leader| (facts.correct)(*leader));
        let other = correct.find(|process| shared.is_none() || self.trusts[process.index()] != shared)?;
        Some(format!("{other} does not trust the same process as all, one that is up"))
    }

    fn bytes(&self) -> usize {
        4 * self.trusts.len()
    }
}
