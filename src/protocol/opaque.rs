//! Values that belong to the application: one MessagePack value each, which nobody here looks into but to check it or to make
//! JSON of it.

use std::fmt;

use serde::{Serialize, Serializer};
use zaqar_codec::msgpack::{Reader, Token};
use zaqar_codec::scan::Scanner;

/// The bytes of one MessagePack value: the body of a message, metadata, options.
///
/// ```
/// use serde_json::json;
/// use zaqar_web::protocol::json::to_json;
/// use zaqar_web::protocol::opaque::Opaque;
///
/// let body = Opaque::of(&json!({ "order": 17 })).unwrap();
/// assert_eq!(to_json(body.as_bytes()).unwrap(), r#"{"order":17}"#);
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

    /// What serde makes of a value, structs as maps; `None` where that is nothing that JSON has.
    pub fn of(value: &impl Serialize) -> Option<Opaque> {
        Opaque::new(rmp_serde::to_vec_named(value).ok()?)
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

/// To serde it is nil: [`Request::write`](super::request::Request::write) puts the bytes in its place.
impl Serialize for Opaque {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}
