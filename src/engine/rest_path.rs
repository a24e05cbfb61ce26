//! The way over REST: whether it answers, and the exchanges under way on it.

use std::borrow::Cow;

use super::answers::{Answer, refusal};
use super::config::{Millis, NEVER};
use super::failure::{ANSWERS_A_PAGE, REDIRECTS, WANTS_LOGIN};
use super::requests::{Owner, Request, Stage};
use super::retries::doubled;
use super::{Arrival, Engine, Failure, LinkId, Output, RequestId, State, Transport};
use crate::protocol::error::Code;
use crate::protocol::http::{HttpReply, NOT_ZAQARS};
use crate::protocol::request::Ping;

/// How long a probe of REST may take.
const PROBE: Millis = 5_000.0;
/// Longest pause between probes of a REST API that does not answer.
const PROBE_PAUSE: Millis = 5_000.0;
/// An exchange without answer for so long is given up where that does no harm and another way is known to work; after the
/// first time it has twice as long.
const HUNG: Millis = 4_000.0;
/// The longest that REST waits because the server asks for patience.
const MOST_PATIENCE: Millis = 60_000.0;
/// A pause for patience that is longer than this is told.
const TOLD_PATIENCE: Millis = 5_000.0;
/// How often a request is tried again when the server asks for patience.
pub const MOST_RETRIES: u8 = 5;

/// What is known of REST.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Nothing: it was not asked lately.
    #[default]
    Unknown,
    /// It answered last.
    Up,
    /// It did not answer last.
    Down,
    /// It redirected last.
    Elsewhere,
}

/// The state of this path.
#[derive(Debug)]
pub struct RestPath {
    /// What is known of it.
    pub health: Health,
    /// When it is asked whether it answers.
    pub probe_at: Millis,
    /// The question, while it is open.
    pub probe: Option<RequestId>,
    /// Exchanges under way, and for which request.
    pub fetches: Vec<(LinkId, RequestId)>,
    /// The server has asked for patience until then.
    pub paused_until: Millis,
    /// Whether it has ever carried requests instead of the socket.
    pub has_carried: bool,
    /// When it last answered.
    heard: Millis,
    attempts: u8,
    /// How the last exchange ended, in words.
    last_end: Option<Cow<'static, str>>,
    /// Whether somebody else answers in Zaqar's place, which was told.
    is_intercepted: bool,
}

impl Default for RestPath {
    fn default() -> RestPath {
        RestPath {
            health: Health::Unknown,
            probe_at: NEVER,
            probe: None,
            fetches: Vec::new(),
            paused_until: 0.0,
            has_carried: false,
            heard: 0.0,
            attempts: 0,
            last_end: None,
            is_intercepted: false,
        }
    }
}

impl RestPath {
    /// How the last exchange ended, in words.
    pub fn last_end(&self) -> Option<&str> {
        self.last_end.as_deref()
    }

    /// The sentence, and how the last exchange ended.
    fn explain(&self, sentence: &'static str) -> Cow<'static, str> {
        match &self.last_end {
            Some(end) => format!("{sentence}: {end}").into(),
            None => sentence.into(),
        }
    }

    /// That exchange is under way no more: for which request it was.
    pub fn ended(&mut self, link: LinkId) -> Option<RequestId> {
        let place = self.fetches.iter().position(|(fetch, _)| *fetch == link)?;
        Some(self.fetches.remove(place).1)
    }
}

impl Engine {
    /// An HTTP answer has come, and was read as the answer to what was asked. `retry_after` is that header, in milliseconds.
    pub fn handle_http(
        &mut self,
        now: Millis,
        link: LinkId,
        answer: &HttpReply<'_>,
        retry_after: Option<Millis>,
    ) -> Arrival {
        let status = answer.status;
        if matches!(status, 301..=303 | 307 | 308) {
            self.handle_unusable_http(now, link, REDIRECTS);
            return Arrival::Nothing;
        }
        let Some(id) = self.rest.ended(link) else { return Arrival::Nothing };
        self.metrics.bytes_received += answer.bytes() as f64;
        if answer.wants_login {
            self.login_wanted(now, id, status);
            return Arrival::Nothing;
        }
        let Some(request) = self.requests.get_mut(id) else { return Arrival::Nothing };
        let (is_probe, stage) = (request.owner == Owner::RestProbe, request.stage);
        if matches!(status, 429 | 503)
            && let Some(pause) = retry_after
        {
            let may_repeat = status == 429 || request.action.is_repeatable();
            let is_repeated = may_repeat && request.retries < MOST_RETRIES && !is_probe;
            request.retries += u8::from(is_repeated);
            self.have_patience(now, status, pause);
            if is_repeated {
                self.requests.wait(id, now);
                self.metrics.retries += 1;
                return Arrival::Nothing;
            }
        }
        // a page instead of Zaqar's 204, or of a document (0): some proxy's, or a portal that wants a login
        let is_zaqar = match is_probe {
            true => matches!(status, 204 | 400 | 401 | 403 | 429) || status == 404 && self.config.is_signed,
            false => status != 0,
        };
        let is_refused = status == 401 || status == 400 && is_probe;
        match is_zaqar {
            // it answers, and serves nothing: `answer` sees to that
            true if is_refused && !self.config.is_signed => self.rest.heard = now,
            true => self.rest_answered(now),
            false => {
                self.rest_failed(now);
                if status == NOT_ZAQARS || is_probe && status == 200 {
                    self.tell_of_proxy(Failure::of_client(Code::Protocol, ANSWERS_A_PAGE));
                }
            }
        }
        if let Stage::OnRest(_, sent) = stage
            && (200..400).contains(&status)
        {
            self.auth.accepted(Transport::Polling, sent);
        }
        let arrival = self.answer(now, id, &Answer::Http(answer));
        self.dispatch(now);
        arrival
    }

    /// How the last exchange ended, in words: they are told where REST does not answer.
    pub fn note_rest(&mut self, end: impl Into<Cow<'static, str>>) {
        self.rest.last_end = Some(end.into());
    }

    /// A proxy wants a login before it lets anything through. The page may log in at any time, so REST is asked again.
    fn login_wanted(&mut self, now: Millis, id: RequestId, status: u16) {
        let Some(request) = self.requests.remove(id) else { return };
        let failure = Failure { status, retryable: true, ..Failure::of_client(Code::Unauthorized, WANTS_LOGIN) };
        let of_request = Failure { action: Some(request.action), ..failure.clone() };
        self.note_rest(WANTS_LOGIN);
        self.rest_failed(now);
        self.report(now, id, request.owner, request.explain(of_request));
        self.tell_of_proxy(failure);
        self.finish_if_idle(now);
        self.dispatch(now);
    }

    /// Tells once that somebody else answers in Zaqar's place, until Zaqar answers again.
    fn tell_of_proxy(&mut self, failure: Failure) {
        if !std::mem::replace(&mut self.rest.is_intercepted, true) {
            self.outputs.push(Output::Trouble(failure));
        }
    }

    /// An HTTP answer has come that is not taken: it redirects ([`REDIRECTS`]), is
    /// [too large](super::failure::TOO_LARGE) or [too deep](super::failure::TOO_DEEP).
    pub fn handle_unusable_http(&mut self, now: Millis, link: LinkId, why: &'static str) {
        let Some(id) = self.rest.ended(link) else { return };
        let Some(request) = self.requests.get(id) else { return };
        let (action, owner) = (request.action, request.owner);
        let failure = Failure { why: why.into(), ..refusal(action, 0, b"", false) };
        let redirects = why == REDIRECTS;
        // the socket may come, and what may be repeated goes there
        let may_wait = self.may_use_socket() && action.on_socket().is_some() && !request.rest_only;
        if redirects && may_wait && action.is_repeatable() {
            self.requests.wait(id, NEVER);
        } else {
            let explained = request.explain(failure.clone());
            self.requests.remove(id);
            self.report(now, id, owner, explained);
        }
        if redirects {
            self.rest_redirected(now, failure, owner);
        } else if owner == Owner::RestProbe {
            self.rest_failed(now);
        }
        self.finish_if_idle(now);
        self.dispatch(now);
    }

    /// REST leads elsewhere, where nothing of this client is sent. If already the first probe does, and there is no socket,
    /// that is the end.
    fn rest_redirected(&mut self, now: Millis, failure: Failure, asked_by: Owner) {
        let was_known = self.rest.health == Health::Elsewhere;
        self.rest_failed(now);
        self.rest.health = Health::Elsewhere;
        let failure = Failure::of_client(failure.code, failure.why);
        if asked_by == Owner::RestProbe && self.state == State::Connecting && !self.may_use_socket() {
            self.refused_at_all(now, failure);
        } else if !was_known {
            self.outputs.push(Output::Trouble(failure));
        }
    }

    /// The server asks for patience. How long it may have it is limited, and a long pause is told.
    fn have_patience(&mut self, now: Millis, status: u16, asked: Millis) {
        let was_pausing = self.rest.paused_until > now;
        self.rest.paused_until = now + asked.min(MOST_PATIENCE);
        if was_pausing || asked <= TOLD_PATIENCE {
            return;
        }
        let code = if status == 429 { Code::RateLimited } else { Code::Unavailable };
        let why = match asked > MOST_PATIENCE {
            true => "the server asks by `Retry-After` for more than a minute: REST waits for a minute",
            false => "the server asks for patience by `Retry-After`: REST waits",
        };
        self.outputs.push(Output::Trouble(Failure { status, retryable: true, ..Failure::of_client(code, why) }));
    }

    /// An HTTP request has failed without an answer.
    pub fn handle_http_failure(&mut self, now: Millis, link: LinkId) {
        let Some(id) = self.rest.ended(link) else { return };
        self.rest_failed(now);
        match self.requests.get_mut(id) {
            Some(request) if request.action.is_repeatable() && request.owner != Owner::RestProbe => {
                // others may get through: without a pause this one would be asked again with each of their answers
                request.not_before =
                    now + self.random.fraction() * doubled(self.config.backoff.0, request.failures.into(), PROBE_PAUSE);
                request.failures = request.failures.saturating_add(1);
                self.requests.wait(id, now);
            }
            Some(request) => {
                request.stage = Stage::Waiting(f64::INFINITY);
                let why = self.rest.explain("the HTTP request failed, and the server may have seen it");
                self.fail(now, id, Code::ConnectionLost, why);
            }
            None => {}
        }
        self.dispatch(now);
    }

    /// Asks REST whether it answers, unless that is being asked.
    pub(super) fn probe_rest(&mut self, now: Millis) {
        self.rest.probe_at = NEVER;
        if self.rest.probe.is_some() || !self.may_probe() {
            return;
        }
        if self.rest.paused_until > now {
            self.rest.probe_at = self.rest.paused_until;
            return;
        }
        let probe = Request::new(Ping {}.into(), Owner::RestProbe, now + PROBE, Stage::Waiting(now));
        let id = self.requests.add(Request { rest_only: true, ..probe });
        self.rest.probe = Some(id);
        self.send_over_rest(now, id);
    }

    fn may_probe(&self) -> bool {
        self.config.has_rest && self.closing == NEVER && !self.auth.is_missing(&self.config)
    }

    /// Sees that polling works while it is what carries requests: asks after silence.
    pub(super) fn check_rest(&mut self, now: Millis) {
        while let (at, Some(id)) = self.first_hung(true)
            && at <= now
        {
            if let Some(request) = self.requests.get_mut(id)
                && let Stage::OnRest(link, _) = request.stage
            {
                request.failures = request.failures.saturating_add(1);
                self.rest.ended(link);
                self.outputs.push(Output::CancelFetch(link));
                self.requests.wait(id, now);
            }
        }
        if self.next_probe() <= now {
            self.probe_rest(now);
        }
    }

    /// When `check_rest` has something to do.
    pub(super) fn next_rest_check(&self) -> Millis {
        self.first_hung(true).0.min(self.next_probe())
    }

    /// The request that may be asked again while its exchange says nothing, and when: of those for which another way is
    /// known to work, or of those for which it is not.
    fn first_hung(&self, has_way: bool) -> (Millis, Option<RequestId>) {
        let has_socket = self.socket.session.as_ref().is_some_and(|session| session.is_ready() && !session.is_suspect);
        let mut first = (NEVER, None);
        for (_, id) in &self.rest.fetches {
            let Some(request) = self.requests.get(*id) else { continue };
            let Stage::OnRest(_, sent) = request.stage else { continue };
            let for_socket = has_socket && !request.rest_only && request.action.on_socket().is_some();
            let may_repeat = request.owner.wants_answer() && request.action.is_repeatable();
            let at = sent + HUNG * f64::from(1 + request.failures.min(1));
            if may_repeat && has_way == (for_socket || self.rest.heard > sent) && at < first.0 {
                first = (at, Some(*id));
            }
        }
        first
    }

    fn next_probe(&self) -> Millis {
        if self.rest.probe.is_some() || !self.may_probe() {
            return NEVER;
        }
        if self.rest.probe_at < NEVER {
            return self.rest.probe_at;
        }
        let is_polling = self.transport == Some(Transport::Polling);
        let silence = if is_polling { self.rest.heard + self.config.keep_alive } else { NEVER };
        silence.min(self.first_hung(false).0)
    }

    /// Sends a request over REST.
    pub(super) fn send_over_rest(&mut self, now: Millis, id: RequestId) {
        self.cut_for_rest(id);
        let Some(request) = self.requests.get(id) else { return };
        let (action, exchange) = (request.action, request.what.exchange());
        if request.was_sent {
            self.metrics.retries += 1;
        }
        let link = self.next_link();
        self.metrics.bytes_sent += exchange.document.as_ref().map_or(0, String::len) as f64;
        self.rest.fetches.push((link, id));
        self.requests.sent(id, Stage::OnRest(link, now));
        self.outputs.push(Output::Fetch(link, action, exchange));
    }

    fn rest_answered(&mut self, now: Millis) {
        self.rest.heard = now;
        self.rest.health = Health::Up;
        self.rest.is_intercepted = false;
        self.rest.attempts = 0;
        self.rest.probe_at = NEVER;
        let socket_carries = self.socket.is_ready();
        if !socket_carries && self.may_poll() {
            self.rest.has_carried = true;
            if self.transport.is_none() {
                self.ring_all(now);
            }
            let why = self.socket.explain("REST answers, and the WebSocket does not");
            self.set_transport(Some(Transport::Polling), why);
            self.set_state(State::Connected, None);
            self.serve_feeds(now);
        }
    }

    pub(super) fn rest_failed(&mut self, now: Millis) {
        self.rest.health = Health::Down;
        let ceiling = doubled(self.config.backoff.0, self.rest.attempts.into(), PROBE_PAUSE);
        self.rest.attempts = self.rest.attempts.saturating_add(1);
        self.rest.probe_at = now + self.random.fraction() * ceiling;
        if self.transport == Some(Transport::Polling) {
            let why = self.rest.explain("REST does not answer");
            self.set_transport(None, why.clone());
            let reason = Failure::of_client(Code::ConnectionLost, why);
            self.set_state(State::Reconnecting, Some(Failure { retryable: true, ..reason }));
        }
    }
}
