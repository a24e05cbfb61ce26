//! The browser, wrapped: WebSocket, `fetch`, timer, clock and the page's life, and the driver that does with them what an
//! engine asks for.
//!
//! Each type unregisters in `Drop` what it has registered. Nothing here assumes a window: all of it works in windows, in
//! dedicated, shared and service workers, and in Node.

mod crash;
mod driver;
mod fetch;
mod listener;
mod page_life;
mod socket;
mod timer;

use wasm_bindgen::prelude::wasm_bindgen;

pub use self::driver::{Application, Driver, Endpoints};
pub use self::fetch::Answer;
pub use self::listener::Listener;
pub use self::socket::ToSend;
pub use self::timer::LONGEST_TIMER;

#[wasm_bindgen]
extern "C" {
    /// The engine's clock: milliseconds that never go back.
    #[wasm_bindgen(js_namespace = performance)]
    pub fn now() -> f64;
}
