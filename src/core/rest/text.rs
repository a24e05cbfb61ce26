//! URLs in and out: percent-encoding, query strings, the marker in a link. Without `std::fmt`, which costs kilobytes.

use alloc::string::String;
use alloc::vec::Vec;

/// Appends one path segment or query value, percent-encoded except for what is unreserved in URLs.
pub(super) fn push_encoded(url: &mut String, text: &str) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push('%');
            url.push(HEX[usize::from(byte >> 4)]);
            url.push(HEX[usize::from(byte & 15)]);
        }
    }
}

/// Appends a number in decimal digits.
pub(super) fn push_number(url: &mut String, number: u64) {
    if number > 9 {
        push_number(url, number / 10);
    }
    url.push(char::from(b'0' + (number % 10) as u8));
}

/// The decoded value of `key` in the query of `href`.
pub(super) fn query_value(href: &str, key: &str) -> Option<String> {
    let (_, query) = href.split_once('?')?;
    let value = query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (name == key).then_some(value)
    })?;
    decoded(value)
}

/// The last segment of the path of `href`, decoded.
pub(super) fn last_segment(href: &str) -> Option<String> {
    let path = href.split(['?', '#']).next()?;
    let segment = path.rsplit('/').next()?;
    if segment.is_empty() { None } else { decoded(segment) }
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            b'+' => b' ',
            _ => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_decodes_to_the_same() {
        let mut url = String::from("/v2/x?marker=");
        push_encoded(&mut url, "a b/ü&=%~");
        assert_eq!(url, "/v2/x?marker=a%20b%2F%C3%BC%26%3D%25~");
        assert_eq!(query_value(&url, "marker").as_deref(), Some("a b/ü&=%~"));
    }

    #[test]
    fn numbers_are_written_in_decimal() {
        let mut url = String::new();
        for number in [0, 9, 10, 120, u64::MAX] {
            push_number(&mut url, number);
            url.push(' ');
        }
        assert_eq!(url, "0 9 10 120 18446744073709551615 ");
    }

    #[test]
    fn the_last_segment_is_found_before_a_query() {
        assert_eq!(last_segment("/v2/queues/q/messages/7?claim_id=8").as_deref(), Some("7"));
        assert_eq!(last_segment("https://host/v2/queues/q/claims/9").as_deref(), Some("9"));
        assert_eq!(last_segment("/v2/queues/"), None);
        assert_eq!(last_segment("/%zz"), None);
    }
}
