//! Does with tokio what the engine asks for, and tells it what comes of it.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use serde::Deserialize;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::{select, spawn, time};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{Bytes, Message, protocol::CloseFrame};
use zaqar_codec::scan::{Damaged, Scanner};
use zaqar_web::engine::{Engine, Failure, NEVER, Output, failure::TOO_LARGE};
use zaqar_web::protocol::{action::Action, exchange::Exchange, http::HttpAnswer};

use crate::{Body, Orders, PROJECT};

/// The close code of a socket that ended without telling why.
const ABNORMAL: u16 = 1006;

/// What the network tells of a link.
enum Event {
    Opened,
    Frame(Bytes),
    Closed(Option<CloseFrame>),
    Answered(Action, u16, HeaderMap, String),
    Failed,
}

/// Where a Zaqar is, by what it is asked there, and who asks.
pub struct Network {
    pub websocket: String,
    pub rest: String,
    pub http: reqwest::Client,
    pub client_id: String,
}

/// Runs a client until it is closed: why, unless it was asked to.
pub async fn run(mut engine: Engine, network: Network, mut orders: Orders) -> Option<Failure> {
    let (events, mut arriving) = unbounded_channel();
    let (mut socket, mut scanner) = (None, Scanner::new());
    let began = time::Instant::now();
    let now = || began.elapsed().as_secs_f64() * 1_000.0;

    engine.start(now());
    orders.begin(&mut engine, now());
    loop {
        while let Some(output) = engine.poll_output() {
            // nobody listens to a task any more once the client is closed
            let events = events.clone();
            match output {
                Output::Connect(link) => socket = Some(network.connect(move |event| drop(events.send((link, event))))),
                // what a dying socket does not take is as lost as the frame before it: its end follows
                Output::Send(_, frame) => drop(socket.as_ref().map(|socket| socket.send(frame))),
                Output::Disconnect(_) => socket = None,
                Output::Fetch(link, action, exchange) => {
                    let answer = network.fetch(action, exchange);
                    spawn(async move { events.send((link, answer.await.unwrap_or(Event::Failed))) });
                }
                // its answer is ignored
                Output::CancelFetch(_) => {}
                Output::Closed(reason) => return reason,
                output => orders.tell(&mut engine, now(), output),
            }
        }
        let wait = (engine.poll_timeout().unwrap_or(NEVER) - now()).clamp(0.0, 60_000.0);
        let event = time::timeout(Duration::from_secs_f64(wait / 1_000.0), arriving.recv()).await;
        // under a stream of events, too
        if engine.poll_timeout().is_some_and(|due| due <= now()) {
            engine.handle_timeout(now());
        }
        let Ok(Some((link, event))) = event else { continue };
        match event {
            Event::Opened => engine.handle_open(now(), link),
            Event::Closed(None) => engine.handle_closed(now(), link, ABNORMAL, ""),
            Event::Closed(Some(why)) => engine.handle_closed(now(), link, why.code.into(), &why.reason),
            Event::Frame(frame) => match scanner.read(&frame) {
                Ok(envelope) => {
                    let arrival = engine.handle_frame(now(), link, frame.len(), envelope, &scanner);
                    let body = scanner.body().and_then(|body| Body::deserialize(body).ok());
                    orders.arrived(&mut engine, now(), arrival, body);
                }
                Err(Damaged::TooLarge) => engine.handle_unusable_frame(now(), link, TOO_LARGE),
                Err(_) => engine.handle_damage(now(), link),
            },
            Event::Answered(action, status, headers, text) => {
                let header = |name| headers.get(name)?.to_str().ok();
                let retry_after = header(RETRY_AFTER).and_then(|seconds| seconds.parse::<u32>().ok());
                let answer = HttpAnswer::new(status, header(LOCATION), &text);
                let reply = answer.read(action);
                let arrival = engine.handle_http(now(), link, &reply, retry_after.map(|s| f64::from(s) * 1_000.0));
                let body = reply.json().and_then(|json| serde_json::from_str(&json).ok());
                orders.arrived(&mut engine, now(), arrival, body);
            }
            Event::Failed => engine.handle_http_failure(now(), link),
        }
    }
}

impl Network {
    /// Opens a socket that sends what is put into the channel, and closes with it.
    fn connect(&self, tell: impl Fn(Event) + Send + 'static) -> UnboundedSender<Vec<u8>> {
        let (frames, mut to_send) = unbounded_channel();
        let url = self.websocket.clone();
        spawn(async move {
            let Ok((mut socket, _)) = connect_async(url).await else { return tell(Event::Closed(None)) };
            tell(Event::Opened);
            loop {
                select! {
                    frame = to_send.recv() => match frame {
                        Some(frame) => drop(socket.send(Message::binary(frame)).await),
                        None => return drop(socket.close(None).await),
                    },
                    message = socket.next() => match message {
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        Some(Ok(Message::Close(why))) => return tell(Event::Closed(why)),
                        Some(Ok(message)) => tell(Event::Frame(message.into_data())),
                        Some(Err(_)) | None => return tell(Event::Closed(None)),
                    },
                }
            }
        });
        frames
    }

    fn fetch(&self, action: Action, exchange: Exchange) -> impl Future<Output = reqwest::Result<Event>> + use<> {
        let method = exchange.method.parse().unwrap_or_default();
        let request = self.http.request(method, format!("{}{}", self.rest, exchange.path));
        let mut request = request.header("Client-ID", &self.client_id).header("X-Project-ID", PROJECT);
        if let Some(document) = exchange.document {
            request = request.header(CONTENT_TYPE, exchange.content_type).body(document);
        }
        async move {
            let response = request.send().await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok(Event::Answered(action, status, headers, response.text().await?))
        }
    }
}
