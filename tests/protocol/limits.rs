//! What is not sent, and the sentence that says why.

use serde_json::{Value, json};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::error::Code;
use zaqar_web::protocol::learn::Named;
use zaqar_web::protocol::limits::Rules;
use zaqar_web::protocol::request::*;

use crate::{message_pack, opaque, post, read, read_by, usual};

/// The least that each action needs.
fn right(action: Action) -> Value {
    let with = |others: Value| {
        let mut body = json!({ "queue_name": "q" });
        body.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
        body
    };
    match action {
        Action::Ping | Action::Health | Action::QueueList | Action::PoolList | Action::FlavorList => json!({}),
        Action::QueueUpdate => with(json!({ "changes": [] })),
        Action::MessagePost => with(json!({ "messages": [{ "body": 1 }] })),
        Action::MessageGet | Action::MessageDelete => with(json!({ "message_id": "m" })),
        Action::MessageGetMany => with(json!({ "message_ids": ["m"] })),
        Action::ClaimCreate => with(json!({ "ttl": 60, "grace": 60 })),
        Action::ClaimUpdate => with(json!({ "claim_id": "c", "ttl": 60, "grace": 60 })),
        Action::ClaimGet | Action::ClaimDelete => with(json!({ "claim_id": "c" })),
        Action::SubscriptionGet | Action::SubscriptionDelete => with(json!({ "subscription_id": "s" })),
        Action::SubscriptionUpdate => with(json!({ "subscription_id": "s", "ttl": 60 })),
        Action::PoolCreate => json!({ "pool_name": "p", "uri": "redis://h", "weight": 1 }),
        Action::PoolUpdate => json!({ "pool_name": "p", "flavor": "f" }),
        Action::PoolGet | Action::PoolDelete => json!({ "pool_name": "p" }),
        Action::FlavorCreate | Action::FlavorUpdate => json!({ "flavor_name": "f", "pool_list": ["p"] }),
        Action::FlavorGet | Action::FlavorDelete => json!({ "flavor_name": "f" }),
        _ => with(json!({})),
    }
}

/// What is said to a body; nothing where it is right.
fn said(action: Action, body: &Value) -> String {
    match read_by(action, body, &usual()) {
        Ok(_) => String::new(),
        Err(refusal) => {
            assert_eq!(refusal.code, Code::InvalidArgument);
            refusal.message
        }
    }
}

/// What is said to a right body with this one key.
fn given(action: Action, key: &str, value: Value) -> String {
    let mut body = right(action);
    body[key] = value;
    said(action, &body)
}

#[test]
fn every_limit_holds_at_both_ends() {
    let seconds = "a whole number of seconds";
    let number = "a whole number";
    for (action, key, be, least, most) in [
        (Action::QueueList, "limit", number, 1, 20),
        (Action::MessageList, "limit", number, 1, 20),
        (Action::SubscriptionList, "limit", number, 1, 20),
        (Action::PoolList, "limit", number, 1, 20),
        (Action::FlavorList, "limit", number, 1, 20),
        (Action::ClaimCreate, "limit", number, 1, 20),
        (Action::ClaimCreate, "ttl", seconds, 60, 43_200),
        (Action::ClaimCreate, "grace", seconds, 60, 43_200),
        (Action::ClaimUpdate, "ttl", seconds, 60, 43_200),
        (Action::ClaimUpdate, "grace", seconds, 60, 43_200),
        (Action::SubscriptionCreate, "ttl", seconds, 60, u32::MAX),
        (Action::SubscriptionUpdate, "ttl", seconds, 60, u32::MAX),
        (Action::MessageDeleteMany, "pop", number, 1, 20),
        (Action::PoolCreate, "weight", number, 0, u32::MAX),
    ] {
        assert_eq!(given(action, key, json!(least)), "");
        assert_eq!(given(action, key, json!(most)), "");
        let sentence = format!("{key} must be {be} from {least} to {most}");
        let (below, above) = (i64::from(least) - 1, u64::from(most) + 1);
        for value in [
            json!(below),
            json!(above),
            json!(60.5),
            json!("60"),
            json!(true),
            json!(null),
            json!(-1),
            json!(-0.0),
            json!([60]),
            json!(u64::MAX),
        ] {
            assert_eq!(given(action, key, value.clone()), sentence, "{action:?} {key} {value}");
        }
    }
}

#[test]
fn a_message_has_a_body_and_may_have_a_ttl_and_a_delay_within_limits() {
    let said =
        |message: Value| said(Action::MessagePost, &json!({ "queue_name": "q", "messages": [{ "body": 1 }, message] }));
    for message in [
        json!({ "body": null }),
        json!({ "body": {}, "ttl": 60, "delay": 0 }),
        json!({ "body": [], "ttl": 1_209_600, "delay": 900 }),
    ] {
        assert_eq!(said(message), "");
    }
    let ttl = "ttl must be a whole number of seconds from 60 to 1209600";
    for (message, sentence) in [
        (json!({ "body": 1, "ttl": 59 }), ttl),
        (json!({ "body": 1, "ttl": 1_209_601 }), ttl),
        (json!({ "body": 1, "ttl": null }), ttl),
        (json!({ "body": 1, "delay": 901 }), "delay must be a whole number of seconds from 0 to 900"),
        (json!({ "ttl": 60 }), "a message to post must have a body; null is one"),
        (json!("text"), "a message to post must be an object"),
    ] {
        assert_eq!(said(message), sentence);
    }
    for none in [json!([]), json!("text"), json!({}), json!(null)] {
        assert_eq!(
            given(Action::MessagePost, "messages", none),
            "messages must be a list of messages, not an empty one"
        );
    }
}

#[test]
fn queue_names_are_as_the_server_wants_them() {
    let name = |name: Value| given(Action::QueueGet, "queue_name", name);
    for right in ["q", "A-z_09", "a.b", &"q".repeat(64)] {
        assert_eq!(name(json!(right)), "");
    }
    for wrong in [
        json!(""),
        json!("a b"),
        json!("ü"),
        json!("a/b"),
        json!("a?b"),
        json!("a\n"),
        json!("q".repeat(65)),
        json!(5),
        json!(null),
        json!("."),
        json!(".."),
    ] {
        assert_eq!(name(wrong), "a queue name has 1 to 64 letters, digits, _ and -");
    }
}

#[test]
fn dots_in_names_are_for_reading_and_deleting_unless_allowed() {
    let sentence =
        "queue a.b: a dot in the name can break other queues on Redis; on another store, set allowDottedNames";
    let permissive = Rules { allows_dots: true, ..usual() };
    for action in Action::ALL.iter().filter(|action| right(**action).get("queue_name").is_some()) {
        if *action == Action::Authenticate {
            continue;
        }
        let mut body = right(*action);
        body["queue_name"] = json!("a.b");
        let makes_it = matches!(action, Action::QueueCreate | Action::MessagePost | Action::SubscriptionCreate);
        assert_eq!(said(*action, &body), if makes_it { sentence } else { "" }, "{action:?}");
        assert!(read_by(*action, &body, &permissive).is_ok());
    }
    let dead_letters = |name: &str| json!({ "queue_name": "q", "metadata": { "_dead_letter_queue": name } });
    let sentence = "_dead_letter_queue must be a name of 1 to 64 of the characters A-Z a-z 0-9 _ -";
    assert_eq!(said(Action::QueueCreate, &dead_letters("a.b")), sentence, "dead letters make it");
    assert!(read_by(Action::QueueCreate, &dead_letters("a.b"), &permissive).is_ok());
    assert_eq!(read_by(Action::QueueCreate, &dead_letters(".."), &permissive).unwrap_err().message, sentence);
}

#[test]
fn ids_may_be_of_any_store_but_not_of_another_path() {
    for (action, key) in [
        (Action::MessageGet, "message_id"),
        (Action::MessageDelete, "claim_id"),
        (Action::ClaimGet, "claim_id"),
        (Action::SubscriptionGet, "subscription_id"),
        (Action::PoolDelete, "pool_name"),
        (Action::FlavorGet, "flavor_name"),
    ] {
        for id in ["ef8de43f-518b-4598-8c71-aa25bc8dbdeb", "5f1d7d3e8c1e4b2a9c3d4e5f", "nope", "ü", "..."] {
            assert_eq!(given(action, key, json!(id)), "");
        }
        let sentence = format!("{key} must be a text without spaces, slashes and commas");
        for id in ["", "a/b", "a\\b", "a,b", "a\nb", "a b", "a\n", "\u{85}", ".", ".."] {
            assert_eq!(given(action, key, json!(id)), sentence, "{id:?}");
        }
        for id in [json!(7), json!(null), json!(["a"])] {
            assert_eq!(given(action, key, id), sentence);
        }
    }
}

#[test]
fn one_to_twenty_ids_go_at_once() {
    for action in [Action::MessageGetMany, Action::MessageDeleteMany] {
        for ids in [vec!["a"], vec!["a"; 20]] {
            assert_eq!(given(action, "message_ids", json!(ids)), "");
        }
        for ids in [json!([]), json!(vec!["a"; 21]), json!(["a", 1]), json!(["a", ""]), json!(["a", "b/c"]), json!("a")]
        {
            assert_eq!(given(action, "message_ids", ids), "message_ids must be a list of 1 to 20 ids");
        }
    }
}

#[test]
fn what_an_action_needs_must_be_there() {
    for action in Action::ALL.iter().filter(|action| **action != Action::Authenticate) {
        assert_eq!(said(*action, &right(*action)), "", "{action:?}");
        for (key, _) in right(*action).as_object().unwrap() {
            let mut body = right(*action);
            body.as_object_mut().unwrap().remove(key);
            let expected = match (action, &**key) {
                (Action::PoolUpdate, "flavor") => "uri or weight or flavor or options must be given".into(),
                (Action::SubscriptionUpdate, "ttl") => "subscriber or ttl or options must be given".into(),
                _ => format!("{key} is missing"),
            };
            assert_eq!(said(*action, &body), expected, "{action:?}");
        }
    }
    let options = json!({ "pool_name": "p", "options": {} });
    assert_eq!(said(Action::PoolUpdate, &options), "");
    assert_eq!(
        said(Action::PoolUpdate, &json!({ "pool_name": "p", "other": 1 })),
        "uri or weight or flavor or options must be given"
    );
}

#[test]
fn a_request_is_a_map_of_texts() {
    for bytes in [
        &b""[..],
        b"\xc0",
        b"\x90",
        b"\x91\xa1q",
        b"\x81\x01\x01",
        b"\x82\x00\x00\xaaqueue_name\xa3a b",
        b"\x81\xc4\x0aqueue_name\xa3a b",
        b"\x81\xaaqueue_name",
        b"\xdf\xff\xff\xff\xff",
    ] {
        let refusal = Request::read(Action::QueueGet, bytes, &Rules::default()).unwrap_err();
        assert_eq!(refusal.message, "the request cannot be read", "{bytes:x?}");
    }
}

#[test]
fn reserved_metadata_have_the_types_that_the_server_takes() {
    let metadata = |key: &str, value: &Value| {
        given(Action::QueueCreate, "metadata", json!({ "color": [1], "limit": 99, key: value }))
    };
    let update = |key: &str, value: &Value| {
        let add = |key: &str, value: &Value| json!({ "op": "add", "path": format!("/metadata/{key}"), "value": value });
        given(Action::QueueUpdate, "changes", json!([add("limit", &json!(99)), add(key, value)]))
    };
    for (key, good, bad, be) in [
        ("_default_message_ttl", json!(60), json!(59), "a whole number of seconds from 60 to 1209600"),
        ("_default_message_delay", json!(900), json!(901), "a whole number of seconds from 0 to 900"),
        ("_max_messages_post_size", json!(262_144), json!(0), "a whole number from 1 to 262144"),
        ("_max_claim_count", json!(10), json!("10"), "a whole number from 0 to 4294967295"),
        ("_dead_letter_queue", json!("dead"), json!("no name"), "a name of 1 to 64 of the characters A-Z a-z 0-9 _ -"),
        (
            "_dead_letter_queue_messages_ttl",
            json!(1_209_600),
            json!([]),
            "a whole number of seconds from 60 to 1209600",
        ),
        ("_enable_encrypt_messages", json!(true), json!(1), "true or false"),
        ("_retry_policy", json!({}), json!([]), "an object"),
    ] {
        for tell in [&metadata as &dyn Fn(&str, &Value) -> String, &update] {
            assert_eq!(tell(key, &good), "");
            assert_eq!(tell(key, &json!(null)), "", "as REST shows what is not set");
            assert_eq!(tell(key, &bad), format!("{key} must be {be}"));
        }
    }
    let removed = json!([{ "op": "remove", "path": "/metadata/_max_claim_count" }]);
    assert_eq!(given(Action::QueueUpdate, "changes", removed), "");
    for other in [json!("text"), json!([]), json!(null), json!(1)] {
        assert_eq!(given(Action::QueueCreate, "metadata", other), "metadata must be an object");
    }
}

#[test]
fn metadata_beyond_the_limit_are_too_large() {
    let metadata =
        |text: String| read_by(Action::QueueCreate, &json!({ "queue_name": "q", "metadata": { "k": text } }), &usual());
    for character in ["x", "\"", "\u{1}", "🚀"] {
        assert!(metadata(character.repeat(65_500)).is_ok(), "{character}");
        let refusal = metadata(character.repeat(65_536)).unwrap_err();
        assert_eq!(
            (refusal.code, &*refusal.message),
            (Code::TooLarge, "metadata must have at most 65536 characters as JSON")
        );
    }
}

#[test]
fn subscribers_have_a_scheme_that_the_server_delivers_to() {
    let subscriber = |value: Value| given(Action::SubscriptionCreate, "subscriber", value);
    for url in ["http://h/p", "https://h", "mailto:a@b.c", "trust+http://h", "trust+https://h"] {
        assert_eq!(subscriber(json!(url)), "");
    }
    for url in [
        json!("ftp://h"),
        json!("http"),
        json!("http:"),
        json!("http://h\n"),
        json!("http://a b"),
        json!(""),
        json!(1),
        json!(null),
    ] {
        assert_eq!(subscriber(url), "subscriber must be a URL of http, https, mailto, trust+http or trust+https");
    }
}

#[test]
fn a_webhook_has_the_options_that_the_server_takes() {
    for action in [Action::SubscriptionCreate, Action::SubscriptionUpdate] {
        let webhook = |options: Value| given(action, "options", options);
        assert_eq!(
            webhook(
                json!({ "post_data": "payload=1", "post_headers": { "X-A": "1" }, "_retry_policy": {}, "other": 1 })
            ),
            ""
        );
        assert_eq!(webhook(json!({ "post_data": 1 })), "options.post_data must be a text");
        assert_eq!(webhook(json!({ "post_headers": "X: 1" })), "options.post_headers must be an object");
        assert_eq!(webhook(json!({ "_retry_policy": [] })), "options._retry_policy must be an object");
        assert_eq!(webhook(json!([])), "options must be an object");
    }
    assert_eq!(given(Action::PoolUpdate, "options", json!({ "post_data": 1 })), "", "a pool has others");
}

#[test]
fn shares_name_what_they_open() {
    let share = |key: &str, value: Value| given(Action::QueueShare, key, value);
    assert_eq!(share("paths", json!(["messages", "claims", "subscriptions"])), "");
    assert_eq!(share("paths", json!(["stats"])), "paths must be a list of messages, claims, subscriptions");
    assert_eq!(share("methods", json!(["GET", "PATCH"])), "");
    for methods in [json!(["get"]), json!([]), json!(["GET\n"]), json!(["GET, HEAD"])] {
        assert_eq!(share("methods", methods), "methods must be a list of GET, HEAD, POST, PUT, PATCH, DELETE");
    }
    assert_eq!(share("expires", json!("2030-01-01T00:00:00")), "");
    for time in ["3600", "2030-01-01T00:00:00.000Z", "+010000-01-01T00:00", "2030-01-01 00:00:00"] {
        assert_eq!(share("expires", json!(time)), "expires must be a time such as 2030-12-31T23:59:59");
    }
}

#[test]
fn pools_and_flavors_are_described_as_the_server_wants_them() {
    assert_eq!(given(Action::PoolCreate, "uri", json!("")), "uri must be a text, not an empty one");
    assert_eq!(given(Action::PoolUpdate, "options", json!([])), "options must be an object");
    for names in [json!([]), json!([""]), json!([1]), json!("p")] {
        assert_eq!(
            given(Action::FlavorCreate, "pool_list", names),
            "pool_list must be a list of names, not an empty one"
        );
    }
    for value in [json!(1), json!("true"), json!(null)] {
        assert_eq!(given(Action::PoolGet, "detailed", value), "detailed must be true or false");
    }
    assert_eq!(given(Action::QueueList, "marker", json!(5)), "marker must be a text");
}

#[test]
fn a_request_made_by_hand_is_held_to_the_same_rules() {
    let says = |request: Request| request.check(&usual()).unwrap_err().message;
    let claim = ClaimCreate { queue_name: "q".into(), ttl: 59, grace: 60, limit: None };
    assert_eq!(says(claim.into()), "ttl must be a whole number of seconds from 60 to 43200");
    let queue = QueueCreate { queue_name: "q".into(), metadata: Some(opaque(json!({ "_max_claim_count": -1 }))) };
    assert_eq!(says(queue.into()), "_max_claim_count must be a whole number from 0 to 4294967295");
    assert_eq!(says(post(vec![]).into()), "messages must be a list of messages, not an empty one");
    assert_eq!(
        says(PoolUpdate { pool_name: "p".into(), ..PoolUpdate::default() }.into()),
        "uri or weight or flavor or options must be given"
    );
}

#[test]
fn a_server_that_is_configured_otherwise_has_other_limits() {
    let rules = Rules {
        max_claim_ttl: Some(100),
        max_messages_per_page: Some(2),
        max_message_ttl: Some(70),
        ..Rules::default()
    };
    let says = |action, body: Value| Request::read(action, &message_pack(&body), &rules).unwrap_err().message;
    assert_eq!(
        says(Action::ClaimCreate, json!({ "queue_name": "q", "ttl": 101, "grace": 60 })),
        "ttl must be a whole number of seconds from 60 to 100"
    );
    assert_eq!(
        says(Action::MessageGetMany, json!({ "queue_name": "q", "message_ids": ["a", "b", "c"] })),
        "message_ids must be a list of 1 to 2 ids"
    );
    assert_eq!(
        says(Action::MessagePost, json!({ "queue_name": "q", "messages": [{ "body": 1, "ttl": 71 }] })),
        "ttl must be a whole number of seconds from 60 to 70"
    );
}

#[test]
fn where_no_limit_is_known_the_server_judges() {
    let q = |others: Value| {
        let mut body = json!({ "queue_name": "q" });
        body.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
        body
    };
    let long = u32::MAX;
    for (action, body) in [
        (Action::QueueList, json!({ "limit": 1_000 })),
        (Action::MessageList, q(json!({ "limit": 1_000 }))),
        (Action::MessageGetMany, q(json!({ "message_ids": vec!["a"; 1_000] }))),
        (Action::MessageDeleteMany, q(json!({ "pop": 1_000 }))),
        (Action::ClaimCreate, q(json!({ "ttl": long, "grace": long, "limit": 1_000 }))),
        (Action::MessagePost, q(json!({ "messages": [{ "body": 1, "ttl": long, "delay": long }] }))),
        (Action::QueueCreate, q(json!({ "metadata": { "_default_message_ttl": long, "text": "x".repeat(100_000) } }))),
    ] {
        assert!(read(action, &body).is_ok(), "{action:?} {body}");
    }
}

#[test]
fn what_is_wrong_in_every_configuration_is_refused_where_no_limit_is_known() {
    let says = |action, body: Value| read(action, &body).unwrap_err().message;
    let claim = |ttl: i64, limit: i64| json!({ "queue_name": "q", "ttl": ttl, "grace": 60, "limit": limit });
    assert_eq!(says(Action::ClaimCreate, claim(59, 1)), "ttl must be a whole number of seconds from 60 to 4294967295");
    assert_eq!(says(Action::ClaimCreate, claim(60, 0)), "limit must be a whole number from 1 to 4294967295");
    assert_eq!(says(Action::ClaimCreate, claim(60, -1)), "limit must be a whole number from 1 to 4294967295");
    let none = json!({ "queue_name": "q", "message_ids": [] });
    assert_eq!(says(Action::MessageGetMany, none), "message_ids must be a list of ids, not an empty one");
    let delayed = json!({ "queue_name": "q", "messages": [{ "body": 1, "delay": -1 }] });
    assert_eq!(says(Action::MessagePost, delayed), "delay must be a whole number of seconds from 0 to 4294967295");
}

#[test]
fn each_sentence_of_the_server_teaches_its_limit() {
    let learnt = |action, sentence: &str| {
        let mut rules = Rules::default();
        let named = rules.learn(action, sentence);
        (named, rules)
    };
    let of_page = "Limit must be at least 1 and may not be greater than 7.";
    let of_list = "Limit must be at least 1 and no greater than 7.";
    let post_size = |limit| Rules { max_messages_post_size: Some(limit), ..Rules::default() };
    for (action, sentence, rules) in [
        (Action::MessageList, of_page, Rules { max_messages_per_page: Some(7), ..Rules::default() }),
        (Action::MessageGetMany, of_page, Rules { max_messages_per_page: Some(7), ..Rules::default() }),
        (Action::ClaimCreate, of_page, Rules { max_messages_per_claim_or_pop: Some(7), ..Rules::default() }),
        (Action::SubscriptionList, of_page, Rules { max_subscriptions_per_page: Some(7), ..Rules::default() }),
        (Action::QueueList, of_list, Rules { max_queues_per_page: Some(7), ..Rules::default() }),
        (Action::PoolList, of_list, Rules { max_pools_per_page: Some(7), ..Rules::default() }),
        (Action::FlavorList, of_list, Rules { max_flavors_per_page: Some(7), ..Rules::default() }),
        (
            Action::MessageDeleteMany,
            "ids parameter should have at least 1 and not greater than 7 values.",
            Rules { max_messages_per_page: Some(7), ..Rules::default() },
        ),
        (
            Action::MessageDeleteMany,
            "Pop value must be at least 1 and may not be greater than 7.",
            Rules { max_messages_per_claim_or_pop: Some(7), ..Rules::default() },
        ),
        (
            Action::MessagePost,
            "The TTL for a message may not exceed 3600 seconds, and must be at least 60 seconds long.",
            Rules { max_message_ttl: Some(3_600), ..Rules::default() },
        ),
        (
            Action::QueueCreate,
            "_default_message_ttl can not exceed 3600 seconds, and must be at least 60 seconds long.",
            Rules { max_message_ttl: Some(3_600), ..Rules::default() },
        ),
        (
            Action::MessagePost,
            "The Delay TTL for a message may not exceed 9 seconds,and must be at least 0 seconds long.",
            Rules { max_message_delay: Some(9), ..Rules::default() },
        ),
        (
            Action::QueueCreate,
            "The TTL can not exceed 9 seconds, and must be at least 0 seconds long.",
            Rules { max_message_delay: Some(9), ..Rules::default() },
        ),
        (
            Action::ClaimUpdate,
            "The TTL for a claim may not exceed 100 seconds, and must be at least 60 seconds long.",
            Rules { max_claim_ttl: Some(100), ..Rules::default() },
        ),
        (
            Action::ClaimCreate,
            "The grace for a claim may not exceed 100 seconds, and must be at least 60 seconds long.",
            Rules { max_claim_grace: Some(100), ..Rules::default() },
        ),
        (
            Action::QueueCreate,
            "Queue metadata is too large. Max size: 500",
            Rules { max_queue_metadata: Some(500), ..Rules::default() },
        ),
        (Action::MessagePost, "Message collection size is too large. Max size 500", post_size(500)),
        (
            Action::QueueCreate,
            "_max_messages_post_size can not exceed 500,  and must be at least greater than 0.",
            post_size(500),
        ),
    ] {
        assert_eq!(learnt(action, sentence), (Some(Named::OfServer), rules), "{sentence}");
    }
    let of_queue = "Message collection size is too large. The max size for current queue is 300. It is calculated by max size = \
                    min(max_messages_post_size_config: 500, max_messages_post_size_queue: 300).";
    assert_eq!(learnt(Action::MessagePost, of_queue), (Some(Named::OfQueue(300)), post_size(500)));
}

#[test]
fn a_sentence_that_names_no_limit_teaches_nothing() {
    for sentence in [
        "",
        "No messages to enqueu.",
        "Limit must be at least 1 and may not be greater than .",
        "Limit must be at least 1 and may not be greater than 0.",
        "Limit must be at least 1 and may not be greater than 99999999999.",
    ] {
        let mut rules = Rules::default();
        assert_eq!((rules.learn(Action::MessageList, sentence), rules), (None, Rules::default()), "{sentence}");
    }
}

#[test]
fn what_the_client_chooses_follows_what_is_known() {
    let rules =
        |page, claim| Rules { max_messages_per_page: page, max_messages_per_claim_or_pop: claim, ..Rules::default() };
    let chosen = |rules: Rules| (rules.page(), rules.ids_at_once(), rules.pops_at_once());
    assert_eq!(chosen(rules(None, None)), (20, 20, 20));
    assert_eq!(chosen(rules(Some(5), Some(3))), (5, 5, 3));
    assert_eq!(chosen(rules(Some(1_000), Some(500))), (1_000, 100, 500), "ids stand in an address");
}
