//! Lists of queues, subscriptions, pools and flavors, past the traps of the server's markers.

use zaqar_codec::msgpack::{Reader, Writer};
use zaqar_web::engine::{Arrival, Config, Failure, LinkId, ListId, Output, Preference, Rows};
use zaqar_web::protocol::error::Code;
use zaqar_web::protocol::request::{FlavorList, QueueGet, QueueList, Request, SubscriptionList};

use crate::bench::Bench;

/// A client of a server that has these queues.
struct Lister {
    bench: Bench,
    link: LinkId,
    names: Vec<String>,
    asked: usize,
}

impl Lister {
    fn of(names: impl IntoIterator<Item = String>) -> Lister {
        let config = Config { has_socket: true, preference: Preference::Socket, ..Config::for_tests() };
        let mut bench = Bench::new(config);
        let link = bench.ready();
        Lister { bench, link, names: names.into_iter().collect(), asked: 0 }
    }

    /// The names of one step, and whether another may follow; none at the end.
    fn step(&mut self, list: ListId) -> Option<(Vec<String>, bool)> {
        let outputs = self.bench.outputs().len();
        self.bench.engine.list_on(self.bench.now, list, 30_000.0);
        self.bench.drain();
        loop {
            let ended = |output: &Output| matches!(output, Output::ListEnded(ended) if *ended == list);
            if self.bench.outputs()[outputs..].iter().any(ended) {
                return None;
            }
            assert_eq!(self.bench.sent_actions(), ["queue_list"]);
            self.asked += 1;
            let page = self.page();
            let body = body_of("queues", "name", &page);
            match self.bench.reply_with(self.link, "queue_list", 200, &body) {
                Arrival::Nothing => {}
                Arrival::Rows(id, Rows { fresh, has_more }) => {
                    assert_eq!(id, list);
                    return Some((fresh.iter().map(|place| page[*place].clone()).collect(), has_more));
                }
                other => panic!("no rows: {other:?}"),
            }
        }
    }

    fn all(&mut self, first_page: QueueList) -> Vec<String> {
        let list = self.bench.engine.list(first_page);
        let steps = std::iter::from_fn(|| self.step(list)).take(1_000);
        steps.flat_map(|(names, _)| names).collect()
    }

    /// What Zaqar on Redis answers: an unknown marker and the first name both start over.
    fn page(&self) -> Vec<String> {
        let marker = self.bench.last_text("marker");
        let limit = self.bench.last_number("limit").unwrap_or(10) as usize;
        let rank = marker.and_then(|marker| self.names.iter().position(|name| *name == marker));
        let start = rank.filter(|rank| *rank > 0).map_or(0, |rank| rank + 1);
        self.names.iter().skip(start).take(limit).cloned().collect()
    }
}

fn letters(count: usize) -> Vec<String> {
    ('a'..='z').take(count).map(String::from).collect()
}

fn body_of(list: &str, key: &str, rows: &[String]) -> Vec<u8> {
    let mut body = Writer::new();
    body.map(1).text(list).array(rows.len());
    for row in rows {
        body.map(2).text("href").text("/x").text(key).text(row);
    }
    body.into_bytes()
}

#[test]
fn queues_come_once_each_whatever_the_page_size_and_the_number() {
    for total in [0, 1, 2, 3, 10, 11, 20, 26] {
        for limit in [None, Some(1), Some(2), Some(3), Some(10), Some(20)] {
            let mut lister = Lister::of(letters(total));
            let all = lister.all(QueueList { limit, ..QueueList::default() });
            assert_eq!(all, letters(total), "{total} by {limit:?}");
        }
    }
}

#[test]
fn a_list_begins_behind_its_marker() {
    let behind = |marker: &str, limit| QueueList { marker: Some(marker.into()), limit, ..QueueList::default() };
    assert_eq!(Lister::of(letters(5)).all(behind("b", None)), ["c", "d", "e"]);
    assert_eq!(Lister::of(letters(5)).all(behind("a", Some(1))), ["b", "c", "d", "e"], "the first starts over");
}

#[test]
fn a_page_tells_whether_another_may_follow() {
    let mut lister = Lister::of(letters(5));
    let list = lister.bench.engine.list(QueueList { limit: Some(2), ..QueueList::default() });
    let more: Vec<bool> = std::iter::from_fn(|| lister.step(list)).map(|(_, has_more)| has_more).collect();
    assert_eq!(more, [true, true, false]);
    assert_eq!(lister.asked, 3, "nothing is asked behind the last page");
}

#[test]
fn a_queue_deleted_under_the_list_hides_no_other() {
    let mut lister = Lister::of(letters(9));
    let list = lister.bench.engine.list(QueueList { limit: Some(2), ..QueueList::default() });
    let mut found = Vec::new();
    while let Some((names, _)) = lister.step(list) {
        found.extend(names);
        if found.last().is_some_and(|last| last == "f") {
            lister.names.retain(|name| name != "f");
        }
    }
    assert_eq!(found, letters(9));
}

#[test]
fn a_list_that_repeats_itself_ends() {
    let mut lister = Lister::of(letters(3));
    let list = lister.bench.engine.list(QueueList { limit: Some(2), ..QueueList::default() });
    lister.bench.engine.list_on(0.0, list, 30_000.0);
    lister.bench.drain();
    let round: [&[&str]; 3] = [&["a", "b"], &["c", "d"], &["e", "a"]];
    let mut found = Vec::new();
    for page in round.iter().cycle().take(50) {
        let page: Vec<String> = page.iter().map(|name| (*name).to_owned()).collect();
        if let Arrival::Rows(_, rows) =
            lister.bench.reply_with(lister.link, "queue_list", 200, &body_of("queues", "name", &page))
        {
            found.extend(rows.fresh.iter().map(|place| page[*place].clone()));
            lister.bench.engine.list_on(0.0, list, 30_000.0);
            lister.bench.drain();
        }
        if lister.bench.outputs().iter().any(|output| matches!(output, Output::ListEnded(_))) {
            assert_eq!(found, ["a", "b", "c", "d", "e"]);
            return;
        }
    }
    panic!("it goes round for ever");
}

#[test]
fn subscriptions_go_on_after_a_page_that_the_server_has_thinned_out() {
    let mut bench = Lister::of([]).bench;
    let link = LinkId(1);
    let list = bench.engine.list(SubscriptionList { queue_name: "q".into(), limit: Some(2), marker: None });
    let mut found = Vec::new();
    for page in [&["a", "b"][..], &["c"], &["d", "e"], &[]] {
        bench.engine.list_on(0.0, list, 30_000.0);
        bench.drain();
        let page: Vec<String> = page.iter().map(|id| (*id).to_owned()).collect();
        let body = body_of("subscriptions", "id", &page);
        match bench.reply_with(link, "subscription_list", 200, &body) {
            Arrival::Rows(_, rows) => found.extend(rows.fresh.iter().map(|place| page[*place].clone())),
            _ => assert!(page.is_empty()),
        }
    }
    assert_eq!(found, ["a", "b", "c", "d", "e"]);
    assert!(bench.outputs().iter().any(|output| matches!(output, Output::ListEnded(_))));
}

#[test]
fn a_page_that_is_refused_or_makes_no_sense_can_be_asked_for_again() {
    let mut lister = Lister::of(letters(3));
    let (list, link) = (lister.bench.engine.list(QueueList::default()), lister.link);
    let mut failures = Vec::new();
    for (status, body) in [(500, body_of("error", "x", &[])), (200, body_of("pools", "name", &letters(1)))] {
        lister.bench.engine.list_on(0.0, list, 30_000.0);
        lister.bench.drain();
        assert_eq!(lister.bench.sent_actions(), ["queue_list"]);
        lister.bench.reply_with(link, "queue_list", status, &body);
        failures.push(last_failure(&lister.bench, list).map(|failure| failure.code));
    }
    assert_eq!(failures, [Some(Code::ServerError), Some(Code::Protocol)]);
    assert_eq!(lister.step(list), Some((letters(3), false)));
}

fn last_failure(bench: &Bench, list: ListId) -> Option<Failure> {
    bench.outputs().iter().rev().find_map(|output| match output {
        Output::ListFailed(failed, failure) if *failed == list => Some(failure.clone()),
        _ => None,
    })
}

#[test]
fn what_the_socket_tells_only_in_part_is_asked_of_rest() {
    let detailed = QueueList { detailed: Some(true), ..QueueList::default() };
    assert!(Request::from(detailed.clone()).is_fuller_over_rest());
    assert!(Request::from(QueueGet { queue_name: "q".into() }).is_fuller_over_rest());
    assert!(!Request::from(FlavorList::default()).is_fuller_over_rest());
    let config = Config { has_socket: true, has_rest: true, ..Config::for_tests() };
    let mut bench = Bench::new(config);
    bench.ready();
    let list = bench.engine.list(detailed);
    bench.engine.list_on(0.0, list, 30_000.0);
    bench.drain();
    assert_eq!(bench.expect_fetch().1, "queue_list");
}

#[test]
fn a_list_that_is_ended_asks_for_nothing_more() {
    let mut lister = Lister::of(letters(3));
    let list = lister.bench.engine.list(QueueList::default());
    lister.bench.engine.list_on(0.0, list, 30_000.0);
    lister.bench.engine.end_list(0.0, list);
    lister.bench.drain();
    let body = body_of("queues", "name", &letters(3));
    assert_eq!(lister.bench.reply_with(lister.link, "queue_list", 200, &body), Arrival::Nothing);
    assert!(Reader::new(&body).field("queues").is_some());
}
