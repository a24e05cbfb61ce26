//! The request that posts messages.

use serde::Serialize;
use zaqar_codec::msgpack::{Token, Writer};

use super::fields::{Body, Map};
use crate::protocol::opaque::Opaque;

/// Posts messages.
///
/// ```
/// use zaqar_web::protocol::opaque::Opaque;
/// use zaqar_web::protocol::request::{MessagePost, NewMessage, Request};
///
/// let body = Opaque::of(&"hello").unwrap();
/// let post = MessagePost::new("orders", [NewMessage { body, ttl: Some(60), delay: None }]);
/// assert_eq!(Request::from(post).exchange().document.unwrap(), r#"{"messages":[{"body":"hello","ttl":60}]}"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MessagePost {
    /// The queue.
    pub queue_name: String,
    /// An array of `{body, ttl, delay}`. One that is put here by hand must have no delays.
    pub messages: Opaque,
    /// Kept, for it takes a walk over all messages to see.
    #[serde(skip)]
    has_delay: bool,
}

impl Body for MessagePost {
    fn take_from(map: &mut Map<'_>) -> MessagePost {
        MessagePost { queue_name: map.take("queue_name"), messages: map.take("messages"), has_delay: map.has_delay }
    }
}

/// A message to post.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewMessage {
    /// What it says.
    pub body: Opaque,
    /// Seconds that it lives.
    pub ttl: Option<u32>,
    /// Seconds until it can be seen. Only REST takes it.
    pub delay: Option<u32>,
}

impl MessagePost {
    /// A post of these messages.
    pub fn new(queue_name: impl Into<String>, messages: impl IntoIterator<Item = NewMessage>) -> MessagePost {
        let mut has_delay = false;
        let write = |message: NewMessage| {
            has_delay |= message.delay.is_some();
            message.write()
        };
        let messages = array_of(messages.into_iter().map(write).collect::<Vec<_>>());
        MessagePost { queue_name: queue_name.into(), messages, has_delay }
    }

    /// A post of messages of this one, which are written; it goes the same way.
    pub(in crate::protocol) fn part(&self, items: Vec<&[u8]>) -> MessagePost {
        MessagePost { queue_name: self.queue_name.clone(), messages: array_of(items), has_delay: self.has_delay }
    }

    /// How many messages it has.
    pub fn count(&self) -> usize {
        match self.messages.reader().token() {
            Some(Token::Array(count)) => count,
            _ => 0,
        }
    }

    /// The MessagePack of each message.
    pub fn items(&self) -> impl Iterator<Item = &[u8]> {
        self.messages.reader().items()
    }

    /// Whether any message has a delay, which only REST takes.
    pub fn has_delay(&self) -> bool {
        self.has_delay
    }
}

fn array_of(items: Vec<impl AsRef<[u8]>>) -> Opaque {
    let size: usize = items.iter().map(|item| item.as_ref().len()).sum();
    let mut array = Writer::with_room(size + LONGEST_HEAD);
    array.array(items.len());
    for item in items {
        array.raw(item.as_ref());
    }
    Opaque::of_value(array.into_bytes())
}

/// Bytes of an array's count.
const LONGEST_HEAD: usize = 5;

impl NewMessage {
    fn write(&self) -> Vec<u8> {
        let seconds = [("ttl", self.ttl), ("delay", self.delay)];
        let mut message = Writer::new();
        message.map(1 + seconds.iter().filter(|(_, value)| value.is_some()).count());
        message.text("body").raw(self.body.as_bytes());
        for (key, value) in seconds {
            if let Some(value) = value {
                message.text(key).number(value);
            }
        }
        message.into_bytes()
    }
}
