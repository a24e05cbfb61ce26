//! Subscriptions that the server drops while the socket lives: they are missed, made again, and the doubt is told.

use zaqar_codec::msgpack::Writer;
use zaqar_web::engine::{Arrival, FeedId, LinkId, Output};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::error::Code;

use super::bench::{Bench, queue_body};
use super::on_socket;

/// So long at most nothing is heard of a subscription before it is looked up.
const SAFETY: f64 = 15_000.0;

/// A listener of «q», whose subscription has that id.
fn listener(bench: &mut Bench, subscription: &str) -> (LinkId, FeedId) {
    let link = bench.ready();
    let feed = bench.engine.subscribe(bench.now, b"q");
    bench.drain();
    assert_eq!(bench.sent_actions(), ["subscription_create"]);
    made(bench, link, subscription);
    (link, feed)
}

/// The subscription is made under that id.
fn made(bench: &mut Bench, link: LinkId, subscription: &str) {
    let mut made = Writer::new();
    made.map(1).text("subscription_id").text(subscription);
    bench.reply_with(link, "subscription_create", 201, &made.into_bytes());
}

fn times_ready(bench: &Bench, feed: FeedId) -> usize {
    bench.outputs().iter().filter(|output| matches!(output, Output::FeedReady(ready) if *ready == feed)).count()
}

#[test]
fn a_subscription_of_which_nothing_is_heard_is_looked_up() {
    let mut bench = on_socket();
    let (link, feed) = listener(&mut bench, "s1");
    bench.pass(SAFETY);
    assert_eq!(bench.sent_actions(), ["subscription_get"], "which makes no queue that somebody has deleted");
    bench.reply(link, "subscription_get", 200);
    assert!(bench.engine.is_subscribed(feed));
    assert_eq!(times_ready(&bench, feed), 1);
    assert!(bench.troubles().is_empty());
}

#[test]
fn a_notification_shows_that_the_subscription_is_there() {
    let mut bench = on_socket();
    let (link, feed) = listener(&mut bench, "s1");
    bench.pass(SAFETY - 1_000.0);
    assert_eq!(bench.push(link, "q"), Arrival::Push(feed));
    bench.pass(SAFETY - 1_000.0);
    assert!(bench.sent_actions().is_empty());
}

#[test]
fn a_subscription_that_the_server_dropped_is_made_again_and_the_doubt_is_told() {
    let mut bench = on_socket();
    let (link, feed) = listener(&mut bench, "s1");
    bench.pass(SAFETY);
    bench.sent_actions();
    bench.refuse(link, "subscription_get", 404, "Subscription s1 does not exist");
    assert_eq!(bench.sent_actions(), ["subscription_create"]);
    assert!(!bench.engine.is_subscribed(feed));
    made(&mut bench, link, "s2");
    assert!(bench.engine.is_subscribed(feed));
    assert_eq!(times_ready(&bench, feed), 2);
    let troubles = bench.troubles();
    assert_eq!(troubles.len(), 1);
    assert_eq!((troubles[0].code, troubles[0].action), (Code::Unavailable, Some(Action::SubscriptionCreate)));
    bench.pass(SAFETY);
    assert_eq!(bench.sent_actions(), ["subscription_get"]);
}

#[test]
fn an_own_purge_makes_the_subscription_again_at_once() {
    let mut bench = on_socket();
    let (link, feed) = listener(&mut bench, "s1");
    let purge = bench.request(Action::QueuePurge, queue_body("q"));
    bench.sent_actions();
    assert_eq!(bench.reply(link, "queue_purge", 204), Arrival::Reply(purge, 204));
    assert_eq!(bench.sent_actions(), ["subscription_get"], "a purge of messages alone leaves it");
    bench.refuse(link, "subscription_get", 404, "Subscription s1 does not exist");
    assert_eq!(bench.sent_actions(), ["subscription_create"]);
    made(&mut bench, link, "s2");
    assert!(bench.engine.is_subscribed(feed));
    assert!(bench.troubles().is_empty(), "the application knows what it did");
}

#[test]
fn a_purge_of_another_queue_concerns_no_subscription() {
    let mut bench = on_socket();
    let (link, _) = listener(&mut bench, "s1");
    bench.request(Action::QueuePurge, queue_body("other"));
    bench.sent_actions();
    bench.reply(link, "queue_purge", 204);
    assert!(bench.sent_actions().is_empty());
}

#[test]
fn a_subscription_whose_id_is_not_known_is_looked_up_by_asking_for_it_again() {
    let mut bench = on_socket();
    let link = bench.ready();
    let feed = bench.engine.subscribe(bench.now, b"q");
    bench.drain();
    bench.reply(link, "subscription_create", 409);
    assert!(bench.engine.is_subscribed(feed));
    bench.sent_actions();
    bench.pass(SAFETY);
    assert_eq!(bench.sent_actions(), ["subscription_create"]);
    bench.reply(link, "subscription_create", 409);
    assert_eq!((times_ready(&bench, feed), bench.troubles().len()), (1, 0));
    bench.pass(SAFETY);
    made(&mut bench, link, "s2");
    assert_eq!((times_ready(&bench, feed), bench.troubles().len()), (2, 1));
}

#[test]
fn a_look_that_expired_subscriptions_are_in_the_way_of_goes_on() {
    let mut bench = on_socket();
    let link = bench.ready();
    let feed = bench.engine.subscribe(bench.now, b"q");
    bench.drain();
    bench.reply(link, "subscription_create", 409);
    bench.pass(SAFETY);
    bench.sent_actions();
    for _ in 0..3 {
        bench.refuse(link, "subscription_create", 500, "<class 'NoneType'> can't be decoded");
        assert_eq!(bench.sent_actions(), ["subscription_create"], "each is in the way once");
    }
    made(&mut bench, link, "s2");
    assert!(bench.engine.is_subscribed(feed));
    assert_eq!(bench.troubles().len(), 1, "it was gone");
}

#[test]
fn a_look_that_a_purge_overtook_is_followed_by_another() {
    let mut bench = on_socket();
    let (link, feed) = listener(&mut bench, "s1");
    bench.request(Action::QueuePurge, queue_body("q"));
    bench.pass(SAFETY);
    assert_eq!(bench.sent_actions(), ["queue_purge", "subscription_get"]);
    bench.reply(link, "queue_purge", 204);
    assert!(bench.sent_actions().is_empty(), "one look at a time");
    bench.reply(link, "subscription_get", 200);
    assert_eq!(bench.sent_actions(), ["subscription_get"], "that answer may be older than the purge");
    bench.refuse(link, "subscription_get", 404, "Subscription s1 does not exist");
    assert_eq!(bench.sent_actions(), ["subscription_create"]);
    made(&mut bench, link, "s2");
    assert!(bench.engine.is_subscribed(feed));
    assert!(bench.troubles().is_empty(), "the application knows what it did");
}

#[test]
fn a_look_that_is_not_answered_says_nothing_of_the_subscription() {
    let mut bench = on_socket();
    let (link, feed) = listener(&mut bench, "s1");
    bench.pass(SAFETY);
    bench.sent_actions();
    bench.refuse(link, "subscription_get", 503, "Redis is away");
    assert!(bench.engine.is_subscribed(feed));
    assert!(bench.sent_actions().is_empty());
    bench.pass(SAFETY);
    assert_eq!(bench.sent_actions(), ["subscription_get"]);
}

#[test]
fn a_tail_that_finds_what_no_doorbell_announced_has_its_subscription_looked_up() {
    let mut bench = on_socket();
    let link = bench.ready();
    let tail = bench.tail(link, "q");
    let mut pulls = 0;
    while pulls < 8 {
        bench.pass(500.0);
        for action in bench.sent_actions() {
            assert_eq!(action, "message_list", "tails look by themselves");
            bench.page(link, &[]);
            pulls += 1;
        }
    }
    while bench.sent_actions().is_empty() {
        bench.pass(500.0);
    }
    assert_eq!(bench.page(link, &["a"]), Arrival::Tail(tail, 0b1));
    bench.page(link, &["a"]);
    assert_eq!(bench.sent_actions().last().map(String::as_str), Some("subscription_create"), "its id is not known");
}
