//! The engine's driver in a browser: sockets, HTTP, one timer, the clock.

pub mod driver;
mod fetch;
mod socket;
