//! Answers that make no sense: they are refused or read, and do no harm.

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use zaqar_codec::scan::Scanner;
use zaqar_web::protocol::action::Action::{self, *};
use zaqar_web::protocol::http::{HttpAnswer, HttpReply};
use zaqar_web::protocol::replies::{Message, Page, Reply, Text};
use zaqar_web::protocol::sentence::sentence;

use crate::{assert_same_on_tape, bytes_on_tape, parsed, recorded};

const STATUSES: [u16; 6] = [200, 201, 204, 404, 500, 0];

/// Reads all that can be read, as the answer to every action.
fn read(text: &str) {
    for action in Action::ALL {
        for status in STATUSES {
            let answer = HttpAnswer::new(status, Some("%%%"), text);
            let reply = answer.read(*action);
            assert_eq!(reply.json().is_some(), reply.reply.is_ok());
            reply.messages_json(u128::MAX);
        }
    }
}

#[test]
fn answers_that_make_no_sense_do_no_harm() {
    let senseless = [
        json!(null),
        json!(1),
        json!("text"),
        json!([1, 2]),
        json!({ "messages": 1, "links": 2, "queues": {} }),
        json!({ "messages": [null, 5, "x", []], "links": [null, {}, { "href": 7 }] }),
        json!({ "resources": [null, 1] }),
        json!({ "error": { "message": 3 } }),
        json!({ "messages": { "total": [], "newest": 1, "oldest": [] } }),
        json!({ "messages": [{ "href": { "toString": 1 } }], "links": [{ "href": { "toString": 1 } }], "ttl": {} }),
    ];
    for answer in senseless {
        read(&answer.to_string());
    }
    for text in [
        "",
        " ",
        "\u{feff}{}",
        "nul",
        "{\"messages\":[",
        "[",
        "\"",
        "\"\\",
        "{\"a\":NaN",
        "NaN",
        "-",
        "1e999",
        "\"\\ud800\"",
        "\0",
    ] {
        read(text);
    }
}

#[test]
fn what_is_two_million_levels_deep_passes_in_a_small_stack() {
    std::thread::Builder::new().stack_size(1 << 20).spawn(deep).unwrap().join().unwrap();
}

fn deep() {
    let deep = format!("{}{}", "[".repeat(2_000_000), "]".repeat(2_000_000));
    let text = format!(r#"{{"messages":[{{"id":"a","body":{deep}}}],"links":{deep}}}"#);
    let answer = HttpAnswer::new(200, None, &text);
    let reply = answer.read(MessageList);
    let messages = vec![Message { id: Text("a".into()), age: 0.0 }];
    assert_eq!(reply.reply, Ok(Reply::Page(Page { messages })));
    assert_eq!(reply.json(), Some(format!(r#"{{"messages":[{{"body":{deep},"id":"a","claim_id":null}}]}}"#)));
    for text in [deep.clone(), format!(r#"{{"messages":{deep}}}"#), "[{\"a\":".repeat(1_000_000)] {
        let answer = HttpAnswer::new(200, None, &text);
        for action in [MessageList, QueueGet, QueueGetStats, ClaimCreate, MessagePost] {
            answer.read(action).json();
        }
    }
}

#[test]
fn of_equal_keys_the_last_counts() {
    let text =
        r#"{"messages":7,"messages":[{"id":3,"href":7,"age":"x","id":"a","\u0061ge":2,"href":"/x?claim_id=c"}]}"#;
    let answer = HttpAnswer::new(200, None, text);
    let reply = answer.read(MessageGetMany);
    let messages = vec![Message { id: Text("a".into()), age: 2.0 }];
    assert_eq!(reply.reply, Ok(Reply::Page(Page { messages })));
    assert_eq!(parsed(&reply.json().unwrap())["messages"][0], json!({ "id": "a", "age": 2, "claim_id": "c" }));
}

#[test]
fn lone_surrogates_are_texts() {
    let text = r#"{"messages":[{"id":"\ud800x","age":1,"\udc00":1,"body":"\ud800"}]}"#;
    let answer = HttpAnswer::new(200, None, text);
    let reply = answer.read(MessageGetMany);
    assert!(matches!(&reply.reply, Ok(Reply::Page(page)) if page.messages[0].id.ends_with('x')));
    assert_eq!(reply.messages_json(1), r#"[{"age":1,"\udc00":1,"body":"\ud800","id":"\ud800x","claim_id":null}]"#);
    let refusal = HttpAnswer::new(400, None, r#"{"description":"not \udc00"}"#);
    assert!(refusal.read(Ping).sentence.unwrap().starts_with("not "));
}

#[test]
fn numbers_are_what_javascript_makes_of_them() {
    let long = "9".repeat(1_000);
    let total = |number: &str| {
        let text = format!(r#"{{"messages":{{"total":{number}}}}}"#);
        matches!(HttpAnswer::new(200, None, &text).read(QueueGetStats).reply, Ok(Reply::Stats(_)))
    };
    for number in
        ["0", "-1", "1.5", "1e3", "9007199254740991", "1e99", "1e999", "NaN", "-Infinity", &format!("{long}.0")]
    {
        assert!(total(number), "{number}");
    }
    for bigint in ["9007199254740993", "-9007199254740993", &long] {
        assert!(!total(bigint), "{bigint}");
    }
    let age = |number: &str| {
        let text = format!(r#"{{"messages":[{{"id":"a","age":{number}}}]}}"#);
        match HttpAnswer::new(200, None, &text).read(MessageList).reply {
            Ok(Reply::Page(page)) => page.messages[0].age,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        [age("5"), age("5.0"), age("5.5"), age("NaN"), age("Infinity"), age(&long)],
        [5.0, 5.0, 0.0, 0.0, 0.0, 0.0]
    );
}

#[test]
fn python_words_are_read_only_where_they_are_values() {
    let is_read = |text: &str| HttpAnswer::new(200, None, text).read(QueueGet).reply.is_ok();
    for text in [r#"{"a":NaN}"#, r#"{"a":[-Infinity,Infinity ,NaN]}"#, r#"{"NaN":"\"NaN","b":"Infinity\\"}"#] {
        assert!(is_read(text), "{text}");
    }
    for text in [r#"{"a":NaNs}"#, r#"{"a":-NaN}"#, r#"{"a":+Infinity}"#, r#"{NaN:1}"#, r#"{"a":1NaN}"#, r#"{"a":"NaN}"#]
    {
        assert!(!is_read(text), "{text}");
    }
}

/// JSON of a server that means no good: keys and values of Zaqar's answers in the wrong places.
fn arbitrary_json() -> impl Strategy<Value = Json> {
    let texts = prop_oneof![
        Just("messages"),
        Just("id"),
        Just("href"),
        Just("claim_id"),
        Just("links"),
        Just("ttl"),
        Just("age"),
        Just("total"),
        Just("newest"),
        Just("resources"),
        Just("queues"),
        Just("name"),
        Just("error"),
        Just("exception"),
        Just("description"),
        Just("/v2/queues/q/messages/7?claim_id=8&marker=9"),
        Just("?marker=%zz"),
        Just("é\u{0}\"\\"),
    ];
    let texts = texts.prop_map(str::to_owned).boxed();
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        (-1e3..1e3).prop_map(Json::from),
        texts.clone().prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        let fields = prop::collection::vec((texts.clone(), inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(Json::from),
            fields.prop_map(|fields| fields.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_read_or_refused(answer in arbitrary_json()) {
        read(&answer.to_string());
        let bytes = rmp_serde::to_vec(&answer).unwrap();
        bytes_on_tape(&bytes, |body| {
            for action in Action::ALL {
                assert_eq!(Reply::fits(*action, Some(body)), Reply::of_frame(*action, Some(body)).is_ok(), "{action:?}");
            }
            let text = answer.to_string();
            let refusal = HttpAnswer::new(400, None, &text);
            assert_eq!(refusal.read(Ping).sentence, sentence(body));
        });
    }

    #[test]
    fn what_is_made_for_the_application_is_what_the_engine_has_read(answer in arbitrary_json()) {
        let text = answer.to_string();
        for action in Action::ALL {
            let answer = HttpAnswer::new(201, None, &text);
            let reply = answer.read(*action);
            if let Some(json) = reply.json() {
                assert_same_on_tape(*action, &parsed(&json), &reply.reply, &text);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        read(&text);
    }

    #[test]
    fn words_and_marks_in_any_order_are_read_or_refused(parts in prop::collection::vec(
        prop::sample::select(vec!["{", "}", "[", "]", "\"", "\\", ":", ",", "NaN", "Infinity", "-", "\"messages\"", "\"id\"", "1", "é", "\\ud800"]), 0..24,
    )) {
        read(&parts.concat());
    }

    #[test]
    fn truncated_answers_are_read_or_refused(which in any::<prop::sample::Index>(), end in any::<prop::sample::Index>()) {
        let recorded = recorded();
        let text = &which.get(&recorded).text;
        let cut: String = text.chars().take(end.index(text.chars().count() + 1)).collect();
        read(&cut);
    }

    #[test]
    fn any_bytes_on_the_tape_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let mut scanner = Scanner::new();
        scanner.room(bytes.len()).copy_from_slice(&bytes);
        if scanner.scan_value().is_ok() {
            for action in Action::ALL {
                let _ = Reply::of_frame(*action, Some(scanner.value()));
            }
            sentence(scanner.value());
        }
    }
}

#[test]
fn what_is_read_outlives_its_reader() {
    fn both<'a>(answer: &'a HttpAnswer<'_>) -> (HttpReply<'a>, Vec<Message<'a>>) {
        let reply = answer.read(MessageList);
        let Ok(Reply::Page(page)) = reply.reply.clone() else { panic!("{:?}", reply.reply) };
        (reply, page.messages)
    }
    let answer = HttpAnswer::new(200, None, r#"{"messages":[{"id":"a"}]}"#);
    assert_eq!(both(&answer).1.len(), 1);
}
