//! The order of posts across transports: who waits for whom, and how long.

use zaqar_codec::msgpack::Writer;
use zaqar_web::engine::{Arrival, Config, Delivery, Output, Preference, RequestId};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::error::Code;

use super::bench::{Bench, delayed_post_body, post_body, text_post_body};
use super::on_both;

/// A socket with a post on it that says nothing.
fn with_silent_socket() -> (Bench, RequestId) {
    let mut bench = on_both();
    bench.ready();
    let first = bench.request(Action::MessagePost, post_body("a"));
    bench.pass(701.0);
    let (probe, asked) = bench.expect_fetch();
    assert_eq!(asked, "ping");
    bench.http(probe, 204);
    (bench, first)
}

fn disconnects(bench: &Bench) -> usize {
    bench.outputs().iter().filter(|output| matches!(output, Output::Disconnect(_))).count()
}

#[test]
fn a_post_behind_one_on_a_silent_socket_waits_no_longer_than_four_seconds() {
    let (mut bench, first) = with_silent_socket();
    let second = bench.request(Action::MessagePost, post_body("a"));
    bench.pass(3_900.0);
    assert!(bench.fetches().is_empty(), "the first may be stored yet");
    bench.pass(200.0);
    assert_eq!(disconnects(&bench), 1);
    let failure = bench.failure_of(first).expect("it has failed");
    assert_eq!((failure.code, failure.delivery), (Code::ConnectionLost, Delivery::Unknown));
    let fetches = bench.fetches();
    let (fetch, _) = fetches.iter().find(|(_, asked)| asked == "message_post a").expect("the second goes over REST");
    assert_eq!(bench.http(*fetch, 201), Arrival::Reply(second, 201));
}

#[test]
fn a_silent_socket_for_which_no_post_waits_has_its_time() {
    let (mut bench, first) = with_silent_socket();
    bench.request(Action::MessagePost, post_body("b"));
    assert_eq!(bench.expect_fetch().1, "message_post b", "other queues do not wait");
    bench.pass(10_000.0);
    assert_eq!(disconnects(&bench), 0);
    assert!(bench.failure_of(first).is_none());
}

#[test]
fn a_sign_of_life_gives_a_socket_its_time_again() {
    let (mut bench, first) = with_silent_socket();
    let link = bench.expect_connect();
    let second = bench.request(Action::MessagePost, post_body("a"));
    bench.pass(3_000.0);
    let mut ids = Writer::new();
    ids.map(1).text("message_ids").array(1).text("m");
    assert_eq!(bench.reply_with(link, "message_post", 201, &ids.into_bytes()), Arrival::Reply(first, 201));
    bench.pass(2_000.0);
    assert_eq!(disconnects(&bench), 0);
    assert!(bench.failure_of(second).is_none());
}

#[test]
fn a_large_post_has_the_time_that_its_upload_may_take() {
    let mut bench = on_both();
    bench.ready();
    let large = "x".repeat(160_000);
    let first = bench.request(Action::MessagePost, post_body("a"));
    bench.request(Action::MessagePost, text_post_body("a", &large));
    bench.pass(701.0);
    bench.request(Action::MessagePost, post_body("a"));
    bench.pass(8_000.0);
    assert!(bench.failure_of(first).is_none(), "160 kB may be under way for five seconds");
    bench.pass(1_500.0);
    assert!(bench.failure_of(first).is_some());
}

#[test]
fn a_delayed_post_behind_a_silent_socket_is_sent_soon_where_nothing_else_may_poll() {
    let mut bench =
        Bench::new(Config { has_socket: true, has_rest: true, preference: Preference::Socket, ..Config::for_tests() });
    bench.ready();
    bench.request(Action::MessagePost, post_body("a"));
    bench.request(Action::MessagePost, delayed_post_body("a"));
    bench.pass(4_600.0);
    assert_eq!(disconnects(&bench), 0);
    bench.pass(200.0);
    assert_eq!(disconnects(&bench), 1);
    let fetches = bench.fetches();
    assert!(!fetches.is_empty(), "REST is asked whether it answers");
}
