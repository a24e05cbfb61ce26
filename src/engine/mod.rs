//! The client as a state machine: what the application wants, and what is asked of the two transports to get it.
//!
//! **Contract.** The engine does nothing by itself and never waits. Its driver
//!
//! 1. calls a command (`start`, `request`, `abort`, `subscribe`, `walk`, `close`, …) or tells what has happened
//!    (`handle_…`), always with the time;
//! 2. then drains [`Engine::poll_output`] and does each [`Output`] in order;
//! 3. then asks [`Engine::poll_timeout`] and calls [`Engine::handle_timeout`] when that time has come.
//!
//! Every request ends exactly once: by an [`Arrival`] that names it, by [`Output::Failed`], or by `abort`. What the
//! application wants outlives any connection; a connection is a way to serve it.
//!
//! ```
//! use zaqar_web::engine::{Config, Engine, Output, Preference};
//! let config = Config { preference: Preference::Socket, has_socket: true, ..Config::new("a client", "a project") };
//! let mut engine = Engine::new(config);
//! engine.start(0.0); // 1
//! assert!(matches!(engine.poll_output(), Some(Output::Connect(_)))); // 2
//! assert!(engine.poll_timeout().is_some()); // 3
//! ```

mod answers;
mod auth;
pub mod closes;
mod config;
mod consumers;
mod dispatch;
pub mod failure;
mod feeds;
pub mod id;
mod jobs;
mod leases;
mod limits;
pub mod listing;
mod lists;
pub mod memory;
mod output;
mod posts;
mod random;
mod requests;
mod rest_path;
mod retries;
mod session;
mod sizes;
mod socket_path;
mod tails;
mod timers;
mod walks;
mod watches;

use std::borrow::Cow;

pub use self::answers::Arrival;
pub use self::config::{Config, Format, Millis, NEVER, Preference};
pub use self::consumers::{ConsumerId, ConsumerOptions};
pub use self::failure::{Delivery, Failure};
pub use self::jobs::{Errand, JobId};
pub use self::lists::{ListId, Rows};
pub use self::output::{Output, Reason, State, Transport, WantToken};
use self::random::Random;
use self::requests::{Owner, Request, Requests, Stage};
pub use self::tails::From as TailFrom;
pub use self::watches::{Counted, Question, Rate, WatchId, WatchOptions, Watched};
use crate::protocol::error::Code;
use crate::protocol::limits::{Refusal, Rules};
use crate::protocol::request;

/// A request's number, until it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub u32);

/// One use of a transport: a socket, or one HTTP exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkId(pub u32);

/// The subscription to one queue's notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeedId(pub u32);

/// A walk through the messages of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WalkId(pub u32);

/// A tail: the messages of a queue as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TailId(pub u32);

/// Counters since the start, and the present state of some things.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metrics {
    /// Requests of the application, and those that its walks, tails and subscriptions make.
    pub requests: u32,
    /// Answers to requests.
    pub replies: u32,
    /// Requests of the application that failed.
    pub failures: u32,
    /// Requests sent again after the first time.
    pub retries: u32,
    /// Notifications that arrived.
    pub notifications: u32,
    /// Bytes of frames and HTTP bodies sent.
    pub bytes_sent: f64,
    /// Bytes of frames and HTTP bodies received.
    pub bytes_received: f64,
    /// Sockets that answered.
    pub connects: u32,
    /// Those of them that were not the first.
    pub reconnects: u32,
    /// Changes from the socket to polling.
    pub fallbacks: u32,
    /// Changes from polling to the socket.
    pub recoveries: u32,
    /// Listings made to look for messages.
    pub polls: u32,
    /// Smoothed round trip.
    pub round_trip: Option<Millis>,
}

/// One client. See the module's contract.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    random: Random,
    state: State,
    transport: Option<Transport>,
    /// When closing: until when what is in flight may finish.
    closing: Millis,
    links: u32,
    posts_made: u32,
    requests: Requests,
    sizes: sizes::Sizes,
    socket: socket_path::SocketPath,
    rest: rest_path::RestPath,
    auth: auth::Auth,
    feeds: feeds::Feeds,
    lists: lists::Lists,
    walks: walks::Walks,
    tails: tails::Tails,
    watches: watches::Watches,
    consumers: consumers::Consumers,
    metrics: Metrics,
    /// Whether nobody sees the page: polling may take its time.
    is_hidden: bool,
    /// When `handle_timeout` last looked for requests that REST may take.
    looked_at: Millis,
    outputs: output::Outputs,
}

impl Engine {
    /// A client that has done nothing yet.
    pub fn new(config: Config) -> Engine {
        Engine {
            random: Random::new(config.seed),
            state: State::Connecting,
            transport: None,
            closing: NEVER,
            links: 0,
            posts_made: 0,
            requests: Requests::default(),
            sizes: sizes::Sizes::default(),
            socket: socket_path::SocketPath::default(),
            rest: rest_path::RestPath::default(),
            auth: auth::Auth::default(),
            feeds: feeds::Feeds::default(),
            lists: lists::Lists::default(),
            walks: walks::Walks::default(),
            tails: tails::Tails::default(),
            watches: watches::Watches::default(),
            consumers: consumers::Consumers::default(),
            metrics: Metrics::default(),
            is_hidden: false,
            looked_at: f64::NEG_INFINITY,
            outputs: output::Outputs::default(),
            config,
        }
    }

    /// Begins to connect.
    pub fn start(&mut self, now: Millis) {
        if self.config.authenticates {
            self.want_token(WantToken::First);
        }
        if self.may_use_socket() {
            self.connect(now);
            self.rest.probe_at = if self.config.has_rest { now + self.config.fallback_delay } else { NEVER };
        } else {
            self.rest.probe_at = now;
        }
        self.dispatch(now);
    }

    /// Asks for something that the server takes: what it would not, or what would break it, was refused
    /// [before](request::Request::check). But a message that is known to be too large for any post is refused here. It ends after `timeout`
    /// at the latest; `rest_only` keeps it off the socket.
    pub fn request(
        &mut self,
        now: Millis,
        what: impl Into<request::Request>,
        timeout: Millis,
        rest_only: bool,
    ) -> Result<RequestId, Refusal> {
        let deadline = now + timeout;
        let new = |what| Request::new(what, Owner::Application, deadline, Stage::Waiting(deadline));
        let asked = match what.into() {
            request::Request::MessagePost(post) => {
                let rest_only = rest_only || post.has_delay();
                let (first, post) = self.new_post(post)?;
                Request { post: Some(post), rest_only, ..new(first.into()) }
            }
            what => Request { rest_only, ..new(what) },
        };
        Ok(self.ask(now, asked))
    }

    /// Whether there is REST, and it tells more of this than the socket.
    pub fn prefers_rest(&self, what: &request::Request) -> bool {
        self.config.has_rest && what.is_fuller_over_rest()
    }

    /// What may be asked of the server, as far as it is known: it may change with each refusal.
    pub fn rules(&self) -> &Rules {
        &self.config.rules
    }

    /// The application has given up a request: its answer will be dropped. What is not sent will not be.
    pub fn abort(&mut self, now: Millis, id: RequestId) {
        if self.requests.get(id).is_some_and(|request| request.owner == Owner::Application) {
            self.forget(id);
            // posts behind it may go now
            self.dispatch(now);
        }
    }

    /// Lets what is in flight finish, for so long at most, then ends. Consumers end at once, and give back what they hold. Of
    /// several calls the most impatient counts.
    pub fn close(&mut self, now: Millis, within: Millis) {
        if self.state != State::Closed {
            self.closing = self.closing.min(now + within);
            self.end_consumers(now);
            self.finish_if_idle(now);
        }
    }

    /// Ends at once.
    pub fn finish(&mut self, now: Millis, reason: Option<Failure>) {
        if self.state == State::Closed {
            return;
        }
        let (code, why) = match &reason {
            Some(reason) => (reason.code, reason.why.clone()),
            None => (Code::Closed, "the client was closed".into()),
        };
        for id in self.consumers.take_all() {
            self.outputs.push(Output::ConsumerEnded(id, reason.clone()));
        }
        // before their questions fail: in place of each of them another would be asked
        self.watches.clear();
        for id in self.requests.ids() {
            self.fail(now, id, code, why.clone());
        }
        self.abandon_socket();
        self.rest.fetches.clear();
        self.lists.clear();
        self.walks.clear();
        self.tails.clear();
        self.feeds.clear();
        self.set_transport(None, "closed");
        self.set_state(State::Closed, reason.clone());
        self.outputs.push(Output::Closed(reason));
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop()
    }

    /// What the client is to its user.
    pub fn state(&self) -> State {
        self.state
    }

    /// What carries requests.
    pub fn transport(&self) -> Option<Transport> {
        self.transport
    }

    /// How the last socket and the last exchange over REST ended, in words, where they did.
    pub fn last_ends(&self) -> [Option<&str>; 2] {
        [self.socket.last_end(), self.rest.last_end()]
    }

    /// The counters.
    pub fn metrics(&self) -> Metrics {
        self.metrics
    }

    /// Requests of the application that have not ended.
    pub fn pending(&self) -> usize {
        self.requests.of_application()
    }

    fn add(
        &mut self,
        now: Millis,
        what: request::Request,
        owner: Owner,
        timeout: Millis,
        rest_only: bool,
    ) -> RequestId {
        let deadline = now + timeout;
        self.ask(now, Request { rest_only, ..Request::new(what, owner, deadline, Stage::Waiting(deadline)) })
    }

    fn ask(&mut self, now: Millis, request: Request) -> RequestId {
        self.metrics.requests += 1;
        let stage = Stage::Waiting(now + self.config.fallback_delay);
        let id = self.requests.add(Request { stage, ..request });
        if self.requests.any_waits() || !self.send(now, id) {
            self.requests.wait(id, now + self.config.fallback_delay);
            self.dispatch(now);
        }
        id
    }

    /// Ends a request without an answer.
    fn fail(&mut self, now: Millis, id: RequestId, code: Code, why: impl Into<Cow<'static, str>>) {
        let Some(request) = self.requests.get(id) else { return };
        let owner = request.owner;
        let failure = match request.was_sent {
            true => Failure::unknown(code, request.action, why),
            false => Failure::not_sent(code, request.action, why),
        };
        let failure = request.explain(failure);
        self.forget(id);
        self.report(now, id, owner, failure);
    }

    /// Takes a request out wherever it stands.
    fn forget(&mut self, id: RequestId) {
        match self.requests.remove(id).map(|request| request.stage) {
            None | Some(Stage::Waiting(_)) => {}
            Some(Stage::OnSocket(_)) => {
                if let Some(session) = &mut self.socket.session {
                    session.forget(id);
                }
            }
            Some(Stage::OnRest(link, _)) => {
                self.rest.ended(link);
                self.outputs.push(Output::CancelFetch(link));
            }
        }
    }

    /// Takes out what was asked for someone who is gone.
    fn forget_all_of(&mut self, owner: Owner) {
        for id in self.requests.find(&|request| request.owner == owner) {
            self.forget(id);
        }
    }

    /// Tells whom it concerns that a request has failed.
    fn report(&mut self, now: Millis, id: RequestId, owner: Owner, failure: Failure) {
        match owner {
            Owner::Application => {
                self.metrics.failures += 1;
                self.outputs.push(Output::Failed(id, failure));
            }
            Owner::List(list) => {
                self.metrics.failures += 1;
                self.lists.stopped(list);
                self.outputs.push(Output::ListFailed(list, failure));
            }
            Owner::Walk(walk) => {
                self.walks.stopped(walk);
                self.outputs.push(Output::WalkFailed(walk, failure));
            }
            Owner::Tail(tail) => {
                for tail in self.tails.take_sharers(tail) {
                    self.tail_failed(now, tail, failure.action, failure.clone());
                }
            }
            Owner::Watch(watch, question) => self.watch_failed(now, watch, question, failure),
            Owner::Consumer(consumer, errand) => self.errand_failed(now, consumer, errand, failure),
            Owner::Feed(feed) => self.feeds.interrupted(now, feed),
            Owner::RestProbe => self.rest.probe = None,
            Owner::Session | Owner::Nobody => {}
        }
    }

    fn set_state(&mut self, state: State, reason: Option<Failure>) {
        if self.state != state {
            self.state = state;
            self.outputs.push(Output::State(state, reason));
        }
    }

    fn set_transport(&mut self, transport: Option<Transport>, why: impl Into<Cow<'static, str>>) {
        self.set_transport_after(transport, Reason { why: why.into(), lived: None, short_lived: 0 });
    }

    fn set_transport_after(&mut self, transport: Option<Transport>, reason: Reason) {
        if self.transport == transport {
            return;
        }
        match transport {
            Some(Transport::Socket) if self.rest.has_carried => self.metrics.recoveries += 1,
            Some(Transport::Polling) if self.may_use_socket() => self.metrics.fallbacks += 1,
            _ => {}
        }
        self.transport = transport;
        self.outputs.push(Output::Transport(transport, reason));
    }

    fn next_link(&mut self) -> LinkId {
        self.links += 1;
        LinkId(self.links)
    }

    fn finish_if_idle(&mut self, now: Millis) {
        if self.closing < NEVER && !self.requests.any_holds_the_end() {
            self.finish(now, None);
        }
    }
}
