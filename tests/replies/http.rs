//! Replies from HTTP answers.

use serde_json::{Value as Json, json};
use zaqar_web::protocol::action::Action::{self, *};
use zaqar_web::protocol::http::{HttpAnswer, NOT_ZAQARS};
use zaqar_web::protocol::replies::{Message, Page, Reply, Text};

use crate::{assert_same_on_tape, body_of, parsed, recorded, recorded_as};

/// Status, result in the socket's shape and marker that an answer gives.
fn told(action: Action, status: u16, location: Option<&str>, text: &str) -> (u16, Option<Json>, Option<String>) {
    let answer = HttpAnswer::new(status, location, text);
    let reply = answer.read(action);
    (reply.status, reply.json().map(|json| parsed(&json)), reply.next_marker)
}

fn body(action: Action, status: u16, answer: &Json) -> Option<Json> {
    told(action, status, None, &answer.to_string()).1
}

#[test]
fn a_frame_of_the_same_result_gives_the_same_reply() {
    let mut compared = 0;
    for exchange in recorded() {
        let Some(action) = exchange.action else { continue };
        let answer = exchange.answer();
        let reply = answer.read(action);
        if (200..300).contains(&reply.status) {
            assert!(reply.reply.is_ok(), "{}", exchange.name);
            assert_same_on_tape(action, &body_of(&reply), &reply.reply, &exchange.name);
            compared += 1;
        }
    }
    assert!(compared > 60, "{compared}");
}

#[test]
fn a_result_has_the_shape_of_the_sockets() {
    let mut compared = 0;
    for exchange in recorded() {
        let (Some(action), Some((status, socket))) = (exchange.action, &exchange.socket) else { continue };
        let answer = exchange.answer();
        let reply = answer.read(action);
        let name = &exchange.name;
        if reply.status >= 300 {
            assert!(reply.sentence.is_some(), "{name}");
        } else if *status == 404 && action != QueueGetStats {
            assert_eq!(body_of(&reply), json!({ "messages": [] }), "{name}: nothing, on both");
        } else if reply.status != 204 && (socket.is_object() || socket.is_array()) {
            assert_eq!(shape(&body_of(&reply), action), shape(socket, action), "{name}");
        }
        compared += 1;
    }
    assert_eq!(compared, 62);
}

/// Which keys there are and what kinds of values they have, down to but not into bodies and metadata.
fn shape(object: &Json, action: Action) -> Json {
    let kind = |key: &str, value: &Json| match (key, value) {
        ("body" | "metadata" | "options", _) => json!("any"),
        // only REST tells of a listed message whether it is claimed
        ("claim_id", _) => json!("id or null"),
        (_, Json::Array(items)) => match items.first() {
            None => json!(["nothing"]),
            Some(first) if first.is_object() => json!([shape(first, action)]),
            Some(first) => json!([scalar(first)]),
        },
        (_, Json::Object(_)) => shape(value, action),
        _ => json!(scalar(value)),
    };
    // The socket's sentence, which nobody reads; links that the socket does not have.
    let is_told = |key: &str| !(key == "message" && action == SubscriptionCreate || key == "href");
    let fields = object.as_object().into_iter().flatten().filter(|(key, _)| is_told(key));
    fields.map(|(key, value)| (key.clone(), kind(key, value))).collect::<serde_json::Map<_, _>>().into()
}

fn scalar(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "text",
        Json::Array(_) | Json::Object(_) => "more",
    }
}

#[test]
fn bodies_pass_as_they_are() {
    let recorded = recorded_as("types_rest_list_200");
    let made = body(MessageList, 200, &recorded.answer).unwrap();
    let bodies = |page: &Json| -> Vec<Json> {
        page["messages"].as_array().unwrap().iter().map(|message| message["body"].clone()).collect()
    };
    assert_eq!(bodies(&made), bodies(&recorded.answer));
    assert_eq!(bodies(&made).len(), bodies(&recorded.socket.unwrap().1).len());
    let body = r#"{"href":"/x?claim_id=1","id":1,"claim_id":[],"links":[{"href":"?marker=9"}],"messages":12345678901234567890123,"f":1.0e+99,"nan":NaN,"text":"NaN -Infinity \" \ud800","more":[-Infinity, Infinity]}"#;
    let text = format!(r#"{{"messages":[{{"id":"7","href":"/v2/queues/q/messages/7","body": {body} }}]}}"#);
    let answer = HttpAnswer::new(200, None, &text);
    let reply = answer.read(MessageList);
    let expected = format!(r#"{{"messages":[{{"body":{body},"id":"7","claim_id":null}}]}}"#);
    assert_eq!(reply.json(), Some(expected));
    assert_eq!(reply.next_marker, None);
    let metadata = r#"{"messages": [{"href": "x"}], "links": 5, "href": "mine", "limit": NaN}"#;
    let answer = HttpAnswer::new(200, None, metadata);
    assert_eq!(answer.read(QueueGet).json().as_deref(), Some(metadata));
}

#[test]
fn a_claims_id_is_read_from_its_location_or_from_a_message() {
    let claim = recorded_as("rest_claim_post_201");
    let id = "2a68be70-c9de-4de7-884b-56704f2de6a1";
    for location in [claim.location.as_deref(), None, Some("")] {
        let (_, body, _) = told(ClaimCreate, 201, location, &claim.text);
        let body = body.unwrap();
        assert_eq!((&body["claim_id"], &body["messages"][0]["claim_id"]), (&json!(id), &json!(id)));
        assert_eq!(body["messages"][0].get("href"), None);
        let answer = HttpAnswer::new(201, location, &claim.text);
        assert!(
            matches!(answer.read(ClaimCreate).reply, Ok(Reply::Claimed(claimed)) if claimed.claim_id == Some(Text(id.into())))
        );
    }
    let nobodys = json!({ "messages": [{ "id": "m" }] }).to_string();
    let answer = HttpAnswer::new(201, None, &nobodys);
    assert!(answer.read(ClaimCreate).reply.is_err(), "a claim has an id");
}

#[test]
fn what_was_claimed_is_told_message_by_message() {
    let text =
        r#"{"messages":[{"href":"/v2/queues/q/messages/7?claim_id=c","ttl":60,"age":1,"body":18446744073709551616}]}"#;
    let answer = HttpAnswer::new(201, Some("/v2/queues/q/claims/c"), text);
    let message = r#"{"ttl":60,"age":1,"body":18446744073709551616,"id":"7","claim_id":"c"}"#;
    assert_eq!(answer.read(ClaimCreate).messages_json(1), format!("[{message}]"));
}

#[test]
fn nothing_to_claim_is_a_claim_without_id() {
    for location in [None, Some("/v2/queues/q/claims/7")] {
        let nothing = json!({ "claim_id": null, "messages": [] });
        assert_eq!(told(ClaimCreate, 204, location, ""), (204, Some(nothing), None));
    }
}

#[test]
fn a_claim_has_its_times_and_messages() {
    let claim = recorded_as("rest_claim_get_200");
    let answer = claim.answer();
    let reply = answer.read(ClaimGet);
    let Ok(Reply::Claim(read)) = &reply.reply else { panic!("{:?}", reply.reply) };
    assert_eq!(json!(read.ttl), json!(claim.answer["ttl"].as_f64()));
    let body = body_of(&reply);
    assert_eq!((&body["ttl"], &body["age"]), (&claim.answer["ttl"], &claim.answer["age"]));
    assert_eq!(body["messages"].as_array().unwrap().len(), read.messages.len());
}

#[test]
fn the_next_marker_is_what_the_link_says() {
    let next = |text: &str| told(MessageList, 200, None, text).2;
    let of = |name: &str| next(&recorded_as(name).text);
    assert_eq!(of("rest_msg_list_200").as_deref(), Some("853a55ad-c269-4781-9358-f653582b0cad"));
    assert_eq!(of("rest_msg_list_end_200_empty"), None);
    let linked = |links: Json| next(&json!({ "messages": [], "links": links }).to_string());
    let on_mongo = json!([{ "rel": "next", "href": "/v2/queues/q/messages?limit=2&marker=174&echo=true" }]);
    assert_eq!(linked(on_mongo).as_deref(), Some("174"));
    assert_eq!(linked(json!([{ "href": "?marker=a%20b+c%C3%BC" }])).as_deref(), Some("a b cü"));
    assert_eq!(
        linked(json!([null, {}, { "href": "" }, { "href": "?marker=1" }, { "href": "?marker=2" }])).as_deref(),
        Some("1")
    );
    assert_eq!(linked(json!([{ "href": "?other=1" }, { "href": "?marker=2" }])), None);
    assert_eq!(linked(json!({ "href": "?marker=1" })), None);
}

#[test]
fn a_404_that_is_not_about_messages_is_not_an_empty_page() {
    let refused = recorded_as("rest_signed_delete_404");
    let answer = refused.answer();
    let reply = answer.read(MessageGetMany);
    assert_eq!((reply.status, reply.sentence.as_deref(), reply.json()), (404, Some("404 Not Found"), None));
    let missing = recorded_as("rest_msg_get_ids_missing_404");
    let answer = missing.answer();
    let reply = answer.read(MessageGetMany);
    assert_eq!((reply.status, &reply.reply), (200, &Ok(Reply::Page(Page::default()))));
    assert_eq!(body_of(&reply), json!({ "messages": [] }));
    assert_eq!(told(MessageGetMany, 404, None, "").0, 404, "a proxy's page");
    assert_eq!(told(MessageList, 404, None, &missing.text).0, 404, "of another action");
}

#[test]
fn a_page_that_answers_200_in_the_place_of_a_document_is_none_of_zaqars() {
    for action in Action::ALL {
        for page in ["", "null", "\"logged out\"", "7", "<html>Log in</html>", "{\"messages\":[", "[1,2"] {
            assert_eq!(told(*action, 200, None, page), (NOT_ZAQARS, None, None), "{action:?} {page}");
        }
    }
    assert_eq!(told(QueueDelete, 204, None, ""), (204, Some(json!({})), None));
}

#[test]
fn a_document_that_lacks_what_zaqars_has_is_none_of_its() {
    let refused = (NOT_ZAQARS, None, None);
    for page in ["", "null", "{}", "{\"login\":\"please\"}", "[]", "{\"messages\":null,\"resources\":null}"] {
        assert_eq!(told(MessagePost, 201, None, page), refused);
        for action in [MessageList, MessageGet, QueueGetStats, QueueList, ClaimGet, SubscriptionList] {
            assert_eq!(told(action, 200, None, page), refused, "{action:?} {page}");
        }
    }
    assert_eq!(told(QueueGet, 200, None, "{}").1, Some(json!({})), "there may be no metadata");
    assert_eq!(told(QueueCreate, 201, None, "").0, 201, "Zaqar says no more");
}

#[test]
fn lists_are_no_more_than_the_list() {
    let flavors = json!({ "flavors": [{ "name": "f" }], "links": [] });
    assert_eq!(body(FlavorList, 200, &flavors), Some(json!({ "flavors": [{ "name": "f" }] })));
    assert_eq!(body(QueueList, 200, &json!({ "queues": 7 })), Some(json!({ "queues": [] })));
    let unnamed = HttpAnswer::new(200, None, r#"{"queues":[{}]}"#);
    let reply = unnamed.read(QueueList);
    assert!(reply.status == 200 && reply.reply.is_err() && reply.json().is_none());
}

#[test]
fn a_message_of_an_older_server_gets_its_id_from_its_href() {
    let answer = json!({ "messages": [{ "href": "/v2/queues/q/messages/7?claim_id=8", "ttl": 60, "age": 1, "body": 1, "checksum": "MD5:0" }] });
    let message = json!({ "id": "7", "claim_id": "8", "ttl": 60, "age": 1, "body": 1, "checksum": "MD5:0" });
    assert_eq!(body(MessageList, 200, &answer), Some(json!({ "messages": [message] })));
    let text = answer.to_string();
    let answer = HttpAnswer::new(200, None, &text);
    let messages = vec![Message { id: Text("7".into()), age: 1.0 }];
    assert_eq!(answer.read(MessageList).reply, Ok(Reply::Page(Page { messages })));
}

#[test]
fn posted_messages_are_named_by_their_places() {
    let resources = json!({ "resources": ["/v2/queues/q/messages/a", "/v2/queues/q/messages/b?x=/y", "c", 7] });
    assert_eq!(body(MessagePost, 201, &resources), Some(json!({ "message_ids": ["a", "b", "c", ""] })));
}

#[test]
fn stats_name_the_messages_at_both_ends() {
    let end = json!({ "href": "/v2/queues/q/messages/9", "age": 3, "created": "2026-01-01T00:00:00Z" });
    let answer = json!({ "messages": { "free": 1, "claimed": 0, "total": 2, "oldest": null, "newest": end } });
    let newest = json!({ "id": "9", "claim_id": null, "age": 3, "created": "2026-01-01T00:00:00Z" });
    assert_eq!(
        body(QueueGetStats, 200, &answer),
        Some(json!({ "messages": { "free": 1, "claimed": 0, "total": 2, "newest": newest } }))
    );
    let text = answer.to_string();
    let answer = HttpAnswer::new(200, None, &text);
    let Ok(Reply::Stats(stats)) = answer.read(QueueGetStats).reply else { panic!("{text}") };
    assert_eq!((stats.total, stats.newest), (2.0, Some(Message { id: Text("9".into()), age: 3.0 })));
}

#[test]
fn some_messages_of_a_page_are_given() {
    let text = r#"{"messages":[{"id":"a","body":1},{"id":"b","body":2},{"id":"c","body":3}]}"#;
    let answer = HttpAnswer::new(200, None, text);
    let reply = answer.read(MessageList);
    assert_eq!(reply.messages_json(0), "[]");
    assert_eq!(
        reply.messages_json(0b101),
        r#"[{"body":1,"id":"a","claim_id":null},{"body":3,"id":"c","claim_id":null}]"#
    );
    assert_eq!(reply.messages_json(u128::MAX), parsed_list(&reply.json().unwrap()));
}

fn parsed_list(page: &str) -> &str {
    page.strip_prefix("{\"messages\":").unwrap().strip_suffix('}').unwrap()
}
