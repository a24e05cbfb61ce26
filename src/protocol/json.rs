//! JSON of MessagePack: the documents of REST, and the frames of a socket that speaks text.

use serde::Serialize;

use super::opaque::Values;

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
    let values = Values::new(message_pack);
    let text = write(&values)?;
    values.is_at_end().then_some(text)
}

/// The JSON text of a value, unless it holds what JSON cannot have.
pub(super) fn write(value: &impl Serialize) -> Option<String> {
    serde_json::to_string(value).ok()
}
