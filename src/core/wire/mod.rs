//! What travels: MessagePack, and the envelopes of requests, replies and notifications.

pub mod msgpack;
pub mod scan;
