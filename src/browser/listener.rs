//! An event listener that is removed when it is dropped.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::EventTarget;

pub struct Listener {
    target: EventTarget,
    event: &'static str,
    closure: Closure<dyn Fn()>,
}

impl Listener {
    /// Fails where the target takes no listeners.
    pub fn new(target: &EventTarget, event: &'static str, listen: impl Fn() + 'static) -> Result<Listener, JsValue> {
        let closure = Closure::<dyn Fn()>::new(listen);
        target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref())?;
        Ok(Listener { target: target.clone(), event, closure })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.event, self.closure.as_ref().unchecked_ref());
    }
}
