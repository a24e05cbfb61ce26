//! What proves that a page leaves nothing out, and how far one is doubted that nothing proves.

use super::{Found, Id, Item, Listing, Step};

/// So often at most a page is asked for again: of a queue from which others take all the time, each begins differently.
pub(super) const MOST_DOUBTS: u8 = 3;

/// How sure it is that the next page leaves nothing out.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    /// What the last page began with that was not proven, and how many there were in a row.
    first: Option<Id>,
    pub(super) pages: u8,
    /// What stands behind the marker.
    pub(super) follows: Option<Id>,
    /// Whether there seemed to be nothing more.
    pub(super) has_ended: bool,
}

impl Doubt {
    /// A page that is not proven begins with this.
    pub(super) fn begins_with(&mut self, first: Option<&Item<'_>>) {
        self.first = first.map(|first| first.key);
    }

    /// Whether a page that is not proven must be asked for again: it is believed when it begins as the one before it.
    pub(super) fn goes_on(&mut self, first: Option<&Item<'_>>) -> bool {
        let first = first.map(|first| first.key);
        self.pages = self.pages.saturating_add(1);
        self.pages <= MOST_DOUBTS && std::mem::replace(&mut self.first, first) != first
    }
}

/// Where hidden messages were passed, the last before them that is not hidden, and the one behind which it stands: a page from
/// there proves itself by it.
#[derive(Debug)]
pub(super) struct LastVisible {
    pub(super) id: Id,
    pub(super) behind: Vec<u8>,
}

impl Listing {
    /// Whether the next page begins with what was passed.
    pub(super) fn overlaps(&self) -> bool {
        self.proves && self.has_room
    }

    /// Whether a page begins where it was asked to: at the head, or with something that is known to have stood there.
    pub(super) fn proves_itself(&self, items: &[Item<'_>]) -> bool {
        let places = self.places_passed();
        let is_known = |id| places.contains(&Some(id)) || self.doubt.follows == Some(id) || self.seen.has(id);
        self.marker.is_none() && self.step != Step::Headless || items.iter().any(|item| is_known(item.key))
    }

    /// The last message of a page that was passed before. Behind the very first message of a queue the server begins with that itself.
    pub(super) fn passed(&self, items: &[Item<'_>]) -> Option<usize> {
        let places = self.places_passed();
        items.iter().rposition(|item| places.contains(&Some(item.key)))
    }

    /// Messages that were passed and may come again: the marker, the one before it, and the last that is not hidden.
    pub(super) fn places_passed(&self) -> [Option<Id>; 3] {
        let [marker, before] = [&self.marker, &self.before].map(|place| place.as_deref().map(Id::of));
        [marker, before, self.last_visible.as_ref().map(|visible| visible.id)]
    }

    /// Asks which of the last messages still exist, if it has not asked since the last that was new.
    pub(super) fn searches(&mut self) -> bool {
        if self.has_searched || self.anchors.is_empty() {
            return false;
        }
        self.has_searched = true;
        self.step = Step::Anchors;
        true
    }

    /// Those of the last messages that still exist.
    pub(super) fn anchors_left(&mut self, items: &[Item<'_>]) -> Found {
        self.step = Step::Page;
        self.doubt = Doubt::default();
        self.last_visible = None;
        self.marker = items.last().map(|item| item.id.into());
        self.before = items.iter().rev().nth(1).filter(|_| self.overlaps()).map(|item| item.id.into());
        self.anchors = items.iter().map(|item| item.id.into()).collect();
        self.was_lost = self.marker.is_none();
        self.is_behind = self.was_lost;
        Found::default()
    }

    /// None of them does.
    pub(super) fn begin_at_head(&mut self) {
        (self.marker, self.before, self.last_visible) = (None, None, None);
        self.was_lost = true;
        self.is_behind = true;
        self.step = Step::Page;
    }
}
