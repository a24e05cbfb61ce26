//! What is said to Zaqar and what it answers: the actions, and what its statuses mean.

pub mod action;
pub mod error;
pub mod exchange;
pub mod http;
pub mod json;
mod json_text;
mod kinds;
pub mod learn;
pub mod limits;
mod names;
pub mod opaque;
pub mod replies;
pub mod request;
pub mod sentence;
mod spans;
pub mod split;
