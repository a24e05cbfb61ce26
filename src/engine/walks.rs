//! The application's walks through the messages of a queue, page by page as it asks for them.

use super::answers::Way;
use super::config::{Millis, NEVER};
use super::requests::Owner;
use super::{Arrival, Engine, Output, WalkId};
use crate::engine::id::Id;
use crate::engine::listing::{Item, Listing, MOST, Query, Start};
use crate::protocol::replies::Page;

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
        let mut listing = Listing::once(query);
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
    pub fn end_walk(&mut self, now: Millis, id: WalkId) {
        self.walks.walks.retain(|walk| walk.id != id);
        self.forget_all_of(Owner::Walk(id));
        // readers behind it may go now
        self.dispatch(now);
    }

    pub(super) fn walk_answered(&mut self, now: Millis, id: WalkId, page: &Page<'_>, way: Way<'_>) -> Arrival {
        let Some(walk) = self.walks.get_mut(id) else { return Arrival::Nothing };
        let found = walk.listing.found(&way.items(page), way.next_marker);
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
        walk.listing.fit(self.config.rules.page());
        let what = walk.listing.ask();
        let timeout = walk.deadline - now;
        let rest_only = walk.listing.needs_rest();
        self.metrics.polls += 1;
        self.add(now, what, Owner::Walk(id), timeout, rest_only);
    }
}

impl Way<'_> {
    /// The messages of a page that came this way, as a listing sees them.
    pub(super) fn items<'p>(self, page: &'p Page<'_>) -> Vec<Item<'p>> {
        let messages = page.messages.iter().take(MOST as usize);
        messages
            .map(|message| {
                let (id, age) = (message.id.as_bytes(), message.age * 1_000.0);
                Item { id, key: Id::of(id), posted: self.arrived - age, earliest: self.sent - age }
            })
            .collect()
    }
}
