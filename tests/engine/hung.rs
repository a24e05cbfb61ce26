//! HTTP exchanges that say nothing, or what is not Zaqar's: what may be asked again is, as soon as another way is known to work.

use zaqar_web::engine::listing::Query;
use zaqar_web::engine::{Arrival, Config, Delivery, Output, Preference, TailFrom, Transport, WalkId};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::error::Code;

use super::bench::{Bench, post_body, queue_body};
use super::on_both;

fn cancelled(bench: &Bench) -> usize {
    bench.outputs().iter().filter(|output| matches!(output, Output::CancelFetch(_))).count()
}

/// Both transports are there, and requests go over REST.
fn on_rest() -> Bench {
    let mut bench = on_both();
    bench.expect_connect();
    bench.pass(300.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    assert_eq!(bench.engine.transport(), Some(Transport::Polling));
    bench
}

/// Tails of queues with these names, over REST.
fn tails(bench: &mut Bench, count: usize) {
    for number in 0..count {
        let queue = format!("q{number}");
        let query =
            Query { queue: queue.into(), limit: Some(20), echo: true, include_claimed: true, include_delayed: true };
        bench.engine.tail(bench.now, query, TailFrom::Oldest);
    }
    bench.drain();
}

#[test]
fn readers_leave_connections_for_calls_and_take_turns() {
    let mut bench = on_rest();
    tails(&mut bench, 20);
    let mut open = bench.fetches();
    assert_eq!(open.len(), 3);
    bench.request(Action::MessagePost, post_body("a"));
    let (_, asked) = bench.expect_fetch();
    assert_eq!(asked, "message_post a", "it waits for no reader");
    let mut asked: Vec<String> = open.iter().map(|(_, asked)| asked.clone()).collect();
    while asked.len() < 20 {
        let (fetch, _) = open.remove(0);
        bench.http(fetch, 200);
        let next = bench.fetches();
        assert_eq!(next.len(), 1, "the next takes its turn");
        asked.extend(next.iter().map(|(_, asked)| asked.clone()));
        open.extend(next);
    }
    let mut queues = asked.clone();
    queues.sort_unstable();
    queues.dedup();
    assert_eq!(queues.len(), 20, "each had one before any had two: {asked:?}");
}

#[test]
fn a_tail_that_waits_long_for_its_turn_is_not_given_up() {
    let mut bench = on_rest();
    tails(&mut bench, 12);
    let mut open = bench.fetches();
    let mut turns = 0;
    while turns < 12 {
        bench.pass(3_900.0);
        for (fetch, asked) in std::mem::take(&mut open) {
            turns += usize::from(asked.starts_with("message_list"));
            bench.http(fetch, if asked == "ping" { 204 } else { 200 });
        }
        open = bench.fetches();
    }
    assert!(bench.troubles().is_empty());
}

#[test]
fn a_read_whose_exchange_hangs_goes_on_the_socket_that_came_up() {
    let mut bench = on_rest();
    let read = bench.request(Action::QueueGet, queue_body("a"));
    bench.expect_fetch();
    let link = bench.expect_connect();
    bench.open(link);
    bench.reply(link, "queue_list", 200);
    bench.sent_actions();
    bench.pass(4_000.0);
    assert_eq!(cancelled(&bench), 1);
    assert!(bench.sent_actions().contains(&"queue_get".to_owned()));
    assert_eq!(bench.reply(link, "queue_get", 200), Arrival::Reply(read, 200));
}

#[test]
fn a_read_whose_exchange_hangs_is_asked_again_when_rest_answers_others() {
    let mut bench = on_rest();
    let read = bench.request(Action::QueueGet, queue_body("a"));
    bench.expect_fetch();
    let other = bench.request(Action::QueueGet, queue_body("b"));
    let (fetch, _) = bench.expect_fetch();
    bench.pass(1_000.0);
    assert_eq!(bench.http(fetch, 200), Arrival::Reply(other, 200));
    bench.pass(3_000.0);
    let (again, asked) = bench.expect_fetch();
    assert_eq!(asked, "queue_get a");
    assert_eq!(bench.http(again, 200), Arrival::Reply(read, 200));
}

#[test]
fn rest_is_asked_whether_it_answers_when_an_exchange_hangs() {
    let mut bench = on_both();
    bench.ready();
    let health = bench.request(Action::Health, vec![0x80]);
    bench.expect_fetch();
    bench.pass(3_999.0);
    assert!(bench.fetches().is_empty());
    bench.pass(1.0);
    let (probe, asked) = bench.expect_fetch();
    assert_eq!(asked, "ping");
    bench.http(probe, 204);
    bench.pass(1.0);
    let (again, asked) = bench.expect_fetch();
    assert_eq!(asked, "health");
    assert_eq!(bench.http(again, 200), Arrival::Reply(health, 200));
}

#[test]
fn a_post_whose_exchange_hangs_is_not_sent_again() {
    let mut bench = on_rest();
    bench.request(Action::MessagePost, post_body("a"));
    bench.expect_fetch();
    let other = bench.request(Action::QueueGet, queue_body("b"));
    let (fetch, _) = bench.expect_fetch();
    bench.pass(1_000.0);
    assert_eq!(bench.http(fetch, 200), Arrival::Reply(other, 200));
    bench.pass(15_000.0);
    assert_eq!(cancelled(&bench), 0);
}

#[test]
fn what_only_rest_can_do_is_done_when_rest_comes_back_while_the_socket_works() {
    let mut bench = on_both();
    let link = bench.expect_connect();
    bench.pass(300.0);
    let (probe, _) = bench.expect_fetch();
    bench.engine.handle_http_failure(bench.now, probe);
    bench.drain();
    bench.open(link);
    bench.reply(link, "queue_list", 200);
    let health = bench.request(Action::Health, vec![0x80]);
    let (probe, asked) = bench.expect_fetch();
    assert_eq!(asked, "ping", "nothing else asks whether REST is back");
    bench.http(probe, 204);
    let (fetch, _) = bench.expect_fetch();
    assert_eq!(bench.http(fetch, 200), Arrival::Reply(health, 200));
}

#[test]
fn a_read_whose_exchange_failed_does_not_go_again_with_every_answer_to_others() {
    let mut bench = on_rest();
    let failing = bench.request(Action::QueueGet, queue_body("a"));
    let mut tries = 0;
    for _ in 0..100 {
        bench.pass(20.0);
        for (fetch, asked) in bench.fetches() {
            if asked == "queue_get a" {
                tries += 1;
                bench.engine.handle_http_failure(bench.now, fetch);
                bench.drain();
            } else {
                bench.http(fetch, 204);
            }
        }
        bench.request(Action::QueueGet, queue_body("b"));
    }
    assert!((2..20).contains(&tries), "{tries} times in two seconds");
    bench.engine.handle_wake(bench.now);
    bench.drain();
    assert!(bench.failure_of(failing).is_none());
}

#[test]
fn a_server_that_failed_at_a_post_may_have_stored_it() {
    for (status, code) in [(502, Code::Unavailable), (500, Code::ServerError), (0, Code::Protocol)] {
        let mut bench = on_rest();
        bench.request(Action::MessagePost, post_body("a"));
        let (fetch, _) = bench.expect_fetch();
        let Arrival::Refusal(_, failure) = bench.http(fetch, status) else { panic!("{status} is no refusal") };
        assert_eq!((failure.code, failure.delivery, failure.retryable), (code, Delivery::Unknown, false));
    }
    let mut bench = on_rest();
    bench.request(Action::MessagePost, post_body("a"));
    let (fetch, _) = bench.expect_fetch();
    let Arrival::Refusal(_, failure) = bench.http(fetch, 400) else { panic!("400 is no refusal") };
    assert_eq!(failure.delivery, Delivery::Answered, "it was refused");
}

#[test]
fn a_server_that_knows_no_ping_is_not_zaqar() {
    let mut bench = on_both();
    bench.expect_connect();
    bench.pass(300.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 404);
    assert_eq!(bench.engine.transport(), None);
}

#[test]
fn a_reader_that_ends_makes_room_for_the_next() {
    let mut bench = Bench::new(Config { has_rest: true, preference: Preference::Polling, ..Config::for_tests() });
    bench.pass(0.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    let walks: Vec<WalkId> = ["a", "b", "c", "d"].map(|queue| bench.walk(queue, true)).to_vec();
    for walk in &walks {
        bench.engine.walk_on(bench.now, *walk, 30_000.0);
    }
    bench.drain();
    assert_eq!(bench.fetches().len(), 3, "readers leave connections for calls");
    bench.engine.end_walk(bench.now, walks[0]);
    bench.drain();
    assert_eq!(bench.expect_fetch().1, "message_list d");
}
