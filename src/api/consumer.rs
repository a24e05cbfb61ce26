//! Consumers for JavaScript: what a sink is told, and what the handlers of a consumer say.

use std::rc::Rc;

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use super::client::Client;
use super::connection::Connection;
use super::errors;
use super::types::ConsumerSink;
use crate::browser::Driver;
use crate::engine::{ConsumerId, ConsumerOptions, JobId};
use crate::protocol::action::Action;
use crate::protocol::request::{ClaimCreate, Request};

/// Messages that a consumer may work at the same time: each has a claim of its own, which is renewed.
const MOST_AT_ONCE: u32 = 1_000;

#[wasm_bindgen]
impl Connection {
    /// Works a queue, so many messages at the same time. `claim` is the body of `claim_create` for one message, with its ttl and
    /// its grace. Throws if the server would refuse it, or if the connection is closed.
    pub fn consume(&self, claim: &[u8], concurrency: f64, sink: ConsumerSink) -> Result<Consumer, JsValue> {
        let asked = self.read(Action::ClaimCreate, claim)?;
        if concurrency > f64::from(MOST_AT_ONCE) {
            return Err(errors::invalid(&format!("concurrency must be at most {MOST_AT_ONCE}")));
        }
        let Request::ClaimCreate(ClaimCreate { queue_name, ttl, grace, .. }) = asked else {
            return Err(errors::invalid("a claim is to be given"));
        };
        let timeout = self.client().settings.timeout_ms;
        let options = ConsumerOptions { concurrency: concurrency as usize, ttl, grace, timeout };
        let id = self.driver.ask(|engine, now| engine.consume(now, queue_name.as_bytes(), options));
        self.client().consumers.borrow_mut().add(id.0, sink);
        self.driver.drain();
        Ok(Consumer { driver: self.driver.clone(), id })
    }
}

/// A consumer of a queue. Its jobs are numbered.
#[wasm_bindgen]
pub struct Consumer {
    driver: Rc<Driver<Client>>,
    id: ConsumerId,
}

#[wasm_bindgen]
impl Consumer {
    /// The handler of a job has returned.
    pub fn handled(&self, job: u32) {
        self.driver.tell(|engine, now| engine.handled(now, self.id, JobId(job)));
    }

    /// The handler of a job has failed.
    #[wasm_bindgen(js_name = handlerFailed)]
    pub fn handler_failed(&self, job: u32) {
        self.driver.tell(|engine, now| engine.handler_failed(now, self.id, JobId(job)));
    }

    /// Takes nothing more, and ends when the handlers that run have ended.
    pub fn stop(&self) {
        self.driver.tell(|engine, now| engine.stop_consumer(now, self.id));
    }

    /// Ends at once, and gives back all that it holds.
    pub fn end(&self) {
        self.driver.tell(|engine, now| engine.end_consumer(now, self.id));
    }
}
