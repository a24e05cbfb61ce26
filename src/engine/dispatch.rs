//! Which transport takes a request, and when.
//!
//! The socket takes it if it is ready. Else, when the request has waited `fallback_delay`, or polling is what works
//! anyway, REST takes it while the socket goes on trying. What must not be repeated goes over REST only when REST is
//! known to answer, for a failed `fetch` does not tell whether the server has seen it.

use super::config::{Millis, NEVER, Preference};
use super::failure::REDIRECTS;
use super::posts::{Turn, Way};
use super::requests::{Owner, Request, Stage};
use super::rest_path::Health;
use super::retries::TIMEOUT;
use super::{Engine, Output, RequestId, Transport, session};
use crate::protocol::error::Code;

/// So many exchanges of tails and walks are under way at the same time at most: a browser has six connections to an HTTP/1.1
/// server, and calls do not wait behind those who look for messages.
const MOST_READERS: usize = 3;

/// Why a request fails that no transport at hand can carry. What REST cannot do is never asked by the application.
const NEEDS_REST: &str = "only Zaqar's REST API can do this: give `connect` the option `rest`";

enum Carrier {
    Socket,
    Rest,
    Wait,
    /// REST, when an exchange of another reader has ended.
    WaitForTurn,
    /// REST, when a probe has told that it answers.
    ProbeFirst,
    None,
    /// Only REST could, and it redirects.
    Redirected,
}

impl Engine {
    /// Whether requests may ever go on a socket.
    pub(super) fn may_use_socket(&self) -> bool {
        self.config.has_socket && self.config.preference != Preference::Polling && !self.socket.is_forbidden
    }

    /// Whether any request that the socket knows may go over REST.
    pub(super) fn may_poll(&self) -> bool {
        self.config.has_rest && self.config.preference != Preference::Socket && !self.is_rest_barred()
    }

    /// Sends all that can be sent.
    pub(super) fn dispatch(&mut self, now: Millis) {
        if self.requests.any_waits() {
            // posts that stay, by their queues: nobody behind them need be asked
            let mut staying: Vec<Turn> = Vec::new();
            for id in self.requests.waiting().to_vec() {
                let turn = self.requests.get(id).and_then(Request::turn);
                let is_behind = turn.is_some_and(|turn| staying.iter().any(|earlier| earlier.is_before(turn)));
                if !is_behind && !self.send(now, id) {
                    staying.extend(self.requests.get(id).and_then(Request::turn).cloned());
                }
            }
        }
    }

    /// Sends a request if it can be sent now.
    pub(super) fn send(&mut self, now: Millis, id: RequestId) -> bool {
        let Some(request) = self.requests.get(id) else { return false };
        match self.carrier(now, request) {
            Carrier::Socket => return self.send_on_socket(now, id),
            Carrier::Rest => self.send_over_rest(now, id),
            Carrier::Wait => {
                self.hurry_socket_for(now, id);
                return false;
            }
            Carrier::WaitForTurn => {
                self.requests.bear_waiting(id, now + TIMEOUT);
                return false;
            }
            Carrier::ProbeFirst => {
                self.probe_rest(now);
                return false;
            }
            Carrier::None => self.fail(now, id, Code::Unsupported, NEEDS_REST),
            Carrier::Redirected => self.fail(now, id, Code::Protocol, REDIRECTS),
        }
        true
    }

    fn carrier(&self, now: Millis, request: &Request) -> Carrier {
        let Stage::Waiting(fallback_at) = request.stage else { return Carrier::Wait };
        let for_socket = self.may_use_socket() && request.action.on_socket().is_some() && !request.rest_only;
        let for_rest = match request.owner {
            // over REST the end of a subscription could overtake the beginning of the next
            Owner::Session | Owner::RestProbe | Owner::Feed(_) | Owner::Nobody => false,
            Owner::Application
            | Owner::List(_)
            | Owner::Walk(_)
            | Owner::Tail(_)
            | Owner::Watch(..)
            | Owner::Consumer(..) => self.config.has_rest && (self.may_poll() || !for_socket),
        };
        let session = self.socket.session.as_ref().filter(|session| session.is_ready());
        match session {
            _ if self.auth.is_missing(&self.config) => return Carrier::Wait,
            Some(session) if for_socket && !(session.is_suspect && for_rest) => {
                return if self.is_its_turn(request, Way::Socket) { Carrier::Socket } else { Carrier::Wait };
            }
            _ if !for_rest => return if for_socket { Carrier::Wait } else { Carrier::None },
            _ => {}
        }
        let is_due = !for_socket
            || fallback_at <= now
            || self.transport == Some(Transport::Polling)
            || session.is_some_and(|session| session.is_suspect);
        let may_go = self.rest.paused_until <= now && request.not_before <= now;
        if !is_due || !may_go || !self.is_its_turn(request, Way::Rest) {
            return Carrier::Wait;
        }
        if request.owner.is_reader() && self.reader_exchanges() >= MOST_READERS {
            return Carrier::WaitForTurn;
        }
        match self.rest.health {
            Health::Up => Carrier::Rest,
            Health::Unknown if request.action.is_repeatable() => Carrier::Rest,
            Health::Unknown => Carrier::ProbeFirst,
            // while the socket carries the rest, nobody else asks whether REST is back
            Health::Down if self.rest.probe_at == NEVER => Carrier::ProbeFirst,
            Health::Down => Carrier::Wait,
            Health::Elsewhere if for_socket => Carrier::Wait,
            Health::Elsewhere => Carrier::Redirected,
        }
    }

    /// How many exchanges of readers are under way.
    fn reader_exchanges(&self) -> usize {
        let of_reader = |id| self.requests.get(id).is_some_and(|request| request.owner.is_reader());
        self.rest.fetches.iter().filter(|(_, id)| of_reader(*id)).count()
    }

    fn send_on_socket(&mut self, now: Millis, id: RequestId) -> bool {
        let (Some(request), Some(session)) = (self.requests.get(id), &mut self.socket.session) else { return false };
        let Some(name) = request.action.on_socket() else { return false };
        let frame = self.config.format.write(session::frame(name, &self.config.headers, &request.what));
        if self.config.has_rest && frame.len() >= self.socket.refuses_from {
            self.keep_off_socket(now, id);
            return self.send(now, id);
        }
        if request.was_sent {
            self.metrics.retries += 1;
        }
        self.metrics.bytes_sent += frame.len() as f64;
        session.sent(now, request.action, id, frame.len());
        self.outputs.push(Output::Send(session.link, frame));
        self.requests.sent(id, Stage::OnSocket(now));
        true
    }
}
