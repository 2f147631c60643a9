//! The check of an expression before it is evaluated finds names that nobody knows, names that are bound twice, values
//! of a kind that an operator does not take.

use super::problem::{Span, Wrong};
use super::syntax::{
    Binary, Binder, Collection, Expression, ExpressionKind, PatternKind, Quantifier, TermPattern, Unary,
};
use super::value::Term;
use super::vocabulary::{FUNCTIONS, Kinds, Signature, Vocabulary};
use std::sync::Arc;

/// Checks an expression that has to be a condition; what is wrong goes to `wrong`. Of one that could not be read as a
/// whole it is not said that it is none.
pub(super) fn condition(expression: &Expression, vocabulary: &Vocabulary, wrong: &mut Vec<Wrong>) {
    let whole = wrong.is_empty();
    let mut checker = Checker { vocabulary, bound: Vec::new(), wrong };
    if whole {
        checker.condition(expression);
    } else {
        checker.kinds(expression);
    }
}

struct Checker<'a> {
    vocabulary: &'a Vocabulary,
    /// The names that are bound here.
    bound: Vec<Arc<str>>,
    wrong: &'a mut Vec<Wrong>,
}

/// The number of letters to exchange, add or leave out to make one word of another.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], place + 1);
        for (column, theirs) in other.iter().enumerate() {
            let same = diagonal + usize::from(letter != *theirs);
            diagonal = row[column + 1];
            row[column + 1] = same.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

/// The known name that is nearest to `name`, if one is near.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Nobody mistypes a name that is longer than any.
    let most = 1 + name.chars().take(60).count() / 4;
    if name.chars().count() > 60 {
        return None;
    }
    let lower = name.to_lowercase();
    let near = known.map(|known| (distance(&lower, &known.to_lowercase()), known));
    near.filter(|(letters, _)| *letters <= most).min().map(|(_, known)| known)
}

impl Checker<'_> {
    fn report(&mut self, span: Span, message: String) {
        self.wrong.push(Wrong { span, message });
    }

    fn condition(&mut self, expression: &Expression) {
        let kinds = self.kinds(expression);
        if !kinds.meets(Kinds::TRUTH) {
            let message =
                format!("a condition is TRUE or FALSE, and this is {}: compare it with something", kinds.text());
            self.report(expression.span, message);
        }
    }

    /// Checks an operand, which `what` takes if it is one of `wanted`.
    fn operand(&mut self, expression: &Expression, what: &str, wanted: Kinds) -> Kinds {
        let kinds = self.kinds(expression);
        self.wanted(expression, kinds, what, wanted);
        kinds
    }

    fn wanted(&mut self, expression: &Expression, kinds: Kinds, what: &str, wanted: Kinds) {
        if kinds.meets(wanted) {
            return;
        }
        let message = match &expression.kind {
            ExpressionKind::Literal(Term::Symbol(name)) => {
                let small = name.to_lowercase();
                format!("{name} is a symbol (all capitals): a variable has a small letter, {small}")
            }
            _ => {
                let hint =
                    if kinds == Kinds::MAP && wanted == Kinds::ELEMENTS { ": keys(m), or values(m)" } else { "" };
                format!("{what} takes {}, and this is {}{hint}", wanted.text(), kinds.text())
            }
        };
        self.report(expression.span, message);
    }

    /// Checks an expression; the kinds of values that it can have.
    fn kinds(&mut self, expression: &Expression) -> Kinds {
        match &expression.kind {
            ExpressionKind::Literal(term) => self.literal(expression.span, term),
            ExpressionKind::Everybody => Kinds::SET,
            ExpressionKind::Name(name) => self.name(expression.span, name),
            ExpressionKind::Of(name, process) => {
                self.operand(process, "@", Kinds::PROCESS);
                self.variable(expression.span, name)
            }
            ExpressionKind::At(value, key) => {
                self.kinds(key);
                self.operand(value, "x[k]", Kinds::TUPLE | Kinds::MAP);
                Kinds::ANY
            }
            ExpressionKind::Call(name, arguments) => self.call(expression.span, name, arguments),
            ExpressionKind::Unary(Unary::Not, value) => {
                self.condition(value);
                Kinds::TRUTH
            }
            ExpressionKind::Unary(Unary::Negate, value) => {
                self.operand(value, "-", Kinds::INTEGER);
                Kinds::INTEGER
            }
            ExpressionKind::Unary(Unary::Size, value) => {
                self.operand(value, "#( )", Kinds::COUNTED);
                Kinds::INTEGER
            }
            ExpressionKind::Binary(binary, left, right) => self.binary(*binary, left, right),
            ExpressionKind::Tuple(items) => {
                items.iter().for_each(|item| _ = self.kinds(item));
                Kinds::TUPLE
            }
            ExpressionKind::Set(items) => {
                items.iter().for_each(|item| _ = self.kinds(item));
                // ∅ is the empty map as well.
                if items.is_empty() { Kinds::SET | Kinds::MAP } else { Kinds::SET }
            }
            ExpressionKind::Map(entries, default) => {
                for (key, value) in entries {
                    self.kinds(key);
                    self.kinds(value);
                }
                default.iter().for_each(|value| _ = self.kinds(value));
                Kinds::MAP
            }
            ExpressionKind::Each(value) => {
                self.kinds(value);
                Kinds::MAP
            }
            ExpressionKind::Collect { collection, binder, condition } => self.bound_in(binder, |checker| {
                condition.iter().for_each(|condition| checker.condition(condition));
                match collection {
                    Collection::Set(item) => {
                        checker.kinds(item);
                        Kinds::SET
                    }
                    Collection::Selection => Kinds::SET,
                    Collection::Map(key, value) => {
                        checker.kinds(key);
                        checker.kinds(value);
                        Kinds::MAP
                    }
                    Collection::Sum(item) => {
                        checker.operand(item, "sum", Kinds::INTEGER);
                        Kinds::INTEGER
                    }
                }
            }),
            ExpressionKind::Quantified { quantifier, binder, condition } => {
                self.bound_in(binder, |checker| checker.condition(condition));
                if *quantifier == Quantifier::The {
                    if binder.patterns.len() > 1 {
                        self.report(expression.span, "“the” finds one element: the x ∈ S : C".to_owned());
                    }
                    Kinds::ANY
                } else {
                    Kinds::TRUTH
                }
            }
            ExpressionKind::If(parts) => {
                let [condition, then, other] = &**parts;
                self.condition(condition);
                self.kinds(then) | self.kinds(other)
            }
            ExpressionKind::Unread => Kinds::ANY,
        }
    }

    fn literal(&mut self, span: Span, term: &Term) -> Kinds {
        match term {
            Term::Bottom => Kinds::BOTTOM,
            Term::Truth(_) => Kinds::TRUTH,
            Term::Integer(_) => Kinds::INTEGER,
            Term::Text(_) => Kinds::TEXT,
            Term::Symbol(_) => Kinds::SYMBOL,
            Term::Process(process) => {
                if process.index() >= self.vocabulary.processes {
                    let last = self.vocabulary.processes - 1;
                    self.report(span, format!("there is no {process}: processes go from p0 to p{last}"));
                }
                Kinds::PROCESS
            }
            Term::Tuple(_) | Term::Set(_) | Term::Map(_) => unreachable!("these are displays, which have parts"),
        }
    }

    fn knows(&self, name: &str) -> Option<Kinds> {
        if self.bound.iter().any(|bound| **bound == *name) {
            return Some(Kinds::ANY);
        }
        if name == "N" {
            return Some(Kinds::INTEGER);
        }
        self.vocabulary.names.iter().find(|(known, _)| *known == name).map(|(_, kinds)| *kinds)
    }

    fn name(&mut self, span: Span, name: &str) -> Kinds {
        if let Some(kinds) = self.knows(name) {
            return kinds;
        }
        let vocabulary = self.vocabulary;
        let right = if vocabulary.variables.iter().any(|variable| variable == name) {
            Some(format!("it is a variable of each process, {name}@p"))
        } else if let Some(function) = self.functions().find(|function| function.name == name) {
            Some(function.form.to_owned())
        } else {
            let names = vocabulary.names.iter().map(|(name, _)| *name).chain(["N"]);
            let known = names.chain(self.bound.iter().map(|bound| &**bound));
            nearest(name, known).map(str::to_owned)
        };
        self.unknown(span, "name", name, right.as_deref());
        Kinds::ANY
    }

    /// Reports a name that is unknown, with the one that may have been meant.
    fn unknown(&mut self, span: Span, what: &str, name: &str, right: Option<&str>) {
        let right = right.map(|right| format!(": {right}")).unwrap_or_default();
        self.report(span, format!("no {what} {}{right}", crate::quote::shortened(name)));
    }

    fn variable(&mut self, span: Span, name: &str) -> Kinds {
        let variables = &self.vocabulary.variables;
        if !variables.iter().any(|variable| variable == name) {
            let near = nearest(name, variables.iter().map(String::as_str)).map(|near| format!("{near}@p"));
            let all = || match variables.is_empty() {
                true => "processes show none".to_owned(),
                false => format!("there are {}", crate::quote::shortened(&variables.join(", "))),
            };
            let right = near.unwrap_or_else(all);
            self.unknown(span, "variable", &format!("{name}@p"), Some(&right));
        }
        Kinds::ANY
    }

    fn functions(&self) -> impl Iterator<Item = &'static Signature> + use<> {
        FUNCTIONS.iter().chain(self.vocabulary.functions)
    }

    fn call(&mut self, span: Span, name: &str, arguments: &[Expression]) -> Kinds {
        let named: Vec<&Signature> = self.functions().filter(|function| function.name == name).collect();
        let Some(function) = named.iter().find(|function| function.arguments.len() == arguments.len()) else {
            arguments.iter().for_each(|argument| _ = self.kinds(argument));
            if named.is_empty() {
                let near = nearest(name, self.functions().map(|function| function.name));
                self.unknown(span, "function", name, near);
            } else {
                let forms: Vec<&str> = named.iter().map(|function| function.form).collect();
                let (form, count) = (forms.join(" or "), arguments.len());
                self.report(span, format!("{name} is given {count} arguments, and takes other ones: {form}"));
            }
            return Kinds::ANY;
        };
        for (argument, wanted) in arguments.iter().zip(function.arguments) {
            self.operand(argument, function.name, *wanted);
            if let (Kinds::TEXT, ExpressionKind::Literal(Term::Text(text))) = (*wanted, &argument.kind)
                && !self.vocabulary.texts.iter().any(|known| **known == **text)
            {
                let texts = &self.vocabulary.texts;
                let near = nearest(text, texts.iter().map(String::as_str)).map(|near| format!("{near:?}"));
                let right = near.unwrap_or_else(|| format!("there are {}", texts.join(", ")));
                let quoted = crate::quote::quoted(text);
                self.unknown(argument.span, "property", &quoted, Some(&right));
            }
        }
        function.result
    }

    fn binary(&mut self, binary: Binary, left: &Expression, right: &Expression) -> Kinds {
        let sign = binary.text();
        let both = |checker: &mut Self, wanted: Kinds| {
            checker.operand(left, sign, wanted);
            checker.operand(right, sign, wanted);
        };
        match binary {
            Binary::Implies | Binary::Or | Binary::And => {
                self.condition(left);
                self.condition(right);
                Kinds::TRUTH
            }
            _ if binary.compares() => {
                let kinds = [self.compared(left), self.compared(right)];
                if !matches!(binary, Binary::Equal | Binary::NotEqual) {
                    self.ordered(binary, [left, right], kinds);
                }
                Kinds::TRUTH
            }
            Binary::In | Binary::NotIn => {
                self.kinds(left);
                self.operand(right, sign, Kinds::ELEMENTS);
                Kinds::TRUTH
            }
            Binary::Subset => {
                both(self, Kinds::SET);
                Kinds::TRUTH
            }
            Binary::Range => {
                both(self, Kinds::INTEGER);
                Kinds::SET
            }
            Binary::Union | Binary::Minus | Binary::Intersection => {
                both(self, Kinds::SET);
                Kinds::SET
            }
            Binary::Concat => {
                both(self, Kinds::TUPLE);
                Kinds::TUPLE
            }
            Binary::Over => {
                both(self, Kinds::INTEGER);
                self.report(left.span.to(right.span), "/ stands only next to a comparison: div".to_owned());
                Kinds::INTEGER
            }
            Binary::Subtract if self.is_hyphen(left, right) => Kinds::INTEGER,
            _ => {
                both(self, Kinds::INTEGER);
                Kinds::INTEGER
            }
        }
    }

    /// True if a difference is written like one name; it is then reported as unknown.
    fn is_hyphen(&mut self, left: &Expression, right: &Expression) -> bool {
        let (ExpressionKind::Name(one), ExpressionKind::Name(other)) = (&left.kind, &right.kind) else { return false };
        let unknown = self.knows(one).is_none() || self.knows(other).is_none();
        let hyphen = left.span.end + 1 == right.span.start && unknown;
        if hyphen {
            self.report(left.span.to(right.span), format!("no name {one}-{other}: {one} - {other} is a difference"));
        }
        hyphen
    }

    /// One side of a comparison, where `/` is exact.
    fn compared(&mut self, side: &Expression) -> Kinds {
        match &side.kind {
            ExpressionKind::Binary(Binary::Over, left, right) => {
                self.operand(left, "/", Kinds::INTEGER);
                self.operand(right, "/", Kinds::INTEGER)
            }
            _ => self.kinds(side),
        }
    }

    fn ordered(&mut self, binary: Binary, sides: [&Expression; 2], kinds: [Kinds; 2]) {
        let orders = Kinds::INTEGER | Kinds::TEXT | Kinds::PROCESS | Kinds::TUPLE | Kinds::MAP;
        let (sign, span) = (binary.text(), sides[0].span.to(sides[1].span));
        if let Some(place) = kinds.iter().position(|kinds| !kinds.meets(orders)) {
            if kinds[place] == Kinds::SET {
                self.report(span, format!("{sign} does not compare sets: ⊆, or #(S) {sign} #(T)"));
            } else {
                self.wanted(sides[place], kinds[place], sign, orders);
            }
        } else if !kinds[0].meets(kinds[1]) {
            let [one, other] = kinds.map(Kinds::text);
            self.report(span, format!("{sign} compares two values of one kind, and these are {one} and {other}"));
        }
    }

    /// Checks a binder, and what its names are bound in.
    fn bound_in<R>(&mut self, binder: &Binder, inside: impl FnOnce(&mut Self) -> R) -> R {
        self.operand(&binder.set, "∈", Kinds::ELEMENTS);
        let outside = self.bound.len();
        binder.patterns.iter().for_each(|pattern| self.pattern(pattern));
        let result = inside(self);
        self.bound.truncate(outside);
        result
    }

    fn pattern(&mut self, pattern: &TermPattern) {
        match &pattern.kind {
            PatternKind::Name(name) => {
                if self.bound.contains(name) {
                    self.report(pattern.span, format!("{name} is bound already: write = {name}, or another name"));
                }
                self.bound.push(Arc::clone(name));
            }
            PatternKind::Any => {}
            PatternKind::Literal(term) => _ = self.literal(pattern.span, term),
            PatternKind::Tuple(parts) => parts.iter().for_each(|part| self.pattern(part)),
            PatternKind::Equal(value) => _ = self.kinds(value),
        }
    }
}
