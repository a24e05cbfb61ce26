//! An event listener that is removed when it is dropped.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::EventTarget;

pub struct Listener {
    target: EventTarget,
    event: &'static str,
    closure: Closure<dyn Fn()>,
}

impl Listener {
    pub fn new(target: &EventTarget, event: &'static str, listen: impl Fn() + 'static) -> Listener {
        let closure = Closure::<dyn Fn()>::new(listen);
        // a target that takes no listeners has no events
        let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
        Listener { target: target.clone(), event, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.event, self.closure.as_ref().unchecked_ref());
    }
}
