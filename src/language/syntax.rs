//! The tree of an expression: expressions, and the patterns that bind names in them.

use super::problem::Span;
use super::value::Term;
use std::sync::Arc;

/// An expression and its place.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub span: Span,
    /// The number of its levels, itself included.
    pub levels: usize,
    pub kind: ExpressionKind,
}

/// An operation on two values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Binary {
    Implies,
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    In,
    NotIn,
    Subset,
    Range,
    Add,
    Subtract,
    Union,
    Minus,
    Concat,
    Times,
    Div,
    Mod,
    Over,
    Intersection,
}

impl Binary {
    /// Its text.
    pub fn text(self) -> &'static str {
        match self {
            Binary::Implies => "⇒",
            Binary::Or => "∨",
            Binary::And => "∧",
            Binary::Equal => "=",
            Binary::NotEqual => "≠",
            Binary::Less => "<",
            Binary::AtMost => "≤",
            Binary::Greater => ">",
            Binary::AtLeast => "≥",
            Binary::In => "∈",
            Binary::NotIn => "∉",
            Binary::Subset => "⊆",
            Binary::Range => "..",
            Binary::Add => "+",
            Binary::Subtract => "-",
            Binary::Union => "∪",
            Binary::Minus => "∖",
            Binary::Concat => "++",
            Binary::Times => "*",
            Binary::Div => "div",
            Binary::Mod => "mod",
            Binary::Over => "/",
            Binary::Intersection => "∩",
        }
    }

    /// True if it compares two values for equality or order.
    pub fn compares(self) -> bool {
        use Binary::{AtLeast, AtMost, Equal, Greater, Less, NotEqual};
        matches!(self, Equal | NotEqual | Less | AtMost | Greater | AtLeast)
    }
}

/// An operation on one value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unary {
    Not,
    Negate,
    /// `#(S)` and `|S|`.
    Size,
}

/// The way in which the elements of a set are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Quantifier {
    Exists,
    Forall,
    The,
}

/// The collection that a display with a binder makes.
#[derive(Clone, Debug)]
pub(super) enum Collection {
    /// `{e | x ∈ S, C}`.
    Set(Box<Expression>),
    /// `{x ∈ S | C}`: the elements themselves.
    Selection,
    /// `{k ↦ e | x ∈ S}`.
    Map(Box<Expression>, Box<Expression>),
    /// `sum(e | x ∈ S, C)`.
    Sum(Box<Expression>),
}

/// Names that are bound to the elements of a set: `x ∈ S`, `p, q ∈ S`, `[a, b] ∈ S`.
#[derive(Clone, Debug)]
pub(super) struct Binder {
    /// Each of them goes through all elements.
    pub patterns: Vec<TermPattern>,
    pub set: Box<Expression>,
}

impl Binder {
    /// The most levels that its expressions have.
    pub fn levels(&self) -> usize {
        self.patterns.iter().map(TermPattern::levels).fold(self.set.levels, usize::max)
    }
}

#[derive(Clone, Debug)]
pub(super) enum ExpressionKind {
    Literal(Term),
    /// Π.
    Everybody,
    Name(Arc<str>),
    /// `x@p`.
    Of(Arc<str>, Box<Expression>),
    /// `x[k]`.
    At(Box<Expression>, Box<Expression>),
    Call(Arc<str>, Vec<Expression>),
    Unary(Unary, Box<Expression>),
    Binary(Binary, Box<Expression>, Box<Expression>),
    Tuple(Vec<Expression>),
    Set(Vec<Expression>),
    Map(Vec<(Expression, Expression)>, Option<Box<Expression>>),
    /// `[e]^N`.
    Each(Box<Expression>),
    Collect {
        collection: Collection,
        binder: Binder,
        condition: Option<Box<Expression>>,
    },
    Quantified {
        quantifier: Quantifier,
        binder: Binder,
        condition: Box<Expression>,
    },
    If(Box<[Expression; 3]>),
    /// Text that could not be read, and was reported.
    Unread,
}

/// A pattern and its place.
#[derive(Clone, Debug)]
pub(super) struct TermPattern {
    pub span: Span,
    pub kind: PatternKind,
}

impl TermPattern {
    fn levels(&self) -> usize {
        match &self.kind {
            PatternKind::Tuple(parts) => 1 + parts.iter().map(TermPattern::levels).max().unwrap_or(0),
            PatternKind::Equal(value) => value.levels,
            PatternKind::Name(_) | PatternKind::Any | PatternKind::Literal(_) => 0,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum PatternKind {
    /// It binds what it meets.
    Name(Arc<str>),
    /// `_`.
    Any,
    Literal(Term),
    Tuple(Vec<TermPattern>),
    /// `= e`.
    Equal(Box<Expression>),
}
