//! What an engine makes of a frame that it waits for.

use rmpv::Value as MessagePack;
use zaqar_codec::scan::Scanner;
use zaqar_web::engine::listing::Query;
use zaqar_web::engine::{Arrival, Config, Engine, LinkId, Output, Preference};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::limits::Rules;
use zaqar_web::protocol::request::Request;

use crate::{Captured, decoded, encoded, map, scan, text};

/// What has arrived, and what the engine asks for because of it. The engine has asked for what the frame answers, as a
/// walk if it is a page, or has subscribed if it is a push.
pub(crate) fn arrival(frame: &Captured, bytes: &[u8]) -> String {
    let authenticates = frame.action.as_deref() == Some("authenticate");
    let mut server = Server::open(authenticates);
    match (frame.status, frame.action.as_deref()) {
        // the socket itself has asked
        _ if authenticates => {}
        (None, _) => {
            server.engine.subscribe(0.0, &queue_of(&frame.bytes()));
            server.answer();
        }
        (Some(_), Some("message_list")) => {
            let query =
                Query { queue: "q".into(), limit: Some(20), echo: true, include_claimed: true, include_delayed: true };
            let walk = server.engine.walk(query, None);
            server.engine.walk_on(0.0, walk, 30_000.0);
        }
        (Some(_), action) => {
            let action = action.and_then(Action::from_name).unwrap_or(Action::QueueGet);
            let request = request_of(action);
            server.engine.request(0.0, request, 30_000.0, false).expect("it was sent once");
        }
    }
    server.outputs();
    let arrival = server.send(bytes);
    format!("{arrival:?}, then {:?}", server.outputs())
}

/// The least request for an action of the socket: each takes what it needs.
fn request_of(action: Action) -> Request {
    let body = map([
        ("queue_name", text("q")),
        ("message_id", text("m")),
        ("message_ids", MessagePack::Array(vec![text("m")])),
        ("messages", MessagePack::Array(vec![map([("body", 1.into())])])),
        ("claim_id", text("c")),
        ("subscription_id", text("s")),
        ("resource_types", MessagePack::Array(vec![text("messages")])),
        ("ttl", 60.into()),
        ("grace", 60.into()),
    ]);
    Request::read(action, &encoded(&body), &Rules::default())
        .unwrap_or_else(|refusal| panic!("{action:?}: {refusal:?}"))
}

/// The queue that a notification names; a page may post what names none.
fn queue_of(bytes: &[u8]) -> Vec<u8> {
    let MessagePack::Map(entries) = decoded(bytes) else { panic!("no map") };
    let name = entries.iter().find(|(key, _)| key.as_str() == Some("queue_name"));
    name.map_or("q", |(_, name)| name.as_str().unwrap()).into()
}

/// An engine, and a server that has taken its socket.
struct Server {
    engine: Engine,
    scanner: Scanner,
    link: LinkId,
}

impl Server {
    /// One whose socket is ready; if it authenticates, the answer to that is still to come.
    fn open(authenticates: bool) -> Server {
        let config = Config { has_socket: true, preference: Preference::Socket, authenticates, ..Config::for_tests() };
        let mut engine = Engine::new(config);
        engine.start(0.0);
        if authenticates {
            engine.handle_token(0.0, b"token".to_vec(), f64::INFINITY);
        }
        let is_socket = |output: &Output| matches!(output, Output::Connect(_));
        let Some(Output::Connect(link)) = std::iter::from_fn(|| engine.poll_output()).find(is_socket) else {
            panic!("no socket is opened")
        };
        engine.handle_open(0.0, link);
        let mut server = Server { engine, scanner: Scanner::new(), link };
        if !authenticates {
            server.answer();
        }
        server
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.engine.poll_output()).collect()
    }

    /// Answers what was sent.
    fn answer(&mut self) {
        for output in self.outputs() {
            let Output::Send(_, request) = output else { continue };
            let reply = map([
                ("request", decoded(&request)),
                ("headers", map([("status", 201.into())])),
                ("body", map([("subscription_id", text("s"))])),
            ]);
            self.send(&encoded(&reply));
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Arrival {
        let envelope = scan(&mut self.scanner, bytes).unwrap();
        // its length is none of what a frame says
        self.engine.handle_frame(0.0, self.link, 0, envelope, &self.scanner)
    }
}
