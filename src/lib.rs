//! Browser client for OpenStack Zaqar.
//!
//! [`core`] is the client itself, pure and deterministic; it builds and is tested natively. The bindings that turn it
//! into the npm package exist for `wasm32` alone.

// Without std, whose panics format texts that nobody reads in a browser: they were a third of the download.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

pub mod core;

#[cfg(target_arch = "wasm32")]
mod bindings;
