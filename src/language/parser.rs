//! From tokens to the tree of an expression.
//!
//! It goes on after an error, so that all of a text are found at once. Neither brackets nor chains of operators make a
//! tree deeper than [`LEVELS_MAX`], so nothing that walks one overflows its stack.

use super::lexer::{Lexeme, PlacedLexeme, Sign};
use super::problem::{Span, Wrong};
use super::syntax::{
    Binary, Binder, Collection, Expression, ExpressionKind, PatternKind, Quantifier, TermPattern, Unary,
};
use super::value::Term;

/// The greatest depth of nested expressions.
pub(super) const LEVELS_MAX: usize = 100;

/// The most errors of syntax that are told of one text.
const ERRORS_MAX: usize = 20;

/// The strength with which operators bind, weakest first.
mod power {
    pub const ALL: u8 = 0;
    pub const IMPLIES: u8 = 1;
    pub const OR: u8 = 2;
    pub const AND: u8 = 3;
    pub const NOT: u8 = 4;
    pub const COMPARISON: u8 = 5;
    pub const RANGE: u8 = 6;
    pub const SUM: u8 = 7;
    pub const PRODUCT: u8 = 8;
    pub const NEGATE: u8 = 9;
}

/// Reads the tokens as one expression; what is wrong goes to `wrong`.
pub(super) fn expression(text: &str, tokens: &[PlacedLexeme], wrong: &mut Vec<Wrong>) -> Expression {
    let mut parser = Parser { text, tokens, closing: closing(tokens), at: 0, levels: 0, last_error: None, wrong };
    let read = parser.expression(power::ALL);
    if parser.token() != &Lexeme::End {
        parser.unexpected("an operator, or the end");
    }
    read
}

/// For each opening bracket the place of the one that closes it, if one does.
fn closing(tokens: &[PlacedLexeme]) -> Vec<Option<usize>> {
    let mut closing = vec![None; tokens.len()];
    let mut open = Vec::new();
    for (place, placed) in tokens.iter().enumerate() {
        match placed.token {
            Lexeme::Sign(sign @ (Sign::OpenRound | Sign::OpenSquare | Sign::OpenBrace)) => open.push((place, sign)),
            Lexeme::Sign(sign @ (Sign::CloseRound | Sign::CloseSquare | Sign::CloseBrace)) => {
                let fits = |opening| match opening {
                    Sign::OpenRound => sign == Sign::CloseRound,
                    Sign::OpenSquare => sign == Sign::CloseSquare,
                    _ => sign == Sign::CloseBrace,
                };
                if let Some((opening, _)) = open.pop_if(|(_, opening)| fits(*opening)) {
                    closing[opening] = Some(place);
                }
            }
            _ => {}
        }
    }
    closing
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [PlacedLexeme],
    closing: Vec<Option<usize>>,
    /// The token that is read next.
    at: usize,
    /// The depth of nested expressions here.
    levels: usize,
    /// The token at which the last error was found.
    last_error: Option<usize>,
    wrong: &'a mut Vec<Wrong>,
}

/// The operator that a sign is between two operands, and how tightly it binds.
fn infix(sign: Sign) -> Option<(Binary, u8)> {
    Some(match sign {
        Sign::Implies => (Binary::Implies, power::IMPLIES),
        Sign::Or => (Binary::Or, power::OR),
        Sign::And => (Binary::And, power::AND),
        Sign::Equal => (Binary::Equal, power::COMPARISON),
        Sign::NotEqual => (Binary::NotEqual, power::COMPARISON),
        Sign::Less => (Binary::Less, power::COMPARISON),
        Sign::AtMost => (Binary::AtMost, power::COMPARISON),
        Sign::Greater => (Binary::Greater, power::COMPARISON),
        Sign::AtLeast => (Binary::AtLeast, power::COMPARISON),
        Sign::In => (Binary::In, power::COMPARISON),
        Sign::NotIn => (Binary::NotIn, power::COMPARISON),
        Sign::Subset => (Binary::Subset, power::COMPARISON),
        Sign::Range => (Binary::Range, power::RANGE),
        Sign::Add => (Binary::Add, power::SUM),
        Sign::Subtract => (Binary::Subtract, power::SUM),
        Sign::Union => (Binary::Union, power::SUM),
        Sign::Minus => (Binary::Minus, power::SUM),
        Sign::Concat => (Binary::Concat, power::SUM),
        Sign::Times => (Binary::Times, power::PRODUCT),
        Sign::Div => (Binary::Div, power::PRODUCT),
        Sign::Mod => (Binary::Mod, power::PRODUCT),
        Sign::Over => (Binary::Over, power::PRODUCT),
        Sign::Intersection => (Binary::Intersection, power::PRODUCT),
        _ => return None,
    })
}

impl Parser<'_> {
    fn token(&self) -> &Lexeme {
        &self.tokens[self.at].token
    }

    fn span(&self) -> Span {
        self.tokens[self.at].span
    }

    /// The place of the token that was read last.
    fn before(&self) -> Span {
        self.at.checked_sub(1).map_or(self.span(), |place| self.tokens[place].span)
    }

    fn sign(&self) -> Option<Sign> {
        match self.token() {
            Lexeme::Sign(sign) => Some(*sign),
            _ => None,
        }
    }

    fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    /// True if the next token is this sign, which is then read.
    fn takes(&mut self, sign: Sign) -> bool {
        let found = self.sign() == Some(sign);
        if found {
            self.advance();
        }
        found
    }

    /// Reports an error; one at the same token as the last is its consequence.
    fn report(&mut self, span: Span, message: String) {
        if self.last_error.is_none_or(|last| self.at > last) && self.wrong.len() < ERRORS_MAX {
            self.wrong.push(Wrong { span, message });
        }
        self.last_error = Some(self.at);
    }

    /// The next token is not what is wanted: reports it, and skips to where an expression may go on.
    fn unexpected(&mut self, wanted: &str) {
        let span = self.span();
        let found = match self.token() {
            Lexeme::End => "the end".to_owned(),
            _ => crate::quote::shortened(&self.text[span.start..span.end]).into_owned(),
        };
        self.report(span, format!("{found} stands here, and what is wanted is {wanted}"));
        use Sign::{Bar, CloseBrace, CloseRound, CloseSquare, Colon, Comma, Else, Then};
        while !matches!(
            self.token(),
            Lexeme::End | Lexeme::Sign(CloseRound | CloseSquare | CloseBrace | Comma | Bar | Colon | Then | Else)
        ) {
            // The text in brackets belongs to the skipped part.
            self.at = self.closing[self.at].unwrap_or(self.at);
            self.advance();
        }
        // An error here would be a consequence.
        self.last_error = Some(self.at);
    }

    /// Reads a sign that has to stand here; `use_of` says what for.
    fn wants(&mut self, sign: Sign, use_of: &str) {
        if !self.takes(sign) {
            self.unexpected(&format!("{}{use_of}", sign.text()));
            self.takes(sign);
        }
    }

    /// An expression that begins at `start` and ends where reading is.
    fn made(&mut self, start: Span, inner: usize, kind: ExpressionKind) -> Expression {
        let span = start.to(self.before());
        if inner >= LEVELS_MAX {
            return self.too_deep(start);
        }
        Expression { span, levels: inner + 1, kind }
    }

    fn too_deep(&mut self, start: Span) -> Expression {
        self.report(start, format!("expressions are nested at most {LEVELS_MAX} deep"));
        // All that follows is a consequence.
        self.at = self.tokens.len() - 1;
        self.last_error = Some(self.at);
        Expression { span: start, levels: 1, kind: ExpressionKind::Unread }
    }

    /// An expression whose operators bind at least as tightly as `weakest`.
    fn expression(&mut self, weakest: u8) -> Expression {
        let start = self.span();
        self.levels += 1;
        if self.levels > LEVELS_MAX {
            self.levels -= 1;
            return self.too_deep(start);
        }
        let mut left = self.operand();
        let mut compared = None;
        loop {
            // `not in` is one sign.
            let next = self.tokens.get(self.at + 1).map(|placed| &placed.token);
            let not_in = self.sign() == Some(Sign::Not) && next == Some(&Lexeme::Sign(Sign::In));
            let operator = if not_in { Some((Binary::NotIn, power::COMPARISON)) } else { self.sign().and_then(infix) };
            let Some((binary, tight)) = operator.filter(|(_, tight)| *tight >= weakest) else { break };
            let single = tight == power::COMPARISON || tight == power::RANGE;
            let chained = single && compared == Some(tight);
            if chained {
                let sign = binary.text();
                self.report(self.span(), format!("{sign} has two sides: a {sign} b ∧ b {sign} c"));
            }
            compared = Some(tight);
            self.advance();
            if not_in {
                self.advance();
            }
            // Of equals the left one comes first, but ⇒ groups to the right.
            let right = self.expression(if tight == power::IMPLIES { tight } else { tight + 1 });
            let inner = left.levels.max(right.levels);
            let kind = match chained {
                true => ExpressionKind::Unread,
                false => ExpressionKind::Binary(binary, Box::new(left), Box::new(right)),
            };
            left = self.made(start, inner, kind);
        }
        self.levels -= 1;
        left
    }

    /// An operand, with what stands behind it: `x[k]`, `x@p`.
    fn operand(&mut self) -> Expression {
        let start = self.span();
        let mut read = self.primary();
        loop {
            if self.takes(Sign::OpenSquare) {
                let mut keys = self.list(Sign::CloseSquare);
                let key = match keys.len() {
                    1 => keys.remove(0),
                    _ => {
                        let inner = levels(&keys);
                        self.made(start, inner, ExpressionKind::Tuple(keys))
                    }
                };
                let inner = read.levels.max(key.levels);
                read = self.made(start, inner, ExpressionKind::At(Box::new(read), Box::new(key)));
            } else if self.sign() == Some(Sign::Of) {
                read = self.variable_of(start, read);
            } else {
                return read;
            }
        }
    }

    /// `x@p`, at the @.
    fn variable_of(&mut self, start: Span, read: Expression) -> Expression {
        let name = match &read.kind {
            ExpressionKind::Name(name) => Some(name.clone()),
            ExpressionKind::Literal(Term::Symbol(name)) => {
                let small = name.to_lowercase();
                self.report(
                    read.span,
                    format!("{name} is a symbol (all capitals): a variable has a small letter, {small}"),
                );
                None
            }
            ExpressionKind::Unread => None,
            _ => {
                self.report(read.span, "left of @ stands the name of a variable: x@p".to_owned());
                None
            }
        };
        self.advance();
        let process = self.primary();
        let inner = process.levels;
        let kind = name.map_or(ExpressionKind::Unread, |name| ExpressionKind::Of(name, Box::new(process)));
        self.made(start, inner, kind)
    }

    /// Expressions with commas between them up to a bracket, which is read.
    fn list(&mut self, close: Sign) -> Vec<Expression> {
        let mut items = Vec::new();
        if self.takes(close) {
            return items;
        }
        loop {
            items.push(self.expression(power::ALL));
            if !self.takes(Sign::Comma) {
                self.wants(close, ", or a comma");
                return items;
            }
        }
    }

    fn primary(&mut self) -> Expression {
        let start = self.span();
        let literal = |term| ExpressionKind::Literal(term);
        let kind = match self.token().clone() {
            Lexeme::Integer(number) => {
                self.advance();
                let adjacent = self.span().start == start.end;
                let read = self.made(start, 0, literal(Term::Integer(number)));
                if adjacent && matches!(self.token(), Lexeme::Name(_) | Lexeme::Sign(Sign::Event)) {
                    // 2f is 2 * f.
                    let factor = self.operand();
                    let inner = factor.levels;
                    let product = ExpressionKind::Binary(Binary::Times, Box::new(read), Box::new(factor));
                    return self.made(start, inner, product);
                }
                return read;
            }
            Lexeme::Text(text) => literal(Term::Text(text)),
            Lexeme::Symbol(name) => literal(Term::Symbol(name)),
            Lexeme::Process(process) => literal(Term::Process(process)),
            Lexeme::Truth(truth) => literal(Term::Truth(truth)),
            Lexeme::Name(name) => {
                self.advance();
                return if self.takes(Sign::OpenRound) {
                    self.call(start, name)
                } else {
                    self.made(start, 0, ExpressionKind::Name(name))
                };
            }
            // The word is a name in expressions.
            Lexeme::Sign(Sign::Event) => ExpressionKind::Name("event".into()),
            Lexeme::Sign(Sign::Bottom) => literal(Term::Bottom),
            Lexeme::Sign(Sign::Everybody) => ExpressionKind::Everybody,
            Lexeme::Sign(Sign::EmptySet) => ExpressionKind::Set(Vec::new()),
            Lexeme::Sign(sign) => return self.composed(sign, start),
            Lexeme::End => return self.no_value(start),
        };
        self.advance();
        self.made(start, 0, kind)
    }

    fn no_value(&mut self, start: Span) -> Expression {
        self.unexpected("a value");
        Expression { span: start, levels: 1, kind: ExpressionKind::Unread }
    }

    /// An expression that begins with a sign.
    fn composed(&mut self, sign: Sign, start: Span) -> Expression {
        let quantifier = match sign {
            Sign::Exists => Some(Quantifier::Exists),
            Sign::Forall => Some(Quantifier::Forall),
            Sign::The => Some(Quantifier::The),
            _ => None,
        };
        if let Some(quantifier) = quantifier {
            self.advance();
            return self.quantified(start, quantifier);
        }
        let unary = match sign {
            Sign::Not => Some((Unary::Not, power::NOT)),
            Sign::Subtract => Some((Unary::Negate, power::NEGATE)),
            _ => None,
        };
        if let Some((unary, tight)) = unary {
            self.advance();
            let value = self.expression(tight);
            let inner = value.levels;
            return self.made(start, inner, ExpressionKind::Unary(unary, Box::new(value)));
        }
        match sign {
            Sign::Number => {
                self.advance();
                self.wants(Sign::OpenRound, " and what is counted: #(S)");
                let value = self.expression(power::ALL);
                self.wants(Sign::CloseRound, "");
                let inner = value.levels;
                self.made(start, inner, ExpressionKind::Unary(Unary::Size, Box::new(value)))
            }
            Sign::Bar => {
                self.advance();
                let value = self.expression(power::ALL);
                self.wants(Sign::Bar, " behind what is counted");
                let inner = value.levels;
                self.made(start, inner, ExpressionKind::Unary(Unary::Size, Box::new(value)))
            }
            Sign::OpenRound => {
                self.advance();
                let mut items = self.list(Sign::CloseRound);
                if items.len() == 1 {
                    // Brackets are no level of the tree; the place is that with brackets.
                    let inside = items.remove(0);
                    return Expression { span: start.to(self.before()), ..inside };
                }
                let inner = levels(&items);
                self.made(start, inner, ExpressionKind::Tuple(items))
            }
            Sign::OpenSquare => {
                self.advance();
                let mut items = self.list(Sign::CloseSquare);
                let inner = levels(&items);
                if items.len() == 1 && self.takes(Sign::Power) {
                    match self.token() {
                        Lexeme::Name(name) if &**name == "N" => self.advance(),
                        _ => self.unexpected("N: [e]^N has e for each process"),
                    }
                    let each = items.remove(0);
                    return self.made(start, inner, ExpressionKind::Each(Box::new(each)));
                }
                self.made(start, inner, ExpressionKind::Tuple(items))
            }
            Sign::OpenBrace => self.braces(start),
            Sign::If => {
                self.advance();
                let condition = self.expression(power::ALL);
                self.wants(Sign::Then, ": if C then e else f");
                let then = self.expression(power::ALL);
                self.wants(Sign::Else, ": if C then e else f");
                let other = self.expression(power::ALL);
                let parts = [condition, then, other];
                let inner = levels(&parts);
                self.made(start, inner, ExpressionKind::If(Box::new(parts)))
            }
            _ => self.no_value(start),
        }
    }

    fn call(&mut self, start: Span, name: std::sync::Arc<str>) -> Expression {
        if &*name != "sum" || self.sign() == Some(Sign::CloseRound) {
            let arguments = self.list(Sign::CloseRound);
            let inner = levels(&arguments);
            return self.made(start, inner, ExpressionKind::Call(name, arguments));
        }
        let item = self.expression(power::ALL);
        if self.takes(Sign::Bar) {
            return self.collected(start, Collection::Sum(Box::new(item)), Sign::CloseRound);
        }
        let mut arguments = vec![item];
        if self.takes(Sign::Comma) {
            arguments.extend(self.list(Sign::CloseRound));
        } else {
            self.wants(Sign::CloseRound, "");
        }
        let inner = levels(&arguments);
        self.made(start, inner, ExpressionKind::Call(name, arguments))
    }

    /// `x ∈ S, C` up to a bracket, which is read.
    fn collected(&mut self, start: Span, collection: Collection, close: Sign) -> Expression {
        let binder = self.binder("{e | x ∈ S}");
        let condition = self.takes(Sign::Comma).then(|| Box::new(self.expression(power::ALL)));
        self.wants(close, ", or a comma and a condition");
        let inner = match &collection {
            Collection::Set(item) | Collection::Sum(item) => item.levels,
            Collection::Map(key, value) => key.levels.max(value.levels),
            Collection::Selection => 0,
        };
        let inner = inner.max(binder.levels()).max(condition.as_ref().map_or(0, |condition| condition.levels));
        self.made(start, inner, ExpressionKind::Collect { collection, binder, condition })
    }

    /// A set or a map, at its brace.
    fn braces(&mut self, start: Span) -> Expression {
        let selects = self.selects();
        self.advance();
        if self.takes(Sign::CloseBrace) {
            return self.made(start, 0, ExpressionKind::Set(Vec::new()));
        }
        if selects {
            let binder = self.binder("{x ∈ S | C}");
            self.wants(Sign::Bar, " and a condition");
            let condition = self.expression(power::ALL);
            self.wants(Sign::CloseBrace, "");
            let inner = binder.levels().max(condition.levels);
            let condition = Some(Box::new(condition));
            return self.made(
                start,
                inner,
                ExpressionKind::Collect { collection: Collection::Selection, binder, condition },
            );
        }
        let mut items = Vec::new();
        let (mut entries, mut default) = (Vec::new(), None);
        loop {
            let item_start = self.span();
            let is_default = self.takes(Sign::Any);
            let key = if is_default { None } else { Some(self.expression(power::ALL)) };
            if is_default || self.sign() == Some(Sign::MapsTo) {
                self.wants(Sign::MapsTo, " and what the map has at all other keys: {_ ↦ e}");
                let value = self.expression(power::ALL);
                match key {
                    Some(key) if entries.is_empty() && default.is_none() && self.takes(Sign::Bar) => {
                        let collection = Collection::Map(Box::new(key), Box::new(value));
                        return self.collected(start, collection, Sign::CloseBrace);
                    }
                    Some(key) => entries.push((key, value)),
                    None if default.is_some() => {
                        self.report(item_start, "a map has one default".to_owned());
                    }
                    None => default = Some(Box::new(value)),
                }
                if !items.is_empty() {
                    self.report(item_start, "a map has entries only: {k ↦ v, …}".to_owned());
                }
            } else {
                if !entries.is_empty() || default.is_some() {
                    self.report(item_start, "a map has entries only: {k ↦ v, …}".to_owned());
                }
                let key = key.expect("what is no default was read");
                if items.is_empty() && self.takes(Sign::Bar) {
                    return self.collected(start, Collection::Set(Box::new(key)), Sign::CloseBrace);
                }
                items.push(key);
            }
            if !self.takes(Sign::Comma) {
                self.wants(Sign::CloseBrace, ", or a comma");
                break;
            }
        }
        let both = entries.iter().map(|(key, value): &(Expression, Expression)| key.levels.max(value.levels));
        let inner = both.chain(default.as_ref().map(|value| value.levels)).chain([levels(&items)]).max().unwrap_or(0);
        let is_map = !entries.is_empty() || default.is_some();
        let kind = if is_map { ExpressionKind::Map(entries, default) } else { ExpressionKind::Set(items) };
        self.made(start, inner, kind)
    }

    /// True if the brace here begins PATTERN ∈ S `|`.
    fn selects(&self) -> bool {
        let mut at = self.at + 1;
        let sign = |at: usize| match self.tokens.get(at).map(|placed| &placed.token) {
            Some(Lexeme::Sign(sign)) => Some(*sign),
            _ => None,
        };
        match sign(at) {
            Some(Sign::OpenSquare | Sign::OpenRound) => match self.closing[at] {
                Some(close) => at = close,
                None => return false,
            },
            Some(Sign::Any | Sign::Bottom | Sign::Event) | None => {}
            Some(_) => return false,
        }
        if sign(at + 1) != Some(Sign::In) {
            return false;
        }
        at += 2;
        while at < self.tokens.len() {
            match sign(at) {
                Some(Sign::Bar) => return true,
                Some(Sign::Comma | Sign::CloseBrace) => return false,
                _ => at = self.closing[at].unwrap_or(at) + 1,
            }
        }
        false
    }

    fn quantified(&mut self, start: Span, quantifier: Quantifier) -> Expression {
        let form = match quantifier {
            Quantifier::Exists => "exists x ∈ S : C",
            Quantifier::Forall => "forall x ∈ S : C",
            Quantifier::The => "the x ∈ S : C",
        };
        let binder = self.binder(form);
        self.wants(Sign::Colon, &format!(" and a condition: {form}"));
        let condition = Box::new(self.expression(power::ALL));
        let inner = binder.levels().max(condition.levels);
        self.made(start, inner, ExpressionKind::Quantified { quantifier, binder, condition })
    }

    /// `x ∈ S` or `p, q ∈ S`.
    fn binder(&mut self, form: &str) -> Binder {
        let start = self.span();
        let mut patterns = vec![self.pattern(false)];
        while self.takes(Sign::Comma) {
            patterns.push(self.pattern(false));
        }
        if !self.takes(Sign::In) {
            let span = start.to(self.before());
            let written = crate::quote::shortened(self.text[span.start..span.end].trim()).into_owned();
            self.report(self.span(), format!("from which set? {written} ∈ S, as in {form}"));
            let set = Expression { span: self.span(), levels: 1, kind: ExpressionKind::Unread };
            return Binder { patterns, set: Box::new(set) };
        }
        let set = Box::new(self.expression(power::RANGE));
        Binder { patterns, set }
    }

    /// A pattern; `first` if it stands in a tuple's first place.
    fn pattern(&mut self, first: bool) -> TermPattern {
        let start = self.span();
        self.levels += 1;
        if self.levels > LEVELS_MAX {
            self.levels -= 1;
            self.too_deep(start);
            return TermPattern { span: start, kind: PatternKind::Any };
        }
        let kind = self.pattern_kind(first);
        self.levels -= 1;
        TermPattern { span: start.to(self.before()), kind }
    }

    fn pattern_kind(&mut self, first: bool) -> PatternKind {
        let start = self.span();
        let literal = |term| PatternKind::Literal(term);
        let kind = match self.token().clone() {
            Lexeme::Name(name) => {
                let capital = name.chars().next().is_some_and(char::is_uppercase);
                if first && capital {
                    let (small, twice) = (name.to_lowercase(), format!("{name}{name}").to_uppercase());
                    self.report(
                        start,
                        format!(
                            "{name} binds everything: what a pattern binds begins with a small letter, a symbol has \
                             two letters: {small}, or {twice}"
                        ),
                    );
                }
                PatternKind::Name(name)
            }
            Lexeme::Symbol(name) => literal(Term::Symbol(name)),
            Lexeme::Process(process) => literal(Term::Process(process)),
            Lexeme::Integer(number) => literal(Term::Integer(number)),
            Lexeme::Text(text) => literal(Term::Text(text)),
            Lexeme::Truth(truth) => literal(Term::Truth(truth)),
            Lexeme::Sign(Sign::Bottom) => literal(Term::Bottom),
            Lexeme::Sign(Sign::Any) => PatternKind::Any,
            Lexeme::Sign(Sign::Equal) => {
                self.advance();
                return PatternKind::Equal(Box::new(self.expression(power::RANGE)));
            }
            Lexeme::Sign(open @ (Sign::OpenSquare | Sign::OpenRound)) => {
                let close = if open == Sign::OpenSquare { Sign::CloseSquare } else { Sign::CloseRound };
                self.advance();
                let mut parts = Vec::new();
                if self.takes(close) {
                    return PatternKind::Tuple(parts);
                }
                loop {
                    parts.push(self.pattern(parts.is_empty()));
                    if !self.takes(Sign::Comma) {
                        self.wants(close, ", or a comma");
                        // As with expressions, (x) is x.
                        return match parts.len() {
                            1 if open == Sign::OpenRound => parts.remove(0).kind,
                            _ => PatternKind::Tuple(parts),
                        };
                    }
                }
            }
            _ => {
                self.unexpected("a pattern: a name, _, a value, a tuple of patterns, or = e");
                return PatternKind::Any;
            }
        };
        self.advance();
        kind
    }
}

fn levels(expressions: &[Expression]) -> usize {
    expressions.iter().map(|expression| expression.levels).max().unwrap_or(0)
}
