//! A model of Zaqar: one store, and what becomes of a call, whichever front takes it.

use crate::answer::{Stats, Told};
use crate::call::{Call, NUMBERED, What};
use crate::posts::Posts;
use crate::store::{QUEUES, Store};

/// Which front answers: the socket server, for one of its sockets, or the REST server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    Socket(u32),
    Rest,
}

#[derive(Debug)]
pub struct Subscription {
    pub number: u32,
    pub queue: String,
    pub link: u32,
}

#[derive(Debug)]
pub struct Server {
    pub store: Store,
    pub posts: Posts,
    pub subscriptions: Vec<Subscription>,
    subscribed: u32,
    /// Expired subscriptions that the store has not forgotten, of each queue.
    pub stale: [u32; 3],
    /// How often each numbered request of the client was carried out.
    pub executed: Vec<u32>,
    /// Whether Redis answers.
    pub is_up: bool,
    /// Where a token is needed: those that are good, and until when.
    pub tokens: Option<Vec<(String, f64)>>,
}

impl Server {
    pub fn new(phase: f64) -> Server {
        Server {
            store: Store::new(phase),
            posts: Posts::default(),
            subscriptions: Vec::new(),
            subscribed: 0,
            stale: [0; 3],
            executed: Vec::new(),
            is_up: true,
            tokens: None,
        }
    }

    /// Whether a token is good.
    pub fn has_token(&self, now: f64, token: Option<&[u8]>) -> bool {
        let mut tokens = self.tokens.iter().flatten();
        tokens.any(|(good, ends)| Some(good.as_bytes()) == token && *ends > now)
    }

    /// A socket has ended, and the server knows: its subscriptions go with it.
    pub fn socket_ended(&mut self, link: u32) {
        self.subscriptions.retain(|subscription| subscription.link != link);
    }

    /// The sockets to which a post to this queue is announced.
    pub fn listeners(&self, queue: &str) -> Vec<u32> {
        let of_queue = self.subscriptions.iter().filter(|subscription| subscription.queue == queue);
        of_queue.map(|subscription| subscription.link).collect()
    }

    /// Carries a call out and answers it.
    pub fn serve(&mut self, now: f64, call: &Call, front: Front) -> Told {
        if let Some(request) = call.request() {
            let request = request as usize;
            if self.executed.len() <= request {
                self.executed.resize(request + 1, 0);
            }
            self.executed[request] += 1;
        }
        let queue = QUEUES.iter().position(|name| *name == call.queue);
        if let What::Ping = call.what {
            return Told::Done(if self.is_up { 204 } else { 503 });
        }
        if !self.is_up {
            return Told::Failed("Connection refused");
        }
        let store = &mut self.store;
        match (&call.what, queue) {
            (What::Ping | What::Authenticate { .. }, _) => Told::Done(200),
            (What::Health, _) => Told::Health,
            (What::QueueList { marker, limit }, _) => Told::Queues(store.list_queues(marker.as_deref(), *limit)),
            (What::QueueCreate, _) => Told::Done(201),
            (What::QueueGet, _) => Told::Queue(call.queue.clone()),
            (What::QueueDelete, queue) => {
                if let Some(queue) = queue {
                    store.delete_queue(now, queue);
                }
                Told::Done(204)
            }
            (What::Purge, queue) => {
                if let Some(queue) = queue {
                    store.purge(now, queue);
                }
                Told::Done(204)
            }
            (What::Share, _) => Told::Shared,
            (What::Stats, queue) => {
                let told = self.stats(now, queue, front);
                if let (Told::Stats(stats), Some(queue)) = (&told, queue) {
                    self.store.counted.push((now, queue, stats.as_ref().map_or(0, |stats| stats.total)));
                }
                told
            }
            (What::Post(post), Some(queue)) => {
                let delay = f64::from(post.delay) * 1_000.0;
                let add = |place| store.add(now, queue, now, post.ttl, delay, (post.request, post.first + place));
                let posted = (0..post.count).map(add).collect();
                self.posts.stored(now, post, front);
                Told::Posted(posted)
            }
            (What::List { .. }, None) => Told::Page(Vec::new()),
            (What::List { marker, look }, Some(queue)) => {
                if !store.queues[queue].exists && front != Front::Rest {
                    return Told::Refused(404, "Queue does not exist");
                }
                match store.list(now, queue, marker.as_deref(), *look) {
                    Some(page) => Told::Page(page),
                    None => Told::Failed("Invalid input of type: 'NoneType'"),
                }
            }
            (What::Get { id }, _) => match store.place_of(id).filter(|place| store.is_alive(now, *place)) {
                Some(place) => Told::Message(place),
                None => Told::Refused(404, "Message does not exist"),
            },
            (What::GetMany { ids }, _) => {
                let places = ids.iter().filter_map(|id| store.place_of(id));
                let found: Vec<usize> = places.filter(|place| store.is_alive(now, *place)).collect();
                match front {
                    Front::Rest if found.is_empty() => Told::Refused(404, "No messages could be found."),
                    Front::Rest | Front::Socket(_) => Told::Found(found),
                }
            }
            (What::Delete { id, claim }, _) => match store.delete_with(now, id, claim.as_deref()) {
                204 => Told::Done(204),
                status => Told::Refused(status, "The claim does not fit"),
            },
            (What::Pop { count }, Some(queue)) => {
                let free = crate::store::Look { limit: *count, echo: true, claimed: false, delayed: true };
                let popped = store.list(now, queue, None, free).unwrap_or_default();
                // the answer tells of messages that are gone
                popped.iter().for_each(|place| store.delete(now, *place));
                Told::Found(popped)
            }
            (What::ClaimCreate { ttl, limit }, Some(queue)) => match store.claim(now, queue, *limit, *ttl) {
                Some(claim) => Told::Claimed(claim),
                None => Told::NothingToClaim,
            },
            (What::ClaimGet { claim }, _) => {
                let claim = store.claim_of(claim);
                match claim.map_or(404, |claim| store.look_at(now, claim)) {
                    500 => Told::Failed("'NoneType' object is not subscriptable"),
                    404 => Told::Refused(404, "Claim does not exist"),
                    _ => Told::Claim(claim.expect("a claim that was found")),
                }
            }
            (What::ClaimUpdate { claim, ttl, grace }, _) => {
                let claim = store.claim_of(claim);
                match claim.map_or(404, |claim| store.renew(now, claim, *ttl, *grace)) {
                    204 => Told::Done(204),
                    500 => Told::Failed("'NoneType' object is not subscriptable"),
                    status => Told::Refused(status, "Claim does not exist"),
                }
            }
            (What::ClaimDelete { claim }, _) => match store.claim_of(claim).map(|claim| store.release(now, claim)) {
                Some(500) => Told::Failed("'NoneType' object is not subscriptable"),
                _ => Told::Done(204),
            },
            (What::Subscribe { webhook: Some(_) }, _) => Told::Subscribed("webhook".to_owned()),
            (What::Subscribe { webhook: None }, queue) => self.subscribe(&call.queue, queue, front),
            (What::Subscribed { id }, _) => {
                match self.subscriptions.iter().any(|subscription| Some(subscription.number) == numbered_as(id)) {
                    true => Told::Done(200),
                    false => Told::Refused(404, "Subscription does not exist"),
                }
            }
            (What::Unsubscribe { id }, _) => {
                self.subscriptions.retain(|subscription| Some(subscription.number) != numbered_as(id));
                Told::Done(204)
            }
            (What::Post(_) | What::Pop { .. } | What::ClaimCreate { .. }, None) => {
                panic!("{} is no queue of the simulation's", call.queue)
            }
        }
    }

    fn subscribe(&mut self, name: &str, queue: Option<usize>, front: Front) -> Told {
        let Front::Socket(link) = front else { panic!("REST subscribes no socket") };
        if let Some(stale) = queue.map(|queue| &mut self.stale[queue]).filter(|stale| **stale > 0) {
            *stale -= 1;
            return Told::Failed("<class 'NoneType'> can't be decoded");
        }
        let is_same = |subscription: &Subscription| subscription.link == link && subscription.queue == name;
        if self.subscriptions.iter().any(is_same) {
            return Told::SubscribedBefore;
        }
        self.subscribed += 1;
        self.subscriptions.push(Subscription { number: self.subscribed, queue: name.to_owned(), link });
        Told::Subscribed(format!("s{}", self.subscribed))
    }

    /// Statistics: fail where a claim has expired; without ends where one of them has (REST fails then, too).
    fn stats(&self, now: f64, queue: Option<usize>, front: Front) -> Told {
        let existing = queue.filter(|queue| self.store.queues[*queue].exists);
        let Some(queue) = existing else {
            return Told::Stats(Some(Stats { total: 0, ends: None }).filter(|_| front == Front::Rest));
        };
        let index = &self.store.queues[queue].index;
        let ends = index.first().copied().zip(index.last().copied());
        let is_blind =
            ends.is_some_and(|(first, last)| !self.store.is_alive(now, first) || !self.store.is_alive(now, last));
        if self.store.has_dead_claim(now, queue) || is_blind && front == Front::Rest {
            return Told::Failed("'NoneType' object is not subscriptable");
        }
        Told::Stats(Some(Stats { total: index.len(), ends: ends.filter(|_| !is_blind) }))
    }
}

/// The number of a subscription with that id.
fn numbered_as(id: &str) -> Option<u32> {
    id.strip_prefix("s")?.parse().ok()
}

/// The number of a request as the name of a queue.
pub fn numbered(request: u32) -> String {
    format!("{NUMBERED}{request}")
}
