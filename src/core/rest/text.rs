//! URLs in and out: percent-encoding, query strings, the marker in a link. Without `std::fmt`, which costs kilobytes.

use alloc::string::String;
use alloc::vec::Vec;

/// Appends one path segment or query value, percent-encoded except for what is unreserved in URLs.
pub(super) fn push_encoded(url: &mut Vec<u8>, text: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in text {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            url.push(byte);
        } else {
            url.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
}

/// Appends a number in decimal digits.
pub(super) fn push_number(url: &mut Vec<u8>, number: u64) {
    if number > 9 {
        push_number(url, number / 10);
    }
    url.push(b'0' + (number % 10) as u8);
}

/// The decoded value of `key` in the query of `href`.
pub(super) fn query_value(href: &str, key: &str) -> Option<String> {
    let (_, query) = cut(href.as_bytes(), b'?');
    query?.split(|byte| *byte == b'&').find_map(|pair| match cut(pair, b'=') {
        (name, Some(value)) if name == key.as_bytes() => decoded(value),
        _ => None,
    })
}

/// The last segment of the path of `href`, decoded.
pub(super) fn last_segment(href: &str) -> Option<String> {
    let (path, _) = cut(href.as_bytes(), b'?');
    let (path, _) = cut(path, b'#');
    let segment = path.rsplit(|byte| *byte == b'/').next()?;
    if segment.is_empty() { None } else { decoded(segment) }
}

/// What stands before the first `sign` and behind it. The searchers of `str` take kilobytes.
fn cut(text: &[u8], sign: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == sign) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

fn decoded(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            b'+' => b' ',
            _ => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The value of a hexadecimal digit.
pub fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' | b'A'..=b'F' => Some((digit | 0x20) - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_decodes_to_the_same() {
        let mut url = b"/v2/x?marker=".to_vec();
        push_encoded(&mut url, "a b/ü&=%~".as_bytes());
        let url = String::from_utf8(url).unwrap();
        assert_eq!(url, "/v2/x?marker=a%20b%2F%C3%BC%26%3D%25~");
        assert_eq!(query_value(&url, "marker").as_deref(), Some("a b/ü&=%~"));
    }

    #[test]
    fn numbers_are_written_in_decimal() {
        let mut url = Vec::new();
        for number in [0, 9, 10, 120, u64::MAX] {
            push_number(&mut url, number);
            url.push(b' ');
        }
        assert_eq!(url, b"0 9 10 120 18446744073709551615 ");
    }

    #[test]
    fn the_last_segment_is_found_before_a_query() {
        assert_eq!(last_segment("/v2/queues/q/messages/7?claim_id=8").as_deref(), Some("7"));
        assert_eq!(last_segment("https://host/v2/queues/q/claims/9").as_deref(), Some("9"));
        assert_eq!(last_segment("/v2/queues/"), None);
        assert_eq!(last_segment("/%zz"), None);
    }
}
