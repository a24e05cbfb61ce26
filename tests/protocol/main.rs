//! Requests: what is sent on the socket and over REST, what is refused, and how posts are split.

#![expect(clippy::unwrap_used, reason = "a failed helper fails its test")]

mod exchange;
mod hostile;
mod json;
mod limits;
mod recorded;
mod requests;
mod split;
mod strategies;

use serde_json::Value;
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::limits::{Refusal, Rules};
use zaqar_web::protocol::opaque::Opaque;
use zaqar_web::protocol::request::{MessagePost, Request};

/// As JavaScript's encoder writes it.
fn message_pack(value: &Value) -> Vec<u8> {
    rmp_serde::to_vec(value).unwrap()
}

fn opaque(value: Value) -> Opaque {
    Opaque::new(message_pack(&value)).unwrap()
}

fn read(action: Action, body: &Value) -> Result<Request, Refusal> {
    read_by(action, body, &Rules::default())
}

/// What Zaqar allows unless it is configured otherwise.
fn usual() -> Rules {
    Rules {
        allows_dots: false,
        max_message_ttl: Some(1_209_600),
        max_message_delay: Some(900),
        max_claim_ttl: Some(43_200),
        max_claim_grace: Some(43_200),
        max_messages_per_page: Some(20),
        max_messages_per_claim_or_pop: Some(20),
        max_queues_per_page: Some(20),
        max_subscriptions_per_page: Some(20),
        max_pools_per_page: Some(20),
        max_flavors_per_page: Some(20),
        max_queue_metadata: Some(65_536),
        max_messages_post_size: Some(262_144),
    }
}

fn read_by(action: Action, body: &Value, rules: &Rules) -> Result<Request, Refusal> {
    Request::read(action, &message_pack(body), rules)
}

fn written(request: &Request) -> Vec<u8> {
    let mut body = Vec::new();
    request.write(&mut body);
    body
}

/// A post of these messages, as JavaScript encodes them.
fn post(messages: Vec<Value>) -> MessagePost {
    let mut post = MessagePost::new("q", []);
    post.messages = opaque(messages.into());
    post
}

/// The lines of a fixture.
fn fixture(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
