//! The language of the textbook's pseudocode, executable: so far its expressions, as properties are made of.
//!
//! A [`Condition`] is read from a text with a [`Vocabulary`], which tells what all errors of the text are, and is
//! evaluated in an [`Environment`]:
//!
//! ```
//! use bivalent::language::{Condition, Vocabulary};
//!
//! let vocabulary =
//!     Vocabulary { processes: 3, names: &[], functions: &[], variables: vec!["leader".into()], texts: Vec::new() };
//! assert!(Condition::read("#({p ∈ Π | leader@p}) ≤ 1", &vocabulary).is_ok());
//! let errors = Condition::read("forall p ∈ Pi : leder@p", &vocabulary).expect_err("a name is unknown");
//! assert_eq!(errors.to_string().lines().next(), Some("line 1, column 17: no variable leder@p: leader@p"));
//! ```

mod value;
mod problem;
mod lexer;
mod syntax;
mod parser;
mod vocabulary;
mod check;
mod eval;

pub use eval::OPERATIONS_MAX;
pub use problem::{Span, TextError, TextErrors};
pub use value::{INTEGER_MAX, Items, LEVELS_MAX, MapEntries, PARTS_MAX, TEXT_BYTES_MAX, Term, TooLarge};
pub use vocabulary::{Environment, Kinds, Signature, Vocabulary};

use eval::Halt;
use problem::Wrong;
use std::sync::Arc;

/// The longest text of an expression or a program, in bytes.
pub const BYTES_MAX: usize = 64 * 1024;

/// A text of the language that is TRUE or FALSE at a moment, read and checked.
#[derive(Clone, Debug)]
pub struct Condition {
    text: Arc<str>,
    expression: Arc<syntax::Expression>,
}

/// The value of a condition at a moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Truth {
    /// It is TRUE.
    True,
    /// It is FALSE; where it begins with `forall`, for these names: `p = p1`.
    False(Option<String>),
    /// It needs a value where there is ⊥: here.
    Unknown(TextError),
    /// It cannot be evaluated: a value of a wrong kind, or a limit.
    Failed(TextError),
}

impl Condition {
    /// Reads a text. The error tells all that is wrong with it, each with its place.
    pub fn read(text: &str, vocabulary: &Vocabulary) -> Result<Condition, TextErrors> {
        let mut wrong = Vec::new();
        if text.len() > BYTES_MAX {
            let message = format!("the text has {} bytes; at most {BYTES_MAX} are read", text.len());
            return Err(TextErrors::new("", vec![Wrong { span: Span::default(), message }]));
        }
        let tokens = lexer::tokens(text, &mut wrong);
        let expression = parser::expression(text, &tokens, &mut wrong);
        check::condition(&expression, vocabulary, &mut wrong);
        if !wrong.is_empty() {
            return Err(TextErrors::new(text, wrong));
        }
        Ok(Condition { text: text.into(), expression: Arc::new(expression) })
    }

    /// The text that it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its value in this environment, which must be one of the vocabulary that it was read with.
    pub fn truth(&self, environment: &dyn Environment) -> Truth {
        match eval::evaluate(&self.expression, environment) {
            Ok(Term::Truth(true)) => Truth::True,
            Ok(Term::Truth(false)) => Truth::False(eval::counterexample(&self.expression, environment)),
            Ok(Term::Bottom) => Truth::Unknown(self.bottom(self.expression.span)),
            Ok(other) => {
                let message = format!("a condition is TRUE or FALSE, and this is {}", other.kind());
                Truth::Failed(TextError::new(&self.text, Wrong { span: self.expression.span, message }))
            }
            Err(Halt::Unknown(span)) => Truth::Unknown(self.bottom(span)),
            Err(Halt::Failed(wrong)) => Truth::Failed(TextError::new(&self.text, wrong)),
        }
    }

    fn bottom(&self, span: Span) -> TextError {
        let written = crate::quote::shortened(&self.text[span.start..span.end]);
        TextError::new(&self.text, Wrong { span, message: format!("{written} is ⊥ here") })
    }
}
