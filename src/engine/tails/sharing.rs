//! Tails of one queue that ask the same share the answer. Each has its own place, memory and reader, and does with the answer what
//! it would do alone. One that falls behind asks something else, and by itself, until it has caught up.
//!
//! A request is shared as long as the server cannot have heard it: the answer is then as new as if each had asked. Tails that rest
//! at the same place begin their pulls together.

use super::{Phase, Tail, Tails};
use crate::engine::config::Millis;
use crate::engine::requests::{Owner, Stage};
use crate::engine::{Engine, TailId};
use crate::protocol::request::Request;

impl Tail {
    /// Whether it has come to the end of the queue, and nothing has rung since.
    fn rests(&self) -> bool {
        let is_due_by_itself = self.is_pulling || self.is_paused || self.in_vain > 0;
        !is_due_by_itself && !self.stands_in && self.phase == Phase::Following
    }
}

impl Tails {
    /// The request of a tail has ended: those for whom it was, the tail itself first.
    pub fn take_sharers(&mut self, id: TailId) -> Vec<TailId> {
        let others = self.tails.iter_mut().filter(|tail| tail.shares == Some(id));
        let others = others.map(|tail| {
            tail.shares = None;
            tail.id
        });
        std::iter::once(id).chain(others).collect()
    }

    /// The answer was too large for the socket: for each of those for whom it was, not one after the other.
    pub fn shrink_sharers(&mut self, asker: Owner, has_rest: bool) {
        let Owner::Tail(asker) = asker else { return };
        for tail in self.tails.iter_mut().filter(|tail| tail.shares == Some(asker)) {
            tail.listing.shrink(has_rest);
        }
    }

    /// Whether a tail looks in place of a socket: what it finds is for others.
    fn stands_in(&self, id: TailId) -> bool {
        self.tails.iter().any(|tail| tail.id == id && tail.stands_in)
    }

    /// Those that rest where a tail rests: their next pulls would ask the same.
    pub(super) fn beside(&self, tail: &Tail) -> Vec<TailId> {
        if !tail.rests() {
            return Vec::new();
        }
        let question = tail.listing.ask();
        let others = self.tails.iter().filter(|other| other.id != tail.id && other.feed == tail.feed && other.rests());
        others.filter(|other| other.listing.ask() == question).map(|other| other.id).collect()
    }
}

impl Engine {
    /// The tail that asks the same, if the server cannot have heard it before now: its answer is as good for another.
    pub(super) fn tail_that_asks(&self, now: Millis, what: &Request, rest_only: bool) -> Option<TailId> {
        let is_unheard = |stage| match stage {
            Stage::Waiting(_) => true,
            Stage::OnSocket(sent) | Stage::OnRest(_, sent) => sent >= now,
        };
        self.requests.all().find_map(|request| match request.owner {
            Owner::Tail(tail) if request.what == *what && request.rest_only == rest_only => {
                (is_unheard(request.stage) && !self.tails.stands_in(tail)).then_some(tail)
            }
            _ => None,
        })
    }
}
