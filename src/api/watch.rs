//! Watches of queues for JavaScript: what their options say, and what a sink is told.

use std::rc::Rc;

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use super::client::{Client, Values};
use super::connection::Connection;
use super::errors;
use super::fields::{Fields, Interval};
use super::types::WatchSink;
use crate::browser::Driver;
use crate::engine::{Counted, Engine, WatchId, WatchOptions, Watched};
use crate::protocol::action::Action;
use crate::protocol::request::{QueueGetStats, Request};

/// How often a queue is asked for, unless the application says it.
const INTERVAL: Interval = Interval { min: 2_000.0, max: 15_000.0 };

#[wasm_bindgen]
impl Connection {
    /// Watches queues; `options` are what the application gave. Throws if they are wrong, or if the connection is closed.
    pub fn watch(&self, options: JsValue, sink: WatchSink) -> Result<Watch, JsValue> {
        self.must_be_open()?;
        let options = self.driver.ask(|engine, _| read(options, engine))?;
        let id = self.driver.ask(|engine, now| engine.watch(now, options));
        self.client().watches.borrow_mut().add(id.0, sink);
        self.driver.drain();
        Ok(Watch { driver: self.driver.clone(), id })
    }
}

/// A watch of queues.
#[wasm_bindgen]
pub struct Watch {
    driver: Rc<Driver<Client>>,
    id: WatchId,
}

#[wasm_bindgen]
impl Watch {
    /// Watches no more.
    pub fn close(&self) {
        if self.driver.application.take_watch(self.id).is_some() {
            self.driver.tell(|engine, now| engine.end_watch(now, self.id));
        }
    }
}

fn read(options: JsValue, engine: &Engine) -> Result<WatchOptions, JsValue> {
    let mut fields = Fields::of(options, "the options", "")?;
    fields.know(&["signal"]);
    let queues = fields.texts_if_any("queues")?;
    for queue in queues.iter().flatten() {
        let question = Request::from(QueueGetStats { queue_name: queue.clone() });
        question.check(engine.rules()).map_err(|refusal| errors::refused(Action::QueueGetStats, &refusal))?;
    }
    let options = WatchOptions {
        queues,
        name: fields.text_if_any("name")?.unwrap_or_default(),
        interval: fields.interval("intervalMs", INTERVAL)?.ends(),
    };
    fields.refuse_others()?;
    Ok(options)
}

impl Client {
    pub fn take_watch(&self, watch: WatchId) -> Option<WatchSink> {
        self.watches.borrow_mut().take(watch.0)
    }

    fn watch(&self, watch: WatchId) -> Option<WatchSink> {
        self.watches.borrow().get(watch.0).cloned()
    }

    pub(super) fn watch_ready(&self, watch: WatchId) {
        if let Some(sink) = self.watch(watch) {
            sink.watch_ready();
        }
    }

    pub(super) fn counted(&self, counted: &Counted, values: &Values<'_>) {
        let Some(sink) = self.watch(counted.watch) else { return };
        match values.build() {
            Ok(stats) => {
                let (came, went) = counted.rate.map(|rate| (rate.came, rate.went)).unzip();
                sink.counted(&counted.queue, &stats, came, went);
            }
            Err(damage) => sink.failed(&counted.queue, &damage),
        }
    }

    pub(super) fn watched(&self, driver: &Driver<Client>, watch: WatchId, queue: &str, told: &Watched) {
        let Some(sink) = self.watch(watch) else { return };
        match told {
            Watched::Added => sink.added(queue),
            Watched::Gone => sink.gone(queue),
            Watched::Failed(failure) => sink.failed(queue, &super::client::error_of(driver, failure)),
        }
    }
}
