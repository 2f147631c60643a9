//! Linearisability of a history: the order that shows it, or the response that ends the shortest prefix without one.
//!
//! Linearisability is **local**: a history is linearisable if its part on each object is (Herlihy and Wing 1990, theorem
//! 1). So the operations are split by the keys that they use, as far as none uses keys of two parts, and each part is
//! searched on its own (P-compositionality: Horn and Kroening, *Faster linearizability checking via P-compositionality*,
//! FORTE 2015). The orders of the parts are merged by the moments at which their operations can have taken effect.
//!
//! It is **prefix-closed**, too: where a prefix has no order, no longer one has. So there is a shortest prefix without an
//! order, and it ends with a response, which is the culprit. The search over the whole part says up to which response
//! every one has a place; from there the culprit is looked for in ever longer prefixes. In a prefix an operation whose
//! response is not in it is open.

use super::history::{OperationHistory, OperationMoment, OperationOutcome};
use super::model::{CallObservation, Reading, Specification};
use super::value::OperationValue;
use super::wing_gong::{OBSERVED_MAX, OrderItem, OrderSearch, OrderSearchEnd, SearchLimits};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::{self, Display};

/// An operation in the order that was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Placed {
    /// The index of the operation.
    pub operation: usize,
    /// The index of the event after which it took effect, before the next event.
    pub after: usize,
}

/// The response that ends the shortest prefix that has no order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Culprit {
    /// The index of its operation.
    pub operation: usize,
    /// The index of the response among the events: the last event of the prefix.
    pub event: usize,
    /// All that the operation could have found instead, by what finds it; none where the search for it hit a limit, or
    /// there is too much of it to say.
    pub possible: Option<Vec<(String, OperationValue)>>,
}

/// The verdict on a history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Linearisability {
    /// It is linearisable: in this order. Operations that failed, and those with an unknown outcome that took no effect,
    /// are not in it.
    Linearisable(Vec<Placed>),
    /// It is not; the culprit is missing where the search for it hit a limit.
    NotLinearisable(Option<Culprit>),
    /// The limit of steps or of memory was hit.
    Unknown,
}

/// The progress of a search.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LinearisationProgress {
    /// Operations that were tried.
    pub steps: u64,
    /// Up to which event every response had a place, in the part that is being searched.
    pub reached: usize,
    /// The events of the history.
    pub events: usize,
    /// Nothing is left to do: there is a verdict.
    pub done: bool,
}

/// An operation that the specification does not know, or that cannot be meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotSpecified {
    /// The index of the operation.
    pub operation: usize,
    /// Its name.
    pub name: String,
    /// The place where it stands.
    pub at: OperationMoment,
    /// The fault in words, and what is allowed.
    pub reason: String,
}

impl Display for NotSpecified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", crate::quote::quoted(&self.name), self.reason)
    }
}

impl std::error::Error for NotSpecified {}

/// The stage of the search.
enum LinearisationStage<S: Specification> {
    /// The part of this index, as a whole.
    Whole(OrderSearch<S>),
    /// The culprit of a part without an order: it is among `responses[low..=high]`, and the prefix that ends with
    /// `responses[tested]` is being searched.
    Prefix { responses: Vec<usize>, low: usize, high: usize, tested: usize, width: usize, search: OrderSearch<S> },
    /// Everything that the culprit could have found in orders that may or may not be completed.
    Watch(OrderSearch<S>),
    /// The search for an order in which the culprit finds `sought`; those in `left` have their turn later.
    Confirm { left: Vec<CallObservation<S::Call>>, sought: CallObservation<S::Call>, search: OrderSearch<S> },
    /// Nothing any more.
    Done,
}

/// A culprit that is certain as far as the parts were searched.
#[derive(Clone, Copy)]
struct FoundCulprit {
    part: usize,
    event: usize,
    item: usize,
}

/// A search that judges a history, in steps.
pub struct Linearisation<S: Specification> {
    specification: S,
    limits: SearchLimits,
    events: usize,
    items: Vec<OrderItem<S::Call>>,
    /// The items of each part, in the order of their invocations.
    parts: Vec<Vec<usize>>,
    part: usize,
    stage: LinearisationStage<S>,
    /// The orders of the parts that were searched.
    orders: Vec<Vec<usize>>,
    found: Option<FoundCulprit>,
    /// True if some part was given up.
    limited: bool,
    possible: Vec<(String, OperationValue)>,
    steps: u64,
    verdict: Option<Linearisability>,
}

/// Judges a history at one go, within the usual limits.
pub fn judge<S: Specification>(specification: S, history: &OperationHistory) -> Result<Linearisability, NotSpecified> {
    let mut search = Linearisation::new(specification, history, SearchLimits::default())?;
    while !search.step(u64::MAX).done {}
    Ok(search.into_verdict().expect("it is done"))
}

impl<S: Specification> Linearisation<S> {
    /// A search that has done nothing yet. The error names the operation that is none of the specification's.
    pub fn new(specification: S, history: &OperationHistory, limits: SearchLimits) -> Result<Self, NotSpecified> {
        let mut items = Vec::new();
        for (index, operation) in history.operations().iter().enumerate() {
            let read = |result| specification.read(&operation.name, &operation.argument, result);
            let refused = |at, reason| NotSpecified { operation: index, name: operation.name.to_string(), at, reason };
            let unanswered = |reading| match reading {
                Reading::Answered(call) | Reading::Unanswered(call) => {
                    Some(call).filter(|call| !specification.is_query(call))
                }
            };
            let (answered, unanswered) = match (&operation.outcome, operation.responded) {
                (OperationOutcome::Ok(result), Some((event, at))) => match (read(Some(result)), read(None)) {
                    (Ok(Reading::Answered(call)), open) => (Some((event, call)), open.ok().and_then(unanswered)),
                    (Ok(Reading::Unanswered(call)), _) => (None, unanswered(Reading::Unanswered(call))),
                    (Err(reason), Ok(_)) => return Err(refused(at, reason)),
                    (Err(_), Err(reason)) => return Err(refused(operation.invoked_at, reason)),
                },
                (outcome, _) => {
                    let call = read(None).map_err(|reason| refused(operation.invoked_at, reason))?;
                    if *outcome == OperationOutcome::Failed {
                        continue;
                    }
                    (None, unanswered(call))
                }
            };
            if answered.is_some() || unanswered.is_some() {
                items.push(OrderItem { operation: index, invoked: operation.invoked, answered, unanswered });
            }
        }
        let parts = split(&specification, &items);
        let mut search = Linearisation {
            specification,
            limits,
            events: history.events().len(),
            items,
            parts,
            part: 0,
            stage: LinearisationStage::Done,
            orders: Vec::new(),
            found: None,
            limited: false,
            possible: Vec::new(),
            steps: 0,
            verdict: None,
        };
        search.open_part();
        Ok(search)
    }

    /// The verdict, once there is one.
    pub fn verdict(&self) -> Option<&Linearisability> {
        self.verdict.as_ref()
    }

    /// The verdict, once there is one.
    pub fn into_verdict(self) -> Option<Linearisability> {
        self.verdict
    }

    /// Searches for about `budget` steps, or to the end.
    pub fn step(&mut self, budget: u64) -> LinearisationProgress {
        let mut budget = budget;
        while budget > 0 && self.verdict.is_none() {
            let allowed = budget.min(self.limits.steps - self.steps);
            let mut left = allowed;
            let bytes = self.limits.bytes;
            let end = match &mut self.stage {
                LinearisationStage::Whole(search)
                | LinearisationStage::Prefix { search, .. }
                | LinearisationStage::Watch(search)
                | LinearisationStage::Confirm { search, .. } => search.step(&self.specification, bytes, &mut left),
                LinearisationStage::Done => unreachable!("there is no verdict yet"),
            };
            self.steps += allowed - left;
            budget -= allowed - left;
            match end {
                OrderSearchEnd::Found => self.advance(true),
                OrderSearchEnd::Exhausted => self.advance(false),
                OrderSearchEnd::Paused if self.steps < self.limits.steps => {}
                OrderSearchEnd::Paused | OrderSearchEnd::Full => self.give_up(),
            }
        }
        self.progress()
    }

    /// The progress so far.
    pub fn progress(&self) -> LinearisationProgress {
        let reached = match &self.stage {
            LinearisationStage::Whole(search)
            | LinearisationStage::Prefix { search, .. }
            | LinearisationStage::Watch(search)
            | LinearisationStage::Confirm { search, .. } => search.furthest(),
            LinearisationStage::Done => self.events,
        };
        LinearisationProgress { steps: self.steps, reached, events: self.events, done: self.verdict.is_some() }
    }

    fn search(&self, upto: usize, replaced: Option<(usize, S::Call)>) -> OrderSearch<S> {
        OrderSearch::new(&self.specification, &self.items, &self.parts[self.part], upto, replaced)
    }

    /// Begins with the part whose turn it is, or ends.
    fn open_part(&mut self) {
        if self.part < self.parts.len() {
            // Only an earlier culprit matters, so the search goes no further than the one that is known.
            let upto = self.found.map_or(self.events, |found| found.event);
            self.stage = LinearisationStage::Whole(self.search(upto, None));
            return;
        }
        match self.found {
            Some(found) if !self.limited => {
                self.part = found.part;
                self.stage = LinearisationStage::Watch(self.search(found.event, None).watching(found.item));
            }
            Some(_) => self.end(Linearisability::NotLinearisable(None)),
            None if self.limited => self.end(Linearisability::Unknown),
            None => {
                let order = self.merged();
                self.end(Linearisability::Linearisable(order));
            }
        }
    }

    fn end(&mut self, verdict: Linearisability) {
        self.verdict = Some(verdict);
        self.stage = LinearisationStage::Done;
    }

    fn culprit(&self, possible: Option<Vec<(String, OperationValue)>>) -> Linearisability {
        let culprit = self.found.map(|found| {
            let operation = self.items[found.item].operation;
            Culprit { operation, event: found.event, possible }
        });
        Linearisability::NotLinearisable(culprit)
    }

    /// A limit was hit.
    fn give_up(&mut self) {
        match &self.stage {
            LinearisationStage::Whole(_) => {
                self.limited = true;
                // Another part may still be wrong, if it was the memory of this one.
                if self.steps < self.limits.steps {
                    self.part += 1;
                    self.open_part();
                } else {
                    let wrong = self.found.map(|_| Linearisability::NotLinearisable(None));
                    self.end(wrong.unwrap_or(Linearisability::Unknown));
                }
            }
            LinearisationStage::Prefix { .. } => self.end(Linearisability::NotLinearisable(None)),
            LinearisationStage::Watch(_) | LinearisationStage::Confirm { .. } => self.end(self.culprit(None)),
            LinearisationStage::Done => unreachable!("it was searching"),
        }
    }

    /// A search has ended; what comes next depends on whether there was an order.
    fn advance(&mut self, found: bool) {
        match std::mem::replace(&mut self.stage, LinearisationStage::Done) {
            LinearisationStage::Whole(search) if found => {
                self.orders.push(search.order());
                self.part += 1;
                self.open_part();
            }
            LinearisationStage::Whole(search) => {
                let upto = self.found.map_or(self.events, |found| found.event);
                let answered = |member: &usize| self.items[*member].answered.as_ref().map(|(event, _)| *event);
                let mut responses: Vec<usize> = self.parts[self.part].iter().filter_map(answered).collect();
                responses.retain(|event| *event <= upto);
                responses.sort_unstable();
                let (low, high) = (place(&responses, search.furthest()), responses.len() - 1);
                self.narrow(responses, low, high, 0);
            }
            LinearisationStage::Prefix { responses, tested, width, high, .. } if found => {
                self.narrow(responses, tested + 1, high, 2 * width + 1);
            }
            LinearisationStage::Prefix { responses, low, tested, search, .. } => {
                let low = low.max(place(&responses, search.furthest()));
                self.narrow(responses, low, tested, 0);
            }
            LinearisationStage::Watch(search) => {
                let mut seen: Vec<_> = search.seen().iter().cloned().collect();
                if seen.len() > OBSERVED_MAX {
                    return self.end(self.culprit(None));
                }
                seen.reverse();
                self.confirm(seen);
            }
            LinearisationStage::Confirm { left, sought, .. } => {
                if found {
                    self.possible.push((sought.name, sought.value));
                }
                self.confirm(left);
            }
            LinearisationStage::Done => unreachable!("it was searching"),
        }
    }

    /// The culprit's response is among `responses[low..=high]`: looks into a prefix that tells more, if there is one.
    fn narrow(&mut self, responses: Vec<usize>, low: usize, high: usize, width: usize) {
        if low == high {
            let event = responses[low];
            let is_culprit =
                |item: &usize| self.items[*item].answered.as_ref().is_some_and(|(responded, _)| *responded == event);
            let item = self.parts[self.part].iter().copied().find(is_culprit).expect("it is a response of this part");
            self.found = Some(FoundCulprit { part: self.part, event, item });
            self.part += 1;
            return self.open_part();
        }
        let tested = (low + width).min(high - 1);
        let search = self.search(responses[tested], None);
        self.stage = LinearisationStage::Prefix { responses, low, high, tested, width, search };
    }

    /// Looks whether the last of `left` is possible, or ends.
    fn confirm(&mut self, mut left: Vec<CallObservation<S::Call>>) {
        let Some(sought) = left.pop() else {
            let possible = std::mem::take(&mut self.possible);
            return self.end(self.culprit(Some(possible)));
        };
        let found = self.found.expect("there is a culprit");
        let search = self.search(found.event, Some((found.item, sought.call.clone())));
        self.stage = LinearisationStage::Confirm { left, sought, search };
    }

    /// The orders of all parts as one. Each operation takes effect as early as it can, and that is before its response.
    fn merged(&self) -> Vec<Placed> {
        let mut placed = Vec::new();
        for order in &self.orders {
            let mut after = 0;
            for item in order {
                let OrderItem { operation, invoked, .. } = self.items[*item];
                after = invoked.max(after);
                placed.push(Placed { operation, after });
            }
        }
        // Stable: within a part the order stays.
        placed.sort_by_key(|placed| placed.after);
        placed
    }
}

/// The index of `event` among the responses of a part.
fn place(responses: &[usize], event: usize) -> usize {
    responses.binary_search(&event).expect("the search came to a response of this part")
}

/// The items of each part, such that no item uses keys of two.
fn split<S: Specification>(specification: &S, items: &[OrderItem<S::Call>]) -> Vec<Vec<usize>> {
    let mut parents: Vec<usize> = Vec::new();
    fn root(parents: &mut [usize], mut part: usize) -> usize {
        while parents[part] != part {
            parents[part] = parents[parents[part]];
            part = parents[part];
        }
        part
    }
    let mut numbers: BTreeMap<OperationValue, usize> = BTreeMap::new();
    let mut first_keys: Vec<Option<usize>> = Vec::new();
    for item in items {
        let mut first: Option<usize> = None;
        let calls = item.answered.iter().map(|(_, call)| call).chain(&item.unanswered);
        for call in calls {
            let Some(keys) = specification.keys(call) else { return vec![(0..items.len()).collect()] };
            for key in keys {
                let number = *numbers.entry(key).or_insert_with(|| {
                    parents.push(parents.len());
                    parents.len() - 1
                });
                let number = root(&mut parents, number);
                let first = *first.get_or_insert(number);
                let first = root(&mut parents, first);
                parents[number] = first;
            }
        }
        first_keys.push(first);
    }
    // The items that use no key at all are a part of their own.
    let mut parts: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (item, first) in first_keys.into_iter().enumerate() {
        parts.entry(first.map(|first| root(&mut parents, first))).or_default().push(item);
    }
    parts.into_values().collect()
}
