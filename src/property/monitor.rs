//! Monitors: they watch a run from outside and judge it. Nothing in a run depends on them.

use super::users::UserWatch;
use super::{Detection, Holdings, OwnProperty, Property, StateVerdict, StateView, Verdict};
use crate::engine::{Arrival, Choice, Engine, Step, promise};
use crate::model::{Failures, LinkKind, Models, TimingKind};
use crate::operation::{RegisterVerdict, RegisterWatch};
use crate::process::{Indication, LayerState, Outcome, Payload, ProcessId, Value};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
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

/// A guarantee of a model, and who broke it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Promise {
    /// The promise, in words.
    pub text: &'static str,
    /// The event at which it was broken.
    pub broken: Option<u64>,
    /// True if a person had acted by then; else the scenario planned it so.
    pub by_hand: bool,
    /// The link on which it was broken, sender first, if it was on one.
    pub on: Option<(ProcessId, ProcessId)>,
}

/// The monitors of a run: of a protocol's properties, and of the models' promises.
#[derive(Clone, Default)]
pub struct Monitors {
    properties: Rc<[Property]>,
    /// Those of them that are kept with a probability only.
    chance: Rc<[Property]>,
    /// The inputs of each process: proposals, or the words that it sends, in order.
    inputs: Rc<[Vec<Value>]>,
    /// For each of these words the word that it answers, if it is an answer.
    causes: Rc<[Vec<Option<Value>>]>,
    // The next three are short lists: a handful of entries needs no tree.
    violations: Vec<(Property, u64, String)>,
    decisions: Vec<Vec<Value>>,
    /// The number of times that (recipient, sender, word) was delivered.
    delivered: BTreeMap<(ProcessId, ProcessId, Value), u32>,
    /// The place in its sender's list of the last word delivered, for (recipient, sender).
    last: BTreeMap<(ProcessId, ProcessId), usize>,
    /// The deliveries of each process, in order: sender, word, and which of its equal words.
    sequences: Vec<Vec<(ProcessId, Value, usize)>>,
    detection: Detection,
    /// The process that each process trusts.
    trusts: Vec<Option<ProcessId>>,
    holdings: Option<Holdings>,
    /// The money on all books before anything has happened, where there are books.
    books: Option<i64>,
    users: UserWatch,
    broken: Vec<Broken>,
    /// True if a person has acted so far.
    touched: bool,
    /// The properties of one's own.
    own: Rc<[OwnProperty]>,
    /// For each of them, what was found for good: the event, the verdict and the reason.
    own_found: Vec<Option<(u64, Verdict, String)>>,
    /// The deliveries of each process, in order, where properties of one's own may ask for it.
    told: Vec<Vec<(ProcessId, Payload)>>,
}

/// A promise that was not kept.
#[derive(Clone, Copy)]
struct Broken {
    text: &'static str,
    event: u64,
    by_hand: bool,
    on: Option<(ProcessId, ProcessId)>,
}

impl Monitors {
    /// Watches `properties` of a run whose processes have these inputs.
    pub fn new(properties: &[Property], inputs: &[Option<Value>]) -> Self {
        let answers = properties.contains(&Property::CausalOrder);
        let words = |input: &Option<Value>| {
            let text = input.as_ref().map(Value::to_string).unwrap_or_default();
            let word = |word: &str| match word.split_once('/').filter(|_| answers) {
                Some((cause, said)) => (Some(Value::from(cause)), Value::from(said)),
                None => (None, Value::from(word)),
            };
            let words = text.split_whitespace().map(word);
            let (said, answers): (Vec<_>, Vec<_>) = words.partition(|(cause, _)| cause.is_none());
            // Answers come after what is said at the start.
            said.into_iter().chain(answers).unzip()
        };
        let (causes, inputs): (Vec<Vec<_>>, Vec<Vec<_>>) = inputs.iter().map(words).unzip();
        Monitors {
            properties: properties.into(),
            sequences: vec![Vec::new(); inputs.len()],
            trusts: vec![None; inputs.len()],
            decisions: vec![Vec::new(); inputs.len()],
            inputs: inputs.into(),
            causes: causes.into(),
            users: UserWatch::new(properties.contains(&Property::Linearisable)),
            ..Monitors::default()
        }
    }

    /// Watches these properties besides those that are watched already, from the beginning of a run.
    pub fn watch(&mut self, own: Vec<OwnProperty>) {
        self.own = self.own.iter().cloned().chain(own).collect();
        self.own_found = vec![None; self.own.len()];
        self.told = vec![Vec::new(); self.inputs.len()];
    }

    /// Takes these properties for promises of chance: a run that misses one breaks nothing.
    pub fn by_chance(&mut self, chance: impl Iterator<Item = Property>) {
        self.chance = chance.collect();
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
        self.books = books;
    }

    /// Takes note of what `step` did.
    pub fn observe(&mut self, engine: &Engine, step: &Step, by_hand: bool) {
        let choice = step.choice.expect("a step that was applied");
        self.touched |= by_hand;
        if let Some(text) = step.breaks.or_else(|| late(engine, step))
            && !self.broken.iter().any(|broken| broken.text == text)
        {
            self.broken.push(Broken { text, event: step.event, by_hand: self.touched, on: choice.link() });
        }
        if self.properties.is_empty() && self.own.is_empty() {
            return;
        }
        step.by_process().for_each(|(me, outcomes)| self.observe_process(engine, step, me, outcomes));
        self.judge_own(engine, step.event);
    }

    fn observe_process(&mut self, engine: &Engine, step: &Step, me: ProcessId, outcomes: &[Outcome]) {
        if let Some(invocation) = &step.asked {
            self.users.asked(me, invocation);
        }
        if !engine.process(me).is_byzantine() {
            // Nothing that is told is judged by the books.
            with_facts(engine, None, |facts| {
                outcomes.iter().for_each(|outcome| self.hear(me, outcome, step.event, facts));
            });
        }
        if step.crashed {
            self.detection.forget(me);
            self.users.crashed(me);
        }
    }

    /// Takes over what is known of the operations, and whose users wait for an answer, from an exploration.
    pub fn watch_register(&mut self, register: &RegisterWatch, waiting: impl Iterator<Item = ProcessId>) {
        self.users = UserWatch { waiting: waiting.collect(), register: Some(register.clone()) };
        if register.verdict() == RegisterVerdict::NotLinearisable {
            self.violate(Property::Linearisable, 0, || "no order of the operations explains what was read".to_owned());
        }
    }

    /// The reason why nobody knows whether `property`, one of a run so far, is violated, if that is so.
    pub fn unknown(&self, property: Property) -> Option<String> {
        self.users.unknown().filter(|_| property == Property::Linearisable)
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
        let known = self.properties.iter().find(|known| known.name() == property);
        known.is_some_and(|property| {
            let known_so_far = self.violation(*property).is_none() && self.unknown(*property).is_none();
            known_so_far && self.missing(*property, facts).is_none()
        })
    }

    /// Takes note of what `me` tells its user at `event`.
    pub fn hear(&mut self, me: ProcessId, outcome: &Outcome, event: u64, facts: &ProcessFacts<'_>) {
        match outcome {
            Outcome::Decide(value) => self.decided(me, value, event, facts),
            Outcome::Indicate(Indication::Deliver { from, payload }) => {
                if !self.own.is_empty() {
                    self.told[me.index()].push((*from, payload.clone()));
                }
                if let Some(value) = payload.value() {
                    self.delivered(me, *from, value, event, facts);
                }
            }
            Outcome::Indicate(Indication::Suspect(process)) => {
                let correct = (facts.correct)(*process);
                self.detection.suspect(me, *process, event, correct);
                if correct {
                    self.violate(Property::StrongAccuracy, event, || format!("{me} suspects {process}, which is up"));
                }
            }
            Outcome::Indicate(Indication::Return(value)) => {
                if let Err(why) = self.users.answered(me, value.as_deref()) {
                    self.violate(Property::Linearisable, event, || why);
                }
            }
            Outcome::Indicate(Indication::Trust(leader)) => self.trusts[me.index()] = Some(*leader),
            Outcome::Indicate(Indication::Restore(process)) => {
                self.detection.restore(me, *process);
            }
            _ => {}
        }
    }

    /// The properties violated so far by what was told, and how.
    pub fn violated(&self) -> impl Iterator<Item = (Property, &str)> {
        self.violations.iter().map(|(property, _, why)| (*property, why.as_str()))
    }

    fn violation(&self, property: Property) -> Option<&(Property, u64, String)> {
        self.violations.iter().find(|(known, ..)| *known == property)
    }

    fn violate(&mut self, property: Property, event: u64, why: impl FnOnce() -> String) {
        if self.properties.contains(&property) && self.violation(property).is_none() {
            self.violations.push((property, event, why()));
        }
    }

    fn decided(&mut self, me: ProcessId, value: &Value, event: u64, facts: &ProcessFacts<'_>) {
        let other = ProcessId::all(self.decisions.len())
            .filter(|process| (facts.honest)(*process))
            .find(|process| self.decisions[process.index()].iter().any(|decided| decided != value));
        if let Some(other) = other {
            let theirs = self.decisions[other.index()].iter().find(|decided| *decided != value);
            let theirs = theirs.cloned().expect("found a moment ago");
            self.violate(Property::Agreement, event, || format!("{other} decided {theirs}, and {me} decides {value}"));
        }
        if !self.inputs.iter().any(|input| input.contains(value)) {
            self.violate(Property::Validity, event, || format!("{me} decides {value}, which nobody proposed"));
        }
        let inputs = Rc::clone(&self.inputs);
        let mut wanted =
            inputs.iter().zip(ProcessId::all(inputs.len())).filter(|(_, process)| (facts.correct)(*process));
        if (facts.correct)(ProcessId(0)) && !inputs[0].contains(value) {
            self.violate(Property::Obedience, event, || format!("{me} decides {value}, and p0 is honest"));
        }
        if let Some((first, _)) = wanted.next()
            && !first.contains(value)
            && wanted.all(|(input, _)| input == first)
        {
            self.violate(Property::StrongValidity, event, || {
                format!("{me} decides {value}, and all who are honest want something else")
            });
        }
        if !self.decisions[me.index()].is_empty() {
            self.violate(Property::Integrity, event, || format!("{me} decides again"));
        }
        self.decisions[me.index()].push(value.clone());
        if let (Some(shares), Some(books)) = (self.shares(), self.books)
            && shares != books
        {
            self.violate(Property::ConsistentCut, event, || {
                format!("the shares add up to {shares}, and not to {books}")
            });
        }
        if self.properties.contains(&Property::Precision) {
            self.compare(me, event, facts);
        }
    }

    /// The sum of all decisions, as numbers.
    fn shares(&self) -> Option<i64> {
        self.decisions.iter().map(|decided| decided.first()?.to_string().parse::<i64>().ok()).sum()
    }

    /// Compares the corrected clock of `me` with those of all who have corrected theirs and are honest.
    fn compare(&mut self, me: ProcessId, event: u64, facts: &ProcessFacts<'_>) {
        // The reading of the corrected clock, and how wrong it may be.
        let reading = |process: ProcessId| {
            let text = self.decisions[process.index()].first()?.to_string();
            let (by, error) = text.split_once('±')?;
            let shown = (facts.clock)(process) as i64 + by.parse::<i64>().ok()?;
            Some((shown, error.parse::<i64>().ok()?)).filter(|_| (facts.honest)(process))
        };
        let apart = ProcessId::all(self.decisions.len()).find_map(|other| {
            let ((mine, my_error), (theirs, error)) = (reading(me)?, reading(other)?);
            let (apart, most) = (mine.abs_diff(theirs), my_error + error);
            (apart > most.unsigned_abs()).then_some((other, apart, most))
        });
        if let Some((other, apart, most)) = apart {
            self.violate(Property::Precision, event, || {
                format!("the clocks of {me} and {other} are {apart} µs apart, and not at most {most}")
            });
        }
    }

    fn delivered(&mut self, me: ProcessId, from: ProcessId, value: Value, event: u64, facts: &ProcessFacts<'_>) {
        // A Byzantine process may have sent anything, and as often.
        let honest = (facts.honest)(from);
        let inputs = Rc::clone(&self.inputs);
        let words = &inputs[from.index()];
        let sent = words.iter().filter(|word| **word == value).count();
        // If everybody has one thing to say, a liar that says two has said different things.
        let single = inputs.iter().all(|words| words.len() < 2);
        let differs = |(to, origin, heard): &&(ProcessId, ProcessId, Value)| {
            *origin == from && *heard != value && (facts.correct)(*to)
        };
        if single && let Some((to, _, heard)) = self.delivered.keys().find(differs) {
            let why = format!("{me} delivers “{value}” from {from}, and {to} “{heard}”");
            self.violate(Property::Consistency, event, || why);
        }
        let times = self.delivered.entry((me, from, value.clone())).or_insert(0);
        *times += 1;
        let times = *times as usize;
        // Equal words are told apart by counting them.
        let place = words.iter().enumerate().filter(|(_, word)| **word == value).nth(times - 1).map(|(place, _)| place);
        if sent == 0 && honest {
            self.violate(Property::NoCreation, event, || format!("{me} delivers “{value}”, which {from} never sent"));
        } else if times > sent && honest {
            self.violate(Property::NoDuplication, event, || {
                format!("{me} delivers “{value}” from {from} for the {times}th time")
                    .replace("2th", "2nd")
                    .replace("3th", "3rd")
            });
        } else if let Some(place) = place {
            let last = self.last.entry((me, from)).or_insert(place);
            let cause = self.causes[from.index()][place].clone();
            if *last > place {
                let late = &self.inputs[from.index()][*last];
                let why = format!("{me} delivers “{value}” after “{late}”, which {from} sent later");
                if cause.is_none() {
                    self.violate(Property::CausalOrder, event, || why.clone());
                }
                self.violate(Property::FifoOrder, event, || why);
            } else {
                *last = place;
            }
            if let Some(cause) = cause
                && !self.has_heard(me, &cause)
            {
                self.violate(Property::CausalOrder, event, || {
                    format!("{me} delivers “{value}” and has not heard “{cause}”, which it answers")
                });
            }
        }
        if self.properties.contains(&Property::TotalOrder) {
            self.ordered(me, (from, value, times), event);
        }
    }

    fn has_heard(&self, me: ProcessId, word: &Value) -> bool {
        self.delivered.keys().any(|(to, _, heard)| *to == me && heard == word)
    }

    fn ordered(&mut self, me: ProcessId, one: (ProcessId, Value, usize), event: u64) {
        let mine = &self.sequences[me.index()];
        let found = ProcessId::all(self.sequences.len()).find_map(|other| {
            let theirs = &self.sequences[other.index()];
            let place = theirs.iter().position(|known| *known == one)?;
            let later = theirs[place..].iter().find(|known| mine.contains(known))?;
            Some((other, later.1.clone()))
        });
        if let Some((other, later)) = found {
            let word = one.1.clone();
            self.violate(Property::TotalOrder, event, || {
                format!("{me} delivers “{word}” after “{later}”, and {other} before it")
            });
        }
        self.sequences[me.index()].push(one);
    }

    /// The bytes that a copy of it takes, about.
    pub fn bytes(&self) -> usize {
        let texts: usize = self.violations.iter().map(|(_, _, why)| 64 + why.len()).sum();
        let values = self.decisions.iter().map(Vec::len).sum::<usize>() + self.delivered.len();
        let names = self.decisions.len() + self.last.len() + self.detection.suspicions().len() + self.broken.len();
        let told: usize = self.told.iter().map(|told| 24 + 24 * told.len()).sum();
        size_of::<Monitors>() + self.users.bytes() + told + texts + 48 * values + 24 * names
    }

    /// True if some property was violated by this event.
    pub fn violated_at(&self, event: u64) -> bool {
        let own = |found: &Option<(u64, Verdict, String)>| {
            found.as_ref().is_some_and(|(at, verdict, _)| (*at, *verdict) == (event, Verdict::Violated))
        };
        self.violations.iter().any(|(_, violated, _)| *violated == event) || self.own_found.iter().any(own)
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
        let given = self.properties.iter().map(|property| self.verdict(*property, engine, at_rest));
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
        if let Some((_, event, why)) = self.violation(property) {
            return judged(Verdict::Violated, Some(*event), why.clone());
        }
        if let Some(why) = self.unknown(property) {
            return judged(Verdict::Unknown, None, why);
        }
        if property.is_safety() {
            return judged(Verdict::HeldSoFar, None, String::new());
        }
        match with_facts(engine, self.all_money(engine), |facts| self.missing(property, facts)) {
            None => judged(Verdict::HeldSoFar, None, String::new()),
            Some(why) if self.chance.contains(&property) => {
                judged(Verdict::NotYet, None, format!("{why}; it is promised by chance, and many runs judge it"))
            }
            Some(why) if is_over(engine, at_rest) => judged(Verdict::Violated, Some(engine.events()), why),
            Some(why) => judged(Verdict::NotYet, None, why),
        }
    }

    /// The event that is still missing, in words, if one is.
    pub fn missing(&self, property: Property, facts: &ProcessFacts<'_>) -> Option<String> {
        let all = || ProcessId::all(self.inputs.len());
        let is_correct = facts.correct;
        let correct = || all().filter(|process| is_correct(*process));
        match property {
            Property::Termination => correct()
                .find(|process| self.decisions[process.index()].is_empty())
                .map(|process| format!("{process} has not decided")),
            Property::Progress => {
                let none = self.decisions.iter().all(|decisions| decisions.is_empty());
                none.then(|| "nobody has decided".to_owned())
            }
            Property::Delivery => correct().find_map(|from| {
                let words = &self.inputs[from.index()];
                let said = |cause: &Option<Value>| cause.as_ref().is_none_or(|cause| self.has_heard(from, cause));
                words.iter().zip(&self.causes[from.index()]).filter(|(_, cause)| said(cause)).find_map(|(word, _)| {
                    let sent = words.iter().filter(|other| *other == word).count();
                    let times = |to| self.delivered.get(&(to, from, word.clone())).map_or(0, |times| *times as usize);
                    correct()
                        .filter(|to| *to != from)
                        .find(|to| times(*to) < sent)
                        .map(|to| format!("“{word}” from {from} has not reached {to}"))
                })
            }),
            Property::DeliveryAgreement | Property::UniformDeliveryAgreement => {
                let uniform = property == Property::UniformDeliveryAgreement;
                self.delivered.keys().filter(|(one, ..)| uniform || is_correct(*one)).find_map(|(one, from, word)| {
                    correct()
                        .find(|to| !self.delivered.contains_key(&(*to, *from, word.clone())))
                        .map(|to| format!("{one} has delivered “{word}”, and {to} has not"))
                })
            }
            Property::StrongCompleteness => {
                let crashed = || all().filter(|process| !(facts.up)(*process));
                correct().find_map(|observer| {
                    crashed()
                        .find(|process| !self.suspects(observer, *process))
                        .map(|process| format!("{observer} does not suspect {process}, which has crashed"))
                })
            }
            Property::EventualStrongAccuracy => correct().find_map(|observer| {
                correct()
                    .find(|process| self.suspects(observer, *process))
                    .map(|process| format!("{observer} suspects {process}, which is up"))
            }),
            Property::EventualLeadership => {
                let leader = correct().next().and_then(|first| self.trusts[first.index()]);
                let shared = leader.filter(|leader| is_correct(*leader));
                correct()
                    .find(|process| shared.is_none() || self.trusts[process.index()] != shared)
                    .map(|process| format!("{process} does not trust the same process as all, one that is up"))
            }
            Property::Conservation => {
                let (now, first) = (facts.books?, self.books?);
                (now != first).then(|| format!("{} of {first} is on the books", now))
            }
            Property::Response => {
                let waits = self.users.waiting.iter().find(|process| is_correct(**process))?;
                Some(format!("the request of {waits} is not answered"))
            }
            _ => None,
        }
    }

    /// The promises of the models, lit or broken.
    pub fn promises(&self, models: &Models) -> Vec<Promise> {
        let kinds: Vec<LinkKind> = models.all_links().map(|links| links.kind).collect();
        let texts = [
            (models.failures != Failures::Byzantine, promise::NO_LIES),
            (models.failures == Failures::CrashStop, promise::NO_RETURN),
            (kinds.contains(&LinkKind::Reliable), promise::NO_LOSS),
            (kinds.contains(&LinkKind::Reliable), promise::NO_COPIES),
            (kinds.contains(&LinkKind::FairLoss), promise::FAIRNESS),
            (kinds.iter().any(|kind| *kind != LinkKind::Arbitrary), promise::TRUE_MESSAGES),
            (models.all_links().any(|links| links.fifo), promise::ORDER),
        ];
        let judged = |text| {
            let broken = self.broken.iter().find(|broken| broken.text == text);
            let by_hand = broken.is_some_and(|broken| broken.by_hand);
            Promise {
                text,
                broken: broken.map(|broken| broken.event),
                by_hand,
                on: broken.and_then(|broken| broken.on),
            }
        };
        let made = texts.into_iter().filter(|(made, _)| *made).map(|(_, text)| text);
        // Told only where it is broken: elsewhere nobody thinks of it.
        let off = self.broken.iter().map(|broken| broken.text).filter(|text| *text == promise::ALL_ON);
        made.chain(promise::of_time(&models.timing)).chain(off).map(judged).collect()
    }
}

/// The promise of time that a message breaks which is received in `step`, if it breaks one.
fn late(engine: &Engine, step: &Step) -> Option<&'static str> {
    let Some(Choice::Deliver(id)) = step.choice else { return None };
    let Arrival { sent_us, left_us, arrives_us, .. } = *step.arrival.as_ref()?;
    let timing = &engine.models().timing;
    let from_us = timing.holds_from_us().filter(|_| engine.setup().timed)?.max(engine.timing_since_us());
    let (delta_us, phi_us) = timing.bounds_us();
    // A message that was under way when the bounds came into force has had the whole of them since.
    let bound_us = |since_us: u64| since_us.max(from_us) + delta_us;
    let on_the_link = arrives_us.min(step.at_us) > bound_us(left_us);
    // A liar may begin when it likes.
    let liar = engine.process(id.from).is_byzantine();
    let begun_us = if liar { left_us } else { sent_us };
    let in_all = timing.kind != TimingKind::BoundedAsynchrony && step.at_us > bound_us(begun_us) + phi_us;
    promise::of_time(timing).filter(|_| on_the_link || in_all)
}

/// The facts about the processes that a judgement needs besides what they told.
pub struct ProcessFacts<'a> {
    /// True if a process is correct so far.
    pub correct: &'a dyn Fn(ProcessId) -> bool,
    /// True if a process has not crashed, or has come back.
    pub up: &'a dyn Fn(ProcessId) -> bool,
    /// True if a process does what its program says, as long as it is up.
    pub honest: &'a dyn Fn(ProcessId) -> bool,
    /// The reading of the clock of a process, in microseconds.
    pub clock: &'a dyn Fn(ProcessId) -> u64,
    /// The money on all books, where there are books.
    pub books: Option<i64>,
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
