//! Leases: what a client knows of the claim on a message in work, and how it keeps it.
//!
//! A lease is renewed at a third of its time, and at once when the machine may have slept. It is lost when the server says
//! so. The client's own clock is no judge: a machine sleeps, and its clock stands still or jumps. When a lease should have
//! ended by that clock, the server is asked once more; only where that cannot be answered is the lease given up.

use super::config::{Millis, NEVER};
use super::consumers::{Consumer, ConsumerId};
use super::jobs::{Errand, Job, JobId, Progress};
use super::requests::Owner;
use super::{Delivery, Engine, Failure, Output};
use crate::protocol::error::Code;
use crate::protocol::request::{ClaimUpdate, lossy};

/// The longest pause before a renewal that failed is tried again.
const RETRY: Millis = 1_000.0;
/// How long the question may stay open whether a lease holds that should have ended, while there is no transport.
const VERDICT: Millis = 5_000.0;

/// The lease on one message.
#[derive(Debug)]
pub(super) struct Lease {
    pub claim: Vec<u8>,
    /// When the next step is due.
    pub next: Millis,
    /// It holds until then at least, if the client's clock is right: the server counts from a moment after the request.
    ends: Millis,
    /// When the renewal was asked for that is under way.
    asked: Option<Millis>,
}

impl Lease {
    /// One that was asked for then, for so long.
    pub fn new(claim: &[u8], asked: Millis, lasts: Millis) -> Lease {
        Lease { claim: claim.into(), next: asked + lasts / 3.0, ends: asked + lasts, asked: None }
    }

    /// Whether it should have ended, by the client's clock.
    pub fn has_ended(&self, now: Millis) -> bool {
        self.ends <= now
    }

    fn renewed(&mut self, asked: Millis, lasts: Millis) {
        *self = Lease::new(&std::mem::take(&mut self.claim), asked, lasts);
    }

    /// Whether it must be given up without an answer.
    fn is_in_doubt_too_long(&self, now: Millis) -> bool {
        self.asked.is_some_and(|asked| now >= asked.max(self.ends) + VERDICT)
    }
}

impl Engine {
    /// The machine may have slept: asks at once which leases still hold.
    pub(super) fn renew_leases(&mut self, now: Millis) {
        for id in self.consumers.ids() {
            for job in self.running_jobs(id, |_| true) {
                self.renew(now, id, job);
            }
        }
    }

    /// Takes the steps that are due.
    pub(super) fn serve_leases(&mut self, now: Millis, id: ConsumerId) {
        let has_transport = self.transport.is_some();
        for job in self.running_jobs(id, |job| job.lease.next <= now) {
            let Some(lease) = self.lease_of(id, job) else { continue };
            if !has_transport && lease.is_in_doubt_too_long(now) {
                let why = "the lease ended while nothing could be asked";
                self.lose(now, id, job, Failure::of_client(Code::ClaimLost, why));
            } else if lease.asked.is_some() {
                lease.next = now + VERDICT;
            } else {
                self.renew(now, id, job);
            }
        }
    }

    pub(super) fn lease_renewed(&mut self, id: ConsumerId, job: JobId, asked: Millis) {
        let Some(lasts) = self.consumers.get(id).map(|consumer| consumer.options.lease()) else { return };
        if let Some(lease) = self.lease_of(id, job) {
            lease.renewed(asked, lasts);
        }
    }

    /// A renewal has failed: it is tried again while the lease may hold.
    pub(super) fn renewal_failed(&mut self, now: Millis, id: ConsumerId, job: JobId, failure: Failure) {
        let Some(third) = self.consumers.get(id).map(Consumer::third_of_lease) else { return };
        let Some(lease) = self.lease_of(id, job) else { return };
        let was_asked_late = lease.asked.take().is_some_and(|asked| lease.has_ended(asked));
        if failure.code == Code::ClaimLost || failure.is_final() || was_asked_late {
            // of a claim that has ended but is not collected REST says 503, as of any trouble
            let code = if failure.is_final() { failure.code } else { Code::ClaimLost };
            let failure = Failure { code, why: "the claim has ended".into(), delivery: Delivery::Answered, ..failure };
            return self.lose(now, id, job, failure);
        }
        if lease.has_ended(now) {
            return self.renew(now, id, job);
        }
        lease.next = now + RETRY.min(third / 4.0);
    }

    /// Asks the server to renew a lease, unless that is being asked.
    fn renew(&mut self, now: Millis, id: ConsumerId, job: JobId) {
        let Some(consumer) = self.consumers.get_mut(id) else { return };
        let (options, timeout) = (consumer.options, consumer.third_of_lease());
        let queue = consumer.queue.clone();
        let Some(Job { lease, .. }) = consumer.job(job).filter(|job| job.lease.asked.is_none()) else { return };
        lease.asked = Some(now);
        lease.next = if lease.has_ended(now) { now + VERDICT } else { lease.ends + VERDICT };
        let renewal = ClaimUpdate {
            queue_name: lossy(&queue),
            claim_id: lossy(&lease.claim),
            // what is left out is reset to the server's defaults
            ttl: options.ttl,
            grace: options.grace,
        };
        self.add(now, renewal.into(), Owner::Consumer(id, Errand::Renew(job)), timeout, false);
    }

    /// Tells the handler that its lease is lost. Whoever holds the message now does not tell when it is free.
    fn lose(&mut self, now: Millis, id: ConsumerId, job: JobId, failure: Failure) {
        self.forget_all_of(Owner::Consumer(id, Errand::Renew(job)));
        let Some(found) = self.consumers.get_mut(id).and_then(|consumer| consumer.job(job)) else { return };
        found.progress = Progress::Lost;
        found.lease.next = NEVER;
        self.outputs.push(Output::JobLost(id, job, failure));
        self.wake_after_lease(now, id);
    }

    fn lease_of(&mut self, id: ConsumerId, job: JobId) -> Option<&mut Lease> {
        let job = self.consumers.get_mut(id)?.job(job)?;
        (job.progress == Progress::Running).then_some(&mut job.lease)
    }

    fn running_jobs(&self, id: ConsumerId, wanted: impl Fn(&Job) -> bool) -> Vec<JobId> {
        let jobs = self.consumers.get(id).map_or(&[][..], |consumer| &consumer.jobs);
        let running = jobs.iter().filter(|job| job.progress == Progress::Running && wanted(job));
        running.map(|job| job.id).collect()
    }
}

impl Consumer {
    fn third_of_lease(&self) -> Millis {
        self.options.lease() / 3.0
    }
}
