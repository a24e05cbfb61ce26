//! Posts: one call may take several requests, and messages are stored in the order in which they were posted.
//!
//! A queue's posts form a line, whichever transports carry them. On the socket they follow one another without waiting,
//! for the server serves a socket in order; over REST, and from one transport to the other, each waits for the answer to
//! the one before. Posts to other queues do not wait.

use std::collections::VecDeque;

use super::config::Millis;
use super::requests::{Request, Stage};
use super::{Arrival, Engine, Failure, RequestId};
use crate::protocol::request::{self, MessagePost};
use crate::protocol::split;

/// What is left of a post whose first messages are in its request.
#[derive(Debug)]
pub struct Post {
    /// Posts are numbered as they are made.
    order: u32,
    queue: String,
    /// The requests that follow, in order.
    later: VecDeque<MessagePost>,
    /// Messages that the server has stored so far, of all.
    stored: usize,
    all: usize,
}

/// What may carry a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Socket,
    Rest,
}

impl Engine {
    /// The parts of a post, if it needs several.
    pub(super) fn new_post(&mut self, what: &mut request::Request) -> Option<Box<Post>> {
        let request::Request::MessagePost(post) = what else { return None };
        self.posts_made += 1;
        let all = post.count();
        let mut parts = VecDeque::from(post.parts(split::MOST_AT_ONCE));
        if let Some(first) = parts.pop_front() {
            *post = first;
        }
        let queue = post.queue_name.clone();
        Some(Box::new(Post { order: self.posts_made, queue, later: parts, stored: 0, all }))
    }

    /// Whether every earlier post of its queue is stored, or will be before this one if it goes this way.
    pub(super) fn is_its_turn(&self, request: &Request, way: Way) -> bool {
        let Some(post) = &request.post else { return true };
        self.requests.all().all(|other| match &other.post {
            Some(earlier) if earlier.order < post.order && earlier.queue == post.queue => {
                way == Way::Socket && earlier.later.is_empty() && matches!(other.stage, Stage::OnSocket(_))
            }
            _ => true,
        })
    }

    /// Leaves to a later request what an answer over REST could not name: its `Location` has the id of each message.
    pub(super) fn cut_for_rest(&mut self, id: RequestId) {
        let Some(Request { what: request::Request::MessagePost(post), post: Some(whole), .. }) =
            self.requests.get_mut(id)
        else {
            return;
        };
        let most = split::most_over_rest(&post.queue_name);
        if let Some(later) = post.split_off(most) {
            whole.later.push_front(later);
        }
    }

    /// A part of a post has been stored. Goes on with the next, if any is left.
    pub(super) fn part_stored(&mut self, now: Millis, id: RequestId) -> Option<Arrival> {
        let request = self.requests.get_mut(id)?;
        let (request::Request::MessagePost(post), Some(whole)) = (&mut request.what, &mut request.post) else {
            return None;
        };
        whole.stored += post.count();
        *post = whole.later.pop_front()?;
        request.go_on();
        self.requests.wait(id, now + self.config.fallback_delay);
        Some(Arrival::Part(id))
    }
}

impl Post {
    /// The same failure, if it says how much was stored before.
    pub fn explain(&self, failure: Failure) -> Failure {
        if self.stored == 0 {
            return failure;
        }
        let why = format!("{} of {} messages were stored, then: {}", self.stored, self.all, failure.why);
        Failure { why: why.into(), delivery: super::Delivery::Unknown, retryable: false, ..failure }
    }
}
