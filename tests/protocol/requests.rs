//! The map of each request, as the socket takes it.

use proptest::prelude::*;
use rmpv::Value as Pack;
use serde_json::{Value, json};
use zaqar_codec::msgpack::Writer;
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::limits::Rules;
use zaqar_web::protocol::opaque::Opaque;
use zaqar_web::protocol::request::*;

use crate::strategies::{any_body, some_request};
use crate::{message_pack, opaque, read, written};

/// Each request with all it can have, and its map.
pub fn all() -> Vec<(Request, Value)> {
    let q = || "q".to_string();
    let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
    let ttl = Some(60);
    vec![
        (Ping {}.into(), json!({ "limit": 1 })),
        (
            QueueCreate { queue_name: q(), metadata: Some(opaque(json!({ "color": [1, null] }))) }.into(),
            json!({ "queue_name": "q", "metadata": { "color": [1, null] } }),
        ),
        (
            QueueList { limit: Some(2), marker: Some("m".into()), detailed: Some(true) }.into(),
            json!({ "limit": 2, "marker": "m", "detailed": true }),
        ),
        (QueueGet { queue_name: q() }.into(), json!({ "queue_name": "q" })),
        (QueueGetStats { queue_name: q() }.into(), json!({ "queue_name": "q" })),
        (QueueDelete { queue_name: q() }.into(), json!({ "queue_name": "q" })),
        (
            QueuePurge { queue_name: q(), resource_types: Some(names(&["messages"])) }.into(),
            json!({ "queue_name": "q", "resource_types": ["messages"] }),
        ),
        (
            QueueUpdate { queue_name: q(), changes: opaque(json!([{ "op": "remove", "path": "/metadata/a" }])) }.into(),
            json!({ "queue_name": "q", "changes": [{ "op": "remove", "path": "/metadata/a" }] }),
        ),
        (
            QueueShare {
                queue_name: q(),
                paths: Some(names(&["messages", "claims"])),
                methods: Some(names(&["GET"])),
                expires: Some("2030-01-01T00:00:00".into()),
            }
            .into(),
            json!({
                "queue_name": "q", "paths": ["messages", "claims"], "methods": ["GET"], "expires": "2030-01-01T00:00:00",
            }),
        ),
        (
            MessagePost::new(q(), [NewMessage { body: opaque(json!({ "n": 1 })), ttl, delay: Some(0) }]).into(),
            json!({ "queue_name": "q", "messages": [{ "body": { "n": 1 }, "ttl": 60, "delay": 0 }] }),
        ),
        (
            MessageList {
                queue_name: q(),
                marker: Some("m".into()),
                limit: Some(20),
                echo: Some(true),
                include_claimed: Some(false),
                include_delayed: Some(true),
            }
            .into(),
            json!({
                "queue_name": "q", "marker": "m", "limit": 20,
                "echo": true, "include_claimed": false, "include_delayed": true,
            }),
        ),
        (
            MessageGet { queue_name: q(), message_id: "m".into() }.into(),
            json!({ "queue_name": "q", "message_id": "m" }),
        ),
        (
            MessageGetMany { queue_name: q(), message_ids: names(&["m", "n"]) }.into(),
            json!({ "queue_name": "q", "message_ids": ["m", "n"] }),
        ),
        (
            MessageDelete { queue_name: q(), message_id: "m".into(), claim_id: Some("c".into()) }.into(),
            json!({ "queue_name": "q", "message_id": "m", "claim_id": "c" }),
        ),
        (
            MessageDeleteMany { queue_name: q(), message_ids: Some(names(&["m"])), pop: Some(3) }.into(),
            json!({ "queue_name": "q", "message_ids": ["m"], "pop": 3 }),
        ),
        (
            ClaimCreate { queue_name: q(), ttl: 60, grace: 43_200, limit: Some(1) }.into(),
            json!({ "queue_name": "q", "ttl": 60, "grace": 43_200, "limit": 1 }),
        ),
        (ClaimGet { queue_name: q(), claim_id: "c".into() }.into(), json!({ "queue_name": "q", "claim_id": "c" })),
        (
            ClaimUpdate { queue_name: q(), claim_id: "c".into(), ttl: 300, grace: 60 }.into(),
            json!({ "queue_name": "q", "claim_id": "c", "ttl": 300, "grace": 60 }),
        ),
        (ClaimDelete { queue_name: q(), claim_id: "c".into() }.into(), json!({ "queue_name": "q", "claim_id": "c" })),
        (
            SubscriptionCreate {
                queue_name: q(),
                subscriber: Some("http://h".into()),
                ttl,
                options: Some(opaque(json!({ "post_data": "d" }))),
            }
            .into(),
            json!({ "queue_name": "q", "subscriber": "http://h", "ttl": 60, "options": { "post_data": "d" } }),
        ),
        (
            SubscriptionList { queue_name: q(), limit: Some(2), marker: Some("s".into()) }.into(),
            json!({ "queue_name": "q", "limit": 2, "marker": "s" }),
        ),
        (
            SubscriptionGet { queue_name: q(), subscription_id: "s".into() }.into(),
            json!({ "queue_name": "q", "subscription_id": "s" }),
        ),
        (
            SubscriptionUpdate {
                queue_name: q(),
                subscription_id: "s".into(),
                subscriber: Some("mailto:a@b.c".into()),
                ttl: Some(u32::MAX),
                options: Some(opaque(json!({}))),
            }
            .into(),
            json!({
                "queue_name": "q", "subscription_id": "s", "subscriber": "mailto:a@b.c", "ttl": u32::MAX, "options": {},
            }),
        ),
        (
            SubscriptionDelete { queue_name: q(), subscription_id: "s".into() }.into(),
            json!({ "queue_name": "q", "subscription_id": "s" }),
        ),
        (Health {}.into(), json!({})),
        (
            PoolCreate {
                pool_name: "p".into(),
                uri: "redis://h".into(),
                weight: 0,
                flavor: Some("f".into()),
                options: Some(opaque(json!({ "a": 1.5 }))),
            }
            .into(),
            json!({ "pool_name": "p", "uri": "redis://h", "weight": 0, "flavor": "f", "options": { "a": 1.5 } }),
        ),
        (
            PoolList { limit: Some(1), marker: Some("p".into()), detailed: Some(false) }.into(),
            json!({ "limit": 1, "marker": "p", "detailed": false }),
        ),
        (PoolGet { pool_name: "p".into(), detailed: Some(true) }.into(), json!({ "pool_name": "p", "detailed": true })),
        (
            PoolUpdate { pool_name: "p".into(), weight: Some(7), ..PoolUpdate::default() }.into(),
            json!({ "pool_name": "p", "weight": 7 }),
        ),
        (PoolDelete { pool_name: "p".into() }.into(), json!({ "pool_name": "p" })),
        (
            FlavorCreate { flavor_name: "f".into(), pool_list: names(&["p"]), capabilities: Some(names(&["FIFO"])) }
                .into(),
            json!({ "flavor_name": "f", "pool_list": ["p"], "capabilities": ["FIFO"] }),
        ),
        (FlavorList::default().into(), json!({})),
        (FlavorGet { flavor_name: "f".into(), detailed: None }.into(), json!({ "flavor_name": "f" })),
        (
            FlavorUpdate { flavor_name: "f".into(), pool_list: names(&["p", "q"]), capabilities: None }.into(),
            json!({ "flavor_name": "f", "pool_list": ["p", "q"] }),
        ),
        (FlavorDelete { flavor_name: "f".into() }.into(), json!({ "flavor_name": "f" })),
    ]
}

#[test]
fn each_request_is_the_map_that_the_socket_takes() {
    for (request, map) in all() {
        assert_eq!(rmp_serde::from_slice::<Value>(&written(&request)).unwrap(), map, "{request:?}");
    }
}

#[test]
fn each_request_is_read_from_its_map() {
    for (request, map) in all() {
        let of_map = read(request.action(), &map).unwrap();
        assert_eq!(rmp_serde::from_slice::<Value>(&written(&of_map)).unwrap(), map);
        assert_eq!(Request::read(request.action(), &written(&request), &Rules::default()), Ok(request.clone()));
        assert_eq!(request.check(&Rules::default()), Ok(()));
    }
}

#[test]
fn every_action_but_authenticate_has_a_request() {
    let actions: Vec<Action> = all().iter().map(|(request, _)| request.action()).collect();
    for action in Action::ALL {
        assert_eq!(actions.contains(action), *action != Action::Authenticate, "{action:?}");
    }
    assert!(read(Action::Authenticate, &json!({})).is_err());
}

#[test]
fn a_request_is_appended_to_what_is_there() {
    let mut frame = b"frame:".to_vec();
    Request::from(post_of_one()).write(&mut frame);
    assert_eq!(frame, b"frame:\x82\xaaqueue_name\xa1q\xa8messages\x91\x81\xa4body\xc0");
}

fn post_of_one() -> MessagePost {
    MessagePost::new("q", [NewMessage::default()])
}

#[test]
fn only_a_delete_with_a_claim_names_one() {
    let delete = |claim_id| MessageDelete { queue_name: "q".into(), message_id: "m".into(), claim_id };
    assert!(Request::from(delete(Some("c".into()))).names_claim());
    assert!(!Request::from(delete(None)).names_claim());
    assert!(!Request::from(ClaimGet { queue_name: "q".into(), claim_id: "c".into() }).names_claim());
}

#[test]
fn a_post_says_whether_it_has_a_delay() {
    let delayed = |delay| NewMessage { delay, ..NewMessage::default() };
    assert!(MessagePost::new("q", [delayed(None), delayed(Some(0))]).has_delay());
    assert!(
        !MessagePost::new("q", [delayed(None), NewMessage { body: opaque(json!({ "delay": 1 })), ..delayed(None) }])
            .has_delay()
    );
    let posts = [[delayed(None), delayed(Some(0))], [delayed(None), delayed(None)]];
    for post in posts.map(|messages| MessagePost::new("q", messages)) {
        let read = Request::read(Action::MessagePost, &written(&post.clone().into()), &Rules::default());
        assert_eq!(read, Ok(post.into()), "and so it does when it was read");
    }
}

#[test]
fn what_is_no_single_value_of_json_is_not_opaque() {
    for bytes in [
        &b""[..],
        b"\x01\x01",
        b"\x92\x01",
        b"\xc1",
        b"\xc4\x01x",
        b"\xd4\x01x",
        b"\x81\x01\x01",
        b"\xa1\xff",
        b"\xcb\x7f\xf0\0\0\0\0\0\0",
    ] {
        assert_eq!(Opaque::new(bytes.into()), None, "{bytes:x?}");
    }
    let nested = |depth| [vec![0x91; depth], vec![0xc0]].concat();
    assert!(Opaque::new(nested(128)).is_some());
    assert_eq!(Opaque::new(nested(129)), None);
    assert_eq!(Opaque::new(nested(1_000_000)), None);
}

/// The same value in the longest forms.
fn at_length(value: &Pack, into: &mut Vec<u8>) {
    let count = |into: &mut Vec<u8>, tag, count: usize| {
        into.push(tag);
        into.extend((count as u32).to_be_bytes());
    };
    match value {
        Pack::Map(entries) => {
            count(into, 0xdf, entries.len());
            for (key, value) in entries {
                at_length(key, into);
                at_length(value, into);
            }
        }
        Pack::Array(items) => {
            count(into, 0xdd, items.len());
            items.iter().for_each(|item| at_length(item, into));
        }
        Pack::String(text) => {
            count(into, 0xdb, text.as_bytes().len());
            into.extend(text.as_bytes());
        }
        Pack::Integer(number) => {
            into.push(if number.is_i64() { 0xd3 } else { 0xcf });
            into.extend(number.as_i64().unwrap_or_else(|| number.as_u64().unwrap() as i64).to_be_bytes());
        }
        other => rmpv::encode::write_value(into, other).unwrap(),
    }
}

proptest! {
    #[test]
    fn any_request_that_is_written_is_read_as_it_was(request in some_request()) {
        let body = written(&request);
        prop_assert_eq!(Request::read(request.action(), &body, &Rules::default()), Ok(request));
        let mut again = Vec::new();
        rmpv::encode::write_value(&mut again, &rmp_serde::from_slice::<Pack>(&body).unwrap()).unwrap();
        prop_assert_eq!(again, body, "in the shortest forms, as JavaScript writes it");
    }

    #[test]
    fn a_request_is_read_from_any_valid_form(request in some_request()) {
        let mut long = Vec::new();
        at_length(&rmp_serde::from_slice(&written(&request)).unwrap(), &mut long);
        let of_long = Request::read(request.action(), &long, &Rules::default()).unwrap();
        prop_assert_eq!(of_long.exchange(), request.exchange());
    }

    #[test]
    fn a_post_holds_the_bodies_it_was_given(bodies in proptest::collection::vec(any_body(), 1..40)) {
        let messages = bodies.iter().map(|body| NewMessage { body: opaque(body.clone()), ..NewMessage::default() });
        let post = MessagePost::new("q", messages);
        let mut expected = Writer::new();
        expected.array(bodies.len());
        for body in &bodies {
            expected.map(1).text("body").raw(&message_pack(body));
        }
        prop_assert_eq!(post.messages.as_bytes(), &*expected.into_bytes());
    }
}
