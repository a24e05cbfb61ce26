//! The token: when to ask for it, and what to do when the server does not take it.

use alloc::string::String;
use alloc::vec::Vec;

use super::config::{Config, Millis};
use super::session::{self, Stage};
use super::socket_path::PROOF;
use super::{Engine, Failure, Output, Owner, Request, State, WantToken, requests};
use crate::core::action::Action;
use crate::core::error::Code;

/// Refusals in a row after which the client gives up: a fresh token was refused too.
const MOST_REFUSALS: u8 = 2;
/// So young a token is fresh.
const FRESH: Millis = 60_000.0;
/// A token is renewed so long before its end, or when two fifths of its life are left if that is later.
const RENEW_AHEAD: Millis = 30_000.0;
/// The pause before the application is asked again when it had no token.
const ASK_AGAIN: Millis = 5_000.0;
/// Sockets in a row that end on `authenticate` before it is taken for the server's way.
const MOST_DROPS: u8 = 3;

/// What is known of the token.
#[derive(Debug, Default)]
pub struct Auth {
    token: Option<String>,
    renew_at: Option<Millis>,
    is_asked: bool,
    /// Whether there ever was one, and since when there is this one.
    had_token: bool,
    given_at: Millis,
    /// When it ends, as far as that is known.
    ends: Option<Millis>,
    refusals: u8,
    drops: u8,
    /// Whether the server has ever taken a token.
    was_accepted: bool,
}

impl Auth {
    /// Whether a token is needed and not there.
    pub fn is_missing(&self, config: &Config) -> bool {
        config.authenticates && self.token.is_none()
    }

    /// Since when there is this token.
    pub fn given_at(&self) -> Millis {
        self.given_at
    }

    /// Whether what was sent at that time had the present token, which has not ended.
    pub fn is_good(&self, now: Millis, sent: Millis) -> bool {
        sent >= self.given_at && self.ends.is_none_or(|end| now < end)
    }

    /// When the token is to be renewed.
    pub fn renew_at(&self) -> Option<Millis> {
        self.renew_at
    }

    /// The server has taken the token.
    pub fn accepted(&mut self) {
        self.refusals = 0;
        self.drops = 0;
        self.was_accepted = true;
    }
}

impl Engine {
    /// The token that HTTP requests carry.
    pub fn token(&self) -> Option<&str> {
        self.auth.token.as_deref()
    }

    /// The application has given a token, with its remaining life if that is known.
    pub fn handle_token(&mut self, now: Millis, token: String, life: Option<Millis>) {
        if self.state == State::Closed {
            return;
        }
        self.auth.is_asked = false;
        self.auth.had_token = true;
        self.auth.ends = life.map(|life| now + life);
        self.auth.given_at = now;
        self.auth.token = Some(token);
        self.auth.renew_at = life.map(|life| now + life - RENEW_AHEAD.min(life * 0.4));
        let is_open = self.socket.session.as_ref().is_some_and(|session| session.stage != Stage::Opening);
        if is_open {
            self.authenticate(now);
        }
        if self.transport.is_none() && self.rest.probe_at.is_none() {
            let patience = if self.may_use_socket() { self.config.fallback_delay } else { 0.0 };
            self.rest.probe_at = self.may_poll().then_some(now + patience);
        }
        self.dispatch(now);
    }

    /// The application has no token to give. Whether asking again may help: a token that was given as such stays refused.
    pub fn handle_token_failure(&mut self, now: Millis, may_retry: bool) {
        if self.state == State::Closed {
            return;
        }
        self.auth.is_asked = false;
        let failure = Failure::of_client(Code::Unauthorized, "there is no token");
        if !self.auth.had_token || !may_retry {
            self.finish(now, Some(failure));
        } else {
            // the network may be away for the application too; the old token may still do
            self.auth.renew_at = Some(now + ASK_AGAIN);
            self.outputs.push_back(Output::Trouble(failure));
        }
    }

    /// The driver's clock has reached the time to renew.
    pub(super) fn renew_token(&mut self) {
        self.auth.renew_at = None;
        self.want_token(WantToken::Renew);
    }

    pub(super) fn want_token(&mut self, why: WantToken) {
        if !self.auth.is_asked && self.state != State::Closed {
            self.auth.is_asked = true;
            self.outputs.push_back(Output::WantToken(why));
        }
    }

    /// The server refuses the token that it was sent at that time: a fresh one is asked for once.
    pub(super) fn token_refused(&mut self, now: Millis, sent: Millis) {
        let is_present = self.auth.token.is_some() && sent >= self.auth.given_at;
        if !self.config.authenticates || self.state == State::Closed || !is_present {
            return;
        }
        // one that has grown old is refused as it must be; only a fresh one tells that no other will do
        let is_fresh = now - self.auth.given_at < FRESH && self.auth.is_good(now, sent);
        self.auth.refusals = if is_fresh { self.auth.refusals + 1 } else { 1 };
        if self.auth.refusals >= MOST_REFUSALS {
            self.finish(now, Some(Failure::of_client(Code::Unauthorized, "the server refuses the token")));
        } else {
            self.token_expired();
        }
    }

    /// A socket has ended on `authenticate`, without an answer. Zaqar without authentication does that each time.
    pub(super) fn authentication_dropped(&mut self, now: Millis) {
        self.auth.drops = self.auth.drops.saturating_add(1);
        // a server that has taken a token does not run without: it is the network that ends its sockets
        if self.auth.drops < MOST_DROPS || self.auth.was_accepted {
            return;
        }
        self.auth.drops = 0;
        let why = "the server ends the socket on `authenticate`: it seems to run without authentication, so leave `token` out";
        let failure = Failure::of_client(Code::Unauthorized, why);
        match self.may_poll() {
            true => self.outputs.push_back(Output::Trouble(failure)),
            false => self.finish(now, Some(failure)),
        }
    }

    /// The server has ended the socket because the token has ended.
    pub(super) fn token_expired(&mut self) {
        self.auth.token = None;
        self.want_token(WantToken::Refused);
    }

    /// Authenticates the open socket, for the first time or again.
    pub(super) fn authenticate(&mut self, now: Millis) {
        let Some(session) = &mut self.socket.session else { return };
        let Some(token) = &self.auth.token else {
            session.stage = Stage::NeedsToken;
            session.stage_ends = f64::INFINITY;
            return self.want_token(WantToken::First);
        };
        if !session.is_ready() {
            session.stage = Stage::Proving;
            session.stage_ends = now + PROOF;
        }
        let frame = session::authenticate_frame(token, &self.config.project_id);
        let request = Request {
            action: Action::Authenticate,
            body: Vec::new(),
            owner: Owner::Session,
            deadline: f64::INFINITY,
            rest_only: false,
            stage: requests::Stage::OnSocket(now),
            was_sent: true,
            retries: 0,
            failures: 0,
            not_before: 0.0,
            has_fresh_token: false,
        };
        self.metrics.bytes_sent += frame.len() as f64;
        let id = self.requests.add(request);
        session.sent(now, Action::Authenticate, id);
        self.outputs.push_back(Output::Send(session.link, frame));
    }
}
