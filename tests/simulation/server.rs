//! A model of Zaqar: one store, and what its two fronts answer. REST's answers have the socket's shape, as the driver gives
//! them to the engine; what they say differs.

use zaqar_codec::msgpack::Writer;

use crate::call::{Call, NUMBERED, What};
use crate::store::{QUEUES, Store};

/// Which front answers: the socket server, for one of its sockets, or the REST server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    Socket(u32),
    Rest,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// MessagePack
    pub body: Vec<u8>,
    /// Where the next page starts: only REST tells.
    pub next: Option<String>,
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
    pub fn serve(&mut self, now: f64, call: &Call, front: Front) -> Answer {
        if let Some(request) = call.request() {
            let request = request as usize;
            if self.executed.len() <= request {
                self.executed.resize(request + 1, 0);
            }
            self.executed[request] += 1;
        }
        let is_rest = front == Front::Rest;
        let queue = QUEUES.iter().position(|name| *name == call.queue);
        if let What::Ping = call.what {
            return ok(if self.is_up { 204 } else { 503 });
        }
        if !self.is_up {
            return failed(is_rest, "Connection refused");
        }
        let store = &mut self.store;
        match (&call.what, queue) {
            (What::Ping | What::Authenticate { .. }, _) => ok(200),
            (What::Health | What::QueueList, _) => with(200, |body| {
                body.map(1).text("queues").array(0);
            }),
            (What::QueueCreate, _) => ok(201),
            (What::QueueGet, _) => with(200, |body| {
                body.map(1).text("name").text(&call.queue);
            }),
            (What::QueueDelete, Some(queue)) => {
                store.delete_queue(now, queue);
                ok(204)
            }
            (What::QueueDelete, None) => ok(204),
            (What::Stats, queue) => self.stats(now, queue, is_rest),
            (What::Post { request, messages, ttl }, Some(queue)) => {
                let posted = (0..*messages).map(|_| store.add(now, queue, now, *ttl, 0.0, *request));
                let posted: Vec<usize> = posted.collect();
                self.posted(&posted)
            }
            (What::List { .. }, None) => self.page(now, &[]),
            (What::List { marker, look }, Some(queue)) => {
                if !store.queues[queue].exists && !is_rest {
                    return refused(404, "Queue does not exist");
                }
                match store.list(now, queue, marker.as_deref(), *look) {
                    Some(page) => {
                        let next = page.last().filter(|_| is_rest).map(|last| store.messages[*last].id.clone());
                        Answer { next, ..self.page(now, &page) }
                    }
                    None => failed(is_rest, "Invalid input of type: 'NoneType'"),
                }
            }
            (What::Get { id }, _) => match store.place_of(id).filter(|place| store.is_alive(now, *place)) {
                Some(place) => with(200, |body| {
                    body.map(1).text("messages");
                    self.message(body, now, place);
                }),
                None => refused(404, "Message does not exist"),
            },
            (What::GetMany { ids }, _) => {
                let places = ids.iter().filter_map(|id| store.place_of(id));
                let found: Vec<usize> = places.filter(|place| store.is_alive(now, *place)).collect();
                self.page(now, &found)
            }
            (What::Delete { id, claim }, _) => match store.delete_with(now, id, claim.as_deref()) {
                204 => ok(204),
                status => refused(status, "The claim does not fit"),
            },
            (What::Pop { count }, Some(queue)) => {
                let free = crate::store::Look { limit: *count, echo: true, claimed: false, delayed: true };
                let popped = store.list(now, queue, None, free).unwrap_or_default();
                let answer = self.page(now, &popped);
                popped.into_iter().for_each(|place| self.store.delete(now, place));
                answer
            }
            (What::ClaimCreate { ttl, limit }, Some(queue)) => match store.claim(now, queue, *limit, *ttl) {
                Some(claim) => self.claimed(now, claim),
                None => ok(204),
            },
            (What::ClaimUpdate { claim, ttl, grace }, _) => {
                let claim = store.claim_of(claim);
                match claim.map_or(404, |claim| store.renew(now, claim, *ttl, *grace)) {
                    204 => ok(204),
                    500 => failed(is_rest, "'NoneType' object is not subscriptable"),
                    status => refused(status, "Claim does not exist"),
                }
            }
            (What::ClaimDelete { claim }, _) => match store.claim_of(claim).map(|claim| store.release(now, claim)) {
                Some(500) => failed(is_rest, "'NoneType' object is not subscriptable"),
                _ => ok(204),
            },
            (What::Subscribe { webhook: Some(_) }, _) => with(201, |body| {
                body.map(1).text("subscription_id").text("webhook");
            }),
            (What::Subscribe { webhook: None }, queue) => self.subscribe(&call.queue, queue, front),
            (What::Subscribed { id }, _) => {
                match self.subscriptions.iter().any(|subscription| Some(subscription.number) == numbered_as(id)) {
                    true => ok(200),
                    false => refused(404, "Subscription does not exist"),
                }
            }
            (What::Unsubscribe { id }, _) => {
                self.subscriptions.retain(|subscription| Some(subscription.number) != numbered_as(id));
                ok(204)
            }
            (What::Post { .. } | What::Pop { .. } | What::ClaimCreate { .. }, None) => {
                panic!("{} is no queue of the simulation's", call.queue)
            }
        }
    }

    fn subscribe(&mut self, name: &str, queue: Option<usize>, front: Front) -> Answer {
        let Front::Socket(link) = front else { panic!("REST subscribes no socket") };
        if let Some(stale) = queue.map(|queue| &mut self.stale[queue]).filter(|stale| **stale > 0) {
            *stale -= 1;
            return failed(false, "<class 'NoneType'> can't be decoded");
        }
        let is_same = |subscription: &Subscription| subscription.link == link && subscription.queue == name;
        if self.subscriptions.iter().any(is_same) {
            return with(409, |body| {
                body.text("Subscription not created.");
            });
        }
        self.subscribed += 1;
        self.subscriptions.push(Subscription { number: self.subscribed, queue: name.to_owned(), link });
        with(201, |body| {
            body.map(2).text("subscription_id").text(format!("s{}", self.subscribed)).text("message").text("created");
        })
    }

    pub fn posted(&self, posted: &[usize]) -> Answer {
        with(201, |body| {
            body.map(1).text("message_ids").array(posted.len());
            for place in posted {
                body.text(&self.store.messages[*place].id);
            }
        })
    }

    fn page(&self, now: f64, page: &[usize]) -> Answer {
        with(200, |body| {
            body.map(1);
            self.messages(body, now, page);
        })
    }

    fn messages(&self, body: &mut Writer, now: f64, places: &[usize]) {
        body.text("messages").array(places.len());
        for place in places {
            self.message(body, now, *place);
        }
    }

    fn message(&self, body: &mut Writer, now: f64, place: usize) {
        let message = &self.store.messages[place];
        body.map(5).text("id").text(&message.id).text("claim_id").nil();
        body.text("ttl").number(message.ttl).text("age").number(self.store.age(now, place));
        body.text("body").number(message.request);
    }

    fn claimed(&self, now: f64, claim: usize) -> Answer {
        let claim = &self.store.claims[claim];
        with(201, |body| {
            body.map(2).text("claim_id").text(&claim.id);
            self.messages(body, now, &claim.messages);
        })
    }

    /// Statistics: fail where a claim has expired; without ends where one of them has (REST fails then, too).
    fn stats(&self, now: f64, queue: Option<usize>, is_rest: bool) -> Answer {
        let existing = queue.filter(|queue| self.store.queues[*queue].exists);
        let Some(queue) = existing else {
            return with(if is_rest { 200 } else { 404 }, |body| {
                body.map(1).text("messages").map(3);
                body.text("claimed").number(0).text("free").number(0).text("total").number(0);
            });
        };
        let index = &self.store.queues[queue].index;
        let ends = index.first().zip(index.last());
        let is_blind =
            ends.is_some_and(|(first, last)| !self.store.is_alive(now, *first) || !self.store.is_alive(now, *last));
        if self.store.has_dead_claim(now, queue) || is_blind && is_rest {
            return failed(is_rest, "'NoneType' object is not subscriptable");
        }
        let shown = ends.filter(|_| !is_blind);
        with(200, |body| {
            let total = index.len() as u32;
            body.map(1).text("messages").map(if shown.is_some() { 5 } else { 3 });
            body.text("claimed").number(0).text("free").number(total).text("total").number(total);
            if let Some((first, last)) = shown {
                body.text("oldest");
                self.message(body, now, *first);
                body.text("newest");
                self.message(body, now, *last);
            }
        })
    }
}

/// The number of a subscription with that id.
fn numbered_as(id: &str) -> Option<u32> {
    id.strip_prefix("s")?.parse().ok()
}

fn with(status: u16, write: impl FnOnce(&mut Writer)) -> Answer {
    let mut body = Writer::new();
    write(&mut body);
    Answer { status, body: body.into_bytes(), next: None }
}

pub fn ok(status: u16) -> Answer {
    with(status, |body| {
        body.map(0);
    })
}

/// A refusal, with the server's sentence.
pub fn refused(status: u16, why: &str) -> Answer {
    with(status, |body| {
        body.map(1).text("error").text(why);
    })
}

/// What the store throws: the socket tells it, REST hides it.
pub fn failed(is_rest: bool, what: &str) -> Answer {
    match is_rest {
        true => refused(503, "Service temporarily unavailable"),
        false => with(500, |body| {
            body.map(2).text("exception").text(what).text("error").text("Unexpected error.");
        }),
    }
}

/// The number of a request as the name of a queue.
pub fn numbered(request: u32) -> String {
    format!("{NUMBERED}{request}")
}
