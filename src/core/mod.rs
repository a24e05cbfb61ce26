//! The client without a browser: no socket, no clock, no randomness of its own.

pub mod action;
pub mod error;
pub mod rest;
pub mod wire;
