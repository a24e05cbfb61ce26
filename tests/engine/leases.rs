//! Leases of consumers: how they are kept, and how it is told that they are lost. The client's clock may lie.

use zaqar_web::engine::{Arrival, Millis};
use zaqar_web::protocol::error::Code;

use super::consumers::Work;

const TWO_HOURS: Millis = 7_200_000.0;

/// The clock jumps, as after a sleep, and the timer fires.
fn jump(work: &mut Work, span: Millis) {
    work.bench.now += span;
    work.bench.engine.handle_timeout(work.bench.now);
    work.bench.drain();
}

#[test]
fn a_lease_is_renewed_at_a_third_of_its_time() {
    let mut work = Work::new();
    let job = work.begin("c", "m");
    for _ in 0..10 {
        work.bench.pass(19_999.0);
        assert_eq!(work.asked(), [""; 0]);
        work.bench.pass(1.0);
        assert_eq!(work.asked(), ["claim_update"]);
        assert_eq!(work.bench.last_text("claim_id"), Some("c".into()));
        let asked = ["ttl", "grace"].map(|key| work.bench.last_number(key));
        assert_eq!(asked, [Some(60), Some(90)], "what is left out is reset to the server's defaults");
        work.bench.reply(work.link, "claim_update", 204);
    }
    assert_eq!(work.lost(), []);
    work.handled(job);
    work.asked();
    work.bench.pass(25_000.0);
    assert_eq!(work.asked(), [""; 0], "nothing is renewed that is being deleted");
}

#[test]
fn a_lease_counts_from_when_it_was_asked_for() {
    let mut work = Work::new();
    work.ring();
    work.bench.pass(15_000.0);
    work.claimed("c", "m");
    work.asked();
    work.bench.pass(5_000.0);
    assert_eq!(work.asked(), ["claim_update"]);
}

#[test]
fn a_refused_renewal_is_told_and_what_the_handler_does_then_counts_for_nothing() {
    for returns in [true, false] {
        let mut work = Work::new();
        let job = work.begin("c", "m");
        work.bench.pass(20_000.0);
        work.bench.refuse(work.link, "claim_update", 404, "Claim c does not exist.");
        let lost = work.lost();
        assert_eq!(lost.len(), 1);
        assert_eq!((lost[0].0, lost[0].1.code, lost[0].1.status), (job, Code::ClaimLost, 404));
        work.asked();
        match returns {
            true => work.handled(job),
            false => work.handler_failed(job),
        }
        assert_eq!(work.asked(), ["claim_create"], "nothing is deleted, nothing given back");
        assert_eq!(work.done(), []);
    }
}

#[test]
fn a_renewal_that_fails_is_tried_again_within_a_second() {
    let mut work = Work::new();
    let job = work.begin("c", "m");
    work.bench.pass(20_000.0);
    for _ in 0..10 {
        assert_eq!(work.asked(), ["claim_update"]);
        work.bench.refuse(work.link, "claim_update", 503, "down");
        work.bench.pass(1_000.0);
    }
    work.bench.reply(work.link, "claim_update", 204);
    work.asked();
    assert_eq!(work.lost(), []);
    assert!(work.bench.engine.claim_of(work.id, job).is_some());
    work.bench.pass(20_000.0);
    assert_eq!(work.asked(), ["claim_update"]);
}

#[test]
fn a_clock_that_jumps_ends_no_handler_whose_lease_holds() {
    let mut work = Work::new();
    work.begin("c", "m");
    jump(&mut work, TWO_HOURS);
    assert!(work.asked().contains(&"claim_update".to_owned()), "the server is asked first");
    assert_eq!(work.lost(), []);
    work.bench.reply(work.link, "claim_update", 204);
    work.bench.pass(15_000.0);
    assert_eq!(work.lost(), []);
}

#[test]
fn a_lease_that_should_have_ended_and_is_refused_is_lost() {
    for (status, text) in [(404, "Claim c does not exist."), (503, "Service temporarily unavailable"), (500, "no")] {
        let mut work = Work::new();
        let job = work.begin("c", "m");
        jump(&mut work, TWO_HOURS);
        work.bench.refuse(work.link, "claim_update", status, text);
        let lost: Vec<_> = work.lost().iter().map(|(job, failure)| (*job, failure.code)).collect();
        assert_eq!(lost, [(job, Code::ClaimLost)], "{status}");
    }
}

#[test]
fn a_renewal_from_before_a_sleep_that_fails_after_it_is_no_verdict() {
    let mut work = Work::new();
    work.begin("c", "m");
    work.bench.pass(20_000.0);
    assert_eq!(work.asked(), ["claim_update"]);
    jump(&mut work, TWO_HOURS);
    assert!(work.asked().contains(&"claim_update".to_owned()), "it has timed out, and is asked again");
    assert_eq!(work.lost(), []);
    work.bench.reply(work.link, "claim_update", 404);
    assert_eq!(work.lost(), [], "this answers the first");
    work.bench.reply(work.link, "claim_update", 204);
    work.bench.pass(15_000.0);
    assert_eq!(work.lost(), []);
}

#[test]
fn a_lease_that_should_have_ended_while_there_is_no_transport_is_given_up_soon() {
    let mut work = Work::new();
    let job = work.begin("c", "m");
    work.bench.close(work.link);
    let lost = |work: &Work| work.lost().iter().map(|(job, _)| *job).collect::<Vec<_>>();
    while work.bench.now < 60_000.0 {
        work.bench.pass(1_000.0);
    }
    assert_eq!(lost(&work), []);
    work.bench.pass(8_000.0);
    assert_eq!(lost(&work), [job]);
    assert_eq!(work.lost()[0].1.code, Code::ClaimLost);
}

#[test]
fn a_page_that_wakes_asks_at_once_whether_its_leases_hold() {
    let mut work = Work::with(2);
    let job = work.begin("c", "m");
    // the clock stood still while the machine slept
    work.bench.engine.handle_wake(work.bench.now);
    work.bench.drain();
    assert!(work.asked().contains(&"claim_update".to_owned()));
    work.bench.reply(work.link, "claim_create", 204);
    work.bench.reply(work.link, "queue_list", 200);
    work.bench.refuse(work.link, "claim_update", 404, "Claim c does not exist.");
    assert_eq!(work.lost().len(), 1);
    assert_eq!(work.lost()[0].0, job);
}

#[test]
fn a_timer_that_fires_late_asks_at_once_whether_leases_hold() {
    let mut work = Work::new();
    work.begin("c", "m");
    work.bench.pass(5_000.0);
    jump(&mut work, 17_000.0);
    assert!(work.asked().contains(&"claim_update".to_owned()));
    work.bench.reply(work.link, "claim_update", 204);
    jump(&mut work, 30_000.0);
    assert_eq!(work.asked(), ["claim_update"]);
}

#[test]
fn a_claim_whose_answer_came_after_its_end_is_given_back() {
    let mut work = Work::new();
    work.ring();
    work.asked();
    work.bench.now += 61_000.0;
    assert_eq!(work.claimed("c", "m"), Arrival::Nothing);
    let asked = work.asked();
    assert!(asked.contains(&"claim_delete".to_owned()), "{asked:?}");
}

#[test]
fn a_message_whose_lease_was_lost_is_worked_anew_when_it_is_claimed_again() {
    let mut work = Work::with(2);
    work.ring();
    let Arrival::Work(_, first) = work.claimed("c", "m") else { panic!("a message is worked") };
    work.nothing();
    work.come_to_rest();
    work.bench.pass(20_000.0);
    work.asked();
    work.bench.refuse(work.link, "claim_update", 404, "Claim c does not exist.");
    assert_eq!(work.lost().len(), 1);
    work.ring();
    let Arrival::Work(_, second) = work.claimed("d", "m") else { panic!("it is worked anew") };
    assert_ne!(first, second);
    work.asked();
    work.handled(first);
    let asked = work.asked();
    assert!(
        !asked.contains(&"message_delete".to_owned()),
        "the first handler was told that it counts for nothing: {asked:?}"
    );
    work.handled(second);
    assert_eq!(work.bench.last_text("claim_id"), Some("d".into()));
}

#[test]
fn the_renewal_of_an_earlier_claim_says_nothing_of_the_later() {
    let mut work = Work::with(2);
    work.begin("c", "m");
    work.nothing();
    work.come_to_rest();
    work.bench.pass(12_499.0);
    work.ring();
    work.bench.pass(10_000.0);
    assert_eq!(work.asked(), ["claim_create", "claim_update"]);
    assert_eq!(work.claimed("d", "m"), Arrival::Nothing);
    work.bench.refuse(work.link, "claim_update", 404, "Claim c does not exist.");
    assert_eq!(work.lost(), []);
    work.nothing();
    work.come_to_rest();
    work.bench.pass(10_000.0);
    assert_eq!(work.asked(), ["claim_update"], "at a third of the later lease, which was asked for before");
    assert_eq!(work.bench.last_text("claim_id"), Some("d".into()));
}
