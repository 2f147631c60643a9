//! Consensus and its relatives: what processes decide.

use super::{Family, JudgedMoment, Monitor, Notice, Promised, Property, Violations};
use crate::process::{Outcome, ProcessId, Value};

/// Decisions of processes that want something.
static FAMILY: Family = Family { name: "consensus", monitor: |promised| Box::new(DecidedValues::new(promised)) };

impl Property {
    /// No two processes decide differently, faulty ones included (uniform agreement).
    pub const AGREEMENT: Property =
        Property::always(&FAMILY, "agreement", "No two processes decide differently, crashed ones included.");
    /// A decided value was proposed by some process.
    pub const VALIDITY: Property = Property::always(&FAMILY, "validity", "Every decision is what some process wanted.");
    /// If all correct processes propose the same, no correct process decides anything else.
    pub const STRONG_VALIDITY: Property =
        Property::always(&FAMILY, "strong-validity", "If all honest processes want the same, they decide it.");
    /// Generals: if p0 is correct, no correct process decides anything but its input.
    pub const OBEDIENCE: Property =
        Property::always(&FAMILY, "obedience", "If p0 is honest, all honest processes decide what it says.");
    /// No process decides twice.
    pub const INTEGRITY: Property = Property::always(&FAMILY, "integrity", "Nobody decides twice.");
    /// Every correct process decides in the end.
    pub const TERMINATION: Property =
        Property::in_the_end(&FAMILY, "termination", "Every process that stays up decides in the end.").of_decisions();
    /// Some process decides in the end.
    pub const PROGRESS: Property =
        Property::in_the_end(&FAMILY, "progress", "Somebody decides in the end.").of_decisions();
}

/// The decisions of all processes.
#[derive(Clone)]
struct DecidedValues {
    promised: Promised,
    decided: Vec<Vec<Value>>,
}

impl DecidedValues {
    fn new(promised: &Promised) -> Self {
        DecidedValues { decided: vec![Vec::new(); promised.processes()], promised: promised.clone() }
    }

    fn enter(&mut self, me: ProcessId, value: &Value, moment: &JudgedMoment<'_>, violations: &mut Violations) {
        let facts = moment.facts;
        let inputs = &self.promised.inputs;
        let other = ProcessId::all(self.decided.len())
            .filter(|process| (facts.honest)(*process))
            .find_map(|process| Some((process, self.decided[process.index()].iter().find(|other| *other != value)?)));
        if let Some((other, theirs)) = other {
            violations.enter(Property::AGREEMENT, || format!("{other} decided {theirs}, and {me} decides {value}"));
        }
        if !inputs.iter().any(|input| input.contains(value)) {
            violations.enter(Property::VALIDITY, || format!("{me} decides {value}, which nobody proposed"));
        }
        if (facts.correct)(ProcessId(0)) && !inputs[0].contains(value) {
            violations.enter(Property::OBEDIENCE, || format!("{me} decides {value}, and p0 is honest"));
        }
        let mut wanted =
            inputs.iter().zip(ProcessId::all(inputs.len())).filter(|(_, process)| (facts.correct)(*process));
        if let Some((first, _)) = wanted.next()
            && !first.contains(value)
            && wanted.all(|(input, _)| input == first)
        {
            violations.enter(Property::STRONG_VALIDITY, || {
                format!("{me} decides {value}, and all who are honest want something else")
            });
        }
        if !self.decided[me.index()].is_empty() {
            violations.enter(Property::INTEGRITY, || format!("{me} decides again"));
        }
        self.decided[me.index()].push(value.clone());
    }
}

impl Monitor for DecidedValues {
    fn copy(&self) -> Box<dyn Monitor> {
        Box::new(self.clone())
    }

    fn hear(&mut self, me: ProcessId, heard: Notice<'_>, moment: &JudgedMoment<'_>, violations: &mut Violations) {
        if let Notice::Told(Outcome::Decide(value)) = heard {
            self.enter(me, value, moment, violations);
        }
    }

    fn missing(&self, property: Property, moment: &JudgedMoment<'_>) -> Option<String> {
        if property == Property::PROGRESS {
            return self.decided.iter().all(Vec::is_empty).then(|| "nobody has decided".to_owned());
        }
        let mut correct = ProcessId::all(self.decided.len()).filter(|process| (moment.facts.correct)(*process));
        let open = correct.find(|process| self.decided[process.index()].is_empty())?;
        Some(format!("{open} has not decided"))
    }

    fn bytes(&self) -> usize {
        24 * self.decided.len() + 48 * self.decided.iter().map(Vec::len).sum::<usize>()
    }
}
