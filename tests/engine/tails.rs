//! Tails: what the server does not say must not be missed, and what may have been missed must be said.

use zaqar_web::engine::listing::Query;
use zaqar_web::engine::{Arrival, Config, Millis, Output, TailFrom, TailId};

use super::bench::Bench;
use super::{on_socket, socket_alone};

#[test]
fn a_queue_that_must_not_be_made_is_followed_without_a_subscription() {
    let mut bench = on_socket();
    let link = bench.ready();
    let query =
        Query { queue: "a.b".into(), limit: Some(20), echo: true, include_claimed: true, include_delayed: true };
    let tail = bench.engine.tail(bench.now, query, TailFrom::Oldest);
    bench.drain();
    assert_eq!(bench.sent_actions(), ["message_list"]);
    bench.page(link, &[]);
    bench.come_to_the_end(link);
    assert!(bench.outputs().iter().any(|output| matches!(output, Output::TailReady(ready) if *ready == tail)));
    bench.pass(15_000.0);
    assert_eq!(bench.sent_actions(), ["message_list"], "it looks by itself");
    assert_eq!(bench.page(link, &["a"]), Arrival::Tail(tail, 0b1));
}

#[test]
fn a_page_that_does_not_begin_with_what_is_known_is_not_believed() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.tail(link, "q");
    bench.push(link, "q");
    assert_eq!(bench.page(link, &["a", "b", "c"]), Arrival::Tail(tail, 0b111));
    assert_eq!(bench.last_marker(), Some("b".into()), "c must stand on the next page");
    bench.page(link, &["c"]);
    bench.sent_actions();

    bench.push(link, "q");
    // What stood before the marker was removed between the look at its place and the reading: «d» is passed over.
    assert_eq!(bench.page(link, &["e", "f"]), Arrival::Nothing);
    assert_eq!(bench.sent_actions(), ["message_list", "message_get_many"]);
    bench.found(link, &["a", "b", "c"]);
    assert_eq!(bench.last_marker(), Some("b".into()));
    assert_eq!(bench.page(link, &["c", "d", "e", "f"]), Arrival::Tail(tail, 0b1110));
}

#[test]
fn a_page_behind_the_last_message_that_is_left_is_believed_when_it_comes_twice() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.tail(link, "q");
    bench.push(link, "q");
    bench.page(link, &["a", "b", "c"]);
    bench.page(link, &["c"]);
    bench.push(link, "q");
    bench.page(link, &["e", "f"]);
    bench.found(link, &["b"]);
    assert_eq!(bench.last_marker(), Some("b".into()));
    assert_eq!(bench.page(link, &["e", "f"]), Arrival::Nothing);
    assert_eq!(bench.page(link, &["d", "e", "f"]), Arrival::Nothing, "it begins differently");
    assert_eq!(bench.page(link, &["d", "e", "f"]), Arrival::Tail(tail, 0b111));
}

#[test]
fn a_queue_from_which_others_take_everything_is_followed_all_the_same() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.tail(link, "q");
    bench.push(link, "q");
    assert_eq!(bench.page(link, &["a", "b"]), Arrival::Tail(tail, 0b11));
    assert_eq!(bench.page(link, &[]), Arrival::Nothing);
    bench.found(link, &[]);
    assert_eq!(bench.last_marker(), Some("head".into()));
    assert_eq!(bench.page(link, &["c"]), Arrival::Tail(tail, 0b1), "a page from the head leaves nothing out");
}

#[test]
fn an_empty_page_on_which_the_last_message_should_stand_is_not_believed() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.tail(link, "q");
    bench.push(link, "q");
    bench.page(link, &["a", "b", "c"]);
    bench.sent_actions();
    assert_eq!(bench.page(link, &[]), Arrival::Nothing);
    assert_eq!(bench.sent_actions(), ["message_get_many"]);
    bench.found(link, &["a", "b", "c"]);
    assert_eq!(bench.page(link, &["c", "d"]), Arrival::Tail(tail, 0b10));
}

#[test]
fn an_outage_longer_than_a_message_may_live_is_a_gap() {
    let mut bench = on_socket();
    let tail = after_an_outage_of(&mut bench, 75_000.0, true);
    let gaps = gaps(&bench, tail);
    assert_eq!(gaps.len(), 1);
    let (from, to) = gaps[0];
    assert!((75_000.0..90_000.0).contains(&from), "from the last look on: {from}");
    assert_eq!(to, 60_000.0, "what was posted later would still be there");
}

#[test]
fn an_outage_that_every_message_survives_is_none() {
    let mut bench = on_socket();
    let tail = after_an_outage_of(&mut bench, 30_000.0, true);
    assert_eq!(gaps(&bench, tail), []);
}

#[test]
fn an_outage_after_which_the_place_in_the_queue_is_gone_is_a_gap() {
    let mut bench = on_socket();
    let tail = after_an_outage_of(&mut bench, 30_000.0, false);
    assert_eq!(gaps(&bench, tail).len(), 1);
}

#[test]
fn a_reader_that_pauses_for_longer_than_a_message_may_live_makes_a_gap() {
    for (span, expected) in [(50_000.0, 0), (75_000.0, 1)] {
        let mut bench = on_socket();
        let link = bench.ready();
        let tail = bench.tail(link, "q");
        bench.engine.pause_tail(bench.now, tail, true);
        bench.push(link, "q");
        // the rest of the client goes on
        while bench.now < span {
            bench.pass(5_000.0);
            for action in bench.sent_actions() {
                bench.reply(link, &action, 200);
            }
        }
        bench.engine.pause_tail(bench.now, tail, false);
        bench.drain();
        assert_eq!(bench.sent_actions(), ["message_list"]);
        bench.page(link, &["a"]);
        bench.come_to_the_end(link);
        assert_eq!(gaps(&bench, tail).len(), expected, "after {span} ms");
    }
}

/// A tail that has read «a» and «b» cannot reach the server for a time, and then reads «c».
fn after_an_outage_of(bench: &mut Bench, span: Millis, others_are_left: bool) -> TailId {
    let link = bench.ready();
    let tail = bench.tail(link, "q");
    bench.push(link, "q");
    bench.page(link, &["a", "b"]);
    bench.page(link, &["b"]);
    bench.come_to_the_end(link);
    bench.close(link);
    let end = bench.now + span;
    let mut link = bench.next_socket();
    while bench.now < end {
        bench.close(link);
        link = bench.next_socket();
    }
    bench.open(link);
    let mut given = Vec::new();
    loop {
        let actions = bench.sent_actions();
        if actions.is_empty() {
            break;
        }
        for action in actions {
            given.push(match action.as_str() {
                "message_list" if others_are_left => bench.page(link, &["b", "c"]),
                "message_list" => bench.page(link, &["c"]),
                "message_get_many" => bench.found(link, &[]),
                "subscription_create" => bench.reply(link, "subscription_create", 201),
                other => bench.reply(link, other, 200),
            });
        }
    }
    let bit = if others_are_left { 0b10 } else { 0b1 };
    assert_eq!(given.iter().filter(|arrival| **arrival == Arrival::Tail(tail, bit)).count(), 1, "{given:?}");
    tail
}

fn gaps(bench: &Bench, tail: TailId) -> Vec<(Millis, Millis)> {
    let gaps = bench.outputs().iter().filter_map(|output| match output {
        Output::TailGap(of, from, to, _) if *of == tail => Some((*from, *to)),
        _ => None,
    });
    gaps.collect()
}

#[test]
fn a_tail_whose_queue_fails_again_and_again_says_so_once() {
    let mut bench = Bench::new(Config { keep_alive: f64::INFINITY, ..socket_alone() });
    let link = bench.ready();
    bench.tail(link, "q");
    bench.push(link, "q");
    bench.sent_actions();
    for failures in 1..6 {
        bench.refuse(link, "message_list", 500, "no");
        assert_eq!(bench.troubles().len(), usize::from(failures >= 3), "after {failures}");
        while !bench.sent_actions().contains(&"message_list".to_owned()) {
            bench.pass(500.0);
        }
    }
}
