//! The client for OpenStack Zaqar that the npm package `zaqar-web` is made of, without the browser.
//!
//! [`engine`] and [`protocol`] are pure and deterministic: no socket, no clock, no randomness of their own. A driver lends
//! them those. The one for browsers is in `src/browser`, which exists for `wasm32` alone. A native program writes its own
//! around an [`Engine`](engine::Engine), whose module states the contract; `examples/native` does so with tokio. A driver is a
//! loop:
//!
//! 1. give a command, or tell what has happened, with the time;
//! 2. do each [`Output`](engine::Output) in order;
//! 3. wait for the network until [`poll_timeout`](engine::Engine::poll_timeout), then begin again.
//!
//! Requests are structs of [`protocol::request`]. What arrives goes through the [`Scanner`](zaqar_codec::scan::Scanner), or, over
//! REST, through [`HttpAnswer`](protocol::http::HttpAnswer), to the engine, which says by an [`Arrival`](engine::Arrival) for whom
//! it is. Its values are read by serde where they lie.
//!
//! Here all is answered at once, by what stands in for a Zaqar, so that nothing waits:
//!
//! ```
//! use serde::Deserialize;
//! use serde_json::{Value, json};
//! use zaqar_codec::scan::Scanner;
//! use zaqar_web::engine::{Arrival, Config, Engine, Output};
//! use zaqar_web::protocol::http::HttpAnswer;
//! use zaqar_web::protocol::opaque::Opaque;
//! use zaqar_web::protocol::request::{MessagePost, NewMessage};
//!
//! #[derive(Debug, PartialEq, Deserialize)]
//! struct Posted {
//!     message_ids: Vec<String>,
//! }
//!
//! let message = NewMessage { body: Opaque::of(&"tea").unwrap(), ..NewMessage::default() };
//! for has_socket in [true, false] {
//!     let config = Config::new("a3fd2e1c-8f9b-4d0a-9c58-3a5b7c9d1e2f", "project");
//!     let mut engine = Engine::new(Config { has_socket, has_rest: !has_socket, ..config });
//!     let (mut scanner, mut answer) = (Scanner::new(), None);
//!
//!     engine.start(0.0); // 1
//!     let request = engine.request(0.0, MessagePost::new("orders", [message.clone()]), 30_000.0, false).unwrap();
//!     while let Some(output) = engine.poll_output() {
//!         match output { // 2
//!             Output::Connect(link) => engine.handle_open(1.0, link),
//!             Output::Send(link, frame) => {
//!                 let sent: Value = rmp_serde::from_slice(&frame).unwrap();
//!                 let reply = json!({ "request": sent, "headers": { "status": 201 }, "body": { "message_ids": ["7"] } });
//!                 let bytes = rmp_serde::to_vec(&reply).unwrap();
//!                 let envelope = scanner.read(&bytes).unwrap();
//!                 if let Arrival::Reply(id, _) = engine.handle_frame(2.0, link, bytes.len(), envelope, &scanner) {
//!                     answer = Some((id, Posted::deserialize(scanner.body().unwrap()).unwrap()));
//!                 }
//!             }
//!             Output::Fetch(link, action, exchange) => {
//!                 let (status, text) = match exchange.method {
//!                     "GET" => (204, ""), // a probe whether REST answers
//!                     _ => (201, r#"{"resources":["/v2/queues/orders/messages/7"]}"#),
//!                 };
//!                 let http = HttpAnswer::new(status, None, text);
//!                 let reply = http.read(action);
//!                 if let Arrival::Reply(id, _) = engine.handle_http(2.0, link, &reply, None) {
//!                     answer = Some((id, serde_json::from_str(&reply.json().unwrap()).unwrap()));
//!                 }
//!             }
//!             _ => {} // what the user of the client is told
//!         }
//!     }
//!     assert_eq!(answer, Some((request, Posted { message_ids: vec!["7".into()] })));
//! }
//! ```
//!
//! Bodies of the application are not looked into: [`Opaque`](protocol::opaque::Opaque) has their bytes.

pub mod engine;
pub mod protocol;

#[cfg(target_arch = "wasm32")]
mod api;
#[cfg(target_arch = "wasm32")]
mod browser;
