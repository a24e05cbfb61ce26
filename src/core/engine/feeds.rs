//! The subscriptions to queues' notifications: one for each queue, whoever and however many listen.

use super::config::Millis;
use super::requests::Owner;
use super::{Engine, FeedId, Output, answers};
use crate::core::action::Action;
use crate::core::error::Code;
use crate::core::wire::msgpack::Writer;

/// Life of a subscription in seconds. It ends with its socket; only where a server was killed does it linger, and then
/// every post to the queue knocks at a closed port until this has passed.
const LIFE: u32 = 86_400;
/// A subscription is made anew when half of its life is over: the socket has no way to renew it.
const RENEW_AFTER: Millis = 43_200_000.0;
/// Zaqar on Redis fails once for each expired subscription that it has not forgotten. So often is it asked again.
const MOST_STALE: u8 = 30;
const TIMEOUT: Millis = 15_000.0;

#[derive(Debug, Clone, PartialEq)]
enum Stage {
    /// To be made as soon as a socket is ready.
    Wanted,
    /// Asked for.
    Asked,
    /// Established, under this id.
    Active(Option<String>),
}

#[derive(Debug)]
struct Feed {
    id: FeedId,
    queue: String,
    stage: Stage,
    /// Failures in a row that another try may mend, and when that is.
    failures: u8,
    next: Option<Millis>,
    /// Whether all have left while it was being asked for.
    is_left: bool,
}

/// All subscriptions of a client.
#[derive(Debug, Default)]
pub struct Feeds {
    feeds: Vec<Feed>,
    made: u32,
}

impl Feeds {
    /// The feed of a queue.
    pub fn of_queue(&self, queue: &str) -> Option<FeedId> {
        self.feeds.iter().find(|feed| feed.queue == queue && !feed.is_left).map(|feed| feed.id)
    }

    /// The socket is gone, and its subscriptions with it.
    pub fn socket_lost(&mut self) {
        self.feeds.retain(|feed| !feed.is_left);
        for feed in &mut self.feeds {
            feed.stage = Stage::Wanted;
            feed.next = None;
        }
    }

    /// The request that should have made it has failed.
    pub fn interrupted(&mut self, id: FeedId) {
        if let Some(feed) = self.get_mut(id) {
            feed.stage = Stage::Wanted;
            feed.next = None;
        }
    }

    /// When the next one is to be tried or made anew.
    pub fn next(&self) -> Option<Millis> {
        self.feeds.iter().filter_map(|feed| feed.next).reduce(f64::min)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.feeds.clear();
    }

    fn get_mut(&mut self, id: FeedId) -> Option<&mut Feed> {
        self.feeds.iter_mut().find(|feed| feed.id == id)
    }
}

impl Engine {
    /// Subscribes to a queue's notifications. [`Output::FeedReady`] or [`Output::FeedFailed`] follows.
    pub fn subscribe(&mut self, now: Millis, queue: &str) -> FeedId {
        if let Some(id) = self.feeds.of_queue(queue) {
            return id;
        }
        self.feeds.made += 1;
        let id = FeedId(self.feeds.made);
        self.feeds.feeds.push(Feed {
            id,
            queue: queue.into(),
            stage: Stage::Wanted,
            failures: 0,
            next: None,
            is_left: false,
        });
        self.serve_feeds(now);
        id
    }

    /// Whether the subscription is established.
    pub fn is_subscribed(&self, id: FeedId) -> bool {
        self.feeds.feeds.iter().any(|feed| feed.id == id && matches!(feed.stage, Stage::Active(_)))
    }

    /// Gives a subscription up.
    pub fn unsubscribe(&mut self, now: Millis, id: FeedId) {
        let Some(index) = self.feeds.feeds.iter().position(|feed| feed.id == id) else { return };
        if self.feeds.feeds[index].stage == Stage::Asked {
            self.feeds.feeds[index].is_left = true;
            return;
        }
        let feed = self.feeds.feeds.swap_remove(index);
        if let Stage::Active(Some(subscription)) = feed.stage {
            self.drop_subscription(now, &feed.queue, &subscription);
        }
    }

    /// Sees to the subscriptions that are to be made, tried again or made anew.
    pub(super) fn serve_feeds(&mut self, now: Millis) {
        let is_ready = self.socket.session.as_ref().is_some_and(|session| session.is_ready());
        if !is_ready || self.closing.is_some() {
            return;
        }
        for index in 0..self.feeds.feeds.len() {
            let feed = &mut self.feeds.feeds[index];
            let is_due = feed.next.is_some_and(|next| next <= now);
            let old = match &feed.stage {
                Stage::Wanted if feed.next.is_none() || is_due => None,
                Stage::Active(subscription) if is_due => subscription.clone(),
                Stage::Wanted | Stage::Asked | Stage::Active(_) => continue,
            };
            feed.stage = Stage::Asked;
            feed.next = None;
            let (id, queue) = (feed.id, feed.queue.clone());
            if let Some(old) = old {
                self.drop_subscription(now, &queue, &old);
            }
            let mut body = Writer::new();
            body.map(2).text("queue_name").text(&queue).text("ttl").number(LIFE);
            self.add(now, Action::SubscriptionCreate, body.into_bytes(), Owner::Feed(id), TIMEOUT, false);
        }
    }

    pub(super) fn feed_answered(
        &mut self,
        now: Millis,
        id: FeedId,
        status: u16,
        subscription: Option<&str>,
        text: &str,
    ) {
        let Some(index) = self.feeds.feeds.iter().position(|feed| feed.id == id) else { return };
        let feed = &mut self.feeds.feeds[index];
        if feed.is_left {
            let feed = self.feeds.feeds.swap_remove(index);
            let is_back = self.feeds.of_queue(&feed.queue).is_some();
            if let Some(subscription) = subscription.filter(|_| !is_back) {
                self.drop_subscription(now, &feed.queue, subscription);
            }
            return;
        }
        match status {
            // 409: this socket is subscribed already
            201 | 409 => {
                feed.stage = Stage::Active(subscription.map(String::from));
                feed.failures = 0;
                feed.next = Some(now + RENEW_AFTER);
                self.outputs.push_back(Output::FeedReady(id));
            }
            500.. if feed.failures < MOST_STALE => {
                feed.stage = Stage::Wanted;
                feed.failures += 1;
                let pause = if text.contains("can't be decoded") { 0.0 } else { 100.0 * f64::from(feed.failures) };
                feed.next = Some(now + pause);
                self.serve_feeds(now);
            }
            _ => {
                self.feeds.feeds.swap_remove(index);
                let failure = answers::refusal(Action::SubscriptionCreate, status, text, false);
                self.outputs.push_back(Output::FeedFailed(id, failure));
                if failure.code == Code::Unauthorized {
                    self.authentication_lost();
                }
            }
        }
    }

    fn drop_subscription(&mut self, now: Millis, queue: &str, subscription: &str) {
        let mut body = Writer::new();
        body.map(2).text("queue_name").text(queue).text("subscription_id").text(subscription);
        self.add(now, Action::SubscriptionDelete, body.into_bytes(), Owner::Nobody, TIMEOUT, false);
    }
}
