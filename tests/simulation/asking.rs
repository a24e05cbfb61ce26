//! What the application asks for, at random.

use zaqar_codec::msgpack::Writer;
use zaqar_web::engine::{Engine, RequestId};
use zaqar_web::protocol::opaque::Opaque;
use zaqar_web::protocol::request::*;

use crate::app::App;
use crate::asked::{Asked, Expected};
use crate::call::BODIES;
use crate::dice::Dice;
use crate::readers::{FeedWatch, TailWatch, WalkWatch};
use crate::server::{Server, numbered};
use crate::store::QUEUES;
use crate::vigil::say;

impl App {
    pub fn act(&mut self, now: f64, engine: &mut Engine, server: &mut Server, dice: &mut Dice) {
        let store = &server.store;
        if self.consumes {
            self.workers.act(now, engine, store, dice);
        }
        let queue = dice.below(QUEUES.len());
        match dice.below(100) {
            0..=44 => self.ask(now, engine, server, dice, queue),
            45..=49 => {
                let pending: Vec<u32> = self.pending.keys().copied().collect();
                if !pending.is_empty() {
                    let id = dice.pick(&pending);
                    let asked = self.settle(RequestId(id), server);
                    say(now, format_args!("   {} is given up", asked.number));
                    engine.abort(now, RequestId(id));
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
                engine.end_walk(now, walk.id);
            }
            _ => {}
        }
    }

    /// Makes one request.
    fn ask(&mut self, now: f64, engine: &mut Engine, server: &mut Server, dice: &mut Dice, queue: usize) {
        self.numbers += 1;
        let number = self.numbers;
        let timeout = dice.pick(&[500.0, 3_000.0, 30_000.0, 30_000.0, 30_000.0]);
        let rest_only = self.has_rest && dice.chance(0.05);
        let (request, expected) = self.draw(number, queue, dice);
        let action = request.action();
        let mut needs_rest = rest_only || action.on_socket().is_none();
        let mut most = if action.is_repeatable() { u32::MAX } else { 1 };
        if let (Request::MessagePost(post), Expected::Posted(count)) = (&request, &expected) {
            needs_rest |= post.has_delay();
            most = *count;
            server.posts.made(number, queue, *count);
            say(now, format_args!("   post {number} of {count} to q{queue}"));
        }
        let id = engine.request(now, request, timeout, rest_only).expect("a request that is not refused");
        let asked = Asked { number, action, at: now, needs_rest, expected, ids: Vec::new() };
        let before = self.pending.insert(id.0, asked);
        assert!(before.is_none(), "the id of a request that has not ended is given to another");
        self.bounds.insert(number, (0, most));
    }

    fn draw(&mut self, number: u32, queue: usize, dice: &mut Dice) -> (Request, Expected) {
        let own = numbered(number);
        let queue_name = QUEUES[queue].to_owned();
        let message = (!self.seen.is_empty()).then(|| self.seen[dice.below(self.seen.len())].0.clone());
        let message_id = message.unwrap_or_else(|| "00000000-0000-4000-8000-000000000000".to_owned());
        let request = match dice.below(24) {
            0..=6 => {
                let count = self.size_of_post(dice);
                let delay = (self.has_rest && dice.chance(0.05)).then(|| 1 + dice.below(20) as u32);
                return (post(number, queue, count, delay, dice).into(), Expected::Posted(count));
            }
            7 | 8 => return (QueueGet { queue_name: own.clone() }.into(), Expected::Name(own)),
            9 if dice.chance(0.5) => QueueCreate { queue_name: own, metadata: None }.into(),
            9 => QueueDelete { queue_name: own }.into(),
            10 if dice.chance(0.5) => QueueGetStats { queue_name }.into(),
            10 => MessageList { queue_name, ..MessageList::default() }.into(),
            11 | 12 => {
                let request = MessageGet { queue_name, message_id: message_id.clone() };
                return (request.into(), Expected::Message(message_id));
            }
            13 => {
                let request = MessageGetMany { queue_name, message_ids: vec![message_id.clone()] };
                return (request.into(), Expected::Found(vec![message_id]));
            }
            14 if !self.claims.is_empty() && dice.chance(0.5) => {
                let (claim, queue) = self.claims[dice.below(self.claims.len())].clone();
                MessageDelete { queue_name: QUEUES[queue].into(), message_id, claim_id: Some(claim) }.into()
            }
            14 => MessageDelete { queue_name, message_id, claim_id: None }.into(),
            15 => {
                let limit = Some(1 + dice.below(5) as u32);
                let request = ClaimCreate { queue_name, ttl: 60 + number, grace: 60, limit };
                return (request.into(), Expected::Claim(queue));
            }
            16..=18 if !self.claims.is_empty() => return self.draw_about_claim(dice),
            16 => QueueList::default().into(),
            17 | 19 => {
                let subscriber = Some(format!("http://h.example/{number}"));
                SubscriptionCreate { queue_name, subscriber, ttl: None, options: None }.into()
            }
            18 | 20 if dice.chance(0.5) => Ping {}.into(),
            18 | 20 => Health {}.into(),
            21 if self.purges && dice.chance(0.2) => QueuePurge { queue_name, resource_types: None }.into(),
            21 => {
                let (paths, methods) = (Some(vec!["messages".into()]), Some(vec!["GET".into()]));
                QueueShare { queue_name, paths, methods, expires: None }.into()
            }
            _ => MessageDeleteMany { queue_name, message_ids: None, pop: Some(1) }.into(),
        };
        (request, Expected::Anything)
    }

    /// Renews, releases or looks at a claim.
    fn draw_about_claim(&mut self, dice: &mut Dice) -> (Request, Expected) {
        let index = dice.below(self.claims.len());
        let (claim_id, queue) = self.claims[index].clone();
        let queue_name = QUEUES[queue].to_owned();
        match dice.below(4) {
            0 => {
                self.claims.swap_remove(index);
                (ClaimDelete { queue_name, claim_id }.into(), Expected::Anything)
            }
            1 => (ClaimGet { queue_name, claim_id }.into(), Expected::Anything),
            _ => {
                let request = ClaimUpdate { queue_name, claim_id: claim_id.clone(), ttl: RENEWAL, grace: 60 };
                (request.into(), Expected::Renewed(claim_id))
            }
        }
    }

    /// How many messages the next post has. At times they are many, but no more than the tails can read until the end.
    fn size_of_post(&mut self, dice: &mut Dice) -> u32 {
        if self.batches_left == 0 || !dice.chance(0.3) {
            return 1 + dice.below(4) as u32;
        }
        let count = dice.pick(&[47, 48, 48, 100, 100, 150, 1_000, 1_001, 2_500]).min(self.batches_left);
        self.batches_left -= count;
        count
    }
}

/// Seconds for which an application renews a claim.
const RENEWAL: u32 = 70;

fn post(number: u32, queue: usize, count: u32, delay: Option<u32>, dice: &mut Dice) -> MessagePost {
    let ttl = Some(if count > 4 { 3_600 } else { dice.pick(&[60, 300, 3_600]) });
    let messages = (0..count).map(|place| {
        let mut body = Writer::new();
        body.number(number * BODIES + place);
        NewMessage { body: Opaque::new(body.into_bytes()).expect("a number"), ttl, delay }
    });
    MessagePost::new(QUEUES[queue], messages)
}
