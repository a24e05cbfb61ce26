//! What travels: MessagePack, and the envelopes of requests, replies and notifications.

pub mod check;
pub mod msgpack;
pub mod scan;
mod shapes;
pub mod size;
pub mod split;
pub mod tape;
