//! Requests about queues.

use serde::{Deserialize, Serialize};

use crate::protocol::opaque::{Opaque, leave_room};

/// Makes a queue, unless it is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueueCreate {
    /// The queue.
    pub queue_name: String,
    /// Its metadata, an object.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "leave_room")]
    pub metadata: Option<Opaque>,
}

/// Lists queues.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueueList {
    /// At most how many queues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The queue behind which the page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// Whether their metadata are told, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detailed: Option<bool>,
}

/// Asks for the metadata.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueueGet {
    /// The queue.
    pub queue_name: String,
}

/// Changes the metadata. REST only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueueUpdate {
    /// The queue.
    pub queue_name: String,
    /// A JSON patch: an array of `{op, path, value}`, whose paths begin with `/metadata/`.
    #[serde(serialize_with = "leave_room")]
    pub changes: Opaque,
}

/// Asks how many messages there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueueGetStats {
    /// The queue.
    pub queue_name: String,
}

/// Deletes a queue and what is in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueueDelete {
    /// The queue.
    pub queue_name: String,
}

/// Empties a queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueuePurge {
    /// The queue.
    pub queue_name: String,
    /// `messages`, `subscriptions`; both if it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_types: Option<Vec<String>>,
}

/// Asks for a signature that opens a part of the queue. REST only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueueShare {
    /// The queue.
    pub queue_name: String,
    /// What it opens: `messages`, `claims`, `subscriptions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paths: Option<Vec<String>>,
    /// The HTTP methods that it allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<String>>,
    /// Until when, such as `2030-12-31T23:59:59`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}
