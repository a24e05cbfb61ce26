//! What is known of the size of posts that a queue takes. Its metadata may say less than the server's configuration, and may be
//! changed at any time: so a limit of a queue says where to cut a post, and the server is asked in any case.

use std::collections::VecDeque;

use crate::protocol::request::MessagePost;

/// So many queues are remembered: those that were posted to last.
const MOST: usize = 100;

/// All queues of which something is known, latest first.
#[derive(Debug, Default)]
pub struct Sizes {
    queues: VecDeque<OfQueue>,
}

#[derive(Debug)]
struct OfQueue {
    queue: String,
    /// Bytes of the largest post of several messages that the server has taken.
    taken: usize,
    limit: Option<u32>,
}

impl Sizes {
    /// Characters of a post to a queue, where it takes less than the server.
    pub fn limit_of(&self, queue: &str) -> Option<u32> {
        self.get(queue)?.limit
    }

    /// Whether a post will not be cut: it has but one message, or as large a one was taken before.
    pub fn goes_whole(&self, post: &MessagePost) -> bool {
        let taken = || self.get(&post.queue_name).map_or(0, |known| known.taken);
        post.count() == 1 || post.messages.as_bytes().len() <= taken()
    }

    /// A post was taken.
    pub fn take(&mut self, post: &MessagePost) {
        if !self.goes_whole(post) {
            self.of(&post.queue_name).taken = post.messages.as_bytes().len();
        }
    }

    /// A post was refused, with the queue's limit.
    pub fn limit(&mut self, queue: &str, limit: u32) {
        *self.of(queue) = OfQueue { queue: queue.to_owned(), taken: 0, limit: Some(limit) };
    }

    /// The queue is another one, or its metadata are.
    pub fn forget(&mut self, queue: &str) {
        self.queues.retain(|known| known.queue != queue);
    }

    fn get(&self, queue: &str) -> Option<&OfQueue> {
        self.queues.iter().find(|known| known.queue == queue)
    }

    fn of(&mut self, queue: &str) -> &mut OfQueue {
        let place = self.queues.iter().position(|known| known.queue == queue);
        let known = place.and_then(|place| self.queues.remove(place));
        self.queues.truncate(MOST - 1);
        self.queues.push_front(known.unwrap_or_else(|| OfQueue { queue: queue.to_owned(), taken: 0, limit: None }));
        &mut self.queues[0]
    }
}
