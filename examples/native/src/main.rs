//! Posts to a queue of Zaqar, works it, and deletes it. The addresses of a WebSocket, of REST or of both are its arguments; of both
//! it uses what works.

mod driver;

use std::{borrow::Cow, env};

use serde::Deserialize;
use zaqar_web::engine::{Arrival, Config, ConsumerOptions, Engine, Millis, Output, RequestId};
use zaqar_web::protocol::opaque::Opaque;
use zaqar_web::protocol::request::{MessagePost, NewMessage, QueueDelete, Request};

const PROJECT: &str = "example";
const TIMEOUT: Millis = 10_000.0;

/// What is read of an answer with messages. The rest is passed over.
#[derive(Deserialize)]
struct Body {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    body: String,
}

struct Orders {
    queue: String,
    open: usize,
    deletion: Option<RequestId>,
}

impl Orders {
    fn begin(&mut self, engine: &mut Engine, now: Millis) {
        let bodies = ["tea", "rice", "salt"].map(|order| Opaque::of(&order).unwrap_or_default());
        self.open = bodies.len();
        let messages = bodies.map(|body| NewMessage { body, ttl: Some(300), delay: None });
        ask(engine, now, MessagePost::new(&self.queue, messages));
        let options = ConsumerOptions { concurrency: 1, ttl: 60, grace: 60, timeout: TIMEOUT };
        engine.consume(now, self.queue.as_bytes(), options);
    }

    fn arrived(&mut self, engine: &mut Engine, now: Millis, arrival: Arrival, body: Option<Body>) {
        match arrival {
            Arrival::Work(consumer, job) => match body.as_ref().and_then(|body| body.messages.first()) {
                Some(Message { body }) => {
                    println!("worked {body}");
                    engine.handled(now, consumer, job);
                }
                None => engine.handler_failed(now, consumer, job),
            },
            Arrival::Reply(id, _) if Some(id) == self.deletion => engine.close(now, TIMEOUT),
            Arrival::Refusal(_, failure) => engine.finish(now, Some(failure)),
            _ => {}
        }
    }

    fn tell(&mut self, engine: &mut Engine, now: Millis, output: Output) {
        match output {
            Output::Transport(Some(transport), _) => println!("connected by {}", transport.name()),
            Output::JobDone(consumer, _) => {
                self.open -= 1;
                if self.open == 0 {
                    engine.end_consumer(now, consumer);
                    self.deletion = ask(engine, now, QueueDelete { queue_name: self.queue.clone() });
                }
            }
            Output::Failed(_, failure) | Output::ConsumerEnded(_, Some(failure)) => engine.finish(now, Some(failure)),
            _ => {}
        }
    }
}

fn ask(engine: &mut Engine, now: Millis, request: impl Into<Request>) -> Option<RequestId> {
    let request = request.into();
    let asked = request.check(engine.rules()).and_then(|()| engine.request(now, request, TIMEOUT, false));
    asked.inspect_err(|refusal| eprintln!("{refusal}")).ok()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Cow<'static, str>> {
    let address = |scheme: &str| env::args().find(|address| address.starts_with(scheme)).unwrap_or_default();
    let (websocket, rest) = (address("ws:"), address("http:"));
    let id = uuid::Uuid::new_v4();
    let (client_id, seed) = (id.to_string(), id.as_u64_pair().0);
    let (has_socket, has_rest) = (!websocket.is_empty(), !rest.is_empty());
    let engine = Engine::new(Config { has_socket, has_rest, seed, ..Config::new(&client_id, PROJECT) });
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap_or_default();
    let orders = Orders { queue: format!("orders-{client_id}"), open: 0, deletion: None };
    let network = driver::Network { websocket, rest, http, client_id };
    let reason = driver::run(engine, network, orders).await;
    println!("closed");
    reason.map_or(Ok(()), |failure| Err(failure.why))
}
