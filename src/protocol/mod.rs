//! What is said to Zaqar and what it answers: the actions, and what its statuses mean.

pub mod action;
pub mod error;
mod names;
pub mod requests;
