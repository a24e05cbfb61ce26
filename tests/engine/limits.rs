//! Limits that the server names: what is asked again within them, and what is the application's own.

use zaqar_codec::msgpack::Writer;
use zaqar_web::engine::listing::Query;
use zaqar_web::engine::{Arrival, Failure, LinkId, Output, RequestId, TailFrom, WalkId};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::error::Code;
use zaqar_web::protocol::limits::Rules;
use zaqar_web::protocol::request::{ClaimCreate, MessageGetMany, Request};

use crate::bench::{Bench, post_body};
use crate::{on_socket, socket_alone};

const PAGE_OF_FIVE: &str = "Limit must be at least 1 and may not be greater than 5.";
const SIZE_OF_300: &str = "Message collection size is too large. Max size 300";
const QUEUE_OF_300: &str = "Message collection size is too large. The max size for current queue is 300. It is calculated by \
                            max size = min(max_messages_post_size_config: 1000, max_messages_post_size_queue: 300).";

/// A post of messages whose texts have these lengths.
fn texts(queue: &str, lengths: &[usize]) -> Vec<u8> {
    let mut body = Writer::new();
    body.map(2).text("queue_name").text(queue).text("messages").array(lengths.len());
    for length in lengths {
        body.map(1).text("body").text("x".repeat(*length));
    }
    body.into_bytes()
}

/// How many messages the last post has.
fn last_count(bench: &Bench) -> Option<usize> {
    Some(bench.last_field("messages")?.items().count())
}

/// A post is stored.
fn store(bench: &mut Bench, link: LinkId, ids: &[&str]) -> Arrival {
    let mut body = Writer::new();
    body.map(1).text("message_ids").array(ids.len());
    for id in ids {
        body.text(id);
    }
    bench.reply_with(link, "message_post", 201, &body.into_bytes())
}

fn query(limit: Option<u32>) -> Query {
    Query { queue: "q".into(), limit, echo: true, include_claimed: true, include_delayed: true }
}

fn walk(bench: &mut Bench, limit: Option<u32>) -> WalkId {
    let walk = bench.engine.walk(query(limit), None);
    bench.engine.walk_on(bench.now, walk, 30_000.0);
    bench.drain();
    walk
}

fn failure_of_walk(bench: &Bench, walk: WalkId) -> Option<Failure> {
    bench.outputs().iter().find_map(|output| match output {
        Output::WalkFailed(failed, failure) if *failed == walk => Some(failure.clone()),
        _ => None,
    })
}

fn refusal(arrival: Arrival) -> (RequestId, Failure) {
    match arrival {
        Arrival::Refusal(id, failure) => (id, failure),
        other => panic!("a refusal, not {other:?}"),
    }
}

#[test]
fn a_page_that_the_client_chose_is_asked_for_again_within_the_limit() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = walk(&mut bench, None);
    assert_eq!(bench.last_number("limit"), Some(20));
    assert_eq!(bench.refuse(link, "message_list", 400, PAGE_OF_FIVE), Arrival::Nothing);
    assert_eq!(bench.last_number("limit"), Some(5));
    assert_eq!(bench.page(link, &["a", "b"]), Arrival::Page(walk, 0b11));
}

#[test]
fn later_readers_ask_within_the_limit_from_the_start() {
    let mut bench = on_socket();
    let link = bench.ready();
    walk(&mut bench, None);
    bench.refuse(link, "message_list", 400, PAGE_OF_FIVE);
    walk(&mut bench, None);
    assert_eq!(bench.last_number("limit"), Some(5));
}

#[test]
fn a_tail_goes_on_within_the_limit() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.engine.tail(bench.now, query(None), TailFrom::Oldest);
    bench.drain();
    assert_eq!(bench.sent_actions(), ["message_list", "subscription_create"]);
    bench.refuse(link, "message_list", 400, PAGE_OF_FIVE);
    bench.reply(link, "subscription_create", 201);
    assert_eq!(bench.last_number("limit"), Some(5));
    assert_eq!(bench.page(link, &["a"]), Arrival::Tail(tail, 0b1));
}

#[test]
fn a_tail_that_was_paused_when_its_page_was_refused_asks_when_it_goes_on() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.engine.tail(bench.now, query(None), TailFrom::Oldest);
    bench.engine.pause_tail(bench.now, tail, true);
    bench.drain();
    bench.refuse(link, "message_list", 400, PAGE_OF_FIVE);
    bench.reply(link, "subscription_create", 201);
    bench.sent_actions();
    bench.engine.pause_tail(bench.now, tail, false);
    bench.drain();
    assert_eq!(bench.sent_actions(), ["message_list"]);
    assert_eq!(bench.last_number("limit"), Some(5));
}

#[test]
fn a_page_that_the_application_chose_is_refused_with_the_servers_sentence() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = walk(&mut bench, Some(50));
    assert_eq!(bench.last_number("limit"), Some(50));
    bench.refuse(link, "message_list", 400, PAGE_OF_FIVE);
    let failure = failure_of_walk(&bench, walk).expect("it has failed");
    assert_eq!((failure.code, &*failure.why), (Code::InvalidArgument, PAGE_OF_FIVE));
}

#[test]
fn a_server_that_refuses_its_own_limit_is_not_asked_for_ever() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = walk(&mut bench, None);
    bench.refuse(link, "message_list", 400, PAGE_OF_FIVE);
    bench.refuse(link, "message_list", 400, PAGE_OF_FIVE);
    assert!(failure_of_walk(&bench, walk).is_some());
}

#[test]
fn pages_are_as_large_as_a_limit_that_was_said_beforehand() {
    let rules = Rules { max_messages_per_page: Some(100), ..Rules::default() };
    let mut bench = Bench::new(zaqar_web::engine::Config { rules, ..socket_alone() });
    let link = bench.ready();
    let walk = walk(&mut bench, None);
    assert_eq!(bench.last_number("limit"), Some(100));
    let ids: Vec<String> = (0..100).map(|n| format!("m{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    assert_eq!(bench.page(link, &ids), Arrival::Page(walk, (1 << 100) - 1));
}

#[test]
fn a_page_has_no_more_places_than_the_client_can_mark() {
    let rules = Rules { max_messages_per_page: Some(1_000), ..Rules::default() };
    let mut bench = Bench::new(zaqar_web::engine::Config { rules, ..socket_alone() });
    bench.ready();
    for limit in [None, Some(500)] {
        walk(&mut bench, limit);
        assert_eq!(bench.last_number("limit"), Some(128));
    }
}

#[test]
fn what_is_learnt_is_refused_before_it_is_sent() {
    let mut bench = on_socket();
    let link = bench.ready();
    let claim = |ttl, limit| Request::from(ClaimCreate { queue_name: "q".into(), ttl, grace: 60, limit });
    let asked = claim(100_000, Some(50));
    assert_eq!(asked.check(bench.engine.rules()), Ok(()));
    bench.engine.request(bench.now, asked, 30_000.0, false).expect("the server judges");
    bench.drain();
    let sentence = "The TTL for a claim may not exceed 43200 seconds, and must be at least 60 seconds long.";
    let (_, failure) = refusal(bench.refuse(link, "claim_create", 400, sentence));
    assert_eq!((failure.code, &*failure.why), (Code::InvalidArgument, sentence));
    let refused = claim(43_201, None).check(bench.engine.rules()).unwrap_err();
    assert_eq!(refused.message, "ttl must be a whole number of seconds from 60 to 43200");
    assert_eq!(claim(43_200, Some(50)).check(bench.engine.rules()), Ok(()), "of the count nothing was said");
}

#[test]
fn ids_at_once_follow_the_limit_of_a_page() {
    let mut bench = on_socket();
    let link = bench.ready();
    let asked = MessageGetMany { queue_name: "q".into(), message_ids: vec!["a".into(); 20] };
    bench.engine.request(bench.now, asked, 30_000.0, false).expect("the server judges");
    bench.drain();
    refusal(bench.refuse(link, "message_get_many", 400, PAGE_OF_FIVE));
    assert_eq!(bench.engine.rules().ids_at_once(), 5);
}

#[test]
fn a_post_that_is_too_large_goes_again_in_parts() {
    for (sentence, limit) in [(SIZE_OF_300, Some(300)), (QUEUE_OF_300, Some(1_000))] {
        let mut bench = on_socket();
        let link = bench.ready();
        let post = bench.request(Action::MessagePost, texts("q", &[100; 4]));
        assert_eq!(last_count(&bench), Some(4));
        assert_eq!(bench.refuse(link, "message_post", 400, sentence), Arrival::Nothing);
        assert_eq!(last_count(&bench), Some(2));
        assert_eq!(bench.engine.rules().max_messages_post_size, limit);
        assert_eq!(store(&mut bench, link, &["a", "b"]), Arrival::Part(post));
        assert_eq!(last_count(&bench), Some(2));
        assert_eq!(store(&mut bench, link, &["c", "d"]), Arrival::Reply(post, 201));
    }
}

#[test]
fn the_limit_of_a_queue_is_kept_for_this_queue_until_it_is_changed() {
    let mut bench = on_socket();
    let link = bench.ready();
    bench.request(Action::MessagePost, texts("q", &[100; 4]));
    bench.refuse(link, "message_post", 400, QUEUE_OF_300);
    store(&mut bench, link, &["a", "b"]);
    store(&mut bench, link, &["c", "d"]);
    let first_part = |bench: &mut Bench, queue: &str| {
        bench.request(Action::MessagePost, texts(queue, &[100; 4]));
        let count = last_count(bench);
        while !bench.sent_actions().is_empty() {
            store(bench, link, &["a"]);
        }
        count
    };
    bench.sent_actions();
    assert_eq!(first_part(&mut bench, "q"), Some(2));
    assert_eq!(first_part(&mut bench, "r"), Some(4));
    bench.request(Action::QueueDelete, crate::bench::queue_body("q"));
    bench.reply(link, "queue_delete", 204);
    bench.sent_actions();
    assert_eq!(first_part(&mut bench, "q"), Some(4));
}

#[test]
fn a_message_beyond_the_limit_is_too_large_and_nothing_of_its_post_is_stored() {
    for sentence in [SIZE_OF_300, QUEUE_OF_300] {
        let mut bench = on_socket();
        let link = bench.ready();
        let post = bench.request(Action::MessagePost, texts("q", &[100, 400]));
        let (refused, failure) = refusal(bench.refuse(link, "message_post", 400, sentence));
        assert_eq!((refused, failure.code, &*failure.why), (post, Code::TooLarge, sentence));
    }
}

#[test]
fn of_a_queue_the_server_is_asked_again_for_its_limit_may_have_changed() {
    let mut bench = on_socket();
    let link = bench.ready();
    for _ in 0..2 {
        let post = bench.request(Action::MessagePost, texts("q", &[100, 400]));
        assert_eq!(last_count(&bench), Some(2), "it is refused as a whole");
        let (refused, failure) = refusal(bench.refuse(link, "message_post", 400, QUEUE_OF_300));
        assert_eq!((refused, failure.code), (post, Code::TooLarge));
    }
    let post = bench.request(Action::MessagePost, texts("q", &[100, 400]));
    assert_eq!(store(&mut bench, link, &["a", "b"]), Arrival::Reply(post, 201));
}

#[test]
fn no_post_overtakes_one_that_may_go_again_in_parts() {
    let mut bench = on_socket();
    let link = bench.ready();
    bench.request(Action::MessagePost, texts("q", &[100; 4]));
    bench.request(Action::MessagePost, post_body("q"));
    bench.request(Action::MessagePost, post_body("other"));
    assert_eq!(bench.sent_actions(), ["message_post", "message_post"]);
    assert_eq!(bench.last_text("queue_name").as_deref(), Some("other"));
    bench.refuse(link, "message_post", 400, QUEUE_OF_300);
    store(&mut bench, link, &["of the other queue"]);
    store(&mut bench, link, &["a", "b"]);
    assert_eq!(last_count(&bench), Some(2));
    store(&mut bench, link, &["c", "d"]);
    assert_eq!(last_count(&bench), Some(1));
}

#[test]
fn posts_of_a_size_that_was_taken_follow_one_another_at_once() {
    let mut bench = on_socket();
    let link = bench.ready();
    for _ in 0..3 {
        bench.request(Action::MessagePost, texts("q", &[100; 4]));
    }
    assert_eq!(bench.sent_actions().len(), 1);
    store(&mut bench, link, &["a", "b", "c", "d"]);
    assert_eq!(bench.sent_actions().len(), 2);
}
