//! A client's conversation with Zaqar, for JavaScript.
//!
//! Requests go in as MessagePack, in the shapes of the socket's protocol, and are read into typed ones. Replies come out as
//! values in the same shapes, whichever transport carries them. No method borrows the engine while JavaScript runs, so each of
//! them may be called from within any callback.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::Promise;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use super::client::{Call, Client, Wants};
use super::errors;
use super::metrics::{Metrics, metrics};
use super::options::Options;
use super::pending::Pending;
use super::signal::Signal;
use super::types::{ConnectionEvents, PushSink, RequestOptions, TailPosition, TailQuery, TailSink};
use crate::browser::Driver;
use crate::engine::listing::{Query, Start};
use crate::engine::{Engine, FeedId, Millis, TailFrom, TailId};
use crate::protocol::action::Action;
use crate::protocol::error::Code;
use crate::protocol::request::Request;

/// One client's conversation with Zaqar. It goes on until it is closed, whether JavaScript still holds this object or not.
#[wasm_bindgen]
pub struct Connection {
    pub(super) driver: Rc<Driver<Client>>,
    listeners: Cell<u32>,
}

#[wasm_bindgen]
impl Connection {
    /// Begins to connect.
    #[wasm_bindgen(constructor)]
    pub fn open(options: &Options, events: ConnectionEvents) -> Result<Connection, JsValue> {
        let engine = Engine::new(options.config());
        let endpoints = options.endpoints()?;
        let driver = Driver::new(engine, endpoints, Client::new(options, events));
        driver.start();
        Ok(Connection { driver, listeners: Cell::new(0) })
    }

    /// Sends a request by the transport at hand; resolves to the reply's body.
    #[wasm_bindgen(unchecked_return_type = "Promise<unknown>")]
    pub fn call(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Action")] action: &str,
        body: &[u8],
        options: Option<RequestOptions>,
    ) -> Promise {
        self.ask(action, body, options, Wants::Body)
    }

    /// As `call`, but resolves to the reply's status: 201 and 204 of `queue_create` mean different things.
    #[wasm_bindgen(js_name = callForStatus, unchecked_return_type = "Promise<number>")]
    pub fn call_for_status(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Action")] action: &str,
        body: &[u8],
        options: Option<RequestOptions>,
    ) -> Promise {
        self.ask(action, body, options, Wants::Status)
    }

    /// Posts messages, in several requests where the server's limits ask for it; resolves to their ids, in the same order. `body` is
    /// that of `message_post`.
    #[wasm_bindgen(unchecked_return_type = "Promise<string[]>")]
    pub fn post(&self, body: &[u8], options: Option<RequestOptions>) -> Promise {
        self.ask(Action::MessagePost.name(), body, options, Wants::Ids)
    }

    /// Listens to a queue's notifications. Throws if the connection is closed.
    pub fn subscribe(&self, queue: &str, sink: PushSink) -> Result<Subscription, JsValue> {
        self.must_be_open()?;
        let number = self.listeners.get();
        self.listeners.set(number + 1);
        let (feed, is_ready) = self.driver.ask(|engine, now| {
            let feed = engine.subscribe(now, queue.as_bytes());
            (feed, engine.delivers(feed))
        });
        self.client().add_listener(feed, number, sink.clone());
        if is_ready {
            sink.ready();
        }
        self.driver.drain();
        Ok(Subscription { driver: self.driver.clone(), feed, number })
    }

    /// Follows a queue. Throws if the connection is closed.
    pub fn tail(&self, queue: &str, query: TailQuery, sink: TailSink) -> Result<Tail, JsValue> {
        self.must_be_open()?;
        let from = query.from();
        let query = Query {
            queue: queue.into(),
            limit: None,
            echo: query.tail_echo(),
            include_claimed: query.tail_include_claimed(),
            include_delayed: true,
        };
        let id = self.driver.ask(|engine, now| engine.tail(now, query, start_of(&from, now)));
        self.client().tails.borrow_mut().add(id.0, sink);
        self.driver.drain();
        Ok(Tail { driver: self.driver.clone(), id })
    }

    /// How many ids of messages to put into one request. A refusal may change it.
    #[wasm_bindgen(getter, js_name = idsAtOnce)]
    pub fn ids_at_once(&self) -> u32 {
        self.driver.ask(|engine, _| engine.rules().ids_at_once())
    }

    /// How many messages to pop in one request. A refusal may change it.
    #[wasm_bindgen(getter, js_name = popsAtOnce)]
    pub fn pops_at_once(&self) -> u32 {
        self.driver.ask(|engine, _| engine.rules().pops_at_once())
    }

    /// What has been counted so far.
    pub fn metrics(&self) -> Metrics {
        self.driver.ask(|engine, _| metrics(engine))
    }

    /// Resolves when a transport has answered. Rejects when the connection ends before, and with `timeout` when nothing has
    /// answered within `limit_ms`, of which `spent_ms` have passed.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn connected(&self, limit_ms: Millis, spent_ms: Millis) -> Promise {
        let client = self.client();
        if let Err(refusal) = self.must_be_open() {
            return Promise::reject(&refusal);
        }
        let (promise, connected) = Pending::new();
        if client.is_connected.get() {
            connected.resolve(&JsValue::UNDEFINED);
        } else {
            let driver = self.driver.clone();
            let give_up = move || {
                for (connected, _) in driver.application.connecting.take() {
                    connected.reject(&errors::no_answer(limit_ms, &driver.troubles()));
                }
            };
            let timeout = Timeout::new((limit_ms - spent_ms) as u32, give_up);
            client.connecting.borrow_mut().push((connected, timeout));
        }
        promise
    }

    /// Finishes what is in flight within `timeout_ms`, then closes: `closed` of the events tells when.
    pub fn close(&self, timeout_ms: Millis) {
        self.client().is_closing.set(true);
        self.driver.tell(|engine, now| engine.close(now, timeout_ms));
    }
}

impl Connection {
    pub(super) fn client(&self) -> &Client {
        &self.driver.application
    }

    fn ask(&self, action: &str, body: &[u8], options: Option<RequestOptions>, wants: Wants) -> Promise {
        self.try_to_ask(action, body, options, wants).unwrap_or_else(|refusal| Promise::reject(&refusal))
    }

    fn try_to_ask(
        &self,
        action: &str,
        body: &[u8],
        options: Option<RequestOptions>,
        wants: Wants,
    ) -> Result<Promise, JsValue> {
        let unknown = || errors::of_code(Code::Unsupported, &format!("there is no action {action}"));
        let action = Action::from_name(action).ok_or_else(unknown)?;
        let Limits { timeout, signal } = self.limits(options)?;
        let asked = self.driver.ask(|engine, now| {
            let request = Request::read(action, body, engine.rules())?;
            let rest_only = engine.prefers_rest(&request);
            engine.request(now, request, timeout, rest_only)
        });
        let id = asked.map_err(|refusal| errors::refused(action, &refusal))?;
        let (promise, mut pending) = Pending::new();
        pending.on_abort = signal.and_then(|signal| {
            let driver = self.driver.clone();
            let give_up = move |reason: &JsValue| {
                let call = driver.application.take_call(id);
                driver.tell(|engine, now| engine.abort(now, id));
                if let Some(call) = call {
                    call.pending.reject(reason);
                }
            };
            signal.on_abort(give_up).ok()
        });
        self.client().calls.borrow_mut().add(id.0, Call { wants, pending, ids: None });
        self.driver.drain();
        Ok(promise)
    }

    /// Reads a request that is not asked yet.
    pub(super) fn read(&self, action: Action, body: &[u8]) -> Result<Request, JsValue> {
        self.must_be_open()?;
        let request = self.driver.ask(|engine, _| Request::read(action, body, engine.rules()));
        request.map_err(|refusal| errors::refused(action, &refusal))
    }

    /// What a call is given, unless it comes too late.
    pub(super) fn limits(&self, options: Option<RequestOptions>) -> Result<Limits, JsValue> {
        let unreadable = |_| errors::invalid("the options cannot be read");
        let timeout = options.as_ref().map_or(Ok(None), RequestOptions::timeout_ms).map_err(unreadable)?;
        let signal = options.as_ref().map_or(Ok(None), RequestOptions::signal).map_err(unreadable)?;
        if let Some(refusal) = signal.as_ref().and_then(Signal::refusal) {
            return Err(refusal);
        }
        self.must_be_open()?;
        Ok(Limits { timeout: timeout.unwrap_or(self.client().settings.timeout_ms), signal })
    }

    /// Refuses what is asked too late.
    pub(super) fn must_be_open(&self) -> Result<(), JsValue> {
        let client = self.client();
        match client.is_closing.get() || client.is_closed.get() {
            true => Err(errors::closed()),
            false => Ok(()),
        }
    }
}

/// Until when an answer is waited for.
pub struct Limits {
    pub timeout: Millis,
    pub signal: Option<Signal>,
}

/// One listener of a queue's notifications.
#[wasm_bindgen]
pub struct Subscription {
    driver: Rc<Driver<Client>>,
    feed: FeedId,
    number: u32,
}

#[wasm_bindgen]
impl Subscription {
    /// Listens no more.
    pub fn close(&self) {
        if self.driver.application.remove_listener(self.feed, self.number) {
            self.driver.tell(|engine, now| engine.unsubscribe(now, self.feed));
        }
    }
}

/// A tail of a queue.
#[wasm_bindgen]
pub struct Tail {
    driver: Rc<Driver<Client>>,
    id: TailId,
}

#[wasm_bindgen]
impl Tail {
    /// The reader takes no more messages for now.
    pub fn pause(&self) {
        self.set_paused(true);
    }

    /// The reader takes messages again.
    pub fn resume(&self) {
        self.set_paused(false);
    }

    /// Follows the queue no more.
    pub fn close(&self) {
        let sink = self.driver.application.take_tail(self.id);
        if sink.is_some() {
            self.driver.tell(|engine, now| engine.end_tail(now, self.id));
        }
    }

    fn set_paused(&self, is_paused: bool) {
        let is_open = self.driver.application.tails.borrow().get(self.id.0).is_some();
        if is_open {
            self.driver.tell(|engine, now| engine.pause_tail(now, self.id, is_paused));
        }
    }
}

/// Where a tail begins, as [`TailQuery`] has it.
fn start_of(from: &JsValue, now: Millis) -> TailFrom {
    match from.as_string().as_deref() {
        Some("start") => TailFrom::Oldest,
        Some(_) => TailFrom::Now,
        None => {
            let position: &TailPosition = from.unchecked_ref();
            // by the engine's clock
            let posted = now - (js_sys::Date::now() - position.posted());
            let posted = Some(posted).filter(|posted| !posted.is_nan());
            TailFrom::Position(Start { marker: position.id().into(), posted })
        }
    }
}
