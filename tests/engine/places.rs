//! Where a tail or a subscription stands in its queue: nothing older than its start, nothing twice, nothing passed over.

use zaqar_codec::msgpack::Writer;
use zaqar_web::engine::listing::{Query, Start};
use zaqar_web::engine::{Arrival, Output, TailFrom, TailId};
use zaqar_web::protocol::action::Action;

use super::bench::{Bench, queue_body};
use super::{on_both, on_socket};

fn everything() -> Query {
    Query { queue: "q".into(), limit: Some(20), echo: true, include_claimed: true, include_delayed: true }
}

/// A tail from now on, of a queue whose newest message is «a».
fn from_now(bench: &mut Bench, newest_age: u32) -> TailId {
    let link = bench.ready();
    let tail = bench.engine.tail(bench.now, everything(), TailFrom::Now);
    bench.drain();
    let mut stats = Writer::new();
    stats.map(1).text("messages").map(2).text("total").number(3);
    stats.text("newest").map(2).text("id").text("a").text("age").number(newest_age);
    bench.reply_with(link, "queue_get_stats", 200, &stats.into_bytes());
    bench.reply(link, "subscription_create", 201);
    tail
}

#[test]
fn a_tail_from_now_on_does_not_give_the_message_it_began_behind() {
    let mut bench = on_socket();
    let tail = from_now(&mut bench, 0);
    let link = bench.expect_connect();
    bench.page(link, &["b"]);
    assert_eq!(bench.page(link, &["b"]), Arrival::Tail(tail, 0b1), "nothing proves the page but that it comes twice");
    assert_eq!(bench.last_marker(), Some("a".into()), "b must stand on the next page");
    assert_eq!(bench.page(link, &["a", "b"]), Arrival::Nothing, "a is the first message of the queue");
}

#[test]
fn what_stands_before_the_marker_was_passed() {
    let mut bench = on_socket();
    let tail = from_now(&mut bench, 60);
    let link = bench.expect_connect();
    bench.aged_page(link, &[("b", 0)]);
    assert_eq!(bench.aged_page(link, &[("b", 0)]), Arrival::Tail(tail, 0b1));
    let page = bench.aged_page(link, &[("old", 0), ("b", 0), ("c", 0)]);
    assert_eq!(page, Arrival::Tail(tail, 0b100), "a is gone, and the page starts at the head");
}

#[test]
fn a_tail_from_now_on_gives_nothing_older_wherever_it_turns_up() {
    let mut bench = on_socket();
    let tail = from_now(&mut bench, 60);
    let link = bench.expect_connect();
    assert_eq!(bench.aged_page(link, &[("old", 30)]), Arrival::Nothing);
    bench.found(link, &[]);
    assert_eq!(bench.aged_page(link, &[("old", 30), ("older", 60)]), Arrival::Nothing);
    assert_eq!(bench.aged_page(link, &[("older", 60), ("new", 0)]), Arrival::Tail(tail, 0b10));
}

#[test]
fn what_was_passed_over_is_no_sign_of_having_arrived() {
    let mut bench = on_socket();
    let link = bench.ready();
    let start = Start { marker: "gone".into(), posted: Some(bench.now - 10_000.0) };
    let tail = bench.engine.tail(bench.now, everything(), TailFrom::Position(start));
    bench.drain();
    bench.aged_page(link, &[("a", 90), ("b", 80)]);
    bench.reply(link, "subscription_create", 201);
    bench.found(link, &[]);
    assert_eq!(bench.aged_page(link, &[("a", 90), ("b", 80)]), Arrival::Nothing);
    assert_eq!(bench.aged_page(link, &[("b", 80), ("c", 70), ("d", 1)]), Arrival::Tail(tail, 0b100));
}

#[test]
fn a_late_answer_makes_no_message_seem_younger_than_those_behind_it() {
    let mut bench = on_socket();
    let link = bench.ready();
    let query = Query { include_claimed: false, ..everything() };
    let tail = bench.engine.tail(bench.now, query, TailFrom::Oldest);
    bench.drain();
    bench.now += 8_000.0;
    assert_eq!(bench.aged_page(link, &[("a", 0)]), Arrival::Tail(tail, 0b1), "it was answered 8 seconds ago");
    bench.reply(link, "subscription_create", 201);
    assert_eq!(bench.aged_page(link, &[("b", 5), ("c", 0)]), Arrival::Nothing, "it must come twice");
    assert_eq!(bench.aged_page(link, &[("b", 5), ("c", 0)]), Arrival::Tail(tail, 0b11), "b is younger than a");
}

#[test]
fn an_answer_that_was_long_under_way_does_not_pass_for_news() {
    let mut bench = on_socket();
    let tail = from_now(&mut bench, 60);
    let link = bench.expect_connect();
    bench.now += 50_000.0;
    assert_eq!(bench.aged_page(link, &[("old", 10)]), Arrival::Nothing, "is it as old as that, or came it just now?");
    assert_eq!(bench.aged_page(link, &[("old", 60)]), Arrival::Nothing);
    bench.found(link, &[]);
    assert_eq!(bench.aged_page(link, &[("old", 60), ("new", 0)]), Arrival::Tail(tail, 0b10));
}

#[test]
fn a_reader_that_goes_on_while_an_answer_is_under_way_asks_no_second_time() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.tail(link, "q");
    bench.push(link, "q");
    assert_eq!(bench.sent_actions(), ["message_list"]);
    for is_paused in [true, false] {
        bench.engine.pause_tail(bench.now, tail, is_paused);
        bench.drain();
    }
    assert!(bench.sent_actions().is_empty());
}

#[test]
fn what_is_found_without_marker_is_read_from_the_head() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.engine.tail(bench.now, everything(), TailFrom::Oldest);
    bench.drain();
    bench.page(link, &[]);
    bench.reply(link, "subscription_create", 201);
    assert_eq!(bench.page(link, &["b"]), Arrival::Nothing, "a, which is claimed, was posted before it meanwhile");
    assert_eq!(bench.last_marker(), Some("head".into()));
    assert_eq!(bench.page(link, &["a", "b"]), Arrival::Tail(tail, 0b11));
}

#[test]
fn what_lies_behind_too_much_that_has_expired_is_found_without_marker() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.engine.tail(bench.now, everything(), TailFrom::Oldest);
    bench.drain();
    bench.page(link, &[]);
    bench.reply(link, "subscription_create", 201);
    bench.page(link, &["a"]);
    bench.page(link, &[]);
    assert_eq!(bench.last_marker(), None);
    assert_eq!(bench.page(link, &["a"]), Arrival::Tail(tail, 0b1));
}

#[test]
fn a_notification_is_no_arrival_where_only_tails_listen() {
    let mut bench = on_socket();
    let link = bench.ready();
    bench.tail(link, "q");
    assert_eq!(bench.push(link, "q"), Arrival::Nothing);
    let feed = bench.engine.subscribe(bench.now, b"q");
    assert_eq!(bench.push(link, "q"), Arrival::Push(feed));
    assert!(!bench.outputs().iter().any(|output| matches!(output, Output::FeedFailed(..))));
}

#[test]
fn a_page_from_the_head_that_ends_with_the_marker_is_not_the_end() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.tail(link, "q");
    bench.push(link, "q");
    bench.page(link, &["a", "b", "c", "d"]);
    bench.page(link, &["d"]);
    bench.push(link, "q");
    bench.page(link, &["a", "b", "d"]);
    assert_eq!(bench.last_marker(), Some("b".into()), "c, from which it was asked, is gone");
    assert_eq!(bench.page(link, &["d", "e"]), Arrival::Tail(tail, 0b10));
}

#[test]
fn what_was_rung_for_and_could_not_be_read_may_be_a_gap() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.tail(link, "q");
    bench.push(link, "q");
    // the page sleeps, and when it wakes the timers come first
    bench.now += 70_000.0;
    for _ in 0..5 {
        bench.pass(3_000.0);
        for action in bench.sent_actions() {
            bench.reply(link, &action, 200);
        }
    }
    let is_gap = |output: &Output| matches!(output, Output::TailGap(of, ..) if *of == tail);
    assert_eq!(bench.outputs().iter().filter(|output| is_gap(output)).count(), 1);
}

#[test]
fn what_was_posted_before_a_short_sleep_may_be_a_gap_for_its_notification_may_be_late() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.tail(link, "q");
    let mut pulls = 0;
    while pulls < 14 {
        bench.pass(500.0);
        for action in bench.sent_actions() {
            pulls += usize::from(action == "message_list");
            bench.reply(link, &action, 200);
        }
    }
    // a message is posted, its notification is held up, and the machine sleeps
    bench.pass(500.0);
    bench.now += 59_900.0;
    for _ in 0..3 {
        bench.pass(1_000.0);
        for action in bench.sent_actions() {
            bench.reply(link, &action, 200);
        }
    }
    let is_gap = |output: &Output| matches!(output, Output::TailGap(of, ..) if *of == tail);
    assert_eq!(bench.outputs().iter().filter(|output| is_gap(output)).count(), 1);
}

#[test]
fn a_notification_that_waited_for_a_page_to_wake_may_tell_of_what_is_gone() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.tail(link, "q");
    let mut pulls = 0;
    while pulls < 8 {
        bench.pass(500.0);
        for action in bench.sent_actions() {
            pulls += usize::from(action == "message_list");
            bench.reply(link, &action, 200);
        }
    }
    // the page sleeps for a little longer than a message may live, and the next pull was not yet due
    bench.now += 61_000.0;
    bench.push(link, "q");
    bench.page(link, &[]);
    bench.sent_actions();
    bench.page(link, &[]);
    let is_gap = |output: &Output| matches!(output, Output::TailGap(of, ..) if *of == tail);
    assert_eq!(bench.outputs().iter().filter(|output| is_gap(output)).count(), 1);
}

#[test]
fn what_no_answer_on_the_socket_proves_may_be_a_gap() {
    let mut bench = on_both();
    let link = bench.ready();
    let tail = bench.tail(link, "q");
    let mut pulls = 0;
    while pulls < 8 {
        bench.pass(500.0);
        for action in bench.sent_actions() {
            pulls += usize::from(action == "message_list");
            bench.reply(link, &action, 200);
        }
    }
    // the page sleeps, the network is changed meanwhile, and the socket does not know
    bench.now += 61_000.0;
    bench.pass(4_000.0);
    for _ in 0..3 {
        for (fetch, _) in bench.fetches() {
            bench.http(fetch, 200);
        }
    }
    let is_gap = |output: &Output| matches!(output, Output::TailGap(of, ..) if *of == tail);
    assert_eq!(bench.outputs().iter().filter(|output| is_gap(output)).count(), 1);
}

#[test]
fn a_subscription_is_given_up_on_its_socket_alone() {
    let mut bench = on_both();
    let link = bench.ready();
    let feed = bench.engine.subscribe(bench.now, b"q");
    bench.drain();
    let mut made = Writer::new();
    made.map(1).text("subscription_id").text("s1");
    bench.reply_with(link, "subscription_create", 201, &made.into_bytes());
    // an answer is late: what may be repeated goes over REST
    bench.request(Action::QueueGet, queue_body("a"));
    bench.pass(701.0);
    bench.fetches();
    bench.sent_actions();
    bench.engine.unsubscribe(bench.now, feed);
    bench.engine.subscribe(bench.now, b"q");
    bench.drain();
    assert!(bench.fetches().is_empty());
    let sent = bench.sent_actions();
    let place = |action: &str| sent.iter().position(|sent| sent == action).expect("it is sent");
    assert!(place("subscription_delete") < place("subscription_create"));
}

/// A tail of a queue whose head has too many expired messages: «f» and «h» could be had without marker.
fn behind_a_clogged_head(bench: &mut Bench) -> TailId {
    let link = bench.ready();
    let tail = bench.tail(link, "q");
    bench.push(link, "q");
    assert_eq!(bench.page(link, &[]), Arrival::Nothing, "nothing can be read from the head");
    assert_eq!(bench.page(link, &["f", "h"]), Arrival::Nothing, "without marker something is there");
    assert_eq!(bench.page(link, &[]), Arrival::Nothing);
    assert_eq!(bench.page(link, &["f", "h"]), Arrival::Tail(tail, 0b11));
    bench.page(link, &["h"]);
    tail
}

#[test]
fn a_claimed_message_behind_a_clogged_head_comes_when_the_head_has_been_collected() {
    let mut bench = on_socket();
    let tail = behind_a_clogged_head(&mut bench);
    let link = bench.expect_connect();
    bench.push(link, "q");
    assert_eq!(bench.last_marker(), Some("head".into()));
    assert_eq!(bench.page(link, &[]), Arrival::Nothing, "it is not collected yet");
    assert_eq!(bench.last_marker(), Some("f".into()), "the tail goes on meanwhile");
    assert_eq!(bench.page(link, &["h", "i"]), Arrival::Tail(tail, 0b10));
    bench.page(link, &["i"]);
    bench.push(link, "q");
    let page = bench.page(link, &["claimed", "f", "claimed too", "h", "i"]);
    assert_eq!(page, Arrival::Tail(tail, 0b101), "each once, and up to what could be had");
    bench.page(link, &["i"]);
    bench.push(link, "q");
    assert_ne!(bench.last_marker(), Some("head".into()), "the head is not read any more");
}

#[test]
fn the_head_is_read_again_up_to_what_was_posted_later() {
    let mut bench = on_socket();
    let tail = behind_a_clogged_head(&mut bench);
    let link = bench.expect_connect();
    bench.now += 10_000.0;
    bench.push(link, "q");
    assert_eq!(bench.last_marker(), Some("head".into()));
    let page = bench.aged_page(link, &[("claimed", 12), ("new", 0), ("newer", 0)]);
    assert_eq!(page, Arrival::Tail(tail, 0b1), "what is new is found on its own way");
    assert_ne!(bench.last_marker(), Some("head".into()));
}

#[test]
fn a_place_behind_messages_that_were_skipped_is_not_looked_for_by_ids_when_it_is_gone() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.engine.tail(bench.now, everything(), TailFrom::Now);
    bench.drain();
    // the server cannot tell where the queue ends: the way there is walked in silence
    bench.refuse(link, "queue_get_stats", 500, "'NoneType' object is not subscriptable");
    bench.reply(link, "subscription_create", 201);
    bench.sent_actions();
    bench.aged_page(link, &[("a", 900), ("b", 800), ("c", 700)]);
    while !bench.sent_actions().is_empty() {
        bench.aged_page(link, &[("c", 700)]);
    }
    // all of them are deleted, and the doorbell rings
    bench.push(link, "q");
    for _ in 0..5 {
        for action in bench.sent_actions() {
            assert_eq!(action, "message_list", "nothing can be asked for by its id");
            bench.page(link, &[]);
        }
    }
    let has_failed = bench.outputs().iter().any(|output| matches!(output, Output::TailFailed(id, _) if *id == tail));
    assert!(!has_failed);
}
