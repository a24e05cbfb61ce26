//! How large Zaqar will find a value.
//!
//! It measures a post on the socket in characters of Python's `str()` of the list of messages, on REST in bytes of the
//! JSON text. Both are known exactly only to the server (Python's depends on its tables of printable characters, floats
//! on who writes them), so a value has two sizes here: what it takes on either transport at least, and at most.

use super::msgpack::{Reader, Token};

/// What a value takes on either transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// not less, whichever transport
    pub least: usize,
    /// not more, whichever transport
    pub most: usize,
}

/// The size of one MessagePack value. Bytes that are not MessagePack count for nothing.
///
/// ```
/// use zaqar_web::core::wire::{msgpack::Writer, size::size_of};
///
/// let mut value = Writer::new();
/// value.text("I'm in");
/// // "I'm in" in both
/// assert_eq!(size_of(&value.into_bytes()).least, 8);
/// ```
pub fn size_of(value: &[u8]) -> Size {
    let mut reader = Reader::new(value);
    let mut size = Size::default();
    while let Some(token) = reader.token() {
        let (least, most) = match token {
            Token::Nil | Token::Boolean(true) => (4, 4),
            Token::Boolean(false) => (5, 5),
            Token::Integer(number) => same(digits(number.unsigned_abs()) + usize::from(number < 0)),
            Token::Large(number) => same(digits(number)),
            // -0.0000012345678901234567 is the longest, in JavaScript
            Token::Float(_) => (1, 26),
            Token::Text(text) => size_of_text(text),
            // not sent, but measured: b'\x00' and ExtType(code=-128, data=b'\x00')
            Token::Binary(bytes) => (2, 3 + 4 * bytes.len()),
            Token::Extension(bytes) => (2, 32 + 4 * bytes.len()),
            // [1, 2] or [1,2]
            Token::Array(items) => (2 + items.saturating_sub(1), 2 + 2 * items),
            // {'k': 1, 'l': 2} or {"k":1,"l":2}
            Token::Map(entries) => (2 + (2 * entries).saturating_sub(1), 2 + 4 * entries),
        };
        size.least += least;
        size.most += most;
    }
    size
}

fn same(size: usize) -> (usize, usize) {
    (size, size)
}

fn digits(number: u64) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}

/// A text with its quotes: at least one for each character, at most what escapes it.
fn size_of_text(text: &[u8]) -> (usize, usize) {
    // Runs of what takes one character in both are most of what there is.
    let plain = text.iter().filter(|byte| is_plain(**byte)).count();
    if plain == text.len() {
        return same(2 + plain);
    }
    let Ok(text) = core::str::from_utf8(text) else { return (2, 2 + 6 * text.len()) };
    let (mut least, mut most) = (2, 2);
    for character in text.chars() {
        least += 1;
        most += most_of(character);
    }
    (least, most)
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\'' | b'\\')
}

/// The most that a character takes: JSON has its UTF-8, or `\u001f`; Python one character where it deems it printable,
/// else `\x1f`, `\u202e` or `\U000e0001`. The blocks named are those printable throughout.
fn most_of(character: char) -> usize {
    match character {
        '"' | '\'' | '\\' | '\n' | '\r' | '\t' => 2,
        '\u{7f}' => 4,
        ' '..='~' => 1,
        '\0'..='\u{1f}' => 6,
        // Latin, Greek, Cyrillic as far as they have no gaps
        '\u{ae}'..='\u{377}' | '\u{3a3}'..='\u{52f}' => 2,
        '\u{80}'..='\u{ad}' => 4,
        // Kana, Han, Hangul
        '\u{3041}'..='\u{3096}' | '\u{30a0}'..='\u{30ff}' | '\u{4e00}'..='\u{9fa5}' | '\u{ac00}'..='\u{d7a3}' => 3,
        // symbols and emoji
        '\u{1f300}'..='\u{1f64f}' => 4,
        '\0'..='\u{ffff}' => 6,
        _ => 10,
    }
}
