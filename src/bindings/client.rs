//! One client, as `js/driver.ts` drives it. After every call that may have given the engine something to do, JavaScript
//! drains `client_poll` and then sets its timer to `client_deadline`.

use ::core::mem;

use wasm_bindgen::prelude::wasm_bindgen;

use super::page::{page, with_client, with_desk};
use super::{arrival, output};
use crate::core::action::Action;
use crate::core::engine::{Arrival, Config, Engine, FeedId, LinkId, Preference, RequestId, TailFrom, TailId, WalkId};
use crate::core::listing::{MOST, Query, Start};

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

/// Starts a client, with the headers of its requests in the room: its number. The flags are: whether there is a token, a
/// WebSocket endpoint, a REST endpoint, a signature, leave to make queues with dots.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "an object would have to be written and read")]
pub fn client_new(
    now: f64,
    preference: u32,
    fallback_delay: f64,
    keep_alive: f64,
    poll_least: f64,
    poll_most: f64,
    backoff_least: f64,
    backoff_most: f64,
    flags: u32,
    seed: f64,
) -> u32 {
    let mut page = page();
    let has = |flag: u32| flags & flag != 0;
    let mut engine = Engine::new(Config {
        preference: match preference {
            1 => Preference::Socket,
            2 => Preference::Polling,
            _ => Preference::Auto,
        },
        fallback_delay,
        keep_alive,
        poll_interval: (poll_least, poll_most),
        backoff: (backoff_least, backoff_most),
        authenticates: has(1),
        has_socket: has(2),
        has_rest: has(4),
        is_signed: has(8),
        allows_dots: has(16),
        headers: mem::take(&mut page.desk.room),
        seed: seed.to_bits(),
    });
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

/// When to tell that the time has come; `Infinity` for never.
#[wasm_bindgen]
pub fn client_deadline(client: u32) -> f64 {
    with_client(client, |engine, _| Some(engine.poll_timeout().unwrap_or(f64::INFINITY))).unwrap_or(f64::INFINITY)
}

/// Something has happened, or is wanted, that takes no more than a number to say: `Event` in `js/driver.ts`. `id` is that
/// of the link, request, feed, walk or tail.
#[wasm_bindgen]
pub fn client_event(client: u32, now: f64, event: u32, id: u32, detail: f64) {
    with_client(client, |engine, _| match event {
        0 => engine.handle_timeout(now),
        1 => engine.handle_open(now, LinkId(id)),
        2 => engine.handle_closed(now, LinkId(id), detail as u16),
        3 => engine.handle_damage(now, LinkId(id)),
        4 => engine.count_bytes(detail as usize, 0),
        5 => engine.handle_http_failure(now, LinkId(id)),
        6 => engine.abort(RequestId(id)),
        7 => engine.unsubscribe(now, FeedId(id)),
        8 => engine.walk_on(now, WalkId(id), detail),
        9 => engine.end_walk(WalkId(id)),
        10 => engine.pause_tail(now, TailId(id), detail != 0.0),
        11 => engine.end_tail(now, TailId(id)),
        12 => engine.handle_token_failure(now, detail != 0.0),
        13 => engine.handle_wake(now),
        14 => engine.handle_hidden(detail != 0.0),
        15 => engine.handle_pause(now),
        16 => engine.close(now, detail),
        _ => {}
    });
}

/// Asks for something, with the body in the room: the request's number.
#[wasm_bindgen]
pub fn client_request(client: u32, now: f64, action: u32, timeout: f64, rest_only: bool) -> u32 {
    with_client(client, |engine, desk| {
        let Some(action) = Action::from_number(action) else { return 0 };
        engine.request(now, action, mem::take(&mut desk.room), timeout, rest_only).0
    })
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

/// An HTTP answer: its body in the socket's shape, of so many bytes, was put into the scanner's room, the marker of the next
/// page into the other, or nothing. `retry_after` in milliseconds, or `NaN`. The arrival is described, or 0.
#[wasm_bindgen]
pub fn client_http(client: u32, now: f64, link: u32, status: u32, retry_after: f64, length: usize) -> usize {
    with_client(client, |engine, desk| {
        engine.count_bytes(0, length);
        // null where it is no MessagePack
        let value = desk.scanner.scan_value().ok().map(|()| desk.scanner.value());
        let marker = Some(&*desk.room).filter(|marker| !marker.is_empty());
        let retry_after = Some(retry_after).filter(|pause| !pause.is_nan());
        let arrival = engine.handle_http(now, LinkId(link), status as u16, value, marker, retry_after);
        let place = desk.scanner.value().place();
        arrival::describe(desk, arrival, place)
    })
}

/// Subscribes to the queue in the room: the feed's number.
#[wasm_bindgen]
pub fn client_subscribe(client: u32, now: f64) -> u32 {
    with_client(client, |engine, desk| engine.subscribe(now, &desk.room).0)
}

/// Whether that feed is established.
#[wasm_bindgen]
pub fn client_is_subscribed(client: u32, feed: u32) -> bool {
    with_client(client, |engine, _| engine.is_subscribed(FeedId(feed)))
}

/// Starts a walk through a queue, as [`query`] has it: its number.
#[wasm_bindgen]
pub fn client_walk(client: u32, limit: u32, flags: u32, name: usize) -> u32 {
    with_client(client, |engine, desk| {
        let (query, marker) = query(&desk.room, limit, flags, name);
        engine.walk(query, Some(marker)).0
    })
}

/// Follows a queue, as [`query`] has it: the tail's number. The marker is "start", "now", or the id of the message behind
/// which to begin, which was posted so many milliseconds before now (`NaN` where that is not known).
#[wasm_bindgen]
pub fn client_tail(client: u32, now: f64, before: f64, flags: u32, name: usize) -> u32 {
    with_client(client, |engine, desk| {
        let (query, marker) = query(&desk.room, MOST, flags, name);
        let from = match marker {
            b"start" => TailFrom::Oldest,
            b"now" => TailFrom::Now,
            _ => {
                TailFrom::Position(Start { marker: marker.into(), posted: (!before.is_nan()).then_some(now - before) })
            }
        };
        engine.tail(now, query, from).0
    })
}

/// The token in the room, with its remaining life in milliseconds, or `Infinity`.
#[wasm_bindgen]
pub fn client_token(client: u32, now: f64, life: f64) {
    with_client(client, |engine, desk| {
        // taken: no copy of it stays in the room
        engine.handle_token(now, mem::take(&mut desk.room), life);
    });
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

/// In the room is the name of a queue, of so many bytes, and behind it a marker. The flags are: echo, include claimed,
/// include delayed.
fn query(room: &[u8], limit: u32, flags: u32, name: usize) -> (Query, &[u8]) {
    let (queue, marker) = room.split_at_checked(name).unwrap_or_default();
    let has = |flag: u32| flags & flag != 0;
    let query = Query { queue: queue.into(), limit, echo: has(1), include_claimed: has(2), include_delayed: has(4) };
    (query, marker)
}
