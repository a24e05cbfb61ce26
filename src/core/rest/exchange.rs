//! From an action to an HTTP request.

use alloc::string::String;
use alloc::vec::Vec;

use super::text::{push_encoded, push_number};
use crate::core::action::Action;
use crate::core::wire::msgpack::{Reader, Writer};

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
/// subscriber (there is no socket to subscribe); also where `body` lacks what the path is made of, which
/// [`check`](crate::core::wire::check::check) refuses before.
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
    let request = match action {
        Action::Authenticate => return None,
        Action::Ping => Request::new("GET", "ping"),
        Action::Health => Request::new("GET", "health"),

        Action::QueueList => Request::new("GET", "queues").page(body).detailed(body),
        Action::QueueCreate => queue("PUT", body)?.with(document(body, "metadata")),
        Action::QueueGet => queue("GET", body)?,
        Action::QueueUpdate => queue("PATCH", body)?.with(document(body, "changes")).typed(JSON_PATCH),
        Action::QueueDelete => queue("DELETE", body)?,
        Action::QueueGetStats => queue("GET", body)?.then("stats"),
        Action::QueuePurge => queue("POST", body)?.then("purge").with(some_of(body, &["resource_types"])),
        Action::QueueShare => {
            // An empty document, not none: REST cannot parse nothing here.
            queue("POST", body)?.then("share").with(Some(members(body, &["paths", "methods", "expires"])))
        }

        Action::MessagePost => queue("POST", body)?.then("messages").with(some_of(body, &["messages"])),
        Action::MessageList => queue("GET", body)?.then("messages").page(body).filters(body),
        Action::MessageGet => queue("GET", body)?.then("messages").named(body, "message_id")?,
        Action::MessageGetMany => queue("GET", body)?.then("messages").ids(body)?,
        Action::MessageDelete => {
            queue("DELETE", body)?.then("messages").named(body, "message_id")?.query_text(body, "claim_id")
        }
        Action::MessageDeleteMany if body.field("pop").is_some() => {
            queue("DELETE", body)?.then("messages").query_number(body, "pop")
        }
        Action::MessageDeleteMany => queue("DELETE", body)?.then("messages").ids(body)?,

        Action::ClaimCreate => {
            queue("POST", body)?.then("claims").query_number(body, "limit").with(some_of(body, &["ttl", "grace"]))
        }
        Action::ClaimGet => queue("GET", body)?.then("claims").named(body, "claim_id")?,
        Action::ClaimUpdate => {
            queue("PATCH", body)?.then("claims").named(body, "claim_id")?.with(Some(members(body, &["ttl", "grace"])))
        }
        Action::ClaimDelete => queue("DELETE", body)?.then("claims").named(body, "claim_id")?,

        Action::SubscriptionCreate => {
            body.field("subscriber")?;
            queue("POST", body)?.then("subscriptions").with(some_of(body, SUBSCRIPTION))
        }
        Action::SubscriptionList => queue("GET", body)?.then("subscriptions").page(body),
        Action::SubscriptionGet => queue("GET", body)?.then("subscriptions").named(body, "subscription_id")?,
        Action::SubscriptionUpdate => queue("PATCH", body)?
            .then("subscriptions")
            .named(body, "subscription_id")?
            .with(some_of(body, SUBSCRIPTION)),
        Action::SubscriptionDelete => queue("DELETE", body)?.then("subscriptions").named(body, "subscription_id")?,

        Action::PoolList => Request::new("GET", "pools").page(body).detailed(body),
        Action::PoolCreate => pool("PUT", body)?.with(some_of(body, POOL)),
        Action::PoolGet => pool("GET", body)?.detailed(body),
        Action::PoolUpdate => pool("PATCH", body)?.with(some_of(body, POOL)),
        Action::PoolDelete => pool("DELETE", body)?,

        Action::FlavorList => Request::new("GET", "flavors").page(body).detailed(body),
        Action::FlavorCreate => flavor("PUT", body)?.with(some_of(body, FLAVOR)),
        Action::FlavorGet => flavor("GET", body)?.detailed(body),
        Action::FlavorUpdate => flavor("PATCH", body)?.with(some_of(body, FLAVOR)),
        Action::FlavorDelete => flavor("DELETE", body)?,
    };
    Some(request.0)
}

const SUBSCRIPTION: &[&str] = &["subscriber", "ttl", "options"];
const POOL: &[&str] = &["uri", "weight", "flavor", "options"];
/// Capabilities are the pools' own: the server takes them from there and refuses a list of them.
const FLAVOR: &[&str] = &["pool_list"];

fn queue(method: &'static str, body: Reader<'_>) -> Option<Request> {
    Request::new(method, "queues").named(body, "queue_name")
}

fn pool(method: &'static str, body: Reader<'_>) -> Option<Request> {
    Request::new(method, "pools").named(body, "pool_name")
}

fn flavor(method: &'static str, body: Reader<'_>) -> Option<Request> {
    Request::new(method, "flavors").named(body, "flavor_name")
}

/// An exchange in the making: path first, then query, then body.
struct Request(Exchange);

impl Request {
    fn new(method: &'static str, collection: &str) -> Request {
        let request = Request(Exchange { method, path: String::from("/v2"), body: None, content_type: None });
        request.then(collection)
    }

    /// One more segment of the path.
    fn then(mut self, segment: &str) -> Request {
        self.0.path.push('/');
        push_encoded(&mut self.0.path, segment);
        self
    }

    /// One more segment of the path: the text that `key` has in the body.
    fn named(self, body: Reader<'_>, key: &str) -> Option<Request> {
        Some(self.then(body.field(key)?.as_text()?))
    }

    /// `limit` and `marker`, where given.
    fn page(self, body: Reader<'_>) -> Request {
        self.query_number(body, "limit").query_text(body, "marker")
    }

    fn detailed(self, body: Reader<'_>) -> Request {
        if is_true(body, "detailed") { self.query("detailed", "true") } else { self }
    }

    /// All three always: what is left out means something else here than on the socket.
    fn filters(self, body: Reader<'_>) -> Request {
        ["echo", "include_claimed", "include_delayed"]
            .into_iter()
            .fold(self, |request, key| request.query(key, if is_true(body, key) { "true" } else { "false" }))
    }

    /// `message_ids` as `ids=a,b`.
    fn ids(self, body: Reader<'_>) -> Option<Request> {
        let mut request = self.query("ids", "");
        for (index, id) in body.field("message_ids")?.items().enumerate() {
            if index > 0 {
                request.0.path.push(',');
            }
            push_encoded(&mut request.0.path, Reader::new(id).as_text()?);
        }
        Some(request)
    }

    fn query_text(self, body: Reader<'_>, key: &str) -> Request {
        match body.field(key).and_then(Reader::as_text) {
            Some(text) => self.query(key, text),
            None => self,
        }
    }

    fn query_number(self, body: Reader<'_>, key: &str) -> Request {
        let Some(number) = body.field(key).and_then(Reader::as_integer) else { return self };
        let mut request = self.query(key, if number < 0 { "-" } else { "" });
        push_number(&mut request.0.path, number.unsigned_abs());
        request
    }

    fn query(mut self, key: &str, value: &str) -> Request {
        let path = &mut self.0.path;
        path.push(if path.contains('?') { '&' } else { '?' });
        path.push_str(key);
        path.push('=');
        push_encoded(path, value);
        self
    }

    fn with(mut self, body: Option<Vec<u8>>) -> Request {
        self.0.content_type = body.as_ref().map(|_| JSON);
        self.0.body = body;
        self
    }

    fn typed(mut self, content_type: &'static str) -> Request {
        self.0.content_type = Some(content_type);
        self
    }
}

fn is_true(body: Reader<'_>, key: &str) -> bool {
    body.field(key).is_some_and(|value| value.rest().first() == Some(&0xc3))
}

/// The value of `key` as the whole document.
fn document(body: Reader<'_>, key: &str) -> Option<Vec<u8>> {
    body.field(key).map(|value| value.rest().to_vec())
}

/// A document of those `keys` that the body has; none if it has none.
fn some_of(body: Reader<'_>, keys: &[&str]) -> Option<Vec<u8>> {
    keys.iter().any(|key| body.field(key).is_some()).then(|| members(body, keys))
}

fn members(body: Reader<'_>, keys: &[&str]) -> Vec<u8> {
    let found = || body.entries().filter(|(key, _)| keys.iter().any(|known| known.as_bytes() == *key));
    let mut document = Writer::new();
    document.map(found().count());
    for (key, value) in found() {
        document.text(core::str::from_utf8(key).unwrap_or_default()).raw(value);
    }
    document.into_bytes()
}
