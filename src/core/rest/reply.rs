//! From REST's answers to the socket's.

use alloc::string::String;
use alloc::vec::Vec;

use super::text::{last_segment, query_value};
use crate::core::action::Action;
use crate::core::error::text_of;
use crate::core::wire::msgpack::{Reader, Token, Writer};

/// An answer in the socket's shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP's status, or what the socket would have said
    pub status: u16,
    /// MessagePack: the result, or `{error: text}` (an empty map where the server gave no reason)
    pub body: Vec<u8>,
    /// where the next page starts; only REST tells, and on MongoDB it is the only way to page
    pub next_marker: Option<String>,
}

/// `{messages: []}`
const NO_MESSAGES: &[u8] = b"\x81\xa8messages\x90";
/// `{claim_id: nil, messages: []}`: the id that the server makes up when there is nothing to claim is of no use.
const NO_CLAIM: &[u8] = b"\x82\xa8claim_id\xc0\xa8messages\x90";
/// `{}`
const NOTHING: &[u8] = b"\x80";

/// What the socket would have answered, made of REST's answer.
///
/// `location` is the header of that name; `body` the JSON document as MessagePack, empty where there is none.
///
/// ```
/// use zaqar_web::core::{action::Action, rest::reply, wire::msgpack::Writer};
///
/// let mut posted = Writer::new();
/// posted.map(1).text("resources").array(1).text("/v2/queues/fax/messages/7b1e");
/// let reply = reply(Action::MessagePost, 201, None, &posted.into_bytes());
///
/// let mut ids = Writer::new();
/// ids.map(1).text("message_ids").array(1).text("7b1e");
/// assert_eq!((reply.status, reply.body), (201, ids.into_bytes()));
/// ```
pub fn reply(action: Action, status: u16, location: Option<&str>, body: &[u8]) -> Reply {
    let answer = Reader::new(body);
    if !(200..300).contains(&status) {
        // Only a sentence about messages means that there are none. Without it there is no such place: a signature
        // that is not accepted, or an endpoint that is not Zaqar's.
        if action == Action::MessageGetMany && status == 404 && answer.field("description").is_some() {
            return Reply { status: 200, body: NO_MESSAGES.to_vec(), next_marker: None };
        }
        return Reply { status, body: failure(body), next_marker: None };
    }
    let mut shaped = Writer::new();
    match action {
        Action::MessagePost => message_ids(&mut shaped, answer),
        Action::MessageList | Action::MessageGetMany => list(&mut shaped, answer, "messages", message),
        Action::MessageDeleteMany if answer.field("messages").is_some() => {
            list(&mut shaped, answer, "messages", message);
        }
        Action::MessageGet => {
            shaped.map(1).text("messages");
            message(&mut shaped, answer);
        }
        Action::ClaimCreate if status == 204 => {
            shaped.raw(NO_CLAIM);
        }
        Action::ClaimCreate => claim_created(&mut shaped, location, answer),
        Action::ClaimGet => {
            shaped.map(1 + kept(answer, CLAIM).count());
            copy(&mut shaped, answer, CLAIM);
            items(&mut shaped, answer, "messages", message);
        }
        Action::QueueGetStats => stats(&mut shaped, answer),
        Action::QueueList => list(&mut shaped, answer, "queues", without_href),
        Action::PoolList => list(&mut shaped, answer, "pools", without_href),
        Action::FlavorList => list(&mut shaped, answer, "flavors", without_href),
        Action::PoolGet | Action::FlavorGet => without_href(&mut shaped, answer),
        Action::SubscriptionList => list(&mut shaped, answer, "subscriptions", |shaped, subscription| {
            shaped.raw(subscription.rest());
        }),
        _ => {
            shaped.raw(if body.is_empty() { NOTHING } else { body });
        }
    }
    Reply { status, body: shaped.into_bytes(), next_marker: next_marker(answer) }
}

/// `{error: text}` of any error's body.
fn failure(body: &[u8]) -> Vec<u8> {
    let Some(text) = text_of(body) else { return NOTHING.to_vec() };
    let mut shaped = Writer::new();
    shaped.map(1).text("error").text(text);
    shaped.into_bytes()
}

/// `{resources: [href]}` to `{message_ids: [id]}`
fn message_ids(shaped: &mut Writer, answer: Reader<'_>) {
    let hrefs = answer.field("resources").unwrap_or(Reader::new(&[]));
    shaped.map(1).text("message_ids").array(hrefs.items().count());
    for href in hrefs.items() {
        shaped.text(&Reader::new(href).as_text().and_then(last_segment).unwrap_or_default());
    }
}

/// `{key: items}`, and nothing of what stands beside the list.
fn list(shaped: &mut Writer, answer: Reader<'_>, key: &str, shape: fn(&mut Writer, Reader<'_>)) {
    shaped.map(1);
    items(shaped, answer, key, shape);
}

fn items(shaped: &mut Writer, answer: Reader<'_>, key: &str, shape: fn(&mut Writer, Reader<'_>)) {
    let list = answer.field(key).unwrap_or(Reader::new(&[]));
    shaped.text(key).array(list.items().count());
    for item in list.items() {
        shape(shaped, Reader::new(item));
    }
}

const CLAIM: &[&str] = &["href", "messages"];
const MESSAGE: &[&str] = &["id", "href", "claim_id"];

/// A message: `id` and `claim_id` where the socket has them, the rest as it is. REST has the id in `href` at least,
/// and there, unlike the socket, also the claim of a message that is only listed.
fn message(shaped: &mut Writer, message: Reader<'_>) {
    let href = message.field("href").and_then(Reader::as_text).unwrap_or_default();
    shaped.map(2 + kept(message, MESSAGE).count()).text("id");
    match message.field("id") {
        Some(id) => shaped.raw(id.rest()),
        None => shaped.text(&last_segment(href).unwrap_or_default()),
    };
    shaped.text("claim_id");
    match (message.field("claim_id"), query_value(href, "claim_id")) {
        (_, Some(claim_id)) => shaped.text(&claim_id),
        (Some(claim_id), None) => shaped.raw(claim_id.rest()),
        (None, None) => shaped.nil(),
    };
    copy(shaped, message, MESSAGE);
}

/// The claim's id stands in `Location`, which a server without the right CORS settings hides, and in each message.
fn claim_created(shaped: &mut Writer, location: Option<&str>, answer: Reader<'_>) {
    let from_message = || {
        let first = answer.field("messages")?.items().next()?;
        query_value(Reader::new(first).field("href")?.as_text()?, "claim_id")
    };
    shaped.map(2).text("claim_id");
    match location.and_then(last_segment).or_else(from_message) {
        Some(id) => shaped.text(&id),
        None => shaped.nil(),
    };
    items(shaped, answer, "messages", message);
}

/// `{messages: {claimed, free, total, oldest, newest}}`, the last two like messages.
fn stats(shaped: &mut Writer, answer: Reader<'_>) {
    let Some(counts) = answer.field("messages") else {
        shaped.raw(answer.rest());
        return;
    };
    shaped.map(1).text("messages").map(counts.entries().count());
    for (key, value) in counts.entries() {
        shaped.raw_text(key);
        if matches!(Reader::new(value).token(), Some(Token::Map(_))) {
            message(shaped, Reader::new(value));
        } else {
            shaped.raw(value);
        }
    }
}

fn without_href(shaped: &mut Writer, item: Reader<'_>) {
    shaped.map(kept(item, &["href"]).count());
    copy(shaped, item, &["href"]);
}

/// The pairs of a map but for those of some keys.
fn kept<'a>(map: Reader<'a>, left_out: &'static [&'static str]) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    map.entries().filter(move |(key, _)| !left_out.iter().any(|name| name.as_bytes() == *key))
}

fn copy(shaped: &mut Writer, map: Reader<'_>, left_out: &'static [&'static str]) {
    for (key, value) in kept(map, left_out) {
        shaped.raw_text(key).raw(value);
    }
}

fn next_marker(answer: Reader<'_>) -> Option<String> {
    answer.field("links")?.items().find_map(|link| query_value(Reader::new(link).field("href")?.as_text()?, "marker"))
}
