//! The same requests as HTTP exchanges.
//!
//! [`exchange`] turns an action and its body, in the shape the socket takes, into an HTTP request; [`reply`] turns what
//! REST answers into the shape the socket answers with. So nothing above this module knows which transport carried a
//! request. Where the two transports mean the same thing by different statuses, [`reply`] and, for the socket,
//! [`even_out`](crate::core::error::even_out) agree on one.
//!
//! JSON stays outside: JavaScript turns the MessagePack of a body into JSON text and back, with 64-bit integers intact.
//! Message bodies and numbers pass through here byte for byte.

mod exchange;
mod reply;
mod text;

pub use exchange::{Exchange, exchange};
pub use reply::{Reply, reply};
pub use text::hex;
