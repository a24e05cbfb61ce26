//! The engine against a driver made by hand: each test says what arrives and what must come of it.

mod auth;
mod bench;
mod closes;
mod consumers;
mod feeds;
mod hostile;
mod hung;
mod leases;
mod limits;
mod lists;
mod login;
mod native;
mod order;
mod places;
mod proofs;
mod refused;
mod shared;
mod tails;
mod tokens;
mod watches;

use bench::{Bench, post_body, queue_body};
use zaqar_codec::msgpack::Writer;
use zaqar_web::engine::{Arrival, Config, Delivery, Output, Preference, State, Transport};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::error::Code;

fn on_socket() -> Bench {
    Bench::new(socket_alone())
}

fn socket_alone() -> Config {
    Config { has_socket: true, preference: Preference::Socket, ..Config::for_tests() }
}

fn on_both() -> Bench {
    Bench::new(Config { has_socket: true, has_rest: true, ..Config::for_tests() })
}

#[test]
fn a_socket_carries_requests_only_when_it_has_answered() {
    let mut bench = on_socket();
    let link = bench.expect_connect();
    let request = bench.request(Action::QueueCreate, queue_body("q"));
    bench.open(link);
    assert_eq!(bench.sent_actions(), ["queue_list"], "the first request does nothing but prove the socket");
    assert_eq!(bench.engine.state(), State::Connecting);
    bench.reply(link, "queue_list", 200);
    assert_eq!(bench.engine.state(), State::Connected);
    assert_eq!(bench.sent_actions(), ["queue_create"]);
    assert_eq!(bench.reply(link, "queue_create", 201), Arrival::Reply(request, 201));
}

#[test]
fn replies_belong_to_requests_in_the_order_in_which_they_were_sent() {
    let mut bench = on_socket();
    let link = bench.ready();
    let first = bench.request(Action::QueueGet, queue_body("a"));
    let second = bench.request(Action::QueueGet, queue_body("b"));
    assert_eq!(bench.reply(link, "queue_get", 200), Arrival::Reply(first, 200));
    assert_eq!(bench.reply(link, "queue_get", 200), Arrival::Reply(second, 200));
}

#[test]
fn an_aborted_request_keeps_its_place_in_the_order() {
    let mut bench = on_socket();
    let link = bench.ready();
    let first = bench.request(Action::QueueGet, queue_body("a"));
    let second = bench.request(Action::QueueGetStats, queue_body("b"));
    bench.engine.abort(bench.now, first);
    assert_eq!(bench.reply(link, "queue_get", 200), Arrival::Nothing);
    assert_eq!(bench.reply(link, "queue_get_stats", 200), Arrival::Reply(second, 200));
}

#[test]
fn a_request_that_timed_out_keeps_its_place_in_the_order() {
    let mut bench = Bench::new(Config { keep_alive: 60_000.0, ..socket_alone() });
    let link = bench.ready();
    let first = bench.request(Action::MessagePost, post_body("a"));
    bench.pass(29_000.0);
    let second = bench.request(Action::QueueGetStats, queue_body("b"));
    bench.pass(1_001.0);
    let failure = bench.failure_of(first).expect("it has failed");
    assert_eq!((failure.code, failure.delivery), (Code::Timeout, Delivery::Unknown));
    assert_eq!(bench.reply(link, "message_post", 201), Arrival::Nothing);
    assert_eq!(bench.reply(link, "queue_get_stats", 200), Arrival::Reply(second, 200));
}

#[test]
fn an_answer_to_something_else_ends_the_link() {
    let mut bench = on_socket();
    let link = bench.ready();
    bench.request(Action::QueueGet, queue_body("a"));
    assert_eq!(bench.reply(link, "queue_delete", 204), Arrival::Nothing);
    assert!(bench.outputs().iter().any(|output| matches!(output, Output::Disconnect(closed) if *closed == link)));
    assert_eq!(bench.engine.state(), State::Reconnecting);
}

#[test]
fn an_answer_that_nobody_asked_for_ends_the_link() {
    let mut bench = on_socket();
    let link = bench.ready();
    bench.reply(link, "queue_get", 200);
    assert_eq!(bench.engine.state(), State::Reconnecting);
}

#[test]
fn a_deletion_names_a_claim_by_a_key_and_not_by_the_name_of_its_queue() {
    for (claim, code) in [(None, Code::Forbidden), (Some("c"), Code::ClaimLost)] {
        let mut bench = on_socket();
        let link = bench.ready();
        let mut body = Writer::new();
        body.map(2 + claim.iter().len()).text("queue_name").text("claim_id").text("message_id").text("m");
        if let Some(claim) = claim {
            body.text("claim_id").text(claim);
        }
        bench.request(Action::MessageDelete, body.into_bytes());
        let arrival = bench.refuse(link, "message_delete", 403, "This message is claimed");
        assert!(matches!(&arrival, Arrival::Refusal(_, failure) if failure.code == code), "{arrival:?}");
    }
}

#[test]
fn what_arrives_on_a_link_that_was_given_up_is_ignored() {
    let mut bench = on_socket();
    let link = bench.ready();
    bench.engine.handle_closed(bench.now, link, 1006, "");
    bench.drain();
    assert_eq!(bench.reply(link, "queue_get", 200), Arrival::Nothing);
    bench.engine.handle_open(bench.now, link);
    assert_eq!(bench.engine.state(), State::Reconnecting);
}

#[test]
fn a_read_whose_socket_died_is_asked_again_on_the_next() {
    let mut bench = on_socket();
    let link = bench.ready();
    let read = bench.request(Action::QueueGet, queue_body("a"));
    bench.close(link);
    let next = bench.next_socket();
    bench.open(next);
    bench.reply(next, "queue_list", 200);
    assert_eq!(bench.reply(next, "queue_get", 200), Arrival::Reply(read, 200));
}

#[test]
fn a_post_whose_socket_died_is_not_sent_again_and_says_so() {
    let mut bench = on_socket();
    let link = bench.ready();
    let post = bench.request(Action::MessagePost, post_body("a"));
    bench.close(link);
    let failure = bench.failure_of(post).expect("it has failed");
    assert_eq!((failure.code, failure.delivery), (Code::ConnectionLost, Delivery::Unknown));
    assert!(!failure.retryable);
}

#[test]
fn a_post_that_never_left_says_so() {
    let mut bench = on_socket();
    bench.expect_connect();
    let post = bench.request(Action::MessagePost, post_body("a"));
    bench.pass(30_001.0);
    let failure = bench.failure_of(post).expect("it has failed");
    assert_eq!((failure.code, failure.delivery), (Code::Timeout, Delivery::NotSent));
    assert!(failure.retryable);
}

#[test]
fn what_only_rest_can_do_is_unsupported_without_rest() {
    let mut bench = on_socket();
    bench.ready();
    let request = bench.request(Action::Health, vec![0x80]);
    assert_eq!(bench.failure_of(request).map(|failure| failure.code), Some(Code::Unsupported));
}

#[test]
fn what_only_rest_can_do_goes_over_rest_while_the_socket_works() {
    let mut bench = on_both();
    bench.ready();
    let request = bench.request(Action::Health, vec![0x80]);
    let (fetch, asked) = bench.expect_fetch();
    assert_eq!(asked, "health");
    assert_eq!(bench.http(fetch, 200), Arrival::Reply(request, 200));
    assert_eq!(bench.engine.transport(), Some(Transport::Socket));
}

#[test]
fn a_request_goes_over_rest_when_it_has_waited_for_the_socket_long_enough() {
    let mut bench = on_both();
    bench.expect_connect();
    let read = bench.request(Action::QueueGet, queue_body("a"));
    bench.pass(299.0);
    assert!(bench.fetches().is_empty());
    bench.pass(1.0);
    let fetches = bench.fetches();
    let (fetch, _) = fetches.iter().find(|(_, asked)| asked == "queue_get a").expect("the read goes over REST");
    assert_eq!(bench.http(*fetch, 200), Arrival::Reply(read, 200));
    assert_eq!(bench.engine.transport(), Some(Transport::Polling));
    assert_eq!(bench.engine.state(), State::Connected);
}

#[test]
fn a_post_goes_over_rest_only_when_rest_is_known_to_answer() {
    let mut bench = on_both();
    bench.expect_connect();
    let post = bench.request(Action::MessagePost, post_body("a"));
    bench.pass(300.0);
    let (probe, asked) = bench.expect_fetch();
    assert_eq!(asked, "ping");
    bench.http(probe, 204);
    let (fetch, asked) = bench.expect_fetch();
    assert_eq!(asked, "message_post a");
    assert_eq!(bench.http(fetch, 201), Arrival::Reply(post, 201));
}

#[test]
fn while_polling_works_requests_do_not_wait_for_the_socket() {
    let mut bench = on_both();
    bench.expect_connect();
    bench.pass(300.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    bench.request(Action::QueueGet, queue_body("a"));
    assert_eq!(bench.expect_fetch().1, "queue_get a");
}

#[test]
fn a_page_that_is_none_of_zaqars_ends_polling_until_a_probe_is_answered() {
    let mut bench = on_both();
    bench.expect_connect();
    bench.pass(300.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    let read = bench.request(Action::QueueGet, queue_body("a"));
    let (fetch, _) = bench.expect_fetch();
    let Arrival::Refusal(id, failure) = bench.http(fetch, 0) else { panic!("it is refused") };
    assert_eq!((id, failure.code), (read, Code::Protocol));
    assert_eq!((bench.engine.state(), bench.engine.transport()), (State::Reconnecting, None));
    bench.pass(250.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    assert_eq!(bench.engine.transport(), Some(Transport::Polling));
}

#[test]
fn a_socket_that_answers_takes_over_from_polling() {
    let mut bench = on_both();
    let link = bench.expect_connect();
    bench.pass(300.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    bench.open(link);
    bench.reply(link, "queue_list", 200);
    assert_eq!(bench.engine.transport(), Some(Transport::Socket));
    assert_eq!(bench.engine.metrics().recoveries, 1);
    bench.sent_actions();
    bench.request(Action::QueueGet, queue_body("a"));
    assert_eq!(bench.sent_actions(), ["queue_get"]);
}

#[test]
fn a_read_on_a_socket_that_says_nothing_is_saved_by_rest() {
    let mut bench = on_both();
    bench.ready();
    let read = bench.request(Action::QueueGet, queue_body("a"));
    bench.pass(701.0);
    let fetches = bench.fetches();
    let (fetch, _) = fetches.iter().find(|(_, asked)| asked == "queue_get a").expect("the read goes over REST");
    assert_eq!(bench.http(*fetch, 200), Arrival::Reply(read, 200));
}

#[test]
fn a_silent_socket_is_probed_and_then_given_up() {
    let mut bench = on_socket();
    let link = bench.ready();
    bench.pass(20_000.0);
    assert_eq!(bench.sent_actions(), ["queue_list"]);
    bench.pass(20_000.0);
    assert!(bench.outputs().iter().any(|output| matches!(output, Output::Disconnect(closed) if *closed == link)));
    assert_eq!(bench.engine.state(), State::Reconnecting);
}

#[test]
fn a_timer_that_was_held_up_does_not_end_a_socket() {
    let mut bench = on_socket();
    let link = bench.ready();
    bench.pass(20_000.0);
    bench.now += 600_000.0;
    bench.engine.handle_timeout(bench.now);
    bench.drain();
    assert_eq!(bench.engine.state(), State::Connected);
    bench.reply(link, "queue_list", 200);
    bench.pass(3_000.0);
    assert_eq!(bench.engine.state(), State::Connected);
}

#[test]
fn a_subscription_is_made_again_on_the_next_socket() {
    let mut bench = on_socket();
    let link = bench.ready();
    let feed = bench.engine.subscribe(bench.now, b"q");
    bench.drain();
    assert_eq!(bench.sent_actions(), ["subscription_create"]);
    bench.reply(link, "subscription_create", 201);
    assert!(bench.engine.is_subscribed(feed));
    assert_eq!(bench.push(link, "q"), Arrival::Push(feed));
    assert_eq!(bench.push(link, "other"), Arrival::Nothing);
    bench.close(link);
    let next = bench.next_socket();
    bench.open(next);
    bench.reply(next, "queue_list", 200);
    assert!(bench.sent_actions().contains(&"subscription_create".to_owned()));
}

#[test]
fn expired_subscriptions_that_the_store_remembers_are_got_past() {
    let mut bench = on_socket();
    let link = bench.ready();
    let feed = bench.engine.subscribe(bench.now, b"q");
    bench.drain();
    bench.reply(link, "subscription_create", 500);
    bench.pass(200.0);
    bench.reply(link, "subscription_create", 201);
    assert!(bench.engine.is_subscribed(feed));
}

#[test]
fn closing_waits_for_what_is_in_flight_and_refuses_the_rest() {
    let mut bench = on_socket();
    let link = bench.ready();
    let read = bench.request(Action::QueueGet, queue_body("a"));
    bench.engine.close(bench.now, 1_000.0);
    bench.drain();
    assert_eq!(bench.engine.state(), State::Connected);
    assert_eq!(bench.reply(link, "queue_get", 200), Arrival::Reply(read, 200));
    assert_eq!(bench.engine.state(), State::Closed);
    assert_eq!(bench.engine.poll_timeout(), None);
}

#[test]
fn closing_ends_what_does_not_finish_in_time() {
    let mut bench = on_socket();
    bench.ready();
    let read = bench.request(Action::QueueGet, queue_body("a"));
    bench.engine.close(bench.now, 1_000.0);
    bench.pass(1_000.0);
    assert_eq!(bench.failure_of(read).map(|failure| failure.code), Some(Code::Closed));
    assert_eq!(bench.engine.state(), State::Closed);
}

#[test]
fn closing_can_be_hurried_but_not_delayed() {
    let mut bench = on_socket();
    bench.ready();
    bench.request(Action::QueueGet, queue_body("a"));
    bench.engine.close(bench.now, 30_000.0);
    bench.engine.close(bench.now, 1_000.0);
    bench.engine.close(bench.now, 5_000.0);
    bench.pass(999.0);
    assert_eq!(bench.engine.state(), State::Connected);
    bench.pass(1.0);
    assert_eq!(bench.engine.state(), State::Closed);
}

#[test]
fn a_walk_goes_on_behind_a_page_of_which_everything_is_hidden() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.walk("q", false);
    bench.engine.walk_on(bench.now, walk, 1_000.0);
    bench.drain();
    assert_eq!(bench.page(link, &[]), Arrival::Nothing, "an empty page is not the end");
    assert_eq!(bench.page(link, &[]), Arrival::Nothing, "nor is one without marker");
    assert_eq!(bench.page(link, &["a", "b"]), Arrival::Nothing, "the slice tells where to go on");
    assert_eq!(
        bench.page(link, &[]),
        Arrival::Nothing,
        "nothing of it has come to be seen, and the head is always there"
    );
    assert_eq!(bench.last_marker(), Some("a".into()), "b must stand in the next slice");
    assert_eq!(bench.page(link, &["c"]), Arrival::Nothing, "b is hidden, or something was left out");
    assert_eq!(bench.page(link, &["b", "c"]), Arrival::Nothing, "c stands behind it");
    assert_eq!(bench.page(link, &["c"]), Arrival::Page(walk, 1));
    bench.engine.walk_on(bench.now, walk, 1_000.0);
    bench.drain();
    bench.page(link, &["c"]);
    bench.page(link, &["c"]);
    assert!(bench.outputs().iter().any(|output| matches!(output, Output::WalkEnded(ended) if *ended == walk)));
}

#[test]
fn a_page_whose_marker_went_meanwhile_says_nothing_of_the_slice() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.walk("q", false);
    bench.engine.walk_on(bench.now, walk, 1_000.0);
    bench.drain();
    assert_eq!(bench.page(link, &["a"]), Arrival::Page(walk, 1));
    bench.engine.walk_on(bench.now, walk, 1_000.0);
    bench.drain();
    bench.page(link, &[]);
    bench.page(link, &["b", "c"]);
    bench.page(link, &[]);
    bench.page(link, &[]);
    bench.page(link, &["hidden", "b", "c"]);
    assert_eq!(bench.last_marker(), Some("a".into()), "it is gone, and all at the head is hidden");
    assert_eq!(bench.page(link, &["b", "c"]), Arrival::Nothing, "nothing proves the page but that it comes twice");
    assert_eq!(bench.page(link, &["b", "c"]), Arrival::Page(walk, 0b11));
}

#[test]
fn a_message_posted_between_a_page_and_its_slice_is_found() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.walk("q", false);
    bench.engine.walk_on(bench.now, walk, 1_000.0);
    bench.drain();
    bench.page(link, &[]);
    bench.page(link, &[]);
    bench.page(link, &["hidden", "new"]);
    assert_eq!(bench.page(link, &["new"]), Arrival::Page(walk, 1));
}

#[test]
fn a_walk_whose_marker_is_gone_gives_no_message_twice() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.walk("q", true);
    bench.engine.walk_on(bench.now, walk, 1_000.0);
    bench.drain();
    assert_eq!(bench.page(link, &["a", "b", "c"]), Arrival::Page(walk, 0b111));
    bench.engine.walk_on(bench.now, walk, 1_000.0);
    bench.drain();
    assert_eq!(bench.page(link, &["a"]), Arrival::Nothing, "b and c are gone, and the page starts at the head");
    assert_eq!(bench.sent_actions().last().map(String::as_str), Some("message_get_many"));
    assert_eq!(bench.found(link, &["a"]), Arrival::Nothing);
    assert_eq!(bench.last_marker(), Some("a".into()));
    assert_eq!(bench.page(link, &["a", "d"]), Arrival::Page(walk, 0b10));
}

#[test]
fn a_walk_behind_the_very_first_message_comes_to_an_end() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.walk("q", true);
    bench.engine.walk_on(bench.now, walk, 1_000.0);
    bench.drain();
    assert_eq!(bench.page(link, &["a"]), Arrival::Page(walk, 1));
    bench.engine.walk_on(bench.now, walk, 1_000.0);
    bench.drain();
    bench.page(link, &["a"]);
    assert!(bench.outputs().iter().any(|output| matches!(output, Output::WalkEnded(ended) if *ended == walk)));
}
