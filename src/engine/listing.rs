//! The way through a queue's messages, past the traps of Zaqar's markers.
//!
//! On Redis a marker is a message id, and a page is a slice of `limit` places behind it, from which the server then drops
//! what the filters hide (expired, claimed, delayed, own). So:
//!
//! * a short or empty page is not the end: the slice itself is asked for, unfiltered, and its last id is where to go on.
//!   The marker may go between the two, and they be of different places; so both are asked for twice. The head cannot go: there
//!   the page alone is asked for again;
//! * a marker that was deleted, or that names the very first message, starts the page at the head. Then the latest of the
//!   last messages that still exists serves as marker. Where none does, the way begins at the head again, and what was
//!   given out, or was posted before the last that was given out, is passed over: the store only ever appends;
//! * the server looks up the marker's place and then reads behind it. What others remove in between moves the queue up, and
//!   the page begins too late. So it is asked from the last message but one: a page on which the last one stands has left
//!   nothing out. Where it does not, it is gone, or hidden. The slice tells which, and what stands behind it: that proves the
//!   page as well. If it is gone, it is looked for what of the latest still exists. What cannot be proven is asked twice;
//! * without marker the server skips what is expired or claimed at the head, in two steps as well, and fails when claimed
//!   messages are asked for. A marker that names nothing stands for the head, and proves the page.
//!
//! MongoDB's markers are numbers that only REST tells; where a page brings one, it is used.
//!
//! A message that lies behind as many expired ones as a page has places, less one, which the server has not collected
//! cannot be reached by any marker until it has. Without marker the server skips them, and what is claimed as well. So when the
//! way went on like that, the head is read again each time it sets out, until it has been collected: what was passed over
//! comes late, and out of order.

mod circle;
mod head;
mod pages;
mod proofs;
mod slices;

use circle::Circle;
use head::PassedOver;
use proofs::{Doubt, LastVisible};
use slices::Slice;

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
    /// The one before it.
    before: Option<Vec<u8>>,
    last_visible: Option<LastVisible>,
    /// Whether pages must be proven to leave nothing out. Markers that are no messages always lead to the right place.
    proves: bool,
    doubt: Doubt,
    step: Step,
    slice: Slice,
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
    /// Whether it ends for good: what it passes over is not found by a later look.
    is_read_once: bool,
    /// Whether a page has place for what was passed and for more: behind the very first message it has both of the last.
    has_room: bool,
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

impl Listing {
    /// One that begins at the head.
    pub fn new(query: Query) -> Listing {
        Listing {
            places: query.limit.unwrap_or(MOST_ANCHORS),
            most_places: MOST,
            query,
            marker: None,
            before: None,
            last_visible: None,
            proves: true,
            doubt: Doubt::default(),
            step: Step::Page,
            slice: Slice::default(),
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
            is_read_once: false,
            has_room: true,
            most_anchors: MOST_ANCHORS as usize,
            circle: Circle::default(),
            passed_over: None,
            again: None,
        }
    }

    /// One that is not read again when it has come to the end.
    pub fn once(query: Query) -> Listing {
        Listing { is_read_once: true, ..Listing::new(query) }
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
        self.doubt = Doubt::default();
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
        // the marker comes along, and is none of those that the application wants
        let with_marker = |limit| if limit < page { limit + 1 } else { limit };
        let with_marker = self.query.limit.map_or(page, with_marker).min(self.most_places);
        self.has_room = with_marker > LEAST;
        self.places = match self.before {
            Some(_) => with_marker,
            None => self.query.limit.unwrap_or(page).min(self.most_places),
        };
        self.places = self.places.max(LEAST);
        if !self.overlaps() {
            (self.before, self.last_visible) = (None, None);
        }
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
        let visible = self.last_visible.as_ref().filter(|_| self.step == Step::Page).map(|visible| &visible.behind);
        let marker = match visible.or(self.before.as_ref()).or(self.marker.as_ref()) {
            _ if self.step == Step::Headless => None,
            None if !self.needs_rest => Some(HEAD),
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
                self.doubt.begins_with(items.first());
                self.step = Step::Page;
                Found::default()
            }
            Step::Page | Step::PageAgain | Step::Headless => self.page(items, next_marker),
            Step::Slice => self.slice(items, next_marker),
            Step::SliceAgain => self.slice_again(items),
            Step::Anchors => self.anchors_left(items),
            Step::End => Found { fresh: 0, is_end: true },
        }
    }

    fn drop_old_anchors(&mut self) {
        let surplus = self.anchors.len().saturating_sub(self.most_anchors);
        self.anchors.drain(..surplus);
    }
}
