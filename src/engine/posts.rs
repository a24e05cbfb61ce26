//! Posts: one call may take several requests, and messages are stored in the order in which they were posted.
//!
//! A queue's posts form a line, whichever transports carry them. On the socket they follow one another without waiting,
//! for the server serves a socket in order; over REST, and from one transport to the other, each waits for the answer to
//! the one before. Posts to other queues do not wait. A socket that keeps posts waiting must give a sign of life sooner than
//! others.

use std::collections::VecDeque;

use super::config::Millis;
use super::requests::{Request, Stage};
use super::{Arrival, Delivery, Engine, Failure, RequestId};
use crate::protocol::limits::Refusal;
use crate::protocol::request::{self, MessagePost};
use crate::protocol::split::MOST_AT_ONCE;

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
    /// The first part of a post, and what is left of it.
    pub(super) fn new_post(&mut self, post: MessagePost) -> Result<(MessagePost, Box<Post>), Refusal> {
        let (queue, all) = (post.queue_name.clone(), post.count());
        let mut parts = VecDeque::from(post.split(MOST_AT_ONCE, &self.config.rules)?);
        let first = parts.pop_front().unwrap_or_default();
        self.posts_made += 1;
        Ok((first, Box::new(Post { order: self.posts_made, queue, later: parts, stored: 0, all })))
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

    /// Whether a post waits for the answer to an earlier one that went on the socket.
    pub(super) fn waits_for_socket(&self, request: &Request) -> bool {
        let Some(post) = request.post.as_ref().filter(|_| matches!(request.stage, Stage::Waiting(_))) else {
            return false;
        };
        self.requests.all().any(|other| match &other.post {
            Some(earlier) => {
                earlier.order < post.order && earlier.queue == post.queue && matches!(other.stage, Stage::OnSocket(_))
            }
            None => false,
        })
    }

    /// Leaves to a later request what an answer over REST could not name: its `Location` has the id of each message.
    pub(super) fn cut_for_rest(&mut self, id: RequestId) {
        let Some(Request { what: request::Request::MessagePost(post), post: Some(whole), .. }) =
            self.requests.get_mut(id)
        else {
            return;
        };
        if let Some(later) = post.split_off(MessagePost::most_over_rest(&post.queue_name)) {
            whole.later.push_front(later);
        }
    }

    /// Whether another request follows this one for the same post.
    pub(super) fn has_next_part(&self, id: RequestId) -> bool {
        let post = self.requests.get(id).and_then(|request| request.post.as_ref());
        post.is_some_and(|post| !post.later.is_empty())
    }

    /// A part of a post has been stored: the next goes in its place.
    pub(super) fn part_stored(&mut self, now: Millis, id: RequestId) -> Arrival {
        if let Some(request) = self.requests.get_mut(id)
            && let (request::Request::MessagePost(part), Some(post)) = (&mut request.what, &mut request.post)
        {
            post.stored += part.count();
            *part = post.later.pop_front().unwrap_or_default();
            request.go_on();
            self.requests.wait(id, now + self.config.fallback_delay);
            self.dispatch(now);
        }
        Arrival::Part(id)
    }
}

impl Request {
    /// The same failure; of a post, with how much of it was stored before.
    pub(super) fn explain(&self, failure: Failure) -> Failure {
        match &self.post {
            Some(post) if post.stored > 0 => {
                let why = format!("{} of {} messages were stored, then: {}", post.stored, post.all, failure.why);
                Failure { why: why.into(), delivery: Delivery::Unknown, retryable: false, ..failure }
            }
            _ => failure,
        }
    }
}
