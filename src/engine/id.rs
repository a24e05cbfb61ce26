//! Message ids as numbers: 16 bytes instead of a text, so that a memory of those seen is cheap.

/// A message id. Redis and Swift write UUIDs, MongoDB 24 hexadecimal digits; both fit exactly. Of any other text this is
/// a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(u128);

impl Id {
    /// The id with this text.
    ///
    /// ```
    /// use zaqar_web::engine::id::Id;
    /// assert_eq!(Id::of(b"00000000-0000-0000-0000-0000000000ff"), Id::of(b"00000000-0000-0000-0000-0000000000FF"));
    /// assert_ne!(Id::of(b"ff"), Id::of(b"0ff"));
    /// ```
    pub fn of(text: &[u8]) -> Id {
        const UUID: usize = 36;
        const OBJECT_ID: usize = 24;
        if matches!(text.len(), UUID | OBJECT_ID)
            && let Some(number) = number_of(text)
        {
            return Id(number);
        }
        // FNV-1a of 64 bits, from two starts: a multiplication of 128 bits is a function's call
        let hash =
            |start: u64| text.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        Id(u128::from(hash(0xcbf2_9ce4_8422_2325)) << 64 | u128::from(hash(0x9e37_79b9_7f4a_7c15)))
    }
}

/// Hexadecimal digits, with hyphens anywhere, as a number. Every message of every page comes by here.
fn number_of(text: &[u8]) -> Option<u128> {
    let mut number = 0;
    for byte in text.iter().filter(|byte| **byte != b'-') {
        if !byte.is_ascii_hexdigit() {
            return None;
        }
        // letters have bit 6, and begin with 1 in the four lowest
        let digit = (byte & 15) + (byte >> 6) * 9;
        number = number << 4 | u128::from(digit);
    }
    Some(number)
}

/// Whether MongoDB made this id: its queues cannot be paged by ids, only by the markers in REST's links.
pub fn is_from_mongodb(text: &[u8]) -> bool {
    text.len() == 24 && text.iter().all(|byte| byte.is_ascii_hexdigit())
}
