//! One post, several requests: by the server's limits on size and count.

use alloc::vec::Vec;

use super::msgpack::{Reader, Token, Writer};
use super::size::size_of;

/// What the server takes in one post by default, in characters on the socket and bytes on REST.
const LARGEST_POST: usize = 262_144;
/// No MessagePack of fewer bytes is too large: nothing grows to more than 7 for 1 (`0xc2` to `False, `).
const SURELY_FITS: usize = LARGEST_POST / 7 - 100;
/// `[]` on the socket, which has less around the messages than REST, and `{"messages":[]}` there
const AROUND: (usize, usize) = (2, 15);

/// A message is too large for any transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

/// The bodies to send instead of this body of a `message_post`, each with so many messages at most: `None` if it can go as
/// it is.
///
/// Each part that holds more than one message is within the server's default limits on either transport; a message that
/// may be too large goes alone, so that the server decides. One that certainly is too large on both is refused. The
/// order is kept; the other keys of the body are in each part.
///
/// ```
/// use zaqar_web::core::wire::{msgpack::Writer, split::split_post};
///
/// let half = "x".repeat(150_000);
/// let mut body = Writer::new();
/// body.map(2).text("queue_name").text("fax").text("messages").array(2);
/// body.map(1).text("body").text(&half).map(1).text("body").text(&half);
/// assert_eq!(split_post(&body.into_bytes(), 1_000).unwrap().unwrap().len(), 2);
/// ```
pub fn split_post(body: &[u8], most: usize) -> Result<Option<Vec<Vec<u8>>>, TooLarge> {
    let Some(messages) = messages_of(body) else { return Ok(None) };
    let before = &body[..body.len() - messages.rest().len()];
    let mut rest = messages;
    let Some(Token::Array(count)) = rest.token() else { return Ok(None) };
    if count <= most && body.len() <= SURELY_FITS {
        return Ok(None);
    }
    let mut ends = Vec::new();
    let mut part = Part::default();
    for _ in 0..count {
        let start = rest;
        let Some(message) = rest.value() else { return Ok(None) };
        let size = size_of(message);
        if AROUND.0 + size.least > LARGEST_POST {
            return Err(TooLarge);
        }
        // two more for ", "
        let size = size.most + 2;
        if part.count > 0 && (part.count == most || part.size + size > LARGEST_POST) {
            ends.push((part.count, start.rest().len()));
            part = Part::default();
        }
        part.count += 1;
        part.size += size;
    }
    if ends.is_empty() {
        return Ok(None);
    }
    let after = rest.rest();
    ends.push((part.count, after.len()));
    let mut left = rest_of_array(messages);
    let parts = ends.into_iter().map(|(count, end)| {
        let (these, others) = left.split_at(left.len() - end);
        left = others;
        let mut body = Writer::new();
        body.raw(before).array(count).raw(these).raw(after);
        body.into_bytes()
    });
    Ok(Some(parts.collect()))
}

/// The value of `messages`, without passing over it.
fn messages_of(body: &[u8]) -> Option<Reader<'_>> {
    let mut reader = Reader::new(body);
    let Token::Map(entries) = reader.token()? else { return None };
    for _ in 0..entries {
        let Token::Text(key) = reader.token()? else { return None };
        if key == b"messages" {
            return Some(reader);
        }
        reader.value()?;
    }
    None
}

/// What follows the head of an array.
fn rest_of_array(mut array: Reader<'_>) -> &[u8] {
    array.token();
    array.rest()
}

/// Messages that go together.
struct Part {
    count: usize,
    size: usize,
}

impl Default for Part {
    fn default() -> Part {
        Part { count: 0, size: AROUND.1 }
    }
}
