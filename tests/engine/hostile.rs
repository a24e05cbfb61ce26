//! Servers that lead elsewhere, ask for years of patience, send too much or never come to an end.

use zaqar_codec::msgpack::Writer;
use zaqar_web::engine::failure::{REDIRECTS, TOO_DEEP, TOO_LARGE};
use zaqar_web::engine::listing::Query;
use zaqar_web::engine::{
    Arrival, Config, ConsumerOptions, Delivery, Failure, LinkId, Output, Preference, State, TailFrom, Transport,
};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::error::Code;
use zaqar_web::protocol::request::{MessagePost, NewMessage};

use super::bench::{Bench, post_body, queue_body};
use super::{on_both, on_socket};

fn on_rest() -> Bench {
    Bench::new(Config { has_rest: true, preference: Preference::Polling, ..Config::for_tests() })
}

/// Over REST, which has answered once.
pub fn polling() -> Bench {
    let mut bench = on_rest();
    bench.pass(0.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    assert_eq!(bench.engine.transport(), Some(Transport::Polling));
    bench
}

fn redirect(bench: &mut Bench, link: LinkId) {
    bench.engine.handle_unusable_http(bench.now, link, REDIRECTS);
    bench.drain();
}

fn codes(bench: &Bench) -> Vec<Code> {
    bench.troubles().iter().map(|trouble| trouble.code).collect()
}

#[test]
fn a_client_whose_only_endpoint_redirects_is_never_connected_and_ends() {
    let mut bench = on_rest();
    bench.pass(0.0);
    let (probe, _) = bench.expect_fetch();
    redirect(&mut bench, probe);
    let reason = bench.ended().expect("it has ended");
    assert_eq!((reason.code, &*reason.why), (Code::Protocol, REDIRECTS));
    let is_connected = |output: &Output| matches!(output, Output::State(State::Connected, _));
    assert!(!bench.outputs().iter().any(is_connected));
}

#[test]
fn a_request_that_is_redirected_fails_at_once_and_so_do_those_after_it() {
    let mut bench = polling();
    bench.request(Action::QueueGet, queue_body("a"));
    let (fetch, _) = bench.expect_fetch();
    redirect(&mut bench, fetch);
    bench.request(Action::MessagePost, post_body("a"));
    let failures: Vec<Failure> = bench
        .outputs()
        .iter()
        .filter_map(|output| match output {
            Output::Failed(_, failure) => Some(failure.clone()),
            _ => None,
        })
        .collect();
    let told: Vec<_> = failures.iter().map(|failure| (failure.code, &*failure.why, failure.delivery)).collect();
    let (code, why) = (Code::Protocol, REDIRECTS);
    assert_eq!(told, [(code, why, Delivery::Answered), (code, why, Delivery::NotSent)], "neither waits");
    assert!(failures.iter().all(|failure| !failure.retryable));
    assert_eq!((bench.engine.state(), bench.engine.transport()), (State::Reconnecting, None));
    assert_eq!(codes(&bench), [Code::Protocol]);
}

#[test]
fn rest_that_redirects_is_asked_again_and_told_once() {
    let mut bench = polling();
    bench.request(Action::QueueGet, queue_body("a"));
    for _ in 0..4 {
        let (fetch, _) = bench.expect_fetch();
        redirect(&mut bench, fetch);
        bench.pass(5_000.0);
    }
    assert_eq!(codes(&bench), [Code::Protocol]);
    let (probe, asked) = bench.expect_fetch();
    assert_eq!(asked, "ping");
    bench.http(probe, 204);
    assert_eq!(bench.engine.transport(), Some(Transport::Polling));
}

#[test]
fn what_may_be_repeated_waits_for_the_socket_when_rest_redirects() {
    let mut bench = on_both();
    let link = bench.expect_connect();
    let read = bench.request(Action::QueueGet, queue_body("a"));
    bench.pass(300.0);
    for (fetch, _) in bench.fetches() {
        redirect(&mut bench, fetch);
    }
    assert_eq!(bench.failure_of(read), None);
    let late = bench.request(Action::QueueGet, queue_body("a"));
    bench.pass(500.0);
    assert_eq!(bench.failure_of(late), None);
    bench.open(link);
    bench.reply(link, "queue_list", 200);
    assert_eq!(bench.reply(link, "queue_get", 200), Arrival::Reply(read, 200));
    assert_eq!(bench.reply(link, "queue_get", 200), Arrival::Reply(late, 200));
}

#[test]
fn what_only_rest_can_do_fails_when_it_redirects() {
    let mut bench = on_both();
    bench.ready();
    let health = bench.request(Action::Health, vec![0x80]);
    let (fetch, _) = bench.expect_fetch();
    redirect(&mut bench, fetch);
    assert_eq!(bench.failure_of(health).map(|failure| failure.code), Some(Code::Protocol));
    assert_eq!(bench.engine.transport(), Some(Transport::Socket));
}

#[test]
fn a_post_whose_second_part_is_redirected_tells_that_the_first_was_stored() {
    let mut bench = polling();
    let most = MessagePost::most_over_rest("a");
    let post = MessagePost::new("a", vec![NewMessage::default(); most + 1]);
    let id = bench.engine.request(bench.now, post, 30_000.0, false).expect("a post");
    bench.drain();
    let (first, _) = bench.expect_fetch();
    assert_eq!(bench.http(first, 201), Arrival::Part(id));
    let (second, _) = bench.expect_fetch();
    redirect(&mut bench, second);
    let failure = bench.failure_of(id).expect("it fails");
    assert_eq!(failure.why, format!("{most} of {} messages were stored, then: {REDIRECTS}", most + 1));
    assert_eq!((failure.delivery, failure.retryable), (Delivery::Unknown, false));
    let troubles = bench.troubles();
    assert_eq!(troubles.iter().map(|trouble| &*trouble.why).collect::<Vec<_>>(), [REDIRECTS]);
}

#[test]
fn a_post_whose_second_answer_is_too_large_tells_that_the_first_part_was_stored() {
    let mut bench = on_socket();
    let link = bench.ready();
    let post = MessagePost::new("a", vec![NewMessage::default(); 1_001]);
    let id = bench.engine.request(bench.now, post, 30_000.0, false).expect("a post");
    bench.drain();
    let mut ids = Writer::new();
    ids.map(1).text("message_ids").array(0);
    assert_eq!(bench.reply_with(link, "message_post", 201, &ids.into_bytes()), Arrival::Part(id));
    bench.engine.handle_unusable_frame(bench.now, link, TOO_LARGE);
    bench.drain();
    let failure = bench.failure_of(id).expect("it fails");
    assert_eq!(failure.why, format!("1000 of 1001 messages were stored, then: {TOO_LARGE}"));
}

#[test]
fn a_consumer_whose_claims_fail_at_once_looks_again_later() {
    let mut bench = polling();
    let options = ConsumerOptions { concurrency: 2, ttl: 60, grace: 60, timeout: 30_000.0 };
    bench.engine.consume(bench.now, b"a", options);
    bench.drain();
    for (link, _) in bench.fetches() {
        redirect(&mut bench, link);
    }
    // nothing is asked of an endpoint that redirects, until it is known to answer
    for _ in 0..20 {
        bench.pass(1_000.0);
        for (probe, asked) in bench.fetches() {
            assert_eq!(asked, "ping");
            redirect(&mut bench, probe);
        }
    }
    bench.pass(4_900.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    bench.pass(60_000.0);
    assert!(bench.fetches().iter().any(|(_, asked)| asked == "claim_create a"), "it looks again");
}

#[test]
fn a_server_that_fails_at_claims_is_not_asked_again_with_each_answer_to_others() {
    let mut bench = polling();
    let query = Query { queue: b"a".to_vec(), limit: None, echo: true, include_claimed: true, include_delayed: true };
    bench.engine.tail(bench.now, query, TailFrom::Now);
    let options = ConsumerOptions { concurrency: 1, ttl: 60, grace: 60, timeout: 30_000.0 };
    bench.engine.consume(bench.now, b"a", options);
    bench.drain();
    let (mut asked, mut claims) = (0, 0);
    while bench.now < 10_000.0 {
        for (link, what) in bench.fetches() {
            asked += 1;
            claims += u32::from(what == "claim_create a");
            let status = match what.as_str() {
                "ping" => 204,
                // without a claim in it: a page of some proxy
                "claim_create a" => 201,
                _ => 200,
            };
            bench.http(link, status);
        }
        bench.pass(1.0);
    }
    assert!(claims > 2, "it is tried again");
    assert!(asked < 120, "{asked} requests in 10 s, {claims} of them claims");
}

#[test]
fn patience_has_an_end_and_is_told() {
    let mut bench = polling();
    let read = bench.request_within(600_000.0, Action::QueueGet, &queue_body("a"));
    bench.drain();
    let (fetch, _) = bench.expect_fetch();
    bench.http_asking_for_patience(fetch, 503, 999_999_999_000.0);
    let [trouble] = &bench.troubles()[..] else { panic!("it is told once") };
    assert_eq!((trouble.code, trouble.status, trouble.retryable), (Code::Unavailable, 503, true));
    bench.pass(59_000.0);
    assert!(bench.fetches().iter().all(|(_, asked)| asked == "ping"), "nothing is asked meanwhile");
    bench.pass(1_001.0);
    let fetches = bench.fetches();
    let (fetch, _) =
        fetches.iter().find(|(_, asked)| asked == "queue_get a").expect("it is asked again after a minute");
    assert_eq!(bench.http(*fetch, 200), Arrival::Reply(read, 200));
}

#[test]
fn short_patience_is_not_told() {
    let mut bench = polling();
    bench.request(Action::QueueGet, queue_body("a"));
    let (fetch, _) = bench.expect_fetch();
    bench.http_asking_for_patience(fetch, 429, 2_000.0);
    assert_eq!(bench.troubles(), []);
    bench.pass(2_001.0);
    assert_eq!(bench.expect_fetch().1, "queue_get a");
}

#[test]
fn patience_ends_when_the_page_wakes_or_the_network_is_back() {
    let mut bench = polling();
    bench.request(Action::QueueGet, queue_body("a"));
    let (fetch, _) = bench.expect_fetch();
    bench.http_asking_for_patience(fetch, 503, 50_000.0);
    bench.pass(1_000.0);
    assert_eq!(bench.fetches(), []);
    bench.engine.handle_wake(bench.now);
    bench.drain();
    assert_eq!(bench.expect_fetch().1, "queue_get a");
}

#[test]
fn an_answer_over_rest_that_is_too_large_fails_its_request_alone() {
    for why in [TOO_LARGE, TOO_DEEP] {
        let mut bench = polling();
        let read = bench.request(Action::QueueGet, queue_body("a"));
        let (fetch, _) = bench.expect_fetch();
        bench.engine.handle_unusable_http(bench.now, fetch, why);
        bench.drain();
        let failure = bench.failure_of(read).expect("it fails");
        assert_eq!((failure.code, &*failure.why, failure.retryable), (Code::Protocol, why, false));
        assert_eq!(bench.engine.transport(), Some(Transport::Polling));
    }
}

#[test]
fn a_frame_that_is_too_large_fails_what_was_asked_first_and_ends_the_socket() {
    let mut bench = on_socket();
    let link = bench.ready();
    let large = bench.request(Action::QueueGet, queue_body("a"));
    let other = bench.request(Action::QueueGet, queue_body("b"));
    bench.engine.handle_unusable_frame(bench.now, link, TOO_LARGE);
    bench.drain();
    assert_eq!(bench.failure_of(large).map(|failure| failure.code), Some(Code::Protocol));
    assert_eq!(codes(&bench), [Code::Protocol]);
    assert_eq!(bench.failure_of(other), None);
    let next = bench.next_socket();
    bench.open(next);
    bench.reply(next, "queue_list", 200);
    assert_eq!(bench.sent_actions(), ["queue_list", "queue_get"], "the other is asked again");
}

#[test]
fn a_tail_whose_page_is_too_large_ends() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.tail(link, "q");
    bench.push(link, "q");
    bench.engine.handle_unusable_frame(bench.now, link, TOO_LARGE);
    bench.drain();
    let has_ended = |output: &Output| matches!(output, Output::TailFailed(id, failure) if *id == tail && failure.code == Code::Protocol);
    assert!(bench.outputs().iter().any(has_ended));
}

#[test]
fn a_listing_that_goes_in_a_circle_ends() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.walk("q", true);
    let pages: [&[&str]; 3] = [&["f", "a", "b"], &["b", "c", "d"], &["d", "e", "f"]];
    let mut given = Vec::new();
    for round in 0..100 {
        bench.engine.walk_on(bench.now, walk, 30_000.0);
        bench.drain();
        for action in bench.sent_actions() {
            given.push(match action.as_str() {
                "message_list" => bench.page(link, pages[round % 3]),
                _ => bench.found(link, &["a"]),
            });
        }
    }
    let ended = bench.outputs().iter().filter(|output| matches!(output, Output::WalkEnded(id) if *id == walk)).count();
    assert!(ended > 0, "{given:?}");
    let pages = given.iter().filter_map(|arrival| match arrival {
        Arrival::Page(of, fresh) if *of == walk => Some(*fresh),
        _ => None,
    });
    assert_eq!(pages.collect::<Vec<u128>>(), [0b111, 0b110, 0b010]);
}

#[test]
fn what_has_no_id_is_no_message() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.walk("q", true);
    bench.engine.walk_on(bench.now, walk, 30_000.0);
    bench.drain();
    assert_eq!(bench.page(link, &["", "a", ""]), Arrival::Page(walk, 0b10));
}
