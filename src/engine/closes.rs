//! What the end of a socket was told with, and what follows from it. RFC 6455 and IANA's registry give the codes their meaning;
//! those from 3000 on are the applications' own.

use std::fmt;

use super::answers::refusal;
use super::config::Millis;
use super::failure::{ANSWER_TOO_LARGE, REQUEST_TOO_LARGE};
use super::requests::Owner;
use super::session::{Session, Unanswered};
use super::{Engine, Failure, Output, RequestId};
use crate::protocol::action::Action;
use crate::protocol::error::Code;

/// A frame of at least so many bytes may have been too large for a server or a proxy.
const LARGE: usize = 4_096;
/// A close frame has room for so many bytes of text; no other text is told at greater length.
const MOST_TEXT: usize = 123;

/// The code and the text of a close frame. Where there was none, browsers tell 1006.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    code: u16,
    text: String,
}

/// What a close frame asks of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: the socket has ended.
    Ended,
    /// The token has ended.
    Expired,
    /// The client is not wanted, at least not soon.
    Refused,
    /// What was sent, or would have been answered, is too large.
    TooLarge,
    /// The server restarts, fails or has too much to do: it needs time.
    Busy,
}

impl Close {
    /// What the other side told. Its text may be anything.
    pub fn new(code: u16, text: &str) -> Close {
        Close { code, text: printable(text) }
    }

    /// What it asks for.
    pub fn verdict(&self) -> Verdict {
        match self.code {
            1008 => Verdict::Refused,
            1009 => Verdict::TooLarge,
            1011..=1014 => Verdict::Busy,
            EXPIRED => Verdict::Expired,
            _ => Verdict::Ended,
        }
    }

    /// What has happened to a socket that had answered, as a sentence.
    pub fn sentence(&self) -> String {
        let what = match self.code {
            1006 | 1015 => "the socket was cut",
            1008 => "the server or a proxy refuses the socket by its policy",
            1009 => "a message was too large for the server or a proxy",
            1011 => "the server failed, and closed the socket",
            1012 => "the server restarts, and closed the socket",
            1013 => "the server has too much to do, and closed the socket",
            1014 => "a proxy does not reach the server, and closed the socket",
            EXPIRED => "the token expired, and the server closed the socket",
            _ => "the server closed the socket",
        };
        self.after(what)
    }

    /// The sentence, with what is known besides.
    pub fn after(&self, sentence: &str) -> String {
        match self.says_nothing() || self.code == EXPIRED {
            true => sentence.to_owned(),
            false => format!("{sentence}; {self}"),
        }
    }

    /// Whether it tells no reason.
    pub fn says_nothing(&self) -> bool {
        matches!(self.code, 1000 | 1005 | 1006 | EXPIRED) && self.text.is_empty()
    }
}

impl fmt::Display for Close {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "code {}", self.code)?;
        match self.text.as_str() {
            "" => Ok(()),
            text => write!(out, ": {text}"),
        }
    }
}

/// A text of somebody else's, for a sentence of ours: of one line, and bounded.
pub fn printable(text: &str) -> String {
    let printable = text.chars().map(|char| if char.is_control() { ' ' } else { char });
    printable.take(MOST_TEXT).collect::<String>().trim().to_owned()
}

/// Zaqar's close code for a token that has expired.
const EXPIRED: u16 = 4003;

impl Engine {
    /// What a socket was closed for that ended because a message was too large: the first that it owes whose answer may be
    /// long, for the server answers in order, or the largest request. If a request was refused at all, the largest was, or it
    /// was sent behind that one and never read.
    pub(super) fn too_large_on(&self, session: &Session) -> Option<Unanswered> {
        let is_large = |owed: &&Unanswered| owed.bytes >= LARGE;
        let first = session.awaited().find(|owed| is_large(owed) || may_be_long(owed.action))?;
        let largest = session.awaited().filter(is_large).max_by_key(|owed| owed.bytes);
        largest.filter(|_| is_large(&first)).or(Some(first)).copied()
    }

    /// A request is larger than the socket takes, or its answer is. The request was not carried out: whoever refuses a frame
    /// has not read it.
    pub(super) fn too_large_for_socket(&mut self, now: Millis, id: RequestId, bytes: usize) {
        let Some(request) = self.requests.get_mut(id) else { return };
        let (action, owner, is_request) = (request.action, request.owner, bytes >= LARGE);
        if is_request {
            request.was_sent = false;
            self.socket.refuses_from = self.socket.refuses_from.min(bytes);
        } else if matches!(action, Action::MessageList | Action::MessageGetMany) && self.ask_for_less(now, id, owner) {
            return;
        }
        self.watch_keeps_off_socket(owner);
        if self.config.has_rest && (is_request || action.is_repeatable() && owner.wants_answer()) {
            return self.keep_off_socket(now, id);
        }
        let failure = match is_request {
            true => Failure::not_sent(Code::TooLarge, action, REQUEST_TOO_LARGE),
            false => Failure { why: ANSWER_TOO_LARGE.into(), ..refusal(action, 0, b"", false) },
        };
        self.requests.remove(id);
        self.report(now, id, owner, failure);
    }

    /// Asks for a page again, with fewer places, or over REST if it has as few as can be. Whether there is such a way.
    fn ask_for_less(&mut self, now: Millis, id: RequestId, owner: Owner) -> bool {
        let has_rest = self.config.has_rest;
        let goes_on = self.listing_of(owner).is_some_and(|listing| listing.shrink(has_rest));
        if goes_on {
            self.tails.shrink_sharers(owner, has_rest);
            self.read_again(now, id, owner);
        }
        goes_on
    }

    /// From now on only REST may carry it.
    pub(super) fn keep_off_socket(&mut self, now: Millis, id: RequestId) {
        if let Some(request) = self.requests.get_mut(id) {
            request.rest_only = true;
        }
        self.requests.wait(id, now);
    }

    /// Tells of a verdict that nobody learns otherwise.
    pub(super) fn tell_verdict(&mut self, code: Code, sentence: &str) {
        self.outputs.push(Output::Trouble(Failure::of_client(code, sentence.to_owned())));
    }
}

/// Whether the answer has bodies in it.
fn may_be_long(action: Action) -> bool {
    matches!(
        action,
        Action::MessageList
            | Action::MessageGet
            | Action::MessageGetMany
            | Action::MessageDeleteMany
            | Action::ClaimCreate
            | Action::ClaimGet
            | Action::QueueGet
            | Action::QueueGetStats
    )
}
