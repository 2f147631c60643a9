//! Clocks that processes correct.

use super::{Family, JudgedMoment, Monitor, Notice, Promised, Property, Violations};
use crate::process::{Outcome, ProcessId, Value};

/// Corrections of clocks: `-12±3` is decided by a process whose clock is 12 microseconds fast, give or take 3.
static FAMILY: Family = Family { name: "clocks", monitor: |promised| Box::new(Corrections::new(promised)) };

impl Property {
    /// Two clocks, corrected as their processes decided, differ by no more than the errors of the two.
    pub const PRECISION: Property =
        Property::always(&FAMILY, "precision", "Corrected clocks differ by no more than their errors.");
}

/// The first correction of each process.
#[derive(Clone)]
struct Corrections(Vec<Option<(i64, i64)>>);

impl Corrections {
    fn new(promised: &Promised) -> Self {
        Corrections(vec![None; promised.processes()])
    }
}

/// The correction and its error in a decision, in microseconds.
fn read(decided: &Value) -> Option<(i64, i64)> {
    let text = decided.to_string();
    let (by, error) = text.split_once('±')?;
    Some((by.parse().ok()?, error.parse().ok()?))
}

impl Monitor for Corrections {
    fn copy(&self) -> Box<dyn Monitor> {
        Box::new(self.clone())
    }

    /// Compares the corrected clock of `me` with those of all who have corrected theirs and are honest.
    fn hear(&mut self, me: ProcessId, heard: Notice<'_>, moment: &JudgedMoment<'_>, violations: &mut Violations) {
        let (Notice::Told(Outcome::Decide(value)), facts) = (heard, moment.facts) else { return };
        let own = &mut self.0[me.index()];
        *own = own.or_else(|| read(value));
        // The reading of the corrected clock, and how wrong it may be.
        let reading = |process: ProcessId| {
            let (by, error) = self.0[process.index()].filter(|_| (facts.honest)(process))?;
            Some(((facts.clock)(process) as i64 + by, error))
        };
        let apart = ProcessId::all(self.0.len()).find_map(|other| {
            let ((mine, my_error), (theirs, error)) = (reading(me)?, reading(other)?);
            let (apart, most) = (mine.abs_diff(theirs), my_error + error);
            (apart > most.unsigned_abs()).then_some((other, apart, most))
        });
        if let Some((other, apart, most)) = apart {
            violations.enter(Property::PRECISION, || {
                format!("the clocks of {me} and {other} are {apart} µs apart, and not at most {most}")
            });
        }
    }

    fn bytes(&self) -> usize {
        24 * self.0.len()
    }
}
