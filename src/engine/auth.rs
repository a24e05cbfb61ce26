//! The token: when to ask for it, and what to do when the server does not take it.

use super::config::{Config, Millis, NEVER};
use super::rest_path::{Health, MOST_RETRIES};
use super::session::{self, Stage};
use super::socket_path::PROOF;
use super::{Engine, Failure, Output, Owner, RequestId, State, Transport, WantToken, requests};
use crate::protocol::action::Action;
use crate::protocol::error::Code;

/// Refusals in a row after which the client gives up: a fresh token was refused too.
const MOST_REFUSALS: u8 = 2;
/// So young a token is fresh: one that has grown old is refused as it must be.
const FRESH: Millis = 60_000.0;
/// A token is renewed so long before its end, or when two fifths of its life are left if that is later.
const RENEW_AHEAD: Millis = 30_000.0;
/// A token is never renewed sooner than this, whatever the clocks say: the application may give the same one again.
const RENEW_SOONEST: Millis = 1_000.0;
/// The longest pause before the application is asked again when it had no token.
const ASK_AGAIN: Millis = 5_000.0;
/// Sockets in a row that end on `authenticate` before it is taken for the server's way.
const MOST_DROPS: u8 = 3;

const NO_TOKEN: &str = "the server wants a token: give `connect` the option `token`";
const OTHER_PROJECT: &str = "the token is for another project, or for none";

/// What is known of the token.
#[derive(Debug)]
pub struct Auth {
    token: Option<Vec<u8>>,
    renew_at: Millis,
    ends_at: Millis,
    is_asked: bool,
    /// Whether there ever was one, and since when there is this one.
    had_token: bool,
    given_at: Millis,
    /// Refusals in a row, by the socket and by REST.
    refusals: [u8; 2],
    /// Whether the socket has taken the token there is, and whether it ever took one.
    socket_takes: bool,
    socket_took: bool,
    /// REST has refused what the socket took, as an application credential's access rules may have it: what it refuses
    /// says nothing of the token.
    is_rest_barred: bool,
    drops: u8,
}

impl Default for Auth {
    fn default() -> Auth {
        Auth {
            token: None,
            renew_at: NEVER,
            ends_at: NEVER,
            is_asked: false,
            had_token: false,
            given_at: 0.0,
            refusals: [0; 2],
            socket_takes: false,
            socket_took: false,
            is_rest_barred: false,
            drops: 0,
        }
    }
}

impl Auth {
    /// Whether a token is needed and not there.
    pub fn is_missing(&self, config: &Config) -> bool {
        config.authenticates && self.token.is_none()
    }

    /// Whether there is a newer token than the one that was sent at that time.
    pub fn has_newer(&self, sent: Millis) -> bool {
        self.token.is_some() && sent < self.given_at
    }

    /// When the token is to be renewed.
    pub fn renew_at(&self) -> Millis {
        self.renew_at
    }

    /// A transport has taken the token that it was sent at that time.
    pub fn accepted(&mut self, by: Transport, sent: Millis) {
        *self.refusals(by) = 0;
        match by {
            Transport::Socket => {
                self.socket_takes |= sent >= self.given_at;
                self.socket_took = true;
            }
            Transport::Polling => self.is_rest_barred = false,
        }
    }

    /// Whether the token has ended, as far as that is known.
    fn has_ended(&self, now: Millis) -> bool {
        self.ends_at <= now
    }

    fn refusals(&mut self, by: Transport) -> &mut u8 {
        &mut self.refusals[usize::from(by == Transport::Polling)]
    }
}

impl Engine {
    /// The token that HTTP requests carry.
    pub fn token(&self) -> Option<&[u8]> {
        self.auth.token.as_deref()
    }

    /// Whether REST refuses what the socket takes.
    pub(super) fn is_rest_barred(&self) -> bool {
        self.auth.is_rest_barred
    }

    /// The application has given a token, with its remaining life, or [`NEVER`] where that is not known.
    pub fn handle_token(&mut self, now: Millis, token: Vec<u8>, life: Millis) {
        if self.state == State::Closed {
            return;
        }
        let auth = &mut self.auth;
        auth.is_asked = false;
        auth.had_token = true;
        // one that seems to have ended already is left to the server: the clocks may differ
        let ahead = |life: Millis| (life - RENEW_AHEAD.min(life * 0.4)).max(RENEW_SOONEST);
        let life = if life > 0.0 { life } else { NEVER };
        auth.renew_at = now + ahead(life);
        auth.ends_at = now + life;
        let is_same = auth.token.as_ref() == Some(&token);
        if !is_same {
            auth.given_at = now;
            auth.token = Some(token);
            auth.socket_takes = false;
        }
        let stage = self.socket.session.as_ref().map_or(Stage::Opening, |session| session.stage);
        let is_known = is_same && (self.auth.socket_takes || stage == Stage::Proving);
        if stage != Stage::Opening && !is_known {
            self.authenticate(now);
        }
        if stage != Stage::Ready {
            // perhaps it was the old token after all
            self.auth.is_rest_barred = false;
        }
        let was_refused = *self.auth.refusals(Transport::Polling) > 0;
        if (self.transport.is_none() || was_refused) && self.rest.probe_at == NEVER {
            let patience = if self.may_use_socket() { self.config.fallback_delay } else { 0.0 };
            self.rest.probe_at = if self.may_poll() { now + patience } else { NEVER };
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
            self.ask_for_token_again(now);
            self.outputs.push(Output::Trouble(failure));
        }
    }

    /// Plans the next question for a token: within what is left of the old one's life, if possible.
    pub(super) fn ask_for_token_again(&mut self, now: Millis) {
        let left = (self.auth.ends_at - now) / 3.0;
        let pause = if left > 0.0 { left.clamp(RENEW_SOONEST, ASK_AGAIN) } else { ASK_AGAIN };
        self.auth.renew_at = now + pause;
    }

    /// The driver's clock has reached the time to renew.
    pub(super) fn renew_token(&mut self) {
        self.auth.renew_at = NEVER;
        self.want_token(WantToken::Renew);
    }

    pub(super) fn want_token(&mut self, why: WantToken) {
        if !self.auth.is_asked && self.state != State::Closed {
            self.auth.is_asked = true;
            self.outputs.push(Output::WantToken(why));
        }
    }

    /// A transport refuses the token that it was sent at that time. A fresh one is asked for once, unless the socket takes
    /// what REST refuses.
    pub(super) fn token_refused(&mut self, now: Millis, sent: Millis, by: Transport) {
        if self.state == State::Closed || !self.is_current(sent) {
            return;
        }
        if by == Transport::Polling {
            if self.auth.is_rest_barred || self.socket_takes_token(now) {
                return self.bar_rest(now);
            }
            if let Some(verdict) = self.first_verdict_at() {
                // the socket will tell whether it is the token, or REST alone
                self.rest.health = Health::Down;
                self.rest.probe_at = verdict;
                return;
            }
        }
        let is_fresh = now - self.auth.given_at < FRESH && !self.auth.has_ended(now);
        let refusals = self.auth.refusals(by);
        *refusals = if is_fresh { *refusals + 1 } else { 1 };
        if *refusals < MOST_REFUSALS {
            self.token_expired();
        } else if by == Transport::Polling && self.may_use_socket() && self.auth.socket_took {
            // the next socket will tell
            self.bar_rest(now);
        } else {
            self.finish(now, Some(Failure::of_client(Code::Unauthorized, "the server refuses the token")));
        }
    }

    /// Whether what was sent at that time went with the token there is.
    fn is_current(&self, sent: Millis) -> bool {
        self.config.authenticates && self.auth.token.is_some() && sent >= self.auth.given_at
    }

    /// Whether an open socket has been authenticated with the token there is.
    fn socket_takes_token(&self, now: Millis) -> bool {
        self.auth.socket_takes && !self.auth.has_ended(now) && self.socket.is_ready()
    }

    /// REST carries no more than what it alone can do.
    fn bar_rest(&mut self, now: Millis) {
        if !std::mem::replace(&mut self.auth.is_rest_barred, true) {
            let why = "REST refuses a token that the WebSocket takes";
            self.outputs.push(Output::Trouble(Failure::of_client(Code::Unauthorized, why)));
        }
        self.rest_failed(now);
        // it does answer, for those whom the token allows
        self.rest.health = Health::Up;
        self.rest.probe_at = NEVER;
    }

    /// A request was refused for its token. Whether it waits for a fresh one, to be sent once more.
    pub(super) fn ask_with_fresh_token(&mut self, now: Millis, id: RequestId) -> bool {
        let Some(request) = self.requests.get(id) else { return false };
        let (sent, by) = match request.stage {
            requests::Stage::OnSocket(sent) => (sent, Transport::Socket),
            requests::Stage::OnRest(_, sent) => (sent, Transport::Polling),
            requests::Stage::Waiting(_) => return false,
        };
        match request.owner {
            Owner::Session => return false,
            Owner::RestProbe => {
                self.token_refused(now, sent, by);
                return false;
            }
            Owner::Nobody
            | Owner::Application
            | Owner::List(_)
            | Owner::Walk(_)
            | Owner::Tail(_)
            | Owner::Watch(..)
            | Owner::Consumer(..)
            | Owner::Feed(_) => {}
        }
        // one that has been replaced meanwhile, or has ended on the way, is refused as it must be
        let is_current = self.is_current(sent);
        let is_no_wonder = (!is_current || self.auth.has_ended(now)) && request.retries < MOST_RETRIES;
        let is_again = request.has_fresh_token && !is_no_wonder;
        let is_narrow = is_current && self.socket_takes_token(now);
        if by == Transport::Polling && (is_again || is_narrow) {
            if self.transport == Some(Transport::Polling) && is_current {
                // is it the token, or this request alone that it does not allow?
                *self.auth.refusals(by) = MOST_REFUSALS - 1;
                self.probe_rest(now);
            }
            return false;
        }
        if is_again {
            return false;
        }
        if let Some(request) = self.requests.get_mut(id) {
            request.retries += u8::from(is_no_wonder);
            request.has_fresh_token |= !is_no_wonder;
        }
        self.requests.wait(id, now);
        if is_current {
            self.token_expired();
        }
        true
    }

    /// The server takes the token, or wants none, and yet serves nothing.
    pub(super) fn refused_at_all(&mut self, now: Millis, failure: Failure) {
        let why = match failure.code {
            Code::Unauthorized if !self.config.authenticates => NO_TOKEN.into(),
            Code::Forbidden if self.config.authenticates => OTHER_PROJECT.into(),
            _ => failure.why.clone(),
        };
        self.finish(now, Some(Failure { why, ..failure }));
    }

    /// A socket has ended on `authenticate`, without an answer. Zaqar without authentication does that each time.
    pub(super) fn authentication_dropped(&mut self, now: Millis) {
        if self.auth.socket_took {
            return;
        }
        self.auth.drops = self.auth.drops.saturating_add(1);
        if self.auth.drops != MOST_DROPS {
            return;
        }
        let why = "the server ends the socket on `authenticate`: it seems to run without authentication, so leave `token` out";
        let failure = Failure::of_client(Code::Unauthorized, why);
        match self.may_poll() {
            true => self.outputs.push(Output::Trouble(failure)),
            false => self.finish(now, Some(failure)),
        }
    }

    /// The server has ended the socket because its token has ended. One that came too late for it is kept.
    pub(super) fn socket_expired(&mut self) {
        if self.auth.socket_takes {
            self.token_expired();
        }
    }

    fn token_expired(&mut self) {
        self.auth.token = None;
        self.want_token(WantToken::Refused);
    }

    /// Authenticates the open socket, for the first time or again.
    pub(super) fn authenticate(&mut self, now: Millis) {
        let Some(session) = &mut self.socket.session else { return };
        let Some(token) = &self.auth.token else {
            session.needs_token();
            return self.want_token(WantToken::First);
        };
        if !session.is_ready() {
            session.stage = Stage::Proving;
            session.stage_ends = now + PROOF;
        }
        let frame = session::authenticate_frame(token, &self.config.headers);
        self.ask_for_session(now, Action::Authenticate, frame);
    }
}
