//! Answers over REST, as what the socket would have answered. Where the two mean the same by different statuses, this and, for
//! the socket, [`even_out`](super::error::even_out) agree on one.
//!
//! Values of the application are spans of the answer's text. [`HttpReply::json`] puts them together in the socket's shape, so
//! that JavaScript parses them, once.

use std::borrow::Cow;

use serde::Deserialize;

use super::action::Action;
use super::error::contains;
use super::replies::{
    Claim, Claimed, IfFit, Message, NotZaqars, Page, Posted, Reply, Stats, Text, fitting, number, whole,
};
use super::sentence::sentence;
use super::spans::{Fields, Json};

/// The status of an answer that is none of Zaqar's: some proxy's, or of a portal that wants a login.
pub const NOT_ZAQARS: u16 = 0;

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
        HttpAnswer { status, location, text, readable: readable(text) }
    }

    /// What it means as the answer to an action.
    pub fn read(&self, action: Action) -> HttpReply<'_> {
        let document = Json::parse(&self.readable);
        let fields = document.map(Json::fields).unwrap_or_default();
        // Only a sentence about messages means that there are none. Without it there is no such place: a signature that is not
        // accepted, or an endpoint that is not Zaqar's.
        if action == Action::MessageGetMany && self.status == 404 && fields.get("description").is_some() {
            return self.told(200, Ok(Reply::Page(Page::default())), Shape::Messages(Vec::new()));
        }
        if !(200..300).contains(&self.status) {
            let sentence = document.and_then(sentence);
            return HttpReply { sentence, ..self.told(self.status, Err(NotZaqars), Shape::Nothing) };
        }
        if self.status != 204 && !self.has_document(action, document, &fields) {
            return self.told(NOT_ZAQARS, Err(NotZaqars), Shape::Nothing);
        }
        let body = document.filter(|document| !document.is_null()).unwrap_or(Json::EMPTY);
        let (reply, shape) = self.result(action, body, &fields);
        let shape = if reply.is_ok() { shape } else { Shape::Nothing };
        HttpReply { next_marker: next_marker(&fields), ..self.told(self.status, reply, shape) }
    }

    fn told<'b>(&'b self, status: u16, reply: Result<Reply<'b>, NotZaqars>, shape: Shape<'b>) -> HttpReply<'b> {
        HttpReply { status, reply, sentence: None, next_marker: None, text: self.text, readable: &self.readable, shape }
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
        let rows = || value.map(Json::items).unwrap_or_default();
        match action {
            Action::MessageList => {
                let rows = rows();
                let messages = rows.iter().map(|row| Row::of(*row).message().unwrap_or_default()).collect();
                (Ok(Reply::Page(Page { messages })), Shape::Messages(rows))
            }
            Action::MessageGetMany | Action::MessageDeleteMany => {
                let rows = rows();
                (messages_of(&rows).map(|messages| Reply::Page(Page { messages })), Shape::Messages(rows))
            }
            Action::MessageGet => (Row::of(body).message().map(Reply::Message), Shape::Message(body)),
            Action::MessagePost => {
                let rows = rows();
                let message_ids = rows.iter().map(|href| last_segment(href.as_text().unwrap_or_default())).collect();
                (Ok(Reply::Posted(Posted { message_ids })), Shape::Posted(rows))
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
                (claim(body, &rows).map(Reply::Claim), Shape::Claim(fields.clone(), rows))
            }
            Action::QueueGetStats => {
                let counts = value.unwrap_or(Json::EMPTY);
                (stats(counts).map(Reply::Stats), Shape::Stats(counts.fields()))
            }
            Action::QueueList | Action::SubscriptionList | Action::PoolList | Action::FlavorList => {
                let list = value.filter(|value| value.is_array());
                let reply = if list.is_some() { Reply::read(action, body) } else { Ok(Reply::List) };
                (reply, Shape::List(least, list))
            }
            Action::Ping
            | Action::Authenticate
            | Action::QueueCreate
            | Action::QueueGet
            | Action::QueueDelete
            | Action::QueuePurge
            | Action::QueueUpdate
            | Action::QueueShare
            | Action::MessageDelete
            | Action::ClaimUpdate
            | Action::ClaimDelete
            | Action::SubscriptionCreate
            | Action::SubscriptionGet
            | Action::SubscriptionUpdate
            | Action::SubscriptionDelete
            | Action::Health
            | Action::PoolCreate
            | Action::PoolGet
            | Action::PoolUpdate
            | Action::PoolDelete
            | Action::FlavorCreate
            | Action::FlavorGet
            | Action::FlavorUpdate
            | Action::FlavorDelete => (Reply::read(action, body), Shape::Whole(body)),
        }
    }

    /// The claim's id stands in `Location`, which a server without the right CORS settings hides, and in each message. Of an
    /// answer without messages it is of no use.
    fn claim_id<'b>(&'b self, rows: &[Json<'b>]) -> Option<Text<'b>> {
        let first = rows.first()?;
        match self.location.filter(|location| !location.is_empty()) {
            Some(location) => Some(last_segment(Cow::Borrowed(location))),
            None => Row::of(*first).claim_id(),
        }
    }
}

/// What an answer means.
#[derive(Clone, Debug)]
pub struct HttpReply<'a> {
    /// HTTP's status, or what the socket would have said; [`NOT_ZAQARS`].
    pub status: u16,
    /// The result. There is none in a refusal and in what is not Zaqar's; nor if something in the document has the wrong form,
    /// which the status does not tell.
    pub reply: Result<Reply<'a>, NotZaqars>,
    /// The server's sentence about a refusal, if it has one.
    pub sentence: Option<Cow<'a, str>>,
    /// Where the next page starts: only REST tells, and on MongoDB it is the only way to page.
    pub next_marker: Option<String>,
    text: &'a str,
    readable: &'a str,
    shape: Shape<'a>,
}

/// What the result is made of in the answer's text.
#[derive(Clone, Debug)]
enum Shape<'a> {
    Nothing,
    Whole(Json<'a>),
    /// A list, under its name.
    List(&'static str, Option<Json<'a>>),
    /// The places of messages.
    Posted(Vec<Json<'a>>),
    Messages(Vec<Json<'a>>),
    Message(Json<'a>),
    Claimed(Option<Text<'a>>, Vec<Json<'a>>),
    /// The document, and the messages in it.
    Claim(Fields<'a>, Vec<Json<'a>>),
    Stats(Fields<'a>),
}

impl HttpReply<'_> {
    /// The result in the socket's shape, as JSON text, for the application; `None` where there is none. As in the server's text there
    /// may be `NaN` and `Infinity` in it.
    pub fn json(&self) -> Option<String> {
        Some(match &self.shape {
            Shape::Nothing => return None,
            Shape::Whole(body) => self.original(*body).to_owned(),
            Shape::List(name, rows) => format!("{{\"{name}\":{}}}", rows.map_or("[]", |rows| self.original(rows))),
            Shape::Posted(rows) => {
                let ids = rows.iter().map(|href| quoted(&last_segment(href.as_text().unwrap_or_default())));
                format!("{{\"message_ids\":{}}}", list(ids))
            }
            Shape::Messages(rows) => format!("{{\"messages\":{}}}", self.messages(rows.iter())),
            Shape::Message(message) => format!("{{\"messages\":{}}}", self.message(*message)),
            Shape::Claimed(claim_id, rows) => {
                let claim_id = claim_id.as_ref().map_or("null".to_owned(), |id| quoted(id));
                format!("{{\"claim_id\":{claim_id},\"messages\":{}}}", self.messages(rows.iter()))
            }
            Shape::Claim(fields, rows) => {
                let messages = format!("\"messages\":{}", self.messages(rows.iter()));
                self.object(fields, &["messages"], [messages])
            }
            Shape::Stats(counts) => {
                let ends = ["oldest", "newest"].into_iter().filter_map(|name| {
                    let message = counts.get(name).filter(|message| message.is_object())?;
                    Some(format!("\"{name}\":{}", self.message(message)))
                });
                format!("{{\"messages\":{}}}", self.object(counts, &["oldest", "newest"], ends))
            }
        })
    }

    /// Those messages of a page whose bit is set, as a JSON list.
    pub fn messages_json(&self, chosen: u32) -> String {
        let rows = if let Shape::Messages(rows) = &self.shape { &rows[..] } else { &[] };
        let bits = (0..u32::BITS).map(|place| chosen >> place & 1 == 1);
        self.messages(rows.iter().zip(bits).filter(|(_, is_chosen)| *is_chosen).map(|(row, _)| row))
    }

    fn messages<'b>(&self, rows: impl Iterator<Item = &'b Json<'b>>) -> String {
        list(rows.map(|row| self.message(*row)))
    }

    /// A message, with `id` and `claim_id` where the socket has them.
    fn message(&self, message: Json<'_>) -> String {
        let (fields, row) = (message.fields(), Row::of(message));
        let told = |name| fields.get(name).filter(|value| !value.is_null());
        let id = match told("id") {
            Some(id) => self.original(id).to_owned(),
            None => quoted(&row.id().unwrap_or_default()),
        };
        let claim_id = match (row.claim_in_href(), told("claim_id")) {
            (Some(claim_id), _) => quoted(&claim_id),
            (None, told) => told.map_or("null", |claim_id| self.original(claim_id)).to_owned(),
        };
        let added = [format!("\"id\":{id}"), format!("\"claim_id\":{claim_id}")];
        self.object(&fields, &["href", "id", "claim_id"], added)
    }

    /// An object with other fields in the place of some.
    fn object(&self, fields: &Fields<'_>, without: &[&str], added: impl IntoIterator<Item = String>) -> String {
        let is_kept = |key: &Json<'_>| !without.iter().any(|name| key.is(name));
        let kept = fields.0.iter().filter(|(key, _)| is_kept(key));
        let kept = kept.map(|(key, value)| format!("{}:{}", self.original(*key), self.original(*value)));
        joined('{', kept.chain(added), '}')
    }

    /// The span in the text that came.
    fn original<'b>(&'b self, value: Json<'b>) -> &'b str {
        let (span, start) = (value.text(), self.readable.as_ptr() as usize);
        let offset = (span.as_ptr() as usize).checked_sub(start);
        // what is no span of it is a constant
        offset.and_then(|offset| self.text.get(offset..)?.get(..span.len())).unwrap_or(span)
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
        Action::Ping
        | Action::Authenticate
        | Action::QueueCreate
        | Action::QueueGet
        | Action::QueueDelete
        | Action::QueuePurge
        | Action::QueueUpdate
        | Action::MessageDelete
        | Action::ClaimUpdate
        | Action::ClaimDelete
        | Action::SubscriptionGet
        | Action::SubscriptionUpdate
        | Action::SubscriptionDelete
        | Action::Health
        | Action::PoolCreate
        | Action::PoolGet
        | Action::PoolUpdate
        | Action::PoolDelete
        | Action::FlavorCreate
        | Action::FlavorGet
        | Action::FlavorUpdate
        | Action::FlavorDelete => None,
    }
}

/// A message as REST has it: the id in `href` at least, and there, unlike on the socket, also the claim of a message that is
/// only listed.
#[derive(Default, Deserialize)]
struct Row<'a> {
    /// `None` where there is none.
    #[serde(borrow, default)]
    id: Option<IfFit<Text<'a>>>,
    #[serde(borrow, default)]
    href: IfFit<Text<'a>>,
    #[serde(borrow, default)]
    claim_id: IfFit<Text<'a>>,
    #[serde(default, deserialize_with = "whole")]
    age: f64,
}

impl<'a> Row<'a> {
    /// What is no object is a message about which nothing is told.
    fn of(message: Json<'a>) -> Row<'a> {
        fitting(message).unwrap_or_default()
    }

    fn message(self) -> Result<Message<'a>, NotZaqars> {
        Ok(Message { id: self.id().ok_or(NotZaqars)?, age: self.age })
    }

    fn id(&self) -> Option<Text<'a>> {
        match &self.id {
            Some(IfFit(id)) => id.clone(),
            None => Some(last_segment(self.href.0.clone().unwrap_or_default().0)),
        }
    }

    fn claim_id(self) -> Option<Text<'a>> {
        self.claim_in_href().map(|id| Text(id.into())).or(self.claim_id.0)
    }

    fn claim_in_href(&self) -> Option<String> {
        query_value(self.href.0.as_ref()?, "claim_id")
    }
}

fn messages_of<'a>(rows: &[Json<'a>]) -> Result<Vec<Message<'a>>, NotZaqars> {
    rows.iter().map(|row| Row::of(*row).message()).collect()
}

fn claim<'a>(body: Json<'a>, rows: &[Json<'a>]) -> Result<Claim<'a>, NotZaqars> {
    #[derive(Deserialize)]
    struct Times {
        #[serde(deserialize_with = "number")]
        ttl: f64,
        #[serde(deserialize_with = "number")]
        age: f64,
    }
    let Times { ttl, age } = fitting(body)?;
    Ok(Claim { ttl, age, messages: messages_of(rows)? })
}

fn stats(counts: Json<'_>) -> Result<Stats<'_>, NotZaqars> {
    let newest = counts.fields().get("newest").filter(|newest| newest.is_object());
    Ok(Stats { newest: newest.and_then(|newest| Row::of(newest).message().ok()), ..fitting(counts)? })
}

fn next_marker(fields: &Fields<'_>) -> Option<String> {
    let links = fields.get("links")?.items();
    let mut hrefs = links.into_iter().filter_map(|link| link.fields().get("href")?.as_text());
    query_value(&hrefs.find(|href| !href.is_empty())?, "marker")
}

fn query_value(href: &str, key: &str) -> Option<String> {
    let query = href.split('?').nth(1)?;
    let (_, value) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == key)?;
    Some(value.into_owned())
}

fn last_segment(href: Cow<'_, str>) -> Text<'_> {
    fn within(href: &str) -> &str {
        let path = href.find(['?', '#']).map_or(href, |end| &href[..end]);
        path.rfind('/').map_or(path, |slash| &path[slash + 1..])
    }
    Text(match href {
        Cow::Borrowed(href) => Cow::Borrowed(within(href)),
        Cow::Owned(href) => Cow::Owned(within(&href).to_owned()),
    })
}

fn quoted(text: &str) -> String {
    // a text always has a JSON
    serde_json::to_string(text).unwrap_or_default()
}

fn list(items: impl Iterator<Item = String>) -> String {
    joined('[', items, ']')
}

fn joined(open: char, items: impl Iterator<Item = String>, close: char) -> String {
    let mut text = String::from(open);
    for item in items {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&item);
    }
    text.push(close);
    text
}

/// The text with numbers of the same length in the place of `NaN` and `Infinity`, which Python writes bare. No age is such a
/// number, for it has a fraction.
fn readable(text: &str) -> Cow<'_, str> {
    if !contains(text.as_bytes(), b"NaN") && !contains(text.as_bytes(), b"Infinity") {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'"' => end_of_text(&bytes, at),
            byte if is_of_word(byte) => at + bytes[at..].iter().take_while(|byte| is_of_word(**byte)).count(),
            _ => at + 1,
        };
        match &bytes[at..end] {
            b"NaN" => bytes[at..end].copy_from_slice(b"0.5"),
            b"Infinity" => bytes[at..end].copy_from_slice(b"100000.5"),
            b"-Infinity" => bytes[at..end].copy_from_slice(b"-100000.5"),
            _ => {}
        }
        at = end;
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Behind the text that begins here, or behind all if it has no end.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Whether it may stand in a number or a word.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'_')
}
