//! Reading models from files in little code: what `derive(Deserialize)` makes for each type can also read arrays,
//! which no file has, and the page would carry all of it.

use serde::{Deserialize, Deserializer, de};
use std::borrow::Cow;

/// The place of a word in `words`. The error lists them.
pub(super) fn word<'de, D: Deserializer<'de>>(
    deserializer: D,
    words: &'static [&'static str],
) -> Result<usize, D::Error> {
    let text = <Cow<'de, str>>::deserialize(deserializer)?;
    words.iter().position(|word| *word == text).ok_or_else(|| de::Error::unknown_variant(&text, words))
}

/// Reads an enum by its `NAMES`, which stand in the order of its values in `ALL`.
macro_rules! words {
    ($type:ident) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                super::read::word(deserializer, &$type::NAMES).map(|place| $type::ALL[place])
            }
        }
    };
}

/// Reads a struct with these fields. A missing one has its default; an unknown one is an error that lists them.
macro_rules! fields {
    ($type:ident { $($field:ident),* $(,)? }) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Reader;
                impl<'de> serde::de::Visitor<'de> for Reader {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object with named fields")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$type, A::Error> {
                        let mut read = <$type>::default();
                        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
                            match &*name {
                                $(stringify!($field) => read.$field = map.next_value()?,)*
                                name => {
                                    let known = &[$(stringify!($field)),*];
                                    return Err(serde::de::Error::unknown_field(name, known));
                                }
                            }
                        }
                        Ok(read)
                    }
                }
                deserializer.deserialize_map(Reader)
            }
        }
    };
}

pub(crate) use {fields, words};
