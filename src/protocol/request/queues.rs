//! Requests about queues.

use super::fields::requests;
use crate::protocol::opaque::Opaque;

requests! {
    /// Makes a queue, unless it is there.
    pub struct QueueCreate {
        /// The queue.
        pub queue_name: String,
        /// Its metadata, an object.
        pub metadata: Option<Opaque>,
    }

    /// Lists queues.
    pub struct QueueList {
        /// At most how many queues.
        pub limit: Option<u32>,
        /// The queue behind which the page begins.
        pub marker: Option<String>,
        /// Whether their metadata are told, too.
        pub detailed: Option<bool>,
    }

    /// Asks for the metadata.
    pub struct QueueGet {
        /// The queue.
        pub queue_name: String,
    }

    /// Changes the metadata. REST only.
    pub struct QueueUpdate {
        /// The queue.
        pub queue_name: String,
        /// A JSON patch: an array of `{op, path, value}`, whose paths begin with `/metadata/`.
        pub changes: Opaque,
    }

    /// Asks how many messages there are.
    pub struct QueueGetStats {
        /// The queue.
        pub queue_name: String,
    }

    /// Deletes a queue and what is in it.
    pub struct QueueDelete {
        /// The queue.
        pub queue_name: String,
    }

    /// Empties a queue.
    pub struct QueuePurge {
        /// The queue.
        pub queue_name: String,
        /// `messages`, `subscriptions`; both if it is left out.
        pub resource_types: Option<Vec<String>>,
    }

    /// Asks for a signature that opens a part of the queue. REST only.
    pub struct QueueShare {
        /// The queue.
        pub queue_name: String,
        /// What it opens: `messages`, `claims`, `subscriptions`.
        pub paths: Option<Vec<String>>,
        /// The HTTP methods that it allows.
        pub methods: Option<Vec<String>>,
        /// Until when, such as `2030-12-31T23:59:59`.
        pub expires: Option<String>,
    }
}
