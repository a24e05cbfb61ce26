//! The pump: does what the engine asks for, and tells it what happens.
//!
//! The engine is never borrowed while JavaScript runs: what it wants is taken out of it first, then done.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use js_sys::Function;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

use super::fetch;
use super::socket::Socket;
use crate::bindings::arrival;
use crate::bindings::codec::with_scanner;
use crate::core::engine::{Arrival, Engine, Failure, LinkId, Millis, Output};
use crate::core::rest::Exchange;

#[wasm_bindgen]
extern "C" {
    /// What the facade does for the client: `js/wire.ts` implements it.
    pub type Host;

    /// Makes a `ZaqarError`.
    #[wasm_bindgen(method)]
    fn error(
        this: &Host,
        code: u8,
        status: u16,
        action: Option<u8>,
        delivery: u8,
        retryable: bool,
        why: &str,
    ) -> JsValue;
    #[wasm_bindgen(method)]
    fn failed(this: &Host, request: u32, error: JsValue);
    #[wasm_bindgen(method, js_name = feedReady)]
    fn feed_ready(this: &Host, feed: u32);
    #[wasm_bindgen(method, js_name = feedFailed)]
    fn feed_failed(this: &Host, feed: u32, error: JsValue);
    #[wasm_bindgen(method, js_name = walkEnded)]
    fn walk_ended(this: &Host, walk: u32);
    #[wasm_bindgen(method, js_name = walkFailed)]
    fn walk_failed(this: &Host, walk: u32, error: JsValue);
    #[wasm_bindgen(method, js_name = tailReady)]
    fn tail_ready(this: &Host, tail: u32);
    /// From and to when, in milliseconds before now.
    #[wasm_bindgen(method, js_name = tailGap)]
    fn tail_gap(this: &Host, tail: u32, from: f64, to: f64, why: &str);
    #[wasm_bindgen(method, js_name = tailFailed)]
    fn tail_failed(this: &Host, tail: u32, error: JsValue);
    #[wasm_bindgen(method, js_name = wantToken)]
    fn want_token(this: &Host, why: u8);
    #[wasm_bindgen(method)]
    fn state(this: &Host, state: u8, reason: JsValue);
    #[wasm_bindgen(method)]
    fn transport(this: &Host, transport: u8, why: &str, lived: Option<f64>);
    #[wasm_bindgen(method)]
    fn trouble(this: &Host, error: JsValue);
    #[wasm_bindgen(method)]
    fn closed(this: &Host, error: JsValue);
    /// The listener for a socket's messages.
    #[wasm_bindgen(method)]
    fn receiver(this: &Host, link: u32) -> Function;
    /// MessagePack to JSON text, a JavaScript string.
    #[wasm_bindgen(method, js_name = toJson)]
    fn to_json(this: &Host, value: &[u8]) -> JsValue;
    /// JSON text to MessagePack; nothing for what is no JSON.
    #[wasm_bindgen(method, js_name = fromJson)]
    fn from_json(this: &Host, text: JsValue) -> Vec<u8>;
    /// An HTTP answer was scanned: `frame` does the same for one from a socket.
    #[wasm_bindgen(method)]
    fn arrived(this: &Host, at: usize);

    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Where a client's transports end, and how it is known there.
pub struct Place {
    pub websocket: String,
    pub socket_class: Function,
    pub rest: String,
    /// The headers of every HTTP request but the token.
    pub headers: Vec<(&'static str, String)>,
    pub is_json: bool,
}

/// One client's engine and everything of the browser that it uses.
pub struct Driver {
    engine: RefCell<Engine>,
    host: Host,
    place: Place,
    myself: Weak<Driver>,
    socket: RefCell<Option<(LinkId, Socket)>>,
    fetches: RefCell<Vec<(LinkId, AbortController)>>,
    timer: RefCell<Option<(Millis, Timeout)>>,
    is_pumping: Cell<bool>,
}

impl Driver {
    pub fn new(engine: Engine, host: Host, place: Place) -> Rc<Driver> {
        Rc::new_cyclic(|myself| Driver {
            engine: RefCell::new(engine),
            host,
            place,
            myself: myself.clone(),
            socket: RefCell::default(),
            fetches: RefCell::default(),
            timer: RefCell::default(),
            is_pumping: Cell::new(false),
        })
    }

    /// Uses the engine without doing what it asks for afterwards.
    pub fn with_engine<R>(&self, use_it: impl FnOnce(&mut Engine, Millis) -> R) -> R {
        use_it(&mut self.engine.borrow_mut(), now())
    }

    /// Uses the engine, then does what it asks for.
    pub fn drive<R>(&self, use_it: impl FnOnce(&mut Engine, Millis) -> R) -> R {
        let result = self.with_engine(use_it);
        self.pump();
        result
    }

    /// Does all that the engine asks for. A call from within is answered by the loop that runs already.
    pub fn pump(&self) {
        if self.is_pumping.replace(true) {
            return;
        }
        while let Some(output) = self.with_engine(|engine, _| engine.poll_output()) {
            self.put_out(output);
        }
        self.is_pumping.set(false);
        self.set_timer();
    }

    fn put_out(&self, output: Output) {
        match output {
            Output::Connect(link) => self.connect(link),
            Output::Send(link, frame) => self.send(link, &frame),
            Output::Disconnect(link) => {
                let socket = self.socket.borrow_mut().take_if(|(open, _)| *open == link);
                drop(socket);
            }
            Output::Fetch(link, exchange) => self.fetch(link, exchange),
            Output::CancelFetch(link) => {
                if let Some(abort) = self.take_fetch(link) {
                    abort.abort();
                }
            }
            Output::Failed(request, failure) => self.host.failed(request.0, self.error(failure)),
            Output::FeedReady(feed) => self.host.feed_ready(feed.0),
            Output::FeedFailed(feed, failure) => self.host.feed_failed(feed.0, self.error(failure)),
            Output::WalkEnded(walk) => self.host.walk_ended(walk.0),
            Output::WalkFailed(walk, failure) => self.host.walk_failed(walk.0, self.error(failure)),
            Output::TailReady(tail) => self.host.tail_ready(tail.0),
            Output::TailGap(tail, from, to, why) => self.host.tail_gap(tail.0, from, to, why),
            Output::TailFailed(tail, failure) => self.host.tail_failed(tail.0, self.error(failure)),
            Output::WantToken(why) => self.host.want_token(why as u8),
            Output::State(state, reason) => self.host.state(state as u8, self.optional_error(reason)),
            Output::Transport(transport, reason) => {
                self.host.transport(transport.map_or(0, |transport| transport as u8), reason.why, reason.lived);
            }
            Output::Trouble(failure) => self.host.trouble(self.error(failure)),
            Output::Closed(reason) => {
                self.timer.take();
                self.socket.take();
                for (_, abort) in self.fetches.take() {
                    abort.abort();
                }
                self.host.closed(self.optional_error(reason));
            }
        }
    }

    fn connect(&self, link: LinkId) {
        let (on_open, on_close) = (self.myself.clone(), self.myself.clone());
        let opened = Socket::open(
            &self.place.socket_class,
            &self.place.websocket,
            move || tell(&on_open, |engine, now| engine.handle_open(now, link)),
            move |code| tell(&on_close, |engine, now| engine.handle_closed(now, link, code)),
            &self.host.receiver(link.0),
        );
        let before = match opened {
            Ok(socket) => self.socket.replace(Some((link, socket))),
            // the constructor throws where policy forbids the address
            Err(_) => {
                self.with_engine(|engine, now| engine.handle_closed(now, link, 1006));
                None
            }
        };
        drop(before);
    }

    fn send(&self, link: LinkId, frame: &[u8]) {
        let socket = self.socket.borrow();
        let Some((_, socket)) = socket.as_ref().filter(|(open, _)| *open == link) else { return };
        if self.place.is_json {
            let text = self.host.to_json(frame).as_string();
            socket.send_text(&text.unwrap_or_default());
        } else {
            socket.send(frame);
        }
    }

    fn fetch(&self, link: LinkId, exchange: Exchange) {
        let Ok(abort) = AbortController::new() else { return };
        self.fetches.borrow_mut().push((link, abort.clone()));
        let mut headers = self.place.headers.clone();
        if let Some(token) = self.engine.borrow().token() {
            headers.push(("X-Auth-Token", token.into()));
        }
        let url = [&self.place.rest, exchange.path.as_str()].concat();
        let body = exchange.body.as_ref().map(|body| self.host.to_json(body));
        let length = exchange.body.as_ref().map_or(0, Vec::len);
        self.with_engine(|engine, _| engine.count_bytes(length, 0));
        let myself = self.myself.clone();
        spawn_local(async move {
            let answer = fetch::answer(url, exchange, headers, body, abort).await;
            let Some(driver) = myself.upgrade() else { return };
            if driver.take_fetch(link).is_none() {
                return;
            }
            match answer {
                Ok(answer) => driver.fetched(link, answer),
                Err(_) => driver.drive(|engine, now| engine.handle_http_failure(now, link)),
            }
        });
    }

    fn fetched(&self, link: LinkId, answer: fetch::Answer) {
        let body = self.host.from_json(answer.text);
        let retry_after = answer.retry_after.as_deref().and_then(milliseconds);
        let at = self.with_engine(|engine, now| {
            engine.count_bytes(0, body.len());
            let reply = engine.shape_http(link, answer.status, answer.location.as_deref(), &body)?;
            with_scanner(|scanner| {
                scanner.room(reply.body.len()).copy_from_slice(&reply.body);
                scanner.scan_value().ok()?;
                let arrival = engine.handle_http(now, link, &reply, retry_after, Some(scanner.value()));
                Some(arrival::describe(scanner, arrival, scanner.value().place()))
            })
        });
        if let Some(at) = at.filter(|at| *at != 0) {
            self.host.arrived(at);
        }
        self.pump();
    }

    /// A frame was put into the scanner's room.
    pub fn frame(&self, link: LinkId, length: usize) -> usize {
        self.with_engine(|engine, now| {
            with_scanner(|scanner| {
                let Ok(envelope) = scanner.scan() else {
                    engine.handle_damage(now, link);
                    return 0;
                };
                let place = if envelope.is_reply { envelope.body } else { Some(scanner.value().place()) };
                match engine.handle_frame(now, link, length, envelope, scanner) {
                    Arrival::Nothing => 0,
                    arrival => arrival::describe(scanner, arrival, place.unwrap_or_default()),
                }
            })
        })
    }

    fn take_fetch(&self, link: LinkId) -> Option<AbortController> {
        let mut fetches = self.fetches.borrow_mut();
        let index = fetches.iter().position(|(fetch, _)| *fetch == link)?;
        Some(fetches.swap_remove(index).1)
    }

    fn set_timer(&self) {
        let wanted = self.engine.borrow().poll_timeout();
        let mut timer = self.timer.borrow_mut();
        let Some(at) = wanted else {
            *timer = None;
            return;
        };
        // one that fires too early only looks and sets the next
        if timer.as_ref().is_some_and(|(set, _)| *set <= at) {
            return;
        }
        let myself = self.myself.clone();
        let delay = (at - now()).clamp(0.0, 2_000_000_000.0).ceil() as u32;
        let fire = move || {
            if let Some(driver) = myself.upgrade() {
                let fired = driver.timer.take();
                driver.drive(|engine, now| engine.handle_timeout(now));
                drop(fired);
            }
        };
        *timer = Some((at, Timeout::new(delay, fire)));
    }

    fn error(&self, failure: Failure) -> JsValue {
        let Failure { code, status, action, delivery, retryable, why } = failure;
        self.host.error(code as u8, status, action.map(|action| action as u8), delivery as u8, retryable, why)
    }

    fn optional_error(&self, failure: Option<Failure>) -> JsValue {
        failure.map_or(JsValue::UNDEFINED, |failure| self.error(failure))
    }
}

/// Tells the engine of an event, if its client is still there.
fn tell(driver: &Weak<Driver>, event: impl FnOnce(&mut Engine, Millis)) {
    if let Some(driver) = driver.upgrade() {
        driver.drive(event);
    }
}

/// The value of `Retry-After` where it is in seconds; a date is not worth the code to read it.
fn milliseconds(retry_after: &str) -> Option<Millis> {
    retry_after.trim().parse::<u32>().ok().map(|seconds| f64::from(seconds) * 1000.0)
}
