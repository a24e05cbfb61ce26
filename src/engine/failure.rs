//! How a request can end without a reply.

use std::borrow::Cow;

use crate::named;
use crate::protocol::action::Action;
use crate::protocol::error::Code;

named! {
    /// What is known about a request that got no answer.
    pub enum Delivery as "Delivery" {
        /// The server has answered and says so, or nothing was to be sent.
        Answered = "answered",
        /// The server cannot have seen it.
        NotSent = "not-sent",
        /// It may have been carried out.
        Unknown = "unknown",
    }
}

/// Why a request fails whose REST endpoint redirects. Whoever knows where to may say so instead.
pub const REDIRECTS: &str =
    "the REST endpoint redirects, and redirects are not followed; if to a login, see the option `credentials`";
/// Why a request fails that a proxy before Zaqar has answered with 401 or 403.
pub const WANTS_LOGIN: &str =
    "not Zaqar refuses this, but a proxy before it, which may want a login: see the option `credentials`";
/// What is told of a REST API that answers with a page, and not as Zaqar does.
pub const ANSWERS_A_PAGE: &str =
    "REST is answered by something that is not Zaqar; if it is a login page, see the option `credentials`";
/// Why a request fails whose answer is larger than the client takes.
pub const TOO_LARGE: &str = "the answer is larger than `maxAnswerBytes` allows, or holds too many values";
/// Why a request fails whose answer cannot be read.
pub const TOO_DEEP: &str = "the answer is nested too deep";

/// Why a request fails that the socket does not take, where there is nothing else.
pub const REQUEST_TOO_LARGE: &str = "the request is larger than the server, or a proxy before it, takes on a WebSocket";
/// Why a request fails whose answer the socket does not bring, where there is nothing else.
pub const ANSWER_TOO_LARGE: &str = "the answer is larger than a proxy lets through a WebSocket";

/// An error for the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What branches on it.
    pub code: Code,
    /// The server's status; 0 where it did not answer.
    pub status: u16,
    /// What was asked.
    pub action: Option<Action>,
    /// What is known about the request.
    pub delivery: Delivery,
    /// Whether the same call may succeed later and is safe to repeat.
    pub retryable: bool,
    /// What happened, for a person.
    pub why: Cow<'static, str>,
}

impl Failure {
    /// One that concerns no single request.
    pub fn of_client(code: Code, why: impl Into<Cow<'static, str>>) -> Failure {
        let why = why.into();
        Failure { code, status: 0, action: None, delivery: Delivery::Answered, retryable: false, why }
    }

    /// Whether asking again would fail the same way, so that whoever repeats requests by itself gives up.
    pub fn is_final(&self) -> bool {
        let is_refused = matches!(
            self.code,
            Code::InvalidArgument | Code::Forbidden | Code::NotFound | Code::Unauthorized | Code::Unsupported
        );
        is_refused && !self.retryable || self.is_unusable()
    }

    /// Whether there was an answer that cannot be taken. On a socket it ends the socket.
    pub fn is_unusable(&self) -> bool {
        [TOO_LARGE, TOO_DEEP, ANSWER_TOO_LARGE].contains(&&*self.why)
    }

    /// One about a request that was never sent.
    pub fn not_sent(code: Code, action: Action, why: impl Into<Cow<'static, str>>) -> Failure {
        let why = why.into();
        let retryable = matches!(code, Code::Timeout | Code::ConnectionLost | Code::Unavailable);
        Failure { code, status: 0, action: Some(action), delivery: Delivery::NotSent, retryable, why }
    }

    /// The same about a request that the server may have carried out.
    pub fn unknown(code: Code, action: Action, why: impl Into<Cow<'static, str>>) -> Failure {
        let why = why.into();
        let retryable = action.is_repeatable() && !matches!(code, Code::Closed | Code::Unauthorized | Code::Forbidden);
        Failure { code, status: 0, action: Some(action), delivery: Delivery::Unknown, retryable, why }
    }
}
