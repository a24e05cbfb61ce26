//! The application's walks through the messages of a queue, page by page as it asks for them.

use super::config::{Millis, NEVER};
use super::requests::Owner;
use super::{Arrival, Engine, Output, WalkId};
use crate::engine::id::Id;
use crate::engine::listing::{Item, Listing, MOST, Query, Start};
use zaqar_codec::tape::Value;

#[derive(Debug)]
struct Walk {
    id: WalkId,
    listing: Listing,
    /// When the page that is being fetched must have come; none is fetched else.
    deadline: Millis,
}

/// All walks of a client.
#[derive(Debug, Default)]
pub struct Walks {
    walks: Vec<Walk>,
    made: u32,
}

impl Walks {
    /// The page that was fetched will not come.
    pub fn stopped(&mut self, id: WalkId) {
        if let Some(walk) = self.get_mut(id) {
            walk.deadline = NEVER;
        }
    }

    /// The way of a walk.
    pub fn listing(&mut self, id: WalkId) -> Option<&mut Listing> {
        self.get_mut(id).map(|walk| &mut walk.listing)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.walks.clear();
    }

    fn get_mut(&mut self, id: WalkId) -> Option<&mut Walk> {
        self.walks.iter_mut().find(|walk| walk.id == id)
    }
}

impl Engine {
    /// Starts a walk behind `marker`, or at the head of the queue where there is none, or an empty one.
    pub fn walk(&mut self, query: Query, marker: Option<&[u8]>) -> WalkId {
        self.walks.made += 1;
        let id = WalkId(self.walks.made);
        let mut listing = Listing::new(query);
        if let Some(marker) = marker {
            listing.begin_behind(Start { marker: marker.into(), posted: None });
        }
        self.walks.walks.push(Walk { id, listing, deadline: NEVER });
        id
    }

    /// Fetches the next messages of a walk: [`Arrival::Page`], [`Output::WalkEnded`] or [`Output::WalkFailed`] follows.
    /// After a failure the same can be asked again.
    pub fn walk_on(&mut self, now: Millis, id: WalkId, timeout: Millis) {
        if let Some(walk) = self.walks.get_mut(id)
            && walk.deadline == NEVER
        {
            walk.deadline = now + timeout;
            self.fetch_page(now, id);
        }
    }

    /// Ends a walk.
    pub fn end_walk(&mut self, id: WalkId) {
        self.walks.walks.retain(|walk| walk.id != id);
        self.forget_all_of(Owner::Walk(id));
    }

    pub(super) fn walk_answered(
        &mut self,
        now: Millis,
        id: WalkId,
        page: Page<'_>,
        next_marker: Option<&[u8]>,
    ) -> Arrival {
        let Some(walk) = self.walks.get_mut(id) else { return Arrival::Nothing };
        let found = walk.listing.found(&page.items(), next_marker);
        if found.fresh != 0 {
            walk.deadline = NEVER;
            return Arrival::Page(id, found.fresh);
        }
        if found.is_end {
            walk.deadline = NEVER;
            self.outputs.push(Output::WalkEnded(id));
        } else {
            self.fetch_page(now, id);
        }
        Arrival::Nothing
    }

    pub(super) fn fetch_page(&mut self, now: Millis, id: WalkId) {
        let Some(walk) = self.walks.get_mut(id) else { return };
        let (action, body) = walk.listing.ask();
        let timeout = walk.deadline - now;
        let rest_only = walk.listing.needs_rest();
        self.metrics.polls += 1;
        self.add(now, action, body, Owner::Walk(id), timeout, rest_only);
    }
}

/// The body of an answer, with the way on which it came, when it was asked for and when it came.
#[derive(Clone, Copy)]
pub(super) struct Page<'a> {
    pub body: Option<Value<'a>>,
    pub on_socket: bool,
    pub sent: Millis,
    pub arrived: Millis,
}

impl<'a> Page<'a> {
    /// Its messages, as a listing sees them.
    pub fn items(self) -> Vec<Item<'a>> {
        let mut items = Vec::new();
        if let Some(messages) = self.body.and_then(|body| body.field("messages")) {
            for message in messages.items().take(MOST as usize) {
                let id = message.field("id").and_then(|id| id.as_text()).unwrap_or_default();
                let age = message.field("age").and_then(|age| age.as_integer()).unwrap_or(0) as f64 * 1_000.0;
                items.push(Item { id, key: Id::of(id), posted: self.arrived - age, earliest: self.sent - age });
            }
        }
        items
    }
}
