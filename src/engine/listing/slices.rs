//! Slices: pages with nothing left out, which lead past what the filters hide.

use super::{Doubt, Found, Id, Item, LastVisible, Listing, Step};

/// The ends of a slice.
#[derive(Debug, Default)]
pub(super) struct Slice {
    first: Option<Id>,
    last_but_one: Option<Vec<u8>>,
    last: Option<Vec<u8>>,
    /// Whether a page that nothing proves had none of it.
    is_missed: bool,
    /// Whether the page had the marker alone.
    pub(super) has_marker: bool,
}

impl Listing {
    /// Whether the filters may leave gaps in a page.
    pub(super) fn hides(&self) -> bool {
        !self.query.hides_nothing() && !self.needs_rest
    }

    /// Nothing came that leads on: the end, or a slice of which everything is hidden.
    pub(super) fn empty_page(&mut self, is_proven: bool) -> Found {
        let hides_claimed = !self.query.include_claimed;
        self.step = match self.step {
            Step::PageAgain if self.doubt.goes_on(None) => Step::Slice,
            Step::PageAgain if !is_proven && !std::mem::replace(&mut self.slice.is_missed, true) => Step::PageAgain,
            // from the head on, what is left of the slice was on the page: where others take from it, no slice comes twice
            Step::PageAgain if self.marker.is_none() => self.pass_slice(),
            Step::PageAgain => Step::SliceAgain,
            Step::Page if self.marker.is_none() && (hides_claimed || !self.hides()) => Step::Headless,
            Step::Page if self.hides() => Step::Slice,
            Step::Page => self.ends(is_proven),
            Step::Headless if hides_claimed && self.hides() => Step::Slice,
            _ => Step::End,
        };
        Found { fresh: 0, is_end: self.step == Step::End }
    }

    /// Nothing more came. Who does not look again later asks once more, if the last page may have passed over what there is.
    fn ends(&mut self, is_proven: bool) -> Step {
        let is_doubted = self.is_read_once && self.proves && !is_proven;
        match is_doubted && !std::mem::replace(&mut self.doubt.has_ended, true) {
            true => Step::Page,
            false => Step::End,
        }
    }

    pub(super) fn slice(&mut self, items: &[Item<'_>], next_marker: Option<&[u8]>) -> Found {
        let marker = self.marker.as_deref().map(Id::of);
        let passed = items.iter().position(|item| marker == Some(item.key));
        if self.before.is_some() && passed.is_none() {
            // the marker is gone, or the slice began too late
            if !self.searches() {
                self.begin_at_head();
            }
            return Found::default();
        }
        let last_but_one: Option<Vec<u8>> = items.iter().rev().nth(1).map(|item| item.id.into());
        let next = next_marker.or(items.last().map(|item| item.id));
        let next = next.filter(|next| self.marker.as_deref() != Some(*next));
        if next.is_none() && self.before.is_some() && last_but_one.is_some() && last_but_one != self.before {
            // it was full when it came to the marker
            self.before = last_but_one;
            self.step = Step::Page;
            return Found::default();
        }
        self.step = match next {
            Some(_) => Step::PageAgain,
            None if marker.is_none() && self.query.include_claimed => Step::Headless,
            None => self.ends(passed.is_some() || marker.is_none()),
        };
        self.doubt.follows = passed.and_then(|passed| items.get(passed + 1)).map(|item| item.key);
        self.slice = Slice {
            first: items.first().map(|first| first.key),
            last_but_one,
            last: next.map(Vec::from),
            ..Slice::default()
        };
        Found { fresh: 0, is_end: self.step == Step::End }
    }

    pub(super) fn slice_again(&mut self, items: &[Item<'_>]) -> Found {
        let is_same = items.first().map(|first| first.key) == self.slice.first;
        self.step = if is_same { self.pass_slice() } else { Step::Page };
        Found::default()
    }

    /// All of a slice is hidden: it goes on behind.
    fn pass_slice(&mut self) -> Step {
        let Slice { last_but_one, last, has_marker, .. } = std::mem::take(&mut self.slice);
        let (marker, before) = (self.marker.take(), self.before.take());
        if has_marker && let Some(behind) = before {
            self.last_visible = marker.as_deref().map(|marker| LastVisible { id: Id::of(marker), behind });
        }
        self.before = last_but_one.or(marker).filter(|_| self.overlaps());
        self.marker = last;
        self.doubt = Doubt::default();
        Step::Page
    }
}
