//! The client without a browser: no socket, no clock, no randomness of its own.

pub mod action;
pub mod wire;
