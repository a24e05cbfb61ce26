//! Tokens that end, are refused, and come late.

use zaqar_web::engine::{Arrival, Config, LinkId, Output, Preference, State};
use zaqar_web::protocol::action::Action;

use super::bench::{Bench, queue_body};

fn on(preference: Preference, has_socket: bool) -> Bench {
    let config = Config { has_socket, has_rest: true, preference, authenticates: true, ..Config::for_tests() };
    let mut bench = Bench::new(config);
    give(&mut bench, "first");
    bench
}

fn give(bench: &mut Bench, token: &str) {
    bench.engine.handle_token(bench.now, token.into(), 60_000.0);
    bench.drain();
}

fn wanted(bench: &Bench) -> usize {
    bench.outputs().iter().filter(|output| matches!(output, Output::WantToken(_))).count()
}

/// A socket on which the first token was taken.
fn authenticated(bench: &mut Bench) -> LinkId {
    let link = bench.expect_connect();
    bench.open(link);
    bench.reply(link, "authenticate", 200);
    bench.reply(link, "queue_list", 200);
    bench.sent_actions();
    link
}

#[test]
fn without_a_token_rest_is_not_looked_for_over_and_over() {
    let mut bench = on(Preference::Polling, false);
    bench.pass(1.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    bench.request(Action::QueueGet, queue_body("a"));
    let (fetch, _) = bench.expect_fetch();
    bench.http(fetch, 401);
    assert_eq!(bench.engine.token(), None);
    bench.now += 25_000.0;
    bench.engine.handle_timeout(bench.now);
    bench.drain();
    assert!(bench.engine.poll_timeout().is_none_or(|at| at > bench.now), "there is nothing to do");
    give(&mut bench, "second");
    assert!(bench.fetches().iter().any(|(_, asked)| asked == "queue_get a"));
}

#[test]
fn the_refusal_of_a_token_says_nothing_of_the_one_that_was_given_meanwhile() {
    let mut bench = on(Preference::Socket, true);
    let link = bench.expect_connect();
    bench.open(link);
    bench.now += 100.0;
    give(&mut bench, "second");
    assert_eq!(bench.sent_actions(), ["authenticate", "authenticate"]);
    bench.reply(link, "authenticate", 401);
    bench.reply(link, "authenticate", 200);
    bench.reply(link, "queue_list", 200);
    assert_eq!(bench.engine.state(), State::Connected);
}

#[test]
fn a_request_with_a_token_that_has_ended_is_asked_again_with_the_next() {
    let mut bench = on(Preference::Auto, true);
    let link = authenticated(&mut bench);
    let request = bench.request(Action::Health, vec![0x80]);
    let (fetch, _) = bench.expect_fetch();
    bench.now += 100.0;
    give(&mut bench, "second");
    bench.reply(link, "authenticate", 200);
    assert_eq!(bench.http(fetch, 401), Arrival::Nothing);
    let (again, _) = bench.expect_fetch();
    assert_eq!(bench.http(again, 200), Arrival::Reply(request, 200));
}

#[test]
fn a_request_may_outlive_more_than_one_token() {
    let mut bench = on(Preference::Polling, false);
    bench.pass(1.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    let body = queue_body("a");
    let request = bench.request_within(600_000.0, Action::QueueGet, &body);
    bench.drain();
    for token in ["second", "third"] {
        let (fetch, _) = bench.expect_fetch();
        bench.now += 61_000.0;
        assert_eq!(bench.http(fetch, 401), Arrival::Nothing);
        give(&mut bench, token);
    }
    let (fetch, _) = bench.expect_fetch();
    assert_eq!(bench.http(fetch, 200), Arrival::Reply(request, 200));
}

#[test]
fn tokens_that_have_grown_old_unused_are_no_reason_to_give_up() {
    let mut bench = on(Preference::Polling, false);
    bench.pass(1.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 401);
    give(&mut bench, "second");
    // the machine sleeps
    bench.now += 3_600_000.0;
    bench.request(Action::QueueGet, queue_body("a"));
    bench.pass(1.0);
    for (fetch, _) in bench.fetches() {
        bench.http(fetch, 401);
    }
    assert_ne!(bench.engine.state(), State::Closed);
    assert!(wanted(&bench) >= 3);
}

#[test]
fn sockets_that_are_cut_early_do_not_end_a_client_whose_token_was_taken() {
    let mut bench = on(Preference::Socket, true);
    let mut link = authenticated(&mut bench);
    for _ in 0..4 {
        bench.close(link);
        link = bench.next_socket();
        bench.open(link);
    }
    assert_ne!(bench.engine.state(), State::Closed);
}

#[test]
fn after_the_end_a_token_changes_nothing() {
    let mut bench = on(Preference::Socket, true);
    bench.engine.finish(bench.now, None);
    bench.drain();
    let before = bench.outputs().len();
    bench.engine.handle_token_failure(bench.now, true);
    give(&mut bench, "second");
    assert_eq!(bench.outputs().len(), before);
}
