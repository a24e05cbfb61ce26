//! Posts in parts, measured here once more, apart from the code that splits them.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use zaqar_web::core::wire::size::size_of;
use zaqar_web::core::wire::split::{TooLarge, split_post};

const LIMIT: usize = 262_144;
const MOST: usize = 1_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn parts_hold_all_messages_in_order_and_each_is_within_the_rule(messages in vec(large_message(), 0..40)) {
        parts_are_right(&messages)?;
    }

    #[test]
    fn many_small_messages_go_by_the_thousand(message in message(), count in 0usize..4_500) {
        parts_are_right(&vec![message; count])?;
    }

}

proptest! {
    #[test]
    fn a_size_is_between_its_bounds(value in message()) {
        let size = size_of(&pack(&value));
        let (python, json) = (python_length(&value), value.to_string().len());
        prop_assert!(size.least <= python && python <= size.most, "{size:?} Python {python} {value}");
        prop_assert!(size.least <= json && json <= size.most, "{size:?} JSON {json} {value}");
    }

    #[test]
    fn bytes_that_are_no_post_are_left_alone(bytes in vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(split_post(&bytes, MOST), Ok(None));
    }
}

fn parts_are_right(messages: &[Value]) -> Result<(), TestCaseError> {
    let body = pack(&json!({"a": 1, "messages": messages, "queue_name": "q"}));
    let Ok(parts) = split_post(&body, MOST) else {
        let smallest = |message: &Value| python_length(message).min(message.to_string().len());
        prop_assert!(messages.iter().any(|message| smallest(message) > LIMIT - 15), "too large without need");
        return Ok(());
    };
    let parts = parts.unwrap_or_else(|| vec![body]);
    let mut together = Vec::new();
    for part in &parts {
        let part: Value = rmp_serde::from_slice(part).unwrap();
        prop_assert_eq!(&part["queue_name"], "q");
        prop_assert_eq!(&part["a"], 1);
        prop_assert_eq!(part.as_object().unwrap().len(), 3);
        let list = part["messages"].as_array().unwrap();
        prop_assert!(!list.is_empty() || messages.is_empty());
        prop_assert!(list.len() <= MOST);
        if list.len() > 1 {
            prop_assert!(python_length(&part["messages"]) <= LIMIT);
            let document = json!({"messages": list}).to_string();
            prop_assert!(document.len() <= LIMIT);
        }
        together.extend_from_slice(list);
    }
    prop_assert_eq!(together.len(), messages.len());
    prop_assert!(together == messages, "order and content");
    Ok(())
}

#[test]
fn six_hundred_kilobytes_of_text_need_three_posts() {
    let messages: Vec<Value> = (0..600).map(|n| json!({"body": {"n": n, "text": "x".repeat(980)}})).collect();
    let body = pack(&json!({"queue_name": "q", "messages": messages}));
    assert_eq!(split_post(&body, MOST).unwrap().unwrap().len(), 3);
}

#[test]
fn the_largest_body_that_the_server_takes_is_not_refused() {
    // 262,130 characters in a list of one message, as measured on the live server.
    let body = |length: usize| pack(&json!({"queue_name": "q", "messages": [{"body": "x".repeat(length)}]}));
    assert_eq!(split_post(&body(262_130), MOST), Ok(None));
    assert_eq!(python_length(&json!([{"body": "x".repeat(262_130)}])), LIMIT);
    assert_eq!(split_post(&body(263_000), MOST), Err(TooLarge));
}

#[test]
fn a_message_that_may_be_too_large_goes_alone() {
    let doubtful = json!({"body": "\u{2028}".repeat(60_000)});
    let small = json!({"body": 1});
    let body = pack(&json!({"queue_name": "q", "messages": [small, small, doubtful, small]}));
    let counts: Vec<usize> = split_post(&body, MOST).unwrap().unwrap().iter().map(|part| count(part)).collect();
    assert_eq!(counts, [2, 1, 1]);
    let alone = pack(&json!({"queue_name": "q", "messages": [doubtful]}));
    assert_eq!(split_post(&alone, MOST), Ok(None));
}

#[test]
fn what_grows_most_is_still_within_the_rule_where_nothing_is_measured() {
    let body = |falses: usize| json!({"queue_name": "q", "messages": [{"body": vec![false; falses]}, {"body": 1}]});
    let falses = (37_000..37_600).rev().find(|falses| split_post(&pack(&body(*falses)), MOST) == Ok(None)).unwrap();
    assert!(python_length(&body(falses)["messages"]) <= LIMIT);
}

// ── the rule, from the protocol reference

/// The length of Python's `str()`.
fn python_length(value: &Value) -> usize {
    match value {
        Value::Null => 4,
        Value::Bool(value) => 5 - usize::from(*value),
        Value::Number(number) if number.is_f64() => python_float(number.as_f64().unwrap()).len(),
        Value::Number(number) => number.to_string().len(),
        Value::String(text) => python_text(text),
        Value::Array(items) => 2 + items.iter().map(python_length).sum::<usize>() + 2 * items.len().saturating_sub(1),
        Value::Object(entries) => {
            let all = entries.iter().map(|(key, value)| python_text(key) + 2 + python_length(value));
            2 + all.sum::<usize>() + 2 * entries.len().saturating_sub(1)
        }
    }
}

fn python_float(value: f64) -> String {
    let written = format!("{value:e}");
    let (digits, exponent) = written.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

fn python_text(text: &str) -> usize {
    let quotes = text.matches('\'').count();
    let escaped = if text.contains('"') { quotes } else { 0 };
    2 + escaped + text.chars().map(python_character).sum::<usize>()
}

fn python_character(character: char) -> usize {
    match character {
        '\n' | '\r' | '\t' | '\\' => 2,
        ' '..='~' => 1,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{a0}' | '\u{ad}' => 4,
        // the others that the tests below use
        'é' | 'Ж' | '漢' | '😀' | '\u{1e9e}' => 1,
        '\u{200b}' | '\u{2028}' | '\u{e000}' | '\u{feff}' | '\u{378}' => 6,
        '\u{e0001}' | '\u{10ffff}' => 10,
        other => panic!("{other:?} is not in the alphabet of this test"),
    }
}

const ALPHABET: [char; 28] = [
    'x',
    ' ',
    '~',
    '"',
    '\'',
    '\\',
    '/',
    '\n',
    '\r',
    '\t',
    '\0',
    '\u{8}',
    '\u{1f}',
    '\u{7f}',
    '\u{85}',
    '\u{a0}',
    '\u{ad}',
    'é',
    'Ж',
    '漢',
    '😀',
    '\u{1e9e}',
    '\u{200b}',
    '\u{2028}',
    '\u{e000}',
    '\u{feff}',
    '\u{378}',
    '\u{10ffff}',
];

fn a_text(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    vec(prop::sample::select(ALPHABET.to_vec()), length).prop_map(String::from_iter)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-40i64..300).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-2000i32..2000).prop_map(|tenth| Value::from(f64::from(tenth) / 10.0)),
        a_text(0..20).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((a_text(0..5), inner), 0..5).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn message() -> impl Strategy<Value = Value> {
    (value(), prop::option::of(60u32..1_209_600)).prop_map(|(body, ttl)| match ttl {
        Some(ttl) => json!({"body": body, "ttl": ttl}),
        None => json!({"body": body}),
    })
}

/// Mostly some kilobytes; now and then more than a post takes.
fn large_message() -> impl Strategy<Value = Value> {
    let times = prop_oneof![8 => 0usize..800, 4 => 0usize..4_000, 1 => 0usize..40_000];
    let repeated = prop_oneof![
        a_text(1..10).prop_map(|text| json!(text)),
        value(),
        Just(json!(false)),
        Just(json!("xxxxxxxxxx")),
    ];
    (repeated, times).prop_map(|(value, times)| match value {
        Value::String(text) => json!({"body": text.repeat(times)}),
        value => json!({"body": vec![value; times / 4]}),
    })
}

fn count(part: &[u8]) -> usize {
    let part: Value = rmp_serde::from_slice(part).unwrap();
    part["messages"].as_array().unwrap().len()
}

fn pack(value: &Value) -> Vec<u8> {
    rmp_serde::to_vec(value).unwrap()
}
