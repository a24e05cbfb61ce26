//! Consumers of the application, whose handlers take their time and fail at random: the reference model of at least once.

use std::collections::BTreeSet;

use zaqar_web::engine::{ConsumerId, ConsumerOptions, Engine, JobId};

use crate::call::Refused;
use crate::dice::Dice;
use crate::server::Server;
use crate::store::{QUEUES, Store};
use crate::vigil::{Vigil, say};

/// Seconds of a lease. It must be the shortest there is: any other is the number of a request.
pub const LEASE: u32 = 60;
const THIRD: f64 = 20_000.0;
/// The longest rest of a message whose handler has failed.
const REST: f64 = 30_000.0;
/// How long a request may take.
const TIMEOUT: f64 = 30_000.0;
/// How long one takes when all is well.
const RELEASE: f64 = 5_000.0;
/// The longest that a free message waits for an idle consumer: the pause between looks, and their way.
const IDLE: f64 = 48_000.0;
/// How long a handler may go on after it was told that its lease is lost.
const WINDING_DOWN: f64 = 3_000.0;

#[derive(Debug)]
struct Job {
    id: JobId,
    place: usize,
    fails: bool,
    /// It was told that its lease is lost.
    is_lost: bool,
    /// Its handler has returned, and its message is being deleted.
    has_returned: bool,
}

#[derive(Debug)]
struct Worker {
    id: ConsumerId,
    queue: usize,
    concurrency: usize,
    jobs: Vec<Job>,
    is_stopping: bool,
    is_over: bool,
    /// When it last got or finished anything.
    moved: f64,
}

/// A claim that was to be given back, and from when on.
#[derive(Debug)]
struct Due {
    claim: String,
    place: usize,
    from: f64,
    rest: f64,
}

/// When a handler returns.
pub type Return = (f64, ConsumerId, JobId);

#[derive(Debug, Default)]
pub struct Workers {
    workers: Vec<Worker>,
    /// To be planned by the world.
    pub returns: Vec<Return>,
    /// Messages whose handlers have returned in time.
    worked: BTreeSet<usize>,
    dues: Vec<Due>,
    /// Claims whose renewal was refused to the client, and when.
    refused: Vec<(String, f64)>,
    uses_socket: bool,
    uses_rest: bool,
    /// Handlers come to an end from now on.
    pub is_calm: bool,
}

impl Workers {
    pub fn new(uses_socket: bool, uses_rest: bool) -> Workers {
        Workers { uses_socket, uses_rest, ..Workers::default() }
    }

    /// Opens one, stops or ends one.
    pub fn act(&mut self, now: f64, engine: &mut Engine, store: &Store, dice: &mut Dice) {
        let working: Vec<usize> = self.places_of_working();
        match dice.below(20) {
            0..=9 if working.is_empty() => self.open(now, engine, dice),
            10 if working.len() == 1 => self.open(now, engine, dice),
            11 if !working.is_empty() => {
                let worker = &mut self.workers[dice.pick(&working)];
                worker.is_stopping = true;
                say(now, format_args!("   {:?} stops", worker.id));
                let id = worker.id;
                engine.stop_consumer(now, id);
            }
            12 if !working.is_empty() && dice.chance(0.5) => {
                let index = dice.pick(&working);
                let id = self.workers[index].id;
                say(now, format_args!("   {id:?} ends"));
                self.note_dues(now, index, engine, store);
                self.workers[index].is_stopping = true;
                engine.end_consumer(now, id);
            }
            _ => {}
        }
    }

    fn open(&mut self, now: f64, engine: &mut Engine, dice: &mut Dice) {
        let (queue, concurrency) = (dice.below(QUEUES.len()), dice.pick(&[1, 1, 2, 4]));
        let options = ConsumerOptions { concurrency, ttl: LEASE, grace: 60, timeout: TIMEOUT };
        let id = engine.consume(now, QUEUES[queue].as_bytes(), options);
        say(now, format_args!("   {id:?} consumes {} {concurrency}", QUEUES[queue]));
        let (is_stopping, is_over) = (false, false);
        self.workers.push(Worker { id, queue, concurrency, jobs: Vec::new(), is_stopping, is_over, moved: now });
    }

    fn places_of_working(&self) -> Vec<usize> {
        let working = self.workers.iter().enumerate().filter(|(_, worker)| !worker.is_stopping && !worker.is_over);
        working.map(|(index, _)| index).collect()
    }

    fn worker(&mut self, id: ConsumerId) -> &mut Worker {
        self.workers.iter_mut().find(|worker| worker.id == id).expect("a consumer of the application's")
    }

    /// A message has come to be worked.
    pub fn work(&mut self, now: f64, id: ConsumerId, job: JobId, message: &str, store: &Store, dice: &mut Dice) {
        let is_calm = self.is_calm;
        let worker = self.worker(id);
        assert!(!worker.is_over && !worker.is_stopping, "a consumer that stops takes nothing more");
        let place = store.place_of(message).expect("a message of the store");
        assert_eq!(store.messages[place].queue, worker.queue, "a message of the consumer's queue");
        let is_same = |job: &Job| job.place == place && !job.is_lost;
        assert!(!worker.jobs.iter().any(is_same), "a message that is worked is given out again");
        let fails = dice.chance(if is_calm { 0.05 } else { 0.2 });
        worker.jobs.push(Job { id: job, place, fails, is_lost: false, has_returned: false });
        assert!(worker.jobs.len() <= worker.concurrency, "no more at once than was asked for");
        worker.moved = now;
        let span = match dice.below(20) {
            _ if is_calm => dice.between(0.0, 100.0),
            0 | 1 => dice.between(10_000.0, 150_000.0),
            2..=5 => dice.between(100.0, 10_000.0),
            _ => dice.between(0.0, 100.0),
        };
        self.returns.push((now + span, id, job));
    }

    /// All is well and nobody posts any more: whoever works comes to an end.
    pub fn calm(&mut self, now: f64) {
        if !std::mem::replace(&mut self.is_calm, true) {
            let jobs = self.workers.iter().flat_map(|worker| worker.jobs.iter().map(|job| (now, worker.id, job.id)));
            self.returns.extend(jobs);
        }
    }

    /// A handler returns.
    pub fn returns(
        &mut self,
        now: f64,
        (id, job): (ConsumerId, JobId),
        server: &Server,
        engine: &mut Engine,
        vigil: &mut Vigil,
    ) {
        self.check_told(now, server, engine, vigil);
        let worker = self.worker(id);
        let Some(index) = worker.jobs.iter().position(|other| other.id == job && !other.has_returned) else { return };
        worker.moved = now;
        let Job { place, fails, is_lost, .. } = worker.jobs[index];
        let is_stopping = worker.is_stopping;
        say(now, format_args!("   {job:?} of message {place} returns, failed: {fails}, lost: {is_lost}"));
        if fails || is_lost {
            worker.jobs.remove(index);
        } else {
            worker.jobs[index].has_returned = true;
            self.worked.insert(place);
        }
        if fails && !is_lost {
            vigil.tally.failed_jobs += 1;
            let rest = if is_stopping { 0.0 } else { REST };
            self.note_due(now, id, job, place, rest, engine);
        }
        match fails {
            true => engine.handler_failed(now, id, job),
            false => engine.handled(now, id, job),
        }
    }

    fn note_dues(&mut self, now: f64, index: usize, engine: &Engine, _store: &Store) {
        let worker = &self.workers[index];
        let id = worker.id;
        let held = worker.jobs.iter().filter(|job| !job.is_lost && !job.has_returned);
        let held: Vec<(JobId, usize)> = held.map(|job| (job.id, job.place)).collect();
        for (job, place) in held {
            self.note_due(now, id, job, place, 0.0, engine);
        }
    }

    fn note_due(&mut self, now: f64, id: ConsumerId, job: JobId, place: usize, rest: f64, engine: &Engine) {
        let Some(claim) = engine.claim_of(id, job) else { return };
        let claim = String::from_utf8_lossy(claim).into_owned();
        self.dues.push(Due { claim, place, from: now, rest });
    }

    /// A lease is lost: the handler winds down.
    pub fn lost(&mut self, now: f64, id: ConsumerId, job: JobId, vigil: &mut Vigil) {
        let number = job.0;
        let worker = self.worker(id);
        let found = worker.jobs.iter_mut().find(|other| other.id == job).expect("a job that is not over");
        assert!(!found.is_lost && !found.has_returned, "a loss is told once, while the handler runs");
        found.is_lost = true;
        vigil.tally.lost_jobs += 1;
        self.returns.push((now + f64::from(number * 997 % WINDING_DOWN as u32), id, job));
    }

    /// The message of a job is deleted, or that failed.
    pub fn over(&mut self, now: f64, id: ConsumerId, job: JobId, is_done: bool, store: &Store, vigil: &mut Vigil) {
        let worker = self.worker(id);
        let index = worker.jobs.iter().position(|other| other.id == job).expect("a job that is not over");
        let job = worker.jobs.remove(index);
        worker.moved = now;
        assert!(job.has_returned && !job.is_lost, "only what was worked is deleted");
        if is_done {
            vigil.tally.handled += 1;
            assert!(!store.is_alive(now, job.place), "what counts as handled is deleted");
        } else {
            vigil.tally.undeleted += 1;
        }
    }

    pub fn ended(&mut self, id: ConsumerId, may_end: bool) {
        let worker = self.worker(id);
        assert!(worker.is_stopping || may_end, "nobody has ended {id:?}");
        assert!(!worker.is_over, "a consumer ends once");
        worker.is_over = true;
        worker.jobs.clear();
    }

    /// The server is asked to delete a message under a claim that is no application's.
    pub fn deletes(&self, place: usize) {
        assert!(self.worked.contains(&place), "message {place} is deleted though no handler has returned");
    }

    /// The client was told that a claim cannot be given back: its messages are free when the lease ends. Or that a claim is
    /// no more: it may have asked again meanwhile, and wait for the answer to that.
    pub fn refused(&mut self, now: f64, Refused { claim, is_release, is_over }: &Refused<'_>) {
        if *is_release {
            self.dues.retain(|due| due.claim != *claim);
        } else if *is_over && !self.refused.iter().any(|(other, _)| other == claim) {
            self.refused.push(((*claim).to_owned(), now));
        }
    }

    fn check_nobody_runs_on(&self, claim: &str, engine: &Engine) {
        for worker in &self.workers {
            for job in worker.jobs.iter().filter(|job| !job.is_lost && !job.has_returned) {
                let held = engine.claim_of(worker.id, job.id);
                assert_ne!(
                    held,
                    Some(claim.as_bytes()),
                    "{:?} runs on a lease that the client knows to be lost",
                    job.id
                );
            }
        }
    }

    /// Whoever works on a lease that is over was told, if it could be known.
    fn check_told(&self, now: f64, server: &Server, engine: &Engine, vigil: &Vigil) {
        for (claim, at) in &self.refused {
            if self.could(vigil, *at, now, 0.0) {
                self.check_nobody_runs_on(claim, engine);
            }
        }
        for worker in &self.workers {
            for job in worker.jobs.iter().filter(|job| !job.is_lost && !job.has_returned) {
                let claim = engine.claim_of(worker.id, job.id).expect("a job has a claim");
                let claim = std::str::from_utf8(claim).ok().and_then(|claim| server.store.claim_of(claim));
                let ended = server.store.claims[claim.expect("a claim of the store")].ended_at(now);
                let Some(ended) = ended else { continue };
                assert!(
                    !self.could(vigil, ended, now, THIRD),
                    "{:?} works on message {} though its lease is over since {ended}",
                    job.id,
                    job.place
                );
            }
        }
    }

    /// Whether a transport was healthy for so long, and as long as it takes to notice.
    fn could(&self, vigil: &Vigil, from: f64, to: f64, span: f64) -> bool {
        self.uses_socket && vigil.socket_fine.longest(from, to) > span + vigil.patience() + 4_000.0
            || self.uses_rest && vigil.rest_fine.longest(from, to) > span + crate::app::LONG_ENOUGH
    }

    /// Whether nothing has gone wrong between: a release that is refused is not made again.
    fn was_all_well(&self, vigil: &Vigil, from: f64, to: f64) -> bool {
        let was_well = |uses: bool, longest: f64| !uses || longest >= to - from;
        was_well(self.uses_socket, vigil.socket_fine.longest(from, to))
            && was_well(self.uses_rest, vigil.rest_fine.longest(from, to))
    }

    /// All is well for long: nothing waits that could be worked, and nothing is held that should not be.
    pub fn check(&self, now: f64, server: &Server, engine: &Engine, vigil: &Vigil) {
        let store = &server.store;
        self.check_told(now, server, engine, vigil);
        for worker in self.workers.iter().filter(|worker| !worker.is_stopping) {
            assert!(!worker.is_over, "nobody has ended {:?}", worker.id);
            assert!(
                worker.jobs.is_empty() || now - worker.moved < 40_000.0,
                "what is worked comes to an end: {worker:?}"
            );
            let is_idle = worker.jobs.is_empty() && now - worker.moved > IDLE;
            for place in 0..store.messages.len() {
                let is_forgotten = is_idle
                    && store.messages[place].queue == worker.queue
                    && store.is_free_since(now, now - IDLE, place);
                assert!(!is_forgotten, "message {place} waits, and {:?} does nothing", worker.id);
            }
        }
        for worker in self.workers.iter().filter(|worker| worker.is_stopping) {
            assert!(worker.is_over, "what was stopped ends: {worker:?}");
        }
        for due in &self.dues {
            let until = due.from + due.rest + RELEASE;
            let is_held = store.is_held_by(now, due.place, &due.claim);
            let is_due = now >= until && self.was_all_well(vigil, due.from, until);
            assert!(!is_held || !is_due, "it is not given back: {due:?}");
        }
    }

    pub fn check_closed(&self) {
        assert!(self.workers.iter().all(|worker| worker.is_over), "consumers end with their client");
    }

    /// Requests that may be under way.
    pub fn most_requests(&self) -> usize {
        self.workers.iter().map(|worker| 2 * worker.concurrency + 1).sum()
    }
}
