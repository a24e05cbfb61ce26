//! The application: asks at random, and holds the client to its word.

use std::collections::{BTreeMap, BTreeSet};

use zaqar_web::engine::failure::REDIRECTS;
use zaqar_web::engine::{Arrival, Delivery, Engine, Failure, Output, RequestId, State, TailId, Transport, Watched};
use zaqar_web::protocol::error::Code;

use crate::asked::{Asked, Expected};
use crate::dice::Dice;
use crate::plan::Plan;
use crate::readers::{FeedWatch, TailWatch, WalkWatch};
use crate::server::Server;
use crate::store::QUEUES;
use crate::told::{Body, Told};
use crate::vigil::Vigil;
use crate::watching::WatchWatch;
use crate::workers::Workers;

/// A healthy transport for so long answers every request that may be repeated.
pub const LONG_ENOUGH: f64 = 14_000.0;

/// How often the server may have done what a request asked for, least and most; of a post, how many messages it may have stored.
type Bounds = (u32, u32);

#[derive(Debug)]
pub struct App {
    pub pending: BTreeMap<u32, Asked>,
    /// By the number of the request.
    pub bounds: BTreeMap<u32, Bounds>,
    pub numbers: u32,
    pub has_rest: bool,
    uses_rest: bool,
    uses_socket: bool,
    pub tails: Vec<TailWatch>,
    pub walks: Vec<WalkWatch>,
    pub feeds: Vec<FeedWatch>,
    /// Claims that it holds, and their queues.
    pub claims: Vec<(String, usize)>,
    /// All claims that it ever asked for by itself.
    pub own_claims: BTreeSet<String>,
    pub consumes: bool,
    pub purges: bool,
    /// How many messages its large posts may still have.
    pub batches_left: u32,
    /// REST has led elsewhere: a client that has nothing else ends.
    pub was_redirected: bool,
    pub workers: Workers,
    pub watch: Option<WatchWatch>,
    /// Messages that were seen: their ids, and when they were posted as far as can be told.
    pub seen: Vec<(String, f64)>,
    pub is_closing: bool,
    pub tally: [usize; 4],
    /// Parts of posts that others followed, and posts that failed in the midst.
    parts: usize,
    partial: usize,
    renewed: usize,
    /// Pages that were for several tails.
    shared: usize,
}

impl App {
    pub fn new(plan: &Plan) -> App {
        use zaqar_web::engine::Preference;
        let config = &plan.config;
        let uses_rest = config.has_rest && config.preference != Preference::Socket;
        let uses_socket = config.has_socket && config.preference != Preference::Polling;
        App {
            pending: BTreeMap::new(),
            bounds: BTreeMap::new(),
            numbers: 0,
            has_rest: config.has_rest,
            uses_rest,
            uses_socket,
            tails: Vec::new(),
            walks: Vec::new(),
            feeds: Vec::new(),
            claims: Vec::new(),
            own_claims: BTreeSet::new(),
            consumes: plan.consumes,
            purges: plan.purges > 0.0,
            batches_left: plan.batched,
            was_redirected: false,
            workers: Workers::new(uses_socket, uses_rest),
            watch: None,
            seen: Vec::new(),
            is_closing: false,
            tally: [0; 4],
            parts: 0,
            partial: 0,
            renewed: 0,
            shared: 0,
        }
    }

    pub fn close(&mut self, now: f64, engine: &mut Engine, dice: &mut Dice) {
        self.is_closing = true;
        match dice.chance(0.2) {
            true => engine.finish(now, None),
            false => engine.close(now, dice.pick(&[0.0, 1_000.0, 5_000.0])),
        }
    }

    /// An answer or a notification.
    pub fn arrived(
        &mut self,
        now: f64,
        arrival: Arrival,
        body: Body<'_>,
        server: &mut Server,
        engine: &mut Engine,
        dice: &mut Dice,
    ) {
        match arrival {
            Arrival::Nothing => {}
            Arrival::Rows(..) => unreachable!("nobody lists queues"),
            Arrival::Counted(counted) => {
                let watch = self.watch.as_mut().filter(|watch| watch.id == counted.watch).expect("the watch");
                watch.counted(now, &counted, body.total(), &server.store);
                self.tally[3] += 1;
            }
            Arrival::Push(feed) => {
                let known = self.feeds.iter().any(|watch| watch.id == feed);
                assert!(known, "a notification comes for a feed that somebody listens to");
            }
            Arrival::Part(id) => {
                let asked = self.pending.get_mut(&id.0).expect("a request that has not ended");
                assert!(matches!(asked.expected, Expected::Posted(_)), "only posts have parts");
                asked.take_ids(body, server);
                self.parts += 1;
            }
            Arrival::Reply(id, status) => {
                let asked = self.settle(id, server);
                self.tally[0] += 1;
                self.replied(now, asked, status, body, server);
            }
            Arrival::Refusal(id, failure) => {
                let asked = self.settle(id, server);
                self.tally[1] += 1;
                self.refused(now, &asked, &failure, server);
            }
            Arrival::Tail(id, mask) => self.follow(now, id, mask, body, server, engine),
            Arrival::Tails(tails) => {
                assert!(tails.len() > 1);
                self.shared += 1;
                for (id, mask) in tails {
                    self.follow(now, id, mask, body, server, engine);
                }
            }
            Arrival::StandIn(id, mask) => {
                let feed = self.feeds.iter_mut().find(|feed| feed.id == id).expect("a feed that somebody listens to");
                for (message, _) in seen(now, body.chosen(mask)) {
                    feed.found(&server.store, &message);
                }
            }
            Arrival::Work(id, job) => {
                for (message, _) in seen(now, body.messages()).take(1) {
                    self.workers.work(now, id, job, &message, &server.store, dice);
                }
            }
            Arrival::Page(id, mask) => {
                let walk = self.walks.iter_mut().find(|walk| walk.id == id).expect("a walk that was not ended");
                for (message, posted) in seen(now, body.chosen(mask)) {
                    walk.delivered(&server.store, &message);
                    self.seen.push((message, posted));
                }
            }
        }
    }

    /// Messages for a tail.
    fn follow(&mut self, now: f64, id: TailId, mask: u128, body: Body<'_>, server: &Server, engine: &Engine) {
        let tail = self.tails.iter_mut().find(|tail| tail.id == id).expect("a tail that was not ended");
        for (message, posted) in seen(now, body.chosen(mask)) {
            tail.delivered(now, &server.store, &message, engine.state());
            self.seen.push((message, posted));
        }
    }

    pub fn settle(&mut self, id: RequestId, server: &mut Server) -> Asked {
        let asked = self.pending.remove(&id.0).expect("a request ends once");
        server.posts.ended(asked.number);
        asked
    }

    fn replied(&mut self, now: f64, mut asked: Asked, status: u16, body: Body<'_>, server: &Server) {
        assert!((200..300).contains(&status));
        match &asked.expected {
            Expected::Anything => {}
            Expected::Name(name) => assert_eq!(body.text("name").as_ref(), Some(name), "its own reply"),
            Expected::Message(id) => assert_eq!(body.message().as_ref(), Some(id), "its own reply"),
            Expected::Found(ids) => {
                assert!(body.messages().iter().all(|(found, _)| ids.contains(found)), "its own reply");
            }
            Expected::Claim(queue) => {
                let is_of_queue = |(id, _): &(String, f64)| {
                    server.store.place_of(id).is_some_and(|place| server.store.messages[place].queue == *queue)
                };
                assert!(body.messages().iter().all(is_of_queue), "its own reply");
                if let Some(claim) = body.text("claim_id") {
                    let held = server.store.claim_of(&claim).expect("a claim of the store");
                    assert_eq!(server.store.claims[held].queue, *queue, "its own reply");
                    self.claims.push((claim.clone(), *queue));
                    self.own_claims.insert(claim);
                }
            }
            Expected::Renewed(claim) => {
                let claim = &server.store.claims[server.store.claim_of(claim).expect("a claim of the store")];
                let ended = claim.ended_at(now).is_some_and(|ended| ended < claim.expires);
                assert!(ended || claim.was_renewed_since(asked.at), "what is told to be renewed was");
                self.renewed += 1;
            }
            Expected::Posted(count) => {
                let count = *count;
                asked.take_ids(body, server);
                assert_eq!(asked.ids.len(), count as usize, "a post has the ids of all its messages");
                assert_eq!(server.posts.count_stored(asked.number), count, "what is acknowledged was stored once");
                self.bounds.insert(asked.number, (count, count));
            }
        }
    }

    fn refused(&mut self, now: f64, asked: &Asked, failure: &Failure, server: &Server) {
        let is_unclear = failure.status >= 500 || failure.code == Code::Protocol;
        let may_be_done = is_unclear && !failure.retryable && !asked.action.is_repeatable() || !asked.ids.is_empty();
        assert_eq!(failure.delivery == Delivery::Unknown, may_be_done, "{failure:?}");
        if failure.retryable && !asked.action.is_repeatable() {
            assert_eq!(failure.code, Code::RateLimited, "only what was certainly not done may be repeated");
            self.bounds.insert(asked.number, (0, 0));
        }
        if let (Expected::Renewed(claim), Code::ClaimLost) = (&asked.expected, failure.code) {
            let claim = &server.store.claims[server.store.claim_of(claim).expect("a claim of the store")];
            assert!(claim.ended_at(now).is_some(), "a claim that is told to be lost is lost");
        }
        self.check_partial(asked, failure, server);
    }

    /// A post that fails tells how much of it was stored, and no more than was.
    fn check_partial(&mut self, asked: &Asked, failure: &Failure, server: &Server) {
        let Expected::Posted(count) = asked.expected else { return };
        let told = asked.ids.len();
        let is_told = failure.why.starts_with(&format!("{told} of {count} messages were stored, then: "));
        assert_eq!(is_told, told > 0, "a post tells how much of it was stored: {failure:?}");
        if told > 0 {
            let least = told as u32;
            assert!(least <= server.posts.count_stored(asked.number) && least < count);
            assert!(
                !failure.retryable && failure.delivery == Delivery::Unknown,
                "what is stored in part is not repeated"
            );
            self.bounds.insert(asked.number, (least, count));
            self.partial += 1;
        }
    }

    /// What the engine tells besides.
    pub fn told(&mut self, now: f64, output: Output, server: &mut Server, vigil: &mut Vigil) {
        let store = &server.store;
        match output {
            Output::Failed(id, failure) => {
                let asked = self.settle(id, server);
                self.tally[2] += 1;
                self.check_partial(&asked, &failure, server);
                if failure.delivery == Delivery::NotSent {
                    self.bounds.insert(asked.number, (0, 0));
                    vigil.tally.not_sent += 1;
                }
                assert!(!failure.retryable || asked.action.is_repeatable() || failure.delivery == Delivery::NotSent);
                let by_socket = self.uses_socket && !asked.needs_rest;
                let by_rest = self.uses_rest || asked.needs_rest;
                let could = by_socket && vigil.socket_fine.longest(asked.at, now) > vigil.patience() + 4_000.0
                    || by_rest && vigil.rest_fine.longest(asked.at, now) > LONG_ENOUGH;
                let may_fail = matches!(failure.code, Code::Closed | Code::Unsupported);
                assert!(
                    may_fail || !could || !asked.action.is_repeatable(),
                    "{asked:?} fails with {failure:?} though a transport was healthy for long enough"
                );
            }
            Output::FeedReady(id) => {
                let feed = self.feeds.iter_mut().find(|feed| feed.id == id);
                if let Some(feed) = feed {
                    feed.is_ready = true;
                }
            }
            Output::FeedFailed(id, _) => {
                // one to which only tails listen fails as well
                self.feeds.retain(|feed| feed.id != id);
            }
            Output::WalkEnded(id) => {
                let index = self.walks.iter().position(|walk| walk.id == id).expect("a walk that was not ended");
                self.walks[index].ended(now, store);
            }
            Output::WalkFailed(id, _) => {
                let walk = self.walks.iter_mut().find(|walk| walk.id == id).expect("a walk that was not ended");
                walk.failed();
            }
            Output::TailReady(id) => {
                let tail = self.tails.iter_mut().find(|tail| tail.id == id).expect("a tail that was not ended");
                tail.ready(store);
            }
            Output::TailGap(id, from, to, why) => {
                let tail = self.tails.iter_mut().find(|tail| tail.id == id).expect("a tail that was not ended");
                tail.gap(now, from, to, why);
                vigil.tally.gaps += 1;
            }
            Output::TailFailed(id, failure) => {
                assert!(self.may_be_given_up(&failure), "{id:?} fails: {failure:?}");
            }
            Output::WatchReady(_) => {}
            Output::Watched(id, queue, told) => {
                let watch = self.watch.as_mut().filter(|watch| watch.id == id).expect("the watch");
                watch.told(now, &queue, &told);
                vigil.tally.uncounted += usize::from(matches!(told, Watched::Failed(_)));
                vigil.tally.unwatched += usize::from(told == Watched::Gone);
            }
            Output::WatchFailed(id, failure) => {
                assert!(self.may_be_given_up(&failure), "{id:?} fails: {failure:?}");
                self.watch = None;
            }
            Output::JobLost(id, job, _) => self.workers.lost(now, id, job, vigil),
            Output::JobDone(id, job) => self.workers.over(now, id, job, true, store, vigil),
            Output::JobFailed(id, job, _) => self.workers.over(now, id, job, false, store, vigil),
            Output::ConsumerEnded(id, failure) => {
                let is_given_up = failure.is_some_and(|failure| self.may_be_given_up(&failure));
                self.workers.ended(id, self.is_closing || is_given_up);
            }
            Output::Closed(reason) => {
                let is_given_up = reason.as_ref().is_some_and(|reason| self.may_be_given_up(reason));
                assert!(self.is_closing || is_given_up, "nobody has closed the client: {reason:?}");
                self.is_closing = true;
                assert!(self.pending.is_empty(), "all requests have ended before the client does");
            }
            Output::State(..) | Output::Transport(..) | Output::Trouble(_) | Output::WantToken(_) => {}
            Output::ListEnded(_) | Output::ListFailed(..) => unreachable!("nobody lists queues"),
            Output::Connect(_)
            | Output::Send(..)
            | Output::Disconnect(_)
            | Output::Fetch(..)
            | Output::CancelFetch(_) => unreachable!("the driver does these"),
        }
    }

    /// Whether a client may end for this by itself. Sockets that end on `authenticate` until one was accepted are taken for the
    /// server's way, and a REST endpoint that redirects its first request for one that was moved.
    fn may_be_given_up(&self, failure: &Failure) -> bool {
        failure.why.contains("without authentication") || self.was_redirected && failure.why == REDIRECTS
    }

    /// Readers take all again, so that the end can come.
    pub fn settle_down(&mut self, now: f64, engine: &mut Engine) {
        self.workers.calm(now);
        for tail in &mut self.tails {
            tail.is_paused = false;
            engine.pause_tail(now, tail.id, false);
        }
    }

    /// All is well for long: everything has come that was promised.
    pub fn check(&mut self, now: f64, engine: &Engine, server: &Server, held: &[u32], vigil: &mut Vigil) {
        assert!(self.pending.is_empty(), "every request ends: {:?}", self.pending);
        assert!(engine.state() == State::Connected || server.tokens.is_some(), "all is well, but {:?}", engine.state());
        self.workers.check(now, server, engine, vigil);
        for tail in &self.tails {
            tail.check(now, &server.store, vigil);
        }
        if let Some(watch) = self.watch.as_ref().filter(|_| engine.state() == State::Connected) {
            watch.check(now, &server.store);
        }
        for walk in &self.walks {
            assert!(!walk.is_busy, "every step of a walk ends");
        }
        for feed in &self.feeds {
            assert!(feed.is_ready || !self.uses_socket && !self.uses_rest, "every subscription is made or fails");
            let has_socket = engine.transport() == Some(Transport::Socket);
            let listens = server.listeners(QUEUES[feed.queue]).iter().any(|link| held.contains(link));
            let is_made = engine.is_subscribed(feed.id) && listens || server.tokens.is_some();
            assert!(
                is_made || !has_socket,
                "the subscription to {} is made anew: the engine has it: {}, the server: {listens}",
                QUEUES[feed.queue],
                engine.is_subscribed(feed.id)
            );
            vigil.tally.stand_ins += feed.found.len();
        }
        self.check_done(server);
        vigil.tally.replies += self.tally[0];
        vigil.tally.refusals += self.tally[1];
        vigil.tally.failures += self.tally[2];
        vigil.tally.counted += self.tally[3];
        vigil.tally.parts += self.parts;
        vigil.tally.partial += self.partial;
        vigil.tally.renewed += self.renewed;
        vigil.tally.shared += self.shared;
    }

    pub fn check_closed(&self, engine: &Engine, server: &Server) {
        assert_eq!(engine.state(), State::Closed, "a client that is closed ends");
        self.workers.check_closed();
        assert!(self.pending.is_empty());
        self.check_done(server);
    }

    /// What was told of each request is what the server did.
    fn check_done(&self, server: &Server) {
        for (number, (least, most)) in &self.bounds {
            let done = match server.posts.has(*number) {
                true => server.posts.count_stored(*number),
                false => server.executed.get(*number as usize).copied().unwrap_or(0),
            };
            assert!((*least..=*most).contains(&done), "request {number} was done {done} times, not {least} to {most}");
        }
    }
}

/// Messages that came now, and when they seem to have been posted.
fn seen(now: f64, messages: Vec<Told>) -> impl Iterator<Item = Told> {
    messages.into_iter().map(move |(id, age)| (id, now - age))
}
