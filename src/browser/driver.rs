//! The engine's driver: does with the browser what the engine asks for, and tells it what comes of it.
//!
//! Nothing is borrowed while JavaScript may run: what the application is told may call the client again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Headers, MessageEvent, RequestCredentials};

use super::fetch::{self, Answer, Fetch, HttpRequest, Outcome};
use super::now;
use super::page_life::{Life, PageLife};
use super::socket::{ABNORMAL, Socket, SocketEvent, ToSend};
use super::timer::Timer;
use crate::engine::closes::printable;
use crate::engine::failure::{REDIRECTS, TOO_LARGE};
use crate::engine::{Engine, LinkId, Millis, NEVER, Output};
use crate::protocol::action::Action;
use crate::protocol::exchange::Exchange;

/// Where to connect, and by what.
pub struct Endpoints {
    pub websocket: Option<String>,
    pub rest: Option<String>,
    /// The headers of every HTTP request, but for the token.
    pub headers: Headers,
    /// The class and the function that replace the global ones.
    pub socket_class: Option<Function>,
    pub fetch: Option<Function>,
    /// Whether HTTP requests carry the page's cookies.
    pub credentials: RequestCredentials,
    /// Of an HTTP answer no more is read.
    pub max_answer_bytes: usize,
}

/// What uses the engine, and knows how frames and documents are written.
pub trait Application: Sized + 'static {
    /// The engine has an output for the application.
    fn tell(&self, driver: &Rc<Driver<Self>>, output: Output);
    /// A frame has arrived, to be read and handed to the engine.
    fn received(&self, driver: &Rc<Driver<Self>>, link: LinkId, event: &MessageEvent);
    /// A frame in the format that the socket speaks.
    fn to_send(&self, frame: Vec<u8>) -> ToSend;
    /// An answer over REST has come, to be read and handed to the engine.
    fn answered(&self, driver: &Rc<Driver<Self>>, link: LinkId, action: Action, answer: &Answer);
}

/// An engine and all that it uses of the browser. It lives as long as its engine wants something.
pub struct Driver<A> {
    engine: RefCell<Engine>,
    pub application: A,
    endpoints: RefCell<Endpoints>,
    socket: RefCell<Option<(LinkId, Socket)>>,
    fetches: RefCell<Vec<(LinkId, Fetch)>>,
    timer: Timer,
    is_draining: Cell<bool>,
    page_life: RefCell<Option<PageLife>>,
    /// Where REST redirected to last, as a sentence.
    redirect: RefCell<Option<String>>,
}

impl<A: Application> Driver<A> {
    pub fn new(engine: Engine, endpoints: Endpoints, application: A) -> Rc<Driver<A>> {
        Rc::new(Driver {
            engine: RefCell::new(engine),
            application,
            endpoints: RefCell::new(endpoints),
            socket: RefCell::new(None),
            fetches: RefCell::new(Vec::new()),
            timer: Timer::new(),
            is_draining: Cell::new(false),
            page_life: RefCell::new(None),
            redirect: RefCell::default(),
        })
    }

    /// Starts the engine, and watches the page.
    pub fn start(self: &Rc<Self>) {
        self.tell(Engine::start);
        let driver = self.clone();
        let page_life = PageLife::watch(move |life| {
            driver.tell(|engine, now| match life {
                Life::Awake => engine.handle_wake(now),
                Life::Leaving => engine.handle_pause(now),
                Life::Hidden(is_hidden) => engine.handle_hidden(is_hidden),
            });
        });
        self.page_life.replace(Some(page_life));
    }

    /// Uses the engine. If that gives it something to do, [`drain`](Self::drain) must follow.
    pub fn ask<R>(&self, ask: impl FnOnce(&mut Engine, Millis) -> R) -> R {
        ask(&mut self.engine.borrow_mut(), now())
    }

    /// Tells the engine something, then does what it asks for.
    pub fn tell(self: &Rc<Self>, tell: impl FnOnce(&mut Engine, Millis)) {
        self.ask(tell);
        self.drain();
    }

    /// Does all that the engine asks for. A call from within is served by the loop that is running.
    pub fn drain(self: &Rc<Self>) {
        if self.is_draining.replace(true) {
            return;
        }
        loop {
            let output = self.engine.borrow_mut().poll_output();
            let Some(output) = output else { break };
            self.perform(output);
        }
        self.is_draining.set(false);
        self.set_timer();
    }

    /// What went wrong with the transports, as the end of a sentence.
    pub fn troubles(&self) -> String {
        let engine = self.engine.borrow();
        engine.last_ends().into_iter().flatten().map(|end| format!("; {end}")).collect()
    }

    /// Where REST redirected to last, as a sentence.
    pub fn redirect(&self) -> Option<String> {
        self.redirect.borrow().clone()
    }

    /// Gives back all that the browser lent. The engine has ended and wants nothing more.
    pub fn stop(&self) {
        drop(self.socket.take());
        drop(self.fetches.take());
        drop(self.page_life.take());
        self.timer.set(NEVER, || {});
        let mut endpoints = self.endpoints.borrow_mut();
        endpoints.socket_class = None;
        endpoints.fetch = None;
    }

    fn perform(self: &Rc<Self>, output: Output) {
        match output {
            Output::Connect(link) => self.connect(link),
            Output::Send(link, frame) => self.send(link, frame),
            Output::Disconnect(link) => {
                let closing = self.socket.borrow_mut().take_if(|(open, _)| *open == link);
                drop(closing);
            }
            Output::Fetch(link, action, exchange) => self.fetch(link, action, exchange),
            Output::CancelFetch(link) => drop(self.take_fetch(link)),
            Output::Failed(..)
            | Output::FeedReady(_)
            | Output::FeedFailed(..)
            | Output::ListEnded(_)
            | Output::ListFailed(..)
            | Output::WalkEnded(_)
            | Output::WalkFailed(..)
            | Output::TailReady(_)
            | Output::TailGap(..)
            | Output::TailFailed(..)
            | Output::WatchReady(_)
            | Output::Watched(..)
            | Output::WatchFailed(..)
            | Output::JobLost(..)
            | Output::JobDone(..)
            | Output::JobFailed(..)
            | Output::ConsumerEnded(..)
            | Output::WantToken(_)
            | Output::State(..)
            | Output::Transport(..)
            | Output::Trouble(_)
            | Output::Closed(_) => self.application.tell(self, output),
        }
    }

    fn connect(self: &Rc<Self>, link: LinkId) {
        drop(self.socket.take());
        let driver = self.clone();
        let listen = move |event| match event {
            SocketEvent::Opened => driver.tell(|engine, now| engine.handle_open(now, link)),
            SocketEvent::Received(event) => driver.application.received(&driver, link, &event),
            SocketEvent::Closed(code, text) => {
                driver.tell(|engine, now| engine.handle_closed(now, link, code, &text));
            }
        };
        let endpoints = self.endpoints.borrow();
        let url = endpoints.websocket.as_deref().unwrap_or_default();
        let opened = Socket::open(url, endpoints.socket_class.as_ref(), listen);
        drop(endpoints);
        match opened {
            Ok(socket) => drop(self.socket.replace(Some((link, socket)))),
            Err(error) if is_verdict(&error) => {
                let driver = self.clone();
                // later, as all that a socket tells: it may end the client, whose maker does not have it yet
                spawn_local(async move {
                    let text = text_of(&error);
                    driver.tell(|engine, now| engine.handle_forbidden(now, link, &text));
                });
            }
            Err(error) => {
                let text = text_of(&error);
                self.tell(|engine, now| engine.handle_closed(now, link, ABNORMAL, &text));
            }
        }
    }

    fn send(&self, link: LinkId, frame: Vec<u8>) {
        let frame = self.application.to_send(frame);
        // A class may answer within `send`: by then the socket may be borrowed, but not to be changed.
        if let Some((open, socket)) = &*self.socket.borrow()
            && *open == link
        {
            socket.send(&frame);
        }
    }

    fn fetch(self: &Rc<Self>, link: LinkId, action: Action, exchange: Exchange) {
        let endpoints = self.endpoints.borrow();
        let rest = endpoints.rest.as_deref().unwrap_or_default();
        let request = HttpRequest {
            method: exchange.method,
            url: format!("{rest}{}", exchange.path),
            document: exchange.document.map(|document| (document, exchange.content_type)),
            token: self.ask(|engine, _| engine.token().map(|token| String::from_utf8_lossy(token).into_owned())),
        };
        let answer = Fetch::new().and_then(|fetch| {
            let signal = fetch.signal();
            self.fetches.borrow_mut().push((link, fetch));
            fetch::send(&request, &signal, &endpoints)
        });
        let driver = self.clone();
        spawn_local(async move {
            let answer = match answer {
                Ok(answer) => answer.await,
                Err(error) => Err(error),
            };
            driver.fetched(link, action, answer);
        });
    }

    fn fetched(self: &Rc<Self>, link: LinkId, action: Action, outcome: Result<Outcome, JsValue>) {
        // otherwise it was given up meanwhile: nobody waits for it
        let Some(fetch) = self.take_fetch(link) else { return };
        match outcome {
            // the rest of the answer is of no use: dropped, the exchange is aborted
            Ok(Outcome::Redirected(to)) => {
                let sentence = redirect_to(to.as_deref());
                self.redirect.replace(Some(sentence.clone()));
                self.tell(|engine, now| {
                    engine.note_rest(sentence);
                    engine.handle_unusable_http(now, link, REDIRECTS);
                });
            }
            Ok(Outcome::TooLarge) => {
                self.tell(|engine, now| {
                    engine.note_rest("REST answered too much");
                    engine.handle_unusable_http(now, link, TOO_LARGE);
                });
            }
            Ok(Outcome::Answered(answer)) => {
                fetch.answered();
                self.ask(|engine, _| engine.note_rest(format!("REST answered {}", answer.status)));
                self.application.answered(self, link, action, &answer);
            }
            Err(error) => {
                fetch.answered();
                let end = format!("REST: {}", why_failed(&error));
                self.tell(|engine, now| {
                    engine.note_rest(end);
                    engine.handle_http_failure(now, link);
                });
            }
        }
    }

    fn take_fetch(&self, link: LinkId) -> Option<Fetch> {
        let mut fetches = self.fetches.borrow_mut();
        let place = fetches.iter().position(|(open, _)| *open == link)?;
        Some(fetches.swap_remove(place).1)
    }

    fn set_timer(self: &Rc<Self>) {
        let due = self.engine.borrow().poll_timeout().unwrap_or(NEVER);
        let driver = self.clone();
        self.timer.set(due, move || driver.tell(Engine::handle_timeout));
    }
}

fn redirect_to(origin: Option<&str>) -> String {
    match origin {
        Some(origin) => {
            format!("the REST endpoint redirects to {origin}, and redirects are not followed; {IF_TO_LOGIN}")
        }
        None => {
            format!(
                "the REST endpoint redirects, which is not followed; the browser does not tell where to; {IF_TO_LOGIN}"
            )
        }
    }
}

const IF_TO_LOGIN: &str = "if to a login, see the option `credentials`";

/// What is known of an exchange without an answer. Node has the reason in `cause`; browsers withhold it from pages.
fn why_failed(error: &JsValue) -> String {
    let field = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let text = |of: &JsValue, name: &str| field(of, name)?.as_string().filter(|text| !text.is_empty());
    let said = printable(&text_of(error));
    if let Some(cause) = field(error, "cause").filter(JsValue::is_object)
        && let Some(why) = text(&cause, "message").or_else(|| text(&cause, "code"))
    {
        return format!("{said} ({})", printable(&why));
    }
    match BROWSERS_WORDS.iter().any(|words| said.contains(words)) {
        true => format!("{said} ({WITHHELD})"),
        false => said,
    }
}

/// What Chromium, Firefox and Safari say whatever has happened.
const BROWSERS_WORDS: [&str; 3] = ["Failed to fetch", "NetworkError", "Load failed"];
const WITHHELD: &str = "browsers do not say why: no server, CORS, a certificate that is not trusted, or a local network that the \
                        page may not reach";

/// Whether the browser will never open that socket: the page's policy forbids it, or the address is none.
fn is_verdict(error: &JsValue) -> bool {
    let name = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    matches!(name.as_deref(), Some("SecurityError" | "SyntaxError"))
}

/// What a thrown value says, which may be anything.
fn text_of(error: &JsValue) -> String {
    string(error).unwrap_or_else(|_| "an error that says nothing".into())
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = String)]
    fn string(value: &JsValue) -> Result<String, JsValue>;
}
