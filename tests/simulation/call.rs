//! What is asked of the server, read from a frame or from what is asked over REST.

use zaqar_codec::msgpack::Reader;
use zaqar_web::protocol::action::Action;

use crate::store::Look;

/// What stands before the number of a request in a queue's name, where nothing else can carry it.
pub const NUMBERED: &str = "x";

#[derive(Debug)]
pub struct Call {
    pub queue: String,
    pub what: What,
}

#[derive(Debug)]
pub enum What {
    Ping,
    Health,
    QueueList,
    Authenticate { token: String },
    QueueCreate,
    QueueGet,
    QueueDelete,
    Stats,
    Post { request: u32, messages: usize, ttl: u32 },
    List { marker: Option<String>, look: Look },
    Get { id: String },
    GetMany { ids: Vec<String> },
    Delete { id: String, claim: Option<String> },
    Pop { count: usize },
    ClaimCreate { ttl: u32, limit: usize },
    ClaimUpdate { claim: String, ttl: u32, grace: u32 },
    ClaimDelete { claim: String },
    Subscribe { webhook: Option<String> },
    Subscribed { id: String },
    Unsubscribe { id: String },
}

impl Call {
    /// The number of the client's request that asks for this, where it can be told.
    pub fn request(&self) -> Option<u32> {
        match &self.what {
            What::Post { request, .. } => Some(*request),
            What::ClaimCreate { ttl, .. } => Some(*ttl - 60),
            What::Subscribe { webhook: Some(url) } => url.rsplit('/').next()?.parse().ok(),
            _ => self.queue.strip_prefix(NUMBERED)?.parse().ok(),
        }
    }
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

fn post(body: Reader<'_>) -> What {
    let messages: Vec<Reader<'_>> =
        body.field("messages").into_iter().flat_map(Reader::items).map(Reader::new).collect();
    What::Post {
        request: messages.first().and_then(|first| number(*first, "body")).expect("a post of the simulation"),
        messages: messages.len(),
        ttl: messages.first().and_then(|first| number(*first, "ttl")).unwrap_or(3_600),
    }
}

/// What a frame asks for: its action, and the body's bytes for the echo.
pub fn on_socket(frame: &[u8]) -> (&str, &[u8], Call) {
    let frame = Reader::new(frame);
    let action = frame.field("action").and_then(Reader::as_text).expect("an action");
    let mut rest = frame.field("body").expect("a body");
    let body = rest;
    let echo = rest.value().expect("a whole body");
    (action, echo, call(action, frame, body))
}

/// The claim whose renewal a reply refuses, for it is no more.
pub fn refused_renewal(reply: &[u8]) -> Option<&str> {
    let reply = Reader::new(reply);
    let request = reply.field("request")?;
    let is_renewal = request.field("action").and_then(Reader::as_text) == Some("claim_update");
    let status = reply.field("headers").filter(|_| is_renewal).and_then(|headers| number(headers, "status"))?;
    let is_over = status == 404 || status == 500 && text(reply.field("body")?, "exception")?.contains("NoneType");
    request.field("body").filter(|_| is_over)?.field("claim_id")?.as_text()
}

/// What is asked over REST: the action, and its body in the shape that the socket takes.
pub fn on_rest(action: Action, body: &[u8]) -> Call {
    let body = Reader::new(body);
    match action {
        Action::Ping => Call { queue: String::new(), what: What::Ping },
        Action::Health => Call { queue: String::new(), what: What::Health },
        _ => call(action.name(), body, body),
    }
}

fn call(action: &str, frame: Reader<'_>, body: Reader<'_>) -> Call {
    let name = |key| text(body, key).expect("a key that the action needs");
    let what = match action {
        "queue_list" => What::QueueList,
        "authenticate" => {
            let token = frame.field("headers").and_then(|headers| text(headers, "X-Auth-Token"));
            What::Authenticate { token: token.expect("a token") }
        }
        "queue_create" => What::QueueCreate,
        "queue_get" => What::QueueGet,
        "queue_delete" => What::QueueDelete,
        "queue_get_stats" => What::Stats,
        "message_post" => post(body),
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
        "message_get_many" => What::GetMany {
            ids: body
                .field("message_ids")
                .into_iter()
                .flat_map(Reader::items)
                .filter_map(|id| Some(Reader::new(id).as_text()?.to_owned()))
                .collect(),
        },
        "message_delete" => What::Delete { id: name("message_id"), claim: text(body, "claim_id") },
        "message_delete_many" => What::Pop { count: number(body, "pop").expect("only pops are simulated") as usize },
        "claim_create" => What::ClaimCreate {
            ttl: number(body, "ttl").expect("a ttl"),
            limit: number(body, "limit").unwrap_or(10) as usize,
        },
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
