//! One client, as `js/driver.ts` drives it. After every call that may have given the engine something to do, JavaScript
//! drains `client_poll` and then sets its timer to `client_deadline`.

use ::core::mem;
use alloc::string::String;

use wasm_bindgen::prelude::wasm_bindgen;

use super::page::{Desk, page, with_client, with_desk};
use super::{arrival, output};
use crate::core::action::Action;
use crate::core::engine::{Arrival, Config, Engine, FeedId, LinkId, Preference, RequestId, TailFrom, TailId, WalkId};
use crate::core::listing::{MOST, Query, Start};
use crate::core::wire::check::Refusal;
use crate::core::wire::msgpack::{Reader, Token};
use crate::core::wire::split;

/// Where to put so many bytes for the next call.
#[wasm_bindgen]
pub fn room(length: usize) -> usize {
    with_desk(|desk| {
        desk.room.clear();
        desk.room.resize(length, 0);
        desk.room.as_ptr() as usize
    })
}

/// A number of what was described last.
#[wasm_bindgen]
pub fn number(index: usize) -> f64 {
    with_desk(|desk| desk.numbers.get(index).copied().unwrap_or(f64::NAN))
}

/// Starts a client with the settings in the room, MessagePack in the order of [`config`]: its number.
#[wasm_bindgen]
pub fn client_new(now: f64) -> u32 {
    let mut page = page();
    let mut engine = Engine::new(config(Reader::new(&page.desk.room)));
    engine.start(now);
    page.add(engine)
}

/// Forgets a client.
#[wasm_bindgen]
pub fn client_free(client: u32) {
    page().remove(client);
}

/// The next thing to do, described as in `output`; 0 when there is none.
#[wasm_bindgen]
pub fn client_poll(client: u32) -> usize {
    with_client(client, |engine, desk| {
        engine.poll_output().map_or(0, |output| output::describe(desk, output, engine.token()))
    })
}

/// When to call `client_timeout`; `Infinity` for never.
#[wasm_bindgen]
pub fn client_deadline(client: u32) -> f64 {
    with_client(client, |engine, _| Some(engine.poll_timeout().unwrap_or(f64::INFINITY))).unwrap_or(f64::INFINITY)
}

/// See `client_deadline`.
#[wasm_bindgen]
pub fn client_timeout(client: u32, now: f64) {
    with_client(client, |engine, _| engine.handle_timeout(now));
}

/// Asks for something, with the body in the room: the request's number, or -1 and [`refusal`] tells why not.
#[wasm_bindgen]
pub fn client_request(client: u32, now: f64, action: u32, timeout: f64, rest_only: bool) -> i32 {
    with_client(client, |engine, desk| {
        let Some(action) = Action::from_number(action) else { return -1 };
        let body = mem::take(&mut desk.room);
        match engine.request(now, action, body, timeout, rest_only) {
            Ok(request) => request.0 as i32,
            Err(refusal) => {
                refuse(desk, refusal);
                -1
            }
        }
    })
}

/// Where the words of the last refusal are: its code, and start and length of the two halves of its sentence.
#[wasm_bindgen]
pub fn refusal() -> usize {
    with_desk(|desk| desk.describe(&[]))
}

fn refuse(desk: &mut Desk, Refusal { code, field, why }: Refusal) {
    desk.describe(&[code as u32, field.as_ptr() as u32, field.len() as u32, why.as_ptr() as u32, why.len() as u32]);
}

/// The application has given the request up.
#[wasm_bindgen]
pub fn client_abort(client: u32, request: u32) {
    with_client(client, |engine, _| engine.abort(RequestId(request)));
}

/// A frame of so many bytes was put into the scanner's room: where the arrival is described, or 0.
#[wasm_bindgen]
pub fn client_frame(client: u32, now: f64, link: u32, length: usize) -> usize {
    let link = LinkId(link);
    with_client(client, |engine, desk| {
        let Ok(envelope) = desk.scanner.scan() else {
            engine.handle_damage(now, link);
            return 0;
        };
        let place = if envelope.is_reply { envelope.body } else { Some(desk.scanner.value().place()) };
        match engine.handle_frame(now, link, length, envelope, &desk.scanner) {
            Arrival::Nothing => 0,
            arrival => arrival::describe(desk, arrival, place.unwrap_or_default()),
        }
    })
}

/// A frame was no message of Zaqar's: its texts are not UTF-8.
#[wasm_bindgen]
pub fn client_damaged(client: u32, now: f64, link: u32) {
    with_client(client, |engine, _| engine.handle_damage(now, LinkId(link)));
}

/// The socket is open.
#[wasm_bindgen]
pub fn client_opened(client: u32, now: f64, link: u32) {
    with_client(client, |engine, _| engine.handle_open(now, LinkId(link)));
}

/// The socket has closed, or could not be opened.
#[wasm_bindgen]
pub fn client_closed(client: u32, now: f64, link: u32, code: u32) {
    with_client(client, |engine, _| engine.handle_closed(now, LinkId(link), code as u16));
}

/// An HTTP answer. In the room: `Location`, of so many bytes (0 where there is none), then the body's MessagePack.
/// `retry_after` in milliseconds, or `NaN`. The arrival is described, or 0.
#[wasm_bindgen]
pub fn client_http(client: u32, now: f64, link: u32, status: u32, retry_after: f64, location: usize) -> usize {
    let link = LinkId(link);
    with_client(client, |engine, desk| {
        let room = mem::take(&mut desk.room);
        let (location, body) = room.split_at_checked(location).unwrap_or_default();
        engine.count_bytes(0, body.len());
        let location = ::core::str::from_utf8(location).ok().filter(|location| !location.is_empty());
        let Some(reply) = engine.shape_http(link, status as u16, location, body) else { return 0 };
        let space = desk.scanner.room(reply.body.len());
        if space.len() == reply.body.len() {
            space.copy_from_slice(&reply.body);
        }
        // null where it is no MessagePack, or too large
        let value = desk.scanner.scan_value().ok().map(|()| desk.scanner.value());
        let retry_after = Some(retry_after).filter(|pause| !pause.is_nan());
        let arrival = engine.handle_http(now, link, &reply, retry_after, value);
        let place = desk.scanner.value().place();
        arrival::describe(desk, arrival, place)
    })
}

/// An HTTP request was sent with so many bytes.
#[wasm_bindgen]
pub fn client_sent(client: u32, bytes: usize) {
    with_client(client, |engine, _| engine.count_bytes(bytes, 0));
}

/// An HTTP request failed without an answer.
#[wasm_bindgen]
pub fn client_http_failed(client: u32, now: f64, link: u32) {
    with_client(client, |engine, _| engine.handle_http_failure(now, LinkId(link)));
}

/// Subscribes to the queue in the room: the feed's number.
#[wasm_bindgen]
pub fn client_subscribe(client: u32, now: f64) -> u32 {
    with_client(client, |engine, desk| engine.subscribe(now, desk.text()).0)
}

/// Whether that feed is established.
#[wasm_bindgen]
pub fn client_is_subscribed(client: u32, feed: u32) -> bool {
    with_client(client, |engine, _| engine.is_subscribed(FeedId(feed)))
}

/// One fewer listens to that feed.
#[wasm_bindgen]
pub fn client_unsubscribe(client: u32, now: f64, feed: u32) {
    with_client(client, |engine, _| engine.unsubscribe(now, FeedId(feed)));
}

/// Starts a walk through a queue; in the room are the words of [`query`]: its number.
#[wasm_bindgen]
pub fn client_walk(client: u32, limit: u32) -> u32 {
    with_client(client, |engine, desk| {
        let (query, marker) = query(Reader::new(&desk.room), limit);
        engine.walk(query, Some(&*marker).filter(|marker| !marker.is_empty())).0
    })
}

/// Fetches the walk's next messages.
#[wasm_bindgen]
pub fn client_walk_on(client: u32, now: f64, walk: u32, timeout: f64) {
    with_client(client, |engine, _| engine.walk_on(now, WalkId(walk), timeout));
}

/// Ends a walk.
#[wasm_bindgen]
pub fn client_end_walk(client: u32, walk: u32) {
    with_client(client, |engine, _| engine.end_walk(WalkId(walk)));
}

/// Follows a queue; in the room are the words of [`query`]: the tail's number. The marker is "start", "now", or the id of
/// the message behind which to begin, which was posted so many milliseconds before now (`NaN` where that is not known).
#[wasm_bindgen]
pub fn client_tail(client: u32, now: f64, before: f64) -> u32 {
    with_client(client, |engine, desk| {
        let (query, marker) = query(Reader::new(&desk.room), MOST);
        let from = match &*marker {
            "start" => TailFrom::Oldest,
            "now" => TailFrom::Now,
            _ => TailFrom::Position(Start { marker, posted: (!before.is_nan()).then_some(now - before) }),
        };
        engine.tail(now, query, from).0
    })
}

/// The tail's reader is full, or takes more.
#[wasm_bindgen]
pub fn client_pause_tail(client: u32, now: f64, tail: u32, is_paused: bool) {
    with_client(client, |engine, _| engine.pause_tail(now, TailId(tail), is_paused));
}

/// Ends a tail.
#[wasm_bindgen]
pub fn client_end_tail(client: u32, now: f64, tail: u32) {
    with_client(client, |engine, _| engine.end_tail(now, TailId(tail)));
}

/// The token in the room, with its remaining life in milliseconds, or `Infinity`.
#[wasm_bindgen]
pub fn client_token(client: u32, now: f64, life: f64) {
    with_client(client, |engine, desk| {
        engine.handle_token(now, String::from(desk.text()), life.is_finite().then_some(life));
        desk.room.fill(0);
    });
}

/// There is no token. Whether asking again may help.
#[wasm_bindgen]
pub fn client_token_failed(client: u32, now: f64, may_retry: bool) {
    with_client(client, |engine, _| engine.handle_token_failure(now, may_retry));
}

/// The network is said to be back, or the page is awake: what waits for a next attempt is tried now.
#[wasm_bindgen]
pub fn client_wake(client: u32, now: f64) {
    with_client(client, |engine, _| engine.handle_wake(now));
}

/// The page is seen from now on, or it is not.
#[wasm_bindgen]
pub fn client_hide(client: u32, is_hidden: bool) {
    with_client(client, |engine, _| engine.handle_hidden(is_hidden));
}

/// The page goes into the back/forward cache.
#[wasm_bindgen]
pub fn client_pause(client: u32, now: f64) {
    with_client(client, |engine, _| engine.handle_pause(now));
}

/// Finishes what is in flight within the time, then ends.
#[wasm_bindgen]
pub fn client_close(client: u32, now: f64, within: f64) {
    with_client(client, |engine, _| engine.close(now, within));
}

/// One of the counters, by its place in `METRICS` in `js/conversation.ts`; `NaN` where there is no value yet.
#[wasm_bindgen]
pub fn client_metric(client: u32, index: usize) -> f64 {
    with_client(client, |engine, _| {
        let metrics = engine.metrics();
        let counters = [
            metrics.requests,
            metrics.replies,
            metrics.failures,
            metrics.retries,
            metrics.notifications,
            metrics.connects,
            metrics.reconnects,
            metrics.fallbacks,
            metrics.recoveries,
            metrics.polls,
            engine.pending() as u32,
        ];
        let numbers = [metrics.bytes_sent, metrics.bytes_received, metrics.round_trip.unwrap_or(f64::NAN)];
        match counters.get(index) {
            Some(counter) => f64::from(*counter),
            None => numbers.get(index - counters.len()).copied().unwrap_or(f64::NAN),
        }
    })
}

/// Splits the post in the room by the server's size rule: the words say how many parts there are, or 0 where one will do,
/// and where their starts and lengths are. 0 where the post is refused: see `refusal`.
#[wasm_bindgen]
pub fn split_post() -> usize {
    with_desk(|desk| {
        desk.list.clear();
        match split::split_post(&desk.room) {
            Ok(parts) => {
                desk.parts = parts.unwrap_or_default();
                for part in &desk.parts {
                    desk.list.extend([part.as_ptr() as u32, part.len() as u32]);
                }
                let words = [desk.parts.len() as u32, desk.list.as_ptr() as u32];
                desk.describe(&words)
            }
            Err(refusal) => {
                refuse(desk, refusal);
                0
            }
        }
    })
}

/// `[queue, marker, echo, includeClaimed, includeDelayed]`: what is asked for, and the marker.
fn query(mut words: Reader<'_>, limit: u32) -> (Query, String) {
    words.token();
    let queue = text(&mut words);
    let marker = text(&mut words);
    let mut flag = || matches!(words.token(), Some(Token::Boolean(true)));
    (Query { queue, limit, echo: flag(), include_claimed: flag(), include_delayed: flag() }, marker)
}

/// `[preference, fallbackDelayMs, keepAliveMs, pollIntervalMs.min, .max, backoffMs.min, .max, whether there is a token,
/// allowDottedNames, whether there is a socket, whether there is REST, 64 bits of seed in two]`, all numbers, then
/// `[…, project, client's id, signature]`: the signature as the map of headers that it is on the socket, or nil.
fn config(mut settings: Reader<'_>) -> Config {
    settings.token();
    let mut number = || match settings.token() {
        Some(Token::Integer(number)) => number as f64,
        Some(Token::Float(number)) => number,
        _ => 0.0,
    };
    Config {
        preference: match number() {
            1.0 => Preference::Socket,
            2.0 => Preference::Polling,
            _ => Preference::Auto,
        },
        fallback_delay: number(),
        keep_alive: number(),
        poll_interval: (number(), number()),
        backoff: (number(), number()),
        authenticates: number() == 1.0,
        allow_dots: number() == 1.0,
        has_socket: number() == 1.0,
        has_rest: number() == 1.0,
        seed: (number() as u64) << 32 | number() as u64,
        project_id: text(&mut settings),
        client_id: text(&mut settings),
        signature: match settings.token() {
            Some(Token::Map(entries)) => Some((entries, settings.rest().into())),
            _ => None,
        },
    }
}

fn text(words: &mut Reader<'_>) -> String {
    match words.token() {
        Some(Token::Text(text)) => String::from(::core::str::from_utf8(text).unwrap_or_default()),
        _ => String::new(),
    }
}
