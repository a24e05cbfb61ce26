//! One post, several requests: by the server's limits on size and count.
//!
//! Zaqar measures a post on the socket in characters of Python's `str()` of the list of messages, over REST in bytes of the JSON
//! text. Python's depends on its tables of printable characters, so the size of a message is known between two bounds only,
//! whichever transport it takes.

use zaqar_codec::msgpack::{Reader, Token};

use super::json::to_json;
use super::limits::{Refusal, Rules};
use super::request::MessagePost;

/// Messages of one post. The store fails at 3,998, and leaves them behind, unreachable.
pub const MOST_AT_ONCE: usize = 1_000;

impl MessagePost {
    /// The posts that it goes in, of at most so many messages each, in their order. A message that may be too large goes alone, so that the
    /// server decides; one that is certainly beyond a limit that is known, on both transports, is refused.
    ///
    /// ```
    /// use zaqar_web::protocol::limits::Rules;
    /// use zaqar_web::protocol::request::{MessagePost, NewMessage};
    ///
    /// let post = MessagePost::new("orders", vec![NewMessage::default(); 250]);
    /// let parts = post.split(100, &Rules::default()).unwrap();
    /// assert_eq!(parts.iter().map(MessagePost::count).collect::<Vec<_>>(), [100, 100, 50]);
    /// ```
    pub fn split(self, most: usize, rules: &Rules) -> Result<Vec<MessagePost>, Refusal> {
        let largest = rules.post_size() as usize;
        let count = self.count();
        if count <= most && self.surely_fits(count, largest) {
            return Ok(vec![self]);
        }
        let items: Vec<&[u8]> = self.items().collect();
        let parts = parts(&items, most, largest, rules.max_messages_post_size.is_some())?;
        Ok(parts.into_iter().map(|part| self.part(part)).collect())
    }

    /// Whether it is known without measuring that it is not too large. One message is not measured before it is larger than the limit
    /// itself: the server decides.
    fn surely_fits(&self, count: usize, largest: usize) -> bool {
        let messages = self.messages.as_bytes();
        let room = largest.saturating_sub(AROUND);
        match count {
            1 => messages.len() <= room,
            _ => GROWTH * messages.len() <= room || at_most(messages) <= room,
        }
    }

    /// Takes out all messages but the first so many, if there are more.
    pub fn split_off(&mut self, most: usize) -> Option<MessagePost> {
        let items: Vec<&[u8]> = self.items().collect();
        let (kept, later) = items.split_at_checked(most.max(1))?;
        if later.is_empty() {
            return None;
        }
        let later = self.part(later.to_vec());
        *self = self.part(kept.to_vec());
        Some(later)
    }

    /// How many messages one post to this queue may have over REST. The answer names each in its header `Location`, and proxies
    /// refuse headers of more than 4 kB: so they are kept below 2.5 kB.
    ///
    /// ```
    /// use zaqar_web::protocol::request::MessagePost;
    ///
    /// assert_eq!(MessagePost::most_over_rest("orders"), 47);
    /// ```
    pub fn most_over_rest(queue_name: &str) -> usize {
        let location = "/v2/queues//messages?ids=".len() + queue_name.len();
        let ids = (MOST_HEADERS - OTHER_HEADERS).saturating_sub(location) / ID_AND_COMMA;
        ids.max(1)
    }
}

const MOST_HEADERS: usize = 2_500;
/// Of CORS, dates, the server's name, the request's id.
const OTHER_HEADERS: usize = 700;
const ID_AND_COMMA: usize = 37;

/// `{"messages":[]}`; the socket has less around the messages.
const AROUND: usize = 15;
/// Of the list, which Python counts.
const BRACKETS: usize = 2;
/// `, `
const COMMA: usize = 2;

/// Characters that a byte of MessagePack becomes at most: `0xc2` becomes `False, `.
const GROWTH: usize = 7;

/// More than MessagePack becomes, in Python and as JSON. To look at the bytes of its texts takes a tenth of the time that measuring does.
fn at_most(messages: &[u8]) -> usize {
    let mut reader = Reader::new(messages);
    let mut plain = 0;
    while let Some(token) = reader.token() {
        if let Token::Text(text) = token {
            plain += text.iter().filter(|byte| is_plain(**byte)).count();
        }
    }
    GROWTH * (messages.len() - plain) + plain
}

/// Whether a byte of a text is one character on both transports.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'\'' | b'"' | b'\\')
}

/// The messages of each part. A message that is larger than any part may be is refused where the limit is known.
fn parts<'a>(items: &[&'a [u8]], most: usize, largest: usize, is_known: bool) -> Result<Vec<Vec<&'a [u8]>>, Refusal> {
    let mut parts: Vec<Vec<&[u8]>> = Vec::new();
    let mut room = 0;
    for item in items {
        let json = to_json(item).unwrap_or_default();
        // most are too short to be looked at
        if is_known && json.len() + BRACKETS > largest && least_characters(&json) + BRACKETS > largest {
            return Err(Refusal::too_large(format!("messages must each be at most {largest} characters")));
        }
        let size = most_characters(&json) + COMMA;
        match parts.last_mut() {
            Some(part) if size <= room && part.len() < most => {
                part.push(item);
                room -= size;
            }
            _ => {
                parts.push(vec![item]);
                room = largest.saturating_sub(AROUND + size);
            }
        }
    }
    Ok(parts)
}

/// What a JSON text takes at least in Python: an escape is one character where Python has it so; 0.00001 is 1e-05.
///
/// ```
/// use zaqar_web::protocol::split::least_characters;
///
/// assert_eq!(least_characters(r#""\u0041\n""#), 4);
/// ```
pub fn least_characters(json: &str) -> usize {
    let mut rest = json.as_bytes();
    let mut count = 0;
    while let Some(first) = rest.first() {
        let taken = match (first, &rest[1..]) {
            (b'\\', [b'u', _, _, _, _, ..]) => 6,
            (b'\\', [_, ..]) => 2,
            (b'0', [b'.', b'0', digits @ ..]) => 3 + digits.iter().take_while(|byte| byte.is_ascii_digit()).count(),
            _ => 1,
        };
        rest = &rest[taken..];
        // the first byte of a character; the others of it are bare continuations
        count += usize::from(first & 0xc0 != 0x80);
    }
    count
}

/// What it takes at most: Python has spaces behind `,` and `:`, escapes `'`, writes 1e-7 as 1e-07 and 1e16 as 1e+16. Letters that it prints and
/// UTF-8 has in three bytes are those of the blocks named; of the others it may make `\u202e` or `\U000e0001`.
///
/// ```
/// use zaqar_web::protocol::split::most_characters;
///
/// assert_eq!(most_characters(r#"{"a":1}"#), 8);
/// ```
pub fn most_characters(json: &str) -> usize {
    let mut before = ' ';
    let mut count = 0;
    for character in json.chars() {
        count += match character {
            ',' | ':' | '\'' => 2,
            // `\x08`
            'b' | 'f' if before == '\\' => 3,
            'e' if before.is_ascii_digit() => 2,
            ' '..='~' => 1,
            '\u{ae}'..='\u{377}'
            | '\u{3a3}'..='\u{52f}'
            | '\u{3041}'..='\u{3096}'
            | '\u{30a0}'..='\u{30ff}'
            | '\u{4e00}'..='\u{9fa5}'
            | '\u{ac00}'..='\u{d7a3}' => 3,
            _ => 6 * character.len_utf16(),
        };
        before = character;
    }
    count
}
