//! The monitors of a run: they watch it from outside and judge it. Nothing in a run depends on them.

use super::promises::Promises;
use super::{
    Detection, Holdings, JudgedMoment, Monitor, Notice, OrderedPast, OwnProperty, ProcessFacts, Promise, Promised,
    Property, StateVerdict, StateView, Verdict, Violations,
};
use crate::engine::{Engine, Step};
use crate::model::{Failures, Models};
use crate::process::{Indication, LayerState, Outcome, Payload, ProcessId, Value};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::{self, Display};
use std::rc::Rc;

/// A verdict on a property, with what shows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Judgement {
    /// The property.
    pub name: Cow<'static, str>,
    /// Its meaning in a plain sentence, or its text in the language.
    #[serde(skip)]
    pub text: Cow<'static, str>,
    /// The verdict.
    pub verdict: Verdict,
    /// The event that shows a violation.
    pub event: Option<u64>,
    /// The violation, or what is still missing, in words.
    #[serde(skip)]
    pub why: String,
}

/// In a line: `agreement violated at event 7: p0 decided 0, and p1 decides 1`.
impl Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.verdict.text())?;
        if let Some(event) = self.event {
            write!(f, " at event {event}")?;
        }
        if self.why.is_empty() { Ok(()) } else { write!(f, ": {}", self.why) }
    }
}

impl Clone for Box<dyn Monitor> {
    fn clone(&self) -> Self {
        self.copy()
    }
}

/// The monitors of a run: of a protocol's properties, and of the models' promises.
#[derive(Clone)]
pub struct Monitors {
    promised: Promised,
    /// A monitor for each family of the promised properties, in the order of their first ones.
    families: Vec<Box<dyn Monitor>>,
    /// For each promised property the place of its family's monitor.
    places: Rc<[usize]>,
    violations: Violations,
    detection: Detection,
    holdings: Option<Holdings>,
    promises: Promises,
    /// The properties of one's own.
    own: Rc<[OwnProperty]>,
    /// For each of them, what was found for good: the event, the verdict and the reason.
    own_found: Vec<Option<(u64, Verdict, String)>>,
    /// The deliveries of each process, in order, where properties of one's own may ask for it.
    told: Vec<Vec<(ProcessId, Payload)>>,
}

impl Monitors {
    /// Watches a run of a protocol that promises this.
    pub fn new(promised: Promised) -> Self {
        let mut names: Vec<&str> = Vec::new();
        let mut families = Vec::new();
        let mut places = Vec::new();
        for property in &*promised.properties {
            let family = property.family();
            let place = names.iter().position(|name| *name == family.name).unwrap_or_else(|| {
                names.push(family.name);
                families.push((family.monitor)(&promised));
                families.len() - 1
            });
            places.push(place);
        }
        Monitors {
            families,
            places: places.into(),
            violations: Violations::of(Rc::clone(&promised.properties)),
            promised,
            detection: Detection::default(),
            holdings: None,
            promises: Promises::default(),
            own: Rc::default(),
            own_found: Vec::new(),
            told: Vec::new(),
        }
    }

    /// The monitor that judges a promised property.
    fn family(&self, property: Property) -> Option<&dyn Monitor> {
        let place = self.promised.properties.iter().position(|known| *known == property)?;
        Some(&*self.families[self.places[place]])
    }

    /// Watches these properties besides those that are watched already, from the beginning of a run.
    pub fn watch(&mut self, own: Vec<OwnProperty>) {
        self.own = self.own.iter().cloned().chain(own).collect();
        self.own_found = vec![None; self.own.len()];
        self.told = vec![Vec::new(); self.promised.processes()];
    }

    /// Counts the money on the books that `holdings` reads, from the beginning of a run.
    pub fn count(&mut self, holdings: Holdings) {
        self.holdings = Some(holdings);
    }

    /// The money on the books of a process with this state in the protocol on top; none where it has no book.
    pub fn money(&self, top: &LayerState) -> Option<i64> {
        self.holdings.as_ref()?.money(top)
    }

    /// The money on the books of a process: of one that is down, on those that it would find when it comes back.
    pub fn holding(&self, engine: &Engine, process: ProcessId) -> Option<i64> {
        self.holdings.as_ref()?;
        engine.look_at_top(process, |top| self.money(top))
    }

    /// The money on all books; none where there are no books.
    fn all_money(&self, engine: &Engine) -> Option<i64> {
        let holdings = ProcessId::all(engine.processes().len()).filter_map(|process| self.holding(engine, process));
        holdings.reduce(|sum, holding| sum + holding)
    }

    /// Takes note of the world before anything has happened.
    pub fn begin(&mut self, engine: &Engine) {
        self.begin_with(self.all_money(engine));
    }

    /// Takes note of the money on all books before anything has happened.
    pub fn begin_with(&mut self, books: Option<i64>) {
        self.families.iter_mut().for_each(|family| family.begin(books));
    }

    /// Takes note of what `step` did.
    pub fn observe(&mut self, engine: &Engine, step: &Step, by_hand: bool) {
        self.promises.observe(engine, step, by_hand);
        if self.families.is_empty() && self.own.is_empty() {
            return;
        }
        step.by_process().for_each(|(me, outcomes)| self.observe_process(engine, step, me, outcomes));
        self.judge_own(engine, step.event);
    }

    fn observe_process(&mut self, engine: &Engine, step: &Step, me: ProcessId, outcomes: &[Outcome]) {
        // Nothing that is told is judged by the books.
        with_facts(engine, None, |facts| {
            if let Some(invocation) = &step.asked {
                self.enter(me, Notice::Asked(invocation), step.event, facts);
            }
            if !engine.process(me).is_byzantine() {
                outcomes.iter().for_each(|outcome| self.hear(me, outcome, step.event, facts));
            }
            if step.crashed {
                self.detection.forget(me);
                self.enter(me, Notice::Crashed, step.event, facts);
            }
        });
    }

    /// Takes over what an exploration knows of the order of events.
    pub fn take_over(&mut self, past: &OrderedPast<'_>) {
        let violations = self.violations.at(0);
        self.families.iter_mut().for_each(|family| family.take_over(past, violations));
    }

    /// The reason why nobody knows whether `property`, one of a run so far, is violated, if that is so.
    pub fn unknown(&self, property: Property) -> Option<String> {
        self.family(property)?.unknown(property)
    }

    /// Judges the invariants of one's own after an event.
    fn judge_own(&mut self, engine: &Engine, event: u64) {
        for place in 0..self.own.len() {
            // One that could not be judged once is not tried again: it may take long each time.
            if self.own[place].is_in_the_end() || self.own_found[place].is_some() {
                continue;
            }
            let verdict = self.own[place].judge(&MomentView { engine, monitors: self });
            self.own_found[place] = match verdict {
                StateVerdict::Fails(why) => Some((event, Verdict::Violated, why)),
                StateVerdict::Failed(why) => Some((event, Verdict::Unknown, why)),
                StateVerdict::Holds | StateVerdict::Unknown(_) => None,
            };
        }
    }

    /// True if the property of this name, one of the literature that the protocol promises, is neither violated nor
    /// still to come.
    pub fn holds(&self, property: &str, facts: &ProcessFacts<'_>) -> bool {
        let known = self.promised.properties.iter().find(|known| known.name() == property);
        known.is_some_and(|property| {
            let known_so_far = self.violations.get(*property).is_none() && self.unknown(*property).is_none();
            known_so_far && self.missing(*property, facts).is_none()
        })
    }

    /// Takes note of what `me` tells its user at `event`.
    pub fn hear(&mut self, me: ProcessId, outcome: &Outcome, event: u64, facts: &ProcessFacts<'_>) {
        match outcome {
            Outcome::Indicate(Indication::Deliver { from, payload }) if !self.own.is_empty() => {
                self.told[me.index()].push((*from, payload.clone()));
            }
            Outcome::Indicate(Indication::Suspect(process)) => {
                self.detection.suspect(me, *process, event, (facts.correct)(*process));
            }
            Outcome::Indicate(Indication::Restore(process)) => self.detection.restore(me, *process),
            Outcome::Indicate(_) | Outcome::Decide(_) => {}
            _ => return,
        }
        self.enter(me, Notice::Told(outcome), event, facts);
    }

    fn enter(&mut self, me: ProcessId, heard: Notice<'_>, event: u64, facts: &ProcessFacts<'_>) {
        let Monitors { families, violations, detection, .. } = self;
        let moment = JudgedMoment { facts, detection };
        violations.at(event);
        families.iter_mut().for_each(|family| family.hear(me, heard, &moment, violations));
    }

    /// The properties violated so far by what was told, and how.
    pub fn violated(&self) -> impl Iterator<Item = (Property, &str)> {
        self.violations.iter().map(|(property, _, why)| (property, why))
    }

    /// The event that is still missing, in words, if one is.
    pub fn missing(&self, property: Property, facts: &ProcessFacts<'_>) -> Option<String> {
        if property.is_safety() {
            return None;
        }
        self.family(property)?.missing(property, &JudgedMoment { facts, detection: &self.detection })
    }

    /// The bytes that a copy of it takes, about.
    pub fn bytes(&self) -> usize {
        let texts: usize = self.violations.iter().map(|(.., why)| 64 + why.len()).sum();
        let families: usize = self.families.iter().map(|family| 32 + family.bytes()).sum();
        let told: usize = self.told.iter().map(|told| 24 + 24 * told.len()).sum();
        let suspicions = 24 * self.detection.suspicions().len();
        size_of::<Monitors>() + families + told + texts + suspicions + self.promises.bytes()
    }

    /// True if some property was violated by this event.
    pub fn violated_at(&self, event: u64) -> bool {
        let own = |found: &Option<(u64, Verdict, String)>| {
            found.as_ref().is_some_and(|(at, verdict, _)| (*at, *verdict) == (event, Verdict::Violated))
        };
        self.violations.iter().any(|(_, violated, _)| violated == event) || self.own_found.iter().any(own)
    }

    /// True if `observer` suspects `process` now.
    pub fn suspects(&self, observer: ProcessId, process: ProcessId) -> bool {
        self.detection.since(observer, process).is_some()
    }

    /// The suspicions of detectors so far.
    pub fn detection(&self) -> &Detection {
        &self.detection
    }

    /// The verdicts at this moment: on the properties of the literature, in order, and then on those of one's own.
    pub fn judge(&self, engine: &Engine, at_rest: bool) -> Vec<Judgement> {
        let given = self.promised.properties.iter().map(|property| self.verdict(*property, engine, at_rest));
        given.chain((0..self.own.len()).map(|place| self.own_verdict(place, engine, at_rest))).collect()
    }

    fn own_verdict(&self, place: usize, engine: &Engine, at_rest: bool) -> Judgement {
        let property = &self.own[place];
        let (verdict, event, why) = match &self.own_found[place] {
            Some((event, verdict, why)) => (*verdict, Some(*event), why.clone()),
            None if !property.is_in_the_end() => (Verdict::HeldSoFar, None, String::new()),
            None => match property.judge(&MomentView { engine, monitors: self }) {
                StateVerdict::Holds => (Verdict::HeldSoFar, None, String::new()),
                StateVerdict::Fails(why) if is_over(engine, at_rest) => (Verdict::Violated, Some(engine.events()), why),
                StateVerdict::Fails(why) | StateVerdict::Unknown(why) => (Verdict::NotYet, None, why),
                StateVerdict::Failed(why) => (Verdict::Unknown, None, why),
            },
        };
        Judgement {
            name: property.name().to_owned().into(),
            text: property.text().to_owned().into(),
            verdict,
            event,
            why,
        }
    }

    fn verdict(&self, property: Property, engine: &Engine, at_rest: bool) -> Judgement {
        let judged = |verdict, event, why| Judgement {
            name: property.name().into(),
            text: property.text().into(),
            verdict,
            event,
            why,
        };
        if let Some((event, why)) = self.violations.get(property) {
            return judged(Verdict::Violated, Some(event), why.to_owned());
        }
        if let Some(why) = self.unknown(property) {
            return judged(Verdict::Unknown, None, why);
        }
        if property.is_safety() {
            return judged(Verdict::HeldSoFar, None, String::new());
        }
        match with_facts(engine, self.all_money(engine), |facts| self.missing(property, facts)) {
            None => judged(Verdict::HeldSoFar, None, String::new()),
            Some(why) if self.promised.chance.contains(&property) => {
                judged(Verdict::NotYet, None, format!("{why}; it is promised by chance, and many runs judge it"))
            }
            Some(why) if is_over(engine, at_rest) => judged(Verdict::Violated, Some(engine.events()), why),
            Some(why) => judged(Verdict::NotYet, None, why),
        }
    }

    /// The promises of the models, lit or broken.
    pub fn promises(&self, models: &Models) -> Vec<Promise> {
        self.promises.judge(models)
    }
}

/// Calls `judge` with the facts of this moment of a run.
fn with_facts<T>(engine: &Engine, books: Option<i64>, judge: impl FnOnce(&ProcessFacts<'_>) -> T) -> T {
    judge(&ProcessFacts {
        correct: &|process| engine.process(process).is_correct(),
        up: &|process| engine.process(process).is_alive(),
        honest: &|process| !engine.process(process).is_byzantine(),
        clock: &|process| engine.local_us(process),
        books,
    })
}

/// True if nothing will happen any more, so that what is missing stays missing: unless somebody comes back.
fn is_over(engine: &Engine, at_rest: bool) -> bool {
    let sleeping = engine.models().failures == Failures::CrashRecovery
        && engine.processes().iter().any(|process| !process.is_alive());
    at_rest && engine.events() > 0 && !sleeping
}

/// A run at a moment, as properties of one's own see it.
struct MomentView<'a> {
    engine: &'a Engine,
    monitors: &'a Monitors,
}

impl StateView for MomentView<'_> {
    fn processes(&self) -> usize {
        self.engine.processes().len()
    }

    fn is_correct(&self, process: ProcessId) -> bool {
        self.engine.process(process).is_correct()
    }

    fn is_up(&self, process: ProcessId) -> bool {
        self.engine.process(process).is_alive()
    }

    fn decided(&self, process: ProcessId) -> Option<Value> {
        let state = self.engine.process(process);
        state.decided.clone().filter(|_| !state.is_byzantine())
    }

    fn top(&self, process: ProcessId) -> Option<&LayerState> {
        self.engine.process(process).layers.last()
    }

    fn layers(&self, process: ProcessId) -> Rc<[serde_json::Value]> {
        let state = self.engine.process(process);
        let shown = state.layers.iter().filter(|_| state.steps > 0 && !state.is_byzantine());
        shown.map(|layer| layer.inspect()).collect()
    }

    fn delivered(&self, process: ProcessId) -> Vec<(ProcessId, Payload)> {
        self.monitors.told[process.index()].clone()
    }

    fn sent(&self, from: ProcessId, to: ProcessId) -> Vec<Payload> {
        let flights = self.engine.flights_by_age().into_iter();
        flights
            .filter(|flight| (flight.id.from, flight.id.to) == (from, to))
            .map(|flight| flight.payload.clone())
            .collect()
    }

    fn event(&self) -> Option<u64> {
        Some(self.engine.events())
    }

    fn now_us(&self) -> Option<u64> {
        Some(self.engine.now_us())
    }

    fn holds(&self, property: &str) -> bool {
        with_facts(self.engine, self.monitors.all_money(self.engine), |facts| self.monitors.holds(property, facts))
    }
}
