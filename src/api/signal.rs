//! The application's signal. It may be anything that looks like one, so reading it may throw.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use super::errors::invalid;
use crate::browser::Listener;

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    pub type Signal;
    #[wasm_bindgen(method, getter, catch)]
    fn aborted(this: &Signal) -> Result<bool, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn reason(this: &Signal) -> Result<JsValue, JsValue>;
}

impl Signal {
    /// What a call rejects with that was given a signal which is aborted already, or cannot be read.
    pub fn refusal(&self) -> Option<JsValue> {
        match self.aborted() {
            Ok(false) => None,
            Ok(true) => Some(self.why()),
            Err(_) => Some(unreadable()),
        }
    }

    /// Calls `then` with the reason when it is aborted.
    pub fn on_abort(&self, then: impl Fn(&JsValue) + 'static) -> Result<Listener, JsValue> {
        let aborted = self.clone();
        Listener::new(self.unchecked_ref(), "abort", move || then(&aborted.why())).map_err(|_| unreadable())
    }

    fn why(&self) -> JsValue {
        self.reason().unwrap_or_else(|_| unreadable())
    }
}

fn unreadable() -> JsValue {
    invalid("the signal cannot be read")
}
