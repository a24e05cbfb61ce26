//! What a close frame says is done: what was too large goes another way or is told, a refusal and a busy server get time.

use zaqar_codec::msgpack::Writer;
use zaqar_web::engine::closes::Close;
use zaqar_web::engine::listing::Query;
use zaqar_web::engine::{Arrival, Delivery, LinkId, Output, TailFrom, TailId, WalkId};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::error::Code;

use super::bench::{Bench, post_body, queue_body};
use super::{on_both, on_socket};

const TOO_BIG: u16 = 1009;

fn large_post(bytes: usize) -> Vec<u8> {
    let mut body = Writer::new();
    body.map(2).text("queue_name").text("q").text("messages").array(1);
    body.map(1).text("body").text("x".repeat(bytes));
    body.into_bytes()
}

/// The reason of the last change of transport.
fn why(bench: &Bench) -> String {
    let mut reasons = bench.outputs().iter().filter_map(|output| match output {
        Output::Transport(_, reason) => Some(reason.why.to_string()),
        _ => None,
    });
    reasons.next_back().expect("the transport has changed")
}

/// How long the next socket takes to be tried.
fn pause(bench: &mut Bench) -> f64 {
    let before = bench.now;
    bench.next_socket();
    bench.now - before
}

fn is_ready(bench: &mut Bench, link: LinkId) {
    bench.open(link);
    bench.reply(link, "queue_list", 200);
}

/// The number of places that was asked for last.
fn last_limit(bench: &Bench) -> Option<i64> {
    bench.last_field("limit")?.as_integer()
}

#[test]
fn code_and_text_are_told_and_the_text_is_bounded_and_printable() {
    let mut bench = on_socket();
    let link = bench.ready();
    bench.close_saying(link, 4321, "moved \u{7}to\nb.example");
    assert_eq!(why(&bench), "the server closed the socket; code 4321: moved  to b.example");
    assert_eq!(Close::new(1000, &"x".repeat(4_000)).to_string().len(), "code 1000: ".len() + 123);
}

#[test]
fn a_post_that_is_too_large_for_the_socket_goes_over_rest_and_so_does_the_next() {
    let mut bench = on_both();
    let link = bench.ready();
    let post = bench.request(Action::MessagePost, large_post(9_000));
    bench.close_with(link, TOO_BIG);
    assert!(bench.failure_of(post).is_none(), "whoever refuses a frame has not read it");
    let (probe, asked) = bench.expect_fetch();
    assert_eq!(asked, "ping");
    bench.http(probe, 204);
    let (fetch, asked) = bench.expect_fetch();
    assert_eq!(asked, "message_post q");
    assert_eq!(bench.http(fetch, 201), Arrival::Reply(post, 201));

    let next = bench.next_socket();
    is_ready(&mut bench, next);
    bench.sent_actions();
    bench.fetches();
    let post = bench.request(Action::MessagePost, large_post(9_000));
    assert!(bench.sent_actions().is_empty(), "it would end the socket");
    let (fetch, asked) = bench.expect_fetch();
    assert_eq!(asked, "message_post q");
    assert_eq!(bench.http(fetch, 201), Arrival::Reply(post, 201));
    bench.request(Action::MessagePost, post_body("q"));
    assert_eq!(bench.sent_actions(), ["message_post"]);
}

#[test]
fn a_post_that_is_too_large_fails_as_such_where_there_is_no_rest() {
    let mut bench = on_socket();
    let link = bench.ready();
    let small = bench.request(Action::MessagePost, post_body("q"));
    let large = bench.request(Action::MessagePost, large_post(9_000));
    bench.close_with(link, TOO_BIG);
    let failure = bench.failure_of(large).expect("it has failed");
    assert_eq!((failure.code, failure.delivery, failure.retryable), (Code::TooLarge, Delivery::NotSent, false));
    let failure = bench.failure_of(small).expect("its answer is lost");
    assert_eq!((failure.code, failure.delivery), (Code::ConnectionLost, Delivery::Unknown));
}

#[test]
fn of_several_large_posts_the_largest_was_refused() {
    let mut bench = on_socket();
    let link = bench.ready();
    let passed = bench.request(Action::MessagePost, large_post(5_000));
    let refused = bench.request(Action::MessagePost, large_post(100_000));
    bench.close_with(link, TOO_BIG);
    let failure = bench.failure_of(refused).expect("it has failed");
    assert_eq!((failure.code, failure.delivery), (Code::TooLarge, Delivery::NotSent));
    let failure = bench.failure_of(passed).expect("its answer is lost");
    assert_eq!((failure.code, failure.delivery), (Code::ConnectionLost, Delivery::Unknown), "it may be stored");
}

#[test]
fn a_large_post_behind_a_page_is_not_what_was_too_large() {
    let mut bench = on_both();
    let link = bench.ready();
    bench.request(Action::MessageList, queue_body("q"));
    let post = bench.request(Action::MessagePost, large_post(9_000));
    bench.close_with(link, TOO_BIG);
    let failure = bench.failure_of(post).expect("it has failed");
    assert_eq!((failure.code, failure.delivery), (Code::ConnectionLost, Delivery::Unknown), "it may be stored");
}

fn walk_of(bench: &mut Bench) -> WalkId {
    let query = Query { queue: "q".into(), limit: Some(20), echo: true, include_claimed: true, include_delayed: true };
    let walk = bench.engine.walk(query, None);
    bench.engine.walk_on(bench.now, walk, 60_000.0);
    bench.drain();
    walk
}

#[test]
fn pages_get_smaller_until_they_pass() {
    let mut bench = on_socket();
    let mut link = bench.ready();
    let walk = walk_of(&mut bench);
    for limit in [20, 10, 5] {
        assert_eq!(last_limit(&bench), Some(limit));
        bench.close_with(link, TOO_BIG);
        link = bench.next_socket();
        is_ready(&mut bench, link);
    }
    assert_eq!(last_limit(&bench), Some(2));
    assert_eq!(bench.page(link, &["a", "b"]), Arrival::Page(walk, 0b11));
}

#[test]
fn the_smallest_page_that_is_too_large_goes_over_rest() {
    let mut bench = on_both();
    let mut link = bench.ready();
    let walk = walk_of(&mut bench);
    for _ in 0..4 {
        bench.fetches();
        bench.close_with(link, TOO_BIG);
        link = bench.next_socket();
        is_ready(&mut bench, link);
    }
    for (fetch, asked) in bench.fetches() {
        let status = if asked == "ping" { 204 } else { 200 };
        bench.http(fetch, status);
    }
    assert!(!bench.sent_actions().contains(&"message_list".to_owned()));
    assert!(!bench.outputs().iter().any(|output| matches!(output, Output::WalkFailed(failed, _) if *failed == walk)));
}

#[test]
fn a_reader_whose_smallest_page_is_too_large_is_told_where_there_is_no_rest() {
    let mut bench = on_socket();
    let mut link = bench.ready();
    let walk = walk_of(&mut bench);
    let query = Query { queue: "r".into(), limit: Some(20), echo: true, include_claimed: true, include_delayed: true };
    let tail = bench.engine.tail(bench.now, query, TailFrom::Oldest);
    bench.drain();
    for _ in 0..8 {
        bench.close_with(link, TOO_BIG);
        link = bench.next_socket();
        is_ready(&mut bench, link);
    }
    let failed = |output: &Output| match output {
        Output::WalkFailed(failed, failure) if *failed == walk => Some(failure.code),
        _ => None,
    };
    assert_eq!(bench.outputs().iter().find_map(failed), Some(Code::Protocol));
    assert_eq!(failure_of_tail(&bench, tail), Some(Code::Protocol));
}

fn failure_of_tail(bench: &Bench, tail: TailId) -> Option<Code> {
    bench.outputs().iter().find_map(|output| match output {
        Output::TailFailed(failed, failure) if *failed == tail => Some(failure.code),
        _ => None,
    })
}

#[test]
fn an_answer_that_is_too_large_is_asked_for_over_rest_or_fails() {
    let mut bench = on_both();
    let link = bench.ready();
    let read = bench.request(Action::QueueGet, queue_body("q"));
    bench.close_with(link, TOO_BIG);
    let next = bench.next_socket();
    is_ready(&mut bench, next);
    assert!(!bench.sent_actions().contains(&"queue_get".to_owned()));
    let fetches = bench.fetches();
    let (fetch, _) = fetches.iter().find(|(_, asked)| asked == "queue_get q").expect("it goes over REST");
    assert_eq!(bench.http(*fetch, 200), Arrival::Reply(read, 200));

    let mut pop = Writer::new();
    pop.map(2).text("queue_name").text("q").text("pop").number(20);
    let asked = [
        (Action::QueueGet, queue_body("q"), Delivery::Answered),
        (Action::MessageDeleteMany, pop.into_bytes(), Delivery::Unknown),
    ];
    for (action, body, delivery) in asked {
        let mut bench = on_socket();
        let link = bench.ready();
        let asked = bench.request(action, body);
        bench.close_with(link, TOO_BIG);
        let failure = bench.failure_of(asked).expect("it has failed");
        assert_eq!((failure.code, failure.delivery), (Code::Protocol, delivery));
    }
}

#[test]
fn a_notification_that_is_too_large_is_told() {
    let mut bench = on_socket();
    let link = bench.ready();
    bench.close_saying(link, TOO_BIG, "frame exceeds 65536");
    let troubles = bench.troubles();
    assert_eq!(troubles.len(), 1);
    assert!(troubles[0].why.ends_with("code 1009: frame exceeds 65536"), "{}", troubles[0].why);
}

#[test]
fn a_refusal_by_policy_is_told_once_and_not_hammered() {
    let mut bench = on_socket();
    let mut link = bench.ready();
    for _ in 0..3 {
        bench.close_saying(link, 1008, "too many sockets");
        assert!(pause(&mut bench) >= 0.15 * 30_000.0);
        link = bench.expect_connect();
        is_ready(&mut bench, link);
    }
    let troubles = bench.troubles();
    assert_eq!(troubles.len(), 1);
    assert_eq!(troubles[0].code, Code::Forbidden);
    assert!(troubles[0].why.ends_with("code 1008: too many sockets"), "{}", troubles[0].why);
}

#[test]
fn a_server_that_needs_time_gets_it() {
    for code in [1011, 1012, 1013, 1014] {
        let mut bench = on_socket();
        let link = bench.ready();
        bench.pass(15_000.0);
        bench.close_with(link, code);
        assert!(pause(&mut bench) >= 0.15 * 5_000.0, "after {code}");
    }
    let mut bench = on_socket();
    let link = bench.ready();
    bench.pass(15_000.0);
    bench.close_with(link, 1001);
    assert!(pause(&mut bench) <= 250.0);
}

#[test]
fn a_socket_that_the_browser_forbids_is_not_tried_again() {
    let mut bench = on_both();
    let link = bench.expect_connect();
    let post = bench.request(Action::MessagePost, post_body("q"));
    bench.engine.handle_forbidden(bench.now, link, "An insecure connection\nfrom a page over HTTPS");
    bench.drain();
    let troubles = bench.troubles();
    assert_eq!(troubles.len(), 1);
    assert_eq!(troubles[0].code, Code::Unsupported);
    assert!(troubles[0].why.ends_with("An insecure connection from a page over HTTPS"), "{}", troubles[0].why);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    let (fetch, _) = bench.expect_fetch();
    assert_eq!(bench.http(fetch, 201), Arrival::Reply(post, 201));
    assert!(why(&bench).contains("An insecure connection"), "{}", why(&bench));
    bench.pass(300_000.0);
    bench.engine.handle_wake(bench.now);
    bench.drain();
    assert_eq!(bench.expect_connect(), link, "no other socket was tried");
}

#[test]
fn a_client_that_has_nothing_but_a_forbidden_socket_ends_and_says_why() {
    let mut bench = on_socket();
    let link = bench.expect_connect();
    bench.engine.handle_forbidden(bench.now, link, "An insecure connection");
    bench.drain();
    let failure = bench.ended().expect("it has ended");
    assert_eq!(failure.code, Code::Unsupported);
    assert!(failure.why.contains("An insecure connection"), "{}", failure.why);
}
