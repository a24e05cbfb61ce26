//! How often and after which pauses the engine tries again by itself, where more than one part of it does so.

use super::Failure;
use super::config::Millis;
use crate::protocol::error::Code;

/// Pauses before the looks that follow one which was rung for and found nothing.
pub const AGAIN: [Millis; 3] = [20.0, 100.0, 500.0];
/// How long a request of the engine's own may take.
pub const TIMEOUT: Millis = 15_000.0;
/// The server's failures in a row of which the last is told: one is nothing that a user must know.
pub const TOLD: u32 = 3;

/// A pause that begins with `first` and doubles with each failure, up to `longest`.
pub fn doubled(first: Millis, failures: u32, longest: Millis) -> Millis {
    longest.min(first * f64::from(1u32 << failures.min(30)))
}

/// Whether the server failed at a request. When a connection ends, the client's state tells it.
pub fn is_of_server(failure: &Failure) -> bool {
    failure.status != 0 || failure.code == Code::Protocol
}
