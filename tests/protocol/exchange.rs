//! Each request as an HTTP exchange.

use serde_json::json;
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::exchange::Exchange;
use zaqar_web::protocol::opaque::Opaque;
use zaqar_web::protocol::request::*;

use crate::opaque;
use crate::requests::all;

const PATCH: &str = "application/openstack-messaging-v2.0-json-patch";

/// Of each request of the table: method, path, document.
const EXCHANGES: &[(&str, &str, Option<&str>)] = &[
    ("GET", "/v2/ping", None),
    ("PUT", "/v2/queues/q", Some(r#"{"color":[1,null]}"#)),
    ("GET", "/v2/queues?limit=2&marker=m&detailed=true", None),
    ("GET", "/v2/queues/q", None),
    ("GET", "/v2/queues/q/stats", None),
    ("DELETE", "/v2/queues/q", None),
    ("POST", "/v2/queues/q/purge", Some(r#"{"resource_types":["messages"]}"#)),
    ("PATCH", "/v2/queues/q", Some(r#"[{"op":"remove","path":"/metadata/a"}]"#)),
    (
        "POST",
        "/v2/queues/q/share",
        Some(r#"{"paths":["messages","claims"],"methods":["GET"],"expires":"2030-01-01T00:00:00"}"#),
    ),
    ("POST", "/v2/queues/q/messages", Some(r#"{"messages":[{"body":{"n":1},"ttl":60,"delay":0}]}"#)),
    ("GET", "/v2/queues/q/messages?marker=m&limit=20&echo=true&include_claimed=false&include_delayed=true", None),
    ("GET", "/v2/queues/q/messages/m", None),
    ("GET", "/v2/queues/q/messages?ids=m,n", None),
    ("DELETE", "/v2/queues/q/messages/m?claim_id=c", None),
    ("DELETE", "/v2/queues/q/messages?ids=m&pop=3", None),
    ("POST", "/v2/queues/q/claims?limit=1", Some(r#"{"ttl":60,"grace":43200}"#)),
    ("GET", "/v2/queues/q/claims/c", None),
    ("PATCH", "/v2/queues/q/claims/c", Some(r#"{"ttl":300,"grace":60}"#)),
    ("DELETE", "/v2/queues/q/claims/c", None),
    ("POST", "/v2/queues/q/subscriptions", Some(r#"{"subscriber":"http://h","ttl":60,"options":{"post_data":"d"}}"#)),
    ("GET", "/v2/queues/q/subscriptions?limit=2&marker=s", None),
    ("GET", "/v2/queues/q/subscriptions/s", None),
    ("PATCH", "/v2/queues/q/subscriptions/s", Some(r#"{"subscriber":"mailto:a@b.c","ttl":4294967295,"options":{}}"#)),
    ("DELETE", "/v2/queues/q/subscriptions/s", None),
    ("GET", "/v2/health", None),
    ("PUT", "/v2/pools/p", Some(r#"{"uri":"redis://h","weight":0,"flavor":"f","options":{"a":1.5}}"#)),
    ("GET", "/v2/pools?limit=1&marker=p&detailed=false", None),
    ("GET", "/v2/pools/p?detailed=true", None),
    ("PATCH", "/v2/pools/p", Some(r#"{"weight":7}"#)),
    ("DELETE", "/v2/pools/p", None),
    ("PUT", "/v2/flavors/f", Some(r#"{"pool_list":["p"]}"#)),
    ("GET", "/v2/flavors", None),
    ("GET", "/v2/flavors/f", None),
    ("PATCH", "/v2/flavors/f", Some(r#"{"pool_list":["p","q"]}"#)),
    ("DELETE", "/v2/flavors/f", None),
];

#[test]
fn each_request_is_an_exchange() {
    let requests = all();
    assert_eq!(requests.len(), EXCHANGES.len());
    for ((request, _), (method, path, document)) in requests.iter().zip(EXCHANGES) {
        let content_type = if request.action() == Action::QueueUpdate { PATCH } else { "application/json" };
        let exchange = Exchange { method, path: (*path).into(), document: document.map(str::to_string), content_type };
        assert_eq!(request.exchange(), exchange);
    }
}

#[test]
fn texts_are_encoded_as_encode_uri_component_does() {
    // encodeURIComponent of all of ASCII that is printable, and of two, three and four bytes
    let text = " !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\u{7f}ü漢😀";
    let encoded = "%20!%22%23%24%25%26'()*%2B%2C-.%2F09%3A%3B%3C%3D%3E%3F%40AZ%5B%5C%5D%5E_%60az%7B%7C%7D~%7F%C3%BC%E6%BC%A2%F0%9F%98%80";
    let path = |request: Request| request.exchange().path;
    assert_eq!(path(PoolDelete { pool_name: text.into() }.into()), format!("/v2/pools/{encoded}"));
    let list = QueueList { marker: Some(text.into()), ..QueueList::default() };
    assert_eq!(path(list.into()), format!("/v2/queues?marker={encoded}"));
    let ids =
        MessageDeleteMany { queue_name: "a b".into(), message_ids: Some(vec!["1,2".into(), "ü/".into()]), pop: None };
    assert_eq!(path(ids.into()), "/v2/queues/a%20b/messages?ids=1%2C2,%C3%BC%2F");
}

#[test]
fn a_queue_without_metadata_has_no_document() {
    let queue = |metadata| Request::from(QueueCreate { queue_name: "q".into(), metadata }).exchange().document;
    assert_eq!(queue(None), None);
    assert_eq!(queue(Some(opaque(json!({})))).as_deref(), Some("{}"));
}

#[test]
fn documents_keep_what_json_usually_loses() {
    let body = opaque(json!([u64::MAX, i64::MIN, -0.0, 9007199254740992.0, "\u{2028}\u{0}"]));
    let post = MessagePost::new("q", [NewMessage { body, ttl: None, delay: None }]);
    assert_eq!(
        Request::from(post).exchange().document.unwrap(),
        "{\"messages\":[{\"body\":[18446744073709551615,-9223372036854775808,-0.0,9007199254740992.0,\"\u{2028}\\u0000\"]}]}"
    );
}

#[test]
fn what_cannot_be_json_is_sent_without_a_document() {
    // no encoder of ours makes an extension: it must only do no harm
    let body = b"\x82\xaaqueue_name\xa1q\xa8messages\x91\x81\xa4body\xd4\x01x";
    let post = Request::read(Action::MessagePost, body, &Default::default()).unwrap();
    assert_eq!(post.exchange().document, None);
    assert_eq!(Opaque::default(), opaque(json!(null)));
}
