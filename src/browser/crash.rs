//! What must not outlive a crash of this module.
//!
//! After a crash nothing of the module runs any more, so JavaScript has to settle what the module had promised and close
//! what it had opened. It finds the functions for that in a set, in which they stand for as long as they are needed.

use js_sys::{Function, Set};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

thread_local! {
    static HANDLERS: Set = Set::new(&JsValue::UNDEFINED);
}

/// The functions to call with the error when this module has crashed.
#[wasm_bindgen(js_name = crashHandlers, unchecked_return_type = "Set<(error: unknown) => void>")]
pub fn crash_handlers() -> Set {
    HANDLERS.with(Set::clone)
}

/// A JavaScript function that is called with the error if this module crashes before the guard is dropped.
pub struct OnCrash(Function);

impl OnCrash {
    pub fn call(handler: Function) -> OnCrash {
        HANDLERS.with(|handlers| handlers.add(&handler));
        OnCrash(handler)
    }
}

impl Drop for OnCrash {
    fn drop(&mut self) {
        HANDLERS.with(|handlers| handlers.delete(&self.0));
    }
}
