//! What the engine asks of its driver.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::config::Millis;
use super::failure::Failure;
use super::{ConsumerId, FeedId, JobId, LinkId, ListId, RequestId, TailId, WalkId, WatchId, Watched};
use crate::named;
use crate::protocol::action::Action;
use crate::protocol::exchange::Exchange;

/// One use of a transport. What arrives for a link that was given up is ignored.
pub type Link = LinkId;

/// Something for the driver to do. Outputs are done in the order in which they come.
#[derive(Debug)]
pub enum Output {
    /// Open a WebSocket; tell `handle_open`, `handle_frame`, `handle_closed`.
    Connect(Link),
    /// Send this frame: a binary one, or a text where the configuration's [`Format`](super::config::Format) is JSON.
    Send(Link, Vec<u8>),
    /// Close the WebSocket. Nothing more needs to be told of it.
    Disconnect(Link),
    /// Do this exchange, which asks for the action, over REST; tell `handle_http` or `handle_http_failure`.
    Fetch(Link, Action, Exchange),
    /// Abandon that HTTP request. Nothing more needs to be told of it.
    CancelFetch(Link),
    /// The request has ended without a reply.
    Failed(RequestId, Failure),
    /// The subscription is established: what is posted from now on is delivered.
    FeedReady(FeedId),
    /// The subscription is over.
    FeedFailed(FeedId, Failure),
    /// The walk has come to the end of its queue.
    WalkEnded(WalkId),
    /// The walk could not go on; it can be asked again.
    WalkFailed(WalkId, Failure),
    /// The list has come to its end.
    ListEnded(ListId),
    /// The list could not go on; it can be asked again.
    ListFailed(ListId, Failure),
    /// The tail has found its place: what is posted from now on is delivered.
    TailReady(TailId),
    /// The tail may have missed messages that are gone: from and to when, in milliseconds before now, and why.
    TailGap(TailId, Millis, Millis, &'static str),
    /// The tail is over.
    TailFailed(TailId, Failure),
    /// All queues of the watch are known, and each has been counted or could not be.
    WatchReady(WatchId),
    /// A queue has come to a watch, or is gone, or could not be counted.
    Watched(WatchId, String, Watched),
    /// The watch is over.
    WatchFailed(WatchId, Failure),
    /// The lease of a job is lost while its handler runs: others may work on the message.
    JobLost(ConsumerId, JobId, Failure),
    /// The message of a job is deleted: it counts as handled.
    JobDone(ConsumerId, JobId),
    /// The message of a job could not be deleted, and may be worked again.
    JobFailed(ConsumerId, JobId, Failure),
    /// The consumer is over, and its jobs count for nothing.
    ConsumerEnded(ConsumerId, Option<Failure>),
    /// Get a token; tell `handle_token` or `handle_token_failure`.
    WantToken(WantToken),
    /// The client's state has changed.
    State(State, Option<Failure>),
    /// The transport has changed.
    Transport(Option<Transport>, Reason),
    /// Trouble that no request reports.
    Trouble(Failure),
    /// The engine is done and wants nothing more.
    Closed(Option<Failure>),
}

/// What waits for the driver, in order.
#[derive(Debug, Default)]
pub(super) struct Outputs(VecDeque<Output>);

impl Outputs {
    /// One more.
    pub fn push(&mut self, output: Output) {
        self.0.push_back(output);
    }

    /// The next.
    pub fn pop(&mut self) -> Option<Output> {
        self.0.pop_front()
    }
}

named! {
    /// What a client is to its user.
    pub enum State as "State" {
        /// Nothing has answered yet.
        Connecting = "connecting",
        /// A transport works.
        Connected = "connected",
        /// None works any more.
        Reconnecting = "reconnecting",
        /// It is over.
        Closed = "closed",
    }
}

named! {
    /// What carries requests.
    pub enum Transport as "TransportName" {
        /// The socket.
        Socket = "websocket",
        /// REST.
        Polling = "polling",
    }
}

/// Why the transport changed: a sentence, and how long the socket had lived where that matters.
#[derive(Clone, Debug)]
pub struct Reason {
    /// What happened, with the code and the text of the close frame where they say more.
    pub why: Cow<'static, str>,
    /// Life of the socket that ended.
    pub lived: Option<Millis>,
    /// How many in a row have ended early, this one among them: what a middlebox does.
    pub short_lived: u32,
}

named! {
    /// Why a token is wanted.
    pub enum WantToken as "TokenReason" {
        /// There is none.
        First = "first",
        /// The one there is ends soon.
        Renew = "renew",
        /// The server has refused the one there is.
        Refused = "refused",
    }
}
