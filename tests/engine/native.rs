//! What a driver need not know: the engine makes headers, tells redirects from answers, and counts bytes.

use zaqar_codec::msgpack::Reader;
use zaqar_codec::scan::{Damaged, Scanner};
use zaqar_web::engine::failure::REDIRECTS;
use zaqar_web::engine::{Arrival, Config, Output, Preference, Transport};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::error::Code;

use crate::bench::{Bench, post_body, queue_body};

fn over_rest() -> Bench {
    let config = Config::new("client", "project");
    let mut bench = Bench::new(Config { has_rest: true, preference: Preference::Polling, ..config });
    bench.pass(0.0);
    let (probe, _) = bench.expect_fetch();
    bench.http(probe, 204);
    assert_eq!(bench.engine.transport(), Some(Transport::Polling));
    bench
}

#[test]
fn every_frame_has_the_ids_of_client_and_project() {
    let mut bench = Bench::new(Config { has_socket: true, ..Config::new("client", "project") });
    let link = bench.expect_connect();
    bench.open(link);
    let frame = bench.outputs().iter().find_map(|output| match output {
        Output::Send(_, frame) => Some(frame),
        _ => None,
    });
    let header = |name| Reader::new(frame?).field("headers")?.field(name)?.as_text();
    assert_eq!((header("Client-ID"), header("X-Project-ID")), (Some("client"), Some("project")));
}

#[test]
fn a_frame_beyond_the_limit_is_read_as_too_large() {
    let frame = vec![0; Scanner::LARGEST + 1];
    assert_eq!(Scanner::new().read(&frame), Err(Damaged::TooLarge));
}

#[test]
fn an_answer_that_redirects_is_none() {
    for status in [301, 302, 303, 307, 308] {
        let mut bench = over_rest();
        let request = bench.request(Action::QueueGet, queue_body("a"));
        let (fetch, _) = bench.expect_fetch();
        assert_eq!(bench.http(fetch, status), Arrival::Nothing);
        let failed = bench.outputs().iter().find_map(|output| match output {
            Output::Failed(id, failure) if *id == request => Some((failure.code, &*failure.why)),
            _ => None,
        });
        assert_eq!(failed, Some((Code::Protocol, REDIRECTS)), "{status}");
    }
}

#[test]
fn documents_and_answers_over_rest_are_counted_and_what_answers_nobody_is_not() {
    let mut bench = over_rest();
    let before = bench.engine.metrics();
    bench.request(Action::MessagePost, post_body("a"));
    let (fetch, _) = bench.expect_fetch();
    let posted = r#"{"messages":[{"body":1}]}"#.len() as f64;
    assert_eq!(bench.engine.metrics().bytes_sent - before.bytes_sent, posted);
    assert_eq!(bench.engine.metrics().bytes_received, before.bytes_received);

    bench.http(fetch, 201);
    let answer = r#"{"resources":["/v2/queues/q/messages/a"]}"#.len() as f64;
    assert_eq!(bench.engine.metrics().bytes_received - before.bytes_received, answer);
    bench.http(fetch, 201);
    assert_eq!(bench.engine.metrics().bytes_received - before.bytes_received, answer, "nobody asked twice");
}
