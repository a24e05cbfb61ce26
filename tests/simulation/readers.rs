//! What the application reads as it comes, with what must have come by the end: the reference model of tails and walks.

use zaqar_web::engine::listing::{Query, Start};
use zaqar_web::engine::{Engine, FeedId, State, TailFrom, TailId, WalkId};
use zaqar_web::protocol::limits::Rules;

use crate::dice::Dice;
use crate::store::{QUEUES, Store};
use crate::vigil::Vigil;

/// A tail that has lost its place may give out what is older than its start by so much: ages are whole seconds, and an
/// answer takes its time.
const BLUR: f64 = 6_000.0;
/// How much later than it was a message may seem to have been posted to an application that keeps its position.
const LAG: f64 = 2_000.0;

#[derive(Debug)]
pub struct TailWatch {
    pub id: TailId,
    queue: usize,
    echo: bool,
    claimed: bool,
    /// The first message that may be given out, and when it began.
    first: usize,
    began: f64,
    /// Whether what is older can be told from what is new when the place is lost.
    is_placed: bool,
    /// The first message that must be given out.
    promised: Option<usize>,
    ready: Option<usize>,
    delivered: Vec<usize>,
    gaps: Vec<(f64, f64)>,
    pub is_paused: bool,
}

impl TailWatch {
    pub fn open(
        now: f64,
        engine: &mut Engine,
        store: &Store,
        dice: &mut Dice,
        queue: usize,
        seen: &[(String, f64)],
    ) -> TailWatch {
        let (echo, claimed) = (dice.chance(0.85), dice.chance(0.85));
        let query =
            Query { queue: QUEUES[queue].into(), limit: None, echo, include_claimed: claimed, include_delayed: true };
        let mut watch = TailWatch {
            id: TailId(0),
            queue,
            echo,
            claimed,
            first: 0,
            began: now,
            is_placed: true,
            promised: Some(0),
            ready: None,
            delivered: Vec::new(),
            gaps: Vec::new(),
            is_paused: false,
        };
        let of_queue = |(id, posted): &(String, f64)| {
            let place = store.place_of(id).filter(|place| store.messages[*place].queue == queue)?;
            Some((place, *posted))
        };
        let known: Vec<(usize, f64)> = seen.iter().filter_map(of_queue).collect();
        let from = match dice.below(3) {
            0 => TailFrom::Oldest,
            1 if !known.is_empty() => {
                let (place, posted) = dice.pick(&known);
                let posted = posted.min(store.messages[place].posted + LAG);
                let posted = dice.chance(0.7).then_some(posted);
                watch.first = place + 1;
                watch.promised = Some(place + 1);
                watch.began = store.messages[place].posted;
                watch.is_placed = posted.is_some();
                TailFrom::Position(Start { marker: store.messages[place].id.clone().into(), posted })
            }
            _ => {
                watch.first = store.messages.len();
                watch.promised = None;
                TailFrom::Now
            }
        };
        watch.id = engine.tail(now, query, from);
        watch
    }

    pub fn ready(&mut self, store: &Store) {
        assert!(self.ready.is_none(), "a tail is ready once");
        self.ready = Some(store.messages.len());
        self.promised.get_or_insert(store.messages.len());
    }

    pub fn gap(&mut self, now: f64, from: f64, to: f64, why: &str) {
        assert!(from >= to && to >= 0.0, "a gap has a beginning and an end: {why}");
        self.gaps.push((now - from, now - to));
    }

    pub fn delivered(&mut self, now: f64, store: &Store, id: &str, state: State) {
        assert_ne!(state, State::Closed);
        let place = store.place_of(id).expect("a message of the store");
        let message = &store.messages[place];
        assert_eq!(message.queue, self.queue, "a message of the tail's queue");
        assert!(self.echo || message.request == 0, "an own message that is not wanted");
        if place < self.first {
            assert!(
                !self.is_placed || message.posted >= self.began - BLUR,
                "message {place} is {} ms older than the tail's start, at {now}",
                self.began - message.posted
            );
        }
        if self.delivered.last().is_some_and(|last| *last >= place) {
            assert!(!self.delivered.contains(&place), "message {place} is given out twice, at {now}");
            // one that was hidden by a claim when the tail passed may come when the way begins at the head again
            let is_promised = self.promised.is_some_and(|promised| place >= promised);
            // and so may one that was claimed when the tail passed it behind a clogged head
            let is_clogged = store.queues[self.queue].most_expired + 1 >= Rules::default().page() as usize;
            let may_be_late = !is_promised || message.was_hidden && (!self.claimed || is_clogged);
            assert!(may_be_late, "message {place} is given out behind {:?}, at {now}", self.delivered.last());
        }
        self.delivered.push(place);
    }

    pub fn check(&self, now: f64, store: &Store, vigil: &mut Vigil) {
        let ready = self.ready.expect("a tail becomes ready");
        let promised = self.promised.unwrap_or(ready);
        vigil.tally.delivered += self.delivered.len();
        let mut given: Vec<usize> = self.delivered.clone();
        given.sort_unstable();
        let is_clogged = store.queues[self.queue].most_expired + 1 >= Rules::default().page() as usize;
        for (place, message) in store.messages.iter().enumerate().skip(promised) {
            let is_wanted = message.queue == self.queue
                && (self.echo || message.request == 0)
                && (self.claimed || !message.was_hidden)
                && message.deleted.is_none();
            if !is_wanted || given.binary_search(&place).is_ok() {
                continue;
            }
            if message.expires > now {
                panic!("message {place}, posted at {}, lives and was not given out by {:?}", message.posted, self.id);
            }
            vigil.tally.unseen += 1;
            let is_told =
                self.gaps.iter().any(|(from, to)| message.listed >= from - 50.0 && message.posted <= to + 50.0);
            // with less than two messages behind it, a tail cannot prove a page
            let is_unproven = store.queues[self.queue].last_moved >= message.listed
                && self.delivered.iter().filter(|given| **given < place).count() < 2;
            assert!(
                is_told || is_clogged || is_unproven || place < ready,
                "message {place}, posted at {}, expired unseen by {:?}, and no gap tells of it: {:?}",
                message.posted,
                self.id,
                self.gaps
            );
        }
        vigil.tally.tails += 1;
    }
}

#[derive(Debug)]
pub struct WalkWatch {
    pub id: WalkId,
    queue: usize,
    query: Query,
    /// How many messages there were when it began.
    before: Option<usize>,
    delivered: Vec<usize>,
    pub is_busy: bool,
    is_over: bool,
}

impl WalkWatch {
    pub fn open(now: f64, engine: &mut Engine, store: &Store, dice: &mut Dice, queue: usize) -> WalkWatch {
        let query = Query {
            queue: QUEUES[queue].into(),
            limit: Some(dice.pick(&[2, 5, 10, 20])),
            echo: dice.chance(0.6),
            include_claimed: dice.chance(0.6),
            include_delayed: dice.chance(0.6),
        };
        let id = engine.walk(query.clone(), None);
        let mut walk =
            WalkWatch { id, queue, query, before: None, delivered: Vec::new(), is_busy: false, is_over: false };
        walk.go_on(now, engine, store);
        walk
    }

    pub fn go_on(&mut self, now: f64, engine: &mut Engine, store: &Store) {
        if !self.is_busy && !self.is_over {
            self.is_busy = true;
            self.before.get_or_insert(store.messages.len());
            engine.walk_on(now, self.id, 30_000.0);
        }
    }

    pub fn delivered(&mut self, store: &Store, id: &str) {
        self.is_busy = false;
        let place = store.place_of(id).expect("a message of the store");
        let message = &store.messages[place];
        assert_eq!(message.queue, self.queue, "a message of the walk's queue");
        assert!(self.query.echo || message.request == 0, "an own message that is not wanted");
        if self.delivered.last().is_some_and(|last| *last >= place) {
            assert!(!self.delivered.contains(&place), "message {place} is given out twice");
            assert!(message.was_hidden, "message {place} is given out behind {:?}", self.delivered.last());
        }
        self.delivered.push(place);
    }

    pub fn failed(&mut self) {
        assert!(self.is_busy);
        self.is_busy = false;
    }

    pub fn ended(&mut self, now: f64, store: &Store) {
        assert!(self.is_busy && !self.is_over);
        self.is_busy = false;
        self.is_over = true;
        let sees_all = self.query.include_claimed && self.query.include_delayed;
        let queue = &store.queues[self.queue];
        if queue.most_expired + 1 >= self.query.limit.unwrap_or_default() as usize {
            return;
        }
        for place in 0..self.before.unwrap_or(0) {
            let message = &store.messages[place];
            let is_wanted = message.queue == self.queue
                && (self.query.echo || message.request == 0)
                && (sees_all || !message.was_hidden)
                && store.is_alive(now, place);
            assert!(
                !is_wanted || self.delivered.contains(&place),
                "message {place}, posted at {}, lives and was not found by {:?}",
                message.posted,
                self.query
            );
        }
    }
}

#[derive(Debug)]
pub struct FeedWatch {
    pub id: FeedId,
    pub queue: usize,
    pub listeners: u32,
    pub is_ready: bool,
    pub found: Vec<usize>,
}

impl FeedWatch {
    pub fn new(id: FeedId, queue: usize, is_ready: bool) -> FeedWatch {
        FeedWatch { id, queue, listeners: 1, is_ready, found: Vec::new() }
    }

    /// A tail that stands in for the socket has found a message.
    pub fn found(&mut self, store: &Store, id: &str) {
        let place = store.place_of(id).expect("a message of the store");
        assert_eq!(store.messages[place].queue, self.queue, "a message of the feed's queue");
        assert!(!self.found.contains(&place), "message {place} is given to a feed twice");
        self.found.push(place);
    }
}
