//! The server looks up a marker's place and then reads behind it. What others remove in between moves the queue up, and the page
//! begins too late: no listing believes a page that does not begin where it was asked to.

use zaqar_web::engine::listing::{Query, Start};
use zaqar_web::engine::{Arrival, Config, LinkId, Output, TailFrom, TailId, WalkId};
use zaqar_web::protocol::limits::Rules;

use super::bench::Bench;
use super::{on_socket, socket_alone};

fn without_echo() -> Query {
    Query { queue: "q".into(), limit: None, echo: false, include_claimed: true, include_delayed: true }
}

/// A tail that does not want the client's own messages, and has read «a» and «b».
fn tail_without_echo(bench: &mut Bench) -> (LinkId, TailId) {
    let link = bench.ready();
    let tail = bench.engine.tail(bench.now, without_echo(), TailFrom::Oldest);
    bench.drain();
    assert_eq!(bench.page(link, &["a", "b"]), Arrival::Tail(tail, 0b11));
    bench.reply(link, "subscription_create", 201);
    assert_eq!(bench.last_marker(), Some("a".into()), "b must stand on the next page");
    bench.page(link, &["b"]);
    assert!(is_slice(bench));
    bench.page(link, &["b"]);
    bench.sent_actions();
    bench.push(link, "q");
    (link, tail)
}

/// Whether it was asked for with nothing left out.
fn is_slice(bench: &Bench) -> bool {
    let is_true = |key| bench.last_field(key).is_some_and(|value| value.rest().first() == Some(&0xc3));
    ["echo", "include_claimed", "include_delayed"].into_iter().all(is_true)
}

fn go_on(bench: &mut Bench, walk: WalkId) {
    bench.engine.walk_on(bench.now, walk, 30_000.0);
    bench.drain();
}

fn has_ended(bench: &Bench, walk: WalkId) -> bool {
    bench.outputs().iter().any(|output| matches!(output, Output::WalkEnded(ended) if *ended == walk))
}

#[test]
fn a_walk_does_not_believe_a_page_that_does_not_begin_with_what_it_knows() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.walk("q", true);
    go_on(&mut bench, walk);
    assert_eq!(bench.page(link, &["a", "b", "c"]), Arrival::Page(walk, 0b111));
    go_on(&mut bench, walk);
    assert_eq!(bench.last_marker(), Some("b".into()));
    assert_eq!(bench.page(link, &["e", "f"]), Arrival::Nothing);
    assert_eq!(bench.sent_actions().last().map(String::as_str), Some("message_get_many"));
    bench.found(link, &["a", "b", "c"]);
    assert_eq!(bench.page(link, &["c", "d", "e", "f"]), Arrival::Page(walk, 0b1110));
}

#[test]
fn a_filtered_page_is_proven_by_a_message_that_was_given_out() {
    let mut bench = on_socket();
    let (link, tail) = tail_without_echo(&mut bench);
    assert_eq!(bench.page(link, &["b", "d"]), Arrival::Tail(tail, 0b10));
}

#[test]
fn where_what_was_given_out_is_hidden_the_slice_tells_what_stands_behind_it() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.walk("q", false);
    go_on(&mut bench, walk);
    bench.page(link, &["a", "b"]);
    go_on(&mut bench, walk);
    // b is claimed meanwhile, and something before it is removed while the server reads: c is passed over
    assert_eq!(bench.page(link, &["d"]), Arrival::Nothing);
    assert!(is_slice(&bench));
    assert_eq!(bench.last_marker(), Some("a".into()));
    assert_eq!(bench.page(link, &["b", "c", "d"]), Arrival::Nothing);
    assert!(!is_slice(&bench));
    assert_eq!(bench.page(link, &["c", "d"]), Arrival::Page(walk, 0b11));
}

#[test]
fn where_what_was_given_out_is_gone_it_is_looked_for_what_is_left() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.walk("q", false);
    go_on(&mut bench, walk);
    bench.page(link, &["a", "b", "c"]);
    go_on(&mut bench, walk);
    assert_eq!(bench.page(link, &["e"]), Arrival::Nothing);
    assert_eq!(bench.page(link, &["d", "e"]), Arrival::Nothing, "c is gone, or was passed over");
    bench.sent_actions();
    bench.found(link, &["a", "b"]);
    assert_eq!(bench.last_marker(), Some("a".into()));
    assert_eq!(bench.page(link, &["b", "d", "e"]), Arrival::Page(walk, 0b110));
}

#[test]
fn a_page_before_which_something_is_hidden_is_believed_when_it_comes_twice() {
    let mut bench = on_socket();
    let (link, tail) = tail_without_echo(&mut bench);
    assert_eq!(bench.page(link, &["e"]), Arrival::Nothing);
    assert_eq!(bench.page(link, &["b", "c", "d", "e"]), Arrival::Nothing);
    assert_eq!(bench.page(link, &["d", "e"]), Arrival::Nothing, "c is hidden, or passed over, and e came first before");
    assert_eq!(bench.page(link, &["b", "c", "d", "e"]), Arrival::Nothing);
    assert_eq!(bench.page(link, &["d", "e"]), Arrival::Tail(tail, 0b11));
}

#[test]
fn a_page_that_misses_all_of_a_slice_is_asked_for_twice_behind_it() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.engine.walk(without_echo(), Some(b"a"));
    go_on(&mut bench, walk);
    assert_eq!(bench.page(link, &[]), Arrival::Nothing);
    assert_eq!(bench.page(link, &["b"]), Arrival::Nothing, "b has come since the page, or is hidden");
    assert_eq!(bench.page(link, &[]), Arrival::Nothing, "or it was passed over");
    assert_eq!(bench.page(link, &["b"]), Arrival::Nothing);
    assert_eq!(bench.page(link, &["b"]), Arrival::Page(walk, 0b1));
}

#[test]
fn behind_own_messages_a_page_proves_itself_by_the_last_that_is_not() {
    let mut bench = on_socket();
    let (link, tail) = tail_without_echo(&mut bench);
    bench.page(link, &["b"]);
    bench.page(link, &["b", "own"]);
    bench.page(link, &["b"]);
    bench.page(link, &["b", "own"]);
    assert_eq!(bench.last_marker(), Some("a".into()));
    assert_eq!(bench.page(link, &["b", "c"]), Arrival::Tail(tail, 0b10));
    assert_eq!(bench.last_marker(), Some("b".into()));
}

#[test]
fn behind_own_messages_only_a_slice_from_the_last_shows_the_end() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.engine.walk(without_echo(), None);
    go_on(&mut bench, walk);
    bench.page(link, &["a", "b"]);
    go_on(&mut bench, walk);
    bench.page(link, &["b"]);
    bench.page(link, &["b", "own", "own too"]);
    bench.page(link, &["b"]);
    bench.page(link, &["b", "own", "own too"]);
    bench.page(link, &["b"]);
    assert!(is_slice(&bench));
    assert_eq!(bench.last_marker(), Some("own".into()));
    bench.page(link, &["own too"]);
    assert!(has_ended(&bench, walk));
}

#[test]
fn a_walk_begins_at_the_head_where_nothing_can_be_passed_over() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.walk("q", false);
    go_on(&mut bench, walk);
    assert_eq!(bench.last_marker(), Some("head".into()));
    assert_eq!(bench.page(link, &["a"]), Arrival::Page(walk, 0b1));
}

#[test]
fn what_is_found_behind_a_claimed_head_is_believed_when_it_comes_twice() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.walk("q", false);
    go_on(&mut bench, walk);
    assert_eq!(bench.page(link, &[]), Arrival::Nothing);
    assert_eq!(bench.last_marker(), None);
    assert_eq!(bench.page(link, &["d", "e"]), Arrival::Nothing);
    assert_eq!(bench.page(link, &["c", "d"]), Arrival::Nothing, "c was passed over");
    assert_eq!(bench.page(link, &["c", "d"]), Arrival::Page(walk, 0b11));
}

#[test]
fn a_page_has_as_many_new_messages_as_the_application_wants() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.walk("q", true);
    go_on(&mut bench, walk);
    assert_eq!(bench.last_number("limit"), Some(10));
    bench.page(link, &["a", "b"]);
    go_on(&mut bench, walk);
    assert_eq!(bench.last_number("limit"), Some(11), "b comes along");
}

#[test]
fn the_end_of_a_walk_that_nothing_proves_must_come_twice() {
    let mut bench = on_socket();
    let link = bench.ready();
    let query = Query { queue: "q".into(), limit: None, echo: true, include_claimed: true, include_delayed: true };
    let walk = bench.engine.walk(query, Some(b"a"));
    go_on(&mut bench, walk);
    assert_eq!(bench.page(link, &["b"]), Arrival::Nothing, "nothing proves the page");
    assert_eq!(bench.page(link, &[]), Arrival::Nothing);
    assert!(!has_ended(&bench, walk), "b was passed over");
    assert_eq!(bench.page(link, &["b"]), Arrival::Page(walk, 0b1));
}

#[test]
fn pages_of_two_messages_prove_themselves_too() {
    let mut bench = on_socket();
    let link = bench.ready();
    let query = Query { queue: "q".into(), limit: Some(2), echo: true, include_claimed: true, include_delayed: true };
    let walk = bench.engine.walk(query, None);
    go_on(&mut bench, walk);
    bench.page(link, &["a", "b"]);
    go_on(&mut bench, walk);
    assert_eq!((bench.last_marker(), bench.last_number("limit")), (Some("a".into()), Some(3)));
}

#[test]
fn a_server_with_two_messages_on_a_page_is_read_to_the_end() {
    let rules = Rules { max_messages_per_page: Some(2), ..Rules::default() };
    let mut bench = Bench::new(Config { rules, ..socket_alone() });
    let link = bench.ready();
    let query = Query { queue: "q".into(), limit: None, echo: true, include_claimed: true, include_delayed: true };
    let tail = bench.engine.tail(bench.now, query, TailFrom::Position(Start { marker: "a".into(), posted: None }));
    bench.drain();
    bench.page(link, &["a", "b"]);
    bench.reply(link, "subscription_create", 201);
    assert_eq!(
        bench.last_marker(),
        Some("b".into()),
        "from a, the first message of the queue, c would not be on the page"
    );
    bench.page(link, &["c"]);
    assert_eq!(bench.page(link, &["c"]), Arrival::Tail(tail, 0b1));
}

/// The places behind a marker of a queue of 80 messages, from whose head so many are taken.
fn places_left(marker: Option<&str>, taken: usize) -> Vec<String> {
    let marker: Option<usize> = marker.and_then(|marker| marker.parse().ok());
    let first = marker.filter(|marker| *marker > taken).map_or(taken, |marker| marker + 1);
    (first..80).take(20).map(|number| number.to_string()).collect()
}

#[test]
fn own_messages_are_passed_while_others_take_them_from_the_head() {
    let mut bench = on_socket();
    let link = bench.ready();
    let walk = bench.engine.walk(without_echo(), None);
    go_on(&mut bench, walk);
    let mut taken = 0;
    while !has_ended(&bench, walk) {
        let places = places_left(bench.last_marker().as_deref(), taken);
        let places: Vec<&str> = places.iter().map(String::as_str).filter(|_| is_slice(&bench)).collect();
        assert_eq!(bench.page(link, &places), Arrival::Nothing);
        taken += 1;
    }
    assert!(taken < 40, "it has ended only when the last of 80 messages were taken: {taken}");
}
