//! What must not outlive a crash of this module.
//!
//! After a crash nothing of the module runs any more, so JavaScript has to settle what the module had promised and close
//! what it had opened. It finds the functions for that in a map, in which they stand for as long as they are needed.

use js_sys::{Function, Map, Promise};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

thread_local! {
    static HANDLERS: Map = Map::new();
}

/// The functions to call with the error when this module has crashed, and the promise that each rejects, if it does that.
#[wasm_bindgen(js_name = crashHandlers, unchecked_return_type = "Map<(error: unknown) => void, Promise<unknown> | undefined>")]
pub fn crash_handlers() -> Map {
    HANDLERS.with(Map::clone)
}

/// A JavaScript function that is called with the error if this module crashes before the guard is dropped.
pub struct OnCrash(Function);

impl OnCrash {
    pub fn call(handler: Function) -> OnCrash {
        OnCrash::with(handler, &JsValue::UNDEFINED)
    }

    /// Rejects a promise. If the crash keeps it from being given out, nobody listens to it.
    pub fn reject(promise: &Promise, reject: Function) -> OnCrash {
        OnCrash::with(reject, promise)
    }

    fn with(handler: Function, promise: &JsValue) -> OnCrash {
        HANDLERS.with(|handlers| handlers.set(&handler, promise));
        OnCrash(handler)
    }
}

impl Drop for OnCrash {
    fn drop(&mut self) {
        HANDLERS.with(|handlers| handlers.delete(&self.0));
    }
}
