//! Answers over REST, as what the socket would have answered. Where the two mean the same by different statuses, this and, for
//! the socket, [`even_out`](super::error::even_out) agree on one.
//!
//! Values of the application are spans of the answer's text. [`HttpReply::json`] puts them together in the socket's shape, and
//! JavaScript parses that, once.

mod reply;
mod row;

use std::borrow::Cow;

pub use reply::HttpReply;
use reply::Shape;
use row::{Row, last_segment, query_value};

use super::action::Action;
use super::replies::{Claim, Claimed, Message, NotZaqars, Page, Posted, Reply, Stats, Text, fitting};
use super::sentence::sentence;
use super::spans::{self, Fields, Json};

/// The status of an answer that is none of Zaqar's: some proxy's, or of a portal that wants a login.
pub const NOT_ZAQARS: u16 = 0;

/// What Keystone's middleware says.
const KEYSTONES: &str = "Authentication required";

/// An answer as it came.
///
/// ```
/// use zaqar_web::protocol::action::Action;
/// use zaqar_web::protocol::http::HttpAnswer;
/// use zaqar_web::protocol::replies::Reply;
///
/// let text = r#"{"messages":[{"href":"/v2/queues/q/messages/7","ttl":60,"age":1,"body":12345678901234567890}],"links":[]}"#;
/// let answer = HttpAnswer::new(200, None, text);
/// let told = answer.read(Action::MessageList);
///
/// assert_eq!(told.status, 200);
/// assert!(matches!(&told.reply, Ok(Reply::Page(page)) if &*page.messages[0].id == "7"));
/// let message = r#"{"ttl":60,"age":1,"body":12345678901234567890,"id":"7","claim_id":null}"#;
/// assert_eq!(told.messages_json(1), format!("[{message}]"));
/// assert_eq!(told.json(), Some(format!(r#"{{"messages":[{message}]}}"#)));
/// ```
#[derive(Clone, Debug)]
pub struct HttpAnswer<'a> {
    status: u16,
    location: Option<&'a str>,
    text: &'a str,
    /// The text as JSON: what Python writes and JSON has not is replaced by as many bytes that it has.
    readable: Cow<'a, str>,
}

impl<'a> HttpAnswer<'a> {
    /// One with this status, header `Location` and body.
    pub fn new(status: u16, location: Option<&'a str>, text: &'a str) -> HttpAnswer<'a> {
        HttpAnswer { status, location, text, readable: spans::readable(text) }
    }

    /// What it means as the answer to an action.
    pub fn read(&self, action: Action) -> HttpReply<'_> {
        let (document, fields) = Json::parse(&self.readable).unzip();
        let fields = fields.unwrap_or_default();
        // Only a sentence about messages means that there are none. Without it there is no such place: a signature that is not
        // accepted, or an endpoint that is not Zaqar's.
        if action == Action::MessageGetMany && self.status == 404 && fields.get("description").is_some() {
            return self.told(200, Ok(Reply::Page(Page::default())), Shape::Messages(Vec::new()));
        }
        if !(200..300).contains(&self.status) {
            let mut refusal = self.told(self.status, Err(NotZaqars), Shape::Nothing);
            refusal.sentence = document.and_then(sentence);
            refusal.wants_login = matches!(self.status, 401 | 403) && !self.is_zaqars_refusal(&fields);
            return refusal;
        }
        if self.status != 204 && !self.has_document(action, document, &fields) {
            return self.told(NOT_ZAQARS, Err(NotZaqars), Shape::Nothing);
        }
        let body = document.filter(|document| !document.is_null()).unwrap_or(Json::EMPTY);
        let (reply, shape) = self.result(action, body, &fields);
        let shape = if reply.is_ok() { shape } else { Shape::Nothing };
        let mut told = self.told(self.status, reply, shape);
        told.next_marker = next_marker(&fields);
        told
    }

    /// Whether a refusal has the form of Zaqar's, with a title, or of Keystone's middleware, which has an error with a message, or
    /// had this text.
    fn is_zaqars_refusal(&self, fields: &Fields<'_>) -> bool {
        fields.get("title").is_some()
            || self.text.starts_with(KEYSTONES)
            || fields.get("error").is_some_and(|error| {
                error.fields().get("message").is_some()
                    || error.as_text().is_some_and(|text| text.starts_with(KEYSTONES))
            })
    }

    fn told<'b>(&'b self, status: u16, reply: Result<Reply<'b>, NotZaqars>, shape: Shape<'b>) -> HttpReply<'b> {
        HttpReply::new(status, reply, self.text, &self.readable, shape)
    }

    /// Whether the answer has the document that the action's has. What gives another one, or none, is not Zaqar.
    fn has_document(&self, action: Action, document: Option<Json<'_>>, fields: &Fields<'_>) -> bool {
        match least_of(action) {
            Some(name) => fields.get(name).is_some_and(|value| !value.is_null()),
            None if self.status == 200 => document.is_some_and(|document| document.is_object() || document.is_array()),
            None => true,
        }
    }

    fn result<'b>(
        &'b self,
        action: Action,
        body: Json<'b>,
        fields: &Fields<'b>,
    ) -> (Result<Reply<'b>, NotZaqars>, Shape<'b>) {
        let least = least_of(action).unwrap_or_default();
        let value = fields.get(least);
        let items = || value.map(Json::items).unwrap_or_default();
        let rows = || -> Vec<Fields<'b>> { items().into_iter().map(Json::fields).collect() };
        match action {
            Action::MessageList => {
                let rows = rows();
                let messages = rows.iter().map(|row| Row::of(row).message().unwrap_or_default()).collect();
                (Ok(Reply::Page(Page { messages })), Shape::Messages(rows))
            }
            Action::MessageGetMany | Action::MessageDeleteMany => {
                let rows = rows();
                (messages_of(&rows).map(|messages| Reply::Page(Page { messages })), Shape::Messages(rows))
            }
            Action::MessageGet => (Row::of(fields).message().map(Reply::Message), Shape::Message(fields.clone())),
            Action::MessagePost => {
                let ids = |href: Json<'b>| last_segment(href.as_text().unwrap_or_default());
                let message_ids: Vec<Text<'b>> = items().into_iter().map(ids).collect();
                (Ok(Reply::Posted(Posted { message_ids: message_ids.clone() })), Shape::Posted(message_ids))
            }
            Action::ClaimCreate => {
                let rows = rows();
                let claim_id = self.claim_id(&rows);
                let claimed = messages_of(&rows)
                    .and_then(|messages| Claimed { claim_id: claim_id.clone(), messages }.checked())
                    .map(Reply::Claimed);
                (claimed, Shape::Claimed(claim_id, rows))
            }
            Action::ClaimGet => {
                let rows = rows();
                (claim(fields, &rows).map(Reply::Claim), Shape::Claim(fields.clone(), rows))
            }
            Action::QueueGetStats => {
                let counts = value.unwrap_or(Json::EMPTY);
                (stats(counts).map(Reply::Stats), Shape::Stats(counts.fields()))
            }
            Action::QueueList | Action::SubscriptionList | Action::PoolList | Action::FlavorList => {
                let list = value.filter(|value| value.is_array());
                let reply = if list.is_some() { Reply::read(action, Some(body)) } else { Ok(Reply::List(Vec::new())) };
                (reply, Shape::List(least, list))
            }
            _ => (Reply::read(action, Some(body)), Shape::Whole(body)),
        }
    }

    /// The claim's id stands in `Location`, which a server without the right CORS settings hides, and in each message. Of an
    /// answer without messages it is of no use.
    fn claim_id<'b>(&'b self, rows: &[Fields<'b>]) -> Option<Text<'b>> {
        let first = rows.first()?;
        match self.location.filter(|location| !location.is_empty()) {
            Some(location) => Some(last_segment(Cow::Borrowed(location))),
            None => Row::of(first).claim_id(),
        }
    }
}

/// What the document of an action's answer has at least; `None` where that may be anything.
fn least_of(action: Action) -> Option<&'static str> {
    match action {
        Action::QueueList => Some("queues"),
        Action::QueueGetStats
        | Action::MessageList
        | Action::MessageGetMany
        | Action::MessageDeleteMany
        | Action::ClaimCreate
        | Action::ClaimGet => Some("messages"),
        Action::MessagePost => Some("resources"),
        Action::MessageGet => Some("ttl"),
        Action::SubscriptionCreate => Some("subscription_id"),
        Action::SubscriptionList => Some("subscriptions"),
        Action::QueueShare => Some("signature"),
        Action::PoolList => Some("pools"),
        Action::FlavorList => Some("flavors"),
        _ => None,
    }
}

fn messages_of<'a>(rows: &[Fields<'a>]) -> Result<Vec<Message<'a>>, NotZaqars> {
    rows.iter().map(|row| Row::of(row).message()).collect()
}

fn claim<'a>(fields: &Fields<'a>, rows: &[Fields<'a>]) -> Result<Claim<'a>, NotZaqars> {
    let number = |name| fields.get(name).and_then(Json::as_number).ok_or(NotZaqars);
    Ok(Claim { ttl: number("ttl")?, age: number("age")?, messages: messages_of(rows)? })
}

fn stats(counts: Json<'_>) -> Result<Stats<'_>, NotZaqars> {
    let fields = counts.fields();
    let end = |name| {
        let message = fields.get(name).filter(|message| message.is_object())?;
        Row::of(&message.fields()).message().ok()
    };
    Ok(Stats { oldest: end("oldest"), newest: end("newest"), ..fitting(Some(counts))? })
}

fn next_marker(fields: &Fields<'_>) -> Option<String> {
    let links = fields.get("links")?.items();
    let mut hrefs = links.into_iter().filter_map(|link| link.fields().get("href")?.as_text());
    query_value(&hrefs.find(|href| !href.is_empty())?, "marker")
}
