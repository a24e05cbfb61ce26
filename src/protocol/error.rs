//! What went wrong, in the terms of the application: the codes of `ErrorCode` in `js/api.d.ts`, and how the statuses and
//! texts of Zaqar, of Keystone's middleware and of proxies become one of them.

use std::borrow::Cow;

use crate::named;
use crate::protocol::action::Action;

named! {
    /// What an application branches on.
    pub enum Code as "ErrorCode" {
        /// the request is wrong; it was refused here or by the server
        InvalidArgument = "invalid-argument",
        /// the token is missing, expired or refused
        Unauthorized = "unauthorized",
        /// the token or the signature does not allow it, or someone else holds the message
        Forbidden = "forbidden",
        /// there is no such queue, message, claim, subscription, pool or flavor
        NotFound = "not-found",
        /// it exists already, or a change does not fit what is there
        Conflict = "conflict",
        /// more than the server takes
        TooLarge = "too-large",
        /// the claim has ended: others may work on its messages
        ClaimLost = "claim-lost",
        /// too many requests
        RateLimited = "rate-limited",
        /// the server failed at it
        ServerError = "server-error",
        /// the server, its store or a proxy cannot serve at the moment
        Unavailable = "unavailable",
        /// no answer in time
        Timeout = "timeout",
        /// the connection ended before the answer came
        ConnectionLost = "connection-lost",
        /// an answer that is not Zaqar's
        Protocol = "protocol",
        /// the transport at hand cannot do it
        Unsupported = "unsupported",
        /// the client is closed
        Closed = "closed",
        /// a bug in this package: the wasm has crashed, and all clients of the page have ended
        Crashed = "crashed",
    }
}

/// The code for an answer with an error status, and whether the same call may succeed later and is safe to repeat.
///
/// `text` is the server's own sentence, empty where there is none. `with_claim` says whether the
/// request named a claim (only `message_delete` may): the same status then tells that the claim has ended.
///
/// ```
/// use zaqar_web::protocol::{action::Action, error::{Code, code_of}};
///
/// assert_eq!(code_of(Action::ClaimUpdate, 404, b"Claim 7 does not exist.", false), (Code::ClaimLost, false));
/// assert_eq!(code_of(Action::MessageList, 503, b"", false), (Code::Unavailable, true));
/// assert_eq!(code_of(Action::MessagePost, 503, b"", false), (Code::Unavailable, false), "it may have been stored");
/// ```
pub fn code_of(action: Action, status: u16, text: &[u8], with_claim: bool) -> (Code, bool) {
    let code = match status {
        400 if is_too_large(text) => Code::TooLarge,
        400 if with_claim && (text.is_empty() || is_about_claim(text)) => Code::ClaimLost,
        400 => Code::InvalidArgument,
        // Two spellings, two meanings: nobody has authenticated on this socket, or somebody has, for another project.
        401 => Code::Unauthorized,
        403 if text == b"Not authentified." => Code::Unauthorized,
        403 if text == b"Not authenticated." => Code::Forbidden,
        403 if with_claim => Code::ClaimLost,
        403 => Code::Forbidden,
        404 => missing(action, text),
        500 if is_expired_claim(action, text) => missing(action, text),
        405 | 406 | 415 => Code::Protocol,
        409 => Code::Conflict,
        413 => Code::TooLarge,
        429 => Code::RateLimited,
        // a claim has expired and is not collected: until it is, the store cannot count. REST says 503.
        500 if action == Action::QueueGetStats => Code::Unavailable,
        500 => Code::ServerError,
        // 408 and 520 to 530 are what proxies say when Zaqar does not answer them
        408 | 502..=504 | 520..=530 => Code::Unavailable,
        _ => Code::Protocol,
    };
    let retryable = match code {
        Code::Unavailable => action.is_repeatable(),
        Code::RateLimited => true,
        // One failure for each expired subscription that the store has not forgotten; then it works.
        Code::ServerError => action == Action::SubscriptionCreate && contains(text, b"can't be decoded"),
        _ => false,
    };
    (code, retryable)
}

/// What a status of the socket means, where it means something else than it says. `text` is the server's, or empty.
///
/// A missing queue has no messages and zero of everything; a claim that has expired but is not collected yet is a claim
/// that does not exist, and giving it up is done.
///
/// ```
/// use zaqar_web::protocol::{action::Action, error::even_out};
///
/// assert_eq!(even_out(Action::MessageList, 404, b"Queue q does not exist"), 200);
/// assert_eq!(even_out(Action::MessageGet, 404, b"Message m does not exist"), 404);
/// ```
pub fn even_out(action: Action, status: u16, text: &[u8]) -> u16 {
    let is_expired = status == 500 && is_expired_claim(action, text);
    match (action, status) {
        (Action::MessageList | Action::MessageGetMany, 404) => 200,
        // the socket says so with a body of zeros
        (Action::QueueGetStats, 404) if text.is_empty() => 200,
        (Action::ClaimDelete, _) if is_expired => 204,
        _ if is_expired => 404,
        _ => status,
    }
}

/// Whether a 500 on a claim says that it has expired and not been collected yet: the store fails on what is not there.
pub fn is_expired_claim(action: Action, text: &[u8]) -> bool {
    matches!(action, Action::ClaimGet | Action::ClaimUpdate | Action::ClaimDelete) && contains(text, b"'NoneType'")
}

/// A 404. Without a text of Zaqar's own it is the web server's, or a signature that REST does not accept.
fn missing(action: Action, text: &[u8]) -> Code {
    match action {
        Action::ClaimUpdate if text != b"404 Not Found" => Code::ClaimLost,
        _ => Code::NotFound,
    }
}

/// What an application is told of an answer with an error status. `text` is the server's own sentence, empty where there is none.
pub fn sentence_for_user(code: Code, status: u16, text: &[u8]) -> Cow<'static, str> {
    // What Python says of a failure is nothing to a user, and of the server's own it may tell too much.
    let is_for_users = !text.is_empty() && status < 500 && !contains(text, b"'NoneType'");
    match (code, status) {
        (Code::ClaimLost, _) => "the claim has ended".into(),
        _ if is_for_users => String::from_utf8_lossy(text).into_owned().into(),
        (_, 0) => "the answer is not Zaqar's".into(),
        _ => format!("the server answered {status} ({})", code.name()).into(),
    }
}

fn is_too_large(text: &[u8]) -> bool {
    text.starts_with(b"Message collection size is too large") || text.starts_with(b"Queue metadata is too large")
}

fn is_about_claim(text: &[u8]) -> bool {
    text.starts_with(b"Claim ") || contains(text, b"claim")
}

/// `str::contains` is made for long texts, and takes two kilobytes.
pub fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
