//! The subscriptions to queues' notifications: one for each queue, whoever and however many listen.

use serde::Serialize;

use super::config::{Millis, NEVER};
use super::requests::Owner;
use super::retries::TIMEOUT;
use super::{Engine, Failure, FeedId, Output, TailId, Transport};
use crate::engine::memory::Memory;
use crate::protocol::action::Action;
use crate::protocol::error::{self, Code};
use crate::protocol::opaque::Opaque;
use crate::protocol::request::{SubscriptionCreate, SubscriptionDelete, SubscriptionGet, lossy};

/// Life of a subscription in seconds. It ends with its socket; only where a server was killed does it linger, and then
/// every post to the queue knocks at a closed port until this has passed.
const LIFE: u32 = 86_400;
/// How often Zaqar tries to reach a socket: once. By default it knocks for three minutes at the port of a server that was killed,
/// and ten such knocks stop all notifications of the process that posts. A geometric row that begins with 0 has no steps.
const ONCE: SubscriptionOptions = SubscriptionOptions {
    _retry_policy: RetryPolicy {
        retries_with_no_delay: 0,
        minimum_delay_retries: 0,
        maximum_delay_retries: 0,
        minimum_delay: 0,
        maximum_delay: 10,
        retry_backoff_function: "geometric",
    },
};
/// A subscription is made anew when half of its life is over: the socket has no way to renew it.
const RENEW_AFTER: Millis = 43_200_000.0;
/// So long nothing was heard of a subscription when it is looked up: a purge of its queue and a flush of the store drop it,
/// and the socket lives on. Tails and consumers look for messages themselves: where only they listen it is looked up when
/// they find what it did not announce.
const SAFETY: Millis = 15_000.0;
/// What was heard so lately is as good as a look.
const JUST_NOW: Millis = 1_000.0;
/// Zaqar on Redis fails once for each expired subscription that it has not forgotten. So often is it asked again.
const MOST_STALE: u8 = 30;
/// What is told of a subscription that the server has dropped.
const DROPPED: &str = "the server has dropped a subscription, which is made again: a purge or a flush does that. \
    Notifications of the last 15 s or more may have been missed";

#[derive(Serialize)]
struct SubscriptionOptions {
    _retry_policy: RetryPolicy,
}

/// Times are in seconds; Zaqar takes none whose delays are less than ten apart.
#[derive(Serialize)]
struct RetryPolicy {
    retries_with_no_delay: u8,
    minimum_delay_retries: u8,
    maximum_delay_retries: u8,
    minimum_delay: u8,
    maximum_delay: u8,
    retry_backoff_function: &'static str,
}

#[derive(Debug, Clone, PartialEq)]
enum Stage {
    /// To be made as soon as a socket is ready.
    Wanted,
    /// Asked for.
    Asked,
    /// Established, under this id.
    Active(Option<Vec<u8>>),
}

/// Whether the server is being asked if it still has a subscription.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Look {
    None,
    /// It is due at once: the client itself has purged the queue.
    AfterPurge,
    /// It is under way, after such a purge or not.
    Asked {
        after_purge: bool,
    },
    /// It was under way when the client purged the queue, so another must follow.
    Overtaken,
}

#[derive(Debug)]
struct Feed {
    id: FeedId,
    queue: Vec<u8>,
    /// A subscription would make a queue that can break others: something must look for its messages at all times.
    is_barred: bool,
    stage: Stage,
    /// Failures in a row that another try may mend, and when that is.
    failures: u8,
    next: Millis,
    /// When a subscription that is established is made anew.
    renew_at: Millis,
    /// When it was last heard, or looked up.
    heard: Millis,
    look: Look,
    /// How many listen. None: all have left while it was being asked for.
    listeners: u32,
    /// How many of them are tails, which look for themselves when there is no socket.
    tails: u32,
    /// How many of them are consumers, which take what comes for a bell.
    consumers: u32,
    /// Looks for messages in place of the socket.
    stand_in: Option<TailId>,
    /// What those have given that looked before it.
    given: Memory,
}

impl Feed {
    /// When there is something to do for it, on a socket that is ready.
    fn due(&self) -> Millis {
        match self.stage {
            Stage::Wanted => self.next,
            Stage::Asked => NEVER,
            Stage::Active(_) => self.renew_at.min(self.look_at()),
        }
    }

    fn look_at(&self) -> Millis {
        match self.look {
            Look::None if self.listeners > self.tails + self.consumers => self.heard + SAFETY,
            Look::None | Look::Asked { .. } | Look::Overtaken => NEVER,
            Look::AfterPurge => f64::NEG_INFINITY,
        }
    }

    /// It is established, under that id where the answer told it.
    fn made(&mut self, now: Millis, id: Option<&[u8]>) {
        self.stage = Stage::Active(id.map(Vec::from));
        self.failures = 0;
        self.next = NEVER;
        self.renew_at = now + RENEW_AFTER;
        self.heard = now;
        self.look = Look::None;
    }

    /// There is none any more.
    fn lost(&mut self) {
        self.stage = Stage::Wanted;
        self.next = NEVER;
        self.look = Look::None;
    }
}

/// All subscriptions of a client.
#[derive(Debug, Default)]
pub struct Feeds {
    feeds: Vec<Feed>,
    made: u32,
}

impl Feeds {
    /// The feed of a queue.
    pub fn of_queue(&self, queue: &[u8]) -> Option<FeedId> {
        self.feeds.iter().find(|feed| feed.queue == queue && feed.listeners > 0).map(|feed| feed.id)
    }

    /// The queue of a feed.
    pub fn queue_of(&self, id: FeedId) -> Option<&[u8]> {
        self.get(id).map(|feed| &*feed.queue)
    }

    /// Whether there is such a feed, established or not.
    pub fn has(&self, id: FeedId) -> bool {
        self.get(id).is_some()
    }

    /// The socket is gone, and its subscriptions with it.
    pub fn socket_lost(&mut self) {
        self.feeds.retain(|feed| feed.listeners > 0);
        self.feeds.iter_mut().for_each(Feed::lost);
    }

    /// The request that should have made it, or looked it up, has failed.
    pub fn interrupted(&mut self, now: Millis, id: FeedId) {
        if let Some(feed) = self.get_mut(id) {
            match feed.look {
                Look::Asked { .. } => (feed.look, feed.heard) = (Look::None, now),
                Look::Overtaken => feed.look = Look::AfterPurge,
                Look::None | Look::AfterPurge => feed.lost(),
            }
        }
    }

    /// A doorbell has rung: the subscription is there.
    pub fn heard(&mut self, now: Millis, id: FeedId) {
        if let Some(feed) = self.get_mut(id) {
            feed.heard = now;
        }
    }

    /// When the next one is to be tried, looked up or made anew.
    pub fn next(&self) -> Millis {
        self.feeds.iter().map(Feed::due).fold(NEVER, f64::min)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.feeds.clear();
    }

    fn get(&self, id: FeedId) -> Option<&Feed> {
        self.feeds.iter().find(|feed| feed.id == id)
    }

    fn get_mut(&mut self, id: FeedId) -> Option<&mut Feed> {
        self.feeds.iter_mut().find(|feed| feed.id == id)
    }
}

impl Engine {
    /// Subscribes to a queue's notifications, once more if that is done already. [`Output::FeedReady`] or
    /// [`Output::FeedFailed`] follows, unless it [delivers](Engine::delivers) already.
    pub fn subscribe(&mut self, now: Millis, queue: &[u8]) -> FeedId {
        let id = self.listen(queue);
        self.serve_feeds(now);
        id
    }

    /// Adds a listener to a queue's feed.
    pub(super) fn listen(&mut self, queue: &[u8]) -> FeedId {
        if let Some(feed) = self.feeds.of_queue(queue).and_then(|id| self.feeds.get_mut(id)) {
            feed.listeners += 1;
            return feed.id;
        }
        self.feeds.made += 1;
        let id = FeedId(self.feeds.made);
        let is_barred = !self.config.rules.allows_dots && queue.contains(&b'.');
        self.feeds.feeds.push(Feed {
            id,
            queue: queue.into(),
            is_barred,
            stage: Stage::Wanted,
            failures: 0,
            next: NEVER,
            renew_at: NEVER,
            heard: 0.0,
            look: Look::None,
            listeners: 1,
            tails: 0,
            consumers: 0,
            stand_in: None,
            given: Memory::default(),
        });
        id
    }

    /// Whether the subscription is established.
    pub fn is_subscribed(&self, id: FeedId) -> bool {
        self.feeds.get(id).is_some_and(|feed| matches!(feed.stage, Stage::Active(_)))
    }

    /// Whether what is posted from now on is delivered: by the subscription, or by a tail that stands in for it.
    pub fn delivers(&self, id: FeedId) -> bool {
        let stand_in = self.feeds.get(id).and_then(|feed| feed.stand_in);
        self.is_subscribed(id) || stand_in.is_some_and(|tail| self.is_tail_ready(tail))
    }

    /// One listener leaves; with the last one the subscription is given up.
    pub fn unsubscribe(&mut self, now: Millis, id: FeedId) {
        let Some(index) = self.feeds.feeds.iter().position(|feed| feed.id == id) else { return };
        let feed = &mut self.feeds.feeds[index];
        feed.listeners -= 1;
        if feed.listeners > feed.tails {
            return;
        }
        let stand_in = feed.stand_in.take();
        if feed.listeners == 0 && feed.stage != Stage::Asked {
            let feed = self.feeds.feeds.swap_remove(index);
            if let Stage::Active(Some(subscription)) = feed.stage {
                self.drop_subscription(now, &feed.queue, &subscription);
            }
        }
        if let Some(stand_in) = stand_in {
            self.end_tail(now, stand_in);
        }
    }

    /// Sees to the subscriptions that are to be made, tried again, looked up or made anew.
    pub(super) fn serve_feeds(&mut self, now: Millis) {
        if self.closing < NEVER {
            return;
        }
        self.stand_in_for_feeds(now);
        if !self.socket.is_ready() {
            return;
        }
        for index in 0..self.feeds.feeds.len() {
            let feed = &self.feeds.feeds[index];
            match feed.stage {
                _ if feed.is_barred => {}
                Stage::Wanted if feed.next == NEVER || feed.next <= now => self.make_subscription(now, index),
                Stage::Active(_) if feed.renew_at <= now => self.make_subscription(now, index),
                Stage::Active(_) if feed.look_at() <= now => self.look_up(now, index),
                Stage::Wanted | Stage::Asked | Stage::Active(_) => {}
            }
        }
    }

    fn make_subscription(&mut self, now: Millis, index: usize) {
        let feed = &mut self.feeds.feeds[index];
        let before = std::mem::replace(&mut feed.stage, Stage::Asked);
        feed.next = NEVER;
        feed.look = Look::None;
        let (id, queue) = (feed.id, feed.queue.clone());
        if let Stage::Active(Some(old)) = before {
            self.drop_subscription(now, &queue, &old);
        }
        // one that waited while its socket went would be a second one now
        self.forget_all_of(Owner::Feed(id));
        self.ask_for_subscription(now, id, &queue);
    }

    fn ask_for_subscription(&mut self, now: Millis, id: FeedId, queue: &[u8]) {
        let queue_name = lossy(queue);
        let socket_itself =
            SubscriptionCreate { queue_name, ttl: Some(LIFE), options: Opaque::of(&ONCE), subscriber: None };
        self.add(now, socket_itself.into(), Owner::Feed(id), TIMEOUT, false);
    }

    /// Asks whether the server still has a subscription. By its id where that is known, for to ask for the subscription again
    /// would make a queue that somebody has deleted.
    fn look_up(&mut self, now: Millis, index: usize) {
        let feed = &mut self.feeds.feeds[index];
        feed.look = Look::Asked { after_purge: feed.look == Look::AfterPurge };
        let (id, queue) = (feed.id, feed.queue.clone());
        match &feed.stage {
            Stage::Active(Some(subscription)) => {
                let look = SubscriptionGet { queue_name: lossy(&queue), subscription_id: lossy(subscription) };
                self.add(now, look.into(), Owner::Feed(id), TIMEOUT, false);
            }
            Stage::Active(None) => self.ask_for_subscription(now, id, &queue),
            Stage::Wanted | Stage::Asked => {}
        }
    }

    /// The client has purged a queue, and its own subscription with it perhaps.
    pub(super) fn purged(&mut self, now: Millis, queue: &[u8]) {
        if let Some(feed) = self.feeds.of_queue(queue).and_then(|id| self.feeds.get_mut(id)) {
            feed.look = match feed.look {
                Look::None | Look::AfterPurge => Look::AfterPurge,
                Look::Asked { .. } | Look::Overtaken => Look::Overtaken,
            };
            self.serve_feeds(now);
        }
    }

    /// A tail or a consumer has found what no doorbell announced: is there still a subscription?
    pub(super) fn doubt_feed(&mut self, now: Millis, id: FeedId) {
        let Some(index) = self.feeds.feeds.iter().position(|feed| feed.id == id) else { return };
        let feed = &self.feeds.feeds[index];
        let is_active = matches!(feed.stage, Stage::Active(_));
        if self.socket.is_ready() && is_active && feed.look == Look::None && feed.heard + JUST_NOW <= now {
            self.look_up(now, index);
        }
    }

    pub(super) fn feed_answered(
        &mut self,
        now: Millis,
        id: FeedId,
        action: Action,
        status: u16,
        subscription: Option<&[u8]>,
        text: &[u8],
    ) {
        let Some(index) = self.feeds.feeds.iter().position(|feed| feed.id == id) else { return };
        let feed = &mut self.feeds.feeds[index];
        let look = std::mem::replace(&mut feed.look, Look::None);
        if feed.listeners == 0 {
            let feed = self.feeds.feeds.swap_remove(index);
            let is_back = self.feeds.of_queue(&feed.queue).is_some();
            if let Some(subscription) = subscription.filter(|_| !is_back && action == Action::SubscriptionCreate) {
                self.drop_subscription(now, &feed.queue, subscription);
            }
            return;
        }
        let after_purge = match look {
            Look::None | Look::AfterPurge => None,
            Look::Asked { after_purge } => Some(after_purge),
            Look::Overtaken => Some(true),
        };
        if let Some(after_purge) = after_purge {
            feed.heard = now;
            let is_lost = status == if action == Action::SubscriptionGet { 404 } else { 201 };
            let is_open = look == Look::Overtaken || is_stale(status, text) && feed.failures < MOST_STALE;
            if !is_lost && is_open {
                feed.failures += u8::from(look != Look::Overtaken);
                feed.look = if after_purge { Look::AfterPurge } else { Look::None };
                return self.look_up(now, index);
            }
            feed.failures = 0;
            if !is_lost {
                return;
            }
            feed.lost();
            self.subscription_lost(id, after_purge);
        }
        match action {
            Action::SubscriptionGet => self.serve_feeds(now),
            _ => self.subscription_answered(now, index, status, subscription, text),
        }
    }

    /// The server has dropped a subscription while the socket lived.
    fn subscription_lost(&mut self, feed: FeedId, after_purge: bool) {
        self.tails.unheard(feed);
        if !after_purge {
            let failure = Failure::of_client(Code::Unavailable, DROPPED);
            self.outputs.push(Output::Trouble(Failure { action: Some(Action::SubscriptionCreate), ..failure }));
        }
    }

    fn subscription_answered(
        &mut self,
        now: Millis,
        index: usize,
        status: u16,
        subscription: Option<&[u8]>,
        text: &[u8],
    ) {
        let feed = &mut self.feeds.feeds[index];
        let id = feed.id;
        match status {
            // 409: this socket is subscribed already
            201 | 409 => {
                feed.made(now, subscription);
                let stand_in = feed.stand_in;
                match stand_in {
                    // it looks once more, for what came before the subscription
                    Some(tail) => self.retire_tail(tail),
                    None => self.outputs.push(Output::FeedReady(id)),
                }
                self.ring(now, id);
            }
            500.. if feed.failures < MOST_STALE => {
                feed.stage = Stage::Wanted;
                feed.failures += 1;
                let pause = if is_stale(status, text) { 0.0 } else { 100.0 * f64::from(feed.failures) };
                feed.next = now + pause;
                self.serve_feeds(now);
            }
            _ => {
                let failure = self.refusal(Action::SubscriptionCreate, status, text, false);
                self.feed_failed(id, failure);
                self.ring_consumers(now, id);
            }
        }
    }

    /// A feed cannot be had. Its tails and consumers look without it.
    pub(super) fn feed_failed(&mut self, id: FeedId, failure: Failure) {
        self.feeds.feeds.retain(|feed| feed.id != id);
        self.outputs.push(Output::FeedFailed(id, failure));
    }

    /// While REST is what works, something must look for the messages that no socket announces.
    fn stand_in_for_feeds(&mut self, now: Millis) {
        let polls = self.transport == Some(Transport::Polling) && !self.socket.is_ready();
        for index in 0..self.feeds.feeds.len() {
            let feed = &mut self.feeds.feeds[index];
            let is_blind = polls || feed.is_barred;
            if is_blind && feed.listeners > feed.tails && feed.stand_in.is_none() {
                let (id, queue, given) = (feed.id, feed.queue.clone(), std::mem::take(&mut feed.given));
                self.feeds.feeds[index].stand_in = Some(self.stand_in(now, id, queue, given));
            }
        }
    }

    /// The feed that a tail stands in for has no more need of it.
    pub(super) fn stand_in_ended(&mut self, feed: FeedId, given: Memory) {
        if let Some(feed) = self.feeds.get_mut(feed) {
            feed.stand_in = None;
            feed.given = given;
        }
    }

    /// Whether what a socket announces is given to the listeners: tails take it for a bell, and while one still stands in
    /// for the socket it is the one that gives.
    pub(super) fn pushes_count(&self, feed: FeedId) -> bool {
        self.is_heard(feed) && self.feeds.get(feed).is_some_and(|feed| feed.stand_in.is_none())
    }

    /// Whether anybody listens to a feed who wants more than a bell.
    pub(super) fn is_heard(&self, feed: FeedId) -> bool {
        self.feeds.get(feed).is_some_and(|feed| feed.listeners > feed.tails + feed.consumers)
    }

    /// A consumer comes to listen to a feed, or leaves.
    pub(super) fn count_consumer(&mut self, feed: FeedId, comes: bool) {
        if let Some(feed) = self.feeds.get_mut(feed) {
            feed.consumers = if comes { feed.consumers + 1 } else { feed.consumers - 1 };
        }
    }

    /// A tail comes to listen to a feed, or leaves.
    pub(super) fn count_tail(&mut self, feed: FeedId, comes: bool) {
        if let Some(feed) = self.feeds.get_mut(feed) {
            feed.tails = if comes { feed.tails + 1 } else { feed.tails - 1 };
        }
    }

    fn drop_subscription(&mut self, now: Millis, queue: &[u8], subscription: &[u8]) {
        let ended = SubscriptionDelete { queue_name: lossy(queue), subscription_id: lossy(subscription) };
        self.add(now, ended.into(), Owner::Nobody, TIMEOUT, false);
    }
}

/// Whether the server has failed at an expired subscription that it has now forgotten.
fn is_stale(status: u16, text: &[u8]) -> bool {
    status >= 500 && error::contains(text, b"can't be decoded")
}
