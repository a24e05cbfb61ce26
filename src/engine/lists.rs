//! Lists of queues, subscriptions, pools and flavors, page by page as the application asks for them.
//!
//! The server is believed only as far as it goes. On Redis a marker that is the first row, or that was deleted meanwhile,
//! starts the list over. So what came once is dropped, and a page that ends where it was asked to begin is the end. So is as
//! much as came before, over again: the list goes in a circle.

use std::collections::BTreeSet;

use super::config::{Millis, NEVER};
use super::requests::Owner;
use super::{Arrival, Engine, Output};
use crate::protocol::replies::Text;
use crate::protocol::request::Request;

/// Rows of a page where the request does not say how many.
const DEFAULT_LIMIT: u32 = 10;

/// A list that the application goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListId(pub u32);

/// What a page has that is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The places of the new rows in the page.
    pub fresh: Vec<usize>,
    /// Whether another page may follow.
    pub has_more: bool,
}

/// How far a list has been read.
#[derive(Debug)]
pub(super) struct Paging {
    /// The request for the next page.
    what: Request,
    /// The names or ids that came, and the marker that the application gave.
    seen: BTreeSet<String>,
    /// Rows in a row that had come before.
    repeated: usize,
    has_more: bool,
}

impl Paging {
    /// From the request for the first page.
    pub fn new(mut what: Request) -> Paging {
        let (mut limit, marker) = what.page().unzip();
        // With one row at a time, starting over after the first row would never get past it.
        if let Some(limit @ Some(1)) = &mut limit {
            **limit = Some(2);
        }
        let seen = marker.and_then(|marker| marker.clone()).into_iter().collect();
        Paging { what, seen, repeated: 0, has_more: true }
    }

    /// Asks for no more rows at once than the server has on a page. Whether it asked for more.
    pub fn fit(&mut self, most: u32) -> bool {
        match self.what.page() {
            Some((Some(limit), _)) if *limit > most => {
                *limit = most;
                true
            }
            _ => false,
        }
    }

    /// The request for the next page.
    pub fn next_page(&self) -> Request {
        self.what.clone()
    }

    /// Which of a page's names or ids are new.
    pub fn found(&mut self, keys: &[Text<'_>]) -> Rows {
        let is_sparse = matches!(self.what, Request::SubscriptionList(_));
        let Some((limit, marker)) = self.what.page() else { return Rows { fresh: Vec::new(), has_more: false } };
        let is_full = keys.len() >= limit.unwrap_or(DEFAULT_LIMIT) as usize;
        let goes_on = keys.last().is_some_and(|last| marker.as_deref() != Some(last));
        if let Some(last) = keys.last() {
            *marker = Some(last.to_string());
        }
        let fresh: Vec<usize> = (0..keys.len()).filter(|place| self.seen.insert(keys[*place].to_string())).collect();
        self.repeated = if fresh.is_empty() { self.repeated + keys.len() } else { 0 };
        // of subscriptions Redis leaves out the expired, so that a short page is not the last
        self.has_more = goes_on && self.repeated <= self.seen.len() && (is_sparse || is_full);
        Rows { fresh, has_more: self.has_more }
    }
}

#[derive(Debug)]
struct List {
    id: ListId,
    paging: Paging,
    /// When the page that is being fetched must have come; none is fetched else.
    deadline: Millis,
}

/// All lists of a client.
#[derive(Debug, Default)]
pub struct Lists {
    lists: Vec<List>,
    made: u32,
}

impl Lists {
    /// The page that was fetched will not come.
    pub fn stopped(&mut self, id: ListId) {
        if let Some(list) = self.get_mut(id) {
            list.deadline = NEVER;
        }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.lists.clear();
    }

    fn get_mut(&mut self, id: ListId) -> Option<&mut List> {
        self.lists.iter_mut().find(|list| list.id == id)
    }
}

impl Engine {
    /// Starts a list with the request for its first page: a `QueueList`, `SubscriptionList`, `PoolList` or `FlavorList`.
    pub fn list(&mut self, first_page: impl Into<Request>) -> ListId {
        self.lists.made += 1;
        let id = ListId(self.lists.made);
        self.lists.lists.push(List { id, paging: Paging::new(first_page.into()), deadline: NEVER });
        id
    }

    /// Fetches the next rows of a list: [`Arrival::Rows`], [`Output::ListEnded`] or [`Output::ListFailed`] follows. After a failure
    /// the same can be asked again.
    pub fn list_on(&mut self, now: Millis, id: ListId, timeout: Millis) {
        match self.lists.get_mut(id) {
            Some(list) if list.deadline < NEVER => {}
            Some(list) if list.paging.has_more => {
                list.deadline = now + timeout;
                self.fetch_rows(now, id);
            }
            _ => self.outputs.push(Output::ListEnded(id)),
        }
    }

    /// Ends a list.
    pub fn end_list(&mut self, now: Millis, id: ListId) {
        self.lists.lists.retain(|list| list.id != id);
        self.forget_all_of(Owner::List(id));
        self.dispatch(now);
    }

    pub(super) fn list_answered(&mut self, now: Millis, id: ListId, keys: &[Text<'_>]) -> Arrival {
        let Some(list) = self.lists.get_mut(id) else { return Arrival::Nothing };
        let rows = list.paging.found(keys);
        if rows.fresh.is_empty() && rows.has_more {
            self.fetch_rows(now, id);
            return Arrival::Nothing;
        }
        list.deadline = NEVER;
        if rows.fresh.is_empty() {
            self.outputs.push(Output::ListEnded(id));
            return Arrival::Nothing;
        }
        Arrival::Rows(id, rows)
    }

    fn fetch_rows(&mut self, now: Millis, id: ListId) {
        let Some(list) = self.lists.get_mut(id) else { return };
        let (what, timeout) = (list.paging.next_page(), list.deadline - now);
        let rest_only = self.prefers_rest(&what);
        self.add(now, what, Owner::List(id), timeout, rest_only);
    }
}
