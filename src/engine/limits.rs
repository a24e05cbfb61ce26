//! The server's limits, as its refusals name them. What is learnt is kept for the life of the client. What the client itself has
//! chosen and the server refuses is asked for again within the limit; what the application has asked for is its own.

use super::config::Millis;
use super::listing::Listing;
use super::requests::Owner;
use super::{Engine, RequestId};
use crate::protocol::learn::Named;
use crate::protocol::request::Request as Ask;

impl Engine {
    /// A request was refused with this sentence. Whether the sentence names a limit within which it is asked for again: nothing of
    /// it was done.
    pub(super) fn asks_within_limit(&mut self, now: Millis, id: RequestId, sentence: &str) -> bool {
        let Some(request) = self.requests.get(id) else { return false };
        let (action, owner) = (request.action, request.owner);
        let Some(named) = self.config.rules.learn(action, sentence) else { return false };
        match (&request.what, named) {
            (Ask::MessagePost(post), Named::OfQueue(limit)) => {
                self.sizes.limit(&post.queue_name, limit);
                self.post_in_smaller_parts(now, id)
            }
            (Ask::MessagePost(_), Named::OfServer) => self.post_in_smaller_parts(now, id),
            _ => self.read_smaller_pages(now, id, owner),
        }
    }

    /// Asks for a page again, if its reader asks for less within the limits.
    fn read_smaller_pages(&mut self, now: Millis, id: RequestId, owner: Owner) -> bool {
        let Some(refused) = self.requests.get(id).map(|request| request.what.clone()) else { return false };
        let page = self.config.rules.page();
        let asks_for_less = self.listing_of(owner).is_some_and(|listing| {
            listing.fit(page);
            listing.ask() != refused
        });
        if asks_for_less {
            self.read_again(now, id, owner);
        }
        asks_for_less
    }

    /// The way of a reader.
    pub(super) fn listing_of(&mut self, owner: Owner) -> Option<&mut Listing> {
        match owner {
            Owner::Walk(walk) => self.walks.listing(walk),
            Owner::Tail(tail) => self.tails.listing(tail),
            _ => None,
        }
    }

    /// In place of a request of a reader, what its way asks for now.
    pub(super) fn read_again(&mut self, now: Millis, id: RequestId, owner: Owner) {
        self.requests.remove(id);
        match owner {
            Owner::Walk(walk) => self.fetch_page(now, walk),
            Owner::Tail(tail) => {
                for tail in self.tails.take_sharers(tail) {
                    self.fetch_for_tail(now, tail);
                }
            }
            _ => {}
        }
    }
}
