//! What is said to Zaqar and what it answers: the actions, and what its statuses mean.

pub mod action;
pub mod error;
pub mod http;
mod names;
pub mod replies;
pub mod requests;
pub mod sentence;
mod spans;
