//! What JavaScript sees of the crate: [`Options`](options::Options) are read, a [`Connection`](connection::Connection) is made
//! of them, and its methods return promises that Rust settles. All of it is typed by wasm-bindgen, but for frames, which go
//! by the raw path of [`raw`].

mod client;
mod connection;
mod consumer;
mod delay;
mod errors;
mod fields;
mod host;
mod list;
mod metrics;
mod options;
mod pending;
mod raw;
mod signal;
mod steps;
mod token;
mod types;
mod watch;

use std::panic;

use wasm_bindgen::prelude::wasm_bindgen;

/// Called when the module is instantiated.
#[wasm_bindgen(start)]
fn start() {
    panic::set_hook(Box::new(|panic| host::panicked(&panic.to_string())));
}

/// The version of the package that this module belongs to.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Good fit in constant time: memory stays whole in a page that lives for weeks.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
