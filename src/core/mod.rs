//! The client without a browser: no socket, no clock, no randomness of its own.

pub mod action;
pub mod engine;
pub mod error;
pub mod id;
pub mod listing;
pub mod memory;
pub mod random;
pub mod wire;
