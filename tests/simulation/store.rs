//! A model of Zaqar's message store on Redis, with the traps of its listings, claims and statistics.
//!
//! Every message there ever was has its place in `messages`, in the order in which they became visible, so that this order
//! within a queue is the order of ranks. What a queue's index holds, expired entries included, are such places.

use crate::call::BODIES;

/// Names of the queues that have messages.
pub const QUEUES: [&str; 3] = ["q0", "q1", "q2"];

#[derive(Debug)]
pub struct Message {
    pub id: String,
    pub queue: usize,
    pub posted: f64,
    /// Since when it can be listed.
    pub listed: f64,
    pub expires: f64,
    pub ttl: u32,
    /// The request of our client that posted it, 0 if somebody else did, and its place in the post.
    pub request: u32,
    pub place_in_post: u32,
    /// Until when it is delayed.
    pub delayed_until: f64,
    pub claim: Option<(usize, f64)>,
    /// Whether it ever was claimed or delayed.
    pub was_hidden: bool,
    /// When a claim on it was last given up.
    freed: f64,
    /// When it was deleted.
    pub deleted: Option<f64>,
}

impl Message {
    /// What it says.
    pub fn body(&self) -> u32 {
        self.request * BODIES + self.place_in_post
    }
}

#[derive(Debug)]
pub struct Claim {
    pub id: String,
    pub queue: usize,
    /// When it was made or last renewed, and for how many seconds.
    renewed: f64,
    pub ttl: u32,
    pub expires: f64,
    pub messages: Vec<usize>,
    pub is_collected: bool,
    /// When it was given up.
    given_up: Option<f64>,
}

impl Claim {
    /// When it has ended, if it has.
    pub fn ended_at(&self, now: f64) -> Option<f64> {
        self.given_up.or_else(|| (self.expires <= now).then_some(self.expires))
    }

    /// Whether it was renewed after that.
    pub fn was_renewed_since(&self, then: f64) -> bool {
        self.renewed >= then
    }

    /// Seconds since it was made or renewed.
    pub fn age(&self, now: f64) -> u32 {
        ((now - self.renewed) / 1_000.0) as u32
    }
}

#[derive(Debug, Default)]
pub struct Queue {
    pub exists: bool,
    pub index: Vec<usize>,
    /// A claim was given up or expired near the head: the next one takes what others hold.
    claims_twice: bool,
    /// The most expired entries that were ever met in the index.
    pub most_expired: usize,
    /// When a page was last read while others removed what stood before it.
    pub last_moved: f64,
}

#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub limit: usize,
    pub echo: bool,
    pub claimed: bool,
    pub delayed: bool,
}

#[derive(Debug)]
pub struct Store {
    pub messages: Vec<Message>,
    pub claims: Vec<Claim>,
    pub queues: [Queue; 3],
    /// Where in its second the server's clock starts.
    pub phase: f64,
    /// When a queue was counted, which, and how many messages it had.
    pub counted: Vec<(f64, usize, usize)>,
    /// So many of the first messages go while the next page is read.
    pub removed_while_reading: usize,
}

impl Store {
    pub fn new(phase: f64) -> Store {
        let queue = || Queue { last_moved: f64::NEG_INFINITY, ..Queue::default() };
        Store {
            messages: Vec::new(),
            claims: Vec::new(),
            queues: [queue(), queue(), queue()],
            phase,
            counted: Vec::new(),
            removed_while_reading: 0,
        }
    }

    /// Adds messages to the end of a queue; they were posted then, and can be listed from now on.
    pub fn add(&mut self, now: f64, queue: usize, posted: f64, ttl: u32, delay: f64, by: (u32, u32)) -> usize {
        let place = self.messages.len();
        let scatter = (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        self.messages.push(Message {
            id: format!("{scatter:08x}-0000-4000-8000-{place:012x}"),
            queue,
            posted,
            listed: now,
            expires: posted + f64::from(ttl) * 1_000.0,
            ttl,
            request: by.0,
            place_in_post: by.1,
            delayed_until: posted + delay,
            claim: None,
            was_hidden: delay > 0.0,
            freed: now,
            deleted: None,
        });
        self.queues[queue].exists = true;
        self.queues[queue].index.push(place);
        place
    }

    /// The place of the message with this id, if there ever was one.
    pub fn place_of(&self, id: &str) -> Option<usize> {
        let place = usize::from_str_radix(id.get(24..)?, 16).ok()?;
        (self.messages.get(place)?.id == id).then_some(place)
    }

    pub fn is_alive(&self, now: f64, place: usize) -> bool {
        let message = &self.messages[place];
        message.deleted.is_none() && message.expires > now
    }

    /// Age in whole seconds of the server's clock.
    pub fn age(&self, now: f64, place: usize) -> u32 {
        let second = |time: f64| ((time + self.phase) / 1_000.0).floor();
        (second(now) - second(self.messages[place].posted)).max(0.0) as u32
    }

    fn is_claimed(&self, now: f64, place: usize) -> bool {
        self.messages[place].claim.is_some_and(|(_, until)| until > now)
    }

    /// A page of the names of queues. A marker that is gone, or the first, starts over.
    pub fn list_queues(&self, marker: Option<&str>, limit: usize) -> Vec<&'static str> {
        let names = QUEUES.iter().zip(&self.queues).filter(|(_, queue)| queue.exists).map(|(name, _)| *name);
        let rank = marker.and_then(|marker| names.clone().position(|name| name == marker));
        names.skip(rank.filter(|rank| *rank > 0).map_or(0, |rank| rank + 1)).take(limit).collect()
    }

    /// A page. `None`: the server fails at it.
    pub fn list(&mut self, now: f64, queue: usize, marker: Option<&str>, look: Look) -> Option<Vec<usize>> {
        let index = &self.queues[queue].index;
        let expired = index.iter().filter(|place| !self.is_alive(now, **place)).count();
        let start = match marker {
            None if look.claimed => return None,
            None => {
                let is_free = |place: &usize| self.is_alive(now, *place) && !self.is_claimed(now, *place);
                index.iter().position(is_free).unwrap_or(0)
            }
            Some(marker) => {
                let rank = self.place_of(marker).and_then(|place| index.binary_search(&place).ok());
                rank.filter(|rank| *rank > 0).map_or(0, |rank| rank + 1)
            }
        };
        let removed = std::mem::take(&mut self.removed_while_reading).min(start.saturating_sub(1));
        let gone: Vec<usize> = index.iter().take(removed).copied().collect();
        if !gone.is_empty() {
            self.queues[queue].last_moved = now;
        }
        gone.into_iter().for_each(|place| self.delete(now, place));
        let index = &self.queues[queue].index;
        let slice = index.iter().skip(start).take(look.limit).copied();
        let page = slice.filter(|place| {
            let message = &self.messages[*place];
            self.is_alive(now, *place)
                && (look.echo || message.request == 0)
                && (look.claimed || !self.is_claimed(now, *place))
                && (look.delayed || message.delayed_until <= now)
        });
        let page = page.collect();
        self.queues[queue].most_expired = self.queues[queue].most_expired.max(expired);
        Some(page)
    }

    /// Deletes a message whatever its state.
    pub fn delete(&mut self, now: f64, place: usize) {
        let message = &mut self.messages[place];
        if message.deleted.is_none() && message.expires > now {
            message.deleted = Some(now);
            crate::vigil::say(now, format_args!("   {place} is deleted"));
            let index = &mut self.queues[message.queue].index;
            if let Ok(rank) = index.binary_search(&place) {
                index.remove(rank);
            }
        }
    }

    /// Deletes a message as the API does: the status.
    pub fn delete_with(&mut self, now: f64, id: &str, claim: Option<&str>) -> u16 {
        let Some(place) = self.place_of(id).filter(|place| self.is_alive(now, *place)) else { return 204 };
        let held = self.messages[place].claim.filter(|(_, until)| *until > now);
        match (held, claim) {
            (Some((holder, _)), Some(claim)) if self.claims[holder].id == claim => {}
            (Some(_), _) => return 403,
            (None, Some(_)) => return 400,
            (None, None) => {}
        }
        self.delete(now, place);
        204
    }

    /// Claims what is free from the head on, and drops what has expired on the way.
    pub fn claim(&mut self, now: f64, queue: usize, limit: usize, ttl: u32) -> Option<usize> {
        let takes_all = std::mem::take(&mut self.queues[queue].claims_twice);
        let mut taken: Vec<usize> = Vec::new();
        let mut met = 0;
        for place in self.queues[queue].index.clone() {
            if taken.len() >= limit {
                break;
            }
            met += 1;
            let is_free = takes_all || !self.is_claimed(now, place);
            if self.is_alive(now, place) && is_free && self.messages[place].delayed_until <= now {
                taken.push(place);
            }
        }
        let messages = &self.messages;
        let mut rank = 0;
        self.queues[queue].index.retain(|place| {
            rank += 1;
            rank > met || messages[*place].expires > now
        });
        if taken.is_empty() {
            return None;
        }
        let (claim, expires) = (self.claims.len(), now + f64::from(ttl) * 1_000.0);
        for place in &taken {
            self.messages[*place].claim = Some((claim, expires));
            self.messages[*place].was_hidden = true;
        }
        let id = format!("c1a1c1a1-0000-4000-8000-{claim:012x}");
        let (is_collected, given_up) = (false, None);
        self.claims.push(Claim { id, queue, renewed: now, ttl, expires, messages: taken, is_collected, given_up });
        Some(claim)
    }

    pub fn claim_of(&self, id: &str) -> Option<usize> {
        let claim = usize::from_str_radix(id.get(24..)?, 16).ok()?;
        (self.claims.get(claim)?.id == id).then_some(claim)
    }

    /// Gives a claim up. The status: the server fails on one that has expired and is not collected.
    pub fn release(&mut self, now: f64, claim: usize) -> u16 {
        let Claim { queue, expires, is_collected, .. } = self.claims[claim];
        if is_collected {
            return 204;
        }
        if expires <= now {
            return 500;
        }
        self.claims[claim].is_collected = true;
        self.claims[claim].given_up = Some(now);
        self.queues[queue].claims_twice = true;
        for place in self.claims[claim].messages.clone() {
            if self.messages[place].claim.is_some_and(|(holder, _)| holder == claim) {
                self.messages[place].claim = None;
                self.messages[place].freed = now;
            }
        }
        204
    }

    /// What asking for a claim is answered, as `release` tells it.
    pub fn look_at(&self, now: f64, claim: usize) -> u16 {
        match &self.claims[claim] {
            Claim { is_collected: true, .. } => 404,
            Claim { expires, .. } if *expires <= now => 500,
            Claim { .. } => 200,
        }
    }

    /// Makes a claim last for so many seconds from now on, and its messages for so many more. The status, as of `release`.
    pub fn renew(&mut self, now: f64, claim: usize, ttl: u32, grace: u32) -> u16 {
        let Claim { expires, is_collected, .. } = self.claims[claim];
        if is_collected {
            return 404;
        }
        if expires <= now {
            return 500;
        }
        let until = now + f64::from(ttl) * 1_000.0;
        self.claims[claim].renewed = now;
        self.claims[claim].ttl = ttl;
        self.claims[claim].expires = until;
        for place in self.claims[claim].messages.clone() {
            let is_alive = self.is_alive(now, place);
            let message = &mut self.messages[place];
            if message.claim.is_some_and(|(holder, _)| holder == claim) && is_alive {
                message.claim = Some((claim, until));
                message.expires = message.expires.max(until + f64::from(grace) * 1_000.0);
            }
        }
        204
    }

    /// Whether anybody could have claimed a message ever since.
    pub fn is_free_since(&self, now: f64, since: f64, place: usize) -> bool {
        let message = &self.messages[place];
        let claimed_until = message.claim.map_or(0.0, |(_, until)| until);
        let free = message.listed.max(message.delayed_until).max(message.freed).max(claimed_until);
        self.is_alive(now, place) && free < since
    }

    /// The id of the claim that holds a message.
    pub fn claim_on(&self, now: f64, place: usize) -> Option<&str> {
        let holder = self.messages[place].claim.filter(|(_, until)| *until > now);
        holder.map(|(claim, _)| &*self.claims[claim].id)
    }

    /// What a claim holds.
    pub fn held_by(&self, now: f64, claim: usize) -> Vec<usize> {
        let is_held = |place: &usize| {
            self.is_alive(now, *place) && self.messages[*place].claim.is_some_and(|(holder, _)| holder == claim)
        };
        self.claims[claim].messages.iter().copied().filter(is_held).collect()
    }

    /// Whether this claim holds a message.
    pub fn is_held_by(&self, now: f64, place: usize, claim: &str) -> bool {
        self.is_alive(now, place) && self.claim_on(now, place) == Some(claim)
    }

    /// Whether a claim of the queue has expired and is not collected: statistics fail.
    pub fn has_dead_claim(&self, now: f64, queue: usize) -> bool {
        self.claims.iter().any(|claim| claim.queue == queue && !claim.is_collected && claim.expires <= now)
    }

    /// What `zaqar-gc` does.
    pub fn collect(&mut self, now: f64) {
        let messages = &self.messages;
        for queue in &mut self.queues {
            queue.index.retain(|place| messages[*place].expires > now);
        }
        for claim in self.claims.iter_mut().filter(|claim| claim.expires <= now) {
            claim.is_collected = true;
        }
    }

    /// Deletes all messages of a queue but those that are claimed.
    pub fn purge(&mut self, now: f64, queue: usize) {
        for place in self.queues[queue].index.clone() {
            if !self.is_claimed(now, place) {
                self.delete(now, place);
            }
        }
    }

    /// Deletes all messages of a queue, and the queue.
    pub fn delete_queue(&mut self, now: f64, queue: usize) {
        for place in self.queues[queue].index.clone() {
            self.delete(now, place);
        }
        self.queues[queue].index.clear();
        self.queues[queue].exists = false;
    }
}
