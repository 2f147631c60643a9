//! The meaning of the names of an expression: those that every expression has, and those of its surroundings.

use super::value::{Term, TooLarge};
use crate::process::ProcessId;
use std::ops::{BitAnd, BitOr};

/// The kinds of values that something can have: a set of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kinds(u16);

impl Kinds {
    /// ⊥.
    pub const BOTTOM: Kinds = Kinds(1);
    /// TRUE or FALSE.
    pub const TRUTH: Kinds = Kinds(1 << 1);
    /// An integer.
    pub const INTEGER: Kinds = Kinds(1 << 2);
    /// A text.
    pub const TEXT: Kinds = Kinds(1 << 3);
    /// A symbol.
    pub const SYMBOL: Kinds = Kinds(1 << 4);
    /// A process.
    pub const PROCESS: Kinds = Kinds(1 << 5);
    /// A tuple.
    pub const TUPLE: Kinds = Kinds(1 << 6);
    /// A set.
    pub const SET: Kinds = Kinds(1 << 7);
    /// A map.
    pub const MAP: Kinds = Kinds(1 << 8);
    /// Any value.
    pub const ANY: Kinds = Kinds((1 << 9) - 1);
    /// The kinds whose elements can be visited.
    pub const ELEMENTS: Kinds = Kinds(Self::TUPLE.0 | Self::SET.0);
    /// The kinds whose elements can be counted.
    pub const COUNTED: Kinds = Kinds(Self::ELEMENTS.0 | Self::MAP.0);

    /// True if there are any in common.
    pub fn meets(self, other: Kinds) -> bool {
        (self & other).0 != 0
    }

    /// The kinds in words, as errors name them: "an integer or a text".
    pub fn text(self) -> String {
        const WORDS: [(Kinds, &str); 9] = [
            (Kinds::BOTTOM, "⊥"),
            (Kinds::TRUTH, "TRUE or FALSE"),
            (Kinds::INTEGER, "an integer"),
            (Kinds::TEXT, "a text"),
            (Kinds::SYMBOL, "a symbol"),
            (Kinds::PROCESS, "a process"),
            (Kinds::TUPLE, "a tuple"),
            (Kinds::SET, "a set"),
            (Kinds::MAP, "a map"),
        ];
        let words = WORDS.iter().filter(|(kind, _)| self.meets(*kind)).map(|(_, word)| *word);
        words.collect::<Vec<&str>>().join(" or ")
    }
}

impl BitOr for Kinds {
    type Output = Kinds;
    fn bitor(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }
}

impl BitAnd for Kinds {
    type Output = Kinds;
    fn bitand(self, other: Kinds) -> Kinds {
        Kinds(self.0 & other.0)
    }
}

/// A function: what it takes and what it gives.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// Its name.
    pub name: &'static str,
    /// An example of a call, for errors.
    pub form: &'static str,
    /// The kinds that each argument may have.
    pub arguments: &'static [Kinds],
    /// The kinds that it may give.
    pub result: Kinds,
}

/// The functions that every expression has.
pub(super) const FUNCTIONS: &[Signature] = &[
    Signature { name: "min", form: "min(S)", arguments: &[Kinds::ELEMENTS], result: Kinds::ANY },
    Signature { name: "max", form: "max(S)", arguments: &[Kinds::ELEMENTS], result: Kinds::ANY },
    Signature { name: "min", form: "min(a, b)", arguments: &[Kinds::ANY, Kinds::ANY], result: Kinds::ANY },
    Signature { name: "max", form: "max(a, b)", arguments: &[Kinds::ANY, Kinds::ANY], result: Kinds::ANY },
    Signature { name: "sum", form: "sum(S)", arguments: &[Kinds::ELEMENTS], result: Kinds::INTEGER },
    Signature { name: "sort", form: "sort(S)", arguments: &[Kinds::ELEMENTS], result: Kinds::TUPLE },
    Signature { name: "hash", form: "hash(v)", arguments: &[Kinds::ANY], result: Kinds::TEXT },
    Signature { name: "len", form: "len(t)", arguments: &[Kinds::TUPLE], result: Kinds::INTEGER },
    Signature { name: "last", form: "last(t)", arguments: &[Kinds::TUPLE], result: Kinds::ANY },
    Signature {
        name: "slice",
        form: "slice(t, i, j)",
        arguments: &[Kinds::TUPLE, Kinds::INTEGER, Kinds::INTEGER],
        result: Kinds::TUPLE,
    },
    Signature { name: "keys", form: "keys(m)", arguments: &[Kinds::MAP], result: Kinds::SET },
    Signature { name: "values", form: "values(m)", arguments: &[Kinds::MAP], result: Kinds::SET },
    Signature { name: "rank", form: "rank(p)", arguments: &[Kinds::PROCESS], result: Kinds::INTEGER },
];

/// The names that an expression may use besides those that every one has.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    /// The number of processes.
    pub processes: usize,
    /// Names of values, each with what it may be.
    pub names: &'static [(&'static str, Kinds)],
    /// Functions.
    pub functions: &'static [Signature],
    /// The variables of processes: `x@p`.
    pub variables: Vec<String>,
    /// The names that a text may be that is given to a function, in [`Vocabulary::functions`], which takes a
    /// [`Kinds::TEXT`].
    pub texts: Vec<String>,
}

/// The meaning of the names of a [`Vocabulary`] at a moment.
pub trait Environment {
    /// The number of processes.
    fn processes(&self) -> usize;

    /// The value of one of the names.
    fn name(&self, name: &str) -> Result<Term, TooLarge>;

    /// A variable of a process; ⊥ where it has none.
    fn variable(&self, name: &str, process: ProcessId) -> Result<Term, TooLarge>;

    /// The value of a function for arguments of the kinds that it takes, of which none is ⊥.
    fn call(&self, function: &str, arguments: &[Term]) -> Result<Term, TooLarge>;
}
