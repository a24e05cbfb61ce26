//! What is asked of the server, read from a frame or from an HTTP exchange.

use std::borrow::Cow;

use serde::Deserialize;
use zaqar_codec::msgpack::Reader;
use zaqar_web::protocol::exchange::Exchange;

use crate::store::Look;

/// What stands before the number of a request in a queue's name, where nothing else can carry it.
pub const NUMBERED: &str = "x";
/// The body of a message is the number of its request times this, and its place in the post.
pub const BODIES: u32 = 10_000;

#[derive(Debug)]
pub struct Call {
    pub queue: String,
    pub what: What,
}

#[derive(Debug)]
pub enum What {
    Ping,
    Health,
    QueueList { marker: Option<String>, limit: usize },
    Authenticate { token: String },
    QueueCreate,
    QueueGet,
    QueueDelete,
    Purge,
    Share,
    Stats,
    Post(Posted),
    List { marker: Option<String>, look: Look },
    Get { id: String },
    GetMany { ids: Vec<String> },
    Delete { id: String, claim: Option<String> },
    Pop { count: usize },
    ClaimCreate { ttl: u32, limit: usize },
    ClaimGet { claim: String },
    ClaimUpdate { claim: String, ttl: u32, grace: u32 },
    ClaimDelete { claim: String },
    Subscribe { webhook: Option<String> },
    Subscribed { id: String },
    Unsubscribe { id: String },
}

/// Messages to store. All of a post live and are delayed for as long.
#[derive(Debug)]
pub struct Posted {
    pub request: u32,
    /// The place of the first of them in the post of the application.
    pub first: u32,
    pub count: u32,
    pub ttl: u32,
    pub delay: u32,
}

impl Call {
    /// The number of the client's request that asks for this, where it can be told.
    pub fn request(&self) -> Option<u32> {
        match &self.what {
            What::ClaimCreate { ttl, .. } => Some(*ttl - 60),
            What::Subscribe { webhook: Some(url) } => url.rsplit('/').next()?.parse().ok(),
            _ => self.queue.strip_prefix(NUMBERED)?.parse().ok(),
        }
    }
}

/// A message to post.
#[derive(Deserialize)]
struct NewMessage {
    body: u32,
    ttl: u32,
    #[serde(default)]
    delay: u32,
}

/// One after the other, as the application had them.
fn posted(messages: impl IntoIterator<Item = NewMessage>) -> What {
    let mut messages = messages.into_iter();
    let NewMessage { body, ttl, delay } = messages.next().expect("a post has messages");
    let mut count = 1;
    for message in messages {
        assert_eq!(message.body, body + count, "a post keeps the order of its messages, and all of them");
        assert_eq!((message.ttl, message.delay), (ttl, delay), "a message keeps what it has");
        count += 1;
    }
    What::Post(Posted { request: body / BODIES, first: body % BODIES, count, ttl, delay })
}

// ──────────────────────────────────────────────────────────────────────────────────────────────── the socket

/// What a frame asks for: its action, and the body's bytes for the echo.
pub fn on_socket(frame: &[u8]) -> (&str, &[u8], Call) {
    let frame = Reader::new(frame);
    let action = frame.field("action").and_then(Reader::as_text).expect("an action");
    let mut rest = frame.field("body").expect("a body");
    let body = rest;
    let echo = rest.value().expect("a whole body");
    (action, echo, in_frame(action, frame, body))
}

/// The number of the application's request that a frame carries, if it is a post.
pub fn post_in(frame: &[u8]) -> Option<u32> {
    let action = Reader::new(frame).field("action").and_then(Reader::as_text);
    let body = Reader::new(frame).field("body").filter(|_| action == Some("message_post"))?;
    let first = body.field("messages")?.items().next()?;
    Some(number(Reader::new(first), "body")? / BODIES)
}

/// A refusal to renew a claim, or to give it back.
pub struct Refused<'a> {
    pub claim: &'a str,
    pub is_release: bool,
    /// Whether it says that the claim is no more.
    pub is_over: bool,
}

/// The refusal in a reply on the socket, if there is one.
pub fn refused(reply: &[u8]) -> Option<Refused<'_>> {
    let reply = Reader::new(reply);
    let request = reply.field("request")?;
    let action = request.field("action").and_then(Reader::as_text)?;
    let is_release = action == "claim_delete";
    let status = number(reply.field("headers").filter(|_| is_release || action == "claim_update")?, "status")?;
    let is_over = status == 404 || status == 500 && text(reply.field("body")?, "exception")?.contains("NoneType");
    let claim = request.field("body").filter(|_| status >= 300)?.field("claim_id")?.as_text()?;
    Some(Refused { claim, is_release, is_over })
}

fn in_frame(action: &str, frame: Reader<'_>, body: Reader<'_>) -> Call {
    let name = |key| text(body, key).expect("a key that the action needs");
    let what = match action {
        "queue_list" => {
            What::QueueList { marker: text(body, "marker"), limit: number(body, "limit").unwrap_or(10) as usize }
        }
        "authenticate" => {
            let token = frame.field("headers").and_then(|headers| text(headers, "X-Auth-Token"));
            What::Authenticate { token: token.expect("a token") }
        }
        "queue_create" => What::QueueCreate,
        "queue_get" => What::QueueGet,
        "queue_delete" => What::QueueDelete,
        "queue_purge" => What::Purge,
        "queue_get_stats" => What::Stats,
        "message_post" => {
            let messages = body.field("messages").into_iter().flat_map(Reader::items).map(Reader::new);
            posted(messages.map(|message| {
                assert!(message.field("delay").is_none(), "the socket drops delays");
                let number = |key| number(message, key).expect("a message of the simulation");
                NewMessage { body: number("body"), ttl: number("ttl"), delay: 0 }
            }))
        }
        "message_list" => What::List {
            marker: text(body, "marker"),
            look: Look {
                limit: number(body, "limit").unwrap_or(10) as usize,
                echo: is_true(body, "echo"),
                claimed: is_true(body, "include_claimed"),
                delayed: is_true(body, "include_delayed"),
            },
        },
        "message_get" => What::Get { id: name("message_id") },
        "message_get_many" => {
            let ids = body.field("message_ids").into_iter().flat_map(Reader::items);
            What::GetMany { ids: ids.filter_map(|id| Some(Reader::new(id).as_text()?.to_owned())).collect() }
        }
        "message_delete" => What::Delete { id: name("message_id"), claim: text(body, "claim_id") },
        "message_delete_many" => What::Pop { count: number(body, "pop").expect("only pops are simulated") as usize },
        "claim_create" => What::ClaimCreate {
            ttl: number(body, "ttl").expect("a ttl"),
            limit: number(body, "limit").unwrap_or(10) as usize,
        },
        "claim_get" => What::ClaimGet { claim: name("claim_id") },
        "claim_update" => What::ClaimUpdate {
            claim: name("claim_id"),
            ttl: number(body, "ttl").expect("a ttl"),
            grace: number(body, "grace").expect("a grace"),
        },
        "claim_delete" => What::ClaimDelete { claim: name("claim_id") },
        "subscription_create" => What::Subscribe { webhook: text(body, "subscriber") },
        "subscription_get" => What::Subscribed { id: name("subscription_id") },
        "subscription_delete" => What::Unsubscribe { id: name("subscription_id") },
        other => panic!("{other} drops the connection of a real server, or is not simulated"),
    };
    Call { queue: text(body, "queue_name").unwrap_or_default(), what }
}

fn text(body: Reader<'_>, key: &str) -> Option<String> {
    Some(body.field(key)?.as_text()?.to_owned())
}

fn number(body: Reader<'_>, key: &str) -> Option<u32> {
    u32::try_from(body.field(key)?.as_integer()?).ok()
}

fn is_true(body: Reader<'_>, key: &str) -> bool {
    body.field(key).is_some_and(|value| value.rest().first() == Some(&0xc3))
}

// ───────────────────────────────────────────────────────────────────────────────────────────────────── REST

#[derive(Deserialize)]
struct Messages {
    messages: Vec<NewMessage>,
}

#[derive(Deserialize)]
struct Lease {
    ttl: u32,
    grace: u32,
}

#[derive(Deserialize)]
struct Subscription {
    subscriber: Option<String>,
}

/// What an HTTP exchange asks for.
pub fn on_rest(exchange: &Exchange) -> Call {
    let (path, query) = exchange.path.split_once('?').unwrap_or((&exchange.path, ""));
    let query = Query(query);
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let of = |what| Call { queue: String::new(), what };
    let (queue, what) = match (exchange.method, &segments[..]) {
        ("GET", ["v2", "ping"]) => return of(What::Ping),
        ("GET", ["v2", "health"]) => return of(What::Health),
        ("GET", ["v2", "queues"]) => {
            return of(What::QueueList { marker: query.text("marker"), limit: query.number("limit").unwrap_or(10) });
        }
        ("PUT", ["v2", "queues", queue]) => (queue, What::QueueCreate),
        ("GET", ["v2", "queues", queue]) => (queue, What::QueueGet),
        ("DELETE", ["v2", "queues", queue]) => (queue, What::QueueDelete),
        ("GET", ["v2", "queues", queue, "stats"]) => (queue, What::Stats),
        ("POST", ["v2", "queues", queue, "purge"]) => (queue, What::Purge),
        ("POST", ["v2", "queues", queue, "share"]) => (queue, What::Share),
        ("POST", ["v2", "queues", queue, "messages"]) => (queue, posted(document::<Messages>(exchange).messages)),
        ("GET", ["v2", "queues", queue, "messages"]) => (queue, page(query)),
        ("DELETE", ["v2", "queues", queue, "messages"]) => {
            (queue, What::Pop { count: query.number("pop").expect("only pops are simulated") })
        }
        ("GET", ["v2", "queues", queue, "messages", id]) => (queue, What::Get { id: (*id).to_owned() }),
        ("DELETE", ["v2", "queues", queue, "messages", id]) => {
            (queue, What::Delete { id: (*id).to_owned(), claim: query.text("claim_id") })
        }
        ("POST", ["v2", "queues", queue, "claims"]) => {
            let ttl = document::<Lease>(exchange).ttl;
            (queue, What::ClaimCreate { ttl, limit: query.number("limit").unwrap_or(10) })
        }
        ("GET", ["v2", "queues", queue, "claims", claim]) => (queue, What::ClaimGet { claim: (*claim).to_owned() }),
        ("PATCH", ["v2", "queues", queue, "claims", claim]) => {
            let Lease { ttl, grace } = document(exchange);
            (queue, What::ClaimUpdate { claim: (*claim).to_owned(), ttl, grace })
        }
        ("DELETE", ["v2", "queues", queue, "claims", claim]) => {
            (queue, What::ClaimDelete { claim: (*claim).to_owned() })
        }
        ("POST", ["v2", "queues", queue, "subscriptions"]) => {
            (queue, What::Subscribe { webhook: document::<Subscription>(exchange).subscriber })
        }
        other => panic!("Zaqar has no such place, or it is not simulated: {other:?}"),
    };
    Call { queue: (*queue).to_owned(), what }
}

fn document<'a, T: Deserialize<'a>>(exchange: &'a Exchange) -> T {
    assert_eq!(exchange.content_type, "application/json");
    let text = exchange.document.as_deref().expect("an exchange with a document");
    serde_json::from_str(text).expect("the document of the exchange")
}

fn page(query: Query<'_>) -> What {
    match query.text("ids") {
        Some(ids) => What::GetMany { ids: ids.split(',').map(str::to_owned).collect() },
        None => What::List {
            marker: query.text("marker"),
            look: Look {
                limit: query.number("limit").unwrap_or(10),
                echo: query.is_true("echo"),
                claimed: query.is_true("include_claimed"),
                delayed: query.is_true("include_delayed"),
            },
        },
    }
}

#[derive(Clone, Copy)]
struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    fn value(self, key: &str) -> Option<Cow<'a, str>> {
        Some(form_urlencoded::parse(self.0.as_bytes()).find(|(name, _)| name == key)?.1)
    }

    fn text(self, key: &str) -> Option<String> {
        self.value(key).map(Cow::into_owned)
    }

    fn number(self, key: &str) -> Option<usize> {
        self.value(key)?.parse().ok()
    }

    fn is_true(self, key: &str) -> bool {
        self.value(key).is_some_and(|value| value == "true")
    }
}
