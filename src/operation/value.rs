//! Arguments and results of operations: plain data with one order and one canonical form.

use crate::quote::shortened;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt::{self, Debug, Display};
use std::rc::Rc;

/// The greatest depth to which lists and maps of a value that is read may lie in each other.
pub const NESTING_MAX: usize = 32;

/// An argument or a result of an operation.
///
/// Two values are equal if they are written alike; there is no arithmetic on numbers with a fraction.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum OperationValue {
    /// Nothing: `null` in JSON, `nil` in EDN. It is what a register holds before the first write.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number that is no whole number of 64 bits, as it was written.
    Number(Rc<str>),
    /// A text; a keyword of EDN is a text without its colon.
    Text(Rc<str>),
    /// A list.
    List(Rc<[OperationValue]>),
    /// Values by name.
    Map(Rc<BTreeMap<Rc<str>, OperationValue>>),
}

impl OperationValue {
    /// The whole number, where the value is one.
    pub fn integer(&self) -> Option<i64> {
        match self {
            OperationValue::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The text, where the value is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            OperationValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The parts, where the value is a list.
    pub fn list(&self) -> Option<&[OperationValue]> {
        match self {
            OperationValue::List(parts) => Some(parts),
            _ => None,
        }
    }

    /// The value as it is written in JSON, at most [`crate::quote::QUOTED_MAX`] characters of it: for errors.
    pub fn quoted(&self) -> String {
        shortened(&self.to_string()).into_owned()
    }
}

impl From<()> for OperationValue {
    fn from((): ()) -> Self {
        OperationValue::Null
    }
}

impl From<bool> for OperationValue {
    fn from(value: bool) -> Self {
        OperationValue::Bool(value)
    }
}

impl From<i64> for OperationValue {
    fn from(number: i64) -> Self {
        OperationValue::Integer(number)
    }
}

impl From<i32> for OperationValue {
    fn from(number: i32) -> Self {
        OperationValue::Integer(number.into())
    }
}

impl From<&str> for OperationValue {
    fn from(text: &str) -> Self {
        OperationValue::Text(text.into())
    }
}

impl<const N: usize> From<[OperationValue; N]> for OperationValue {
    fn from(parts: [OperationValue; N]) -> Self {
        OperationValue::List(parts.into())
    }
}

impl From<Vec<OperationValue>> for OperationValue {
    fn from(parts: Vec<OperationValue>) -> Self {
        OperationValue::List(parts.into())
    }
}

impl From<serde_json::Value> for OperationValue {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => OperationValue::Null,
            serde_json::Value::Bool(value) => OperationValue::Bool(value),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(number) => OperationValue::Integer(number),
                None => OperationValue::Number(number.to_string().into()),
            },
            serde_json::Value::String(text) => OperationValue::Text(text.into()),
            serde_json::Value::Array(parts) => {
                OperationValue::List(parts.into_iter().map(OperationValue::from).collect())
            }
            serde_json::Value::Object(parts) => {
                let parts = parts.into_iter().map(|(name, value)| (name.into(), value.into()));
                OperationValue::Map(Rc::new(parts.collect()))
            }
        }
    }
}

/// For people and documents the value as JSON has it; for canonical bytes with its kind before it.
impl Serialize for OperationValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return match self {
                OperationValue::Null => serializer.serialize_unit(),
                OperationValue::Bool(value) => serializer.serialize_bool(*value),
                OperationValue::Integer(number) => serializer.serialize_i64(*number),
                OperationValue::Number(text) => match text.parse::<serde_json::Number>() {
                    Ok(number) => number.serialize(serializer),
                    Err(_) => serializer.serialize_str(text),
                },
                OperationValue::Text(text) => serializer.serialize_str(text),
                OperationValue::List(parts) => parts.serialize(serializer),
                OperationValue::Map(parts) => parts.serialize(serializer),
            };
        }
        match self {
            OperationValue::Null => (0u8, ()).serialize(serializer),
            OperationValue::Bool(value) => (1u8, value).serialize(serializer),
            OperationValue::Integer(number) => (2u8, number).serialize(serializer),
            OperationValue::Number(text) => (3u8, text).serialize(serializer),
            OperationValue::Text(text) => (4u8, text).serialize(serializer),
            OperationValue::List(parts) => (5u8, parts).serialize(serializer),
            OperationValue::Map(parts) => (6u8, parts).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for OperationValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_json::Value::deserialize(deserializer).map(OperationValue::from)
    }
}

/// As JSON has it.
impl Display for OperationValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OperationValue::Number(text) => f.write_str(text),
            _ => f.write_str(&serde_json::to_string(self).expect("plain data with texts as keys")),
        }
    }
}

impl Debug for OperationValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon;

    #[test]
    fn values_come_back_from_json_and_are_written_as_json() {
        for text in
            ["null", "true", "-7", "\"Zoë £\"", "[1,[2,null]]", "{\"a\":1,\"b\":[]}", "1.5", "18446744073709551615"]
        {
            let value: OperationValue = serde_json::from_str(text).expect("it is JSON");
            assert_eq!(value.to_string(), text);
            assert_eq!(serde_json::to_string(&value).expect("plain data"), text);
        }
    }

    #[test]
    fn canonical_bytes_tell_kinds_apart() {
        let list = OperationValue::from([1.into()]);
        let all: [OperationValue; 7] = [().into(), false.into(), 0.into(), "".into(), "0".into(), list, "1.5".into()];
        let number: OperationValue = serde_json::from_str("1.5").expect("it is JSON");
        let bytes = |value: &OperationValue| {
            let mut bytes = Vec::new();
            canon::encode(value, &mut bytes);
            bytes
        };
        let mut seen: Vec<Vec<u8>> = all.iter().chain([&number]).map(bytes).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 8);
    }
}
