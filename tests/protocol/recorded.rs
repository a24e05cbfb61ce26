//! What a real Zaqar was asked and what it answered, in `tests/fixtures`.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use zaqar_web::protocol::action::Action;

use crate::{fixture, read, read_by, usual, written};

/// A path and its query, whatever the order; of a list also the defaults that the socket has.
fn asked(action: Action, url: &str) -> (String, BTreeMap<String, String>) {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut keys = BTreeMap::new();
    if action == Action::MessageList {
        keys.extend(["echo", "include_claimed", "include_delayed"].map(|key| (key.to_string(), "false".to_string())));
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap();
        keys.insert(key.into(), if (key, value) == ("echo", "1") { "true".into() } else { value.into() });
    }
    (path.into(), keys)
}

/// What an empty object says, nothing says too.
fn said(document: Value) -> Value {
    if document == json!({}) { Value::Null } else { document }
}

#[test]
fn every_recorded_exchange_is_asked_for_in_the_same_way() {
    let mut compared = 0;
    for recorded in fixture("rest-exchanges.jsonl") {
        let Some(action) = recorded["action"].as_str() else { continue };
        let action = Action::from_name(action).unwrap();
        // what is refused here is never asked for: see limits.rs
        let Ok(request) = read(action, &with_leases(action, &recorded["request"])) else { continue };
        let exchange = request.exchange();
        let name = &recorded["name"];
        assert_eq!(exchange.method, recorded["method"], "{name}");
        assert_eq!(asked(action, &exchange.path), asked(action, recorded["path"].as_str().unwrap()), "{name}");
        let document = exchange.document.map_or(Value::Null, |text| text.parse().unwrap());
        assert_eq!(said(document), said(with_leases(action, &recorded["body"])), "{name}");
        compared += 1;
    }
    assert_eq!(compared, 109);
}

/// We always say how long a claim lasts; some recordings leave it to the server.
fn with_leases(action: Action, body: &Value) -> Value {
    let mut body = body.clone();
    if matches!(action, Action::ClaimCreate | Action::ClaimUpdate) {
        if body.is_null() {
            body = json!({});
        }
        for key in ["ttl", "grace"] {
            if body.get(key).is_none() {
                body[key] = json!(300);
            }
        }
    }
    body
}

/// What nobody here can know: what is in the queue, whether the claim lives, the time, and what the headers lacked.
const ONLY_THE_SERVER_KNOWS: &[&str] = &[
    "rest_msg_delete_unclaimed_with_claim_400",
    "rest_msg_delete_wrong_claim_400",
    "rest_share_past_400",
    "rest_bad_client_id_400",
    "rest_empty_project",
    "rest_no_client_id_400",
    "rest_no_project_400",
    "rest_ping_no_project_400",
];

/// What the server refused and no call can ask for: of patches the caller of this chooses op and path.
const NEVER_ASKED: &[&str] = &["rest_queue_patch_bad_op_400", "rest_queue_patch_bad_path_400"];

#[test]
fn what_the_server_did_is_allowed_and_what_it_refused_is_refused_before() {
    let mut wrong = Vec::new();
    for recorded in fixture("rest-exchanges.jsonl") {
        let Some(action) = recorded["action"].as_str().and_then(Action::from_name) else { continue };
        let name = recorded["name"].as_str().unwrap().to_string();
        let is_refused = matches!(recorded["status"].as_u64(), Some(400 | 500))
            && !ONLY_THE_SERVER_KNOWS.contains(&&*name)
            && !name.starts_with("hazard_");
        if read_by(action, &with_leases(action, &recorded["request"]), &usual()).is_err() != is_refused {
            wrong.push(name);
        }
    }
    assert_eq!(wrong, NEVER_ASKED);
}

#[test]
fn every_recorded_request_of_the_socket_is_written_as_it_was() {
    let mut compared = 0;
    for recorded in fixture("frames.jsonl") {
        let frame: Value = rmp_serde::from_slice(&bytes_of(&recorded["hex"])).unwrap_or_default();
        let (request, status) = (&frame["request"], recorded["status"].as_u64());
        let Some(action) = request["action"].as_str().and_then(Action::from_name) else { continue };
        if action == Action::Authenticate || !matches!(status, Some(200..300)) {
            continue;
        }
        let name = &recorded["name"];
        let ours = read(action, &with_leases(action, &request["body"])).unwrap();
        let body: Value = rmp_serde::from_slice(&written(&ours)).unwrap();
        assert_eq!(body, with_leases(action, &request["body"]), "{name}");
        compared += 1;
    }
    assert_eq!(compared, 72);
}

fn bytes_of(hex: &Value) -> Vec<u8> {
    let digits = hex.as_str().unwrap().as_bytes();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
