//! What is watched from outside: transports, states, timers, memory, and that each seed tells one story.

use std::collections::VecDeque;

use zaqar_web::engine::{Arrival, Engine, LinkId, Output, State, Transport};

use crate::app::App;
use crate::network::{Network, RestWeather, SocketWeather};
use crate::page::Page;
use crate::plan::Plan;
use crate::server::Server;
use crate::tally::Tally;

/// Timers that may fire within one second: bells, retries and many tails at once.
const MOST_TIMERS: usize = 150;
/// Sockets tried in five seconds of permanent trouble, and after how long of it.
const MOST_SOCKETS: usize = 8;
const SETTLED_TROUBLE: f64 = 10_000.0;
/// Back on the socket so long after its return; later only after a long outage, when pauses are long.
const BACK: f64 = 10_000.0;
const BACK_AFTER_LONG: f64 = 36_000.0;
const LONG: f64 = 100_000.0;

/// Questions of a watch that wait for their answers.
const MOST_QUESTIONS: usize = 4;

/// When something was fine without a break.
#[derive(Debug, Default)]
pub struct Spans {
    since: Option<f64>,
    ended: Vec<(f64, f64)>,
}

impl Spans {
    fn note(&mut self, now: f64, is_fine: bool) {
        match (self.since, is_fine) {
            (None, true) => self.since = Some(now),
            (Some(since), false) => {
                self.ended.push((since, now));
                self.since = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }

    /// The longest span between the two times.
    pub fn longest(&self, from: f64, to: f64) -> f64 {
        let now = self.since.map(|since| (since, to));
        let all = self.ended.iter().copied().chain(now);
        all.map(|(start, end)| end.min(to) - start.max(from)).fold(0.0, f64::max)
    }
}

/// Tells what happens, if all of it is to be told.
pub fn say(now: f64, what: std::fmt::Arguments<'_>) {
    static IS_LOUD: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| std::env::var_os("ZAQAR_TRACE").is_some());
    if *IS_LOUD {
        println!("{now:10.1} {what}");
    }
}

#[derive(Debug)]
pub struct Vigil {
    /// A hash over all that the engine put out.
    pub trace: u64,
    pub tally: Tally,
    pub socket_fine: Spans,
    pub rest_fine: Spans,
    way: f64,
    /// When the socket was last fine for so long that its troubles are forgotten.
    last_good: f64,
    /// Since when the socket is what carries.
    on_socket: f64,
    trouble_since: Option<f64>,
    patience: f64,
    connects: VecDeque<f64>,
    timers: VecDeque<f64>,
    in_past: u32,
    state: State,
    transport: Option<Transport>,
    link: Option<u32>,
    is_closed: bool,
}

impl Vigil {
    pub fn new(plan: &Plan) -> Vigil {
        Vigil {
            trace: 0xcbf2_9ce4_8422_2325,
            tally: Tally::default(),
            socket_fine: Spans::default(),
            rest_fine: Spans::default(),
            way: plan.latency + plan.jitter,
            last_good: 0.0,
            on_socket: 0.0,
            trouble_since: None,
            patience: BACK,
            connects: VecDeque::new(),
            timers: VecDeque::new(),
            in_past: 0,
            state: State::Connecting,
            transport: None,
            link: None,
            is_closed: false,
        }
    }

    fn hash(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.trace = (self.trace ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    pub fn saw_output(&mut self, now: f64, output: &Output) {
        assert!(!self.is_closed, "something is put out after the end: {output:?}");
        say(now, format_args!("-> {}", Shown(output)));
        self.hash(&now.to_bits().to_le_bytes());
        match output {
            Output::Connect(LinkId(link)) => {
                self.tally.sockets += 1;
                self.connects.push_back(now);
                self.link = Some(*link);
                self.hash(&link.to_le_bytes());
            }
            Output::Send(LinkId(link), frame) => {
                assert_eq!(self.link, Some(*link), "a frame is sent on a link that was given up");
                self.hash(frame);
            }
            Output::Disconnect(LinkId(link)) => {
                assert_eq!(self.link.take(), Some(*link), "a link is closed that is not the open one");
            }
            Output::Fetch(LinkId(link), action, exchange) => {
                self.tally.fetches += 1;
                self.hash(&link.to_le_bytes());
                self.hash(action.name().as_bytes());
                self.hash(exchange.path.as_bytes());
                self.hash(exchange.document.as_deref().unwrap_or_default().as_bytes());
            }
            Output::CancelFetch(LinkId(link)) => self.hash(&link.to_le_bytes()),
            Output::State(state, _) => {
                assert_ne!(*state, self.state, "a change of state changes it");
                assert_ne!(*state, State::Connecting, "a client connects for the first time only once");
                assert!(*state != State::Reconnecting || self.state == State::Connected);
                self.state = *state;
            }
            Output::Transport(transport, _) => {
                assert_ne!(*transport, self.transport, "a change of transport changes it");
                self.tally.polling += usize::from(*transport == Some(Transport::Polling));
                self.transport = *transport;
            }
            Output::Closed(_) => self.is_closed = true,
            other => self.hash(format!("{other:?}").as_bytes()),
        }
    }

    pub fn saw_arrival(&mut self, arrival: &Arrival) {
        let (kind, number, more): (u8, u32, u128) = match arrival {
            Arrival::Nothing => return,
            Arrival::Reply(request, status) => (1, request.0, (*status).into()),
            Arrival::Refusal(request, failure) => (2, request.0, failure.status.into()),
            Arrival::Push(feed) => {
                self.tally.pushes += 1;
                (3, feed.0, 0)
            }
            Arrival::Page(walk, mask) => (4, walk.0, *mask),
            Arrival::Tail(tail, mask) => (5, tail.0, *mask),
            Arrival::Tails(tails) => {
                self.hash(format!("{tails:?}").as_bytes());
                return;
            }
            Arrival::StandIn(feed, mask) => (6, feed.0, *mask),
            Arrival::Work(consumer, job) => (7, consumer.0, job.0.into()),
            Arrival::Part(request) => (8, request.0, 0),
            Arrival::Rows(list, _) => (9, list.0, 0),
            Arrival::Counted(counted) => (10, counted.watch.0, counted.queue.len() as u128),
        };
        self.hash(&[kind]);
        self.hash(&number.to_le_bytes());
        self.hash(&more.to_le_bytes());
    }

    /// All outputs are out: what was told is what is.
    pub fn drained(&mut self, engine: &Engine, network: &Network) {
        assert_eq!(engine.state(), self.state, "every change of state is told");
        assert_eq!(engine.transport(), self.transport, "every change of transport is told");
        assert_eq!(self.state == State::Connected, self.transport.is_some(), "connected is who has a transport");
        assert_eq!(self.state == State::Closed, self.is_closed);
        if self.transport == Some(Transport::Socket) {
            let line = self.link.and_then(|link| network.lines.get(&link));
            assert!(line.is_some_and(|line| line.answers > 0), "the transport is a socket that has answered");
        }
        if self.is_closed {
            assert_eq!(engine.poll_timeout(), None, "a closed client wants nothing more");
        }
    }

    /// A timer has fired, and the engine has dealt with it: when it wants the next.
    pub fn timer_fired(&mut self, now: f64, next: Option<f64>) {
        self.timers.push_back(now);
        while self.timers.front().is_some_and(|at| *at < now - 1_000.0) {
            self.timers.pop_front();
        }
        assert!(self.timers.len() <= MOST_TIMERS, "{} timers fire in a second", self.timers.len());
        self.in_past = if next.is_some_and(|next| next <= now) { self.in_past + 1 } else { 0 };
        assert!(self.in_past < 4, "the next timeout stays in the past");
    }

    /// Looks at everything after an event.
    pub fn look(&mut self, now: f64, plan: &Plan, network: &Network, server: &Server, page: &Page, engine: &Engine) {
        let has_token = server.tokens.is_none() || server.has_token(now, engine.token());
        let can_run = page.is_awake(now) && server.is_up && has_token;
        let is_sound = |link: u32| {
            let line = &network.lines[&link];
            line.is_sound() && line.stalled_until <= now
        };
        let is_out = network.socket != SocketWeather::Fine || network.socket_server.down_until > now;
        let socket_fine = can_run && !is_out && network.held().all(is_sound);
        let rest_fine = can_run
            && network.rest == RestWeather::Fine
            && network.rest_server.down_until <= now
            && network.retry_until <= now;
        self.socket_fine.note(now, socket_fine && plan.config.has_socket);
        self.rest_fine.note(now, rest_fine && plan.config.has_rest);

        let may_use_socket = plan.config.has_socket
            && plan.config.preference != zaqar_web::engine::Preference::Polling
            && self.state != State::Closed;
        if !may_use_socket {
            return;
        }
        let fine_for = self.socket_fine.since.map_or(0.0, |since| now - since);
        self.patience = if now - fine_for - self.last_good > LONG { BACK_AFTER_LONG } else { BACK };
        let patience = self.patience;
        // the handshake, the proof, and the timers' rounding come on top
        if fine_for > patience + 6.0 * self.way + 100.0 {
            assert_eq!(engine.transport(), Some(Transport::Socket), "the socket is back for {fine_for} ms");
        }
        if engine.transport() != Some(Transport::Socket) {
            self.on_socket = now;
        } else if now - self.on_socket > BACK + 500.0 {
            self.last_good = now;
        }
        self.trouble_since = if is_out { self.trouble_since.or(Some(now)) } else { None };
        while self.connects.front().is_some_and(|at| *at < now - 5_000.0) {
            self.connects.pop_front();
        }
        let lasts = self.trouble_since.map_or(0.0, |since| now - since);
        if lasts > SETTLED_TROUBLE {
            let tried = self.connects.len();
            assert!(tried <= MOST_SOCKETS, "{tried} sockets were tried in five seconds of permanent trouble");
        }
    }

    /// How long the socket may take to come back.
    pub fn patience(&self) -> f64 {
        self.patience
    }

    /// The page woke up: what waits is tried at once.
    pub fn woke(&mut self, now: f64) {
        self.trouble_since = self.trouble_since.map(|_| now);
    }

    /// Nothing is asked and nothing changes: what the engine keeps is little.
    pub fn check_quiet(&self, engine: &Engine, app: &App) {
        assert_eq!(engine.pending(), 0, "nothing is asked");
        let kept = format!("{engine:?}");
        let requests = kept.matches("Some(Request {").count();
        let most = app.tails.len() + app.walks.len() + app.feeds.len() + app.workers.most_requests() + 4;
        let most = most + if app.watch.is_some() { MOST_QUESTIONS } else { 0 };
        assert!(requests <= most, "{requests} requests are kept, with {most} that may have one");
        let slots = kept.matches("None").count();
        assert!(slots <= 200, "{slots} free places are kept");
        let links = kept.matches("Unanswered {").count();
        assert!(links <= most, "{links} answers are awaited");
    }
}

/// An output in one line.
struct Shown<'a>(&'a Output);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Output::Send(link, frame) => {
                let (action, _, call) = crate::call::on_socket(frame);
                write!(out, "send {} {action} {call:?}", link.0)
            }
            Output::Fetch(link, _, exchange) => {
                write!(out, "fetch {} {:?}", link.0, crate::call::on_rest(exchange))
            }
            other => write!(out, "{other:?}"),
        }
    }
}
