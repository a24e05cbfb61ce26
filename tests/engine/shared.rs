//! Tails of one queue that stand at the same place ask once for all. Each gives out its own messages, and none waits for another.

use zaqar_web::engine::listing::{Query, Start};
use zaqar_web::engine::{Arrival, LinkId, TailFrom, TailId};

use super::bench::Bench;
use super::hostile::polling;
use super::on_socket;

fn query(echo: bool) -> Query {
    Query { queue: "q".into(), limit: None, echo, include_claimed: true, include_delayed: true }
}

fn tail(bench: &mut Bench) -> TailId {
    let tail = bench.engine.tail(bench.now, query(true), TailFrom::Oldest);
    bench.drain();
    tail
}

/// So many tails that have read a message and rest behind it.
fn resting(bench: &mut Bench, count: usize) -> Vec<TailId> {
    let tails = (0..count).map(|_| tail(bench)).collect();
    bench.pass(0.0);
    come_to_the_end(bench, &["a"]);
    tails
}

/// Answers what is asked until nothing more is: the first page, and then that nothing is behind it.
fn come_to_the_end(bench: &mut Bench, ids: &[&str]) {
    let mut page = ids;
    loop {
        let fetches = bench.fetches();
        if fetches.is_empty() {
            return;
        }
        for (fetch, _) in fetches {
            bench.http_page(fetch, page);
            page = &ids[ids.len() - 1..];
        }
    }
}

/// What is asked next, as time goes by.
fn next_fetches(bench: &mut Bench) -> Vec<LinkId> {
    loop {
        bench.pass(100.0);
        let fetches = bench.fetches();
        if !fetches.is_empty() {
            return fetches.into_iter().map(|(link, _)| link).collect();
        }
    }
}

#[test]
fn tails_that_rest_at_the_same_place_poll_together() {
    let mut bench = polling();
    let tails = resting(&mut bench, 30);
    for _ in 0..10 {
        let fetches = next_fetches(&mut bench);
        assert_eq!(fetches.len(), 1);
        bench.http_page(fetches[0], &["a"]);
    }
    let fetches = next_fetches(&mut bench);
    let Arrival::Tails(given) = bench.http_page(fetches[0], &["a", "b"]) else { panic!("it is for all") };
    let mut expected: Vec<(TailId, u128)> = tails.into_iter().map(|tail| (tail, 0b10)).collect();
    expected.sort_unstable();
    assert_eq!(sorted(given), expected);
}

fn sorted(mut given: Vec<(TailId, u128)>) -> Vec<(TailId, u128)> {
    given.sort_unstable();
    given
}

#[test]
fn one_listing_answers_a_doorbell_for_all() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tails = [tail(&mut bench), tail(&mut bench)];
    assert_eq!(bench.sent_actions(), ["message_list", "subscription_create"]);
    let given = bench.page(link, &["a"]);
    assert_eq!(given, Arrival::Tails(tails.map(|tail| (tail, 0b1)).to_vec()));
    bench.reply(link, "subscription_create", 201);
    while !bench.sent_actions().is_empty() {
        bench.page(link, &["a"]);
    }
    bench.push(link, "q");
    assert_eq!(bench.sent_actions(), ["message_list"]);
    bench.page(link, &["a", "b"]);
    assert_eq!(bench.sent_actions(), ["message_list"]);
}

#[test]
fn a_listing_that_the_server_may_have_heard_is_not_for_who_asks_later() {
    let mut bench = on_socket();
    bench.ready();
    tail(&mut bench);
    bench.sent_actions();
    bench.now += 1.0;
    tail(&mut bench);
    assert_eq!(bench.sent_actions(), ["message_list"]);
}

#[test]
fn tails_that_leave_out_something_else_ask_for_themselves() {
    let mut bench = on_socket();
    bench.ready();
    tail(&mut bench);
    bench.engine.tail(bench.now, query(false), TailFrom::Oldest);
    bench.engine.tail(bench.now, query(true), TailFrom::Position(Start { marker: "m".into(), posted: None }));
    bench.drain();
    let lists = bench.sent_actions().into_iter().filter(|action| action == "message_list").count();
    assert_eq!(lists, 3);
}

#[test]
fn a_tail_that_ends_leaves_its_question_to_the_others() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tails = [tail(&mut bench), tail(&mut bench), tail(&mut bench)];
    bench.sent_actions();
    bench.engine.end_tail(bench.now, tails[0]);
    bench.drain();
    assert_eq!(bench.sent_actions(), ["message_list"], "one for both");
    assert_eq!(bench.page(link, &["a"]), Arrival::Nothing, "nobody waits for the first answer");
    bench.reply(link, "subscription_create", 201);
    let Arrival::Tails(given) = bench.page(link, &["a"]) else { panic!("it is for both") };
    assert_eq!(sorted(given), [(tails[1], 0b1), (tails[2], 0b1)]);
}

#[test]
fn a_failure_is_each_ones_own_and_the_next_pull_is_for_all_again() {
    let mut bench = polling();
    let tails = resting(&mut bench, 2);
    let fetches = next_fetches(&mut bench);
    bench.http(fetches[0], 500);
    let mut given = Vec::new();
    while given.len() < 2 {
        for fetch in next_fetches(&mut bench) {
            match bench.http_page(fetch, &["a", "b"]) {
                Arrival::Tails(both) => given.extend(both),
                Arrival::Tail(tail, fresh) => given.push((tail, fresh)),
                _ => {}
            }
        }
    }
    assert_eq!(sorted(given), tails.into_iter().map(|tail| (tail, 0b10)).collect::<Vec<_>>());
}

#[test]
fn a_slow_reader_falls_behind_alone() {
    let mut bench = polling();
    let tails = resting(&mut bench, 3);
    bench.engine.pause_tail(bench.now, tails[0], true);
    let fetches = next_fetches(&mut bench);
    let given = bench.http_page(fetches[0], &["a", "b"]);
    assert_eq!(given, Arrival::Tails(vec![(tails[1], 0b10), (tails[2], 0b10)]));
    come_to_the_end(&mut bench, &["b"]);
    bench.engine.pause_tail(bench.now, tails[0], false);
    bench.drain();
    let mut late = Vec::new();
    while late.is_empty() {
        for fetch in next_fetches(&mut bench) {
            if let Arrival::Tail(tail, fresh) = bench.http_page(fetch, &["a", "b"]) {
                late.push((tail, fresh));
            }
        }
    }
    assert_eq!(late, [(tails[0], 0b10)]);
}

#[test]
fn a_page_that_is_too_large_for_the_socket_is_made_smaller_for_all() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tails = [tail(&mut bench), tail(&mut bench)];
    bench.sent_actions();
    bench.close_with(link, 1009);
    let link = bench.next_socket();
    bench.open(link);
    bench.reply(link, "queue_list", 200);
    let mut sent = bench.sent_actions();
    sent.retain(|action| action == "message_list");
    assert_eq!(sent.len(), 1, "one for both");
    let Arrival::Tails(given) = bench.page(link, &["a"]) else { panic!("it is for both") };
    assert_eq!(sorted(given), tails.map(|tail| (tail, 0b1)));
}

#[test]
fn a_question_whose_socket_is_lost_is_asked_once_more_for_all() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tails = [tail(&mut bench), tail(&mut bench)];
    bench.close(link);
    let link = bench.next_socket();
    bench.open(link);
    assert_eq!(bench.sent_actions(), ["queue_list"]);
    bench.reply(link, "queue_list", 200);
    let mut given = Vec::new();
    for action in bench.sent_actions() {
        match &*action {
            "message_list" => given.push(bench.page(link, &["a"])),
            _ => assert_eq!(bench.reply(link, &action, 201), Arrival::Nothing),
        }
    }
    assert_eq!(given, [Arrival::Tails(tails.map(|tail| (tail, 0b1)).to_vec())]);
}

#[test]
fn a_paused_tail_whose_question_went_with_another_asks_when_it_goes_on() {
    let mut bench = polling();
    let tails = resting(&mut bench, 2);
    let asked = next_fetches(&mut bench);
    assert_eq!(asked.len(), 1);
    for tail in &tails {
        bench.engine.pause_tail(bench.now, *tail, true);
    }
    bench.engine.end_tail(bench.now, tails[0]);
    bench.drain();
    bench.pass(1_000.0);
    assert!(bench.fetches().iter().all(|(_, what)| !what.starts_with("message_list")), "it is paused");
    bench.engine.pause_tail(bench.now, tails[1], false);
    bench.drain();
    let (fetch, _) = bench.fetches().into_iter().find(|(_, what)| what.starts_with("message_list")).expect("it asks");
    assert_eq!(bench.http_page(fetch, &["a", "b"]), Arrival::Tail(tails[1], 0b10));
}
