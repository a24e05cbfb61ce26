//! Replies of both transports: what they are made of, that both mean the same, and that nothing a server sends does harm.

#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a failed helper fails its test")]

mod frames;
mod hostile;
mod http;
mod sentences;

use serde_json::Value as Json;
use zaqar_codec::scan::Scanner;
use zaqar_codec::tape::Value;
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::http::{HttpAnswer, HttpReply};
use zaqar_web::protocol::replies::{NotZaqars, Reply};

/// An HTTP exchange with a real Zaqar.
struct Recorded {
    name: String,
    action: Option<Action>,
    status: u16,
    location: Option<String>,
    /// The body; empty where there was none.
    text: String,
    answer: Json,
    /// What the socket answered to the like: status and body.
    socket: Option<(u16, Json)>,
}

fn recorded() -> Vec<Recorded> {
    include_str!("../fixtures/rest-exchanges.jsonl").lines().map(|line| of_json(&parsed(line))).collect()
}

fn recorded_as(name: &str) -> Recorded {
    recorded().into_iter().find(|exchange| exchange.name == name).unwrap()
}

fn of_json(exchange: &Json) -> Recorded {
    let status = |of: &Json| u16::try_from(of["status"].as_u64().unwrap()).unwrap();
    let answer = exchange["answer"].clone();
    Recorded {
        name: exchange["name"].as_str().unwrap().to_owned(),
        action: exchange["action"].as_str().and_then(Action::from_name),
        status: status(exchange),
        location: exchange["location"].as_str().map(str::to_owned),
        text: if answer.is_null() { String::new() } else { answer.to_string() },
        answer,
        socket: exchange.get("socket").map(|socket| (status(socket), socket["body"].clone())),
    }
}

impl Recorded {
    fn answer(&self) -> HttpAnswer<'_> {
        HttpAnswer::new(self.status, self.location.as_deref(), &self.text)
    }
}

fn parsed(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

fn body_of(reply: &HttpReply<'_>) -> Json {
    parsed(&reply.json().unwrap())
}

/// Does something with a value as it stands on the tape.
fn on_tape<T>(value: &Json, read: impl FnOnce(Value<'_>) -> T) -> T {
    bytes_on_tape(&rmp_serde::to_vec(value).unwrap(), read)
}

fn bytes_on_tape<T>(bytes: &[u8], read: impl FnOnce(Value<'_>) -> T) -> T {
    let mut scanner = Scanner::new();
    scanner.room(bytes.len()).copy_from_slice(bytes);
    scanner.scan_value().unwrap();
    read(scanner.value())
}

fn fits(action: Action, body: &Json) -> bool {
    on_tape(body, |body| {
        let fits = Reply::of_frame(action, Some(body)).is_ok();
        assert_eq!(Reply::fits(action, Some(body)), fits, "{action:?}");
        fits
    })
}

/// The same result as a frame would bring it.
fn assert_same_on_tape(action: Action, body: &Json, reply: &Result<Reply<'_>, NotZaqars>, name: &str) {
    on_tape(body, |body| assert_eq!(Reply::of_frame(action, Some(body)), *reply, "{name}"));
}
