//! Posts: one call may take several requests, and messages are stored in the order in which they were posted.
//!
//! A queue's posts form a line, whichever transports carry them. On the socket they follow one another without waiting,
//! for the server serves a socket in order; over REST, and from one transport to the other, each waits for the answer to
//! the one before. Posts to other queues do not wait. Nor does one follow at once where the one before may be refused for its size
//! and go again in parts. A socket that keeps posts waiting must give a sign of life sooner than others.

use std::collections::VecDeque;

use super::config::Millis;
use super::requests::{Request, Stage};
use super::{Arrival, Delivery, Engine, Failure, RequestId};
use crate::protocol::limits::{Refusal, Rules};
use crate::protocol::request::{self, MessagePost};
use crate::protocol::split::MOST_AT_ONCE;

/// What is left of a post whose first messages are in its request.
#[derive(Debug)]
pub struct Post {
    turn: Turn,
    /// The requests that follow, in order.
    later: VecDeque<MessagePost>,
    /// Messages that the server has stored so far, of all.
    stored: usize,
    all: usize,
}

/// The place of a post in the line of its queue.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// Posts are numbered as they are made.
    order: u32,
    queue: String,
}

impl Turn {
    /// Whether the other has to wait for this one.
    pub fn is_before(&self, other: &Turn) -> bool {
        self.order < other.order && self.queue == other.queue
    }
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
        let mut parts = VecDeque::from(self.parts_of(post)?);
        let first = parts.pop_front().unwrap_or_default();
        self.posts_made += 1;
        let turn = Turn { order: self.posts_made, queue };
        Ok((first, Box::new(Post { turn, later: parts, stored: 0, all })))
    }

    /// Whether every earlier post of its queue is stored, or will be before this one if it goes this way.
    pub(super) fn is_its_turn(&self, request: &Request, way: Way) -> bool {
        let Some(turn) = request.turn() else { return true };
        self.requests.all().all(|other| match &other.post {
            Some(earlier) if earlier.turn.is_before(turn) => {
                way == Way::Socket
                    && earlier.later.is_empty()
                    && matches!(other.stage, Stage::OnSocket(_))
                    && matches!(&other.what, request::Request::MessagePost(sent) if self.sizes.goes_whole(sent))
            }
            _ => true,
        })
    }

    /// Whether a post waits for the answer to an earlier one that went on the socket.
    pub(super) fn waits_for_socket(&self, request: &Request) -> bool {
        let Some(turn) = request.turn().filter(|_| matches!(request.stage, Stage::Waiting(_))) else { return false };
        let mut on_socket = self.requests.all().filter(|other| matches!(other.stage, Stage::OnSocket(_)));
        on_socket.any(|other| other.turn().is_some_and(|earlier| earlier.is_before(turn)))
    }

    /// The posts that one goes in, by what is known of the server and of the queue. Where a message of it is beyond the limit of the
    /// queue it is cut by the server's alone: the queue may have another limit now, and else refuses the whole post at once.
    fn parts_of(&self, post: MessagePost) -> Result<Vec<MessagePost>, Refusal> {
        let rules = &self.config.rules;
        if let Some(limit) = self.sizes.limit_of(&post.queue_name) {
            let rules = Rules { max_messages_post_size: Some(limit), ..rules.clone() };
            if let Ok(parts) = post.clone().split(MOST_AT_ONCE, &rules) {
                return Ok(parts);
            }
        }
        post.split(MOST_AT_ONCE, rules)
    }

    /// A part of a post was refused for its size: it goes again in smaller ones, and so does what follows, if that can be.
    pub(super) fn post_in_smaller_parts(&mut self, now: Millis, id: RequestId) -> bool {
        let Some(Request { what: request::Request::MessagePost(part), post: Some(post), .. }) = self.requests.get(id)
        else {
            return false;
        };
        let Ok(parts) = self.parts_of(part.clone()) else { return false };
        let later: Result<Vec<_>, _> = post.later.iter().map(|part| self.parts_of(part.clone())).collect();
        let (2.., Ok(later)) = (parts.len(), later) else { return false };
        let mut parts: VecDeque<_> = parts.into_iter().chain(later.into_iter().flatten()).collect();
        if let Some(request) = self.requests.get_mut(id)
            && let Some(post) = &mut request.post
        {
            request.what = parts.pop_front().unwrap_or_default().into();
            post.later = parts;
            self.go_on(now, id);
        }
        true
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
            self.sizes.take(part);
            *part = post.later.pop_front().unwrap_or_default();
            self.go_on(now, id);
        }
        Arrival::Part(id)
    }

    /// The request has the next part of its post.
    fn go_on(&mut self, now: Millis, id: RequestId) {
        if let Some(request) = self.requests.get_mut(id) {
            request.go_on();
            self.requests.wait(id, now + self.config.fallback_delay);
            self.dispatch(now);
        }
    }
}

impl Request {
    /// Of a post: its place in the line.
    pub(super) fn turn(&self) -> Option<&Turn> {
        self.post.as_ref().map(|post| &post.turn)
    }

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
