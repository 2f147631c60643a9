//! Links and broadcasts: what processes deliver of what others have to say.

use super::{Family, JudgedMoment, Monitor, Notice, Promised, Property, Violations};
use crate::process::{Indication, Outcome, ProcessId, Value};
use std::collections::BTreeMap;

/// Deliveries of words that processes send.
static FAMILY: Family = Family { name: "broadcast", monitor: |promised| Box::new(DeliveredWords::new(promised)) };

impl Property {
    /// What a correct process sends arrives at every correct process in the end.
    pub const DELIVERY: Property =
        Property::in_the_end(&FAMILY, "delivery", "A message between two processes that stay up arrives.")
            .of_repeated();
    /// Nothing is delivered more often than it was sent.
    pub const NO_DUPLICATION: Property = Property::always(&FAMILY, "no-duplication", "Nothing is delivered twice.");
    /// Nothing is delivered that was not sent by the process it is said to be from.
    pub const NO_CREATION: Property =
        Property::always(&FAMILY, "no-creation", "Nothing is delivered that was not sent.");
    /// What one process sends is delivered in the order of sending.
    pub const FIFO_ORDER: Property =
        Property::always(&FAMILY, "fifo-order", "Messages of one sender are delivered in the order of sending.");
    /// What some correct process delivers, every correct process delivers in the end.
    pub const DELIVERY_AGREEMENT: Property = Property::in_the_end(
        &FAMILY,
        "delivery-agreement",
        "If one process that stays up delivers a message, all of them do.",
    );
    /// What any process delivers, one that crashes included, every correct process delivers in the end.
    pub const UNIFORM_DELIVERY_AGREEMENT: Property = Property::in_the_end(
        &FAMILY,
        "uniform-delivery-agreement",
        "If any process delivers a message, all that stay up do.",
    );
    /// No two correct processes deliver different things from one sender, where each has one thing to say.
    pub const CONSISTENCY: Property =
        Property::always(&FAMILY, "consistency", "No two honest processes hear different things from one sender.");
    /// Nothing is delivered before what it was said to follow: an answer before its question, or a word before an earlier
    /// one of the same sender.
    pub const CAUSAL_ORDER: Property =
        Property::always(&FAMILY, "causal-order", "No process delivers an answer before its question.");
    /// What two processes both deliver they deliver in the same order.
    pub const TOTAL_ORDER: Property = Property::always(&FAMILY, "total-order", "All deliver in the same order.");
}

/// The deliveries so far.
#[derive(Clone)]
struct DeliveredWords {
    promised: Promised,
    /// The number of times that (recipient, sender, word) was delivered.
    delivered: BTreeMap<(ProcessId, ProcessId, Value), u32>,
    /// The place in its sender's list of the last word delivered, for (recipient, sender).
    last: BTreeMap<(ProcessId, ProcessId), usize>,
    /// The deliveries of each process, in order: sender, word, and which of its equal words; where total order is
    /// promised.
    sequences: Option<Vec<Vec<(ProcessId, Value, usize)>>>,
}

impl DeliveredWords {
    fn new(promised: &Promised) -> Self {
        let ordered = promised.properties.contains(&Property::TOTAL_ORDER);
        DeliveredWords {
            delivered: BTreeMap::new(),
            last: BTreeMap::new(),
            sequences: ordered.then(|| vec![Vec::new(); promised.processes()]),
            promised: promised.clone(),
        }
    }

    fn has_heard(&self, me: ProcessId, word: &Value) -> bool {
        self.delivered.keys().any(|(to, _, heard)| *to == me && heard == word)
    }

    fn enter(
        &mut self,
        me: ProcessId,
        from: ProcessId,
        value: Value,
        moment: &JudgedMoment<'_>,
        violations: &mut Violations,
    ) {
        let facts = moment.facts;
        // A Byzantine process may have sent anything, and as often.
        let honest = (facts.honest)(from);
        let words = &self.promised.inputs[from.index()];
        let sent = words.iter().filter(|word| **word == value).count();
        // If everybody has one thing to say, a liar that says two has said different things.
        let single = self.promised.inputs.iter().all(|words| words.len() < 2);
        let differs = |(to, origin, heard): &&(ProcessId, ProcessId, Value)| {
            *origin == from && *heard != value && (facts.correct)(*to)
        };
        if single && let Some((to, _, heard)) = self.delivered.keys().find(differs) {
            violations
                .enter(Property::CONSISTENCY, || format!("{me} delivers “{value}” from {from}, and {to} “{heard}”"));
        }
        let times = self.delivered.entry((me, from, value.clone())).or_insert(0);
        *times += 1;
        let times = *times as usize;
        // Equal words are told apart by counting them.
        let place = words.iter().enumerate().filter(|(_, word)| **word == value).nth(times - 1).map(|(place, _)| place);
        if sent == 0 && honest {
            violations.enter(Property::NO_CREATION, || format!("{me} delivers “{value}”, which {from} never sent"));
        } else if times > sent && honest {
            violations.enter(Property::NO_DUPLICATION, || {
                format!("{me} delivers “{value}” from {from} for the {times}th time")
                    .replace("2th", "2nd")
                    .replace("3th", "3rd")
            });
        } else if let Some(place) = place {
            let last = self.last.entry((me, from)).or_insert(place);
            let cause = &self.promised.causes[from.index()][place];
            if *last > place {
                let late = &words[*last];
                let why = || format!("{me} delivers “{value}” after “{late}”, which {from} sent later");
                if cause.is_none() {
                    violations.enter(Property::CAUSAL_ORDER, why);
                }
                violations.enter(Property::FIFO_ORDER, why);
            } else {
                *last = place;
            }
            if let Some(cause) = cause
                && !self.has_heard(me, cause)
            {
                violations.enter(Property::CAUSAL_ORDER, || {
                    format!("{me} delivers “{value}” and has not heard “{cause}”, which it answers")
                });
            }
        }
        self.order(me, (from, value, times), violations);
    }

    fn order(&mut self, me: ProcessId, one: (ProcessId, Value, usize), violations: &mut Violations) {
        let Some(sequences) = &mut self.sequences else { return };
        let mine = &sequences[me.index()];
        let found = ProcessId::all(sequences.len()).find_map(|other| {
            let theirs = &sequences[other.index()];
            let place = theirs.iter().position(|known| *known == one)?;
            let later = theirs[place..].iter().find(|known| mine.contains(known))?;
            Some((other, later.1.clone()))
        });
        if let Some((other, later)) = found {
            let word = &one.1;
            violations.enter(Property::TOTAL_ORDER, || {
                format!("{me} delivers “{word}” after “{later}”, and {other} before it")
            });
        }
        sequences[me.index()].push(one);
    }

    /// The word that has not arrived where it should.
    fn undelivered(&self, correct: impl Fn(ProcessId) -> bool) -> Option<String> {
        let all = || ProcessId::all(self.promised.processes()).filter(|process| correct(*process));
        all().find_map(|from| {
            let words = &self.promised.inputs[from.index()];
            let said = |cause: &Option<Value>| cause.as_ref().is_none_or(|cause| self.has_heard(from, cause));
            let causes = &self.promised.causes[from.index()];
            words.iter().zip(causes).filter(|(_, cause)| said(cause)).find_map(|(word, _)| {
                let sent = words.iter().filter(|other| *other == word).count();
                let times = |to| self.delivered.get(&(to, from, word.clone())).map_or(0, |times| *times as usize);
                let missing = all().filter(|to| *to != from).find(|to| times(*to) < sent)?;
                Some(format!("“{word}” from {from} has not reached {missing}"))
            })
        })
    }
}

impl Monitor for DeliveredWords {
    fn copy(&self) -> Box<dyn Monitor> {
        Box::new(self.clone())
    }

    fn hear(&mut self, me: ProcessId, heard: Notice<'_>, moment: &JudgedMoment<'_>, violations: &mut Violations) {
        if let Notice::Told(Outcome::Indicate(Indication::Deliver { from, payload })) = heard
            && let Some(value) = payload.value()
        {
            self.enter(me, *from, value, moment, violations);
        }
    }

    fn missing(&self, property: Property, moment: &JudgedMoment<'_>) -> Option<String> {
        let is_correct = moment.facts.correct;
        if property == Property::DELIVERY {
            return self.undelivered(is_correct);
        }
        let uniform = property == Property::UNIFORM_DELIVERY_AGREEMENT;
        self.delivered.keys().filter(|(one, ..)| uniform || is_correct(*one)).find_map(|(one, from, word)| {
            let missing = ProcessId::all(self.promised.processes())
                .filter(|to| is_correct(*to))
                .find(|to| !self.delivered.contains_key(&(*to, *from, word.clone())))?;
            Some(format!("{one} has delivered “{word}”, and {missing} has not"))
        })
    }

    fn bytes(&self) -> usize {
        let ordered = self.sequences.iter().flatten().map(|sequence| 24 + 48 * sequence.len()).sum::<usize>();
        48 * self.delivered.len() + 24 * self.last.len() + ordered
    }
}
