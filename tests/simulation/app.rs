//! The application: asks at random, and holds the client to its word.

use std::collections::{BTreeMap, BTreeSet};

use zaqar_codec::tape::Value;
use zaqar_web::engine::{Arrival, Delivery, Engine, Output, RequestId, State, Transport};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::error::Code;

use crate::dice::Dice;
use crate::plan::Plan;
use crate::readers::{FeedWatch, TailWatch, WalkWatch};
use crate::server::Server;
use crate::store::{QUEUES, Store};
use crate::vigil::Vigil;
use crate::workers::Workers;

/// A healthy transport for so long answers every request that may be repeated.
pub const LONG_ENOUGH: f64 = 14_000.0;

/// What the reply to a request must show.
#[derive(Debug)]
pub enum Expected {
    Anything,
    Name(String),
    Posted(usize),
    Message(String),
    Found(Vec<String>),
}

#[derive(Debug)]
pub struct Asked {
    pub number: u32,
    pub action: Action,
    pub at: f64,
    /// Whether only REST can carry it.
    pub needs_rest: bool,
    pub expected: Expected,
}

/// How often the server may have done what a request asked for, least and most.
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
    pub claims: Vec<String>,
    /// All claims that it ever asked for by itself.
    pub own_claims: BTreeSet<String>,
    pub consumes: bool,
    pub workers: Workers,
    /// Messages that were seen: their ids, and when they were posted as far as can be told.
    pub seen: Vec<(String, f64)>,
    pub is_closing: bool,
    pub tally: [usize; 4],
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
            workers: Workers::new(uses_socket, uses_rest),
            seen: Vec::new(),
            is_closing: false,
            tally: [0; 4],
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
        value: Option<Value<'_>>,
        server: &Server,
        engine: &mut Engine,
        dice: &mut Dice,
    ) {
        match arrival {
            Arrival::Nothing => {}
            Arrival::Push(feed) => {
                let known = self.feeds.iter().any(|watch| watch.id == feed);
                assert!(known, "a notification comes for a feed that somebody listens to");
            }
            Arrival::Reply(id, status) => {
                let asked = self.settle(id);
                self.tally[0] += 1;
                self.replied(now, &asked, status, value.expect("a reply has a body"), server);
            }
            Arrival::Refusal(id, failure) => {
                let asked = self.settle(id);
                self.tally[1] += 1;
                let may_be_done = failure.status >= 500 && !failure.retryable && !asked.action.is_repeatable();
                assert_eq!(failure.delivery == Delivery::Unknown, may_be_done, "{failure:?}");
                if failure.retryable && !asked.action.is_repeatable() {
                    assert_eq!(failure.code, Code::RateLimited, "only what was certainly not done may be repeated");
                    self.bounds.insert(asked.number, (0, 0));
                }
            }
            Arrival::Tail(id, mask) => {
                let tail = self.tails.iter_mut().find(|tail| tail.id == id).expect("a tail that was not ended");
                for (message, posted) in messages(now, value, mask) {
                    tail.delivered(now, &server.store, message, engine.state());
                    self.seen.push((message.to_owned(), posted));
                }
            }
            Arrival::StandIn(id, mask) => {
                let feed = self.feeds.iter_mut().find(|feed| feed.id == id).expect("a feed that somebody listens to");
                for (message, _) in messages(now, value, mask) {
                    feed.found(&server.store, message);
                }
            }
            Arrival::Work(id, job) => {
                for (message, _) in messages(now, value, 1) {
                    self.workers.work(now, id, job, message, &server.store, dice);
                }
            }
            Arrival::Page(id, mask) => {
                let walk = self.walks.iter_mut().find(|walk| walk.id == id).expect("a walk that was not ended");
                for (message, posted) in messages(now, value, mask) {
                    walk.delivered(&server.store, message);
                    self.seen.push((message.to_owned(), posted));
                }
            }
        }
    }

    fn settle(&mut self, id: RequestId) -> Asked {
        self.pending.remove(&id.0).expect("a request ends once")
    }

    fn replied(&mut self, now: f64, asked: &Asked, status: u16, value: Value<'_>, server: &Server) {
        assert!((200..300).contains(&status));
        let done = || server.executed.get(asked.number as usize).copied().unwrap_or(0);
        match &asked.expected {
            Expected::Anything => {}
            Expected::Name(name) => {
                assert_eq!(value.field("name").and_then(text), Some(&**name), "its own reply");
            }
            Expected::Message(id) => {
                let found = value.field("messages").and_then(|message| text(message.field("id")?));
                assert_eq!(found, Some(&**id), "its own reply");
            }
            Expected::Found(ids) => {
                for (found, _) in messages(now, Some(value), u32::MAX) {
                    assert!(ids.iter().any(|id| id == found), "its own reply");
                }
            }
            Expected::Posted(count) => {
                assert_eq!(done(), 1, "what is acknowledged was stored once");
                let ids = value.field("message_ids").expect("ids");
                assert_eq!(ids.items().count(), *count, "its own reply");
                for id in ids.items() {
                    let place = server.store.place_of(text(id).expect("an id")).expect("it is stored");
                    assert_eq!(server.store.messages[place].request, asked.number, "its own reply");
                }
                self.bounds.insert(asked.number, (1, 1));
            }
        }
        if asked.action == Action::ClaimCreate
            && let Some(claim) = value.field("claim_id").and_then(text)
        {
            self.claims.push(claim.to_owned());
            self.own_claims.insert(claim.to_owned());
        }
    }

    /// What the engine tells besides.
    pub fn told(&mut self, now: f64, output: Output, store: &Store, vigil: &mut Vigil) {
        match output {
            Output::Failed(id, failure) => {
                let asked = self.settle(id);
                self.tally[2] += 1;
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
                assert!(failure.why.contains("without authentication"), "{id:?} fails: {failure:?}");
            }
            Output::JobLost(id, job, _) => self.workers.lost(now, id, job, vigil),
            Output::JobDone(id, job) => self.workers.over(now, id, job, true, store, vigil),
            Output::JobFailed(id, job, _) => self.workers.over(now, id, job, false, store, vigil),
            Output::ConsumerEnded(id, failure) => {
                let is_given_up = failure.is_some_and(|failure| failure.why.contains("without authentication"));
                self.workers.ended(id, self.is_closing || is_given_up);
            }
            Output::Closed(reason) => {
                // sockets that end on `authenticate` until one was accepted are taken for the server's way
                let is_given_up = reason.as_ref().is_some_and(|reason| reason.why.contains("without authentication"));
                assert!(self.is_closing || is_given_up, "nobody has closed the client: {reason:?}");
                self.is_closing = true;
                assert!(self.pending.is_empty(), "all requests have ended before the client does");
            }
            Output::State(..) | Output::Transport(..) | Output::Trouble(_) | Output::WantToken(_) => {}
            Output::Connect(_)
            | Output::Send(..)
            | Output::Disconnect(_)
            | Output::Fetch(..)
            | Output::CancelFetch(_) => unreachable!("the driver does these"),
        }
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
        for walk in &self.walks {
            assert!(!walk.is_busy, "every step of a walk ends");
        }
        for feed in &self.feeds {
            assert!(feed.is_ready || !self.uses_socket && !self.uses_rest, "every subscription is made or fails");
            let has_socket = engine.transport() == Some(Transport::Socket);
            let listens = server.listeners(QUEUES[feed.queue]).iter().any(|link| held.contains(link));
            let is_made = engine.is_subscribed(feed.id) && listens || server.tokens.is_some();
            assert!(is_made || !has_socket, "every subscription is made anew");
            vigil.tally.stand_ins += feed.found.len();
        }
        self.check_done(server);
        vigil.tally.replies += self.tally[0];
        vigil.tally.refusals += self.tally[1];
        vigil.tally.failures += self.tally[2];
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
            let done = server.executed.get(*number as usize).copied().unwrap_or(0);
            assert!((*least..=*most).contains(&done), "request {number} was done {done} times, not {least} to {most}");
        }
    }
}

/// The messages of a page in one line: the ends of their ids.
pub struct Ids<'a>(pub Option<Value<'a>>);

impl std::fmt::Display for Ids<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for message in self.0.and_then(|value| value.field("messages")).iter().flat_map(Value::items) {
            let id = message.field("id").and_then(text).unwrap_or("");
            let place = id.get(24..).and_then(|digits| usize::from_str_radix(digits, 16).ok());
            write!(out, "{place:?} ")?;
        }
        Ok(())
    }
}

fn text(value: Value<'_>) -> Option<&str> {
    std::str::from_utf8(value.as_text()?).ok()
}

/// The ids of the messages of a page whose bits are set, and when they seem to have been posted.
fn messages<'a>(now: f64, value: Option<Value<'a>>, mask: u32) -> Vec<(&'a str, f64)> {
    let list = value.and_then(|value| value.field("messages")).expect("a page has messages");
    let chosen = list.items().enumerate().filter(|(place, _)| mask & 1 << place != 0);
    chosen
        .map(|(_, message)| {
            let age = message.field("age").and_then(|age| age.as_integer()).expect("an age");
            (message.field("id").and_then(text).expect("an id"), now - age as f64 * 1_000.0)
        })
        .collect()
}
