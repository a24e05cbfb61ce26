//! What time brings.

use super::config::{Millis, NEVER};
use super::requests::{Owner, Stage};
use super::rest_path::Health;
use super::{Engine, State};
use crate::protocol::error::Code;

/// A timer that fires later than this after its time was held up with everything else in the page: answers that came
/// meanwhile are still to be delivered, and nothing is given up for its silence.
const HELD_UP: Millis = 1_500.0;
/// How much longer silence is borne then.
const GRACE: Millis = 2_000.0;

impl Engine {
    /// When `handle_timeout` is to be called; `None` when nothing but an event can change anything.
    pub fn poll_timeout(&self) -> Option<Millis> {
        let next = if self.state == State::Closed { NEVER } else { self.next_time() };
        (next < NEVER).then_some(next)
    }

    fn next_time(&self) -> Millis {
        let has_socket = self.socket.is_ready();
        let times = [
            self.requests.earliest_deadline(),
            self.next_socket_check(),
            self.socket.try_at,
            self.next_rest_check(),
            self.auth.renew_at(),
            self.tails.next(),
            self.consumers.next(),
            self.next_watch(),
            if has_socket && self.closing == NEVER { self.feeds.next() } else { NEVER },
            self.closing,
            self.next_fallback(),
        ];
        times.into_iter().fold(NEVER, f64::min)
    }

    /// When the first request that waits may take another way.
    fn next_fallback(&self) -> Millis {
        let mut next = NEVER;
        for id in self.requests.waiting() {
            if let Some(request) = self.requests.get(*id)
                && let Stage::Waiting(at) = request.stage
            {
                let at = at.max(self.rest.paused_until).max(request.not_before);
                if at > self.looked_at {
                    next = next.min(at);
                }
            }
        }
        next
    }

    /// The time that `poll_timeout` told has come, or it is worth a look for another reason.
    pub fn handle_timeout(&mut self, now: Millis) {
        if self.state == State::Closed {
            return;
        }
        let planned = self.poll_timeout().unwrap_or(now);
        let is_late = now - planned > HELD_UP;
        if is_late && let Some(session) = &mut self.socket.session {
            session.bear_silence_until(now + GRACE);
        }
        self.looked_at = now;
        for id in self.requests.expired(now) {
            if self.requests.get(id).is_some_and(|request| request.owner == Owner::RestProbe) {
                self.note_rest("no answer came in time");
                self.rest_failed(now);
            }
            self.fail(now, id, Code::Timeout, "no answer came in time");
        }
        if self.closing <= now {
            return self.finish(now, None);
        }
        self.finish_if_idle(now);
        if self.socket.try_at <= now {
            self.connect(now);
        }
        self.check_socket(now);
        self.check_rest(now);
        if self.auth.renew_at() <= now {
            self.renew_token();
        }
        self.serve_feeds(now);
        self.serve_tails(now);
        if is_late {
            self.renew_leases(now);
        }
        self.serve_consumers(now);
        self.serve_watches(now);
        self.dispatch(now);
    }

    /// The network is said to be back, or the page is seen again: what waits for a next attempt is tried now.
    pub fn handle_wake(&mut self, now: Millis) {
        if self.state == State::Closed {
            return;
        }
        self.requests.forget_pauses();
        self.rest.paused_until = 0.0;
        self.connect_soon(now);
        let has_socket = self.socket.is_ready();
        if has_socket {
            self.check_life_now(now);
        } else if matches!(self.rest.health, Health::Down | Health::Elsewhere) {
            self.probe_rest(now);
        }
        self.renew_leases(now);
        self.ring_all(now);
        self.dispatch(now);
    }

    /// The page is seen from now on, or it is not.
    pub fn handle_hidden(&mut self, is_hidden: bool) {
        self.is_hidden = is_hidden;
    }

    /// The page goes into the browser's back/forward cache, which takes none with an open socket. `handle_wake` follows
    /// if it comes back.
    pub fn handle_pause(&mut self, now: Millis) {
        if self.socket.session.is_some() {
            self.lose_socket(now, "the page was left", true);
            self.socket.try_at = NEVER;
        }
    }
}
