//! The client for OpenStack Zaqar that the npm package `zaqar-web` is made of, without the browser.
//!
//! [`engine`] and [`protocol`] are pure and deterministic: no socket, no clock, no randomness of their own. A driver lends
//! them those. The one for browsers is in `src/browser`, which exists for `wasm32` alone; a native program writes its own
//! around an [`Engine`](engine::Engine), whose module states the contract. A driver is a loop:
//!
//! 1. give a command, or tell what has happened, with the time;
//! 2. do each [`Output`](engine::Output) in order;
//! 3. wake the engine at its [`poll_timeout`](engine::Engine::poll_timeout), which is left out here: all is
//!    answered at once, by what stands in for a Zaqar.
//!
//! ```
//! use serde_json::{Value, json};
//! use zaqar_web::protocol::action::Action;
//! use zaqar_web::engine::{Arrival, Config, Engine, Output, Preference};
//! use zaqar_codec::scan::Scanner;
//!
//! let config = Config { has_socket: true, preference: Preference::Socket, ..Config::for_tests() };
//! let mut engine = Engine::new(config);
//! let mut scanner = Scanner::new();
//! let mut answer = None;
//!
//! engine.start(0.0); // 1
//! let body = rmp_serde::to_vec(&json!({ "queue_name": "orders" })).unwrap();
//! let request = engine.request(0.0, Action::QueueCreate, body, 30_000.0, false);
//! while let Some(output) = engine.poll_output() {
//!     match output { // 2
//!         Output::Connect(link) => engine.handle_open(1.0, link),
//!         Output::Send(link, frame) => {
//!             let sent: Value = rmp_serde::from_slice(&frame).unwrap();
//!             let reply = json!({ "request": sent, "headers": { "status": 201 }, "body": {} });
//!             let bytes = rmp_serde::to_vec(&reply).unwrap();
//!             scanner.room(bytes.len()).copy_from_slice(&bytes);
//!             let envelope = scanner.scan().unwrap();
//!             let arrival = engine.handle_frame(2.0, link, bytes.len(), envelope, &scanner);
//!             if let Arrival::Reply(id, status) = arrival {
//!                 answer = Some((id, status));
//!             }
//!         }
//!         _ => {} // what the user of the client is told
//!     }
//! }
//! assert_eq!(answer, Some((request, 201)));
//! ```
//!
//! Bodies go in and come out as MessagePack; [`zaqar_codec`] has the scanner that finds what the engine needs in a frame.
//! Over REST the engine names the action and its body, in the socket's shape; the driver makes HTTP of it (`js/rest.ts`).

pub mod engine;
pub mod protocol;

#[cfg(target_arch = "wasm32")]
mod api;
#[cfg(target_arch = "wasm32")]
mod browser;
