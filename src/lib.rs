//! Browser client for OpenStack Zaqar.
//!
//! [`core`] is the client itself, pure and deterministic; it builds and is tested natively. The browser layer and the
//! bindings that turn it into the npm package exist for `wasm32` alone.

extern crate alloc;

pub mod core;

#[cfg(target_arch = "wasm32")]
mod bindings;
#[cfg(target_arch = "wasm32")]
mod browser;
