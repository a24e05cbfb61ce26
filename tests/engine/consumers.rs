//! Consumers: what wakes them, what they claim, and what becomes of each message.

use zaqar_codec::msgpack::Writer;
use zaqar_web::engine::{Arrival, Config, ConsumerId, ConsumerOptions, Failure, JobId, LinkId, Millis, Output, State};
use zaqar_web::protocol::error::Code;

use super::bench::Bench;
use super::{on_both, on_socket, socket_alone};

/// A consumer on a socket, subscribed, whose first looks have found nothing.
pub struct Work {
    pub bench: Bench,
    pub link: LinkId,
    pub id: ConsumerId,
}

impl Work {
    pub fn new() -> Work {
        Work::with(1)
    }

    pub fn with(concurrency: usize) -> Work {
        Work::of(concurrency, 60)
    }

    pub fn of(concurrency: usize, ttl: u32) -> Work {
        let mut bench = Bench::new(Config { keep_alive: f64::INFINITY, ..socket_alone() });
        let link = bench.ready();
        let options = ConsumerOptions { concurrency, ttl, grace: 90, timeout: 30_000.0 };
        let id = bench.engine.consume(bench.now, b"q", options);
        bench.drain();
        let mut work = Work { bench, link, id };
        work.come_to_rest();
        work
    }

    /// Answers all that is asked with nothing, until the next look is an idle one.
    pub fn come_to_rest(&mut self) {
        for _ in 0..5 {
            for action in self.bench.sent_actions() {
                let mut body = Writer::new();
                body.map(1).text("subscription_id").text("s");
                let status = if action == "subscription_create" { 201 } else { 204 };
                self.bench.reply_with(self.link, &action, status, &body.into_bytes());
            }
            self.bench.pass(500.0);
        }
        assert_eq!(self.asked(), [""; 0]);
    }

    pub fn asked(&mut self) -> Vec<String> {
        self.bench.sent_actions()
    }

    pub fn ring(&mut self) {
        self.bench.push(self.link, "q");
    }

    pub fn claimed(&mut self, claim: &str, message: &str) -> Arrival {
        let mut body = Writer::new();
        body.map(2).text("claim_id").text(claim).text("messages").array(1);
        body.map(2).text("id").text(message).text("body").number(1);
        self.bench.reply_with(self.link, "claim_create", 201, &body.into_bytes())
    }

    /// What was asked last finds nothing.
    pub fn nothing(&mut self) {
        self.asked();
        assert_eq!(self.bench.reply(self.link, "claim_create", 204), Arrival::Nothing);
    }

    /// The doorbell rings for this message, which is claimed then.
    pub fn begin(&mut self, claim: &str, message: &str) -> JobId {
        self.ring();
        let Arrival::Work(id, job) = self.claimed(claim, message) else { panic!("a message is worked") };
        assert_eq!(id, self.id);
        self.asked();
        job
    }

    pub fn handled(&mut self, job: JobId) {
        self.bench.engine.handled(self.bench.now, self.id, job);
        self.bench.drain();
    }

    pub fn handler_failed(&mut self, job: JobId) {
        self.bench.engine.handler_failed(self.bench.now, self.id, job);
        self.bench.drain();
    }

    pub fn stop(&mut self) {
        self.bench.engine.stop_consumer(self.bench.now, self.id);
        self.bench.drain();
    }

    pub fn end(&mut self) {
        self.bench.engine.end_consumer(self.bench.now, self.id);
        self.bench.drain();
    }

    pub fn lost(&self) -> Vec<(JobId, Failure)> {
        self.told(|output| match output {
            Output::JobLost(_, job, failure) => Some((*job, failure.clone())),
            _ => None,
        })
    }

    pub fn done(&self) -> Vec<JobId> {
        self.told(|output| match output {
            Output::JobDone(_, job) => Some(*job),
            _ => None,
        })
    }

    fn failed(&self) -> Vec<(JobId, Code)> {
        self.told(|output| match output {
            Output::JobFailed(_, job, failure) => Some((*job, failure.code)),
            _ => None,
        })
    }

    fn ended(&self) -> Vec<Option<Code>> {
        self.told(|output| match output {
            Output::ConsumerEnded(_, failure) => Some(failure.as_ref().map(|failure| failure.code)),
            _ => None,
        })
    }

    fn told<T>(&self, wanted: impl Fn(&Output) -> Option<T>) -> Vec<T> {
        self.bench.outputs().iter().filter_map(wanted).collect()
    }

    /// Whether it looks a second after the time of a lease, before which it finds nothing.
    fn looks_when_a_lease_is_over(&mut self) -> bool {
        let start = self.bench.now;
        let mut last = Vec::new();
        while self.bench.now - start < 61_000.0 {
            self.bench.pass(100.0);
            last = self.asked();
            for action in &last {
                self.bench.reply(self.link, action, 204);
            }
        }
        last == ["claim_create"]
    }

    /// How long it takes until a claim is given back; all else finds nothing.
    fn time_to_release(&mut self) -> Millis {
        let start = self.bench.now;
        loop {
            assert!(self.bench.now - start < 100_000.0, "nothing is given back");
            for action in self.asked() {
                self.bench.reply(self.link, &action, 204);
                if action == "claim_delete" {
                    return self.bench.now - start;
                }
            }
            self.bench.pass(50.0);
        }
    }

    /// How long it takes until something is asked.
    fn time_to_next(&mut self) -> Millis {
        let start = self.bench.now;
        loop {
            assert!(self.bench.now - start < 100_000.0, "nothing is asked");
            let at = self.bench.engine.poll_timeout().expect("something is planned");
            self.bench.pass(at - self.bench.now);
            let asked = self.asked();
            if !asked.is_empty() {
                assert_eq!(asked, ["claim_create"]);
                return self.bench.now - start;
            }
        }
    }
}

#[test]
fn a_message_is_claimed_worked_and_deleted_under_its_claim() {
    let mut work = Work::new();
    work.ring();
    assert_eq!(work.asked(), ["claim_create"]);
    let asked = ["ttl", "grace", "limit"].map(|key| work.bench.last_number(key));
    assert_eq!(asked, [Some(60), Some(90), Some(1)]);
    let Arrival::Work(_, job) = work.claimed("c", "m") else { panic!("a message is worked") };
    assert_eq!(work.bench.engine.claim_of(work.id, job), Some(&b"c"[..]));
    assert_eq!(work.asked(), [""; 0], "no more than one is worked");
    work.handled(job);
    assert_eq!(work.asked(), ["message_delete"]);
    let asked = ["message_id", "claim_id"].map(|key| work.bench.last_text(key));
    assert_eq!(asked, [Some("m".into()), Some("c".into())]);
    assert_eq!(work.done(), []);
    work.bench.reply(work.link, "message_delete", 204);
    assert_eq!(work.done(), [job]);
    assert_eq!(work.asked(), ["claim_create"], "there may be more");
}

#[test]
fn as_many_are_claimed_as_can_be_worked_when_there_are_more() {
    let mut work = Work::with(3);
    work.ring();
    assert_eq!(work.asked(), ["claim_create"; 3]);
    work.claimed("c1", "m1");
    work.claimed("c2", "m2");
    work.nothing();
    assert_eq!(work.asked(), [""; 0], "there are none");
    work.bench.pass(20.0);
    assert_eq!(work.asked(), ["claim_create"], "one look is enough to see that");
    work.claimed("c3", "m3");
    assert_eq!(work.asked(), [""; 0], "three are worked");
}

#[test]
fn a_look_that_was_rung_for_in_vain_is_made_again_soon_and_then_seldom() {
    let mut work = Work::new();
    work.ring();
    work.asked();
    let mut pauses = Vec::new();
    for _ in 0..5 {
        work.nothing();
        pauses.push(work.time_to_next());
    }
    assert_eq!(pauses, [20.0, 100.0, 500.0, 45_000.0, 45_000.0]);
}

#[test]
fn a_bell_during_a_look_makes_another_follow() {
    let mut work = Work::new();
    work.ring();
    work.ring();
    assert_eq!(work.asked(), ["claim_create"]);
    work.nothing();
    assert_eq!(work.time_to_next(), 20.0);
}

#[test]
fn what_is_found_without_a_bell_makes_looks_come_quicker_until_a_bell_finds_something() {
    let mut work = Work::new();
    assert!(work.time_to_next() > 40_000.0);
    let Arrival::Work(_, job) = work.claimed("c", "m") else { panic!("a message is worked") };
    assert_eq!(work.asked(), ["subscription_get"], "is it there at all?");
    work.bench.reply(work.link, "subscription_get", 200);
    work.handled(job);
    work.bench.reply(work.link, "message_delete", 204);
    work.asked();
    let mut pauses = Vec::new();
    for _ in 0..10 {
        work.nothing();
        pauses.push(work.time_to_next());
    }
    let expected = [20.0, 100.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0, 32_000.0, 45_000.0];
    assert_eq!(pauses, expected);

    work.nothing();
    let job = work.begin("d", "n");
    work.handled(job);
    work.bench.reply(work.link, "message_delete", 204);
    work.asked();
    let pauses = [(); 4].map(|()| {
        work.nothing();
        work.time_to_next()
    });
    assert_eq!(pauses[3], 45_000.0, "the bell is trusted again");
}

#[test]
fn a_failed_handlers_message_rests_longer_each_time_and_is_given_back() {
    let mut work = Work::new();
    for rest in [200.0, 400.0, 800.0, 1_600.0] {
        let job = work.begin("c", "m");
        work.handler_failed(job);
        assert_eq!(work.asked(), ["claim_create"], "others are not held up");
        work.nothing();
        work.bench.pass(rest - 1.0);
        for action in work.asked() {
            assert_eq!(action, "claim_create");
            work.nothing();
        }
        work.bench.pass(1.0);
        assert!(work.asked().contains(&"claim_delete".to_owned()), "after {rest} ms");
        work.bench.reply(work.link, "claim_delete", 204);
        work.come_to_rest();
    }
}

#[test]
fn a_rest_takes_half_a_lease_at_most() {
    for (ttl, longest) in [(60, 30_000.0), (40, 20_000.0), (3_600, 30_000.0)] {
        let mut work = Work::of(1, ttl);
        let mut rest = 0.0;
        for _ in 0..10 {
            let job = work.begin("c", "m");
            work.handler_failed(job);
            rest = work.time_to_release();
            work.come_to_rest();
        }
        assert!((longest..longest + 100.0).contains(&rest), "{rest} of {ttl} s");
    }
}

#[test]
fn a_message_that_is_given_out_twice_keeps_its_job_and_takes_the_later_claim() {
    let mut work = Work::with(2);
    work.ring();
    let Arrival::Work(_, job) = work.claimed("c", "m") else { panic!("a message is worked") };
    assert_eq!(work.claimed("d", "m"), Arrival::Nothing);
    assert_eq!(work.bench.engine.claim_of(work.id, job), Some(&b"d"[..]));
    work.asked();
    work.handled(job);
    assert_eq!(work.bench.last_text("claim_id"), Some("d".into()));
}

#[test]
fn a_deletion_that_a_later_claim_refuses_is_made_under_that_claim() {
    let mut work = Work::with(2);
    work.ring();
    let Arrival::Work(_, job) = work.claimed("c", "m") else { panic!("a message is worked") };
    work.handled(job);
    assert_eq!(work.claimed("d", "m"), Arrival::Nothing);
    work.asked();
    work.bench.refuse(work.link, "message_delete", 403, "claimed");
    assert_eq!(work.failed(), []);
    assert_eq!(work.bench.last_text("claim_id"), Some("d".into()));
    // the look that followed the second claim
    work.nothing();
    work.bench.reply(work.link, "message_delete", 204);
    assert_eq!(work.done(), [job]);
}

#[test]
fn a_deletion_that_fails_is_told_and_the_message_comes_again_when_the_lease_is_over() {
    let mut work = Work::new();
    let job = work.begin("c", "m");
    work.handled(job);
    work.asked();
    work.bench.refuse(work.link, "message_delete", 403, "This message is claimed");
    assert_eq!(work.failed(), [(job, Code::ClaimLost)]);
    assert_eq!(work.done(), []);
    assert!(work.looks_when_a_lease_is_over());
}

#[test]
fn looks_that_fail_are_made_again_after_doubling_pauses_and_the_third_failure_is_told() {
    let mut work = Work::new();
    work.ring();
    work.asked();
    for (failures, most) in [500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0, 30_000.0, 30_000.0].iter().enumerate()
    {
        work.bench.refuse(work.link, "claim_create", 429, "too many");
        assert_eq!(work.bench.troubles().len(), usize::from(failures >= 2));
        let pause = work.time_to_next();
        assert!((most / 2.0..=*most).contains(&pause), "{pause} of {most}");
    }
}

#[test]
fn claims_that_fail_together_are_one_trouble() {
    let mut work = Work::with(3);
    for _ in 0..2 {
        work.ring();
        for _ in work.asked() {
            work.bench.refuse(work.link, "claim_create", 429, "too many");
        }
    }
    assert_eq!(work.bench.troubles(), []);
}

#[test]
fn a_claim_whose_answer_is_lost_is_waited_for() {
    let mut work = Work::new();
    work.ring();
    work.bench.refuse(work.link, "claim_create", 500, "no");
    work.asked();
    assert!(work.looks_when_a_lease_is_over());
}

#[test]
fn what_cannot_succeed_ends_a_consumer() {
    let mut work = Work::new();
    let job = work.begin("c", "m");
    work.handler_failed(job);
    work.asked();
    work.bench.refuse(work.link, "claim_create", 400, "invalid");
    assert_eq!(work.ended(), [Some(Code::InvalidArgument)]);
    let asked = work.asked();
    assert!(asked.contains(&"claim_delete".to_owned()), "what rests is given back: {asked:?}");
    assert!(asked.contains(&"subscription_delete".to_owned()));
}

#[test]
fn an_answer_that_is_not_zaqars_is_trouble() {
    let mut work = Work::new();
    work.ring();
    work.asked();
    let mut body = Writer::new();
    body.map(1).text("messages").array(1).number(1);
    assert_eq!(work.bench.reply_with(work.link, "claim_create", 201, &body.into_bytes()), Arrival::Nothing);
    assert!((250.0..=500.0).contains(&work.time_to_next()));
}

#[test]
fn stopping_waits_for_what_runs_and_gives_back_what_rests() {
    let mut work = Work::with(2);
    work.ring();
    let Arrival::Work(_, running) = work.claimed("c1", "m1") else { panic!("a message is worked") };
    let Arrival::Work(_, failing) = work.claimed("c2", "m2") else { panic!("a message is worked") };
    work.handler_failed(failing);
    work.nothing();
    work.asked();
    work.stop();
    assert_eq!(work.asked(), ["claim_delete"]);
    assert_eq!(work.bench.last_text("claim_id"), Some("c2".into()));
    work.ring();
    assert_eq!(work.asked(), [""; 0], "nothing more is taken");
    assert_eq!(work.ended(), []);
    work.handled(running);
    work.bench.reply(work.link, "claim_delete", 204);
    work.bench.reply(work.link, "message_delete", 204);
    assert_eq!((work.done(), work.ended()), (vec![running], vec![None]));
}

#[test]
fn a_handler_that_fails_while_its_consumer_stops_gives_its_message_back_at_once() {
    let mut work = Work::new();
    let job = work.begin("c", "m");
    work.stop();
    work.handler_failed(job);
    assert_eq!(work.asked()[0], "claim_delete");
    assert_eq!(work.ended(), [None]);
}

#[test]
fn a_consumer_that_is_ended_gives_all_back_at_once() {
    let mut work = Work::with(2);
    let job = work.begin("c", "m");
    work.end();
    assert_eq!(work.ended(), [None]);
    assert_eq!(work.asked(), ["claim_delete", "subscription_delete"]);
    work.handled(job);
    work.handler_failed(job);
    assert_eq!(work.asked(), [""; 0], "its jobs count for nothing");
}

#[test]
fn a_claim_that_is_answered_after_the_end_is_given_back() {
    for is_ended in [false, true] {
        let mut work = Work::new();
        work.ring();
        match is_ended {
            true => work.end(),
            false => work.stop(),
        }
        assert_eq!(work.ended().is_empty(), !is_ended, "a claim may come");
        work.asked();
        assert_eq!(work.claimed("c", "m"), Arrival::Nothing);
        assert_eq!(work.asked()[0], "claim_delete");
        assert_eq!(work.ended(), [None]);
    }
}

#[test]
fn a_client_that_closes_gives_back_what_its_consumers_hold() {
    let mut work = Work::new();
    work.begin("c", "m");
    work.bench.engine.close(work.bench.now, 5_000.0);
    work.bench.drain();
    assert_eq!(work.ended(), [None]);
    assert_eq!(work.bench.engine.state(), State::Connected, "the server is to learn of it");
    assert_eq!(work.asked()[0], "claim_delete");
    work.bench.reply(work.link, "claim_delete", 204);
    assert_eq!(work.bench.engine.state(), State::Closed);
}

#[test]
fn consumers_end_with_their_client_and_its_reason() {
    let mut work = Work::new();
    work.begin("c", "m");
    let reason = Failure::of_client(Code::Unauthorized, "no token");
    work.bench.engine.finish(work.bench.now, Some(reason));
    work.bench.drain();
    assert_eq!(work.ended(), [Some(Code::Unauthorized)]);
    assert_eq!(work.bench.engine.poll_timeout(), None);
}

#[test]
fn a_new_socket_wakes_a_consumer() {
    let mut work = Work::new();
    work.bench.close(work.link);
    let link = work.bench.next_socket();
    work.bench.open(link);
    work.bench.reply(link, "queue_list", 200);
    work.asked();
    work.bench.reply(link, "subscription_create", 201);
    assert_eq!(work.asked(), ["claim_create"]);
}

#[test]
fn a_queue_whose_subscription_could_break_others_is_looked_at_by_listings() {
    let mut bench = on_socket();
    let link = bench.ready();
    let options = ConsumerOptions { concurrency: 1, ttl: 60, grace: 60, timeout: 30_000.0 };
    bench.engine.consume(bench.now, b"a.b", options);
    bench.drain();
    let asked = bench.sent_actions();
    assert!(!asked.contains(&"subscription_create".to_owned()), "{asked:?}");
    for action in asked {
        bench.reply(link, &action, if action == "claim_create" { 204 } else { 200 });
    }
    let mut is_listed = false;
    for _ in 0..100 {
        bench.pass(100.0);
        for action in bench.sent_actions() {
            if action == "message_list" && bench.now > 3_000.0 && !is_listed {
                is_listed = true;
                let arrival = bench.page(link, &["new"]);
                assert_eq!(arrival, Arrival::Nothing, "nobody listens but the consumer");
                assert!(bench.sent_actions().contains(&"claim_create".to_owned()), "the listing wakes it");
                bench.reply(link, "claim_create", 204);
            } else {
                bench.reply(link, &action, if action == "claim_create" { 204 } else { 200 });
            }
        }
    }
    assert!(is_listed);
}

#[test]
fn a_notification_for_consumers_alone_is_given_to_nobody() {
    let mut work = Work::new();
    assert_eq!(work.bench.push(work.link, "q"), Arrival::Nothing);
    work.nothing();
    work.come_to_rest();
    let feed = work.bench.engine.subscribe(work.bench.now, b"q");
    assert_eq!(work.bench.push(work.link, "q"), Arrival::Push(feed));
}

#[test]
fn a_listener_who_comes_after_a_consumer_is_told_while_polling_that_its_feed_delivers() {
    let mut bench = on_both();
    bench.expect_connect();
    bench.pass(300.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    let options = ConsumerOptions { concurrency: 1, ttl: 60, grace: 60, timeout: 30_000.0 };
    bench.engine.consume(bench.now, b"q", options);
    bench.drain();
    for _ in 0..20 {
        bench.pass(100.0);
        for (fetch, asked) in bench.fetches() {
            bench.http(fetch, if asked.starts_with("claim") { 204 } else { 200 });
        }
    }
    let feed = bench.engine.subscribe(bench.now, b"q");
    assert!(!bench.engine.is_subscribed(feed));
    assert!(bench.engine.delivers(feed));
}
