//! The canonical form of data: little-endian bytes for digests and marshalling, named fields for people.
//!
//! Both come from one walk through serde, so that a protocol describes its state and its messages once, by deriving `Serialize`.
//! The bytes are the same on every machine: integers have a fixed width, lengths are 32 bits, an enum's variant is
//! its number in 32 bits, fields follow each other in their order without names. `derive(Hash)` promises none of
//! that.

use serde::Serialize;
use serde::ser;
use std::any::Any;
use std::fmt::{self, Debug, Display};

/// Where canonical bytes go.
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
    serialize(value, &mut Encoder { form: Form::Bytes(sink) });
}

fn serialize<T: Serialize + ?Sized>(value: &T, encoder: &mut Encoder<'_>) {
    value.serialize(encoder).expect("states and messages are plain data, which always encodes");
}

/// 64 bits over the canonical bytes of `value`.
pub fn digest<T: Serialize + ?Sized>(value: &T) -> u64 {
    let mut digest = Digest::default();
    encode(value, &mut digest);
    digest.finish()
}

/// `value` as a tree of named fields.
pub fn inspect<T: Serialize + ?Sized>(value: &T) -> serde_json::Value {
    let mut tree = Tree::default();
    serialize(value, &mut Encoder { form: Form::Tree(&mut tree) });
    tree.root
}

/// Plain data whose type is erased. It has no `Debug` of its own: the page would carry that of every state.
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

/// What cannot be encoded: nothing that a state or message holds. Its reason is a fixed text, so that the walk through
/// a type has nothing to clean up on its way out.
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

/// Writes one of the two forms. One serializer for both, so that the page carries the walk through each type once.
struct Encoder<'a> {
    form: Form<'a>,
}

enum Form<'a> {
    Bytes(&'a mut dyn Sink),
    Tree(&'a mut Tree),
}

/// A tree that grows: what is open, outermost first, each with the name under which its next part belongs.
#[derive(Default)]
struct Tree {
    root: serde_json::Value,
    open: Vec<(serde_json::Value, String)>,
}

impl Tree {
    fn put(&mut self, value: serde_json::Value) {
        match self.open.last_mut() {
            Some((serde_json::Value::Array(values), _)) => values.push(value),
            Some((serde_json::Value::Object(fields), name)) => {
                fields.insert(std::mem::take(name), value);
            }
            _ => self.root = value,
        }
    }

    fn name(&mut self, name: String) {
        if let Some((_, next)) = self.open.last_mut() {
            *next = name;
        }
    }

    fn close(&mut self) {
        if let Some((value, _)) = self.open.pop() {
            self.put(value);
        }
    }
}

impl Encoder<'_> {
    /// A number of fixed width, or any other leaf.
    fn leaf(&mut self, bytes: &[u8], value: impl FnOnce() -> serde_json::Value) -> Result<(), Unsupported> {
        match &mut self.form {
            Form::Bytes(sink) => sink.write(bytes),
            Form::Tree(tree) => tree.put(value()),
        }
        Ok(())
    }

    /// What only the bytes say.
    fn write(&mut self, bytes: &[u8]) {
        if let Form::Bytes(sink) = &mut self.form {
            sink.write(bytes);
        }
    }

    fn length(&mut self, length: Option<usize>) -> Result<(), Unsupported> {
        let length = length.ok_or(Unsupported("a sequence of unknown length"))?;
        let length = u32::try_from(length).map_err(|_| Unsupported("longer than 32 bits can say"))?;
        self.write(&length.to_le_bytes());
        Ok(())
    }

    /// Begins something with parts, each under a name if `named`. In the tree a variant is an object around it.
    #[inline(never)]
    fn begin(&mut self, variant: Option<(u32, &'static str)>, named: bool) -> Parts<'_> {
        if let Some((index, _)) = variant {
            self.write(&index.to_le_bytes());
        }
        if let Form::Tree(tree) = &mut self.form {
            if let Some((_, variant)) = variant {
                tree.open.push((serde_json::Value::Object(Default::default()), variant.into()));
            }
            let empty = if named {
                serde_json::Value::Object(Default::default())
            } else {
                serde_json::Value::Array(Vec::new())
            };
            tree.open.push((empty, String::new()));
        }
        let form = match &mut self.form {
            Form::Bytes(sink) => Form::Bytes(&mut **sink),
            Form::Tree(tree) => Form::Tree(tree),
        };
        Parts { encoder: Encoder { form }, levels: 1 + u8::from(variant.is_some()) }
    }
}

/// The parts of something that was begun.
struct Parts<'a> {
    encoder: Encoder<'a>,
    /// How much was opened.
    levels: u8,
}

impl<'a> Parts<'a> {
    fn part<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Unsupported> {
        value.serialize(self.under(name))
    }

    /// The encoder for the next part. Not inlined: there are hundreds of parts.
    #[inline(never)]
    fn under(&mut self, name: &'static str) -> &mut Encoder<'a> {
        if let Form::Tree(tree) = &mut self.encoder.form {
            tree.name(name.into());
        }
        &mut self.encoder
    }

    #[inline(never)]
    fn finish(self) -> Result<(), Unsupported> {
        if let Form::Tree(tree) = self.encoder.form {
            (0..self.levels).for_each(|_| tree.close());
        }
        Ok(())
    }
}

macro_rules! integers {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<(), Unsupported> {
            self.leaf(&value.to_le_bytes(), || value.into())
        })*
    };
}

impl<'a> ser::Serializer for &'a mut Encoder<'_> {
    type Ok = ();
    type Error = Unsupported;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    integers!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    );

    fn serialize_bool(self, value: bool) -> Result<(), Unsupported> {
        self.leaf(&[value.into()], || value.into())
    }
    fn serialize_f32(self, value: f32) -> Result<(), Unsupported> {
        self.serialize_f64(value.into())
    }
    fn serialize_f64(self, value: f64) -> Result<(), Unsupported> {
        match &mut self.form {
            Form::Bytes(_) => Err(Unsupported("a floating-point number is not the same on every machine")),
            Form::Tree(tree) => {
                tree.put(value.into());
                Ok(())
            }
        }
    }
    fn serialize_char(self, value: char) -> Result<(), Unsupported> {
        self.leaf(&u32::from(value).to_le_bytes(), || value.to_string().into())
    }
    fn serialize_str(self, value: &str) -> Result<(), Unsupported> {
        self.length(Some(value.len()))?;
        self.leaf(value.as_bytes(), || value.into())
    }
    fn serialize_bytes(self, value: &[u8]) -> Result<(), Unsupported> {
        self.length(Some(value.len()))?;
        self.leaf(value, || value.into())
    }
    fn serialize_none(self) -> Result<(), Unsupported> {
        self.leaf(&[0], || serde_json::Value::Null)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unsupported> {
        self.write(&[1]);
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Unsupported> {
        self.leaf(&[], || serde_json::Value::Null)
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unsupported> {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, index: u32, name: &'static str) -> Result<(), Unsupported> {
        self.leaf(&index.to_le_bytes(), || name.into())
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Unsupported> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unsupported> {
        self.write(&index.to_le_bytes());
        if let Form::Tree(tree) = &mut self.form {
            tree.open.push((serde_json::Value::Object(Default::default()), name.into()));
        }
        value.serialize(&mut *self)?;
        if let Form::Tree(tree) = &mut self.form {
            tree.close();
        }
        Ok(())
    }
    fn serialize_seq(self, length: Option<usize>) -> Result<Parts<'a>, Unsupported> {
        self.length(length)?;
        Ok(self.begin(None, false))
    }
    fn serialize_tuple(self, _: usize) -> Result<Parts<'a>, Unsupported> {
        Ok(self.begin(None, false))
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Unsupported> {
        Ok(self.begin(None, false))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Unsupported> {
        Ok(self.begin(Some((index, name)), false))
    }
    fn serialize_map(self, length: Option<usize>) -> Result<Parts<'a>, Unsupported> {
        self.length(length)?;
        Ok(self.begin(None, true))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Unsupported> {
        Ok(self.begin(None, true))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Unsupported> {
        Ok(self.begin(Some((index, name)), true))
    }
    fn is_human_readable(&self) -> bool {
        matches!(self.form, Form::Tree(_))
    }
}

macro_rules! parts {
    ($($trait:ident: $method:ident($($name:ident)?) under $place:expr;)*) => {
        $(impl ser::$trait for Parts<'_> {
            type Ok = ();
            type Error = Unsupported;
            fn $method<T: Serialize + ?Sized>(&mut self, $($name: &'static str,)? value: &T) -> Result<(), Unsupported> {
                self.part($place, value)
            }
            fn end(self) -> Result<(), Unsupported> {
                self.finish()
            }
        })*
    };
}

parts! {
    SerializeSeq: serialize_element() under "";
    SerializeTuple: serialize_element() under "";
    SerializeTupleStruct: serialize_field() under "";
    SerializeTupleVariant: serialize_field() under "";
    SerializeStruct: serialize_field(name) under name;
    SerializeStructVariant: serialize_field(name) under name;
}

impl ser::SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Unsupported;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unsupported> {
        match &mut self.encoder.form {
            Form::Bytes(_) => key.serialize(&mut self.encoder),
            Form::Tree(tree) => {
                tree.name(match inspect(key) {
                    serde_json::Value::String(text) => text,
                    other => other.to_string(),
                });
                Ok(())
            }
        }
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unsupported> {
        value.serialize(&mut self.encoder)
    }
    fn end(self) -> Result<(), Unsupported> {
        self.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn the_tree_is_that_of_serde_json() {
        #[derive(Serialize)]
        struct Unit;
        #[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
        enum Word {
            Plain,
            Wrapped(u8),
            Tuple(char, (i64, String)),
            Named { deep: Vec<Option<Word>>, none: Option<u8> },
        }
        #[derive(Serialize)]
        struct All {
            unit: Unit,
            words: Vec<Word>,
            numbers: BTreeMap<u16, [bool; 2]>,
            texts: BTreeMap<String, BTreeMap<char, ()>>,
            rate: f64,
            #[serde(skip_serializing_if = "Option::is_none")]
            absent: Option<u8>,
        }
        let named = Word::Named { deep: vec![None, Some(Word::Wrapped(7)), Some(Word::Plain)], none: None };
        let all = All {
            unit: Unit,
            words: vec![Word::Plain, Word::Wrapped(1), Word::Tuple('x', (-5, "y".into())), named],
            numbers: BTreeMap::from([(3, [true, false]), (1, [false, false])]),
            texts: BTreeMap::from([("empty".into(), BTreeMap::new()), ("one".into(), BTreeMap::from([('k', ())]))]),
            rate: 0.25,
            absent: None,
        };
        assert_eq!(inspect(&all), serde_json::to_value(&all).expect("plain data"));
        assert_eq!(inspect(&Word::Wrapped(2)), serde_json::json!({"Wrapped": 2}));
    }

    #[test]
    fn digests_tell_neighbours_apart_and_never_change() {
        assert_ne!(digest(&1u64), digest(&2u64));
        assert_ne!(digest(&(1u8, 2u8)), digest(&(2u8, 1u8)));
        assert_eq!(digest(&42u64), 3_876_524_689_003_384_447);
    }
}
