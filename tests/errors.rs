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
            // js/rest.ts makes an empty page of a 404 about messages
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
fn actions_are_numbered_as_javascript_lists_them() {
    let table = include_str!("../js/actions.ts").split_once("EXCHANGES = {").unwrap().1.split_once('}').unwrap().0;
    let listed: Vec<&str> = table.lines().filter_map(|line| Some(line.split_once(':')?.0.trim())).collect();
    let named: Vec<&str> = Action::ALL.iter().map(|action| action.name()).collect();
    assert_eq!(listed, named);
    let numbered: Vec<Action> = (0..).map_while(Action::from_number).collect();
    assert_eq!(numbered, Action::ALL);
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
