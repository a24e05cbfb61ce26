//! What JavaScript goes through step by step, with a promise for each step, until it is ended.
//!
//! Each has a number: bindgen would have an object of a class of its own watched by a `FinalizationRegistry`, which takes longer
//! than to ask for a page.

use js_sys::Promise;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use super::connection::{Connection, Limits};
use super::pending::Pending;
use super::types::RequestOptions;
use crate::engine::listing::Query;
use crate::engine::{Engine, ListId, Millis, WalkId};
use crate::protocol::action::Action;
use crate::protocol::request::{MessageList, Request};

/// Messages of a queue, or queues, subscriptions, pools or flavors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    Walk(WalkId),
    List(ListId),
}

impl Steps {
    fn go_on(self, engine: &mut Engine, now: Millis, timeout: Millis) {
        match self {
            Steps::Walk(walk) => engine.walk_on(now, walk, timeout),
            Steps::List(list) => engine.list_on(now, list, timeout),
        }
    }

    fn end(self, engine: &mut Engine, now: Millis) {
        match self {
            Steps::Walk(walk) => engine.end_walk(now, walk),
            Steps::List(list) => engine.end_list(now, list),
        }
    }
}

#[wasm_bindgen]
impl Connection {
    /// Prepares a walk through a queue's messages: past the traps of the server's markers, each message once. `body` is that of
    /// `message_list`; without a limit pages are as large as the server has them, as far as that is known. Returns the walk's number.
    /// Throws if the server would refuse it, or if the connection is closed.
    pub fn walk(&self, body: &[u8]) -> Result<u32, JsValue> {
        let first_page = self.read(Action::MessageList, body)?;
        let Request::MessageList(MessageList { queue_name, marker, limit, echo, include_claimed, include_delayed }) =
            first_page
        else {
            unreachable!("it was read as that");
        };
        let query = Query {
            queue: queue_name.into(),
            limit,
            echo: echo.unwrap_or_default(),
            include_claimed: include_claimed.unwrap_or_default(),
            include_delayed: include_delayed.unwrap_or_default(),
        };
        let WalkId(walk) = self.driver.ask(|engine, _| engine.walk(query, marker.as_deref().map(str::as_bytes)));
        Ok(walk)
    }

    /// Resolves to the next messages of a walk, at least one, or to undefined at the end of the queue. After a failure it can be called
    /// again.
    #[wasm_bindgen(js_name = nextMessages, unchecked_return_type = "Promise<RawMessage[] | undefined>")]
    pub fn next_messages(&self, walk: u32, options: Option<RequestOptions>) -> Promise {
        self.step(Steps::Walk(WalkId(walk)), options)
    }

    /// Forgets a walk.
    #[wasm_bindgen(js_name = endWalk)]
    pub fn end_walk(&self, walk: u32) {
        self.end_steps(Steps::Walk(WalkId(walk)));
    }

    /// Prepares to list queues, subscriptions, pools or flavors, each once; `body` is that of the request for the first page. Returns
    /// the list's number. Throws if the server would refuse it, or if the connection is closed.
    pub fn list(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Action")] action: &str,
        body: &[u8],
    ) -> Result<u32, JsValue> {
        let first_page = self.read(Action::from_name(action).unwrap_or(Action::QueueList), body)?;
        let ListId(list) = self.driver.ask(|engine, _| engine.list(first_page));
        Ok(list)
    }

    /// Resolves to the next rows of a list, at least one, or to undefined at the end. After a failure it can be called again.
    #[wasm_bindgen(js_name = nextRows, unchecked_return_type = "Promise<ListPage | undefined>")]
    pub fn next_rows(&self, list: u32, options: Option<RequestOptions>) -> Promise {
        self.step(Steps::List(ListId(list)), options)
    }

    /// Forgets a list.
    #[wasm_bindgen(js_name = endList)]
    pub fn end_list(&self, list: u32) {
        self.end_steps(Steps::List(ListId(list)));
    }
}

impl Connection {
    /// Asks for the next step. Whoever gives it up ends them all.
    fn step(&self, steps: Steps, options: Option<RequestOptions>) -> Promise {
        let Limits { timeout, signal } = match self.limits(options) {
            Ok(limits) => limits,
            Err(refusal) => return Promise::reject(&refusal),
        };
        let (promise, mut step) = Pending::new();
        step.on_abort = signal.and_then(|signal| {
            let driver = self.driver.clone();
            let give_up = move |reason: &JsValue| {
                let step = driver.application.take_step(steps);
                driver.tell(|engine, now| steps.end(engine, now));
                if let Some(step) = step {
                    step.reject(reason);
                }
            };
            signal.on_abort(give_up).ok()
        });
        self.client().steps.borrow_mut().push((steps, step));
        self.driver.tell(|engine, now| steps.go_on(engine, now, timeout));
        promise
    }

    /// Forgets them.
    fn end_steps(&self, steps: Steps) {
        self.driver.tell(|engine, now| steps.end(engine, now));
    }
}
