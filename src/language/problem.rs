//! Errors in a text, shown in the text.

use std::fmt::{self, Display};

/// A stretch of a text, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Span {
    /// Its first byte.
    pub start: usize,
    /// The first byte behind it.
    pub end: usize,
}

impl Span {
    /// From the beginning of this one to the end of `other`.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start, end: other.end.max(self.start) }
    }
}

/// Something that is wrong in a text, before the place is looked up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Wrong {
    pub span: Span,
    pub message: String,
}

/// An error in a text, or of an evaluation: where, and what is wrong and would be right.
///
/// Its [`Display`] has a line with the place and the message, the line of the text, and a mark under the place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// The error and what would be right, in a sentence.
    pub message: String,
    /// The line, or the part of a long one around the place.
    pub excerpt: String,
    /// The number of characters of the excerpt before the mark.
    pub before: usize,
    /// The width of the mark in characters: at least one.
    pub width: usize,
}

/// The most characters of a line that are shown.
const EXCERPT_MAX: usize = 80;

impl TextError {
    pub(super) fn new(text: &str, wrong: Wrong) -> TextError {
        let start = wrong.span.start.min(text.len());
        let begin = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let line = text[..start].matches('\n').count() + 1;
        let place = text[begin..start].chars().count();
        let stop = wrong.span.end.clamp(start, end);
        let width = text[start..stop].chars().count().max(1);
        let whole: Vec<char> = text[begin..end].chars().collect();
        // Of a long line, what stands around the place.
        let first = if whole.len() <= EXCERPT_MAX { 0 } else { place.saturating_sub(EXCERPT_MAX / 2) };
        let last = whole.len().min(first + EXCERPT_MAX);
        let shown = whole[first..last].iter().map(|character| if character.is_control() { ' ' } else { *character });
        TextError {
            line,
            column: place + 1,
            message: wrong.message,
            excerpt: shown.collect(),
            before: place - first,
            width: width.min((last + 1).saturating_sub(place).max(1)),
        }
    }
}

impl Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "line {}, column {}: {}", self.line, self.column, self.message)?;
        writeln!(f, "  {}", self.excerpt)?;
        write!(f, "  {}{}", " ".repeat(self.before), "^".repeat(self.width))
    }
}

/// All errors of a text, in the order of their places.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextErrors(pub Vec<TextError>);

impl TextErrors {
    pub(super) fn new(text: &str, mut wrong: Vec<Wrong>) -> TextErrors {
        wrong.sort_by_key(|wrong| wrong.span.start);
        TextErrors(wrong.into_iter().map(|wrong| TextError::new(text, wrong)).collect())
    }
}

impl Display for TextErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, error) in self.0.iter().enumerate() {
            write!(f, "{}{error}", if place == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_under_the_place() {
        let text = "∅ ∪ ∅\nleder ≠ ⊥";
        let span =
            Span { start: text.find("leder").expect("it is there"), end: text.find(" ≠").expect("it is there") };
        let error = TextError::new(text, Wrong { span, message: "no name leder: leader".to_owned() });
        assert_eq!(error.to_string(), "line 2, column 1: no name leder: leader\n  leder ≠ ⊥\n  ^^^^^");
        let end = Span { start: text.len(), end: text.len() };
        assert_eq!((TextError::new(text, Wrong { span: end, message: String::new() })).column, 10);
    }

    #[test]
    fn of_a_long_line_what_stands_around_the_place_is_shown() {
        let text = format!("{}?{}", "a".repeat(200), "b".repeat(200));
        let error = TextError::new(&text, Wrong { span: Span { start: 200, end: 201 }, message: String::new() });
        assert_eq!((error.column, error.excerpt.chars().count()), (201, EXCERPT_MAX));
        assert_eq!(error.excerpt.chars().nth(error.before), Some('?'));
    }
}
