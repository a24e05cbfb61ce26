//! The way through a queue's messages, past the traps of Zaqar's markers.
//!
//! On Redis a marker is a message id, and a page is a slice of `limit` places behind it, from which the server then drops
//! what the filters hide (expired, claimed, delayed, own). So:
//!
//! * a short or empty page is not the end: the slice itself is asked for, unfiltered, and its last id is where to go on;
//! * a marker that was deleted, or that names the very first message, starts the page at the head: what came before is
//!   remembered and dropped, and of the last messages the latest that still exists serves as marker;
//! * without marker the server skips what is expired or claimed at the head, but fails when claimed messages are asked
//!   for: then a marker that names nothing stands for the head.
//!
//! MongoDB's markers are numbers that only REST tells; where a page brings one, it is used.
//!
//! A message that lies behind `limit` or more expired ones which the server has not collected cannot be reached by any
//! marker until it has.

use std::collections::{BTreeSet, VecDeque};

use super::action::Action;
use super::id::Id;
use super::wire::msgpack::Writer;

/// Most ids that may be asked for at once, and most places of a page.
pub const MOST: u32 = 20;
/// A marker that names no message: the head.
const HEAD: &str = "head";

/// What is asked for, and what to leave out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The queue.
    pub queue: String,
    /// Places of one page, 2 to 20: with one, a page behind the first message never goes on.
    pub limit: u32,
    /// Whether the client's own messages are wanted.
    pub echo: bool,
    /// Whether claimed messages are wanted.
    pub include_claimed: bool,
    /// Whether delayed messages are wanted.
    pub include_delayed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The next page, as the query wants it.
    Page,
    /// The same slice with nothing left out.
    Slice,
    /// Which of the last messages still exist.
    Anchors,
    /// The first messages that can be had without marker.
    Headless,
    End,
}

/// What comes of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Those of its messages that are wanted and new, as bits.
    pub fresh: u32,
    /// Whether there is nothing more to ask.
    pub is_end: bool,
}

/// A walk from a position to the end of a queue.
#[derive(Debug)]
pub struct Listing {
    query: Query,
    marker: Option<String>,
    step: Step,
    /// The last messages given out, latest last.
    anchors: VecDeque<String>,
    seen: BTreeSet<Id>,
    /// Whether the anchors were asked for since the last message that was new.
    has_searched: bool,
}

impl Listing {
    /// One that starts behind `marker`, or at the head.
    pub fn new(query: Query, marker: Option<&str>) -> Listing {
        Listing {
            query,
            marker: marker.filter(|marker| !marker.is_empty()).map(String::from),
            step: Step::Page,
            anchors: VecDeque::new(),
            seen: BTreeSet::new(),
            has_searched: false,
        }
    }

    /// What to ask next.
    pub fn ask(&self) -> (Action, Vec<u8>) {
        let query = &self.query;
        let mut body = Writer::new();
        if self.step == Step::Anchors {
            body.map(2).text("queue_name").text(&query.queue).text("message_ids").array(self.anchors.len());
            for anchor in &self.anchors {
                body.text(anchor);
            }
            return (Action::MessageGetMany, body.into_bytes());
        }
        let is_slice = self.step == Step::Slice;
        let include_claimed = (query.include_claimed || is_slice) && self.step != Step::Headless;
        let marker = match &self.marker {
            _ if self.step == Step::Headless => None,
            None if include_claimed => Some(HEAD),
            marker => marker.as_deref(),
        };
        body.map(5 + usize::from(marker.is_some())).text("queue_name").text(&query.queue);
        if let Some(marker) = marker {
            body.text("marker").text(marker);
        }
        body.text("limit").number(query.limit).text("echo").boolean(query.echo || is_slice);
        body.text("include_claimed").boolean(include_claimed);
        body.text("include_delayed").boolean(query.include_delayed || is_slice);
        (Action::MessageList, body.into_bytes())
    }

    /// The ids that came, in order, and the marker that came with them if the store has markers of its own.
    pub fn found(&mut self, ids: &[&str], next_marker: Option<&str>) -> Found {
        match self.step {
            Step::Page | Step::Headless => self.page(ids, next_marker),
            Step::Slice => self.slice(ids),
            Step::Anchors => {
                // without any, the page at the head has begun already: what was seen of it is dropped
                self.marker = ids.last().map(|id| String::from(*id));
                self.step = Step::Page;
                Found { fresh: 0, is_end: false }
            }
            Step::End => Found { fresh: 0, is_end: true },
        }
    }

    fn page(&mut self, ids: &[&str], next_marker: Option<&str>) -> Found {
        let Some(last) = ids.last() else { return self.empty_page() };
        let marker = self.marker.as_deref().map(Id::of);
        let first = Id::of(ids[0]);
        if marker != Some(first) && self.seen.contains(&first) && !self.anchors.is_empty() && !self.has_searched {
            self.has_searched = true;
            self.step = Step::Anchors;
            return Found { fresh: 0, is_end: false };
        }
        let mut fresh = 0;
        for (place, text) in ids.iter().enumerate().take(MOST as usize) {
            let id = Id::of(text);
            if marker != Some(id) && self.seen.insert(id) {
                fresh |= 1 << place;
                self.anchors.push_back((*text).into());
            }
        }
        while self.anchors.len() > MOST as usize {
            self.anchors.pop_front();
        }
        if fresh != 0 {
            self.has_searched = false;
        }
        let next = next_marker.unwrap_or(last);
        let stays = marker == Some(Id::of(next));
        self.marker = Some(next.into());
        self.step = Step::Page;
        if stays {
            return Found { fresh, ..self.empty_page() };
        }
        Found { fresh, is_end: false }
    }

    /// Nothing came that leads on: the end, or a slice of which everything is hidden.
    fn empty_page(&mut self) -> Found {
        let query = &self.query;
        let hides = !(query.echo && query.include_claimed && query.include_delayed);
        self.step = match self.step {
            Step::Page if hides => Step::Slice,
            Step::Page if self.marker.is_none() => Step::Headless,
            Step::Page | Step::Slice | Step::Anchors | Step::Headless | Step::End => Step::End,
        };
        Found { fresh: 0, is_end: self.step == Step::End }
    }

    fn slice(&mut self, ids: &[&str]) -> Found {
        let last = ids.last().copied().filter(|last| self.marker.as_deref().map(Id::of) != Some(Id::of(last)));
        match last {
            Some(last) => {
                self.marker = Some(last.into());
                self.step = Step::Page;
            }
            None => self.step = Step::End,
        }
        Found { fresh: 0, is_end: last.is_none() }
    }
}
