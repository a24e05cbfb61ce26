//! What the requests of this client do to the counts of queues.

use crate::protocol::request::Request;

/// What a request of this client does to a queue.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Change {
    /// It is there, whether it was before or not, with other counts.
    Made,
    /// It has other counts, if it is there.
    Counts,
    Gone,
}

/// The queue that a request changes, and how.
pub(super) fn change_by(what: &Request) -> Option<(&str, Change)> {
    match what {
        Request::QueueCreate(queue) => Some((&queue.queue_name, Change::Made)),
        Request::MessagePost(post) => Some((&post.queue_name, Change::Made)),
        Request::MessageDelete(message) => Some((&message.queue_name, Change::Counts)),
        Request::MessageDeleteMany(messages) => Some((&messages.queue_name, Change::Counts)),
        Request::ClaimCreate(claim) => Some((&claim.queue_name, Change::Counts)),
        Request::ClaimDelete(claim) => Some((&claim.queue_name, Change::Counts)),
        Request::QueuePurge(purge) => Some((&purge.queue_name, Change::Counts)),
        Request::QueueDelete(queue) => Some((&queue.queue_name, Change::Gone)),
        _ => None,
    }
}
