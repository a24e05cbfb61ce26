//! What arrives, and for whom it is.

use std::borrow::Cow;

use super::config::{Millis, NEVER};
use super::requests::{Owner, Request, Stage};
use super::session;
use super::{
    ConsumerId, Counted, Delivery, Engine, Failure, FeedId, JobId, LinkId, ListId, RequestId, Rows, TailId, Transport,
    WalkId,
};
use crate::protocol::action::Action;
use crate::protocol::error::{self, Code};
use crate::protocol::http::HttpReply;
use crate::protocol::replies::{NotZaqars, Page, Reply};
use crate::protocol::request::{QueueDelete, QueueUpdate, Request as Ask};
use crate::protocol::sentence::sentence;
use zaqar_codec::scan::{Envelope, Scanner};
use zaqar_codec::tape::Value;

/// What a frame or an HTTP answer turned out to be. The values in it are still in the scanner.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrival {
    /// Nothing that the application waits for.
    Nothing,
    /// A part of a post was stored: `body` has the ids of its messages. Others follow.
    Part(RequestId),
    /// The reply to a request, with its status: `body` is the result.
    Reply(RequestId, u16),
    /// A refusal of a request.
    Refusal(RequestId, Failure),
    /// A notification: the whole frame.
    Push(FeedId),
    /// Rows for a list: those of `body.queues`, `body.subscriptions` …
    Rows(ListId, Rows),
    /// Messages for a walk: those items of `body.messages` whose bit is set.
    Page(WalkId, u128),
    /// Messages for a tail, likewise.
    Tail(TailId, u128),
    /// Messages for several tails of a queue, likewise.
    Tails(Vec<(TailId, u128)>),
    /// Messages for the listeners of a feed for which there is no socket, likewise.
    StandIn(FeedId, u128),
    /// The statistics of a queue for a watch: `body` has them.
    Counted(Counted),
    /// A message for a consumer to work: the first item of `body.messages`. [`Engine::claim_of`] tells its claim.
    Work(ConsumerId, JobId),
}

impl Arrival {
    /// What one page is for several tails.
    fn and(self, other: Arrival) -> Arrival {
        match (self, other) {
            (Arrival::Tail(tail, fresh), Arrival::Tail(another, too)) => {
                Arrival::Tails(vec![(tail, fresh), (another, too)])
            }
            (Arrival::Tails(mut tails), Arrival::Tail(another, fresh)) => {
                tails.push((another, fresh));
                Arrival::Tails(tails)
            }
            (Arrival::Nothing, other) => other,
            (one, _) => one,
        }
    }
}

/// An answer to a request.
#[derive(Clone, Copy)]
pub(super) enum Answer<'a> {
    /// A frame of the socket.
    Frame { status: u16, body: Option<Value<'a>> },
    /// An answer over REST.
    Http(&'a HttpReply<'a>),
}

impl<'a> Answer<'a> {
    fn status(&self) -> u16 {
        match self {
            Answer::Frame { status, .. } => *status,
            Answer::Http(answer) => answer.status,
        }
    }

    /// What the server says of a refusal.
    fn sentence(&self) -> Option<Cow<'a, str>> {
        match self {
            Answer::Frame { status: 200..300, .. } => None,
            Answer::Frame { body, .. } => body.and_then(sentence),
            Answer::Http(answer) => answer.sentence.clone(),
        }
    }

    fn reply(&self, action: Action) -> Result<Cow<'a, Reply<'a>>, NotZaqars> {
        match self {
            Answer::Frame { body, .. } => Reply::of_frame(action, *body).map(Cow::Owned),
            Answer::Http(answer) => answer.reply.as_ref().map(Cow::Borrowed).map_err(|NotZaqars| NotZaqars),
        }
    }

    /// Whether there is a reply, for those who do not read it.
    fn fits(&self, action: Action) -> bool {
        match self {
            Answer::Frame { body, .. } => Reply::fits(action, *body),
            Answer::Http(answer) => answer.reply.is_ok(),
        }
    }

    fn next_marker(&self) -> Option<&'a [u8]> {
        match self {
            Answer::Frame { .. } => None,
            Answer::Http(answer) => answer.next_marker.as_deref().map(str::as_bytes),
        }
    }
}

/// How an answer came.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    pub on_socket: bool,
    /// When it was asked for.
    pub sent: Millis,
    pub arrived: Millis,
    /// Where the next page begins, if the answer tells.
    pub next_marker: Option<&'a [u8]>,
}

impl Engine {
    /// A frame of so many bytes has arrived on a socket, and was scanned.
    pub fn handle_frame(
        &mut self,
        now: Millis,
        link: LinkId,
        bytes: usize,
        frame: Envelope,
        from: &Scanner,
    ) -> Arrival {
        self.metrics.bytes_received += bytes as f64;
        let Some(session) = self.session_of(link) else { return Arrival::Nothing };
        session.heard = now;
        session.life_ends = NEVER;
        session.is_suspect = false;
        if !frame.is_reply {
            self.metrics.notifications += 1;
            let queue = from.value().field("queue_name").and_then(|name| name.as_text());
            let Some(feed) = queue.and_then(|queue| self.feeds.of_queue(queue)) else { return Arrival::Nothing };
            self.ring(now, feed);
            return if self.pushes_count(feed) { Arrival::Push(feed) } else { Arrival::Nothing };
        }
        let Some((action, id)) = session.answered() else {
            self.handle_damage(now, link);
            return Arrival::Nothing;
        };
        // the server answers in order, and says to what: anything else is not Zaqar, or not this connection's
        if from.action() != action.on_socket().map(str::as_bytes) {
            self.unexpected_answer(now, link, id);
            return Arrival::Nothing;
        }
        let Some(id) = id else { return Arrival::Nothing };
        let status = frame.status.unwrap_or(0);
        self.answer(now, id, &Answer::Frame { status, body: from.body() })
    }

    /// The answer to a request, from either transport.
    pub(super) fn answer(&mut self, now: Millis, id: RequestId, answer: &Answer<'_>) -> Arrival {
        let (status, sentence) = (answer.status(), answer.sentence());
        let text = sentence.as_deref().unwrap_or_default().as_bytes();
        if self.is_unauthenticated(status, text) && self.ask_with_fresh_token(now, id) {
            return Arrival::Nothing;
        }
        if status == 400 && self.asks_within_limit(now, id, sentence.as_deref().unwrap_or_default()) {
            return Arrival::Nothing;
        }
        if (200..300).contains(&status) && self.has_next_part(id) && answer.fits(Action::MessagePost) {
            self.metrics.replies += 1;
            return self.part_stored(now, id);
        }
        let Some(request) = self.requests.remove(id) else { return Arrival::Nothing };
        if !matches!(request.owner, Owner::Session | Owner::RestProbe) {
            self.metrics.replies += 1;
        }
        let sent = match request.stage {
            Stage::OnSocket(sent) | Stage::OnRest(_, sent) => Some(sent),
            Stage::Waiting(_) => None,
        };
        if let Some(sent) = sent {
            let trip = now - sent;
            let smoothed = self.metrics.round_trip.map_or(trip, |before| before + (trip - before) / 8.0);
            self.metrics.round_trip = Some(smoothed);
        }
        let status = match request.stage {
            Stage::OnSocket(_) => error::even_out(request.action, status, text),
            Stage::Waiting(_) | Stage::OnRest(..) => status,
        };
        let on_socket = matches!(request.stage, Stage::OnSocket(_));
        let way = Way { on_socket, sent: sent.unwrap_or(now), arrived: now, next_marker: answer.next_marker() };
        let outcome = if (200..300).contains(&status) { Ok(()) } else { Err((status, text)) };
        if outcome.is_ok() && matches!(request.owner, Owner::Application | Owner::Consumer(..)) {
            self.queue_changed(now, &request.what);
        }
        match request.owner {
            Owner::Application => {
                match &request.what {
                    Ask::QueuePurge(purge) => self.purged(now, purge.queue_name.as_bytes()),
                    Ask::QueueUpdate(QueueUpdate { queue_name, .. })
                    | Ask::QueueDelete(QueueDelete { queue_name, .. }) => self.sizes.forget(queue_name),
                    Ask::MessagePost(post) if outcome.is_ok() => self.sizes.take(post),
                    _ => {}
                }
                let failure = match outcome {
                    Ok(()) => (!answer.fits(request.action)).then(|| not_zaqars(request.action)),
                    Err(_) => Some(self.refusal(request.action, status, text, request.what.names_claim())),
                };
                self.metrics.failures += u32::from(failure.is_some());
                if request.post.is_some() {
                    // those behind it may go now
                    self.dispatch(now);
                }
                self.finish_if_idle(now);
                match failure {
                    None => Arrival::Reply(id, status),
                    Some(failure) => Arrival::Refusal(id, request.explain(failure)),
                }
            }
            Owner::Session => {
                self.session_answered(now, request.action, sent.unwrap_or(now), outcome);
                Arrival::Nothing
            }
            Owner::RestProbe => {
                self.rest.probe = None;
                self.probe_answered(now, status, text);
                Arrival::Nothing
            }
            Owner::Feed(feed) => {
                let reply = answer.reply(request.action);
                let subscription = match reply.as_deref() {
                    Ok(Reply::Subscribed(subscribed)) => Some(subscribed.subscription_id.as_bytes()),
                    _ => None,
                };
                self.feed_answered(now, feed, request.action, status, subscription, text);
                Arrival::Nothing
            }
            Owner::List(_) | Owner::Walk(_) | Owner::Tail(_) | Owner::Watch(..) | Owner::Consumer(..)
                if outcome.is_err() =>
            {
                let failure = self.refusal(request.action, status, text, request.what.names_claim());
                self.report(now, id, request.owner, failure);
                self.finish_if_idle(now);
                Arrival::Nothing
            }
            Owner::List(list) => {
                let arrival = match answer.reply(request.action).as_deref() {
                    Ok(Reply::List(keys)) => self.list_answered(now, list, keys),
                    _ => {
                        self.report(now, id, request.owner, not_zaqars(request.action));
                        Arrival::Nothing
                    }
                };
                self.finish_if_idle(now);
                arrival
            }
            Owner::Watch(watch, question) => match answer.reply(request.action) {
                Ok(reply) => self.watch_answered(now, watch, question, &reply),
                Err(_) => {
                    self.report(now, id, request.owner, not_zaqars(request.action));
                    Arrival::Nothing
                }
            },
            Owner::Walk(_) | Owner::Tail(_) => self.reader_answered(now, &request, answer, way),
            Owner::Consumer(consumer, errand) => {
                let arrival =
                    self.errand_answered(now, consumer, errand, answer.reply(request.action).ok().as_deref(), way.sent);
                self.finish_if_idle(now);
                arrival
            }
            Owner::Nobody => Arrival::Nothing,
        }
    }

    /// A walk or a tail has its answer: messages, or where the queue ends. What fits neither tells of none.
    fn reader_answered(&mut self, now: Millis, request: &Request, answer: &Answer<'_>, way: Way<'_>) -> Arrival {
        let reply = answer.reply(request.action);
        match (request.owner, reply.as_deref()) {
            (Owner::Tail(tail), reply) => {
                let tails = self.tails.take_sharers(tail);
                let arrivals = tails.into_iter().map(|tail| match reply {
                    Ok(Reply::Stats(stats)) => self.located(now, tail, Some(stats), way),
                    Err(_) if request.action == Action::QueueGetStats => self.located(now, tail, None, way),
                    Ok(Reply::Page(page)) => self.tail_answered(now, tail, page, way),
                    _ => self.tail_answered(now, tail, &Page::default(), way),
                });
                arrivals.fold(Arrival::Nothing, Arrival::and)
            }
            (Owner::Walk(walk), Ok(Reply::Page(page))) => self.walk_answered(now, walk, page, way),
            (Owner::Walk(walk), _) => self.walk_answered(now, walk, &Page::default(), way),
            _ => Arrival::Nothing,
        }
    }

    /// Whether an answer says that the token has ended, or was never accepted: nothing was done.
    fn is_unauthenticated(&self, status: u16, text: &[u8]) -> bool {
        self.config.authenticates && (status == 401 || status == 403 && text == b"Not authentified.")
    }

    /// The failure that an answer means. Of a signature Zaqar says only that there is no such place, or nobody.
    pub(super) fn refusal(&self, action: Action, status: u16, text: &[u8], with_claim: bool) -> Failure {
        let failure = refusal(action, status, text, with_claim);
        match text {
            b"404 Not Found" | b"Not authentified." if self.config.is_signed => Failure {
                code: Code::Forbidden,
                why: "the signed URL does not allow this, or has expired".into(),
                ..failure
            },
            _ => failure,
        }
    }

    fn session_answered(&mut self, now: Millis, action: Action, sent: Millis, outcome: Result<(), (u16, &[u8])>) {
        let lacks_token = outcome.is_err_and(|(status, text)| self.is_unauthenticated(status, text));
        let Some(session) = &mut self.socket.session else { return };
        let is_first = session.stage == session::Stage::Proving;
        match (action, outcome) {
            (Action::Authenticate, Ok(())) => {
                self.auth.accepted(Transport::Socket, sent);
                match session.is_ready() {
                    // a token of another project is taken, and then nothing is served
                    false => self.ask_for_proof(now),
                    true => self.serve_feeds(now),
                }
                self.dispatch(now);
            }
            (Action::Authenticate, Err((503, _))) if is_first => {
                self.lose_socket(now, "the identity service does not answer the server", true);
            }
            // a newer token is under way on the same socket
            (_, Err(_)) if (action == Action::Authenticate || lacks_token) && self.auth.has_newer(sent) => {}
            // the old one may still do
            (Action::Authenticate, Err((503, _))) => self.ask_for_token_again(now),
            (Action::Authenticate, Err(_)) => {
                if is_first {
                    session.needs_token();
                }
                self.token_refused(now, sent, Transport::Socket);
            }
            (_, Err(_)) if is_first && lacks_token => {
                session.needs_token();
                self.token_refused(now, sent, Transport::Socket);
            }
            (_, Err((status @ (400 | 401 | 403), text))) if is_first && !self.config.is_signed => {
                self.refused_at_all(now, refusal(action, status, text, false));
            }
            _ if is_first => self.socket_ready(now),
            _ => {}
        }
    }

    /// REST has answered whether it answers.
    fn probe_answered(&mut self, now: Millis, status: u16, text: &[u8]) {
        let wants_token = status == 401 && !self.config.authenticates;
        let has_no_project = status == 400 && self.config.authenticates && error::contains(text, b"X-PROJECT-ID");
        if self.transport.is_none() && wants_token {
            self.refused_at_all(now, refusal(Action::Ping, status, text, false));
        } else if has_no_project {
            self.refused_at_all(now, refusal(Action::Ping, 403, text, false));
        }
    }

    /// The server could not tell what was asked, or answers something else: no later answer could be trusted.
    fn unexpected_answer(&mut self, now: Millis, link: LinkId, id: Option<RequestId>) {
        if let Some(id) = id {
            self.answer_is_lost(now, id);
        }
        self.handle_damage(now, link);
    }
}

/// The failure of a request whose result is not what Zaqar's is: whatever was done is not known.
pub(super) fn not_zaqars(action: Action) -> Failure {
    let failure = Failure::unknown(Code::Protocol, action, "the answer is not Zaqar's");
    Failure { retryable: false, ..failure }
}

/// The failure that a status and a sentence of the server mean. A server that failed, and a proxy that answers in its place,
/// cannot tell whether it was done: a long answer that a proxy refuses to pass on is an answer to what was done.
pub(super) fn refusal(action: Action, status: u16, text: &[u8], with_claim: bool) -> Failure {
    let (code, retryable) = error::code_of(action, status, text, with_claim);
    let failed = matches!(code, Code::ServerError | Code::Unavailable | Code::Protocol);
    let delivery = match failed && !retryable && !action.is_repeatable() {
        true => Delivery::Unknown,
        false => Delivery::Answered,
    };
    let why = error::sentence_for_user(code, status, text);
    Failure { code, status, action: Some(action), delivery, retryable, why }
}
