//! What travels: MessagePack, the scanner of frames, and its tape.

pub use zaqar_codec::{msgpack, scan, tape};
