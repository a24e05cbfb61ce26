//! Tails: every message of a queue once and in order, from a position on.
//!
//! A tail lists from where it has come to. A notification, a reconnect, a timer is only a doorbell that says «list again»,
//! so a switch of transports loses nothing, and a notification that overtakes its message does no harm: a pull that was
//! rung for and brings nothing is made again after short delays. A slow safety pull runs beside; when it finds what no
//! doorbell announced, doorbells are not trusted for a while and pulls come quicker.

mod sharing;

use super::answers::Way;
use super::config::{Millis, NEVER};
use super::requests::Owner;
use super::retries::{AGAIN, TIMEOUT, TOLD, is_of_server};
use super::{Arrival, Engine, Failure, FeedId, Output, TailId, Transport};
use crate::engine::id::is_from_mongodb;
use crate::engine::listing::{Listing, Query, Start};
use crate::engine::memory::Memory;
use crate::protocol::action::Action;
use crate::protocol::error::Code;
use crate::protocol::replies::{Page, Stats};
use crate::protocol::request::{QueueGetStats, lossy};

/// The pause before a safety pull while doorbells ring.
const SAFETY: Millis = 15_000.0;
/// The shortest life that a message can have: an outage longer than this may hide one from its beginning to its end.
const SHORTEST_LIFE: Millis = 60_000.0;
/// A pull that is so late was held up by sleep, and so were notifications.
const LATE: Millis = 10_000.0;
/// A place in the queue that is lost after a blindness this much longer than between two polls leaves doubt what was there.
const BLIND: Millis = 10_000.0;
/// They are numbered from 1.
const NO_FEED: FeedId = FeedId(0);
/// A position says when its message was posted as it seemed when it came, which may be so much later.
const LAG: Millis = 2_000.0;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// Asks where the queue ends.
    Locating,
    /// Walks to the end in silence, where the server could not tell.
    Skipping,
    /// Gives out what comes.
    Following,
}

#[derive(Debug)]
struct Tail {
    id: TailId,
    feed: FeedId,
    /// The feed that it stands in for: its listeners get what it finds.
    stands_in: bool,
    /// It ends with the pull that finds nothing more.
    retires: bool,
    listing: Listing,
    phase: Phase,
    is_ready: bool,
    /// Requests of it that the server has failed at, one after the other.
    failures: u32,
    is_paused: bool,
    /// A request of it is under way, or would be but for the pause.
    is_pulling: bool,
    /// A request of it is under way.
    is_asking: bool,
    /// It waits for the request of this tail, which asks the same.
    shares: Option<TailId>,
    /// It began its pull because another began the same.
    comes_along: bool,
    /// The doorbell rang during the pull.
    is_rung: bool,
    /// The pull was rung for.
    for_bell: bool,
    brought: bool,
    /// Pulls in a row that brought nothing though they were rung for.
    in_vain: usize,
    /// When the next pull is due.
    next: Millis,
    /// The present pause between pulls while nothing rings.
    pause: Millis,
    /// When it asked last, and when it asked what completed the last pull: what had been posted by then is known.
    asked: Millis,
    completed: Millis,
    /// Whether doorbells could ring without a break since the last completed pull.
    was_covered: bool,
}

impl Tail {
    fn answered(&mut self, way: Way<'_>) {
        self.is_asking = false;
        // an answer on the socket proves that all notifications before it have come; one over REST says nothing of them
        self.was_covered &= way.on_socket || self.listing.needs_rest();
    }
}

/// All tails of a client.
#[derive(Debug, Default)]
pub struct Tails {
    tails: Vec<Tail>,
    made: u32,
}

impl Tails {
    /// When the next pull is due.
    pub fn next(&self) -> Millis {
        self.tails.iter().map(|tail| tail.next).fold(NEVER, f64::min)
    }

    /// The socket is gone: doorbells do not ring.
    pub fn socket_lost(&mut self) {
        for tail in &mut self.tails {
            tail.was_covered = false;
        }
    }

    /// The doorbell of one queue did not ring for a while.
    pub fn unheard(&mut self, feed: FeedId) {
        for tail in self.tails.iter_mut().filter(|tail| tail.feed == feed) {
            tail.was_covered = false;
        }
    }

    /// The way of a tail.
    pub fn listing(&mut self, id: TailId) -> Option<&mut Listing> {
        self.get_mut(id).map(|tail| &mut tail.listing)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.tails.clear();
    }

    fn get_mut(&mut self, id: TailId) -> Option<&mut Tail> {
        self.tails.iter_mut().find(|tail| tail.id == id)
    }
}

/// Where a tail begins.
#[derive(Clone, Debug)]
pub enum From {
    /// With the oldest message there is.
    Oldest,
    /// With the next that is posted.
    Now,
    /// Behind a message.
    Position(Start),
}

impl Engine {
    /// Follows a queue. [`Output::TailReady`] follows, and [`Arrival::Tail`] with its messages.
    pub fn tail(&mut self, now: Millis, query: Query, from: From) -> TailId {
        let may_subscribe = self.config.rules.allows_dots || !query.queue.contains(&b'.');
        let feed = if may_subscribe { self.listen(&query.queue) } else { NO_FEED };
        self.count_tail(feed, true);
        let id = self.new_tail(now, query, from, feed, false);
        self.serve_feeds(now);
        id
    }

    /// Stops or lets go on: what the reader has not taken yet is in Zaqar as well as here.
    pub fn pause_tail(&mut self, now: Millis, id: TailId, is_paused: bool) {
        let Some(tail) = self.tails.get_mut(id) else { return };
        let goes_on = tail.is_paused && !is_paused && tail.is_pulling && !tail.is_asking;
        tail.is_paused = is_paused;
        if goes_on {
            // what the doorbell announced may be gone by now
            tail.was_covered = false;
            self.fetch_for_tail(now, id);
        }
    }

    /// Ends a tail.
    pub fn end_tail(&mut self, now: Millis, id: TailId) {
        let Some(index) = self.tails.tails.iter().position(|tail| tail.id == id) else { return };
        let tail = self.tails.tails.swap_remove(index);
        self.forget_all_of(Owner::Tail(id));
        for other in self.tails.take_sharers(id) {
            self.fetch_for_tail(now, other);
        }
        if tail.stands_in {
            self.stand_in_ended(tail.feed, tail.listing.into_seen());
        } else {
            self.count_tail(tail.feed, false);
            self.unsubscribe(now, tail.feed);
        }
        // readers behind it may go now
        self.dispatch(now);
    }

    /// Looks for messages of a feed while there is no socket.
    pub(super) fn stand_in(&mut self, now: Millis, feed: FeedId, queue: Vec<u8>, given: Memory) -> TailId {
        let query = Query { queue, limit: None, echo: true, include_claimed: true, include_delayed: true };
        let id = self.new_tail(now, query, From::Now, feed, true);
        if let Some(tail) = self.tails.get_mut(id) {
            tail.listing.leave_out(given);
        }
        id
    }

    /// There is a socket: the tail that stood in ends with the pull that finds nothing more.
    pub(super) fn retire_tail(&mut self, id: TailId) {
        if let Some(tail) = self.tails.get_mut(id) {
            tail.retires = true;
        }
    }

    /// Whether a tail has found its place.
    pub(super) fn is_tail_ready(&self, id: TailId) -> bool {
        self.tails.tails.iter().any(|tail| tail.id == id && tail.is_ready)
    }

    /// The doorbell of a queue.
    pub(super) fn ring(&mut self, now: Millis, feed: FeedId) {
        self.feeds.heard(now, feed);
        self.ring_consumers(now, feed);
        self.ring_watches(now, feed);
        for index in 0..self.tails.tails.len() {
            let tail = &mut self.tails.tails[index];
            if tail.feed == feed {
                tail.in_vain = 0;
                let id = tail.id;
                self.pull(now, id, true);
            }
        }
    }

    /// The doorbells of all queues.
    pub(super) fn ring_all(&mut self, now: Millis) {
        self.ring_all_consumers(now);
        for index in 0..self.tails.tails.len() {
            let id = self.tails.tails[index].id;
            self.pull(now, id, true);
        }
    }

    /// Starts the pulls that are due.
    pub(super) fn serve_tails(&mut self, now: Millis) {
        for index in 0..self.tails.tails.len() {
            let Some(tail) = self.tails.tails.get(index).filter(|tail| tail.next <= now) else { continue };
            let (id, for_bell) = (tail.id, tail.in_vain > 0);
            let beside = self.tails.beside(tail);
            self.pull(now, id, for_bell);
            for other in beside {
                self.pull(now, other, false);
                if let Some(other) = self.tails.get_mut(other) {
                    other.comes_along = true;
                }
            }
        }
    }

    /// An answer for a tail has come.
    pub(super) fn tail_answered(&mut self, now: Millis, id: TailId, page: &Page<'_>, way: Way<'_>) -> Arrival {
        let Some(tail) = self.tails.get_mut(id) else { return Arrival::Nothing };
        tail.answered(way);
        let found = tail.listing.found(&way.items(page), way.next_marker);
        let is_given = found.fresh != 0 && tail.phase == Phase::Following;
        tail.brought |= is_given;
        let (feed, stands_in) = (tail.feed, tail.stands_in);
        match found.is_end {
            true => self.pulled(now, id),
            false => self.fetch_for_tail(now, id),
        }
        if is_given && stands_in {
            self.ring_consumers(now, feed);
        }
        match is_given {
            true if stands_in && !self.is_heard(feed) => Arrival::Nothing,
            true if stands_in => Arrival::StandIn(feed, found.fresh),
            true => Arrival::Tail(id, found.fresh),
            false => Arrival::Nothing,
        }
    }

    /// A request of a tail has failed: it is tried again, unless that cannot help.
    pub(super) fn tail_failed(&mut self, now: Millis, id: TailId, action: Option<Action>, failure: Failure) {
        let Some(tail) = self.tails.get_mut(id) else { return };
        tail.is_pulling = false;
        tail.is_asking = false;
        // what the doorbell announced was not read
        tail.was_covered = false;
        match failure.code {
            _ if action == Some(Action::QueueGetStats) && (failure.status != 0 || failure.is_final()) => {
                // one expired message at either end, and the server cannot tell; or a signed URL does not cover it, or the
                // messages at the ends, which come along, are too large
                tail.phase = Phase::Skipping;
                self.pull(now, id, false);
            }
            Code::Closed => {}
            // none of the last messages is left, says an answer that was cut off
            Code::NotFound if action == Some(Action::MessageGetMany) => self.pull_later(now, id),
            _ if failure.is_final() => {
                let (feed, stands_in) = (tail.feed, tail.stands_in);
                self.end_tail(now, id);
                match stands_in {
                    true => self.feed_failed(feed, failure),
                    false => self.outputs.push(Output::TailFailed(id, failure)),
                }
            }
            _ => {
                if is_of_server(&failure) {
                    tail.failures = tail.failures.saturating_add(1);
                    if tail.failures == TOLD {
                        self.outputs.push(Output::Trouble(failure));
                    }
                }
                self.pull_later(now, id);
            }
        }
    }

    /// Begins the pull anew after a pause.
    fn pull_later(&mut self, now: Millis, id: TailId) {
        if let Some(tail) = self.tails.get_mut(id) {
            tail.pause = (tail.pause * 2.0).min(self.config.poll_interval.1);
            tail.next = now + tail.pause * (0.5 + 0.5 * self.random.fraction());
        }
    }

    fn new_tail(&mut self, now: Millis, query: Query, from: From, feed: FeedId, stands_in: bool) -> TailId {
        self.tails.made += 1;
        let id = TailId(self.tails.made);
        let mut listing = Listing::new(query);
        let mut phase = Phase::Following;
        match from {
            From::Oldest => {}
            From::Now => {
                listing.leave_out_before(now);
                phase = Phase::Locating;
            }
            From::Position(Start { marker, posted }) => {
                listing.begin_behind(Start { marker, posted: posted.map(|posted| posted - LAG) });
            }
        }
        self.tails.tails.push(Tail {
            id,
            feed,
            stands_in,
            retires: false,
            listing,
            phase,
            is_ready: false,
            failures: 0,
            is_paused: false,
            is_pulling: false,
            is_asking: false,
            shares: None,
            comes_along: false,
            is_rung: false,
            for_bell: false,
            brought: false,
            in_vain: 0,
            next: NEVER,
            pause: self.config.poll_interval.0,
            asked: now,
            completed: now,
            was_covered: false,
        });
        self.pull(now, id, false);
        id
    }

    /// Begins a pull, or notes that another must follow the one under way.
    fn pull(&mut self, now: Millis, id: TailId, for_bell: bool) {
        let Some(tail) = self.tails.get_mut(id) else { return };
        if tail.is_pulling {
            tail.is_rung |= for_bell;
            return;
        }
        // the machine slept, and so did the doorbell
        tail.was_covered &= now - tail.next < LATE;
        tail.is_pulling = true;
        tail.is_rung = false;
        tail.for_bell = for_bell;
        tail.brought = false;
        tail.comes_along = false;
        tail.next = NEVER;
        tail.listing.set_out();
        self.fetch_for_tail(now, id);
    }

    pub(super) fn fetch_for_tail(&mut self, now: Millis, id: TailId) {
        let Some(tail) = self.tails.get_mut(id) else { return };
        tail.is_asking = !tail.is_paused;
        if tail.is_paused {
            return;
        }
        tail.listing.fit(self.config.rules.page());
        let what = match tail.phase {
            Phase::Locating => QueueGetStats { queue_name: lossy(tail.listing.queue()) }.into(),
            Phase::Skipping | Phase::Following => tail.listing.ask(),
        };
        let rest_only = tail.listing.needs_rest();
        tail.asked = now;
        let stands_in = tail.stands_in;
        let shares = if stands_in { None } else { self.tail_that_asks(now, &what, rest_only) };
        if let Some(tail) = self.tails.get_mut(id).filter(|_| shares.is_some()) {
            tail.shares = shares;
            return;
        }
        self.metrics.polls += 1;
        self.add(now, what, Owner::Tail(id), TIMEOUT, rest_only);
    }

    /// The queue's last message is known, or that it has none; else the way there is walked in silence.
    pub(super) fn located(&mut self, now: Millis, id: TailId, stats: Option<&Stats<'_>>, way: Way<'_>) -> Arrival {
        let Some(tail) = self.tails.get_mut(id) else { return Arrival::Nothing };
        tail.answered(way);
        let newest = stats.and_then(|stats| stats.newest.as_ref());
        let is_empty = newest.is_none() && stats.is_some_and(|stats| stats.total == 0.0);
        tail.phase = if is_empty { Phase::Following } else { Phase::Skipping };
        if let Some(newest) = newest
            && !is_from_mongodb(newest.id.as_bytes())
        {
            let posted = Some(now - newest.age * 1_000.0);
            tail.listing.begin_behind(Start { marker: newest.id.as_bytes().into(), posted });
            tail.phase = Phase::Following;
        }
        self.fetch_for_tail(now, id);
        Arrival::Nothing
    }

    /// A pull has come to the end of the queue.
    fn pulled(&mut self, now: Millis, id: TailId) {
        let Some(feed) = self.tails.get_mut(id).map(|tail| tail.feed) else { return };
        let is_active = self.is_subscribed(feed);
        let is_heard = is_active || self.transport == Some(Transport::Polling) || !self.feeds.has(feed);
        let (shortest, longest) = self.config.poll_interval;
        let chance = self.random.fraction();
        let is_hidden = self.is_hidden;
        let Some(tail) = self.tails.get_mut(id) else { return };
        // who came along lets the other be the first again
        let chance = if tail.comes_along { 1.0 } else { chance };
        tail.is_pulling = false;
        tail.failures = 0;
        tail.phase = Phase::Following;

        // the read itself was somewhere between the question and now
        let (blind, lost) = (now - tail.completed, tail.listing.was_lost());
        // what rings after so long may have been announced to a page that slept
        let rings_late = (tail.for_bell || tail.is_rung) && blind > SHORTEST_LIFE;
        let is_covered = tail.was_covered && !rings_late;
        let gap = match () {
            () if is_covered || !tail.is_ready || tail.stands_in => None,
            () if blind > SHORTEST_LIFE => {
                Some((SHORTEST_LIFE, "nothing could be read for longer than a message may live"))
            }
            () if lost && blind > longest + BLIND => Some((0.0, "its place in the queue is gone")),
            () => None,
        };
        if let Some((to, why)) = gap {
            self.outputs.push(Output::TailGap(id, blind, to, why));
        }
        tail.completed = tail.asked;
        tail.was_covered = is_active;
        let is_unannounced = tail.brought && tail.is_ready && !tail.for_bell && !tail.is_rung;

        if is_unannounced {
            self.doubt_feed(now, feed);
        }
        let Some(tail) = self.tails.get_mut(id) else { return };
        if tail.is_rung {
            return self.pull(now, id, true);
        }
        if tail.for_bell && !tail.brought && tail.in_vain < AGAIN.len() {
            tail.next = now + AGAIN[tail.in_vain];
            tail.in_vain += 1;
            return self.tell_ready(id, is_heard);
        }
        tail.in_vain = 0;
        if tail.retires {
            let feed = tail.feed;
            self.end_tail(now, id);
            self.outputs.push(Output::FeedReady(feed));
            self.ring_consumers(now, feed);
            return;
        }
        tail.pause = match tail.brought {
            // while doorbells ring, what comes without one means that they are broken
            true if is_active && tail.for_bell => SAFETY,
            _ if is_hidden && !is_active => longest,
            true => shortest,
            false if is_active => (tail.pause * 2.0).min(SAFETY),
            false => (tail.pause * 2.0).min(longest),
        };
        let pause = shortest + (tail.pause - shortest).max(shortest * 0.2) * chance;
        tail.next = now + pause;
        self.tell_ready(id, is_heard);
    }

    /// A tail is ready when its place is known and something will tell of what comes.
    fn tell_ready(&mut self, id: TailId, is_heard: bool) {
        let Some(tail) = self.tails.get_mut(id) else { return };
        if is_heard && !tail.is_ready {
            tail.is_ready = true;
            let (feed, stands_in) = (tail.feed, tail.stands_in);
            self.outputs.push(if stands_in { Output::FeedReady(feed) } else { Output::TailReady(id) });
        }
    }
}
