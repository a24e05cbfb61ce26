//! Tokens: when they are asked for, what becomes of one that is refused, and of a transport that does not take it.

use super::bench::{Bench, queue_body};
use zaqar_web::engine::{Arrival, Config, Failure, LinkId, Millis, Preference, State, Transport, WantToken};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::error::Code;

const OTHER: &str = "Not authenticated.";
const NOBODY: &str = "Not authentified.";

fn on_socket() -> Bench {
    Bench::new(Config { has_socket: true, preference: Preference::Socket, authenticates: true, ..Config::for_tests() })
}

fn polling() -> Bench {
    Bench::new(Config { has_rest: true, preference: Preference::Polling, authenticates: true, ..Config::for_tests() })
}

fn on_both() -> Bench {
    Bench::new(Config { has_socket: true, has_rest: true, authenticates: true, ..Config::for_tests() })
}

/// Opens the next socket, has it take the token that was given, and lets it answer.
fn authenticated(bench: &mut Bench, life: Option<Millis>) -> LinkId {
    bench.give("first", life);
    let link = bench.expect_connect();
    bench.open(link);
    bench.reply(link, "authenticate", 200);
    bench.reply(link, "queue_list", 200);
    assert_eq!(bench.sent_actions(), ["authenticate", "queue_list"]);
    link
}

/// Lets REST answer its first question.
fn polled(bench: &mut Bench) {
    bench.give("first", None);
    bench.pass(0.0);
    let (probe, asked) = bench.expect_fetch();
    assert_eq!(asked, "ping");
    bench.http(probe, 204);
    assert_eq!(bench.engine.state(), State::Connected);
}

fn code(failure: Option<Failure>) -> Option<Code> {
    failure.map(|failure| failure.code)
}

#[test]
fn a_socket_that_took_the_token_must_show_that_it_serves_the_project() {
    let mut bench = on_socket();
    bench.give("foreign", None);
    let link = bench.expect_connect();
    bench.open(link);
    bench.reply(link, "authenticate", 200);
    assert_eq!(bench.engine.state(), State::Connecting);
    bench.refuse(link, "queue_list", 403, OTHER);
    assert_eq!(code(bench.ended()), Some(Code::Forbidden));
    assert!(bench.ended().is_some_and(|end| end.why.contains("another project")));
    assert_eq!(bench.wanted(), [WantToken::First], "no other token is asked for");
}

#[test]
fn a_server_that_wants_a_token_where_there_is_none_says_so_at_once() {
    let mut bench = Bench::new(Config { has_socket: true, ..Config::for_tests() });
    let link = bench.expect_connect();
    bench.open(link);
    bench.refuse(link, "queue_list", 403, NOBODY);
    assert_eq!(code(bench.ended()), Some(Code::Unauthorized));

    let mut bench = Bench::new(Config { has_rest: true, preference: Preference::Polling, ..Config::for_tests() });
    bench.pass(0.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 401);
    assert_eq!(code(bench.ended()), Some(Code::Unauthorized));
    assert!(bench.ended().is_some_and(|end| end.why.contains("`token`")));
}

#[test]
fn a_token_that_rest_refuses_never_counts_as_a_connection() {
    let mut bench = polling();
    bench.give("garbage", None);
    bench.pass(0.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 401);
    assert_eq!(bench.engine.state(), State::Connecting);
    assert_eq!(bench.wanted(), [WantToken::First, WantToken::Refused]);
    bench.give("garbage too", None);
    bench.pass(0.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 401);
    assert_eq!(code(bench.ended()), Some(Code::Unauthorized));
    assert_eq!(bench.wanted().len(), 2);
}

#[test]
fn a_refused_token_is_replaced_once_and_then_the_client_ends() {
    let mut bench = on_socket();
    bench.give("old", None);
    let link = bench.expect_connect();
    bench.open(link);
    bench.refuse(link, "authenticate", 401, "Authentication failed.");
    bench.give("new", None);
    assert_eq!(bench.sent_actions(), ["authenticate", "authenticate"], "on the same socket");
    bench.refuse(link, "authenticate", 401, "Authentication failed.");
    assert_eq!(code(bench.ended()), Some(Code::Unauthorized));
    bench.pass(60_000.0);
    assert_eq!(bench.sent_actions().len(), 0);
}

#[test]
fn the_refusal_of_an_older_token_does_not_count_against_the_newer() {
    let mut bench = on_socket();
    let link = authenticated(&mut bench, Some(60_000.0));
    bench.now += 1.0;
    bench.give("second", None);
    bench.now += 1.0;
    bench.give("third", None);
    bench.refuse(link, "authenticate", 401, "Authentication failed.");
    assert_eq!(bench.wanted(), [WantToken::First]);
    bench.reply(link, "authenticate", 200);
    bench.request(Action::QueueCreate, queue_body("q"));
    assert_eq!(bench.sent_actions().last().map(String::as_str), Some("queue_create"), "nothing waits for a token");
}

#[test]
fn a_socket_whose_token_ends_before_its_proof_serves_with_the_next_one() {
    let mut bench = on_socket();
    bench.give("first", None);
    let link = bench.expect_connect();
    bench.open(link);
    bench.reply(link, "authenticate", 200);
    bench.now += 1.0;
    bench.give("second", None);
    assert_eq!(bench.sent_actions(), ["authenticate", "queue_list", "authenticate"]);
    bench.refuse(link, "queue_list", 403, "Not authentified.");
    bench.reply(link, "authenticate", 200);
    assert_eq!(bench.sent_actions(), ["queue_list"], "the proof is asked for again");
    bench.reply(link, "queue_list", 200);
    assert_eq!(bench.engine.state(), State::Connected);
}

#[test]
fn a_token_is_renewed_ahead_of_its_end_on_the_open_socket() {
    let mut bench = on_socket();
    let link = authenticated(&mut bench, Some(4_000.0));
    bench.pass(2_390.0);
    assert_eq!(bench.wanted(), [WantToken::First]);
    bench.pass(20.0);
    assert_eq!(bench.wanted(), [WantToken::First, WantToken::Renew]);
    bench.give("second", Some(3_600_000.0));
    assert_eq!(bench.sent_actions(), ["authenticate"]);
    bench.reply(link, "authenticate", 200);
    bench.pass(3_000.0);
    assert_eq!(bench.wanted().len(), 2);
    assert_eq!(bench.expect_connect(), link);
}

#[test]
fn the_same_token_again_is_not_sent_again_nor_asked_for_without_pause() {
    let mut bench = on_socket();
    authenticated(&mut bench, Some(30_000.0));
    let end = bench.now + 30_000.0;
    let mut asked = bench.wanted().len();
    while bench.now < end + 10_000.0 {
        bench.pass(50.0);
        if bench.wanted().len() > asked {
            asked = bench.wanted().len();
            bench.give("first", Some(end - bench.now));
        }
    }
    assert!(asked <= 8, "asked {asked} times");
    assert!(!bench.sent_actions().contains(&"authenticate".to_owned()));
}

#[test]
fn a_token_that_seems_to_have_ended_is_left_to_the_server() {
    let mut bench = on_socket();
    authenticated(&mut bench, Some(-3_600_000.0));
    bench.pass(60_000.0);
    assert_eq!(bench.wanted(), [WantToken::First]);
}

#[test]
fn a_renewal_that_fails_is_tried_again_within_what_is_left() {
    let mut bench = on_socket();
    authenticated(&mut bench, Some(10_000.0));
    bench.pass(6_000.0);
    bench.engine.handle_token_failure(bench.now, true);
    bench.drain();
    bench.pass(1_500.0);
    assert_eq!(bench.wanted(), [WantToken::First, WantToken::Renew, WantToken::Renew]);
    assert_eq!(bench.troubles().len(), 1);
}

#[test]
fn a_renewal_that_comes_too_late_for_the_socket_is_kept_for_the_next() {
    let mut bench = on_socket();
    let link = authenticated(&mut bench, Some(4_000.0));
    bench.pass(2_500.0);
    bench.give("second", Some(3_600_000.0));
    bench.close_with(link, 4003);
    let link = bench.next_socket();
    bench.open(link);
    bench.reply(link, "authenticate", 200);
    bench.reply(link, "queue_list", 200);
    assert_eq!(bench.engine.state(), State::Connected);
    assert_eq!(bench.wanted(), [WantToken::First, WantToken::Renew]);
}

#[test]
fn a_socket_closed_for_the_end_of_its_token_asks_for_another() {
    let mut bench = on_socket();
    let link = authenticated(&mut bench, None);
    bench.close_with(link, 4003);
    assert_eq!(bench.wanted(), [WantToken::First, WantToken::Refused]);
}

#[test]
fn a_token_may_be_long_in_coming() {
    let mut bench = on_socket();
    bench.give("old", None);
    let link = bench.expect_connect();
    bench.open(link);
    bench.refuse(link, "authenticate", 401, "Authentication failed.");
    bench.pass(30_000.0);
    assert_eq!(bench.expect_connect(), link, "the socket waits for it");
}

#[test]
fn an_identity_service_that_is_away_does_not_make_a_token_bad() {
    let mut bench = on_socket();
    let link = authenticated(&mut bench, None);
    bench.give("second", None);
    bench.refuse(link, "authenticate", 503, "Authentication failed.");
    assert_eq!(bench.wanted(), [WantToken::First]);
    bench.pass(5_100.0);
    assert_eq!(bench.wanted(), [WantToken::First, WantToken::Renew]);
}

#[test]
fn what_rest_does_not_allow_an_authenticated_client_fails_alone() {
    let mut bench = on_both();
    authenticated(&mut bench, None);
    let request = bench.request(Action::Health, vec![0x80]);
    let (fetch, _) = bench.expect_fetch();
    let arrival = bench.http(fetch, 401);
    assert!(
        matches!(arrival, Arrival::Refusal(refused, failure) if refused == request && failure.code == Code::Unauthorized)
    );
    assert_eq!(bench.wanted(), [WantToken::First]);
    assert_eq!(bench.engine.state(), State::Connected);
}

#[test]
fn what_rest_refuses_twice_is_told_apart_from_a_token_that_it_refuses() {
    for (answer, end) in [(204, None), (401, Some(Code::Unauthorized))] {
        let mut bench = polling();
        polled(&mut bench);
        let request = bench.request(Action::Health, vec![0x80]);
        let (fetch, _) = bench.expect_fetch();
        assert_eq!(bench.http(fetch, 401), Arrival::Nothing);
        bench.give("second", None);
        let (fetch, _) = bench.expect_fetch();
        assert!(matches!(bench.http(fetch, 401), Arrival::Refusal(refused, _) if refused == request));
        let (probe, asked) = bench.expect_fetch();
        assert_eq!(asked, "ping");
        bench.http(probe, answer);
        assert_eq!(code(bench.ended()), end);
        assert_eq!(bench.wanted(), [WantToken::First, WantToken::Refused]);
    }
}

#[test]
fn rest_alone_does_not_end_a_token_that_the_first_socket_has_yet_to_judge() {
    let mut bench = on_both();
    bench.give("narrow", None);
    bench.pass(400.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 401);
    assert_eq!(bench.wanted(), [WantToken::First]);
    let link = bench.expect_connect();
    bench.open(link);
    bench.reply(link, "authenticate", 200);
    bench.reply(link, "queue_list", 200);
    assert_eq!(bench.engine.transport(), Some(Transport::Socket));
    bench.pass(10_000.0);
    assert_eq!((bench.ended(), bench.wanted().len()), (None, 1));
    // what REST alone can do is not kept waiting for it
    bench.fetches();
    let request = bench.request(Action::Health, vec![0x80]);
    bench.pass(0.0);
    let (probe, asked) = bench.expect_fetch();
    assert_eq!(asked, "ping");
    bench.http(probe, 401);
    let (fetch, _) = bench.expect_fetch();
    assert!(matches!(bench.http(fetch, 401), Arrival::Refusal(refused, _) if refused == request));
    assert_eq!(bench.wanted().len(), 1);
}

#[test]
fn a_token_for_the_socket_alone_outlives_the_loss_of_a_socket_beside_rest() {
    let mut bench = on_both();
    let link = authenticated(&mut bench, None);
    bench.close(link);
    for _ in 0..4 {
        for (fetch, _) in bench.fetches() {
            bench.http(fetch, 401);
        }
        if bench.wanted().len() > 1 {
            bench.give("second", None);
        }
        bench.pass(500.0);
    }
    assert_eq!(code(bench.ended()), None);
    assert!(bench.wanted().len() <= 2, "{:?}", bench.wanted());
    let link = bench.expect_connect();
    bench.open(link);
    bench.reply(link, "authenticate", 200);
    bench.reply(link, "queue_list", 200);
    assert_eq!(bench.engine.transport(), Some(Transport::Socket));
}

#[test]
fn a_server_without_authentication_is_told_from_one_that_is_being_restarted() {
    let drop_three = |bench: &mut Bench| {
        for _ in 0..3 {
            let link = bench.next_socket();
            bench.open(link);
            bench.close(link);
        }
    };
    let mut bench = on_socket();
    bench.give("any", None);
    let link = bench.expect_connect();
    bench.open(link);
    bench.close(link);
    for _ in 0..2 {
        let link = bench.next_socket();
        bench.open(link);
        bench.close(link);
    }
    assert!(bench.ended().is_some_and(|end| end.why.contains("without authentication")));

    let mut bench = on_socket();
    let link = authenticated(&mut bench, None);
    bench.close(link);
    drop_three(&mut bench);
    assert_eq!(bench.ended(), None);

    let mut bench = on_both();
    bench.give("any", None);
    let link = bench.expect_connect();
    bench.open(link);
    bench.close(link);
    drop_three(&mut bench);
    drop_three(&mut bench);
    assert_eq!((bench.ended(), bench.troubles().len()), (None, 1), "told once");
}

#[test]
fn what_waits_when_the_client_ends_learns_why() {
    let mut bench = on_socket();
    let request = bench.request(Action::QueueCreate, queue_body("q"));
    bench.engine.handle_token_failure(bench.now, false);
    bench.drain();
    assert_eq!(code(bench.failure_of(request)), Some(Code::Unauthorized));
}

#[test]
fn a_token_that_grew_old_without_a_connection_is_refused_without_blame() {
    let mut bench = on_socket();
    bench.give("old", None);
    let link = bench.expect_connect();
    bench.open(link);
    bench.refuse(link, "authenticate", 401, "Authentication failed.");
    bench.give("second", Some(4_000.0));
    bench.close(link);
    bench.engine.handle_token_failure(bench.now, true);
    bench.drain();
    bench.pass(4_500.0);
    let link = bench.next_socket();
    bench.open(link);
    bench.refuse(link, "authenticate", 401, "Authentication failed.");
    assert_eq!(bench.ended(), None);
    bench.give("third", None);
    bench.reply(link, "authenticate", 200);
    bench.reply(link, "queue_list", 200);
    assert_eq!(bench.engine.state(), State::Connected);
}

#[test]
fn a_request_is_not_given_up_for_tokens_that_end_while_it_is_under_way() {
    let mut bench = polling();
    polled(&mut bench);
    let request = bench.request(Action::QueueGet, queue_body("q"));
    let (fetch, _) = bench.expect_fetch();
    bench.now += 100.0;
    bench.give("second", Some(4_000.0));
    bench.http(fetch, 401);
    let (fetch, _) = bench.expect_fetch();
    bench.now += 4_100.0;
    bench.http(fetch, 401);
    bench.give("third", Some(4_000.0));
    let (fetch, _) = bench.expect_fetch();
    assert_eq!(bench.http(fetch, 200), Arrival::Reply(request, 200));
}

#[test]
fn a_request_does_not_go_round_with_tokens_that_all_end_at_once() {
    let mut bench = polling();
    polled(&mut bench);
    let request = bench.request(Action::QueueGet, queue_body("q"));
    let mut rounds = 0;
    loop {
        let (fetch, _) = bench.expect_fetch();
        bench.now += 100.0;
        if matches!(bench.http(fetch, 401), Arrival::Refusal(refused, _) if refused == request) {
            break;
        }
        rounds += 1;
        assert!(rounds < 10);
        bench.give(&format!("token {rounds}"), Some(50.0));
    }
}
