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
    let body = match action {
        Action::MessagePost => message_ids(answer),
        Action::MessageList | Action::MessageGetMany => messages(answer, "messages"),
        Action::MessageDeleteMany if answer.field("messages").is_some() => messages(answer, "messages"),
        Action::MessageGet => {
            let mut shaped = Writer::new();
            shaped.map(1).text("messages");
            message(&mut shaped, answer);
            shaped.into_bytes()
        }
        Action::ClaimCreate if status == 204 => NO_CLAIM.to_vec(),
        Action::ClaimCreate => claim_created(location, answer),
        Action::ClaimGet => claim(answer),
        Action::QueueGetStats => stats(answer),
        Action::QueueList => named(answer, "queues"),
        Action::PoolList => named(answer, "pools"),
        Action::FlavorList => named(answer, "flavors"),
        Action::PoolGet | Action::FlavorGet => {
            let mut shaped = Writer::new();
            without_href(&mut shaped, answer);
            shaped.into_bytes()
        }
        Action::SubscriptionList => {
            let mut shaped = Writer::new();
            shaped.map(1).text("subscriptions");
            match answer.field("subscriptions") {
                Some(list) => shaped.raw(list.rest()),
                None => shaped.array(0),
            };
            shaped.into_bytes()
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
        | Action::MessageDeleteMany
        | Action::ClaimUpdate
        | Action::ClaimDelete
        | Action::SubscriptionCreate
        | Action::SubscriptionGet
        | Action::SubscriptionDelete
        | Action::SubscriptionUpdate
        | Action::Health
        | Action::PoolCreate
        | Action::PoolUpdate
        | Action::PoolDelete
        | Action::FlavorCreate
        | Action::FlavorUpdate
        | Action::FlavorDelete => if body.is_empty() { NOTHING } else { body }.to_vec(),
    };
    Reply { status, body, next_marker: next_marker(answer) }
}

/// `{error: text}` of any error's body.
fn failure(body: &[u8]) -> Vec<u8> {
    let Some(text) = text_of(body) else { return NOTHING.to_vec() };
    let mut shaped = Writer::new();
    shaped.map(1).text("error").text(text);
    shaped.into_bytes()
}

/// `{resources: [href]}` to `{message_ids: [id]}`
fn message_ids(answer: Reader<'_>) -> Vec<u8> {
    let resources: Vec<&[u8]> = answer.field("resources").into_iter().flat_map(Reader::items).collect();
    let mut shaped = Writer::new();
    shaped.map(1).text("message_ids").array(resources.len());
    for href in resources {
        shaped.text(&Reader::new(href).as_text().and_then(last_segment).unwrap_or_default());
    }
    shaped.into_bytes()
}

fn messages(answer: Reader<'_>, key: &str) -> Vec<u8> {
    let mut shaped = Writer::new();
    shaped.map(1).text(key);
    each_message(&mut shaped, answer.field(key));
    shaped.into_bytes()
}

fn each_message(shaped: &mut Writer, list: Option<Reader<'_>>) {
    let list: Vec<&[u8]> = list.into_iter().flat_map(Reader::items).collect();
    shaped.array(list.len());
    for item in list {
        message(shaped, Reader::new(item));
    }
}

/// A message: `id` and `claim_id` where the socket has them, the rest as it is. REST has the id in `href` at least,
/// and there, unlike the socket, also the claim of a message that is only listed.
fn message(shaped: &mut Writer, message: Reader<'_>) {
    let href = message.field("href").and_then(Reader::as_text).unwrap_or_default();
    let others = || message.entries().filter(|(key, _)| ![&b"id"[..], b"href", b"claim_id"].contains(key));
    shaped.map(2 + others().count()).text("id");
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
    for (key, value) in others() {
        entry(shaped, key, value);
    }
}

/// The claim's id stands in `Location`, which a server without the right CORS settings hides, and in each message.
fn claim_created(location: Option<&str>, answer: Reader<'_>) -> Vec<u8> {
    let from_message = || {
        let first = answer.field("messages")?.items().next()?;
        query_value(Reader::new(first).field("href")?.as_text()?, "claim_id")
    };
    let mut shaped = Writer::new();
    shaped.map(2).text("claim_id");
    match location.and_then(last_segment).or_else(from_message) {
        Some(id) => shaped.text(&id),
        None => shaped.nil(),
    };
    shaped.text("messages");
    each_message(&mut shaped, answer.field("messages"));
    shaped.into_bytes()
}

fn claim(answer: Reader<'_>) -> Vec<u8> {
    let others = || answer.entries().filter(|(key, _)| *key != b"href" && *key != b"messages");
    let mut shaped = Writer::new();
    shaped.map(others().count() + 1);
    for (key, value) in others() {
        entry(&mut shaped, key, value);
    }
    shaped.text("messages");
    each_message(&mut shaped, answer.field("messages"));
    shaped.into_bytes()
}

/// `{messages: {claimed, free, total, oldest, newest}}`, the last two like messages.
fn stats(answer: Reader<'_>) -> Vec<u8> {
    let mut shaped = Writer::new();
    shaped.map(1).text("messages");
    let Some(counts) = answer.field("messages") else { return answer.rest().to_vec() };
    shaped.map(counts.entries().count());
    for (key, value) in counts.entries() {
        if matches!(Reader::new(value).token(), Some(Token::Map(_))) {
            entry(&mut shaped, key, &[]);
            message(&mut shaped, Reader::new(value));
        } else {
            entry(&mut shaped, key, value);
        }
    }
    shaped.into_bytes()
}

/// A list of things that have names: without their `href`, and without what stands beside the list.
fn named(answer: Reader<'_>, key: &str) -> Vec<u8> {
    let list: Vec<&[u8]> = answer.field(key).into_iter().flat_map(Reader::items).collect();
    let mut shaped = Writer::new();
    shaped.map(1).text(key).array(list.len());
    for item in list {
        without_href(&mut shaped, Reader::new(item));
    }
    shaped.into_bytes()
}

fn without_href(shaped: &mut Writer, item: Reader<'_>) {
    let others = || item.entries().filter(|(key, _)| *key != b"href");
    shaped.map(others().count());
    for (key, value) in others() {
        entry(shaped, key, value);
    }
}

fn entry(shaped: &mut Writer, key: &[u8], value: &[u8]) {
    shaped.text(core::str::from_utf8(key).unwrap_or_default()).raw(value);
}

fn next_marker(answer: Reader<'_>) -> Option<String> {
    answer.field("links")?.items().find_map(|link| query_value(Reader::new(link).field("href")?.as_text()?, "marker"))
}
