//! A JSON text in place: values are spans of it, read by serde when somebody wants to know, and else passed over.
//!
//! As in [`zaqar_codec::tape_de`] a struct gets the values of the keys that it names, of several equal keys the last; and a
//! value that does not fit its type leaves its neighbours unharmed. Levels are passed over without recursion, so depth
//! costs no stack.

use std::borrow::Cow;

use serde::de::{Deserializer, Visitor};
use serde::forward_to_deserialize_any;
use zaqar_codec::tape_de::{Elements, Unfit};

use super::json_text::{each, end_of_text, end_of_value, unescaped};

/// A value of a JSON text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// An object without keys.
    pub const EMPTY: Json<'static> = Json("{}");

    /// The value that a text is, and its fields; `None` if it is no JSON.
    pub fn parse(text: &'a str) -> Option<(Json<'a>, Fields<'a>)> {
        let json = Json(text.trim_matches([' ', '\t', '\n', '\r']));
        let (fields, end) = match json.is_object() {
            true => json.split_object()?,
            false => (Fields::default(), end_of_value(json.text().as_bytes(), 0)?),
        };
        (end == json.text().len()).then_some((json, fields))
    }

    /// Its span of the text.
    pub fn text(self) -> &'a str {
        self.0
    }

    pub fn is_null(self) -> bool {
        self.text() == "null"
    }

    pub fn is_object(self) -> bool {
        self.text().starts_with('{')
    }

    pub fn is_array(self) -> bool {
        self.text().starts_with('[')
    }

    /// Its keys and values; none for other types.
    pub fn fields(self) -> Fields<'a> {
        let split = if self.is_object() { self.split_object() } else { None };
        split.unwrap_or_default().0
    }

    /// Its items; none for other types.
    pub fn items(self) -> Vec<Json<'a>> {
        let mut items = Vec::new();
        if self.is_array() {
            each(self.text().as_bytes(), 0, |start, end| items.push(self.part(start, end)));
        }
        items
    }

    /// The text that it is. A lone surrogate in it is replaced.
    pub fn as_text(self) -> Option<Cow<'a, str>> {
        let inside = self.text().strip_prefix('"')?.strip_suffix('"')?;
        Some(match inside.contains('\\') {
            false => Cow::Borrowed(inside),
            true => Cow::Owned(unescaped(inside)),
        })
    }

    /// The keys and values of what begins as an object, and where it ends.
    fn split_object(self) -> Option<(Fields<'a>, usize)> {
        let (mut fields, mut key) = (Vec::new(), None);
        let end = each(self.text().as_bytes(), 0, |start, end| match key.take() {
            None => key = Some(self.part(start, end)),
            Some(key) => fields.push((key, self.part(start, end))),
        })?;
        Some((Fields(fields), end))
    }

    fn part(self, start: usize, end: usize) -> Json<'a> {
        Json(self.text().get(start..end).unwrap_or_default())
    }

    /// Whether it is this text.
    pub fn is(self, name: &str) -> bool {
        self.as_text().is_some_and(|text| text == name)
    }

    /// The number that JavaScript reads it as, but for the last digits of fractions; `None` also for integers beyond ±2^53, which
    /// are a bigint there.
    pub fn as_number(self) -> Option<f64> {
        const SAFE: f64 = 9_007_199_254_740_991.0;
        let text = self.text().as_bytes();
        let (sign, digits) = match text {
            [b'-', digits @ ..] => (-1.0, digits),
            digits => (1.0, digits),
        };
        digits.first().filter(|first| first.is_ascii_digit())?;
        let number = sign * decimal(digits);
        let is_integer = digits.iter().all(u8::is_ascii_digit);
        (!is_integer || number.abs() <= SAFE).then_some(number)
    }
}

/// A number without its sign. An integer is exact up to 2^53; a fraction, which nobody here calculates with, may be a little off:
/// the standard library's exact parser takes ten kilobytes of tables.
fn decimal(text: &[u8]) -> f64 {
    let mut number = 0.0;
    let mut place = None;
    for (at, byte) in text.iter().enumerate() {
        match (byte, &mut place) {
            (b'0'..=b'9', None) => number = number * 10.0 + f64::from(byte - b'0'),
            (b'0'..=b'9', Some(place)) => {
                *place /= 10.0;
                number += f64::from(byte - b'0') * *place;
            }
            (b'.', _) => place = Some(1.0),
            // an exponent
            _ => return number * 10f64.powi(integer(&text[at + 1..])),
        }
    }
    number
}

fn integer(text: &[u8]) -> i32 {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit());
    let integer =
        digits.fold(0i32, |integer, digit| integer.saturating_mul(10).saturating_add(i32::from(digit - b'0')));
    if text.first() == Some(&b'-') { -integer } else { integer }
}

/// The keys and values of an object, as they stand in the text.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields<'a>(pub Vec<(Json<'a>, Json<'a>)>);

impl<'a> Fields<'a> {
    /// The value of a key; of several, the last, as in JavaScript.
    pub fn get(&self, name: &str) -> Option<Json<'a>> {
        self.0.iter().rev().find(|(key, _)| key.is(name)).map(|(_, value)| *value)
    }
}

impl<'de> Deserializer<'de> for Json<'de> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.as_text() {
            Some(Cow::Borrowed(text)) => return visitor.visit_borrowed_str(text),
            Some(Cow::Owned(text)) => return visitor.visit_string(text),
            None => {}
        }
        if self.is_array() {
            return visitor.visit_seq(Elements(self.items().into_iter()));
        }
        match self.text() {
            "null" => visitor.visit_unit(),
            "false" => visitor.visit_bool(false),
            "true" => visitor.visit_bool(true),
            _ => visitor.visit_f64(self.as_number().ok_or(Unfit)?),
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
        let fields = self.fields();
        visitor.visit_seq(Elements::of_struct(names, move |name| fields.get(name)))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map enum identifier
    }
}

/// The text with numbers of the same length in the place of `NaN` and `Infinity`, which Python writes bare. No age is such a
/// number, for it has a fraction.
pub(super) fn readable(text: &str) -> Cow<'_, str> {
    // the search for a character is fast
    let has =
        |first: char, word: &[u8]| text.match_indices(first).any(|(at, _)| text.as_bytes()[at..].starts_with(word));
    if !has('N', b"NaN") && !has('I', b"Infinity") {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'"' => end_of_text(&bytes, at).unwrap_or(bytes.len()),
            byte if is_of_word(byte) => at + bytes[at..].iter().take_while(|byte| is_of_word(**byte)).count(),
            _ => at + 1,
        };
        match &bytes[at..end] {
            b"NaN" => bytes[at..end].copy_from_slice(b"0.5"),
            b"Infinity" => bytes[at..end].copy_from_slice(b"100000.5"),
            b"-Infinity" => bytes[at..end].copy_from_slice(b"-100000.5"),
            _ => {}
        }
        at = end;
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Whether it may stand in a number or a word.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'_')
}
