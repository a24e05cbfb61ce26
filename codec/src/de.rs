//! Values of serde from MessagePack, at the size that the wasm can afford: `rmp-serde`'s decoder has thirty kilobytes of error
//! texts, and here an error says no more than which key is missing.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::msgpack::{Reader, Token};

/// The name of a newtype struct that takes a value's MessagePack as it is: its visitor is given the bytes.
pub const RAW: &str = "zaqar_codec::RAW";

/// The value that these bytes begin with.
///
/// ```
/// use serde::Deserialize;
/// use zaqar_codec::de::{self, Unfit};
///
/// #[derive(Deserialize, Debug, PartialEq)]
/// struct Page {
///     limit: u32,
///     marker: Option<String>,
/// }
///
/// assert_eq!(de::from_slice(b"\x81\xa5limit\x05"), Ok(Page { limit: 5, marker: None }));
/// assert_eq!(de::from_slice::<Page>(b"\x80"), Err(Unfit::Missing("limit")));
/// assert_eq!(de::from_slice::<Page>(b"\x81\xa5limit\xc0"), Err(Unfit::Wrong));
/// ```
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Unfit> {
    T::deserialize(&mut Deserializer { reader: Reader::new(bytes) })
}

/// Why bytes do not make a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// This key is missing.
    Missing(&'static str),
    /// Something has the wrong type, or is no MessagePack at all.
    Wrong,
}

impl fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::Missing(key) => write!(formatter, "{key} is missing"),
            Unfit::Wrong => formatter.write_str("the value cannot be read"),
        }
    }
}

impl std::error::Error for Unfit {}

impl de::Error for Unfit {
    fn custom<T: fmt::Display>(_: T) -> Unfit {
        Unfit::Wrong
    }

    fn missing_field(key: &'static str) -> Unfit {
        Unfit::Missing(key)
    }
}

struct Deserializer<'de> {
    reader: Reader<'de>,
}

impl<'de> Deserializer<'de> {
    fn token(&mut self) -> Result<Token<'de>, Unfit> {
        self.reader.token().ok_or(Unfit::Wrong)
    }

    fn text(&mut self) -> Result<&'de str, Unfit> {
        match self.token()? {
            Token::Text(text) => std::str::from_utf8(text).map_err(|_| Unfit::Wrong),
            _ => Err(Unfit::Wrong),
        }
    }

    fn map(&mut self) -> Result<Nested<'_, 'de>, Unfit> {
        match self.token()? {
            Token::Map(left) => Ok(Nested { deserializer: self, left }),
            _ => Err(Unfit::Wrong),
        }
    }

    fn seq(&mut self) -> Result<Nested<'_, 'de>, Unfit> {
        match self.token()? {
            Token::Array(left) => Ok(Nested { deserializer: self, left }),
            _ => Err(Unfit::Wrong),
        }
    }
}

/// Structs, their keys, lists and texts come as what they are only: what `deserialize_any` would make of the other tokens would be
/// compiled for each type, and is most of the size.
impl<'de> de::Deserializer<'de> for &mut Deserializer<'de> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.token()? {
            Token::Nil => visitor.visit_unit(),
            Token::Boolean(value) => visitor.visit_bool(value),
            Token::Integer(value) => visitor.visit_i64(value),
            Token::Large(value) => visitor.visit_u64(value),
            Token::Float(value) => visitor.visit_f64(value),
            Token::Text(text) => visitor.visit_borrowed_str(std::str::from_utf8(text).map_err(|_| Unfit::Wrong)?),
            Token::Binary(bytes) => visitor.visit_borrowed_bytes(bytes),
            Token::Array(left) => visitor.visit_seq(Nested { deserializer: self, left }),
            Token::Map(left) => visitor.visit_map(Nested { deserializer: self, left }),
            Token::Extension(_) => Err(Unfit::Wrong),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_map(self.map()?)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_seq(self.seq()?)
    }

    /// A key that is there has a value: nil is none that an `Option` takes for its absence.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        match name {
            RAW => visitor.visit_borrowed_bytes(self.reader.value().ok_or(Unfit::Wrong)?),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.reader.value().ok_or(Unfit::Wrong)?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str bytes byte_buf unit unit_struct
        tuple tuple_struct map enum
    }
}

/// What is left of an array or a map.
struct Nested<'a, 'de> {
    deserializer: &'a mut Deserializer<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Nested<'_, 'de> {
    type Error = Unfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unfit> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut *self.deserializer).map(Some)
    }
}

impl<'de> MapAccess<'de> for Nested<'_, 'de> {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unfit> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unfit> {
        seed.deserialize(&mut *self.deserializer)
    }
}
