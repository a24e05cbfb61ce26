//! Consumers: each message of a queue is worked at least once, by a handler of the application.
//!
//! A consumer claims its messages one by one, so that each can be given back without the others. A notification, a
//! reconnect, the end of a lease is only a doorbell that says «look again». A look that was rung for and finds nothing is
//! made again after short delays. A slow look runs beside; when it finds what no doorbell announced, doorbells are not
//! trusted for a while and looks come quicker. `jobs.rs` says what becomes of a claimed message, and `leases.rs` of its
//! claim.

use super::config::{Millis, NEVER};
use super::jobs::{Errand, Failures, Job};
use super::leases::Lease;
use super::requests::Owner;
use super::retries::{AGAIN, TOLD, doubled, is_of_server};
use super::{Arrival, Delivery, Engine, Failure, FeedId, JobId, Output};
use crate::protocol::replies::Claimed;
use crate::protocol::request::{ClaimCreate, lossy};

/// The pause between looks while doorbells ring: a message that another worker has given up is announced by nobody.
const IDLE: Millis = 45_000.0;
/// The pause after a failed look, doubling.
const TROUBLE: (Millis, Millis) = (500.0, 30_000.0);
/// A lease that somebody else may hold is over so much later than its time.
const AFTER_LEASE: Millis = 1_000.0;

/// One consumer of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConsumerId(pub u32);

/// How a consumer works.
#[derive(Clone, Copy, Debug)]
pub struct ConsumerOptions {
    /// Messages worked at the same time.
    pub concurrency: usize,
    /// Seconds of one lease, which is renewed before it ends.
    pub ttl: u32,
    /// Seconds that a message lives at least when its lease has ended.
    pub grace: u32,
    /// How long one of its requests may take.
    pub timeout: Millis,
}

impl ConsumerOptions {
    /// The time of one lease.
    pub(super) fn lease(&self) -> Millis {
        f64::from(self.ttl) * 1_000.0
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stage {
    Working,
    /// It takes nothing more, and ends with the last of its jobs.
    Stopping,
    /// It has ended, but for claims that are still to be answered and given back.
    Over,
}

#[derive(Debug)]
pub(super) struct Consumer {
    pub id: ConsumerId,
    pub queue: Vec<u8>,
    pub options: ConsumerOptions,
    pub stage: Stage,
    pub jobs: Vec<Job>,
    /// Claims of messages whose handlers have failed, and when each is given back.
    pub resting: Vec<(Vec<u8>, Millis)>,
    pub failures: Failures,
    /// Its doorbell.
    feed: FeedId,
    /// Claims that are asked for and not answered.
    asking: usize,
    /// There may be as many messages as can be worked.
    pub may_be_more: bool,
    /// The last look was rung for.
    is_rung: bool,
    /// Looks in a row that found nothing though they were rung for.
    in_vain: usize,
    /// The present pause between looks while nothing rings.
    pause: Millis,
    /// Looks in a row that failed.
    troubles: u32,
    /// Whether the server has failed at the last look, and not the way to it.
    was_refused: bool,
    /// When the next look is due.
    next: Millis,
    /// When the last lease has ended that this consumer does not hold: nobody else tells that its message is free.
    last_lease: Millis,
}

impl Consumer {
    fn free(&self) -> usize {
        match self.stage {
            Stage::Working => self.options.concurrency.saturating_sub(self.jobs.len() + self.asking),
            Stage::Stopping | Stage::Over => 0,
        }
    }

    /// When anything of it is due.
    fn next(&self) -> Millis {
        let rests = self.resting.iter().map(|(_, until)| *until);
        let leases = self.jobs.iter().map(Job::next);
        rests.chain(leases).fold(self.next.min(self.last_lease), f64::min)
    }
}

/// All consumers of a client.
#[derive(Debug, Default)]
pub struct Consumers {
    pub(super) consumers: Vec<Consumer>,
    made: u32,
    pub(super) jobs_made: u32,
}

impl Consumers {
    /// When anything is due.
    pub fn next(&self) -> Millis {
        self.consumers.iter().map(Consumer::next).fold(NEVER, f64::min)
    }

    /// Forgets all; those that had not ended.
    pub fn take_all(&mut self) -> Vec<ConsumerId> {
        let consumers = std::mem::take(&mut self.consumers);
        consumers.iter().filter(|consumer| consumer.stage != Stage::Over).map(|consumer| consumer.id).collect()
    }

    pub(super) fn get(&self, id: ConsumerId) -> Option<&Consumer> {
        self.consumers.iter().find(|consumer| consumer.id == id)
    }

    pub(super) fn get_mut(&mut self, id: ConsumerId) -> Option<&mut Consumer> {
        self.consumers.iter_mut().find(|consumer| consumer.id == id)
    }

    pub(super) fn ids(&self) -> Vec<ConsumerId> {
        self.consumers.iter().map(|consumer| consumer.id).collect()
    }
}

impl Engine {
    /// Works a queue: [`Arrival::Work`] follows for each message, and [`Output::ConsumerEnded`] at the end.
    pub fn consume(&mut self, now: Millis, queue: &[u8], options: ConsumerOptions) -> ConsumerId {
        self.consumers.made += 1;
        let id = ConsumerId(self.consumers.made);
        let feed = self.listen(queue);
        self.count_consumer(feed, true);
        self.consumers.consumers.push(Consumer {
            id,
            queue: queue.into(),
            options,
            stage: Stage::Working,
            jobs: Vec::new(),
            resting: Vec::new(),
            failures: Failures::default(),
            feed,
            asking: 0,
            may_be_more: true,
            is_rung: true,
            in_vain: 0,
            pause: IDLE,
            troubles: 0,
            was_refused: false,
            next: NEVER,
            last_lease: NEVER,
        });
        self.serve_feeds(now);
        self.wake_consumer(now, id);
        id
    }

    /// Lets a consumer finish what it works on, and then end. Messages that rest can be claimed by others from now on.
    pub fn stop_consumer(&mut self, now: Millis, id: ConsumerId) {
        let Some(consumer) = self.consumers.get_mut(id).filter(|consumer| consumer.stage == Stage::Working) else {
            return;
        };
        consumer.stage = Stage::Stopping;
        consumer.next = NEVER;
        consumer.last_lease = NEVER;
        for (claim, _) in std::mem::take(&mut consumer.resting) {
            self.release(now, id, &claim);
        }
        self.end_if_drained(now, id);
    }

    /// Ends a consumer at once: what it works on can be claimed by others.
    pub fn end_consumer(&mut self, now: Millis, id: ConsumerId) {
        self.consumer_over(now, id, None);
    }

    /// Ends all consumers at once.
    pub(super) fn end_consumers(&mut self, now: Millis) {
        for id in self.consumers.ids() {
            self.end_consumer(now, id);
        }
    }

    /// The doorbell of a queue.
    pub(super) fn ring_consumers(&mut self, now: Millis, feed: FeedId) {
        for id in self.consumers.ids() {
            if self.consumers.get(id).is_some_and(|consumer| consumer.feed == feed) {
                self.wake_consumer(now, id);
            }
        }
    }

    /// The doorbells of all queues.
    pub(super) fn ring_all_consumers(&mut self, now: Millis) {
        for id in self.consumers.ids() {
            self.wake_consumer(now, id);
        }
    }

    /// Does what is due.
    pub(super) fn serve_consumers(&mut self, now: Millis) {
        for id in self.consumers.ids() {
            self.serve_leases(now, id);
            self.end_rests(now, id);
            let Some(consumer) = self.consumers.get_mut(id) else { continue };
            if consumer.last_lease <= now {
                consumer.last_lease = NEVER;
                self.wake_consumer(now, id);
            } else if consumer.next <= now {
                // with a look under way its answer plans the next
                consumer.next = NEVER;
                self.look(now, id);
            }
        }
    }

    /// Something says that there are messages.
    pub(super) fn wake_consumer(&mut self, now: Millis, id: ConsumerId) {
        let Some(consumer) = self.consumers.get_mut(id) else { return };
        consumer.in_vain = 0;
        consumer.may_be_more = true;
        consumer.is_rung = true;
        // Doorbells do not hasten a server that fails at claims. It might fail at each of them, and each answer to others may ring.
        if !consumer.was_refused || consumer.next == NEVER {
            self.look(now, id);
        }
    }

    /// Somebody who will not tell may hold a message for the time of a lease.
    pub(super) fn wake_after_lease(&mut self, now: Millis, id: ConsumerId) {
        if let Some(consumer) = self.consumers.get_mut(id)
            && consumer.stage == Stage::Working
        {
            consumer.last_lease = now + consumer.options.lease() + AFTER_LEASE;
        }
    }

    /// Claims as many messages as can be worked: one to begin with, all at once when there are more.
    pub(super) fn look(&mut self, now: Millis, id: ConsumerId) {
        let Some(consumer) = self.consumers.get(id) else { return };
        let is_first = consumer.asking == 0;
        let most = if is_first && consumer.may_be_more { consumer.options.concurrency } else { 1 };
        // a claim that fails at once is not made again: it has planned the next look
        for _ in consumer.asking..most {
            let Some(consumer) = self.consumers.get_mut(id).filter(|consumer| consumer.free() > 0) else { return };
            consumer.next = NEVER;
            consumer.asking += 1;
            let ConsumerOptions { ttl, grace, timeout, .. } = consumer.options;
            let claim = ClaimCreate { queue_name: lossy(&consumer.queue), ttl, grace, limit: Some(1) };
            self.add(now, claim.into(), Owner::Consumer(id, Errand::Claim), timeout, false);
        }
    }

    /// A look has been answered.
    pub(super) fn claim_answered(
        &mut self,
        now: Millis,
        id: ConsumerId,
        claimed: &Claimed<'_>,
        sent: Millis,
    ) -> Arrival {
        let shortest = self.config.poll_interval.0;
        let Some(consumer) = self.consumers.get_mut(id) else { return Arrival::Nothing };
        consumer.asking -= 1;
        consumer.troubles = 0;
        consumer.was_refused = false;
        let (Some(claim), [message, others @ ..]) = (&claimed.claim_id, &claimed.messages[..]) else {
            self.found_nothing(now, id);
            return Arrival::Nothing;
        };
        consumer.in_vain = 0;
        consumer.may_be_more = true;
        // while doorbells ring, what is found without one means that they are broken
        let (feed, is_unannounced) = (consumer.feed, !consumer.is_rung);
        consumer.pause = if is_unannounced { shortest } else { IDLE };
        let lease = Lease::new(claim.as_bytes(), sent, consumer.options.lease());
        let is_wanted = consumer.stage == Stage::Working && !lease.has_ended(now);
        let job = if is_wanted { self.begin_job(id, message.id.as_bytes(), lease) } else { None };
        if !is_wanted {
            self.release(now, id, claim.as_bytes());
        }
        if is_unannounced {
            self.doubt_feed(now, feed);
        }
        if !others.is_empty() {
            // no more than one was asked for: the others are free again when this lease ends
            self.wake_after_lease(now, id);
        }
        self.look(now, id);
        self.end_if_drained(now, id);
        job.map_or(Arrival::Nothing, |job| Arrival::Work(id, job))
    }

    fn found_nothing(&mut self, now: Millis, id: ConsumerId) {
        let Some(consumer) = self.consumers.get_mut(id) else { return };
        consumer.may_be_more = false;
        if consumer.asking == 0 && consumer.stage == Stage::Working {
            let pause = match AGAIN.get(consumer.in_vain) {
                Some(pause) => {
                    consumer.in_vain += 1;
                    *pause
                }
                None => {
                    consumer.is_rung = false;
                    let pause = consumer.pause;
                    consumer.pause = doubled(pause, 1, IDLE);
                    pause
                }
            };
            consumer.next = now + pause;
        }
        self.end_if_drained(now, id);
    }

    /// A look has failed: another follows, unless that cannot help.
    pub(super) fn claim_failed(&mut self, now: Millis, id: ConsumerId, failure: Failure) {
        let chance = self.random.fraction();
        let Some(consumer) = self.consumers.get_mut(id) else { return };
        consumer.asking -= 1;
        consumer.was_refused = is_of_server(&failure);
        if failure.is_final() {
            self.consumer_over(now, id, Some(failure));
            return self.end_if_drained(now, id);
        }
        if failure.delivery == Delivery::Unknown {
            self.wake_after_lease(now, id);
        }
        let Some(consumer) = self.consumers.get_mut(id) else { return };
        if consumer.stage == Stage::Working {
            let (first, longest) = TROUBLE;
            consumer.next = now + doubled(first, consumer.troubles, longest) * (0.5 + 0.5 * chance);
        }
        // those that were asked together fail together: that is one trouble
        if consumer.asking == 0 {
            consumer.troubles = consumer.troubles.saturating_add(1);
            if consumer.troubles == TOLD && is_of_server(&failure) {
                self.outputs.push(Output::Trouble(failure));
            }
        }
        self.end_if_drained(now, id);
    }

    /// Ends a consumer that stops and has nothing left to do; forgets one that is over.
    pub(super) fn end_if_drained(&mut self, now: Millis, id: ConsumerId) {
        let Some(consumer) = self.consumers.get(id) else { return };
        if consumer.asking > 0 || !consumer.jobs.is_empty() {
            return;
        }
        match consumer.stage {
            Stage::Working => {}
            Stage::Stopping => self.consumer_over(now, id, None),
            Stage::Over => self.consumers.consumers.retain(|consumer| consumer.id != id),
        }
    }

    fn consumer_over(&mut self, now: Millis, id: ConsumerId, failure: Option<Failure>) {
        let Some(consumer) = self.consumers.get_mut(id).filter(|consumer| consumer.stage != Stage::Over) else {
            return;
        };
        consumer.stage = Stage::Over;
        consumer.next = NEVER;
        consumer.last_lease = NEVER;
        let feed = consumer.feed;
        let jobs: Vec<JobId> = consumer.jobs.iter().map(|job| job.id).collect();
        for (claim, _) in std::mem::take(&mut consumer.resting) {
            self.release(now, id, &claim);
        }
        for job in jobs {
            self.abandon_job(now, id, job);
        }
        self.count_consumer(feed, false);
        self.unsubscribe(now, feed);
        self.outputs.push(Output::ConsumerEnded(id, failure));
        self.end_if_drained(now, id);
    }
}
