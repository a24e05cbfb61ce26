//! A request of the application that has not ended, and what its reply must show.

use zaqar_web::protocol::action::Action;

use crate::server::Server;
use crate::told::Body;

/// What the reply to a request must show.
#[derive(Debug)]
pub enum Expected {
    Anything,
    Name(String),
    Posted(u32),
    /// A claim of messages of this queue.
    Claim(usize),
    Renewed(String),
    Message(String),
    Found(Vec<String>),
}

#[derive(Debug)]
pub struct Asked {
    pub number: u32,
    pub action: Action,
    pub at: f64,
    /// Whether only REST can carry it.
    pub needs_rest: bool,
    pub expected: Expected,
    /// Of a post: the messages that were told to be stored.
    pub ids: Vec<String>,
}

impl Asked {
    /// A part of a post was stored: the ids of its messages follow those of the parts before.
    pub fn take_ids(&mut self, body: Body<'_>, server: &Server) {
        for id in body.posted() {
            let message = &server.store.messages[server.store.place_of(&id).expect("it is stored")];
            let is_next = (message.request, message.place_in_post) == (self.number, self.ids.len() as u32);
            assert!(is_next, "the ids of a post are those of its messages, in their order");
            self.ids.push(id);
        }
    }
}
