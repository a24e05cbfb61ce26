//! Promises that were given out, and who waits for them.

use std::mem;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::JsValue;
use web_sys::AbortSignal;

use crate::browser::{Listener, OnCrash};

/// A promise that was given out. It is rejected if the module crashes.
pub struct Pending {
    resolve: Function,
    reject: Function,
    /// Listens to the caller's signal for as long as the promise is pending.
    pub on_abort: Option<Listener>,
    _on_crash: OnCrash,
}

impl Pending {
    pub fn new() -> (Promise, Pending) {
        let mut functions = None;
        let promise = Promise::new(&mut |resolve, reject| functions = Some((resolve, reject)));
        let (resolve, reject) = functions.expect("a promise calls its executor at once");
        let on_crash = OnCrash::reject(&promise, reject.clone());
        (promise, Pending { resolve, reject, on_abort: None, _on_crash: on_crash })
    }

    pub fn resolve(self, value: &JsValue) {
        // neither function throws
        let _ = self.resolve.call1(&JsValue::UNDEFINED, value);
    }

    pub fn reject(self, reason: &JsValue) {
        let _ = self.reject.call1(&JsValue::UNDEFINED, reason);
    }

    pub fn settle(self, result: Result<JsValue, JsValue>) {
        match result {
            Ok(value) => self.resolve(&value),
            Err(reason) => self.reject(&reason),
        }
    }
}

/// Calls `then` with the signal's reason when it is aborted.
pub fn on_abort(signal: &AbortSignal, then: impl Fn(&JsValue) + 'static) -> Listener {
    let aborted = signal.clone();
    Listener::new(signal, "abort", move || then(&aborted.reason()))
}

/// Things by their numbers, in order.
pub struct Table<T>(Vec<(u32, T)>);

impl<T> Table<T> {
    pub const fn new() -> Table<T> {
        Table(Vec::new())
    }

    /// There is none with this number yet.
    pub fn add(&mut self, number: u32, item: T) {
        let place = self.0.partition_point(|(other, _)| *other < number);
        self.0.insert(place, (number, item));
    }

    pub fn get(&self, number: u32) -> Option<&T> {
        self.place(number).map(|place| &self.0[place].1)
    }

    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.place(number).map(|place| &mut self.0[place].1)
    }

    pub fn take(&mut self, number: u32) -> Option<T> {
        self.place(number).map(|place| self.0.remove(place).1)
    }

    pub fn take_all(&mut self) -> impl Iterator<Item = T> + use<T> {
        mem::take(&mut self.0).into_iter().map(|(_, item)| item)
    }

    fn place(&self, number: u32) -> Option<usize> {
        self.0.binary_search_by_key(&number, |(other, _)| *other).ok()
    }
}
