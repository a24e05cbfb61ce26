//! What happens to the client, and what others do on the server.

use crate::call::{Call, Posted, What};
use crate::network::{RestWeather, SocketWeather};
use crate::plan::Trouble;
use crate::store::QUEUES;
use crate::vigil::say;
use crate::world::{Event, World};

/// By whom messages are that are not the client's.
const OTHERS: (u32, u32) = (0, 0);

impl World {
    /// Puts into the world what there is from the start.
    pub fn furnish(&mut self) {
        for queue in 0..QUEUES.len() {
            let messages = self.dice.pick(&[0, 0, 1, 3, 30]);
            for message in 0..messages {
                let ttl = self.dice.pick(&[60, 3_600]);
                let age = 1_500.0 * f64::from(messages - message) + self.dice.between(0.0, 1_000.0);
                self.server.store.add(-age, queue, -age, ttl, 0.0, OTHERS);
            }
        }
        self.at(0.0, Event::Act);
        self.at(0.0, Event::Others);
        let pause = self.dice.pause(self.plan.gc_pause);
        self.at(pause, Event::Collect);
        if !self.plan.troubles.is_empty() {
            let pause = if self.dice.chance(0.5) { 0.0 } else { self.dice.pause(self.plan.trouble_pause) };
            self.at(pause, Event::Trouble);
        }
        self.at(self.plan.heals, Event::Heal);
        self.at(self.plan.calm, Event::Calm);
        // what has expired meanwhile is collected: no marker reaches what lies behind too much of it
        for half_second in 1..=80 {
            self.at(self.plan.checked - 500.0 * f64::from(half_second), Event::Calm);
        }
        self.at(self.plan.checked, Event::Check);
    }

    pub fn trouble(&mut self) {
        if self.is_healed {
            return;
        }
        let trouble = self.dice.pick(&self.plan.troubles);
        say(self.now, format_args!("## {trouble:?}"));
        // planned before, so that sleep puts it off
        let pause = self.dice.pause(self.plan.trouble_pause);
        self.after(pause, Event::Trouble);
        self.befall(trouble);
    }

    fn befall(&mut self, trouble: Trouble) {
        let now = self.now;
        let (short, long) = (self.dice.between(100.0, 4_000.0), self.dice.between(500.0, 30_000.0));
        match trouble {
            Trouble::SocketWeather => {
                let life = self.dice.pick(&[700.0, 3_000.0, 50.0]);
                self.network.socket = self.dice.pick(&[
                    SocketWeather::Refused,
                    SocketWeather::Swallowed,
                    SocketWeather::Mute,
                    SocketWeather::Short(life),
                ]);
                self.network.socket_until = now + long;
                self.after(long, Event::Relief);
            }
            Trouble::RestWeather => {
                self.network.rest = self.dice.pick(&[
                    RestWeather::Refused,
                    RestWeather::Silent,
                    RestWeather::Lossy,
                    RestWeather::Busy,
                    RestWeather::BadGateway,
                    RestWeather::Portal,
                    RestWeather::Redirects,
                    RestWeather::CutOff,
                ]);
                self.network.rest_until = now + long;
                self.after(long, Event::Relief);
            }
            Trouble::Cut => self.cut_all(0.0),
            Trouble::HalfOpen => self.cut_all(1.0),
            Trouble::Stall => {
                for line in self.network.lines.values_mut().filter(|line| line.is_held) {
                    line.stalled_until = now + short;
                }
            }
            Trouble::KillSocketServer => self.kill(short, true, false),
            Trouble::KillRestServer => self.kill(short, false, true),
            Trouble::KillBoth => self.kill(short, true, true),
            Trouble::Offline | Trouble::LongOutage => {
                let span = if trouble == Trouble::LongOutage { self.dice.between(60_000.0, 120_000.0) } else { long };
                self.network.socket = SocketWeather::Refused;
                self.network.rest = RestWeather::Refused;
                self.network.socket_until = now + span;
                self.network.rest_until = now + span;
                self.cut_all(0.3);
                self.after(span, Event::Relief);
            }
            Trouble::StoreDown => {
                self.server.is_up = false;
                self.after(short, Event::Relief);
            }
            Trouble::SlowPushes => self.network.pushes_until = now + long,
            Trouble::StaleSubscriptions => {
                for stale in &mut self.server.stale {
                    *stale += self.dice.below(3) as u32;
                }
            }
            // a purge by others
            Trouble::DroppedSubscriptions => {
                let queue = QUEUES[self.dice.below(QUEUES.len())];
                self.server.subscriptions.retain(|subscription| subscription.queue != queue);
            }
            Trouble::Freeze => {
                let span = if self.dice.chance(0.2) { 3.0 * long } else { short };
                let span = span.min(self.plan.heals - now);
                let first = self.dice.chance(0.5);
                self.page.freeze(now + span, first);
                if self.dice.chance(0.6) {
                    self.after(span, Event::Relief);
                }
            }
            Trouble::BackForwardCache => {
                self.engine.handle_pause(now);
                self.pump();
                let first = self.dice.chance(0.5);
                let span = long.min(self.plan.heals - now);
                self.page.freeze(now + span, first);
                self.page.is_left = true;
                self.after(span, Event::Relief);
            }
            Trouble::Wake => self.wake(),
            Trouble::Sleep => self.sleep(),
            Trouble::Hide => {
                let lateness = self.dice.pick(&[0.0, 1_000.0, 1_000.0, 60_000.0]);
                self.page.put_off(lateness);
                self.engine.handle_hidden(lateness > 0.0);
                self.pump();
            }
        }
    }

    /// The machine sleeps, and so does everything that happens here, but for time: what lives for a time may have ended, sockets
    /// may be dead, and exchanges lost. What was to happen does so after it, and timers ring late.
    fn sleep(&mut self) {
        let span = self.dice.pick(&[3_000.0, 20_000.0, 59_000.0, 70_000.0, 600_000.0, 4_000_000.0]);
        say(self.now, format_args!("   for {span} ms"));
        self.vigil.tally.sleeps += 1;
        self.put_all_off(span);
        for line in self.network.lines.values_mut() {
            line.up += span;
            line.down += span;
        }
        self.plan.heals += span;
        self.plan.calm += span;
        self.plan.checked += span;
        self.plan.closes = self.plan.closes.map(|at| at + span);
        // what a frozen page holds is put off, too
        let thaws = self.page.frozen_until(self.now).unwrap_or(self.now);
        self.page.freeze(thaws + span, false);
        if self.dice.chance(0.7) {
            self.cut_all(0.5);
        }
        if self.dice.chance(0.7) {
            let exchanges: Vec<u32> = self.network.exchanges.keys().copied().collect();
            for link in exchanges {
                self.after(span, Event::HttpFailed(link));
            }
        }
        if self.dice.chance(0.5) {
            self.after(span + 1.0, Event::Wake);
        }
    }

    pub fn wake(&mut self) {
        self.page.is_left = false;
        self.engine.handle_wake(self.now);
        self.vigil.woke(self.now);
        self.pump();
    }

    /// Ends all sockets; so likely, the client is not told.
    fn cut_all(&mut self, silent: f64) {
        let held: Vec<u32> = self.network.held().collect();
        for link in held {
            let is_silent = self.dice.chance(silent);
            let (is_heard, is_known) = (self.dice.chance(0.5), self.dice.chance(0.6));
            let Some(line) = self.network.lines.get_mut(&link) else { continue };
            line.to_client = false;
            line.to_server = is_heard;
            if is_known {
                self.server.socket_ended(link);
            }
            if !is_silent {
                let way = self.network.way(&mut self.dice);
                self.after(way, Event::Closed(link, 1006));
            }
        }
    }

    fn kill(&mut self, span: f64, socket: bool, rest: bool) {
        let until = self.now + span;
        if socket {
            self.network.socket_server.down_until = until;
            self.network.socket_server.life += 1;
            self.cut_all(0.15);
        }
        if rest {
            self.network.rest_server.down_until = until;
            self.network.rest_server.life += 1;
        }
        self.after(span, Event::Relief);
    }

    /// What has lasted long enough ends.
    pub fn relieve(&mut self) {
        let now = self.now;
        let was_off = self.network.socket == SocketWeather::Refused && self.network.rest == RestWeather::Refused;
        if self.network.socket_until <= now {
            self.network.socket = SocketWeather::Fine;
        }
        if self.network.rest_until <= now {
            self.network.rest = RestWeather::Fine;
        }
        self.server.is_up = true;
        let is_on = self.network.socket == SocketWeather::Fine && self.network.rest == RestWeather::Fine;
        let is_told = self.page.is_left || was_off && is_on && self.dice.chance(0.7);
        match self.page.frozen_until(now) {
            Some(until) if self.page.is_left => self.at(until, Event::Relief),
            Some(_) => {}
            None if is_told => self.wake(),
            None => {}
        }
    }

    /// The world is well from now on, but for what the client has not noticed yet.
    pub fn heal(&mut self) {
        self.is_healed = true;
        self.network.socket_until = self.now;
        self.network.rest_until = self.now;
        self.network.socket_server.down_until = self.network.socket_server.down_until.min(self.now);
        self.network.rest_server.down_until = self.network.rest_server.down_until.min(self.now);
        self.network.pushes_until = self.now;
        self.page.put_off(0.0);
        self.relieve();
        self.server.store.collect(self.now);
        self.engine.handle_hidden(false);
        if self.page.is_left {
            self.wake();
        }
        self.pump();
        say(self.now, format_args!("## all is well"));
    }

    /// Other clients of the same queues.
    pub fn others(&mut self) {
        if self.now >= self.plan.calm {
            return;
        }
        let now = self.now;
        let queue = self.dice.below(QUEUES.len());
        let store = &mut self.server.store;
        let live: Vec<usize> = store.queues[queue].index.clone();
        let latest = live.len().saturating_sub(1 + self.dice.below(6));
        if self.dice.chance(self.plan.deletes) && !live.is_empty() {
            // the latest are the tails' anchors
            let place = if self.dice.chance(0.6) { live[latest] } else { self.dice.pick(&live) };
            store.delete(now, place);
        }
        if self.dice.chance(self.plan.claims) {
            let (limit, ttl) = (1 + self.dice.below(8), self.dice.pick(&[60, 60, 300]));
            store.claim(now, queue, limit, ttl);
        }
        if self.dice.chance(self.plan.claims) && !store.claims.is_empty() {
            let claim = self.dice.below(store.claims.len());
            if self.dice.chance(0.5) {
                store.release(now, claim);
            } else {
                let held = store.claims[claim].messages.clone();
                held.into_iter().for_each(|place| store.delete(now, place));
            }
        }
        if self.dice.chance(self.plan.purges) {
            if self.dice.chance(0.3) {
                store.delete_queue(now, queue);
            } else {
                live.into_iter().for_each(|place| store.delete(now, place));
            }
        }
        if self.dice.chance(0.8) {
            let count = if self.dice.chance(0.1) { 25 } else { 1 + self.dice.below(3) as u32 };
            let ttl = if self.dice.chance(self.plan.short_lived) { 60 } else { 3_600 };
            let post = Posted { request: 0, first: 0, count, ttl, delay: 0 };
            let call = Call { queue: QUEUES[queue].to_owned(), what: What::Post(post) };
            self.announce(&call, false);
            let pause = if self.dice.chance(0.02) { 400.0 } else { self.dice.between(0.0, 30.0) };
            self.after(pause, Event::Commit(call, now, None));
        }
        let pause = self.dice.pause(self.plan.others_pause);
        self.after(pause, Event::Others);
    }

    pub fn others_posted(&mut self, call: &Call, posted: f64, messages: u32, ttl: u32) {
        let Some(queue) = QUEUES.iter().position(|name| *name == call.queue) else { return };
        let first = self.server.store.messages.len();
        say(self.now, format_args!("   others post {first}+{messages} to {} ttl {ttl}", call.queue));
        let delay = if self.dice.chance(0.03) { self.dice.between(1_000.0, 30_000.0) } else { 0.0 };
        for _ in 0..messages {
            self.server.store.add(self.now, queue, posted, ttl, delay, OTHERS);
        }
    }
}
