//! The server's sentence about a refusal.

use serde_json::{Value as Json, json};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::error::{code_of, even_out};
use zaqar_web::protocol::http::HttpAnswer;
use zaqar_web::protocol::sentence::sentence;

use crate::{on_tape, recorded};

fn on_socket(body: &Json) -> Option<String> {
    on_tape(body, |body| sentence(body).map(|text| text.into_owned()))
}

fn over_rest(body: &Json) -> Option<String> {
    let text = body.to_string();
    HttpAnswer::new(400, None, &text).read(Action::Ping).sentence.map(|text| text.into_owned())
}

#[test]
fn a_sentence_is_found_wherever_a_server_puts_it() {
    let bodies = [
        (json!({ "error": "e" }), Some("e")),
        (json!({ "exception": "x", "error": "e" }), Some("x")),
        (json!({ "exception": "x", "error": null }), Some("x")),
        (json!({ "exception": null, "error": "e" }), Some("e")),
        (json!({ "exception": "x", "error": "Unexpected error." }), Some("x")),
        (json!({ "error": "Unexpected error." }), None),
        (json!({ "title": "t", "description": "d" }), Some("d")),
        (json!({ "title": "404 Not Found" }), Some("404 Not Found")),
        (json!({ "error": { "code": 401, "title": "Unauthorized", "message": "m" } }), Some("m")),
        (json!({ "error": { "message": 3 } }), None),
        (json!("Queue q not created."), Some("Queue q not created.")),
        (json!({ "description": "a \"quoted\" – word" }), Some("a \"quoted\" – word")),
        (json!({ "exception": 1, "error": [], "title": {} }), None),
        (json!({}), None),
        (json!([{ "error": "e" }]), None),
        (json!(null), None),
        (json!(7), None),
    ];
    for (body, expected) in bodies {
        assert_eq!(on_socket(&body).as_deref(), expected, "{body}");
        assert_eq!(over_rest(&body).as_deref(), expected, "{body}");
    }
}

#[test]
fn what_is_no_json_says_nothing() {
    for text in ["", "<html>Bad Gateway</html>", "{\"error\":\"e\"", "nonsense"] {
        assert_eq!(HttpAnswer::new(502, None, text).read(Action::Ping).sentence, None, "{text}");
    }
}

#[test]
fn every_recorded_refusal_says_why_on_both_transports() {
    let mut compared = 0;
    for exchange in recorded().iter().filter(|exchange| exchange.status >= 300) {
        let Some(action) = exchange.action else { continue };
        if action == Action::MessageGetMany && exchange.status == 404 {
            continue;
        }
        let (name, answer) = (&exchange.name, exchange.answer());
        let told = answer.read(action).sentence;
        let fields = [&exchange.answer["description"], &exchange.answer["error"]["message"], &exchange.answer["title"]];
        assert_eq!(told.as_deref(), fields.into_iter().find_map(Json::as_str), "{name}");
        assert!(told.is_some(), "{name}");
        if let Some((_, body)) = &exchange.socket {
            assert!(on_socket(body).is_some() || action == Action::QueueGetStats, "{name}");
            compared += 1;
        }
    }
    assert!(compared > 15, "{compared}");
}

#[test]
fn of_two_sentences_either_means_the_same() {
    let mut compared = 0;
    for exchange in recorded() {
        let (Some(action), Some((status, body))) = (exchange.action, exchange.socket) else { continue };
        let text = on_socket(&body).unwrap_or_default();
        let Some(error) = body["error"].as_str().filter(|error| *error != "Unexpected error.") else { continue };
        for with_claim in [false, true] {
            let meaning = |text: &str| {
                let status = even_out(action, status, text.as_bytes());
                (status, code_of(action, status, text.as_bytes(), with_claim))
            };
            assert_eq!(meaning(&text), meaning(error), "{}", exchange.name);
        }
        compared += 1;
    }
    assert!(compared >= 6, "{compared}");
}
