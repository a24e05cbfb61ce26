//! The way through a queue's messages, past the traps of Zaqar's markers.
//!
//! On Redis a marker is a message id, and a page is a slice of `limit` places behind it, from which the server then drops
//! what the filters hide (expired, claimed, delayed, own). So:
//!
//! * a short or empty page is not the end: the slice itself is asked for, unfiltered, and its last id is where to go on.
//!   The marker may go between the two, and they be of different places; so both are asked for twice;
//! * a marker that was deleted, or that names the very first message, starts the page at the head. Then the latest of the
//!   last messages that still exists serves as marker. Where none does, the way begins at the head again, and what was
//!   given out, or was posted before the last that was given out, is passed over: the store only ever appends;
//! * the server looks up the marker's place and then reads behind it. What others remove in between moves the queue up, and
//!   the page begins too late. So a listing that must be complete asks from the last message but one: a page on which the
//!   last one stands has left nothing out. Where it does not, it is looked for what of the latest still exists, and what
//!   cannot be proven is asked twice;
//! * without marker the server skips what is expired or claimed at the head, but fails when claimed messages are asked
//!   for: then a marker that names nothing stands for the head.
//!
//! MongoDB's markers are numbers that only REST tells; where a page brings one, it is used.
//!
//! A message that lies behind as many expired ones as a page has places, less one, which the server has not collected
//! cannot be reached by any marker until it has. Without marker the server skips them, and what is claimed as well. So when the
//! way went on like that, the head is read again each time it sets out, until it has been collected: what was passed over
//! comes late, and out of order.

use super::id::{Id, is_from_mongodb};
use super::memory::Memory;
use crate::protocol::request::{MessageGetMany, MessageList, Request, lossy};

/// Most places of a page, whatever the server allows: each has a bit in [`Found`].
pub const MOST: u32 = u128::BITS;
/// So many of the last messages are kept as anchors, unless the server takes fewer ids at once.
const MOST_ANCHORS: u32 = 20;
/// Fewest places of a page: with one, a page behind the first message never goes on.
const LEAST: u32 = 2;
/// A marker that names no message: the head.
const HEAD: &[u8] = b"head";
/// Ages are whole seconds, and an answer takes its time: times of posting are this uncertain, in milliseconds.
const BLUR: f64 = 2_000.0;
/// So often at most a page is asked for again: of a queue from which others take all the time, each begins differently.
const MOST_DOUBTS: u8 = 3;
/// A way that comes so often to a place where it was, with nothing new in between, goes in a circle. Once or twice it may be that
/// others have taken the markers away.
const MOST_ROUNDS: u8 = 3;

/// What is asked for, and what to leave out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The queue.
    pub queue: Vec<u8>,
    /// Places of one page, 2 to 128, if the application has said how many.
    pub limit: Option<u32>,
    /// Whether the client's own messages are wanted.
    pub echo: bool,
    /// Whether claimed messages are wanted.
    pub include_claimed: bool,
    /// Whether delayed messages are wanted.
    pub include_delayed: bool,
}

impl Query {
    fn hides_nothing(&self) -> bool {
        self.echo && self.include_claimed && self.include_delayed
    }
}

/// Where to begin: behind this message.
#[derive(Clone, Debug)]
pub struct Start {
    /// Its id.
    pub marker: Vec<u8>,
    /// When it was posted, in milliseconds on the engine's clock, if that is known: it tells old from new should the
    /// message be gone.
    pub posted: Option<f64>,
}

/// A message of a page.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// Its id.
    pub id: &'a [u8],
    /// The same as a number.
    pub key: Id,
    /// When it was posted at the latest, in milliseconds on the engine's clock: as if the answer had come at once.
    pub posted: f64,
    /// When it was posted at the earliest: as if the question had arrived at once. An answer may take long.
    pub earliest: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The next page, as the query wants it.
    Page,
    /// The same slice with nothing left out.
    Slice,
    /// The page once more: what was posted between it and the slice is seen in the slice alone.
    PageAgain,
    /// The slice once more: if it begins as before, the marker was there all the time.
    SliceAgain,
    /// Which of the last messages still exist.
    Anchors,
    /// The first messages that can be had without marker.
    Headless,
    End,
}

/// What comes of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Those of its messages that are wanted and new, as bits.
    pub fresh: u128,
    /// Whether there is nothing more to ask.
    pub is_end: bool,
}

/// A walk from a position to the end of a queue. At the end it can set out again.
#[derive(Debug)]
pub struct Listing {
    query: Query,
    /// The last message that was passed.
    marker: Option<Vec<u8>>,
    /// The one before it, where pages must be proven to leave nothing out.
    before: Option<Vec<u8>>,
    /// Whether they must.
    proves: bool,
    /// What the page began with that was not proven, and how many there were in a row.
    doubt: Option<Id>,
    doubts: u8,
    step: Step,
    /// The first id of the slice, and the last.
    slice_begin: Option<Id>,
    slice_end: Option<Vec<u8>>,
    /// The last messages given out, latest last.
    anchors: Vec<Vec<u8>>,
    seen: Memory,
    /// When the latest message given out was posted.
    latest: f64,
    /// What was posted before is not wanted.
    since: f64,
    /// Whether the anchors were asked for since the last message that was new.
    has_searched: bool,
    /// Whether the way has begun at the head again, and has not come to anything known or new.
    is_behind: bool,
    /// Whether something was found without marker that could not be read from the head.
    is_clogged: bool,
    /// Whether the place in the queue was lost since `set_out`.
    was_lost: bool,
    /// Whether only REST can page: the store has markers of its own.
    needs_rest: bool,
    /// Whether the smallest page is too large for the socket.
    leaves_socket: bool,
    /// Places of a page, and how many the socket lets through.
    places: u32,
    most_places: u32,
    /// So many of the last messages are kept as anchors: they are asked for at once.
    most_anchors: usize,
    circle: Circle,
    /// What may have been passed over at the head, and the way there.
    passed_over: Option<PassedOver>,
    again: Option<Box<Listing>>,
}

/// What a page without marker leaves out: claimed messages up to its last.
#[derive(Debug)]
struct PassedOver {
    /// The page's messages, which were given out or not wanted.
    given: Vec<Id>,
    /// When its last message was posted, and since when messages are wanted.
    to: f64,
    from: f64,
}

/// Finds out whether a way goes in a circle, by Brent's method: it keeps one place, and a later one after ever more steps.
#[derive(Debug, Default)]
struct Circle {
    place: Option<Id>,
    steps: u32,
    most_steps: u32,
    rounds: u8,
}

impl Circle {
    /// The way has come here, and to nothing new. Whether it goes in a circle.
    fn closes_at(&mut self, place: Id) -> bool {
        if self.place == Some(place) {
            self.rounds += 1;
            self.steps = 0;
        } else if self.steps == self.most_steps {
            *self = Circle { place: Some(place), steps: 0, most_steps: 2 * self.most_steps + 1, rounds: 0 };
        } else {
            self.steps += 1;
        }
        self.rounds >= MOST_ROUNDS
    }
}

impl Listing {
    /// One that begins at the head.
    pub fn new(query: Query) -> Listing {
        Listing {
            places: query.limit.unwrap_or(MOST_ANCHORS),
            most_places: MOST,
            query,
            marker: None,
            before: None,
            proves: false,
            doubt: None,
            doubts: 0,
            step: Step::Page,
            slice_begin: None,
            slice_end: None,
            anchors: Vec::new(),
            seen: Memory::default(),
            latest: f64::NEG_INFINITY,
            since: f64::NEG_INFINITY,
            has_searched: false,
            is_behind: false,
            is_clogged: false,
            was_lost: false,
            needs_rest: false,
            leaves_socket: false,
            most_anchors: MOST_ANCHORS as usize,
            circle: Circle::default(),
            passed_over: None,
            again: None,
        }
    }

    /// The same, but each page is proven to leave nothing out, as far as the query hides nothing.
    pub fn complete(query: Query) -> Listing {
        let mut listing = Listing::new(query);
        listing.proves = listing.query.hides_nothing();
        listing
    }

    /// Leaves out what was posted before now, wherever it turns up.
    pub fn leave_out_before(&mut self, now: f64) {
        self.since = now;
        self.latest = self.latest.max(now);
    }

    /// Begins there instead of at the head, as long as nothing has been found.
    pub fn begin_behind(&mut self, Start { marker, posted }: Start) {
        if marker.is_empty() {
            return;
        }
        self.seen.add(Id::of(&marker));
        self.latest = self.latest.max(posted.unwrap_or(f64::NEG_INFINITY));
        self.anchors.push(marker.clone());
        self.marker = Some(marker);
    }

    /// Leaves out what another listing has given out, as long as nothing has been found.
    pub fn leave_out(&mut self, given: Memory) {
        self.seen = given;
    }

    /// What was given out lately.
    pub fn into_seen(self) -> Memory {
        self.seen
    }

    /// Goes on from where it has come to.
    pub fn set_out(&mut self) {
        self.step = Step::Page;
        self.has_searched = false;
        self.was_lost = false;
        self.is_clogged = false;
        self.circle = Circle::default();
        self.trust();
        self.again = self.passed_over.as_ref().map(|_| Box::new(self.starting_over()));
    }

    /// The queue.
    pub fn queue(&self) -> &[u8] {
        &self.query.queue
    }

    /// Whether the place in the queue was lost since it set out.
    pub fn was_lost(&self) -> bool {
        self.was_lost
    }

    /// Whether what it asks must go over REST.
    pub fn needs_rest(&self) -> bool {
        self.needs_rest || self.leaves_socket || self.again.as_ref().is_some_and(|again| again.needs_rest())
    }

    /// Asks for fewer places at once from now on: what it asks is too large for the socket. Where they are as few as can be,
    /// it asks over REST if that is there. Whether there is such a way.
    pub fn shrink(&mut self, has_rest: bool) -> bool {
        if let Some(again) = &mut self.again {
            again.shrink(has_rest);
        }
        if self.places > LEAST {
            self.most_places = (self.places / 2).max(LEAST);
            self.fit(self.places);
            return true;
        }
        has_rest && !std::mem::replace(&mut self.leaves_socket, true)
    }

    /// Asks for no more messages at once than the server has on a page. How many the application has said is its own: the server
    /// may refuse them.
    pub fn fit(&mut self, page: u32) {
        if let Some(again) = &mut self.again {
            again.fit(page);
        }
        self.places = self.query.limit.unwrap_or(page).min(self.most_places).max(LEAST);
        self.most_anchors = MOST_ANCHORS.min(page).min(self.most_places) as usize;
        self.drop_old_anchors();
    }

    /// What to ask next.
    pub fn ask(&self) -> Request {
        if let Some(again) = &self.again {
            return again.ask();
        }
        let query = &self.query;
        let queue_name = lossy(&query.queue);
        if self.step == Step::Anchors {
            let message_ids = self.anchors.iter().map(|anchor| lossy(anchor)).collect();
            return MessageGetMany { queue_name, message_ids }.into();
        }
        let is_slice = matches!(self.step, Step::Slice | Step::SliceAgain);
        let include_claimed = (query.include_claimed || is_slice) && self.step != Step::Headless;
        let marker = match self.before.as_ref().or(self.marker.as_ref()) {
            _ if self.step == Step::Headless => None,
            None if include_claimed && !self.needs_rest => Some(HEAD),
            marker => marker.map(Vec::as_slice),
        };
        let page = MessageList {
            queue_name,
            marker: marker.map(lossy),
            limit: Some(self.places),
            echo: Some(query.echo || is_slice),
            include_claimed: Some(include_claimed),
            include_delayed: Some(query.include_delayed || is_slice),
        };
        page.into()
    }

    /// The messages that came, in order, and the marker that came with them if the store has markers of its own.
    pub fn found(&mut self, items: &[Item<'_>], next_marker: Option<&[u8]>) -> Found {
        if let Some(again) = self.again.take()
            && let Some(passed_over) = self.passed_over.take()
        {
            return self.found_again(again, passed_over, items, next_marker);
        }
        if next_marker.is_none() && items.first().is_some_and(|item| is_from_mongodb(item.id)) && !self.needs_rest {
            // a socket's answer: its ids are no markers, so it is asked again, over REST
            self.needs_rest = true;
            return Found::default();
        }
        match self.step {
            // what has come since the head was read is read from there, with what is claimed before it
            Step::Headless if self.query.include_claimed && !self.is_clogged && !items.is_empty() => {
                self.is_clogged = true;
                self.step = Step::Page;
                Found::default()
            }
            Step::Page | Step::PageAgain | Step::Headless => self.page(items, next_marker),
            Step::Slice => self.slice(items, next_marker),
            Step::SliceAgain => {
                if items.first().map(|first| first.key) == self.slice_begin {
                    // all of it is hidden: it goes on behind
                    self.marker = self.slice_end.take();
                }
                self.step = Step::Page;
                Found::default()
            }
            Step::Anchors => {
                self.step = Step::Page;
                self.marker = items.last().map(|item| item.id.into());
                self.before = items.iter().rev().nth(1).filter(|_| self.proves).map(|item| item.id.into());
                self.anchors = items.iter().map(|item| item.id.into()).collect();
                self.was_lost = self.marker.is_none();
                self.is_behind = self.was_lost;
                Found::default()
            }
            Step::End => Found { fresh: 0, is_end: true },
        }
    }

    /// The same way, from the head on.
    fn starting_over(&self) -> Listing {
        let listing = Listing::new(self.query.clone());
        let (proves, needs_rest, leaves_socket) = (self.proves, self.needs_rest, self.leaves_socket);
        let (places, most_places, most_anchors) = (self.places, self.most_places, self.most_anchors);
        Listing { proves, needs_rest, leaves_socket, places, most_places, most_anchors, ..listing }
    }

    /// A page of the way that begins at the head again: gives out what was passed over. It goes on to the last message with
    /// which that happened, or, where that is gone, to one that was posted later.
    fn found_again(
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

    fn page(&mut self, items: &[Item<'_>], next_marker: Option<&[u8]>) -> Found {
        let (Some(first), Some(last)) = (items.first(), items.last()) else {
            // the last message should stand here: it is gone, or the page began too late
            if self.before.is_some() && !self.has_searched && !self.anchors.is_empty() {
                self.has_searched = true;
                self.step = Step::Anchors;
                return Found::default();
            }
            return self.empty_page();
        };
        let marker = self.marker.as_deref().map(Id::of);
        let passed = items.iter().position(|item| marker == Some(item.key));
        let overlaps = passed.is_some();
        self.proves &= next_marker.is_none_or(|next| next == last.id);
        let is_lost = !overlaps && self.is_known(first);
        if (is_lost || !overlaps && self.before.is_some()) && !self.has_searched && !self.anchors.is_empty() {
            self.has_searched = true;
            self.step = Step::Anchors;
            return Found::default();
        }
        self.is_behind |= is_lost;
        if self.proves && marker.is_some() && !overlaps && self.doubts_still(first) {
            return Found::default();
        }
        // an answer that was long under way leaves open what is old: it is asked for again
        let is_late = first.posted - first.earliest > BLUR;
        if is_late && self.doubts < MOST_DOUBTS && items.iter().any(|item| self.may_be_old(item)) {
            self.doubts += 1;
            return Found::default();
        }
        self.trust();
        if self.step == Step::Headless && self.query.include_claimed {
            let from = if self.is_behind { self.latest.max(self.since) } else { self.since };
            let given = items.iter().map(|item| item.key).collect();
            self.passed_over = Some(PassedOver { given, to: last.posted, from });
        }
        let mut fresh = 0;
        for (place, item) in items.iter().enumerate().take(MOST as usize) {
            let id = item.key;
            if self.seen.has(id) {
                self.is_behind = false;
            } else if item.id.is_empty() {
                // no message
            } else if passed.is_some_and(|passed| place <= passed) {
                // the marker, and what stands before it, was passed over already
            } else if item.posted >= self.since - BLUR && (!self.is_behind || item.posted >= self.latest - BLUR) {
                self.is_behind = false;
                fresh |= 1 << place;
                self.keep(id, item);
            }
        }
        let next = next_marker.unwrap_or(last.id);
        let stays = marker == Some(Id::of(next));
        let last_but_one: Option<Vec<u8>> = items.iter().rev().nth(1).map(|item| item.id.into());
        if stays && self.proves && last_but_one.is_some() && last_but_one != self.before {
            // the page began at the head and was full when it came to the marker
            self.before = last_but_one;
            self.step = Step::Page;
            return Found { fresh, is_end: false };
        }
        if stays {
            return Found { fresh, ..self.empty_page() };
        }
        if fresh != 0 {
            self.circle = Circle::default();
        } else if self.circle.closes_at(Id::of(next)) {
            self.step = Step::End;
            return Found { fresh, is_end: true };
        }
        self.before = last_but_one.or(self.marker.take()).filter(|_| self.proves);
        self.marker = Some(next.into());
        self.step = Step::Page;
        Found { fresh, is_end: false }
    }

    /// Whether a page that is not proven must be asked for again: it is believed when it begins as the one before it.
    fn doubts_still(&mut self, first: &Item<'_>) -> bool {
        let first = Some(first.key);
        self.doubts += 1;
        self.doubts <= MOST_DOUBTS && std::mem::replace(&mut self.doubt, first) != first
    }

    /// Whether it depends on how long the answer took whether a message is wanted.
    fn may_be_old(&self, item: &Item<'_>) -> bool {
        let oldest = if self.is_behind { self.latest.max(self.since) } else { self.since } - BLUR;
        item.posted >= oldest && item.earliest < oldest && !self.seen.has(item.key)
    }

    fn trust(&mut self) {
        self.doubt = None;
        self.doubts = 0;
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

    fn drop_old_anchors(&mut self) {
        let surplus = self.anchors.len().saturating_sub(self.most_anchors);
        self.anchors.drain(..surplus);
    }

    /// Nothing came that leads on: the end, or a slice of which everything is hidden.
    fn empty_page(&mut self) -> Found {
        let hides = !self.query.hides_nothing();
        if self.step == Step::PageAgain {
            self.step = Step::SliceAgain;
            return Found::default();
        }
        let is_page = self.step == Step::Page;
        self.step = if is_page && hides && !self.needs_rest {
            Step::Slice
        } else if is_page && self.marker.is_none() {
            Step::Headless
        } else {
            Step::End
        };
        Found { fresh: 0, is_end: self.step == Step::End }
    }

    fn slice(&mut self, items: &[Item<'_>], next_marker: Option<&[u8]>) -> Found {
        let next = next_marker.or(items.last().map(|item| item.id));
        let next = next.filter(|next| self.marker.as_deref() != Some(*next));
        self.step = if next.is_some() { Step::PageAgain } else { Step::End };
        self.slice_begin = items.first().map(|first| first.key);
        self.slice_end = next.map(Vec::from);
        Found { fresh: 0, is_end: next.is_none() }
    }
}
