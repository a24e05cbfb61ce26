//! MessagePack, without a browser: frames to a flat tape for JavaScript, and the small things that the engine itself reads
//! and writes. A crate of its own, for it is compiled for speed and all else for size.

pub mod layout;
pub mod msgpack;
pub mod scan;
mod shapes;
pub mod tape;
pub mod tape_de;
