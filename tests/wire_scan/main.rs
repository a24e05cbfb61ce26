//! The scanner of frames: against captured frames of a real Zaqar, against rmpv, and against damage.

#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a failed helper fails its test")]

mod arrivals;
mod damage;
mod forms;
mod page;
mod properties;

use page::{Page, expected, field};
use rmpv::Value as MessagePack;
use serde::Deserialize;
use zaqar_codec::msgpack::Writer;
use zaqar_codec::scan::{Damaged, Envelope, Scanner};
use zaqar_codec::tape::Place;

/// One frame that a Zaqar sent.
#[derive(Deserialize)]
struct Captured {
    name: String,
    /// absent for a push
    status: Option<u16>,
    action: Option<String>,
    hex: String,
}

impl Captured {
    fn bytes(&self) -> Vec<u8> {
        let digits = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        self.hex.as_bytes().chunks_exact(2).map(digits).collect()
    }
}

fn captured() -> Vec<Captured> {
    let lines = include_str!("../fixtures/frames.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Puts bytes before the scanner and scans them as a frame.
fn scan(scanner: &mut Scanner, bytes: &[u8]) -> Result<Envelope, Damaged> {
    scanner.room(bytes.len()).copy_from_slice(bytes);
    scanner.scan()
}

/// The same, as a value like any other.
fn scan_value(scanner: &mut Scanner, bytes: &[u8]) -> Result<(), Damaged> {
    scanner.room(bytes.len()).copy_from_slice(bytes);
    scanner.scan_value()
}

fn encoded(value: &MessagePack) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, value).unwrap();
    bytes
}

fn decoded(mut bytes: &[u8]) -> MessagePack {
    rmpv::decode::read_value(&mut bytes).unwrap()
}

#[test]
fn every_captured_frame_reads_as_rmpv_reads_it() {
    let (mut scanner, mut page) = (Scanner::new(), Page::default());
    for frame in captured() {
        let bytes = frame.bytes();
        scan_value(&mut scanner, &bytes).unwrap();
        let built = page.build(&mut scanner, Place::default()).unwrap();
        assert_eq!(built, expected(&decoded(&bytes)), "{}", frame.name);
    }
}

#[test]
fn a_reply_says_its_status_its_action_and_where_its_body_is() {
    let (mut scanner, mut page) = (Scanner::new(), Page::default());
    for frame in captured() {
        let Some(status) = frame.status else { continue };
        let bytes = frame.bytes();
        let envelope = scan(&mut scanner, &bytes).unwrap();
        assert!(envelope.is_reply, "{}", frame.name);
        assert_eq!(envelope.status, Some(status), "{}", frame.name);
        assert_eq!(scanner.action(), frame.action.as_ref().map(String::as_bytes), "{}", frame.name);
        let body = page.build(&mut scanner, envelope.body.unwrap());
        assert_eq!(body, field(&expected(&decoded(&bytes)), "body"), "{}", frame.name);
    }
}

#[test]
fn a_push_is_the_whole_frame() {
    let (mut scanner, mut page) = (Scanner::new(), Page::default());
    for frame in captured().iter().filter(|frame| frame.status.is_none()) {
        let bytes = frame.bytes();
        let envelope = scan(&mut scanner, &bytes).unwrap();
        assert!(!envelope.is_reply, "{}", frame.name);
        let built = page.build(&mut scanner, Place::default()).unwrap();
        assert_eq!(built, expected(&decoded(&bytes)), "{}", frame.name);
    }
}

#[test]
fn a_push_may_be_any_value() {
    let mut scanner = Scanner::new();
    for bytes in [&b"\xc0"[..], b"\x07", b"\xa4ding", b"\x91\x81\xa7request\xc0"] {
        let envelope = scan(&mut scanner, bytes).unwrap();
        assert_eq!(envelope, Envelope { is_reply: false, status: None, body: None });
    }
    assert_eq!(scanner.value().items().count(), 1);
}

#[test]
fn the_keys_of_a_reply_may_come_in_any_order() {
    let (mut scanner, mut page) = (Scanner::new(), Page::default());
    let request = (text("request"), map([("body", text("é")), ("action", text("message_list"))]));
    let body = (text("body"), map([("messages", MessagePack::Array(vec![text("ok"), text("日本")]))]));
    let headers = (text("headers"), map([("status", 200.into()), ("note", text("ok"))]));
    let other = (text("other"), text("ok"));
    let keys = [request, body, headers, other];
    for rotation in 0..keys.len() {
        let mut order = keys.to_vec();
        order.rotate_left(rotation);
        for order in [order.clone(), order.into_iter().rev().collect()] {
            let bytes = encoded(&MessagePack::Map(order));
            let envelope = scan(&mut scanner, &bytes).unwrap();
            assert_eq!((envelope.is_reply, envelope.status), (true, Some(200)));
            assert_eq!(scanner.action(), Some(&b"message_list"[..]));
            let texts = scanner.body().unwrap().field("messages").unwrap().items();
            assert!(texts.filter_map(|item| item.as_text()).eq([b"ok", "日本".as_bytes()]));
            let built = page.build(&mut scanner, envelope.body.unwrap()).unwrap();
            assert_eq!(built, expected(&decode_body(&bytes)));
        }
    }
}

#[test]
fn a_reply_to_what_the_server_could_not_read_has_no_action() {
    let mut scanner = Scanner::new();
    for action in [MessagePack::Nil, 7.into(), MessagePack::Array(vec![])] {
        let reply = map([("request", map([("action", action)])), ("body", map([]))]);
        assert!(scan(&mut scanner, &encoded(&reply)).unwrap().is_reply);
        assert_eq!(scanner.action(), None);
    }
    assert!(scan(&mut scanner, &encoded(&map([("request", MessagePack::Nil)]))).unwrap().is_reply);
    assert_eq!(scanner.action(), None);
}

#[test]
fn of_several_requests_and_actions_the_last_counts() {
    let mut scanner = Scanner::new();
    let actions = |names: &[&str]| map(names.iter().map(|name| ("action", text(name))));
    let reply = map([("request", actions(&["ping"])), ("request", actions(&["queue_get", "queue_list"]))]);
    scan(&mut scanner, &encoded(&reply)).unwrap();
    assert_eq!(scanner.action(), Some(&b"queue_list"[..]));
    let reply = map([("request", actions(&["ping"])), ("request", actions(&[]))]);
    scan(&mut scanner, &encoded(&reply)).unwrap();
    assert_eq!(scanner.action(), None);
}

#[test]
fn a_status_that_is_none_is_not_made_up() {
    let mut scanner = Scanner::new();
    for status in [MessagePack::Nil, text("200"), (-1).into(), 70_000.into(), MessagePack::F64(200.5)] {
        let reply = map([("request", map([])), ("headers", map([("status", status)]))]);
        assert_eq!(scan(&mut scanner, &encoded(&reply)).unwrap().status, None);
    }
}

#[test]
fn the_core_reads_texts_numbers_and_items_off_the_tape() {
    let mut scanner = Scanner::new();
    let value = map([
        ("short", text("id")),
        ("long", text("a text that is longer than sixteen bytes")),
        ("wide", text("größer")),
        ("small", (-5).into()),
        ("large", (1i64 << 40).into()),
        ("larger", i64::MIN.into()),
        ("largest", u64::MAX.into()),
        ("half", MessagePack::F64(0.5)),
        ("none", MessagePack::Nil),
        ("items", MessagePack::Array(vec![map([("id", text("first"))]), map([("id", text("second"))])])),
        ("short", text("last")),
    ]);
    scan(&mut scanner, &encoded(&value)).unwrap();
    let top = scanner.value();
    let as_text = |name: &str| top.field(name).and_then(|value| value.as_text());
    let as_integer = |name: &str| top.field(name).and_then(|value| value.as_integer());
    assert_eq!(as_text("short"), Some(&b"last"[..]));
    assert_eq!(as_text("long"), Some(&b"a text that is longer than sixteen bytes"[..]));
    assert_eq!(as_text("wide"), Some("größer".as_bytes()));
    assert_eq!(as_text("small"), None);
    assert_eq!(as_integer("small"), Some(-5));
    assert_eq!(as_integer("large"), Some(1 << 40));
    assert_eq!(as_integer("larger"), Some(i64::MIN));
    assert_eq!(as_integer("largest"), None);
    assert_eq!(as_integer("half"), None);
    assert_eq!(as_integer("short"), None);
    assert!(top.field("none").unwrap().is_null());
    assert!(top.field("absent").is_none());
    assert!(top.field("short").unwrap().field("id").is_none());
    let ids: Vec<_> = top.field("items").unwrap().items().filter_map(|item| item.field("id")?.as_text()).collect();
    assert_eq!(ids, [&b"first"[..], b"second"]);
}

#[test]
fn the_core_reads_an_object_of_many_different_keys() {
    let mut scanner = Scanner::new();
    let names: Vec<String> = (0..6000).map(|number| format!("key {number}")).collect();
    for some in names.chunks(60) {
        let value = map(some.iter().enumerate().map(|(index, name)| (&**name, MessagePack::from(index))));
        scan(&mut scanner, &encoded(&value)).unwrap();
        for (index, name) in some.iter().enumerate() {
            assert_eq!(scanner.value().field(name).unwrap().as_integer(), Some(index as i64));
        }
    }
}

#[test]
fn a_short_text_of_a_frame_that_javascript_never_saw_is_told_again() {
    let (mut scanner, mut page) = (Scanner::new(), Page::default());
    let bytes = encoded(&text("cpu"));
    scan_value(&mut scanner, &bytes).unwrap();
    scan_value(&mut scanner, &bytes).unwrap();
    assert_eq!(page.build(&mut scanner, Place::default()), Some(expected(&text("cpu"))));
    scan_value(&mut scanner, &bytes).unwrap();
    assert!(scanner.new_texts().is_empty());
}

#[test]
fn short_texts_of_one_frame_never_take_each_others_place() {
    let (mut scanner, mut page) = (Scanner::new(), Page::default());
    // Ten times as many as there are slots, in frames that overlap.
    for round in 0..3 {
        let items = (0..5000).map(|number| text(&format!("{}", number * (round + 1))));
        let value = MessagePack::Array(items.collect());
        scan_value(&mut scanner, &encoded(&value)).unwrap();
        assert_eq!(page.build(&mut scanner, Place::default()), Some(expected(&value)));
    }
}

#[test]
fn text_that_is_no_utf8_is_found_by_whoever_decodes_it() {
    let (mut scanner, mut page) = (Scanner::new(), Page::default());
    // The second is a character that is split over two texts.
    for bytes in [&b"\xa2\xff\xfe"[..], b"\x92\xa1\xc3\xa1\xa9"] {
        scan_value(&mut scanner, bytes).unwrap();
        assert_eq!(page.build(&mut scanner, Place::default()), None);
    }
}

#[test]
fn a_frame_of_any_size_lies_at_an_aligned_address() {
    let mut scanner = Scanner::new();
    for length in [1, 100, 5_000, 90_000] {
        assert_eq!(scanner.room(length).as_ptr().addr() % 64, 0, "{length} bytes");
    }
}

#[test]
fn what_the_writer_writes_the_scanner_reads() {
    let mut scanner = Scanner::new();
    let mut writer = Writer::new();
    writer.map(2).text("queue_name").text("q").text("limit").number(70_000);
    scan(&mut scanner, &writer.into_bytes()).unwrap();
    assert_eq!(scanner.value().field("queue_name").unwrap().as_text(), Some(&b"q"[..]));
    assert_eq!(scanner.value().field("limit").unwrap().as_integer(), Some(70_000));
}

fn text(text: &str) -> MessagePack {
    MessagePack::from(text)
}

fn map<'a>(entries: impl IntoIterator<Item = (&'a str, MessagePack)>) -> MessagePack {
    MessagePack::Map(entries.into_iter().map(|(key, value)| (text(key), value)).collect())
}

fn decode_body(bytes: &[u8]) -> MessagePack {
    let MessagePack::Map(entries) = decoded(bytes) else { panic!("no map") };
    entries.into_iter().find(|(key, _)| key.as_str() == Some("body")).unwrap().1
}
