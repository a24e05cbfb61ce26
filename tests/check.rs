//! What is not sent, and the sentence that says why.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use serde_json::{Value, json};
use zaqar_web::core::action::Action::{self, *};
use zaqar_web::core::error::Code;
use zaqar_web::core::wire::check::{Rules, check};

#[test]
fn every_limit_holds_at_both_ends() {
    let ends = [
        (MessageList, "limit", 1, 20i64),
        (QueueList, "limit", 1, 20),
        (SubscriptionList, "limit", 1, 20),
        (PoolList, "limit", 1, 20),
        (FlavorList, "limit", 1, 20),
        (ClaimCreate, "limit", 1, 20),
        (ClaimCreate, "ttl", 60, 43_200),
        (ClaimCreate, "grace", 60, 43_200),
        (ClaimUpdate, "ttl", 60, 43_200),
        (ClaimUpdate, "grace", 60, 43_200),
        (SubscriptionCreate, "ttl", 60, 4_294_967_295),
        (SubscriptionUpdate, "ttl", 60, 4_294_967_295),
        (MessageDeleteMany, "pop", 1, 20),
        (PoolCreate, "weight", 0, 4_294_967_295),
    ];
    for (action, key, least, most) in ends {
        for value in [json!(least), json!(most)] {
            assert_eq!(with(action, key, value.clone()), "", "{} {key} {value}", action.name());
        }
        for value in [json!(least - 1), json!(most + 1), json!(60.0), json!("60"), json!(true), json!(null), json!(-1)]
        {
            let refused = with(action, key, value.clone());
            let sentence = format!("{key} must be a whole number");
            assert!(refused.starts_with(&sentence), "{} {key} {value}: {refused}", action.name());
        }
    }
}

#[test]
fn a_message_has_a_body_and_may_have_a_ttl_and_a_delay_within_limits() {
    let post = |message: Value| said(MessagePost, &json!({"queue_name": "q", "messages": [{"body": 1}, message]}));
    for message in [
        json!({"body": null}),
        json!({"body": {}, "ttl": 60, "delay": 0}),
        json!({"body": [], "ttl": 1_209_600, "delay": 900}),
    ] {
        assert_eq!(post(message), "");
    }
    let ttl = "ttl must be a whole number of seconds from 60 to 1209600";
    assert_eq!(post(json!({"body": 1, "ttl": 59})), ttl);
    assert_eq!(post(json!({"body": 1, "ttl": 1_209_601})), ttl);
    assert_eq!(post(json!({"body": 1, "ttl": null})), ttl);
    assert_eq!(post(json!({"body": 1, "delay": 901})), "delay must be a whole number of seconds from 0 to 900");
    assert_eq!(post(json!({"ttl": 60})), "messages must each have a body");
    assert_eq!(post(json!("text")), "messages must be objects with a body");
    assert_eq!(post(json!({"body": 1, "id": 2})), "messages may have body, ttl and delay only");
    let none = "messages must be a list of messages, not an empty one";
    assert_eq!(said(MessagePost, &json!({"queue_name": "q", "messages": []})), none);
    assert_eq!(said(MessagePost, &json!({"queue_name": "q", "messages": {"body": 1}})), none);
}

#[test]
fn queue_names_are_as_the_server_wants_them() {
    let long = "q".repeat(64);
    for name in ["q", "A-z_09", &long] {
        assert_eq!(with(QueueCreate, "queue_name", json!(name)), "");
    }
    let longer = "q".repeat(65);
    for name in [json!(""), json!("a b"), json!("ü"), json!("a/b"), json!("a?b"), json!(longer), json!(5), json!(null)]
    {
        let refused = with(QueueCreate, "queue_name", name);
        assert_eq!(refused, "queue_name must have 1 to 64 of the characters A-Z a-z 0-9 _ -");
        assert!(!with(QueueDelete, "queue_name", json!("a b")).is_empty());
    }
}

#[test]
fn dots_in_names_are_for_reading_and_deleting_unless_allowed() {
    let allowed = Rules { allow_dots: true };
    for action in [QueueCreate, MessagePost, SubscriptionCreate] {
        let body = replaced(action, "queue_name", json!("a.b"));
        assert!(!said(action, &body).is_empty(), "{}", action.name());
        assert_eq!(check(action, &pack(&body), &allowed), Ok(()));
    }
    for action in [QueueGet, QueueGetStats, QueueDelete, QueuePurge, MessageList, MessageDelete, ClaimCreate] {
        assert_eq!(with(action, "queue_name", json!("a.b")), "", "{}", action.name());
    }
    let dead_letters = json!({"_dead_letter_queue": "a.b"});
    assert!(!with(QueueCreate, "metadata", dead_letters).is_empty(), "dead letters make it");
}

#[test]
fn names_that_browsers_take_out_of_paths_are_refused_even_where_dots_are_allowed() {
    let allowed = Rules { allow_dots: true };
    for name in [".", ".."] {
        for action in [QueueCreate, QueueDelete, MessageList] {
            assert!(check(action, &pack(&replaced(action, "queue_name", json!(name))), &allowed).is_err());
        }
        assert!(!with(MessageDelete, "message_id", json!(name)).is_empty());
        assert!(!with(PoolDelete, "pool_name", json!(name)).is_empty());
    }
}

#[test]
fn ids_may_be_of_any_store_but_not_of_another_path() {
    for id in ["ef8de43f-518b-4598-8c71-aa25bc8dbdeb", "5f1d7d3e8c1e4b2a9c3d4e5f", "nope", "ü"] {
        assert_eq!(with(MessageGet, "message_id", json!(id)), "");
        assert_eq!(with(ClaimGet, "claim_id", json!(id)), "");
        assert_eq!(with(SubscriptionGet, "subscription_id", json!(id)), "");
    }
    for id in [json!(""), json!("a/b"), json!("a\\b"), json!("a,b"), json!("a\nb"), json!("a b"), json!(7), json!(null)]
    {
        let refused = with(MessageDelete, "claim_id", id);
        assert_eq!(refused, "claim_id must be a text without spaces, slashes and commas");
    }
}

#[test]
fn one_to_twenty_ids_go_at_once() {
    for action in [MessageGetMany, MessageDeleteMany] {
        assert_eq!(with(action, "message_ids", json!(["a"])), "");
        assert_eq!(with(action, "message_ids", json!(vec!["a"; 20])), "");
        for ids in [json!([]), json!(vec!["a"; 21]), json!(["a", 1]), json!(["a", ""]), json!("a")] {
            assert_eq!(with(action, "message_ids", ids), "message_ids must be a list of 1 to 20 ids");
        }
    }
}

#[test]
fn many_are_deleted_by_id_or_by_count() {
    let neither = json!({"queue_name": "q"});
    let both = json!({"queue_name": "q", "message_ids": ["a"], "pop": 1});
    assert_eq!(said(MessageDeleteMany, &neither), "message_ids or pop must be given, and not both");
    assert_eq!(said(MessageDeleteMany, &both), "message_ids or pop must be given, and not both");
}

#[test]
fn keys_of_another_action_are_refused() {
    for key in ["ttl", "grace", "detailed", "unknown"] {
        assert_eq!(with(MessageList, key, json!(60)), "body has a key that this action does not take");
    }
    assert_eq!(with(QueueList, "echo", json!(true)), "body has a key that this action does not take");
    assert_eq!(with(ClaimCreate, "marker", json!("x")), "body has a key that this action does not take");
}

#[test]
fn what_an_action_needs_must_be_there() {
    for action in Action::ALL {
        let Value::Object(whole) = right(action) else { unreachable!() };
        assert_eq!(said(action, &right(action)), "", "{}", action.name());
        for key in ["queue_name", "message_id", "claim_id", "subscription_id", "messages", "changes", "pool_name"] {
            let mut without = whole.clone();
            if without.remove(key).is_some() {
                assert_eq!(said(action, &Value::Object(without)), format!("{key} is missing"), "{}", action.name());
            }
        }
    }
    assert_eq!(check(Ping, &[], &Rules::default()), Ok(()));
    assert!(check(QueueGet, &[], &Rules::default()).is_err());
}

#[test]
fn reserved_metadata_has_the_types_that_the_server_takes() {
    let metadata = |key: &str, value: Value| with(QueueCreate, "metadata", json!({"color": [1], key: value}));
    let update = |key: &str, value: Value| {
        with(QueueUpdate, "changes", json!([{"op": "add", "path": format!("/metadata/{key}"), "value": value}]))
    };
    for (key, good, bad) in [
        ("_default_message_ttl", json!(60), json!(59)),
        ("_default_message_delay", json!(900), json!(901)),
        ("_max_messages_post_size", json!(262_144), json!(0)),
        ("_max_claim_count", json!(10), json!("10")),
        ("_dead_letter_queue", json!("dead"), json!("no name")),
        ("_dead_letter_queue_messages_ttl", json!(1_209_600), json!([])),
        ("_enable_encrypt_messages", json!(true), json!(1)),
        ("_retry_policy", json!({}), json!([])),
    ] {
        assert_eq!(metadata(key, good.clone()), "");
        assert_eq!(update(key, good), "");
        assert_eq!(metadata(key, Value::Null), "", "as REST shows what is not set");
        assert!(metadata(key, bad.clone()).starts_with(key), "{key}");
        assert!(update(key, bad).starts_with(key), "{key}");
    }
    for other in [json!("text"), json!([]), json!(null), json!(1)] {
        assert_eq!(with(QueueCreate, "metadata", other), "metadata must be an object");
    }
}

#[test]
fn metadata_beyond_the_servers_limit_is_too_large() {
    let metadata = |length: usize| pack(&replaced(QueueCreate, "metadata", json!({"k": "x".repeat(length)})));
    assert_eq!(check(QueueCreate, &metadata(65_000), &Rules::default()), Ok(()));
    let refusal = check(QueueCreate, &metadata(65_536), &Rules::default()).unwrap_err();
    assert_eq!((refusal.code, refusal.field), (Code::TooLarge, "metadata"));
}

#[test]
fn changes_of_metadata_are_patches_of_it() {
    let changes = |change: Value| with(QueueUpdate, "changes", json!([change]));
    assert_eq!(changes(json!({"op": "remove", "path": "/metadata/a"})), "");
    assert_eq!(changes(json!({"op": "replace", "path": "/metadata/a~1b", "value": null})), "");
    for bad in [
        json!({"op": "move", "path": "/metadata/a", "value": 1}),
        json!({"path": "/metadata/a", "value": 1}),
        json!({"op": "add", "path": "/foo", "value": 1}),
        json!({"op": "add", "path": "/metadata/", "value": 1}),
        json!({"op": "add", "path": "/metadata/a"}),
        json!([]),
    ] {
        assert!(changes(bad.clone()).starts_with("changes must each"), "{bad}");
    }
}

#[test]
fn subscribers_have_a_scheme_that_the_server_delivers_to() {
    for subscriber in ["http://h/p", "https://h", "mailto:a@b.c", "trust+http://h", "trust+https://h"] {
        assert_eq!(with(SubscriptionCreate, "subscriber", json!(subscriber)), "");
    }
    for subscriber in
        [json!("ftp://h"), json!("http"), json!("http:"), json!("http://h\n"), json!(""), json!(1), json!(null)]
    {
        let refused = with(SubscriptionCreate, "subscriber", subscriber);
        assert_eq!(refused, "subscriber must be a URL of http, https, mailto, trust+http or trust+https");
    }
}

#[test]
fn nothing_replaces_a_sockets_notification() {
    let to_socket = |data: Value| said(SubscriptionCreate, &json!({"queue_name": "q", "options": {"post_data": data}}));
    let webhook = |data: Value| with(SubscriptionCreate, "options", json!({"post_data": data}));
    assert_eq!(to_socket(json!("ding")), "options.post_data is for webhooks only");
    assert_eq!(to_socket(json!({"ding": 1})), "options.post_data must be a text");
    assert_eq!(webhook(json!("payload=1")), "");
    assert_eq!(webhook(json!(1)), "options.post_data must be a text");
    assert_eq!(with(SubscriptionCreate, "options", json!([])), "options must be an object");
    assert_eq!(
        with(SubscriptionCreate, "options", json!({"post_headers": "X: 1"})),
        "options.post_headers must be an object"
    );
}

#[test]
fn shares_name_what_they_open() {
    let share = |key: &str, value: Value| with(QueueShare, key, value);
    assert_eq!(share("paths", json!(["messages", "claims", "subscriptions"])), "");
    assert_eq!(share("paths", json!(["stats"])), "paths must be a list of messages, claims and subscriptions");
    assert_eq!(share("methods", json!(["GET", "PATCH"])), "");
    assert!(!share("methods", json!(["get"])).is_empty());
    assert!(!share("methods", json!([])).is_empty());
    assert_eq!(share("expires", json!("2030-01-01T00:00:00")), "");
    assert!(!share("expires", json!("3600")).is_empty());
    assert!(!share("expires", json!("2030-01-01T00:00:00.000Z")).is_empty());
}

#[test]
fn bytes_that_are_no_map_are_refused() {
    for bytes in [
        &b"\x93\x01"[..],
        b"\x81\xa1q",
        b"\x82\xa1q\x01",
        b"\xc1",
        b"\x81\x01\x01",
        b"\x80\x80",
        b"\xdf\xff\xff\xff\xff",
    ] {
        for action in Action::ALL {
            assert!(check(action, bytes, &Rules::default()).is_err(), "{} {bytes:?}", action.name());
        }
    }
}

// ── helpers

/// A body of this action that is right.
fn right(action: Action) -> Value {
    match action {
        Ping | Authenticate | Health | QueueList | PoolList | FlavorList => json!({}),
        QueueCreate | QueueGet | QueueGetStats | QueueDelete | QueuePurge | QueueShare | MessageList | ClaimCreate
        | SubscriptionList => json!({"queue_name": "q"}),
        QueueUpdate => json!({"queue_name": "q", "changes": [{"op": "add", "path": "/metadata/k", "value": 1}]}),
        MessagePost => json!({"queue_name": "q", "messages": [{"body": 1}]}),
        MessageGet | MessageDelete => json!({"queue_name": "q", "message_id": "m"}),
        MessageGetMany => json!({"queue_name": "q", "message_ids": ["m"]}),
        MessageDeleteMany => json!({"queue_name": "q", "pop": 1}),
        ClaimGet | ClaimDelete | ClaimUpdate => json!({"queue_name": "q", "claim_id": "c"}),
        SubscriptionCreate => json!({"queue_name": "q", "subscriber": "http://h"}),
        SubscriptionGet | SubscriptionDelete => json!({"queue_name": "q", "subscription_id": "s"}),
        SubscriptionUpdate => json!({"queue_name": "q", "subscription_id": "s", "ttl": 60}),
        PoolCreate => json!({"pool_name": "p", "uri": "redis://h", "weight": 1}),
        PoolUpdate => json!({"pool_name": "p", "weight": 1}),
        PoolGet | PoolDelete => json!({"pool_name": "p"}),
        FlavorCreate | FlavorUpdate => json!({"flavor_name": "f", "pool_list": ["p"]}),
        FlavorGet | FlavorDelete => json!({"flavor_name": "f"}),
    }
}

fn replaced(action: Action, key: &str, value: Value) -> Value {
    let mut body = right(action);
    if action == MessageDeleteMany {
        body = json!({"queue_name": "q"});
    }
    body[key] = value;
    body
}

/// What is said to a right body with this one key.
fn with(action: Action, key: &str, value: Value) -> String {
    said(action, &replaced(action, key, value))
}

fn said(action: Action, body: &Value) -> String {
    match check(action, &pack(body), &Rules::default()) {
        Ok(()) => String::new(),
        Err(refusal) => format!("{} {}", refusal.field, refusal.why),
    }
}

fn pack(value: &Value) -> Vec<u8> {
    rmp_serde::to_vec(value).unwrap()
}
