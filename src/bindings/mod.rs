//! What JavaScript sees of the crate.

pub(crate) mod arrival;
pub(crate) mod client;
pub(crate) mod codec;
