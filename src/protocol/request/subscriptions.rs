//! Requests about subscriptions.

use serde::{Deserialize, Serialize};

use crate::protocol::opaque::{Opaque, leave_room};

/// Subscribes to a queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionCreate {
    /// The queue.
    pub queue_name: String,
    /// Where notifications go, as URL; on a socket without it to the socket itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscriber: Option<String>,
    /// Seconds until it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u32>,
    /// An object: `post_data`, `post_headers`, `_retry_policy`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "leave_room")]
    pub options: Option<Opaque>,
}

/// Lists subscriptions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionList {
    /// The queue.
    pub queue_name: String,
    /// At most how many subscriptions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The subscription behind which the page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

/// Asks for one subscription.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionGet {
    /// The queue.
    pub queue_name: String,
    /// The subscription.
    pub subscription_id: String,
}

/// Changes a subscription. REST only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionUpdate {
    /// The queue.
    pub queue_name: String,
    /// The subscription.
    pub subscription_id: String,
    /// Where notifications go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscriber: Option<String>,
    /// Seconds until it ends, from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u32>,
    /// An object, as of a new one.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "leave_room")]
    pub options: Option<Opaque>,
}

/// Ends a subscription.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionDelete {
    /// The queue.
    pub queue_name: String,
    /// The subscription.
    pub subscription_id: String,
}
