//! Promises that were given out, and who waits for them.

use std::mem;

use js_sys::Promise;
use wasm_bindgen::prelude::JsValue;

use super::host::{Deferred, host};
use crate::browser::Listener;

/// A promise that was given out.
pub struct Pending {
    deferred: Deferred,
    /// Listens to the caller's signal for as long as the promise is pending.
    pub on_abort: Option<Listener>,
}

impl Pending {
    pub fn new() -> (Promise, Pending) {
        let deferred = host().pending();
        (deferred.promise(), Pending { deferred, on_abort: None })
    }

    pub fn resolve(self, value: &JsValue) {
        self.deferred.resolve(value);
    }

    /// Resolves to the value of the frame that was scanned last.
    pub fn resolve_from(self, head: usize) {
        self.deferred.resolve_from(head);
    }

    pub fn reject(self, reason: &JsValue) {
        self.deferred.reject(reason);
    }

    pub fn settle(self, result: Result<JsValue, JsValue>) {
        match result {
            Ok(value) => self.resolve(&value),
            Err(reason) => self.reject(&reason),
        }
    }
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
