//! A driver for the engine that does nothing by itself: it keeps what the engine asks for, for a test to look at.

use zaqar_codec::msgpack::{Reader, Writer};
use zaqar_codec::scan::Scanner;
use zaqar_web::engine::listing::Query;
use zaqar_web::engine::{
    Arrival, Config, Engine, Failure, LinkId, Millis, Output, RequestId, TailFrom, TailId, WalkId, WantToken,
};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::http::HttpAnswer;
use zaqar_web::protocol::request::Request;

pub struct Bench {
    pub engine: Engine,
    pub now: Millis,
    scanner: Scanner,
    outputs: Vec<Output>,
    sent: usize,
    fetched: usize,
}

impl Bench {
    pub fn new(config: Config) -> Bench {
        let mut engine = Engine::new(config);
        engine.start(0.0);
        let mut bench = Bench { engine, now: 0.0, scanner: Scanner::new(), outputs: Vec::new(), sent: 0, fetched: 0 };
        bench.drain();
        bench
    }

    /// Takes what the engine asks for.
    pub fn drain(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            self.outputs.push(output);
        }
    }

    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// Lets time pass, with every timer on the way.
    pub fn pass(&mut self, span: Millis) {
        let end = self.now + span;
        while let Some(at) = self.engine.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.engine.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
        self.engine.handle_timeout(end);
        self.drain();
    }

    pub fn expect_connect(&mut self) -> LinkId {
        let mut connects = self.outputs.iter().filter_map(|output| match output {
            Output::Connect(link) => Some(*link),
            _ => None,
        });
        connects.next_back().expect("a socket is opened")
    }

    /// Opens a socket and lets it answer.
    pub fn ready(&mut self) -> LinkId {
        let link = self.expect_connect();
        self.open(link);
        self.reply(link, "queue_list", 200);
        self.sent_actions();
        link
    }

    /// Waits for the next attempt.
    pub fn next_socket(&mut self) -> LinkId {
        let before = self.expect_connect();
        while self.expect_connect() == before {
            let at = self.engine.poll_timeout().expect("something is planned");
            self.pass(at - self.now);
        }
        self.sent_actions();
        self.expect_connect()
    }

    pub fn open(&mut self, link: LinkId) {
        self.engine.handle_open(self.now, link);
        self.drain();
    }

    pub fn close(&mut self, link: LinkId) {
        self.close_with(link, 1006);
    }

    pub fn close_with(&mut self, link: LinkId, code: u16) {
        self.close_saying(link, code, "");
    }

    pub fn close_saying(&mut self, link: LinkId, code: u16, text: &str) {
        self.engine.handle_closed(self.now, link, code, text);
        self.drain();
    }

    pub fn request(&mut self, action: Action, body: Vec<u8>) -> RequestId {
        self.request_within(30_000.0, action, &body)
    }

    pub fn request_within(&mut self, timeout: Millis, action: Action, body: &[u8]) -> RequestId {
        let request = Request::read(action, body, self.engine.rules()).expect("the server takes it");
        let id = self.engine.request(self.now, request, timeout, false).expect("it is not too large");
        self.drain();
        id
    }

    pub fn walk(&mut self, queue: &str, everything: bool) -> WalkId {
        let query = Query {
            queue: queue.into(),
            limit: Some(10),
            echo: true,
            include_claimed: everything,
            include_delayed: everything,
        };
        self.engine.walk(query, None)
    }

    /// Follows a queue from its oldest message on, over a socket.
    pub fn tail(&mut self, link: LinkId, queue: &str) -> TailId {
        let query =
            Query { queue: queue.into(), limit: Some(20), echo: true, include_claimed: true, include_delayed: true };
        let tail = self.engine.tail(self.now, query, TailFrom::Oldest);
        self.drain();
        for action in self.sent_actions() {
            match action.as_str() {
                "message_list" => self.page(link, &[]),
                other => self.reply(link, other, 201),
            };
        }
        self.come_to_the_end(link);
        tail
    }

    /// Answers the pages that are asked for until none is, with nothing.
    pub fn come_to_the_end(&mut self, link: LinkId) {
        while !self.sent_actions().is_empty() {
            self.page(link, &[]);
        }
    }

    /// A reply with the least body that it must have.
    pub fn reply(&mut self, link: LinkId, action: &str, status: u32) -> Arrival {
        let mut body = Writer::new();
        match action {
            "queue_get_stats" => body.map(1).text("messages").map(1).text("total").number(0),
            _ => body.map(0),
        };
        self.reply_with(link, action, status, &body.into_bytes())
    }

    /// A refusal with the server's sentence.
    pub fn refuse(&mut self, link: LinkId, action: &str, status: u32, text: &str) -> Arrival {
        let mut body = Writer::new();
        body.map(1).text("error").text(text);
        self.reply_with(link, action, status, &body.into_bytes())
    }

    /// The application gives a token, with its remaining life if that is known.
    pub fn give(&mut self, token: &str, life: Option<Millis>) {
        self.engine.handle_token(self.now, token.into(), life.unwrap_or(f64::INFINITY));
        self.drain();
    }

    /// Why tokens were asked for, in order.
    pub fn wanted(&self) -> Vec<WantToken> {
        let wanted = self.outputs.iter().filter_map(|output| match output {
            Output::WantToken(why) => Some(*why),
            _ => None,
        });
        wanted.collect()
    }

    /// With what the engine has ended.
    pub fn ended(&self) -> Option<Failure> {
        self.outputs.iter().find_map(|output| match output {
            Output::Closed(reason) => reason.clone(),
            _ => None,
        })
    }

    /// What was told as trouble.
    pub fn troubles(&self) -> Vec<Failure> {
        let troubles = self.outputs.iter().filter_map(|output| match output {
            Output::Trouble(failure) => Some(failure.clone()),
            _ => None,
        });
        troubles.collect()
    }

    /// A page of messages, in answer to `message_list`.
    pub fn page(&mut self, link: LinkId, ids: &[&str]) -> Arrival {
        self.reply_with(link, "message_list", 200, &messages(ids))
    }

    /// A page of messages that were posted so many seconds ago.
    pub fn aged_page(&mut self, link: LinkId, messages: &[(&str, u32)]) -> Arrival {
        let mut body = Writer::new();
        body.map(1).text("messages").array(messages.len());
        for (id, age) in messages {
            body.map(2).text("id").text(id).text("age").number(*age);
        }
        self.reply_with(link, "message_list", 200, &body.into_bytes())
    }

    /// Messages in answer to `message_get_many`.
    pub fn found(&mut self, link: LinkId, ids: &[&str]) -> Arrival {
        self.reply_with(link, "message_get_many", 200, &messages(ids))
    }

    pub fn push(&mut self, link: LinkId, queue: &str) -> Arrival {
        let mut push = Writer::new();
        push.map(3).text("ttl").number(60).text("body").number(1).text("queue_name").text(queue);
        self.frame(link, &push.into_bytes())
    }

    pub fn reply_with(&mut self, link: LinkId, action: &str, status: u32, body: &[u8]) -> Arrival {
        let mut reply = Writer::new();
        reply.map(3).text("request").map(1).text("action").text(action);
        reply.text("body").raw(body).text("headers").map(1).text("status").number(status);
        self.frame(link, &reply.into_bytes())
    }

    fn frame(&mut self, link: LinkId, bytes: &[u8]) -> Arrival {
        self.scanner.room(bytes.len()).copy_from_slice(bytes);
        let envelope = self.scanner.scan().expect("the test's frame is whole");
        let arrival = self.engine.handle_frame(self.now, link, bytes.len(), envelope, &self.scanner);
        self.drain();
        arrival
    }

    /// An HTTP answer with the least document that it must have.
    pub fn http(&mut self, link: LinkId, status: u16) -> Arrival {
        self.http_with(link, status, None)
    }

    /// The same with `Retry-After`.
    pub fn http_asking_for_patience(&mut self, link: LinkId, status: u16, pause: Millis) -> Arrival {
        self.http_with(link, status, Some(pause))
    }

    fn http_with(&mut self, link: LinkId, status: u16, retry_after: Option<Millis>) -> Arrival {
        let action = self.outputs.iter().find_map(|output| match output {
            Output::Fetch(fetch, action, _) if *fetch == link => Some(*action),
            _ => None,
        });
        let action = action.expect("it was asked for");
        let document = match action {
            _ if matches!(status, 401 | 403) => r#"{"error":{"code":401,"title":"Unauthorized","message":"no"}}"#,
            _ if status >= 300 || status == 204 => "{}",
            Action::MessagePost => r#"{"resources":["/v2/queues/q/messages/a"]}"#,
            Action::MessageList | Action::MessageGetMany => r#"{"messages":[]}"#,
            Action::QueueGetStats => r#"{"messages":{"total":0}}"#,
            Action::QueueList => r#"{"queues":[]}"#,
            _ => "{}",
        };
        self.http_saying(link, action, status, document, retry_after)
    }

    /// The answer of somebody before Zaqar.
    pub fn http_of_proxy(&mut self, link: LinkId, status: u16, text: &str) -> Arrival {
        self.http_saying(link, Action::Ping, status, text, None)
    }

    /// A page of messages over REST.
    pub fn http_page(&mut self, link: LinkId, ids: &[&str]) -> Arrival {
        let rows: Vec<String> = ids.iter().map(|id| format!(r#"{{"id":"{id}","age":0}}"#)).collect();
        let text = format!(r#"{{"messages":[{}],"links":[]}}"#, rows.join(","));
        self.http_saying(link, Action::MessageList, 200, &text, None)
    }

    fn http_saying(
        &mut self,
        link: LinkId,
        action: Action,
        status: u16,
        text: &str,
        retry_after: Option<Millis>,
    ) -> Arrival {
        let answer = HttpAnswer::new(status, None, text);
        let arrival = self.engine.handle_http(self.now, link, &answer.read(action), retry_after);
        self.drain();
        arrival
    }

    /// The actions of the frames sent since this was asked last.
    pub fn sent_actions(&mut self) -> Vec<String> {
        let actions: Vec<String> = self
            .frames()
            .skip(self.sent)
            .map(|frame| Reader::new(frame).field("action").and_then(Reader::as_text).expect("an action").to_owned())
            .collect();
        self.sent += actions.len();
        actions
    }

    /// The marker of the page that was asked for last.
    pub fn last_marker(&self) -> Option<String> {
        self.last_text("marker")
    }

    /// A key of what was asked for last.
    pub fn last_field(&self, key: &str) -> Option<Reader<'_>> {
        Reader::new(self.frames().last()?).field("body")?.field(key)
    }

    /// The same of a text.
    pub fn last_text(&self, key: &str) -> Option<String> {
        Some(self.last_field(key)?.as_text()?.to_owned())
    }

    /// The same of a number.
    pub fn last_number(&self, key: &str) -> Option<i64> {
        self.last_field(key)?.as_integer()
    }

    /// All frames that were sent.
    pub fn frames(&self) -> impl Iterator<Item = &[u8]> {
        self.outputs.iter().filter_map(|output| match output {
            Output::Send(_, frame) => Some(frame.as_slice()),
            _ => None,
        })
    }

    /// What was asked over REST since this was asked last: the action, and its queue if it has one.
    pub fn fetches(&mut self) -> Vec<(LinkId, String)> {
        let all = self.outputs.iter().filter_map(|output| match output {
            Output::Fetch(link, action, exchange) => {
                let queue = exchange.path.strip_prefix("/v2/queues/").unwrap_or_default();
                let queue = queue.split(['/', '?']).next().unwrap_or_default();
                Some((*link, format!("{} {queue}", action.name()).trim_end().to_owned()))
            }
            _ => None,
        });
        let fetches: Vec<(LinkId, String)> = all.skip(self.fetched).collect();
        self.fetched += fetches.len();
        fetches
    }

    pub fn expect_fetch(&mut self) -> (LinkId, String) {
        let mut fetches = self.fetches();
        assert_eq!(fetches.len(), 1, "one HTTP request is made: {fetches:?}");
        fetches.remove(0)
    }

    pub fn failure_of(&self, request: RequestId) -> Option<Failure> {
        self.outputs.iter().find_map(|output| match output {
            Output::Failed(failed, failure) if *failed == request => Some(failure.clone()),
            _ => None,
        })
    }
}

fn messages(ids: &[&str]) -> Vec<u8> {
    let mut body = Writer::new();
    body.map(1).text("messages").array(ids.len());
    for id in ids {
        body.map(2).text("id").text(id).text("body").number(1);
    }
    body.into_bytes()
}

pub fn queue_body(queue: &str) -> Vec<u8> {
    let mut body = Writer::new();
    body.map(1).text("queue_name").text(queue);
    body.into_bytes()
}

pub fn post_body(queue: &str) -> Vec<u8> {
    let mut body = Writer::new();
    body.map(2).text("queue_name").text(queue).text("messages").array(1).map(1).text("body").number(1);
    body.into_bytes()
}

pub fn text_post_body(queue: &str, text: &str) -> Vec<u8> {
    let mut body = Writer::new();
    body.map(2).text("queue_name").text(queue).text("messages").array(1).map(1).text("body").text(text);
    body.into_bytes()
}

pub fn delayed_post_body(queue: &str) -> Vec<u8> {
    let mut body = Writer::new();
    body.map(2).text("queue_name").text(queue).text("messages").array(1);
    body.map(2).text("body").number(1).text("delay").number(5);
    body.into_bytes()
}
