//! Values that belong to the application: one MessagePack value each, which nobody here looks into but to check it or to make
//! JSON of it.

use std::cell::Cell;
use std::fmt;

use serde::ser::{self, Serialize, SerializeMap, SerializeSeq, Serializer};
use zaqar_codec::msgpack::{Reader, Token};
use zaqar_codec::scan::Scanner;

/// The bytes of one MessagePack value: the body of a message, metadata, options. Serialized, it is that value, in whatever
/// format.
///
/// ```
/// use serde_json::json;
/// use zaqar_web::protocol::opaque::Opaque;
///
/// let body = Opaque::new(rmp_serde::to_vec(&json!({ "order": 17 })).unwrap()).unwrap();
/// assert_eq!(serde_json::to_string(&body).unwrap(), r#"{"order":17}"#);
/// assert_eq!(Opaque::new(b"\x92\x01".into()), None, "an array of two values has two");
/// ```
#[derive(Clone, PartialEq)]
pub struct Opaque(Vec<u8>);

impl Opaque {
    /// `None` unless it is one value, and all of it is such that JSON has it, too: no deeper than 128, and keys are texts.
    pub fn new(message_pack: Vec<u8>) -> Option<Opaque> {
        let mut reader = Reader::new(&message_pack);
        let is_one = is_json(&mut reader, 0) && reader.rest().is_empty();
        is_one.then_some(Opaque(message_pack))
    }

    /// Of bytes that were passed over as one value, or written as one.
    pub(super) fn of_value(message_pack: Vec<u8>) -> Opaque {
        Opaque(message_pack)
    }

    /// Its MessagePack.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads it.
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(&self.0)
    }
}

/// Null.
impl Default for Opaque {
    fn default() -> Opaque {
        Opaque(vec![0xc0])
    }
}

/// Only its size, for what is in it belongs to the application.
impl fmt::Debug for Opaque {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Opaque({} bytes)", self.0.len())
    }
}

impl Serialize for Opaque {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Values::new(&self.0).serialize(serializer)
    }
}

/// The values in some bytes: each time it is serialized, it is the next one. The MessagePack is read while it is written as
/// something else, so that a value is never in memory as a tree.
///
/// What JSON lacks and our encoder does not make: bytes become a list of numbers, as serde has them, extensions are an error, as are
/// keys that are not texts. Text that is not UTF-8 gets replacement characters.
pub(super) struct Values<'a> {
    reader: Cell<Reader<'a>>,
    depth: Cell<u32>,
}

impl<'a> Values<'a> {
    pub(super) fn new(message_pack: &'a [u8]) -> Values<'a> {
        Values { reader: Cell::new(Reader::new(message_pack)), depth: Cell::new(0) }
    }

    /// Whether all has been read.
    pub(super) fn is_at_end(&self) -> bool {
        self.reader.get().rest().is_empty()
    }

    fn token<E: ser::Error>(&self) -> Result<Token<'a>, E> {
        let mut reader = self.reader.get();
        let token = reader.token();
        self.reader.set(reader);
        token.ok_or_else(|| E::custom("the bytes are no MessagePack"))
    }

    fn descend<E: ser::Error>(&self) -> Result<(), E> {
        self.depth.set(self.depth.get() + 1);
        match self.depth.get() > Scanner::DEEPEST {
            true => Err(E::custom("nested too deep")),
            false => Ok(()),
        }
    }

    fn ascend(&self) {
        self.depth.set(self.depth.get() - 1);
    }
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.token()? {
            Token::Nil => serializer.serialize_unit(),
            Token::Boolean(value) => serializer.serialize_bool(value),
            Token::Integer(value) => serializer.serialize_i64(value),
            Token::Large(value) => serializer.serialize_u64(value),
            Token::Float(value) => serializer.serialize_f64(value),
            Token::Text(text) => serializer.serialize_str(&String::from_utf8_lossy(text)),
            Token::Binary(bytes) => serializer.serialize_bytes(bytes),
            Token::Array(count) => {
                self.descend()?;
                let mut items = serializer.serialize_seq(Some(count))?;
                for _ in 0..count {
                    items.serialize_element(self)?;
                }
                self.ascend();
                items.end()
            }
            Token::Map(count) => {
                self.descend()?;
                let mut entries = serializer.serialize_map(Some(count))?;
                for _ in 0..count {
                    let Token::Text(key) = self.token()? else {
                        return Err(ser::Error::custom("a key that is no text"));
                    };
                    entries.serialize_entry(&*String::from_utf8_lossy(key), self)?;
                }
                self.ascend();
                entries.end()
            }
            Token::Extension(_) => Err(ser::Error::custom("an extension")),
        }
    }
}

/// Passes over a value; whether it is one that JSON has.
fn is_json(reader: &mut Reader<'_>, depth: u32) -> bool {
    match reader.token() {
        None | Some(Token::Extension(_) | Token::Binary(_)) => false,
        Some(Token::Nil | Token::Boolean(_) | Token::Integer(_) | Token::Large(_)) => true,
        Some(Token::Float(value)) => value.is_finite(),
        Some(Token::Text(text)) => std::str::from_utf8(text).is_ok(),
        Some(Token::Array(count)) => depth < Scanner::DEEPEST && (0..count).all(|_| is_json(reader, depth + 1)),
        Some(Token::Map(count)) => {
            let is_entry = |reader: &mut Reader<'_>| {
                let key = reader.token();
                matches!(key, Some(Token::Text(key)) if std::str::from_utf8(key).is_ok()) && is_json(reader, depth + 1)
            };
            depth < Scanner::DEEPEST && (0..count).all(|_| is_entry(reader))
        }
    }
}
