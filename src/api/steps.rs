//! What JavaScript goes through step by step, with a promise for each step, until it is closed.

use js_sys::Promise;
use wasm_bindgen::prelude::JsValue;

use super::connection::{Connection, Limits};
use super::pending::Pending;
use super::types::RequestOptions;
use crate::engine::{Engine, ListId, Millis, WalkId};

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

impl Connection {
    /// Asks for the next step. Whoever gives it up ends them all.
    pub(super) fn step(&self, steps: Steps, options: Option<RequestOptions>) -> Promise {
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
    pub(super) fn end_steps(&self, steps: Steps) {
        self.driver.tell(|engine, now| steps.end(engine, now));
    }
}
