//! The way over the socket: opening, proof, signs of life, death, and the pauses between attempts.

use std::borrow::Cow;

use super::answers::refusal;
use super::closes::{Close, Verdict, printable};
use super::config::{Millis, NEVER};
use super::requests::{Request, Stage};
use super::retries::doubled;
use super::session::{self, Session};
use super::{Engine, Failure, LinkId, Output, Reason, State, Transport};
use crate::protocol::action::Action;
use crate::protocol::error::Code;
use crate::protocol::request::Ping;

/// How long a handshake, and after it the first answer, may take. A firewall that swallows them says nothing, ever.
pub const PROOF: Millis = 4_000.0;
/// A socket that lived longer was a good one: the next attempt comes soon.
const STABLE: Millis = 10_000.0;
/// While trouble is younger than this, pauses are short: a network comes back within seconds, or not for long.
const ACUTE: Millis = 120_000.0;
/// A socket that ends so soon after it opened was ended for what was said on it.
const AT_ONCE: Millis = 2_000.0;
/// The longest pause in acute trouble.
const ACUTE_PAUSE: Millis = 5_000.0;
/// The least part of a pause: whatever chance says, a server that is away is not asked more than eight times in 5 s.
const LEAST: f64 = 0.15;
/// An answer later than this makes a socket suspect: what may be repeated takes REST, and a sign of life is asked for.
const LATE: Millis = 700.0;
/// The slowest upload that is waited for, in bytes a millisecond.
const SLOWEST: f64 = 32.0;
/// Of a handshake that fails, a page learns nothing.
const NOT_OPENED: &str = "the WebSocket could not be opened (browsers do not say why: no server, a proxy that refuses it or \
                          redirects, or a certificate that is not trusted)";
/// How long a socket may take for a sign of life when the page wakes up.
const WAKE: Millis = 2_000.0;

/// The state of this path.
#[derive(Debug)]
pub struct SocketPath {
    /// The socket there is.
    pub session: Option<Session>,
    /// When the next one is tried.
    pub try_at: Millis,
    /// Attempts in a row that led to no lasting socket.
    attempts: u32,
    /// When the first of them failed.
    troubled_since: Millis,
    /// Sockets in a row that answered and died young.
    young_deaths: u32,
    /// Whether there ever was a socket that answered.
    was_ready: bool,
    /// How the last one ended.
    last_end: Option<Cow<'static, str>>,
    /// Whether none can ever be opened.
    pub is_forbidden: bool,
    /// Whether the last one was refused by a policy, which was told.
    was_refused: bool,
    /// So many bytes in a frame have ended a socket: larger requests go over REST, if that is there.
    pub refuses_from: usize,
}

impl Default for SocketPath {
    fn default() -> SocketPath {
        SocketPath {
            session: None,
            try_at: NEVER,
            attempts: 0,
            troubled_since: NEVER,
            young_deaths: 0,
            was_ready: false,
            last_end: None,
            is_forbidden: false,
            was_refused: false,
            refuses_from: usize::MAX,
        }
    }
}

impl SocketPath {
    /// The sentence, and how the last socket ended.
    pub fn explain(&self, sentence: &'static str) -> Cow<'static, str> {
        match &self.last_end {
            Some(end) => format!("{sentence}: {end}").into(),
            None => sentence.into(),
        }
    }

    /// How the last socket ended, in words.
    pub fn last_end(&self) -> Option<&str> {
        self.last_end.as_deref()
    }

    /// Whether there is a socket that carries requests.
    pub fn is_ready(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.is_ready())
    }
}

impl Engine {
    /// Opens a socket.
    pub(super) fn connect(&mut self, now: Millis) {
        let link = self.next_link();
        self.socket.try_at = NEVER;
        self.socket.session = Some(Session::new(link, now, now + PROOF));
        self.outputs.push(Output::Connect(link));
    }

    /// Opens a socket now if there is none: something has changed for the better.
    pub(super) fn connect_soon(&mut self, now: Millis) {
        if self.may_use_socket() && self.socket.session.is_none() {
            self.connect(now);
        }
    }

    /// A socket's handshake is done.
    pub fn handle_open(&mut self, now: Millis, link: LinkId) {
        let authenticates = self.config.authenticates;
        let Some(session) = self.session_of(link) else { return };
        session.since = now;
        session.heard = now;
        session.stage_ends = now + PROOF;
        if authenticates {
            self.authenticate(now);
        } else {
            self.ask_for_proof(now);
        }
    }

    /// Asks for the first answer that shows that the socket serves us.
    pub(super) fn ask_for_proof(&mut self, now: Millis) {
        let Some(session) = &mut self.socket.session else { return };
        session.stage = session::Stage::Proving;
        session.stage_ends = now + PROOF;
        self.ask_for_life(now);
    }

    /// When the very first socket has told at the latest whether it serves us; `None` if it has, or has failed.
    pub(super) fn first_verdict_at(&self) -> Option<Millis> {
        let is_first = self.socket.attempts == 0 && !self.socket.was_ready;
        let session = self.socket.session.as_ref().filter(|_| is_first)?;
        matches!(session.stage, session::Stage::Opening | session::Stage::Proving).then_some(session.stage_ends)
    }

    /// A socket has ended, by whomever: the code and the text of its close frame, or 1006.
    pub fn handle_closed(&mut self, now: Millis, link: LinkId, code: u16, text: &str) {
        let Some(session) = self.session_of(link) else { return };
        let (stage, session_since) = (session.stage, session.since);
        let close = Close::new(code, text);
        let verdict = close.verdict();
        if verdict == Verdict::Expired {
            self.socket_expired();
        }
        if stage == session::Stage::Proving && self.config.authenticates && now - session_since < AT_ONCE {
            self.authentication_dropped(now);
        }
        let why = match stage {
            _ if verdict == Verdict::Expired => close.sentence(),
            session::Stage::Opening if close.says_nothing() => NOT_OPENED.to_owned(),
            session::Stage::Opening => close.after("the WebSocket could not be opened"),
            session::Stage::NeedsToken | session::Stage::Proving => {
                close.after("the socket closed before its first answer")
            }
            session::Stage::Ready => close.sentence(),
        };
        if verdict == Verdict::Refused && !std::mem::replace(&mut self.socket.was_refused, true) {
            self.tell_verdict(Code::Forbidden, &why);
        }
        self.end_socket(now, why.into(), false, verdict);
    }

    /// No socket can ever be opened: the browser does not allow the address, and says this.
    pub fn handle_forbidden(&mut self, now: Millis, link: LinkId, text: &str) {
        if self.session_of(link).is_none() {
            return;
        }
        self.socket.session = None;
        self.socket.is_forbidden = true;
        let why = format!("the browser does not allow this WebSocket: {}", printable(text));
        self.socket.last_end = Some(why.clone().into());
        let failure = Failure::of_client(Code::Unsupported, why);
        if !self.may_poll() {
            return self.finish(now, Some(failure));
        }
        self.outputs.push(Output::Trouble(failure));
        self.probe_rest(now);
        self.dispatch(now);
    }

    /// A frame was no MessagePack, or no answer to what was asked.
    pub fn handle_damage(&mut self, now: Millis, link: LinkId) {
        if self.session_of(link).is_some() {
            let why = "a frame arrived that is not Zaqar's; the connection was ended";
            self.outputs.push(Output::Trouble(Failure::of_client(Code::Protocol, why)));
            self.lose_socket(now, why, true);
        }
    }

    /// A frame was not taken: it is [too large](super::failure::TOO_LARGE) or [too deep](super::failure::TOO_DEEP). It answers
    /// what was asked first, for what is pushed is small: asked again, it would come again.
    pub fn handle_unusable_frame(&mut self, now: Millis, link: LinkId, why: &'static str) {
        let Some(session) = self.session_of(link) else { return };
        let asked = session.answered().and_then(|(_, id)| id);
        if let Some(id) = asked
            && let Some(request) = self.requests.remove(id)
        {
            let failure = Failure { why: why.into(), ..refusal(request.action, 0, b"", false) };
            self.report(now, id, request.owner, request.explain(failure));
        }
        self.outputs.push(Output::Trouble(Failure::of_client(Code::Protocol, why)));
        self.lose_socket(now, "a frame arrived that is too large or too deep; the connection was ended", true);
        self.finish_if_idle(now);
    }

    pub(super) fn session_of(&mut self, link: LinkId) -> Option<&mut Session> {
        self.socket.session.as_mut().filter(|session| session.link == link)
    }

    /// The socket has given its first answer: it carries requests from now on.
    pub(super) fn socket_ready(&mut self, now: Millis) {
        let Some(session) = &mut self.socket.session else { return };
        session.stage = session::Stage::Ready;
        session.stage_ends = f64::INFINITY;
        session.life_ends = NEVER;
        self.metrics.connects += 1;
        if std::mem::replace(&mut self.socket.was_ready, true) {
            self.metrics.reconnects += 1;
        }
        self.rest.probe_at = NEVER;
        self.set_transport(Some(Transport::Socket), "the WebSocket answers");
        self.set_state(State::Connected, None);
        self.serve_feeds(now);
        self.dispatch(now);
    }

    /// Gives the socket up and sees to what was asked on it.
    pub(super) fn lose_socket(&mut self, now: Millis, why: &'static str, disconnect: bool) {
        self.end_socket(now, why.into(), disconnect, Verdict::Ended);
    }

    fn end_socket(&mut self, now: Millis, why: Cow<'static, str>, disconnect: bool, verdict: Verdict) {
        let Some(session) = self.socket.session.take() else { return };
        if disconnect {
            self.outputs.push(Output::Disconnect(session.link));
        }
        let was_ready = session.is_ready();
        let lived = now - session.since;
        self.plan_next_socket(now, was_ready, lived, verdict);
        let short_lived = self.socket.young_deaths;
        self.socket.last_end = Some(why.clone());
        self.feeds.socket_lost();
        self.tails.socket_lost();
        let too_large = if verdict == Verdict::TooLarge && was_ready { self.too_large_on(&session) } else { None };
        for id in session.unanswered() {
            match too_large {
                Some(owed) if owed.request == Some(id) => self.too_large_for_socket(now, id, owed.bytes),
                _ => self.answer_is_lost(now, id),
            }
        }
        if verdict == Verdict::TooLarge && too_large.is_none() {
            // a notification perhaps: nobody has asked for it, and the next may be like it
            self.tell_verdict(Code::ConnectionLost, &why);
        }
        if self.transport == Some(Transport::Socket) {
            let failure = Failure::of_client(Code::ConnectionLost, why.clone());
            self.set_transport_after(None, Reason { why, lived: Some(lived), short_lived });
            self.set_state(State::Reconnecting, Some(Failure { retryable: true, ..failure }));
            if self.may_poll() {
                self.probe_rest(now);
            }
        }
        self.dispatch(now);
    }

    /// Drops the socket without a thought for what comes after.
    pub(super) fn abandon_socket(&mut self) {
        self.socket.try_at = NEVER;
        if let Some(session) = self.socket.session.take() {
            self.outputs.push(Output::Disconnect(session.link));
        }
    }

    /// Sees that the socket is alive: asks for a sign of life after silence, ends it when none comes.
    pub(super) fn check_socket(&mut self, now: Millis) {
        let keep_alive = self.config.keep_alive;
        let Some(session) = &mut self.socket.session else { return };
        match session.stage {
            session::Stage::Ready => {}
            session::Stage::Opening | session::Stage::NeedsToken | session::Stage::Proving => {
                if session.stage_ends <= now {
                    self.lose_socket(now, "the WebSocket gave no answer", true);
                }
                return;
            }
        }
        if session.life_ends <= now {
            self.lose_socket(now, "the socket was silent", true);
        } else if session.life_ends == NEVER && session.heard + keep_alive <= now {
            session.life_ends = now + keep_alive;
            self.ask_for_life(now);
        }
        self.rescue_late(now);
    }

    /// Asks for a sign of life now: the page may have slept, and the socket ended meanwhile.
    pub(super) fn check_life_now(&mut self, now: Millis) {
        let keep_alive = self.config.keep_alive;
        if let Some(session) = &mut self.socket.session
            && session.is_ready()
            && session.life_ends == NEVER
        {
            session.life_ends = now + keep_alive.min(WAKE);
            self.ask_for_life(now);
        }
    }

    /// When `check_socket` has something to do.
    pub(super) fn next_socket_check(&self) -> Millis {
        let Some(session) = &self.socket.session else { return NEVER };
        if !session.is_ready() {
            return session.stage_ends;
        }
        let is_asked = session.life_ends < NEVER;
        let life = if is_asked { session.life_ends } else { session.heard + self.config.keep_alive };
        let may_be_late = !session.is_suspect && session.awaits_answer();
        match may_be_late && (self.may_poll() || self.posts_wait_for_socket()) {
            true => life.min(session.late_at() + LATE),
            false => life,
        }
    }

    /// Answers are late on a socket that says nothing: what may be repeated goes over REST instead, and the socket must
    /// give a sign of life before anything new is sent on it.
    fn rescue_late(&mut self, now: Millis) {
        let may_poll = self.may_poll();
        if !may_poll && !self.posts_wait_for_socket() {
            return;
        }
        let Some(session) = &mut self.socket.session else { return };
        if session.is_suspect || !session.awaits_answer() || session.late_at() + LATE > now {
            return;
        }
        session.is_suspect = true;
        if session.life_ends == NEVER {
            session.life_ends = now + self.config.keep_alive;
        }
        if !may_poll {
            return self.dispatch(now);
        }
        let is_late = |request: &Request| {
            matches!(request.stage, Stage::OnSocket(_))
                && request.action.is_repeatable()
                && request.owner.wants_answer()
        };
        for id in self.requests.find(&is_late) {
            if let Some(session) = &mut self.socket.session {
                session.forget(id);
            }
            self.requests.wait(id, now);
        }
        self.probe_rest(now);
        self.dispatch(now);
    }

    /// A post that goes over REST waits for the answer to one on a socket that says nothing. No other request would get an
    /// answer sooner, for the server serves a socket in order: so the silence itself is the verdict, after the time that what
    /// was sent may take on its way.
    pub(super) fn hurry_socket_for(&mut self, now: Millis, id: super::RequestId) {
        if !self.socket.session.as_ref().is_some_and(|session| session.is_suspect) {
            return;
        }
        let waits = self.requests.get(id).is_some_and(|request| self.waits_for_socket(request));
        if let Some(session) = &mut self.socket.session
            && waits
        {
            let under_way: usize = session.awaited().map(|owed| owed.bytes).sum();
            session.life_ends = session.life_ends.min(now + PROOF + under_way as f64 / SLOWEST);
        }
    }

    fn posts_wait_for_socket(&self) -> bool {
        let mut waiting = self.requests.waiting().iter().filter_map(|id| self.requests.get(*id));
        waiting.any(|request| self.waits_for_socket(request))
    }

    /// An answer will not come: the request is sent again where that does no harm, else it fails.
    pub(super) fn answer_is_lost(&mut self, now: Millis, id: super::RequestId) {
        let Some(request) = self.requests.get(id) else { return };
        let is_wanted = request.owner.wants_answer();
        if is_wanted && request.action.is_repeatable() {
            let fallback_at = if self.may_poll() { now } else { f64::INFINITY };
            self.requests.wait(id, fallback_at);
        } else {
            if let Some(request) = self.requests.get_mut(id) {
                // the link is gone: there is nothing to forget or cancel on it
                request.stage = Stage::Waiting(f64::INFINITY);
            }
            self.fail(now, id, Code::ConnectionLost, "the connection ended before the answer came");
        }
    }

    /// Sends what the socket is asked for its own sake.
    pub(super) fn ask_for_session(&mut self, now: Millis, action: Action, frame: Vec<u8>) {
        let Some(session) = &mut self.socket.session else { return };
        let frame = self.config.format.write(frame);
        self.metrics.bytes_sent += frame.len() as f64;
        let id = self.requests.add(Request::of_session(action, now));
        session.sent(now, action, id, frame.len());
        self.outputs.push(Output::Send(session.link, frame));
    }

    /// Sends a request that does nothing, so that something must come back.
    fn ask_for_life(&mut self, now: Millis) {
        let frame = session::frame(Action::QueueList.name(), &self.config.headers, &Ping {}.into());
        self.ask_for_session(now, Action::QueueList, frame);
    }

    fn plan_next_socket(&mut self, now: Millis, was_ready: bool, lived: Millis, verdict: Verdict) {
        let socket = &mut self.socket;
        if was_ready && lived >= STABLE {
            socket.was_refused &= verdict == Verdict::Refused;
            socket.attempts = 0;
            socket.young_deaths = 0;
            socket.troubled_since = NEVER;
        } else if was_ready {
            socket.young_deaths += 1;
        }
        socket.troubled_since = socket.troubled_since.min(now);
        let (first, longest) = self.config.backoff;
        let last = if now - socket.troubled_since < ACUTE { longest.min(ACUTE_PAUSE) } else { longest };
        let ceiling = match verdict {
            Verdict::Refused => longest,
            Verdict::Busy => last,
            Verdict::Ended | Verdict::Expired | Verdict::TooLarge => doubled(first, socket.attempts, last),
        };
        socket.attempts += 1;
        socket.try_at = now + (LEAST + (1.0 - LEAST) * self.random.fraction()) * ceiling;
    }
}
