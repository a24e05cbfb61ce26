//! Posts in parts, measured by Python itself: what Zaqar does with a post on the socket is `len(str(messages))`.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use zaqar_web::protocol::error::Code;
use zaqar_web::protocol::json::to_json;
use zaqar_web::protocol::limits::Rules;
use zaqar_web::protocol::request::{MessagePost, NewMessage};
use zaqar_web::protocol::split::{MOST_AT_ONCE, least_characters, most_characters};

use crate::strategies::any_body;
use crate::{opaque, post, usual};

const LARGEST: usize = 262_144;

/// Texts of what Python and JSON write differently, and of what is printable here and not there.
const PIECES: &[&str] = &[
    "x",
    " ",
    "~",
    "\"",
    "'",
    "\\",
    "/",
    "\n",
    "\r",
    "\t",
    "\0",
    "\u{8}",
    "\u{1f}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "é",
    "Ж",
    "漢",
    "あ",
    "한",
    "\u{1e9e}",
    "\u{200b}",
    "\u{2028}",
    "\u{e000}",
    "\u{feff}",
    "\u{378}",
    "\u{e0001}",
    "\u{10ffff}",
    "😀",
    ", ",
    ": ",
    "1e+15",
    "0.00001",
    "\\u0041",
    "\\b",
    "\\\\b",
];

const FLOATS: &[f64] = &[
    9007199254740992.0,
    -9.1e15,
    1e15,
    9999999999999998.0,
    1e16,
    1e20,
    1e21,
    1e-4,
    0.00001,
    0.000001,
    0.000012345,
    1.5e-7,
    -1.2345678901234567e-300,
    5e-324,
    f64::MAX,
    0.1,
    -0.0,
    5.0,
];

fn message() -> impl Strategy<Value = Value> {
    let text = vec(select(PIECES), 0..40).prop_map(|pieces| pieces.concat());
    let number = prop_oneof![
        select(FLOATS).prop_map(Value::from),
        any::<f64>().prop_filter("a number of JSON", |number| number.is_finite()).prop_map(Value::from),
        Just(json!(u64::MAX)),
        Just(json!(i64::MIN)),
    ];
    (text, number, any_body(), 0..6, any::<bool>()).prop_map(|(text, number, any, kind, has_ttl)| {
        let body = match kind {
            0 => json!({ "text": text, text: number, "any": any }),
            1 => any,
            2 => json!(text),
            3 => json!([number, false]),
            4 => json!({}),
            _ => json!(false),
        };
        if has_ttl { json!({ "body": body, "ttl": 3_600 }) } else { json!({ "body": body }) }
    })
}

/// The same on every run.
fn samples<T>(count: usize, strategy: impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// What Python's `str()` takes of each of these JSON texts.
fn python_lengths(texts: &[String]) -> Vec<usize> {
    let script = "import json, sys\nfor line in sys.stdin.buffer: print(len(str(json.loads(line))))";
    let mut python =
        Command::new("python3").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = python.stdin.take().unwrap();
    let lines = texts.iter().map(|text| format!("{text}\n")).collect::<String>();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap();
    let lengths: Vec<usize> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(lengths.len(), texts.len());
    lengths
}

fn json_of(post: &MessagePost) -> String {
    to_json(post.messages.as_bytes()).unwrap()
}

/// Splits, and finds all messages in order in parts that are within the rule. Gives how many each part has.
fn assert_parts(whole: MessagePost, most: usize) -> Vec<usize> {
    let parts = whole.clone().split(most, &Rules::default()).unwrap();
    let all: Vec<&[u8]> = parts.iter().flat_map(MessagePost::items).collect();
    assert_eq!(all, whole.items().collect::<Vec<_>>());
    let texts: Vec<String> = parts.iter().map(json_of).collect();
    let counts: Vec<usize> = parts.iter().map(|part| part.items().count()).collect();
    for ((count, text), python) in counts.iter().zip(&texts).zip(python_lengths(&texts)) {
        assert!((1..=most).contains(count));
        if *count > 1 {
            assert!(python <= LARGEST, "{python} for Python");
            assert!(text.len() + r#"{"messages":}"#.len() <= LARGEST);
        }
    }
    counts
}

fn texts(texts: impl IntoIterator<Item = String>) -> MessagePost {
    post(texts.into_iter().map(|text| json!({ "body": text })).collect())
}

fn refuses(whole: MessagePost) -> bool {
    match whole.split(MOST_AT_ONCE, &usual()) {
        Ok(_) => false,
        Err(refusal) => {
            assert_eq!(
                (refusal.code, &*refusal.message),
                (Code::TooLarge, "messages must each be at most 262144 characters")
            );
            true
        }
    }
}

#[test]
fn a_size_is_between_its_bounds_as_python_measures_it_and_as_json_has_it() {
    let texts: Vec<String> = samples(4_000, message()).iter().map(|message| message.to_string()).collect();
    for (json, python) in texts.iter().zip(python_lengths(&texts)) {
        let (least, most) = (least_characters(json), most_characters(json));
        assert!(least <= python && python <= most, "{least} {python} {most} {json}");
        assert!(json.len() <= most, "{most} {json}");
    }
}

#[test]
fn parts_hold_all_messages_in_order_and_each_is_within_the_rule() {
    let long = (message(), select(PIECES), 0..20_000usize)
        .prop_map(|(message, piece, times)| json!({ "body": [message["body"], piece.repeat(times)] }));
    for messages in samples(6, vec(long, 1..60)) {
        assert_parts(post(messages), MOST_AT_ONCE);
    }
}

#[test]
fn many_small_messages_go_by_the_most_that_one_request_may_have() {
    let small = |count| post((0..count).map(|n| json!({ "body": n })).collect());
    assert_eq!(assert_parts(small(2_500), MOST_AT_ONCE), [1_000, 1_000, 500]);
    assert_eq!(assert_parts(small(250), 100), [100, 100, 50]);
    assert_eq!(assert_parts(small(100), 100), [100]);
}

#[test]
fn posts_of_any_characters_that_come_near_the_rule_are_within_it() {
    for piece in ["x", "'", "\"", "\\", "\n", "\u{1}", "\u{7f}", "é", "漢", "\u{e0001}", "it's \"x\"\\ "] {
        for size in [LARGEST / 14, LARGEST / 4, LARGEST / 2 - 60, LARGEST / 2] {
            assert_parts(texts(vec![piece.repeat(size / piece.len()); 2]), MOST_AT_ONCE);
        }
    }
    let two_halves = texts(vec!["x".repeat(LARGEST / 2 - 200); 2]);
    assert_eq!(assert_parts(two_halves, MOST_AT_ONCE), [2]);
}

#[test]
fn six_hundred_kilobytes_of_text_need_three_posts() {
    let messages = (0..600).map(|n| json!({ "body": { "n": n, "text": "x".repeat(980) } })).collect();
    assert_eq!(assert_parts(post(messages), MOST_AT_ONCE).len(), 3);
}

#[test]
fn the_largest_body_that_the_server_takes_is_not_refused_and_what_is_certainly_larger_is() {
    // as measured on a real server, in a list of one message
    assert_eq!(python_lengths(&[json_of(&texts(["x".repeat(262_130)]))]), [LARGEST]);
    for (piece, count) in [("x", 262_130), ("漢", 262_130), ("😀", 262_130), ("\n", 131_065)] {
        assert_eq!(texts([piece.repeat(count)]).split(MOST_AT_ONCE, &usual()).unwrap().len(), 1);
    }
    for piece in ["x", "😀", "\""] {
        assert!(refuses(texts(["1".into(), piece.repeat(262_135)])));
        assert!(refuses(texts([piece.repeat(262_135)])));
    }
}

#[test]
fn where_no_limit_is_known_a_message_of_any_size_goes_to_the_server_alone() {
    let [small, large] = ["1".to_string(), "x".repeat(1_000_000)];
    let messages = texts([small.clone(), small.clone(), large, small]);
    let parts = messages.split(MOST_AT_ONCE, &Rules::default()).unwrap();
    assert_eq!(parts.iter().map(MessagePost::count).collect::<Vec<_>>(), [2, 1, 1]);
}

#[test]
fn a_message_of_any_size_is_measured() {
    for (piece, count) in [("x", 70_000_000), ("漢", 10_000_000), ("\u{2028}", 20_000_000)] {
        assert!(refuses(texts([piece.repeat(count)])));
    }
}

#[test]
fn a_message_that_may_be_too_large_goes_alone() {
    let [small, doubtful] = ["1".to_string(), "\u{2028}".repeat(60_000)];
    assert_eq!(assert_parts(texts([small.clone(), small.clone(), doubtful, small]), MOST_AT_ONCE), [2, 1, 1]);
}

#[test]
fn what_grows_most_is_within_the_rule_where_nothing_is_measured() {
    // one byte of MessagePack, seven characters of Python
    let falses = |count| post(vec![json!({ "body": vec![false; count] }), json!({ "body": 1 })]);
    let fits = LARGEST / 7 - 100;
    let count = (1..38_000).rev().find(|count| falses(*count).messages.as_bytes().len() <= fits).unwrap();
    let whole = falses(count);
    assert_eq!(whole.clone().split(MOST_AT_ONCE, &Rules::default()), Ok(vec![whole.clone()]));
    assert!(python_lengths(&[json_of(&whole)])[0] <= LARGEST);
}

#[test]
fn a_server_may_take_less_or_more() {
    let messages = || texts(std::iter::repeat_n("x".repeat(90), 10));
    let parts = |limit| {
        let rules = Rules { max_messages_post_size: Some(limit), ..Rules::default() };
        messages().split(MOST_AT_ONCE, &rules).map(|parts| parts.len())
    };
    assert_eq!(parts(2_000_000), Ok(1));
    assert_eq!(parts(600), Ok(2));
    assert_eq!(parts(150), Ok(10));
    assert_eq!(parts(100).unwrap_err().message, "messages must each be at most 100 characters");
}

#[test]
fn a_queue_is_named_in_each_part() {
    let whole = MessagePost::new("orders", vec![NewMessage { body: opaque(json!(1)), ttl: Some(60), delay: None }; 5]);
    let parts = whole.split(2, &Rules::default()).unwrap();
    assert!(parts.iter().all(|part| part.queue_name == "orders"));
    assert_eq!(json_of(&parts[2]), r#"[{"body":1,"ttl":60}]"#);
}

/// Headers of the longest kind that Zaqar and what stands before it were seen to send beside `Location`.
const OTHER_HEADERS: &str = "HTTP/1.1 201 Created\r\n\
    Date: Mon, 30 Nov 2026 14:00:00 GMT\r\n\
    Server: nginx/1.24.0 (Ubuntu)\r\n\
    Content-Type: application/json; charset=UTF-8\r\n\
    Content-Length: 10000\r\n\
    Connection: keep-alive\r\n\
    Keep-Alive: timeout=75\r\n\
    Vary: Origin, Accept-Encoding\r\n\
    Access-Control-Allow-Origin: https://dashboard.some-long-name.example.org:8443\r\n\
    Access-Control-Allow-Credentials: true\r\n\
    Access-Control-Expose-Headers: Location,X-OpenStack-Request-ID,Accept-Patch\r\n\
    X-OpenStack-Request-ID: req-93acd7a1-633a-4a3b-96bf-f6221ee1721e\r\n\
    Strict-Transport-Security: max-age=63072000; includeSubDomains\r\n\r\n";

#[test]
fn the_headers_of_an_answer_stay_below_two_and_a_half_kilobytes() {
    for length in 1..=64 {
        let queue = "q".repeat(length);
        let most = MessagePost::most_over_rest(&queue);
        assert!((40..=100).contains(&most));
        let ids = vec!["93acd7a1-633a-4a3b-96bf-f6221ee1721e"; most].join(",");
        let headers = format!("Location: /v2/queues/{queue}/messages?ids={ids}\r\n{OTHER_HEADERS}");
        assert!(headers.len() < 2_500, "{}", headers.len());
    }
    assert!(MessagePost::most_over_rest("q") > MessagePost::most_over_rest(&"q".repeat(64)));
    assert_eq!(MessagePost::most_over_rest(&"q".repeat(10_000)), 1);
}
