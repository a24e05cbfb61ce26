//! A proxy before Zaqar that wants a login: it ends nobody, and is told.

use super::bench::{Bench, post_body, queue_body};
use super::on_both;
use zaqar_web::engine::listing::Query;
use zaqar_web::engine::{
    Arrival, Config, Delivery, Failure, Output, Preference, RequestId, State, TailFrom, Transport,
};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::error::Code;

const PAGE: &str = "<!doctype html><title>Log in</title>";

fn polling(authenticates: bool) -> Bench {
    Bench::new(Config { has_rest: true, preference: Preference::Polling, authenticates, ..Config::for_tests() })
}

/// Over REST alone, without a token.
fn polled() -> Bench {
    let mut bench = polling(false);
    bench.pass(0.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    bench
}

fn names_the_option(failure: &Failure) -> bool {
    failure.code == Code::Unauthorized && failure.why.contains("`credentials`")
}

fn failed(bench: &Bench, request: RequestId) -> Failure {
    bench.failure_of(request).expect("it has failed")
}

#[test]
fn a_login_that_a_proxy_wants_ends_no_client_and_is_told_once() {
    for (status, text) in [(401, PAGE), (403, PAGE), (401, ""), (401, "{}"), (403, r#"{"error":"unauthorized"}"#)] {
        let mut bench = polled();
        let read = bench.request(Action::QueueGet, queue_body("a"));
        let (fetch, _) = bench.expect_fetch();
        bench.http_of_proxy(fetch, status, text);
        let failure = failed(&bench, read);
        assert!(names_the_option(&failure) && failure.retryable, "{failure:?}");
        assert_eq!((failure.status, failure.delivery), (status, Delivery::Answered));
        assert_eq!(bench.engine.state(), State::Reconnecting);
        for _ in 0..20 {
            bench.pass(5_000.0);
            for (probe, asked) in bench.fetches() {
                assert_eq!(asked, "ping", "REST is asked again");
                bench.http_of_proxy(probe, status, text);
            }
        }
        assert!(bench.ended().is_none());
        assert_eq!(bench.troubles().iter().filter(|told| names_the_option(told)).count(), 1);
        bench.pass(5_000.0);
        let (probe, _) = bench.expect_fetch();
        bench.http(probe, 204);
        assert_eq!(bench.engine.transport(), Some(Transport::Polling));
    }
}

#[test]
fn a_client_without_a_token_outlives_an_outage_behind_a_login_proxy() {
    let mut bench = on_both();
    let link = bench.ready();
    bench.close(link);
    let (probe, asked) = bench.expect_fetch();
    assert_eq!(asked, "ping");
    bench.http_of_proxy(probe, 401, PAGE);
    assert!(bench.ended().is_none());
    let link = bench.next_socket();
    bench.open(link);
    bench.reply(link, "queue_list", 200);
    assert_eq!(bench.engine.transport(), Some(Transport::Socket));
}

#[test]
fn a_login_that_a_proxy_wants_says_nothing_of_the_token() {
    let mut bench = polling(true);
    bench.give("good", None);
    bench.pass(0.0);
    let (probe, _) = bench.expect_fetch();
    bench.http_of_proxy(probe, 401, PAGE);
    assert_eq!(bench.wanted().len(), 1, "no other token is asked for");
    bench.pass(5_000.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    assert_eq!(bench.engine.state(), State::Connected);
}

#[test]
fn a_refusal_of_keystones_middleware_is_no_proxys() {
    for text in [r#"{"error":{"code":401,"title":"Unauthorized","message":"no"}}"#, "Authentication required"] {
        let mut bench = polling(false);
        bench.pass(0.0);
        let (probe, _) = bench.expect_fetch();
        bench.http_of_proxy(probe, 401, text);
        let end = bench.ended().expect("it has ended");
        assert!(end.code == Code::Unauthorized && end.why.contains("`token`"), "{end:?}");
    }
}

#[test]
fn a_tail_outlives_a_login_proxy() {
    let mut bench = polled();
    let query =
        Query { queue: b"q".to_vec(), limit: Some(20), echo: true, include_claimed: true, include_delayed: true };
    bench.engine.tail(bench.now, query, TailFrom::Oldest);
    bench.drain();
    let (fetch, _) = bench.expect_fetch();
    bench.http_of_proxy(fetch, 401, PAGE);
    let mut was_read = false;
    for _ in 0..20 {
        bench.pass(5_000.0);
        for (fetch, asked) in bench.fetches() {
            was_read |= asked == "message_list q";
            bench.http(fetch, if asked == "ping" { 204 } else { 200 });
        }
    }
    assert!(was_read, "it looks again");
    assert!(!bench.outputs().iter().any(|output| matches!(output, Output::TailFailed(..))));
}

#[test]
fn a_post_that_a_login_proxy_refuses_was_not_carried_out() {
    let mut bench = polled();
    let post = bench.request(Action::MessagePost, post_body("a"));
    let (fetch, _) = bench.expect_fetch();
    assert_eq!(bench.http_of_proxy(fetch, 401, PAGE), Arrival::Nothing);
    let failure = failed(&bench, post);
    assert!(names_the_option(&failure));
    assert_eq!(failure.delivery, Delivery::Answered);
}
