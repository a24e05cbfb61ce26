//! Watches: which queue is asked for when, what is told of it, and that none is forgotten.

use std::collections::{BTreeMap, BTreeSet};

use zaqar_codec::msgpack::{Reader, Writer};
use zaqar_web::engine::{
    Arrival, Config, Counted, LinkId, Millis, Output, Preference, State, WatchId, WatchOptions, Watched,
};
use zaqar_web::protocol::action::Action;

use crate::bench::{Bench, queue_body};
use crate::{on_both, on_socket};

/// What can be watched of a queue.
#[derive(Clone, Copy, Default)]
struct Numbers {
    total: u32,
    oldest: u32,
    newest: u32,
}

/// A client of a server that has these queues, and answers at once.
struct Watcher {
    bench: Bench,
    link: LinkId,
    queues: BTreeMap<String, Numbers>,
    /// What was told, and when each queue was asked for.
    counted: Vec<Counted>,
    asked: Vec<(Millis, String)>,
    listed: Vec<Millis>,
    looked: usize,
}

impl Watcher {
    fn of(queues: &[&str]) -> Watcher {
        let config = Config { has_socket: true, preference: Preference::Socket, ..Config::for_tests() };
        let mut bench = Bench::new(config);
        let link = bench.ready();
        let queues = queues.iter().map(|queue| ((*queue).to_owned(), Numbers::default())).collect();
        let looked = bench.frames().count();
        Watcher { bench, link, queues, counted: Vec::new(), asked: Vec::new(), listed: Vec::new(), looked }
    }

    fn watch(&mut self, queues: Option<&[&str]>, name: &str) -> WatchId {
        let queues = queues.map(|queues| queues.iter().map(|queue| (*queue).to_owned()).collect());
        let options = WatchOptions { queues, name: name.to_owned(), interval: (2_000.0, 15_000.0) };
        let id = self.bench.engine.watch(self.bench.now, options);
        self.bench.drain();
        self.answer();
        id
    }

    /// Answers all that is asked, and what is asked then.
    fn answer(&mut self) {
        loop {
            let Some((action, queue, marker)) = self.next_question() else { return };
            match &*action {
                "queue_get_stats" => {
                    self.asked.push((self.bench.now, queue.clone()));
                    let arrival = match self.queues.get(&queue).copied() {
                        Some(numbers) => self.bench.reply_with(self.link, &action, 200, &stats(numbers)),
                        None => self.bench.refuse(self.link, &action, 404, "Queue does not exist"),
                    };
                    match arrival {
                        Arrival::Counted(counted) => self.counted.push(counted),
                        other => assert_eq!(other, Arrival::Nothing),
                    }
                }
                "queue_list" => {
                    self.listed.push(self.bench.now);
                    let names = self.queues.keys().filter(|name| marker.as_ref().is_none_or(|marker| *name > marker));
                    let page = list(names.take(20));
                    self.bench.reply_with(self.link, &action, 200, &page);
                }
                _ => {
                    self.bench.reply(self.link, &action, 201);
                }
            }
        }
    }

    /// Of the frames that were sent, the first that was not looked at.
    fn next_question(&mut self) -> Option<(String, String, Option<String>)> {
        let frame = Reader::new(self.bench.frames().nth(self.looked)?);
        let text = |of: Option<Reader<'_>>| of.and_then(Reader::as_text).map(str::to_owned);
        let field = |key| text(frame.field("body")?.field(key));
        let question = (text(frame.field("action"))?, field("queue_name").unwrap_or_default(), field("marker"));
        self.looked += 1;
        Some(question)
    }

    fn pass(&mut self, span: Millis) {
        let end = self.bench.now + span;
        while self.bench.now < end {
            let at = self.bench.engine.poll_timeout().map_or(end, |at| at.clamp(self.bench.now, end));
            self.bench.pass(at - self.bench.now);
            self.answer();
        }
    }

    fn times_asked(&self, queue: &str, since: Millis) -> Vec<Millis> {
        let of_queue = |(at, name): &&(Millis, String)| *at >= since && name == queue;
        self.asked.iter().filter(of_queue).map(|(at, _)| *at).collect()
    }

    fn told(&self, wanted: &Watched) -> Vec<String> {
        let queue = |output: &Output| match output {
            Output::Watched(_, queue, told) if told == wanted => Some(queue.clone()),
            _ => None,
        };
        self.bench.outputs().iter().filter_map(queue).collect()
    }
}

fn stats(Numbers { total, oldest, newest }: Numbers) -> Vec<u8> {
    let mut body = Writer::new();
    body.map(1).text("messages").map(if total > 0 { 5 } else { 3 });
    body.text("free").number(total).text("claimed").number(0).text("total").number(total);
    if total > 0 {
        for (end, id) in [("oldest", oldest), ("newest", newest)] {
            body.text(end).map(2).text("id").text(id.to_string()).text("age").number(1);
        }
    }
    body.into_bytes()
}

fn list<'a>(names: impl Iterator<Item = &'a String>) -> Vec<u8> {
    let names: Vec<&String> = names.collect();
    let mut body = Writer::new();
    body.map(1).text("queues").array(names.len());
    for name in names {
        body.map(1).text("name").text(name);
    }
    body.into_bytes()
}

#[test]
fn a_queue_that_does_not_change_is_asked_for_ever_more_seldom() {
    let mut watcher = Watcher::of(&["q"]);
    watcher.watch(Some(&["q"]), "");
    watcher.pass(120_000.0);
    let asked = watcher.times_asked("q", 0.0);
    let pauses: Vec<Millis> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]), "{pauses:?}");
    assert_eq!((pauses[0], pauses.last().copied()), (3_000.0, Some(15_000.0)));
    assert!(watcher.listed.is_empty(), "the application has said which queues");
}

#[test]
fn a_queue_that_changes_is_asked_for_often() {
    let mut watcher = Watcher::of(&["q"]);
    watcher.watch(Some(&["q"]), "");
    watcher.pass(60_000.0);
    let changed = watcher.bench.now;
    watcher.queues.insert("q".into(), Numbers { total: 1, oldest: 1, newest: 1 });
    while watcher.times_asked("q", changed).is_empty() {
        watcher.pass(100.0);
    }
    assert!(watcher.bench.now - changed <= 15_000.0, "within the longest pause");
    for newest in 2..6 {
        watcher.queues.insert("q".into(), Numbers { total: newest, oldest: 1, newest });
        let since = watcher.bench.now;
        watcher.pass(2_000.0);
        assert!(!watcher.times_asked("q", since).is_empty(), "within the shortest");
    }
}

#[test]
fn a_notification_and_an_own_request_say_that_a_queue_has_changed() {
    let mut watcher = Watcher::of(&["q", "other"]);
    watcher.watch(Some(&["q", "other"]), "");
    watcher.bench.engine.subscribe(watcher.bench.now, b"q");
    watcher.bench.drain();
    watcher.pass(60_000.0);
    let quiet = watcher.bench.now;
    watcher.bench.push(watcher.link, "q");
    watcher.answer();
    assert_eq!(watcher.times_asked("q", quiet), [quiet]);
    watcher.pass(10.0);
    watcher.bench.push(watcher.link, "q");
    watcher.pass(490.0);
    assert_eq!(watcher.times_asked("q", quiet).len(), 2, "a storm is not followed one by one");
    watcher.pass(60.0);
    let asked = watcher.bench.now;
    watcher.bench.request(Action::QueuePurge, queue_body("other"));
    watcher.answer();
    assert_eq!(watcher.times_asked("other", asked), [asked]);
}

#[test]
fn all_queues_are_watched_as_they_come_and_go() {
    let mut watcher = Watcher::of(&[]);
    for number in 0..45 {
        watcher.queues.insert(format!("q{number:02}"), Numbers::default());
    }
    let watch = watcher.watch(None, "");
    watcher.pass(5_000.0);
    assert_eq!(watcher.told(&Watched::Added).len(), 45, "three pages");
    assert_eq!(watcher.listed.len(), 3);
    assert!(
        watcher.bench.outputs().iter().any(|output| matches!(output, Output::WatchReady(ready) if *ready == watch))
    );
    let counted: BTreeSet<&String> = watcher.counted.iter().map(|counted| &counted.queue).collect();
    assert_eq!(counted.len(), 45);
    watcher.queues.remove("q07");
    watcher.queues.insert("new".into(), Numbers::default());
    watcher.pass(20_000.0);
    assert_eq!(watcher.told(&Watched::Gone), ["q07"]);
    assert_eq!(watcher.told(&Watched::Added).last().map(String::as_str), Some("new"));
    assert!(watcher.counted.iter().any(|counted| counted.queue == "new"));
}

#[test]
fn what_this_client_makes_and_deletes_is_known_at_once() {
    let mut watcher = Watcher::of(&["a"]);
    watcher.watch(None, "");
    watcher.pass(1_000.0);
    let made = watcher.bench.now;
    watcher.queues.insert("b".into(), Numbers::default());
    watcher.bench.request(Action::QueueCreate, queue_body("b"));
    watcher.answer();
    assert_eq!(watcher.told(&Watched::Added), ["a", "b"]);
    watcher.pass(60.0);
    assert_eq!(watcher.times_asked("b", made).len(), 1);
    watcher.queues.remove("a");
    watcher.bench.request(Action::QueueDelete, queue_body("a"));
    watcher.answer();
    assert_eq!(watcher.told(&Watched::Gone), ["a"]);
}

#[test]
fn a_name_chooses_among_the_queues() {
    let mut watcher = Watcher::of(&["orders", "orders-failed", "mail"]);
    watcher.watch(None, "order");
    watcher.pass(2_000.0);
    assert_eq!(watcher.told(&Watched::Added), ["orders", "orders-failed"]);
}

#[test]
fn one_bad_queue_spoils_no_other() {
    let mut watcher = Watcher::of(&["good"]);
    watcher.watch(Some(&["bad", "good"]), "");
    watcher.pass(30_000.0);
    let failed = |output: &&Output| matches!(output, Output::Watched(_, queue, Watched::Failed(_)) if queue == "bad");
    assert!(watcher.bench.outputs().iter().filter(failed).count() >= 2, "it is asked for again");
    assert!(watcher.counted.iter().filter(|counted| counted.queue == "good").count() >= 4);
}

#[test]
fn a_rate_is_the_least_that_explains_two_counts() {
    let mut watcher = Watcher::of(&[]);
    watcher.queues.insert("q".into(), Numbers { total: 5, oldest: 1, newest: 5 });
    watcher.watch(Some(&["q"]), "");
    assert_eq!(watcher.counted[0].rate, None);
    let mut rate_of = |total, oldest, newest| {
        watcher.queues.insert("q".into(), Numbers { total, oldest, newest });
        let told = watcher.counted.len();
        let before = watcher.bench.now;
        while watcher.counted.len() == told {
            watcher.pass(100.0);
        }
        let seconds = (watcher.bench.now - before) / 1_000.0;
        let rate = watcher.counted[told].rate.expect("a rate");
        ((rate.came * seconds).round(), (rate.went * seconds).round())
    };
    assert_eq!(rate_of(8, 1, 8), (3.0, 0.0));
    assert_eq!(rate_of(6, 3, 8), (0.0, 2.0));
    assert_eq!(rate_of(6, 4, 9), (1.0, 1.0), "as many, and yet others");
    assert_eq!(rate_of(6, 4, 9), (0.0, 0.0));
}

#[test]
fn a_thousand_queues_cost_twenty_questions_a_second() {
    let mut watcher = Watcher::of(&[]);
    for number in 0..1_000 {
        watcher.queues.insert(format!("q{number:03}"), Numbers::default());
    }
    watcher.watch(None, "");
    watcher.pass(90_000.0);
    let began = watcher.bench.now;
    let changing: Vec<String> = (0..10).map(|number| format!("q{:03}", number * 97)).collect();
    for newest in 1..=150 {
        for queue in &changing {
            watcher.queues.insert(queue.clone(), Numbers { total: newest, oldest: 1, newest });
        }
        watcher.pass(1_000.0);
    }
    let times: Vec<Millis> = watcher.asked.iter().map(|(at, _)| *at).chain(watcher.listed.iter().copied()).collect();
    for start in (0..240).map(|second| f64::from(second) * 1_000.0) {
        let asked = times.iter().filter(|at| (start..start + 1_000.0).contains(*at)).count();
        assert!(asked <= 21, "{asked} questions in the second from {start}");
    }
    for queue in &changing {
        let asked = watcher.times_asked(queue, began);
        let steady = &asked[1..];
        assert!(steady.windows(2).all(|pair| pair[1] - pair[0] <= 2_100.0), "{queue}: {steady:?}");
    }
    let stale = watcher.queues.keys().filter(|queue| watcher.times_asked(queue, 0.0).len() < 2).count();
    assert_eq!(stale, 0, "none is forgotten");
}

#[test]
fn a_hidden_page_asks_nothing_and_a_visible_one_at_once() {
    let mut watcher = Watcher::of(&["q"]);
    watcher.watch(Some(&["q"]), "");
    watcher.pass(20_000.0);
    watcher.bench.engine.handle_hidden(true);
    let hidden = watcher.bench.now;
    watcher.pass(600_000.0);
    assert!(watcher.times_asked("q", hidden + 1.0).is_empty());
    watcher.bench.engine.handle_hidden(false);
    let seen = watcher.bench.now;
    watcher.pass(1.0);
    assert_eq!(watcher.times_asked("q", seen).len(), 1);
}

#[test]
fn a_watch_that_is_ended_asks_nothing_more() {
    let mut watcher = Watcher::of(&["a", "b"]);
    let watch = watcher.watch(None, "");
    watcher.pass(1_000.0);
    watcher.bench.engine.end_watch(watcher.bench.now, watch);
    watcher.bench.drain();
    let (ended, listed) = (watcher.bench.now, watcher.listed.len());
    watcher.pass(60_000.0);
    assert!(watcher.asked.iter().all(|(at, _)| *at <= ended));
    assert!(watcher.listed.len() - listed <= 3, "signs of life alone");
}

#[test]
fn a_server_with_smaller_pages_of_queues_is_listed_within_its_limit() {
    let mut watcher = Watcher::of(&["a", "b", "c"]);
    let options = WatchOptions { queues: None, name: String::new(), interval: (2_000.0, 15_000.0) };
    watcher.bench.engine.watch(watcher.bench.now, options);
    watcher.bench.drain();
    let too_many = "Limit must be at least 1 and may not be greater than 2.";
    watcher.bench.refuse(watcher.link, "queue_list", 400, too_many);
    watcher.looked += 1;
    watcher.pass(50.0);
    assert_eq!(watcher.told(&Watched::Added), ["a", "b", "c"]);
    assert!(!watcher.bench.outputs().iter().any(|output| matches!(output, Output::WatchFailed(..))));
}

#[test]
fn a_client_that_ends_asks_nothing_more() {
    let mut watcher = Watcher::of(&[]);
    let queues = (0..20).map(|number| format!("q{number}")).collect();
    let options = WatchOptions { queues: Some(queues), name: String::new(), interval: (2_000.0, 15_000.0) };
    watcher.bench.engine.watch(watcher.bench.now, options);
    watcher.bench.pass(1_000.0);
    watcher.bench.sent_actions();
    watcher.bench.engine.handle_token_failure(watcher.bench.now, false);
    watcher.bench.drain();
    assert_eq!(watcher.bench.engine.state(), State::Closed);
    assert!(watcher.bench.sent_actions().is_empty());
}

#[test]
fn while_a_socket_says_nothing_the_pace_is_that_of_rest() {
    let mut bench = on_both();
    bench.ready();
    let queues = (0..200).map(|number| format!("q{number}")).collect();
    let options = WatchOptions { queues: Some(queues), name: String::new(), interval: (2_000.0, 15_000.0) };
    bench.engine.watch(bench.now, options);
    bench.pass(1_000.0);
    let mut asked = 0;
    for _ in 0..500 {
        for (fetch, what) in bench.fetches() {
            let is_probe = !what.starts_with("queue_get_stats");
            bench.http(fetch, if is_probe { 204 } else { 200 });
            asked += usize::from(!is_probe);
        }
        bench.pass(10.0);
    }
    assert!((12..=26).contains(&asked), "{asked} questions in five seconds, with those that the socket did not answer");
}

/// A watch of one queue, whose answer a proxy does not let through: its messages at the ends come along.
fn watch_of_large(bench: &mut Bench) {
    let link = bench.ready();
    let options = WatchOptions { queues: Some(vec!["q".into()]), name: String::new(), interval: (2_000.0, 15_000.0) };
    bench.engine.watch(bench.now, options);
    bench.drain();
    assert_eq!(bench.sent_actions(), ["queue_get_stats"]);
    bench.close_with(link, 1009);
}

#[test]
fn a_queue_whose_counts_the_socket_does_not_bring_is_counted_over_rest() {
    let mut bench = on_both();
    watch_of_large(&mut bench);
    let mut counted = 0;
    let mut link = bench.expect_connect();
    for _ in 0..600 {
        if bench.expect_connect() != link {
            link = bench.expect_connect();
            bench.ready();
        }
        for (fetch, what) in bench.fetches() {
            let is_question = what.starts_with("queue_get_stats");
            let arrival = bench.http(fetch, if is_question { 200 } else { 204 });
            counted += usize::from(matches!(arrival, Arrival::Counted(_)));
        }
        for action in bench.sent_actions() {
            assert_eq!(action, "queue_list", "it would end this socket, too");
            bench.reply(link, &action, 200);
        }
        bench.pass(100.0);
    }
    assert!(counted > 3, "{counted} answers in a minute");
}

#[test]
fn without_rest_it_is_not_asked_for_again() {
    let mut bench = on_socket();
    watch_of_large(&mut bench);
    bench.next_socket();
    let link = bench.ready();
    for _ in 0..600 {
        for action in bench.sent_actions() {
            assert_eq!(action, "queue_list", "it would end this socket, too");
            bench.reply(link, &action, 200);
        }
        bench.pass(100.0);
    }
    let failed = |output: &&Output| matches!(output, Output::Watched(_, _, Watched::Failed(_)));
    assert_eq!(bench.outputs().iter().filter(failed).count(), 1, "it is told once");
}
