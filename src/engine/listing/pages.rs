//! Pages: what of them is new, and where to go on.

use super::proofs::MOST_DOUBTS;
use super::{BLUR, Circle, Doubt, Found, Id, Item, Listing, MOST, PassedOver, Step};

impl Listing {
    pub(super) fn page(&mut self, items: &[Item<'_>], next_marker: Option<&[u8]>) -> Found {
        let (Some(first), Some(last)) = (items.first(), items.last()) else { return self.nothing_came() };
        self.proves &= next_marker.is_none_or(|next| next == last.id);
        let passed = self.passed(items);
        if self.is_doubted(items, passed.is_none() && self.is_known(first)) || self.is_too_late(items) {
            return Found::default();
        }
        self.doubt = Doubt::default();
        if self.step == Step::Headless && self.query.include_claimed {
            let from = if self.is_behind { self.latest.max(self.since) } else { self.since };
            let given = items.iter().map(|item| item.key).collect();
            self.passed_over = Some(PassedOver { given, to: last.posted, from });
        }
        let fresh = self.take_fresh(items, passed);
        self.go_on(items, next_marker.unwrap_or(last.id), fresh)
    }

    fn nothing_came(&mut self) -> Found {
        // the last message should stand here: it is gone, or the page began too late
        match self.before.is_some() && !self.hides() && self.searches() {
            true => Found::default(),
            false => self.empty_page(!self.proves || self.proves_itself(&[])),
        }
    }

    /// Whether a page must be asked for again, or something else first: it does not begin where it should.
    fn is_doubted(&mut self, items: &[Item<'_>], is_lost: bool) -> bool {
        let is_proven = !self.proves || self.proves_itself(items);
        let may_be_lost = is_lost || !is_proven && !self.hides() && self.before.is_some();
        if may_be_lost && self.searches() {
            return true;
        }
        self.is_behind |= is_lost;
        if is_proven {
            return false;
        }
        self.last_visible = None;
        let goes_on = self.doubt.goes_on(items.first());
        if goes_on && self.step != Step::Headless {
            self.step = if self.hides() && self.before.is_some() { Step::Slice } else { Step::Page };
        }
        goes_on
    }

    /// Whether an answer was so long under way that it leaves open what is old: it is asked for again.
    fn is_too_late(&mut self, items: &[Item<'_>]) -> bool {
        let is_late = items.first().is_some_and(|first| first.posted - first.earliest > BLUR);
        let is_doubted = is_late && self.doubt.pages < MOST_DOUBTS && items.iter().any(|item| self.may_be_old(item));
        self.doubt.pages += u8::from(is_doubted);
        is_doubted
    }

    /// Those that are wanted and new, as bits.
    fn take_fresh(&mut self, items: &[Item<'_>], passed: Option<usize>) -> u128 {
        let mut fresh = 0;
        for (place, item) in items.iter().enumerate().take(MOST as usize) {
            let id = item.key;
            if self.seen.has(id) {
                self.is_behind = false;
            } else if item.id.is_empty() {
                // no message
            } else if passed.is_some_and(|passed| place <= passed) {
                // it was passed already
            } else if item.posted >= self.since - BLUR && (!self.is_behind || item.posted >= self.latest - BLUR) {
                self.is_behind = false;
                fresh |= 1 << place;
                self.keep(id, item);
            }
        }
        fresh
    }

    /// Goes on behind the last message of a page, if that leads anywhere.
    fn go_on(&mut self, items: &[Item<'_>], next: &[u8], fresh: u128) -> Found {
        let places = self.places_passed();
        let stays = places.contains(&Some(Id::of(next)));
        let is_marker = places[0] == Some(Id::of(next));
        let last_but_one: Option<Vec<u8>> = items.iter().rev().nth(1).map(|item| item.id.into());
        if is_marker && self.proves && last_but_one.is_some() && last_but_one != self.before {
            // the page began at the head and was full when it came to the marker
            self.before = last_but_one;
            self.step = Step::Page;
            return Found { fresh, is_end: false };
        }
        if stays {
            self.slice.has_marker = is_marker;
            return Found { fresh, ..self.empty_page(true) };
        }
        if fresh != 0 {
            self.circle = Circle::default();
        } else if self.circle.closes_at(Id::of(next)) {
            self.step = Step::End;
            return Found { fresh, is_end: true };
        }
        self.before = last_but_one.or(self.marker.take()).filter(|_| self.overlaps());
        self.marker = Some(next.into());
        self.last_visible = None;
        self.step = Step::Page;
        Found { fresh, is_end: false }
    }

    /// Whether it depends on how long the answer took whether a message is wanted.
    fn may_be_old(&self, item: &Item<'_>) -> bool {
        let oldest = if self.is_behind { self.latest.max(self.since) } else { self.since } - BLUR;
        item.posted >= oldest && item.earliest < oldest && !self.seen.has(item.key)
    }

    /// Whether a message came before, or before the first that was wanted.
    fn is_known(&self, item: &Item<'_>) -> bool {
        self.seen.has(item.key) || item.posted < self.latest - BLUR
    }

    fn keep(&mut self, id: Id, item: &Item<'_>) {
        self.seen.add(id);
        self.latest = self.latest.max(item.earliest);
        self.has_searched = false;
        self.anchors.push(item.id.into());
        self.drop_old_anchors();
    }
}
