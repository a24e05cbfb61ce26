//! Jobs of consumers: a claimed message in work, from its claim to its deletion or its return.

use super::answers::not_zaqars;
use super::config::{Millis, NEVER};
use super::consumers::{Consumer, ConsumerId, Stage};
use super::id::Id;
use super::leases::Lease;
use super::requests::Owner;
use super::retries::doubled;
use super::{Arrival, Engine, Failure, Output};
use crate::protocol::action::Action;
use crate::protocol::replies::Reply;
use crate::protocol::request::{ClaimDelete, MessageDelete, lossy};

/// How long a message rests whose handler has failed, doubling with each failure: it is claimed meanwhile.
const REST: (Millis, Millis) = (200.0, 30_000.0);
/// Messages whose failures are remembered.
const MOST_FAILURES: usize = 1_000;

/// One message in work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId(pub u32);

/// What a request of a consumer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// To take a message.
    Claim,
    /// To keep the lease of a message in work.
    Renew(JobId),
    /// To delete a message that was worked.
    Delete(JobId),
    /// To give a message back.
    Release,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Progress {
    /// Its handler runs.
    Running,
    /// Its handler has returned, and its message is being deleted.
    Deleting,
    /// Its handler was told that the lease is lost, and has not returned.
    Lost,
}

#[derive(Debug)]
pub(super) struct Job {
    pub id: JobId,
    pub message: Vec<u8>,
    pub lease: Lease,
    pub progress: Progress,
    /// The message was given out once more while it was being deleted.
    has_later_claim: bool,
}

impl Job {
    /// When its lease wants something.
    pub fn next(&self) -> Millis {
        match self.progress {
            Progress::Running => self.lease.next,
            Progress::Deleting | Progress::Lost => NEVER,
        }
    }
}

/// How often messages have failed.
#[derive(Debug, Default)]
pub(super) struct Failures(Vec<(Id, u32)>);

impl Failures {
    /// Adds one: how many there were before.
    fn add(&mut self, message: &[u8]) -> u32 {
        let id = Id::of(message);
        if let Some((_, count)) = self.0.iter_mut().find(|(other, _)| *other == id) {
            *count += 1;
            return *count - 1;
        }
        if self.0.len() >= MOST_FAILURES {
            self.0.clear();
        }
        self.0.push((id, 1));
        0
    }

    fn forget(&mut self, message: &[u8]) {
        let id = Id::of(message);
        self.0.retain(|(other, _)| *other != id);
    }
}

impl Consumer {
    pub(super) fn job(&mut self, id: JobId) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.id == id)
    }

    fn take_job(&mut self, id: JobId) -> Option<Job> {
        let index = self.jobs.iter().position(|job| job.id == id)?;
        Some(self.jobs.swap_remove(index))
    }
}

impl Engine {
    /// The id of the claim that holds the message of a job.
    pub fn claim_of(&self, consumer: ConsumerId, job: JobId) -> Option<&[u8]> {
        let jobs = &self.consumers.get(consumer)?.jobs;
        Some(&jobs.iter().find(|other| other.id == job)?.lease.claim)
    }

    /// The handler of a job has returned: its message is deleted. [`Output::JobDone`] or [`Output::JobFailed`] follows. What
    /// a handler has done whose lease was lost counts for nothing.
    pub fn handled(&mut self, now: Millis, consumer: ConsumerId, job: JobId) {
        let Some(found) = self.consumers.get_mut(consumer).and_then(|consumer| consumer.job(job)) else { return };
        match found.progress {
            Progress::Running => {
                found.progress = Progress::Deleting;
                self.forget_all_of(Owner::Consumer(consumer, Errand::Renew(job)));
                self.delete_message(now, consumer, job);
            }
            Progress::Lost => self.end_job(now, consumer, job),
            Progress::Deleting => {}
        }
    }

    /// The handler of a job has failed: after a rest that grows with each failure, its message can be claimed again, by
    /// anyone.
    pub fn handler_failed(&mut self, now: Millis, id: ConsumerId, job: JobId) {
        let Some(consumer) = self.consumers.get_mut(id) else { return };
        let Some(failed) = consumer.job(job).filter(|job| job.progress != Progress::Deleting) else { return };
        if failed.progress == Progress::Running {
            let (message, claim) = (failed.message.clone(), failed.lease.claim.clone());
            let (first, longest) = REST;
            let longest = longest.min(consumer.options.lease() / 2.0);
            let rest = doubled(first, consumer.failures.add(&message), longest);
            match consumer.stage {
                Stage::Working => consumer.resting.push((claim, now + rest)),
                Stage::Stopping | Stage::Over => self.release(now, id, &claim),
            }
        }
        self.end_job(now, id, job);
    }

    /// A message has been claimed; `None` if it is in work already.
    pub(super) fn begin_job(&mut self, id: ConsumerId, message: &[u8], lease: Lease) -> Option<JobId> {
        let consumer = self.consumers.get_mut(id)?;
        // a handler that was told of its loss does not work for the new claim
        let is_same = |job: &&mut Job| job.message == message && job.progress != Progress::Lost;
        if let Some(job) = consumer.jobs.iter_mut().find(is_same) {
            // Redis can give out a message twice; the later claim is the one that counts there
            job.lease = lease;
            job.has_later_claim = job.progress == Progress::Deleting;
            let job = job.id;
            self.forget_all_of(Owner::Consumer(id, Errand::Renew(job)));
            return None;
        }
        self.consumers.jobs_made += 1;
        let job = JobId(self.consumers.jobs_made);
        let consumer = self.consumers.get_mut(id)?;
        consumer.jobs.push(Job {
            id: job,
            message: message.into(),
            lease,
            progress: Progress::Running,
            has_later_claim: false,
        });
        Some(job)
    }

    /// Gives a job up without waiting for its handler.
    pub(super) fn abandon_job(&mut self, now: Millis, id: ConsumerId, job: JobId) {
        self.forget_all_of(Owner::Consumer(id, Errand::Renew(job)));
        let taken = self.consumers.get_mut(id).and_then(|consumer| consumer.take_job(job));
        if let Some(job) = taken.filter(|job| job.progress != Progress::Lost) {
            self.release(now, id, &job.lease.claim);
        }
    }

    /// Gives back the claims whose rest is over.
    pub(super) fn end_rests(&mut self, now: Millis, id: ConsumerId) {
        while let Some(consumer) = self.consumers.get_mut(id)
            && let Some(index) = consumer.resting.iter().position(|(_, until)| *until <= now)
        {
            let (claim, _) = consumer.resting.swap_remove(index);
            self.release(now, id, &claim);
        }
    }

    /// Gives a claim back, so that its message is free for anyone.
    pub(super) fn release(&mut self, now: Millis, id: ConsumerId, claim: &[u8]) {
        let Some(consumer) = self.consumers.get(id) else { return };
        let given_up = ClaimDelete { queue_name: lossy(&consumer.queue), claim_id: lossy(claim) };
        let timeout = consumer.options.timeout;
        self.add(now, given_up.into(), Owner::Consumer(id, Errand::Release), timeout, false);
    }

    /// A request of a consumer has been answered.
    pub(super) fn errand_answered(
        &mut self,
        now: Millis,
        id: ConsumerId,
        errand: Errand,
        reply: Option<&Reply<'_>>,
        sent: Millis,
    ) -> Arrival {
        match (errand, reply) {
            (Errand::Claim, Some(Reply::Claimed(claimed))) => return self.claim_answered(now, id, claimed, sent),
            (Errand::Claim, _) => self.claim_failed(now, id, not_zaqars(Action::ClaimCreate)),
            (Errand::Renew(job), _) => self.lease_renewed(id, job, sent),
            (Errand::Delete(job), _) => {
                let Some(consumer) = self.consumers.get_mut(id) else { return Arrival::Nothing };
                if let Some(message) = consumer.job(job).map(|job| std::mem::take(&mut job.message)) {
                    consumer.failures.forget(&message);
                    self.outputs.push(Output::JobDone(id, job));
                    self.end_job(now, id, job);
                }
            }
            (Errand::Release, _) => self.wake_consumer(now, id),
        }
        Arrival::Nothing
    }

    /// A request of a consumer has failed.
    pub(super) fn errand_failed(&mut self, now: Millis, id: ConsumerId, errand: Errand, failure: Failure) {
        match errand {
            Errand::Claim => self.claim_failed(now, id, failure),
            Errand::Renew(job) => self.renewal_failed(now, id, job, failure),
            Errand::Delete(job) => self.deletion_failed(now, id, job, failure),
            // what cannot be given back now is free when the lease ends
            Errand::Release => self.wake_after_lease(now, id),
        }
    }

    fn delete_message(&mut self, now: Millis, id: ConsumerId, job: JobId) {
        let Some(consumer) = self.consumers.get_mut(id) else { return };
        let (timeout, queue) = (consumer.options.timeout, consumer.queue.clone());
        let Some(Job { message, lease, .. }) = consumer.job(job) else { return };
        let done = MessageDelete {
            queue_name: lossy(&queue),
            message_id: lossy(message),
            claim_id: Some(lossy(&lease.claim)),
        };
        self.add(now, done.into(), Owner::Consumer(id, Errand::Delete(job)), timeout, false);
    }

    fn deletion_failed(&mut self, now: Millis, id: ConsumerId, job: JobId, failure: Failure) {
        let Some(found) = self.consumers.get_mut(id).and_then(|consumer| consumer.job(job)) else { return };
        if std::mem::take(&mut found.has_later_claim) {
            return self.delete_message(now, id, job);
        }
        self.outputs.push(Output::JobFailed(id, job, failure));
        self.wake_after_lease(now, id);
        self.end_job(now, id, job);
    }

    fn end_job(&mut self, now: Millis, id: ConsumerId, job: JobId) {
        self.forget_all_of(Owner::Consumer(id, Errand::Renew(job)));
        let Some(consumer) = self.consumers.get_mut(id) else { return };
        consumer.take_job(job);
        consumer.may_be_more = true;
        self.look(now, id);
        self.end_if_drained(now, id);
    }
}
