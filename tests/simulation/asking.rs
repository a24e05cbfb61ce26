//! What the application asks for, at random.

use zaqar_codec::msgpack::Writer;
use zaqar_web::engine::{Engine, RequestId};
use zaqar_web::protocol::action::Action;

use crate::app::{App, Asked, Expected};
use crate::dice::Dice;
use crate::readers::{FeedWatch, TailWatch, WalkWatch};
use crate::server::numbered;
use crate::store::{QUEUES, Store};
use crate::vigil::say;

impl App {
    pub fn act(&mut self, now: f64, engine: &mut Engine, store: &Store, dice: &mut Dice) {
        if self.consumes {
            self.workers.act(now, engine, store, dice);
        }
        let queue = dice.below(QUEUES.len());
        match dice.below(100) {
            0..=44 => self.ask(now, engine, dice, queue),
            45..=49 => {
                let pending: Vec<u32> = self.pending.keys().copied().collect();
                if !pending.is_empty() {
                    let id = dice.pick(&pending);
                    engine.abort(RequestId(id));
                    self.pending.remove(&id);
                }
            }
            50..=59 if self.tails.len() < 4 => {
                let tail = TailWatch::open(now, engine, store, dice, queue, &self.seen);
                say(now, format_args!("   {tail:?}"));
                self.tails.push(tail);
            }
            60..=64 if !self.tails.is_empty() => {
                let index = dice.below(self.tails.len());
                let is_paused = !self.tails[index].is_paused;
                self.tails[index].is_paused = is_paused;
                engine.pause_tail(now, self.tails[index].id, is_paused);
                say(now, format_args!("   {:?} paused: {is_paused}", self.tails[index].id));
            }
            65..=66 if !self.tails.is_empty() => {
                let tail = self.tails.swap_remove(dice.below(self.tails.len()));
                engine.end_tail(now, tail.id);
                say(now, format_args!("   {:?} ends", tail.id));
            }
            67..=74 if self.feeds.len() < 3 => {
                let id = engine.subscribe(now, QUEUES[queue].as_bytes());
                match self.feeds.iter_mut().find(|feed| feed.id == id) {
                    Some(feed) => feed.listeners += 1,
                    None => self.feeds.push(FeedWatch::new(id, queue, engine.delivers(id))),
                }
            }
            75..=78 if !self.feeds.is_empty() => {
                let index = dice.below(self.feeds.len());
                engine.unsubscribe(now, self.feeds[index].id);
                self.feeds[index].listeners -= 1;
                if self.feeds[index].listeners == 0 {
                    self.feeds.swap_remove(index);
                }
            }
            79..=85 if self.walks.len() < 2 => {
                self.walks.push(WalkWatch::open(now, engine, store, dice, queue));
            }
            86..=95 => {
                for walk in &mut self.walks {
                    walk.go_on(now, engine, store);
                }
            }
            96 if !self.walks.is_empty() => {
                let walk = self.walks.swap_remove(dice.below(self.walks.len()));
                engine.end_walk(walk.id);
            }
            _ => {}
        }
    }

    /// Makes one request.
    fn ask(&mut self, now: f64, engine: &mut Engine, dice: &mut Dice, queue: usize) {
        self.numbers += 1;
        let (number, queue) = (self.numbers, QUEUES[queue]);
        let own = numbered(number);
        let message = (!self.seen.is_empty()).then(|| self.seen[dice.below(self.seen.len())].0.clone());
        let message = message.unwrap_or_else(|| "00000000-0000-4000-8000-000000000000".to_owned());
        let claim = (!self.claims.is_empty()).then(|| dice.below(self.claims.len()));
        let mut body = Writer::new();
        let (action, expected) = match dice.below(20) {
            0..=6 => {
                let messages = 1 + dice.below(4);
                body.map(2).text("queue_name").text(queue).text("messages").array(messages);
                for _ in 0..messages {
                    body.map(2).text("body").number(number).text("ttl").number(dice.pick(&[60, 300, 3_600]));
                }
                (Action::MessagePost, Expected::Posted(messages))
            }
            7 | 8 => {
                body.map(1).text("queue_name").text(&own);
                (Action::QueueGet, Expected::Name(own))
            }
            9 => {
                body.map(1).text("queue_name").text(&own);
                (dice.pick(&[Action::QueueCreate, Action::QueueDelete]), Expected::Anything)
            }
            10 => {
                body.map(1).text("queue_name").text(queue);
                (dice.pick(&[Action::QueueGetStats, Action::MessageList]), Expected::Anything)
            }
            11 | 12 => {
                body.map(2).text("queue_name").text(queue).text("message_id").text(&message);
                (Action::MessageGet, Expected::Message(message))
            }
            13 => {
                body.map(2).text("queue_name").text(queue).text("message_ids").array(1).text(&message);
                (Action::MessageGetMany, Expected::Found(vec![message]))
            }
            14 => match claim {
                Some(claim) if dice.chance(0.5) => {
                    let claim = &self.claims[claim];
                    body.map(3).text("queue_name").text(queue).text("message_id").text(&message);
                    body.text("claim_id").text(claim);
                    (Action::MessageDelete, Expected::Anything)
                }
                _ => {
                    body.map(2).text("queue_name").text(queue).text("message_id").text(&message);
                    (Action::MessageDelete, Expected::Anything)
                }
            },
            15 => {
                body.map(4).text("queue_name").text(queue).text("ttl").number(60 + number);
                body.text("grace").number(60).text("limit").number(1 + dice.below(5) as u32);
                (Action::ClaimCreate, Expected::Anything)
            }
            16 => match claim {
                Some(claim) => {
                    let claim = self.claims.swap_remove(claim);
                    body.map(2).text("queue_name").text(queue).text("claim_id").text(&claim);
                    (Action::ClaimDelete, Expected::Anything)
                }
                None => {
                    body.map(0);
                    (Action::QueueList, Expected::Anything)
                }
            },
            17 => {
                body.map(2).text("queue_name").text(queue);
                body.text("subscriber").text(format!("http://h.example/{number}"));
                (Action::SubscriptionCreate, Expected::Anything)
            }
            18 => {
                body.map(0);
                (dice.pick(&[Action::Ping, Action::Health]), Expected::Anything)
            }
            _ => {
                body.map(2).text("queue_name").text(queue).text("pop").number(1);
                (Action::MessageDeleteMany, Expected::Anything)
            }
        };
        let timeout = dice.pick(&[500.0, 3_000.0, 30_000.0, 30_000.0, 30_000.0]);
        let rest_only = self.has_rest && dice.chance(0.05);
        let id = engine.request(now, action, body.into_bytes(), timeout, rest_only);
        let needs_rest = rest_only || action.on_socket().is_none();
        let asked = Asked { number, action, at: now, needs_rest, expected };
        let before = self.pending.insert(id.0, asked);
        assert!(before.is_none(), "the id of a request that has not ended is given to another");
        let most = if action.is_repeatable() { u32::MAX } else { 1 };
        self.bounds.insert(number, (0, most));
    }
}
