//! The driver's hands: sockets, HTTP exchanges and notifications between the client and the server.

use zaqar_codec::msgpack::Writer;
use zaqar_web::engine::failure::REDIRECTS;
use zaqar_web::engine::{Arrival, LinkId};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::http::HttpAnswer;

use crate::answer::{HttpText, Told};
use crate::call::{self, Call, Refused, What};
use crate::network::{Exchange, Fate, SocketWeather};
use crate::server::Front;
use crate::store::QUEUES;
use crate::told::{Body, Ids};
use crate::vigil::say;
use crate::world::{Event, World};

/// Bytes of an answer's headers that proxies pass on.
const MOST_HEADERS: usize = 4_096;
/// Of a post so many messages are announced. The server announces each.
const MOST_BELLS: u32 = 40;

impl World {
    // sockets

    pub fn dial(&mut self, link: u32) {
        self.network.dial(self.now, link);
        let way = self.network.way(&mut self.dice);
        if self.network.socket_server.down_until > self.now {
            return self.after(2.0 * way, Event::Closed(link, 1006));
        }
        match self.network.socket {
            SocketWeather::Fine | SocketWeather::Mute => self.after(2.0 * way, Event::Opened(link)),
            SocketWeather::Refused => self.after(2.0 * way, Event::Closed(link, 1006)),
            SocketWeather::Swallowed => {}
            SocketWeather::Short(life) => {
                self.after(2.0 * way, Event::Opened(link));
                self.after(2.0 * way + life, Event::Cut(link));
            }
        }
    }

    pub fn opened(&mut self, link: u32) {
        let Some(line) = self.network.lines.get_mut(&link).filter(|line| line.is_held) else { return };
        line.is_open = true;
        say(self.now, format_args!("<- opened {link}"));
        self.engine.handle_open(self.now, LinkId(link));
        self.pump();
    }

    pub fn closed(&mut self, link: u32, code: u16) {
        let Some(line) = self.network.lines.get_mut(&link).filter(|line| line.is_held) else { return };
        line.is_held = false;
        line.to_client = false;
        say(self.now, format_args!("<- closed {link}"));
        self.engine.handle_closed(self.now, LinkId(link), code, "");
        self.pump();
    }

    pub fn frame(&mut self, link: u32, bytes: &[u8]) {
        let Some(line) = self.network.lines.get_mut(&link) else { return };
        if !line.to_client || !line.is_held {
            return;
        }
        line.answers += 1;
        say(self.now, format_args!("<- frame {link}"));
        let mut scanner = std::mem::take(&mut self.scanner);
        scanner.room(bytes.len()).copy_from_slice(bytes);
        let envelope = scanner.scan().expect("the server's frames are whole");
        let arrival = self.engine.handle_frame(self.now, LinkId(link), bytes.len(), envelope, &scanner);
        let value = if envelope.is_reply { scanner.body() } else { Some(scanner.value()) };
        self.arrived(arrival, Body::Frame(value));
        self.scanner = scanner;
        self.pump();
        if let Some(refused) = call::refused(bytes) {
            self.app.workers.refused(self.now, &refused);
        }
    }

    fn arrived(&mut self, arrival: Arrival, body: Body<'_>) {
        self.vigil.saw_arrival(&arrival);
        say(self.now, format_args!("<- {arrival:?} {}", Ids(body)));
        if let Arrival::Refusal(id, failure) = &arrival
            && failure.status == 502
        {
            // what was asked at the moment in which the weather cleared has met the weather
            let asked = self.app.pending[&id.0].at - 1.0;
            let is_fine = self.vigil.rest_fine.longest(asked, self.now) >= self.now - asked;
            assert!(!is_fine, "a proxy refuses the server's answer to {id:?}: its headers are too large");
        }
        self.app.arrived(self.now, arrival, body, &mut self.server, &mut self.engine, &mut self.dice);
    }

    pub fn arrives(&mut self, link: u32, frame: &[u8]) {
        let life = self.network.socket_server.life;
        let line = self.network.lines.get(&link).expect("a socket");
        if !line.to_server || line.life != life {
            return;
        }
        let (action, echo, call) = call::on_socket(frame);
        let is_let_in = self.lets_in(link, &call);
        if matches!(call.what, What::Post(_)) && self.server.is_up && is_let_in {
            self.announce(&call, true);
        }
        self.interfere(&call);
        self.watch(&call);
        let told = match (&call.what, is_let_in) {
            (What::Authenticate { .. }, true) => Told::Done(200),
            (What::Authenticate { .. }, false) => Told::Unauthenticated("Authentication failed."),
            (_, true) => self.server.serve(self.now, &call, Front::Socket(link)),
            (_, false) => Told::Unauthenticated("Not authentified."),
        };
        let (status, body) = told.on_socket(self.now, &self.server.store);
        let mut reply = Writer::new();
        reply.map(3).text("request").map(4).text("action").text(action).text("body").raw(echo);
        reply.text("headers").map(0).text("api").text("v2");
        reply.text("body").raw(&body);
        reply.text("headers").map(1).text("status").number(status.into());
        self.send_down(link, reply.into_bytes());
    }

    /// Whether the server takes what a socket asks: its token, or anything once that was taken. The socket ends with it.
    fn lets_in(&mut self, link: u32, call: &Call) -> bool {
        let Some(tokens) = &self.server.tokens else { return true };
        let line = self.network.lines.get_mut(&link).expect("a socket");
        if let What::Authenticate { token } = &call.what {
            let Some((_, ends)) = tokens.iter().find(|(good, ends)| good == token && *ends > self.now) else {
                return false;
            };
            line.authenticated_until = *ends;
            let at = *ends;
            self.at(at, Event::TokenEnds(link));
            return true;
        }
        line.authenticated_until > self.now
    }

    /// The server ends a socket whose token has ended.
    pub fn token_ends(&mut self, link: u32) {
        let life = self.network.socket_server.life;
        let Some(line) = self.network.lines.get_mut(&link) else { return };
        if line.authenticated_until > self.now || line.life != life {
            return;
        }
        line.to_server = false;
        self.server.socket_ended(link);
        if line.is_held && line.to_client {
            let at = line.down.max(self.now + self.network.latency);
            self.at(at, Event::Closed(link, 4003));
        }
    }

    /// Others remove a message while the server reads a page: it looks up the marker first, and then reads behind it.
    fn interfere(&mut self, call: &Call) {
        // where nothing proves a page, what happens twice in a row is believed
        let queue = QUEUES.iter().position(|name| *name == call.queue);
        let may_be = queue.is_some_and(|queue| self.server.store.queues[queue].last_moved < self.now - 120_000.0);
        self.server.store.removed_while_reading = match &call.what {
            What::List { .. } if may_be && self.dice.chance(self.plan.deletes * 0.3) => 1 + self.dice.below(2),
            _ => 0,
        };
    }

    /// A consumer deletes what was worked, and nothing else.
    fn watch(&self, call: &Call) {
        if let What::Delete { id, claim: Some(claim) } = &call.what
            && !self.app.own_claims.contains(claim)
        {
            self.app.workers.deletes(self.server.store.place_of(id).expect("a message of the store"));
        }
    }

    fn send_down(&mut self, link: u32, frame: Vec<u8>) {
        let way = self.network.way(&mut self.dice);
        let Some(line) = self.network.lines.get_mut(&link) else { return };
        line.down = line.down.max(self.now + way).max(line.stalled_until);
        let at = line.down;
        self.at(at, Event::Frame(link, frame));
    }

    // REST

    pub fn http(&mut self, link: u32, answer: &HttpText, retry_after: Option<f64>) {
        let Some(exchange) = self.network.exchanges.remove(&link) else { return };
        if let Some(pause) = retry_after {
            self.network.retry_until = self.network.retry_until.max(self.now + pause);
        }
        say(self.now, format_args!("<- http {link} {} {retry_after:?}", answer.status));
        let told = HttpAnswer::new(answer.status, answer.location.as_deref(), &answer.text);
        let reply = told.read(exchange.action);
        let arrival = self.engine.handle_http(self.now, LinkId(link), &reply, retry_after);
        self.arrived(arrival, Body::Http(&reply));
        self.pump();
        if answer.status >= 300 {
            self.refused(&exchange, answer.status == 404);
        }
    }

    pub fn http_failed(&mut self, link: u32) {
        if self.network.exchanges.remove(&link).is_some() {
            say(self.now, format_args!("<- failed {link}"));
            self.engine.handle_http_failure(self.now, LinkId(link));
            self.pump();
        }
    }

    pub fn redirected(&mut self, link: u32) {
        let Some(exchange) = self.network.exchanges.remove(&link) else { return };
        say(self.now, format_args!("<- redirected {link}"));
        self.app.was_redirected = true;
        self.vigil.tally.redirects += 1;
        self.engine.handle_unusable_http(self.now, LinkId(link), REDIRECTS);
        self.pump();
        self.refused(&exchange, false);
    }

    fn refused(&mut self, exchange: &Exchange, is_over: bool) {
        if let Some(claim) = &exchange.claim {
            let refused = Refused { claim, is_release: exchange.action == Action::ClaimDelete, is_over };
            self.app.workers.refused(self.now, &refused);
        }
    }

    pub fn requested(&mut self, link: u32, call: Call, token: Option<&[u8]>, fate: Fate) {
        if self.network.rest_server.down_until > self.now {
            return self.respond(link, Fate::Fails(false), None);
        }
        let is_done = match fate {
            Fate::Answered | Fate::CutOff => true,
            Fate::Fails(done) | Fate::Silence(done) | Fate::Page(_, _, done) => done,
            Fate::Redirected => false,
        };
        // one that was cancelled on its way may never have left
        let is_lost = !self.network.exchanges.contains_key(&link) && self.dice.chance(0.5);
        if !is_done || is_lost {
            return self.respond(link, fate, None);
        }
        if self.server.tokens.is_some() && !self.server.has_token(self.now, token) {
            let told = Told::Unauthenticated("Authentication required");
            return self.respond(link, fate, Some(told.on_rest(self.now, &self.server.store, &call.queue)));
        }
        self.interfere(&call);
        self.watch(&call);
        if matches!(call.what, What::Post(_)) && self.server.is_up {
            self.announce(&call, false);
            let pause = self.dice.between(0.0, 30.0);
            return self.after(pause, Event::Commit(call, self.now, Some((link, fate))));
        }
        self.serve_rest(link, &call, fate);
    }

    fn serve_rest(&mut self, link: u32, call: &Call, fate: Fate) {
        let told = self.server.serve(self.now, call, Front::Rest);
        let answer = told.on_rest(self.now, &self.server.store, &call.queue);
        self.respond(link, fate, Some(answer));
    }

    fn respond(&mut self, link: u32, fate: Fate, answer: Option<HttpText>) {
        let way = self.network.way(&mut self.dice);
        match (fate, answer) {
            (Fate::Answered, Some(answer)) if answer.headers() > MOST_HEADERS => {
                self.after(way, Event::Http(link, HttpText::of_proxy(502), None));
            }
            // without its sentence a refusal is taken for another one
            (Fate::CutOff, Some(mut answer)) if answer.status < 300 => {
                self.vigil.tally.cut_off += 1;
                answer.text.truncate(self.dice.below(answer.text.len()));
                self.after(way, Event::Http(link, answer, None));
            }
            (Fate::Answered | Fate::CutOff, Some(answer)) => self.after(way, Event::Http(link, answer, None)),
            (Fate::Answered | Fate::CutOff | Fate::Fails(_), _) => self.after(way, Event::HttpFailed(link)),
            (Fate::Silence(_), _) => {}
            (Fate::Redirected, _) => self.after(way, Event::Redirected(link)),
            (Fate::Page(status, retry_after, _), _) => {
                self.vigil.tally.proxies += 1;
                self.after(way, Event::Http(link, HttpText::of_proxy(status), retry_after));
            }
        }
    }

    /// What was posted can be listed from now on.
    pub fn commit(&mut self, call: &Call, posted: f64, answers: Option<(u32, Fate)>) {
        let What::Post(post) = &call.what else { return };
        match answers {
            None => self.others_posted(call, posted, post.count, post.ttl),
            Some((link, fate)) => {
                let begun = self.network.exchanges.get(&link).map(|exchange| exchange.life);
                let was_killed = begun.is_some_and(|life| life != self.network.rest_server.life);
                if was_killed && self.dice.chance(0.5) {
                    return self.respond(link, Fate::Fails(false), None);
                }
                debug_assert!(post.request > 0);
                self.serve_rest(link, call, if was_killed { Fate::Fails(true) } else { fate });
            }
        }
    }

    // notifications

    /// Tells the subscribers of a queue what is being posted, before or after it can be listed.
    pub fn announce(&mut self, call: &Call, is_same_process: bool) {
        let What::Post(post) = &call.what else { return };
        let bells = post.count.min(MOST_BELLS);
        for link in self.server.listeners(&call.queue) {
            for _ in 0..bells {
                let pause = match self.dice.below(40) {
                    0 => self.dice.between(0.0, 20_000.0),
                    1..=4 => self.dice.between(0.0, 500.0),
                    _ => self.dice.between(if is_same_process { 2.0 } else { 0.0 }, 6.0),
                };
                let at = (self.now + pause).max(self.network.pushes_until);
                self.at(at, Event::Push(link, call.queue.clone()));
            }
        }
    }

    pub fn push(&mut self, link: u32, queue: &str) {
        let life = self.network.socket_server.life;
        let Some(line) = self.network.lines.get(&link) else { return };
        let is_subscribed = self.server.listeners(queue).contains(&link);
        if line.life != life || !line.to_client || !is_subscribed {
            return;
        }
        let mut push = Writer::new();
        push.map(4).text("ttl").number(60).text("body").number(1);
        push.text("Message_Type").text("Notification").text("queue_name").text(queue);
        self.send_down(link, push.into_bytes());
    }

    /// A socket's end reaches the server.
    pub fn cut(&mut self, link: u32) {
        let Some(line) = self.network.lines.get_mut(&link) else { return };
        line.to_server = false;
        line.to_client = false;
        self.server.socket_ended(link);
        if line.is_held {
            self.after(self.network.latency, Event::Closed(link, 1006));
        }
    }
}
