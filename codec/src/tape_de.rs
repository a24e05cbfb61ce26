//! Typed structs out of the tape, by serde.
//!
//! A struct gets the values of the keys that it names, found by the shape of the object; of several equal keys the last, as
//! in JavaScript. All other values are passed over without being read, and texts are borrowed. A value that does not fit
//! its type leaves its neighbours unharmed, so that a field may be tried and done without.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::tape::{FALSE, NIL, TRUE, Value};

/// A value is not what the type wants. It does not say where or why: nobody reads it, and texts cost download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit;

impl fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value does not fit its type")
    }
}

impl std::error::Error for Unfit {}

impl Error for Unfit {
    fn custom<T: fmt::Display>(_: T) -> Unfit {
        Unfit
    }
}

/// Objects are read as structs only: as maps they do not fit.
///
/// ```
/// use serde::Deserialize;
/// use zaqar_codec::scan::Scanner;
///
/// #[derive(Deserialize)]
/// struct Message<'a> {
///     id: &'a str,
///     age: u32,
/// }
///
/// let mut scanner = Scanner::new();
/// let bytes = b"\x83\xa2id\xa17\xa4body\x93\x01\x02\x03\xa3age\x05";
/// scanner.room(bytes.len()).copy_from_slice(bytes);
/// scanner.scan_value().unwrap();
/// let message = Message::deserialize(scanner.value()).unwrap();
/// assert_eq!((message.id, message.age), ("7", 5));
/// ```
impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if let Some(text) = self.as_text() {
            return match std::str::from_utf8(text) {
                Ok(text) => visitor.visit_borrowed_str(text),
                Err(_) => visitor.visit_borrowed_bytes(text),
            };
        }
        if self.is_array() {
            return visitor.visit_seq(Elements(self.items()));
        }
        match self.word() {
            NIL => return visitor.visit_unit(),
            FALSE => return visitor.visit_bool(false),
            TRUE => return visitor.visit_bool(true),
            _ => {}
        }
        match (self.as_integer(), self.as_number()) {
            (Some(integer), _) => visitor.visit_i64(integer),
            (None, Some(number)) => visitor.visit_f64(number),
            (None, None) => Err(Unfit),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        if !self.is_object() {
            return Err(Unfit);
        }
        visitor.visit_seq(Elements::of_struct(names, move |name| self.field(name)))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map enum identifier
    }
}

/// What a list has, or a struct names, for serde.
pub struct Elements<I>(pub I);

impl<T> Elements<std::iter::Empty<T>> {
    /// The values of those keys that a struct names, in its order, for serde's derived visitors take a struct as a sequence, too. A
    /// key that is missing is no element, and what follows it is.
    pub fn of_struct(
        names: &'static [&'static str],
        value_of: impl Fn(&'static str) -> Option<T>,
    ) -> Elements<impl Iterator<Item = T>> {
        let mut names = names.iter();
        Elements(std::iter::from_fn(move || names.next().and_then(|name| value_of(name))))
    }
}

impl<'de, I: Iterator<Item: Deserializer<'de, Error = Unfit>>> SeqAccess<'de> for Elements<I> {
    type Error = Unfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Unfit> {
        self.0.next().map(|element| seed.deserialize(element)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint().1
    }
}
