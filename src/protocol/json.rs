//! JSON of MessagePack: the documents of REST, and the frames of a socket that speaks text.

use std::fmt::Write;

use zaqar_codec::msgpack::{Reader, Token};
use zaqar_codec::scan::Scanner;

/// The JSON text of one MessagePack value, without loss: integers of 64 bits are digits, floats are written such that they are
/// read as floats (`-0.0`, `1e16`). `None` for what JSON cannot have: see below.
///
/// NaN and Infinity become null. `None` are bytes that are no MessagePack or more than one value, extensions, keys that are not texts,
/// and what is nested deeper than 128. Our encoder refuses all of these.
///
/// ```
/// use zaqar_web::protocol::json::to_json;
///
/// assert_eq!(to_json(b"\x92\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xcb\x80\0\0\0\0\0\0\0").as_deref(), Some("[18446744073709551615,-0.0]"));
/// assert_eq!(to_json(b"\x92\x01"), None);
/// ```
pub fn to_json(message_pack: &[u8]) -> Option<String> {
    let mut json = JsonWriter::default();
    json.value(message_pack);
    json.finish()
}

/// Writes JSON. A comma is set before what follows another item or field.
#[derive(Default)]
pub(super) struct JsonWriter {
    text: String,
    /// Whether it was to write what JSON cannot have.
    has_failed: bool,
}

impl JsonWriter {
    /// What was written, unless it holds what JSON cannot have.
    pub fn finish(self) -> Option<String> {
        (!self.has_failed).then_some(self.text)
    }

    /// JSON as it is.
    pub fn raw(&mut self, json: &str) {
        self.text.push_str(json);
    }

    /// One MessagePack value. Bytes become a list of numbers; text that is not UTF-8 gets replacement characters.
    pub fn value(&mut self, message_pack: &[u8]) {
        let mut reader = Reader::new(message_pack);
        self.has_failed |= self.next(&mut reader, 0).is_none() || !reader.rest().is_empty();
    }

    pub fn text(&mut self, text: &str) {
        self.raw("\"");
        for character in text.chars() {
            match character {
                '"' => self.raw("\\\""),
                '\\' => self.raw("\\\\"),
                '\u{8}' => self.raw("\\b"),
                '\u{c}' => self.raw("\\f"),
                '\n' => self.raw("\\n"),
                '\r' => self.raw("\\r"),
                '\t' => self.raw("\\t"),
                '\0'..' ' => self.display(format_args!("\\u{:04x}", u32::from(character))),
                _ => self.text.push(character),
            }
        }
        self.raw("\"");
    }

    pub fn text_or_null(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.raw("null"),
        }
    }

    pub fn texts(&mut self, texts: &[String]) {
        self.list(texts, |json, text| json.text(text));
    }

    pub fn number(&mut self, number: u32) {
        self.display(format_args!("{number}"));
    }

    /// An object of the fields that are written within.
    pub fn object(&mut self, fields: impl FnOnce(&mut JsonWriter)) {
        self.raw("{");
        fields(self);
        self.raw("}");
    }

    pub fn list<T>(&mut self, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut JsonWriter, T)) {
        self.raw("[");
        for item in items {
            self.separate();
            write(self, item);
        }
        self.raw("]");
    }

    /// A field, if it has a value.
    pub fn field<T>(&mut self, name: &str, value: Option<T>, write: fn(&mut JsonWriter, T)) {
        if let Some(value) = value {
            self.key(name);
            write(self, value);
        }
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
        if !self.text.ends_with(['{', '[']) {
            self.raw(",");
        }
    }

    fn display(&mut self, value: std::fmt::Arguments<'_>) {
        // a string takes all
        let _ = self.text.write_fmt(value);
    }

    /// The next value of the reader. `None` where it is none that JSON has.
    fn next(&mut self, reader: &mut Reader<'_>, depth: u32) -> Option<()> {
        match reader.token()? {
            Token::Nil => self.raw("null"),
            Token::Boolean(value) => self.raw(if value { "true" } else { "false" }),
            Token::Integer(value) => self.display(format_args!("{value}")),
            Token::Large(value) => self.display(format_args!("{value}")),
            Token::Float(value) if value.is_finite() => self.raw(zmij::Buffer::new().format_finite(value)),
            Token::Float(_) => self.raw("null"),
            Token::Text(text) => self.text(&String::from_utf8_lossy(text)),
            Token::Binary(bytes) => self.list(bytes, |json, byte| json.number(u32::from(*byte))),
            Token::Array(count) => {
                self.raw("[");
                for _ in 0..count {
                    self.separate();
                    self.next(reader, deeper(depth)?)?;
                }
                self.raw("]");
            }
            Token::Map(count) => {
                self.raw("{");
                for _ in 0..count {
                    let Token::Text(key) = reader.token()? else { return None };
                    self.separate();
                    self.text(&String::from_utf8_lossy(key));
                    self.raw(":");
                    self.next(reader, deeper(depth)?)?;
                }
                self.raw("}");
            }
            Token::Extension(_) => return None,
        }
        Some(())
    }
}

fn deeper(depth: u32) -> Option<u32> {
    (depth < Scanner::DEEPEST).then_some(depth + 1)
}
