//! The canonical form of data: little-endian bytes for digests and marshalling, named fields for people.
//!
//! Both come from serde, so that a protocol describes its state and its messages once, by deriving `Serialize`. The bytes are the same on every machine: integers have a fixed width, lengths are 32 bits, an enum's variant is
//! its number in 32 bits, fields follow each other in their order without names. `derive(Hash)` promises none of
//! that.

use serde::Serialize;
use serde::ser;
use std::any::Any;
use std::fmt::{self, Debug, Display};

/// A sink of canonical bytes.
pub trait Sink {
    /// Takes the next bytes.
    fn write(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn write(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Counts bytes and keeps none.
#[derive(Default)]
pub struct Count(pub usize);

impl Sink for Count {
    fn write(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }
}

/// A running 64-bit digest: multiply and fold, a word at a time. It guards against accidents, not against forgery.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Digest(u64);

impl Digest {
    /// Takes one word.
    #[inline]
    pub fn word(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(23);
    }

    /// The digest of all words so far.
    pub fn finish(self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

impl Sink for Digest {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
    }
}

/// The canonical bytes of `value` go into `sink`.
pub fn encode<T: Serialize + ?Sized>(value: &T, sink: &mut dyn Sink) {
    value.serialize(&mut Encoder(sink)).expect("states and messages are plain data, which always encodes");
}

/// 64 bits over the canonical bytes of `value`.
pub fn digest<T: Serialize + ?Sized>(value: &T) -> u64 {
    let mut digest = Digest::default();
    encode(value, &mut digest);
    digest.finish()
}

/// `value` as a tree of named fields. The keys of its maps are words, numbers or processes.
pub fn inspect<T: Serialize + ?Sized>(value: &T) -> serde_json::Value {
    serde_json::to_value(value).expect("states and messages are plain data, with keys that can be written as words")
}

/// Serialises data whose type is erased inside other data: named fields for people, canonical bytes for machines.
pub fn embed<S: ser::Serializer>(
    serializer: S,
    inspect: impl FnOnce() -> serde_json::Value,
    encode: impl FnOnce(&mut Vec<u8>),
) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        return inspect().serialize(serializer);
    }
    let mut bytes = Vec::new();
    encode(&mut bytes);
    serializer.serialize_bytes(&bytes)
}

/// Plain data whose type is erased.
pub trait Datum {
    /// A copy.
    fn boxed(&self) -> Box<dyn Datum>;
    /// Same type and equal.
    fn equals(&self, other: &dyn Datum) -> bool;
    /// The canonical bytes go into `sink`.
    fn encode(&self, sink: &mut dyn Sink);
    /// A tree of named fields.
    fn inspect(&self) -> serde_json::Value;
    /// For downcasting.
    fn as_any(&self) -> &dyn Any;
    /// For downcasting.
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

impl<T: Clone + PartialEq + Serialize + 'static> Datum for T {
    fn boxed(&self) -> Box<dyn Datum> {
        Box::new(self.clone())
    }
    fn equals(&self, other: &dyn Datum) -> bool {
        other.as_any().downcast_ref::<T>().is_some_and(|other| other == self)
    }
    fn encode(&self, sink: &mut dyn Sink) {
        encode(self, sink);
    }
    fn inspect(&self) -> serde_json::Value {
        inspect(self)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

impl Debug for Box<dyn Datum> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&(**self).inspect(), f)
    }
}

impl Clone for Box<dyn Datum> {
    fn clone(&self) -> Self {
        (**self).boxed()
    }
}

impl PartialEq for Box<dyn Datum> {
    fn eq(&self, other: &Self) -> bool {
        (**self).equals(&**other)
    }
}

/// A value that cannot be encoded: none that a state or message holds. Its reason is a fixed text, so that the walk
/// through a type has nothing to clean up on its way out.
#[derive(Clone, Copy, Debug)]
pub struct Unsupported(&'static str);

impl Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unsupported {}

impl ser::Error for Unsupported {
    fn custom<T: Display>(_: T) -> Self {
        Unsupported("a type does not want to be written")
    }
}

/// Writes the canonical bytes.
struct Encoder<'a>(&'a mut dyn Sink);

impl Encoder<'_> {
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Unsupported> {
        self.0.write(bytes);
        Ok(())
    }

    fn length(&mut self, length: Option<usize>) -> Result<(), Unsupported> {
        let length = length.ok_or(Unsupported("a sequence of unknown length"))?;
        let length = u32::try_from(length).map_err(|_| Unsupported("longer than 32 bits can say"))?;
        self.bytes(&length.to_le_bytes())
    }
}

macro_rules! integers {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<(), Unsupported> {
            self.bytes(&value.to_le_bytes())
        })*
    };
}

impl ser::Serializer for &mut Encoder<'_> {
    type Ok = ();
    type Error = Unsupported;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    integers!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    );

    fn serialize_bool(self, value: bool) -> Result<(), Unsupported> {
        self.bytes(&[value.into()])
    }
    fn serialize_f32(self, value: f32) -> Result<(), Unsupported> {
        self.serialize_f64(value.into())
    }
    fn serialize_f64(self, _: f64) -> Result<(), Unsupported> {
        Err(Unsupported("a floating-point number is not the same on every machine"))
    }
    fn serialize_char(self, value: char) -> Result<(), Unsupported> {
        self.serialize_u32(value.into())
    }
    fn serialize_str(self, value: &str) -> Result<(), Unsupported> {
        self.serialize_bytes(value.as_bytes())
    }
    fn serialize_bytes(self, value: &[u8]) -> Result<(), Unsupported> {
        self.length(Some(value.len()))?;
        self.bytes(value)
    }
    fn serialize_none(self) -> Result<(), Unsupported> {
        self.bytes(&[0])
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unsupported> {
        self.bytes(&[1])?;
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Unsupported> {
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unsupported> {
        Ok(())
    }
    fn serialize_unit_variant(self, _: &'static str, index: u32, _: &'static str) -> Result<(), Unsupported> {
        self.serialize_u32(index)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Unsupported> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unsupported> {
        self.bytes(&index.to_le_bytes())?;
        value.serialize(self)
    }
    fn serialize_seq(self, length: Option<usize>) -> Result<Self, Unsupported> {
        self.length(length)?;
        Ok(self)
    }
    fn serialize_tuple(self, _: usize) -> Result<Self, Unsupported> {
        Ok(self)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Unsupported> {
        Ok(self)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Unsupported> {
        self.bytes(&index.to_le_bytes())?;
        Ok(self)
    }
    fn serialize_map(self, length: Option<usize>) -> Result<Self, Unsupported> {
        self.length(length)?;
        Ok(self)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Unsupported> {
        Ok(self)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Unsupported> {
        self.bytes(&index.to_le_bytes())?;
        Ok(self)
    }
    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Parts follow each other in their order, without names.
macro_rules! parts {
    ($($trait:ident: $($method:ident($($name:ident)?)),+;)*) => {
        $(impl ser::$trait for &mut Encoder<'_> {
            type Ok = ();
            type Error = Unsupported;
            $(fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($name: &'static str,)?
                value: &T,
            ) -> Result<(), Unsupported> {
                value.serialize(&mut **self)
            })+
            fn end(self) -> Result<(), Unsupported> {
                Ok(())
            }
        })*
    };
}

parts! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeMap: serialize_key(), serialize_value();
    SerializeStruct: serialize_field(_name);
    SerializeStructVariant: serialize_field(_name);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::ProcessId;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    enum Example {
        Pair { first: u16, second: Option<bool> },
    }

    #[test]
    fn bytes_are_little_endian_fixed_width_and_without_names() {
        let mut bytes = Vec::new();
        encode(&Example::Pair { first: 0x0102, second: Some(true) }, &mut bytes);
        assert_eq!(bytes, [0, 0, 0, 0, 2, 1, 1, 1]);
    }

    #[test]
    fn maps_and_texts_say_their_length() {
        let mut bytes = Vec::new();
        encode(&BTreeMap::from([(7u8, "ab")]), &mut bytes);
        assert_eq!(bytes, [1, 0, 0, 0, 7, 2, 0, 0, 0, b'a', b'b']);
    }

    #[test]
    fn a_tree_has_named_fields_and_every_key_as_a_word() {
        #[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
        enum Word {
            Plain,
        }
        let keyed = (
            BTreeMap::from([(ProcessId(2), Example::Pair { first: 7, second: None })]),
            BTreeMap::from([(3u64, [true])]),
            BTreeMap::from([(false, "no")]),
            BTreeMap::from([(Word::Plain, 'x')]),
        );
        let pair = serde_json::json!({"Pair": {"first": 7, "second": null}});
        let tree = serde_json::json!([{"p2": pair}, {"3": [true]}, {"false": "no"}, {"Plain": "x"}]);
        assert_eq!(inspect(&keyed), tree);
    }

    #[test]
    fn digests_tell_neighbours_apart_and_never_change() {
        assert_ne!(digest(&1u64), digest(&2u64));
        assert_ne!(digest(&(1u8, 2u8)), digest(&(2u8, 1u8)));
        assert_eq!(digest(&42u64), 3_876_524_689_003_384_447);
    }
}
