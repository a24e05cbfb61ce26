//! The requests that the engine makes for itself, as Zaqar reads them.

use serde::{Serialize, Serializer};

/// Text of a queue's name, an id or a marker. What is not UTF-8 is no such text, and travels with replacement characters.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a>(pub &'a [u8]);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(self.0))
    }
}

/// `queue_get_stats`
#[derive(Debug, Serialize)]
pub struct QueueStats<'a> {
    /// The queue.
    pub queue_name: Text<'a>,
}

/// `message_list`
#[derive(Debug, Serialize)]
pub struct MessageList<'a> {
    /// The queue.
    pub queue_name: Text<'a>,
    /// The message, or the place, behind which the page begins. None: the head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<Text<'a>>,
    /// Places of the page.
    pub limit: u32,
    /// Whether it has the client's own messages.
    pub echo: bool,
    /// Whether it has claimed messages.
    pub include_claimed: bool,
    /// Whether it has delayed messages.
    pub include_delayed: bool,
}

/// `message_get_many`
#[derive(Debug, Serialize)]
pub struct MessageGetMany<'a> {
    /// The queue.
    pub queue_name: Text<'a>,
    /// At most 20.
    pub message_ids: Vec<Text<'a>>,
}

/// `subscription_create`, of the socket itself.
#[derive(Debug, Serialize)]
pub struct SubscriptionCreate<'a> {
    /// The queue.
    pub queue_name: Text<'a>,
    /// Seconds until it ends.
    pub ttl: u32,
}

/// `subscription_delete`
#[derive(Debug, Serialize)]
pub struct SubscriptionDelete<'a> {
    /// The queue.
    pub queue_name: Text<'a>,
    /// The subscription.
    pub subscription_id: Text<'a>,
}

/// `claim_create`
#[derive(Debug, Serialize)]
pub struct ClaimCreate<'a> {
    /// The queue.
    pub queue_name: Text<'a>,
    /// Seconds until it ends.
    pub ttl: u32,
    /// Seconds that its messages live at least when it has ended.
    pub grace: u32,
    /// Messages, at most 20.
    pub limit: u32,
}

/// `claim_update`
#[derive(Debug, Serialize)]
pub struct ClaimUpdate<'a> {
    /// The queue.
    pub queue_name: Text<'a>,
    /// The claim.
    pub claim_id: Text<'a>,
    /// Seconds until it ends.
    pub ttl: u32,
    /// Seconds that its messages live at least when it has ended.
    pub grace: u32,
}

/// `claim_delete`
#[derive(Debug, Serialize)]
pub struct ClaimDelete<'a> {
    /// The queue.
    pub queue_name: Text<'a>,
    /// The claim.
    pub claim_id: Text<'a>,
}

/// `message_delete`, of a message that the client has claimed.
#[derive(Debug, Serialize)]
pub struct MessageDelete<'a> {
    /// The queue.
    pub queue_name: Text<'a>,
    /// The message.
    pub message_id: Text<'a>,
    /// The claim that holds it.
    pub claim_id: Text<'a>,
}

/// The MessagePack map of a request.
///
/// ```
/// use zaqar_web::protocol::requests::{QueueStats, Text, body_of};
///
/// let body = body_of(&QueueStats { queue_name: Text(b"orders") });
/// assert_eq!(body, b"\x81\xaaqueue_name\xa6orders");
/// ```
pub fn body_of(request: &impl Serialize) -> Vec<u8> {
    // a struct of texts and numbers can always be written
    rmp_serde::to_vec_named(request).unwrap_or_default()
}
