//! Requests about messages.

use super::fields::requests;

requests! {
    /// Lists messages.
    pub struct MessageList {
        /// The queue.
        pub queue_name: String,
        /// The message, or the place, behind which the page begins.
        pub marker: Option<String>,
        /// At most how many messages.
        pub limit: Option<u32>,
        /// Whether the client's own are among them.
        pub echo: Option<bool>,
        /// Whether claimed ones are among them.
        pub include_claimed: Option<bool>,
        /// Whether delayed ones are among them.
        pub include_delayed: Option<bool>,
    }

    /// Asks for one message.
    pub struct MessageGet {
        /// The queue.
        pub queue_name: String,
        /// The message.
        pub message_id: String,
    }

    /// Asks for messages by their ids.
    pub struct MessageGetMany {
        /// The queue.
        pub queue_name: String,
        /// The messages.
        pub message_ids: Vec<String>,
    }

    /// Deletes one message.
    pub struct MessageDelete {
        /// The queue.
        pub queue_name: String,
        /// The message.
        pub message_id: String,
        /// The claim that holds it: one that is claimed can be deleted only so.
        pub claim_id: Option<String>,
    }

    /// Deletes messages by their ids, or pops the oldest.
    pub struct MessageDeleteMany {
        /// The queue.
        pub queue_name: String,
        /// The messages.
        pub message_ids: Option<Vec<String>>,
        /// How many of the oldest are deleted and given.
        pub pop: Option<u32>,
    }
}
