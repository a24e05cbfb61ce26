//! What a status and a sentence mean, that they mean the same on both transports, and that JavaScript numbers things alike.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use serde_json::Value;
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::error::{Code, code_of, even_out};

const RECORDED: &str = include_str!("fixtures/rest-exchanges.jsonl");

#[test]
fn a_refusal_means_the_same_on_both_transports() {
    let mut compared = 0;
    for recorded in RECORDED.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let Some(socket) = recorded.get("socket") else { continue };
        let name = recorded["name"].as_str().unwrap();
        let action = *Action::ALL.iter().find(|action| recorded["action"] == action.name()).unwrap();
        let with_claim = action == Action::MessageDelete && recorded["request"].get("claim_id").is_some();
        let on_socket = sentence(&socket["body"], &["error", "exception"]);
        let status = even_out(action, status_of(socket), on_socket.as_bytes());
        let on_rest = sentence(&recorded["answer"], &["description", "title"]);
        match status {
            // src/protocol/http.rs makes an empty page of a 404 about messages
            200 if action == Action::MessageGetMany => {}
            ..300 => assert_eq!(status_of(&recorded), status, "{name}"),
            _ => {
                let code = code_of(action, status_of(&recorded), on_rest.as_bytes(), with_claim);
                assert_eq!(code, code_of(action, status, on_socket.as_bytes(), with_claim), "{name}");
            }
        }
        compared += 1;
    }
    assert_eq!(compared, 62);
}

fn status_of(answer: &Value) -> u16 {
    u16::try_from(answer["status"].as_u64().unwrap()).unwrap()
}

/// The first text under one of these keys, or the body itself.
fn sentence(body: &Value, keys: &[&str]) -> String {
    let mut texts = keys.iter().map(|key| &body[key]).chain([body]).filter_map(Value::as_str);
    texts.find(|text| *text != "Unexpected error.").unwrap_or_default().to_owned()
}

#[test]
fn an_expired_claim_that_is_not_collected_does_not_exist() {
    let text = b"'<=' not supported between instances of 'NoneType' and 'int'";
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
        (MessageDelete, 400, "Claim c does not exist in queue q for project p", true, Code::ClaimLost, false),
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
        let found = code_of(action, status, text.as_bytes(), with_claim);
        assert_eq!(found, (code, retryable), "{} {status} {text}", action.name());
    }
}

#[test]
fn codes_are_those_of_the_contract() {
    let api = include_str!("types/contract.d.ts");
    let list = api.split_once("export type ErrorCode =").unwrap().1.split_once("\n\n").unwrap().0;
    let mut listed: Vec<&str> = list.split('\'').skip(1).step_by(2).collect();
    let mut ours: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    listed.sort_unstable();
    ours.sort_unstable();
    assert_eq!(listed, ours);
}

#[test]
fn each_name_is_that_of_one_thing() {
    for code in Code::ALL {
        assert_eq!(Code::from_name(code.name()), Some(*code));
    }
    for action in Action::ALL {
        assert_eq!(Action::from_name(action.name()), Some(*action));
    }
    assert_eq!(Action::from_name("queue_burn"), None);
}
