//! From an action to an HTTP request.

use alloc::string::String;
use alloc::vec::Vec;

use super::text::{push_encoded, push_number};
use crate::core::action::Action;
use crate::core::wire::msgpack::{Reader, Token, Writer};

const JSON: &str = "application/json";
const JSON_PATCH: &str = "application/openstack-messaging-v2.0-json-patch";

/// An HTTP request, all but its origin and the headers that every request has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// GET, POST, PUT, PATCH or DELETE
    pub method: &'static str,
    /// from `/v2/` on, percent-encoded, with its query
    pub path: String,
    /// MessagePack of the JSON document to send
    pub body: Option<Vec<u8>>,
    /// the `Content-Type` of the body
    pub content_type: Option<&'static str>,
}

/// The HTTP request that does what `action` with this `body` does on the socket.
///
/// `None` for what REST cannot do: `authenticate` (each request carries its token) and a `subscription_create` without
/// subscriber (there is no socket to subscribe); also where `body` lacks what the path is made of.
///
/// ```
/// use zaqar_web::core::{action::Action, rest::exchange, wire::msgpack::Writer};
///
/// let mut body = Writer::new();
/// body.map(2).text("queue_name").text("fax").text("limit").number(5);
/// let request = exchange(Action::MessageList, &body.into_bytes()).unwrap();
/// assert_eq!(request.method, "GET");
/// assert_eq!(
///     request.path,
///     "/v2/queues/fax/messages?limit=5&echo=false&include_claimed=false&include_delayed=false"
/// );
/// ```
pub fn exchange(action: Action, body: &[u8]) -> Option<Exchange> {
    let body = Reader::new(body);
    let mut columns = RULES.split(|byte| *byte == b'\n').nth(action as usize)?.split(|byte| *byte == b' ');
    let method = core::str::from_utf8(columns.next()?).ok().filter(|method| !method.is_empty())?;
    let path = path(columns.next()?, columns.next()?, body)?;
    let content_type = if action == Action::QueueUpdate { JSON_PATCH } else { JSON };
    let body = document(columns.next()?, body);
    // A subscription without subscriber would be the socket's own, and a list of no ids would be all.
    match action {
        Action::SubscriptionCreate if body.is_none() || Reader::new(body.as_deref()?).field("subscriber").is_none() => {
            None
        }
        Action::MessageGetMany | Action::MessageDeleteMany if !path.contains(&b'?') => None,
        _ => Some(Exchange {
            method,
            path: String::from_utf8(path).ok()?,
            content_type: body.as_ref().map(|_| content_type),
            body,
        }),
    }
}

/// One line for each action, in their order: method, path, query, document.
///
/// In the path `:key` stands for the text that the key has in the body. The query has those keys that the body has; with
/// `!` it has the key always, for what is left out means something else here than on the socket. The document is
/// `=key`, the value of that key; or a map of those keys that the body has, and with `!` an empty one if it has none (REST
/// cannot parse nothing there). `capabilities` of a flavor are in none: the server takes them from the pools and refuses
/// a list of them.
const RULES: &[u8] = b"\
GET ping  \n\
\n\
PUT queues/:queue_name  =metadata\n\
GET queues limit,marker,detailed \n\
GET queues/:queue_name  \n\
GET queues/:queue_name/stats  \n\
DELETE queues/:queue_name  \n\
POST queues/:queue_name/purge  resource_types\n\
POST queues/:queue_name/messages  messages\n\
GET queues/:queue_name/messages limit,marker,!echo,!include_claimed,!include_delayed \n\
GET queues/:queue_name/messages/:message_id  \n\
GET queues/:queue_name/messages message_ids \n\
DELETE queues/:queue_name/messages/:message_id claim_id \n\
DELETE queues/:queue_name/messages message_ids,pop \n\
POST queues/:queue_name/claims limit ttl,grace\n\
GET queues/:queue_name/claims/:claim_id  \n\
PATCH queues/:queue_name/claims/:claim_id  !ttl,grace\n\
DELETE queues/:queue_name/claims/:claim_id  \n\
POST queues/:queue_name/subscriptions  subscriber,ttl,options\n\
GET queues/:queue_name/subscriptions limit,marker \n\
GET queues/:queue_name/subscriptions/:subscription_id  \n\
DELETE queues/:queue_name/subscriptions/:subscription_id  \n\
PATCH queues/:queue_name  =changes\n\
POST queues/:queue_name/share  !paths,methods,expires\n\
PATCH queues/:queue_name/subscriptions/:subscription_id  subscriber,ttl,options\n\
GET health  \n\
PUT pools/:pool_name  uri,weight,flavor,options\n\
GET pools limit,marker,detailed \n\
GET pools/:pool_name detailed \n\
PATCH pools/:pool_name  uri,weight,flavor,options\n\
DELETE pools/:pool_name  \n\
PUT flavors/:flavor_name  pool_list\n\
GET flavors limit,marker,detailed \n\
GET flavors/:flavor_name detailed \n\
PATCH flavors/:flavor_name  pool_list\n\
DELETE flavors/:flavor_name  ";

/// `None` where the body lacks a text that the path is made of.
fn path(segments: &[u8], query: &[u8], body: Reader<'_>) -> Option<Vec<u8>> {
    let mut path = b"/v2".to_vec();
    for segment in segments.split(|byte| *byte == b'/') {
        path.push(b'/');
        match segment.strip_prefix(b":") {
            Some(key) => push_encoded(&mut path, body.value_of(key)?.as_text()?.as_bytes()),
            None => path.extend(segment),
        }
    }
    let mut sign = b'?';
    for key in keys(query) {
        let (key, always) = unmarked(key);
        let Some(value) = value(body, key, always) else { continue };
        path.push(sign);
        path.extend(if key == b"message_ids" { b"ids" } else { key });
        path.push(b'=');
        path.extend(value);
        sign = b'&';
    }
    Some(path)
}

/// A value in a query: of a list, the texts with commas between.
fn value(body: Reader<'_>, key: &[u8], always: bool) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let found = body.value_of(key);
    match found.and_then(|mut value| value.token()) {
        Some(Token::Integer(number)) => {
            if number < 0 {
                text.push(b'-');
            }
            push_number(&mut text, number.unsigned_abs());
        }
        Some(Token::Text(value)) => push_encoded(&mut text, value),
        Some(Token::Boolean(true)) => text.extend(b"true"),
        Some(Token::Array(_)) => {
            for id in found?.items() {
                if !text.is_empty() {
                    text.push(b',');
                }
                push_encoded(&mut text, Reader::new(id).as_text()?.as_bytes());
            }
        }
        _ if always => text.extend(b"false"),
        _ => return None,
    }
    Some(text)
}

fn document(rule: &[u8], body: Reader<'_>) -> Option<Vec<u8>> {
    if let Some(key) = rule.strip_prefix(b"=") {
        return body.value_of(key).map(|value| value.rest().to_vec());
    }
    let (rule, always) = unmarked(rule);
    let mut count = 0;
    let mut entries = Writer::new();
    for (key, value) in body.entries() {
        if keys(rule).any(|known| known == key) {
            count += 1;
            entries.raw_text(key).raw(value);
        }
    }
    let mut document = Writer::new();
    document.map(count).raw(&entries.into_bytes());
    (count > 0 || always).then(|| document.into_bytes())
}

fn keys(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| *byte == b',').filter(|key| !key.is_empty())
}

fn unmarked(rule: &[u8]) -> (&[u8], bool) {
    match rule.strip_prefix(b"!") {
        Some(rule) => (rule, true),
        None => (rule, false),
    }
}
