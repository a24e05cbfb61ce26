//! The requests that have not ended, and where each of them stands.

use super::config::{Millis, NEVER};
use super::posts::Post;
use super::{ConsumerId, Errand, FeedId, LinkId, ListId, Question, RequestId, TailId, WalkId, WatchId};
use crate::protocol::action::Action;
use crate::protocol::request::{self, Ping};

/// For whom a request was made: who learns how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The application, by the request's id.
    Application,
    /// The session: its first answer, or a sign of life.
    Session,
    /// The REST path: whether it answers.
    RestProbe,
    /// A subscription that is being made.
    Feed(FeedId),
    /// A page for a list.
    List(ListId),
    /// A page for a walk.
    Walk(WalkId),
    /// A page for a tail, or where it begins.
    Tail(TailId),
    /// What a watch asks.
    Watch(WatchId, Question),
    /// What a consumer asks.
    Consumer(ConsumerId, Errand),
    /// Nobody: a subscription that is given up.
    Nobody,
}

impl Owner {
    /// Whether it is for who lists messages, page by page, or counts them: calls go first.
    pub fn is_reader(self) -> bool {
        matches!(self, Owner::Walk(_) | Owner::Tail(_) | Owner::Watch(..))
    }

    /// Whether the answer matters beyond the link on which it was asked for.
    pub fn wants_answer(self) -> bool {
        match self {
            Owner::Application
            | Owner::List(_)
            | Owner::Walk(_)
            | Owner::Tail(_)
            | Owner::Watch(..)
            | Owner::Consumer(..) => true,
            Owner::Session | Owner::RestProbe | Owner::Feed(_) | Owner::Nobody => false,
        }
    }
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// Not sent; from the given time on REST may take it instead of the socket.
    Waiting(Millis),
    /// Sent on the socket at that time, and not answered.
    OnSocket(Millis),
    /// Sent over REST on that link, at that time.
    OnRest(LinkId, Millis),
}

/// One request.
#[derive(Debug)]
pub struct Request {
    /// What is asked, by its name.
    pub action: Action,
    /// What is asked. Of a session's own questions nothing but the name is kept.
    pub what: request::Request,
    /// Of a post: where it stands among others, and what follows it.
    pub post: Option<Box<Post>>,
    /// For whom.
    pub owner: Owner,
    /// When it fails with a timeout.
    pub deadline: Millis,
    /// Whether only REST may carry it.
    pub rest_only: bool,
    /// Where it stands.
    pub stage: Stage,
    /// Whether it was ever sent: only then may the server have seen it.
    pub was_sent: bool,
    /// How often it has been tried again after an answer that asked for it.
    pub retries: u8,
    /// How often an exchange of it has failed.
    pub failures: u8,
    /// Before that it does not go over REST again.
    pub not_before: Millis,
    /// Whether it has been sent again with a fresh token.
    pub has_fresh_token: bool,
}

impl Request {
    /// One that has not been sent yet, for either transport.
    pub fn new(what: request::Request, owner: Owner, deadline: Millis, stage: Stage) -> Request {
        Request {
            action: what.action(),
            what,
            post: None,
            owner,
            deadline,
            rest_only: false,
            stage,
            was_sent: false,
            retries: 0,
            failures: 0,
            not_before: 0.0,
            has_fresh_token: false,
        }
    }

    /// One that a session sends for its own sake.
    pub fn of_session(action: Action, now: Millis) -> Request {
        let request = Request::new(Ping {}.into(), Owner::Session, NEVER, Stage::OnSocket(now));
        Request { action, was_sent: true, ..request }
    }

    /// The same request asks for the next thing: nothing of it has been sent.
    pub fn go_on(&mut self) {
        self.was_sent = false;
        self.retries = 0;
        self.failures = 0;
        self.not_before = 0.0;
        self.has_fresh_token = false;
    }
}

/// All of them. An id is free for the next request as soon as its request has ended.
#[derive(Debug)]
pub struct Requests {
    slots: Vec<Option<Request>>,
    free: Vec<u32>,
    /// Ids of those in `Stage::Waiting`, oldest first.
    waiting: Vec<RequestId>,
    /// No request ends earlier than this.
    earliest: Millis,
}

impl Default for Requests {
    fn default() -> Requests {
        Requests { slots: Vec::new(), free: Vec::new(), waiting: Vec::new(), earliest: NEVER }
    }
}

impl Requests {
    /// Adds one and gives its id.
    pub fn add(&mut self, request: Request) -> RequestId {
        self.earliest = self.earliest.min(request.deadline);
        match self.free.pop() {
            Some(index) => {
                self.slots[index as usize] = Some(request);
                RequestId(index)
            }
            None => {
                self.slots.push(Some(request));
                RequestId(self.slots.len() as u32 - 1)
            }
        }
    }

    /// The one with this id.
    pub fn get(&self, id: RequestId) -> Option<&Request> {
        self.slots.get(id.0 as usize)?.as_ref()
    }

    /// The one with this id, to be changed.
    pub fn get_mut(&mut self, id: RequestId) -> Option<&mut Request> {
        self.slots.get_mut(id.0 as usize)?.as_mut()
    }

    /// Takes it out: it has ended.
    pub fn remove(&mut self, id: RequestId) -> Option<Request> {
        let request = self.slots.get_mut(id.0 as usize)?.take()?;
        self.free.push(id.0);
        if matches!(request.stage, Stage::Waiting(_)) {
            self.leave_line(id);
        }
        Some(request)
    }

    fn leave_line(&mut self, id: RequestId) {
        self.waiting.retain(|waiting| *waiting != id);
    }

    /// Puts it back in line, behind the others; from `fallback_at` on REST may take it.
    pub fn wait(&mut self, id: RequestId, fallback_at: Millis) {
        if let Some(request) = self.get_mut(id) {
            request.stage = Stage::Waiting(fallback_at);
            if !self.waiting.contains(&id) {
                self.waiting.push(id);
            }
        }
    }

    /// Those that wait, oldest first.
    pub fn waiting(&self) -> &[RequestId] {
        &self.waiting
    }

    /// Whether any waits.
    pub fn any_waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// A request of a tail or a watch waits for its turn: its time begins when that has come. That of a walk is the application's.
    pub fn bear_waiting(&mut self, id: RequestId, deadline: Millis) {
        if let Some(request) = self.get_mut(id)
            && matches!(request.owner, Owner::Tail(_) | Owner::Watch(..))
        {
            request.deadline = request.deadline.max(deadline);
        }
    }

    /// Those that have failed may be tried again now.
    pub fn forget_pauses(&mut self) {
        for request in self.slots.iter_mut().flatten() {
            request.not_before = 0.0;
        }
    }

    /// Marks it as sent.
    pub fn sent(&mut self, id: RequestId, stage: Stage) {
        self.leave_line(id);
        if let Some(request) = self.get_mut(id) {
            request.stage = stage;
            request.was_sent = true;
        }
    }

    /// All ids in use.
    pub fn ids(&self) -> Vec<RequestId> {
        self.find(&|_| true)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Request> {
        self.slots.iter().flatten()
    }

    /// Ids of those for which `wanted` holds. Not generic: one copy of it does.
    pub fn find(&self, wanted: &dyn Fn(&Request) -> bool) -> Vec<RequestId> {
        let mut found = Vec::new();
        for (index, slot) in self.slots.iter().enumerate() {
            if slot.as_ref().is_some_and(wanted) {
                found.push(RequestId(index as u32));
            }
        }
        found
    }

    /// How many the application is waiting for.
    pub fn of_application(&self) -> usize {
        self.slots.iter().flatten().filter(|request| request.owner == Owner::Application).count()
    }

    /// Whether a client that closes has to wait: for the application, or for consumers to give back what they hold.
    pub fn any_holds_the_end(&self) -> bool {
        let owners = self.slots.iter().flatten().map(|request| request.owner);
        owners.into_iter().any(|owner| matches!(owner, Owner::Application | Owner::List(_) | Owner::Consumer(..)))
    }

    /// When the next deadline may pass.
    pub fn earliest_deadline(&self) -> Millis {
        self.earliest
    }

    /// The ids of those whose deadline has passed.
    pub fn expired(&mut self, now: Millis) -> Vec<RequestId> {
        if self.earliest > now {
            return Vec::new();
        }
        let expired = self.find(&|request| request.deadline <= now);
        let later = self.slots.iter().flatten().map(|request| request.deadline).filter(|deadline| *deadline > now);
        self.earliest = later.fold(NEVER, f64::min);
        expired
    }
}
