//! A JSON text in place: values are spans of it, read by serde when somebody wants to know, and else passed over.
//!
//! As in [`zaqar_codec::tape_de`] a struct gets the values of the keys that it names, of several equal keys the last; and a
//! value that does not fit its type leaves its neighbours unharmed. Levels are passed over without recursion, so depth
//! costs no stack.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;
use zaqar_codec::tape_de::Unfit;

use super::json;

/// A value of a JSON text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// An object without keys.
    pub const EMPTY: Json<'static> = Json("{}");

    /// The value that a text is, and its fields; `None` if it is no JSON.
    pub fn parse(text: &'a str) -> Option<(Json<'a>, Fields<'a>)> {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        let fields = match text.starts_with('{') {
            true => serde_json::from_str(text).ok()?,
            false => serde_json::from_str::<&RawValue>(text).ok().map(|_| Fields::default())?,
        };
        Some((Json(text), fields))
    }

    fn of(value: &'a RawValue) -> Json<'a> {
        Json(value.get())
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
        serde_json::from_str(self.text()).unwrap_or_default()
    }

    /// Its items; none for other types.
    pub fn items(self) -> Vec<Json<'a>> {
        let items: Vec<&RawValue> = serde_json::from_str(self.text()).unwrap_or_default();
        items.into_iter().map(Json::of).collect()
    }

    /// The text that it is. A lone surrogate in it is replaced.
    pub fn as_text(self) -> Option<Cow<'a, str>> {
        let inside = self.text().strip_prefix('"')?.strip_suffix('"')?;
        if !inside.contains('\\') {
            return Some(Cow::Borrowed(inside));
        }
        // as bytes, in which serde_json lets surrogates pass
        let Unescaped(bytes) = serde_json::from_str(self.text()).ok()?;
        Some(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()))
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
    let integer = digits.fold(0i32, |integer, digit| integer.saturating_mul(10).saturating_add(i32::from(digit - b'0')));
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

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fields<'de>, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields<'de>, M::Error> {
        let mut fields = Vec::new();
        while let Some((key, value)) = map.next_entry()? {
            fields.push((Json::of(key), Json::of(value)));
        }
        Ok(Fields(fields))
    }
}

/// The bytes of a text with escapes.
struct Unescaped(Vec<u8>);

impl<'de> Deserialize<'de> for Unescaped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Unescaped, D::Error> {
        deserializer.deserialize_bytes(UnescapedVisitor)
    }
}

struct UnescapedVisitor;

impl Visitor<'_> for UnescapedVisitor {
    type Value = Unescaped;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Unescaped, E> {
        Ok(Unescaped(bytes.to_vec()))
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
            return visitor.visit_seq(Items(self.items().into_iter()));
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
        visitor.visit_map(Named { fields: self.fields(), names: names.iter(), value: None })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map enum identifier
    }
}

/// The values of those keys that a struct names.
struct Named<'a> {
    fields: Fields<'a>,
    names: std::slice::Iter<'static, &'static str>,
    value: Option<Json<'a>>,
}

impl<'de> MapAccess<'de> for Named<'de> {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unfit> {
        for name in self.names.by_ref() {
            self.value = self.fields.get(name);
            if self.value.is_some() {
                let key: StrDeserializer<'_, Unfit> = name.into_deserializer();
                return seed.deserialize(key).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Unfit> {
        seed.deserialize(self.value.take().ok_or(Unfit)?)
    }
}

struct Items<'a>(std::vec::IntoIter<Json<'a>>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Unfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Unfit> {
        self.0.next().map(|item| seed.deserialize(item)).transpose()
    }
}

/// Writes JSON. A comma is set before what follows another item or field.
#[derive(Default)]
pub(super) struct Writer(pub String);

impl Writer {
    /// JSON as it is.
    pub fn raw(&mut self, json: &str) {
        self.0.push_str(json);
    }

    pub fn text(&mut self, text: &str) {
        // a text always has a JSON
        self.raw(&json::write(&text).unwrap_or_default());
    }

    pub fn text_or_null(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.raw("null"),
        }
    }

    /// An object of the fields that are written within.
    pub fn object(&mut self, fields: impl FnOnce(&mut Writer)) {
        self.raw("{");
        fields(self);
        self.raw("}");
    }

    pub fn list<T>(&mut self, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Writer, T)) {
        self.raw("[");
        for item in items {
            self.separate();
            write(self, item);
        }
        self.raw("]");
    }

    /// The key of the value that is written next; it needs no escapes.
    pub fn key(&mut self, name: &str) {
        self.separate();
        self.raw("\"");
        self.raw(name);
        self.raw("\":");
    }

    /// A key as it is.
    pub fn raw_key(&mut self, json: &str) {
        self.separate();
        self.raw(json);
        self.raw(":");
    }

    fn separate(&mut self) {
        if !self.0.ends_with(['{', '[']) {
            self.raw(",");
        }
    }
}

/// The text with numbers of the same length in the place of `NaN` and `Infinity`, which Python writes bare. No age is such a
/// number, for it has a fraction.
pub(super) fn readable(text: &str) -> Cow<'_, str> {
    // the search for a character is fast
    let has = |first: char, word| text.match_indices(first).any(|(at, _)| text[at..].starts_with(word));
    if !has('N', "NaN") && !has('I', "Infinity") {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'"' => end_of_text(&bytes, at),
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

/// Behind the text that begins here, or behind all if it has no end.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Whether it may stand in a number or a word.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'_')
}
