//! Requests about subscriptions.

use super::fields::requests;
use crate::protocol::opaque::Opaque;

requests! {
    /// Subscribes to a queue.
    pub struct SubscriptionCreate {
        /// The queue.
        pub queue_name: String,
        /// Where notifications go, as URL; on a socket without it to the socket itself.
        pub subscriber: Option<String>,
        /// Seconds until it ends.
        pub ttl: Option<u32>,
        /// An object: `post_data`, `post_headers`, `_retry_policy`.
        pub options: Option<Opaque>,
    }

    /// Lists subscriptions.
    pub struct SubscriptionList {
        /// The queue.
        pub queue_name: String,
        /// At most how many subscriptions.
        pub limit: Option<u32>,
        /// The subscription behind which the page begins.
        pub marker: Option<String>,
    }

    /// Asks for one subscription.
    pub struct SubscriptionGet {
        /// The queue.
        pub queue_name: String,
        /// The subscription.
        pub subscription_id: String,
    }

    /// Changes a subscription. REST only.
    pub struct SubscriptionUpdate {
        /// The queue.
        pub queue_name: String,
        /// The subscription.
        pub subscription_id: String,
        /// Where notifications go.
        pub subscriber: Option<String>,
        /// Seconds until it ends, from now on.
        pub ttl: Option<u32>,
        /// An object, as of a new one.
        pub options: Option<Opaque>,
    }

    /// Ends a subscription.
    pub struct SubscriptionDelete {
        /// The queue.
        pub queue_name: String,
        /// The subscription.
        pub subscription_id: String,
    }
}
