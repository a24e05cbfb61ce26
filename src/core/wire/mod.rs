//! What travels: MessagePack, and the envelopes of requests, replies and notifications.

pub use zaqar_codec::{msgpack, scan, tape};

pub mod size;
pub mod split;
