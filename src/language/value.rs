//! The values of the language: compared by structure, totally ordered, and never large.

use crate::process::ProcessId;
use std::cmp::Ordering;
use std::fmt::{self, Display, Write};
use std::sync::Arc;

/// The largest integer; the smallest is its negative.
pub const INTEGER_MAX: i64 = (1 << 53) - 1;

/// The longest text, in bytes.
pub const TEXT_BYTES_MAX: usize = 1_000;

/// The most parts of a value, those of all levels counted.
pub const PARTS_MAX: usize = 10_000;

/// The greatest depth of nested values: what compares, writes or frees one calls itself as often.
pub const LEVELS_MAX: usize = 100;

/// A value. The order of the variants is the order of values.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Term {
    /// ⊥: no value.
    Bottom,
    /// FALSE or TRUE.
    Truth(bool),
    /// From −[`INTEGER_MAX`] to [`INTEGER_MAX`]; bits are 0 and 1.
    Integer(i64),
    /// At most [`TEXT_BYTES_MAX`] bytes, ordered by bytes.
    Text(Arc<str>),
    /// A name in capitals that stands for itself.
    Symbol(Arc<str>),
    /// p0, p1, …
    Process(ProcessId),
    /// Ordered place by place, then the shorter first.
    Tuple(Arc<Items>),
    /// A finite set, as its sorted tuple.
    Set(Arc<Items>),
    /// A map that is not empty, or has a default.
    Map(Arc<MapEntries>),
}

/// The reason that there is no such value: a limit of [`Term`], in words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLarge(&'static str);

impl Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The size of a value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
struct Extent {
    parts: usize,
    levels: usize,
}

impl Extent {
    fn of<'a>(items: impl Iterator<Item = &'a Term>) -> Result<Extent, TooLarge> {
        let mut extent = Extent::default();
        for item in items {
            let inner = item.extent();
            extent.parts += 1 + inner.parts;
            extent.levels = extent.levels.max(inner.levels);
            if extent.parts > PARTS_MAX {
                return Err(TooLarge("a value has at most 10,000 parts, all levels counted"));
            }
        }
        extent.levels += 1;
        if extent.levels > LEVELS_MAX {
            return Err(TooLarge("values are nested at most 100 deep"));
        }
        Ok(extent)
    }
}

/// The elements of a tuple or a set.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Items {
    items: Vec<Term>,
    extent: Extent,
}

/// The entries of a map by key, and what it has at all other keys.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct MapEntries {
    entries: Vec<(Term, Term)>,
    default: Term,
    extent: Extent,
}

impl Term {
    /// An integer. The error says that it is too large.
    pub fn integer(number: i128) -> Result<Term, TooLarge> {
        match i64::try_from(number) {
            Ok(small) if small.unsigned_abs() <= INTEGER_MAX as u64 => Ok(Term::Integer(small)),
            _ => Err(TooLarge("integers go from −(2^53 − 1) to 2^53 − 1")),
        }
    }

    /// A number of things.
    pub fn count(count: usize) -> Term {
        Term::Integer(i64::try_from(count).expect("what is counted fits into memory"))
    }

    /// A text. The error says that it is too long.
    pub fn text(text: &str) -> Result<Term, TooLarge> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(TooLarge("a text has at most 1,000 bytes"));
        }
        Ok(Term::Text(text.into()))
    }

    /// The tuple of these, in their order.
    pub fn tuple(items: Vec<Term>) -> Result<Term, TooLarge> {
        let extent = Extent::of(items.iter())?;
        Ok(Term::Tuple(Arc::new(Items { items, extent })))
    }

    /// The set of these, in any order, repeated or not.
    pub fn set(mut items: Vec<Term>) -> Result<Term, TooLarge> {
        items.sort_unstable();
        items.dedup();
        let extent = Extent::of(items.iter())?;
        Ok(Term::Set(Arc::new(Items { items, extent })))
    }

    /// The map with these entries, of which a later one replaces an earlier one with its key, and with `default` at
    /// every other key. MapEntries equal to the default are not held; a map without entries and default is ∅.
    pub fn map(mut entries: Vec<(Term, Term)>, default: Term) -> Result<Term, TooLarge> {
        // The last of equal keys comes first, and is kept.
        entries.reverse();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        entries.dedup_by(|(next, _), (first, _)| next == first);
        entries.retain(|(_, value)| *value != default);
        if entries.is_empty() && default == Term::Bottom {
            return Term::set(Vec::new());
        }
        let parts = entries.iter().flat_map(|(key, value)| [key, value]).chain([&default]);
        let extent = Extent::of(parts)?;
        Ok(Term::Map(Arc::new(MapEntries { entries, default, extent })))
    }

    fn extent(&self) -> Extent {
        match self {
            Term::Tuple(items) | Term::Set(items) => items.extent,
            Term::Map(entries) => entries.extent,
            _ => Extent::default(),
        }
    }

    /// The number of its parts, those of all levels counted.
    pub fn parts(&self) -> usize {
        self.extent().parts
    }

    /// The elements of a set or a tuple, in their order.
    pub fn items(&self) -> Option<&[Term]> {
        match self {
            Term::Tuple(items) | Term::Set(items) => Some(&items.items),
            _ => None,
        }
    }

    /// The entries of a map, in the order of keys, and its default. ∅ is the empty map.
    pub fn entries(&self) -> Option<(&[(Term, Term)], &Term)> {
        match self {
            Term::Map(map) => Some((&map.entries, &map.default)),
            Term::Set(items) if items.items.is_empty() => Some((&[], &Term::Bottom)),
            _ => None,
        }
    }

    /// The value of a map at `key`, or of a tuple at this place, counted from 1; ⊥ outside. `None` of anything else.
    pub fn at(&self, key: &Term) -> Option<Term> {
        if let Some((entries, default)) = self.entries() {
            let found = entries.binary_search_by(|(known, _)| known.cmp(key));
            return Some(found.map_or_else(|_| default.clone(), |place| entries[place].1.clone()));
        }
        match (self, key) {
            (Term::Tuple(items), Term::Integer(place)) => {
                let item = usize::try_from(*place).ok().and_then(|place| items.items.get(place.checked_sub(1)?));
                Some(item.cloned().unwrap_or(Term::Bottom))
            }
            _ => None,
        }
    }

    /// The order of `<` and `≤`: of two integers, texts, processes or tuples, and of maps entry by entry, where two may
    /// be incomparable (`Some(None)`). `None` where the language compares no such values.
    pub fn compare(&self, other: &Term) -> Option<Option<Ordering>> {
        match (self, other) {
            (Term::Integer(_), Term::Integer(_))
            | (Term::Text(_), Term::Text(_))
            | (Term::Process(_), Term::Process(_))
            | (Term::Tuple(_), Term::Tuple(_)) => Some(Some(self.cmp(other))),
            _ => {
                let ((mine, my_default), (theirs, default)) = (self.entries()?, other.entries()?);
                let keys = mine.iter().chain(theirs).map(|(key, _)| key);
                let values = |key| Some(self.at(key)?.cmp(&other.at(key)?));
                let mut all = keys.filter_map(values).chain([my_default.cmp(default)]).collect::<Vec<_>>();
                all.retain(|order| order.is_ne());
                let first = all.first().copied().unwrap_or(Ordering::Equal);
                Some(all.iter().all(|order| *order == first).then_some(first))
            }
        }
    }

    /// Its kind in words, as errors name it: "an integer".
    pub fn kind(&self) -> &'static str {
        match self {
            Term::Bottom => "⊥",
            Term::Truth(_) => "TRUE or FALSE",
            Term::Integer(_) => "an integer",
            Term::Text(_) => "a text",
            Term::Symbol(_) => "a symbol",
            Term::Process(_) => "a process",
            Term::Tuple(_) => "a tuple",
            Term::Set(_) => "a set",
            Term::Map(_) => "a map",
        }
    }
}

/// A state or a message of the inspector as a value: `null` is ⊥, "p2" is a process, a word that is written
/// like an integer is one, other words are texts; lists are tuples; named fields are a map. The error says which limit it exceeds.
impl TryFrom<&serde_json::Value> for Term {
    type Error = TooLarge;

    fn try_from(shown: &serde_json::Value) -> Result<Term, TooLarge> {
        fn word(text: &str) -> Result<Term, TooLarge> {
            let digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            if let Some(number) = text.strip_prefix('p').filter(|number| digits(number) && number.len() <= 3) {
                return Ok(Term::Process(ProcessId(number.parse().expect("three digits at most"))));
            }
            // Values have no other form for integers than words.
            let number = text.parse::<i64>().ok().filter(|number| number.to_string() == text);
            number.map_or_else(|| Term::text(text), |number| Term::integer(number.into()))
        }
        match shown {
            serde_json::Value::Null => Ok(Term::Bottom),
            serde_json::Value::Bool(truth) => Ok(Term::Truth(*truth)),
            serde_json::Value::Number(number) => {
                let number = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
                Term::integer(number.unwrap_or(i128::MAX))
            }
            serde_json::Value::String(text) => word(text),
            serde_json::Value::Array(items) => Term::tuple(items.iter().map(Term::try_from).collect::<Result<_, _>>()?),
            serde_json::Value::Object(fields) => {
                let entry = |(name, value): (&String, _)| Ok((word(name)?, Term::try_from(value)?));
                Term::map(fields.iter().map(entry).collect::<Result<_, _>>()?, Term::Bottom)
            }
        }
    }
}

/// A text of the language that is read as the same value.
impl Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, items: &[Term]| {
            items.iter().enumerate().try_for_each(|(place, item)| {
                f.write_str(if place == 0 { "" } else { ", " })?;
                item.fmt(f)
            })
        };
        match self {
            Term::Bottom => f.write_str("⊥"),
            Term::Truth(truth) => f.write_str(if *truth { "TRUE" } else { "FALSE" }),
            Term::Integer(number) => number.fmt(f),
            Term::Text(text) => {
                f.write_char('"')?;
                for character in text.chars() {
                    match character {
                        '"' => f.write_str("\\\"")?,
                        '\\' => f.write_str("\\\\")?,
                        '\n' => f.write_str("\\n")?,
                        other => f.write_char(other)?,
                    }
                }
                f.write_char('"')
            }
            Term::Symbol(name) => f.write_str(name),
            Term::Process(process) => process.fmt(f),
            Term::Tuple(items) => {
                f.write_char('[')?;
                list(f, &items.items)?;
                f.write_char(']')
            }
            Term::Set(items) if items.items.is_empty() => f.write_str("∅"),
            Term::Set(items) => {
                f.write_char('{')?;
                list(f, &items.items)?;
                f.write_char('}')
            }
            Term::Map(map) => {
                f.write_char('{')?;
                for (place, (key, value)) in map.entries.iter().enumerate() {
                    write!(f, "{}{key} ↦ {value}", if place == 0 { "" } else { ", " })?;
                }
                if map.default != Term::Bottom {
                    write!(f, "{}_ ↦ {}", if map.entries.is_empty() { "" } else { ", " }, map.default)?;
                }
                f.write_char('}')
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integers(numbers: &[i64]) -> Vec<Term> {
        numbers.iter().copied().map(Term::Integer).collect()
    }

    #[test]
    fn everything_is_totally_ordered() {
        let symbol = |name: &str| Term::Symbol(name.into());
        let text = |text: &str| Term::text(text).expect("short");
        let tuple = |numbers| Term::tuple(integers(numbers)).expect("small");
        let set = |numbers| Term::set(integers(numbers)).expect("small");
        let map =
            |key, value, default| Term::map(vec![(Term::Integer(key), Term::Integer(value))], default).expect("small");
        let ascending = [
            Term::Bottom,
            Term::Truth(false),
            Term::Truth(true),
            Term::Integer(-INTEGER_MAX),
            Term::Integer(-1),
            Term::Integer(2),
            text(""),
            text("Z"),
            text("a"),
            text("é"),
            symbol("ACK"),
            symbol("NACK"),
            Term::Process(ProcessId(2)),
            Term::Process(ProcessId(10)),
            tuple(&[]),
            tuple(&[1]),
            tuple(&[1, 0]),
            tuple(&[2]),
            set(&[]),
            set(&[3, 1]),
            set(&[2]),
            map(1, 1, Term::Bottom),
            map(1, 1, Term::Integer(0)),
            map(1, 2, Term::Bottom),
        ];
        for (place, one) in ascending.iter().enumerate() {
            for (other_place, other) in ascending.iter().enumerate() {
                assert_eq!(one.cmp(other), place.cmp(&other_place), "{one} and {other}");
            }
        }
    }

    #[test]
    fn maps_hold_no_defaults_and_the_empty_one_is_the_empty_set() {
        let entry = |key: i64, value: Term| (Term::Integer(key), value);
        let zero = || Term::Integer(0);
        let map = Term::map(vec![entry(2, zero()), entry(1, zero()), entry(1, Term::Truth(true))], zero());
        let map = map.expect("small");
        assert_eq!(map.to_string(), "{1 ↦ TRUE, _ ↦ 0}");
        assert_eq!((map.at(&Term::Integer(1)), map.at(&Term::Integer(7))), (Some(Term::Truth(true)), Some(zero())));
        assert_eq!(Term::map(vec![entry(1, Term::Bottom)], Term::Bottom), Term::set(Vec::new()));
    }

    #[test]
    fn maps_are_compared_entry_by_entry() {
        let clock = |entries: &[i64]| {
            let entries = entries.iter().zip(0..).map(|(value, key)| (Term::Integer(key), Term::Integer(*value)));
            Term::map(entries.collect(), Term::Integer(0)).expect("small")
        };
        let order = |one: &[i64], other: &[i64]| clock(one).compare(&clock(other)).expect("maps are compared");
        assert_eq!(order(&[1, 2], &[1, 2]), Some(Ordering::Equal));
        assert_eq!(order(&[1, 0], &[1, 2]), Some(Ordering::Less));
        assert_eq!(order(&[1, 2, 3], &[1, 2]), Some(Ordering::Greater));
        assert_eq!(order(&[1, 0], &[0, 1]), None);
        assert_eq!(Term::Truth(false).compare(&Term::Truth(true)), None);
        assert_eq!(Term::set(integers(&[1])).expect("small").compare(&Term::set(integers(&[2])).expect("small")), None);
    }

    #[test]
    fn nothing_is_larger_than_the_limits() {
        assert_eq!(Term::integer(INTEGER_MAX.into()), Ok(Term::Integer(INTEGER_MAX)));
        assert!(Term::integer(i128::from(INTEGER_MAX) + 1).is_err() && Term::integer(-(1 << 53)).is_err());
        assert!(Term::text(&"x".repeat(1_000)).is_ok() && Term::text(&"x".repeat(1_001)).is_err());
        let wide = Term::tuple(vec![Term::Bottom; 4_999]).expect("as many as allowed");
        assert_eq!(Term::tuple(vec![wide.clone(), wide.clone()]).map(|both| both.parts()), Ok(10_000));
        assert!(Term::tuple(vec![wide.clone(), wide, Term::Bottom]).is_err());
        let nested = |levels| (0..levels).try_fold(Term::Bottom, |inner, _| Term::tuple(vec![inner]));
        assert!(nested(LEVELS_MAX).is_ok() && nested(LEVELS_MAX + 1).is_err());
    }

    #[test]
    fn what_the_inspector_shows_is_a_value() {
        let shown = serde_json::json!({"phase": "Ready", "vote": "1", "leader": "p2", "none": null, "acks": {"p0": [3]},
            "by_round": {"12": true}});
        let term = Term::try_from(&shown).expect("small");
        let expected = "{\"acks\" ↦ {p0 ↦ [3]}, \"by_round\" ↦ {12 ↦ TRUE}, \"leader\" ↦ p2, \"phase\" ↦ \"Ready\", \
            \"vote\" ↦ 1}";
        assert_eq!(term.to_string(), expected);
        assert!(Term::try_from(&serde_json::json!(1u64 << 60)).is_err());
    }
}
