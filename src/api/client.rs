//! One client above its driver: settles promises, and tells whom it concerns what arrives.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::{Array, Date, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::MessageEvent;
use zaqar_codec::scan::Damaged;
use zaqar_codec::tape::{Place, Value};

use super::errors;
use super::host::host;
use super::list::page_of;
use super::options::{Options, Settings};
use super::pending::{Pending, Table};
use super::raw;
use super::steps::Steps;
use super::token::{Expiry, Token, TokenSource};
use super::types::{ConnectionEvents, ConsumerSink, PushSink, TailSink, WatchSink};
use crate::browser::{Answer, Application, Driver, ToSend};
use crate::engine::failure::{REDIRECTS, TOO_DEEP, TOO_LARGE};
use crate::engine::{
    Arrival, ConsumerId, Failure, FeedId, Format, JobId, LinkId, Millis, Output, Reason, RequestId, State, TailId,
    Transport, WantToken,
};
use crate::protocol::action::Action;
use crate::protocol::error::Code;
use crate::protocol::http::{HttpAnswer, HttpReply};
use crate::protocol::request::lossy;

/// Sockets in a row that ended early are a middlebox's doing from this many on, and told.
const SHORT_LIVED: u32 = 3;

/// What a caller wants of a reply.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    Body,
    Status,
    /// Of a post: the ids of its messages.
    Ids,
}

/// A call that has not ended.
pub struct Call {
    pub wants: Wants,
    pub pending: Pending,
    /// Of a post: the messages that are stored already.
    pub ids: Option<Array>,
}

pub struct Client {
    pub settings: Settings,
    /// What the application lent, which may hold on to the client: after its end nothing of it is kept.
    lent: RefCell<Option<Lent>>,
    pub calls: RefCell<Table<Call>>,
    /// Steps that were asked for.
    pub steps: RefCell<Vec<(Steps, Pending)>>,
    /// Listeners of each feed, with numbers of their own.
    feeds: RefCell<Table<Vec<(u32, PushSink)>>>,
    pub tails: RefCell<Table<TailSink>>,
    pub consumers: RefCell<Table<ConsumerSink>>,
    pub watches: RefCell<Table<WatchSink>>,
    /// Who waits for the first answer, and for how long.
    pub connecting: RefCell<Vec<(Pending, Timeout)>>,
    /// What the token function last failed with, for the error that comes of it.
    token_error: RefCell<Option<JsValue>>,
    pub is_connected: Cell<bool>,
    pub is_closing: Cell<bool>,
    pub is_closed: Cell<bool>,
}

#[derive(Clone)]
struct Lent {
    events: ConnectionEvents,
    token: Option<TokenSource>,
}

impl Client {
    pub fn new(options: &Options, events: ConnectionEvents) -> Client {
        Client {
            settings: options.settings().clone(),
            lent: RefCell::new(Some(Lent { events, token: options.token().cloned() })),
            calls: RefCell::new(Table::new()),
            steps: RefCell::new(Vec::new()),
            feeds: RefCell::new(Table::new()),
            tails: RefCell::new(Table::new()),
            consumers: RefCell::new(Table::new()),
            watches: RefCell::new(Table::new()),
            connecting: RefCell::new(Vec::new()),
            token_error: RefCell::new(None),
            is_connected: Cell::new(false),
            is_closing: Cell::new(false),
            is_closed: Cell::new(false),
        }
    }

    pub fn take_call(&self, id: RequestId) -> Option<Call> {
        self.calls.borrow_mut().take(id.0)
    }

    pub fn take_step(&self, steps: Steps) -> Option<Pending> {
        let mut pending = self.steps.borrow_mut();
        let place = pending.iter().position(|(other, _)| *other == steps)?;
        Some(pending.remove(place).1)
    }

    fn step_ended(&self, steps: Steps) {
        if let Some(step) = self.take_step(steps) {
            step.resolve(&JsValue::UNDEFINED);
        }
    }

    fn step_failed(&self, steps: Steps, error: &JsValue) {
        if let Some(step) = self.take_step(steps) {
            step.reject(error);
        }
    }

    pub fn take_tail(&self, tail: TailId) -> Option<TailSink> {
        self.tails.borrow_mut().take(tail.0)
    }

    fn tail(&self, tail: TailId) -> Option<TailSink> {
        self.tails.borrow().get(tail.0).cloned()
    }

    fn consumer(&self, consumer: ConsumerId) -> Option<ConsumerSink> {
        self.consumers.borrow().get(consumer.0).cloned()
    }

    pub fn add_listener(&self, feed: FeedId, number: u32, sink: PushSink) {
        let mut feeds = self.feeds.borrow_mut();
        match feeds.get_mut(feed.0) {
            Some(listeners) => listeners.push((number, sink)),
            None => feeds.add(feed.0, vec![(number, sink)]),
        }
    }

    /// Whether it was there.
    pub fn remove_listener(&self, feed: FeedId, number: u32) -> bool {
        let mut feeds = self.feeds.borrow_mut();
        let Some(listeners) = feeds.get_mut(feed.0) else { return false };
        let Some(place) = listeners.iter().position(|(other, _)| *other == number) else { return false };
        listeners.remove(place);
        if listeners.is_empty() {
            feeds.take(feed.0);
        }
        true
    }

    /// Copies the list, for a listener may leave while it is told.
    fn listeners(&self, feed: FeedId) -> Vec<PushSink> {
        let feeds = self.feeds.borrow();
        feeds.get(feed.0).into_iter().flatten().map(|(_, sink)| sink.clone()).collect()
    }

    /// Hands on what a frame or an answer turned out to be, with the values in it.
    fn arrived(&self, driver: &Rc<Driver<Client>>, arrival: Arrival, values: &Values<'_>) {
        match arrival {
            Arrival::Nothing => {}
            Arrival::Part(id) => {
                let stored = values.ids();
                if let Some(call) = self.calls.borrow_mut().get_mut(id.0) {
                    call.ids = Some(joined(call.ids.take(), stored));
                }
            }
            Arrival::Reply(id, status) => self.replied(id, status, values),
            Arrival::Refusal(id, failure) => {
                if let Some(call) = self.take_call(id) {
                    call.pending.reject(&errors::failed(&failure));
                }
            }
            Arrival::Push(feed) => {
                if let Ok(notification) = values.build() {
                    self.push(feed, &notification);
                }
            }
            Arrival::Rows(list, rows) => {
                let page = page_of(values, &rows);
                if let Some(step) = self.take_step(Steps::List(list)) {
                    step.settle(page);
                }
            }
            Arrival::Page(walk, wanted) => {
                let messages = values.messages(wanted);
                if let Some(step) = self.take_step(Steps::Walk(walk)) {
                    step.settle(messages.map(JsValue::from));
                }
            }
            Arrival::Tail(tail, wanted) => self.follow(driver, tail, values.messages(wanted)),
            Arrival::Tails(tails) => {
                // each has values of its own, and all of them before any application is told
                let tails: Vec<_> = tails.into_iter().map(|(tail, wanted)| (tail, values.messages(wanted))).collect();
                for (tail, messages) in tails {
                    self.follow(driver, tail, messages);
                }
            }
            Arrival::StandIn(feed, wanted) => {
                let messages = values.messages(wanted).unwrap_or_else(|_| Array::new());
                for message in messages.iter() {
                    self.push(feed, &message);
                }
            }
            Arrival::Counted(counted) => self.counted(&counted, values),
            Arrival::Work(consumer, job) => self.work(driver, consumer, job, values.messages(1)),
        }
    }

    fn replied(&self, id: RequestId, status: u16, values: &Values<'_>) {
        // given up: nobody wants the value
        let Some(Call { wants, pending, ids }) = self.take_call(id) else { return };
        match (wants, values) {
            (Wants::Body, Values::Frame(place)) => pending.resolve_from(raw::head(*place)),
            (Wants::Body, Values::Http(_)) => pending.settle(values.build()),
            (Wants::Status, _) => pending.resolve(&status.into()),
            (Wants::Ids, Values::Frame(place)) if ids.is_none() => pending.resolve_from(raw::head(ids_within(*place))),
            (Wants::Ids, _) => pending.resolve(&joined(ids, values.ids())),
        }
    }

    /// Hands messages to a tail.
    fn follow(&self, driver: &Driver<Client>, tail: TailId, messages: Result<Array, JsValue>) {
        match messages {
            Ok(messages) => {
                if let Some(sink) = self.tail(tail) {
                    sink.messages(&messages);
                }
            }
            // what was asked for and cannot be given must not be lost in silence
            Err(damage) => {
                if let Some(sink) = self.take_tail(tail) {
                    driver.ask(|engine, now| engine.end_tail(now, tail));
                    sink.tail_fail(&damage);
                }
            }
        }
    }

    /// Hands a claimed message to its consumer.
    fn work(&self, driver: &Driver<Client>, id: ConsumerId, job: JobId, messages: Result<Array, JsValue>) {
        match messages {
            Ok(messages) => {
                let claim = driver.ask(|engine, _| engine.claim_of(id, job).map(lossy)).unwrap_or_default();
                if let Some(sink) = self.consumer(id) {
                    sink.work(job.0, &messages.get(0), &claim);
                }
            }
            // it rests, so that others are worked
            Err(damage) => {
                driver.ask(|engine, now| engine.handler_failed(now, id, job));
                self.tell_events(|events| events.trouble(&damage));
            }
        }
    }

    fn push(&self, feed: FeedId, notification: &JsValue) {
        for sink in self.listeners(feed) {
            sink.push(notification);
        }
    }

    fn feed_failed(&self, driver: &Driver<Client>, feed: FeedId, failure: &Failure) {
        let error = error_of(driver, failure);
        for sink in self.listeners(feed) {
            sink.fail(&error);
        }
        drop(self.feeds.borrow_mut().take(feed.0));
    }

    fn state_changed(&self, driver: &Driver<Client>, state: State, reason: Option<Failure>) {
        // whoever is told must find it closed
        self.is_closed.set(state == State::Closed);
        if state == State::Connected {
            self.is_connected.set(true);
            for (connected, _) in self.connecting.take() {
                connected.resolve(&JsValue::UNDEFINED);
            }
        }
        let reason = reason.map_or(JsValue::UNDEFINED, |reason| error_of(driver, &reason));
        self.tell_events(|events| events.state(state.name(), &reason));
    }

    fn transport_changed(&self, transport: Option<Transport>, reason: Reason) {
        let mut why = reason.why.into_owned();
        if let Some(lived) = reason.lived {
            why += &format!("; it had been open for {}", span(lived));
            if reason.short_lived >= SHORT_LIVED {
                why += &format!(", one of {} in a row that ended early", reason.short_lived);
            }
        }
        self.tell_events(|events| events.transport(transport.map(Transport::name), &why));
    }

    fn tell_events(&self, tell: impl FnOnce(&ConnectionEvents)) {
        let lent = self.lent.borrow().clone();
        if let Some(Lent { events, .. }) = lent {
            tell(&events);
        }
    }

    fn fetch_token(driver: &Rc<Driver<Client>>, why: WantToken) {
        let Some(Lent { token: Some(source), .. }) = driver.application.lent.borrow().clone() else { return };
        let driver = driver.clone();
        spawn_local(async move {
            let token = source.ask(why).await;
            let client = &driver.application;
            if client.is_closed.get() {
                return;
            }
            client.token_error.replace(token.as_ref().err().map(|failure| failure.error.clone()));
            if let Ok(Token { expiry: Expiry { oddity: Some(oddity), .. }, .. }) = &token {
                client.tell_events(|events| events.trouble(&errors::invalid(oddity)));
            }
            driver.tell(|engine, now| match token {
                Ok(token) => engine.handle_token(now, token.text.into_bytes(), token.expiry.at - Date::now()),
                Err(failure) => engine.handle_token_failure(now, failure.may_retry),
            });
        });
    }

    /// An error that concerns the whole client. If it comes of a token that could not be had, that is the error.
    fn error_of_client(&self, driver: &Driver<Client>, failure: &Failure) -> JsValue {
        match &*self.token_error.borrow() {
            Some(error) if failure.code == Code::Unauthorized => error.clone(),
            _ => error_of(driver, failure),
        }
    }

    fn closed(&self, driver: &Driver<Client>, reason: Option<Failure>) {
        let (calls, steps) = (self.calls.borrow_mut().take_all(), self.steps.take());
        for pending in calls.map(|call| call.pending).chain(steps.into_iter().map(|(_, step)| step)) {
            pending.reject(&errors::closed());
        }
        drop(self.feeds.replace(Table::new()));
        drop(self.tails.replace(Table::new()));
        drop(self.consumers.replace(Table::new()));
        drop(self.watches.replace(Table::new()));
        driver.stop();
        let reason = reason.map(|reason| self.error_of_client(driver, &reason));
        for (connected, _) in self.connecting.take() {
            connected.reject(reason.as_ref().unwrap_or(&errors::closed()));
        }
        self.token_error.take();
        if let Some(Lent { events, .. }) = self.lent.take() {
            events.closed(&reason.unwrap_or(JsValue::UNDEFINED));
        }
    }
}

impl Application for Client {
    fn tell(&self, driver: &Rc<Driver<Client>>, output: Output) {
        match output {
            Output::Failed(id, failure) => {
                if let Some(call) = self.take_call(id) {
                    call.pending.reject(&error_of(driver, &failure));
                }
            }
            Output::FeedReady(feed) => self.listeners(feed).iter().for_each(PushSink::ready),
            Output::FeedFailed(feed, failure) => self.feed_failed(driver, feed, &failure),
            Output::ListEnded(list) => self.step_ended(Steps::List(list)),
            Output::ListFailed(list, failure) => self.step_failed(Steps::List(list), &error_of(driver, &failure)),
            Output::WalkEnded(walk) => self.step_ended(Steps::Walk(walk)),
            Output::WalkFailed(walk, failure) => self.step_failed(Steps::Walk(walk), &error_of(driver, &failure)),
            Output::TailReady(tail) => {
                if let Some(sink) = self.tail(tail) {
                    sink.tail_ready();
                }
            }
            Output::TailGap(tail, from, to, why) => {
                if let Some(sink) = self.tail(tail) {
                    sink.gap(Date::now() - from, Date::now() - to, why);
                }
            }
            Output::TailFailed(tail, failure) => {
                if let Some(sink) = self.take_tail(tail) {
                    sink.tail_fail(&error_of(driver, &failure));
                }
            }
            Output::WatchReady(watch) => self.watch_ready(watch),
            Output::Watched(watch, queue, told) => self.watched(driver, watch, &queue, &told),
            Output::WatchFailed(watch, failure) => {
                if let Some(sink) = self.take_watch(watch) {
                    sink.watch_fail(&error_of(driver, &failure));
                }
            }
            Output::JobLost(consumer, job, failure) => {
                if let Some(sink) = self.consumer(consumer) {
                    sink.lost(job.0, &error_of(driver, &failure));
                }
            }
            Output::JobDone(consumer, job) => {
                if let Some(sink) = self.consumer(consumer) {
                    sink.done(job.0);
                }
            }
            Output::JobFailed(consumer, job, failure) => {
                if let Some(sink) = self.consumer(consumer) {
                    sink.job_fail(job.0, &error_of(driver, &failure));
                }
            }
            Output::ConsumerEnded(consumer, failure) => {
                let sink = self.consumers.borrow_mut().take(consumer.0);
                if let Some(sink) = sink {
                    let error = failure.map(|failure| self.error_of_client(driver, &failure));
                    sink.ended(&error.unwrap_or(JsValue::UNDEFINED));
                }
            }
            Output::WantToken(why) => Client::fetch_token(driver, why),
            Output::State(state, reason) => self.state_changed(driver, state, reason),
            Output::Transport(transport, reason) => self.transport_changed(transport, reason),
            Output::Trouble(failure) => {
                self.tell_events(|events| events.trouble(&self.error_of_client(driver, &failure)));
            }
            Output::Closed(reason) => self.closed(driver, reason),
            Output::Connect(_)
            | Output::Send(..)
            | Output::Disconnect(_)
            | Output::Fetch(..)
            | Output::CancelFetch(_) => unreachable!("the driver does these itself"),
        }
    }

    fn received(&self, driver: &Rc<Driver<Client>>, link: LinkId, event: &MessageEvent) {
        if self.is_closed.get() {
            return;
        }
        let filled = host().fill_from(event, self.settings.max_answer_bytes as usize);
        let filled = filled.map_err(|_| Unread::Damaged).and_then(length_of);
        let scanned = filled.and_then(|length| raw::with_scanner(|scanner| Ok((length, scanner.scan()?))));
        let (length, envelope) = match scanned {
            Ok(scanned) => scanned,
            Err(Unread::Unusable(why)) => {
                return driver.tell(|engine, now| engine.handle_unusable_frame(now, link, why));
            }
            Err(Unread::Damaged) => return driver.tell(|engine, now| engine.handle_damage(now, link)),
        };
        let bytes = match self.settings.format {
            Format::Json => event.data().as_string().map_or(length, |text| text.len()),
            Format::MessagePack => length,
        };
        let (arrival, place) = driver.ask(|engine, now| {
            raw::with_scanner(|scanner| {
                let place = if envelope.is_reply { envelope.body } else { Some(scanner.value().place()) };
                let arrival = engine.handle_frame(now, link, bytes, envelope, scanner);
                (arrival, place.unwrap_or_default())
            })
        });
        self.arrived(driver, arrival, &Values::Frame(place));
        raw::give_back();
        driver.drain();
    }

    fn to_send(&self, frame: Vec<u8>) -> ToSend {
        match self.settings.format {
            // the engine has written a text
            Format::Json => ToSend::Text(String::from_utf8(frame).unwrap_or_default()),
            Format::MessagePack => ToSend::Bytes(raw::copy_of(&frame)),
        }
    }

    fn answered(&self, driver: &Rc<Driver<Client>>, link: LinkId, action: Action, answer: &Answer) {
        let retry_after = answer.retry_after.map(|seconds| f64::from(seconds) * 1_000.0);
        let answer = HttpAnswer::new(answer.status, answer.location.as_deref(), &answer.text);
        let reply = answer.read(action);
        let arrival = driver.ask(|engine, now| engine.handle_http(now, link, &reply, retry_after));
        self.arrived(driver, arrival, &Values::Http(&reply));
        driver.drain();
    }
}

/// The values in what has arrived.
pub enum Values<'a> {
    /// Those of the frame that was scanned last, at this place.
    Frame(Place),
    /// Those of an answer over REST.
    Http(&'a HttpReply<'a>),
}

impl Values<'_> {
    pub fn build(&self) -> Result<JsValue, JsValue> {
        match self {
            Values::Frame(place) => host().build(raw::head(*place)),
            Values::Http(reply) => reply.json().map_or(Ok(JsValue::UNDEFINED), |text| host().parse(&text)),
        }
    }

    /// The messages of a page whose bits are set.
    fn messages(&self, wanted: u128) -> Result<Array, JsValue> {
        match self {
            Values::Frame(place) => host().build_messages(raw::head(*place), &places(wanted)),
            Values::Http(reply) => host().parse(&reply.messages_json(wanted)).map(JsCast::unchecked_into),
        }
    }

    /// The ids of the messages of a post.
    fn ids(&self) -> Array {
        let ids = match self {
            Values::Frame(place) => host().build(raw::head(ids_within(*place))),
            Values::Http(_) => self.build().and_then(|body| Reflect::get(&body, &"message_ids".into())),
        };
        ids.ok().and_then(|ids| ids.dyn_into().ok()).unwrap_or_default()
    }
}

/// Where the ids are in the body of a post's reply.
fn ids_within(body: Place) -> Place {
    raw::with_scanner(|scanner| {
        let ids = Value::new(scanner, body).field("message_ids");
        ids.map_or(body, |ids| ids.place())
    })
}

/// The places of the bits that are set.
fn places(mut wanted: u128) -> Vec<u8> {
    let mut places = Vec::with_capacity(wanted.count_ones() as usize);
    while wanted != 0 {
        places.push(wanted.trailing_zeros() as u8);
        wanted &= wanted - 1;
    }
    places
}

fn joined(stored: Option<Array>, more: Array) -> Array {
    match stored {
        None => more,
        Some(stored) => stored.concat(&more),
    }
}

/// Why what came was not read.
enum Unread {
    /// It is no MessagePack or no JSON.
    Damaged,
    Unusable(&'static str),
}

impl From<Damaged> for Unread {
    fn from(damaged: Damaged) -> Unread {
        match damaged {
            Damaged::TooLarge => Unread::Unusable(TOO_LARGE),
            Damaged::Truncated | Damaged::Trailing | Damaged::Reserved | Damaged::Key => Unread::Damaged,
        }
    }
}

/// The length that the host tells of what it has put into the scanner.
fn length_of(told: i32) -> Result<usize, Unread> {
    match told {
        -1 => Err(Unread::Unusable(TOO_LARGE)),
        -2 => Err(Unread::Unusable(TOO_DEEP)),
        length => usize::try_from(length).map_err(|_| Unread::Damaged),
    }
}

/// The error that a failure without an answer is. Where REST redirects to, the driver knows.
pub(super) fn error_of(driver: &Driver<Client>, failure: &Failure) -> JsValue {
    match driver.redirect() {
        Some(sentence) if failure.why == REDIRECTS => errors::failed_saying(failure, &sentence),
        _ => errors::failed(failure),
    }
}

/// A span of time for people.
fn span(span: Millis) -> String {
    match span < 1_000.0 {
        true => format!("{} ms", span.round() as u32),
        false => format!("{}.{} s", span as u64 / 1_000, span as u64 / 100 % 10),
    }
}
