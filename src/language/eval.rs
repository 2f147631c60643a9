//! The value of an expression at a moment, within bounds.
//!
//! A condition that needs a value where there is ⊥ is unknown. Logic is three-valued: FALSE ∧ unknown is FALSE, TRUE ∨
//! unknown is TRUE. Displays and quantifiers pass over the elements for which something is unknown.

use super::problem::{Span, Wrong};
use super::syntax::{
    Binary, Binder, Collection, Expression, ExpressionKind, PatternKind, Quantifier, TermPattern, Unary,
};
use super::value::{Term, TooLarge};
use super::vocabulary::{Environment, Kinds};
use crate::canon::{Digest, Sink};
use crate::process::ProcessId;
use crate::quote::shortened;
use std::cmp::Ordering;
use std::sync::Arc;

/// The most operations of one evaluation: expressions evaluated, elements visited, parts compared.
pub const OPERATIONS_MAX: usize = 100_000;

/// The reason that there is no value.
pub(super) enum Halt {
    /// A value is needed here, and there is ⊥.
    Unknown(Span),
    /// It cannot be evaluated.
    Failed(Wrong),
}

type Result<T> = std::result::Result<T, Halt>;

/// Evaluates an expression that was checked.
pub(super) fn evaluate(expression: &Expression, environment: &dyn Environment) -> Result<Term> {
    let mut evaluator = Evaluator { environment, bound: Vec::new(), operations: 0, whole: expression.span };
    evaluator.value(expression)
}

/// The names for which a condition is FALSE that begins with `forall`: `p = p1, q = p2`.
pub(super) fn counterexample(expression: &Expression, environment: &dyn Environment) -> Option<String> {
    let ExpressionKind::Quantified { quantifier: Quantifier::Forall, binder, condition } = &expression.kind else {
        return None;
    };
    let mut evaluator = Evaluator { environment, bound: Vec::new(), operations: 0, whole: expression.span };
    let all = evaluator.elements(&binder.set, "∈").ok()?;
    let mut found = None;
    let visit = &mut |evaluator: &mut Evaluator<'_>| {
        let fails = known(evaluator.truth(condition))? == Some(false);
        if fails {
            let names = evaluator.bound.iter().map(|(name, term)| format!("{name} = {term}"));
            found = Some(shortened(&names.collect::<Vec<_>>().join(", ")).into_owned());
        }
        Ok(!fails)
    };
    evaluator.each(&binder.patterns, all.items()?, visit).ok()?;
    found
}

struct Evaluator<'a> {
    environment: &'a dyn Environment,
    /// The names that are bound here, innermost last.
    bound: Vec<(Arc<str>, Term)>,
    operations: usize,
    whole: Span,
}

fn failed<T>(span: Span, message: String) -> Result<T> {
    Err(Halt::Failed(Wrong { span, message }))
}

/// A value as errors show it.
fn shown(term: &Term) -> String {
    shortened(&term.to_string()).into_owned()
}

/// A value that is made, unless it exceeds a limit.
fn made(span: Span, made: std::result::Result<Term, TooLarge>) -> Result<Term> {
    made.or_else(|large| failed(span, large.to_string()))
}

/// A failure because a value is of none of the kinds that `what` takes.
fn refused<T>(span: Span, what: &str, wanted: Kinds, found: &Term) -> Result<T> {
    failed(span, format!("{what} takes {}, and this is {}: {}", wanted.text(), found.kind(), shown(found)))
}

impl Evaluator<'_> {
    fn spend(&mut self, operations: usize) -> Result<()> {
        self.operations += operations;
        if self.operations > OPERATIONS_MAX {
            return failed(self.whole, "took more than 100,000 operations".to_owned());
        }
        Ok(())
    }

    fn value(&mut self, expression: &Expression) -> Result<Term> {
        self.spend(1)?;
        let span = expression.span;
        match &expression.kind {
            ExpressionKind::Literal(term) => Ok(term.clone()),
            ExpressionKind::Everybody => {
                self.spend(self.environment.processes())?;
                let all = ProcessId::all(self.environment.processes()).map(Term::Process);
                made(span, Term::set(all.collect()))
            }
            ExpressionKind::Name(name) => {
                if let Some((_, term)) = self.bound.iter().rev().find(|(bound, _)| bound == name) {
                    return Ok(term.clone());
                }
                match &**name {
                    "N" => Ok(Term::count(self.environment.processes())),
                    _ => self.told(span, self.environment.name(name)),
                }
            }
            ExpressionKind::Of(name, process) => match self.given(process)? {
                Term::Process(process) => self.told(span, self.environment.variable(name, process)),
                other => refused(process.span, "@", Kinds::PROCESS, &other),
            },
            ExpressionKind::At(value, key) => self.at(span, value, key),
            ExpressionKind::Call(name, arguments) => self.call(span, name, arguments),
            ExpressionKind::Unary(unary, value) => self.unary(span, *unary, value),
            ExpressionKind::Binary(binary, left, right) => self.binary(span, *binary, left, right),
            ExpressionKind::Tuple(items) => {
                let items = items.iter().map(|item| self.value(item)).collect::<Result<_>>()?;
                made(span, Term::tuple(items))
            }
            ExpressionKind::Set(items) => {
                let mut held = Vec::new();
                for item in items {
                    let item = known(self.value(item))?;
                    self.keep(item, &mut held)?;
                }
                made(span, Term::set(held))
            }
            ExpressionKind::Map(entries, default) => {
                let mut held = Vec::new();
                for (key, value) in entries {
                    let entry = known(self.entry(key, value))?;
                    self.keep_entry(entry, &mut held)?;
                }
                let default = default.as_ref().map_or(Ok(Term::Bottom), |value| self.value(value))?;
                made(span, Term::map(held, default))
            }
            ExpressionKind::Each(value) => {
                let value = self.value(value)?;
                self.spend(self.environment.processes())?;
                let all = ProcessId::all(self.environment.processes());
                let entries = all.map(|process| (Term::Process(process), value.clone()));
                made(span, Term::map(entries.collect(), Term::Bottom))
            }
            ExpressionKind::Collect { collection, binder, condition } => {
                self.collect(span, collection, binder, condition.as_deref())
            }
            ExpressionKind::Quantified { quantifier, binder, condition } => {
                self.quantified(*quantifier, binder, condition)
            }
            ExpressionKind::If(parts) => {
                let [condition, then, other] = &**parts;
                if self.truth(condition)? { self.value(then) } else { self.value(other) }
            }
            ExpressionKind::Unread => unreachable!("a text with errors is not evaluated"),
        }
    }

    /// A value that the environment tells, which has to put it together.
    fn told(&mut self, span: Span, told: std::result::Result<Term, TooLarge>) -> Result<Term> {
        let term = made(span, told)?;
        self.spend(term.parts())?;
        Ok(term)
    }

    fn entry(&mut self, key: &Expression, value: &Expression) -> Result<(Term, Term)> {
        Ok((self.value(key)?, self.value(value)?))
    }

    /// Keeps an element of a display. They are put in order in the end, which takes longer for large ones.
    fn keep(&mut self, item: Option<Term>, kept: &mut Vec<Term>) -> Result<()> {
        self.spend(item.as_ref().map_or(0, Term::parts))?;
        kept.extend(item);
        Ok(())
    }

    fn keep_entry(&mut self, entry: Option<(Term, Term)>, kept: &mut Vec<(Term, Term)>) -> Result<()> {
        self.spend(entry.as_ref().map_or(0, |(key, value)| key.parts() + value.parts()))?;
        kept.extend(entry);
        Ok(())
    }

    /// A value that is needed: not ⊥.
    fn given(&mut self, expression: &Expression) -> Result<Term> {
        match self.value(expression)? {
            Term::Bottom => Err(Halt::Unknown(expression.span)),
            term => Ok(term),
        }
    }

    fn truth(&mut self, expression: &Expression) -> Result<bool> {
        match self.given(expression)? {
            Term::Truth(truth) => Ok(truth),
            other => failed(
                expression.span,
                format!("a condition is TRUE or FALSE, and this is {}: {}", other.kind(), shown(&other)),
            ),
        }
    }

    fn integer(&mut self, expression: &Expression, what: &str) -> Result<i64> {
        match self.given(expression)? {
            Term::Integer(number) => Ok(number),
            other => refused(expression.span, what, Kinds::INTEGER, &other),
        }
    }

    /// The elements of a set or a tuple.
    fn elements(&mut self, expression: &Expression, what: &str) -> Result<Term> {
        let term = self.given(expression)?;
        match term.items() {
            Some(_) => {
                self.spend(term.parts())?;
                Ok(term)
            }
            None if matches!(term, Term::Map(_)) => {
                let message = format!("{what} takes a tuple or a set, and this is a map: keys(m), or values(m)");
                failed(expression.span, message)
            }
            None => refused(expression.span, what, Kinds::ELEMENTS, &term),
        }
    }

    fn set(&mut self, expression: &Expression, what: &str) -> Result<Term> {
        let term = self.given(expression)?;
        if !matches!(term, Term::Set(_)) {
            return refused(expression.span, what, Kinds::SET, &term);
        }
        self.spend(term.parts())?;
        Ok(term)
    }

    fn tuple(&mut self, expression: &Expression, what: &str) -> Result<Term> {
        let term = self.given(expression)?;
        if !matches!(term, Term::Tuple(_)) {
            return refused(expression.span, what, Kinds::TUPLE, &term);
        }
        self.spend(term.parts())?;
        Ok(term)
    }

    fn at(&mut self, span: Span, value: &Expression, key: &Expression) -> Result<Term> {
        let container = self.given(value)?;
        let key_term = self.value(key)?;
        // A search among the keys.
        self.spend(16 * (1 + key_term.parts()))?;
        if let (ExpressionKind::Call(name, arguments), Some((entries, _))) = (&key.kind, container.entries())
            && &**name == "rank"
            && arguments.len() == 1
            && !entries.is_empty()
            && entries.iter().all(|(key, _)| matches!(key, Term::Process(_)))
        {
            let name = match &value.kind {
                ExpressionKind::Name(name) | ExpressionKind::Of(name, _) => &**name,
                _ => "m",
            };
            return failed(span, format!("{name}’s keys are processes: {name}[p], not {name}[rank(p)]"));
        }
        match (container.at(&key_term), &container) {
            (Some(found), Term::Tuple(_)) if matches!(key_term, Term::Integer(_)) => Ok(found),
            (Some(found), Term::Map(_) | Term::Set(_)) => Ok(found),
            (_, Term::Tuple(_)) => refused(key.span, "a place of a tuple", Kinds::INTEGER, &key_term),
            _ => refused(value.span, "x[k]", Kinds::TUPLE | Kinds::MAP, &container),
        }
    }

    fn unary(&mut self, span: Span, unary: Unary, value: &Expression) -> Result<Term> {
        match unary {
            Unary::Not => Ok(Term::Truth(!self.truth(value)?)),
            Unary::Negate => Ok(Term::Integer(-self.integer(value, "-")?)),
            Unary::Size => {
                let term = self.given(value)?;
                let count = term.items().map(<[Term]>::len).or_else(|| Some(term.entries()?.0.len()));
                match count {
                    Some(count) => Ok(Term::count(count)),
                    None => refused(span, "#( )", Kinds::COUNTED, &term),
                }
            }
        }
    }

    fn binary(&mut self, span: Span, binary: Binary, left: &Expression, right: &Expression) -> Result<Term> {
        let sign = binary.text();
        match binary {
            Binary::And => self.either(left, right, false).map(Term::Truth),
            Binary::Or => self.either(left, right, true).map(Term::Truth),
            Binary::Implies => {
                // ¬a ∨ b
                match known(self.truth(left))? {
                    Some(false) => Ok(Term::Truth(true)),
                    Some(true) => self.truth(right).map(Term::Truth),
                    None => match self.truth(right)? {
                        true => Ok(Term::Truth(true)),
                        false => Err(Halt::Unknown(left.span)),
                    },
                }
            }
            _ if binary.compares() => self.compare(span, binary, left, right).map(Term::Truth),
            Binary::In | Binary::NotIn => {
                let item = self.value(left)?;
                let all = self.elements(right, sign)?;
                let items = all.items().expect("elements have items");
                let found = match &all {
                    Term::Set(_) => items.binary_search(&item).is_ok(),
                    _ => items.contains(&item),
                };
                self.spend(item.parts())?;
                Ok(Term::Truth(found == (binary == Binary::In)))
            }
            Binary::Subset => {
                let (part, whole) = (self.set(left, sign)?, self.set(right, sign)?);
                let items = whole.items().expect("a set has items");
                let mut parts = part.items().expect("a set has items").iter();
                Ok(Term::Truth(parts.all(|item| items.binary_search(item).is_ok())))
            }
            Binary::Range => {
                let (first, last) = (self.integer(left, sign)?, self.integer(right, sign)?);
                let count = usize::try_from((i128::from(last) - i128::from(first) + 1).max(0)).unwrap_or(usize::MAX);
                self.spend(count.min(OPERATIONS_MAX))?;
                made(span, Term::set((first..=last).map(Term::Integer).collect()))
            }
            Binary::Union | Binary::Minus | Binary::Intersection => {
                let (one, other) = (self.set(left, sign)?, self.set(right, sign)?);
                let one = one.items().expect("a set has items").iter().cloned();
                let others = other.items().expect("a set has items");
                let is_other = |item: &Term| others.binary_search(item).is_ok();
                made(
                    span,
                    Term::set(match binary {
                        Binary::Union => one.chain(others.iter().cloned()).collect(),
                        Binary::Minus => one.filter(|item| !is_other(item)).collect(),
                        _ => one.filter(is_other).collect(),
                    }),
                )
            }
            Binary::Concat => {
                let (one, other) = (self.tuple(left, sign)?, self.tuple(right, sign)?);
                let items = |term: &Term| term.items().expect("a tuple has items").to_vec();
                made(span, Term::tuple([items(&one), items(&other)].concat()))
            }
            _ => {
                let (one, other) = (self.integer(left, sign)?, self.integer(right, sign)?);
                if other == 0 && matches!(binary, Binary::Div | Binary::Mod) {
                    return failed(right.span, format!("{one} {sign} 0: nothing is divided by 0"));
                }
                let (one, other) = (i128::from(one), i128::from(other));
                // Rounded towards negative infinity.
                let floor = || one.div_euclid(other) - i128::from(other < 0 && one.rem_euclid(other) != 0);
                let number = match binary {
                    Binary::Add => one + other,
                    Binary::Subtract => one - other,
                    Binary::Times => one * other,
                    Binary::Div => floor(),
                    Binary::Mod => one - other * floor(),
                    _ => unreachable!("all others were handled, and / stands next to comparisons"),
                };
                made(span, Term::integer(number))
            }
        }
    }

    /// `left ∨ right`, where `decides` is true, or `left ∧ right`: the value that decides, if one side has it.
    fn either(&mut self, left: &Expression, right: &Expression, decides: bool) -> Result<bool> {
        match known(self.truth(left))? {
            Some(truth) if truth == decides => Ok(decides),
            Some(_) => self.truth(right),
            None => match self.truth(right)? {
                truth if truth == decides => Ok(decides),
                _ => Err(Halt::Unknown(left.span)),
            },
        }
    }

    /// One side of a comparison, as a fraction if it is one.
    fn side(&mut self, side: &Expression, needed: bool) -> Result<(Term, i64)> {
        let ExpressionKind::Binary(Binary::Over, over, under) = &side.kind else {
            let term = if needed { self.given(side)? } else { self.value(side)? };
            return Ok((term, 1));
        };
        let (over, divisor) = (self.integer(over, "/")?, self.integer(under, "/")?);
        match divisor {
            0 => failed(under.span, format!("{over} / 0: nothing is divided by 0")),
            _ if divisor < 0 => Ok((Term::Integer(-over), -divisor)),
            _ => Ok((Term::Integer(over), divisor)),
        }
    }

    fn compare(&mut self, span: Span, binary: Binary, left: &Expression, right: &Expression) -> Result<bool> {
        let orders = !matches!(binary, Binary::Equal | Binary::NotEqual);
        let ((one, under_one), (other, under_other)) = (self.side(left, orders)?, self.side(right, orders)?);
        self.spend(one.parts().min(other.parts()))?;
        let order = match (&one, &other) {
            (Term::Integer(over_one), Term::Integer(over_other)) => {
                let cross = |over: &i64, under: i64| i128::from(*over) * i128::from(under);
                Some(cross(over_one, under_other).cmp(&cross(over_other, under_one)))
            }
            _ if !orders => Some(one.cmp(&other)),
            _ => match one.compare(&other) {
                Some(order) => {
                    self.spend(one.parts() + other.parts())?;
                    order
                }
                None => {
                    let hint = if matches!(one, Term::Set(_)) { ": between sets, ⊆" } else { "" };
                    let (kind, other_kind) = (one.kind(), other.kind());
                    let (sign, one, other) = (binary.text(), shown(&one), shown(&other));
                    let message = format!("{sign} does not compare {one}, {kind}, with {other}, {other_kind}{hint}");
                    return failed(span, message);
                }
            },
        };
        Ok(match binary {
            Binary::Equal => order == Some(Ordering::Equal),
            Binary::NotEqual => order != Some(Ordering::Equal),
            Binary::Less => order == Some(Ordering::Less),
            Binary::AtMost => order.is_some_and(Ordering::is_le),
            Binary::Greater => order == Some(Ordering::Greater),
            _ => order.is_some_and(Ordering::is_ge),
        })
    }

    /// Calls `visit` for each way in which the patterns fit elements, with their names bound, as long as it returns true.
    fn each(
        &mut self,
        patterns: &[TermPattern],
        items: &[Term],
        visit: &mut dyn FnMut(&mut Self) -> Result<bool>,
    ) -> Result<bool> {
        let Some((pattern, others)) = patterns.split_first() else { return visit(self) };
        for item in items {
            self.spend(1)?;
            let outside = self.bound.len();
            let goes_on = if self.fits(pattern, item)? { self.each(others, items, visit) } else { Ok(true) };
            self.bound.truncate(outside);
            if !goes_on? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// True if a value fits a pattern, whose names are then bound. Some may be bound where it does not.
    fn fits(&mut self, pattern: &TermPattern, term: &Term) -> Result<bool> {
        match &pattern.kind {
            PatternKind::Any => Ok(true),
            PatternKind::Name(name) => {
                self.bound.push((Arc::clone(name), term.clone()));
                Ok(true)
            }
            PatternKind::Literal(literal) => Ok(literal == term),
            PatternKind::Equal(value) => {
                let value = known(self.value(value))?;
                self.spend(term.parts())?;
                Ok(value.is_some_and(|value| value == *term))
            }
            PatternKind::Tuple(parts) => {
                let Term::Tuple(_) = term else { return Ok(false) };
                let items = term.items().expect("a tuple has items");
                if items.len() != parts.len() {
                    return Ok(false);
                }
                self.spend(parts.len())?;
                for (part, item) in parts.iter().zip(items) {
                    if !self.fits(part, item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }

    fn quantified(&mut self, quantifier: Quantifier, binder: &Binder, condition: &Expression) -> Result<Term> {
        let all = self.elements(&binder.set, "∈")?;
        let items = all.items().expect("elements have items");
        if quantifier == Quantifier::The {
            let mut found: Option<&Term> = None;
            for item in items {
                // A tuple's elements come in any order, and the least is wanted.
                if found.is_some_and(|found| found <= item) {
                    continue;
                }
                let one = std::slice::from_ref(item);
                let mut holds = false;
                self.each(&binder.patterns, one, &mut |evaluator| {
                    holds = known(evaluator.truth(condition))?.unwrap_or(false);
                    Ok(false)
                })?;
                if holds {
                    found = Some(item);
                }
            }
            return Ok(found.cloned().unwrap_or(Term::Bottom));
        }
        // The first element with this truth decides.
        let decides = quantifier == Quantifier::Exists;
        let undecided = self
            .each(&binder.patterns, items, &mut |evaluator| Ok(known(evaluator.truth(condition))? != Some(decides)))?;
        Ok(Term::Truth(undecided != decides))
    }

    fn collect(
        &mut self,
        span: Span,
        collection: &Collection,
        binder: &Binder,
        condition: Option<&Expression>,
    ) -> Result<Term> {
        let all = self.elements(&binder.set, "∈")?;
        let items = all.items().expect("elements have items");
        let holds = |evaluator: &mut Self| match condition {
            Some(condition) => Ok(known(evaluator.truth(condition))? == Some(true)),
            None => Ok(true),
        };
        match collection {
            Collection::Selection => {
                let mut kept = Vec::new();
                for item in items {
                    let one = std::slice::from_ref(item);
                    let mut keep = false;
                    self.each(&binder.patterns, one, &mut |evaluator| {
                        keep = holds(evaluator)?;
                        Ok(false)
                    })?;
                    self.keep(keep.then(|| item.clone()), &mut kept)?;
                }
                made(span, Term::set(kept))
            }
            Collection::Set(item) => {
                let mut kept = Vec::new();
                self.each(&binder.patterns, items, &mut |evaluator| {
                    if holds(evaluator)? {
                        let item = known(evaluator.value(item))?;
                        evaluator.keep(item, &mut kept)?;
                    }
                    Ok(true)
                })?;
                made(span, Term::set(kept))
            }
            Collection::Map(key, value) => {
                let mut kept = Vec::new();
                self.each(&binder.patterns, items, &mut |evaluator| {
                    if holds(evaluator)? {
                        let entry = known(evaluator.entry(key, value))?;
                        evaluator.keep_entry(entry, &mut kept)?;
                    }
                    Ok(true)
                })?;
                made(span, Term::map(kept, Term::Bottom))
            }
            Collection::Sum(item) => {
                let mut sum = 0;
                self.each(&binder.patterns, items, &mut |evaluator| {
                    if holds(evaluator)? {
                        let number = known(evaluator.integer(item, "sum"))?;
                        sum += number.map_or(0, i128::from);
                    }
                    Ok(true)
                })?;
                made(span, Term::integer(sum))
            }
        }
    }

    fn call(&mut self, span: Span, name: &str, arguments: &[Expression]) -> Result<Term> {
        match (name, arguments) {
            ("hash", [value]) => {
                let text = self.value(value)?;
                self.spend(text.parts())?;
                let mut digest = Digest::default();
                digest.write(text.to_string().as_bytes());
                made(span, Term::text(&format!("{:016x}", digest.finish())))
            }
            ("min" | "max", [one, other]) => {
                let (one, other) = (self.given(one)?, self.given(other)?);
                self.spend(one.parts().min(other.parts()))?;
                Ok(if name == "min" { one.min(other) } else { one.max(other) })
            }
            ("min" | "max" | "sum" | "sort", [all]) => self.of_elements(span, name, all),
            ("len", [tuple]) => Ok(Term::count(self.tuple(tuple, "len")?.items().expect("a tuple has items").len())),
            ("last", [tuple]) => {
                let tuple = self.tuple(tuple, "last")?;
                Ok(tuple.items().expect("a tuple has items").last().cloned().unwrap_or(Term::Bottom))
            }
            ("slice", [tuple, first, last]) => {
                let tuple = self.tuple(tuple, "slice")?;
                let (first, last) = (self.integer(first, "slice")?, self.integer(last, "slice")?);
                let places = tuple.items().expect("a tuple has items").iter().zip(1..);
                let kept = places.filter(|(_, place)| (first..=last).contains(place)).map(|(item, _)| item.clone());
                made(span, Term::tuple(kept.collect()))
            }
            ("keys" | "values", [map]) => {
                let term = self.given(map)?;
                let Some((entries, _)) = term.entries() else { return refused(map.span, name, Kinds::MAP, &term) };
                self.spend(term.parts())?;
                let part = |(key, value): &(Term, Term)| if name == "keys" { key.clone() } else { value.clone() };
                made(span, Term::set(entries.iter().map(part).collect()))
            }
            ("rank", [process]) => match self.given(process)? {
                Term::Process(process) => Ok(Term::count(process.index() + 1)),
                other => refused(span, "rank", Kinds::PROCESS, &other),
            },
            _ => {
                let given = arguments.iter().map(|argument| self.given(argument)).collect::<Result<Vec<Term>>>()?;
                self.told(span, self.environment.call(name, &given))
            }
        }
    }

    fn of_elements(&mut self, span: Span, name: &str, all: &Expression) -> Result<Term> {
        let term = self.elements(all, name)?;
        self.spend(term.parts())?;
        let items = term.items().expect("elements have items");
        let found = match name {
            "min" => items.iter().min(),
            "max" => items.iter().max(),
            "sort" => {
                let mut sorted = items.to_vec();
                sorted.sort();
                return made(span, Term::tuple(sorted));
            }
            _ => {
                let mut sum = 0;
                for item in items {
                    match item {
                        Term::Integer(number) => sum += i128::from(*number),
                        other => return refused(span, "sum", Kinds::INTEGER, other),
                    }
                }
                return made(span, Term::integer(sum));
            }
        };
        match found {
            Some(found) => Ok(found.clone()),
            None => failed(span, format!("there is no {name} of nothing")),
        }
    }
}

/// A value, or `None` where it is unknown: displays pass that over.
fn known<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Halt::Unknown(_)) => Ok(None),
        Err(failed) => Err(failed),
    }
}
