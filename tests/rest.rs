//! REST as it really answered: every recorded exchange whose request corresponds to an action is asked for by that
//! action and compared, and its answer is compared with what the socket answered to the like.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use zaqar_web::core::action::Action;
use zaqar_web::core::error::{Code, code_of, even_out, text_of};
use zaqar_web::core::rest::{Reply, exchange, reply};

const RECORDED: &str = include_str!("fixtures/rest-exchanges.jsonl");

/// Recorded exchanges that no action asks for.
const NOT_OURS: &[&str] = &[
    "rest_accept_xml_406",
    "rest_auth_root",
    "rest_head_queue",
    "rest_homedoc_200",
    "rest_homedoc_noslash",
    "rest_method_405",
    "rest_msg_delete_both_400",
    "rest_msg_delete_neither_400",
    "rest_msg_list_echo_invalid_400",
    "rest_msg_post_array_400",
    "rest_msg_post_bad_json_400",
    "rest_msg_post_bigint_400",
    "rest_msg_post_no_ctype_201",
    "rest_msg_post_nobody_400",
    "rest_msg_post_nomessages_400",
    "rest_msg_post_too_big_400",
    "rest_msg_post_urlencoded_400",
    "rest_ping_head_204",
    "rest_purge_nokey_400",
    "rest_queue_list_count_200",
    "rest_queue_list_limit_nan_400",
    "rest_queue_list_name_filter",
    "rest_queue_patch_empty_400",
    "rest_queue_patch_wrong_type_415",
    "rest_queue_put_body_array_400",
    "rest_share_unknown_key_400",
    "rest_sub_confirm_204",
    "rest_sub_confirm_400",
    "rest_sub_confirm_404",
    "rest_sub_patch_empty_400",
    "rest_sub_patch_unknown_key",
    "rest_sub_post_no_subscriber_400",
    "rest_topic_delete",
    "rest_topic_get",
    "rest_topic_list",
    "rest_topic_msg_list",
    "rest_topic_msg_post",
    "rest_topic_put",
    "rest_topic_stats",
    "rest_trailing_slash",
    "rest_unknown_path_404",
    "rest_v1_404",
    "rest_versions_300",
    "rest_versions_300_noheaders",
];

#[test]
fn every_recorded_exchange_that_has_an_action_is_asked_for_in_the_same_way() {
    let mut left_out = Vec::new();
    let mut compared = 0;
    for recorded in recorded() {
        let name = text(&recorded, "name");
        let Some((action, body)) = action_of(&recorded) else {
            left_out.push(name);
            continue;
        };
        let made = exchange(action, &pack(&body)).unwrap_or_else(|| panic!("{name}: no exchange for {body}"));
        assert_eq!(made.method, text(&recorded, "method"), "{name}");
        assert_eq!(asked(action, &made.path), asked(action, &text(&recorded, "path")), "{name}");
        let document = made.body.as_deref().map(unpack);
        // What an empty object says, nothing says too.
        let said = |body: Option<&Value>| body.filter(|body| **body != json!({})).cloned();
        assert_eq!(said(document.as_ref()), said(recorded.get("body")), "{name}");
        let patch = "application/openstack-messaging-v2.0-json-patch";
        let content_type = if action == Action::QueueUpdate { patch } else { "application/json" };
        assert_eq!(made.content_type, made.body.is_some().then_some(content_type), "{name}");
        compared += 1;
    }
    left_out.sort_unstable();
    assert_eq!(left_out, NOT_OURS);
    assert_eq!(compared, 123);
}

#[test]
fn a_reply_has_the_shape_and_the_meaning_of_the_sockets_reply() {
    let mut compared = 0;
    for recorded in recorded() {
        let Some(socket) = recorded.get("socket") else { continue };
        let name = text(&recorded, "name");
        let (action, request) = action_of(&recorded).unwrap();
        let made = answered(action, &recorded);
        let body = pack(&socket["body"]);
        let said = socket["status"].as_u64().unwrap() as u16;
        let status = even_out(action, said, text_of(&body).unwrap_or_default());
        let with_claim = request.get("claim_id").is_some() && action == Action::MessageDelete;
        if status >= 300 {
            let rest = code_of(action, made.status, text_of(&made.body).unwrap_or_default(), with_claim);
            assert_eq!(rest, code_of(action, status, text_of(&body).unwrap_or_default(), with_claim), "{name}");
            assert!(text_of(&made.body).is_some(), "{name} says why");
        } else {
            assert_eq!(made.status, status, "{name}");
            if said == 404 && action != Action::QueueGetStats {
                assert_eq!(unpack(&made.body), json!({"messages": []}), "{name}: nothing, on both");
            } else if status == 204 {
                // whatever the socket says besides, there is nothing to read in it
            } else if let (Value::Object(rest), Value::Object(socket)) = (unpack(&made.body), unpack(&body)) {
                assert_eq!(shape(&rest, action), shape(&socket, action), "{name}");
            }
        }
        compared += 1;
    }
    assert_eq!(compared, 62);
}

#[test]
fn bodies_pass_byte_for_byte() {
    let recorded = named("types_rest_list_200");
    let made = unpack(&answered(Action::MessageList, &recorded).body);
    let bodies = |list: &Value| -> Vec<Value> {
        list["messages"].as_array().unwrap().iter().map(|message| message["body"].clone()).collect()
    };
    assert_eq!(bodies(&made), bodies(&recorded["answer"]));
    assert_eq!(bodies(&made), bodies(&recorded["socket"]["body"]));

    // what JSON cannot say in one way only: a float with a whole value, a body that looks like what is around it
    let body = json!({"href": "/x?claim_id=1", "id": 1.0, "claim_id": [], "links": [{"href": "?marker=9"}]});
    let answer = json!({"messages": [{"id": "7", "href": "/v2/queues/q/messages/7", "body": body.clone()}]});
    let made = reply(Action::MessageList, 200, None, &pack(&answer));
    assert_eq!(unpack(&made.body)["messages"][0]["body"], body);
    assert_eq!(made.next_marker, None);
}

#[test]
fn a_claims_id_is_read_from_its_location_or_from_a_message() {
    let recorded = named("rest_claim_post_201");
    let id = "2a68be70-c9de-4de7-884b-56704f2de6a1";
    for location in [recorded["location"].as_str(), None] {
        let made = reply(Action::ClaimCreate, 201, location, &pack(&recorded["answer"]));
        let made = unpack(&made.body);
        assert_eq!(made["claim_id"], id);
        assert_eq!(made["messages"][0]["claim_id"], id);
        assert_eq!(made["messages"][0].get("href"), None);
    }
}

#[test]
fn nothing_to_claim_looks_the_same_from_both() {
    let rest = reply(Action::ClaimCreate, 204, None, &[]);
    assert_eq!(rest.status, even_out(Action::ClaimCreate, 204, ""));
    assert_eq!(unpack(&rest.body), json!({"claim_id": null, "messages": []}));
}

#[test]
fn the_next_marker_is_what_the_link_says() {
    let next = |name| answered(Action::MessageList, &named(name)).next_marker;
    assert_eq!(next("rest_msg_list_200").as_deref(), Some("853a55ad-c269-4781-9358-f653582b0cad"));
    assert_eq!(next("rest_msg_list_end_200_empty"), None);

    let on_mongodb = json!({"messages": [], "links": [
        {"rel": "next", "href": "/v2/queues/q/messages?limit=2&marker=174&echo=true"}]});
    assert_eq!(reply(Action::MessageList, 200, None, &pack(&on_mongodb)).next_marker.as_deref(), Some("174"));
    let queues = json!({"queues": [{"name": "a b", "href": "/v2/queues/a%20b"}], "links": [
        {"rel": "next", "href": "/v2/queues?marker=a%20b"}]});
    let made = reply(Action::QueueList, 200, None, &pack(&queues));
    assert_eq!((unpack(&made.body), made.next_marker.as_deref()), (json!({"queues": [{"name": "a b"}]}), Some("a b")));
}

#[test]
fn a_404_that_is_not_about_messages_is_not_an_empty_page() {
    let refused = answered(Action::MessageGetMany, &named("rest_signed_delete_404"));
    assert_eq!((refused.status, text_of(&refused.body)), (404, Some("404 Not Found")));
    let missing = answered(Action::MessageGetMany, &named("rest_msg_get_ids_missing_404"));
    assert_eq!((missing.status, unpack(&missing.body)), (200, json!({"messages": []})));
    assert_eq!(reply(Action::MessageGetMany, 404, None, &[]).status, 404, "a proxy's page");
}

#[test]
fn keystones_refusal_is_told_in_its_words() {
    let refused = answered(Action::QueueList, &named("rest_auth_none_401"));
    let text = text_of(&refused.body).unwrap();
    assert_eq!(text, "The request you have made requires authentication.");
    assert_eq!(code_of(Action::QueueList, refused.status, text, false), (Code::Unauthorized, false));
}

#[test]
fn what_only_the_socket_does_has_no_exchange() {
    assert_eq!(exchange(Action::Authenticate, &[]), None);
    assert_eq!(exchange(Action::SubscriptionCreate, &pack(&json!({"queue_name": "q", "ttl": 60}))), None);
}

#[test]
fn every_other_action_has_an_exchange() {
    let body = pack(&json!({
        "queue_name": "q", "message_id": "m", "message_ids": ["m"], "claim_id": "c", "subscription_id": "s",
        "subscriber": "http://x", "pool_name": "p", "flavor_name": "f", "messages": [], "changes": [],
    }));
    for action in Action::ALL {
        assert_eq!(exchange(action, &body).is_none(), action == Action::Authenticate, "{}", action.name());
    }
}

#[test]
fn administration_uses_names_in_paths_and_gets_its_answers_without_links() {
    let pool = json!({"pool_name": "p 1", "uri": "redis://x", "weight": 10, "flavor": "f", "options": {}});
    let made = exchange(Action::PoolCreate, &pack(&pool)).unwrap();
    assert_eq!((made.method, made.path.as_str()), ("PUT", "/v2/pools/p%201"));
    let document = json!({"uri": "redis://x", "weight": 10, "flavor": "f", "options": {}});
    assert_eq!(made.body.as_deref().map(unpack), Some(document));

    let made = exchange(Action::PoolGet, &pack(&json!({"pool_name": "p", "detailed": true}))).unwrap();
    assert_eq!((made.method, made.path.as_str()), ("GET", "/v2/pools/p?detailed=true"));
    let made = exchange(Action::PoolUpdate, &pack(&json!({"pool_name": "p", "weight": 0}))).unwrap();
    assert_eq!((made.method, made.body.as_deref().map(unpack)), ("PATCH", Some(json!({"weight": 0}))));
    let made = exchange(Action::FlavorList, &pack(&json!({"limit": 20, "marker": "f", "detailed": false}))).unwrap();
    assert_eq!(made.path, "/v2/flavors?limit=20&marker=f");

    let answer = json!({"name": "p", "uri": "u", "weight": 1, "flavor": "f", "href": "/v2/pools/p"});
    let shaped = unpack(&reply(Action::PoolGet, 200, None, &pack(&answer)).body);
    assert_eq!(shaped, json!({"name": "p", "uri": "u", "weight": 1, "flavor": "f"}));
    let answer = json!({"flavors": [{"name": "f", "href": "/v2/flavors/f"}], "links": []});
    let shaped = unpack(&reply(Action::FlavorList, 200, None, &pack(&answer)).body);
    assert_eq!(shaped, json!({"flavors": [{"name": "f"}]}));
}

#[test]
fn capabilities_are_not_sent_since_the_pools_have_them() {
    let flavor = pack(&json!({"flavor_name": "f", "pool_list": ["p"], "capabilities": ["FIFO"]}));
    let made = exchange(Action::FlavorCreate, &flavor).unwrap();
    assert_eq!(made.body.as_deref().map(unpack), Some(json!({"pool_list": ["p"]})));
}

#[test]
fn a_message_of_an_older_server_gets_its_id_from_its_href() {
    let answer = json!({"messages": [{"href": "/v2/queues/q/messages/7?claim_id=8", "ttl": 60, "age": 1, "body": 1,
        "checksum": "MD5:0"}]});
    let made = unpack(&reply(Action::MessageList, 200, None, &pack(&answer)).body);
    let message = json!({"id": "7", "claim_id": "8", "ttl": 60, "age": 1, "body": 1, "checksum": "MD5:0"});
    assert_eq!(made, json!({"messages": [message]}));
}

#[test]
fn answers_that_make_no_sense_do_no_harm() {
    let senseless =
        [&b"\x93\x01\x02"[..], b"\xdf\xff\xff\xff\xff", b"\xc1", b"\xa3\xff\xfe\xfd", b"\x81\xa8messages\xdd"];
    for action in Action::ALL {
        for body in senseless {
            for status in [200, 201, 204, 404, 500] {
                let made = reply(action, status, Some("%%%"), body);
                assert!(made.body.len() < 64);
                exchange(action, body);
            }
        }
    }
}

// ── codes

#[test]
fn an_expired_claim_that_is_not_collected_does_not_exist() {
    let text = "'<=' not supported between instances of 'NoneType' and 'int'";
    assert_eq!(even_out(Action::ClaimGet, 500, text), 404);
    assert_eq!(even_out(Action::ClaimUpdate, 500, text), 404);
    assert_eq!(even_out(Action::ClaimDelete, 500, text), 204, "it is gone, as was asked");
    assert_eq!(even_out(Action::QueueGetStats, 500, text), 500);
    assert_eq!(code_of(Action::ClaimGet, 500, text, false).0, Code::NotFound);
    assert_eq!(code_of(Action::ClaimUpdate, 500, text, false).0, Code::ClaimLost);
}

#[test]
fn statuses_become_codes() {
    use Action::*;
    let codes = [
        (QueueCreate, 400, "", false, Code::InvalidArgument, false),
        (MessagePost, 400, "Message collection size is too large. Max size 262144", false, Code::TooLarge, false),
        (MessagePost, 400, "JSON contains integer that is too large.", false, Code::InvalidArgument, false),
        (MessageDelete, 400, "The specified claim does not exist or has expired.", true, Code::ClaimLost, false),
        (MessageDelete, 400, "Malformed hexadecimal UUID.", true, Code::InvalidArgument, false),
        (MessageDelete, 403, "This message is claimed", true, Code::ClaimLost, false),
        (MessageDelete, 403, "This message is claimed", false, Code::Forbidden, false),
        (MessageDelete, 403, "Not authentified.", true, Code::Unauthorized, false),
        (QueueList, 403, "Not authenticated.", false, Code::Forbidden, false),
        (Authenticate, 401, "Authentication failed.", false, Code::Unauthorized, false),
        (QueueUpdate, 404, "Queue q does not exist for project p", false, Code::NotFound, false),
        (ClaimUpdate, 404, "Claim c does not exist", false, Code::ClaimLost, false),
        (ClaimUpdate, 404, "404 Not Found", false, Code::NotFound, false),
        (QueueUpdate, 409, "Can't replace non-existent object nope.", false, Code::Conflict, false),
        (MessagePost, 413, "", false, Code::TooLarge, false),
        (MessagePost, 429, "", false, Code::RateLimited, true),
        (PoolList, 405, "405 Method Not Allowed", false, Code::Protocol, false),
        (MessageList, 500, "Unexpected error.", false, Code::ServerError, false),
        (SubscriptionCreate, 500, "<class 'NoneType'> can't be decoded", false, Code::ServerError, true),
        (MessageList, 502, "", false, Code::Unavailable, true),
        (MessagePost, 503, "", false, Code::Unavailable, false),
        (QueueDelete, 504, "", false, Code::Unavailable, true),
        (MessageList, 302, "", false, Code::Protocol, false),
        (MessageList, 418, "", false, Code::Protocol, false),
    ];
    for (action, status, text, with_claim, code, retryable) in codes {
        assert_eq!(code_of(action, status, text, with_claim), (code, retryable), "{} {status} {text}", action.name());
    }
}

#[test]
fn codes_are_numbered_as_the_api_lists_them() {
    let api = include_str!("../js/api.d.ts");
    let list = api.split_once("export type ErrorCode =").unwrap().1.split_once(';').unwrap().0;
    let listed: Vec<&str> = list.split('\'').skip(1).step_by(2).collect();
    let ours = [
        Code::InvalidArgument,
        Code::Unauthorized,
        Code::Forbidden,
        Code::NotFound,
        Code::Conflict,
        Code::TooLarge,
        Code::ClaimLost,
        Code::RateLimited,
        Code::ServerError,
        Code::Unavailable,
        Code::Timeout,
        Code::ConnectionLost,
        Code::Protocol,
        Code::Unsupported,
        Code::Closed,
    ];
    assert_eq!(listed.len(), ours.len());
    for (number, (code, listed)) in ours.into_iter().zip(listed).enumerate() {
        assert_eq!(code as usize, number);
        assert_eq!(format!("{code:?}").to_lowercase(), listed.replace('-', ""));
    }
}

// ── helpers

fn recorded() -> impl Iterator<Item = Value> {
    RECORDED.lines().map(|line| serde_json::from_str(line).unwrap())
}

fn named(name: &str) -> Value {
    recorded().find(|recorded| recorded["name"] == name).unwrap()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn pack(value: &Value) -> Vec<u8> {
    rmp_serde::to_vec(value).unwrap()
}

fn unpack(bytes: &[u8]) -> Value {
    rmp_serde::from_slice(bytes).unwrap()
}

fn answered(action: Action, recorded: &Value) -> Reply {
    let body = if recorded["answer"].is_null() { Vec::new() } else { pack(&recorded["answer"]) };
    let status = recorded["status"].as_u64().unwrap() as u16;
    reply(action, status, recorded["location"].as_str(), &body)
}

/// A path and its query, whatever the order; of a list also the defaults that the socket has.
fn asked(action: Action, path: &str) -> (String, BTreeMap<String, String>) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut asked = BTreeMap::new();
    if action == Action::MessageList {
        for key in ["echo", "include_claimed", "include_delayed"] {
            asked.insert(key.to_owned(), "false".to_owned());
        }
    }
    for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let value = if key == "echo" && value == "1" { "true" } else { value };
        asked.insert(key.to_owned(), value.to_owned());
    }
    (path.to_owned(), asked)
}

/// The action that a recorded HTTP request is, with its body in the socket's shape: written apart from the code that
/// it tests, from the table of the protocol reference.
fn action_of(recorded: &Value) -> Option<(Action, Value)> {
    if recorded["raw"] == true || text(recorded, "name") == "rest_accept_xml_406" {
        return None;
    }
    let (method, path) = (text(recorded, "method"), text(recorded, "path"));
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    let mut body = Map::new();
    for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let value = match key {
            "limit" | "pop" => json!(value.parse::<u32>().ok()?),
            "echo" | "include_claimed" | "include_delayed" | "detailed" => match value {
                "true" | "1" => json!(true),
                "false" => json!(false),
                _ => return None,
            },
            "ids" => json!(value.split(',').collect::<Vec<_>>()),
            "marker" | "claim_id" => json!(value),
            _ => return None,
        };
        body.insert(if key == "ids" { "message_ids" } else { key }.to_owned(), value);
    }
    let document = recorded.get("body").cloned().unwrap_or(Value::Null);
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let (["v2", "queues", queue, ..] | ["v2", queue, ..]) = segments[..] else { return None };
    let subscription = ["subscriber", "ttl", "options"];
    let (action, id) = match (method.as_str(), &segments[1..]) {
        ("GET", ["ping"]) => (Action::Ping, None),
        ("GET", ["health"]) => (Action::Health, None),
        ("GET", ["pools"]) => (Action::PoolList, None),
        ("GET", ["flavors"]) => (Action::FlavorList, None),
        ("GET", ["queues"]) => (Action::QueueList, None),
        (_, ["queues", ""]) => return None,
        ("PUT", ["queues", _]) => {
            match &document {
                Value::Null => {}
                Value::Object(_) => drop(body.insert("metadata".to_owned(), document)),
                _ => return None,
            }
            (Action::QueueCreate, None)
        }
        ("GET", ["queues", _]) => (Action::QueueGet, None),
        ("PATCH", ["queues", _]) => {
            recorded.get("content_type").filter(|_| document.is_array())?;
            body.insert("changes".to_owned(), document);
            (Action::QueueUpdate, None)
        }
        ("DELETE", ["queues", _]) => (Action::QueueDelete, None),
        ("GET", ["queues", _, "stats"]) => (Action::QueueGetStats, None),
        ("POST", ["queues", _, "purge"]) if document != json!({}) => {
            take(&mut body, &document, &["resource_types"])?;
            (Action::QueuePurge, None)
        }
        ("POST", ["queues", _, "share"]) => {
            take(&mut body, &document, &["paths", "methods", "expires"])?;
            (Action::QueueShare, None)
        }
        ("POST", ["queues", _, "messages"]) => {
            document.get("messages")?;
            take(&mut body, &document, &["messages"])?;
            (Action::MessagePost, None)
        }
        ("GET", ["queues", _, "messages"]) if body.contains_key("message_ids") => (Action::MessageGetMany, None),
        ("GET", ["queues", _, "messages"]) => (Action::MessageList, None),
        ("DELETE", ["queues", _, "messages"]) if body.contains_key("message_ids") != body.contains_key("pop") => {
            (Action::MessageDeleteMany, None)
        }
        ("GET", ["queues", _, "messages", id]) => (Action::MessageGet, Some(("message_id", id))),
        ("DELETE", ["queues", _, "messages", id]) => (Action::MessageDelete, Some(("message_id", id))),
        ("POST", ["queues", _, "claims"]) => {
            take(&mut body, &document, &["ttl", "grace"])?;
            (Action::ClaimCreate, None)
        }
        ("GET", ["queues", _, "claims", id]) => (Action::ClaimGet, Some(("claim_id", id))),
        ("PATCH", ["queues", _, "claims", id]) => {
            take(&mut body, &document, &["ttl", "grace"])?;
            (Action::ClaimUpdate, Some(("claim_id", id)))
        }
        ("DELETE", ["queues", _, "claims", id]) => (Action::ClaimDelete, Some(("claim_id", id))),
        ("POST", ["queues", _, "subscriptions"]) => {
            document.get("subscriber")?;
            take(&mut body, &document, &subscription)?;
            (Action::SubscriptionCreate, None)
        }
        ("GET", ["queues", _, "subscriptions"]) => (Action::SubscriptionList, None),
        ("GET", ["queues", _, "subscriptions", id]) => (Action::SubscriptionGet, Some(("subscription_id", id))),
        ("PATCH", ["queues", _, "subscriptions", id]) if !document.is_null() => {
            take(&mut body, &document, &subscription)?;
            (Action::SubscriptionUpdate, Some(("subscription_id", id)))
        }
        ("DELETE", ["queues", _, "subscriptions", id]) => (Action::SubscriptionDelete, Some(("subscription_id", id))),
        _ => return None,
    };
    if segments.len() > 2 {
        body.insert("queue_name".to_owned(), json!(queue.replace("%20", " ")));
    }
    if let Some((key, id)) = id {
        body.insert(key.to_owned(), json!(id));
    }
    Some((action, Value::Object(body)))
}

/// Puts the members of a document into a body; `None` if it has others than those allowed.
fn take(body: &mut Map<String, Value>, document: &Value, allowed: &[&str]) -> Option<()> {
    match document {
        Value::Null => Some(()),
        Value::Object(document) if document.keys().all(|key| allowed.contains(&key.as_str())) => {
            body.extend(document.clone());
            Some(())
        }
        _ => None,
    }
}

/// Which keys there are and what kinds of values they have, down to but not into bodies and metadata.
fn shape(object: &Map<String, Value>, action: Action) -> BTreeMap<String, String> {
    let mut shape = BTreeMap::new();
    for (key, value) in object {
        let inner = match value {
            // The socket's sentence, which nobody reads.
            Value::String(_) if key == "message" && action == Action::SubscriptionCreate => continue,
            _ if key == "body" || key == "metadata" || key == "options" => "any".to_owned(),
            // Only REST tells of a listed message whether it is claimed.
            _ if key == "claim_id" => "id or null".to_owned(),
            Value::Object(inner) => format!("{:?}", self::shape(inner, action)),
            Value::Array(items) => match items.first() {
                Some(Value::Object(first)) => format!("[{:?}]", self::shape(first, action)),
                Some(_) => "[text]".to_owned(),
                None => "[]".to_owned(),
            },
            Value::Number(_) => "number".to_owned(),
            Value::String(_) => "text".to_owned(),
            Value::Bool(_) => "boolean".to_owned(),
            Value::Null => "null".to_owned(),
        };
        shape.insert(key.clone(), inner);
    }
    shape
}
