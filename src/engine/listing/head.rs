//! What is passed over at a head that is clogged by expired messages, and read again until the server has collected it.

use super::{BLUR, Found, Id, Item, Listing, MOST, Step};

/// What a page without marker leaves out: claimed messages up to its last.
#[derive(Debug)]
pub(super) struct PassedOver {
    /// The page's messages, which were given out or not wanted.
    pub(super) given: Vec<Id>,
    /// When its last message was posted, and since when messages are wanted.
    pub(super) to: f64,
    pub(super) from: f64,
}

impl Listing {
    /// The same way, from the head on.
    pub(super) fn starting_over(&self) -> Listing {
        let listing = Listing::new(self.query.clone());
        let (proves, needs_rest, leaves_socket) = (self.proves, self.needs_rest, self.leaves_socket);
        let (places, most_places, most_anchors) = (self.places, self.most_places, self.most_anchors);
        Listing { proves, needs_rest, leaves_socket, places, most_places, most_anchors, ..listing }
    }

    /// A page of the way that begins at the head again: gives out what was passed over. It goes on to the last message with
    /// which that happened, or, where that is gone, to one that was posted later.
    pub(super) fn found_again(
        &mut self,
        mut again: Box<Listing>,
        passed_over: PassedOver,
        items: &[Item<'_>],
        next_marker: Option<&[u8]>,
    ) -> Found {
        let found = again.found(items, next_marker);
        if again.step == Step::Headless || found.is_end {
            // the head is not collected yet, or another place behind it
            self.passed_over = Some(passed_over);
            return Found::default();
        }
        let mut fresh = 0;
        let page = items.iter().enumerate().take(MOST as usize);
        for (place, item) in page.filter(|(place, _)| found.fresh >> place & 1 == 1) {
            if passed_over.given.last() == Some(&item.key) || item.earliest > passed_over.to + BLUR {
                return Found { fresh, is_end: false };
            }
            let is_given = self.seen.has(item.key) || passed_over.given.contains(&item.key);
            if !is_given && item.posted >= passed_over.from - BLUR {
                self.seen.add(item.key);
                fresh |= 1 << place;
            }
        }
        (self.again, self.passed_over) = (Some(again), Some(passed_over));
        Found { fresh, is_end: false }
    }
}
