//! The posts of the application, as they are made, sent and stored: the reference model of their order and of their parts.
//!
//! While a post has not ended for the client, no later post to its queue is stored before it, unless both travel on one
//! socket, which is served in order. The messages of a post are stored in their order, each once, and none is left out.

use std::collections::BTreeMap;

use crate::call::Posted;
use crate::server::Front;

#[derive(Debug, Default)]
pub struct Posts {
    /// By the numbers of their requests, which grow.
    made: BTreeMap<u32, Post>,
}

#[derive(Debug)]
struct Post {
    queue: usize,
    count: u32,
    stored: u32,
    /// How its last request was sent.
    sent: Option<Front>,
    has_ended: bool,
}

impl Posts {
    /// The application posts.
    pub fn made(&mut self, number: u32, queue: usize, count: u32) {
        self.made.insert(number, Post { queue, count, stored: 0, sent: None, has_ended: false });
    }

    /// A request of a post is sent.
    pub fn sent(&mut self, number: u32, front: Front) {
        self.post(number).sent = Some(front);
    }

    /// The client has told the application how a post ended, or was told to give it up.
    pub fn ended(&mut self, number: u32) {
        if let Some(post) = self.made.get_mut(&number) {
            post.has_ended = true;
        }
    }

    /// The server stores messages of a post.
    pub fn stored(&mut self, now: f64, part: &Posted, front: Front) {
        let number = part.request;
        let post = self.post(number);
        assert_eq!(part.first, post.stored, "a post goes on where it stopped: {part:?} at {now}");
        post.stored += part.count;
        assert!(post.stored <= post.count, "no more is stored than was posted: {part:?} at {now}");
        let Post { queue, has_ended, .. } = *post;
        let is_open = |post: &&Post| post.queue == queue && !post.has_ended;
        for (earlier, post) in self.made.range(..number).filter(|(_, post)| is_open(post)) {
            let is_before = post.stored == post.count || post.sent == Some(front) && front != Front::Rest;
            assert!(is_before, "post {number} overtakes {earlier} at {now}: {post:?}");
        }
        let overtaken = self.made.range(number + 1..).find(|(_, post)| post.queue == queue && post.stored > 0);
        assert!(
            has_ended || overtaken.is_none(),
            "post {number} is stored behind {:?}, which was made later, at {now}",
            overtaken.map(|(later, _)| *later)
        );
    }

    /// Whether a request is a post.
    pub fn has(&self, number: u32) -> bool {
        self.made.contains_key(&number)
    }

    /// How many messages of a post are stored.
    pub fn count_stored(&self, number: u32) -> u32 {
        self.made.get(&number).map_or(0, |post| post.stored)
    }

    fn post(&mut self, number: u32) -> &mut Post {
        self.made.get_mut(&number).expect("a post of the application's")
    }
}
