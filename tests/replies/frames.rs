//! Replies from the tape.

use serde::Deserialize;
use serde_json::{Value as Json, json};
use zaqar_codec::scan::Scanner;
use zaqar_codec::tape::Value;
use zaqar_web::protocol::action::Action::{self, *};
use zaqar_web::protocol::replies::{Claimed, Message, NotZaqars, Page, Reply, Text};

use crate::{bytes_on_tape, fits, on_tape, parsed};

/// A frame that a Zaqar sent.
fn frames() -> impl Iterator<Item = (Option<Action>, Vec<u8>)> {
    include_str!("../fixtures/frames.jsonl").lines().map(parsed).map(|frame| {
        let digits = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        let bytes = frame["hex"].as_str().unwrap().as_bytes().chunks_exact(2).map(digits).collect();
        (frame["action"].as_str().and_then(Action::from_name), bytes)
    })
}

#[test]
fn recorded_messages_are_read_as_they_stand_on_the_tape() {
    let (mut scanner, mut compared) = (Scanner::new(), 0);
    for (action, bytes) in frames() {
        scanner.room(bytes.len()).copy_from_slice(&bytes);
        let envelope = scanner.scan().unwrap();
        let (Some(action), Some(200..300), Some(body)) = (action, envelope.status, scanner.body()) else { continue };
        let messages: Vec<Message<'_>> =
            body.field("messages").map(|messages| messages.items().map(message).collect()).unwrap_or_default();
        match Reply::of_frame(action, Some(body)) {
            Ok(Reply::Page(page)) => assert_eq!(page.messages, messages),
            Ok(Reply::Claimed(claimed)) => assert_eq!(claimed.messages, messages),
            Ok(Reply::Claim(claim)) => assert_eq!(claim.messages, messages),
            Ok(_) => continue,
            Err(NotZaqars) => panic!("{action:?}"),
        }
        compared += messages.len();
    }
    assert!(compared > 20, "{compared}");
}

fn message(message: Value<'_>) -> Message<'_> {
    let id = message.field("id").unwrap().as_text().unwrap();
    let age = message.field("age").and_then(|age| age.as_integer()).unwrap_or(0) as f64;
    Message { id: Text(std::str::from_utf8(id).unwrap().into()), age }
}

#[test]
fn every_recorded_success_is_zaqars() {
    for (action, bytes) in frames() {
        let mut scanner = Scanner::new();
        scanner.room(bytes.len()).copy_from_slice(&bytes);
        let envelope = scanner.scan().unwrap();
        if let (Some(action), Some(200..300)) = (action, envelope.status) {
            assert!(Reply::of_frame(action, scanner.body()).is_ok(), "{action:?}");
        }
    }
}

#[test]
fn a_body_must_have_the_form_of_its_action() {
    let message = json!({ "id": "m", "age": 1, "ttl": 60, "body": null });
    let forms = [
        (QueueList, json!({ "queues": [{ "name": "q" }] }), json!({ "queues": [{ "name": 1 }] })),
        (QueueList, json!({ "queues": [] }), json!({ "queues": null })),
        (QueueGet, json!({}), json!([])),
        (QueueUpdate, json!({ "a": 1 }), json!("text")),
        (QueueShare, json!({}), json!(null)),
        (QueueGetStats, json!({ "messages": { "total": 1.5 } }), json!({ "messages": { "free": 1 } })),
        (
            QueueGetStats,
            json!({ "messages": { "total": 1, "free": 1 } }),
            json!({ "messages": { "total": 1, "free": null } }),
        ),
        (
            QueueGetStats,
            json!({ "messages": { "total": 0, "newest": 7 } }),
            json!({ "messages": { "total": 9_007_199_254_740_993_i64 } }),
        ),
        (MessagePost, json!({ "message_ids": ["a", "b"] }), json!({ "message_ids": ["a", 1] })),
        (MessagePost, json!({ "message_ids": [] }), json!({})),
        (MessageGet, json!({ "messages": message }), json!({ "messages": [message] })),
        (MessageGetMany, json!({ "messages": [message] }), json!({ "messages": [{ "id": 1 }] })),
        (MessageGetMany, json!({ "messages": null }), json!({ "messages": {} })),
        (MessageGetMany, json!({}), json!(null)),
        (MessageDeleteMany, json!("gone"), json!({ "messages": [null] })),
        (ClaimCreate, json!({ "claim_id": "c", "messages": [message] }), json!({ "messages": [message] })),
        (ClaimCreate, json!({ "claim_id": "c" }), json!({ "claim_id": 1, "messages": [message] })),
        (ClaimCreate, json!({ "claim_id": null, "messages": [] }), json!({ "claim_id": "c", "messages": [[]] })),
        (ClaimGet, json!({ "ttl": 60, "age": 1, "messages": [] }), json!({ "ttl": 60, "age": 1 })),
        (
            ClaimGet,
            json!({ "ttl": 60.5, "age": -1, "messages": [message] }),
            json!({ "ttl": "60", "age": 1, "messages": [] }),
        ),
        (SubscriptionCreate, json!({ "subscription_id": "s" }), json!({ "subscription_id": null })),
        (SubscriptionList, json!({ "subscriptions": [{ "id": "s" }] }), json!({ "subscriptions": [{}] })),
        (SubscriptionGet, json!({}), json!(1)),
        (PoolList, json!({ "pools": [{ "name": "p" }] }), json!({ "pools": ["p"] })),
        (PoolGet, json!({}), json!(true)),
        (FlavorList, json!({ "flavors": [{ "name": "f" }] }), json!([])),
        (FlavorGet, json!({}), json!([{}])),
        (Health, json!({}), json!("fine")),
    ];
    for (action, right, wrong) in forms {
        assert!(fits(action, &right), "{action:?} {right}");
        assert!(!fits(action, &wrong), "{action:?} {wrong}");
    }
}

#[test]
fn where_nobody_reads_the_body_it_may_be_anything() {
    let actions = [
        Ping,
        Authenticate,
        QueueCreate,
        QueueDelete,
        QueuePurge,
        MessageList,
        MessageDelete,
        ClaimUpdate,
        ClaimDelete,
        SubscriptionUpdate,
        SubscriptionDelete,
        PoolCreate,
        PoolUpdate,
        PoolDelete,
        FlavorCreate,
        FlavorUpdate,
        FlavorDelete,
    ];
    for action in actions {
        for body in [json!(null), json!({}), json!([1]), json!("text"), json!(1.5), json!({ "messages": 1 })] {
            assert!(fits(action, &body), "{action:?} {body}");
        }
        assert!(Reply::of_frame(action, None).is_ok(), "{action:?}");
    }
    for action in Action::ALL.iter().filter(|action| !actions.contains(action)) {
        assert_eq!(Reply::of_frame(*action, None), Err(NotZaqars), "{action:?}");
    }
}

#[test]
fn the_engines_page_makes_do_with_what_there_is() {
    let ids = |body: Json| -> Vec<(String, f64)> {
        on_tape(&body, |body| match Reply::of_frame(MessageList, Some(body)) {
            Ok(Reply::Page(page)) => {
                page.messages.iter().map(|message| (message.id.to_string(), message.age)).collect()
            }
            other => panic!("{other:?}"),
        })
    };
    let of = |id: &str, age| (id.to_owned(), age);
    let nothing: Vec<(String, f64)> = Vec::new();
    assert_eq!(
        ids(json!({ "messages": [{ "id": "a", "age": { "valueOf": 1 } }, { "id": "b", "age": 2.0 }] })),
        [of("a", 0.0), of("b", 2.0)]
    );
    assert_eq!(
        ids(json!({ "messages": [null, { "id": 7 }, { "id": "c", "age": 1.5 }, {}] })),
        [of("", 0.0), of("", 0.0), of("c", 0.0), of("", 0.0)]
    );
    assert_eq!(ids(json!({ "messages": { "id": "a" } })), nothing);
    assert_eq!(ids(json!([])), nothing);
    assert_eq!(ids(json!(null)), nothing);
}

#[test]
fn a_useless_claim_is_none() {
    on_tape(&json!({ "claim_id": "ca8756aa" }), |body| {
        assert_eq!(Reply::of_frame(ClaimCreate, Some(body)), Ok(Reply::Claimed(Claimed::default())));
    });
}

#[test]
fn of_equal_keys_the_last_counts() {
    // {messages: 1, messages: [{id: 2, id: "a", age: 3}]}
    let bytes = b"\x82\xa8messages\x01\xa8messages\x91\x83\xa2id\x02\xa2id\xa1a\xa3age\x03";
    bytes_on_tape(bytes, |body| {
        let messages = vec![Message { id: Text("a".into()), age: 3.0 }];
        assert_eq!(Reply::of_frame(MessageGetMany, Some(body)), Ok(Reply::Page(Page { messages })));
    });
}

#[test]
fn keys_that_are_data_hide_nothing() {
    let mut metadata: Json =
        (0..5_000).map(|key| (format!("key {key}"), json!({ "id": key }))).collect::<serde_json::Map<_, _>>().into();
    metadata["messages"] = json!([{ "id": "a", "age": 1, "more": metadata }]);
    on_tape(&metadata, |body| {
        let messages = vec![Message { id: Text("a".into()), age: 1.0 }];
        assert_eq!(Reply::of_frame(MessageGetMany, Some(body)), Ok(Reply::Page(Page { messages })));
    });
}

#[test]
fn the_tape_reads_into_any_struct() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Everything<'a> {
        flag: bool,
        small: u8,
        large: u64,
        negative: i32,
        half: f32,
        text: &'a str,
        list: Vec<Option<u16>>,
        pair: (i8, char),
        inner: Inner,
    }
    #[derive(Debug, Deserialize, PartialEq)]
    struct Inner {
        #[serde(default)]
        missing: Option<u8>,
    }
    let value = json!({
        "flag": true, "small": 255, "large": 1_u64 << 62, "negative": -7, "half": 0.5, "text": "é", "unknown": [{}], "list": [1, null],
        "pair": [-1, "x"], "inner": { "ignored": {} },
    });
    let expected = Everything {
        flag: true,
        small: 255,
        large: 1 << 62,
        negative: -7,
        half: 0.5,
        text: "é",
        list: vec![Some(1), None],
        pair: (-1, 'x'),
        inner: Inner { missing: None },
    };
    on_tape(&value, |value| assert_eq!(Everything::deserialize(value), Ok(expected)));
    on_tape(&json!({ "missing": 256 }), |value| assert!(Inner::deserialize(value).is_err()));
    on_tape(&json!([]), |value| assert!(Inner::deserialize(value).is_err()));
}
