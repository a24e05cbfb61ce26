//! Answers over REST, as what the socket would have answered.

use std::borrow::Cow;

use super::action::Action;
use super::replies::{NotZaqars, Reply};

/// The status of an answer that is none of Zaqar's: some proxy's, or of a portal that wants a login.
pub const NOT_ZAQARS: u16 = 0;

/// An answer as it came.
pub struct HttpAnswer<'a> {
    status: u16,
    location: Option<&'a str>,
    text: &'a str,
    /// The same without Python's words that are no JSON, of the same length.
    readable: Cow<'a, str>,
}

impl<'a> HttpAnswer<'a> {
    /// One with this status, header `Location` and body.
    pub fn new(status: u16, location: Option<&'a str>, text: &'a str) -> HttpAnswer<'a> {
        HttpAnswer { status, location, text, readable: Cow::Borrowed(text) }
    }

    /// What it means as the answer to an action.
    pub fn read(&self, action: Action) -> HttpReply<'_> {
        let _ = (action, self.location, self.text, &self.readable);
        HttpReply { status: self.status, reply: Err(NotZaqars), sentence: None, next_marker: None }
    }
}

/// What an answer means.
pub struct HttpReply<'a> {
    /// HTTP's status, or what the socket would have said; [`NOT_ZAQARS`].
    pub status: u16,
    /// The result. Of a refusal and of what is not Zaqar's there is none.
    pub reply: Result<Reply<'a>, NotZaqars>,
    /// The server's sentence about a refusal, if it has one.
    pub sentence: Option<Cow<'a, str>>,
    /// Where the next page starts: only REST tells, and on MongoDB it is the only way to page.
    pub next_marker: Option<String>,
}

impl HttpReply<'_> {
    /// The result in the socket's shape, as JSON text, for the application; `None` where there is none.
    pub fn json(&self) -> Option<String> {
        None
    }

    /// Those messages of a page whose bit is set, as a JSON list.
    pub fn messages_json(&self, chosen: u32) -> String {
        let _ = chosen;
        "[]".to_owned()
    }
}
