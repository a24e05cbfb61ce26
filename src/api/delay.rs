//! A timer for the facade, which has none of its own.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::Function;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::browser::LONGEST_TIMER;

/// Calls a function once, later, unless it is cancelled. It rings whether JavaScript still holds this object or not.
#[wasm_bindgen]
pub struct Delay(Rc<RefCell<Option<Timeout>>>);

#[wasm_bindgen]
impl Delay {
    /// `ring` is called after `ms` milliseconds. What it throws is lost.
    #[wasm_bindgen(constructor)]
    pub fn new(ms: f64, #[wasm_bindgen(unchecked_param_type = "() => void")] ring: Function) -> Delay {
        let timeout = Rc::new(RefCell::new(None));
        let held = timeout.clone();
        let rang = move || {
            drop(held.take());
            let _ = ring.call0(&JsValue::UNDEFINED);
        };
        timeout.replace(Some(Timeout::new(ms.clamp(0.0, LONGEST_TIMER) as u32, rang)));
        Delay(timeout)
    }

    pub fn cancel(&self) {
        if let Some(timeout) = self.0.take() {
            timeout.cancel();
        }
    }
}
