//! Requests about messages.

use serde::{Deserialize, Serialize};

/// Lists messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MessageList {
    /// The queue.
    pub queue_name: String,
    /// The message, or the place, behind which the page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// At most how many messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Whether the client's own are among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub echo: Option<bool>,
    /// Whether claimed ones are among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_claimed: Option<bool>,
    /// Whether delayed ones are among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_delayed: Option<bool>,
}

/// Asks for one message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MessageGet {
    /// The queue.
    pub queue_name: String,
    /// The message.
    pub message_id: String,
}

/// Asks for messages by their ids.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MessageGetMany {
    /// The queue.
    pub queue_name: String,
    /// The messages.
    pub message_ids: Vec<String>,
}

/// Deletes one message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MessageDelete {
    /// The queue.
    pub queue_name: String,
    /// The message.
    pub message_id: String,
    /// The claim that holds it: one that is claimed can be deleted only so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_id: Option<String>,
}

/// Deletes messages by their ids, or pops the oldest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MessageDeleteMany {
    /// The queue.
    pub queue_name: String,
    /// The messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_ids: Option<Vec<String>>,
    /// How many of the oldest are deleted and given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pop: Option<u32>,
}
