//! What is refused for good, and answers that fit nothing: each is told once, and the client goes on with what it still can do.

use zaqar_codec::msgpack::Writer;
use zaqar_web::engine::failure::TOO_LARGE;
use zaqar_web::engine::listing::Query;
use zaqar_web::engine::{Arrival, Config, Output, Preference, TailFrom, Transport};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::error::Code;

use super::bench::{Bench, queue_body};
use super::consumers::Work;
use super::{on_both, on_socket, socket_alone};

fn on_rest() -> Bench {
    let mut bench = Bench::new(Config { has_rest: true, preference: Preference::Polling, ..Config::for_tests() });
    bench.pass(0.0);
    bench
}

fn query() -> Query {
    Query { queue: b"q".to_vec(), limit: Some(10), echo: true, include_claimed: true, include_delayed: true }
}

#[test]
fn a_subscription_that_is_refused_is_told_as_failed() {
    let mut bench = on_socket();
    let link = bench.ready();
    let feed = bench.engine.subscribe(bench.now, b"q");
    bench.drain();
    bench.refuse(link, "subscription_create", 403, "You are not allowed");
    let failures: Vec<_> = bench
        .outputs()
        .iter()
        .filter_map(|output| match output {
            Output::FeedFailed(failed, failure) => Some((*failed, failure.code)),
            _ => None,
        })
        .collect();
    assert_eq!(failures, [(feed, Code::Forbidden)]);
    assert!(!bench.engine.is_subscribed(feed));
    bench.sent_actions();
    bench.pass(600_000.0);
    assert!(!bench.sent_actions().contains(&"subscription_create".to_owned()), "it is not asked for again");
}

#[test]
fn a_claim_of_more_messages_than_asked_for_is_looked_after_when_its_lease_ends() {
    let mut work = Work::new();
    work.ring();
    work.asked();
    let mut two = Writer::new();
    two.map(2).text("claim_id").text("c").text("messages").array(2);
    for id in ["a", "b"] {
        two.map(2).text("id").text(id).text("body").number(1);
    }
    let link = work.link;
    let Arrival::Work(_, job) = work.bench.reply_with(link, "claim_create", 201, &two.into_bytes()) else {
        panic!("the first of them is worked")
    };
    work.handled(job);
    assert_eq!(work.asked(), ["message_delete"]);
    work.bench.reply(link, "message_delete", 204);
    work.come_to_rest();
    // the look that runs beside
    let begin = work.bench.now;
    work.bench.pass(46_000.0);
    work.nothing();
    let lease_ends = 61_000.0 - 2_500.0;
    work.bench.pass(lease_ends - (work.bench.now - begin));
    assert_eq!(work.asked(), ["claim_create"]);
}

#[test]
fn a_handler_that_returns_after_its_lease_was_lost_has_done_nothing_that_counts() {
    let mut work = Work::new();
    let job = work.begin("c", "m");
    work.bench.pass(20_000.0);
    assert_eq!(work.asked(), ["claim_update"]);
    let link = work.link;
    work.bench.refuse(link, "claim_update", 404, "Claim c does not exist");
    assert_eq!(
        work.lost().iter().map(|(lost, failure)| (*lost, failure.code)).collect::<Vec<_>>(),
        [(job, Code::ClaimLost)]
    );
    work.handled(job);
    assert!(!work.asked().contains(&"message_delete".to_owned()), "another may work on it");
    assert_eq!(work.done(), []);
}

#[test]
fn a_tail_finds_the_end_by_walking_where_the_answer_does_not_tell_it() {
    let mut bench = on_socket();
    let link = bench.ready();
    bench.engine.tail(bench.now, query(), TailFrom::Now);
    bench.drain();
    assert_eq!(bench.sent_actions(), ["queue_get_stats", "subscription_create"]);
    bench.reply_with(link, "queue_get_stats", 200, b"\x80");
    bench.reply(link, "subscription_create", 201);
    assert_eq!(bench.sent_actions(), ["message_list"]);
    assert_eq!(bench.page(link, &["a"]), Arrival::Nothing, "what was there before is not for it");
}

#[test]
fn a_walk_begins_behind_its_marker_and_an_empty_one_is_none() {
    for (marker, asked) in [("m1", Some("m1")), ("", Some("head"))] {
        let mut bench = on_socket();
        bench.ready();
        let walk = bench.engine.walk(Query { include_claimed: false, ..query() }, Some(marker.as_bytes()));
        bench.engine.walk_on(bench.now, walk, 30_000.0);
        bench.drain();
        assert_eq!(bench.sent_actions(), ["message_list"]);
        assert_eq!(bench.last_marker().as_deref(), asked);
    }
}

#[test]
fn a_queue_on_mongodb_is_read_over_rest_whose_links_have_its_markers() {
    let mut bench = on_both();
    let link = bench.ready();
    let walk = bench.engine.walk(Query { include_claimed: false, ..query() }, None);
    bench.engine.walk_on(bench.now, walk, 30_000.0);
    bench.drain();
    assert_eq!(bench.page(link, &["5f0c0c0c0c0c0c0c0c0c0c0c"]), Arrival::Nothing);
    assert_eq!(bench.sent_actions(), ["message_list"]);
    let is_end = |output: &Output| matches!(output, Output::WalkEnded(ended) if *ended == walk);
    while !bench.outputs().iter().any(is_end) {
        let (fetch, asked) = bench.expect_fetch();
        assert_eq!(asked, "message_list q");
        bench.http(fetch, 200);
    }
    assert!(bench.sent_actions().is_empty(), "its pages do not go over the socket any more");
}

#[test]
fn a_first_answer_that_refuses_ends_the_client() {
    for (status, text, code) in
        [(403, "You are not allowed", Code::Forbidden), (400, "no project", Code::InvalidArgument)]
    {
        let mut bench = on_socket();
        let link = bench.expect_connect();
        bench.open(link);
        bench.refuse(link, "queue_list", status, text);
        assert_eq!(bench.ended().map(|failure| failure.code), Some(code));
    }
    let mut bench = on_rest();
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 401);
    assert_eq!(bench.ended().map(|failure| failure.code), Some(Code::Unauthorized));
}

#[test]
fn a_signed_client_is_told_that_its_url_does_not_allow_a_request() {
    let mut bench = Bench::new(Config { is_signed: true, ..socket_alone() });
    let link = bench.expect_connect();
    bench.open(link);
    bench.refuse(link, "queue_list", 403, "Not authentified.");
    bench.sent_actions();
    let request = bench.request(Action::QueueGet, queue_body("other"));
    let Arrival::Refusal(refused, failure) = bench.refuse(link, "queue_get", 404, "404 Not Found") else {
        panic!("it is refused")
    };
    assert_eq!((refused, failure.code), (request, Code::Forbidden));
    assert_eq!(failure.why, "the signed URL does not allow this, or has expired");
}

#[test]
fn a_probe_that_answers_too_much_is_made_again() {
    let mut bench = on_rest();
    let (probe, _) = bench.expect_fetch();
    bench.engine.handle_unusable_http(bench.now, probe, TOO_LARGE);
    bench.drain();
    assert_eq!(bench.engine.transport(), None);
    bench.pass(1_000.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    assert_eq!(bench.engine.transport(), Some(Transport::Polling));
}
