//! MessagePack, without a browser: frames to a flat tape for JavaScript, and the small things that the core itself reads
//! and writes. A crate of its own, for it is compiled for speed and all else for size.

#![no_std]

extern crate alloc;

pub mod msgpack;
pub mod scan;
mod shapes;
pub mod tape;
