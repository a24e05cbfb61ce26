//! One client, as `js/wire.ts` drives it.

use std::rc::Rc;

use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use super::arrival;
use crate::browser::driver::{Driver, Host, Place};
use crate::core::action::Action;
use crate::core::engine::{Config, Engine, FeedId, LinkId, Preference, RequestId, TailFrom, TailId, WalkId};
use crate::core::listing::{MOST, Query, Start};
use crate::core::wire::check::Refusal;
use crate::core::wire::msgpack::{Reader, Writer};
use crate::core::wire::split;

/// A conversation with Zaqar.
#[wasm_bindgen]
pub struct Client(Rc<Driver>);

#[wasm_bindgen]
impl Client {
    /// `texts`: the two endpoints (empty where there is none), the project, the client's id, and with a signed URL the
    /// four `URL-…` headers as they go over REST, in the order of `SIGNATURE`. `numbers`: see `config`.
    #[wasm_bindgen(constructor)]
    pub fn new(host: Host, socket_class: Function, texts: Vec<String>, numbers: &[f64]) -> Client {
        let mut texts = texts.into_iter();
        let mut text = || texts.next().unwrap_or_default();
        let (websocket, rest) = (text(), text());
        let mut config = config(numbers, !websocket.is_empty(), !rest.is_empty());
        config.project_id = text();
        config.client_id = text();
        let signature: Vec<String> = texts.collect();
        config.signature = socket_signature(&signature);
        let mut headers = vec![("Client-ID", config.client_id.clone()), ("X-Project-ID", config.project_id.clone())];
        headers.extend(SIGNATURE.into_iter().zip(signature));
        let is_json = numbers.get(11) == Some(&1.0);
        let place = Place { websocket, socket_class, rest, headers, is_json };
        Client(Driver::new(Engine::new(config), host, place))
    }

    /// Begins to connect.
    pub fn start(&self) {
        self.0.drive(|engine, now| engine.start(now));
    }

    /// Asks for something, with the body that was put into `request_room`: the request's number, or -1 and
    /// `refusal_sentence` tells why. Then `pump`.
    pub fn request(&self, action: u32, timeout: f64, rest_only: bool) -> i32 {
        let Some(action) = Action::from_number(action) else { return -1 };
        let body = arrival::take_request();
        match self.0.with_engine(|engine, now| engine.request(now, action, body, timeout, rest_only)) {
            Ok(RequestId(id)) => id as i32,
            Err(refusal) => {
                arrival::refuse(refusal);
                -1
            }
        }
    }

    /// The application has given the request up.
    pub fn abort(&self, request: u32) {
        self.0.drive(|engine, _| engine.abort(RequestId(request)));
    }

    /// A frame of so many bytes was put into the scanner's room: where the arrival is described, or 0. Then `pump`.
    pub fn frame(&self, link: u32, length: usize) -> usize {
        self.0.frame(LinkId(link), length)
    }

    /// Does what the engine asks for.
    pub fn pump(&self) {
        self.0.pump();
    }

    /// A frame was no message of Zaqar's: its texts are not UTF-8.
    pub fn damaged(&self, link: u32) {
        self.0.drive(|engine, now| engine.handle_damage(now, LinkId(link)));
    }

    /// Subscribes to a queue: the feed's number. Then `pump`.
    pub fn subscribe(&self, queue: &str) -> u32 {
        self.0.with_engine(|engine, now| engine.subscribe(now, queue)).0
    }

    /// Whether that feed is established.
    #[wasm_bindgen(js_name = isSubscribed)]
    pub fn is_subscribed(&self, feed: u32) -> bool {
        self.0.with_engine(|engine, _| engine.is_subscribed(FeedId(feed)))
    }

    /// Nobody listens to that feed any more.
    pub fn unsubscribe(&self, feed: u32) {
        self.0.drive(|engine, now| engine.unsubscribe(now, FeedId(feed)));
    }

    /// Starts a walk through a queue: its number.
    pub fn walk(
        &self,
        queue: String,
        marker: Option<String>,
        limit: u32,
        echo: bool,
        include_claimed: bool,
        include_delayed: bool,
    ) -> u32 {
        let query = Query { queue, limit, echo, include_claimed, include_delayed };
        self.0.with_engine(|engine, _| engine.walk(query, marker.as_deref())).0
    }

    /// Fetches the walk's next messages. Then `pump`.
    #[wasm_bindgen(js_name = walkOn)]
    pub fn walk_on(&self, walk: u32, timeout: f64) {
        self.0.with_engine(|engine, now| engine.walk_on(now, WalkId(walk), timeout));
    }

    /// Ends a walk.
    #[wasm_bindgen(js_name = endWalk)]
    pub fn end_walk(&self, walk: u32) {
        self.0.drive(|engine, _| engine.end_walk(WalkId(walk)));
    }

    /// Follows a queue: the tail's number. `from`: "start", "now", or the id of the message behind which to begin, which
    /// was posted so many milliseconds before now (`NaN` where that is not known). Then `pump`.
    pub fn tail(&self, queue: String, from: String, before: f64, echo: bool, include_claimed: bool) -> u32 {
        let query = Query { queue, limit: MOST, echo, include_claimed, include_delayed: true };
        self.0.with_engine(|engine, now| {
            let from = match from.as_str() {
                "start" => TailFrom::Oldest,
                "now" => TailFrom::Now,
                _ => TailFrom::Position(Start { marker: from, posted: (!before.is_nan()).then_some(now - before) }),
            };
            engine.tail(now, query, from).0
        })
    }

    /// The tail's reader is full, or takes more.
    #[wasm_bindgen(js_name = pauseTail)]
    pub fn pause_tail(&self, tail: u32, is_paused: bool) {
        self.0.drive(|engine, now| engine.pause_tail(now, TailId(tail), is_paused));
    }

    /// Ends a tail.
    #[wasm_bindgen(js_name = endTail)]
    pub fn end_tail(&self, tail: u32) {
        self.0.drive(|engine, now| engine.end_tail(now, TailId(tail)));
    }

    /// A token, with its remaining life in milliseconds, or `Infinity`.
    pub fn token(&self, token: String, life: f64) {
        self.0.drive(|engine, now| engine.handle_token(now, token, life.is_finite().then_some(life)));
    }

    /// There is no token. Whether asking again may help.
    #[wasm_bindgen(js_name = tokenFailed)]
    pub fn token_failed(&self, may_retry: bool) {
        self.0.drive(|engine, now| engine.handle_token_failure(now, may_retry));
    }

    /// The network is said to be back, or the page is awake: what waits for a next attempt is tried now.
    pub fn wake(&self) {
        self.0.drive(|engine, now| engine.handle_wake(now));
    }

    /// The page is seen from now on, or it is not.
    pub fn hide(&self, is_hidden: bool) {
        self.0.with_engine(|engine, _| engine.handle_hidden(is_hidden));
    }

    /// The page goes into the back/forward cache.
    pub fn pause(&self) {
        self.0.drive(|engine, now| engine.handle_pause(now));
    }

    /// Finishes what is in flight within the time, then ends.
    pub fn close(&self, within: f64) {
        self.0.drive(|engine, now| engine.close(now, within));
    }

    /// The counters, in the order of `Metrics` in `js/api.d.ts`.
    pub fn metrics(&self) -> Vec<f64> {
        self.0.with_engine(|engine, _| {
            let pending = engine.pending() as f64;
            let metrics = engine.metrics();
            let counters =
                [metrics.requests, metrics.replies, metrics.failures, metrics.retries, metrics.notifications];
            let mut numbers: Vec<f64> = counters.into_iter().map(f64::from).collect();
            numbers.extend([metrics.bytes_sent, metrics.bytes_received]);
            let changes = [metrics.connects, metrics.reconnects, metrics.fallbacks, metrics.recoveries, metrics.polls];
            numbers.extend(changes.into_iter().map(f64::from));
            numbers.extend([pending, metrics.round_trip.unwrap_or(f64::NAN)]);
            numbers
        })
    }
}

/// A post's body as the bodies of several, by the server's size rule; nothing if one will do.
#[wasm_bindgen(js_name = splitPost)]
pub fn split_post(body: &[u8]) -> Result<Vec<Uint8Array>, JsValue> {
    match split::split_post(body) {
        Ok(parts) => Ok(parts.into_iter().flatten().map(|part| Uint8Array::from(part.as_slice())).collect()),
        Err(Refusal { why, .. }) => Err(JsValue::from_str(why)),
    }
}

/// The headers of a signed URL.
const SIGNATURE: [&str; 4] = ["URL-Signature", "URL-Expires", "URL-Methods", "URL-Paths"];

/// The settings that are numbers: preference, `fallbackDelayMs`, `keepAliveMs`, `pollIntervalMs.min` and `.max`,
/// `backoffMs.min` and `.max`, whether there is a token, `allowDottedNames`, 64 bits of seed in two, whether frames are
/// JSON.
fn config(numbers: &[f64], has_socket: bool, has_rest: bool) -> Config {
    let number = |index: usize| numbers.get(index).copied().unwrap_or(0.0);
    Config {
        has_socket,
        has_rest,
        preference: match number(0) {
            1.0 => Preference::Socket,
            2.0 => Preference::Polling,
            _ => Preference::Auto,
        },
        fallback_delay: number(1),
        keep_alive: number(2),
        poll_interval: (number(3), number(4)),
        backoff: (number(5), number(6)),
        authenticates: number(7) == 1.0,
        allow_dots: number(8) == 1.0,
        seed: (number(9) as u64) << 32 | number(10) as u64,
        project_id: String::new(),
        client_id: String::new(),
        signature: None,
    }
}

/// The signature as it goes over the socket: its lists are arrays there.
fn socket_signature(signature: &[String]) -> Option<(usize, Vec<u8>)> {
    let [text @ .., methods, paths] = signature else { return None };
    let mut entries = Writer::new();
    for (name, value) in SIGNATURE.iter().zip(text) {
        entries.text(name).text(value);
    }
    for (name, list) in SIGNATURE[text.len()..].iter().zip([methods, paths]) {
        entries.text(name).array(list.split(',').count());
        for item in list.split(',') {
            entries.text(item);
        }
    }
    let bytes = entries.into_bytes();
    debug_assert!(Reader::new(&bytes).token().is_some());
    Some((SIGNATURE.len(), bytes))
}
