//! The request that posts messages.

use zaqar_codec::msgpack::{Reader, Token, Writer};

use super::fields::requests;
use crate::protocol::opaque::Opaque;

requests! {
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
    pub struct MessagePost {
        /// The queue.
        pub queue_name: String,
        /// An array of `{body, ttl, delay}`.
        pub messages: Opaque,
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
        let written: Vec<Vec<u8>> = messages.into_iter().map(|message| message.write()).collect();
        MessagePost::of_items(queue_name.into(), written)
    }

    /// A post of messages that are written.
    pub(in crate::protocol) fn of_items(queue_name: String, items: Vec<impl AsRef<[u8]>>) -> MessagePost {
        let size: usize = items.iter().map(|item| item.as_ref().len()).sum();
        let mut messages = Writer::with_room(size + LONGEST_HEAD);
        messages.array(items.len());
        for item in items {
            messages.raw(item.as_ref());
        }
        MessagePost { queue_name, messages: Opaque::of_value(messages.into_bytes()) }
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
        let mut reader = self.messages.reader();
        let Some(Token::Array(count)) = reader.token() else { return false };
        (0..count).any(|_| reads_delay(&mut reader))
    }
}

/// Reads past a message; whether it has a delay.
fn reads_delay(message: &mut Reader<'_>) -> bool {
    let Some(Token::Map(entries)) = message.token() else { return false };
    let mut has_delay = false;
    for _ in 0..entries {
        let key = message.value().unwrap_or_default();
        // a token is slower than a look at the end
        has_delay |= key.ends_with(DELAY) && Reader::new(key).token() == Some(Token::Text(DELAY));
        message.value();
    }
    has_delay
}

const DELAY: &[u8] = b"delay";

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
